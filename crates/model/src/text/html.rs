//! Text from HTML, and back.
//!
//! Calendars let people write rich text and hand it out as HTML, or as plain text that only looks like it. What has
//! no tag that HTML knows is plain text and stays as it is, so that `a < b` and `<mail@example.org>` survive.

use super::normal;

/// Tags that begin and end a line of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "body",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "footer",
    "hr",
    "html",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "thead",
    "tr",
    "ul",
];
/// Tags that leave no trace.
const INLINE: &[&str] = &[
    "a",
    "abbr",
    "b",
    "big",
    "br",
    "cite",
    "code",
    "del",
    "em",
    "font",
    "html-blob",
    "i",
    "img",
    "ins",
    "kbd",
    "label",
    "mark",
    "meta",
    "o:p",
    "s",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "td",
    "th",
    "tt",
    "u",
    "wbr",
];
/// Tags whose content nobody reads.
const UNREAD: &[&str] = &["head", "noscript", "script", "style", "template", "title"];

/// The longest tag in characters, so that hostile text cannot cost more than its length (I-42).
const TAG_LIMIT: usize = 4096;

/// Returns the text that a person reads in a piece of HTML, in normal form; plain text in normal form as it is.
///
/// Blocks become lines, items of lists begin with a dash, and the address of a link follows its text in brackets.
pub fn from_html(text: &str) -> String {
    if !is_html(text) {
        return normal(text);
    }
    let mut out = Reader::default();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.text(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if let Some((tag, after)) = Tag::at(rest) {
            rest = if !tag.closing && UNREAD.contains(&tag.name.as_str()) {
                after_closing(after, &tag.name)
            } else {
                out.tag(&tag);
                after
            };
        } else {
            out.text("<");
            rest = &rest[1..];
        }
    }
    out.text(rest);
    out.close_link();
    normal(&out.out)
}

/// Returns HTML that reads as exactly that text, also where the text itself looks like HTML.
pub fn to_html(text: &str) -> String {
    let text = normal(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<span>{}</span>", text.replace('\n', "<br>"))
}

/// Whether it has at least one tag that HTML knows.
fn is_html(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| Tag::at(&text[at..]).is_some())
}

struct Tag<'a> {
    name: String,
    closing: bool,
    attributes: &'a str,
}

impl<'a> Tag<'a> {
    /// The known tag that begins here, and what comes after it.
    fn at(text: &'a str) -> Option<(Tag<'a>, &'a str)> {
        let inner = text.strip_prefix('<')?;
        let (closing, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
        let length = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == ':'))?;
        let name = inner[..length].to_ascii_lowercase();
        let known = [BLOCKS, INLINE, UNREAD].iter().any(|list| list.contains(&name.as_str()));
        let rest = &inner[length..];
        if !known || !rest.starts_with(|c: char| c == '>' || c == '/' || c.is_ascii_whitespace()) {
            return None;
        }
        let end = end_of_tag(rest)?;
        Some((Tag { name, closing, attributes: &rest[..end] }, &rest[end + 1..]))
    }

    fn attribute(&self, name: &str) -> Option<String> {
        let lower = self.attributes.to_ascii_lowercase();
        let at = lower.match_indices(name).find(|(at, _)| {
            let before = lower[..*at].chars().next_back();
            before.is_some_and(char::is_whitespace) && lower[at + name.len()..].trim_start().starts_with('=')
        })?;
        let value = self.attributes[at.0 + name.len()..].trim_start().strip_prefix('=')?.trim_start();
        let value = match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split(quote).next()?,
            _ => value.split(char::is_whitespace).next()?.trim_end_matches('/'),
        };
        let mut decoded = String::new();
        decode(value, &mut decoded);
        Some(decoded.trim().to_owned())
    }
}

/// Where the tag's closing `>` is: not one inside quotes.
fn end_of_tag(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in rest.char_indices().take(TAG_LIMIT) {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    // An odd quote swallowed the end: take the first one that is there.
    rest.char_indices().take(TAG_LIMIT).find(|(_, c)| *c == '>').map(|(at, _)| at)
}

/// What follows the closing tag of that name; nothing if it is never closed.
fn after_closing<'a>(text: &'a str, name: &str) -> &'a str {
    let closing = text.match_indices("</").find(|(at, _)| {
        text.get(at + 2..at + 2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
    });
    closing.and_then(|(at, _)| text[at..].split_once('>')).map_or("", |(_, after)| after)
}

#[derive(Default)]
struct Reader {
    out: String,
    /// The link that is open: where its text begins, and its address.
    link: Option<(usize, String)>,
    /// A line was just ended by a tag: a line end in the source says the same once more.
    broken: bool,
}

impl Reader {
    fn text(&mut self, text: &str) {
        let mut text = text;
        if self.broken && !text.is_empty() {
            text = text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')).unwrap_or(text);
            self.broken = false;
        }
        decode(text, &mut self.out);
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        match tag.name.as_str() {
            "br" => {
                self.out.push('\n');
                self.broken = true;
            }
            "a" if tag.closing => self.close_link(),
            "a" => {
                self.close_link();
                self.link = tag.attribute("href").map(|address| (self.out.len(), address));
            }
            "td" | "th" if tag.closing => self.out.push(' '),
            "li" if !tag.closing => {
                self.line();
                self.out.push_str("- ");
            }
            name if BLOCKS.contains(&name) => self.line(),
            _ => {}
        }
    }

    /// Ends the line, if there is one.
    fn line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.broken = true;
    }

    fn close_link(&mut self) {
        let Some((start, address)) = self.link.take() else { return };
        let shown = self.out.get(start..).unwrap_or_default().trim();
        let said = address.strip_prefix("mailto:").unwrap_or(&address);
        let bare = said.split_once("://").map_or(said, |(_, bare)| bare).trim_end_matches('/');
        let useful = !address.is_empty() && !address.starts_with('#');
        if shown.is_empty() && useful {
            self.out.push_str(said);
        } else if useful && ![said, bare].contains(&shown.trim_end_matches('/')) && shown != said {
            self.out.push_str(&format!(" ({said})"));
        }
    }
}

/// Adds text with its character references resolved; unknown ones stay as they are written.
fn decode(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(10).position(|byte| byte == b';');
        let name = end.map(|end| &rest[1..end]);
        match name.and_then(|name| Some((character(name)?, name.len() + 2))) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).map(|c| if c == '\u{a0}' { ' ' } else { c });
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '–',
        "mdash" => '—',
        "hellip" => '…',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "bull" => '•',
        "middot" => '·',
        "copy" => '©',
        "reg" => '®',
        "trade" => '™',
        "euro" => '€',
        "auml" => 'ä',
        "ouml" => 'ö',
        "uuml" => 'ü',
        "Auml" => 'Ä',
        "Ouml" => 'Ö',
        "Uuml" => 'Ü',
        "szlig" => 'ß',
        "eacute" => 'é',
        "egrave" => 'è',
        "agrave" => 'à',
        "ccedil" => 'ç',
        "ntilde" => 'ñ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(html: &str, text: &str) {
        assert_eq!(from_html(html), text, "read from {html:?}");
    }

    #[test]
    fn what_has_no_known_tag_is_plain_text() {
        check("a < b & c > d", "a < b & c > d");
        check("write to <jo@example.org>", "write to <jo@example.org>");
        check("Tom &amp; Jerry", "Tom &amp; Jerry");
        check("first\r\nsecond  \n\n", "first\nsecond");
    }

    #[test]
    fn blocks_become_lines() {
        check("one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour");
        check("<p>one</p><p>two</p>", "one\ntwo");
        check("one<br>\ntwo", "one\ntwo");
        check("<div>one<div>two</div></div>three", "one\ntwo\nthree");
        check("<ul><li>one</li><li>two</li></ul>", "- one\n- two");
        check("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc");
    }

    #[test]
    fn line_ends_in_rich_text_are_kept() {
        check("<b>one</b>\ntwo", "one\ntwo");
    }

    #[test]
    fn bm_131_links_keep_their_address() {
        check(
            r#"<a href="https://example.org/x?a=1&amp;b=2">here</a>"#,
            "here (https://example.org/x?a=1&b=2)",
        );
        check(r#"<a href="https://example.org/">example.org</a>"#, "example.org");
        check("<a href='https://example.org'>https://example.org</a>!", "https://example.org!");
        check(r#"<a href="mailto:jo@example.org">jo@example.org</a>"#, "jo@example.org");
        check(r#"<a class="x" href="https://example.org"></a>"#, "https://example.org");
        check(r#"<a data-href="no">plain</a>"#, "plain");
    }

    #[test]
    fn bm_131_scripts_styles_and_comments_are_not_text() {
        check("<style>p { color: red }</style><p>a<!-- b --></p><script>alert('<p>')</script>c", "a\nc");
        check("<b>a</b><script>never closed", "a");
    }

    #[test]
    fn references_are_resolved() {
        check(
            "<b>a</b> &lt;b&gt; &amp;amp; &#8364;&#x20AC; &nbsp;| &unknown; &",
            "a <b> &amp; €€  | &unknown; &",
        );
    }

    proptest! {
        #[test]
        fn any_text_survives_as_html(text in "(?s)[ a-z<>/&;#\"'=\n\t☕é]{0,60}|(<b>|</p>|<br>|&lt;|&amp;|x|\n){0,12}") {
            prop_assert_eq!(from_html(&to_html(&text)), normal(&text));
        }

        #[test]
        fn what_was_read_is_in_normal_form(text in "(<b>|</b>|<p>|<br>|<a href='u'>|</a>|<li>|<script>|</script>|&lt;|&#10;|\r|x| |\n|<|>|\"){0,20}") {
            let read = from_html(&text);
            prop_assert_eq!(normal(&read), read.clone());
            if !is_html(&read) {
                prop_assert_eq!(from_html(&read), read);
            }
        }
    }
}

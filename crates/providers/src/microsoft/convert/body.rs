//! Descriptions: plain text here, a page of HTML there.
//!
//! Outlook makes a whole page of whatever it is given, adds markup of its own and moves line ends about (trap 10). Only the
//! text that a person reads is compared; what is written is the least HTML that reads as that text and still does when
//! Outlook has rewritten it.
//!
//! An online meeting keeps the block by which one joins it inside the text, and is switched off when a write loses it. The
//! block is no part of the description; a change of the description carries it along as it was.

use concord_model::text;

use crate::microsoft::wire::Body;

/// The line that begins and ends the block.
const RULE: &str = "________________";

/// The text that a person reads, without the block of a meeting with that link.
pub(super) fn read(body: &Body, join: Option<&str>) -> String {
    let content = body.content.as_deref().unwrap_or_default();
    let is_html = body.content_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("html"));
    if !is_html {
        return text::normal(own(content, join));
    }
    let read = text::from_html(&collapsed(own(content, join)));
    // Outlook writes spaces that shall stay as ones that do not break.
    text::normal(&read.replace('\u{a0}', " "))
}

/// The page that reads as that text; with it, the block of a meeting as it is in what is there.
pub(super) fn written(text: &str, there: Option<&Body>, join: Option<&str>) -> String {
    let own_text = html(text);
    let content = there.and_then(|body| body.content.as_deref()).unwrap_or_default();
    match block(content, join) {
        Some(at) => format!("{own_text}<br>{}", &content[at..]),
        None => own_text,
    }
}

/// Tags that go on in their line. All others begin a new one.
const IN_LINE: [&str; 22] = [
    "a", "abbr", "b", "big", "cite", "code", "del", "em", "font", "i", "img", "ins", "o:p", "s", "small",
    "span", "strike", "strong", "sub", "sup", "tt", "u",
];

/// The same page with its white space as it is shown: Outlook wraps the source of a page wherever it likes, and only what is
/// marked ends a line.
fn collapsed(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    // Nothing is shown of a space at the beginning of a line or after another one.
    let mut hidden = true;
    let mut rest = page;
    while let Some(c) = rest.chars().next() {
        if let Some(length) = tag(rest) {
            let name = rest[1..length].trim_start_matches('/');
            let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == ':')).unwrap_or(name.len());
            let name = name[..end].to_ascii_lowercase();
            hidden |= !name.is_empty() && !IN_LINE.contains(&name.as_str());
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        } else {
            let space = c.is_ascii_whitespace();
            if !space {
                out.push(c);
            } else if !hidden {
                out.push(' ');
            }
            hidden = space;
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// How long the tag or comment is that begins here, if one does.
fn tag(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('<')?;
    if inner.starts_with("!--") {
        return text.find("-->").map(|end| end + 3);
    }
    let begins =
        inner.strip_prefix('/').unwrap_or(inner).starts_with(|c: char| c.is_ascii_alphabetic() || c == '!');
    let end = text.find('>')? + 1;
    begins.then_some(end)
}

/// The least HTML that reads as that text. There are no tabs on a page.
fn html(text: &str) -> String {
    let text = text::normal(&text.replace('\t', "    "));
    if text.is_empty() {
        return String::new();
    }
    let mut out = String::from("<div>");
    // A space at the beginning of a line or after another one would not be shown.
    let mut shown = false;
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push_str("<br>"),
            ' ' | '\u{a0}' if !shown => out.push_str("&nbsp;"),
            c => out.push(c),
        }
        shown = !c.is_whitespace();
    }
    out.push_str("</div>");
    out
}

/// What stands before the block.
fn own<'a>(content: &'a str, join: Option<&str>) -> &'a str {
    block(content, join).map_or(content, |at| &content[..at])
}

/// Where the block of a meeting begins: with the tag that opens the first of its lines.
fn block(content: &str, join: Option<&str>) -> Option<usize> {
    let join = join.filter(|join| !join.is_empty())?;
    // In a page, the link is written with its & escaped.
    let escaped = join.replace('&', "&amp;");
    let link = content.find(join).or_else(|| content.find(&escaped))?;
    let rule = content[..link].rfind(RULE)?;
    // The rule is longer than what was looked for.
    let rule = content[..rule]
        .rfind(|c| c != '_')
        .map_or(0, |before| before + content[before..].chars().next().map_or(1, char::len_utf8));
    let open = |tag: &str| content[..rule].rfind(tag);
    let begins = open("<div").into_iter().chain(open("<p")).max();
    let closed = |from: usize| content[from..rule].contains("</div") || content[from..rule].contains("</p");
    Some(begins.filter(|from| !closed(*from)).unwrap_or(rule))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(content: &str) -> Body {
        Body { content_type: Some("html".to_owned()), content: Some(content.to_owned()) }
    }

    /// What Outlook makes of a fragment of HTML.
    fn rewritten(fragment: &str) -> String {
        let inside = fragment.replace("<br>", "<br>\r\n").replace("&nbsp;", "\u{a0}");
        format!(
            "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\
             <meta name=\"Generator\" content=\"Microsoft Exchange Server\">\r\n<!-- converted from text -->\
             <style><!-- .EmailQuote {{ margin-left: 1pt; }} --></style></head>\r\n<body>\r\n{inside}\r\n</body>\r\n</html>\r\n"
        )
    }

    /// What Outlook makes of text.
    fn converted(text: &str) -> String {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let lines = escaped.replace('\n', "<br>\r\n").replace("  ", "&nbsp; ");
        rewritten(&format!(
            "<font size=\"2\"><span style=\"font-size:11pt;\"><div class=\"PlainText\">{lines}</div></span></font>"
        ))
    }

    #[test]
    fn microsoft_trap_10_a_page_is_read_as_it_is_shown_wherever_its_source_is_wrapped() {
        let wrapped = "<html><head><title>x</title></head><body>\r\n<p>one line that\r\nwas wrapped <b>here\n</b> and there</p>\r\n\r\n\
                       <p>&nbsp; two</p>\r\n<ul>\r\n  <li>a</li>\r\n  <li>b < c</li>\r\n</ul></body></html>";
        assert_eq!(
            read(&page(wrapped), None),
            "one line that was wrapped here and there\n  two\n- a\n- b < c"
        );
    }

    #[test]
    fn microsoft_trap_10_text_that_became_a_page_reads_as_it_was() {
        for text in
            ["", "Bring shoes", "one\ntwo\n\nfour", "a < b & c > d", "  indented  twice", "see <i>this</i>"]
        {
            assert_eq!(read(&page(&converted(text)), None), text::normal(text), "{text:?}");
            let plain = Body { content_type: Some("text".to_owned()), content: Some(text.to_owned()) };
            assert_eq!(read(&plain, None), text::normal(text));
        }
    }

    const JOIN: &str = "https://teams.microsoft.com/l/meetup-join/19%3ameeting?context=%7b%7d&x=1";

    fn meeting(own: &str) -> String {
        let rule = "_".repeat(80);
        let href = JOIN.replace('&', "&amp;");
        rewritten(&format!(
            "{own}<br><div style=\"width:100%\"><span>{rule}</span></div><div class=\"me-email-text\">\
             <a href=\"{href}\">Click here to join the meeting</a></div><div style=\"width:100%\"><span>{rule}</span></div>"
        ))
    }

    #[test]
    fn microsoft_trap_10_the_block_of_a_meeting_is_no_text_and_is_carried_along() {
        let there = page(&meeting("<div>Agenda</div>"));
        assert_eq!(read(&there, Some(JOIN)), "Agenda");
        let new = written("New agenda", Some(&there), Some(JOIN));
        assert!(new.starts_with("<div>New agenda</div><br><div style=\"width:100%\">"), "{new}");
        assert!(new.contains(&JOIN.replace('&', "&amp;")) && new.contains("me-email-text"));
        assert_eq!(read(&page(&new), Some(JOIN)), "New agenda");
        // What only looks like it, without the link, is somebody's text.
        let drawn = format!("above\n{}\nbelow", "_".repeat(40));
        assert_eq!(read(&page(&html(&drawn)), Some(JOIN)), drawn);
        assert_eq!(read(&page(&html(&drawn)), None), drawn);
    }

    proptest! {
        /// Whatever is written reads as it was meant, also after Outlook has rewritten it, however often.
        #[test]
        fn microsoft_trap_10_texts_do_not_ping_pong(text in "(?s)[ a-z<>/&;#\"'=\n\t☕é_]{0,60}|(<b>|</p>|<br>|&lt;|&nbsp;|  |x|\n){0,12}") {
            let meant = text::normal(&text.replace('\t', "    "));
            let once = html(&text);
            prop_assert_eq!(read(&page(&once), None), meant.clone());
            let there = rewritten(&once);
            prop_assert_eq!(read(&page(&there), None), meant.clone());
            prop_assert_eq!(read(&page(&rewritten(&there)), None), meant.clone());
            prop_assert_eq!(html(&read(&page(&there), None)), once);
        }

        #[test]
        fn no_page_makes_it_stumble(text in "(<div|</div>|>|____________________|é|https://j|&amp;|\n|x){0,30}") {
            let there = page(&text);
            let read_text = read(&there, Some("https://j"));
            prop_assert_eq!(text::normal(&read_text), read_text);
            written("x", Some(&there), Some("https://j"));
        }
    }
}

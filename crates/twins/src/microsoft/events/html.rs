//! Bodies: texts become pages, markup is written anew, and either can be read as text.

/// A page of a text, as Exchange makes it.
pub(super) fn from_text(text: &str) -> String {
    let lines: Vec<String> = text.replace("\r\n", "\n").split('\n').map(escaped).collect();
    format!(
        "<html><head>\r\n{META}\r\n<meta name=\"Generator\" content=\"Microsoft Exchange Server\">\r\n<!-- converted \
         from text -->\r\n<style><!-- .EmailQuote {{ margin-left: 1pt; padding-left: 4pt; border-left: #800000 2px \
         solid; }} --></style></head>\r\n<body>\r\n<font size=\"2\"><span style=\"font-size:11pt;\"><div \
         class=\"PlainText\">{}</div></span></font>\r\n</body>\r\n</html>\r\n",
        lines.join("<br>\r\n")
    )
}

const META: &str = "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">";

/// Markup as Exchange writes it anew: a whole page, names in lower case, attributes in order. Written anew once, it stays.
pub(super) fn rewritten(markup: &str) -> String {
    if markup.trim().is_empty() {
        return String::new();
    }
    let mut body = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(open) = rest.find('<') {
        body += &rest[..open];
        rest = &rest[open..];
        let end = if rest.starts_with("<!--") { rest.find("-->").map(|at| at + 3) } else { tag_end(rest) };
        let Some(end) = end else { break };
        body += &tag(&rest[..end]);
        rest = &rest[end..];
    }
    body += rest;
    if !body.contains("<html") {
        return format!(
            "<html><head>\r\n{META}\r\n</head>\r\n<body>\r\n{}\r\n</body>\r\n</html>\r\n",
            body.trim()
        );
    }
    if !body.contains("http-equiv") {
        body = match body.contains("<head>") {
            true => body.replacen("<head>", &format!("<head>\r\n{META}"), 1),
            false => match body.find("<html").and_then(|at| Some(at + tag_end(&body[at..])?)) {
                Some(at) => format!("{}<head>\r\n{META}\r\n</head>{}", &body[..at], &body[at..]),
                None => body,
            },
        };
    }
    body
}

/// Where a tag ends; a `>` in quotes does not end it.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            (None, '>') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn tag(text: &str) -> String {
    if text.starts_with("<!") {
        return text.to_owned();
    }
    let inside = text.trim_start_matches('<').trim_end_matches('>');
    // A page of HTML has no tags that close themselves.
    let inside = inside.strip_suffix('/').unwrap_or(inside);
    let (name, rest) = inside.trim().split_once(char::is_whitespace).unwrap_or((inside.trim(), ""));
    let name = name.to_ascii_lowercase();
    let mut attributes = attributes(rest);
    // What the server puts into the head itself stays as it puts it.
    if name != "meta" {
        attributes.sort();
    }
    let mut written = format!("<{name}");
    for (name, value) in attributes {
        written += &match value {
            Some(value) => format!(" {name}=\"{}\"", value.replace('"', "&quot;")),
            None => format!(" {name}"),
        };
    }
    written + ">"
}

fn attributes(mut rest: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start();
        let end = rest.find(|letter: char| letter == '=' || letter.is_whitespace()).unwrap_or(rest.len());
        if end == 0 {
            return found;
        }
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let Some(after) = rest.strip_prefix('=') else {
            found.push((name, None));
            continue;
        };
        let after = after.trim_start();
        let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        let (value, left) = match quote {
            Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        found.push((name, Some(value.to_owned())));
        rest = left;
    }
}

/// What a person reads of a page.
pub(super) fn to_text(markup: &str) -> String {
    let mut text = String::new();
    let mut rest = markup;
    let mut hidden: Option<&str> = None;
    while !rest.is_empty() {
        let open = rest.find('<').unwrap_or(rest.len());
        if hidden.is_none() {
            words(&mut text, &rest[..open]);
        }
        rest = &rest[open..];
        if rest.is_empty() {
            break;
        }
        let end = if rest.starts_with("<!--") { rest.find("-->").map(|at| at + 3) } else { tag_end(rest) };
        let Some(end) = end else { break };
        let inside = rest[1..end].trim_end_matches('>').trim_end_matches('/').to_ascii_lowercase();
        let name = inside.split(char::is_whitespace).next().unwrap_or_default();
        rest = &rest[end..];
        match (hidden, name) {
            (None, "head" | "style" | "script" | "title") => {
                hidden = ["head", "style", "script", "title"].into_iter().find(|known| *known == name);
            }
            (Some(open), name) if name.strip_prefix('/') == Some(open) => hidden = None,
            (None, "br" | "/p" | "/div" | "/li" | "/tr" | "/h1" | "/h2" | "/h3") => text += "\r\n",
            _ => {}
        }
    }
    text.trim().replace('\u{a0}', " ")
}

/// Adds the words between two tags; white space is one space, and none at the beginning of a line.
fn words(text: &mut String, between: &str) {
    let mut rest = between;
    while let Some(letter) = rest.chars().next() {
        if letter == '&'
            && let Some((entity, after)) = rest[1..].split_once(';')
            && let Some(letter) = entity_letter(entity)
        {
            text.push(letter);
            rest = after;
            continue;
        }
        rest = &rest[letter.len_utf8()..];
        match letter.is_ascii_whitespace() {
            false => text.push(letter),
            true if text.is_empty() || text.ends_with([' ', '\n']) => {}
            true => text.push(' '),
        }
    }
}

fn entity_letter(entity: &str) -> Option<char> {
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        number => {
            let number = number.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

/// A line of a text in a page. Spaces that a page would swallow are kept.
fn escaped(line: &str) -> String {
    let line = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    line.replace("  ", "&nbsp; ")
}

/// The beginning of what a person reads.
pub(super) fn preview(markup: &str) -> String {
    to_text(markup).chars().take(255).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microsoft_trap_10_a_text_becomes_a_page_that_reads_the_same() {
        let page = from_text("Bring <cake> & tea\n\nSee you,  Alice");
        assert!(page.contains("<!-- converted from text -->") && page.contains("<div class=\"PlainText\">"));
        assert_eq!(to_text(&page), "Bring <cake> & tea\r\n\r\nSee you,  Alice");
    }

    #[test]
    fn microsoft_trap_10_markup_is_written_anew_once() {
        let once = rewritten("<P Style='color:red' ALIGN=left>Hi<BR/>there</P>");
        assert!(
            once.starts_with("<html><head>")
                && once.contains("<p align=\"left\" style=\"color:red\">Hi<br>there</p>"),
            "{once}"
        );
        assert_eq!(rewritten(&once), once);
        let whole = rewritten("<html><body>Hi</body></html>");
        assert!(whole.contains("http-equiv"));
        assert_eq!(rewritten(&whole), whole);
        assert_eq!(rewritten(&from_text("a\nb")), from_text("a\nb"));
    }

    #[test]
    fn what_is_not_to_be_read_is_not() {
        assert_eq!(to_text("<style>p{}</style><p>One &#233;</p>\n<p title=\">\">Two</p>"), "One é\r\nTwo");
    }
}

//! Text in one normal form, so that equal means equal.

mod html;

pub use html::{from_html, to_html};

/// Returns the text with `\n` line ends, without control characters, trailing spaces of lines and outer blank lines.
pub fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.replace("\r\n", "\n").replace('\r', "\n").split('\n') {
        let line: String = line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.trim_matches('\n').to_owned()
}

/// Returns the text as one line: what a title or a place is.
pub fn line(text: &str) -> String {
    text.split(|c: char| c.is_control())
        .map(str::trim)
        .filter(|s| !s.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the text cut to at most that many characters, the last of which is then `…`.
pub fn shortened(text: &str, limit: usize) -> Option<String> {
    if text.len() <= limit || text.chars().count() <= limit {
        return None;
    }
    let mut cut: String = text.chars().take(limit.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    Some(cut)
}

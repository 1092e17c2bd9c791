//! What a command prints: results on standard output, for people or as JSON; remarks and progress on standard error.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use concord_model::ProviderId;
use concord_providers::called::Titled;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// Where results go, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Sentences and tables.
    People,
    /// One JSON value on a line.
    Json,
}

impl Output {
    /// Prints a result: `people` puts it into words.
    pub fn show<T: Serialize>(self, result: &T, people: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
        let text = match self {
            Output::People => people(result),
            Output::Json => serde_json::to_string(result)?,
        };
        print(&text)
    }

    /// Prints a list, or for people a sentence where it is empty.
    pub fn list(
        self,
        rows: &[Value],
        people: impl FnOnce(&[Value]) -> String,
        none: &str,
    ) -> anyhow::Result<()> {
        match self {
            Output::Json => print(&serde_json::to_string(rows)?),
            Output::People if rows.is_empty() => print(none),
            Output::People => print(&people(rows)),
        }
    }

    /// Prints text that is the result as it is: a file, a script.
    pub fn raw(self, text: &str) -> anyhow::Result<()> {
        print(text.strip_suffix('\n').unwrap_or(text))
    }

    /// Says something that is no result.
    pub fn remark(self, text: &str) {
        // Nobody is left to be told that standard error is closed.
        drop(writeln!(io::stderr(), "{text}"));
    }

    /// A sign of life for long work, where somebody looks on.
    pub fn progress(self, what: &str) -> Progress {
        if self == Output::Json || !io::stderr().is_terminal() {
            return Progress(None);
        }
        let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style).with_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Progress(Some(bar))
    }
}

/// A sign of life. It is gone when it is dropped.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// Says how far the work is.
    pub fn say(&self, text: String) {
        if let Some(bar) = &self.0 {
            bar.set_message(text);
        }
    }

    /// Whether anybody sees it.
    pub fn is_seen(&self) -> bool {
        self.0.is_some()
    }

    /// Prints a line above it, or to standard error where nobody looks on.
    pub fn line(&self, text: &str) {
        match &self.0 {
            Some(bar) => bar.println(text),
            None => drop(writeln!(io::stderr(), "{text}")),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush()) {
        // Whoever read it has read enough (`concord event list | head`).
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Into::into),
    }
}

/// A number with its noun: "1 event", "2 events".
pub fn counted(n: impl Into<i128>, one: &str, many: &str) -> String {
    match n.into() {
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    }
}

/// Columns under headings, wide enough for what is in them. The last one is as long as it is.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|h| h.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, width) in cells.zip(&widths) {
            text += cell;
            text.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        text.trim_end().to_owned()
    };
    let head = line(&mut headings.iter().copied());
    let rows = rows.iter().map(|row| line(&mut row.iter().map(String::as_str)));
    std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
}

/// The text under a name of a JSON object; nothing where there is none.
pub fn text(value: &Value, name: &str) -> String {
    match value.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The same for people, who read an instant as a date and a time.
fn cell(value: &Value, name: &str) -> String {
    let text = text(value, name);
    match text.parse::<Timestamp>() {
        // Commands take a provider's id, and people read its name.
        _ if name == "provider" => ProviderId::from(text).title().to_owned(),
        Ok(at) if name.ends_with("At") => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        _ => text,
    }
}

/// A table of JSON objects: a heading and a name for each column.
pub fn columns(rows: &[Value], columns: &[(&str, &str)]) -> String {
    let headings: Vec<&str> = columns.iter().map(|(heading, _)| *heading).collect();
    let cells = |row: &Value| columns.iter().map(|(_, name)| cell(row, name)).collect();
    table(&headings, &rows.iter().map(cells).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let rows = [
            serde_json::json!({"a": "länger", "b": 1}),
            serde_json::json!({"a": "x", "seenAt": "2026-12-01T09:30:15.25Z"}),
        ];
        expect![[r#"
            NAME    N  SEEN
            länger  1
            x          2026-12-01 09:30 UTC"#]]
        .assert_eq(&columns(&rows, &[("NAME", "a"), ("N", "b"), ("SEEN", "seenAt")]));
    }
}

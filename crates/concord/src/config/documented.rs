//! The settings as `concord.example.toml` documents them: names, texts, defaults. The file is the only place that holds
//! these; flags, the reference page and what `concord doctor` shows are all made from it.

use std::fmt::Write as _;
use std::sync::LazyLock;

/// The commented file that is built into the program.
pub const EXAMPLE: &str = include_str!("../../../../concord.example.toml");

/// Settings whose values nobody may see. They have no flag, since everyone on a machine can read those.
const SECRETS: &[&str] = &[
    "master_key",
    "google_client_secret",
    "microsoft_client_secret",
    "notion_client_secret",
    "notion_webhook_token",
    "smtp_url",
];

/// One setting and what is said about it.
#[derive(Debug)]
pub struct Setting {
    /// The word it has everywhere.
    pub name: &'static str,
    /// The heading it stands under.
    pub section: &'static str,
    /// What it is for, as Markdown.
    pub doc: String,
    /// What it is unless set. Where there is none, the text says what then holds.
    pub default: Option<&'static str>,
    /// A value that it could have, as it stands in the file.
    pub example: Option<&'static str>,
}

impl Setting {
    /// Returns the setting of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        settings().iter().find(|setting| setting.name == name)
    }

    /// Its name in the environment.
    pub fn variable(&self) -> String {
        format!("CONCORD_{}", self.name.to_uppercase())
    }

    /// Its flag, if it has one.
    pub fn flag(&self) -> Option<String> {
        (!self.is_secret()).then(|| format!("--{}", self.name.replace('_', "-")))
    }

    /// Whether its value may be shown to nobody.
    pub fn is_secret(&self) -> bool {
        SECRETS.contains(&self.name)
    }

    /// The first sentence of its text.
    pub fn summary(&self) -> &str {
        self.doc.split_inclusive(". ").next().unwrap_or_default().trim_end()
    }
}

/// Returns all settings, in the order of the file.
pub fn settings() -> &'static [Setting] {
    static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(|| read(EXAMPLE).1);
    &SETTINGS
}

/// Returns the reference page, as Markdown.
pub fn reference() -> String {
    let (preface, settings) = read(EXAMPLE);
    let mut page =
        String::from("<!-- Made from concord.example.toml by `make gen`; change it there. -->\n\n");
    let _ = writeln!(page, "# Configuration\n\n{preface}");
    let mut section = "";
    for setting in &settings {
        if setting.section != section {
            section = setting.section;
            let _ = writeln!(page, "\n## {section}");
        }
        let _ = writeln!(page, "\n### `{}`\n\n{}\n", setting.name, setting.doc);
        let _ = write!(page, "`{}`", setting.variable());
        match setting.flag() {
            Some(flag) => _ = write!(page, " · `{flag}`"),
            None => page.push_str(" · secret, no flag"),
        }
        match (setting.default, setting.example) {
            (Some(default), _) => _ = writeln!(page, " · default `{default}`"),
            (None, Some(example)) => _ = writeln!(page, " · for example `{example}`"),
            (None, None) => page.push('\n'),
        }
    }
    page
}

/// Reads a commented file: the paragraphs before its first heading, and its settings. A setting is a line `name = value`,
/// with a `#` right before it where that is only an example; the comment above it is its text.
fn read(file: &'static str) -> (String, Vec<Setting>) {
    let (mut preface, mut settings) = (String::new(), Vec::new());
    let (mut section, mut comment) = ("", Vec::new());
    for line in file.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading;
        } else if line == "#" {
            comment.push("\n\n");
        } else if let Some(text) = line.strip_prefix("# ") {
            comment.push(text);
        } else if let Some((name, value)) = line.split_once(" = ") {
            let example = name.strip_prefix('#');
            settings.push(Setting {
                name: example.unwrap_or(name),
                section,
                doc: flow(&comment),
                default: example.is_none().then(|| value.trim_matches('"')),
                example: example.is_some().then_some(value),
            });
            comment.clear();
        } else {
            if section.is_empty() {
                preface += &flow(&comment);
            }
            comment.clear();
        }
    }
    (preface, settings)
}

/// Joins the lines of a comment to paragraphs.
fn flow(lines: &[&str]) -> String {
    lines.join(" ").replace(" \n\n ", "\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_explained_and_has_a_default_or_an_example() {
        for setting in settings() {
            assert!(!setting.section.is_empty(), "{setting:?}");
            assert!(setting.doc.len() > 30 && setting.doc.ends_with('.'), "{setting:?}");
            assert!(setting.default.is_some() != setting.example.is_some(), "{setting:?}");
        }
        assert!(settings().len() > 25);
        assert!(SECRETS.iter().all(|name| Setting::named(name).is_some()));
    }

    #[test]
    fn no_setting_stands_twice() {
        let mut names: Vec<_> = settings().iter().map(|setting| setting.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), settings().len());
    }
}

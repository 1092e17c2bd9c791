//! The layers that settings come in, and the faults found in them.
//!
//! A stronger layer's value hides a weaker one's: flags, environment, file, defaults. A reader goes on after a fault, so
//! that all of them can be told together.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::documented::{EXAMPLE, Setting, settings};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// From this file.
    File(PathBuf),
    /// From the environment.
    Environment,
    /// From a flag.
    Flag,
}

impl Origin {
    /// How a person finds the setting there.
    fn place_of(&self, setting: &Setting) -> String {
        match (self, setting.flag()) {
            (Self::Flag, Some(flag)) => flag,
            (Self::File(path), _) => format!("{} in {}", setting.name, path.display()),
            _ => setting.variable(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => path.display().fmt(f),
            Self::Environment => f.write_str("environment"),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// All that is wrong with the settings, each with its place and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => f.write_str(one),
            several => {
                write!(f, "{} settings cannot be used:", several.len())?;
                several.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
            }
        }
    }
}

impl std::error::Error for Faults {}

/// A setting as it is in force.
#[derive(Clone, Debug)]
pub struct InForce {
    /// Its name and text.
    pub setting: &'static Setting,
    /// Its value as it may be shown; none where it has none.
    pub value: Option<String>,
    /// Where it came from.
    pub origin: Origin,
}

/// One layer: words by setting. A list stays a list until the setting says that it takes none.
type Words = BTreeMap<String, Vec<String>>;

pub(super) struct Reader {
    /// The strongest first.
    layers: Vec<(Origin, Words)>,
    faults: Vec<String>,
    notes: Vec<String>,
    in_force: Vec<InForce>,
}

impl Reader {
    /// A reader over the defaults alone.
    pub(super) fn new() -> Self {
        let mut reader =
            Self { layers: Vec::new(), faults: Vec::new(), notes: Vec::new(), in_force: Vec::new() };
        reader.layer(Origin::Default, EXAMPLE);
        reader
    }

    /// Puts a file over the layers so far. It has to exist if it `must`.
    pub(super) fn file(&mut self, path: &Path, must: bool) {
        match std::fs::read_to_string(path) {
            Ok(text) => self.layer(Origin::File(path.to_owned()), &text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !must => {}
            Err(e) => self.faults.push(format!("{}: cannot be read: {e}", path.display())),
        }
    }

    fn layer(&mut self, origin: Origin, text: &str) {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(e) => {
                // The error's own form shows the line it is on, which may hold a secret.
                let line = e.span().map_or(0, |span| text[..span.start].matches('\n').count() + 1);
                self.faults.push(format!("{origin}, line {line}: {}", e.message()));
                return;
            }
        };
        let mut words = Words::new();
        for (name, value) in table {
            let Some(setting) = Setting::named(&name) else {
                self.faults.push(format!(
                    "{name} in {origin} is not a setting{}",
                    meant(&name, |s| s.name.to_owned())
                ));
                continue;
            };
            match texts(value) {
                Some(texts) => _ = words.insert(name, texts),
                None => self.faults.push(format!("{}: write the value in quotes", origin.place_of(setting))),
            }
        }
        self.layers.insert(0, (origin, words));
    }

    /// Puts the environment over the layers so far. Other programs' variables may look like ours, so what is no setting
    /// is only noted.
    pub(super) fn environment(&mut self, environment: &BTreeMap<String, String>) {
        let mut words = Words::new();
        for (variable, value) in environment.iter().filter(|(variable, _)| variable.starts_with("CONCORD_")) {
            match settings().iter().find(|setting| setting.variable() == *variable) {
                Some(setting) => _ = words.insert(setting.name.to_owned(), vec![value.clone()]),
                None => self
                    .notes
                    .push(format!("{variable} is not a setting{}", meant(variable, Setting::variable))),
            }
        }
        self.layers.insert(0, (Origin::Environment, words));
    }

    /// Puts flags over the layers so far.
    pub(super) fn flags(&mut self, given: &BTreeMap<String, String>) {
        let words = given.iter().map(|(name, value)| (name.clone(), vec![value.clone()])).collect();
        self.layers.insert(0, (Origin::Flag, words));
    }

    /// What is in force for a setting. Nothing but empty words is nothing.
    fn given(&self, name: &str) -> Option<(Origin, Vec<String>)> {
        self.layers.iter().find_map(|(origin, words)| {
            let words = words.get(name)?;
            (!words.iter().all(|word| word.trim().is_empty())).then(|| (origin.clone(), words.clone()))
        })
    }

    /// Reads a setting that has a default. `None` after a fault.
    pub(super) fn one<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.maybe(name, parse)?
    }

    /// Reads a setting that may be missing. `None` after a fault.
    pub(super) fn maybe<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Option<T>> {
        let Some((origin, words)) = self.given(name) else {
            self.show(name, None, Origin::Default);
            return Some(None);
        };
        let [word] = words.as_slice() else {
            self.fault(name, "takes one value, not a list");
            return None;
        };
        self.show(name, Some(word.trim().to_owned()), origin);
        self.parse(name, word.trim(), parse).map(Some)
    }

    /// Reads a setting that takes any number of values. `None` after a fault.
    pub(super) fn list<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let (origin, words) = self.given(name).unwrap_or((Origin::Default, Vec::new()));
        let words: Vec<_> = words
            .iter()
            .flat_map(|word| word.split(','))
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .collect();
        self.show(name, (!words.is_empty()).then(|| words.join(", ")), origin);
        // Not `collect` at once: each faulty word is told.
        let parsed: Vec<_> = words.iter().map(|word| self.parse(name, word, &parse)).collect();
        parsed.into_iter().collect()
    }

    fn parse<T>(
        &mut self,
        name: &str,
        word: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let secret = Setting::named(name).is_some_and(|s| s.is_secret() || s.name == "database_url");
        parse(word)
            .map_err(|why| self.fault(name, &if secret { why } else { format!("\"{word}\" {why}") }))
            .ok()
    }

    /// Notes what a setting is as far as it may be shown.
    pub(super) fn show(&mut self, name: &str, value: Option<String>, origin: Origin) {
        let setting = Setting::named(name).expect("only documented settings are read");
        let value = if setting.is_secret() { value.map(|_| "(set)".to_owned()) } else { value };
        self.in_force.retain(|other| other.setting.name != name);
        self.in_force.push(InForce { setting, value, origin });
    }

    /// Where a setting that was read came from.
    pub(super) fn origin(&self, name: &str) -> Origin {
        self.given(name).map_or(Origin::Default, |(origin, _)| origin)
    }

    /// Adds a fault at the place where the setting was given.
    pub(super) fn fault(&mut self, name: &str, why: &str) {
        let setting = Setting::named(name).expect("only documented settings are read");
        self.faults.push(format!("{}: {why}", self.origin(name).place_of(setting)));
    }

    /// Adds something that works, and that an operator should hear of all the same.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Ends reading: the notes and all settings in the order of the documentation, or the faults.
    pub(super) fn finish(mut self) -> Result<(Vec<String>, Vec<InForce>), Faults> {
        if !self.faults.is_empty() {
            return Err(Faults(self.faults));
        }
        let order =
            |shown: &InForce| settings().iter().position(|setting| setting.name == shown.setting.name);
        self.in_force.sort_by_key(order);
        Ok((self.notes, self.in_force))
    }
}

fn texts(value: toml::Value) -> Option<Vec<String>> {
    match value {
        toml::Value::String(text) => Some(vec![text]),
        toml::Value::Integer(number) => Some(vec![number.to_string()]),
        toml::Value::Array(values) => {
            values.into_iter().map(|value| value.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    }
}

/// Names the setting that somebody may have meant, if one is nearly it.
fn meant(written: &str, form: impl Fn(&Setting) -> String) -> String {
    let near = settings().iter().map(form).map(|name| (strsim::levenshtein(written, &name), name)).min();
    match near {
        Some((distance, name)) if distance <= 3 => format!("; {name} is"),
        _ => String::new(),
    }
}

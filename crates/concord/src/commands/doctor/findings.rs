//! What the doctor found: in order, each with what to do about it.

use serde_json::{Value, json};

use crate::exit::Exit;

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Finding {
    Good,
    /// It works, and somebody should know.
    Note,
    Bad(Exit),
}

/// All that was found so far.
#[derive(Default)]
pub(super) struct Findings(Vec<(Finding, &'static str, String, Option<String>)>);

impl Findings {
    /// All is well with it.
    pub(super) fn good(&mut self, what: &'static str, says: impl Into<String>) {
        self.0.push((Finding::Good, what, says.into(), None));
    }

    /// It works, and somebody should know something about it.
    pub(super) fn note(&mut self, what: &'static str, says: impl Into<String>, fix: Option<&str>) {
        self.0.push((Finding::Note, what, says.into(), fix.map(ToOwned::to_owned)));
    }

    /// It does not work, and this mends it.
    pub(super) fn bad(
        &mut self,
        exit: Exit,
        what: &'static str,
        says: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.0.push((Finding::Bad(exit), what, says.into(), Some(fix.into())));
    }

    /// How the command ends.
    pub(super) fn exit(&self) -> Exit {
        let bad = self.0.iter().filter_map(|(finding, ..)| match finding {
            Finding::Bad(exit) => Some(*exit),
            _ => None,
        });
        bad.fold(Exit::Agrees, Exit::and)
    }

    /// For `--json`.
    pub(super) fn json(&self) -> Vec<Value> {
        let one = |(finding, what, says, fix): &(Finding, &str, String, Option<String>)| {
            let word = match finding {
                Finding::Good => "ok",
                Finding::Note => "note",
                Finding::Bad(_) => "bad",
            };
            json!({ "check": what, "state": word, "says": says, "fix": fix })
        };
        self.0.iter().map(one).collect()
    }

    /// For people.
    pub(super) fn words(&self) -> String {
        let mut lines = Vec::new();
        for (finding, what, says, fix) in &self.0 {
            let mark = match finding {
                Finding::Good => "✓",
                Finding::Note => "·",
                Finding::Bad(_) => "✗",
            };
            lines.push(format!("{mark} {what}: {says}"));
            let steps = fix.iter().flat_map(|fix| fix.lines()).enumerate();
            lines.extend(steps.map(|(n, step)| format!("    {} {step}", if n == 0 { "→" } else { " " })));
        }
        lines.join("\n")
    }
}

//! Worlds that once broke a promise, kept for ever: a small file each, lived through again by a test.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::outcome::{Outcome, Violation};
use crate::plan::Plan;
use crate::run::{Keep, replay};
use crate::script::Step;
use crate::shrink::Small;

/// A kept world.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    /// What it showed.
    pub showed: Violation,
    /// The world.
    pub plan: Plan,
    /// What happens in it.
    pub steps: Vec<Step>,
    /// The story of how it broke, for people.
    pub story: Vec<String>,
}

impl From<Small> for Kept {
    fn from(small: Small) -> Kept {
        let showed = small.outcome.violation.unwrap_or_else(|| Violation::new("nothing", "it did not break"));
        Kept { showed, plan: small.plan, steps: small.steps, story: small.outcome.story }
    }
}

impl Kept {
    /// Lives through it again.
    pub fn replay(&self, keep: Keep) -> Outcome {
        replay(&self.plan, &self.steps, keep)
    }

    /// Reads one.
    pub fn read(path: &Path) -> Result<Kept, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Writes it into a folder, under a name that says what it showed. Returns where.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, String> {
        let name = format!("{}-{}.json", self.showed.invariant.to_lowercase(), self.plan.seed);
        let path = folder.join(name);
        self.write_as(&path)?;
        Ok(path)
    }

    /// Writes it into that file, one line for each step.
    pub fn write_as(&self, path: &Path) -> Result<(), String> {
        let told = |value: serde_json::Result<String>| value.map_err(|error| error.to_string());
        let lines = |all: Vec<serde_json::Result<String>>| -> Result<String, String> {
            Ok(all.into_iter().map(told).collect::<Result<Vec<_>, _>>()?.join(",\n  "))
        };
        let text = format!(
            "{{\n\"showed\": {},\n\"plan\": {},\n\"steps\": [\n  {}\n],\n\"story\": [\n  {}\n]\n}}\n",
            told(serde_json::to_string(&self.showed))?,
            told(serde_json::to_string(&self.plan))?,
            lines(self.steps.iter().map(serde_json::to_string).collect())?,
            lines(self.story.iter().map(serde_json::to_string).collect())?,
        );
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

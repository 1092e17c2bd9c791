//! `concord restore`: a backup becomes what the database holds.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Seek};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use concord_store::backup::{self, Error, Over};
use concord_store::vault::MasterKey;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::assemble;
use crate::clock::Clock;
use crate::config::{Config, Keys};
use crate::output::Output;
use crate::refusal::usage;

/// Put a backup in the place of an empty database
///
/// All of it is restored, or nothing: a file that was cut short or changed is refused. The master key that the backup
/// names has to be here, for its credentials open with no other. End every sync and every server first.
///
/// The next sync reads every calendar whole. What was changed there since the backup comes in; copies that Concord made
/// since are recognised; what is missing there is shown to you, and neither deleted nor made again.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  concord restore backups/concord-20261121T140000Z.backup
  concord restore --replace /mnt/away/concord.backup     what the database holds now is lost
  concord sync --dry-run                                 then: what would the first sync do?")]
pub struct Arguments {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Also where the database is not empty: what it holds is lost
    #[arg(long)]
    replace: bool,
}

/// Restores it.
pub async fn run(arguments: Arguments, config: &Config, out: Output) -> anyhow::Result<()> {
    let path = &arguments.file;
    let mut file = open(path)?;
    let progress = out.progress("reading the backup");
    let found = backup::check(&mut file).map_err(|error| refused(error, path))?;
    file.rewind().with_context(|| format!("{} cannot be read twice", path.display()))?;
    let missing: Vec<&str> = {
        let held = held(&config.keys);
        found.header.keys.iter().filter(|key| !held.contains(*key)).map(String::as_str).collect()
    };
    if !missing.is_empty() {
        return Err(usage(format!(
            "the credentials in {} are sealed under the master key {}, which is not here; put that key into {} (one on a \
             line), or name its file with CONCORD_MASTER_KEY_FILE",
            path.display(),
            missing.join(" and "),
            config.data.dir.join("master.key").display(),
        )));
    }
    progress.say("restoring".to_owned());
    let store = assemble::reach_store(config).await?;
    let over = if arguments.replace { Over::Whatever } else { Over::Empty };
    let now = Clock::ahead_by(config.clock_offset).now();
    let restored = backup::restore(&store, &mut file, over, now).await;
    let kind = store.kind();
    store.close().await;
    drop(progress);
    let contents = restored.map_err(|error| refused(error, path))?;
    let result = json!({
        "file": path.display().to_string(),
        "database": kind,
        "rows": contents.count(),
        "tables": contents.rows.len(),
        "madeAt": contents.header.made_at.to_string(),
    });
    out.show(&result, |_| {
        format!(
            "restored {} rows, as they were at {}, into the {kind} database\nsee what the first sync would do: concord sync \
             --dry-run",
            contents.count(),
            contents.header.made_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        )
    })
}

fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    match File::open(path) {
        Ok(file) => Ok(BufReader::with_capacity(1 << 20, file)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(usage(format!("there is no file {}", path.display())))
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// The names of the master keys that are here. One that is yet to be made opens nothing.
fn held(keys: &Keys) -> BTreeSet<String> {
    let texts: &[SecretString] = match keys {
        Keys::Given(texts) => texts,
        Keys::MakeIn(_) => &[],
    };
    let parsed = texts.iter().filter_map(|text| text.expose_secret().parse::<MasterKey>().ok());
    parsed.map(|key| key.id().to_string()).collect()
}

/// What speaks against it, in words; nothing was changed.
fn refused(error: Error, path: &Path) -> anyhow::Error {
    match error {
        Error::NotEmpty(_) => usage(format!(
            "{error}; restore into an empty one, or say --replace: what it holds is then lost (make a backup of it first)"
        )),
        Error::File(source) => {
            anyhow::Error::from(source).context(format!("{} cannot be read", path.display()))
        }
        Error::Store(source) => source.into(),
        other => usage(format!("{}: {other}; nothing was changed", path.display())),
    }
}

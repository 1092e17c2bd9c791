//! `concord backup`: everything that the database holds, in one file.

use std::fs::{self, File, OpenOptions};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use concord_store::backup::{self, Contents};
use jiff::Timestamp;
use serde_json::json;

use crate::assemble;
use crate::clock::Clock;
use crate::config::Config;
use crate::output::Output;
use crate::refusal::usage;

/// Write everything that the database holds into one file
///
/// It is one moment's picture; syncs and servers need not be stopped for it. The file can be restored into SQLite and
/// into PostgreSQL, wherever it comes from. Credentials are in it as they lie in the database: sealed. The master key
/// that opens them is not in it: keep a copy of the key, apart from the backups.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  concord backup                                   into backups/ of the data folder
  concord backup /mnt/away/concord.backup")]
pub struct Arguments {
    /// Into this file [default: backups/concord-<time>.backup in the data folder]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Writes it.
pub async fn run(arguments: Arguments, config: &Config, out: Output) -> anyhow::Result<()> {
    let now = Clock::ahead_by(config.clock_offset).now();
    let path = match arguments.file {
        Some(path) => path,
        None => usual(&config.data.dir, now)?,
    };
    if path.exists() {
        return Err(usage(format!("{} is there already; name another file", path.display())));
    }
    let (store, _) = assemble::open_store(config).await?;
    let progress = out.progress("writing the backup");
    let written = write(&store, &path, now).await;
    store.close().await;
    drop(progress);
    let (contents, bytes) = written?;
    let keys: Vec<&String> = contents.header.keys.iter().collect();
    let result = json!({
        "file": path.display().to_string(),
        "bytes": bytes,
        "rows": contents.count(),
        "tables": contents.rows.len(),
        "schema": contents.header.schema,
        "keys": keys,
        "madeAt": now.to_string(),
    });
    out.show(&result, |_| {
        let mut told = format!("wrote {} rows to {} ({bytes} bytes)", contents.count(), path.display());
        if !keys.is_empty() {
            let keys: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
            told += &format!(
                "\nits credentials are sealed under the master key {}, which is not in it: keep that key too, apart from the \
                 backup",
                keys.join(" and ")
            );
        }
        told
    })
}

/// `backups/concord-20261121T140000Z.backup` in the data folder.
fn usual(data: &Path, now: Timestamp) -> anyhow::Result<PathBuf> {
    let folder = data.join("backups");
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    Ok(folder.join(format!("concord-{}.backup", now.strftime("%Y%m%dT%H%M%SZ"))))
}

/// Writes the file for its owner only. Under its name it appears whole or not at all.
async fn write(store: &concord_store::Store, path: &Path, now: Timestamp) -> anyhow::Result<(Contents, u64)> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let failed = || format!("{} cannot be written", path.display());
    let mut options = OpenOptions::new();
    // What a killed one left is of no use.
    fs::remove_file(&part).ok();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&part).with_context(failed)?;
    let mut file = BufWriter::with_capacity(1 << 20, file);
    let written = backup::write(store, env!("CARGO_PKG_VERSION"), now, &mut file).await;
    let kept = written.map_err(anyhow::Error::from).and_then(|contents| {
        let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        fs::rename(&part, path)?;
        Ok((contents, bytes))
    });
    if kept.is_err() {
        fs::remove_file(&part).ok();
    }
    let kept = kept.with_context(failed)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder).and_then(|folder| folder.sync_all()).with_context(failed)?;
    }
    Ok(kept)
}

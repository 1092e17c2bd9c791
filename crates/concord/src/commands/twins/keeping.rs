//! What outlives a twin that is told to keep its data: one file for each, replaced whole.
//!
//! A change is on the disk within a fraction of a second, and at the end of the program. A file that cannot be read is
//! neither ignored nor replaced: the program says what is wrong with it and does not start.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use concord_twins::Snapshot;
use concord_twins::twin::{Provider, Twin};
use jiff::SignedDuration;
use serde::Serialize;

use crate::pause;
use crate::refusal::usage;

/// How often it is looked whether there is something to keep.
const LOOK: SignedDuration = SignedDuration::from_millis(100);

/// A twin and the file that it is kept in.
pub(crate) struct Kept<P> {
    twin: Twin<P>,
    path: PathBuf,
    /// The revision that is in the file.
    saved: AtomicU64,
}

impl<P: Provider> Kept<P> {
    /// Gives the twin what the folder keeps of it, if it keeps anything.
    pub(crate) fn open(folder: &Path, twin: Twin<P>) -> anyhow::Result<Kept<P>> {
        let failed = || format!("--state: {} cannot be used as a folder", folder.display());
        fs::create_dir_all(folder).with_context(failed)?;
        let path = folder.join(format!("{}.json", P::NAME));
        match File::open(&path) {
            Ok(file) => {
                let wrong = |why: String| {
                    let path = path.display();
                    usage(format!(
                        "--state: {path} cannot be gone on from: {why}; move it away to begin anew"
                    ))
                };
                let snapshot: Snapshot = serde_json::from_reader(BufReader::new(file))
                    .map_err(|error| wrong(error.to_string()))?;
                twin.restore(snapshot).map_err(wrong)?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
        }
        let saved = AtomicU64::new(twin.revision());
        Ok(Kept { twin, path, saved })
    }

    /// Keeps what changes. Ends only when that fails.
    pub(crate) async fn keep(&self) -> anyhow::Error {
        loop {
            pause::lasting(LOOK).await;
            if let Err(error) = tokio::task::block_in_place(|| self.save()) {
                return error;
            }
        }
    }

    /// Writes the file, if there is something new.
    pub(crate) fn save(&self) -> anyhow::Result<()> {
        // Read before the snapshot: what comes in between is kept now and, harmlessly, once more.
        let revision = self.twin.revision();
        if self.saved.load(Ordering::Relaxed) == revision {
            return Ok(());
        }
        let snapshot = self.twin.snapshot();
        write(&self.path, &snapshot).with_context(|| format!("{} cannot be written", self.path.display()))?;
        self.saved.store(revision, Ordering::Relaxed);
        Ok(())
    }
}

/// Replaces a file, so that whoever reads it (after a power cut, too) finds the old one or the new one. The tokens in
/// it open nothing but the twin; still, they are the owner's.
fn write(path: &Path, snapshot: &impl Serialize) -> std::io::Result<()> {
    let draft = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = BufWriter::new(options.open(&draft)?);
    serde_json::to_writer(&mut file, snapshot)?;
    file.flush()?;
    file.get_ref().sync_all()?;
    fs::rename(&draft, path)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

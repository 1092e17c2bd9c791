//! Master keys: those of the configuration, or one that is made at the first start and kept in the data folder.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::Context;
use concord_store::vault::{MasterKey, Vault};
use concord_store::{Store, rotation};
use secrecy::{ExposeSecret, SecretString};

use crate::chance::Chance;
use crate::config::Keys;
use crate::refusal::usage;

/// Opens the vault. The `bool` says whether its key was made just now.
pub async fn vault(keys: &Keys, store: &Store, chance: &Chance) -> anyhow::Result<(Vault, bool)> {
    let (texts, made) = match keys {
        Keys::Given(texts) => (texts.clone(), false),
        Keys::MakeIn(path) => {
            let mut tx = store.read().await?;
            let sealed = rotation::status(&mut tx).await?;
            drop(tx);
            if let Some((id, cells)) = sealed.first_key_value() {
                return Err(usage(format!(
                    "{} is not there, and the database holds {cells} credentials sealed under the master key {id}; put the \
                     key back, or name it with CONCORD_MASTER_KEY_FILE",
                    path.display()
                )));
            }
            make(path, chance)?
        }
    };
    let parsed: Result<Vec<MasterKey>, _> = texts.iter().map(|text| text.expose_secret().parse()).collect();
    let vault = Vault::new(parsed?).context("the master keys cannot be used")?;
    Ok((vault, made))
}

/// Makes the key, unless another process has done so meanwhile. It appears whole or not at all.
fn make(path: &Path, chance: &Chance) -> anyhow::Result<(Vec<SecretString>, bool)> {
    let text = MasterKey::generate(&mut |bytes: &mut [u8]| chance.fill(bytes)).text();
    let draft = path.with_extension(format!("{:016x}", chance.number()));
    write_own(&draft, &[text])?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft).ok();
    let made = match linked {
        Ok(()) => true,
        Err(e) if e.kind() == ErrorKind::AlreadyExists => false,
        Err(e) => {
            return Err(e).with_context(|| format!("the master key cannot be kept in {}", path.display()));
        }
    };
    Ok((read(path)?, made))
}

/// The keys in a file, one on a line.
pub fn read(path: &Path) -> anyhow::Result<Vec<SecretString>> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(SecretString::from).collect())
}

/// Puts these keys into a file in place of those in it, at once.
pub fn replace(path: &Path, keys: &[SecretString], chance: &Chance) -> anyhow::Result<()> {
    let draft = path.with_extension(format!("{:016x}", chance.number()));
    write_own(&draft, keys)?;
    fs::rename(&draft, path).with_context(|| format!("{} cannot be replaced", path.display()))
}

/// Writes a new file that only its owner may read.
fn write_own(path: &Path, keys: &[SecretString]) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || -> std::io::Result<()> {
        let mut file = options.open(path)?;
        for key in keys {
            writeln!(file, "{}", key.expose_secret())?;
        }
        file.sync_all()
    };
    write().with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_key_that_is_made_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let (first, made) = make(&path, &Chance::seeded(1)).unwrap();
        let (again, made_again) = make(&path, &Chance::seeded(2)).unwrap();
        assert!(made && !made_again);
        assert_eq!(first[0].expose_secret(), again[0].expose_secret());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left behind");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}

//! Folders of files on this machine: the door that the folder adapter is handed.
//!
//! Only who has the shell names folders, so nothing is guarded here but the files themselves: a file is written beside
//! its place and moved there, and what is told as done is on the disk.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::thread;

use async_trait::async_trait;
use bytes::Bytes;
use concord_providers::disk::{Deed, Disk, Done, Held, Listed, Trouble, Version};
use jiff::Timestamp;

/// Files of events end so.
const ENDING: &str = ".ics";
/// Larger files are not read: no event is that large.
const FILE_BYTES: u64 = 32 << 20;
/// How many files are brought to the disk side by side: it takes many with one turn.
const SIDE_BY_SIDE: usize = 8;

/// This machine's folders.
pub struct Folders;

#[async_trait]
impl Disk for Folders {
    async fn list(&self, folder: &str) -> Result<Vec<Listed>, Trouble> {
        let folder = PathBuf::from(folder);
        aside(move || list(&folder)).await?
    }

    async fn read(&self, folder: &str, names: &[String]) -> Vec<Result<Option<Held>, Trouble>> {
        let (folder, names, many) = (PathBuf::from(folder), names.to_vec(), names.len());
        match aside(move || names.iter().map(|name| read(&folder, name)).collect()).await {
            Ok(all) => all,
            Err(trouble) => vec![Err(trouble); many],
        }
    }

    async fn act(&self, folder: &str, deeds: Vec<(String, Deed)>) -> Vec<Result<Done, Trouble>> {
        let (folder, many) = (PathBuf::from(folder), deeds.len());
        match aside(move || act(&folder, &deeds)).await {
            Ok(all) => all,
            Err(trouble) => vec![Err(trouble); many],
        }
    }
}

/// Does what waits for the disk where nobody else has to wait for it.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Trouble> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Trouble::Other(error.to_string()))
}

fn trouble(error: &io::Error) -> Trouble {
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Trouble::Denied(error.to_string()),
        _ => Trouble::Other(error.to_string()),
    }
}

/// Something about the folder itself.
fn of_folder(error: &io::Error) -> Trouble {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Trouble::NoFolder,
        _ => trouble(error),
    }
}

fn list(folder: &Path) -> Result<Vec<Listed>, Trouble> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| of_folder(&error))? {
        let entry = entry.map_err(|error| trouble(&error))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') || !name.to_ascii_lowercase().ends_with(ENDING) {
            continue;
        }
        match fs::metadata(entry.path()) {
            Ok(file) if file.is_file() => all.push(Listed { name, version: version(&file) }),
            // It is a folder, or went meanwhile.
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(trouble(&error)),
        }
    }
    Ok(all)
}

/// Whatever changes when a file does, also where a program puts the time back.
#[cfg(unix)]
fn version(file: &Metadata) -> Version {
    use std::os::unix::fs::MetadataExt;
    Version(format!(
        "{:x}-{:x}.{:x}-{:x}.{:x}-{:x}",
        file.len(),
        file.mtime(),
        file.mtime_nsec(),
        file.ctime(),
        file.ctime_nsec(),
        file.ino()
    ))
}

#[cfg(not(unix))]
fn version(file: &Metadata) -> Version {
    let at = file.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
    Version(format!("{:x}-{:x}", file.len(), at.map_or(0, Timestamp::as_nanosecond)))
}

fn modified_at(file: &Metadata) -> Option<Timestamp> {
    file.modified().ok().and_then(|at| Timestamp::try_from(at).ok())
}

/// The file's own state, and nothing where there is none.
fn look(path: &Path) -> Result<Option<Metadata>, Trouble> {
    match fs::metadata(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(trouble(&error)),
    }
}

fn read(folder: &Path, name: &str) -> Result<Option<Held>, Trouble> {
    let path = folder.join(name);
    for _ in 0..3 {
        let Some(before) = look(&path)? else {
            // That one is missing is told only of a folder that is there.
            fs::metadata(folder).map_err(|error| of_folder(&error))?;
            return Ok(None);
        };
        if before.len() > FILE_BYTES {
            return Err(Trouble::Denied(format!("the file has more than {FILE_BYTES} bytes")));
        }
        let content = match fs::read(&path) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(trouble(&error)),
        };
        let version = version(&before);
        // Somebody who writes it right now is let finish.
        if look(&path)?.is_some_and(|after| self::version(&after) == version) {
            return Ok(Some(Held {
                version,
                modified_at: modified_at(&before),
                content: Bytes::from(content),
            }));
        }
    }
    Err(Trouble::Other("the file is being written".to_owned()))
}

/// Where a new content lies until it is whole.
fn beside(folder: &Path, name: &str) -> PathBuf {
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(".concord");
    folder.join(hidden)
}

fn act(folder: &Path, deeds: &[(String, Deed)]) -> Vec<Result<Done, Trouble>> {
    let contents: Vec<Option<Result<File, Trouble>>> = deeds
        .iter()
        .map(|(name, deed)| match deed {
            Deed::Make(content) | Deed::Replace(_, content) => {
                Some(laid_down(&beside(folder, name), content))
            }
            Deed::Remove(_) => None,
        })
        .collect();
    let files: Vec<&File> = contents.iter().flatten().flatten().collect();
    let kept = kept(&files);
    let mut answers: Vec<Result<Done, Trouble>> = Vec::with_capacity(deeds.len());
    for ((name, deed), content) in deeds.iter().zip(&contents) {
        let ready = match content {
            Some(Err(trouble)) => Err(trouble.clone()),
            _ => kept.clone(),
        };
        let answer = ready.and_then(|()| one(folder, name, deed));
        if content.is_some() && !matches!(answer, Ok(Done::There(..))) {
            drop(fs::remove_file(beside(folder, name)));
        }
        answers.push(answer);
    }
    // The names are on the disk, too, before anybody is told.
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Ok(()) => answers,
        Err(error) => vec![Err(of_folder(&error)); deeds.len()],
    }
}

fn laid_down(path: &Path, content: &[u8]) -> Result<File, Trouble> {
    let lay = || {
        let mut file = File::create(path)?;
        file.write_all(content)?;
        Ok(file)
    };
    lay().map_err(
        |error: io::Error| {
            if error.kind() == ErrorKind::NotFound { Trouble::NoFolder } else { trouble(&error) }
        },
    )
}

/// Brings contents to the disk.
fn kept(files: &[&File]) -> Result<(), Trouble> {
    thread::scope(|scope| {
        let share = files.len().div_ceil(SIDE_BY_SIDE).max(1);
        let sync = |files: &[&File]| files.iter().try_for_each(|file| file.sync_all());
        let threads: Vec<_> = files.chunks(share).map(|files| scope.spawn(move || sync(files))).collect();
        threads.into_iter().try_for_each(|thread| match thread.join() {
            Ok(synced) => synced.map_err(|error| trouble(&error)),
            Err(_) => Err(Trouble::Other("writing to the disk failed".to_owned())),
        })
    })
}

fn one(folder: &Path, name: &str, deed: &Deed) -> Result<Done, Trouble> {
    let (path, ready) = (folder.join(name), beside(folder, name));
    let there = match (look(&path)?, deed) {
        (Some(_), Deed::Make(_)) => return Ok(Done::Exists),
        (None, Deed::Replace(..) | Deed::Remove(_)) => return Ok(Done::Gone),
        (Some(there), Deed::Replace(named, _) | Deed::Remove(named)) if version(&there) != *named => {
            return Ok(Done::Stale);
        }
        (there, _) => there,
    };
    let done = match deed {
        Deed::Make(_) => match fs::hard_link(&ready, &path) {
            Ok(()) => fs::remove_file(&ready),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(Done::Exists),
            // A disk without links.
            Err(_) => fs::rename(&ready, &path),
        },
        Deed::Replace(..) => {
            if let Some(there) = &there {
                drop(fs::set_permissions(&ready, there.permissions()));
            }
            fs::rename(&ready, &path)
        }
        Deed::Remove(_) => {
            return match fs::remove_file(&path) {
                Ok(()) => Ok(Done::Gone),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(Done::Gone),
                Err(error) => Err(trouble(&error)),
            };
        }
    };
    done.map_err(|error| trouble(&error))?;
    Ok(look(&path)?.map_or(Done::Gone, |file| Done::There(version(&file), modified_at(&file))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(content: &str) -> Deed {
        Deed::Make(Bytes::copy_from_slice(content.as_bytes()))
    }

    #[tokio::test]
    async fn a_file_is_made_where_there_is_none_and_changed_and_removed_on_its_version() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().to_str().unwrap();
        let act =
            async |deed: Deed| Folders.act(folder, vec![("a.ics".to_owned(), deed)]).await.pop().unwrap();
        let Ok(Done::There(first, _)) = act(make("one")).await else { panic!("it is made") };
        assert_eq!(act(make("two")).await, Ok(Done::Exists));
        let replace = |version: &Version| Deed::Replace(version.clone(), Bytes::from_static(b"new"));
        let Ok(Done::There(second, _)) = act(replace(&first)).await else { panic!("it is changed") };
        assert_eq!(act(replace(&first)).await, Ok(Done::Stale));
        assert_eq!(act(Deed::Remove(first)).await, Ok(Done::Stale));
        let held = Folders.read(folder, &["a.ics".to_owned()]).await.pop().unwrap().unwrap().unwrap();
        assert_eq!((held.content.as_ref(), &held.version), (b"new".as_ref(), &second));
        assert_eq!(act(Deed::Remove(second.clone())).await, Ok(Done::Gone));
        assert_eq!(act(replace(&second)).await, Ok(Done::Gone));
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "nothing is left beside it");
    }

    #[tokio::test]
    async fn hidden_files_other_files_and_folders_are_nobodys() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path();
        for name in [".a.ics.concord", ".b.ics", "c.txt", "d.ics", "E.ICS"] {
            fs::write(folder.join(name), "x").unwrap();
        }
        fs::create_dir(folder.join("f.ics")).unwrap();
        let mut names: Vec<String> =
            Folders.list(folder.to_str().unwrap()).await.unwrap().into_iter().map(|one| one.name).collect();
        names.sort();
        assert_eq!(names, ["E.ICS", "d.ics"]);
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_not_an_empty_one() {
        let home = tempfile::tempdir().unwrap();
        let gone = home.path().join("gone");
        let folder = gone.to_str().unwrap();
        assert_eq!(Folders.list(folder).await, Err(Trouble::NoFolder));
        assert_eq!(Folders.read(folder, &["a.ics".to_owned()]).await, [Err(Trouble::NoFolder)]);
        assert_eq!(
            Folders.act(folder, vec![("a.ics".to_owned(), make("x"))]).await,
            [Err(Trouble::NoFolder)]
        );
    }
}

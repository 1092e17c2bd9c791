//! The door to folders of files that adapters are handed.

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

/// What a file was like when it was looked at. Another content always has another version; the same may have one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version(pub String);

/// A file, as a listing tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Its name within the folder.
    pub name: String,
    /// Its version.
    pub version: Version,
}

/// A file with its content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// The version that was read.
    pub version: Version,
    /// When it was last written.
    pub modified_at: Option<Timestamp>,
    /// What is in it.
    pub content: Bytes,
}

/// Something to be done with one file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deed {
    /// Make it, where there is none.
    Make(Bytes),
    /// Put another content in place of that version.
    Replace(Version, Bytes),
    /// Take that version away.
    Remove(Version),
}

/// What a deed came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Done {
    /// It is there, with this version.
    There(Version, Option<Timestamp>),
    /// It is not there any more, or was not.
    Gone,
    /// There is a file of that name already.
    Exists,
    /// It is not the version that was named.
    Stale,
}

/// Why nothing can be said or done.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Trouble {
    /// The folder is not there.
    #[error("the folder is not there")]
    NoFolder,
    /// The system does not allow it.
    #[error("{0}")]
    Denied(String),
    /// Something else; it may pass.
    #[error("{0}")]
    Other(String),
}

/// Folders of files.
///
/// A file is whole or not there: what was written before a crash is either the old content or the new one, and what
/// is told as done survives the end of the machine. A deed whose version is not the file's does nothing.
#[async_trait]
pub trait Disk: Send + Sync {
    /// The files of a folder whose names end in `.ics`, in no order. Hidden ones are nobody's.
    async fn list(&self, folder: &str) -> Result<Vec<Listed>, Trouble>;

    /// Files with their content, one answer for each name in order; `None` for one that is not there.
    async fn read(&self, folder: &str, names: &[String]) -> Vec<Result<Option<Held>, Trouble>>;

    /// Does deeds, one answer for each in order.
    async fn act(&self, folder: &str, deeds: Vec<(String, Deed)>) -> Vec<Result<Done, Trouble>>;
}

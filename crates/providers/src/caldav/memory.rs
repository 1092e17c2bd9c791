//! What the adapter remembers while the program runs. All of it can be lost at any time: it saves calls, nothing more.
//!
//! A file that was just read or written is kept for a while, under its version: a change of it is then one call, and
//! still leaves everything alone that Concord does not know. A server's pace, and how much it takes at a time, are
//! learned. Where a service has moved an account to another host, the new place is kept until the next start.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use concord_model::{Etag, ExternalId};
use url::Url;

use super::pace::Pace;
use super::site::Site;

/// How much is kept of files, in bytes.
const FILES_BYTES: usize = 8 << 20;
/// Larger files are not kept: there are few of them, and they would drive out many.
const FILE_BYTES: usize = 64 << 10;
/// How many resources are fetched with one call.
pub(super) const CHUNK: usize = 50;

/// What is remembered.
pub(super) struct Memory {
    /// How many calls go out to a server at first.
    first: usize,
    files: Mutex<Files>,
    servers: Mutex<BTreeMap<String, Server>>,
    moved: Mutex<BTreeMap<String, (Url, Vec<Url>)>>,
}

/// A file with its version.
type Kept = (Etag, Bytes, u64);

#[derive(Default)]
struct Files {
    /// By account and address. The number says which was kept last.
    all: BTreeMap<String, Kept>,
    order: BTreeMap<u64, String>,
    bytes: usize,
    count: u64,
}

#[derive(Clone)]
struct Server {
    reads: Arc<Pace>,
    writes: Arc<Pace>,
    chunk: usize,
}

impl Files {
    fn forget(&mut self, key: &str) {
        if let Some((_, file, number)) = self.all.remove(key) {
            self.bytes -= file.len() + key.len();
            self.order.remove(&number);
        }
    }

    fn keep(&mut self, key: String, version: Etag, file: Bytes) {
        self.forget(&key);
        if file.len() > FILE_BYTES {
            return;
        }
        self.count += 1;
        self.bytes += file.len() + key.len();
        self.order.insert(self.count, key.clone());
        self.all.insert(key, (version, file, self.count));
        while self.bytes > FILES_BYTES
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.forget(&oldest);
        }
    }
}

fn locked<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one person sees under an address may be other than what another does.
fn key(site: &Site, calendar: &Url, id: &ExternalId) -> String {
    format!("{} {calendar} {id}", site.user)
}

/// What an account is known by here.
fn account(site: &Site) -> String {
    format!("{} {}", site.user, site.base)
}

impl Memory {
    /// Nothing yet; so many calls go out to a server at first.
    pub(super) fn new(first: usize) -> Memory {
        let (files, servers, moved) = Default::default();
        Memory { first, files, servers, moved }
    }

    /// Keeps a file under its version.
    pub(super) fn keep(&self, site: &Site, calendar: &Url, id: &ExternalId, version: &Etag, file: Bytes) {
        locked(&self.files).keep(key(site, calendar, id), version.clone(), file);
    }

    /// The file of that very version.
    pub(super) fn file(&self, site: &Site, calendar: &Url, id: &ExternalId, version: &Etag) -> Option<Bytes> {
        let files = locked(&self.files);
        files
            .all
            .get(&key(site, calendar, id))
            .filter(|(kept, ..)| kept == version)
            .map(|(_, file, _)| file.clone())
    }

    /// Forgets a file.
    pub(super) fn forget(&self, site: &Site, calendar: &Url, id: &ExternalId) {
        locked(&self.files).forget(&key(site, calendar, id));
    }

    fn server<T>(&self, site: &Site, with: impl FnOnce(&mut Server) -> T) -> T {
        let origin = site.homes.first().unwrap_or(&site.base).origin().ascii_serialization();
        let pace = || Arc::new(Pace::starting(self.first));
        let new = || Server { reads: pace(), writes: pace(), chunk: CHUNK };
        with(locked(&self.servers).entry(origin).or_insert_with(new))
    }

    /// The pace of an account's server, which is one for looks and another for writes.
    pub(super) fn pace(&self, site: &Site, writes: bool) -> Arc<Pace> {
        self.server(site, |server| Arc::clone(if writes { &server.writes } else { &server.reads }))
    }

    /// How many resources its server gives with one answer.
    pub(super) fn chunk(&self, site: &Site) -> usize {
        self.server(site, |server| server.chunk)
    }

    /// So many were too many.
    pub(super) fn too_many(&self, site: &Site, chunk: usize) {
        self.server(site, |server| server.chunk = server.chunk.min(chunk / 2).max(1));
    }

    /// The account's place, as far as it is known to have moved.
    pub(super) fn place(&self, mut site: Site) -> Site {
        if let Some((principal, homes)) = locked(&self.moved).get(&account(&site)) {
            (site.principal, site.homes) = (principal.clone(), homes.clone());
        }
        site
    }

    /// The account is here now.
    pub(super) fn moved(&self, site: &Site) {
        locked(&self.moved).insert(account(site), (site.principal.clone(), site.homes.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        let url = Url::parse("https://dav.example/").unwrap();
        Site::found(url.clone(), false, "alice".to_owned(), url.clone(), vec![url])
    }

    #[test]
    fn a_file_is_given_back_for_its_very_version_and_for_its_own_person() {
        let (memory, site) = (Memory::new(4), site());
        let calendar = site.homes[0].clone();
        memory.keep(&site, &calendar, &"a.ics".into(), &"\"1\"".into(), Bytes::from_static(b"one"));
        let file = |site: &Site, id: &str, version: &str| {
            memory.file(site, &calendar, &id.into(), &version.into()).map(|file| file.to_vec())
        };
        assert_eq!(file(&site, "a.ics", "\"1\""), Some(b"one".to_vec()));
        assert_eq!(file(&site, "a.ics", "\"2\""), None);
        assert_eq!(file(&site, "b.ics", "\"1\""), None);
        let bob = Site { user: "bob".to_owned(), ..site.clone() };
        assert_eq!(file(&bob, "a.ics", "\"1\""), None);
        memory.forget(&site, &calendar, &"a.ics".into());
        assert_eq!(file(&site, "a.ics", "\"1\""), None);
    }

    #[test]
    fn what_is_kept_has_a_limit_and_the_oldest_goes_first() {
        let (memory, site) = (Memory::new(4), site());
        let calendar = site.homes[0].clone();
        let file = Bytes::from(vec![b'x'; FILE_BYTES]);
        let many = FILES_BYTES / FILE_BYTES * 2;
        for n in 0..many {
            memory.keep(&site, &calendar, &format!("{n}.ics").into(), &"\"1\"".into(), file.clone());
        }
        let kept =
            |n: usize| memory.file(&site, &calendar, &format!("{n}.ics").into(), &"\"1\"".into()).is_some();
        assert!(!kept(0) && kept(many - 1));
        let files = locked(&memory.files);
        assert!(files.bytes <= FILES_BYTES && files.all.len() == files.order.len());
    }
}

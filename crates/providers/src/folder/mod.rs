//! A folder of files, one for each event: what many programs keep calendars in (a "vdir").
//!
//! What changed is told by the versions of files: while no name and no version is another, nothing is read. A file is
//! made where there is none and replaced on the version that was decided upon (I-16). Files that are no events, or
//! several, are left alone; the latter are told.
//!
//! ```text
//! mod ── pull     what is there          push     what shall be there
//!        both of them by: crate::disk (out)   answers (back)   crate::file (both ways)
//! ```

mod answers;
mod pull;
mod push;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use concord_model::observed::{Item, Reading};
use concord_model::{
    CalendarId, Capabilities, Cursor, EventId, ExternalId, Field, FieldSet, Generation, LinkId,
    OccurrenceKey, ProviderId,
};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::answer::Answer;
use crate::disk::Disk;
use crate::file::{self, Whose};
use crate::naming;
use crate::provider::{
    Access, Allowance, Calendar, Channel, Cost, Entered, Entrance, Grant, Identity, Login, Mail, Notice,
    Page, Provider, SignIn, SignInStart, Watch, Write, Written,
};

/// Folders.
pub struct Folder {
    disk: Arc<dyn Disk>,
    capabilities: Capabilities,
}

impl Folder {
    /// Folders behind that door.
    pub fn new(disk: Arc<dyn Disk>) -> Folder {
        let capabilities = Capabilities {
            fields: file::writable(true),
            read_only: FieldSet::NONE.with(Field::Organiser),
            ..concord_ical::capabilities()
        };
        Folder { disk, capabilities }
    }
}

/// Nobody signs in to a folder, and it mails nobody.
const NOBODY: Whose<'static> = Whose { user: "", addresses: &[], invites: false, whole: true };

/// The name that a path ends in.
fn last_name(path: &str) -> String {
    path.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(path).to_owned()
}

fn unsigned() -> Answer {
    Answer::Misconfigured { why: "nobody signs in to a folder".to_owned() }
}

#[async_trait]
impl Provider for Folder {
    fn id(&self) -> ProviderId {
        ProviderId::from("folder")
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn id_for(
        &self,
        event: EventId,
        link: LinkId,
        generation: Generation,
        part: Option<OccurrenceKey>,
    ) -> ExternalId {
        let name = naming::of_copy("concord folder event 1", event, link, generation, part);
        ExternalId(format!("{}.ics", HEXLOWER.encode(&name)))
    }

    fn allowance(&self) -> Allowance {
        Allowance { account_per_minute: 10_000_000, app_per_minute: 100_000_000 }
    }

    fn cost(&self, _call: Cost) -> u32 {
        1
    }

    fn batch_size(&self) -> usize {
        200
    }

    // --- sign-in

    fn entrance(&self) -> Entrance {
        Entrance::Password { address: true }
    }

    /// The address is the folder's whole path. There is no password to keep.
    async fn enter(&self, login: &Login, _now: Timestamp) -> Result<Entered, Answer> {
        let path = login.address.clone().filter(|path| path.starts_with('/'));
        let Some(path) = path.filter(|_| login.trusted) else {
            let why = "a folder is named by the operator, with its whole path".to_owned();
            return Err(Answer::Misconfigured { why });
        };
        self.disk.list(&path).await.map_err(|trouble| answers::refusal(&path, trouble))?;
        let grant = Grant {
            access: SecretString::from("-"),
            access_ends_at: None,
            refresh: None,
            scopes: Vec::new(),
        };
        let identity = Identity { subject: path.clone(), name: last_name(&path) };
        Ok(Entered { grant, identity, site: Some(path) })
    }

    fn sign_in(&self, _start: &SignInStart) -> Result<SignIn, Answer> {
        Err(unsigned())
    }

    async fn exchange(&self, _start: &SignInStart, _code: &str, _now: Timestamp) -> Result<Grant, Answer> {
        Err(unsigned())
    }

    async fn refresh(&self, _grant: &Grant, _now: Timestamp) -> Result<Grant, Answer> {
        Err(unsigned())
    }

    async fn revoke(&self, _grant: &Grant) -> Result<(), Answer> {
        Ok(())
    }

    async fn identity(&self, access: &Access) -> Result<Identity, Answer> {
        let path = path_of(access)?;
        Ok(Identity { subject: path.to_owned(), name: last_name(path) })
    }

    // --- calendars and events

    async fn calendars(&self, access: &Access) -> Result<Vec<Calendar>, Answer> {
        let path = path_of(access)?;
        self.disk.list(path).await.map_err(|trouble| answers::refusal(path, trouble))?;
        Ok(vec![Calendar {
            id: CalendarId::from(path),
            name: last_name(path),
            zone: None,
            writable: true,
            primary: true,
        }])
    }

    async fn changes(
        &self,
        _access: &Access,
        calendar: &CalendarId,
        from: Option<&Cursor>,
    ) -> Result<Page, Answer> {
        pull::changes(&*self.disk, calendar.as_str(), from).await
    }

    async fn read(
        &self,
        access: &Access,
        calendar: &CalendarId,
        ids: &[ExternalId],
    ) -> Vec<Result<Reading, Answer>> {
        pull::read(&*self.disk, calendar.as_str(), ids, access.now).await
    }

    async fn find(
        &self,
        access: &Access,
        calendar: &CalendarId,
        uids: &[String],
    ) -> Result<BTreeMap<String, Vec<Item>>, Answer> {
        pull::find(&*self.disk, calendar.as_str(), uids, access.now).await
    }

    async fn write(
        &self,
        access: &Access,
        calendar: &CalendarId,
        writes: &[Write],
        mail: Mail,
    ) -> Vec<Result<Written, Answer>> {
        push::write(&*self.disk, calendar.as_str(), writes, mail, access).await
    }

    // --- channels

    async fn watch(
        &self,
        _access: &Access,
        _calendar: &CalendarId,
        _watch: Watch<'_>,
    ) -> Result<Option<Channel>, Answer> {
        Ok(None)
    }

    async fn unwatch(&self, _access: &Access, _channel: &Channel) -> Result<(), Answer> {
        Ok(())
    }

    fn notices(&self, _headers: &http::HeaderMap, _body: &[u8]) -> Vec<Notice> {
        Vec::new()
    }
}

fn path_of(access: &Access) -> Result<&str, Answer> {
    access.site.as_deref().ok_or(Answer::CalendarGone)
}

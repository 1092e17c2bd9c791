//! What a pass would do: the same engine on a copy of the state, with hands that write nothing. Each write is noted, and
//! answered as if it had been done.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::observed::{Hold, Item, Reading, State};
use concord_model::{
    CalendarId, Capabilities, Cursor, Etag, EventId, ExternalId, Generation, LinkId, OccurrenceKey,
    ProviderId,
};
use concord_providers::http::{Http, Lost};
use concord_providers::provider::{
    Allowance, Calendar, Channel, Cost, Entered, Entrance, Grant, Identity, Login, Mail, Notice, Page,
    SignIn, SignInStart, Watch, Write, Written,
};
use concord_providers::{Access, Answer, Provider};
use http::{Method, Request, Response};
use jiff::Timestamp;

/// A write that would be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) calendar: CalendarId,
    pub(super) does: Does,
    pub(super) title: String,
}

/// What it would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Make,
    Change,
    Delete,
}

/// What would be done, as it is noted.
pub(super) type Notes = Arc<Mutex<Vec<Planned>>>;

/// A provider that only seems to write.
pub(super) struct Rehearsed {
    pub(super) inner: Arc<dyn Provider>,
    pub(super) notes: Notes,
}

impl Rehearsed {
    async fn title_of(&self, access: &Access, calendar: &CalendarId, id: &ExternalId) -> String {
        match self.inner.read(access, calendar, std::slice::from_ref(id)).await.pop() {
            Some(Ok(Reading::Present(items))) => {
                let title = items.into_iter().find_map(|item| match item.state {
                    State::Live(view) => Some(view.title),
                    State::Gone | State::Odd(_) | State::Unread => None,
                });
                title.unwrap_or_default()
            }
            _ => String::new(),
        }
    }
}

fn there(id: &ExternalId, uid: Option<&String>, view: &concord_model::View) -> Written {
    Written::There(vec![Item {
        id: id.clone(),
        part: None,
        uid: uid.cloned(),
        etag: Some(Etag("\"planned\"".to_owned())),
        stamp: None,
        mark: None,
        made_as: None,
        copied_from: None,
        hold: Hold::Free,
        page: None,
        complete: true,
        state: State::Live(Box::new(view.clone())),
    }])
}

#[async_trait]
impl Provider for Rehearsed {
    async fn write(
        &self,
        access: &Access,
        calendar: &CalendarId,
        writes: &[Write],
        _mail: Mail,
    ) -> Vec<Result<Written, Answer>> {
        let mut answers = Vec::with_capacity(writes.len());
        for write in writes {
            let (does, title, written) = match write {
                Write::Create { id, uid, view, .. } => {
                    (Does::Make, view.title.clone(), there(id, Some(uid), view))
                }
                Write::Update { id, after, .. } => {
                    (Does::Change, after.title.clone(), there(id, None, after))
                }
                Write::Delete { id, .. } => {
                    (Does::Delete, self.title_of(access, calendar, id).await, Written::Gone)
                }
            };
            let planned = Planned { calendar: calendar.clone(), does, title };
            self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(planned);
            answers.push(Ok(written));
        }
        answers
    }

    fn id(&self) -> ProviderId {
        self.inner.id()
    }
    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }
    fn id_for(
        &self,
        event: EventId,
        link: LinkId,
        generation: Generation,
        part: Option<OccurrenceKey>,
    ) -> ExternalId {
        self.inner.id_for(event, link, generation, part)
    }
    fn allowance(&self) -> Allowance {
        self.inner.allowance()
    }
    fn cost(&self, call: Cost) -> u32 {
        self.inner.cost(call)
    }
    fn batch_size(&self) -> usize {
        self.inner.batch_size()
    }
    fn most_at_once(&self) -> usize {
        self.inner.most_at_once()
    }
    fn reads_at_once(&self) -> usize {
        self.inner.reads_at_once()
    }
    fn vouches_for_addresses(&self) -> bool {
        self.inner.vouches_for_addresses()
    }
    fn entrance(&self) -> Entrance {
        self.inner.entrance()
    }
    async fn enter(&self, login: &Login, now: Timestamp) -> Result<Entered, Answer> {
        self.inner.enter(login, now).await
    }
    fn found(&self, site: &str) -> Vec<String> {
        self.inner.found(site)
    }
    fn login(&self, access: &Access) -> Option<Login> {
        self.inner.login(access)
    }
    fn sign_in(&self, start: &SignInStart) -> Result<SignIn, Answer> {
        self.inner.sign_in(start)
    }
    async fn exchange(&self, start: &SignInStart, code: &str, now: Timestamp) -> Result<Grant, Answer> {
        self.inner.exchange(start, code, now).await
    }
    /// What is renewed on a copy of the state may end what the state itself holds.
    async fn refresh(&self, _grant: &Grant, _now: Timestamp) -> Result<Grant, Answer> {
        Err(Answer::Transient("the sign-in has to be renewed first, which a pass does".to_owned()))
    }
    async fn revoke(&self, _grant: &Grant) -> Result<(), Answer> {
        Ok(())
    }
    async fn identity(&self, access: &Access) -> Result<Identity, Answer> {
        self.inner.identity(access).await
    }
    async fn calendars(&self, access: &Access) -> Result<Vec<Calendar>, Answer> {
        self.inner.calendars(access).await
    }
    async fn changes(
        &self,
        access: &Access,
        calendar: &CalendarId,
        from: Option<&Cursor>,
    ) -> Result<Page, Answer> {
        self.inner.changes(access, calendar, from).await
    }
    async fn read(
        &self,
        access: &Access,
        calendar: &CalendarId,
        ids: &[ExternalId],
    ) -> Vec<Result<Reading, Answer>> {
        self.inner.read(access, calendar, ids).await
    }
    async fn find(
        &self,
        access: &Access,
        calendar: &CalendarId,
        uids: &[String],
    ) -> Result<BTreeMap<String, Vec<Item>>, Answer> {
        self.inner.find(access, calendar, uids).await
    }
    async fn watch(&self, _: &Access, _: &CalendarId, _: Watch<'_>) -> Result<Option<Channel>, Answer> {
        Ok(None)
    }
    async fn unwatch(&self, _access: &Access, _channel: &Channel) -> Result<(), Answer> {
        Ok(())
    }
    fn notices(&self, headers: &http::HeaderMap, body: &[u8]) -> Vec<Notice> {
        self.inner.notices(headers, body)
    }
}

/// A door through which only questions go: what tries a server out while it is connected cannot write either.
pub(crate) struct Looking(pub(crate) Arc<dyn Http>);

#[async_trait]
impl Http for Looking {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        let asks =
            |method: &Method| matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS" | "PROPFIND" | "REPORT");
        if asks(request.method()) {
            return self.0.send(request).await;
        }
        Err(Lost::Forbidden("nothing is written while only a plan is wanted".to_owned()))
    }
}

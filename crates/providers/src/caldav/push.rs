//! How a write becomes calls, and many writes go out side by side.
//!
//! An event is one file with all its changed occurrences, so one write is one call: a new file where there is none, or a
//! changed one in place of the very version that was decided upon. What is changed is the file as the server holds it;
//! where it is not remembered, it is read first. A server that tells no version of what it stored is asked what it made
//! of it (trap 12), unless somebody was there in between: what is another event than was written is nothing that a server
//! made of it. One that does not refuse a write on an old version is read right before each (traps 14 and 15).

use bytes::Bytes;
use concord_model::observed::{Item, State, Versions};
use concord_model::{Etag, ExternalId, FieldSet, Mark, View};
use http::header;

use super::answers::About;
use super::calls::{Ask, Depth, Heard, Untold};
use super::pace::Job;
use super::pull::{Desk, Fetched};
use super::site::Conditions;
use super::{href, spelt, wire};
use crate::answer::Answer;
use crate::file::{self, Body, Changed};
use crate::provider::{Mail, Write, Written};

/// Carries out writes. One answer for each, in order.
pub(super) async fn write(desk: &Desk<'_>, writes: &[Write], mail: Mail) -> Vec<Result<Written, Answer>> {
    let mut jobs: Vec<Job<'_, Result<Written, Answer>>> = Vec::with_capacity(writes.len());
    for write in writes {
        jobs.push(Box::pin(desk.write(write, mail)));
    }
    let of_the_rest = |written: &Result<Written, Answer>| match written {
        Err(answer @ Answer::Rejected { read_only: true, .. }) => Some(Err(answer.clone())),
        Err(answer) => answer.of_calendar().map(Err),
        Ok(_) => None,
    };
    let mut answers = desk.line.pace(true).together(jobs, of_the_rest).await;
    let is_wait = |answer: &Answer| matches!(answer.clone().cause(), Answer::RetryAfter { .. });
    let is_told = answers.iter().any(|answer| answer.as_ref().is_err_and(is_wait));
    if let (Err(wait), false) = (desk.line.pause.is_over(), is_told) {
        // A refusal was being looked into: what it means is not known then, and everybody waits (I-33).
        for answer in answers.iter_mut().filter_map(|answer| answer.as_mut().err()) {
            *answer = if answer.may_have_happened() { wait.clone().in_part() } else { wait.clone() };
        }
    }
    answers
}

/// What is to be made.
#[derive(Clone, Copy)]
struct New<'a> {
    id: &'a ExternalId,
    uid: &'a str,
    mark: &'a Mark,
    view: &'a View,
    fields: FieldSet,
}

impl Desk<'_> {
    async fn write(&self, write: &Write, mail: Mail) -> Result<Written, Answer> {
        match write {
            Write::Create { id, uid, mark, view, fields, .. } => {
                self.create(New { id, uid, mark, view, fields: *fields }, mail).await
            }
            Write::Update { id, versions, before, after, fields } => {
                self.update(id, versions, (before, after), *fields, mail).await
            }
            Write::Delete { id, versions } => self.delete(id, versions, mail).await,
        }
    }

    async fn create(&self, new: New<'_>, mail: Mail) -> Result<Written, Answer> {
        if !self.keeps_conditions()
            && !matches!(self.resource(new.id).await?, Fetched::Missing | Fetched::Deleted)
        {
            return Err(Answer::Exists);
        }
        match self.make(new, mail).await {
            Err(answer @ (Answer::Exists | Answer::Rejected { read_only: false, .. })) => {
                // The name of the file is taken, or that of the event in the world: then it gets another one, for two
                // copies in one account cannot have the same on every server, nor one that lies in its bin.
                let name = new.id.as_str().trim_end_matches(".ics");
                match self.resource(new.id).await {
                    Ok(Fetched::Missing | Fetched::Deleted) => {}
                    // Some servers say no more of a calendar that is gone than that there is no such place.
                    Err(gone @ Answer::CalendarGone) => return Err(gone),
                    Ok(Fetched::There(_)) | Err(_) => return Err(answer),
                }
                match self.filed_anew(&new).await? {
                    Some(made) => Ok(Written::There(vec![made])),
                    None if new.uid != name => self.make(New { uid: name, ..new }, mail).await,
                    None => Err(answer),
                }
            }
            other => other,
        }
    }

    async fn make(&self, new: New<'_>, mail: Mail) -> Result<Written, Answer> {
        let New { id, uid, mark, view, fields } = new;
        let file = file::new_file(&self.line.whose(), uid, mark, view, fields, mail, self.line.access.now);
        let file = file::without_method(&file);
        let ask = Ask::make(&href::member_url(&self.url, id), file.clone(), mail);
        let heard = match self.line.ask(&ask).await {
            Ok(heard) => heard,
            Err(answer) => return Err(self.judged(answer).await),
        };
        // Some servers store it under a name of their own.
        let filed = heard.text(header::LOCATION).and_then(|told| href::member(&self.url, told));
        let filed = filed.filter(|filed| !filed.as_str().starts_with('/'));
        match self.stored(filed.as_ref().unwrap_or(id), file, &heard).await {
            Ok(Written::There(items)) => {
                Ok(Written::There(items.into_iter().map(|item| made_as(item, id)).collect()))
            }
            Err(answer) if answer.may_have_happened() => match self.filed_anew(&new).await {
                Ok(Some(made)) if made.id != *id => Ok(Written::There(vec![made])),
                Ok(_) | Err(_) => Err(answer),
            },
            other => other,
        }
    }

    /// What we have made, if the server keeps it under a name of its own: it bears our mark.
    async fn filed_anew(&self, new: &New<'_>) -> Result<Option<Item>, Answer> {
        let found = self.find(&[new.uid.to_owned()]).await?.remove(new.uid).unwrap_or_default();
        let own = found.into_iter().find(|item| item.mark.as_ref() == Some(new.mark));
        Ok(own.map(|item| made_as(item, new.id)))
    }

    async fn update(
        &self,
        id: &ExternalId,
        versions: &Versions,
        views: (&View, &View),
        fields: FieldSet,
        mail: Mail,
    ) -> Result<Written, Answer> {
        let version = version(versions)?;
        let original = views.0.original.as_ref().filter(|_| self.line.whole && self.keeps_conditions());
        let there = match original {
            Some(file) => Bytes::copy_from_slice(file.as_str().as_bytes()),
            None => self.there(id, version).await?,
        };
        let site = self.line.site;
        let file = match file::change(&self.line.whose(), &there, views, fields, mail, self.line.access.now)?
        {
            Changed::File(file) => file::without_method(&file),
            Changed::Nothing => {
                let body = Body { etag: Some(version.clone()), file: there, modified_at: None };
                return self.written(id, &body);
            }
        };
        let ask = Ask::change(&href::member_url(&self.url, id), version, file.clone(), mail);
        match self.line.ask(&ask).await {
            Ok(heard) => self.stored(id, file, &heard).await,
            Err(answer) => {
                self.line.memory.forget(site, &self.url, id);
                Err(self.judged(answer).await)
            }
        }
    }

    async fn delete(&self, id: &ExternalId, versions: &Versions, mail: Mail) -> Result<Written, Answer> {
        let version = version(versions)?;
        let site = self.line.site;
        if self.line.whose().can_invite() && mail == Mail::Nobody {
            let file = match self.there(id, version).await {
                Err(Answer::Gone) => return Ok(Written::Gone),
                other => other?,
            };
            if file::removal_is_told(&self.line.whose(), &file, mail) {
                let why = "the server would tell the event's guests by mail, which is not switched on: delete it where it \
                           was made";
                return Err(Answer::Rejected { why: why.to_owned(), read_only: false });
            }
        } else if !self.keeps_conditions() {
            match self.there(id, version).await {
                Err(Answer::Gone) => return Ok(Written::Gone),
                other => drop(other?),
            }
        }
        let answer = self.line.ask(&Ask::remove(&href::member_url(&self.url, id), version, mail)).await;
        self.line.memory.forget(site, &self.url, id);
        match answer {
            Ok(_) => Ok(Written::Gone),
            Err(Answer::Gone) => self.is_in_place().await.map(|()| Written::Gone),
            // Some servers say so of what is not there at all.
            Err(Answer::Stale) => match self.resource(id).await? {
                Fetched::Missing | Fetched::Deleted => Ok(Written::Gone),
                Fetched::There(_) => Err(Answer::Stale),
            },
            Err(answer) => Err(self.judged(answer).await),
        }
    }

    fn keeps_conditions(&self) -> bool {
        self.line.site.able.conditions == Conditions::Kept
    }

    /// The file of that very version: as it is remembered, where the server itself will refuse to replace another one.
    async fn there(&self, id: &ExternalId, version: &Etag) -> Result<Bytes, Answer> {
        let known = self.line.memory.file(self.line.site, &self.url, id, version);
        if let Some(file) = known.filter(|_| self.keeps_conditions()) {
            return Ok(file);
        }
        match self.resource(id).await? {
            Fetched::Missing | Fetched::Deleted => Err(Answer::Gone),
            Fetched::There(body) if body.etag.as_ref() == Some(version) => Ok(body.file),
            // A server that tells versions in listings only.
            Fetched::There(Body { etag: None, .. }) => {
                let listed =
                    self.fetch(std::slice::from_ref(id)).await.pop().unwrap_or(Ok(Fetched::Missing))?;
                match listed {
                    Fetched::There(body) if body.etag.as_ref() == Some(version) => Ok(body.file),
                    Fetched::There(_) => Err(Answer::Stale),
                    Fetched::Missing | Fetched::Deleted => Err(Answer::Gone),
                }
            }
            Fetched::There(_) => Err(Answer::Stale),
        }
    }

    /// What the server made of a file that it has taken.
    async fn stored(&self, id: &ExternalId, file: Bytes, heard: &Heard) -> Result<Written, Answer> {
        let weak = heard.text(header::ETAG).is_some_and(|told| told.trim_start().starts_with("W/"));
        if let Some(version) = heard.version().filter(|_| !weak) {
            let body = Body { etag: Some(version), file, modified_at: None };
            self.keep(id, &body);
            return self.written(id, &body);
        }
        // It was written; only what came of it is not known yet.
        let read = self.fetch(std::slice::from_ref(id)).await.pop();
        match read {
            Some(Ok(Fetched::There(body))) => {
                let sent = Body { etag: None, file, modified_at: None };
                match (self.view(id, &sent), self.view(id, &body)) {
                    (Some(sent), Some(there)) if !spelt::is_the_same(&sent, &there) => {
                        Err(Answer::Unknown("it was changed right after it was written".to_owned()))
                    }
                    _ => self.written(id, &body),
                }
            }
            Some(Ok(_)) | None => {
                Err(Answer::Unknown("the server does not show yet what was written".to_owned()))
            }
            Some(Err(answer)) => Err(answer.in_part()),
        }
    }

    fn view(&self, id: &ExternalId, body: &Body) -> Option<View> {
        match self.item(id, body)?.state {
            State::Live(view) => Some(*view),
            _ => None,
        }
    }

    fn written(&self, id: &ExternalId, body: &Body) -> Result<Written, Answer> {
        let item: Option<Item> = self.item(id, body);
        item.map(|item| Written::There(vec![item]))
            .ok_or_else(|| Answer::Unknown("what was written is no event there".to_owned()))
    }

    /// A refusal that is about the whole calendar is believed only after another look at it.
    async fn judged(&self, answer: Answer) -> Answer {
        let refused = |why: &str| Answer::Rejected { why: why.to_owned(), read_only: false };
        match answer {
            // Some servers say 404 to an event that they do not like.
            Answer::CalendarGone => match self.is_there_all_the_same().await {
                true => refused("the server does not take the event"),
                false => self.sure(Untold::Answer(Answer::CalendarGone)).await,
            },
            Answer::Rejected { read_only: true, why } => {
                let ask = Ask::properties(&self.url, About::Calendar, Depth::Zero, wire::CALENDAR);
                let told = match self.line.tell(&ask).await {
                    Ok(told) => told,
                    Err(untold) => return self.sure(untold).await,
                };
                match told.all.responses.first().map(|one| &one.props) {
                    Some(props) if props.privileges.is_some() && props.writable() => {
                        refused("the server does not allow this change")
                    }
                    _ => Answer::Rejected { why, read_only: true },
                }
            }
            other => other,
        }
    }
}

/// An item under the server's name for it, with ours: the engine then knows that they are one.
fn made_as(item: Item, ours: &ExternalId) -> Item {
    let made_as = (item.id != *ours).then(|| ours.clone());
    Item { made_as, ..item }
}

fn version(versions: &Versions) -> Result<&Etag, Answer> {
    // Nothing is ever replaced blindly (I-16): without a version it must be read first.
    versions.whole.as_ref().ok_or(Answer::Stale)
}

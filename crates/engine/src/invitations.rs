//! Invitations of ours by mail, for guests who connect nothing (PR-5): who would be told what is known before anything is written
//! (BE-7), and only a person's word sends it.
//!
//! ```text
//!   look  ─▶ who would be told what, and a word for exactly that
//!   send  ─▶ with that word: letters are kept, whole, with what they tell      (one transaction)
//!   deliver ─▶ a letter is taken, goes out, and what became of it is noted
//!   answered ─▶ the answer of one guest, and of nobody else, changes the event
//! ```
//!
//! Each guest has a letter of their own, in which no other guest is named, and answers to an address of their own: only
//! whoever got the letter knows it. That, the sender and the guest named in the answer have to agree. A letter whose fate is
//! not known is not sent again by itself: there is never more than one letter of one number to one person (I-37).
//! Nothing that comes in is ever answered, so no two robots can write to each other.

use std::collections::BTreeMap;

use async_trait::async_trait;
use concord_model::event::{Event, Origin};
use concord_model::link::{Settings, Sight};
use concord_model::observed::PartStart;
use concord_model::people::{Address, Answer, Attendee};
use concord_model::privacy::{Detail, PrivateEvents};
use concord_model::view::{Override, Status, Value};
use concord_model::{Capabilities, EventId, Field, UserId, View, WorkspaceId};
use concord_providers::called::Titled;
use concord_store::invitations::{self as rows, About, Invitation, Letter, LetterState, Says};
use concord_store::{Actor, Tx, clients, events, links, mappings, users};
use concord_sync::lens::{Eyes, Lens, Shown};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::{Engine, edit, received, reply, whose};

/// How long after a worker took a letter its fate is taken for unknown.
const LOST: SignedDuration = SignedDuration::from_mins(10);
/// How often a letter that surely did not go out is tried.
const TRIES: i64 = 12;
/// The most guests that are written to at once.
const MANY: usize = 200;

/// What a letter has to say.
pub struct Wording<'a> {
    /// Which letter, in the world.
    pub id: uuid::Uuid,
    /// What it says.
    pub says: Says,
    /// The event's name in the world.
    pub uid: &'a str,
    /// Which letter to that person it is.
    pub sequence: u32,
    /// The event as that guest sees it, with the guest as its only attendee.
    pub view: &'a View,
    /// Who invites, by name.
    pub from: &'a str,
    /// Whom it goes to.
    pub to: &'a Attendee,
    /// What answers come back with.
    pub token: &'a str,
    /// When it is written.
    pub at: Timestamp,
}

/// Why a letter did not go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsent {
    /// Refused for good.
    Refused(String),
    /// It surely did not go out; again later.
    Later(String),
    /// It may or may not have gone out.
    Unknown(String),
}

/// What writes letters and sends them.
#[async_trait]
pub trait Mail: Send + Sync {
    /// What events in letters can hold.
    fn able(&self) -> &Capabilities;

    /// Writes a letter, or says why it cannot be.
    fn write(&self, wording: &Wording<'_>) -> Result<String, String>;

    /// Sends one letter, once.
    async fn send(&self, to: &Address, message: &str) -> Result<(), Unsent>;

    /// Writes the answer to an invitation of somebody else's, or says why it cannot be.
    fn reply(&self, wording: &reply::Wording<'_>) -> Result<String, String>;

    /// The address that letters with that word come to.
    fn address(&self, word: &str) -> Address;

    /// Reads a letter that came in, or says why it means nothing here.
    fn read(&self, message: &[u8]) -> Result<Came, String>;
}

/// A guest, and how it stands with their invitation.
#[derive(Clone, PartialEq)]
pub struct Guest {
    /// Who.
    pub address: Address,
    /// What they are called; empty when unknown.
    pub name: String,
    /// What they answered.
    pub answer: Answer,
    /// What they would be told now, if anything.
    pub due: Option<Says>,
    /// When they were first invited.
    pub invited_at: Option<Timestamp>,
    /// The last letter to them.
    pub letter: Option<Letter>,
}

/// Who would be told what.
#[derive(Clone, PartialEq)]
pub struct Invited {
    /// Everybody who is or was invited, by address.
    pub guests: Vec<Guest>,
    /// The word for exactly these letters; none where there is nothing to tell.
    pub consent: Option<String>,
    /// Why nobody can be told by mail, if so.
    pub hindered: Option<String>,
}

/// What became of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Taken {
    /// It is noted with the event.
    Noted,
    /// It was so already, or a later answer is noted.
    Old,
    /// It answers to a time that the event no longer has.
    OtherTime,
    /// It does not come from the guest whose answer it claims to be, or is about something else.
    NotTheirs,
    /// No invitation is answered so, or it was withdrawn.
    Unknown,
    /// Somebody else's invitation is an event now.
    Invited,
    /// Somebody else's event is as they tell it now.
    Renewed,
    /// Somebody else called their event, or an occurrence of it, off.
    Ended,
    /// Nobody has the address that it came to, or not any more.
    NoAddress,
    /// It is not from whoever invited.
    NotOrganiser,
    /// A calendar of the person's tells of the same event.
    Elsewhere,
    /// The person invites themselves.
    Own,
    /// The person took the event out of their calendar.
    Removed,
    /// Too many invitations have come in lately.
    TooMany,
    /// No event can be made of it.
    Unfit,
}

impl Taken {
    /// What became of it, for a person.
    pub fn told(self) -> &'static str {
        match self {
            Taken::Noted => "the answer is noted with the event",
            Taken::Old => "it was so already, or a later answer is noted",
            Taken::OtherTime => "it answers to a time that the event no longer has",
            Taken::NotTheirs => {
                "it does not come from the guest whose answer it claims to be; nothing was changed"
            }
            Taken::Unknown => "there is no invitation that it could answer",
            Taken::Invited => "the invitation is in the calendar",
            Taken::Renewed => "the event is as its organiser tells it now",
            Taken::Ended => "the event was called off by its organiser",
            Taken::NoAddress => "nobody here has the address that it came to, or not any more",
            Taken::NotOrganiser => "it does not come from whoever invited; nothing was changed",
            Taken::Elsewhere => "a calendar tells of the same event already; nothing was changed",
            Taken::Own => "it invites its own organiser; nothing was changed",
            Taken::Removed => "its event was taken out of the calendar, and stays out of it",
            Taken::TooMany => "more invitations came in within a day than are taken in",
            Taken::Unfit => "no event can be made of it",
        }
    }
}

/// An answer, as it came.
pub struct Answered {
    /// What it came back with.
    pub token: String,
    /// Who sent it, as far as a letter says.
    pub from: Address,
    /// The event's name in the world.
    pub uid: String,
    /// Whose answer it is.
    pub guest: Address,
    /// What they answer.
    pub answer: Answer,
    /// Which letter they answer.
    pub sequence: u32,
    /// When they answered, by their clock.
    pub stamp: Option<Timestamp>,
    /// Of which occurrence, if of one.
    pub occurrence: Option<PartStart>,
}

/// A letter that came in.
pub enum Came {
    /// The answer of a guest to an invitation of ours.
    Answer(Answered),
    /// Somebody else's invitation, or its cancellation.
    Invitation(received::Told),
}

/// Takes in a letter.
pub async fn take(engine: &Engine, came: &Came) -> Result<Taken> {
    match came {
        Came::Answer(answer) => answered(engine, answer).await,
        Came::Invitation(told) => received::take(engine, told).await,
    }
}

/// Says who would be told what of an event.
pub async fn look(
    engine: &Engine,
    workspace: WorkspaceId,
    id: EventId,
    able: &Capabilities,
) -> Result<Invited> {
    let mut tx = engine.store.read().await?;
    let event = events::get(&mut tx, workspace, id).await.map_err(|_| Error::NotFound("event"))?;
    Ok(Desk::at(engine, &mut tx, event, able).await?.invited())
}

/// Writes the letters that a person has seen announced: exactly those, or none.
pub async fn send(
    engine: &Engine,
    workspace: WorkspaceId,
    id: EventId,
    consent: &str,
    mail: &dyn Mail,
    by: Actor,
) -> Result<Invited> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let event = edit::held(&mut tx, workspace, id).await?;
    let desk = Desk::at(engine, &mut tx, event, mail.able()).await?;
    if let Some(why) = &desk.hindered {
        return Err(Error::ReadOnly(why.clone()));
    }
    if desk.consent().as_deref() != Some(consent) {
        return Err(Error::Changed);
    }
    let owner = users::get(&mut tx, workspace, desk.event.owner).await?;
    let mut retimed = Vec::new();
    for plan in &desk.plans {
        let Some(says) = plan.due else { continue };
        let mut row = match &plan.row {
            Some(row) => Invitation { sequence: row.sequence + 1, ..row.clone() },
            None => Invitation {
                id: engine.id(),
                workspace,
                event: id,
                address: plan.guest.address.clone(),
                token: engine.secret::<16>(),
                sequence: 0,
                timed: 0,
                told: String::new(),
                told_time: String::new(),
                ended: false,
                answered_at: None,
                created_at: now,
            },
        };
        let mut guest = plan.guest.clone();
        if row.told_time != plan.told_time {
            // An answer to another time is none to this one (BM-128).
            if !row.told_time.is_empty() && guest.answer != Answer::Awaited {
                guest.answer = Answer::Awaited;
                retimed.push(guest.address.clone());
            }
            row.timed = row.sequence;
        }
        (row.told, row.told_time) = (plan.told.clone(), plan.told_time.clone());
        row.ended = says == Says::Cancel;
        let mut view = plan.view.clone();
        view.attendees = vec![guest.clone()];
        if says == Says::Cancel {
            view.status = Status::Cancelled;
        }
        let letter: uuid::Uuid = engine.id();
        let wording = Wording {
            id: letter,
            says,
            uid: &desk.event.uid,
            sequence: row.sequence,
            view: &view,
            from: &owner.name,
            to: &guest,
            token: &row.token,
            at: now,
        };
        let refused = |why| Error::Invalid { field: "attendees", why };
        let message = mail.write(&wording).map_err(refused)?;
        rows::save(&mut tx, &row).await?;
        let letter = Letter {
            id: letter,
            workspace,
            about: About::Invitation(row.id),
            sequence: row.sequence,
            says,
            recipient: guest.address.clone(),
            message,
            state: LetterState::Waiting,
            attempts: 0,
            due_at: now,
            note: None,
            created_at: now,
            tried_at: None,
        };
        rows::add_letter(&mut tx, &letter).await?;
    }
    if !retimed.is_empty() {
        let mut guests = desk.event.content.attendees.clone();
        guests.iter_mut().filter(|g| retimed.contains(&g.address)).for_each(|g| g.answer = Answer::Awaited);
        let change = attendees(guests);
        edit::change_in(engine, &mut tx, workspace, id, edit::Scope::All, change, by).await?;
    }
    let event = events::get(&mut tx, workspace, id).await?;
    let invited = Desk::at(engine, &mut tx, event, mail.able()).await?.invited();
    tx.commit().await?;
    Ok(invited)
}

/// Sends the letters that are due. Returns how many were taken, so that a caller knows whether to go on.
pub async fn deliver(engine: &Engine, mail: &dyn Mail) -> Result<u32> {
    let now = engine.now();
    let mut tx = engine.store.read().await?;
    if !rows::is_work(&mut tx, now, now - LOST).await? {
        return Ok(0);
    }
    drop(tx);
    let mut tx = engine.store.begin().await?;
    let lost = "the program ended while it was sent; it may or may not have gone out";
    rows::give_up_since(&mut tx, now - LOST, lost).await?;
    tx.commit().await?;
    for taken in 0.. {
        let mut tx = engine.store.begin().await?;
        let Some(letter) = rows::take(&mut tx, engine.now()).await? else { return Ok(taken) };
        // From here on it may have gone out: that is known before it does.
        tx.commit().await?;
        let sent = mail.send(&letter.recipient, &letter.message).await;
        let now = engine.now();
        let (state, due, note) = match sent {
            Ok(()) => (LetterState::Sent, now, None),
            Err(Unsent::Refused(why)) => (LetterState::Refused, now, Some(why)),
            Err(Unsent::Unknown(why)) => (LetterState::Unknown, now, Some(why)),
            Err(Unsent::Later(why)) if letter.attempts >= TRIES => (LetterState::Refused, now, Some(why)),
            Err(Unsent::Later(why)) => {
                (LetterState::Waiting, now + engine.backoff(letter.attempts), Some(why))
            }
        };
        let mut tx = engine.store.begin().await?;
        rows::settle(&mut tx, letter.id, state, due, note.as_deref()).await?;
        tx.commit().await?;
    }
    Ok(0)
}

/// Notes the answer of a guest with the event.
pub async fn answered(engine: &Engine, answered: &Answered) -> Result<Taken> {
    let mut tx = engine.store.begin().await?;
    let Some(row) = rows::by_token(&mut tx, &answered.token).await?.filter(|row| !row.ended) else {
        return Ok(Taken::Unknown);
    };
    let event = edit::held(&mut tx, row.workspace, row.event).await?;
    let is_theirs =
        answered.from == row.address && answered.guest == row.address && answered.uid == event.uid;
    if !is_theirs {
        return Ok(Taken::NotTheirs);
    }
    if event.deleted_at.is_some() || event.content.status == Status::Cancelled {
        return Ok(Taken::Unknown);
    }
    if answered.sequence < row.timed {
        return Ok(Taken::OtherTime);
    }
    if let (Some(stamp), Some(before)) = (answered.stamp, row.answered_at)
        && stamp <= before
    {
        return Ok(Taken::Old);
    }
    let (scope, content) = match answered.occurrence {
        None => (edit::Scope::All, event.content.clone()),
        // A mail program may name an occurrence on another clock than the series'.
        Some(start) => {
            let key = start.key(&event.content.time.span);
            match event.content.occurrence(key) {
                Some(occurrence) => (edit::Scope::This(key), occurrence),
                None => return Ok(Taken::OtherTime),
            }
        }
    };
    let mut guests = content.attendees;
    let Some(guest) = guests.iter_mut().find(|guest| guest.address == row.address) else {
        return Ok(Taken::NotTheirs);
    };
    let news = guest.answer != answered.answer;
    guest.answer = answered.answer;
    // A clock that is far ahead must not shut out what is answered later.
    let stamp = answered.stamp.unwrap_or_else(|| engine.now()).min(engine.now());
    rows::save(&mut tx, &Invitation { answered_at: Some(stamp), ..row.clone() }).await?;
    if news {
        let change = attendees(guests);
        edit::change_in(engine, &mut tx, row.workspace, row.event, scope, change, Actor::Program).await?;
    }
    tx.commit().await?;
    Ok(if news { Taken::Noted } else { Taken::Old })
}

fn attendees(guests: Vec<Attendee>) -> edit::Change {
    edit::Change { patch: [(Field::Attendees, Value::Attendees(guests))].into(), ..Default::default() }
}

/// What is to be told to one guest.
struct Plan {
    guest: Attendee,
    row: Option<Invitation>,
    due: Option<Says>,
    view: View,
    told: String,
    told_time: String,
}

/// An event with everybody who is or was invited to it.
struct Desk {
    event: Event,
    plans: Vec<Plan>,
    letters: BTreeMap<About, Letter>,
    hindered: Option<String>,
}

impl Desk {
    async fn at(engine: &Engine, tx: &mut Tx, event: Event, able: &Capabilities) -> Result<Desk> {
        let hindered = hindered(tx, &event).await?;
        let mut known: BTreeMap<Address, Invitation> = BTreeMap::new();
        for row in rows::of_event(tx, event.workspace, event.id).await? {
            known.insert(row.address.clone(), row);
        }
        let mut letters = BTreeMap::new();
        for letter in rows::letters_of(tx, event.workspace, event.id).await? {
            letters.insert(letter.about, letter);
        }
        let booked = clients::by_ids(tx, event.workspace, &event.booking.clients).await?;
        let ends = event.deleted_at.is_some() || event.content.status == Status::Cancelled;
        let mut plans = Vec::new();
        let mut guests: Vec<Attendee> = event.content.attendees.clone();
        let gone: Vec<Address> = known
            .keys()
            .filter(|address| !guests.iter().any(|guest| guest.address == **address))
            .cloned()
            .collect();
        guests.extend(gone.into_iter().map(|address| {
            let (name, role) = (String::new(), Default::default());
            Attendee { address, name, answer: Answer::Awaited, role }
        }));
        let own: Vec<Address> = event.content.organiser.iter().map(|o| o.address.clone()).collect();
        let owner = users::get(tx, event.workspace, event.owner).await?.address;
        for guest in guests {
            // Nobody invites themselves.
            if own.contains(&guest.address) || owner.as_ref() == Some(&guest.address) {
                continue;
            }
            let row = known.remove(&guest.address);
            let stays = !ends && event.content.attendees.iter().any(|one| one.address == guest.address);
            let others = booked
                .iter()
                .filter(|(_, client)| client.address.as_ref() != Some(&guest.address))
                .map(|(id, client)| (*id, client.clone()))
                .collect();
            let view = shown(engine, &event, able, &others);
            let told = fingerprint(&view);
            let told_time = fingerprint(&(&view.time, view.overrides.keys().collect::<Vec<_>>()));
            let due = match (&row, stays) {
                (None, true) => Some(Says::Request),
                (Some(row), true) if row.ended || row.told != told => Some(Says::Request),
                (Some(row), false) if !row.ended => Some(Says::Cancel),
                _ => None,
            };
            plans.push(Plan { guest, row, due: due.filter(|_| hindered.is_none()), view, told, told_time });
        }
        plans.sort_by(|a, b| a.guest.address.cmp(&b.guest.address));
        plans.truncate(MANY);
        Ok(Desk { event, plans, letters, hindered })
    }

    /// The word for exactly the letters that are due: another version of the event has another one.
    fn consent(&self) -> Option<String> {
        let due: Vec<_> = self
            .plans
            .iter()
            .filter_map(|plan| {
                Some((plan.due?, &plan.guest.address, &plan.told, plan.row.as_ref().map(|r| r.sequence)))
            })
            .collect();
        (!due.is_empty()).then(|| fingerprint(&due))
    }

    fn invited(&self) -> Invited {
        let guest = |plan: &Plan| Guest {
            address: plan.guest.address.clone(),
            name: plan.guest.name.clone(),
            answer: plan.guest.answer,
            due: plan.due,
            invited_at: plan.row.as_ref().map(|row| row.created_at),
            letter: plan.row.as_ref().and_then(|row| self.letters.get(&About::Invitation(row.id))).cloned(),
        };
        Invited {
            guests: self.plans.iter().map(guest).collect(),
            consent: self.consent(),
            hindered: self.hindered.clone(),
        }
    }
}

/// Why nobody can be told of an event by mail from here.
async fn hindered(tx: &mut Tx, event: &Event) -> Result<Option<String>> {
    let why = match event.origin {
        Origin::Platform => None,
        Origin::Link(_) => {
            Some("this event came in from a calendar: whoever organises it invites its guests there")
        }
        Origin::Mail => Some("this is somebody else's invitation: whoever organises it invites its guests"),
    };
    if let Some(why) = why {
        return Ok(Some(why.to_owned()));
    }
    for mapping in mappings::of_event(tx, event.workspace, event.id).await? {
        if mapping.ended_at.is_some() || mapping.external_id.is_none() {
            continue;
        }
        let link = links::find(tx, mapping.link).await?;
        if link.settings.mail_guests && link.settings.sight.guests {
            let title = link.provider.title();
            return Ok(Some(format!(
                "{title} tells the guests of this event already, by the settings of its calendar"
            )));
        }
    }
    Ok(None)
}

/// The event as a guest sees it: what it is and where, none of the platform's notes, of other clients nothing.
fn shown(
    engine: &Engine,
    event: &Event,
    able: &Capabilities,
    others: &BTreeMap<concord_model::ClientId, clients::Client>,
) -> View {
    // Whoever invites by name wants this event to be seen, be it private or not.
    let sight = Sight {
        detail: Detail::Full,
        private: PrivateEvents::Show,
        notes: false,
        contacts: false,
        guests: false,
        ..Sight::default()
    };
    let settings = Settings { sight, ..Settings::default() };
    let nobody = UserId(uuid::Uuid::nil());
    let hidden = whose::hidden_from(event, Eyes::Participant, nobody, &settings.sight, others);
    let zone = event.content.time.span.zone().cloned().unwrap_or_else(concord_model::Zone::utc);
    let alive = Event {
        deleted_at: None,
        content: View { status: Status::Confirmed, ..event.content.clone() },
        ..event.clone()
    };
    let lens = Lens {
        able,
        settings: &settings,
        person: nobody,
        eyes: Eyes::Participant,
        zone: &zone,
        hidden: &hidden,
    };
    let mut view = match lens.show(&alive, engine.now()) {
        Shown::As(seen) => seen.view,
        // With these settings nothing is held back.
        Shown::Not(_) => View::new(event.content.time.clone(), ""),
    };
    if event.content.status == Status::Tentative {
        view.status = Status::Tentative;
    }
    let keep = [Field::Time, Field::Title, Field::Location, Field::Description, Field::Conference];
    let mut plain = View::new(view.time.clone(), "");
    keep.iter().for_each(|field| plain.take(*field, &view));
    plain.status = view.status;
    plain.overrides = view.overrides.clone();
    for change in plain.overrides.values_mut() {
        if let Override::Changed(patch) = change {
            patch.retain(|field, _| keep.contains(field));
        }
    }
    plain.normalise();
    plain
}

pub(crate) fn fingerprint(of: &impl Serialize) -> String {
    let text = serde_json::to_string(of).unwrap_or_default();
    Sha256::digest(text.as_bytes())[..12].iter().map(|byte| format!("{byte:02x}")).collect()
}

//! A change made here: checked, stored as the event's next revision, and told to every link it concerns, in one
//! transaction. Nothing here waits for a provider (EV-1, I-45).

use std::collections::BTreeMap;

use concord_model::event::{Booking, Event, Origin, Personal};
use concord_model::link::Direction;
use concord_model::observed::Hold;
use concord_model::recurrence::{self, EditError};
use concord_model::view::{Patch, Status, Value, View};
use concord_model::{EventId, Field, FieldSet, LinkId, OccurrenceKey, Rev, UserId, WorkspaceId, text};
use concord_points::defect;
use concord_store::events::{self, Actor};
use concord_store::mappings::Home;
use concord_store::{Tx, links, mappings, users};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::run::bounds;
use crate::{Engine, whose};

/// The longest title that is taken in.
const TITLE_LIMIT: usize = 2_000;
/// The longest other text.
const TEXT_LIMIT: usize = 100_000;

const GUEST: &str = "you are a guest of this meeting; only its organiser can change it";

/// A new event, as a person gives it.
pub struct New {
    /// Whose it is.
    pub owner: UserId,
    /// What it is.
    pub content: View,
    /// What only the platform knows of it.
    pub booking: Booking,
    /// Its name in the world, where it has one already (import).
    pub uid: Option<String>,
}

/// When an event begins, as lists order them: of a series, its first occurrence.
pub fn begins(event: &Event) -> Timestamp {
    bounds(event).starts_at
}

/// Which occurrences of a series an edit is about (EV-3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// The event, or the whole series.
    All,
    /// This occurrence.
    This(OccurrenceKey),
    /// This one and all that follow.
    Following(OccurrenceKey),
}

/// A change of an event.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// New values of fields.
    pub patch: Patch,
    /// New words of the platform's, where they change.
    pub booking: Option<Booking>,
    /// The revision that the change was made on, where the person says it.
    pub expected: Option<Rev>,
}

/// Makes an event.
pub async fn create(engine: &Engine, workspace: WorkspaceId, new: New) -> Result<Event> {
    let mut tx = engine.store.begin().await?;
    let event = create_in(engine, &mut tx, workspace, new).await?;
    tx.commit().await?;
    Ok(event)
}

/// The same, in a transaction of the caller's.
pub async fn create_in(engine: &Engine, tx: &mut Tx, workspace: WorkspaceId, new: New) -> Result<Event> {
    let now = engine.now();
    let id: EventId = engine.id();
    let mut content = new.content;
    check(&mut content)?;
    let event = Event {
        id,
        workspace,
        owner: new.owner,
        uid: new.uid.unwrap_or_else(|| format!("{id}@concord")),
        rev: Rev(1),
        origin: Origin::Platform,
        accepted: Field::ALL.iter().map(|f| (*f, now)).collect(),
        content,
        booking: new.booking,
        personal: BTreeMap::new(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    match users::get(tx, workspace, new.owner).await {
        Err(concord_store::Error::NotFound) => {
            return Err(Error::Invalid { field: "owner", why: "there is no such user".to_owned() });
        }
        other => other.map(drop)?,
    }
    insert(engine, tx, &event).await?;
    Ok(event)
}

/// Stores a new event and tells the links that it concerns.
pub(crate) async fn insert(engine: &Engine, tx: &mut Tx, event: &Event) -> Result<()> {
    whose::lock(tx, event).await?;
    events::insert(tx, event, bounds(event)).await.map_err(taken)?;
    if event.deleted_at.is_none() {
        whose::tell(tx, event, None, event.created_at, &mut engine.dice()).await?;
    }
    Ok(())
}

/// Changes an event, an occurrence, or an occurrence and all that follow. Returns the event, and for a split the new
/// one too: both are stored in one transaction (`rules.md` 20).
pub async fn change(
    engine: &Engine,
    workspace: WorkspaceId,
    id: EventId,
    scope: Scope,
    change: Change,
    by: Actor,
) -> Result<(Event, Option<Event>)> {
    let mut tx = engine.store.begin().await?;
    let changed = change_in(engine, &mut tx, workspace, id, scope, change, by).await?;
    tx.commit().await?;
    Ok(changed)
}

/// The same, in a transaction of the caller's.
pub async fn change_in(
    engine: &Engine,
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: EventId,
    scope: Scope,
    change: Change,
    by: Actor,
) -> Result<(Event, Option<Event>)> {
    let now = engine.now();
    let before = load(tx, workspace, id, change.expected).await?;
    let touches_shared = change.patch.keys().any(|f| !FieldSet::PERSONAL.has(*f)) || scope != Scope::All;
    if touches_shared || change.booking.is_some() {
        writable(tx, &before).await?;
    }
    let mut event = before.clone();
    let mut tail = None;
    match scope {
        Scope::All if !event.content.is_series() => event.content.apply(&change.patch),
        Scope::All => {
            event.content = recurrence::edit_all(&event.content, &change.patch).map_err(bad_edit)?;
        }
        Scope::This(key) => {
            event.content = recurrence::edit_this(&event.content, key, &change.patch).map_err(bad_edit)?;
        }
        Scope::Following(key) => {
            let split = recurrence::edit_following(&event.content, key, &change.patch).map_err(bad_edit)?;
            match split.head {
                None => event.content = split.tail,
                Some(head) => {
                    event.content = head;
                    let id: EventId = engine.id();
                    let mut rest = Event {
                        id,
                        uid: format!("{id}@concord"),
                        rev: Rev(1),
                        origin: Origin::Platform,
                        content: split.tail,
                        created_at: now,
                        updated_at: now,
                        ..before.clone()
                    };
                    rest.booking.external_ref = None;
                    check(&mut rest.content)?;
                    tail = Some(rest);
                }
            }
        }
    }
    if let Some(booking) = change.booking {
        event.booking = booking;
    }
    check(&mut event.content)?;
    if event == before && tail.is_none() {
        return Ok((event, None));
    }
    store(engine, tx, &before, &mut event, by, now).await?;
    if let Some(rest) = tail.as_ref().filter(|_| !defect!("the rest of a divided series is lost")) {
        events::insert(tx, rest, bounds(rest)).await?;
        whose::tell(tx, rest, None, now, &mut engine.dice()).await?;
    }
    Ok((event, tail))
}

/// Deletes an event, one occurrence, or one and all that follow. A booking is cancelled, and stays to say so.
pub async fn delete(
    engine: &Engine,
    workspace: WorkspaceId,
    id: EventId,
    scope: Scope,
    expected: Option<Rev>,
    by: Actor,
) -> Result<Event> {
    let mut tx = engine.store.begin().await?;
    let event = delete_in(engine, &mut tx, workspace, id, scope, expected, by).await?;
    tx.commit().await?;
    Ok(event)
}

/// The same, in a transaction of the caller's.
pub async fn delete_in(
    engine: &Engine,
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: EventId,
    scope: Scope,
    expected: Option<Rev>,
    by: Actor,
) -> Result<Event> {
    let now = engine.now();
    let before = load(tx, workspace, id, expected).await?;
    // Whoever takes somebody else's invitation out of their calendar changes nothing about the meeting.
    if before.origin != Origin::Mail || scope != Scope::All {
        writable(tx, &before).await?;
    }
    let mut event = before.clone();
    let rest = match scope {
        Scope::All => None,
        Scope::This(key) => Some(recurrence::cancel_this(&event.content, key)),
        Scope::Following(key) => Some(recurrence::cancel_following(&event.content, key)),
    };
    match rest {
        Some(Ok(left)) => event.content = left,
        // Nothing would be left of the series: then it is deleted as a whole (BM-053).
        Some(Err(EditError::NothingLeft)) | None => end(&mut event, now),
        Some(Err(error)) => return Err(bad_edit(error)),
    }
    store(engine, tx, &before, &mut event, by, now).await?;
    Ok(event)
}

/// The switch of one event in one calendar (PV-1).
pub async fn switch(
    engine: &Engine,
    workspace: WorkspaceId,
    event: EventId,
    link: LinkId,
    enabled: bool,
) -> Result<()> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let event = load(&mut tx, workspace, event, None).await?;
    let link = links::get(&mut tx, workspace, link).await.map_err(|_| Error::NotFound("link"))?;
    if mappings::of_event_on(&mut tx, event.id, link.id).await?.iter().all(|m| m.ended_at.is_some()) {
        mappings::touch(&mut tx, workspace, event.id, &[link.id], now, &mut engine.dice()).await?;
    }
    mappings::set_enabled(&mut tx, workspace, event.id, link.id, enabled).await?;
    links::due(&mut tx, link.id, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets what belongs to one person of an event and to nobody else (`rules.md` 5).
pub async fn set_personal(
    engine: &Engine,
    workspace: WorkspaceId,
    id: EventId,
    person: UserId,
    own: Personal,
) -> Result<Event> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let before = load(&mut tx, workspace, id, None).await?;
    let mut event = before.clone();
    if person == event.owner {
        event.content.availability = own.availability;
        event.content.colour = own.colour;
        event.content.reminders = own.reminders;
    } else {
        event.personal.insert(person, own);
    }
    store(engine, &mut tx, &before, &mut event, Actor::User(person), now).await?;
    tx.commit().await?;
    Ok(event)
}

/// Stores an event's next revision and tells its links.
pub(crate) async fn store(
    engine: &Engine,
    tx: &mut Tx,
    before: &Event,
    event: &mut Event,
    by: Actor,
    now: Timestamp,
) -> Result<()> {
    store_but(engine, tx, before, event, by, None, now).await
}

/// The same, but one link is not told: what the change means for it is settled already.
pub(crate) async fn store_but(
    engine: &Engine,
    tx: &mut Tx,
    before: &Event,
    event: &mut Event,
    by: Actor,
    but: Option<LinkId>,
    now: Timestamp,
) -> Result<()> {
    event.rev = Rev(before.rev.0 + 1);
    event.updated_at = now;
    for field in before.content.differing(&event.content).iter() {
        event.accepted.insert(field, now);
    }
    if before.content.overrides != event.content.overrides {
        event.accepted.insert(Field::Time, now);
    }
    events::update(tx, event, bounds(event), before.rev).await.map_err(taken)?;
    events::remember(tx, before, by, None, now).await?;
    whose::tell(tx, event, but, now, &mut engine.dice()).await?;
    Ok(())
}

fn taken(error: concord_store::Error) -> Error {
    match error {
        concord_store::Error::Taken { .. } => {
            Error::Exists("an event with this external reference".to_owned())
        }
        other => other.into(),
    }
}

async fn load(tx: &mut Tx, workspace: WorkspaceId, id: EventId, expected: Option<Rev>) -> Result<Event> {
    let event = held(tx, workspace, id).await?;
    if event.deleted_at.is_some() {
        return Err(Error::NotFound("event"));
    }
    if expected.is_some_and(|rev| rev != event.rev) {
        return Err(Error::Changed);
    }
    Ok(event)
}

/// Returns an event whose links are locked: nobody changes it now, in this order with runs (links first, then events).
pub(crate) async fn held(tx: &mut Tx, workspace: WorkspaceId, id: EventId) -> Result<Event> {
    let missing = |error| match error {
        concord_store::Error::NotFound => Error::NotFound("event"),
        other => other.into(),
    };
    let event = events::get(tx, workspace, id).await.map_err(missing)?;
    whose::lock(tx, &event).await?;
    events::get(tx, workspace, id).await.map_err(missing)
}

/// Read-only is kept here, in the core, not in handlers (I-47).
pub(crate) async fn writable(tx: &mut Tx, event: &Event) -> Result<()> {
    let home = mappings::homes(tx, &[event.id]).await?.remove(&event.id);
    match read_only(event, home.as_ref()) {
        Some(why) => Err(Error::ReadOnly(why.to_owned())),
        None => Ok(()),
    }
}

/// Why an event cannot be changed here, if it cannot. `home` is that of one that came in by a calendar.
pub fn read_only(event: &Event, home: Option<&Home>) -> Option<&'static str> {
    match event.origin {
        Origin::Mail => Some(GUEST),
        Origin::Platform | Origin::Link(_) => home.and_then(why_read_only),
    }
}

/// Why an event that lives in that calendar cannot be changed here, if it cannot.
pub fn why_read_only(home: &Home) -> Option<&'static str> {
    if home.direction == Direction::Pull {
        return Some("this event comes from a calendar that is only read; change it there");
    }
    match home.hold {
        Hold::Free => None,
        Hold::Guest => Some(GUEST),
        Hold::ReadOnly | Hold::Masked => Some("its calendar does not let this event be changed"),
    }
}

fn end(event: &mut Event, now: Timestamp) {
    if event.is_booking() && event.content.status != Status::Cancelled {
        event.content.status = Status::Cancelled;
    } else {
        event.deleted_at = Some(now);
    }
}

/// Brings a content into normal form, or says what is wrong with it, and with which field (I-07 of bad input: SE-6).
pub(crate) fn check(content: &mut View) -> Result<()> {
    let too_long =
        |field, limit: usize| Error::Invalid { field, why: format!("is longer than {limit} characters") };
    content.title = text::line(&content.title);
    content.location = text::line(&content.location);
    content.description = text::normal(&content.description);
    if content.title.chars().count() > TITLE_LIMIT {
        return Err(too_long("title", TITLE_LIMIT));
    }
    if content.location.chars().count() > TITLE_LIMIT {
        return Err(too_long("location", TITLE_LIMIT));
    }
    if content.description.chars().count() > TEXT_LIMIT {
        return Err(too_long("description", TEXT_LIMIT));
    }
    for change in content.overrides.values_mut() {
        if let concord_model::view::Override::Changed(patch) = change {
            for value in patch.values_mut() {
                match value {
                    Value::Title(t) | Value::Location(t) => *t = text::line(t),
                    Value::Description(t) => *t = text::normal(t),
                    _ => {}
                }
            }
        }
    }
    if let Some(recurrence) = content.time.recurrence.take() {
        let fitted = recurrence
            .fitted(&content.time.span)
            .map_err(|e| Error::Invalid { field: "recurrence", why: e.to_string() })?;
        content.time.recurrence = Some(fitted);
    }
    content.normalise();
    if recurrence::is_empty(&content.time, &content.overrides) {
        return Err(Error::Invalid {
            field: "recurrence",
            why: "this series would have no occurrence".to_owned(),
        });
    }
    Ok(())
}

fn bad_edit(error: EditError) -> Error {
    Error::Invalid { field: "occurrence", why: error.to_string() }
}

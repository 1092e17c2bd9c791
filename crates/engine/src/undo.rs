//! Undo: one event back to an earlier revision, all that one run brought here, or all that a link brought since a moment
//! (BE-5). An undo is an edit like any other: it becomes the next revision, is told to every link, and can itself be
//! undone.
//!
//! What a run sent out was changed here before; it is taken back where it was changed. What it brought in is taken out
//! again, but only here: the original stays in its calendar (`rules.md` 3), and comes in again when it is changed there.

use std::collections::BTreeSet;

use concord_model::event::{Event, Origin};
use concord_model::observed::{Item, Observation, State};
use concord_model::{EventId, LinkId, Rev, RunId, UserId, WorkspaceId};
use concord_store::events::{self, Actor, Version};
use concord_store::links::LinkState;
use concord_store::mappings::{self, Mapping, MappingState};
use concord_store::runs::{self, RunStatus};
use concord_store::{Tx, links};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::{Engine, edit};

/// What an event was before each of its changes, the latest first.
pub async fn history(engine: &Engine, workspace: WorkspaceId, id: EventId) -> Result<Vec<Version>> {
    let mut tx = engine.store.read().await?;
    let event = events::get(&mut tx, workspace, id).await.map_err(|_| Error::NotFound("event"))?;
    let mut versions = events::versions(&mut tx, workspace, event.id).await?;
    versions.sort_by_key(|v| std::cmp::Reverse(v.rev));
    Ok(versions)
}

/// Takes an event back to what it was at a revision; without one, to before its last change. A deleted event comes
/// back to life.
pub async fn undo(
    engine: &Engine,
    workspace: WorkspaceId,
    id: EventId,
    to: Option<Rev>,
    by: UserId,
) -> Result<Event> {
    let mut tx = engine.store.begin().await?;
    let before = edit::held(&mut tx, workspace, id).await?;
    let versions = events::versions(&mut tx, workspace, id).await?;
    let to = match to {
        Some(rev) => versions.into_iter().find(|v| v.rev == rev),
        None => versions.into_iter().max_by_key(|v| v.rev),
    };
    let Some(version) = to else {
        return Err(Error::Invalid {
            field: "rev",
            why: "there is no earlier version to go back to".to_owned(),
        });
    };
    // What was taken out here can be put back; anything else of what is read-only is not ours to take back (I-47).
    let is_back_only = before.deleted_at.is_some() && is_same(&before, &version);
    if !is_back_only {
        edit::writable(&mut tx, &before).await?;
    }
    let event = back_to(engine, &mut tx, &before, version, by).await?;
    tx.commit().await?;
    Ok(event)
}

/// What an undo of many events came to, or would.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Undone {
    /// What was taken back.
    pub back: Vec<(EventId, Back)>,
    /// What was left as it is.
    pub left: Vec<(EventId, Left)>,
}

/// How something was taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Back {
    /// It is again what it was in that revision.
    Changed(Rev),
    /// It had been deleted, or cancelled, and is there again.
    Restored(Rev),
    /// It had come in, and is not here any more.
    Removed,
}

/// Why something was left as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Left {
    /// It was changed since.
    Changed {
        /// By whom.
        by: Actor,
        /// When.
        at: Timestamp,
    },
    /// It may not be changed here, for this reason.
    ReadOnly(String),
}

/// Takes back what a run brought here: its changes, its deletions, and what came in by it. What was changed since is
/// left alone and told. A dry one only tells.
pub async fn undo_run(
    engine: &Engine,
    workspace: WorkspaceId,
    run: RunId,
    by: UserId,
    dry: bool,
) -> Result<Undone> {
    let mut tx = engine.store.read().await?;
    let (row, _) = runs::get(&mut tx, workspace, run).await.map_err(|_| Error::NotFound("run"))?;
    let (Some(end), true) = (row.completed_at, row.status != RunStatus::Running) else {
        return Err(Error::Later("this run is not over yet; try again when it is".to_owned()));
    };
    let came = (row.started_at, end);
    let changed = events::changed_by_run(&mut tx, workspace, run).await?;
    let brought = events::brought_in(&mut tx, workspace, row.link, came).await?;
    drop(tx);
    let ids = changed.into_iter().chain(brought).collect();
    take_back(engine, workspace, ids, &Deeds { link: row.link, run: Some(run), came }, by, dry).await
}

/// Takes back all that a link brought here since an instant, in the same way.
pub async fn undo_link(
    engine: &Engine,
    workspace: WorkspaceId,
    link: LinkId,
    since: Timestamp,
    by: UserId,
    dry: bool,
) -> Result<Undone> {
    let came = (since, engine.now());
    let mut tx = engine.store.read().await?;
    links::get(&mut tx, workspace, link).await.map_err(|_| Error::NotFound("link"))?;
    let changed = events::changed_by_link(&mut tx, workspace, link, since).await?;
    let brought = events::brought_in(&mut tx, workspace, link, came).await?;
    drop(tx);
    let ids = changed.into_iter().chain(brought).collect();
    take_back(engine, workspace, ids, &Deeds { link, run: None, came }, by, dry).await
}

/// What is to be taken back.
struct Deeds {
    /// Whose.
    link: LinkId,
    /// Of one run only.
    run: Option<RunId>,
    /// In which time.
    came: (Timestamp, Timestamp),
}

impl Deeds {
    /// Whether one of them ended this version.
    fn ended(&self, version: &Version) -> bool {
        match self.run {
            Some(run) => version.run == Some(run),
            None => version.by == Actor::Link(self.link) && version.at >= self.came.0,
        }
    }

    /// Whether one of them brought the event.
    fn brought(&self, event: &Event) -> bool {
        let (from, to) = self.came;
        event.origin == Origin::Link(self.link) && (from..=to).contains(&event.created_at)
    }
}

/// One event after the other, each in a transaction of its own: whoever is interrupted begins again, and what was taken
/// back is not taken back twice.
async fn take_back(
    engine: &Engine,
    workspace: WorkspaceId,
    ids: BTreeSet<EventId>,
    deeds: &Deeds,
    by: UserId,
    dry: bool,
) -> Result<Undone> {
    let mut undone = Undone::default();
    for id in ids {
        let mut tx = engine.store.begin().await?;
        match take_one_back(engine, &mut tx, workspace, id, deeds, by).await? {
            None => continue,
            Some(Err(left)) => undone.left.push((id, left)),
            Some(Ok(back)) => {
                undone.back.push((id, back));
                if !dry {
                    tx.commit().await?;
                }
            }
        }
    }
    Ok(undone)
}

async fn take_one_back(
    engine: &Engine,
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: EventId,
    deeds: &Deeds,
    by: UserId,
) -> Result<Option<Result<Back, Left>>> {
    let before = edit::held(tx, workspace, id).await?;
    let mut versions = events::versions(tx, workspace, id).await?;
    versions.sort_by_key(|v| v.rev);
    let brought = deeds.brought(&before);
    let first = match brought {
        true => 0,
        false => match versions.iter().position(|v| deeds.ended(v)) {
            Some(first) => first,
            None => return Ok(None),
        },
    };
    let is_back = match versions.get(first) {
        _ if brought => before.deleted_at.is_some(),
        Some(was) => before.deleted_at.is_none() && is_same(&before, was),
        None => true,
    };
    if is_back {
        return Ok(None);
    }
    if let Some(other) = versions[first..].iter().find(|v| !deeds.ended(v)) {
        return Ok(Some(Err(Left::Changed { by: other.by, at: other.at })));
    }
    if brought {
        take_out(engine, tx, &before, deeds.link, by).await?;
        return Ok(Some(Ok(Back::Removed)));
    }
    match edit::writable(tx, &before).await {
        Err(Error::ReadOnly(why)) => return Ok(Some(Err(Left::ReadOnly(why)))),
        other => other?,
    }
    let version = versions.swap_remove(first);
    let rev = version.rev;
    let ended = before.deleted_at.is_some() || before.content.status != version.content.status;
    match back_to(engine, tx, &before, version, by).await {
        // Its name is another's now.
        Err(error @ Error::Exists(_)) => return Ok(Some(Err(Left::ReadOnly(error.to_string())))),
        other => other?,
    };
    Ok(Some(Ok(if ended { Back::Restored(rev) } else { Back::Changed(rev) })))
}

fn is_same(event: &Event, version: &Version) -> bool {
    event.content == version.content && event.booking == version.booking
}

/// The event is again what it was in that version.
async fn back_to(
    engine: &Engine,
    tx: &mut Tx,
    before: &Event,
    version: Version,
    by: UserId,
) -> Result<Event> {
    let mut event = before.clone();
    event.content = version.content;
    event.booking = version.booking;
    event.deleted_at = None;
    edit::check(&mut event.content)?;
    if before.deleted_at.is_some() {
        look_for_original(tx, before).await?;
    }
    edit::store(engine, tx, before, &mut event, Actor::User(by), engine.now()).await?;
    Ok(event)
}

/// Takes an event out that came in, and leaves it where it came from.
async fn take_out(engine: &Engine, tx: &mut Tx, before: &Event, home: LinkId, by: UserId) -> Result<()> {
    let now = engine.now();
    let link = links::find(tx, home).await?;
    if link.lease_until.is_some_and(|until| until > now) {
        // Whoever is at work there would write over the tombstone, and then take the original for a copy.
        let why = format!("the calendar \"{}\" is being synced; try again in a moment", link.name);
        return Err(Error::Later(why));
    }
    let mut own = mappings::of_event_on(tx, before.id, home).await?;
    own.retain(|mapping| mapping.ended_at.is_none());
    own.iter_mut().for_each(|mapping| mapping.end(now));
    mappings::save_many(tx, &own).await?;
    let mut event = before.clone();
    event.deleted_at = Some(now);
    edit::store_but(engine, tx, before, &mut event, Actor::User(by), Some(home), now).await
}

/// An event that comes back to life may still be where it once came from: its calendar is asked before it is made there
/// again.
async fn look_for_original(tx: &mut Tx, event: &Event) -> Result<()> {
    let Origin::Link(home) = event.origin else { return Ok(()) };
    if let LinkState::Removed { .. } = links::find(tx, home).await?.state {
        return Ok(());
    }
    let own = mappings::of_event_on(tx, event.id, home).await?;
    if own.iter().any(|mapping| mapping.ended_at.is_none()) {
        return Ok(());
    }
    let Some(last) = own.into_iter().rfind(|mapping| mapping.origin) else { return Ok(()) };
    let Some(id) = last.external_id.clone() else { return Ok(()) };
    // Nothing is known but that it was gone, and that is not proved any more.
    let gone = Item {
        id,
        part: None,
        made_as: None,
        copied_from: None,
        uid: None,
        etag: None,
        stamp: None,
        mark: None,
        hold: Default::default(),
        page: None,
        complete: false,
        state: State::Gone,
    };
    let mut unproved = Observation::default();
    unproved.add(gone, event.updated_at);
    let revived = Mapping {
        ended_at: None,
        known: Default::default(),
        observation: Some(unproved),
        state: MappingState::Pending,
        ..last
    };
    mappings::save(tx, &revived).await?;
    Ok(())
}

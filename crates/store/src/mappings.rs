//! Mappings: event × link. What both sides agreed on, what was seen since, what is about to be done.
//!
//! A mapping is also the outbox: a pending one is work. A worker reads it, talks to a provider for a while and then
//! saves it whole; meanwhile a person may have edited the event. `touched` counts such calls from outside, and
//! [`save`] leaves a mapping pending that was touched since it was read, so that no edit is lost on the way.

mod queue;
mod record;
mod write;

pub use queue::{
    Counts, Of, counts, events_mapped, listed, next_retry, queue, risk, unlisted, with_intent, work,
};
pub use record::{Mapping, MappingError, MappingState, Standing};
pub use write::{
    add_pending, drop_work, enqueue_events, insert, mark_pending_for_link, mark_unseen_for_link, release,
    remove, save, save_many, set_enabled, stamp_listed, switch_off, touch,
};

use std::collections::{BTreeMap, BTreeSet};

use concord_model::agreed::Known;
use concord_model::link::{Direction, Settings};
use concord_model::observed::Hold;
use concord_model::{EventId, ExternalId, LinkId, MappingId, WorkspaceId};
use jiff::Timestamp;

use crate::column::Form;
use crate::db::{CHUNK, One, Record, Row, Tx};
use crate::error::Error;

/// Returns one.
pub async fn get(tx: &mut Tx, workspace: WorkspaceId, id: MappingId) -> Result<Mapping, Error> {
    tx.sql("SELECT * FROM mappings WHERE id = $1 AND workspace_id = $2").bind(id).bind(workspace).one().await
}

/// Returns those that there are, on one link. In a transaction that will save them, under [`crate::links::hold`].
pub async fn find(
    tx: &mut Tx,
    link: LinkId,
    ids: &[MappingId],
) -> Result<BTreeMap<MappingId, Mapping>, Error> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        let mappings: Vec<Mapping> = tx
            .sql("SELECT * FROM mappings WHERE link_id = $1 AND id {in_ids $2}")
            .bind(link)
            .bind_ids(chunk.iter().map(|id| id.0))
            .all()
            .await?;
        found.extend(mappings.into_iter().map(|mapping| (mapping.id, mapping)));
    }
    Ok(found)
}

/// Returns what a link's provider calls by these ids, ended ones too.
pub async fn by_external(
    tx: &mut Tx,
    link: LinkId,
    ids: &[ExternalId],
) -> Result<BTreeMap<ExternalId, Mapping>, Error> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        let mappings: Vec<Mapping> = tx
            .sql("SELECT * FROM mappings WHERE link_id = $1 AND external_id {in $2}")
            .bind(link)
            .bind_texts(chunk.iter().map(ExternalId::as_str))
            .all()
            .await?;
        found.extend(mappings.into_iter().filter_map(|m| Some((m.external_id.clone()?, m))));
    }
    Ok(found)
}

/// Returns an event's copies, ended ones too.
pub async fn of_event(tx: &mut Tx, workspace: WorkspaceId, event: EventId) -> Result<Vec<Mapping>, Error> {
    tx.sql("SELECT * FROM mappings WHERE event_id = $1 AND workspace_id = $2 ORDER BY link_id, part, generation, id")
        .bind(event)
        .bind(workspace)
        .all()
        .await
}

/// Returns how events stand on the links where they are or shall be: for lists of events with their badges.
pub async fn of_events(
    tx: &mut Tx,
    workspace: WorkspaceId,
    events: &[EventId],
) -> Result<BTreeMap<EventId, Vec<Standing>>, Error> {
    let mut found: BTreeMap<EventId, Vec<Standing>> = BTreeMap::new();
    for chunk in events.chunks(CHUNK) {
        let standings: Vec<Standing> = tx
            .sql(
                "SELECT event_id, link_id, part, external_id, state, enabled, origin, last_synced_at, retry_at,
                        error_text, known
                 FROM mappings WHERE workspace_id = $1 AND event_id {in_ids $2} AND ended_at IS NULL
                 ORDER BY link_id, part, generation, id",
            )
            .bind(workspace)
            .bind_ids(chunk.iter().map(|id| id.0))
            .all()
            .await?;
        for standing in standings {
            found.entry(standing.event).or_default().push(standing);
        }
    }
    Ok(found)
}

/// Returns an event's copies on one link, ended ones too: one, but for generations and for occurrences.
pub async fn of_event_on(tx: &mut Tx, event: EventId, link: LinkId) -> Result<Vec<Mapping>, Error> {
    tx.sql("SELECT * FROM mappings WHERE event_id = $1 AND link_id = $2 ORDER BY part, generation, id")
        .bind(event)
        .bind(link)
        .all()
        .await
}

/// The same of several events; those without any are missing.
pub async fn of_events_on(
    tx: &mut Tx,
    link: LinkId,
    events: &[EventId],
) -> Result<BTreeMap<EventId, Vec<Mapping>>, Error> {
    let mut found: BTreeMap<EventId, Vec<Mapping>> = BTreeMap::new();
    for chunk in events.chunks(CHUNK) {
        let mappings: Vec<Mapping> = tx
            .sql("SELECT * FROM mappings WHERE link_id = $1 AND event_id {in_ids $2} ORDER BY part, generation, id")
            .bind(link)
            .bind_ids(chunk.iter().map(|event| event.0))
            .all()
            .await?;
        for mapping in mappings {
            if let Some(event) = mapping.event {
                found.entry(event).or_default().push(mapping);
            }
        }
    }
    Ok(found)
}

/// Returns the events whose occurrences are on a link one by one.
pub async fn parted(tx: &mut Tx, link: LinkId) -> Result<Vec<EventId>, Error> {
    let all: Vec<One<EventId>> = tx
        .sql(
            "SELECT DISTINCT event_id FROM mappings
             WHERE link_id = $1 AND event_id IS NOT NULL AND part <> '' AND ended_at IS NULL
             ORDER BY event_id",
        )
        .bind(link)
        .all()
        .await?;
    Ok(all.into_iter().map(|One(event)| event).collect())
}

/// Makes pending what was seen outside the window and now begins in it: foreign events that are not linked to one of
/// ours. Returns how many.
pub async fn outside_entering(
    tx: &mut Tx,
    link: LinkId,
    from: Timestamp,
    to: Timestamp,
) -> Result<u64, Error> {
    tx.sql(
        "UPDATE mappings
         SET state = 'pending', attempts = 0, retry_at = NULL, error_code = NULL, error_text = NULL, parked = FALSE
         WHERE link_id = $1 AND event_id IS NULL AND observation IS NOT NULL AND ended_at IS NULL
           AND starts_at >= $2 AND starts_at < $3",
    )
    .bind(link)
    .bind(from)
    .bind(to)
    .run()
    .await
}

/// Forgets the tombstones of what ended before that instant (I-15: 400 days and longer). Returns how many.
pub async fn forget_ended_before(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    tx.sql("DELETE FROM mappings WHERE ended_at < $1").bind(before).run().await
}

/// Forgets what was agreed on with calendars that were let go of before that instant (`rules.md` 18: bases outlive a
/// disconnect by 400 days), and what people were asked about it. Tombstones have their own time. Returns how many, so
/// many at most.
pub async fn forget_of_links_removed_before(
    tx: &mut Tx,
    before: Timestamp,
    limit: u32,
) -> Result<u64, Error> {
    let links: Vec<One<LinkId>> = tx
        .sql(
            "SELECT id FROM links
             WHERE state = 'removed' AND removed_at < $1
               AND EXISTS (SELECT 1 FROM mappings m WHERE m.link_id = links.id AND m.ended_at IS NULL)
             ORDER BY id",
        )
        .bind(before)
        .all()
        .await?;
    let mut forgotten = 0;
    for One(link) in links {
        let left = i64::from(limit).saturating_sub_unsigned(forgotten);
        if left <= 0 {
            break;
        }
        tx.sql("DELETE FROM conflicts WHERE state = 'open' AND link_id = $1").bind(link).run().await?;
        forgotten += tx
            .sql(
                "DELETE FROM mappings WHERE id IN (SELECT id FROM mappings WHERE link_id = $1 AND ended_at IS NULL
                                                   ORDER BY id LIMIT $2)",
            )
            .bind(link)
            .bind(left)
            .run()
            .await?;
    }
    Ok(forgotten)
}

/// What is known of an event's home: the mapping that it came in by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Home {
    /// What the calendar lets us do with it.
    pub hold: Hold,
    /// Which way its link goes.
    pub direction: Direction,
}

struct HomeRow(EventId, Home);

impl Record for HomeRow {
    fn read(row: &Row) -> Result<Self, Error> {
        let (Form(known), Form(settings)): (Form<Known>, Form<Settings>) =
            (row.col("known")?, row.col("settings")?);
        Ok(HomeRow(row.col("event_id")?, Home { hold: known.hold, direction: settings.direction }))
    }
}

/// Returns the homes of events that came in by a link.
pub async fn homes(tx: &mut Tx, events: &[EventId]) -> Result<BTreeMap<EventId, Home>, Error> {
    let mut found = BTreeMap::new();
    for chunk in events.chunks(CHUNK) {
        let homes: Vec<HomeRow> = tx
            .sql(
                "SELECT m.event_id, m.known, l.settings FROM mappings m JOIN links l ON l.id = m.link_id
                 WHERE m.origin AND m.event_id {in_ids $1}",
            )
            .bind_ids(chunk.iter().map(|id| id.0))
            .all()
            .await?;
        found.extend(homes.into_iter().map(|HomeRow(event, home)| (event, home)));
    }
    Ok(found)
}

/// Returns those of these events that have a living copy on a link.
pub async fn events_with_copy(
    tx: &mut Tx,
    link: LinkId,
    events: &[EventId],
) -> Result<BTreeSet<EventId>, Error> {
    let mut found = BTreeSet::new();
    for chunk in events.chunks(CHUNK) {
        let with: Vec<One<EventId>> = tx
            .sql(
                "SELECT event_id FROM mappings
                 WHERE link_id = $1 AND event_id {in_ids $2} AND ended_at IS NULL
                   AND COALESCE(external_id, '') <> ''",
            )
            .bind(link)
            .bind_ids(chunk.iter().map(|id| id.0))
            .all()
            .await?;
        found.extend(with.into_iter().map(|One(event)| event));
    }
    Ok(found)
}

/// Returns a link's mappings that have not ended, by id: for a comparison of both sides.
pub async fn living(tx: &mut Tx, link: LinkId) -> Result<Vec<Mapping>, Error> {
    tx.sql("SELECT * FROM mappings WHERE link_id = $1 AND ended_at IS NULL ORDER BY id")
        .bind(link)
        .all()
        .await
}

//! Writing mappings: by a run, which saves what it has learnt, and from outside, which makes them pending.

use std::collections::BTreeSet;

use concord_model::{EventId, ExternalId, LinkId, MappingId, UserId, WorkspaceId};
use concord_points::defect;
use jiff::Timestamp;
use uuid::Uuid;

use super::Mapping;
use crate::chance::{Chance, fresh};
use crate::changes::Kind;
use crate::column::FormOf;
use crate::db::{CHUNK, One, Record, Row, Tx, expect_one};
use crate::error::Error;
use crate::events::batches;
use crate::links::{self, Link};

/// Adds a mapping. [`Error::Taken`] when the link has one for the same event, or for the same external id.
pub async fn insert(tx: &mut Tx, mapping: &Mapping) -> Result<(), Error> {
    write(tx, std::slice::from_ref(mapping), false).await
}

/// Saves a mapping whole, but for what [`set_enabled`] and [`switch_off`] keep: that is a person's. One that was
/// touched since it was read stays pending, to be looked at again.
pub async fn save(tx: &mut Tx, mapping: &Mapping) -> Result<(), Error> {
    write(tx, std::slice::from_ref(mapping), true).await
}

/// Saves mappings whole, new ones too, in few statements.
pub async fn save_many(tx: &mut Tx, mappings: &[Mapping]) -> Result<(), Error> {
    write(tx, mappings, true).await
}

async fn write(tx: &mut Tx, mappings: &[Mapping], known: bool) -> Result<(), Error> {
    tx.note(Kind::Event, mappings.iter().filter_map(|m| m.event.map(|event| event.0)));
    for chunk in batches(mappings, 100) {
        let mut sql = if known {
            tx.sql_rows(
                "INSERT INTO mappings (id, workspace_id, link_id, event_id, part, external_id, uid, mark, generation,
                                       origin, base, known, observation, intent, synced_rev, state, enabled,
                                       attempts, retry_at, error_code, error_text, parked, listed_in, starts_at,
                                       last_synced_at, ended_at, settled, touched)
                 VALUES {rows 28}
                 ON CONFLICT (id) DO UPDATE
                 SET event_id = excluded.event_id, part = excluded.part, external_id = excluded.external_id,
                     uid = excluded.uid, mark = excluded.mark, generation = excluded.generation,
                     origin = excluded.origin, base = excluded.base, known = excluded.known,
                     observation = excluded.observation, intent = excluded.intent,
                     synced_rev = excluded.synced_rev,
                     listed_in = excluded.listed_in, starts_at = excluded.starts_at,
                     last_synced_at = excluded.last_synced_at, ended_at = excluded.ended_at,
                     settled = excluded.settled,
                     state = CASE WHEN mappings.touched = excluded.touched THEN excluded.state ELSE 'pending' END,
                     attempts = CASE WHEN mappings.touched = excluded.touched THEN excluded.attempts ELSE 0 END,
                     retry_at = CASE WHEN mappings.touched = excluded.touched THEN excluded.retry_at END,
                     error_code = CASE WHEN mappings.touched = excluded.touched THEN excluded.error_code END,
                     error_text = CASE WHEN mappings.touched = excluded.touched THEN excluded.error_text END,
                     parked = CASE WHEN mappings.touched = excluded.touched THEN excluded.parked ELSE FALSE END
                 WHERE mappings.link_id = excluded.link_id",
                chunk.len(),
            )
        } else {
            tx.sql_rows(
                "INSERT INTO mappings (id, workspace_id, link_id, event_id, part, external_id, uid, mark, generation,
                                       origin, base, known, observation, intent, synced_rev, state, enabled,
                                       attempts, retry_at, error_code, error_text, parked, listed_in, starts_at,
                                       last_synced_at, ended_at, settled, touched)
                 VALUES {rows 28}",
                chunk.len(),
            )
        };
        for m in chunk {
            sql = sql
                .bind(m.id)
                .bind(m.workspace)
                .bind(m.link)
                .bind(m.event)
                .bind(m.part.map(|part| part.to_string()).unwrap_or_default())
                .bind(&m.external_id)
                .bind(&m.uid)
                .bind(&m.mark)
                .bind(m.generation)
                .bind(m.origin)
                .bind(m.base.as_ref().map(FormOf))
                .bind(FormOf(&m.known))
                .bind(m.observation.as_ref().map(FormOf))
                .bind(m.intent.as_ref().map(FormOf))
                .bind(m.synced_rev)
                .bind(m.state)
                .bind(m.enabled)
                .bind(m.attempts)
                .bind(m.retry_at)
                .bind(m.error.as_ref().map(|e| e.code.as_str()))
                .bind(m.error.as_ref().map(|e| e.text.as_str()))
                .bind(m.error.as_ref().is_some_and(|e| e.parked))
                .bind(m.listed_in)
                .bind(m.starts_at)
                .bind(m.last_synced_at)
                .bind(m.ended_at)
                .bind(m.settled)
                .bind(m.touched);
        }
        let changed = sql.run().await?;
        // A mapping never moves to another link: its id would be one of someone else's.
        if changed != chunk.len() as u64 {
            return Err(Error::NotFound);
        }
    }
    Ok(())
}

/// Stamps what a page of a whole listing showed with the listing's number. Returns how many were known.
pub async fn stamp_listed(tx: &mut Tx, link: LinkId, ids: &[ExternalId], number: i64) -> Result<u64, Error> {
    let mut known = 0;
    for chunk in ids.chunks(CHUNK) {
        known += tx
            .sql("UPDATE mappings SET listed_in = $2 WHERE link_id = $1 AND external_id {in $3}")
            .bind(link)
            .bind(number)
            .bind_texts(chunk.iter().map(ExternalId::as_str))
            .run()
            .await?;
    }
    Ok(known)
}

/// Makes an event pending on these links, in the transaction that changes the event: its living mappings there (all
/// its occurrences), and a new one where there is none. The new one is of the generation after the last that ended.
pub async fn touch(
    tx: &mut Tx,
    workspace: WorkspaceId,
    event: EventId,
    links: &[LinkId],
    now: Timestamp,
    chance: &mut dyn Chance,
) -> Result<(), Error> {
    links::lock(tx, links).await?;
    tx.note(Kind::Event, [event.0]);
    let known: Vec<One<LinkId>> = tx
        .sql(
            "UPDATE mappings
             SET state = 'pending', attempts = 0, retry_at = NULL, error_code = NULL, error_text = NULL,
                 parked = FALSE, touched = touched + $4
             WHERE event_id = $1 AND workspace_id = $2 AND ended_at IS NULL AND link_id {in_ids $3}
             RETURNING link_id",
        )
        .bind(event)
        .bind(workspace)
        .bind_ids(links.iter().map(|link| link.0))
        .bind(i64::from(!defect!("an edit during a run is not counted")))
        .all()
        .await?;
    let known: BTreeSet<LinkId> = known.into_iter().map(|One(link)| link).collect();
    let missing: BTreeSet<LinkId> = links.iter().copied().filter(|link| !known.contains(link)).collect();
    for link in missing {
        let One(generation) = tx
            .sql("SELECT COALESCE(MAX(generation) + 1, 0) FROM mappings WHERE link_id = $1 AND event_id = $2")
            .bind(link)
            .bind(event)
            .one()
            .await?;
        let mut mapping = Mapping::new(MappingId(fresh(chance, now)), workspace, link);
        mapping.event = Some(event);
        mapping.generation = generation;
        insert(tx, &mapping).await?;
    }
    Ok(())
}

/// Makes events pending on these links that have no mapping anywhere yet, in the transaction that adds them.
pub async fn add_pending(
    tx: &mut Tx,
    workspace: WorkspaceId,
    events: &[EventId],
    links: &[LinkId],
    now: Timestamp,
    chance: &mut dyn Chance,
) -> Result<(), Error> {
    links::lock(tx, links).await?;
    for link in links {
        let mut all = Vec::with_capacity(events.len());
        for event in events {
            let mut mapping = Mapping::new(MappingId(fresh(chance, now)), workspace, *link);
            mapping.event = Some(*event);
            all.push(mapping);
        }
        write(tx, &all, false).await?;
    }
    Ok(())
}

/// Makes all of a link's living mappings pending: its settings have changed. Returns how many.
pub async fn mark_pending_for_link(tx: &mut Tx, link: LinkId) -> Result<u64, Error> {
    links::lock(tx, &[link]).await?;
    tx.note(Kind::Link, [link.0]);
    tx.sql(
        "UPDATE mappings
         SET state = 'pending', attempts = 0, retry_at = NULL, error_code = NULL, error_text = NULL, parked = FALSE,
             touched = touched + 1
         WHERE link_id = $1 AND ended_at IS NULL",
    )
    .bind(link)
    .run()
    .await
}

/// Notes that nothing that was agreed on with a calendar has been seen there since it was connected again. Returns how
/// much that is.
pub async fn mark_unseen_for_link(tx: &mut Tx, link: LinkId) -> Result<u64, Error> {
    links::lock(tx, &[link]).await?;
    tx.sql(
        "UPDATE mappings SET listed_in = $2
         WHERE link_id = $1 AND ended_at IS NULL AND event_id IS NOT NULL AND external_id IS NOT NULL",
    )
    .bind(link)
    .bind(Mapping::UNSEEN)
    .run()
    .await
}

/// An event that has no mapping on a link.
struct Missing(EventId);

impl Record for Missing {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Missing(row.col("id")?))
    }
}

/// Makes pending mappings for the live events that concern a user, overlap the time from `from` up to `to` and have
/// none on that link, not even an ended one. Returns how many.
pub async fn enqueue_events(
    tx: &mut Tx,
    link: &Link,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
    chance: &mut dyn Chance,
) -> Result<u64, Error> {
    links::lock(tx, &[link.id]).await?;
    let user: UserId = link.user;
    let (mut count, mut after) = (0, EventId(Uuid::nil()));
    loop {
        let missing: Vec<Missing> = tx
            .sql(
                "SELECT e.id FROM event_people p CROSS JOIN events e
                 WHERE e.id = p.event_id AND p.user_id = $1 AND p.event_id > $7
                   AND e.workspace_id = $2 AND e.deleted_at IS NULL
                   AND e.starts_at < $4 AND (e.ends_at IS NULL OR e.ends_at > $3 OR e.starts_at >= $3)
                   AND NOT EXISTS (SELECT 1 FROM mappings m WHERE m.event_id = e.id AND m.link_id = $5)
                 ORDER BY p.event_id LIMIT $6",
            )
            .bind(user)
            .bind(link.workspace)
            .bind(from)
            .bind(to)
            .bind(link.id)
            .bind(CHUNK as i64)
            .bind(after)
            .all()
            .await?;
        let mappings: Vec<Mapping> = missing
            .iter()
            .map(|Missing(event)| {
                let mut mapping = Mapping::new(MappingId(fresh(chance, now)), link.workspace, link.id);
                mapping.event = Some(*event);
                mapping
            })
            .collect();
        write(tx, &mappings, false).await?;
        count += mappings.len() as u64;
        match missing.last() {
            Some(Missing(last)) if mappings.len() == CHUNK => after = *last,
            _ => return Ok(count),
        }
    }
}

/// Makes a mapping pending again that was in error or parked: a person wants it tried.
pub async fn release(tx: &mut Tx, workspace: WorkspaceId, id: MappingId) -> Result<(), Error> {
    tx.sql("SELECT l.id FROM links l JOIN mappings m ON m.link_id = l.id WHERE m.id = $1 {lock l}")
        .bind(id)
        .opt::<One<LinkId>>()
        .await?;
    let One(event): One<Option<EventId>> = tx
        .sql(
            "UPDATE mappings
             SET state = 'pending', attempts = 0, retry_at = NULL, error_code = NULL, error_text = NULL,
                 parked = FALSE, touched = touched + 1
             WHERE id = $1 AND workspace_id = $2 AND ended_at IS NULL
             RETURNING event_id",
        )
        .bind(id)
        .bind(workspace)
        .one()
        .await?;
    tx.note(Kind::Event, event.map(|event| event.0));
    Ok(())
}

/// Lets go of what is pending or was tried in vain on a mapping: both sides stay as they are until one of them changes
/// again. What is under way is not let go of ([`Error::Changed`]): nobody knows yet what became of it.
pub async fn drop_work(tx: &mut Tx, workspace: WorkspaceId, id: MappingId) -> Result<(), Error> {
    tx.sql("SELECT l.id FROM links l JOIN mappings m ON m.link_id = l.id WHERE m.id = $1 {lock l}")
        .bind(id)
        .opt::<One<LinkId>>()
        .await?;
    let dropped: Option<One<Option<EventId>>> = tx
        .sql(
            "UPDATE mappings
             SET state = 'synced', attempts = 0, retry_at = NULL, error_code = NULL, error_text = NULL,
                 parked = FALSE, touched = touched + 1
             WHERE id = $1 AND workspace_id = $2 AND ended_at IS NULL AND intent IS NULL
               AND state IN ('pending', 'error')
             RETURNING event_id",
        )
        .bind(id)
        .bind(workspace)
        .opt()
        .await?;
    let Some(One(event)) = dropped else { return Err(Error::Changed) };
    tx.note(Kind::Event, event.map(|event| event.0));
    Ok(())
}

/// Forgets a mapping of which nothing is left, and what a person was asked about it.
pub async fn remove(tx: &mut Tx, id: MappingId) -> Result<(), Error> {
    tx.sql("DELETE FROM conflicts WHERE mapping_id = $1 AND state = 'open'").bind(id).run().await?;
    tx.sql("DELETE FROM mappings WHERE id = $1").bind(id).run().await.map(drop)
}

/// The switch of one event in one calendar (PV-1): sets it and makes the mapping due.
pub async fn set_enabled(
    tx: &mut Tx,
    workspace: WorkspaceId,
    event: EventId,
    link: LinkId,
    enabled: bool,
) -> Result<(), Error> {
    links::lock(tx, &[link]).await?;
    tx.note(Kind::Event, [event.0]);
    let changed = tx
        .sql(
            "UPDATE mappings
             SET enabled = $4, state = 'pending', attempts = 0, retry_at = NULL, error_code = NULL,
                 error_text = NULL, parked = FALSE, touched = touched + 1
             WHERE event_id = $1 AND link_id = $2 AND workspace_id = $3 AND ended_at IS NULL",
        )
        .bind(event)
        .bind(link)
        .bind(workspace)
        .bind(enabled)
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}

/// The same for one copy, which a person does not want there: the event's other occurrences stay as they are.
pub async fn switch_off(tx: &mut Tx, id: MappingId) -> Result<(), Error> {
    let One(event): One<Option<EventId>> = tx
        .sql(
            "UPDATE mappings
             SET enabled = FALSE, state = 'pending', attempts = 0, retry_at = NULL, error_code = NULL,
                 error_text = NULL, parked = FALSE, touched = touched + 1
             WHERE id = $1 AND ended_at IS NULL
             RETURNING event_id",
        )
        .bind(id)
        .one()
        .await?;
    tx.note(Kind::Event, event.map(|event| event.0));
    Ok(())
}

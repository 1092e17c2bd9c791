//! Events: the canonical record of each thing that happens.
//!
//! The model's value is kept whole, as documents; beside it lie the columns by which events are found. Whom an event
//! concerns is kept in a table of its own, from [`Event::people`], so that it need not be worked out again.

use std::collections::{BTreeMap, BTreeSet};

use concord_model::event::Origin;
use concord_model::{ClientId, Event, EventId, LinkId, Rev, UserId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::changes::Kind;
use crate::column::{Form, FormOf};
use crate::db::{CHUNK, One, Record, Row, Tx};
use crate::error::Error;

pub use crate::history::{
    Actor, Version, brought_in, changed_by_link, changed_by_run, remember, version, versions,
};

/// From when to when an event concerns anyone: for a series from its first occurrence to its last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it is over; `None` for a series without end.
    pub ends_at: Option<Timestamp>,
}

/// Which events to list. What is left at its default restricts nothing, but for `deleted` and `limit`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Query {
    /// Whose.
    pub owner: Option<UserId>,
    /// Only those that concern that user, as owner or participant.
    pub person: Option<UserId>,
    /// Only what is not over by then.
    pub from: Option<Timestamp>,
    /// Only what begins before.
    pub to: Option<Timestamp>,
    /// Only bookings of that type.
    pub session_type: Option<String>,
    /// Only bookings with that client.
    pub client: Option<ClientId>,
    /// Only those with this in their title, without regard to case.
    pub text: Option<String>,
    /// Those that were deleted, instead of those that were not.
    pub deleted: bool,
    /// Only those behind that one: the last of the page before.
    pub after: Option<(Timestamp, EventId)>,
    /// How many at most; none at 0.
    pub limit: u32,
}

/// The form of a title by which events are found and compared: one line, single spaces, lower case.
pub fn title_norm(title: &str) -> String {
    let words: Vec<&str> =
        title.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ").to_lowercase()
}

impl Record for Event {
    fn read(row: &Row) -> Result<Self, Error> {
        let (Form(content), Form(booking)) = (row.col("content")?, row.col("booking")?);
        let (Form(personal), Form(accepted)) = (row.col("personal")?, row.col("accepted")?);
        let link: Option<LinkId> = row.col("origin_link_id")?;
        let origin = match (link, row.col("by_mail")?) {
            (Some(link), _) => Origin::Link(link),
            (None, true) => Origin::Mail,
            (None, false) => Origin::Platform,
        };
        Ok(Event {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            owner: row.col("owner_id")?,
            uid: row.col("uid")?,
            rev: row.col("rev")?,
            origin,
            content,
            booking,
            personal,
            accepted,
            created_at: row.col("created_at")?,
            updated_at: row.col("updated_at")?,
            deleted_at: row.col("deleted_at")?,
        })
    }
}

/// Adds events. [`Error::Taken`] when one of the ids, or the platform's own id, is in use.
pub async fn insert_all(tx: &mut Tx, events: &[(&Event, Bounds)]) -> Result<(), Error> {
    tx.note(Kind::Event, events.iter().map(|(event, _)| event.id.0));
    for chunk in batches(events, 50) {
        let mut sql = tx.sql_rows(
            "INSERT INTO events (id, workspace_id, owner_id, uid, rev, origin_link_id, content, booking, personal,
                                 accepted, session_type, external_ref, title, starts_at, ends_at, created_at,
                                 updated_at, deleted_at, by_mail)
             VALUES {rows 19}",
            chunk.len(),
        );
        for (event, bounds) in chunk {
            sql = sql
                .bind(event.id)
                .bind(event.workspace)
                .bind(event.owner)
                .bind(&event.uid)
                .bind(event.rev)
                .bind(origin_link(event))
                .bind(FormOf(&event.content))
                .bind(FormOf(&event.booking))
                .bind(FormOf(&event.personal))
                .bind(FormOf(&event.accepted))
                .bind(&event.booking.session_type)
                .bind(external_ref(event))
                .bind(title_norm(&event.content.title))
                .bind(bounds.starts_at)
                .bind(bounds.ends_at)
                .bind(event.created_at)
                .bind(event.updated_at)
                .bind(event.deleted_at)
                .bind(event.origin == Origin::Mail);
        }
        sql.run().await?;
    }
    let people = events.iter().flat_map(|(event, _)| people(event).into_iter().map(|p| (*event, p.0)));
    add_people(tx, people.collect()).await?;
    let clients = events.iter().flat_map(|(event, _)| clients(event).into_iter().map(|c| (*event, c.0)));
    add_clients(tx, clients.collect()).await
}

/// Adds an event.
pub async fn insert(tx: &mut Tx, event: &Event, bounds: Bounds) -> Result<(), Error> {
    insert_all(tx, &[(event, bounds)]).await
}

/// Changes an event that is in revision `expected`, to the whole of what is given, its own revision with it.
/// [`Error::Changed`] when it is in another, [`Error::Taken`] when the platform's own id is in use.
pub async fn update(tx: &mut Tx, event: &Event, bounds: Bounds, expected: Rev) -> Result<(), Error> {
    let changed = tx
        .sql(
            "UPDATE events
             SET owner_id = $4, uid = $5, rev = $6, origin_link_id = $7, content = $8, booking = $9, personal = $10,
                 accepted = $11, session_type = $12, external_ref = $13, title = $14, starts_at = $15,
                 ends_at = $16, updated_at = $17, deleted_at = $18, by_mail = $19
             WHERE id = $1 AND workspace_id = $2 AND rev = $3",
        )
        .bind(event.id)
        .bind(event.workspace)
        .bind(expected)
        .bind(event.owner)
        .bind(&event.uid)
        .bind(event.rev)
        .bind(origin_link(event))
        .bind(FormOf(&event.content))
        .bind(FormOf(&event.booking))
        .bind(FormOf(&event.personal))
        .bind(FormOf(&event.accepted))
        .bind(&event.booking.session_type)
        .bind(external_ref(event))
        .bind(title_norm(&event.content.title))
        .bind(bounds.starts_at)
        .bind(bounds.ends_at)
        .bind(event.updated_at)
        .bind(event.deleted_at)
        .bind(event.origin == Origin::Mail)
        .run()
        .await?;
    if changed == 0 {
        get(tx, event.workspace, event.id).await?;
        return Err(Error::Changed);
    }
    tx.note(Kind::Event, [event.id.0]);
    let wanted = people(event);
    let known: Vec<One<UserId>> =
        tx.sql("SELECT user_id FROM event_people WHERE event_id = $1").bind(event.id).all().await?;
    let known: BTreeSet<UserId> = known.into_iter().map(|One(id)| id).collect();
    if known != wanted {
        tx.sql("DELETE FROM event_people WHERE event_id = $1").bind(event.id).run().await?;
        add_people(tx, wanted.iter().map(|p| (event, p.0)).collect()).await?;
    }
    let wanted = clients(event);
    let known: Vec<One<ClientId>> =
        tx.sql("SELECT client_id FROM event_clients WHERE event_id = $1").bind(event.id).all().await?;
    let known: BTreeSet<ClientId> = known.into_iter().map(|One(id)| id).collect();
    if known != wanted {
        tx.sql("DELETE FROM event_clients WHERE event_id = $1").bind(event.id).run().await?;
        add_clients(tx, wanted.iter().map(|c| (event, c.0)).collect()).await?;
    }
    Ok(())
}

fn origin_link(event: &Event) -> Option<LinkId> {
    match event.origin {
        Origin::Platform | Origin::Mail => None,
        Origin::Link(link) => Some(link),
    }
}

/// The name that is taken in the workspace. One that is deleted gives it free, and has it again when it comes back.
fn external_ref(event: &Event) -> Option<&str> {
    event.booking.external_ref.as_deref().filter(|_| event.deleted_at.is_none())
}

fn people(event: &Event) -> BTreeSet<UserId> {
    event.people().collect()
}

fn clients(event: &Event) -> BTreeSet<ClientId> {
    event.booking.clients.iter().copied().collect()
}

async fn add_people(tx: &mut Tx, all: Vec<(&Event, Uuid)>) -> Result<(), Error> {
    for chunk in batches(&all, 100) {
        let mut sql = tx.sql_rows(
            "INSERT INTO event_people (event_id, workspace_id, user_id) VALUES {rows 3}",
            chunk.len(),
        );
        for (event, user) in chunk {
            sql = sql.bind(event.id).bind(event.workspace).bind(*user);
        }
        sql.run().await?;
    }
    Ok(())
}

async fn add_clients(tx: &mut Tx, all: Vec<(&Event, Uuid)>) -> Result<(), Error> {
    for chunk in batches(&all, 100) {
        let mut sql = tx.sql_rows(
            "INSERT INTO event_clients (event_id, workspace_id, client_id) VALUES {rows 3}",
            chunk.len(),
        );
        for (event, client) in chunk {
            sql = sql.bind(event.id).bind(event.workspace).bind(*client);
        }
        sql.run().await?;
    }
    Ok(())
}

/// Cuts a list into pieces of the given size, of 10 and of 1: few different statements, which stay prepared.
pub(crate) fn batches<T>(mut list: &[T], size: usize) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = [size, 10, 1].into_iter().find(|size| *size <= list.len())?;
        let (piece, rest) = list.split_at(size);
        list = rest;
        Some(piece)
    })
}

/// Returns one, deleted or not.
pub async fn get(tx: &mut Tx, workspace: WorkspaceId, id: EventId) -> Result<Event, Error> {
    tx.sql("SELECT * FROM events WHERE id = $1 AND workspace_id = $2").bind(id).bind(workspace).one().await
}

/// Returns those that there are, deleted or not.
pub async fn find(
    tx: &mut Tx,
    workspace: WorkspaceId,
    ids: &[EventId],
) -> Result<BTreeMap<EventId, Event>, Error> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        let events: Vec<Event> = tx
            .sql("SELECT * FROM events WHERE workspace_id = $1 AND id {in_ids $2}")
            .bind(workspace)
            .bind_ids(chunk.iter().map(|id| id.0))
            .all()
            .await?;
        found.extend(events.into_iter().map(|event| (event.id, event)));
    }
    Ok(found)
}

/// Returns an owner's events of that name in the world, live ones first: usually one at most.
pub async fn by_uid(
    tx: &mut Tx,
    workspace: WorkspaceId,
    owner: UserId,
    uid: &str,
) -> Result<Vec<Event>, Error> {
    tx.sql(
        "SELECT * FROM events WHERE workspace_id = $1 AND owner_id = $2 AND uid = $3
         ORDER BY CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END, created_at, id",
    )
    .bind(workspace)
    .bind(owner)
    .bind(uid)
    .all()
    .await
}

/// Returns the live event of that id of the platform's own, if there is one.
pub async fn by_external_ref(
    tx: &mut Tx,
    workspace: WorkspaceId,
    name: &str,
) -> Result<Option<Event>, Error> {
    tx.sql("SELECT * FROM events WHERE workspace_id = $1 AND external_ref = $2")
        .bind(workspace)
        .bind(name)
        .opt()
        .await
}

/// Returns a page of events, by start.
pub async fn list(tx: &mut Tx, workspace: WorkspaceId, query: &Query) -> Result<Vec<Event>, Error> {
    let (after, after_id) = query.after.unwrap_or((Timestamp::MIN, EventId(Uuid::nil())));
    let text = query.text.as_deref().map(|text| format!("%{}%", escaped(&title_norm(text))));
    tx.sql(
        "SELECT * FROM events e
         WHERE workspace_id = $1 AND starts_at < $2 AND (ends_at IS NULL OR ends_at > $3 OR starts_at >= $3)
           AND (starts_at, id) > ($4, $5)
           AND owner_id = COALESCE($6, owner_id)
           AND ($13 OR EXISTS (SELECT 1 FROM event_people p WHERE p.event_id = e.id AND p.user_id = $14))
           AND ($7 = '' OR session_type = $7)
           AND ($8 = '' OR title LIKE $8 ESCAPE '\\')
           AND ($9 OR EXISTS (SELECT 1 FROM event_clients c WHERE c.event_id = e.id AND c.client_id = $10))
           AND CASE WHEN deleted_at IS NULL THEN FALSE ELSE TRUE END = $11
         ORDER BY starts_at, id LIMIT $12",
    )
    .bind(workspace)
    .bind(query.to.unwrap_or(Timestamp::MAX))
    .bind(query.from.unwrap_or(Timestamp::MIN))
    .bind(after)
    .bind(after_id)
    .bind(query.owner)
    .bind(query.session_type.as_deref().unwrap_or_default())
    .bind(text.unwrap_or_default())
    .bind(query.client.is_none())
    .bind(query.client)
    .bind(query.deleted)
    .bind(i64::from(query.limit))
    .bind(query.person.is_none())
    .bind(query.person)
    .all()
    .await
}

/// The text with what `LIKE` takes for a sign of its own made plain.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// Returns an owner's live events with one of these names in the world.
pub async fn by_uids(
    tx: &mut Tx,
    workspace: WorkspaceId,
    owner: UserId,
    uids: &[String],
) -> Result<Vec<Event>, Error> {
    // The database would read the whole workspace in the order of the ids, were it to sort by them.
    let (mut found, uids): (Vec<Event>, BTreeSet<&String>) = (Vec::new(), uids.iter().collect());
    for chunk in uids.into_iter().collect::<Vec<_>>().chunks(CHUNK) {
        let events: Vec<Event> = tx
            .sql(
                "SELECT * FROM events
                 WHERE workspace_id = $1 AND owner_id = $2 AND deleted_at IS NULL AND uid {in $3}",
            )
            .bind(workspace)
            .bind(owner)
            .bind_texts(chunk.iter().map(|uid| uid.as_str()))
            .all()
            .await?;
        found.extend(events);
    }
    found.sort_by_key(|event| event.id);
    Ok(found)
}

/// Returns an owner's live events that begin at one of these instants and have no copy on that link: candidates for
/// adoption.
pub async fn starting(
    tx: &mut Tx,
    workspace: WorkspaceId,
    owner: UserId,
    link: LinkId,
    starts: &[Timestamp],
) -> Result<Vec<Event>, Error> {
    let (mut found, starts): (Vec<Event>, BTreeSet<Timestamp>) =
        (Vec::new(), starts.iter().copied().collect());
    for chunk in starts.into_iter().collect::<Vec<_>>().chunks(CHUNK) {
        let events: Vec<Event> = tx
            .sql(
                "SELECT * FROM events
                 WHERE workspace_id = $1 AND owner_id = $2 AND deleted_at IS NULL AND starts_at {in $4}
                   AND NOT EXISTS (SELECT 1 FROM mappings m
                                   WHERE m.event_id = events.id AND m.link_id = $3
                                     AND m.ended_at IS NULL AND COALESCE(m.external_id, '') <> '')",
            )
            .bind(workspace)
            .bind(owner)
            .bind(link)
            .bind_times(chunk.iter().copied())
            .all()
            .await?;
        found.extend(events);
    }
    found.sort_by_key(|event| event.id);
    Ok(found)
}

/// Returns the ids of an owner's live events with exactly these bounds and that title, compared by [`title_norm`]:
/// candidates for adoption (`rules.md` 17).
pub async fn twins(
    tx: &mut Tx,
    workspace: WorkspaceId,
    owner: UserId,
    bounds: Bounds,
    title: &str,
) -> Result<Vec<EventId>, Error> {
    let found: Vec<One<EventId>> = tx
        .sql(
            "SELECT id FROM events
             WHERE workspace_id = $1 AND owner_id = $2 AND starts_at = $3 AND COALESCE(ends_at, $4) = $4
               AND CASE WHEN ends_at IS NULL THEN TRUE ELSE FALSE END = $5 AND title = $6 AND deleted_at IS NULL
             ORDER BY id",
        )
        .bind(workspace)
        .bind(owner)
        .bind(bounds.starts_at)
        .bind(bounds.ends_at.unwrap_or(Timestamp::MAX))
        .bind(bounds.ends_at.is_none())
        .bind(title_norm(title))
        .all()
        .await?;
    Ok(found.into_iter().map(|One(id)| id).collect())
}

/// Returns a page of the ids of live events that concern a user (owned, or taking part in one of the platform) and
/// that overlap the time from `from` up to `to`, by id.
pub async fn concerning(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    (from, to): (Timestamp, Timestamp),
    after: Option<EventId>,
    limit: u32,
) -> Result<Vec<EventId>, Error> {
    let found: Vec<One<EventId>> = tx
        .sql(
            "SELECT e.id FROM event_people p JOIN events e ON e.id = p.event_id
             WHERE p.user_id = $1 AND p.event_id > $2 AND e.workspace_id = $3 AND e.deleted_at IS NULL
               AND e.starts_at < $5 AND (e.ends_at IS NULL OR e.ends_at > $4 OR e.starts_at >= $4)
             ORDER BY p.event_id LIMIT $6",
        )
        .bind(user)
        .bind(after.unwrap_or(EventId(Uuid::nil())))
        .bind(workspace)
        .bind(from)
        .bind(to)
        .bind(i64::from(limit))
        .all()
        .await?;
    Ok(found.into_iter().map(|One(id)| id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(length: usize, expected: &[usize]) {
        let list = vec![(); length];
        assert_eq!(batches(&list, 50).map(<[()]>::len).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn batches_are_of_three_sizes_only() {
        check(0, &[]);
        check(3, &[1, 1, 1]);
        check(112, &[50, 50, 10, 1, 1]);
    }
}

//! Mappings as work: what a run must look at, and what people see of it.

use concord_model::{LinkId, MappingId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use super::Mapping;
use crate::db::{One, Record, Row, Tx};
use crate::error::Error;

/// How many mappings of a link stand how.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Events with a copy there, however it stands.
    pub mapped: i64,
    /// Of these, the ones that were compared and found the same: nothing of them waits, was refused, is asked about, was
    /// switched off or was left as it is there (I-44).
    pub agree: i64,
    /// Work.
    pub pending: i64,
    /// Tried in vain.
    pub errors: i64,
    /// Questions to a person.
    pub conflicts: i64,
    /// Of all these, those that will be tried again at some time.
    pub waiting: i64,
}

impl Record for Counts {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Counts {
            mapped: row.col("mapped")?,
            agree: row.col("agree")?,
            pending: row.col("pending")?,
            errors: row.col("errors")?,
            conflicts: row.col("conflicts")?,
            waiting: row.col("waiting")?,
        })
    }
}

fn start(after: Option<MappingId>) -> MappingId {
    after.unwrap_or(MappingId(Uuid::nil()))
}

/// Which work to take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Of {
    /// What was seen there and belongs to no event yet.
    Newcomers,
    /// What belongs to an event.
    Events,
}

/// Returns a page of what needs to be reconciled, by id: what is pending and need not wait. What is under way is not
/// decided again before it is known what became of it.
pub async fn work(
    tx: &mut Tx,
    link: LinkId,
    of: Of,
    now: Timestamp,
    after: Option<MappingId>,
    limit: u32,
) -> Result<Vec<Mapping>, Error> {
    tx.sql(
        "SELECT * FROM mappings
         WHERE link_id = $1 AND id > $2
           AND state = 'pending' AND intent IS NULL AND (retry_at IS NULL OR retry_at <= $3)
           AND CASE WHEN event_id IS NULL THEN TRUE ELSE FALSE END = $5
         ORDER BY id LIMIT $4",
    )
    .bind(link)
    .bind(start(after))
    .bind(now)
    .bind(i64::from(limit))
    .bind(of == Of::Newcomers)
    .all()
    .await
}

/// Returns how many of a link's pending mappings have something to lose: a copy that was agreed on.
pub async fn risk(tx: &mut Tx, link: LinkId, now: Timestamp) -> Result<i64, Error> {
    let One(count) = tx
        .sql(
            "SELECT COUNT(*) FROM mappings
             WHERE link_id = $1 AND state = 'pending' AND (retry_at IS NULL OR retry_at <= $2)
               AND base IS NOT NULL AND ended_at IS NULL",
        )
        .bind(link)
        .bind(now)
        .one::<One<i64>>()
        .await?;
    Ok(count)
}

/// Returns how many events have a copy by a link: a series is one, also where each of its occurrences has a copy.
pub async fn events_mapped(tx: &mut Tx, link: LinkId) -> Result<i64, Error> {
    let One(count) = tx
        .sql(
            "SELECT COUNT(DISTINCT event_id) FROM mappings
             WHERE link_id = $1 AND external_id IS NOT NULL AND ended_at IS NULL",
        )
        .bind(link)
        .one::<One<i64>>()
        .await?;
    Ok(count)
}

/// Returns what is under way on a link: after a crash, the provider is asked about it before anything else.
pub async fn with_intent(
    tx: &mut Tx,
    link: LinkId,
    after: Option<MappingId>,
    limit: u32,
) -> Result<Vec<Mapping>, Error> {
    tx.sql(
        "SELECT * FROM mappings
         WHERE link_id = $1 AND id > $3 AND intent IS NOT NULL
         ORDER BY id LIMIT $2",
    )
    .bind(link)
    .bind(i64::from(limit))
    .bind(start(after))
    .all()
    .await
}

/// Returns a page of what a whole listing did not show, by id.
pub async fn unlisted(
    tx: &mut Tx,
    link: LinkId,
    number: i64,
    after: Option<MappingId>,
    limit: u32,
) -> Result<Vec<Mapping>, Error> {
    tx.sql(
        "SELECT * FROM mappings
         WHERE link_id = $1 AND id > $2 AND external_id IS NOT NULL AND listed_in < $3 AND ended_at IS NULL
         ORDER BY id LIMIT $4",
    )
    .bind(link)
    .bind(start(after))
    .bind(number)
    .bind(i64::from(limit))
    .all()
    .await
}

/// Returns a page of what a whole listing showed, by id.
pub async fn listed(
    tx: &mut Tx,
    link: LinkId,
    number: i64,
    after: Option<MappingId>,
    limit: u32,
) -> Result<Vec<Mapping>, Error> {
    tx.sql(
        "SELECT * FROM mappings
         WHERE link_id = $1 AND id > $2 AND external_id IS NOT NULL AND listed_in = $3 AND ended_at IS NULL
         ORDER BY id LIMIT $4",
    )
    .bind(link)
    .bind(start(after))
    .bind(number)
    .bind(i64::from(limit))
    .all()
    .await
}

/// Returns how a link's mappings stand.
pub async fn counts(tx: &mut Tx, link: LinkId) -> Result<Counts, Error> {
    tx.sql(
        "SELECT COUNT(*) FILTER (WHERE event_id IS NOT NULL AND external_id IS NOT NULL) AS mapped,
                COUNT(*) FILTER (WHERE event_id IS NOT NULL AND external_id IS NOT NULL AND state = 'synced')
                  - (SELECT COUNT(*) FROM mappings
                     WHERE link_id = $1 AND state = 'synced' AND ended_at IS NULL
                       AND CASE WHEN event_id IS NULL OR external_id IS NULL THEN FALSE
                                ELSE base IS NULL OR observation IS NOT NULL OR NOT enabled END) AS agree,
                COUNT(*) FILTER (WHERE state = 'pending') AS pending,
                COUNT(*) FILTER (WHERE state = 'error') AS errors,
                COUNT(*) FILTER (WHERE state = 'conflict') AS conflicts,
                COUNT(*) FILTER (WHERE state <> 'synced' AND retry_at IS NOT NULL AND NOT parked) AS waiting
         FROM mappings WHERE link_id = $1 AND ended_at IS NULL",
    )
    .bind(link)
    .one()
    .await
}

/// Returns when the first of a link's mappings that wait is to be tried again.
pub async fn next_retry(tx: &mut Tx, link: LinkId) -> Result<Option<Timestamp>, Error> {
    let One(at) = tx
        .sql(
            "SELECT MIN(retry_at) FROM mappings
             WHERE link_id = $1 AND state = 'pending' AND NOT parked AND retry_at IS NOT NULL",
        )
        .bind(link)
        .one::<One<Option<Timestamp>>>()
        .await?;
    Ok(at)
}

/// Returns a page of what is pending or in error, for people, by id; of one link or of all.
pub async fn queue(
    tx: &mut Tx,
    workspace: WorkspaceId,
    link: Option<LinkId>,
    after: Option<MappingId>,
    limit: u32,
) -> Result<Vec<Mapping>, Error> {
    tx.sql(
        "SELECT * FROM mappings
         WHERE workspace_id = $1 AND link_id = COALESCE($2, link_id) AND id > $3
           AND state IN ('pending', 'error') AND ended_at IS NULL
         ORDER BY id LIMIT $4",
    )
    .bind(workspace)
    .bind(link)
    .bind(start(after))
    .bind(i64::from(limit))
    .all()
    .await
}

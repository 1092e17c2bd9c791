//! Runs: each execution of sync on one link, with what it did, in sentences. This is the history that people read.

use concord_model::{EventId, ExternalId, LinkId, RunId, UserId, WorkspaceId};
use jiff::Timestamp;

use crate::column::{Form, FormOf, words};
use crate::db::{One, Record, Row, Tx, expect_one};
use crate::error::Error;
use crate::events::batches;
use crate::links::Lease;

/// One execution of sync on one link.
#[derive(Clone, PartialEq)]
pub struct Run {
    /// Its name here.
    pub id: RunId,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// On which link.
    pub link: LinkId,
    /// Why it ran.
    pub kind: RunKind,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// How it ended.
    pub status: RunStatus,
    /// How many events were written there.
    pub pushed: i64,
    /// How many changes came in.
    pub pulled: i64,
    /// How many deletions were applied, on either side.
    pub deleted: i64,
    /// How many conflicts were found.
    pub conflicts: i64,
    /// How many requests were made.
    pub api_calls: i64,
    /// What it did, in words.
    pub summary: String,
    /// Whatever else is worth keeping.
    pub metadata: serde_json::Value,
}
crate::column::quiet! { Run }

words! {
    /// Why a run ran.
    pub enum RunKind {
        /// To list the calendar whole.
        Full = "full",
        /// To bring local changes there.
        Push = "push",
        /// To look for changes there.
        Pull = "pull",
        /// Because a notice said that something changed.
        Webhook = "webhook",
        /// Because a person asked for it.
        Manual = "manual",
    }
}

words! {
    /// How a run ended.
    pub enum RunStatus {
        /// It has not.
        Running = "running",
        /// All was done.
        Success = "success",
        /// Nothing could be done.
        Failed = "failed",
        /// Some of it was done.
        Partial = "partial",
    }
}

words! {
    /// How bad a line is.
    pub enum Level {
        /// It explains.
        Note = "note",
        /// It tells what went wrong.
        Error = "error",
    }
}

/// A sentence in a run's history.
#[derive(Clone, PartialEq, Eq)]
pub struct Line {
    /// How bad it is.
    pub level: Level,
    /// When.
    pub at: Timestamp,
    /// The sentence.
    pub text: String,
    /// A stable word for it.
    pub code: Option<String>,
    /// About which event.
    pub event: Option<EventId>,
    /// About what, as the provider calls it.
    pub external_id: Option<ExternalId>,
}

impl std::fmt::Debug for Line {
    /// The text may tell of an event: only the code is printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({} {:?} …)", self.level, self.code)
    }
}

/// Which runs to list. What is `None` restricts nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// Of which link.
    pub link: Option<LinkId>,
    /// Of whose links.
    pub user: Option<UserId>,
    /// That ended so.
    pub status: Option<RunStatus>,
    /// That began then or later.
    pub from: Option<Timestamp>,
    /// That began before.
    pub to: Option<Timestamp>,
}

impl Record for Run {
    fn read(row: &Row) -> Result<Self, Error> {
        let Form(metadata) = row.col("metadata")?;
        Ok(Run {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            link: row.col("link_id")?,
            kind: row.col("kind")?,
            started_at: row.col("started_at")?,
            completed_at: row.col("completed_at")?,
            status: row.col("status")?,
            pushed: row.col("pushed")?,
            pulled: row.col("pulled")?,
            deleted: row.col("deleted")?,
            conflicts: row.col("conflicts")?,
            api_calls: row.col("api_calls")?,
            summary: row.col("summary")?,
            metadata,
        })
    }
}

impl Record for Line {
    fn read(row: &Row) -> Result<Self, Error> {
        Ok(Line {
            level: row.col("level")?,
            at: row.col("at")?,
            text: row.col("text")?,
            code: row.col("code")?,
            event: row.col("event_id")?,
            external_id: row.col("external_id")?,
        })
    }
}

impl Run {
    /// A run that begins now.
    pub fn new(id: RunId, workspace: WorkspaceId, link: LinkId, kind: RunKind, now: Timestamp) -> Run {
        Run {
            id,
            workspace,
            link,
            kind,
            started_at: now,
            completed_at: None,
            status: RunStatus::Running,
            pushed: 0,
            pulled: 0,
            deleted: 0,
            conflicts: 0,
            api_calls: 0,
            summary: String::new(),
            metadata: serde_json::Value::Null,
        }
    }
}

/// Records that a run has begun, under that lease: when the lease is gone, [`abandoned`] closes the run.
pub async fn start(tx: &mut Tx, run: &Run, lease: &Lease) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO runs (id, workspace_id, link_id, kind, started_at, completed_at, status, pushed, pulled, deleted,
                           conflicts, api_calls, summary, metadata, lease_epoch)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(run.id)
    .bind(run.workspace)
    .bind(run.link)
    .bind(run.kind)
    .bind(run.started_at)
    .bind(run.completed_at)
    .bind(run.status)
    .bind(run.pushed)
    .bind(run.pulled)
    .bind(run.deleted)
    .bind(run.conflicts)
    .bind(run.api_calls)
    .bind(&run.summary)
    .bind(FormOf(&run.metadata))
    .bind(lease.epoch)
    .run()
    .await?;
    Ok(())
}

/// Adds sentences to a run's history.
pub async fn lines(tx: &mut Tx, run: RunId, lines: &[Line]) -> Result<(), Error> {
    if lines.is_empty() {
        return Ok(());
    }
    let One(mut n) = tx
        .sql("SELECT COALESCE(MAX(n), 0) FROM run_lines WHERE run_id = $1")
        .bind(run)
        .one::<One<i64>>()
        .await?;
    for chunk in batches(lines, 50) {
        let mut sql = tx.sql_rows(
            "INSERT INTO run_lines (run_id, n, level, at, text, code, event_id, external_id) VALUES {rows 8}",
            chunk.len(),
        );
        for line in chunk {
            n += 1;
            sql = sql
                .bind(run)
                .bind(n)
                .bind(line.level)
                .bind(line.at)
                .bind(&line.text)
                .bind(&line.code)
                .bind(line.event)
                .bind(&line.external_id);
        }
        sql.run().await?;
    }
    Ok(())
}

/// Adds a sentence to a run's history.
pub async fn line(tx: &mut Tx, run: RunId, line: &Line) -> Result<(), Error> {
    lines(tx, run, std::slice::from_ref(line)).await
}

/// Records how a run ended: all of it but what named it at the start.
pub async fn finish(tx: &mut Tx, run: &Run) -> Result<(), Error> {
    let changed = tx
        .sql(
            "UPDATE runs SET kind = $2, completed_at = $3, status = $4, pushed = $5, pulled = $6, deleted = $7,
                             conflicts = $8, api_calls = $9, summary = $10, metadata = $11
             WHERE id = $1",
        )
        .bind(run.id)
        .bind(run.kind)
        .bind(run.completed_at)
        .bind(run.status)
        .bind(run.pushed)
        .bind(run.pulled)
        .bind(run.deleted)
        .bind(run.conflicts)
        .bind(run.api_calls)
        .bind(&run.summary)
        .bind(FormOf(&run.metadata))
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}

/// Returns a page of runs, the latest first.
pub async fn list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &Filter,
    offset: u32,
    limit: u32,
) -> Result<Vec<Run>, Error> {
    tx.sql(
        "SELECT * FROM runs
         WHERE workspace_id = $1 AND started_at >= $2 AND started_at < $3
           AND link_id = COALESCE($4, link_id) AND ($5 = '' OR status = $5)
           AND EXISTS (SELECT 1 FROM links l WHERE l.id = link_id AND l.user_id = COALESCE($6, l.user_id))
         ORDER BY started_at DESC, id DESC LIMIT $7 OFFSET $8",
    )
    .bind(workspace)
    .bind(filter.from.unwrap_or(Timestamp::MIN))
    .bind(filter.to.unwrap_or(Timestamp::MAX))
    .bind(filter.link)
    .bind(filter.status.map_or("", RunStatus::as_str))
    .bind(filter.user)
    .bind(i64::from(limit))
    .bind(i64::from(offset))
    .all()
    .await
}

/// Returns the runs of a person's links that ran for that reason and have ended, the latest first.
pub async fn of_kind(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    kind: RunKind,
    from: Timestamp,
    limit: u32,
) -> Result<Vec<Run>, Error> {
    tx.sql(
        "SELECT * FROM runs
         WHERE workspace_id = $1 AND started_at >= $2 AND kind = $3 AND completed_at IS NOT NULL
           AND EXISTS (SELECT 1 FROM links l WHERE l.id = link_id AND l.user_id = $4)
         ORDER BY started_at DESC, id DESC LIMIT $5",
    )
    .bind(workspace)
    .bind(from)
    .bind(kind)
    .bind(user)
    .bind(i64::from(limit))
    .all()
    .await
}

/// Returns how many runs a filter finds.
pub async fn count(tx: &mut Tx, workspace: WorkspaceId, filter: &Filter) -> Result<i64, Error> {
    let One(count) = tx
        .sql(
            "SELECT COUNT(*) FROM runs
             WHERE workspace_id = $1 AND started_at >= $2 AND started_at < $3
               AND link_id = COALESCE($4, link_id) AND ($5 = '' OR status = $5)
               AND EXISTS (SELECT 1 FROM links l WHERE l.id = link_id AND l.user_id = COALESCE($6, l.user_id))",
        )
        .bind(workspace)
        .bind(filter.from.unwrap_or(Timestamp::MIN))
        .bind(filter.to.unwrap_or(Timestamp::MAX))
        .bind(filter.link)
        .bind(filter.status.map_or("", RunStatus::as_str))
        .bind(filter.user)
        .one::<One<i64>>()
        .await?;
    Ok(count)
}

/// Returns one, with its sentences.
pub async fn get(tx: &mut Tx, workspace: WorkspaceId, id: RunId) -> Result<(Run, Vec<Line>), Error> {
    let run = tx
        .sql("SELECT * FROM runs WHERE id = $1 AND workspace_id = $2")
        .bind(id)
        .bind(workspace)
        .one()
        .await?;
    let lines = tx.sql("SELECT * FROM run_lines WHERE run_id = $1 ORDER BY n").bind(id).all().await?;
    Ok((run, lines))
}

/// Closes the runs that nobody works on any more: their worker ended without a word, and another has or may take its
/// place. Returns how many.
pub async fn abandoned(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    tx.sql(
        "UPDATE runs SET status = 'failed', completed_at = $1, summary = 'the run was interrupted'
         WHERE status = 'running'
           AND NOT EXISTS (SELECT 1 FROM links l
                           WHERE l.id = runs.link_id AND l.lease_epoch = runs.lease_epoch AND l.lease_until > $1)",
    )
    .bind(now)
    .run()
    .await
}

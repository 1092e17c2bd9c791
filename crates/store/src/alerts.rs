//! Alerts: what is wrong with a link and a person should know. One is opened once, kept up to date, and resolved when all
//! is well again or when a person says so; then it is history (MO-2).

use concord_model::{LinkId, UserId, WorkspaceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::changes;
use crate::column::{Form, FormOf, words};
use crate::db::{Record, Row, Tx, expect_one};
use crate::error::Error;
use crate::history::Actor;

/// An alert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alert {
    /// Its name here.
    pub id: Uuid,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// Whom it is for.
    pub user: UserId,
    /// About which link.
    pub link: LinkId,
    /// About what of it.
    pub kind: AlertKind,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong and what to do, in sentences.
    pub text: String,
    /// Since when.
    pub opened_at: Timestamp,
    /// When it was last told anew.
    pub updated_at: Timestamp,
    /// When it was over, and by whom.
    pub resolved: Option<(Timestamp, Actor)>,
}

words! {
    /// What an alert is about. A link has one of each kind at a time.
    pub enum AlertKind {
        /// Its calendar does not tell of changes, though it should.
        Channel = "channel",
    }
}

words! {
    /// How bad it is.
    pub enum Severity {
        /// It can wait.
        Low = "low",
        /// Something is late.
        Medium = "medium",
        /// Something does not work as it should.
        High = "high",
        /// Nothing is synced.
        Critical = "critical",
    }
}

impl Record for Alert {
    fn read(row: &Row) -> Result<Self, Error> {
        let at: Option<Timestamp> = row.col("resolved_at")?;
        let resolved = match at {
            None => None,
            Some(at) => {
                let Form(by) = row.col("resolved_by")?;
                Some((at, by))
            }
        };
        Ok(Alert {
            id: row.col("id")?,
            workspace: row.col("workspace_id")?,
            user: row.col("user_id")?,
            link: row.col("link_id")?,
            kind: row.col("kind")?,
            severity: row.col("severity")?,
            text: row.col("text")?,
            opened_at: row.col("opened_at")?,
            updated_at: row.col("updated_at")?,
            resolved,
        })
    }
}

/// Opens an alert, or tells the one that is open anew.
pub async fn open(tx: &mut Tx, alert: &Alert) -> Result<(), Error> {
    let told = tx
        .sql(
            "UPDATE alerts SET severity = $3, text = $4, updated_at = $5
             WHERE link_id = $1 AND kind = $2 AND resolved_at IS NULL",
        )
        .bind(alert.link)
        .bind(alert.kind)
        .bind(alert.severity)
        .bind(&alert.text)
        .bind(alert.updated_at)
        .run()
        .await?;
    tx.note(changes::Kind::Alert, [alert.link.0]);
    if told > 0 {
        return Ok(());
    }
    tx.sql(
        "INSERT INTO alerts (id, workspace_id, user_id, link_id, kind, severity, text, opened_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(alert.id)
    .bind(alert.workspace)
    .bind(alert.user)
    .bind(alert.link)
    .bind(alert.kind)
    .bind(alert.severity)
    .bind(&alert.text)
    .bind(alert.opened_at)
    .bind(alert.updated_at)
    .run()
    .await?;
    Ok(())
}

/// Resolves an alert that is open. [`Error::NotFound`] when there is none.
pub async fn resolve(
    tx: &mut Tx,
    workspace: WorkspaceId,
    alert: &Alert,
    at: Timestamp,
    by: Actor,
) -> Result<(), Error> {
    tx.note(changes::Kind::Alert, [alert.link.0]);
    let changed = tx
        .sql(
            "UPDATE alerts SET resolved_at = $3, resolved_by = $4
             WHERE id = $1 AND workspace_id = $2 AND resolved_at IS NULL",
        )
        .bind(alert.id)
        .bind(workspace)
        .bind(at)
        .bind(FormOf(&by))
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}

/// Returns an alert.
pub async fn get(tx: &mut Tx, workspace: WorkspaceId, id: Uuid) -> Result<Alert, Error> {
    tx.sql("SELECT * FROM alerts WHERE id = $1 AND workspace_id = $2").bind(id).bind(workspace).one().await
}

/// Returns the alerts of a person, the latest first.
pub async fn of_user(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    limit: u32,
) -> Result<Vec<Alert>, Error> {
    tx.sql(
        "SELECT * FROM alerts WHERE workspace_id = $1 AND user_id = $2 ORDER BY opened_at DESC, id LIMIT $3",
    )
    .bind(workspace)
    .bind(user)
    .bind(i64::from(limit))
    .all()
    .await
}

/// Returns all alerts that are open, of every workspace: for what the program does by itself.
pub async fn standing(tx: &mut Tx) -> Result<Vec<Alert>, Error> {
    tx.sql("SELECT * FROM alerts WHERE resolved_at IS NULL ORDER BY opened_at, id").all().await
}

/// Forgets alerts that were over before that instant. Returns how many.
pub async fn forget_resolved_before(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    tx.sql("DELETE FROM alerts WHERE resolved_at < $1").bind(before).run().await
}

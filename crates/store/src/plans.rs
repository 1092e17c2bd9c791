//! Plans that wait for consent: what would be done, told by its hash. Consent is for exactly that plan, once, and
//! not for ever (I-08, `rules.md` 16).

use concord_model::{LinkId, WorkspaceId};
use jiff::Timestamp;

use crate::column::{Form, FormOf};
use crate::db::{Record, Row, Tx};
use crate::error::Error;

/// What would be done on a link.
#[derive(Clone, PartialEq)]
pub struct Plan {
    /// Its hash: what consent is given to.
    pub hash: String,
    /// On which link.
    pub link: LinkId,
    /// Behind whose walls it is.
    pub workspace: WorkspaceId,
    /// What it says, as the engine tells it.
    pub json: serde_json::Value,
    /// When it was made.
    pub made_at: Timestamp,
    /// When a person consented.
    pub approved_at: Option<Timestamp>,
    /// Until when consent can be given, and used.
    pub expires_at: Timestamp,
    /// When it was carried out.
    pub used_at: Option<Timestamp>,
}

impl std::fmt::Debug for Plan {
    /// Personal: only the hash is printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plan({} …)", self.hash)
    }
}

impl Record for Plan {
    fn read(row: &Row) -> Result<Self, Error> {
        let Form(json) = row.col("json")?;
        Ok(Plan {
            hash: row.col("hash")?,
            link: row.col("link_id")?,
            workspace: row.col("workspace_id")?,
            json,
            made_at: row.col("made_at")?,
            approved_at: row.col("approved_at")?,
            expires_at: row.col("expires_at")?,
            used_at: row.col("used_at")?,
        })
    }
}

/// Writes a plan down. The same plan made again begins anew: an old consent does not count for it, unless it still
/// holds and was not used.
pub async fn save(tx: &mut Tx, plan: &Plan) -> Result<(), Error> {
    tx.sql(
        "INSERT INTO plans (hash, link_id, workspace_id, json, made_at, approved_at, expires_at, used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (link_id, hash) DO UPDATE
         SET json = excluded.json, made_at = excluded.made_at, approved_at = excluded.approved_at,
             expires_at = excluded.expires_at, used_at = excluded.used_at
         WHERE plans.approved_at IS NULL OR plans.used_at IS NOT NULL OR plans.expires_at <= excluded.made_at",
    )
    .bind(&plan.hash)
    .bind(plan.link)
    .bind(plan.workspace)
    .bind(FormOf(&plan.json))
    .bind(plan.made_at)
    .bind(plan.approved_at)
    .bind(plan.expires_at)
    .bind(plan.used_at)
    .run()
    .await?;
    Ok(())
}

/// Consents to a plan until `expires_at`. [`Error::Changed`] when it is over or was carried out.
pub async fn approve(
    tx: &mut Tx,
    workspace: WorkspaceId,
    link: LinkId,
    hash: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    let changed = tx
        .sql(
            "UPDATE plans SET approved_at = $4, expires_at = $5
             WHERE link_id = $1 AND hash = $2 AND workspace_id = $3 AND used_at IS NULL AND expires_at > $4",
        )
        .bind(link)
        .bind(hash)
        .bind(workspace)
        .bind(now)
        .bind(expires_at)
        .run()
        .await?;
    if changed == 0 {
        get(tx, workspace, link, hash).await?;
        return Err(Error::Changed);
    }
    Ok(())
}

/// Returns one.
pub async fn get(tx: &mut Tx, workspace: WorkspaceId, link: LinkId, hash: &str) -> Result<Plan, Error> {
    tx.sql("SELECT * FROM plans WHERE link_id = $1 AND hash = $2 AND workspace_id = $3")
        .bind(link)
        .bind(hash)
        .bind(workspace)
        .one()
        .await
}

/// Returns a workspace's plans that wait or may be carried out, the oldest first.
pub async fn list_open(tx: &mut Tx, workspace: WorkspaceId, now: Timestamp) -> Result<Vec<Plan>, Error> {
    tx.sql(
        "SELECT * FROM plans WHERE workspace_id = $1 AND used_at IS NULL AND expires_at > $2
         ORDER BY made_at, link_id, hash",
    )
    .bind(workspace)
    .bind(now)
    .all()
    .await
}

/// Uses the consent to a plan: `true` for exactly one caller, and only while the consent holds.
pub async fn use_once(tx: &mut Tx, link: LinkId, hash: &str, now: Timestamp) -> Result<bool, Error> {
    let changed = tx
        .sql(
            "UPDATE plans SET used_at = $3
             WHERE link_id = $1 AND hash = $2 AND approved_at IS NOT NULL AND used_at IS NULL AND expires_at > $3",
        )
        .bind(link)
        .bind(hash)
        .bind(now)
        .run()
        .await?;
    Ok(changed > 0)
}

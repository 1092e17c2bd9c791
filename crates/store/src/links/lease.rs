//! Who works on a link, and when someone should.

use concord_model::{LinkId, RunId};
use concord_points::defect;
use jiff::{SignedDuration, Timestamp};

use super::Link;
use crate::changes::Kind;
use crate::db::{One, Tx, expect_one};
use crate::error::Error;
use crate::runs::RunStatus;

/// The right to work on a link: valid while nobody has claimed it since, and until its time is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lease {
    /// On which link.
    pub link: LinkId,
    /// Its number.
    pub epoch: i64,
}

/// How a run ended, for its link.
#[derive(Clone, PartialEq, Debug)]
pub struct Settled {
    /// When to look again; `None` for not by itself.
    pub due_at: Option<Timestamp>,
    /// The run.
    pub run: Option<RunId>,
    /// How it ended.
    pub status: RunStatus,
    /// Why it failed, in words.
    pub error: Option<String>,
    /// How many have failed in a row now.
    pub failures: i64,
    /// When it succeeded; `None` leaves the last success.
    pub success_at: Option<Timestamp>,
    /// Whether the first listing is done; what is done stays done.
    pub first_done: bool,
    /// When it was listed whole; `None` leaves the last time.
    pub full_at: Option<Timestamp>,
    /// When to list it whole again; `None` leaves it.
    pub next_safety_at: Option<Timestamp>,
}

/// How many links of one account are worked on at a time. Each run makes one request after the other, so this is how many an
/// account gets at once, from however many nodes: Outlook wants no more of a mailbox, and no account takes all workers.
const AT_ONCE: i64 = 4;

/// Makes a link due at that instant, or earlier if it already is. A thousand calls make it due once; while someone
/// works on it, they make it due once more after that.
pub async fn due(tx: &mut Tx, id: LinkId, at: Timestamp) -> Result<(), Error> {
    tx.note(Kind::Link, [id.0]);
    let changed = tx
        .sql(
            "UPDATE links
             SET due_at = CASE WHEN due_at IS NULL OR due_at > $2 THEN $2 ELSE due_at END,
                 wake_at = CASE WHEN wake_at IS NULL OR wake_at > $2 THEN $2 ELSE wake_at END
             WHERE id = $1",
        )
        .bind(id)
        .bind(at)
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}

/// The same for an edit here: at that instant, but where the last run has failed not sooner than `rest` after it began.
/// A thousand edits while a provider is down are not a thousand calls (I-36).
pub async fn due_for_edit(
    tx: &mut Tx,
    id: LinkId,
    now: Timestamp,
    rest: SignedDuration,
) -> Result<(), Error> {
    tx.note(Kind::Link, [id.0]);
    let changed = tx
        .sql(
            "UPDATE links
             SET due_at = CASE WHEN failures > 0 AND last_attempt_at + $3 > $2
                               THEN CASE WHEN due_at <= last_attempt_at + $3 THEN due_at ELSE last_attempt_at + $3 END
                               WHEN due_at <= $2 THEN due_at ELSE $2 END,
                 wake_at = CASE WHEN failures > 0 AND last_attempt_at + $3 > $2
                                THEN CASE WHEN wake_at <= last_attempt_at + $3 THEN wake_at ELSE last_attempt_at + $3 END
                                WHEN wake_at <= $2 THEN wake_at ELSE $2 END
             WHERE id = $1",
        )
        .bind(id)
        .bind(now)
        .bind(i64::try_from(rest.as_micros()).unwrap_or(i64::MAX))
        .run()
        .await?;
    expect_one(changed, Error::NotFound)
}

/// Claims the link that has been due for longest, if there is one that nobody holds and that may be called: its account
/// works, was not asked to wait, and has a place left.
pub async fn claim(
    tx: &mut Tx,
    now: Timestamp,
    until: Timestamp,
    holder: &str,
) -> Result<Option<Link>, Error> {
    let claimed: Option<Link> = tx
        .sql(
        "UPDATE links
         SET lease_until = $2, lease_epoch = lease_epoch + 1, holder = $3, wake_at = NULL, last_attempt_at = $1
         WHERE id = (SELECT l.id FROM links l JOIN accounts a ON a.id = l.account_id
                     WHERE l.state = 'active' AND l.due_at <= $1 AND (l.lease_until IS NULL OR l.lease_until <= $1)
                       AND a.state = 'active' AND (a.wait_until IS NULL OR a.wait_until <= $1)
                       AND (SELECT COUNT(*) FROM links h WHERE h.account_id = l.account_id AND h.lease_until > $1) < $4
                     ORDER BY l.due_at, l.id LIMIT 1 {lock_next l})
         RETURNING *",
    )
    .bind(now)
    .bind(until)
    .bind(holder)
    .bind(AT_ONCE)
    .opt()
    .await?;
    tx.note(Kind::Link, claimed.iter().map(|link| link.id.0));
    Ok(claimed)
}

/// Claims that link, due or not, if nobody holds it and it may be called.
pub async fn claim_this(
    tx: &mut Tx,
    id: LinkId,
    now: Timestamp,
    until: Timestamp,
    holder: &str,
) -> Result<Option<Link>, Error> {
    tx.note(Kind::Link, [id.0]);
    // It is made due, so that it is looked at again if this worker does not come to the end. Whoever has locked the
    // row for a moment, to make it due, is waited for.
    tx.sql(
        "UPDATE links
         SET lease_until = $3, lease_epoch = lease_epoch + 1, holder = $4, wake_at = NULL, last_attempt_at = $2,
             due_at = CASE WHEN due_at IS NULL OR due_at > $2 THEN $2 ELSE due_at END
         WHERE id = (SELECT l.id FROM links l JOIN accounts a ON a.id = l.account_id
                     WHERE l.id = $1 AND l.state = 'active' AND (l.lease_until IS NULL OR l.lease_until <= $2)
                       AND a.state = 'active' AND (a.wait_until IS NULL OR a.wait_until <= $2)
                       AND (SELECT COUNT(*) FROM links h WHERE h.account_id = l.account_id AND h.lease_until > $2) < $5
                     {lock l})
         RETURNING *",
    )
    .bind(id)
    .bind(now)
    .bind(until)
    .bind(holder)
    .bind(AT_ONCE)
    .opt()
    .await
}

/// The fence: [`Error::LeaseLost`] unless the lease is still valid. From here to the end of the transaction nobody
/// can claim the link. Every transaction of a run begins with it.
pub async fn hold(tx: &mut Tx, lease: &Lease, now: Timestamp) -> Result<(), Error> {
    if defect!("the fence is open") {
        return Ok(());
    }
    tx.sql("SELECT lease_epoch FROM links WHERE id = $1 AND lease_epoch = $2 AND lease_until > $3 {lock}")
        .bind(lease.link)
        .bind(lease.epoch)
        .bind(now)
        .opt::<One<i64>>()
        .await?
        .map(drop)
        .ok_or(Error::LeaseLost)
}

/// Prolongs a lease that is still valid.
pub async fn renew(tx: &mut Tx, lease: &Lease, now: Timestamp, until: Timestamp) -> Result<(), Error> {
    let changed = tx
        .sql("UPDATE links SET lease_until = $4 WHERE id = $1 AND lease_epoch = $2 AND lease_until > $3")
        .bind(lease.link)
        .bind(lease.epoch)
        .bind(now)
        .bind(until)
        .run()
        .await?;
    expect_one(changed, Error::LeaseLost)
}

/// Ends a run: notes how it went and gives the link back. Whoever called [`due`] meanwhile is not forgotten. Valid
/// as long as nobody has claimed the link since, even when its time is over: the record of a run harms nobody.
pub async fn settle(tx: &mut Tx, lease: &Lease, settled: &Settled) -> Result<(), Error> {
    tx.note(Kind::Link, [lease.link.0]);
    let changed = tx
        .sql(
            "UPDATE links
             SET due_at = CASE WHEN wake_at IS NOT NULL AND wake_at < COALESCE($3, wake_at + 1) THEN wake_at ELSE $3 END,
                 wake_at = NULL, lease_until = NULL,
                 last_run = COALESCE($4, last_run), last_status = $5, last_error = $6, failures = $7,
                 last_success_at = COALESCE($8, last_success_at), first_done = (first_done OR $9),
                 last_full_at = COALESCE($10, last_full_at), next_safety_at = COALESCE($11, next_safety_at)
             WHERE id = $1 AND lease_epoch = $2 AND lease_until IS NOT NULL",
        )
        .bind(lease.link)
        .bind(lease.epoch)
        .bind(settled.due_at)
        .bind(settled.run)
        .bind(settled.status)
        .bind(&settled.error)
        .bind(settled.failures)
        .bind(settled.success_at)
        .bind(settled.first_done)
        .bind(settled.full_at)
        .bind(settled.next_safety_at)
        .run()
        .await?;
    expect_one(changed, Error::LeaseLost)
}

/// When a worker should look for work: when the next link is due, free and may be called. `None` when none will be.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, Error> {
    let One(at) = tx
        .sql(
            "SELECT MIN(CASE WHEN h.held >= $1 AND h.free_at > w.at THEN h.free_at ELSE w.at END)
             FROM (SELECT l.account_id,
                          CASE WHEN COALESCE(a.wait_until, l.due_at) > l.due_at
                                AND a.wait_until >= COALESCE(l.lease_until, a.wait_until) THEN a.wait_until
                               WHEN COALESCE(l.lease_until, l.due_at) > l.due_at THEN l.lease_until
                               ELSE l.due_at END AS at
                   FROM links l JOIN accounts a ON a.id = l.account_id
                   WHERE l.state = 'active' AND l.due_at IS NOT NULL AND a.state = 'active') w
             LEFT JOIN (SELECT account_id, COUNT(*) AS held, MIN(lease_until) AS free_at FROM links
                        WHERE lease_until IS NOT NULL GROUP BY account_id) h ON h.account_id = w.account_id",
        )
        .bind(AT_ONCE)
        .one::<One<Option<Timestamp>>>()
        .await?;
    Ok(at)
}

//! How fast a provider may be called: one number per key, shared by all nodes (I-33).
//!
//! The generic cell rate algorithm: a row holds the instant until which the budget is spent ("theoretical arrival
//! time"). Taking adds to it; it may run ahead of now by the burst and no further.

use jiff::Timestamp;

use crate::db::{One, Tx};
use crate::error::Error;

/// How far beyond what can be spent a clock must have been wrong to be sure of it: ten minutes.
const WRONG_US: i64 = 600_000_000;

/// Returns until when the budget of that key is spent; none where nobody has ever taken from it.
pub async fn spent(tx: &mut Tx, key: &str) -> Result<Option<Timestamp>, Error> {
    let until: Option<One<i64>> = tx.sql("SELECT tat FROM budgets WHERE key = $1").bind(key).opt().await?;
    Ok(until.map(|One(tat)| Timestamp::from_microsecond(tat).unwrap_or(Timestamp::MAX)))
}

/// Takes units from the budget of that key (`account:<id>`, `app:google`), one of which comes back every `interval_us`
/// microseconds, and `burst` of which can be saved up. When there are not enough, nothing is taken, and the answer is
/// when to ask again.
///
/// More units than the burst are given when the budget is full, so that nothing has to wait for ever.
///
/// What is spent until long after any burst was spent by a clock that was wrong: it counts for nothing (I-48).
pub async fn take(
    tx: &mut Tx,
    key: &str,
    now: Timestamp,
    interval_us: i64,
    burst: i64,
    units: i64,
) -> Result<Result<(), Timestamp>, Error> {
    let now = now.as_microsecond();
    let cost = interval_us.saturating_mul(units);
    let ahead = interval_us.saturating_mul(burst.max(units));
    let taken: Option<One<i64>> = tx
        .sql(
            "INSERT INTO budgets (key, tat) VALUES ($1, CAST($2 AS BIGINT) + $3)
             ON CONFLICT (key) DO UPDATE
             SET tat = (CASE WHEN budgets.tat < $2 OR budgets.tat > $2 + $5 THEN $2 ELSE budgets.tat END) + $3
             WHERE budgets.tat + $3 <= $2 + $4 OR budgets.tat > $2 + $5
             RETURNING tat",
        )
        .bind(key)
        .bind(now)
        .bind(cost)
        .bind(ahead)
        .bind(ahead.saturating_mul(2).saturating_add(WRONG_US))
        .opt()
        .await?;
    if taken.is_some() {
        return Ok(Ok(()));
    }
    let One(tat) = tx.sql("SELECT tat FROM budgets WHERE key = $1").bind(key).one::<One<i64>>().await?;
    let when = tat.saturating_add(cost).saturating_sub(ahead);
    Ok(Err(Timestamp::from_microsecond(when).unwrap_or(Timestamp::MAX)))
}

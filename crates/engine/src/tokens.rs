//! Access to an account: opened for one run, refreshed ahead of its end, once across all workers (SE-2).
//!
//! ```text
//!   open ─ fresh ──────────────────────────────▶ access
//!        └ ending ─ claim the refresh ─ refresh ─ store (compare-and-swap) ─▶ access
//!                    └ someone else has it ─ read again
//! ```
//!
//! A new grant is stored before it is used (I-26). A dead one makes one state change and no more calls (I-27).

use concord_points::{defect, point};
use concord_providers::provider::Grant;
use concord_providers::{Access, Answer, Provider};
use concord_store::Tx;
use concord_store::accounts::{self, Account, AccountState, GrantSecret};
use concord_store::links::{self, LinkState};
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use crate::Engine;

/// A sign-in that was just renewed and is refused all the same.
pub(crate) const NOT_ACCEPTED: &str = "the provider no longer accepts the sign-in";

/// Why there is no access now.
#[derive(Debug)]
pub enum NoAccess {
    /// The person has to connect again.
    Reconnect(String),
    /// It may be there later.
    Later(Timestamp, Answer),
    /// Another worker is renewing it just now.
    Busy(Timestamp),
    /// The store could not say.
    Store(concord_store::Error),
}

impl From<concord_store::Error> for NoAccess {
    fn from(error: concord_store::Error) -> NoAccess {
        NoAccess::Store(error)
    }
}

impl NoAccess {
    /// The same as an answer, for whoever asks outside a run.
    pub(crate) fn answer(self) -> Result<Answer, concord_store::Error> {
        match self {
            NoAccess::Reconnect(why) => Ok(Answer::AccessRevoked { why }),
            NoAccess::Later(_, answer) => Ok(answer),
            NoAccess::Busy(_) => Ok(Answer::Transient("another worker is renewing the sign-in".to_owned())),
            NoAccess::Store(error) => Err(error),
        }
    }
}

/// Opens the account's credential for the next calls, refreshed if it ends soon or `refused` says that the provider
/// did not take the one of that version.
pub async fn access(
    engine: &Engine,
    provider: &dyn Provider,
    account: &Account,
    refused: Option<i64>,
) -> Result<(Access, i64), NoAccess> {
    // A worker that lost the race for the refresh reads again; the winner has its call's time limit to finish.
    for _ in 0..3 {
        let now = engine.now();
        let Opened { secret, version, ends_at, site, subject } = open(engine, account).await?;
        let ending = ends_at.is_some_and(|at| at <= now + engine.timing.refresh_lead);
        if !ending && refused != Some(version) {
            return Ok((Access { site, subject, ..Access::new(secret.access, now) }, version));
        }
        let claimed = {
            let mut tx = engine.store.begin().await?;
            // Who was held up until here does not claim a time that is over: another would renew at the same time.
            let now = engine.now();
            let until = now + engine.timing.call_limit + SignedDuration::from_secs(5);
            let token = i64::from_le_bytes(engine.random());
            let claimed = accounts::claim_refresh(&mut tx, account.id, now, until, token).await?;
            tx.commit().await?;
            claimed.then_some((token, until))
        };
        if let Some((token, until)) = claimed {
            // Who was held up since has no time left for a call: another may claim it in the middle.
            if engine.now() + engine.timing.call_limit > until {
                let mut tx = engine.store.begin().await?;
                accounts::release_refresh(&mut tx, account.id, token).await?;
                tx.commit().await?;
                continue;
            }
            match refresh(engine, provider, account, secret, version, token).await? {
                Some(access) => {
                    // That took its time: what everybody knows by now holds for whoever renewed, too.
                    let mut tx = engine.store.read().await?;
                    may_be_called(engine, &mut tx, account).await?;
                    return Ok(access);
                }
                // The person has connected again meanwhile: theirs is the one that counts.
                None => {
                    point!("tokens: connected again during a renewal");
                    continue;
                }
            }
        }
        point!("tokens: another worker renews");
        // Still good for a moment: let the other worker finish.
        if refused != Some(version) && ends_at.is_some_and(|at| at > now) {
            return Ok((Access { site, subject, ..Access::new(secret.access, now) }, version));
        }
    }
    Err(NoAccess::Busy(engine.now() + engine.jittered(SignedDuration::from_secs(2))))
}

/// What opens an account.
struct Opened {
    secret: GrantSecret,
    version: i64,
    ends_at: Option<Timestamp>,
    site: Option<String>,
    subject: Option<String>,
}

/// Whether an account works and is not asked to wait, and how it is now. Whoever holds an older picture of it learns
/// here that it does not (I-27).
pub(crate) async fn may_be_called(
    engine: &Engine,
    tx: &mut Tx,
    account: &Account,
) -> Result<Account, NoAccess> {
    let now = accounts::find(tx, account.id).await?;
    match now.state {
        AccountState::Active => {}
        AccountState::Reconnect { why } => return Err(NoAccess::Reconnect(why)),
        AccountState::Removed => return Err(NoAccess::Reconnect("it was disconnected".to_owned())),
    }
    // Who was asked to wait waits with all that it does, whichever of its links was told (I-33).
    match now.wait_until.filter(|at| *at > engine.now()) {
        Some(at) => Err(NoAccess::Later(at, Answer::RetryAfter { at: Some(at), long: false })),
        None => Ok(now),
    }
}

/// Opens the grant of an account that works.
async fn open(engine: &Engine, account: &Account) -> Result<Opened, NoAccess> {
    let mut tx = engine.store.read().await?;
    let now = may_be_called(engine, &mut tx, account).await?;
    match accounts::open_grant(&mut tx, &engine.vault, account).await {
        Ok((secret, version)) => {
            let (site, subject) = (now.site, Some(now.subject));
            Ok(Opened { secret, version, ends_at: now.access_ends_at, site, subject })
        }
        Err(concord_store::Error::Broken(why)) => {
            warn!(account.id = %account.id, "the credential of account {} could not be opened: {why}", account.id);
            let why =
                "the credential of this account cannot be opened: was it sealed with another master key?";
            Err(NoAccess::Later(engine.now(), Answer::Misconfigured { why: why.to_owned() }))
        }
        Err(error) => Err(error.into()),
    }
}

/// When a wait ends that was told to a call made ready at `asked_at`: it counts from the answer, and an adapter reads no clock
/// but that of its call.
pub(crate) fn counted_from_now(engine: &Engine, at: Timestamp, asked_at: Timestamp) -> Timestamp {
    let took = engine.now().duration_since(asked_at).max(SignedDuration::ZERO);
    at.saturating_add(took).unwrap_or(Timestamp::MAX)
}

/// Keeps for everybody what one call with the grant of that version, made ready at `asked_at`, was told at last: not before
/// then (I-33), or not with this sign-in any more (I-27).
pub(crate) async fn told(
    engine: &Engine,
    account: &Account,
    (version, asked_at): (i64, Timestamp),
    answer: &Answer,
) -> Result<(), concord_store::Error> {
    match answer.clone().cause() {
        Answer::RetryAfter { at: Some(at), .. } => {
            let at = counted_from_now(engine, at, asked_at);
            let mut tx = engine.store.begin().await?;
            accounts::set_wait(&mut tx, account.id, at).await?;
            tx.commit().await
        }
        Answer::SignInExpired => revoked(engine, account, version, NOT_ACCEPTED).await.map(drop),
        Answer::AccessRevoked { why } => revoked(engine, account, version, &why).await.map(drop),
        _ => Ok(()),
    }
}

async fn refresh(
    engine: &Engine,
    provider: &dyn Provider,
    account: &Account,
    secret: GrantSecret,
    version: i64,
    token: i64,
) -> Result<Option<(Access, i64)>, NoAccess> {
    let grant = Grant {
        access: secret.access.clone(),
        access_ends_at: account.access_ends_at,
        refresh: secret.refresh.clone(),
        scopes: account.scopes.clone(),
    };
    let asked_at = engine.now();
    let answer = provider.refresh(&grant, asked_at).await;
    let now = engine.now();
    match answer {
        Ok(new) => {
            let refresh = if defect!("a rotated token is not stored") { secret.refresh } else { new.refresh };
            let stored = GrantSecret { access: new.access.clone(), refresh, extra: secret.extra };
            let mut tx = engine.store.begin().await?;
            let sealed = accounts::seal_grant(
                &mut tx,
                &mut engine.vault.with(&mut engine.dice()),
                account,
                &stored,
                new.access_ends_at,
                &new.scopes,
                Some(version),
            )
            .await;
            let version = match sealed {
                Err(concord_store::Error::Changed) => return Ok(None),
                other => other?,
            };
            accounts::release_refresh(&mut tx, account.id, token).await?;
            lives_on(&mut tx, account, now).await?;
            tx.commit().await?;
            info!(account.id = %account.id, "renewed the sign-in of account {}", account.id);
            let (site, subject) = (account.site.clone(), Some(account.subject.clone()));
            Ok(Some((Access { site, subject, ..Access::new(new.access, now) }, version)))
        }
        Err(Answer::AccessRevoked { why }) if !defect!("a revoked sign-in is tried for ever") => {
            // The person may have connected again meanwhile: then it was the old one that is dead.
            if revoked(engine, account, version, &why).await? {
                Err(NoAccess::Reconnect(why))
            } else {
                Ok(None)
            }
        }
        Err(answer) => {
            let mut tx = engine.store.begin().await?;
            accounts::release_refresh(&mut tx, account.id, token).await?;
            tx.commit().await?;
            let answer = match answer {
                Answer::RetryAfter { at: Some(at), long } => {
                    Answer::RetryAfter { at: Some(counted_from_now(engine, at, asked_at)), long }
                }
                other => other,
            };
            let wait = match &answer {
                Answer::RetryAfter { at: Some(at), .. } => *at,
                _ => now + engine.backoff(2),
            };
            Err(NoAccess::Later(wait, answer))
        }
    }
}

/// Takes back that an account has to be connected again: another worker, whose clock is wrong or who was slow, came with
/// the key that this renewal has ended, and was refused (I-27).
async fn lives_on(tx: &mut Tx, account: &Account, now: Timestamp) -> Result<(), concord_store::Error> {
    if !matches!(accounts::find(tx, account.id).await?.state, AccountState::Reconnect { .. }) {
        return Ok(());
    }
    accounts::set_state(tx, account.workspace, account.id, &AccountState::Active).await?;
    for link in links::list_account(tx, account.workspace, account.id).await? {
        if link.state == LinkState::Active {
            links::due(tx, link.id, now).await?;
        }
    }
    Ok(())
}

/// Notes that the grant of that version is dead: one state change, kept work, no more calls until the person connects
/// again. `false` when they have done so already, and another counts.
pub async fn revoked(
    engine: &Engine,
    account: &Account,
    version: i64,
    why: &str,
) -> Result<bool, concord_store::Error> {
    let mut tx = engine.store.begin().await?;
    let before = accounts::find(&mut tx, account.id).await?;
    if !matches!(before.state, AccountState::Active) {
        return Ok(true);
    }
    match accounts::open_grant(&mut tx, &engine.vault, account).await {
        Ok((_, now)) if now != version => return Ok(false),
        Ok(_) | Err(concord_store::Error::Broken(_)) => {}
        Err(error) => return Err(error),
    }
    let state = AccountState::Reconnect { why: why.to_owned() };
    accounts::set_state(&mut tx, before.workspace, account.id, &state).await?;
    tx.commit().await?;
    warn!(account.id = %account.id, "account {} has to be connected again", account.id);
    Ok(true)
}

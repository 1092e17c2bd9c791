//! Which link is next. A notice, a timer, a click and an edit all only make a link due; a worker claims what has been
//! due longest, makes one run, and says when it wants to be called next.

use concord_model::LinkId;
use concord_model::link::Frequency;
use concord_store::channels::{self, ChannelState};
use concord_store::links::{self, Link};
use concord_store::runs::RunKind;
use jiff::{SignedDuration, Timestamp};

use crate::Engine;
use crate::run::{self, Begun, Report, Wish};

/// How long after a notice a link is looked at once more.
const TRAILING: SignedDuration = SignedDuration::from_secs(30);

/// What a call for work came to.
#[derive(Debug)]
pub enum Worked {
    /// A run was made.
    Ran(Box<Report>),
    /// Nothing is due; the next link is at that time, if any ever is.
    Idle(Option<Timestamp>),
}

/// What there is to do.
#[derive(Debug)]
pub enum Next {
    /// A link that is due. It is claimed: [`run_claimed`] makes its run.
    Claimed(Box<Link>),
    /// Nothing is due; the next link is at that time, if any ever is.
    Idle(Option<Timestamp>),
}

/// Claims the link that has been due longest. Where nothing is due, nothing is written.
pub async fn next(engine: &Engine) -> Result<Next, concord_store::Error> {
    let now = engine.now();
    let mut tx = engine.store.read().await?;
    let due = links::next_due(&mut tx).await?;
    drop(tx);
    if due.is_none_or(|at| at > now) {
        return Ok(Next::Idle(due));
    }
    let mut tx = engine.store.begin().await?;
    let claimed = links::claim(&mut tx, now, now + engine.timing.lease, &engine.worker).await?;
    let Some(link) = claimed else {
        return Ok(Next::Idle(links::next_due(&mut tx).await?));
    };
    tx.commit().await?;
    Ok(Next::Claimed(Box::new(link)))
}

/// Claims the link that has been due longest and makes one run on it.
pub async fn work(engine: &Engine) -> Result<Worked, concord_store::Error> {
    match next(engine).await? {
        Next::Idle(at) => Ok(Worked::Idle(at)),
        Next::Claimed(link) => Ok(Worked::Ran(Box::new(run_claimed(engine, *link).await?))),
    }
}

/// Makes one run on a link that [`next`] has claimed.
pub async fn run_claimed(engine: &Engine, link: Link) -> Result<Report, concord_store::Error> {
    let mut tx = engine.store.begin().await?;
    let noticed = channels::last_notice(&mut tx, link.id).await?;
    let kind = match link.first_done {
        false => RunKind::Full,
        true if noticed > link.last_success_at => RunKind::Webhook,
        true => RunKind::Pull,
    };
    let begun = run::begin(engine, &mut tx, link, kind, Wish::default()).await?;
    tx.commit().await?;
    begun.make(engine).await
}

/// Makes one run on that link now. `None`: somebody else is at it, or it may not be called; it stays due.
pub async fn run_now(
    engine: &Engine,
    link: LinkId,
    kind: RunKind,
    wish: Wish,
) -> Result<Option<Report>, concord_store::Error> {
    match start(engine, link, kind, wish).await? {
        Some(begun) => begun.make(engine).await.map(Some),
        None => Ok(None),
    }
}

/// Claims that link and writes down a run on it, which the caller has to make. `None`: somebody else is at it, or it
/// may not be called; it stays due.
pub async fn start(
    engine: &Engine,
    link: LinkId,
    kind: RunKind,
    wish: Wish,
) -> Result<Option<Begun>, concord_store::Error> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let claimed = links::claim_this(&mut tx, link, now, now + engine.timing.lease, &engine.worker).await?;
    let begun = match claimed {
        Some(link) => Some(run::begin(engine, &mut tx, link, kind, wish).await?),
        None => {
            links::due(&mut tx, link, now).await?;
            None
        }
    };
    tx.commit().await?;
    Ok(begun)
}

/// When to look at a link again by itself: often where it cannot tell us, seldom where it does, and where a person did not
/// say how often, not before it has rested.
pub(crate) fn next_look(
    engine: &Engine,
    link: &Link,
    rest: SignedDuration,
    quiet: bool,
    notices: Notices,
    now: Timestamp,
) -> Timestamp {
    let timing = &engine.timing;
    let wait = match link.settings.frequency {
        Frequency::EveryMinutes(minutes) => SignedDuration::from_mins(i64::from(minutes.max(1))),
        Frequency::RealTime if notices == Notices::Came => TRAILING,
        Frequency::RealTime if notices == Notices::Come => timing.safety_poll,
        Frequency::RealTime if quiet => timing.poll_max.max(rest),
        Frequency::RealTime => timing.poll_min.max(rest),
    };
    now + engine.jittered(wait).max(wait / 4 * 3)
}

/// How a link stands with notices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Notices {
    /// None come.
    None,
    /// They come.
    Come,
    /// One has just come. What it speaks of may be seen only a moment later (BM-095).
    Came,
}

/// Whether notices come for a link, as a run that began then sees it.
pub(crate) async fn notices(
    tx: &mut concord_store::Tx,
    link: LinkId,
    began: Timestamp,
    now: Timestamp,
) -> Result<Notices, concord_store::Error> {
    let mut channels = channels::of_link(tx, link).await?;
    channels.retain(|c| c.state == ChannelState::Open && c.ends_at.is_some_and(|at| at > now));
    let just = began - TRAILING / 2;
    Ok(match channels.iter().map(|c| c.last_notice_at.is_some_and(|at| at > just)).max() {
        None => Notices::None,
        Some(false) => Notices::Come,
        Some(true) => Notices::Came,
    })
}

//! What nobody who calls may do, whatever the answer is: tell what is hidden, write without a version or without the
//! lease, call before Retry-After, without end, or for a sign-in that is dead.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use http::Request;
use jiff::{SignedDuration, Timestamp};

use super::{Net, User};
use crate::history::{Where, numbers};
use crate::outcome::Violation;
use crate::seat::{Claim, Seat};
use crate::sides::Side;

/// More calls than any run of a world needs.
const MOST_CALLS: u32 = 2_000;
/// More often than any run asks for one page of a list.
const MOST_TIMES: u32 = 5;

/// What is remembered of calls.
#[derive(Default)]
pub(super) struct Manners {
    /// All workers' seats.
    seats: Vec<Arc<Seat>>,
    /// How often each worker has called in its run, and which pages it asked for how often.
    called: BTreeMap<usize, (u32, BTreeMap<String, u32>)>,
    /// When each account was last called.
    called_at: BTreeMap<User, Timestamp>,
    /// Whose sign-in is dead, and since when everybody can know.
    dead: BTreeMap<User, u64>,
    /// Calls for sign-ins that were dead before the step in which they were made.
    for_the_dead: Vec<(User, Violation)>,
}

impl Manners {
    pub(super) fn run_ended(&mut self, worker: usize) {
        self.called.remove(&worker);
    }
}

impl Net {
    /// Says who works in this world.
    pub(crate) fn seats(&self, seats: Vec<Arc<Seat>>) {
        self.lock().manners.seats = seats;
    }

    /// Says whose sign-in is dead.
    pub(crate) fn dead(&self, users: impl Iterator<Item = User>) {
        let mut wire = self.lock();
        let before = std::mem::take(&mut wire.manners.dead);
        let now = self.trace.tick();
        wire.manners.dead = users.map(|user| (user.clone(), *before.get(&user).unwrap_or(&now))).collect();
        // Who came to life in the step may be called for: a renewal that was under way has brought a key.
        let called = std::mem::take(&mut wire.manners.for_the_dead);
        for (user, violation) in called {
            if wire.manners.dead.contains_key(&user) {
                wire.violations.push(violation);
            }
        }
    }

    /// Nothing hidden goes out to a link that may not see it (I-35).
    pub(super) fn listen(&self, seat: &Seat, request: &Request<Bytes>) {
        let Some(claim) = seat.claim() else { return };
        let mut wire = self.lock();
        let Some(hush) = wire.hush.get(&claim.link) else { return };
        let text = String::from_utf8_lossy(request.body());
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let told = numbers(&text).into_iter().find(|number| {
            let Some(written) = history.written.get(number) else { return false };
            let own = matches!(&written.at, Where::There { calendar, .. } if *calendar == hush.calendar);
            !own && (hush.fields.contains(&written.field) || (hush.no_private && written.secret))
        });
        if let Some(number) = told {
            let field = history.written[&number].field;
            let what = format!("w{number}w, a {field} that is hidden from {}, was sent there", hush.calendar);
            wire.violations.push(Violation::new("I-35", what));
        }
    }

    /// Every write names the version that it replaces, replaces nothing whole and mails nobody (I-16, I-37, I-40); and
    /// nobody writes who could know that another has taken over (I-13).
    pub(super) fn is_well_mannered(&self, seat: &Seat, side: &dyn Side, request: &Request<Bytes>) {
        let mut wire = self.lock();
        if let Some((promise, what)) = side.breach(request) {
            wire.violations.push(Violation::new(promise, what));
        }
        let Some(claim) = seat.claim().filter(|_| side.writes(request)) else { return };
        let later = |other: &&Arc<Seat>| {
            let newer =
                |other: Claim| other.link == claim.link && other.epoch > claim.epoch && claim.epoch >= 0;
            other.claim().is_some_and(newer) && other.claimed_at() < seat.looked()
        };
        let holder = wire.manners.seats.iter().find(later).map(|other| other.worker);
        if let Some(holder) = holder {
            let what = format!("worker {} writes after worker {holder} has taken over", seat.worker);
            wire.violations.push(Violation::new("I-13", what));
        }
    }

    /// Whether a run calls without end, or asks for one page again and again (I-11).
    pub(super) fn goes_on_for_ever(&self, seat: &Seat, page: Option<String>) -> bool {
        let mut wire = self.lock();
        let (called, pages) = wire.manners.called.entry(seat.worker).or_default();
        *called += 1;
        let endless = *called > MOST_CALLS;
        let mut what = (*called == MOST_CALLS + 1).then(|| format!("has called {MOST_CALLS} times"));
        if let Some(page) = page {
            let times = pages.entry(page).or_default();
            *times += 1;
            what =
                what.or_else(|| (*times > MOST_TIMES).then(|| format!("asked {times} times for one page")));
        }
        if let Some(what) = what {
            let what = format!("worker {} {what} in one run", seat.worker);
            wire.violations.push(Violation::new("I-11", what));
        }
        endless
    }

    /// Nobody calls before they were asked to (I-33).
    pub(super) fn is_polite(&self, seat: &Seat, user: &User, (begun, at): (u64, Timestamp), path: &str) {
        let mut wire = self.lock();
        let Some(wait) = wire.waits.get(user) else { return };
        let knows = wait.told == Some(seat.worker) || wait.known.is_some_and(|since| since < seat.looked());
        // What was under way when it was said goes on.
        let knows = knows && begun > wait.since;
        if wire.honest_clocks && knows && at + SignedDuration::from_secs(1) < wait.until {
            let what =
                format!("{} was called at {at} ({path}) and had asked to wait until {}", user.1, wait.until);
            wire.violations.push(Violation::new("I-33", what));
        }
    }

    /// Notes when an account was called with something that counts.
    pub(super) fn counts(&self, user: &User, at: Timestamp) {
        self.lock().manners.called_at.insert(user.clone(), at);
    }

    /// Forgets who was called when.
    pub(crate) fn counts_anew(&self) {
        self.lock().manners.called_at.clear();
    }

    /// When each account was last called with something that counts; nothing where clocks do not agree.
    pub(crate) fn counted(&self) -> BTreeMap<User, Timestamp> {
        let wire = self.lock();
        if wire.honest_clocks { wire.manners.called_at.clone() } else { BTreeMap::new() }
    }

    /// Nobody calls for a sign-in that is known to be dead (I-27).
    pub(super) fn leaves_the_dead_alone(&self, seat: &Seat, user: &User, path: &str) {
        let mut wire = self.lock();
        if wire.manners.dead.get(user).is_some_and(|since| *since < seat.looked()) {
            let what = format!("worker {} called {path} for {}, whose sign-in is dead", seat.worker, user.1);
            wire.manners.for_the_dead.push((user.clone(), Violation::new("I-27", what)));
        }
    }
}

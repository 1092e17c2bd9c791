//! Where a worker sits: it goes on only while it has turns, and every point that it passes costs one.
//!
//! The points are the seams of a run: before and after a call, before a transaction begins, after it was committed. A
//! worker is never held up while it holds a transaction. What is dropped at a point is a crash there; what gets no
//! turns while time goes on is a pause.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use concord_model::LinkId;
use concord_store::Error;
use concord_store::steps::{Passing, Step, Steps};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::clock::Time;
use crate::trace::Trace;

/// A point that a worker passes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Point {
    /// Before a call leaves.
    BeforeCall,
    /// After its effect, before its answer arrives.
    AfterCall,
    /// Before a transaction that reads.
    BeforeRead,
    /// Before a transaction that writes.
    BeforeWrite,
    /// After a commit, before its answer arrives.
    AfterCommit,
}

impl Point {
    /// All of them.
    pub const ALL: [Point; 5] =
        [Point::BeforeCall, Point::AfterCall, Point::BeforeRead, Point::BeforeWrite, Point::AfterCommit];

    /// What a crash there is counted as.
    pub fn crash(self) -> &'static str {
        match self {
            Point::BeforeCall => "crash before a call",
            Point::AfterCall => "crash after a call",
            Point::BeforeRead => "crash before a read",
            Point::BeforeWrite => "crash before a transaction",
            Point::AfterCommit => "crash after a commit",
        }
    }
}

/// What the database does wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Broken {
    /// It has no time for a transaction.
    Busy,
    /// It fails when a transaction begins.
    Begin,
    /// It fails at the commit, and nothing has happened.
    Commit,
    /// It commits, and the answer is lost.
    Answer,
}

impl Broken {
    /// What it is counted as.
    pub fn name(self) -> &'static str {
        match self {
            Broken::Busy => "database busy",
            Broken::Begin => "database error at the beginning",
            Broken::Commit => "database error at the commit",
            Broken::Answer => "commit whose answer was lost",
        }
    }
}

/// The link that a worker has claimed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claim {
    /// Which.
    pub link: LinkId,
    /// The number of its lease.
    pub epoch: i64,
}

/// A worker's seat.
pub struct Seat {
    /// Which worker.
    pub worker: usize,
    trace: Arc<Trace>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    left: u32,
    standing: Option<Point>,
    /// Who stands there: of a worker that makes several calls at a time, each of them.
    waiting: Vec<Waker>,
    /// After how many fitting steps the database does what wrong.
    armed: Option<(u32, Broken)>,
    claim: Option<Claim>,
    claimed_at: u64,
    /// A new key that has arrived when no transaction was committed since.
    unsaved_key: Option<String>,
    /// The number of the last transaction that was begun, over all workers.
    looked: u64,
    /// How long it had no turn since.
    stood: SignedDuration,
    passed: BTreeMap<Point, u64>,
}

impl Seat {
    /// A worker's seat at the beginning.
    pub fn new(worker: usize, trace: Arc<Trace>) -> Arc<Seat> {
        Arc::new(Seat { worker, trace, inner: Mutex::default() })
    }

    /// Gives so many turns.
    pub fn allow(&self, turns: u32) {
        let mut inner = self.lock();
        inner.left = turns;
        inner.standing = None;
        for waiting in inner.waiting.drain(..) {
            waiting.wake();
        }
    }

    /// Where the worker stands without a turn.
    pub fn standing(&self) -> Option<Point> {
        self.lock().standing
    }

    /// Forgets whoever sat here.
    pub fn empty(&self) {
        let mut inner = self.lock();
        *inner = Inner { passed: std::mem::take(&mut inner.passed), ..Inner::default() };
    }

    /// Lets the database go wrong after so many steps.
    pub fn arm(&self, after: u32, broken: Broken) {
        self.lock().armed = Some((after, broken));
    }

    /// Takes that back.
    pub fn disarm(&self) {
        self.lock().armed = None;
    }

    /// Notes what the worker is at.
    pub fn claimed(&self, claim: Option<Claim>) {
        let mut inner = self.lock();
        (inner.claim, inner.claimed_at) = (claim, self.trace.tick());
    }

    /// When that was claimed.
    pub fn claimed_at(&self) -> u64 {
        self.lock().claimed_at
    }

    /// What the worker is at.
    pub fn claim(&self) -> Option<Claim> {
        self.lock().claim
    }

    /// Notes that a new key has arrived.
    pub fn got_key(&self, key: String) {
        self.lock().unsaved_key = Some(key);
    }

    /// Whether a text holds a key that has arrived when nothing was committed since.
    pub fn is_unsaved_key(&self, text: &str) -> bool {
        self.lock().unsaved_key.as_ref().is_some_and(|key| text.contains(key.as_str()))
    }

    /// When the worker last looked into the database.
    pub fn looked(&self) -> u64 {
        self.lock().looked
    }

    /// How long the worker had no turn since it last looked into the database.
    pub fn stood(&self) -> SignedDuration {
        self.lock().stood
    }

    /// Waits for a turn to pass this point of a call.
    pub(crate) async fn point_of_call(&self, point: Point, time: &Time) {
        let since = time.now();
        self.point(point).await;
        self.lock().stood += time.now().duration_since(since);
    }

    /// Waits for a turn to pass this point.
    pub async fn point(&self, point: Point) {
        poll_fn(|context| {
            let mut inner = self.lock();
            if inner.left == 0 {
                inner.standing = Some(point);
                inner.waiting.push(context.waker().clone());
                return Poll::Pending;
            }
            inner.left -= 1;
            inner.standing = None;
            *inner.passed.entry(point).or_default() += 1;
            Poll::Ready(())
        })
        .await;
    }

    /// Goes wrong, if it is time to.
    fn strike(&self, step: Step) -> Result<(), Error> {
        let mut inner = self.lock();
        let Some((after, broken)) = inner.armed else { return Ok(()) };
        let fits = matches!(
            (broken, step),
            (Broken::Busy | Broken::Begin, Step::Read | Step::Begin)
                | (Broken::Commit, Step::Commit)
                | (Broken::Answer, Step::Committed)
        );
        if !fits {
            return Ok(());
        }
        if after > 0 {
            inner.armed = Some((after - 1, broken));
            return Ok(());
        }
        inner.armed = None;
        drop(inner);
        self.trace.count(broken.name());
        self.trace.note(format_args!("w{} {}", self.worker, broken.name()));
        match broken {
            Broken::Busy => Err(Error::Busy),
            _ => Err(Error::Broken("the simulator broke the database".into())),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Steps for Seat {
    fn pass(&self, step: Step) -> Passing<'_> {
        Box::pin(async move {
            match step {
                Step::Read => self.point(Point::BeforeRead).await,
                Step::Begin => self.point(Point::BeforeWrite).await,
                Step::Commit => {}
                Step::Committed => {
                    self.lock().unsaved_key = None;
                    self.trace.note(format_args!("w{} committed", self.worker));
                    self.point(Point::AfterCommit).await;
                }
            }
            if matches!(step, Step::Read | Step::Begin) {
                let mut inner = self.lock();
                (inner.looked, inner.stood) = (self.trace.tick(), SignedDuration::ZERO);
            }
            self.trace.note(format_args!("w{} {step:?}", self.worker));
            self.strike(step)
        })
    }
}

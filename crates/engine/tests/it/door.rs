//! The virtual clock, seeded chance, and the door to the twin with its tricks: a fuse that ends the process, and a gate
//! that holds a call back while something else happens.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use concord_engine::{Chance, Clock};
use concord_providers::http::{Http, Lost};
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand::rngs::StdRng;
use tokio::sync::Notify;

use crate::side::Twin;

pub(crate) struct VirtualClock(pub(crate) AtomicI64);

impl VirtualClock {
    pub(crate) fn advance(&self, by: SignedDuration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

pub(crate) struct Dice(pub(crate) Mutex<StdRng>);

impl Chance for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(bytes);
    }
}

/// The door to the twin, in the same process. A fuse burns with each call: at its end the process "dies", before the
/// call or after it, and whoever waits for the answer waits for ever.
pub(crate) struct Door {
    pub(crate) twin: Twin,
    pub(crate) fuse: Arc<Fuse>,
    pub(crate) gate: Arc<Gate>,
}

/// What is written otherwise in every answer: what a twin would never send.
type Misspelling = Mutex<Option<(String, String)>>;

/// How many more calls are made before the crash.
#[derive(Default)]
pub(crate) struct Fuse {
    left: AtomicI64,
    pub(crate) burnt: Notify,
}

impl Fuse {
    /// Odd numbers crash before a call, even ones after it; none is never.
    pub(crate) fn light(&self, half_calls: i64) {
        self.left.store(half_calls, Ordering::SeqCst);
    }

    pub(crate) async fn burn(&self) {
        if self.left.load(Ordering::SeqCst) > 0 && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.burnt.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

/// Holds one call back, before it reaches the twin, until it is let through.
#[derive(Default)]
pub(crate) struct Gate {
    left: AtomicI64,
    /// Which calls count: those with this in verb and path.
    which: Mutex<String>,
    reached: Notify,
    open: Notify,
    came: AtomicI64,
    misspelt: Misspelling,
}

impl Gate {
    /// Closes for the n-th call from now on that has `which` in "VERB /path".
    pub(crate) fn close(&self, which: &str, nth: i64) {
        which.clone_into(&mut self.which.lock().unwrap());
        self.left.store(nth, Ordering::SeqCst);
    }

    /// Waits until the call stands before the gate.
    pub(crate) async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Makes every answer say `instead` where it says `text`.
    pub(crate) fn misspell(&self, text: &str, instead: &str) {
        *self.misspelt.lock().unwrap() = Some((text.to_owned(), instead.to_owned()));
    }

    /// Says all as it is again.
    pub(crate) fn spell(&self) {
        *self.misspelt.lock().unwrap() = None;
    }

    fn spoil(&self, body: Bytes) -> Bytes {
        match (&*self.misspelt.lock().unwrap(), std::str::from_utf8(&body)) {
            (Some((text, instead)), Ok(told)) => told.replace(text, instead).into(),
            _ => body,
        }
    }

    /// Lets it through.
    pub(crate) fn open(&self) {
        self.open.notify_one();
    }

    /// How many calls have come to it, counted or not.
    pub(crate) fn came(&self) -> i64 {
        self.came.load(Ordering::SeqCst)
    }

    async fn pass(&self, call: &str) {
        self.came.fetch_add(1, Ordering::SeqCst);
        let counts = self.left.load(Ordering::SeqCst) > 0 && call.contains(&*self.which.lock().unwrap());
        if counts && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.reached.notify_one();
            self.open.notified().await;
        }
    }
}

#[async_trait]
impl Http for Door {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, Lost> {
        self.fuse.burn().await;
        self.gate.pass(&format!("{} {}", request.method(), request.uri().path())).await;
        let response = self.twin.send(request).await;
        self.fuse.burn().await;
        Ok(response?.map(|body| self.gate.spoil(body)))
    }
}

//! A twin from outside: what a program, a test or a simulator does with it, whichever provider it stands for.
//!
//! A provider is its state machine and its wire ([`Provider`]); what is around them is here, once: routers, control
//! routes, notices, snapshots, the books.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use http::Method;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Notify;

use crate::clock::Now;
use crate::control::{self, Desk, Misunderstood};
use crate::core::Core;
use crate::ledger::{Called, Changed, Mail};
use crate::message::{Call, Reply};
use crate::notices::{Answer, Notice};
use crate::serve::{self, Machine};
use crate::snapshot::{self, Snapshot};

/// What makes a twin that of one provider.
pub trait Provider: Desk + Sized + Send + 'static {
    /// The name of the twin, and of the file that it is kept in.
    const NAME: &'static str;
    /// The version of the form in which it is kept.
    const FORM: u32;
    /// How it begins.
    type Settings: Clone;

    /// The seed and the time that settings tell.
    fn origin(settings: &Self::Settings) -> (u64, Now);
    /// The beginning.
    fn new(settings: Self::Settings, core: Core) -> Self;
    /// How it began.
    fn settings(&self) -> &Self::Settings;
    /// Answers a call that is not one to a control route, and writes it down.
    fn answer(&mut self, call: Call) -> Reply;
    /// Does what has become due since the last call.
    fn finish(&mut self) {}
    /// Takes in what a notice was answered.
    fn delivered(&mut self, notice: u64, answer: &Answer) {
        let now = self.core().now;
        self.core_mut().outbox.answered(notice, answer.status, now);
    }
    /// The answer that a call was told to wait for, if it is there.
    fn ready(&mut self, _ticket: u64) -> Option<Reply> {
        None
    }
    /// Everything on a calendar that is there, by the calendar's id, as its owner sees it.
    fn events(&self, calendar: &str) -> Vec<Value>;
    /// What it holds beside the core, as an object.
    fn keep(&self) -> Value;
    /// Goes on from what was kept.
    fn resume(settings: Self::Settings, core: Core, kept: Value) -> serde_json::Result<Self>;
}

/// A twin. Clones are the same twin.
pub struct Twin<P> {
    provider: Arc<Mutex<P>>,
    /// Rings with everything that happens here.
    bell: Arc<Notify>,
}

impl<P: Provider> Twin<P> {
    /// A twin at its beginning.
    pub fn new(settings: P::Settings) -> Twin<P> {
        let (seed, now) = P::origin(&settings);
        let provider = P::new(settings, Core::new(seed, now));
        Twin { provider: Arc::new(Mutex::new(provider)), bell: Arc::default() }
    }

    /// For callers in the same process (see [`serve::in_process`]).
    pub fn router(&self) -> Router {
        serve::in_process(Arc::new(self.clone()))
    }

    /// For a listener (see [`serve::listening`]).
    pub fn listening(&self) -> Router {
        serve::listening(Arc::new(self.clone()))
    }

    /// Answers one call, control routes included.
    pub fn answer(&self, call: Call) -> Reply {
        let mut provider = self.begun();
        self.bell.notify_waiters();
        provider.core_mut().counted(&call);
        if control::is_route(&call) { control::answer(&mut *provider, &call) } else { provider.answer(call) }
    }

    /// Does what a control route says, without HTTP: `twin.control("POST", "clock", &json!({"advance": "1h"}))`.
    pub fn control(&self, method: &str, route: &str, body: &Value) -> Result<Value, Misunderstood> {
        let method =
            Method::from_bytes(method.as_bytes()).map_err(|_| format!("{method} is not a method"))?;
        let mut provider = self.begun();
        self.bell.notify_waiters();
        provider.core_mut().revision += u64::from(method != Method::GET);
        control::perform(&mut *provider, &method, route, body)?
            .ok_or_else(|| format!("{method} {route} is not a control route"))
    }

    /// Takes the notices that are due, to be sent and reported with [`Twin::delivered`].
    pub fn take_notices(&self) -> Vec<Notice> {
        let mut provider = self.begun();
        let core = provider.core_mut();
        let notices = core.outbox.take(core.now);
        core.revision += u64::from(!notices.is_empty());
        notices
    }

    /// When the next notice will be due.
    pub fn next_notice(&self) -> Option<Timestamp> {
        self.lock().core().outbox.next()
    }

    /// Reports the status that a notice was answered with; 0 if nothing came back.
    pub fn delivered(&self, notice: u64, status: u16) {
        self.answered(notice, &Answer::from(status));
    }

    /// Reports what a notice was answered. Some notices ask for something in the answer.
    pub fn answered(&self, notice: u64, answer: &Answer) {
        let mut provider = self.begun();
        provider.core_mut().revision += 1;
        provider.delivered(notice, answer);
        self.bell.notify_waiters();
    }

    /// The answer to a call that was told to wait for a notice ([`Reply::awaits`]); `None` as long as it has to.
    pub fn awaited(&self, ticket: u64) -> Option<Reply> {
        self.begun().ready(ticket)
    }

    /// Everything it holds but its faults, to be kept and given to [`Twin::restore`].
    pub fn snapshot(&self) -> Snapshot {
        snapshot::of(&*self.lock())
    }

    /// Goes on where a twin was when that snapshot was taken. Its own settings stay: where it is reached, its time, its
    /// applications. What cannot be read changes nothing and is said in a sentence.
    pub fn restore(&self, snapshot: Snapshot) -> Result<(), String> {
        snapshot::into(&mut *self.lock(), snapshot)
    }

    /// A number that counts up with everything that a snapshot would show: as long as it stands, there is nothing new
    /// to keep.
    pub fn revision(&self) -> u64 {
        self.lock().core().revision
    }

    /// Everything on a calendar that is there, by the calendar's id, as its owner sees it. In which form is told where
    /// the provider is.
    pub fn events(&self, calendar: &str) -> Vec<Value> {
        self.lock().events(calendar)
    }

    /// The calls after number `since`.
    pub fn calls(&self, since: u64) -> Vec<Called> {
        self.lock().core().ledger.calls(since).cloned().collect()
    }

    /// The changes after number `since`.
    pub fn changes(&self, since: u64) -> Vec<Changed> {
        self.lock().core().ledger.changes(since).cloned().collect()
    }

    /// The mails after number `since`.
    pub fn mails(&self, since: u64) -> Vec<Mail> {
        self.lock().core().ledger.mails(since).cloned().collect()
    }

    /// How many calls, changes and mails there were in all.
    pub fn counts(&self) -> [u64; 3] {
        self.lock().core().ledger.counts()
    }

    /// The twin's time.
    pub fn now(&self) -> Timestamp {
        self.lock().core().clock.now()
    }

    fn begun(&self) -> MutexGuard<'_, P> {
        let mut provider = self.lock();
        provider.core_mut().begin();
        provider.finish();
        provider
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, P> {
        // A panic in one call leaves the state as it was then; a test that goes on wants to see it.
        self.provider.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Back to the beginning, with another seed if one is given.
pub(crate) fn reset<P: Provider>(provider: &mut P, seed: Option<u64>) {
    let core = provider.core().anew(seed.unwrap_or(provider.core().seed));
    *provider = P::new(provider.settings().clone(), core);
}

impl<P> Clone for Twin<P> {
    fn clone(&self) -> Twin<P> {
        Twin { provider: Arc::clone(&self.provider), bell: Arc::clone(&self.bell) }
    }
}

impl<P: Provider> fmt::Debug for Twin<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::Twin", P::NAME)
    }
}

impl<P: Provider> Machine for Twin<P> {
    fn answer(&self, call: Call) -> Reply {
        Twin::answer(self, call)
    }

    fn awaited(&self, ticket: u64) -> Option<Reply> {
        Twin::awaited(self, ticket)
    }

    fn bell(&self) -> &Notify {
        &self.bell
    }
}

//! The calls that are made, and what must hold of what comes of them.

use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use concord_model::observed::{Item, Reading, State, Versions};
use concord_model::{CalendarId, EventId, ExternalId, FieldSet, LinkId, Mark, Moment, Span, View, Zone};
use concord_providers::Answer;
use concord_providers::provider::{
    Access, Grant, Login, Mail, Next, Provider, SignInStart, Watch, Write, Written,
};
use http::StatusCode;
use secrecy::SecretString;

use super::door::{Door, Heard};
use super::{Kind, ids, now};

/// How often a call may be put off before it counts as waiting for something.
const TURNS: usize = 1_000;
/// The name in the world that is looked for.
const UID: &str = "u@concord";

/// One call that never waits: the door answers at once.
pub(super) fn done<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    for _ in 0..TURNS {
        if let Poll::Ready(done) = call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
    panic!("something is waited for that is not the door");
}

/// A provider that is to be called.
pub(super) struct Call<'a> {
    pub(super) kind: &'static Kind,
    pub(super) door: &'a Door,
    pub(super) adapter: &'a dyn Provider,
    pub(super) access: &'a Access,
    pub(super) calendar: CalendarId,
}

impl Call<'_> {
    /// Makes the call of that letter.
    pub(super) fn make(&self, letter: u8) {
        let Call { adapter, access, calendar, .. } = self;
        let (made, [id, _]) = (self.kind.made, ids(self.kind));
        match letter.wrapping_sub(b'a') % 16 {
            0 => self.walk(),
            1 => drop(self.read(&ids(self.kind))),
            2 => self.find(),
            3 => drop(self.write(&[create(made), update(&id), delete(&id)])),
            4 => drop(self.learn(done(adapter.calendars(access)), Vec::is_empty)),
            5 => drop(self.learn(done(adapter.identity(access)), |_| false)),
            6 => self.sign_in(),
            7 => self.refresh(),
            8 => self.watch(),
            9 => self.enter(),
            10 => drop(self.write(&[create(made)])),
            11 => drop(self.write(&[update(&id)])),
            12 => drop(self.write(&[delete(&id)])),
            13 => self.change_what_is_there(),
            14 => self.table(),
            _ => {
                self.learn(done(adapter.make_calendar(access, "Concord")), |_| false);
                self.learn(done(adapter.calendars_at(access, calendar.as_str())), Vec::is_empty);
            }
        }
    }

    // --- what must hold

    /// Of a question: what nobody answered is not answered, what was no answer of theirs neither, and nothing was done.
    fn learn<T>(&self, learnt: Result<T, Answer>, is_empty: fn(&T) -> bool) -> Option<T> {
        let heard = self.door.heard();
        match learnt {
            Ok(learnt) => {
                assert!(heard.is_empty() || !all_nothing(&heard), "an answer that nobody gave: {heard:?}");
                let is_one = heard.iter().any(|one| one.is_one);
                assert!(
                    heard.is_empty() || is_one || is_empty(&learnt),
                    "what is no answer was one: {heard:?}"
                );
                Some(learnt)
            }
            Err(answer) => {
                let wrote = heard.iter().any(|one| one.wrote);
                assert!(wrote || !answer.may_have_happened(), "nothing was to happen: {answer:?}");
                None
            }
        }
    }

    /// Of what was seen: it can be kept and read again, in the one form in which equal means equal.
    fn seen(&self, items: &[Item]) {
        for item in items {
            assert!(!item.id.as_str().is_empty(), "what has no name is no event");
            let kept = serde_json::to_string(item).expect("what is seen can be kept");
            let again: Item = serde_json::from_str(&kept).unwrap_or_else(|error| panic!("{error}: {kept}"));
            assert_eq!(again, *item, "what was kept reads otherwise");
            if let State::Live(view) = &item.state {
                let mut normal = view.clone();
                normal.normalise();
                assert_eq!(normal, *view, "a view that is not in normal form");
                let key = view.time.span.key();
                let _ = (view.occurrence(key), view.time.span.start_instant(&Zone::utc()));
            }
        }
    }

    // --- the calls

    /// The whole calendar, and once more what has changed since.
    fn walk(&self) {
        let (mut from, mut is_over, mut is_known) = (None, false, false);
        loop {
            let page = done(self.adapter.changes(self.access, &self.calendar, from.as_ref()));
            let heard = self.door.heard();
            let page = match page {
                Ok(page) => page,
                Err(answer) => {
                    assert!(!answer.may_have_happened(), "nothing was to happen: {answer:?}");
                    let own = from.is_some() && heard.is_empty() && answer == Answer::CursorGone;
                    assert!(!own, "a place of its own making is lost: {from:?}");
                    return;
                }
            };
            let succeeded = |one: &&Heard| one.status.is_some_and(|status| status.is_success());
            let sound = heard.iter().filter(succeeded).all(|one| one.is_one);
            let told = is_known || heard.iter().any(|one| one.is_one);
            assert!(sound && told, "a page that is none: {heard:?}");
            self.seen(&page.items);
            let said: usize = heard.iter().map(|one| one.gone).sum();
            let gone = page.items.iter().filter(|item| matches!(item.state, State::Gone)).count();
            assert!(gone <= said, "{gone} are gone, and {said} were said to be");
            from = match page.next {
                Next::More(next) => Some(next),
                Next::Done(next) if !is_over => {
                    is_over = true;
                    Some(next)
                }
                // What was found to be new need not be fetched again.
                Next::Everything if !is_known => {
                    is_known = true;
                    None
                }
                Next::Everything | Next::Done(_) => return,
            };
        }
    }

    fn read(&self, ids: &[ExternalId]) -> Vec<Item> {
        let read = done(self.adapter.read(self.access, &self.calendar, ids));
        assert_eq!(read.len(), ids.len());
        let heard = self.door.heard();
        let mut there = Vec::new();
        for one in read {
            match one {
                Ok(reading) => {
                    assert!(!all_nothing(&heard), "a reading that nobody gave: {heard:?}");
                    if let Reading::Present(items) = reading {
                        assert!(heard.iter().any(|one| one.is_one), "what is no event was one");
                        assert!(!items.is_empty(), "it is there, and nothing is");
                        there.extend(items);
                    }
                }
                Err(answer) => assert!(!answer.may_have_happened(), "nothing was to happen: {answer:?}"),
            }
        }
        self.seen(&there);
        there
    }

    fn find(&self) {
        let uids = [UID.to_owned(), "v@concord".to_owned()];
        let found = done(self.adapter.find(self.access, &self.calendar, &uids));
        if let Some(found) = self.learn(found, BTreeMap::is_empty) {
            for (uid, items) in found {
                assert!(uids.contains(&uid), "nobody asked for {uid}");
                self.seen(&items);
            }
        }
    }

    fn write(&self, writes: &[Write]) -> Vec<Result<Written, Answer>> {
        let written = done(self.adapter.write(self.access, &self.calendar, writes, Mail::Nobody));
        assert_eq!(written.len(), writes.len());
        let heard = self.door.heard();
        for (write, written) in writes.iter().zip(&written) {
            match written {
                Ok(written) => {
                    assert!(!all_nothing(&heard), "what nobody said was done: {heard:?}");
                    match (write, written) {
                        (Write::Delete { .. }, Written::There(_)) => panic!("what was deleted is there"),
                        (Write::Create { .. } | Write::Update { .. }, Written::Gone) => {
                            panic!("what was written is gone")
                        }
                        (_, Written::There(items)) => {
                            assert!(!items.is_empty(), "it is there, and nothing is");
                            self.seen(items);
                        }
                        (_, Written::Gone) => {}
                    }
                }
                // Of several it is not known here which was answered how.
                Err(answer) if writes.len() == 1 => {
                    let open = heard.iter().any(|one| one.wrote && may_be_done(one.status));
                    // Of what was there before, the answer to making it may tell just that.
                    let was_there = *answer == Answer::Exists;
                    assert!(
                        !open || was_there || answer.may_have_happened(),
                        "it may have happened: {answer:?}, {heard:?}"
                    );
                }
                Err(_) => {}
            }
        }
        written
    }

    /// What is there is changed, whatever it is, and taken away.
    fn change_what_is_there(&self) {
        let [id, _] = ids(self.kind);
        for item in self.read(&[id]) {
            let (None, State::Live(before)) = (item.part, item.state) else { continue };
            let versions = Versions { whole: item.etag, parts: Default::default() };
            let title = format!("{}, later", before.title);
            let write = Write::Update {
                id: item.id.clone(),
                versions: versions.clone(),
                after: Box::new(View { title, location: "Studio B".to_owned(), ..(*before).clone() }),
                before,
                fields: FieldSet::ALL,
            };
            let versions = match self.write(&[write]).pop() {
                Some(Ok(Written::There(mut items))) => {
                    Versions { whole: items.swap_remove(0).etag, parts: Default::default() }
                }
                _ => versions,
            };
            self.write(&[Write::Delete { id: item.id, versions }]);
        }
    }

    fn sign_in(&self) {
        let start = SignInStart {
            state: "s".to_owned(),
            verifier: SecretString::from("v".repeat(64)),
            redirect: "https://concord.test/callback".parse().expect("an address"),
            hint: None,
        };
        // What follows on a grant is not looked at by the library that reads it.
        self.learn(done(self.adapter.exchange(&start, "code", now())), |_| true);
    }

    fn refresh(&self) {
        let grant = Grant {
            access: SecretString::from("a"),
            access_ends_at: None,
            refresh: Some(SecretString::from("r")),
            scopes: Vec::new(),
        };
        if let Some(grant) = self.learn(done(self.adapter.refresh(&grant, now())), |_| true) {
            assert!(grant.refresh.is_some(), "a refresh that loses the refresh token");
        }
        drop(done(self.adapter.revoke(&grant)));
    }

    fn watch(&self) {
        let (secret, address) =
            (SecretString::from("s"), "https://concord.test/".parse().expect("an address"));
        let watch = Watch { id: "c1", secret: &secret, address: &address, until: now() };
        if let Some(Some(channel)) =
            self.learn(done(self.adapter.watch(self.access, &self.calendar, watch)), Option::is_none)
        {
            drop(done(self.adapter.unwatch(self.access, &channel)));
        }
    }

    fn enter(&self) {
        let (user, address) = self.kind.login;
        let login = Login {
            user: user.to_owned(),
            secret: self.access.token.clone(),
            address: Some(address.to_owned()).filter(|address| !address.is_empty()),
            trusted: false,
        };
        let Some(entered) = self.learn(done(self.adapter.enter(&login, now())), |_| false) else { return };
        let Some(site) = entered.site else { return };
        let _ = self.adapter.found(&site);
        let access =
            Access { token: self.access.token.clone(), site: Some(site), ..(self.kind.access)(now(), true) };
        assert!(self.adapter.login(&access).is_some(), "what was entered can be entered again");
        self.learn(done(self.adapter.calendars(&access)), Vec::is_empty);
    }

    fn table(&self) {
        let Call { adapter, access, calendar, .. } = self;
        self.learn(done(adapter.table(access, calendar)), Option::is_none);
        self.learn(done(adapter.trial(access, calendar, &[view()])), Option::is_none);
        self.learn(done(adapter.columns(access, calendar)), Option::is_none);
    }
}

fn all_nothing(heard: &[Heard]) -> bool {
    !heard.is_empty() && heard.iter().all(Heard::is_nothing)
}

/// Whether what was asked for may be done, by the status of the answer. One about many hides what became of each.
fn may_be_done(status: Option<StatusCode>) -> bool {
    status.is_none_or(|status| status.is_success() && status != StatusCode::MULTI_STATUS)
}

// --- what is written

fn view() -> View {
    let zone = Zone::new("Europe/Berlin").expect("a known zone");
    let at = |wall: &str| Moment::new(wall.parse().expect("a wall time"), zone.clone());
    View::new(Span::timed(at("2026-11-24T10:00:00"), at("2026-11-24T11:00:00")).expect("a span"), "Coaching")
}

fn create(made: &str) -> Write {
    Write::Create {
        id: ExternalId::from(made),
        uid: UID.to_owned(),
        mark: Mark { event: EventId::from(uuid(1)), link: LinkId::from(uuid(2)) },
        view: Box::new(view()),
        fields: FieldSet::ALL,
        was: None,
    }
}

fn versions() -> Versions {
    Versions { whole: Some("\"1\"".to_owned().into()), parts: Default::default() }
}

fn update(id: &ExternalId) -> Write {
    let after = View { title: "Later".to_owned(), ..view() };
    Write::Update {
        id: id.clone(),
        versions: versions(),
        before: Box::new(view()),
        after: Box::new(after),
        fields: FieldSet::ALL,
    }
}

fn delete(id: &ExternalId) -> Write {
    Write::Delete { id: id.clone(), versions: versions() }
}

fn uuid(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n)
}

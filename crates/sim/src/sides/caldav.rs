//! A calendar server's side: the twin with the manners of a server that the seed chooses, and people who use it with
//! programs of their own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::{Mark, ProviderId};
use concord_providers::Provider;
use concord_providers::caldav::{CalDav, Settings as AdapterSettings};
use concord_providers::http::Http;
use concord_providers::provider::Login;
use concord_twins::caldav::{Settings as TwinSettings, Twin};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::twin::{self, Faults, text};
use super::{
    Answered, Called, ChangeKind, Changed, Fault, Fields, GUEST, NAMES, Place, Rule, Shown, Side, Thing,
    Trouble, newcomers,
};
use crate::clock::Time;
use crate::plan::Plan;

const HOST: &str = "caldav.twin.test";
/// The servers of which a world has one, iCloud most often.
const MANNERS: [&str; 12] = [
    "icloud",
    "icloud",
    "icloud",
    "plain",
    "radicale",
    "nextcloud",
    "cyrus",
    "xandikos",
    "baikal",
    "yahoo",
    "sabre",
    "stalwart",
];
/// After so many calls, when everybody is connected, a busy server begins to say so.
const BUSY: u64 = 60;
/// After so many calls the calendars of a server with partitions move to another one.
const MOVES: u64 = 150;

/// A calendar server with its people.
pub(crate) struct CalDavSide {
    twin: Twin,
    router: axum::Router,
    faults: Faults,
    /// What the twin calls each calendar, by its path.
    calendars: BTreeMap<String, String>,
    /// How long lists of this server do not show a change.
    lag: Value,
    has_partitions: bool,
    answered: AtomicU64,
    /// Mails that its people caused themselves.
    own_mails: AtomicUsize,
}

impl CalDavSide {
    /// A calendar server at a world's beginning.
    pub(crate) fn new(plan: &Plan, time: &Arc<Time>) -> CalDavSide {
        let time = time.clone();
        let twin = Twin::new(TwinSettings {
            seed: plan.seed,
            keep_versions: true,
            more_people: newcomers(plan),
            ..TwinSettings::new(&format!("https://{HOST}"), Arc::new(move || time.now()))
        });
        let manners = MANNERS[plan.seed as usize % MANNERS.len()];
        let has_partitions = manners == "icloud";
        let left = ["notFound", "redirect", "unavailable", "forbidden"][plan.seed as usize / 3 % 4];
        let more = match has_partitions {
            true => json!({"discovery": {"leftPartition": left}}),
            false => json!({}),
        };
        let set = twin.control("POST", "preset", &json!({"name": manners, "quirks": more}));
        let lag = set.expect("the twin knows these servers")["sync"]["visibilityDelayMs"].clone();
        let state = twin.control("GET", "state", &json!({})).expect("the twin shows what it holds");
        let all = state["users"].as_array().into_iter().flatten();
        let all = all.flat_map(|user| user["calendars"].as_array().into_iter().flatten());
        let calendars =
            all.map(|told| (path(text(told, "href")), text(told, "calendar").to_owned())).collect();
        CalDavSide {
            router: twin.router(),
            twin,
            faults: Faults::default(),
            calendars,
            lag,
            has_partitions,
            answered: AtomicU64::new(0),
            own_mails: AtomicUsize::new(0),
        }
    }

    fn collection(&self, calendar: &str) -> &str {
        self.calendars.get(calendar).map_or("", String::as_str)
    }

    fn path_of(&self, collection: &str) -> String {
        let found = self.calendars.iter().find(|(_, known)| *known == collection);
        found.map_or(collection, |(path, _)| path).to_owned()
    }

    fn act(&self, at: &Place, verb: &str, more: Value) -> Option<Value> {
        let calendar = self.collection(&at.calendar);
        let mut body = json!({"user": NAMES[at.person], "calendar": calendar, "do": verb});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        let before = self.twin.mails(0).len();
        let done = self.twin.control("POST", "event", &body).ok();
        self.own_mails.fetch_add(self.twin.mails(0).len() - before, Ordering::Relaxed);
        done
    }

    fn change_part(&self, at: &Place, verb: &str, id: &str, nth: usize, fields: Value) -> Option<Value> {
        let occurrence = self.nth(at, id, nth)?;
        self.act(at, verb, json!({"id": id, "occurrence": occurrence, "fields": fields}))
    }

    /// An occurrence of a series, in the form in which the twin is told of it.
    fn nth(&self, at: &Place, id: &str, nth: usize) -> Option<String> {
        let far = self.twin.now().saturating_add(SignedDuration::from_hours(24 * 400)).ok()?;
        let long_ago = self.twin.now().saturating_sub(SignedDuration::from_hours(24 * 60)).ok()?;
        let mut all = self.shown(at, long_ago, far);
        all.retain(|one| one.id == id && one.occurrence != id);
        let count = all.len();
        (count > 0).then(|| all.swap_remove(nth % count).occurrence.replace(['-', ':'], ""))
    }
}

/// The path of an address.
fn path(href: &str) -> String {
    let path = href.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
    path.map_or_else(|| href.to_owned(), |(_, path)| format!("/{path}"))
}

/// The fields in the twin's plain words.
fn body(fields: &Fields) -> Value {
    let mut body = json!({});
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            body[key] = value;
        }
    };
    put("summary", fields.title.as_ref().map(|t| json!(t)));
    put("description", fields.description.as_ref().map(|t| json!(t)));
    put("location", fields.location.as_ref().map(|t| json!(t)));
    put("transp", fields.free.map(|free| json!(if free { "TRANSPARENT" } else { "OPAQUE" })));
    put("class", fields.private.map(|private| json!(if private { "PRIVATE" } else { "PUBLIC" })));
    put("rrule", fields.rule.as_ref().map(|rule| json!(rule)));
    if let Some(about) = &fields.guest {
        let said = if about.is_empty() { String::new() } else { format!(";X-SAYS=\"{about}\"") };
        let guest = format!("ATTENDEE;PARTSTAT=NEEDS-ACTION;SCHEDULE-AGENT=CLIENT{said}:mailto:{GUEST}");
        put("lines", Some(json!([guest])));
    }
    if let Some((start, minutes)) = fields.start {
        let (start, end) = match fields.all_day {
            true => {
                let day = start.date();
                (day.to_string(), day.tomorrow().unwrap_or(day).to_string())
            }
            false => {
                let end = start.saturating_add(SignedDuration::from_mins(minutes));
                (start.to_string(), end.to_string())
            }
        };
        put("start", Some(json!(start)));
        put("end", Some(json!(end)));
    }
    body
}

/// An instant or a day, so that equal means equal however it was written.
fn when(value: &Value) -> String {
    match value["date"].as_str() {
        Some(day) => day.to_owned(),
        None => {
            let told = text(value, "dateTime");
            told.parse::<Timestamp>().map_or_else(|_| told.to_owned(), |at| at.to_string())
        }
    }
}

fn mark(file: &str) -> Option<String> {
    let file = file.replace("\r\n ", "");
    let mark: Mark = file.lines().find_map(|line| line.strip_prefix("X-CONCORD:")?.trim().parse().ok())?;
    Some(mark.to_string())
}

/// Whether a file is one with which our adapter tries, when an account is connected, what a server keeps to.
fn is_trial(name: &str) -> bool {
    name.starts_with("concord-")
}

fn writes(method: &str) -> bool {
    matches!(method, "PUT" | "DELETE" | "MOVE" | "COPY" | "POST" | "MKCALENDAR" | "MKCOL" | "PROPPATCH")
}

#[async_trait]
impl Side for CalDavSide {
    fn id(&self) -> ProviderId {
        ProviderId::from("caldav")
    }

    fn adapter(&self, door: Arc<dyn Http>) -> Arc<dyn Provider> {
        Arc::new(CalDav::new(AdapterSettings::any(), door.clone(), door))
    }

    fn serves(&self, host: &str) -> bool {
        host == HOST || host.strip_suffix(HOST).is_some_and(|partition| partition.ends_with('-'))
    }

    async fn answer(&self, request: http::Request<Bytes>) -> Answered {
        let answered = self.answered.fetch_add(1, Ordering::Relaxed) + 1;
        if self.has_partitions && answered.is_multiple_of(MOVES) {
            self.twin.control("POST", "partition", &json!({})).expect("there is another partition");
        }
        if self.has_partitions && answered == BUSY {
            let busy = json!({"load": {"burstRate": 0.004}});
            self.twin.control("POST", "quirks", &busy).expect("the switches are the twin's");
        }
        twin::answer(&self.router, request).await
    }

    fn renews(&self, _request: &http::Request<Bytes>) -> Option<String> {
        None
    }

    /// A file is replaced whole by every write; what it keeps of the other is asked at the end.
    fn breach(&self, request: &http::Request<Bytes>) -> Option<(&'static str, String)> {
        let has = |name: &str| request.headers().contains_key(name);
        let versioned = match request.method().as_str() {
            "PUT" => has("if-match") || has("if-none-match"),
            "DELETE" => has("if-match"),
            _ => true,
        };
        let told = || format!("{} {} names no version", request.method(), request.uri());
        (!versioned).then(|| ("I-16", told()))
    }

    fn writes(&self, request: &http::Request<Bytes>) -> bool {
        writes(request.method().as_str())
    }

    fn page(&self, request: &http::Request<Bytes>) -> Option<String> {
        let asked = String::from_utf8_lossy(request.body());
        asked.contains("sync-collection").then(|| format!("{} {asked}", request.uri()))
    }

    fn is_counted(&self, request: &http::Request<Bytes>) -> bool {
        matches!(request.method().as_str(), "REPORT" | "GET" | "PUT" | "DELETE")
    }

    fn key_in(&self, _answer: &http::Response<Bytes>) -> Option<String> {
        None
    }

    fn calendars(&self, person: usize) -> Vec<String> {
        ["home", "team"].map(|name| self.path_of(&format!("{}/{name}", NAMES[person]))).to_vec()
    }

    fn user(&self, person: usize) -> String {
        NAMES[person].to_owned()
    }

    fn login(&self, person: usize) -> Login {
        let name = NAMES[person];
        let restored = json!({"do": "restore", "user": name});
        self.twin.control("POST", "tokens", &restored).expect("everybody lives there");
        Login {
            user: format!("{name}@twin.test"),
            secret: SecretString::from(format!("twin-{name}")),
            address: Some(format!("https://{HOST}/")),
            trusted: false,
        }
    }

    fn make(&self, at: &Place, fields: &Fields) -> Option<String> {
        let mut told = body(fields);
        if fields.guest.is_some() {
            told["organizer"] = json!(format!("{}@twin.test", NAMES[at.person]));
        }
        Some(text(&self.act(at, "create", json!({"fields": told}))?, "id").to_owned())
    }

    fn change(&self, at: &Place, id: &str, fields: &Fields) -> bool {
        self.act(at, "change", json!({"id": id, "fields": body(fields)})).is_some()
    }

    fn delete(&self, at: &Place, id: &str) -> bool {
        self.act(at, "delete", json!({"id": id})).is_some()
    }

    fn copy(&self, at: &Place, id: &str, to: &str, fields: &Fields) -> Option<String> {
        let to = self.collection(to);
        let made = self.act(at, "copy", json!({"id": id, "destination": to, "fields": body(fields)}))?;
        Some(text(&made, "id").to_owned())
    }

    fn relocate(&self, at: &Place, id: &str, to: &str) -> bool {
        self.act(at, "move", json!({"id": id, "destination": self.collection(to)})).is_some()
    }

    fn change_one(&self, at: &Place, id: &str, nth: usize, fields: &Fields) -> Option<String> {
        self.change_part(at, "change", id, nth, body(fields)).map(|_| id.to_owned())
    }

    /// Some programs leave it out of the series, some keep it and say that it is cancelled.
    fn cancel_one(&self, at: &Place, id: &str, nth: usize) -> bool {
        let verb = if nth.is_multiple_of(2) { "delete" } else { "cancel" };
        self.change_part(at, verb, id, nth, json!({})).is_some()
    }

    fn split(&self, at: &Place, id: &str, nth: usize, fields: &Fields) -> Option<String> {
        let made = self.change_part(at, "split", id, nth, body(fields))?;
        Some(text(&made, "id").to_owned())
    }

    fn respond(&self, at: &Place, id: &str, yes: bool) -> bool {
        let answer = if yes { "accepted" } else { "declined" };
        self.act(at, "respond", json!({"id": id, "answer": answer})).is_some()
    }

    fn living(&self, calendar: &str) -> Vec<Thing> {
        let collection = self.collection(calendar);
        let own = format!("mailto:{}@twin.test", collection.split('/').next().unwrap_or_default());
        let texts =
            |told: &Value| ["summary", "description", "location"].map(|key| text(told, key)).join("\n");
        let thing = |event: Value| {
            let file = text(&event, "ics").replace("\r\n ", "");
            let parts = event["overrides"].as_array().into_iter().flatten().map(texts);
            let organiser = text(&event, "organizer");
            Thing {
                id: text(&event, "id").to_owned(),
                mark: mark(&file),
                text: std::iter::once(texts(&event)).chain(parts).collect::<Vec<_>>().join("\n"),
                description: text(&event, "description").to_owned(),
                series: event.get("rrule").is_some(),
                guest: !organiser.is_empty() && organiser != own,
                about_guests: file,
            }
        };
        let events = self.twin.events(collection).into_iter();
        events
            .filter(|event| event["component"] == "VEVENT" && !is_trial(text(event, "id")))
            .map(thing)
            .collect()
    }

    fn shown(&self, at: &Place, from: Timestamp, until: Timestamp) -> Vec<Shown> {
        let calendar = self.collection(&at.calendar);
        let ask = json!({
            "user": NAMES[at.person], "calendar": calendar, "from": from.to_string(), "until": until.to_string(),
        });
        let Ok(told) = self.twin.control("GET", "events", &ask) else { return Vec::new() };
        let cancelled = |told: &Value| told["status"] == "CANCELLED";
        let whole = self.twin.events(calendar);
        let called_off: Vec<&str> =
            whole.iter().filter(|event| cancelled(event)).map(|event| text(event, "id")).collect();
        // One that is cancelled within a series does not take place; what is cancelled as a whole is shown so.
        let takes_place = |one: &&Value| {
            !cancelled(one) || one.get("occurrence").is_none() || called_off.contains(&text(one, "id"))
        };
        let shown = |one: &Value| Shown {
            id: text(one, "id").to_owned(),
            occurrence: one["occurrence"].as_str().unwrap_or(text(one, "id")).to_owned(),
            start: when(&one["start"]),
            end: when(&one["end"]),
            title: text(one, "summary").to_owned(),
            location: text(one, "location").to_owned(),
            description: text(one, "description").to_owned(),
            free: one["transp"] == "TRANSPARENT",
        };
        told["events"].as_array().into_iter().flatten().filter(takes_place).map(shown).collect()
    }

    fn calls(&self, since: u64) -> Vec<Called> {
        let common = |call: concord_twins::ledger::Called| Called {
            n: call.n,
            at: call.at,
            writes: writes(&call.method),
            what: format!("{} {}", call.method, call.path),
            status: call.status,
            user: call.user,
        };
        self.twin.calls(since).into_iter().map(common).collect()
    }

    fn last_call(&self) -> u64 {
        self.twin.counts()[0]
    }

    fn caller_since(&self, call: u64) -> Option<String> {
        self.twin.calls(call).into_iter().find_map(|call| call.user)
    }

    fn changes(&self, since: u64) -> Vec<Changed> {
        let common = |change: concord_twins::ledger::Changed| Changed {
            n: change.n,
            calendar: self.path_of(&change.calendar),
            thing: change.id.clone(),
            id: change.id,
            kind: match &*change.what {
                "created" => ChangeKind::Made,
                "deleted" => ChangeKind::Deleted,
                _ => ChangeKind::Changed,
            },
            by_program: !change.by.starts_with("person:"),
            mark: change.now.as_str().and_then(mark),
        };
        self.twin.changes(since).into_iter().filter(|change| !is_trial(&change.id)).map(common).collect()
    }

    fn mails(&self) -> usize {
        self.twin.mails(0).len() - self.own_mails.load(Ordering::Relaxed)
    }

    fn channels(&self) -> Option<Vec<String>> {
        None
    }

    fn fault(&self, rule: Rule) {
        let refused = |code: u16, reason: &str| json!({"kind": "status", "status": code, "reason": reason});
        let told = match rule.fault {
            // There is no allowance in these words, and no key to renew.
            Fault::RateLimited | Fault::NoNewKey => return,
            Fault::QuotaUsedUp => refused(507, "quota-not-exceeded"),
            Fault::MayOnlyRead => refused(403, "need-privileges"),
            other => twin::told(other),
        };
        let method = match rule.fault {
            Fault::NotFound | Fault::Gone => Some("REPORT"),
            Fault::QuotaUsedUp
            | Fault::MayOnlyRead
            | Fault::Forbidden
            | Fault::Conflict
            | Fault::PreconditionFailed => Some("PUT"),
            _ if rule.writes_only => Some("PUT"),
            _ => None,
        };
        self.faults.strike(&self.twin, rule, told, (method, None));
    }

    fn trouble(&self, trouble: Trouble, person: usize, _calendar: &str) -> bool {
        let tell = |route: &str, body: Value| self.twin.control("POST", route, &body).is_ok();
        let user = NAMES[person];
        match trouble {
            Trouble::KeysRotate => tell("tokens", json!({"do": "change", "user": user})),
            Trouble::GrantRevoked => tell("tokens", json!({"do": "revoke", "user": user})),
            Trouble::CursorsEnd => tell("expire-sync", json!({})),
            Trouble::PagesShort => tell("quirks", json!({"sync": {"page": 2}})),
            Trouble::SeenLate => tell("quirks", json!({"sync": {"visibilityDelayMs": 20_000}})),
            Trouble::KeysEnd
            | Trouble::ChannelsMute
            | Trouble::ChannelsEnd
            | Trouble::PagesCircle
            | Trouble::PagesEmpty
            | Trouble::ReadOnly => false,
        }
    }

    fn calm(&self) {
        self.faults.clear(&self.twin);
        let usual =
            json!({"sync": {"page": null, "visibilityDelayMs": self.lag}, "load": {"burstRate": 0.0}});
        self.twin.control("POST", "quirks", &usual).expect("the switches are the twin's");
    }

    fn struck(&self) -> BTreeMap<&'static str, u64> {
        self.faults.struck(&self.twin)
    }

    fn notices(&self) -> Vec<(u64, http::Request<Bytes>)> {
        Vec::new()
    }

    fn delivered(&self, _notice: u64, _status: u16) {}
}

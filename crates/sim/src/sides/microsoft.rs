//! Microsoft's side: the twin, spoken to as people do in Outlook and as operators do.
//!
//! What people write to an event with guests is mailed to them by Outlook, always; such mail is theirs and is not counted.
//! There is no "this and following": Outlook ends the series and makes another.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::ProviderId;
use concord_providers::Provider;
use concord_providers::http::Http;
use concord_providers::microsoft::{Microsoft, Settings as AdapterSettings, TENANT};
use concord_providers::provider::Login;
use concord_twins::Notice;
use concord_twins::microsoft::{Settings as TwinSettings, Twin};
use concord_twins::notices::Answer;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::twin::{self, Faults, text};
use super::{
    Answered, Called, ChangeKind, Changed, Fault, Fields, GUEST, NAMES, Place, Rule, Shown, Side, Thing,
    Trouble, ZONE, newcomers,
};
use crate::clock::Time;
use crate::plan::Plan;

const HOST: &str = "microsoft.test";
/// The name of the property of an event that our mark is.
const MARK: &str = "ConcordMark";
/// The days of a week as Graph calls them.
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Microsoft with its people.
pub(crate) struct MicrosoftSide {
    twin: Twin,
    router: axum::Router,
    faults: Faults,
    /// The calendars of each person who lives here: the main one, and another.
    calendars: Vec<Vec<String>>,
    /// How many mails there are that people had sent.
    peoples_mails: AtomicUsize,
    /// Notices that were met while an address was being validated.
    met: Mutex<Vec<Notice>>,
}

impl MicrosoftSide {
    /// Microsoft at a world's beginning.
    pub(crate) fn new(plan: &Plan, time: &Arc<Time>) -> MicrosoftSide {
        let time = time.clone();
        let twin = Twin::new(TwinSettings {
            seed: plan.seed,
            keep_versions: true,
            time_zone: ZONE.to_owned(),
            more_people: newcomers(plan),
            ..TwinSettings::new(&format!("http://{HOST}"), Arc::new(move || time.now()))
        });
        for habit in habits(plan.seed) {
            twin.control("POST", "quirks", &habit).expect("the habits are the twin's");
        }
        let state = twin.control("GET", "state", &json!({})).unwrap_or_default();
        let of_person = |name: &&str| {
            let user = state["users"].as_array().into_iter().flatten().find(|user| user["name"] == **name);
            let all = user.and_then(|user| user["calendars"].as_array()).into_iter().flatten();
            all.filter(|entry| entry["canEdit"] == true).map(|entry| text(entry, "id").to_owned()).collect()
        };
        MicrosoftSide {
            router: twin.router(),
            faults: Faults::default(),
            calendars: NAMES.iter().map(of_person).collect(),
            peoples_mails: AtomicUsize::new(0),
            met: Mutex::default(),
            twin,
        }
    }

    fn act(&self, at: &Place, verb: &str, more: Value) -> Option<Value> {
        let mut body = json!({"user": NAMES[at.person], "calendar": at.calendar, "do": verb});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        let before = self.twin.mails(0).len();
        let done = self.twin.control("POST", "event", &body).ok();
        self.peoples_mails.fetch_add(self.twin.mails(0).len() - before, Ordering::Relaxed);
        done
    }

    fn switch(&self, switches: &Value) {
        self.twin.control("POST", "quirks", switches).expect("the switches are the twin's");
    }

    /// The event or series of that id, as it is.
    fn held(&self, at: &Place, id: &str) -> Option<Value> {
        self.twin.events(&at.calendar).into_iter().find(|event| text(event, "id") == id)
    }

    fn nth(&self, at: &Place, id: &str, nth: usize) -> Option<String> {
        let far = self.twin.now().saturating_add(SignedDuration::from_hours(24 * 400)).ok()?;
        let long_ago = self.twin.now().saturating_sub(SignedDuration::from_hours(24 * 60)).ok()?;
        let mut all = self.shown(at, long_ago, far);
        all.retain(|one| one.id == id && one.occurrence != id);
        let count = all.len();
        (count > 0).then(|| all.swap_remove(nth % count).occurrence)
    }

    /// Answers the questions that are asked of addresses for notices.
    fn validate(&self) {
        for notice in self.twin.take_notices() {
            let query = notice.request.uri().query().unwrap_or_default();
            let mut told = url::form_urlencoded::parse(query.as_bytes());
            match told.find(|(name, _)| name == "validationToken").map(|(_, token)| token.into_owned()) {
                Some(token) => {
                    let content_type = "text/plain".to_owned();
                    self.twin.answered(notice.id, &Answer { status: 200, content_type, body: token.into() });
                }
                None => self.met.lock().unwrap_or_else(PoisonError::into_inner).push(notice),
            }
        }
    }
}

/// What Graph does in this world that was not seen at every mailbox, nor on every day.
fn habits(seed: u64) -> Vec<Value> {
    // Another stream than the plan's and the script's.
    let mut dice = StdRng::seed_from_u64(seed ^ 0x0067_7261_7068_0000);
    let rate = if dice.random_bool(0.4) { 0.0 } else { 0.12 };
    let known = [
        json!({"lists": {"exceptions": true}}),
        json!({"lists": {"nulls": true}}),
        json!({"write": {"ifMatch": "conflict"}}),
        json!({"write": {"lateKeyMs": 3_000}}),
        json!({"write": {"textAnswer": false}}),
        json!({"zones": {"renamed": true}}),
        json!({"series": {"cancelled": "star"}}),
        json!({"series": {"cancelled": "never"}}),
        json!({"series": {"sharedKey": false}}),
        json!({"series": {"keepsExceptions": true}}),
        json!({"series": {"emptyZone": true}}),
        json!({"delta": {"repeats": true}}),
        json!({"delta": {"masterless": true}}),
        json!({"delta": {"removed": "instances"}}),
        json!({"delta": {"removed": "both"}}),
        json!({"delta": {"replays": true}}),
        json!({"delta": {"lowerCodes": true, "location": true}}),
        json!({"signin": {"prefixedScopes": true}}),
        json!({"push": {"createdAndUpdated": true, "nameless": true, "copies": 2}}),
        json!({"load": {"emptyErrors": true}}),
        json!({"load": {"retryAfter": "fraction"}}),
    ];
    known.into_iter().filter(|_| dice.random_bool(rate)).collect()
}

/// The fields in Graph's own form. A rule needs to know when the first occurrence is.
fn body(fields: &Fields, first: Option<Date>) -> Value {
    let mut body = json!({});
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            body[key] = value;
        }
    };
    put("subject", fields.title.as_ref().map(|t| json!(t)));
    put("body", fields.description.as_ref().map(|t| json!({"contentType": "text", "content": t})));
    put("location", fields.location.as_ref().map(|t| json!({"displayName": t})));
    put("showAs", fields.free.map(|free| json!(if free { "free" } else { "busy" })));
    put("sensitivity", fields.private.map(|private| json!(if private { "private" } else { "normal" })));
    put(
        "categories",
        fields.colour.map(|colour| json!([CATEGORIES[usize::from(colour) % CATEGORIES.len()]])),
    );
    put(
        "attendees",
        fields.guest.as_ref().map(|about| {
            let name = if about.is_empty() { GUEST } else { about };
            json!([{"type": "required", "emailAddress": {"address": GUEST, "name": name}}])
        }),
    );
    if let Some((start, minutes)) = fields.start {
        let (start, end) = match fields.all_day {
            true => {
                let midnight = start.date().at(0, 0, 0, 0);
                (midnight, midnight.saturating_add(jiff::Span::new().days(1)))
            }
            false => (start, start.saturating_add(SignedDuration::from_mins(minutes))),
        };
        let told = |wall: jiff::civil::DateTime| json!({"dateTime": wall.to_string(), "timeZone": ZONE});
        put("start", Some(told(start)));
        put("end", Some(told(end)));
        put("isAllDay", Some(json!(fields.all_day)));
    }
    let first = fields.start.map(|(start, _)| start.date()).or(first);
    put("recurrence", fields.rule.as_ref().zip(first).map(|(rule, first)| recurrence(rule, first)));
    body
}

const CATEGORIES: [&str; 3] = ["Red category", "Blue category", "Green category"];

/// A rule that names no days, as Graph has it from that day on.
fn recurrence(rule: &str, first: Date) -> Value {
    let part = |name: &str| rule.split(';').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let number = |name: &str| part(name).and_then(|text| text.parse::<u32>().ok());
    let mut pattern = json!({"type": "daily", "interval": number("INTERVAL").unwrap_or(1)});
    if part("FREQ") == Some("WEEKLY") {
        pattern["type"] = json!("weekly");
        pattern["firstDayOfWeek"] = json!("sunday");
        pattern["daysOfWeek"] = json!([day_of_week(first)]);
    }
    let mut range = json!({"type": "noEnd", "startDate": first.to_string(), "recurrenceTimeZone": ZONE});
    if let Some(count) = number("COUNT") {
        range["type"] = json!("numbered");
        range["numberOfOccurrences"] = json!(count);
    }
    json!({"pattern": pattern, "range": range})
}

fn day_of_week(day: Date) -> &'static str {
    DAYS[day.weekday().to_monday_zero_offset() as usize % DAYS.len()]
}

/// The calls about events in a request, which may be a batch: verb and address, whether a version is named, and what is sent.
fn event_calls(request: &http::Request<Bytes>) -> Vec<(String, bool, Value)> {
    let sent = || serde_json::from_slice::<Value>(request.body()).unwrap_or_default();
    let about_events = |address: &str| address.contains("/events") || address.contains("/calendarView");
    if !request.uri().path().ends_with("/$batch") {
        let line = format!("{} {}", request.method(), request.uri());
        let versioned = request.headers().contains_key("if-match");
        return if about_events(&line) { vec![(line, versioned, sent())] } else { Vec::new() };
    }
    let mut calls = Vec::new();
    for call in sent()["requests"].as_array().into_iter().flatten() {
        let line = format!("{} {}", text(call, "method"), text(call, "url"));
        if about_events(&line) {
            calls.push((line, call["headers"].get("If-Match").is_some(), call["body"].clone()));
        }
    }
    calls
}

/// An instant or a day, so that equal means equal however it was written.
fn when(event: &Value, key: &str) -> String {
    let told = event[key]["dateTime"].as_str().unwrap_or_default();
    if event["isAllDay"] == true {
        return told.split('T').next().unwrap_or_default().to_owned();
    }
    format!("{told}Z").parse::<Timestamp>().map_or_else(|_| told.to_owned(), |at| at.to_string())
}

/// The day on which an event begins, where its people live.
fn first_day(event: &Value) -> Option<Date> {
    let told = when(event, "start");
    match told.parse::<Timestamp>() {
        Ok(at) => Some(at.in_tz(ZONE).ok()?.date()),
        Err(_) => told.parse().ok(),
    }
}

/// Our mark among properties by name.
fn mark<'a>(mut properties: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    properties.find(|(id, _)| id.ends_with(MARK)).map(|(_, mark)| mark.to_owned())
}

fn mark_of(event: &Value) -> Option<String> {
    let all = event["singleValueExtendedProperties"].as_array().into_iter().flatten();
    mark(all.map(|property| (text(property, "id"), text(property, "value"))))
}

#[async_trait]
impl Side for MicrosoftSide {
    fn id(&self) -> ProviderId {
        ProviderId::from("outlook")
    }

    fn adapter(&self, door: Arc<dyn Http>) -> Arc<dyn Provider> {
        let urls = self.twin.urls();
        let url = |text: &str| text.parse().expect("the twin's addresses are addresses");
        let settings = AdapterSettings {
            graph_url: url(&urls.graph),
            authorize_url: url(&urls.authorize),
            token_url: url(&urls.token),
            account_per_minute: 1_000_000,
            app_per_minute: 1_000_000,
            ..AdapterSettings::new("twin-client", Some(SecretString::from("twin-secret")), TENANT)
        };
        Arc::new(Microsoft::new(settings, door))
    }

    fn serves(&self, host: &str) -> bool {
        host == HOST
    }

    async fn answer(&self, request: http::Request<Bytes>) -> Answered {
        let mut answer = pin!(twin::answer(&self.router, request));
        let at_once = poll_fn(|context| match answer.as_mut().poll(context) {
            Poll::Ready(answered) => Poll::Ready(Some(answered)),
            Poll::Pending => Poll::Ready(None),
        });
        match at_once.await {
            Some(answered) => answered,
            // Whoever wants notices is asked at the address for them, before the answer.
            None => {
                self.validate();
                answer.await
            }
        }
    }

    fn renews(&self, request: &http::Request<Bytes>) -> Option<String> {
        request.uri().path().ends_with("/oauth2/v2.0/token").then(|| twin::refresh_key(request)).flatten()
    }

    fn breach(&self, request: &http::Request<Bytes>) -> Option<(&'static str, String)> {
        let broken = |(line, versioned, sent): &(String, bool, Value)| {
            let path = line.split('?').next().unwrap_or_default();
            if line.starts_with("PUT ") {
                Some(("I-40", format!("{line} replaces an event whole")))
            } else if (line.starts_with("DELETE ") || line.starts_with("PATCH ")) && !versioned {
                Some(("I-16", format!("{line} names no version")))
            } else if path.ends_with("/cancel") || path.ends_with("/forward") || sent["sendResponse"] == true
            {
                Some(("I-37", format!("{line} mails guests")))
            } else {
                None
            }
        };
        event_calls(request).iter().find_map(broken)
    }

    fn writes(&self, request: &http::Request<Bytes>) -> bool {
        event_calls(request).iter().any(|(line, ..)| !line.starts_with("GET "))
    }

    fn page(&self, request: &http::Request<Bytes>) -> Option<String> {
        // The occurrences of several series have pages of the same number.
        let query = request.uri().query()?;
        (request.method() == http::Method::GET && query.contains("skip")).then(|| request.uri().to_string())
    }

    fn is_counted(&self, request: &http::Request<Bytes>) -> bool {
        !event_calls(request).is_empty()
    }

    fn key_in(&self, answer: &http::Response<Bytes>) -> Option<String> {
        twin::access_key(answer)
    }

    fn calendars(&self, person: usize) -> Vec<String> {
        self.calendars[person].clone()
    }

    fn user(&self, person: usize) -> String {
        NAMES[person].to_owned()
    }

    fn login(&self, person: usize) -> Login {
        let restored = json!({"do": "restore", "user": NAMES[person]});
        self.twin.control("POST", "tokens", &restored).expect("everybody lives there");
        Login::token(format!("twin-{}", NAMES[person]))
    }

    fn consents(&self, person: usize) {
        self.twin.control("POST", "consent", &json!({"auto": NAMES[person]})).expect("a consent is one");
    }

    fn make(&self, at: &Place, fields: &Fields) -> Option<String> {
        let made = self.act(at, "create", json!({"fields": body(fields, None)}))?;
        Some(made["id"].as_str()?.to_owned())
    }

    fn change(&self, at: &Place, id: &str, fields: &Fields) -> bool {
        let held = self.held(at, id).unwrap_or_default();
        let mut said = body(fields, first_day(&held));
        // Outlook moves the days on which a series repeats along with its beginning.
        if let (Some((start, _)), None, true) = (fields.start, &fields.rule, held["recurrence"].is_object()) {
            let mut moved = held["recurrence"].clone();
            moved["range"]["startDate"] = json!(start.date().to_string());
            if moved["range"]["type"] == "endDate"
                && text(&moved["range"], "endDate") < text(&moved["range"], "startDate")
            {
                moved["range"]["endDate"] = moved["range"]["startDate"].clone();
            }
            if moved["pattern"]["type"] == "weekly" {
                moved["pattern"]["daysOfWeek"] = json!([day_of_week(start.date())]);
            }
            said["recurrence"] = moved;
        }
        self.act(at, "change", json!({"id": id, "fields": said})).is_some()
    }

    fn delete(&self, at: &Place, id: &str) -> bool {
        self.act(at, "delete", json!({"id": id})).is_some()
    }

    fn copy(&self, at: &Place, id: &str, to: &str, fields: &Fields) -> Option<String> {
        let made =
            self.act(at, "copy", json!({"id": id, "destination": to, "fields": body(fields, None)}))?;
        Some(made["id"].as_str()?.to_owned())
    }

    fn relocate(&self, at: &Place, id: &str, to: &str) -> bool {
        self.act(at, "move", json!({"id": id, "destination": to})).is_some()
    }

    fn change_one(&self, at: &Place, id: &str, nth: usize, fields: &Fields) -> Option<String> {
        let one = self.nth(at, id, nth)?;
        self.act(at, "change", json!({"id": one, "fields": body(fields, None)})).map(|_| one)
    }

    fn cancel_one(&self, at: &Place, id: &str, nth: usize) -> bool {
        self.nth(at, id, nth).is_some_and(|one| self.delete(at, &one))
    }

    fn split(&self, at: &Place, id: &str, nth: usize, fields: &Fields) -> Option<String> {
        let one = self.nth(at, id, nth)?;
        let made = self.act(at, "split", json!({"id": one, "fields": body(fields, None)}))?;
        Some(made["id"].as_str()?.to_owned())
    }

    fn respond(&self, at: &Place, id: &str, yes: bool) -> bool {
        let answer = if yes { "accepted" } else { "declined" };
        self.act(at, "respond", json!({"id": id, "answer": answer})).is_some()
    }

    fn living(&self, calendar: &str) -> Vec<Thing> {
        let mut things: BTreeMap<String, Thing> = BTreeMap::new();
        let mut parts: Vec<(String, String)> = Vec::new();
        for event in self.twin.events(calendar) {
            let texts = [
                text(&event, "subject"),
                text(&event["body"], "content"),
                text(&event["location"], "displayName"),
            ]
            .join("\n");
            match event["seriesMasterId"].as_str() {
                Some(master) => parts.push((master.to_owned(), texts)),
                None => {
                    let id = text(&event, "id").to_owned();
                    things.insert(
                        id.clone(),
                        Thing {
                            id,
                            mark: mark_of(&event),
                            text: texts,
                            description: text(&event, "bodyPreview").to_owned(),
                            about_guests: event["attendees"].to_string(),
                            series: event["recurrence"].is_object(),
                            guest: event["isOrganizer"] == false,
                        },
                    );
                }
            }
        }
        for (master, texts) in parts {
            if let Some(thing) = things.get_mut(&master) {
                thing.text.push('\n');
                thing.text.push_str(&texts);
            }
        }
        things.into_values().collect()
    }

    fn shown(&self, at: &Place, from: Timestamp, until: Timestamp) -> Vec<Shown> {
        let ask = json!({
            "user": NAMES[at.person], "calendar": at.calendar, "from": from.to_string(), "until": until.to_string(),
            "body": "text",
        });
        let Ok(told) = self.twin.control("GET", "events", &ask) else { return Vec::new() };
        let shown = |event: &Value| Shown {
            id: event["seriesMasterId"].as_str().unwrap_or(text(event, "id")).to_owned(),
            occurrence: text(event, "id").to_owned(),
            start: when(event, "start"),
            end: when(event, "end"),
            title: text(event, "subject").to_owned(),
            location: text(&event["location"], "displayName").to_owned(),
            description: text(&event["body"], "content").to_owned(),
            free: event["showAs"] == "free",
        };
        told["events"].as_array().into_iter().flatten().map(shown).collect()
    }

    fn calls(&self, since: u64) -> Vec<Called> {
        let common = |call: concord_twins::ledger::Called| Called {
            n: call.n,
            at: call.at,
            writes: call.method != "GET" && call.path.contains("/events"),
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
            calendar: change.calendar,
            // Whatever is done to an occurrence is told of its series.
            thing: change.id.clone(),
            id: change.id,
            kind: match &*change.what {
                "create" => ChangeKind::Made,
                "delete" => ChangeKind::Deleted,
                _ => ChangeKind::Changed,
            },
            by_program: NAMES.contains(&&*change.by),
            mark: mark(
                change.now["extended"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(id, value)| (id.as_str(), value.as_str().unwrap_or_default())),
            ),
        };
        self.twin.changes(since).into_iter().map(common).collect()
    }

    fn mails(&self) -> usize {
        self.twin.mails(0).len() - self.peoples_mails.load(Ordering::Relaxed)
    }

    fn channels(&self) -> Option<Vec<String>> {
        let told = self.twin.control("GET", "channels", &json!({})).unwrap_or_default();
        let of = |channel: &Value| {
            let resource = text(channel, "resource").strip_prefix("me/calendars/")?;
            Some(resource.strip_suffix("/events")?.to_owned())
        };
        Some(told["channels"].as_array().into_iter().flatten().filter_map(of).collect())
    }

    fn refuses(&self, why: &str) -> bool {
        let known = [
            "tell the event's guests by mail",
            "does not let an occurrence",
            "cannot keep a series with",
            "take place again",
        ];
        known.iter().any(|reason| why.contains(reason))
    }

    fn fault(&self, rule: Rule) {
        let told = match rule.fault {
            Fault::Conflict => {
                json!({"kind": "status", "status": 409, "reason": "ErrorDuplicateTransactionId"})
            }
            // Graph has one word for all that is too much, and refuses no single event to its owner.
            Fault::RateLimited | Fault::QuotaUsedUp | Fault::Forbidden => return,
            other => twin::told(other),
        };
        // What Graph says only to some calls is said to those only: it does not lie about a deletion.
        let on = match rule.fault {
            Fault::NotFound => (Some("GET"), Some("/events?")),
            Fault::Gone => (Some("GET"), Some("/calendarView/delta")),
            Fault::Conflict => (Some("POST"), Some("/events")),
            Fault::PreconditionFailed | Fault::MayOnlyRead => (Some("PATCH"), Some("/events")),
            Fault::Unauthorized => (None, Some("/v1.0/")),
            Fault::NoNewKey => (Some("POST"), Some("/token")),
            _ if rule.writes_only => (Some("POST"), Some("/events")),
            _ => (None, None),
        };
        self.faults.strike(&self.twin, rule, told, on);
    }

    fn trouble(&self, trouble: Trouble, person: usize, _calendar: &str) -> bool {
        let user = NAMES[person];
        let tell = |route: &str, body: Value| self.twin.control("POST", route, &body).is_ok();
        match trouble {
            Trouble::KeysEnd => tell("tokens", json!({"do": "expire", "user": user})),
            Trouble::KeysRotate => tell("tokens", json!({"do": "rotate"})),
            Trouble::GrantRevoked => tell("tokens", json!({"do": "revoke", "user": user})),
            Trouble::CursorsEnd => tell("expire-sync", json!({})),
            Trouble::ChannelsMute => tell("channels", json!({"do": "mute"})),
            Trouble::ChannelsEnd => tell("channels", json!({"do": "expire"})),
            Trouble::PagesShort => tell("quirks", json!({"lists": {"longestPage": 2}})),
            Trouble::PagesEmpty => tell("quirks", json!({"delta": {"emptyPages": true}})),
            Trouble::SeenLate => tell("quirks", json!({"delta": {"lagMs": 20_000}})),
            // Its pages lead on, and nobody may only read what is their own.
            Trouble::PagesCircle | Trouble::ReadOnly => false,
        }
    }

    fn calm(&self) {
        self.faults.clear(&self.twin);
        // What is told again in each round would always be something new.
        let delta = json!({"emptyPages": false, "lagMs": 0, "replays": false});
        self.switch(&json!({"lists": {"longestPage": 1000}, "delta": delta}));
        self.twin.control("POST", "channels", &json!({"do": "unmute"})).expect("channels can be unmuted");
    }

    fn struck(&self) -> BTreeMap<&'static str, u64> {
        self.faults.struck(&self.twin)
    }

    fn notices(&self) -> Vec<(u64, http::Request<Bytes>)> {
        let mut all = std::mem::take(&mut *self.met.lock().unwrap_or_else(PoisonError::into_inner));
        all.extend(self.twin.take_notices());
        all.into_iter().map(|notice| (notice.id, notice.request)).collect()
    }

    fn forged(&self, notice: &http::Request<Bytes>) -> http::Request<Bytes> {
        let mut told: Value = serde_json::from_slice(notice.body()).unwrap_or_default();
        for one in told["value"].as_array_mut().into_iter().flatten() {
            one["clientState"] = json!(format!("{}x", text(one, "clientState")));
        }
        notice.clone().map(|_| told.to_string().into())
    }

    fn delivered(&self, notice: u64, status: u16) {
        self.twin.delivered(notice, status);
    }
}

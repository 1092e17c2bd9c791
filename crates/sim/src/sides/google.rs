//! Google's side: the twin, spoken to as people and operators speak to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::{Mark, ProviderId};
use concord_providers::Provider;
use concord_providers::google::{Google, Settings as AdapterSettings};
use concord_providers::http::Http;
use concord_providers::provider::Login;
use concord_twins::google::{Settings as TwinSettings, Twin};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::twin::{self, Faults, text};
use super::{
    Answered, Called, ChangeKind, Changed, Fault, Fields, GUEST, NAMES, Place, Rule, Shown, Side, Thing,
    Trouble, ZONE, newcomers,
};
use crate::clock::Time;
use crate::plan::Plan;

const HOST: &str = "google.test";

/// Google with its people.
pub(crate) struct GoogleSide {
    twin: Twin,
    router: axum::Router,
    faults: Faults,
}

impl GoogleSide {
    /// Google at a world's beginning.
    pub(crate) fn new(plan: &Plan, time: &Arc<Time>) -> GoogleSide {
        let time = time.clone();
        let twin = Twin::new(TwinSettings {
            seed: plan.seed,
            keep_versions: true,
            more_people: newcomers(plan),
            ..TwinSettings::new(&format!("http://{HOST}"), Arc::new(move || time.now()))
        });
        let side = GoogleSide { router: twin.router(), twin, faults: Faults::default() };
        side.switch(&json!({"tidyTexts": plan.tidies}));
        side
    }

    fn act(&self, at: &Place, verb: &str, more: Value) -> Option<Value> {
        let mut body = json!({"user": NAMES[at.person], "calendar": at.calendar, "do": verb});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        self.twin.control("POST", "event", &body).ok()
    }

    fn switch(&self, switches: &Value) {
        self.twin.control("POST", "quirks", switches).expect("the switches are the twin's");
    }

    fn nth(&self, at: &Place, id: &str, nth: usize) -> Option<String> {
        let far = self.twin.now().saturating_add(SignedDuration::from_hours(24 * 400)).ok()?;
        let long_ago = self.twin.now().saturating_sub(SignedDuration::from_hours(24 * 60)).ok()?;
        let mut all = self.shown(at, long_ago, far);
        all.retain(|one| one.id == id && one.occurrence != id);
        let count = all.len();
        (count > 0).then(|| all.swap_remove(nth % count).occurrence)
    }
}

/// The fields in Google's own form.
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
    put("transparency", fields.free.map(|free| json!(if free { "transparent" } else { "opaque" })));
    put("visibility", fields.private.map(|private| json!(if private { "private" } else { "default" })));
    put("colorId", fields.colour.map(|colour| json!((colour % 11 + 1).to_string())));
    put("recurrence", fields.rule.as_ref().map(|rule| json!([format!("RRULE:{rule}")])));
    put(
        "attendees",
        fields.guest.as_ref().map(|about| match about.as_str() {
            "" => json!([{"email": GUEST}]),
            about => json!([{"email": GUEST, "comment": about}]),
        }),
    );
    if let Some((start, minutes)) = fields.start {
        let (start, end) = match fields.all_day {
            true => {
                let day = start.date();
                let told = |day: jiff::civil::Date| json!({"date": day.to_string(), "dateTime": null, "timeZone": null});
                (told(day), told(day.tomorrow().unwrap_or(day)))
            }
            false => {
                let end = start.saturating_add(SignedDuration::from_mins(minutes));
                let told = |wall: jiff::civil::DateTime| json!({"dateTime": wall.to_string(), "timeZone": ZONE, "date": null});
                (told(start), told(end))
            }
        };
        put("start", Some(start));
        put("end", Some(end));
    }
    body
}

/// The calls about events in a request, which may be a batch: verb and address, and whether a version is named.
fn event_calls(request: &http::Request<Bytes>) -> Vec<(String, bool)> {
    if !request.uri().path().starts_with("/batch/") {
        let line = format!("{} {}", request.method(), request.uri());
        let versioned = request.headers().contains_key("if-match");
        return if line.contains("/events") { vec![(line, versioned)] } else { Vec::new() };
    }
    let body = String::from_utf8_lossy(request.body());
    let mut calls: Vec<(String, bool)> = Vec::new();
    let mut in_head = false;
    for line in body.lines() {
        let verb =
            ["GET /", "POST /", "PATCH /", "PUT /", "DELETE /"].iter().any(|verb| line.starts_with(verb));
        if verb && line.contains("/events") {
            calls.push((line.to_owned(), false));
            in_head = true;
        } else if line.trim().is_empty() {
            in_head = false;
        } else if in_head
            && line.to_ascii_lowercase().starts_with("if-match:")
            && let Some(call) = calls.last_mut()
        {
            call.1 = true;
        }
    }
    calls
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

fn mark(event: &Value) -> Option<String> {
    let mark: Mark = event["extendedProperties"]["private"]["concord"].as_str()?.parse().ok()?;
    Some(mark.to_string())
}

#[async_trait]
impl Side for GoogleSide {
    fn id(&self) -> ProviderId {
        ProviderId::from("google")
    }

    fn adapter(&self, door: Arc<dyn Http>) -> Arc<dyn Provider> {
        let urls = self.twin.urls();
        let url = |text: &str| text.parse().expect("the twin's addresses are addresses");
        let settings = AdapterSettings {
            api_url: url(&urls.api),
            batch_url: url(&urls.batch),
            authorize_url: url(&urls.authorize),
            token_url: url(&urls.token),
            revoke_url: url(&urls.revoke),
            userinfo_url: url(&urls.userinfo),
            account_per_minute: 1_000_000,
            app_per_minute: 1_000_000,
            ..AdapterSettings::new("twin-client", SecretString::from("twin-secret"))
        };
        Arc::new(Google::new(settings, door))
    }

    fn serves(&self, host: &str) -> bool {
        host == HOST
    }

    async fn answer(&self, request: http::Request<Bytes>) -> Answered {
        twin::answer(&self.router, request).await
    }

    fn renews(&self, request: &http::Request<Bytes>) -> Option<String> {
        (request.uri().path() == "/token").then(|| twin::refresh_key(request)).flatten()
    }

    fn breach(&self, request: &http::Request<Bytes>) -> Option<(&'static str, String)> {
        let broken = |(line, versioned): &(String, bool)| {
            let removes = line.starts_with("DELETE ");
            if line.starts_with("PUT ") {
                Some(("I-40", format!("{line} replaces an event whole")))
            } else if (removes || line.starts_with("PATCH ")) && !versioned {
                Some(("I-16", format!("{line} names no version")))
            } else if line.contains("sendUpdates=all") {
                Some(("I-37", format!("{line} mails guests")))
            } else {
                None
            }
        };
        event_calls(request).iter().find_map(broken)
    }

    fn writes(&self, request: &http::Request<Bytes>) -> bool {
        event_calls(request).iter().any(|(line, _)| !line.starts_with("GET "))
    }

    fn page(&self, request: &http::Request<Bytes>) -> Option<String> {
        let query = request.uri().query()?;
        (request.method() == http::Method::GET && query.contains("pageToken=")).then(|| query.to_owned())
    }

    fn is_counted(&self, request: &http::Request<Bytes>) -> bool {
        event_calls(request).iter().any(|(line, _)| !line.contains("/watch"))
    }

    fn key_in(&self, answer: &http::Response<Bytes>) -> Option<String> {
        twin::access_key(answer)
    }

    fn calendars(&self, person: usize) -> Vec<String> {
        let name = NAMES[person];
        vec![format!("{name}@twin.test"), format!("c_team_{name}@group.calendar.google.com")]
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
        let made = self.act(at, "create", json!({"fields": body(fields)}))?;
        Some(made["id"].as_str()?.to_owned())
    }

    fn change(&self, at: &Place, id: &str, fields: &Fields) -> bool {
        self.act(at, "change", json!({"id": id, "fields": body(fields)})).is_some()
    }

    fn delete(&self, at: &Place, id: &str) -> bool {
        self.act(at, "delete", json!({"id": id})).is_some()
    }

    fn copy(&self, at: &Place, id: &str, to: &str, fields: &Fields) -> Option<String> {
        let made = self.act(at, "copy", json!({"id": id, "destination": to, "fields": body(fields)}))?;
        Some(made["id"].as_str()?.to_owned())
    }

    fn relocate(&self, at: &Place, id: &str, to: &str) -> bool {
        self.act(at, "move", json!({"id": id, "destination": to})).is_some()
    }

    fn change_one(&self, at: &Place, id: &str, nth: usize, fields: &Fields) -> Option<String> {
        let one = self.nth(at, id, nth)?;
        self.change(at, &one, fields).then_some(one)
    }

    fn cancel_one(&self, at: &Place, id: &str, nth: usize) -> bool {
        self.nth(at, id, nth).is_some_and(|one| self.delete(at, &one))
    }

    fn split(&self, at: &Place, id: &str, nth: usize, fields: &Fields) -> Option<String> {
        let one = self.nth(at, id, nth)?;
        let made = self.act(at, "split", json!({"id": one, "fields": body(fields)}))?;
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
            let texts = ["summary", "description", "location"].map(|key| text(&event, key)).join("\n");
            match event["recurringEventId"].as_str() {
                // What does not take place is shown to nobody, whatever it still says.
                Some(_) if event["status"] == "cancelled" => {}
                Some(master) => parts.push((master.to_owned(), texts)),
                None => {
                    let id = text(&event, "id").to_owned();
                    let organises = event["organizer"]["self"] != json!(false)
                        && event["organizer"].get("self").is_none_or(|own| own == &json!(true));
                    things.insert(
                        id.clone(),
                        Thing {
                            id,
                            mark: mark(&event),
                            text: texts,
                            description: text(&event, "description").to_owned(),
                            about_guests: event["attendees"].to_string(),
                            series: event.get("recurrence").is_some(),
                            guest: !organises && event.get("attendees").is_some(),
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
        });
        let Ok(told) = self.twin.control("GET", "events", &ask) else { return Vec::new() };
        let shown = |event: &Value| Shown {
            id: event["recurringEventId"].as_str().unwrap_or(text(event, "id")).to_owned(),
            occurrence: text(event, "id").to_owned(),
            start: when(&event["start"]),
            end: when(&event["end"]),
            title: text(event, "summary").to_owned(),
            location: text(event, "location").to_owned(),
            description: text(event, "description").to_owned(),
            free: event["transparency"] == "transparent",
        };
        told["events"].as_array().into_iter().flatten().map(shown).collect()
    }

    fn calls(&self, since: u64) -> Vec<Called> {
        let common = |call: concord_twins::ledger::Called| Called {
            n: call.n,
            at: call.at,
            writes: call.method != "GET" && call.path.contains("/events") && !call.path.ends_with("/watch"),
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
            // What an occurrence is called begins with what its series is called.
            thing: change.id.split('_').next().unwrap_or_default().to_owned(),
            id: change.id,
            kind: match &*change.what {
                "insert" | "import" => ChangeKind::Made,
                "delete" => ChangeKind::Deleted,
                _ => ChangeKind::Changed,
            },
            by_program: !change.by.starts_with("person:"),
            mark: mark(&change.now),
        };
        self.twin.changes(since).into_iter().map(common).collect()
    }

    fn mails(&self) -> usize {
        self.twin.mails(0).len()
    }

    fn channels(&self) -> Option<Vec<String>> {
        let told = self.twin.control("GET", "channels", &json!({})).unwrap_or_default();
        let live = told["channels"].as_array().into_iter().flatten().filter(|c| c["stopped"] == json!(false));
        Some(live.map(|channel| text(channel, "of").to_owned()).collect())
    }

    fn fault(&self, rule: Rule) {
        let refused = |reason: &str| json!({"kind": "status", "status": 403, "reason": reason});
        let told = match rule.fault {
            Fault::RateLimited => refused("rateLimitExceeded"),
            Fault::QuotaUsedUp => refused("quotaExceeded"),
            Fault::MayOnlyRead => refused("requiredAccessLevel"),
            Fault::Forbidden => refused("forbiddenForNonOrganizer"),
            other => twin::told(other),
        };
        // What Google says only to some calls is said to those only: it does not lie about a deletion.
        let on = match rule.fault {
            Fault::NotFound | Fault::Gone => (Some("GET"), Some("/events")),
            Fault::Conflict => (Some("POST"), Some("/events")),
            Fault::PreconditionFailed => (Some("PATCH"), Some("/events")),
            Fault::MayOnlyRead | Fault::Forbidden => (Some("PATCH"), Some("/events")),
            Fault::Unauthorized => (None, Some("/calendar/")),
            Fault::NoNewKey => (Some("POST"), Some("/token")),
            _ if rule.writes_only => (Some("POST"), Some("/events")),
            _ => (None, None),
        };
        self.faults.strike(&self.twin, rule, told, on);
    }

    fn trouble(&self, trouble: Trouble, person: usize, calendar: &str) -> bool {
        let user = NAMES[person];
        let tell = |route: &str, body: Value| self.twin.control("POST", route, &body).is_ok();
        match trouble {
            Trouble::KeysEnd => tell("tokens", json!({"do": "expire", "user": user})),
            Trouble::KeysRotate => tell("tokens", json!({"do": "rotate"})),
            Trouble::GrantRevoked => tell("tokens", json!({"do": "revoke", "user": user})),
            Trouble::CursorsEnd => tell("expire-sync", json!({})),
            Trouble::ChannelsMute => tell("channels", json!({"do": "mute"})),
            Trouble::ChannelsEnd => tell("channels", json!({"do": "expire"})),
            Trouble::PagesCircle => tell("quirks", json!({"endlessPages": true, "longestPage": 2})),
            Trouble::PagesShort => tell("quirks", json!({"longestPage": 2})),
            Trouble::PagesEmpty => tell("quirks", json!({"emptyPages": true})),
            Trouble::SeenLate => tell("quirks", json!({"visibilityDelayMs": 20_000})),
            Trouble::ReadOnly => {
                tell("access", json!({"calendar": calendar, "user": user, "role": "reader"}))
            }
        }
    }

    fn calm(&self) {
        self.faults.clear(&self.twin);
        self.switch(
            &json!({"endlessPages": false, "longestPage": null, "emptyPages": false, "visibilityDelayMs": 0}),
        );
        self.twin.control("POST", "channels", &json!({"do": "unmute"})).expect("channels can be unmuted");
        for (person, name) in NAMES.iter().enumerate() {
            for calendar in self.calendars(person) {
                // Who does not live here has no calendar.
                let _ = self.twin.control(
                    "POST",
                    "access",
                    &json!({"calendar": calendar, "user": name, "role": "owner"}),
                );
            }
        }
    }

    fn struck(&self) -> BTreeMap<&'static str, u64> {
        self.faults.struck(&self.twin)
    }

    fn notices(&self) -> Vec<(u64, http::Request<Bytes>)> {
        self.twin.take_notices().into_iter().map(|notice| (notice.id, notice.request)).collect()
    }

    fn delivered(&self, notice: u64, status: u16) {
        self.twin.delivered(notice, status);
    }
}

//! Notion's side: tables with dates, and people who fill them by hand. Nothing repeats there, nobody is invited, and what
//! is thrown away lies in the trash.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::ProviderId;
use concord_providers::Provider;
use concord_providers::http::Http;
use concord_providers::notion::{Client, Notion, Settings as AdapterSettings};
use concord_providers::provider::Login;
use concord_twins::notion::{Settings as TwinSettings, Twin};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::twin::{self, Faults, text};
use super::{
    Answered, Called, ChangeKind, Changed, Fault, Fields, NAMES, Place, Rule, Shown, Side, Thing, Trouble,
    ZONE, newcomers,
};
use crate::clock::Time;
use crate::plan::Plan;

const HOST: &str = "notion.test";
/// How our note on a page begins.
const NOTE: &str = "concord1 ";
/// How long something lasts that does not say it.
const USUAL: SignedDuration = SignedDuration::from_hours(1);

/// Notion with its people.
pub(crate) struct NotionSide {
    twin: Twin,
    router: axum::Router,
    faults: Faults,
    /// With what it signs its notices.
    token: SecretString,
    /// Each person's tables.
    tables: Vec<Vec<String>>,
}

impl NotionSide {
    /// Notion at a world's beginning.
    pub(crate) fn new(plan: &Plan, time: &Arc<Time>) -> NotionSide {
        let time = time.clone();
        let twin = Twin::new(TwinSettings {
            seed: plan.seed,
            keep_versions: true,
            more_people: newcomers(plan),
            ..TwinSettings::new(&format!("http://{HOST}"), Arc::new(move || time.now()))
        });
        // Every start of a world has seconds of its own, by which it is known again.
        let quirks = json!({"keepsSeconds": true, "webhooks": {"delayMs": 5_000}});
        twin.control("POST", "quirks", &quirks).expect("the switches are the twin's");
        let subscribed = json!({"url": "https://concord.test/calendar/webhook/notion", "verified": true});
        let subscribed = twin.control("POST", "webhook", &subscribed).expect("a person can subscribe");
        let state = twin.control("GET", "state", &json!({})).expect("the twin shows what it holds");
        let table = |name: &str, title: &str| {
            let mut all = state["calendars"].as_array().into_iter().flatten();
            let found = all.find(|told| told["owner"] == name && told["summary"] == title);
            found.map(|told| text(told, "id").to_owned()).expect("everybody has two tables")
        };
        let tables = NAMES.iter().take(plan.people.len());
        let tables = tables.map(|name| ["Calendar", "Team"].map(|title| table(name, title)).to_vec());
        NotionSide {
            tables: tables.collect(),
            token: SecretString::from(text(&subscribed, "token").to_owned()),
            router: twin.router(),
            twin,
            faults: Faults::default(),
        }
    }

    fn act(&self, at: &Place, verb: &str, more: Value) -> Option<Value> {
        let mut body = json!({"user": NAMES[at.person], "calendar": at.calendar, "do": verb});
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        self.twin.control("POST", "event", &body).ok()
    }
}

fn rich(text: &str) -> Value {
    json!([{"type": "text", "text": {"content": text}}])
}

/// The fields as cells; nothing, where none of them has a column.
fn cells(fields: &Fields) -> Option<Value> {
    let mut cells = json!({});
    if let Some(title) = &fields.title {
        cells["Name"] = json!({"title": rich(title)});
    }
    for (name, said) in [("Description", &fields.description), ("Location", &fields.location)] {
        if let Some(said) = said {
            cells[name] = json!({"rich_text": rich(said)});
        }
    }
    if let Some((start, minutes)) = fields.start {
        let date = match fields.all_day {
            true => json!({"start": start.date().to_string()}),
            false => {
                let end = start.saturating_add(SignedDuration::from_mins(minutes));
                json!({"start": start.to_string(), "end": end.to_string(), "time_zone": ZONE})
            }
        };
        cells["Date"] = json!({ "date": date });
    }
    let any = cells.as_object().is_some_and(|cells| !cells.is_empty());
    any.then_some(cells)
}

/// What stands in a cell of text.
fn cell(page: &Value, name: &str) -> String {
    let cell = &page["properties"][name];
    let pieces = cell["title"].as_array().or(cell["rich_text"].as_array()).into_iter().flatten();
    pieces.map(|piece| text(piece, "plain_text")).collect()
}

/// The name of ours in our note on a page: no two pages have the same, but copies that people make.
fn mark(page: &Value) -> Option<String> {
    note(page)?.split(' ').nth(1).map(ToOwned::to_owned)
}

/// The name in the world that our note tells: the pages of a series' occurrences have the same.
fn uid(page: &Value) -> Option<String> {
    note(page)?.splitn(6, ' ').nth(5).map(ToOwned::to_owned)
}

fn note(page: &Value) -> Option<String> {
    let all = page["properties"].as_object()?;
    all.keys().map(|name| cell(page, name)).find(|said| said.starts_with(NOTE))
}

/// When something begins and ends: instants, or days of which the second is not one of it any more.
fn span(page: &Value) -> Option<(String, String)> {
    let date = &page["properties"]["Date"]["date"];
    let (start, end) = (date["start"].as_str()?, date["end"].as_str());
    if let Ok(day) = start.parse::<Date>()
        && !start.contains('T')
    {
        let last = end.and_then(|end| end.parse::<Date>().ok()).unwrap_or(day);
        return Some((day.to_string(), last.tomorrow().unwrap_or(last).to_string()));
    }
    let start: Timestamp = start.parse().ok()?;
    let end = end.and_then(|end| end.parse::<Timestamp>().ok());
    let end = end.or_else(|| start.saturating_add(USUAL).ok())?;
    Some((start.to_string(), end.to_string()))
}

fn writes(method: &str, path: &str) -> bool {
    let events = path.starts_with("/v1/pages") || path.starts_with("/v1/blocks");
    events && method != "GET"
}

#[async_trait]
impl Side for NotionSide {
    fn id(&self) -> ProviderId {
        ProviderId::from("notion")
    }

    fn adapter(&self, door: Arc<dyn Http>) -> Arc<dyn Provider> {
        let urls = self.twin.urls();
        let url = |text: &str| text.parse().expect("the twin's addresses are addresses");
        let client = Client { id: "twin-client".to_owned(), secret: SecretString::from("twin-secret") };
        let settings = AdapterSettings {
            api_url: url(&urls.api),
            authorize_url: url(&urls.authorize),
            token_url: url(&urls.token),
            revoke_url: url(&urls.revoke),
            verification_token: Some(self.token.clone()),
            account_per_minute: 1_000_000,
            ..AdapterSettings::new(Some(client))
        };
        Arc::new(Notion::new(settings, door))
    }

    fn serves(&self, host: &str) -> bool {
        host == HOST
    }

    async fn answer(&self, request: http::Request<Bytes>) -> Answered {
        twin::answer(&self.router, request).await
    }

    fn renews(&self, request: &http::Request<Bytes>) -> Option<String> {
        if request.uri().path() != "/v1/oauth/token" {
            return None;
        }
        let asked: Value = serde_json::from_slice(request.body()).ok()?;
        Some(asked["refresh_token"].as_str()?.to_owned())
    }

    /// There are no versions here, no mails, and nothing can be replaced whole.
    fn breach(&self, _request: &http::Request<Bytes>) -> Option<(&'static str, String)> {
        None
    }

    fn writes(&self, request: &http::Request<Bytes>) -> bool {
        writes(request.method().as_str(), request.uri().path())
    }

    fn page(&self, request: &http::Request<Bytes>) -> Option<String> {
        let asked: Value = serde_json::from_slice(request.body()).ok()?;
        let cursor = asked["start_cursor"].as_str()?;
        Some(format!("{} {cursor}", request.uri()))
    }

    fn has_versions(&self) -> bool {
        false
    }

    fn is_counted(&self, request: &http::Request<Bytes>) -> bool {
        let path = request.uri().path();
        path.ends_with("/query") || path.starts_with("/v1/pages")
    }

    fn key_in(&self, answer: &http::Response<Bytes>) -> Option<String> {
        twin::access_key(answer)
    }

    fn calendars(&self, person: usize) -> Vec<String> {
        self.tables[person].clone()
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
        let consent = json!({"auto": NAMES[person]});
        self.twin.control("POST", "consent", &consent).expect("a consent is one");
    }

    fn make(&self, at: &Place, fields: &Fields) -> Option<String> {
        if fields.rule.is_some() || fields.guest.is_some() {
            return None;
        }
        let made = self.act(at, "create", json!({"fields": cells(fields)?}))?;
        Some(text(&made, "id").to_owned())
    }

    fn change(&self, at: &Place, id: &str, fields: &Fields) -> bool {
        cells(fields)
            .is_some_and(|cells| self.act(at, "change", json!({"id": id, "fields": cells})).is_some())
    }

    fn delete(&self, at: &Place, id: &str) -> bool {
        self.act(at, "delete", json!({"id": id})).is_some()
    }

    /// A duplicate stands beside the original; then it is changed, and put where it shall be.
    fn copy(&self, at: &Place, id: &str, to: &str, fields: &Fields) -> Option<String> {
        let made = text(&self.act(at, "copy", json!({"id": id}))?, "id").to_owned();
        self.change(at, &made, fields);
        if to != at.calendar {
            self.relocate(at, &made, to);
        }
        Some(made)
    }

    fn relocate(&self, at: &Place, id: &str, to: &str) -> bool {
        self.act(at, "move", json!({"id": id, "destination": to})).is_some()
    }

    fn change_one(&self, _at: &Place, _id: &str, _nth: usize, _fields: &Fields) -> Option<String> {
        None
    }

    fn cancel_one(&self, _at: &Place, _id: &str, _nth: usize) -> bool {
        false
    }

    fn split(&self, _at: &Place, _id: &str, _nth: usize, _fields: &Fields) -> Option<String> {
        None
    }

    fn respond(&self, _at: &Place, _id: &str, _yes: bool) -> bool {
        false
    }

    fn living(&self, calendar: &str) -> Vec<Thing> {
        if !self.tables.iter().flatten().any(|known| known == calendar) {
            return Vec::new();
        }
        let thing = |page: Value| Thing {
            id: text(&page, "id").to_owned(),
            mark: mark(&page),
            text: ["Name", "Description", "Location"].map(|name| cell(&page, name)).join("\n"),
            description: cell(&page, "Description"),
            about_guests: String::new(),
            series: false,
            guest: false,
        };
        self.twin.events(calendar).into_iter().map(thing).collect()
    }

    fn shown(&self, at: &Place, from: Timestamp, until: Timestamp) -> Vec<Shown> {
        let within = |start: &str| {
            let day = || start.parse::<Date>().ok()?.in_tz("UTC").ok().map(|day| day.timestamp());
            start.parse::<Timestamp>().ok().or_else(day).is_some_and(|start| from <= start && start < until)
        };
        let shown = |page: Value| {
            let (start, end) = span(&page).filter(|(start, _)| within(start))?;
            let id = text(&page, "id").to_owned();
            Some(Shown {
                occurrence: id.clone(),
                id,
                start,
                end,
                title: cell(&page, "Name"),
                location: cell(&page, "Location"),
                description: cell(&page, "Description"),
                free: false,
            })
        };
        self.twin.events(&at.calendar).into_iter().filter_map(shown).collect()
    }

    fn calls(&self, since: u64) -> Vec<Called> {
        let common = |call: concord_twins::ledger::Called| Called {
            n: call.n,
            at: call.at,
            writes: writes(&call.method, &call.path),
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
            thing: uid(&change.now).unwrap_or_else(|| change.id.clone()),
            id: change.id,
            kind: match &*change.what {
                "created" => ChangeKind::Made,
                "trashed" => ChangeKind::Deleted,
                "restored" => ChangeKind::PutBack,
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

    /// A connection is watched as a whole, by its person.
    fn channels(&self) -> Option<Vec<String>> {
        None
    }

    fn fault(&self, rule: Rule) {
        let on = match rule.fault {
            // There are neither versions nor an allowance in these words.
            Fault::RateLimited | Fault::QuotaUsedUp | Fault::Gone | Fault::PreconditionFailed => return,
            Fault::NotFound => (Some("GET"), Some("/v1/pages")),
            Fault::Conflict | Fault::MayOnlyRead | Fault::Forbidden => (Some("PATCH"), Some("/v1/pages")),
            Fault::Unauthorized => (None, Some("/v1/")),
            Fault::NoNewKey => (Some("POST"), Some("/v1/oauth/token")),
            _ if rule.writes_only => (None, Some("/v1/pages")),
            _ => (None, None),
        };
        self.faults.strike(&self.twin, rule, twin::told(rule.fault), on);
    }

    fn trouble(&self, trouble: Trouble, person: usize, _calendar: &str) -> bool {
        let user = NAMES[person];
        let tell = |route: &str, body: Value| self.twin.control("POST", route, &body).is_ok();
        match trouble {
            Trouble::KeysEnd => tell("tokens", json!({"do": "expire", "user": user})),
            Trouble::KeysRotate => tell("tokens", json!({"do": "rotate", "user": user})),
            Trouble::GrantRevoked => tell("tokens", json!({"do": "revoke", "user": user})),
            Trouble::CursorsEnd => tell("expire-sync", json!({})),
            Trouble::ChannelsMute => tell("channels", json!({"do": "mute"})),
            Trouble::PagesShort => tell("quirks", json!({"longestPage": 2})),
            Trouble::SeenLate => tell("quirks", json!({"lagMs": 20_000})),
            Trouble::ChannelsEnd | Trouble::PagesCircle | Trouble::PagesEmpty | Trouble::ReadOnly => false,
        }
    }

    fn calm(&self) {
        self.faults.clear(&self.twin);
        let usual = json!({"longestPage": null, "lagMs": 0});
        self.twin.control("POST", "quirks", &usual).expect("the switches are the twin's");
        self.twin.control("POST", "channels", &json!({"do": "unmute"})).expect("it tells again");
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

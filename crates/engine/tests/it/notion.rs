//! Notion and Google with Concord between them: both twins, both adapters, one engine.

mod copies;
mod series;
mod trash;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use concord_engine::run::Wish;
use concord_engine::schedule::{self, Worked};
use concord_engine::{connect, links};
use concord_model::link::{Column, Direction, Holds, Settings};
use concord_model::recurrence::Recurrence;
use concord_model::{CalendarId, LinkId};
use concord_providers::Provider;
use concord_providers::http::{Http, Lost};
use concord_providers::notion::{Notion, Settings as NotionSettings};
use concord_providers::provider::Login;
use concord_store::runs::RunKind;
use concord_twins::message::{Call, Journey};
use concord_twins::notion::{Settings as TwinSettings, Twin};
use http::{Request, Response};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::door::Fuse;
use crate::world::World;

/// The twin behind the adapter's door.
struct Door(Twin, Arc<Fuse>, Arc<AtomicBool>);

#[async_trait]
impl Http for Door {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        self.1.burn().await;
        if self.2.load(Ordering::SeqCst) && request.uri().path() == "/v1/pages" {
            self.0.answer(Call::of(request.clone()));
        }
        let reply = self.0.answer(Call::of(request));
        self.1.burn().await;
        if reply.journey != Journey::Whole {
            return Err(Lost::NoAnswer("the twin broke the connection".into()));
        }
        let mut response = Response::new(reply.body);
        *response.status_mut() = reply.status;
        *response.headers_mut() = reply.headers;
        Ok(response)
    }
}

/// Alice with her main calendar at Google and a table at Notion.
pub(crate) struct Both {
    pub(crate) world: World,
    pub(crate) notion: Twin,
    pub(crate) table: LinkId,
    fuse: Arc<Fuse>,
    /// Whether pages are asked for twice, by something on the way.
    twice: Arc<AtomicBool>,
}

impl Both {
    pub(crate) async fn new() -> Both {
        Both::with(json!({}), Settings::default()).await
    }

    async fn with(quirks: Value, of_google: Settings) -> Both {
        let mut world = World::new().await;
        let clock = world.clock.clone();
        let now = Arc::new(move || concord_engine::Clock::now(&*clock));
        let notion = Twin::new(TwinSettings::new("http://notion.test", now));
        let urls = notion.urls();
        let settings = NotionSettings {
            api_url: urls.api.parse().unwrap(),
            authorize_url: urls.authorize.parse().unwrap(),
            token_url: urls.token.parse().unwrap(),
            revoke_url: urls.revoke.parse().unwrap(),
            account_per_minute: 1_000_000,
            ..NotionSettings::new(None)
        };
        let fuse = Arc::new(Fuse::default());
        let twice = Arc::new(AtomicBool::new(false));
        let door = Arc::new(Door(notion.clone(), fuse.clone(), twice.clone()));
        let provider: Arc<dyn Provider> = Arc::new(Notion::new(settings, door));
        world.engine.providers.insert(provider.id(), provider);
        let login = Login::token(SecretString::from("twin-alice"));
        let (engine, workspace) = (&world.engine, world.workspace);
        let account =
            connect::add(engine, workspace, world.alice, &"notion".into(), login, None).await.unwrap();
        let name = CalendarId::from("Calendar");
        let table = links::add(engine, workspace, account.id, &name, Settings::default()).await.unwrap();
        world.link("primary", of_google).await;
        world.settle().await;
        notion.control("POST", "quirks", &quirks).unwrap();
        Both { table: table.id, world, notion, fuse, twice }
    }

    /// Until both sides are quiet; Notion tells the last minutes again and again.
    pub(crate) async fn settle(&self) {
        self.world.settle().await;
    }

    /// All that is due, and no more.
    pub(crate) async fn work(&self) {
        while let Worked::Ran(_) = schedule::work(&self.world.engine).await.unwrap() {}
    }

    pub(crate) fn rows(&self) -> Vec<Value> {
        let told = self.notion.control("GET", "events", &json!({ "user": "alice", "calendar": "Calendar" }));
        told.unwrap()["events"].as_array().unwrap().clone()
    }

    /// Titles and days of all rows.
    pub(crate) fn there(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .rows()
            .iter()
            .map(|row| {
                let cells = &row["properties"];
                let date = cells["Date"]["date"]["start"].as_str().unwrap_or("-");
                format!("{} {}", &date[..date.len().min(10)], title(row))
            })
            .collect();
        all.sort();
        all
    }

    pub(crate) fn person(&self, body: Value) -> Value {
        self.world.advance(SignedDuration::from_secs(5));
        let mut body = body;
        body["calendar"] = json!("Calendar");
        self.notion.control("POST", "event", &body).unwrap()
    }

    pub(crate) fn row(&self, named: &str) -> Value {
        self.rows().into_iter().find(|row| title(row) == named).unwrap_or_else(|| panic!("no {named}"))
    }

    pub(crate) fn person_changes(&self, named: &str, fields: Value) {
        let id = self.row(named)["id"].clone();
        self.person(json!({ "do": "change", "id": id, "fields": fields }));
    }
}

pub(crate) fn title(row: &Value) -> String {
    let pieces = row["properties"]["Name"]["title"].as_array().unwrap().iter();
    pieces.map(|piece| piece["plain_text"].as_str().unwrap()).collect()
}

fn named(text: &str) -> Value {
    json!({ "Name": { "title": [{ "text": { "content": text } }] } })
}

#[tokio::test]
async fn ac_1_an_event_made_in_notion_reaches_google_and_the_reverse() {
    let both = Both::new().await;
    let mut fields = named("From Notion");
    fields["Date"] =
        json!({ "date": { "start": "2026-11-10T10:00:00-05:00", "end": "2026-11-10T11:00:00-05:00" } });
    fields["Location"] = json!({ "rich_text": [{ "text": { "content": "Studio" } }] });
    both.person(json!({ "do": "create", "fields": fields }));
    both.world.person_makes("2026-11-11 10:00", "From Google");
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-10 From Notion", "2026-11-11 From Google"]);
    let there: Vec<String> =
        both.world.living("primary").iter().map(|e| e["summary"].as_str().unwrap().to_owned()).collect();
    assert_eq!(there.len(), 2, "{there:?}");
    let copy = both.world.living("primary").into_iter().find(|e| e["summary"] == "From Notion").unwrap();
    assert_eq!(copy["location"], "Studio");

    // Edits go both ways.
    both.person_changes("From Google", named("Renamed in Notion"));
    both.world.person(
        json!({ "calendar": "primary", "do": "change", "id": copy["id"], "fields": { "location": "Hall" } }),
    );
    both.settle().await;
    let row = both.row("From Notion");
    assert_eq!(row["properties"]["Location"]["rich_text"][0]["plain_text"], "Hall");
    assert!(both.world.living("primary").iter().any(|e| e["summary"] == "Renamed in Notion"));

    // And deletions.
    let id = both.row("Renamed in Notion")["id"].clone();
    both.person(json!({ "do": "delete", "id": id }));
    both.world.person(json!({ "calendar": "primary", "do": "delete", "id": copy["id"] }));
    both.settle().await;
    assert_eq!((both.there(), both.world.living("primary").len()), (Vec::new(), 0));
    assert_eq!(both.world.here().await, [""; 0]);
}

#[tokio::test]
async fn ac_2_different_fields_that_were_changed_on_both_sides_merge() {
    let both = Both::new().await;
    both.world.person_makes("2026-11-11 10:00", "Lesson");
    both.settle().await;
    let id = both.world.living("primary")[0]["id"].clone();
    both.person_changes(
        "Lesson",
        json!({ "Location": { "rich_text": [{ "text": { "content": "Hall" } }] } }),
    );
    both.world.person(
        json!({ "calendar": "primary", "do": "change", "id": id, "fields": { "summary": "Renamed" } }),
    );
    both.settle().await;
    let row = both.row("Renamed");
    assert_eq!(row["properties"]["Location"]["rich_text"][0]["plain_text"], "Hall");
    let event = &both.world.living("primary")[0];
    assert_eq!((&event["summary"], &event["location"]), (&json!("Renamed"), &json!("Hall")));
}

/// A weekly series here, from the tenth of November on.
async fn classes(both: &Both) -> concord_model::Event {
    both.world
        .make_with("2026-11-10 10:00", "Class", |view, _| {
            let (rule, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=4"], &view.time.span).unwrap();
            view.time.recurrence = Some(rule);
        })
        .await
}

#[tokio::test]
async fn bm_174_conflicts_of_writes_are_waited_out_and_nothing_is_made_twice() {
    let both = Both::with(json!({ "conflictRate": 0.3 }), Settings::default()).await;
    for day in 10..22 {
        both.world.make(&format!("2026-11-{day} 10:00"), &format!("Event {day}")).await;
    }
    for _ in 0..12 {
        both.settle().await;
        both.world.advance(SignedDuration::from_mins(15));
    }
    assert_eq!(both.there().len(), 12, "{:?}", both.there());
}

/// Seed 50060 of the simulator, mixed: queries show a page a while after it was made.
#[tokio::test]
async fn i_04_a_page_that_no_query_shows_yet_is_not_made_again() {
    for kind in ["drop_after", "drop_before"] {
        let both = Both::with(json!({ "lagMs": 90_000 }), Settings::default()).await;
        let lost = json!({ "match": { "method": "POST", "path": "/v1/pages" }, "kind": kind, "count": 1 });
        both.notion.control("POST", "faults", &lost).unwrap();
        both.world.make("2026-11-11 10:00", "Lesson").await;
        for _ in 0..60 {
            both.world.advance(SignedDuration::from_secs(10));
            both.work().await;
            assert!(both.there().len() <= 1, "{kind}: {:?}", both.there());
        }
        assert_eq!(both.there(), ["2026-11-11 Lesson"], "{kind}");
    }
}

/// Seed 70124 of the simulator, mixed: what may not have been made yet was missing from two listings, and taken for deleted.
#[tokio::test]
async fn i_07_what_is_still_looked_for_is_not_deleted_for_being_in_no_listing() {
    let both = Both::new().await;
    let lost =
        json!({ "match": { "method": "POST", "path": "/v1/pages" }, "kind": "drop_before", "count": 1 });
    both.notion.control("POST", "faults", &lost).unwrap();
    let event = both.world.make("2026-11-11 10:00", "Lesson").await;
    both.world.run(both.table).await;
    let whole = Wish { full: true, ..Wish::default() };
    for _ in 0..2 {
        schedule::run_now(&both.world.engine, both.table, RunKind::Manual, whole).await.unwrap().unwrap();
        assert!(both.world.copy(&event, both.table).await.observation.is_none());
    }
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-11 Lesson"]);
}

#[tokio::test]
async fn bm_175_an_edit_of_what_may_only_be_read_is_put_back() {
    let pull = Settings { direction: Direction::Pull, ..Settings::default() };
    let both = Both::with(json!({}), pull).await;
    both.world.person_makes("2026-11-11 10:00", "Subscribed");
    both.settle().await;
    both.person_changes("Subscribed", named("Mine"));
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-11 Subscribed"]);
    assert_eq!(both.world.living("primary")[0]["summary"], "Subscribed");
}

#[tokio::test]
async fn a_page_that_is_shared_away_deletes_nothing() {
    let both = Both::new().await;
    both.world.person_makes("2026-11-11 10:00", "Kept");
    both.settle().await;
    let id = both.row("Kept")["id"].clone();
    both.notion.control("POST", "access", &json!({ "user": "alice", "id": id, "role": "none" })).unwrap();
    both.world.advance(SignedDuration::from_hours(30));
    both.settle().await;
    both.world.advance(SignedDuration::from_hours(30));
    both.settle().await;
    assert_eq!(both.world.living("primary").len(), 1);
    assert_eq!(both.world.here().await.len(), 1);
}

#[tokio::test]
async fn a_signed_notice_of_a_table_makes_its_link_due() {
    let both = Both::new().await;
    let mut tx = both.world.engine.store.read().await.unwrap();
    let link = concord_store::links::find(&mut tx, both.table).await.unwrap();
    drop(tx);
    let engine = &both.world.engine;
    let due = concord_engine::channels::spoken_of(engine, &"notion".into(), &link.calendar).await.unwrap();
    let other = concord_engine::channels::spoken_of(engine, &"google".into(), &link.calendar).await.unwrap();
    assert_eq!((due, other), (1, 0));
    let mut tx = engine.store.read().await.unwrap();
    let link = concord_store::links::find(&mut tx, both.table).await.unwrap();
    assert!(link.due_at.is_some_and(|at| at <= concord_engine::Clock::now(&*both.world.clock)));
}

#[tokio::test]
async fn a_table_that_keeps_the_time_apart_from_the_date_is_kept_so() {
    let both = Both::new().await;
    let add = json!({ "calendar": "Calendar", "do": "add", "name": "Hours", "fields": { "rich_text": {} } });
    both.notion.control("POST", "property", &add).unwrap();
    links::set(&both.world.engine, both.world.workspace, both.table, |settings| {
        settings.columns.0.insert(Holds::Clock, Column::both("", "hours"));
    })
    .await
    .unwrap();
    let text = |told: &str| json!({ "rich_text": [{ "text": { "content": told } }] });
    let mut fields = named("From Notion");
    fields["Date"] = json!({ "date": { "start": "2026-11-12" } });
    fields["Hours"] = text("2–3:30 pm");
    both.person(json!({ "do": "create", "fields": fields }));
    both.world.make("2026-11-11 10:00", "From here").await;
    both.settle().await;
    let row = both.row("From here")["properties"].clone();
    assert_eq!(
        (&row["Date"]["date"]["start"], &row["Hours"]["rich_text"][0]["plain_text"]),
        (&json!("2026-11-11"), &json!("10:00–11:00"))
    );
    let copy =
        both.world.living("primary").into_iter().find(|event| event["summary"] == "From Notion").unwrap();
    let starts: jiff::Timestamp = copy["start"]["dateTime"].as_str().unwrap().parse().unwrap();
    // On the clocks of her who chose the column, in winter.
    assert_eq!(starts.to_string(), "2026-11-12T19:00:00Z");
    both.person_changes("From here", json!({ "Hours": text("16:00–17:00") }));
    both.settle().await;
    let copy =
        both.world.living("primary").into_iter().find(|event| event["summary"] == "From here").unwrap();
    let starts: jiff::Timestamp = copy["start"]["dateTime"].as_str().unwrap().parse().unwrap();
    assert_eq!(starts.to_string(), "2026-11-11T21:00:00Z");
}

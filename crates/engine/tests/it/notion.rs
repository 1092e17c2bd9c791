//! Notion and Google with Concord between them: both twins, both adapters, one engine.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use concord_engine::schedule::{self, Worked};
use concord_engine::{connect, links};
use concord_model::link::{BrakeLimit, Column, Direction, Holds, Settings};
use concord_model::recurrence::Recurrence;
use concord_model::view::Override;
use concord_model::{CalendarId, LinkId};
use concord_providers::Provider;
use concord_providers::http::{Http, Lost};
use concord_providers::notion::{Notion, Settings as NotionSettings};
use concord_providers::provider::Login;
use concord_twins::message::{Call, Journey};
use concord_twins::notion::{Settings as TwinSettings, Twin};
use http::{Request, Response};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::door::Fuse;
use crate::plans::{tallied, told};
use crate::world::{World, span};

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
    table: LinkId,
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

    pub(crate) fn rows(&self) -> Vec<Value> {
        let told = self.notion.control("GET", "events", &json!({ "user": "alice", "calendar": "Calendar" }));
        told.unwrap()["events"].as_array().unwrap().clone()
    }

    /// Titles and days of all rows.
    fn there(&self) -> Vec<String> {
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

    fn person_changes(&self, named: &str, fields: Value) {
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
async fn i_19_a_page_that_a_person_duplicates_at_once_becomes_an_event_of_its_own() {
    let both = Both::new().await;
    both.world.person_makes("2026-11-11 10:00", "Lesson");
    both.settle().await;
    both.person(json!({ "do": "copy", "id": both.row("Lesson")["id"] }));
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-11 Lesson", "2026-11-11 Lesson (1)"]);
    assert_eq!(both.world.living("primary").len(), 2);
    // Each goes its own way.
    both.person_changes("Lesson (1)", named("Another"));
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-11 Another", "2026-11-11 Lesson"]);
    let titles = || {
        let mut all: Vec<_> = both.world.living("primary").iter().map(|e| e["summary"].clone()).collect();
        all.sort_by_key(ToString::to_string);
        all
    };
    assert_eq!(titles(), ["Another", "Lesson"]);
    both.person(json!({ "do": "delete", "id": both.row("Another")["id"] }));
    both.settle().await;
    assert_eq!((both.there(), titles()), (vec!["2026-11-11 Lesson".to_owned()], vec![json!("Lesson")]));
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
async fn series(both: &Both) -> concord_model::Event {
    both.world
        .make_with("2026-11-10 10:00", "Class", |view, _| {
            let (rule, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=4"], &view.time.span).unwrap();
            view.time.recurrence = Some(rule);
        })
        .await
}

#[tokio::test]
async fn a_series_is_its_occurrences_and_an_edit_of_one_is_an_override() {
    let both = Both::new().await;
    let event = series(&both).await;
    both.settle().await;
    let days = |names: [&str; 4]| {
        let days = ["2026-11-10", "2026-11-17", "2026-11-24", "2026-12-01"];
        days.iter().zip(names).map(|(day, name)| format!("{day} {name}")).collect::<Vec<_>>()
    };
    assert_eq!(both.there(), days(["Class"; 4]));

    let row = both
        .rows()
        .into_iter()
        .find(|row| row["properties"]["Date"]["date"]["start"].as_str().unwrap().starts_with("2026-11-17"));
    let id = row.unwrap()["id"].clone();
    both.person(json!({ "do": "change", "id": id, "fields": named("Special") }));
    both.settle().await;
    let now = both.world.event(event.id).await;
    assert_eq!((now.content.title.as_str(), now.content.overrides.len()), ("Class", 1));
    assert_eq!(both.there(), days(["Class", "Special", "Class", "Class"]));
    assert!(both.world.living("primary").iter().any(|e| e["summary"] == "Special"), "Google has it, too");

    // One that is deleted there does not take place; the others stay.
    both.person(json!({ "do": "delete", "id": both.row("Special")["id"] }));
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-10 Class", "2026-11-24 Class", "2026-12-01 Class"]);
    // And it stays so when the series is changed here.
    both.world.edit(&event, |view| view.title = "Lesson".to_owned()).await;
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-10 Lesson", "2026-11-24 Lesson", "2026-12-01 Lesson"]);
}

/// Seeds 1652 and 1720 of the simulator: the other rows kept the old notes for ever.
#[tokio::test]
async fn i_01_what_an_edit_of_one_occurrence_changes_of_the_whole_event_is_told_to_its_other_rows() {
    let both = Both::new().await;
    both.world
        .make_with("2026-11-10 10:00", "Class", |view, booking| {
            let (rule, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=3"], &view.time.span).unwrap();
            view.time.recurrence = Some(rule);
            booking.notes = "knee".to_owned();
        })
        .await;
    both.settle().await;
    let told = || {
        let texts = both.rows().into_iter().map(|row| {
            let date = row["properties"]["Date"]["date"]["start"].as_str().unwrap()[..10].to_owned();
            let said = row["properties"]["Description"]["rich_text"][0]["plain_text"].as_str();
            (date, said.unwrap_or_default().to_owned(), row["id"].clone())
        });
        let mut all: Vec<_> = texts.collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        all
    };
    let before = told();
    assert!(before.len() == 3 && before.iter().all(|(_, said, _)| said.ends_with("knee")), "{before:?}");
    let said = before[1].1.replace("knee", "shoulder");
    let fields = json!({ "Description": { "rich_text": [{ "text": { "content": said } }] } });
    both.person(json!({ "do": "change", "id": before[1].2, "fields": fields }));
    let plan = both.world.dry_run(both.table).await.plan.unwrap();
    assert_eq!((plan.counts.changed_here, plan.counts.changed_there), (1, 2), "{plan}");
    both.settle().await;
    let after = told();
    assert!(after.iter().all(|(_, said, _)| said.ends_with("shoulder")), "{after:?}");
}

#[tokio::test]
async fn rules_16_a_dry_run_plans_the_occurrences_that_the_run_then_writes() {
    let both = Both::new().await;
    let class = series(&both).await;
    let lesson = both.world.make("2026-11-12 10:00", "Lesson").await;
    let planned_and_done = async |expected: [u64; 5]| {
        let before = both.there();
        let plan = both.world.dry_run(both.table).await.plan.unwrap();
        assert_eq!(both.there(), before, "nothing is written");
        let done = both.world.run(both.table).await;
        assert_eq!((told(&plan.counts), tallied(&done)), (expected, expected), "{plan}");
    };
    planned_and_done([5, 0, 0, 0, 0]).await;
    assert_eq!(both.there().len(), 5);
    let repeats = |rule: &'static str| {
        move |view: &mut concord_model::View| {
            view.title = "Again".to_owned();
            view.time.recurrence = Some(Recurrence::parse(&[rule], &view.time.span).unwrap().0);
        }
    };
    // What becomes a series: the page that is there is its first occurrence. What becomes a shorter one loses some.
    both.world.edit(&lesson, repeats("RRULE:FREQ=DAILY;COUNT=3")).await;
    both.world.edit(&class, repeats("RRULE:FREQ=WEEKLY;COUNT=2")).await;
    planned_and_done([5, 0, 2, 0, 0]).await;
    assert_eq!(both.there().len(), 5);
}

#[tokio::test]
async fn i_08_a_series_that_is_moved_weighs_as_one_event_and_as_many_events_are_asked_about() {
    let both = Both::new().await;
    let limit = BrakeLimit { at_least: 3, percent: 20 };
    links::set(&both.world.engine, both.world.workspace, both.table, |settings| settings.brake = limit)
        .await
        .unwrap();
    let weekly = |view: &mut concord_model::View| {
        let (rule, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=7"], &view.time.span).unwrap();
        view.time.recurrence = Some(rule);
    };
    let class = both.world.make_with("2026-11-10 10:00", "Class", |view, _| weekly(view)).await;
    let mut lessons = Vec::new();
    for day in 10..15 {
        lessons.push(both.world.make(&format!("2026-12-{day} 10:00"), "Lesson").await);
    }
    both.settle().await;
    assert_eq!(both.there().len(), 12);
    both.world
        .edit(&class, |view| {
            view.time.span = span("2026-11-12 10:00");
            weekly(view);
        })
        .await;
    both.settle().await;
    assert_eq!(both.there()[0], "2026-11-12 Class");
    assert_eq!(both.there().len(), 12);
    for lesson in &lessons {
        both.world.delete(lesson).await;
    }
    let asked = both.world.run(both.table).await;
    assert!(asked.stopped.unwrap().contains("approve"), "five events are not one");
    assert_eq!(both.there().len(), 12);
}

#[tokio::test]
async fn i_04_of_pages_that_were_made_twice_one_stays() {
    for direction in [Direction::Both, Direction::Push] {
        let both = Both::new().await;
        both.world.set(both.table, |settings| settings.direction = direction).await;
        let (yoga, class) = (both.world.make("2026-11-11 10:00", "Yoga").await, series(&both).await);
        both.twice.store(true, Ordering::SeqCst);
        both.world.run(both.table).await;
        assert_eq!(both.there().len(), 10);
        both.twice.store(false, Ordering::SeqCst);
        both.settle().await;
        let expected = [
            "2026-11-10 Class",
            "2026-11-11 Yoga",
            "2026-11-17 Class",
            "2026-11-24 Class",
            "2026-12-01 Class",
        ];
        assert_eq!(both.there(), expected, "{direction:?}");
        assert_eq!(both.world.events().await.len(), 2);
        // What was taken away again was one too many, not the event.
        for event in [yoga, class] {
            assert!(both.world.event(event.id).await.deleted_at.is_none());
        }
    }
}

#[tokio::test]
async fn rules_18_pages_of_a_series_are_known_again_after_a_restore() {
    let mut both = Both::new().await;
    let before = both.world.backup().await;
    let class = series(&both).await;
    let known = both.world.backup().await;
    both.settle().await;
    let there = both.there();
    assert_eq!(there.len(), 4);
    let ids = |both: &Both| both.rows().iter().map(|row| row["id"].to_string()).collect::<BTreeSet<_>>();
    let made = ids(&both);
    // The series is known, its pages are not.
    both.world.restore(&known).await;
    both.settle().await;
    assert_eq!(both.there(), there);
    assert_eq!(ids(&both), made);
    assert_eq!(both.world.events().await.len(), 1);
    assert_eq!(both.world.event(class.id).await.content, class.content);
    // Not even the series is: it comes back from the other calendar.
    both.world.restore(&before).await;
    both.settle().await;
    assert_eq!(both.there(), there);
    assert_eq!(ids(&both), made);
    assert_eq!(both.world.events().await.len(), 1);
    assert_eq!(both.world.living("primary").len(), 1);
}

#[tokio::test]
async fn i_18_a_series_that_is_moved_keeps_its_pages_and_what_a_person_did_to_them() {
    let both = Both::new().await;
    let class = series(&both).await;
    both.settle().await;
    let ids = |both: &Both| {
        let on_day = |row: &Value| row["properties"]["Date"]["date"]["start"].as_str().unwrap().to_owned();
        let mut rows = both.rows();
        rows.sort_by_key(on_day);
        rows.into_iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let made = ids(&both);
    let moved_to = |start: &'static str, rule: &'static str| {
        move |view: &mut concord_model::View| {
            view.time.span = span(start);
            view.time.recurrence = Some(Recurrence::parse(&[rule], &view.time.span).unwrap().0);
        }
    };
    // The series is moved by two days and an hour; one of its pages was renamed before that is known, one deleted.
    both.person(json!({ "do": "change", "id": made[0], "fields": named("First") }));
    both.person(json!({ "do": "delete", "id": made[1] }));
    both.world.edit(&class, moved_to("2026-11-12 11:00", "RRULE:FREQ=WEEKLY;COUNT=4")).await;
    both.settle().await;
    assert_eq!(
        both.there(),
        ["2026-11-12 First", "2026-11-19 Class", "2026-11-26 Class", "2026-12-03 Class"]
    );
    let kept = ids(&both);
    assert_eq!((&kept[0], &kept[2..]), (&made[0], &made[2..]));
    // What was deleted there was edited here, by the move: the edit survives, and that is told.
    let told = both.world.conflicts(false).await;
    assert_eq!(told.len(), 1, "{told:?}");
    // By a week: what stands stays where it is, the first goes and one comes at the end.
    both.world.edit(&class, moved_to("2026-11-19 11:00", "RRULE:FREQ=WEEKLY;COUNT=4")).await;
    both.settle().await;
    assert_eq!(both.there().last().unwrap(), "2026-12-10 Class");
    assert_eq!(
        both.there().len() - both.there().iter().position(|row| row == "2026-11-26 Class").unwrap(),
        3
    );
    // And back again, to where there were others before it.
    both.world.edit(&class, moved_to("2026-11-10 10:00", "RRULE:FREQ=WEEKLY;COUNT=5")).await;
    both.settle().await;
    let there = both.there();
    assert_eq!(there.iter().collect::<BTreeSet<_>>().len(), there.len(), "{there:?}");
    assert!(ids(&both).contains(&made[2]) && ids(&both).contains(&made[3]));
}

#[tokio::test]
async fn a_series_goes_on_as_the_window_does_and_ends_with_its_rule() {
    let both = Both::new().await;
    let window = concord_model::link::Window { back_days: 7, ahead_days: 20 };
    links::set(&both.world.engine, both.world.workspace, both.table, |settings| settings.window = window)
        .await
        .unwrap();
    let event = series(&both).await;
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-10 Class", "2026-11-17 Class"]);
    both.world.advance(SignedDuration::from_hours(24 * 7));
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-10 Class", "2026-11-17 Class", "2026-11-24 Class"]);
    // Another rule: what it no longer has goes, and comes back when the rule does.
    let rule = |text: &'static str| {
        move |view: &mut concord_model::View| {
            view.time.recurrence = Some(Recurrence::parse(&[text], &view.time.span).unwrap().0);
        }
    };
    both.world.edit(&event, rule("RRULE:FREQ=WEEKLY;COUNT=2")).await;
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-10 Class", "2026-11-17 Class"]);
    both.world.edit(&event, rule("RRULE:FREQ=WEEKLY;COUNT=4")).await;
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-10 Class", "2026-11-17 Class", "2026-11-24 Class"]);
    both.world.delete(&event).await;
    both.settle().await;
    assert_eq!(both.there(), [""; 0]);
}

#[tokio::test]
async fn what_becomes_a_series_or_ends_to_be_one_is_never_there_twice() {
    let both = Both::new().await;
    let event = both.world.make("2026-11-10 10:00", "Class").await;
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-10 Class"]);
    both.world
        .edit(&event, |view| {
            let (rule, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=2"], &view.time.span).unwrap();
            view.time.recurrence = Some(rule);
        })
        .await;
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-10 Class", "2026-11-17 Class"]);
    both.world.edit(&event, |view| view.time.recurrence = None).await;
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-10 Class"]);
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
async fn a_page_that_is_taken_out_of_the_trash_comes_back_here_and_is_the_same_page() {
    for made_here in [true, false] {
        let both = Both::new().await;
        match made_here {
            true => drop(both.world.make("2026-11-11 10:00", "Lesson").await),
            false => {
                let mut fields = named("Lesson");
                fields["Date"] = json!({ "date": { "start": "2026-11-11T10:00:00-05:00" } });
                both.person(json!({ "do": "create", "fields": fields }));
            }
        }
        both.settle().await;
        let id = both.row("Lesson")["id"].clone();
        both.person(json!({ "do": "delete", "id": id }));
        both.settle().await;
        assert_eq!(
            (both.world.here().await.len(), both.world.living("primary").len()),
            (0, 0),
            "{made_here}"
        );
        // Nothing on the page is different from before.
        both.person(json!({ "do": "restore", "id": id }));
        both.settle().await;
        both.settle().await;
        assert_eq!(
            (both.world.here().await.len(), both.world.living("primary").len()),
            (1, 1),
            "{made_here}"
        );
        assert_eq!((both.there(), &both.row("Lesson")["id"]), (vec!["2026-11-11 Lesson".to_owned()], &id));
        // And it is in agreement, not only there.
        both.person_changes("Lesson", named("Renamed"));
        both.settle().await;
        assert_eq!(both.world.living("primary")[0]["summary"], "Renamed", "{made_here}");
    }
}

#[tokio::test]
async fn a_deletion_that_is_undone_here_puts_the_page_back_rather_than_making_a_second() {
    for made_here in [true, false] {
        let both = Both::new().await;
        match made_here {
            true => drop(both.world.make("2026-11-11 10:00", "Lesson").await),
            false => {
                let mut fields = named("Lesson");
                fields["Date"] = json!({ "date": { "start": "2026-11-11T10:00:00-05:00" } });
                both.person(json!({ "do": "create", "fields": fields }));
            }
        }
        both.settle().await;
        // A column of theirs that Concord does not look at.
        both.notion
            .control(
                "POST",
                "property",
                &json!({ "calendar": "Calendar", "do": "add", "name": "Price", "fields": { "number": {} } }),
            )
            .unwrap();
        both.person_changes("Lesson", json!({ "Price": { "number": 40 } }));
        both.settle().await;
        let id = both.row("Lesson")["id"].clone();
        let event = both.world.events().await.remove(0);
        both.world.delete(&event).await;
        both.settle().await;
        assert_eq!(both.there(), [""; 0]);
        both.world.undo(&event).await;
        both.settle().await;
        both.settle().await;
        let row = both.row("Lesson");
        assert_eq!(
            (both.there().len(), &row["id"], &row["properties"]["Price"]["number"]),
            (1, &id, &json!(40))
        );
        both.person_changes("Lesson", named("Renamed"));
        both.settle().await;
        assert_eq!(both.world.living("primary")[0]["summary"], "Renamed", "{made_here}");
        assert_eq!(both.world.here().await.len(), 1);
    }
}

/// A page that was deleted here, and is wanted again; which one it is.
async fn wanted_again(quirks: Value) -> (Both, Value) {
    let both = Both::new().await;
    let event = both.world.make("2026-11-11 10:00", "Lesson").await;
    both.settle().await;
    let id = both.row("Lesson")["id"].clone();
    both.world.delete(&event).await;
    both.settle().await;
    both.world.undo(&event).await;
    both.notion.control("POST", "quirks", &quirks).unwrap();
    (both, id)
}

impl Both {
    /// All that is due, and no more.
    async fn work(&self) {
        while let Worked::Ran(_) = schedule::work(&self.world.engine).await.unwrap() {}
    }

    /// Whether the page is there again, and no other ever was.
    async fn is_put_back(&self, id: &Value, about: &str) {
        for _ in 0..4 {
            self.world.advance(SignedDuration::from_mins(10));
            self.settle().await;
        }
        let look = json!({ "user": "alice", "calendar": "Calendar" });
        let told = self.notion.control("GET", "events", &look).unwrap();
        let ids = |list: &str| {
            told[list].as_array().unwrap().iter().map(|row| row["id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!((ids("events"), ids("trashed")), (vec![id.clone()], Vec::new()), "{about}");
        assert_eq!(self.world.living("primary").len(), 1, "{about}");
    }
}

#[tokio::test]
async fn i_14_a_crash_at_any_call_while_a_page_is_put_back_makes_no_second_one() {
    for calls in 1..=12 {
        let (both, id) = wanted_again(json!({})).await;
        both.fuse.light(calls);
        tokio::select! {
            biased;
            () = both.fuse.burnt.notified() => {}
            () = both.work() => {}
        }
        both.fuse.light(0);
        both.is_put_back(&id, &format!("crash at call {calls}")).await;
    }
}

#[tokio::test]
async fn i_05_a_page_that_was_put_back_is_not_made_again_where_queries_are_late() {
    for kind in ["drop_before", "drop_after"] {
        let (both, id) = wanted_again(json!({ "lagMs": 120_000 })).await;
        let fault = json!({ "match": { "method": "PATCH" }, "kind": kind, "count": 1 });
        both.notion.control("POST", "faults", &fault).unwrap();
        both.work().await;
        both.is_put_back(&id, kind).await;
    }
}

#[tokio::test]
async fn an_event_whose_home_is_notion_can_be_made_a_series_here() {
    let both = Both::new().await;
    let (id, event) = original(&both).await;
    both.world
        .edit(&event, |view| {
            let (rule, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=3"], &view.time.span).unwrap();
            view.time.recurrence = Some(rule);
        })
        .await;
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-10 Class", "2026-11-17 Class", "2026-11-24 Class"]);
    assert!(both.rows().iter().any(|row| row["id"] == id), "the page that it was is its first occurrence");
    assert_eq!(both.world.here().await.len(), 1, "it is one event");

    // An edit of one page is an override; what is deleted there does not take place.
    let of = |day: &str| {
        let starts =
            |row: &Value| row["properties"]["Date"]["date"]["start"].as_str().unwrap().starts_with(day);
        both.rows().into_iter().find(starts).unwrap()["id"].clone()
    };
    both.person(json!({ "do": "change", "id": of("2026-11-17"), "fields": named("Special") }));
    both.person(json!({ "do": "delete", "id": of("2026-11-24") }));
    both.settle().await;
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-10 Class", "2026-11-17 Special"]);
    assert_eq!(both.world.event(event.id).await.content.overrides.len(), 2);
    // And the first, which was there before, is one like the others.
    both.person(json!({ "do": "change", "id": id, "fields": named("First") }));
    both.settle().await;
    both.settle().await;
    assert_eq!(both.there(), ["2026-11-10 First", "2026-11-17 Special"]);
    assert_eq!(both.world.event(event.id).await.content.title, "Class");
}

/// An event whose home is Notion, on the tenth of November; its page, and the event.
async fn original(both: &Both) -> (Value, concord_model::Event) {
    let mut fields = named("Class");
    fields["Date"] =
        json!({ "date": { "start": "2026-11-10T10:00:00-05:00", "end": "2026-11-10T11:00:00-05:00" } });
    both.person(json!({ "do": "create", "fields": fields }));
    both.settle().await;
    (both.row("Class")["id"].clone(), both.world.events().await.remove(0))
}

#[tokio::test]
async fn i_03_what_is_written_on_an_original_counts_also_where_it_becomes_a_series_months_away() {
    // In the window, and behind it.
    for day in ["2027-01-06", "2029-01-10"] {
        let both = Both::new().await;
        let (id, event) = original(&both).await;
        let location = json!({ "Location": { "rich_text": [{ "text": { "content": "Hall" } }] } });
        both.person_changes("Class", location);
        both.world
            .edit(&event, |view| {
                view.time.span = span(&format!("{day} 10:00"));
                let (rule, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=3"], &view.time.span).unwrap();
                view.time.recurrence = Some(rule);
            })
            .await;
        both.settle().await;
        let page = both.rows().into_iter().find(|row| row["id"] == id).unwrap();
        assert_eq!(page["properties"]["Date"]["date"]["start"].as_str().unwrap()[..10], *day);
        let now = both.world.event(event.id).await.content;
        let hall = concord_model::view::Value::Location("Hall".to_owned());
        let own = now.overrides.get(&now.time.span.key());
        let held = |own: &Override| matches!(own, Override::Changed(own) if own.values().any(|v| *v == hall));
        assert!(own.is_some_and(held), "{day}: {now:?}");
    }
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

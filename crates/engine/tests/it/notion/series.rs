//! A series of ours, which Notion knows only as the pages of its occurrences.

use std::collections::{BTreeMap, BTreeSet};

use concord_engine::links;
use concord_model::link::{BrakeLimit, Settings};
use concord_model::recurrence::Recurrence;
use concord_model::view::Override;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Both, classes, named, title};
use crate::plans::{tallied, told};
use crate::world::span;

#[tokio::test]
async fn a_series_is_its_occurrences_and_an_edit_of_one_is_an_override() {
    let both = Both::new().await;
    let event = classes(&both).await;
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
    let class = classes(&both).await;
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
async fn rules_18_pages_of_a_series_are_known_again_after_a_restore() {
    let mut both = Both::new().await;
    let before = both.world.backup().await;
    let class = classes(&both).await;
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
    let class = classes(&both).await;
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

/// Seed 55 of the simulator, of several providers: all the others were taken away from both tables, then asked for
/// under names that were still known.
#[tokio::test]
async fn i_01_a_page_of_a_series_that_is_moved_to_another_table_goes_alone() {
    let both = Both::new().await;
    let account = both.world.link_row(both.table).await.account;
    let (engine, workspace) = (&both.world.engine, both.world.workspace);
    links::add(engine, workspace, account, &"Team".into(), Settings::default()).await.unwrap();
    let class = classes(&both).await;
    both.settle().await;
    let on = |row: &Value| row["properties"]["Date"]["date"]["start"].as_str().unwrap()[..10].to_owned();
    let pages = |table: &str| -> BTreeMap<String, Value> {
        let told = both.notion.control("GET", "events", &json!({ "user": "alice", "calendar": table }));
        let rows = told.unwrap()["events"].as_array().unwrap().clone();
        rows.iter().map(|row| (format!("{} {}", on(row), title(row)), row["id"].clone())).collect()
    };
    let (mut left, mut joined) = (pages("Calendar"), pages("Team"));
    assert_eq!((left.len(), joined.len()), (4, 4));
    let moved = left.remove("2026-11-17 Class").unwrap();
    joined.insert("2026-11-17 Class".to_owned(), moved.clone());
    both.person(json!({ "do": "move", "id": moved, "destination": "Team" }));
    both.settle().await;
    assert_eq!((pages("Calendar"), pages("Team")), (left.clone(), joined.clone()));
    // And each goes on as what it is.
    both.world.edit(&class, |view| view.title = "Lesson".to_owned()).await;
    both.settle().await;
    let renamed = |pages: BTreeMap<String, Value>| -> BTreeMap<String, Value> {
        pages.into_iter().map(|(name, id)| (name.replace("Class", "Lesson"), id)).collect()
    };
    assert_eq!((pages("Calendar"), pages("Team")), (renamed(left), renamed(joined)));
}

#[tokio::test]
async fn a_series_goes_on_as_the_window_does_and_ends_with_its_rule() {
    let both = Both::new().await;
    let window = concord_model::link::Window { back_days: 7, ahead_days: 20 };
    links::set(&both.world.engine, both.world.workspace, both.table, |settings| settings.window = window)
        .await
        .unwrap();
    let event = classes(&both).await;
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

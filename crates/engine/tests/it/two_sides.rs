//! Two providers in one person's life: what happens in Google arrives in Outlook through Concord, and the reverse, once.

use std::sync::Arc;

use concord_engine::{connect, links};
use concord_model::LinkId;
use concord_model::link::Settings;
use concord_providers::provider::Login;
use concord_store::mappings::MappingState;
use serde_json::{Value, json};

use crate::door::{Door, Fuse, Gate};
use crate::side::{On, Twin};
use crate::world::{World, google_times, line};

/// Alice, whose main calendars at Google and in Outlook are linked.
struct Both {
    world: World,
    outlook: Twin,
    link: LinkId,
}

impl Both {
    async fn new() -> Both {
        let (mut world, _) = World::linked().await;
        let outlook = Twin::new(On::Outlook, &world.clock);
        let door =
            Door { twin: outlook.clone(), fuse: Arc::new(Fuse::default()), gate: Arc::new(Gate::default()) };
        world.engine.providers.insert(outlook.id(), outlook.provider(Arc::new(door)));
        let login = Login::token("twin-alice");
        let account = connect::add(&world.engine, world.workspace, world.alice, &outlook.id(), login, None)
            .await
            .unwrap()
            .id;
        let calendar = outlook.calendar("primary");
        let link = links::add(&world.engine, world.workspace, account, &calendar, Settings::default()).await;
        let both = Both { world, outlook, link: link.unwrap().id };
        both.world.settle().await;
        both
    }

    fn in_google(&self) -> Vec<String> {
        self.world.there("primary")
    }

    fn in_outlook(&self) -> Vec<String> {
        let mut all: Vec<String> = self.outlook.living("primary").iter().map(line).collect();
        all.sort();
        all
    }

    /// The one thing that is there in Outlook, or is changed of a series.
    fn one_in_outlook(&self, title: &str) -> Value {
        let all = self.outlook.living("primary");
        all.iter()
            .find(|event| event["summary"] == title)
            .unwrap_or_else(|| panic!("no {title}: {all:?}"))
            .clone()
    }

    async fn everywhere(&self, expected: &[&str], about: &str) {
        self.world.settle().await;
        assert_eq!(self.in_google(), expected, "in Google: {about}");
        assert_eq!(self.in_outlook(), expected, "in Outlook: {about}");
        assert_eq!(self.world.here().await, expected, "here: {about}");
    }

    fn person_in_outlook(&self, body: Value) -> Value {
        self.world.advance(jiff::SignedDuration::from_secs(5));
        self.outlook.person(body)
    }

    /// How often something was written, on either side.
    fn writes(&self) -> usize {
        let count = |twin: &Twin| {
            twin.control("GET", "changes", &json!({})).unwrap()["changes"].as_array().unwrap().len()
        };
        count(&self.world.twin) + count(&self.outlook)
    }

    /// Nothing goes on any more.
    async fn is_quiet(&self) {
        let before = self.writes();
        for _ in 0..3 {
            self.world.settle().await;
        }
        assert_eq!(self.writes(), before, "it is written for ever");
    }
}

#[tokio::test]
async fn ac_1_what_happens_in_google_arrives_in_outlook_and_the_reverse() {
    let both = Both::new().await;
    let id = both.world.person_makes("2026-11-11 10:00", "Dentist");
    both.everywhere(&["20261111T100000 Dentist"], "made in Google").await;
    let copy = both.one_in_outlook("Dentist");
    both.person_in_outlook(json!({ "calendar": "primary", "do": "change", "id": copy["id"], "fields": { "summary": "Dentist, late" } }));
    both.everywhere(&["20261111T100000 Dentist, late"], "renamed in Outlook").await;
    let (start, end) = google_times("2026-11-12 15:00");
    both.world.person(
        json!({ "calendar": "primary", "do": "change", "id": id, "fields": { "start": start, "end": end } }),
    );
    both.everywhere(&["20261112T150000 Dentist, late"], "moved in Google").await;
    let (start, end) = google_times("2026-11-13 09:00");
    both.person_in_outlook(json!({ "calendar": "primary", "do": "create", "fields": { "summary": "Tyres", "start": start, "end": end } }));
    both.everywhere(&["20261112T150000 Dentist, late", "20261113T090000 Tyres"], "made in Outlook").await;
    both.world.delete_there("primary", "Tyres");
    both.everywhere(&["20261112T150000 Dentist, late"], "the copy deleted in Google").await;
    let copy = both.one_in_outlook("Dentist, late");
    both.person_in_outlook(json!({ "calendar": "primary", "do": "delete", "id": copy["id"] }));
    both.everywhere(&[], "the copy deleted in Outlook").await;
    both.is_quiet().await;
}

#[tokio::test]
async fn a_series_with_its_odd_occurrences_is_the_same_in_google_and_in_outlook() {
    let both = Both::new().await;
    let (start, end) = google_times("2026-11-10 10:00");
    let rule = json!(["RRULE:FREQ=WEEKLY;COUNT=5"]);
    let made = both.world.person(json!({ "calendar": "primary", "do": "create",
        "fields": { "summary": "Class", "start": start, "end": end, "recurrence": rule } }));
    let series = made["id"].as_str().unwrap();
    let (start, end) = google_times("2026-11-18 15:00");
    both.world
        .person(json!({ "calendar": "primary", "do": "change", "id": format!("{series}_20261117T150000Z"),
        "fields": { "start": start, "end": end, "summary": "Moved" } }));
    both.world
        .person(json!({ "calendar": "primary", "do": "delete", "id": format!("{series}_20261124T150000Z") }));
    both.world.settle().await;
    assert_eq!(both.in_outlook(), ["20261110T100000 Class", "20261118T150000 Moved"]);
    // In Outlook, one more is deleted and one renamed.
    let copy = both.one_in_outlook("Class");
    let occurrence = |day: &str| format!("{}_{day}T150000Z", copy["id"].as_str().unwrap());
    both.person_in_outlook(json!({ "calendar": "primary", "do": "delete", "id": occurrence("20261201") }));
    both.person_in_outlook(json!({ "calendar": "primary", "do": "change", "id": occurrence("20261208"), "fields": { "summary": "Last" } }));
    both.world.settle().await;
    let event = both.world.events().await.remove(0);
    let odd: Vec<String> = event.content.overrides.keys().map(ToString::to_string).collect();
    assert_eq!(odd, ["20261117T100000", "20261124T100000", "20261201T100000", "20261208T100000"]);
    assert!(both.in_google().contains(&"20261208T100000 Last".to_owned()), "{:?}", both.in_google());
    assert!(!both.in_google().iter().any(|one| one.starts_with("20261201")));
    both.is_quiet().await;
}

#[tokio::test]
async fn a_rule_that_outlook_cannot_keep_is_refused_with_the_reason_and_holds_nothing_else_up() {
    let both = Both::new().await;
    let (start, end) = google_times("2026-11-01 10:00");
    both.world.person(json!({ "calendar": "primary", "do": "create", "fields": {
        "summary": "Rent", "start": start, "end": end, "recurrence": ["RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"] } }));
    both.world.person_makes("2026-11-11 10:00", "Dentist");
    both.world.settle().await;
    assert_eq!(both.in_outlook(), ["20261111T100000 Dentist"], "never as something near it");
    let rent = both.world.events().await.into_iter().find(|event| event.content.title == "Rent").unwrap();
    let there = both.world.copy(&rent, both.link).await;
    let why = there.error.expect("it is refused").text;
    assert_eq!(there.state, MappingState::Error, "{why}");
    assert!(why.contains("several days"), "{why}");
    both.is_quiet().await;
}

#[tokio::test]
async fn be_7_guests_of_a_meeting_in_google_are_not_on_its_copy_in_outlook_and_nobody_is_mailed() {
    let both = Both::new().await;
    let (start, end) = google_times("2026-11-12 10:00");
    both.world.person(json!({ "calendar": "primary", "do": "create", "fields": {
        "summary": "Review", "start": start, "end": end, "attendees": [{ "email": "dan@else.where" }] } }));
    let mails = |both: &Both| {
        both.outlook.control("GET", "mail", &json!({})).unwrap()["mails"].as_array().unwrap().len()
    };
    both.world.settle().await;
    assert_eq!(both.one_in_outlook("Review")["attendees"], json!([]));
    both.world.change_there("primary", "Review", json!({ "summary": "Review, late" }));
    both.world.settle().await;
    both.world.delete_there("primary", "Review, late");
    both.everywhere(&[], "deleted in Google").await;
    assert_eq!(mails(&both), 0);
}

#[tokio::test]
async fn microsoft_trap_10_a_text_of_googles_does_not_change_by_going_to_outlook_and_back() {
    let both = Both::new().await;
    let (start, end) = google_times("2026-11-12 10:00");
    let text = "Bring shoes\n\n  and water & a <towel>\n- one\n- two";
    both.world.person(json!({ "calendar": "primary", "do": "create",
        "fields": { "summary": "Class", "start": start, "end": end, "description": text } }));
    both.world.settle().await;
    let before = both.world.events().await.remove(0);
    // Outlook writes its page anew with every change.
    let copy = both.one_in_outlook("Class");
    both.person_in_outlook(
        json!({ "calendar": "primary", "do": "change", "id": copy["id"], "fields": { "location": "Roof" } }),
    );
    both.world.settle().await;
    both.is_quiet().await;
    let after = both.world.events().await.remove(0);
    assert_eq!(
        (after.content.description, after.content.location.as_str()),
        (before.content.description, "Roof")
    );
}

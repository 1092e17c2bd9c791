//! An invitation of somebody else's that came by mail, in the calendars of whoever was invited.

use std::collections::BTreeMap;

use concord_engine::invitations::Taken;
use concord_engine::letterbox;
use concord_engine::received::{self, Asks, Part, Told};
use concord_model::Event;
use concord_model::event::Origin;
use concord_model::link::{Settings, Sight};
use concord_model::people::{Attendee, Organiser};
use concord_model::view::View;
use jiff::SignedDuration;
use serde_json::json;

use crate::world::{World, google_times, span};

struct Org<'a> {
    world: &'a World,
    word: String,
}

impl Org<'_> {
    async fn of(world: &World) -> Org<'_> {
        let (_, word) = letterbox::open(&world.engine, world.workspace, world.alice).await.unwrap();
        Org { world, word }
    }

    async fn writes(&self, asks: Asks, sequence: u32, when: &str, title: &str) -> Taken {
        self.world.advance(SignedDuration::from_secs(5));
        let guest = |address: &str| Attendee {
            address: address.into(),
            name: String::new(),
            answer: Default::default(),
            role: Default::default(),
        };
        let mut view = View::new(span(when), title);
        view.organiser = Some(Organiser { address: "org@corp.example".into(), name: String::new() });
        view.attendees = vec![guest("alice@twin.test"), guest("bob@corp.example")];
        let told = Told {
            words: vec![self.word.clone()],
            secret: BTreeMap::new(),
            home: "calendar@studio.example".into(),
            asks,
            uid: "meeting-1@corp.example".to_owned(),
            parts: vec![Part { of: None, view, sequence, stamp: Some(self.world.engine.now()) }],
        };
        received::take(&self.world.engine, &told).await.unwrap()
    }
}

async fn only(world: &World) -> Event {
    let events = world.events().await;
    let [event] = &events[..] else { panic!("{} events", events.len()) };
    event.clone()
}

fn mails(world: &World) -> usize {
    let mail = world.twin.control("GET", "mail", &json!({})).unwrap();
    let mails = mail.as_array().or(mail["mails"].as_array()).or(mail["mail"].as_array());
    mails.unwrap_or_else(|| panic!("{mail}")).len()
}

#[tokio::test]
async fn be_7_a_copy_of_it_names_no_guest_and_its_provider_tells_nobody() {
    let world = World::new().await;
    // Even where guests are shown and may be mailed: they are not ours to invite again.
    let sight = Sight { guests: true, ..Sight::default() };
    let link = world.link("primary", Settings { sight, mail_guests: true, ..Settings::default() }).await;
    world.settle().await;
    let org = Org::of(&world).await;
    assert_eq!(org.writes(Asks::Request, 0, "2026-11-10 10:00", "Planning").await, Taken::Invited);
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Planning"]);
    let copy = world.living("primary").remove(0);
    assert!(copy["attendees"].is_null(), "{copy:#}");
    org.writes(Asks::Request, 1, "2026-11-11 15:00", "Planning").await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261111T150000 Planning"]);
    org.writes(Asks::Cancel, 2, "2026-11-11 15:00", "Planning").await;
    world.settle().await;
    assert!(world.there("primary").is_empty());
    assert_eq!(mails(&world), 0);
    let calm = world.run(link.id).await;
    assert_eq!(calm.tally, Default::default());
}

#[tokio::test]
async fn what_is_changed_or_deleted_in_a_copy_of_it_is_put_back() {
    let (world, _) = World::linked().await;
    Org::of(&world).await.writes(Asks::Request, 0, "2026-11-10 10:00", "Planning").await;
    world.settle().await;
    let copy = world.living("primary").remove(0);
    let (start, end) = google_times("2026-11-12 18:00");
    world.person(json!({ "calendar": "primary", "do": "change", "id": copy["id"],
                         "fields": { "start": start, "end": end } }));
    world.settle().await;
    assert_eq!(world.here().await, ["20261110T100000 Planning"]);
    assert_eq!(world.there("primary"), ["20261110T100000 Planning"]);
    world.person(json!({ "calendar": "primary", "do": "delete", "id": copy["id"] }));
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Planning"]);
    // Whoever wants it out takes it out here.
    world.delete(&only(&world).await).await;
    world.settle().await;
    assert!(world.there("primary").is_empty());
}

#[tokio::test]
async fn i_04_a_calendar_that_has_the_same_meeting_tells_of_it_from_then_on() {
    let world = World::new().await;
    let org = Org::of(&world).await;
    org.writes(Asks::Request, 0, "2026-11-10 10:00", "Planning").await;
    // It was moved since, and the calendar that is connected now has heard of it.
    let (start, end) = google_times("2026-11-10 14:00");
    world.person(json!({ "calendar": "primary", "do": "create", "fields": {
        "iCalUID": "meeting-1@corp.example", "summary": "Planning", "start": start, "end": end,
    } }));
    let link = world.link("primary", Settings::default()).await;
    world.settle().await;
    let event = only(&world).await;
    assert_eq!(
        (event.origin, event.content.time.span.clone()),
        (Origin::Link(link.id), span("2026-11-10 14:00"))
    );
    assert_eq!(world.there("primary"), ["20261110T140000 Planning"]);
    assert_eq!(org.writes(Asks::Request, 1, "2026-11-10 18:00", "Other").await, Taken::Elsewhere);
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T140000 Planning"]);
}

//! What people see, say and are told: hidden fields, guests and their answers, mail, texts that a calendar rewrites, and
//! events of which only the time is known (BM-062, BM-069, BM-112 to BM-139).

use std::collections::BTreeSet;

use concord_engine::Error;
use concord_engine::edit::{self, Change, Scope};
use concord_engine::links::Leftovers;
use concord_model::event::Booking;
use concord_model::link::{Direction, Settings, Sight};
use concord_model::people::Answer;
use concord_model::privacy::{ClientNames, Detail, Privacy, PrivateEvents};
use concord_model::view::{Field, Value};
use concord_model::{Event, Moment, Span, View, Zone};
use concord_store::Actor;
use jiff::SignedDuration;
use serde_json::json;

use super::{weekly, writes};
use crate::people::{guest, mailed};
use crate::world::{World, google_times, span};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn answers(event: &Event) -> Vec<(&str, Answer)> {
    event.content.attendees.iter().map(|guest| (guest.address.as_str(), guest.answer)).collect()
}

#[tokio::test]
async fn bm_062_whole_days_of_every_type_come_in_as_whole_days() {
    let (world, _) = World::linked().await;
    let team = world.link("Team", Settings::default()).await;
    let days = json!({"start": {"date": "2026-11-24"}, "end": {"date": "2026-11-26"}});
    let kinds = [
        json!({"summary": "Plain"}),
        json!({"summary": "Home", "eventType": "workingLocation", "visibility": "public", "transparency": "transparent",
            "workingLocationProperties": {"type": "homeOffice", "homeOffice": {}}, "end": {"date": "2026-11-25"}}),
        json!({"summary": "Jo", "eventType": "birthday", "visibility": "private", "transparency": "transparent",
            "recurrence": ["RRULE:FREQ=YEARLY"], "birthdayProperties": {"type": "birthday"}, "end": {"date": "2026-11-25"}}),
    ];
    for kind in kinds {
        let mut fields = days.clone();
        fields.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
        let made = world.person(json!({"calendar": "primary", "do": "create", "fields": fields}));
        assert!(made["id"].is_string(), "{made}");
    }
    world.set(team.id, |s| s.sight.private = PrivateEvents::Show).await;
    world.settle().await;
    let all = world.events().await;
    assert_eq!(all.len(), 3);
    for event in &all {
        assert!(event.content.time.span.is_all_day(), "{event:?}");
    }
    let copies = world.lines_in(team.calendar.as_str());
    assert_eq!(copies, ["20261124 Home", "20261124 Jo", "20261124 Plain"]);
}

#[tokio::test]
async fn bm_069_the_zone_of_an_import_outlives_edits_and_changed_clocks() {
    let (world, _) = World::linked().await;
    let team = world.link("Team", Settings::default()).await;
    let time = |wall: &str| json!({"dateTime": wall, "timeZone": "Europe/Berlin"});
    let fields = json!({
        "summary": "Call", "start": time("2027-03-24T10:00:00"), "end": time("2027-03-24T11:00:00"),
        "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"],
    });
    world.person(json!({"calendar": "primary", "do": "create", "fields": fields}));
    world.settle().await;
    let event = world.events().await.remove(0);
    let mut tx = world.engine.store.begin().await.unwrap();
    let tokyo = Zone::new("Asia/Tokyo").unwrap();
    concord_store::users::set_zone(&mut tx, world.workspace, world.alice, &tokyo).await.unwrap();
    tx.commit().await.unwrap();
    world.edit(&event, |v| v.location = "Studio B".to_owned()).await;
    // A week later by the clock on the wall: in Berlin it has changed meanwhile, in New York long before.
    world
        .edit(&event, |v| {
            let zone = Zone::new("Europe/Berlin").unwrap();
            let at = |wall: &str| Moment::new(wall.parse().unwrap(), zone.clone());
            v.time.span = Span::timed(at("2027-03-31T10:00:00"), at("2027-03-31T11:00:00")).unwrap();
        })
        .await;
    world.settle().await;
    for calendar in ["primary", team.calendar.as_str()] {
        let there = &world.living(calendar)[0];
        assert_eq!(there["start"]["timeZone"], "Europe/Berlin", "{calendar}");
        let start: jiff::Timestamp = there["start"]["dateTime"].as_str().unwrap().parse().unwrap();
        assert_eq!(start.to_string(), "2027-03-31T08:00:00Z", "{calendar}");
        assert_eq!(there["location"], "Studio B");
    }
    assert_eq!(world.event(event.id).await.content.time.span.zone().unwrap().name(), "Europe/Berlin");
}

/// Two worlds that differ in nothing but what is hidden look the same from outside, call by call.
#[tokio::test]
async fn bm_112_what_is_hidden_makes_no_difference_outside() {
    for (name, sight) in [
        ("busy", Sight { detail: Detail::Busy, ..Sight::default() }),
        ("title", Sight { detail: Detail::Title, ..Sight::default() }),
        ("clients", Sight { client_names: ClientNames::Hidden, notes: false, ..Sight::default() }),
    ] {
        let mut told = Vec::new();
        for (text, client) in [("the blue folder", "Anna Abel"), ("an old quarrel", "Zoe Quist")] {
            let (world, link) = World::linked().await;
            world.set(link, |s| s.sight = sight).await;
            let client = world.client(client, &format!("{}@else.where", &client[..3]), None).await;
            let secret = |v: &mut View, b: &mut Booking| {
                if name != "clients" {
                    v.description = text.to_owned();
                    v.location = text.to_owned();
                    v.attendees = vec![guest(&text[..3])];
                }
                if name == "busy" {
                    v.title = text.to_owned();
                }
                b.notes = text.to_owned();
                b.clients = vec![client];
            };
            let event = world.make_with("2026-11-10 10:00", "Session", secret).await;
            world.make_with("2026-11-11 10:00", "Class", weekly(3)).await;
            world.settle().await;
            world.set_booking(&event, |b| b.notes = format!("{text}, again")).await;
            world.settle().await;
            world.edit(&event, |v| v.time.span = span("2026-11-12 12:00")).await;
            world.settle().await;
            told.push((world.calls(), world.living("primary")));
        }
        assert_eq!(told[0].1.len(), 2, "{name}");
        assert_eq!(told[0], told[1], "{name}");
    }
}

/// Once a calendar may see only that time is taken, what is remembered of its copies holds no more either.
#[tokio::test]
async fn bm_114_what_a_calendar_may_not_show_any_more_is_not_kept_about_it() {
    let (world, link) = World::linked().await;
    let event = world
        .make_with("2026-11-10 10:00", "Hysterectomy", |v, _| {
            v.description = "Hysterectomy, second look".to_owned();
        })
        .await;
    world.settle().await;
    assert!(serde_json::to_string(&world.copy(&event, link).await.base).unwrap().contains("Hysterectomy"));
    world.set(link, |s| s.sight.detail = Detail::Busy).await;
    world.settle().await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Busy"]);
    let copy = world.copy(&event, link).await;
    let kept = serde_json::to_string(&(&copy.base, &copy.observation, &copy.intent)).unwrap();
    assert!(!kept.contains("Hysterectomy") && copy.error.is_none(), "{kept}");
}

/// A calendar of somebody else's, of which only the times may be seen.
#[tokio::test]
async fn bm_119_of_what_may_not_be_read_the_time_is_known_and_nothing_fails() {
    let world = World::new().await;
    let bob = world.bob().await;
    let state = world.twin.control("GET", "state", &json!({})).unwrap();
    let team =
        state["calendars"].as_array().unwrap().iter().find(|c| c["summary"] == "Team" && c["owner"] != "bob");
    let team = team.unwrap()["id"].as_str().unwrap().to_owned();
    let (start, end) = google_times("2026-11-10 10:00");
    let fields = json!({"summary": "Private talk", "start": start, "end": end, "visibility": "private"});
    world.person(json!({"calendar": team, "do": "create", "fields": fields}));
    world.control("access", json!({"calendar": team, "user": "bob", "role": "freeBusyReader"}));
    let link =
        world.link_of(&bob, &team, Settings { direction: Direction::Pull, ..Settings::default() }).await;
    let report = world.run(link.id).await;
    assert_eq!(
        (report.failed, report.status),
        (0, Some(concord_store::runs::RunStatus::Success)),
        "{report:?}"
    );
    let all = world.events().await;
    assert_eq!(all.len(), 1);
    assert!(!format!("{:?}", all[0].content).contains("Private talk"));
    assert_eq!(all[0].content.time.span, span("2026-11-10 10:00"));
}

/// Everything in a calendar that looks like a mail address.
fn addresses(world: &World) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for event in world.living("primary") {
        let text = event.to_string();
        let word = |c: char| c.is_alphanumeric() || "@._-+".contains(c);
        // An event's name in the world has the form of one, and is none.
        let names = ["@concord", "@google.com"];
        let like_one = |word: &&str| word.contains('@') && !names.iter().any(|name| word.ends_with(name));
        found.extend(text.split(|c| !word(c)).filter(like_one).map(str::to_owned));
    }
    found
}

#[tokio::test]
async fn bm_122_no_address_is_invented_whatever_is_hidden() {
    for (guests, contacts, names) in [
        (true, true, ClientNames::Shown),
        (true, false, ClientNames::Hidden),
        (false, false, ClientNames::Initials),
    ] {
        let (world, link) = World::linked().await;
        world
            .set(link, |s| s.sight = Sight { guests, contacts, client_names: names, ..Sight::default() })
            .await;
        let client = world.client("Anna Abel", "anna@else.where", None).await;
        let with = |v: &mut View, b: &mut Booking| {
            v.attendees = vec![guest("carol"), guest("anna")];
            v.description = "Write to anna@else.where or carol@else.where".to_owned();
            b.clients = vec![client];
        };
        world.make_with("2026-11-10 10:00", "Session", with).await;
        world.settle().await;
        let known = ["alice@twin.test", "anna@else.where", "carol@else.where"].map(str::to_owned).into();
        let found = addresses(&world);
        assert!(found.is_subset(&known), "{found:?}");
        assert_eq!(found.contains("anna@else.where"), contacts, "{found:?}");
    }
}

/// A meeting of alice's with three guests who have answered.
async fn answered() -> (World, String) {
    let world = World::new().await;
    let settings = Settings { sight: Sight { guests: true, ..Sight::default() }, ..Settings::default() };
    world.link("primary", settings).await;
    let (start, end) = google_times("2026-11-10 10:00");
    let made = world.person(json!({"calendar": "primary", "do": "create", "fields": {
        "summary": "Review", "start": start, "end": end, "attendees": [
            {"email": "carol@else.where", "responseStatus": "accepted", "optional": true, "comment": "late"},
            {"email": "dan@else.where", "responseStatus": "declined"},
            {"email": "bob@twin.test"},
        ],
    }}));
    world.settle().await;
    (world, made["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn bm_123_one_guest_more_or_less_changes_nothing_about_the_others() {
    let (world, _) = answered().await;
    let event = world.events().await.remove(0);
    let there = |world: &World| {
        let all = world.living("primary")[0]["attendees"].as_array().unwrap().clone();
        move |mail: &str| all.iter().find(|g| g["email"] == mail).cloned()
    };
    let before = there(&world);
    world.edit(&event, |v| v.attendees.push(guest("erin"))).await;
    world.settle().await;
    let after = there(&world);
    assert!(after("erin@else.where").is_some());
    for mail in ["carol@else.where", "dan@else.where", "bob@twin.test"] {
        assert_eq!(after(mail), before(mail), "{mail}");
    }
    world.edit(&event, |v| v.attendees.retain(|g| g.address.as_str() != "dan@else.where")).await;
    world.settle().await;
    let after = there(&world);
    assert_eq!((after("dan@else.where"), after("carol@else.where")), (None, before("carol@else.where")));
    assert_eq!(mailed(&world), Vec::<String>::new());
}

#[tokio::test]
async fn bm_124_an_event_with_its_owner_among_the_guests_stays() {
    let (world, _) = World::linked().await;
    for (day, guests) in
        [("10", vec!["alice@twin.test"]), ("11", vec!["alice@twin.test", "carol@else.where"])]
    {
        let (start, end) = google_times(&format!("2026-11-{day} 10:00"));
        let guests: Vec<_> =
            guests.iter().map(|mail| json!({"email": mail, "responseStatus": "accepted"})).collect();
        world.person(json!({"calendar": "primary", "do": "create", "fields": {
            "summary": "Mine", "start": start, "end": end, "attendees": guests,
        }}));
    }
    for _ in 0..3 {
        world.control("expire-sync", json!({}));
        world.settle().await;
        let mut guests: Vec<usize> = world.events().await.iter().map(|e| e.content.attendees.len()).collect();
        guests.sort_unstable();
        assert_eq!(guests, [1, 2]);
    }
    for event in world.events().await {
        world.edit(&event, |v| v.location = "Studio B".to_owned()).await;
    }
    world.settle().await;
    let mut there: Vec<usize> =
        world.living("primary").iter().map(|e| e["attendees"].as_array().unwrap().len()).collect();
    there.sort_unstable();
    assert_eq!(there, [1, 2], "what was not sent was not taken away");
}

#[tokio::test]
async fn bm_125_an_answer_is_given_on_the_guests_own_copy_and_heard_by_all() {
    // Bob answers alice's meeting.
    let (world, id) = answered().await;
    for (word, answer) in
        [("accepted", Answer::Accepted), ("tentative", Answer::Tentative), ("declined", Answer::Declined)]
    {
        world.person(json!({"user": "bob", "do": "respond", "id": id, "answer": word}));
        world.settle().await;
        let event = world.events().await.remove(0);
        assert!(answers(&event).contains(&("bob@twin.test", answer)), "{:?}", answers(&event));
    }
    // Alice answers a meeting of bob's, on her copy; here it cannot be done for her.
    let (world, _) = World::linked().await;
    let (start, end) = google_times("2026-11-10 10:00");
    let made = world.person(json!({"user": "bob", "calendar": "primary", "do": "create", "fields": {
        "summary": "His", "start": start, "end": end, "attendees": [{"email": "alice@twin.test"}],
    }}));
    world.settle().await;
    let event = world.events().await.remove(0);
    assert_eq!(answers(&event), [("alice@twin.test", Answer::Awaited)]);
    let mut attendees = event.content.attendees.clone();
    attendees[0].answer = Answer::Declined;
    let change =
        Change { patch: [(Field::Attendees, Value::Attendees(attendees))].into(), ..Change::default() };
    let by = Actor::User(world.alice);
    let refused = edit::change(&world.engine, world.workspace, event.id, Scope::All, change, by).await;
    assert!(matches!(refused, Err(Error::ReadOnly(_))), "{refused:?}");
    let before = writes(&world);
    world.person(json!({"do": "respond", "id": made["id"], "answer": "declined"}));
    world.settle().await;
    let heard = world.events().await;
    assert!(heard.is_empty() || answers(&heard[0]) == [("alice@twin.test", Answer::Declined)]);
    assert_eq!(writes(&world), before);
}

#[tokio::test]
async fn bm_127_what_was_mailed_once_is_not_mailed_again_after_a_restore_or_a_reconnect() {
    let mut world = World::new().await;
    let settings = || Settings {
        mail_guests: true,
        sight: Sight { guests: true, ..Sight::default() },
        ..Settings::default()
    };
    let link = world.link("primary", settings()).await.id;
    let with = |v: &mut View, _: &mut Booking| v.attendees = vec![guest("carol")];
    world.make_with("2026-12-10 10:00", "Stays", with).await;
    let gone = world.make_with("2026-12-11 10:00", "Gone", with).await;
    world.settle().await;
    let file = world.backup().await;
    world.delete(&gone).await;
    world.settle().await;
    let told = mailed(&world).len();
    assert!(told >= 3, "invited twice, and told of the end: {told}");
    world.advance(DAY * 14);
    world.restore(&file).await;
    world.settle().await;
    world.settle().await;
    assert_eq!(mailed(&world).len(), told, "after a restore");
    world.remove(link, Leftovers::Leave).await;
    world.link("primary", settings()).await;
    world.settle().await;
    assert_eq!(mailed(&world).len(), told, "after a reconnect");
}

#[tokio::test]
async fn bm_129_moved_to_another_calendar_by_a_person_nothing_is_written_and_nobody_is_told() {
    let world = World::new().await;
    let settings = || Settings {
        mail_guests: true,
        sight: Sight { guests: true, ..Sight::default() },
        ..Settings::default()
    };
    world.link("primary", settings()).await;
    let team = world.link("Team", Settings { direction: Direction::Pull, ..settings() }).await;
    let (start, end) = google_times("2026-11-10 10:00");
    let made = world.person(json!({"calendar": "primary", "do": "create", "fields": {
        "summary": "Review", "start": start, "end": end, "attendees": [{"email": "carol@else.where"}],
    }}));
    world.settle().await;
    let event = world.events().await.remove(0);
    let (before, told) = (writes(&world), mailed(&world).len());
    world.person(
        json!({"calendar": "primary", "do": "move", "id": made["id"], "destination": team.calendar.as_str()}),
    );
    let by_person = mailed(&world).len();
    world.settle().await;
    world.settle().await;
    let after = world.events().await;
    assert_eq!((after.len(), after[0].id, &after[0].uid), (1, event.id, &event.uid));
    assert_eq!((writes(&world), mailed(&world).len()), (before, by_person), "{told}");
}

/// The calendar makes of every description what it likes: paragraphs around it, line ends of its own.
#[tokio::test]
async fn bm_130_a_text_that_the_calendar_rewrites_is_written_once() {
    for text in ["Bring water", "a < b & c", "First line\nSecond line\n\n- one\n- two", "tab\tand\u{a0}space"]
    {
        let (world, link) = World::linked().await;
        world.gate.misspell("\"description\":\"", "\"description\":\"<html><body>Shared calendar<br>\\r\\n ");
        let event =
            world.make_with("2026-11-10 10:00", "Session", |v, _| v.description = text.to_owned()).await;
        world.settle().await;
        let before = writes(&world);
        for _ in 0..10 {
            world.control("expire-sync", json!({}));
            world.run(link).await;
        }
        world.settle().await;
        assert_eq!(writes(&world), before, "{text:?}");
        let here = world.event(event.id).await.content.description;
        assert_eq!(here, event.content.description, "{text:?}");
    }
}

#[tokio::test]
async fn bm_137_what_we_put_into_a_copy_is_short_whatever_the_event_holds() {
    let (world, _) = World::linked().await;
    let long = "x".repeat(1_500);
    let text = long.clone();
    let event = world
        .make_with("2026-11-10 10:00", &long, |v, b| {
            v.description = text.clone();
            b.notes = text.clone();
            b.external_ref = Some(text[..200].to_owned());
            b.tags = vec![text.clone()];
        })
        .await;
    world.make_with("2026-11-11 10:00", "Class", weekly(40)).await;
    world.settle().await;
    world.edit(&event, |v| v.location = "Studio B".to_owned()).await;
    world.settle().await;
    let there = world.living("primary");
    assert_eq!(there.len(), 2);
    for one in there {
        for (key, value) in one["extendedProperties"]["private"].as_object().unwrap() {
            assert!(key.len() <= 44 && value.as_str().unwrap().len() <= 200, "{key}: {value}");
        }
    }
}

#[tokio::test]
async fn bm_139_special_events_are_read_and_never_written() {
    let (world, _) = World::linked().await;
    world.link("Team", Settings::default()).await;
    let (start, end) = google_times("2026-11-10 10:00");
    let day = json!({"date": "2026-11-24"});
    let next = json!({"date": "2026-11-25"});
    for fields in [
        json!({"summary": "Focus", "eventType": "focusTime", "start": start, "end": end}),
        json!({"summary": "Away", "eventType": "outOfOffice", "start": start, "end": end}),
        json!({"summary": "Home", "eventType": "workingLocation", "start": day, "end": next, "visibility": "public",
            "transparency": "transparent", "workingLocationProperties": {"type": "homeOffice", "homeOffice": {}}}),
        json!({"summary": "Jo", "eventType": "birthday", "start": day, "end": next, "visibility": "private",
            "transparency": "transparent", "recurrence": ["RRULE:FREQ=YEARLY"], "birthdayProperties": {"type": "birthday"}}),
    ] {
        world.person(json!({"calendar": "primary", "do": "create", "fields": fields}));
    }
    world.settle().await;
    let all = world.events().await;
    assert_eq!(all.len(), 4);
    for event in &all {
        let title = Value::Title("Mine".to_owned());
        let change = Change { patch: [(title.field(), title)].into(), ..Change::default() };
        let by = || Actor::User(world.alice);
        let changed = edit::change(&world.engine, world.workspace, event.id, Scope::All, change, by()).await;
        assert!(matches!(changed, Err(Error::ReadOnly(_))), "{changed:?}");
        let deleted = edit::delete(&world.engine, world.workspace, event.id, Scope::All, None, by()).await;
        assert!(matches!(deleted, Err(Error::ReadOnly(_))), "{deleted:?}");
    }
    world.advance(DAY + DAY / 24);
    world.settle().await;
    let touched: Vec<_> = world
        .calls()
        .into_iter()
        .filter(|c| !c.starts_with("GET") && c.contains("alice@twin.test"))
        .collect();
    assert!(touched.is_empty(), "{touched:?}");
    let privacy = |title: &str| all.iter().find(|e| e.content.title == title).unwrap().content.privacy;
    assert_eq!((privacy("Jo"), privacy("Focus")), (Privacy::Private, Privacy::Default));
}

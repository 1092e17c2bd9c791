//! Whose event reaches whose calendar, and what of it.

use concord_engine::links::Leftovers;
use concord_model::View;
use concord_model::event::Booking;
use concord_model::link::{DeletionPolicy, Settings, Sight};
use concord_model::people::Attendee;
use concord_model::privacy::{Detail, Privacy, PrivateEvents};
use serde_json::json;

use crate::side::{On, on_each_server, on_each_side};
use crate::world::{World, google_times, span};

on_each_side! {
    ac_4_private_events_stay_out_or_are_shown_as_busy,
    bm_116_tightening_cleans_what_was_copied_before_and_never_loses_the_real_text,
    bm_120_guests_are_not_on_a_copy_and_nobody_is_mailed,
    be_7_nobody_is_mailed_from_the_first_sync_to_the_last_deletion,
    be_7_where_it_is_switched_on_guests_are_told,
}

on_each_server! {
    ac_4_private_events_stay_out_or_are_shown_as_busy,
}

async fn ac_4_private_events_stay_out_or_are_shown_as_busy(on: On) {
    let world = World::on(on).await;
    let link = world.link("primary", Settings::default()).await;
    world
        .make_with("2026-11-10 10:00", "Therapy", |v, _| {
            v.privacy = Privacy::Private;
            v.description = "about mother".to_owned();
        })
        .await;
    world.settle().await;
    assert_eq!(world.there("primary"), Vec::<String>::new());
    concord_engine::links::set(&world.engine, world.workspace, link.id, |s| {
        s.sight.private = PrivateEvents::Busy;
    })
    .await
    .unwrap();
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Busy"]);
    assert!(!world.living("primary")[0].to_string().contains("mother"));
}

async fn bm_116_tightening_cleans_what_was_copied_before_and_never_loses_the_real_text(on: On) {
    let (world, link) = World::linked_on(on).await;
    let event = world
        .make_with("2026-11-10 10:00", "Session with Anna", |v, b| {
            v.description = "bring the blue folder".to_owned();
            b.notes = "pays in cash".to_owned();
        })
        .await;
    world.settle().await;
    assert!(world.living("primary")[0].to_string().contains("pays in cash"));
    let tight = Sight { detail: Detail::Busy, ..Sight::default() };
    concord_engine::links::set(&world.engine, world.workspace, link, move |s| s.sight = tight).await.unwrap();
    world.settle().await;
    let copy = world.living("primary")[0].to_string();
    assert!(!copy.contains("Anna") && !copy.contains("folder") && !copy.contains("cash"), "{copy}");
    let id = world.living("primary")[0]["id"].clone();
    world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": {"summary": "Busy!"}}));
    world.settle().await;
    let real = world.event(event.id).await;
    assert_eq!(real.content.title, "Session with Anna");
    assert_eq!(real.booking.notes, "pays in cash");
    assert_eq!(world.there("primary"), ["20261110T100000 Busy"]);
}

async fn bm_120_guests_are_not_on_a_copy_and_nobody_is_mailed(on: On) {
    let (world, _) = World::linked_on(on).await;
    world
        .make_with("2026-11-10 10:00", "Meeting", |v, _| {
            v.attendees = vec![guest("carol")];
        })
        .await;
    world.settle().await;
    assert_eq!(world.there("primary").len(), 1);
    assert_eq!(mailed(&world), Vec::<String>::new());
    assert!(!world.living("primary")[0].to_string().contains("carol"));
}

pub(crate) fn guest(name: &str) -> Attendee {
    Attendee {
        address: format!("{name}@else.where").as_str().into(),
        name: name.to_owned(),
        answer: Default::default(),
        role: Default::default(),
    }
}

/// To whom Google would have sent mail.
pub(crate) fn mailed(world: &World) -> Vec<String> {
    let told = world.twin.control("GET", "mail", &json!({})).unwrap();
    let all = told["mails"].as_array().unwrap_or_else(|| panic!("{told}"));
    all.iter().map(|m| m["to"].as_str().unwrap_or_else(|| panic!("{m}")).to_owned()).collect()
}

/// A calendar with meetings there and here, and everything that can be done to them.
async fn a_life_of_meetings(on: On, mail_guests: bool) -> World {
    let world = World::on(on).await;
    let (start, end) = google_times("2026-11-12 10:00");
    world.person(json!({"calendar": "primary", "do": "create", "fields": {
        "summary": "Theirs", "start": start, "end": end, "attendees": [{"email": "dan@else.where"}],
    }}));
    let with = |v: &mut View, _: &mut Booking| v.attendees = vec![guest("carol")];
    let event = world.make_with("2026-11-10 10:00", "Ours", with).await;
    let lost = world.make_with("2026-11-11 10:00", "Lost", with).await;
    let sight = Sight { guests: true, ..Sight::default() };
    let settings = Settings { mail_guests, sight, deletion: DeletionPolicy::Restore, ..Settings::default() };
    let link = world.link("primary", settings).await.id;
    world.settle().await;
    assert_eq!(world.there("primary").len(), 3);
    let theirs = world.events().await.into_iter().find(|e| e.content.title == "Theirs").unwrap();
    for event in [&event, &theirs] {
        world.edit(event, |v| v.attendees.push(guest("erin"))).await;
        world.settle().await;
        world.edit(event, |v| v.time.span = span("2026-11-13 12:00")).await;
        world.settle().await;
        world.edit(event, |v| v.attendees.truncate(1)).await;
        world.settle().await;
    }
    // Put back, taken out, let in again, deleted.
    world.delete_there("primary", "Lost");
    world.settle().await;
    assert!(world.there("primary").contains(&"20261111T100000 Lost".to_owned()));
    world.switch(&lost, link, false).await;
    world.settle().await;
    world.switch(&lost, link, true).await;
    world.settle().await;
    for event in [&event, &theirs, &lost] {
        world.delete(event).await;
    }
    world.settle().await;
    // Whoever mails guests by itself is not told to take away a meeting that has some.
    let left: &[&str] = if on == On::Outlook && !mail_guests { &["20261112T100000 Theirs"] } else { &[] };
    assert_eq!(world.there("primary"), left);
    world
}

async fn be_7_nobody_is_mailed_from_the_first_sync_to_the_last_deletion(on: On) {
    let world = a_life_of_meetings(on, false).await;
    // Whoever makes a meeting in Outlook invites its guests by that; nobody hears of anything from us.
    let by_the_person: &[&str] = if on == On::Outlook { &["dan@else.where"] } else { &[] };
    assert_eq!(mailed(&world), by_the_person);
}

async fn be_7_where_it_is_switched_on_guests_are_told(on: On) {
    let world = a_life_of_meetings(on, true).await;
    let told = mailed(&world);
    for name in ["carol", "dan", "erin"] {
        assert!(told.contains(&format!("{name}@else.where")), "{name}: {told:?}");
    }
}

#[tokio::test]
async fn bm_121_taking_copies_away_tells_no_guest() {
    let (world, link) = World::linked().await;
    world.set(link, |s| s.sight.guests = true).await;
    let with = |v: &mut View, _: &mut Booking| v.attendees = vec![guest("carol")];
    world.make_with("2026-11-10 10:00", "Ours", with).await;
    world.settle().await;
    assert!(world.living("primary")[0].to_string().contains("carol"));
    world.remove(link, Leftovers::Remove).await;
    world.settle().await;
    assert_eq!(world.there("primary"), Vec::<String>::new());
    assert_eq!(mailed(&world), Vec::<String>::new());
}

//! Whose event reaches whose calendar, and what of it.

use concord_model::link::{Settings, Sight};
use concord_model::privacy::{Detail, Privacy, PrivateEvents};
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn ac_4_private_events_stay_out_or_are_shown_as_busy() {
    let world = World::new().await;
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

#[tokio::test]
async fn bm_116_tightening_cleans_what_was_copied_before_and_never_loses_the_real_text() {
    let (world, link) = World::linked().await;
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

#[tokio::test]
async fn nobody_is_mailed() {
    let (world, _) = World::linked().await;
    world
        .make_with("2026-11-10 10:00", "Meeting", |v, _| {
            v.attendees = vec![concord_model::people::Attendee {
                address: "carol@else.where".into(),
                name: "Carol".to_owned(),
                answer: Default::default(),
                role: Default::default(),
            }];
        })
        .await;
    world.settle().await;
    assert_eq!(world.there("primary").len(), 1);
    let mail = world.twin.control("GET", "mail", &json!({})).unwrap();
    assert!(!mail.to_string().contains("carol"), "{mail}");
    assert!(!world.living("primary")[0].to_string().contains("carol"));
}

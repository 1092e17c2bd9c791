//! What a look and a write cost: calls and bytes, on a real server.

use concord_model::View;
use concord_model::observed::{Item, State};
use concord_providers::provider::{Access, Next, Page, Provider};

use super::world::{Kind, World};
use crate::contract::{World as _, at, change, coaching, listing, make};

/// What was called since then: methods only.
fn methods(world: &World, since: usize) -> Vec<String> {
    let log = world.door.log.lock().unwrap();
    log[since..].iter().map(|call| call.split(' ').next().unwrap().to_owned()).collect()
}

async fn page(world: &World, access: &Access, from: Option<&concord_model::Cursor>) -> Page {
    world.caldav.changes(access, &world.calendar(), from).await.unwrap()
}

#[tokio::test]
async fn a_quiet_look_is_one_call_of_less_than_a_kilobyte() {
    for kind in [Kind::Radicale, Kind::Xandikos] {
        let world = World::new(kind).await;
        for n in 0..5 {
            make(&world, n, coaching("Coaching")).await;
        }
        let (_, cursor) = listing(&world, None).await;
        let (calls, bytes) = (world.trips(), world.bytes());
        let page = page(&world, &world.access(), Some(&cursor)).await;
        assert_eq!(page.items, []);
        assert_eq!(methods(&world, calls), ["REPORT"]);
        assert!(world.bytes() - bytes < 1000, "{kind:?}: {} bytes", world.bytes() - bytes);
    }
}

#[tokio::test]
async fn a_listing_names_everything_and_fetches_nothing() {
    let world = World::new(Kind::Radicale).await;
    let span = at("2026-11-24T10:00:00", "2026-11-24T11:00:00");
    for n in 0..20 {
        world.person_creates(&format!("Event {n}"), &span);
    }
    let calls = world.trips();
    let page = page(&world, &world.access(), None).await;
    let unread = |item: &Item| item.state == State::Unread && item.etag.is_some();
    assert!(page.items.len() == 20 && page.items.iter().all(unread));
    assert_eq!(methods(&world, calls), ["PROPFIND", "REPORT"]);
}

#[tokio::test]
async fn a_change_of_a_person_is_one_report_and_one_fetch_and_an_echo_is_the_report_alone() {
    let world = World::new(Kind::Radicale).await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let (_, cursor) = listing(&world, None).await;
    let later = View { title: "Ours".to_owned(), ..known.view.clone() };
    let known = change(&world, &id, &known, later).await;
    let calls = world.trips();
    let echo = page(&world, &world.access(), Some(&cursor)).await;
    let Next::Done(cursor) = echo.next else { panic!("it is one page") };
    assert_eq!(echo.items.iter().map(|item| &item.etag).collect::<Vec<_>>(), [&known.versions.whole]);
    assert_eq!(methods(&world, calls), ["REPORT"]);
    world.person_retitles(&id, "Theirs");
    let calls = world.trips();
    let (items, _) = listing(&world, Some(cursor)).await;
    assert_eq!(items.len(), 1);
    assert_eq!(methods(&world, calls), ["REPORT", "REPORT"]);
}

#[tokio::test]
async fn a_change_of_ours_is_one_call_while_the_file_is_remembered_and_two_when_it_is_not() {
    let world = World::new(Kind::Radicale).await;
    let (id, known) = make(&world, 1, coaching("Coaching")).await;
    let calls = world.trips();
    let later = View { title: "Later".to_owned(), ..known.view.clone() };
    let known = change(&world, &id, &known, later).await;
    assert_eq!(methods(&world, calls), ["PUT"]);
    let again = world.started_anew();
    let calls = again.trips();
    let last = View { title: "Last".to_owned(), ..known.view.clone() };
    change(&again, &id, &known, last).await;
    assert_eq!(methods(&again, calls), ["GET", "PUT"]);
    assert_eq!(again.titles(), ["Last"]);
}

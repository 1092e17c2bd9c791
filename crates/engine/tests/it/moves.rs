//! Events that people move from one calendar to another (`rules.md` 11; BM-143, BM-147).

use concord_engine::{links, schedule};
use concord_model::LinkId;
use concord_model::link::{Direction, Settings};
use concord_store::links::LinkState;
use concord_store::runs::RunKind;
use jiff::SignedDuration;
use serde_json::json;

use crate::side::{On, on_each_side};
use crate::world::{World, google_times};

/// Alice's main calendar and her Team, both linked.
async fn two(team: Direction) -> (World, LinkId, LinkId, String) {
    two_on(On::Google, team).await
}

async fn two_on(on: On, team: Direction) -> (World, LinkId, LinkId, String) {
    let (world, primary) = World::linked_on(on).await;
    let team = world.link("Team", Settings { direction: team, ..Settings::default() }).await;
    world.settle().await;
    let name = team.calendar.to_string();
    (world, primary, team.id, name)
}

async fn run(world: &World, link: LinkId) {
    world.run(link).await;
}

on_each_side! {
    bm_147_moved_to_another_calendar_it_is_one_event_whichever_calendar_is_read_first,
    i_47_a_copy_that_is_moved_to_the_original_in_a_calendar_that_is_only_read_is_let_be,
}

async fn bm_147_moved_to_another_calendar_it_is_one_event_whichever_calendar_is_read_first(on: On) {
    for team_first in [false, true] {
        for direction in [Direction::Both, Direction::Pull] {
            for made_here in [false, true] {
                let about = format!("team first {team_first}, {direction:?}, made here {made_here}");
                let (world, primary, team, calendar) = two_on(on, direction).await;
                match made_here {
                    true => drop(world.make("2026-11-11 10:00", "Dentist").await),
                    false => drop(world.person_makes("2026-11-11 10:00", "Dentist")),
                }
                world.settle().await;
                let event = world.events().await.remove(0);
                let id = world.id_there("primary", "Dentist");
                world.person(json!({"calendar": "primary", "do": "move", "id": id, "destination": calendar}));
                for link in if team_first { [team, primary] } else { [primary, team] } {
                    run(&world, link).await;
                }
                world.settle().await;
                assert_eq!(world.here().await, ["20261111T100000 Dentist"], "{about}");
                assert_eq!(world.events().await[0].id, event.id, "{about}");
                assert_eq!(world.lines_in(&calendar), ["20261111T100000 Dentist"], "{about}");
                assert_eq!(world.there("primary"), Vec::<String>::new(), "{about}");
                let changes = || world.twin.control("GET", "changes", &json!({})).unwrap();
                let before = changes();
                world.settle().await;
                assert_eq!(changes(), before, "{about}");
            }
        }
    }
}

/// Seed 815 of the simulator, mixed: it was to be taken away, for the original lives there, and was.
async fn i_47_a_copy_that_is_moved_to_the_original_in_a_calendar_that_is_only_read_is_let_be(on: On) {
    let (world, _, _, calendar) = two_on(on, Direction::Pull).await;
    let (start, end) = google_times("2026-11-11 10:00");
    let fields = json!({"summary": "Dentist", "start": start, "end": end});
    world.person(json!({"calendar": calendar, "do": "create", "fields": fields}));
    world.settle().await;
    let id = world.id_there("primary", "Dentist");
    world.person(json!({"calendar": "primary", "do": "move", "id": id, "destination": calendar}));
    for _ in 0..3 {
        world.settle().await;
        world.advance(SignedDuration::from_hours(1));
    }
    let twice = ["20261111T100000 Dentist"; 2];
    assert_eq!(world.lines_in(&calendar), twice, "it is only read");
    assert_eq!(world.here().await, twice[..1], "and is one event");
    // Who changes it makes it something else than the original.
    let fields = json!({"summary": "Barber"});
    world.person(json!({"calendar": calendar, "do": "change", "id": id, "fields": fields}));
    world.settle().await;
    assert_eq!(world.lines_in(&calendar), ["20261111T100000 Barber", "20261111T100000 Dentist"]);
    assert_eq!(world.here().await, world.lines_in(&calendar));
}

#[tokio::test]
async fn bm_143_moved_there_and_back_again_it_is_still_one_event() {
    let (world, _, _, calendar) = two(Direction::Both).await;
    let id = world.person_makes("2026-11-11 10:00", "Dentist");
    world.settle().await;
    let event = world.events().await.remove(0);
    world.person(json!({"calendar": "primary", "do": "move", "id": id, "destination": calendar}));
    world.settle().await;
    world.person(json!({"calendar": calendar, "do": "move", "id": id, "destination": "primary"}));
    world.settle().await;
    assert_eq!(world.events().await.iter().map(|e| e.id).collect::<Vec<_>>(), [event.id]);
    assert_eq!(world.there("primary"), ["20261111T100000 Dentist"]);
    world.change_there("primary", "Dentist", json!({"summary": "Dentist!"}));
    world.settle().await;
    assert_eq!(world.here().await, ["20261111T100000 Dentist!"]);
}

#[tokio::test]
async fn i_01_moved_to_where_it_had_been_made_anew_it_can_be_taken_away_and_made_again() {
    let (world, _, team, calendar) = two(Direction::Both).await;
    let event = world.make("2026-11-11 10:00", "Dentist").await;
    world.settle().await;
    world.delete_there(&calendar, "Dentist");
    world.settle().await;
    world.undo(&event).await;
    world.settle().await;
    let id = world.id_there("primary", "Dentist");
    world.person(json!({"calendar": "primary", "do": "move", "id": id, "destination": calendar}));
    world.settle().await;
    assert_eq!(world.lines_in(&calendar), ["20261111T100000 Dentist"]);
    for (on, there) in [(false, vec![]), (true, vec!["20261111T100000 Dentist"])] {
        world.switch(&event, team, on).await;
        world.settle().await;
        assert_eq!(world.lines_in(&calendar), there);
    }
    assert_eq!(world.here().await, ["20261111T100000 Dentist"]);
}

#[tokio::test]
async fn what_was_asked_about_a_lost_booking_is_over_when_it_is_found_in_another_calendar() {
    let (world, primary, team, calendar) = two(Direction::Both).await;
    world.set(team, |s| s.filter.session_types = vec!["group_class".to_owned()]).await;
    let booking = world.book("2026-11-11 10:00", "Session").await;
    world.settle().await;
    let id = world.id_there("primary", "Session");
    // The other calendar cannot be asked at first.
    world.faults(json!({"match": {"path": "c_team_alice"}, "kind": "status", "status": 503}));
    world.person(json!({"calendar": "primary", "do": "move", "id": id, "destination": calendar}));
    run(&world, primary).await;
    assert_eq!(world.questions().await.len(), 0, "nothing is concluded from a failed look");
    world.calm();
    world.settle().await;
    assert!(world.questions().await.is_empty());
    assert_eq!(world.event(booking.id).await.deleted_at, None);
}

#[tokio::test]
async fn a_calendar_that_is_gone_stops_only_its_own_link() {
    let (world, primary, team, calendar) = two(Direction::Both).await;
    world.set(team, |s| s.direction = Direction::Pull).await;
    world.person_makes("2026-11-11 10:00", "Dentist");
    world.settle().await;
    world.control("calendar", json!({"do": "delete", "id": calendar}));
    world.delete_there("primary", "Dentist");
    run(&world, primary).await;
    assert_eq!(world.link_row(primary).await.state, LinkState::Active);
    assert_eq!(world.here().await, Vec::<String>::new());
    world.settle().await;
    assert!(matches!(world.link_row(team).await.state, LinkState::Stopped { .. }));
    assert_eq!(world.link_row(primary).await.state, LinkState::Active);
}

/// Seed 110630 of the simulator: the copy came in as an event of its own, and the original was deleted for it.
#[tokio::test]
async fn i_19_a_copy_that_is_moved_to_the_original_while_its_own_calendar_rests_waits_for_that() {
    let (world, primary, team, calendar) = two(Direction::Both).await;
    let (start, end) = google_times("2026-11-11 10:00");
    let fields = json!({"summary": "Dentist", "start": start, "end": end});
    let made = world.person(json!({"calendar": calendar, "do": "create", "fields": fields}));
    world.settle().await;
    let event = world.events().await.remove(0);
    let id = world.id_there("primary", "Dentist");
    links::pause(&world.engine, world.workspace, primary, true).await.unwrap();
    world.person(json!({"calendar": "primary", "do": "move", "id": id, "destination": calendar}));
    run(&world, team).await;
    links::pause(&world.engine, world.workspace, primary, false).await.unwrap();
    world.settle().await;
    assert_eq!(world.events().await.iter().map(|e| e.id).collect::<Vec<_>>(), [event.id]);
    let living = world.living(&calendar);
    assert_eq!(living.iter().map(|event| &event["id"]).collect::<Vec<_>>(), [&made["id"]], "the original");
}

/// Seed 520 of the simulator: the calendar could not be found for a moment, and nobody had looked into that yet.
#[tokio::test]
async fn i_07_moved_into_a_calendar_whose_sync_is_stopped_it_is_not_deleted() {
    let (world, primary, team, calendar) = two(Direction::Both).await;
    let path = json!({"path": "c_team_alice"});
    world.faults(json!({"match": path, "kind": "status", "status": 404, "count": 1}));
    let event = world.make("2026-11-11 10:00", "Dentist").await;
    run(&world, team).await;
    run(&world, primary).await;
    assert!(matches!(world.link_row(team).await.state, LinkState::Stopped { .. }));
    let id = world.id_there("primary", "Dentist");
    world.person(json!({"calendar": "primary", "do": "move", "id": id, "destination": calendar}));
    world.settle().await;
    assert_eq!(world.event(event.id).await.deleted_at, None);
    links::pause(&world.engine, world.workspace, team, false).await.unwrap();
    world.settle().await;
    assert_eq!(world.events().await.iter().map(|e| e.id).collect::<Vec<_>>(), [event.id]);
    assert_eq!(world.lines_in(&calendar), ["20261111T100000 Dentist"]);
    assert_eq!(world.there("primary"), Vec::<String>::new());
}

#[tokio::test]
async fn i_03_an_edit_made_between_a_decision_and_its_commit_is_not_written_over() {
    let (world, primary, _, _) = two(Direction::Both).await;
    let event = world.make("2026-11-11 10:00", "Dentist").await;
    world.make("2026-11-12 10:00", "Gone").await;
    world.settle().await;
    world.change_there("primary", "Dentist", json!({"summary": "Dentist there"}));
    world.delete_there("primary", "Gone");
    // What is decided about both waits until the other calendar was asked for the one that is gone.
    world.gate.close("GET /calendar/v3/calendars/c_team", 1);
    let at_work = schedule::run_now(&world.engine, primary, RunKind::Manual, Default::default());
    let meanwhile = async {
        world.gate.reached().await;
        world.edit(&event, |v| v.location = "Room 5".to_owned()).await;
        world.gate.open();
    };
    let (ran, ()) = tokio::join!(at_work, meanwhile);
    ran.unwrap().unwrap();
    world.settle().await;
    let both = world.event(event.id).await.content;
    assert_eq!((both.title.as_str(), both.location.as_str()), ("Dentist there", "Room 5"));
}

#[tokio::test]
async fn a_move_waits_for_whoever_works_on_the_other_calendar() {
    let (world, primary, team, calendar) = two(Direction::Both).await;
    let id = world.person_makes("2026-11-11 10:00", "Dentist");
    world.settle().await;
    world.person(json!({"calendar": "primary", "do": "move", "id": id, "destination": calendar}));
    world.gate.close("GET /calendar/v3/calendars/c_team", 1);
    let other = world.other_worker();
    let at_work = schedule::run_now(&other, team, RunKind::Manual, Default::default());
    let meanwhile = async {
        world.gate.reached().await;
        // The listing of the team stands before the gate while the main calendar's run comes to its end.
        run(&world, primary).await;
        world.gate.open();
    };
    let (ran, ()) = tokio::join!(at_work, meanwhile);
    ran.unwrap().unwrap();
    world.settle().await;
    assert_eq!(world.here().await, ["20261111T100000 Dentist"]);
    assert_eq!(world.lines_in(&calendar), ["20261111T100000 Dentist"]);
    assert_eq!(world.there("primary"), Vec::<String>::new());
}

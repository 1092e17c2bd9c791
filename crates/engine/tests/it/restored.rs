//! Life after a restore: the world went on since the backup was made. Both sides become equal, nothing that the calendars
//! hold is lost, and nothing is there twice (`rules.md` 9, 17, 18).

use std::io::Cursor;

use concord_engine::links::Leftovers;
use concord_model::event::Origin;
use concord_model::link::Settings;
use concord_model::privacy::Detail;
use concord_model::recurrence::{Recurrence, Rule};
use concord_store::backup::{self, Over};
use concord_store::conflicts::{ConflictKind, Resolution};
use concord_store::{Store, runs};
use jiff::SignedDuration;
use serde_json::json;

use crate::world::World;

impl World {
    pub(crate) async fn backup(&self) -> Vec<u8> {
        let mut file = Vec::new();
        backup::write(&self.engine.store, "test", self.now(), &mut file).await.unwrap();
        file
    }

    /// The database is lost, and another one is made from the backup.
    pub(crate) async fn restore(&mut self, file: &[u8]) {
        self.restore_into(Store::open("sqlite::memory:").await.unwrap(), file).await;
    }

    async fn pause(&self, link: concord_model::LinkId, paused: bool) {
        concord_engine::links::pause(&self.engine, self.workspace, link, paused).await.unwrap();
    }

    async fn restore_into(&mut self, store: Store, file: &[u8]) {
        backup::restore(&store, &mut Cursor::new(file), Over::Empty, self.now()).await.unwrap();
        self.engine.store = store;
    }

    fn now(&self) -> jiff::Timestamp {
        concord_engine::Clock::now(&*self.clock)
    }

    /// Both sides hold the same, and nothing is written any more.
    async fn agrees(&self, about: &str) {
        assert_eq!(self.here().await, self.there("primary"), "{about}");
        self.is_quiet(about).await;
    }

    async fn is_quiet(&self, about: &str) {
        let before = self.calls().len();
        self.settle().await;
        let calls = self.calls().split_off(before);
        assert!(calls.iter().all(|call| call.starts_with("GET")), "{about}: {calls:?}");
    }
}

/// What happens on both sides after the backup, and what is there in the end.
async fn goes_on(world: &mut World, store: Store) {
    world.make("2026-11-10 10:00", "Untouched").await;
    world.make("2026-11-11 10:00", "Edited there").await;
    let here = world.make("2026-11-12 10:00", "Edited here").await;
    let both = world.make("2026-11-13 10:00", "Edited on both sides").await;
    world.person_makes("2026-11-14 10:00", "Came in");
    world.settle().await;
    world.make("2026-11-15 10:00", "On its way").await;
    let file = world.backup().await;

    world.settle().await;
    world.change_there("primary", "Edited there", json!({"location": "Studio B"}));
    world.move_there("Edited there", "2026-11-11 12:00");
    world.edit(&here, |view| view.title = "Edited here, since".to_owned()).await;
    world.edit(&both, |view| view.title = "Edited on both sides, here".to_owned()).await;
    world.settle().await;
    world.change_there("primary", "Edited on both sides, here", json!({"location": "Studio C"}));
    world.make("2026-11-16 10:00", "Made here since").await;
    world.person_makes("2026-11-17 10:00", "Made there since");
    world.change_there("primary", "Came in", json!({"summary": "Came in, renamed"}));
    world.settle().await;
    world.move_there("Made here since", "2026-11-16 15:00");
    let before = (world.there("primary"), world.living("primary").len());

    world.restore_into(store, &file).await;
    world.settle().await;
    assert_eq!(world.there("primary"), before.0, "the calendar is as it was");
    assert_eq!(before.1, 8);
    world.agrees("after the restore").await;
    let places: Vec<String> = world.events().await.iter().map(|e| e.content.location.clone()).collect();
    assert!(places.contains(&"Studio B".to_owned()) && places.contains(&"Studio C".to_owned()), "{places:?}");
    assert!(world.questions().await.is_empty());

    world.change_there("primary", "Made here since", json!({"location": "Studio D"}));
    let event = world.events().await.into_iter().find(|e| e.content.title == "Made there since").unwrap();
    world.edit(&event, |view| view.title = "And on".to_owned()).await;
    world.settle().await;
    world.agrees("life goes on").await;
    assert!(world.there("primary").contains(&"20261117T100000 And on".to_owned()));
}

#[tokio::test]
async fn both_sides_agree_after_a_restore_and_nothing_is_lost_or_doubled() {
    let (mut world, _) = World::linked().await;
    goes_on(&mut world, Store::open("sqlite::memory:").await.unwrap()).await;
}

/// With the cluster of `scripts/postgres`, as `make test` runs it; without one there is nothing to restore into.
#[test]
#[expect(clippy::disallowed_methods, reason = "the tests' own setting")]
fn a_backup_of_sqlite_goes_on_in_postgres() {
    let Ok(cluster) = std::env::var("CONCORD_TEST_POSTGRES") else { return };
    // What is not optimised needs more room than a test's thread has.
    let roomy = std::thread::Builder::new().stack_size(32 << 20);
    let thread = roomy.spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(in_postgres(&cluster));
    });
    thread.unwrap().join().unwrap();
}

async fn in_postgres(cluster: &str) {
    use sqlx::{AssertSqlSafe, Connection, Executor};
    let name = format!("concord_restored_{}", std::process::id());
    let mut admin = sqlx::PgConnection::connect(&format!("{cluster}/postgres")).await.unwrap();
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE template0"))).await.unwrap();
    let (mut world, _) = World::linked().await;
    goes_on(&mut world, Store::open(&format!("{cluster}/{name}")).await.unwrap()).await;
    let file = world.backup().await;
    world.make("2026-11-20 10:00", "On Postgres").await;
    world.settle().await;
    world.restore(&file).await;
    world.settle().await;
    world.agrees("back on SQLite").await;
    assert!(world.here().await.contains(&"20261120T100000 On Postgres".to_owned()));
    admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
}

#[tokio::test]
async fn what_was_deleted_since_is_asked_about_and_neither_deleted_nor_made_again() {
    let (mut world, _) = World::linked().await;
    let here = world.make("2026-11-10 10:00", "Deleted here").await;
    world.make("2026-11-11 10:00", "Deleted there").await;
    world.settle().await;
    let file = world.backup().await;
    world.delete(&here).await;
    world.delete_there("primary", "Deleted there");
    world.settle().await;
    assert_eq!(world.there("primary"), Vec::<String>::new());
    world.restore(&file).await;
    world.settle().await;
    assert_eq!(world.here().await.len(), 2, "nothing is deleted by itself");
    assert_eq!(world.there("primary"), Vec::<String>::new(), "nothing is made again by itself");
    let open = world.questions().await;
    assert_eq!(open.iter().map(|c| c.kind).collect::<Vec<_>>(), [ConflictKind::Deleted; 2]);
    assert_eq!(world.answer_all(Resolution::KeepPlatform).await, 2);
    world.settle().await;
    assert_eq!(world.there("primary").len(), 2);
    world.agrees("answered").await;
}

#[tokio::test]
async fn to_look_first_changes_nothing_about_what_is_asked() {
    let (mut world, link) = World::linked().await;
    world.make("2026-11-10 10:00", "Deleted there").await;
    world.settle().await;
    let file = world.backup().await;
    world.delete_there("primary", "Deleted there");
    world.settle().await;
    world.restore(&file).await;
    world.dry_run(link).await;
    world.settle().await;
    assert_eq!(world.here().await, ["20261110T100000 Deleted there"]);
    assert_eq!(world.questions().await.len(), 1);
}

#[tokio::test]
async fn a_copy_that_was_put_back_since_is_not_taken_for_one_too_many() {
    let (mut world, link) = World::linked().await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    let file = world.backup().await;
    // Switched off and on again, it is a new generation under a new id; somebody then edits this one there.
    world.switch(&event, link, false).await;
    world.settle().await;
    assert_eq!(world.there("primary"), Vec::<String>::new());
    world.switch(&event, link, true).await;
    world.settle().await;
    world.change_there("primary", "Coaching", json!({"location": "Studio B"}));
    let id = world.id_there("primary", "Coaching");
    world.restore(&file).await;
    world.settle().await;
    assert_eq!(world.id_there("primary", "Coaching"), id);
    assert_eq!(world.event(event.id).await.content.location, "Studio B");
    assert!(world.questions().await.is_empty(), "with what was agreed on, this is an ordinary change");
    world.agrees("put back").await;
}

#[tokio::test]
async fn a_copy_of_something_forgotten_makes_room_for_its_original() {
    for team_first in [false, true] {
        for detail in [Detail::Full, Detail::Busy] {
            let about = format!("team first: {team_first}, {detail:?}");
            let (mut world, primary) = World::linked().await;
            let team = world.link("Team", Settings::default()).await;
            world.set(team.id, |settings| settings.sight.detail = detail).await;
            world.settle().await;
            let file = world.backup().await;
            world.person_makes("2026-11-10 10:00", "Dentist");
            world.settle().await;
            let name = team.calendar.to_string();
            assert_eq!(world.lines_in(&name).len(), 1);
            world.restore(&file).await;
            for link in if team_first { [team.id, primary] } else { [primary, team.id] } {
                world.run(link).await;
            }
            world.settle().await;
            assert_eq!(world.there("primary"), ["20261110T100000 Dentist"], "{about}");
            assert_eq!(world.lines_in(&name).len(), 1, "{about}: {:?}", world.lines_in(&name));
            let events = world.events().await;
            assert_eq!(events.len(), 1, "{about}");
            assert_eq!(events[0].origin, Origin::Link(primary), "{about}");
            assert!(world.questions().await.is_empty(), "{about}");
            world.is_quiet(&about).await;
        }
    }
}

#[tokio::test]
async fn what_was_under_way_is_asked_about_and_not_repeated() {
    for kind in ["drop_before", "drop_after"] {
        let (mut world, link) = World::linked().await;
        world.faults(json!({"match": {"method": "POST"}, "kind": kind, "count": 1}));
        world.make("2026-11-10 10:00", "Coaching").await;
        world.run(link).await;
        world.calm();
        let file = world.backup().await;
        world.advance(SignedDuration::from_hours(1));
        world.settle().await;
        assert_eq!(world.there("primary"), ["20261110T100000 Coaching"], "{kind}");
        world.restore(&file).await;
        world.settle().await;
        assert_eq!(world.there("primary"), ["20261110T100000 Coaching"], "{kind}");
        world.agrees(kind).await;
    }
}

#[tokio::test]
async fn an_original_that_is_found_late_takes_its_place_again() {
    let (mut world, primary) = World::linked().await;
    let team = world.link("Team", Settings::default()).await;
    world.settle().await;
    let file = world.backup().await;
    world.person_makes("2026-11-10 10:00", "Dentist");
    world.settle().await;
    world.restore(&file).await;
    world.pause(primary, true).await;
    world.settle().await;
    assert_eq!(world.events().await[0].origin, Origin::Link(team.id), "all that is known is the copy");
    world.pause(primary, false).await;
    world.settle().await;
    let events = world.events().await;
    assert_eq!((events.len(), events[0].origin), (1, Origin::Link(primary)));
    assert_eq!(world.there("primary"), ["20261110T100000 Dentist"]);
    assert_eq!(world.lines_in(&team.calendar.to_string()).len(), 1);
    // Settings end copies, never originals.
    world.remove(primary, Leftovers::Remove).await;
    assert_eq!(world.there("primary"), ["20261110T100000 Dentist"]);
}

#[tokio::test]
async fn a_series_comes_back_with_what_was_changed_in_it() {
    let (mut world, _) = World::linked().await;
    world
        .make_with("2026-11-10 10:00", "Class", |view, _| {
            let rule = Rule::parse("FREQ=WEEKLY;COUNT=4", &view.time.span).unwrap();
            view.time.recurrence = Some(Recurrence::from(rule));
        })
        .await;
    world.settle().await;
    let file = world.backup().await;
    let id = world.id_there("primary", "Class");
    let occurrence = format!("{id}_20261117T150000Z");
    world.person(
        json!({"calendar": "primary", "do": "change", "id": occurrence, "fields": {"summary": "Other"}}),
    );
    let occurrence = format!("{id}_20261124T150000Z");
    world.person(json!({"calendar": "primary", "do": "delete", "id": occurrence}));
    world.settle().await;
    let before = world.events().await.remove(0);
    world.restore(&file).await;
    assert_ne!(world.events().await[0].content, before.content);
    world.settle().await;
    assert_eq!(world.events().await[0].content, before.content);
    world.is_quiet("series").await;
}

#[tokio::test]
async fn a_run_that_was_open_in_the_backup_is_closed_by_the_next() {
    let (mut world, link) = World::linked().await;
    let mut tx = world.engine.store.begin().await.unwrap();
    let now = world.now();
    let claimed =
        concord_store::links::claim_this(&mut tx, link, now, now + SignedDuration::from_hours(1), "other");
    assert!(claimed.await.unwrap().is_some());
    tx.commit().await.unwrap();
    let file = world.backup().await;
    world.restore(&file).await;
    world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching"], "nobody waits for a lease of before");
    let mut tx = world.engine.store.read().await.unwrap();
    let filter = runs::Filter::default();
    let runs = runs::list(&mut tx, world.workspace, &filter, 0, 50).await.unwrap();
    assert!(runs.iter().all(|run| run.status != runs::RunStatus::Running));
}

//! The care of push channels: what is wrong is noticed, told and mended; a test goes from end to end (AC-11, WH-3).

use concord_engine::channels::mend::{self, Health};
use concord_engine::channels::standing::{Polled, Standing};
use concord_engine::channels::{self, measured, trial};
use concord_engine::{alerts, edit, schedule};
use concord_model::LinkId;
use concord_model::link::{Filter, Settings};
use concord_store::alerts::Alert;
use concord_store::links::Link;
use jiff::SignedDuration;
use serde_json::json;

use crate::notices::{deliver, live, opening, reachable};
use crate::side::{On, on_each_side};
use crate::world::World;

on_each_side! {
    ac_11_a_channel_that_tells_nothing_is_replaced_and_a_person_is_told_until_it_tells_again,
    ac_11_a_refused_channel_is_told_with_the_reason_and_mended_when_a_person_asks,
    ac_11_a_channel_that_is_lost_there_is_found_out_and_mended,
    ac_11_a_test_hears_of_its_own_event_and_leaves_nothing_behind,
    ac_11_a_test_that_hears_nothing_says_so_and_has_the_channel_replaced,
    ac_11_a_test_whose_program_died_is_cleared_away,
    wh_3_a_channel_that_is_not_wanted_is_closed_until_a_person_wants_one,
    wh_3_what_notices_came_to_is_told_in_figures,
}

async fn link_of(world: &World, link: LinkId) -> Link {
    world.link_row(link).await
}

async fn health(world: &World, link: LinkId) -> Health {
    mend::health(&world.engine, &link_of(world, link).await).await.unwrap().unwrap()
}

async fn told(world: &World) -> Vec<Alert> {
    alerts::of_user(&world.engine, world.workspace, world.account.user, 10).await.unwrap()
}

/// Time goes by, and whoever is due works.
async fn minutes(world: &World, count: i64) {
    for _ in 0..count {
        world.advance(SignedDuration::from_mins(1));
        channels::sweep(&world.engine).await.unwrap();
        world.work_all(&world.engine).await;
    }
}

async fn ac_11_a_channel_that_tells_nothing_is_replaced_and_a_person_is_told_until_it_tells_again(on: On) {
    let (world, link) = reachable(on).await;
    let before = live(&world)[0]["id"].clone();
    world.control("channels", json!({"do": "mute"}));
    world.advance(SignedDuration::from_mins(5));
    world.person_makes("2026-11-11 10:00", "Dentist");
    minutes(&world, 20).await;
    assert_eq!(world.here().await, ["20261111T100000 Dentist"], "a poll found it");
    assert_eq!(health(&world, link).await.standing, Standing::Silent { missed: 1 });
    let [alert] = &told(&world).await[..] else { panic!("{:?}", told(&world).await) };
    assert!(alert.text.contains("did not tell of changes in \"") && alert.resolved.is_none(), "{alert:?}");
    // It is given an hour, and not one more.
    minutes(&world, 60).await;
    let after = live(&world);
    assert_eq!(after.len(), 1, "{after:?}");
    assert_ne!(after[0]["id"], before, "there is a new one");
    assert_eq!(told(&world).await.len(), 1, "and nobody is told twice");
    // The new one is not replaced before it has missed something itself.
    let second = after[0]["id"].clone();
    minutes(&world, 180).await;
    assert_eq!(live(&world)[0]["id"], second, "a quiet calendar is left alone");
    // What can tell again tells, and that is the end of it.
    if on == On::Outlook {
        world.control("channels", json!({"do": "unmute"}));
    }
    world.person_makes("2026-11-12 10:00", "Lunch");
    assert!(deliver(&world).await.contains(&true));
    minutes(&world, 1).await;
    assert_eq!(health(&world, link).await.standing, Standing::Open);
    let [alert] = &told(&world).await[..] else { panic!("{:?}", told(&world).await) };
    assert!(alert.resolved.is_some(), "{alert:?}");
}

async fn ac_11_a_refused_channel_is_told_with_the_reason_and_mended_when_a_person_asks(on: On) {
    let mut world = World::on(on).await;
    world.engine.notices_url = Some("https://concord.test/api/calendar/webhook/".parse().unwrap());
    let link = world.link("primary", Settings::default()).await.id;
    let reason = if on == On::Google { "pushWebhookUrlUnauthorized" } else { "BadRequest" };
    let path = opening(on);
    world.faults(json!({"match": {"path": path}, "kind": "status", "status": 400, "reason": reason}));
    channels::sweep(&world.engine).await.unwrap();
    let Standing::Refused { why } = health(&world, link).await.standing else {
        panic!("{:?}", health(&world, link).await)
    };
    let [alert] = &told(&world).await[..] else { panic!("{:?}", told(&world).await) };
    assert!(alert.text.contains(&why), "{alert:?}");
    world.calm();
    let calls = world.calls().len();
    channels::sweep(&world.engine).await.unwrap();
    assert_eq!(world.calls().len(), calls, "it is left alone until tomorrow");
    let mended = mend::mend(&world.engine, &link_of(&world, link).await).await.unwrap();
    assert!(mended.found[0].contains(&why) && mended.done[0] == "a new channel was opened", "{mended:?}");
    assert_eq!((mended.after.standing, live(&world).len()), (Standing::Open, 1));
    channels::sweep(&world.engine).await.unwrap();
    assert!(told(&world).await[0].resolved.is_some());
    // Whoever asks where nothing is wrong changes nothing.
    let before = live(&world);
    let nothing = mend::mend(&world.engine, &link_of(&world, link).await).await.unwrap();
    assert!(nothing.found.is_empty() && nothing.done.is_empty(), "{nothing:?}");
    assert_eq!(live(&world), before);
}

async fn ac_11_a_channel_that_is_lost_there_is_found_out_and_mended(on: On) {
    let (world, link) = reachable(on).await;
    assert_ne!(mend::verify(&world.engine, &link_of(&world, link).await).await.unwrap().there, Some(false));
    let lost = live(&world)[0]["id"].clone();
    world.control("channels", json!({"do": if on == On::Google { "drop" } else { "remove" }}));
    world.twin.take_notices();
    let checked = mend::verify(&world.engine, &link_of(&world, link).await).await.unwrap();
    // Google does not say what channels there are: there it shows by a test, or by what it does not tell.
    assert_eq!(checked.there, if on == On::Outlook { Some(false) } else { None });
    if on == On::Google {
        return;
    }
    world.person_makes("2026-11-11 10:00", "Dentist");
    let mended = mend::mend(&world.engine, &link_of(&world, link).await).await.unwrap();
    assert_eq!(mended.found, ["Outlook does not know the channel any more"]);
    assert_eq!(mended.done[0], "a new channel was opened");
    assert!(live(&world).iter().all(|channel| channel["id"] != lost) && live(&world).len() == 1);
    world.work_all(&world.engine).await;
    assert_eq!(world.here().await, ["20261111T100000 Dentist"], "what was not told meanwhile is looked for");
}

async fn ac_11_a_test_hears_of_its_own_event_and_leaves_nothing_behind(on: On) {
    let (world, link) = reachable(on).await;
    let other = world.link("Team", Settings::default()).await.id;
    // A filter that lets nothing through does not keep a test from its calendar.
    let only = Filter { session_types: ["one_on_one".to_owned()].into(), ..Filter::default() };
    world.set(link, |settings| settings.filter = only).await;
    world.settle().await;
    let trial = trial::begin(&world.engine, &link_of(&world, link).await).await.unwrap();
    world.work_all(&world.engine).await;
    assert_eq!(world.living("primary").len(), 1, "{:?}", world.there("primary"));
    assert_eq!(world.living("Team").len(), 0, "{other}: {:?}", world.there("Team"));
    assert_eq!(trial::heard(&world.engine, &trial).await.unwrap(), None);
    world.advance(SignedDuration::from_secs(2));
    deliver(&world).await;
    let heard = trial::heard(&world.engine, &trial).await.unwrap().expect("its notice came");
    assert_eq!(heard.duration_since(trial.since), SignedDuration::from_secs(2));
    trial::end(&world.engine, &trial).await.unwrap();
    assert_eq!(world.living("primary").len(), 0, "{:?}", world.there("primary"));
    deliver(&world).await;
    minutes(&world, 3).await;
    assert_eq!((world.here().await, world.living("primary").len()), (vec![], 0));
    assert_eq!(health(&world, link).await.standing, Standing::Open);
    // And again: nothing of the first stands in the way.
    let trial = trial::begin(&world.engine, &link_of(&world, link).await).await.unwrap();
    assert!(trial::begin(&world.engine, &link_of(&world, link).await).await.is_err(), "two at a time");
    trial::end(&world.engine, &trial).await.unwrap();
    assert_eq!(world.living("primary").len(), 0);
}

async fn ac_11_a_test_that_hears_nothing_says_so_and_has_the_channel_replaced(on: On) {
    let (world, link) = reachable(on).await;
    world.advance(SignedDuration::from_mins(5));
    let before = live(&world)[0]["id"].clone();
    world.control("channels", json!({"do": "mute"}));
    let trial = trial::begin(&world.engine, &link_of(&world, link).await).await.unwrap();
    world.advance(SignedDuration::from_secs(30));
    assert_eq!((deliver(&world).await.len(), trial::heard(&world.engine, &trial).await.unwrap()), (0, None));
    trial::nothing_was_heard(&world.engine, &trial).await.unwrap();
    trial::end(&world.engine, &trial).await.unwrap();
    channels::sweep(&world.engine).await.unwrap();
    assert_eq!(told(&world).await.len(), 1);
    let mended = mend::mend(&world.engine, &link_of(&world, link).await).await.unwrap();
    assert_eq!(mended.done[0], "a new channel was opened", "{mended:?}");
    assert!(live(&world).iter().all(|channel| channel["id"] != before), "{:?}", live(&world));
}

async fn ac_11_a_test_whose_program_died_is_cleared_away(on: On) {
    let (world, link) = reachable(on).await;
    let trial = trial::begin(&world.engine, &link_of(&world, link).await).await.unwrap();
    drop(trial);
    assert_eq!(world.living("primary").len(), 1);
    minutes(&world, 9).await;
    assert_eq!(world.living("primary").len(), 1, "somebody may still be at it");
    minutes(&world, 3).await;
    assert_eq!((world.here().await, world.living("primary").len()), (vec![], 0));
    // One that a person took away is no trouble either.
    let trial = trial::begin(&world.engine, &link_of(&world, link).await).await.unwrap();
    let event = world.events().await.into_iter().find(|event| event.deleted_at.is_none()).unwrap();
    let by = concord_store::history::Actor::User(world.account.user);
    edit::delete(&world.engine, world.workspace, event.id, edit::Scope::All, None, by).await.unwrap();
    trial::end(&world.engine, &trial).await.unwrap();
    assert_eq!(world.living("primary").len(), 0);
}

async fn wh_3_a_channel_that_is_not_wanted_is_closed_until_a_person_wants_one(on: On) {
    let (world, link) = reachable(on).await;
    let stopped = mend::stop(&world.engine, &link_of(&world, link).await).await.unwrap();
    assert_eq!(stopped.standing, Standing::Polled(Polled::Stopped));
    mend::stop(&world.engine, &link_of(&world, link).await).await.unwrap();
    minutes(&world, 30).await;
    assert_eq!(live(&world).len(), 0, "no sweep opens it again");
    let why = trial::begin(&world.engine, &link_of(&world, link).await).await.err().unwrap().to_string();
    assert!(why.contains("a person stopped its notices"), "{why}");
    world.person_makes("2026-11-11 10:00", "Dentist");
    minutes(&world, 10).await;
    assert_eq!(world.here().await, ["20261111T100000 Dentist"], "it is polled");
    assert!(told(&world).await.is_empty(), "nothing is wrong");
    let mended = mend::mend(&world.engine, &link_of(&world, link).await).await.unwrap();
    assert!(
        mended.done.is_empty() && live(&world).is_empty(),
        "what a person wants so is no fault: {mended:?}"
    );
    let again = mend::recreate(&world.engine, &link_of(&world, link).await).await.unwrap();
    assert_eq!((again.standing, live(&world).len()), (Standing::Open, 1));
    let before = live(&world)[0]["id"].clone();
    mend::recreate(&world.engine, &link_of(&world, link).await).await.unwrap();
    assert!(live(&world).len() == 1 && live(&world)[0]["id"] != before, "anew is anew: {:?}", live(&world));
}

#[tokio::test]
async fn ac_11_a_test_of_a_calendar_that_is_being_synced_goes_out_with_that() {
    let (world, link) = reachable(On::Google).await;
    let wish = concord_engine::run::Wish::default();
    let kind = concord_store::runs::RunKind::Pull;
    let other = schedule::start(&world.engine, link, kind, wish).await.unwrap().expect("nobody is at it");
    let trial = trial::begin(&world.engine, &link_of(&world, link).await).await.unwrap();
    assert!(!trial::is_there(&world.engine, &trial).await.unwrap());
    other.make(&world.engine).await.unwrap();
    world.work_all(&world.engine).await;
    assert!(trial::is_there(&world.engine, &trial).await.unwrap());
    deliver(&world).await;
    assert!(trial::heard(&world.engine, &trial).await.unwrap().is_some());
    trial::end(&world.engine, &trial).await.unwrap();
    assert_eq!(world.living("primary").len(), 0);
}

#[tokio::test]
async fn wh_3_a_calendar_that_cannot_be_watched_has_nothing_to_mend_until_it_can() {
    let mut world = World::new().await;
    world.engine.notices_url = Some("https://concord.test/api/calendar/webhook/".parse().unwrap());
    world.control("channels", json!({"do": "unsupported", "calendar": "alice@twin.test"}));
    let link = world.link("primary", Settings::default()).await.id;
    channels::sweep(&world.engine).await.unwrap();
    let mended = mend::mend(&world.engine, &link_of(&world, link).await).await.unwrap();
    assert_eq!(mended.after.standing, Standing::Polled(Polled::Unwatchable));
    assert!(mended.found[0].contains("it cannot be watched") && mended.done.is_empty(), "{mended:?}");
    assert!(told(&world).await.is_empty(), "nothing is wrong");
}

async fn wh_3_what_notices_came_to_is_told_in_figures(on: On) {
    let (world, _) = reachable(on).await;
    for day in 11..14 {
        world.advance(SignedDuration::from_mins(10));
        world.person_makes(&format!("2026-11-{day} 10:00"), "Dentist");
        if day == 13 {
            world.faults(json!({"kind": "status", "status": 503, "count": 40}));
        }
        deliver(&world).await;
        world.work_all(&world.engine).await;
    }
    let told = measured::of_user(&world.engine, world.workspace, world.account.user).await.unwrap();
    assert!(told.notices >= 3 && told.all.ended >= 3, "{told:?}");
    assert!(told.all.failed >= 1 && told.all.success() < Some(100), "{told:?}");
    assert_eq!(told.days.values().map(|day| day.ended).sum::<u64>(), told.all.ended);
    assert!(!told.patterns.is_empty() && told.patterns[0].1 >= 1, "{told:?}");
}

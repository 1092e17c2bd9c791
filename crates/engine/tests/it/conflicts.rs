//! Both sides changed the same thing, or ended what the other changed (CF, AC-2, AC-3, AC-7).

use concord_engine::edit::Scope;
use concord_engine::upkeep;
use concord_model::Span;
use concord_model::link::{DeletionPolicy, Policy, Settings};
use concord_model::view::Status;
use concord_store::conflicts::{ConflictKind, ConflictState, Resolution};
use jiff::SignedDuration;
use serde_json::json;

use crate::side::{On, on_each_server, on_each_side};
use crate::world::{World, span};

on_each_side! {
    cf_3_what_a_settled_conflict_changed_here_is_taken_back_on_both_sides,
    cf_3_what_was_changed_since_or_never_changed_here_is_not_taken_back,
    ac_2_the_same_field_follows_the_policy_and_the_loser_is_kept,
    ac_2_latest_wins_takes_theirs_when_it_is_later,
    ac_2_a_question_leaves_both_sides_alone_until_it_is_answered,
    i_03_what_loses_to_an_answer_is_kept_as_it_was_last_written,
    ac_2_a_question_is_answered_field_by_field,
    rules_7_the_time_of_a_booking_is_asked_about,
    rules_7_a_question_that_nobody_answers_is_decided_for_the_platform,
    an_answer_does_not_hold_for_a_question_that_came_after_it,
    ac_7_many_conflicts_are_settled_at_once,
    bm_029_edited_here_and_deleted_there_the_edit_survives_and_is_recorded,
    bm_029_deleted_here_and_edited_there_it_stays_deleted_and_the_edit_is_kept,
    ac_7_a_deletion_of_a_booking_that_was_edited_here_is_done_when_a_person_says_so,
    ac_7_a_deletion_of_a_booking_is_undone_when_a_person_says_so,
    ac_7_the_later_of_an_edit_and_a_deletion_stands_when_a_person_says_so,
    bm_039_gone_on_both_sides_with_a_question_open_nothing_more_is_asked,
    a_deletion_and_a_changed_title_are_two_questions_and_both_come_to_an_end,
    a_write_that_fails_for_a_while_tells_of_its_conflict_once,
    rules_10_a_cancelled_occurrence_stays_in_question_while_another_is_written,
    ac_3_certain_twins_are_adopted_and_become_one_meeting,
    ac_3_twins_told_in_other_zones_are_one_meeting_and_nothing_is_written,
    ac_3_uncertain_twins_are_asked_about_and_keep_platform_holds_on_both_sides,
    ac_3_keep_external_and_keep_both_hold_too,
    ac_3_the_later_twin_stands_when_a_person_says_so,
    ac_3_neither_side_is_written_while_it_is_asked_even_when_the_event_is_edited,
    ac_3_when_the_event_here_is_deleted_meanwhile_theirs_is_left_alone,
    ac_3_when_theirs_is_deleted_meanwhile_ours_goes_there,
    ac_3_two_items_that_may_be_one_event_become_it_once,
    bm_011_a_first_two_way_run_doubles_nothing,
    rules_17_an_occurrence_that_twins_have_each_in_their_own_way_is_asked_about_and_answered,
}

on_each_server! {
    ac_2_the_same_field_follows_the_policy_and_the_loser_is_kept,
    ac_2_latest_wins_takes_theirs_when_it_is_later,
    ac_2_a_question_leaves_both_sides_alone_until_it_is_answered,
    ac_2_a_question_is_answered_field_by_field,
    rules_7_the_time_of_a_booking_is_asked_about,
    ac_7_many_conflicts_are_settled_at_once,
    ac_7_a_deletion_of_a_booking_that_was_edited_here_is_done_when_a_person_says_so,
    ac_7_a_deletion_of_a_booking_is_undone_when_a_person_says_so,
    ac_7_the_later_of_an_edit_and_a_deletion_stands_when_a_person_says_so,
    ac_3_certain_twins_are_adopted_and_become_one_meeting,
    ac_3_twins_told_in_other_zones_are_one_meeting_and_nothing_is_written,
    ac_3_uncertain_twins_are_asked_about_and_keep_platform_holds_on_both_sides,
    ac_3_keep_external_and_keep_both_hold_too,
    ac_3_the_later_twin_stands_when_a_person_says_so,
    ac_3_neither_side_is_written_while_it_is_asked_even_when_the_event_is_edited,
    ac_3_when_the_event_here_is_deleted_meanwhile_theirs_is_left_alone,
    ac_3_when_theirs_is_deleted_meanwhile_ours_goes_there,
    ac_3_two_items_that_may_be_one_event_become_it_once,
}

async fn asking(on: On) -> (World, concord_model::LinkId) {
    let world = World::on(on).await;
    let settings = Settings { conflicts: Policy::Ask, ..Settings::default() };
    let link = world.link("primary", settings).await;
    world.settle().await;
    (world, link.id)
}

/// "Coaching" with another title on each side.
async fn two_titles(on: On, policy: Policy) -> (World, concord_model::Event) {
    let (world, link) = asking(on).await;
    world.set(link, |s| s.conflicts = policy).await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    world.change_there("primary", "Coaching", json!({"summary": "Theirs"}));
    world.edit(&event, |v| v.title = "Ours".to_owned()).await;
    world.settle().await;
    (world, event)
}

async fn undone(world: &World) -> Result<concord_model::Event, concord_engine::Error> {
    let settled = world.conflicts(false).await.remove(0);
    concord_engine::conflicts::undo(&world.engine, world.workspace, settled.id, world.alice).await
}

async fn cf_3_what_a_settled_conflict_changed_here_is_taken_back_on_both_sides(on: On) {
    let (world, event) = two_titles(on, Policy::KeepExternal).await;
    both_say(&world, &event, "Theirs").await;
    undone(&world).await.unwrap();
    world.settle().await;
    both_say(&world, &event, "Ours").await;
    assert!(undone(&world).await.is_err(), "it was taken back already");
}

async fn cf_3_what_was_changed_since_or_never_changed_here_is_not_taken_back(on: On) {
    let (world, event) = two_titles(on, Policy::KeepExternal).await;
    world.edit(&event, |v| v.location = "Studio".to_owned()).await;
    assert!(undone(&world).await.unwrap_err().to_string().contains("changed since"));
    let (world, event) = two_titles(on, Policy::KeepPlatform).await;
    assert!(undone(&world).await.unwrap_err().to_string().contains("stood"));
    both_say(&world, &event, "Ours").await;
}

async fn both_say(world: &World, event: &concord_model::Event, title: &str) {
    assert_eq!(world.event(event.id).await.content.title, title);
    let there = world.living("primary");
    let wholes: Vec<_> = there.iter().filter(|e| e.get("recurringEventId").is_none()).collect();
    assert_eq!(wholes.len(), 1);
    assert_eq!(wholes[0]["summary"], title);
}

async fn ac_2_the_same_field_follows_the_policy_and_the_loser_is_kept(on: On) {
    for (policy, title) in [
        (Policy::KeepPlatform, "Ours"),
        (Policy::KeepExternal, "Theirs"),
        // Five seconds passed between the two: both within what is told apart, so the later one stands.
        (Policy::LastWriteWins, "Ours"),
    ] {
        let (world, event) = two_titles(on, policy).await;
        both_say(&world, &event, title).await;
        let kept = world.conflicts(false).await;
        assert_eq!(kept.len(), 1, "{policy:?}");
        assert!(matches!(kept[0].state, ConflictState::Resolved { how: Resolution::Policy, .. }));
        assert_eq!(kept[0].ours.as_ref().unwrap().title, "Ours");
        assert_eq!(kept[0].theirs.as_ref().unwrap().title, "Theirs");
    }
}

async fn ac_2_latest_wins_takes_theirs_when_it_is_later(on: On) {
    let (world, link) = World::linked_on(on).await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    world.edit(&event, |v| v.title = "Ours".to_owned()).await;
    world.advance(SignedDuration::from_secs(30));
    world.change_there("primary", "Coaching", json!({"summary": "Theirs"}));
    world.run(link).await;
    both_say(&world, &event, "Theirs").await;
}

async fn ac_2_a_question_leaves_both_sides_alone_until_it_is_answered(on: On) {
    let (world, event) = two_titles(on, Policy::Ask).await;
    assert_eq!(world.event(event.id).await.content.title, "Ours");
    assert_eq!(world.living("primary")[0]["summary"], "Theirs");
    let open = world.questions().await;
    assert_eq!((open.len(), open[0].kind), (1, ConflictKind::DataMismatch));
    for (how, title) in [
        (Resolution::KeepPlatform, "Ours"),
        (Resolution::KeepExternal, "Theirs"),
        (Resolution::KeepLatest, "Ours"),
    ] {
        let (world, event) = two_titles(on, Policy::Ask).await;
        world.answer_all(how).await;
        world.settle().await;
        both_say(&world, &event, title).await;
        assert!(world.questions().await.is_empty());
        let kept = &world.conflicts(false).await[0];
        assert!(matches!(kept.state, ConflictState::Resolved { how: h, .. } if h == how), "{:?}", kept.state);
    }
}

async fn i_03_what_loses_to_an_answer_is_kept_as_it_was_last_written(on: On) {
    let (world, event) = two_titles(on, Policy::Ask).await;
    world.edit(&event, |v| v.title = "Ours, since".to_owned()).await;
    world.answer_all(Resolution::KeepExternal).await;
    world.settle().await;
    both_say(&world, &event, "Theirs").await;
    let settled = world.conflicts(false).await.remove(0);
    assert_eq!(settled.ours.unwrap().title, "Ours, since");
    assert!(settled.fields[0].to_string().contains("Ours, since"));
}

async fn ac_2_a_question_is_answered_field_by_field(on: On) {
    let (world, _) = asking(on).await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    world.change_there("primary", "Coaching", json!({"summary": "Theirs", "location": "There"}));
    world
        .edit(&event, |v| {
            v.title = "Ours".to_owned();
            v.location = "Here".to_owned();
        })
        .await;
    world.settle().await;
    world.answer_fields(&[("title", Resolution::KeepExternal), ("location", Resolution::KeepPlatform)]).await;
    world.settle().await;
    let now = world.event(event.id).await.content;
    assert_eq!((now.title.as_str(), now.location.as_str()), ("Theirs", "Here"));
    let there = &world.living("primary")[0];
    assert_eq!((there["summary"].as_str(), there["location"].as_str()), (Some("Theirs"), Some("Here")));
}

async fn rules_7_the_time_of_a_booking_is_asked_about(on: On) {
    let (world, _) = World::linked_on(on).await;
    let event = world.book("2026-11-10 10:00", "Session").await;
    world.settle().await;
    world.move_there("Session", "2026-11-10 12:00");
    world.edit(&event, |v| v.time.span = span("2026-11-10 14:00")).await;
    world.settle().await;
    let open = world.questions().await;
    assert_eq!((open.len(), open[0].kind), (1, ConflictKind::TimeChange));
    world.answer_all(Resolution::KeepExternal).await;
    world.settle().await;
    assert_eq!(world.here().await, ["20261110T120000 Session"]);
    assert_eq!(world.there("primary"), ["20261110T120000 Session"]);
}

async fn rules_7_a_question_that_nobody_answers_is_decided_for_the_platform(on: On) {
    let (world, event) = two_titles(on, Policy::Ask).await;
    world.advance(SignedDuration::from_hours(8 * 24));
    upkeep::sweep(&world.engine).await.unwrap();
    world.settle().await;
    both_say(&world, &event, "Ours").await;
    let kept = &world.conflicts(false).await[0];
    assert!(matches!(kept.state, ConflictState::Resolved { how: Resolution::Expired, .. }));
}

async fn an_answer_does_not_hold_for_a_question_that_came_after_it(on: On) {
    let (world, event) = two_titles(on, Policy::Ask).await;
    world.answer_all(Resolution::KeepPlatform).await;
    world.change_there("primary", "Theirs", json!({"location": "There"}));
    world.edit(&event, |v| v.location = "Here".to_owned()).await;
    world.settle().await;
    assert_eq!(world.living("primary")[0]["summary"], "Ours");
    assert_eq!(world.living("primary")[0]["location"], "There", "nobody was asked about the place");
    assert_eq!(world.questions().await.len(), 1);
    assert!(world.questions().await[0].answer.is_none());
}

async fn ac_7_many_conflicts_are_settled_at_once(on: On) {
    let (world, _) = asking(on).await;
    let mut events = Vec::new();
    for n in 10..16 {
        events.push(world.make(&format!("2026-11-{n} 10:00"), &format!("No {n}")).await);
    }
    world.settle().await;
    for (n, event) in (10..16).zip(&events) {
        world.change_there("primary", &format!("No {n}"), json!({"location": "There"}));
        world.edit(event, |v| v.location = "Here".to_owned()).await;
    }
    world.settle().await;
    assert_eq!(world.answer_all(Resolution::KeepExternal).await, 6);
    world.settle().await;
    for event in &events {
        assert_eq!(world.event(event.id).await.content.location, "There");
    }
    assert!(world.questions().await.is_empty());
}

async fn bm_029_edited_here_and_deleted_there_the_edit_survives_and_is_recorded(on: On) {
    let (world, _) = World::linked_on(on).await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    world.delete_there("primary", "Coaching");
    world.edit(&event, |v| v.title = "Coaching, new room".to_owned()).await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching, new room"]);
    let kept = world.conflicts(false).await;
    assert_eq!((kept.len(), kept[0].kind), (1, ConflictKind::Deleted));
}

async fn bm_029_deleted_here_and_edited_there_it_stays_deleted_and_the_edit_is_kept(on: On) {
    let (world, _) = World::linked_on(on).await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    world.change_there("primary", "Coaching", json!({"location": "Studio B"}));
    world.delete(&event).await;
    world.settle().await;
    assert_eq!(world.there("primary"), Vec::<String>::new());
    let kept = world.conflicts(false).await;
    assert_eq!((kept.len(), kept[0].kind), (1, ConflictKind::Deleted));
    assert!(serde_json::to_string(&kept[0].fields).unwrap().contains("Studio B"));
}

async fn ac_7_a_deletion_of_a_booking_that_was_edited_here_is_done_when_a_person_says_so(on: On) {
    let (world, _) = World::linked_on(on).await;
    let event = world.book("2026-11-10 10:00", "Session").await;
    world.settle().await;
    world.delete_there("primary", "Session");
    world.settle().await;
    assert_eq!(world.questions().await[0].kind, ConflictKind::Deleted);
    world.edit(&event, |v| v.title = "Session, paid".to_owned()).await;
    world.settle().await;
    world.answer_all(Resolution::KeepExternal).await;
    world.settle().await;
    assert_eq!(world.event(event.id).await.content.status, Status::Cancelled);
    assert_eq!(world.there("primary"), Vec::<String>::new());
    assert!(world.questions().await.is_empty());
}

async fn ac_7_a_deletion_of_a_booking_is_undone_when_a_person_says_so(on: On) {
    let (world, _) = World::linked_on(on).await;
    world.book("2026-11-10 10:00", "Session").await;
    world.settle().await;
    world.delete_there("primary", "Session");
    world.settle().await;
    world.answer_all(Resolution::KeepPlatform).await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Session"]);
    assert!(world.questions().await.is_empty());
}

async fn ac_7_the_later_of_an_edit_and_a_deletion_stands_when_a_person_says_so(on: On) {
    for edited in [false, true] {
        let (world, _) = World::linked_on(on).await;
        let event = world.book("2026-11-10 10:00", "Session").await;
        world.settle().await;
        world.delete_there("primary", "Session");
        world.settle().await;
        if edited {
            world.edit(&event, |v| v.location = "Here".to_owned()).await;
        }
        world.answer_all(Resolution::KeepLatest).await;
        world.settle().await;
        assert_eq!(world.there("primary").len(), usize::from(edited), "edited {edited}");
    }
}

async fn bm_039_gone_on_both_sides_with_a_question_open_nothing_more_is_asked(on: On) {
    let (world, _) = World::linked_on(on).await;
    let event = world.book("2026-11-10 10:00", "Session").await;
    world.settle().await;
    world.delete_there("primary", "Session");
    world.settle().await;
    assert_eq!(world.questions().await.len(), 1);
    world.delete(&event).await;
    world.settle().await;
    assert!(world.questions().await.is_empty());
    let before = world.calls().len();
    world.settle().await;
    assert!(world.calls()[before..].iter().all(|c| c.starts_with("GET")));
    assert!(world.questions().await.is_empty());
}

async fn a_deletion_and_a_changed_title_are_two_questions_and_both_come_to_an_end(on: On) {
    use concord_model::recurrence::{Recurrence, Rule};
    let world = World::on(on).await;
    let settings = Settings { conflicts: Policy::Ask, deletion: DeletionPolicy::Ask, ..Settings::default() };
    world.link("primary", settings).await;
    let event = world
        .make_with("2026-11-10 10:00", "Weekly", |v, _| {
            let rule = Rule::parse("FREQ=WEEKLY;COUNT=4", &v.time.span).unwrap();
            v.time.recurrence = Some(Recurrence::from(rule));
        })
        .await;
    world.settle().await;
    let id = world.id_there("primary", "Weekly");
    world.person(json!({"calendar": "primary", "do": "delete", "id": format!("{id}_20261117T150000Z")}));
    world.change_there("primary", "Weekly", json!({"summary": "Theirs"}));
    world.edit(&event, |v| v.title = "Ours".to_owned()).await;
    world.settle().await;
    assert_eq!(world.questions().await.len(), 1);
    world.advance(SignedDuration::from_hours(8 * 24));
    upkeep::sweep(&world.engine).await.unwrap();
    world.settle().await;
    assert!(world.questions().await.is_empty(), "it is asked for ever");
    both_say(&world, &event, "Ours").await;
}

async fn a_write_that_fails_for_a_while_tells_of_its_conflict_once(on: On) {
    let (world, link) = World::linked_on(on).await;
    world.set(link, |s| s.conflicts = Policy::KeepPlatform).await;
    let event = world.make("2026-11-10 10:00", "Coaching").await;
    world.settle().await;
    world.change_there("primary", "Coaching", json!({"summary": "Theirs"}));
    world.edit(&event, |v| v.title = "Ours".to_owned()).await;
    world.faults(json!({"match": {"method": "PATCH"}, "kind": "drop_before", "count": 5}));
    world.settle().await;
    world.advance(SignedDuration::from_hours(1));
    world.settle().await;
    both_say(&world, &event, "Ours").await;
    assert_eq!(world.conflicts(false).await.len(), 1);
}

/// An event on each side at the same time with nearly the same name, and the question about it.
async fn perhaps_the_same(on: On) -> (World, concord_model::Event) {
    let world = World::on(on).await;
    let event = world.make("2026-11-10 10:00", "Coaching with Anna").await;
    world.person_makes("2026-11-10 10:00", "Coaching Anna");
    world.link("primary", Settings::default()).await;
    world.settle().await;
    (world, event)
}

async fn ac_3_certain_twins_are_adopted_and_become_one_meeting(on: On) {
    let world = World::on(on).await;
    world.make("2026-11-10 10:00", "Coaching").await;
    world.person_makes("2026-11-10 10:00", "coaching!");
    world.link("primary", Settings::default()).await;
    world.settle().await;
    assert_eq!((world.here().await.len(), world.there("primary").len()), (1, 1));
}

async fn ac_3_twins_told_in_other_zones_are_one_meeting_and_nothing_is_written(on: On) {
    let world = World::on(on).await;
    let zone = |name: &str| concord_model::Zone::new(name).unwrap();
    let told_in = |name: &str| match span("2026-11-10 15:00") {
        Span::Timed(t) => Span::timed(t.start().told_in(zone(name)), t.end().told_in(zone(name))).unwrap(),
        other => other,
    };
    let event = world
        .make_with("2026-11-10 15:00", "Coaching", |view, _| view.time.span = told_in("Europe/London"))
        .await;
    world.person_makes("2026-11-10 15:00", "Coaching");
    world.link("primary", Settings::default()).await;
    let before = world.living("primary");
    world.settle().await;
    assert_eq!(world.living("primary"), before);
    assert_eq!(world.event(event.id).await.content.time.span, told_in("Europe/London"));
    assert_eq!(world.here().await.len(), 1);
    assert!(world.questions().await.is_empty());
}

async fn ac_3_uncertain_twins_are_asked_about_and_keep_platform_holds_on_both_sides(on: On) {
    let (world, event) = perhaps_the_same(on).await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching Anna"]);
    assert_eq!(world.here().await, ["20261110T100000 Coaching with Anna"]);
    assert_eq!(world.questions().await[0].kind, ConflictKind::CreatedExternally);
    world.answer_all(Resolution::KeepPlatform).await;
    world.settle().await;
    both_say(&world, &event, "Coaching with Anna").await;
    assert_eq!(world.here().await.len(), 1);
    assert!(world.questions().await.is_empty());
}

async fn ac_3_keep_external_and_keep_both_hold_too(on: On) {
    let (world, event) = perhaps_the_same(on).await;
    world.answer_all(Resolution::KeepExternal).await;
    world.settle().await;
    both_say(&world, &event, "Coaching Anna").await;
    assert_eq!(world.here().await.len(), 1);

    let (world, _) = perhaps_the_same(on).await;
    world.answer_all(Resolution::Both).await;
    world.settle().await;
    let both = ["20261110T100000 Coaching Anna", "20261110T100000 Coaching with Anna"];
    assert_eq!(world.here().await, both);
    assert_eq!(world.there("primary"), both);
}

async fn ac_3_the_later_twin_stands_when_a_person_says_so(on: On) {
    let (world, event) = perhaps_the_same(on).await;
    // Theirs was made five seconds later.
    world.answer_all(Resolution::KeepLatest).await;
    world.settle().await;
    both_say(&world, &event, "Coaching Anna").await;
}

async fn ac_3_neither_side_is_written_while_it_is_asked_even_when_the_event_is_edited(on: On) {
    let (world, event) = perhaps_the_same(on).await;
    world.edit(&event, |v| v.location = "Studio B".to_owned()).await;
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching Anna"]);
    world.answer_all(Resolution::KeepExternal).await;
    world.settle().await;
    both_say(&world, &event, "Coaching Anna").await;
}

async fn ac_3_when_the_event_here_is_deleted_meanwhile_theirs_is_left_alone(on: On) {
    let (world, event) = perhaps_the_same(on).await;
    world.delete(&event).await;
    world.advance(SignedDuration::from_hours(8 * 24));
    upkeep::sweep(&world.engine).await.unwrap();
    world.settle().await;
    assert_eq!(world.there("primary"), ["20261110T100000 Coaching Anna"]);
    assert_eq!(world.here().await, ["20261110T100000 Coaching Anna"]);
    assert!(world.questions().await.is_empty());
}

async fn ac_3_when_theirs_is_deleted_meanwhile_ours_goes_there(on: On) {
    let (world, event) = perhaps_the_same(on).await;
    world.delete_there("primary", "Coaching Anna");
    world.settle().await;
    assert!(world.questions().await.is_empty());
    both_say(&world, &event, "Coaching with Anna").await;
}

async fn ac_3_two_items_that_may_be_one_event_become_it_once(on: On) {
    let world = World::on(on).await;
    world.make("2026-11-10 10:00", "Coaching with Anna").await;
    world.person_makes("2026-11-10 10:00", "Coaching Anna");
    world.person_makes("2026-11-10 10:00", "Anna coaching");
    world.link("primary", Settings::default()).await;
    world.settle().await;
    assert_eq!(world.answer_all(Resolution::KeepPlatform).await, 2);
    world.settle().await;
    assert_eq!(world.here().await.len(), 2);
    assert_eq!(world.here().await, world.there("primary"));
    assert!(world.questions().await.is_empty());
}

async fn bm_011_a_first_two_way_run_doubles_nothing(on: On) {
    let world = World::on(on).await;
    for n in 1..=28 {
        let when = format!("2026-12-{n:02} 10:00");
        world.make(&when, &format!("Session {n}")).await;
        let there = if n % 10 == 0 { format!("Session {n} online") } else { format!("Session {n}") };
        world.person_makes(&when, &there);
    }
    world.link("primary", Settings::default()).await;
    world.settle().await;
    assert_eq!((world.here().await.len(), world.there("primary").len()), (28, 28));
    assert_eq!(world.questions().await.len(), 2);
    assert_eq!(world.count_calls("POST"), 0, "{:?}", world.calls());
}

/// A series entered on both sides, of which each changed the same occurrence before they met.
async fn rules_17_an_occurrence_that_twins_have_each_in_their_own_way_is_asked_about_and_answered(on: On) {
    for (how, title) in [(Resolution::KeepPlatform, "Ours"), (Resolution::KeepExternal, "Theirs")] {
        let world = World::on(on).await;
        let event = world.make_with("2026-11-10 10:00", "Class", crate::museum::weekly(4)).await;
        let own = concord_model::view::Value::Title("Ours".to_owned());
        world.edit_occurrence(&event, Scope::This, "2026-11-17 10:00", own).await;
        let id = world.person_makes("2026-11-10 10:00", "Class");
        let rule = json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"]});
        world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": rule}));
        let part = format!("{id}_20261117T150000Z");
        world.person(
            json!({"calendar": "primary", "do": "change", "id": part, "fields": {"summary": "Theirs"}}),
        );
        world.link("primary", Settings::default()).await;
        world.settle().await;
        assert_eq!(world.events().await.len(), 1, "one series");
        assert_eq!(world.questions().await.len(), 1, "{how:?}");
        assert_eq!(world.answer_all(how).await, 1);
        world.settle().await;
        assert!(world.questions().await.is_empty(), "{how:?}");
        let key = crate::acts::key("2026-11-17 10:00");
        let here = world.event(event.id).await.content.occurrence(key).unwrap();
        assert_eq!(here.title, title);
        let there: Vec<_> = world.living("primary").iter().map(|e| e["summary"].clone()).collect();
        assert!(there.contains(&json!(title)) && there.len() == 2, "{there:?}");
    }
}

/// Seed 481 of the simulator: the answer to the write told only of the occurrence that was written.
async fn rules_10_a_cancelled_occurrence_stays_in_question_while_another_is_written(on: On) {
    for first in ["edited", "cancelled"] {
        let (world, link) = World::linked_on(on).await;
        world.set(link, |s| s.deletion = DeletionPolicy::Ask).await;
        let event = world.make_with("2026-11-10 10:00", "Class", crate::museum::weekly(5)).await;
        world.settle().await;
        let id = world.living("primary")[0]["id"].as_str().unwrap().to_owned();
        for step in if first == "edited" { ["edit", "cancel"] } else { ["cancel", "edit"] } {
            if step == "edit" {
                let note = concord_model::view::Value::Description("Bring shoes".to_owned());
                world.edit_occurrence(&event, Scope::This, "2026-11-17 10:00", note).await;
            } else {
                let part = format!("{id}_20261124T150000Z");
                world.person(json!({"calendar": "primary", "do": "delete", "id": part}));
            }
            if first == "cancelled" {
                world.settle().await;
            }
        }
        world.settle().await;
        assert_eq!(world.questions().await.len(), 1, "{first} first");
        // What is told of the series alone afterwards says nothing of its occurrences.
        world.edit(&world.event(event.id).await, |v| v.location = "Studio B".to_owned()).await;
        world.settle().await;
        world.person(json!({"calendar": "primary", "do": "change", "id": id, "fields": {"summary": "Yoga"}}));
        world.settle().await;
        assert_eq!(world.event(event.id).await.content.title, "Yoga", "{first} first");
        assert_eq!(world.questions().await.len(), 1, "{first} first");
        world.advance(SignedDuration::from_hours(24 * 8));
        upkeep::sweep(&world.engine).await.unwrap();
        world.settle().await;
        assert_eq!(world.questions().await.len(), 0, "{first} first: nobody answered, and it is put back");
        let compared = concord_engine::verify::verify(&world.engine, world.workspace, link).await.unwrap();
        assert!(compared.agree == 1 && compared.drift.is_empty(), "{first} first: {compared:?}");
        let key = crate::acts::key("2026-11-24 10:00");
        assert!(world.event(event.id).await.content.occurrence(key).is_some(), "{first} first");
    }
}

//! Cases that the laws found once, each held to all of them.

use concord_model::link::Policy;
use concord_model::people::{Answer, Attendee, Organiser};
use concord_model::privacy::{Privacy, PrivateEvents};
use concord_model::view::{Attachment, Override, Reminders, Value};
use concord_model::{Field, UserId, View};
use concord_sync::conflict::About;
use concord_sync::lens::Eyes;

use crate::laws_decide::{
    Seed, Triple, a_crash_changes_nothing, a_crash_ends_in_agreement, one_decision_is_enough,
};
use crate::odd::{self, Edit};
use crate::pair::{Crash, Pair};

const PARTICIPANT: (Eyes, UserId) = (Eyes::Participant, odd::CLIENT);

/// Agreed on, changed on both sides, and held to the laws.
fn check(mut pair: Pair, here: &[Edit], there: &[Edit]) {
    pair.event.booking.participants = vec![odd::CLIENT];
    pair.settle();
    let triple = Triple { seed: Seed(pair), here: here.to_vec(), there: there.to_vec(), later: 0 };
    one_decision_is_enough(&triple).unwrap();
    a_crash_changes_nothing(&triple).unwrap();
    for crash in [Crash::BeforeEffect, Crash::AfterEffect] {
        a_crash_ends_in_agreement(&triple, crash).unwrap();
    }
}

fn series(rule: &str) -> Pair {
    Pair::of(odd::event(View::new(odd::timed("2026-10-01 00:00", 0, Some(rule)), "")))
}

fn me(answer: Answer) -> Vec<Attendee> {
    vec![Attendee { address: odd::ME.into(), name: String::new(), answer, role: Default::default() }]
}

/// A series with the link's person as its guest.
fn invited(rule: &str, answer: Answer) -> Pair {
    let mut pair = series(rule);
    pair.event.content.attendees = me(answer);
    pair.look = PARTICIPANT;
    pair.settings.sight.guests = true;
    pair
}

#[test]
fn a_private_occurrence_that_moved_along_with_its_series_is_told_of_once() {
    let mut pair = series("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3");
    pair.settings.sight.private = PrivateEvents::Exclude;
    let daily = Edit::Time(odd::timed("2026-10-01 00:15", 0, Some("FREQ=DAILY;COUNT=5")));
    check(pair, &[daily], &[Edit::Part(0, Value::Privacy(Privacy::Private))]);
}

#[test]
fn an_occurrence_whose_guests_were_dropped_here_and_the_series_guests_there_settles_at_once() {
    let nobody = || Value::Attendees(Vec::new());
    let pair = invited("FREQ=DAILY;COUNT=5", Answer::Awaited);
    check(pair, &[Edit::Part(0, nobody())], &[Edit::Set(nobody())]);
}

#[test]
fn an_answer_for_an_occurrence_survives_a_crash_while_its_series_is_moved() {
    let pair = invited("FREQ=DAILY;COUNT=5", Answer::Accepted);
    let tentative = Edit::Part(0, Value::Attendees(me(Answer::Tentative)));
    check(pair, &[Edit::Answer(0, Answer::Awaited), Edit::Shift(60)], &[tentative]);
}

#[test]
fn a_description_under_which_notes_are_shown_moves_along_with_its_series_once() {
    let mut pair = series("FREQ=DAILY;COUNT=5");
    pair.settings.sight.notes = true;
    pair.event.booking.notes = "left knee".to_owned();
    let described = Edit::Part(0, Value::Description("Bring shoes".to_owned()));
    check(pair, &[Edit::Shift(60)], &[described]);
}

#[test]
fn an_occurrence_ended_here_and_named_like_its_series_there_settles_at_once() {
    let unnamed = || Value::Title(String::new());
    let mut pair = series("FREQ=DAILY;COUNT=5");
    pair.event.content.title = "Coaching".to_owned();
    pair.look = (Eyes::Home, odd::OWNER);
    pair.settings.conflicts = Policy::Ask;
    check(pair, &[Edit::CancelPart(4), Edit::Set(unnamed())], &[Edit::Part(4, unnamed())]);
}

#[test]
fn what_of_an_occurrence_only_that_calendar_can_have_moves_along_with_its_series() {
    let link = || {
        let mut pair = series("FREQ=DAILY;COUNT=5");
        pair.able = odd::google_like();
        pair
    };
    let file = Attachment { url: "https://files.example/0".to_owned(), title: String::new() };
    let attached = [Edit::Part(0, Value::Attachments(vec![file]))];
    let moved = [Edit::Time(odd::timed("2026-11-07 00:00", 0, Some("FREQ=DAILY;COUNT=5")))];
    check(Pair { look: (Eyes::Home, odd::OWNER), ..link() }, &moved, &attached);
    // Beside what both have, where both change something of it.
    let mut both = link();
    both.event.content = View::new(both.event.content.time.clone(), "Coaching");
    odd::edit(&mut both.event.content, &Edit::MovePart(4, 30));
    let meet = Edit::Part(4, Value::Conference("https://meet.example/1".to_owned()));
    check(both, &[Edit::Shift(60)], &[meet]);
    // Also what it had before.
    let mut pair = link();
    pair.settle();
    pair.edit_there(&attached);
    pair.settle();
    pair.edit_here(&moved);
    pair.settle();
    let there = pair.there.unwrap();
    assert_eq!(there.overrides.keys().collect::<Vec<_>>(), [&there.time.span.key()], "{there:?}");
}

#[test]
fn an_occurrence_that_is_gone_with_its_series_is_told_of_once() {
    let mut pair = series("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=6");
    pair.able = odd::google_like();
    let single = Edit::Time(odd::timed("2026-10-01 00:00", 0, None));
    let boss = Organiser { address: "boss@example.org".into(), name: "Ann".to_owned() };
    check(pair, &[single], &[Edit::Part(0, Value::Organiser(Some(boss)))]);
}

#[test]
fn an_occurrence_that_would_move_onto_one_in_question_is_told_of_once() {
    let mut pair = series("FREQ=DAILY;COUNT=5");
    pair.look = (Eyes::Home, odd::OWNER);
    pair.event.booking.session_type = Some("one_on_one".to_owned());
    let title = Edit::Part(0, Value::Title("Coaching".to_owned()));
    check(pair, &[Edit::Shift(1440)], &[title, Edit::CancelPart(1)]);
}

#[test]
fn reminders_of_an_occurrence_move_along_beside_another_title() {
    let mut pair = series("FREQ=MONTHLY;BYDAY=1TU;COUNT=3");
    pair.event.content.time = odd::timed("2026-10-04 00:00", 0, Some("FREQ=MONTHLY;BYDAY=1TU;COUNT=3"));
    pair.look = PARTICIPANT;
    let moved = Edit::Time(odd::timed("2026-10-01 00:00", 0, Some("FREQ=DAILY;INTERVAL=2;COUNT=4")));
    let title = Edit::Part(0, Value::Title("Coaching".to_owned()));
    check(pair, &[moved, title], &[Edit::Part(0, Value::Reminders(Reminders::Own(Vec::new())))]);
}

#[test]
fn what_a_participant_changed_of_an_occurrence_is_told_also_when_it_was_brought_back_here() {
    let mut pair = series("FREQ=DAILY;INTERVAL=2;COUNT=4");
    let key = odd::keys(&pair.event.content)[1];
    pair.event.content.overrides.insert(key, Override::Cancelled);
    pair.event.booking.participants = vec![odd::CLIENT];
    pair.look = PARTICIPANT;
    pair.settle();
    pair.edit_here(&[Edit::PlainPart(1)]);
    pair.edit_there(&[Edit::MovePart(1, 30)]);
    let decision = pair.decide();
    assert_eq!(decision.put_back, [About::Occurrence(key, Some(Field::Time))]);
}

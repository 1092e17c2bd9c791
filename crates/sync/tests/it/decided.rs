//! Who may change what, what a deletion means, and what happens at a first meeting: the tables of `decide`, one line each.

use concord_model::agreed::Base;
use concord_model::event::Origin;
use concord_model::link::{DeletionPolicy, Direction, Policy};
use concord_model::observed::Hold;
use concord_model::people::{Answer, Attendee};
use concord_model::privacy::{Privacy, PrivateEvents};
use concord_model::view::{Colour, Override, Patch, Value};
use concord_model::{Field, FieldSet, Original, View};
use concord_sync::conflict::{About, Kind, Verdict};
use concord_sync::decide::{Copy, Here, Question, There, Why};
use concord_sync::lens::{Eyes, WhyNot};
use jiff::SignedDuration;

use crate::odd;
use crate::pair::{Crash, Pair};

fn view(title: &str) -> View {
    View::new(odd::timed("2026-10-21 10:00", 60, None), title)
}

/// A copy that both agreed on, as these eyes see it.
fn agreed(eyes: Eyes) -> Pair {
    let mut pair = Pair::of(odd::event(view("Coaching")));
    match eyes {
        Eyes::Home => pair.event.origin = Origin::Link(odd::HOME),
        Eyes::Owner => {}
        Eyes::Participant => pair.look.1 = odd::CLIENT,
    }
    pair.look.0 = eyes;
    pair.settle();
    assert_eq!(pair.copy, Copy::Living);
    pair
}

/// What becomes of things, in a word.
fn here(pair: &Pair) -> &'static str {
    match pair.decide().here {
        Here::Nothing => "stays",
        Here::Change(_) => "changes",
        Here::Delete => "ends",
    }
}

fn there(pair: &Pair) -> &'static str {
    match pair.decide().there {
        There::Nothing => "stays",
        There::Create(_) => "made",
        There::Recreate(_) => "made again",
        There::Update { .. } => "written",
        There::Delete => "deleted",
        There::End => "ended",
        There::Forget => "forgotten",
    }
}

#[test]
fn rules_4_and_15_who_may_change_what_from_outside() {
    let check = |eyes, direction, home_hold, hold, edit: fn(&mut View), expected: (&str, &str)| {
        let mut pair = agreed(eyes);
        (pair.settings.direction, pair.home_hold, pair.hold) = (direction, home_hold, hold);
        edit(pair.there.as_mut().unwrap());
        assert_eq!((here(&pair), there(&pair)), expected, "{eyes:?} {direction:?} {home_hold:?} {hold:?}");
    };
    let title: fn(&mut View) = |v| v.title = "Theirs".to_owned();
    let colour: fn(&mut View) = |v| v.colour = Some(Colour::Tomato);
    use Direction::{Both, Pull, Push};
    use Eyes::{Home, Owner, Participant};
    let (free, guest, fixed) = (Hold::Free, Hold::Guest, Hold::ReadOnly);
    let (enters, put_back, nothing) = (("changes", "stays"), ("stays", "written"), ("stays", "stays"));
    check(Owner, Both, free, free, title, enters);
    check(Owner, Pull, free, free, title, enters);
    check(Owner, Push, free, free, title, put_back);
    check(Home, Both, free, free, title, enters);
    check(Home, Pull, free, free, title, enters);
    check(Home, Push, free, free, title, nothing);
    check(Home, Both, guest, guest, title, enters);
    check(Participant, Both, free, free, title, put_back);
    check(Participant, Both, free, free, colour, enters);
    check(Participant, Push, free, free, colour, put_back);
    // A copy of somebody else's meeting: the owner of the copy has only what is personal.
    check(Owner, Both, guest, free, title, put_back);
    check(Owner, Both, guest, free, colour, enters);
    check(Owner, Both, fixed, free, title, put_back);
    // What may not be written there cannot be put back.
    check(Owner, Push, free, fixed, title, nothing);
    check(Owner, Push, free, guest, title, nothing);
    check(Owner, Push, free, guest, colour, put_back);
}

#[test]
fn what_changed_here_goes_where_it_may_be_written() {
    let check = |direction, hold, writable, edit: fn(&mut View), expected| {
        let mut pair = agreed(Eyes::Owner);
        (pair.settings.direction, pair.hold, pair.writable) = (direction, hold, writable);
        edit(&mut pair.event.content);
        assert_eq!(there(&pair), expected, "{direction:?} {hold:?} {writable}");
    };
    let title: fn(&mut View) = |v| v.title = "Ours".to_owned();
    let colour: fn(&mut View) = |v| v.colour = Some(Colour::Tomato);
    use Direction::{Both, Pull, Push};
    check(Both, Hold::Free, true, title, "written");
    check(Push, Hold::Free, true, title, "written");
    check(Pull, Hold::Free, true, title, "stays");
    check(Both, Hold::Free, false, title, "stays");
    check(Both, Hold::Guest, true, title, "stays");
    check(Both, Hold::Guest, true, colour, "written");
    check(Both, Hold::ReadOnly, true, colour, "stays");
}

#[test]
fn what_is_not_there_is_made_where_it_may_be() {
    let check = |with: fn(&mut Pair), expected, why| {
        let mut pair = Pair::of(odd::event(view("Coaching")));
        with(&mut pair);
        assert_eq!((there(&pair), pair.decide().why), (expected, why));
    };
    check(|_| {}, "made", None);
    check(|p| p.settings.direction = Direction::Push, "made", None);
    check(|p| p.settings.direction = Direction::Pull, "forgotten", Some(Why::PullOnly));
    check(|p| p.writable = false, "forgotten", Some(Why::ReadOnly));
    check(|p| p.in_window = false, "forgotten", Some(Why::OutsideWindow));
    check(|p| p.enabled = false, "forgotten", Some(Why::SwitchedOff));
    check(|p| p.event.deleted_at = Some(p.now), "forgotten", Some(Why::Not(WhyNot::Deleted)));
    check(|p| p.copy = Copy::Ended, "ended", Some(Why::Ended));
    // Ageing out of the window takes nothing away, and neither does a switch at an event's home.
    let mut old = agreed(Eyes::Owner);
    old.in_window = false;
    assert_eq!((there(&old), old.decide().why), ("stays", None));
    let mut home = agreed(Eyes::Home);
    home.enabled = false;
    assert_eq!(there(&home), "stays");
}

#[test]
fn what_must_not_be_there_any_more_goes_unless_it_is_the_original() {
    let check = |eyes, with: fn(&mut Pair), expected| {
        let mut pair = agreed(eyes);
        with(&mut pair);
        assert_eq!((here(&pair), there(&pair)), ("stays", expected), "{eyes:?}");
    };
    check(Eyes::Owner, |p| p.enabled = false, "deleted");
    check(Eyes::Owner, |p| p.settings.filter.only_confirmed = true, "stays");
    check(Eyes::Owner, |p| p.settings.filter.session_types = vec!["class".into()], "deleted");
    check(Eyes::Owner, |p| p.event.deleted_at = Some(p.now), "deleted");
    check(Eyes::Home, |p| p.event.deleted_at = Some(p.now), "deleted");
    check(Eyes::Home, |p| p.settings.filter.session_types = vec!["class".into()], "stays");
    check(Eyes::Owner, |p| (p.enabled, p.settings.direction) = (false, Direction::Pull), "stays");
    check(Eyes::Owner, |p| (p.enabled, p.writable) = (false, false), "stays");
    check(Eyes::Owner, |p| (p.enabled, p.there) = (false, None), "ended");
    let mut off = agreed(Eyes::Owner);
    off.enabled = false;
    assert_eq!(off.decide().why, Some(Why::SwitchedOff));
    off.there = None;
    assert_eq!(off.decide().why, Some(Why::SwitchedOff));
    let mut home = agreed(Eyes::Owner);
    (home.settings.filter.session_types, home.writable) = (vec!["class".into()], false);
    assert_eq!(home.decide().why, Some(Why::Not(WhyNot::SessionType)));
}

#[test]
fn what_came_in_and_must_not_be_shown_then_goes_from_there() {
    let mut pair = agreed(Eyes::Owner);
    pair.there.as_mut().unwrap().privacy = Privacy::Private;
    let decision = pair.decide();
    assert_eq!(
        (here(&pair), there(&pair), decision.why),
        ("changes", "deleted", Some(Why::Not(WhyNot::Private)))
    );
}

#[test]
fn rules_8_to_10_what_a_deletion_there_means() {
    let check = |eyes, with: fn(&mut Pair), expected: (&str, &str, Option<Why>)| {
        let mut pair = agreed(eyes);
        pair.there = None;
        with(&mut pair);
        let decision = pair.decide();
        assert_eq!((here(&pair), there(&pair), decision.why), expected, "{eyes:?}");
        decision
    };
    use DeletionPolicy::{Ask, Delete, Restore};
    let (gone, back) = (Some(Why::DeletedThere), Some(Why::PutBack));
    let asked = ("stays", "stays", Some(Why::DeletionAsked));
    check(Eyes::Owner, |p| p.settings.deletion = Delete, ("ends", "ended", gone));
    check(Eyes::Owner, |p| p.settings.deletion = Restore, ("stays", "made again", back));
    let decision = check(Eyes::Owner, |p| p.settings.deletion = Ask, asked);
    assert_eq!(decision.ask, Some(Kind::Deleted));
    // Of a booking the booking's policy counts.
    let booking: fn(&mut Pair) = |p| {
        p.event.booking.session_type = Some("class".into());
        (p.settings.deletion, p.settings.booking_deletion) = (Delete, Ask);
    };
    check(Eyes::Owner, booking, asked);
    // A question that nobody answered in time.
    check(
        Eyes::Owner,
        |p| {
            p.settings.deletion = Ask;
            p.question = Some(Question { expires_at: p.now + SignedDuration::from_secs(1) });
        },
        asked,
    );
    check(
        Eyes::Owner,
        |p| {
            p.settings.deletion = Ask;
            p.question = Some(Question { expires_at: p.now });
        },
        ("stays", "made again", back),
    );
    // Who may not delete.
    let decision = check(Eyes::Participant, |_| {}, ("stays", "made again", back));
    assert_eq!(decision.put_back, [About::Field(Field::Status)]);
    check(Eyes::Owner, |p| p.settings.direction = Direction::Push, ("stays", "made again", back));
    check(Eyes::Owner, |p| p.home_hold = Hold::Guest, ("stays", "made again", back));
    check(Eyes::Home, |p| p.home_hold = Hold::Guest, ("ends", "ended", gone));
    check(Eyes::Home, |_| {}, ("ends", "ended", gone));
    // A link that only sends ignores what is not its own: the original ended, the event stays.
    check(Eyes::Home, |p| p.settings.direction = Direction::Push, ("stays", "ended", gone));
    // What cannot be written is not put back.
    check(Eyes::Owner, |p| (p.settings.deletion, p.writable) = (Restore, false), ("stays", "ended", back));
    check(
        Eyes::Owner,
        |p| (p.settings.deletion, p.settings.direction) = (Restore, Direction::Pull),
        ("stays", "ended", back),
    );
}

#[test]
fn an_edit_against_a_deletion_is_one_only_where_that_calendar_shows_it() {
    let told = |with: fn(&mut Pair)| {
        let mut pair = agreed(Eyes::Owner);
        pair.there = None;
        with(&mut pair);
        pair.decide().clashes.len()
    };
    assert_eq!(told(|_| {}), 0);
    assert_eq!(told(|p| p.event.content.title = "Ours".into()), 1);
    assert_eq!(told(|p| p.event.booking.tags = vec!["x".into()]), 0);
    assert_eq!(told(|p| p.base = None), 0);
    let mut series = Pair::of(odd::event(View::new(
        odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3")),
        "Class",
    )));
    series.settle();
    series.there = None;
    let key = odd::keys(&series.event.content)[1];
    series.event.content.overrides.insert(key, Override::Cancelled);
    assert_eq!(series.decide().clashes.len(), 1, "an occurrence counts, too");
}

/// Both are there and never agreed.
fn met(ours: View, theirs: View) -> Pair {
    let mut pair = Pair::of(odd::event(ours));
    (pair.there, pair.copy) = (Some(theirs), Copy::Living);
    pair
}

#[test]
fn rules_17_at_a_first_meeting_what_one_side_does_not_say_is_taken_and_the_rest_is_asked() {
    let with = |title: &str, location: &str| View { location: location.to_owned(), ..view(title) };
    let check = |ours: View, theirs: View, expected: (&str, &str, Option<Kind>)| {
        let pair = met(ours, theirs);
        let decision = pair.decide();
        let about = (&pair.event.content, &pair.there);
        assert_eq!((here(&pair), there(&pair), decision.ask), expected, "{about:?}");
        decision
    };
    let same = check(with("A", "x"), with("A", "x"), ("stays", "stays", None));
    assert_eq!(same.base, Some(Base::of(with("A", "x"), with("A", "x"))));
    check(with("A", "x"), with("A", ""), ("stays", "written", None));
    check(with("A", ""), with("A", "x"), ("changes", "stays", None));
    let asked = check(with("A", "x"), with("A", "y"), ("stays", "stays", Some(Kind::CreatedExternally)));
    assert_eq!(asked.base.unwrap().disputed, FieldSet::NONE.with(Field::Location));
    assert_eq!(asked.clashes.len(), 1);
    // Both say nothing of it.
    check(with("A", ""), with("A", ""), ("stays", "stays", None));
    // Each side's own occurrences are taken over; of one that both changed a person is asked.
    let series = |own: &[(usize, Option<&str>)]| {
        let mut series = View::new(odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3")), "Class");
        let keys = odd::keys(&series);
        for (n, title) in own {
            let change = title.map_or(Override::Cancelled, |title| {
                Override::Changed(Patch::from([(Field::Title, Value::Title(title.to_owned()))]))
            });
            series.overrides.insert(keys[*n], change);
        }
        series
    };
    check(series(&[(1, Some("Ours"))]), series(&[]), ("stays", "written", None));
    check(series(&[]), series(&[(1, Some("Theirs"))]), ("changes", "stays", None));
    check(series(&[(1, None)]), series(&[(1, None)]), ("stays", "stays", None));
    let asked = check(
        series(&[(1, Some("Ours"))]),
        series(&[(1, Some("Theirs"))]),
        ("stays", "stays", Some(Kind::CreatedExternally)),
    );
    assert_eq!(asked.base.unwrap().disputed_parts.len(), 1);
}

#[test]
fn rules_17_what_is_asked_at_a_first_meeting_is_asked_until_both_say_the_same() {
    let mut pair = met(view("Ours"), view("Theirs"));
    for _ in 0..2 {
        let decision = pair.decide();
        assert_eq!(decision.ask, Some(Kind::CreatedExternally));
        assert_eq!((here(&pair), there(&pair)), ("stays", "stays"));
        pair.carry_out(&decision, Crash::Never);
    }
    pair.event.content.title = "Theirs".to_owned();
    let decision = pair.decide();
    assert_eq!((decision.ask, here(&pair), there(&pair)), (None, "stays", "stays"));
    assert_eq!(decision.base.unwrap().disputed, FieldSet::NONE);
}

#[test]
fn rules_17_the_words_of_two_calendars_are_nobodys_question() {
    let with = |words: &str| View { original: Some(Original::of(words)), ..view("Coaching") };
    let mut pair =
        met(with("BEGIN:VEVENT\r\nX-A:1\r\nEND:VEVENT\r\n"), with("BEGIN:VEVENT\r\nX-B:1\r\nEND:VEVENT\r\n"));
    pair.settings.sight.guests = true;
    let decision = pair.decide();
    assert_eq!((decision.ask, decision.clashes.len()), (None, 0));
    assert_eq!((here(&pair), there(&pair)), ("stays", "stays"));
    assert_eq!(decision.base.unwrap().disputed, FieldSet::NONE);
}

#[test]
fn rules_17_a_hidden_occurrence_replaces_what_stands_there_for_it() {
    let mut ours = View::new(odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3")), "Class");
    let mut theirs = ours.clone();
    let key = odd::keys(&ours)[1];
    let own = |values: Vec<Value>| Override::Changed(values.into_iter().map(|v| (v.field(), v)).collect());
    ours.overrides.insert(key, own(vec![Value::Title("Therapy".into()), Value::Privacy(Privacy::Private)]));
    theirs.overrides.insert(key, own(vec![Value::Title("Theirs".into())]));
    let pair = met(ours, theirs);
    let decision = pair.decide();
    assert_eq!((decision.ask, here(&pair), there(&pair)), (None, "stays", "written"));
}

#[test]
fn i_38_ones_own_answer_goes_where_answers_can_be_written() {
    let check = |with: fn(&mut Pair), expected| {
        let guest = |answer| {
            vec![Attendee { address: odd::ME.into(), name: String::new(), answer, role: Default::default() }]
        };
        let mut pair = Pair::of(odd::event(View { attendees: guest(Answer::Awaited), ..view("Review") }));
        pair.settings.sight.guests = true;
        pair.settle();
        pair.hold = Hold::Guest;
        pair.event.content.attendees = guest(Answer::Accepted);
        with(&mut pair);
        assert_eq!(there(&pair), expected);
    };
    check(|_| {}, "written");
    check(|pair| pair.writable = false, "stays");
    check(|pair| pair.hold = Hold::ReadOnly, "stays");
    check(|pair| pair.settings.direction = Direction::Pull, "stays");
    check(|pair| pair.able.read_only = FieldSet::NONE.with(Field::Attendees), "stays");
}

#[test]
fn i_03_what_lost_a_conflict_is_told_also_where_the_event_goes_from_there() {
    let told = |decision: concord_sync::Decision| -> Vec<(About, Verdict)> {
        decision.clashes.iter().map(|clash| (clash.about, clash.verdict)).collect()
    };
    let title = vec![(About::Field(Field::Title), Verdict::Platform)];
    // It became private there, and this calendar has nothing private.
    let mut pair = agreed(Eyes::Owner);
    pair.settings.sight.private = PrivateEvents::Exclude;
    pair.event.content.title = "Ours".to_owned();
    let copy = pair.there.as_mut().unwrap();
    (copy.title, copy.privacy) = ("Theirs".to_owned(), Privacy::Private);
    assert_eq!((here(&pair), there(&pair)), ("changes", "deleted"));
    assert_eq!(told(pair.decide()), title);
    // Each side took away what the other left.
    let mut series = Pair::of(odd::event(View::new(
        odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=2")),
        "Coaching",
    )));
    series.settle();
    let keys = odd::keys(&series.event.content);
    series.event.content.title = "Ours".to_owned();
    series.event.content.overrides.insert(keys[0], Override::Cancelled);
    let copy = series.there.as_mut().unwrap();
    copy.title = "Theirs".to_owned();
    copy.overrides.insert(keys[1], Override::Cancelled);
    assert_eq!((here(&series), there(&series)), ("ends", "deleted"));
    assert_eq!(told(series.decide()), title);
}

#[test]
fn rules_17_what_may_not_come_in_is_replaced_and_what_stood_there_is_kept() {
    let mut pair = met(view("Ours"), view("Theirs"));
    pair.settings.direction = Direction::Push;
    let decision = pair.decide();
    assert_eq!((here(&pair), there(&pair), decision.ask), ("stays", "written", None));
    assert_eq!(
        decision.clashes.iter().map(|c| (c.about, c.verdict)).collect::<Vec<_>>(),
        [(About::Field(Field::Title), Verdict::Platform)]
    );
    // What said nothing is not kept.
    let mut pair = met(view("Ours"), view(""));
    pair.settings.direction = Direction::Push;
    assert_eq!((there(&pair), pair.decide().clashes.len()), ("written", 0));
    // Where nothing may be written, nothing is replaced.
    let mut pair = met(view("Ours"), view("Theirs"));
    (pair.settings.direction, pair.writable) = (Direction::Push, false);
    assert_eq!((there(&pair), pair.decide().clashes.len()), ("stays", 0));
}

#[test]
fn cf_4_an_ending_set_there_follows_the_policy_of_deletions() {
    use concord_model::view::Status;
    let check = |policy, expired: bool, expected: (&str, &str, Option<Kind>)| {
        let mut pair = agreed(Eyes::Owner);
        pair.settings.deletion = policy;
        pair.question = expired.then_some(Question { expires_at: pair.now });
        pair.there.as_mut().unwrap().status = Status::Cancelled;
        let decision = pair.decide();
        assert_eq!((here(&pair), there(&pair), decision.ask), expected, "{policy:?} {expired}");
    };
    check(DeletionPolicy::Delete, false, ("changes", "stays", None));
    check(DeletionPolicy::Restore, false, ("stays", "written", None));
    check(DeletionPolicy::Ask, false, ("stays", "stays", Some(Kind::Deleted)));
    check(DeletionPolicy::Ask, true, ("stays", "written", None));
    // Called off again is no ending.
    let mut pair = agreed(Eyes::Owner);
    pair.settings.deletion = DeletionPolicy::Restore;
    pair.there.as_mut().unwrap().status = Status::Tentative;
    assert_eq!(here(&pair), "changes");
}

#[test]
fn rules_6_the_later_by_the_stamps_stands() {
    let stands = |accepted: i64, stamp: Option<i64>, exact_ms: i64| {
        let mut pair = agreed(Eyes::Owner);
        pair.settings.conflicts = Policy::LastWriteWins;
        pair.able.stamp_ms = exact_ms;
        let at = |seconds: i64| pair.now + SignedDuration::from_secs(seconds);
        let (ours, theirs) = (at(accepted), stamp.map(at));
        pair.event.content.title = "Ours".into();
        pair.event.accepted.insert(Field::Title, ours);
        pair.there.as_mut().unwrap().title = "Theirs".into();
        pair.stamp = theirs;
        pair.decide().clashes[0].verdict
    };
    assert_eq!(stands(-60, Some(-30), 0), Verdict::External);
    assert_eq!(stands(-30, Some(-60), 0), Verdict::Platform);
    assert_eq!(stands(-32, Some(-30), 0), Verdict::Platform, "two seconds are no difference");
    assert_eq!(stands(-33, Some(-30), 0), Verdict::External);
    assert_eq!(stands(-33, Some(-30), 3_000), Verdict::Platform, "nor is what that calendar cannot tell");
    assert_eq!(stands(-60, None, 0), Verdict::External, "without a stamp it is seen now");
    assert_eq!(stands(-1, Some(3_600), 0), Verdict::Platform, "and never in the future");
}

/// Each side takes away what the other one leaves: a day here, the other day there.
#[test]
fn bm_053_a_series_that_both_sides_took_apart_until_nothing_was_left_has_ended() {
    let check = |deletion, expected: (&str, &str)| {
        let mut pair = Pair::of(odd::event(View::new(
            odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=2")),
            "Coaching",
        )));
        pair.settings.deletion = deletion;
        pair.settle();
        let keys = odd::keys(&pair.event.content);
        pair.event.content.overrides.insert(keys[0], Override::Cancelled);
        pair.there.as_mut().unwrap().overrides.insert(keys[1], Override::Cancelled);
        assert_eq!((here(&pair), there(&pair)), expected, "{deletion:?}");
    };
    check(DeletionPolicy::Delete, ("ends", "deleted"));
    // What is put back there is one that still takes place.
    check(DeletionPolicy::Restore, ("stays", "written"));
    // Whether the other takes place is a question: until there is an answer neither side is left without any.
    check(DeletionPolicy::Ask, ("stays", "stays"));
}

/// The first day is off here; there the series has become a single day meanwhile.
#[test]
fn bm_053_that_one_day_is_off_does_not_end_a_series_that_has_become_a_single_day() {
    let mut pair = Pair::of(odd::event(View::new(
        odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=5")),
        "Coaching",
    )));
    pair.settle();
    let first = odd::keys(&pair.event.content)[0];
    pair.event.content.overrides.insert(first, Override::Cancelled);
    pair.there.as_mut().unwrap().time = odd::timed("2026-10-23 10:00", 60, Some("FREQ=DAILY;COUNT=1"));
    assert_eq!((here(&pair), there(&pair)), ("changes", "stays"));
    let told: Vec<About> = pair.decide().clashes.into_iter().map(|clash| clash.about).collect();
    assert_eq!(told, [About::Occurrence(first, None)]);
}

/// A title that is cut short there cannot be changed from there, neither in an occurrence that takes place again.
#[test]
fn i_03_what_may_not_come_in_with_an_occurrence_that_takes_place_again_is_told() {
    let mut pair = Pair::of(odd::event(View::new(
        odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=5")),
        "long ".repeat(400),
    )));
    let second = odd::keys(&pair.event.content)[1];
    pair.event.content.overrides.insert(second, Override::Cancelled);
    pair.able = odd::google_like();
    pair.settle();
    let named = Patch::from([(Field::Title, Value::Title("Own".to_owned()))]);
    pair.there.as_mut().unwrap().overrides.insert(second, Override::Changed(named));
    assert_eq!((here(&pair), there(&pair)), ("changes", "written"));
    assert_eq!(pair.decide().put_back, [About::Occurrence(second, None)]);
}

//! The ways to edit a series.

use concord_model::recurrence::{
    EditError, Recurrence, Rule, Split, cancel_following, cancel_this, edit_all, edit_following, edit_this,
    expand,
};
use concord_model::view::{Field, Override, Patch, Timing, Value, View};
use concord_model::{OccurrenceKey, Span, Zone};

use crate::{days, instant, key, series, timed};

const LA: &str = "America/Los_Angeles";

/// Mondays at nine.
fn training(lines: &[&str]) -> View {
    series(timed("20260105T090000", "20260105T100000", LA), lines)
}

fn title(text: &str) -> Patch {
    [(Field::Title, Value::Title(text.to_owned()))].into()
}

fn at(span: Span, recurrence: Option<&Recurrence>) -> Patch {
    [(Field::Time, Value::Time(Timing { span, recurrence: recurrence.cloned() }))].into()
}

fn la(start: &str, end: &str) -> Span {
    timed(start, end, LA)
}

/// The series as text: when each occurrence takes place and what it is called.
fn told(view: &View) -> Vec<String> {
    let window = (instant("2020-01-01T00:00Z"), instant("2030-01-01T00:00Z"));
    let found = expand(&view.time, &view.overrides, window, &Zone::utc()).unwrap();
    found
        .iter()
        .map(|one| format!("{} {}", one.span.key(), view.occurrence(one.key).unwrap().title))
        .collect()
}

fn rules(view: &View) -> Vec<String> {
    view.time.recurrence.iter().flat_map(|r| r.to_lines(&view.time.span, &[].into())).collect()
}

fn split(view: &View, name: &str, patch: &Patch) -> (View, View) {
    let Split { head, tail } = edit_following(view, key(name), patch).unwrap();
    (head.unwrap(), tail)
}

#[test]
fn one_occurrence_changes_alone() {
    let view = training(&["RRULE:FREQ=WEEKLY;COUNT=3"]);
    let edited = edit_this(&view, key("20260112T090000"), &title("Assessment")).unwrap();
    assert_eq!(
        told(&edited),
        ["20260105T090000 Training", "20260112T090000 Assessment", "20260119T090000 Training"]
    );
    let back = edit_this(&edited, key("20260112T090000"), &title("Training")).unwrap();
    assert_eq!(back, view, "a change taken back leaves nothing behind");
}

#[test]
fn one_occurrence_moves_alone_and_keeps_its_name() {
    let view = training(&["RRULE:FREQ=WEEKLY;COUNT=3"]);
    let moved = edit_this(&view, key("20260112T090000"), &at(la("20260113T150000", "20260113T160000"), None))
        .unwrap();
    assert_eq!(
        told(&moved),
        ["20260105T090000 Training", "20260113T150000 Training", "20260119T090000 Training"]
    );
    let again = edit_this(&moved, key("20260112T090000"), &title("Late")).unwrap();
    assert_eq!(told(&again)[1], "20260113T150000 Late");
    assert_eq!(
        edit_this(&moved, key("20260113T150000"), &title("Late")),
        Err(EditError::NoOccurrence(key("20260113T150000")))
    );
}

#[test]
fn bm_044_a_moved_occurrence_is_cancelled_by_its_name() {
    let view = training(&["RRULE:FREQ=WEEKLY;COUNT=2"]);
    let moved = edit_this(&view, key("20260112T090000"), &at(la("20260113T150000", "20260113T160000"), None))
        .unwrap();
    let gone = cancel_this(&moved, key("20260112T090000")).unwrap();
    assert_eq!(told(&gone), ["20260105T090000 Training"]);
    assert_eq!(
        cancel_this(&gone, key("20260112T090000")),
        Err(EditError::NoOccurrence(key("20260112T090000")))
    );
}

#[test]
fn what_is_no_occurrence_is_refused() {
    let view = training(&["RRULE:FREQ=WEEKLY;COUNT=3"]);
    for name in ["20260106T090000", "20260112T090001", "20260112", "20260126T090000", "20251229T090000"] {
        let none = EditError::NoOccurrence(key(name));
        assert_eq!(edit_this(&view, key(name), &title("x")), Err(none.clone()), "{name}");
        assert_eq!(edit_following(&view, key(name), &title("x")), Err(none.clone()), "{name}");
        assert_eq!(cancel_this(&view, key(name)), Err(none.clone()), "{name}");
        assert_eq!(cancel_following(&view, key(name)), Err(none), "{name}");
    }
    let single = View::new(la("20260105T090000", "20260105T100000"), "Once");
    assert_eq!(edit_this(&single, key("20260105T090000"), &title("x")), Err(EditError::NotASeries));
}

#[test]
fn this_and_following_divides_a_series_with_a_count() {
    let (head, tail) =
        split(&training(&["RRULE:FREQ=WEEKLY;COUNT=5"]), "20260119T090000", &title("Advanced"));
    assert_eq!(rules(&head), ["RRULE:FREQ=WEEKLY;COUNT=2"]);
    assert_eq!(rules(&tail), ["RRULE:FREQ=WEEKLY;COUNT=3"]);
    assert_eq!(told(&head), ["20260105T090000 Training", "20260112T090000 Training"]);
    assert_eq!(
        told(&tail),
        ["20260119T090000 Advanced", "20260126T090000 Advanced", "20260202T090000 Advanced"]
    );
}

#[test]
fn this_and_following_divides_a_series_without_end() {
    let (head, tail) = split(&training(&["RRULE:FREQ=WEEKLY"]), "20260119T090000", &title("Advanced"));
    assert_eq!(rules(&head), ["RRULE:FREQ=WEEKLY;UNTIL=20260112T170000Z"]);
    assert_eq!(rules(&tail), ["RRULE:FREQ=WEEKLY"]);
    let whole_days = series(days("20260105", "20260106"), &["RRULE:FREQ=DAILY;UNTIL=20260120"]);
    let (head, tail) = split(&whole_days, "20260110", &title("Off"));
    assert_eq!(rules(&head), ["RRULE:FREQ=DAILY;UNTIL=20260109"]);
    assert_eq!(rules(&tail), ["RRULE:FREQ=DAILY;UNTIL=20260120"]);
}

#[test]
fn bm_046_a_series_divided_at_its_first_occurrence_is_edited_whole() {
    let view = training(&["RRULE:FREQ=WEEKLY;COUNT=5"]);
    let Split { head, tail } = edit_following(&view, key("20260105T090000"), &title("Advanced")).unwrap();
    assert_eq!(head, None);
    assert_eq!(tail, edit_all(&view, &title("Advanced")).unwrap());
}

#[test]
fn bm_046_a_series_is_divided_before_its_last_occurrence() {
    let (head, tail) = split(&training(&["RRULE:FREQ=WEEKLY;COUNT=5"]), "20260202T090000", &title("Last"));
    assert_eq!((told(&head).len(), told(&tail)), (4, vec!["20260202T090000 Last".to_owned()]));
}

#[test]
fn bm_046_changes_of_occurrences_go_with_the_part_that_they_lie_in() {
    let view = training(&["RRULE:FREQ=WEEKLY;COUNT=5"]);
    let view = edit_this(&view, key("20260112T090000"), &title("Second")).unwrap();
    let view = edit_this(&view, key("20260126T090000"), &title("Fourth")).unwrap();
    let view = cancel_this(&view, key("20260202T090000")).unwrap();
    let to = at(la("20260119T110000", "20260119T120000"), view.time.recurrence.as_ref());
    let (head, tail) = split(&view, "20260119T090000", &to);
    assert_eq!(told(&head), ["20260105T090000 Training", "20260112T090000 Second"]);
    assert_eq!(told(&tail), ["20260119T110000 Training", "20260126T110000 Fourth"]);
    let names: Vec<OccurrenceKey> = tail.overrides.keys().copied().collect();
    assert_eq!(names, [key("20260126T110000"), key("20260202T110000")]);
}

#[test]
fn on_the_first_of_the_tail_the_edit_wins_over_an_earlier_change() {
    let view = training(&["RRULE:FREQ=WEEKLY;COUNT=3"]);
    let view = edit_this(&view, key("20260112T090000"), &title("Second")).unwrap();
    let view = edit_this(&view, key("20260119T090000"), &title("Third")).unwrap();
    let (_, tail) = split(&view, "20260112T090000", &title("All"));
    assert_eq!(told(&tail), ["20260112T090000 All", "20260119T090000 Third"]);
}

#[test]
fn bm_053_a_head_of_cancelled_occurrences_is_not_kept() {
    let view = cancel_this(&training(&["RRULE:FREQ=WEEKLY;COUNT=3"]), key("20260105T090000")).unwrap();
    let Split { head, tail } = edit_following(&view, key("20260112T090000"), &title("All")).unwrap();
    assert_eq!((head, told(&tail).len()), (None, 2));
    assert_eq!(cancel_following(&view, key("20260112T090000")), Err(EditError::NothingLeft));
}

#[test]
fn bm_053_cancelling_the_last_occurrence_leaves_nothing() {
    let view = training(&["RRULE:FREQ=WEEKLY;COUNT=2"]);
    let one = cancel_this(&view, key("20260105T090000")).unwrap();
    assert_eq!(cancel_this(&one, key("20260112T090000")), Err(EditError::NothingLeft));
    assert_eq!(cancel_following(&view, key("20260105T090000")), Err(EditError::NothingLeft));
}

#[test]
fn cancelling_the_following_ends_the_series() {
    let view =
        training(&["RRULE:FREQ=WEEKLY", "RDATE;TZID=America/Los_Angeles:20260107T090000,20260401T090000"]);
    let ended = cancel_following(&view, key("20260119T090000")).unwrap();
    assert_eq!(
        told(&ended),
        ["20260105T090000 Training", "20260107T090000 Training", "20260112T090000 Training"]
    );
}

#[test]
fn bm_050_the_end_of_a_series_is_its_last_start() {
    for name in [
        "Pacific/Pago_Pago",
        "America/Los_Angeles",
        "UTC",
        "Europe/Berlin",
        "Asia/Kolkata",
        "Pacific/Kiritimati",
    ] {
        for (start, end) in [
            ("20260105T000500", "20260105T001000"),
            ("20260105T233000", "20260106T223000"),
            ("20260105T120000", "20260106T110000"),
        ] {
            let view = series(timed(start, end, name), &["RRULE:FREQ=DAILY"]);
            let eleventh = format!("20260115{}", &start[8..]);
            let ended = cancel_following(&view, key(&eleventh)).unwrap();
            let lines = rules(&ended);
            let (again, _) = Recurrence::parse(&lines, &ended.time.span).unwrap();
            assert_eq!(Some(&again), ended.time.recurrence.as_ref());
            assert_eq!(told(&ended).len(), 10, "{name} {start}");
        }
    }
}

#[test]
fn bm_055_what_an_occurrence_did_not_change_follows_the_series() {
    let view = training(&["RRULE:FREQ=WEEKLY;COUNT=2"]);
    let view = edit_this(&view, key("20260112T090000"), &at(la("20260113T150000", "20260113T160000"), None))
        .unwrap();
    let renamed = edit_all(&view, &title("Group")).unwrap();
    assert_eq!(told(&renamed), ["20260105T090000 Group", "20260113T150000 Group"]);
    let again = edit_this(&renamed, key("20260112T090000"), &title("Alone")).unwrap();
    assert_eq!(
        told(&edit_all(&again, &title("All")).unwrap()),
        ["20260105T090000 All", "20260113T150000 Alone"]
    );
}

#[test]
fn bm_056_a_series_moved_by_hours_keeps_the_zone_of_its_end() {
    let flight = |start: &str, end: &str| {
        let (OccurrenceKey::Time(start), OccurrenceKey::Time(end)) = (key(start), key(end)) else {
            panic!("times")
        };
        let berlin = concord_model::Moment::new(start, crate::zone("Europe/Berlin"));
        Span::timed(berlin, concord_model::Moment::new(end, crate::zone("America/New_York"))).unwrap()
    };
    let view = series(flight("20260105T100000", "20260105T130000"), &["RRULE:FREQ=WEEKLY;COUNT=2"]);
    let to = at(flight("20260105T110000", "20260105T140000"), view.time.recurrence.as_ref());
    let moved = edit_all(&view, &to).unwrap();
    let second = moved.occurrence(key("20260112T110000")).unwrap();
    assert_eq!(second.time.span, flight("20260112T110000", "20260112T140000"));
}

#[test]
fn a_moved_series_takes_its_changes_its_end_and_its_added_dates_along() {
    let view = training(&[
        "RRULE:FREQ=WEEKLY;UNTIL=20260126T170000Z",
        "RDATE;TZID=America/Los_Angeles:20260107T090000",
    ]);
    let view = edit_this(&view, key("20260119T090000"), &title("Third")).unwrap();
    let view = cancel_this(&view, key("20260126T090000")).unwrap();
    let to = at(la("20260105T133000", "20260105T143000"), view.time.recurrence.as_ref());
    let moved = edit_all(&view, &to).unwrap();
    assert_eq!(
        told(&moved),
        [
            "20260105T133000 Training",
            "20260107T133000 Training",
            "20260112T133000 Training",
            "20260119T133000 Third"
        ]
    );
    assert_eq!(rules(&moved)[0], "RRULE:FREQ=WEEKLY;UNTIL=20260126T213000Z");
}

#[test]
fn a_change_whose_occurrence_is_gone_goes_too() {
    let view = training(&["RRULE:FREQ=DAILY;COUNT=5"]);
    let view = edit_this(&view, key("20260106T090000"), &title("Second")).unwrap();
    let view = edit_this(&view, key("20260107T090000"), &title("Third")).unwrap();
    let span = view.time.span.clone();
    let every_other: Recurrence = Rule::parse("FREQ=DAILY;INTERVAL=2;COUNT=5", &span).unwrap().into();
    let edited = edit_all(&view, &at(span, Some(&every_other))).unwrap();
    assert_eq!(edited.overrides.keys().copied().collect::<Vec<_>>(), [key("20260107T090000")]);
}

#[test]
fn a_series_moved_to_another_day_repeats_on_that_day() {
    let check = |rule: &str, from: &str, to: &str, moved: &str| {
        let view = series(days(from, &tomorrow(from)), &[&format!("RRULE:{rule}")]);
        let patch = at(days(to, &tomorrow(to)), view.time.recurrence.as_ref());
        assert_eq!(rules(&edit_all(&view, &patch).unwrap()), [format!("RRULE:{moved}")], "{rule}");
    };
    check("FREQ=WEEKLY;BYDAY=MO", "20260105", "20260107", "FREQ=WEEKLY;BYDAY=WE");
    check("FREQ=WEEKLY;BYDAY=MO,WE", "20260105", "20260104", "FREQ=WEEKLY;BYDAY=TU,SU");
    check(
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
        "20260105",
        "20260106",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU;WKST=TU",
    );
    check("FREQ=MONTHLY;BYMONTHDAY=5", "20260105", "20260106", "FREQ=MONTHLY;BYMONTHDAY=6");
    check("FREQ=MONTHLY;BYMONTHDAY=-1", "20260131", "20260130", "FREQ=MONTHLY;BYMONTHDAY=-2");
    check("FREQ=MONTHLY;BYDAY=1MO", "20260105", "20260113", "FREQ=MONTHLY;BYDAY=2TU");
    check("FREQ=MONTHLY;BYDAY=-1MO", "20260126", "20260120", "FREQ=MONTHLY;BYDAY=-2TU");
    check("FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=5", "20260105", "20260206", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=6");
    check("FREQ=YEARLY;BYMONTH=1;BYDAY=1MO", "20260105", "20260210", "FREQ=YEARLY;BYMONTH=2;BYDAY=2TU");
    check("FREQ=MONTHLY;BYMONTHDAY=5,20", "20260105", "20260106", "FREQ=MONTHLY;BYMONTHDAY=5,20");
    check("FREQ=DAILY;UNTIL=20260110", "20260105", "20260106", "FREQ=DAILY;UNTIL=20260111");
}

fn tomorrow(day: &str) -> String {
    OccurrenceKey::Date(key(day).date().tomorrow().unwrap()).to_string()
}

#[test]
fn a_series_becomes_whole_days_and_back() {
    let view = edit_this(
        &training(&["RRULE:FREQ=WEEKLY;UNTIL=20260119T170000Z"]),
        key("20260112T090000"),
        &title("Second"),
    )
    .unwrap();
    let to = at(days("20260105", "20260106"), view.time.recurrence.as_ref());
    let whole = edit_all(&view, &to).unwrap();
    assert_eq!(told(&whole), ["20260105 Training", "20260112 Second", "20260119 Training"]);
    let back = at(la("20260105T090000", "20260105T100000"), whole.time.recurrence.as_ref());
    assert_eq!(told(&edit_all(&whole, &back).unwrap()), told(&view));
}

#[test]
fn a_series_edited_not_to_repeat_is_one_event() {
    let view = training(&["RRULE:FREQ=WEEKLY;COUNT=5"]);
    let (head, tail) = split(&view, "20260119T090000", &at(la("20260119T090000", "20260119T100000"), None));
    assert_eq!(told(&head).len(), 2);
    assert!(!tail.is_series());
}

#[test]
fn a_new_rule_for_the_tail_is_taken_as_it_is() {
    let view = training(&["RRULE:FREQ=WEEKLY;COUNT=5"]);
    let span = la("20260119T090000", "20260119T100000");
    let rule: Recurrence = Rule::parse("FREQ=DAILY;COUNT=5", &span).unwrap().into();
    let (_, tail) = split(&view, "20260119T090000", &at(span, Some(&rule)));
    assert_eq!(rules(&tail), ["RRULE:FREQ=DAILY;COUNT=5"]);
}

#[test]
fn a_series_of_dates_alone_divides_into_what_is_left() {
    let view = training(&["RDATE;TZID=America/Los_Angeles:20260107T090000,20260201T120000"]);
    let view = edit_this(&view, key("20260105T090000"), &title("First")).unwrap();
    let (head, tail) = split(&view, "20260107T090000", &title("Rest"));
    assert_eq!((told(&head), head.is_series()), (vec!["20260105T090000 First".to_owned()], false));
    assert_eq!(told(&tail), ["20260107T090000 Rest", "20260201T120000 Rest"]);
}

#[test]
fn divided_at_an_added_date_the_rule_goes_on_as_it_was() {
    let view = training(&["RRULE:FREQ=WEEKLY;COUNT=4", "RDATE;TZID=America/Los_Angeles:20260114T120000"]);
    let (head, tail) = split(&view, "20260114T120000", &Patch::new());
    assert_eq!(told(&head), ["20260105T090000 Training", "20260112T090000 Training"]);
    assert_eq!(
        told(&tail),
        ["20260114T120000 Training", "20260119T090000 Training", "20260126T090000 Training"]
    );
    let fortnightly =
        training(&["RRULE:FREQ=WEEKLY;INTERVAL=2", "RDATE;TZID=America/Los_Angeles:20260114T120000"]);
    assert_eq!(
        edit_following(&fortnightly, key("20260114T120000"), &Patch::new()),
        Err(EditError::Indivisible(key("20260114T120000")))
    );
}

#[test]
fn a_start_that_its_rule_does_not_have_stays_a_series_when_cut_off() {
    let view = training(&["RRULE:FREQ=WEEKLY;BYDAY=TU"]);
    let ended = cancel_following(&view, key("20260106T090000")).unwrap();
    assert_eq!(told(&ended), ["20260105T090000 Training"]);
    assert!(ended.is_series());
}

#[test]
fn an_override_is_a_change_of_its_own_and_never_a_series() {
    let view = training(&["RRULE:FREQ=WEEKLY;COUNT=3"]);
    let patch = at(la("20260113T150000", "20260113T160000"), view.time.recurrence.as_ref());
    let edited = edit_this(&view, key("20260112T090000"), &patch).unwrap();
    let Some(Override::Changed(change)) = edited.overrides.get(&key("20260112T090000")) else {
        panic!("changed")
    };
    let Some(Value::Time(time)) = change.get(&Field::Time) else { panic!("moved") };
    assert_eq!(time.recurrence, None);
}

//! What is wanted there.

use concord_model::capability::Series;
use concord_model::event::{Booking, Origin};
use concord_model::link::{Filter, Keep, Rule, RuleField};
use concord_model::view::{Override, Patch, Status, Value};
use concord_model::{ClientId, Field, OccurrenceKey, Span, View};
use concord_sync::lens::{Eyes, Shown, WhyNot};
use uuid::Uuid;

use super::{pair, wall, why};
use crate::odd;
use crate::pair::Pair;

#[test]
fn what_has_ended_is_not_shown() {
    let mut deleted = pair(|_, _| {});
    deleted.event.deleted_at = Some(deleted.now);
    assert_eq!(why(&deleted), Some(WhyNot::Deleted));
    let check = |booked: bool, able: bool, expected| {
        let mut cancelled = pair(|v, b| {
            v.status = Status::Cancelled;
            b.session_type = booked.then(|| "class".to_owned());
        });
        cancelled.able.cancelled = able;
        assert_eq!(why(&cancelled), expected, "{booked} {able}");
    };
    check(true, true, Some(WhyNot::Cancelled));
    check(false, true, None);
    check(false, false, Some(WhyNot::Cancelled));
    let mut series = pair(|v, _| v.time = odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3")));
    series.able.series = Series::Occurrences;
    assert_eq!(why(&series), Some(WhyNot::Series));
    let keys = odd::keys(&series.event.content);
    let one = |pair: &Pair, key: OccurrenceKey| match pair.lens().show_part(&pair.event, Some(key), pair.now)
    {
        Shown::Not(why) => Err(why),
        Shown::As(seen) => Ok(seen.view.title.clone()),
    };
    assert_eq!(one(&series, keys[1]), Ok("Coaching".to_owned()));
    let never = "20261021T110000".parse().unwrap();
    assert_eq!(one(&series, never), Err(WhyNot::NoOccurrence));
    let own = Patch::from([(Field::Title, Value::Title("Own".into()))]);
    series.event.content.overrides.insert(keys[1], Override::Changed(own));
    series.event.content.overrides.insert(keys[2], Override::Cancelled);
    assert_eq!(one(&series, keys[1]), Ok("Own".to_owned()));
    assert_eq!(one(&series, keys[2]), Err(WhyNot::Cancelled));
    let single = pair(|_, _| {});
    assert_eq!(one(&single, single.event.content.time.span.key()), Err(WhyNot::NoOccurrence));
}

#[test]
fn pv_1_each_condition_of_a_filter_keeps_out_what_does_not_meet_it() {
    let client = |n: u128| ClientId(Uuid::from_u128(n));
    let check = |with: fn(&mut View, &mut Booking), filter: Filter, expected| {
        let mut pair = pair(with);
        pair.settings.filter = filter.clone();
        assert_eq!(why(&pair), expected, "{filter:?}");
        // What came in by this link has its home there: settings never hide it.
        pair.look.0 = Eyes::Home;
        pair.event.origin = Origin::Link(odd::HOME);
        assert_eq!(why(&pair), None, "{filter:?}");
    };
    let types = |all: &[&str]| Filter {
        session_types: all.iter().map(ToString::to_string).collect(),
        ..Filter::default()
    };
    let class: fn(&mut View, &mut Booking) = |_, b| b.session_type = Some("class".into());
    check(class, types(&[]), None);
    check(class, types(&["talk", "class"]), None);
    check(class, types(&["talk"]), Some(WhyNot::SessionType));
    check(|_, _| {}, types(&["talk"]), Some(WhyNot::SessionType));
    let clients =
        |all: &[u128]| Filter { clients: all.iter().map(|n| client(*n)).collect(), ..Filter::default() };
    let with_two: fn(&mut View, &mut Booking) =
        |_, b| b.clients = vec![ClientId(Uuid::from_u128(1)), ClientId(Uuid::from_u128(2))];
    check(with_two, clients(&[2, 3]), None);
    check(with_two, clients(&[3]), Some(WhyNot::Client));
    check(|_, _| {}, clients(&[3]), Some(WhyNot::Client));
    let confirmed = || Filter { only_confirmed: true, ..Filter::default() };
    check(|_, _| {}, confirmed(), None);
    check(|v, _| v.status = Status::Tentative, confirmed(), Some(WhyNot::NotConfirmed));
}

#[test]
fn pv_1_dates_count_the_first_and_the_last_day_on_which_something_takes_place() {
    let day = |text: &str| Some(text.parse().unwrap());
    let check = |time: fn(&mut View), from: Option<&str>, until: Option<&str>, goes: bool| {
        let mut pair = pair(|v, _| time(v));
        pair.settings.filter =
            Filter { from_on: from.and_then(day), until_on: until.and_then(day), ..Filter::default() };
        assert_eq!(
            why(&pair),
            (!goes).then_some(WhyNot::Dates),
            "{from:?} {until:?} {:?}",
            pair.event.content.time.span
        );
    };
    let hour: fn(&mut View) = |v| v.time = odd::timed("2026-10-21 10:00", 60, None);
    check(hour, Some("2026-10-21"), None, true);
    check(hour, Some("2026-10-22"), None, false);
    check(hour, None, Some("2026-10-21"), true);
    check(hour, None, Some("2026-10-20"), false);
    check(hour, Some("2026-10-20"), Some("2026-10-22"), true);
    // Past midnight it is on two days; up to midnight on one.
    let night: fn(&mut View) = |v| v.time = odd::timed("2026-10-21 23:00", 120, None);
    check(night, Some("2026-10-22"), None, true);
    check(night, Some("2026-10-23"), None, false);
    let evening: fn(&mut View) = |v| v.time = odd::timed("2026-10-21 23:00", 60, None);
    check(evening, Some("2026-10-22"), None, false);
    let nothing: fn(&mut View) = |v| v.time = odd::timed("2026-10-21 00:00", 0, None);
    check(nothing, Some("2026-10-21"), Some("2026-10-21"), true);
    let days: fn(&mut View) =
        |v| v.time = Span::days("2026-10-21".parse().unwrap(), "2026-10-23".parse().unwrap()).unwrap().into();
    check(days, Some("2026-10-22"), None, true);
    check(days, Some("2026-10-23"), None, false);
    check(days, None, Some("2026-10-21"), true);
    check(days, None, Some("2026-10-20"), false);
    let floats: fn(&mut View) =
        |v| v.time = Span::floating(wall("2026-10-21 23:00"), wall("2026-10-22 00:00")).unwrap().into();
    check(floats, Some("2026-10-21"), Some("2026-10-21"), true);
    check(floats, Some("2026-10-22"), None, false);
    // A series, with its dates, its changes, its end.
    let series: fn(&mut View) = |v| v.time = odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3"));
    check(series, Some("2026-10-23"), None, true);
    check(series, Some("2026-10-24"), None, false);
    check(series, None, Some("2026-10-21"), true);
    check(series, None, Some("2026-10-20"), false);
    let endless: fn(&mut View) = |v| v.time = odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY"));
    check(endless, Some("2036-10-21"), None, true);
    let early: fn(&mut View) = |v| {
        v.time = odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3"));
        let key = odd::keys(v)[1];
        let moved = Value::Time(odd::timed("2026-10-10 10:00", 60, None));
        v.overrides.insert(key, Override::Changed(Patch::from([(Field::Time, moved)])));
    };
    check(early, None, Some("2026-10-10"), true);
    check(early, None, Some("2026-10-09"), false);
}

#[test]
fn pv_1_an_own_rule_looks_where_it_says() {
    let check = |field, pattern: &str, keep, goes: bool| {
        let mut pair = pair(|v, b| {
            (v.description, v.location) = ("Bring the blue folder".into(), "Studio A".into());
            b.session_type = Some("one_on_one".into());
            b.tags = vec!["first".into(), "Trial".into()];
        });
        pair.settings.filter.rules = vec![Rule { field, pattern: pattern.to_owned(), keep }];
        assert_eq!(why(&pair), (!goes).then_some(WhyNot::Rule), "{field:?} {pattern} {keep:?}");
    };
    use Keep::{Matching, Others};
    use RuleField::{Description, Location, SessionType, Tag, Title};
    check(Title, "coach", Matching, true);
    check(Title, "COACH", Matching, true);
    check(Title, "folder", Matching, false);
    check(Title, "coach", Others, false);
    check(Title, "folder", Others, true);
    check(Description, "folder", Matching, true);
    check(Description, "bring*folder", Matching, true);
    check(Description, "folder*bring", Matching, false);
    check(Description, "blue*blue", Matching, false);
    check(Description, "the blue*e*folder", Matching, false);
    check(Description, "*", Matching, true);
    check(Location, "studio", Matching, true);
    check(Location, "coaching", Matching, false);
    check(SessionType, "one", Matching, true);
    check(SessionType, "class", Matching, false);
    check(Tag, "trial", Matching, true);
    check(Tag, "last", Matching, false);
}

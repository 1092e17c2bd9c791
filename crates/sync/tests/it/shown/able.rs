//! What it is able to hold.

use concord_model::capability::Privacies;
use concord_model::privacy::{Privacy, PrivateEvents};
use concord_model::view::{Override, Patch, Reminder, Reminders, Value};
use concord_model::{Field, Moment, Span, Zone};

use super::{berlin, fields, pair, popup, seen, taken, wall};
use crate::odd;

#[test]
fn i_41_a_text_at_its_limit_is_whole_and_beyond_it_shortened_and_closed() {
    let mut pair = pair(|v, _| {
        (v.title, v.location, v.description) = ("12345".into(), "12345".into(), "12345".into());
    });
    (pair.able.title_limit, pair.able.location_limit, pair.able.description_limit) = (5, 5, 5);
    let text = [Field::Title, Field::Location, Field::Description];
    assert!(text.iter().all(|field| seen(&pair).open.has(*field)));
    assert_eq!(seen(&pair).view.title, "12345");
    (pair.able.title_limit, pair.able.location_limit, pair.able.description_limit) = (4, 3, 2);
    let cut = seen(&pair);
    assert_eq!(
        (cut.view.title.as_str(), cut.view.location.as_str(), cut.view.description.as_str()),
        ("123…", "12…", "1…")
    );
    assert!(text.iter().all(|field| !cut.open.has(*field)));
    assert!(cut.open.has(Field::Time));
    assert_eq!(
        taken(&pair, |v| v.title = "theirs".into()).content.title,
        "12345",
        "the short form never flows back"
    );
}

#[test]
fn i_41_of_an_occurrence_too() {
    let mut pair = pair(|v, _| {
        v.time = odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3"));
        let own: Patch = [
            Value::Title("12345".into()),
            Value::Location("12345".into()),
            Value::Description("12345".into()),
            Value::Privacy(Privacy::Confidential),
            Value::Reminders(Reminders::Own(vec![popup(9_000)])),
        ]
        .into_iter()
        .map(|value| (value.field(), value))
        .collect();
        let key = odd::keys(v)[1];
        v.overrides.insert(key, Override::Changed(own));
    });
    pair.settings.sight.private = PrivateEvents::Show;
    pair.able.privacy = Privacies::NoConfidential;
    (pair.able.title_limit, pair.able.location_limit, pair.able.description_limit) = (4, 4, 4);
    pair.able.reminder_minutes_limit = 100;
    let cut = seen(&pair);
    let key = odd::keys(&pair.event.content)[1];
    let one = cut.view.occurrence(key).unwrap();
    assert_eq!(
        (one.title.as_str(), one.location.as_str(), one.description.as_str()),
        ("123…", "123…", "123…")
    );
    assert_eq!((one.privacy, one.reminders), (Privacy::Private, Reminders::Own(vec![popup(100)])));
    assert_eq!(
        cut.closed.get(&key),
        Some(&fields(&[Field::Title, Field::Location, Field::Description, Field::Reminders]))
    );
    assert!(!cut.open_in(key).has(Field::Title));
    assert!(cut.open_in(key).has(Field::Privacy));
}

#[test]
fn reminders_are_as_many_and_as_early_as_it_holds() {
    let check = |own: &[u32], many: usize, early: u32, expected: &[u32], open: bool| {
        let mut pair = pair(|v, _| v.reminders = Reminders::Own(own.iter().map(|m| popup(*m)).collect()));
        (pair.able.reminders_limit, pair.able.reminder_minutes_limit) = (many, early);
        let cut = seen(&pair);
        let expected: Vec<Reminder> = expected.iter().map(|m| popup(*m)).collect();
        assert_eq!(cut.view.reminders, Reminders::Own(expected), "{own:?}");
        assert_eq!(cut.open.has(Field::Reminders), open, "{own:?}");
    };
    check(&[5, 10], 2, 10, &[5, 10], true);
    check(&[5, 10, 20], 2, 20, &[5, 10], false);
    check(&[5, 11], 2, 10, &[5, 10], false);
    check(&[10, 11], 2, 10, &[10], false);
    check(&[], 0, 0, &[], true);
}

#[test]
fn privacy_is_what_it_has_words_for() {
    let check = |able, own, expected| {
        let mut pair = pair(|v, _| v.privacy = own);
        pair.settings.sight.private = PrivateEvents::Show;
        pair.able.privacy = able;
        assert_eq!(seen(&pair).view.privacy, expected, "{able:?} {own:?}");
    };
    check(Privacies::All, Privacy::Confidential, Privacy::Confidential);
    check(Privacies::NoConfidential, Privacy::Confidential, Privacy::Private);
    check(Privacies::NoConfidential, Privacy::Public, Privacy::Public);
    check(Privacies::NoConfidential, Privacy::Private, Privacy::Private);
    check(Privacies::NoPublic, Privacy::Public, Privacy::Default);
    check(Privacies::NoPublic, Privacy::Confidential, Privacy::Confidential);
    check(Privacies::None, Privacy::Public, Privacy::Default);
}

/// What a calendar of such an ability shows of a span, and what the span becomes when it is moved there by an hour, or not.
fn through(able: fn(&mut concord_model::Capabilities), span: &Span, back: &Span) -> (Span, Span) {
    let mut pair = pair(|v, _| v.time = span.clone().into());
    able(&mut pair.able);
    let shown = seen(&pair).view.time.span;
    let event = taken(&pair, |v| v.time = back.clone().into());
    (shown, event.content.time.span)
}

#[test]
fn a_floating_time_is_told_in_the_calendars_zone_and_floats_again() {
    let floats = |from: &str, to: &str| Span::floating(wall(from), wall(to)).unwrap();
    let timed = |from: &str, to: &str| Span::timed(berlin(from), berlin(to)).unwrap();
    let (ten, moved) =
        (timed("2026-10-21 10:00", "2026-10-21 11:00"), timed("2026-10-21 12:00", "2026-10-21 13:30"));
    let own = floats("2026-10-21 10:00", "2026-10-21 11:00");
    let (shown, back) = through(|able| able.floating = false, &own, &moved);
    assert_eq!((shown, back), (ten, floats("2026-10-21 12:00", "2026-10-21 13:30")));
    // In another zone it floats no more.
    let tokyo = |text: &str| Moment::new(wall(text), Zone::new("Asia/Tokyo").unwrap());
    let there = Span::timed(tokyo("2026-10-21 12:00"), tokyo("2026-10-21 13:00")).unwrap();
    assert_eq!(through(|able| able.floating = false, &own, &there).1, there);
    let half = Span::timed(berlin("2026-10-21 12:00"), tokyo("2026-10-22 13:00")).unwrap();
    assert_eq!(through(|able| able.floating = false, &own, &half).1, half);
    // Where it may float, it does, and a zone that it was given there stays.
    assert_eq!(through(|_| {}, &own, &moved), (own.clone(), moved.clone()));
    // No time at all is a minute there, and none again here, unless somebody made it longer.
    let nothing = floats("2026-10-21 10:00", "2026-10-21 10:00");
    let both: fn(&mut concord_model::Capabilities) =
        |able| (able.floating, able.zero_length) = (false, false);
    let minute = timed("2026-10-21 12:00", "2026-10-21 12:01");
    let (shown, back) = through(both, &nothing, &minute);
    assert_eq!(
        (shown, back),
        (timed("2026-10-21 10:00", "2026-10-21 10:01"), floats("2026-10-21 12:00", "2026-10-21 12:00"))
    );
    assert_eq!(through(both, &nothing, &moved).1, floats("2026-10-21 12:00", "2026-10-21 13:30"));
    assert_eq!(
        through(|able| able.floating = false, &nothing, &minute).1,
        floats("2026-10-21 12:00", "2026-10-21 12:01")
    );
    assert_eq!(
        through(both, &own, &minute).1,
        floats("2026-10-21 12:00", "2026-10-21 12:01"),
        "it lasted an hour"
    );
    let zero: fn(&mut concord_model::Capabilities) = |able| able.zero_length = false;
    let (shown, back) = through(zero, &nothing, &floats("2026-10-21 12:00", "2026-10-21 12:01"));
    assert_eq!(
        (shown, back),
        (floats("2026-10-21 10:00", "2026-10-21 10:01"), floats("2026-10-21 12:00", "2026-10-21 12:00"))
    );
    assert_eq!(
        through(zero, &own, &floats("2026-10-21 12:00", "2026-10-21 12:01")).1,
        floats("2026-10-21 12:00", "2026-10-21 12:01")
    );
    assert_eq!(through(zero, &own, &floats("2026-10-21 12:00", "2026-10-21 13:00")).0, own);
    let lasting = floats("2026-10-21 12:00", "2026-10-21 12:01");
    assert_eq!(through(|_| {}, &nothing, &lasting).1, lasting, "somebody made it a minute");
}

#[test]
fn bm_056_an_end_keeps_its_zone_through_a_calendar_that_has_one_zone_only() {
    let york = |text: &str| Moment::new(wall(text), Zone::new("America/New_York").unwrap());
    let flight = Span::timed(berlin("2026-10-21 10:00"), york("2026-10-21 13:00")).unwrap();
    let one: fn(&mut concord_model::Capabilities) = |able| able.two_zones = false;
    let moved = Span::timed(berlin("2026-10-21 11:00"), berlin("2026-10-21 20:00")).unwrap();
    let (shown, back) = through(one, &flight, &moved);
    assert_eq!(shown, Span::timed(berlin("2026-10-21 10:00"), berlin("2026-10-21 19:00")).unwrap());
    assert_eq!(back, Span::timed(berlin("2026-10-21 11:00"), york("2026-10-21 14:00")).unwrap());
    assert_eq!(through(|_| {}, &flight, &moved), (flight.clone(), moved.clone()));
    // One zone is one zone.
    let plain = Span::timed(berlin("2026-10-21 10:00"), berlin("2026-10-21 11:00")).unwrap();
    assert_eq!(through(one, &plain, &moved), (plain.clone(), moved.clone()));
    let away = Span::timed(york("2026-10-21 11:00"), york("2026-10-21 12:00")).unwrap();
    assert_eq!(through(one, &plain, &away).1, away, "also where it is another");
    // No time at all.
    let nothing = Span::timed(berlin("2026-10-21 10:00"), berlin("2026-10-21 10:00")).unwrap();
    let minute = Span::timed(berlin("2026-10-21 12:00"), berlin("2026-10-21 12:01")).unwrap();
    let zero: fn(&mut concord_model::Capabilities) = |able| able.zero_length = false;
    let (shown, back) = through(zero, &nothing, &minute);
    assert_eq!(shown, Span::timed(berlin("2026-10-21 10:00"), berlin("2026-10-21 10:01")).unwrap());
    assert_eq!(back, Span::timed(berlin("2026-10-21 12:00"), berlin("2026-10-21 12:00")).unwrap());
    assert_eq!(through(zero, &nothing, &moved).1, moved);
    assert_eq!(through(zero, &plain, &minute).1, minute);
    assert_eq!(through(|_| {}, &nothing, &minute).1, minute);
    // In two zones it is no time just as well.
    let midnight = Span::timed(berlin("2026-10-21 06:00"), york("2026-10-21 00:00")).unwrap();
    let shown = Span::timed(berlin("2026-10-21 06:00"), york("2026-10-21 00:01")).unwrap();
    assert_eq!(through(zero, &midnight, &shown), (shown, midnight));
}

#[test]
fn bm_056_the_end_of_a_moved_occurrence_keeps_its_zone_too() {
    let york = |text: &str| Moment::new(wall(text), Zone::new("America/New_York").unwrap());
    let time = |span: Span| Override::Changed([(Field::Time, Value::Time(span.into()))].into());
    let mut pair = pair(|v, _| {
        v.time = odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3"));
        let flight = Span::timed(berlin("2026-10-22 12:00"), york("2026-10-22 15:00")).unwrap();
        let key = odd::keys(v)[1];
        v.overrides.insert(key, time(flight));
    });
    pair.able.two_zones = false;
    let key = odd::keys(&pair.event.content)[1];
    let later = Span::timed(berlin("2026-10-22 13:00"), berlin("2026-10-22 22:00")).unwrap();
    let event = taken(&pair, |v| drop(v.overrides.insert(key, time(later))));
    let flight = Span::timed(berlin("2026-10-22 13:00"), york("2026-10-22 16:00")).unwrap();
    assert_eq!(event.content.overrides.get(&key), Some(&time(flight)));
}

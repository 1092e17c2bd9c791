//! What a calendar shows of an event, and what comes back into it: one line for each boundary. The laws say that it holds
//! together, these say that it is what people were promised.

use concord_model::capability::{Invites, Privacies, Series};
use concord_model::event::{Booking, Event, Origin, Personal};
use concord_model::link::{Filter, Keep, Rule, RuleField};
use concord_model::people::{Attendee, Organiser};
use concord_model::privacy::{Detail, Privacy, PrivateEvents};
use concord_model::view::{
    Attachment, Availability, Colour, Override, Patch, Reminder, ReminderBy, Reminders, Status, Value,
};
use concord_model::{ClientId, Field, FieldSet, Moment, OccurrenceKey, Original, Span, View, Zone};
use concord_sync::lens::allowed::takes_time;
use concord_sync::lens::{Eyes, HiddenText, Seen, Shown, WhyNot};
use uuid::Uuid;

use crate::odd;
use crate::pair::Pair;

fn pair(with: impl FnOnce(&mut View, &mut Booking)) -> Pair {
    let mut content = View::new(odd::timed("2026-10-21 10:00", 60, None), "Coaching");
    let mut booking = Booking::default();
    with(&mut content, &mut booking);
    let mut pair = Pair::of(odd::event(content));
    pair.event.booking = booking;
    pair
}

fn seen(pair: &Pair) -> Seen {
    pair.seen().expect("it is shown")
}

fn why(pair: &Pair) -> Option<WhyNot> {
    match pair.lens().show(&pair.event, pair.now) {
        Shown::Not(why) => Some(why),
        Shown::As(_) => None,
    }
}

/// What comes of a change there.
fn taken(pair: &Pair, change: impl FnOnce(&mut View)) -> Event {
    let seen = seen(pair);
    let mut after = seen.view.clone();
    change(&mut after);
    let mut event = pair.event.clone();
    pair.lens().take_in(&mut event, &seen, &after);
    event
}

fn fields(of: &[Field]) -> FieldSet {
    of.iter().copied().collect()
}

fn wall(text: &str) -> jiff::civil::DateTime {
    text.replace(' ', "T").parse().unwrap()
}

fn berlin(text: &str) -> Moment {
    Moment::new(wall(text), Zone::new("Europe/Berlin").unwrap())
}

// --- what it is able to hold

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

fn popup(minutes_before: u32) -> Reminder {
    Reminder { minutes_before, by: ReminderBy::Popup }
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

// --- what may be seen

/// All but the words of the calendar that it came from, which have a test of their own.
const SAID: FieldSet = FieldSet::ALL.without(Field::Original);

#[test]
fn the_words_of_another_calendar_are_shown_only_where_all_of_the_event_may_be_seen() {
    let text = || Some(Original::of("BEGIN:VEVENT\r\nX-SECRET:1\r\nEND:VEVENT\r\n"));
    let check = |change: &dyn Fn(&mut Pair), expected: bool| {
        let mut pair = pair(|view, booking| {
            view.original = text();
            *booking = Booking::default();
        });
        pair.settings.sight.guests = true;
        change(&mut pair);
        let seen = seen(&pair);
        assert_eq!((seen.view.original == text(), seen.open.has(Field::Original)), (expected, expected));
    };
    check(&|_| {}, true);
    check(&|pair| pair.settings.sight.guests = false, false);
    check(&|pair| pair.settings.sight.detail = Detail::Title, false);
    check(&|pair| pair.look = (Eyes::Participant, odd::CLIENT), false);
    check(&|pair| pair.settings.sight.detail = Detail::Busy, false);
    check(
        &|pair| pair.hidden = vec![HiddenText { text: "nowhere in it".into(), instead: "x".into() }],
        false,
    );
    check(&|pair| pair.event.booking.session_type = Some("one_on_one".to_owned()), false);
}

fn whole() -> impl FnOnce(&mut View, &mut Booking) {
    |v, b| {
        (v.description, v.location, v.conference) =
            ("about".into(), "Studio".into(), "https://meet.example/x".into());
        (v.status, v.availability, v.colour) = (Status::Tentative, Availability::Free, Some(Colour::Basil));
        v.organiser = Some(Organiser { address: "boss@example.org".into(), name: String::new() });
        v.attendees = vec![Attendee {
            address: "lee@example.org".into(),
            name: String::new(),
            answer: Default::default(),
            role: Default::default(),
        }];
        v.reminders = Reminders::Own(vec![popup(5)]);
        v.attachments = vec![Attachment { url: "https://example.org/a".into(), title: String::new() }];
        b.notes = "pays in cash".into();
    }
}

#[test]
fn pv_2_each_detail_shows_its_fields_and_closes_the_others() {
    let check = |detail, guests, closed: &[Field]| {
        let mut pair = pair(whole());
        (pair.settings.sight.detail, pair.settings.sight.guests) = (detail, guests);
        let seen = seen(&pair);
        assert_eq!(seen.open.and(SAID), SAID.minus(fields(closed)), "{detail:?}");
        for field in closed.iter().filter(|f| ![Field::Title, Field::Privacy].contains(f)) {
            assert_ne!(seen.view.value(*field), pair.event.content.value(*field), "{detail:?} {field}");
        }
        for field in seen.open.iter().filter(|f| *f != Field::Description) {
            assert_eq!(seen.view.value(field), pair.event.content.value(field), "{detail:?} {field}");
        }
        seen.view
    };
    let text = [
        Field::Location,
        Field::Description,
        Field::Conference,
        Field::Organiser,
        Field::Attendees,
        Field::Attachments,
    ];
    assert_eq!(check(Detail::Full, true, &[]).description, "about\n\n— Notes —\npays in cash");
    check(Detail::Full, false, &[Field::Organiser, Field::Attendees]);
    assert_eq!(check(Detail::Title, true, &text).title, "Coaching");
    let rest = [Field::Title, Field::Status, Field::Privacy, Field::Colour, Field::Reminders];
    let busy = check(Detail::Busy, true, &[&text[..], &rest].concat());
    assert_eq!(
        (busy.title.as_str(), busy.privacy, busy.availability),
        ("Busy", Privacy::Private, Availability::Free)
    );
}

#[test]
fn i_37_guests_are_shown_to_a_calendar_that_mails_by_itself_only_where_mail_is_allowed() {
    let check = |invites, mail_guests, shown| {
        let mut pair = pair(whole());
        (pair.able.invites, pair.settings.mail_guests) = (invites, mail_guests);
        pair.settings.sight.guests = true;
        let seen = seen(&pair);
        assert_eq!(!seen.view.attendees.is_empty(), shown, "{invites:?} {mail_guests}");
        assert_eq!(seen.open.has(Field::Attendees), shown, "what is not shown is not taken in either");
    };
    check(Invites::WhenAsked, false, true);
    check(Invites::WhenAsked, true, true);
    check(Invites::Always, false, false);
    check(Invites::Always, true, true);
}

#[test]
fn pv_2_private_ones_stay_out_or_are_busy_or_shown() {
    let check = |privacy, private, expected: Result<&str, WhyNot>| {
        let mut pair = pair(|v, _| v.privacy = privacy);
        pair.settings.sight.private = private;
        let shown = why(&pair).map_or_else(|| Ok(seen(&pair).view.title), Err);
        assert_eq!(shown, expected.map(str::to_owned), "{privacy:?} {private:?}");
    };
    for privacy in [Privacy::Private, Privacy::Confidential] {
        check(privacy, PrivateEvents::Exclude, Err(WhyNot::Private));
        check(privacy, PrivateEvents::Busy, Ok("Busy"));
        check(privacy, PrivateEvents::Show, Ok("Coaching"));
    }
    for privacy in [Privacy::Default, Privacy::Public] {
        check(privacy, PrivateEvents::Exclude, Ok("Coaching"));
    }
}

#[test]
fn pv_2_a_private_occurrence_is_hidden_by_itself() {
    let own = |privacy| {
        let values = [
            Value::Title("Therapy".into()),
            Value::Location("Clinic".into()),
            Value::Privacy(privacy),
            Value::Availability(Availability::Free),
        ];
        Override::Changed(values.into_iter().map(|value| (value.field(), value)).collect())
    };
    let check = |privacy, private, expected: Option<&str>, closed: bool| {
        let mut pair = pair(|v, _| {
            (v.time, v.location) =
                (odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3")), "Studio".into());
            let key = odd::keys(v)[1];
            v.overrides.insert(key, own(privacy));
        });
        pair.settings.sight.private = private;
        let key = odd::keys(&pair.event.content)[1];
        let seen = seen(&pair);
        let one = seen.view.occurrence(key);
        assert_eq!(one.as_ref().map(|one| one.title.as_str()), expected, "{privacy:?} {private:?}");
        assert_eq!(seen.closed.get(&key) == Some(&FieldSet::ALL), closed, "{privacy:?} {private:?}");
        if expected == Some("Busy") {
            let one = one.unwrap();
            assert_eq!(
                (one.location.as_str(), one.privacy, one.availability),
                ("", Privacy::Private, Availability::Free)
            );
        }
    };
    check(Privacy::Private, PrivateEvents::Exclude, None, true);
    check(Privacy::Private, PrivateEvents::Busy, Some("Busy"), true);
    check(Privacy::Private, PrivateEvents::Show, Some("Therapy"), false);
    check(Privacy::Public, PrivateEvents::Exclude, Some("Therapy"), false);
    // Of a series that is only busy itself, an occurrence that is more private still looks like the others.
    let mut pair = pair(|v, _| {
        v.time = odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3"));
        let key = odd::keys(v)[1];
        v.overrides.insert(key, own(Privacy::Confidential));
        v.privacy = Privacy::Private;
    });
    pair.settings.sight.private = PrivateEvents::Busy;
    let key = odd::keys(&pair.event.content)[1];
    assert_eq!((seen(&pair).closed.get(&key), seen(&pair).open_in(key)), (None, seen(&pair).open));
}

#[test]
fn what_a_calendar_does_not_see_of_an_occurrence_stays_as_it_is_and_goes_where_its_series_goes() {
    let therapy = || {
        Override::Changed(
            [Value::Title("Therapy".into()), Value::Privacy(Privacy::Private)]
                .into_iter()
                .map(|value| (value.field(), value))
                .collect(),
        )
    };
    let daily = |at: &str| odd::timed(&format!("2026-10-21 {at}"), 60, Some("FREQ=DAILY;COUNT=3"));
    for private in [PrivateEvents::Busy, PrivateEvents::Exclude] {
        let mut pair = pair(|v, _| {
            v.time = daily("10:00");
            let key = odd::keys(v)[1];
            v.overrides.insert(key, therapy());
        });
        pair.settings.sight.private = private;
        let key = odd::keys(&pair.event.content)[1];
        let event = taken(&pair, |v| drop(v.overrides.remove(&key)));
        assert_eq!(event.content.overrides.get(&key), Some(&therapy()), "{private:?}");
        if private == PrivateEvents::Busy {
            let event = taken(&pair, |v| drop(v.overrides.insert(key, Override::Cancelled)));
            assert_eq!(event.content.overrides.get(&key), Some(&therapy()), "off there");
        }
        // The calendar that moves it has what it was shown under the names that are then.
        let event = taken(&pair, |v| {
            v.time = daily("11:00");
            v.overrides.clear();
        });
        let now = odd::keys(&event.content)[1];
        assert_eq!(
            event.content.overrides.into_iter().collect::<Vec<_>>(),
            [(now, therapy())],
            "{private:?}"
        );
        // Where the series ends before it, there is nothing left of it.
        let event = taken(&pair, |v| {
            v.time = odd::timed("2026-10-21 11:00", 60, Some("FREQ=DAILY;COUNT=1"));
            v.overrides.clear();
        });
        assert!(event.content.overrides.is_empty(), "{private:?}");
    }
}

#[test]
fn a_hidden_text_is_covered_wherever_it_stands_and_nothing_else_is() {
    let anna = || {
        vec![
            HiddenText { text: "Anna Miller".into(), instead: "A. M.".into() },
            HiddenText { text: "Anna".into(), instead: "A. M.".into() },
            HiddenText { text: "anna@example.org".into(), instead: "…".into() },
        ]
    };
    let mut hidden = pair(|v, _| {
        v.title = "ANNA MILLER and Annabel".into();
        v.location = "Studio".into();
        v.conference = "https://meet.example/anna".into();
        v.organiser = Some(Organiser { address: "anna@example.org".into(), name: String::new() });
        v.attachments = vec![
            Attachment { url: "https://example.org/a".into(), title: "for Anna".into() },
            Attachment { url: "https://example.org/b".into(), title: String::new() },
        ];
    });
    hidden.hidden = anna();
    hidden.settings.sight.guests = true;
    let seen_as = seen(&hidden);
    assert_eq!((seen_as.view.title.as_str(), seen_as.view.conference.as_str()), ("A. M. and A. M.bel", ""));
    assert_eq!((seen_as.view.organiser, seen_as.view.attachments.len()), (None, 1));
    let covered = [Field::Title, Field::Conference, Field::Organiser, Field::Attachments];
    assert_eq!(seen_as.open.and(SAID), SAID.minus(fields(&covered)));
    // A person by name, or by address.
    let guest = |address: &str, name: &str| Attendee {
        address: address.into(),
        name: name.into(),
        answer: Default::default(),
        role: Default::default(),
    };
    let mut meeting = pair(|v, _| {
        v.attendees =
            vec![guest("a@x.org", "Anna"), guest("anna@example.org", ""), guest("lee@x.org", "Lee")];
    });
    meeting.hidden = anna();
    meeting.settings.sight.guests = true;
    let left = seen(&meeting);
    assert_eq!(left.view.attendees.iter().map(|a| a.address.as_str()).collect::<Vec<_>>(), ["lee@x.org"]);
    assert!(!left.open.has(Field::Attendees));
    let mut plain = pair(whole());
    plain.hidden = anna();
    plain.settings.sight.guests = true;
    assert_eq!(seen(&plain).open.and(SAID), SAID, "where there is nothing to hide, nothing is closed");
    plain.hidden = vec![HiddenText { text: String::new(), instead: "x".into() }];
    assert_eq!(seen(&plain).view.title, "Coaching");
}

#[test]
fn notes_go_to_the_owner_in_full_and_come_back_as_notes() {
    let mut owner = pair(whole());
    assert!(seen(&owner).view.description.ends_with("pays in cash"));
    let event = taken(&owner, |v| v.description = "new\n\n— Notes —\npaid".into());
    assert_eq!((event.content.description.as_str(), event.booking.notes.as_str()), ("new", "paid"));
    let event = taken(&owner, |v| v.description = "all new".into());
    assert_eq!((event.content.description.as_str(), event.booking.notes.as_str()), ("all new", ""));
    // The line is gone, the notes are still there.
    let event = taken(&owner, |v| v.description = "about pays in cash".into());
    assert_eq!((event.content.description.as_str(), event.booking.notes.as_str()), ("about", "pays in cash"));
    owner.settings.sight.notes = false;
    assert_eq!(seen(&owner).view.description, "about");
    assert_eq!(taken(&owner, |v| v.description = "x\n— Notes —\ny".into()).booking.notes, "pays in cash");
    owner.settings.sight.notes = true;
    owner.event.content.description = String::new();
    assert_eq!(seen(&owner).view.description, "— Notes —\npays in cash");
    let event = taken(&owner, |v| v.description = "— Notes —\npaid".into());
    assert_eq!((event.content.description.as_str(), event.booking.notes.as_str()), ("", "paid"));
    // A description may hold such a line itself: ours is the one after those.
    owner.event.content.description = "a\n— Notes —\nb".into();
    let shown = seen(&owner).view.description;
    assert_eq!(taken(&owner, |v| v.description = format!("{shown}!")).booking.notes, "pays in cash!");
    // What one occurrence is given there has its description without them.
    let mut series = pair(|v, b| {
        (v.time, v.description) =
            (odd::timed("2026-10-21 10:00", 60, Some("FREQ=DAILY;COUNT=3")), "about".into());
        b.notes = "pays in cash".into();
    });
    let key = odd::keys(&series.event.content)[1];
    let given =
        |text: &str| Override::Changed(Patch::from([(Field::Description, Value::Description(text.into()))]));
    let told = "bring water\n\n— Notes —\npays in cash";
    let event = taken(&series, |v| drop(v.overrides.insert(key, given(told))));
    assert_eq!(event.content.overrides.get(&key), Some(&given("bring water")));
    assert_eq!(event.booking.notes, "pays in cash");
    series.settings.sight.notes = false;
    let event = taken(&series, |v| drop(v.overrides.insert(key, given(told))));
    assert_eq!(event.content.overrides.get(&key), Some(&given(told)));
    // One that has a description of its own and lost the notes' line there keeps what it is about.
    series.settings.sight.notes = true;
    series.event.content.overrides.insert(key, given("bring water"));
    let event =
        taken(&series, |v| drop(v.overrides.insert(key, given("bring tea\n\n— Notes —\npays in cash"))));
    assert_eq!(event.content.overrides.get(&key), Some(&given("bring tea")));
    let event = taken(&series, |v| drop(v.overrides.insert(key, given("bring water pays in cash"))));
    assert_eq!(event.content.overrides.get(&key), Some(&given("bring water")));
    // Nobody else sees them.
    let mut guest = pair(whole());
    guest.look = (Eyes::Participant, odd::CLIENT);
    assert_eq!(seen(&guest).view.description, "about");
    assert_eq!(taken(&guest, |v| v.description = "x\n— Notes —\ny".into()).booking.notes, "pays in cash");
}

#[test]
fn rules_5_what_is_personal_is_each_ones_own() {
    let mut guest = pair(whole());
    guest.look = (Eyes::Participant, odd::CLIENT);
    guest.settings.sight.guests = true;
    let view = seen(&guest).view;
    assert_eq!(
        (view.availability, view.colour, view.reminders),
        (Availability::Busy, None, Reminders::Calendar),
        "the owner is free then: that says nothing about anybody else"
    );
    let event = taken(&guest, |v| v.colour = Some(Colour::Tomato));
    let own = Personal { colour: Some(Colour::Tomato), ..Personal::default() };
    assert_eq!(event.personal.get(&odd::CLIENT), Some(&own), "the rest of it is as it was shown");
    assert_eq!(event.content.colour, Some(Colour::Basil), "and the owner's is the owner's");
    guest.event = event;
    let event = taken(&guest, |v| v.availability = Availability::Free);
    assert_eq!(event.personal[&odd::CLIENT].availability, Availability::Free);
    guest.event.content.availability = Availability::Busy;
    let event = taken(&guest, |v| v.availability = Availability::Free);
    assert_eq!(event.content.availability, Availability::Busy, "and the owner's is the owner's");
    let event = taken(&guest, |v| v.reminders = Reminders::Own(vec![popup(9)]));
    assert_eq!(event.personal[&odd::CLIENT].reminders, Reminders::Own(vec![popup(9)]));
    guest.event.personal.insert(odd::CLIENT, Personal { reminders: Reminders::Own(vec![popup(1)]), ..own });
    let view = seen(&guest).view;
    assert_eq!((view.colour, view.reminders), (Some(Colour::Tomato), Reminders::Own(vec![popup(1)])));
    // The owner's own are part of the event.
    let event = taken(&pair(whole()), |v| v.colour = Some(Colour::Tomato));
    assert_eq!((event.content.colour, event.personal.len()), (Some(Colour::Tomato), 0));
}

#[test]
fn an_event_takes_time_unless_it_is_free_or_cancelled() {
    let check = |availability, status, expected| {
        let view = View { availability, status, ..View::new(odd::timed("2026-10-21 10:00", 60, None), "x") };
        assert_eq!(takes_time(&view), expected);
    };
    check(Availability::Busy, Status::Confirmed, true);
    check(Availability::Busy, Status::Tentative, true);
    check(Availability::Free, Status::Confirmed, false);
    check(Availability::Busy, Status::Cancelled, false);
    check(Availability::Free, Status::Cancelled, false);
}

// --- what is wanted there

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

//! What may be seen.

use concord_model::capability::Invites;
use concord_model::event::{Booking, Personal};
use concord_model::people::{Attendee, Organiser};
use concord_model::privacy::{Detail, Privacy, PrivateEvents};
use concord_model::view::{Attachment, Availability, Colour, Override, Patch, Reminders, Status, Value};
use concord_model::{Field, FieldSet, Original, View};
use concord_sync::lens::allowed::takes_time;
use concord_sync::lens::{Eyes, HiddenText, WhyNot};

use super::{fields, pair, popup, seen, taken, why};
use crate::odd;
use crate::pair::Pair;

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

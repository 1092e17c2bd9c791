//! Views of all kinds that iCalendar can hold.

use std::collections::BTreeSet;

use concord_ical::{Entry, Frame};
use concord_model::people::{Address, Answer, Attendee, Organiser, Role};
use concord_model::privacy::Privacy;
use concord_model::recurrence::{Recurrence, Rule, give_dates};
use concord_model::text;
use concord_model::view::{
    Attachment, Availability, Override, Patch, Reminder, ReminderBy, Reminders, Status, Timing,
};
use concord_model::{Field, Moment, OccurrenceKey, Span, View, Zone};
use jiff::civil::{Date, DateTime, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::sample::{Index, select};

const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "Africa/Johannesburg",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "UTC",
];

pub(crate) fn written(view: &View) -> String {
    let entry = Entry {
        uid: "one@example.org",
        view,
        stamp: Timestamp::from_second(1_792_000_000).unwrap(),
        sequence: 3,
        marks: &[("X-MARK", "a;b")],
    };
    concord_ical::write_new(&entry, &Frame::new("-//Test//Test//EN"))
}

pub(crate) fn view() -> impl Strategy<Value = View> {
    (span(), any::<bool>()).prop_flat_map(|(span, series)| (timing(span, series), words())).prop_flat_map(
        |(time, words)| {
            let mut view = words;
            view.time = time;
            overrides(view)
        },
    )
}

fn zone() -> impl Strategy<Value = Zone> {
    select(&ZONES[..]).prop_map(|name| Zone::new(name).unwrap())
}

fn day() -> impl Strategy<Value = Date> {
    (0i64..22_000).prop_map(|days| date(1995, 1, 1).checked_add(days.days()).unwrap())
}

fn wall() -> impl Strategy<Value = DateTime> {
    // Clocks are set between one and three in the night on the last Sunday of March, among other days.
    let odd = select(vec![date(2027, 3, 28), date(2027, 10, 31), date(2027, 3, 14), date(2027, 4, 4)]);
    prop_oneof![
        (day(), 0i8..24, 0i8..60, prop_oneof![Just(0i8), 0i8..60]).prop_map(|(d, h, m, s)| d.at(h, m, s, 0)),
        (odd, 1i8..4, 0i8..60).prop_map(|(d, h, m)| d.at(h, m, 0, 0)),
    ]
}

pub(crate) fn span() -> impl Strategy<Value = Span> {
    let length = prop_oneof![Just(0i64), 1i64..300, 300i64..20_000].prop_map(SignedDuration::from_mins);
    prop_oneof![
        4 => (wall(), zone(), prop::option::of(zone()), length.clone()).prop_map(|(wall, zone, end, length)| {
            let start = Moment::new(wall, zone.clone());
            let end = end.filter(|end| end.name() != "UTC").unwrap_or(zone.clone());
            let end = Moment::at(start.instant() + length, end);
            let end = if end.is_later() { end.told_in(zone) } else { end };
            Span::timed(start, end).unwrap()
        }),
        1 => (wall(), length).prop_map(|(wall, length)| Span::floating(wall, wall + length).unwrap()),
        2 => (day(), 1i64..9).prop_map(|(day, days)| Span::days(day, day + days.days()).unwrap()),
    ]
}

const RULES: [&str; 9] = [
    "FREQ=DAILY;COUNT=10",
    "FREQ=WEEKLY;BYDAY=MO,WE",
    "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,SU",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "FREQ=DAILY;INTERVAL=3;UNTIL=20700101T120000",
    "FREQ=WEEKLY;UNTIL=20691231",
];

fn timing(span: Span, series: bool) -> impl Strategy<Value = Timing> {
    (prop::option::weighted(0.9, select(&RULES[..])), prop::collection::btree_set(1i64..400, 0..4)).prop_map(
        move |(rule, days)| {
            if !series || (rule.is_none() && days.is_empty()) {
                return Timing::from(span.clone());
            }
            let rules = rule.map(|text| Rule::parse(text, &span).unwrap()).into_iter().collect();
            let added: BTreeSet<OccurrenceKey> = days.into_iter().map(|n| later(&span, n)).collect();
            let recurrence = Recurrence { rules, added }.fitted(&span).unwrap();
            Timing { span: span.clone(), recurrence: Some(recurrence) }
        },
    )
}

/// The name of an occurrence so many days after the first.
pub(crate) fn later(span: &Span, days: i64) -> OccurrenceKey {
    match span.key() {
        OccurrenceKey::Date(date) => OccurrenceKey::Date(date.checked_add(days.days()).unwrap()),
        OccurrenceKey::Time(wall) => OccurrenceKey::Time(wall.checked_add(days.days()).unwrap()),
    }
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[ -~]{0,30}", "\\PC{0,80}", "[äß漢🏋\u{301}\\\\;,:\"^n]{0,60}"]
        .prop_map(|raw| text::line(&raw))
}

fn lines() -> impl Strategy<Value = String> {
    prop::collection::vec(line(), 0..4).prop_map(|lines| text::normal(&lines.join("\n")))
}

fn link() -> impl Strategy<Value = String> {
    select(vec![
        "https://zoom.us/j/12345?pwd=a;b,c",
        "https://example.org/room",
        "https://meet.google.com/abc-defg-hij",
    ])
    .prop_map(str::to_owned)
}

fn address() -> impl Strategy<Value = Address> {
    select(vec![
        "ann@example.org",
        "bob@example.org",
        "o'neill+x@example.org",
        "urn:uuid:12-34",
        "/principals/room/",
    ])
    .prop_map(Address::from)
}

fn attendee() -> impl Strategy<Value = Attendee> {
    let answer = select(vec![Answer::Awaited, Answer::Accepted, Answer::Tentative, Answer::Declined]);
    let role = select(vec![Role::Required, Role::Optional, Role::Resource]);
    (address(), line(), answer, role).prop_map(|(address, name, answer, role)| Attendee {
        address,
        name,
        answer,
        role,
    })
}

fn reminders() -> impl Strategy<Value = Reminders> {
    let by = select(vec![ReminderBy::Popup, ReminderBy::Email]);
    let one = (prop_oneof![0u32..100, any::<u32>()], by)
        .prop_map(|(minutes_before, by)| Reminder { minutes_before, by });
    prop_oneof![Just(Reminders::Calendar), prop::collection::vec(one, 0..4).prop_map(Reminders::Own)]
}

fn words() -> impl Strategy<Value = View> {
    let conference = prop_oneof![Just(String::new()), link()];
    let status = select(vec![Status::Confirmed, Status::Tentative, Status::Cancelled]);
    let availability = select(vec![Availability::Busy, Availability::Free]);
    let privacy = select(vec![Privacy::Default, Privacy::Public, Privacy::Private, Privacy::Confidential]);
    let organiser =
        prop::option::of((address(), line()).prop_map(|(address, name)| Organiser { address, name }));
    let attachment = (link(), line()).prop_map(|(url, title)| Attachment { url, title });
    let texts = (line(), lines(), line(), conference);
    let people = (organiser, prop::collection::vec(attendee(), 0..5));
    let rest = (reminders(), prop::collection::vec(attachment, 0..3));
    (texts, status, availability, privacy, people, rest).prop_map(
        |((title, description, location, conference), status, availability, privacy, people, rest)| {
            let mut view = View::new(Span::days(date(2026, 1, 1), date(2026, 1, 2)).unwrap(), title);
            (view.description, view.location, view.conference) = (description, location, conference);
            (view.status, view.availability, view.privacy) = (status, availability, privacy);
            (view.organiser, view.attendees) = people;
            (view.reminders, view.attachments) = rest;
            view.normalise();
            view
        },
    )
}

fn overrides(view: View) -> impl Strategy<Value = View> {
    let one = (
        0i64..60,
        prop::option::weighted(0.7, (words(), span(), prop::collection::vec(any::<Index>(), 1..5))),
    );
    prop::collection::vec(one, 0..5).prop_map(move |changes| {
        let mut view = view.clone();
        for (days, change) in changes {
            let change = match change {
                None => Override::Cancelled,
                Some((mut other, span, fields)) => {
                    // UTC says only the instant of a changed occurrence: it is told on the series' clock.
                    let utc = span.zone().is_some_and(|zone| zone.name() == "UTC");
                    other.time = if utc { view.time.span.clone().into() } else { span.into() };
                    let fields = fields.iter().map(|i| Field::ALL[i.index(Field::ALL.len())]);
                    let values = fields.filter(|f| *f != Field::Colour).map(|f| (f, other.value(f)));
                    Override::Changed(values.collect::<Patch>())
                }
            };
            view.overrides.insert(later(&view.time.span, days), change);
        }
        view.normalise();
        // What takes place beside the rules has a date of its own.
        let changed = view.overrides.iter().filter(|(_, change)| **change != Override::Cancelled);
        let changed: Vec<OccurrenceKey> = changed.map(|(key, _)| *key).collect();
        give_dates(&mut view.time, changed);
        view
    })
}

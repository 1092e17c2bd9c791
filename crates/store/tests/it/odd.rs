//! Odd values: generated events and mappings with whatever texts, times and overrides may come from outside.

use std::collections::BTreeMap;

use concord_model::agreed::{Base, Intent, Known, Unanswered};
use concord_model::event::{Booking, Origin, Personal};
use concord_model::observed::{Hold, Item, Observation, Part, PartStart, State, Versions};
use concord_model::people::{Address, Attendee};
use concord_model::view::{Attachment, Availability, Colour, Override, Reminder, Reminders, Status, Value};
use concord_model::{
    Etag, Event, EventId, ExternalId, Field, Generation, LinkId, Mark, Moment, OccurrenceKey, Rev, Span,
    View, Zone,
};
use concord_store::mappings::{Mapping, MappingError, MappingState};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;

use crate::world::{at, event, id, mapping};
use concord_store::links::Link;

/// Text as it comes, but for NUL, which no table of ours keeps as it is.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[ -~]{1,12}",
        Just("'; DROP TABLE events; --".to_owned()),
        Just("\\u0000 \\\" {\"v\":2} $1 ? %_".to_owned()),
        Just("e\u{301} \u{202e}עברית\u{2028}👩‍👩‍👧‍👦\u{1}".to_owned()),
        any::<String>().prop_map(|text| text.replace('\0', "")),
    ]
}

fn instant() -> impl Strategy<Value = Timestamp> {
    (-60_000_000_000_000_000_i64..250_000_000_000_000_000)
        .prop_map(|us| Timestamp::from_microsecond(us).unwrap())
}

fn zone() -> impl Strategy<Value = Zone> {
    prop_oneof![Just("UTC"), Just("Europe/Berlin"), Just("Asia/Kathmandu"), Just("Australia/Lord_Howe")]
        .prop_map(|name| Zone::new(name).unwrap())
}

fn date() -> impl Strategy<Value = Date> {
    (1970_i16..2200, 1_i8..13, 1_i8..29).prop_map(|(y, m, d)| Date::new(y, m, d).unwrap())
}

fn wall() -> impl Strategy<Value = DateTime> {
    (date(), 0_i8..24, 0_i8..60, 0_i8..60).prop_map(|(day, h, m, s)| day.at(h, m, s, 0))
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        (wall(), zone(), zone(), 0_i64..100_000).prop_map(|(wall, from, to, length)| {
            let start = Moment::new(wall, from);
            let end = start.instant() + jiff::SignedDuration::from_secs(length);
            Span::timed(start, Moment::at(end, to)).unwrap()
        }),
        (date(), 1_i64..9).prop_map(|(day, n)| Span::days(
            day,
            day + jiff::SignedDuration::from_hours(24 * n)
        )
        .unwrap()),
        wall().prop_map(|wall| Span::floating(wall, wall + jiff::SignedDuration::from_hours(1)).unwrap()),
    ]
}

fn key() -> impl Strategy<Value = OccurrenceKey> {
    prop_oneof![date().prop_map(OccurrenceKey::Date), wall().prop_map(OccurrenceKey::Time)]
}

fn change() -> impl Strategy<Value = Override> {
    prop_oneof![
        Just(Override::Cancelled),
        (text(), span()).prop_map(|(title, span)| {
            Override::Changed(BTreeMap::from([
                (Field::Title, Value::Title(title)),
                (Field::Time, Value::Time(span.into())),
            ]))
        }),
    ]
}

fn attendee() -> impl Strategy<Value = Attendee> {
    (text(), text()).prop_map(|(address, name)| Attendee {
        address: Address::from(address),
        name,
        answer: Default::default(),
        role: Default::default(),
    })
}

pub(crate) fn view() -> impl Strategy<Value = View> {
    let texts = (text(), text(), text(), text());
    let lists = (vec(attendee(), 0..3), vec((text(), text()), 0..3), btree_map(key(), change(), 0..3));
    let rest = (0..3_usize, any::<bool>(), of(0..11_usize), of(vec(any::<u32>(), 0..3)));
    (span(), texts, lists, rest).prop_map(
        |(span, texts, (attendees, files, overrides), (status, free, colour, minutes))| View {
            description: texts.1,
            location: texts.2,
            conference: texts.3,
            status: [Status::Confirmed, Status::Tentative, Status::Cancelled][status],
            availability: if free { Availability::Free } else { Availability::Busy },
            colour: colour.map(|n| Colour::ALL[n]),
            attendees,
            reminders: minutes.map_or(Reminders::Calendar, |all| {
                Reminders::Own(
                    all.into_iter().map(|n| Reminder { minutes_before: n, by: Default::default() }).collect(),
                )
            }),
            attachments: files.into_iter().map(|(url, title)| Attachment { url, title }).collect(),
            overrides,
            ..View::new(span, texts.0)
        },
    )
}

/// An event of Mia's, from the platform or from that link.
pub(crate) fn an_event(link: LinkId) -> impl Strategy<Value = Event> {
    let booking = (of(text()), vec(text(), 0..3), text(), text());
    (view(), any::<u64>(), text(), booking, of(instant()), instant(), any::<bool>()).prop_map(
        move |(content, n, uid, (session_type, tags, notes, word), deleted_at, updated_at, foreign)| Event {
            id: EventId(id(u128::from(n) + 1)),
            uid,
            content,
            rev: Rev(n as i64 >> 1),
            origin: if foreign { Origin::Link(link) } else { Origin::Platform },
            booking: Booking {
                session_type,
                tags,
                notes,
                external_ref: Some(format!("{n} {word}")),
                extension: serde_json::Map::from_iter([(word, serde_json::json!([1, 0.5, null, "x"]))]),
                ..Booking::default()
            },
            personal: BTreeMap::from([(
                crate::world::BEN,
                Personal { colour: Some(Colour::Sage), ..Personal::default() },
            )]),
            accepted: BTreeMap::from([(Field::Title, updated_at)]),
            updated_at,
            deleted_at,
            ..event(1, "")
        },
    )
}

fn item(view: View, etag: String, part: Option<(String, Timestamp)>) -> Item {
    Item {
        id: ExternalId::from("x"),
        part: part.map(|(id, at)| Part { id: ExternalId(id), start: PartStart::Instant(at) }),
        made_as: None,
        copied_from: None,
        uid: Some(etag.clone()),
        etag: Some(Etag(etag)),
        stamp: None,
        mark: None,
        hold: Hold::Guest,
        page: None,
        complete: false,
        state: State::Live(Box::new(view)),
    }
}

/// A mapping on that link, of that event or of none.
pub(crate) fn a_mapping(link: Link, event: EventId) -> impl Strategy<Value = Mapping> {
    let views = (view(), view(), view());
    let texts = (text(), text(), text());
    let times = (of(instant()), of(instant()), of(instant()), instant());
    let rest = (any::<u64>(), any::<u32>(), 0..4_usize, any::<[bool; 6]>(), key(), 0..4_usize);
    (views, texts, times, rest).prop_map(move |((ours, theirs, seen), (one, two, three), times, rest)| {
        let (n, generation, state, yes, key, intent) = rest;
        Mapping {
            event: yes[0].then_some(event),
            part: yes[1].then_some(key),
            external_id: Some(ExternalId(format!("{n} {one}"))),
            uid: Some(two.clone()),
            mark: yes[2].then_some(Mark { event, link: link.id }),
            generation: Generation(generation),
            origin: yes[3],
            base: yes[4].then(|| Base::of(ours.clone(), theirs.clone())),
            known: Known {
                versions: Versions {
                    whole: Some(Etag(three.clone())),
                    parts: BTreeMap::from([(key, Etag(two.clone()))]),
                },
                stamp: times.0,
                hold: Hold::ReadOnly,
                gone: yes[1],
                missing_since: times.1,
                page: yes[0].then(|| one.clone()),
                left_out: [key].into(),
                was: yes[2].then(|| ExternalId::from(two.as_str())),
                unanswered: yes[3]
                    .then(|| Unanswered { before: ours.clone(), after: seen.clone() })
                    .into_iter()
                    .collect(),
            },
            observation: yes[5].then(|| {
                let mut all = Observation::default();
                all.add(item(seen.clone(), two.clone(), None), times.3);
                all.add(item(seen, three.clone(), Some((one.clone(), times.3))), times.3);
                all
            }),
            intent: match intent {
                0 => None,
                1 => Some(Intent::Create(Box::new(ours))),
                2 => Some(Intent::Update(Box::new(theirs))),
                _ => Some(Intent::Delete),
            },
            synced_rev: Rev(n as i64 >> 1),
            state: MappingState::ALL[state],
            enabled: yes[0],
            attempts: i64::from(generation),
            retry_at: times.0,
            error: yes[1].then_some(MappingError { code: one, text: three, parked: yes[2] }),
            listed_in: i64::from(generation),
            starts_at: times.1,
            last_synced_at: times.2,
            ended_at: yes[3].then_some(at(1)),
            settled: n as i64 >> 2,
            ..mapping(u128::from(n), &link)
        }
    })
}

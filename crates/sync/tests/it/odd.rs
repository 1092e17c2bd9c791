//! Truly odd events, views and edits: what the laws are tried on.
//!
//! Everything is drawn as a plain seed and then built, so that a failing case shrinks well and occurrences are ones
//! that the series has.

use std::collections::BTreeMap;

use concord_model::event::{Booking, Event, Origin, Personal};
use concord_model::link::{Policy, Settings, Sight};
use concord_model::people::{Answer, Attendee, Organiser, Role};
use concord_model::privacy::{ClientNames, Detail, Privacy, PrivateEvents};
use concord_model::recurrence::{self, Recurrence, Rule};
use concord_model::view::{
    Attachment, Availability, Colour, Override, Patch, Reminder, ReminderBy, Reminders, Status, Timing, Value,
};
use concord_model::{
    Capabilities, ClientId, EventId, Field, FieldSet, LinkId, Moment, OccurrenceKey, Rev, Span, UserId, View,
    WorkspaceId, Zone, capability, text,
};
use concord_sync::lens::Eyes;
use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

pub(crate) const OWNER: UserId = UserId(Uuid::from_u128(1));
pub(crate) const CLIENT: UserId = UserId(Uuid::from_u128(2));
pub(crate) const COLLEAGUE: UserId = UserId(Uuid::from_u128(3));
pub(crate) const HOME: LinkId = LinkId(Uuid::from_u128(10));
/// The link's person as a guest.
pub(crate) const ME: &str = "me@example.org";

pub(crate) fn now() -> Timestamp {
    date(2026, 10, 20).at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).expect("UTC has no gaps").timestamp()
}

pub(crate) fn zone(name: &str) -> Zone {
    Zone::new(name).unwrap()
}

pub(crate) fn among<T: Clone + std::fmt::Debug + 'static>(values: &[T]) -> impl Strategy<Value = T> + use<T> {
    select(values.to_vec())
}

fn zones() -> impl Strategy<Value = Zone> {
    let names =
        ["Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"];
    among(&names).prop_map(zone)
}

/// Wall times, also ones in the gaps and folds of Berlin and New York.
fn walls() -> impl Strategy<Value = DateTime> {
    let odd = vec![
        date(2026, 10, 25).at(2, 30, 0, 0),
        date(2027, 3, 28).at(2, 30, 0, 0),
        date(2026, 11, 1).at(1, 15, 0, 0),
        date(2027, 3, 14).at(2, 0, 0, 0),
        date(2026, 12, 31).at(23, 59, 59, 0),
    ];
    prop_oneof![
        4 => (0i64..120, 0i64..96).prop_map(|(day, quarter)| {
            date(2026, 10, 1).at(0, 0, 0, 0) + day.days() + (quarter * 15).minutes()
        }),
        1 => select(odd),
    ]
}

/// Words that are long, empty, odd, or look like our own marks.
fn words() -> impl Strategy<Value = String> {
    let pieces = [
        "Coaching",
        "Anna Miller",
        "Studio A",
        "  two  spaces ",
        "👩‍👩‍👧‍👦",
        "שלום",
        "e\u{301}",
        "İstanbul",
        "ß",
        "\t",
        "a;b,c\\n",
        "— Notes —",
        "\n\n",
        "<b>bold</b>",
        "\u{202e}rtl",
        "x",
    ];
    prop_oneof![
        8 => vec(among(&pieces), 0..4).prop_map(|v| v.join(" ")),
        1 => (1000usize..1100).prop_map(|n| "äb".repeat(n / 2)),
        1 => (8190usize..8200).prop_map(|n| "z".repeat(n)),
    ]
}

fn lines() -> impl Strategy<Value = String> {
    words().prop_map(|t| text::line(&t))
}

fn texts() -> impl Strategy<Value = String> {
    words().prop_map(|t| text::normal(&t))
}

fn spans() -> impl Strategy<Value = Span> {
    let minutes = prop_oneof![Just(0i64), Just(1), Just(45), Just(60), Just(26 * 60)];
    prop_oneof![
        5 => (walls(), zones(), minutes.clone()).prop_map(|(wall, zone, minutes)| {
            let start = Moment::new(wall, zone.clone());
            let end = start.instant() + SignedDuration::from_mins(minutes);
            Span::timed(start, Moment::at(end, zone)).unwrap()
        }),
        1 => (walls(), zones(), zones(), minutes.clone()).prop_map(|(wall, from, to, minutes)| {
            let start = Moment::new(wall, from);
            let end = start.instant() + SignedDuration::from_mins(minutes);
            Span::timed(start, Moment::at(end, to)).unwrap()
        }),
        // The second of the two in a fold.
        1 => (0i64..8).prop_map(|n| {
            let at: Timestamp = "2026-10-25T01:00:00Z".parse().unwrap();
            let start = at + SignedDuration::from_mins(15 * n);
            let zone = zone("Europe/Berlin");
            Span::timed(Moment::at(start, zone.clone()), Moment::at(start + SignedDuration::from_hours(1), zone)).unwrap()
        }),
        2 => (walls(), minutes).prop_map(|(wall, minutes)| Span::floating(wall, wall + minutes.minutes()).unwrap()),
        2 => (walls(), 1i64..4).prop_map(|(wall, days)| Span::days(wall.date(), wall.date() + days.days()).unwrap()),
    ]
}

const RULES: [&str; 8] = [
    "FREQ=DAILY;COUNT=5",
    "FREQ=DAILY;INTERVAL=2;COUNT=4",
    "FREQ=WEEKLY;COUNT=4",
    "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=6",
    "FREQ=WEEKLY;INTERVAL=2",
    "FREQ=MONTHLY;BYDAY=1TU;COUNT=3",
    "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
    "FREQ=WEEKLY;UNTIL=20270201T000000Z",
];

/// A timing; without a rule that fits its start, a single one.
fn timing(span: Span, rule: Option<&str>, added: Option<i64>) -> Timing {
    let rule = rule.and_then(|rule| {
        let rule = if span.is_all_day() { rule.replace("T000000Z", "") } else { rule.to_owned() };
        Rule::parse(&rule, &span).ok()
    });
    let Some(rule) = rule else { return Timing::from(span) };
    let mut recurrence = Recurrence::from(rule);
    if let Some(days) = added {
        let key = match span.key() {
            OccurrenceKey::Date(date) => OccurrenceKey::Date(date + days.days()),
            OccurrenceKey::Time(wall) => OccurrenceKey::Time(wall + days.days()),
        };
        recurrence.added.insert(key);
    }
    match recurrence.fitted(&span) {
        Ok(recurrence) => Timing { span, recurrence: Some(recurrence) },
        Err(_) => Timing::from(span),
    }
}

fn timings() -> impl Strategy<Value = Timing> {
    let repeats = prop_oneof![1 => Just(None), 1 => among(&RULES).prop_map(Some)];
    (spans(), repeats, option::weighted(0.2, 3i64..40))
        .prop_map(|(span, rule, added)| timing(span, rule, added))
}

fn guests() -> impl Strategy<Value = Vec<Attendee>> {
    let addresses = [ME, "ann@example.org", "bob@example.org", "cy@example.org", "room-1@example.org"];
    let answers = [Answer::Awaited, Answer::Accepted, Answer::Tentative, Answer::Declined];
    let roles = [Role::Required, Role::Optional, Role::Resource];
    let guest = (among(&addresses), among(&["", "Ann", "Anna Miller"]), among(&answers), among(&roles))
        .prop_map(|(address, name, answer, role)| Attendee {
            address: address.into(),
            name: name.into(),
            answer,
            role,
        });
    vec(guest, 0..4)
}

fn reminders() -> impl Strategy<Value = Reminders> {
    let one =
        (among(&[0u32, 5, 10, 60, 40_320, 50_000]), any::<bool>()).prop_map(|(minutes_before, mail)| {
            Reminder { minutes_before, by: if mail { ReminderBy::Email } else { ReminderBy::Popup } }
        });
    prop_oneof![Just(Reminders::Calendar), vec(one, 0..8).prop_map(Reminders::Own)]
}

fn attachments() -> impl Strategy<Value = Vec<Attachment>> {
    let one = (0u8..3, lines())
        .prop_map(|(n, title)| Attachment { url: format!("https://files.example/{n}"), title });
    vec(one, 0..3)
}

fn organisers() -> impl Strategy<Value = Option<Organiser>> {
    option::of(
        among(&["Ann", "Anna Miller", ""])
            .prop_map(|name| Organiser { address: "boss@example.org".into(), name: name.to_owned() }),
    )
}

fn statuses() -> impl Strategy<Value = Status> {
    prop_oneof![4 => Just(Status::Confirmed), 2 => Just(Status::Tentative), 1 => Just(Status::Cancelled)]
}

fn privacies() -> impl Strategy<Value = Privacy> {
    prop_oneof![
        4 => Just(Privacy::Default),
        1 => Just(Privacy::Public),
        1 => Just(Privacy::Private),
        1 => Just(Privacy::Confidential)
    ]
}

/// A value of any field but time.
pub(crate) fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => lines().prop_map(Value::Title),
        3 => texts().prop_map(Value::Description),
        2 => lines().prop_map(Value::Location),
        1 => Just(Value::Conference("https://meet.example/anna".to_owned())),
        1 => Just(Value::Conference(String::new())),
        1 => statuses().prop_map(Value::Status),
        1 => any::<bool>().prop_map(|b| Value::Availability(if b { Availability::Busy } else { Availability::Free })),
        1 => privacies().prop_map(Value::Privacy),
        1 => option::of(among(&Colour::ALL)).prop_map(Value::Colour),
        1 => organisers().prop_map(Value::Organiser),
        3 => guests().prop_map(Value::Attendees),
        1 => reminders().prop_map(Value::Reminders),
        1 => attachments().prop_map(Value::Attachments),
    ]
}

/// One change, by a person on either side.
#[derive(Clone)]
pub(crate) enum Edit {
    /// Another value for a field.
    Set(Value),
    /// Another time, and another or no rule.
    Time(Timing),
    /// Later by so many minutes (all-day: days), the whole series with its occurrences.
    Shift(i64),
    /// One guest's answer.
    Answer(usize, Answer),
    /// One occurrence gets a value of its own.
    Part(usize, Value),
    /// One occurrence is moved by so many minutes (all-day: days).
    MovePart(usize, i64),
    /// One occurrence does not take place.
    CancelPart(usize),
    /// One occurrence is again as its series has it.
    PlainPart(usize),
}

impl std::fmt::Debug for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let json = |value: &Value| {
            serde_json::to_string(value).unwrap().replace("zzzzzzzz", "~").replace("äbäbäbäb", "~")
        };
        match self {
            Edit::Set(value) => write!(f, "set {}", json(value)),
            Edit::Time(time) => write!(f, "set {}", json(&Value::Time(time.clone()))),
            Edit::Shift(by) => write!(f, "shift by {by}"),
            Edit::Answer(n, answer) => write!(f, "guest {n} answers {answer:?}"),
            Edit::Part(n, value) => write!(f, "occurrence {n}: set {}", json(value)),
            Edit::MovePart(n, by) => write!(f, "occurrence {n}: shift by {by}"),
            Edit::CancelPart(n) => write!(f, "occurrence {n}: cancel"),
            Edit::PlainPart(n) => write!(f, "occurrence {n}: as usual"),
        }
    }
}

pub(crate) fn edits() -> impl Strategy<Value = Edit> {
    let answers = [Answer::Awaited, Answer::Accepted, Answer::Declined];
    prop_oneof![
        6 => values().prop_map(Edit::Set),
        2 => timings().prop_map(Edit::Time),
        2 => prop_oneof![Just(60i64), Just(-30), Just(1440), Just(2)].prop_map(Edit::Shift),
        1 => (0usize..4, among(&answers)).prop_map(|(n, a)| Edit::Answer(n, a)),
        4 => (0usize..6, values()).prop_map(|(n, v)| Edit::Part(n, v)),
        2 => (0usize..6, among(&[30i64, 60, -15])).prop_map(|(n, m)| Edit::MovePart(n, m)),
        2 => (0usize..6).prop_map(Edit::CancelPart),
        2 => (0usize..6).prop_map(Edit::PlainPart),
    ]
}

fn moved(span: &Span, by: i64) -> Span {
    match span {
        Span::Timed(t) => {
            let zone = |m: &Moment| m.zone().clone();
            let wall = |m: &Moment| m.wall() + by.minutes();
            let start = Moment::new(wall(t.start()), zone(t.start()));
            let end = start.instant() + span.duration();
            Span::timed(start, Moment::at(end, zone(t.end()))).unwrap()
        }
        Span::Floating(f) => Span::floating(f.start() + by.minutes(), f.end() + by.minutes()).unwrap(),
        Span::AllDay(d) => Span::days(d.start() + (by % 3).days(), d.end() + (by % 3).days()).unwrap(),
    }
}

/// The names of the first occurrences, as the series alone has them.
pub(crate) fn keys(view: &View) -> Vec<OccurrenceKey> {
    if !view.is_series() {
        return Vec::new();
    }
    let utc = Zone::utc();
    let from = view.time.span.start_instant(&utc) - SignedDuration::from_hours(48);
    let window = (from, from + SignedDuration::from_hours(24 * 60));
    let all = recurrence::expand(&view.time, &BTreeMap::new(), window, &utc).unwrap_or_default();
    let mut keys: Vec<_> = all.into_iter().map(|o| o.key).take(6).collect();
    keys.sort();
    keys
}

/// Makes a change, as a calendar that holds everything would.
pub(crate) fn edit(view: &mut View, change: &Edit) {
    let key = |view: &View, n: usize| {
        let keys = keys(view);
        (!keys.is_empty()).then(|| keys[n % keys.len()])
    };
    match change {
        Edit::Set(value) => view.set(value.clone()),
        Edit::Time(time) => {
            view.time = time.clone();
            let time = view.time.clone();
            view.overrides.retain(|key, _| recurrence::occurs(&time, *key).unwrap_or(false));
        }
        Edit::Shift(by) => {
            let time = Timing { span: moved(&view.time.span, *by), recurrence: view.time.recurrence.clone() };
            let patch = Patch::from([(Field::Time, Value::Time(time))]);
            if let Ok(edited) = recurrence::edit_all(view, &patch) {
                *view = edited;
            }
        }
        Edit::Answer(n, answer) => {
            let count = view.attendees.len();
            if let Some(guest) = view.attendees.get_mut(n % count.max(1)) {
                guest.answer = *answer;
            }
        }
        Edit::Part(n, value) => {
            if let Some(key) = key(view, *n) {
                let mut one = view.occurrence(key).unwrap_or_else(|| plain(view, key));
                one.set(value.clone());
                one.normalise();
                put(view, key, &one);
            }
        }
        Edit::MovePart(n, by) => {
            if let Some(key) = key(view, *n) {
                let mut one = view.occurrence(key).unwrap_or_else(|| plain(view, key));
                one.time.span = moved(&one.time.span, *by);
                put(view, key, &one);
            }
        }
        Edit::CancelPart(n) => {
            if let Some(key) = key(view, *n) {
                view.overrides.insert(key, Override::Cancelled);
            }
        }
        Edit::PlainPart(n) => {
            if let Some(key) = key(view, *n) {
                view.overrides.remove(&key);
            }
        }
    }
    view.normalise();
    // Nobody keeps a series that has no occurrence (BM-053).
    if recurrence::is_empty(&view.time, &view.overrides) {
        view.overrides.clear();
    }
}

fn plain(view: &View, key: OccurrenceKey) -> View {
    View { overrides: BTreeMap::new(), ..view.clone() }.occurrence(key).unwrap()
}

fn put(view: &mut View, key: OccurrenceKey, one: &View) {
    match view.override_for(key, one) {
        Some(change) => view.overrides.insert(key, change),
        None => view.overrides.remove(&key),
    };
}

/// A time in Berlin, `2026-10-21 10:00`, of so many minutes, with or without a rule.
pub(crate) fn timed(start: &str, minutes: i64, rule: Option<&str>) -> Timing {
    let start = Moment::new(DateTime::strptime("%Y-%m-%d %H:%M", start).unwrap(), zone("Europe/Berlin"));
    let end = start.instant() + SignedDuration::from_mins(minutes);
    timing(Span::timed(start, Moment::at(end, zone("Europe/Berlin"))).unwrap(), rule, None)
}

/// A view with anything in it.
pub(crate) fn views() -> impl Strategy<Value = View> {
    (timings(), lines(), vec(values(), 0..6), vec(edits(), 0..5)).prop_map(|(time, title, values, parts)| {
        let mut view = View::new(time, title);
        for value in values {
            view.set(value);
        }
        view.normalise();
        for part in
            parts.iter().filter(|p| matches!(p, Edit::Part(..) | Edit::MovePart(..) | Edit::CancelPart(_)))
        {
            edit(&mut view, part);
        }
        view
    })
}

/// An event with anything in it.
pub(crate) fn events() -> impl Strategy<Value = Event> {
    let booking = (option::of(Just("one_on_one".to_owned())), texts(), any::<bool>());
    let personal = option::of((reminders(), option::of(among(&Colour::ALL))));
    (views(), booking, personal, any::<bool>()).prop_map(
        |(content, (kind, notes, roster), personal, imported)| {
            let mut event = event(content);
            event.booking = Booking {
                session_type: kind,
                clients: if roster {
                    vec![ClientId(Uuid::from_u128(21)), ClientId(Uuid::from_u128(22))]
                } else {
                    Vec::new()
                },
                participants: vec![CLIENT, COLLEAGUE],
                notes,
                tags: vec!["tag".to_owned()],
                ..Booking::default()
            };
            if let Some((mut reminders, colour)) = personal {
                if let Reminders::Own(list) = &mut reminders {
                    list.sort();
                    list.dedup();
                }
                let own = Personal { availability: Availability::Free, colour, reminders };
                event.personal.insert(CLIENT, own);
            }
            if imported {
                event.origin = Origin::Link(HOME);
            }
            event
        },
    )
}

/// A plain event with that content.
pub(crate) fn event(content: View) -> Event {
    Event {
        id: EventId(Uuid::from_u128(100)),
        workspace: WorkspaceId(Uuid::from_u128(0)),
        owner: OWNER,
        uid: "100@example.org".to_owned(),
        rev: Rev(1),
        origin: Origin::Platform,
        content,
        booking: Booking::default(),
        personal: BTreeMap::new(),
        accepted: BTreeMap::new(),
        created_at: now(),
        updated_at: now(),
        deleted_at: None,
    }
}

/// As a Google calendar is.
pub(crate) fn google_like() -> Capabilities {
    let lacking = FieldSet::NONE.with(Field::Conference).with(Field::Organiser).with(Field::Attachments);
    Capabilities {
        fields: FieldSet::ALL.minus(lacking),
        read_only: lacking,
        floating: false,
        zero_length: false,
        cancelled: false,
        title_limit: 1024,
        location_limit: 1024,
        description_limit: 8192,
        reminders_limit: 5,
        reminder_minutes_limit: 40_320,
        invites: capability::Invites::WhenAsked,
        privacy: capability::Privacies::NoConfidential,
        stamp_ms: 2000,
        ..Capabilities::everything()
    }
}

/// As a poor database is: occurrences only, one zone, a title and a time.
pub(crate) fn occurrences_only() -> Capabilities {
    let fields = FieldSet::NONE
        .with(Field::Time)
        .with(Field::Title)
        .with(Field::Description)
        .with(Field::Status)
        .with(Field::Location);
    Capabilities {
        fields,
        read_only: FieldSet::NONE,
        series: capability::Series::Occurrences,
        two_zones: false,
        invites: capability::Invites::WhenAsked,
        privacy: capability::Privacies::None,
        reminders_limit: 0,
        title_limit: 2000,
        description_limit: 2000,
        stamp_ms: 60_000,
        ..Capabilities::everything()
    }
}

pub(crate) fn capabilities() -> impl Strategy<Value = Capabilities> {
    prop_oneof![Just(Capabilities::everything()), Just(google_like()), Just(occurrences_only())]
}

/// Every way to be seen.
pub(crate) fn sights() -> impl Strategy<Value = Sight> {
    (
        among(&[Detail::Full, Detail::Title, Detail::Busy]),
        among(&[PrivateEvents::Exclude, PrivateEvents::Busy, PrivateEvents::Show]),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(detail, private, notes, guests)| Sight {
            detail,
            private,
            client_names: ClientNames::Hidden,
            notes,
            contacts: false,
            guests,
        })
}

pub(crate) fn policies() -> impl Strategy<Value = Policy> {
    among(&[Policy::LastWriteWins, Policy::KeepPlatform, Policy::KeepExternal, Policy::Ask])
}

pub(crate) fn settings() -> impl Strategy<Value = Settings> {
    (sights(), policies(), policies()).prop_map(|(sight, conflicts, booking_time)| Settings {
        sight,
        conflicts,
        booking_time,
        ..Settings::default()
    })
}

/// Who looks.
pub(crate) fn looks() -> impl Strategy<Value = (Eyes, UserId)> {
    among(&[(Eyes::Home, OWNER), (Eyes::Owner, OWNER), (Eyes::Participant, CLIENT)])
}

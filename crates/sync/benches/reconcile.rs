//! How many mappings a second one core decides about: `cargo bench -p concord-sync --bench reconcile --profile fast`.
//!
//! The mark is 500,000 unchanged mappings a second, with everything in it: showing the event through the lens of a
//! Google calendar, and comparing both sides with their base.

use std::collections::BTreeMap;

use concord_model::agreed::Base;
use concord_model::capability::{Invites, Privacies};
use concord_model::event::{Booking, Event, Origin};
use concord_model::link::Settings;
use concord_model::observed::{Hold, Theirs, Versions};
use concord_model::recurrence::{Recurrence, Rule};
use concord_model::view::{Override, Patch, Reminder, ReminderBy, Reminders, Timing, Value};
use concord_model::{
    Capabilities, EventId, Field, FieldSet, Moment, OccurrenceKey, Rev, Span, UserId, View, WorkspaceId, Zone,
};
use concord_sync::decide::{Copy, Side, Situation};
use concord_sync::lens::{Eyes, Shown};
use concord_sync::{Decision, Lens, decide};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use uuid::Uuid;

const MAPPINGS: usize = 10_000;
const OWNER: UserId = UserId(Uuid::from_u128(1));

fn main() {
    divan::main();
}

/// A calendar as a trainer has it: mostly single sessions, some weekly ones, a few of them with changed occurrences.
fn event(n: usize) -> Event {
    let zone = Zone::new("Europe/Berlin").expect("it is in the database");
    let day = date(2026, 1, 1) + i64::try_from(n % 365).unwrap_or(0).days();
    let start = Moment::new(day.at(8 + i8::try_from(n % 10).unwrap_or(0), 0, 0, 0), zone.clone());
    let end = Moment::at(start.instant() + SignedDuration::from_mins(60), zone);
    let span = Span::timed(start, end).expect("an hour later is later");
    let rule = Rule::parse("FREQ=WEEKLY;COUNT=20", &span).expect("it fits");
    let recurrence = (n % 20 >= 17).then(|| Recurrence::from(rule));
    let mut view = View::new(Timing { span, recurrence }, format!("Coaching with client number {n}"));
    view.description =
        "Bring shoes, a towel and something to drink. We begin on time and end on time.\n".repeat(2);
    view.description.truncate(view.description.len() - 1);
    view.location = "Studio A, Long Street 12, Cape Town".to_owned();
    if n.is_multiple_of(3) {
        view.reminders = Reminders::Own(vec![Reminder { minutes_before: 30, by: ReminderBy::Popup }]);
    }
    if n % 20 == 19 {
        for week in 1..4i64 {
            let OccurrenceKey::Time(first) = view.time.span.key() else { continue };
            let patch = Patch::from([(Field::Location, Value::Location(format!("Studio {week}")))]);
            view.overrides.insert(OccurrenceKey::Time(first + week.weeks()), Override::Changed(patch));
        }
    }
    view.normalise();
    let at = Timestamp::UNIX_EPOCH;
    Event {
        id: EventId(Uuid::from_u128(n as u128)),
        workspace: WorkspaceId(Uuid::from_u128(0)),
        owner: OWNER,
        uid: format!("{n}@example.org"),
        rev: Rev(1),
        origin: Origin::Platform,
        content: view,
        booking: Booking {
            session_type: Some("one_on_one".to_owned()),
            notes: "left knee".to_owned(),
            ..Booking::default()
        },
        personal: BTreeMap::new(),
        accepted: BTreeMap::new(),
        created_at: at,
        updated_at: at,
        deleted_at: None,
    }
}

fn google_like() -> Capabilities {
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
        invites: Invites::WhenAsked,
        privacy: Privacies::NoConfidential,
        stamp_ms: 2000,
        ..Capabilities::everything()
    }
}

struct Link {
    able: Capabilities,
    settings: Settings,
    zone: Zone,
    pairs: Vec<(Event, Base, Theirs)>,
}

impl Link {
    /// All copies as agreed.
    fn agreed() -> Link {
        let mut link =
            Link { able: google_like(), settings: Settings::default(), zone: Zone::utc(), pairs: Vec::new() };
        link.pairs = (0..MAPPINGS)
            .map(|n| {
                let event = event(n);
                let Shown::As(seen) = link.lens().show(&event, Timestamp::UNIX_EPOCH) else {
                    unreachable!("nothing hides it")
                };
                let base = Base::of(seen.view.clone(), seen.view.clone());
                let theirs = Theirs {
                    view: seen.view,
                    versions: Versions::default(),
                    stamp: None,
                    hold: Hold::Free,
                    page: None,
                    left_out: Default::default(),
                };
                (event, base, theirs)
            })
            .collect();
        link
    }

    fn lens(&self) -> Lens<'_> {
        Lens {
            able: &self.able,
            settings: &self.settings,
            person: OWNER,
            eyes: Eyes::Owner,
            zone: &self.zone,
            hidden: &[],
        }
    }

    fn decide(&self) -> usize {
        let lens = self.lens();
        let mut quiet = 0;
        for (event, base, theirs) in &self.pairs {
            let decision = decide(&Situation {
                lens: &lens,
                event: black_box(event),
                part: None,
                base: Some(base),
                copy: Copy::Living,
                theirs: Side::AsAgreed(theirs),
                home_hold: Hold::Free,
                writable: true,
                enabled: true,
                in_window: true,
                own: &[],
                question: None,
                now: Timestamp::UNIX_EPOCH,
            });
            quiet += usize::from(black_box(decision) == Decision::default());
        }
        quiet
    }
}

/// Nothing was changed on either side.
#[divan::bench(min_time = 2)]
fn unchanged(bencher: Bencher<'_, '_>) {
    let link = Link::agreed();
    assert_eq!(link.decide(), MAPPINGS);
    bencher.counter(ItemsCount::new(MAPPINGS)).bench_local(|| link.decide());
}

/// Every title was changed here and every place there.
#[divan::bench(min_time = 2)]
fn changed_on_both_sides(bencher: Bencher<'_, '_>) {
    let mut link = Link::agreed();
    for (event, _, theirs) in &mut link.pairs {
        event.content.title.push('!');
        theirs.view.location.push('!');
    }
    assert_eq!(link.decide(), 0);
    bencher.counter(ItemsCount::new(MAPPINGS)).bench_local(|| link.decide());
}

//! Laws, on generated events and generated stories, through the adapter and the twin.

use concord_model::observed::{Observation, Theirs};
use concord_model::recurrence::{Recurrence, occurs};
use concord_model::view::{Availability, Colour, Override, Status};
use concord_model::{OccurrenceKey, Zone};
use concord_providers::provider::{Write, Written};
use jiff::ToSpan;
use proptest::prelude::*;

use super::*;
use crate::contract::{at, class, comparable, create, made, reading, same, theirs, update, write};

/// Runs a story to its end.
fn play<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(story)
}

// --- Stable: what is written is read as what was meant

const RULES: &[&str] = &[
    "RRULE:FREQ=DAILY;COUNT=20",
    "RRULE:FREQ=WEEKLY;COUNT=12",
    "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH",
    "RRULE:FREQ=MONTHLY;BYDAY=-1TU",
    "RRULE:FREQ=WEEKLY;UNTIL=20270301T090000Z",
];

prop_compose! {
    fn odd_views()(
        day in 0i32..400,
        minute in 0i64..1440,
        length in 1i64..3000,
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
        end_zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "Pacific/Auckland"]),
        all_day in any::<bool>(),
        rule in prop::option::of(prop::sample::select(RULES[..4].to_vec())),
        title in "[a-zé☕<>&\"]{0,12}",
        description in "([a-z<>&;☕]|\n|<b>|<br>|</p>|&amp;|  ){0,12}",
        tentative in any::<bool>(),
        free in any::<bool>(),
        colour in prop::option::of(prop::sample::select(Colour::ALL.to_vec())),
    ) -> View {
        let first: jiff::civil::Date = "2026-11-01".parse().unwrap();
        let date = first.checked_add(day.days()).unwrap();
        let span = if all_day {
            Span::days(date, date.checked_add((length % 5 + 1).days()).unwrap()).unwrap()
        } else {
            let zone = Zone::new(zone).unwrap();
            let wall = date.at(0, 0, 0, 0).checked_add(minute.minutes()).unwrap();
            // Told as an instant, so that it is a wall time that there is.
            let start = Moment::at(Moment::new(wall, zone.clone()).instant(), zone);
            let end = start.instant().checked_add(length.minutes()).unwrap();
            Span::timed(start, Moment::at(end, Zone::new(end_zone).unwrap())).unwrap()
        };
        let mut view = View::new(span.clone(), concord_model::text::line(&title));
        if let Some(rule) = rule {
            view.time.recurrence = Some(Recurrence::parse(&[rule], &span).unwrap().0);
        }
        view.description = concord_model::text::normal(&description);
        view.status = if tentative { Status::Tentative } else { Status::Confirmed };
        view.availability = if free { Availability::Free } else { Availability::Busy };
        view.colour = colour;
        view
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn an_odd_event_is_read_as_it_was_meant(view in odd_views(), other in odd_views()) {
        play(async {
            let world = World::new();
            let (id, told) = contract::make(&world, 1, view.clone()).await;
            same(&world, &told.view, &view);
            same(&world, &theirs(&world, &id).await.view, &view);
            // And changed into any other, also of another kind.
            let told = contract::change(&world, &id, &told, other.clone()).await;
            same(&world, &told.view, &other);
            same(&world, &theirs(&world, &id).await.view, &other);
        });
    }
}

// --- stories: we and a person edit one series, and the network is bad

#[derive(Clone, Debug)]
enum Deed {
    Retitle(u8),
    Place(u8),
    /// The whole series, so many hours later or earlier.
    Shift(i64),
    Rule(usize),
    Occurrence {
        week: i64,
        title: u8,
    },
    Move {
        week: i64,
        hours: i64,
    },
    Cancel(i64),
    Restore(i64),
    /// A person changes the series, or an occurrence that is there.
    Person {
        week: Option<i64>,
        title: u8,
    },
    PersonCancels(i64),
    Lose {
        loss: u8,
        skip: u32,
    },
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let week = || 1i64..8;
    let deed = prop_oneof![
        2 => any::<u8>().prop_map(Deed::Retitle),
        1 => any::<u8>().prop_map(Deed::Place),
        1 => (-3i64..4).prop_map(Deed::Shift),
        1 => (0..RULES.len()).prop_map(Deed::Rule),
        4 => (week(), any::<u8>()).prop_map(|(week, title)| Deed::Occurrence { week, title }),
        2 => (week(), -5i64..6).prop_map(|(week, hours)| Deed::Move { week, hours }),
        3 => week().prop_map(Deed::Cancel),
        3 => week().prop_map(Deed::Restore),
        1 => (prop::option::of(week()), any::<u8>()).prop_map(|(week, title)| Deed::Person { week, title }),
        1 => week().prop_map(Deed::PersonCancels),
        2 => (0u8..5, 0u32..5).prop_map(|(loss, skip)| Deed::Lose { loss, skip }),
    ];
    prop::collection::vec(deed, 1..14)
}

/// A series of whole days.
fn rent() -> View {
    let span = Span::days("2026-11-24".parse().unwrap(), "2026-11-26".parse().unwrap()).unwrap();
    let recurrence = Recurrence::parse(&["RRULE:FREQ=WEEKLY"], &span).unwrap().0;
    View { time: concord_model::view::Timing { span, recurrence: Some(recurrence) }, ..class("Rent") }
}

/// A series whose days are others in UTC, over a change of clocks, and over midnight.
fn class_abroad() -> View {
    let zone = Zone::new("Pacific/Auckland").unwrap();
    let moment = |wall: &str| Moment::new(wall.parse().unwrap(), zone.clone());
    let span = Span::timed(moment("2026-09-15T23:30:00"), moment("2026-09-16T00:30:00")).unwrap();
    let recurrence = Recurrence::parse(&["RRULE:FREQ=WEEKLY;COUNT=10"], &span).unwrap().0;
    View { time: concord_model::view::Timing { span, recurrence: Some(recurrence) }, ..class("Abroad") }
}

/// The name of the occurrence of that week.
fn week(view: &View, week: i64) -> OccurrenceKey {
    match view.time.span.key() {
        OccurrenceKey::Date(date) => OccurrenceKey::Date(date.checked_add(week.weeks()).unwrap()),
        OccurrenceKey::Time(wall) => OccurrenceKey::Time(wall.checked_add(week.weeks()).unwrap()),
    }
}

/// What people see: what does not take place in a rule that has no such occurrence says nothing.
fn visible(world: &World, view: &View) -> View {
    let mut view = comparable(world, view);
    let time = view.time.clone();
    view.overrides.retain(|key, change| *change != Override::Cancelled || occurs(&time, *key).unwrap());
    view
}

/// The view after one of our own deeds; `None` where it makes no sense.
fn after(known: &View, deed: &Deed) -> Option<View> {
    let mut view = known.clone();
    match deed {
        Deed::Retitle(n) => view.title = format!("Class {n}"),
        Deed::Place(n) => view.location = format!("Room {n}"),
        Deed::Shift(hours) => {
            let Span::Timed(timed) = &view.time.span else { return None };
            let shift = |wall: jiff::civil::DateTime| wall.checked_add(hours.hours()).unwrap();
            let later = |moment: &Moment| Moment::new(shift(moment.wall()), moment.zone().clone());
            let span = Span::timed(later(timed.start()), later(timed.end())).unwrap();
            let rules = view.time.recurrence.as_ref()?.to_lines(&view.time.span, &Default::default());
            view.time.recurrence = Some(Recurrence::parse(&rules, &span).ok()?.0);
            view.time.span = span;
            // Exceptions keep their place in the series.
            let overrides = std::mem::take(&mut view.overrides);
            view.overrides = overrides
                .into_iter()
                .filter_map(|(key, change)| match key {
                    OccurrenceKey::Time(wall) => Some((OccurrenceKey::Time(shift(wall)), change)),
                    OccurrenceKey::Date(_) => None,
                })
                .collect();
        }
        Deed::Rule(n) => {
            let (recurrence, _) = Recurrence::parse(&[RULES[*n]], &view.time.span).ok()?;
            view.time.recurrence = Some(recurrence);
        }
        Deed::Occurrence { week: n, title } => {
            let key = week(&view, *n);
            let mut one = view.occurrence(key)?;
            one.title = format!("Special {title}");
            set(&mut view, key, &one);
        }
        Deed::Move { week: n, hours } => {
            let key = week(&view, *n);
            let mut one = view.occurrence(key)?;
            let moved = match key {
                OccurrenceKey::Time(wall) => OccurrenceKey::Time(wall.checked_add(hours.hours()).unwrap()),
                OccurrenceKey::Date(date) => OccurrenceKey::Date(date.checked_add(hours.days()).unwrap()),
            };
            one.time.span = view.time.span.starting(moved)?;
            set(&mut view, key, &one);
        }
        Deed::Cancel(n) => drop(view.overrides.insert(week(&view, *n), Override::Cancelled)),
        Deed::Restore(n) => drop(view.overrides.remove(&week(&view, *n))),
        Deed::Person { .. } | Deed::PersonCancels(_) | Deed::Lose { .. } => return None,
    }
    // Only what the series has can be different or missing; the platform knows that.
    let time = view.time.clone();
    view.overrides.retain(|key, _| occurs(&time, *key).unwrap());
    view.normalise();
    Some(view)
}

fn set(view: &mut View, key: OccurrenceKey, one: &View) {
    let plain = View { overrides: Default::default(), ..view.clone() };
    match plain.override_for(key, one) {
        Some(change) => drop(view.overrides.insert(key, change)),
        None => drop(view.overrides.remove(&key)),
    }
}

/// As the engine does: what was written, laid over what was meant.
fn settled(written: Written, known: &Theirs, meant: &View) -> Theirs {
    made(written, Some(&Theirs { view: meant.clone(), ..known.clone() }))
}

async fn story(quirks: Value, series: View, deeds: Vec<Deed>) {
    let world = World::with(quirks);
    let id = loop {
        let create = create(&world, 1, series.clone());
        let Write::Create { id, .. } = &create else { unreachable!() };
        let id = id.clone();
        if write(&world, create).await.is_ok() {
            break id;
        }
    };
    let mut known = theirs(&world, &id).await;
    let (mut edited, mut bad_network) = (false, false);
    for deed in deeds {
        let occurrence = |known: &Theirs, n: i64| {
            let key = week(&known.view, n);
            let there = occurs(&known.view.time, key).unwrap() && known.view.occurrence(key).is_some();
            let start = known.view.time.span.starting(key)?.start_instant(&Zone::utc());
            let name = match key {
                OccurrenceKey::Date(date) => date.strftime("%Y%m%d").to_string(),
                OccurrenceKey::Time(_) => Zone::utc().wall(start).strftime("%Y%m%dT%H%M%SZ").to_string(),
            };
            there.then(|| ExternalId(format!("{id}_{name}")))
        };
        match &deed {
            Deed::Person { week: None, title } => {
                world.person_retitles(&id, &format!("Theirs {title}"));
                edited = true;
                continue;
            }
            Deed::Person { week: Some(n), title } => {
                if let Some(part) = occurrence(&known, *n).filter(|_| !edited) {
                    world.person_retitles(&part, &format!("Theirs {title}"));
                    edited = true;
                }
                continue;
            }
            Deed::PersonCancels(n) => {
                if let Some(part) = occurrence(&known, *n).filter(|_| !edited) {
                    world.person_deletes(&part);
                    edited = true;
                }
                continue;
            }
            Deed::Lose { loss, skip } => {
                let losses = [Loss::Request, Loss::Answer, Loss::Half, Loss::Garbage, Loss::Trouble];
                world.lose(losses[usize::from(*loss)], *skip);
                bad_network = true;
                continue;
            }
            _ => {}
        }
        let Some(meant) = after(&known.view, &deed) else { continue };
        let answer = write(&world, update(&world, &id, &known, meant.clone())).await;
        world.control("DELETE", "faults", json!({}));
        match answer {
            Ok(written) => {
                let told = settled(written, &known, &meant);
                assert_eq!(visible(&world, &told.view), visible(&world, &meant), "told after {deed:?}");
                let read = theirs(&world, &id).await;
                if !edited {
                    assert_eq!(visible(&world, &read.view), visible(&world, &meant), "read after {deed:?}");
                    for (key, version) in &read.versions.parts {
                        let seen = told.versions.parts.get(key);
                        // Of what is as the series has it, or is not at all, no version need be known; a wrong one
                        // would cost a look.
                        let matters = matches!(read.view.overrides.get(key), Some(Override::Changed(_)));
                        let unknown = seen.is_none() && !matters;
                        let hole = match read.view.overrides.get(key) {
                            Some(Override::Cancelled) => true,
                            Some(Override::Changed(_)) => false,
                            // What is left of a series that was moved names an occurrence that it does not have.
                            None => !occurs(&read.view.time, *key).unwrap_or(true),
                        };
                        assert!(
                            seen == Some(version) || unknown || hole,
                            "the version of {key} after {deed:?}"
                        );
                    }
                    assert_eq!(told.versions.whole, read.versions.whole, "after {deed:?}");
                } else {
                    // Nothing of theirs was lost: it is there, and we did not claim to have seen it.
                    let titles: Vec<Value> =
                        world.events().iter().map(|event| event["summary"].clone()).collect();
                    let theirs_there =
                        titles.iter().any(|t| t.as_str().is_some_and(|t| t.starts_with("Theirs")));
                    let holes = world.events().iter().any(|event| event["status"] == "cancelled");
                    assert!(theirs_there || holes, "after {deed:?}: {titles:?}");
                }
                known = if edited { read } else { told };
                if edited {
                    edited = false;
                }
            }
            Err(answer) => {
                let unknown = answer.may_have_happened() || matches!(answer, Answer::Transient(_));
                let expected = (edited && (answer == Answer::Stale || unknown)) || (bad_network && unknown);
                assert!(expected, "{answer:?} after {deed:?}");
                // Look, and go on from there.
                known = theirs(&world, &id).await;
                edited = false;
            }
        }
        bad_network = false;
    }
    world.control("DELETE", "faults", json!({}));
    // What a listing tells is what a read tells.
    let mut seen = Observation::default();
    for item in world.items().await {
        seen.add(item, world.access().now);
    }
    let (listed, read) = (seen.over(None).unwrap(), theirs(&world, &id).await);
    assert_eq!((listed.view, listed.versions), (read.view, read.versions));
    assert_eq!(world.titles().len(), 1, "no doubles");
    assert_eq!(contract::World::mails(&world), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn what_was_told_of_a_write_is_what_is_there(
        quirks in prop::sample::select(vec![
            json!({}),
            json!({ "bareOccurrences": true }),
            json!({ "sparseTombstones": false, "childTombstones": true }),
            json!({ "emptyPages": true, "omitEmptyItems": true }),
        ]),
        series in prop::sample::select(vec![class("Class"), rent(), class_abroad()]),
        deeds in deeds(),
    ) {
        play(story(quirks, series, deeds));
    }
}

/// An event that was written is never more than one, whatever is lost on the way and however often it is tried.
#[tokio::test]
async fn a_create_that_is_tried_again_under_any_loss_makes_one() {
    for (skip, losses) in [[0u32, 1], [1, 0], [0, 0], [2, 1], [3, 0]].into_iter().enumerate() {
        for loss in [Loss::Request, Loss::Answer, Loss::Half, Loss::Garbage, Loss::Trouble] {
            let world = World::new();
            let mut series = class("Class");
            let key = week(&series, 1);
            let mut one = series.occurrence(key).unwrap();
            one.time.span = at("2026-12-02T15:00:00", "2026-12-02T16:00:00");
            set(&mut series, key, &one);
            let create = || create(&world, 1, series.clone());
            let Write::Create { id, .. } = create() else { unreachable!() };
            for skip in losses {
                world.lose(loss, skip);
                let _ = write(&world, create()).await;
            }
            world.control("DELETE", "faults", json!({}));
            // Recovery: look first, then bring what is there to what is meant.
            let known = match reading(&world, &id).await {
                Reading::Present(items) => Observation::read(items, world.access().now).over(None).unwrap(),
                _ => made(write(&world, create()).await.unwrap(), None),
            };
            if visible(&world, &known.view) != visible(&world, &series) {
                let written = write(&world, update(&world, &id, &known, series.clone())).await.unwrap();
                same(&world, &settled(written, &known, &series).view, &series);
            }
            same(&world, &theirs(&world, &id).await.view, &series);
            assert_eq!(world.titles(), ["Class"], "{loss:?} {losses:?} {skip}");
        }
    }
}

//! GetPut, PutGet and Blind, for every calendar, every setting and everyone who looks.

use concord_model::event::Event;
use concord_model::link::Settings;
use concord_model::view::Status;
use concord_model::{Capabilities, Field, OccurrenceKey, UserId, View, Zone};
use concord_sync::Lens;
use concord_sync::lens::{Eyes, HiddenText, Seen, Shown};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::odd;

/// How many cases each law is tried on, unless `PROPTEST_CASES` asks for another number. For a long night: a million.
const CASES: u32 = 5_000;
/// What proptest says when nobody asked.
const UNASKED: u32 = 256;

pub(crate) fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    let unasked = usual.cases == UNASKED;
    ProptestConfig {
        cases: if unasked { CASES } else { usual.cases },
        failure_persistence: None,
        max_global_rejects: u32::MAX,
        max_local_rejects: u32::MAX,
        ..usual
    }
}

pub(crate) fn lens<'a>(
    able: &'a Capabilities,
    settings: &'a Settings,
    (eyes, person): (Eyes, UserId),
    zone: &'a Zone,
    hidden: &'a [HiddenText],
) -> Lens<'a> {
    Lens { able, settings, person, eyes, zone, hidden }
}

/// What is shown, of the whole or of an occurrence where the calendar has no series.
pub(crate) fn shown(lens: &Lens<'_>, event: &Event, part: Option<OccurrenceKey>) -> Option<Seen> {
    match lens.show_part(event, part, odd::now()) {
        Shown::As(seen) => Some(*seen),
        Shown::Not(_) => None,
    }
}

pub(crate) fn part(lens: &Lens<'_>, event: &Event, n: usize) -> Option<OccurrenceKey> {
    let series =
        lens.able.series == concord_model::capability::Series::Occurrences && event.content.is_series();
    let keys = odd::keys(&event.content);
    (series && !keys.is_empty()).then(|| keys[n % keys.len()])
}

/// What a calendar of that kind would hold if a person put that there.
pub(crate) fn as_held(lens: &Lens<'_>, view: &View) -> View {
    let everyone = Settings::default();
    let home = Lens { settings: &everyone, person: odd::OWNER, eyes: Eyes::Home, hidden: &[], ..*lens };
    let mut view = view.clone();
    if !lens.able.cancelled && view.status == Status::Cancelled {
        view.status = Status::Confirmed;
    }
    match home.show(&odd::event(view.clone()), odd::now()) {
        Shown::As(seen) => seen.view,
        Shown::Not(_) => view,
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn get_put_an_unchanged_view_changes_nothing(
        event in odd::events(), able in odd::capabilities(), settings in odd::settings(), look in odd::looks(), n in 0usize..6,
    ) {
        let zone = odd::zone("Europe/Berlin");
        let lens = lens(&able, &settings, look, &zone, &[]);
        let part = part(&lens, &event, n);
        if let Some(seen) = shown(&lens, &event, part) {
            let mut after = event.clone();
            lens.take_in_part(&mut after, part, &seen, &seen.view);
            prop_assert_eq!(after, event);
        }
    }

    #[test]
    fn put_get_what_was_taken_in_is_what_is_then_shown(
        event in odd::events(), able in odd::capabilities(), settings in odd::settings(), look in odd::looks(), n in 0usize..6,
        edits in vec(odd::edits(), 1..4),
    ) {
        let zone = odd::zone("Europe/Berlin");
        let lens = lens(&able, &settings, look, &zone, &[]);
        let part = part(&lens, &event, n);
        // Occurrences of a series have a law of their own, on both sides at once.
        let mut event = event;
        if part.is_none() {
            event.content.overrides.clear();
        }
        let Some(seen) = shown(&lens, &event, part) else { return Ok(()) };
        let mut edited = seen.view.clone();
        for edit in &edits {
            odd::edit(&mut edited, edit);
        }
        if part.is_some() {
            edited.time.recurrence = None;
        }
        let edited = as_held(&lens, &edited);
        let mut meant = seen.view.clone();
        for field in seen.open.iter() {
            meant.take(field, &edited);
        }
        meant.normalise();
        let mut after = event.clone();
        lens.take_in_part(&mut after, part, &seen, &meant);
        let Some(now) = shown(&lens, &after, part) else { return Ok(()) };
        for field in seen.open.and(now.open).iter() {
            // A calendar's own change to the line above the notes is undone by the next one who shows them.
            let notes = field == Field::Description && !event.booking.notes.is_empty();
            prop_assert!(
                now.view.same(field, &meant) || notes,
                "{field}: {:?} is shown as {:?}", meant.value(field), now.view.value(field),
            );
        }
    }
}

//! Occurrences that a calendar shows as a block, in series that are shown.

use concord_model::privacy::{Privacy, PrivateEvents};
use concord_model::recurrence::Recurrence;
use concord_model::view::{Colour, Override, Value};
use concord_model::{Field, OccurrenceKey, Span, View};

use crate::odd;
use crate::pair::Pair;

/// A law found it: what a block says was kept as the occurrence's own when its calendar moved the series.
#[test]
fn be_8_a_block_that_is_moved_with_its_series_says_nothing_of_what_it_hides() {
    let days = Span::days("2026-10-01".parse().unwrap(), "2026-10-02".parse().unwrap()).unwrap();
    let mut view = View::new(days, "Yoga");
    let (rule, _) = Recurrence::parse(&["RRULE:FREQ=DAILY;COUNT=5"], &view.time.span).unwrap();
    view.time.recurrence = Some(rule);
    let third = OccurrenceKey::Date("2026-10-03".parse().unwrap());
    let private = Override::Changed([(Field::Privacy, Value::Privacy(Privacy::Private))].into());
    view.overrides.insert(third, private.clone());
    let mut pair = Pair::of(odd::event(view));
    pair.settings.sight.private = PrivateEvents::Busy;
    pair.settle();
    // Its person moves the series there; here it is given a colour, which a block does not show.
    let there = pair.there.as_mut().unwrap();
    odd::edit(there, &odd::Edit::Time(odd::timed("2026-10-01 00:00", 60, Some("FREQ=DAILY;COUNT=5"))));
    pair.event.content.colour = Some(Colour::Lavender);
    pair.settle();
    let own: Vec<_> = pair.event.content.overrides.values().cloned().collect();
    assert_eq!((own, pair.event.content.colour), (vec![private], Some(Colour::Lavender)));
    assert!(!pair.event.content.time.span.is_all_day());
}

//! What a calendar shows of an event, and what comes back into it: one line for each boundary. The laws say that it holds
//! together, these say that it is what people were promised.

mod able;
mod allowed;
mod wanted;

use concord_model::event::{Booking, Event};
use concord_model::view::{Reminder, ReminderBy};
use concord_model::{Field, FieldSet, Moment, View, Zone};
use concord_sync::lens::{Seen, Shown, WhyNot};

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

fn popup(minutes_before: u32) -> Reminder {
    Reminder { minutes_before, by: ReminderBy::Popup }
}

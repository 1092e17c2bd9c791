//! People: what they do here, what they do on the other side, and what becomes of their keys and notices.

mod here;
pub(crate) mod settings;
mod there;

use concord_engine::channels;
use concord_model::Span;
use concord_model::time::Moment;
use jiff::SignedDuration;
use jiff::civil::{DateTime, date};

use crate::script::{Deed, Notices};
use crate::sides::Trouble;
use crate::world::{Stop, World, broken, zone};

pub(crate) use here::here;
pub(crate) use there::there;

/// The day of a world's first events.
const FIRST: jiff::civil::Date = date(2026, 11, 4);

/// A time that nobody else writes: its minute and second are the number.
fn when(number: u32, how: u32) -> DateTime {
    let day = FIRST.saturating_add(jiff::Span::new().days(i64::from(how % 70)));
    let hour = 7 + (how / 70 % 13) as i8;
    let (minute, second) = (number / 60 % 60, number % 60);
    day.at(hour, minute as i8, second as i8, 0)
}

/// A rule by which something repeats. It names no days, so it fits any start.
fn rule(how: u32) -> &'static str {
    [
        "FREQ=WEEKLY;COUNT=6",
        "FREQ=DAILY;COUNT=5",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4",
        "FREQ=DAILY;INTERVAL=3;COUNT=7",
        "FREQ=WEEKLY;COUNT=3",
    ][(how / 11 % 5) as usize]
}

/// How long something lasts, in minutes.
fn minutes(how: u32) -> i64 {
    [30, 45, 60, 90, 180][(how / 7 % 5) as usize]
}

/// The span of something here.
fn span(start: DateTime, minutes: i64, all_day: bool) -> Span {
    if all_day {
        let day = start.date();
        return Span::days(day, day.tomorrow().unwrap_or(day)).expect("a day ends after it begins");
    }
    let start = Moment::new(start, zone());
    let end = start.instant().saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(start.instant());
    Span::timed(start, Moment::at(end, zone())).expect("it ends after it begins")
}

/// One of those, by number.
fn among<T: Clone>(all: &[T], pick: u32) -> Option<T> {
    all.get(pick as usize % all.len().max(1)).cloned()
}

/// Somebody or something makes trouble on a side.
pub(crate) fn trouble(world: &mut World, deed: Deed<Trouble>) {
    let Some(number) = among(&(0..world.links.len()).collect::<Vec<_>>(), deed.pick) else { return };
    let place = world.place(number);
    if world.side(number).trouble(deed.what, place.person, &place.calendar) {
        world.trace.count(deed.what.name());
        world.seen.channels_died |= deed.what == Trouble::ChannelsEnd;
        world.tell(format!("{} (person {}, {})", deed.what.name(), place.person, place.calendar));
    }
}

/// What becomes of the notices that are due.
pub(crate) async fn notices(world: &mut World, how: Notices) -> Result<(), Stop> {
    let mut genuine = 0;
    for side in world.sides.clone() {
        let provider = world.engine.providers[&side.id()].clone();
        for (id, request) in side.notices() {
            world.trace.count(how.name());
            let times = match how {
                Notices::Lost => {
                    // Whoever hears nothing back gives a channel up after a while, without a word.
                    world.seen.channels_died = true;
                    side.delivered(id, 0);
                    continue;
                }
                Notices::Arrive => 1,
                Notices::Doubled | Notices::Forged => 2,
                Notices::Storm => 30,
            };
            let mut status = 403;
            for nth in 0..times {
                let (mut parts, body) = request.clone().into_parts();
                let forged = how == Notices::Forged && nth == 0;
                if forged {
                    for value in parts.headers.values_mut() {
                        let other = format!("{}x", value.to_str().unwrap_or_default());
                        if let Ok(other) = other.parse() {
                            *value = other;
                        }
                    }
                }
                for notice in provider.notices(&parts.headers, &body) {
                    match channels::noticed(&world.engine, &notice).await {
                        Ok(true) if forged => {
                            return Err(crate::outcome::Violation::new(
                                "I-31",
                                "a forged notice was believed",
                            ));
                        }
                        Ok(true) => {
                            genuine += 1;
                            status = 204;
                        }
                        Ok(false) => {}
                        Err(error) => return Err(broken("a notice was not taken in", &error)),
                    }
                }
            }
            side.delivered(id, status);
        }
    }
    if genuine > 0 {
        world.tell(format!("{genuine} notices were believed"));
    }
    Ok(())
}

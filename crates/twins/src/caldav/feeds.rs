//! Calendars as feeds: `/feeds/{user}/{calendar}.ics` is all of a calendar in one file, for whoever knows the address.
//!
//! What generators and their servers do badly are switches ([`super::switches::Feeds`]).

use http::{StatusCode, header};

use super::answers::Refused;
use super::calls::Outcome;
use super::state::State;
use super::switches::FeedAnswer;
use super::text::{Component, FOLDED, Line};
use crate::chance::BASE32HEX;
use crate::clock::http_date;
use crate::message::{Call, Reply};

/// The calendar that an address is the feed of: whose, and its name.
fn asked(call: &Call) -> Option<(String, String)> {
    match call.segments().as_slice() {
        [feeds, user, file] if feeds == "feeds" => {
            Some((user.clone(), file.strip_suffix(".ics")?.to_owned()))
        }
        _ => None,
    }
}

/// Answers a call for a feed; `None` for another one.
pub(super) fn answer(state: &mut State, call: &Call) -> Option<Outcome> {
    let (user, slug) = asked(call)?;
    Some(match call.method.as_str() {
        "GET" | "HEAD" => told(state, call, &user, &slug),
        _ => Err(Refused::of(405)),
    })
}

fn told(state: &mut State, call: &Call, user: &str, slug: &str) -> Outcome {
    let feeds = state.quirks.feeds.clone();
    match feeds.answer {
        FeedAnswer::Missing => return Err(Refused::of(404)),
        FeedAnswer::Ended => return Err(Refused::of(410)),
        FeedAnswer::SignIn => return Err(Refused::of(401)),
        FeedAnswer::Trouble => return Err(Refused::of(500)),
        FeedAnswer::Nothing => return Ok(Reply::new(StatusCode::OK, CALENDAR, "")),
        FeedAnswer::Page => {
            return Ok(Reply::html(
                StatusCode::OK,
                "<!DOCTYPE html><html><body>Sign in</body></html>".to_owned(),
            ));
        }
        FeedAnswer::Whole | FeedAnswer::Bare | FeedAnswer::Half | FeedAnswer::Truncated => {}
    }
    let (held, _) = state.mounted(user, slug).ok_or_else(|| Refused::of(404))?;
    let (name, version) = (held.display(), held.items.last());
    let changed = held.living().map(|(_, item)| item.at).max();
    let texts: Vec<String> = held.living().filter_map(|(_, item)| item.text.clone()).collect();
    let mut entries = Vec::new();
    let mut zones: Vec<Component> = Vec::new();
    for text in texts {
        let Ok(object) = Component::parse(&text) else { continue };
        for part in object.parts {
            match part.name.as_str() {
                "VTIMEZONE" if zones.iter().any(|zone| zone.value("TZID") == part.value("TZID")) => {}
                "VTIMEZONE" => zones.push(part),
                "VEVENT" => entries.push(part),
                _ => {}
            }
        }
    }
    match feeds.answer {
        FeedAnswer::Bare => entries.clear(),
        FeedAnswer::Half => entries.truncate(entries.len() / 2),
        _ => {}
    }
    let now = state.core.now.strftime("%Y%m%dT%H%M%SZ").to_string();
    for entry in &mut entries {
        if feeds.new_uids {
            let uid = state.core.chance.text(BASE32HEX, 20);
            entry.set(Line::new("UID", &uid));
        }
        if feeds.new_uids || feeds.fresh_stamps {
            entry.set(Line::new("DTSTAMP", &now));
        }
    }
    let mut calendar = Component::new("VCALENDAR");
    for (property, value) in [("VERSION", "2.0"), ("PRODID", super::PRODUCT), ("X-WR-CALNAME", name.as_str())]
    {
        calendar.lines.push(Line::new(property, value));
    }
    calendar.parts = zones.into_iter().chain(entries).collect();
    let mut file = calendar.render(FOLDED);
    if feeds.answer == FeedAnswer::Truncated {
        let end = (0..=file.len() * 2 / 3).rev().find(|at| file.is_char_boundary(*at)).unwrap_or(0);
        file.truncate(end);
    }
    let etag = match feeds.new_uids || feeds.fresh_stamps {
        true => format!("\"{}\"", state.core.chance.text(BASE32HEX, 12)),
        false => format!("\"f-{version}-{:?}\"", feeds.answer),
    };
    if !feeds.validators {
        return Ok(Reply::new(StatusCode::OK, CALENDAR, file));
    }
    let reply = match call.header("if-none-match").is_some_and(|known| known == etag) {
        true => Reply::empty(StatusCode::NOT_MODIFIED),
        false => Reply::new(StatusCode::OK, CALENDAR, file),
    };
    let reply = reply.with(header::ETAG, &etag);
    Ok(match changed {
        Some(at) => reply.with(header::LAST_MODIFIED, &http_date(at)),
        None => reply,
    })
}

const CALENDAR: &str = "text/calendar; charset=utf-8";

//! What a listing asks for.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::entry::text;
use super::times::bound;
use crate::google::Fields;
use crate::google::answers::Refused;
use crate::message::Call;

/// The order of a listing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    /// None that means anything.
    Any,
    StartTime,
    Updated,
}

/// The parameters of a listing, checked.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) single: bool,
    pub(super) show_deleted: bool,
    pub(super) order: Order,
    pub(super) from: Option<Timestamp>,
    /// Whether something that ends at `from` belongs to it.
    pub(super) from_inclusive: bool,
    pub(super) until: Option<Timestamp>,
    pub(super) updated_min: Option<Timestamp>,
    pub(super) uid: Option<String>,
    words: Option<String>,
    private: Vec<(String, String)>,
    shared: Vec<(String, String)>,
    kinds: BTreeSet<String>,
    pub(super) page: usize,
}

/// Changes of longer ago cannot be asked for.
const OLDEST_UPDATED_MIN: SignedDuration = SignedDuration::from_hours(24 * 28);

impl Query {
    pub(super) fn of(call: &Call, now: Timestamp) -> Result<Query, Refused> {
        let single = flag(call, "singleEvents")?;
        let time = |name: &'static str| match call.param(name) {
            None => Ok(None),
            Some(text) => match bound(&text) {
                Some(at) => Ok(Some(at)),
                None => Err(Refused::of("badRequest").about(name)),
            },
        };
        let (from, until, updated_min) = (time("timeMin")?, time("timeMax")?, time("updatedMin")?);
        if let (Some(from), Some(until)) = (from, until)
            && from >= until
        {
            return Err(Refused::of("timeRangeEmpty"));
        }
        if updated_min.is_some_and(|min| now.duration_since(min) > OLDEST_UPDATED_MIN) {
            return Err(Refused::of("updatedMinTooLongAgo"));
        }
        let order = match call.param("orderBy").as_deref() {
            None => Order::Any,
            Some("startTime") if single => Order::StartTime,
            Some("startTime") => {
                let words = "The requested ordering is not available for the particular query.";
                return Err(Refused::of("badRequest").saying(words).about("orderBy"));
            }
            Some("updated") => Order::Updated,
            Some(_) => return Err(Refused::invalid("Invalid value for: orderBy").about("orderBy")),
        };
        let kinds: BTreeSet<String> = call.params("eventTypes").into_iter().collect();
        let known = ["birthday", "default", "focusTime", "fromGmail", "outOfOffice", "workingLocation"];
        if kinds.iter().any(|kind| !known.contains(&kind.as_str())) {
            return Err(Refused::invalid("Invalid value for: eventTypes").about("eventTypes"));
        }
        Ok(Query {
            single,
            show_deleted: flag(call, "showDeleted")?,
            order,
            from,
            from_inclusive: false,
            until,
            updated_min,
            uid: call.param("iCalUID"),
            words: call.param("q").map(|words| words.to_lowercase()),
            private: properties(call, "privateExtendedProperty")?,
            shared: properties(call, "sharedExtendedProperty")?,
            kinds,
            page: page_size(call, 250, 2500)?,
        })
    }

    /// Whether an event is one of those that are asked for, its time left aside.
    pub(super) fn wants(&self, fields: &Fields) -> bool {
        let kind = text(fields, "eventType").unwrap_or("default");
        (self.kinds.is_empty() || self.kinds.contains(kind))
            && self.uid.as_deref().is_none_or(|uid| text(fields, "iCalUID") == Some(uid))
            && self.private.iter().all(|pair| has_property(fields, "private", pair))
            && self.shared.iter().all(|pair| has_property(fields, "shared", pair))
            && self.words.as_deref().is_none_or(|words| mentions(fields, words))
    }

    /// Whether that time lies in the bounds: the end after the lower one, the start before the upper one.
    pub(super) fn overlaps(&self, start: Timestamp, end: Timestamp) -> bool {
        self.from.is_none_or(|from| if self.from_inclusive { end >= from } else { end > from })
            && self.until.is_none_or(|until| start < until)
    }
}

/// A parameter that is true or false.
pub(in crate::google) fn flag(call: &Call, name: &'static str) -> Result<bool, Refused> {
    match call.param(name).as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Refused::invalid(format!("Invalid value for: {name}")).about(name)),
    }
}

/// `maxResults`: more than the most is the most.
pub(in crate::google) fn page_size(call: &Call, usual: usize, most: usize) -> Result<usize, Refused> {
    match call.param("maxResults") {
        None => Ok(usual),
        Some(text) => match text.parse::<usize>() {
            Ok(size) if size >= 1 => Ok(size.min(most)),
            _ => {
                let words = format!("Invalid value '{text}'. Values must be within the range: [1, {most}]");
                Err(Refused::invalid(words).about("maxResults"))
            }
        },
    }
}

fn properties(call: &Call, name: &'static str) -> Result<Vec<(String, String)>, Refused> {
    let pair = |text: String| match text.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(Refused::invalid(format!("Invalid value for: {name}")).about(name)),
    };
    call.params(name).into_iter().map(pair).collect()
}

fn has_property(fields: &Fields, kind: &str, (key, value): &(String, String)) -> bool {
    let held = fields.get("extendedProperties").and_then(|held| held.get(kind)?.get(key)?.as_str());
    held == Some(value)
}

fn mentions(fields: &Fields, words: &str) -> bool {
    let mut texts: Vec<&str> =
        ["summary", "description", "location"].iter().filter_map(|key| text(fields, key)).collect();
    for guest in fields.get("attendees").and_then(Value::as_array).into_iter().flatten() {
        texts.extend(["email", "displayName"].iter().filter_map(|key| guest.get(*key)?.as_str()));
    }
    let all = texts.join("\n").to_lowercase();
    words.split_whitespace().all(|word| all.contains(word))
}

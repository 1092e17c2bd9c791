//! What a person finds behind an event's `webLink`: enough to see that it is there.

use http::StatusCode;
use serde_json::Value;

use super::events::item::Item;
use super::state::State;
use crate::message::{Call, Reply};
use crate::pages::{self, escape};

const PATH: &str = "/calendar/item/";

/// Whether a path is that of the page.
pub(super) fn is_page(path: &str) -> bool {
    path.starts_with(PATH)
}

/// Answers `GET /calendar/item/…`. The link is the key: there is no one to sign in.
pub(super) fn answer(state: &State, call: &Call) -> Reply {
    let number = call.path.strip_prefix(PATH).and_then(|number| number.parse::<u64>().ok());
    let found = number.and_then(|number| {
        state.calendars.values().find_map(|held| Some((held.name.clone(), held.item(number)?)))
    });
    let Some((calendar, item)) = found else {
        let body = "<h1>Nothing here</h1><p>There is no such event.</p>";
        return pages::page(StatusCode::NOT_FOUND, "Event: Microsoft twin", body);
    };
    let subject = text(item, "subject");
    let mut body = format!(
        "<h1>{}</h1><p>{} \u{2013} {}</p><p><small>{}</small></p>",
        escape(if subject.is_empty() { "(No subject)" } else { subject }),
        item.times.start,
        item.times.end,
        escape(&calendar),
    );
    if let Some(place) = item.fields.get("location").and_then(|place| place.get("displayName")?.as_str()) {
        body += &format!("<p>{}</p>", escape(place));
    }
    pages::page(StatusCode::OK, "Event: Microsoft twin", &body)
}

fn text<'a>(item: &'a Item, key: &str) -> &'a str {
    item.fields.get(key).and_then(Value::as_str).unwrap_or_default()
}

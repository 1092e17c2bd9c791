//! What a person finds behind an event's `htmlLink`: enough to see that it is there.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;

use super::events::entry::text;
use super::events::spot::locate;
use super::events::times;
use super::state::State;
use crate::message::{Call, Reply};
use crate::pages::{self, escape};

/// Whether a path is that of the page.
pub(super) fn is_page(path: &str) -> bool {
    path == "/calendar/event"
}

/// Answers `GET /calendar/event?eid=…`. The link is the key: there is no one to sign in.
pub(super) fn answer(state: &State, call: &Call) -> Reply {
    let eid = call.param("eid").and_then(|eid| String::from_utf8(URL_SAFE_NO_PAD.decode(eid).ok()?).ok());
    let found = eid.as_deref().and_then(|eid| eid.split_once(' ')).and_then(|(id, calendar)| {
        let spot = locate(state, calendar, id).ok()?;
        Some((spot.fields, state.calendars.get(calendar)?))
    });
    let Some((fields, calendar)) = found else {
        return whole(StatusCode::NOT_FOUND, "<h1>Nothing here</h1><p>There is no such event.</p>");
    };
    let zone = times::zone(calendar.zone()).unwrap_or(jiff::tz::TimeZone::UTC);
    let at = |key: &str| {
        let shown = fields.get(key).map(|value| times::show(value, &zone)).unwrap_or_default();
        ["date", "dateTime"].iter().find_map(|key| shown.get(*key)?.as_str().map(escape)).unwrap_or_default()
    };
    let mut body = format!(
        "<h1>{}</h1><p>{} \u{2013} {}</p><p><small>{} \u{b7} {}</small></p>",
        escape(text(&fields, "summary").unwrap_or("(No title)")),
        at("start"),
        at("end"),
        escape(calendar.summary()),
        escape(text(&fields, "status").unwrap_or("confirmed")),
    );
    for key in ["location", "description"] {
        if let Some(words) = text(&fields, key) {
            body += &format!("<p>{}</p>", escape(words));
        }
    }
    whole(StatusCode::OK, &body)
}

fn whole(status: StatusCode, body: &str) -> Reply {
    pages::page(status, "Event: Google twin", body)
}

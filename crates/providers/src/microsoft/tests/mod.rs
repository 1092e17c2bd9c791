//! The adapter against a door that answers by a script: what is said, in which order, and what is made of the answers.

mod answers;
mod channels;
mod firewall;
mod reading;
mod script;
mod signin;
mod writes;

use concord_model::observed::{State, Versions};
use concord_model::{CalendarId, EventId, ExternalId, LinkId, Mark, Moment, Span, View, Zone};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use script::{Reply, World, access, calendar};

const NAME: &str = "concord-00000000-0000-4000-8000-000000000001";

fn at(start: &str, end: &str) -> Span {
    let moment = |wall: &str| Moment::new(wall.parse().unwrap(), Zone::new("Europe/Berlin").unwrap());
    Span::timed(moment(start), moment(end)).unwrap()
}

fn single(title: &str) -> View {
    View::new(at("2026-11-24T10:00:00", "2026-11-24T11:00:00"), title)
}

fn versions(etag: &str) -> Versions {
    Versions { whole: Some(etag.into()), ..Versions::default() }
}

/// An event as Graph answers it.
fn event(id: &str, version: u32, more: Value) -> Value {
    let mut event = json!({
        "@odata.etag": format!("W/\"{version}\""), "id": id, "type": "singleInstance", "subject": "Coaching",
        "start": { "dateTime": "2026-11-24T09:00:00.0000000", "timeZone": "UTC" },
        "end": { "dateTime": "2026-11-24T10:00:00.0000000", "timeZone": "UTC" },
        "originalStartTimeZone": "W. Europe Standard Time", "originalEndTimeZone": "W. Europe Standard Time",
        "isOrganizer": true, "isReminderOn": true, "reminderMinutesBeforeStart": 15, "showAs": "busy",
    });
    for (key, value) in more.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

fn create(view: View) -> Write {
    let mark = Mark { event: EventId(Uuid::from_u128(1)), link: LinkId(Uuid::from_u128(2)) };
    Write::Create {
        id: NAME.into(),
        uid: "u1".to_owned(),
        mark,
        view: Box::new(view),
        fields: FieldSet::ALL,
        was: None,
    }
}

fn update(before: View, after: View) -> Write {
    Write::Update {
        id: "e1".into(),
        versions: versions("W/\"1\""),
        before: Box::new(before),
        after: Box::new(after),
        fields: FieldSet::ALL,
    }
}

fn delete(id: &str) -> Write {
    Write::Delete { id: id.into(), versions: versions("W/\"1\"") }
}

/// What came of a write: each item's id, version and title.
fn told(written: Result<Written, Answer>) -> Vec<String> {
    let Written::There(items) = written.unwrap() else { panic!("it should be there") };
    let one = |item: Item| {
        let title = match &item.state {
            State::Live(view) => view.title.clone(),
            other => format!("{other:?}"),
        };
        format!("{} {}: {title}", item.id, item.etag.map(|etag| etag.0).unwrap_or_default())
    };
    items.into_iter().map(one).collect()
}

//! Events as we have them and as Google has them, and what is asked about them.

use super::*;

pub(super) fn at(start: &str, end: &str) -> Span {
    let moment = |wall: &str| Moment::new(wall.parse().unwrap(), Zone::new("Europe/Berlin").unwrap());
    Span::timed(moment(start), moment(end)).unwrap()
}

pub(super) fn single(title: &str) -> View {
    View::new(at("2026-11-24T10:00:00", "2026-11-24T11:00:00"), title)
}

pub(super) fn class(title: &str) -> View {
    let mut view = single(title);
    let (recurrence, _) = Recurrence::parse(&["RRULE:FREQ=WEEKLY"], &view.time.span).unwrap();
    view.time.recurrence = Some(recurrence);
    view
}

pub(super) fn key(text: &str) -> OccurrenceKey {
    text.parse().unwrap()
}

/// The second occurrence, and what Google calls it.
pub(super) const SECOND: &str = "20261201T100000";
pub(super) const SECOND_ID: &str = "e1_20261201T090000Z";

pub(super) fn retitled(mut series: View, title: &str) -> View {
    let mut one = series.occurrence(key(SECOND)).unwrap();
    one.title = title.to_owned();
    let change = View { overrides: BTreeMap::new(), ..series.clone() }.override_for(key(SECOND), &one);
    series.overrides.insert(key(SECOND), change.unwrap());
    series
}

pub(super) fn without_second(mut series: View) -> View {
    series.overrides.insert(key(SECOND), Override::Cancelled);
    series
}

/// An event as Google has it.
pub(super) fn event(id: &str, etag: u32, more: Value) -> Value {
    let mut event = json!({
        "id": id, "etag": etag.to_string(), "status": "confirmed", "iCalUID": "e1@google.com",
        "organizer": { "email": "alice@example.com", "self": true },
        "start": { "dateTime": "2026-11-24T10:00:00+01:00", "timeZone": "Europe/Berlin" },
        "end": { "dateTime": "2026-11-24T11:00:00+01:00", "timeZone": "Europe/Berlin" },
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

pub(super) fn master(etag: u32, title: &str) -> Value {
    event("e1", etag, json!({ "summary": title, "recurrence": ["RRULE:FREQ=WEEKLY"] }))
}

pub(super) fn second(etag: u32, more: Value) -> Value {
    let mut all = json!({
        "recurringEventId": "e1",
        "originalStartTime": { "dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Berlin" },
        "start": { "dateTime": "2026-12-01T10:00:00+01:00", "timeZone": "Europe/Berlin" },
        "end": { "dateTime": "2026-12-01T11:00:00+01:00", "timeZone": "Europe/Berlin" },
    });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event(SECOND_ID, etag, all)
}

pub(super) fn listing(items: impl Into<Vec<Value>>) -> Reply {
    Says(
        200,
        json!({ "kind": "calendar#events", "timeZone": "Europe/Berlin", "nextSyncToken": "s", "items": items.into() }),
    )
}

pub(super) fn refused(status: u16, reason: &str) -> Reply {
    Says(status, json!({ "error": { "errors": [{ "domain": "global", "reason": reason }], "code": status } }))
}

pub(super) fn create(view: View) -> Write {
    let mark = Mark { event: uuid::Uuid::from_u128(1).into(), link: uuid::Uuid::from_u128(2).into() };
    let (id, uid, fields) = ("e1".into(), "u1".to_owned(), FieldSet::ALL);
    Write::Create { id, uid, mark, view: Box::new(view), fields, was: None }
}

pub(super) fn versions(whole: &str, second: Option<&str>) -> Versions {
    let parts = second.map(|version| (key(SECOND), Etag::from(version))).into_iter().collect();
    Versions { whole: Some(whole.into()), parts }
}

pub(super) fn update(versions: Versions, before: View, after: View) -> Write {
    let (before, after) = (Box::new(before), Box::new(after));
    Write::Update { id: "e1".into(), versions, before, after, fields: FieldSet::ALL }
}

pub(super) fn delete(id: &str) -> Write {
    Write::Delete { id: id.into(), versions: versions("1", None) }
}

/// What a write came to, one line for each item: `id[/part] version: title`.
pub(super) fn told(written: Result<Written, Answer>) -> Vec<String> {
    let Written::There(items) = written.unwrap() else { return vec!["gone".to_owned()] };
    let line = |item: &Item| {
        let part = item.part.as_ref().map(|part| format!("/{}", part.id)).unwrap_or_default();
        let version = item.etag.as_ref().map_or("-", Etag::as_str);
        let state = match &item.state {
            State::Live(view) => &view.title,
            State::Gone => "(gone)",
            State::Odd(why) => why,
            State::Unread => "(unread)",
        };
        format!("{}{part} {version}: {state}", item.id)
    };
    items.iter().map(line).collect()
}

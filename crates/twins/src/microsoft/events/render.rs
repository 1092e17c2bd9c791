//! An event as it is answered: in the zone, the form of body and the kind of ids that a caller likes, and no more of it than
//! was selected.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::check::EXTENSION;
use super::html;
use super::item::{Item, Occurrence};
use super::query::Query;
use super::times::{original_start, shown, shown_rule, stamp};
use crate::microsoft::Fields;
use crate::microsoft::ids::{EventId, Kind};
use crate::microsoft::prefer::Prefer;
use crate::microsoft::state::{Role, State};
use crate::microsoft::switches::Cancelled;
use crate::microsoft::zones;

/// Through whose eyes.
#[derive(Clone, Debug)]
pub(in crate::microsoft) struct Viewer {
    /// Whose mailbox it is read in.
    pub(in crate::microsoft) user: String,
    /// The calendar in that person's list.
    pub(in crate::microsoft) mount: u64,
    pub(in crate::microsoft) role: Role,
    pub(in crate::microsoft) prefer: Prefer,
    /// Nothing but what `Calendars.ReadBasic` shows.
    pub(in crate::microsoft) basic: bool,
}

impl Viewer {
    /// The id of an event or of an occurrence.
    pub(in crate::microsoft) fn id(&self, state: &State, item: &Item, day: Option<Date>) -> String {
        let user = state.users.get(&self.user).map_or(0, |user| user.number);
        let usual = self.prefer.ids == Kind::Usual;
        EventId {
            kind: self.prefer.ids,
            user,
            mount: if usual { self.mount } else { 0 },
            serial: if usual { item.serial } else { 0 },
            occurrence: day,
            item: item.number,
        }
        .text()
    }
}

/// The change key of an event or of one of its occurrences.
pub(in crate::microsoft) fn change_key(state: &State, item: &Item, day: Option<Date>) -> String {
    let own = day.and_then(|day| item.exceptions.get(&day)).map_or(item.key, |exception| exception.key);
    let key = if state.quirks.series.shared_key { item.key } else { own };
    format!("DwAAABYAAAB{key:010}AAA")
}

/// An occurrence as delta tells it: which, and when.
pub(super) fn bare(state: &State, viewer: &Viewer, item: &Item, occurrence: &Occurrence) -> Value {
    let (start, end) = shown(&occurrence.times, &viewer.prefer);
    json!({
        "@odata.type": "#microsoft.graph.event",
        "@odata.etag": format!("W/\"{}\"", change_key(state, item, Some(occurrence.day))),
        "id": viewer.id(state, item, Some(occurrence.day)),
        "seriesMasterId": viewer.id(state, item, None),
        "type": "occurrence",
        "start": start,
        "end": end,
    })
}

/// An event, a master, or an occurrence of it.
pub(in crate::microsoft) fn render(
    state: &State,
    viewer: &Viewer,
    item: &Item,
    occurrence: Option<&Occurrence>,
    query: &Query,
) -> Value {
    let day = occurrence.map(|occurrence| occurrence.day);
    let said = item.said_of(day);
    let times = occurrence.map_or(&item.times, |occurrence| &occurrence.times);
    let key = change_key(state, item, day);
    let (start, end) = shown(times, &viewer.prefer);
    let kind = match (occurrence, &item.rule) {
        (Some(one), _) if one.is_exception => "exception",
        (Some(_), _) => "occurrence",
        (None, Some(_)) => "seriesMaster",
        (None, None) => "singleInstance",
    };
    let page = said.get("body").and_then(Value::as_str).unwrap_or_default();
    let (form, content) =
        if viewer.prefer.text { ("text", html::to_text(page)) } else { ("html", page.to_owned()) };
    let master = viewer.id(state, item, None);
    let nulls = state.quirks.lists.nulls;
    let mut event = json!({
        "@odata.etag": format!("W/\"{key}\""),
        "id": viewer.id(state, item, day),
        "createdDateTime": stamp(item.created),
        "lastModifiedDateTime": stamp(item.modified),
        "changeKey": key,
        "originalStartTimeZone": zone_name(state, &times.start_zone),
        "originalEndTimeZone": zone_name(state, &times.end_zone),
        "iCalUId": if nulls { Value::Null } else { json!(uid(state, item, occurrence)) },
        "hasAttachments": false,
        "bodyPreview": html::preview(page),
        "isAllDay": times.days.is_some(),
        "isCancelled": item.called_off,
        "isOrganizer": item.is_organizer,
        "isDraft": false,
        "seriesMasterId": occurrence.map(|_| master.as_str()),
        "occurrenceId": day.map(|day| format!("OID.{master}.{day}")),
        "type": kind,
        "webLink": format!("{}/calendar/item/{}", state.settings.base_url, item.number),
        "onlineMeetingUrl": null,
        "responseStatus": {
            "response": item.response.0,
            "time": item.response.1.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        },
        "body": {"contentType": form, "content": content},
        "start": start,
        "end": end,
        "recurrence": match (&item.rule, occurrence) {
            (Some(rule), None) => shown_rule(state, rule),
            _ => Value::Null,
        },
        "organizer": {"emailAddress": {"name": item.organizer.0, "address": item.organizer.1}},
        "onlineMeeting": null,
    });
    if let Value::Object(event) = &mut event {
        for (name, value) in said {
            if name != "body" {
                event.insert(name, value);
            }
        }
        if nulls && event.get("subject").is_some_and(|subject| subject == "") {
            event.insert("subject".into(), Value::Null);
        }
        if let Some(id) = &item.transaction {
            event.insert("transactionId".into(), json!(id));
        }
        if let Some(occurrence) = occurrence {
            let told = !state.quirks.series.original_start_selected || query.selects("originalStart");
            let start = if told { json!(original_start(item, occurrence)) } else { Value::Null };
            event.insert("originalStart".into(), start);
        }
        if hidden(viewer, event) {
            veil(event);
        }
        if viewer.basic {
            for name in ["body", "bodyPreview", "attachments"] {
                event.remove(name);
            }
        }
        query.cut(event);
        expand(item, day, query, event);
    }
    event
}

/// What a master tells when it is read by its id.
pub(in crate::microsoft) fn with_exceptions(
    state: &State,
    viewer: &Viewer,
    item: &Item,
    query: &Query,
    event: &mut Value,
) {
    let told = match state.quirks.series.cancelled {
        Cancelled::Selected => query.selects("cancelledOccurrences"),
        Cancelled::Star => query.star(),
        Cancelled::Never => false,
    };
    let Some(rule) = &item.rule else { return };
    if told {
        let master = viewer.id(state, item, None);
        let last = item.cancelled.iter().next_back().copied().unwrap_or(rule.start);
        let given: std::collections::BTreeSet<_> = rule.days(last).collect();
        let gone = item.cancelled.iter().filter(|day| given.contains(day));
        event["cancelledOccurrences"] = gone.map(|day| format!("OID.{master}.{day}")).collect();
    }
    if query.expands("exceptionOccurrences") {
        let inner = Query::default();
        let days = item.exceptions.keys().filter_map(|day| item.occurrence(*day));
        event["exceptionOccurrences"] =
            days.map(|occurrence| render(state, viewer, item, Some(&occurrence), &inner)).collect();
    }
}

fn expand(item: &Item, day: Option<Date>, query: &Query, event: &mut Fields) {
    if let Some(wanted) = query.properties() {
        let own = day.and_then(|day| item.exceptions.get(&day)).map(|exception| &exception.extended);
        let all = own.into_iter().flatten().chain(&item.extended);
        let mut found: Vec<Value> = Vec::new();
        for (id, value) in all.filter(|(id, _)| wanted.iter().any(|wanted| same_property(wanted, id))) {
            if !found.iter().any(|known| known["id"] == json!(id)) {
                found.push(json!({"id": id, "value": value}));
            }
        }
        if !found.is_empty() {
            event.insert("singleValueExtendedProperties".into(), json!(found));
        }
    }
    if query.expands("extensions") {
        let all = item.extensions.iter().map(|(name, fields)| extension(name, fields));
        event.insert("extensions".into(), all.collect());
    }
}

/// An open extension as it is answered.
pub(super) fn extension(name: &str, fields: &Fields) -> Value {
    let mut shown = fields.clone();
    shown.insert("@odata.type".into(), json!("#microsoft.graph.openTypeExtension"));
    shown.insert("id".into(), json!(format!("{EXTENSION}{name}")));
    shown.insert("extensionName".into(), json!(name));
    Value::Object(shown)
}

/// Whether two ids of extended properties are the same: the type and the GUID in any case, the name as it is.
pub(super) fn same_property(one: &str, other: &str) -> bool {
    let parts = |id: &str| id.splitn(4, ' ').map(ToOwned::to_owned).collect::<Vec<_>>();
    match (parts(one).as_slice(), parts(other).as_slice()) {
        ([kind, guid, how, name], [other_kind, other_guid, other_how, other_name]) => {
            kind.eq_ignore_ascii_case(other_kind)
                && guid.eq_ignore_ascii_case(other_guid)
                && how.eq_ignore_ascii_case(other_how)
                && name == other_name
        }
        _ => false,
    }
}

fn zone_name(state: &State, name: &str) -> String {
    match (state.quirks.zones.custom, state.quirks.zones.renamed) {
        (true, _) => "tzone://Microsoft/Custom".to_owned(),
        (false, true) => zones::windows(name).to_owned(),
        _ => name.to_owned(),
    }
}

fn uid(state: &State, item: &Item, occurrence: Option<&Occurrence>) -> String {
    match occurrence {
        Some(one) if !state.quirks.series.shared_uid => format!("{}{}", item.uid, one.day.strftime("%Y%m%d")),
        _ => item.uid.clone(),
    }
}

/// Whether it is nobody's business here.
fn hidden(viewer: &Viewer, event: &Fields) -> bool {
    let sensitivity = event.get("sensitivity").and_then(Value::as_str);
    viewer.role < Role::DelegateWithPrivateEventAccess
        && matches!(sensitivity, Some("private" | "confidential"))
}

fn veil(event: &mut Fields) {
    for (name, value) in super::check::usual() {
        if !matches!(name.as_str(), "sensitivity" | "showAs" | "body") {
            event.insert(name, value);
        }
    }
    event.insert("subject".into(), json!("Private Appointment"));
    event.insert("body".into(), json!({"contentType": "html", "content": ""}));
    event.insert("bodyPreview".into(), json!(""));
}

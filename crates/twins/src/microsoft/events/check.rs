//! What a caller sent for an event, looked at: what cannot be is refused, what is read-only is passed over, and what is
//! written otherwise than it was sent is written so.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::html;
use crate::microsoft::Fields;
use crate::microsoft::answers::Refused;
use crate::microsoft::state::State;

/// What was asked for, taken apart.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// What is kept as it is.
    pub(super) fields: Fields,
    pub(super) start: Option<Value>,
    pub(super) end: Option<Value>,
    pub(super) all_day: Option<bool>,
    /// `Some(None)`: it does not repeat any more.
    pub(super) recurrence: Option<Option<Value>>,
    pub(super) transaction: Option<String>,
    /// By id; without a value they go.
    pub(super) extended: BTreeMap<String, Option<String>>,
    pub(super) extensions: BTreeMap<String, Fields>,
    /// The body as it was sent, where it was a text.
    pub(super) text: Option<String>,
}

const READ_ONLY: &[&str] = &[
    "id",
    "changeKey",
    "createdDateTime",
    "lastModifiedDateTime",
    "bodyPreview",
    "hasAttachments",
    "iCalUId",
    "isCancelled",
    "isDraft",
    "isOrganizer",
    "occurrenceId",
    "onlineMeeting",
    "onlineMeetingUrl",
    "organizer",
    "originalStart",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "responseStatus",
    "seriesMasterId",
    "type",
    "webLink",
    "cancelledOccurrences",
    "exceptionOccurrences",
    "instances",
    "calendar",
    "attachments",
    "uid",
    "multiValueExtendedProperties",
];

const WORDS: &[(&str, &[&str])] = &[
    ("importance", &["low", "normal", "high"]),
    ("sensitivity", &["normal", "personal", "private", "confidential"]),
    ("showAs", &["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"]),
    ("onlineMeetingProvider", &["unknown", "teamsForBusiness", "skypeForBusiness", "skypeForConsumer"]),
];

const SWITCHES: &[&str] =
    &["isReminderOn", "responseRequested", "allowNewTimeProposals", "hideAttendees", "isOnlineMeeting"];

/// How an event is of which nothing was said.
pub(super) fn usual() -> Fields {
    let usual = json!({
        "subject": "",
        "body": "",
        "importance": "normal",
        "sensitivity": "normal",
        "showAs": "busy",
        "categories": [],
        "isReminderOn": true,
        "reminderMinutesBeforeStart": 15,
        "responseRequested": true,
        "allowNewTimeProposals": true,
        "hideAttendees": false,
        "isOnlineMeeting": false,
        "onlineMeetingProvider": "unknown",
        "location": no_location(),
        "locations": [],
        "attendees": [],
    });
    match usual {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}

/// Looks at what was sent. What an event was before says what becomes of the answers of its guests.
pub(super) fn asked(state: &State, body: Fields, before: Option<&Fields>) -> Result<Asked, Refused> {
    let mut asked = Asked::default();
    for (key, value) in body {
        match key.as_str() {
            "start" => asked.start = Some(value),
            "end" => asked.end = Some(value),
            "isAllDay" => asked.all_day = Some(value.as_bool().ok_or_else(|| kind(&key, "Edm.Boolean"))?),
            "recurrence" => asked.recurrence = Some(Some(value).filter(|value| !value.is_null())),
            "transactionId" => asked.transaction = value.as_str().map(ToOwned::to_owned),
            "singleValueExtendedProperties" => asked.extended = extended(&value)?,
            "extensions" => asked.extensions = extensions(&value)?,
            "body" => {
                let (page, text) = page(state, &value)?;
                asked.fields.insert(key, json!(page));
                asked.text = text;
            }
            "subject" => {
                let subject = text_or_null(&key, &value)?;
                let cut: String = subject.chars().take(state.quirks.write.longest_subject).collect();
                asked.fields.insert(key, json!(cut));
            }
            "location" => {
                let location = location(&value)?;
                let all = if location == no_location() { json!([]) } else { json!([location]) };
                asked.fields.insert("locations".into(), all);
                asked.fields.insert(key, location);
            }
            "locations" => {
                let all =
                    value.as_array().ok_or_else(|| kind(&key, "Collection(microsoft.graph.location)"))?;
                let all = all.iter().map(location).collect::<Result<Vec<_>, _>>()?;
                let names: Vec<&str> =
                    all.iter().filter_map(|one| one.get("displayName")?.as_str()).collect();
                let first = match all.as_slice() {
                    [] => no_location(),
                    [one] => one.clone(),
                    _ => named(&names.join("; ")),
                };
                asked.fields.insert("location".into(), first);
                asked.fields.insert(key, json!(all));
            }
            "attendees" => {
                asked.fields.insert(key, attendees(state, &value, before)?);
            }
            "categories" => {
                let all = value.as_array().ok_or_else(|| kind(&key, "Collection(Edm.String)"))?;
                if all.iter().any(|name| !name.is_string()) {
                    return Err(kind(&key, "Collection(Edm.String)"));
                }
                asked.fields.insert(key, value);
            }
            "reminderMinutesBeforeStart" => {
                let minutes = value.as_i64().ok_or_else(|| kind(&key, "Edm.Int32"))?;
                asked.fields.insert(key, json!(minutes.max(0)));
            }
            _ if SWITCHES.contains(&key.as_str()) => {
                value.as_bool().ok_or_else(|| kind(&key, "Edm.Boolean"))?;
                asked.fields.insert(key, value);
            }
            _ if READ_ONLY.contains(&key.as_str()) || key.contains('@') => {}
            _ => match WORDS.iter().find(|known| known.0 == key) {
                Some((_, words)) => {
                    let word = words
                        .iter()
                        .find(|word| value.as_str().is_some_and(|said| said.eq_ignore_ascii_case(word)));
                    let word = word.ok_or_else(|| kind(&key, "an enumeration"))?;
                    asked.fields.insert(key, json!(word));
                }
                None => {
                    return Err(Refused::of("RequestBodyRead").saying(format!(
                        "The property '{key}' does not exist on type 'Microsoft.OutlookServices.Event'. Make sure to only \
                         use property names that are defined by the type or mark the type as open type."
                    )));
                }
            },
        }
    }
    Ok(asked)
}

fn kind(key: &str, wanted: &str) -> Refused {
    Refused::of("RequestBodyRead").saying(format!("Cannot convert the value of '{key}' to {wanted}."))
}

fn text_or_null<'a>(key: &str, value: &'a Value) -> Result<&'a str, Refused> {
    match value {
        Value::Null => Ok(""),
        Value::String(text) => Ok(text),
        _ => Err(kind(key, "Edm.String")),
    }
}

/// A body as it is kept, and the text that it was.
fn page(state: &State, value: &Value) -> Result<(String, Option<String>), Refused> {
    if value.is_null() {
        return Ok((String::new(), None));
    }
    let content = text_or_null("body", value.get("content").unwrap_or(&Value::Null))?;
    let is_html = match value.get("contentType").and_then(Value::as_str) {
        Some(kind) if kind.eq_ignore_ascii_case("html") => true,
        Some(kind) if kind.eq_ignore_ascii_case("text") => false,
        None => false,
        Some(_) => return Err(kind("contentType", "microsoft.graph.bodyType")),
    };
    Ok(match (is_html, content) {
        (_, "") => (String::new(), None),
        (true, markup) if !state.quirks.write.rewrites => (markup.to_owned(), None),
        (true, markup) => (html::rewritten(markup), None),
        (false, text) => (html::from_text(text), Some(text.to_owned())),
    })
}

fn no_location() -> Value {
    json!({"displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}, "coordinates": {}})
}

fn named(name: &str) -> Value {
    let mut location = no_location();
    location["displayName"] = json!(name);
    location["uniqueId"] = json!(name);
    location["uniqueIdType"] = json!("private");
    location
}

fn location(value: &Value) -> Result<Value, Refused> {
    let sent = match value {
        Value::Null => return Ok(no_location()),
        Value::Object(sent) => sent,
        _ => return Err(kind("location", "microsoft.graph.location")),
    };
    let name = text_or_null("displayName", sent.get("displayName").unwrap_or(&Value::Null))?;
    let mut location = if name.is_empty() { no_location() } else { named(name) };
    for key in ["address", "coordinates", "locationEmailAddress", "locationUri", "locationType"] {
        if let Some(value) = sent.get(key).filter(|value| !value.is_null()) {
            location[key] = value.clone();
        }
    }
    Ok(location)
}

fn attendees(state: &State, value: &Value, before: Option<&Fields>) -> Result<Value, Refused> {
    if value.is_null() {
        return Ok(json!([]));
    }
    let all = value.as_array().ok_or_else(|| kind("attendees", "Collection(microsoft.graph.attendee)"))?;
    if all.len() > state.quirks.write.most_attendees {
        return Err(Refused::of("ErrorExceededMaxRecipientLimit").saying("There are too many attendees."));
    }
    let mut written: Vec<Value> = Vec::new();
    for guest in all {
        let address =
            guest.pointer("/emailAddress/address").and_then(Value::as_str).unwrap_or_default().trim();
        if !address.contains('@') || address.contains(char::is_whitespace) {
            return Err(Refused::of("ErrorInvalidRecipients"));
        }
        let name = guest.pointer("/emailAddress/name").and_then(Value::as_str).unwrap_or(address);
        let kind = guest.get("type").and_then(Value::as_str).unwrap_or("required");
        let known = before.and_then(|before| before.get("attendees")?.as_array());
        let known = known.into_iter().flatten().find(|known| is_to(known, address));
        let status = known.and_then(|known| known.get("status").cloned());
        written.retain(|one| !is_to(one, address));
        written.push(json!({
            "type": kind,
            "status": status.unwrap_or_else(|| json!({"response": "none", "time": "0001-01-01T00:00:00Z"})),
            "emailAddress": {"name": name, "address": address},
        }));
    }
    Ok(json!(written))
}

/// Whether an attendee has that address.
pub(super) fn is_to(guest: &Value, address: &str) -> bool {
    let held = guest.pointer("/emailAddress/address").and_then(Value::as_str);
    held.is_some_and(|held| held.eq_ignore_ascii_case(address))
}

/// `String {guid} Name Something`, `Integer {guid} Id 0x8502` and the like, with their values.
fn extended(value: &Value) -> Result<BTreeMap<String, Option<String>>, Refused> {
    let wrong = || Refused::of("ErrorInvalidProperty").saying("An extended property has an id and a value.");
    let mut all = BTreeMap::new();
    for property in value.as_array().ok_or_else(wrong)? {
        let id = property.get("id").and_then(Value::as_str).filter(|id| is_property(id)).ok_or_else(wrong)?;
        let value = match property.get("value") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => return Err(kind("value", "Edm.String")),
        };
        all.insert(id.to_owned(), value);
    }
    Ok(all)
}

fn is_property(id: &str) -> bool {
    let parts: Vec<&str> = id.split(' ').collect();
    matches!(parts.as_slice(), [_, guid, "Name" | "Id", ..] if guid.starts_with('{') && guid.ends_with('}') && parts.len() > 3)
}

/// What goes before the name of an open extension.
pub(super) const EXTENSION: &str = "Microsoft.OutlookServices.OpenTypeExtension.";

fn extensions(value: &Value) -> Result<BTreeMap<String, Fields>, Refused> {
    let mut all = BTreeMap::new();
    for extension in
        value.as_array().ok_or_else(|| kind("extensions", "Collection(microsoft.graph.extension)"))?
    {
        let fields = extension.as_object().cloned().unwrap_or_default();
        let (name, fields) = extension_of(fields)?;
        all.insert(name, fields);
    }
    Ok(all)
}

/// The name of an open extension, and what is in it.
pub(super) fn extension_of(mut fields: Fields) -> Result<(String, Fields), Refused> {
    let name = fields.remove("extensionName");
    let name = name.as_ref().and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Refused::invalid("An extension has an extensionName."))?.to_owned();
    fields.retain(|key, value| !key.starts_with('@') && key != "id" && !value.is_null());
    Ok((name.trim_start_matches(EXTENSION).to_owned(), fields))
}

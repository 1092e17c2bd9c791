//! What Google accepts of an event, what it refuses, and what it quietly changes.

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::entry::text;
use super::series::Series;
use super::times::{self, Length, When};
use crate::google::answers::Refused;
use crate::google::{Fields, Quirks};

/// Keys that a client may send and that change nothing.
pub(super) const READ_ONLY: [&str; 16] = [
    "kind",
    "etag",
    "id",
    "iCalUID",
    "htmlLink",
    "created",
    "updated",
    "creator",
    "organizer",
    "hangoutLink",
    "locked",
    "attendeesOmitted",
    "recurringEventId",
    "originalStartTime",
    "privateCopy",
    "eventType",
];

/// Checks an event as it would be after a write and brings it into the form that is kept.
pub(super) fn accept(mut fields: Fields, zone: &str, quirks: &Quirks) -> Result<Fields, Refused> {
    fields.retain(|_, value| !value.is_null());
    texts(&mut fields, quirks)?;
    times(&mut fields, zone, quirks)?;
    recurrence(&mut fields)?;
    choice(&mut fields, "status", &["confirmed", "tentative", "cancelled"], "")?;
    choice(&mut fields, "transparency", &["opaque", "transparent"], "opaque")?;
    choice(&mut fields, "visibility", &["default", "public", "private", "confidential"], "default")?;
    let color = fields.get("colorId").map(|color| color.as_str().and_then(|color| color.parse::<u8>().ok()));
    if color.is_some_and(|color| !color.is_some_and(|number| (1..=11).contains(&number))) {
        return Err(Refused::invalid("Invalid value for: colorId"));
    }
    for (key, default) in
        [("guestsCanInviteOthers", true), ("guestsCanModify", false), ("guestsCanSeeOtherGuests", true)]
    {
        match fields.get(key) {
            Some(Value::Bool(value)) if *value == default => drop(fields.remove(key)),
            Some(Value::Bool(_)) | None => {}
            Some(_) => return Err(Refused::invalid(format!("Invalid value for: {key}"))),
        }
    }
    attendees(&mut fields)?;
    properties(&mut fields)?;
    source_and_attachments(&fields)?;
    Ok(fields)
}

fn texts(fields: &mut Fields, quirks: &Quirks) -> Result<(), Refused> {
    for key in ["summary", "location", "description"] {
        let Some(value) = fields.get(key) else { continue };
        let Some(words) = value.as_str() else {
            return Err(Refused::invalid(format!("Invalid value for: {key}")));
        };
        let limit = if key == "description" { quirks.longest_description } else { quirks.longest_summary };
        if limit.is_some_and(|limit| words.chars().count() > limit) {
            return Err(Refused::invalid(format!("Invalid value for: {key} is too long")));
        }
        if words.is_empty() {
            fields.remove(key);
        } else if quirks.tidy_texts {
            let tidy = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
            let told = words.split('\n').map(tidy).collect::<Vec<_>>().join("\n");
            fields.insert(key.to_owned(), json!(told));
        }
    }
    // Google owns its block about the meeting: without a meeting it is taken out of the description.
    if !fields.contains_key("conferenceData")
        && let Some(description) = text(fields, "description")
        && let Some(rest) = without_meeting_block(description)
    {
        match rest.is_empty() {
            true => fields.remove("description"),
            false => fields.insert("description".into(), json!(rest)),
        };
    }
    Ok(())
}

const BLOCK: &str = "-::~:~::~:";

fn without_meeting_block(description: &str) -> Option<String> {
    let from = description.find(BLOCK)?;
    let last = description.rfind(BLOCK).filter(|last| *last > from)?;
    let line_end = description[last..].find('\n').map_or(description.len(), |end| last + end + 1);
    let kept = format!("{}{}", &description[..from], &description[line_end..]);
    Some(kept.trim_end().to_owned())
}

fn times(fields: &mut Fields, zone: &str, quirks: &Quirks) -> Result<(), Refused> {
    let read = |key: &str| match fields.get(key) {
        Some(value) if value.is_object() => When::read(value, key, zone, quirks),
        Some(_) => Err(Refused::invalid(format!("Invalid {key} time."))),
        None => Err(Refused::required(format!("Missing {key} time."))),
    };
    // Google looks at the end first.
    let (end, start) = (read("end")?, read("start")?);
    match times::length(&start, &end) {
        None => {
            return Err(Refused::invalid(
                "Start and end times must either both be date or both be dateTime.",
            ));
        }
        Some(Length::Days(days)) if days <= 0 => return Err(Refused::of("timeRangeEmpty")),
        Some(Length::Seconds(seconds)) if seconds <= 0 => return Err(Refused::of("timeRangeEmpty")),
        Some(_) => {}
    }
    if fields.contains_key("recurrence") {
        let named =
            |key: &str| fields.get(key).and_then(|value| value.get("timeZone")).is_some_and(Value::is_string);
        if matches!(start, When::Time { .. }) && !named("start") {
            return Err(Refused::required("Missing time zone definition for start time."));
        }
    }
    fields.insert("start".into(), start.keep());
    fields.insert("end".into(), end.keep());
    Ok(())
}

fn recurrence(fields: &mut Fields) -> Result<(), Refused> {
    let refused = || Refused::invalid("Invalid recurrence rule.");
    let lines = match fields.get("recurrence") {
        None => return Ok(()),
        Some(Value::Array(lines)) if lines.is_empty() => {
            fields.remove("recurrence");
            return Ok(());
        }
        Some(Value::Array(lines)) => {
            lines.iter().map(Value::as_str).collect::<Option<Vec<_>>>().ok_or_else(refused)?
        }
        Some(_) => return Err(refused()),
    };
    let (Some(start), Some(end)) = (When::kept(fields.get("start")), When::kept(fields.get("end"))) else {
        return Err(refused());
    };
    let is_repeating = lines.iter().any(|line| line.starts_with("RRULE:") || line.starts_with("RDATE"));
    if !is_repeating || lines.iter().any(|line| line.starts_with("DTSTART") || line.starts_with("DTEND")) {
        return Err(refused());
    }
    let timed = matches!(start, When::Time { .. });
    if timed && lines.iter().filter_map(|line| until(line)).any(|until| !until.ends_with('Z')) {
        // UNTIL of a timed series is an instant in UTC.
        return Err(refused());
    }
    let series = Series::read(&start, &end, &lines).map_err(|_| refused())?;
    let (from, zone) = (start.instant(&jiff::tz::TimeZone::UTC), "UTC");
    let near = from.checked_sub(SignedDuration::from_hours(48)).unwrap_or(from);
    let far = from.checked_add(SignedDuration::from_hours(24 * 366 * 30)).unwrap_or(from);
    if series.starts((near, far), zone, 1).is_empty() {
        return Err(refused());
    }
    Ok(())
}

fn until(line: &str) -> Option<&str> {
    line.strip_prefix("RRULE:")?.split(';').find_map(|part| part.strip_prefix("UNTIL="))
}

fn choice(fields: &mut Fields, key: &str, allowed: &[&str], default: &str) -> Result<(), Refused> {
    match fields.get(key) {
        None => {}
        Some(Value::String(value)) if value == default => drop(fields.remove(key)),
        Some(Value::String(value)) if allowed.contains(&value.as_str()) => {}
        Some(_) => return Err(Refused::invalid(format!("Invalid value for: {key}"))),
    }
    Ok(())
}

/// Checks reminders and fills in what is left out.
pub(super) fn reminders(value: &Value) -> Result<Value, Refused> {
    let Some(fields) = value.as_object() else {
        return Err(Refused::invalid("Invalid value for: reminders"));
    };
    let overrides = match fields.get("overrides") {
        None | Some(Value::Null) => &Vec::new(),
        Some(Value::Array(overrides)) => overrides,
        Some(_) => return Err(Refused::invalid("Invalid value for: reminders")),
    };
    if overrides.len() > 5 {
        return Err(Refused::invalid("Too many reminders: at most 5 are allowed."));
    }
    for reminder in overrides {
        let method = reminder.get("method").and_then(Value::as_str);
        let minutes = reminder.get("minutes").and_then(Value::as_i64);
        let fits =
            matches!(method, Some("email" | "popup")) && minutes.is_some_and(|m| (0..=40320).contains(&m));
        if !fits {
            return Err(Refused::invalid("Invalid reminder: method and minutes are needed."));
        }
    }
    let default = fields.get("useDefault").and_then(Value::as_bool).unwrap_or(overrides.is_empty());
    if default && !overrides.is_empty() {
        let refused = Refused::of("invalid");
        return Err(refused.saying("Cannot specify both default reminders and overrides at the same time."));
    }
    let mut kept = json!({"useDefault": default});
    if !overrides.is_empty() {
        kept["overrides"] = json!(overrides);
    }
    Ok(kept)
}

fn attendees(fields: &mut Fields) -> Result<(), Refused> {
    let attendees = match fields.get_mut("attendees") {
        None => return Ok(()),
        Some(Value::Array(attendees)) => attendees,
        Some(_) => return Err(Refused::invalid("Invalid value for: attendees")),
    };
    let mut seen = std::collections::BTreeSet::new();
    let mut kept = Vec::new();
    for attendee in std::mem::take(attendees) {
        let Value::Object(mut guest) = attendee else {
            return Err(Refused::invalid("Invalid value for: attendees"));
        };
        let email = match guest.get("email").and_then(Value::as_str) {
            None => return Err(Refused::required("Missing attendee email.")),
            Some(email) if !is_address(email) => return Err(Refused::invalid("Invalid attendee email.")),
            Some(email) => email.to_ascii_lowercase(),
        };
        guest.retain(|key, value| {
            !matches!(key.as_str(), "self" | "organizer") && !value.is_null() && !is_default(key, value)
        });
        match guest.entry("responseStatus").or_insert_with(|| json!("needsAction")).as_str() {
            Some("needsAction" | "declined" | "tentative" | "accepted") => {}
            _ => return Err(Refused::invalid("Invalid value for: responseStatus")),
        }
        if seen.insert(email) {
            kept.push(Value::Object(guest));
        }
    }
    match kept.is_empty() {
        true => drop(fields.remove("attendees")),
        false => *attendees_of(fields) = kept,
    }
    Ok(())
}

fn attendees_of(fields: &mut Fields) -> &mut Vec<Value> {
    match fields.entry("attendees").or_insert_with(|| json!([])) {
        Value::Array(attendees) => attendees,
        _ => unreachable!("it was read as an array, or was just made"),
    }
}

fn is_default(key: &str, value: &Value) -> bool {
    match key {
        "optional" | "resource" => *value == json!(false),
        "additionalGuests" => *value == json!(0),
        "comment" | "displayName" => *value == json!(""),
        _ => false,
    }
}

fn is_address(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !text.contains(' '))
}

/// Keys beyond 44 characters vanish, values are cut at 1024, without a word.
fn properties(fields: &mut Fields) -> Result<(), Refused> {
    let Some(value) = fields.get_mut("extendedProperties") else { return Ok(()) };
    let Value::Object(kinds) = value else {
        return Err(Refused::invalid("Invalid value for: extendedProperties"));
    };
    for kind in ["private", "shared"] {
        let Some(Value::Object(held)) = kinds.get_mut(kind) else {
            kinds.remove(kind);
            continue;
        };
        let mut kept = Map::new();
        for (key, value) in std::mem::take(held) {
            match value {
                Value::Null => {}
                Value::String(text) if key.chars().count() <= 44 => {
                    kept.insert(key, json!(text.chars().take(1024).collect::<String>()));
                }
                Value::String(_) => {}
                _ => return Err(Refused::invalid(format!("Invalid value for: extendedProperties.{kind}"))),
            }
        }
        if kept.len() > 300 {
            return Err(Refused::invalid("Too many extended properties."));
        }
        *held = kept;
        if held.is_empty() {
            kinds.remove(kind);
        }
    }
    if kinds.is_empty() {
        fields.remove("extendedProperties");
    }
    Ok(())
}

fn source_and_attachments(fields: &Fields) -> Result<(), Refused> {
    if let Some(source) = fields.get("source") {
        let url = source.get("url").and_then(Value::as_str).unwrap_or_default();
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Refused::invalid("Invalid source URL."));
        }
    }
    if fields.get("attachments").and_then(Value::as_array).is_some_and(|attachments| attachments.len() > 25) {
        return Err(Refused::invalid("Too many attachments: at most 25 are allowed."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(more: Value) -> Fields {
        let mut event = json!({"start": {"date": "2026-11-20"}, "end": {"date": "2026-11-21"}});
        if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
            event.extend(more);
        }
        match event {
            Value::Object(event) => event,
            _ => unreachable!("it is an object"),
        }
    }

    fn accepted(more: Value) -> Fields {
        accept(event(more), "UTC", &Quirks::default()).unwrap()
    }

    #[track_caller]
    fn refused(more: Value, reason: &str) {
        let refused = accept(event(more), "UTC", &Quirks::default()).unwrap_err().body();
        assert_eq!(refused["error"]["errors"][0]["reason"], reason);
    }

    #[test]
    fn an_empty_range_is_refused() {
        refused(json!({"end": {"date": "2026-11-20"}}), "timeRangeEmpty");
        let at = json!({"dateTime": "2026-11-20T08:00:00Z"});
        refused(json!({"start": at, "end": at}), "timeRangeEmpty");
        refused(json!({"end": at}), "invalid");
        refused(json!({"end": null}), "required");
    }

    #[test]
    fn defaults_and_empty_texts_are_absent() {
        let kept = accepted(json!({
            "summary": "", "transparency": "opaque", "visibility": "default", "guestsCanModify": false,
            "attendees": [], "extendedProperties": {"private": {}},
        }));
        assert_eq!(kept, event(json!({})));
    }

    #[test]
    fn extended_properties_are_cut_without_a_word() {
        let (long_key, long_value) = ("k".repeat(45), "v".repeat(2000));
        let kept = accepted(json!({"extendedProperties": {"private": {long_key: "gone", "a": long_value}}}));
        assert_eq!(kept["extendedProperties"], json!({"private": {"a": "v".repeat(1024)}}));
    }

    #[test]
    fn a_rule_that_means_nothing_is_refused() {
        refused(json!({"recurrence": ["RRULE:FREQ=SOMETIMES"]}), "invalid");
        refused(json!({"recurrence": ["EXDATE;VALUE=DATE:20261120"]}), "invalid");
        let timed = json!({
            "start": {"dateTime": "2026-11-20T08:00:00Z"}, "end": {"dateTime": "2026-11-20T09:00:00Z"},
            "recurrence": ["RRULE:FREQ=DAILY"],
        });
        refused(timed, "required");
        accepted(json!({"recurrence": ["RRULE:FREQ=DAILY"]}));
    }

    #[test]
    fn googles_block_about_a_meeting_is_taken_out_where_there_is_no_meeting() {
        let description = "Agenda\n-::~:~::~:~\nJoin: https://meet\n-::~:~::~:~\n";
        assert_eq!(accepted(json!({"description": description}))["description"], "Agenda");
    }

    #[test]
    fn more_than_five_reminders_are_too_many() {
        let one = json!({"method": "popup", "minutes": 10});
        assert!(reminders(&json!({"useDefault": false, "overrides": vec![one.clone(); 6]})).is_err());
        assert!(reminders(&json!({"useDefault": true, "overrides": [one]})).is_err());
        assert_eq!(reminders(&json!({"useDefault": false})).unwrap(), json!({"useDefault": false}));
    }
}

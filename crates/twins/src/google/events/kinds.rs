//! Events of special types: what they must be, and what they refuse.

use serde_json::{Value, json};

use super::entry::text;
use crate::google::Fields;
use crate::google::answers::Refused;

/// Checks an event of a special type as it would be after a write.
pub(super) fn check(fields: &Fields, is_primary: bool, is_new: bool) -> Result<(), Refused> {
    let kind = text(fields, "eventType").unwrap_or("default");
    let all_day = fields.get("start").is_some_and(|start| start.get("date").is_some());
    let crowded = fields.contains_key("attendees") || fields.contains_key("conferenceData");
    let malformed = match kind {
        "default" => return Ok(()),
        "outOfOffice" if all_day || crowded => Some("malformedOutOfOfficeEvent"),
        "focusTime" if all_day || crowded => Some("malformedFocusTimeEvent"),
        "workingLocation" => {
            let named =
                fields.get("workingLocationProperties").and_then(|where_| where_.get("type")).is_some();
            let open = text(fields, "visibility") == Some("public");
            let free = text(fields, "transparency") == Some("transparent");
            (crowded || !named || !open || !free).then_some("malformedWorkingLocationEvent")
        }
        "outOfOffice" | "focusTime" => None,
        "birthday" => (!all_day || crowded || yearly(fields).is_none()).then_some("eventTypeRestriction"),
        "fromGmail" => is_new.then_some("eventTypeRestriction"),
        _ => return Err(Refused::invalid("Invalid value for: eventType")),
    };
    match malformed {
        Some(reason) => Err(Refused::of(reason)),
        None if !is_primary && kind != "fromGmail" => Err(Refused::of("eventTypeRestriction")),
        None => Ok(()),
    }
}

fn yearly(fields: &Fields) -> Option<&Value> {
    fields
        .get("recurrence")?
        .as_array()?
        .iter()
        .find(|line| line.as_str().is_some_and(|l| l.contains("FREQ=YEARLY")))
}

/// Refuses a change that an event of a special type does not allow.
pub(super) fn check_change(before: &Fields, after: &Fields) -> Result<(), Refused> {
    let allowed: &[&str] = match text(before, "eventType") {
        Some("birthday") => &["summary", "colorId", "eventLabelId", "start", "end", "recurrence", "sequence"],
        Some("fromGmail") => &[
            "colorId",
            "transparency",
            "visibility",
            "status",
            "extendedProperties",
            "attendees",
            "sequence",
        ],
        _ => return Ok(()),
    };
    let keys = before.keys().chain(after.keys());
    let changed = keys.filter(|key| before.get(*key) != after.get(*key));
    match changed.into_iter().all(|key| allowed.contains(&key.as_str())) {
        true => Ok(()),
        false => Err(Refused::of("eventTypeRestriction")),
    }
}

/// Refuses another type than the event has.
pub(super) fn check_type(before: &Fields, incoming: &Fields) -> Result<(), Refused> {
    let default = json!("default");
    match incoming.get("eventType") {
        Some(kind) if kind != before.get("eventType").unwrap_or(&default) => {
            Err(Refused::of("eventTypeRestriction"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_event(more: Value, is_primary: bool, expected: Option<&str>) {
        let Value::Object(fields) = more else { unreachable!("it is an object") };
        let reason = check(&fields, is_primary, true)
            .err()
            .map(|refused| refused.body()["error"]["errors"][0].clone());
        assert_eq!(reason.as_ref().map(|error| error["reason"].as_str().unwrap()), expected);
    }

    #[test]
    fn each_type_has_its_own_refusal() {
        let timed = json!({"dateTime": "2026-11-20T08:00:00Z"});
        check_event(json!({"eventType": "focusTime", "start": timed}), true, None);
        check_event(json!({"eventType": "focusTime", "start": timed}), false, Some("eventTypeRestriction"));
        let all_day = json!({"eventType": "focusTime", "start": {"date": "2026-11-20"}});
        check_event(all_day, true, Some("malformedFocusTimeEvent"));
        let crowded = json!({"eventType": "outOfOffice", "start": timed, "attendees": []});
        check_event(crowded, true, Some("malformedOutOfOfficeEvent"));
        check_event(json!({"eventType": "workingLocation"}), true, Some("malformedWorkingLocationEvent"));
        check_event(json!({"eventType": "fromGmail", "start": timed}), true, Some("eventTypeRestriction"));
        check_event(json!({"eventType": "party"}), true, Some("invalid"));
    }
}

//! What a server looks at before it stores an object (RFC 4791, 4.1 and 5.3.2.1).

use super::Component;
use super::times::{When, span};

/// An object that may be stored.
#[derive(Clone, Debug)]
pub(in crate::caldav) struct Checked {
    pub(in crate::caldav) calendar: Component,
    pub(in crate::caldav) uid: String,
    /// `VEVENT`, `VTODO`, …
    pub(in crate::caldav) kind: String,
}

/// Why an object may not be stored, by the name of the precondition that it fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::caldav) struct Fault {
    pub(in crate::caldav) precondition: &'static str,
    pub(in crate::caldav) words: String,
}

fn fault(precondition: &'static str, words: impl Into<String>) -> Fault {
    Fault { precondition, words: words.into() }
}

/// Looks at a text. `allow_method`: whether METHOD may be in it.
pub(in crate::caldav) fn check(text: &str, allow_method: bool) -> Result<Checked, Fault> {
    let calendar = Component::parse(text).map_err(|words| fault("valid-calendar-data", words))?;
    if calendar.name != "VCALENDAR" {
        return Err(fault("valid-calendar-data", format!("{} is not a VCALENDAR", calendar.name)));
    }
    let whole = |words: &str| fault("valid-calendar-object-resource", words);
    if calendar.line("METHOD").is_some() && !allow_method {
        return Err(whole("METHOD must not be stored"));
    }
    let kind = match calendar.entries().next() {
        Some(entry) => entry.name.clone(),
        None => return Err(whole("there is nothing in the calendar but zones")),
    };
    if calendar.entries().any(|entry| entry.name != kind) {
        return Err(whole("there are entries of different kinds"));
    }
    if !["VEVENT", "VTODO", "VJOURNAL", "VAVAILABILITY", "VFREEBUSY"].contains(&kind.as_str()) {
        return Err(fault("supported-calendar-component", format!("{kind} is not known")));
    }
    let uid = match calendar.entries().next().and_then(|entry| entry.value("UID")) {
        Some(uid) if !uid.trim().is_empty() => uid.trim().to_owned(),
        _ => return Err(whole("an entry has no UID")),
    };
    if calendar.entries().any(|entry| entry.value("UID").map(str::trim) != Some(&uid)) {
        return Err(whole("there are entries of different UIDs"));
    }
    if calendar.entries().filter(|entry| entry.line("RECURRENCE-ID").is_none()).count() > 1 {
        return Err(whole("there are two entries that are no exceptions"));
    }
    for entry in calendar.entries().filter(|entry| entry.name == "VEVENT") {
        let readable = entry.line("DTSTART").and_then(When::of).is_some();
        if !readable {
            return Err(fault("valid-calendar-data", "an event has no DTSTART that can be read"));
        }
        if entry.line("DTEND").is_some() && span(entry).is_none() {
            return Err(fault("valid-calendar-data", "an event ends before it begins"));
        }
    }
    Ok(Checked { calendar, uid, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(lines: &str) -> Option<&'static str> {
        let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{lines}\nEND:VCALENDAR\n");
        check(&text, false).err().map(|fault| fault.precondition)
    }

    #[test]
    fn what_is_no_single_object_is_refused() {
        let event = |more: &str| format!("BEGIN:VEVENT\nDTSTART:20261110T100000Z\n{more}\nEND:VEVENT");
        let whole = Some("valid-calendar-object-resource");
        assert_eq!(refused(&event("UID:a")), None);
        assert_eq!(refused(&format!("METHOD:REQUEST\n{}", event("UID:a"))), whole);
        assert_eq!(refused(&event("SUMMARY:no uid")), whole);
        assert_eq!(refused(&format!("{}\n{}", event("UID:a"), event("UID:b"))), whole);
        assert_eq!(refused(&format!("{}\n{}", event("UID:a"), event("UID:a"))), whole);
        assert_eq!(refused(""), whole);
        assert_eq!(refused("BEGIN:VEVENT\nUID:a\nEND:VEVENT"), Some("valid-calendar-data"));
        assert_eq!(refused(&event("UID:a\nDTEND:20261110T090000Z")), Some("valid-calendar-data"));
    }
}

//! Guests: their copies, their answers, and the mail that would be sent.
//!
//! A guest with an account here finds the event on their primary calendar under the same id. What the organiser
//! changes reaches every copy; a guest's own answer reaches the organiser. Private properties, colour and reminders
//! stay with each copy.

use serde_json::{Value, json};

use super::entry::{self, Entry, Place, effective, organizer, text};
use super::master;
use super::write::Options;
use crate::google::Fields;
use crate::google::answers::Refused;
use crate::google::state::State;
use crate::ledger::Mail;

/// What a copy does not share with its original.
const OF_THE_COPY: [&str; 5] = ["colorId", "transparency", "visibility", "eventLabelId", "source"];

pub(super) use entry::guests as emails;

/// Brings the copies in line with the original after its organiser wrote it, and sends the mail that was asked for.
pub(super) fn spread(
    state: &mut State,
    calendar: &str,
    id: &str,
    before: Option<&Fields>,
    options: &Options,
    by: &str,
) {
    let Some(held) = state.calendars.get(calendar) else { return };
    let Some(original) = held.events.get(id).cloned() else { return };
    let after = effective(held, &original, held.events.last()).into_owned();
    let is_gone = after.get("status") == Some(&json!("cancelled"));
    let now = if is_gone { Vec::new() } else { emails(&after) };
    let was = before
        .filter(|before| before.get("status") != Some(&json!("cancelled")))
        .map(emails)
        .unwrap_or_default();
    let mut everyone = was.clone();
    everyone.extend(now.iter().filter(|email| !was.contains(email)).cloned());
    let home = organizer(&after).unwrap_or(calendar).to_ascii_lowercase();
    everyone.retain(|email| *email != home && !email.eq_ignore_ascii_case(calendar));
    for email in everyone {
        let stays = now.contains(&email);
        let kind = match (was.contains(&email), stays) {
            (_, false) => "cancellation",
            (false, true) => "invitation",
            (true, true) => "update",
        };
        send(state, calendar, id, &after, &email, kind, options);
        if let Some(user) = state.user_by_email(&email).map(ToOwned::to_owned) {
            let primary = state.calendar_id(&user, "primary");
            if !deleted_series(state, calendar, &primary, &original, &email) {
                copy(state, &primary, id, &original, &after, &email, kind, by);
            }
        }
    }
    // What became of the changed occurrences reaches their guests, too.
    let children = state.calendars.get(calendar).and_then(|held| held.children.get(id)).cloned();
    for child in children.unwrap_or_default() {
        let Some(held) = state.calendars.get(calendar) else { return };
        let Some(entry) = held.events.get(&child) else { continue };
        let mut before = effective(held, entry, held.events.last()).into_owned();
        before.insert("status".into(), json!("confirmed"));
        spread(state, calendar, &child, Some(&before), &Options::default(), by);
    }
}

/// Whether a guest of a whole series has deleted their copy of it: then its occurrences do not come back one by one.
fn deleted_series(state: &State, calendar: &str, primary: &str, original: &Entry, email: &str) -> bool {
    let Some((master, _)) = original.child_of() else { return false };
    let entry = |calendar: &str| state.calendars.get(calendar).and_then(|held| held.events.get(master));
    let is_guest =
        entry(calendar).is_some_and(|series| emails(&series.body).iter().any(|guest| guest == email));
    is_guest && entry(primary).is_some_and(Entry::is_cancelled)
}

/// Makes, updates or cancels one guest's copy.
#[expect(clippy::too_many_arguments, reason = "a copy is made of the original, its home and its guest")]
fn copy(
    state: &mut State,
    primary: &str,
    id: &str,
    original: &Entry,
    after: &Fields,
    email: &str,
    kind: &'static str,
    by: &str,
) {
    let stays = kind != "cancellation";
    let Some(held) = state.calendars.get(primary) else { return };
    let known = held.events.get(id).cloned();
    if kind == "update" && known.as_ref().is_some_and(Entry::is_cancelled) {
        // They deleted their copy; only another invitation brings it back.
        return;
    }
    // Invited to one occurrence only, a guest has that occurrence and no series.
    let has_series = |master: &str| held.events.get(master).is_some_and(|series| !series.is_cancelled());
    let place = match &original.place {
        Place::Occurrence { master, .. } if has_series(master) => original.place.clone(),
        _ => Place::Whole,
    };
    let has_it = known.as_ref().map_or(place != Place::Whole, |entry| !entry.is_cancelled());
    if !stays && !has_it {
        return;
    }
    let mut body = match place {
        Place::Whole => after.clone(),
        Place::Occurrence { .. } => original.body.clone(),
    };
    let own = known.as_ref().map(|entry| effective(held, entry, held.events.last()).into_owned());
    for key in OF_THE_COPY {
        body.remove(key);
        if let Some(value) = own.as_ref().and_then(|own| own.get(key)) {
            body.insert(key.into(), value.clone());
        }
    }
    if let Some(properties) = properties_of_copy(own.as_ref(), after) {
        body.insert("extendedProperties".into(), properties);
    } else {
        body.remove("extendedProperties");
    }
    let own_answer = own.as_ref().and_then(|own| attendee(own, email).cloned());
    if let Some(answer) = own_answer
        && let Some(Value::Array(attendees)) = body.get_mut("attendees")
        && let Some(mine) = attendees.iter_mut().find(|guest| is_address_of(guest, email))
    {
        for key in ["responseStatus", "comment", "additionalGuests"] {
            if let Some(value) = answer.get(key) {
                mine[key] = value.clone();
            }
        }
    }
    if !stays {
        body.insert("status".into(), json!("cancelled"));
    }
    if known.as_ref().is_some_and(|entry| entry.body == body && entry.place == place) {
        return;
    }
    let personal = known.map(|entry| entry.personal).unwrap_or_default();
    let etag = state.next_etag();
    let entry = Entry { body, place, dropped: original.dropped, etag, updated: state.core.now, personal };
    match entry.place {
        Place::Whole => master::put(state, primary, id, entry, "copy", by),
        Place::Occurrence { .. } => state.put_event(primary, id, entry, "copy", by),
    }
}

fn properties_of_copy(own: Option<&Fields>, after: &Fields) -> Option<Value> {
    let private = own.and_then(|own| own.get("extendedProperties")?.get("private"));
    let shared = after.get("extendedProperties").and_then(|properties| properties.get("shared"));
    let mut properties = Fields::new();
    properties.extend(private.map(|private| ("private".to_owned(), private.clone())));
    properties.extend(shared.map(|shared| ("shared".to_owned(), shared.clone())));
    (!properties.is_empty()).then_some(Value::Object(properties))
}

/// What a guest may change on their own copy: their answer, and what stays on the copy. Everybody else's entry is
/// the organiser's.
pub(super) fn own_copy(calendar: &str, before: &Fields, after: &mut Fields) -> Result<(), Refused> {
    for key in ["guestsCanInviteOthers", "guestsCanModify", "guestsCanSeeOtherGuests"] {
        if before.get(key) != after.get(key) {
            return Err(Refused::of("forbiddenForNonOrganizer"));
        }
    }
    let mine = attendee(after, calendar).cloned();
    let invites = before.get("guestsCanInviteOthers") != Some(&json!(false));
    let known = emails(before);
    let added: Vec<Value> = match after.get("attendees") {
        Some(Value::Array(attendees)) if invites => attendees
            .iter()
            .filter(|guest| {
                let email = guest.get("email").and_then(Value::as_str).map(str::to_ascii_lowercase);
                email.is_some_and(|email| !known.contains(&email))
            })
            .cloned()
            .collect(),
        _ => Vec::new(),
    };
    match before.get("attendees").cloned() {
        None => {}
        Some(mut attendees) => {
            if let Value::Array(list) = &mut attendees {
                if let (Some(answer), Some(held)) =
                    (mine, list.iter_mut().find(|guest| is_address_of(guest, calendar)))
                {
                    *held = answer;
                }
                list.extend(added);
            }
            after.insert("attendees".into(), attendees);
        }
    }
    Ok(())
}

/// Carries a guest's answer from their copy to the original and to the other copies.
pub(super) fn reply(
    state: &mut State,
    calendar: &str,
    id: &str,
    before: &Fields,
    options: &Options,
    by: &str,
) {
    let Some(held) = state.calendars.get(calendar) else { return };
    let Some(entry) = held.events.get(id) else { return };
    let after = effective(held, entry, held.events.last()).into_owned();
    let Some(answer) = attendee(&after, calendar).cloned() else { return };
    let invited: Vec<String> = {
        let known = emails(before);
        emails(&after).into_iter().filter(|email| !known.contains(email)).collect()
    };
    let changed = if before.get("guestsCanModify") == Some(&json!(true)) {
        shared_changes(before, &after)
    } else {
        Fields::new()
    };
    if attendee(before, calendar) == Some(&answer) && invited.is_empty() && changed.is_empty() {
        return;
    }
    let added = invited.iter().filter_map(|email| attendee(&after, email).cloned()).collect();
    carry(state, calendar, id, &after, Word { answer, added, changed }, options, by);
}

/// What a guest who may modify the event changed of what all share; null where they emptied it.
fn shared_changes(before: &Fields, after: &Fields) -> Fields {
    let keys =
        ["summary", "description", "location", "start", "end", "recurrence", "conferenceData", "hangoutLink"];
    let changed = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    changed.map(|key| (key.to_owned(), after.get(key).cloned().unwrap_or(Value::Null))).collect()
}

/// What a guest tells the organiser.
struct Word {
    answer: Value,
    /// Whom they invited.
    added: Vec<Value>,
    /// What they changed of the event itself.
    changed: Fields,
}

/// A guest who deletes their copy declines.
pub(super) fn decline(
    state: &mut State,
    calendar: &str,
    id: &str,
    before: &Fields,
    options: &Options,
    by: &str,
) {
    let Some(mut answer) = attendee(before, calendar).cloned() else { return };
    answer["responseStatus"] = json!("declined");
    let word = Word { answer, added: Vec::new(), changed: Fields::new() };
    carry(state, calendar, id, before, word, options, by);
}

fn carry(state: &mut State, guest: &str, id: &str, event: &Fields, word: Word, options: &Options, by: &str) {
    let Some(home) = organizer(event).map(ToOwned::to_owned) else { return };
    send(state, guest, id, event, &home, "response", options);
    let Some(held) = state.calendars.get(&home) else { return };
    let Ok(spot) = super::spot::locate_at(held, id, held.events.last()) else { return };
    if spot.fields.get("status") == Some(&json!("cancelled")) {
        return;
    }
    let before = spot.fields.clone();
    let mut attendees = spot.fields.get("attendees").cloned().unwrap_or_else(|| json!([]));
    if let Value::Array(list) = &mut attendees {
        if let Some(held) = list.iter_mut().find(|held| is_address_of(held, guest)) {
            *held = word.answer;
        }
        list.extend(word.added);
    }
    let (etag, now) = (state.next_etag(), state.core.now);
    let place = spot.place.clone();
    let mut entry = spot.entry.unwrap_or_else(|| Entry { place, ..Entry::whole(Fields::new(), etag, now) });
    entry.body.insert("attendees".into(), attendees);
    if ["start", "end", "recurrence"].iter().any(|key| word.changed.contains_key(*key)) {
        let sequence = before.get("sequence").and_then(Value::as_i64).unwrap_or(0);
        entry.body.insert("sequence".into(), json!(sequence + 1));
    }
    for (key, value) in word.changed {
        match (value, &entry.place) {
            (Value::Null, Place::Whole) => drop(entry.body.remove(&key)),
            (value, _) => drop(entry.body.insert(key, value)),
        }
    }
    (entry.etag, entry.updated) = (etag, now);
    match entry.place {
        Place::Whole => master::put(state, &home, id, entry, "reply", by),
        Place::Occurrence { .. } => state.put_event(&home, id, entry, "reply", by),
    }
    // The other guests see the answer; nobody gets mail about it.
    spread(state, &home, id, Some(&before), &Options::default(), by);
}

/// Writes down a mail if one would be sent.
fn send(
    state: &mut State,
    calendar: &str,
    id: &str,
    event: &Fields,
    to: &str,
    kind: &'static str,
    options: &Options,
) {
    let external = state.user_by_email(to).is_none() && !to.ends_with("@gmail.com");
    let wanted = match options.send_updates.as_str() {
        "all" => true,
        "externalOnly" => external,
        "none" => state.quirks.mail_in_spite_of_none,
        _ => false,
    };
    if !wanted {
        return;
    }
    let at = state.core.now;
    state.core.ledger.mail(|n| Mail {
        n,
        at,
        to: to.to_owned(),
        kind: kind.into(),
        calendar: calendar.to_owned(),
        event: id.to_owned(),
        uid: text(event, "iCalUID").unwrap_or_default().to_owned(),
        sequence: event.get("sequence").and_then(Value::as_i64).unwrap_or(0),
        send_updates: options.send_updates.clone(),
    });
}

fn attendee<'a>(fields: &'a Fields, email: &str) -> Option<&'a Value> {
    fields.get("attendees")?.as_array()?.iter().find(|guest| is_address_of(guest, email))
}

fn is_address_of(guest: &Value, email: &str) -> bool {
    guest.get("email").and_then(Value::as_str).is_some_and(|held| held.eq_ignore_ascii_case(email))
}

//! Update, patch, delete and move, and what every write has in common.

use serde_json::{Value, json};

use super::check::{self, READ_ONLY};
use super::conference;
use super::entry::{Entry, Personal, Place, is_home, occurrence};
use super::guests;
use super::kinds;
use super::spot::locate;
use super::{master, viewer};
use crate::google::Fields;
use crate::google::answers::Refused;
use crate::google::calls::{Answer, Caller, Detail, Outcome};
use crate::google::state::{Finish, Later, State, quoted};
use crate::message::Call;

/// What a write says beside the event.
#[derive(Clone, Debug, Default)]
pub(in crate::google) struct Options {
    /// Whom mail goes to: `all`, `externalOnly`, `none`; empty if the caller said nothing.
    pub(in crate::google) send_updates: String,
    /// The body's conference counts.
    pub(in crate::google) conference: bool,
    /// The body's attachments count.
    pub(in crate::google) attachments: bool,
    /// The body speaks of labels instead of colours.
    pub(in crate::google) labels: bool,
    /// The version that must still be there.
    pub(in crate::google) if_match: Option<String>,
    pub(in crate::google) max_attendees: Option<usize>,
}

impl Options {
    pub(in crate::google) fn of(call: &Call) -> Result<Options, Refused> {
        let send_updates = match call.param("sendUpdates") {
            None if call.says("sendNotifications") => "all".to_owned(),
            None => String::new(),
            Some(whom) if matches!(whom.as_str(), "all" | "externalOnly" | "none") => whom,
            Some(whom) => {
                let words = format!("Invalid value at 'send_updates' \"{whom}\"");
                return Err(Refused::invalid(words).about("sendUpdates"));
            }
        };
        Ok(Options {
            send_updates,
            conference: call.param("conferenceDataVersion").as_deref() == Some("1"),
            attachments: call.says("supportsAttachments"),
            labels: call.param("eventLabelVersion").as_deref() == Some("1"),
            if_match: call.header("if-match").map(ToOwned::to_owned),
            max_attendees: call.param("maxAttendees").and_then(|most| most.parse().ok()),
        })
    }
}

/// Merge as PATCH does, or replace as PUT does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::google) enum How {
    Patch,
    Replace,
}

/// `events.update` and `events.patch`.
pub(in crate::google) fn change(
    state: &mut State,
    caller: &Caller,
    calendar: &str,
    id: &str,
    mut incoming: Fields,
    how: How,
    options: &Options,
) -> Result<Value, Refused> {
    let spot = locate(state, calendar, id)?;
    if spot.is_orphan(&state.calendars[calendar]) {
        return Err(Refused::not_found());
    }
    check_version(options, spot.etag_for(&caller.user))?;
    let before = spot.fields;
    let at_home = is_home(calendar, &before);
    let is_occurrence = spot.place != Place::Whole;
    if is_occurrence
        && incoming.get("recurrence").and_then(Value::as_array).is_some_and(|lines| !lines.is_empty())
    {
        return Err(Refused::invalid("Invalid value for: recurrence"));
    }
    kinds::check_type(&before, &incoming)?;
    incoming.retain(|key, _| !READ_ONLY.contains(&key.as_str()));
    withhold(&mut incoming, options);
    let sequence_before = before.get("sequence").and_then(Value::as_i64).unwrap_or(0);
    let sequence = take_sequence(&mut incoming, sequence_before)?;

    if how == How::Patch && incoming.is_empty() && sequence.is_none() {
        // A patch of nothing is no change.
        return shown(state, caller, calendar, id, options);
    }
    let own_reminders = spot.entry.as_ref().and_then(|entry| entry.personal.get(&caller.user));
    let reminders = match (incoming.remove("reminders"), how) {
        (Some(Value::Null), _) | (None, How::Replace) => Some(json!({"useDefault": true})),
        (Some(value), _) => Some(check::reminders(&value)?),
        (None, How::Patch) => own_reminders.map(|personal| personal.reminders.clone()),
    };
    let only_reminders = how == How::Patch && incoming.is_empty() && sequence.is_none();

    let mut merged = match how {
        How::Patch => before.clone(),
        How::Replace => kept_by_replace(&before, options),
    };
    merge(&mut merged, incoming);
    let held = &state.calendars[calendar];
    let (zone, is_primary) = (held.zone().to_owned(), held.primary_of.is_some());
    let mut after = check::accept(merged, &zone, &state.quirks)?;
    if how == How::Replace {
        after.entry("status").or_insert_with(|| json!("confirmed"));
    }
    if !at_home {
        guests::own_copy(calendar, &before, &mut after)?;
    }
    kinds::check_change(&before, &after)?;
    kinds::check(&after, is_primary, false)?;

    let was_cancelled = before.get("status") == Some(&json!("cancelled"));
    let is_cancelled = after.get("status") == Some(&json!("cancelled"));
    if was_cancelled && !is_cancelled && !at_home {
        return Err(Refused::of("forbidden"));
    }
    if !was_cancelled && is_cancelled {
        remove(state, caller, calendar, id, &Options { if_match: None, ..options.clone() })?;
        return shown(state, caller, calendar, id, options);
    }

    let moved = ["start", "end", "recurrence"].iter().any(|key| before.get(*key) != after.get(*key));
    let next = sequence_before + i64::from(moved && at_home);
    after.insert("sequence".into(), json!(sequence.unwrap_or(next).max(next)));
    let pending = conference::begin(state, Some(&before), &mut after);

    let etag = state.next_etag();
    let updated = match &spot.entry {
        Some(entry) if only_reminders => entry.updated,
        _ => state.core.now,
    };
    let mut entry = Entry {
        body: after,
        place: spot.place.clone(),
        dropped: false,
        etag: if only_reminders { spot.etag } else { etag },
        updated,
        personal: spot.entry.as_ref().map(|entry| entry.personal.clone()).unwrap_or_default(),
    };
    if let Some(reminders) = reminders {
        let usual = reminders == json!({"useDefault": true});
        match usual && !only_reminders {
            true => drop(entry.personal.remove(&caller.user)),
            false => drop(entry.personal.insert(caller.user.clone(), Personal { reminders, etag })),
        }
    }
    if let Place::Occurrence { master, start } = &spot.place {
        let plain = match state.calendars[calendar].events.get(master) {
            Some(series) => occurrence(master, &series.body, *start),
            None => Fields::new(),
        };
        let own = spot.entry.as_ref().map(|entry| &entry.body);
        entry.body = own_fields(&plain, entry.body, own);
    }
    let what = if how == How::Patch { "patch" } else { "update" };
    if spot.place == Place::Whole {
        master::put(state, calendar, id, entry, what, &caller.by);
    } else {
        state.put_event(calendar, id, entry, what, &caller.by);
    }
    finish_later(state, calendar, id, pending);
    match at_home {
        true => guests::spread(state, calendar, id, Some(&before), options, &caller.by),
        false => guests::reply(state, calendar, id, &before, options, &caller.by),
    }
    shown(state, caller, calendar, id, options)
}

/// `events.delete`.
pub(in crate::google) fn remove(
    state: &mut State,
    caller: &Caller,
    calendar: &str,
    id: &str,
    options: &Options,
) -> Result<(), Refused> {
    let spot = locate(state, calendar, id)?;
    if spot.fields.get("status") == Some(&json!("cancelled")) {
        return Err(Refused::of("deleted"));
    }
    check_version(options, spot.etag_for(&caller.user))?;
    let before = spot.fields;
    let etag = state.next_etag();
    let (now, place) = (state.core.now, spot.place.clone());
    let mut entry = spot.entry.unwrap_or_else(|| Entry { place, ..Entry::whole(Fields::new(), etag, now) });
    entry.body.insert("status".into(), json!("cancelled"));
    (entry.etag, entry.updated) = (etag, now);
    if spot.place == Place::Whole {
        master::put(state, calendar, id, entry, "delete", &caller.by);
    } else {
        state.put_event(calendar, id, entry, "delete", &caller.by);
    }
    match is_home(calendar, &before) {
        true => guests::spread(state, calendar, id, Some(&before), options, &caller.by),
        false => guests::decline(state, calendar, id, &before, options, &caller.by),
    }
    Ok(())
}

/// `events.move`: to another calendar, which becomes the organiser. The id stays.
pub(in crate::google) fn relocate(
    state: &mut State,
    caller: &Caller,
    calendar: &str,
    id: &str,
    destination: &str,
    options: &Options,
) -> Result<Value, Refused> {
    let spot = locate(state, calendar, id)?;
    if spot.place != Place::Whole {
        return Err(Refused::of("cannotChangeOrganizerOfInstance"));
    }
    if spot.fields.get("status") == Some(&json!("cancelled")) {
        return Err(Refused::not_found());
    }
    if !is_home(calendar, &spot.fields) || spot.fields.contains_key("eventType") {
        return Err(Refused::of("cannotChangeOrganizer"));
    }
    if destination == calendar {
        return shown(state, caller, calendar, id, options);
    }
    let there = state.calendars.get(destination).ok_or_else(Refused::not_found)?;
    if there.events.get(id).is_some_and(|entry| !entry.is_cancelled()) {
        return Err(Refused::of("duplicate"));
    }
    let (summary, is_primary) = (there.summary().to_owned(), there.primary_of.is_some());
    let children: Vec<(String, Entry)> = {
        let here = &state.calendars[calendar];
        let ids = here.children.get(id).into_iter().flatten();
        ids.filter_map(|child| Some((child.clone(), here.events.get(child)?.clone()))).collect()
    };
    let Some(entry) = spot.entry else { return Err(Refused::not_found()) };
    let mut moved = entry.clone();
    let organizer = match is_primary {
        true => json!({"email": destination}),
        false => json!({"email": destination, "displayName": summary}),
    };
    moved.body.insert("organizer".into(), organizer);
    (moved.etag, moved.updated) = (state.next_etag(), state.core.now);
    // What stays behind is no longer at home here: it cannot be revived.
    let mut gone = entry;
    gone.body.insert("organizer".into(), moved.body["organizer"].clone());
    gone.body.insert("status".into(), json!("cancelled"));
    (gone.etag, gone.updated) = (state.next_etag(), state.core.now);
    master::put(state, calendar, id, gone, "move", &caller.by);
    state.put_event(destination, id, moved, "move", &caller.by);
    for (child, mut entry) in children {
        (entry.etag, entry.updated) = (state.next_etag(), state.core.now);
        state.put_event(destination, &child, entry, "move", &caller.by);
    }
    guests::spread(state, destination, id, Some(&spot.fields), options, &caller.by);
    shown(state, caller, destination, id, options)
}

/// The event as the caller now sees it.
pub(in crate::google) fn shown(
    state: &State,
    caller: &Caller,
    calendar: &str,
    id: &str,
    options: &Options,
) -> Result<Value, Refused> {
    let spot = locate(state, calendar, id)?;
    let mut viewer = viewer(state, caller, calendar, None, Detail::Full)?;
    viewer.max_attendees = options.max_attendees;
    viewer.upto = state.calendars[calendar].events.last();
    Ok(spot.render(state, calendar, &viewer))
}

pub(in crate::google) fn answer(value: Result<Value, Refused>) -> Outcome {
    value.map(Answer::Json)
}

fn check_version(options: &Options, etag: u64) -> Result<(), Refused> {
    match options.if_match.as_deref() {
        None | Some("*") => Ok(()),
        Some(wanted) if wanted.split(',').any(|one| one.trim() == quoted(etag)) => Ok(()),
        Some(_) => Err(Refused::of("conditionNotMet")),
    }
}

/// Conferences and attachments in a body count only when the caller says that it knows them.
pub(super) fn withhold(incoming: &mut Fields, options: &Options) {
    if !options.conference {
        incoming.remove("conferenceData");
    }
    if !options.attachments {
        incoming.remove("attachments");
    }
    incoming.remove(if options.labels { "colorId" } else { "eventLabelId" });
}

/// What a PUT leaves alone although it does not send it.
fn kept_by_replace(before: &Fields, options: &Options) -> Fields {
    let mut kept = before.clone();
    kept.retain(|key, _| match key.as_str() {
        "conferenceData" => !options.conference,
        "attachments" => !options.attachments,
        "sequence" => true,
        key => READ_ONLY.contains(&key),
    });
    kept
}

/// JSON merge: objects key by key, null removes, everything else replaces.
pub(in crate::google) fn merge(target: &mut Fields, patch: Fields) {
    for (key, value) in patch {
        match value {
            Value::Null => drop(target.remove(&key)),
            Value::Object(inner) => match target.entry(key).or_insert_with(|| json!({})) {
                Value::Object(held) => merge(held, inner),
                other => {
                    let mut held = Fields::new();
                    merge(&mut held, inner);
                    *other = Value::Object(held);
                }
            },
            value => drop(target.insert(key, value)),
        }
    }
}

/// What an occurrence has that its series has not, and what was its own before.
fn own_fields(plain: &Fields, after: Fields, before: Option<&Fields>) -> Fields {
    let mut own = Fields::new();
    for key in plain.keys() {
        if !after.contains_key(key) {
            own.insert(key.clone(), Value::Null);
        }
    }
    for (key, value) in after {
        let was_own = before.is_some_and(|before| before.contains_key(&key));
        if was_own || plain.get(&key) != Some(&value) {
            own.insert(key, value);
        }
    }
    for key in ["id", "recurringEventId", "originalStartTime", "iCalUID"] {
        own.remove(key);
    }
    own
}

pub(super) fn take_sequence(incoming: &mut Fields, current: i64) -> Result<Option<i64>, Refused> {
    match incoming.remove("sequence") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_i64() {
            Some(sequence) if sequence < current => Err(Refused::invalid(
                "Invalid sequence value. The specified sequence number is below the current sequence number of the \
                 resource. Re-fetch the resource and use its sequence number on the following request.",
            )),
            Some(sequence) => Ok(Some(sequence)),
            None => Err(Refused::invalid("Invalid value for: sequence")),
        },
    }
}

pub(super) fn finish_later(state: &mut State, calendar: &str, id: &str, conference_pending: bool) {
    let mut later = |after: Option<u64>, what: Finish| {
        let Some(due) = after
            .and_then(|ms| i64::try_from(ms).ok())
            .and_then(|ms| state.core.now.checked_add(jiff::SignedDuration::from_millis(ms)).ok())
        else {
            return;
        };
        state.later.push(Later { due, calendar: calendar.to_owned(), event: id.to_owned(), what });
    };
    later(state.quirks.late_etag_ms, Finish::Etag);
    if conference_pending {
        later(state.quirks.pending_conference_ms, Finish::Conference);
    }
}

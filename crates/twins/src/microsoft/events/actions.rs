//! What is done to events besides writing them: answers, cancellations, reminders, forwards, open extensions.

use http::Method;
use serde_json::{Value, json};

use super::check::{EXTENSION, extension_of};
use super::guests::{self, Told};
use super::item::Gone;
use super::render::extension;
use super::write::{put, remove};
use super::{Spot, guests::mail};
use crate::message::Call;
use crate::microsoft::Fields;
use crate::microsoft::answers::{Refused, object};
use crate::microsoft::calls::{Answer, Caller, Outcome};
use crate::microsoft::state::State;

/// Does an action that is named at the end of a path.
pub(in crate::microsoft) fn act(
    state: &mut State,
    caller: &Caller,
    spot: Spot,
    action: &str,
    body: &Fields,
) -> Outcome {
    let (calendar, _) = caller.writes(state, spot.mount)?;
    let answer = match action {
        "accept" => Some("accepted"),
        "decline" => Some("declined"),
        "tentativelyAccept" => Some("tentativelyAccepted"),
        _ => None,
    };
    if let Some(answer) = answer {
        if spot.item.is_organizer {
            let words = "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.";
            return Err(Refused::invalid(words));
        }
        // Said in either case: clients of some languages begin with a capital.
        let send = body.iter().find(|(key, _)| key.eq_ignore_ascii_case("sendResponse"));
        let send = send.is_none_or(|(_, value)| value != &Value::Bool(false));
        guests::respond(state, &caller.mailbox, calendar, &spot.item, spot.day, (answer, send), &caller.by);
        return Ok(Answer::Accepted);
    }
    match action {
        "cancel" => {
            if !spot.item.is_organizer {
                return Err(Refused::invalid("You need to be an organizer to cancel a meeting."));
            }
            remove(state, calendar, &spot.item, spot.day, Gone::Deleted, &caller.by);
            let told = Told::Removed(spot.day);
            guests::told(state, calendar, spot.item.number, Some(&spot.item), &told, &caller.by);
            Ok(Answer::Accepted)
        }
        "snoozeReminder" | "dismissReminder" => {
            // The change key moves, and nothing else does.
            let mut item = spot.item;
            if action == "dismissReminder" && spot.day.is_none() {
                item.fields.insert("isReminderOn".into(), json!(false));
            }
            put(state, calendar, item, "update", &caller.by, true);
            Ok(Answer::Accepted)
        }
        "forward" => {
            let to = body.iter().find(|(key, _)| key.eq_ignore_ascii_case("toRecipients")).map(|(_, to)| to);
            let to = to.and_then(Value::as_array).filter(|to| !to.is_empty());
            for one in to.ok_or_else(|| Refused::of("ErrorInvalidRecipients"))? {
                let address =
                    one.pointer("/emailAddress/address").and_then(Value::as_str).unwrap_or_default();
                mail(state, calendar, &caller.mailbox, &spot.item, address, "forward", "");
            }
            Ok(Answer::Accepted)
        }
        _ => Err(Refused::of("BadRequest").saying(format!("Resource not found for the segment '{action}'."))),
    }
}

/// Answers a call under `extensions` of an event.
pub(super) fn extensions(
    state: &mut State,
    caller: &Caller,
    call: &Call,
    spot: Spot,
    path: &[&str],
) -> Outcome {
    if call.method == Method::GET {
        caller.reads(state, &spot)?;
    } else {
        caller.writes(state, spot.mount)?;
    }
    let mut item = spot.item;
    let shown = |name: &str, fields: &Fields| extension(name, fields);
    let answer = match (&call.method, path) {
        (&Method::GET, []) => {
            let all = item.extensions.iter().map(|(name, fields)| shown(name, fields));
            return Ok(Answer::Json(json!({"value": all.collect::<Vec<_>>()})));
        }
        (&Method::POST, []) => {
            let (name, fields) = extension_of(object(&call.body)?)?;
            if item.extensions.contains_key(&name) {
                return Err(Refused::invalid("An extension with this name already exists.").with_status(409));
            }
            let answer = Answer::Made(shown(&name, &fields));
            item.extensions.insert(name, fields);
            answer
        }
        (method, [name]) => {
            let name = name.trim_start_matches(EXTENSION).to_owned();
            let held = item.extensions.get(&name).ok_or_else(Refused::not_found)?;
            match *method {
                Method::GET => return Ok(Answer::Json(shown(&name, held))),
                Method::PATCH => {
                    // What is null stays as it was: a key is never taken away.
                    let mut fields = object(&call.body)?;
                    fields.insert("extensionName".into(), json!(name));
                    let (_, fields) = extension_of(fields)?;
                    let mut merged = held.clone();
                    merged.extend(fields);
                    let answer = Answer::Json(shown(&name, &merged));
                    item.extensions.insert(name, merged);
                    answer
                }
                Method::DELETE => {
                    item.extensions.remove(&name);
                    Answer::Nothing
                }
                _ => return Err(Refused::of("BadRequest").with_status(405)),
            }
        }
        _ => return Err(Refused::of("BadRequest")),
    };
    let calendar = spot.calendar;
    put(state, calendar, item, "update", &caller.by, true);
    Ok(answer)
}

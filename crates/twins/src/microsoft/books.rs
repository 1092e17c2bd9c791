//! What stands beside calendars: who somebody is, settings, categories, zones, free and busy, ids in another form.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answers::{Refused, object};
use super::calls::{Answer, Caller, Outcome};
use super::events::item::Times;
use super::events::times::bound;
use super::ids::{EventId, Kind};
use super::state::{Account, State};
use super::{Fields, events, zones};
use crate::message::Call;

/// Answers `GET /me`.
pub(super) fn me(state: &State, caller: &Caller) -> Outcome {
    caller.needs(&["User.Read"])?;
    let user = state.users.get(&caller.mailbox).ok_or_else(Refused::not_found)?;
    let work = user.account == Account::Work;
    Ok(Answer::Json(json!({
        "@odata.context": format!("{}/v1.0/$metadata#users/$entity", state.settings.base_url),
        "id": user.oid,
        "displayName": user.display,
        "givenName": user.display,
        "surname": null,
        "userPrincipalName": user.email,
        // Personal accounts may have none here.
        "mail": work.then_some(user.email.as_str()),
        "businessPhones": [],
        "jobTitle": null,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": null,
    })))
}

/// Answers what belongs to a mailbox and is no calendar.
pub(super) fn answer(state: &mut State, caller: &Caller, call: &Call, path: &[&str]) -> Outcome {
    match (&call.method, path) {
        (&Method::GET, ["mailboxSettings", rest @ ..]) => {
            caller.needs(&["MailboxSettings.Read", "MailboxSettings.ReadWrite"])?;
            let user = state.users.get(&caller.mailbox).ok_or_else(Refused::not_found)?;
            let zone = zones::windows(&user.time_zone).to_owned();
            Ok(Answer::Json(match rest {
                ["timeZone"] => json!({ "value": zone }),
                _ => json!({
                    "timeZone": zone,
                    "dateFormat": "M/d/yyyy",
                    "timeFormat": "h:mm tt",
                    "language": {"locale": "en-US", "displayName": "English (United States)"},
                    "workingHours": working_hours(&zone),
                }),
            }))
        }
        (&Method::GET, ["outlook", "masterCategories"]) => {
            caller.needs(&["MailboxSettings.Read", "MailboxSettings.ReadWrite"])?;
            let user = state.users.get(&caller.mailbox).ok_or_else(Refused::not_found)?;
            let all = user
                .categories
                .iter()
                .map(|(name, color)| json!({"id": name, "displayName": name, "color": color}));
            Ok(Answer::Json(json!({"value": all.collect::<Vec<_>>()})))
        }
        (&Method::POST, ["outlook", "masterCategories"]) => {
            caller.needs(&["MailboxSettings.ReadWrite"])?;
            let body = object(&call.body)?;
            let word = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (name, color) = (word("displayName"), word("color"));
            let user = state.users.get_mut(&caller.mailbox).ok_or_else(Refused::not_found)?;
            if name.is_empty() || user.categories.iter().any(|known| known.0.eq_ignore_ascii_case(&name)) {
                return Err(Refused::of("ErrorInvalidRequest")
                    .saying("The category has no name, or exists.")
                    .with_status(409));
            }
            let color = if color.is_empty() { "none".to_owned() } else { color };
            user.categories.push((name.clone(), color.clone()));
            Ok(Answer::Made(json!({"id": name, "displayName": name, "color": color})))
        }
        (&Method::GET, ["outlook", name]) if name.starts_with("supportedTimeZones") => Ok(Answer::Json(
            json!({ "value": zones::all(name.contains("Iana") || call.query.contains("Iana")) }),
        )),
        (&Method::POST, ["translateExchangeIds" | "microsoft.graph.translateExchangeIds"]) => {
            translate(state, caller, &object(&call.body)?)
        }
        _ => Err(Refused::of("BadRequest")
            .saying(format!("Resource not found for the segment '{}'.", path.join("/")))),
    }
}

fn working_hours(zone: &str) -> Value {
    json!({
        "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "startTime": "08:00:00.0000000",
        "endTime": "17:00:00.0000000",
        "timeZone": {"name": zone},
    })
}

/// `translateExchangeIds`: usual ids and immutable ones.
fn translate(state: &State, caller: &Caller, body: &Fields) -> Outcome {
    let asked =
        body.iter().find(|(key, _)| key.eq_ignore_ascii_case("inputIds")).and_then(|(_, ids)| ids.as_array());
    let asked = asked.ok_or_else(|| Refused::invalid("InputIds are missing."))?;
    if asked.len() > 1000 {
        return Err(Refused::invalid("There are more than 1000 ids."));
    }
    let target = body
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("targetIdType"))
        .and_then(|(_, kind)| kind.as_str());
    let immutable = target.is_some_and(|target| target.to_ascii_lowercase().contains("immutable"));
    let one = |id: &Value| {
        let id = id.as_str().unwrap_or_default();
        let spot = events::locate(state, &caller.mailbox, id, false);
        match (EventId::of(id), spot) {
            (Some(parsed), Ok(spot)) => {
                let (kind, mount, serial) = match immutable {
                    true => (Kind::Immutable, 0, 0),
                    false => (Kind::Usual, spot.mount, spot.item.serial),
                };
                let target = EventId { kind, mount, serial, ..parsed };
                json!({"sourceId": id, "targetId": target.text()})
            }
            _ => {
                json!({"sourceId": id, "errorDetails": {"code": "ErrorInvalidId", "message": "Id is not known."}})
            }
        }
    };
    Ok(Answer::Json(json!({ "value": asked.iter().map(one).collect::<Vec<_>>() })))
}

/// `getSchedule`: when people of the organisation are free and busy.
pub(super) fn schedule(state: &State, caller: &Caller, body: &Fields) -> Outcome {
    caller.needs(&["Calendars.Read", "Calendars.ReadWrite", "Calendars.ReadBasic"])?;
    let user = state.users.get(&caller.mailbox).ok_or_else(Refused::not_found)?;
    if user.account == Account::Personal {
        let words = "The requested user's mailbox is not in an organization.";
        return Err(Refused::of("ErrorAccessDenied").saying(words));
    }
    let field =
        |name: &str| body.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let moment = |name: &str| {
        let value = field(name).ok_or_else(|| Refused::invalid(format!("{name} is missing.")))?;
        let text = value.get("dateTime").and_then(Value::as_str).unwrap_or_default();
        let zone = zones::zone(state, value.get("timeZone").and_then(Value::as_str).unwrap_or("UTC"))?;
        let wrong = || {
            Refused::of("ErrorInvalidTimeInterval")
                .saying("The time duration specified for FreeBusyViewOptions.TimeWindow is invalid.")
        };
        if !text.contains('T') {
            return Err(wrong());
        }
        match text.parse::<jiff::civil::DateTime>() {
            Ok(wall) => wall.to_zoned(zone).map(|at| at.timestamp()).map_err(|_| wrong()),
            Err(_) => bound(text).ok_or_else(wrong),
        }
    };
    let (from, until) = (moment("startTime")?, moment("endTime")?);
    let wrong = |words: &str| Refused::of("ErrorInvalidTimeInterval").saying(words);
    if until <= from || until.duration_since(from) > SignedDuration::from_hours(24 * 62) {
        return Err(wrong("The time duration specified for FreeBusyViewOptions.TimeWindow is invalid."));
    }
    let minutes = field("availabilityViewInterval").and_then(Value::as_i64).unwrap_or(30);
    if !(5..=1440).contains(&minutes) {
        return Err(wrong("The interval of the view is between 5 and 1440 minutes."));
    }
    let asked = field("schedules").and_then(Value::as_array).cloned().unwrap_or_default();
    if asked.is_empty() || asked.len() > 20 {
        return Err(Refused::invalid("Between one and twenty schedules can be asked for."));
    }
    let told = asked.iter().filter_map(Value::as_str).map(|address| {
        let Some(user) = state.user_by(address) else {
            return json!({
                "scheduleId": address,
                "availabilityView": "",
                "scheduleItems": [],
                "error": {
                    "message": "Unable to resolve e-mail address to an Active Directory object.",
                    "responseCode": "ErrorMailRecipientNotFound",
                },
            });
        };
        let busy = busy(state, &user.name, (from, until));
        let steps = until.duration_since(from).as_mins() / minutes;
        let view = (0..steps).map(|step| {
            let at = from.checked_add(SignedDuration::from_mins(step * minutes)).unwrap_or(from);
            let end = at.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(at);
            let most = busy.iter().filter(|one| one.0 < end && one.1 > at).map(|one| digit(&one.2)).max();
            char::from_digit(most.unwrap_or(0), 10).unwrap_or('0')
        });
        let items = busy.iter().map(|(start, end, status, subject)| {
            let at = |at: &Timestamp| json!({
                "dateTime": at.strftime("%Y-%m-%dT%H:%M:%S.0000000").to_string(), "timeZone": "UTC",
            });
            json!({"status": status, "start": at(start), "end": at(end), "subject": subject, "isPrivate": subject.is_none()})
        });
        json!({
            "scheduleId": address,
            "availabilityView": view.collect::<String>(),
            "scheduleItems": items.collect::<Vec<_>>(),
            "workingHours": working_hours(zones::windows(&user.time_zone)),
        })
    });
    Ok(Answer::Json(json!({ "value": told.collect::<Vec<_>>() })))
}

type Busy = (Timestamp, Timestamp, String, Option<String>);

fn busy(state: &State, user: &str, window: (Timestamp, Timestamp)) -> Vec<Busy> {
    let Some((_, mount)) = state.default_mount(user) else { return Vec::new() };
    let Some(calendar) = state.calendars.get(&mount.calendar) else { return Vec::new() };
    let mut busy = Vec::new();
    for (_, item) in calendar.items.all(calendar.items.last()).filter(|(_, item)| item.gone.is_none()) {
        let told = |day| {
            let said = item.said_of(day);
            let word = |key: &str| said.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let private = matches!(word("sensitivity").as_str(), "private" | "confidential");
            (word("showAs"), (!private).then(|| word("subject")))
        };
        let mut push = |day, times: &Times| {
            let (status, subject) = told(day);
            busy.push((times.start, times.end, status, subject));
        };
        match item.rule {
            Some(_) => {
                for one in item.occurrences(window) {
                    push(Some(one.day), &one.times);
                }
            }
            None if item.times.touches(window) => push(None, &item.times),
            None => {}
        }
    }
    busy.sort();
    busy
}

fn digit(status: &str) -> u32 {
    match status {
        "free" => 0,
        "tentative" => 1,
        "oof" => 3,
        "workingElsewhere" => 4,
        _ => 2,
    }
}

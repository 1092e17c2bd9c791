//! Events made, changed and deleted.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, ToSpan};
use serde_json::{Value, json};

use super::check::{self, Asked, asked};
use super::guests::{self, Told};
use super::item::{Exception, Gone, Item, Rule, Times};
use super::query::Query;
use super::times::{moved, rule, says, shown, single};
use super::{Spot, html, shown as answer_of};
use crate::ledger::Changed;
use crate::message::Call;
use crate::microsoft::answers::{LETTERS, Refused};
use crate::microsoft::calls::{Answer, Caller, Outcome};
use crate::microsoft::prefer::Prefer;
use crate::microsoft::state::{Role, State, slot};
use crate::microsoft::switches::IfMatch;
use crate::microsoft::{Fields, subscriptions, zones};

/// Makes an event on a calendar.
pub(in crate::microsoft) fn create(state: &mut State, caller: &Caller, mount: u64, body: Fields) -> Outcome {
    let (calendar, role) = caller.writes(state, mount)?;
    let asked = asked(state, body, None)?;
    let (item, text) = fresh(state, caller, asked)?;
    if let Some(id) = &item.transaction
        && let Some((known, place)) = by_transaction(state, &caller.mailbox, id)
    {
        // Made already: the same answer again. Or made of something else, or deleted since.
        let same = known.gone.is_none()
            && known.fields.get("subject") == item.fields.get("subject")
            && known.times == item.times;
        if !same {
            return Err(Refused::of("ErrorDuplicateTransactionId"));
        }
        let spot = Spot { mount, calendar: place, role, item: known, day: None };
        return Ok(Answer::Made(answer_of(state, caller, &spot, &Query::default())));
    }
    if state.quirks.ids.repeated
        && let Some(twin) = twin(state, calendar, &item)
    {
        let spot = Spot { mount, calendar, role, item: twin, day: None };
        return Ok(Answer::Made(answer_of(state, caller, &spot, &Query::default())));
    }
    let number = item.number;
    put(state, calendar, item, "create", &caller.by, true);
    guests::told(state, calendar, number, None, &Told::Made, &caller.by);
    let Some(item) = state.calendars.get(&calendar).and_then(|held| held.item(number)).cloned() else {
        return Err(Refused::not_found());
    };
    let spot = Spot { mount, calendar, role, item, day: None };
    let mut event = answer_of(state, caller, &spot, &Query::default());
    if let Some(text) = text.filter(|_| state.quirks.write.text_answer) {
        event["body"] = json!({"contentType": "text", "content": text});
    }
    Ok(Answer::Made(event))
}

/// An event of what was asked for, and its body where that was a text.
fn fresh(state: &mut State, caller: &Caller, asked: Asked) -> Result<(Item, Option<String>), Refused> {
    let missing = |name: &str| Refused::property(name, "At least one property failed validation.");
    let (start, end) =
        (asked.start.ok_or_else(|| missing("Start"))?, asked.end.ok_or_else(|| missing("End"))?);
    let mut times = single(state, &start, &end, asked.all_day.unwrap_or(false))?;
    let rule = match asked.recurrence.flatten() {
        Some(recurrence) => {
            let rule = rule(state, &recurrence, &times)?;
            times = first_of(&rule, &times);
            Some(rule)
        }
        None => None,
    };
    let user = state.users.get(&caller.mailbox).ok_or_else(Refused::not_found)?;
    let organizer = (user.display.clone(), user.email.clone());
    let (number, key, now) = (state.next(), state.next(), state.core.now);
    let mut fields = check::usual();
    fields.extend(asked.fields);
    let mut item = Item {
        number,
        serial: 0,
        gone: None,
        fields,
        times,
        rule,
        exceptions: BTreeMap::new(),
        cancelled: BTreeSet::new(),
        key,
        created: now,
        modified: now,
        uid: format!("040000008200E00074C5B7101A82E008{}", state.core.chance.text(b"0123456789ABCDEF", 48)),
        transaction: asked.transaction,
        organizer,
        is_organizer: true,
        response: ("organizer".to_owned(), None),
        called_off: false,
        sequence: 0,
        extended: asked.extended.into_iter().filter_map(|(id, value)| Some((id, value?))).collect(),
        extensions: asked.extensions,
    };
    if item.fields.get("attendees").is_none_or(|all| all.as_array().is_none_or(Vec::is_empty)) {
        item.response = ("none".to_owned(), None);
    }
    online(state, &mut item, None);
    Ok((item, asked.text))
}

/// The times of a series: those of its first occurrence, in the zones that were given.
fn first_of(rule: &Rule, times: &Times) -> Times {
    Times { start_zone: times.start_zone.clone(), end_zone: times.end_zone.clone(), ..rule.on(rule.start) }
}

/// What was made under a transaction id in a mailbox, deleted or not, and on which calendar.
fn by_transaction(state: &State, mailbox: &str, id: &str) -> Option<(Item, u64)> {
    let remembered = |item: &Item| match state.quirks.write.transaction_days {
        Some(days) => state.core.now.duration_since(item.created) < SignedDuration::from_hours(24 * days),
        None => true,
    };
    let of_mailbox = state.calendars.values().filter(|calendar| calendar.owner == mailbox);
    let mut all = of_mailbox.flat_map(|calendar| {
        let items = calendar.items.all(calendar.items.last());
        items.map(move |(_, item)| (item, calendar.number))
    });
    let known = |(item, _): &(&Item, u64)| {
        item.transaction.as_deref() == Some(id) && item.gone != Some(Gone::Moved) && remembered(item)
    };
    all.find(known).map(|(item, calendar)| (item.clone(), calendar))
}

/// An event that was made as this one a moment ago.
fn twin(state: &State, calendar: u64, item: &Item) -> Option<Item> {
    let held = state.calendars.get(&calendar)?;
    let youngest = held.items.all(held.items.last()).map(|(_, item)| item).filter(|item| item.gone.is_none());
    let youngest = youngest.max_by_key(|item| item.number)?;
    let same = youngest.fields.get("subject") == item.fields.get("subject") && youngest.times == item.times;
    same.then(|| youngest.clone())
}

/// Checks what every change of an event is checked for, and finds its calendar.
fn allowed(state: &State, caller: &Caller, call: &Call, spot: &Spot) -> Result<u64, Refused> {
    let (calendar, _) = caller.writes(state, spot.mount)?;
    if state.quirks.write.if_match != IfMatch::Ignored && !spot.matches(state, call) {
        let status = if state.quirks.write.if_match == IfMatch::Conflict { 409 } else { 412 };
        return Err(Refused::of("ErrorIrresolvableConflict").with_status(status));
    }
    let private = matches!(
        spot.item.fields.get("sensitivity").and_then(Value::as_str),
        Some("private" | "confidential")
    );
    if private && spot.role < Role::DelegateWithPrivateEventAccess {
        return Err(Refused::of("ErrorAccessDenied"));
    }
    Ok(calendar)
}

/// Changes an event, a series, or one occurrence.
pub(in crate::microsoft) fn change(
    state: &mut State,
    caller: &Caller,
    call: &Call,
    spot: Spot,
    body: Fields,
) -> Outcome {
    let calendar = allowed(state, caller, call, &spot)?;
    let asked = asked(state, body, Some(&spot.item.said_of(spot.day)))?;
    let before = spot.item.clone();
    let mut after = before.clone();
    match spot.day {
        Some(day) => change_occurrence(state, &mut after, day, asked)?,
        None => change_whole(state, &mut after, asked)?,
    }
    if spot.day.is_none() {
        online(state, &mut after, Some(&before));
    }
    let forgotten = spot.day.is_some() && state.quirks.write.forgets_occurrences;
    let shown_item = after.clone();
    if !forgotten {
        after.sequence += i64::from(after.is_organizer);
        put(state, calendar, after, "update", &caller.by, true);
        guests::told(state, calendar, before.number, Some(&before), &Told::Changed(spot.day), &caller.by);
    }
    let stored = state.calendars.get(&calendar).and_then(|held| held.item(before.number)).cloned();
    let item = if forgotten { shown_item } else { stored.unwrap_or(shown_item) };
    let spot = Spot { item, ..spot };
    Ok(Answer::Json(answer_of(state, caller, &spot, &Query::default())))
}

/// The times that a change leaves, of which it may tell a part.
fn times_after(state: &State, held: &Times, asked: &Asked) -> Result<Option<Times>, Refused> {
    if asked.start.is_none()
        && asked.end.is_none()
        && asked.all_day.is_none_or(|all| all == held.days.is_some())
    {
        return Ok(None);
    }
    let in_zone =
        |zone: &str| Prefer { zone: Some((zone.to_owned(), zones::known(zone))), ..Prefer::default() };
    let start = asked.start.clone().unwrap_or_else(|| shown(held, &in_zone(&held.start_zone)).0);
    let end = asked.end.clone().unwrap_or_else(|| shown(held, &in_zone(&held.end_zone)).1);
    single(state, &start, &end, asked.all_day.unwrap_or(held.days.is_some())).map(Some)
}

fn change_whole(state: &State, item: &mut Item, asked: Asked) -> Result<(), Refused> {
    let times = times_after(state, &item.times, &asked)?;
    let times_change = times.is_some();
    let times = times.unwrap_or_else(|| item.times.clone());
    let before = item.rule.clone();
    item.rule = match (&asked.recurrence, &before) {
        (Some(None), _) | (None, None) => None,
        (Some(Some(recurrence)), _) => Some(rule(state, recurrence, &times)?),
        (None, Some(held)) => Some(if times_change { moved(held, &times) } else { held.clone() }),
    };
    item.times = match &item.rule {
        Some(rule) => first_of(rule, &times),
        None => times,
    };
    if item.rule != before {
        // Another end leaves what was changed before it; another rule or time does away with it.
        let other_end = match (&item.rule, &before) {
            (Some(rule), Some(held)) => Rule { end: held.end, ..rule.clone() } == *held,
            _ => false,
        };
        let last = item.exceptions.keys().chain(&item.cancelled).max().copied();
        let kept: BTreeSet<Date> = match (&item.rule, last) {
            (Some(rule), Some(last)) if other_end || state.quirks.series.keeps_exceptions => {
                rule.days(last).collect()
            }
            _ => BTreeSet::new(),
        };
        item.exceptions.retain(|day, _| kept.contains(day));
        item.cancelled.retain(|day| kept.contains(day));
    }
    item.fields.extend(asked.fields);
    set(&mut item.extended, asked.extended);
    item.extensions.extend(asked.extensions);
    Ok(())
}

fn change_occurrence(state: &mut State, item: &mut Item, day: Date, asked: Asked) -> Result<(), Refused> {
    if asked.recurrence.as_ref().is_some_and(Option::is_some) {
        return Err(Refused::invalid("The recurrence of an occurrence cannot be set."));
    }
    let held = item.occurrence(day).ok_or_else(Refused::not_found)?;
    let times = times_after(state, &held.times, &asked)?.unwrap_or(held.times);
    if state.quirks.series.crossing {
        crosses(item, day, &times)?;
    }
    let key = state.next();
    let exception = item.exceptions.entry(day).or_insert_with(|| Exception {
        fields: Fields::new(),
        times: times.clone(),
        key,
        extended: BTreeMap::new(),
    });
    exception.times = times;
    exception.key = key;
    exception.fields.extend(asked.fields);
    set(&mut exception.extended, asked.extended);
    Ok(())
}

/// Refuses an occurrence that would pass the day of a neighbour, or meet it.
fn crosses(item: &Item, day: Date, times: &Times) -> Result<(), Refused> {
    let Some(rule) = &item.rule else { return Ok(()) };
    let zone = zones::known(&rule.zone);
    let on = |times: &Times| match times.days {
        Some((from, _)) => from,
        None => times.start.to_zoned(zone.clone()).date(),
    };
    let is_there = |other: &Date| !item.cancelled.contains(other);
    let place = |other: Date| item.occurrence(other).map_or(other, |held| on(&held.times));
    let before = rule.days(day).filter(|other| *other < day).filter(is_there).last();
    let far = day.checked_add(20.years()).unwrap_or(Date::MAX);
    let after = rule.days(far).filter(|other| *other > day).find(is_there);
    let new = on(times);
    let fits = before.is_none_or(|other| place(other) < new) && after.is_none_or(|other| new < place(other));
    if fits || new == day { Ok(()) } else { Err(Refused::of("ErrorOccurrenceCrossingBoundary")) }
}

fn set(held: &mut BTreeMap<String, String>, asked: BTreeMap<String, Option<String>>) {
    for (id, value) in asked {
        held.retain(|known, _| !super::render::same_property(known, &id));
        if let Some(value) = value {
            held.insert(id, value);
        }
    }
}

/// Makes an online meeting, or ends one whose block was lost from the body. It is never taken back otherwise.
fn online(state: &mut State, item: &mut Item, before: Option<&Item>) {
    let was = before.is_some_and(|before| says(&before.fields, "isOnlineMeeting"));
    let is = says(&item.fields, "isOnlineMeeting");
    let link = |item: &Item| {
        item.fields
            .get("onlineMeeting")
            .and_then(|meeting| meeting.get("joinUrl")?.as_str().map(ToOwned::to_owned))
    };
    if was {
        let page = item.fields.get("body").and_then(Value::as_str).unwrap_or_default();
        let lost = link(item).is_some_and(|link| !page.contains(&link));
        item.fields.insert("isOnlineMeeting".into(), json!(!lost));
        if lost {
            item.fields.insert("onlineMeeting".into(), Value::Null);
            item.fields.insert("onlineMeetingProvider".into(), json!("unknown"));
        }
        return;
    }
    if !is {
        return;
    }
    let code = state.core.chance.text(LETTERS, 24);
    let url = format!("https://teams.microsoft.com/l/meetup-join/19%3ameeting_{code}%40thread.v2/0");
    let page = item.fields.get("body").and_then(Value::as_str).unwrap_or_default();
    let page = if page.is_empty() { html::rewritten("<div></div>") } else { page.to_owned() };
    let block = format!(
        "<div class=\"me-email-text\">________________<br>Microsoft Teams meeting<br><a href=\"{url}\">Join the meeting \
         now</a></div>\r\n</body>"
    );
    item.fields.insert("body".into(), json!(page.replacen("</body>", &block, 1)));
    item.fields.insert("onlineMeetingProvider".into(), json!("teamsForBusiness"));
    item.fields.insert("onlineMeeting".into(), json!({"joinUrl": url}));
}

/// Deletes an event, a series, or one occurrence.
pub(in crate::microsoft) fn delete(
    state: &mut State,
    caller: &Caller,
    call: &Call,
    spot: Spot,
    gone: Gone,
) -> Outcome {
    let calendar = allowed(state, caller, call, &spot)?;
    let before = spot.item.clone();
    remove(state, calendar, &before, spot.day, gone, &caller.by);
    let told = Told::Removed(spot.day);
    guests::told(state, calendar, before.number, Some(&before), &told, &caller.by);
    Ok(Answer::Nothing)
}

/// Takes an event or one of its occurrences away.
pub(super) fn remove(state: &mut State, calendar: u64, item: &Item, day: Option<Date>, gone: Gone, by: &str) {
    let mut after = item.clone();
    match day {
        Some(day) => {
            after.exceptions.remove(&day);
            after.cancelled.insert(day);
            put(state, calendar, after, "update", by, true);
        }
        None => {
            after.gone = Some(gone);
            put(state, calendar, after, "delete", by, true);
        }
    }
}

/// Puts an event onto another calendar. Its usual id is another there.
pub(in crate::microsoft) fn relocate(state: &mut State, from: u64, item: &Item, to: u64, by: &str) -> Item {
    let left = Item { gone: Some(Gone::Moved), ..item.clone() };
    put(state, from, left, "delete", by, true);
    let arrived = Item { serial: item.serial + 1, ..item.clone() };
    put(state, to, arrived, "create", by, true)
}

/// Puts an event into its calendar under a new change key, and writes the change down.
pub(in crate::microsoft) fn put(
    state: &mut State,
    calendar: u64,
    mut item: Item,
    what: &'static str,
    by: &str,
    lasting: bool,
) -> Item {
    let now = state.core.now;
    item.key = state.next();
    item.modified = now;
    let (name, kept) = (state.calendar_name(calendar), state.kept(&item));
    let Some(held) = state.calendars.get_mut(&calendar) else { return item };
    held.items.put(&slot(item.number), item.clone(), now);
    let owner = held.owner.clone();
    let id = guests::name_of(state, &owner, &item);
    let etag = format!("W/\"{}\"", super::render::change_key(state, &item, None));
    state.core.ledger.change(|n| Changed {
        n,
        at: now,
        calendar: name,
        id,
        what: what.into(),
        by: by.to_owned(),
        etag,
        now: kept,
    });
    subscriptions::changed(state, calendar, &item, what);
    if lasting && let Some(ms) = state.quirks.write.late_key_ms {
        let due = state.core.after(SignedDuration::from_millis(i64::try_from(ms).unwrap_or(0)));
        state.later.push((due, item.number));
    }
    item
}

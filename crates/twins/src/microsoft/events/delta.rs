//! `calendarView/delta`: what is in a window, and then what changed.
//!
//! A token says the window, how far its reader is, and which changes the round goes up to. Occurrences come bare, masters
//! and exceptions whole; an occurrence that was deleted is only absent; and `@removed` is said of everything that changed and
//! is not in the window, whether it lives or not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::item::{Item, Occurrence};
use super::query::Query;
use super::render::{Viewer, bare, render};
use super::times::window;
use super::viewer;
use crate::message::Call;
use crate::microsoft::answers::Refused;
use crate::microsoft::calls::{Answer, Caller, Outcome};
use crate::microsoft::state::{Calendar, State};
use crate::microsoft::switches::Removed;

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Token {
    user: u64,
    calendar: u64,
    from: Timestamp,
    until: Timestamp,
    /// Changes up to this one were told in rounds before; `None` in a first round.
    since: Option<u64>,
    /// Changes up to this one are told in this round, or were in the last.
    upto: u64,
    /// How many entities of this round were told.
    told: usize,
    /// Whether the empty page that a round may begin with was shown.
    begun: bool,
    epoch: u64,
    /// The state of the mailbox and the time when it was made.
    made: u64,
    at: Timestamp,
    select: Option<String>,
}

impl Token {
    fn text(&self) -> String {
        URL_SAFE_NO_PAD
            .encode(serde_json::to_vec(self).expect("a token has texts for keys and finite numbers"))
    }

    fn of(text: &str) -> Option<Token> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
    }
}

/// Answers a first call, the next page, or the next round.
pub(super) fn answer(state: &State, caller: &Caller, call: &Call, mount: u64) -> Outcome {
    for name in ["$filter", "$orderby", "$search", "$expand", "$top", "$skip"] {
        if call.param(name).is_some() {
            return Err(Refused::of("ErrorInvalidUrlQuery").saying(format!(
                "The following parameters are not supported with change tracking over the 'CalendarView' resource: '{name}'."
            )));
        }
    }
    let (calendar, role) = caller.reach(state, mount)?;
    let upto = shown(state, calendar, caller.stale);
    let number = state.users.get(&caller.mailbox).map_or(0, |user| user.number);
    let token = match (call.param("$skiptoken"), call.param("$deltatoken")) {
        (Some(text), _) => checked(state, call, calendar, number, &text)?,
        (None, Some(text)) => {
            let last = checked(state, call, calendar, number, &text)?;
            // A reader of a lagging copy is not told that time goes back.
            Token { since: Some(last.upto), upto: upto.max(last.upto), told: 0, begun: false, ..last }
        }
        (None, None) => {
            if call.param("$select").is_some() && !state.quirks.delta.select {
                return Err(Refused::of("ErrorInvalidUrlQuery")
                    .saying("The following parameters are not supported with change tracking: '$select'."));
            }
            let (from, until) = window(state, call.param("startDateTime"), call.param("endDateTime"))?;
            Token {
                user: number,
                calendar: calendar.number,
                from,
                until,
                since: None,
                upto,
                told: 0,
                begun: false,
                epoch: calendar.epoch,
                made: 0,
                at: state.core.now,
                select: call.param("$select"),
            }
        }
    };
    let query = match &token.select {
        Some(select) => Query::of(&Call::new(http::Method::GET, &format!("/?$select={select}"), ""))?,
        None => Query::default(),
    };
    let viewer = viewer(caller, mount, role);
    let groups = round(state, &viewer, calendar, &token, &query);
    let size = caller.prefer.page.unwrap_or(state.quirks.delta.page).max(1);
    let mut items: Vec<Value> = Vec::new();
    let mut left = Token { begun: true, ..token.clone() };
    let empty = state.quirks.delta.empty_pages && !token.begun;
    if !empty {
        // What belongs to one series is not parted.
        for group in groups.iter().skip(token.told) {
            if !items.is_empty() && items.len() + group.len() > size {
                break;
            }
            items.extend(group.iter().cloned());
            left.told += 1;
        }
    }
    let base = &state.settings.base_url;
    let mut body = json!({
        "@odata.context": format!("{base}/v1.0/$metadata#Collection(event)"),
        "value": items,
    });
    let link = |name: &str, token: &Token| format!("{base}{}?{name}={}", call.path, token.text());
    if left.told < groups.len() {
        body["@odata.nextLink"] = json!(link("$skiptoken", &left));
    } else {
        let made = mailbox_changes(state, &calendar.owner);
        left = Token { told: 0, begun: false, made, at: state.core.now, ..left };
        body["@odata.deltaLink"] = json!(link("$deltatoken", &left));
    }
    Ok(Answer::Json(body))
}

/// Everything of a round, what belongs together together.
fn round(
    state: &State,
    viewer: &Viewer,
    calendar: &Calendar,
    token: &Token,
    query: &Query,
) -> Vec<Vec<Value>> {
    let window = (token.from, token.until);
    let mut groups = Vec::new();
    let since = match (token.since, state.quirks.delta.replays) {
        (Some(since), true) => Some(since.saturating_sub(1)),
        (since, _) => since,
    };
    match since {
        None => {
            for (_, item) in calendar.items.all(token.upto).filter(|(_, item)| item.is_in(window)) {
                groups.push(present(state, viewer, item, window, query));
            }
        }
        Some(since) => {
            for (id, version) in calendar.items.versions(since, token.upto) {
                let item = &version.value;
                if item.is_in(window) {
                    groups.push(present(state, viewer, item, window, query));
                    continue;
                }
                let before = calendar.items.seen(id, since).map(|version| &version.value);
                groups.push(removed(state, viewer, item, before, window));
            }
        }
    }
    if state.quirks.delta.repeats {
        groups = groups.into_iter().flat_map(|group| [group.clone(), group]).collect();
    }
    groups
}

fn present(
    state: &State,
    viewer: &Viewer,
    item: &Item,
    window: (Timestamp, Timestamp),
    query: &Query,
) -> Vec<Value> {
    let whole = |occurrence: Option<&Occurrence>| {
        let mut event = render(state, viewer, item, occurrence, query);
        event["@odata.type"] = json!("#microsoft.graph.event");
        event
    };
    if item.rule.is_none() {
        return vec![whole(None)];
    }
    let mut group = Vec::new();
    if !state.quirks.delta.masterless {
        group.push(whole(None));
    }
    for occurrence in item.occurrences(window) {
        group.push(match occurrence.is_exception {
            true => whole(Some(&occurrence)),
            false => bare(state, viewer, item, &occurrence),
        });
    }
    group
}

/// That something is not in the window: deleted, moved out of it, or never in it.
fn removed(
    state: &State,
    viewer: &Viewer,
    item: &Item,
    before: Option<&Item>,
    window: (Timestamp, Timestamp),
) -> Vec<Value> {
    let said = |id: String| json!({"@odata.type": "#microsoft.graph.event", "id": id, "@removed": {"reason": "deleted"}});
    // Where it went has another id; here it had that of before.
    let held = before.unwrap_or(item);
    let master = said(viewer.id(state, held, None));
    let instances = || {
        let days = before.map(|before| before.occurrences(window)).unwrap_or_default();
        days.into_iter()
            .map(|occurrence| said(viewer.id(state, held, Some(occurrence.day))))
            .collect::<Vec<_>>()
    };
    match (item.rule.is_some(), state.quirks.delta.removed) {
        (false, _) | (true, Removed::Master) => vec![master],
        (true, Removed::Instances) => instances(),
        (true, Removed::Both) => instances().into_iter().chain([master]).collect(),
    }
}

/// The token of a link, as long as it is good.
fn checked(state: &State, call: &Call, calendar: &Calendar, user: u64, text: &str) -> Result<Token, Refused> {
    let token = Token::of(text).ok_or_else(|| {
        Refused::of("SyncStateInvalid").with_status(400).saying("The sync state is invalid.")
    })?;
    let quirks = &state.quirks.delta;
    let changes = mailbox_changes(state, &calendar.owner);
    let aged =
        quirks.token_changes.is_some_and(|most| token.made > 0 && changes.saturating_sub(token.made) > most);
    let old = quirks
        .token_seconds
        .is_some_and(|most| state.core.now.duration_since(token.at) > SignedDuration::from_secs(most));
    let ours = token.user == user && token.calendar == calendar.number;
    if ours && token.epoch == calendar.epoch && !aged && !old {
        return Ok(token);
    }
    let code = if quirks.lower_codes { "syncStateNotFound" } else { "SyncStateNotFound" };
    let refused = Refused::of(code).saying(format!(
        "The sync state generation is not found; generation={};[highest={1}][{1}][{2}][{3}].",
        token.made,
        changes + 8,
        changes + 6,
        changes + 7
    ));
    Err(match quirks.location {
        true => {
            refused.with(header::LOCATION, format!("{}{}?$deltatoken=", state.settings.base_url, call.path))
        }
        false => refused,
    })
}

/// How much has happened in a mailbox.
fn mailbox_changes(state: &State, owner: &str) -> u64 {
    state
        .calendars
        .values()
        .filter(|calendar| calendar.owner == owner)
        .map(|calendar| calendar.items.last())
        .sum()
}

/// How far delta shows the changes of a calendar.
fn shown(state: &State, calendar: &Calendar, stale: bool) -> u64 {
    let upto = state.shown(calendar, stale);
    match state.quirks.delta.lag_ms {
        0 => upto,
        ms => {
            let wait = SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
            let at = state.core.now.checked_sub(wait).unwrap_or(state.core.now);
            upto.min(calendar.items.last_at(at))
        }
    }
}

//! `sync-collection` (RFC 6578): what changed since a token, and the tokens.

use jiff::{SignedDuration, Timestamp};

use super::{Data, asked, calendar, is_listed, object};
use crate::caldav::answers::{Refused, Response, What, multistatus};
use crate::caldav::calls::{Caller, Outcome};
use crate::caldav::places::Place;
use crate::caldav::state::{Collection, Kind, State, digest};
use crate::caldav::switches::{BadToken, Grain, Limit, TokenForm};
use crate::caldav::text::times::instant;
use crate::caldav::xml::{DAV, Element, dav};

/// Answers the report.
pub(super) fn report(state: &mut State, caller: &Caller, root: &Element, place: &Place) -> Outcome {
    let (held, access) = calendar(state, place)?;
    let asked = asked(root);
    let sync = &state.quirks.sync;
    let mut data = Data::of(state, &asked)?;
    data.wanted &= sync.gives_data;
    let told = root.find(DAV, "sync-token").map(Element::text).unwrap_or_default();
    let upto = state.shown(held, caller.stale);
    let since = match (told.is_empty(), since(state, held, &told)) {
        (true, _) => None,
        (false, Some(since)) => Some(since),
        (false, None) => match sync.bad_token {
            BadToken::FullList => None,
            BadToken::Forbidden => return Err(Refused::because(403, dav("valid-sync-token"))),
            BadToken::Conflict => return Err(Refused::because(409, dav("valid-sync-token"))),
            BadToken::Precondition => return Err(Refused::because(412, dav("valid-sync-token"))),
            BadToken::Error => return Err(Refused::of(500)),
            BadToken::ErrorOnForeign if told.len() == 40 && told.bytes().all(|b| b.is_ascii_hexdigit()) => {
                return Err(Refused::because(412, dav("valid-sync-token")));
            }
            BadToken::ErrorOnForeign => return Err(Refused::of(500)),
        },
    };
    let subscribed = held.kind != Kind::Calendar;
    let mut changed: Vec<_> = held
        .items
        .versions(since.unwrap_or(0), upto)
        .filter(|(_, version)| !version.value.is_gone() || (since.is_some() && !sync.no_deletions))
        .filter(|(name, version)| {
            let before = held.items.seen(name, since.unwrap_or(0));
            let known = before.is_some_and(|before| !before.value.is_gone());
            !(sync.forgets_short_lives && version.value.is_gone() && !known)
        })
        .filter(|(name, version)| !subscribed && is_listed(state, name, &version.value, access))
        .collect();
    changed.sort_by_key(|(_, version)| version.number);

    let limit = root.find(DAV, "limit").and_then(|limit| limit.find(DAV, "nresults"));
    let limit = limit.and_then(|most| most.text().parse::<usize>().ok());
    let (limit, lossy) = match (sync.limit, since) {
        (Limit::Ignored, _) | (Limit::ObeyedLater, None) => (None, false),
        (Limit::Obeyed | Limit::ObeyedLater, _) | (Limit::LossyLater, None) => (limit, false),
        (Limit::Lossy, _) | (Limit::LossyLater, Some(_)) => (limit, true),
    };
    let page = [limit, sync.page.filter(|_| !lossy)].into_iter().flatten().min().unwrap_or(usize::MAX).max(1);
    let cut = changed.len() > page;
    changed.truncate(page);
    let reached = match (cut && !lossy, changed.last()) {
        (true, Some((_, last))) => last.number,
        _ => upto,
    };
    let next = match (sync.zero_token_when_idle, since) {
        (true, Some(_)) if changed.is_empty() => token(state, held, 0),
        _ => token(state, held, reached),
    };

    let Place::Collection(user, slug) = place else { return Err(Refused::of(404)) };
    let mut responses = Vec::new();
    if sync.lists_itself {
        let own = crate::caldav::properties::of(state, caller, place).unwrap_or_default();
        let (found, missing) = own.asked(&asked);
        responses.push(Response { href: state.href(place), what: What::Properties { found, missing } });
    }
    for (name, version) in changed {
        let href = state.href(&Place::Object(user.clone(), slug.clone(), name.to_owned()));
        let what = match version.value.is_gone() {
            true => What::Status(sync.deleted_status, None),
            false => {
                let (found, missing) = object(state, &version.value, access, &data).asked(&asked);
                What::Properties { found, missing }
            }
        };
        responses.push(Response { href, what });
    }
    if cut && !lossy {
        let why = Some(dav("number-of-matches-within-limits"));
        responses.push(Response { href: state.href(place), what: What::Status(507, why) });
    }
    Ok(multistatus(state, responses, Some(next).filter(|_| tells_tokens(state))))
}

/// Whether tokens are told at this time.
pub(in crate::caldav) fn tells_tokens(state: &State) -> bool {
    let until = state.quirks.sync.no_token_until.as_deref().and_then(instant);
    until.is_none_or(|until| state.core.now >= until)
}

/// The token for what comes after change `number`.
pub(in crate::caldav) fn token(state: &State, held: &Collection, number: u64) -> String {
    let sync = &state.quirks.sync;
    let of = if sync.tokens_outlive_calendars { 0 } else { held.number };
    let value = match sync.grain {
        Grain::Exact => number,
        Grain::SecondsRepeat | Grain::SecondsLose => {
            let Some(at) = held.items.made_at(number) else {
                return if sync.token == TokenForm::Number {
                    "-1".to_owned()
                } else {
                    spelled(state, of, held, 0)
                };
            };
            u64::try_from(at.as_second()).unwrap_or(0)
        }
    };
    spelled(state, of, held, value)
}

fn spelled(state: &State, of: u64, held: &Collection, value: u64) -> String {
    match state.quirks.sync.token {
        TokenForm::Uri => format!("{}/ns/sync/{of}-{}/{value}", state.settings.base_url, held.epoch),
        TokenForm::Number => format!("{}{:03}{value:012}", of + 1, held.epoch),
        TokenForm::Digest => digest(&format!("{of} {} {value}", held.epoch))[..40].to_owned(),
    }
}

/// A token as the property spells it, where the two differ.
pub(in crate::caldav) fn respelled(token: &str) -> String {
    format!("{token}-0")
}

/// The number of the last change that the holder of a token knows of; `None` if the token is not good.
fn since(state: &State, held: &Collection, told: &str) -> Option<u64> {
    let sync = &state.quirks.sync;
    let told = if sync.other_property_token { told.strip_suffix("-0").unwrap_or(told) } else { told };
    let last = held.items.last();
    let since = match sync.grain {
        Grain::Exact => (0..=last).rev().find(|number| token(state, held, *number) == told)?,
        grain => {
            let of = if sync.tokens_outlive_calendars { 0 } else { held.number };
            let numbers = std::iter::once(0).chain((1..=last).rev());
            let mut all = numbers.filter(|number| token(state, held, *number) == told);
            let number = all.next()?;
            let second = match held
                .items
                .made_at(number)
                .filter(|_| told != "-1" && told != spelled(state, of, held, 0))
            {
                Some(at) => at.as_second(),
                None => return Some(0),
            };
            let at = |millisecond: i64| Timestamp::from_millisecond(second * 1000 + millisecond).ok();
            match grain {
                Grain::SecondsLose => held.items.last_at(at(999)?),
                _ => held.items.last_at(at(-1)?),
            }
        }
    };
    let forgotten = match sync.remembered_days {
        None => held.pruned,
        Some(days) => {
            let memory = SignedDuration::from_hours(24 * i64::from(days));
            held.pruned.max(state.core.now.checked_sub(memory).map_or(0, |at| held.items.last_at(at)))
        }
    };
    match (since < forgotten, sync.silent_gaps) {
        (false, _) => Some(since),
        (true, true) => Some(forgotten),
        (true, false) => None,
    }
}

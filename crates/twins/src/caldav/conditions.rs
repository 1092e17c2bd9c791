//! `If-Match`, `If-None-Match`, `If-Schedule-Tag-Match`: as they should be, and as they are.

use super::answers::Refused;
use super::state::{Item, State};
use super::switches::Star;
use crate::message::Call;

/// Looks at the conditions of a PUT.
pub(super) fn of_put(state: &State, call: &Call, there: Option<&Item>) -> Result<(), Refused> {
    let write = &state.quirks.write;
    if let Some(wanted) = call.header("if-none-match")
        && !write.ignores_if_none_match
        && there.is_some_and(|item| wanted.trim() == "*" || names(wanted, &item.etag))
    {
        return Err(stale());
    }
    match (call.header("if-match"), there) {
        (None, Some(_)) if write.requires_if_match => {
            return Err(Refused::of(409).saying("an update needs an If-Match"));
        }
        (None, _) => {}
        (Some(wanted), there) if wanted.trim() == "*" => star(write.if_match_star, there)?,
        (Some(_), None) if write.creates_on_stale_if_match => {}
        (Some(wanted), Some(item)) if names(wanted, &item.etag) => {}
        (Some(_), _) if write.requires_if_match => return Err(Refused::of(409)),
        (Some(_), _) => return Err(stale()),
    }
    schedule_tag(state, call, there)
}

/// Looks at those of a DELETE of something that is there.
pub(super) fn of_delete(state: &State, call: &Call, there: &Item) -> Result<(), Refused> {
    let write = &state.quirks.write;
    match call.header("if-match") {
        None => {}
        Some(_) if write.ignores_if_match_on_delete => {}
        Some(wanted) if wanted.trim() == "*" => star(write.if_match_star, Some(there))?,
        Some(wanted) if names(wanted, &there.etag) => {}
        Some(_) => return Err(stale()),
    }
    schedule_tag(state, call, Some(there))
}

fn star(how: Star, there: Option<&Item>) -> Result<(), Refused> {
    match (how, there) {
        (Star::Right, Some(_)) | (Star::Reversed, None) | (Star::Ignored, _) => Ok(()),
        _ => Err(stale()),
    }
}

fn schedule_tag(state: &State, call: &Call, there: Option<&Item>) -> Result<(), Refused> {
    let Some(wanted) = call.header("if-schedule-tag-match").filter(|_| state.quirks.people.schedule_tags)
    else {
        return Ok(());
    };
    let own = there.map(|item| format!("st-{}", item.schedule_tag));
    match own.is_some_and(|own| names(wanted, &own)) {
        true => Ok(()),
        false => Err(stale()),
    }
}

fn stale() -> Refused {
    Refused::of(412)
}

/// Whether a list of ETags holds one, in any of the spellings that are answered.
fn names(wanted: &str, etag: &str) -> bool {
    wanted.split(',').any(|one| {
        let one = one.trim();
        let one = one.strip_prefix("W/").unwrap_or(one);
        let one = one.replace("%22", "\"");
        let one = one.trim_matches('"');
        one.strip_suffix("-gzip").unwrap_or(one) == etag
    })
}

//! Finding the event that an identifier names, also an occurrence that nobody has touched yet.

use serde_json::{Value, json};

use super::entry::{Entry, Place, effective, occurrence};
use super::render::{Viewer, render, render_plain};
use super::series::{Series, split_id};
use crate::google::Fields;
use crate::google::answers::Refused;
use crate::google::state::{Calendar, State};

/// What was found.
#[derive(Debug)]
pub(in crate::google) struct Spot {
    /// The entry; `None` for an occurrence that nobody has changed.
    pub(super) entry: Option<Entry>,
    pub(super) place: Place,
    /// What it amounts to.
    pub(in crate::google) fields: Fields,
    /// Its version, which for an unchanged occurrence is its series'.
    pub(super) etag: u64,
    personal_etags: Vec<(String, u64)>,
}

/// Finds an event as it is now.
pub(in crate::google) fn locate(state: &State, calendar: &str, id: &str) -> Result<Spot, Refused> {
    let held = state.calendars.get(calendar).ok_or_else(Refused::not_found)?;
    locate_at(held, id, held.events.last())
}

/// Finds an event as it was after change `upto`.
pub(super) fn locate_at(calendar: &Calendar, id: &str, upto: u64) -> Result<Spot, Refused> {
    if let Some(version) = calendar.events.seen(id, upto) {
        let entry = version.value.clone();
        return Ok(Spot {
            fields: effective(calendar, &entry, upto).into_owned(),
            place: entry.place.clone(),
            etag: entry.etag,
            personal_etags: etags(&entry),
            entry: Some(entry),
        });
    }
    let (master, start) = split_id(id).ok_or_else(Refused::not_found)?;
    let series = &calendar.events.seen(master, upto).ok_or_else(Refused::not_found)?.value;
    let exists = series.repeats() && Series::of(&series.body).is_some_and(|dates| dates.has(start));
    if !exists {
        return Err(Refused::not_found());
    }
    Ok(Spot {
        entry: None,
        place: Place::Occurrence { master: master.to_owned(), start },
        fields: occurrence(master, &series.body, start),
        etag: series.etag,
        personal_etags: etags(series),
    })
}

fn etags(entry: &Entry) -> Vec<(String, u64)> {
    entry.personal.iter().map(|(user, personal)| (user.clone(), personal.etag)).collect()
}

impl Spot {
    /// The version as one person sees it.
    pub(super) fn etag_for(&self, user: &str) -> u64 {
        let own = self.personal_etags.iter().find(|(name, _)| name == user).map_or(0, |(_, etag)| *etag);
        self.etag.max(own)
    }

    /// Whether its series is gone, or has it no more.
    pub(super) fn is_orphan(&self, calendar: &Calendar) -> bool {
        let Place::Occurrence { master, .. } = &self.place else { return false };
        self.entry.as_ref().is_some_and(|entry| entry.dropped)
            || calendar.events.get(master).is_none_or(Entry::is_cancelled)
    }

    /// As someone sees it.
    pub(super) fn render(&self, state: &State, calendar: &str, viewer: &Viewer) -> Value {
        let Some(held) = state.calendars.get(calendar) else { return json!({}) };
        match (&self.entry, &self.place) {
            (Some(entry), _) => render(state, held, entry, viewer),
            (None, Place::Occurrence { master, start }) => match held.events.seen(master, viewer.upto) {
                Some(series) => render_plain(state, held, master, &series.value, *start, viewer),
                None => json!({}),
            },
            (None, Place::Whole) => json!({}),
        }
    }
}

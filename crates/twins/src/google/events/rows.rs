//! Which rows a listing has: events, series, exceptions, occurrences and tombstones, before they are put into pages.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::entry::{Entry, Place, effective, occurrence};
use super::query::{Order, Query};
use super::render::{Viewer, bare, render, render_plain, tombstone};
use super::series::{Series, Start, occurrence_id};
use super::times::{self, When};
use super::tokens::digest;
use crate::google::Fields;
use crate::google::state::{Calendar, State};

/// One row.
#[derive(Clone, Debug)]
pub(super) enum Row {
    /// An event, a series or a changed occurrence.
    Event,
    /// Something that is gone.
    Gone,
    /// An occurrence that nobody changed.
    Plain { master: String, start: Start },
    /// An occurrence that its series had and has no more.
    Vanished { master: String, start: Start },
}

/// The rows of a listing by their place in it, each with its id.
pub(super) type Rows = BTreeMap<String, (String, Row)>;

/// The end of time, as far as expansion goes.
const HORIZON: &str = "2099-12-31T23:59:59Z";
/// How many occurrences of one series a listing has at most.
pub(super) const MOST: usize = 730;

/// Collects rows.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    pub(super) state: &'a State,
    pub(super) calendar: &'a Calendar,
    pub(super) query: &'a Query,
    pub(super) upto: u64,
    /// Only what changed after this.
    pub(super) since: Option<u64>,
    pub(super) rows: Rows,
}

impl Collector<'_> {
    /// Collects the whole listing.
    pub(super) fn collect(&mut self) {
        let calendar = self.calendar;
        if let Some(since) = self.since {
            for (id, entry) in calendar.events.changed(since, self.upto) {
                self.take(id, entry);
            }
            return;
        }
        // By iCalUID: the series and its exceptions, and nothing else need be looked at.
        if let Some(uid) = &self.query.uid {
            for id in calendar.uids.get(uid).into_iter().flatten() {
                let children = calendar.children.get(id).into_iter().flatten();
                for id in std::iter::once(id).chain(children) {
                    if let Some(version) = calendar.events.seen(id, self.upto) {
                        self.take(id, &version.value);
                    }
                }
            }
            return;
        }
        for (id, entry) in calendar.events.all(self.upto) {
            self.take(id, entry);
        }
    }

    fn take(&mut self, id: &str, entry: &Entry) {
        if self.query.updated_min.is_some_and(|min| entry.updated < min) {
            return;
        }
        match &entry.place {
            Place::Occurrence { master, .. } => self.exception(id, entry, master),
            Place::Whole => {
                let is_series = self.query.single && entry.repeats();
                if self.query.single
                    && let Some(since) = self.since
                {
                    self.lost(id, entry, since, is_series);
                }
                match is_series {
                    true => self.series(id, entry),
                    false => self.whole(id, entry),
                }
            }
        }
    }

    /// Whether tombstones of singles and series are told.
    fn tells_deleted(&self) -> bool {
        self.since.is_some() || self.query.show_deleted || self.query.updated_min.is_some()
    }

    fn whole(&mut self, id: &str, entry: &Entry) {
        if entry.is_cancelled() {
            if self.tells_deleted() && self.query.wants(&entry.body) && self.in_bounds(&entry.body) {
                self.put(id, Row::Gone, &entry.body, entry);
            }
        } else if self.query.wants(&entry.body) && self.in_bounds(&entry.body) {
            self.put(id, Row::Event, &entry.body, entry);
        }
    }

    fn exception(&mut self, id: &str, entry: &Entry, master: &str) {
        let fields = effective(self.calendar, entry, self.upto);
        if !self.query.wants(&fields) || !self.in_bounds(&fields) {
            return;
        }
        let series = self.calendar.events.seen(master, self.upto);
        if series.is_none_or(|series| series.value.is_cancelled()) {
            // With their series they are gone without a word, unless the twin is told to say it.
            if self.since.is_some() && self.state.quirks.child_tombstones {
                self.put(id, Row::Gone, &fields, entry);
            }
        } else if fields.get("status") != Some(&json!("cancelled")) {
            self.put(id, Row::Event, &fields, entry);
        } else if !self.query.single || self.tells_deleted() {
            self.put(id, Row::Gone, &fields, entry);
        }
    }

    /// A series among single events: its occurrences, changed ones included.
    fn series(&mut self, id: &str, entry: &Entry) {
        if !self.query.wants(&entry.body) {
            return;
        }
        let starts = if entry.is_cancelled() { Vec::new() } else { self.starts(&entry.body) };
        self.occurrences(id, entry, starts);
    }

    /// What stood among the single events when the delta began and is no more: occurrences that a series lost, or an
    /// event that became a series.
    fn lost(&mut self, id: &str, entry: &Entry, since: u64, is_series: bool) {
        let Some(before) = self.calendar.events.seen_or_oldest(id, since) else { return };
        let before = &before.value;
        if before.is_cancelled() || !self.query.wants(&before.body) {
            return;
        }
        if !before.repeats() {
            if is_series {
                self.put(id, Row::Gone, &before.body, entry);
            }
            return;
        }
        let stays = is_series && !entry.is_cancelled();
        let starts = if stays { self.starts(&entry.body) } else { Vec::new() };
        for start in self.starts(&before.body).into_iter().filter(|start| !starts.contains(start)) {
            let fields = occurrence(id, &before.body, start);
            self.put(
                &occurrence_id(id, start),
                Row::Vanished { master: id.to_owned(), start },
                &fields,
                entry,
            );
        }
    }

    /// The occurrences of a series, changed ones as they are.
    pub(super) fn occurrences(&mut self, id: &str, entry: &Entry, starts: Vec<Start>) {
        for start in starts {
            let own = occurrence_id(id, start);
            if self.calendar.events.seen(&own, self.upto).is_some() {
                continue;
            }
            let fields = occurrence(id, &entry.body, start);
            if self.in_bounds(&fields) {
                self.put(&own, Row::Plain { master: id.to_owned(), start }, &fields, entry);
            }
        }
        for child in self.calendar.children.get(id).into_iter().flatten() {
            if let Some(version) = self.calendar.events.seen(child, self.upto) {
                self.exception(child, &version.value, id);
            }
        }
    }

    /// The original starts of a series that may matter for the bounds.
    pub(super) fn starts(&self, body: &Fields) -> Vec<Start> {
        let Some(series) = Series::of(body) else { return Vec::new() };
        let from = self.query.from.unwrap_or(Timestamp::MIN);
        let until = self.query.until.unwrap_or_else(|| HORIZON.parse().unwrap_or(Timestamp::MAX));
        // A little wider: the bounds themselves are looked at with each occurrence.
        let day = jiff::SignedDuration::from_hours(24);
        let (from, until) = (from.saturating_sub(day), until.saturating_add(day));
        let window = (from.unwrap_or(Timestamp::MIN), until.unwrap_or(Timestamp::MAX));
        series.starts(window, self.calendar.zone(), MOST)
    }

    fn zone(&self) -> TimeZone {
        times::zone(self.calendar.zone()).unwrap_or(TimeZone::UTC)
    }

    fn in_bounds(&self, fields: &Fields) -> bool {
        if self.query.from.is_none() && self.query.until.is_none() {
            return true;
        }
        let zone = self.zone();
        let at = |key: &str| When::kept(fields.get(key)).map(|when| when.instant(&zone));
        let (Some(start), Some(end)) = (at("start"), at("end")) else { return true };
        if !fields.contains_key("recurrence") {
            return self.query.overlaps(start, end);
        }
        let Some(length) = When::kept(fields.get("end")).zip(When::kept(fields.get("start"))) else {
            return true;
        };
        let Some(length) = times::length(&length.1, &length.0) else { return true };
        let Some(first) = When::kept(fields.get("start")) else { return true };
        self.starts(fields).into_iter().any(|start| {
            let start = start.when(&first);
            self.query.overlaps(start.instant(&zone), start.plus(length).instant(&zone))
        })
    }

    pub(super) fn put(&mut self, id: &str, row: Row, fields: &Fields, entry: &Entry) {
        let place = match self.query.order {
            Order::Any if self.state.quirks.scattered => format!("{}{id}", digest(id)),
            Order::Any => id.to_owned(),
            Order::Updated => format!("{:020}{id}", entry.updated.as_millisecond()),
            Order::StartTime => {
                let start =
                    When::kept(fields.get("start")).map_or(0, |when| when.instant(&self.zone()).as_second());
                // Before 1970 the number is negative: moved up so that texts sort as numbers do.
                format!("{:020}{id}", start + (1 << 50))
            }
        };
        self.rows.insert(place, (id.to_owned(), row));
    }
}

/// A row as someone sees it.
pub(super) fn show(
    state: &State,
    calendar: &Calendar,
    id: &str,
    row: &Row,
    viewer: &Viewer,
) -> Option<Value> {
    let entry = |id: &str| calendar.events.seen(id, viewer.upto).map(|version| &version.value);
    Some(match row {
        Row::Event => render(state, calendar, entry(id)?, viewer),
        Row::Gone => tombstone(state, calendar, id, entry(id)?, viewer),
        Row::Plain { master, start } => render_plain(state, calendar, master, entry(master)?, *start, viewer),
        Row::Vanished { master, start } => {
            let series = entry(master)?;
            bare(state, id, series, &occurrence(master, &series.body, *start), viewer)
        }
    })
}

//! The components of a file that are one event: a master and its changed occurrences, by UID.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use concord_model::view::Override;
use concord_model::{OccurrenceKey, View, recurrence};
use jiff::Timestamp;

use super::{
    Calendar, Clock, Complaint, Found, Lines, Place, Raw, Trouble, Zones, component, event, note, series,
    stamp,
};
use crate::component::{Component, Tree};
use crate::values::unescape;

/// The VEVENTs that share a UID.
pub(super) struct Group {
    uid: String,
    made_up: bool,
    masters: Vec<Sketch>,
    overrides: Vec<Sketch>,
}

/// What has to be known of a component before it is read.
struct Sketch {
    place: Place,
    /// The start as written: tells copies of one event from events that share a UID.
    start: String,
    repeats: bool,
    sequence: u32,
    stamp: Option<Timestamp>,
    modified: Option<Timestamp>,
}

/// The groups of a file, in the order in which they first appear.
pub(super) fn groups(tree: &Tree) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_uid: BTreeMap<String, usize> = BTreeMap::new();
    let mut copies = BTreeMap::new();
    for (calendar, outer) in tree.calendars() {
        for (at, part) in outer.parts().filter(|(_, part)| part.is("VEVENT")) {
            let (uid, is_override, sketch) = sketch(tree, part, Place { calendar, component: at });
            let made_up = uid.is_none();
            let uid = uid.unwrap_or_else(|| {
                let said = said(tree, part);
                // Events that say the same are told apart by their order.
                let copy = copies.entry(said.clone()).or_insert(0_u32);
                *copy += 1;
                made_up_uid(&said, *copy)
            });
            let index = *by_uid.entry(uid.clone()).or_insert(groups.len());
            if index == groups.len() {
                groups.push(Group { uid, made_up, masters: Vec::new(), overrides: Vec::new() });
            }
            let list = if is_override { &mut groups[index].overrides } else { &mut groups[index].masters };
            list.push(sketch);
        }
    }
    groups
}

fn sketch(tree: &Tree, part: &Component, place: Place) -> (Option<String>, bool, Sketch) {
    let mut sketch =
        Sketch { place, start: String::new(), repeats: false, sequence: 0, stamp: None, modified: None };
    let (mut uid, mut is_override) = (None, false);
    for (_, line) in tree.contents(part) {
        if line.is("UID") {
            uid = uid.or(Some(unescape(line.value()).trim().to_owned()).filter(|uid| !uid.is_empty()));
        } else if line.is("RECURRENCE-ID") {
            is_override = true;
        } else if line.is("DTSTART") {
            sketch.start = format!("{}:{}", line.param("TZID").unwrap_or_default(), line.value().trim());
        } else if line.is("RRULE") || line.is("RDATE") {
            sketch.repeats = true;
        } else if line.is("SEQUENCE") {
            sketch.sequence = line.value().trim().parse().unwrap_or(0);
        } else if line.is("DTSTAMP") {
            sketch.stamp = sketch.stamp.max(stamp(&line));
        } else if line.is("LAST-MODIFIED") {
            sketch.modified = sketch.modified.max(stamp(&line));
        }
    }
    (uid, is_override, sketch)
}

/// What an event without a UID is known by.
fn said(tree: &Tree, part: &Component) -> String {
    let known = ["SUMMARY", "DTSTART", "DTEND", "DURATION", "LOCATION", "RRULE", "RECURRENCE-ID"];
    let lines = tree.contents(part).filter(|(_, line)| known.iter().any(|name| line.is(name)));
    let mut said: Vec<String> = lines.map(|(_, line)| format!("{}:{}", line.name(), line.value())).collect();
    said.sort_unstable();
    said.join("\n")
}

/// A name for an event that has none: the same for the same words, today and in the next version (FNV-1a, 128 bit).
fn made_up_uid(said: &str, copy: u32) -> String {
    let bytes = said.bytes().chain(copy.to_be_bytes());
    let hash = bytes.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    format!("{hash:032x}")
}

impl Group {
    pub(super) fn read(mut self, tree: &Arc<Tree>, zones: &BTreeMap<usize, Zones>, into: &mut Calendar) {
        let twice = self.drop_copies();
        if twice {
            into.complaints.push(Complaint { uid: self.uid.clone(), trouble: Trouble::Twice });
        }
        // The changed occurrences of a UID belong to the series among its masters.
        let series = self.masters.iter().position(|master| master.repeats);
        let several = self.masters.len() > 1;
        for (n, master) in self.masters.iter().enumerate() {
            let overrides = if Some(n) == series { self.overrides.as_slice() } else { &[] };
            self.item(master, overrides, several, tree, zones, into);
        }
        if series.is_none() {
            // Occurrences of a series that is not here: guests are invited to one, and servers send no more.
            for sketch in &self.overrides {
                self.item(sketch, &[], true, tree, zones, into);
            }
        }
    }

    /// Of copies of one master, only the latest counts.
    fn drop_copies(&mut self) -> bool {
        let mut latest: BTreeMap<&str, usize> = BTreeMap::new();
        for (n, master) in self.masters.iter().enumerate() {
            let best = latest.entry(&master.start).or_insert(n);
            if master.revision() >= self.masters[*best].revision() {
                *best = n;
            }
        }
        let kept: BTreeSet<usize> = latest.into_values().collect();
        let copies = kept.len() < self.masters.len();
        let mut n = 0;
        self.masters.retain(|_| {
            n += 1;
            kept.contains(&(n - 1))
        });
        copies
    }

    fn item(
        &self,
        master: &Sketch,
        overrides: &[Sketch],
        is_part: bool,
        tree: &Arc<Tree>,
        zones: &BTreeMap<usize, Zones>,
        into: &mut Calendar,
    ) {
        let mut odd = Vec::new();
        let mut part = None;
        let view = read(tree, zones, master, overrides, &mut odd).map(|(view, key)| {
            part = is_part.then(|| key.unwrap_or(view.time.span.key()));
            view
        });
        let complaint = |trouble| Complaint { uid: self.uid.clone(), trouble };
        into.complaints.extend(odd.into_iter().map(complaint));
        let all = || std::iter::once(master).chain(overrides);
        into.items.push(Found {
            uid: self.uid.clone(),
            uid_made_up: self.made_up,
            part,
            view: view.map_err(complaint),
            sequence: all().map(|s| s.sequence).max().unwrap_or(0),
            stamp: all().filter_map(|s| s.stamp).max(),
            modified: all().filter_map(|s| s.modified).max(),
            source: Raw {
                tree: tree.clone(),
                made_up: self.made_up.then(|| self.uid.clone()),
                master: master.place,
                overrides: overrides.iter().map(|s| s.place).collect(),
            },
        });
    }
}

impl Sketch {
    /// Which of two copies is newer (RFC 5546, 2.1.5).
    fn revision(&self) -> (u32, Option<Timestamp>, Option<Timestamp>) {
        (self.sequence, self.modified, self.stamp)
    }
}

/// Reads a master with its changed occurrences. Of an occurrence that stands alone, tells its name too.
fn read(
    tree: &Tree,
    zones: &BTreeMap<usize, Zones>,
    master: &Sketch,
    overrides: &[Sketch],
    odd: &mut Vec<Trouble>,
) -> Result<(View, Option<OccurrenceKey>), Trouble> {
    let lines = Lines::of(tree, component(tree, master.place).ok_or(Trouble::NotWhole)?);
    let zones_of = |place: Place| zones.get(&place.calendar).ok_or(Trouble::NotWhole);
    let clock = Clock::of(zones_of(master.place)?, &lines);
    let mut view = event::view(&lines, &clock, None, odd)?;
    if let Some(line) = lines.first("RECURRENCE-ID") {
        if line.param_is("RANGE", "THISANDFUTURE") {
            note(odd, Trouble::ThisAndFuture);
        }
        let key = series::recurrence_id(line, &clock, &view.time.span)?;
        return Ok((view, Some(key)));
    }
    let repeats = series::read(&lines, &clock, &view.time.span, odd)?;
    view.time.recurrence = repeats.recurrence;
    let mut changes = repeats.overrides;
    let mut newest: BTreeMap<OccurrenceKey, &Sketch> = BTreeMap::new();
    for sketch in overrides {
        let lines = Lines::of(tree, component(tree, sketch.place).ok_or(Trouble::NotWhole)?);
        let clock = Clock::of(zones_of(sketch.place)?, &lines);
        let Some(line) = lines.first("RECURRENCE-ID") else { continue };
        let key = series::recurrence_id(line, &clock, &view.time.span)?;
        if line.param_is("RANGE", "THISANDFUTURE") {
            note(odd, Trouble::ThisAndFuture);
        }
        if let Some(other) = newest.get(&key) {
            note(odd, Trouble::Twice);
            if other.revision() > sketch.revision() {
                continue;
            }
        }
        newest.insert(key, sketch);
        let whole = event::view(&lines, &clock, Some(&view.time.span), odd)?;
        // Where an occurrence was both removed and changed, most clients show the change.
        match series::difference(&view, key, &whole)? {
            Some(change) => changes.insert(key, change),
            None => changes.remove(&key),
        };
    }
    if view.is_series() {
        let takes_place = |key: &OccurrenceKey| changes.get(key) != Some(&Override::Cancelled);
        recurrence::give_dates(&mut view.time, newest.into_keys().filter(takes_place));
        view.overrides = changes;
    }
    Ok((view, None))
}

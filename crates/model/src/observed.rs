//! What was seen at a provider.
//!
//! Absence is not among it: that something is not there is never observed, only concluded, and only from a
//! complete listing or a direct read (`rules.md` 9).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{Etag, EventId, ExternalId, Mark};
use crate::recurrence;
use crate::time::{OccurrenceKey, Span};
use crate::view::{Override, Timing, View};

/// One thing in a provider's answer: an event, a series' master, or one changed occurrence of a series.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// The event; for an occurrence, its series.
    pub id: ExternalId,
    /// Which occurrence it is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// The id under which it was asked for, where the provider has given it another one (`id`) and tells of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_as: Option<ExternalId>,
    /// Its name in the world.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// Its version. Missing where a tombstone brings none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<Etag>,
    /// When it was last modified, by the provider's clock corrected to ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Timestamp>,
    /// Our mark, where it carries one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// The event of ours that a person copied it from, where a copy bears our mark and can be told from what we made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied_from: Option<EventId>,
    /// What the calendar lets us do with it.
    #[serde(default)]
    pub hold: Hold,
    /// Where its provider shows it to people, where it tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Whether its view holds all changed occurrences: none of them is told as an item of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub complete: bool,
    /// What is there.
    pub state: State,
}

/// What is there.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// An event. For a part: the whole occurrence with all its values, not a series.
    Live(Box<View>),
    /// A tombstone. For a part: the occurrence does not take place.
    Gone,
    /// Something that could not be understood, and why. It is kept as it was and listed as an error; it is
    /// never taken for gone (BM-027).
    Odd(String),
    /// It is there with that version, and was not read. Whoever does not know the version reads it; it is never kept.
    Unread,
}

/// Which occurrence a part is, as the provider tells it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// What the provider calls the occurrence itself.
    pub id: ExternalId,
    /// Its original start.
    pub start: PartStart,
}

/// An occurrence's original start as told: the key itself, or an instant that only the series' zone makes a key of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PartStart {
    /// On the series' own clock.
    Key(OccurrenceKey),
    /// As an instant.
    Instant(Timestamp),
}

impl PartStart {
    /// The key within a series with that span.
    pub fn key(self, series: &Span) -> OccurrenceKey {
        match (self, series.zone()) {
            (PartStart::Key(key), _) => key,
            (PartStart::Instant(at), Some(zone)) => OccurrenceKey::Time(zone.wall(at)),
            (PartStart::Instant(at), None) => {
                let wall = crate::time::Zone::utc().wall(at);
                if series.is_all_day() { OccurrenceKey::Date(wall.date()) } else { OccurrenceKey::Time(wall) }
            }
        }
    }
}

/// What the calendar lets us do with an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Hold {
    /// Anything.
    #[default]
    Free,
    /// We are a guest of it: only our own answer and personal fields are ours to change.
    Guest,
    /// Nothing: a birthday, a locked event, a read-only calendar.
    ReadOnly,
    /// Nothing, and we may see no more of it than its time: what it does not say, it may well have.
    Masked,
}

/// The versions of an event at its provider: of the whole, and of changed occurrences where they have their own.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Versions {
    /// Of the event, or of the series' master.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<Etag>,
    /// Of changed occurrences.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<OccurrenceKey, Etag>,
}

/// Everything seen of one event since it was last reconciled: laid over what was known, it is their side now.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Observation {
    /// The event or master itself, if it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub whole: Option<Item>,
    /// Changed occurrences that were seen, by the provider's id for each.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<ExternalId, Item>,
    /// Whether this is all there is: a direct read of the whole event. Known occurrences that are not in it are
    /// then as the series has them.
    pub complete: bool,
    /// Whether a tombstone in it is proved already: by the provider's own word on a direct read, or by absence from
    /// two complete listings.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub proved: bool,
    /// When it was first seen, by our clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_at: Option<Timestamp>,
}

/// What a direct read of one event found.
#[derive(Clone, PartialEq, Debug)]
pub enum Reading {
    /// It is there: the event and all its changed occurrences.
    Present(Vec<Item>),
    /// The provider says that it was deleted.
    Deleted,
    /// The provider does not know it, or does not let us see it. Not a proof of anything by itself.
    Missing,
}

/// Their side, put together.
#[derive(Clone, PartialEq, Debug)]
pub struct Theirs {
    /// The event as their calendar holds it now.
    pub view: View,
    /// Its versions.
    pub versions: Versions,
    /// When it was last modified.
    pub stamp: Option<Timestamp>,
    /// What the calendar lets us do with it.
    pub hold: Hold,
    /// Where its provider shows it to people.
    pub page: Option<String>,
    /// Occurrences that do not take place because the series' own lines leave them out, and nothing else says so: as
    /// soon as the lines do not, they take place again.
    pub left_out: BTreeSet<OccurrenceKey>,
}

impl Observation {
    /// Adds what was seen later.
    pub fn add(&mut self, item: Item, at: Timestamp) {
        self.seen_at.get_or_insert(at);
        match &item.part {
            None => {
                if item.complete {
                    self.parts.clear();
                    self.complete = true;
                }
                self.forget_what_lines_said();
                self.whole = Some(item);
            }
            Some(part) => {
                self.parts.insert(part.id.clone(), item);
            }
        }
    }

    /// What the lines of the series left out is told by the next lines. Where it was told apart as well, without a
    /// version, that was an echo of a write of ours and says nothing more.
    fn forget_what_lines_said(&mut self) {
        let Some(Item { state: State::Live(view), .. }) = &self.whole else { return };
        self.parts.retain(|_, item| {
            let key = item.part.as_ref().map(|part| part.start.key(&view.time.span));
            let off = key.is_some_and(|key| view.overrides.get(&key) == Some(&Override::Cancelled));
            !(off && item.etag.is_none() && item.state == State::Gone)
        });
    }

    /// What a direct read found, as an observation.
    pub fn read(items: Vec<Item>, at: Timestamp) -> Observation {
        let mut all = Observation { complete: true, ..Observation::default() };
        for item in items {
            all.add(item, at);
        }
        all
    }

    /// Whether the event as a whole was seen as deleted.
    pub fn is_tombstone(&self) -> bool {
        matches!(&self.whole, Some(Item { state: State::Gone, .. }))
    }

    /// What could not be understood, if something could not.
    pub fn oddity(&self) -> Option<&str> {
        self.whole.iter().chain(self.parts.values()).find_map(|item| match &item.state {
            State::Odd(why) => Some(why.as_str()),
            _ => None,
        })
    }

    /// Their side now: what was known, with what was seen laid over it. `None` when there is no whole event to
    /// speak of: neither known nor seen, or gone.
    pub fn over(&self, known: Option<&Theirs>) -> Option<Theirs> {
        let mut theirs = match (&self.whole, known) {
            (Some(Item { state: State::Live(view), etag, stamp, hold, complete, page, .. }), _) => {
                let mut view = (**view).clone();
                let mut versions = Versions { whole: etag.clone(), ..Versions::default() };
                let mut left_out: BTreeSet<OccurrenceKey> = match complete {
                    // Nothing is told apart, so nothing is kept that is not told.
                    true => BTreeSet::new(),
                    false => cancelled(&view).collect(),
                };
                if let (Some(known), false) = (known, self.complete) {
                    // Occurrences are told apart from their series: those not seen now are as they were. Their
                    // whole value is kept, for what they inherited may have changed in the series. One that the
                    // series no longer has, now that it was moved, is not kept: nobody would tell that it is gone.
                    // Nor is one that only the series' lines had left out: they are told whole, and it is not in them.
                    let apart: BTreeSet<OccurrenceKey> =
                        cancelled(&known.view).filter(|key| !known.left_out.contains(key)).collect();
                    left_out.retain(|key| !apart.contains(key));
                    if view.is_series() {
                        let fits = |key: &OccurrenceKey| view.time.span.starting(*key).is_some();
                        let keys: BTreeSet<OccurrenceKey> =
                            known.view.overrides.keys().copied().filter(fits).collect();
                        let there = match view.time == known.view.time {
                            true => keys,
                            false => recurrence::plausible(&view.time, &keys),
                        };
                        let is_back = |key: &OccurrenceKey, change: &Override| {
                            *change == Override::Cancelled && known.left_out.contains(key)
                        };
                        let kept = known
                            .view
                            .overrides
                            .iter()
                            .filter(|(key, change)| there.contains(key) && !is_back(key, change));
                        for (key, change) in kept {
                            view.overrides.entry(*key).or_insert_with(|| change.clone());
                        }
                        versions.parts = known.versions.parts.clone();
                    }
                }
                // No stamp: the time first seen (`rules.md` 6).
                let page = page.clone().or_else(|| known.and_then(|known| known.page.clone()));
                Theirs { view, versions, stamp: stamp.or(self.seen_at), hold: *hold, page, left_out }
            }
            (Some(Item { state: State::Gone, .. }), _) => return None,
            (Some(Item { state: State::Odd(_) | State::Unread, .. }) | None, Some(known)) => known.clone(),
            (Some(Item { state: State::Odd(_) | State::Unread, .. }) | None, None) => return None,
        };
        let left_behind = self.left_behind(known, &theirs.view.time);
        for item in self.parts.values() {
            let Some(part) = &item.part else { continue };
            let key = part.start.key(&theirs.view.time.span);
            if left_behind.contains(&key) {
                continue;
            }
            match &item.state {
                State::Live(whole) => match theirs.view.override_for(key, whole) {
                    Some(change) => {
                        theirs.view.overrides.insert(key, change);
                    }
                    None => {
                        theirs.view.overrides.remove(&key);
                    }
                },
                State::Gone => {
                    theirs.view.overrides.insert(key, Override::Cancelled);
                    // What a write of ours left out by the lines is told apart, too, but has no version of its own.
                    if item.etag.is_some() {
                        theirs.left_out.remove(&key);
                    }
                }
                State::Odd(_) | State::Unread => continue,
            }
            match &item.etag {
                Some(etag) => theirs.versions.parts.insert(key, etag.clone()),
                None => theirs.versions.parts.remove(&key),
            };
            theirs.stamp = theirs.stamp.max(item.stamp.or(self.seen_at));
        }
        theirs.view.normalise();
        drop_what_never_was(&mut theirs.view);
        let cancelled: BTreeSet<OccurrenceKey> = cancelled(&theirs.view).collect();
        theirs.left_out.retain(|key| cancelled.contains(key));
        Some(theirs)
    }

    /// The occurrences told apart that the series had before it was moved, and has no longer: they were seen before that.
    fn left_behind(&self, known: Option<&Theirs>, now: &Timing) -> BTreeSet<OccurrenceKey> {
        let Some(known) = known.filter(|known| known.view.time != *now && !self.parts.is_empty()) else {
            return BTreeSet::new();
        };
        let told = self.parts.values().filter_map(|item| Some(item.part.as_ref()?.start.key(&now.span)));
        let told: BTreeSet<OccurrenceKey> = told.collect();
        let (had, has) = (recurrence::plausible(&known.view.time, &told), recurrence::plausible(now, &told));
        had.difference(&has).copied().collect()
    }
}

/// The occurrences that do not take place.
fn cancelled(view: &View) -> impl Iterator<Item = OccurrenceKey> {
    view.overrides.iter().filter(|(_, change)| **change == Override::Cancelled).map(|(key, _)| *key)
}

/// An occurrence that a series does not have is not one that was cancelled: that is what a calendar leaves behind of
/// the occurrences of a series that was moved, and it tells of nobody's decision.
fn drop_what_never_was(view: &mut View) {
    let keys: BTreeSet<OccurrenceKey> = cancelled(view).collect();
    if !keys.is_empty() {
        let there = recurrence::plausible(&view.time, &keys);
        view.overrides.retain(|key, change| *change != Override::Cancelled || there.contains(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recurrence::{Recurrence, Rule};
    use crate::time::{Moment, Zone};

    fn daily(start: &str) -> View {
        let moment = |text: &str| Moment::new(text.parse().unwrap(), Zone::new("Europe/Berlin").unwrap());
        let at = moment(start);
        let end = Moment::at(at.instant() + jiff::SignedDuration::from_hours(1), at.zone().clone());
        let span = Span::timed(at, end).unwrap();
        let rule = Rule::parse("FREQ=DAILY;COUNT=5", &span).unwrap();
        View::new(Timing { span, recurrence: Some(Recurrence::from(rule)) }, "Class")
    }

    fn item(part: Option<&str>, state: State) -> Item {
        let start = |key: &str| PartStart::Key(key.parse().unwrap());
        Item {
            id: ExternalId("class".to_owned()),
            part: part.map(|key| Part { id: ExternalId(format!("class_{key}")), start: start(key) }),
            uid: None,
            etag: None,
            stamp: None,
            mark: None,
            made_as: None,
            copied_from: None,
            hold: Hold::Free,
            page: None,
            complete: false,
            state,
        }
    }

    #[test]
    fn i_01_what_is_left_of_the_occurrences_of_a_series_that_was_moved_cancels_nothing() {
        let moved = item(None, State::Live(Box::new(daily("2026-12-16T14:00"))));
        let old = item(Some("20261108T160000"), State::Gone);
        let cancelled = item(Some("20261217T140000"), State::Gone);
        let seen = Observation::read(vec![moved, old, cancelled], Timestamp::UNIX_EPOCH);
        let view = seen.over(None).unwrap().view;
        let keys: Vec<String> = view.overrides.keys().map(ToString::to_string).collect();
        assert_eq!(keys, ["20261217T140000"]);
    }

    /// Seed 80199 of the simulator: the occurrence took place where no calendar has one.
    #[test]
    fn i_01_what_was_seen_of_an_occurrence_before_its_series_was_moved_is_left_behind() {
        let whole = |start: &str| item(None, State::Live(Box::new(daily(start))));
        let one = |key: &str| {
            let mut view = daily("2026-12-16T14:00").occurrence(key.parse().unwrap()).unwrap();
            view.title = "Special".to_owned();
            item(Some(key), State::Live(Box::new(view)))
        };
        let known =
            Observation::read(vec![whole("2026-12-16T14:00")], Timestamp::UNIX_EPOCH).over(None).unwrap();
        let special = |seen: Vec<Item>| {
            let mut all = Observation::default();
            seen.into_iter().for_each(|item| all.add(item, Timestamp::UNIX_EPOCH));
            all.over(Some(&known)).unwrap().view.overrides.len()
        };
        assert_eq!(special(vec![one("20261217T140000")]), 1);
        assert_eq!(special(vec![one("20261217T140000"), whole("2026-12-16T15:00")]), 0);
        // One that no series of ours ever had is believed.
        assert_eq!(special(vec![one("20261225T140000"), whole("2026-12-16T15:00")]), 1);
    }

    fn cancelled_in(theirs: &Theirs) -> Vec<String> {
        cancelled(&theirs.view).map(|key| key.to_string()).collect()
    }

    #[test]
    fn i_20_an_occurrence_that_only_the_lines_of_its_series_left_out_is_back_when_they_do_not() {
        let key: OccurrenceKey = "20261217T140000".parse().unwrap();
        let other: OccurrenceKey = "20261218T140000".parse().unwrap();
        let mut lines = daily("2026-12-16T14:00");
        lines.overrides.insert(key, Override::Cancelled);
        let apart = item(Some("20261218T140000"), State::Gone);
        let seen = vec![item(None, State::Live(Box::new(lines.clone()))), apart];
        let known = Observation::read(seen, Timestamp::UNIX_EPOCH).over(None).unwrap();
        assert_eq!(known.left_out, BTreeSet::from([key]));

        // A rule of a person's own: without the line. What is told apart is not told again, and stays.
        let told = |view: &View| {
            let mut seen = Observation::default();
            seen.add(item(None, State::Live(Box::new(view.clone()))), Timestamp::UNIX_EPOCH);
            seen
        };
        let theirs = told(&daily("2026-12-16T14:00")).over(Some(&known)).unwrap();
        assert_eq!(cancelled_in(&theirs), ["20261218T140000"]);
        assert_eq!(theirs.left_out, BTreeSet::new());

        // What is told apart does not become the lines' when they say it, too.
        lines.overrides.insert(other, Override::Cancelled);
        let theirs = told(&lines).over(Some(&known)).unwrap();
        assert_eq!(theirs.left_out, BTreeSet::from([key]));
        let theirs = told(&daily("2026-12-16T14:00")).over(Some(&theirs)).unwrap();
        assert_eq!(cancelled_in(&theirs), ["20261218T140000"]);
    }

    #[test]
    fn i_20_an_echo_of_our_own_lines_is_forgotten_when_other_lines_are_seen() {
        let key: OccurrenceKey = "20261217T140000".parse().unwrap();
        let mut lines = daily("2026-12-16T14:00");
        lines.overrides.insert(key, Override::Cancelled);
        let echo = Item { etag: None, ..item(Some("20261217T140000"), State::Gone) };
        let apart = item(Some("20261218T140000"), State::Gone);
        let mut seen = Observation::default();
        for one in [item(None, State::Live(Box::new(lines.clone()))), echo, apart] {
            seen.add(one, Timestamp::UNIX_EPOCH);
        }
        // Kept as news, for a person is asked; meanwhile another person writes a rule of their own.
        seen.add(item(None, State::Live(Box::new(daily("2026-12-16T14:00")))), Timestamp::UNIX_EPOCH);
        let base = left_out_by(&lines, key);
        let theirs = seen.over(Some(&base)).unwrap();
        assert_eq!(cancelled_in(&theirs), ["20261218T140000"]);
    }

    /// What is known of a series of whose occurrences the lines leave out one.
    fn left_out_by(lines: &View, key: OccurrenceKey) -> Theirs {
        let mut known = Observation::default();
        known.add(item(None, State::Live(Box::new(lines.clone()))), Timestamp::UNIX_EPOCH);
        let known = known.over(None).unwrap();
        assert_eq!(known.left_out, BTreeSet::from([key]));
        known
    }
}

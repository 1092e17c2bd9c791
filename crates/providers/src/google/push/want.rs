//! One occurrence of a series: what it shall be, what is there, and what is to be done about it.

use concord_model::{Etag, ExternalId, Field, FieldSet, Moment, OccurrenceKey, Span, View};
use concord_points::defect;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::google::pull::Sent;
use crate::google::{answers, convert};

/// What one occurrence shall be, and what is known of it.
pub(super) struct Want {
    pub(super) id: ExternalId,
    /// Whether the rule of its series has it.
    pub(super) is_of_rule: bool,
    /// What it shall be; nothing when it shall not take place.
    pub(super) after: Option<View>,
    /// Whether it then differs from its series.
    pub(super) special: bool,
    /// The fields that are looked at.
    pub(super) fields: FieldSet,
    /// Those among them that may be touched.
    pub(super) touch: FieldSet,
    /// What may be there now, so that nobody else's change is overwritten.
    pub(super) expects: Expects,
    /// The version of it that we knew, where it has one.
    pub(super) version: Option<Etag>,
    pub(super) now: Now,
}

/// What may be there before an occurrence is written.
pub(super) enum Expects {
    /// Whatever is: the series was just made or moved by us, so nobody agreed on anything yet.
    Anything,
    /// One of these, field by field: as it was, or as it was with the series' change in it.
    OneOf(Vec<View>),
    /// Nothing: it was cancelled.
    Cancelled,
}

/// What is known to be there.
pub(super) enum Now {
    Unknown,
    Absent,
    There(Box<Sent>),
}

/// What is to be done about one occurrence.
pub(super) enum Bring {
    /// It is written, on that version.
    Write(Etag, Map<String, Value>),
    /// It is as the series has it, and shall be.
    Plain,
    /// It does not take place, and shall not.
    Gone,
    /// It is what it shall be.
    Nothing,
}

impl Want {
    /// Whether it must be read first: no version is known, or what is there must be built upon.
    pub(super) fn must_be_found(&self) -> bool {
        if !matches!(self.now, Now::Unknown) {
            return false;
        }
        match (&self.version, &self.expects, &self.after) {
            (None, _, _) | (_, Expects::Anything | Expects::Cancelled, _) => true,
            (Some(_), Expects::OneOf(before), Some(after)) => {
                before.len() != 1 || before.iter().any(|before| !before.same(Field::Attendees, after))
            }
            (Some(_), Expects::OneOf(_), None) => false,
        }
    }

    /// What is to be done. `series` is the span of the series as it was.
    pub(super) fn bring(&self, key: OccurrenceKey, series: Option<&Span>) -> Result<Bring, Answer> {
        let sent = match (&self.now, &self.after) {
            (Now::There(sent), _) => sent,
            (Now::Unknown, after) => return self.bring_unseen(after.as_ref()),
            // Of one that does not take place Google says that it is cancelled. That it is not there at all is a word
            // that it takes back, and after which nobody would look again.
            (Now::Absent, _) if self.is_of_rule => {
                let why = format!("Google does not find the occurrence on {}", key.date());
                return Err(Answer::Transient(why));
            }
            (Now::Absent, None) => return Ok(Bring::Gone),
            (Now::Absent, Some(_)) if !self.special => return Ok(Bring::Plain),
            (Now::Absent, Some(_)) => {
                let why = format!("the series has no occurrence on {} in Google's calendar", key.date());
                return Err(Answer::Rejected { why, read_only: false });
            }
        };
        let version = || sent.event.etag.clone().map(Etag).ok_or_else(|| answers::unreadable(false));
        match (&self.after, sent.event.is_cancelled()) {
            (None, true) => Ok(Bring::Nothing),
            (None, false) => {
                // Whoever changed it meanwhile has a say in whether it goes.
                self.check(&understood(sent)?, None, key, series)?;
                Ok(Bring::Write(version()?, cancelled()))
            }
            (Some(_), true) => {
                if matches!(self.expects, Expects::OneOf(_)) {
                    return Err(Answer::Stale);
                }
                Ok(Bring::Write(version()?, Map::from_iter([("status".to_owned(), json!("confirmed"))])))
            }
            (Some(after), false) => {
                let there = understood(sent)?;
                self.check(&there, Some(after), key, series)?;
                let changes = there.differing(after).and(self.touch);
                let mut patch = convert::change(&there, after, changes);
                if changes.has(Field::Attendees) {
                    patch.insert("attendees".to_owned(), guests(sent, after)?);
                }
                Ok(if patch.is_empty() { Bring::Nothing } else { Bring::Write(version()?, patch) })
            }
        }
    }

    /// A known exception is written at once: its version vouches for its content.
    fn bring_unseen(&self, after: Option<&View>) -> Result<Bring, Answer> {
        let version = self.version.clone().ok_or(Answer::Stale)?;
        let before = match &self.expects {
            Expects::OneOf(before) => before.first().ok_or(Answer::Stale)?,
            _ => return Err(Answer::Stale),
        };
        let patch = after.map_or_else(cancelled, |after| convert::change(before, after, self.touch));
        Ok(if patch.is_empty() { Bring::Nothing } else { Bring::Write(version, patch) })
    }

    /// Refuses to build upon what nobody here has seen: it would be overwritten, or taken for agreed without ever
    /// having been told.
    fn check(
        &self,
        there: &View,
        after: Option<&View>,
        key: OccurrenceKey,
        series: Option<&Span>,
    ) -> Result<(), Answer> {
        let before = match &self.expects {
            Expects::Anything => return Ok(()),
            Expects::Cancelled => return Err(Answer::Stale),
            Expects::OneOf(before) => before,
        };
        let nominal = || series.and_then(|series| nominal(series, key));
        let known = |field: Field| {
            before.iter().chain(after).any(|known| there.same(field, known))
                || (field == Field::Time && nominal().is_some_and(|span| there.time.span == span))
        };
        if self.fields.iter().all(known) { Ok(()) } else { Err(Answer::Stale) }
    }
}

/// What was sent, as a view.
pub(super) fn understood(sent: &Sent) -> Result<View, Answer> {
    sent.view()
        .map_err(|why| Answer::Rejected { why: format!("the occurrence is odd: {why}"), read_only: false })
}

/// The list of guests with a change in it, to be written whole.
pub(super) fn guests(there: &Sent, after: &View) -> Result<Value, Answer> {
    if there.event.attendees_omitted == Some(true) {
        let why = "Google does not show all guests of this event, so the list cannot be changed".to_owned();
        return Err(Answer::Rejected { why, read_only: false });
    }
    let known = there.event.attendees.as_deref().filter(|_| !defect!("what is unknown of guests is dropped"));
    let there = known.unwrap_or_default();
    Ok(json!(convert::guests(there, &after.attendees)))
}

fn cancelled() -> Map<String, Value> {
    Map::from_iter([("status".to_owned(), json!("cancelled"))])
}

/// The occurrence with the series' length on the wall clock: another way to read "same length" when clocks change
/// within it.
fn nominal(series: &Span, key: OccurrenceKey) -> Option<Span> {
    let (Span::Timed(timed), OccurrenceKey::Time(wall)) = (series, key) else { return None };
    let (start, end) = (timed.start(), timed.end());
    let length = end.wall().duration_since(start.wall());
    let end = Moment::new(wall.checked_add(length).ok()?, end.zone().clone());
    Span::timed(Moment::new(wall, start.zone().clone()), end).ok()
}

//! What a calendar may see: detail, private events, clients' names and contacts, notes, guests (PV-2).

use concord_model::capability::Invites;
use concord_model::event::{Event, Origin};
use concord_model::privacy::{Detail, Privacy, PrivateEvents};
use concord_model::view::{Availability, Override, Patch, Status, Value};
use concord_model::{Field, FieldSet, View};
use concord_points::defect;

use super::{Eyes, Lens, Seen, WhyNot, blank, clear, text_mut};

/// A text that may not appear in a calendar, and what stands in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HiddenText {
    /// What to hide: a client's name, address or telephone number.
    pub text: String,
    /// What stands there instead.
    pub instead: String,
}

/// Stands for the title of what is only shown as busy.
pub const BUSY: &str = "Busy";

/// The line between the description and the platform's notes.
const NOTES: &str = "— Notes —";

/// Masks what may not be seen. Returns a reason when nothing at all may be seen.
pub(super) fn mask(lens: &Lens<'_>, event: &Event, seen: &mut Seen) -> Option<WhyNot> {
    let sight = &lens.settings.sight;
    // An occurrence shown by itself may be more private than its series.
    let private = event.content.privacy.is_private() || seen.view.privacy.is_private();
    let detail = match (private, sight.private) {
        (true, PrivateEvents::Exclude) => return Some(WhyNot::Private),
        (true, PrivateEvents::Busy) => Detail::Busy,
        _ => sight.detail,
    };
    // Of a series that is hidden as a whole, no occurrence is more private than the others.
    if !private && !defect!("an occurrence's own privacy is ignored") {
        mask_private_occurrences(lens, seen);
    }
    match detail {
        Detail::Full => {
            if shows_notes(lens) && !event.booking.notes.is_empty() {
                show_notes(&event.booking.notes, seen);
            }
            // A copy of somebody else's invitation is a plain one: whoever wrote guests there would invite them again.
            if !sight.guests || tells_unasked(lens) || event.origin == Origin::Mail {
                hide(seen, FieldSet::NONE.with(Field::Attendees).with(Field::Organiser));
            }
        }
        Detail::Title => {
            let kept = FieldSet::PERSONAL
                .with(Field::Time)
                .with(Field::Title)
                .with(Field::Status)
                .with(Field::Privacy);
            hide(seen, FieldSet::ALL.minus(kept));
        }
        Detail::Busy => {
            let kept = FieldSet::NONE.with(Field::Time).with(Field::Availability);
            let kept =
                if defect!("a busy block tells the place") { kept.with(Field::Location) } else { kept };
            hide(seen, FieldSet::ALL.minus(kept));
            seen.view.title = BUSY.to_owned();
            seen.view.privacy = Privacy::Private;
        }
    }
    if !lens.hidden.is_empty() {
        cover_all(&Cover::of(lens.hidden), seen);
    }
    // The text tells everything: it is for those who may see all of that.
    let whole = detail == Detail::Full
        && lens.eyes == Eyes::Owner
        && sight.guests
        && lens.hidden.is_empty()
        && seen.closed.is_empty()
        && event.origin != Origin::Mail
        && !event.is_booking();
    if !whole {
        hide(seen, FieldSet::NONE.with(Field::Original));
    }
    None
}

/// Whether guests who are written there would be mailed against the link's word (I-37).
fn tells_unasked(lens: &Lens<'_>) -> bool {
    lens.able.invites == Invites::Always && !lens.settings.mail_guests
}

/// Sets fields to their defaults and masks them: sent as empty, so that what was shown before is cleaned (I-36).
fn hide(seen: &mut Seen, fields: FieldSet) {
    clear(&mut seen.view, fields);
    seen.open = seen.open.minus(fields);
}

/// An occurrence that is more private than its series is hidden by itself: a series that may be seen must not tell
/// of it.
fn mask_private_occurrences(lens: &Lens<'_>, seen: &mut Seen) {
    if lens.settings.sight.private == PrivateEvents::Show {
        return;
    }
    for (key, change) in &mut seen.view.overrides {
        let Override::Changed(patch) = change else { continue };
        let Some(Value::Privacy(privacy)) = patch.get(&Field::Privacy) else { continue };
        if !privacy.is_private() {
            continue;
        }
        seen.closed.insert(*key, FieldSet::ALL);
        *change = match lens.settings.sight.private {
            PrivateEvents::Exclude => Override::Cancelled,
            PrivateEvents::Busy | PrivateEvents::Show => Override::Changed(busy(patch)),
        };
    }
}

/// What is left of an occurrence that is only shown as busy.
fn busy(patch: &Patch) -> Patch {
    let kept = |field: Field| matches!(field, Field::Time | Field::Availability);
    let mut busy: Patch =
        Field::ALL.iter().filter(|f| !kept(**f)).filter_map(|f| Some((*f, blank(*f)?))).collect();
    busy.extend(
        patch.iter().filter(|(field, _)| kept(**field)).map(|(field, value)| (*field, value.clone())),
    );
    busy.insert(Field::Title, Value::Title(BUSY.to_owned()));
    busy.insert(Field::Privacy, Value::Privacy(Privacy::Private));
    busy
}

/// Covers hidden texts wherever they stand, in the series and in its occurrences.
fn cover_all(cover: &Cover<'_>, seen: &mut Seen) {
    for field in seen.fields.iter() {
        let masked = match text_mut(&mut seen.view, field).map(|text| &*text) {
            Some(text) if !cover.is_in(text) => None,
            _ => cover.value(&seen.view.value(field)),
        };
        if let Some(masked) = masked {
            seen.view.set(masked);
            seen.open = seen.open.without(field);
        }
    }
    for (key, change) in &mut seen.view.overrides {
        let Override::Changed(patch) = change else { continue };
        for (field, value) in patch {
            if let Some(masked) = cover.value(value) {
                *value = masked;
                let closed = seen.closed.entry(*key).or_default();
                *closed = closed.with(*field);
            }
        }
    }
}

/// Hidden texts, made ready to be looked for.
struct Cover<'a> {
    /// Lower case, the longest first: a full name goes before the first name in it.
    texts: Vec<(Vec<char>, &'a str)>,
}

impl<'a> Cover<'a> {
    fn of(hidden: &'a [HiddenText]) -> Cover<'a> {
        let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
        let mut texts: Vec<_> = hidden.iter().map(|h| (lower(&h.text), h.instead.as_str())).collect();
        texts.retain(|(text, _)| !text.is_empty());
        texts.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        Cover { texts }
    }

    /// The hidden text that begins here: how many bytes it takes, and what stands there instead.
    fn at(&self, text: &str) -> Option<(usize, &'a str)> {
        self.texts.iter().find_map(|(hidden, instead)| Some((spelt(text, hidden)?, *instead)))
    }

    fn is_in(&self, text: &str) -> bool {
        text.char_indices().any(|(at, _)| self.at(&text[at..]).is_some())
    }

    /// The text with hidden texts replaced.
    fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            match self.at(rest) {
                Some((len, instead)) => {
                    out.push_str(instead);
                    rest = &rest[len..];
                }
                None => {
                    out.push(first);
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        out
    }

    /// The value without hidden texts; `None` when there is nothing to hide in it. People and addresses that tell of
    /// someone are left out whole: half an address is a wrong one (BM-122).
    fn value(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Title(t) => self.is_in(t).then(|| Value::Title(self.text(t))),
            Value::Location(t) => self.is_in(t).then(|| Value::Location(self.text(t))),
            Value::Description(t) => self.is_in(t).then(|| Value::Description(self.text(t))),
            Value::Conference(t) => self.is_in(t).then(|| Value::Conference(String::new())),
            Value::Organiser(Some(o)) => {
                (self.is_in(o.address.as_str()) || self.is_in(&o.name)).then_some(Value::Organiser(None))
            }
            Value::Attendees(all) => {
                let kept: Vec<_> = all
                    .iter()
                    .filter(|a| !self.is_in(a.address.as_str()) && !self.is_in(&a.name))
                    .cloned()
                    .collect();
                (kept.len() < all.len()).then_some(Value::Attendees(kept))
            }
            Value::Attachments(all) => {
                let kept: Vec<_> =
                    all.iter().filter(|a| !self.is_in(&a.url) && !self.is_in(&a.title)).cloned().collect();
                (kept.len() < all.len()).then_some(Value::Attachments(kept))
            }
            _ => None,
        }
    }
}

/// How many bytes at the start of `text` spell `hidden` (lower case), if they do. A letter that only begins what the
/// last one of `hidden` is (`İ` is two in lower case) counts as a whole.
fn spelt(text: &str, hidden: &[char]) -> Option<usize> {
    let mut wanted = hidden.iter();
    for (at, c) in text.char_indices() {
        if wanted.as_slice().is_empty() {
            return Some(at);
        }
        for lower in c.to_lowercase() {
            if wanted.next().is_some_and(|w| *w != lower) {
                return None;
            }
        }
    }
    wanted.as_slice().is_empty().then_some(text.len())
}

/// Whether the platform's notes go along: only to the owner's own calendars, in full.
pub(super) fn shows_notes(lens: &Lens<'_>) -> bool {
    lens.eyes == Eyes::Owner && lens.settings.sight.notes && lens.settings.sight.detail == Detail::Full
}

/// Notes stand under the description, also under one that an occurrence has of its own: calendars that hold
/// occurrences whole would otherwise give them back as a description with notes in it.
fn show_notes(notes: &str, seen: &mut Seen) {
    seen.view.description = join_notes(&seen.view.description, notes);
    for (key, change) in &mut seen.view.overrides {
        let Override::Changed(patch) = change else { continue };
        if let (Some(Value::Description(own)), false) =
            (patch.get_mut(&Field::Description), seen.closed.contains_key(key))
        {
            *own = join_notes(own, notes);
        }
    }
}

fn join_notes(description: &str, notes: &str) -> String {
    if description.is_empty() {
        format!("{NOTES}\n{notes}")
    } else {
        format!("{description}\n\n{NOTES}\n{notes}")
    }
}

/// Takes a description that was shown with notes apart again.
///
/// What went out as notes must not come back as description, for a description goes to other people's calendars. So
/// the line between the two is found also where a calendar ate the blank lines around it, and where it is missing the
/// notes themselves are looked for.
pub(super) fn split_notes(shown: &str, own: &str, notes: &str) -> (String, String) {
    if notes.is_empty() {
        return (shown.to_owned(), String::new());
    }
    let is_line = |line: &str| line.trim() == NOTES;
    // The description may hold such a line itself; ours is the one after those.
    let before = own.lines().filter(|l| is_line(l)).count();
    let mut starts = Vec::new();
    let mut at = 0;
    for line in shown.split_inclusive('\n') {
        if is_line(line) {
            starts.push((at, at + line.len()));
        }
        at += line.len();
    }
    if let Some((end, start)) = starts.get(before).or(starts.last()) {
        let description = shown[..*end].trim_end_matches('\n');
        return (description.to_owned(), shown[*start..].to_owned());
    }
    match shown.find(notes) {
        Some(at) => (shown[..at].trim_end().to_owned(), shown[at..].to_owned()),
        None => (shown.to_owned(), String::new()),
    }
}

/// Whether an event takes its person's time.
pub fn takes_time(view: &View) -> bool {
    view.availability == Availability::Busy && view.status != Status::Cancelled
}

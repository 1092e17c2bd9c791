//! What a link's calendar can and may show: an event turned into a view, and a changed view back into the event.
//!
//! Capability ([`able`]), privacy ([`allowed`]) and filter ([`wanted`]) are one mechanism. Its laws are tests:
//! *GetPut* (taking in an unchanged view changes nothing), *PutGet* (what was taken in is what is then shown) and
//! *Blind* (what is hidden can neither leak out nor be overwritten from outside).

pub mod able;
pub mod allowed;
pub mod wanted;

use std::collections::BTreeSet;

use concord_model::event::{Event, Personal};
use concord_model::link::Settings;
use concord_model::view::{Override, Patch, Status, Value};
use concord_model::{Capabilities, Field, FieldSet, OccurrenceKey, UserId, View, Zone};
use jiff::Timestamp;

pub use allowed::HiddenText;
pub use wanted::WhyNot;

/// What a link's calendar can and may show of one event.
pub struct Lens<'a> {
    /// What it is able to hold.
    pub able: &'a Capabilities,
    /// What its person decided.
    pub settings: &'a Settings,
    /// Whose calendar it is.
    pub person: UserId,
    /// What that person is to the event.
    pub eyes: Eyes,
    /// The calendar's zone, for times that have none where the calendar needs one.
    pub zone: &'a Zone,
    /// Names and contacts that may not appear there, and what stands in their place.
    pub hidden: &'a [HiddenText],
}

/// What the link's person is to the event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Eyes {
    /// The event came in by this very link: there is nothing to hide from its home.
    Home,
    /// Its owner.
    Owner,
    /// Someone else whom it concerns.
    Participant,
}

/// What a lens makes of an event.
#[derive(Clone, PartialEq, Debug)]
pub enum Shown {
    /// It must not exist there.
    Not(WhyNot),
    /// It looks like this.
    As(Box<Seen>),
}

/// An event as a lens shows it.
#[derive(Clone, PartialEq, Debug)]
pub struct Seen {
    /// How it looks.
    pub view: View,
    /// The fields that are compared and sent at all.
    pub fields: FieldSet,
    /// Those of them that show the true value: a change from outside can come through. The others are masked; a
    /// change of them is put back.
    pub open: FieldSet,
    /// Occurrences that are masked as a whole.
    pub closed: BTreeSet<OccurrenceKey>,
}

impl Lens<'_> {
    /// Shows the event, or says why it must not exist there.
    pub fn show(&self, event: &Event, now: Timestamp) -> Shown {
        self.show_part(event, None, now)
    }

    /// Shows one occurrence of the event (for calendars without series), or the whole.
    pub fn show_part(&self, event: &Event, part: Option<OccurrenceKey>, now: Timestamp) -> Shown {
        if let Some(why) = wanted::refusal(self, event, now) {
            return Shown::Not(why);
        }
        let mut view = match part {
            None => event.content.clone(),
            Some(key) => match event.content.occurrence(key) {
                Some(one) => one,
                None => return Shown::Not(WhyNot::Cancelled),
            },
        };
        if view.status == Status::Cancelled && (event.is_booking() || !self.able.cancelled) {
            return Shown::Not(WhyNot::Cancelled);
        }
        if let Some(own) = self.personal(event) {
            view.availability = own.availability;
            view.colour = own.colour;
            view.reminders = own.reminders.clone();
        }
        let fields = match self.eyes {
            Eyes::Home => self.able.fields.or(self.able.read_only),
            Eyes::Owner | Eyes::Participant => self.able.fields,
        };
        let mut seen = Seen { view, fields, open: fields, closed: BTreeSet::new() };
        if self.eyes != Eyes::Home {
            if let Some(why) = allowed::mask(self, event, &mut seen) {
                return Shown::Not(why);
            }
        }
        able::cut(self, &mut seen);
        seen.view.normalise();
        Shown::As(Box::new(seen))
    }

    /// Takes what differs between `seen` and `after` into the event. Only what the lens shows truly can come in.
    pub fn take_in(&self, event: &mut Event, seen: &Seen, after: &View) {
        for field in seen.open.iter().filter(|f| !seen.view.same(*f, after)) {
            self.take_field(event, field, after);
        }
        let keys: BTreeSet<_> = seen.view.overrides.keys().chain(after.overrides.keys()).copied().collect();
        for key in keys.difference(&seen.closed) {
            let (was, is) = (seen.view.overrides.get(key), after.overrides.get(key));
            if was != is {
                let ours = event.content.overrides.remove(key);
                if let Some(merged) = self.take_override(seen, ours, was, is) {
                    event.content.overrides.insert(*key, merged);
                }
            }
        }
        event.content.normalise();
    }

    fn take_field(&self, event: &mut Event, field: Field, after: &View) {
        if FieldSet::PERSONAL.has(field) && self.person != event.owner {
            let own = event.personal.entry(self.person).or_insert_with(|| Personal {
                availability: event.content.availability,
                ..Personal::default()
            });
            match after.value(field) {
                Value::Availability(v) => own.availability = v,
                Value::Colour(v) => own.colour = v,
                Value::Reminders(v) => own.reminders = v,
                _ => {}
            }
            return;
        }
        if field == Field::Description && allowed::shows_notes(self) {
            let (description, notes) = allowed::split_notes(&after.description);
            event.content.description = description;
            event.booking.notes = notes;
            return;
        }
        event.content.take(field, after);
    }

    fn take_override(
        &self,
        seen: &Seen,
        ours: Option<Override>,
        was: Option<&Override>,
        is: Option<&Override>,
    ) -> Option<Override> {
        let empty = Patch::new();
        let patch_of = |o: Option<&Override>| match o {
            Some(Override::Changed(p)) => Some(p.clone()),
            _ => None,
        };
        match is {
            Some(Override::Cancelled) => Some(Override::Cancelled),
            None | Some(Override::Changed(_)) => {
                let mut patch = match ours {
                    Some(Override::Changed(p)) => p,
                    _ => Patch::new(),
                };
                let (was, is) = (patch_of(was).unwrap_or_default(), patch_of(is).unwrap_or(empty));
                for field in seen.open.iter() {
                    match (was.get(&field), is.get(&field)) {
                        (a, b) if a == b => {}
                        (_, Some(value)) => {
                            patch.insert(field, value.clone());
                        }
                        (_, None) => {
                            patch.remove(&field);
                        }
                    }
                }
                (!patch.is_empty()).then_some(Override::Changed(patch))
            }
        }
    }

    fn personal<'e>(&self, event: &'e Event) -> Option<std::borrow::Cow<'e, Personal>> {
        use std::borrow::Cow;
        if self.person == event.owner {
            return None;
        }
        Some(match event.personal.get(&self.person) {
            Some(own) => Cow::Borrowed(own),
            None => Cow::Owned(Personal { availability: event.content.availability, ..Personal::default() }),
        })
    }
}

//! What a link's calendar can and may show: an event turned into a view, and a changed view back into the event.
//!
//! Capability ([`able`]), privacy ([`allowed`]) and filter ([`wanted`]) are one mechanism. Its laws are tests:
//! *GetPut* (taking in an unchanged view changes nothing), *PutGet* (what was taken in is what is then shown) and
//! *Blind* (what is hidden can neither leak out nor be overwritten from outside).

pub mod able;
pub mod allowed;
mod take;
pub mod wanted;

use std::collections::BTreeMap;

use concord_model::capability::Series;
use concord_model::event::Event;
use concord_model::link::Settings;
use concord_model::view::{Availability, Override, Reminders, Status, Value};
use concord_model::{Capabilities, Field, FieldSet, OccurrenceKey, UserId, View, Zone, recurrence};
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
    /// The fields in which single occurrences are compared. Personal fields of someone who is not the owner are kept
    /// for the whole series only.
    pub parts: FieldSet,
    /// Fields that are masked in single occurrences only; all of them where the occurrence is masked as a whole.
    pub closed: BTreeMap<OccurrenceKey, FieldSet>,
}

impl Seen {
    /// The fields of one occurrence in which a change from outside can come through.
    pub fn open_in(&self, key: OccurrenceKey) -> FieldSet {
        self.open.and(self.parts).minus(self.closed.get(&key).copied().unwrap_or_default())
    }
}

impl Lens<'_> {
    /// Shows the event, or says why it must not exist there.
    pub fn show(&self, event: &Event, now: Timestamp) -> Shown {
        self.show_part(event, None, now)
    }

    /// Shows one occurrence of the event (for calendars without series), or the whole.
    ///
    /// Nothing depends on the time yet; it is asked for so that nobody reads a clock when something does.
    pub fn show_part(&self, event: &Event, part: Option<OccurrenceKey>, _now: Timestamp) -> Shown {
        if event.deleted_at.is_some() {
            return Shown::Not(WhyNot::Deleted);
        }
        let mut view = match part {
            None if event.content.is_series() && self.able.series == Series::Occurrences => {
                return Shown::Not(WhyNot::Series);
            }
            None => event.content.clone(),
            Some(key) => match self.one(event, key) {
                Ok(one) => one,
                Err(why) => return Shown::Not(why),
            },
        };
        if view.status == Status::Cancelled && (event.is_booking() || !self.able.cancelled) {
            return Shown::Not(WhyNot::Cancelled);
        }
        if let Some(why) = wanted::refusal(self, event, &view) {
            return Shown::Not(why);
        }
        let own = self.person == event.owner;
        if !own {
            self.put_on_personal(event, &mut view);
        }
        let fields = match self.eyes {
            Eyes::Home => self.able.fields.or(self.able.read_only),
            Eyes::Owner | Eyes::Participant => self.able.fields,
        };
        let parts = if own { fields } else { fields.minus(FieldSet::PERSONAL) };
        let mut seen = Seen { view, fields, open: fields, parts, closed: BTreeMap::new() };
        if self.eyes != Eyes::Home
            && let Some(why) = allowed::mask(self, event, &mut seen)
        {
            return Shown::Not(why);
        }
        able::cut(self, &mut seen);
        seen.view.normalise();
        Shown::As(Box::new(seen))
    }

    /// One occurrence, if it takes place.
    fn one(&self, event: &Event, key: OccurrenceKey) -> Result<View, WhyNot> {
        let series = &event.content;
        let there = match series.overrides.get(&key) {
            Some(Override::Cancelled) => return Err(WhyNot::Cancelled),
            Some(Override::Changed(_)) => true,
            None => recurrence::occurs(&series.time, key).unwrap_or(true),
        };
        let one = series.occurrence(key).filter(|_| series.is_series() && there);
        one.ok_or(WhyNot::NoOccurrence)
    }

    /// Someone who is not the owner has reminders, colour and busy/free of their own; the owner's are not shown, also
    /// where they have never said anything of their own (`rules.md` 5).
    fn put_on_personal(&self, event: &Event, view: &mut View) {
        let own = event.personal.get(&self.person).cloned().unwrap_or_default();
        view.availability = own.availability;
        view.colour = own.colour;
        view.reminders = own.reminders;
        for change in view.overrides.values_mut() {
            if let Override::Changed(patch) = change {
                patch.retain(|field, _| !FieldSet::PERSONAL.has(*field));
            }
        }
        view.overrides.retain(|_, change| !matches!(change, Override::Changed(patch) if patch.is_empty()));
    }
}

/// What a field holds that says nothing. A time always says something.
pub(crate) fn blank(field: Field) -> Option<Value> {
    Some(match field {
        Field::Time => return None,
        Field::Title => Value::Title(String::new()),
        Field::Location => Value::Location(String::new()),
        Field::Description => Value::Description(String::new()),
        Field::Conference => Value::Conference(String::new()),
        Field::Status => Value::Status(Status::default()),
        Field::Availability => Value::Availability(Availability::default()),
        Field::Privacy => Value::Privacy(Default::default()),
        Field::Colour => Value::Colour(None),
        Field::Organiser => Value::Organiser(None),
        Field::Attendees => Value::Attendees(Vec::new()),
        Field::Reminders => Value::Reminders(Reminders::default()),
        Field::Attachments => Value::Attachments(Vec::new()),
        Field::Original => Value::Original(None),
    })
}

/// Empties fields of a view and of its occurrences.
fn clear(view: &mut View, fields: FieldSet) {
    for value in fields.iter().filter_map(blank) {
        view.set(value);
    }
    view.overrides.retain(|_, change| match change {
        Override::Cancelled => true,
        Override::Changed(patch) => {
            patch.retain(|field, _| !fields.has(*field));
            !patch.is_empty()
        }
    });
}

/// The text of a field that is one.
fn text_mut(view: &mut View, field: Field) -> Option<&mut String> {
    match field {
        Field::Title => Some(&mut view.title),
        Field::Location => Some(&mut view.location),
        Field::Description => Some(&mut view.description),
        Field::Conference => Some(&mut view.conference),
        _ => None,
    }
}

//! An event as one calendar holds it, in normal form: equal means equal.
//!
//! A view is what both sides of a sync talk about. It is compared field by field ([`Field`]); time is one field,
//! with the recurrence in it. Changed occurrences of a series are [`Override`]s that hold only what differs from
//! the series, so that a change to the series reaches them in all that they did not change themselves (BM-055).

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::original::Original;
use crate::people::{Attendee, Organiser};
use crate::privacy::Privacy;
use crate::recurrence::Recurrence;
use crate::time::{OccurrenceKey, Span};

/// An event as one calendar holds it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// When, and how it repeats.
    #[serde(flatten)]
    pub time: Timing,
    /// What it is called; empty when it has no name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Plain text in normal form ([`crate::text`]).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where, as people write it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub location: String,
    /// The link to join it by; empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub conference: String,
    /// Whether it will happen.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: Status,
    /// Whether it takes time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub availability: Availability,
    /// How private it is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub privacy: Privacy,
    /// Its colour, if it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<Colour>,
    /// Who called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organiser: Option<Organiser>,
    /// Who is invited, ordered by address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attendees: Vec<Attendee>,
    /// When to remind its person.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reminders: Reminders,
    /// Links to files, ordered by address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The whole of it in its calendar's own words, where calendars of one form hand it to each other ([`Original`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Original>,
    /// Occurrences that differ from their series, by original start.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub overrides: BTreeMap<OccurrenceKey, Override>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// When, and how it repeats: one unit for merging.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    /// The event's span; for a series that of its first occurrence.
    pub span: Span,
    /// How it repeats, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<Recurrence>,
}

impl From<Span> for Timing {
    fn from(span: Span) -> Timing {
        Timing { span, recurrence: None }
    }
}

/// Whether it will happen. Deleted is not a status: it is the absence of the event (BM-042).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// It will.
    #[default]
    Confirmed,
    /// It may.
    Tentative,
    /// It will not, and the entry is kept to say so.
    Cancelled,
}

/// Whether it takes time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Availability {
    /// Its person is busy.
    #[default]
    Busy,
    /// Its person is free.
    Free,
}

/// One of a fixed palette; each adapter has a table to and from its provider's own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "colours speak for themselves")]
pub enum Colour {
    Lavender,
    Sage,
    Grape,
    Flamingo,
    Banana,
    Tangerine,
    Peacock,
    Graphite,
    Blueberry,
    Basil,
    Tomato,
}

impl Colour {
    /// All of them, in the order of the palette.
    pub const ALL: [Colour; 11] = [
        Colour::Lavender,
        Colour::Sage,
        Colour::Grape,
        Colour::Flamingo,
        Colour::Banana,
        Colour::Tangerine,
        Colour::Peacock,
        Colour::Graphite,
        Colour::Blueberry,
        Colour::Basil,
        Colour::Tomato,
    ];
}

/// When to remind its person.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reminders {
    /// As the calendar does by itself.
    #[default]
    Calendar,
    /// Just these, ordered; none at all when empty.
    Own(Vec<Reminder>),
}

/// One reminder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reminder {
    /// Minutes before the start.
    pub minutes_before: u32,
    /// How it comes.
    #[serde(default)]
    pub by: ReminderBy,
}

/// How a reminder comes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReminderBy {
    /// On the screen.
    #[default]
    Popup,
    /// By mail.
    Email,
}

/// A link to a file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Where it is.
    pub url: String,
    /// What it is called; empty when unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
}

/// How one occurrence differs from its series.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Override {
    /// It does not take place.
    Cancelled,
    /// It takes place with these values instead of the series'.
    Changed(Patch),
}

/// New values for some fields.
pub type Patch = BTreeMap<Field, Value>;

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident $member:ident $type:ty, $label:literal;)*) => {
        /// A field of a view: the unit in which changes are found and merged.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum Field { $($(#[$doc])* $name,)* }

        /// The value of a field.
        #[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[expect(missing_docs, reason = "one for each field, and named like it")]
        pub enum Value { $($name($type),)* }

        impl Field {
            /// All of them, in the order in which people are told.
            pub const ALL: &[Field] = &[$(Field::$name,)*];

            /// The word for people.
            pub fn label(self) -> &'static str {
                match self { $(Field::$name => $label,)* }
            }
        }

        impl Value {
            /// The field whose value it is.
            pub fn field(&self) -> Field {
                match self { $(Value::$name(_) => Field::$name,)* }
            }
        }

        impl View {
            /// Returns the value of one field.
            pub fn value(&self, field: Field) -> Value {
                match field { $(Field::$name => Value::$name(self.$member.clone()),)* }
            }

            /// Sets one field.
            pub fn set(&mut self, value: Value) {
                match value { $(Value::$name(v) => self.$member = v,)* }
            }

            /// Takes one field over from another view.
            pub fn take(&mut self, field: Field, from: &View) {
                match field { $(Field::$name => self.$member.clone_from(&from.$member),)* }
            }

            /// The same without what single occurrences have of their own.
            fn plain(&self) -> View {
                View { $($member: self.$member.clone(),)* overrides: BTreeMap::new() }
            }

            /// Whether it has that value.
            pub fn holds(&self, value: &Value) -> bool {
                match value { $(Value::$name(v) => self.$member == *v,)* }
            }

            /// Whether one field is the same in both.
            pub fn same(&self, field: Field, other: &View) -> bool {
                match field { $(Field::$name => self.$member == other.$member,)* }
            }
        }
    };
}

fields! {
    /// Start, end, zones, all-day and recurrence, as one.
    Time time Timing, "time";
    /// The title.
    Title title String, "title";
    /// The place.
    Location location String, "place";
    /// The description.
    Description description String, "description";
    /// The link to join by.
    Conference conference String, "meeting link";
    /// Confirmed, tentative, cancelled.
    Status status Status, "status";
    /// Busy or free.
    Availability availability Availability, "busy or free";
    /// How private.
    Privacy privacy Privacy, "privacy";
    /// The colour.
    Colour colour Option<Colour>, "colour";
    /// Who called it.
    Organiser organiser Option<Organiser>, "organiser";
    /// Who is invited.
    Attendees attendees Vec<Attendee>, "guests";
    /// When to remind.
    Reminders reminders Reminders, "reminders";
    /// Links to files.
    Attachments attachments Vec<Attachment>, "attachments";
    /// All that no other field says, in the calendar's own words.
    Original original Option<Original>, "other details";
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// A set of fields.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Field>", into = "Vec<Field>")]
pub struct FieldSet(u32);

impl FieldSet {
    /// No field.
    pub const NONE: FieldSet = FieldSet(0);
    /// Every field.
    pub const ALL: FieldSet = FieldSet((1 << Field::ALL.len()) - 1);
    /// What belongs to a person and not to the event (`rules.md` 5).
    pub const PERSONAL: FieldSet =
        FieldSet::NONE.with(Field::Availability).with(Field::Colour).with(Field::Reminders);

    /// With that field too.
    pub const fn with(self, field: Field) -> FieldSet {
        FieldSet(self.0 | 1 << field as u32)
    }

    /// Without that field.
    pub const fn without(self, field: Field) -> FieldSet {
        FieldSet(self.0 & !(1 << field as u32))
    }

    /// Whether that field is among them.
    pub const fn has(self, field: Field) -> bool {
        self.0 & (1 << field as u32) != 0
    }

    /// Those in either.
    pub const fn or(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 | other.0)
    }

    /// Those in both.
    pub const fn and(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 & other.0)
    }

    /// Those that are not in the other.
    pub const fn minus(self, other: FieldSet) -> FieldSet {
        FieldSet(self.0 & !other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// One after the other, in the order of [`Field::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.iter().copied().filter(move |f| self.has(*f))
    }
}

impl FromIterator<Field> for FieldSet {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> FieldSet {
        fields.into_iter().fold(FieldSet::NONE, FieldSet::with)
    }
}
impl From<Vec<Field>> for FieldSet {
    fn from(fields: Vec<Field>) -> FieldSet {
        fields.into_iter().collect()
    }
}
impl From<FieldSet> for Vec<Field> {
    fn from(set: FieldSet) -> Vec<Field> {
        set.iter().collect()
    }
}
impl fmt::Debug for FieldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
impl fmt::Display for FieldSet {
    /// "title, place and time": for sentences.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Field::label).collect();
        match names.as_slice() {
            [] => f.write_str("nothing"),
            [one] => f.write_str(one),
            [most @ .., last] => write!(f, "{} and {last}", most.join(", ")),
        }
    }
}

impl View {
    /// A view with only a time and a title; all else at its default.
    pub fn new(time: impl Into<Timing>, title: impl Into<String>) -> View {
        View {
            time: time.into(),
            title: title.into(),
            description: String::new(),
            location: String::new(),
            conference: String::new(),
            status: Status::default(),
            availability: Availability::default(),
            privacy: Privacy::default(),
            colour: None,
            organiser: None,
            attendees: Vec::new(),
            reminders: Reminders::default(),
            attachments: Vec::new(),
            original: None,
            overrides: BTreeMap::new(),
        }
    }

    /// Whether it is a series.
    pub fn is_series(&self) -> bool {
        self.time.recurrence.is_some()
    }

    /// The fields in which two views differ. Overrides are compared apart, occurrence by occurrence.
    pub fn differing(&self, other: &View) -> FieldSet {
        Field::ALL.iter().copied().filter(|f| !self.same(*f, other)).collect()
    }

    /// Applies new values.
    pub fn apply(&mut self, patch: &Patch) {
        for value in patch.values() {
            self.set(value.clone());
        }
    }

    /// The occurrence of that name, whole: the series' values with the override's on top. Not a series itself.
    ///
    /// `None` when it is cancelled, or when the key does not fit the series. Whether the rule produces the
    /// occurrence is not asked.
    pub fn occurrence(&self, key: OccurrenceKey) -> Option<View> {
        let span = self.time.span.starting(key)?;
        let mut one = View { time: span.into(), ..self.plain() };
        match self.overrides.get(&key) {
            None => {}
            Some(Override::Cancelled) => return None,
            Some(Override::Changed(patch)) => one.apply(patch),
        }
        Some(one)
    }

    /// How a whole occurrence differs from this series; `None` when it does not. One that says it is cancelled does not
    /// take place, whatever else it says.
    pub fn override_for(&self, key: OccurrenceKey, whole: &View) -> Option<Override> {
        let usual = self.time.span.starting(key)?;
        let others = Field::ALL.iter().filter(|f| **f != Field::Time && !self.same(**f, whole));
        let mut patch: Patch = others.map(|f| (*f, whole.value(*f))).collect();
        if whole.time.span != usual {
            patch.insert(Field::Time, Value::Time(whole.time.span.clone().into()));
        }
        self.own_of(key, Override::Changed(patch))
    }

    /// The same change, without what this series says too; `None` where that is all of it, or where the key does not
    /// fit the series.
    pub fn own_of(&self, key: OccurrenceKey, mut change: Override) -> Option<Override> {
        self.is_own(key, &mut change).then_some(change)
    }

    /// Drops what the series says too. Whether anything is left.
    fn is_own(&self, key: OccurrenceKey, change: &mut Override) -> bool {
        let Override::Changed(patch) = change else { return true };
        let Some(usual) = self.time.span.starting(key) else { return false };
        patch.retain(|_, value| match value {
            Value::Time(time) => time.recurrence.is_some() || time.span != usual,
            other => !self.holds(other),
        });
        if patch.get(&Field::Status) == Some(&Value::Status(Status::Cancelled)) {
            // Some calendars say so of it, others leave it out: it is the same.
            *change = Override::Cancelled;
            return true;
        }
        !patch.is_empty()
    }

    /// Puts lists into their order, drops doubled attendees, and drops from overrides whatever says nothing new. An
    /// occurrence that is cancelled by its status is one that does not take place: there is one way to say that.
    pub fn normalise(&mut self) {
        self.attendees.sort_by(|a, b| a.address.cmp(&b.address));
        self.attendees.dedup_by(|later, first| later.address == first.address);
        self.attachments.sort();
        self.attachments.dedup();
        if let Reminders::Own(list) = &mut self.reminders {
            list.sort();
            list.dedup();
        }
        if !self.is_series() {
            self.overrides.clear();
            return;
        }
        let mut overrides = std::mem::take(&mut self.overrides);
        overrides.retain(|key, change| self.is_own(*key, change));
        self.overrides = overrides;
    }
}

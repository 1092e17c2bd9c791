//! What is asked of an event: the fields that are given, checked, over what there is.

use std::collections::BTreeMap;

use concord_model::event::Booking;
use concord_model::people::Attendee as ModelAttendee;
use concord_model::privacy::Privacy;
use concord_model::view::{
    Attachment as ModelAttachment, Availability, Colour, Patch, Reminder, Reminders as ModelReminders,
    Status, Timing, View,
};
use concord_model::{ClientId, OccurrenceKey, Span, UserId, Zone, recurrence};
use concord_store::{Tx, clients, users};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::shown::{Attachment, Attendee, Recurrence, Reminders};
use super::when;
use crate::api::session::mail;
use crate::extract::given;
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

/// The most people, tags, dates and the like in one list.
const MANY: usize = 500;
/// The largest extension, as JSON.
const EXTENSION: usize = 32 * 1024;
/// The longest short word.
const WORD: usize = 200;

/// What is wanted of an event. When one is made or replaced, what is left out is at its default; when it is changed, it
/// stays as it is, and null takes it away.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(as = EventInput)]
pub struct Wanted {
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    title: Option<Option<String>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 100000)]
    description: Option<Option<String>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    location: Option<Option<String>>,
    /// The platform's own notes. Only the owner sees them.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 100000)]
    notes: Option<Option<String>>,
    /// RFC 3339 with any offset, wall time on the clock of `zone`, or a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-11-20T09:00:00")]
    start: Option<String>,
    /// The same; of whole days, the day after the last. An hour after the start unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-11-20T10:00:00")]
    end: Option<String>,
    /// The IANA zone; that of whoever asks unless said. null: the time floats.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "America/New_York")]
    zone: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    all_day: Option<bool>,
    /// null: it does not repeat.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Recurrence>)]
    recurrence: Option<Option<Recurrence>>,
    /// `confirmed`, `tentative` or `cancelled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::EventStatus>)]
    status: Option<Status>,
    /// `busy` or `free`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Availability>)]
    availability: Option<Availability>,
    /// `default`, `public`, `private` or `confidential`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Privacy>)]
    privacy: Option<Privacy>,
    /// One of the eleven of the palette.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Colour>)]
    colour: Option<Option<Colour>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Reminders>)]
    reminders: Option<Option<Reminders>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Attendee>>)]
    attendees: Option<Option<Vec<Attendee>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Attachment>>)]
    attachments: Option<Option<Vec<Attachment>>>,
    /// The link to join by.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    conference: Option<Option<String>>,
    /// `one_on_one`, `group_class`, `assessment` or an own word: makes it a booking.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    session_type: Option<Option<String>>,
    /// Who books.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Uuid>>)]
    clients: Option<Option<Vec<Uuid>>>,
    /// Users other than the owner whose calendars it reaches.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Uuid>>)]
    participants: Option<Option<Vec<Uuid>>>,
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    tags: Option<Option<Vec<String>>>,
    /// The platform's own id, unique in the workspace. Making an event under one that there is changes that one.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    external_ref: Option<Option<String>>,
    /// Whatever else the platform wants kept.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    extension: Option<Option<serde_json::Map<String, serde_json::Value>>>,
    /// Whose it is. For administrators, when it is made; whoever asks, unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<Uuid>,
}

impl Wanted {
    /// Whose it shall be.
    pub fn owner(&self) -> Option<UserId> {
        self.owner_id.map(UserId)
    }

    /// The platform's own id.
    pub fn external_ref(&self) -> Option<&str> {
        self.external_ref.as_ref()?.as_deref()
    }

    /// The content of an event that is made, or replaced whole.
    pub fn content(&self, zone: &Zone) -> Result<View> {
        let span = self.when().span(None, zone)?;
        let mut view = View::new(span, "");
        self.over(&mut view)?;
        Ok(view)
    }

    /// The new values of what differs from what there is.
    pub fn patch(&self, before: &View, zone: &Zone) -> Result<Patch> {
        let mut after = before.clone();
        if self.when().is_given() {
            after.time.span = self.when().span(Some(&before.time.span), zone)?;
        }
        self.over(&mut after)?;
        Ok(before.differing(&after).iter().map(|field| (field, after.value(field))).collect())
    }

    /// What an event becomes when it is replaced whole: all that is not said is at its default.
    pub fn replacing(&self, before: &View, zone: &Zone) -> Result<Patch> {
        let mut after = self.content(zone)?;
        after.organiser = before.organiser.clone();
        Ok(before.differing(&after).iter().map(|field| (field, after.value(field))).collect())
    }

    fn when(&self) -> when::Wanted<'_> {
        when::Wanted {
            start: self.start.as_deref(),
            end: self.end.as_deref(),
            zone: self.zone.as_ref().map(Option::as_deref),
            all_day: self.all_day,
        }
    }

    /// Lays all but time and booking over a view.
    fn over(&self, view: &mut View) -> Result<()> {
        let text = |given: &Option<Option<String>>, place: &mut String| {
            if let Some(given) = given {
                *place = given.clone().unwrap_or_default();
            }
        };
        text(&self.title, &mut view.title);
        text(&self.description, &mut view.description);
        text(&self.location, &mut view.location);
        if let Some(given) = &self.conference {
            view.conference =
                given.as_deref().map(|url| web_address("conference", url)).transpose()?.unwrap_or_default();
        }
        view.status = self.status.unwrap_or(view.status);
        view.availability = self.availability.unwrap_or(view.availability);
        view.privacy = self.privacy.unwrap_or(view.privacy);
        view.colour = self.colour.unwrap_or(view.colour);
        if let Some(given) = &self.recurrence {
            let repeats = given.as_ref().map(|given| repeating(given, &view.time.span)).transpose()?;
            view.time.recurrence = repeats.filter(|r| !r.rules.is_empty() || !r.added.is_empty());
        }
        if let Some(given) = &self.reminders {
            view.reminders = reminders(given.as_ref())?;
        }
        if let Some(given) = &self.attendees {
            view.attendees = attendees(given.as_deref().unwrap_or_default())?;
        }
        if let Some(given) = &self.attachments {
            view.attachments = attachments(given.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }

    /// Whether it says anything about the booking.
    pub fn is_about_booking(&self) -> bool {
        self.notes.is_some()
            || self.session_type.is_some()
            || self.clients.is_some()
            || self.participants.is_some()
            || self.tags.is_some()
            || self.external_ref.is_some()
            || self.extension.is_some()
    }

    /// The booking that is meant, over what there is.
    pub async fn booking(&self, tx: &mut Tx, caller: &Caller, before: &Booking) -> Result<Booking> {
        let mut booking = before.clone();
        if let Some(notes) = &self.notes {
            booking.notes = notes.clone().unwrap_or_default();
            limit("notes", &booking.notes, 100_000)?;
        }
        if let Some(kind) = &self.session_type {
            booking.session_type = kind.as_deref().map(|kind| word("sessionType", kind)).transpose()?;
        }
        if let Some(name) = &self.external_ref {
            booking.external_ref = name.as_deref().map(|name| word("externalRef", name)).transpose()?;
        }
        if let Some(tags) = &self.tags {
            let tags = tags.as_deref().unwrap_or_default();
            at_most("tags", tags.len())?;
            booking.tags = tags.iter().map(|tag| word("tags", tag)).collect::<Result<_>>()?;
        }
        if let Some(extension) = &self.extension {
            booking.extension = extension.clone().unwrap_or_default();
            let size = serde_json::to_string(&booking.extension).map_or(usize::MAX, |text| text.len());
            if size > EXTENSION {
                return Err(Problem::invalid("extension", format!("is longer than {EXTENSION} bytes")));
            }
        }
        if let Some(given) = &self.clients {
            let ids: Vec<ClientId> = given.iter().flatten().copied().map(ClientId).collect();
            at_most("clients", ids.len())?;
            let known = clients::by_ids(tx, caller.workspace(), &ids).await?;
            if let Some(unknown) = ids.iter().find(|id| !known.contains_key(id)) {
                return Err(Problem::invalid("clients", format!("there is no client {unknown}")));
            }
            booking.clients = ids;
        }
        if let Some(given) = &self.participants {
            let ids: Vec<UserId> = given.iter().flatten().copied().map(UserId).collect();
            at_most("participants", ids.len())?;
            let known = users::known(tx, caller.workspace(), &ids).await?;
            if let Some(unknown) = ids.iter().find(|id| !known.contains(id)) {
                return Err(Problem::invalid("participants", format!("there is no user {unknown}")));
            }
            booking.participants = ids;
        }
        Ok(booking)
    }
}

fn repeating(given: &Recurrence, span: &Span) -> Result<recurrence::Recurrence> {
    at_most("recurrence.rules", given.rules.len())?;
    at_most("recurrence.dates", given.dates.len())?;
    let mut repeats = recurrence::Recurrence::default();
    for rule in &given.rules {
        let text = rule.strip_prefix("RRULE:").unwrap_or(rule);
        let rule =
            recurrence::Rule::parse(text, span).map_err(|why| Problem::invalid("recurrence.rules", why))?;
        repeats.rules.push(rule);
    }
    for date in &given.dates {
        let key: OccurrenceKey = date.parse().map_err(|why| Problem::invalid("recurrence.dates", why))?;
        if span.starting(key).is_none() {
            return Err(Problem::invalid(
                "recurrence.dates",
                format!("\"{date}\" does not go with the start; write days for whole days, else times"),
            ));
        }
        repeats.added.insert(key);
    }
    let repeats = repeats.fitted(span).map_err(|why| Problem::invalid("recurrence", why))?;
    for rule in &repeats.rules {
        let ends_with_the_start = rule.count() == Some(1) || rule.until().is_some();
        let alone = recurrence::Recurrence { rules: vec![rule.clone()], ..recurrence::Recurrence::default() };
        let timing = Timing { span: span.clone(), recurrence: Some(alone) };
        let utc = Zone::utc();
        let next = recurrence::next_after(&timing, &BTreeMap::new(), span.start_instant(&utc), &utc);
        if !ends_with_the_start && !matches!(next, Ok(Some(_))) {
            return Err(Problem::invalid("recurrence.rules", "never happens: there is no such date"));
        }
    }
    Ok(repeats)
}

fn reminders(given: Option<&Reminders>) -> Result<ModelReminders> {
    let Some(given) = given.filter(|given| !given.use_default) else { return Ok(ModelReminders::Calendar) };
    at_most("reminders.own", given.own.len())?;
    // Four weeks: the most that any calendar takes.
    if given.own.iter().any(|one| one.minutes_before > 40_320) {
        return Err(Problem::invalid("reminders.own", "is more than four weeks (40320 minutes) before"));
    }
    let own = given.own.iter().map(|one| Reminder { minutes_before: one.minutes_before, by: one.by });
    Ok(ModelReminders::Own(own.collect()))
}

fn attendees(given: &[Attendee]) -> Result<Vec<ModelAttendee>> {
    at_most("attendees", given.len())?;
    let read = |(n, one): (usize, &Attendee)| {
        Ok(ModelAttendee {
            address: mail(&format!("attendees[{n}].email"), &one.email)?,
            name: concord_model::text::line(&one.name),
            answer: one.answer,
            role: one.role,
        })
    };
    given.iter().enumerate().map(read).collect()
}

fn attachments(given: &[Attachment]) -> Result<Vec<ModelAttachment>> {
    at_most("attachments", given.len())?;
    let read = |(n, one): (usize, &Attachment)| {
        let url = web_address(&format!("attachments[{n}].url"), &one.url)?;
        Ok(ModelAttachment { url, title: concord_model::text::line(&one.title) })
    };
    given.iter().enumerate().map(read).collect()
}

fn web_address(field: &str, text: &str) -> Result<String> {
    let wrong = || Problem::invalid(field, "is not a web address; write it with https://");
    limit(field, text, 2_000)?;
    let url: url::Url = text.parse().map_err(|_| wrong())?;
    if matches!(url.scheme(), "https" | "http") { Ok(text.to_owned()) } else { Err(wrong()) }
}

fn word(field: &str, text: &str) -> Result<String> {
    let text = concord_model::text::line(text);
    limit(field, &text, WORD)?;
    if text.is_empty() { Err(Problem::invalid(field, "is empty")) } else { Ok(text) }
}

fn limit(field: &str, text: &str, limit: usize) -> Result<()> {
    if text.chars().count() > limit {
        return Err(Problem::invalid(field, format!("is longer than {limit} characters")));
    }
    Ok(())
}

fn at_most(field: &str, count: usize) -> Result<()> {
    if count > MANY { Err(Problem::invalid(field, format!("has more than {MANY} entries"))) } else { Ok(()) }
}

/// The time of a single occurrence is a span alone.
pub fn as_occurrence(before: &View) -> View {
    let time = Timing::from(before.time.span.clone());
    View { time, ..before.clone() }
}

//! An event as the API shows it: to its owner whole, to other people of it as a calendar of theirs would be shown it.

use std::collections::BTreeMap;

use concord_engine::whose;
use concord_model::event::Origin;
use concord_model::link::{Settings, Sight};
use concord_model::people::Attendee as ModelAttendee;
use concord_model::privacy::PrivateEvents;
use concord_model::view::{Override, ReminderBy, Reminders as ModelReminders};
use concord_model::{
    Capabilities, ClientId, Event, EventId, LinkId, OccurrenceKey, UserId, View, Zone, meeting,
};
use concord_store::clients::{self, Client};
use concord_store::links::{self, Link};
use concord_store::mappings::{self, Home, MappingState, Standing};
use concord_store::{Tx, events};
use concord_sync::lens::{Eyes, Lens, Shown};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::when::Told;
use crate::problem::Result;
use crate::signin::Caller;
use crate::words;

/// One thing that happens; or, where `occurrence` is given, one of the times at which a series does.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Event)]
pub struct EventBody {
    #[schema(value_type = Uuid)]
    id: EventId,
    /// Grows with every change; `ETag` is this in quotes.
    rev: i64,
    /// Its name in the world, the same in every calendar.
    uid: String,
    /// The platform's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_ref: Option<String>,
    #[schema(value_type = Uuid)]
    owner_id: UserId,
    title: String,
    description: String,
    location: String,
    /// The platform's own notes. Only the owner sees them.
    notes: String,
    /// `2026-11-20T09:00:00-05:00`; `2026-11-20` for whole days; `2026-11-20T09:00:00` where it floats.
    start: String,
    /// The same form. Of whole days, the day after the last.
    end: String,
    /// The IANA zone on whose clock it happens; null for whole days and floating times.
    #[schema(value_type = Option<String>)]
    zone: Option<Zone>,
    all_day: bool,
    floating: bool,
    /// How it repeats; missing where it does not, and on single occurrences.
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrence: Option<Recurrence>,
    /// Of a series, which occurrence this is: when it would have begun. Edits name it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "20261120T090000")]
    occurrence: Option<OccurrenceKey>,
    /// Whether it is, or is part of, a series.
    recurring: bool,
    /// Whether this occurrence differs from its series.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    changed: bool,
    /// `confirmed`, `tentative` or `cancelled`.
    #[schema(value_type = words::EventStatus)]
    status: concord_model::view::Status,
    /// `busy` or `free`.
    #[schema(value_type = words::Availability)]
    availability: concord_model::view::Availability,
    /// `default`, `public`, `private` or `confidential`.
    #[schema(value_type = words::Privacy)]
    privacy: concord_model::privacy::Privacy,
    /// One of the eleven of the palette.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Colour>)]
    colour: Option<concord_model::view::Colour>,
    reminders: Reminders,
    #[serde(skip_serializing_if = "Option::is_none")]
    organiser: Option<Person>,
    attendees: Vec<Attendee>,
    attachments: Vec<Attachment>,
    /// The link to join by, as the event says it.
    conference: String,
    /// Whether one joins it by a link.
    is_meeting: bool,
    /// The link, from wherever it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_url: Option<String>,
    /// Who runs the room, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_provider: Option<&'static str>,
    /// `one_on_one`, `group_class`, `assessment` or an own word. An event that has one is a booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_type: Option<String>,
    clients: Vec<Named>,
    #[schema(value_type = Vec<Uuid>)]
    participants: Vec<UserId>,
    tags: Vec<String>,
    #[schema(value_type = Object)]
    extension: serde_json::Map<String, serde_json::Value>,
    /// `platform`, `link` for what came in by a calendar, or `mail` for somebody else's invitation that came by mail.
    #[schema(value_type = words::Origin)]
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    origin_link_id: Option<LinkId>,
    /// Why whoever asks cannot change it; missing where they can.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_only: Option<String>,
    /// How it stands in each calendar of whoever asks.
    sync: Vec<Copy>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// How it repeats.
#[derive(Clone, Serialize, Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Recurrence {
    /// Rules as in iCalendar, usually one: `FREQ=WEEKLY;BYDAY=MO;COUNT=10`.
    pub rules: Vec<String>,
    /// Further dates, as `20261120T090000` or `20261120` on the clock of the start.
    pub dates: Vec<String>,
}

/// When its person is reminded.
#[derive(Clone, Serialize, Deserialize, ToSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reminders {
    /// As each calendar does by itself.
    #[serde(default)]
    pub use_default: bool,
    /// Just these, where `useDefault` is false.
    #[serde(default)]
    pub own: Vec<Reminder>,
}

/// One reminder.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reminder {
    /// Minutes before the start.
    pub minutes_before: u32,
    /// `popup` or `email`.
    #[serde(default)]
    #[schema(value_type = words::ReminderBy)]
    pub by: ReminderBy,
}

/// A person as calendars know them.
#[derive(Clone, Serialize, ToSchema)]
pub struct Person {
    email: String,
    name: String,
}

/// Somebody who is invited.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attendee {
    pub email: String,
    #[serde(default)]
    pub name: String,
    /// `awaited`, `accepted`, `tentative` or `declined`.
    #[serde(default)]
    #[schema(value_type = words::AttendeeAnswer)]
    pub answer: concord_model::people::Answer,
    /// `required`, `optional` or `resource`.
    #[serde(default)]
    #[schema(value_type = words::AttendeeRole)]
    pub role: concord_model::people::Role,
}

/// A link to a file.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    pub url: String,
    #[serde(default)]
    pub title: String,
}

/// Somebody or something with a name.
#[derive(Clone, Serialize, ToSchema)]
pub struct Named {
    id: Uuid,
    name: String,
}

/// How an event stands in one calendar.
#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventSync)]
pub struct Copy {
    provider: String,
    #[schema(value_type = Uuid)]
    link_id: LinkId,
    /// The calendar's name.
    calendar: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// Where its provider shows it to people; missing where it has no such place.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// `synced`, `pending`, `error`, `conflict`; `off` where it is not and shall not be there.
    #[schema(value_type = words::SyncStatus)]
    sync_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_synced_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Whether its person wants it there.
    enabled: bool,
    /// Whether it came in by this calendar.
    home: bool,
}

/// What events are shown with, read once for all of them.
pub struct Around {
    clients: BTreeMap<ClientId, Client>,
    links: BTreeMap<LinkId, Link>,
    copies: BTreeMap<EventId, Vec<Standing>>,
    homes: BTreeMap<EventId, Home>,
}

impl Around {
    /// Reads what these events are shown with.
    pub async fn of(tx: &mut Tx, caller: &Caller, shown: &[Event]) -> Result<Around> {
        let workspace = caller.workspace();
        let ids: Vec<EventId> = shown.iter().map(|event| event.id).collect();
        let booked: Vec<ClientId> = shown.iter().flat_map(|e| e.booking.clients.iter().copied()).collect();
        let links = links::list(tx, workspace).await?;
        Ok(Around {
            clients: clients::by_ids(tx, workspace, &booked).await?,
            links: links.into_iter().map(|link| (link.id, link)).collect(),
            copies: mappings::of_events(tx, workspace, &ids).await?,
            homes: mappings::homes(tx, &ids).await?,
        })
    }

    /// An event, or a whole series.
    pub fn whole(&self, event: &Event, caller: &Caller) -> EventBody {
        let content = self.content(event, caller);
        self.body(event, &content, None, caller)
    }

    /// One occurrence of a series, or the event itself where it does not repeat.
    pub fn occurrence(
        &self,
        event: &Event,
        content: &View,
        key: OccurrenceKey,
        caller: &Caller,
    ) -> Option<EventBody> {
        if !event.content.is_series() {
            return Some(self.body(event, content, None, caller));
        }
        let one = content.occurrence(key)?;
        let changed = matches!(content.overrides.get(&key), Some(Override::Changed(_)));
        Some(EventBody { changed, ..self.body(event, &one, Some(key), caller) })
    }

    /// What whoever asks may see of an event.
    pub fn content(&self, event: &Event, caller: &Caller) -> View {
        if caller.owns(event.owner) {
            return event.content.clone();
        }
        let sight = Sight { private: PrivateEvents::Show, guests: true, ..Sight::default() };
        let settings = Settings { sight, ..Settings::default() };
        let hidden =
            whose::hidden_from(event, Eyes::Participant, caller.user.id, &settings.sight, &self.clients);
        let everything = Capabilities::everything();
        let lens = Lens {
            able: &everything,
            settings: &settings,
            person: caller.user.id,
            eyes: Eyes::Participant,
            zone: &caller.user.zone,
            hidden: &hidden,
        };
        match lens.show(event, event.updated_at) {
            Shown::As(seen) => seen.view,
            // Nothing but when it is.
            Shown::Not(_) => View::new(event.content.time.clone(), concord_sync::lens::allowed::BUSY),
        }
    }

    /// Whether an event is in that calendar, or shall be.
    pub fn is_in(&self, event: &Event, link: LinkId) -> bool {
        self.copies.get(&event.id).into_iter().flatten().any(|standing| standing.link == link)
    }

    fn body(
        &self,
        event: &Event,
        view: &View,
        occurrence: Option<OccurrenceKey>,
        caller: &Caller,
    ) -> EventBody {
        let own = caller.owns(event.owner);
        let booking = &event.booking;
        let told = Told::of(&view.time.span);
        let meeting = meeting::of(view);
        let (meeting_url, meeting_provider) = meeting.map(|m| (m.url, m.provider)).unzip();
        let clients = booking.clients.iter().filter_map(|id| self.clients.get(id));
        let seen = clients.filter(|client| own || client.user == Some(caller.user.id));
        let (origin, origin_link_id) = match event.origin {
            Origin::Platform => ("platform", None),
            Origin::Link(link) => ("link", own.then_some(link)),
            Origin::Mail => ("mail", None),
        };
        EventBody {
            id: event.id,
            rev: event.rev.0,
            uid: event.uid.clone(),
            external_ref: booking.external_ref.clone().filter(|_| own),
            owner_id: event.owner,
            title: view.title.clone(),
            description: view.description.clone(),
            location: view.location.clone(),
            notes: if own { booking.notes.clone() } else { String::new() },
            start: told.start,
            end: told.end,
            all_day: view.time.span.is_all_day(),
            floating: !view.time.span.is_all_day() && told.zone.is_none(),
            zone: told.zone,
            recurrence: recurrence(view),
            occurrence,
            recurring: event.content.is_series(),
            changed: false,
            status: view.status,
            availability: view.availability,
            privacy: view.privacy,
            colour: view.colour,
            reminders: reminders(&view.reminders),
            organiser: view
                .organiser
                .as_ref()
                .map(|o| Person { email: o.address.as_str().to_owned(), name: o.name.clone() }),
            attendees: view.attendees.iter().map(attendee).collect(),
            attachments: view
                .attachments
                .iter()
                .map(|a| Attachment { url: a.url.clone(), title: a.title.clone() })
                .collect(),
            conference: view.conference.clone(),
            is_meeting: meeting_url.is_some(),
            meeting_url,
            meeting_provider: meeting_provider.flatten(),
            session_type: booking.session_type.clone(),
            clients: seen.map(|client| Named { id: client.id.0, name: client.name.clone() }).collect(),
            participants: if own { booking.participants.clone() } else { Vec::new() },
            tags: if own { booking.tags.clone() } else { Vec::new() },
            extension: if own { booking.extension.clone() } else { serde_json::Map::new() },
            origin,
            origin_link_id,
            read_only: match caller.changes(event) {
                Err(_) => Some("only its owner can change this event".to_owned()),
                Ok(()) => {
                    concord_engine::edit::read_only(event, self.homes.get(&event.id)).map(str::to_owned)
                }
            },
            sync: self.copies(event, caller),
            created_at: event.created_at,
            updated_at: event.updated_at,
        }
    }

    /// One line for each calendar; where it holds occurrences instead of series, the worst of them.
    fn copies(&self, event: &Event, caller: &Caller) -> Vec<Copy> {
        let mut by_link: BTreeMap<LinkId, Copy> = BTreeMap::new();
        for standing in self.copies.get(&event.id).into_iter().flatten() {
            let Some(link) = self.links.get(&standing.link).filter(|link| caller.owns(link.user)) else {
                continue;
            };
            if matches!(link.state, links::LinkState::Removed { .. }) {
                continue;
            }
            let copy = copy(standing, link);
            match by_link.get(&link.id) {
                Some(known) if grade(known.sync_status) >= grade(copy.sync_status) => {}
                _ => drop(by_link.insert(link.id, copy)),
            }
        }
        by_link.into_values().collect()
    }
}

/// How bad it is.
fn grade(status: &str) -> u8 {
    match status {
        "off" => 0,
        "synced" => 1,
        "pending" => 2,
        "conflict" => 3,
        _ => 4,
    }
}

fn copy(standing: &Standing, link: &Link) -> Copy {
    let sync_status = match standing.state {
        MappingState::Synced if standing.external_id.is_none() => "off",
        state => state.as_str(),
    };
    Copy {
        provider: link.provider.to_string(),
        link_id: link.id,
        calendar: link.name.clone(),
        external_id: standing.external_id.as_ref().map(ToString::to_string),
        // What has not been agreed on yet, or is there no longer, is shown nowhere.
        url: standing.page.clone().filter(|_| standing.external_id.is_some()),
        sync_status,
        last_synced_at: standing.last_synced_at,
        error: standing.error.clone(),
        enabled: standing.enabled,
        home: standing.origin,
    }
}

fn recurrence(view: &View) -> Option<Recurrence> {
    let recurrence = view.time.recurrence.as_ref()?;
    Some(Recurrence {
        rules: recurrence.rules.iter().map(|rule| rule.to_text(&view.time.span)).collect(),
        dates: recurrence.added.iter().map(ToString::to_string).collect(),
    })
}

fn reminders(reminders: &ModelReminders) -> Reminders {
    match reminders {
        ModelReminders::Calendar => Reminders { use_default: true, own: Vec::new() },
        ModelReminders::Own(list) => Reminders {
            use_default: false,
            own: list.iter().map(|r| Reminder { minutes_before: r.minutes_before, by: r.by }).collect(),
        },
    }
}

fn attendee(one: &ModelAttendee) -> Attendee {
    Attendee {
        email: one.address.as_str().to_owned(),
        name: one.name.clone(),
        answer: one.answer,
        role: one.role,
    }
}

/// Reads an event that whoever asks may see; as if there were none, if they may not.
pub async fn visible(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<Event> {
    use crate::problem::Problem;
    let event = events::get(tx, caller.workspace(), EventId(id)).await;
    let event = event.map_err(|error| match error {
        concord_store::Error::NotFound => Problem::not_found("event"),
        other => other.into(),
    })?;
    if event.deleted_at.is_some() || !caller.sees(&event) {
        return Err(Problem::not_found("event"));
    }
    Ok(event)
}

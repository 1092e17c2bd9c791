//! An event as it is shown: its fields by the names of the API, and how it stands in each calendar.

use std::collections::BTreeMap;

use concord_engine::spoken;
use concord_model::event::Origin;
use concord_model::time::Span;
use concord_model::view::{Override, Patch, Reminders, Value as FieldValue};
use concord_model::{ClientId, Event, EventId, LinkId, OccurrenceKey, UserId, View};
use concord_store::clients::{self, Client};
use concord_store::links::{self, Link};
use concord_store::mappings::{self, Standing};
use concord_store::users;
use serde_json::{Map, Value, json};

use crate::assemble::Program;
use crate::commands::words::{self, word};

/// What events are shown with: names of people and calendars, and copies.
pub struct Around {
    users: BTreeMap<UserId, String>,
    clients: BTreeMap<ClientId, Client>,
    links: BTreeMap<LinkId, Link>,
    copies: BTreeMap<EventId, Vec<Standing>>,
}

impl Around {
    /// Reads what these events are shown with.
    pub async fn of(program: &Program, events: &[Event]) -> anyhow::Result<Self> {
        let mut tx = program.engine.store.read().await?;
        let workspace = program.workspace;
        let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
        let booked: Vec<ClientId> =
            events.iter().flat_map(|event| event.booking.clients.iter().copied()).collect();
        Ok(Around {
            users: users::list(&mut tx, workspace)
                .await?
                .into_iter()
                .map(|user| (user.id, user.name))
                .collect(),
            clients: clients::by_ids(&mut tx, workspace, &booked).await?,
            links: links::list(&mut tx, workspace).await?.into_iter().map(|link| (link.id, link)).collect(),
            copies: mappings::of_events(&mut tx, workspace, &ids).await?,
        })
    }

    /// An event for `--json`.
    pub fn json(&self, event: &Event) -> Value {
        let mut json = event_json(event);
        json["ownerName"] = json!(self.users.get(&event.owner));
        let client =
            |id: &ClientId| json!({ "id": id, "name": self.clients.get(id).map(|client| &client.name) });
        json["clients"] = event.booking.clients.iter().map(client).collect();
        json["sync"] = self.copies_of(event).map(|(copy, link)| copy_json(copy, link)).collect();
        json
    }

    /// An event for people.
    pub fn words(&self, event: &Event) -> String {
        let content = &event.content;
        let mut lines = vec![format!("{}  ({})", content.title, event.id)];
        let mut say = |name: &str, text: String| {
            if !text.is_empty() {
                // A text of several lines stays in its column.
                lines.push(format!("  {name:<12}{}", text.replace('\n', "\n              ")));
            }
        };
        say("when", content.time.span.to_string());
        say("repeats", rules(content).join("; "));
        say("where", content.location.clone());
        say("join", content.conference.clone());
        say("about", content.description.clone());
        say("owner", self.users.get(&event.owner).cloned().unwrap_or_default());
        say("type", event.booking.session_type.clone().unwrap_or_default());
        let clients = event.booking.clients.iter().filter_map(|id| self.clients.get(id));
        say("clients", clients.map(|client| client.name.clone()).collect::<Vec<_>>().join(", "));
        say("notes", event.booking.notes.clone());
        say("tags", event.booking.tags.join(", "));
        say("reference", event.booking.external_ref.clone().unwrap_or_default());
        let mut marks =
            vec![word(words::STATUS, &content.status), word(words::AVAILABILITY, &content.availability)];
        if content.privacy.is_private() {
            marks.push(word(words::PRIVACY, &content.privacy));
        }
        say("is", marks.join(", "));
        if content.reminders != Reminders::Calendar {
            say("reminders", spoken::reminders(&content.reminders));
        }
        for (key, change) in &content.overrides {
            say("except", format!("{key}: {}", spoken::exception(change)));
        }
        if let Some(at) = event.deleted_at {
            say("deleted", at.strftime("%Y-%m-%d %H:%M UTC").to_string());
        }
        for (copy, link) in self.copies_of(event) {
            let error = copy.error.as_ref().map(|error| format!(" ({error})")).unwrap_or_default();
            say("in", format!("{}: {}{error}", link.name, state(copy)));
        }
        lines.join("\n")
    }

    /// How an event stands in its calendars, in a few letters.
    pub fn badges(&self, event: &Event) -> String {
        let badge = |copy: &Standing| match state(copy) {
            "synced" => '✓',
            "pending" => '↻',
            "conflict" => '≠',
            "error" => '!',
            _ => '·',
        };
        self.copies_of(event).map(|(copy, _)| badge(copy)).collect()
    }

    /// The owner's name.
    pub fn owner(&self, event: &Event) -> String {
        self.users.get(&event.owner).cloned().unwrap_or_default()
    }

    /// The living copies of an event with their links.
    fn copies_of(&self, event: &Event) -> impl Iterator<Item = (&Standing, &Link)> {
        let copies = self.copies.get(&event.id).into_iter().flatten();
        copies.filter_map(|copy| Some((copy, self.links.get(&copy.link)?)))
    }
}

/// How a copy stands. One that is settled and has no counterpart does not exist there.
fn state(copy: &Standing) -> &'static str {
    match copy.state {
        mappings::MappingState::Synced if copy.external_id.is_none() => "absent",
        state => state.as_str(),
    }
}

fn copy_json(copy: &Standing, link: &Link) -> Value {
    json!({
        "linkId": link.id,
        "provider": link.provider,
        "calendar": link.name,
        "externalId": copy.external_id,
        "occurrence": copy.part,
        "syncStatus": state(copy),
        "enabled": copy.enabled,
        "isHome": copy.origin,
        "lastSyncedAt": copy.last_synced_at,
        "retryAt": copy.retry_at,
        "error": copy.error,
    })
}

/// An event by itself, without names and copies.
fn event_json(event: &Event) -> Value {
    let mut all = view_json(&event.content);
    let booking = &event.booking;
    let more = json!({
        "id": event.id,
        "uid": event.uid,
        "rev": event.rev,
        "ownerId": event.owner,
        "origin": match event.origin {
            Origin::Platform => json!("platform"),
            Origin::Link(link) => json!({ "linkId": link }),
            Origin::Mail => json!("mail"),
        },
        "type": booking.session_type,
        "clients": booking.clients,
        "participants": booking.participants,
        "notes": booking.notes,
        "tags": booking.tags,
        "externalRef": booking.external_ref,
        "extension": booking.extension,
        "createdAt": event.created_at,
        "updatedAt": event.updated_at,
        "deletedAt": event.deleted_at,
    });
    let Value::Object(more) = more else { unreachable!("it is written as an object") };
    all.extend(more);
    Value::Object(all)
}

/// A view's fields.
pub fn view_json(view: &View) -> Map<String, Value> {
    let mut all = span_json(&view.time.span);
    let exceptions = view.overrides.iter().map(|(key, change)| (key.to_string(), override_json(change)));
    let more = json!({
        "recurrence": rules(view),
        "title": view.title,
        "description": view.description,
        "location": view.location,
        "conference": view.conference,
        "status": word(words::STATUS, &view.status),
        "availability": word(words::AVAILABILITY, &view.availability),
        "privacy": word(words::PRIVACY, &view.privacy),
        "colour": view.colour,
        "organiser": view.organiser,
        "attendees": view.attendees,
        "reminders": match &view.reminders {
            Reminders::Calendar => Value::Null,
            Reminders::Own(list) => json!(list),
        },
        "attachments": view.attachments,
        "exceptions": exceptions.collect::<Map<_, _>>(),
    });
    let Value::Object(more) = more else { unreachable!("it is written as an object") };
    all.extend(more);
    all
}

/// When it is: instants and the clock they are read on, or days. An all-day event ends on the day after its last.
fn span_json(span: &Span) -> Map<String, Value> {
    let json = match span {
        Span::Timed(timed) => json!({
            "start": timed.start().instant(),
            "end": timed.end().instant(),
            "startLocal": timed.start().wall(),
            "endLocal": timed.end().wall(),
            "zone": timed.start().zone(),
            "endZone": timed.end().zone(),
            "allDay": false,
        }),
        Span::Floating(floating) => json!({
            "start": floating.start(),
            "end": floating.end(),
            "allDay": false,
            "floating": true,
        }),
        Span::AllDay(days) => json!({ "start": days.start(), "end": days.end(), "allDay": true }),
    };
    match json {
        Value::Object(fields) => fields,
        _ => unreachable!("it is written as an object"),
    }
}

/// How it repeats, as lines of iCalendar. Cancelled occurrences are among the exceptions.
fn rules(view: &View) -> Vec<String> {
    let recurrence = view.time.recurrence.as_ref();
    recurrence.map(|recurrence| recurrence.to_lines(&view.time.span, &Default::default())).unwrap_or_default()
}

fn override_json(change: &Override) -> Value {
    match change {
        Override::Cancelled => json!({ "cancelled": true }),
        Override::Changed(patch) => Value::Object(patch_json(patch)),
    }
}

/// New values of fields.
fn patch_json(patch: &Patch) -> Map<String, Value> {
    let mut all = Map::new();
    for value in patch.values() {
        match value {
            FieldValue::Time(timing) => all.extend(span_json(&timing.span)),
            other => {
                // A value is written under its field's name.
                if let Ok(Value::Object(named)) = serde_json::to_value(other) {
                    all.extend(named);
                }
            }
        }
    }
    all
}

/// One occurrence of an event, as if it were an event.
pub(super) fn occurrence_json(whole: &Value, key: OccurrenceKey, span: &Span, one: &View) -> Value {
    let mut json = whole.clone();
    if let Value::Object(fields) = &mut json {
        fields.extend(view_json(one));
        fields.extend(span_json(span));
        fields.insert("occurrence".into(), json!(key));
    }
    json
}

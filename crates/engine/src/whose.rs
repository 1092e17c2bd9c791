//! Whose event reaches whose calendar (`rules.md` 1 and 2).

use std::collections::BTreeMap;

use concord_model::event::{Event, Origin};
use concord_model::link::Sight;
use concord_model::privacy::ClientNames;
use concord_model::{ClientId, EventId, LinkId, UserId};
use concord_points::defect;
use concord_store::clients::Client;
use concord_store::links::{Link, LinkState};
use concord_store::{Tx, links, mappings};
use concord_sync::lens::{Eyes, HiddenText};
use jiff::{SignedDuration, Timestamp};

/// How long after a run that failed an edit lets its link rest.
const REST: SignedDuration = SignedDuration::from_secs(10);

/// What a link's person is to an event.
pub fn eyes(event: &Event, link: &Link) -> Eyes {
    match event.origin {
        Origin::Link(home) if home == link.id && !defect!("an original is taken for a copy") => Eyes::Home,
        _ if link.user == event.owner => Eyes::Owner,
        _ => Eyes::Participant,
    }
}

/// The names and contacts of clients that may not appear in that link's calendar.
///
/// The owner's setting governs the owner's calendars; in a client's calendar every other client is hidden, always.
pub fn hidden(event: &Event, link: &Link, clients: &BTreeMap<ClientId, Client>) -> Vec<HiddenText> {
    hidden_from(event, eyes(event, link), link.user, &link.settings.sight, clients)
}

/// The same, for a person who looks with these eyes.
pub fn hidden_from(
    event: &Event,
    eyes: Eyes,
    person: UserId,
    sight: &Sight,
    clients: &BTreeMap<ClientId, Client>,
) -> Vec<HiddenText> {
    if eyes == Eyes::Home {
        return Vec::new();
    }
    let mut hidden = Vec::new();
    for client in event.booking.clients.iter().filter_map(|id| clients.get(id)) {
        if eyes == Eyes::Participant && client.user == Some(person) {
            continue;
        }
        let names = if eyes == Eyes::Participant { ClientNames::Hidden } else { sight.client_names };
        let instead = match names {
            ClientNames::Shown => None,
            ClientNames::Initials => Some(initials(&client.name)),
            ClientNames::Hidden => Some("Client".to_owned()),
        };
        if let Some(instead) = instead {
            let words = client.name.split_whitespace().filter(|w| w.chars().count() > 2);
            let texts = std::iter::once(client.name.as_str()).chain(words);
            hidden.extend(texts.map(|text| HiddenText { text: text.to_owned(), instead: instead.clone() }));
        }
        if eyes == Eyes::Participant || !sight.contacts {
            let contacts = [
                client.address.as_ref().map(concord_model::people::Address::as_str),
                client.phone.as_deref(),
            ];
            hidden.extend(
                contacts
                    .into_iter()
                    .flatten()
                    .filter(|t| !t.is_empty())
                    .map(|text| HiddenText { text: text.to_owned(), instead: "…".to_owned() }),
            );
        }
    }
    hidden
}

fn initials(name: &str) -> String {
    name.split_whitespace().filter_map(|w| w.chars().next()).map(|c| format!("{c}.")).collect()
}

/// The links that an event concerns: those of its people, and those that have a copy already, also when it no longer
/// concerns their person: then the copy has to go. In order.
async fn concerned(tx: &mut Tx, event: &Event) -> Result<Vec<LinkId>, concord_store::Error> {
    let mut concerned: Vec<LinkId> = Vec::new();
    for person in event.people() {
        for link in links::list_user(tx, event.workspace, person).await? {
            if !matches!(link.state, LinkState::Removed { .. }) {
                concerned.push(link.id);
            }
        }
    }
    for mapping in mappings::of_event(tx, event.workspace, event.id).await? {
        if mapping.ended_at.is_none() {
            concerned.push(mapping.link);
        }
    }
    concerned.sort();
    concerned.dedup();
    Ok(concerned)
}

/// Locks the links that an event concerns, before the event itself is: a run does it in that order, too.
pub(crate) async fn lock(tx: &mut Tx, event: &Event) -> Result<(), concord_store::Error> {
    let concerned = concerned(tx, event).await?;
    links::lock(tx, &concerned).await
}

/// Makes every link that the event concerns due, each with a pending mapping, in the caller's transaction. `but` is
/// the link whose own run makes the change: it knows already.
pub(crate) async fn tell(
    tx: &mut Tx,
    event: &Event,
    but: Option<LinkId>,
    now: Timestamp,
    chance: &mut dyn concord_store::Chance,
) -> Result<usize, concord_store::Error> {
    let mut concerned = concerned(tx, event).await?;
    concerned.retain(|link| Some(*link) != but);
    mappings::touch(tx, event.workspace, event.id, &concerned, now, chance).await?;
    for link in &concerned {
        links::due_for_edit(tx, *link, now, REST).await?;
    }
    Ok(concerned.len())
}

/// The same for events that came in by the link `but` just now and have no mapping anywhere else: all of them belong to
/// one person.
pub(crate) async fn tell_new(
    tx: &mut Tx,
    events: &[Event],
    but: LinkId,
    now: Timestamp,
    chance: &mut dyn concord_store::Chance,
) -> Result<(), concord_store::Error> {
    let Some(first) = events.first() else { return Ok(()) };
    debug_assert!(
        events.iter().all(|event| event.people().eq([first.owner])),
        "what comes in stays with its person"
    );
    let mut told = links::list_user(tx, first.workspace, first.owner).await?;
    told.retain(|link| !matches!(link.state, LinkState::Removed { .. }) && link.id != but);
    let mut told: Vec<LinkId> = told.into_iter().map(|link| link.id).collect();
    told.sort();
    let ids: Vec<EventId> = events.iter().map(|event| event.id).collect();
    mappings::add_pending(tx, first.workspace, &ids, &told, now, chance).await?;
    for link in &told {
        links::due_for_edit(tx, *link, now, REST).await?;
    }
    Ok(())
}

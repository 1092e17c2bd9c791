//! "Why?" for any event: for each calendar of its people, whether it is there, why or why not, what was last agreed on,
//! and what happens next (BE-6).

use concord_model::link::Direction;
use concord_model::{Capabilities, EventId, LinkId, Rev, WorkspaceId, recurrence};
use concord_store::events;
use concord_store::links::LinkState;
use concord_store::mappings::{Mapping, MappingState};
use concord_store::{clients, links, mappings, users};
use concord_sync::lens::{Lens, Shown};
use jiff::Timestamp;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::{Engine, whose};

/// One calendar's answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// Which link.
    pub link: LinkId,
    /// The calendar's name.
    pub calendar: String,
    /// At which provider.
    pub provider: String,
    /// Whether the event shall be there.
    pub wanted: bool,
    /// Why, in a sentence.
    pub because: String,
    /// How it stands: synced, pending, error, conflict, or absent.
    pub state: String,
    /// What the provider calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Whether the event came in by this link.
    pub home: bool,
    /// The revision that both sides agreed on, and the one it has now.
    pub agreed_rev: i64,
    /// The revision it has now.
    pub rev: i64,
    /// When both sides last agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_at: Option<Timestamp>,
    /// The fields that the provider keeps in another form than it was given.
    pub rewritten: Vec<String>,
    /// The fields that are masked there.
    pub masked: Vec<String>,
    /// What went wrong last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What happens next, in a sentence.
    pub next: String,
}

/// Answers for every calendar of the event's people, and every calendar that has a copy.
pub async fn why(engine: &Engine, workspace: WorkspaceId, id: EventId) -> Result<Vec<Why>> {
    let now = engine.now();
    let mut tx = engine.store.read().await?;
    let event = events::get(&mut tx, workspace, id).await.map_err(|_| Error::NotFound("event"))?;
    let copies = mappings::of_event(&mut tx, workspace, id).await?;
    let clients = clients::by_ids(&mut tx, workspace, &event.booking.clients).await?;
    let mut answers = Vec::new();
    for link in links::list(&mut tx, workspace).await? {
        let copy = copies.iter().rfind(|m| m.link == link.id);
        let concerned = event.people().any(|p| p == link.user);
        if copy.is_none() && !concerned || matches!(link.state, LinkState::Removed { .. }) {
            continue;
        }
        let person = users::get(&mut tx, workspace, link.user).await?;
        let zone = link.zone.clone().unwrap_or(person.zone);
        let everything = Capabilities::everything();
        let able = engine.provider(&link.provider).map(|p| p.capabilities()).unwrap_or(&everything);
        let hidden = whose::hidden(&event, &link, &clients);
        let lens = Lens {
            able,
            settings: &link.settings,
            person: link.user,
            eyes: whose::eyes(&event, &link),
            zone: &zone,
            hidden: &hidden,
        };
        let shown = lens.show(&event, now);
        let (starts, ends) = recurrence::first_and_last(&event.content.time, &event.content.overrides);
        let window = link.settings.window;
        let inside = starts < now + window.ahead() && ends.is_none_or(|e| e > now - window.back());
        let there = copy.is_some_and(|m| m.external_id.is_some() && m.ended_at.is_none());
        let (wanted, because) = match &shown {
            _ if !concerned => (false, "the event is no longer one of this calendar's person".to_owned()),
            Shown::Not(why) => (false, why.to_string()),
            Shown::As(_) if copy.is_some_and(|m| !m.enabled) => {
                (false, "it was switched off for this calendar".to_owned())
            }
            Shown::As(_) if copy.is_some_and(|m| m.ended_at.is_some()) => {
                (false, "its copy was deleted, and that was accepted".to_owned())
            }
            Shown::As(_) if there => (true, "it passes the link's filter".to_owned()),
            Shown::As(_) if link.settings.direction == Direction::Pull => {
                (false, "this link only brings events in".to_owned())
            }
            Shown::As(_) if !link.writable => (false, "this calendar may not be written".to_owned()),
            Shown::As(_) if !inside => {
                let text = format!(
                    "it lies outside the link's window ({} days back, {} ahead)",
                    window.back_days, window.ahead_days
                );
                (false, text)
            }
            Shown::As(_) => (true, "it passes the link's filter and lies in its window".to_owned()),
        };
        let masked = match &shown {
            Shown::As(seen) => seen.fields.minus(seen.open).iter().map(|f| f.label().to_owned()).collect(),
            Shown::Not(_) => Vec::new(),
        };
        let rewritten = copy
            .and_then(|m| m.base.as_ref())
            .map(|base| base.ours.differing(base.theirs()).iter().map(|f| f.label().to_owned()).collect())
            .unwrap_or_default();
        answers.push(Why {
            link: link.id,
            calendar: link.name.clone(),
            provider: link.provider.to_string(),
            wanted,
            because,
            state: copy.map_or("absent".to_owned(), |m| {
                if there || m.intent.is_some() || m.state != MappingState::Synced {
                    m.state.to_string()
                } else {
                    "absent".to_owned()
                }
            }),
            external_id: copy.filter(|_| there).and_then(|m| m.external_id.as_ref().map(ToString::to_string)),
            home: copy.is_some_and(|m| m.origin),
            agreed_rev: copy.map_or(0, |m| m.synced_rev.0),
            rev: event.rev.0,
            agreed_at: copy.and_then(|m| m.last_synced_at),
            rewritten,
            masked,
            error: copy.and_then(|m| m.error.as_ref()).map(|e| e.text.clone()),
            next: next(copy, &link.state, event.rev, link.due_at),
        });
    }
    Ok(answers)
}

fn next(copy: Option<&Mapping>, state: &LinkState, rev: Rev, due: Option<Timestamp>) -> String {
    let when =
        due.map_or("at the next run".to_owned(), |at| format!("at {}", at.strftime("%Y-%m-%d %H:%M:%S UTC")));
    match (state, copy) {
        (LinkState::Paused, _) => "nothing until the link is resumed".to_owned(),
        (LinkState::Stopped { why }, _) => format!("nothing until this is solved: {why}"),
        (LinkState::Braked { plan }, _) => format!("nothing until the plan {plan} is approved"),
        (LinkState::Removed { .. }, _) => "nothing: the calendar was disconnected".to_owned(),
        (LinkState::Active, None) => format!("looked at {when}"),
        (LinkState::Active, Some(m)) => match (&m.error, m.state) {
            (Some(error), MappingState::Error) if error.parked => {
                "nothing until the event changes, or is tried again by hand".to_owned()
            }
            (_, MappingState::Conflict) => "nothing until the conflict is answered".to_owned(),
            (_, MappingState::Pending) => match m.retry_at {
                Some(at) => format!("tried again at {}", at.strftime("%Y-%m-%d %H:%M:%S UTC")),
                None => format!("looked at {when}"),
            },
            _ if m.synced_rev < rev => format!("looked at {when}"),
            _ => format!("nothing to do; looked at again {when}"),
        },
    }
}

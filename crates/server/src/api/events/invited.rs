//! Guests who are told by mail: who would be told what, before anything is sent (BE-7).

use axum::extract::State;
use concord_engine::invitations::{self, Invited};
use concord_model::people::Answer;
use concord_model::{Event, EventId};
use concord_store::events;
use concord_store::invitations::{LetterState, Says};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::mail::mail;
use crate::app::App;
use crate::extract::{Json, Path};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(look, send))
}

/// The guests of an event, and what they would be told by mail.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Invitations {
    items: Vec<Guest>,
    /// The word for exactly the letters that are `due`. To send them, give it back. Not there where nobody is to be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<String>,
    /// Why nobody can be told by mail, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    hindered: Option<String>,
}

/// A guest.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Guest {
    email: String,
    name: String,
    #[schema(value_type = words::AttendeeAnswer)]
    answer: Answer,
    /// What they would be told now: `request` (come, or something has changed) or `cancel`; null where it is nothing.
    #[schema(value_type = Option<words::LetterSays>)]
    due: Option<Says>,
    /// When they were first invited by mail; null where they were not.
    #[schema(value_type = Option<String>, format = DateTime)]
    invited_at: Option<Timestamp>,
    /// The last letter to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    letter: Option<Letter>,
}

/// A letter.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = InvitationLetter)]
pub(super) struct Letter {
    #[schema(value_type = words::LetterSays)]
    says: Says,
    /// `waiting`, `sending`, `sent`, `refused`, or `unknown`: it may or may not have gone out, and is not sent again.
    #[schema(value_type = words::LetterState)]
    state: LetterState,
    #[schema(value_type = String, format = DateTime)]
    written_at: Timestamp,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

impl From<concord_store::invitations::Letter> for Letter {
    fn from(letter: concord_store::invitations::Letter) -> Letter {
        Letter { says: letter.says, state: letter.state, written_at: letter.created_at, note: letter.note }
    }
}

impl From<Invited> for Invitations {
    fn from(invited: Invited) -> Invitations {
        let guest = |guest: invitations::Guest| Guest {
            email: guest.address.as_str().to_owned(),
            name: guest.name,
            answer: guest.answer,
            due: guest.due,
            invited_at: guest.invited_at,
            letter: guest.letter.map(Letter::from),
        };
        Invitations {
            items: invited.guests.into_iter().map(guest).collect(),
            consent: invited.consent,
            hindered: invited.hindered,
        }
    }
}

/// An event of one's own, also one that was deleted: its guests may still have to hear of it.
pub(super) async fn owned(app: &App, caller: &Caller, id: Uuid) -> Result<Event> {
    let mut tx = app.engine.store.read().await?;
    match events::get(&mut tx, caller.workspace(), EventId(id)).await {
        Ok(event) if caller.owns(event.owner) => Ok(event),
        Ok(_) | Err(concord_store::Error::NotFound) => Err(Problem::not_found("event")),
        Err(error) => Err(error.into()),
    }
}

/// Says who would be told what by mail. Nothing is sent by looking.
#[utoipa::path(get, path = "/calendar/events/{id}/invitations", tag = "events",
    params(("id" = Uuid, Path, description = "which event")),
    responses((status = 200, body = Invitations), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn look(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Invitations>> {
    owned(&app, &caller, id).await?;
    let able = concord_ical::capabilities();
    let mut invited = invitations::look(&app.engine, caller.workspace(), EventId(id), &able).await?;
    if let Err(problem) = mail(&app) {
        (invited.hindered, invited.consent) = (Some(problem.detail().to_owned()), None);
        invited.guests.iter_mut().for_each(|guest| guest.due = None);
    }
    Ok(axum::Json(invited.into()))
}

/// Which letters a person has agreed to.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = InvitationsToSend)]
struct ToSend {
    /// The word that came with the letters that are due. If others are due by now, nothing is sent and the answer is 412.
    consent: String,
}

/// Tells guests by mail: exactly what was shown as due, and nobody else. Letters are kept and go out in the background.
#[utoipa::path(post, path = "/calendar/events/{id}/invitations", tag = "events", request_body = ToSend,
    params(("id" = Uuid, Path, description = "which event")),
    responses((status = 200, body = Invitations), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem),
              (status = 422, body = Problem)))]
async fn send(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(wish): Json<ToSend>,
) -> Result<axum::Json<Invitations>> {
    let event = owned(&app, &caller, id).await?;
    caller.changes(&event)?;
    let (workspace, by) = (caller.workspace(), caller.actor());
    let sent = invitations::send(&app.engine, workspace, EventId(id), &wish.consent, mail(&app)?, by).await?;
    Ok(axum::Json(sent.into()))
}

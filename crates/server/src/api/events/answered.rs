//! Somebody else's invitation that came by mail, and its answer: who would be told what, before anything is sent (BE-7).

use axum::extract::State;
use concord_engine::reply::{self, Standing};
use concord_model::people::Answer;
use concord_model::{EventId, OccurrenceKey};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::invited::{Letter, owned};
use crate::api::mail::mail;
use crate::app::App;
use crate::extract::{Json, Path, Query};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(look, answer))
}

/// How it stands with somebody else's invitation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct InvitationAnswer {
    /// Who invites, and would be told.
    organiser: Told,
    /// What one answered, as far as is known here.
    #[schema(value_type = words::AttendeeAnswer)]
    answer: Answer,
    /// What the organiser was last told from here; null where nothing was.
    #[schema(value_type = Option<words::AttendeeAnswer>)]
    told: Option<Answer>,
    /// For each answer that can be sent, the word for exactly that letter to the organiser. To send it, give it back.
    consent: Consents,
    /// Why it cannot be answered from here, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    hindered: Option<String>,
    /// The last letter to the organiser.
    #[serde(skip_serializing_if = "Option::is_none")]
    letter: Option<Letter>,
}

/// Whom an answer goes to.
#[derive(Serialize, ToSchema)]
#[schema(as = InvitationOrganiser)]
struct Told {
    email: String,
    name: String,
}

/// A word for each answer that would be sent.
#[derive(Serialize, ToSchema, Default)]
#[schema(as = AnswerConsents)]
struct Consents {
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tentative: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    declined: Option<String>,
}

impl From<Standing> for InvitationAnswer {
    fn from(standing: Standing) -> InvitationAnswer {
        let mut consent = Consents::default();
        for (answer, word) in standing.consent {
            match answer {
                Answer::Accepted => consent.accepted = Some(word),
                Answer::Tentative => consent.tentative = Some(word),
                Answer::Declined => consent.declined = Some(word),
                Answer::Awaited => {}
            }
        }
        let organiser = standing.organiser;
        InvitationAnswer {
            organiser: Told { email: organiser.address.as_str().to_owned(), name: organiser.name },
            answer: standing.answer,
            told: standing.told,
            consent,
            hindered: standing.hindered,
            letter: standing.letter.map(Letter::from),
        }
    }
}

/// Which occurrence is meant.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Of a series, only this occurrence: when it would have begun, as `20261120T090000`.
    occurrence: Option<String>,
}

fn occurrence(text: Option<&str>) -> Result<Option<OccurrenceKey>> {
    text.map(str::parse).transpose().map_err(|why| Problem::invalid("occurrence", why))
}

/// Says how it stands with an invitation that came by mail, and what each answer would tell whom. Nothing is sent by
/// looking. Other events have no such answer.
#[utoipa::path(get, path = "/calendar/events/{id}/answer", tag = "events",
    params(("id" = Uuid, Path, description = "which event"), Which),
    responses((status = 200, body = InvitationAnswer), (status = 401, body = Problem), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
async fn look(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<axum::Json<InvitationAnswer>> {
    owned(&app, &caller, id).await?;
    let of = occurrence(which.occurrence.as_deref())?;
    let mut standing = reply::look(&app.engine, caller.workspace(), EventId(id), of).await?;
    if mail(&app).is_err() {
        standing.consent.clear();
    }
    Ok(axum::Json(standing.into()))
}

/// An answer.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AnswerToGive)]
struct ToGive {
    /// `accepted`, `tentative` or `declined`.
    #[schema(value_type = words::AttendeeAnswer)]
    answer: Answer,
    /// Of a series, only this occurrence: when it would have begun, as `20261120T090000`.
    occurrence: Option<String>,
    /// The word that came with this answer: then the organiser is told. Without it the answer is noted here, and nobody is
    /// told. If something else would be sent by now, nothing is done and the answer is 412.
    consent: Option<String>,
}

/// Answers an invitation that came by mail. The answer is noted here; the organiser is told only with the word for that
/// letter, which goes out in the background, and nobody else is told.
#[utoipa::path(post, path = "/calendar/events/{id}/answer", tag = "events", request_body = ToGive,
    params(("id" = Uuid, Path, description = "which event")),
    responses((status = 200, body = InvitationAnswer), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem),
              (status = 422, body = Problem)))]
async fn answer(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(wish): Json<ToGive>,
) -> Result<axum::Json<InvitationAnswer>> {
    let event = owned(&app, &caller, id).await?;
    caller.changes(&event)?;
    let of = occurrence(wish.occurrence.as_deref())?;
    let send = match &wish.consent {
        Some(consent) => Some((consent.as_str(), mail(&app)?)),
        None => None,
    };
    let (workspace, by) = (caller.workspace(), caller.actor());
    let standing = reply::answer(&app.engine, workspace, event.id, of, wish.answer, send, by).await?;
    Ok(axum::Json(standing.into()))
}

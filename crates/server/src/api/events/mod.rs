//! Events. A write is stored and answered at once; calendars follow in the background (EV-1).

mod answered;
mod asked;
mod invited;
mod list;
mod past;
pub mod shown;
pub mod wanted;
pub mod when;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use concord_engine::edit::{self, Change, New, Scope};
use concord_model::event::Booking;
use concord_model::{EventId, LinkId, Rev};
use concord_store::{Tx, events, users};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use self::asked::{Edit, IfMatch, Part};
use super::idempotency::Key;
use crate::app::App;
use crate::extract::{Json, Path, Query};
use crate::problem::{Problem, Result};
use crate::signin::Caller;

pub use shown::{Around, EventBody, visible};
pub use wanted::Wanted;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create))
        .routes(routes!(show, replace, change, delete))
        .routes(routes!(switch))
        .merge(past::routes())
        .merge(invited::routes())
        .merge(answered::routes())
}

/// An event after a change.
#[derive(Serialize, ToSchema)]
pub struct Changed {
    #[serde(flatten)]
    event: EventBody,
    /// The part that follows, where a series was divided.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<EventBody>,
}

fn etag(rev: Rev) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{}\"", rev.0)).unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

/// Makes an event. With an `externalRef` that there is already, that event is replaced instead.
#[utoipa::path(post, path = "/calendar/events", tag = "events", request_body = Wanted,
    params(("Idempotency-Key" = Option<String>, Header, description = "asked for twice under one key, it is made once")),
    responses((status = 201, body = Changed), (status = 200, body = Changed, description = "it was there under its externalRef"),
              (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    key: Key,
    Json(wanted): Json<Wanted>,
) -> Result<Response> {
    let owner = wanted.owner().unwrap_or(caller.user.id);
    if !caller.owns(owner) {
        return Err(
            Problem::forbidden("only an administrator can make events for somebody else").about("ownerId")
        );
    }
    let mut tx = app.engine.store.begin().await?;
    let unanswered = match key.claim(&mut tx, &caller, &wanted).await? {
        Ok(unanswered) => unanswered,
        Err(answered) => return Ok(answered),
    };
    let zone = users::get(&mut tx, caller.workspace(), owner)
        .await
        .map_err(|_| Problem::invalid("ownerId", "is none of the users of this workspace"))?
        .zone;
    let known = match wanted.external_ref() {
        Some(name) => events::by_external_ref(&mut tx, caller.workspace(), name).await?,
        None => None,
    };
    let (status, event) = match known {
        Some(known) => {
            caller.changes(&known)?;
            let booking = wanted.booking(&mut tx, &caller, &Booking::default()).await?;
            let change = Change {
                patch: wanted.replacing(&known.content, &zone)?,
                booking: Some(booking),
                expected: None,
            };
            let (workspace, by) = (caller.workspace(), caller.actor());
            let (event, _) =
                edit::change_in(&app.engine, &mut tx, workspace, known.id, Scope::All, change, by).await?;
            (StatusCode::OK, event)
        }
        None => {
            let content = wanted.content(&zone)?;
            let booking = wanted.booking(&mut tx, &caller, &Booking::default()).await?;
            let new = New { owner, content, booking, uid: None };
            (StatusCode::CREATED, edit::create_in(&app.engine, &mut tx, caller.workspace(), new).await?)
        }
    };
    let around = Around::of(&mut tx, &caller, std::slice::from_ref(&event)).await?;
    let body = Changed { event: around.whole(&event, &caller), next: None };
    unanswered.answer(&mut tx, &caller, status, &body, app.engine.now()).await?;
    tx.commit().await?;
    let place = format!("/api/v1/calendar/events/{}", event.id);
    let mut response = (status, axum::Json(body)).into_response();
    response.headers_mut().insert(header::ETAG, etag(event.rev));
    if let Ok(place) = place.parse() {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// One event.
#[utoipa::path(get, path = "/calendar/events/{id}", tag = "events", params(("id" = Uuid, Path, description = "which event")),
    responses((status = 200, body = EventBody), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn show(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let mut tx = app.engine.store.read().await?;
    let event = visible(&mut tx, &caller, id).await?;
    let around = Around::of(&mut tx, &caller, std::slice::from_ref(&event)).await?;
    Ok(([(header::ETAG, etag(event.rev))], axum::Json(around.whole(&event, &caller))).into_response())
}

/// Replaces an event, or an occurrence, whole: what is left out is at its default.
#[utoipa::path(put, path = "/calendar/events/{id}", tag = "events", request_body = Wanted,
    params(("id" = Uuid, Path, description = "which event"), Part,
           ("If-Match" = Option<String>, Header, description = "the ETag that it was read with"),
           ("Idempotency-Key" = Option<String>, Header, description = "asked for twice under one key, it is done once")),
    responses((status = 200, body = Changed), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem),
              (status = 422, body = Problem)))]
async fn replace(State(app): State<App>, edit: Edit) -> Result<Response> {
    edited(&app, edit, How::Whole).await
}

/// Changes the fields of an event, or of an occurrence, that are given; null takes one away.
#[utoipa::path(patch, path = "/calendar/events/{id}", tag = "events", request_body = Wanted,
    params(("id" = Uuid, Path, description = "which event"), Part,
           ("If-Match" = Option<String>, Header, description = "the ETag that it was read with"),
           ("Idempotency-Key" = Option<String>, Header, description = "asked for twice under one key, it is done once")),
    responses((status = 200, body = Changed), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem),
              (status = 422, body = Problem)))]
async fn change(State(app): State<App>, edit: Edit) -> Result<Response> {
    edited(&app, edit, How::Given).await
}

/// What a write says of what it does not name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// It is at its default.
    Whole,
    /// It stays.
    Given,
}

async fn edited(app: &App, asked: Edit, how: How) -> Result<Response> {
    let Edit { caller, id, part, key, only_if, wanted } = asked;
    let caller = &caller;
    let scope = part.scope()?;
    let mut tx = app.engine.store.begin().await?;
    let unanswered = match key.claim(&mut tx, caller, &wanted).await? {
        Ok(unanswered) => unanswered,
        Err(answered) => return Ok(answered),
    };
    let before = visible(&mut tx, caller, id).await?;
    caller.changes(&before)?;
    if wanted.owner().is_some_and(|owner| owner != before.owner) {
        return Err(Problem::invalid("ownerId", "cannot change: an event stays with its owner"));
    }
    let zone = users::get(&mut tx, caller.workspace(), before.owner).await?.zone;
    let content = match scope {
        Scope::All => before.content.clone(),
        Scope::This(key) | Scope::Following(key) => {
            let one = before.content.occurrence(key).ok_or_else(|| {
                Problem::invalid("occurrence", format!("the series has no occurrence {key}"))
            })?;
            match scope {
                Scope::Following(_) => {
                    let time = concord_model::view::Timing {
                        span: one.time.span.clone(),
                        recurrence: before.content.time.recurrence.clone(),
                    };
                    concord_model::View { time, ..one }
                }
                _ => wanted::as_occurrence(&one),
            }
        }
    };
    let patch = match how {
        How::Whole => wanted.replacing(&content, &zone)?,
        How::Given => wanted.patch(&content, &zone)?,
    };
    let booking = match how {
        How::Whole if scope == Scope::All => {
            Some(wanted.booking(&mut tx, caller, &Booking::default()).await?)
        }
        _ if wanted.is_about_booking() => Some(wanted.booking(&mut tx, caller, &before.booking).await?),
        _ => None,
    };
    let booking = booking.filter(|booking| *booking != before.booking);
    if booking.is_some() && matches!(scope, Scope::This(_)) {
        return Err(Problem::invalid(
            "scope",
            "type, clients, participants, notes, tags and externalRef belong to the whole series; change them with scope=all",
        ));
    }
    let change = Change { patch, booking, expected: only_if };
    let workspace = caller.workspace();
    let (event, tail) =
        edit::change_in(&app.engine, &mut tx, workspace, before.id, scope, change, caller.actor()).await?;
    let body = body(&mut tx, caller, &event, tail.as_ref()).await?;
    unanswered.answer(&mut tx, caller, StatusCode::OK, &body, app.engine.now()).await?;
    tx.commit().await?;
    Ok(([(header::ETAG, etag(event.rev))], axum::Json(body)).into_response())
}

async fn body(
    tx: &mut Tx,
    caller: &Caller,
    event: &concord_model::Event,
    tail: Option<&concord_model::Event>,
) -> Result<Changed> {
    let all: Vec<_> = std::iter::once(event).chain(tail).cloned().collect();
    let around = Around::of(tx, caller, &all).await?;
    Ok(Changed { event: around.whole(event, caller), next: tail.map(|tail| around.whole(tail, caller)) })
}

/// Deletes an event, an occurrence, or an occurrence and all that follow. A booking is cancelled, and stays to say so;
/// deleted again, it is gone.
#[utoipa::path(delete, path = "/calendar/events/{id}", tag = "events",
    params(("id" = Uuid, Path, description = "which event"), Part,
           ("If-Match" = Option<String>, Header, description = "the ETag that it was read with"),
           ("Idempotency-Key" = Option<String>, Header, description = "asked for twice under one key, it is done once")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem), (status = 412, body = Problem)))]
async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(part): Query<Part>,
    key: Key,
    IfMatch(only_if): IfMatch,
) -> Result<Response> {
    let scope = part.scope()?;
    let mut tx = app.engine.store.begin().await?;
    let unanswered = match key.claim(&mut tx, &caller, &()).await? {
        Ok(unanswered) => unanswered,
        Err(_) => return Ok(StatusCode::NO_CONTENT.into_response()),
    };
    let before = visible(&mut tx, &caller, id).await?;
    caller.changes(&before)?;
    let (workspace, by) = (caller.workspace(), caller.actor());
    edit::delete_in(&app.engine, &mut tx, workspace, before.id, scope, only_if, by).await?;
    unanswered.answer(&mut tx, &caller, StatusCode::NO_CONTENT, &(), app.engine.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The switch of one event in one calendar.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Switch {
    link_id: Uuid,
    enabled: bool,
}

/// Syncs one event to a calendar, or keeps it away from there.
#[utoipa::path(put, path = "/calendar/events/{id}/sync", tag = "events", request_body = Switch,
    params(("id" = Uuid, Path, description = "which event")),
    responses((status = 200, body = EventBody), (status = 401, body = Problem), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
async fn switch(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(wanted): Json<Switch>,
) -> Result<axum::Json<EventBody>> {
    let mut tx = app.engine.store.read().await?;
    visible(&mut tx, &caller, id).await?;
    let link = concord_store::links::get(&mut tx, caller.workspace(), LinkId(wanted.link_id)).await;
    drop(tx);
    let link = link
        .ok()
        .filter(|link| caller.owns(link.user))
        .ok_or_else(|| Problem::invalid("linkId", "is none of your linked calendars"))?;
    edit::switch(&app.engine, caller.workspace(), EventId(id), link.id, wanted.enabled).await?;
    let mut tx = app.engine.store.read().await?;
    let event = visible(&mut tx, &caller, id).await?;
    let around = Around::of(&mut tx, &caller, std::slice::from_ref(&event)).await?;
    Ok(axum::Json(around.whole(&event, &caller)))
}

//! Linking a calendar, and letting it rest for a while.

use axum::extract::State;
use concord_engine::{Error, links};
use concord_model::CalendarId;
use concord_model::link::Settings;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::meant::{self, WhichLink};
use super::settings::Wanted;
use super::status::LinkStatus;
use crate::app::App;
use crate::extract::Json;
use crate::problem::{Problem, Result};
use crate::signin::Caller;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(add)).routes(routes!(pause)).routes(routes!(resume))
}

/// A calendar to keep in sync.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct New {
    /// Of which account.
    account_id: Uuid,
    /// Which of its calendars, or `primary`.
    calendar_id: String,
    /// What goes there and what comes from it; what is left out is at its default.
    settings: Option<Wanted>,
}

/// Links a calendar: from now on it is kept in sync. One that was linked before comes back with what both sides agreed
/// on, so that nothing is doubled. The first sync begins by itself.
#[utoipa::path(post, path = "/schedule/sync/links", tag = "sync", request_body = New,
    responses((status = 201, body = LinkStatus), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem), (status = 502, body = Problem),
              (status = 503, body = Problem)))]
async fn add(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<New>,
) -> Result<(StatusCode, axum::Json<LinkStatus>)> {
    let mut tx = app.engine.store.read().await?;
    let account = meant::account_in_body(&mut tx, &caller, new.account_id).await?;
    let settings = match &new.settings {
        None => Settings::default(),
        Some(wanted) => wanted.for_new(&mut tx, &caller).await?,
    };
    drop(tx);
    let calendar = CalendarId::from(new.calendar_id);
    let added = links::add(&app.engine, account.workspace, account.id, &calendar, settings).await;
    let link = added.map_err(|error| match error {
        Error::Invalid { field: "calendar", why } => Problem::invalid("calendarId", why),
        Error::Invalid { field: "direction", why } => Problem::invalid("settings.syncDirection", why),
        Error::Invalid { field, why } if field.starts_with("columns") => {
            Problem::invalid(field, why).within("settings")
        }
        other => other.into(),
    })?;
    let mut tx = app.engine.store.read().await?;
    let status = LinkStatus::of(&mut tx, &app, &caller, &link).await?;
    Ok((StatusCode::CREATED, axum::Json(status)))
}

/// Stops syncing a calendar for a while. What changes meanwhile is not forgotten.
#[utoipa::path(post, path = "/schedule/sync/pause", tag = "sync", request_body = WhichLink,
    responses((status = 200, body = LinkStatus), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn pause(
    State(app): State<App>,
    caller: Caller,
    Json(which): Json<WhichLink>,
) -> Result<axum::Json<LinkStatus>> {
    rest(&app, &caller, &which, true).await
}

/// Goes on syncing a calendar.
#[utoipa::path(post, path = "/schedule/sync/resume", tag = "sync", request_body = WhichLink,
    responses((status = 200, body = LinkStatus), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn resume(
    State(app): State<App>,
    caller: Caller,
    Json(which): Json<WhichLink>,
) -> Result<axum::Json<LinkStatus>> {
    rest(&app, &caller, &which, false).await
}

async fn rest(app: &App, caller: &Caller, which: &WhichLink, paused: bool) -> Result<axum::Json<LinkStatus>> {
    let mut tx = app.engine.store.read().await?;
    let link = meant::one_link(&mut tx, caller, which.link_id, which.provider.as_deref()).await?;
    drop(tx);
    let link = links::pause(&app.engine, link.workspace, link.id, paused).await?;
    let mut tx = app.engine.store.read().await?;
    Ok(axum::Json(LinkStatus::of(&mut tx, app, caller, &link).await?))
}

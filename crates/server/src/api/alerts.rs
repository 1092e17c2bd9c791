//! Alerts: what is wrong with somebody's calendars, since when, and how it ended (MO-2). A screen that is open hears of each
//! at once, by the stream of changes.

use axum::extract::State;
use concord_engine::alerts;
use concord_model::{LinkId, UserId};
use concord_store::alerts::{Alert as Row, AlertKind, Severity};
use concord_store::history::Actor;
use concord_store::users;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::page::Items;
use crate::app::App;
use crate::extract::{Path, Query, from_text};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

/// So many alerts are told, unless said otherwise, and at most.
const LIMIT: (u32, u32) = (50, 200);

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(resolve))
}

/// Which alerts.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// So many at most; 50, unless said otherwise.
    #[serde(default, deserialize_with = "from_text")]
    limit: Option<u32>,
}

/// An alert.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Alert {
    id: Uuid,
    #[schema(value_type = Uuid)]
    user_id: UserId,
    #[schema(value_type = Uuid)]
    link_id: LinkId,
    /// `channel`: a calendar does not tell of changes, though it should.
    #[schema(value_type = words::AlertKind)]
    kind: AlertKind,
    #[schema(value_type = words::AlertSeverity)]
    severity: Severity,
    /// What is wrong and what to do, in sentences.
    message: String,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When it was over; missing while it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    resolved_at: Option<Timestamp>,
    /// `recovery`, or `person`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::AlertResolvedBy>)]
    resolved_by: Option<&'static str>,
}

impl From<Row> for Alert {
    fn from(row: Row) -> Alert {
        let by = |by| if matches!(by, Actor::User(_)) { "person" } else { "recovery" };
        Alert {
            id: row.id,
            user_id: row.user,
            link_id: row.link,
            kind: row.kind,
            severity: row.severity,
            message: row.text,
            opened_at: row.opened_at,
            updated_at: row.updated_at,
            resolved_at: row.resolved.map(|(at, _)| at),
            resolved_by: row.resolved.map(|(_, actor)| by(actor)),
        }
    }
}

/// Somebody's alerts, the latest first, those that are over among them.
#[utoipa::path(get, path = "/calendar/monitoring/alerts/{user_id}", tag = "monitoring",
    params(("user_id" = Uuid, Path, description = "whose"), Asked),
    responses((status = 200, body = Items<Alert>), (status = 401, body = Problem), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<axum::Json<Items<Alert>>> {
    let limit = asked.limit.unwrap_or(LIMIT.0);
    if !(1..=LIMIT.1).contains(&limit) {
        return Err(Problem::invalid("limit", format!("is not between 1 and {}", LIMIT.1)));
    }
    let user = UserId(user);
    caller.own(user, "user")?;
    let mut tx = app.engine.store.read().await?;
    users::get(&mut tx, caller.workspace(), user).await.map_err(|_| Problem::not_found("user"))?;
    drop(tx);
    let rows = alerts::of_user(&app.engine, caller.workspace(), user, limit).await?;
    Ok(axum::Json(rows.into_iter().map(Alert::from).collect::<Vec<_>>().into()))
}

/// Resolves an alert by hand. One that is over already stays as it was; if what is wrong stays wrong, it is opened again when
/// that is next looked at.
#[utoipa::path(post, path = "/calendar/monitoring/alerts/{alert_id}/resolve", tag = "monitoring",
    params(("alert_id" = Uuid, Path, description = "which")),
    responses((status = 200, body = Alert), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
async fn resolve(
    State(app): State<App>,
    caller: Caller,
    Path(alert): Path<Uuid>,
) -> Result<axum::Json<Alert>> {
    let row = alerts::get(&app.engine, caller.workspace(), alert).await?;
    caller.own(row.user, "alert")?;
    let row = alerts::resolve(&app.engine, caller.workspace(), alert, caller.user.id).await?;
    Ok(axum::Json(row.into()))
}

//! What a first sync of a calendar would do, before it is linked.

use axum::extract::State;
use concord_engine::preview;
use concord_model::CalendarId;
use concord_model::link::Settings;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::meant;
use crate::app::App;
use crate::extract::Query;
use crate::problem::{Problem, Result};
use crate::signin::Caller;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// Which calendar.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Of {
    /// Of which account.
    account_id: Uuid,
    /// Which of its calendars, or `primary`.
    calendar_id: String,
}

/// What a first sync would do.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = FirstSync)]
struct Preview {
    /// So many events would come in.
    comes_in: u64,
    /// So many would go there.
    goes_out: u64,
    /// So many seem to be on both sides already, and would be recognised or asked about.
    duplicates: u64,
    /// Whether all of the calendar was looked at; of a very large one, only the first part is.
    whole: bool,
}

/// Looks at a calendar as a first sync with the usual settings would, and keeps nothing. It is an outlook: what is done is
/// decided by the sync itself.
#[utoipa::path(get, path = "/schedule/sync/preview", tag = "sync", params(Of),
    responses((status = 200, body = Preview), (status = 401, body = Problem), (status = 404, body = Problem),
              (status = 422, body = Problem), (status = 502, body = Problem), (status = 503, body = Problem)))]
async fn show(State(app): State<App>, caller: Caller, Query(of): Query<Of>) -> Result<axum::Json<Preview>> {
    let mut tx = app.engine.store.read().await?;
    let account = meant::account(&mut tx, &caller, of.account_id).await?;
    let account = account.ok_or_else(|| Problem::not_found("account"))?;
    drop(tx);
    let calendar = CalendarId::from(of.calendar_id);
    let seen =
        preview::preview(&app.engine, account.workspace, account.id, &calendar, &Settings::default()).await?;
    Ok(axum::Json(Preview {
        comes_in: seen.comes_in,
        goes_out: seen.goes_out,
        duplicates: seen.duplicates,
        whole: seen.whole,
    }))
}

//! Letting go of a calendar, or of an account with all of its calendars.

use axum::extract::State;
use concord_engine::links::{self, Leftovers};
use concord_engine::{Error, connect};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::meant;
use crate::app::App;
use crate::extract::Json;
use crate::problem::{Problem, Result};
use crate::signin::Caller;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(disconnect))
}

/// What to let go of: one linked calendar, or an account.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Disconnect)]
struct Which {
    /// One linked calendar; its account stays connected.
    link_id: Option<Uuid>,
    /// An account with all of its calendars.
    account_id: Option<Uuid>,
    /// Your own account at that provider. Where you have several, the answer is 409 with their ids.
    #[schema(example = "google")]
    provider: Option<String>,
    /// Whether the copies that Concord made there are taken away first. Originals always stay.
    remove_synced: Option<bool>,
}

/// Disconnects. Events stay on both sides, unless `removeSynced` takes the copies there away. What both sides agreed on is
/// remembered, so that connecting again doubles nothing.
#[utoipa::path(delete, path = "/schedule/sync/disconnect", tag = "sync", request_body = Which,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem),
              (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn disconnect(State(app): State<App>, caller: Caller, Json(which): Json<Which>) -> Result<StatusCode> {
    let leftovers = if which.remove_synced.unwrap_or(false) { Leftovers::Remove } else { Leftovers::Leave };
    let mut tx = app.engine.store.read().await?;
    let done = match (which.link_id, which.account_id, which.provider) {
        (Some(id), None, None) => {
            let link = meant::link_in_body(&mut tx, &caller, id).await?;
            drop(tx);
            links::remove(&app.engine, link.workspace, link.id, leftovers).await
        }
        (None, Some(id), None) => {
            let account = meant::account_in_body(&mut tx, &caller, id).await?;
            drop(tx);
            connect::disconnect(&app.engine, account.workspace, account.id, leftovers).await
        }
        (None, None, Some(provider)) => {
            let account = meant::own_account(&mut tx, &caller, &provider).await?;
            drop(tx);
            connect::disconnect(&app.engine, account.workspace, account.id, leftovers).await
        }
        (None, None, None) => {
            return Err(Problem::invalid("accountId", "is missing: say what to disconnect"));
        }
        _ => {
            return Err(Problem::invalid(
                "accountId",
                "say one of linkId, accountId and provider, and no more",
            ));
        }
    };
    done.map_err(|error| match error {
        // A grant that has ended cannot take copies away.
        Error::Invalid { field: "account", why } => {
            Problem::new(StatusCode::CONFLICT, "later", why).about("removeSynced")
        }
        other => other.into(),
    })?;
    Ok(StatusCode::NO_CONTENT)
}

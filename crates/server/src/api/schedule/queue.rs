//! What waits to be carried out: seen, tried again, let go of, one by one (SY-4).

use axum::extract::State;
use concord_engine::queue;
use concord_model::{EventId, LinkId, MappingId};
use concord_store::links::Link;
use concord_store::mappings::{self, Mapping};
use concord_store::{Tx, events};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::meant;
use crate::api::events::Around;
use crate::api::page::Items;
use crate::app::App;
use crate::extract::{Path, Query};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

/// The most that are listed of one calendar; a first sync can have thousands under way.
const MOST: u32 = 200;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(retry)).routes(routes!(let_go))
}

/// Which.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Only those of that link.
    link_id: Option<Uuid>,
}

/// A change that waits.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WaitingChange)]
struct Waiting {
    #[schema(value_type = Uuid)]
    id: MappingId,
    /// Missing for what was seen there and is no event here yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    event_id: Option<EventId>,
    title: String,
    #[schema(value_type = Uuid)]
    link_id: LinkId,
    /// The calendar's name.
    calendar: String,
    /// `pending`, or `error` for what is not tried again by itself.
    #[schema(value_type = words::WaitingState)]
    state: &'static str,
    /// How often it was tried in vain.
    attempts: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    retry_at: Option<Timestamp>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What waits to be carried out, 200 of each calendar at most.
#[utoipa::path(get, path = "/schedule/sync/queue", tag = "sync", params(Asked),
    responses((status = 200, body = Items<Waiting>), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<axum::Json<Items<Waiting>>> {
    let mut tx = app.engine.store.read().await?;
    let links = match asked.link_id {
        None => meant::all_links(&mut tx, &caller).await?,
        Some(id) => {
            let link = meant::link(&mut tx, &caller, id).await?;
            vec![link.ok_or_else(|| Problem::not_found("linked calendar"))?]
        }
    };
    let mut items = Vec::new();
    for link in &links {
        let found = mappings::queue(&mut tx, link.workspace, Some(link.id), None, MOST).await?;
        items.extend(told(&mut tx, &caller, link, found).await?);
    }
    Ok(axum::Json(items.into()))
}

async fn told(tx: &mut Tx, caller: &Caller, link: &Link, found: Vec<Mapping>) -> Result<Vec<Waiting>> {
    let ids: Vec<EventId> = found.iter().filter_map(|mapping| mapping.event).collect();
    let known = events::find(tx, link.workspace, &ids).await?;
    let around = Around::of(tx, caller, &known.values().cloned().collect::<Vec<_>>()).await?;
    let told = found.into_iter().map(|mapping| {
        let event = mapping.event.and_then(|id| known.get(&id));
        Waiting {
            id: mapping.id,
            event_id: mapping.event,
            title: event.map(|event| around.content(event, caller).title).unwrap_or_default(),
            link_id: link.id,
            calendar: link.name.clone(),
            state: mapping.state.as_str(),
            attempts: mapping.attempts,
            retry_at: mapping.retry_at,
            error: mapping.error.map(|error| error.text),
        }
    });
    Ok(told.collect())
}

/// Ends as if there were none, unless it is theirs.
async fn own(app: &App, caller: &Caller, id: Uuid) -> Result<MappingId> {
    let missing = || Problem::not_found("waiting change");
    let mut tx = app.engine.store.read().await?;
    let mapping = match mappings::get(&mut tx, caller.workspace(), MappingId(id)).await {
        Err(concord_store::Error::NotFound) => return Err(missing()),
        other => other?,
    };
    meant::link(&mut tx, caller, mapping.link.0).await?.ok_or_else(missing)?;
    Ok(mapping.id)
}

/// Tries a waiting change again, as soon as its calendar's turn comes.
#[utoipa::path(post, path = "/schedule/sync/queue/{id}/retry", tag = "sync",
    params(("id" = Uuid, Path, description = "which waiting change")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn retry(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode> {
    let id = own(&app, &caller, id).await?;
    queue::retry(&app.engine, caller.workspace(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets go of a waiting change: both sides stay as they are, until one of them is changed again or the settings of the
/// calendar are.
#[utoipa::path(post, path = "/schedule/sync/queue/{id}/drop", tag = "sync",
    params(("id" = Uuid, Path, description = "which waiting change")),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
              (status = 409, body = Problem)))]
async fn let_go(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode> {
    let id = own(&app, &caller, id).await?;
    queue::let_go(&app.engine, caller.workspace(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}

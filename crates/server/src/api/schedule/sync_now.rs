//! Syncing because a person asks for it. The run is written down and named at once, and made in the background.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use concord_engine::run::{Begun, Only, Wish};
use concord_engine::schedule;
use concord_model::{LinkId, RunId};
use concord_providers::called;
use concord_store::links::{self, Link, LinkState};
use concord_store::runs::{self, Filter, RunKind, RunStatus};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::meant;
use crate::app::App;
use crate::extract::{Json, Path, Query};
use crate::notices;
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

/// How many runs one request begins at once; other calendars' turn comes by the schedule.
const AT_ONCE: usize = 8;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sync_now)).routes(routes!(pull)).routes(routes!(push))
}

/// What to sync; all linked calendars, unless said otherwise.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    /// Only those at that provider.
    #[schema(example = "google")]
    provider: Option<String>,
    /// Only that one.
    link_id: Option<Uuid>,
}

/// What was begun.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Started {
    /// The first run: `GET /schedule/sync/history/{syncId}` tells what becomes of it. Null where all wait for their turn.
    #[schema(value_type = Option<Uuid>)]
    sync_id: Option<RunId>,
    /// `running`, or `queued` where all wait for their turn.
    #[schema(value_type = words::Begun)]
    status: &'static str,
    items: Vec<StartedOne>,
}

/// What was begun on one calendar.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StartedOne {
    #[schema(value_type = Uuid)]
    link_id: LinkId,
    /// The run: the one that was begun, or the one that was under way already, after which there is another.
    #[schema(value_type = Option<Uuid>)]
    sync_id: Option<RunId>,
    /// `running`; `queued`: its turn comes by itself; `resting`: it is not synced until a person lets it go on.
    #[schema(value_type = words::Begun)]
    status: &'static str,
}

/// Syncs now. The answer does not wait for a provider: it names the runs, and the history tells what becomes of them.
/// Where a calendar is being synced already, that run is named, and another follows it.
#[utoipa::path(post, path = "/schedule/sync/sync-now", tag = "sync", request_body = Asked,
    responses((status = 200, body = Started), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn sync_now(
    State(app): State<App>,
    caller: Caller,
    Json(asked): Json<Asked>,
) -> Result<axum::Json<Started>> {
    let links = chosen(&app, &caller, asked.link_id, asked.provider.as_deref()).await?;
    started(&app, links, None).await.map(axum::Json)
}

/// Of which link.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Of {
    /// Only that link.
    link_id: Option<Uuid>,
}

/// Brings in what changed in the calendars of a provider, now, and sends nothing out.
#[utoipa::path(post, path = "/calendar/sync/{provider}/pull", tag = "sync",
    params(("provider" = String, Path, description = "where"), Of),
    responses((status = 200, body = Started), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn pull(
    State(app): State<App>,
    caller: Caller,
    Path(provider): Path<String>,
    Query(of): Query<Of>,
) -> Result<axum::Json<Started>> {
    one_way(&app, &caller, &provider, of.link_id, Only::Pull).await
}

/// Sends out what changed here to the calendars of a provider, now, and brings nothing in. With the headers of Google's
/// channels (`X-Goog-Channel-Id`), it is a notice of Google's instead, and needs no sign-in.
#[utoipa::path(post, path = "/calendar/sync/{provider}/push", tag = "sync",
    params(("provider" = String, Path, description = "where"), Of),
    responses((status = 200, body = Started), (status = 204, description = "a notice was heard"),
              (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn push(
    State(app): State<App>,
    caller: Result<Caller, Problem>,
    Path(provider): Path<String>,
    Query(of): Query<Of>,
    headers: HeaderMap,
) -> Result<Response> {
    if headers.contains_key("x-goog-channel-id") {
        return notices::heard(&app, &provider, &headers, &[]).await.map(IntoResponse::into_response);
    }
    one_way(&app, &caller?, &provider, of.link_id, Only::Push).await.map(IntoResponse::into_response)
}

async fn one_way(
    app: &App,
    caller: &Caller,
    provider: &str,
    link: Option<Uuid>,
    only: Only,
) -> Result<axum::Json<Started>> {
    let id = called::meant(provider);
    if !app.engine.providers.contains_key(&id) {
        return Err(Problem::not_found("provider"));
    }
    let links = match link {
        None => chosen(app, caller, None, Some(provider)).await?,
        Some(link) => {
            let mut tx = app.engine.store.read().await?;
            let found = meant::link(&mut tx, caller, link).await?.filter(|link| link.provider == id);
            vec![found.ok_or_else(|| Problem::not_found("linked calendar"))?]
        }
    };
    started(app, links, Some(only)).await.map(axum::Json)
}

/// The links that are meant.
async fn chosen(app: &App, caller: &Caller, id: Option<Uuid>, provider: Option<&str>) -> Result<Vec<Link>> {
    let provider = provider.map(|name| meant::provider(app, name)).transpose()?;
    let mut tx = app.engine.store.read().await?;
    let mut links = match id {
        Some(id) => vec![meant::link_in_body(&mut tx, caller, id).await?],
        None => meant::all_links(&mut tx, caller).await?,
    };
    links.retain(|link| provider.as_ref().is_none_or(|provider| link.provider == *provider));
    match (links.is_empty(), id) {
        (false, _) => Ok(links),
        (true, Some(_)) => Err(Problem::invalid("provider", "is not where this link's calendar is")),
        (true, None) => Err(none("no calendar is linked there; link one first")),
    }
}

fn none(why: impl Into<String>) -> Problem {
    Problem::new(StatusCode::CONFLICT, "nothing_to_sync", why)
}

/// Begins a run on each of these links, and answers with their names.
pub(super) async fn started(app: &App, links: Vec<Link>, only: Option<Only>) -> Result<Started> {
    let mut items: Vec<StartedOne> = Vec::new();
    let mut begun = BTreeSet::new();
    for link in &links {
        let (sync_id, status) = match link.state {
            LinkState::Active if begun.len() < AT_ONCE => {
                let kind = match only {
                    _ if !link.first_done => RunKind::Full,
                    Some(Only::Pull) => RunKind::Pull,
                    Some(Only::Push) => RunKind::Push,
                    None => RunKind::Manual,
                };
                let wish = Wish { only, ..Wish::default() };
                match schedule::start(&app.engine, link.id, kind, wish).await? {
                    Some(run) => {
                        let id = run.id();
                        begun.insert(id);
                        background(app, run);
                        (Some(id), "running")
                    }
                    None => under_way(app, link).await?,
                }
            }
            LinkState::Active => {
                let mut tx = app.engine.store.begin().await?;
                links::due(&mut tx, link.id, app.engine.now()).await?;
                tx.commit().await?;
                (None, "queued")
            }
            _ => (None, "resting"),
        };
        items.push(StartedOne { link_id: link.id, sync_id, status });
    }
    let has = |status: &str| items.iter().any(|item| item.status == status);
    let status = match () {
        () if has("running") => "running",
        () if has("queued") => "queued",
        () => {
            let names: Vec<&str> = links.iter().map(|link| link.name.as_str()).collect();
            let why = format!("{}: not being synced; its status says what to do", names.join(", "));
            return Err(none(why));
        }
    };
    Ok(Started { sync_id: items.iter().find_map(|item| item.sync_id), status, items })
}

/// A link that could not be claimed: somebody is at it, or its account may not be called yet. It is due.
async fn under_way(app: &App, link: &Link) -> Result<(Option<RunId>, &'static str)> {
    let filter = Filter { link: Some(link.id), status: Some(RunStatus::Running), ..Filter::default() };
    let mut tx = app.engine.store.read().await?;
    let runs = runs::list(&mut tx, link.workspace, &filter, 0, 1).await?;
    let account = concord_store::accounts::get(&mut tx, link.workspace, link.account).await?;
    Ok(match (runs.first(), account.state) {
        (_, state) if state != concord_store::accounts::AccountState::Active => (None, "resting"),
        (Some(run), _) => (Some(run.id), "running"),
        (None, _) => (None, "queued"),
    })
}

/// Makes a run that nobody waits for. When the server ends, it ends, and the next one goes on.
fn background(app: &App, run: Begun) {
    let (engine, stop) = (app.engine.clone(), app.stop.clone());
    let id = run.id();
    tokio::spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            made = run.make(&engine) => if let Err(error) = made {
                tracing::warn!(run.id = %id, "run {id} could not be made; its link stays due: {error}");
            }
        }
    });
}

//! What was synced: each run, what it did in sentences, and once more (MO-6).

use std::collections::BTreeMap;

use axum::extract::State;
use concord_engine::queue;
use concord_engine::undo::{self as back, Back, Left};
use concord_model::{EventId, LinkId, RunId};
use concord_store::events;
use concord_store::links::{self, Link};
use concord_store::runs::{self, Filter, Level, Line, Run as Row, RunKind, RunStatus};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::sync_now::{Started, started};
use crate::api::events::Around;
use crate::api::events::when::instant;
use crate::api::page::{Counted, span};
use crate::app::App;
use crate::extract::{Json, Path, Query, from_text};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(retry))
        .routes(routes!(undo))
}

/// Which runs.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// So many at most; 50, unless said otherwise.
    #[serde(default, deserialize_with = "from_text")]
    limit: Option<u32>,
    /// After so many.
    #[serde(default, deserialize_with = "from_text")]
    offset: Option<u32>,
    /// Only those that ended so: `running`, `success`, `partial` or `failed`.
    #[param(value_type = Option<words::RunStatus>, inline)]
    status: Option<String>,
    /// Only those that began then or later: an instant, or a day on the clock of whoever asks.
    from: Option<String>,
    /// Only those that began before.
    to: Option<String>,
    /// Only those of that link.
    link_id: Option<Uuid>,
}

/// One sync of one calendar.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Run {
    #[schema(value_type = Uuid)]
    id: RunId,
    #[schema(value_type = Uuid)]
    link_id: LinkId,
    #[schema(example = "google")]
    provider: String,
    /// The calendar's name.
    calendar: String,
    /// `full`, `push`, `pull`, `webhook` or `manual`.
    #[schema(value_type = words::RunKind)]
    sync_type: RunKind,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    completed_at: Option<Timestamp>,
    /// `running`, `success`, `partial` or `failed`.
    #[schema(value_type = words::RunStatus)]
    status: RunStatus,
    items_pushed: i64,
    items_pulled: i64,
    items_deleted: i64,
    conflicts_detected: i64,
    /// How many requests it made.
    api_calls: i64,
    /// What it did, in words.
    summary: String,
    /// What went wrong; in lists only how the run itself ended.
    errors: Vec<RunError>,
    /// What it did, sentence by sentence. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<RunLine>>,
}

/// Something that went wrong.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RunError {
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// A stable word for it.
    error: String,
    /// What happened.
    details: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    appointment_id: Option<EventId>,
    /// What the provider calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_event_id: Option<String>,
}

/// A sentence.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RunLine {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `info` or `error`.
    #[schema(value_type = words::LineLevel)]
    level: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    event_id: Option<EventId>,
}

impl Run {
    fn of(row: Row, link: &Link) -> Run {
        let failed = row.status == RunStatus::Failed;
        let errors = failed.then(|| RunError {
            timestamp: row.completed_at.unwrap_or(row.started_at),
            error: "run_failed".to_owned(),
            details: row.summary.clone(),
            appointment_id: None,
            external_event_id: None,
        });
        Run {
            id: row.id,
            link_id: row.link,
            provider: link.provider.to_string(),
            calendar: link.name.clone(),
            sync_type: row.kind,
            started_at: row.started_at,
            completed_at: row.completed_at,
            status: row.status,
            items_pushed: row.pushed,
            items_pulled: row.pulled,
            items_deleted: row.deleted,
            conflicts_detected: row.conflicts,
            api_calls: row.api_calls,
            summary: row.summary,
            errors: errors.into_iter().collect(),
            lines: None,
        }
    }

    fn with(mut self, lines: Vec<Line>) -> Run {
        let wrong = lines.iter().filter(|line| line.level == Level::Error);
        self.errors.extend(wrong.map(|line| RunError {
            timestamp: line.at,
            error: line.code.clone().unwrap_or_else(|| "error".to_owned()),
            details: line.text.clone(),
            appointment_id: line.event,
            external_event_id: line.external_id.as_ref().map(ToString::to_string),
        }));
        let told = lines.into_iter().map(|line| RunLine {
            at: line.at,
            level: if line.level == Level::Error { "error" } else { "info" },
            text: line.text,
            event_id: line.event,
        });
        self.lines = Some(told.collect());
        self
    }
}

/// What was synced, the latest first.
#[utoipa::path(get, path = "/schedule/sync/history", tag = "sync", params(Asked),
    responses((status = 200, body = Counted<Run>), (status = 401, body = Problem), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<axum::Json<Counted<Run>>> {
    let (limit, offset) = span(asked.limit, asked.offset)?;
    let at = |field: &str, text: Option<&String>| {
        text.map(|text| instant(field, text, &caller.user.zone)).transpose()
    };
    let status = asked.status.as_deref().map(str::parse::<RunStatus>).transpose();
    let status =
        status.map_err(|_| Problem::invalid("status", "is not running, success, partial or failed"))?;
    let mut filter = Filter {
        link: None,
        user: (!caller.is_admin()).then_some(caller.user.id),
        status,
        from: at("from", asked.from.as_ref())?,
        to: at("to", asked.to.as_ref())?,
    };
    let mut tx = app.engine.store.read().await?;
    if let Some(id) = asked.link_id {
        let link = links::get(&mut tx, caller.workspace(), LinkId(id)).await;
        let link = link.ok().filter(|link| caller.owns(link.user));
        filter.link = Some(link.ok_or_else(|| Problem::not_found("linked calendar"))?.id);
    }
    let all = links::list(&mut tx, caller.workspace()).await?;
    let all: BTreeMap<LinkId, Link> = all.into_iter().map(|link| (link.id, link)).collect();
    let found = runs::list(&mut tx, caller.workspace(), &filter, offset, limit).await?;
    let total = runs::count(&mut tx, caller.workspace(), &filter).await?;
    let told = found.into_iter().filter_map(|run| Some(Run::of(run.clone(), all.get(&run.link)?)));
    Ok(axum::Json(Counted { items: told.collect(), total }))
}

/// The run of that id and its link, if whoever asks may know of them.
async fn known(app: &App, caller: &Caller, id: Uuid) -> Result<(Row, Vec<Line>, Link)> {
    let missing = || Problem::not_found("run");
    let mut tx = app.engine.store.read().await?;
    let (run, lines) = match runs::get(&mut tx, caller.workspace(), RunId(id)).await {
        Err(concord_store::Error::NotFound) => return Err(missing()),
        other => other?,
    };
    let link = links::get(&mut tx, caller.workspace(), run.link).await?;
    caller.own(link.user, "run")?;
    Ok((run, lines, link))
}

/// What one run did, sentence by sentence.
#[utoipa::path(get, path = "/schedule/sync/history/{id}", tag = "sync", params(("id" = Uuid, Path, description = "which run")),
    responses((status = 200, body = Run), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn show(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<axum::Json<Run>> {
    let (run, lines, link) = known(&app, &caller, id).await?;
    Ok(axum::Json(Run::of(run, &link).with(lines)))
}

/// Syncs the calendar of a run again, with all that was refused there.
#[utoipa::path(post, path = "/schedule/sync/history/{id}/retry", tag = "sync",
    params(("id" = Uuid, Path, description = "which run")),
    responses((status = 200, body = Started), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn retry(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<axum::Json<Started>> {
    let (_, _, link) = known(&app, &caller, id).await?;
    queue::retry_all(&app.engine, link.workspace, link.id).await?;
    started(&app, vec![link], None).await.map(axum::Json)
}

/// Whether it shall be done, or only told.
#[derive(Deserialize, ToSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UndoWanted)]
struct Wish {
    /// Only tells what would be taken back.
    #[serde(default)]
    dry_run: bool,
}

/// What an undo came to, or would.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TakenBack {
    /// What is again as it was.
    taken_back: Vec<OneBack>,
    /// What was left as it is.
    left: Vec<OneLeft>,
}

/// An event that was taken back.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OneBack {
    #[schema(value_type = Uuid)]
    event_id: EventId,
    title: String,
    /// `changed` back, `restored` after it was deleted or cancelled, or `removed` here because the run had brought it.
    #[schema(value_type = words::TakenBackHow)]
    did: &'static str,
}

/// An event that was left as it is.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OneLeft {
    #[schema(value_type = Uuid)]
    event_id: EventId,
    title: String,
    /// Why, in words.
    why: String,
}

/// Takes back what a run brought here: its changes, its deletions, and what came in by it. What was changed since is left as
/// it is and told. Originals stay in their calendar.
#[utoipa::path(post, path = "/schedule/sync/history/{id}/undo", tag = "sync", request_body = Wish,
    params(("id" = Uuid, Path, description = "which run")),
    responses((status = 200, body = TakenBack), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn undo(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(wish): Json<Wish>,
) -> Result<axum::Json<TakenBack>> {
    let (run, _, link) = known(&app, &caller, id).await?;
    let undone = back::undo_run(&app.engine, link.workspace, run.id, caller.user.id, wish.dry_run).await?;
    let ids: Vec<EventId> =
        undone.back.iter().map(|(id, _)| *id).chain(undone.left.iter().map(|(id, _)| *id)).collect();
    let mut tx = app.engine.store.read().await?;
    let known = events::find(&mut tx, link.workspace, &ids).await?;
    let around = Around::of(&mut tx, &caller, &known.values().cloned().collect::<Vec<_>>()).await?;
    let title =
        |id: &EventId| known.get(id).map(|event| around.content(event, &caller).title).unwrap_or_default();
    let did = |back: &Back| match back {
        Back::Changed(_) => "changed",
        Back::Restored(_) => "restored",
        Back::Removed => "removed",
    };
    let why = |left: &Left| match left {
        Left::Changed { .. } => "it was changed since".to_owned(),
        Left::ReadOnly(why) => why.clone(),
    };
    let taken_back =
        undone.back.iter().map(|(id, back)| OneBack { event_id: *id, title: title(id), did: did(back) });
    let left =
        undone.left.iter().map(|(id, left)| OneLeft { event_id: *id, title: title(id), why: why(left) });
    Ok(axum::Json(TakenBack { taken_back: taken_back.collect(), left: left.collect() }))
}

//! What both sides changed: shown side by side, and settled one by one, field by field, or all at once (CF-3).

use std::collections::BTreeMap;

use axum::extract::State;
use concord_engine::conflicts as answers;
use concord_engine::spoken;
use concord_model::{ConflictId, EventId, Field, LinkId, UserId, View};
use concord_store::conflicts::{self, Conflict as Row, ConflictKind, ConflictState, Resolution};
use concord_store::links::{self, Link};
use concord_store::{Actor, Tx, users};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::meant;
use crate::api::events::{Around, EventBody};
use crate::api::page::{Counted, span};
use crate::app::App;
use crate::extract::{Json, Path, Query, from_text};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

/// How many rows are read at a time.
const PAGE: u32 = 500;
/// What a question about a whole event is shown with.
const WHOLE: [Field; 3] = [Field::Title, Field::Time, Field::Location];

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(resolve)).routes(routes!(undo))
}

/// Which conflicts.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// `open`: those that wait for an answer; `resolved`: those that have one. All, unless said.
    #[param(value_type = Option<words::ConflictsAsked>, inline)]
    state: Option<String>,
    /// Only those of that link.
    link_id: Option<Uuid>,
    /// So many at most; 50, unless said otherwise.
    #[serde(default, deserialize_with = "from_text")]
    limit: Option<u32>,
    /// After so many.
    #[serde(default, deserialize_with = "from_text")]
    offset: Option<u32>,
}

/// What both sides changed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Conflict {
    #[schema(value_type = Uuid)]
    id: ConflictId,
    /// `time_change`, `deleted`, `data_mismatch`, or `created_externally` for what may have been entered on both sides.
    #[schema(value_type = words::ConflictKind)]
    kind: ConflictKind,
    /// `open`; `answered`: the next sync carries the answer out; `resolved`.
    #[schema(value_type = words::ConflictState)]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    event_id: Option<EventId>,
    title: String,
    #[schema(value_type = Uuid)]
    link_id: LinkId,
    /// The calendar's name.
    calendar: String,
    #[schema(example = "google")]
    provider: String,
    #[schema(value_type = String, format = DateTime)]
    detected_at: Timestamp,
    /// When it is decided for the platform if nobody answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    fields: Vec<Side>,
    /// Whether it can be settled field by field; a question about a whole event cannot.
    by_field: bool,
    /// `keep_local`, `keep_external`, `keep_latest`, `merge`, `keep_both`; `policy` where the settings decided, `expired` where
    /// nobody answered, `agreed` where both sides are alike again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::ConflictResolution>)]
    resolution: Option<Resolution>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    resolved_at: Option<Timestamp>,
    /// A person's name, a calendar's, or `Concord`.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_by: Option<String>,
}

/// One field on both sides, as people read it. Null: not there.
#[derive(Serialize, ToSchema)]
struct Side {
    /// Its name, for answers field by field: `title`, or `20261021T090000.title` of an occurrence.
    field: String,
    /// The same for people.
    label: String,
    /// What both sides had agreed on.
    base: Option<String>,
    /// What the platform has.
    local: Option<String>,
    /// What the calendar has.
    external: Option<String>,
}

/// Names that conflicts are told with.
struct Names {
    links: BTreeMap<LinkId, Link>,
    people: BTreeMap<UserId, String>,
}

impl Names {
    async fn of(tx: &mut Tx, caller: &Caller) -> Result<Names> {
        let links = links::list(tx, caller.workspace()).await?;
        let people = users::list(tx, caller.workspace()).await?;
        Ok(Names {
            links: links.into_iter().map(|link| (link.id, link)).collect(),
            people: people.into_iter().map(|user| (user.id, user.name)).collect(),
        })
    }

    /// Of a link that was removed, nothing waits any more.
    fn is_theirs(&self, caller: &Caller, row: &Row) -> bool {
        self.links.get(&row.link).is_some_and(|link| match row.state {
            ConflictState::Open => meant::is_theirs(caller, link),
            ConflictState::Resolved { .. } => caller.owns(link.user),
        })
    }

    fn name(&self, by: &Actor) -> String {
        let known = match by {
            Actor::User(id) => self.people.get(id).cloned(),
            Actor::Link(id) => self.links.get(id).map(|link| link.name.clone()),
            Actor::Program => None,
        };
        known.unwrap_or_else(|| "Concord".to_owned())
    }

    fn tell(&self, row: &Row) -> Conflict {
        let (state, resolution, resolved_at, by) = match (&row.state, &row.answer) {
            (ConflictState::Resolved { how, at, by }, _) => ("resolved", Some(*how), Some(*at), Some(by)),
            (ConflictState::Open, Some(answer)) => {
                ("answered", Some(answer.how), Some(answer.at), Some(&answer.by))
            }
            (ConflictState::Open, None) => ("open", None, None, None),
        };
        let views = [&row.ours, &row.theirs, &row.base];
        let link = self.links.get(&row.link);
        let clashes = answers::clashes(row);
        Conflict {
            id: row.id,
            kind: row.kind,
            state,
            event_id: row.event,
            title: views.into_iter().flatten().map(|view| view.title.clone()).next().unwrap_or_default(),
            link_id: row.link,
            calendar: link.map(|link| link.name.clone()).unwrap_or_default(),
            provider: link.map(|link| link.provider.to_string()).unwrap_or_default(),
            detected_at: row.detected_at,
            expires_at: row.expires_at,
            by_field: !clashes.is_empty(),
            fields: if clashes.is_empty() { whole(row) } else { by_field(&clashes) },
            resolution,
            resolved_at,
            resolved_by: by.map(|by| self.name(by)),
        }
    }
}

fn by_field(clashes: &[concord_sync::conflict::Clash]) -> Vec<Side> {
    let piece = |piece: &Option<_>| piece.as_ref().map(spoken::piece);
    let one = |clash: &concord_sync::conflict::Clash| Side {
        field: answers::name(clash.about),
        label: clash.about.to_string(),
        base: piece(&clash.base),
        local: piece(&clash.ours),
        external: piece(&clash.theirs),
    };
    clashes.iter().map(one).collect()
}

fn whole(row: &Row) -> Vec<Side> {
    let value = |view: &Option<View>, field| view.as_ref().map(|view| spoken::value(&view.value(field)));
    let one = |field: Field| Side {
        field: answers::name(concord_sync::conflict::About::Field(field)),
        label: field.label().to_owned(),
        base: value(&row.base, field),
        local: value(&row.ours, field),
        external: value(&row.theirs, field),
    };
    WHOLE.into_iter().map(one).collect()
}

/// All that whoever asks may know of, the oldest first.
async fn all(tx: &mut Tx, caller: &Caller, names: &Names, open_only: bool) -> Result<Vec<Row>> {
    let (mut found, mut after): (Vec<Row>, _) = (Vec::new(), None);
    loop {
        let page = conflicts::list(tx, caller.workspace(), open_only, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = Some((last.detected_at, last.id));
        found.extend(page.into_iter().filter(|row| names.is_theirs(caller, row)));
    }
}

/// What both sides changed, the latest first.
#[utoipa::path(get, path = "/schedule/sync/conflicts", tag = "sync", params(Asked),
    responses((status = 200, body = Counted<Conflict>), (status = 401, body = Problem), (status = 404, body = Problem),
              (status = 422, body = Problem)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<axum::Json<Counted<Conflict>>> {
    let (limit, offset) = span(asked.limit, asked.offset)?;
    let open = match asked.state.as_deref() {
        None => None,
        Some("open") => Some(true),
        Some("resolved") => Some(false),
        Some(_) => return Err(Problem::invalid("state", "is not open or resolved")),
    };
    let mut tx = app.engine.store.read().await?;
    let names = Names::of(&mut tx, &caller).await?;
    if let Some(id) = asked.link_id
        && meant::link(&mut tx, &caller, id).await?.is_none()
    {
        return Err(Problem::not_found("linked calendar"));
    }
    let mut rows = all(&mut tx, &caller, &names, open == Some(true)).await?;
    rows.retain(|row| open.is_none_or(|open| open == waits(row)));
    rows.retain(|row| asked.link_id.is_none_or(|id| row.link.0 == id));
    let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let page = rows.iter().rev().skip(offset as usize).take(limit as usize);
    Ok(axum::Json(Counted { items: page.map(|row| names.tell(row)).collect(), total }))
}

/// Whether it waits for an answer.
fn waits(row: &Row) -> bool {
    row.state == ConflictState::Open && row.answer.is_none()
}

/// An answer.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ConflictAnswer)]
struct Wanted {
    /// To which conflict.
    conflict_id: Option<Uuid>,
    /// To all that wait.
    all: Option<bool>,
    /// `keep_local`, `keep_external`, `keep_latest`, `merge` (with `fields`), or `keep_both` where one event may have been
    /// entered twice.
    #[schema(value_type = words::ConflictChoice)]
    resolution: String,
    /// With `merge`, who stands in each field: `local`, `external` or `latest`. What is not named stays as it is here.
    #[schema(value_type = Option<BTreeMap<String, words::FieldChoice>>)]
    fields: Option<BTreeMap<String, String>>,
}

/// What was answered.
#[derive(Serialize, ToSchema)]
struct Resolved {
    /// So many.
    resolved: usize,
    items: Vec<Conflict>,
}

impl Wanted {
    fn resolution(&self) -> Result<(Resolution, BTreeMap<String, Resolution>)> {
        let how = match self.resolution.as_str() {
            "keep_local" => Resolution::KeepPlatform,
            "keep_external" => Resolution::KeepExternal,
            "keep_latest" => Resolution::KeepLatest,
            "merge" => Resolution::Merge,
            "keep_both" => Resolution::Both,
            _ => {
                let why = "is not keep_local, keep_external, keep_latest, merge or keep_both";
                return Err(Problem::invalid("resolution", why));
            }
        };
        let given = self.fields.as_ref().filter(|fields| !fields.is_empty());
        let fields = match (how, given) {
            (Resolution::Merge, None) => {
                return Err(Problem::invalid("fields", "is missing: say who stands in each field"));
            }
            (Resolution::Merge, Some(fields)) => fields,
            (_, None) => return Ok((how, BTreeMap::new())),
            (_, Some(_)) => return Err(Problem::invalid("fields", "goes with the resolution merge only")),
        };
        let read = |(field, who): (&String, &String)| {
            let who = match who.as_str() {
                "local" => Resolution::KeepPlatform,
                "external" => Resolution::KeepExternal,
                "latest" => Resolution::KeepLatest,
                _ => {
                    let why = "is not local, external or latest";
                    return Err(Problem::invalid(format!("fields.{field}"), why));
                }
            };
            Ok((field.clone(), who))
        };
        Ok((how, fields.iter().map(read).collect::<Result<_>>()?))
    }
}

/// Says who stands, in one conflict or in all that wait. The next sync carries it out on both sides.
#[utoipa::path(post, path = "/schedule/sync/resolve-conflict", tag = "sync", request_body = Wanted,
    responses((status = 200, body = Resolved), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
async fn resolve(
    State(app): State<App>,
    caller: Caller,
    Json(wanted): Json<Wanted>,
) -> Result<axum::Json<Resolved>> {
    let (how, fields) = wanted.resolution()?;
    let mut tx = app.engine.store.read().await?;
    let names = Names::of(&mut tx, &caller).await?;
    let rows = match (wanted.conflict_id, wanted.all.unwrap_or(false)) {
        (Some(id), false) => vec![one(&mut tx, &caller, &names, id).await?],
        (None, true) if !fields.is_empty() => {
            return Err(Problem::invalid("fields", "does not go with all: conflicts differ in their fields"));
        }
        (None, true) => {
            let mut rows = all(&mut tx, &caller, &names, true).await?;
            rows.retain(waits);
            rows
        }
        (Some(_), true) => return Err(Problem::invalid("all", "does not go with conflictId")),
        (None, false) => {
            return Err(Problem::invalid("conflictId", "is missing: say which conflict, or all"));
        }
    };
    drop(tx);
    // All of them before any is answered: what cannot be meant changes nothing.
    if how == Resolution::Both && rows.iter().any(|row| row.kind != ConflictKind::CreatedExternally) {
        let why = "only what may have been entered on both sides can stay as two events";
        return Err(Problem::invalid("resolution", why));
    }
    let mut answered = Vec::new();
    for row in &rows {
        let by = caller.user.id;
        match answers::answer(&app.engine, row.workspace, row.id, how, fields.clone(), by).await {
            Ok(()) => answered.push(row.id),
            // Of many, one may have been settled meanwhile; that is no reason to leave the others.
            Err(concord_engine::Error::Changed) if wanted.conflict_id.is_none() => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut tx = app.engine.store.read().await?;
    let mut items = Vec::new();
    for id in &answered {
        items.push(names.tell(&conflicts::get(&mut tx, caller.workspace(), *id).await?));
    }
    Ok(axum::Json(Resolved { resolved: answered.len(), items }))
}

/// Takes back what a settled conflict has changed here: the event is again what it was before the calendar's version was
/// taken over, and every calendar hears of it. 409 where it was changed since, or where ours stood.
#[utoipa::path(post, path = "/schedule/sync/conflicts/{id}/undo", tag = "sync",
    params(("id" = Uuid, Path, description = "which conflict")),
    responses((status = 200, body = EventBody), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn undo(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<axum::Json<EventBody>> {
    let mut tx = app.engine.store.read().await?;
    let names = Names::of(&mut tx, &caller).await?;
    let row = known(&mut tx, &caller, &names, id).await?.ok_or_else(|| Problem::not_found("conflict"))?;
    drop(tx);
    let event = answers::undo(&app.engine, row.workspace, row.id, caller.user.id).await?;
    let mut tx = app.engine.store.read().await?;
    let around = Around::of(&mut tx, &caller, std::slice::from_ref(&event)).await?;
    Ok(axum::Json(around.whole(&event, &caller)))
}

async fn known(tx: &mut Tx, caller: &Caller, names: &Names, id: Uuid) -> Result<Option<Row>> {
    match conflicts::get(tx, caller.workspace(), ConflictId(id)).await {
        Err(concord_store::Error::NotFound) => Ok(None),
        other => Ok(Some(other?).filter(|row| names.is_theirs(caller, row))),
    }
}

async fn one(tx: &mut Tx, caller: &Caller, names: &Names, id: Uuid) -> Result<Row> {
    let row = known(tx, caller, names, id)
        .await?
        .ok_or_else(|| Problem::invalid("conflictId", "is none of your conflicts"))?;
    match row.state {
        ConflictState::Open => Ok(row),
        ConflictState::Resolved { .. } => Err(Problem::new(
            StatusCode::CONFLICT,
            "conflict",
            "this conflict is settled already; it can be taken back",
        )),
    }
}

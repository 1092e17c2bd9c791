//! Why an event is where it is, what it was before, and the way back.

use axum::extract::State;
use concord_engine::{undo, why};
use concord_model::{EventId, FieldSet, LinkId, Rev};
use concord_store::{Actor, links, users};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::shown::{Around, EventBody, visible};
use crate::api::page::Items;
use crate::app::App;
use crate::extract::{Json, Path};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(answer)).routes(routes!(history)).routes(routes!(back))
}

/// Why an event is in a calendar, or is not.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Why {
    #[schema(value_type = Uuid)]
    link_id: LinkId,
    provider: String,
    calendar: String,
    /// Whether it shall be there.
    wanted: bool,
    /// Why, in a sentence.
    because: String,
    /// How it stands: `synced`, `pending`, `error`, `conflict` or `absent`.
    #[schema(value_type = words::WhyState)]
    state: String,
    /// What its provider keeps in another form than it was given.
    rewritten: Vec<String>,
    /// What is masked there.
    masked: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    agreed_at: Option<Timestamp>,
    /// What went wrong last.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// What happens next, in a sentence.
    next: String,
}

/// Says for each calendar whether an event is there, why or why not, and what happens next.
#[utoipa::path(get, path = "/calendar/events/{id}/why", tag = "events", params(("id" = Uuid, Path, description = "which event")),
    responses((status = 200, body = Items<Why>), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn answer(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Items<Why>>> {
    let mut tx = app.engine.store.read().await?;
    visible(&mut tx, &caller, id).await?;
    let own: Vec<LinkId> = links::list(&mut tx, caller.workspace())
        .await?
        .into_iter()
        .filter(|link| caller.owns(link.user))
        .map(|link| link.id)
        .collect();
    drop(tx);
    let answers = why::why(&app.engine, caller.workspace(), EventId(id)).await?;
    let shown = answers.into_iter().filter(|why| own.contains(&why.link)).map(|why| Why {
        link_id: why.link,
        provider: why.provider,
        calendar: why.calendar,
        wanted: why.wanted,
        because: why.because,
        state: why.state,
        rewritten: why.rewritten,
        masked: why.masked,
        agreed_at: why.agreed_at,
        error: why.error,
        next: why.next,
    });
    Ok(axum::Json(shown.collect::<Vec<_>>().into()))
}

/// An event as it was before a change.
#[derive(Serialize, ToSchema)]
pub(super) struct Version {
    /// The revision that it had.
    rev: i64,
    /// When that was changed.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// By whom: a person's name, a calendar's, or `Concord`.
    by: String,
    /// What changed, in words: "title and time".
    changed: String,
    title: String,
    start: String,
}

/// What an event was before each change, the latest first.
#[utoipa::path(get, path = "/calendar/events/{id}/history", tag = "events", params(("id" = Uuid, Path, description = "which event")),
    responses((status = 200, body = Items<Version>), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
async fn history(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Items<Version>>> {
    let mut tx = app.engine.store.read().await?;
    let event = visible(&mut tx, &caller, id).await?;
    caller.changes(&event)?;
    let people = users::list(&mut tx, caller.workspace()).await?;
    let calendars = links::list(&mut tx, caller.workspace()).await?;
    drop(tx);
    let name = |by: Actor| match by {
        Actor::User(id) => people.iter().find(|user| user.id == id).map(|user| user.name.clone()),
        Actor::Link(id) => calendars.iter().find(|link| link.id == id).map(|link| link.name.clone()),
        Actor::Program => None,
    };
    let mut after = event.content;
    let mut items = Vec::new();
    for version in undo::history(&app.engine, caller.workspace(), EventId(id)).await? {
        let mut fields: FieldSet = version.content.differing(&after);
        if version.content.overrides != after.overrides {
            fields = fields.with(concord_model::Field::Time);
        }
        items.push(Version {
            rev: version.rev.0,
            at: version.at,
            by: name(version.by).unwrap_or_else(|| "Concord".to_owned()),
            changed: if fields.is_empty() { "booking".to_owned() } else { fields.to_string() },
            title: version.content.title.clone(),
            start: super::when::Told::of(&version.content.time.span).start,
        });
        after = version.content;
    }
    Ok(axum::Json(items.into()))
}

/// Where to go back to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Back {
    /// The revision; before the last change, unless said.
    rev: Option<i64>,
}

/// Takes back the last change of an event, or all since a revision. That is a change like any other.
#[utoipa::path(post, path = "/calendar/events/{id}/undo", tag = "events", request_body = Back,
    params(("id" = Uuid, Path, description = "which event")),
    responses((status = 200, body = EventBody), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn back(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(to): Json<Back>,
) -> Result<axum::Json<EventBody>> {
    let mut tx = app.engine.store.read().await?;
    // A deleted event can come back.
    let event = concord_store::events::get(&mut tx, caller.workspace(), EventId(id))
        .await
        .map_err(|_| Problem::not_found("event"))?;
    caller.changes(&event)?;
    drop(tx);
    let event =
        undo::undo(&app.engine, caller.workspace(), event.id, to.rev.map(Rev), caller.user.id).await?;
    let mut tx = app.engine.store.read().await?;
    let around = Around::of(&mut tx, &caller, std::slice::from_ref(&event)).await?;
    Ok(axum::Json(around.whole(&event, &caller)))
}

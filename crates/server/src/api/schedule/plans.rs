//! Large changes that wait for consent: what they would do, step by step, and the consent to exactly that (SY-8, BE-4).

use axum::extract::State;
use concord_engine::links as engine_links;
use concord_model::{EventId, LinkId};
use concord_store::plans;
use concord_sync::plan::Plan as Steps;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::meant;
use crate::api::page::Items;
use crate::app::App;
use crate::extract::{Json, Query};
use crate::problem::{Problem, Result};
use crate::signin::Caller;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(approve))
}

/// Of which link.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Of {
    /// Only those of that link.
    link_id: Option<Uuid>,
}

/// What would be done on a calendar.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WaitingPlan)]
struct Plan {
    /// What to consent to.
    hash: String,
    #[schema(value_type = Uuid)]
    link_id: LinkId,
    /// The calendar's name.
    calendar: String,
    /// What it would do, in numbers.
    summary: String,
    /// How many guests would be mailed.
    mails: u64,
    /// The first steps; `total` counts all of them.
    steps: Vec<Step>,
    total: u64,
    #[schema(value_type = String, format = DateTime)]
    made_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    approved_at: Option<Timestamp>,
    /// Until when one can consent, or the consent holds.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// One thing that would be done.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PlanStep)]
struct Step {
    /// What, in words.
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    event_id: Option<EventId>,
    title: String,
    when: String,
    /// Which fields would change, in words.
    fields: String,
    why: String,
}

/// Large changes that wait for consent, or have it and are not carried out yet.
#[utoipa::path(get, path = "/schedule/sync/plans", tag = "sync", params(Of),
    responses((status = 200, body = Items<Plan>), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(of): Query<Of>,
) -> Result<axum::Json<Items<Plan>>> {
    let mut tx = app.engine.store.read().await?;
    let links = match of.link_id {
        None => meant::all_links(&mut tx, &caller).await?,
        Some(id) => {
            let link = meant::link(&mut tx, &caller, id).await?;
            vec![link.ok_or_else(|| Problem::not_found("linked calendar"))?]
        }
    };
    let mut items = Vec::new();
    for row in plans::list_open(&mut tx, caller.workspace(), app.engine.now()).await? {
        let Some(link) = links.iter().find(|link| link.id == row.link) else { continue };
        // One of another version cannot be consented to, and is made anew.
        let Ok(plan) = serde_json::from_value::<Steps>(row.json) else { continue };
        let c = plan.counts;
        let here = c.created_here + c.changed_here + c.deleted_here;
        let there = c.created_there + c.changed_there + c.deleted_there;
        items.push(Plan {
            hash: row.hash,
            link_id: link.id,
            calendar: link.name.clone(),
            summary: c.to_string(),
            mails: c.mails,
            total: here + there + c.adopted + c.asked,
            steps: plan
                .steps
                .into_iter()
                .map(|step| Step {
                    what: step.act.to_string(),
                    event_id: step.event,
                    title: step.title,
                    when: step.when,
                    fields: if step.fields.is_empty() { String::new() } else { step.fields.to_string() },
                    why: step.why,
                })
                .collect(),
            made_at: row.made_at,
            approved_at: row.approved_at,
            expires_at: row.expires_at,
        });
    }
    Ok(axum::Json(items.into()))
}

/// A consent.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Consent {
    link_id: Uuid,
    /// The hash of the plan, whole.
    hash: String,
}

/// Consents to a large change: to exactly that plan, once, within 24 hours. The next sync carries it out.
#[utoipa::path(post, path = "/schedule/sync/plans/approve", tag = "sync", request_body = Consent,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 412, body = Problem),
              (status = 422, body = Problem)))]
async fn approve(State(app): State<App>, caller: Caller, Json(consent): Json<Consent>) -> Result<StatusCode> {
    let over = || {
        Problem::invalid(
            "hash",
            "no such plan waits; it may have expired or been carried out, and the next sync makes a new one if it is still \
             needed",
        )
    };
    let mut tx = app.engine.store.read().await?;
    let link = meant::link_in_body(&mut tx, &caller, consent.link_id).await?;
    match plans::get(&mut tx, link.workspace, link.id, &consent.hash).await {
        Err(concord_store::Error::NotFound) => return Err(over()),
        other => drop(other?),
    }
    drop(tx);
    match engine_links::approve(&app.engine, link.workspace, link.id, &consent.hash).await {
        Err(concord_engine::Error::NotFound(_)) => Err(over()),
        other => other.map(|_| StatusCode::NO_CONTENT).map_err(Into::into),
    }
}

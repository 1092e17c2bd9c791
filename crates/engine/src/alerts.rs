//! Alerts: what a person should know of their links. Opened when something stands badly, kept up to date while it does,
//! resolved when it stands well again or when a person says so (MO-2).

use std::collections::BTreeMap;

use concord_model::{LinkId, UserId, WorkspaceId};
use concord_providers::called::Titled;
use concord_store::alerts::{self, Alert, AlertKind, Severity};
use concord_store::history::Actor;
use concord_store::links::Link;
use jiff::Timestamp;
use tracing::{info, warn};
use uuid::Uuid;

use crate::Engine;
use crate::channels::standing::Standing;
use crate::error::{Error, Result};

/// Opens and resolves alerts about notices, by how links stand. Where nothing is new, nothing is written.
pub(crate) async fn weigh(
    engine: &Engine,
    links: &[(&Link, Option<Standing>)],
    now: Timestamp,
) -> Result<()> {
    let mut tx = engine.store.read().await?;
    let standing = alerts::standing(&mut tx).await?;
    drop(tx);
    let open: BTreeMap<LinkId, &Alert> =
        standing.iter().filter(|a| a.kind == AlertKind::Channel).map(|alert| (alert.link, alert)).collect();
    let (mut told, mut over) = (Vec::new(), Vec::new());
    for (link, standing) in links {
        let text = standing.as_ref().filter(|s| s.is_trouble()).map(|standing| text(engine, link, standing));
        match (text, open.get(&link.id)) {
            (Some(text), open) if open.is_none_or(|alert| alert.text != text) => {
                warn!(link.id = %link.id, "the calendar of link {} does not tell of changes", link.id);
                told.push(Alert {
                    id: engine.id(),
                    workspace: link.workspace,
                    user: link.user,
                    link: link.id,
                    kind: AlertKind::Channel,
                    severity: Severity::High,
                    text,
                    opened_at: now,
                    updated_at: now,
                    resolved: None,
                });
            }
            // What is being mended is not mended yet.
            (None, Some(alert)) if *standing != Some(Standing::Opening) => {
                info!(link.id = %link.id, "the trouble with notices of link {} is over", link.id);
                over.push(*alert);
            }
            _ => {}
        }
    }
    if told.is_empty() && over.is_empty() {
        return Ok(());
    }
    let mut tx = engine.store.begin().await?;
    for alert in &told {
        alerts::open(&mut tx, alert).await?;
    }
    for alert in over {
        match alerts::resolve(&mut tx, alert.workspace, alert, now, Actor::Program).await {
            // A person was quicker.
            Err(concord_store::Error::NotFound) => {}
            other => other?,
        }
    }
    tx.commit().await?;
    Ok(())
}

/// What is wrong, and what a person can do.
fn text(engine: &Engine, link: &Link, standing: &Standing) -> String {
    let (provider, name) = (link.provider.title(), &link.name);
    let address = engine.notices_url.as_ref().map(ToString::to_string).unwrap_or_default();
    match standing {
        Standing::Silent { .. } => format!(
            "{provider} did not tell of changes in \"{name}\": they came in later, by looking. Concord opens its channel \
             anew. If this stays, see whether {address} can be reached from the internet."
        ),
        Standing::Refused { why } => format!(
            "{provider} does not tell of changes in \"{name}\": {why}. Until it does, the calendar is looked at from time \
             to time. See whether {address} can be reached from the internet, then mend the channel."
        ),
        Standing::Open | Standing::Opening | Standing::Polled(_) => standing.to_string(),
    }
}

/// The alerts of a person, the latest first.
pub async fn of_user(
    engine: &Engine,
    workspace: WorkspaceId,
    user: UserId,
    limit: u32,
) -> Result<Vec<Alert>> {
    let mut tx = engine.store.read().await?;
    Ok(alerts::of_user(&mut tx, workspace, user, limit).await?)
}

/// An alert.
pub async fn get(engine: &Engine, workspace: WorkspaceId, id: Uuid) -> Result<Alert> {
    let mut tx = engine.store.read().await?;
    alerts::get(&mut tx, workspace, id).await.map_err(missing)
}

/// Resolves an alert because a person says so. Returns it as it is then: what was resolved before stays as it was.
pub async fn resolve(engine: &Engine, workspace: WorkspaceId, id: Uuid, by: UserId) -> Result<Alert> {
    let mut tx = engine.store.begin().await?;
    let alert = alerts::get(&mut tx, workspace, id).await.map_err(missing)?;
    if alert.resolved.is_none() {
        alerts::resolve(&mut tx, workspace, &alert, engine.now(), Actor::User(by)).await?;
    }
    let alert = alerts::get(&mut tx, workspace, id).await.map_err(missing)?;
    tx.commit().await?;
    Ok(alert)
}

fn missing(error: concord_store::Error) -> Error {
    match error {
        concord_store::Error::NotFound => Error::NotFound("alert"),
        other => other.into(),
    }
}

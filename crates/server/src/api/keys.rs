//! API keys: how platforms come in.

use axum::extract::State;
use concord_engine::Engine;
use concord_model::{UserId, WorkspaceId};
use concord_store::api_keys::{self, ApiKey as Row, Scope};
use concord_store::users;
use concord_store::vault::hashed;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::page::Items;
use super::session::named;
use crate::app::App;
use crate::extract::{Json, Path};
use crate::problem::{Problem, Result};
use crate::signin::{Caller, KEY_PREFIX};
use crate::words;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(revoke))
}

/// A key, without what makes it one.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    id: Uuid,
    name: String,
    /// How it begins.
    prefix: String,
    /// `read`, `write` or `admin`.
    #[schema(value_type = words::KeyScope)]
    scope: Scope,
    /// For whom it acts.
    #[schema(value_type = Uuid)]
    user_id: UserId,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last used, to some minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
}

impl From<Row> for ApiKey {
    fn from(row: Row) -> ApiKey {
        ApiKey {
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            scope: row.scope,
            user_id: row.user,
            created_at: row.created_at,
            used_at: row.used_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// The keys of the workspace; those who are no administrators see their own.
#[utoipa::path(get, path = "/keys", tag = "API keys",
    responses((status = 200, body = Items<ApiKey>), (status = 401, body = Problem)))]
async fn list(State(app): State<App>, caller: Caller) -> Result<axum::Json<Items<ApiKey>>> {
    let mut tx = app.engine.store.read().await?;
    let rows = api_keys::list(&mut tx, caller.workspace()).await?;
    let own = rows.into_iter().filter(|key| caller.owns(key.user));
    Ok(axum::Json(own.map(ApiKey::from).collect::<Vec<_>>().into()))
}

/// A new key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NewKey {
    /// What people call it.
    name: String,
    /// `read`, `write`, or `admin` for all that an administrator may do.
    #[serde(default = "usual")]
    #[schema(value_type = words::KeyScope, default = "write")]
    scope: String,
    /// For whom it acts; whoever asks, unless said otherwise.
    user_id: Option<Uuid>,
}

fn usual() -> String {
    Scope::Write.to_string()
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub struct Made {
    #[serde(flatten)]
    made: ApiKey,
    /// The key. It is shown this once.
    key: String,
}

/// Makes a key. It is shown this once.
#[utoipa::path(post, path = "/keys", tag = "API keys", request_body = NewKey,
    responses((status = 201, body = Made), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 422, body = Problem)))]
async fn add(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewKey>,
) -> Result<(StatusCode, axum::Json<Made>)> {
    let name = named("name", &new.name)?;
    let scope = new.scope.parse().map_err(|_| Problem::invalid("scope", "is not read, write or admin"))?;
    if scope == Scope::Admin {
        caller.admin()?;
    }
    let user = new.user_id.map_or(caller.user.id, UserId);
    let mut tx = app.engine.store.read().await?;
    let known = users::get(&mut tx, caller.workspace(), user).await;
    drop(tx);
    if known.is_err() || !caller.owns(user) {
        return Err(Problem::invalid("userId", "is none of this workspace's users that you may act for"));
    }
    let (row, key) = make(&app.engine, caller.workspace(), user, name, scope).await?;
    Ok((StatusCode::CREATED, axum::Json(Made { made: row.into(), key })))
}

/// Makes a key and keeps its hash. Returns what is kept, and the key itself.
pub async fn make(
    engine: &Engine,
    workspace: WorkspaceId,
    user: UserId,
    name: String,
    scope: Scope,
) -> Result<(Row, String), concord_store::Error> {
    let key = format!("{KEY_PREFIX}{}", engine.secret::<32>());
    let row = Row {
        id: engine.id(),
        workspace,
        user,
        name,
        prefix: key.chars().take(KEY_PREFIX.len() + 6).collect(),
        hash: hashed(&key),
        scope,
        created_at: engine.now(),
        used_at: None,
        revoked_at: None,
    };
    let mut tx = engine.store.begin().await?;
    api_keys::add(&mut tx, &row).await?;
    tx.commit().await?;
    Ok((row, key))
}

/// Revokes a key: from now on it opens nothing.
#[utoipa::path(delete, path = "/keys/{id}", tag = "API keys", params(("id" = Uuid, Path, description = "which key")),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn revoke(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode> {
    let mut tx = app.engine.store.begin().await?;
    let known = api_keys::list(&mut tx, caller.workspace()).await?;
    if !known.iter().any(|key| key.id == id && caller.owns(key.user)) {
        return Err(Problem::not_found("API key"));
    }
    api_keys::revoke(&mut tx, caller.workspace(), id, app.engine.now())
        .await
        .map_err(|_| Problem::not_found("API key"))?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

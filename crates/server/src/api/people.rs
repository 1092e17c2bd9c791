//! People: users, who sign in, and clients, who book.

use axum::extract::State;
use concord_model::{ClientId, UserId, Zone, text};
use concord_store::clients::{self, Client as ClientRow};
use concord_store::users::{self, Role, User as UserRow};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::Items;
use super::session::{mail, named};
use crate::app::App;
use crate::extract::{Json, Query};
use crate::problem::{Problem, Result};
use crate::signin::{Caller, password};
use crate::words;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_users, add_user)).routes(routes!(list_clients, add_client))
}

/// Somebody who signs in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    #[schema(value_type = Uuid)]
    id: UserId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[schema(value_type = words::UserRole)]
    role: Role,
    #[schema(value_type = String)]
    zone: Zone,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> User {
        let email = row.address.map(|address| address.as_str().to_owned());
        User { id: row.id, name: row.name, email, role: row.role, zone: row.zone }
    }
}

/// The people of the workspace. A client sees only themselves.
#[utoipa::path(get, path = "/users", tag = "people",
    responses((status = 200, body = Items<User>), (status = 401, body = Problem)))]
async fn list_users(State(app): State<App>, caller: Caller) -> Result<axum::Json<Items<User>>> {
    let mut tx = app.engine.store.read().await?;
    let mut rows = users::list(&mut tx, caller.workspace()).await?;
    rows.retain(|user| caller.user.role != Role::Client || user.id == caller.user.id);
    Ok(axum::Json(rows.into_iter().map(User::from).collect::<Vec<_>>().into()))
}

/// Somebody new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    name: String,
    email: String,
    /// `admin`, `provider` or `client`.
    #[schema(value_type = words::UserRole)]
    role: String,
    /// The IANA zone they think in.
    zone: String,
    /// With it they can sign in.
    #[schema(format = Password)]
    password: Option<String>,
}

/// Adds somebody. For administrators.
#[utoipa::path(post, path = "/users", tag = "people", request_body = NewUser, extensions(("x-access" = json!("admin"))),
    responses((status = 201, body = User), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn add_user(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewUser>,
) -> Result<(StatusCode, axum::Json<User>)> {
    caller.admin()?;
    let role = new.role.parse().map_err(|_| Problem::invalid("role", "is not admin, provider or client"))?;
    let zone = Zone::new(&new.zone).map_err(|why| Problem::invalid("zone", why))?;
    let user = UserRow {
        id: app.engine.id(),
        workspace: caller.workspace(),
        name: named("name", &new.name)?,
        address: Some(mail("email", &new.email)?),
        role,
        zone,
        created_at: app.engine.now(),
    };
    let hash = match new.password {
        None => None,
        Some(password) => {
            password::check("password", &password)?;
            Some(password::hash(&app.engine, password).await?)
        }
    };
    let mut tx = app.engine.store.begin().await?;
    match users::add(&mut tx, &user).await {
        Err(concord_store::Error::Taken { .. }) => {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "exists",
                "email: another user has this address already",
            )
            .about("email"));
        }
        other => other?,
    }
    if let Some(hash) = &hash {
        users::set_password_hash(&mut tx, user.workspace, user.id, Some(hash)).await?;
    }
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(user.into())))
}

/// Somebody who books.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    #[schema(value_type = Uuid)]
    id: ClientId,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

impl From<ClientRow> for Client {
    fn from(row: ClientRow) -> Client {
        let email = row.address.map(|address| address.as_str().to_owned());
        Client { id: row.id, name: row.name, email, phone: row.phone }
    }
}

/// Which clients.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Clients {
    /// Only those with this in their name or address.
    text: Option<String>,
}

/// The clients of the workspace. Those who are clients themselves see nobody else.
#[utoipa::path(get, path = "/clients", tag = "people", params(Clients),
    responses((status = 200, body = Items<Client>), (status = 401, body = Problem)))]
async fn list_clients(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Clients>,
) -> Result<axum::Json<Items<Client>>> {
    let mut tx = app.engine.store.read().await?;
    let mut rows = clients::list(&mut tx, caller.workspace()).await?;
    rows.retain(|client| caller.user.role != Role::Client || client.user == Some(caller.user.id));
    if let Some(text) = asked.text.map(|text| text.to_lowercase()) {
        let address =
            |client: &ClientRow| client.address.as_ref().is_some_and(|a| a.as_str().contains(&text));
        rows.retain(|client| client.name.to_lowercase().contains(&text) || address(client));
    }
    Ok(axum::Json(rows.into_iter().map(Client::from).collect::<Vec<_>>().into()))
}

/// A new client.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    name: String,
    email: Option<String>,
    phone: Option<String>,
}

/// Adds a client. Not for clients.
#[utoipa::path(post, path = "/clients", tag = "people", request_body = NewClient,
    extensions(("x-access" = json!("provider"))),
    responses((status = 201, body = Client), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 422, body = Problem)))]
async fn add_client(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewClient>,
) -> Result<(StatusCode, axum::Json<Client>)> {
    if caller.user.role == Role::Client {
        return Err(Problem::forbidden("only those who offer sessions can add clients"));
    }
    let client = ClientRow {
        id: ClientId(app.engine.id()),
        workspace: caller.workspace(),
        name: named("name", &new.name)?,
        address: new.email.map(|email| mail("email", &email)).transpose()?,
        phone: new.phone.map(|phone| text::line(&phone)).filter(|phone| !phone.is_empty()),
        user: None,
    };
    if client.phone.as_ref().is_some_and(|phone| phone.chars().count() > 50) {
        return Err(Problem::invalid("phone", "is longer than 50 characters"));
    }
    let mut tx = app.engine.store.begin().await?;
    clients::add(&mut tx, &client).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(client.into())))
}

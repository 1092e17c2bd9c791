//! Signing in and out, the first administrator, and one's own name, zone and password.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use concord_model::people::Address;
use concord_model::{UserId, Zone, text};
use concord_store::sessions::{self, Session as Row};
use concord_store::users::{self, Role, User};
use concord_store::vault::hashed;
use concord_store::workspaces;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::{App, Purpose};
use crate::extract::Json;
use crate::problem::{Problem, Result};
use crate::signin::caller::Way;
use crate::signin::{COOKIE, Caller, SESSION, password, setup};
use crate::words;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(setup_needed, set_up))
        .routes(routes!(sign_in, session, sign_out))
        .routes(routes!(change_user))
        .routes(routes!(change_password))
}

/// Who has signed in, and where.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Who.
    user: Me,
    /// Behind whose walls.
    workspace: Workspace,
    /// Whether providers are emulated here.
    demo: bool,
}

/// Whoever asks.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    #[schema(value_type = Uuid)]
    id: UserId,
    name: String,
    email: Option<String>,
    #[schema(value_type = words::UserRole)]
    role: Role,
    /// The IANA zone they think in.
    #[schema(value_type = String, example = "Africa/Johannesburg")]
    zone: Zone,
}

/// A workspace.
#[derive(Serialize, ToSchema)]
pub struct Workspace {
    id: Uuid,
    name: String,
}

impl Session {
    async fn of(app: &App, user: &User) -> Result<Session> {
        let mut tx = app.engine.store.read().await?;
        let workspace = workspaces::get(&mut tx, user.workspace).await?;
        Ok(Session {
            user: Me {
                id: user.id,
                name: user.name.clone(),
                email: user.address.as_ref().map(|a| a.as_str().to_owned()),
                role: user.role,
                zone: user.zone.clone(),
            },
            workspace: Workspace { id: workspace.id.0, name: workspace.name },
            demo: app.settings.purpose == Purpose::Demo,
        })
    }
}

/// Whether the first administrator has still to be made.
#[derive(Serialize, ToSchema)]
pub struct Setup {
    needed: bool,
}

/// Whether the first administrator has still to be made.
#[utoipa::path(get, path = "/setup", tag = "sign-in", security(()), responses((status = 200, body = Setup)))]
async fn setup_needed(State(app): State<App>) -> Result<axum::Json<Setup>> {
    let mut tx = app.engine.store.read().await?;
    Ok(axum::Json(Setup { needed: !users::can_sign_in(&mut tx).await? }))
}

/// The first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct First {
    /// The code that the program printed when it started.
    code: String,
    name: String,
    email: String,
    #[schema(format = Password)]
    password: String,
    /// The IANA zone they think in.
    #[schema(example = "Africa/Johannesburg")]
    zone: String,
}

/// Makes the first administrator, and signs them in. Works once, with the code that the program printed.
#[utoipa::path(post, path = "/setup", tag = "sign-in", security(()), request_body = First,
    responses((status = 201, body = Session), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn set_up(State(app): State<App>, jar: CookieJar, Json(first): Json<First>) -> Result<Response> {
    let now = app.engine.now();
    if let Some(wait) = app.attempts.wait("setup", now) {
        return Err(tried_too_often(wait));
    }
    let name = named("name", &first.name)?;
    let address = mail("email", &first.email)?;
    let zone = Zone::new(&first.zone).map_err(|why| Problem::invalid("zone", why))?;
    password::check("password", &first.password)?;
    let hash = password::hash(&app.engine, first.password).await?;
    let mut tx = app.engine.store.begin().await?;
    if users::can_sign_in(&mut tx).await? {
        return Err(Problem::forbidden("there is an administrator already; sign in"));
    }
    if !setup::is_code(&mut tx, &first.code).await? {
        return Err(Problem::forbidden(
            "that is not the code of this installation; the program prints it at each start",
        )
        .about("code"));
    }
    // Somebody of that address may have been added from the shell.
    let known = users::by_address(&mut tx, &address).await?;
    let user = match known.into_iter().find(|user| user.workspace == app.settings.workspace) {
        Some(user) if user.role == Role::Admin => user,
        Some(_) => return Err(Problem::invalid("email", "belongs to somebody who is no administrator")),
        None => {
            let user = User {
                id: app.engine.id(),
                workspace: app.settings.workspace,
                name,
                address: Some(address),
                role: Role::Admin,
                zone,
                created_at: now,
            };
            users::add(&mut tx, &user).await?;
            user
        }
    };
    users::set_password_hash(&mut tx, user.workspace, user.id, Some(&hash)).await?;
    setup::done(&mut tx).await?;
    tx.commit().await?;
    app.attempts.succeeded("setup");
    let jar = begin(&app, jar, &user).await?;
    Ok((StatusCode::CREATED, jar, axum::Json(Session::of(&app, &user).await?)).into_response())
}

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    email: String,
    #[schema(format = Password)]
    password: String,
}

/// Signs in. The answer sets the cookie of the session.
#[utoipa::path(post, path = "/session", tag = "sign-in", security(()), request_body = Credentials,
    responses((status = 200, body = Session), (status = 401, body = Problem), (status = 429, body = Problem)))]
async fn sign_in(
    State(app): State<App>,
    jar: CookieJar,
    Json(credentials): Json<Credentials>,
) -> Result<Response> {
    let address = Address::from(credentials.email.as_str());
    if let Some(wait) = app.attempts.wait(address.as_str(), app.engine.now()) {
        return Err(tried_too_often(wait));
    }
    let mut tx = app.engine.store.read().await?;
    let mut found = None;
    for user in users::by_address(&mut tx, &address).await? {
        if let Some(hash) = users::password_hash(&mut tx, user.workspace, user.id).await? {
            found = Some((user, hash));
            break;
        }
    }
    drop(tx);
    let (user, hash) = found.unzip();
    let right = password::is_right(credentials.password, hash).await;
    let Some(user) = user.filter(|_| right) else {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong_password",
            "this mail address and password do not go together",
        ));
    };
    app.attempts.succeeded(address.as_str());
    let jar = begin(&app, jar, &user).await?;
    Ok((jar, axum::Json(Session::of(&app, &user).await?)).into_response())
}

/// Who has signed in.
#[utoipa::path(get, path = "/session", tag = "sign-in",
    responses((status = 200, body = Session), (status = 401, body = Problem)))]
async fn session(State(app): State<App>, caller: Caller) -> Result<axum::Json<Session>> {
    Ok(axum::Json(Session::of(&app, &caller.user).await?))
}

/// Signs out.
#[utoipa::path(delete, path = "/session", tag = "sign-in", responses((status = 204), (status = 401, body = Problem)))]
async fn sign_out(State(app): State<App>, jar: CookieJar, caller: Caller) -> Result<Response> {
    if let Way::Session(hash) = &caller.way {
        let mut tx = app.engine.store.begin().await?;
        sessions::end(&mut tx, hash).await?;
        tx.commit().await?;
    }
    let gone = Cookie::build((COOKIE, "")).path("/").build();
    Ok((StatusCode::NO_CONTENT, jar.remove(gone)).into_response())
}

/// What one can change about oneself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MyChange {
    name: Option<String>,
    /// The IANA zone they think in.
    zone: Option<String>,
}

/// Changes one's own name or zone.
#[utoipa::path(patch, path = "/session/user", tag = "sign-in", request_body = MyChange,
    responses((status = 200, body = Session), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn change_user(
    State(app): State<App>,
    caller: Caller,
    Json(change): Json<MyChange>,
) -> Result<axum::Json<Session>> {
    let name = change.name.map(|name| named("name", &name)).transpose()?;
    let zone =
        change.zone.map(|zone| Zone::new(&zone).map_err(|why| Problem::invalid("zone", why))).transpose()?;
    let mut tx = app.engine.store.begin().await?;
    let (workspace, id) = (caller.workspace(), caller.user.id);
    if let Some(name) = &name {
        users::set_name(&mut tx, workspace, id, name).await?;
    }
    if let Some(zone) = &zone {
        users::set_zone(&mut tx, workspace, id, zone).await?;
    }
    let user = users::get(&mut tx, workspace, id).await?;
    tx.commit().await?;
    Ok(axum::Json(Session::of(&app, &user).await?))
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    #[schema(format = Password)]
    current: String,
    #[schema(format = Password)]
    new: String,
}

/// Changes one's own password. Other sessions end.
#[utoipa::path(post, path = "/session/password", tag = "sign-in", request_body = NewPassword,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 422, body = Problem)))]
async fn change_password(
    State(app): State<App>,
    caller: Caller,
    Json(change): Json<NewPassword>,
) -> Result<StatusCode> {
    let Way::Session(session) = &caller.way else {
        return Err(Problem::forbidden("an API key cannot change its user's password"));
    };
    password::check("new", &change.new)?;
    let name = caller.user.id.to_string();
    if let Some(wait) = app.attempts.wait(&name, app.engine.now()) {
        return Err(tried_too_often(wait));
    }
    let (workspace, id) = (caller.workspace(), caller.user.id);
    let mut tx = app.engine.store.read().await?;
    let hash = users::password_hash(&mut tx, workspace, id).await?;
    drop(tx);
    if !password::is_right(change.current, hash).await {
        return Err(Problem::invalid("current", "is not your password"));
    }
    app.attempts.succeeded(&name);
    let hash = password::hash(&app.engine, change.new).await?;
    let mut tx = app.engine.store.begin().await?;
    users::set_password_hash(&mut tx, workspace, id, Some(&hash)).await?;
    sessions::end_others(&mut tx, workspace, id, session).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins a session and puts it into a cookie that scripts cannot read and other sites cannot send.
async fn begin(app: &App, jar: CookieJar, user: &User) -> Result<CookieJar> {
    let now = app.engine.now();
    let id = app.engine.secret::<32>();
    let row = Row {
        id_hash: hashed(&id),
        workspace: user.workspace,
        user: user.id,
        created_at: now,
        seen_at: now,
        ends_at: now + SESSION,
    };
    let mut tx = app.engine.store.begin().await?;
    sessions::start(&mut tx, &row).await?;
    tx.commit().await?;
    let cookie = Cookie::build((COOKIE, id))
        .path("/")
        .http_only(true)
        .secure(app.is_secure())
        .same_site(SameSite::Lax)
        .max_age(time::Duration::seconds(SESSION.as_secs()));
    Ok(jar.add(cookie))
}

fn tried_too_often(wait: jiff::SignedDuration) -> Problem {
    let seconds = u32::try_from(wait.as_secs()).unwrap_or(0).max(1);
    Problem::too_many(format!("too many tries; wait {seconds} seconds and try again"), seconds)
}

/// A name of somebody or something: one line, not empty, not endless.
pub(super) fn named(field: &str, given: &str) -> Result<String> {
    let name = text::line(given);
    match name.chars().count() {
        0 => Err(Problem::invalid(field, "is empty")),
        1..=200 => Ok(name),
        _ => Err(Problem::invalid(field, "is longer than 200 characters")),
    }
}

/// A mail address, roughly.
pub(super) fn mail(field: &str, given: &str) -> Result<Address> {
    let address = Address::from(given);
    let (name, host) = address.as_str().split_once('@').unwrap_or_default();
    let odd = |c: char| c.is_whitespace() || c.is_control() || c == '@';
    if name.is_empty()
        || host.is_empty()
        || address.as_str().len() > 254
        || host.contains(odd)
        || name.contains(odd)
    {
        return Err(Problem::invalid(field, "is not a mail address"));
    }
    Ok(address)
}

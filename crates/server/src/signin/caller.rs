//! Who asks, and what they may do.

use axum::extract::FromRequestParts;
use axum_extra::extract::CookieJar;
use concord_model::{Event, UserId, WorkspaceId};
use concord_store::api_keys::{self, Scope};
use concord_store::users::{self, Role, User};
use concord_store::vault::hashed;
use concord_store::{Actor, sessions};
use http::request::Parts;
use http::{Method, header};
use jiff::SignedDuration;

use super::{COOKIE, SESSION};
use crate::app::App;
use crate::problem::{Problem, Result};

/// How exactly the last use is noted: not every request is a write.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Whoever asks.
#[derive(Clone)]
pub struct Caller {
    /// For whom it is done.
    pub user: User,
    /// By which way they came in.
    pub way: Way,
}

/// A way in.
#[derive(Clone, PartialEq, Eq)]
pub enum Way {
    /// A browser with a session; the hash of its id.
    Session(String),
    /// An API key.
    Key(Scope),
}

impl Caller {
    /// Behind whose walls.
    pub fn workspace(&self) -> WorkspaceId {
        self.user.workspace
    }

    /// Who, for histories.
    pub fn actor(&self) -> Actor {
        Actor::User(self.user.id)
    }

    /// Whether all of the workspace is theirs.
    pub fn is_admin(&self) -> bool {
        self.user.role == Role::Admin && !matches!(self.way, Way::Key(Scope::Read | Scope::Write))
    }

    /// Ends unless all of the workspace is theirs.
    pub fn admin(&self) -> Result<()> {
        if self.is_admin() {
            return Ok(());
        }
        Err(Problem::forbidden(match self.user.role {
            Role::Admin => "this API key has no admin scope",
            _ => "only an administrator of the workspace may do that",
        }))
    }

    /// Whether something of that user is theirs to see and change.
    pub fn owns(&self, user: UserId) -> bool {
        self.user.id == user || self.is_admin()
    }

    /// Ends as if there were no such thing, unless it is theirs.
    pub fn own(&self, user: UserId, what: &str) -> Result<()> {
        if self.owns(user) { Ok(()) } else { Err(Problem::not_found(what)) }
    }

    /// Whether they may see that event at all.
    pub fn sees(&self, event: &Event) -> bool {
        self.is_admin() || event.people().any(|person| person == self.user.id)
    }

    /// Ends unless they may change that event; as if there were none, if they may not even see it.
    pub fn changes(&self, event: &Event) -> Result<()> {
        match () {
            () if self.owns(event.owner) => Ok(()),
            () if self.sees(event) => {
                Err(Problem::forbidden("only its owner can change this event; ask them to"))
            }
            () => Err(Problem::not_found("event")),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        if let Some(known) = parts.extensions.get::<Caller>() {
            return Ok(known.clone());
        }
        let caller = match bearer(parts) {
            Some(key) => by_key(app, &key, &parts.method).await?,
            None => by_session(app, parts).await?,
        };
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

fn bearer(parts: &Parts) -> Option<String> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

async fn by_key(app: &App, key: &str, method: &Method) -> Result<Caller> {
    let wrong =
        || Problem::new(http::StatusCode::UNAUTHORIZED, "unauthenticated", "this API key opens nothing");
    let mut tx = app.engine.store.read().await?;
    let found = api_keys::find(&mut tx, &hashed(key)).await?.ok_or_else(wrong)?;
    let user = users::get(&mut tx, found.workspace, found.user).await?;
    drop(tx);
    let now = app.engine.now();
    if found.used_at.is_none_or(|at| now.duration_since(at) > TOLERANCE) {
        let mut tx = app.engine.store.begin().await?;
        api_keys::used(&mut tx, found.id, now).await?;
        tx.commit().await?;
    }
    if found.scope == Scope::Read && !method.is_safe() {
        return Err(Problem::forbidden("this API key may only read"));
    }
    Ok(Caller { user, way: Way::Key(found.scope) })
}

async fn by_session(app: &App, parts: &Parts) -> Result<Caller> {
    let jar = CookieJar::from_headers(&parts.headers);
    let cookie = jar.get(COOKIE).ok_or_else(Problem::unauthenticated)?;
    let hash = hashed(cookie.value());
    let now = app.engine.now();
    let mut tx = app.engine.store.read().await?;
    let session = sessions::find(&mut tx, &hash, now).await?.ok_or_else(Problem::unauthenticated)?;
    let user = users::get(&mut tx, session.workspace, session.user).await?;
    drop(tx);
    if now.duration_since(session.seen_at) > TOLERANCE {
        let mut tx = app.engine.store.begin().await?;
        sessions::seen(&mut tx, &hash, now, now + SESSION).await?;
        tx.commit().await?;
    }
    Ok(Caller { user, way: Way::Session(hash) })
}

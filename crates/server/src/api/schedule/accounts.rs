//! Connected accounts, and the calendars that each has.

use axum::extract::State;
use concord_engine::{Engine, connect, links as engine_links};
use concord_model::{AccountId, LinkId, UserId, Zone};
use concord_providers::called::Titled;
use concord_store::accounts::{self, AccountState};
use concord_store::links::Link;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::meant;
use crate::api::page::Items;
use crate::api::session::named;
use crate::app::App;
use crate::extract::{Json, Query};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(calendars, make)).routes(routes!(test))
}

/// A person's account at a provider.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account {
    #[schema(value_type = Uuid)]
    id: AccountId,
    #[schema(example = "google")]
    provider: String,
    /// What people call it: a mail address, mostly.
    name: String,
    /// Whose it is.
    #[schema(value_type = Uuid)]
    user_id: UserId,
    /// `active`, or `revoked` until it is connected again.
    #[schema(value_type = words::AccountState)]
    state: &'static str,
    /// Why it has to be connected again.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// How many of its calendars are linked.
    links: usize,
    /// Where it is, of those that are signed in to with a password.
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<Server>,
}

/// The server of an account, as it was found when the account was connected.
#[derive(Serialize, ToSchema)]
struct Server {
    /// The name that is signed in with.
    username: String,
    /// Where the search for it began.
    #[schema(example = "https://cloud.example.org/")]
    url: String,
    /// What it can do, in sentences.
    found: Vec<String>,
}

/// The connected accounts.
#[utoipa::path(get, path = "/schedule/sync/accounts", tag = "sync",
    responses((status = 200, body = Items<Account>), (status = 401, body = Problem)))]
async fn list(State(app): State<App>, caller: Caller) -> Result<axum::Json<Items<Account>>> {
    let mut tx = app.engine.store.read().await?;
    let links = meant::all_links(&mut tx, &caller).await?;
    let all = accounts::list(&mut tx, caller.workspace()).await?;
    let own = all.into_iter().filter(|account| caller.owns(account.user));
    Ok(axum::Json(
        own.filter_map(|account| Account::of(&app.engine, account, &links)).collect::<Vec<_>>().into(),
    ))
}

impl Account {
    /// Of an account that has not been removed.
    pub(super) fn of(engine: &Engine, account: accounts::Account, links: &[Link]) -> Option<Account> {
        let place = connect::place(engine, &account);
        let (state, note) = match account.state {
            AccountState::Active => ("active", None),
            AccountState::Reconnect { why } => ("revoked", Some(why)),
            AccountState::Removed => return None,
        };
        Some(Account {
            id: account.id,
            provider: account.provider.to_string(),
            name: account.name,
            user_id: account.user,
            state,
            note,
            links: links.iter().filter(|link| link.account == account.id).count(),
            server: place.map(|place| Server {
                username: place.user,
                url: place.address,
                found: place.found,
            }),
        })
    }
}

/// Of which account.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Of {
    /// Which account.
    account_id: Uuid,
}

/// A calendar of an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Calendar {
    /// What its provider calls it.
    id: String,
    name: String,
    /// Whether it is its person's main calendar.
    primary: bool,
    /// Whether it can be written to.
    writable: bool,
    #[schema(value_type = Option<String>)]
    zone: Option<Zone>,
    /// Its link, where it is linked.
    #[schema(value_type = Option<Uuid>)]
    linked: Option<LinkId>,
}

/// The calendars of an account, as its provider lists them now.
#[utoipa::path(get, path = "/schedule/sync/calendars", tag = "sync", params(Of),
    responses((status = 200, body = Items<Calendar>), (status = 401, body = Problem), (status = 404, body = Problem),
              (status = 422, body = Problem), (status = 502, body = Problem), (status = 503, body = Problem)))]
async fn calendars(
    State(app): State<App>,
    caller: Caller,
    Query(of): Query<Of>,
) -> Result<axum::Json<Items<Calendar>>> {
    let mut tx = app.engine.store.read().await?;
    let account = meant::account(&mut tx, &caller, of.account_id).await?;
    let account = account.ok_or_else(|| Problem::not_found("account"))?;
    let links = meant::all_links(&mut tx, &caller).await?;
    drop(tx);
    let offered = engine_links::calendars(&app.engine, account.workspace, account.id).await?;
    let items = offered.into_iter().map(|calendar| Calendar::of(calendar, account.id, &links));
    Ok(axum::Json(items.collect::<Vec<_>>().into()))
}

impl Calendar {
    /// Of an account's calendar, where these are linked.
    pub(super) fn of(
        calendar: concord_providers::provider::Calendar,
        account: AccountId,
        links: &[Link],
    ) -> Calendar {
        let own = links.iter().find(|link| link.account == account && link.calendar == calendar.id);
        Calendar {
            linked: own.map(|link| link.id),
            id: calendar.id.to_string(),
            name: calendar.name,
            primary: calendar.primary,
            writable: calendar.writable,
            zone: calendar.zone,
        }
    }
}

/// A calendar to be made.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewCalendar {
    /// Of which account.
    account_id: Uuid,
    /// What it shall be called.
    #[schema(example = "Concord")]
    name: String,
}

/// Makes a calendar at the provider, where that lets other programs do so. It is not linked yet.
#[utoipa::path(post, path = "/schedule/sync/calendars", tag = "sync", request_body = NewCalendar,
    responses((status = 201, body = Calendar), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 422, body = Problem), (status = 502, body = Problem), (status = 503, body = Problem)))]
async fn make(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewCalendar>,
) -> Result<(StatusCode, axum::Json<Calendar>)> {
    let name = named("name", &new.name)?;
    let mut tx = app.engine.store.read().await?;
    let account = meant::account_in_body(&mut tx, &caller, new.account_id).await?;
    drop(tx);
    let made = engine_links::make_calendar(&app.engine, account.workspace, account.id, &name).await?;
    Ok((StatusCode::CREATED, axum::Json(Calendar::of(made, account.id, &[]))))
}

/// An account, by itself, by one of its links, or by its provider where one has only one there.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Which {
    account_id: Option<Uuid>,
    link_id: Option<Uuid>,
    #[schema(example = "google")]
    provider: Option<String>,
}

/// What a test of a connection came to.
#[derive(Serialize, ToSchema)]
struct Tested {
    ok: bool,
    /// How many calendars the account has.
    calendars: usize,
    /// What to tell a person.
    message: String,
}

/// Makes one honest call to see whether a connection works. Of an account that is named by itself, it is also looked anew
/// what its server can do.
#[utoipa::path(post, path = "/schedule/sync/test", tag = "sync", request_body = Which,
    responses((status = 200, body = Tested, description = "whether it works or not"), (status = 401, body = Problem),
              (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn test(
    State(app): State<App>,
    caller: Caller,
    Json(which): Json<Which>,
) -> Result<axum::Json<Tested>> {
    let mut tx = app.engine.store.read().await?;
    let id = match (which.account_id, which.link_id, which.provider) {
        (Some(id), _, _) => meant::account_in_body(&mut tx, &caller, id).await?.id,
        (None, Some(id), _) => meant::link_in_body(&mut tx, &caller, id).await?.account,
        (None, None, Some(provider)) => meant::own_account(&mut tx, &caller, &provider).await?.id,
        (None, None, None) => {
            return Err(Problem::invalid("accountId", "is missing: say which account is meant"));
        }
    };
    let account = accounts::get(&mut tx, caller.workspace(), id).await?;
    drop(tx);
    let provider = account.provider.title();
    if which.account_id.is_some() {
        // What cannot be found out now stays as it was found; whether it works is said below.
        connect::look_around(&app.engine, caller.workspace(), account.id).await.ok();
    }
    let tested = match connect::test(&app.engine, caller.workspace(), account.id).await {
        Ok(1) => {
            Tested { ok: true, calendars: 1, message: format!("{provider} answers; there is one calendar") }
        }
        Ok(n) => {
            Tested { ok: true, calendars: n, message: format!("{provider} answers; there are {n} calendars") }
        }
        Err(error @ concord_engine::Error::Provider { .. }) => {
            Tested { ok: false, calendars: 0, message: Problem::from(error).detail().to_owned() }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(axum::Json(tested))
}

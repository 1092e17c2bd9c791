//! Feeds: what a person publishes of their events behind a secret address (PR-5). What is fetched there is
//! [`crate::published`].

use axum::extract::State;
use concord_engine::feeds;
use concord_model::UserId;
use concord_model::link::Settings;
use concord_store::feeds::{self as rows, Feed as Row};
use concord_store::users;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::page::Items;
use super::schedule::settings::{FeedSettings, FeedSettingsWanted};
use super::session::named;
use crate::app::App;
use crate::extract::{Json, Path};
use crate::problem::{Problem, Result};
use crate::signin::Caller;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(revoke))
}

/// A feed, without its address: that is told once, when it is made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Feed {
    id: Uuid,
    name: String,
    /// Whose events it shows.
    #[schema(value_type = Uuid)]
    user_id: UserId,
    settings: FeedSettings,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last fetched, to some minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
}

impl From<Row> for Feed {
    fn from(row: Row) -> Feed {
        Feed {
            id: row.id,
            name: row.name,
            user_id: row.user,
            settings: FeedSettings::of(&row.settings),
            created_at: row.created_at,
            used_at: row.used_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// One's feeds; an administrator sees those of the workspace.
#[utoipa::path(get, path = "/feeds", tag = "feeds",
    responses((status = 200, body = Items<Feed>), (status = 401, body = Problem)))]
async fn list(State(app): State<App>, caller: Caller) -> Result<axum::Json<Items<Feed>>> {
    let mut tx = app.engine.store.read().await?;
    let all = rows::list(&mut tx, caller.workspace()).await?;
    let own = all.into_iter().filter(|feed| caller.owns(feed.user));
    Ok(axum::Json(own.map(Feed::from).collect::<Vec<_>>().into()))
}

/// A new feed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = NewFeed)]
struct New {
    /// What people call it; subscribers see it as the calendar's name.
    name: String,
    /// Whose events it shows; those of whoever asks, unless said otherwise.
    user_id: Option<Uuid>,
    /// What goes into it and what is seen of it.
    settings: Option<FeedSettingsWanted>,
}

/// A feed that was just made.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeFeed)]
struct Made {
    #[serde(flatten)]
    made: Feed,
    /// Its address. Whoever knows it can read the feed. It is shown this once.
    url: String,
}

/// Makes a feed: a calendar to subscribe to, for whoever knows its address. The address is shown this once.
#[utoipa::path(post, path = "/feeds", tag = "feeds", request_body = New,
    responses((status = 201, body = Made), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 422, body = Problem)))]
async fn add(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<New>,
) -> Result<(StatusCode, axum::Json<Made>)> {
    let name = named("name", &new.name)?;
    let user = new.user_id.map_or(caller.user.id, UserId);
    let mut tx = app.engine.store.read().await?;
    let known = users::get(&mut tx, caller.workspace(), user).await;
    if known.is_err() || !caller.owns(user) {
        return Err(Problem::invalid("userId", "is none of this workspace's users that you may act for"));
    }
    let settings = match new.settings {
        None => Settings::default(),
        Some(wanted) => wanted.read(&mut tx, &caller).await?,
    };
    drop(tx);
    let (row, secret) = feeds::add(&app.engine, caller.workspace(), user, name, settings).await?;
    let url = address(&app.settings.public_url, &secret).to_string();
    Ok((StatusCode::CREATED, axum::Json(Made { made: row.into(), url })))
}

/// The address of a feed, as the world reaches it.
pub fn address(public: &Url, secret: &str) -> Url {
    let mut url = public.clone();
    url.set_path(&format!("{}/feeds/{secret}.ics", public.path().trim_end_matches('/')));
    url
}

/// Revokes a feed: its address gives nothing any more.
#[utoipa::path(delete, path = "/feeds/{id}", tag = "feeds", params(("id" = Uuid, Path, description = "which feed")),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn revoke(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode> {
    let mut tx = app.engine.store.begin().await?;
    let known = rows::list(&mut tx, caller.workspace()).await?;
    if !known.iter().any(|feed| feed.id == id && caller.owns(feed.user)) {
        return Err(Problem::not_found("feed"));
    }
    rows::revoke(&mut tx, caller.workspace(), id, app.engine.now())
        .await
        .map_err(|_| Problem::not_found("feed"))?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bm_170_the_address_is_the_one_by_which_the_world_reaches_us() {
        let check = |public: &str, expected: &str| {
            assert_eq!(address(&public.parse().unwrap(), "abc").as_str(), expected);
        };
        check("https://a.test", "https://a.test/feeds/abc.ics");
        check("https://a.test/calendar/", "https://a.test/calendar/feeds/abc.ics");
    }
}

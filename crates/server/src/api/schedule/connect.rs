//! Connecting an account: a person's browser goes to the provider and comes back, in the same session (SE-4).

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use concord_engine::{connect, links};
use concord_model::{AccountId, ProviderId};
use concord_store::accounts::Account;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::meant;
use crate::app::App;
use crate::extract::{Json, Path};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::signin::caller::Way;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(finish)).routes(routes!(browser_is_back))
}

/// Where to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wish {
    #[schema(example = "google")]
    provider: String,
    /// Where the provider sends the browser back to. There is one address, and it has to be exactly that:
    /// `PUBLIC_URL/api/calendar/sync/PROVIDER/callback`. It need not be said.
    redirect_uri: Option<String>,
}

/// A sign-in that has begun.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Begun {
    /// Where to send the browser.
    auth_url: String,
    /// What comes back with it.
    state: String,
}

/// Begins to connect an account. Send the browser to `authUrl`; it comes back within ten minutes, in the same session.
/// Clients can connect their calendars, too.
#[utoipa::path(post, path = "/schedule/sync/connect", tag = "sync", request_body = Wish,
    responses((status = 200, body = Begun), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 422, body = Problem), (status = 502, body = Problem)))]
async fn begin(State(app): State<App>, caller: Caller, Json(wish): Json<Wish>) -> Result<axum::Json<Begun>> {
    let provider = meant::provider(&app, &wish.provider)?;
    let redirect = address(&app.settings.public_url, &provider);
    if wish.redirect_uri.is_some_and(|given| given != redirect.as_str()) {
        return Err(Problem::invalid("redirectUri", format!("has to be exactly {redirect}")));
    }
    let (workspace, user) = (caller.workspace(), caller.user.id);
    let started =
        connect::begin(&app.engine, workspace, user, &provider, redirect, &session(&caller)).await?;
    Ok(axum::Json(Begun { auth_url: started.url.to_string(), state: started.state }))
}

/// The address to which a provider sends browsers back.
fn address(public: &Url, provider: &ProviderId) -> Url {
    let mut url = public.clone();
    let path = format!("{}/api/calendar/sync/{provider}/callback", public.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

/// What a sign-in is bound to: the session of the browser, or for platforms the user that their key acts for.
fn session(caller: &Caller) -> String {
    match &caller.way {
        Way::Session(hash) => hash.clone(),
        Way::Key(_) => format!("key of {}", caller.user.id),
    }
}

/// What a browser brought back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Brought {
    #[schema(example = "google")]
    provider: String,
    code: String,
    state: String,
}

/// A connected account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Connected {
    success: bool,
    #[schema(value_type = Uuid)]
    account_id: AccountId,
    /// The account's main calendar; null where it cannot be read just now.
    calendar_id: Option<String>,
}

/// Ends a sign-in that a platform began with its key, with what the browser brought back.
#[utoipa::path(post, path = "/schedule/sync/callback", tag = "sync", request_body = Brought,
    responses((status = 200, body = Connected), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 422, body = Problem), (status = 502, body = Problem), (status = 503, body = Problem)))]
async fn finish(
    State(app): State<App>,
    caller: Caller,
    Json(brought): Json<Brought>,
) -> Result<axum::Json<Connected>> {
    let provider = meant::provider(&app, &brought.provider)?;
    let account =
        connect::finish(&app.engine, &provider, &brought.state, &brought.code, &session(&caller)).await?;
    // The account is connected, whether its calendars can be listed now or not.
    let offered = links::calendars(&app.engine, account.workspace, account.id).await.unwrap_or_default();
    let main = offered.into_iter().find(|calendar| calendar.primary);
    Ok(axum::Json(Connected {
        success: true,
        account_id: account.id,
        calendar_id: main.map(|calendar| calendar.id.to_string()),
    }))
}

/// Where the provider sends the browser back to. It is sent on to the page of connections, with the account's id in
/// `connected`, or with a sentence in `problem`. A sign-in is ended only in the session that began it.
#[utoipa::path(get, path = "/calendar/sync/{provider}/callback", tag = "sync", security(()),
    params(("provider" = String, Path, description = "where the browser was"),
           ("code" = Option<String>, Query, description = "what was granted"),
           ("state" = Option<String>, Query, description = "which sign-in"),
           ("error" = Option<String>, Query, description = "why nothing was")),
    responses((status = 303, description = "to the page of connections")))]
async fn browser_is_back(
    State(app): State<App>,
    Path(provider): Path<String>,
    caller: Result<Caller, Problem>,
    RawQuery(query): RawQuery,
) -> Response {
    let told = match came_back(&app, &provider, caller, query.as_deref().unwrap_or_default()).await {
        Ok(account) => format!("connected={}", account.id),
        Err(problem) => format!("problem={}", encoded(problem.detail())),
    };
    let base = app.settings.public_url.path().trim_end_matches('/');
    (StatusCode::SEE_OTHER, [(header::LOCATION, format!("{base}/connections?{told}"))]).into_response()
}

async fn came_back(
    app: &App,
    provider: &str,
    caller: Result<Caller, Problem>,
    query: &str,
) -> Result<Account> {
    let refused = |why: String| Problem::new(StatusCode::BAD_REQUEST, "not_connected", why);
    let caller = caller.map_err(|_| {
        refused("nobody is signed in here; sign in, then connect the account again".to_owned())
    })?;
    let provider = meant::provider(app, provider)?;
    let word = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, word)| word.into_owned())
    };
    let code = match (word("code"), word("error").as_deref()) {
        (Some(code), None) => code,
        (_, Some("access_denied")) => {
            return Err(refused(format!(
                "access was not granted at {}; nothing was connected",
                provider.title()
            )));
        }
        // What a query says is not put before people in our name.
        _ => {
            return Err(refused(format!(
                "{} did not let you in; connect the account again",
                provider.title()
            )));
        }
    };
    let state = word("state").unwrap_or_default();
    Ok(connect::finish(&app.engine, &provider, &state, &code, &session(&caller)).await?)
}

/// Text for a query, with every sign of it that means something there percent-encoded.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_comes_back_to_the_documented_address() {
        let check = |public: &str, expected: &str| {
            assert_eq!(address(&public.parse().unwrap(), &"google".into()).as_str(), expected);
        };
        check("https://a.test", "https://a.test/api/calendar/sync/google/callback");
        check("https://a.test/x/", "https://a.test/x/api/calendar/sync/google/callback");
    }

    #[test]
    fn a_sentence_stays_one_in_a_query() {
        assert_eq!(encoded("a+b & c=\"d\"\r\nx: y"), "a%2Bb%20%26%20c%3D%22d%22%0D%0Ax%3A%20y");
    }
}

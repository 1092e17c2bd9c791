//! Connecting an account: a person's browser goes to the provider and comes back, in the same session (SE-4); or a name and
//! a password, or an address, are handed over.

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use concord_engine::{Error, connect, links};
use concord_model::{AccountId, ProviderId};
use concord_providers::Answer;
use concord_providers::called::Titled;
use concord_providers::provider::{Entrance, Login};
use concord_store::accounts::Account;
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{accounts, meant};
use crate::app::App;
use crate::extract::{Json, Path};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::signin::caller::Way;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(finish)).routes(routes!(browser_is_back))
}

/// Where to sign in, and with what.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wish {
    #[schema(example = "google")]
    provider: String,
    /// Where the provider sends the browser back to. There is one address, and it has to be exactly that:
    /// `PUBLIC_URL/api/calendar/sync/PROVIDER/callback`. It need not be said.
    redirect_uri: Option<String>,
    /// With a password: where the server is. A URL, a host or a mail address; from a `username` that is a mail address
    /// it is found.
    server_url: Option<String>,
    /// With a password: the name to sign in with, mostly a mail address.
    username: Option<String>,
    /// With a password: that, or an app-specific one where the service has those. With a token: the token.
    #[schema(format = "password")]
    password: Option<String>,
    /// With an address: that of the feed (`https` or `webcal`). It is kept like a password.
    url: Option<String>,
}

/// What came of it: with a browser, where to sign in; else the account.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum Begun {
    Browser(ToBrowser),
    Entered(Box<Entered>),
}

/// A sign-in that has begun.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ToBrowser {
    /// Where to send the browser.
    auth_url: String,
    /// What comes back with it.
    state: String,
}

/// An account that was connected with a password, a token or an address.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Entered {
    account: accounts::Account,
    /// Its calendars, to choose from.
    calendars: Vec<accounts::Calendar>,
}

/// Connects an account. For a provider that is signed in to with a browser it begins that: send the browser to `authUrl`;
/// it comes back within ten minutes, in the same session. One with a password, a token, or nothing but an address, is
/// connected at once, and its calendars are told. Clients can connect their calendars, too.
#[utoipa::path(post, path = "/schedule/sync/connect", tag = "sync", request_body = Wish,
    responses((status = 200, body = Begun), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 422, body = Problem), (status = 502, body = Problem), (status = 503, body = Problem)))]
async fn begin(State(app): State<App>, caller: Caller, Json(wish): Json<Wish>) -> Result<axum::Json<Begun>> {
    let provider = meant::provider(&app, &wish.provider)?;
    let speaks = app.engine.provider(&provider)?;
    // Whoever has a token of their own needs no browser.
    let entrance = match speaks.entrance() {
        Entrance::Browser if speaks.takes_token() && wish.password.is_some() => Entrance::Token,
        entrance => entrance,
    };
    wish.only_what_is_asked(&provider, entrance)?;
    match entrance {
        Entrance::Browser => browse(&app, &caller, &provider, wish).await,
        Entrance::Password { address } => {
            enter(&app, &caller, &provider, wish.login(address)?, PASSWORD).await
        }
        Entrance::Token => enter(&app, &caller, &provider, wish.token()?, TOKEN).await,
        Entrance::Address => enter(&app, &caller, &provider, wish.address()?, ADDRESS).await,
    }
    .map(axum::Json)
}

/// Which fields bear where the account is, and what lets in.
struct Fields {
    place: &'static str,
    secret: &'static str,
    /// What to tell who is not let in.
    refused: &'static str,
}

const PASSWORD: Fields = Fields {
    place: "serverUrl",
    secret: "password",
    refused: "is not accepted with this name; services with two factors want an app-specific password",
};
const TOKEN: Fields = Fields {
    place: "password",
    secret: "password",
    refused: "is not accepted: copy the token of the connection once more",
};
const ADDRESS: Fields = Fields { place: "url", secret: "url", refused: "is not accepted" };
/// The longest address, name or password that is taken.
const LONGEST: usize = 2000;

impl Wish {
    /// Ends where something is said that this provider does not ask for: it would be meant, and nothing would come of it.
    fn only_what_is_asked(&self, provider: &ProviderId, entrance: Entrance) -> Result<()> {
        let asked: &[&str] = match entrance {
            Entrance::Browser => &["redirectUri"],
            Entrance::Password { .. } => &["serverUrl", "username", "password"],
            Entrance::Token => &["password"],
            Entrance::Address => &["url"],
        };
        let said = [
            ("redirectUri", &self.redirect_uri),
            ("serverUrl", &self.server_url),
            ("username", &self.username),
            ("password", &self.password),
            ("url", &self.url),
        ];
        for (field, value) in said {
            let Some(value) = value else { continue };
            if !asked.contains(&field) {
                let why = format!("is not asked for by {}", provider.title());
                return Err(Problem::invalid(field, why));
            }
            if value.len() > LONGEST {
                return Err(Problem::invalid(field, format!("is longer than {LONGEST} bytes")));
            }
        }
        Ok(())
    }

    fn login(self, address: bool) -> Result<Login> {
        let said = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
        let Some(user) = said(self.username) else {
            return Err(Problem::invalid(
                "username",
                "is missing: the name to sign in with, mostly a mail address",
            ));
        };
        let place = said(self.server_url);
        if address && place.is_none() && !user.contains('@') {
            let why = "is missing: where the server is cannot be found from a name that is no mail address";
            return Err(Problem::invalid("serverUrl", why));
        }
        let Some(password) = self.password.filter(|password| !password.is_empty()) else {
            return Err(Problem::invalid("password", "is missing"));
        };
        // Whoever asks here may not send us into the network that we stand in (SE-3).
        Ok(Login { user: user.trim().to_owned(), secret: password.into(), address: place, trusted: false })
    }

    fn token(self) -> Result<Login> {
        let Some(token) = self.password.filter(|token| !token.trim().is_empty()) else {
            return Err(Problem::invalid("password", "is missing: the token of the connection"));
        };
        Ok(Login { trusted: false, ..Login::token(token.trim()) })
    }

    fn address(self) -> Result<Login> {
        let Some(url) = self.url.filter(|url| !url.trim().is_empty()) else {
            return Err(Problem::invalid("url", "is missing: the address of the feed"));
        };
        Ok(Login { trusted: false, ..Login::token(url.trim()) })
    }
}

/// Begins a sign-in with a browser.
async fn browse(app: &App, caller: &Caller, provider: &ProviderId, wish: Wish) -> Result<Begun> {
    let redirect = address(&app.settings.public_url, provider);
    if wish.redirect_uri.is_some_and(|given| given != redirect.as_str()) {
        return Err(Problem::invalid("redirectUri", format!("has to be exactly {redirect}")));
    }
    let (workspace, user) = (caller.workspace(), caller.user.id);
    let started = connect::begin(&app.engine, workspace, user, provider, redirect, &session(caller)).await?;
    Ok(Begun::Browser(ToBrowser { auth_url: started.url.to_string(), state: started.state }))
}

/// Connects an account with what was handed over. What is wrong with it is told with its field.
async fn enter(
    app: &App,
    caller: &Caller,
    provider: &ProviderId,
    login: Login,
    fields: Fields,
) -> Result<Begun> {
    let (engine, workspace) = (&app.engine, caller.workspace());
    let entered = connect::add(engine, workspace, caller.user.id, provider, login, None).await;
    let account = entered.map_err(|error| match error {
        Error::Provider { answer: Answer::SignInExpired, .. } => {
            Problem::invalid(fields.secret, fields.refused)
        }
        Error::Provider { answer: Answer::Misconfigured { why } | Answer::AccessRevoked { why }, .. } => {
            Problem::invalid(fields.place, why)
        }
        error @ Error::Provider { .. } => Problem::from(error).about(fields.place),
        other => other.into(),
    })?;
    // The account is connected, whether its calendars can be listed now or not.
    let offered = links::calendars(engine, workspace, account.id).await.unwrap_or_default();
    let mut tx = engine.store.read().await?;
    let linked = meant::all_links(&mut tx, caller).await?;
    let calendars =
        offered.into_iter().map(|calendar| accounts::Calendar::of(calendar, account.id, &linked)).collect();
    let account =
        accounts::Account::of(&app.engine, account, &linked).ok_or_else(|| Problem::not_found("account"))?;
    Ok(Begun::Entered(Box::new(Entered { account, calendars })))
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

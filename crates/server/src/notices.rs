//! Notices of providers: "something changed". They come without a sign-in and show the secret of their channel. They are
//! acknowledged at once, and carry no truth but "look again" (WH-1, I-31).

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use concord_engine::channels;
use concord_providers::called::{self, Titled};
use http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, StatusCode};
use tracing::warn;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::extract::Path;
use crate::problem::{Problem, Result};

/// More notices than a provider puts into one request.
const MOST_NOTICES: usize = 1000;
/// Longer than any question by which a provider tries out the address.
const LONGEST_QUESTION: usize = 4096;

/// The routes, without prefix.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(notice))
}

/// A notice of a provider that something has changed in a calendar that is watched.
#[utoipa::path(post, path = "/calendar/webhook/{provider}", tag = "notices", security(()),
    params(("provider" = String, Path, description = "from whom")), request_body(content = String, content_type = "*/*"),
    responses((status = 200, description = "the answer to a provider that tries out the address", body = String, content_type = "text/plain"),
              (status = 204, description = "heard"), (status = 403, body = Problem, description = "of no channel of ours"),
              (status = 404, body = Problem)))]
async fn notice(
    State(app): State<App>,
    Path(provider): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let asks = query.filter(|query| query.len() <= LONGEST_QUESTION);
    let speaks = app.engine.providers.get(&called::meant(&provider));
    if let Some(answer) = asks.and_then(|query| speaks?.handshake(&query)) {
        // Whoever asks decides what is said here: no browser may take it for a page.
        let plain = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
        return Ok((plain, answer).into_response());
    }
    heard(&app, &provider, &headers, &body).await.map(IntoResponse::into_response)
}

/// Takes in a notice.
pub(crate) async fn heard(app: &App, provider: &str, headers: &HeaderMap, body: &[u8]) -> Result<StatusCode> {
    let id = called::meant(provider);
    let Some(speaks) = app.engine.providers.get(&id) else { return Err(Problem::not_found("provider")) };
    if let Some(token) = speaks.introduction(body) {
        // Anybody can send it: whoever did so at the provider knows it there again.
        warn!(
            "{} introduces itself for notices with the token {token}: if it was you who asked for that, bring it back there \
             and set it as the verification token (docs/{id}.md)",
            id.title()
        );
        return Ok(StatusCode::NO_CONTENT);
    }
    let mut genuine = false;
    for calendar in speaks.signed(headers, body).iter().take(MOST_NOTICES) {
        genuine = true;
        channels::spoken_of(&app.engine, &id, calendar).await?;
    }
    for notice in speaks.notices(headers, body).iter().take(MOST_NOTICES) {
        genuine |= channels::noticed(&app.engine, notice).await?;
    }
    if genuine {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::forbidden("this is no notice of a channel that is open here"))
}

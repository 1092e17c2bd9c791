//! Notices of providers: "something changed". They come without a sign-in and show the secret of their channel. They are
//! acknowledged at once, and carry no truth but "look again" (WH-1, I-31).

use axum::body::Bytes;
use axum::extract::State;
use concord_engine::channels;
use concord_model::ProviderId;
use http::{HeaderMap, StatusCode};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::extract::Path;
use crate::problem::{Problem, Result};

/// The routes, without prefix.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(notice))
}

/// A notice of a provider that something has changed in a calendar that is watched.
#[utoipa::path(post, path = "/calendar/webhook/{provider}", tag = "notices", security(()),
    params(("provider" = String, Path, description = "from whom")), request_body(content = String, content_type = "*/*"),
    responses((status = 204, description = "heard"), (status = 403, body = Problem, description = "of no channel of ours"),
              (status = 404, body = Problem)))]
async fn notice(
    State(app): State<App>,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode> {
    heard(&app, &provider, &headers, &body).await
}

/// Takes in a notice.
pub(crate) async fn heard(app: &App, provider: &str, headers: &HeaderMap, body: &[u8]) -> Result<StatusCode> {
    let id = ProviderId::from(provider);
    let Some(speaks) = app.engine.providers.get(&id) else { return Err(Problem::not_found("provider")) };
    let genuine = match speaks.notice(headers, body) {
        Some(notice) => channels::noticed(&app.engine, &notice).await?,
        None => false,
    };
    if genuine {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::forbidden("this is no notice of a channel that is open here"))
}

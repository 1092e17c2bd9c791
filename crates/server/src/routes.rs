//! All routes, with what surrounds every request: limits, headers, and who may send what from where.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderName, HeaderValue, StatusCode, header};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::App;
use crate::extract::BODY_LIMIT;
use crate::openapi::Frame;
use crate::problem::Problem;
use crate::{api, live, metrics, notices, pages, published};

/// How long a request may take. Some wait for a provider because a person asked for that.
const PATIENCE: Duration = Duration::from_secs(90);

/// Everything that answers under `/api`.
fn described_routes() -> OpenApiRouter<App> {
    let timed = api::routes()
        .merge(notices::routes())
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, PATIENCE));
    timed.merge(OpenApiRouter::new().routes(routes!(live::stream)))
}

/// The description of the API.
pub(crate) fn described() -> utoipa::openapi::OpenApi {
    let whole = OpenApiRouter::<App>::with_openapi(Frame::openapi()).nest("/api/v1", described_routes());
    whole.into_openapi()
}

/// All of it.
pub fn router(app: App) -> Router {
    let routes = || {
        let (routes, _) = described_routes().split_for_parts();
        routes.fallback(nothing_here).method_not_allowed_fallback(not_so)
    };
    let docs = SwaggerUi::new("/api/docs").config(Config::from("/api/openapi.json"));
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let id = HeaderName::from_static("x-request-id");
    Router::new()
        .route("/healthz", get(|| async { "alive" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::metrics))
        .route("/api/openapi.json", get(description))
        .route("/feeds/{file}", get(published::file))
        .merge(docs)
        .nest("/api/v1", routes())
        .nest("/api", routes())
        .fallback(get(pages::file))
        // From the inside out.
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(CsrfLayer::new().with_rejection_response(|_: ProtectionError| foreign()))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
        .layer(fixed(header::REFERRER_POLICY, "same-origin"))
        .layer(fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(fixed(header::CACHE_CONTROL, "no-store"))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(app.clone(), metrics::count))
        .layer(PropagateRequestIdLayer::new(id.clone()))
        .layer(SetRequestIdLayer::new(id, MakeRequestUuid))
        .with_state(app)
}

/// What a process that only syncs answers: how it is.
pub fn health(app: App) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::metrics))
        .fallback(nothing_here)
        .with_state(app)
}

async fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], crate::openapi::document()).into_response()
}

/// Whether requests can be answered: the database is there, with the tables that we know.
async fn ready(State(app): State<App>) -> Response {
    let read = async {
        let mut tx = app.engine.store.read().await?;
        concord_store::workspaces::default(&mut tx).await
    };
    match read.await {
        Ok(_) => "ready".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be reached").into_response(),
    }
}

async fn nothing_here() -> Problem {
    Problem::not_found("thing at this address")
}

async fn not_so() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address does not take that method",
    )
}

fn foreign() -> Response {
    Problem::new(
        StatusCode::FORBIDDEN,
        "foreign_origin",
        "this request came from another site's page; requests that change something must come from here",
    )
    .into_response()
}

fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request ended in a fault of the program");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "something went wrong on our side; nothing was changed. Try again, and tell your operator if it stays",
    )
    .into_response()
}

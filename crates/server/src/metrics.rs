//! What operators count (MO-5): requests as they come, and how things stand when somebody looks.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use concord_store::links::{self, LinkState};
use concord_store::{mappings, workspaces};
use http::header;
use metrics::{counter, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

use crate::app::App;
use crate::problem::Result;
use crate::signin::Caller;

/// A recorder of this server's own.
pub(crate) fn recorder() -> PrometheusRecorder {
    let buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    let builder = PrometheusBuilder::new();
    match builder.set_buckets(&buckets) {
        Ok(builder) => builder.build_recorder(),
        // Refused only for an empty list.
        Err(_) => PrometheusBuilder::new().build_recorder(),
    }
}

/// Counts a request and how long it took, by its route: never by its address, which names things.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a request takes is measured in real time, and decides nothing"
)]
pub(crate) async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().to_string();
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    with_local_recorder(&*app.counted, || {
        counter!("concord_http_requests_total", "route" => route.clone(), "method" => method, "status" => status)
            .increment(1);
        histogram!("concord_http_request_seconds", "route" => route).record(began.elapsed().as_secs_f64());
    });
    response
}

/// How things stand, for Prometheus. For administrators, and for keys with the scope `admin`.
pub(crate) async fn metrics(State(app): State<App>, caller: Caller) -> Result<Response> {
    caller.admin()?;
    let mut tx = app.engine.store.read().await?;
    let now = app.engine.now();
    let (mut states, mut pending, mut refused, mut oldest) = ([0_u32; 4], 0, 0, 0.0_f64);
    for workspace in workspaces::list(&mut tx).await? {
        for link in links::list(&mut tx, workspace.id).await? {
            let place = match link.state {
                LinkState::Active => 0,
                LinkState::Paused => 1,
                LinkState::Stopped { .. } => 2,
                LinkState::Braked { .. } => 3,
                LinkState::Removed { .. } => continue,
            };
            states[place] += 1;
            let counts = mappings::counts(&mut tx, link.id).await?;
            pending += counts.pending;
            refused += counts.errors;
            if let (LinkState::Active, Some(at)) = (&link.state, link.last_success_at) {
                oldest = oldest.max(now.duration_since(at).as_secs_f64());
            }
        }
    }
    drop(tx);
    #[expect(clippy::cast_precision_loss, reason = "counts this large are told roughly")]
    with_local_recorder(&*app.counted, || {
        for (name, count) in ["active", "paused", "stopped", "braked"].into_iter().zip(states) {
            gauge!("concord_links", "state" => name).set(f64::from(count));
        }
        gauge!("concord_pending").set(pending as f64);
        gauge!("concord_refused").set(refused as f64);
        gauge!("concord_oldest_sync_seconds").set(oldest);
    });
    let handle = app.counted.handle();
    handle.run_upkeep();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response())
}

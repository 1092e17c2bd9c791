//! The listener that a browser comes back to after signing in: one path, on this machine only.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Html;
use axum::routing::get;
use concord_model::ProviderId;
use concord_providers::called::Titled;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What a browser brought.
pub(super) struct Callback {
    /// The state it came with.
    pub(super) state: String,
    /// The code, or why there is none.
    pub(super) outcome: Result<String, String>,
    /// What to tell the person in the browser: the account's name, or what went wrong.
    pub(super) page: oneshot::Sender<Result<String, String>>,
}

/// A listener under way.
pub(super) struct Callbacks {
    came: mpsc::Receiver<Callback>,
    over: CancellationToken,
    serving: JoinHandle<()>,
}

impl Callbacks {
    /// The next browser that comes back.
    pub(super) async fn recv(&mut self) -> Option<Callback> {
        self.came.recv().await
    }

    /// Answers what is under way and ends.
    pub(super) async fn finish(self) {
        self.over.cancel();
        // It ends by itself; that it failed would be nobody's loss any more.
        self.serving.await.ok();
    }
}

/// Begins to listen.
pub(super) fn listen(listener: TcpListener, provider: ProviderId) -> Callbacks {
    let (send, came) = mpsc::channel(1);
    let over = CancellationToken::new();
    let router = Router::new().fallback(get(answer)).with_state((send, provider));
    let ended = over.clone();
    let serving = tokio::spawn(async move {
        let served =
            axum::serve(listener, router).with_graceful_shutdown(async move { ended.cancelled().await });
        if let Err(error) = served.await {
            tracing::warn!("the listener for the sign-in ended: {error}");
        }
    });
    Callbacks { came, over, serving }
}

async fn answer(
    State((send, provider)): State<(mpsc::Sender<Callback>, ProviderId)>,
    uri: http::Uri,
    Query(words): Query<BTreeMap<String, String>>,
) -> (http::StatusCode, Html<String>) {
    // A public address may have a path of its own before ours.
    if !uri.path().ends_with(&format!("/api/calendar/sync/{provider}/callback")) {
        return (
            http::StatusCode::NOT_FOUND,
            page("Nothing here", "Only a sign-in comes back to this address."),
        );
    }
    let outcome = match (words.get("code"), words.get("error").map(String::as_str)) {
        (Some(code), _) => Ok(code.clone()),
        (None, Some("access_denied")) => {
            Err(format!("access was not granted at {}; nothing was connected", provider.title()))
        }
        (None, Some(error)) => Err(format!("{} refused the sign-in: {}", provider.title(), plain(error))),
        (None, None) => {
            Err(format!("{} sent the browser back without an answer; begin again", provider.title()))
        }
    };
    let (told, tell) = oneshot::channel();
    let callback = Callback { state: words.get("state").cloned().unwrap_or_default(), outcome, page: told };
    if send.send(callback).await.is_err() {
        return (
            http::StatusCode::GONE,
            page("Too late", "Nobody waits for this sign-in any more. Begin again."),
        );
    }
    match tell.await {
        Ok(Ok(name)) => {
            let text = format!("{} is connected. You can close this page.", escape(&name));
            (http::StatusCode::OK, page("Connected", &text))
        }
        Ok(Err(why)) => (http::StatusCode::BAD_REQUEST, page("Not connected", &escape(&why))),
        Err(_) => {
            (http::StatusCode::GONE, page("Too late", "Nobody waits for this sign-in any more. Begin again."))
        }
    }
}

fn page(title: &str, text: &str) -> Html<String> {
    Html(format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} – Concord</title><body style=\"font:16px/1.5 system-ui;max-width:32rem;margin:4rem auto;\
         padding:0 1rem\"><h1>{title}</h1><p>{text}</p></body></html>"
    ))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A word from a URL, fit to be printed.
fn plain(word: &str) -> String {
    word.chars().filter(char::is_ascii_graphic).take(80).collect()
}

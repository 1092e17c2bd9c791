//! What every open screen hears (UI-8): "look again", as soon as something of theirs has changed.
//!
//! One task reads the store's changes and tells all listeners of this process. Whoever comes back says what they heard
//! last, and hears the rest; whoever was away for too long is told to look at everything.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use concord_store::Store;
use concord_store::changes::{self, Change, Kind};
use futures_util::{Stream, StreamExt, stream};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, error::RecvError};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::extract::{Query, from_text};
use crate::problem::{Problem, Result};
use crate::signin::Caller;

/// How often other processes' changes are looked for. Those of this process are heard at once.
const LOOK: Duration = Duration::from_millis(300);
/// How long after something was told the next is told: what happens meanwhile is told together.
const BREATH: Duration = Duration::from_millis(100);
/// Who would hear of more things than this at once is told to look at everything.
const MANY: usize = 20;
/// How many changes are read at once.
const PAGE: u32 = 1_000;
/// How many pages a listener may be behind.
const BEHIND: usize = 64;
/// How long a stream lasts; the browser then comes back, and has to show that it still may.
const LIFE: Duration = Duration::from_secs(30 * 60);

type Heard = Arc<Vec<Change>>;

/// What every open screen hears.
#[derive(Clone)]
pub struct Live {
    store: Store,
    told: broadcast::Sender<Heard>,
}

impl Live {
    pub(crate) fn new(store: Store) -> Live {
        Live { store, told: broadcast::Sender::new(BEHIND) }
    }

    /// Tells listeners what changes, until it is dropped.
    pub async fn run(&self) -> Infallible {
        let mut changed = self.store.changed();
        let mut heard: Option<i64> = None;
        loop {
            changed.mark_unchanged();
            match self.news(&mut heard).await {
                Ok(news) if news.is_empty() => {}
                Ok(news) => {
                    // Nobody listens: then nobody has to be told.
                    let _ = self.told.send(Arc::new(news));
                    pause(BREATH).await;
                    continue;
                }
                Err(error) => {
                    tracing::warn!("what changed could not be read; listeners hear of it later: {error}");
                }
            }
            tokio::select! {
                _ = changed.changed() => {}
                () = pause(LOOK) => {}
            }
        }
    }

    async fn news(&self, heard: &mut Option<i64>) -> Result<Vec<Change>, concord_store::Error> {
        let mut tx = self.store.read().await?;
        let from = match *heard {
            Some(seq) => seq,
            None => changes::kept(&mut tx).await?.1,
        };
        let news = changes::since(&mut tx, from, PAGE).await?;
        *heard = Some(news.last().map_or(from, |change| change.seq));
        Ok(news)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a stream waits in real time; what it tells does not depend on it"
)]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Something changed: look again.
#[derive(Serialize, ToSchema)]
struct Message {
    /// `event`, `link`, `conflict`, `account`, or `everything`.
    #[schema(value_type = String)]
    kind: Kind,
    /// Which; missing where it is everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
}

/// Where to go on.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Resume {
    /// What was heard last. Browsers say it by themselves, with the header `Last-Event-ID`.
    #[serde(default, deserialize_with = "from_text")]
    last_event_id: Option<i64>,
}

/// A stream of server-sent events: `event: change`, each with an id to resume from. A message carries no data but what
/// to look at again.
#[utoipa::path(get, path = "/events/stream", tag = "live", params(Resume,
        ("Last-Event-ID" = Option<String>, Header, description = "what was heard last")),
    responses((status = 200, content_type = "text/event-stream", body = Message), (status = 401, body = Problem)))]
pub(crate) async fn stream(
    State(app): State<App>,
    caller: Caller,
    Query(resume): Query<Resume>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let last = last.or(resume.last_event_id);
    // Listening begins before the past is read, so that nothing falls between.
    let listening = app.live.told.subscribe();
    let mut tx = app.engine.store.read().await?;
    let (first, end) = changes::kept(&mut tx).await?;
    let mut begin =
        vec![Event::default().event("hello").id(end.to_string()).retry(Duration::from_secs(1)).data("{}")];
    match last {
        // A number that was never given is from before a restore.
        Some(last) if last < first - 1 || last > end => begin.push(everything(end)),
        Some(last) => {
            let missed = changes::since(&mut tx, last, PAGE).await?;
            if missed.len() as u64 == u64::from(PAGE) {
                begin.push(everything(end));
            } else {
                begin.extend(messages(&missed, &caller, last));
            }
        }
        None => {}
    }
    drop(tx);
    let news = stream::unfold((listening, end), move |(mut listening, mut heard)| {
        let caller = caller.clone();
        async move {
            let told = match listening.recv().await {
                Ok(news) => {
                    let told = messages(&news, &caller, heard);
                    heard = news.last().map_or(heard, |change| change.seq.max(heard));
                    told
                }
                Err(RecvError::Lagged(_)) => vec![everything(heard)],
                Err(RecvError::Closed) => return None,
            };
            Some((stream::iter(told), (listening, heard)))
        }
    });
    let over = {
        let stop = app.stop.clone();
        async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = pause(LIFE) => {}
            }
        }
    };
    let all = stream::iter(begin).chain(news.flatten()).take_until(Box::pin(over)).map(Ok);
    Ok(Sse::new(Box::pin(all)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// What a caller hears of these changes, each thing once.
fn messages(changes: &[Change], caller: &Caller, heard: i64) -> Vec<Event> {
    let mut told: Vec<(Kind, Uuid, i64)> = Vec::new();
    for change in changes {
        let theirs = change.workspace == caller.workspace() && caller.owns(change.user);
        if !theirs || change.seq <= heard {
            continue;
        }
        told.retain(|(kind, subject, _)| (*kind, *subject) != (change.kind, change.subject));
        told.push((change.kind, change.subject, change.seq));
    }
    if told.len() > MANY {
        return told.last().map(|(_, _, seq)| everything(*seq)).into_iter().collect();
    }
    told.into_iter().map(|(kind, subject, seq)| message(kind, subject, seq)).collect()
}

fn message(kind: Kind, subject: Uuid, seq: i64) -> Event {
    let id = (kind != Kind::Everything).then_some(subject);
    let data = serde_json::to_string(&Message { kind, id }).unwrap_or_default();
    Event::default().event("change").id(seq.to_string()).data(data)
}

fn everything(seq: i64) -> Event {
    message(Kind::Everything, Uuid::nil(), seq)
}

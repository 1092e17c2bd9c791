//! What every open screen hears (UI-8): "look again", as soon as something of theirs has changed.
//!
//! One task reads the store's changes and tells all listeners of this process. Whoever comes back says what they heard
//! last, and hears the rest; whoever was away for too long is told to look at everything.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use concord_model::{UserId, WorkspaceId};
use concord_store::Store;
use concord_store::changes::{self, Change, Kind};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, error::RecvError};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::extract::{Query, from_text};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

/// How often other processes' changes are looked for. Those of this process are heard at once.
const LOOK: Duration = Duration::from_millis(300);
/// How long after something was told the next is told, at least and at most: what happens meanwhile is told together.
const BREATH: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));
/// How much longer for each listener, so that telling a thousand leaves the time to answer requests.
const BREATH_EACH: Duration = Duration::from_micros(500);
/// How often a listener is told that the line is open.
const PULSE: Duration = Duration::from_secs(15);
/// Who would hear of more things than this at once is told to look at everything.
const MANY: usize = 20;
/// How many changes are read at once.
const PAGE: u32 = 1_000;
/// How many pages a listener may be behind.
const BEHIND: usize = 64;
/// How long a stream lasts; the browser then comes back, and has to show that it still may.
const LIFE: Duration = Duration::from_secs(30 * 60);

/// What every open screen hears.
#[derive(Clone)]
pub struct Live {
    store: Store,
    told: broadcast::Sender<Told>,
}

#[derive(Clone)]
enum Told {
    News(Arc<News>),
    /// The line is open.
    Pulse,
}

/// What has changed. It is put into words once for all who hear the same of it.
struct News {
    changes: Vec<Change>,
    written: Mutex<BTreeMap<Ears, Bytes>>,
}

/// Of whose things somebody hears.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ears {
    workspace: WorkspaceId,
    /// Theirs only; all of the workspace for administrators.
    user: Option<UserId>,
}

impl Ears {
    fn of(caller: &Caller) -> Ears {
        Ears { workspace: caller.workspace(), user: (!caller.is_admin()).then_some(caller.user.id) }
    }

    fn hear(&self, change: &Change) -> bool {
        change.workspace == self.workspace && self.user.is_none_or(|user| user == change.user)
    }
}

impl News {
    fn of(changes: Vec<Change>) -> News {
        News { changes, written: Mutex::default() }
    }

    /// What these ears hear of it that have heard all up to that number.
    fn told(&self, ears: Ears, heard: i64) -> Bytes {
        if self.changes.first().is_some_and(|change| change.seq <= heard) {
            return messages(&self.changes, ears, heard).into();
        }
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        written.entry(ears).or_insert_with(|| messages(&self.changes, ears, heard).into()).clone()
    }
}

impl Live {
    pub(crate) fn new(store: Store) -> Live {
        Live { store, told: broadcast::Sender::new(BEHIND) }
    }

    /// Tells listeners what changes, until it is dropped.
    pub async fn run(&self) -> Infallible {
        tokio::select! {
            never = self.tell() => never,
            never = self.pulse() => never,
        }
    }

    async fn tell(&self) -> Infallible {
        let mut changed = self.store.changed();
        let mut heard: Option<i64> = None;
        loop {
            changed.mark_unchanged();
            match self.news(&mut heard).await {
                Ok(news) if news.is_empty() => {}
                Ok(news) => {
                    // Nobody listens: then nobody has to be told.
                    let _ = self.told.send(Told::News(Arc::new(News::of(news))));
                    pause(breath(self.told.receiver_count())).await;
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

    async fn pulse(&self) -> Infallible {
        loop {
            pause(PULSE).await;
            let _ = self.told.send(Told::Pulse);
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

fn breath(listeners: usize) -> Duration {
    let more = BREATH_EACH.saturating_mul(u32::try_from(listeners).unwrap_or(u32::MAX));
    (BREATH.0 + more).min(BREATH.1)
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
    #[schema(value_type = words::ChangeKind)]
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
) -> Result<Response> {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let last = last.or(resume.last_event_id);
    let ears = Ears::of(&caller);
    // Listening begins before the past is read, so that nothing falls between.
    let listening = app.live.told.subscribe();
    let mut tx = app.engine.store.read().await?;
    let (first, end) = changes::kept(&mut tx).await?;
    let mut begin = format!("event: hello\nid: {end}\nretry: 1000\ndata: {{}}\n\n");
    match last {
        // A number that was never given is from before a restore.
        Some(last) if last < first - 1 || last > end => begin.push_str(&everything(end)),
        Some(last) => {
            let missed = changes::since(&mut tx, last, PAGE).await?;
            if missed.len() as u64 == u64::from(PAGE) {
                begin.push_str(&everything(end));
            } else {
                begin.push_str(&messages(&missed, ears, last));
            }
        }
        None => {}
    }
    drop(tx);
    let news = stream::unfold((listening, end), move |(mut listening, mut heard)| async move {
        loop {
            let told = match listening.recv().await {
                Ok(Told::News(news)) => {
                    let told = news.told(ears, heard);
                    heard = news.changes.last().map_or(heard, |change| change.seq.max(heard));
                    told
                }
                Ok(Told::Pulse) => Bytes::from_static(b":\n\n"),
                Err(RecvError::Lagged(_)) => everything(heard).into(),
                Err(RecvError::Closed) => return None,
            };
            if !told.is_empty() {
                return Some((told, (listening, heard)));
            }
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
    let begin = stream::once(async move { Bytes::from(begin) });
    let all = begin.chain(news).take_until(Box::pin(over)).map(Ok::<_, Infallible>);
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, Body::from_stream(all)).into_response())
}

/// What these ears hear of these changes, each thing once.
fn messages(changes: &[Change], ears: Ears, heard: i64) -> String {
    let mut told: BTreeMap<(Kind, Uuid), i64> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.seq > heard && ears.hear(change)) {
        told.insert((change.kind, change.subject), change.seq);
    }
    let mut told: Vec<_> = told.into_iter().map(|((kind, subject), seq)| (seq, kind, subject)).collect();
    told.sort_unstable();
    if told.len() > MANY {
        return told.last().map(|(seq, ..)| everything(*seq)).unwrap_or_default();
    }
    told.into_iter().map(|(seq, kind, subject)| message(kind, subject, seq)).collect()
}

fn message(kind: Kind, subject: Uuid, seq: i64) -> String {
    let id = (kind != Kind::Everything).then_some(subject);
    let data = serde_json::to_string(&Message { kind, id }).unwrap_or_default();
    format!("event: change\nid: {seq}\ndata: {data}\n\n")
}

fn everything(seq: i64) -> String {
    message(Kind::Everything, Uuid::nil(), seq)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(seq: i64, user: u128) -> Change {
        let workspace = Uuid::from_u128(1).into();
        Change {
            seq,
            workspace,
            user: Uuid::from_u128(user).into(),
            kind: Kind::Event,
            subject: Uuid::from_u128(9),
        }
    }

    fn ears(user: Option<u128>) -> Ears {
        let user = user.map(|user| Uuid::from_u128(user).into());
        Ears { workspace: Uuid::from_u128(1).into(), user }
    }

    #[test]
    fn a_thing_that_changed_often_is_told_once_to_whom_it_concerns() {
        let news = News::of(vec![change(5, 1), change(6, 1), change(7, 2)]);
        let told = |ears, heard| {
            let text = String::from_utf8(news.told(ears, heard).to_vec()).unwrap();
            text.lines().filter_map(|line| line.strip_prefix("id: ")).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(told(ears(Some(1)), 4), ["6"]);
        assert_eq!(told(ears(Some(2)), 4), ["7"]);
        assert_eq!(told(ears(Some(2)), 7), Vec::<String>::new());
        assert_eq!(told(ears(None), 4), ["7"]);
    }

    #[test]
    fn who_hears_the_same_is_told_in_words_that_are_put_together_once() {
        let news = News::of(vec![change(5, 1)]);
        let told = || news.told(ears(None), 4).as_ptr();
        assert_eq!(told(), told());
    }

    #[test]
    fn the_more_listen_the_longer_is_the_breath() {
        assert_eq!([0, 1_000, 100_000].map(|count| breath(count).as_millis()), [100, 600, 1_000]);
    }
}

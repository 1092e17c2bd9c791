//! The care of push channels, a person's all at once or one link's: how they are, what they are worth, and to stop, open
//! anew, verify, test and mend them (WH-3).

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use concord_engine::channels::measured::{self, Runs};
use concord_engine::channels::mend::{self, Health as Found};
use concord_engine::channels::trial::{self, Trial};
use concord_engine::error::Error;
use concord_model::{LinkId, UserId};
use concord_store::channels::ChannelState;
use concord_store::links::{self, Link, LinkState};
use concord_store::users;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::app::App;
use crate::extract::{Path, Query, from_text};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

/// How long a test waits for notices, unless said otherwise, and at most.
const PATIENCE: (u64, u64) = (30, 60);
/// Where the calendar was busy all that time.
const WAITED: &str =
    "the calendar was being synced all the while, and the event could not be written; test it in a moment";
/// How often it looks whether they have come.
const LOOK: Duration = Duration::from_millis(100);

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(metrics))
        .routes(routes!(verify))
        .routes(routes!(stop))
        .routes(routes!(recreate))
        .routes(routes!(mend_all))
        .routes(routes!(test))
}

/// Which of a person's calendars.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only that one.
    link_id: Option<Uuid>,
}

/// Which calendars to test.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Tested {
    /// Only that one.
    link_id: Option<Uuid>,
    /// How many seconds to wait for a notice: 30, unless said otherwise, and 60 at most.
    #[serde(default, deserialize_with = "from_text")]
    seconds: Option<u64>,
}

/// How a person's calendars stand with notices.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChannelsHealth {
    #[schema(value_type = Uuid)]
    user_id: UserId,
    /// The worst of them; `none` where nothing is linked.
    #[schema(value_type = words::WebhookStatus)]
    webhook_status: &'static str,
    items: Vec<ChannelHealth>,
    /// What is wrong, in sentences.
    issues: Vec<String>,
}

/// How one calendar stands with notices.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChannelHealth {
    #[schema(value_type = Uuid)]
    link_id: LinkId,
    #[schema(example = "outlook")]
    provider: String,
    /// The calendar's name.
    calendar: String,
    /// `open`: changes are told at once. `opening`. `polled`: it is not asked to tell, the calendar is looked at from time to
    /// time. `silent`: it should tell, and did not. `refused`: it should tell, and refuses to.
    #[schema(value_type = words::ChannelStatus)]
    status: &'static str,
    /// The same in a sentence, with the reason.
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    opened_at: Option<Timestamp>,
    /// When it ends, unless it is renewed before, as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_notice_at: Option<Timestamp>,
    /// How often it told of something.
    notices: i64,
    /// How often something was found since of which it had not told.
    missed: i64,
    /// Whether the provider says that the channel is open there; missing where it was not asked or does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_provider: Option<bool>,
    /// Why what was asked could not be done for this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What was wrong with a person's channels, and what was done.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChannelsMended {
    items: Vec<ChannelMended>,
}

/// What was wrong with one, and what was done.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChannelMended {
    /// What was found, in sentences; empty where nothing is wrong.
    found: Vec<String>,
    /// What was done about it.
    done: Vec<String>,
    /// How it is now.
    now: ChannelHealth,
}

/// What tests of a person's channels came to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChannelsTested {
    /// Whether all that could be tested passed; false where nothing could.
    passed: bool,
    items: Vec<ChannelTested>,
}

/// What a test came to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChannelTested {
    #[schema(value_type = Uuid)]
    link_id: LinkId,
    calendar: String,
    /// `passed`, `failed`, or `untested` where there is no channel to test or nothing may be written.
    #[schema(value_type = words::TestResult)]
    result: &'static str,
    /// What happened, in a sentence.
    detail: String,
    /// How long after the event was sent its notice came.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<i64>,
}

/// What a person's notices are worth, in figures of the last two weeks.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChannelMetrics {
    #[schema(value_type = Uuid)]
    user_id: UserId,
    /// How many genuine notices came by the channels that are known.
    notices: u64,
    /// How often something was found of which an open channel had not told.
    missed: u64,
    /// How many runs notices caused.
    runs: u64,
    failed: u64,
    /// How many of a hundred did not fail; missing where there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    success_rate: Option<u64>,
    /// How long such a run took on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    average_ms: Option<i64>,
    /// What went wrong, the most frequent first.
    errors: Vec<ErrorPattern>,
    /// Day by day, by UTC; days without any are left out.
    trend: Vec<TrendDay>,
}

/// Something that went wrong.
#[derive(Serialize, ToSchema)]
struct ErrorPattern {
    what: String,
    /// How often.
    count: u64,
}

/// What notices of one day came to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TrendDay {
    #[schema(value_type = String, format = Date)]
    date: String,
    runs: u64,
    failed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    average_ms: Option<i64>,
}

/// The links of a person that are meant, if whoever asks may know of them.
async fn meant(app: &App, caller: &Caller, user: Uuid, only: Option<Uuid>) -> Result<(UserId, Vec<Link>)> {
    let user = UserId(user);
    caller.own(user, "user")?;
    let mut tx = app.engine.store.read().await?;
    users::get(&mut tx, caller.workspace(), user).await.map_err(|_| Problem::not_found("user"))?;
    let mut all = links::list_user(&mut tx, caller.workspace(), user).await?;
    all.retain(|link| !matches!(link.state, LinkState::Removed { .. }));
    all.retain(|link| only.is_none_or(|only| link.id == LinkId(only)));
    if only.is_some() && all.is_empty() {
        return Err(Problem::not_found("link"));
    }
    Ok((user, all))
}

impl ChannelHealth {
    fn of(link: &Link, found: Found) -> ChannelHealth {
        let channel = found.channel.as_ref().filter(|channel| channel.state != ChannelState::Stopped);
        let open = channel.filter(|channel| channel.state == ChannelState::Open);
        ChannelHealth {
            link_id: link.id,
            provider: link.provider.to_string(),
            calendar: link.name.clone(),
            status: found.standing.word(),
            detail: found.standing.to_string(),
            opened_at: open.map(|channel| channel.opened_at),
            ends_at: open.and_then(|channel| channel.ends_at),
            last_notice_at: channel.and_then(|channel| channel.last_notice_at),
            notices: channel.map_or(0, |channel| channel.notices),
            missed: channel.map_or(0, |channel| channel.missed),
            at_provider: found.there,
            error: None,
        }
    }

    /// How it is, though what was asked could not be done. `None`: it was disconnected meanwhile.
    async fn in_spite_of(app: &App, link: &Link, error: Error) -> Result<Option<ChannelHealth>> {
        if let Error::Store(error) = error {
            return Err(error.into());
        }
        let found = mend::health(&app.engine, link).await?;
        let with = |found| ChannelHealth { error: Some(error.to_string()), ..ChannelHealth::of(link, found) };
        Ok(found.map(with))
    }
}

impl ChannelsHealth {
    fn of(user: UserId, items: Vec<ChannelHealth>) -> ChannelsHealth {
        let worst = ["refused", "silent", "opening", "polled", "open"];
        let worst = worst.into_iter().find(|status| items.iter().any(|item| item.status == *status));
        let is_wrong = |item: &&ChannelHealth| {
            ["refused", "silent"].contains(&item.status)
                || item.at_provider == Some(false)
                || item.error.is_some()
        };
        let issue = |item: &ChannelHealth| {
            let gone = item.at_provider == Some(false);
            let what = match &item.error {
                Some(error) => error,
                None if gone => "the provider does not know the channel any more; mend it",
                None => &item.detail,
            };
            format!("{}: {what}", item.calendar)
        };
        let issues = items.iter().filter(is_wrong).map(issue).collect();
        ChannelsHealth { user_id: user, webhook_status: worst.unwrap_or("none"), items, issues }
    }
}

/// What is to be done for each link.
enum Care {
    Verify,
    Stop,
    Recreate,
}

/// Does it, and tells how all stand then. What cannot be done for one link is told with it, and holds up no other.
async fn cared_for(
    app: &App,
    caller: &Caller,
    user: Uuid,
    which: Which,
    care: Care,
) -> Result<axum::Json<ChannelsHealth>> {
    let (user, links) = meant(app, caller, user, which.link_id).await?;
    let mut items = Vec::new();
    for link in &links {
        let done = match care {
            Care::Verify => mend::verify(&app.engine, link).await,
            Care::Stop => mend::stop(&app.engine, link).await,
            Care::Recreate => mend::recreate(&app.engine, link).await,
        };
        match done {
            Ok(found) => items.push(ChannelHealth::of(link, found)),
            Err(error) => items.extend(ChannelHealth::in_spite_of(app, link, error).await?),
        }
    }
    Ok(axum::Json(ChannelsHealth::of(user, items)))
}

/// How the push channels of a person's calendars are, by what is known here.
#[utoipa::path(get, path = "/calendar/webhook/health/{user_id}", tag = "notices",
    params(("user_id" = Uuid, Path, description = "whose"), Which),
    responses((status = 200, body = ChannelsHealth), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn health(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<axum::Json<ChannelsHealth>> {
    let (user, links) = meant(&app, &caller, user, which.link_id).await?;
    let mut items = Vec::new();
    for link in &links {
        let found = mend::health(&app.engine, link).await?;
        items.extend(found.map(|found| ChannelHealth::of(link, found)));
    }
    Ok(axum::Json(ChannelsHealth::of(user, items)))
}

/// The same, and the providers are asked whether the channels are open there, as far as they say.
#[utoipa::path(post, path = "/calendar/webhook/verify/{user_id}", tag = "notices",
    params(("user_id" = Uuid, Path, description = "whose"), Which),
    responses((status = 200, body = ChannelsHealth), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
async fn verify(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<axum::Json<ChannelsHealth>> {
    cared_for(&app, &caller, user, which, Care::Verify).await
}

/// Stops the push channels of a person's calendars: those are looked at from time to time, until channels are opened anew.
#[utoipa::path(post, path = "/calendar/webhook/stop/{user_id}", tag = "notices",
    params(("user_id" = Uuid, Path, description = "whose"), Which),
    responses((status = 200, body = ChannelsHealth), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
async fn stop(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<axum::Json<ChannelsHealth>> {
    cared_for(&app, &caller, user, which, Care::Stop).await
}

/// Opens the push channels of a person's calendars anew, also those that were stopped or refused.
#[utoipa::path(post, path = "/calendar/webhook/recreate/{user_id}", tag = "notices",
    params(("user_id" = Uuid, Path, description = "whose"), Which),
    responses((status = 200, body = ChannelsHealth), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
async fn recreate(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<axum::Json<ChannelsHealth>> {
    cared_for(&app, &caller, user, which, Care::Recreate).await
}

/// Finds what is wrong with the push channels of a person's calendars, mends what can be mended, and says both.
#[utoipa::path(post, path = "/calendar/webhook/auto-fix/{user_id}", tag = "notices",
    params(("user_id" = Uuid, Path, description = "whose"), Which),
    responses((status = 200, body = ChannelsMended), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem)))]
async fn mend_all(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<Uuid>,
    Query(which): Query<Which>,
) -> Result<axum::Json<ChannelsMended>> {
    let (_, links) = meant(&app, &caller, user, which.link_id).await?;
    let mut items = Vec::new();
    for link in &links {
        match mend::mend(&app.engine, link).await {
            Ok(mended) => {
                let now = ChannelHealth::of(link, mended.after);
                items.push(ChannelMended { found: mended.found, done: mended.done, now });
            }
            Err(error) => {
                let now = ChannelHealth::in_spite_of(&app, link, error).await?;
                items.extend(now.map(|now| ChannelMended {
                    found: vec![now.detail.clone()],
                    done: Vec::new(),
                    now,
                }));
            }
        }
    }
    Ok(axum::Json(ChannelsMended { items }))
}

/// Tests the push channels of a person's calendars from end to end: an event that says what it is is made there, the notice
/// about it is awaited, and the event is taken away. The answer comes when all that is done.
#[utoipa::path(post, path = "/calendar/webhook/test/{user_id}", tag = "notices",
    params(("user_id" = Uuid, Path, description = "whose"), Tested),
    responses((status = 200, body = ChannelsTested), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn test(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<Uuid>,
    Query(asked): Query<Tested>,
) -> Result<axum::Json<ChannelsTested>> {
    let seconds = asked.seconds.unwrap_or(PATIENCE.0);
    if !(1..=PATIENCE.1).contains(&seconds) {
        return Err(Problem::invalid("seconds", format!("is not between 1 and {}", PATIENCE.1)));
    }
    let (_, links) = meant(&app, &caller, user, asked.link_id).await?;
    let mut begun: Vec<(Link, Result<Trial, Error>)> = Vec::new();
    for link in links {
        let trial = trial::begin(&app.engine, &link).await;
        begun.push((link, trial));
    }
    let heard = all_heard(&app, &begun, Duration::from_secs(seconds)).await;
    let mut items = Vec::new();
    for (link, trial) in begun {
        let (result, detail, latency_ms) = match trial {
            Err(Error::Store(error)) => return Err(error.into()),
            Err(why) => ("untested", why.to_string(), None),
            Ok(trial) => {
                let at = heard.get(&link.id).copied();
                let there = trial::is_there(&app.engine, &trial).await?;
                if at.is_none() && there {
                    trial::nothing_was_heard(&app.engine, &trial).await?;
                }
                trial::end(&app.engine, &trial).await?;
                match (at, there) {
                    (None, false) => ("untested", WAITED.to_owned(), None),
                    _ => verdict(at, &trial, seconds),
                }
            }
        };
        items.push(ChannelTested { link_id: link.id, calendar: link.name, result, detail, latency_ms });
    }
    let tested = |result| items.iter().any(|item: &ChannelTested| item.result == result);
    Ok(axum::Json(ChannelsTested { passed: tested("passed") && !tested("failed"), items }))
}

fn verdict(at: Option<Timestamp>, trial: &Trial, seconds: u64) -> (&'static str, String, Option<i64>) {
    let Some(at) = at else {
        let why = format!(
            "the event was written there, and no notice of it came within {seconds} seconds; the channel is opened anew if it \
             stays silent"
        );
        return ("failed", why, None);
    };
    let latency = i64::try_from(at.duration_since(trial.since).as_millis()).unwrap_or(i64::MAX);
    ("passed", "the notice of the event came, and the event is gone again".to_owned(), Some(latency))
}

/// When each notice came. Ends as soon as all have.
async fn all_heard(
    app: &App,
    begun: &[(Link, Result<Trial, Error>)],
    patience: Duration,
) -> BTreeMap<LinkId, Timestamp> {
    let mut heard = BTreeMap::new();
    let waiting = async {
        loop {
            let trials = begun.iter().filter_map(|(link, trial)| Some((link.id, trial.as_ref().ok()?)));
            let silent: Vec<_> = trials.filter(|(link, _)| !heard.contains_key(link)).collect();
            if silent.is_empty() {
                return;
            }
            for (link, trial) in silent {
                // What cannot be looked up now is looked up in a moment.
                if let Ok(Some(at)) = trial::heard(&app.engine, trial).await {
                    heard.insert(link, at);
                }
            }
            pause(LOOK).await;
        }
    };
    // Whoever is not heard by then has failed.
    let _ = within(patience, waiting).await;
    heard
}

#[expect(
    clippy::disallowed_methods,
    reason = "a person waits in real time for what a provider does in its own"
)]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

async fn within<T>(time: Duration, what: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(time, what).await.ok()
}

/// What a person's notices are worth: how many came, how often and how fast what they told was brought in, what went wrong.
#[utoipa::path(get, path = "/calendar/webhook/metrics/{user_id}", tag = "notices",
    params(("user_id" = Uuid, Path, description = "whose")),
    responses((status = 200, body = ChannelMetrics), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn metrics(
    State(app): State<App>,
    caller: Caller,
    Path(user): Path<Uuid>,
) -> Result<axum::Json<ChannelMetrics>> {
    let (user, _) = meant(&app, &caller, user, None).await?;
    let measured = measured::of_user(&app.engine, caller.workspace(), user).await?;
    let average_ms =
        |runs: &Runs| runs.average().map(|time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
    Ok(axum::Json(ChannelMetrics {
        user_id: user,
        notices: measured.notices,
        missed: measured.missed,
        runs: measured.all.ended,
        failed: measured.all.failed,
        success_rate: measured.all.success(),
        average_ms: average_ms(&measured.all),
        errors: measured.patterns.into_iter().map(|(what, count)| ErrorPattern { what, count }).collect(),
        trend: measured
            .days
            .iter()
            .map(|(date, runs)| TrendDay {
                date: date.to_string(),
                runs: runs.ended,
                failed: runs.failed,
                average_ms: average_ms(runs),
            })
            .collect(),
    }))
}

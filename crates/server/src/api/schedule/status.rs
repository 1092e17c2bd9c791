//! How it stands: each linked calendar, and all of them in one word.

use axum::extract::State;
use concord_model::link::Direction;
use concord_model::{AccountId, EventId, LinkId, UserId};
use concord_store::accounts::{self, AccountState};
use concord_store::links::{Link, LinkState};
use concord_store::runs::RunStatus;
use concord_store::{Tx, events, mappings, plans};
use concord_sync::plan::Plan;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::meant;
use crate::api::events::Around;
use crate::app::App;
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

/// The most errors that are listed of one calendar.
const MOST_ERRORS: u32 = 20;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// How all of it stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// The gravest that is true of any of the calendars: `conflict`, `attention` (a person has to do something),
    /// `syncing`, `synced`; `none` where no calendar is linked. Paused ones do not count.
    state: Overall,
    /// When a sync last succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_sync_at: Option<Timestamp>,
    items: Vec<LinkStatus>,
}

/// In one word.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = SyncState)]
enum Overall {
    None,
    Synced,
    Syncing,
    Attention,
    Conflict,
}

/// How a linked calendar stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkStatus {
    #[schema(value_type = Uuid)]
    link_id: LinkId,
    #[schema(value_type = Uuid)]
    account_id: AccountId,
    /// Whose it is.
    #[schema(value_type = Uuid)]
    user_id: UserId,
    #[schema(example = "google")]
    provider: String,
    /// The account's name.
    account: String,
    /// The calendar's name.
    calendar: String,
    /// What its provider calls the calendar.
    calendar_id: String,
    /// Whether its provider lets us write there.
    writable: bool,
    /// Whether it is being kept in sync.
    is_active: bool,
    /// `active`; `paused` by a person; `stopped` until a person does something; `braked`: a large change waits for consent.
    #[schema(value_type = words::LinkState)]
    state: &'static str,
    /// What a person has to know or do.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Whether something is on its way right now.
    syncing: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_sync_at: Option<Timestamp>,
    /// `success`, `partial` or `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::RunStatus>)]
    last_sync_status: Option<RunStatus>,
    /// When it is looked at next.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    next_sync_at: Option<Timestamp>,
    /// `both`, `push` or `pull`.
    #[schema(value_type = words::Direction)]
    sync_direction: Direction,
    /// How many events were compared and agree.
    items_synced: i64,
    /// How many changes wait to be carried out.
    pending: i64,
    /// How many questions wait for an answer.
    conflicts: i64,
    /// What was tried in vain, some of it.
    errors: Vec<ItemError>,
    /// Why the last sync failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// The large change that waits for consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Waiting>,
    #[serde(skip)]
    grade: Overall,
}

/// Something that was tried in vain.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ItemError {
    /// When its calendar was last looked at; since when it is so, the history of the runs tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// What is wrong, for a person.
    error: String,
    /// The same for programs.
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    event_id: Option<EventId>,
    title: String,
    /// When it is tried again; missing where a person has to do something first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    retry_at: Option<Timestamp>,
}

/// A large change that waits for consent.
#[derive(Serialize, ToSchema)]
struct Waiting {
    /// What to consent to.
    hash: String,
    /// What it would do, in numbers.
    summary: String,
}

impl LinkStatus {
    /// How that link stands.
    pub async fn of(tx: &mut Tx, app: &App, caller: &Caller, link: &Link) -> Result<LinkStatus> {
        let now = app.engine.now();
        let counts = mappings::counts(tx, link.id).await?;
        let account = accounts::get(tx, link.workspace, link.account).await?;
        let mut plan = None;
        let (state, note) = match (&link.state, &account.state) {
            (LinkState::Active, AccountState::Active) => ("active", None),
            (LinkState::Active, AccountState::Reconnect { why }) => {
                ("stopped", Some(format!("connect the account {} again: {why}", account.name)))
            }
            (LinkState::Active, AccountState::Removed) => {
                ("stopped", Some(format!("connect the account {} again", account.name)))
            }
            (LinkState::Paused, _) => ("paused", None),
            (LinkState::Stopped { why }, _) => ("stopped", Some(why.clone())),
            (LinkState::Removed { .. }, _) => ("stopped", Some("it was disconnected".to_owned())),
            (LinkState::Braked { plan: hash }, _) => {
                plan = waiting(tx, link, hash).await?;
                ("braked", Some("a large change waits for your consent".to_owned()))
            }
        };
        let held = link.lease_until.is_some_and(|until| until > now);
        let on_its_way = !link.first_done || counts.pending > counts.waiting;
        let syncing = state == "active" && (held || on_its_way);
        let failed = link.last_status == Some(RunStatus::Failed) || counts.errors > 0;
        let grade = match state {
            "paused" => Overall::Synced,
            _ if counts.conflicts > 0 => Overall::Conflict,
            "stopped" | "braked" => Overall::Attention,
            _ if failed => Overall::Attention,
            _ if syncing || counts.pending > 0 => Overall::Syncing,
            _ => Overall::Synced,
        };
        Ok(LinkStatus {
            link_id: link.id,
            account_id: link.account,
            user_id: link.user,
            provider: link.provider.to_string(),
            account: account.name,
            calendar: link.name.clone(),
            calendar_id: link.calendar.to_string(),
            writable: link.writable,
            is_active: state == "active",
            state,
            note,
            syncing,
            last_sync_at: link.last_success_at,
            last_sync_status: link.last_status.filter(|status| *status != RunStatus::Running),
            next_sync_at: link.due_at.filter(|_| state == "active"),
            sync_direction: link.settings.direction,
            items_synced: counts.agree,
            pending: counts.pending,
            conflicts: counts.conflicts,
            errors: errors(tx, caller, link).await?,
            error: link.last_error.clone(),
            plan,
            grade,
        })
    }
}

async fn waiting(tx: &mut Tx, link: &Link, hash: &str) -> Result<Option<Waiting>> {
    let row = match plans::get(tx, link.workspace, link.id, hash).await {
        Err(concord_store::Error::NotFound) => return Ok(None),
        other => other?,
    };
    let summary = serde_json::from_value::<Plan>(row.json).map(|plan| plan.counts.to_string());
    Ok(Some(Waiting { hash: row.hash, summary: summary.unwrap_or_default() }))
}

async fn errors(tx: &mut Tx, caller: &Caller, link: &Link) -> Result<Vec<ItemError>> {
    let waiting = mappings::queue(tx, link.workspace, Some(link.id), None, MOST_ERRORS).await?;
    let ids: Vec<EventId> = waiting.iter().filter_map(|mapping| mapping.event).collect();
    let known = events::find(tx, link.workspace, &ids).await?;
    let around = Around::of(tx, caller, &known.values().cloned().collect::<Vec<_>>()).await?;
    let told = waiting.iter().filter_map(|mapping| {
        let error = mapping.error.as_ref()?;
        let event = mapping.event.and_then(|id| known.get(&id));
        Some(ItemError {
            at: link.last_attempt_at,
            error: error.text.clone(),
            code: error.code.clone(),
            event_id: mapping.event,
            title: event.map(|event| around.content(event, caller).title).unwrap_or_default(),
            retry_at: mapping.retry_at.filter(|_| !error.parked),
        })
    });
    Ok(told.collect())
}

/// How every linked calendar stands, and all of them in one word.
#[utoipa::path(get, path = "/schedule/sync/status", tag = "sync",
    responses((status = 200, body = Status), (status = 401, body = Problem)))]
async fn show(State(app): State<App>, caller: Caller) -> Result<axum::Json<Status>> {
    let mut tx = app.engine.store.read().await?;
    let mut items = Vec::new();
    for link in meant::all_links(&mut tx, &caller).await? {
        items.push(LinkStatus::of(&mut tx, &app, &caller, &link).await?);
    }
    Ok(axum::Json(Status {
        state: items.iter().map(|item| item.grade).max().unwrap_or(Overall::None),
        last_sync_at: items.iter().filter_map(|item| item.last_sync_at).max(),
        items,
    }))
}

//! Calendars that are tables: which columns there are, and what a choice of them would come to before it is kept.

use axum::extract::State;
use concord_engine::{Error, links, tables};
use concord_model::link::{Holds, Settings};
use concord_model::view::Status;
use concord_model::{AccountId, CalendarId, View};
use concord_providers::Answer;
use concord_providers::called::Titled;
use concord_providers::provider::{Row, TableColumn, Trial};
use concord_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::columns::{Column, Columns, ColumnsWanted, LONGEST};
use super::{accounts, meant};
use crate::api::events::when::Told;
use crate::api::page::Items;
use crate::app::App;
use crate::extract::{Json, Query};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(preview)).routes(routes!(find))
}

// --- what is there

/// A table: its columns, what they seem to hold, and what of the choice is not as it was.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CalendarTable)]
struct Table {
    columns: Vec<ThereIs>,
    guess: Columns,
    /// Columns that were chosen and got another name, are gone, or are of another kind now.
    changed: Vec<Changed>,
}

/// A column that a table has.
#[derive(Serialize, ToSchema)]
#[schema(as = ColumnThere)]
struct ThereIs {
    id: String,
    name: String,
    /// Its kind, in its provider's word.
    #[schema(example = "rich_text")]
    kind: String,
    /// What it can hold.
    #[schema(value_type = Vec<words::ColumnHolds>)]
    holds: Vec<Holds>,
}

/// A chosen column that is not as it was.
#[derive(Serialize, ToSchema)]
#[schema(as = ColumnChanged)]
struct Changed {
    #[schema(value_type = words::ColumnHolds)]
    holds: Holds,
    /// As it was chosen.
    column: Column,
    /// `renamed` does no harm; `gone` and `other_kind` stop the calendar until it is back or another is chosen.
    #[schema(value_type = words::ColumnNow)]
    now: &'static str,
    /// The name or the kind that it has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    is: Option<String>,
    /// What could take its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    instead: Option<Column>,
}

impl Changed {
    fn of(changed: tables::Changed) -> Changed {
        let (now, is) = match changed.now {
            tables::Now::Called(name) => ("renamed", Some(name)),
            tables::Now::Gone => ("gone", None),
            tables::Now::OtherKind(kind) => ("other_kind", Some(kind)),
        };
        let instead = changed.instead.as_ref().map(Column::of);
        Changed { holds: changed.holds, column: Column::of(&changed.column), now, is, instead }
    }
}

/// Which calendar.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Of {
    /// Of which account.
    account_id: Uuid,
    /// Which of its calendars.
    calendar_id: String,
}

/// The settings of a calendar's link, and of one that is not linked those of a new link.
async fn settings(
    tx: &mut Tx,
    caller: &Caller,
    account: AccountId,
    calendar: &CalendarId,
) -> Result<Settings> {
    let links = meant::all_links(tx, caller).await?;
    let own = links.into_iter().find(|link| link.account == account && link.calendar == *calendar);
    Ok(own.map(|link| link.settings).unwrap_or_default())
}

/// The columns of a calendar that is a table, what they seem to hold, and what of its link's choice is not as it was. One that
/// is no table has none.
#[utoipa::path(get, path = "/schedule/sync/table", tag = "sync", params(Of),
    responses((status = 200, body = Table), (status = 401, body = Problem), (status = 404, body = Problem),
              (status = 422, body = Problem), (status = 502, body = Problem), (status = 503, body = Problem)))]
async fn show(State(app): State<App>, caller: Caller, Query(of): Query<Of>) -> Result<axum::Json<Table>> {
    let mut tx = app.engine.store.read().await?;
    let account = meant::account(&mut tx, &caller, of.account_id).await?;
    let account = account.ok_or_else(|| Problem::not_found("account"))?;
    let calendar = CalendarId::from(of.calendar_id);
    let chosen = settings(&mut tx, &caller, account.id, &calendar).await?.columns;
    drop(tx);
    let there = tables::look(&app.engine, account.workspace, account.id, &calendar, &chosen).await?;
    let column = |TableColumn { id, name, kind, holds }: TableColumn| ThereIs { id, name, kind, holds };
    Ok(axum::Json(match there {
        None => Table { columns: Vec::new(), guess: Columns::NONE, changed: Vec::new() },
        Some(there) => Table {
            columns: there.columns.into_iter().map(column).collect(),
            guess: Columns::of(&there.guess).unwrap_or(Columns::NONE),
            changed: there.changed.into_iter().map(Changed::of).collect(),
        },
    }))
}

// --- what it would come to

/// A choice to be tried.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ColumnsToTry)]
struct ToTry {
    /// Of which account.
    account_id: Uuid,
    /// On which of its calendars.
    calendar_id: String,
    /// What is to change of the columns; without it, those that are chosen, or those that seem to hold something.
    columns: Option<ColumnsWanted>,
}

/// What it would come to.
#[derive(Serialize, ToSchema)]
#[schema(as = ColumnsTried)]
struct Tried {
    /// The rows that were edited last, as events.
    rows: Vec<AsEvent>,
    /// The next events here, as rows.
    events: Vec<AsRow>,
}

/// A row as the event that it would be.
#[derive(Serialize, ToSchema)]
#[schema(as = RowAsEvent)]
struct AsEvent {
    /// What the row is called.
    title: String,
    /// Where its provider shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    /// Whether it has a date. One without is no event, and nothing is wrong with it.
    dated: bool,
    /// Null where it is none.
    event: Option<WouldBe>,
    /// Why it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// An event that a row would be.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RowEvent)]
struct WouldBe {
    start: String,
    /// Of whole days, the day after the last.
    end: String,
    all_day: bool,
    location: String,
    description: String,
    conference: String,
    #[schema(value_type = words::EventStatus)]
    status: Status,
}

/// An event as the row that it would be.
#[derive(Serialize, ToSchema)]
#[schema(as = EventAsRow)]
struct AsRow {
    /// What would be written, the title first.
    cells: Vec<Cell>,
    /// Why it would be refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// What would stand in a column.
#[derive(Serialize, ToSchema)]
#[schema(as = RowCell)]
struct Cell {
    column: String,
    value: String,
}

impl AsEvent {
    fn of(row: Row) -> AsEvent {
        let (event, why) = match row.told {
            Ok(view) => (Some(WouldBe::of(view)), None),
            Err(why) => (None, Some(why)),
        };
        AsEvent { title: row.title, page: row.page, dated: row.dated, event, why }
    }
}

impl WouldBe {
    fn of(view: View) -> WouldBe {
        let Told { start, end, .. } = Told::of(&view.time.span);
        let all_day = matches!(view.time.span, concord_model::Span::AllDay(_));
        let View { location, description, conference, status, .. } = view;
        WouldBe { start, end, all_day, location, description, conference, status }
    }
}

impl AsRow {
    fn of(event: Result<Vec<(String, String)>, String>) -> AsRow {
        let cell = |(column, value)| Cell { column, value };
        match event {
            Ok(cells) => AsRow { cells: cells.into_iter().map(cell).collect(), why: None },
            Err(why) => AsRow { cells: Vec::new(), why: Some(why) },
        }
    }
}

/// What a choice of columns would come to: some rows as events, and some events here as rows. Nothing is kept, and nothing
/// is written.
#[utoipa::path(post, path = "/schedule/sync/table/preview", tag = "sync", request_body = ToTry,
    responses((status = 200, body = Tried), (status = 401, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 422, body = Problem), (status = 502, body = Problem),
              (status = 503, body = Problem)))]
async fn preview(
    State(app): State<App>,
    caller: Caller,
    Json(try_): Json<ToTry>,
) -> Result<axum::Json<Tried>> {
    let mut tx = app.engine.store.read().await?;
    let account = meant::account_in_body(&mut tx, &caller, try_.account_id).await?;
    let calendar = CalendarId::from(try_.calendar_id);
    let mut settings = settings(&mut tx, &caller, account.id, &calendar).await?;
    drop(tx);
    if let Some(columns) = &try_.columns {
        columns.put(&mut settings.columns)?;
    }
    let Trial { rows, events } =
        tables::trial(&app.engine, account.workspace, account.id, &calendar, &settings).await?;
    Ok(axum::Json(Tried {
        rows: rows.into_iter().map(AsEvent::of).collect(),
        events: events.into_iter().map(AsRow::of).collect(),
    }))
}

// --- where it is

/// An address that a person copied at the provider.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CalendarAddress)]
struct Pasted {
    /// Of which account.
    account_id: Uuid,
    /// The address of a calendar there, as its page has it.
    #[schema(example = "https://www.notion.so/studio/Bookings-0a1b2c3d0000400080000000000000ab")]
    address: String,
}

/// The calendars at an address that a person copied at the provider: a list of all can lack some.
#[utoipa::path(post, path = "/schedule/sync/calendars/find", tag = "sync", request_body = Pasted,
    responses((status = 200, body = Items<accounts::Calendar>), (status = 401, body = Problem),
              (status = 403, body = Problem), (status = 422, body = Problem), (status = 502, body = Problem),
              (status = 503, body = Problem)))]
async fn find(
    State(app): State<App>,
    caller: Caller,
    Json(pasted): Json<Pasted>,
) -> Result<axum::Json<Items<accounts::Calendar>>> {
    let mut tx = app.engine.store.read().await?;
    let account = meant::account_in_body(&mut tx, &caller, pasted.account_id).await?;
    let known = meant::all_links(&mut tx, &caller).await?;
    drop(tx);
    if pasted.address.len() > LONGEST {
        return Err(Problem::invalid("address", format!("is longer than {LONGEST} bytes")));
    }
    let found = links::calendars_at(&app.engine, account.workspace, account.id, &pasted.address).await;
    let found = found.map_err(|error| match error {
        Error::Provider { answer: Answer::Rejected { why, .. }, .. } => Problem::invalid("address", why),
        other => other.into(),
    })?;
    if found.is_empty() {
        let why = format!("{} tells of no calendar by its address", account.provider.title());
        return Err(Problem::invalid("address", why));
    }
    let items = found.into_iter().map(|calendar| accounts::Calendar::of(calendar, account.id, &known));
    Ok(axum::Json(items.collect::<Vec<_>>().into()))
}

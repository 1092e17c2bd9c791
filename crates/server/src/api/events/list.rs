//! Lists of events: by range, person, calendar, type, client, status and words; series as occurrences where that is asked.

use axum::extract::State;
use concord_model::view::Status;
use concord_model::{ClientId, Event, EventId, LinkId, UserId, meeting, recurrence};
use concord_store::events::{self, Query as Rows};
use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::shown::{Around, EventBody};
use super::when::instant;
use crate::api::page::Items;
use crate::app::App;
use crate::extract::{Query, from_text};
use crate::problem::{Problem, Result};
use crate::signin::Caller;
use crate::words;

/// How many there are on a page unless said, and at most.
const USUAL: u32 = 100;
const MOST: u32 = 1_000;
/// The longest range in which series are worked out.
const RANGE: SignedDuration = SignedDuration::from_hours(24 * 400);
/// The most occurrences in one answer.
const OCCURRENCES: usize = 10_000;

/// Which events.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Only what is not over by then: an instant, or a day on the clock of whoever asks.
    #[param(example = "2026-11-01")]
    from: Option<String>,
    /// Only what begins before.
    #[param(example = "2026-12-01")]
    to: Option<String>,
    /// Each occurrence of a series by itself. Needs `from` and `to`, 400 days apart at most.
    #[serde(default, deserialize_with = "from_text")]
    expand: Option<bool>,
    /// Only those of that user.
    owner_id: Option<Uuid>,
    /// Only bookings of that type.
    session_type: Option<String>,
    /// Only bookings with that client.
    client_id: Option<Uuid>,
    /// Only those that are in that calendar, or shall be.
    link_id: Option<Uuid>,
    /// Only `confirmed`, `tentative` or `cancelled` ones.
    #[param(value_type = Option<words::EventStatus>, inline)]
    status: Option<String>,
    /// Only those that one joins by a link, or only those that one does not.
    #[serde(default, deserialize_with = "from_text")]
    is_meeting: Option<bool>,
    /// Only those with this in their title.
    text: Option<String>,
    /// Only those that the platform knows under that id.
    external_ref: Option<String>,
    /// So many at most. Not with `expand`.
    #[serde(default, deserialize_with = "from_text")]
    limit: Option<u32>,
    /// Where the page before has ended: its `next`. Not with `expand`.
    cursor: Option<String>,
}

/// Lists events by start. Without `expand`, a series is one item.
#[utoipa::path(get, path = "/calendar/events", tag = "events", params(Asked),
    responses((status = 200, body = Items<EventBody>), (status = 401, body = Problem),
              (status = 422, body = Problem)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<axum::Json<Items<EventBody>>> {
    let zone = &caller.user.zone;
    let at =
        |field: &str, text: &Option<String>| text.as_deref().map(|t| instant(field, t, zone)).transpose();
    let (from, to) = (at("from", &asked.from)?, at("to", &asked.to)?);
    if let (Some(from), Some(to)) = (from, to)
        && to <= from
    {
        return Err(Problem::invalid("to", "does not lie after `from`"));
    }
    let status: Option<Status> = asked.status.as_deref().map(status).transpose()?;
    let expand = asked.expand.unwrap_or(false);
    let window = if expand { Some(range(from, to)?) } else { None };
    let limit = match asked.limit {
        Some(limit @ 1..=MOST) => limit,
        None => USUAL,
        Some(_) => return Err(Problem::invalid("limit", format!("is not between 1 and {MOST}"))),
    };
    let mut rows = Rows {
        owner: asked.owner_id.map(UserId),
        person: (!caller.is_admin()).then_some(caller.user.id),
        from,
        to,
        session_type: asked.session_type.clone(),
        client: asked.client_id.map(ClientId),
        text: asked.text.clone(),
        after: asked.cursor.as_deref().map(place).transpose()?,
        limit: if expand { MOST } else { limit },
        ..Rows::default()
    };
    let mut tx = app.engine.store.read().await?;
    let mut items = Vec::new();
    let mut next = None;
    loop {
        let page = events::list(&mut tx, caller.workspace(), &rows).await?;
        let full = page.len() as u64 == u64::from(rows.limit);
        let last = page.last().map(|event| (begins(event), event.id));
        let around = Around::of(&mut tx, &caller, &page).await?;
        let wanted = page.iter().filter(|event| {
            status.is_none_or(|status| event.content.status == status)
                && asked.is_meeting.is_none_or(|wanted| meeting::of(&event.content).is_some() == wanted)
                && asked
                    .external_ref
                    .as_ref()
                    .is_none_or(|name| event.booking.external_ref.as_ref() == Some(name))
                && asked.link_id.is_none_or(|link| around.is_in(event, LinkId(link)))
        });
        for event in wanted {
            let content = around.content(event, &caller);
            let Some(window) = window else {
                items.push((begins(event), around.whole(event, &caller)));
                continue;
            };
            let times = recurrence::expand(&content.time, &content.overrides, window, zone)
                .map_err(|_| Problem::invalid("to", "a series in this range is too long to be worked out"))?;
            for time in times {
                let starts = time.span.start_instant(zone);
                items
                    .extend(around.occurrence(event, &content, time.key, &caller).map(|body| (starts, body)));
            }
            if items.len() > OCCURRENCES {
                return Err(Problem::invalid(
                    "to",
                    "there are too many in this range; ask for a shorter one",
                ));
            }
        }
        match last {
            Some(last) if full && expand => rows.after = Some(last),
            Some(last) if full => {
                next = Some(cursor(last));
                break;
            }
            _ => break,
        }
    }
    items.sort_by_key(|(starts, _)| *starts);
    Ok(axum::Json(Items { items: items.into_iter().map(|(_, body)| body).collect(), next }))
}

fn range(from: Option<Timestamp>, to: Option<Timestamp>) -> Result<(Timestamp, Timestamp)> {
    let Some(from) = from else { return Err(Problem::invalid("from", "is missing; `expand` needs it")) };
    let Some(to) = to else { return Err(Problem::invalid("to", "is missing; `expand` needs it")) };
    if to.duration_since(from) > RANGE {
        return Err(Problem::invalid("to", "lies more than 400 days after `from`"));
    }
    Ok((from, to))
}

fn status(text: &str) -> Result<Status> {
    match text {
        "confirmed" => Ok(Status::Confirmed),
        "tentative" => Ok(Status::Tentative),
        "cancelled" => Ok(Status::Cancelled),
        _ => Err(Problem::invalid("status", "is not confirmed, tentative or cancelled")),
    }
}

/// By what rows are ordered.
fn begins(event: &Event) -> Timestamp {
    concord_engine::edit::begins(event)
}

fn cursor((at, id): (Timestamp, EventId)) -> String {
    BASE64URL_NOPAD.encode(format!("{}.{}", at.as_microsecond(), id.0.simple()).as_bytes())
}

fn place(cursor: &str) -> Result<(Timestamp, EventId)> {
    let read = || {
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (at, id) = text.split_once('.')?;
        Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, EventId(id.parse().ok()?)))
    };
    read().ok_or_else(|| Problem::invalid("cursor", "is not the `next` of a page"))
}

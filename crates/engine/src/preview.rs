//! What a first sync of a calendar would do, before it is linked: read there, count, and keep nothing. It is an outlook,
//! not a promise: what is decided is decided by the first run.

use std::collections::BTreeSet;

use concord_model::link::{Direction, Settings};
use concord_model::observed::{Item, State};
use concord_model::view::Status;
use concord_model::{AccountId, CalendarId, EventId, View, WorkspaceId, Zone, recurrence};
use concord_providers::provider::{Calendar, Next};
use concord_store::accounts::{self, Account};
use concord_store::events::{self, Bounds};
use concord_store::{clients, users};
use concord_sync::lens::{Eyes, Lens, Shown};
use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::{Engine, asking, links, unread, whose};

/// How many pages are read.
const PAGES: usize = 20;
/// How many events of a page are read.
const MOST: usize = 5000;
/// How many events are looked at together.
const CHUNK: u32 = 500;

/// What a first sync would do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Preview {
    /// So many events would come in.
    pub comes_in: u64,
    /// So many would go there.
    pub goes_out: u64,
    /// So many are on both sides already, as far as one can tell.
    pub duplicates: u64,
    /// Whether all of the calendar was read; a very large one is read in part.
    pub whole: bool,
}

/// Looks at a calendar of an account as a first sync would.
pub async fn preview(
    engine: &Engine,
    workspace: WorkspaceId,
    id: AccountId,
    calendar: &CalendarId,
    settings: &Settings,
) -> Result<Preview> {
    let offered = links::calendars(engine, workspace, id).await?;
    let chosen = offered.iter().find(|c| c.id == *calendar || (calendar.as_str() == "primary" && c.primary));
    let elsewhere = links::unlisted(engine, workspace, id, calendar, &offered).await?;
    let chosen = chosen.or(elsewhere.as_ref()).ok_or(Error::NotFound("calendar of this account"))?;
    let mut tx = engine.store.read().await?;
    let account = accounts::get(&mut tx, workspace, id).await.map_err(|_| Error::NotFound("account"))?;
    drop(tx);
    let (items, whole) = read(engine, &account, chosen, settings).await?;
    let now = engine.now();
    let window = (now - settings.window.back(), now + settings.window.ahead());
    let mut here = here(engine, &account, chosen, settings, window).await?;
    let (mut comes_in, mut duplicates) = (0, 0);
    let mut tx = engine.store.read().await?;
    for item in &items {
        let State::Live(view) = &item.state else { continue };
        let (starts_at, ends_at) = recurrence::first_and_last(&view.time, &view.overrides);
        let reaches = starts_at < window.1 && ends_at.is_none_or(|end| end > window.0);
        let never = recurrence::is_empty(&view.time, &view.overrides);
        if item.part.is_some() || view.status == Status::Cancelled || never || !reaches {
            continue;
        }
        match known(&mut tx, &account, item, view, Bounds { starts_at, ends_at }).await? {
            Some(event) => {
                duplicates += 1;
                here.remove(&event);
            }
            None => comes_in += 1,
        }
    }
    let pushes = settings.direction != Direction::Pull && chosen.writable;
    Ok(Preview {
        comes_in: if settings.direction == Direction::Push { 0 } else { comes_in },
        goes_out: if pushes { here.len() as u64 } else { 0 },
        duplicates,
        whole,
    })
}

/// What is in the calendar, and whether that is all.
async fn read(
    engine: &Engine,
    account: &Account,
    calendar: &Calendar,
    settings: &Settings,
) -> Result<(Vec<Item>, bool)> {
    let (mut items, mut from) = (Vec::new(), None);
    for _ in 0..PAGES {
        let after = from.as_ref();
        let page = asking::ask(engine, account, |provider, mut access| async move {
            access.columns.clone_from(&settings.columns);
            let mut page = provider.changes(&access, &calendar.id, after).await?;
            let all = page.items.len() <= MOST;
            page.items.truncate(MOST);
            page.items = unread::spelled_out(&*provider, &access, &calendar.id, page.items).await?;
            Ok((page, all))
        });
        let (page, all) = page.await?;
        items.extend(page.items);
        match page.next {
            _ if !all => return Ok((items, false)),
            Next::Done(_) | Next::Everything => return Ok((items, true)),
            Next::More(cursor) => from = Some(cursor),
        }
    }
    Ok((items, false))
}

/// The events here that such a link would send out.
async fn here(
    engine: &Engine,
    account: &Account,
    calendar: &Calendar,
    settings: &Settings,
    window: (Timestamp, Timestamp),
) -> Result<BTreeSet<EventId>> {
    let (mut shown, mut after) = (BTreeSet::new(), None);
    loop {
        let page = page(engine, account, calendar.zone.as_ref(), settings, window, &mut after).await?;
        let Some(page) = page else { return Ok(shown) };
        shown.extend(page.into_iter().map(|(event, _)| event));
    }
}

/// The next events here, as such a link's calendar would show them; those that happen once.
pub(crate) async fn next(
    engine: &Engine,
    workspace: WorkspaceId,
    account: AccountId,
    settings: &Settings,
    most: usize,
) -> Result<Vec<View>> {
    let mut tx = engine.store.read().await?;
    let account = accounts::get(&mut tx, workspace, account).await.map_err(|_| Error::NotFound("account"))?;
    drop(tx);
    let now = engine.now();
    let window = (now, now + settings.window.ahead());
    let (mut all, mut after) = (Vec::new(), None);
    while let Some(page) = page(engine, &account, None, settings, window, &mut after).await? {
        let upcoming = page.into_iter().filter_map(|(_, view)| {
            let starts_at = recurrence::first_and_last(&view.time, &view.overrides).0;
            (starts_at > now).then_some((starts_at, view))
        });
        all.extend(upcoming);
        all.sort_by_key(|(starts_at, _)| *starts_at);
        all.truncate(most);
    }
    Ok(all.into_iter().map(|(_, view)| view).collect())
}

/// Some events that such a link would send out, and how; `None` where there are no more.
async fn page(
    engine: &Engine,
    account: &Account,
    zone: Option<&Zone>,
    settings: &Settings,
    window: (Timestamp, Timestamp),
    after: &mut Option<EventId>,
) -> Result<Option<Vec<(EventId, View)>>> {
    let provider = engine.provider(&account.provider)?;
    let (workspace, person) = (account.workspace, account.user);
    let mut tx = engine.store.read().await?;
    let own = users::get(&mut tx, workspace, person).await?.zone;
    let zone = zone.unwrap_or(&own);
    let page = events::concerning(&mut tx, workspace, person, window, *after, CHUNK).await?;
    let Some(last) = page.last() else { return Ok(None) };
    *after = Some(*last);
    let found = events::find(&mut tx, workspace, &page).await?;
    let booked: Vec<_> = found.values().flat_map(|e| e.booking.clients.iter().copied()).collect();
    let known = clients::by_ids(&mut tx, workspace, &booked).await?;
    let mut shown = Vec::new();
    for event in found.values() {
        let eyes = if event.owner == person { Eyes::Owner } else { Eyes::Participant };
        let hidden = whose::hidden_from(event, eyes, person, &settings.sight, &known);
        let able = provider.capabilities();
        let lens = Lens { able, settings, person, eyes, zone, hidden: &hidden };
        if let Shown::As(seen) = lens.show(event, engine.now()) {
            shown.push((event.id, seen.view.clone()));
        }
    }
    Ok(Some(shown))
}

/// The event that something there seems to be: by our mark, by its name in the world, or by time and title.
async fn known(
    tx: &mut concord_store::Tx,
    account: &Account,
    item: &Item,
    view: &View,
    bounds: Bounds,
) -> Result<Option<EventId>> {
    let (workspace, owner) = (account.workspace, account.user);
    if let Some(mark) = &item.mark
        && let Ok(event) = events::get(tx, workspace, mark.event).await
        && event.deleted_at.is_none()
    {
        return Ok(Some(event.id));
    }
    if let Some(uid) = &item.uid
        && let Some(event) = events::by_uid(tx, workspace, owner, uid).await?.first()
        && event.deleted_at.is_none()
    {
        return Ok(Some(event.id));
    }
    Ok(events::twins(tx, workspace, owner, bounds, &view.title).await?.first().copied())
}

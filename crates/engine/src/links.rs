//! Links: connecting a calendar, changing what it may see, letting go of it.
//!
//! Nothing here touches an event or a copy: a changed setting only makes mappings pending, and the next run does what
//! follows from it (`rules.md` 3, 14).

use concord_model::link::{Columns, Direction, Settings, Window};
use concord_model::{AccountId, CalendarId, LinkId, WorkspaceId};
use concord_points::defect;
use concord_providers::Answer;
use concord_providers::provider::Calendar;
use concord_store::links::{self, Link, LinkState};
use concord_store::{accounts, mappings};
use concord_sync::plan::Plan;

use crate::error::{Error, Result};
use crate::{Engine, asking, tables};

/// The account's calendars, as the provider lists them now.
pub async fn calendars(engine: &Engine, workspace: WorkspaceId, account: AccountId) -> Result<Vec<Calendar>> {
    let account = asking::account(engine, workspace, account).await?;
    asking::ask(engine, &account, |provider, access| async move { provider.calendars(&access).await }).await
}

/// The calendars at an address that a person copied at the provider. A list of all can lack some.
pub async fn calendars_at(
    engine: &Engine,
    workspace: WorkspaceId,
    account: AccountId,
    address: &str,
) -> Result<Vec<Calendar>> {
    let account = asking::account(engine, workspace, account).await?;
    asking::ask(
        engine,
        &account,
        |provider, access| async move { provider.calendars_at(&access, address).await },
    )
    .await
}

/// What is not in the list and is there all the same, where a list can lack something.
pub(crate) async fn unlisted(
    engine: &Engine,
    workspace: WorkspaceId,
    account: AccountId,
    calendar: &CalendarId,
    offered: &[Calendar],
) -> Result<Option<Calendar>> {
    let known = |c: &Calendar| c.id == *calendar || c.name == calendar.as_str();
    if offered.iter().any(known) || calendar.as_str() == "primary" {
        return Ok(None);
    }
    let found = match calendars_at(engine, workspace, account, calendar.as_str()).await {
        // Who named no address meant something in the list, and is told what is in it.
        Err(Error::Provider { answer: Answer::Rejected { .. }, .. }) => return Ok(None),
        found => found?,
    };
    let by_id = found.iter().find(|c| c.id == *calendar).or(found.first().filter(|_| found.len() == 1));
    Ok(by_id.cloned())
}

/// Makes a new calendar in an account.
pub async fn make_calendar(
    engine: &Engine,
    workspace: WorkspaceId,
    account: AccountId,
    name: &str,
) -> Result<Calendar> {
    let account = asking::account(engine, workspace, account).await?;
    asking::ask(
        engine,
        &account,
        |provider, access| async move { provider.make_calendar(&access, name).await },
    )
    .await
}

/// Links a calendar of an account, given by its id, its name if no other has it, or as `primary`. A calendar that was linked before comes back with what was agreed on then, so that
/// nothing is doubled (`rules.md` 18).
pub async fn add(
    engine: &Engine,
    workspace: WorkspaceId,
    account: AccountId,
    calendar: &CalendarId,
    settings: Settings,
) -> Result<Link> {
    check(&settings)?;
    let settings = one_way(engine, workspace, account, settings).await?;
    let offered = calendars(engine, workspace, account).await?;
    let elsewhere = unlisted(engine, workspace, account, calendar, &offered).await?;
    let by_id = offered.iter().find(|c| c.id == *calendar || (calendar.as_str() == "primary" && c.primary));
    let mut named = offered.iter().filter(|c| c.name == calendar.as_str());
    let by_name = named.next().filter(|_| named.next().is_none());
    let Some(found) = by_id.or(by_name).or(elsewhere.as_ref()) else {
        let names =
            offered.iter().map(|c| format!("\"{}\" ({})", c.name, c.id)).collect::<Vec<_>>().join(", ");
        return Err(Error::Invalid {
            field: "calendar",
            why: format!("\"{calendar}\" is none of this account's calendars; there are {names}"),
        });
    };
    let settings = with_columns(engine, workspace, account, &found.id, settings).await?;
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let account = accounts::get(&mut tx, workspace, account).await?;
    let link = Link {
        id: engine.id(),
        workspace,
        account: account.id,
        user: account.user,
        provider: account.provider,
        calendar: found.id.clone(),
        name: found.name.clone(),
        zone: found.zone.clone(),
        writable: found.writable,
        settings,
        settings_rev: 1,
        state: LinkState::Active,
        cursor: None,
        listing: None,
        window_until: None,
        first_done: false,
        due_at: Some(now),
        wake: false,
        lease_until: None,
        lease_epoch: 0,
        holder: None,
        failures: 0,
        last_attempt_at: None,
        last_success_at: None,
        last_run: None,
        last_status: None,
        last_error: None,
        last_full_at: None,
        next_safety_at: None,
        created_at: now,
    };
    let link = match links::add(&mut tx, &link).await {
        Err(concord_store::Error::Taken { .. }) => {
            return Err(Error::Exists(format!("a link to the calendar \"{}\"", found.name)));
        }
        other => other?,
    };
    // What was agreed on before the disconnect is looked at again, on both sides.
    mappings::mark_unseen_for_link(&mut tx, link.id).await?;
    mappings::mark_pending_for_link(&mut tx, link.id).await?;
    tx.commit().await?;
    Ok(link)
}

/// The settings with the columns of the calendar, where it is a table: those that were chosen, or those that seem to hold
/// something. They are kept, so that a column that gets another name stays the same one.
async fn with_columns(
    engine: &Engine,
    workspace: WorkspaceId,
    account: AccountId,
    calendar: &CalendarId,
    settings: Settings,
) -> Result<Settings> {
    let mut tx = engine.store.read().await?;
    let known = accounts::get(&mut tx, workspace, account).await.map_err(|_| Error::NotFound("account"))?;
    drop(tx);
    if !engine.provider(&known.provider)?.is_table() {
        return if settings.columns.is_empty() { Ok(settings) } else { Err(no_table()) };
    }
    let columns = columns(engine, workspace, account, calendar, &settings.columns).await?;
    Ok(Settings { columns, ..settings })
}

fn no_table() -> Error {
    Error::Invalid { field: "columns", why: "this calendar is no table, so it has none".to_owned() }
}

/// Which columns of a table hold what: as chosen, or where nothing is, as they seem to. What it lacks for us to work with it
/// is made.
async fn columns(
    engine: &Engine,
    workspace: WorkspaceId,
    account: AccountId,
    calendar: &CalendarId,
    chosen: &Columns,
) -> Result<Columns> {
    let chosen = tables::settled(engine, workspace, account, calendar, chosen).await?;
    let account = asking::account(engine, workspace, account).await?;
    let chosen = &chosen;
    let columns = asking::ask(engine, &account, |provider, mut access| async move {
        access.columns.clone_from(chosen);
        provider.columns(&access, calendar).await
    });
    Ok(columns.await?.unwrap_or_default())
}

/// The settings for a calendar of that account: where nothing can be written, changes only come in (`rules.md` 15).
async fn one_way(
    engine: &Engine,
    workspace: WorkspaceId,
    account: AccountId,
    settings: Settings,
) -> Result<Settings> {
    let mut tx = engine.store.read().await?;
    let account = accounts::get(&mut tx, workspace, account).await.map_err(|_| Error::NotFound("account"))?;
    drop(tx);
    match settings.direction {
        _ if engine.provider(&account.provider)?.writes() => Ok(settings),
        // Both is what stands where nobody has said anything.
        Direction::Both | Direction::Pull => Ok(Settings { direction: Direction::Pull, ..settings }),
        Direction::Push => Err(only_read()),
    }
}

fn only_read() -> Error {
    Error::Invalid {
        field: "direction",
        why: "this calendar can only be read, so it has to be pull".to_owned(),
    }
}

/// Changes a link's settings. Everything it has is then looked at anew; entering a filter adds, leaving removes.
pub async fn set(
    engine: &Engine,
    workspace: WorkspaceId,
    id: LinkId,
    change: impl FnOnce(&mut Settings),
) -> Result<Link> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let before = links::get(&mut tx, workspace, id).await.map_err(|_| Error::NotFound("link"))?;
    let mut settings = before.settings.clone();
    change(&mut settings);
    if settings == before.settings {
        return Ok(before);
    }
    check(&settings)?;
    if settings.columns != before.settings.columns {
        // The provider is asked what they are called there, and nothing is held open meanwhile.
        drop(tx);
        if !engine.provider(&before.provider)?.is_table() {
            return Err(no_table());
        }
        let chosen = std::mem::take(&mut settings.columns);
        settings.columns = columns(engine, workspace, before.account, &before.calendar, &chosen).await?;
        tx = engine.store.begin().await?;
    }
    // A provider that is not set up at present has links all the same.
    let reads_only = engine.provider(&before.provider).is_ok_and(|provider| !provider.writes());
    if reads_only && settings.direction != Direction::Pull {
        return Err(only_read());
    }
    links::save_settings(&mut tx, workspace, id, &settings, before.settings_rev).await?;
    if !defect!("changed settings make nothing pending") {
        mappings::mark_pending_for_link(&mut tx, id).await?;
    }
    // What was left out before may enter now: events here are gone through again, and where the calendar itself was
    // read with other eyes, all of it is.
    links::save_window(&mut tx, id, None).await?;
    let eyes = |settings: &Settings| (settings.window, settings.direction, settings.columns.clone());
    if eyes(&settings) != eyes(&before.settings) {
        links::save_cursor(&mut tx, id, None).await?;
    }
    links::due(&mut tx, id, now).await?;
    let link = links::get(&mut tx, workspace, id).await?;
    tx.commit().await?;
    Ok(link)
}

/// Whether settings can be meant.
fn check(settings: &Settings) -> Result<()> {
    let wrong = |field, why: String| Err(Error::Invalid { field, why });
    let window = settings.window;
    if window.back_days.max(window.ahead_days) > Window::MOST_DAYS {
        return wrong("window", format!("is longer than {} days", Window::MOST_DAYS));
    }
    if let (Some(from), Some(until)) = (settings.filter.from_on, settings.filter.until_on)
        && until < from
    {
        return wrong("filter", format!("its last day ({until}) lies before its first ({from})"));
    }
    if settings.answer_days.0 == 0 {
        return wrong("answerDays", "a question waits for a day at least".to_owned());
    }
    Ok(())
}

/// Pauses a link, or lets it go on.
pub async fn pause(engine: &Engine, workspace: WorkspaceId, id: LinkId, paused: bool) -> Result<Link> {
    let mut tx = engine.store.begin().await?;
    let link = links::get(&mut tx, workspace, id).await.map_err(|_| Error::NotFound("link"))?;
    match (&link.state, paused) {
        (LinkState::Removed { .. }, _) => return Err(Error::NotFound("link")),
        (LinkState::Active | LinkState::Stopped { .. } | LinkState::Braked { .. }, true) => {
            links::set_state(&mut tx, workspace, id, &LinkState::Paused).await?;
        }
        (LinkState::Paused | LinkState::Stopped { .. } | LinkState::Braked { .. }, false) => {
            links::set_state(&mut tx, workspace, id, &LinkState::Active).await?;
            links::due(&mut tx, id, engine.now()).await?;
        }
        _ => {}
    }
    let link = links::get(&mut tx, workspace, id).await?;
    tx.commit().await?;
    Ok(link)
}

/// What becomes of what was synced when a link is removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Leftovers {
    /// Copies stay in the calendar.
    Leave,
    /// The copies that Concord made are removed from the calendar. Originals stay.
    Remove,
}

/// Removes a link. What was agreed on is kept, so that connecting again doubles nothing. With
/// [`Leftovers::Remove`], the copies that Concord made there are taken away first; where that cannot be done to the end
/// now, the link rests and the error says why, and asking again goes on.
pub async fn remove(engine: &Engine, workspace: WorkspaceId, id: LinkId, leftovers: Leftovers) -> Result<()> {
    let now = engine.now();
    if leftovers == Leftovers::Remove {
        crate::run::clear(engine, workspace, id).await?;
    }
    let mut tx = engine.store.begin().await?;
    let link = links::get(&mut tx, workspace, id).await.map_err(|_| Error::NotFound("link"))?;
    if leftovers == Leftovers::Leave {
        links::set_state(&mut tx, workspace, id, &LinkState::Removed { at: now }).await?;
    }
    tx.commit().await?;
    crate::channels::close_all(engine, &link).await?;
    Ok(())
}

/// Consents to a plan that the brake holds: exactly that one, for 24 hours (`rules.md` 16). Two calendars can have plans
/// of the same hash, so the link is named, too.
pub async fn approve(engine: &Engine, workspace: WorkspaceId, link: LinkId, hash: &str) -> Result<Plan> {
    let now = engine.now();
    let mut tx = engine.store.begin().await?;
    let open = concord_store::plans::list_open(&mut tx, workspace, now).await?;
    let is_meant = |p: &concord_store::plans::Plan| p.link == link && p.hash.starts_with(hash);
    let Some(plan) = open.into_iter().find(|p| is_meant(p) && !hash.is_empty()) else {
        return Err(Error::NotFound("plan (it may have expired, or been carried out)"));
    };
    let until = now + jiff::SignedDuration::from_hours(24);
    concord_store::plans::approve(&mut tx, workspace, plan.link, &plan.hash, now, until).await?;
    // What a person paused stays paused: the consent waits for it.
    if let LinkState::Braked { .. } = links::get(&mut tx, workspace, plan.link).await?.state {
        links::set_state(&mut tx, workspace, plan.link, &LinkState::Active).await?;
    }
    links::due(&mut tx, plan.link, now).await?;
    tx.commit().await?;
    serde_json::from_value(plan.json).map_err(|_| Error::Invalid {
        field: "plan",
        why: "it was made by another version of Concord".to_owned(),
    })
}

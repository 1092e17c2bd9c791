//! Which thing a person means: by its id, by a beginning of the id that only one has, by name or by address.

use std::fmt::Display;

use concord_model::{ConflictId, Event, EventId, RunId, UserId, recurrence};
use concord_store::accounts::{Account, AccountState};
use concord_store::clients::Client;
use concord_store::conflicts::Conflict;
use concord_store::events::{self, Query};
use concord_store::links::{Link, LinkState};
use concord_store::runs::{Filter, Run};
use concord_store::users::User;
use concord_store::{accounts, clients, conflicts, links, runs, users};
use uuid::Uuid;

use crate::assemble::Program;
use crate::refusal::usage;

/// The shortest beginning of an id that is taken for one.
const SHORTEST: usize = 6;
/// How many rows are looked through at a time.
const PAGE: u32 = 1_000;

/// Picks the one that is meant. `names` are what else it goes by.
fn one<T>(
    what: &str,
    text: &str,
    all: Vec<T>,
    id: impl Fn(&T) -> Uuid,
    names: impl Fn(&T) -> Vec<String>,
    how_to_list: &str,
) -> anyhow::Result<T> {
    let text = text.trim();
    let named = |thing: &T| names(thing).iter().any(|name| name.to_lowercase() == text.to_lowercase());
    let mut found: Vec<T> = Vec::new();
    let mut begins: Vec<T> = Vec::new();
    for thing in all {
        if named(&thing) || id(&thing).to_string() == text.to_lowercase() {
            found.push(thing);
        } else if is_beginning(&id(&thing), text) {
            begins.push(thing);
        }
    }
    let mut found = if found.is_empty() { begins } else { found };
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(usage(format!("there is no {what} \"{text}\"; {how_to_list}"))),
        _ => {
            let ids: Vec<String> = found.iter().map(|thing| id(thing).to_string()).collect();
            Err(usage(format!(
                "\"{text}\" could be several {what}s; say which by its id: {}",
                ids.join(", ")
            )))
        }
    }
}

/// Whether an id begins so. Dashes need not be written.
fn is_beginning(id: &Uuid, text: &str) -> bool {
    let text = text.to_lowercase().replace('-', "");
    text.len() >= SHORTEST && id.simple().to_string().starts_with(&text)
}

fn as_id(text: &str) -> Option<Uuid> {
    text.trim().parse().ok()
}

/// The user of that name, address or id.
pub async fn user(program: &Program, text: &str) -> anyhow::Result<User> {
    let mut tx = program.engine.store.read().await?;
    let all = users::list(&mut tx, program.workspace).await?;
    if all.is_empty() {
        return Err(usage(format!("there is no user yet; add one: concord user add \"{text}\"")));
    }
    let names = |user: &User| {
        let address = user.address.as_ref().map(|address| address.as_str().to_owned());
        std::iter::once(user.name.clone()).chain(address).collect()
    };
    one("user", text, all, |user| user.id.0, names, "`concord user list` shows who there is")
}

/// The user that is meant, or the only one there is.
pub async fn user_or_only(program: &Program, text: Option<&str>) -> anyhow::Result<User> {
    if let Some(text) = text {
        return user(program, text).await;
    }
    let mut tx = program.engine.store.read().await?;
    let mut all = users::list(&mut tx, program.workspace).await?;
    match all.len() {
        1 => Ok(all.remove(0)),
        0 => Err(usage("there is no user yet; add one: concord user add NAME")),
        _ => Err(usage("there are several users; say whose with --user")),
    }
}

/// The client of that name, address or id.
pub async fn client(program: &Program, text: &str) -> anyhow::Result<Client> {
    let mut tx = program.engine.store.read().await?;
    let all = clients::list(&mut tx, program.workspace).await?;
    let names = |client: &Client| {
        let address = client.address.as_ref().map(|address| address.as_str().to_owned());
        std::iter::once(client.name.clone()).chain(address).collect()
    };
    one("client", text, all, |client| client.id.0, names, "add one: concord client add NAME")
}

/// The account of that name or id.
pub async fn account(program: &Program, text: &str) -> anyhow::Result<Account> {
    one(
        "account",
        text,
        living_accounts(program, None).await?,
        |a| a.id.0,
        |a| vec![a.name.clone(), format!("{}:{}", a.provider, a.name)],
        "`concord account list` shows what there is",
    )
}

/// The account that is meant, or the only one there is.
pub async fn account_or_only(program: &Program, text: Option<&str>) -> anyhow::Result<Account> {
    if let Some(text) = text {
        return account(program, text).await;
    }
    let mut all = living_accounts(program, None).await?;
    match all.len() {
        1 => Ok(all.remove(0)),
        0 => {
            Err(usage("no account is connected yet; connect one: concord account connect google --user NAME"))
        }
        _ => Err(usage("several accounts are connected; say which with --account")),
    }
}

/// Accounts that were not disconnected, of one user or of all.
pub async fn living_accounts(program: &Program, user: Option<UserId>) -> anyhow::Result<Vec<Account>> {
    let mut tx = program.engine.store.read().await?;
    let mut all = accounts::list(&mut tx, program.workspace).await?;
    all.retain(|a| a.state != AccountState::Removed && user.is_none_or(|user| a.user == user));
    Ok(all)
}

/// The link of that id, or to the calendar of that name or id.
pub async fn link(program: &Program, text: &str) -> anyhow::Result<Link> {
    let names = |link: &Link| vec![link.name.clone(), link.calendar.as_str().to_owned()];
    one(
        "link",
        text,
        living_links(program, None).await?,
        |link| link.id.0,
        names,
        "`concord link list` shows what there is",
    )
}

/// Links that were not removed, of one user or of all.
pub async fn living_links(program: &Program, user: Option<UserId>) -> anyhow::Result<Vec<Link>> {
    let mut tx = program.engine.store.read().await?;
    let mut all = match user {
        Some(user) => links::list_user(&mut tx, program.workspace, user).await?,
        None => links::list(&mut tx, program.workspace).await?,
    };
    all.retain(|link| !matches!(link.state, LinkState::Removed { .. }));
    Ok(all)
}

/// The event of that id, deleted or not, or of that title.
pub async fn event(program: &Program, text: &str) -> anyhow::Result<EventId> {
    if let Some(id) = as_id(text) {
        let mut tx = program.engine.store.read().await?;
        return match events::get(&mut tx, program.workspace, id.into()).await {
            Ok(event) => Ok(event.id),
            Err(concord_store::Error::NotFound) => {
                Err(none("event", text, "`concord event list` shows what there is"))
            }
            Err(error) => Err(error.into()),
        };
    }
    // One that was deleted is named by its id alone: another one may have its title by now.
    let mut found: Vec<(EventId, Vec<String>)> = Vec::new();
    for deleted in [false, true] {
        let all = every_event(program, Query { deleted, ..Query::default() }).await?;
        let names = |title| if deleted { Vec::new() } else { vec![title] };
        found.extend(all.into_iter().map(|event| (event.id, names(event.content.title))));
    }
    let names = |event: &(EventId, Vec<String>)| event.1.clone();
    one("event", text, found, |event| event.0.0, names, "`concord event list` shows what there is")
        .map(|event| event.0)
}

/// Every event that a query finds, page by page.
pub async fn every_event(program: &Program, query: Query) -> anyhow::Result<Vec<Event>> {
    let mut query = Query { limit: PAGE, ..query };
    let mut all: Vec<Event> = Vec::new();
    loop {
        let mut tx = program.engine.store.read().await?;
        let page = events::list(&mut tx, program.workspace, &query).await?;
        let Some(last) = page.last() else { return Ok(all) };
        // Where a page ends, the next one begins: by the start that the row is ordered by.
        let (starts_at, _) = recurrence::first_and_last(&last.content.time, &last.content.overrides);
        query.after = Some((starts_at, last.id));
        all.extend(page);
    }
}

/// The conflict of that id.
pub async fn conflict(program: &Program, text: &str) -> anyhow::Result<Conflict> {
    let mut tx = program.engine.store.read().await?;
    if let Some(id) = as_id(text) {
        return conflicts::get(&mut tx, program.workspace, ConflictId(id))
            .await
            .map_err(|e| missing(e, "conflict", text));
    }
    let all = conflicts(program, false).await?;
    one(
        "conflict",
        text,
        all,
        |conflict| conflict.id.0,
        |_| Vec::new(),
        "`concord conflict list --all` shows what there is",
    )
}

/// All conflicts, or those that wait.
pub async fn conflicts(program: &Program, open_only: bool) -> anyhow::Result<Vec<Conflict>> {
    let mut tx = program.engine.store.read().await?;
    let mut all: Vec<Conflict> = Vec::new();
    loop {
        let after = all.last().map(|last| (last.detected_at, last.id));
        let page = conflicts::list(&mut tx, program.workspace, open_only, after, PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// The run of that id.
pub async fn run(program: &Program, text: &str) -> anyhow::Result<RunId> {
    let mut tx = program.engine.store.read().await?;
    if let Some(id) = as_id(text) {
        let (run, _) =
            runs::get(&mut tx, program.workspace, RunId(id)).await.map_err(|e| missing(e, "run", text))?;
        return Ok(run.id);
    }
    let mut all: Vec<Run> = Vec::new();
    loop {
        let offset = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let page = runs::list(&mut tx, program.workspace, &Filter::default(), offset, PAGE).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    let run =
        one("run", text, all, |run| run.id.0, |_| Vec::new(), "`concord run list` shows what there is")?;
    Ok(run.id)
}

fn missing(error: concord_store::Error, what: &str, text: impl Display) -> anyhow::Error {
    match error {
        concord_store::Error::NotFound => {
            none(what, text, &format!("`concord {what} list` shows what there is"))
        }
        other => other.into(),
    }
}

fn none(what: &str, text: impl Display, how_to_list: &str) -> anyhow::Error {
    usage(format!("there is no {what} \"{text}\"; {how_to_list}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<u128, &str>) {
        let all = vec![
            (0x0190_0000_0000_7000_8000_0000_0000_0001_u128, "Ann"),
            (0x0190_0000_0000_7000_8000_0000_0000_0002, "Bob"),
        ];
        let picked = one("user", text, all, |u| Uuid::from_u128(u.0), |u| vec![u.1.to_owned()], "list them");
        match expected {
            Ok(id) => assert_eq!(picked.unwrap().0, id, "{text}"),
            Err(part) => assert!(picked.unwrap_err().to_string().contains(part), "{text}"),
        }
    }

    #[test]
    fn a_thing_is_found_by_name_or_by_the_beginning_of_its_id() {
        check("ann", Ok(0x0190_0000_0000_7000_8000_0000_0000_0001));
        check("01900000-0000-7000-8000-000000000002", Ok(0x0190_0000_0000_7000_8000_0000_0000_0002));
        check("01900000", Err("could be several"));
        check("0190", Err("there is no user"));
        check("Eve", Err("list them"));
    }
}

//! What people decide about links, accounts and questions.

use concord_engine::links::{self, Leftovers};
use concord_engine::{Error, conflicts as answers, connect, edit, queue};
use concord_model::LinkId;
use concord_model::link::{Direction, Keep, Policy, Rule, RuleField};
use concord_model::privacy::Detail;
use concord_store::accounts::AccountState;
use concord_store::conflicts::{self, Conflict, ConflictKind, Resolution};
use concord_store::links::LinkState;
use concord_store::{accounts, plans};

use super::among;
use super::here::refused;
use crate::plan::WORD;
use crate::script::{Deed, Here};
use crate::world::{Stop, World};

/// A person decides it, if it can be decided.
pub(super) async fn act(world: &mut World, deed: Deed<Here>) -> Result<(), Stop> {
    let Deed { what, pick, how } = deed;
    let number = pick as usize % world.links.len().max(1);
    let Some(Some(link)) = world.links.get(number).copied() else { return Ok(()) };
    let done = match what {
        Here::Answer => answer(world, pick, how).await,
        Here::AnswerAll => answer_all(world, how).await.map(drop),
        Here::Approve => approve(world).await.map(drop),
        Here::Tighten | Here::Filter | Here::Turn | Here::Policy => set(world, number, link, what, how).await,
        Here::Pause => pause(world, link, true).await,
        Here::Resume => pause(world, link, false).await,
        Here::Retry => queue::retry_all(&world.engine, world.workspace, link).await.map(drop),
        Here::Switch => switch(world, link, pick, how).await,
        Here::Unlink => unlink(world, number, link, how).await,
        Here::Link => match is_removed(world, link).await {
            Ok(true) => world.link(number).await,
            other => other.map(drop),
        },
        Here::Disconnect => disconnect(world, number, how).await,
        Here::Reconnect => reconnect(world, number).await,
        _ => return Ok(()),
    };
    if done.is_ok() && !matches!(what, Here::Answer | Here::AnswerAll | Here::Approve) {
        world.tell(format!("{what:?} {}", world.place(number).calendar));
    }
    refused(world, &format!("{what:?}"), done)
}

async fn open(world: &World) -> Result<Vec<Conflict>, Error> {
    let mut tx = world.engine.store.read().await?;
    Ok(conflicts::list(&mut tx, world.workspace, true, None, 1_000).await?)
}

async fn answer_one(world: &mut World, conflict: &Conflict, how: u32) -> Result<(), Error> {
    let how = match (how % 4, conflict.kind) {
        (0, _) => Resolution::KeepPlatform,
        (1, _) => Resolution::KeepExternal,
        (2, ConflictKind::CreatedExternally) => Resolution::Both,
        _ => Resolution::KeepLatest,
    };
    let (by, fields) = (world.users[0], Default::default());
    answers::answer(&world.engine, world.workspace, conflict.id, how, fields, by).await?;
    if let Some(event) = conflict.event
        && how != Resolution::KeepPlatform
    {
        // Who keeps the calendar's word on a deletion deletes.
        world.past().answered.insert(event);
    }
    world.tell(format!("a question ({:?}) is answered: {how:?}", conflict.kind));
    Ok(())
}

async fn answer(world: &mut World, pick: u32, how: u32) -> Result<(), Error> {
    match among(&open(world).await?, pick) {
        Some(conflict) => answer_one(world, &conflict, how).await,
        None => Ok(()),
    }
}

/// Answers all that waits. Returns how many that were.
pub(crate) async fn answer_all(world: &mut World, how: u32) -> Result<usize, Error> {
    let open = open(world).await?;
    for conflict in &open {
        match answer_one(world, conflict, how).await {
            Ok(()) | Err(Error::Changed | Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(open.len())
}

/// Consents to all plans that wait. Returns how many.
pub(crate) async fn approve(world: &mut World) -> Result<usize, Error> {
    let mut tx = world.engine.store.read().await?;
    let open = plans::list_open(&mut tx, world.workspace, world.time.now()).await?;
    drop(tx);
    let mut count = 0;
    for plan in open {
        let mut tx = world.engine.store.read().await?;
        let state = concord_store::links::find(&mut tx, plan.link).await?.state;
        drop(tx);
        // Also one that was approved before, where the link waits for it again.
        let waits = matches!(&state, LinkState::Braked { plan: hash } if *hash == plan.hash);
        if plan.approved_at.is_some() && !waits {
            continue;
        }
        match links::approve(&world.engine, world.workspace, plan.link, &plan.hash).await {
            Ok(_) => {
                count += 1;
                world.past().agreed_to.insert(plan.link);
                world.tell(format!("the plan {} is approved", &plan.hash[..8.min(plan.hash.len())]));
            }
            Err(Error::NotFound(_) | Error::Changed) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

async fn set(world: &mut World, number: usize, link: LinkId, what: Here, how: u32) -> Result<(), Error> {
    let born = world.plan.links[number].settings.sight.detail;
    world.past().narrowed.insert(link);
    if what != Here::Policy {
        world.past().deaf.insert(link);
    }
    links::set(&world.engine, world.workspace, link, |settings| match what {
        // What was hidden from the beginning stays hidden: it is listened for.
        Here::Tighten if born == Detail::Full => {
            settings.sight.detail = [Detail::Busy, Detail::Title, Detail::Full][(how % 3) as usize];
        }
        Here::Tighten => settings.sight.detail = Detail::Busy,
        Here::Filter => {
            settings.filter.rules = match how % 3 {
                0 => Vec::new(),
                1 => vec![Rule { field: RuleField::Title, pattern: WORD.to_owned(), keep: Keep::Others }],
                _ => vec![Rule { field: RuleField::Title, pattern: WORD.to_owned(), keep: Keep::Matching }],
            };
        }
        Here::Turn => {
            settings.direction = [Direction::Both, Direction::Push, Direction::Pull][(how % 3) as usize];
        }
        _ => {
            settings.conflicts =
                [Policy::LastWriteWins, Policy::Ask, Policy::KeepPlatform, Policy::KeepExternal]
                    [(how % 4) as usize];
        }
    })
    .await?;
    Ok(())
}

pub(crate) async fn pause(world: &World, link: LinkId, paused: bool) -> Result<(), Error> {
    links::pause(&world.engine, world.workspace, link, paused).await.map(drop)
}

async fn switch(world: &mut World, link: LinkId, pick: u32, how: u32) -> Result<(), Error> {
    let events = world.events().await?;
    let Some(event) = among(&events, pick / 8) else { return Ok(()) };
    world.past().narrowed.insert(link);
    edit::switch(&world.engine, world.workspace, event.id, link, how.is_multiple_of(2)).await
}

async fn is_removed(world: &World, link: LinkId) -> Result<bool, Error> {
    let mut tx = world.engine.store.read().await?;
    let row = concord_store::links::find(&mut tx, link).await?;
    Ok(matches!(row.state, LinkState::Removed { .. }))
}

fn leftovers(how: u32) -> Leftovers {
    if how.is_multiple_of(2) { Leftovers::Leave } else { Leftovers::Remove }
}

async fn unlink(world: &mut World, number: usize, link: LinkId, how: u32) -> Result<(), Error> {
    world.past().narrowed.insert(link);
    let leftovers = leftovers(how);
    world.tell(format!("{} is disconnected: {leftovers:?}", world.place(number).calendar));
    links::remove(&world.engine, world.workspace, link, leftovers).await
}

async fn disconnect(world: &mut World, number: usize, how: u32) -> Result<(), Error> {
    let linked = &world.plan.links[number];
    let Some(account) = world.accounts.get(&(linked.person, linked.side)).copied() else { return Ok(()) };
    let theirs: Vec<LinkId> = (0..world.links.len())
        .filter(|other| world.plan.links[*other].person == linked.person)
        .filter_map(|other| world.links[other])
        .collect();
    world.past().narrowed.extend(theirs);
    connect::disconnect(&world.engine, world.workspace, account, leftovers(how)).await
}

/// A person connects an account again that has to be, and links what was linked.
pub(crate) async fn reconnect(world: &mut World, number: usize) -> Result<(), Error> {
    let linked = world.plan.links[number].clone();
    let Some(account) = world.accounts.get(&(linked.person, linked.side)).copied() else { return Ok(()) };
    let mut tx = world.engine.store.read().await?;
    let account = accounts::find(&mut tx, account).await?;
    drop(tx);
    if account.state == AccountState::Active {
        return Ok(());
    }
    if let Err(error) = world.connect(linked.person, linked.side).await {
        world.tell(format!("the sign-in did not succeed: {error}"));
    }
    Ok(())
}

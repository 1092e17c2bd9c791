//! Transactions: all or nothing, also for those who are cancelled.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use concord_model::{Event, Rev, WorkspaceId};
use concord_store::mappings::{Mapping, MappingState, Of};
use concord_store::{Error, events, links, mappings, meta, users};
use futures_util::future::{join, join_all};

use crate::leases::settled;
use crate::world::{
    HERE, MIA, World, add_event, at, bounds, chance, event, id, link, one_account, people, user,
};

pub(crate) async fn what_is_not_committed_never_was(world: World) {
    let mut tx = world.begin().await;
    meta::set(&mut tx, "colour", "green").await.unwrap();
    drop(tx);
    let mut tx = world.begin().await;
    assert_eq!(meta::get(&mut tx, "colour").await.unwrap(), None);
}

/// Drops a future after so many polls: a run that is cancelled while it waits for the database.
async fn cancelled<F: Future>(after: usize, future: F) {
    let (mut future, mut polls) = (pin!(future), 0);
    poll_fn(|context| {
        polls += 1;
        match future.as_mut().poll(context) {
            Poll::Pending if polls < after => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}

pub(crate) async fn a_dropped_future_leaves_the_pool_clean(world: World) {
    for polls in 1..60 {
        let work = async {
            let mut tx = world.store.begin().await.unwrap();
            meta::set(&mut tx, "colour", "green").await.unwrap();
            meta::set(&mut tx, "shape", "round").await.unwrap();
        };
        cancelled(polls % 20, work).await;
    }
    nothing_lingers(&world).await;
}

/// Without the pool's hook, Postgres then hands out connections that are inside of a transaction; after one that was
/// to read, the next cannot write.
pub(crate) async fn a_cancelled_begin_leaves_the_pool_clean(world: World) {
    for polls in 1..60 {
        let reading = async {
            loop {
                world.store.read().await.unwrap().commit().await.unwrap();
            }
        };
        cancelled(polls, reading).await;
        // It may take a moment until the connection is back in the pool, and lent again.
        for _ in 0..8 {
            let mut tx = world.begin().await;
            meta::set(&mut tx, "colour", "green").await.unwrap();
        }
    }
    nothing_lingers(&world).await;
}

/// What is written and committed on a connection that lingers in a transaction is lost, or seen by nobody else.
async fn nothing_lingers(world: &World) {
    for n in 0..40 {
        let mut tx = world.begin().await;
        assert_eq!(meta::get(&mut tx, "colour").await.unwrap(), None, "nothing was committed before");
        let key = format!("after {n}");
        meta::set(&mut tx, &key, "seen").await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(meta::get(&mut tx, &key).await.unwrap().as_deref(), Some("seen"));
    }
}

pub(crate) async fn a_missing_reference_is_not_found(world: World) {
    people(&world).await;
    let mut tx = world.begin().await;
    let stranger = user(MIA, WorkspaceId(id(0xDEAD)), "mia");
    let failed = users::add(&mut tx, &users::User { id: concord_model::UserId(id(9)), ..stranger }).await;
    assert!(matches!(failed, Err(Error::NotFound)), "{failed:?}");
}

pub(crate) async fn readers_see_one_moment(world: World) {
    people(&world).await;
    add_event(&world, &event(1, "before")).await;
    let mut reader = world.store.read().await.unwrap();
    let seen = events::get(&mut reader, HERE, event(1, "").id).await.unwrap();

    let mut changed = event(1, "after");
    changed.rev = Rev(2);
    let mut writer = world.begin().await;
    events::update(&mut writer, &changed, bounds(&changed), seen.rev).await.unwrap();
    writer.commit().await.unwrap();

    let again = events::get(&mut reader, HERE, changed.id).await.unwrap();
    assert_eq!(again.content.title, "before");
}

/// Edits and runs meet on the same links, events and mappings all the time. Whoever keeps the order (links, by id;
/// then events; then mappings) is never refused, and no edit is lost.
pub(crate) async fn edits_and_runs_do_not_hinder_each_other(world: World) {
    let account = one_account(&world).await;
    let all = [event(1, "one"), event(2, "two")];
    let mut tx = world.begin().await;
    let one = links::add(&mut tx, &link(1, &account)).await.unwrap();
    let two = links::add(&mut tx, &link(2, &account)).await.unwrap();
    tx.commit().await.unwrap();
    for event in &all {
        add_event(&world, event).await;
    }
    let links = [one.id, two.id];
    let edits = (0..4).map(|n| {
        let (store, event) = (world.store.clone(), all[n % 2].clone());
        tokio::spawn(async move {
            for turn in 0..25 {
                let mut tx = store.begin().await?;
                for link in links {
                    links::due(&mut tx, link, at(turn)).await?;
                }
                let now = events::get(&mut tx, HERE, event.id).await?;
                let next = Event { rev: Rev(now.rev.0 + 1), ..now.clone() };
                events::update(&mut tx, &next, bounds(&next), now.rev).await?;
                mappings::touch(&mut tx, HERE, event.id, &links, at(turn), &mut chance(n as u64 * 100 + 1))
                    .await?;
                tx.commit().await?;
            }
            Ok::<(), Error>(())
        })
    });
    let runs = (0..2).map(|n| {
        let (store, link) = (world.store.clone(), links[n]);
        tokio::spawn(async move {
            for turn in 0..25 {
                let mut tx = store.begin().await?;
                let Some(held) = links::claim_this(&mut tx, link, at(turn), at(turn + 9), "node").await?
                else {
                    continue;
                };
                let work = mappings::work(&mut tx, link, Of::Events, at(turn), None, 10).await?;
                tx.commit().await?;
                let mut tx = store.begin().await?;
                links::hold(&mut tx, &held.lease(), at(turn)).await?;
                for mapping in work {
                    // It agrees on what it has read of the event, which may have changed since.
                    let synced_rev = Rev(mapping.touched);
                    let agreed = Mapping { state: MappingState::Synced, synced_rev, ..mapping };
                    mappings::save(&mut tx, &agreed).await?;
                }
                links::settle(&mut tx, &held.lease(), &settled(None)).await?;
                tx.commit().await?;
            }
            Ok::<(), Error>(())
        })
    });
    let edits = join_all(edits.collect::<Vec<_>>());
    let runs = join_all(runs.collect::<Vec<_>>());
    let (edits, runs) = join(edits, runs).await;
    for done in edits.into_iter().chain(runs) {
        done.unwrap().unwrap();
    }
    let mut tx = world.begin().await;
    for event in &all {
        for mapping in mappings::of_event(&mut tx, HERE, event.id).await.unwrap() {
            let seen = mapping.synced_rev == Rev(mapping.touched);
            assert!(mapping.state == MappingState::Pending || seen, "an edit was lost");
        }
    }
}

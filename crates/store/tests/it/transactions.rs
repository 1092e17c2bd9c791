//! Transactions: all or nothing, also for those who are cancelled.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use concord_model::WorkspaceId;
use concord_store::{Error, events, meta, users};

use crate::world::{MIA, World, add_event, bounds, event, id, people, user};

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
    let seen = events::get(&mut reader, crate::world::HERE, event(1, "").id).await.unwrap();

    let mut changed = event(1, "after");
    changed.rev = concord_model::Rev(2);
    let mut writer = world.begin().await;
    events::update(&mut writer, &changed, bounds(&changed), seen.rev).await.unwrap();
    writer.commit().await.unwrap();

    let again = events::get(&mut reader, crate::world::HERE, changed.id).await.unwrap();
    assert_eq!(again.content.title, "before");
}

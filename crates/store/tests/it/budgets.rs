//! How fast a provider may be called.

use concord_store::{Store, budgets};
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::world::{World, at};

/// One unit comes back every second, five can be saved up.
async fn take(store: &Store, now: Timestamp, units: i64) -> Result<(), Timestamp> {
    let mut tx = store.begin().await.unwrap();
    let answer = budgets::take(&mut tx, "account:1", now, 1_000_000, 5, units).await.unwrap();
    tx.commit().await.unwrap();
    answer
}

pub(crate) async fn a_burst_is_given_and_then_one_by_one(world: World) {
    let store = &world.store;
    for _ in 0..5 {
        assert_eq!(take(store, at(0), 1).await, Ok(()));
    }
    assert_eq!(take(store, at(0), 1).await, Err(at(1)));
    assert_eq!(take(store, at(0), 3).await, Err(at(3)));
    assert_eq!(take(store, at(1), 1).await, Ok(()));
    assert_eq!(take(store, at(1), 1).await, Err(at(2)));
    assert_eq!(take(store, at(1000), 5).await, Ok(()), "what is saved up is no more than the burst");
    assert_eq!(take(store, at(1000), 1).await, Err(at(1001)));
}

pub(crate) async fn more_than_the_burst_is_given_when_full(world: World) {
    let store = &world.store;
    assert_eq!(take(store, at(0), 9).await, Ok(()));
    assert_eq!(take(store, at(0), 9).await, Err(at(9)));
    assert_eq!(take(store, at(9), 9).await, Ok(()));
}

pub(crate) async fn i_48_what_a_wrong_clock_has_spent_counts_for_nothing(world: World) {
    let store = &world.store;
    assert_eq!(take(store, at(3600), 5).await, Ok(()), "a clock that is an hour ahead");
    assert_eq!(take(store, at(0), 5).await, Ok(()));
    assert_eq!(take(store, at(0), 1).await, Err(at(1)), "the budget holds again");
}

pub(crate) async fn bm_111_two_pools_share_one_budget(world: World) {
    let other = Store::open(&world.url).await.unwrap();
    let asked = join_all((0..20).map(|n| take(if n % 2 == 0 { &world.store } else { &other }, at(0), 1)));
    assert_eq!(asked.await.into_iter().filter(Result::is_ok).count(), 5);
}

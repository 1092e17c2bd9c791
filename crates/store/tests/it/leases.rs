//! Who works on a link, and when someone should.

use std::collections::BTreeSet;

use concord_model::LinkId;
use concord_store::accounts::{self, AccountState};
use concord_store::links::{self, Link, LinkState, Settled};
use concord_store::runs::RunStatus;
use concord_store::{Error, Store};
use futures_util::future::join_all;
use jiff::Timestamp;

use crate::world::{HERE, World, at, link, one_account, one_link, run_id};

pub(crate) fn settled(due_at: Option<Timestamp>) -> Settled {
    Settled {
        due_at,
        run: Some(run_id(1)),
        status: RunStatus::Success,
        error: None,
        failures: 0,
        success_at: Some(at(1)),
        first_done: true,
        full_at: None,
        next_safety_at: None,
    }
}

async fn due_links(world: &World, count: u128) {
    let account = one_account(world).await;
    let mut tx = world.begin().await;
    for n in 0..count {
        let due = Link { due_at: Some(at(-(n as i64))), ..link(n, &account) };
        links::add(&mut tx, &due).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn claim(store: &Store, now: Timestamp, until: Timestamp) -> Option<Link> {
    let mut tx = store.begin().await.unwrap();
    let claimed = links::claim(&mut tx, now, until, "node").await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

/// Claims until nothing is due; settles at once, for much later.
async fn work(store: &Store) -> Vec<LinkId> {
    let mut claimed = Vec::new();
    while let Some(link) = claim(store, at(0), at(60)).await {
        let mut tx = store.begin().await.unwrap();
        links::hold(&mut tx, &link.lease(), at(0)).await.unwrap();
        links::settle(&mut tx, &link.lease(), &settled(Some(at(9999)))).await.unwrap();
        tx.commit().await.unwrap();
        claimed.push(link.id);
    }
    claimed
}

async fn each_is_claimed_once(stores: Vec<&Store>, count: usize) {
    let claimed: Vec<LinkId> = join_all(stores.into_iter().map(|store| {
        let store = store.clone();
        tokio::spawn(async move { work(&store).await })
    }))
    .await
    .into_iter()
    .flat_map(Result::unwrap)
    .collect();
    let different: BTreeSet<LinkId> = claimed.iter().copied().collect();
    assert_eq!((claimed.len(), different.len()), (count, count));
}

pub(crate) async fn each_due_link_is_claimed_once(world: World) {
    due_links(&world, 200).await;
    each_is_claimed_once(vec![&world.store; 8], 200).await;
}

pub(crate) async fn each_due_link_is_claimed_once_by_two_nodes(world: World) {
    due_links(&world, 100).await;
    let other = Store::open(&world.url).await.unwrap();
    each_is_claimed_once([&world.store, &other].repeat(4), 100).await;
}

pub(crate) async fn a_held_link_is_not_claimed(world: World) {
    due_links(&world, 1).await;
    let first = claim(&world.store, at(0), at(60)).await.unwrap();
    assert_eq!((first.holder.as_deref(), first.lease_until), (Some("node"), Some(at(60))));
    assert!(claim(&world.store, at(59), at(90)).await.is_none());
    let mut tx = world.begin().await;
    assert!(links::claim_this(&mut tx, first.id, at(59), at(90), "person").await.unwrap().is_none());
}

pub(crate) async fn the_longest_due_is_claimed_first(world: World) {
    due_links(&world, 3).await;
    let mut order = Vec::new();
    while let Some(link) = claim(&world.store, at(0), at(60)).await {
        order.push(link.due_at.unwrap());
    }
    assert_eq!(order, [at(-2), at(-1), at(0)]);
}

pub(crate) async fn a_link_that_may_not_be_called_is_not_claimed(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    assert!(links::claim(&mut tx, at(0), at(60), "node").await.unwrap().is_none(), "it is not due");
    links::due(&mut tx, link.id, at(0)).await.unwrap();
    links::set_state(&mut tx, HERE, link.id, &LinkState::Paused).await.unwrap();
    assert!(links::claim(&mut tx, at(0), at(60), "node").await.unwrap().is_none(), "it is paused");
    assert!(links::claim_this(&mut tx, link.id, at(0), at(60), "node").await.unwrap().is_none());
    links::set_state(&mut tx, HERE, link.id, &LinkState::Active).await.unwrap();
    let dead = AccountState::Reconnect { why: "revoked".into() };
    accounts::set_state(&mut tx, HERE, link.account, &dead).await.unwrap();
    assert!(links::claim(&mut tx, at(0), at(60), "node").await.unwrap().is_none(), "nobody is signed in");
    accounts::set_state(&mut tx, HERE, link.account, &AccountState::Active).await.unwrap();
    accounts::set_wait(&mut tx, link.account, at(30)).await.unwrap();
    assert!(
        links::claim(&mut tx, at(29), at(60), "node").await.unwrap().is_none(),
        "the provider said to wait"
    );
    assert!(links::claim(&mut tx, at(30), at(60), "node").await.unwrap().is_some());
}

pub(crate) async fn a_stale_epoch_changes_nothing(world: World) {
    due_links(&world, 1).await;
    let slow = claim(&world.store, at(0), at(60)).await.unwrap();
    let quick = claim(&world.store, at(60), at(120)).await.unwrap();
    assert!(quick.id == slow.id && quick.lease_epoch > slow.lease_epoch);
    let mut tx = world.begin().await;
    let before = links::find(&mut tx, slow.id).await.unwrap();
    let stale = slow.lease();
    assert!(matches!(links::hold(&mut tx, &stale, at(61)).await, Err(Error::LeaseLost)));
    assert!(matches!(links::renew(&mut tx, &stale, at(61), at(200)).await, Err(Error::LeaseLost)));
    assert!(matches!(links::settle(&mut tx, &stale, &settled(None)).await, Err(Error::LeaseLost)));
    assert!(links::find(&mut tx, slow.id).await.unwrap() == before);
    links::hold(&mut tx, &quick.lease(), at(61)).await.unwrap();
}

pub(crate) async fn holding_needs_a_valid_lease(world: World) {
    due_links(&world, 1).await;
    let lease = claim(&world.store, at(0), at(60)).await.unwrap().lease();
    let mut tx = world.begin().await;
    links::hold(&mut tx, &lease, at(59)).await.unwrap();
    assert!(matches!(links::hold(&mut tx, &lease, at(60)).await, Err(Error::LeaseLost)), "its time is over");
    assert!(matches!(links::renew(&mut tx, &lease, at(60), at(99)).await, Err(Error::LeaseLost)));
    links::renew(&mut tx, &lease, at(59), at(99)).await.unwrap();
    links::hold(&mut tx, &lease, at(98)).await.unwrap();
    links::settle(&mut tx, &lease, &settled(None)).await.unwrap();
    assert!(matches!(links::hold(&mut tx, &lease, at(59)).await, Err(Error::LeaseLost)), "it was given back");
    assert!(matches!(links::settle(&mut tx, &lease, &settled(None)).await, Err(Error::LeaseLost)));
}

/// Claims at 0, lets `meanwhile` happen, settles for `next`; returns when the link is due then.
async fn due_after(world: &World, meanwhile: &[i64], next: Option<i64>) -> Option<Timestamp> {
    let mut tx = world.begin().await;
    let id = links::list(&mut tx, HERE).await.unwrap()[0].id;
    let link = links::claim_this(&mut tx, id, at(0), at(60), "node").await.unwrap().unwrap();
    assert!(!link.wake);
    for n in meanwhile {
        links::due(&mut tx, id, at(*n)).await.unwrap();
    }
    assert_eq!(links::find(&mut tx, id).await.unwrap().wake, !meanwhile.is_empty());
    links::settle(&mut tx, &link.lease(), &settled(next.map(at))).await.unwrap();
    let after = links::find(&mut tx, id).await.unwrap();
    assert!(!after.wake && after.lease_until.is_none() && after.first_done);
    assert_eq!((after.last_run, after.last_status), (Some(run_id(1)), Some(RunStatus::Success)));
    after.due_at
}

pub(crate) async fn what_becomes_due_meanwhile_is_due_after(world: World) {
    one_link(&world).await;
    assert_eq!(due_after(&world, &[], Some(30)).await, Some(at(30)));
    assert_eq!(due_after(&world, &[], None).await, None);
    assert_eq!(due_after(&world, &[5, 5, 9], Some(30)).await, Some(at(5)));
    assert_eq!(due_after(&world, &[40], Some(30)).await, Some(at(30)), "a later wish does not delay");
    assert_eq!(due_after(&world, &[40], None).await, Some(at(40)));
}

pub(crate) async fn a_thousand_triggers_are_one(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    for n in 0..1000 {
        links::due(&mut tx, link.id, at(n % 7)).await.unwrap();
    }
    let claimed = links::claim(&mut tx, at(10), at(60), "node").await.unwrap().unwrap();
    links::settle(&mut tx, &claimed.lease(), &settled(None)).await.unwrap();
    assert!(links::claim(&mut tx, at(99), at(199), "node").await.unwrap().is_none());
}

pub(crate) async fn edits_let_a_failing_link_rest(world: World) {
    let link = one_link(&world).await;
    let rest = jiff::SignedDuration::from_secs(10);
    let due = async |failures: i64, now: i64| {
        let mut tx = world.begin().await;
        let lease =
            links::claim_this(&mut tx, link.id, at(100), at(160), "w").await.unwrap().unwrap().lease();
        let settled = Settled { failures, ..settled(Some(at(1_000))) };
        links::settle(&mut tx, &lease, &settled).await.unwrap();
        links::due_for_edit(&mut tx, link.id, at(now), rest).await.unwrap();
        links::find(&mut tx, link.id).await.unwrap().due_at
    };
    assert_eq!(due(0, 101).await, Some(at(101)), "one that works is due at once");
    assert_eq!(due(1, 101).await, Some(at(110)));
    assert_eq!(due(3, 200).await, Some(at(200)), "it has rested");
}

pub(crate) async fn a_later_trigger_does_not_delay(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    for (wish, expected) in [(50, 50), (20, 20), (90, 20)] {
        links::due(&mut tx, link.id, at(wish)).await.unwrap();
        assert_eq!(links::find(&mut tx, link.id).await.unwrap().due_at, Some(at(expected)));
    }
}

pub(crate) async fn claiming_by_name_makes_due(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    links::claim_this(&mut tx, link.id, at(0), at(60), "person").await.unwrap().unwrap();
    // The worker is never heard of again; another finds the link as due as it was then.
    let again = links::claim(&mut tx, at(60), at(120), "node").await.unwrap().unwrap();
    assert_eq!((again.id, again.due_at), (link.id, Some(at(0))));
}

pub(crate) async fn an_abandoned_lease_can_be_claimed(world: World) {
    due_links(&world, 1).await;
    let first = claim(&world.store, at(0), at(60)).await.unwrap();
    let second = claim(&world.store, at(60), at(120)).await.unwrap();
    assert_eq!((second.id, second.lease_epoch), (first.id, first.lease_epoch + 1));
}

pub(crate) async fn next_due_waits_for_lease_and_account(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    assert_eq!(links::next_due(&mut tx).await.unwrap(), None);
    links::due(&mut tx, link.id, at(10)).await.unwrap();
    assert_eq!(links::next_due(&mut tx).await.unwrap(), Some(at(10)));
    let lease = links::claim(&mut tx, at(10), at(70), "node").await.unwrap().unwrap().lease();
    assert_eq!(links::next_due(&mut tx).await.unwrap(), Some(at(70)));
    accounts::set_wait(&mut tx, link.account, at(50)).await.unwrap();
    assert_eq!(links::next_due(&mut tx).await.unwrap(), Some(at(70)));
    accounts::set_wait(&mut tx, link.account, at(99)).await.unwrap();
    assert_eq!(links::next_due(&mut tx).await.unwrap(), Some(at(99)));
    links::settle(&mut tx, &lease, &settled(Some(at(200)))).await.unwrap();
    assert_eq!(links::next_due(&mut tx).await.unwrap(), Some(at(200)));
    links::set_state(&mut tx, HERE, link.id, &LinkState::Paused).await.unwrap();
    assert_eq!(links::next_due(&mut tx).await.unwrap(), None);
}

pub(crate) async fn of_one_account_four_links_are_worked_on_at_a_time(world: World) {
    due_links(&world, 6).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(claim(&world.store, at(0), at(60)).await.unwrap());
    }
    assert!(claim(&world.store, at(0), at(60)).await.is_none(), "its four places are taken");
    let mut tx = world.begin().await;
    let waiting = links::list(&mut tx, HERE).await.unwrap();
    let waiting = waiting.iter().find(|link| held.iter().all(|one| one.id != link.id)).unwrap();
    let this = links::claim_this(&mut tx, waiting.id, at(0), at(60), "node").await.unwrap();
    assert!(this.is_none(), "a person who asks waits as well");
    assert_eq!(links::next_due(&mut tx).await.unwrap(), Some(at(60)), "nobody is woken in vain");
    links::settle(&mut tx, &held[0].lease(), &settled(Some(at(9999)))).await.unwrap();
    assert!(links::next_due(&mut tx).await.unwrap().is_some_and(|due| due <= at(0)));
    tx.commit().await.unwrap();
    assert!(claim(&world.store, at(0), at(60)).await.is_some());
    assert!(claim(&world.store, at(0), at(60)).await.is_none());
    // Whoever has died gives a place back when their time is over.
    assert!(claim(&world.store, at(60), at(120)).await.is_some());
}

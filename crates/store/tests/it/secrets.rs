//! Secrets: sealed where they lie, and under the key that is in force.

use concord_store::accounts::{self, Account};
use concord_store::vault::{MasterKey, Vault};
use concord_store::{Error, Store, channels, grants, rotation};
use secrecy::{ExposeSecret, SecretString};

use crate::accounts::grant;
use crate::channels::channel;
use crate::world::{HERE, MIA, World, account, chance, one_link};

fn key(seed: u64) -> MasterKey {
    MasterKey::generate(&mut chance(seed))
}

/// A vault that seals with the first of these keys and opens with all of them.
pub(crate) fn vault(seeds: &[u64]) -> Vault {
    Vault::new(seeds.iter().copied().map(key).collect()).unwrap()
}

/// Adds accounts with a sealed grant each, and a channel with a sealed secret; returns the accounts.
pub(crate) async fn sealed(store: &Store, world: &World, vault: &Vault, count: u128) -> Vec<Account> {
    let link = one_link(world).await;
    let mut chance = chance(500);
    let mut sealer = vault.with(&mut chance);
    let mut tx = store.begin().await.unwrap();
    let mut all = Vec::new();
    for n in 0..count {
        let account = accounts::upsert(&mut tx, &account(100 + n, MIA)).await.unwrap();
        let secret = grant(&format!("access {n}"), None);
        grants::seal_grant(&mut tx, &mut sealer, &account, &secret, None, &[], None).await.unwrap();
        all.push(account);
    }
    channels::insert(&mut tx, &mut sealer, &channel(1, &link), &SecretString::from("notice")).await.unwrap();
    tx.commit().await.unwrap();
    all
}

pub(crate) async fn a_sealed_cell_opens_only_in_its_place(world: World) {
    let vault = vault(&[1]);
    let all = sealed(&world.store, &world, &vault, 2).await;
    world
        .execute("UPDATE grants SET sealed = (SELECT o.sealed FROM grants o ORDER BY o.account_id LIMIT 1)")
        .await;
    let mut tx = world.begin().await;
    assert!(grants::open_grant(&mut tx, &vault, &all[0]).await.is_ok(), "it lies where it was put");
    let Err(Error::Broken(why)) = grants::open_grant(&mut tx, &vault, &all[1]).await else {
        panic!("it opened")
    };
    assert!(why.to_string().contains("lies where it was not put"), "{why}");
}

pub(crate) async fn opens(world: &World, vault: &Vault, all: &[Account]) {
    let mut tx = world.begin().await;
    for (n, account) in all.iter().enumerate() {
        let (secret, version) = grants::open_grant(&mut tx, vault, account).await.unwrap();
        assert_eq!((secret.access.expose_secret(), version), (format!("access {n}").as_str(), 1));
    }
    let channel = channels::by_external(&mut tx, "channel 1").await.unwrap();
    assert_eq!(channels::secret(&mut tx, vault, &channel).await.unwrap().expose_secret(), "notice");
    assert_eq!(accounts::list(&mut tx, HERE).await.unwrap().len(), all.len() + 1);
}

pub(crate) async fn rotation_leaves_nothing_under_the_old_key(world: World) {
    let all = sealed(&world.store, &world, &vault(&[1]), 7).await;
    let both = vault(&[2, 1]);
    let done = rotation::rotate(&world.store, &both, &mut chance(9), 3).await.unwrap();
    assert_eq!((done.rewrapped, done.unreadable), (8, 0));
    let mut tx = world.begin().await;
    let status = rotation::status(&mut tx).await.unwrap();
    assert!(status.into_iter().eq([(key(2).id(), 8)]));
    drop(tx);
    opens(&world, &vault(&[2]), &all).await;
    let again = rotation::rotate(&world.store, &both, &mut chance(9), 3).await.unwrap();
    assert_eq!(again, rotation::Rotated::default());
}

pub(crate) async fn an_interrupted_rotation_is_finished_by_the_next(world: World) {
    let all = sealed(&world.store, &world, &vault(&[1]), 7).await;
    let both = vault(&[2, 1]);
    // It draws chance twice for a cell at most: the process ends in the middle of the second page.
    let (mut even, mut draws) = (chance(9), 0);
    let mut failing = move |bytes: &mut [u8]| {
        draws += 1;
        assert!(draws <= 4, "the process ends here");
        even(bytes);
    };
    let store = world.store.clone();
    let interrupted = tokio::spawn(async move {
        let both = vault(&[2, 1]);
        rotation::rotate(&store, &both, &mut failing, 3).await
    });
    assert!(interrupted.await.is_err());
    let mut tx = world.begin().await;
    let status = rotation::status(&mut tx).await.unwrap();
    drop(tx);
    assert_eq!((status[&key(2).id()], status[&key(1).id()]), (3, 5), "one page was done");
    opens(&world, &both, &all).await;
    let done = rotation::rotate(&world.store, &both, &mut chance(10), 3).await.unwrap();
    assert_eq!(done.rewrapped, 5);
    opens(&world, &vault(&[2]), &all).await;
}

pub(crate) async fn a_rotation_leaves_what_it_cannot_open(world: World) {
    let all = sealed(&world.store, &world, &vault(&[1]), 4).await;
    let done = rotation::rotate(&world.store, &vault(&[2]), &mut chance(9), 2).await.unwrap();
    assert_eq!((done.rewrapped, done.unreadable), (0, 5));
    opens(&world, &vault(&[1]), &all).await;
}

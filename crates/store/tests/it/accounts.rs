//! Accounts and their grants.

use concord_store::accounts::{self, Account, AccountState, GrantSecret};
use concord_store::vault::{MasterKey, Vault};
use concord_store::{Error, grants};
use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};

use crate::world::{HERE, MIA, World, account, at, chance, id, one_account};

pub(crate) fn grant(access: &str, refresh: Option<&str>) -> GrantSecret {
    GrantSecret {
        access: SecretString::from(access),
        refresh: refresh.map(SecretString::from),
        extra: serde_json::json!({ "tenant": "t1" }),
    }
}

pub(crate) fn vault(seed: u64) -> Vault {
    Vault::new(vec![MasterKey::generate(&mut chance(seed))]).unwrap()
}

pub(crate) async fn signing_in_again_keeps_the_account(world: World) {
    let first = one_account(&world).await;
    let mut tx = world.begin().await;
    accounts::set_state(&mut tx, HERE, first.id, &AccountState::Reconnect { why: "revoked".into() })
        .await
        .unwrap();
    let again = Account {
        id: concord_model::AccountId(id(99)),
        name: "renamed".into(),
        created_at: at(9),
        ..account(1, MIA)
    };
    let kept = accounts::upsert(&mut tx, &again).await.unwrap();
    assert!(kept == Account { name: "renamed".into(), ..first.clone() });
    assert!(accounts::get(&mut tx, HERE, first.id).await.unwrap() == kept);
    assert_eq!(accounts::list_user(&mut tx, HERE, MIA).await.unwrap().len(), 1);
    assert_eq!(accounts::list(&mut tx, HERE).await.unwrap().len(), 1);
}

pub(crate) async fn a_wait_only_grows(world: World) {
    let account = one_account(&world).await;
    let mut tx = world.begin().await;
    for (until, expected) in [(10, 10), (5, 10), (20, 20)] {
        accounts::set_wait(&mut tx, account.id, at(until)).await.unwrap();
        let now = accounts::get(&mut tx, HERE, account.id).await.unwrap();
        assert_eq!(now.wait_until, Some(at(expected)));
    }
}

pub(crate) async fn a_state_is_news_once(world: World) {
    let account = one_account(&world).await;
    let mut tx = world.begin().await;
    let dead = AccountState::Reconnect { why: "the grant was revoked".into() };
    assert!(accounts::set_state(&mut tx, HERE, account.id, &dead).await.unwrap());
    assert!(!accounts::set_state(&mut tx, HERE, account.id, &dead).await.unwrap());
    assert_eq!(accounts::get(&mut tx, HERE, account.id).await.unwrap().state, dead);
    assert!(accounts::set_state(&mut tx, HERE, account.id, &AccountState::Active).await.unwrap());
}

pub(crate) async fn a_grant_is_swapped_only_from_its_own_version(world: World) {
    let account = one_account(&world).await;
    let (vault, mut chance) = (vault(1), chance(2));
    let mut sealer = vault.with(&mut chance);
    let mut tx = world.begin().await;
    let scopes = ["calendar".to_owned(), "mail".to_owned()];
    let one = grant("access \"1\"", Some("refresh 1"));
    let first =
        grants::seal_grant(&mut tx, &mut sealer, &account, &one, Some(at(60)), &scopes, None).await.unwrap();
    let (opened, version) = grants::open_grant(&mut tx, &vault, &account).await.unwrap();
    assert_eq!(opened.access.expose_secret(), "access \"1\"");
    assert_eq!(opened.refresh.unwrap().expose_secret(), "refresh 1");
    assert_eq!((version, opened.extra), (first, serde_json::json!({ "tenant": "t1" })));
    let told = accounts::get(&mut tx, HERE, account.id).await.unwrap();
    assert_eq!((told.access_ends_at, told.scopes.as_slice()), (Some(at(60)), scopes.as_slice()));

    let two = grant("access 2", None);
    grants::seal_grant(&mut tx, &mut sealer, &account, &two, None, &scopes, Some(first)).await.unwrap();
    let late = grants::seal_grant(&mut tx, &mut sealer, &account, &one, None, &scopes, Some(first)).await;
    assert!(matches!(late, Err(Error::Changed)), "{late:?}");
    let (opened, _) = grants::open_grant(&mut tx, &vault, &account).await.unwrap();
    assert!(opened.access.expose_secret() == "access 2" && opened.refresh.is_none());

    // A person who signs in again is asked for no version, and outdates whoever refreshes meanwhile.
    let anew = grants::seal_grant(&mut tx, &mut sealer, &account, &one, None, &scopes, None).await.unwrap();
    assert!(anew > first + 1);
    grants::forget(&mut tx, account.id).await.unwrap();
    assert!(matches!(grants::open_grant(&mut tx, &vault, &account).await, Err(Error::NotFound)));
}

pub(crate) async fn one_refreshes_at_a_time(world: World) {
    let account = one_account(&world).await;
    let (vault, mut chance) = (vault(1), chance(2));
    let mut tx = world.begin().await;
    let secret = grant("a", None);
    grants::seal_grant(&mut tx, &mut vault.with(&mut chance), &account, &secret, None, &[], None)
        .await
        .unwrap();
    assert!(accounts::claim_refresh(&mut tx, account.id, at(0), at(30), 1).await.unwrap());
    assert!(!accounts::claim_refresh(&mut tx, account.id, at(1), at(31), 2).await.unwrap());
    accounts::release_refresh(&mut tx, account.id, 2).await.unwrap();
    assert!(!accounts::claim_refresh(&mut tx, account.id, at(2), at(32), 3).await.unwrap(), "2 never had it");
    accounts::release_refresh(&mut tx, account.id, 1).await.unwrap();
    assert!(accounts::claim_refresh(&mut tx, account.id, at(3), at(33), 4).await.unwrap());
    assert!(
        accounts::claim_refresh(&mut tx, account.id, at(33), at(60), 5).await.unwrap(),
        "4 is out of time"
    );
}

pub(crate) async fn of_many_swaps_one_wins(world: World) {
    let account = one_account(&world).await;
    let vault = vault(1);
    let mut tx = world.begin().await;
    let secret = grant("a", None);
    let version =
        grants::seal_grant(&mut tx, &mut vault.with(&mut chance(2)), &account, &secret, None, &[], None)
            .await
            .unwrap();
    tx.commit().await.unwrap();
    let swaps = join_all((0..8).map(async |n| {
        let mut tx = world.begin().await;
        let (mut chance, secret) = (chance(10 + n), grant(&format!("access {n}"), None));
        let mut sealer = vault.with(&mut chance);
        let done =
            grants::seal_grant(&mut tx, &mut sealer, &account, &secret, None, &[], Some(version)).await;
        if done.is_ok() {
            tx.commit().await.unwrap();
        }
        done.is_ok()
    }));
    assert_eq!(swaps.await.into_iter().filter(|won| *won).count(), 1);
}

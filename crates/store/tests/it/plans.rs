//! Consent, and sign-ins: both are used once, and in time.

use concord_model::ProviderId;
use concord_store::Error;
use concord_store::links::Link;
use concord_store::plans::{self, Plan};
use concord_store::sign_ins::{self, SignIn};
use secrecy::{ExposeSecret, SecretString};

use crate::accounts::vault;
use crate::world::{ELSEWHERE, HERE, MIA, World, at, chance, one_link, people};

fn plan(link: &Link, made: i64) -> Plan {
    Plan {
        hash: "abc".into(),
        link: link.id,
        workspace: HERE,
        json: serde_json::json!({ "delete": 40 }),
        made_at: at(made),
        approved_at: None,
        expires_at: at(made + 100),
        used_at: None,
    }
}

pub(crate) async fn consent_is_used_once(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    let given = plan(&link, 0);
    plans::save(&mut tx, &given).await.unwrap();
    assert!(plans::get(&mut tx, HERE, link.id, "abc").await.unwrap() == given);
    assert!(!plans::use_once(&mut tx, link.id, "abc", at(1)).await.unwrap(), "nobody has consented");
    assert!(matches!(
        plans::approve(&mut tx, ELSEWHERE, link.id, "abc", at(1), at(50)).await,
        Err(Error::NotFound)
    ));
    plans::approve(&mut tx, HERE, link.id, "abc", at(1), at(50)).await.unwrap();
    assert!(!plans::use_once(&mut tx, link.id, "abd", at(2)).await.unwrap(), "that is another plan");
    assert!(plans::use_once(&mut tx, link.id, "abc", at(2)).await.unwrap());
    assert!(!plans::use_once(&mut tx, link.id, "abc", at(2)).await.unwrap());
    assert!(matches!(
        plans::approve(&mut tx, HERE, link.id, "abc", at(3), at(50)).await,
        Err(Error::Changed)
    ));
    assert!(plans::list_open(&mut tx, HERE, at(3)).await.unwrap().is_empty());
}

pub(crate) async fn consent_ends(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    plans::save(&mut tx, &plan(&link, 0)).await.unwrap();
    assert_eq!(plans::list_open(&mut tx, HERE, at(99)).await.unwrap().len(), 1);
    assert!(plans::list_open(&mut tx, HERE, at(100)).await.unwrap().is_empty());
    assert!(matches!(
        plans::approve(&mut tx, HERE, link.id, "abc", at(100), at(200)).await,
        Err(Error::Changed)
    ));
    plans::approve(&mut tx, HERE, link.id, "abc", at(99), at(150)).await.unwrap();
    assert!(!plans::use_once(&mut tx, link.id, "abc", at(150)).await.unwrap());
    assert!(plans::use_once(&mut tx, link.id, "abc", at(149)).await.unwrap());
}

pub(crate) async fn a_plan_made_again_keeps_valid_consent(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    plans::save(&mut tx, &plan(&link, 0)).await.unwrap();
    plans::approve(&mut tx, HERE, link.id, "abc", at(1), at(50)).await.unwrap();
    plans::save(&mut tx, &plan(&link, 10)).await.unwrap();
    assert!(plans::use_once(&mut tx, link.id, "abc", at(11)).await.unwrap());
    // Used, it must be consented to anew.
    plans::save(&mut tx, &plan(&link, 12)).await.unwrap();
    assert!(!plans::use_once(&mut tx, link.id, "abc", at(13)).await.unwrap());
    plans::approve(&mut tx, HERE, link.id, "abc", at(14), at(20)).await.unwrap();
    plans::save(&mut tx, &plan(&link, 20)).await.unwrap();
    assert!(!plans::use_once(&mut tx, link.id, "abc", at(21)).await.unwrap(), "the consent had ended");
}

pub(crate) async fn a_sign_in_is_taken_once(world: World) {
    people(&world).await;
    let (vault, mut chance) = (vault(1), chance(2));
    let mut tx = world.begin().await;
    for name in ["one", "late"] {
        let sign_in = SignIn {
            state_hash: name.into(),
            workspace: HERE,
            user: MIA,
            provider: ProviderId::from("google"),
            session: "session".into(),
            verifier: SecretString::from("verifier"),
            redirect: "https://example.org/back".into(),
            expires_at: at(10),
        };
        sign_ins::start(&mut tx, &mut vault.with(&mut chance), &sign_in).await.unwrap();
    }
    let taken = sign_ins::take_once(&mut tx, &vault, "one", at(9)).await.unwrap();
    assert_eq!((taken.user, taken.session.as_str(), taken.provider.as_str()), (MIA, "session", "google"));
    assert_eq!(taken.verifier.expose_secret(), "verifier");
    assert!(matches!(sign_ins::take_once(&mut tx, &vault, "one", at(9)).await, Err(Error::NotFound)));
    assert!(matches!(sign_ins::take_once(&mut tx, &vault, "late", at(10)).await, Err(Error::NotFound)));
    assert!(matches!(sign_ins::take_once(&mut tx, &vault, "unknown", at(9)).await, Err(Error::NotFound)));
    assert_eq!(sign_ins::forget_before(&mut tx, at(11)).await.unwrap(), 2);
}

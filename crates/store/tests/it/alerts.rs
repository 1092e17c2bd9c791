//! Alerts: one of a kind at a time, kept up to date, and history once they are over.

use concord_store::Error;
use concord_store::alerts::{self, Alert, AlertKind, Severity};
use concord_store::history::Actor;

use crate::world::{ELSEWHERE, HERE, MIA, World, at, id, one_link};

pub(crate) async fn mo_2_an_alert_is_opened_once_told_anew_and_resolved_once(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    let alert = |n: u128, text: &str, now: i64| Alert {
        id: id(n),
        workspace: HERE,
        user: MIA,
        link: link.id,
        kind: AlertKind::Channel,
        severity: Severity::High,
        text: text.to_owned(),
        opened_at: at(now),
        updated_at: at(now),
        resolved: None,
    };
    alerts::open(&mut tx, &alert(1, "It tells nothing.", 1)).await.unwrap();
    alerts::open(&mut tx, &alert(2, "It refuses.", 2)).await.unwrap();
    let told = Alert { updated_at: at(2), ..alert(1, "It refuses.", 1) };
    assert_eq!(alerts::standing(&mut tx).await.unwrap(), std::slice::from_ref(&told));
    assert_eq!(alerts::get(&mut tx, HERE, id(1)).await.unwrap(), told);
    assert!(matches!(alerts::get(&mut tx, ELSEWHERE, id(1)).await, Err(Error::NotFound)));
    alerts::resolve(&mut tx, HERE, &told, at(3), Actor::User(MIA)).await.unwrap();
    let again = alerts::resolve(&mut tx, HERE, &told, at(4), Actor::Program).await;
    assert!(matches!(again, Err(Error::NotFound)));
    let over = Alert { resolved: Some((at(3), Actor::User(MIA))), ..told };
    alerts::open(&mut tx, &alert(3, "Once more.", 5)).await.unwrap();
    let all = alerts::of_user(&mut tx, HERE, MIA, 10).await.unwrap();
    assert_eq!(all, [alert(3, "Once more.", 5), over], "the latest first");
    assert!(alerts::of_user(&mut tx, ELSEWHERE, MIA, 10).await.unwrap().is_empty());
    assert_eq!(alerts::of_user(&mut tx, HERE, MIA, 1).await.unwrap().len(), 1);
    assert_eq!(alerts::forget_resolved_before(&mut tx, at(4)).await.unwrap(), 1);
    assert_eq!(alerts::standing(&mut tx).await.unwrap().len(), 1, "what is open is kept");
}

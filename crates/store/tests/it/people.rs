//! Workspaces, users and clients; and what the installation remembers.

use std::sync::Arc;

use concord_model::people::Address;
use concord_model::{WorkspaceId, Zone};
use concord_store::users::{self, User};
use concord_store::{Error, clients, meta, workspaces};
use tokio::sync::Barrier;

use crate::world::{BEN, ELSEWHERE, HERE, Kind, MIA, World, ZOE, at, client, id, people, user};

pub(crate) async fn users_come_back_as_they_were(world: World) {
    people(&world).await;
    let mut tx = world.begin().await;
    assert!(users::get(&mut tx, HERE, MIA).await.unwrap() == user(MIA, HERE, "mia"));
    let zone = Zone::new("Asia/Kathmandu").unwrap();
    users::set_zone(&mut tx, HERE, MIA, &zone).await.unwrap();
    users::set_password_hash(&mut tx, HERE, MIA, Some("a hash")).await.unwrap();
    assert_eq!(users::get(&mut tx, HERE, MIA).await.unwrap().zone, zone);
    assert_eq!(users::password_hash(&mut tx, HERE, MIA).await.unwrap().as_deref(), Some("a hash"));
    assert_eq!(users::password_hash(&mut tx, HERE, BEN).await.unwrap(), None);
}

pub(crate) async fn an_address_belongs_to_one_user(world: World) {
    people(&world).await;
    let mut tx = world.begin().await;
    let double = User { id: concord_model::UserId(id(77)), ..user(MIA, HERE, "MIA") };
    match users::add(&mut tx, &double).await {
        Err(Error::Taken { what }) => assert_eq!(what, "users"),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn a_user_is_found_by_address_before_name(world: World) {
    people(&world).await;
    let mut tx = world.begin().await;
    let nosy = User {
        name: "ben@example.org".to_owned(),
        address: Some(Address::from("nosy@example.org")),
        ..user(concord_model::UserId(id(78)), HERE, "x")
    };
    users::add(&mut tx, &nosy).await.unwrap();
    let mut found = async |text| {
        let users = users::by_name_or_address(&mut tx, HERE, text).await.unwrap();
        users.iter().map(|user| user.id).collect::<Vec<_>>()
    };
    assert_eq!(found("Ben@Example.org").await, [BEN]);
    assert_eq!(found("ben").await, [BEN]);
    assert_eq!(found("zoe").await, []);
}

pub(crate) async fn clients_come_back_as_they_were(world: World) {
    people(&world).await;
    let mut tx = world.begin().await;
    let mut ana = client(1, "Ana");
    clients::add(&mut tx, &ana).await.unwrap();
    clients::add(&mut tx, &client(2, "Abe")).await.unwrap();
    ana.phone = Some("+49 1".to_owned());
    ana.user = Some(BEN);
    clients::save(&mut tx, &ana).await.unwrap();
    assert!(clients::get(&mut tx, HERE, ana.id).await.unwrap() == ana);
    let names: Vec<_> = clients::list(&mut tx, HERE).await.unwrap().into_iter().map(|c| c.name).collect();
    assert_eq!(names, ["Abe", "Ana"]);
    let some = clients::by_ids(&mut tx, HERE, &[ana.id, concord_model::ClientId(id(5))]).await.unwrap();
    assert!(some.len() == 1 && some[&ana.id] == ana);
}

pub(crate) async fn a_workspace_sees_only_its_own(world: World) {
    people(&world).await;
    let mut tx = world.begin().await;
    clients::add(&mut tx, &client(1, "Ana")).await.unwrap();
    assert!(matches!(users::get(&mut tx, ELSEWHERE, MIA).await, Err(Error::NotFound)));
    assert!(matches!(users::set_zone(&mut tx, HERE, ZOE, &Zone::utc()).await, Err(Error::NotFound)));
    assert!(matches!(clients::get(&mut tx, ELSEWHERE, client(1, "").id).await, Err(Error::NotFound)));
    assert!(clients::by_ids(&mut tx, ELSEWHERE, &[client(1, "").id]).await.unwrap().is_empty());
    let theirs: Vec<_> = users::list(&mut tx, ELSEWHERE).await.unwrap().into_iter().map(|u| u.id).collect();
    assert_eq!(theirs, [ZOE]);
}

pub(crate) async fn the_default_workspace_is_made_once(world: World) {
    let mut tx = world.begin().await;
    let first = workspaces::ensure_default(&mut tx, HERE, "studio", at(1)).await.unwrap();
    let again = workspaces::ensure_default(&mut tx, ELSEWHERE, "other", at(2)).await.unwrap();
    assert!(first == again && first.id == HERE);
    assert_eq!(workspaces::list(&mut tx).await.unwrap().len(), 1);
    assert!(matches!(workspaces::get(&mut tx, WorkspaceId(id(1))).await, Err(Error::NotFound)));
}

pub(crate) async fn a_workspace_is_called_otherwise(world: World) {
    let mut tx = world.begin().await;
    let made = workspaces::ensure_default(&mut tx, HERE, "default", at(1)).await.unwrap();
    workspaces::set_name(&mut tx, made.id, "Studio").await.unwrap();
    assert_eq!(workspaces::default(&mut tx).await.unwrap().unwrap().name, "Studio");
    let unknown = workspaces::set_name(&mut tx, ELSEWHERE, "Studio").await;
    assert!(matches!(unknown, Err(Error::NotFound)));
}

pub(crate) async fn of_many_first_starts_one_makes_the_default_workspace(world: World) {
    // Postgres lets all of them look before any of them writes; SQLite lets one in at a time.
    let together = (world.kind == Kind::Postgres).then(|| Arc::new(Barrier::new(8)));
    let starts = (0..8).map(|n| {
        let (store, together) = (world.store.clone(), together.clone());
        tokio::spawn(async move {
            let mut tx = store.begin().await?;
            assert!(together.is_none() || workspaces::default(&mut tx).await?.is_none());
            if let Some(together) = together {
                together.wait().await;
            }
            let made =
                workspaces::ensure_default(&mut tx, WorkspaceId(id(100 + n)), "default", at(1)).await?;
            tx.commit().await?;
            Ok::<_, Error>(made.id)
        })
    });
    let mut found = Vec::new();
    for start in starts.collect::<Vec<_>>() {
        found.push(start.await.unwrap().unwrap());
    }
    found.dedup();
    assert_eq!(found.len(), 1, "all are in the same workspace");
    assert_eq!(workspaces::list(&mut world.begin().await).await.unwrap().len(), 1);
}

pub(crate) async fn what_is_kept_first_stays(world: World) {
    let mut tx = world.begin().await;
    assert!(meta::set_first(&mut tx, "colour", "green").await.unwrap());
    assert!(!meta::set_first(&mut tx, "colour", "blue").await.unwrap());
    assert_eq!(meta::get(&mut tx, "colour").await.unwrap().as_deref(), Some("green"));
}

pub(crate) async fn meta_keeps_the_last_value(world: World) {
    let mut tx = world.begin().await;
    assert_eq!(meta::get(&mut tx, "colour").await.unwrap(), None);
    meta::set(&mut tx, "colour", "green").await.unwrap();
    meta::set(&mut tx, "colour", "blue").await.unwrap();
    assert_eq!(meta::get(&mut tx, "colour").await.unwrap().as_deref(), Some("blue"));
}

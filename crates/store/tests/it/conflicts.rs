//! Conflicts: open ones wait, resolved ones keep what was lost.

use std::collections::BTreeMap;

use concord_store::conflicts::{self, Answer, Conflict, ConflictKind, ConflictState, Resolution};
use concord_store::links::Link;
use concord_store::mappings::{self, MappingState};
use concord_store::{Actor, Error};

use crate::world::{
    ELSEWHERE, HERE, MIA, World, add_event, at, conflict_id, event, mapping, one_link, run_id,
};

pub(crate) fn conflict(n: u128, link: &Link) -> Conflict {
    Conflict {
        id: conflict_id(n),
        workspace: HERE,
        event: Some(event(1, "").id),
        link: link.id,
        mapping: mapping(n, link).id,
        kind: ConflictKind::DataMismatch,
        fields: vec![serde_json::json!({ "field": "title" })],
        base: Some(event(1, "base").content),
        ours: Some(event(1, "ours").content),
        theirs: None,
        state: ConflictState::Open,
        answer: None,
        detected_at: at(n as i64 / 3),
        expires_at: Some(at(100 + n as i64)),
        run: Some(run_id(1)),
    }
}

fn resolved() -> ConflictState {
    ConflictState::Resolved { how: Resolution::KeepLatest, at: at(5), by: Actor::Program }
}

async fn a_link(world: &World) -> Link {
    let link = one_link(world).await;
    add_event(world, &event(1, "one")).await;
    link
}

pub(crate) async fn conflicts_come_back_as_they_were(world: World) {
    let link = a_link(&world).await;
    let mut tx = world.begin().await;
    let open = conflict(1, &link);
    let past = Conflict { state: resolved(), event: None, run: None, expires_at: None, ..conflict(2, &link) };
    for given in [&open, &past] {
        assert!(conflicts::open(&mut tx, given).await.unwrap() == *given);
        assert!(conflicts::get(&mut tx, HERE, given.id).await.unwrap() == *given);
    }
    assert!(matches!(conflicts::get(&mut tx, ELSEWHERE, open.id).await, Err(Error::NotFound)));
    assert!(conflicts::by_mapping_open(&mut tx, open.mapping).await.unwrap() == Some(open.clone()));
    assert!(conflicts::by_mapping_open(&mut tx, past.mapping).await.unwrap().is_none());
    let waiting = conflicts::open_of(&mut tx, &[open.mapping, past.mapping]).await.unwrap();
    assert!(waiting.into_values().eq([open]));
}

pub(crate) async fn a_mapping_has_one_open_conflict(world: World) {
    let link = a_link(&world).await;
    let mut tx = world.begin().await;
    let first = conflict(1, &link);
    conflicts::open(&mut tx, &first).await.unwrap();
    let again = Conflict {
        id: conflict_id(9),
        kind: ConflictKind::Deleted,
        ours: None,
        detected_at: at(50),
        expires_at: Some(at(500)),
        ..first.clone()
    };
    let kept = conflicts::open(&mut tx, &again).await.unwrap();
    assert!(kept == Conflict { kind: ConflictKind::Deleted, ours: None, ..first.clone() });
    // What was decided before does not stand in the way, and is not touched.
    conflicts::resolve(&mut tx, HERE, first.id, Resolution::Merge, at(6), Actor::User(MIA)).await.unwrap();
    conflicts::open(&mut tx, &again).await.unwrap();
    assert_eq!(conflicts::list(&mut tx, HERE, false, None, 10).await.unwrap().len(), 2);
    assert_eq!(conflicts::list(&mut tx, HERE, true, None, 10).await.unwrap().len(), 1);
    assert!(conflicts::list(&mut tx, ELSEWHERE, false, None, 10).await.unwrap().is_empty());
}

pub(crate) async fn a_conflict_is_resolved_once(world: World) {
    let link = a_link(&world).await;
    let mut tx = world.begin().await;
    let given = conflict(1, &link);
    conflicts::open(&mut tx, &given).await.unwrap();
    let elsewhere =
        conflicts::resolve(&mut tx, ELSEWHERE, given.id, Resolution::Merge, at(6), Actor::Program).await;
    assert!(matches!(elsewhere, Err(Error::NotFound)));
    conflicts::resolve(&mut tx, HERE, given.id, Resolution::KeepExternal, at(6), Actor::User(MIA))
        .await
        .unwrap();
    let late =
        conflicts::resolve(&mut tx, HERE, given.id, Resolution::KeepPlatform, at(7), Actor::Program).await;
    assert!(matches!(late, Err(Error::Changed)));
    let state = ConflictState::Resolved { how: Resolution::KeepExternal, at: at(6), by: Actor::User(MIA) };
    assert!(conflicts::get(&mut tx, HERE, given.id).await.unwrap() == Conflict { state, ..given });
}

pub(crate) async fn pages_neither_skip_nor_repeat(world: World) {
    let link = a_link(&world).await;
    let mut tx = world.begin().await;
    for n in 0..20 {
        conflicts::open(&mut tx, &conflict(n, &link)).await.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = conflicts::list(&mut tx, HERE, true, after, 6).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.detected_at, last.id));
        seen.extend(page.into_iter().map(|c| c.id));
    }
    assert_eq!(seen, (0..20).map(conflict_id).collect::<Vec<_>>());
}

pub(crate) async fn unanswered_ones_expire(world: World) {
    let link = a_link(&world).await;
    let mut tx = world.begin().await;
    for n in [2, 1, 3] {
        conflicts::open(&mut tx, &conflict(n, &link)).await.unwrap();
    }
    conflicts::open(&mut tx, &Conflict { expires_at: None, ..conflict(4, &link) }).await.unwrap();
    conflicts::open(&mut tx, &Conflict { state: resolved(), ..conflict(0, &link) }).await.unwrap();
    let over = conflicts::expired(&mut tx, at(102), 10).await.unwrap();
    assert_eq!(over.into_iter().map(|c| c.id).collect::<Vec<_>>(), [conflict_id(1), conflict_id(2)]);
}

pub(crate) async fn losing_values_outlive_the_mapping(world: World) {
    let link = a_link(&world).await;
    let mut tx = world.begin().await;
    mappings::insert(&mut tx, &mapping(1, &link)).await.unwrap();
    let open = conflict(1, &link);
    let past = Conflict { id: conflict_id(2), state: resolved(), ..conflict(1, &link) };
    conflicts::open(&mut tx, &open).await.unwrap();
    conflicts::open(&mut tx, &past).await.unwrap();
    mappings::remove(&mut tx, open.mapping).await.unwrap();
    assert!(conflicts::get(&mut tx, HERE, past.id).await.unwrap() == past);
    assert!(
        matches!(conflicts::get(&mut tx, HERE, open.id).await, Err(Error::NotFound)),
        "nothing is left to ask"
    );
}

pub(crate) async fn an_answer_makes_the_mapping_due(world: World) {
    let link = a_link(&world).await;
    let mut tx = world.begin().await;
    let given = conflict(1, &link);
    let waits = mappings::Mapping { state: MappingState::Conflict, ..mapping(1, &link) };
    mappings::insert(&mut tx, &waits).await.unwrap();
    conflicts::open(&mut tx, &given).await.unwrap();
    let answer = Answer {
        how: Resolution::Merge,
        fields: BTreeMap::from([("title".to_owned(), Resolution::KeepExternal)]),
        at: at(3),
        by: Actor::User(MIA),
    };
    conflicts::answer(&mut tx, HERE, given.id, &answer).await.unwrap();
    assert!(conflicts::get(&mut tx, HERE, given.id).await.unwrap().answer == Some(answer.clone()));
    assert_eq!(mappings::get(&mut tx, HERE, waits.id).await.unwrap().state, MappingState::Pending);
    conflicts::resolve(&mut tx, HERE, given.id, Resolution::Merge, at(6), Actor::User(MIA)).await.unwrap();
    assert!(matches!(conflicts::answer(&mut tx, HERE, given.id, &answer).await, Err(Error::Changed)));
}

//! Who comes in, what they were answered, and what listeners hear.

use concord_store::answers::{self, Answer};
use concord_store::api_keys::{self, ApiKey, Scope};
use concord_store::changes::{self, Change, Kind};
use concord_store::feeds::{self, Feed};
use concord_store::sessions::{self, Session};
use concord_store::{Error, events, links};

use concord_model::link::{Settings, Window};
use concord_model::{Event, UserId};

use crate::world::{self, BEN, ELSEWHERE, HERE, MIA, World, at, bounds, id, one_link, people};

fn event(n: u128, owner: UserId) -> Event {
    Event { owner, ..world::event(n, "Coaching") }
}

fn session(hash: &str) -> Session {
    Session {
        id_hash: hash.to_owned(),
        workspace: HERE,
        user: MIA,
        created_at: at(0),
        seen_at: at(0),
        ends_at: at(100),
    }
}

pub(crate) async fn a_session_lasts_as_long_as_it_is_used(world: World) {
    people(&world).await;
    let mut tx = world.begin().await;
    sessions::start(&mut tx, &session("one")).await.unwrap();
    assert!(sessions::find(&mut tx, "one", at(99)).await.unwrap().is_some());
    assert!(sessions::find(&mut tx, "one", at(100)).await.unwrap().is_none(), "it has ended");
    sessions::seen(&mut tx, "one", at(50), at(150)).await.unwrap();
    assert!(sessions::find(&mut tx, "one", at(100)).await.unwrap().is_some(), "it was used");
    sessions::seen(&mut tx, "one", at(150), at(300)).await.unwrap();
    assert!(
        sessions::find(&mut tx, "one", at(150)).await.unwrap().is_none(),
        "what has ended does not come back"
    );
    assert_eq!(sessions::forget_ended(&mut tx, at(150)).await.unwrap(), 1);
}

pub(crate) async fn a_new_password_ends_the_other_sessions(world: World) {
    people(&world).await;
    let mut tx = world.begin().await;
    for hash in ["one", "two", "three"] {
        sessions::start(&mut tx, &session(hash)).await.unwrap();
    }
    sessions::start(&mut tx, &Session { user: BEN, ..session("ben's") }).await.unwrap();
    assert_eq!(sessions::end_others(&mut tx, HERE, MIA, "two").await.unwrap(), 2);
    for (hash, lives) in [("one", false), ("two", true), ("three", false), ("ben's", true)] {
        assert_eq!(sessions::find(&mut tx, hash, at(1)).await.unwrap().is_some(), lives, "{hash}");
    }
}

pub(crate) async fn a_revoked_key_opens_nothing(world: World) {
    people(&world).await;
    let key = ApiKey {
        id: id(900),
        workspace: HERE,
        user: MIA,
        name: "the platform".to_owned(),
        prefix: "ck_abc".to_owned(),
        hash: "hash".to_owned(),
        scope: Scope::Write,
        created_at: at(0),
        used_at: None,
        revoked_at: None,
    };
    let mut tx = world.begin().await;
    api_keys::add(&mut tx, &key).await.unwrap();
    assert!(api_keys::find(&mut tx, "hash").await.unwrap() == Some(key.clone()));
    api_keys::used(&mut tx, key.id, at(5)).await.unwrap();
    assert!(matches!(api_keys::revoke(&mut tx, ELSEWHERE, key.id, at(6)).await, Err(Error::NotFound)));
    api_keys::revoke(&mut tx, HERE, key.id, at(6)).await.unwrap();
    assert!(api_keys::find(&mut tx, "hash").await.unwrap().is_none());
    assert!(matches!(api_keys::revoke(&mut tx, HERE, key.id, at(7)).await, Err(Error::NotFound)));
    let listed = api_keys::list(&mut tx, HERE).await.unwrap();
    assert_eq!((listed[0].used_at, listed[0].revoked_at), (Some(at(5)), Some(at(6))));
    assert!(api_keys::list(&mut tx, ELSEWHERE).await.unwrap().is_empty());
}

pub(crate) async fn a_feed_is_found_by_its_secret_alone_also_when_it_is_revoked(world: World) {
    people(&world).await;
    let feed = Feed {
        id: id(901),
        workspace: HERE,
        user: MIA,
        name: "for my family".to_owned(),
        hash: "hash".to_owned(),
        settings: Settings { window: Window { back_days: 1, ahead_days: 2 }, ..Settings::default() },
        created_at: at(0),
        used_at: None,
        revoked_at: None,
    };
    let mut tx = world.begin().await;
    feeds::add(&mut tx, &feed).await.unwrap();
    assert!(feeds::find(&mut tx, "hash").await.unwrap() == Some(feed.clone()));
    assert!(feeds::find(&mut tx, "other").await.unwrap().is_none());
    assert!(matches!(
        feeds::add(&mut tx, &Feed { id: id(902), ..feed.clone() }).await,
        Err(Error::Taken { .. })
    ));
    drop(tx);
    let mut tx = world.begin().await;
    feeds::add(&mut tx, &feed).await.unwrap();
    feeds::used(&mut tx, feed.id, at(5)).await.unwrap();
    assert!(matches!(feeds::revoke(&mut tx, ELSEWHERE, feed.id, at(6)).await, Err(Error::NotFound)));
    feeds::revoke(&mut tx, HERE, feed.id, at(6)).await.unwrap();
    assert!(matches!(feeds::revoke(&mut tx, HERE, feed.id, at(7)).await, Err(Error::NotFound)));
    let listed = feeds::list(&mut tx, HERE).await.unwrap();
    assert_eq!((listed[0].used_at, listed[0].revoked_at), (Some(at(5)), Some(at(6))));
    assert!(feeds::list(&mut tx, ELSEWHERE).await.unwrap().is_empty());
}

pub(crate) async fn an_answer_is_given_once_for_each_key_and_user(world: World) {
    people(&world).await;
    let answer = Answer {
        workspace: HERE,
        user: MIA,
        key: "k".to_owned(),
        fingerprint: "f".to_owned(),
        status: 201,
        at: at(0),
        body: "{}".to_owned(),
    };
    let mut tx = world.begin().await;
    answers::keep(&mut tx, &answer).await.unwrap();
    assert!(answers::find(&mut tx, HERE, MIA, "k").await.unwrap() == Some(answer.clone()));
    assert!(answers::find(&mut tx, HERE, BEN, "k").await.unwrap().is_none());
    answers::keep(&mut tx, &Answer { user: BEN, ..answer.clone() }).await.unwrap();
    assert_eq!(answers::forget_before(&mut tx, at(1)).await.unwrap(), 2);
    answers::keep(&mut tx, &answer).await.unwrap();
    assert!(matches!(answers::keep(&mut tx, &answer).await, Err(Error::Taken { .. })));
}

async fn heard(world: &World, seq: i64) -> Vec<Change> {
    let mut tx = world.store.read().await.unwrap();
    changes::since(&mut tx, seq, 100).await.unwrap()
}

async fn end(world: &World) -> i64 {
    let mut tx = world.store.read().await.unwrap();
    changes::kept(&mut tx).await.unwrap().1
}

pub(crate) async fn a_change_is_heard_once_and_only_when_it_is_so(world: World) {
    people(&world).await;
    let place = end(&world).await;
    let mut changed = world.store.changed();
    let mine = event(1, MIA);
    let mut tx = world.begin().await;
    events::insert(&mut tx, &mine, bounds(&mine)).await.unwrap();
    let next = Event { rev: concord_model::Rev(2), ..mine.clone() };
    events::update(&mut tx, &next, bounds(&mine), mine.rev).await.unwrap();
    assert!(!changed.has_changed().unwrap());
    tx.commit().await.unwrap();
    assert!(changed.has_changed().unwrap(), "who waits in this process is woken");
    changed.mark_unchanged();
    let told = heard(&world, place).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (told[0].workspace, told[0].user, told[0].kind, told[0].subject),
        (HERE, MIA, Kind::Event, mine.id.0)
    );
    assert_eq!(heard(&world, told[0].seq).await, []);

    let mut tx = world.begin().await;
    let third = Event { rev: concord_model::Rev(3), ..mine.clone() };
    events::update(&mut tx, &third, bounds(&mine), next.rev).await.unwrap();
    drop(tx);
    assert_eq!(heard(&world, told[0].seq).await, [], "it never was");
    assert!(!changed.has_changed().unwrap());
}

pub(crate) async fn a_links_owner_hears_of_it(world: World) {
    let link = one_link(&world).await;
    let place = end(&world).await;
    let mut tx = world.begin().await;
    links::due(&mut tx, link.id, at(1)).await.unwrap();
    tx.commit().await.unwrap();
    let told = heard(&world, place).await;
    assert_eq!(
        told.iter().map(|c| (c.user, c.kind, c.subject)).collect::<Vec<_>>(),
        [(link.user, Kind::Link, link.id.0)]
    );
}

pub(crate) async fn many_changes_at_once_are_one(world: World) {
    people(&world).await;
    let place = end(&world).await;
    let mut tx = world.begin().await;
    for n in 1..=200 {
        let one = event(n, if n % 2 == 0 { MIA } else { BEN });
        events::insert(&mut tx, &one, bounds(&one)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let told = heard(&world, place).await;
    assert_eq!(told.len(), 2, "one for each person: {told:?}");
    assert!(told.iter().all(|c| c.kind == Kind::Everything && c.subject == HERE.0));
}

pub(crate) async fn the_oldest_changes_are_forgotten(world: World) {
    people(&world).await;
    for n in 1..=5 {
        let one = event(n, MIA);
        let mut tx = world.begin().await;
        events::insert(&mut tx, &one, bounds(&one)).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = world.begin().await;
    changes::keep_last(&mut tx, 2).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.store.read().await.unwrap();
    let kept = changes::since(&mut tx, 0, 100).await.unwrap();
    assert_eq!(kept.iter().map(|c| c.subject).collect::<Vec<_>>(), [event(4, MIA).id.0, event(5, MIA).id.0]);
    assert_eq!(changes::kept(&mut tx).await.unwrap(), (kept[0].seq, kept[1].seq));
}

/// Numbers are given in the order of commits: whoever has heard the last has heard them all.
pub(crate) async fn nothing_is_passed_over(world: World) {
    people(&world).await;
    let place = end(&world).await;
    let writers = (1..=40).map(|n| {
        let store = world.store.clone();
        tokio::spawn(async move {
            let one = event(n, MIA);
            let mut tx = store.begin().await.unwrap();
            events::insert(&mut tx, &one, bounds(&one)).await.unwrap();
            tx.commit().await.unwrap();
        })
    });
    let writers: Vec<_> = writers.collect();
    let (mut last, mut count) = (place, 0);
    while count < 40 {
        let news = heard(&world, last).await;
        count += news.len();
        last = news.last().map_or(last, |change| change.seq);
        assert!(
            count == 40 || writers.iter().any(|w| !w.is_finished()) || !heard(&world, last).await.is_empty()
        );
        tokio::task::yield_now().await;
    }
    assert_eq!(heard(&world, place).await.len(), 40);
}

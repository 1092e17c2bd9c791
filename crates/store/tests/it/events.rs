//! Events, and how they are found.

use concord_model::event::{Booking, Origin};
use concord_model::{ClientId, Event, EventId, Rev, UserId};
use concord_store::events::{self, Bounds, Query};
use concord_store::mappings::{self, Mapping};
use concord_store::runs::{self, Run, RunKind};
use concord_store::{Actor, Error};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::odd::an_event;
use crate::world::{
    BEN, ELSEWHERE, HERE, MIA, World, add_client, add_event, at, bounds, client, event, mapping, one_link,
    people, run_id,
};

/// Generates that many values, the same ones each time.
pub(crate) fn generated<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

pub(crate) async fn odd_events_come_back_as_they_were(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    let all = generated(an_event(link.id), 150);
    let with_bounds: Vec<(&Event, Bounds)> = all.iter().map(|event| (event, bounds(event))).collect();
    events::insert_all(&mut tx, &with_bounds).await.unwrap();
    let ids: Vec<EventId> = all.iter().map(|event| event.id).collect();
    let found = events::find(&mut tx, HERE, &ids).await.unwrap();
    for given in &all {
        assert!(found[&given.id] == *given, "{given:#?}\ncame back as\n{:#?}", found[&given.id]);
    }
    for (given, next) in all.iter().zip(&all[1..]) {
        let rev = given.rev;
        let external_ref = given.booking.external_ref.clone();
        let booking = Booking { external_ref, ..next.booking.clone() };
        let changed = Event { id: given.id, created_at: given.created_at, booking, ..next.clone() };
        events::update(&mut tx, &changed, bounds(&changed), rev).await.unwrap();
        assert!(events::get(&mut tx, HERE, given.id).await.unwrap() == changed);
    }
}

pub(crate) async fn an_update_needs_its_revision(world: World) {
    people(&world).await;
    let first = event(1, "one");
    add_event(&world, &first).await;
    let mut tx = world.begin().await;
    let second = Event { rev: Rev(2), ..event(1, "two") };
    events::update(&mut tx, &second, bounds(&second), Rev(1)).await.unwrap();
    let late = Event { rev: Rev(2), ..event(1, "late") };
    assert!(matches!(events::update(&mut tx, &late, bounds(&late), Rev(1)).await, Err(Error::Changed)));
    assert_eq!(events::get(&mut tx, HERE, first.id).await.unwrap().content.title, "two");
    let unknown = event(9, "none");
    assert!(matches!(
        events::update(&mut tx, &unknown, bounds(&unknown), Rev(1)).await,
        Err(Error::NotFound)
    ));
    let elsewhere = Event { workspace: ELSEWHERE, ..second };
    assert!(matches!(
        events::update(&mut tx, &elsewhere, bounds(&elsewhere), Rev(2)).await,
        Err(Error::NotFound)
    ));
}

pub(crate) async fn an_external_ref_is_unique_in_its_workspace(world: World) {
    people(&world).await;
    let booking = |name: &str| Booking { external_ref: Some(name.to_owned()), ..Booking::default() };
    let first = Event { booking: booking("b1"), ..event(1, "one") };
    add_event(&world, &first).await;
    add_event(&world, &event(3, "without")).await;
    add_event(&world, &event(4, "without")).await;
    let mut tx = world.begin().await;
    assert!(events::by_external_ref(&mut tx, HERE, "b1").await.unwrap() == Some(first));
    assert!(events::by_external_ref(&mut tx, ELSEWHERE, "b1").await.unwrap().is_none());
    let double = Event { booking: booking("b1"), ..event(2, "two") };
    match events::insert(&mut tx, &double, bounds(&double)).await {
        Err(Error::Taken { what }) => assert_eq!(what, "events"),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn a_deleted_event_gives_its_external_ref_free(world: World) {
    people(&world).await;
    let booking = Booking { external_ref: Some("b1".to_owned()), ..Booking::default() };
    let first = Event { booking: booking.clone(), ..event(1, "one") };
    add_event(&world, &first).await;
    let mut tx = world.begin().await;
    let deleted = Event { rev: Rev(2), deleted_at: Some(at(9)), ..first.clone() };
    events::update(&mut tx, &deleted, bounds(&deleted), Rev(1)).await.unwrap();
    assert!(events::by_external_ref(&mut tx, HERE, "b1").await.unwrap().is_none());
    assert!(events::get(&mut tx, HERE, first.id).await.unwrap() == deleted, "the event remembers its name");
    let second = Event { booking, ..event(2, "two") };
    events::insert(&mut tx, &second, bounds(&second)).await.unwrap();
    assert!(events::by_external_ref(&mut tx, HERE, "b1").await.unwrap() == Some(second));
    let back = Event { rev: Rev(3), ..first };
    let back = events::update(&mut tx, &back, bounds(&back), Rev(2)).await;
    assert!(matches!(back, Err(Error::Taken { .. })), "{back:?}");
}

async fn listed(world: &World, query: Query) -> Vec<String> {
    let mut tx = world.begin().await;
    let query = Query { limit: 100, ..query };
    events::list(&mut tx, HERE, &query).await.unwrap().into_iter().map(|event| event.content.title).collect()
}

pub(crate) async fn pages_neither_skip_nor_repeat(world: World) {
    people(&world).await;
    let mut tx = world.begin().await;
    // Many begin at the same time: the id decides among them.
    for n in 0..57 {
        let event = event(n, &n.to_string());
        let bounds = Bounds { starts_at: at(n as i64 / 10), ends_at: Some(at(99)) };
        events::insert(&mut tx, &event, bounds).await.unwrap();
    }
    for limit in [1, 7, 57, 100] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let query = Query { after, limit, ..Query::default() };
            let page = events::list(&mut tx, HERE, &query).await.unwrap();
            let Some(last) = page.last() else { break };
            let n: i64 = last.content.title.parse().unwrap();
            after = Some((at(n / 10), last.id));
            seen.extend(page.into_iter().map(|event| event.content.title));
        }
        assert_eq!(seen, (0..57).map(|n| n.to_string()).collect::<Vec<_>>());
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = events::concerning(&mut tx, HERE, MIA, (at(0), at(100)), after, 10).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(*last);
        seen.extend(page);
    }
    assert_eq!(seen, (0..57).map(|n| event(n, "").id).collect::<Vec<_>>());
}

pub(crate) async fn queries_find_what_they_say(world: World) {
    people(&world).await;
    let ana = client(1, "Ana");
    add_client(&world, &ana).await;
    let class = Booking { session_type: Some("class".into()), clients: vec![ana.id], ..Booking::default() };
    add_event(&world, &Event { booking: class, ..event(1, "Yoga  100% \\ ÄRGER") }).await;
    add_event(&world, &Event { owner: BEN, ..event(2, "Ben's") }).await;
    add_event(&world, &Event { deleted_at: Some(at(1)), ..event(3, "Gone") }).await;
    let endless = event(0, "Daily");
    let mut tx = world.begin().await;
    events::insert(&mut tx, &endless, Bounds { ends_at: None, ..bounds(&endless) }).await.unwrap();
    tx.commit().await.unwrap();

    let yoga = "Yoga  100% \\ ÄRGER";
    assert_eq!(listed(&world, Query::default()).await, ["Daily", yoga, "Ben's"]);
    assert_eq!(listed(&world, Query { owner: Some(BEN), ..Query::default() }).await, ["Ben's"]);
    assert_eq!(listed(&world, Query { deleted: true, ..Query::default() }).await, ["Gone"]);
    assert_eq!(
        listed(&world, Query { session_type: Some("class".into()), ..Query::default() }).await,
        [yoga]
    );
    assert_eq!(listed(&world, Query { client: Some(ana.id), ..Query::default() }).await, [yoga]);
    let stranger = ClientId(crate::world::id(5));
    assert_eq!(listed(&world, Query { client: Some(stranger), ..Query::default() }).await, [""; 0]);
    for (text, expected) in [("ärger", 1), ("yoga 100%", 1), ("\\", 1), ("%", 1), ("_", 0), ("a", 2)] {
        let found = listed(&world, Query { text: Some(text.into()), ..Query::default() }).await;
        assert_eq!(found.len(), expected, "{text}");
    }
    let within = |from, to| Query { from: Some(at(from)), to: Some(at(to)), ..Query::default() };
    assert_eq!(listed(&world, within(3600, 3601)).await, ["Daily", yoga]);
    assert_eq!(listed(&world, within(5400, 7200)).await, ["Daily"], "what ends as it begins is outside");
    assert_eq!(listed(&world, within(-10, 0)).await, [""; 0]);
    let mut tx = world.begin().await;
    let query = Query { limit: 100, ..Query::default() };
    assert!(events::list(&mut tx, ELSEWHERE, &query).await.unwrap().is_empty());
    assert!(matches!(events::get(&mut tx, ELSEWHERE, endless.id).await, Err(Error::NotFound)));
    assert!(events::find(&mut tx, ELSEWHERE, &[endless.id]).await.unwrap().is_empty());
}

pub(crate) async fn twins_have_the_same_bounds_and_title(world: World) {
    people(&world).await;
    let one = event(1, "Coaching\n A ");
    add_event(&world, &one).await;
    add_event(&world, &Event { owner: BEN, ..Event { id: event(2, "").id, ..one.clone() } }).await;
    add_event(&world, &Event { id: event(3, "").id, deleted_at: Some(at(1)), ..one.clone() }).await;
    let mut tx = world.begin().await;
    let same = bounds(&one);
    let mut twins = async |bounds, title| events::twins(&mut tx, HERE, MIA, bounds, title).await.unwrap();
    assert_eq!(twins(same, "coaching A").await, [one.id]);
    assert_eq!(twins(same, "coaching B").await, []);
    assert_eq!(twins(Bounds { ends_at: None, ..same }, "coaching A").await, []);
    assert_eq!(twins(Bounds { starts_at: at(1), ..same }, "coaching A").await, []);
    let near =
        events::starting(&mut tx, HERE, MIA, concord_model::LinkId(uuid::Uuid::nil()), &[same.starts_at])
            .await
            .unwrap();
    assert!(near == [one.clone()]);
    let named = events::by_uids(&mut tx, HERE, MIA, &["other".into(), one.uid.clone()]).await.unwrap();
    assert!(named == [one.clone()]);
    let all: Vec<_> =
        events::by_uid(&mut tx, HERE, MIA, &one.uid).await.unwrap().into_iter().map(|e| e.id).collect();
    assert_eq!(all, [one.id, event(3, "").id], "live ones first");
}

async fn concerning(world: &World, user: UserId) -> Vec<EventId> {
    let mut tx = world.begin().await;
    events::concerning(&mut tx, HERE, user, (at(0), at(1_000_000)), None, 10).await.unwrap()
}

pub(crate) async fn an_event_concerns_its_people(world: World) {
    let link = one_link(&world).await;
    let with_ben = Booking { participants: vec![BEN, MIA], ..Booking::default() };
    let class = Event { booking: with_ben.clone(), ..event(1, "class") };
    add_event(&world, &class).await;
    // What came in by a link stays with its person (`rules.md` 2).
    add_event(&world, &Event { booking: with_ben, origin: Origin::Link(link.id), ..event(2, "dentist") })
        .await;
    assert_eq!(concerning(&world, MIA).await, [event(1, "").id, event(2, "").id]);
    assert_eq!(concerning(&world, BEN).await, [event(1, "").id]);

    let alone = Event { booking: Booking::default(), rev: Rev(2), ..class };
    let mut tx = world.begin().await;
    events::update(&mut tx, &alone, bounds(&alone), Rev(1)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(concerning(&world, BEN).await, []);
    let mut tx = world.begin().await;
    let gone = Event { deleted_at: Some(at(5)), rev: Rev(3), ..alone };
    events::update(&mut tx, &gone, bounds(&gone), Rev(2)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(concerning(&world, MIA).await, [event(2, "").id]);
}

pub(crate) async fn history_keeps_what_was(world: World) {
    let link = one_link(&world).await;
    let (one, two) = (event(1, "one"), Event { rev: Rev(2), ..event(1, "two") });
    add_event(&world, &one).await;
    let mut tx = world.begin().await;
    events::remember(&mut tx, &one, Actor::User(BEN), None, at(1)).await.unwrap();
    events::remember(&mut tx, &two, Actor::Link(link.id), Some(run_id(1)), at(2)).await.unwrap();
    let all = events::versions(&mut tx, HERE, one.id).await.unwrap();
    let told: Vec<_> = all.iter().map(|v| (v.rev, v.content.title.as_str(), v.by, v.run, v.at)).collect();
    assert_eq!(
        told,
        [
            (Rev(2), "two", Actor::Link(link.id), Some(run_id(1)), at(2)),
            (Rev(1), "one", Actor::User(BEN), None, at(1)),
        ]
    );
    assert!(events::version(&mut tx, HERE, one.id, Rev(1)).await.unwrap() == all[1]);
    assert!(matches!(events::version(&mut tx, ELSEWHERE, one.id, Rev(1)).await, Err(Error::NotFound)));
    assert!(events::versions(&mut tx, ELSEWHERE, one.id).await.unwrap().is_empty());
}

pub(crate) async fn what_a_run_or_a_link_did_is_found(world: World) {
    let link = one_link(&world).await;
    let home = Origin::Link(link.id);
    let came = Event { origin: home, created_at: at(2), ..event(3, "came") };
    let gone = Event { origin: home, created_at: at(2), deleted_at: Some(at(3)), ..event(4, "gone") };
    for event in [&event(1, "one"), &event(2, "two"), &came, &gone] {
        add_event(&world, event).await;
    }
    let mut tx = world.begin().await;
    for (n, event) in [(3, &came), (4, &gone)] {
        let own = Mapping { event: Some(event.id), origin: true, ..mapping(n, &link) };
        mappings::insert(&mut tx, &own).await.unwrap();
    }
    for n in 1..=2 {
        let run = Run::new(run_id(n), HERE, link.id, RunKind::Pull, at(0));
        runs::start(&mut tx, &run, &link.lease()).await.unwrap();
    }
    let by = Actor::Link(link.id);
    let mut did = async |event: &Event, rev, run, when| {
        let before = Event { rev: Rev(rev), ..event.clone() };
        events::remember(&mut tx, &before, by, run, at(when)).await.unwrap();
    };
    did(&event(1, "one"), 1, Some(run_id(1)), 1).await;
    did(&event(1, "one"), 2, Some(run_id(1)), 1).await;
    did(&event(2, "two"), 1, Some(run_id(2)), 2).await;
    did(&event(2, "two"), 2, None, 3).await;
    let (one, two) = (event(1, "").id, event(2, "").id);
    assert_eq!(events::changed_by_run(&mut tx, HERE, run_id(1)).await.unwrap(), [one]);
    assert_eq!(events::changed_by_run(&mut tx, ELSEWHERE, run_id(1)).await.unwrap(), []);
    assert_eq!(events::changed_by_link(&mut tx, HERE, link.id, at(1)).await.unwrap(), [one, two]);
    assert_eq!(events::changed_by_link(&mut tx, HERE, link.id, at(2)).await.unwrap(), [two]);
    assert_eq!(events::changed_by_link(&mut tx, ELSEWHERE, link.id, at(0)).await.unwrap(), []);
    for (from, to, expected) in [(2, 2, vec![came.id]), (0, 1, vec![]), (3, 9, vec![])] {
        let found = events::brought_in(&mut tx, HERE, link.id, (at(from), at(to))).await.unwrap();
        assert_eq!(found, expected, "{from}..{to}");
    }
}

pub(crate) async fn a_nul_in_a_text_stops_nothing(world: World) {
    people(&world).await;
    let odd = Event { uid: "u\0id".into(), ..event(1, "nul \0 inside") };
    add_event(&world, &odd).await;
    let mut tx = world.begin().await;
    let kept = events::get(&mut tx, HERE, odd.id).await.unwrap();
    assert_eq!((kept.content.title.as_str(), kept.uid.as_str()), ("nul \0 inside", "u\u{FFFD}id"));
    assert_eq!(events::by_uids(&mut tx, HERE, MIA, std::slice::from_ref(&odd.uid)).await.unwrap().len(), 1);
}

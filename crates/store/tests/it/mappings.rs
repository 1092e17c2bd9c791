//! Mappings: what both sides agreed on, and what is to be done.

use std::collections::BTreeSet;

use concord_model::agreed::{Base, Intent};
use concord_model::observed::Observation;
use concord_model::{Event, EventId, ExternalId, Generation, LinkId, MappingId, OccurrenceKey};
use concord_store::events::{self, Bounds};
use concord_store::links::{self, Link, LinkState};
use concord_store::mappings::{self, Counts, Mapping, MappingError, MappingState, Of};
use concord_store::{Error, Tx, conflicts};

use crate::conflicts::conflict;
use crate::events::generated;
use crate::odd::a_mapping;
use crate::world::{
    BEN, ELSEWHERE, HERE, World, add_event, at, chance, event, id, link, mapping, one_account,
};

/// Adds two links of Mia's, and an event.
async fn two_links(world: &World) -> (Link, Link, Event) {
    let account = one_account(world).await;
    let mut tx = world.begin().await;
    let one = links::add(&mut tx, &link(1, &account)).await.unwrap();
    let two = links::add(&mut tx, &link(2, &account)).await.unwrap();
    tx.commit().await.unwrap();
    let event = event(1, "one");
    add_event(world, &event).await;
    (one, two, event)
}

fn of(event: &Event, mapping: Mapping) -> Mapping {
    Mapping { event: Some(event.id), ..mapping }
}

fn called(name: &str, mapping: Mapping) -> Mapping {
    Mapping { external_id: Some(ExternalId::from(name)), ..mapping }
}

async fn state_of(tx: &mut Tx, id: MappingId) -> MappingState {
    mappings::get(tx, HERE, id).await.unwrap().state
}

pub(crate) async fn odd_mappings_come_back_as_they_were(world: World) {
    let (link, _, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    // Each has its own part, so that an event can have many.
    let mut parts = BTreeSet::new();
    let mut all = generated(a_mapping(link.clone(), event.id), 150);
    all.retain(|m| m.event.is_none() || m.ended_at.is_some() || parts.insert(m.part));
    assert!(all.len() > 75);
    mappings::save_many(&mut tx, &all).await.unwrap();
    let ids: Vec<MappingId> = all.iter().map(|m| m.id).collect();
    let found = mappings::find(&mut tx, link.id, &ids).await.unwrap();
    for given in &all {
        assert!(found[&given.id] == *given, "{} came back otherwise", given.id);
    }
    // What is saved over another is then what is there, but for where it belongs and for what people switch.
    for (given, next) in all.iter().zip(&all[1..]) {
        let (event, part, ended_at) = (given.event, given.part, given.ended_at);
        let external_id = given.external_id.clone();
        let enabled = given.enabled;
        let changed = Mapping { id: given.id, event, part, ended_at, external_id, enabled, ..next.clone() };
        mappings::save(&mut tx, &changed).await.unwrap();
        let kept = mappings::get(&mut tx, HERE, given.id).await.unwrap();
        assert!(kept == changed);
    }
}

pub(crate) async fn a_copy_is_there_once(world: World) {
    let (one, two, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    mappings::insert(&mut tx, &of(&event, called("x", mapping(1, &one)))).await.unwrap();
    mappings::insert(&mut tx, &of(&event, called("x", mapping(2, &two)))).await.unwrap();
    mappings::insert(&mut tx, &called("y", mapping(3, &one))).await.unwrap();
    mappings::insert(&mut tx, &mapping(4, &one)).await.unwrap();
    mappings::insert(&mut tx, &mapping(5, &one)).await.unwrap();
    let part: OccurrenceKey = "20261021".parse().unwrap();
    mappings::insert(&mut tx, &Mapping { part: Some(part), ..of(&event, mapping(6, &one)) }).await.unwrap();
    tx.commit().await.unwrap();
    for double in [
        of(&event, mapping(11, &one)),
        called("x", mapping(12, &one)),
        Mapping { part: Some(part), ..of(&event, mapping(13, &one)) },
        mapping(1, &one),
    ] {
        let mut tx = world.begin().await;
        match mappings::insert(&mut tx, &double).await {
            Err(Error::Taken { what }) => assert_eq!(what, "mappings"),
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) async fn an_ended_copy_makes_room_for_the_next_generation(world: World) {
    let (one, _, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    let ended = Mapping { ended_at: Some(at(1)), generation: Generation(4), ..of(&event, mapping(1, &one)) };
    mappings::insert(&mut tx, &ended).await.unwrap();
    mappings::touch(&mut tx, HERE, event.id, &[one.id], at(2), &mut chance(1)).await.unwrap();
    let all = mappings::of_event_on(&mut tx, event.id, one.id).await.unwrap();
    let told: Vec<_> = all.iter().map(|m| (m.generation, m.ended_at.is_some())).collect();
    assert_eq!(told, [(Generation(4), true), (Generation(5), false)]);
}

pub(crate) async fn touching_makes_pending_or_new(world: World) {
    let (one, two, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    let failed = Mapping {
        state: MappingState::Error,
        attempts: 3,
        retry_at: Some(at(99)),
        error: Some(MappingError { code: "refused".into(), text: "it was refused".into(), parked: true }),
        ..of(&event, called("x", mapping(1, &one)))
    };
    mappings::insert(&mut tx, &failed).await.unwrap();
    for _ in 0..2 {
        mappings::touch(&mut tx, HERE, event.id, &[two.id, one.id], at(2), &mut chance(1)).await.unwrap();
    }
    let all = mappings::of_event(&mut tx, HERE, event.id).await.unwrap();
    assert_eq!(all.len(), 2);
    let expected = Mapping {
        state: MappingState::Pending,
        attempts: 0,
        retry_at: None,
        error: None,
        touched: 2,
        ..failed.clone()
    };
    assert!(all[0] == expected);
    let new = Mapping { id: all[1].id, touched: 1, ..of(&event, mapping(0, &two)) };
    assert!(all[1] == new);
    assert!(mappings::of_event(&mut tx, ELSEWHERE, event.id).await.unwrap().is_empty());
    let many = mappings::of_events(&mut tx, HERE, &[event.id, EventId(id(3))]).await.unwrap();
    let shown = |standing: &mappings::Standing| (standing.link, standing.state, standing.error.clone());
    let expected = all.iter().map(|m| (m.link, m.state, None)).collect::<Vec<_>>();
    assert_eq!((many.len(), many[&event.id].iter().map(shown).collect::<Vec<_>>()), (1, expected));
    assert!(mappings::touch(&mut tx, ELSEWHERE, event.id, &[one.id], at(2), &mut chance(2)).await.is_err());
}

pub(crate) async fn an_edit_during_a_run_survives_saving(world: World) {
    let (one, _, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    mappings::insert(&mut tx, &of(&event, mapping(1, &one))).await.unwrap();
    let read = mappings::get(&mut tx, HERE, mapping(1, &one).id).await.unwrap();

    // The worker talks to the provider; meanwhile a person edits the event.
    mappings::touch(&mut tx, HERE, event.id, &[one.id], at(2), &mut chance(1)).await.unwrap();

    let result = Mapping { state: MappingState::Synced, attempts: 1, ..called("x", read.clone()) };
    mappings::save(&mut tx, &result).await.unwrap();
    let kept = mappings::get(&mut tx, HERE, read.id).await.unwrap();
    assert!(kept.external_id == result.external_id, "what the worker has learnt is kept");
    assert_eq!((kept.state, kept.attempts), (MappingState::Pending, 0));

    // The next run has seen the edit.
    mappings::save(&mut tx, &Mapping { state: MappingState::Synced, ..kept }).await.unwrap();
    assert_eq!(state_of(&mut tx, read.id).await, MappingState::Synced);
}

pub(crate) async fn a_mapping_does_not_move_to_another_link(world: World) {
    let (one, two, _) = two_links(&world).await;
    let mut tx = world.begin().await;
    mappings::insert(&mut tx, &mapping(1, &one)).await.unwrap();
    let moved = Mapping { link: two.id, ..mapping(1, &one) };
    assert!(matches!(mappings::save(&mut tx, &moved).await, Err(Error::NotFound)));
    assert_eq!(mappings::get(&mut tx, HERE, moved.id).await.unwrap().link, one.id);
    assert!(matches!(mappings::get(&mut tx, ELSEWHERE, moved.id).await, Err(Error::NotFound)));
}

pub(crate) async fn settings_make_all_living_ones_pending(world: World) {
    let (one, two, _) = two_links(&world).await;
    let mut tx = world.begin().await;
    let synced = |n, link| Mapping { state: MappingState::Synced, ..mapping(n, link) };
    let all = [
        synced(1, &one),
        Mapping { state: MappingState::Error, ..mapping(2, &one) },
        Mapping { ended_at: Some(at(1)), ..synced(3, &one) },
        synced(4, &two),
    ];
    mappings::save_many(&mut tx, &all).await.unwrap();
    assert_eq!(mappings::mark_pending_for_link(&mut tx, one.id).await.unwrap(), 2);
    assert_eq!(state_of(&mut tx, all[0].id).await, MappingState::Pending);
    assert_eq!(state_of(&mut tx, all[1].id).await, MappingState::Pending);
    assert_eq!(state_of(&mut tx, all[2].id).await, MappingState::Synced);
    assert_eq!(state_of(&mut tx, all[3].id).await, MappingState::Synced);
}

pub(crate) async fn the_window_enqueues_what_is_missing(world: World) {
    let (one, _, known) = two_links(&world).await;
    let mut tx = world.begin().await;
    let inside = Bounds { starts_at: at(100), ends_at: Some(at(200)) };
    let many: Vec<Event> = (10..1110).map(|n| event(n, "many")).collect();
    let with_bounds: Vec<_> = many.iter().map(|event| (event, inside)).collect();
    events::insert_all(&mut tx, &with_bounds).await.unwrap();
    for (event, bounds) in [
        (Event { deleted_at: Some(at(1)), ..event(2, "deleted") }, inside),
        (Event { owner: BEN, ..event(3, "of another") }, inside),
        (event(4, "before"), Bounds { starts_at: at(10), ends_at: Some(at(100)) }),
        (event(5, "after"), Bounds { starts_at: at(200), ends_at: Some(at(300)) }),
        (event(6, "over it"), Bounds { starts_at: at(10), ends_at: None }),
        (event(7, "an instant"), Bounds { starts_at: at(100), ends_at: Some(at(100)) }),
        (event(8, "ended there"), inside),
    ] {
        events::insert(&mut tx, &event, bounds).await.unwrap();
    }
    events::update(&mut tx, &known, inside, known.rev).await.unwrap();
    mappings::insert(&mut tx, &of(&known, mapping(1, &one))).await.unwrap();
    let ended = Mapping { ended_at: Some(at(1)), ..of(&event(8, ""), mapping(2, &one)) };
    mappings::insert(&mut tx, &ended).await.unwrap();

    let window = (at(100), at(200));
    let count = mappings::enqueue_events(&mut tx, &one, window, at(1), &mut chance(1)).await.unwrap();
    assert_eq!(count, 1100 + 2);
    for n in [6, 7, 10, 1109] {
        assert_eq!(
            mappings::of_event_on(&mut tx, event(n, "").id, one.id).await.unwrap().len(),
            1,
            "event {n}"
        );
    }
    for n in [2, 3, 4, 5] {
        assert!(
            mappings::of_event_on(&mut tx, event(n, "").id, one.id).await.unwrap().is_empty(),
            "event {n}"
        );
    }
    let again = mappings::enqueue_events(&mut tx, &one, window, at(1), &mut chance(2)).await.unwrap();
    assert_eq!(again, 0);
}

pub(crate) async fn listings_stamp_what_they_show(world: World) {
    let (one, two, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    let all = [
        called("a", mapping(1, &one)),
        called("b", of(&event, mapping(2, &one))),
        Mapping { ended_at: Some(at(1)), ..called("c", mapping(3, &one)) },
        mapping(4, &one),
        called("a", mapping(5, &two)),
    ];
    mappings::save_many(&mut tx, &all).await.unwrap();
    let shown = [ExternalId::from("a"), ExternalId::from("new")];
    assert_eq!(mappings::stamp_listed(&mut tx, one.id, &shown, 7).await.unwrap(), 1);
    let missing = mappings::unlisted(&mut tx, one.id, 7, None, 10).await.unwrap();
    assert_eq!(missing.iter().map(|m| m.id).collect::<Vec<_>>(), [all[1].id]);
    assert!(mappings::unlisted(&mut tx, one.id, 7, Some(all[1].id), 10).await.unwrap().is_empty());
    assert_eq!(mappings::unlisted(&mut tx, one.id, 8, None, 10).await.unwrap().len(), 2);
    let with = mappings::events_with_copy(&mut tx, one.id, &[event.id, EventId(id(1))]).await.unwrap();
    assert_eq!(with, BTreeSet::from([event.id]));
}

type Page<'a> = std::pin::Pin<Box<dyn Future<Output = Vec<Mapping>> + 'a>>;

async fn paged(
    tx: &mut Tx,
    mut page: impl for<'t> FnMut(&'t mut Tx, Option<MappingId>) -> Page<'t>,
) -> Vec<MappingId> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = page(tx, after).await;
        let Some(last) = page.last() else { return seen };
        after = Some(last.id);
        seen.extend(page.iter().map(|m| m.id));
    }
}

pub(crate) async fn pages_neither_skip_nor_repeat(world: World) {
    let (one, two, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    // Ids as they come: neither in the order in which they were made nor of one form.
    let scattered = |n: u128| MappingId(id(n.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835) ^ 1));
    let all: Vec<Mapping> = (0..53)
        .map(|n| {
            let m = called(&n.to_string(), Mapping { id: scattered(n), ..mapping(n, &one) });
            if n == 3 { of(&event, m) } else { m }
        })
        .collect();
    mappings::save_many(&mut tx, &all).await.unwrap();
    mappings::insert(&mut tx, &mapping(999, &two)).await.unwrap();
    let ids: BTreeSet<MappingId> = all.iter().map(|m| m.id).collect();
    let sorted: Vec<MappingId> = ids.into_iter().collect();
    let newcomers: Vec<MappingId> = sorted.iter().copied().filter(|m| *m != all[3].id).collect();
    let one = one.id;
    for limit in [1, 7, 60] {
        let work = paged(&mut tx, |tx, after| {
            Box::pin(
                async move { mappings::work(tx, one, Of::Newcomers, at(0), after, limit).await.unwrap() },
            )
        });
        assert_eq!(work.await, newcomers);
        let work = paged(&mut tx, |tx, after| {
            Box::pin(async move { mappings::work(tx, one, Of::Events, at(0), after, limit).await.unwrap() })
        });
        assert_eq!(work.await, [all[3].id]);
        let unlisted = paged(&mut tx, |tx, after| {
            Box::pin(async move { mappings::unlisted(tx, one, 1, after, limit).await.unwrap() })
        });
        assert_eq!(unlisted.await, sorted);
        let queue = paged(&mut tx, |tx, after| {
            Box::pin(async move { mappings::queue(tx, HERE, Some(one), after, limit).await.unwrap() })
        });
        assert_eq!(queue.await, sorted);
    }
    let queue = paged(&mut tx, |tx, after| {
        Box::pin(async move { mappings::queue(tx, HERE, None, after, 7).await.unwrap() })
    });
    assert_eq!(queue.await.len(), sorted.len() + 1);
    assert!(mappings::queue(&mut tx, ELSEWHERE, None, None, 10).await.unwrap().is_empty());
}

pub(crate) async fn counts_and_retries_tell_how_it_stands(world: World) {
    let (one, _, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    let stands = |n, state| Mapping { state, ..mapping(n, &one) };
    let error = |parked| Some(MappingError { code: "refused".into(), text: String::new(), parked });
    let all = [
        called("a", of(&event, stands(1, MappingState::Synced))),
        stands(2, MappingState::Pending),
        Mapping { retry_at: Some(at(50)), ..stands(3, MappingState::Pending) },
        Mapping { retry_at: Some(at(40)), error: error(true), ..stands(4, MappingState::Pending) },
        Mapping { error: error(true), ..stands(5, MappingState::Error) },
        stands(6, MappingState::Conflict),
        Mapping { ended_at: Some(at(1)), ..stands(7, MappingState::Error) },
        Mapping { intent: Some(Intent::Delete), ..stands(8, MappingState::Synced) },
    ];
    mappings::save_many(&mut tx, &all).await.unwrap();
    let counts = mappings::counts(&mut tx, one.id).await.unwrap();
    assert_eq!(counts, Counts { mapped: 1, agree: 0, pending: 3, errors: 1, conflicts: 1, waiting: 1 });
    assert_eq!(mappings::next_retry(&mut tx, one.id).await.unwrap(), Some(at(50)));
    assert_eq!(mappings::counts(&mut tx, LinkId(id(1))).await.unwrap(), Counts::default());
    assert_eq!(mappings::next_retry(&mut tx, LinkId(id(1))).await.unwrap(), None);
    let work = async |tx: &mut Tx, now| {
        let found = mappings::work(tx, one.id, Of::Newcomers, at(now), None, 10).await.unwrap();
        found.into_iter().map(|m| m.id).collect::<Vec<_>>()
    };
    assert_eq!(work(&mut tx, 39).await, [all[1].id]);
    assert_eq!(work(&mut tx, 50).await, [all[1].id, all[2].id, all[3].id]);
    let under_way = mappings::with_intent(&mut tx, one.id, None, 10).await.unwrap();
    assert_eq!(under_way.iter().map(|m| m.id).collect::<Vec<_>>(), [all[7].id]);
}

pub(crate) async fn i_44_only_what_was_compared_is_said_to_agree(world: World) {
    let (one, _, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    let view = event.content.clone();
    let agreed = Mapping {
        base: Some(Base::of(view.clone(), view)),
        state: MappingState::Synced,
        ..called("a", of(&event, mapping(1, &one)))
    };
    let others = [
        Mapping { base: None, ..agreed.clone() },
        Mapping { observation: Some(Observation::default()), ..agreed.clone() },
        Mapping { state: MappingState::Pending, ..agreed.clone() },
        Mapping { state: MappingState::Error, ..agreed.clone() },
        Mapping { state: MappingState::Conflict, ..agreed.clone() },
        Mapping { external_id: None, ..agreed.clone() },
        Mapping { event: None, ..agreed.clone() },
        agreed.clone(),
    ];
    for (n, one_of_them) in others.iter().enumerate() {
        mappings::save_many(&mut tx, std::slice::from_ref(one_of_them)).await.unwrap();
        let counts = mappings::counts(&mut tx, one.id).await.unwrap();
        assert_eq!(counts.agree, i64::from(n + 1 == others.len()), "{n}");
    }
    mappings::set_enabled(&mut tx, HERE, event.id, one.id, false).await.unwrap();
    let touched = mappings::get(&mut tx, HERE, agreed.id).await.unwrap().touched;
    mappings::save_many(&mut tx, &[Mapping { touched, ..agreed }]).await.unwrap();
    assert_eq!(state_of(&mut tx, mapping(1, &one).id).await, MappingState::Synced);
    assert_eq!(mappings::counts(&mut tx, one.id).await.unwrap().agree, 0, "switched off");
}

pub(crate) async fn what_enters_the_window_becomes_pending(world: World) {
    let (one, _, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    let outside = |n, starts| Mapping {
        state: MappingState::Synced,
        observation: Some(Observation::default()),
        starts_at: Some(at(starts)),
        error: Some(MappingError { code: "outside".into(), text: String::new(), parked: true }),
        ..mapping(n, &one)
    };
    let all =
        [outside(1, 100), outside(2, 199), outside(3, 200), outside(4, 99), of(&event, outside(5, 150))];
    mappings::save_many(&mut tx, &all).await.unwrap();
    assert_eq!(mappings::outside_entering(&mut tx, one.id, at(100), at(200)).await.unwrap(), 2);
    let kept = mappings::get(&mut tx, HERE, all[0].id).await.unwrap();
    assert!(kept.state == MappingState::Pending && kept.error.is_none());
    assert_eq!(state_of(&mut tx, all[2].id).await, MappingState::Synced);
    assert_eq!(state_of(&mut tx, all[4].id).await, MappingState::Synced);
}

pub(crate) async fn old_tombstones_are_forgotten(world: World) {
    let (one, _, _) = two_links(&world).await;
    let mut tx = world.begin().await;
    let ended = |n, ended_at| Mapping { ended_at, ..mapping(n, &one) };
    mappings::save_many(&mut tx, &[ended(1, Some(at(9))), ended(2, Some(at(10))), ended(3, None)])
        .await
        .unwrap();
    assert_eq!(mappings::forget_ended_before(&mut tx, at(10)).await.unwrap(), 1);
    assert!(matches!(mappings::get(&mut tx, HERE, mapping(1, &one).id).await, Err(Error::NotFound)));
    assert!(mappings::get(&mut tx, HERE, mapping(2, &one).id).await.is_ok());
    mappings::remove(&mut tx, mapping(3, &one).id).await.unwrap();
    assert!(matches!(mappings::get(&mut tx, HERE, mapping(3, &one).id).await, Err(Error::NotFound)));
}

pub(crate) async fn what_was_agreed_with_a_removed_link_is_forgotten_in_its_time(world: World) {
    let (one, two, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    let all = [
        of(&event, mapping(1, &one)),
        mapping(2, &one),
        Mapping { ended_at: Some(at(5)), ..mapping(3, &one) },
        of(&event, mapping(4, &two)),
    ];
    mappings::save_many(&mut tx, &all).await.unwrap();
    let asked = conflict(1, &one);
    conflicts::open(&mut tx, &asked).await.unwrap();
    links::set_state(&mut tx, HERE, one.id, &LinkState::Removed { at: at(10) }).await.unwrap();
    let mut forget = async |before, limit| {
        mappings::forget_of_links_removed_before(&mut tx, at(before), limit).await.unwrap()
    };
    assert_eq!(forget(10, 9).await, 0, "its time is not over");
    assert_eq!((forget(11, 1).await, forget(11, 9).await, forget(11, 9).await), (1, 1, 0));
    let left = mappings::find(&mut tx, one.id, &all.each_ref().map(|m| m.id)).await.unwrap();
    assert_eq!(left.into_keys().collect::<Vec<_>>(), [all[2].id], "tombstones have their own time");
    assert!(mappings::get(&mut tx, HERE, all[3].id).await.is_ok());
    assert!(matches!(conflicts::get(&mut tx, HERE, asked.id).await, Err(Error::NotFound)));
}

pub(crate) async fn what_is_known_of_a_calendar_that_is_connected_again_is_unseen(world: World) {
    let (one, two, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    let all = [
        of(&event, called("a", mapping(1, &one))),
        called("b", mapping(2, &one)),
        Mapping { ended_at: Some(at(5)), ..of(&event, called("c", mapping(3, &one))) },
        of(&event, called("a", mapping(4, &two))),
    ];
    mappings::save_many(&mut tx, &all).await.unwrap();
    assert_eq!(mappings::mark_unseen_for_link(&mut tx, one.id).await.unwrap(), 1);
    for (n, given) in all.iter().enumerate() {
        let found = mappings::get(&mut tx, HERE, given.id).await.unwrap();
        assert_eq!(found.is_unseen(), n == 0, "{n}");
    }
    let page = mappings::unlisted(&mut tx, one.id, 1, None, 9).await.unwrap();
    assert!(page.iter().any(|m| m.id == all[0].id), "it is looked for like the rest");
    mappings::stamp_listed(&mut tx, one.id, &["a".into()], 7).await.unwrap();
    assert!(!mappings::get(&mut tx, HERE, all[0].id).await.unwrap().is_unseen());
}

pub(crate) async fn they_are_found_by_external_id(world: World) {
    let (one, two, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    let odd = "it's \"odd\", [1] \\ 🗓";
    let mut all: Vec<Mapping> = (0..1200).map(|n| called(&format!("x{n}"), mapping(n, &one))).collect();
    all[7] = Mapping { origin: true, ..of(&event, called(odd, mapping(7, &one))) };
    all.push(called("x1", mapping(9999, &two)));
    mappings::save_many(&mut tx, &all).await.unwrap();
    let ids: Vec<ExternalId> =
        all.iter().filter_map(|m| m.external_id.clone()).chain(["unknown".into()]).collect();
    let found = mappings::by_external(&mut tx, one.id, &ids).await.unwrap();
    assert_eq!(found.len(), 1200);
    assert!(found[&ExternalId::from(odd)] == all[7]);
    assert_eq!(found[&ExternalId::from("x1")].link, one.id);
    let homes = mappings::homes(&mut tx, &[event.id, EventId(id(1))]).await.unwrap();
    assert_eq!(homes.len(), 1);
    assert_eq!(homes[&event.id].direction, one.settings.direction);
}

pub(crate) async fn a_person_releases_and_switches(world: World) {
    let (one, two, event) = two_links(&world).await;
    let mut tx = world.begin().await;
    let stuck = Mapping {
        state: MappingState::Error,
        attempts: 9,
        error: Some(MappingError { code: "refused".into(), text: "no".into(), parked: true }),
        ..of(&event, mapping(1, &one))
    };
    mappings::insert(&mut tx, &stuck).await.unwrap();
    assert!(matches!(mappings::release(&mut tx, ELSEWHERE, stuck.id).await, Err(Error::NotFound)));
    mappings::release(&mut tx, HERE, stuck.id).await.unwrap();
    let kept = mappings::get(&mut tx, HERE, stuck.id).await.unwrap();
    assert!(
        kept == Mapping {
            state: MappingState::Pending,
            attempts: 0,
            error: None,
            touched: 1,
            ..stuck.clone()
        }
    );
    mappings::set_enabled(&mut tx, HERE, event.id, one.id, false).await.unwrap();
    assert!(!mappings::get(&mut tx, HERE, stuck.id).await.unwrap().enabled);
    let none = mappings::set_enabled(&mut tx, HERE, event.id, two.id, false).await;
    assert!(matches!(none, Err(Error::NotFound)), "{none:?}");
    let part = "20261111T100000".parse().ok();
    let [first, second] =
        [(2, None), (3, part)].map(|(n, part)| Mapping { part, ..of(&event, mapping(n, &two)) });
    mappings::save_many(&mut tx, &[first.clone(), second.clone()]).await.unwrap();
    mappings::switch_off(&mut tx, second.id).await.unwrap();
    let off = mappings::get(&mut tx, HERE, second.id).await.unwrap();
    assert!(off == Mapping { enabled: false, state: MappingState::Pending, touched: 1, ..second });
    assert!(mappings::get(&mut tx, HERE, first.id).await.unwrap() == first, "the others stay");
    assert_eq!(mappings::risk(&mut tx, one.id, at(0)).await.unwrap(), 0, "nothing was ever agreed on");
}

//! Links: what is kept of them.

use concord_model::link::{Direction, Settings};
use concord_model::{CalendarId, Cursor, LinkId, Zone};
use concord_store::links::{self, Link, LinkState, Listing};
use concord_store::{Error, mappings};

use crate::world::{ELSEWHERE, HERE, MIA, World, at, id, link, mapping, one_account, one_link};

pub(crate) async fn links_come_back_as_they_were(world: World) {
    let account = one_account(&world).await;
    let mut tx = world.begin().await;
    let states = [
        LinkState::Active,
        LinkState::Paused,
        LinkState::Stopped { why: "the calendar is gone".into() },
        LinkState::Braked { plan: "abc".into() },
        LinkState::Removed { at: at(7) },
    ];
    for (n, state) in states.into_iter().enumerate() {
        let given = Link {
            state: state.clone(),
            zone: Some(Zone::new("America/New_York").unwrap()),
            writable: n % 2 == 0,
            settings: Settings { direction: Direction::Pull, ..Settings::default() },
            due_at: Some(at(3)),
            created_at: at(n as i64),
            ..link(n as u128, &account)
        };
        let kept = links::add(&mut tx, &given).await.unwrap();
        assert!(kept == Link { wake: false, ..given.clone() }, "{state:?}");
        assert!(links::get(&mut tx, HERE, given.id).await.unwrap() == kept, "{state:?}");
    }
    assert_eq!(links::list(&mut tx, HERE).await.unwrap().len(), 5);
    assert_eq!(links::list_user(&mut tx, HERE, MIA).await.unwrap().len(), 5);
    assert_eq!(links::list_account(&mut tx, HERE, account.id).await.unwrap().len(), 5);
    assert!(links::list(&mut tx, ELSEWHERE).await.unwrap().is_empty());
    assert!(matches!(links::get(&mut tx, ELSEWHERE, link(0, &account).id).await, Err(Error::NotFound)));
}

pub(crate) async fn a_removed_calendar_comes_back_under_its_id(world: World) {
    let first = one_link(&world).await;
    let mut tx = world.begin().await;
    let base = mapping(1, &first);
    mappings::insert(&mut tx, &base).await.unwrap();
    links::save_cursor(&mut tx, first.id, Some(&Cursor::from("far"))).await.unwrap();
    links::set_state(&mut tx, HERE, first.id, &LinkState::Removed { at: at(5) }).await.unwrap();

    let again = Link { id: LinkId(id(0x3FFF)), name: "again".into(), ..first.clone() };
    let back = links::add(&mut tx, &again).await.unwrap();
    assert_eq!((back.id, back.name.as_str(), &back.state), (first.id, "again", &LinkState::Active));
    assert!(back.cursor.is_none() && back.settings_rev > first.settings_rev);
    assert!(mappings::get(&mut tx, HERE, base.id).await.is_ok(), "bases outlive a disconnect");
}

pub(crate) async fn a_calendar_is_linked_once(world: World) {
    let first = one_link(&world).await;
    let mut tx = world.begin().await;
    let double = Link { id: LinkId(id(0x3FFF)), ..first.clone() };
    assert!(matches!(links::add(&mut tx, &double).await, Err(Error::Taken { .. })));
    let other = Link { calendar: CalendarId::from("another"), ..double };
    links::add(&mut tx, &other).await.unwrap();
}

pub(crate) async fn settings_change_only_from_their_own_revision(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    let settings = Settings { mail_guests: true, ..Settings::default() };
    let rev = links::save_settings(&mut tx, HERE, link.id, &settings, link.settings_rev).await.unwrap();
    let late = links::save_settings(&mut tx, HERE, link.id, &Settings::default(), link.settings_rev).await;
    assert!(matches!(late, Err(Error::Changed)), "{late:?}");
    let kept = links::get(&mut tx, HERE, link.id).await.unwrap();
    assert!(kept.settings == settings && kept.settings_rev == rev);
    let elsewhere = links::save_settings(&mut tx, ELSEWHERE, link.id, &settings, rev).await;
    assert!(matches!(elsewhere, Err(Error::NotFound)), "{elsewhere:?}");
}

pub(crate) async fn progress_is_kept(world: World) {
    let link = one_link(&world).await;
    let mut tx = world.begin().await;
    let listing = Listing {
        number: 4,
        page: Some(Cursor::from("p2")),
        started_at: at(1),
        first: true,
        confirms: false,
    };
    links::save_cursor(&mut tx, link.id, Some(&Cursor::from("c1"))).await.unwrap();
    links::save_listing(&mut tx, link.id, Some(&listing)).await.unwrap();
    links::save_window(&mut tx, link.id, Some(at(9))).await.unwrap();
    links::save_calendar(&mut tx, link.id, "renamed", Some(&Zone::utc()), false).await.unwrap();
    let kept = links::find(&mut tx, link.id).await.unwrap();
    let expected = Link {
        cursor: Some(Cursor::from("c1")),
        listing: Some(listing),
        window_until: Some(at(9)),
        name: "renamed".into(),
        zone: Some(Zone::utc()),
        writable: false,
        ..link.clone()
    };
    assert!(kept == expected);
    links::set_writable(&mut tx, link.id, true).await.unwrap();
    links::save_cursor(&mut tx, link.id, None).await.unwrap();
    links::save_listing(&mut tx, link.id, None).await.unwrap();
    let kept = links::find(&mut tx, link.id).await.unwrap();
    assert!(kept.writable && kept.cursor.is_none() && kept.listing.is_none());
}

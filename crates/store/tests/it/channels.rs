//! Channels: what is known of push subscriptions.

use concord_model::ChannelId;
use concord_store::Error;
use concord_store::channels::{self, Channel, ChannelState};
use concord_store::links::Link;
use secrecy::{ExposeSecret, SecretString};

use crate::accounts::vault;
use crate::world::{World, at, chance, id, one_link};

pub(crate) fn channel(n: u128, link: &Link) -> Channel {
    Channel {
        id: ChannelId(id(0x9000 + n)),
        workspace: link.workspace,
        link: link.id,
        external: format!("channel {n}"),
        resource: None,
        state: ChannelState::Opening,
        ends_at: None,
        opened_at: at(n as i64),
        last_notice_at: None,
        notices: 0,
        why: None,
        missed: 0,
        missed_at: None,
        trial: None,
    }
}

pub(crate) async fn channels_come_back_as_they_were(world: World) {
    let link = one_link(&world).await;
    let (vault, mut chance) = (vault(1), chance(2));
    let mut tx = world.begin().await;
    let secret = SecretString::from("notice secret");
    let given = channel(1, &link);
    channels::insert(&mut tx, &mut vault.with(&mut chance), &given, &secret).await.unwrap();
    assert!(channels::by_external(&mut tx, "channel 1").await.unwrap() == given);
    let open = Channel {
        external: "named by the provider".into(),
        resource: Some("r1".into()),
        state: ChannelState::Open,
        ends_at: Some(at(99)),
        ..given
    };
    channels::save(&mut tx, &open).await.unwrap();
    channels::noticed(&mut tx, open.id, at(7)).await.unwrap();
    let open = Channel { notices: 1, last_notice_at: Some(at(7)), ..open };
    assert!(channels::of_link(&mut tx, link.id).await.unwrap() == [open.clone()]);
    assert!(channels::in_state(&mut tx, ChannelState::Open).await.unwrap() == [open.clone()]);
    assert!(channels::in_state(&mut tx, ChannelState::Opening).await.unwrap().is_empty());
    assert_eq!(channels::secret(&mut tx, &vault, &open).await.unwrap().expose_secret(), "notice secret");
    assert!(matches!(channels::by_external(&mut tx, "channel 1").await, Err(Error::NotFound)));
}

pub(crate) async fn i_32_what_was_closed_is_not_opened_again_by_a_late_answer(world: World) {
    let link = one_link(&world).await;
    let (vault, mut chance) = (vault(1), chance(2));
    let mut tx = world.begin().await;
    let given = channel(1, &link);
    channels::insert(&mut tx, &mut vault.with(&mut chance), &given, &SecretString::from("s")).await.unwrap();
    let closed = Channel { state: ChannelState::Closed, ..given.clone() };
    assert!(channels::save(&mut tx, &closed).await.unwrap());
    let late = Channel { state: ChannelState::Open, resource: Some("r1".into()), ..given };
    assert!(!channels::save(&mut tx, &late).await.unwrap());
    assert!(channels::of_link(&mut tx, link.id).await.unwrap() == [closed]);
}

pub(crate) async fn a_name_is_in_use_once(world: World) {
    let link = one_link(&world).await;
    let (vault, mut chance) = (vault(1), chance(2));
    let mut tx = world.begin().await;
    let secret = SecretString::from("s");
    channels::insert(&mut tx, &mut vault.with(&mut chance), &channel(1, &link), &secret).await.unwrap();
    let double = Channel { external: "channel 1".into(), ..channel(2, &link) };
    match channels::insert(&mut tx, &mut vault.with(&mut chance), &double, &secret).await {
        Err(Error::Taken { what }) => assert_eq!(what, "channels"),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn closed_ones_are_forgotten(world: World) {
    let link = one_link(&world).await;
    let (vault, mut chance) = (vault(1), chance(2));
    let mut tx = world.begin().await;
    let secret = SecretString::from("s");
    let stand = |n, state, ends_at| Channel { state, ends_at, ..channel(n, &link) };
    let all = [
        stand(1, ChannelState::Closed, None),
        stand(2, ChannelState::Closed, Some(at(50))),
        stand(3, ChannelState::Open, Some(at(5))),
    ];
    for channel in &all {
        channels::insert(&mut tx, &mut vault.with(&mut chance), channel, &secret).await.unwrap();
    }
    assert_eq!(channels::forget_closed_before(&mut tx, at(50)).await.unwrap(), 1);
    assert!(channels::of_link(&mut tx, link.id).await.unwrap() == all[1..]);
}

pub(crate) async fn wh_3_what_a_channel_did_not_tell_of_is_counted_until_it_tells_and_it_is_tested_once(
    world: World,
) {
    let link = one_link(&world).await;
    let (vault, mut chance) = (vault(1), chance(2));
    let mut tx = world.begin().await;
    let open = Channel { state: ChannelState::Open, ..channel(1, &link) };
    channels::insert(&mut tx, &mut vault.with(&mut chance), &open, &SecretString::from("s")).await.unwrap();
    let missed = async |tx: &mut concord_store::Tx| channels::of_link(tx, link.id).await.unwrap()[0].missed;
    assert_eq!(
        channels::untold(&mut tx, link.id, at(1), at(6)).await.unwrap(),
        0,
        "it is no older than that"
    );
    assert_eq!(channels::untold(&mut tx, link.id, at(5), at(6)).await.unwrap(), 1);
    assert_eq!(missed(&mut tx).await, 1);
    channels::noticed(&mut tx, open.id, at(7)).await.unwrap();
    assert_eq!(missed(&mut tx).await, 0);
    assert_eq!(
        channels::untold(&mut tx, link.id, at(6), at(8)).await.unwrap(),
        0,
        "it has told of something since"
    );
    assert_eq!(channels::last_notice(&mut tx, link.id).await.unwrap(), Some(at(7)));
    let event = Some(concord_model::EventId(id(7)));
    assert!(channels::set_trial(&mut tx, open.id, event).await.unwrap());
    assert!(!channels::set_trial(&mut tx, open.id, event).await.unwrap(), "one test at a time");
    assert!(channels::set_trial(&mut tx, open.id, None).await.unwrap());
    assert!(!channels::set_trial(&mut tx, open.id, None).await.unwrap());
}

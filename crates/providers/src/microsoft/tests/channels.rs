//! Subscriptions: opened at an address of their own, and ended without ending another.

use super::script::{PageOfAProxy, Says, refused};
use super::*;
use crate::provider::{Channel, Watch};

async fn watch(world: &World) -> Result<Option<Channel>, Answer> {
    let address = Url::parse("https://concord.example/api/calendar/webhook/outlook").unwrap();
    let secret = SecretString::from("hush");
    let until = "2026-11-27T10:00:00Z".parse().unwrap();
    world
        .outlook
        .watch(&access(), &calendar(), Watch { id: "c1", secret: &secret, address: &address, until })
        .await
}

fn opened(until: &str) -> Reply {
    Says(201, json!({ "id": "s1", "expirationDateTime": until }))
}

#[tokio::test]
async fn a_subscription_has_an_address_and_a_secret_of_its_own() {
    let world = World::new([("POST subscriptions", opened("2026-11-27T08:40:00Z"))]);
    let channel = watch(&world).await.unwrap().unwrap();
    assert_eq!((channel.id.as_str(), channel.ends_at.to_string().as_str()), ("c1", "2026-11-27T08:40:00Z"));
    let asked = world.asked().remove(0);
    for part in [
        "webhook/outlook?channel=c1\"",
        "\"clientState\":\"c1.hush\"",
        "\"resource\":\"me/calendars/cal/events\"",
        "lifecycleNotificationUrl",
        "\"expirationDateTime\":\"2026-11-27T08:40:00Z\"",
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
}

#[tokio::test]
async fn a_life_that_is_too_long_is_asked_for_shorter_and_a_shared_calendar_is_polled() {
    let world = World::new([
        ("POST subscriptions", refused(400, "ExtensionError")),
        ("POST subscriptions", opened("2026-11-23T08:00:00Z")),
    ]);
    assert!(watch(&world).await.unwrap().is_some());
    assert!(world.asked()[1].contains("2026-11-23T08:00:00Z"), "4,200 minutes");
    // Trap 21.
    let world = World::new([("POST subscriptions", refused(403, "ErrorAccessDenied"))]);
    assert_eq!(watch(&world).await, Ok(None));
    let world = World::new([("POST subscriptions", refused(409, "Conflict"))]);
    assert_eq!(watch(&world).await, Err(Answer::Exists));
}

#[tokio::test]
async fn bm_097_a_subscription_whose_name_was_lost_is_found_on_any_page_and_no_other_is_ended() {
    let channel =
        |id: &str| Channel { id: id.to_owned(), resource: "s1/c1".to_owned(), ends_at: Timestamp::MAX };
    let world = World::new([("DELETE s1", Says(204, Value::Null))]);
    assert_eq!(world.outlook.unwatch(&access(), &channel("c1")).await, Ok(()));
    let entry = |id: &str, channel: &str| json!({ "id": id, "notificationUrl": format!("https://concord.example/x?channel={channel}") });
    let next = "https://graph.microsoft.com/v1.0/more";
    let world = World::new([
        (
            "GET subscriptions",
            Says(
                200,
                json!({ "value": [entry("ended", "c0"), { "id": "odd" }, entry("s1", "c1")], "@odata.nextLink": next }),
            ),
        ),
        ("GET more", Says(200, json!({ "value": [entry("s2", "c2")] }))),
        ("DELETE s2", refused(404, "ResourceNotFound")),
    ]);
    assert_eq!(world.outlook.unwatch(&access(), &channel("c2")).await, Ok(()));
}

/// Seed 861 of the simulator, of Google: what a proxy answered with a page was taken for done.
#[tokio::test]
async fn i_32_a_page_from_in_between_does_not_end_a_subscription() {
    let channel = Channel { id: "c1".to_owned(), resource: "s1/c1".to_owned(), ends_at: Timestamp::MAX };
    let world = World::new([("DELETE s1", PageOfAProxy)]);
    assert!(matches!(world.outlook.unwatch(&access(), &channel).await, Err(Answer::Transient(_))));
}

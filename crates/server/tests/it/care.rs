//! The care of push channels by API, and what a person hears of it (AC-11, WH-3), with Outlook, which says most of its
//! subscriptions.

use concord_engine::channels;
use concord_store::users::Role;
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::live::Listener;
use crate::outlook::{control, open, person_makes, watched, work};
use crate::world::{Answer, Who, World, word};

async fn care(world: &World, who: &Who, method: &str, what: &str) -> Answer {
    world.ask(who, method, &format!("/calendar/webhook/{what}/{}", who.id), None).await
}

async fn alerts(world: &World, who: &Who) -> Vec<Value> {
    let told = world.ask(who, "GET", &format!("/calendar/monitoring/alerts/{}", who.id), None).await.ok();
    told["items"].as_array().unwrap().clone()
}

/// Brings what is to be told, until whoever asks is answered.
async fn with_notices(world: &World, asking: impl Future<Output = Answer>) -> Value {
    let telling = async {
        loop {
            world.outlook.deliver().await;
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = asking => answer.ok(),
        () = telling => unreachable!(),
    }
}

#[tokio::test]
async fn ac_11_by_api_a_channel_is_tested_from_end_to_end() {
    let (world, mia) = watched().await;
    let told =
        with_notices(&world, world.ask(&mia, "POST", &format!("/calendar/webhook/test/{}", mia.id), None))
            .await;
    assert_eq!((&told["passed"], word(&told["items"][0], "result")), (&json!(true), "passed"), "{told:#}");
    assert!(told["items"][0]["latencyMs"].as_i64().is_some_and(|ms| ms >= 0), "{told:#}");
    world.settle().await;
    assert!(world.titles(&mia).await.is_empty() && crate::outlook::titles_there(&world).is_empty());
    // One that hears nothing fails, and says so.
    world.outlook.deliver().await;
    control(&world, "channels", json!({ "do": "mute" }));
    world.advance(SignedDuration::from_mins(5));
    let path = format!("/calendar/webhook/test/{}?seconds=1", mia.id);
    let told = with_notices(&world, world.ask(&mia, "POST", &path, None)).await;
    assert_eq!((&told["passed"], word(&told["items"][0], "result")), (&json!(false), "failed"), "{told:#}");
    let health = care(&world, &mia, "GET", "health").await.ok();
    assert_eq!((word(&health, "webhookStatus"), health["items"][0]["missed"].as_i64()), ("silent", Some(1)));
    for seconds in ["0", "61", "soon"] {
        let path = format!("/calendar/webhook/test/{}?seconds={seconds}", mia.id);
        let answer = world.ask(&mia, "POST", &path, None).await;
        assert_eq!(
            (answer.status, word(&answer.json, "field")),
            (StatusCode::UNPROCESSABLE_ENTITY, "seconds")
        );
    }
}

#[tokio::test]
async fn ac_11_by_api_a_lost_channel_is_found_by_verify_and_mended_by_auto_fix() {
    let (world, mia) = watched().await;
    let sound = care(&world, &mia, "POST", "verify").await.ok();
    assert_eq!((word(&sound, "webhookStatus"), &sound["items"][0]["atProvider"]), ("open", &json!(true)));
    assert_eq!(sound["issues"], json!([]));
    control(&world, "channels", json!({ "do": "expire" }));
    person_makes(&world, "Dentist");
    let lost = care(&world, &mia, "POST", "verify").await.ok();
    assert_eq!(lost["items"][0]["atProvider"], json!(false));
    assert!(lost["issues"][0].as_str().unwrap().contains("does not know the channel any more"), "{lost:#}");
    let mended = care(&world, &mia, "POST", "auto-fix").await.ok();
    let one = &mended["items"][0];
    assert_eq!(one["found"], json!(["Outlook does not know the channel any more"]), "{mended:#}");
    assert_eq!((&one["done"][0], word(&one["now"], "status")), (&json!("a new channel was opened"), "open"));
    assert_eq!(open(&world).len(), 1);
    work(&world).await;
    assert_eq!(world.titles(&mia).await, ["Dentist"], "what was not told meanwhile came in");
    let again = care(&world, &mia, "POST", "auto-fix").await.ok();
    assert_eq!((&again["items"][0]["found"], &again["items"][0]["done"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn ac_11_an_alert_opens_is_heard_at_once_and_resolves() {
    let (world, mia) = watched().await;
    let live = world.app.live.clone();
    let telling = tokio::spawn(async move { live.run().await });
    let listener = Listener::of(&world, &mia, "").await.until("id:").await;
    control(&world, "channels", json!({ "do": "mute" }));
    world.advance(SignedDuration::from_mins(5));
    person_makes(&world, "Dentist");
    world.advance(SignedDuration::from_mins(20));
    world.settle().await;
    assert_eq!(world.titles(&mia).await, ["Dentist"], "by a poll");
    channels::sweep(&world.app.engine).await.unwrap();
    listener.until("\"kind\":\"alert\"").await;
    telling.abort();
    let [alert] = &alerts(&world, &mia).await[..] else { panic!("{:?}", alerts(&world, &mia).await) };
    assert_eq!((word(alert, "kind"), word(alert, "severity")), ("channel", "high"), "{alert:#}");
    assert!(word(alert, "message").contains("Outlook did not tell of changes in"), "{alert:#}");
    assert!(alert.get("resolvedAt").is_none(), "{alert:#}");
    // What is told again ends it; nobody has to say so.
    control(&world, "channels", json!({ "do": "unmute" }));
    person_makes(&world, "Lunch");
    assert_eq!(world.outlook.deliver().await, [StatusCode::NO_CONTENT]);
    channels::sweep(&world.app.engine).await.unwrap();
    let ended = &alerts(&world, &mia).await[0];
    assert_eq!(word(ended, "resolvedBy"), "recovery", "{ended:#}");
    // Whoever resolves what is over changes nothing, and nobody resolves another's.
    let path = format!("/calendar/monitoring/alerts/{}/resolve", word(ended, "id"));
    assert_eq!(world.ask(&mia, "POST", &path, None).await.ok()["resolvedBy"], json!("recovery"));
    let ben = world.user("Ben", Role::Provider).await;
    assert_eq!(world.ask(&ben, "POST", &path, None).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn ac_11_an_alert_is_resolved_by_hand_and_opens_again_where_nothing_was_mended() {
    let (world, mia) = watched().await;
    control(&world, "channels", json!({ "do": "mute" }));
    world.advance(SignedDuration::from_mins(5));
    person_makes(&world, "Dentist");
    world.advance(SignedDuration::from_mins(20));
    world.settle().await;
    channels::sweep(&world.app.engine).await.unwrap();
    let first = alerts(&world, &mia).await.remove(0);
    let path = format!("/calendar/monitoring/alerts/{}/resolve", word(&first, "id"));
    let resolved = world.ask(&mia, "POST", &path, None).await.ok();
    assert_eq!(word(&resolved, "resolvedBy"), "person");
    channels::sweep(&world.app.engine).await.unwrap();
    let all = alerts(&world, &mia).await;
    assert_eq!(all.len(), 2, "{all:#?}");
    assert!(all.iter().filter(|alert| alert.get("resolvedAt").is_none()).count() == 1);
}

#[tokio::test]
async fn wh_3_by_api_a_channel_is_stopped_and_opened_anew() {
    let (world, mia) = watched().await;
    let stopped = care(&world, &mia, "POST", "stop").await.ok();
    assert_eq!((word(&stopped, "webhookStatus"), open(&world).len()), ("polled", 0), "{stopped:#}");
    channels::sweep(&world.app.engine).await.unwrap();
    assert_eq!(open(&world).len(), 0);
    let told = care(&world, &mia, "POST", "test").await.ok();
    assert_eq!((&told["passed"], word(&told["items"][0], "result")), (&json!(false), "untested"), "{told:#}");
    let opened = care(&world, &mia, "POST", "recreate").await.ok();
    assert_eq!((word(&opened, "webhookStatus"), open(&world).len()), ("open", 1), "{opened:#}");
    person_makes(&world, "Dentist");
    world.outlook.deliver().await;
    work(&world).await;
    let figures = care(&world, &mia, "GET", "metrics").await.ok();
    assert!(figures["notices"].as_u64() >= Some(1) && figures["runs"].as_u64() >= Some(1), "{figures:#}");
    assert_eq!((&figures["successRate"], figures["trend"].as_array().unwrap().len()), (&json!(100), 1));
    let history = world.ask(&mia, "GET", "/schedule/sync/history", None).await.ok();
    assert!(
        history["items"].as_array().unwrap().iter().any(|run| run["syncType"] == "webhook"),
        "{history:#}"
    );
}

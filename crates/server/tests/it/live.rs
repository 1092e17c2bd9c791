//! What every open screen hears, and what providers tell.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use concord_engine::{connect, links};
use concord_model::link::Settings;
use concord_providers::provider::Login;
use concord_store::users::Role;
use futures_util::StreamExt;
use http::Request;
use secrecy::SecretString;
use serde_json::json;
use tower::ServiceExt;

use crate::world::{Who, World};

/// Someone who listens, and what was heard so far.
pub(crate) struct Listener {
    stream: BodyDataStream,
    heard: String,
}

impl Listener {
    pub(crate) async fn of(world: &World, who: &Who, query: &str) -> Listener {
        let request = Request::get(format!("/api/v1/events/stream{query}"))
            .header("authorization", format!("Bearer {}", who.key))
            .body(Body::empty())
            .unwrap();
        let stream = world.router.clone().oneshot(request).await.unwrap().into_body().into_data_stream();
        Listener { stream, heard: String::new() }
    }

    /// Listens until that was heard.
    pub(crate) async fn until(mut self, text: &str) -> Listener {
        let listening = async {
            while !self.heard.contains(text) {
                let chunk = self.stream.next().await.expect("the stream goes on").unwrap();
                self.heard.push_str(&String::from_utf8_lossy(&chunk));
            }
        };
        tokio::time::timeout(Duration::from_secs(20), listening).await.expect("it is heard within seconds");
        self
    }
}

/// Reads a stream until it holds that text; what it held by then.
async fn heard(world: &World, who: &Who, query: &str, until: &str) -> String {
    Listener::of(world, who, query).await.until(until).await.heard
}

#[tokio::test]
async fn ui_8_who_listens_hears_of_their_own_and_resumes_where_they_were() {
    let world = World::new().await;
    let (mia, ben) = (world.user("Mia", Role::Provider).await, world.user("Ben", Role::Provider).await);
    let live = world.app.live.clone();
    let telling = tokio::spawn(async move { live.run().await });
    let hello = heard(&world, &mia, "", "id:").await;
    let begun = hello.split("id: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    let make = async |who: &Who, title: &str| {
        let body = json!({ "title": title, "start": "2026-11-20" });
        world.ask(who, "POST", "/calendar/events", Some(body)).await.json["id"].as_str().unwrap().to_owned()
    };
    // Once the listener is there: what came before, it would have to ask for.
    let listener = Listener::of(&world, &mia, "").await.until("id:").await;
    make(&ben, "Ben's").await;
    let own = make(&mia, "Mia's").await;
    let told = listener.until(&own).await.heard;
    let missed = heard(&world, &mia, &format!("?lastEventId={begun}"), &own).await;
    assert_eq!(missed.matches("event: change").count(), 1, "only her own: {missed}");
    assert_eq!(told.matches("event: change").count(), 1, "only her own: {told}");
    let lost = heard(&world, &mia, "?lastEventId=999999", "everything").await;
    assert!(lost.contains("\"kind\":\"everything\""), "a number of another time: look at all of it");
    telling.abort();
}

#[tokio::test]
async fn ev_1_a_write_is_answered_while_the_provider_is_down() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let engine = &world.app.engine;
    let (google, token) = ("google".into(), SecretString::from("twin-alice"));
    let account =
        connect::add(engine, world.workspace, mia.id, &google, Login::token(token), None).await.unwrap();
    links::add(engine, world.workspace, account.id, &"primary".into(), Settings::default()).await.unwrap();
    let down = json!({ "match": {}, "kind": "status", "status": 503 });
    let request = Request::post("/_twin/faults").header("content-type", "application/json");
    let answer =
        world.twin.router().oneshot(request.body(Body::from(down.to_string())).unwrap()).await.unwrap();
    assert!(answer.status().is_success());
    let body = json!({ "title": "Coaching", "start": "2026-11-20T09:00:00" });
    let made = world.ask(&mia, "POST", "/calendar/events", Some(body)).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.json);
    assert_eq!(made.json["sync"][0]["syncStatus"], "pending");
}

#[tokio::test]
async fn i_31_a_forged_notice_is_refused_and_changes_nothing() {
    let world = World::new().await;
    for (path, status) in [("google", 403), ("nobody", 404)] {
        let headers =
            [("x-goog-channel-id", "c"), ("x-goog-resource-state", "exists"), ("x-goog-channel-token", "t")];
        let answer = world.ask_with(None, "POST", &format!("/calendar/webhook/{path}"), None, &headers).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.json);
    }
}

#[tokio::test]
async fn wh_2_a_provider_that_tries_out_the_address_hears_its_own_word_as_plain_text() {
    let world = World::new().await;
    let ask = async |path: &str| {
        world.ask_with(None, "POST", &format!("/calendar/webhook/{path}"), None, &[]).await
    };
    for provider in ["outlook", "microsoft"] {
        let answer = ask(&format!("{provider}?channel=c&validationToken=%3Cscript%3Ex+y")).await;
        assert_eq!((answer.status.as_u16(), answer.json.as_str()), (200, Some("<script>x y")));
        assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
    // Nobody else is answered so, and not at any length.
    for path in
        ["google?validationToken=x".to_owned(), format!("outlook?validationToken={}", "x".repeat(5000))]
    {
        assert_eq!(ask(&path).await.status.as_u16(), 403);
    }
}

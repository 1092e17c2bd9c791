//! What each kind of fault does, in-process and over a real connection.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use concord_twins::faults::{Delayed, Lost};
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use crate::world::{World, event};

fn insert() -> Request<Body> {
    Request::post("/calendar/v3/calendars/primary/events")
        .header("authorization", "Bearer twin-alice")
        .body(Body::from(event(3, 9).to_string()))
        .unwrap()
}

async fn struck(world: &World, kind: &str) -> Response<Body> {
    world.control("faults", json!({"clear": true, "kind": kind, "ms": 1500}));
    let response = world.twin.router().oneshot(insert()).await.unwrap();
    world.control("faults", json!({"clear": true}));
    response
}

fn events(world: &World) -> usize {
    world.twin.events("alice@twin.test").len()
}

/// The status, whether it is marked as lost, how many events there are then, and whether the body arrives.
#[track_caller]
fn check(kind: &str, lost: Option<Lost>, events_then: usize, arrives: bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let world = World::new(1);
        let response = struck(&world, kind).await;
        assert_eq!(response.extensions().get::<Lost>().copied(), lost, "{kind}");
        assert_eq!(to_bytes(response.into_body(), usize::MAX).await.is_ok(), arrives, "{kind}");
        assert_eq!(events(&world), events_then, "{kind}");
    });
}

#[test]
fn each_kind_says_what_was_lost_and_keeps_the_effect_it_should() {
    check("drop_before", Some(Lost { effect: false }), 0, false);
    check("drop_after", Some(Lost { effect: true }), 1, false);
    check("reset", Some(Lost { effect: true }), 1, false);
    check("truncate", None, 1, true);
    check("garbage", None, 1, true);
    check("empty", None, 1, true);
    check("delay", None, 1, true);
}

#[tokio::test]
async fn a_late_answer_is_marked_and_nobody_waits_in_process() {
    let world = World::new(1);
    let response = struck(&world, "delay").await;
    assert_eq!(response.extensions().get(), Some(&Delayed(Duration::from_millis(1500))));
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_truncated_body_is_half_of_the_whole() {
    let world = World::new(1);
    let body = to_bytes(struck(&world, "truncate").await.into_body(), usize::MAX).await.unwrap();
    assert!(serde_json::from_slice::<Value>(&body).is_err());
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.starts_with('{') && !text.ends_with('}'));
}

#[tokio::test]
async fn over_a_connection_a_lost_answer_breaks_it() {
    let world = World::new(1);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(axum::serve(listener, world.twin.listening()).into_future());
    let body = event(3, 9).to_string();
    let request = format!(
        "POST /calendar/v3/calendars/primary/events HTTP/1.1\r\nHost: twin\r\nAuthorization: Bearer twin-alice\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut answers = Vec::new();
    for kind in ["drop_before", "drop_after", "reset"] {
        world.control("faults", json!({"kind": kind, "count": 1}));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // Ends because the connection does: keep-alive would hold it open.
        stream.read_to_string(&mut answer).await.unwrap();
        answers.push((answer, events(&world)));
    }
    serving.abort();
    assert_eq!(answers[0], (String::new(), 0));
    assert_eq!(answers[1], (String::new(), 1));
    let (half, made) = &answers[2];
    assert!(half.starts_with("HTTP/1.1 200 OK\r\n") && !half.ends_with('}'), "{half}");
    assert_eq!(*made, 2);
}

#[test]
fn a_rate_is_met_by_seeded_chance() {
    let strikes = |seed| {
        let world = World::new(seed);
        world.control("faults", json!({"kind": "status", "status": 503, "rate": 0.3}));
        let one = || world.call("GET", "/users/me/calendarList", Value::Null).status.as_u16();
        (0..200).map(|_| one()).collect::<Vec<_>>()
    };
    assert_eq!(strikes(5), strikes(5));
    let failed = strikes(5).iter().filter(|status| **status == 503).count();
    assert!((30..90).contains(&failed), "{failed} of 200");
}

#[test]
fn a_stale_answer_hides_only_the_last_change() {
    let world = World::new(1);
    let first = world.done("POST", "/calendars/primary/events", event(3, 9));
    world.done("POST", "/calendars/primary/events", event(4, 9));
    world.control("faults", json!({"kind": "stale", "count": 1, "match": {"method": "GET"}}));
    let (items, cursor) = world.list("twin-alice", "primary", "").unwrap();
    assert_eq!(items, [first]);
    let (missed, _) = world.list("twin-alice", "primary", &format!("syncToken={cursor}")).unwrap();
    assert_eq!(missed.len(), 1, "the cursor of a stale answer is as old as the answer");
}

#[test]
fn faults_are_listed_by_number_and_taken_away_one_by_one() {
    let world = World::new(1);
    world.control("faults", json!({"rules": [{"kind": "delay"}, {"kind": "reset", "count": 1}]}));
    let kinds = |shown: Value| -> Vec<(u64, String)> {
        let rules = shown["rules"].as_array().unwrap().iter();
        rules.map(|rule| (rule["id"].as_u64().unwrap(), rule["kind"].as_str().unwrap().to_owned())).collect()
    };
    assert_eq!(kinds(world.look("faults")), [(1, "delay".to_owned()), (2, "reset".to_owned())]);
    let without = |id: u64| world.twin.control("DELETE", &format!("faults/{id}"), &json!({}));
    assert_eq!(kinds(without(1).unwrap()), [(2, "reset".to_owned())]);
    assert!(without(1).unwrap_err().contains("no fault rule 1"));
    world.control("faults", json!({"kind": "empty"}));
    assert_eq!(
        kinds(world.look("faults")),
        [(2, "reset".to_owned()), (3, "empty".to_owned())],
        "numbers are not used again"
    );
}

//! The first administrator, sessions and keys: nothing is ever open.

use axum::body::Body;
use concord_server::signin::setup;
use concord_store::users::Role;
use http::Request;
use serde_json::json;

use crate::world::{Answer, World};

async fn set_up(world: &World, code: &str) -> Answer {
    let first = json!({ "code": code, "name": "Ada", "email": "ada@example.org", "password": "correct horse",
                        "zone": "Europe/Berlin" });
    world.ask_with(None, "POST", "/setup", Some(first), &[]).await
}

fn cookie(answer: &Answer) -> String {
    answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_first_administrator_is_made_once_by_who_holds_the_code() {
    let world = World::new().await;
    let code = setup::code(&world.app.engine).await.unwrap().unwrap();
    assert_eq!(world.ask_with(None, "GET", "/setup", None, &[]).await.json["needed"], true);
    let refused = set_up(&world, "guess").await;
    assert_eq!((refused.status.as_u16(), &refused.json["field"]), (403, &json!("code")));
    let made = set_up(&world, &code).await;
    assert_eq!((made.status.as_u16(), &made.json["user"]["role"]), (201, &json!("admin")), "{made:?}");
    let attributes = made.headers["set-cookie"].to_str().unwrap();
    assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"), "{attributes}");
    let session = world.ask_with(None, "GET", "/session", None, &[("cookie", &cookie(&made))]).await;
    assert_eq!(session.json["user"]["email"], "ada@example.org");
    assert_eq!(set_up(&world, &code).await.status.as_u16(), 403, "not twice");
    assert_eq!(setup::code(&world.app.engine).await.unwrap(), None);
    assert_eq!(world.ask_with(None, "GET", "/setup", None, &[]).await.json["needed"], false);
}

#[tokio::test]
async fn a_session_begins_with_the_password_and_ends_when_it_is_told_to() {
    let world = World::new().await;
    let code = setup::code(&world.app.engine).await.unwrap().unwrap();
    set_up(&world, &code).await;
    let sign_in = async |password: &str| {
        let body = json!({ "email": " Ada@example.org", "password": password });
        world.ask_with(None, "POST", "/session", Some(body), &[]).await
    };
    assert_eq!(sign_in("wrong horse").await.json["code"], "wrong_password");
    let here = sign_in("correct horse").await;
    let there = sign_in("correct horse").await;
    assert_eq!(here.status.as_u16(), 200);
    let (here, there) = (cookie(&here), cookie(&there));
    let status = async |method: &str, path: &str, cookie: &str, body| {
        world.ask_with(None, method, path, body, &[("cookie", cookie)]).await.status.as_u16()
    };
    let change = json!({ "current": "correct horse", "new": "battery staple" });
    assert_eq!(status("POST", "/session/password", &here, Some(change)).await, 204);
    assert_eq!(status("GET", "/session", &there, None).await, 401, "a new password ends the others");
    assert_eq!(status("DELETE", "/session", &here, None).await, 204);
    assert_eq!(status("GET", "/session", &here, None).await, 401);
    assert_eq!(sign_in("correct horse").await.status.as_u16(), 401);
    world.advance(jiff::SignedDuration::from_hours(1));
    let again = cookie(&sign_in("battery staple").await);
    world.advance(jiff::SignedDuration::from_hours(24 * 31));
    assert_eq!(status("GET", "/session", &again, None).await, 401, "one that nobody uses ends");
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let world = World::new().await;
    let guess = json!({ "email": "ada@example.org", "password": "guess" });
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses
            .push(world.ask_with(None, "POST", "/session", Some(guess.clone()), &[]).await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 401, 429, 429]);
}

#[tokio::test]
async fn another_sites_page_changes_nothing() {
    let world = World::new().await;
    let ada = world.user("Ada", Role::Admin).await;
    let request = Request::post("/api/v1/clients")
        .header("authorization", format!("Bearer {}", ada.key))
        .header("host", "concord.test")
        .header("origin", "https://evil.example")
        .header("content-type", "application/json")
        .body(Body::from("{\"name\": \"Eve\"}"))
        .unwrap();
    let answer = world.send(request).await;
    assert_eq!((answer.status.as_u16(), &answer.json["code"]), (403, &json!("foreign_origin")));
    assert_eq!(world.ask(&ada, "GET", "/clients", None).await.json["items"], json!([]));
}

#[tokio::test]
async fn a_key_opens_what_its_scope_says_until_it_is_revoked() {
    let world = World::new().await;
    let ada = world.user("Ada", Role::Admin).await;
    let made = world.ask(&ada, "POST", "/keys", Some(json!({ "name": "shop", "scope": "read" }))).await;
    assert_eq!(made.status.as_u16(), 201);
    let key = made.json["key"].as_str().unwrap().to_owned();
    let listed = world.ask(&ada, "GET", "/keys", None).await;
    assert!(!listed.json.to_string().contains(&key), "it is shown once");
    let shop = crate::world::Who { id: ada.id, key };
    assert_eq!(world.ask(&shop, "GET", "/clients", None).await.status.as_u16(), 200);
    assert_eq!(
        world.ask(&shop, "POST", "/clients", Some(json!({ "name": "Eve" }))).await.status.as_u16(),
        403
    );
    let path = format!("/keys/{}", made.json["id"].as_str().unwrap());
    assert_eq!(world.ask(&ada, "DELETE", &path, None).await.status.as_u16(), 204);
    assert_eq!(world.ask(&shop, "GET", "/clients", None).await.status.as_u16(), 401);
}

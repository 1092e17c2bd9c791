//! Connecting an account by browser: only in the session that began, and whatever goes wrong is told on the page.

use axum::body::Body;
use concord_server::signin::setup;
use concord_store::users::Role;
use http::Request;
use serde_json::{Value, json};
use url::Url;

use crate::world::{Answer, World, word};

/// The cookie of a browser in which somebody has signed in.
async fn signed_in(world: &World) -> String {
    let code = setup::code(&world.app.engine).await.unwrap().unwrap();
    let first = json!({ "code": code, "name": "Ada", "email": "ada@example.org", "password": "correct horse",
                        "zone": "Europe/Berlin" });
    let made = world.ask_with(None, "POST", "/setup", Some(first), &[]).await;
    made.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

async fn ask(world: &World, cookie: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
    world.ask_with(None, method, path, body, &[("cookie", cookie)]).await
}

async fn begun(world: &World, cookie: &str) -> String {
    let wish = json!({ "provider": "google",
                       "redirectUri": "http://concord.test/api/calendar/sync/google/callback" });
    let begun = ask(world, cookie, "POST", "/schedule/sync/connect", Some(wish)).await.ok();
    word(&begun, "authUrl").to_owned()
}

/// The browser comes back to that address; returns where it is sent on to.
async fn back(world: &World, cookie: Option<&str>, address: &Url) -> String {
    let mut request = Request::get(format!("{}?{}", address.path(), address.query().unwrap_or_default()));
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let answer = world.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 303, "{}", answer.json);
    answer.headers["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn ac_1_by_api_a_browser_connects_an_account_once() {
    let world = World::new().await;
    let cookie = signed_in(&world).await;
    let address = world.consent(&begun(&world, &cookie).await, "&user=alice").await;
    let place = back(&world, Some(&cookie), &address).await;
    let accounts = ask(&world, &cookie, "GET", "/schedule/sync/accounts", None).await.ok();
    let [account] = &accounts["items"].as_array().unwrap()[..] else { panic!("one: {accounts:#}") };
    assert_eq!(place, format!("/connections?connected={}", word(account, "id")));
    assert_eq!((word(account, "name"), word(account, "state")), ("alice@twin.test", "active"));
    let again = back(&world, Some(&cookie), &address).await;
    assert!(again.starts_with("/connections?problem=state%3A%20this%20sign-in"), "{again}");
}

#[tokio::test]
async fn a_sign_in_ends_only_in_the_session_that_began_it() {
    let world = World::new().await;
    let cookie = signed_in(&world).await;
    let mallory = world.user("Mallory", Role::Provider).await;
    let address = world.consent(&begun(&world, &cookie).await, "&user=alice").await;
    assert!(back(&world, None, &address).await.contains("problem=Nobody%20is%20signed%20in"));
    let (_, code) = address.query_pairs().find(|(name, _)| name == "code").unwrap();
    let (_, state) = address.query_pairs().find(|(name, _)| name == "state").unwrap();
    let brought = json!({ "provider": "google", "code": code, "state": state });
    let refused = world.ask(&mallory, "POST", "/schedule/sync/callback", Some(brought)).await;
    assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!("state")));
    let accounts = ask(&world, &cookie, "GET", "/schedule/sync/accounts", None).await.ok();
    assert_eq!(accounts["items"], json!([]));
}

#[tokio::test]
async fn a_refused_sign_in_connects_nothing_and_says_so() {
    let world = World::new().await;
    let cookie = signed_in(&world).await;
    let address = world.consent(&begun(&world, &cookie).await, "&deny=1").await;
    let place = back(&world, Some(&cookie), &address).await;
    assert_eq!(
        place,
        "/connections?problem=Access%20was%20not%20granted%20at%20Google%3B%20nothing%20was%20connected"
    );
    // What somebody wrote into an address is not told in our name.
    let forged: Url =
        "http://concord.test/api/calendar/sync/google/callback?error=Call+0900-HACKED".parse().unwrap();
    assert!(!back(&world, Some(&cookie), &forged).await.contains("HACKED"));
}

#[tokio::test]
async fn a_browser_is_sent_back_to_no_other_address() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let wish = json!({ "provider": "google", "redirectUri": "https://evil.example/callback" });
    let refused = world.ask(&mia, "POST", "/schedule/sync/connect", Some(wish)).await;
    assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!("redirectUri")));
    let wish = json!({ "provider": "myspace" });
    let refused = world.ask(&mia, "POST", "/schedule/sync/connect", Some(wish)).await;
    assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!("provider")));
}

#[tokio::test]
async fn a_client_connects_a_calendar_and_nobody_else_sees_it() {
    let world = World::new().await;
    let cleo = world.user("Cleo", Role::Client).await;
    let mia = world.user("Mia", Role::Provider).await;
    let ada = world.user("Ada", Role::Admin).await;
    world.link(&cleo, json!({})).await;
    let links = async |who| world.ask(who, "GET", "/schedule/sync/status", None).await.ok()["items"].clone();
    assert_eq!(links(&cleo).await.as_array().unwrap().len(), 1);
    assert_eq!(links(&mia).await, json!([]));
    assert_eq!(links(&ada).await.as_array().unwrap().len(), 1, "an administrator has all of the workspace");
}

#[tokio::test]
async fn a_name_of_a_provider_means_ones_own_and_of_several_one_has_to_choose() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let ada = world.user("Ada", Role::Admin).await;
    let first = world.link(&mia, json!({})).await;
    let google = || Some(json!({ "provider": "google" }));
    let pause = async |who| world.ask(who, "POST", "/schedule/sync/pause", google()).await;
    assert_eq!(pause(&ada).await.json["field"], "provider", "an administrator's own, too");
    assert_eq!(pause(&mia).await.ok()["state"], "paused");
    let calendars = world.ask(&mia, "GET", "/schedule/sync/accounts", None).await.ok();
    let account = word(&calendars["items"][0], "id").to_owned();
    let path = format!("/schedule/sync/calendars?accountId={account}");
    let offered = world.ask(&mia, "GET", &path, None).await.ok();
    let other = offered["items"].as_array().unwrap().iter().find(|c| c["linked"].is_null()).unwrap();
    let new = json!({ "accountId": account, "calendarId": other["id"] });
    let second = world.ask(&mia, "POST", "/schedule/sync/links", Some(new)).await.ok();
    let choice = pause(&mia).await;
    assert_eq!((choice.status.as_u16(), word(&choice.json, "code")), (409, "choose_one"));
    assert_eq!(choice.json["choices"], json!([first, second["linkId"]]));
}

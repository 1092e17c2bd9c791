//! Accounts that are connected with a password or an address: at once, through the guarded way out, and what is wrong is told
//! with its field.

use concord_store::users::Role;
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{Who, World, word};

const CONNECT: &str = "/schedule/sync/connect";

fn login(password: &str) -> Value {
    json!({ "provider": "caldav", "serverUrl": "https://dav.test", "username": "alice", "password": password })
}

fn feed(url: &str) -> Value {
    json!({ "provider": "ics", "url": url })
}

async fn mia(world: &World) -> Who {
    world.user("Mia", Role::Provider).await
}

#[tokio::test]
async fn a_name_and_a_password_connect_an_account_and_tell_its_calendars() {
    let world = World::new().await;
    let mia = mia(&world).await;
    let entered = world.ask(&mia, "POST", CONNECT, Some(login("twin-alice"))).await.ok();
    let account = &entered["account"];
    assert_eq!((word(account, "provider"), word(account, "state")), ("caldav", "active"));
    assert_eq!(word(account, "userId"), mia.id.to_string());
    let names: Vec<&str> =
        entered["calendars"].as_array().unwrap().iter().map(|calendar| word(calendar, "name")).collect();
    assert_eq!(names, ["Calendar", "Team"]);
    let tested = json!({ "accountId": account["id"] });
    let tested = world.ask(&mia, "POST", "/schedule/sync/test", Some(tested)).await.ok();
    assert_eq!((&tested["ok"], &tested["calendars"]), (&json!(true), &json!(2)));
    // The same again is the same account.
    let again = world.ask(&mia, "POST", CONNECT, Some(login("twin-alice"))).await.ok();
    assert_eq!(again["account"]["id"], account["id"]);
    assert!(!entered.to_string().contains("twin-alice"), "nobody is told the password again");
}

#[tokio::test]
async fn an_account_tells_what_its_server_can_do_but_not_of_a_feed_which_is_a_secret() {
    let world = World::new().await;
    let mia = mia(&world).await;
    world.ask(&mia, "POST", CONNECT, Some(login("twin-alice"))).await.ok();
    world.ask(&mia, "POST", CONNECT, Some(feed("https://dav.test/feeds/alice/home.ics"))).await.ok();
    let list = world.ask(&mia, "GET", "/schedule/sync/accounts", None).await.ok();
    let of = |provider: &str| {
        list["items"].as_array().unwrap().iter().find(|account| account["provider"] == provider).unwrap()
    };
    let server = &of("caldav")["server"];
    assert_eq!((word(server, "username"), word(server, "url")), ("alice", "https://dav.test/"));
    let found = server["found"].to_string();
    assert!(found.contains("refuses a change on an old version"), "{found}");
    assert_eq!(of("ics").get("server"), None);
}

#[tokio::test]
async fn a_calendar_is_made_where_a_server_lets_programs_do_so() {
    let world = World::new().await;
    let mia = mia(&world).await;
    let entered = world.ask(&mia, "POST", CONNECT, Some(login("twin-alice"))).await.ok();
    let account = word(&entered["account"], "id");
    let make = |account: &str, name: &str| json!({ "accountId": account, "name": name });
    let path = "/schedule/sync/calendars";
    let made = world.ask(&mia, "POST", path, Some(make(account, "Studio"))).await;
    assert_eq!((made.status, word(&made.json, "name")), (StatusCode::CREATED, "Studio"));
    let list = world.ask(&mia, "GET", &format!("{path}?accountId={account}"), None).await.ok();
    let ids: Vec<&Value> = list["items"].as_array().unwrap().iter().map(|calendar| &calendar["id"]).collect();
    assert!(ids.contains(&&made.json["id"]), "{list:#}");

    let refused = world.ask(&mia, "POST", path, Some(make(account, " "))).await;
    assert_eq!((refused.status, word(&refused.json, "field")), (StatusCode::UNPROCESSABLE_ENTITY, "name"));
    let feed =
        world.ask(&mia, "POST", CONNECT, Some(feed("https://dav.test/feeds/alice/home.ics"))).await.ok();
    let refused = world.ask(&mia, "POST", path, Some(make(word(&feed["account"], "id"), "Studio"))).await;
    assert_eq!(refused.status, StatusCode::BAD_GATEWAY, "{:#}", refused.json);
}

#[tokio::test]
async fn what_is_wrong_with_a_sign_in_is_told_with_its_field_and_connects_nothing() {
    let world = World::new().await;
    let mia = mia(&world).await;
    let with = |field: &str, value: Value| {
        let mut body = login("twin-alice");
        body[field] = value;
        body
    };
    let cases = [
        (login("wrong"), 422, "password"),
        (with("password", json!("")), 422, "password"),
        (with("password", Value::Null), 422, "password"),
        (with("username", json!(" ")), 422, "username"),
        (with("serverUrl", Value::Null), 422, "serverUrl"),
        (with("serverUrl", json!("ftp://dav.test")), 422, "serverUrl"),
        (with("serverUrl", json!("http://169.254.169.254/latest")), 422, "serverUrl"),
        (with("serverUrl", json!("https://nowhere.test")), 503, "serverUrl"),
        (with("serverUrl", json!("x".repeat(3000))), 422, "serverUrl"),
        (with("url", json!("https://dav.test")), 422, "url"),
        (with("redirectUri", json!("https://a.test")), 422, "redirectUri"),
        (json!({ "provider": "google", "password": "p" }), 422, "password"),
        (json!({ "provider": "ics" }), 422, "url"),
        (feed("http://127.0.0.1:8440/x.ics"), 422, "url"),
        (feed("https://dav.test/feeds/alice/nothing.ics"), 422, "url"),
        (feed("https://nowhere.test/x.ics"), 503, "url"),
        (feed("file:///etc/passwd"), 422, "url"),
    ];
    for (body, status, field) in cases {
        let refused = world.ask(&mia, "POST", CONNECT, Some(body.clone())).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json["field"]),
            (status, &json!(field)),
            "{body} {}",
            refused.json
        );
    }
    world.dav.control("POST", "quirks", &json!({ "feeds": { "answer": "page" } })).unwrap();
    let refused = world.ask(&mia, "POST", CONNECT, Some(feed("https://dav.test/feeds/alice/home.ics"))).await;
    assert_eq!((refused.status.as_u16(), &refused.json["field"]), (422, &json!("url")));
    let accounts = world.ask(&mia, "GET", "/schedule/sync/accounts", None).await.ok();
    assert_eq!(accounts["items"], json!([]));
}

#[tokio::test]
async fn a_feed_is_connected_by_its_address_and_is_only_read() {
    let world = World::new().await;
    let mia = mia(&world).await;
    let person = json!({ "do": "create", "id": "one",
                         "fields": { "summary": "Match", "start": "2026-11-20T15:00:00Z" } });
    world.dav.control("POST", "event", &person).unwrap();
    let entered =
        world.ask(&mia, "POST", CONNECT, Some(feed("webcal://dav.test/feeds/alice/home.ics"))).await.ok();
    let [calendar] = &entered["calendars"].as_array().unwrap()[..] else { panic!("one: {entered:#}") };
    assert_eq!((word(calendar, "name"), &calendar["writable"]), ("Calendar", &json!(false)));
    assert!(!entered.to_string().contains("/feeds/"), "the address is a secret");
    let new = json!({ "accountId": entered["account"]["id"], "calendarId": calendar["id"] });
    let made = world.ask(&mia, "POST", "/schedule/sync/links", Some(new)).await;
    assert_eq!(made.status, 201, "{}", made.json);
    let link = word(&made.json, "linkId").to_owned();
    world.settle().await;
    assert_eq!(world.titles(&mia).await, ["Match"]);
    let events = world.ask(&mia, "GET", "/calendar/events", None).await.ok();
    let path = format!("/calendar/events/{}", word(&events["items"][0], "id"));
    let refused = world.ask(&mia, "PATCH", &path, Some(json!({ "title": "Mine" }))).await;
    assert_eq!((refused.status.as_u16(), &refused.json["code"]), (409, &json!("read_only")));
    for direction in ["push", "both"] {
        let change = json!({ "linkId": link, "syncDirection": direction });
        let refused = world.ask(&mia, "PUT", "/schedule/sync/settings", Some(change)).await;
        let told = (refused.status.as_u16(), &refused.json["field"]);
        assert_eq!(told, (422, &json!("syncDirection")), "{direction}: {}", refused.json);
    }
}

#[tokio::test]
async fn providers_say_how_one_signs_in() {
    let world = World::new().await;
    let mia = mia(&world).await;
    let all = world.ask(&mia, "GET", "/schedule/sync/providers", None).await.ok();
    let ways: Vec<(&str, &str, bool)> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (word(one, "id"), word(one, "signIn"), one["asksAddress"] == json!(true)))
        .collect();
    assert_eq!(
        ways,
        [
            ("caldav", "password", true),
            ("google", "oauth", false),
            ("ics", "address", false),
            ("notion", "oauth", false),
            ("outlook", "oauth", false)
        ]
    );
}

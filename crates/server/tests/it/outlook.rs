//! Outlook by API, from the sign-in to the notices: Microsoft asks the address before it tells anything there, says whose
//! each notice is, and tells what becomes of its subscriptions (AC-1, AC-11).

use concord_engine::channels;
use concord_engine::schedule::{self, Worked};
use concord_store::users::Role;
use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::world::{Who, World, word};

/// Somebody whose main calendar in Outlook is linked, with notices.
pub(crate) async fn watched() -> (World, Who) {
    let world = World::reachable().await;
    let mia = world.user("Mia", Role::Provider).await;
    let account = world.connect_outlook(&mia).await;
    world.link_main(&mia, &account, json!({})).await;
    channels::sweep(&world.app.engine).await.unwrap();
    assert_eq!(open(&world).len(), 1, "the address was asked, and answered");
    // What came between the last look and the subscription is looked for once.
    work(&world).await;
    (world, mia)
}

pub(crate) fn control(world: &World, route: &str, body: Value) -> Value {
    world.outlook.twin.control("POST", route, &body).unwrap()
}

/// The subscriptions that are open.
pub(crate) fn open(world: &World) -> Vec<Value> {
    let told = world.outlook.twin.control("GET", "channels", &json!({})).unwrap();
    told["channels"].as_array().unwrap().clone()
}

/// A person makes something in Alice's main calendar there.
pub(crate) fn person_makes(world: &World, title: &str) {
    let at = |clock: &str| json!({ "dateTime": format!("2026-11-21T{clock}:00"), "timeZone": "W. Europe Standard Time" });
    let fields = json!({ "subject": title, "start": at("10:00"), "end": at("11:00") });
    world.advance(SignedDuration::from_secs(5));
    control(world, "event", json!({ "calendar": "primary", "do": "create", "fields": fields }));
}

pub(crate) fn titles_there(world: &World) -> Vec<String> {
    let state = world.outlook.twin.control("GET", "state", &json!({})).unwrap();
    let all =
        state["calendars"].as_array().unwrap().iter().flat_map(|held| held["events"].as_array().unwrap());
    let mut titles: Vec<String> = all.map(|event| word(event, "subject").to_owned()).collect();
    titles.sort();
    titles
}

/// What is due, without any time passing.
pub(crate) async fn work(world: &World) -> usize {
    let mut runs = 0;
    while let Worked::Ran(_) = schedule::work(&world.app.engine).await.unwrap() {
        runs += 1;
    }
    runs
}

#[tokio::test]
async fn ac_1_by_api_an_account_at_microsoft_is_connected_and_synced_both_ways() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let account = world.connect_outlook(&mia).await;
    world.link_main(&mia, &account, json!({})).await;
    let accounts = world.ask(&mia, "GET", "/schedule/sync/accounts", None).await.ok();
    let [told] = &accounts["items"].as_array().unwrap()[..] else { panic!("one: {accounts:#}") };
    assert_eq!(
        (word(told, "provider"), word(told, "name"), word(told, "state")),
        ("outlook", "alice@twin.test", "active")
    );
    let mine = json!({ "title": "Mine", "start": "2026-11-20T10:00:00", "zone": "Europe/Berlin" });
    let mine = world.make(&mia, mine).await;
    person_makes(&world, "Theirs");
    world.settle().await;
    let both = ["Mine", "Theirs"].map(String::from).to_vec();
    assert_eq!((world.titles(&mia).await, titles_there(&world)), (both.clone(), both));
    world.change(&mia, &mine, json!({ "title": "Mine, renamed" })).await;
    world.settle().await;
    assert_eq!(titles_there(&world), ["Mine, renamed", "Theirs"]);
    let path = format!("/calendar/events/{}", word(&mine, "id"));
    world.ask(&mia, "DELETE", &path, None).await.ok();
    world.settle().await;
    assert_eq!(titles_there(&world), ["Theirs"]);
}

#[tokio::test]
async fn microsoft_trap_24_a_sign_in_whose_scopes_have_an_address_before_them_lacks_nothing() {
    let world = World::new().await;
    control(&world, "quirks", json!({ "signin": { "prefixedScopes": true } }));
    let mia = world.user("Mia", Role::Provider).await;
    world.connect_outlook(&mia).await;
}

#[tokio::test]
async fn microsoft_trap_20_ac_11_the_address_is_tried_out_while_we_wait_and_a_notice_brings_a_change_in_at_once()
 {
    let (world, mia) = watched().await;
    person_makes(&world, "Dentist");
    assert_eq!(world.outlook.deliver().await, [StatusCode::NO_CONTENT]);
    assert_eq!(work(&world).await, 1);
    assert_eq!(world.titles(&mia).await, ["Dentist"]);
}

#[tokio::test]
async fn ac_11_a_notice_that_does_not_know_the_secret_is_refused_and_makes_nothing_due() {
    let (world, _) = watched().await;
    person_makes(&world, "Dentist");
    let genuine = world.outlook.twin.take_notices().remove(0).request;
    let genuine: Value = serde_json::from_slice(genuine.body()).unwrap();
    let state = word(&genuine["value"][0], "clientState").to_owned();
    let path = "/calendar/webhook/outlook";
    let (channel, _) = state.split_once('.').unwrap();
    for forged in [
        String::new(),
        "guess".to_owned(),
        format!("{channel}.guess"),
        state.to_uppercase(),
        format!("{state}x"),
    ] {
        let mut notice = genuine.clone();
        notice["value"][0]["clientState"] = json!(forged);
        let answer = world.ask_with(None, "POST", path, Some(notice), &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{forged}");
    }
    assert_eq!(work(&world).await, 0);
    // One that is genuine beside one that is not is heard.
    let mut two = genuine.clone();
    two["value"] = json!([{ "clientState": "guess", "changeType": "updated" }, genuine["value"][0]]);
    assert_eq!(world.ask_with(None, "POST", path, Some(two), &[]).await.status, StatusCode::NO_CONTENT);
    assert_eq!(work(&world).await, 1);
}

#[tokio::test]
async fn ac_11_what_microsoft_says_of_a_subscription_is_done() {
    for (does, anew) in [("reauthorize", true), ("remove", true), ("miss", false)] {
        let (world, mia) = watched().await;
        let before = open(&world)[0]["id"].clone();
        // Something changes, and nobody is told.
        control(&world, "channels", json!({ "do": "mute" }));
        person_makes(&world, "Dentist");
        control(&world, "channels", json!({ "do": "unmute" }));
        control(&world, "channels", json!({ "do": does }));
        assert_eq!(world.outlook.deliver().await, [StatusCode::NO_CONTENT], "{does}");
        work(&world).await;
        assert_eq!(world.titles(&mia).await, ["Dentist"], "{does}: it is looked at");
        channels::sweep(&world.app.engine).await.unwrap();
        let after = open(&world);
        assert_eq!((after.len(), after[0]["id"] != before), (1, anew), "{does}: {after:?}");
    }
}

#[tokio::test]
async fn ac_11_a_subscription_is_renewed_before_it_ends_and_an_address_that_fails_is_asked_again() {
    let (world, mia) = watched().await;
    let mut uncovered = 0;
    for hour in 0..20 * 24 {
        world.advance(SignedDuration::from_hours(1));
        channels::sweep(&world.app.engine).await.unwrap();
        world.outlook.deliver().await;
        uncovered += usize::from(open(&world).is_empty());
        assert!(open(&world).len() <= 2, "after {hour} hours: {:?}", open(&world));
    }
    assert_eq!(uncovered, 0, "hours without a subscription");
    person_makes(&world, "Dentist");
    assert_eq!(world.outlook.deliver().await, [StatusCode::NO_CONTENT]);
    work(&world).await;
    assert_eq!(world.titles(&mia).await, ["Dentist"]);
}

#[tokio::test]
async fn microsoft_trap_21_a_calendar_that_somebody_shares_is_polled() {
    let world = World::reachable().await;
    let mia = world.user("Mia", Role::Provider).await;
    let account = world.connect_outlook(&mia).await;
    // Bob's calendar, in Alice's list.
    let shared = json!({ "owner": "bob", "calendar": "primary", "user": "alice", "role": "write" });
    control(&world, "access", shared);
    let offered =
        world.ask(&mia, "GET", &format!("/schedule/sync/calendars?accountId={account}"), None).await.ok();
    let others = offered["items"].as_array().unwrap().iter();
    let others: Vec<&Value> =
        others.filter(|one| one["primary"] == json!(false) && one["writable"] == json!(true)).collect();
    let theirs =
        others.iter().find(|one| word(one, "name") != "Team").unwrap_or_else(|| panic!("{offered:#}"));
    let new = json!({ "accountId": account, "calendarId": theirs["id"] });
    let made = world.ask(&mia, "POST", "/schedule/sync/links", Some(new)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
    for _ in 0..3 {
        channels::sweep(&world.app.engine).await.unwrap();
        world.settle().await;
    }
    assert_eq!(open(&world), Vec::<Value>::new());
    let at = |clock: &str| json!({ "dateTime": format!("2026-11-21T{clock}:00"), "timeZone": "UTC" });
    let fields = json!({ "subject": "Bob's", "start": at("10:00"), "end": at("11:00") });
    control(
        &world,
        "event",
        json!({ "user": "bob", "calendar": "primary", "do": "create", "fields": fields }),
    );
    world.settle().await;
    assert_eq!(world.titles(&mia).await, ["Bob's"]);
}

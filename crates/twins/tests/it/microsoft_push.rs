//! Change notifications of the Microsoft twin, and what is kept of it.

use concord_twins::Reply;
use concord_twins::notices::Answer;
use serde_json::{Value, json};

use crate::microsoft_world::{World, daily, event, id, json_of, refusal, validation};

const HOUR: i64 = 3600;

fn wanted(world: &World, seconds: i64) -> Value {
    json!({
        "changeType": "created,updated,deleted", "notificationUrl": "http://hook/notices?x=1",
        "lifecycleNotificationUrl": "http://hook/lifecycle", "resource": "me/events",
        "expirationDateTime": world.after(seconds), "clientState": "secret",
    })
}

/// Asks for a subscription and answers its validation as a good endpoint does.
fn subscribed(world: &World, body: &Value) -> Reply {
    let reply = world.call("POST", "/subscriptions", body);
    let Some(ticket) = reply.awaits else { return reply };
    world.deliver();
    world.twin.awaited(ticket).expect("both addresses have answered")
}

fn kinds(told: &[Value]) -> Vec<&str> {
    told.iter().map(|one| one["changeType"].as_str().or(one["lifecycleEvent"].as_str()).unwrap()).collect()
}

#[test]
fn microsoft_trap_20_the_address_is_asked_while_the_caller_waits() {
    let world = World::new();
    let ticket = world.call("POST", "/subscriptions", &wanted(&world, HOUR)).awaits.unwrap();
    assert!(world.twin.awaited(ticket).is_none());
    let notices = world.twin.take_notices();
    let paths: Vec<&str> = notices.iter().map(|notice| notice.request.uri().path()).collect();
    assert_eq!(paths, ["/notices", "/lifecycle"]);
    assert!(notices[0].request.uri().query().unwrap().starts_with("x=1&validationToken="));
    for notice in notices {
        let token = validation(notice.request.uri()).unwrap();
        assert!(token.contains(' '), "it has to be decoded: {token}");
        let answer =
            Answer { status: 200, content_type: "text/plain; charset=utf-8".into(), body: token.into() };
        world.twin.answered(notice.id, &answer);
    }
    let reply = world.twin.awaited(ticket).unwrap();
    assert_eq!(reply.status, 201);
    assert_eq!(json_of(&reply)["clientState"], Value::Null, "the secret is not told");
    assert!(world.twin.awaited(ticket).is_none(), "it comes once");
    assert_eq!(world.twin.calls(0).last().unwrap().status, 201);
}

#[test]
fn an_address_that_does_not_answer_as_it_should_is_refused() {
    let world = World::new();
    let answered = |answer: &dyn Fn(String) -> Option<Answer>| {
        let ticket = world.call("POST", "/subscriptions", &wanted(&world, HOUR)).awaits.unwrap();
        for notice in world.twin.take_notices() {
            if let Some(answer) = answer(validation(notice.request.uri()).unwrap()) {
                world.twin.answered(notice.id, &answer);
            }
        }
        world.wait(11);
        let reply = world.twin.awaited(ticket).unwrap();
        (reply.status.as_u16(), json_of(&reply)["error"]["message"].as_str().unwrap().to_owned())
    };
    let plain =
        |body: &str| Answer { status: 200, content_type: "text/plain".into(), body: body.to_owned().into() };
    let failed = answered(&|token| Some(plain(&token.replace(' ', "+"))));
    assert_eq!(failed.0, 400);
    assert!(failed.1.contains("must exactly match"), "{}", failed.1);
    let html = |token: String| Some(Answer { content_type: "text/html".into(), ..plain(&token) });
    assert_eq!(answered(&html).0, 400);
    assert!(answered(&|_| None).1.contains("timed out"));
    assert!(answered(&|_| Some(Answer::from(0))).1.contains("timed out"));
    assert!(answered(&|_| Some(Answer::from(500))).1.contains("200 OK"));
    assert_eq!(world.get("/subscriptions")["value"], json!([]));
}

#[test]
fn a_notice_says_that_something_changed_and_not_what() {
    let world = World::new();
    let held = json_of(&subscribed(&world, &wanted(&world, HOUR)));
    let made = world.made(&event(9, 9));
    let told = world.deliver();
    assert_eq!(kinds(&told), ["created"]);
    assert_eq!((&told[0]["subscriptionId"], &told[0]["clientState"]), (&held["id"], &json!("secret")));
    assert_eq!(told[0]["resourceData"]["id"], made["id"]);
    assert!(!told[0].to_string().contains("9 9"));
    let target = format!("/me/events/{}", id(&made));
    world.done("PATCH", &target, &json!({"subject": "B"}));
    world.done("DELETE", &target, &Value::Null);
    assert_eq!(kinds(&world.deliver()), ["updated", "deleted"]);
}

#[test]
fn a_deleted_occurrence_is_told_as_a_change_of_its_master() {
    let world = World::new();
    let master = world.made(&daily(2));
    subscribed(&world, &wanted(&world, HOUR));
    world.control("event", &json!({"do": "create", "id": "x", "fields": event(9, 9)}));
    world.deliver();
    let view =
        world.get("/me/calendarView?startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-03-03T00:00:00Z");
    world.done("DELETE", &format!("/me/events/{}", id(&view["value"][0])), &Value::Null);
    let told = world.deliver();
    assert_eq!(kinds(&told), ["updated"]);
    assert_eq!(told[0]["resourceData"]["id"], master["id"]);
}

#[test]
fn microsoft_trap_17_one_action_is_told_twice_and_again() {
    let world = World::new();
    subscribed(&world, &wanted(&world, HOUR));
    world.quirks(json!({"push": {"createdAndUpdated": true, "copies": 2, "nameless": true}}));
    world.made(&event(9, 9));
    let told = world.deliver();
    assert_eq!(kinds(&told), ["created", "created", "updated", "updated"]);
    assert!(told.iter().all(|one| one.get("id").is_none()));
    world.quirks(json!({"push": {"createdAndUpdated": false, "copies": 1, "delayMs": 5000}}));
    world.made(&event(10, 9));
    assert!(world.deliver().is_empty());
    world.wait(6);
    assert_eq!(kinds(&world.deliver()), ["created"]);
    world.quirks(json!({"push": {"silent": true}}));
    world.made(&event(11, 9));
    world.wait(60);
    assert!(world.deliver().is_empty(), "a silent day");
}

#[test]
fn microsoft_trap_19_an_address_that_fails_is_told_nothing_and_then_that_it_missed_something() {
    let world = World::new();
    world.quirks(json!({"push": {"dropsAfter": 2}}));
    subscribed(&world, &wanted(&world, 20 * HOUR));
    world.made(&event(9, 9));
    for _ in 0..2 {
        for notice in world.twin.take_notices() {
            world.twin.delivered(notice.id, 503);
        }
        world.wait(60);
    }
    world.made(&event(10, 9));
    let told = world.deliver();
    assert_eq!(kinds(&told), ["created"], "the first is tried again, the second is discarded");
    world.wait(601);
    assert_eq!(kinds(&world.deliver()), ["missed"]);
    world.made(&event(11, 9));
    assert_eq!(kinds(&world.deliver()), ["created"]);
}

#[test]
fn microsoft_trap_21_what_was_shared_cannot_be_subscribed_to() {
    let world = World::new();
    let shared = world.control("access", &json!({"calendar": "Team", "user": "bob", "role": "write"}));
    let of = |resource: String| {
        let mut body = wanted(&world, HOUR);
        body["resource"] = json!(resource);
        let reply = world.with("twin-bob", "POST", "/subscriptions", &[], &body);
        if reply.awaits.is_some() { (201, String::new()) } else { refusal(&reply) }
    };
    assert_eq!(of(format!("me/calendars/{}/events", id(&shared))), (403, "ErrorAccessDenied".into()));
    assert_eq!(of("users/alice@twin.test/events".into()).0, 403);
    assert_eq!(of("me/messages".into()).0, 400);
    assert_eq!(of("/me/events".into()).0, 201);
}

#[test]
fn a_subscription_lives_so_long_and_is_renewed() {
    let world = World::new();
    let mut body = wanted(&world, 10_080 * 60 + 60);
    assert_eq!(world.refused("POST", "/subscriptions", &body), (400, "ExtensionError".into()));
    world.quirks(json!({"push": {"longestMinutes": 4230, "validates": false}}));
    body["expirationDateTime"] = json!(world.after(4231 * 60));
    let refused = json_of(&world.call("POST", "/subscriptions", &body));
    assert_eq!(
        refused["error"]["message"],
        "Subscription expiration can only be 4230 minutes in the future."
    );
    body["expirationDateTime"] = json!(world.after(60));
    let held = world.done("POST", "/subscriptions", &body);
    assert_eq!(held["expirationDateTime"], json!(world.after(45 * 60)), "made longer");
    assert_eq!(world.refused("POST", "/subscriptions", &body).0, 409, "the same again");
    let target = format!("/subscriptions/{}", id(&held));
    let renewed = world.done("PATCH", &target, &json!({"expirationDateTime": world.after(2 * HOUR)}));
    assert_eq!(renewed["expirationDateTime"], json!(world.after(2 * HOUR)));
    world.wait(HOUR + 1);
    assert_eq!(kinds(&world.deliver()), ["reauthorizationRequired"]);
    world.done("POST", &format!("{target}/reauthorize"), &Value::Null);
    world.wait(HOUR);
    assert_eq!(world.refused("PATCH", &target, &json!({"expirationDateTime": world.after(HOUR)})).0, 404);
    assert_eq!(world.get("/subscriptions")["value"], json!([]));
    world.quirks(json!({"push": {"listsExpired": true}}));
    assert_eq!(world.get("/subscriptions")["value"][0]["id"], held["id"], "a ghost");
}

#[test]
fn the_desk_ends_mutes_doubles_and_drops() {
    let world = World::new();
    world.quirks(json!({"push": {"validates": false}}));
    let held = world.done("POST", "/subscriptions", &wanted(&world, HOUR));
    let made = |day: u32| drop(world.made(&event(day, 9)));
    world.control("channels", &json!({"do": "mute"}));
    made(1);
    world.control("channels", &json!({"do": "unmute"}));
    assert!(world.deliver().is_empty());
    world.control("channels", &json!({"do": "duplicate"}));
    made(2);
    assert_eq!(world.deliver().len(), 2);
    world.control("channels", &json!({"do": "drop", "count": 1}));
    made(3);
    assert!(world.deliver().is_empty());
    world.control("channels", &json!({"do": "miss", "id": held["id"]}));
    world.control("channels", &json!({"do": "remove"}));
    assert_eq!(kinds(&world.deliver()), ["subscriptionRemoved"], "what waited is gone with it");
    assert_eq!(world.refused("GET", &format!("/subscriptions/{}", id(&held)), &Value::Null).0, 404);
}

#[test]
fn a_list_of_calendars_tells_of_everything_as_an_update() {
    let world = World::new();
    world.quirks(json!({"push": {"validates": false}}));
    let mut body = wanted(&world, HOUR);
    body["resource"] = json!("me/calendars");
    assert_eq!(world.refused("POST", "/subscriptions", &body).0, 400, "created is refused");
    body["changeType"] = json!("updated,deleted");
    world.done("POST", "/subscriptions", &body);
    world.done("POST", "/me/calendars", &json!({"name": "New"}));
    assert_eq!(kinds(&world.deliver()), ["updated"]);
}

#[test]
fn what_is_kept_is_all_there_is() {
    let world = World::new();
    world.quirks(json!({"push": {"validates": false}, "delta": {"emptyPages": true}}));
    world.done("POST", "/subscriptions", &wanted(&world, HOUR));
    let master = world.made(&daily(3));
    world.control("event", &json!({"do": "create", "id": "named", "fields": event(9, 9)}));
    world.control("clock", &json!({"advance": "10m"}));
    let link = world
        .round(
            "/me/calendarView/delta?startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-04-01T00:00:00Z",
            &[],
        )
        .unwrap()
        .1;
    let shown = |world: &World| {
        ["state", "log", "changes", "mail", "channels", "quirks", "clock"].map(|route| world.look(route))
    };
    let other = world.again();
    assert_eq!(shown(&other), shown(&world));
    let kept = |world: &World| serde_json::to_value(world.twin.snapshot()).unwrap();
    assert_eq!(kept(&other), kept(&world));
    other.control("event", &json!({"do": "delete", "id": "named"}));
    assert_eq!(other.round(&link, &[]).unwrap().0.len(), 1, "an old token gets what changed since");
    assert_eq!(kinds(&other.deliver()), ["created", "created", "deleted"]);
    let fresh = other.made(&event(20, 9));
    assert!(id(&fresh) != id(&master) && fresh["iCalUId"] != world.made(&event(20, 9))["iCalUId"]);
}

#[test]
fn another_form_is_refused_and_changes_nothing() {
    let world = World::new();
    world.made(&event(9, 9));
    let kept = serde_json::to_value(world.twin.snapshot()).unwrap();
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut other = kept.clone();
        change(&mut other);
        world.twin.restore(serde_json::from_value(other).unwrap()).unwrap_err()
    };
    assert!(refused(&|snapshot| snapshot["twin"] = json!("google")).contains("google"));
    assert!(refused(&|snapshot| snapshot["version"] = json!(9)).contains("version 9"));
    assert!(refused(&|snapshot| snapshot["state"]["calendars"] = json!(1)).contains("not what a twin"));
    assert_eq!(serde_json::to_value(world.twin.snapshot()).unwrap(), kept);
}

//! Guests who are told by mail, over the API: what would be sent is shown, exactly that is sent, and answers come back.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::body::Body;
use concord_engine::invitations::{self, Answered, Came, Mail, Unsent, Wording};
use concord_engine::received::{Asks, Part, Told as Invitation};
use concord_engine::reply;
use concord_model::people::{Address, Answer, Attendee, Organiser};
use concord_model::{Capabilities, Moment, Span, View, Zone};
use concord_store::users::Role;
use http::Request;
use serde_json::{Value, json};

use crate::world::{Answer as Told, Who, World, word};

/// Writes letters as `token uid`, and answers as `reply uid answer`; reads answers as `token uid sender guest`, and
/// invitations as `word organiser`.
struct Post {
    able: Capabilities,
    sent: Mutex<Vec<(String, String)>>,
}

#[async_trait]
impl Mail for Post {
    fn able(&self) -> &Capabilities {
        &self.able
    }

    fn write(&self, wording: &Wording<'_>) -> Result<String, String> {
        Ok(format!("{} {}", wording.token, wording.uid))
    }

    async fn send(&self, to: &Address, message: &str) -> Result<(), Unsent> {
        self.sent.lock().unwrap().push((to.as_str().to_owned(), message.to_owned()));
        Ok(())
    }

    fn reply(&self, wording: &reply::Wording<'_>) -> Result<String, String> {
        Ok(format!("reply {} {:?}", wording.uid, wording.guest.answer))
    }

    fn address(&self, word: &str) -> Address {
        address_of(word)
    }

    fn read(&self, message: &[u8]) -> Result<Came, String> {
        let text = String::from_utf8_lossy(message);
        if let Some((word, organiser)) = text.split_once(' ').filter(|(_, rest)| !rest.contains(' ')) {
            return Ok(Came::Invitation(invitation(word, organiser)));
        }
        let [token, uid, from, guest] = text.split(' ').collect::<Vec<_>>()[..] else {
            return Err("this is no answer".to_owned());
        };
        Ok(Came::Answer(Answered {
            token: token.to_owned(),
            from: from.into(),
            uid: uid.to_owned(),
            guest: guest.into(),
            answer: Answer::Accepted,
            sequence: 0,
            stamp: None,
            occurrence: None,
        }))
    }
}

fn address_of(word: &str) -> Address {
    Address::from(format!("calendar+{word}@studio.example"))
}

/// Somebody's invitation to a meeting, at the secret address with this word.
pub(crate) fn invitation(word: &str, organiser: &str) -> Invitation {
    let at = |hour| {
        let wall = jiff::civil::date(2026, 11, 20).at(hour, 0, 0, 0);
        Moment::new(wall, Zone::new("Europe/Berlin").unwrap())
    };
    let mut view = View::new(Span::timed(at(9), at(10)).unwrap(), "Planning");
    view.organiser = Some(Organiser { address: organiser.into(), name: String::new() });
    let address = address_of(word);
    let (name, answer, role) = (String::new(), Answer::Awaited, Default::default());
    view.attendees = vec![Attendee { address: address.clone(), name, answer, role }];
    Invitation {
        words: vec![word.to_owned()],
        secret: [(address, word.to_owned())].into(),
        home: "calendar@studio.example".into(),
        asks: Asks::Request,
        uid: "meeting-1".to_owned(),
        parts: vec![Part { of: None, view, sequence: 0, stamp: None }],
    }
}

async fn with_mail() -> (World, Arc<Post>) {
    let mut world = World::new().await;
    let post = Arc::new(Post { able: concord_ical::capabilities(), sent: Mutex::default() });
    world.app = world.app.clone().with_mail(Some(post.clone()));
    world.router = concord_server::router(world.app.clone());
    (world, post)
}

async fn party(world: &World, who: &Who) -> Value {
    let guests = json!([{ "email": "ana@home.example" }, { "email": "ben@home.example" }]);
    world.make(who, json!({ "title": "Party", "start": "2026-11-20T19:00:00", "attendees": guests })).await
}

async fn receive(world: &World, who: &Who, kind: &str, letter: String) -> Told {
    let request = Request::post("/api/v1/mail")
        .header("authorization", format!("Bearer {}", who.key))
        .header("content-type", kind)
        .body(Body::from(letter));
    world.send(request.unwrap()).await
}

#[tokio::test]
async fn be_7_what_would_be_sent_is_shown_and_exactly_that_is_sent() {
    let (world, post) = with_mail().await;
    let mia = world.user("Mia", Role::Provider).await;
    let event = party(&world, &mia).await;
    let path = format!("/calendar/events/{}/invitations", word(&event, "id"));
    let shown = world.ask(&mia, "GET", &path, None).await.ok();
    let due: Vec<(&str, &str)> =
        shown["items"].as_array().unwrap().iter().map(|one| (word(one, "email"), word(one, "due"))).collect();
    assert_eq!(due, [("ana@home.example", "request"), ("ben@home.example", "request")]);
    let other = world.ask(&mia, "POST", &path, Some(json!({ "consent": "something" }))).await;
    assert_eq!(other.status, 412, "{}", other.json);
    world.change(&mia, &event, json!({ "location": "Roof" })).await;
    let old = world.ask(&mia, "POST", &path, Some(json!({ "consent": shown["consent"] }))).await;
    assert_eq!(old.status, 412, "{}", old.json);
    invitations::deliver(&world.app.engine, &*post).await.unwrap();
    assert!(post.sent.lock().unwrap().is_empty());
    let shown = world.ask(&mia, "GET", &path, None).await.ok();
    let sent = world.ask(&mia, "POST", &path, Some(json!({ "consent": shown["consent"] }))).await.ok();
    assert!(sent["consent"].is_null() && sent["items"][0]["due"].is_null(), "{sent:#}");
    assert_eq!(sent["items"][0]["letter"]["state"], "waiting");
    invitations::deliver(&world.app.engine, &*post).await.unwrap();
    let mut to: Vec<String> = post.sent.lock().unwrap().iter().map(|(to, _)| to.clone()).collect();
    to.sort();
    assert_eq!(to, ["ana@home.example", "ben@home.example"]);
    let bob = world.user("Bob", Role::Provider).await;
    assert_eq!(world.ask(&bob, "GET", &path, None).await.status, 404);
}

#[tokio::test]
async fn an_answer_that_is_handed_over_is_noted_and_anything_else_is_left_alone() {
    let (world, post) = with_mail().await;
    let (mia, ada) = (world.user("Mia", Role::Provider).await, world.user("Ada", Role::Admin).await);
    let event = party(&world, &mia).await;
    let path = format!("/calendar/events/{}", word(&event, "id"));
    let shown = world.ask(&mia, "GET", &format!("{path}/invitations"), None).await.ok();
    let consent = json!({ "consent": shown["consent"] });
    world.ask(&mia, "POST", &format!("{path}/invitations"), Some(consent)).await.ok();
    invitations::deliver(&world.app.engine, &*post).await.unwrap();
    let mut sent = post.sent.lock().unwrap().clone();
    sent.sort();
    let (ana, letter) = sent.remove(0);
    let rfc822 = "message/rfc822";
    let forged = receive(&world, &ada, rfc822, format!("{letter} eve@home.example {ana}")).await.ok();
    assert_eq!(forged["taken"], "not_theirs");
    let nothing = receive(&world, &ada, rfc822, "hello".to_owned()).await.ok();
    assert_eq!(nothing["taken"], "ignored");
    let noted = receive(&world, &ada, rfc822, format!("{letter} {ana} {ana}")).await.ok();
    assert_eq!(noted["taken"], "noted", "{noted}");
    let event = world.ask(&mia, "GET", &path, None).await.ok();
    let answers: Vec<&str> =
        event["attendees"].as_array().unwrap().iter().map(|guest| word(guest, "answer")).collect();
    assert_eq!(answers, ["accepted", "awaited"]);
    assert_eq!(receive(&world, &ada, "text/plain", letter.clone()).await.status, 415);
    assert_eq!(receive(&world, &mia, rfc822, letter.clone()).await.status, 403);
    assert_eq!(receive(&world, &ada, rfc822, "x".repeat(2 << 20)).await.status, 413);
}

#[tokio::test]
async fn without_mail_nobody_is_told_and_it_says_why() {
    let world = World::new().await;
    let mia = world.user("Mia", Role::Provider).await;
    let event = party(&world, &mia).await;
    let path = format!("/calendar/events/{}/invitations", word(&event, "id"));
    let shown = world.ask(&mia, "GET", &path, None).await.ok();
    assert!(shown["consent"].is_null() && word(&shown, "hindered").contains("smtp_url"), "{shown:#}");
    let refused = world.ask(&mia, "POST", &path, Some(json!({ "consent": "x" }))).await;
    assert_eq!((refused.status.as_u16(), &refused.json["code"]), (409, &json!("no_mail")));
}

/// The word in an address.
fn secret(address: &Value) -> String {
    address["address"].as_str().unwrap().split(['+', '@']).nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn ones_address_is_seen_by_oneself_alone_and_a_new_one_ends_the_one_before() {
    let (world, _) = with_mail().await;
    let (mia, ada) = (world.user("Mia", Role::Provider).await, world.user("Ada", Role::Admin).await);
    assert!(world.ask(&mia, "GET", "/mail/address", None).await.ok()["address"].is_null());
    let first = world.ask(&mia, "POST", "/mail/address", None).await;
    assert_eq!(first.status, 201, "{}", first.json);
    assert_eq!(world.ask(&mia, "GET", "/mail/address", None).await.ok()["address"], first.json["address"]);
    assert!(world.ask(&ada, "GET", "/mail/address", None).await.ok()["address"].is_null());
    let second = world.ask(&mia, "POST", "/mail/address", None).await;
    let letter = |address: &Value| format!("{} org@corp.example", secret(address));
    let old = receive(&world, &ada, "message/rfc822", letter(&first.json)).await.ok();
    assert_eq!(old["taken"], "no_address");
    assert_eq!(world.ask(&mia, "DELETE", "/mail/address", None).await.status, 204);
    assert_eq!(world.ask(&mia, "DELETE", "/mail/address", None).await.status, 404);
    let gone = receive(&world, &ada, "message/rfc822", letter(&second.json)).await.ok();
    assert_eq!(gone["taken"], "no_address");
}

#[tokio::test]
async fn be_7_an_invitation_that_came_is_answered_as_it_was_shown() {
    let (world, post) = with_mail().await;
    let (mia, ada) = (world.user("Mia", Role::Provider).await, world.user("Ada", Role::Admin).await);
    let address = world.ask(&mia, "POST", "/mail/address", None).await.json;
    let letter = format!("{} org@corp.example", secret(&address));
    let came = receive(&world, &ada, "message/rfc822", letter).await.ok();
    assert_eq!(came["taken"], "invited", "{came}");
    let listed = world.ask(&mia, "GET", "/calendar/events", None).await.ok();
    let event = listed["items"][0].clone();
    assert_eq!((word(&event, "origin"), word(&event, "title")), ("mail", "Planning"));
    assert!(event["readOnly"].is_string() && !event.to_string().contains(&secret(&address)), "{event:#}");
    let path = format!("/calendar/events/{}", word(&event, "id"));
    let moved = world.ask(&mia, "PATCH", &path, Some(json!({ "title": "Mine" }))).await;
    assert_eq!((moved.status.as_u16(), &moved.json["code"]), (409, &json!("read_only")));
    let path = format!("{path}/answer");
    let shown = world.ask(&mia, "GET", &path, None).await.ok();
    assert_eq!((word(&shown["organiser"], "email"), word(&shown, "answer")), ("org@corp.example", "awaited"));
    let wrong = json!({ "answer": "accepted", "consent": shown["consent"]["declined"] });
    assert_eq!(world.ask(&mia, "POST", &path, Some(wrong)).await.status, 412);
    let noted = world.ask(&mia, "POST", &path, Some(json!({ "answer": "tentative" }))).await.ok();
    assert_eq!((word(&noted, "answer"), &noted["told"]), ("tentative", &Value::Null));
    invitations::deliver(&world.app.engine, &*post).await.unwrap();
    assert!(post.sent.lock().unwrap().is_empty());
    let yes = json!({ "answer": "accepted", "consent": shown["consent"]["accepted"] });
    let told = world.ask(&mia, "POST", &path, Some(yes)).await.ok();
    assert_eq!((word(&told, "told"), word(&told["letter"], "says")), ("accepted", "reply"));
    invitations::deliver(&world.app.engine, &*post).await.unwrap();
    let sent = post.sent.lock().unwrap().clone();
    assert_eq!(sent, [("org@corp.example".to_owned(), "reply meeting-1 Accepted".to_owned())]);
    for bad in
        [json!({ "answer": "awaited" }), json!({ "answer": "accepted", "occurrence": "20261127T090000" })]
    {
        assert_eq!(world.ask(&mia, "POST", &path, Some(bad)).await.status, 422);
    }
    let bob = world.user("Bob", Role::Provider).await;
    assert_eq!(world.ask(&bob, "GET", &path, None).await.status, 404);
    let own = party(&world, &mia).await;
    let own = format!("/calendar/events/{}/answer", word(&own, "id"));
    assert_eq!(
        world.ask(&mia, "GET", &own, None).await.status,
        404,
        "of one's own there is nothing to answer"
    );
}

//! Who would be mailed: known before the write, and refused unless the link allows it.

use concord_model::people::Attendee;

use super::script::Says;
use super::*;

fn guests(addresses: &[&str]) -> Vec<Attendee> {
    let one = |address: &&str| Attendee {
        address: (*address).into(),
        name: String::new(),
        answer: Default::default(),
        role: Default::default(),
    };
    addresses.iter().map(one).collect()
}

fn invited(title: &str) -> View {
    View { attendees: guests(&["jo@example.com"]), ..single(title) }
}

fn meeting(organiser: bool) -> Value {
    event(
        "e1",
        1,
        json!({
            "isOrganizer": organiser,
            "attendees": [{ "type": "required", "emailAddress": { "address": "jo@example.com" }, "status": { "response": "none" } }],
        }),
    )
}

fn is_refused(answer: Result<Written, Answer>) {
    assert!(
        matches!(&answer, Err(Answer::Rejected { why, read_only: false }) if why.contains("by mail")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn microsoft_trap_9_nobody_is_mailed_unless_it_is_allowed() {
    is_refused(World::new([]).write(create(invited("x"))).await);
    is_refused(
        World::new([("GET e1", Says(200, meeting(true)))]).write(update(invited("x"), invited("y"))).await,
    );
    let added = World::new([("GET e1", Says(200, event("e1", 1, json!({}))))]);
    is_refused(added.write(update(single("x"), invited("x"))).await);
    is_refused(World::new([("GET e1", Says(200, meeting(true)))]).write(delete("e1")).await);
}

#[tokio::test]
async fn where_mail_is_allowed_it_is_written() {
    let world = World::new([("DELETE e1", Says(204, Value::Null))]);
    assert_eq!(world.write_all(&[delete("e1")], Mail::Guests).await, [Ok(Written::Gone)]);
    let world = World::new([
        ("GET e1", Says(200, meeting(true))),
        ("PATCH e1", Says(200, event("e1", 2, json!({ "subject": "y" })))),
    ]);
    let answer = world.write_all(&[update(invited("x"), invited("y"))], Mail::Guests).await.remove(0);
    assert_eq!(told(answer), ["e1 W/\"2\": y"]);
    assert_eq!(world.asked()[1], r#"PATCH e1 if W/"1" {"subject":"y"}"#);
}

#[tokio::test]
async fn what_has_no_guests_is_deleted_after_a_look() {
    let world =
        World::new([("GET e1", Says(200, event("e1", 1, json!({})))), ("DELETE e1", Says(204, Value::Null))]);
    assert_eq!(world.write(delete("e1")).await, Ok(Written::Gone));
    assert_eq!(world.asked(), ["GET e1", r#"DELETE e1 if W/"1""#]);
    let world = World::new([("GET e1", Says(200, event("e1", 2, json!({}))))]);
    assert_eq!(world.write(delete("e1")).await, Err(Answer::Stale), "it had changed before it was looked at");
}

#[tokio::test]
async fn a_guest_answers_without_a_word_and_takes_its_own_copy_away() {
    let mut after = invited("x");
    after.attendees[0].answer = concord_model::people::Answer::Accepted;
    let world = World::new([("GET e1", Says(200, meeting(false))), ("POST accept", Says(202, Value::Null))]);
    let answer = world.write(update(invited("x"), after)).await;
    assert!(
        matches!(answer, Err(Answer::Unknown(_))),
        "what became of it comes with the next look: {answer:?}"
    );
    assert_eq!(world.asked()[1], r#"POST accept {"sendResponse":false}"#);
    let world = World::new([("GET e1", Says(200, meeting(false))), ("DELETE e1", Says(204, Value::Null))]);
    assert_eq!(world.write(delete("e1")).await, Ok(Written::Gone));
}

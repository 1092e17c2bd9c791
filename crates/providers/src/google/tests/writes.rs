//! One write, one call: what it says, and on which version.

use super::*;

#[tokio::test]
async fn a_new_event_is_one_call_under_our_id() {
    let world = World::new([("POST events", Says(200, event("e1", 1, json!({ "summary": "Coaching" }))))]);
    assert_eq!(told(world.write(create(single("Coaching"))).await), ["e1 1: Coaching"]);
    let body: Value = serde_json::from_str(world.asked()[0].strip_prefix("POST events ").unwrap()).unwrap();
    assert_eq!(
        body,
        json!({
            "id": "e1",
            "summary": "Coaching",
            "start": { "dateTime": "2026-11-24T10:00:00", "timeZone": "Europe/Berlin" },
            "end": { "dateTime": "2026-11-24T11:00:00", "timeZone": "Europe/Berlin" },
            "extendedProperties": { "private": {
                "concord": "00000000000000000000000000000001.00000000000000000000000000000002",
                "concordUid": "u1",
            } },
        })
    );
}

#[tokio::test]
async fn a_change_names_only_what_differs_and_the_version_it_replaces() {
    let world = World::new([("PATCH e1", Says(200, event("e1", 2, json!({ "summary": "New" }))))]);
    let after = View { location: String::new(), ..single("New") };
    let before = View { location: "Studio".to_owned(), ..single("Old") };
    assert_eq!(told(world.write(update(versions("\"1\"", None), before, after)).await), ["e1 2: New"]);
    assert_eq!(world.asked(), [r#"PATCH e1 if "1" {"location":null,"summary":"New"}"#]);
}

#[tokio::test]
async fn a_change_to_days_names_both_kinds_of_time() {
    let world = World::new([("PATCH e1", Says(200, event("e1", 2, json!({}))))]);
    let days = Span::days("2026-11-24".parse().unwrap(), "2026-11-25".parse().unwrap()).unwrap();
    world.write(update(versions("1", None), single("x"), View::new(days, "x"))).await.unwrap();
    assert_eq!(
        world.asked(),
        [
            r#"PATCH e1 if 1 {"end":{"date":"2026-11-25","dateTime":null,"timeZone":null},"start":{"date":"2026-11-24","dateTime":null,"timeZone":null}}"#
        ]
    );
}

#[tokio::test]
async fn nothing_to_change_is_no_call() {
    let world = World::new([]);
    assert_eq!(told(world.write(update(versions("1", None), single("x"), single("x"))).await), [""; 0]);
    assert_eq!(world.trips(), 0);
}

#[tokio::test]
async fn nothing_is_written_blindly() {
    let world = World::new([]);
    let none = Versions::default();
    assert_eq!(world.write(update(none.clone(), single("x"), single("y"))).await, Err(Answer::Stale));
    assert_eq!(world.write(Write::Delete { id: "e1".into(), versions: none }).await, Err(Answer::Stale));
    assert_eq!(world.trips(), 0);
}

#[tokio::test]
async fn what_is_gone_already_is_deleted() {
    for reply in [Raw(204, ""), refused(410, "deleted"), refused(404, "notFound")] {
        let world = World::new([("DELETE e1", reply)]);
        assert_eq!(world.write(delete("e1")).await, Ok(Written::Gone));
        assert_eq!(world.asked(), ["DELETE e1 if 1"]);
    }
    let world = World::new([("DELETE e1", refused(412, "conditionNotMet"))]);
    assert_eq!(world.write(delete("e1")).await, Err(Answer::Stale));
}

#[tokio::test]
async fn a_cancelled_event_is_not_written() {
    let world = World::new([]);
    let view = View { status: concord_model::view::Status::Cancelled, ..single("x") };
    assert!(matches!(world.write(create(view)).await, Err(Answer::Rejected { read_only: false, .. })));
}

fn invited(addresses: &[&str]) -> View {
    let mut view = single("Review");
    view.attendees = addresses
        .iter()
        .map(|address| Attendee {
            address: Address::from(*address),
            name: String::new(),
            answer: Default::default(),
            role: Default::default(),
        })
        .collect();
    view
}

#[tokio::test]
async fn guests_are_read_before_they_are_written() {
    let there =
        json!({ "summary": "Review", "attendees": [{ "email": "Jo@example.com", "comment": "late" }] });
    let world = World::new([
        ("GET e1", Says(200, event("e1", 1, there.clone()))),
        ("PATCH e1", Says(200, event("e1", 2, json!({ "summary": "Review" })))),
    ]);
    let (before, after) = (invited(&["jo@example.com"]), invited(&["jo@example.com", "new@example.com"]));
    world.write(update(versions("1", None), before.clone(), after.clone())).await.unwrap();
    assert_eq!(
        world.asked()[1],
        r#"PATCH e1 if 1 {"attendees":[{"comment":"late","email":"Jo@example.com"},{"email":"new@example.com"}]}"#
    );

    let world = World::new([("GET e1", Says(200, event("e1", 9, there.clone())))]);
    let write = update(versions("1", None), before.clone(), after.clone());
    assert_eq!(world.write(write).await, Err(Answer::Stale), "it had changed before it was read");

    let mut hidden = there;
    hidden["attendeesOmitted"] = json!(true);
    let world = World::new([("GET e1", Says(200, event("e1", 1, hidden)))]);
    let write = update(versions("1", None), before, after);
    assert!(matches!(world.write(write).await, Err(Answer::Rejected { .. })), "a list that is not whole");
}

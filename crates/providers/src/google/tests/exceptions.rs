//! A series that changes under its exceptions.

use super::*;

#[tokio::test]
async fn exceptions_follow_a_change_of_their_series() {
    // Google did not pass the new place on to the exception.
    let stale = second(7, json!({ "summary": "Special" }));
    let master = event(
        "e1",
        2,
        json!({ "summary": "Class", "location": "Studio", "recurrence": ["RRULE:FREQ=WEEKLY"] }),
    );
    let world = World::new([
        ("PATCH e1", Says(200, master.clone())),
        ("GET named e1@google.com", listing([stale, master])),
        (
            "PATCH e1_20261201T090000Z",
            Says(200, second(8, json!({ "summary": "Special", "location": "Studio" }))),
        ),
    ]);
    let before = retitled(class("Class"), "Special");
    let after = View { location: "Studio".to_owned(), ..before.clone() };
    let written = world.write(update(versions("1", Some("7")), before, after)).await;
    assert_eq!(told(written), ["e1 2: Class", "e1/e1_20261201T090000Z 8: Special"]);
    assert_eq!(world.asked()[2], r#"PATCH e1_20261201T090000Z if 7 {"location":"Studio"}"#);
}

#[tokio::test]
async fn an_exception_that_follows_by_itself_is_only_told() {
    let there = second(9, json!({ "summary": "Special", "location": "Studio" }));
    let master = event(
        "e1",
        2,
        json!({ "summary": "Class", "location": "Studio", "recurrence": ["RRULE:FREQ=WEEKLY"] }),
    );
    let world = World::new([
        ("PATCH e1", Says(200, master.clone())),
        ("GET named e1@google.com", listing([there, master])),
    ]);
    let before = retitled(class("Class"), "Special");
    let after = View { location: "Studio".to_owned(), ..before.clone() };
    let written = world.write(update(versions("1", Some("7")), before, after)).await;
    assert_eq!(told(written), ["e1 2: Class", "e1/e1_20261201T090000Z 9: Special"]);
}

#[tokio::test]
async fn i_11_exceptions_that_are_listed_in_a_circle_are_given_up() {
    let master = event("e1", 2, json!({ "summary": "Class", "recurrence": ["RRULE:FREQ=WEEKLY"] }));
    let page = || {
        let Says(status, mut told) = listing([] as [Value; 0]) else { unreachable!("a listing is said") };
        let page = told.as_object_mut().unwrap();
        page.remove("nextSyncToken");
        page.insert("nextPageToken".to_owned(), json!("again"));
        Says(status, told)
    };
    let world = World::new([
        ("PATCH e1", Says(200, master)),
        ("GET named e1@google.com", page()),
        ("GET named e1@google.com", page()),
    ]);
    let before = retitled(class("Class"), "Special");
    let after = View { location: "Studio".to_owned(), ..before.clone() };
    let answer = world.write(update(versions("1", Some("7")), before, after)).await;
    assert!(matches!(answer, Err(Answer::InPart(_))), "{answer:?}");
    assert_eq!(world.asked().len(), 3);
}

fn with_stamp(event: &Value) -> Value {
    let mut event = event.clone();
    event["updated"] = json!("2026-11-20T09:59:00Z");
    event
}

#[tokio::test]
async fn an_exception_of_somebody_else_is_neither_overwritten_nor_agreed_to() {
    let theirs = second(9, json!({ "summary": "Special", "location": "Elsewhere" }));
    let master = event(
        "e1",
        2,
        json!({ "summary": "Class", "location": "Studio", "recurrence": ["RRULE:FREQ=WEEKLY"] }),
    );
    let before = retitled(class("Class"), "Special");
    let after = View { location: "Studio".to_owned(), ..before.clone() };
    let world = World::new([
        ("PATCH e1", Says(200, master.clone())),
        ("GET named e1@google.com", listing([theirs, master.clone()])),
    ]);
    let answer = world.write(update(versions("1", Some("7")), before.clone(), after.clone())).await;
    assert!(matches!(answer, Err(Answer::InPart(_))), "{answer:?}");

    // Neither is what somebody did to the series itself between our write and our look.
    let mine = || second(9, json!({ "summary": "Special", "location": "Studio" }));
    let renamed = event(
        "e1",
        3,
        json!({ "summary": "Theirs", "location": "Studio", "updated": "2026-11-20T10:00:00Z", "recurrence": ["RRULE:FREQ=WEEKLY"] }),
    );
    let world = World::new([
        ("PATCH e1", Says(200, with_stamp(&master))),
        ("GET named e1@google.com", listing([mine(), renamed])),
    ]);
    let answer = world.write(update(versions("1", Some("7")), before.clone(), after.clone())).await;
    assert!(matches!(answer, Err(Answer::InPart(_))), "{answer:?}");

    // One that nobody here knew of yet comes with the next changes.
    let unknown = event(
        "e1_20261215T090000Z",
        5,
        json!({ "summary": "New", "recurringEventId": "e1", "originalStartTime": { "dateTime": "2026-12-15T10:00:00+01:00" } }),
    );
    let world = World::new([
        ("PATCH e1", Says(200, master.clone())),
        ("GET named e1@google.com", listing([unknown, mine(), master])),
    ]);
    let written = world.write(update(versions("1", Some("7")), before, after)).await;
    assert_eq!(told(written), ["e1 2: Class", "e1/e1_20261201T090000Z 9: Special"]);
}

#[tokio::test]
async fn a_series_that_moves_takes_its_occurrences_along() {
    let moved = at("2026-11-24T14:00:00", "2026-11-24T15:00:00");
    let mut after = class("Class");
    after.time.span = moved;
    let mut special = after.occurrence(key("20261201T140000")).unwrap();
    special.title = "Special".to_owned();
    let change = after.override_for(key("20261201T140000"), &special).unwrap();
    after.overrides.insert(key("20261201T140000"), change);
    after.overrides.insert(key("20261208T140000"), Override::Cancelled);
    let mut before = retitled(class("Class"), "Special");
    before.overrides.insert(key("20261208T100000"), Override::Cancelled);

    let at_two = |hour: &str| json!({ "dateTime": format!("2026-11-24T{hour}:00:00+01:00"), "timeZone": "Europe/Berlin" });
    let master = event(
        "e1",
        2,
        json!({ "summary": "Class", "start": at_two("14"), "end": at_two("15"),
            "recurrence": ["RRULE:FREQ=WEEKLY", "EXDATE;TZID=Europe/Berlin:20261208T140000"] }),
    );
    let instance = |etag, title: &str| {
        event(
            "e1_20261201T130000Z",
            etag,
            json!({ "summary": title, "recurringEventId": "e1",
                "originalStartTime": { "dateTime": "2026-12-01T14:00:00+01:00" },
                "start": { "dateTime": "2026-12-01T14:00:00+01:00", "timeZone": "Europe/Berlin" },
                "end": { "dateTime": "2026-12-01T15:00:00+01:00", "timeZone": "Europe/Berlin" } }),
        )
    };
    let hole =
        json!({ "id": "e1_20261208T090000Z", "status": "cancelled", "recurringEventId": "e1", "etag": "9" });
    let as_known =
        || listing([self::master(1, "Class"), second(7, json!({ "summary": "Special" })), hole.clone()]);
    // The old exception stayed behind as an occurrence that the rule no longer makes.
    let world = World::new([
        ("GET e1", Says(200, self::master(1, "Class"))),
        ("GET named e1@google.com", as_known()),
        ("PATCH e1", Says(200, master.clone())),
        ("GET named e1@google.com", listing([master, second(7, json!({ "summary": "Special" }))])),
        ("GET e1_20261201T130000Z", Says(200, instance(3, "Class"))),
        ("PATCH e1_20261201T090000Z", Says(200, second(8, json!({ "status": "cancelled" })))),
        ("PATCH e1_20261201T130000Z", Says(200, instance(4, "Special"))),
    ]);
    let written = world.write(update(versions("1", Some("7")), before.clone(), after.clone())).await;
    assert_eq!(
        told(written),
        [
            "e1 2: Class",
            "e1/e1_20261201T090000Z 8: (gone)",
            "e1/e1_20261201T130000Z 4: Special",
            "e1/e1_20261208T090000Z -: Class",
            "e1/e1_20261208T130000Z -: (gone)",
        ]
    );
    let asked = world.asked();
    assert!(asked[2].contains(r#""EXDATE;TZID=Europe/Berlin:20261208T140000""#), "{}", asked[2]);
    assert_eq!(asked[6], r#"PATCH e1_20261201T130000Z if 3 {"summary":"Special"}"#);

    // What somebody changed a moment ago would be dropped with its exception.
    let theirs = second(8, json!({ "summary": "Theirs" }));
    let unknown =
        json!({ "id": "e1_20261215T090000Z", "status": "cancelled", "recurringEventId": "e1", "etag": "9" });
    for listed in [vec![theirs], vec![second(7, json!({ "summary": "Special" })), unknown]] {
        let world = World::new([
            ("GET e1", Says(200, self::master(1, "Class"))),
            ("GET named e1@google.com", listing([vec![self::master(1, "Class")], listed].concat())),
        ]);
        let write = update(versions("1", Some("7")), before.clone(), after.clone());
        assert_eq!(world.write(write).await, Err(Answer::Stale));
    }
}

//! One write, one call: what it says, and on which version.

use super::script::{Nothing, Says, refused};
use super::*;

#[tokio::test]
async fn a_new_event_is_one_call_under_our_transaction() {
    let world = World::new([("POST events", Says(201, event("e1", 1, json!({}))))]);
    let Written::There(items) = world.write(create(single("Coaching"))).await.unwrap() else {
        panic!("it is there")
    };
    assert_eq!((items[0].id.as_str(), items[0].made_as.as_ref().unwrap().as_str()), ("e1", NAME));
    assert_eq!(items[0].uid.as_deref(), Some("u1"));
    let body: Value = serde_json::from_str(world.asked()[0].strip_prefix("POST events ").unwrap()).unwrap();
    let set = "String {6c5b6a2e-1f0d-4f7b-9c52-0b1d3c9e7a41} Name";
    assert_eq!(
        body,
        json!({
            "transactionId": "00000000-0000-4000-8000-000000000001",
            "singleValueExtendedProperties": [
                { "id": format!("{set} ConcordMark"),
                  "value": "00000000000000000000000000000001.00000000000000000000000000000002" },
                { "id": format!("{set} ConcordUid"), "value": "u1" },
                { "id": format!("{set} ConcordId"), "value": NAME },
            ],
            "subject": "Coaching",
            "start": { "dateTime": "2026-11-24T10:00:00", "timeZone": "W. Europe Standard Time" },
            "end": { "dateTime": "2026-11-24T11:00:00", "timeZone": "W. Europe Standard Time" },
            "isAllDay": false,
        })
    );
}

#[tokio::test]
async fn a_change_names_only_what_differs_and_the_version_it_replaces() {
    let world = World::new([("PATCH e1", Says(200, event("e1", 2, json!({ "subject": "New" }))))]);
    let after = View { location: String::new(), ..single("New") };
    let before = View { location: "Studio".to_owned(), ..single("Old") };
    assert_eq!(told(world.write(update(before, after)).await), ["e1 W/\"2\": New"]);
    assert_eq!(world.asked(), [r#"PATCH e1 if W/"1" {"location":{"displayName":""},"subject":"New"}"#]);
}

#[tokio::test]
async fn nothing_is_written_blindly_and_nothing_to_change_is_no_call() {
    let world = World::new([]);
    let Write::Update { id, before, after, fields, .. } = update(single("x"), single("y")) else {
        unreachable!()
    };
    let blind = Write::Update { id, versions: Versions::default(), before, after, fields };
    assert_eq!(world.write(blind).await, Err(Answer::Stale));
    assert_eq!(
        world.write(Write::Delete { id: "e1".into(), versions: Versions::default() }).await,
        Err(Answer::Stale)
    );
    assert_eq!(told(world.write(update(single("x"), single("x"))).await), [""; 0]);
    assert_eq!(world.trips(), 0);
}

#[tokio::test]
async fn microsoft_trap_7_a_creation_that_may_have_happened_is_unknown_and_one_that_had_says_so() {
    for reply in
        [Nothing, refused(503, "ConcurrentItemSave"), Says(504, Value::Null), Says(200, json!("what"))]
    {
        let world = World::new([("POST events", reply)]);
        let answer = world.write(create(single("x"))).await;
        assert!(matches!(answer, Err(Answer::Unknown(_))), "{answer:?}");
    }
    let taken = [
        refused(409, "ErrorDuplicateTransactionId"),
        // Made by an earlier try, and changed by somebody since.
        Says(201, event("e1", 3, json!({ "subject": "Theirs" }))),
        Says(
            201,
            event(
                "e1",
                3,
                json!({ "subject": "x", "createdDateTime": "2026-11-20T09:00:00Z",
                                         "lastModifiedDateTime": "2026-11-20T09:10:00Z" }),
            ),
        ),
    ];
    for reply in taken {
        let world = World::new([("POST events", reply)]);
        assert_eq!(world.write(create(single("x"))).await, Err(Answer::Exists));
    }
    let Write::Create { uid, mark, view, fields, .. } = create(single("x")) else { unreachable!() };
    let named = Write::Create { id: "AAkA=".into(), uid, mark, view, fields, was: None };
    assert_eq!(World::new([]).write(named).await, Err(Answer::Exists), "it has got its name already");
}

#[tokio::test]
async fn microsoft_trap_18_a_version_that_has_moved_is_news() {
    for reply in [
        refused(412, "ErrorIrresolvableConflict"),
        refused(409, "ErrorIrresolvableConflict"),
        refused(412, "x"),
    ] {
        let world = World::new([("PATCH e1", reply)]);
        assert_eq!(world.write(update(single("x"), single("y"))).await, Err(Answer::Stale));
    }
}

#[tokio::test]
async fn in_a_batch_each_part_has_its_own_fate_and_twenty_go_together() {
    let writes: Vec<Write> = ["a", "b", "c"]
        .into_iter()
        .map(|id| {
            let Write::Update { versions, before, after, fields, .. } = update(single("x"), single("y"))
            else {
                unreachable!()
            };
            Write::Update { id: id.into(), versions, before, after, fields }
        })
        .collect();
    let world = World::new([
        ("PATCH a", Says(200, event("a", 2, json!({ "subject": "y" })))),
        ("PATCH b", Nothing),
        ("PATCH c", refused(412, "ErrorIrresolvableConflict")),
    ]);
    let answers = world.write_all(&writes, Mail::Nobody).await;
    assert_eq!(world.trips(), 1);
    assert!(
        answers[0].is_ok()
            && matches!(answers[1], Err(Answer::Unknown(_)))
            && answers[2] == Err(Answer::Stale)
    );

    let many: Vec<Write> = (0..45).map(|_| update(single("x"), single("y"))).collect();
    let world = World::new((0..45).map(|_| ("PATCH e1", Says(200, event("e1", 2, json!({}))))));
    world.write_all(&many, Mail::Nobody).await;
    assert_eq!(world.trips(), 3);
}

#[tokio::test]
async fn microsoft_trap_23_a_batch_that_is_throttled_stops_the_rest() {
    let many: Vec<Write> = (0..25).map(|_| update(single("x"), single("y"))).collect();
    let throttled = || script::Waits(429, "2.128", json!({ "error": { "code": "ApplicationThrottled" } }));
    let world = World::new((0..20).map(|_| ("PATCH e1", throttled())));
    let answers = world.write_all(&many, Mail::Nobody).await;
    assert_eq!((answers.len(), world.trips()), (25, 1));
    let at = Some("2026-11-20T10:00:02.128Z".parse().unwrap());
    assert!(
        answers.iter().all(|answer| *answer == Err(Answer::RetryAfter { at, long: false })),
        "{answers:?}"
    );
}

#[tokio::test]
async fn microsoft_trap_23_a_batch_that_is_throttled_in_part_waits_for_the_longest_and_keeps_what_was_done() {
    let many: Vec<Write> = (0..25).map(|_| update(single("x"), single("y"))).collect();
    let error = || json!({ "error": { "code": "ApplicationThrottled" } });
    let line = |n: usize| match n {
        3 => script::Waits(429, "2.5", error()),
        7 => script::Waits(503, "9", json!({ "error": { "code": "ErrorServerBusy" } })),
        11 => script::Waits(429, "4", error()),
        _ => Says(200, event("e1", 2, json!({ "subject": "y" }))),
    };
    let world = World::new((0..20).map(|n| ("PATCH e1", line(n))));
    let answers = world.write_all(&many, Mail::Nobody).await;
    assert_eq!(world.trips(), 1, "nothing more is sent");
    let wait = Err(Answer::RetryAfter { at: Some("2026-11-20T10:00:09Z".parse().unwrap()), long: false });
    for (n, answer) in answers.into_iter().enumerate() {
        match n {
            3 | 7 | 11 | 20.. => assert_eq!(answer, wait, "{n}"),
            _ => assert!(answer.is_ok(), "{n}: {answer:?}"),
        }
    }
}

#[tokio::test]
async fn a_rule_that_outlook_cannot_keep_is_refused_before_anything_is_sent() {
    let mut view = single("x");
    view.time.recurrence = Some(
        concord_model::recurrence::Rule::parse("FREQ=MONTHLY;BYMONTHDAY=1,24", &view.time.span)
            .unwrap()
            .into(),
    );
    let world = World::new([]);
    let answer = world.write(create(view)).await;
    assert!(
        matches!(&answer, Err(Answer::Rejected { why, read_only: false }) if why.contains("several days")),
        "{answer:?}"
    );
}

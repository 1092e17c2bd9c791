//! Single occurrences of a series: changed, taken out, brought back.

use super::*;

#[tokio::test]
async fn an_occurrence_without_a_version_is_read_before_it_is_changed() {
    let world = World::new([
        ("GET e1_20261201T090000Z", Says(200, second(7, json!({ "summary": "Class" })))),
        ("PATCH e1_20261201T090000Z", Says(200, second(8, json!({ "summary": "Special" })))),
    ]);
    let written =
        world.write(update(versions("1", None), class("Class"), retitled(class("Class"), "Special"))).await;
    assert_eq!(told(written), ["e1/e1_20261201T090000Z 8: Special"]);
    assert_eq!(world.asked()[1], r#"PATCH e1_20261201T090000Z if 7 {"summary":"Special"}"#);
}

#[tokio::test]
async fn an_occurrence_that_someone_changed_meanwhile_is_left_alone() {
    let world =
        World::new([("GET e1_20261201T090000Z", Says(200, second(7, json!({ "summary": "Theirs" }))))]);
    let write = update(versions("1", None), class("Class"), retitled(class("Class"), "Special"));
    assert_eq!(world.write(write).await, Err(Answer::Stale));

    let world =
        World::new([("GET e1_20261201T090000Z", Says(200, second(7, json!({ "status": "cancelled" }))))]);
    let write = update(versions("1", None), class("Class"), retitled(class("Class"), "Special"));
    assert_eq!(world.write(write).await, Err(Answer::Stale));

    let world =
        World::new([("GET e1_20261201T090000Z", Says(200, second(7, json!({ "summary": "Theirs" }))))]);
    let write = update(versions("1", None), class("Class"), without_second(class("Class")));
    assert_eq!(world.write(write).await, Err(Answer::Stale));
}

#[tokio::test]
async fn what_someone_else_changed_in_other_fields_is_seen_first() {
    // To write the title and report the whole would claim that we had agreed to their place.
    let theirs = json!({ "summary": "Class", "location": "Theirs" });
    let world = World::new([("GET e1_20261201T090000Z", Says(200, second(7, theirs)))]);
    let write = update(versions("1", None), class("Class"), retitled(class("Class"), "Special"));
    assert_eq!(world.write(write).await, Err(Answer::Stale));
}

#[tokio::test]
async fn a_known_exception_is_changed_at_once_on_its_own_version() {
    let world =
        World::new([("PATCH e1_20261201T090000Z", Says(200, second(8, json!({ "summary": "Newer" }))))]);
    let write =
        update(versions("1", Some("7")), retitled(class("Class"), "New"), retitled(class("Class"), "Newer"));
    assert_eq!(told(world.write(write).await), ["e1/e1_20261201T090000Z 8: Newer"]);
    assert_eq!(world.asked(), [r#"PATCH e1_20261201T090000Z if 7 {"summary":"Newer"}"#]);

    // Back to what the series has: the values are written, for there is no way to undo an exception.
    let world =
        World::new([("PATCH e1_20261201T090000Z", Says(200, second(8, json!({ "summary": "Class" }))))]);
    let write = update(versions("1", Some("7")), retitled(class("Class"), "New"), class("Class"));
    assert_eq!(told(world.write(write).await), ["e1/e1_20261201T090000Z 8: Class"]);
    assert_eq!(world.asked(), [r#"PATCH e1_20261201T090000Z if 7 {"summary":"Class"}"#]);

    let world =
        World::new([("PATCH e1_20261201T090000Z", Says(200, second(8, json!({ "status": "cancelled" }))))]);
    let write =
        update(versions("1", Some("7")), retitled(class("Class"), "New"), without_second(class("Class")));
    assert_eq!(told(world.write(write).await), ["e1/e1_20261201T090000Z 8: (gone)"]);
    assert_eq!(world.asked(), [r#"PATCH e1_20261201T090000Z if 7 {"status":"cancelled"}"#]);
}

#[tokio::test]
async fn an_occurrence_is_brought_back_from_a_cancelled_exception() {
    let world = World::new([
        ("GET e1", Says(200, master(1, "Class"))),
        ("GET e1_20261201T090000Z", Says(200, second(7, json!({ "status": "cancelled" })))),
        ("PATCH e1_20261201T090000Z", Says(200, second(8, json!({ "summary": "Old class" })))),
        ("PATCH e1_20261201T090000Z", Says(200, second(9, json!({ "summary": "Class" })))),
    ]);
    let write = update(versions("1", Some("7")), without_second(class("Class")), class("Class"));
    assert_eq!(told(world.write(write).await), ["e1 1: Class", "e1/e1_20261201T090000Z 9: Class"]);
    assert_eq!(
        world.asked()[2..],
        [
            r#"PATCH e1_20261201T090000Z if 7 {"status":"confirmed"}"#,
            r#"PATCH e1_20261201T090000Z if 8 {"summary":"Class"}"#,
        ]
    );
}

#[tokio::test]
async fn an_occurrence_is_brought_back_from_the_lines_of_its_series() {
    let with_line = event(
        "e1",
        1,
        json!({ "summary": "Class", "recurrence": ["RRULE:FREQ=WEEKLY", "EXDATE;TZID=Europe/Berlin:20261201T100000,20261208T100000"] }),
    );
    let world = World::new([
        ("GET e1", Says(200, with_line)),
        ("PATCH e1", Says(200, master(2, "Class"))),
        ("GET e1_20261201T090000Z", Says(200, second(3, json!({ "summary": "Class" })))),
    ]);
    let mut before = without_second(class("Class"));
    before.overrides.insert(key("20261208T100000"), Override::Cancelled);
    let mut after = before.clone();
    after.overrides.remove(&key(SECOND));
    let written = world.write(update(versions("1", None), before, after)).await;
    assert_eq!(told(written), ["e1 2: Class", "e1/e1_20261201T090000Z 3: Class"]);
    assert_eq!(
        world.asked()[1],
        r#"PATCH e1 if 1 {"recurrence":["RRULE:FREQ=WEEKLY","EXDATE;TZID=Europe/Berlin:20261208T100000"]}"#
    );
}

/// The series with another occurrence than its rule has, the day after the second.
fn with_another(title: &str) -> View {
    let mut series = class("Class");
    let patch = [(Field::Title, concord_model::view::Value::Title(title.to_owned()))];
    series.overrides.insert(key("20261202T100000"), Override::Changed(patch.into()));
    series
}

#[tokio::test]
async fn an_occurrence_that_the_series_does_not_have_cannot_be_changed() {
    let world = || World::new([("GET e1_20261202T090000Z", refused(404, "notFound"))]);
    let write = update(versions("1", None), with_another("Extra"), with_another("Special"));
    assert!(matches!(world().write(write).await, Err(Answer::Rejected { read_only: false, .. })));

    // That it does not take place is true already.
    let mut after = class("Class");
    after.overrides.insert(key("20261202T100000"), Override::Cancelled);
    let write = update(versions("1", None), with_another("Extra"), after);
    assert_eq!(told(world().write(write).await), ["e1/e1_20261202T090000Z -: (gone)"]);
}

#[tokio::test]
async fn i_01_that_an_occurrence_of_the_rule_is_not_there_is_not_believed() {
    // To be changed, to be as usual again, to be taken away: nobody would look again at what counts as done.
    let special = || retitled(class("Class"), "Special");
    for (before, after) in [
        (class("Class"), special()),
        (special(), class("Class")),
        (class("Class"), without_second(class("Class"))),
    ] {
        let world = World::new([("GET e1_20261201T090000Z", refused(404, "notFound"))]);
        let answer = world.write(update(versions("1", None), before, after)).await;
        assert!(matches!(answer, Err(Answer::Transient(_))), "{answer:?}");
    }
}

#[tokio::test]
async fn a_new_series_gets_its_changed_occurrences_and_lines_for_the_rest() {
    let mut view = retitled(class("Class"), "Special");
    view.overrides.insert(key("20261208T100000"), Override::Cancelled);
    let world = World::new([
        ("POST events", Says(200, master(1, "Class"))),
        ("GET e1_20261201T090000Z", Says(200, second(2, json!({ "summary": "Class" })))),
        ("PATCH e1_20261201T090000Z", Says(200, second(3, json!({ "summary": "Special" })))),
    ]);
    let written = world.write(create(view)).await;
    assert_eq!(told(written), ["e1 1: Class", "e1/e1_20261201T090000Z 3: Special"]);
    assert!(world.asked()[0].contains(r#""EXDATE;TZID=Europe/Berlin:20261208T100000""#));
}

#[tokio::test]
async fn half_done_is_unknown() {
    for reply in [
        refused(412, "conditionNotMet"),
        refused(403, "rateLimitExceeded"),
        refused(401, "authError"),
        NotSent,
    ] {
        let world =
            World::new([("POST events", Says(200, master(1, "Class"))), ("GET e1_20261201T090000Z", reply)]);
        let answer = world.write(create(retitled(class("Class"), "Special"))).await.unwrap_err();
        assert!(matches!(answer, Answer::InPart(_)), "{answer:?}");
    }
}

//! What people do with other programs: the control route `event`.

use serde_json::{Value, json};

use crate::caldav_world::{HOME, TEAM, World, event, names, text};

/// A weekly series of four, from Tuesday 9 March 2027 at nine in New York.
fn series(world: &World) -> Value {
    world.person(json!({"do": "create", "id": "s", "fields": {
        "summary": "Class", "start": "2027-03-09T09:00:00", "end": "2027-03-09T10:00:00", "rrule": "FREQ=WEEKLY;COUNT=4",
    }}))
}

/// What is seen in March and April, as lines.
fn seen(world: &World, calendar: &str) -> Vec<String> {
    let window =
        json!({"calendar": calendar, "from": "2027-03-01T00:00:00Z", "until": "2027-05-01T00:00:00Z"});
    let shown = world.look("events", window);
    let one = |event: &Value| {
        let start = event["start"]["dateTime"].as_str().or(event["start"]["date"].as_str()).unwrap();
        format!("{} {}", &start[5..start.len().min(16)], event["summary"].as_str().unwrap_or("-"))
    };
    shown["events"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn a_created_event_is_a_whole_object_for_every_client() {
    let world = World::new();
    let made = world.person(json!({"do": "create", "fields": {
        "summary": "Dentist; twice", "description": "bring\nthe card", "location": "Main street 5",
        "start": "2027-03-09T14:00:00", "end": "2027-03-09T15:00:00", "zone": "Europe/Berlin",
        "categories": ["Health", "A,B"], "alarms": ["-PT15M"], "properties": {"X-APPLE-TRAVEL-DURATION": "PT30M"},
    }}));
    let read = text(&world.call("GET", made["href"].as_str().unwrap(), &[], ""));
    assert_eq!(read, made["ics"].as_str().unwrap());
    for line in [
        "SUMMARY:Dentist\\; twice",
        "DESCRIPTION:bring\\nthe card",
        "DTSTART;TZID=Europe/Berlin:20270309T140000",
        "CATEGORIES:Health,A\\,B",
        "TRIGGER:-PT15M",
        "X-APPLE-TRAVEL-DURATION:PT30M",
        "TZID:Europe/Berlin",
    ] {
        assert!(read.contains(&format!("{line}\r\n")), "{line} in {read}");
    }
    assert_eq!(made["start"], json!({"dateTime": "2027-03-09T14:00:00+01:00", "timeZone": "Europe/Berlin"}));
    assert_eq!(names(&world.changes(HOME, "").unwrap().0).len(), 1);
    assert_eq!(world.twin.changes(0)[0].by, "person:alice");
    let window = json!({"from": "2027-03-09T00:00:00Z", "until": "2027-03-10T00:00:00Z"});
    let shown = &world.look("events", window)["events"][0];
    assert_eq!(shown["properties"], json!({"X-APPLE-TRAVEL-DURATION": "PT30M"}));
}

#[test]
fn times_are_taken_in_every_form() {
    let world = World::new();
    let start = |fields: Value| world.person(json!({"do": "create", "fields": fields}))["start"].clone();
    assert_eq!(start(json!({"start": "2027-03-09"})), json!({"date": "2027-03-09"}));
    let nothing_else = json!({"date": "2027-03-09", "dateTime": null, "timeZone": null});
    assert_eq!(start(json!({ "start": nothing_else })), json!({"date": "2027-03-09"}));
    let utc = json!({"dateTime": "2027-03-09T14:00:00+00:00", "timeZone": "UTC"});
    assert_eq!(start(json!({"start": "2027-03-09T14:00:00Z"})), utc);
    let floating = json!({"dateTime": "2027-03-09T14:00:00", "timeZone": null});
    assert_eq!(start(json!({"start": "2027-03-09T14:00:00", "zone": "floating"})), floating);
    let told = json!({"dateTime": "2027-03-09T09:00:00-05:00", "timeZone": "America/New_York"});
    assert_eq!(start(json!({"start": {"dateTime": "2027-03-09T14:00:00Z", "timeZone": "UTC"}})), utc);
    assert_eq!(
        start(json!({"start": {"dateTime": "2027-03-09T09:00:00-05:00", "timeZone": "America/New_York"}})),
        told
    );
}

#[test]
fn an_event_lasts_an_hour_or_a_day_and_as_long_as_before_when_it_moves() {
    let world = World::new();
    let made = world.person(json!({"do": "create", "id": "a", "fields": {"start": "2027-03-09T14:00:00Z"}}));
    assert_eq!(made["end"]["dateTime"], "2027-03-09T15:00:00+00:00");
    world.person(json!({"do": "change", "id": "a", "fields": {"end": "2027-03-09T16:30:00Z"}}));
    let moved = world.person(json!({"do": "change", "id": "a", "fields": {"start": "2027-03-10T09:00:00Z"}}));
    assert_eq!(moved["end"]["dateTime"], "2027-03-10T11:30:00+00:00");
    let day = world.person(json!({"do": "create", "fields": {"start": "2027-03-09"}}));
    assert_eq!(day["end"], json!({"date": "2027-03-10"}));
    let all_day = world.person(json!({"do": "change", "id": "a", "fields": {"start": "2027-03-12"}}));
    assert_eq!(
        (&all_day["start"], &all_day["end"]),
        (&json!({"date": "2027-03-12"}), &json!({"date": "2027-03-13"}))
    );
}

#[test]
fn text_in_icalendar_is_kept_as_it_is() {
    let world = World::new();
    let odd = event("odd", 9).replace("SUMMARY", "X-ODD;A=b:c\r\nSUMMARY");
    world.person(json!({"do": "create", "id": "odd.ics", "fields": {"ics": odd}}));
    assert_eq!(text(&world.call("GET", &format!("{HOME}odd.ics"), &[], "")), odd);
    let change = |id: &str| {
        world.twin.control("POST", "event", &json!({"do": "change", "id": id, "fields": {"summary": "New"}}))
    };
    assert!(
        change("odd").unwrap()["ics"].as_str().unwrap().contains("X-ODD;A=b:c\r\n"),
        "what is not touched stays"
    );
    assert!(change("nobody").unwrap_err().contains("there is no object"));
    let refused = world.twin.control(
        "POST",
        "event",
        &json!({"do": "create", "fields": {"summry": "x", "start": "2027-03-09"}}),
    );
    assert!(refused.unwrap_err().contains("summry"));
}

#[test]
fn one_occurrence_is_changed_cancelled_deleted() {
    let world = World::new();
    series(&world);
    let at = |day: &str| format!("202703{day}T090000");
    world.person(json!({"do": "change", "id": "s", "occurrence": at("16"), "fields": {"summary": "Moved", "start": "2027-03-17T11:00:00", "end": "2027-03-17T12:00:00"}}));
    world.person(
        json!({"do": "change", "id": "s", "occurrence": "20270316T130000Z", "fields": {"location": "Roof"}}),
    );
    world.person(json!({"do": "delete", "id": "s", "occurrence": at("23")}));
    let told = world.person(json!({"do": "cancel", "id": "s", "occurrence": at("30")}));
    assert_eq!(seen(&world, "primary"), ["03-09T09:00 Class", "03-17T11:00 Moved", "03-30T09:00 Class"]);
    let overrides = told["overrides"].as_array().unwrap();
    assert_eq!(overrides.len(), 2, "the same occurrence is one exception");
    assert_eq!((&overrides[0]["location"], &overrides[1]["status"]), (&json!("Roof"), &json!("CANCELLED")));
}

#[test]
fn a_moved_series_takes_its_exceptions_along() {
    let world = World::new();
    series(&world);
    world.person(
        json!({"do": "change", "id": "s", "occurrence": "20270316T090000", "fields": {"summary": "Other"}}),
    );
    world.person(json!({"do": "delete", "id": "s", "occurrence": "20270323T090000"}));
    world.person(json!({"do": "change", "id": "s", "fields": {"start": "2027-03-09T11:00:00", "end": "2027-03-09T12:00:00"}}));
    assert_eq!(seen(&world, "primary"), ["03-09T11:00 Class", "03-16T09:00 Other", "03-30T11:00 Class"]);
}

#[test]
fn this_and_following_becomes_another_object() {
    let world = World::new();
    series(&world);
    world.person(
        json!({"do": "change", "id": "s", "occurrence": "20270330T090000", "fields": {"summary": "Last"}}),
    );
    let second = world.person(
        json!({"do": "split", "id": "s", "occurrence": "20270323T090000", "fields": {"summary": "Late"}}),
    );
    assert_eq!(
        seen(&world, "primary"),
        ["03-09T09:00 Class", "03-16T09:00 Class", "03-23T09:00 Late", "03-30T09:00 Last"]
    );
    assert_eq!((&second["rrule"], world.twin.events("alice/home").len()), (&json!("FREQ=WEEKLY;COUNT=2"), 2));
    assert_ne!(second["uid"], "s");
    world.person(
        json!({"do": "split", "id": "s", "occurrence": "20270309T090000", "fields": {"summary": "All"}}),
    );
    assert_eq!(world.twin.events("alice/home").len(), 2, "from the first on is all of it");
}

#[test]
fn what_a_server_refuses_it_does_not_write_itself() {
    for refused in [json!([]), json!(["RELATED-TO"])] {
        let world = World::with(json!({ "write": { "refusedProperties": refused } }));
        series(&world);
        let second = world.person(json!({"do": "split", "id": "s", "occurrence": "20270323T090000"}));
        let read = text(&world.call("GET", second["href"].as_str().unwrap(), &[], ""));
        assert_eq!(read.contains("RELATED-TO"), refused == json!([]), "{refused}: {read}");
    }
}

#[test]
fn events_are_copied_and_move_between_calendars() {
    let world = World::new();
    series(&world);
    let copy =
        world.person(json!({"do": "copy", "id": "s", "destination": "Team", "fields": {"summary": "Copy"}}));
    assert_ne!(copy["uid"], "s");
    assert_eq!(seen(&world, "team").len(), 4);
    let (_, token) = world.changes(HOME, "").unwrap();
    let moved = world.person(json!({"do": "move", "id": "s", "destination": "Team"}));
    assert_eq!((&moved["uid"], &moved["calendar"]), (&json!("s"), &json!("alice/team")));
    assert_eq!(names(&world.changes(HOME, &token).unwrap().0), [("s.ics".to_owned(), 404)]);
    assert_eq!(names(&world.changes(TEAM, "").unwrap().0).len(), 2);
    world.person(json!({"do": "delete", "calendar": "team", "id": "s"}));
    assert_eq!(world.twin.events("alice/team").len(), 1);
}

#[test]
fn what_a_calendar_holds_already_is_not_moved_there_once_more() {
    let world = World::new();
    series(&world);
    let twice = text(&world.call("GET", &format!("{HOME}s.ics"), &[], ""));
    assert_eq!(world.call("PUT", &format!("{TEAM}other.ics"), &[], &twice).status, 201);
    let body = json!({"do": "move", "id": "s", "destination": "Team"});
    assert!(world.twin.control("POST", "event", &body).unwrap_err().contains("does not take it"));
    assert_eq!((seen(&world, "primary").len(), seen(&world, "team").len()), (4, 4));
}

#[test]
fn nobody_writes_into_what_they_may_only_read() {
    let world = World::new();
    world.control("access", json!({"calendar": "team", "user": "bob", "role": "reader"}));
    let write = |calendar: &str| {
        let fields = json!({"summary": "x", "start": "2027-03-09"});
        world.twin.control(
            "POST",
            "event",
            &json!({"user": "bob", "calendar": calendar, "do": "create", "fields": fields}),
        )
    };
    assert!(write("alice/team").unwrap_err().contains("may not write"));
    assert!(write("Holidays").unwrap_err().contains("may not write"));
    world.control("access", json!({"calendar": "team", "user": "bob", "role": "writer"}));
    assert!(write("alice/team").is_ok());
    world.control("access", json!({"calendar": "team", "user": "bob", "role": "none"}));
    assert!(write("alice/team").unwrap_err().contains("no calendar"));
}

/// An event of alice's with bob as a guest, and who was told of it.
fn invited(schedule: &str, agent: &str) -> (World, Vec<String>) {
    let world = World::with(json!({"people": {"schedule": schedule}}));
    let lines = format!(
        "ORGANIZER;SCHEDULE-AGENT={agent}:mailto:alice@twin.test\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:alice@twin.test\r\n\
         ATTENDEE;SCHEDULE-AGENT={agent};PARTSTAT=NEEDS-ACTION:mailto:bob@twin.test\r\n\
         ATTENDEE;SCHEDULE-AGENT={agent}:mailto:carol@else.where\r\n"
    );
    world.put(&format!("{HOME}m.ics"), &[], &crate::caldav_world::with("m", 9, &lines));
    let told = mailed(&world);
    (world, told)
}

fn mailed(world: &World) -> Vec<String> {
    world.twin.mails(0).iter().map(|mail| format!("{} {}", mail.kind, mail.to)).collect()
}

#[test]
fn a_put_with_guests_mails_them_unless_the_client_does_it() {
    let both = ["invitation bob@twin.test", "invitation carol@else.where"];
    assert_eq!(invited("on", "SERVER").1, both);
    assert_eq!(invited("on", "CLIENT").1, [""; 0]);
    assert_eq!(invited("on", "NONE").1, [""; 0]);
    assert_eq!(invited("off", "SERVER").1, [""; 0]);
    let (world, told) = invited("always", "CLIENT");
    assert_eq!(told, both);
    assert_eq!(world.twin.events("bob/home").len(), 1, "it is in the guest's calendar");
}

#[test]
fn a_meeting_that_moves_invites_nobody_again() {
    let (world, told) = invited("on", "SERVER");
    let to = format!("https://dav.test{TEAM}m.ics");
    assert_eq!(world.call("MOVE", &format!("{HOME}m.ics"), &[("destination", &to)], "").status, 201);
    world.person(json!({"do": "move", "calendar": "team", "id": "m", "destination": "primary"}));
    assert_eq!(mailed(&world), told);
}

#[test]
fn an_answer_reaches_the_organizer_and_a_deletion_the_guests() {
    let (world, _) = invited("on", "SERVER");
    let answer = json!({"user": "bob", "do": "respond", "id": "m", "answer": "accepted"});
    world.person(answer);
    assert_eq!(mailed(&world).last().unwrap(), "response alice@twin.test");
    let hers = world.twin.events("alice/home");
    assert_eq!(hers[0]["attendees"][1], json!({"email": "bob@twin.test", "partstat": "ACCEPTED"}));
    world.person(json!({"do": "change", "id": "m", "fields": {"location": "Roof"}}));
    assert_eq!(mailed(&world).iter().filter(|mail| mail.starts_with("update")).count(), 2);
    let his = world.twin.events("bob/home");
    assert_eq!(
        (&his[0]["location"], &his[0]["attendees"][1]["partstat"]),
        (&json!("Roof"), &json!("ACCEPTED"))
    );
    world.person(json!({"do": "change", "id": "m", "fields": {"alarms": ["-PT5M"], "transp": "OPAQUE"}}));
    assert_eq!(mailed(&world).len(), 5, "what guests do not notice is not mailed");
    world.call("DELETE", &format!("{HOME}m.ics"), &[], "");
    assert_eq!(mailed(&world).iter().filter(|mail| mail.starts_with("cancellation")).count(), 2);
    assert_eq!(world.twin.events("bob/home")[0]["status"], "CANCELLED");
}

#[test]
fn a_guest_may_answer_and_where_it_is_strict_nothing_else() {
    let (world, _) = invited("on", "SERVER");
    world.control("quirks", json!({"people": {"strictGuests": true}}));
    let his = world.twin.events("bob/home")[0].clone();
    let (href, ics) = (his["href"].as_str().unwrap(), his["ics"].as_str().unwrap());
    let put =
        |text: &str, headers: &[(&str, &str)]| world.call_as("bob", "twin-bob", "PUT", href, headers, text);
    let refused = put(&ics.replace("SUMMARY:m 9", "SUMMARY:mine"), &[]);
    assert_eq!(refused.status, 403);
    assert!(text(&refused).contains("allowed-attendee-scheduling-object-change"));
    let declined = ics.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=DECLINED");
    let before = mailed(&world).len();
    assert_eq!(put(&declined, &[("schedule-reply", "F")]).status, 204);
    assert_eq!(mailed(&world).len(), before, "nobody is told");
    let accepted = ics.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
    assert_eq!(put(&accepted, &[]).status, 204);
    assert_eq!(mailed(&world).len(), before + 1);
}

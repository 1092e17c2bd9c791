//! Whatever is sent, the twin answers as Google would: never a panic, never a refusal without an envelope.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{World, event, json_of};

fn odd_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(ODD_TEXTS.to_vec()).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(KEYS.to_vec()), inner, 0..3)
                .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

const ODD_TEXTS: [&str; 16] = [
    "",
    "cancelled",
    "2027-03-10",
    "9999-12-31",
    "-009999-01-01",
    "2027-03-10T09:00:00Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+23:00",
    "2027-03-10T09:00:00",
    "2027-03-14T02:30:00",
    "America/New_York",
    "RRULE:FREQ=SECONDLY",
    "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "RDATE;VALUE=DATE:20270310,20270311",
    "EXRULE:FREQ=DAILY",
    "bob@twin.test",
];

const KEYS: [&str; 24] = [
    "id",
    "iCalUID",
    "status",
    "start",
    "end",
    "date",
    "dateTime",
    "timeZone",
    "recurrence",
    "attendees",
    "email",
    "responseStatus",
    "reminders",
    "overrides",
    "useDefault",
    "extendedProperties",
    "private",
    "conferenceData",
    "createRequest",
    "eventType",
    "sequence",
    "organizer",
    "summary",
    "items",
];

const PARAMETERS: [&str; 16] = [
    "syncToken",
    "pageToken",
    "singleEvents",
    "showDeleted",
    "timeMin",
    "timeMax",
    "updatedMin",
    "maxResults",
    "orderBy",
    "timeZone",
    "fields",
    "originalStart",
    "destination",
    "conferenceDataVersion",
    "sendUpdates",
    "privateExtendedProperty",
];

fn odd_call() -> impl Strategy<Value = (String, String, Value)> {
    let method = prop::sample::select(vec!["GET", "POST", "PUT", "PATCH", "DELETE"]);
    let path = prop::sample::select(vec![
        "/calendars/primary/events",
        "/calendars/primary/events/import",
        "/calendars/primary/events/watch",
        "/calendars/primary/events/seria",
        "/calendars/primary/events/seria_20270311T140000Z",
        "/calendars/primary/events/seria_20270311",
        "/calendars/primary/events/seria/instances",
        "/calendars/primary/events/singl",
        "/calendars/primary/events/singl/move",
        "/calendars/primary",
        "/calendars",
        "/calendars/nobody/events",
        "/users/me/calendarList",
        "/users/me/calendarList/primary",
        "/users/me/settings/locale",
        "/freeBusy",
        "/channels/stop",
        "/colors",
        "/%ff/%00",
    ]);
    let value = prop_oneof![
        prop::sample::select(ODD_TEXTS.to_vec()).prop_map(ToOwned::to_owned),
        prop::sample::select(vec!["true", "1", "0", "-1", "startTime", "items(id", "a=b", "primary"])
            .prop_map(ToOwned::to_owned),
        "[a-zA-Z0-9%&=_-]{0,8}",
    ];
    let query = prop::collection::vec((prop::sample::select(PARAMETERS.to_vec()), value), 0..3);
    let body = prop::collection::btree_map(prop::sample::select(KEYS.to_vec()), odd_value(), 0..6);
    (method, path, query, body).prop_map(|(method, path, query, body)| {
        let query: Vec<String> =
            query.into_iter().map(|(key, value)| format!("{key}={}", value.replace('+', "%2B"))).collect();
        let mut whole = event(10, 9);
        for (key, value) in body {
            whole[key] = value;
        }
        (method.to_owned(), format!("{path}?{}", query.join("&")), whole)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_call_has_an_answer(calls in prop::collection::vec(odd_call(), 1..12)) {
        let world = World::new(1);
        let mut series = event(10, 9);
        (series["id"], series["recurrence"]) = (json!("seria"), json!(["RRULE:FREQ=DAILY;COUNT=9"]));
        world.done("POST", "/calendars/primary/events", series);
        let mut single = event(11, 9);
        (single["id"], single["attendees"]) = (json!("singl"), json!([{"email": "bob@twin.test"}]));
        world.done("POST", "/calendars/primary/events", single);
        for (method, target, body) in calls {
            let reply = world.call(&method, &target, body);
            let status = reply.status.as_u16();
            prop_assert!(status < 500, "{} {} is {}", method, target, status);
            if status >= 400 {
                let error = &json_of(&reply)["error"];
                prop_assert_eq!(&error["code"], &json!(status));
                prop_assert!(error["errors"][0]["reason"].is_string());
            }
            // What was accepted can be shown to everybody.
            for query in ["", "singleEvents=true"] {
                world.list("twin-alice", "primary", query);
                world.list("twin-bob", "primary", query);
            }
        }
    }

    #[test]
    fn every_control_call_has_an_answer(
        route in prop::sample::select(vec!["event", "faults", "clock", "tokens", "channels", "quirks", "access",
            "calendar", "consent", "expire-sync"]),
        verb in prop::sample::select(vec!["create", "change", "delete", "copy", "split", "move", "respond", "mute"]),
        body in prop::collection::btree_map(prop::sample::select(vec!["user", "id", "calendar", "fields", "kind",
            "advance", "role", "answer", "count", "destination"]), odd_value(), 0..4),
    ) {
        let world = World::new(1);
        let mut whole = json!({"do": verb});
        for (key, value) in body {
            whole[key] = value;
        }
        if let Err(words) = world.twin.control("POST", route, &whole) {
            prop_assert!(!words.is_empty());
        }
    }

    #[test]
    fn every_batch_has_an_answer(body in "(--b\r\n|--b--|Content-Type: application/http\r\n|\r\n\r\n|GET /calendar/v3/colors HTTP/1.1|POST |Content-ID: <a \\+ 1>\r\n|.{0,5}){0,12}") {
        let world = World::new(1);
        let call = concord_twins::Call::new(http::Method::POST, "/batch/calendar/v3", body)
            .with("content-type", "multipart/mixed; boundary=b")
            .with("authorization", "Bearer twin-alice");
        let status = world.twin.answer(call).status.as_u16();
        prop_assert!(status == 200 || status == 400);
    }
}

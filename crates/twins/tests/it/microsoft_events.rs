//! Events of the Microsoft twin: what the documentation says, and what people found.

use serde_json::{Value, json};

use crate::microsoft_world::{
    MARCH, STAY, World, daily, each, event, having, id, json_of, refusal, succeeded,
};

#[test]
fn times_are_told_in_utc_and_the_zone_that_was_given_is_remembered() {
    let world = World::new();
    let made = world.made(&event(9, 9));
    assert_eq!(made["start"], json!({"dateTime": "2027-03-09T08:00:00.0000000", "timeZone": "UTC"}));
    assert_eq!(made["originalStartTimeZone"], "Europe/Berlin");
    let target = format!("/me/events/{}", id(&made));
    let headers =
        [("prefer", "outlook.timezone=\"Pacific Standard Time\", outlook.body-content-type=\"text\"")];
    let reply = world.with("twin-alice", "GET", &target, &headers, &Value::Null);
    let there = json!({"dateTime": "2027-03-09T00:00:00.0000000", "timeZone": "Pacific Standard Time"});
    assert_eq!(json_of(&reply)["start"], there);
    let applied = reply.headers["preference-applied"].to_str().unwrap();
    assert!(applied.contains("outlook.timezone") && applied.contains("body-content-type"), "{applied}");
}

#[test]
fn a_zone_that_nobody_knows_is_refused() {
    let world = World::new();
    let mut body = event(9, 9);
    body["start"]["timeZone"] = json!("Mars/Olympus");
    assert_eq!(world.refused("POST", "/me/events", &body), (400, "TimeZoneNotSupportedException".into()));
    world.quirks(json!({"zones": {"windowsOnly": true}}));
    assert_eq!(world.refused("POST", "/me/events", &event(9, 9)).0, 400);
}

#[test]
fn microsoft_trap_5_usual_ids_change_when_an_event_moves_and_immutable_ones_stay() {
    let world = World::new();
    let made = succeeded(&world.with("twin-alice", "POST", "/me/events", &[STAY], &event(9, 9)), "made");
    let usual = world.get("/me/events")["value"][0]["id"].clone();
    assert_ne!(usual, made["id"]);
    world.control("event", &json!({"do": "move", "id": made["id"], "destination": "Team"}));
    let read = |id: &str| world.with("twin-alice", "GET", &format!("/me/events/{id}"), &[STAY], &Value::Null);
    assert_eq!(json_of(&read(id(&made)))["id"], made["id"]);
    assert_eq!(refusal(&read(usual.as_str().unwrap())), (404, "ErrorItemNotFound".into()));
    let lower = id(&made).to_lowercase();
    assert_ne!(read(&lower).status, 200, "ids are told apart by the case of their letters");
}

#[test]
fn microsoft_trap_6_ids_of_calendars_change_by_themselves() {
    let world = World::new();
    let ids = || {
        each(&world.get("/me/calendars")["value"], "id")
            .into_iter()
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>()
    };
    let before = ids();
    world.control("ids", &json!({"user": "alice"}));
    assert!(before.iter().zip(ids()).all(|(one, other)| *one != other));
    let target = format!("/me/calendars/{}", before[0]);
    assert_eq!(world.refused("GET", &target, &Value::Null), (404, "ErrorItemNotFound".into()));
}

#[test]
fn microsoft_trap_7_the_same_transaction_makes_one_event() {
    let world = World::new();
    let body = having(event(9, 9), json!({"transactionId": "t-1"}));
    world.control("faults", &json!({"kind": "drop_after", "match": {"method": "POST"}, "count": 1}));
    world.call("POST", "/me/events", &body);
    let made = world.made(&body);
    assert_eq!(made["transactionId"], "t-1");
    assert_eq!(each(&world.get("/me/events")["value"], "id"), [id(&made)]);
    assert_eq!(world.made(&event(10, 9)).get("transactionId"), None);
}

#[test]
fn microsoft_trap_7_a_save_that_met_another_may_have_made_the_event() {
    let world = World::new();
    let rule =
        json!({"kind": "status", "status": 503, "reason": "ConcurrentItemSave", "effect": true, "count": 1});
    world.control("faults", &rule);
    assert_eq!(world.refused("POST", "/me/events", &event(9, 9)), (503, "ConcurrentItemSave".into()));
    assert_eq!(world.get("/me/events")["value"].as_array().unwrap().len(), 1);
}

#[test]
fn microsoft_trap_8_a_transaction_is_remembered_after_its_event_is_gone() {
    let world = World::new();
    let body = having(event(9, 9), json!({"transactionId": "t-1"}));
    let made = world.made(&body);
    let other = having(event(10, 9), json!({"transactionId": "t-1"}));
    let known = (409, "ErrorDuplicateTransactionId".to_owned());
    assert_eq!(world.refused("POST", "/me/events", &other), known);
    world.done("DELETE", &format!("/me/events/{}", id(&made)), &Value::Null);
    assert_eq!(world.refused("POST", "/me/events", &body), known);
    world.quirks(json!({"write": {"transactionDays": 1}}));
    world.wait(90_000);
    world.made(&body);
}

#[test]
fn microsoft_trap_9_guests_are_mailed_by_whatever_an_organizer_does() {
    let world = World::new();
    let guest = |address: &str| json!({"emailAddress": {"address": address}, "type": "required"});
    let mail = |kind: &str, to: &str| (kind.to_owned(), to.to_owned());
    let (bob, eve) = ("bob@twin.test", "eve@elsewhere.test");
    let made = world.made(&having(event(9, 9), json!({"attendees": [guest(bob)]})));
    let target = format!("/me/events/{}", id(&made));
    assert_eq!(world.mails(), [mail("invitation", bob)]);
    world.done("PATCH", &target, &json!({"categories": ["Red category"]}));
    assert_eq!(world.mails()[1..], [mail("update", bob)], "a change that is nobody's business");
    world.done("PATCH", &target, &json!({"attendees": [guest(bob), guest(eve)]}));
    assert_eq!(world.mails()[2..], [mail("invitation", eve)], "who is invited alone");
    world.done("DELETE", &target, &Value::Null);
    assert_eq!(world.mails()[3..], [mail("cancellation", bob), mail("cancellation", eve)]);
    world.made(&event(10, 9));
    assert_eq!(world.mails().len(), 5, "nobody is told of what nobody is invited to");
}

#[test]
fn microsoft_trap_9_a_change_of_a_series_is_told_for_each_of_its_exceptions() {
    let world = World::new();
    let guests =
        json!({"attendees": [{"emailAddress": {"address": "eve@elsewhere.test"}, "type": "required"}]});
    let made = world.made(&having(daily(3), guests));
    let instances = world.get(&format!("/me/events/{}/instances?{MARCH}", id(&made)));
    for one in each(&instances["value"], "id").iter().take(2) {
        world.done("PATCH", &format!("/me/events/{one}"), &json!({"subject": "Other"}));
    }
    let before = world.mails().len();
    world.done("PATCH", &format!("/me/events/{}", id(&made)), &json!({"location": {"displayName": "Roof"}}));
    assert_eq!(world.mails().len() - before, 3);
}

#[test]
fn a_guest_answers_and_the_organizer_hears_of_it_only_by_mail() {
    let world = World::new();
    let guests = json!({"attendees": [{"emailAddress": {"address": "bob@twin.test"}, "type": "required"}]});
    let made = world.made(&having(event(9, 9), guests));
    let bob = |method: &str, target: &str, body: &Value| {
        succeeded(&world.with("twin-bob", method, target, &[], body), target)
    };
    let copy = bob("GET", "/me/events", &Value::Null)["value"][0].clone();
    assert_eq!((&copy["iCalUId"], &copy["isOrganizer"]), (&made["iCalUId"], &json!(false)));
    let accept = format!("/me/events/{}/accept", id(&copy));
    let answered =
        || world.get(&format!("/me/events/{}", id(&made)))["attendees"][0]["status"]["response"].clone();
    bob("POST", &accept, &json!({"sendResponse": false}));
    assert_eq!(answered(), "none");
    bob("POST", &accept, &json!({}));
    assert_eq!(answered(), "accepted");
    let own = format!("/me/events/{}/accept", id(&made));
    assert_eq!(world.refused("POST", &own, &json!({})).0, 400, "one's own meeting");
    let cancel = format!("/me/events/{}/cancel", id(&copy));
    assert_eq!(refusal(&world.with("twin-bob", "POST", &cancel, &[], &json!({}))).0, 400);
    world.done("POST", &format!("/me/events/{}/cancel", id(&made)), &json!({}));
    let copy = bob("GET", "/me/events", &Value::Null)["value"][0].clone();
    assert_eq!((&copy["isCancelled"], &copy["subject"]), (&json!(true), &json!("Canceled: 9 9")));
}

#[test]
fn microsoft_trap_10_a_text_comes_back_as_a_page_and_the_answer_does_not_say_so() {
    let world = World::new();
    let made =
        world.made(&having(event(9, 9), json!({"body": {"contentType": "text", "content": "One\nTwo"}})));
    assert_eq!(made["body"], json!({"contentType": "text", "content": "One\nTwo"}));
    let target = format!("/me/events/{}", id(&made));
    let read = world.get(&target)["body"].clone();
    assert_eq!(read["contentType"], "html");
    assert!(read["content"].as_str().unwrap().contains("<!-- converted from text -->"));
    let text = [("prefer", "outlook.body-content-type=\"text\"")];
    let read = json_of(&world.with("twin-alice", "GET", &target, &text, &Value::Null));
    assert_eq!(read["body"], json!({"contentType": "text", "content": "One\r\nTwo"}));
}

#[test]
fn microsoft_trap_10_a_body_without_the_block_of_its_meeting_ends_the_meeting() {
    let world = World::new();
    let made = world.made(&having(event(9, 9), json!({"isOnlineMeeting": true})));
    let target = format!("/me/events/{}", id(&made));
    assert!(
        made["body"]["content"]
            .as_str()
            .unwrap()
            .contains(made["onlineMeeting"]["joinUrl"].as_str().unwrap())
    );
    let kept = world.done("PATCH", &target, &json!({"isOnlineMeeting": false, "subject": "Still"}));
    assert_eq!(kept["isOnlineMeeting"], true, "it is never taken back");
    let lost =
        world.done("PATCH", &target, &json!({"body": {"contentType": "html", "content": "<p>Hi</p>"}}));
    assert_eq!((&lost["isOnlineMeeting"], &lost["onlineMeeting"]), (&json!(false), &Value::Null));
}

#[test]
fn microsoft_trap_12_zones_come_back_under_other_names() {
    let world = World::new();
    let target = format!("/me/events/{}", id(&world.made(&event(9, 9))));
    world.quirks(json!({"zones": {"renamed": true}}));
    assert_eq!(world.get(&target)["originalStartTimeZone"], "W. Europe Standard Time");
    world.quirks(json!({"zones": {"custom": true}}));
    assert_eq!(world.get(&target)["originalStartTimeZone"], "tzone://Microsoft/Custom");
}

#[test]
fn microsoft_trap_13_whole_days_are_midnights_of_one_zone() {
    let world = World::new();
    let day = |text: &str, zone: &str| json!({"dateTime": format!("{text}T00:00:00"), "timeZone": zone});
    let body = |zone: &str| json!({"subject": "Fair", "isAllDay": true, "start": day("2027-03-09", "Europe/Berlin"), "end": day("2027-03-10", zone)});
    let made = world.made(&body("Europe/Berlin"));
    assert_eq!(made["start"]["dateTime"], "2027-03-09T00:00:00.0000000");
    let there = [("prefer", "outlook.timezone=\"Tokyo Standard Time\"")];
    let target = format!("/me/events/{}", id(&made));
    let read = json_of(&world.with("twin-alice", "GET", &target, &there, &Value::Null));
    assert_eq!(read["start"]["dateTime"], "2027-03-09T00:00:00.0000000", "never shifted");
    assert_eq!(world.refused("POST", "/me/events", &body("UTC")).0, 400);
    let timed = having(event(9, 9), json!({"isAllDay": true}));
    assert_eq!(world.refused("POST", "/me/events", &timed).0, 400);
    let range = json!({"type": "numbered", "startDate": "2027-03-09", "numberOfOccurrences": 2, "recurrenceTimeZone": "Europe/Berlin"});
    let series = having(
        body("Europe/Berlin"),
        json!({"recurrence": {"pattern": {"type": "daily", "interval": 1}, "range": range}}),
    );
    let made = world.made(&series);
    let view = world.get(&format!("/me/events/{}/instances?{MARCH}&$select=originalStart,start", id(&made)));
    assert_eq!(each(&view["value"], "originalStart"), ["2027-03-08T23:00:00Z", "2027-03-09T23:00:00Z"]);
}

#[test]
fn if_match_holds_and_what_changes_moves_the_version() {
    let world = World::new();
    let made = world.made(&event(9, 9));
    let target = format!("/me/events/{}", id(&made));
    let etag = made["@odata.etag"].as_str().unwrap();
    assert_eq!(etag, format!("W/\"{}\"", made["changeKey"].as_str().unwrap()));
    let patch = |etag: &str| {
        world.with("twin-alice", "PATCH", &target, &[("if-match", etag)], &json!({"subject": "B"}))
    };
    let fresh = succeeded(&patch(etag), "patch")["@odata.etag"].clone();
    assert_eq!(refusal(&patch(etag)), (412, "ErrorIrresolvableConflict".into()));
    world.quirks(json!({"write": {"ifMatch": "conflict"}}));
    assert_eq!(refusal(&patch(etag)), (409, "ErrorIrresolvableConflict".into()));
    world.quirks(json!({"write": {"ifMatch": "ignored"}}));
    assert!(patch(etag).status.is_success());
    world.quirks(json!({"write": {"ifMatch": "precondition", "lateKeyMs": 1000}}));
    let other = succeeded(&patch("*"), "patch")["@odata.etag"].clone();
    assert_ne!(other, fresh);
    world.wait(2);
    assert_ne!(world.get(&target)["@odata.etag"], other, "background work");
}

#[test]
fn microsoft_trap_22_texts_that_are_not_there_are_null() {
    let world = World::new();
    let made = world.made(&having(event(9, 9), json!({"subject": null})));
    let target = format!("/me/events/{}", id(&made));
    assert_eq!(world.get(&target)["subject"], "");
    world.quirks(json!({"lists": {"nulls": true}}));
    let read = world.get(&target);
    assert_eq!(
        (&read["subject"], &read["iCalUId"], &read["seriesMasterId"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
}

#[test]
fn extended_properties_are_written_found_and_never_echoed() {
    let world = World::new();
    const ID: &str = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name ConcordId";
    let property = json!({"singleValueExtendedProperties": [{"id": ID, "value": "One"}]});
    let made = world.made(&having(event(9, 9), property));
    world.made(&event(10, 9));
    assert_eq!(made.get("singleValueExtendedProperties"), None);
    let encoded: String = url::form_urlencoded::byte_serialize(ID.as_bytes()).collect();
    let expand = format!("$expand=singleValueExtendedProperties($filter=id%20eq%20'{encoded}')");
    let read = world.get(&format!("/me/events/{}?{expand}", id(&made)));
    assert_eq!(read["singleValueExtendedProperties"], json!([{"id": ID, "value": "One"}]));
    let filter = |name: &str, value: &str| {
        let encoded = encoded.replace("ConcordId", name);
        let any = format!(
            "singleValueExtendedProperties/Any(ep:%20ep/id%20eq%20'{encoded}'%20and%20ep/value%20eq%20'{value}')"
        );
        world.get(&format!("/me/events?$filter={any}"))["value"].as_array().unwrap().len()
    };
    assert_eq!(
        [filter("ConcordId", "one"), filter("concordid", "One"), filter("ConcordId", "Two")],
        [1, 0, 0]
    );
}

#[test]
fn an_open_extension_keeps_its_name_and_its_keys() {
    let world = World::new();
    let target = format!("/me/events/{}/extensions", id(&world.made(&event(9, 9))));
    let body = json!({"@odata.type": "microsoft.graph.openTypeExtension", "extensionName": "com.concord.sync", "a": "1", "b": "2"});
    let made = world.done("POST", &target, &body);
    assert_eq!(made["id"], "Microsoft.OutlookServices.OpenTypeExtension.com.concord.sync");
    world.done("PATCH", &format!("{target}/com.concord.sync"), &json!({"a": null, "b": "3"}));
    let read = world.get(&format!("{target}/{}", id(&made)));
    assert_eq!((&read["a"], &read["b"]), (&json!("1"), &json!("3")), "a key is never taken away");
}

#[test]
fn microsoft_trap_26_lists_have_ten_and_say_where_it_goes_on() {
    let world = World::new();
    for day in 1..=12 {
        world.made(&event(day, 9));
    }
    let first = world.get("/me/events?$orderby=start/dateTime&$select=subject");
    assert_eq!(first["value"].as_array().unwrap().len(), 10);
    assert_eq!(first["value"][0].as_object().unwrap().len(), 3, "{}", first["value"][0]);
    let rest = world.get(first["@odata.nextLink"].as_str().unwrap());
    assert_eq!(each(&rest["value"], "subject"), ["11 9", "12 9"]);
    assert_eq!(rest.get("@odata.nextLink"), None);
    assert_eq!(world.get("/me/events?$top=50")["value"].as_array().unwrap().len(), 12);
    for n in 0..9 {
        world.done("POST", "/me/calendars", &json!({"name": format!("C{n}")}));
    }
    let calendars = world.get("/me/calendars");
    assert_eq!(calendars["value"].as_array().unwrap().len(), 10);
    assert!(calendars["@odata.nextLink"].is_string());
}

#[test]
fn what_graph_does_not_know_is_refused_in_its_words() {
    let world = World::new();
    let refused = |body: Value| world.refused("POST", "/me/events", &having(event(9, 9), body));
    assert_eq!(refused(json!({"colour": "red"})), (400, "RequestBodyRead".into()));
    assert_eq!(refused(json!({"showAs": "asleep"})).0, 400);
    assert_eq!(
        refused(json!({"attendees": [{"emailAddress": {"address": "nobody"}}]})),
        (400, "ErrorInvalidRecipients".into())
    );
    let mut inverted = event(9, 9);
    inverted["end"] = event(8, 9)["end"].clone();
    assert_eq!(world.refused("POST", "/me/events", &inverted), (400, "ErrorInvalidRequest".into()));
    assert_eq!(
        world.refused("GET", "/me/events/nonsense", &Value::Null),
        (400, "ErrorInvalidIdMalformed".into())
    );
    assert_eq!(world.refused("PUT", "/me/events/nonsense", &Value::Null).0, 400);
    let mut short = event(9, 9);
    short["end"] = short["start"].clone();
    world.made(&short);
}

#[test]
fn what_is_private_is_veiled_where_it_was_shared() {
    let world = World::new();
    world.made(&having(
        event(9, 9),
        json!({"sensitivity": "private", "body": {"contentType": "text", "content": "secret"}}),
    ));
    let shared = world.control("access", &json!({"calendar": "primary", "user": "bob", "role": "write"}));
    assert_eq!((&shared["canEdit"], &shared["canViewPrivateItems"]), (&json!(true), &json!(false)));
    let target = format!("/me/calendars/{}/events", id(&shared));
    let read = succeeded(&world.with("twin-bob", "GET", &target, &[], &Value::Null), "list");
    assert_eq!(each(&read["value"], "subject"), ["Private Appointment"]);
    assert!(!read.to_string().contains("secret"));
    let theirs = format!("/me/events/{}", id(&read["value"][0]));
    assert_eq!(refusal(&world.with("twin-bob", "PATCH", &theirs, &[], &json!({"subject": "x"}))).0, 403);
    let users = succeeded(
        &world.with("twin-bob", "GET", "/users/alice@twin.test/events", &[], &Value::Null),
        "users",
    );
    assert_eq!(each(&users["value"], "subject"), ["Private Appointment"]);
    assert_eq!(refusal(&world.with("twin-alice", "GET", "/users/bob/events", &[], &Value::Null)).0, 403);
}

#[test]
fn holidays_cannot_be_written() {
    let world = World::new();
    let calendars = world.get("/me/calendars");
    let fixed = calendars["value"].as_array().unwrap().iter().find(|one| one["canEdit"] == false).unwrap();
    let target = format!("/me/calendars/{}/events", id(fixed));
    assert_eq!(world.refused("POST", &target, &event(9, 9)), (403, "ErrorAccessDenied".into()));
}

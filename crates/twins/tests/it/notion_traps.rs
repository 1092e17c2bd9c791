//! Every trap that is known of Notion, each shown to be there.

use serde_json::{Value, json};

use crate::notion_world::{NEWEST, World, json_of, row, said, text, title, words};

fn edited(word: &str, minute: &Value) -> Value {
    json!({"filter": {"timestamp": "last_edited_time", "last_edited_time": {word: minute}}})
}

#[test]
fn notion_trap_01_two_edits_of_one_minute_bear_one_time() {
    let world = World::new();
    let page = world.add(json!({}));
    world.wait(50);
    let later = world.change(&text(&page["id"]), json!({"Location": words("Roof")}));
    assert_eq!(later["last_edited_time"], page["last_edited_time"]);
    let count = |word| world.rows(edited(word, &page["last_edited_time"])).0.len();
    assert_eq!((count("after"), count("on_or_after")), (0, 1));
}

#[test]
fn notion_trap_02_the_limit_of_a_query_looks_like_its_end() {
    let world = World::with(json!({"queryLimit": 150}));
    (0..151).for_each(|_| drop(world.add(json!({}))));
    let (rows, status) = world.rows(json!({}));
    assert_eq!(rows.len(), 150);
    assert_eq!(status["incomplete_reason"], "query_result_limit_reached");
    world.control("quirks", json!({"queryLimit": 151}));
    assert_eq!((world.rows(json!({})).0.len(), world.rows(json!({})).1), (151, Value::Null));
}

#[test]
fn notion_trap_03_a_second_data_source_breaks_old_clients() {
    let world = World::new();
    let (calendar, database) = world.table("Calendar");
    let path = format!("databases/{database}/query");
    let old = || world.call_as("twin-alice", "2022-06-28", "POST", &path, json!({}));
    assert_eq!(old().status, 200);
    world.control("calendar", json!({"do": "addSource", "title": "More"}));
    let error = json_of(&old());
    assert_eq!(error["additional_data"]["error_type"], "multiple_data_sources_for_database");
    world.done("POST", &format!("data_sources/{calendar}/query"), json!({}));
}

#[test]
fn notion_trap_04_archived_says_nothing_and_put_away_is_not_deleted() {
    let world = World::new();
    let id = text(&world.add(json!({}))["id"]);
    let path = format!("pages/{id}");
    assert_eq!(world.done("PATCH", &path, json!({"archived": true}))["in_trash"], false);
    world.control("event", json!({"do": "archive", "id": id}));
    let page = world.done("GET", &path, Value::Null);
    assert_eq!((&page["is_archived"], &page["in_trash"]), (&json!(true), &json!(false)));
    assert_eq!(world.rows(json!({})).0.len(), 0);
    assert_eq!(world.rows(json!({"is_archived": true})).0.len(), 1);
    let old = world.call_as("twin-alice", "2025-09-03", "PATCH", &path, json!({"archived": true}));
    assert_eq!(json_of(&old)["in_trash"], true);
}

#[test]
fn notion_trap_05_what_is_in_the_trash_vanishes_and_cannot_be_edited() {
    let world = World::new();
    let id = text(&world.add(json!({}))["id"]);
    world.done("PATCH", &format!("pages/{id}"), json!({"in_trash": true}));
    assert!(world.rows(json!({"in_trash": true})).0.is_empty(), "the field is taken and means nothing");
    let edit = json!({"properties": {"Name": title("x")}});
    assert_eq!(world.refused("PATCH", &format!("pages/{id}"), edit), (400, "validation_error".into()));
    world.done("PATCH", &format!("pages/{id}"), json!({"in_trash": false}));
    assert_eq!(world.rows(json!({})).0.len(), 1);
}

#[test]
fn notion_trap_06_the_end_of_days_is_the_last_day() {
    let world = World::new();
    let days = world.add(json!({"Date": {"date": {"start": "2027-03-10", "end": "2027-03-11"}}}));
    assert_eq!(
        days["properties"]["Date"]["date"],
        json!({"start": "2027-03-10", "end": "2027-03-11", "time_zone": null})
    );
    let mixed = json!({"Date": {"date": {"start": "2027-03-10", "end": "2027-03-11T00:00:00Z"}}});
    assert_eq!(world.refused("POST", "pages", row(&world.calendar(), mixed)).0, 400);
}

#[test]
fn notion_trap_07_the_zone_is_lost_and_its_offset_is_kept() {
    let world = World::new();
    let at = |start: &str| {
        let date = json!({"start": start, "time_zone": "America/New_York"});
        world.add(json!({"Date": { "date": date }}))["properties"]["Date"]["date"].clone()
    };
    assert_eq!(at("2027-01-10T09:00:00")["start"], "2027-01-10T09:00:00.000-05:00");
    let summer = at("2027-07-10T09:00:00");
    assert_eq!(
        (&summer["start"], &summer["time_zone"]),
        (&json!("2027-07-10T09:00:00.000-04:00"), &Value::Null)
    );
}

#[test]
fn notion_trap_08_a_503_may_have_made_the_page() {
    let world = World::new();
    world.control("faults", json!({"kind": "status", "status": 503, "effect": true, "count": 1}));
    let error = json_of(&world.call("POST", "pages", row(&world.calendar(), json!({}))));
    let (rows, _) = world.rows(json!({}));
    assert_eq!(rows.len(), 1);
    assert_eq!(error["additional_data"]["committed_resource_id"], rows[0]["id"]);
}

#[test]
fn notion_trap_09_a_second_attempt_is_a_second_page_and_a_duplicate_has_the_key() {
    let world = World::new();
    let first = world.add(json!({"Description": words("key")}));
    world.add(json!({"Description": words("key")}));
    world.control("event", json!({"do": "copy", "id": first["id"]}));
    let key = json!({"filter": {"property": "Description", "rich_text": {"equals": "key"}}});
    let (rows, _) = world.rows(key);
    let mut titles: Vec<String> = rows.iter().map(|page| said(page, "Name")).collect();
    titles.sort();
    assert_eq!(titles, ["Lunch", "Lunch", "Lunch (1)"]);
    // Only who made them tells them apart.
    let us = json_of(&world.call("GET", "users/me", Value::Null))["id"].clone();
    let by_us = |page: &&Value| page["created_by"] == json!({ "object": "user", "id": us });
    let mut ours: Vec<String> = rows.iter().filter(by_us).map(|page| said(page, "Name")).collect();
    ours.sort();
    assert_eq!(ours, ["Lunch", "Lunch"]);
}

#[test]
fn notion_trap_10_long_texts_refuse_the_whole_write() {
    let world = World::new();
    let piece = |length: usize| json!({"text": {"content": "x".repeat(length)}});
    let pieces = |pieces: Vec<Value>| {
        let properties = json!({"Location": words("Roof"), "Description": {"rich_text": pieces}});
        world.call("POST", "pages", row(&world.calendar(), properties)).status.as_u16()
    };
    assert_eq!((pieces(vec![piece(2001)]), pieces(vec![piece(1); 101])), (400, 400));
    assert!(world.rows(json!({})).0.is_empty());
    assert_eq!(pieces(vec![piece(2000); 100]), 200);
    world.control("quirks", json!({"joinsText": true}));
    let page = world.add(json!({"Description": {"rich_text": [piece(1000), piece(1000)]}}));
    assert_eq!(page["properties"]["Description"]["rich_text"].as_array().unwrap().len(), 1);
}

#[test]
fn notion_trap_11_a_select_makes_what_it_does_not_know_but_no_commas() {
    let world = World::new();
    let tags = |name: &str| json!({"Tags": {"multi_select": [{"name": name}]}});
    world.add(tags("one"));
    world.add(tags("two"));
    let path = format!("data_sources/{}", world.calendar());
    let schema = world.done("GET", &path, Value::Null);
    assert_eq!(schema["properties"]["Tags"]["multi_select"]["options"].as_array().unwrap().len(), 2);
    assert_eq!(world.refused("POST", "pages", row(&world.calendar(), tags("a, b"))).0, 400);
}

#[test]
fn notion_trap_12_a_status_takes_only_what_it_knows() {
    let world = World::new();
    let status = |name: &str| row(&world.calendar(), json!({"Status": {"status": {"name": name}}}));
    assert_eq!(world.refused("POST", "pages", status("Perhaps")).0, 400);
    world.done("POST", "pages", status("In progress"));
    world.control("quirks", json!({"statusOptionsByApi": false}));
    let more = json!({"properties": {"Status": {"status": {"options": [{"name": "Perhaps"}]}}}});
    assert_eq!(world.refused("PATCH", &format!("data_sources/{}", world.calendar()), more).0, 400);
}

#[test]
fn notion_trap_13_a_renamed_property_is_found_by_its_id_alone() {
    let world = World::new();
    world.subscribed();
    let id = text(&world.add(json!({}))["properties"]["Location"]["id"]);
    world.notices();
    world.control("property", json!({"do": "rename", "name": "Location", "to": "Room"}));
    world.control("property", json!({"do": "rename", "name": "Description", "to": "Location"}));
    assert_eq!(world.events(), ["data_source.schema_updated"; 2]);
    let page = world.add(json!({"Location": words("by name"), &id: words("by id")}));
    assert_eq!((said(&page, "Location"), said(&page, "Room")), ("by name".into(), "by id".into()));
}

#[test]
fn notion_trap_14_a_refresh_token_is_good_once() {
    let world = World::new();
    let first = world.sign_in();
    let (status, second) = world.refresh(&first["refresh_token"]);
    assert_eq!(status, 200);
    let (status, error) = world.refresh(&first["refresh_token"]);
    assert_eq!((status, &error["error"]), (400, &json!("invalid_grant")));
    let me = |tokens: &Value| {
        let token = text(&tokens["access_token"]);
        world.call_as(&token, NEWEST, "GET", "users/me", Value::Null).status.as_u16()
    };
    assert_eq!((me(&first), me(&second)), (401, 200));
    world.control("tokens", json!({"do": "rotate"}));
    assert_eq!(world.refresh(&second["refresh_token"]).0, 400, "another worker was faster");
}

#[test]
fn notion_trap_15_a_signature_is_over_the_bytes_and_an_event_keeps_its_id() {
    use hmac::{Hmac, KeyInit, Mac};
    let world = World::new();
    let token = text(&world.subscribed()["token"]);
    world.control("webhook", json!({"do": "change", "events": ["page.created"]}));
    world.add(json!({}));
    let first = world.twin.take_notices().pop().unwrap();
    let signed = |body: &[u8]| {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(token.as_bytes()).unwrap();
        mac.update(body);
        let bytes = mac.finalize().into_bytes();
        format!("sha256={}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    };
    let body: Value = serde_json::from_slice(first.request.body()).unwrap();
    let header = first.request.headers()["x-notion-signature"].to_str().unwrap();
    assert_eq!(signed(first.request.body()), header);
    assert_ne!(signed(serde_json::to_string_pretty(&body).unwrap().as_bytes()), header);
    world.twin.delivered(first.id, 0);
    assert!(world.notices().is_empty());
    world.wait(3600);
    let (again, _) = world.notices().pop().unwrap();
    assert_eq!((&again["id"], &again["attempt_number"]), (&body["id"], &json!(2)));
}

#[test]
fn notion_trap_16_a_new_title_is_told_as_content() {
    let world = World::new();
    world.subscribed();
    let id = text(&world.add(json!({}))["id"]);
    world.notices();
    world.change(&id, json!({"Name": title("Brunch")}));
    assert_eq!(world.events(), ["page.content_updated"]);
    world.change(&id, json!({"Location": words("Roof")}));
    assert_eq!(world.events(), ["page.properties_updated"]);
}

#[test]
fn notion_trap_17_events_are_late_joined_out_of_order_or_never_come() {
    let world = World::with(json!({"webhooks": {"delayMs": 60_000, "jitterMs": 240_000}}));
    world.subscribed();
    let pages: Vec<String> = (0..8).map(|_| text(&world.add(json!({}))["id"])).collect();
    world.change(&pages[0], json!({"Location": words("Roof")}));
    assert!(world.notices().is_empty());
    let mut told = Vec::new();
    for _ in 0..300 {
        world.wait(1);
        told.extend(world.notices().into_iter().filter(|(body, _)| body["type"] == "page.created"));
    }
    let order: Vec<String> = told.iter().map(|(body, _)| text(&body["entity"]["id"])).collect();
    assert_eq!(order.len(), 8, "the change was told with its creation");
    assert_ne!(order, pages);
    world.control("access", json!({"calendar": "Calendar", "user": "alice", "role": "none"}));
    world.control("event", json!({"do": "delete", "id": pages[0]}));
    world.wait(600);
    assert!(world.notices().is_empty(), "the loss of access is not told, nor is what follows");
}

#[test]
fn notion_trap_18_a_large_table_is_read_a_hundred_rows_at_a_time() {
    let world = World::with(json!({"offsetCursors": true}));
    (0..101).for_each(|_| drop(world.add(json!({}))));
    let queries = |world: &World| {
        let calls = world.twin.calls(0);
        calls.iter().filter(|call| call.path.ends_with("/query")).count()
    };
    assert_eq!((world.rows(json!({})).0.len(), queries(&world)), (101, 2));
    world.control("quirks", json!({"longestPage": 10}));
    assert_eq!((world.rows(json!({"page_size": 100})).0.len(), queries(&world)), (101, 13));
}

#[test]
fn notion_trap_19_an_edit_of_the_body_may_leave_the_time_alone() {
    let world = World::with(json!({"bodyEditsUnseen": true}));
    let page = world.add(json!({}));
    world.wait(600);
    let children = json!({"children": [{"paragraph": words("late")}]});
    world.done("PATCH", &format!("blocks/{}/children", text(&page["id"])), children);
    let path = format!("pages/{}", text(&page["id"]));
    assert_eq!(world.done("GET", &path, Value::Null)["last_edited_time"], page["last_edited_time"]);
    let body = json!({"fields": {"children": []}, "do": "change", "id": page["id"]});
    assert_ne!(world.control("event", body)["last_edited_time"], page["last_edited_time"]);
}

#[test]
fn notion_trap_20_not_shared_and_gone_are_answered_alike_and_search_forgets() {
    let world = World::with(json!({"searchMisses": true, "trashDays": 1}));
    let (one, other) = (text(&world.add(json!({}))["id"]), text(&world.add(json!({}))["id"]));
    world.control("access", json!({"id": one, "user": "alice", "role": "none"}));
    world.control("event", json!({"do": "delete", "id": other}));
    world.wait(86_400);
    let refused = |id: &str| world.refused("GET", &format!("pages/{id}"), Value::Null);
    assert_eq!(refused(&one), (404, "object_not_found".into()));
    assert_eq!(refused(&one), refused(&other));
    let table = json!({"filter": {"property": "object", "value": "data_source"}});
    assert_eq!(world.done("POST", "search", table)["results"], json!([]));
}

#[test]
fn notion_trap_21_an_own_write_moves_the_time_and_comes_back_as_an_event() {
    let world = World::new();
    world.subscribed();
    let page = world.add(json!({}));
    world.notices();
    world.wait(60);
    let later = world.change(&text(&page["id"]), json!({"Location": words("Roof")}));
    assert_ne!(later["last_edited_time"], page["last_edited_time"]);
    let me = world.done("GET", "users/me", Value::Null);
    let (event, _) = world.notices().pop().unwrap();
    assert_eq!(event["authors"], json!([{"id": me["id"], "type": "bot"}]));
    assert_eq!(later["last_edited_by"]["id"], me["id"]);
}

#[test]
fn notion_trap_22_writes_at_once_are_in_conflict() {
    let world = World::with(json!({"conflictWindowMs": 2000, "freshDatabaseMs": 500}));
    world.wait(1);
    world.add(json!({}));
    let body = row(&world.calendar(), json!({}));
    assert_eq!(world.refused("POST", "pages", body.clone()), (409, "conflict_error".into()));
    world.wait(2);
    world.done("POST", "pages", body.clone());
    world.control("quirks", json!({"conflictWindowMs": 0, "conflictRate": 1.0}));
    assert_eq!(world.refused("POST", "pages", body).0, 409);
    assert_eq!(world.rows(json!({})).0.len(), 2);
}

#[test]
fn notion_trap_23_the_host_of_an_address_changes_and_an_id_does_not() {
    let world = World::new();
    let page = world.add(json!({}));
    let id = text(&page["id"]);
    assert!(text(&page["url"]).starts_with("http://twin.test/p/"));
    world.control("quirks", json!({"pageHost": "https://app.notion.test"}));
    let later = world.done("GET", &format!("pages/{}", id.replace('-', "")), Value::Null);
    assert_eq!(
        (&later["id"], text(&later["url"]).starts_with("https://app.notion.test/p/")),
        (&page["id"], true)
    );
}

#[test]
fn notion_trap_24_what_stands_before_notion_refuses_in_html() {
    let world = World::new();
    world.control("faults", json!({"kind": "status", "status": 403, "reason": "cloudflare"}));
    let reply = world.call("GET", "users/me", Value::Null);
    assert_eq!(reply.status, 403);
    assert!(reply.headers.contains_key("cf-ray") && !reply.headers.contains_key("x-notion-request-id"));
    assert_eq!(reply.headers["content-type"], "text/html; charset=UTF-8");
}

#[test]
fn notion_trap_25_a_default_is_told_as_if_somebody_had_chosen_it() {
    let world = World::new();
    let page = world.add(json!({"Date": {"date": {"start": "2027-03-10T09:00:00Z"}}}));
    assert_eq!(page["properties"]["Status"]["status"]["name"], "Not started");
    assert_eq!(page["properties"]["Date"]["date"]["end"], Value::Null);
}

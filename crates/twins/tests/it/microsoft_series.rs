//! Series and delta of the Microsoft twin.

use serde_json::{Value, json};

use crate::microsoft_world::{MARCH, STAY, World, daily, each, event, having, id, json_of};

const DELTA: &str = "/me/calendarView/delta";

fn instances(world: &World, master: &Value) -> Value {
    world.get(&format!(
        "/me/events/{}/instances?{MARCH}&$top=50&$select=subject,start,originalStart,type",
        id(master)
    ))
}

fn starts(list: &Value) -> Vec<&str> {
    list["value"].as_array().unwrap().iter().map(|one| one["start"]["dateTime"].as_str().unwrap()).collect()
}

/// The kinds and ids that a round told: what was removed is of the kind `removed`.
fn told(items: &[Value]) -> Vec<(&str, &str)> {
    let kind = |item: &Value| if item.get("@removed").is_some() { "removed" } else { "" };
    items
        .iter()
        .map(|item| match kind(item) {
            "" => (item["type"].as_str().unwrap(), id(item)),
            kind => (kind, id(item)),
        })
        .collect()
}

#[test]
fn a_series_is_expanded_in_its_own_zone() {
    let world = World::new();
    let master = world.made(&daily(31));
    assert_eq!(master["type"], "seriesMaster");
    let list = instances(&world, &master);
    let starts = starts(&list);
    assert_eq!((starts[0], starts[30]), ("2027-03-01T08:00:00.0000000", "2027-03-31T07:00:00.0000000"));
    assert_eq!(each(&world.get("/me/events")["value"], "type"), ["seriesMaster"], "no occurrences in a list");
    let view = world.get(&format!("/me/calendarView?{MARCH}&$top=100"));
    assert!(each(&view["value"], "type").iter().all(|kind| *kind == "occurrence"), "no masters in a view");
}

#[test]
fn microsoft_trap_11_a_series_in_utc_breaks_at_the_change_of_clocks() {
    let world = World::new();
    let mut body = daily(31);
    body["start"] = json!({"dateTime": "2027-03-01T08:00:00", "timeZone": "UTC"});
    body["end"] = json!({"dateTime": "2027-03-01T09:00:00", "timeZone": "UTC"});
    body["recurrence"]["range"]["recurrenceTimeZone"] = Value::Null;
    let list = instances(&world, &world.made(&body));
    assert_eq!(starts(&list)[30], "2027-03-31T08:00:00.0000000");
}

#[test]
fn microsoft_trap_14_a_first_day_outside_of_the_pattern_moves_the_series() {
    let world = World::new();
    let mut body = daily(2);
    body["recurrence"]["pattern"] = json!({"type": "weekly", "interval": 1, "daysOfWeek": ["wednesday"]});
    let master = world.made(&body);
    assert_eq!(master["recurrence"]["range"]["startDate"], "2027-03-03");
    assert_eq!(
        starts(&instances(&world, &master)),
        ["2027-03-03T08:00:00.0000000", "2027-03-10T08:00:00.0000000"]
    );
    assert_eq!(master["recurrence"]["pattern"]["firstDayOfWeek"], "sunday");
    assert_eq!(master["recurrence"]["range"]["endDate"], "0001-01-01", "every key comes");
}

#[test]
fn microsoft_trap_16_an_occurrence_cannot_pass_its_neighbour() {
    let world = World::new();
    let list = instances(&world, &world.made(&daily(5)));
    let third = format!("/me/events/{}", id(&list["value"][2]));
    let to =
        |day: u32, hour: u32| json!({"start": event(day, hour)["start"], "end": event(day, hour)["end"]});
    let crossing = (400, "ErrorOccurrenceCrossingBoundary".to_owned());
    assert_eq!(world.refused("PATCH", &third, &to(4, 7)), crossing);
    assert_eq!(world.refused("PATCH", &third, &to(2, 22)), crossing);
    assert_eq!(world.done("PATCH", &third, &to(3, 20))["type"], "exception");
    world.quirks(json!({"series": {"crossing": false}}));
    world.done("PATCH", &third, &to(7, 9));
}

#[test]
fn microsoft_trap_18_one_change_moves_the_version_of_all_of_a_series() {
    let world = World::new();
    let master = world.made(&daily(3));
    let list = instances(&world, &master);
    let etag = list["value"][1]["@odata.etag"].as_str().unwrap().to_owned();
    world.done("PATCH", &format!("/me/events/{}", id(&list["value"][0])), &json!({"subject": "Other"}));
    let second = format!("/me/events/{}", id(&list["value"][1]));
    let reply =
        world.with("twin-alice", "PATCH", &second, &[("if-match", etag.as_str())], &json!({"subject": "B"}));
    assert_eq!(reply.status, 412);
    assert_ne!(world.get(&format!("/me/events/{}", id(&master)))["changeKey"], master["changeKey"]);
}

#[test]
fn microsoft_trap_26_the_original_start_is_told_to_whoever_selects_it() {
    let world = World::new();
    let master = world.made(&daily(1));
    let read = |select: &str| {
        world.get(&format!("/me/events/{}/instances?{MARCH}{select}", id(&master)))["value"][0].clone()
    };
    assert_eq!(read("").get("originalStart"), Some(&Value::Null));
    assert_eq!(read("&$select=*")["originalStart"], "2027-03-01T08:00:00Z");
    assert_eq!(read("")["occurrenceId"], json!(format!("OID.{}.2027-03-01", id(&master))));
}

#[test]
fn microsoft_trap_3_a_deleted_occurrence_leaves_no_trace_but_in_its_master() {
    let world = World::new();
    let master = world.made(&daily(3));
    let (_, link) = world.round(&format!("{DELTA}?{MARCH}"), &[]).unwrap();
    let second = instances(&world, &master)["value"][1].clone();
    world.done("DELETE", &format!("/me/events/{}", id(&second)), &Value::Null);
    let (items, _) = world.round(&link, &[]).unwrap();
    assert_eq!(
        told(&items).iter().map(|one| one.0).collect::<Vec<_>>(),
        ["seriesMaster", "occurrence", "occurrence"]
    );
    assert!(told(&items).iter().all(|one| one.1 != id(&second)));
    let gone = world.refused("GET", &format!("/me/events/{}", id(&second)), &Value::Null);
    assert_eq!(gone, (404, "ErrorItemNotFound".into()));
    let target = format!("/me/events/{}", id(&master));
    let cancelled = |select: &str| world.get(&format!("{target}{select}"))["cancelledOccurrences"].clone();
    let hole = json!([format!("OID.{}.2027-03-02", id(&master))]);
    assert_eq!([cancelled(""), cancelled("?$select=cancelledOccurrences")], [Value::Null, hole.clone()]);
    world.quirks(json!({"series": {"cancelled": "star"}}));
    assert_eq!([cancelled("?$select=cancelledOccurrences"), cancelled("?$select=*")], [Value::Null, hole]);
}

#[test]
fn exceptions_come_with_their_master_where_they_are_asked_for() {
    let world = World::new();
    let master = world.made(&daily(3));
    let second = instances(&world, &master)["value"][1].clone();
    world.done("PATCH", &format!("/me/events/{}", id(&second)), &json!({"subject": "Once"}));
    let read = world.get(&format!("/me/events/{}?$select=*&$expand=exceptionOccurrences", id(&master)));
    assert_eq!(each(&read["exceptionOccurrences"], "subject"), ["Once"]);
    assert_eq!(each(&instances(&world, &master)["value"], "type"), ["occurrence", "exception", "occurrence"]);
    world.done(
        "PATCH",
        &format!("/me/events/{}", id(&master)),
        &json!({"location": {"displayName": "Roof"}}),
    );
    let third = world.get(&format!("/me/events/{}", id(&second)));
    assert_eq!((&third["subject"], &third["location"]["displayName"]), (&json!("Once"), &json!("Roof")));
    let mut rule = daily(2)["recurrence"].clone();
    rule["pattern"]["interval"] = json!(2);
    world.done("PATCH", &format!("/me/events/{}", id(&master)), &json!({"recurrence": rule}));
    assert_eq!(
        each(&instances(&world, &master)["value"], "type"),
        ["occurrence", "occurrence"],
        "another rule drops them"
    );
    let single = world.done("PATCH", &format!("/me/events/{}", id(&master)), &json!({"recurrence": null}));
    assert_eq!((&single["type"], &single["recurrence"]), (&json!("singleInstance"), &Value::Null));
}

#[test]
fn a_change_of_an_occurrence_may_be_answered_and_not_kept() {
    let world = World::new();
    world.quirks(json!({"write": {"forgetsOccurrences": true}}));
    let first = instances(&world, &world.made(&daily(1)))["value"][0].clone();
    let target = format!("/me/events/{}", id(&first));
    assert_eq!(world.done("PATCH", &target, &json!({"subject": "Lost"}))["subject"], "Lost");
    assert_eq!(world.get(&target)["subject"], "1 9");
}

#[test]
fn microsoft_trap_1_delta_tells_of_occurrences_nothing_but_which_and_when() {
    let world = World::new();
    let master = world.made(&daily(2));
    let (items, _) = world.round(&format!("{DELTA}?{MARCH}"), &[]).unwrap();
    let kinds: Vec<&str> = told(&items).iter().map(|one| one.0).collect();
    assert_eq!(kinds, ["seriesMaster", "occurrence", "occurrence"]);
    let keys: Vec<&String> = items[1].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["@odata.etag", "@odata.type", "end", "id", "seriesMasterId", "start", "type"]);
    assert_eq!(items[1]["seriesMasterId"], master["id"]);
    assert_eq!(items[0]["subject"], "1 9");
}

#[test]
fn microsoft_trap_1_a_master_may_be_missing_from_a_round() {
    let world = World::new();
    world.made(&daily(2));
    world.quirks(json!({"delta": {"masterless": true}}));
    let (items, _) = world.round(&format!("{DELTA}?{MARCH}"), &[]).unwrap();
    assert_eq!(told(&items).iter().map(|one| one.0).collect::<Vec<_>>(), ["occurrence", "occurrence"]);
}

#[test]
fn microsoft_trap_2_removed_is_said_of_what_was_deleted_and_of_what_lives_elsewhere() {
    let world = World::new();
    let (gone, moved, stays) =
        (world.made(&event(9, 9)), world.made(&event(10, 9)), world.made(&event(11, 9)));
    let (items, link) = world.round(&format!("{DELTA}?{MARCH}"), &[]).unwrap();
    assert_eq!(items.len(), 3);
    world.done("DELETE", &format!("/me/events/{}", id(&gone)), &Value::Null);
    let may = |text: &str| json!({"dateTime": format!("2027-05-{text}"), "timeZone": "UTC"});
    let there = json!({"start": may("01T09:00:00"), "end": may("01T10:00:00")});
    world.done("PATCH", &format!("/me/events/{}", id(&moved)), &there);
    let never = world.made(&having(event(9, 9), there));
    let (items, link) = world.round(&link, &[]).unwrap();
    assert_eq!(told(&items), [("removed", id(&gone)), ("removed", id(&moved)), ("removed", id(&never))]);
    let keys: Vec<&String> = items[0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["@odata.type", "@removed", "id"]);
    let status =
        |event: &Value| world.call("GET", &format!("/me/events/{}", id(event)), &Value::Null).status.as_u16();
    assert_eq!([status(&gone), status(&moved), status(&never)], [404, 200, 200]);
    world.done("PATCH", &format!("/me/events/{}", id(&stays)), &json!({"subject": "New"}));
    let (items, link) = world.round(&link, &[]).unwrap();
    assert_eq!(told(&items), [("singleInstance", id(&stays))]);
    assert!(world.round(&link, &[]).unwrap().0.is_empty());
}

#[test]
fn microsoft_trap_2_a_deleted_series_is_told_as_its_master_or_as_its_instances() {
    let world = World::new();
    for (switch, count) in [("master", 1), ("instances", 3), ("both", 4)] {
        world.quirks(json!({"delta": {"removed": switch}}));
        let master = world.made(&daily(3));
        let (_, link) = world.round(&format!("{DELTA}?{MARCH}"), &[]).unwrap();
        world.done("DELETE", &format!("/me/events/{}", id(&master)), &Value::Null);
        let (items, _) = world.round(&link, &[]).unwrap();
        assert_eq!(items.len(), count, "{switch}");
        assert!(told(&items).iter().all(|one| one.0 == "removed"));
    }
}

#[test]
fn delta_is_paged_and_a_series_is_not_parted() {
    let world = World::new();
    for day in 1..=4 {
        world.made(&event(day, 12));
    }
    world.made(&daily(5));
    let two = [("prefer", "odata.maxpagesize=2")];
    let first = json_of(&world.with("twin-alice", "GET", &format!("{DELTA}?{MARCH}"), &two, &Value::Null));
    assert_eq!(first["value"].as_array().unwrap().len(), 2);
    assert!(first.get("@odata.deltaLink").is_none());
    let (items, _) = world.round(first["@odata.nextLink"].as_str().unwrap(), &two).unwrap();
    assert_eq!(items.len(), 8, "two more, and the series whole");
    world.quirks(json!({"delta": {"emptyPages": true, "repeats": true}}));
    let first = json_of(&world.call("GET", &format!("{DELTA}?{MARCH}"), &Value::Null));
    assert_eq!((&first["value"], first["@odata.nextLink"].is_string()), (&json!([]), true));
    assert_eq!(world.round(&format!("{DELTA}?{MARCH}"), &[]).unwrap().0.len(), 20, "everything twice");
}

#[test]
fn what_changes_while_pages_are_read_is_told_in_the_next_round() {
    let world = World::new();
    for day in 1..=4 {
        world.made(&event(day, 9));
    }
    let two = [("prefer", "odata.maxpagesize=2")];
    let first = json_of(&world.with("twin-alice", "GET", &format!("{DELTA}?{MARCH}"), &two, &Value::Null));
    let late = world.made(&event(20, 9));
    let (items, link) = world.round(first["@odata.nextLink"].as_str().unwrap(), &two).unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(told(&world.round(&link, &two).unwrap().0), [("singleInstance", id(&late))]);
}

#[test]
fn microsoft_trap_4_tokens_end_by_age_by_activity_and_between_pages() {
    let world = World::new();
    for day in 1..=4 {
        world.made(&event(day, 9));
    }
    let lost = Err((410, "SyncStateNotFound".to_owned()));
    let start = format!("{DELTA}?{MARCH}");
    let (_, link) = world.round(&start, &[]).unwrap();
    world.control("expire-sync", &json!({"calendar": "primary"}));
    assert_eq!(world.round(&link, &[]), lost);
    let two = [("prefer", "odata.maxpagesize=2")];
    let first = json_of(&world.with("twin-alice", "GET", &start, &two, &Value::Null));
    world.control("expire-sync", &json!({}));
    assert_eq!(
        world.round(first["@odata.nextLink"].as_str().unwrap(), &two),
        lost,
        "in the middle of paging"
    );
    world.quirks(json!({"delta": {"tokenChanges": 2}}));
    let (_, link) = world.round(&start, &[]).unwrap();
    for day in 5..=7 {
        world.made(&event(day, 9));
    }
    assert_eq!(world.round(&link, &[]), lost, "by activity");
    world.quirks(
        json!({"delta": {"tokenChanges": null, "tokenSeconds": 3600, "lowerCodes": true, "location": true}}),
    );
    let (_, link) = world.round(&start, &[]).unwrap();
    world.wait(4000);
    assert_eq!(
        world.round(&link, &[]),
        Err((410, "syncStateNotFound".to_owned())),
        "by age, in other letters"
    );
    let reply = world.call("GET", &link, &Value::Null);
    assert!(reply.headers["location"].to_str().unwrap().ends_with("$deltatoken="));
}

#[test]
fn delta_lags_and_loses_nothing() {
    let world = World::new();
    world.quirks(json!({"delta": {"lagMs": 30_000}}));
    let (_, link) = world.round(&format!("{DELTA}?{MARCH}"), &[]).unwrap();
    let made = world.made(&event(9, 9));
    let (items, link) = world.round(&link, &[]).unwrap();
    assert!(items.is_empty());
    world.wait(60);
    assert_eq!(told(&world.round(&link, &[]).unwrap().0), [("singleInstance", id(&made))]);
}

#[test]
fn delta_speaks_in_the_kind_of_ids_that_each_call_asks_for() {
    let world = World::new();
    world.made(&event(9, 9));
    let (items, link) = world.round(&format!("{DELTA}?{MARCH}"), &[STAY]).unwrap();
    let stays = id(&items[0]).to_owned();
    world.control("event", &json!({"do": "change", "id": stays, "fields": {"subject": "New"}}));
    let (items, link) = world.round(&link, &[STAY]).unwrap();
    assert_eq!(id(&items[0]), stays);
    world.control("event", &json!({"do": "change", "id": stays, "fields": {"subject": "Newer"}}));
    assert_ne!(id(&world.round(&link, &[]).unwrap().0[0]), stays);
}

#[test]
fn delta_refuses_what_it_does_not_support() {
    let world = World::new();
    for option in ["$filter=subject%20eq%20'a'", "$expand=extensions", "$orderby=subject", "$top=5"] {
        let refused = world.refused("GET", &format!("{DELTA}?{MARCH}&{option}"), &Value::Null);
        assert_eq!(refused, (400, "ErrorInvalidUrlQuery".into()), "{option}");
    }
    assert_eq!(world.refused("GET", DELTA, &Value::Null).0, 400, "a window is needed");
    let far = "startDateTime=2027-01-01T00:00:00Z&endDateTime=2037-01-01T00:00:00Z";
    assert_eq!(world.refused("GET", &format!("/me/calendarView?{far}"), &Value::Null).0, 400);
    world.quirks(json!({"delta": {"select": false}}));
    assert_eq!(world.refused("GET", &format!("{DELTA}?{MARCH}&$select=subject"), &Value::Null).0, 400);
}

#[test]
fn a_stale_answer_is_that_of_before_the_last_change() {
    let world = World::new();
    let made = world.made(&event(9, 9));
    let target = format!("/me/events/{}", id(&made));
    world.done("PATCH", &target, &json!({"subject": "New"}));
    world.control("faults", &json!({"kind": "stale", "count": 1, "match": {"method": "GET"}}));
    assert_eq!(world.get(&target)["subject"], "9 9");
    assert_eq!(world.get(&target)["subject"], "New");
}

#[test]
fn a_person_splits_copies_and_moves() {
    let world = World::new();
    let act = |body: Value| world.control("event", &body);
    act(json!({"do": "create", "id": "class", "fields": daily(5)}));
    act(json!({"do": "delete", "id": "class_20270302"}));
    act(json!({"do": "split", "id": "class_20270304", "fields": {"subject": "Late"}}));
    let view = world.get(&format!("/me/calendarView?{MARCH}&$top=50"));
    assert_eq!(each(&view["value"], "subject"), ["1 9", "1 9", "Late", "Late"]);
    act(json!({"do": "copy", "id": "class_20270301", "destination": "Team", "fields": {"subject": "Copy"}}));
    let team = world
        .twin
        .control("GET", "events", &json!({"calendar": "Team", "from": "2027-03-01T00:00:00Z"}))
        .unwrap();
    assert_eq!(each(&team["events"], "subject"), ["Copy"]);
    assert!(world.twin.changes(0).iter().all(|change| change.by == "person:alice"));
    assert!(world.twin.control("POST", "event", &json!({"do": "delete", "id": "nobody"})).is_err());
}

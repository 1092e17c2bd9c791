//! What holds for the Microsoft twin whatever is done to it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::microsoft_world::{MARCH, World, daily, event, id, json_of};

/// What a reader of delta has: by id, when it is and whose occurrence it is.
type Held = BTreeMap<String, (String, Option<String>)>;

#[derive(Clone, Debug)]
enum Step {
    Single(u32),
    Series(u32),
    /// The event of that number, of those that a view shows.
    Change(usize, u32),
    Delete(usize),
    DeleteMaster(usize),
    Read,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1u32..28).prop_map(Step::Single),
        (1u32..6).prop_map(Step::Series),
        (0usize..20, 1u32..28).prop_map(|(nth, day)| Step::Change(nth, day)),
        (0usize..20).prop_map(Step::Delete),
        (0usize..20).prop_map(Step::DeleteMaster),
        Just(Step::Read),
    ]
}

fn take_in(held: &mut Held, items: &[Value]) {
    for item in items {
        let id = id(item).to_owned();
        let is_master = item["type"] == "seriesMaster";
        if is_master || item.get("@removed").is_some() {
            held.retain(|_, (_, master)| master.as_ref() != Some(&id));
            held.remove(&id);
        }
        if !is_master && item.get("@removed").is_none() {
            let start = item["start"]["dateTime"].as_str().unwrap().to_owned();
            held.insert(id, (start, item["seriesMasterId"].as_str().map(ToOwned::to_owned)));
        }
    }
}

fn view(world: &World) -> Vec<Value> {
    world.get(&format!("/me/calendarView?{MARCH}&$top=500"))["value"].as_array().unwrap().clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn delta_and_a_new_reading_agree(steps in prop::collection::vec(step(), 1..14), odd in any::<bool>()) {
        let world = World::new();
        if odd {
            world.quirks(json!({"delta": {"emptyPages": true, "repeats": true, "replays": true, "page": 2}}));
        }
        let mut held = Held::new();
        let mut link = format!("/me/calendarView/delta?{MARCH}");
        for step in steps.into_iter().chain([Step::Read]) {
            let shown = view(&world);
            let nth = |n: usize| (!shown.is_empty()).then(|| shown[n % shown.len()].clone());
            match step {
                Step::Single(day) => drop(world.made(&event(day, 9))),
                Step::Series(count) => drop(world.made(&daily(count))),
                Step::Change(n, day) => if let Some(one) = nth(n) {
                    let body = json!({"start": event(day, 12)["start"], "end": event(day, 12)["end"]});
                    // An occurrence may not pass its neighbours: then nothing has happened.
                    world.call("PATCH", &format!("/me/events/{}", id(&one)), &body);
                },
                Step::Delete(n) => if let Some(one) = nth(n) {
                    world.done("DELETE", &format!("/me/events/{}", id(&one)), &Value::Null);
                },
                Step::DeleteMaster(n) => if let Some(master) = nth(n).and_then(|one| one["seriesMasterId"].as_str().map(ToOwned::to_owned)) {
                    world.done("DELETE", &format!("/me/events/{master}"), &Value::Null);
                },
                Step::Read => {
                    let (items, next) = world.round(&link, &[]).unwrap();
                    take_in(&mut held, &items);
                    link = next;
                    let mut fresh = Held::new();
                    take_in(&mut fresh, &view(&world));
                    prop_assert_eq!(&held, &fresh);
                }
            }
        }
    }

    #[test]
    fn every_call_has_an_answer(
        method in prop::sample::select(vec!["GET", "POST", "PATCH", "DELETE", "PUT"]),
        place in prop::sample::select(vec![
            "/me/events", "/me/events/EVENT", "/me/events/EVENT/instances", "/me/events/EVENT/accept", "/me/calendars",
            "/me/calendars/x", "/me/calendarView", "/me/calendarView/delta", "/subscriptions", "/$batch", "/me/calendar",
            "/users/bob/events", "/me/calendar/getSchedule", "/me/translateExchangeIds", "/me/events/EVENT/extensions", "/nowhere",
        ]),
        query in "(\\$select=[a-z*,]{0,6}&|\\$filter=[a-z '/:()]{0,12}&|\\$top=[0-9]{0,3}&|\\$expand=[a-z(='),]{0,9}&|startDateTime=2027-03-0[0-9]&|endDateTime=2027-0[1-9]-01T00:00:00Z&|\\$skiptoken=[a-zA-Z0-9]{0,8}&){0,4}",
        body in prop::collection::btree_map(
            prop::sample::select(vec!["subject", "start", "end", "isAllDay", "recurrence", "attendees", "body", "requests", "schedules",
                "resource", "location", "categories", "singleValueExtendedProperties", "name", "inputIds"]),
            prop::sample::select(vec![
                json!(null), json!(true), json!(7), json!(""), json!("é"), json!([]), json!([1]), json!({}), json!({"dateTime": "2027-03-09"}),
                json!({"dateTime": "2027-03-09T09:00:00", "timeZone": "UTC"}), json!({"content": "<p", "contentType": "html"}),
                json!({"pattern": {"type": "daily", "interval": 1}, "range": {"type": "noEnd", "startDate": "2027-03-09"}}),
                json!([{"id": "1", "method": "GET", "url": "/me"}]),
            ]),
            0..6,
        ),
    ) {
        let world = World::new();
        let made = world.made(&daily(3));
        let target = format!("{}?{query}", place.replace("EVENT", id(&made)));
        let reply = world.call(method, &target, &json!(body));
        let status = reply.status.as_u16();
        prop_assert!(status < 500, "{} {} is {}", method, target, status);
        if status >= 400 {
            prop_assert!(json_of(&reply)["error"]["code"].is_string());
        }
        view(&world);
    }
}

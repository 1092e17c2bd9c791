//! AC-5: times are right everywhere.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::http;
use crate::world::{ALICE, World, at, day, word};

/// What the twin's calendar holds, occurrence by occurrence, on New York's clock: `2026-12-01T12:00`.
fn in_new_york(world: &World) -> Vec<String> {
    let url = format!(
        "{}/calendar/v3/calendars/{ALICE}/events?singleEvents=true&orderBy=startTime&maxResults=2500",
        world.twin.url
    );
    let list = http::send("GET", &url, Some("twin-alice"), None).json();
    let zone = TimeZone::get("America/New_York").unwrap();
    let one = |event: &Value| {
        let at: jiff::Timestamp = word(&event["start"], "dateTime").parse().unwrap();
        at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
    };
    list["items"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn ac_5_nine_in_los_angeles_is_noon_in_new_york() {
    let world = World::linked();
    world.add("Call", &at(2, "09:00"), &["--zone", "America/Los_Angeles"]);
    world.sync();
    assert_eq!(in_new_york(&world), [format!("{}T12:00", day(2))]);
}

#[test]
fn ac_5_a_weekly_series_keeps_its_hour_across_both_clock_changes() {
    let world = World::linked();
    let more = ["--zone", "America/Los_Angeles", "--rule", "FREQ=WEEKLY;COUNT=52"];
    let id = world.add("Weekly", &at(2, "09:00"), &more);
    world.sync();
    let expected: Vec<String> = (0..52).map(|week| format!("{}T12:00", day(2 + 7 * week))).collect();
    assert_eq!(in_new_york(&world), expected);

    // One that is made there comes in on the clock that it was made on.
    let first = day(3);
    let fields = json!({
        "summary": "Theirs",
        "start": { "dateTime": format!("{first}T09:00:00"), "timeZone": "Europe/Berlin" },
        "end": { "dateTime": format!("{first}T10:00:00"), "timeZone": "Europe/Berlin" },
        "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=52"],
    });
    world.twin.event("create", None, fields);
    world.sync();
    let to = day(3 + 7 * 52).to_string();
    let all = world.ok(&[
        "event",
        "list",
        "--text",
        "Theirs",
        "--expand",
        "--from",
        &first.to_string(),
        "--to",
        &to,
    ]);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 52);
    assert!(
        all.iter()
            .all(|one| word(one, "startLocal").ends_with("T09:00:00") && one["zone"] == "Europe/Berlin")
    );
    world.ok(&["event", "show", &id]);
    world.ok(&["verify"]);
}

#[test]
fn ac_5_all_day_events_stay_on_their_day() {
    let world = World::linked();
    let (first, last) = (day(5).to_string(), day(6).to_string());
    world.ok(&["event", "add", "--title", "Fair", "--all-day", "--start", &first, "--end", &last]);
    world.twin.event(
        "create",
        None,
        json!({
            "summary": "Holiday", "start": { "date": first }, "end": { "date": last },
        }),
    );
    world.sync();
    let copy = world.twin.one("Fair");
    assert_eq!(
        (word(&copy["start"], "date"), word(&copy["end"], "date")),
        (first.clone(), day(7).to_string())
    );
    let here = world.one("Holiday");
    assert_eq!((word(&here, "start"), word(&here, "end")), (first, last));
}

#[test]
fn ac_5_one_occurrence_or_this_and_following_can_be_changed_on_either_side() {
    let world = World::linked();
    let id = world.add("Weekly", &at(2, "09:00"), &["--rule", "FREQ=WEEKLY;COUNT=6"]);
    world.sync();
    let key = |week: i64| format!("{}T090000", day(2 + 7 * week).strftime("%Y%m%d"));
    world.ok(&["event", "move", &id, "--occurrence", &key(1), "--start", &at(9, "15:00")]);
    world.ok(&["event", "remove", &id, "--occurrence", &key(2)]);
    let tail =
        world.ok(&["event", "edit", &id, "--occurrence", &key(4), "--following", "--title", "Renamed"]);
    world.sync();
    assert_ne!(word(&tail, "id"), id);
    let all = world.ok(&["event", "list", "--expand", "--to", &day(60).to_string()]);
    let here: Vec<String> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {}", word(one, "startLocal"), word(one, "title")))
        .collect();
    let expected = [
        format!("{}T09:00:00 Weekly", day(2)),
        format!("{}T15:00:00 Weekly", day(9)),
        format!("{}T09:00:00 Weekly", day(23)),
        format!("{}T09:00:00 Renamed", day(30)),
        format!("{}T09:00:00 Renamed", day(37)),
    ];
    assert_eq!(here, expected);
    assert_eq!(in_new_york(&world).len(), 5);
    world.ok(&["verify"]);
}

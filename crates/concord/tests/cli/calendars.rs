//! Accounts and links from the shell: what they show, what they change, and what they refuse.

use serde_json::json;

use crate::world::{ALICE, World, at, instant, word};

#[test]
fn without_links_sync_says_what_to_do() {
    let world = World::new();
    world.run(&["sync"]).ends(2).says("concord account connect google");
    world.connect();
    world.run(&["sync", "--wait"]).ends(2).says("concord link add --account alice@twin.test");
}

#[test]
fn a_provider_that_is_not_set_up_says_which_settings_are_missing() {
    let mut world = World::new();
    world.unset("CONCORD_GOOGLE_CLIENT_ID");
    world.unset("CONCORD_GOOGLE_CLIENT_SECRET");
    world
        .run(&["account", "connect", "google"])
        .ends(2)
        .says("CONCORD_GOOGLE_CLIENT_ID")
        .says("CONCORD_GOOGLE_CLIENT_SECRET");
    world.run(&["account", "connect", "elsewhere"]).ends(2).says("elsewhere");
}

#[test]
fn a_forgotten_variable_stops_no_link() {
    let mut world = World::linked();
    world.add("Mine", &at(2, "10:00"), &[]);
    let secret = world.twin.env["CONCORD_GOOGLE_CLIENT_SECRET"].clone();
    let id = world.twin.env["CONCORD_GOOGLE_CLIENT_ID"].clone();
    world.unset("CONCORD_GOOGLE_CLIENT_ID");
    world.unset("CONCORD_GOOGLE_CLIENT_SECRET");
    for command in [&["sync"][..], &["sync", "--wait"], &["sync", "--dry-run"], &["verify"]] {
        let ended = world.run(command).ends(2).says("CONCORD_GOOGLE_CLIENT_ID");
        assert_eq!(ended.out, "", "{command:?}");
    }
    world.run(&["sync"]).ends(2).says("alice@twin.test cannot be synced");
    world.set("CONCORD_GOOGLE_CLIENT_ID", &id);
    world.set("CONCORD_GOOGLE_CLIENT_SECRET", &secret);
    world.sync();
    world.both_hold(&["Mine"]);
}

#[test]
fn a_command_opens_no_channel_for_notices_that_nobody_would_hear() {
    for url in ["https://calendar.example.org", "http://127.0.0.1:8440"] {
        let mut world = World::linked();
        world.set("CONCORD_PUBLIC_URL", url);
        world.sync();
        assert_eq!(world.twin.get("channels")["channels"], json!([]), "{url}");
    }
}

#[test]
fn what_a_dry_run_found_is_due() {
    let world = World::linked();
    world.sync();
    world.add("Mine", &at(2, "10:00"), &[]);
    world.ok(&["sync", "--dry-run"]);
    world.run(&["sync"]).ends(0);
    assert_eq!(world.twin.titles(), ["Mine"]);
}

#[test]
fn i_44_what_nobody_looked_at_is_not_said_to_agree() {
    let world = World::linked();
    world.add("Mine", &at(2, "10:00"), &[]);
    let done = world.run(&["sync", "--wait"]).ends(0);
    assert!(done.out.contains("1 event agrees") && done.out.contains("both sides agree"), "{}", done.out);
    let idle = world.run(&["sync"]).ends(0);
    assert!(idle.out.contains("was not due") && !idle.out.contains("both sides agree"), "{}", idle.out);
    world.ok(&["link", "pause", ALICE]);
    let paused = world.run(&["sync", "--wait"]).ends(0);
    assert!(paused.out.contains("paused") && !paused.out.contains("both sides agree"), "{}", paused.out);
}

#[test]
fn a_refused_event_is_named_with_its_reason() {
    let world = World::linked();
    world.twin.post("quirks", json!({ "longestSummary": 40 }));
    world.add(&"x".repeat(60), &at(2, "10:00"), &[]);
    let told = world.run(&["sync", "--wait"]).ends(1).out;
    assert!(told.contains("1 event was refused") && told.contains("xxx\" ("), "{told}");
}

#[test]
fn a_link_shows_how_it_stands_by_the_names_of_the_api() {
    let world = World::linked();
    world.add("Mine", &at(2, "10:00"), &[]);
    world.sync();
    let all = world.ok(&["link", "list"]);
    let link = &all[0];
    assert_eq!(word(link, "calendar"), ALICE);
    let expected = json!({"isActive": true, "syncDirection": "both", "itemsSynced": 1, "pending": 0, "conflicts": 0, "lastSyncStatus": "success", "errors": []});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&link[name], value, "{name}: {link:#}");
    }
    assert!(link["lastSyncAt"].is_string() && link["nextSyncAt"].is_string());
}

#[test]
fn settings_are_changed_by_flags_and_shown_by_the_same_words() {
    let world = World::linked();
    world.ok(&["client", "add", "Bob"]);
    let changed = world.ok(&[
        "link",
        "set",
        ALICE,
        "--direction",
        "push",
        "--every",
        "15m",
        "--types",
        "one_on_one,assessment",
        "--clients",
        "Bob",
        "--private",
        "busy",
        "--detail",
        "title",
        "--client-names",
        "initials",
        "--notes",
        "off",
        "--contacts",
        "on",
        "--policy",
        "ask",
        "--deletion",
        "restore",
        "--window-back",
        "3",
        "--window-ahead",
        "30",
        "--brake-at-least",
        "5",
        "--brake-percent",
        "50",
        "--rule",
        "title!=x*",
        "--from",
        "2026-01-01",
        "--mail-guests",
        "off",
    ]);
    let settings = &changed["settings"];
    let expected = json!({
        "direction": "push", "every": "15m", "types": ["one_on_one", "assessment"], "private": "busy", "detail": "title",
        "clientNames": "initials", "notes": "off", "contacts": "on", "policy": "ask", "deletion": "restore", "windowBack": 3,
        "windowAhead": 30, "brakeAtLeast": 5, "brakePercent": 50, "rules": ["title!=x*"], "from": "2026-01-01",
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&settings[name], value, "{name}");
    }
    let back = world.ok(&["link", "set", ALICE, "--types", "", "--rule", "", "--clients", "", "--from", ""]);
    assert_eq!(back["settings"]["types"], json!([]));
    assert_eq!((&back["settings"]["rules"], &back["settings"]["from"]), (&json!([]), &json!(null)));
    assert_eq!(word(&back["settings"], "direction"), "push", "what is not given stays");
    world.run(&["link", "set", ALICE]).ends(2);
    for (flag, value) in [
        ("--window-ahead", "99999999"),
        ("--window-back", "36526"),
        ("--answer-days", "0"),
        ("--until", "2025-12-31"),
        ("--brake-percent", "101"),
    ] {
        let from = ["--from", "2026-01-01"];
        world.run(&[&["link", "set", ALICE, flag, value], &from[..]].concat()).ends(2).says(flag);
    }
    assert_eq!(world.ok(&["link", "list"])[0]["settings"], back["settings"], "nothing was changed");
    world.run(&["link", "set", ALICE, "--direction", "sideways"]).ends(2).says("--direction");
}

#[test]
fn a_preview_says_what_a_setting_would_do_and_does_nothing() {
    let world = World::linked();
    world.add("Session", &at(2, "10:00"), &["--type", "one_on_one", "--location", "Studio"]);
    world.add("Class", &at(3, "10:00"), &["--type", "group_class"]);
    world.sync();
    let fewer = world.ok(&["link", "set", ALICE, "--types", "one_on_one", "--dry-run"]);
    assert_eq!(fewer["counts"]["deletedThere"], 1, "{fewer:#}");
    let less = world.ok(&["link", "set", ALICE, "--detail", "busy", "--dry-run"]);
    assert_eq!(less["counts"]["changedThere"], 2, "{less:#}");
    let writes = world.twin.changes();
    world.sync();
    assert_eq!(world.twin.changes(), writes);
}

#[test]
fn a_second_calendar_is_linked_by_name_and_a_paused_one_rests() {
    let world = World::linked();
    world.ok(&["link", "add", "--calendar", "Team"]);
    world.run(&["link", "add", "--calendar", "Team"]).ends(2).says("Team");
    world.run(&["link", "add", "--calendar", "Nowhere"]).ends(2).says("--calendar");
    world.ok(&["link", "pause", "Team"]);
    world.add("Mine", &at(2, "10:00"), &[]);
    world.sync();
    assert_eq!(world.twin.living("Team").len(), 0);
    world.ok(&["link", "resume", "Team"]);
    world.sync();
    assert_eq!(world.twin.titles(), ["Mine"]);
}

#[test]
fn what_comes_in_by_one_calendar_goes_out_to_the_other_in_the_same_command() {
    let world = World::linked();
    world.ok(&["link", "add", "--calendar", "Team"]);
    world.sync();
    world.twin.make("Dentist", instant(2, "10:00", "Europe/Berlin"));
    world.sync();
    let team: Vec<String> = world.twin.living("Team").iter().map(|event| word(event, "summary")).collect();
    assert_eq!(team, ["Dentist"]);
}

#[test]
fn an_event_can_be_kept_away_from_one_calendar() {
    let world = World::linked();
    let id = world.add("Mine", &at(2, "10:00"), &[]);
    world.sync();
    world.ok(&["event", "switch", &id, "--link", ALICE, "--off"]);
    world.sync();
    assert_eq!(world.twin.titles(), Vec::<String>::new());
    world.ok(&["event", "switch", &id, "--link", ALICE, "--on"]);
    world.sync();
    assert_eq!(world.twin.titles(), ["Mine"]);
}

#[test]
fn removing_and_linking_again_doubles_nothing() {
    let world = World::linked();
    world.add("Mine", &at(2, "10:00"), &[]);
    world.twin.make("Theirs", instant(3, "10:00", "Europe/Berlin"));
    world.sync();
    world.ok(&["account", "remove", ALICE]);
    assert_eq!(world.twin.titles(), ["Mine", "Theirs"]);
    world.twin.post("tokens", json!({ "do": "restore", "user": "alice" }));
    world.connect();
    world.ok(&["link", "add"]);
    world.sync();
    world.both_hold(&["Mine", "Theirs"]);
}

#[test]
fn removing_with_what_was_synced_takes_our_copies_and_leaves_theirs() {
    let world = World::linked();
    world.add("Mine", &at(2, "10:00"), &[]);
    world.twin.make("Theirs", instant(3, "10:00", "Europe/Berlin"));
    world.sync();
    world.ok(&["link", "remove", ALICE, "--remove-synced"]);
    assert_eq!(world.twin.titles(), ["Theirs"]);
    assert_eq!(world.titles(), ["Mine", "Theirs"]);
}

#[test]
fn a_large_change_waits_for_consent_to_exactly_it() {
    let world = World::linked_as(&["--brake-at-least", "2", "--brake-percent", "10"]);
    for n in 0..6 {
        world.add(&format!("Event {n}"), &at(2 + n, "10:00"), &[]);
    }
    world.sync();
    for event in world.twin.living(ALICE) {
        world.twin.event("delete", Some(&word(&event, "id")), json!({}));
    }
    let told = world.sync_ends(1);
    assert_eq!(word(&told["links"][0], "state"), "braked", "{told:#}");
    assert_eq!(world.titles().len(), 6);
    let plans = world.run(&["plan", "show", "--json"]).ends(1).json();
    let hash = word(&plans[0], "hash");
    let plan = world.ok(&["plan", "show", &hash[..8]]);
    assert_eq!(plan["counts"]["deletedHere"], 6, "{plan:#}");
    world.run(&["plan", "approve", "00000000"]).ends(2);
    world.ok(&["plan", "approve", &hash[..8]]);
    world.sync();
    assert_eq!(world.titles(), Vec::<String>::new());
}

#[test]
fn a_dry_run_shows_what_would_be_done_and_does_nothing() {
    let world = World::linked();
    world.add("Mine", &at(2, "10:00"), &[]);
    world.twin.make("Theirs", instant(3, "10:00", "Europe/Berlin"));
    let planned = world.ok(&["sync", "--dry-run"]);
    let counts = &planned[0]["plan"]["counts"];
    assert_eq!((&counts["createdThere"], &counts["createdHere"]), (&json!(1), &json!(1)), "{planned:#}");
    assert_eq!((world.titles(), world.twin.titles()), (vec!["Mine".to_owned()], vec!["Theirs".to_owned()]));
    world.sync();
    world.both_hold(&["Mine", "Theirs"]);
}

#[test]
fn guests_are_mailed_only_if_that_is_switched_on() {
    let world = World::linked_as(&["--guests", "on"]);
    world.add("Meeting", &at(2, "10:00"), &["--guest", "carol@else.where"]);
    world.sync();
    assert!(world.twin.one("Meeting").to_string().contains("carol@else.where"));
    assert_eq!(world.twin.get("mail")["mails"], json!([]));
}

#[test]
fn verify_finds_what_somebody_changed_behind_our_back() {
    let world = World::linked();
    world.add("Mine", &at(2, "10:00"), &[]);
    world.sync();
    world.ok(&["verify"]);
    world.twin.event("delete", Some(&world.twin.id("Mine")), json!({}));
    let found = world.run(&["verify", "--json"]).ends(1).json();
    assert_eq!(found[0]["drifted"], 1, "{found:#}");
}

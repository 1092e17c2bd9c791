//! Laws of listing: whatever people do, reading everything and then every delta is the same as reading everything.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{ALICE, Items, TEAM, World, event};

/// One thing that someone does. Numbers choose among what there is.
#[derive(Clone, Debug)]
enum Deed {
    Create { day: u32, hour: u32, rule: Option<usize> },
    Rename { event: usize },
    Shift { event: usize, hour: u32 },
    Rule { event: usize, rule: Option<usize> },
    Delete { event: usize },
    Revive { event: usize },
    RenameOne { event: usize, nth: usize },
    MoveOne { event: usize, nth: usize, day: u32 },
    DeleteOne { event: usize, nth: usize },
    RestoreOne { event: usize, nth: usize },
    Split { event: usize, nth: usize },
    ToTeam { event: usize },
    Invite { event: usize },
    InviteOne { event: usize, nth: usize },
    Answer { event: usize, word: usize },
    AnswerOne { event: usize, nth: usize, word: usize },
    Decline { event: usize },
    Wait { seconds: i64 },
}

const RULES: [&str; 4] = [
    "FREQ=DAILY;COUNT=5",
    "FREQ=WEEKLY;COUNT=3",
    "FREQ=DAILY;INTERVAL=2;COUNT=4",
    "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=6",
];

fn deed() -> impl Strategy<Value = Deed> {
    let (event, nth) = (0..6usize, 0..6usize);
    prop_oneof![
        3 => (1..25u32, 8..18u32, prop::option::of(0..RULES.len()))
            .prop_map(|(day, hour, rule)| Deed::Create { day, hour, rule }),
        1 => event.clone().prop_map(|event| Deed::Rename { event }),
        1 => (event.clone(), 8..18u32).prop_map(|(event, hour)| Deed::Shift { event, hour }),
        2 => (event.clone(), prop::option::of(0..RULES.len())).prop_map(|(event, rule)| Deed::Rule { event, rule }),
        1 => event.clone().prop_map(|event| Deed::Delete { event }),
        1 => event.clone().prop_map(|event| Deed::Revive { event }),
        2 => (event.clone(), nth.clone()).prop_map(|(event, nth)| Deed::RenameOne { event, nth }),
        1 => (event.clone(), nth.clone(), 1..25u32).prop_map(|(event, nth, day)| Deed::MoveOne { event, nth, day }),
        2 => (event.clone(), nth.clone()).prop_map(|(event, nth)| Deed::DeleteOne { event, nth }),
        1 => (event.clone(), nth.clone()).prop_map(|(event, nth)| Deed::RestoreOne { event, nth }),
        1 => (event.clone(), nth.clone()).prop_map(|(event, nth)| Deed::Split { event, nth }),
        1 => event.clone().prop_map(|event| Deed::ToTeam { event }),
        1 => event.clone().prop_map(|event| Deed::Invite { event }),
        1 => (event.clone(), nth.clone()).prop_map(|(event, nth)| Deed::InviteOne { event, nth }),
        1 => (event.clone(), 0..3usize).prop_map(|(event, word)| Deed::Answer { event, word }),
        1 => (event.clone(), nth, 0..3usize).prop_map(|(event, nth, word)| Deed::AnswerOne { event, nth, word }),
        1 => event.prop_map(|event| Deed::Decline { event }),
        1 => (0..90i64).prop_map(|seconds| Deed::Wait { seconds }),
    ]
}

/// Plays deeds on alice's calendar and remembers what was ever there.
struct Play {
    world: World,
    ids: Vec<String>,
}

impl Play {
    fn new(seed: u64) -> Play {
        Play { world: World::new(seed), ids: Vec::new() }
    }

    fn id(&self, event: usize) -> Option<String> {
        Some(self.ids[event.checked_rem(self.ids.len())?].clone())
    }

    /// The nth occurrence of a series, cancelled ones included.
    fn nth(&self, event: usize, nth: usize) -> Option<String> {
        let id = self.id(event)?;
        let target = format!("/calendars/primary/events/{id}/instances?showDeleted=true");
        let reply = self.world.call("GET", &target, Value::Null);
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        let items = body["items"].as_array()?;
        Some(items.get(nth.checked_rem(items.len())?)?["id"].as_str()?.to_owned())
    }

    fn patch(&self, id: Option<String>, body: Value) {
        if let Some(id) = id {
            // Refusals are part of the play: they must change nothing.
            self.world.call("PATCH", &format!("/calendars/primary/events/{id}"), body);
        }
    }

    fn act(&mut self, deed: &Deed) {
        match *deed {
            Deed::Create { day, hour, rule } => {
                let mut body = event(day, hour);
                if let Some(rule) = rule {
                    body["recurrence"] = json!([format!("RRULE:{}", RULES[rule])]);
                }
                let made = self.world.done("POST", "/calendars/primary/events", body);
                self.ids.push(made["id"].as_str().unwrap().to_owned());
            }
            Deed::Rename { event } => self.patch(self.id(event), json!({"summary": "renamed"})),
            Deed::Shift { event: which, hour } => {
                let times = event(1 + hour, hour);
                self.patch(self.id(which), json!({"start": times["start"], "end": times["end"]}));
            }
            Deed::Rule { event, rule } => {
                let lines = rule.map(|rule| vec![format!("RRULE:{}", RULES[rule])]);
                self.patch(self.id(event), json!({"recurrence": lines}));
            }
            Deed::Delete { event } => self.delete(self.id(event)),
            Deed::Revive { event } => self.patch(self.id(event), json!({"status": "confirmed"})),
            Deed::RenameOne { event, nth } => self.patch(self.nth(event, nth), json!({"summary": "one"})),
            Deed::MoveOne { event: which, nth, day } => {
                let times = event(day, 20);
                self.patch(self.nth(which, nth), json!({"start": times["start"], "end": times["end"]}));
            }
            Deed::DeleteOne { event, nth } => self.delete(self.nth(event, nth)),
            Deed::RestoreOne { event, nth } => {
                self.patch(self.nth(event, nth), json!({"status": "confirmed"}));
            }
            Deed::Split { event, nth } => {
                if let Some(id) = self.nth(event, nth)
                    && let Ok(made) =
                        self.world.twin.control("POST", "event", &json!({"do": "split", "id": id}))
                {
                    let id = made["id"].as_str().unwrap().to_owned();
                    if !self.ids.contains(&id) {
                        self.ids.push(id);
                    }
                }
            }
            Deed::ToTeam { event } => {
                if let Some(id) = self.id(event) {
                    let target = format!("/calendars/primary/events/{id}/move?destination={TEAM}");
                    self.world.call("POST", &target, Value::Null);
                }
            }
            Deed::Invite { event } => {
                self.patch(self.id(event), json!({"attendees": [{"email": "bob@twin.test"}]}));
            }
            Deed::InviteOne { event, nth } => {
                self.patch(self.nth(event, nth), json!({"attendees": [{"email": "bob@twin.test"}]}));
            }
            Deed::Answer { event, word } => self.answer(self.id(event), word),
            Deed::AnswerOne { event, nth, word } => self.answer(self.nth(event, nth), word),
            Deed::Decline { event } => {
                if let Some(id) = self.id(event) {
                    self.world.call_as(
                        "twin-bob",
                        "DELETE",
                        &format!("/calendars/primary/events/{id}"),
                        Value::Null,
                    );
                }
            }
            Deed::Wait { seconds } => self.world.wait(seconds),
        }
    }

    /// Bob answers an invitation, if he has one.
    fn answer(&self, id: Option<String>, word: usize) {
        let answer = ["accepted", "tentative", "declined"][word];
        let body = json!({"do": "respond", "user": "bob", "id": id, "answer": answer});
        let _refused = self.world.twin.control("POST", "event", &body);
    }

    fn delete(&self, id: Option<String>) {
        if let Some(id) = id {
            self.world.call("DELETE", &format!("/calendars/primary/events/{id}"), Value::Null);
        }
    }
}

/// What a reader makes of a list or a delta: deletions go, with everything that was theirs; holes in a series stay.
fn take_in(held: &mut Items, news: Vec<Value>) {
    let gone = |item: &Value| item["status"] == "cancelled" && item.get("recurringEventId").is_none();
    for item in news.iter().filter(|item| gone(item)) {
        held.remove(item["id"].as_str().unwrap());
        held.retain(|_, held| held["recurringEventId"] != item["id"]);
    }
    for item in news.into_iter().filter(|item| !gone(item)) {
        held.insert(item["id"].as_str().unwrap().to_owned(), item);
    }
}

/// The same for a list of single events, which has no holes.
fn take_in_singles(held: &mut Items, news: Vec<Value>) {
    for item in news {
        let id = item["id"].as_str().unwrap().to_owned();
        match item["status"] == "cancelled" {
            true => held.remove(&id),
            false => held.insert(id, item),
        };
    }
}

/// Replays deltas at random moments and compares with a full pass at each.
fn check_replay(
    deeds: &[Vec<Deed>],
    (token, calendar): (&str, &str),
    query: &str,
    quirks: Value,
    take_in: fn(&mut Items, Vec<Value>),
) -> Result<(), TestCaseError> {
    let mut play = Play::new(1);
    play.world.control("quirks", quirks);
    let read = |world: &World, more: &str| world.list(token, calendar, &format!("{query}{more}")).unwrap();
    let (mut held, mut cursor) = (Items::new(), read(&play.world, "").1);
    for some in deeds {
        some.iter().for_each(|deed| play.act(deed));
        let (news, next) = read(&play.world, &format!("&syncToken={cursor}"));
        take_in(&mut held, news);
        cursor = next;
        let mut whole = Items::new();
        take_in(&mut whole, read(&play.world, "").0);
        prop_assert_eq!(&held, &whole);
    }
    Ok(())
}

fn deeds() -> impl Strategy<Value = Vec<Vec<Deed>>> {
    prop::collection::vec(prop::collection::vec(deed(), 1..8), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn deltas_add_up_to_the_whole(deeds in deeds(), size in 1..5u32) {
        let query = format!("maxResults={size}");
        check_replay(&deeds, ("twin-alice", "primary"), &query, json!({}), take_in)?;
    }

    #[test]
    fn deltas_add_up_for_a_guest_and_for_another_calendar(deeds in deeds()) {
        check_replay(&deeds, ("twin-bob", "primary"), "", json!({}), take_in)?;
        check_replay(&deeds, ("twin-alice", TEAM), "", json!({}), take_in)?;
    }

    #[test]
    fn deltas_of_single_events_add_up(deeds in deeds()) {
        let query = "singleEvents=true&maxResults=7";
        check_replay(&deeds, ("twin-alice", "primary"), query, json!({}), take_in_singles)?;
    }

    #[test]
    fn deltas_add_up_however_odd_the_pages_are(deeds in deeds()) {
        let odd = json!({"emptyPages": true, "omitEmptyItems": true, "childTombstones": true, "sparseTombstones": false});
        check_replay(&deeds, ("twin-alice", "primary"), "maxResults=2", odd, take_in)?;
    }

    #[test]
    fn late_changes_show_in_the_end(deeds in deeds()) {
        let mut play = Play::new(1);
        play.world.control("quirks", json!({"visibilityDelayMs": 30_000}));
        let (mut held, mut cursor) = (Items::new(), play.world.list("twin-alice", "primary", "").unwrap().1);
        for some in &deeds {
            some.iter().for_each(|deed| play.act(deed));
            let (news, next) = play.world.list("twin-alice", "primary", &format!("syncToken={cursor}")).unwrap();
            take_in(&mut held, news);
            cursor = next;
        }
        play.world.wait(31);
        take_in(&mut held, play.world.list("twin-alice", "primary", &format!("syncToken={cursor}")).unwrap().0);
        let mut whole = Items::new();
        take_in(&mut whole, play.world.list("twin-alice", "primary", "").unwrap().0);
        prop_assert_eq!(held, whole);
    }

    #[test]
    fn pages_are_the_whole_list_whatever_their_size(deeds in deeds(), size in 1..6u32) {
        let mut play = Play::new(1);
        deeds.iter().flatten().for_each(|deed| play.act(deed));
        for query in ["showDeleted=true&", "singleEvents=true&"] {
            let (paged, _) = play.world.list("twin-alice", "primary", &format!("{query}maxResults={size}")).unwrap();
            let (whole, _) = play.world.list("twin-alice", "primary", query).unwrap();
            prop_assert_eq!(paged, whole);
        }
    }

    #[test]
    fn an_occurrence_is_the_same_wherever_it_is_read(deeds in deeds()) {
        let mut play = Play::new(1);
        deeds.iter().flatten().for_each(|deed| play.act(deed));
        let mut singles = Items::new();
        take_in_singles(&mut singles, play.world.list("twin-alice", "primary", "singleEvents=true").unwrap().0);
        for item in singles.values() {
            let target = format!("/calendars/primary/events/{}", item["id"].as_str().unwrap());
            prop_assert_eq!(&play.world.done("GET", &target, Value::Null), item);
        }
        let mut gathered = Items::new();
        for (id, item) in play.world.list("twin-alice", "primary", "").unwrap().0.into_iter().map(by_id) {
            if item.get("recurrence").is_some() {
                let target = format!("/calendars/primary/events/{id}/instances");
                let body = play.world.done("GET", &target, Value::Null);
                gathered.extend(body["items"].as_array().unwrap().iter().cloned().map(by_id));
            } else if item.get("recurringEventId").is_none() {
                gathered.insert(id, item);
            }
        }
        prop_assert_eq!(gathered, singles);
    }

    #[test]
    fn equal_seeds_give_equal_worlds(deeds in deeds(), seed in 0..9u64) {
        let run = || {
            let mut play = Play::new(seed);
            deeds.iter().flatten().for_each(|deed| play.act(deed));
            play.world.twin.control("GET", "state", &json!({})).unwrap()
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn a_refused_write_changes_nothing(deeds in deeds()) {
        let mut play = Play::new(1);
        deeds.iter().flatten().for_each(|deed| play.act(deed));
        let before = play.world.twin.changes(0).len();
        for id in &play.ids {
            let target = format!("/calendars/primary/events/{id}");
            let backwards = json!({"end": {"date": "2020-01-01"}, "start": {"date": "2020-01-02"}});
            for (method, body) in [("PATCH", backwards), ("PUT", json!({})), ("PATCH", json!({"colorId": "99"}))] {
                let reply = play.world.call(method, &target, body);
                prop_assert!(reply.status.is_client_error());
            }
        }
        prop_assert_eq!(play.world.twin.changes(0).len(), before);
    }

    #[test]
    fn every_version_has_an_etag_of_its_own(deeds in deeds()) {
        let mut play = Play::new(1);
        deeds.iter().flatten().for_each(|deed| play.act(deed));
        let changes = play.world.twin.changes(0);
        let etags: std::collections::BTreeSet<&str> = changes.iter().map(|change| change.etag.as_str()).collect();
        prop_assert_eq!(etags.len(), changes.len());
    }

    #[test]
    fn a_guests_copy_shows_what_the_organiser_shows(deeds in deeds()) {
        let mut play = Play::new(1);
        deeds.iter().flatten().for_each(|deed| play.act(deed));
        let copies = play.world.twin.events("bob@twin.test");
        for copy in copies.iter().filter(|copy| copy["organizer"]["email"] == ALICE) {
            let target = format!("/calendars/primary/events/{}", copy["id"].as_str().unwrap());
            let original = play.world.done("GET", &target, Value::Null);
            prop_assert_eq!(&copy["status"], &original["status"]);
            if copy["status"] == "cancelled" {
                // What a hole would be like if it were not one is nobody's business.
                continue;
            }
            for key in ["summary", "start", "end", "recurrence", "iCalUID", "attendees"] {
                prop_assert_eq!(shared(&copy[key]), shared(&original[key]), "{} of {}", key, copy["id"]);
            }
        }
    }
}

fn by_id(item: Value) -> (String, Value) {
    (item["id"].as_str().unwrap().to_owned(), item)
}

/// Of the guests only who they are: each copy knows its own answer best.
fn shared(value: &Value) -> Value {
    let mut value = value.clone();
    for guest in value.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        guest.retain(|key, _| key == "email");
    }
    value
}

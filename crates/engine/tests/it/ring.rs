//! Four providers in one person's life: what happens at any of them arrives through Concord at all the others, once, and then
//! it is quiet.

mod promises;

use std::sync::Arc;

use concord_engine::{connect, links};
use concord_model::Span;
use concord_model::link::Settings;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::door::{Door, Fuse, Gate};
use crate::notion::{Both, title};
use crate::served::{Manner, Served};
use crate::side::{On, Twin};
use crate::world::{google_times, span};

const FROM: &str = "2026-11-01T00:00:00Z";
const UNTIL: &str = "2027-06-01T00:00:00Z";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum At {
    Google,
    Outlook,
    CalDav,
    Notion,
}

const ALL: [At; 4] = [At::Google, At::Outlook, At::CalDav, At::Notion];

/// What takes place: when, what, where.
type Shown = (Timestamp, String, String);

/// Alice, with a calendar at each of them, all linked.
struct Ring {
    both: Both,
    outlook: Twin,
    server: Served,
}

/// Makes a test of each function, with each calendar server in the ring.
macro_rules! with_each_server {
    ($($name:ident,)*) => {
        $crate::ring::with_each_server!(@ plain: Plain; $($name,)*);
        $crate::ring::with_each_server!(@ icloud: Icloud; $($name,)*);
        $crate::ring::with_each_server!(@ radicale: Radicale; $($name,)*);
        $crate::ring::with_each_server!(@ xandikos: Xandikos; $($name,)*);
    };
    (@ $module:ident: $manner:ident; $($name:ident,)*) => {
        mod $module {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::ring::Ring::new($crate::served::Manner::$manner).await).await;
            })*
        }
    };
}
use with_each_server;

impl Ring {
    async fn new(manner: Manner) -> Ring {
        let mut both = Both::new().await;
        let outlook = Twin::new(On::Outlook, &both.world.clock);
        link(&mut both, &outlook, "primary").await;
        let server = Served::new(manner, &both.world.clock);
        link(&mut both, &Twin::Server(server.clone()), "primary").await;
        both.settle().await;
        Ring { both, outlook, server }
    }

    fn shown(&self, at: At) -> Vec<Shown> {
        let text = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
        let one = |event: &Value| {
            let start = event["start"]["dateTime"].as_str().or(event["start"]["date"].as_str());
            (instant(start.unwrap()), text(event, "summary"), text(event, "location"))
        };
        let page = |row: &Value| {
            let cells = &row["properties"];
            let start = instant(cells["Date"]["date"]["start"].as_str().unwrap());
            let location = cells["Location"]["rich_text"].as_array().unwrap().iter();
            (start, title(row), location.map(|piece| text(piece, "plain_text")).collect())
        };
        let mut all: Vec<Shown> = match at {
            At::Google => self.both.world.twin.shown("primary", FROM, UNTIL).iter().map(one).collect(),
            At::Outlook => self.outlook.shown("primary", FROM, UNTIL).iter().map(one).collect(),
            At::CalDav => self.server.shown(FROM, UNTIL).iter().map(one).collect(),
            At::Notion => self.both.rows().iter().map(page).collect(),
        };
        all.sort();
        all
    }

    /// What a person is called there who looks for something by its title.
    fn id(&self, at: At, named: &str) -> Value {
        let living = match at {
            At::Google => self.both.world.living("primary"),
            At::Outlook => self.outlook.living("primary"),
            At::CalDav => self.server.events(),
            At::Notion => return self.both.row(named)["id"].clone(),
        };
        let found = living.iter().find(|event| event["summary"] == named);
        found.unwrap_or_else(|| panic!("no {named} at {at:?}: {living:?}"))["id"].clone()
    }

    fn act(&self, at: At, mut body: Value) {
        match at {
            At::Notion => drop(self.both.person(body.take())),
            _ => body["calendar"] = json!("primary"),
        }
        if at == At::Notion {
            return;
        }
        self.both.world.advance(SignedDuration::from_secs(5));
        match at {
            At::Google => drop(self.both.world.twin.person(body)),
            At::Outlook => drop(self.outlook.person(body)),
            _ => drop(self.server.person(&body)),
        }
    }

    /// A person makes something there that lasts an hour.
    fn make(&self, at: At, when: &str, named: &str) {
        let fields = with_time(at, when, says(at, Some(named), None));
        self.act(at, json!({ "do": "create", "user": "alice", "fields": fields }));
    }

    fn change(&self, at: At, named: &str, fields: Value) {
        let id = self.id(at, named);
        self.act(at, json!({ "do": "change", "user": "alice", "id": id, "fields": fields }));
    }

    fn delete(&self, at: At, named: &str) {
        let id = self.id(at, named);
        self.act(at, json!({ "do": "delete", "user": "alice", "id": id }));
    }

    async fn everywhere(&self, expected: &[(&str, &str, &str)], about: &str) {
        self.both.settle().await;
        let expected: Vec<Shown> = expected
            .iter()
            .map(|(when, title, location)| (start(when), (*title).to_owned(), (*location).to_owned()))
            .collect();
        for at in ALL {
            assert_eq!(self.shown(at), expected, "at {at:?}: {about}");
        }
    }

    /// Nothing goes on any more.
    async fn is_quiet(&self) {
        let counted = |twin: &Twin| {
            twin.control("GET", "changes", &json!({})).unwrap()["changes"].as_array().unwrap().len()
        };
        let writes = || {
            let plain = counted(&self.both.world.twin) + counted(&self.outlook);
            plain + self.server.writes() + self.both.notion.changes(0).len()
        };
        let before = writes();
        for _ in 0..3 {
            self.both.settle().await;
        }
        assert_eq!(writes(), before, "it is written for ever");
    }
}

async fn link(both: &mut Both, twin: &Twin, calendar: &str) {
    let (fuse, gate) = (Arc::new(Fuse::default()), Arc::new(Gate::default()));
    let adapter = twin.provider(Arc::new(Door { twin: twin.clone(), fuse, gate }));
    both.world.engine.providers.insert(twin.id(), adapter);
    let (engine, workspace) = (&both.world.engine, both.world.workspace);
    let (id, login) = (twin.id(), twin.login());
    let account = connect::add(engine, workspace, both.world.alice, &id, login, None).await.unwrap();
    let calendar = twin.calendar(calendar);
    links::add(engine, workspace, account.id, &calendar, Settings::default()).await.unwrap();
}

/// When something begins; a whole day as if it were one of UTC.
fn instant(told: &str) -> Timestamp {
    told.parse().unwrap_or_else(|_| format!("{told}T00:00Z").parse().unwrap())
}

fn start(when: &str) -> Timestamp {
    let Span::Timed(timed) = span(when) else { unreachable!() };
    timed.start().instant()
}

/// A title and a place, in the words of each.
fn says(at: At, named: Option<&str>, place: Option<&str>) -> Value {
    let rich = |text: &str| json!([{ "text": { "content": text } }]);
    let mut fields = json!({});
    if let Some(named) = named {
        match at {
            At::Notion => fields["Name"] = json!({ "title": rich(named) }),
            _ => fields["summary"] = json!(named),
        }
    }
    if let Some(place) = place {
        match at {
            At::Notion => fields["Location"] = json!({ "rich_text": rich(place) }),
            _ => fields["location"] = json!(place),
        }
    }
    fields
}

fn with_time(at: At, when: &str, mut fields: Value) -> Value {
    let (from, until) = (start(when), start(when) + SignedDuration::from_hours(1));
    match at {
        At::Google | At::Outlook => (fields["start"], fields["end"]) = google_times(when),
        At::CalDav => {
            (fields["start"], fields["end"]) = (json!(from.to_string()), json!(until.to_string()));
        }
        At::Notion => {
            fields["Date"] = json!({ "date": { "start": from.to_string(), "end": until.to_string() } });
        }
    }
    fields
}

with_each_server! {
    ac_1_what_is_made_anywhere_reaches_all_and_an_edit_anywhere_returns_to_all,
    ac_2_edits_of_different_fields_at_all_of_them_at_once_merge,
    rules_21_a_series_is_one_at_three_of_them_and_its_occurrences_in_notion,
}

async fn ac_1_what_is_made_anywhere_reaches_all_and_an_edit_anywhere_returns_to_all(ring: Ring) {
    for made in ALL {
        let mut named = format!("Made in {made:?}");
        ring.make(made, "2026-11-10 10:00", &named);
        ring.everywhere(&[("2026-11-10 10:00", &named, "")], &named).await;
        for (day, at) in (11..).zip(ALL) {
            let (now, when) = (format!("{named}, seen in {at:?}"), format!("2026-11-{day} 15:00"));
            ring.change(at, &named, with_time(at, &when, says(at, Some(&now), None)));
            ring.everywhere(&[(&when, &now, "")], &now).await;
            named = now;
        }
        ring.is_quiet().await;
        // Whoever made it, the one after it takes it away.
        let place = ALL.iter().position(|at| *at == made).unwrap();
        ring.delete(ALL[(place + 1) % ALL.len()], &named);
        ring.everywhere(&[], "deleted").await;
    }
    ring.is_quiet().await;
}

async fn ac_2_edits_of_different_fields_at_all_of_them_at_once_merge(ring: Ring) {
    ring.make(At::Notion, "2026-11-10 10:00", "Lesson");
    ring.make(At::Google, "2026-11-20 10:00", "Other");
    ring.everywhere(&[("2026-11-10 10:00", "Lesson", ""), ("2026-11-20 10:00", "Other", "")], "made").await;
    ring.change(At::Outlook, "Lesson", says(At::Outlook, None, Some("Studio")));
    ring.change(At::CalDav, "Other", says(At::CalDav, None, Some("Hall")));
    ring.change(At::Google, "Lesson", with_time(At::Google, "2026-11-12 09:00", json!({})));
    ring.change(At::Notion, "Lesson", says(At::Notion, Some("Coaching"), None));
    ring.change(At::Notion, "Other", says(At::Notion, Some("Another"), None));
    let expected = [("2026-11-12 09:00", "Coaching", "Studio"), ("2026-11-20 10:00", "Another", "Hall")];
    ring.everywhere(&expected, "edited everywhere").await;
    ring.is_quiet().await;
}

async fn rules_21_a_series_is_one_at_three_of_them_and_its_occurrences_in_notion(ring: Ring) {
    ring.make(At::Google, "2026-11-10 10:00", "Class");
    let rule = json!({ "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3"] });
    ring.change(At::Google, "Class", rule);
    let days = ["2026-11-10 10:00", "2026-11-17 10:00", "2026-11-24 10:00"];
    ring.everywhere(&days.map(|day| (day, "Class", "")), "made in Google").await;

    let second = ring.both.rows().into_iter().find(|row| {
        let date = &row["properties"]["Date"]["date"]["start"];
        date.as_str().unwrap().starts_with("2026-11-17")
    });
    let id = second.unwrap()["id"].clone();
    ring.act(
        At::Notion,
        json!({ "do": "change", "id": id, "fields": says(At::Notion, Some("Special"), None) }),
    );
    ring.everywhere(
        &[(days[0], "Class", ""), (days[1], "Special", ""), (days[2], "Class", "")],
        "one in Notion",
    )
    .await;
    ring.act(At::Notion, json!({ "do": "delete", "id": id }));
    ring.everywhere(&[(days[0], "Class", ""), (days[2], "Class", "")], "one deleted in Notion").await;
    ring.change(At::Outlook, "Class", says(At::Outlook, Some("Lesson"), None));
    ring.everywhere(&[(days[0], "Lesson", ""), (days[2], "Lesson", "")], "all of it in Outlook").await;
    ring.is_quiet().await;
}

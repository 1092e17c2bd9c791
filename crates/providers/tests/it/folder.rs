//! A folder of files, on a disk that is not there: the contract, and what is a folder's own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use concord_model::observed::{Reading, State};
use concord_model::{CalendarId, ExternalId, Field, Original, Span, View};
use concord_providers::Answer;
use concord_providers::disk::{Deed, Disk, Done, Held, Listed, Trouble, Version};
use concord_providers::folder::Folder;
use concord_providers::provider::{Access, Login, Next, Provider};

use crate::contract::{self, Loss};

const FOLDER: &str = "/calendars/work";

/// Files in memory: each with its content and how often anything was written before it.
#[derive(Default)]
struct Shelf {
    files: BTreeMap<String, (u64, Bytes)>,
    writes: u64,
    trips: usize,
    loss: Option<(Loss, u32)>,
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Shelf>>);

impl Memory {
    fn with<T>(&self, with: impl FnOnce(&mut Shelf) -> T) -> T {
        with(&mut self.0.lock().unwrap())
    }

    fn put(&self, name: &str, text: &str) {
        self.with(|shelf| shelf.put(name, Bytes::copy_from_slice(text.as_bytes())));
    }
}

impl Shelf {
    fn put(&mut self, name: &str, content: Bytes) -> Version {
        self.writes += 1;
        self.files.insert(name.to_owned(), (self.writes, content));
        version(self.writes)
    }

    /// Counts a trip, and says what is lost of it.
    fn trip(&mut self) -> Option<Loss> {
        self.trips += 1;
        match self.loss.take() {
            Some((loss, 0)) => Some(loss),
            Some((loss, n)) => {
                self.loss = Some((loss, n - 1));
                None
            }
            None => None,
        }
    }

    fn act(&mut self, name: &str, deed: Deed) -> Done {
        match (self.files.get(name).map(|(n, _)| version(*n)), deed) {
            (Some(_), Deed::Make(_)) => Done::Exists,
            (None, Deed::Make(content)) => Done::There(self.put(name, content), None),
            (None, Deed::Replace(..) | Deed::Remove(_)) => Done::Gone,
            (Some(there), Deed::Replace(named, _) | Deed::Remove(named)) if there != named => Done::Stale,
            (Some(_), Deed::Replace(_, content)) => Done::There(self.put(name, content), None),
            (Some(_), Deed::Remove(_)) => {
                self.files.remove(name);
                Done::Gone
            }
        }
    }
}

fn version(n: u64) -> Version {
    Version(n.to_string())
}

fn trouble() -> Trouble {
    Trouble::Other("the disk had trouble".to_owned())
}

#[async_trait]
impl Disk for Memory {
    async fn list(&self, folder: &str) -> Result<Vec<Listed>, Trouble> {
        self.with(|shelf| {
            if folder != FOLDER {
                return Err(Trouble::NoFolder);
            }
            if shelf.trip().is_some() {
                return Err(trouble());
            }
            let listed = |(name, (n, _)): (&String, &(u64, Bytes))| Listed {
                name: name.clone(),
                version: version(*n),
            };
            Ok(shelf.files.iter().map(listed).collect())
        })
    }

    async fn read(&self, _folder: &str, names: &[String]) -> Vec<Result<Option<Held>, Trouble>> {
        self.with(|shelf| {
            let lost = shelf.trip().is_some();
            let held = |name: &String| {
                let (n, content) = shelf.files.get(name)?;
                Some(Held { version: version(*n), modified_at: None, content: content.clone() })
            };
            names.iter().map(|name| if lost { Err(trouble()) } else { Ok(held(name)) }).collect()
        })
    }

    async fn act(&self, _folder: &str, deeds: Vec<(String, Deed)>) -> Vec<Result<Done, Trouble>> {
        self.with(|shelf| {
            let loss = shelf.trip();
            let act = |(name, deed): (String, Deed)| match loss {
                Some(Loss::Request | Loss::Trouble) => Err(trouble()),
                Some(_) => {
                    shelf.act(&name, deed);
                    Err(trouble())
                }
                None => Ok(shelf.act(&name, deed)),
            };
            deeds.into_iter().map(act).collect()
        })
    }
}

struct World {
    memory: Memory,
    folder: Folder,
}

impl World {
    fn new() -> World {
        let memory = Memory::default();
        World { folder: Folder::new(Arc::new(memory.clone())), memory }
    }
}

fn file(name: &str, title: &str, start: &str, more: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Else//EN\r\nBEGIN:VEVENT\r\nUID:{name}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART;TZID=Europe/Berlin:{start}\r\nDURATION:PT1H\r\nSUMMARY:{title}\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

impl contract::World for World {
    fn provider(&self) -> &dyn Provider {
        &self.folder
    }
    fn access(&self) -> Access {
        let now = "2026-11-20T10:00:00Z".parse().unwrap();
        Access { site: Some(FOLDER.to_owned()), ..Access::new("-", now) }
    }
    fn calendar(&self) -> CalendarId {
        CalendarId::from(FOLDER)
    }
    fn other_calendar(&self) -> CalendarId {
        CalendarId::from("/calendars/other")
    }
    fn person_creates(&self, title: &str, span: &Span) -> ExternalId {
        let Span::Timed(timed) = span else { panic!("the tests make timed events") };
        let start = timed.start().wall().strftime("%Y%m%dT%H%M%S").to_string();
        self.memory.put("theirs.ics", &file("theirs@else", title, &start, ""));
        ExternalId::from("theirs.ics")
    }
    fn person_retitles(&self, id: &ExternalId, title: &str) {
        let text = self.memory.with(|shelf| String::from_utf8(shelf.files[id.as_str()].1.to_vec()).unwrap());
        let lines = text.split_inclusive("\r\n");
        let new = |line: &str| {
            if line.starts_with("SUMMARY") { format!("SUMMARY:{title}\r\n") } else { line.to_owned() }
        };
        self.memory.put(id.as_str(), &lines.map(new).collect::<String>());
    }
    fn person_deletes(&self, id: &ExternalId) {
        self.memory.with(|shelf| drop(shelf.files.remove(id.as_str())));
    }
    fn titles(&self) -> Vec<String> {
        let title = |content: &Bytes| {
            let text = String::from_utf8(content.to_vec()).unwrap();
            text.lines().find_map(|line| line.strip_prefix("SUMMARY:")).unwrap_or_default().to_owned()
        };
        self.memory.with(|shelf| shelf.files.values().map(|(_, content)| title(content)).collect())
    }
    fn lose(&self, loss: Loss, skip: u32) {
        self.memory.with(|shelf| shelf.loss = Some((loss, skip)));
    }
    fn end_cursors(&self) {}
    fn end_keys(&self) {}
    fn mails(&self) -> usize {
        0
    }
    fn trips(&self) -> usize {
        self.memory.with(|shelf| shelf.trips)
    }
    fn remembers_what_was_deleted(&self) -> bool {
        false
    }
    fn trips_of_a_read(&self) -> u32 {
        1
    }
}

// Nobody signs in to a folder, and it tells that something changed, not what: the rest of the contract is not its.
contract::contract!(@ World::new();
    what_is_made_is_read_as_it_was_meant,
    making_it_twice_makes_one,
    a_lost_request_or_answer_leaves_no_double,
    a_change_touches_only_its_fields,
    a_change_on_an_old_version_is_refused,
    what_is_deleted_is_gone_and_stays_so,
    a_quiet_calendar_is_one_call_and_no_news,
    many_writes_go_together_and_each_has_its_own_fate,
    events_are_found_by_their_name,
    nobody_is_told_by_mail,
);

async fn changes(
    world: &World,
    from: Option<&concord_model::Cursor>,
) -> Result<concord_providers::provider::Page, Answer> {
    use contract::World as _;
    world.folder.changes(&world.access(), &world.calendar(), from).await
}

#[tokio::test]
async fn that_a_file_is_another_is_told_and_that_nothing_changed_is_told_without_reading() {
    let world = World::new();
    world.memory.put("a.ics", &file("a@else", "A", "20261124T100000", ""));
    let page = changes(&world, None).await.unwrap();
    let Next::Done(cursor) = page.next else { panic!("{:?}", page.next) };
    assert!(page.items.iter().all(|item| item.state == State::Unread) && page.items.len() == 1);
    assert_eq!(changes(&world, Some(&cursor)).await.unwrap().next, Next::Done(cursor.clone()));
    world.memory.put("a.ics", &file("a@else", "A", "20261124T100000", ""));
    assert_eq!(changes(&world, Some(&cursor)).await.unwrap().next, Next::Everything);
}

#[tokio::test]
async fn a_file_is_handed_on_as_it_is_and_changed_by_its_lines() {
    let (here, there) = (World::new(), World::new());
    let text = file("a@else", "A", "20261124T100000", "X-MINE;P=1:two\r\nCATEGORIES:x,y\r\n");
    here.memory.put("a.ics", &text);
    let id = ExternalId::from("a.ics");
    let known = contract::theirs(&here, &id).await;
    assert_eq!(known.view.original, Some(Original::of(&text)));
    let create = |view: View| match contract::create(&there, 1, view) {
        concord_providers::provider::Write::Create { id, mark, view, fields, .. } => {
            concord_providers::provider::Write::Create {
                id,
                uid: "a@else".to_owned(),
                mark,
                view,
                fields,
                was: None,
            }
        }
        other => other,
    };
    let write = create(known.view.clone());
    let concord_providers::provider::Write::Create { id: copy, .. } = &write else {
        unreachable!("it is a create")
    };
    let copy = copy.clone();
    let made = contract::made(contract::write(&there, write).await.unwrap(), None);
    let content = |world: &World, id: &ExternalId| {
        world.memory.with(|shelf| String::from_utf8(shelf.files[id.as_str()].1.to_vec()).unwrap())
    };
    assert_eq!(content(&there, &copy), text);

    // The text goes along with what it says; where the view says something else, it is made to.
    let changed = text.replace("SUMMARY:A", "SUMMARY:B").replace("P=1:two", "P=1:three");
    let mut after = View { title: "B".to_owned(), ..made.view.clone() };
    after.original = Some(Original::of(&changed));
    let known = contract::change(&there, &copy, &made, after.clone()).await;
    assert_eq!(content(&there, &copy), changed);
    after.original = known.view.original.clone();
    after.location = "Studio".to_owned();
    contract::change(&there, &copy, &known, after).await;
    let last = content(&there, &copy);
    assert!(
        last.contains("LOCATION:Studio") && last.contains("X-MINE;P=1:three") && last.contains("SUMMARY:B"),
        "{last}"
    );
    assert!(there.folder.capabilities().fields.has(Field::Original));
}

#[tokio::test]
async fn a_file_with_several_events_is_told_and_one_with_none_is_nothing() {
    let world = World::new();
    let one = |name: &str| file(name, "A", "20261124T100000", "");
    let both = one("a@else").replace("END:VCALENDAR\r\n", "")
        + one("b@else").split_once("EN\r\n").map_or("", |(_, rest)| rest);
    world.memory.put("two.ics", &both);
    world.memory.put("task.ics", &one("c@else").replace("VEVENT", "VTODO"));
    let Reading::Present(items) = contract::reading(&world, &ExternalId::from("two.ics")).await else {
        panic!("it is there")
    };
    assert!(matches!(&items[0].state, State::Odd(why) if why.contains("2 events")), "{items:?}");
    assert_eq!(contract::reading(&world, &ExternalId::from("task.ics")).await, Reading::Missing);
}

#[tokio::test]
async fn only_the_operator_names_a_folder_and_it_has_to_be_there() {
    let world = World::new();
    let now = "2026-11-20T10:00:00Z".parse().unwrap();
    let login =
        |address: &str, trusted| Login { address: Some(address.to_owned()), trusted, ..Login::token("-") };
    let refused = async |login: Login| world.folder.enter(&login, now).await.err();
    assert!(matches!(refused(login(FOLDER, false)).await, Some(Answer::Misconfigured { .. })));
    assert!(matches!(refused(login("relative", true)).await, Some(Answer::Misconfigured { .. })));
    assert_eq!(refused(login("/calendars/none", true)).await, Some(Answer::CalendarGone));
    assert_eq!(refused(login(FOLDER, true)).await, None);
}

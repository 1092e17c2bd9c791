//! What is there: changes page by page, pages read directly, pages looked for by their names.
//!
//! A query leaves out without a word what lies in the trash, was put away, moved or is not shared any more (trap 5). So what
//! it lacks is never told as gone. What lies in the trash is searched for beside it, as far as the search knows (its index
//! is late and not whole, trap 20); the rest is found when all is listed. Asked about a page, Notion tells four things
//! apart: it lies in the trash, or in another table (gone from here); it was put away (still there); it cannot be seen,
//! which proves nothing (I-01).

use std::collections::BTreeMap;

use concord_model::link::Holds;
use concord_model::observed::{Item, Reading};
use concord_model::{CalendarId, Cursor, ExternalId};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::calls::{self, Line};
use super::columns::Layout;
use super::convert::{self, Seen, Told, note};
use super::cursor::{Place, Walk};
use super::{answers, wire};
use crate::answer::Answer;
use crate::provider::{self, Calendar, Next};

/// The most pages of a list that is read at one go.
const MOST_PAGES: usize = 100;
/// How many texts are looked for in one query.
const TEXTS: usize = 50;

/// The way to one table for the length of one call.
pub(super) struct Desk<'a> {
    pub(super) line: &'a Line<'a>,
    pub(super) calendar: &'a CalendarId,
}

/// A page as Notion sent it, and what it says.
pub(super) struct Sent {
    pub(super) page: wire::Page,
    pub(super) layout: Layout,
    pub(super) told: Told,
    seen: Seen,
}

impl Sent {
    pub(super) fn item(&self) -> Item {
        convert::item(&self.page, &self.told, self.seen)
    }
}

/// What a direct read found.
pub(super) enum Found {
    There(Box<Sent>),
    /// In the trash, or in another table.
    Away,
    /// Nothing of that name, of ours.
    Nothing,
}

/// The tables that can be calendars: those with dates.
pub(super) async fn calendars(line: &Line<'_>) -> Result<Vec<Calendar>, Answer> {
    let mut calendars = Vec::new();
    for raw in everything(line, "data_source").await? {
        let Some(table) = wire::Table::read(&raw) else { continue };
        let dated = table.columns.iter().any(|column| column.kind == "date");
        if dated && !table.in_trash {
            let (id, name) = (CalendarId(table.id), table.title);
            calendars.push(Calendar { id, name, zone: None, writable: true, primary: false });
        }
    }
    Ok(calendars)
}

/// The tables at an address that a person copied: of a database, or of a table in it. Its last id is the one that is meant;
/// what follows in the query is a view.
pub(super) async fn calendars_at(line: &Line<'_>, address: &str) -> Result<Vec<Calendar>, Answer> {
    let Some(id) = id_in(address) else {
        return Err(answers::rejected("this is not the address of a database in Notion"));
    };
    let there = |answer: Answer| match answer {
        Answer::CalendarGone => Ok(None),
        answer => Err(answer),
    };
    let found = match line.ask(&calls::table(&id)).await {
        Ok(heard) => Some(vec![heard.table()?]),
        Err(refused) => there(refused.answer)?,
    };
    let tables = match found {
        Some(tables) => tables,
        None => match line.ask(&calls::database(&id)).await {
            Ok(heard) => tables_of(line, &heard.read()?).await?,
            Err(refused) => there(refused.answer)?.unwrap_or_default(),
        },
    };
    let tables: Vec<_> = tables.into_iter().filter(|table| !table.in_trash).collect();
    if tables.is_empty() {
        return Err(answers::rejected(
            "no database is at this address, or it is not shared with the connection: in Notion, choose the connection under \
             ••• → Connections",
        ));
    }
    let calendar = |table: wire::Table| Calendar {
        id: CalendarId(table.id),
        name: table.title,
        zone: None,
        writable: true,
        primary: false,
    };
    Ok(tables.into_iter().map(calendar).collect())
}

async fn tables_of(line: &Line<'_>, database: &Value) -> Result<Vec<wire::Table>, Answer> {
    let sources = database.get("data_sources").and_then(Value::as_array).into_iter().flatten();
    let mut tables = Vec::new();
    for id in sources.filter_map(|source| source.get("id")?.as_str()).take(MOST_PAGES) {
        tables.push(line.ask(&calls::table(id)).await?.table()?);
    }
    Ok(tables)
}

/// The last id that an address has in its path, with or without dashes.
fn id_in(address: &str) -> Option<String> {
    let path = address.trim().split(['?', '#']).next()?;
    path.rsplit('/').find_map(|part| {
        let bare: String = part.chars().filter(|c| *c != '-').collect();
        // A name stands before it, whose last letters could be digits, too.
        let id = bare.get(bare.len().checked_sub(32)?..)?;
        id.chars().all(|c| c.is_ascii_hexdigit()).then(|| wire::normal(&id.to_ascii_lowercase()))
    })
}

/// All of a kind that is shared with the connection, as far as the search knows.
pub(super) async fn everything(line: &Line<'_>, kind: &str) -> Result<Vec<Value>, Answer> {
    let (mut all, mut place) = (Vec::new(), None::<String>);
    for _ in 0..MOST_PAGES {
        let (list, _) = line.list(&calls::search(kind, false, place.as_deref())).await?;
        all.extend(list.results);
        match list.next_cursor.filter(|_| list.has_more) {
            Some(next) => place = Some(next),
            None => return Ok(all),
        }
    }
    Err(Answer::Transient(format!("Notion's search has more than {MOST_PAGES} pages")))
}

impl Desk<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.line.access.now
    }

    fn seen(&self, ahead: SignedDuration) -> Seen {
        Seen { now: self.now(), ahead }
    }

    /// The table with its columns, if it is there.
    pub(super) async fn table(&self) -> Result<wire::Table, Answer> {
        let table = self.line.ask(&calls::table(self.calendar.as_str())).await?.table()?;
        if table.in_trash { Err(Answer::CalendarGone) } else { Ok(table) }
    }

    fn sent(&self, page: wire::Page, ahead: SignedDuration) -> Result<Sent, Answer> {
        let layout = Layout::of_page(&self.line.access.columns, &page)?;
        let told = convert::told(&layout, &page, self.line.access.subject.as_deref());
        Ok(Sent { page, layout, told, seen: self.seen(ahead) })
    }

    /// Reads the answer about one page.
    pub(super) fn answered(&self, heard: &calls::Heard) -> Result<Sent, Answer> {
        self.sent(heard.page()?, heard.ahead)
    }

    // --- changes

    /// One page of changes.
    pub(super) async fn changes(&self, from: Option<&Cursor>) -> Result<provider::Page, Answer> {
        let mut place = match from {
            Some(cursor) => Place::read(self.calendar, cursor)?,
            None => {
                // What was chosen and is gone is found out before anything is read without it.
                Layout::of_table(&self.line.access.columns, &self.table().await?)?;
                Place::beginning(self.calendar)
            }
        };
        let timestamp = match place.walk {
            Walk::All => "created_time",
            Walk::News => "last_edited_time",
        };
        let filter = place.since.map(|since| calls::since(timestamp, since));
        let call = calls::query(self.calendar.as_str(), filter, Some(timestamp), place.page.as_deref());
        let (list, ahead) = self.line.list(&call).await?;
        let theirs = self.now().saturating_sub(ahead).unwrap_or(self.now());
        place.began.get_or_insert(theirs);

        let mut items: Vec<Item> = Vec::new();
        let mut last = None;
        for raw in &list.results {
            // Some tables hold other tables among their rows.
            let Some(page) = wire::Page::read(raw) else { continue };
            let edited = page.edited.unwrap_or(theirs);
            last = if place.walk == Walk::All { page.created } else { page.edited };
            let sent = self.sent(page, ahead)?;
            if place.is_news(&sent.page.id, &sent.told.version, edited) && sent.told.is_event() {
                items.push(sent.item());
            }
        }
        let cut_off = list.is_cut_off();
        let next = match (list.has_more, list.next_cursor) {
            (true, Some(next)) => Next::More(place.turn(next)?.into()),
            (true, None) => {
                return Err(Answer::Transient("Notion's list has neither a page nor an end".to_owned()));
            }
            (false, _) if cut_off => Next::More(place.go_on(last)?.into()),
            (false, _) => {
                if place.walk == Walk::News {
                    items.extend(self.trashed(&mut place).await?);
                }
                Next::Done(place.over(theirs).into())
            }
        };
        Ok(provider::Page { items: once(items, self.line.access.subject.is_some()), next })
    }

    /// What was put into the trash since the last look, as far as the search knows.
    async fn trashed(&self, place: &mut Place) -> Result<Vec<Item>, Answer> {
        let list = match self.line.list(&calls::search("page", true, None)).await {
            Ok((list, _)) => list,
            // It helps, and nothing depends on it.
            Err(Answer::Rejected { .. }) => return Ok(Vec::new()),
            Err(answer) => return Err(answer),
        };
        let mut gone = Vec::new();
        for page in list.results.iter().filter_map(wire::Page::read) {
            let here = page.source.as_deref() == Some(self.calendar.as_str());
            let (Some(from), Some(edited)) = (place.from, page.edited) else { continue };
            let recent = page.in_trash && edited >= from;
            if here && recent && place.is_news(&page.id, &"trash".into(), edited) {
                gone.push(convert::gone(&page.id));
            }
        }
        Ok(gone)
    }

    // --- reading

    /// Pages, one answer for each id, in order.
    pub(super) async fn read(&self, ids: &[ExternalId]) -> Vec<Result<Reading, Answer>> {
        let found = self.fetch(ids).await;
        let reading = |(id, found): (&ExternalId, Result<Found, Answer>)| {
            Ok(match found? {
                Found::Away => Reading::Deleted,
                Found::Nothing => Reading::Missing,
                Found::There(sent) => {
                    let made_as = note::is_name(id).then(|| id.clone());
                    let item = sent.item();
                    Reading::Present(vec![Item { made_as: made_as.or(item.made_as.clone()), ..item }])
                }
            })
        };
        ids.iter().zip(found).map(reading).collect()
    }

    /// What is asked for under a name of ours is looked for by it, all in one query; pages are read one by one.
    async fn fetch(&self, ids: &[ExternalId]) -> Vec<Result<Found, Answer>> {
        let names: Vec<&str> = ids.iter().filter(|id| note::is_name(id)).map(ExternalId::as_str).collect();
        let mut named = self.named(&names, None).await;
        let mut found = Vec::with_capacity(ids.len());
        let mut stop = named.as_ref().err().and_then(Answer::of_calendar);
        for id in ids {
            let one = match (&stop, &mut named) {
                (Some(answer), _) => Err(answer.clone()),
                (None, Ok(named)) if note::is_name(id) => Ok(match named.remove(id) {
                    Some(sent) => Found::There(Box::new(sent)),
                    None => Found::Nothing,
                }),
                (None, Err(answer)) if note::is_name(id) => Err(answer.clone()),
                (None, _) => self.page(id.as_str()).await,
            };
            stop = one.as_ref().err().and_then(Answer::of_calendar);
            found.push(one);
        }
        found
    }

    /// One page, directly.
    pub(super) async fn page(&self, id: &str) -> Result<Found, Answer> {
        let heard = match self.line.ask(&calls::page(id)).await {
            Ok(heard) => heard,
            Err(refused) => {
                return Err(match refused.answer {
                    // Not shared any more, or gone for good: nobody knows, so nothing is concluded (trap 20).
                    Answer::Gone => answers::rejected(
                        "Notion does not show the page any more: it is not shared with the connection, or gone for good",
                    ),
                    answer => answer,
                });
            }
        };
        let page = heard.page()?;
        if page.in_trash || page.source.as_deref() != Some(self.calendar.as_str()) {
            return Ok(Found::Away);
        }
        Ok(Found::There(Box::new(self.sent(page, heard.ahead)?)))
    }

    /// Living pages by the names under which they were asked for. Of several with one name it is the oldest.
    pub(super) async fn named(
        &self,
        names: &[&str],
        column: Option<&str>,
    ) -> Result<BTreeMap<ExternalId, Sent>, Answer> {
        let mut found: BTreeMap<ExternalId, Sent> = BTreeMap::new();
        for sent in self.noted(names, column).await? {
            let Some(note) = &sent.told.note else { continue };
            if !names.contains(&note.name.as_str()) {
                continue;
            }
            let older =
                |known: &Sent| (known.page.created, &known.page.id) <= (sent.page.created, &sent.page.id);
            if !found.get(&note.name).is_some_and(older) {
                found.insert(note.name.clone(), sent);
            }
        }
        Ok(found)
    }

    /// Living pages in whose note one of these texts is.
    async fn noted(&self, texts: &[&str], column: Option<&str>) -> Result<Vec<Sent>, Answer> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let chosen = self.line.access.columns.0.get(&Holds::Note).map(|column| column.id.as_str());
        if let Some(column) = column.or(chosen) {
            match self.noted_in(texts, column).await {
                // A person took the column away, and another one may be there.
                Err(Answer::Rejected { .. }) => {}
                found => return found,
            }
        }
        let note = Layout::of_table(&self.line.access.columns, &self.table().await?)?.note;
        match note {
            Some(column) => self.noted_in(texts, &column).await,
            None => Ok(Vec::new()),
        }
    }

    async fn noted_in(&self, texts: &[&str], column: &str) -> Result<Vec<Sent>, Answer> {
        let mut all = Vec::new();
        for texts in texts.chunks(TEXTS) {
            let mut place: Option<String> = None;
            for turn in 0.. {
                if turn == MOST_PAGES {
                    return Err(Answer::Transient(format!("Notion's list has more than {MOST_PAGES} pages")));
                }
                let filter = calls::holds_one(column, texts);
                let call = calls::query(self.calendar.as_str(), Some(filter), None, place.as_deref());
                let (list, ahead) = self.line.list(&call).await?;
                for page in list.results.iter().filter_map(wire::Page::read) {
                    all.push(self.sent(page, ahead)?);
                }
                match list.next_cursor.filter(|_| list.has_more) {
                    Some(next) => place = Some(next),
                    None => break,
                }
            }
        }
        Ok(all)
    }

    /// Living pages by their names in the world.
    pub(super) async fn find(&self, uids: &[String]) -> Result<BTreeMap<String, Vec<Item>>, Answer> {
        let mut found: BTreeMap<String, Vec<Item>> = BTreeMap::new();
        let mut ours = Vec::new();
        for uid in uids {
            let Some(id) = convert::page_of(uid) else {
                ours.push(uid.as_str());
                continue;
            };
            match self.page(id).await {
                Ok(Found::There(sent)) if sent.told.note.is_none() => {
                    found.insert(uid.clone(), vec![sent.item()]);
                }
                Ok(_) | Err(Answer::Rejected { .. }) => {}
                Err(answer) => return Err(answer),
            }
        }
        for sent in self.noted(&ours, None).await? {
            let uid = sent.told.note.as_ref().map(|note| note.uid.clone());
            if let Some(uid) = uid.filter(|uid| ours.contains(&uid.as_str())) {
                found.entry(uid).or_default().push(sent.item());
            }
        }
        Ok(found)
    }
}

/// Every page once, the last word about it. Where nobody knows who we are, one of two pages with the same name of ours may be a
/// copy that a person made: then the name is that of the page that was made first.
fn once(items: Vec<Item>, are_known: bool) -> Vec<Item> {
    let (mut all, mut places) = (Vec::<Item>::new(), BTreeMap::new());
    let mut names = BTreeMap::new();
    for mut item in items {
        let id = item.id.clone();
        item.made_as = item
            .made_as
            .take()
            .filter(|name| are_known || *names.entry(name.clone()).or_insert_with(|| id.clone()) == id);
        match places.get(&id) {
            Some(place) => all[*place] = item,
            None => {
                places.insert(id, all.len());
                all.push(item);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::id_in;

    #[test]
    fn the_id_of_a_database_is_found_in_whatever_form_its_address_has() {
        let check = |address: &str, found: bool| {
            let id = found.then(|| "0a1b2c3d-0000-4000-8000-00000000abcd".to_owned());
            assert_eq!(id_in(address), id, "{address}");
        };
        let bare = "0a1b2c3d00004000800000000000abcd";
        check(
            &format!(
                "https://www.notion.so/studio/Bookings-of-May-{bare}?v=11112222333344445555666677778888"
            ),
            true,
        );
        check(&format!("https://app.notion.com/p/{bare}#x"), true);
        check(&format!(" https://www.notion.so/{}/ ", bare.to_uppercase()), true);
        check("0a1b2c3d-0000-4000-8000-00000000abcd", true);
        check("https://www.notion.so/studio/Bookings", false);
        check("https://example.org/?id=0a1b2c3d00004000800000000000abcd", false);
        check("", false);
        check("ü".repeat(40).as_str(), false);
    }
}

//! How writes become calls: read, compare, write, and look at the answer again.
//!
//! Nothing in Notion makes a write conditional, so a page is read just before it is changed, and only the cells that differ
//! are written. Whoever writes to the same page in the tenths of a second between shows in the answer, and nothing is
//! claimed to be agreed then. A page is looked for by its name before it is made; an answer of trouble that names what was
//! made is believed after another look (trap 8).

use std::collections::BTreeMap;

use concord_model::link::{Column, Columns, Holds};
use concord_model::observed::{Item, Versions};
use concord_model::{CalendarId, ExternalId, FieldSet, Mark, View};
use serde_json::{Map, Value, json};

use super::calls;
use super::columns::{self, Layout, NOTE};
use super::convert;
use super::convert::note::{self, Note};
use super::convert::time::Zones;
use super::pull::{Desk, Found, Sent, everything};
use super::{answers, wire};
use crate::answer::Answer;
use crate::notion::calls::Line;
use crate::provider::{Calendar, Write, Written};

/// How many pages are read together: one by one, well within the time of a call.
pub(super) const TOGETHER: usize = 10;

/// What the writes of one call have in common, each looked at when it is first needed.
#[derive(Default)]
struct Shared {
    table: Option<wire::Table>,
    /// What is there already under the names of what is to be made.
    there: Option<BTreeMap<ExternalId, ExternalId>>,
}

/// Carries out writes. One answer for each, in order. What is refused for a reason that holds for all is not tried again.
pub(super) async fn write(desk: &Desk<'_>, writes: &[Write]) -> Vec<Result<Written, Answer>> {
    let mut shared = Shared::default();
    let mut answers: Vec<Result<Written, Answer>> = Vec::with_capacity(writes.len());
    let mut stop: Option<Answer> = None;
    for write in writes {
        let answer = match &stop {
            Some(stop) => Err(stop.clone()),
            None => one(desk, write, writes, &mut shared).await,
        };
        stop = stop.or(answer.as_ref().err().and_then(Answer::of_calendar));
        answers.push(answer);
    }
    answers
}

async fn one(desk: &Desk<'_>, write: &Write, all: &[Write], shared: &mut Shared) -> Result<Written, Answer> {
    match write {
        Write::Create { id, uid, mark, view, fields, was } => {
            if !note::is_name(id) {
                // It was made before, and Notion has given it a name since.
                return Err(Answer::Exists);
            }
            let was = was.as_ref().filter(|was| !note::is_name(was));
            create(desk, New { id, uid, mark, view, fields: *fields, was }, all, shared).await
        }
        Write::Update { id, versions, before, after, fields } => {
            update(desk, Change { id, versions, before, after, fields: *fields }, shared).await
        }
        Write::Delete { id, versions } => delete(desk, id, versions).await,
    }
}

/// What is to be made.
#[derive(Clone, Copy)]
struct New<'a> {
    id: &'a ExternalId,
    uid: &'a str,
    mark: &'a Mark,
    view: &'a View,
    fields: FieldSet,
    /// The page that it was, if it was one.
    was: Option<&'a ExternalId>,
}

async fn create(
    desk: &Desk<'_>,
    new: New<'_>,
    all: &[Write],
    shared: &mut Shared,
) -> Result<Written, Answer> {
    let table = shared.table(desk).await?.clone();
    let layout = Layout::of_table(&desk.line.access.columns, &table)?;
    let Some(column) = layout.note.clone() else {
        add_note_column(desk, shared).await?;
        return Box::pin(create(desk, new, all, shared)).await;
    };
    if shared.is_there(desk, all, new.id, &column).await? {
        return Err(Answer::Exists);
    }
    let note = Note {
        name: new.id.clone(),
        mark: new.mark.clone(),
        written_at: desk.now(),
        page: None,
        zones: Zones::of(&new.view.time.span),
        uid: new.uid.to_owned(),
    };
    if let Some(was) = new.was
        && let Some(written) = put_back(desk, was, new, &table, (&column, &note)).await?
    {
        return Ok(written);
    }
    let cells = convert::new_cells(&layout, &table, new.view, new.fields, (&column, &note))
        .map_err(answers::rejected)?;
    let sent = match desk.line.ask(&calls::create(desk.calendar.as_str(), cells)).await {
        Ok(heard) => desk.answered(&heard).map_err(Answer::in_part)?,
        // Who is asked to wait looks at nothing more.
        Err(refused) if refused.answer.of_calendar().is_some() => return Err(refused.answer),
        Err(refused) => match refused.committed {
            // It was made all the same, and its name is told.
            Some(id) => match desk.page(&id).await {
                Ok(Found::There(sent)) => *sent,
                _ => return Err(refused.answer),
            },
            None => return Err(refused.answer),
        },
    };
    if let Some(there) = &mut shared.there {
        there.insert(new.id.clone(), ExternalId(sent.page.id.clone()));
    }
    Ok(Written::There(vec![Item { made_as: Some(new.id.clone()), ..sent.item() }]))
}

/// Puts a page back that lies in the trash, with what it shall say now and its new name, all in one call. `None` where it does
/// not lie there, or cannot be put back: then another is made.
async fn put_back(
    desk: &Desk<'_>,
    was: &ExternalId,
    new: New<'_>,
    table: &wire::Table,
    (column, note): (&str, &Note),
) -> Result<Option<Written>, Answer> {
    let page = match desk.line.ask(&calls::page(was.as_str())).await {
        Ok(heard) => heard.page()?,
        Err(refused) if matches!(refused.answer, Answer::Gone | Answer::Rejected { .. }) => return Ok(None),
        Err(refused) => return Err(refused.answer),
    };
    if page.source.as_deref() != Some(desk.calendar.as_str()) {
        return Ok(None);
    }
    let layout = Layout::of_page(&desk.line.access.columns, &page)?;
    if !page.in_trash {
        // It was put back for us already, and the queries are late.
        let known = convert::note_of(&layout, &page).is_some_and(|note| note.name == *new.id);
        return if known { Err(Answer::Exists) } else { Ok(None) };
    }
    // What cannot be read is written whole, like a new one.
    let before = convert::told(&layout, &page, None).view.ok();
    let mut cells = convert::cells(&layout, Some(table), before.as_ref(), new.view, new.fields)
        .map_err(answers::rejected)?;
    // A person may have made it, so the note says of which page it is.
    let note = Note { page: Some(page.id.clone()), ..note.clone() };
    cells.insert(column.to_owned(), convert::note_cell(&note));
    let made = match desk.line.ask(&calls::put_back(was.as_str(), cells)).await {
        Ok(heard) => desk.answered(&heard).map_err(Answer::in_part)?,
        Err(refused) => match refused.answer {
            Answer::Gone | Answer::Rejected { read_only: false, .. } => return Ok(None),
            answer => return Err(answer),
        },
    };
    if made.page.in_trash {
        return Err(Answer::Unknown("it was put into the trash at the same time".to_owned()));
    }
    Ok(Some(Written::There(vec![Item { made_as: Some(new.id.clone()), ..made.item() }])))
}

/// What is to be changed.
#[derive(Clone, Copy)]
struct Change<'a> {
    id: &'a ExternalId,
    versions: &'a Versions,
    before: &'a View,
    after: &'a View,
    fields: FieldSet,
}

async fn update(desk: &Desk<'_>, change: Change<'_>, shared: &mut Shared) -> Result<Written, Answer> {
    let there = current(desk, change.id, change.versions).await?;
    let Ok(now) = &there.told.view else { return Err(Answer::Stale) };
    let table = match convert::needs_choices(Some(change.before), change.after, change.fields) {
        true => Some(shared.table(desk).await?),
        false => None,
    };
    let mut cells = convert::cells(&there.layout, table, Some(change.before), change.after, change.fields)
        .map_err(answers::rejected)?;
    zones(&mut cells, &there, &change);
    if cells.is_empty() {
        return Ok(Written::There(vec![there.item()]));
    }
    let heard =
        desk.line.ask(&calls::change(change.id.as_str(), cells.clone())).await.map_err(Answer::from)?;
    let made = desk.answered(&heard).map_err(Answer::in_part)?;
    if made.page.in_trash {
        return Err(Answer::Unknown("it was put into the trash at the same time".to_owned()));
    }
    let Ok(view) = &made.told.view else {
        return Err(Answer::Unknown("what became of it cannot be understood".to_owned()));
    };
    // Somebody else's change came in between, or ours was left out without a word.
    let meant = now.differing(change.after).and(change.fields.and(convert::WRITABLE));
    if !now.differing(view).minus(meant).is_empty() {
        return Err(Answer::Unknown("somebody changed it at the same time".to_owned()));
    }
    Ok(Written::There(vec![made.item()]))
}

/// The note tells the zones of a time; it is written with it.
fn zones(cells: &mut Map<String, Value>, there: &Sent, change: &Change<'_>) {
    if change.before.time == change.after.time || !change.fields.has(concord_model::Field::Time) {
        return;
    }
    let known = convert::note_of(&there.layout, &there.page);
    let (Some(column), Some(note)) = (&there.layout.note, known) else { return };
    let after = note.clone().at(&change.after.time.span);
    if after != note {
        cells.insert(column.clone(), convert::note_cell(&after));
    }
}

async fn delete(desk: &Desk<'_>, id: &ExternalId, versions: &Versions) -> Result<Written, Answer> {
    match current(desk, id, versions).await {
        Ok(_) => {}
        Err(Answer::Gone) => return Ok(Written::Gone),
        Err(answer) => return Err(answer),
    }
    let page = match desk.line.ask(&calls::trash(id.as_str())).await {
        Ok(heard) => heard.page().map_err(Answer::in_part)?,
        Err(refused) => match refused.answer {
            Answer::Gone => return Ok(Written::Gone),
            answer => return Err(answer),
        },
    };
    if page.in_trash { Ok(Written::Gone) } else { Err(answers::rejected("Notion did not take it away")) }
}

/// The page as it is now, if it has that version. Nothing is written without one (I-16).
async fn current(desk: &Desk<'_>, id: &ExternalId, versions: &Versions) -> Result<Sent, Answer> {
    let version = versions.whole.as_ref().ok_or(Answer::Stale)?;
    match desk.page(id.as_str()).await? {
        Found::There(sent) if sent.told.version == *version => Ok(*sent),
        Found::There(_) => Err(Answer::Stale),
        Found::Away | Found::Nothing => Err(Answer::Gone),
    }
}

impl Shared {
    async fn table(&mut self, desk: &Desk<'_>) -> Result<&wire::Table, Answer> {
        let table = match self.table.take() {
            Some(table) => table,
            None => desk.table().await?,
        };
        Ok(self.table.insert(table))
    }

    /// Whether something is there under that name; all names of the call are looked for at once.
    async fn is_there(
        &mut self,
        desk: &Desk<'_>,
        all: &[Write],
        name: &ExternalId,
        column: &str,
    ) -> Result<bool, Answer> {
        if self.there.is_none() {
            let names: Vec<&str> = all
                .iter()
                .filter_map(|write| match write {
                    Write::Create { id, .. } if note::is_name(id) => Some(id.as_str()),
                    _ => None,
                })
                .collect();
            let found = desk.named(&names, Some(column)).await?.into_iter();
            self.there = Some(found.map(|(name, sent)| (name, ExternalId(sent.page.id))).collect());
        }
        Ok(self.there.as_ref().is_some_and(|there| there.contains_key(name)))
    }
}

// --- tables

/// Gives the table a column for our notes.
async fn add_note_column(desk: &Desk<'_>, shared: &mut Shared) -> Result<(), Answer> {
    let table = shared.table(desk).await?;
    if table.columns.iter().any(|column| column.name == NOTE) {
        return Err(answers::rejected(format!(
            "the table's column \"{NOTE}\" is of another kind than text: give it another name"
        )));
    }
    let made = desk.line.ask(&calls::add_column(desk.calendar.as_str(), NOTE)).await;
    // Nothing of an event was written yet.
    let made = made.map_err(|refused| match refused.answer {
        Answer::Unknown(why) => Answer::Transient(why),
        answer => answer.cause(),
    })?;
    let table = made.table().map_err(|answer| Answer::Transient(answer.to_string()))?;
    match columns::guess(&columns::seen(&table)).0.contains_key(&Holds::Note) {
        true => {
            shared.table = Some(table);
            Ok(())
        }
        false => Err(Answer::Transient("Notion did not make the column for our notes".to_owned())),
    }
}

/// What the columns of a table hold, as their names and kinds tell; the one for our notes is made if it can be.
pub(super) async fn settle_columns(desk: &Desk<'_>) -> Result<Columns, Answer> {
    let mut shared = Shared::default();
    let table = shared.table(desk).await?;
    if !columns::guess(&columns::seen(table)).0.contains_key(&Holds::Note) {
        match add_note_column(desk, &mut shared).await {
            // A table that may only be read needs no notes.
            Ok(()) | Err(Answer::Rejected { .. }) => {}
            Err(answer) => return Err(answer),
        }
    }
    let table = shared.table(desk).await?;
    let chosen = &desk.line.access.columns;
    let seen = columns::seen(table);
    let mut guessed = guessed(table);
    if chosen.0.is_empty() {
        return Ok(guessed);
    }
    let note = guessed.0.remove(&Holds::Note);
    let mut settled = columns::named(chosen, &seen)?;
    if let Some(note) = note {
        settled.0.entry(Holds::Note).or_insert(note);
    }
    Ok(settled)
}

/// What columns of a table seem to hold what.
pub(super) fn guessed(table: &wire::Table) -> Columns {
    let mut guessed = columns::guess(&columns::seen(table));
    guessed.0.retain(|holds, column: &mut Column| {
        let choices =
            table.columns.iter().find(|known| known.id == column.id).is_some_and(convert::is_status);
        // A column of tasks ("To do", "Done") says nothing about whether something takes place.
        *holds != Holds::Status || choices
    });
    guessed
}

/// Makes a table with all that an event can have, on a page that is shared with the connection.
pub(super) async fn make_calendar(line: &Line<'_>, name: &str) -> Result<Calendar, Answer> {
    let pages = everything(line, "page").await?;
    let stands_alone = |raw: &&Value| {
        let parent = raw.get("parent").and_then(|parent| parent.get("type")?.as_str());
        parent.is_some_and(|kind| matches!(kind, "workspace" | "page_id" | "block_id"))
    };
    let id = pages.iter().filter(stands_alone).find_map(|raw| raw.get("id")?.as_str());
    let Some(id) = id else {
        return Err(answers::rejected(
            "no page is shared with the connection on which a table could stand: share one in Notion and try again",
        ));
    };
    let choice =
        |names: [&str; 3]| json!({ "select": { "options": names.map(|name| json!({ "name": name })) } });
    let columns = json!({
        "Name": { "title": {} },
        "Date": { "date": {} },
        "Location": { "rich_text": {} },
        "Description": { "rich_text": {} },
        "Meeting link": { "url": {} },
        "Event status": choice(["Confirmed", "Tentative", "Cancelled"]),
        NOTE: { "rich_text": {} },
    });
    let made: Value =
        line.ask(&calls::create_table(id, name, columns)).await.map_err(Answer::from)?.read()?;
    let source = made.get("data_sources").and_then(|sources| sources.get(0)?.get("id")?.as_str());
    let id = CalendarId(wire::normal(source.ok_or_else(|| answers::unreadable(true))?));
    Ok(Calendar { id, name: name.to_owned(), zone: None, writable: true, primary: false })
}

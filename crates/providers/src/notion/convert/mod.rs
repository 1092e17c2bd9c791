//! Pages ⇄ views: pure, total, one small function for each field.
//!
//! A page's version is a hash of what it says in the columns that hold something. The time of its last edit is none: it has
//! no seconds, and moves for edits that do not concern us.

mod clock;
pub(super) mod note;
mod status;
mod text;
pub(super) mod time;

use concord_model::link::Holds;
use concord_model::observed::{Hold, Item, State};
use concord_model::view::Status;
use concord_model::{Etag, EventId, ExternalId, Field, FieldSet, View};
use data_encoding::BASE32HEX_NOPAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::columns::{Layout, Slot};
use super::wire::{self, Page, Table};
use note::Note;

/// The fields that a table can have columns for.
pub(super) const WRITABLE: FieldSet = FieldSet::NONE
    .with(Field::Time)
    .with(Field::Title)
    .with(Field::Location)
    .with(Field::Description)
    .with(Field::Conference)
    .with(Field::Status);

/// How the names of pages in the world end that are not ours.
const WORLD: &str = "@notion.so";
/// The column of the title is called so everywhere.
const TITLE: &str = "title";
/// The longest link.
const LONGEST_LINK: usize = 2000;

/// When something was seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) now: Timestamp,
    /// By how much our clock was ahead of Notion's.
    pub(super) ahead: SignedDuration,
}

/// What a page says.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) view: Result<View, String>,
    /// Our note, where it is one and of this page.
    pub(super) note: Option<Note>,
    /// The event of the note that a person copied along with a page of ours.
    pub(super) copied_from: Option<EventId>,
    pub(super) version: Etag,
}

impl Told {
    /// Whether it is something that happens, or was once.
    pub(super) fn is_event(&self) -> bool {
        self.view.is_ok() || self.note.is_some()
    }
}

/// Reads a page, as those who know Notion by that name.
pub(super) fn told(layout: &Layout, page: &Page, us: Option<&str>) -> Told {
    let note = note_of(layout, page);
    let view = view(layout, page, note.as_ref());
    let (note, copied_from) = match note {
        Some(note) if note.is_of(page, us) => (Some(note), None),
        note => (None, note.map(|note| note.mark.event)),
    };
    Told { version: version(&view), view, note, copied_from }
}

/// The note that stands on a page, whosever it is.
pub(super) fn note_of(layout: &Layout, page: &Page) -> Option<Note> {
    let cell = page.cells.get(layout.note.as_deref()?)?;
    Note::read(&wire::plain(&cell.value))
}

/// A page as an item.
pub(super) fn item(page: &Page, told: &Told, seen: Seen) -> Item {
    let note = told.note.as_ref();
    Item {
        id: ExternalId(page.id.clone()),
        part: None,
        made_as: note.map(|note| note.name.clone()),
        uid: Some(note.map_or_else(|| format!("{}{WORLD}", page.id), |note| note.uid.clone())),
        etag: Some(told.version.clone()),
        stamp: page.edited.map(|at| at.saturating_add(seen.ahead).unwrap_or(at).min(seen.now)),
        mark: note.map(|note| note.mark.clone()),
        copied_from: told.copied_from,
        hold: Hold::Free,
        complete: true,
        page: page.url.clone(),
        state: match &told.view {
            Ok(view) => State::Live(Box::new(view.clone())),
            Err(why) => State::Odd(why.clone()),
        },
    }
}

/// A page that lies in the trash.
pub(super) fn gone(id: &str) -> Item {
    Item {
        id: ExternalId(id.to_owned()),
        part: None,
        made_as: None,
        copied_from: None,
        uid: None,
        etag: None,
        stamp: None,
        mark: None,
        hold: Hold::Free,
        complete: false,
        page: None,
        state: State::Gone,
    }
}

/// The page that a name in the world is of, if it is none of ours.
pub(super) fn page_of(uid: &str) -> Option<&str> {
    uid.strip_suffix(WORLD).filter(|id| id.parse::<uuid::Uuid>().is_ok())
}

/// Whether a page has a date.
pub(super) fn is_dated(layout: &Layout, page: &Page) -> bool {
    let date = layout.read(Holds::Time).and_then(|slot| page.cells.get(&slot.id));
    date.is_some_and(|cell| cell.value.get("start").is_some_and(|start| !start.is_null()))
}

/// What a page is called.
pub(super) fn title(page: &Page) -> String {
    page.cells.get(TITLE).map(|cell| text::line(&cell.value)).unwrap_or_default()
}

fn view(layout: &Layout, page: &Page, note: Option<&Note>) -> Result<View, String> {
    let cell = |holds| Some(&page.cells.get(&layout.read(holds)?.id)?.value);
    let (date, end) = (cell(Holds::Time).unwrap_or(&Value::Null), cell(Holds::End));
    let zones = note.and_then(|note| note.zones.as_ref());
    let clock = layout.read(Holds::Clock).zip(cell(Holds::Clock).map(text::line));
    let span = match &clock {
        Some((slot, told)) => clock::span(date, end, told, &slot.zone, zones)?,
        None => time::span(date, end, zones)?,
    };
    let mut view = View::new(span, title(page));
    view.location = cell(Holds::Location).map(text::line).unwrap_or_default();
    view.description = cell(Holds::Description).map(text::lines).unwrap_or_default();
    view.conference =
        cell(Holds::Conference).and_then(Value::as_str).map(str::trim).unwrap_or_default().to_owned();
    view.status = cell(Holds::Status).map(status::read).unwrap_or_default();
    Ok(view)
}

fn version(view: &Result<View, String>) -> Etag {
    let told = match view {
        Ok(view) => serde_json::to_vec(view).expect("a view can be written as JSON"),
        Err(why) => why.clone().into_bytes(),
    };
    Etag(BASE32HEX_NOPAD.encode(&Sha256::digest(told)[..15]).to_ascii_lowercase())
}

/// The cells of a new page, with our note in the column for it.
pub(super) fn new_cells(
    layout: &Layout,
    table: &Table,
    view: &View,
    fields: FieldSet,
    note: (&str, &Note),
) -> Result<Map<String, Value>, String> {
    let mut cells = cells(layout, Some(table), None, view, fields)?;
    cells.insert(note.0.to_owned(), json!({ "rich_text": text::pieces(&note.1.written()) }));
    Ok(cells)
}

/// The cells that have to be written so that a page says this. Without `before` it is a new page: what is empty is left out.
pub(super) fn cells(
    layout: &Layout,
    table: Option<&Table>,
    before: Option<&View>,
    view: &View,
    fields: FieldSet,
) -> Result<Map<String, Value>, String> {
    let mut cells = Map::new();
    let differs = |field: Field| before.is_none_or(|before| !before.same(field, view));
    let told = |text: &str| before.is_some() || !text.is_empty();
    let mut put = |slot: Option<&Slot>, value: Value| {
        if let Some(slot) = slot {
            cells.insert(slot.id.clone(), json!({ &slot.kind: value }));
        }
    };
    for field in fields.and(WRITABLE).iter().filter(|field| differs(*field)) {
        match field {
            Field::Time if view.is_series() => {
                return Err(
                    "Notion keeps nothing that repeats: its occurrences are told one by one".to_owned()
                );
            }
            Field::Time => {
                let clock = layout.write(Holds::Clock);
                let (start, end) = match clock {
                    None => time::written(&view.time.span),
                    Some(slot) => {
                        let apart = clock::written(&view.time.span, &slot.zone);
                        put(clock, text::pieces(&apart.clock));
                        apart.days
                    }
                };
                match layout.write(Holds::End) {
                    None => put(layout.write(Holds::Time), time::both((start, end))),
                    ending => {
                        // What has both in two columns has no end in the first.
                        let last = end.unwrap_or_else(|| start.clone());
                        put(layout.write(Holds::Time), time::both((start, None)));
                        put(ending, time::both((last, None)));
                    }
                }
            }
            Field::Location if told(&view.location) => {
                put(layout.write(Holds::Location), text::pieces(&view.location));
            }
            Field::Description if told(&view.description) => {
                put(layout.write(Holds::Description), text::pieces(&view.description));
            }
            Field::Conference if told(&view.conference) => put(
                layout.write(Holds::Conference),
                match view.conference.as_str() {
                    "" => Value::Null,
                    link if link.encode_utf16().count() > LONGEST_LINK => {
                        return Err("its meeting link is longer than Notion takes".to_owned());
                    }
                    link => json!(link),
                },
            ),
            Field::Status => {
                let slot = layout.write(Holds::Status);
                let column = slot
                    .zip(table)
                    .and_then(|(slot, table)| table.columns.iter().find(|column| column.id == slot.id));
                let before = before.map(|before| before.status);
                match column.and_then(|column| status::written(view.status, before, column)) {
                    Some(value) => put(slot, value),
                    // To leave it standing there as if it took place would be wrong.
                    None if view.status == Status::Cancelled => {
                        return Err("the table has no choice that says that an event is cancelled".to_owned());
                    }
                    None => {}
                }
            }
            _ => {}
        }
    }
    if fields.has(Field::Title) && differs(Field::Title) && told(&view.title) {
        cells.insert(TITLE.to_owned(), json!({ "title": text::pieces(&view.title) }));
    }
    Ok(cells)
}

/// The cell with a note.
pub(super) fn note_cell(note: &Note) -> Value {
    json!({ "rich_text": text::pieces(&note.written()) })
}

/// Whether what is to be written depends on what can be chosen in the table.
pub(super) fn needs_choices(before: Option<&View>, view: &View, fields: FieldSet) -> bool {
    fields.has(Field::Status) && before.is_none_or(|before| before.status != view.status)
}

/// Whether a column's choices say more than that something will happen.
pub(super) fn is_status(column: &wire::Column) -> bool {
    status::can_say_more(column)
}

#[cfg(test)]
mod tests;

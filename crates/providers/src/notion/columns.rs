//! Which columns of a table hold what.
//!
//! A person's choice names columns by their ids, which stay when a column gets another name (trap 13). Where nothing was
//! chosen, names and kinds tell. A chosen column that is gone is said and nothing is read or written without it: an event
//! would seem to have lost what it held (I-03).

use concord_model::Zone;
use concord_model::link::{Column, Columns, Holds, Way};

use super::wire;
use crate::answer::Answer;

/// What the column with our notes is called.
pub(super) const NOTE: &str = "Concord";

/// What holds what, with the kinds of columns that can, the most likely names first.
const KNOWN: &[(Holds, &[&str], &[&str])] = &[
    (Holds::End, &["date"], &["end", "ends", "end date", "end time", "until"]),
    (
        Holds::Time,
        &["date"],
        &["date", "when", "event date", "event time", "start", "starts", "start date", "time", "day"],
    ),
    (Holds::Clock, &["rich_text"], &["time", "time of day", "clock", "clock time"]),
    (Holds::Location, &["rich_text"], &["location", "place", "where", "venue", "room", "address"]),
    (
        Holds::Description,
        &["rich_text"],
        &["description", "notes", "details", "agenda", "note", "summary", "comments"],
    ),
    (
        Holds::Conference,
        &["url"],
        &["meeting link", "meeting url", "video call", "conference", "join", "call", "zoom", "link", "url"],
    ),
    (Holds::Status, &["select", "status"], &["event status", "status", "state"]),
    (Holds::Note, &["rich_text"], &["concord"]),
];

/// A column as far as it matters here.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) kind: &'a str,
}

/// The columns that hold something, and which way each goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layout {
    slots: Vec<(Holds, Slot)>,
    /// Our own.
    pub(super) note: Option<String>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Slot {
    pub(super) id: String,
    pub(super) kind: String,
    /// On whose clocks it is, where it holds a time of day.
    pub(super) zone: Zone,
    way: Way,
}

impl Layout {
    /// The columns of a page.
    pub(super) fn of_page(chosen: &Columns, page: &wire::Page) -> Result<Layout, Answer> {
        let seen = page.cells.iter().map(|(id, cell)| Seen { id, name: &cell.name, kind: &cell.kind });
        Layout::of(chosen, &seen.collect::<Vec<_>>())
    }

    /// The columns of a table.
    pub(super) fn of_table(chosen: &Columns, table: &wire::Table) -> Result<Layout, Answer> {
        Layout::of(chosen, &seen(table))
    }

    fn of(chosen: &Columns, there: &[Seen<'_>]) -> Result<Layout, Answer> {
        let guess = guess(there);
        // The note is ours, so it is found by its name whatever was chosen.
        let note = guess.0.get(&Holds::Note).map(|column| column.id.clone());
        let columns = if chosen.0.is_empty() { &guess } else { chosen };
        let mut layout = Layout { slots: Vec::new(), note };
        for (holds, column) in &columns.0 {
            let seen = there.iter().find(|seen| seen.id == column.id);
            match (holds, seen) {
                (_, Some(seen)) if !kinds(*holds).contains(&seen.kind) && *holds != Holds::Note => {
                    return Err(other_kind(column));
                }
                (Holds::Note, Some(seen)) => layout.note = Some(seen.id.to_owned()),
                (Holds::Note, None) => {}
                (_, Some(seen)) => {
                    let zone = column.zone.clone().unwrap_or_else(Zone::utc);
                    let (id, kind) = (seen.id.to_owned(), seen.kind.to_owned());
                    layout.slots.push((*holds, Slot { id, kind, zone, way: column.way }));
                }
                (_, None) => return Err(gone(column)),
            }
        }
        if layout.slots.iter().all(|(holds, _)| *holds != Holds::Time) {
            let why = "the table has no column with dates: add one, or choose it in the calendar's settings";
            return Err(Answer::Misconfigured { why: why.to_owned() });
        }
        Ok(layout)
    }

    /// The column from which something is read.
    pub(super) fn read(&self, holds: Holds) -> Option<&Slot> {
        self.slot(holds).filter(|slot| slot.way != Way::Out)
    }

    /// The column into which it is written.
    pub(super) fn write(&self, holds: Holds) -> Option<&Slot> {
        self.slot(holds).filter(|slot| slot.way != Way::In)
    }

    fn slot(&self, holds: Holds) -> Option<&Slot> {
        self.slots.iter().find(|(of, _)| *of == holds).map(|(_, slot)| slot)
    }
}

/// The columns of a table, as they are looked at.
pub(super) fn seen(table: &wire::Table) -> Vec<Seen<'_>> {
    table.columns.iter().map(|wire::Column { id, name, kind, .. }| Seen { id, name, kind }).collect()
}

/// What columns seem to hold what.
pub(super) fn guess(there: &[Seen<'_>]) -> Columns {
    let mut all = Columns::default();
    let mut taken: Vec<&str> = Vec::new();
    for (holds, kinds, names) in KNOWN {
        let fits = |seen: &&Seen<'_>| kinds.contains(&seen.kind) && !taken.contains(&seen.id);
        let called =
            |name: &&str| there.iter().filter(fits).find(|seen| seen.name.trim().eq_ignore_ascii_case(name));
        let found = names.iter().find_map(called);
        // The only thing that an event cannot be without.
        let found = found.or_else(|| there.iter().find(fits).filter(|_| *holds == Holds::Time));
        if let Some(seen) = found {
            taken.push(seen.id);
            all.0.insert(*holds, Column::both(seen.id, seen.name));
        }
    }
    // What ends without beginning anywhere begins there.
    if !all.0.contains_key(&Holds::Time)
        && let Some(only) = all.0.remove(&Holds::End)
    {
        all.0.insert(Holds::Time, only);
    }
    all
}

/// What was chosen, with the ids and names that the columns have now.
pub(super) fn named(chosen: &Columns, there: &[Seen<'_>]) -> Result<Columns, Answer> {
    let mut all = Columns::default();
    for (holds, column) in &chosen.0 {
        let by_id = there.iter().find(|seen| seen.id == column.id);
        let by_name = || there.iter().find(|seen| seen.name.trim().eq_ignore_ascii_case(column.name.trim()));
        let Some(seen) = by_id.or_else(by_name) else {
            if *holds == Holds::Note {
                continue;
            }
            let why = format!("the table has no column \"{}\"", column.name);
            return Err(Answer::Rejected { why, read_only: false });
        };
        if !kinds(*holds).contains(&seen.kind) {
            let why =
                format!("the column \"{}\" is of a kind that cannot hold that ({})", seen.name, seen.kind);
            return Err(Answer::Rejected { why, read_only: false });
        }
        let settled = Column { id: seen.id.to_owned(), name: seen.name.to_owned(), ..column.clone() };
        all.0.insert(*holds, settled);
    }
    Ok(all)
}

/// What a column of that kind can hold, of what people choose.
pub(super) fn fitting(kind: &str) -> Vec<Holds> {
    let known = KNOWN.iter().filter(|(holds, ..)| *holds != Holds::Note);
    let mut all: Vec<Holds> =
        known.filter(|(_, kinds, _)| kinds.contains(&kind)).map(|(holds, ..)| *holds).collect();
    all.sort();
    all
}

fn kinds(of: Holds) -> &'static [&'static str] {
    KNOWN.iter().find(|(holds, ..)| *holds == of).map_or(&[], |(_, kinds, _)| *kinds)
}

fn gone(column: &Column) -> Answer {
    Answer::Misconfigured {
        why: format!(
            "the column \"{}\" is gone from the table: bring it back, or choose another in the calendar's settings",
            column.name
        ),
    }
}

fn other_kind(column: &Column) -> Answer {
    Answer::Misconfigured {
        why: format!(
            "the column \"{}\" is of another kind now: change it back, or choose another in the calendar's settings",
            column.name
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there<'a>(columns: &[(&'a str, &'a str)]) -> Vec<Seen<'a>> {
        columns.iter().map(|(name, kind)| Seen { id: name, name, kind }).collect()
    }

    #[track_caller]
    fn check(columns: &[(&str, &str)], expected: &[(Holds, &str)]) {
        let guess = guess(&there(columns));
        let told: Vec<(Holds, &str)> =
            guess.0.iter().map(|(holds, column)| (*holds, column.name.as_str())).collect();
        assert_eq!(told, expected, "{columns:?}");
    }

    #[test]
    fn names_and_kinds_tell_what_a_column_holds() {
        check(
            &[
                ("Name", "title"),
                ("When", "date"),
                ("Created", "date"),
                ("NOTES", "rich_text"),
                ("Link", "url"),
            ],
            &[(Holds::Time, "When"), (Holds::Description, "NOTES"), (Holds::Conference, "Link")],
        );
        // Any date does where none has a name that is known, and a text of that name is no date.
        check(&[("Date", "rich_text"), ("Deadline", "date")], &[(Holds::Time, "Deadline")]);
        check(&[("Start", "date"), ("End", "date")], &[(Holds::Time, "Start"), (Holds::End, "End")]);
        check(&[("End", "date")], &[(Holds::Time, "End")]);
        check(&[("Name", "title")], &[]);
    }

    #[test]
    fn a_chosen_column_is_known_by_its_id_and_missed_when_it_is_gone() {
        let column = |id: &str, way| Column { way, ..Column::both(id, format!("old {id}")) };
        let chosen =
            Columns([(Holds::Time, column("a", Way::Both)), (Holds::Location, column("b", Way::In))].into());
        let seen = |id, kind| Seen { id, name: "renamed", kind };
        let layout = Layout::of(&chosen, &[seen("a", "date"), seen("b", "rich_text")]).unwrap();
        assert!(layout.read(Holds::Location).is_some() && layout.write(Holds::Location).is_none());
        for there in [vec![seen("a", "date")], vec![seen("a", "date"), seen("b", "number")], Vec::new()] {
            let answer = Layout::of(&chosen, &there);
            assert!(matches!(answer, Err(Answer::Misconfigured { .. })), "{answer:?}");
        }
        let without = Layout::of(&Columns::default(), &there(&[("Name", "title")]));
        assert!(matches!(without, Err(Answer::Misconfigured { .. })));
    }
}

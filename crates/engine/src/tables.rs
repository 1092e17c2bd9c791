//! Calendars that are tables: which columns there are, how a choice of them stands, and what one would come to.
//!
//! A choice names columns by their ids, so that one may get another name. One that is gone, or is of another kind now, stops its
//! link (I-03); here it is said which one it is, and what could take its place. What a person chooses is checked whole before
//! anything is kept, and each fault is told with its field.

use std::collections::BTreeMap;

use concord_model::link::{Column, Columns, Holds, Settings, Way};
use concord_model::{AccountId, CalendarId, View, WorkspaceId, Zone};
use concord_providers::provider::{Table, TableColumn, Trial};
use concord_store::accounts::Account;
use concord_store::users;

use crate::error::{Error, Result};
use crate::{Engine, asking, preview};

/// How many events of ours are tried.
const EVENTS: usize = 3;

/// How a table stands to what was chosen.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its columns.
    pub columns: Vec<TableColumn>,
    /// Which seem to hold what.
    pub guess: Columns,
    /// What is not as it was when it was chosen.
    pub changed: Vec<Changed>,
}

/// A chosen column that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// What it held.
    pub holds: Holds,
    /// As it was chosen.
    pub column: Column,
    /// What became of it.
    pub now: Now,
    /// What could take its place, where it cannot stay.
    pub instead: Option<Column>,
}

/// What became of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Now {
    /// It is called something else, which does no harm.
    Called(String),
    /// It is gone.
    Gone,
    /// It is of another kind, and cannot hold that any more.
    OtherKind(String),
}

/// Looks at a table. What was chosen is compared with what is there. `None`: the calendar is no table.
pub async fn look(
    engine: &Engine,
    workspace: WorkspaceId,
    account: AccountId,
    calendar: &CalendarId,
    chosen: &Columns,
) -> Result<Option<Standing>> {
    let (_, table) = read(engine, workspace, account, calendar).await?;
    Ok(table.map(|table| Standing {
        changed: changed(&table, chosen),
        columns: table.columns,
        guess: table.guess,
    }))
}

/// The choice with the ids and names that the columns have now, if it can be meant. Where nothing is chosen, it is what seems
/// to hold what.
pub async fn settled(
    engine: &Engine,
    workspace: WorkspaceId,
    account: AccountId,
    calendar: &CalendarId,
    chosen: &Columns,
) -> Result<Columns> {
    let (account, table) = read(engine, workspace, account, calendar).await?;
    let table = table.ok_or(Error::NotFound("table"))?;
    let mut tx = engine.store.read().await?;
    let zone = users::get(&mut tx, workspace, account.user).await?.zone;
    drop(tx);
    let chosen = if is_nothing(chosen) { with_note(&table.guess, chosen) } else { chosen.clone() };
    check(&table, &chosen, &zone)
}

/// What a choice would come to: rows as events, and the next events of ours as rows. Nothing is kept, and nothing written.
pub async fn trial(
    engine: &Engine,
    workspace: WorkspaceId,
    account: AccountId,
    calendar: &CalendarId,
    settings: &Settings,
) -> Result<Trial> {
    let columns = settled(engine, workspace, account, calendar, &settings.columns).await?;
    let settings = Settings { columns, ..settings.clone() };
    let events: Vec<View> = preview::next(engine, workspace, account, &settings, EVENTS).await?;
    let account = asking::account(engine, workspace, account).await?;
    let (columns, events) = (&settings.columns, &events[..]);
    let trial = asking::ask(engine, &account, |provider, mut access| async move {
        access.columns.clone_from(columns);
        provider.trial(&access, calendar, events).await
    });
    trial.await?.ok_or(Error::NotFound("table"))
}

async fn read(
    engine: &Engine,
    workspace: WorkspaceId,
    account: AccountId,
    calendar: &CalendarId,
) -> Result<(Account, Option<Table>)> {
    let account = asking::account(engine, workspace, account).await?;
    let table =
        asking::ask(
            engine,
            &account,
            |provider, access| async move { provider.table(&access, calendar).await },
        );
    let table = table.await?;
    Ok((account, table))
}

/// Whether a person chose nothing; the column for our notes is none of theirs.
fn is_nothing(chosen: &Columns) -> bool {
    chosen.0.keys().all(|holds| *holds == Holds::Note)
}

fn with_note(guess: &Columns, chosen: &Columns) -> Columns {
    let note = chosen.0.iter().map(|(holds, column)| (*holds, column.clone()));
    Columns(guess.0.clone().into_iter().chain(note).collect())
}

fn changed(table: &Table, chosen: &Columns) -> Vec<Changed> {
    let taken: Vec<&str> = chosen.0.values().map(|column| column.id.as_str()).collect();
    let people = chosen.0.iter().filter(|(holds, _)| **holds != Holds::Note);
    let mut all = Vec::new();
    for (holds, column) in people {
        let now = match table.columns.iter().find(|there| there.id == column.id) {
            None => Now::Gone,
            Some(there) if !there.holds.contains(holds) => Now::OtherKind(there.kind.clone()),
            Some(there) if there.name != column.name => Now::Called(there.name.clone()),
            Some(_) => continue,
        };
        let free = |there: &&TableColumn| {
            there.holds.contains(holds) && !taken.contains(&there.id.as_str()) && there.id != column.id
        };
        // One that was made anew under the old name comes first, then what seems to hold it, then the only one that can.
        let mut fitting = table.columns.iter().filter(free);
        let same = fitting.clone().find(|there| there.name.trim().eq_ignore_ascii_case(column.name.trim()));
        let guessed = table.guess.0.get(holds);
        let guessed = guessed.and_then(|guess| fitting.clone().find(|there| there.id == guess.id));
        let only = fitting.next().filter(|_| fitting.next().is_none());
        let instead = match now {
            Now::Called(_) => None,
            _ => same.or(guessed).or(only),
        };
        let instead =
            instead.map(|there| Column { id: there.id.clone(), name: there.name.clone(), ..column.clone() });
        all.push(Changed { holds: *holds, column: column.clone(), now, instead });
    }
    all
}

/// A choice in the table's own words, or what is wrong with it.
fn check(table: &Table, chosen: &Columns, zone: &Zone) -> Result<Columns> {
    let mut settled = Columns::default();
    let mut taken: BTreeMap<&str, Holds> = BTreeMap::new();
    for (holds, column) in &chosen.0 {
        let wrong = |why: String| Err(Error::Invalid { field: field(*holds), why });
        if *holds == Holds::Note {
            settled.0.insert(*holds, column.clone());
            continue;
        }
        let by_id = table.columns.iter().find(|there| there.id == column.id);
        let called = |there: &&TableColumn| there.name.trim().eq_ignore_ascii_case(column.name.trim());
        // What is named by an id is that one or none.
        let found = if column.id.is_empty() { table.columns.iter().find(called) } else { by_id };
        let Some(there) = found else {
            let name = if column.name.is_empty() { &column.id } else { &column.name };
            return wrong(format!("the table has no column \"{name}\""));
        };
        if !there.holds.contains(holds) {
            return wrong(format!(
                "the column \"{}\" is of a kind that cannot hold that ({})",
                there.name, there.kind
            ));
        }
        if let Some(other) = taken.insert(&there.id, *holds) {
            let other = field(other).trim_start_matches("columns.");
            return wrong(format!("the column \"{}\" is chosen for {other} already", there.name));
        }
        if matches!(holds, Holds::Time | Holds::End | Holds::Clock) && column.way != Way::Both {
            return wrong(
                "goes both ways: whoever only wants to read, or to write, chooses that as the direction"
                    .to_owned(),
            );
        }
        let zone = (*holds == Holds::Clock).then(|| column.zone.clone().unwrap_or_else(|| zone.clone()));
        let (id, name) = (there.id.clone(), there.name.clone());
        settled.0.insert(*holds, Column { id, name, way: column.way, zone });
    }
    if !settled.0.contains_key(&Holds::Time) {
        return Err(Error::Invalid {
            field: field(Holds::Time),
            why: "is missing: an event has to have a date".to_owned(),
        });
    }
    Ok(settled)
}

/// The field in which a choice is told.
fn field(holds: Holds) -> &'static str {
    match holds {
        Holds::Time => "columns.time",
        Holds::End => "columns.end",
        Holds::Clock => "columns.clock",
        Holds::Location => "columns.location",
        Holds::Description => "columns.description",
        Holds::Conference => "columns.conference",
        Holds::Status => "columns.status",
        Holds::Note => "columns",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: &[(&str, &str, &[Holds])]) -> Table {
        let column = |(id, name, holds): &(&str, &str, &[Holds])| TableColumn {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
            kind: "kind".to_owned(),
            holds: holds.to_vec(),
        };
        Table { columns: columns.iter().map(column).collect(), guess: Columns::default() }
    }

    const DATE: &[Holds] = &[Holds::Time, Holds::End];
    const TEXT: &[Holds] = &[Holds::Clock, Holds::Location, Holds::Description];

    fn bookings() -> Table {
        table(&[("d", "When", DATE), ("r", "Room", TEXT), ("n", "Notes", TEXT), ("x", "Price", &[])])
    }

    fn chosen(columns: &[(Holds, Column)]) -> Columns {
        Columns(columns.iter().cloned().collect())
    }

    #[track_caller]
    fn refused(columns: &[(Holds, Column)], expected: &str) {
        match check(&bookings(), &chosen(columns), &Zone::utc()) {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, expected, "{columns:?}"),
            other => panic!("{columns:?}: {other:?}"),
        }
    }

    #[test]
    fn a_choice_that_cannot_be_meant_is_told_with_its_field() {
        let when = || (Holds::Time, Column::both("d", ""));
        refused(&[(Holds::Location, Column::both("r", ""))], "columns.time");
        refused(&[when(), (Holds::Location, Column::both("", "Nowhere"))], "columns.location");
        refused(&[when(), (Holds::Location, Column::both("gone", "Room"))], "columns.location");
        refused(&[when(), (Holds::Status, Column::both("r", ""))], "columns.status");
        refused(&[when(), (Holds::End, Column::both("d", ""))], "columns.end");
        let out = Column { way: Way::Out, ..Column::both("d", "") };
        refused(&[(Holds::Time, out)], "columns.time");
    }

    #[test]
    fn a_choice_is_kept_with_the_ids_and_names_of_the_table_and_a_clock_with_its_zone() {
        let zone = Zone::new("Europe/Berlin").unwrap();
        let room = Column { way: Way::In, ..Column::both("", " room ") };
        let columns = chosen(&[
            (Holds::Time, Column::both("d", "Date")),
            (Holds::Location, room),
            (Holds::Clock, Column::both("n", "")),
            (Holds::Note, Column::both("ours", "Concord")),
        ]);
        let settled = check(&bookings(), &columns, &zone).unwrap();
        let told = |holds| {
            let column = &settled.0[&holds];
            (column.id.as_str(), column.name.as_str(), column.way, column.zone.clone())
        };
        assert_eq!(told(Holds::Time), ("d", "When", Way::Both, None));
        assert_eq!(told(Holds::Location), ("r", "Room", Way::In, None));
        assert_eq!(told(Holds::Clock), ("n", "Notes", Way::Both, Some(zone)));
        assert_eq!(told(Holds::Note).0, "ours");
    }

    #[test]
    fn a_column_that_is_gone_is_named_with_what_could_take_its_place() {
        let was = chosen(&[
            (Holds::Time, Column::both("d", "Date")),
            (Holds::Location, Column::both("old", "Room")),
            (Holds::Status, Column::both("n", "Notes")),
        ]);
        let told = changed(&bookings(), &was);
        let [time, location, status] = &told[..] else { panic!("{told:?}") };
        assert_eq!((&time.now, &time.instead), (&Now::Called("When".to_owned()), &None));
        assert_eq!((&location.now, &location.instead), (&Now::Gone, &Some(Column::both("r", "Room"))));
        assert_eq!((&status.now, &status.instead), (&Now::OtherKind("kind".to_owned()), &None));
        let same = chosen(&[(Holds::Time, Column::both("d", "When"))]);
        assert_eq!(changed(&bookings(), &same), []);
    }
}

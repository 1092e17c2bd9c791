//! Which columns of a table hold what, as the API tells it and as it is chosen.

use concord_model::Zone;
use concord_model::link::{Column as ModelColumn, Columns as ModelColumns, Holds, Way};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::given;
use crate::problem::{Problem, Result};
use crate::words;

/// The longest address, id or name that is taken.
pub(super) const LONGEST: usize = 2000;

/// Which columns of a table hold what; null where none does.
#[derive(Serialize, ToSchema)]
#[schema(as = TableColumns)]
pub(super) struct Columns {
    /// When it is: the start, and the end where no other column has it.
    time: Option<Column>,
    /// When it ends.
    end: Option<Column>,
    /// The time of its day, where the date stands alone.
    clock: Option<Column>,
    location: Option<Column>,
    description: Option<Column>,
    /// The link to join by.
    conference: Option<Column>,
    /// Whether it takes place.
    status: Option<Column>,
}

/// A column that holds something.
#[derive(Serialize, ToSchema)]
#[schema(as = TableColumn)]
pub(super) struct Column {
    /// What it is known by, whatever it is named.
    id: String,
    /// What it was named when it was chosen.
    name: String,
    #[schema(value_type = words::ColumnWay)]
    way: Way,
    /// On whose clocks it is, where it holds a time of day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    zone: Option<Zone>,
}

impl Columns {
    /// Where nothing is chosen.
    pub(super) const NONE: Columns = Columns {
        time: None,
        end: None,
        clock: None,
        location: None,
        description: None,
        conference: None,
        status: None,
    };

    /// Of what is kept; `None` where the calendar is no table.
    pub(super) fn of(columns: &ModelColumns) -> Option<Columns> {
        let column = |holds| columns.0.get(&holds).map(Column::of);
        (!columns.is_empty()).then(|| Columns {
            time: column(Holds::Time),
            end: column(Holds::End),
            clock: column(Holds::Clock),
            location: column(Holds::Location),
            description: column(Holds::Description),
            conference: column(Holds::Conference),
            status: column(Holds::Status),
        })
    }
}

impl Column {
    pub(super) fn of(column: &ModelColumn) -> Column {
        Column {
            id: column.id.clone(),
            name: column.name.clone(),
            way: column.way,
            zone: column.zone.clone(),
        }
    }
}

// --- what is wanted

/// What is to change of the columns; null chooses none, what is left out stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ColumnsWanted {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ColumnWanted>)]
    time: Option<Option<ColumnWanted>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ColumnWanted>)]
    end: Option<Option<ColumnWanted>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ColumnWanted>)]
    clock: Option<Option<ColumnWanted>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ColumnWanted>)]
    location: Option<Option<ColumnWanted>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ColumnWanted>)]
    description: Option<Option<ColumnWanted>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ColumnWanted>)]
    conference: Option<Option<ColumnWanted>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ColumnWanted>)]
    status: Option<Option<ColumnWanted>>,
}

/// A column that shall hold something.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ColumnWanted {
    /// Which, by its id.
    id: Option<String>,
    /// Or by its name.
    name: Option<String>,
    /// `both`, `in` (never written) or `out` (never read).
    #[schema(value_type = Option<words::ColumnWay>)]
    way: Option<Way>,
    /// For a time of day: on whose clocks it is; the person's own, where nobody says it.
    #[schema(example = "Africa/Johannesburg")]
    zone: Option<String>,
}

impl ColumnsWanted {
    /// Lays what is wanted over what is there.
    pub(super) fn put(&self, over: &mut ModelColumns) -> Result<()> {
        let all = [
            ("columns.time", Holds::Time, &self.time),
            ("columns.end", Holds::End, &self.end),
            ("columns.clock", Holds::Clock, &self.clock),
            ("columns.location", Holds::Location, &self.location),
            ("columns.description", Holds::Description, &self.description),
            ("columns.conference", Holds::Conference, &self.conference),
            ("columns.status", Holds::Status, &self.status),
        ];
        for (field, holds, wanted) in all {
            match wanted {
                None => {}
                Some(None) => drop(over.0.remove(&holds)),
                Some(Some(wanted)) => {
                    let column = wanted.over(field, holds, over.0.get(&holds))?;
                    over.0.insert(holds, column);
                }
            }
        }
        Ok(())
    }
}

impl ColumnWanted {
    fn over(&self, field: &str, holds: Holds, before: Option<&ModelColumn>) -> Result<ModelColumn> {
        let said = |key: &str, value: &Option<String>| match value.as_deref().map(str::trim) {
            Some("") => Err(Problem::invalid(format!("{field}.{key}"), "is empty")),
            Some(text) if text.len() > LONGEST => {
                Err(Problem::invalid(format!("{field}.{key}"), format!("is longer than {LONGEST} bytes")))
            }
            said => Ok(said.map(str::to_owned)),
        };
        let (id, name) = (said("id", &self.id)?, said("name", &self.name)?);
        let mut column = match (&id, &name, before) {
            // Of an id and a name, the id is meant.
            (Some(id), _, _) => ModelColumn::both(id, ""),
            (None, Some(name), _) => ModelColumn::both("", name),
            (None, None, Some(before)) => before.clone(),
            (None, None, None) => {
                return Err(Problem::invalid(format!("{field}.id"), "is missing: say which column"));
            }
        };
        column.way = self.way.or(before.map(|before| before.way)).unwrap_or_default();
        column.zone = before.and_then(|before| before.zone.clone());
        if let Some(zone) = &self.zone {
            let field = format!("{field}.zone");
            if holds != Holds::Clock {
                return Err(Problem::invalid(field, "is only said of a time of day"));
            }
            column.zone = Some(Zone::new(zone).map_err(|why| Problem::invalid(field, why))?);
        }
        Ok(column)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn over(wanted: Value, before: &[(Holds, ModelColumn)]) -> Result<ModelColumns> {
        let mut columns = ModelColumns(before.iter().cloned().collect());
        serde_json::from_value::<ColumnsWanted>(wanted).unwrap().put(&mut columns)?;
        Ok(columns)
    }

    #[test]
    fn what_is_not_given_of_the_columns_stays() {
        let room = ModelColumn { way: Way::In, ..ModelColumn::both("r", "Room") };
        let note = ModelColumn::both("n", "Concord");
        let before =
            [(Holds::Time, ModelColumn::both("d", "Date")), (Holds::Location, room), (Holds::Note, note)];
        assert_eq!(over(json!({}), &before).unwrap().0.len(), 3);
        let after = over(json!({ "time": { "id": "e" }, "location": { "way": "out" } }), &before).unwrap();
        assert_eq!(after.0[&Holds::Time], ModelColumn::both("e", ""));
        assert_eq!((after.0[&Holds::Location].id.as_str(), after.0[&Holds::Location].way), ("r", Way::Out));
        let after = over(json!({ "location": null }), &before).unwrap();
        assert_eq!(after.0.keys().collect::<Vec<_>>(), [&Holds::Time, &Holds::Note]);
    }

    #[test]
    fn a_column_that_cannot_be_meant_is_told_with_its_field() {
        let refused = |wanted: Value, field: &str| {
            assert_eq!(over(wanted.clone(), &[]).unwrap_err().field(), Some(field), "{wanted}");
        };
        refused(json!({ "time": {} }), "columns.time.id");
        refused(json!({ "time": { "id": " " } }), "columns.time.id");
        refused(json!({ "time": { "name": "x".repeat(3000) } }), "columns.time.name");
        refused(json!({ "time": { "id": "d", "zone": "Europe/Berlin" } }), "columns.time.zone");
        refused(json!({ "clock": { "id": "c", "zone": "Mars/Base" } }), "columns.clock.zone");
    }
}

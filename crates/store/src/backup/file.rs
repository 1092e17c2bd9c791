//! The lines of a backup, with the checksum over them.

use std::collections::BTreeMap;
use std::io::{BufRead, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use super::tables::{Table, Value};
use super::{Contents, Error, FORMAT, Header};

/// The longest line that is read: far more than the largest row.
const LONGEST: u64 = 256 << 20;

/// A backup that is being written.
pub(super) struct Draft<'w> {
    out: &'w mut (dyn Write + Send),
    hash: Sha256,
    rows: BTreeMap<String, u64>,
    table: String,
}

#[derive(Serialize, Deserialize)]
struct OfTable {
    table: String,
    columns: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct End {
    end: Counts,
    sha256: String,
}

#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    tables: u64,
    rows: u64,
}

impl Counts {
    fn of(rows: &BTreeMap<String, u64>) -> Counts {
        Counts { tables: rows.len() as u64, rows: rows.values().sum() }
    }
}

impl<'w> Draft<'w> {
    pub(super) fn begin(out: &'w mut (dyn Write + Send), header: &Header) -> Result<Draft<'w>, Error> {
        let mut draft = Draft { out, hash: Sha256::new(), rows: BTreeMap::new(), table: String::new() };
        draft.line(header)?;
        Ok(draft)
    }

    pub(super) fn table(&mut self, table: &Table) -> Result<(), Error> {
        self.table.clone_from(&table.name);
        self.rows.insert(table.name.clone(), 0);
        let columns = table.columns.iter().map(|column| column.name.clone()).collect();
        self.line(&OfTable { table: table.name.clone(), columns })
    }

    pub(super) fn row(&mut self, row: &[Value]) -> Result<(), Error> {
        if let Some(count) = self.rows.get_mut(&self.table) {
            *count += 1;
        }
        self.line(&row.iter().map(json).collect::<Vec<_>>())
    }

    pub(super) fn end(mut self) -> Result<BTreeMap<String, u64>, Error> {
        let sha256 = hex(std::mem::take(&mut self.hash));
        self.line(&End { end: Counts::of(&self.rows), sha256 })?;
        self.out.flush()?;
        Ok(self.rows)
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), Error> {
        let mut line = serde_json::to_vec(value).map_err(std::io::Error::from)?;
        line.push(b'\n');
        self.hash.update(&line);
        self.out.write_all(&line)?;
        Ok(())
    }
}

/// A line of a backup.
#[derive(PartialEq, Debug)]
pub(super) enum Line {
    /// Rows of this table follow.
    Table { name: String, columns: Vec<String> },
    /// A row, with as many values as its table has columns.
    Row(Vec<Value>),
    /// Nothing follows, and everything was as it was written.
    End,
}

/// A backup that is being read.
pub(super) struct Lines<'r> {
    file: &'r mut (dyn BufRead + Send),
    hash: Sha256,
    contents: Contents,
    table: Option<(String, usize)>,
    number: u64,
}

impl<'r> Lines<'r> {
    /// Reads what the file says of itself, in whatever form the rest is.
    pub(super) fn begin(file: &'r mut (dyn BufRead + Send)) -> Result<Lines<'r>, Error> {
        let mut hash = Sha256::new();
        let first = line(file)?.ok_or(Error::NotABackup)?;
        let said: Json = serde_json::from_slice(&first).map_err(|_| Error::NotABackup)?;
        if said.get("backup").and_then(Json::as_str) != Some("concord") {
            return Err(Error::NotABackup);
        }
        let format = said.get("format").and_then(Json::as_u64).and_then(|format| u32::try_from(format).ok());
        match format {
            Some(format) if format > FORMAT => return Err(Error::NewerFormat(format)),
            Some(_) => {}
            None => return Err(Error::NotABackup),
        }
        let header = serde_json::from_value(said).map_err(|_| Error::Damaged("line 1".to_owned()))?;
        hash.update(&first);
        let contents = Contents { header, rows: BTreeMap::new() };
        Ok(Lines { file, hash, contents, table: None, number: 1 })
    }

    pub(super) fn header(&self) -> &Header {
        &self.contents.header
    }

    /// What has been read until now.
    pub(super) fn contents(&self) -> Contents {
        self.contents.clone()
    }

    /// The next line. After [`Line::End`] there is none.
    pub(super) fn next(&mut self) -> Result<Line, Error> {
        let text = line(self.file)?.ok_or(Error::CutShort)?;
        self.number += 1;
        let damaged = || Error::Damaged(format!("line {}", self.number));
        if !text.ends_with(b"\n") {
            return Err(Error::CutShort);
        }
        if text.starts_with(b"{\"end\"") {
            let end: End = serde_json::from_slice(&text).map_err(|_| damaged())?;
            if end.sha256 != hex(self.hash.clone()) || end.end != Counts::of(&self.contents.rows) {
                return Err(Error::Damaged("its checksum is another".to_owned()));
            }
            return match line(self.file)? {
                None => Ok(Line::End),
                Some(_) => Err(Error::Damaged("something follows its end".to_owned())),
            };
        }
        self.hash.update(&text);
        if text.starts_with(b"[") {
            let (table, width) = self.table.as_ref().ok_or_else(damaged)?;
            let row: Vec<Json> = serde_json::from_slice(&text).map_err(|_| damaged())?;
            let row: Option<Vec<Value>> = row.into_iter().map(value).collect();
            let row = row.filter(|row| row.len() == *width).ok_or_else(damaged)?;
            *self.contents.rows.entry(table.clone()).or_default() += 1;
            return Ok(Line::Row(row));
        }
        let OfTable { table, columns } = serde_json::from_slice(&text).map_err(|_| damaged())?;
        if self.contents.rows.insert(table.clone(), 0).is_some() {
            return Err(damaged());
        }
        self.table = Some((table.clone(), columns.len()));
        Ok(Line::Table { name: table, columns })
    }
}

/// A line with its end, if it has one; nothing at the end of the file.
fn line(file: &mut (dyn BufRead + Send)) -> Result<Option<Vec<u8>>, Error> {
    let mut line = Vec::new();
    file.take(LONGEST).read_until(b'\n', &mut line)?;
    if line.len() as u64 == LONGEST {
        return Err(Error::Damaged("a line has no end".to_owned()));
    }
    Ok((!line.is_empty()).then_some(line))
}

fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Bytes(bytes) => serde_json::json!({ "b": STANDARD.encode(bytes) }),
    }
}

fn value(json: Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Number(number) => Value::Int(number.as_i64()?),
        Json::String(text) => Value::Text(text),
        Json::Object(object) => Value::Bytes(STANDARD.decode(object.get("b")?.as_str()?).ok()?),
        Json::Bool(_) | Json::Array(_) => return None,
    })
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

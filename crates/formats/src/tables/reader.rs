//! Reads a CSV table row by row and collects every fault, each with its line and column.

use std::collections::BTreeMap;
use std::io::Read;

use postroad_model::place::Coordinate;
use postroad_model::{Fault, Place};

use super::TableResult;
use crate::locate::nearest;

/// So many faults of one table are listed; the rest are counted.
const MOST_FAULTS: usize = 50;

/// A column: its name and whether the table must have it.
pub(super) type Column = (&'static str, bool);

/// A table being read.
pub(super) struct Table<'a, R: Read> {
    file: &'a str,
    reader: csv::Reader<R>,
    columns: BTreeMap<&'static str, usize>,
    faults: Vec<Fault>,
    more_faults: usize,
}

/// One row, its line and where its faults go.
pub(super) struct Row<'a> {
    file: &'a str,
    line: u64,
    record: &'a csv::StringRecord,
    columns: &'a BTreeMap<&'static str, usize>,
    faults: Vec<Fault>,
}

impl<'a, R: Read> Table<'a, R> {
    /// Reads the head. The columns may stand in any order; others are passed over.
    pub(super) fn open(file: &'a str, input: R, columns: &[Column]) -> Result<Self, Vec<Fault>> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input);
        let head = match reader.headers() {
            Ok(head) => head.clone(),
            Err(error) => return Err(vec![broken(file, &error)]),
        };
        if head.iter().all(str::is_empty) {
            return Err(vec![empty(file)]);
        }
        let mut found = BTreeMap::new();
        let mut faults = Vec::new();
        for &(name, needed) in columns {
            match head.iter().position(|h| h.trim_start_matches('\u{feff}') == name) {
                Some(index) => {
                    found.insert(name, index);
                }
                None if needed => faults.push(missing_column(file, name, &head)),
                None => {}
            }
        }
        if found.is_empty() {
            return Err(vec![no_header(file, columns, &head)]);
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self { file, reader, columns: found, faults, more_faults: 0 })
    }

    /// Reads all rows. `read` gets each row and its position; `id` names the column of the id.
    pub(super) fn read_all<T>(
        mut self,
        id: &'static str,
        mut read: impl FnMut(&mut Row<'_>) -> Option<T>,
    ) -> TableResult<T> {
        let mut items = Vec::new();
        let mut index = BTreeMap::new();
        let mut lines = BTreeMap::new();
        let mut record = csv::StringRecord::new();
        loop {
            match self.reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    self.report(broken(self.file, &error));
                    if error.is_io_error() || self.faults.len() >= MOST_FAULTS {
                        break;
                    }
                    continue;
                }
            }
            let line = record.position().map_or(0, csv::Position::line);
            let faults = Vec::new();
            let mut row =
                Row { file: self.file, line, record: &record, columns: &self.columns, faults };
            let item = read(&mut row);
            let name = row.text(id);
            if let Some(first) = lines.get(&name) {
                let cause = format!("there are two rows with `{name}`, the first on line {first}");
                row.fault("E205", id, cause, "remove one of them");
            } else {
                index.insert(name.clone(), index.len());
                lines.insert(name, line);
            }
            let faults = row.faults;
            faults.into_iter().for_each(|fault| self.report(fault));
            items.extend(item);
        }
        self.close(items, index)
    }

    fn report(&mut self, fault: Fault) {
        match self.faults.len() < MOST_FAULTS {
            true => self.faults.push(fault),
            false => self.more_faults += 1,
        }
    }

    fn close<T>(mut self, items: Vec<T>, index: BTreeMap<String, usize>) -> TableResult<T> {
        let place = || Place { file: self.file.into(), line: None, field: None };
        if self.more_faults > 0 {
            let cause = format!("{} more faults are not listed", self.more_faults);
            let action = "correct those above and read the table again".into();
            self.faults.push(Fault { code: "E208", place: place(), cause, action });
        } else if items.is_empty() && self.faults.is_empty() {
            self.faults.push(empty(self.file));
        }
        if self.faults.is_empty() { Ok((items, index)) } else { Err(self.faults) }
    }
}

impl Row<'_> {
    pub(super) fn fault(
        &mut self,
        code: &'static str,
        column: &str,
        cause: impl Into<String>,
        action: impl Into<String>,
    ) {
        let place =
            Place { file: self.file.into(), line: Some(self.line), field: Some(column.into()) };
        self.faults.push(Fault { code, place, cause: cause.into(), action: action.into() });
    }

    /// The cell, or an empty text.
    pub(super) fn text(&self, column: &'static str) -> String {
        let index = self.columns.get(column);
        index.and_then(|&i| self.record.get(i)).unwrap_or_default().to_string()
    }

    /// The cell, which must not be empty.
    pub(super) fn name(&mut self, column: &'static str) -> String {
        let text = self.text(column);
        if text.is_empty() {
            self.fault("E203", column, "the cell is empty", "fill it in");
        }
        text
    }

    /// A number within a range.
    pub(super) fn number(&mut self, column: &'static str, min: f64, max: f64) -> Option<f64> {
        let text = self.text(column);
        let Ok(number) = text.parse::<f64>() else {
            let cause = format!("expected a number, found `{text}`");
            self.fault("E203", column, cause, "write a number with a point for decimals");
            return None;
        };
        if number >= min && number <= max {
            return Some(number);
        }
        let cause = format!("{number} is not from {min} to {max}");
        self.fault("E204", column, cause, "write a number in that range");
        None
    }

    /// A number within a range, if the table has the column and the cell is filled.
    pub(super) fn optional_number(
        &mut self,
        column: &'static str,
        min: f64,
        max: f64,
    ) -> Option<f64> {
        if self.text(column).is_empty() { None } else { self.number(column, min, max) }
    }

    /// Latitude and longitude from the columns `lat` and `lon`.
    pub(super) fn coordinate(&mut self) -> Option<Coordinate> {
        let latitude = self.number("lat", -90.0, 90.0);
        let longitude = self.number("lon", -180.0, 180.0);
        Some(Coordinate { latitude: latitude?, longitude: longitude? })
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, column: &'static str, known: &[(&str, T)]) -> Option<T> {
        let word = self.text(column);
        let found = known.iter().find(|(name, _)| *name == word).map(|&(_, meaning)| meaning);
        if found.is_none() {
            let words: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
            let cause = format!("`{word}` is not known here");
            self.fault("E203", column, cause, format!("write one of {}", words.join(", ")));
        }
        found
    }

    /// The position of the row of another table that this cell names.
    pub(super) fn reference(
        &mut self,
        column: &'static str,
        index: &BTreeMap<String, usize>,
        table: &str,
    ) -> Option<usize> {
        let name = self.text(column);
        let found = index.get(&name).copied();
        if found.is_none() {
            let cause = format!("`{name}` is not in {table}");
            let action = format!("add it to {table} or name one that is there");
            self.fault("E206", column, cause, action);
        }
        found
    }
}

fn broken(file: &str, error: &csv::Error) -> Fault {
    let line = error.position().map(csv::Position::line);
    let cause = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the row has {len} cells, the head has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "the row is not valid UTF-8".into(),
        csv::ErrorKind::Io(error) => format!("the table cannot be read: {error}"),
        _ => "the table is not valid CSV".into(),
    };
    let action = "save the table as CSV with commas, in UTF-8".into();
    let place = Place { file: file.into(), line, field: None };
    Fault { code: "E201", place, cause, action }
}

fn empty(file: &str) -> Fault {
    let place = Place { file: file.into(), line: None, field: None };
    let action = "give it a header and at least one row; docs/formats.md lists the columns".into();
    Fault { code: "E207", place, cause: "the table has no rows".into(), action }
}

/// None of the columns is there: the first line is no header of this table.
fn no_header(file: &str, columns: &[Column], head: &csv::StringRecord) -> Fault {
    let names: Vec<&str> = columns.iter().filter(|c| c.1).map(|c| c.0).collect();
    let first: String = head.iter().collect::<Vec<_>>().join(",").chars().take(40).collect();
    Fault {
        code: "E202",
        place: Place { file: file.into(), line: Some(1), field: None },
        cause: format!("the first line, `{}`, names no column of this table", first.escape_debug()),
        action: format!("begin with a line that names the columns {}", names.join(", ")),
    }
}

fn missing_column(file: &str, name: &'static str, head: &csv::StringRecord) -> Fault {
    let action = match nearest(name, head.iter()) {
        Some(near) => format!("add it; is `{near}` meant?"),
        None => "add it; docs/formats.md lists the columns".into(),
    };
    Fault {
        code: "E202",
        place: Place { file: file.into(), line: Some(1), field: Some(name.into()) },
        cause: format!("the column `{name}` is missing"),
        action,
    }
}

//! Reads a table, CSV or a JSON list of flat objects, row by row and collects every fault, each with
//! its line and column.

use std::collections::BTreeMap;
use std::io::Read;

use postroad_model::place::Coordinate;
use postroad_model::{Fault, Place};
use serde_json::Value;
use serde_json::value::RawValue;

use super::TableResult;
use crate::locate::{Lines, nearest};
use crate::pairs::Pairs;

/// So many faults of one table are listed; the rest are counted.
const MOST_FAULTS: usize = 50;
/// A table with more rows is refused, so that memory and time stay bounded.
const MOST_ROWS: usize = 1_000_000;

/// A column: its name and whether the table must have it.
pub(crate) type Column = (&'static str, bool);

/// Where known columns stand in a row. They are few, and looked up for every cell: a list is
/// faster than a tree.
#[derive(Default)]
struct Columns(Vec<(&'static str, usize)>);

impl Columns {
    fn find(&self, name: &str) -> Option<usize> {
        self.0.iter().find(|(known, _)| *known == name).map(|&(_, index)| index)
    }
}

/// A table being read.
pub(crate) struct Table<'a, R: Read> {
    file: &'a str,
    rows: Rows<R>,
    /// The first row of a CSV file.
    head: csv::StringRecord,
    columns: Columns,
    /// Columns of the file that are not known.
    passed_over: Vec<String>,
    /// Whether there may be no row at all.
    may_be_empty: bool,
    faults: Vec<Fault>,
    more_faults: usize,
}

/// Where rows come from.
enum Rows<R: Read> {
    Csv(csv::Reader<R>),
    /// Cells in the order of the known columns, with their lines.
    Json(std::vec::IntoIter<(u64, csv::StringRecord)>),
}

/// One row, its line and where its faults go.
pub(crate) struct Row<'a> {
    file: &'a str,
    /// Its line, from 1.
    pub(crate) line: u64,
    record: &'a csv::StringRecord,
    columns: &'a Columns,
    faults: Vec<Fault>,
}

impl<'a, R: Read> Table<'a, R> {
    /// Reads the head. The columns may stand in any order; others are passed over.
    pub(crate) fn open(file: &'a str, input: R, columns: &[Column]) -> Result<Self, Vec<Fault>> {
        let no_cells = csv::StringRecord::new();
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(input);
        let head = match reader.headers() {
            Ok(head) => head.clone(),
            Err(error) => return Err(vec![broken(file, &error, [&no_cells, &no_cells])]),
        };
        if head.iter().all(str::is_empty) {
            return Err(vec![empty(file)]);
        }
        let mut found = Columns::default();
        let mut faults = Vec::new();
        for &(name, needed) in columns {
            let is_it = |h: &str| h.trim_start_matches('\u{feff}').trim() == name;
            match head.iter().position(is_it) {
                Some(index) => {
                    if head.iter().skip(index + 1).any(is_it) {
                        faults.push(double_column(file, name));
                    }
                    found.0.push((name, index));
                }
                None if needed => faults.push(missing_column(file, name, &head)),
                None => {}
            }
        }
        if found.0.is_empty() {
            return Err(vec![no_header(file, columns, &head)]);
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let is_unknown = |(index, name): &(usize, &str)| {
            !name.is_empty() && !found.0.iter().any(|(_, known)| known == index)
        };
        let unknown = head.iter().enumerate().filter(is_unknown);
        let passed_over = unknown.map(|(_, name)| name.to_string()).collect();
        let rows = Rows::Csv(reader);
        Ok(Self {
            file,
            rows,
            head,
            columns: found,
            passed_over,
            may_be_empty: false,
            faults,
            more_faults: 0,
        })
    }

    /// The same table, which may have no rows.
    pub(crate) fn or_no_rows(self) -> Self {
        Self { may_be_empty: true, ..self }
    }

    /// Columns of the file that are not known and so not read.
    pub(crate) fn passed_over(&self) -> &[String] {
        &self.passed_over
    }

    /// Reads all rows. `read` gets each row and its position; `id` names the column of the id.
    pub(crate) fn read_all<T>(
        self,
        id: &'static str,
        mut read: impl FnMut(&mut Row<'_>) -> Option<T>,
    ) -> TableResult<T> {
        let mut items = Vec::new();
        let mut index = BTreeMap::new();
        let mut lines = BTreeMap::new();
        self.each_row(MOST_ROWS, |row| {
            let item = read(row);
            let name = row.text(id);
            if let Some(first) = lines.get(&name) {
                let cause = format!("there are two rows with `{name}`, the first on line {first}");
                row.fault("E205", id, cause, "remove one of them");
            } else {
                index.insert(name.clone(), index.len());
                lines.insert(name, row.line);
            }
            items.extend(item);
        })?;
        Ok((items, index))
    }

    /// Reads all rows, at most so many.
    pub(crate) fn each_row(
        mut self,
        most_rows: usize,
        mut read: impl FnMut(&mut Row<'_>),
    ) -> Result<(), Vec<Fault>> {
        let mut record = csv::StringRecord::new();
        let mut rows = 0;
        while let Some(line) = self.next_row(&mut record) {
            if rows == most_rows {
                let cause = format!("the table has more than {most_rows} rows");
                self.report(whole(self.file, "E330", cause, "split it into several tables"));
                break;
            }
            rows += 1;
            let (file, columns) = (self.file, &self.columns);
            let mut row = Row { file, line, record: &record, columns, faults: Vec::new() };
            read(&mut row);
            let faults = row.faults;
            faults.into_iter().for_each(|fault| self.report(fault));
        }
        self.close(rows)
    }

    /// The line of the next row that can be read; what cannot be read is reported.
    fn next_row(&mut self, record: &mut csv::StringRecord) -> Option<u64> {
        loop {
            let read = match &mut self.rows {
                Rows::Csv(reader) => reader.read_record(record),
                Rows::Json(rows) => {
                    let (line, cells) = rows.next()?;
                    *record = cells;
                    return Some(line);
                }
            };
            match read {
                Ok(true) => return Some(record.position().map_or(0, csv::Position::line)),
                Ok(false) => return None,
                Err(error) => {
                    self.report(broken(self.file, &error, [&self.head, record]));
                    if error.is_io_error() || self.faults.len() >= MOST_FAULTS {
                        return None;
                    }
                }
            }
        }
    }

    fn report(&mut self, fault: Fault) {
        match self.faults.len() < MOST_FAULTS {
            true => self.faults.push(fault),
            false => self.more_faults += 1,
        }
    }

    fn close(mut self, rows: usize) -> Result<(), Vec<Fault>> {
        if self.more_faults > 0 {
            let cause = format!("{} more faults are not listed", self.more_faults);
            let action = "correct those above and read the table again";
            self.faults.push(whole(self.file, "E208", cause, action));
        } else if rows == 0 && !self.may_be_empty && self.faults.is_empty() {
            self.faults.push(empty(self.file));
        }
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults) }
    }
}

impl<'a> Table<'a, &'a [u8]> {
    /// A table as CSV, or as a JSON list of objects whose keys are the columns.
    pub(crate) fn open_either(
        file: &'a str,
        bytes: &'a [u8],
        columns: &[Column],
    ) -> Result<Self, Vec<Fault>> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match bytes.trim_ascii_start().first() {
            Some(b'[' | b'{') => Self::open_json(file, bytes, columns),
            _ => Self::open(file, bytes, columns),
        }
    }
}

impl<'a, R: Read> Table<'a, R> {
    /// A table as a JSON list of objects whose keys are the columns.
    pub(crate) fn open_json(
        file: &'a str,
        bytes: &[u8],
        columns: &[Column],
    ) -> Result<Self, Vec<Fault>> {
        let text = String::from_utf8_lossy(bytes);
        let objects: Vec<&RawValue> =
            serde_json::from_str(&text).map_err(|error| vec![not_json(file, &error)])?;
        if objects.is_empty() {
            return Err(vec![empty(file)]);
        }
        let lines = Lines::of(&text);
        let line_of =
            |raw: &RawValue| lines.line(raw.get().as_ptr() as usize - text.as_ptr() as usize);
        let columns =
            Columns(columns.iter().enumerate().map(|(index, &(name, _))| (name, index)).collect());
        let mut table = Self {
            file,
            rows: Rows::Json(Vec::new().into_iter()),
            head: csv::StringRecord::new(),
            columns,
            passed_over: Vec::new(),
            may_be_empty: false,
            faults: Vec::new(),
            more_faults: 0,
        };
        let mut rows = Vec::new();
        for raw in objects {
            let line = line_of(raw);
            rows.extend(table.cells(line, raw).map(|cells| (line, cells)));
        }
        table.rows = Rows::Json(rows.into_iter());
        Ok(table)
    }

    /// The cells of a JSON object in the order of the columns.
    fn cells(&mut self, line: u64, raw: &RawValue) -> Option<csv::StringRecord> {
        let mut cells = vec![String::new(); self.columns.0.len()];
        let add = |field: Option<&str>, cause: String, action: &str| {
            let place = Place {
                file: self.file.into(),
                line: Some(line),
                field: field.map(str::to_string),
            };
            Fault { code: "E331", place, cause, action: action.into() }
        };
        let Pairs(pairs) = match serde_json::from_str::<Pairs<Value>>(raw.get()) {
            Ok(pairs) => pairs,
            Err(error) => {
                let action = "write an object with a key for each column";
                let fault = add(None, format!("this is no object for a row: {error}"), action);
                self.report(fault);
                return None;
            }
        };
        let mut faults = Vec::new();
        for (key, value) in pairs {
            match (self.columns.find(&key), cell(&value)) {
                (Some(index), Some(text)) => cells[index] = text,
                (Some(_), None) => {
                    let cause = "expected a text, a number or a list of them".to_string();
                    let action = "write the value as docs/formats.md says";
                    faults.push(add(Some(&key), cause, action));
                }
                (None, _) if self.passed_over.contains(&key) => {}
                (None, _) => self.passed_over.push(key),
            }
        }
        faults.into_iter().for_each(|fault| self.report(fault));
        Some(csv::StringRecord::from(cells))
    }
}

/// A JSON value as the text of a cell; lists are joined by semicolons.
fn cell(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.trim().to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Object(_) => None,
        Value::Array(items) => {
            let texts: Option<Vec<String>> =
                items.iter().map(|item| if item.is_array() { None } else { cell(item) }).collect();
            texts.map(|texts| texts.join(";"))
        }
    }
}

impl Row<'_> {
    pub(crate) fn fault(
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
    pub(crate) fn cell(&self, column: &'static str) -> &str {
        let cell = self.columns.find(column).and_then(|index| self.record.get(index));
        cell.unwrap_or_default().trim()
    }

    /// A copy of the cell, or an empty text.
    pub(crate) fn text(&self, column: &'static str) -> String {
        self.cell(column).to_string()
    }

    /// The cell, which must not be empty.
    pub(crate) fn name(&mut self, column: &'static str) -> String {
        let text = self.text(column);
        if text.is_empty() {
            self.fault("E203", column, "the cell is empty", "fill it in");
        }
        text
    }

    /// A number within a range.
    pub(crate) fn number(&mut self, column: &'static str, min: f64, max: f64) -> Option<f64> {
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
    pub(crate) fn optional_number(
        &mut self,
        column: &'static str,
        min: f64,
        max: f64,
    ) -> Option<f64> {
        if self.text(column).is_empty() { None } else { self.number(column, min, max) }
    }

    /// Latitude and longitude from the columns `lat` and `lon`.
    pub(crate) fn coordinate(&mut self) -> Option<Coordinate> {
        let latitude = self.number("lat", -90.0, 90.0);
        let longitude = self.number("lon", -180.0, 180.0);
        Some(Coordinate { latitude: latitude?, longitude: longitude? })
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&mut self, column: &'static str, known: &[(&str, T)]) -> Option<T> {
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
    pub(crate) fn reference(
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

/// What is wrong with a row as CSV, by the head of the table and the row as far as it was read.
fn broken(file: &str, error: &csv::Error, [head, row]: [&csv::StringRecord; 2]) -> Fault {
    let line = error.position().map(csv::Position::line);
    let mut field = None;
    let mut action = "save the table as CSV with commas, in UTF-8";
    let cause = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let counts = format!("the row has {len} cells, the head has {expected_len}");
            if let Some(first) = head.get(row.len()) {
                field = Some(first.to_string());
                action = "write a cell for each column, an empty one where there is no value";
                format!("{counts}: the first missing one is `{first}`")
            } else {
                let surplus: String =
                    row.get(head.len()).unwrap_or_default().chars().take(40).collect();
                action = "remove it, or put a cell with a comma in it in quotes";
                format!("{counts}: the first one too many is `{}`", surplus.escape_debug())
            }
        }
        csv::ErrorKind::Utf8 { err, .. } => {
            field = head.get(err.field()).map(str::to_string);
            "the row is not valid UTF-8".into()
        }
        csv::ErrorKind::Io(error) => format!("the table cannot be read: {error}"),
        _ => "the table is not valid CSV".into(),
    };
    let place = Place { file: file.into(), line, field };
    Fault { code: "E201", place, cause, action: action.into() }
}

/// A fault of a table as a whole.
fn whole(file: &str, code: &'static str, cause: String, action: &str) -> Fault {
    let place = Place { file: file.into(), line: None, field: None };
    Fault { code, place, cause, action: action.into() }
}

fn empty(file: &str) -> Fault {
    let action = "give it a header and at least one row; docs/formats.md lists the columns";
    whole(file, "E207", "the table has no rows".into(), action)
}

fn not_json(file: &str, error: &serde_json::Error) -> Fault {
    let place = Place { file: file.into(), line: Some(error.line() as u64), field: None };
    let cause = format!("this is no list of objects: {error}");
    let action = "write a JSON list with an object for each row".into();
    Fault { code: "E331", place, cause, action }
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

fn double_column(file: &str, name: &'static str) -> Fault {
    Fault {
        code: "E202",
        place: Place { file: file.into(), line: Some(1), field: Some(name.into()) },
        cause: format!("there are two columns `{name}`"),
        action: "remove or rename one of them".into(),
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

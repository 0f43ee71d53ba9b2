//! Where things are: points on the earth, or names of a matrix; and the matrix itself.

use std::collections::BTreeMap;

use postroad_model::LocationId;
use postroad_model::place::Coordinate;
use postroad_model::routing::{AMOUNT_MAX, Travel};
use serde::Deserialize;

use super::{Failed, Reader, Source};
use crate::tables::reader::{Column, Row};

/// Locations of a matrix, at most: so many squared are 400 million cells, 3 GB.
const LOCATIONS_MAX: usize = 20_000;

const COLUMNS: [Column; 4] = [("from", true), ("to", true), ("metres", true), ("seconds", false)];

/// How places are told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Places {
    /// By latitude and longitude, which every row must have.
    Points,
    /// By names of a matrix; points may be given.
    Matrix,
}

/// The point of a row; `Some(None)` if it has none and needs none.
pub(super) fn point(row: &mut Row, places: Places) -> Option<Option<Coordinate>> {
    let is_empty = row.text("lat").is_empty() && row.text("lon").is_empty();
    if places == Places::Matrix && is_empty {
        return Some(None);
    }
    row.coordinate().map(Some)
}

/// Ways between named locations.
pub(super) struct Matrix {
    pub(super) ids: BTreeMap<String, LocationId>,
    pub(super) distances_m: Vec<i32>,
    pub(super) durations_s: Vec<i32>,
}

impl Matrix {
    /// With points if every location has one.
    pub(super) fn travel(self, points: &BTreeMap<LocationId, Coordinate>) -> Travel {
        let all: Option<Vec<_>> = self.ids.values().map(|id| points.get(id).copied()).collect();
        // Values of the map are in the order of names, not of locations.
        let mut by_location: Vec<_> =
            self.ids.values().copied().zip(all.unwrap_or_default()).collect();
        by_location.sort_by_key(|&(id, _)| id);
        Travel::Matrix {
            locations: self.ids.len(),
            distances_m: self.distances_m,
            durations_s: Some(self.durations_s),
            points: by_location.into_iter().map(|(_, point)| point).collect(),
        }
    }
}

/// Reads a matrix: a table of pairs as CSV, or JSON with rows. Without times, `km_per_hour` makes
/// them.
pub(super) fn read_matrix(
    reader: &mut Reader,
    source: Source,
    km_per_hour: f64,
) -> Result<Matrix, Failed> {
    let start = source.bytes.trim_ascii_start().first();
    let read = match start {
        Some(b'{' | b'[') => read_rows(source, km_per_hour),
        _ => {
            let table = reader.open(source, &COLUMNS)?;
            read_pairs(source, table, km_per_hour)
        }
    };
    reader.take(read)
}

/// Seconds of a way at a speed.
fn seconds(metres: i32, km_per_hour: f64) -> i32 {
    (f64::from(metres) / km_per_hour * 3.6).round().min(f64::from(AMOUNT_MAX)) as i32
}

/// Pairs of a long table.
fn read_pairs(
    source: Source,
    table: crate::tables::reader::Table<&[u8]>,
    km_per_hour: f64,
) -> Result<Matrix, Vec<postroad_model::Fault>> {
    let mut ids: BTreeMap<String, LocationId> = BTreeMap::new();
    let mut pairs = Vec::new();
    table.each_row(LOCATIONS_MAX * LOCATIONS_MAX, |row| {
        let mut id = |row: &mut Row, column| {
            let name = row.name(column);
            let next = LocationId(ids.len() as u32);
            *ids.entry(name).or_insert(next)
        };
        let (from, to) = (id(row, "from"), id(row, "to"));
        let most = f64::from(AMOUNT_MAX);
        let metres = row.number("metres", 0.0, most).map(|m| m.round() as i32);
        let given = match row.text("seconds").is_empty() {
            true => Some(None),
            false => row.number("seconds", 0.0, most).map(|s| Some(s.round() as i32)),
        };
        if let (Some(metres), Some(given)) = (metres, given) {
            let seconds = given.unwrap_or_else(|| seconds(metres, km_per_hour));
            pairs.push((row.line, from, to, metres, seconds));
        }
    })?;
    let mut faults = crate::instance::Faults::new(source.file);
    let n = ids.len();
    if n > LOCATIONS_MAX {
        let cause = format!("the matrix has {n} locations, at most {LOCATIONS_MAX} are read");
        faults.add("E335", None, None, cause, "use straight lines or roads instead");
        return Err(faults.into_vec());
    }
    const MISSING: i32 = -1;
    let mut distances_m = vec![MISSING; n * n];
    let mut durations_s = vec![MISSING; n * n];
    for (line, from, to, metres, seconds) in pairs {
        let cell = from.0 as usize * n + to.0 as usize;
        if distances_m[cell] != MISSING {
            let cause = "this pair is there already".to_string();
            faults.add("E335", Some(line), Some("from"), cause, "remove one of the rows");
        }
        (distances_m[cell], durations_s[cell]) = (metres, seconds);
    }
    let names: Vec<&String> = {
        let mut named: Vec<_> = ids.iter().collect();
        named.sort_by_key(|&(_, id)| *id);
        named.into_iter().map(|(name, _)| name).collect()
    };
    for cell in (0..n * n).filter(|&cell| distances_m[cell] == MISSING).collect::<Vec<_>>() {
        let (from, to) = (cell / n, cell % n);
        if from == to {
            (distances_m[cell], durations_s[cell]) = (0, 0);
            continue;
        }
        let cause = format!("there is no row from `{}` to `{}`", names[from], names[to]);
        faults.add("E335", None, None, cause, "give a row for each pair, in both directions");
    }
    if faults.is_empty() {
        Ok(Matrix { ids, distances_m, durations_s })
    } else {
        Err(faults.into_vec())
    }
}

/// A matrix as JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    locations: Vec<String>,
    metres: Vec<Vec<f64>>,
    seconds: Option<Vec<Vec<f64>>>,
}

/// Rows of a square matrix.
fn read_rows(source: Source, km_per_hour: f64) -> Result<Matrix, Vec<postroad_model::Fault>> {
    let mut faults = crate::instance::Faults::new(source.file);
    let rows: Rows = match serde_json::from_slice(source.bytes) {
        Ok(rows) => rows,
        Err(error) => {
            let cause = format!("this is no matrix: {error}");
            let action = "write the keys locations, metres and, if known, seconds";
            faults.add("E331", Some(error.line() as u64), None, cause, action);
            return Err(faults.into_vec());
        }
    };
    let n = rows.locations.len();
    let mut ids = BTreeMap::new();
    for (index, name) in rows.locations.into_iter().enumerate() {
        if ids.insert(name.clone(), LocationId(index as u32)).is_some() {
            let cause = format!("the location `{name}` is there twice");
            faults.add("E335", None, Some("locations"), cause, "name each location once");
        }
    }
    let distances_m = square(&rows.metres, n, "metres", &mut faults);
    let durations_s = match &rows.seconds {
        Some(rows) => square(rows, n, "seconds", &mut faults),
        None => distances_m.iter().map(|&metres| seconds(metres, km_per_hour)).collect(),
    };
    if faults.is_empty() {
        Ok(Matrix { ids, distances_m, durations_s })
    } else {
        Err(faults.into_vec())
    }
}

/// The cells of a square matrix in model units.
fn square(
    rows: &[Vec<f64>],
    n: usize,
    field: &str,
    faults: &mut crate::instance::Faults,
) -> Vec<i32> {
    if rows.len() != n {
        let cause = format!("the matrix has {} rows for {n} locations", rows.len());
        faults.add("E335", None, Some(field), cause, "give a row for each location");
    }
    let mut cells = Vec::new();
    for (from, row) in rows.iter().enumerate() {
        if row.len() != n {
            let cause = format!("row {} has {} numbers for {n} locations", from + 1, row.len());
            faults.add("E335", None, Some(field), cause, "give a number for each location");
        }
        for (to, &value) in row.iter().enumerate() {
            if !(0.0..=f64::from(AMOUNT_MAX)).contains(&value) {
                let cause = format!("row {}, column {}: {value} is no way", from + 1, to + 1);
                faults.add("E335", None, Some(field), cause, "give numbers from 0 to 10⁹");
            }
            cells.push(value.round() as i32);
        }
    }
    cells
}

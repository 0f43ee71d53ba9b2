//! Routes that people drove, from a folder of tables: `stops.csv` (route_id, stop_id, lat, lng,
//! type), `actual_sequences.csv` (route_id, stop_id, sequence_order; 0 is the station),
//! `packages.csv` (route_id, stop_id, planned_service_time_seconds) and, for each route,
//! `travel_times/ROUTE_travel_times.csv`, a square matrix of seconds.
//!
//! These are the names of the 2021 Last Mile Routing Research Challenge (Merchan and others 2022).

use std::collections::BTreeMap;
use std::path::Path;

use postroad_model::place::Coordinate;
use postroad_model::{Fault, Place};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::input;
use crate::output::plan::rows_of;

/// One day of one driver.
#[derive(Clone, PartialEq, Debug)]
pub struct DrivenRoute {
    /// Its name in the tables.
    pub id: String,
    /// The station, then the stops as they were driven to.
    pub places: Vec<Coordinate>,
    /// Planned time at all stops.
    pub service_s: f64,
    /// Seconds from each place to all, row by row, in the order of `places`.
    pub seconds: Vec<f64>,
}

impl DrivenRoute {
    /// Stops without the station.
    pub fn stops(&self) -> usize {
        self.places.len() - 1
    }

    /// Seconds from the place at one position to that at another.
    pub fn way_s(&self, from: usize, to: usize) -> f64 {
        self.seconds[from * self.places.len() + to]
    }
}

#[derive(Deserialize)]
struct StopRow {
    route_id: String,
    stop_id: String,
    lat: f64,
    lng: f64,
}

#[derive(Deserialize)]
struct SequenceRow {
    route_id: String,
    stop_id: String,
    sequence_order: usize,
}

#[derive(Deserialize)]
struct PackageRow {
    route_id: String,
    planned_service_time_seconds: f64,
}

/// All routes of a folder that have a matrix, by name.
pub fn read(folder: &Path) -> Result<Vec<DrivenRoute>, Vec<Fault>> {
    let mut places = BTreeMap::new();
    for row in rows::<StopRow>(&folder.join("stops.csv"))? {
        let place = Coordinate { latitude: row.lat, longitude: row.lng };
        places.insert((row.route_id, row.stop_id), place);
    }
    let mut orders: BTreeMap<String, BTreeMap<usize, String>> = BTreeMap::new();
    for row in rows::<SequenceRow>(&folder.join("actual_sequences.csv"))? {
        orders.entry(row.route_id).or_default().insert(row.sequence_order, row.stop_id);
    }
    let mut service_s: BTreeMap<String, f64> = BTreeMap::new();
    for row in rows::<PackageRow>(&folder.join("packages.csv"))? {
        *service_s.entry(row.route_id).or_default() += row.planned_service_time_seconds;
    }
    let mut routes = Vec::new();
    let mut faults = Vec::new();
    for (id, order) in orders {
        let file = folder.join("travel_times").join(format!("{id}_travel_times.csv"));
        let order: Vec<String> = order.into_values().collect();
        let at = |stop: &String| places.get(&(id.clone(), stop.clone())).copied();
        let known: Option<Vec<Coordinate>> = order.iter().map(at).collect();
        match (known, matrix(&file, &order)) {
            (Some(places), Ok(seconds)) if places.len() > 3 => {
                let service_s = service_s.get(&id).copied().unwrap_or(0.0);
                routes.push(DrivenRoute { id, places, service_s, seconds });
            }
            (_, Err(fault)) => faults.push(fault),
            _ => faults.push(fault(&file, "the route has stops without a place".into())),
        }
    }
    if faults.is_empty() { Ok(routes) } else { Err(faults) }
}

fn rows<T: DeserializeOwned>(file: &Path) -> Result<Vec<T>, Vec<Fault>> {
    let rows =
        input::read_bytes(file).and_then(|bytes| rows_of::<T>(&file.display().to_string(), &bytes));
    let rows = rows.map_err(|fault| vec![fault])?;
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The matrix of a route in the order of its stops.
fn matrix(file: &Path, order: &[String]) -> Result<Vec<f64>, Fault> {
    let bytes = input::read_bytes(file)?;
    let broken = |what: String| fault(file, what);
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().map_err(|error| broken(error.to_string()))?.clone();
    let position: BTreeMap<&str, usize> =
        header.iter().skip(1).enumerate().map(|(i, name)| (name, i)).collect();
    let mut table = BTreeMap::new();
    for row in reader.records() {
        let row = row.map_err(|error| broken(error.to_string()))?;
        let cells: Option<Vec<f64>> = row.iter().skip(1).map(|cell| cell.parse().ok()).collect();
        let cells = cells.filter(|cells| cells.iter().all(|s| s.is_finite() && *s >= 0.0));
        let cells = cells.ok_or_else(|| broken(format!("row `{}` is not of seconds", &row[0])))?;
        table.insert(row[0].to_owned(), cells);
    }
    let mut seconds = Vec::with_capacity(order.len() * order.len());
    for from in order {
        for to in order {
            let cell = table.get(from).zip(position.get(to.as_str()));
            let cell = cell.map(|(row, &at)| row[at]);
            seconds.push(cell.ok_or_else(|| broken(format!("no way from `{from}` to `{to}`")))?);
        }
    }
    Ok(seconds)
}

fn fault(file: &Path, cause: String) -> Fault {
    Fault {
        code: "E365",
        place: Place { file: file.display().to_string(), line: None, field: None },
        cause: format!("the driven routes cannot be read: {cause}"),
        action: "see docs/calibration.md for the tables of such a folder".into(),
    }
}

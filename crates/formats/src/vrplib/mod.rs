//! Routing benchmarks: VRPLIB (`.vrp` of CVRPLIB, with time windows or without) and the tables of
//! Solomon and of Gehring and Homberger; solutions in CVRPLIB's `.sol`.
//!
//! Distances of `EUC_2D` are rounded to the nearest integer. With time windows the convention of
//! the 12th DIMACS challenge holds: distances, times and windows in tenths, truncated; the cost is
//! the distance alone. One metre, second and parcel of the model is one unit (or tenth) of the file.

mod sections;
mod solomon;
mod solution;
#[cfg(test)]
mod tests;

pub use solution::{Solution, read_solution, write_solution};

use postroad_model::id::{Id, LocationId};
use postroad_model::routing::{
    AMOUNT_MAX, Depot, Rounding, RoutingProblem, Stop, TimeWindow, Travel, VehicleType,
};
use postroad_model::{DepotId, Fault};

use crate::instance::{Faults, quoted};
use sections::{Section, Sections};

/// A benchmark instance.
#[derive(Clone, PartialEq, Debug)]
pub struct Instance {
    /// The name in the file.
    pub name: String,
    /// The problem; stop 0 is the first customer of the file.
    pub problem: RoutingProblem,
    /// Model units in a unit of the file: 10 where tenths are counted, else 1.
    pub scale: i32,
}

/// Reads an instance; Solomon's layout is told by its line `VEHICLE`.
pub fn read(file: &str, text: &str) -> Result<Instance, Vec<Fault>> {
    let mut faults = Faults::new(file);
    let is_solomon = text.lines().take(20).any(|line| line.trim() == "VEHICLE");
    let parts = match is_solomon {
        true => solomon::parts(text, &mut faults),
        false => parts(text, &mut faults),
    };
    let instance = parts.and_then(|parts| parts.instance(&mut faults));
    match instance {
        Some(instance) if faults.is_empty() => Ok(instance),
        _ => Err(faults.into_vec()),
    }
}

/// What both layouts say, node by node; node 0 is the depot. Lists without a say are empty.
struct Parts {
    name: String,
    travel: Travel,
    scale: i32,
    vehicles: Option<u32>,
    capacity: i32,
    duration_max_s: i32,
    demands: Vec<i32>,
    windows: Vec<TimeWindow>,
    services_s: Vec<i32>,
}

impl Parts {
    fn instance(self, faults: &mut Faults) -> Option<Instance> {
        let nodes = self.travel.locations();
        if nodes < 2 {
            let cause = "there is no customer".to_string();
            faults.add("E324", None, None, cause, "give a depot and at least one customer");
            return None;
        }
        let mut problem = RoutingProblem::new(self.travel);
        let window = self.windows.first().copied().unwrap_or(TimeWindow::ALWAYS);
        problem.depots.push(Depot { location: LocationId(0), window });
        let count = self.vehicles.unwrap_or(nodes as u32 - 1);
        let capacity = [self.capacity, 0, 0];
        let vehicle = VehicleType::plain(DepotId(0), capacity, count);
        let duration_max_s = self.duration_max_s;
        problem.vehicles.push(VehicleType { duration_max_s, ..vehicle });
        for node in 1..nodes {
            let demand = self.demands[node];
            if demand > self.capacity {
                let cause = format!(
                    "customer {} wants {demand}, a vehicle holds {}",
                    node + 1,
                    capacity[0]
                );
                faults.add("E324", None, Some("demand"), cause, "correct demand or capacity");
            }
            let mut stop = Stop::delivery(LocationId::from_index(node), [demand, 0, 0]);
            stop.windows = self.windows.get(node).copied().into_iter().collect();
            stop.service_s = self.services_s.get(node).copied().unwrap_or(0);
            problem.stops.push(stop);
        }
        for fault in problem.faults() {
            faults.add("E324", None, None, fault, "correct the instance");
        }
        Some(Instance { name: self.name, problem, scale: self.scale })
    }
}

/// A VRPLIB file.
fn parts(text: &str, faults: &mut Faults) -> Option<Parts> {
    let sections = Sections::of(text, faults)?;
    let dimension = sections.whole("DIMENSION", faults)?? as usize;
    let capacity = sections.whole("CAPACITY", faults)??;
    let vehicles = sections.whole("VEHICLES", faults)?.map(|count| count as u32);
    let has_windows = sections.get(Section::Windows).is_some();
    let travel = travel(&sections, dimension, has_windows, faults)?;
    let scale = match travel {
        Travel::Plane { rounding: Rounding::Tenths, .. } => 10,
        _ => 1,
    };
    sections.check_depot(faults)?;
    let demands = whole_column(&sections, Section::Demands, dimension, 1, faults)?;
    let windows = match has_windows {
        true => windows(&sections, dimension, scale, faults)?,
        false => Vec::new(),
    };
    let services_s = services(&sections, dimension, scale, faults)?;
    let duration_max_s = sections.whole("DISTANCE", faults)?.map_or(AMOUNT_MAX, |d| d * scale);
    let name = sections.header("NAME").unwrap_or_default().to_string();
    Some(Parts {
        name,
        travel,
        scale,
        vehicles,
        capacity,
        duration_max_s,
        demands,
        windows,
        services_s,
    })
}

fn travel(
    sections: &Sections,
    dimension: usize,
    has_windows: bool,
    faults: &mut Faults,
) -> Option<Travel> {
    let kind = sections.header("EDGE_WEIGHT_TYPE").unwrap_or_default();
    let rounding = match kind {
        "EXPLICIT" => return matrix(sections, dimension, faults),
        "EUC_2D" if has_windows => Rounding::Tenths,
        "EUC_2D" => Rounding::Nearest,
        "CEIL_2D" => Rounding::Up,
        other => {
            let cause = format!("edge weights of the type {} are not known", quoted(other));
            let action = "use EUC_2D, CEIL_2D or EXPLICIT";
            faults.add("E321", None, Some("EDGE_WEIGHT_TYPE"), cause, action);
            return None;
        }
    };
    let rows = sections.rows(Section::Coordinates, dimension, 2, faults)?;
    let points = rows.into_iter().map(|row| [row[0], row[1]]).collect();
    Some(Travel::Plane { points, rounding })
}

/// An explicit matrix in one of TSPLIB's formats.
fn matrix(sections: &Sections, n: usize, faults: &mut Faults) -> Option<Travel> {
    let field = "EDGE_WEIGHT_FORMAT";
    let format = sections.header(field).unwrap_or_default();
    // Columns of a row that the file holds.
    let columns = |row: usize| match format {
        "FULL_MATRIX" => Some(0..n),
        "LOWER_ROW" => Some(0..row),
        "LOWER_DIAG_ROW" => Some(0..row + 1),
        "UPPER_ROW" => Some(row + 1..n),
        _ => None,
    };
    if columns(0).is_none() {
        let cause = format!("edge weights of the format {} are not known", quoted(format));
        let action = "use FULL_MATRIX, LOWER_ROW, LOWER_DIAG_ROW or UPPER_ROW";
        faults.add("E321", None, Some(field), cause, action);
        return None;
    }
    let expected = match format {
        "FULL_MATRIX" => n as u128 * n as u128,
        "LOWER_DIAG_ROW" => n as u128 * (n as u128 + 1) / 2,
        _ => n as u128 * n.saturating_sub(1) as u128 / 2,
    };
    let mut values = sections.values(Section::Weights, expected, faults)?.into_iter();
    let mut distances_m = vec![0; n * n];
    for row in 0..n {
        for column in columns(row)? {
            let value = values.next()?;
            distances_m[row * n + column] = value;
            if format != "FULL_MATRIX" {
                distances_m[column * n + row] = value;
            }
        }
    }
    Some(Travel::Matrix { locations: n, distances_m, durations_s: None, points: Vec::new() })
}

/// The whole numbers of a section with one column.
fn whole_column(
    sections: &Sections,
    section: Section,
    dimension: usize,
    scale: i32,
    faults: &mut Faults,
) -> Option<Vec<i32>> {
    let rows = sections.rows(section, dimension, 1, faults)?;
    let mut whole = |value: f64| scaled(value, scale, section.name(), faults);
    rows.into_iter().map(|row| whole(row[0])).collect()
}

fn windows(
    sections: &Sections,
    dimension: usize,
    scale: i32,
    faults: &mut Faults,
) -> Option<Vec<TimeWindow>> {
    let section = Section::Windows;
    let rows = sections.rows(section, dimension, 2, faults)?;
    let mut window = |row: Vec<f64>| {
        let start_s = scaled(row[0], scale, section.name(), faults)?;
        let end_s = scaled(row[1], scale, section.name(), faults)?;
        Some(TimeWindow { start_s, end_s })
    };
    rows.into_iter().map(&mut window).collect()
}

/// Service times: a section of their own, or one number for all customers.
fn services(
    sections: &Sections,
    dimension: usize,
    scale: i32,
    faults: &mut Faults,
) -> Option<Vec<i32>> {
    if sections.get(Section::Services).is_some() {
        return whole_column(sections, Section::Services, dimension, scale, faults);
    }
    let Some(word) = sections.header("SERVICE_TIME") else { return Some(Vec::new()) };
    let value = word.parse().unwrap_or(f64::NAN);
    let service_s = scaled(value, scale, "SERVICE_TIME", faults)?;
    Some(vec![service_s; dimension])
}

/// A number of the file in model units, truncated; a fault if it is out of range.
fn scaled(value: f64, scale: i32, field: &str, faults: &mut Faults) -> Option<i32> {
    let units = value * f64::from(scale);
    if (0.0..=f64::from(AMOUNT_MAX)).contains(&units) && (scale != 1 || units.fract() == 0.0) {
        return Some(units as i32);
    }
    let cause = format!("{value} is not a whole number from 0 to 10⁹");
    faults.add("E302", None, Some(field), cause, "correct the number");
    None
}

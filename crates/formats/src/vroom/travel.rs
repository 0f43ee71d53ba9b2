//! Ways and what they cost, in the terms of the model.
//!
//! VROOM charges travel, not waiting: a cost for each hour and kilometre under way. The model charges
//! metres and the whole time of a route. So travel costs become metres of the model where that is
//! exact; where limits need the true metres, the time of a route is charged, waiting included.

use std::collections::BTreeMap;

use postroad_model::LocationId;
use postroad_model::id::Id;
use postroad_model::place::Coordinate;
use postroad_model::routing::{AMOUNT_MAX, HubLabel, HubLabels, Travel};

use super::Ways;
use super::input::{Input, Matrices, Vehicle};
use crate::instance::Faults;

/// Locations of a matrix, at most: so many squared are 400 million cells.
const LOCATIONS_MAX: usize = 20_000;
/// Tenths of a second that stand for a metre where hours and kilometres are charged together.
const TENTHS: f64 = 10.0;

/// Ways between locations that differ by pair.
pub(super) enum Given {
    /// As the problem tells them.
    Matrices(Square),
    /// Along roads.
    Roads(HubLabels),
}

/// Matrices of one profile, row by row.
pub(super) struct Square {
    pub(super) locations: usize,
    pub(super) durations_s: Vec<i32>,
    pub(super) distances_m: Option<Vec<i32>>,
    pub(super) costs: Option<Vec<i32>>,
}

impl Given {
    /// The ways that something that knows the roads has told.
    pub(super) fn from_roads(travel: Travel) -> Option<Self> {
        match travel {
            Travel::Roads(labels) => Some(Given::Roads(labels)),
            Travel::Matrix { locations, distances_m, durations_s: Some(durations_s), .. } => {
                let distances_m = Some(distances_m);
                Some(Given::Matrices(Square { locations, durations_s, distances_m, costs: None }))
            }
            _ => None,
        }
    }

    /// Metres of a way, if they are known.
    pub(super) fn distance_m(&self, from: LocationId, to: LocationId) -> Option<i32> {
        match self {
            Given::Roads(labels) => Some(labels.fastest(from, to).0),
            Given::Matrices(square) => square.cell(square.distances_m.as_ref(), from, to),
        }
    }

    /// What the matrix of costs says of a way, if there is one.
    pub(super) fn cost(&self, from: LocationId, to: LocationId) -> Option<i32> {
        match self {
            Given::Roads(_) => None,
            Given::Matrices(square) => square.cell(square.costs.as_ref(), from, to),
        }
    }

    /// Which measures there are.
    pub(super) fn measures(&self) -> Measures {
        match self {
            Given::Roads(_) => Measures::Roads,
            Given::Matrices(square) => Measures::Matrices {
                distances: square.distances_m.is_some(),
                costs: square.costs.is_some(),
            },
        }
    }
}

impl Square {
    fn cell(&self, cells: Option<&Vec<i32>>, from: LocationId, to: LocationId) -> Option<i32> {
        cells.map(|cells| cells[from.index() * self.locations + to.index()])
    }
}

/// What is known of the ways between locations.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Measures {
    /// Straight lines at one speed.
    Straight { m_per_s: f64 },
    /// Durations, and more if it is given.
    Matrices { distances: bool, costs: bool },
    /// Durations and distances.
    Roads,
}

/// What a metre of the model stands for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Charged {
    /// A metre along straight lines, at one speed: costs of hours and kilometres add up.
    Straight { m_per_s: f64 },
    /// A second under way.
    Seconds,
    /// A tenth of a second, with metres as so many seconds more.
    Both { s_per_m: f64 },
    /// A unit of the matrix of costs.
    Costs,
    /// A metre; the time of a route is charged as a whole.
    Day,
}

/// The matrices of the profile that all vehicles share.
pub(super) fn given(input: &mut Input, faults: &mut Faults) -> Option<Given> {
    let mut profiles: Vec<&str> = input.vehicles.iter().map(|(_, v)| profile(v)).collect();
    profiles.sort_unstable();
    profiles.dedup();
    if input.matrices.is_empty() {
        return None;
    }
    if profiles.len() > 1 {
        let cause = format!("vehicles of several profiles: {}", profiles.join(", "));
        faults.add("E345", None, Some("matrices"), cause, "give all vehicles one profile");
        return None;
    }
    let name = profiles.first().map_or("car", |name| name).to_string();
    let Some(matrices) = input.matrices.remove(&name) else {
        let cause = format!("there is no matrix for the profile `{name}`");
        faults.add("E344", None, Some("matrices"), cause, "add one, or leave all matrices out");
        return None;
    };
    of_profile(matrices, faults).map(Given::Matrices)
}

pub(super) fn profile(vehicle: &Vehicle) -> &str {
    vehicle.profile.as_deref().unwrap_or("car")
}

fn of_profile(matrices: Matrices, faults: &mut Faults) -> Option<Square> {
    let Some(durations) = matrices.durations else {
        let cause = "a matrix of distances or costs needs one of durations".to_string();
        faults.add("E345", None, Some("matrices"), cause, "add the durations");
        return None;
    };
    let locations = durations.len();
    let mut square = |rows: Vec<Vec<u32>>, name| square(rows, locations, name, faults);
    let durations_s = square(durations, "durations");
    let distances_m = matrices.distances.map(|rows| square(rows, "distances"));
    let costs = matrices.costs.map(|rows| square(rows, "costs"));
    if locations > LOCATIONS_MAX {
        let cause = format!("the matrix has {locations} rows, at most {LOCATIONS_MAX} are read");
        faults.add("E344", None, Some("matrices"), cause, "leave out locations");
        return None;
    }
    Some(Square {
        locations,
        durations_s: durations_s?,
        distances_m: distances_m.map_or(Some(None), |rows| rows.map(Some))?,
        costs: costs.map_or(Some(None), |rows| rows.map(Some))?,
    })
}

fn square(rows: Vec<Vec<u32>>, n: usize, name: &str, faults: &mut Faults) -> Option<Vec<i32>> {
    let before = faults.so_far();
    let mut cells = Vec::new();
    if rows.len() != n || n == 0 {
        let cause = format!("{name} has {} rows, durations {n}", rows.len());
        faults.add("E344", None, Some("matrices"), cause, "give a square matrix, not empty");
    }
    for (index, row) in rows.into_iter().enumerate() {
        if row.len() != n {
            let cause = format!("row {index} of {name} has {} numbers for {n} rows", row.len());
            faults.add("E344", None, Some("matrices"), cause, "give a square matrix");
        }
        if let Some(value) = row.iter().find(|&&value| value > AMOUNT_MAX as u32) {
            let cause = format!("row {index} of {name} holds {value}, above 10⁹");
            faults.add("E344", None, Some("matrices"), cause, "give numbers up to 10⁹");
        }
        cells.extend(row.into_iter().map(|value| value.min(AMOUNT_MAX as u32) as i32));
    }
    (faults.so_far() == before).then_some(cells)
}

/// What is charged for a metre of the model, and whether the problem's limits and costs allow it.
pub(super) fn charged(input: &Input, measures: Measures, faults: &mut Faults) -> Charged {
    let vehicles = || input.vehicles.iter().map(|(_, vehicle)| vehicle);
    let (has_distances, has_costs) = match measures {
        Measures::Straight { m_per_s } => return Charged::Straight { m_per_s },
        Measures::Matrices { distances, costs } => (distances, costs),
        Measures::Roads => (true, false),
    };
    let mut refuse = |cause: &str, action| {
        faults.add("E345", None, Some("vehicles"), cause.to_string(), action);
    };
    let has_max_time = vehicles().any(|vehicle| vehicle.max_travel_time.is_some());
    let has_max_distance = vehicles().any(|vehicle| vehicle.max_distance.is_some());
    let per_km = vehicles().any(|vehicle| vehicle.costs.per_km > 0);
    if has_costs {
        if vehicles().any(|v| v.costs.per_hour.is_some() || v.costs.per_km > 0) {
            refuse("costs by hour or km beside a matrix of costs", "leave one of them out");
        }
        if has_max_time || has_max_distance {
            refuse("max_travel_time or max_distance with a matrix of costs", "leave it out");
        }
        return Charged::Costs;
    }
    if (per_km || has_max_distance) && !has_distances {
        refuse("per_km or max_distance without distances in the matrices", "add the distances");
    }
    if !per_km && !has_max_distance {
        return match measures {
            Measures::Roads => Charged::Both { s_per_m: 0.0 },
            _ => Charged::Seconds,
        };
    }
    if has_max_time {
        let cause = "max_travel_time beside per_km or max_distance, with matrices or roads";
        refuse(cause, "leave one out");
    }
    match ratio(vehicles()) {
        Some(s_per_m) if !has_max_distance => Charged::Both { s_per_m },
        _ => Charged::Day,
    }
}

/// Seconds that cost as much as a metre, if that is the same for all vehicles.
fn ratio<'a>(vehicles: impl Iterator<Item = &'a Vehicle>) -> Option<f64> {
    let mut ratios = vehicles.map(|vehicle| {
        let per_s = f64::from(vehicle.costs.per_hour()) / 3600.0 / factor(vehicle);
        f64::from(vehicle.costs.per_km) / 1000.0 / per_s
    });
    let first = ratios.next().filter(|ratio| ratio.is_finite())?;
    ratios.all(|ratio| ratio == first).then_some(first)
}

/// Speed of a vehicle over that of the others.
pub(super) fn factor(vehicle: &Vehicle) -> f64 {
    vehicle.speed_factor.unwrap_or(1.0)
}

/// The ways as the model has them.
pub(super) fn travel(
    given: Option<&Given>,
    charged: Charged,
    points: Vec<Coordinate>,
    known: &BTreeMap<LocationId, Coordinate>,
    ways: Ways,
) -> Travel {
    match (given, ways) {
        (Some(Given::Roads(labels)), _) => Travel::Roads(charged_labels(labels, charged)),
        (Some(Given::Matrices(square)), _) => {
            // Points of roads are complete; those of a problem's matrices only if all are told.
            let told = || known.values().copied().collect();
            let points = if known.len() == square.locations { told() } else { points };
            charged_matrix(square, charged, points)
        }
        (None, Ways::Straight { circuity, km_per_hour }) => {
            Travel::Earth { points, circuity, km_per_hour }
        }
        (None, Ways::Roads(_)) => unreachable!("roads have told their ways"),
    }
}

fn charged_matrix(square: &Square, charged: Charged, points: Vec<Coordinate>) -> Travel {
    let distances_m = match charged {
        Charged::Straight { .. } | Charged::Seconds => square.durations_s.clone(),
        Charged::Costs => square.costs.clone().unwrap_or_default(),
        Charged::Day => square.distances_m.clone().unwrap_or_default(),
        Charged::Both { s_per_m } => {
            let metres = square.distances_m.iter().flatten();
            let both = square.durations_s.iter().zip(metres).map(|(&seconds, &metres)| {
                let all_s = f64::from(seconds) + f64::from(metres) * s_per_m;
                (all_s * TENTHS).round().min(f64::from(AMOUNT_MAX)) as i32
            });
            both.collect()
        }
    };
    let is_one_measure = charged == Charged::Seconds;
    Travel::Matrix {
        locations: square.locations,
        distances_m,
        durations_s: (!is_one_measure).then(|| square.durations_s.clone()),
        points,
    }
}

/// Labels whose metres are what is charged. Sums of labels stay sums: a metre is a tenth of a
/// second, so a centimetre a millisecond.
fn charged_labels(labels: &HubLabels, charged: Charged) -> HubLabels {
    let Charged::Both { s_per_m } = charged else { return labels.clone() };
    let ms_per_cm = s_per_m * 10.0;
    let both = |label: &HubLabel| {
        let ms = f64::from(label.duration_ms) + f64::from(label.distance_cm) * ms_per_cm;
        HubLabel { distance_cm: ms.round().min(f64::from(AMOUNT_MAX)) as i32, ..*label }
    };
    HubLabels {
        out: labels.out.iter().map(both).collect(),
        into: labels.into.iter().map(both).collect(),
        ..labels.clone()
    }
}

/// Cost of a metre and of a second of a route, in units of VROOM's cost.
pub(super) fn rates(vehicle: &Vehicle, charged: Charged) -> (f64, f64) {
    let per_s = f64::from(vehicle.costs.per_hour()) / 3600.0;
    let per_m = f64::from(vehicle.costs.per_km) / 1000.0;
    match charged {
        Charged::Straight { m_per_s } => (per_m + per_s / m_per_s / factor(vehicle), 0.0),
        Charged::Seconds => (per_s / factor(vehicle), 0.0),
        Charged::Both { .. } => (per_s / factor(vehicle) / TENTHS, 0.0),
        Charged::Costs => (1.0, 0.0),
        Charged::Day => (per_m, per_s),
    }
}

/// Longest way of a vehicle in metres of the model.
pub(super) fn distance_max_m(vehicle: &Vehicle, charged: Charged) -> i64 {
    let limit = |limit: Option<u32>, metres: f64| {
        limit.map_or(i64::MAX, |limit| (f64::from(limit) * metres) as i64)
    };
    let by_time = match charged {
        Charged::Straight { m_per_s } => limit(vehicle.max_travel_time, m_per_s * factor(vehicle)),
        Charged::Seconds => limit(vehicle.max_travel_time, factor(vehicle)),
        Charged::Both { .. } => limit(vehicle.max_travel_time, factor(vehicle) * TENTHS),
        _ => i64::MAX,
    };
    let by_way = match charged {
        Charged::Straight { .. } | Charged::Day => limit(vehicle.max_distance, 1.0),
        _ => i64::MAX,
    };
    by_time.min(by_way)
}

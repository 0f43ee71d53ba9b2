//! What leaving a task out costs, so that priorities come first, then the number of tasks, then the
//! cost of routes.

use postroad_model::routing::{AMOUNT_MAX, HubLabel, MICRO_USD, Travel};

use super::input::Vehicle;
use super::travel::{Charged, rates};

/// Prices end here, a limit of the model.
const PRICE_MAX: f64 = 1e6 * MICRO_USD as f64;
/// Millionths of a dollar for a unit of cost, the finest first: rates are whole millionths.
const UNITS: [i64; 3] = [10_000, 1_000, 100];
/// A day, for what waiting may cost where the time of a route is charged.
const DAY_S: f64 = 86_400.0;

/// How costs and priorities become money.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Prices {
    /// Millionths of a dollar for a unit of VROOM's cost.
    pub(super) unit: i64,
    /// Price of leaving out a task without priority: more than any detour.
    base: f64,
    /// Tasks without priority that one step of priority outweighs.
    step: f64,
}

impl Prices {
    /// For so many tasks, the highest priority among them, and the dearest visit there can be.
    pub(super) fn new(tasks: usize, priority_max: u32, dearest: f64) -> Self {
        let step = tasks as f64 + 1.0;
        let highest = |unit: i64| dearest * unit as f64 * (1.0 + f64::from(priority_max) * step);
        let unit = UNITS.into_iter().find(|&unit| highest(unit) <= PRICE_MAX).unwrap_or(100);
        let base = (dearest * unit as f64).min(PRICE_MAX);
        // With very many tasks a step of priority outweighs only as many as the limit allows.
        let room = (PRICE_MAX / base - 1.0) / f64::from(priority_max.max(1));
        Self { unit, base, step: step.min(room.max(0.0)) }
    }

    /// Price of leaving out a task.
    pub(super) fn price_micro_usd(&self, priority: u32) -> i64 {
        (self.base * (1.0 + f64::from(priority) * self.step)).round().min(PRICE_MAX) as i64
    }

    /// Millionths of a dollar for an amount in VROOM's unit of cost.
    pub(super) fn micro_usd(&self, cost: f64) -> i64 {
        (cost * self.unit as f64).round().min(PRICE_MAX) as i64
    }
}

/// More than a visit can cost: there and back over the longest way, and a vehicle of its own.
pub(super) fn dearest(vehicles: &[(u64, Vehicle)], charged: Charged, travel: &Travel) -> f64 {
    let longest_m = longest_m(travel);
    let dearest = vehicles.iter().map(|(_, vehicle)| {
        let (per_m, per_s) = rates(vehicle, charged);
        f64::from(vehicle.costs.fixed) + 2.0 * longest_m * per_m + DAY_S * per_s
    });
    1.0 + dearest.fold(0.0, f64::max)
}

/// At least as long as the longest way.
fn longest_m(travel: &Travel) -> f64 {
    match travel {
        Travel::Matrix { distances_m, .. } => {
            // The largest amount stands for places without a way.
            let ways = distances_m.iter().copied().filter(|&metres| metres < AMOUNT_MAX);
            f64::from(ways.max().unwrap_or(0))
        }
        Travel::Roads(labels) => {
            let longest = |side: &[HubLabel]| side.iter().map(|label| label.distance_cm).max();
            let [out, into] = [&labels.out, &labels.into].map(|side| longest(side).unwrap_or(0));
            (f64::from(out) + f64::from(into)) / 100.0
        }
        Travel::Earth { points, circuity, .. } => {
            // From one place no two others are farther apart than twice the farthest from it.
            let far = points.iter().map(|point| point.great_circle_km(points[0]));
            2000.0 * circuity * far.fold(0.0, f64::max)
        }
        Travel::Plane { .. } | Travel::Region { .. } => 0.0,
    }
}

//! Routing: which vehicle visits which stops, in what order, and when.
//!
//! All amounts are integers, so that costs are exact and no two computations of them differ:
//! metres, seconds from midnight of the day (a day may run past 86,400), millionths of a dollar.
//! Distances and times of benchmarks without a unit stand for metres and seconds.

mod faults;
mod given;
mod plan;
mod region;
mod schedule;
#[cfg(test)]
mod tests;
mod travel;
mod violations;

pub use given::{GivenStep, GivenTime, given_times};
pub use plan::{Reason, Route, RoutingCost, RoutingPlan};
pub use region::{AreaRoads, Region, RegionPlace, Ways};
pub use schedule::{Event, EventKind, Schedule, schedule};
pub use travel::{HubLabel, HubLabels, Rounding, Travel};
pub use violations::RoutingViolation;

use crate::id::{DepotId, IdVec, LocationId, StopId, VehicleId};

/// Millionths of a dollar in a dollar.
pub const MICRO_USD: i64 = 1_000_000;

/// Largest distance, time or load of one thing: 10⁹ metres, seconds or units, so that sums over a
/// route fit into 64 bits with room to spare and single values into 32.
pub const AMOUNT_MAX: i32 = 1_000_000_000;

/// Kinds of load that are counted apart.
pub const DIMENSIONS: usize = 3;

/// Load in parcels, litres and grams.
pub type Load = [i32; DIMENSIONS];

/// Names of the dimensions of [`Load`].
pub const DIMENSION_NAMES: [&str; DIMENSIONS] = ["parcels", "litres", "grams"];

/// No load.
pub const NO_LOAD: Load = [0; DIMENSIONS];

/// From `start_s` to `end_s`, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeWindow {
    /// Not before.
    pub start_s: i32,
    /// Not after.
    pub end_s: i32,
}

impl TimeWindow {
    /// No restriction.
    pub const ALWAYS: TimeWindow = TimeWindow { start_s: 0, end_s: AMOUNT_MAX };
}

/// Where routes start, reload and end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Depot {
    /// Where it is.
    pub location: LocationId,
    /// Vehicles leave and arrive only within it.
    pub window: TimeWindow,
}

/// Time of a route beyond `after_s` costs more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Overtime {
    /// Regular time of a route.
    pub after_s: i32,
    /// Added to the rate of the vehicle for each second above.
    pub micro_usd_per_s: i64,
}

/// A rest of the driver: begins within one of the windows, before or after a visit but never
/// while one lasts. Breaks of a vehicle are taken in their order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Break {
    /// When it may begin; ascending, at least one.
    pub windows: Vec<TimeWindow>,
    /// How long it lasts.
    pub duration_s: i32,
}

/// Vehicles that are alike in everything.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VehicleType {
    /// How many there are.
    pub count: u32,
    /// Most it carries at a time.
    pub capacity: Load,
    /// Cost of using one.
    pub fixed_micro_usd: i64,
    /// Cost of driving.
    pub micro_usd_per_m: i64,
    /// Cost of time from leaving to coming back, waiting included.
    pub micro_usd_per_s: i64,
    /// Dearer time at the end of a long route.
    pub overtime: Option<Overtime>,
    /// A route begins and ends within it.
    pub shift: TimeWindow,
    /// Longest time of a route.
    pub duration_max_s: i32,
    /// Longest way of a route.
    pub distance_max_m: i64,
    /// Most stops of a route.
    pub stops_max: u32,
    /// Most trips of a route: between trips the vehicle reloads at its start.
    pub trips_max: u32,
    /// Time to reload between trips.
    pub reload_s: i32,
    /// Where a route starts; `None`: at its first stop.
    pub start: Option<DepotId>,
    /// Where a route ends; `None`: at its last stop.
    pub end: Option<DepotId>,
    /// What it can do, as bits.
    pub skills: u64,
    /// Rests that each of its routes must contain.
    pub breaks: Vec<Break>,
    /// Travel times in thousandths of those of [`Travel`]; 1000 for equal.
    pub travel_permille: u32,
}

impl VehicleType {
    /// A vehicle that costs one millionth of a dollar per metre and knows no limit but capacity:
    /// the vehicle of benchmarks.
    pub fn plain(depot: DepotId, capacity: Load, count: u32) -> Self {
        Self {
            count,
            capacity,
            fixed_micro_usd: 0,
            micro_usd_per_m: 1,
            micro_usd_per_s: 0,
            overtime: None,
            shift: TimeWindow::ALWAYS,
            duration_max_s: AMOUNT_MAX,
            distance_max_m: i64::MAX,
            stops_max: u32::MAX,
            trips_max: 1,
            reload_s: 0,
            start: Some(depot),
            end: Some(depot),
            skills: 0,
            breaks: Vec::new(),
            travel_permille: 1000,
        }
    }

    /// Travel time of this vehicle, from that of [`Travel`], rounded to the nearest second.
    #[inline]
    pub fn travel_s(&self, duration_s: i32) -> i32 {
        if self.travel_permille == 1000 {
            return duration_s;
        }
        ((i64::from(duration_s) * i64::from(self.travel_permille) + 500) / 1000) as i32
    }
}

/// Another vehicle than this one costs so much.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Preference {
    /// The familiar driver, the vehicle of the plan to be kept.
    pub vehicle: VehicleId,
    /// Cost of any other.
    pub micro_usd: i64,
}

/// One visit to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop {
    /// Where it is; several stops may share a location.
    pub location: LocationId,
    /// Brought from the start of the trip.
    pub delivery: Load,
    /// Taken along to the end of the trip.
    pub pickup: Load,
    /// Time at the stop.
    pub service_s: i32,
    /// Time to park and find the door, spent unless the visit before was at the same location.
    pub setup_s: i32,
    /// Service may begin within them only; ascending and apart. Empty: at any time.
    pub windows: Vec<TimeWindow>,
    /// Cost of leaving it out; `None`: it must be visited.
    pub price_micro_usd: Option<i64>,
    /// What its vehicle must be able to do, as bits.
    pub skills: u64,
    /// Vehicles that may come; empty: all.
    pub allowed: Vec<VehicleId>,
    /// The vehicle that should come.
    pub preferred: Option<Preference>,
}

impl Stop {
    /// A delivery at any time that takes no time.
    pub fn delivery(location: LocationId, delivery: Load) -> Self {
        Self {
            location,
            delivery,
            pickup: NO_LOAD,
            service_s: 0,
            setup_s: 0,
            windows: Vec::new(),
            price_micro_usd: None,
            skills: 0,
            allowed: Vec::new(),
            preferred: None,
        }
    }

    /// Whether a vehicle may come by skills and permission.
    #[inline]
    pub fn admits(&self, id: VehicleId, vehicle: &VehicleType) -> bool {
        self.skills & !vehicle.skills == 0
            && (self.allowed.is_empty() || self.allowed.contains(&id))
    }
}

/// A load carried from one stop to another within one trip; its stops are visited both or neither.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shipment {
    /// Where it is picked up.
    pub pickup: StopId,
    /// Where it is delivered.
    pub delivery: StopId,
    /// What is carried, beside the stops' own loads.
    pub load: Load,
}

/// Visit stops with vehicles at least cost.
#[derive(Clone, PartialEq, Debug)]
pub struct RoutingProblem {
    /// Distances and times.
    pub travel: Travel,
    /// Where routes start and end.
    pub depots: IdVec<DepotId, Depot>,
    /// The fleet.
    pub vehicles: IdVec<VehicleId, VehicleType>,
    /// What is to be visited.
    pub stops: IdVec<StopId, Stop>,
    /// Loads from stop to stop.
    pub shipments: Vec<Shipment>,
}

impl RoutingProblem {
    /// Nothing to visit yet and nobody to do it.
    pub fn new(travel: Travel) -> Self {
        Self {
            travel,
            depots: IdVec::new(),
            vehicles: IdVec::new(),
            stops: IdVec::new(),
            shipments: Vec::new(),
        }
    }

    /// The location of a depot, if there is one.
    #[inline]
    pub fn location_of(&self, depot: Option<DepotId>) -> Option<LocationId> {
        depot.map(|depot| self.depots[depot].location)
    }
}

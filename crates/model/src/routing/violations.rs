//! The rules that a routing plan breaks, recomputed from the problem alone.

use super::schedule::{EventKind, Late, schedule};
use super::{DIMENSION_NAMES, DIMENSIONS, Load, Route, RoutingPlan, RoutingProblem};
use crate::id::{IdVec, StopId, VehicleId};

/// A rule that a plan breaks. Routes are told by their position in the plan.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RoutingViolation {
    /// The plan does not fit the problem (unknown ids, an empty trip).
    Malformed(String),
    /// A stop that must be visited is not.
    NotVisited(StopId),
    /// A stop is visited twice, or visited and left out.
    VisitedTwice(StopId),
    /// A stop without a price is left out.
    LeftOut(StopId),
    /// More vehicles of a type than there are.
    TooManyVehicles {
        /// The type.
        vehicle: VehicleId,
        /// Vehicles used.
        used: u32,
    },
    /// A vehicle comes that may not.
    NotAdmitted {
        /// The route.
        route: usize,
        /// The stop.
        stop: StopId,
    },
    /// More load than the vehicle holds.
    OverCapacity {
        /// The route.
        route: usize,
        /// What is too much: a name of the dimensions.
        dimension: &'static str,
        /// Most that is carried at a time.
        load: i64,
        /// Most that may be.
        capacity: i64,
    },
    /// No times keep all windows, breaks and the shift.
    Late {
        /// The route.
        route: usize,
        /// The first event for which there is no time.
        at: EventKind,
    },
    /// A route takes too long.
    OverDuration {
        /// The route.
        route: usize,
        /// Its shortest time.
        duration_s: i32,
    },
    /// A route is too far.
    OverDistance {
        /// The route.
        route: usize,
        /// Its way.
        distance_m: i64,
    },
    /// A route has too many stops.
    OverStops {
        /// The route.
        route: usize,
        /// Its stops.
        stops: usize,
    },
    /// A route has too many trips.
    OverTrips {
        /// The route.
        route: usize,
        /// Its trips.
        trips: usize,
    },
    /// A load is not picked up and delivered in this order within one trip.
    BrokenShipment {
        /// Its position in the problem.
        shipment: usize,
    },
}

impl RoutingPlan {
    /// Every rule the plan breaks; empty for a feasible plan.
    pub fn violations(&self, problem: &RoutingProblem) -> Vec<RoutingViolation> {
        if let Some(reason) = self.malformed(problem) {
            return vec![RoutingViolation::Malformed(reason)];
        }
        let mut found = Vec::new();
        self.visit_violations(problem, &mut found);
        for (vehicle, &used) in self.vehicles_used(problem).iter_ids() {
            if used > problem.vehicles[vehicle].count {
                found.push(RoutingViolation::TooManyVehicles { vehicle, used });
            }
        }
        for (index, route) in self.routes.iter().enumerate() {
            route_violations(problem, index, route, &mut found);
        }
        self.shipment_violations(problem, &mut found);
        found
    }

    fn malformed(&self, problem: &RoutingProblem) -> Option<String> {
        for (index, route) in self.routes.iter().enumerate() {
            if problem.vehicles.get(route.vehicle).is_none() {
                return Some(format!("route {index} has an unknown vehicle"));
            }
            if route.trips.is_empty() || route.trips.iter().any(Vec::is_empty) {
                return Some(format!("route {index} has an empty trip"));
            }
        }
        let left_out = self.unassigned.iter().map(|&(stop, _)| stop);
        let mut all = self.routes.iter().flat_map(Route::stops).chain(left_out);
        let unknown = all.find(|&stop| problem.stops.get(stop).is_none());
        unknown.map(|stop| format!("stop {} is not in the problem", stop.0))
    }

    fn visit_violations(&self, problem: &RoutingProblem, found: &mut Vec<RoutingViolation>) {
        let mut seen = IdVec::<StopId, u32>::from(vec![0; problem.stops.len()]);
        self.routes.iter().flat_map(Route::stops).for_each(|stop| seen[stop] += 1);
        for &(stop, _) in &self.unassigned {
            seen[stop] += 1;
            if problem.stops[stop].price_micro_usd.is_none() {
                found.push(RoutingViolation::LeftOut(stop));
            }
        }
        for (stop, &times) in seen.iter_ids() {
            match times {
                0 => found.push(RoutingViolation::NotVisited(stop)),
                1 => {}
                _ => found.push(RoutingViolation::VisitedTwice(stop)),
            }
        }
    }

    /// Each load is picked up before it is delivered, in the same trip.
    fn shipment_violations(&self, problem: &RoutingProblem, found: &mut Vec<RoutingViolation>) {
        if problem.shipments.is_empty() {
            return;
        }
        // Route, trip and position of each stop.
        let mut places = IdVec::<StopId, _>::from(vec![None; problem.stops.len()]);
        for (index, route) in self.routes.iter().enumerate() {
            for (trip, stops) in route.trips.iter().enumerate() {
                for (position, &stop) in stops.iter().enumerate() {
                    places[stop] = Some((index, trip, position));
                }
            }
        }
        for (index, shipment) in problem.shipments.iter().enumerate() {
            let is_kept = match (places[shipment.pickup], places[shipment.delivery]) {
                (None, None) => true,
                (Some(a), Some(b)) => (a.0, a.1) == (b.0, b.1) && a.2 < b.2,
                _ => false,
            };
            if !is_kept {
                found.push(RoutingViolation::BrokenShipment { shipment: index });
            }
        }
    }
}

fn route_violations(
    problem: &RoutingProblem,
    index: usize,
    route: &Route,
    found: &mut Vec<RoutingViolation>,
) {
    let vehicle = &problem.vehicles[route.vehicle];
    for stop in route.stops() {
        if !problem.stops[stop].admits(route.vehicle, vehicle) {
            found.push(RoutingViolation::NotAdmitted { route: index, stop });
        }
    }
    let peak = route.trips.iter().map(|trip| peak_load(problem, trip));
    let peak = peak.fold([0; DIMENSIONS], |a, b| std::array::from_fn(|d| a[d].max(b[d])));
    for d in 0..DIMENSIONS {
        let (load, capacity) = (peak[d], i64::from(vehicle.capacity[d]));
        if load > capacity {
            let dimension = DIMENSION_NAMES[d];
            found.push(RoutingViolation::OverCapacity { route: index, dimension, load, capacity });
        }
    }
    let (stops, trips) = (route.stops().count(), route.trips.len());
    if stops > vehicle.stops_max as usize {
        found.push(RoutingViolation::OverStops { route: index, stops });
    }
    if trips > vehicle.trips_max as usize {
        found.push(RoutingViolation::OverTrips { route: index, trips });
    }
    let distance_m = route.distance_m(problem);
    if distance_m > vehicle.distance_max_m {
        found.push(RoutingViolation::OverDistance { route: index, distance_m });
    }
    match schedule(problem, route).map(|schedule| schedule.duration_s()) {
        Err(Late(at)) => found.push(RoutingViolation::Late { route: index, at }),
        Ok(duration_s) if duration_s > vehicle.duration_max_s => {
            found.push(RoutingViolation::OverDuration { route: index, duration_s });
        }
        Ok(_) => {}
    }
}

/// Most that is carried at a time on a trip, in each dimension.
fn peak_load(problem: &RoutingProblem, trip: &[StopId]) -> [i64; DIMENSIONS] {
    let add = |sum: &mut [i64; DIMENSIONS], load: Load, sign: i64| {
        (0..DIMENSIONS).for_each(|d| sum[d] += sign * i64::from(load[d]));
    };
    let mut now = [0; DIMENSIONS];
    trip.iter().for_each(|&stop| add(&mut now, problem.stops[stop].delivery, 1));
    let mut peak = now;
    for &stop in trip {
        add(&mut now, problem.stops[stop].delivery, -1);
        add(&mut now, problem.stops[stop].pickup, 1);
        for shipment in &problem.shipments {
            if shipment.delivery == stop {
                add(&mut now, shipment.load, -1);
            }
            if shipment.pickup == stop {
                add(&mut now, shipment.load, 1);
            }
        }
        (0..DIMENSIONS).for_each(|d| peak[d] = peak[d].max(now[d]));
    }
    peak
}

//! A routing plan and what it costs, recomputed from the problem alone.

use super::schedule::{Schedule, schedule};
use super::{RoutingProblem, VehicleType};
use crate::id::{IdVec, LocationId, StopId, VehicleId};

/// What one vehicle does on the day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Route {
    /// Its type.
    pub vehicle: VehicleId,
    /// Stops in order, trip by trip; between trips the vehicle reloads at its start. No trip is
    /// empty, and there is at least one.
    pub trips: Vec<Vec<StopId>>,
}

impl Route {
    /// A route of a single trip.
    pub fn single(vehicle: VehicleId, stops: Vec<StopId>) -> Self {
        Self { vehicle, trips: vec![stops] }
    }

    /// All stops in order.
    pub fn stops(&self) -> impl Iterator<Item = StopId> + '_ {
        self.trips.iter().flatten().copied()
    }

    /// Places in order: start, stops, reloads, end.
    pub fn places(&self, problem: &RoutingProblem) -> Vec<LocationId> {
        let vehicle = &problem.vehicles[self.vehicle];
        let mut places = Vec::new();
        for trip in &self.trips {
            places.extend(problem.location_of(vehicle.start));
            places.extend(trip.iter().map(|&stop| problem.stops[stop].location));
        }
        places.extend(problem.location_of(vehicle.end));
        places
    }

    /// Way from start to end.
    pub fn distance_m(&self, problem: &RoutingProblem) -> i64 {
        let places = self.places(problem);
        let legs = places.windows(2);
        legs.map(|leg| i64::from(problem.travel.distance_m(leg[0], leg[1]))).sum()
    }

    /// What the route costs.
    pub fn cost(&self, problem: &RoutingProblem) -> RoutingCost {
        let mut cost = RoutingCost::default();
        cost.add_route(problem, self);
        cost
    }

    /// The shortest schedule that keeps all windows, if there is one.
    pub fn schedule(&self, problem: &RoutingProblem) -> Option<Schedule> {
        schedule(problem, self).ok()
    }
}

/// Why a stop is left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reason {
    /// Its load is above the capacity of every vehicle that may come.
    TooMuchLoad,
    /// No vehicle has the skills it asks for, or is allowed to come.
    NoVehicleMayCome,
    /// No vehicle can be there within its windows and return in time.
    OutOfReach,
    /// Leaving it out costs less than a visit.
    NotWorthTheVisit,
    /// It could be visited alone, but vehicles, capacity or time ran out.
    NoRoomLeft,
}

impl Reason {
    /// The reason in words for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Reason::TooMuchLoad => "its load is above the capacity of every vehicle that may come",
            Reason::NoVehicleMayCome => "no vehicle has the skills it asks for or is allowed",
            Reason::OutOfReach => "no vehicle can be there within its windows and return in time",
            Reason::NotWorthTheVisit => "leaving it out costs less than a visit",
            Reason::NoRoomLeft => "the fleet's vehicles, capacity or time are used up by others",
        }
    }
}

/// Routes, and the stops that are left out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RoutingPlan {
    /// Routes of the vehicles that are used.
    pub routes: Vec<Route>,
    /// Stops left out, each with a reason, ascending.
    pub unassigned: Vec<(StopId, Reason)>,
}

/// Cost in millionths of a dollar, by part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RoutingCost {
    /// Vehicles used.
    pub fixed_micro_usd: i64,
    /// Driving.
    pub distance_micro_usd: i64,
    /// Time, without the surcharge of overtime.
    pub time_micro_usd: i64,
    /// Surcharge of overtime.
    pub overtime_micro_usd: i64,
    /// Stops visited by another vehicle than the preferred one.
    pub preference_micro_usd: i64,
    /// Stops left out that have a price.
    pub unassigned_micro_usd: i64,
}

impl RoutingCost {
    /// Sum of the parts.
    pub fn total_micro_usd(&self) -> i64 {
        self.fixed_micro_usd
            + self.distance_micro_usd
            + self.time_micro_usd
            + self.overtime_micro_usd
            + self.preference_micro_usd
            + self.unassigned_micro_usd
    }

    /// Adds what a route costs; time of a route without a schedule counts as nothing, and is a
    /// violation.
    fn add_route(&mut self, problem: &RoutingProblem, route: &Route) {
        let vehicle = &problem.vehicles[route.vehicle];
        self.fixed_micro_usd += vehicle.fixed_micro_usd;
        self.distance_micro_usd += route.distance_m(problem) * vehicle.micro_usd_per_m;
        if let Some(schedule) = route.schedule(problem) {
            let duration_s = schedule.duration_s();
            self.time_micro_usd += i64::from(duration_s) * vehicle.micro_usd_per_s;
            self.overtime_micro_usd += overtime_micro_usd(vehicle, duration_s);
        }
        for stop in route.stops() {
            if let Some(preferred) = problem.stops[stop].preferred
                && preferred.vehicle != route.vehicle
            {
                self.preference_micro_usd += preferred.micro_usd;
            }
        }
    }
}

/// Surcharge for a route's time beyond the regular one.
fn overtime_micro_usd(vehicle: &VehicleType, duration_s: i32) -> i64 {
    vehicle.overtime.map_or(0, |overtime| {
        i64::from((duration_s - overtime.after_s).max(0)) * overtime.micro_usd_per_s
    })
}

impl RoutingPlan {
    /// What the plan costs, recomputed from the problem. The plan must not be malformed.
    pub fn cost(&self, problem: &RoutingProblem) -> RoutingCost {
        let mut cost = RoutingCost::default();
        self.routes.iter().for_each(|route| cost.add_route(problem, route));
        for &(stop, _) in &self.unassigned {
            cost.unassigned_micro_usd += problem.stops[stop].price_micro_usd.unwrap_or(0);
        }
        cost
    }

    /// Vehicles used of each type.
    pub fn vehicles_used(&self, problem: &RoutingProblem) -> IdVec<VehicleId, u32> {
        let mut used = IdVec::from(vec![0; problem.vehicles.len()]);
        self.routes.iter().for_each(|route| used[route.vehicle] += 1);
        used
    }
}

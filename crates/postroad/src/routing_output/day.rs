//! A plan as it is told: routes with names, their lines with times and loads, and places.

use postroad_formats::routing::RoutingJob;
use postroad_model::id::{Id, IdVec};
use postroad_model::routing::{
    DIMENSIONS, Event, EventKind, Load, NO_LOAD, Reason, Route, RoutingPlan, RoutingProblem, Travel,
};
use postroad_model::{DepotId, LocationId, StopId, VehicleId};

use super::units::Units;

/// One day of a fleet.
pub(super) struct Day<'a> {
    pub(super) job: &'a RoutingJob,
    pub(super) routes: Vec<RouteSheet>,
    pub(super) unassigned: &'a [(StopId, Reason)],
    pub(super) cost_micro_usd: i64,
    pub(super) units: Units,
    /// Dimensions of load that any vehicle or stop of the day counts.
    pub(super) dimensions: Vec<usize>,
}

/// One route.
pub(super) struct RouteSheet {
    /// Name of the vehicle, with a number if there are several of its type.
    pub(super) name: String,
    pub(super) vehicle: VehicleId,
    pub(super) lines: Vec<Line>,
    pub(super) stops: usize,
    pub(super) distance_m: i64,
    pub(super) duration_s: i32,
    pub(super) cost_micro_usd: i64,
    /// Most it carries at a time.
    pub(super) load_max: Load,
}

/// One event of a route.
pub(super) struct Line {
    pub(super) event: Event,
    /// Position among the stops of the route from 1; none for other events.
    pub(super) position: Option<usize>,
    /// On board when it is over.
    pub(super) load_after: Load,
}

impl<'a> Day<'a> {
    pub(super) fn of(job: &'a RoutingJob, plan: &'a RoutingPlan) -> Self {
        let mut used = IdVec::<VehicleId, u32>::from(vec![0; job.problem.vehicles.len()]);
        let left = left(&job.problem);
        let sheet = |route: &Route| {
            used[route.vehicle] += 1;
            RouteSheet::of(job, route, &left, used[route.vehicle])
        };
        Day {
            job,
            routes: plan.routes.iter().map(sheet).collect(),
            unassigned: &plan.unassigned,
            cost_micro_usd: plan.cost(&job.problem).total_micro_usd(),
            units: Units::of(&job.problem.travel),
            dimensions: dimensions(&job.problem),
        }
    }

    /// Stops that are visited.
    pub(super) fn stops(&self) -> usize {
        self.routes.iter().map(|route| route.stops).sum()
    }

    /// What an event is called: the stop's or the depot's name, or what is done.
    pub(super) fn label(&self, route: &RouteSheet, kind: EventKind) -> &str {
        let vehicle = &self.job.problem.vehicles[route.vehicle];
        let depot = |depot: Option<DepotId>| depot.map_or("", |id| &self.job.names.depots[id]);
        match kind {
            EventKind::Stop(stop) => &self.job.names.stops[stop],
            EventKind::Start | EventKind::Reload => depot(vehicle.start),
            EventKind::End => depot(vehicle.end),
            EventKind::Break(_) => "",
        }
    }

    /// The used dimensions of a load in words: `112 parcels, 840 litres`.
    pub(super) fn load_words(&self, load: Load) -> String {
        let words = self.dimensions.iter().map(|&d| {
            let name = postroad_model::routing::DIMENSION_NAMES[d];
            format!("{} {name}", crate::report::number::decimal(f64::from(load[d]), 0))
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

/// The word for an event in files.
pub(super) fn kind_name(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Start => "start",
        EventKind::Stop(_) => "stop",
        EventKind::Reload => "reload",
        EventKind::Break(_) => "break",
        EventKind::End => "end",
    }
}

/// Where a location is: degrees east and north, or units of the plane; none if nobody said.
pub(super) fn place(travel: &Travel, location: LocationId) -> Option<[f64; 2]> {
    let points = match travel {
        Travel::Plane { points, .. } => return points.get(location.index()).copied(),
        Travel::Earth { points, .. } | Travel::Matrix { points, .. } => points,
        Travel::Region(region) => {
            let at = region.places.get(location.index()).map(|p| region.coordinate(p.metres));
            return at.map(|point| [point.longitude, point.latitude]);
        }
        Travel::Roads(labels) => &labels.points,
    };
    points.get(location.index()).map(|point| [point.longitude, point.latitude])
}

fn dimensions(problem: &RoutingProblem) -> Vec<usize> {
    let counts = |d: usize| {
        problem.stops.iter().any(|stop| stop.delivery[d] != 0 || stop.pickup[d] != 0)
            || problem.shipments.iter().any(|shipment| shipment.load[d] != 0)
    };
    (0..DIMENSIONS).filter(|&d| counts(d)).collect()
}

impl RouteSheet {
    fn of(job: &RoutingJob, route: &Route, left: &Left, number: u32) -> Self {
        let problem = &job.problem;
        let schedule = route.schedule(problem).expect("a checked plan keeps its windows");
        let type_name = &job.names.vehicles[route.vehicle];
        let alone = problem.vehicles[route.vehicle].count == 1;
        let duration_s = schedule.duration_s();
        let lines = lines(problem, route, left, schedule.events);
        let carried = lines.iter().map(|line| line.load_after);
        Self {
            name: if alone { type_name.clone() } else { format!("{type_name} {number}") },
            vehicle: route.vehicle,
            stops: route.stops().count(),
            distance_m: route.distance_m(problem),
            duration_s,
            cost_micro_usd: route.cost(problem).total_micro_usd(),
            load_max: carried.fold(NO_LOAD, |most, load| each(most, load, i32::max)),
            lines,
        }
    }

    /// The first and the last line.
    pub(super) fn ends(&self) -> (&Line, &Line) {
        (&self.lines[0], &self.lines[self.lines.len() - 1])
    }
}

fn each(a: Load, b: Load, of: impl Fn(i32, i32) -> i32) -> Load {
    std::array::from_fn(|d| of(a[d], b[d]))
}

/// Events with what is on board after each.
fn lines(problem: &RoutingProblem, route: &Route, left: &Left, events: Vec<Event>) -> Vec<Line> {
    let mut trips = route.trips.iter();
    let mut next_trip = || trips.next().map_or(NO_LOAD, |trip| loaded(problem, trip));
    let (mut load, mut position, mut reloaded) = (NO_LOAD, 0, false);
    let mut lines = Vec::with_capacity(events.len());
    for event in events {
        match event.kind {
            // Leaving after a reload is no line of its own.
            EventKind::Start if reloaded => {
                reloaded = false;
                continue;
            }
            // What was picked up on the way is left where the vehicle reloads.
            EventKind::Start => load = next_trip(),
            EventKind::Reload => (load, reloaded) = (next_trip(), true),
            EventKind::Stop(stop) => {
                position += 1;
                load = each(load, left[stop], |a, b| a - b);
            }
            EventKind::End => load = NO_LOAD,
            EventKind::Break(_) => {}
        }
        let is_stop = matches!(event.kind, EventKind::Stop(_));
        lines.push(Line { event, position: is_stop.then_some(position), load_after: load });
    }
    lines
}

/// On board when a trip starts.
fn loaded(problem: &RoutingProblem, trip: &[StopId]) -> Load {
    let loads = trip.iter().map(|&stop| problem.stops[stop].delivery);
    loads.fold(NO_LOAD, |sum, load| each(sum, load, |a, b| a + b))
}

/// Delivered less picked up at each stop.
type Left = IdVec<StopId, Load>;

fn left(problem: &RoutingProblem) -> Left {
    let own = problem.stops.iter().map(|stop| each(stop.delivery, stop.pickup, |a, b| a - b));
    let mut left: Left = own.collect();
    for shipment in &problem.shipments {
        left[shipment.pickup] = each(left[shipment.pickup], shipment.load, |a, b| a - b);
        left[shipment.delivery] = each(left[shipment.delivery], shipment.load, |a, b| a + b);
    }
    left
}

//! A plan as VROOM's answer.

use std::collections::BTreeMap;

use postroad_model::routing::{
    DIMENSIONS, Event, EventKind, NO_LOAD, RoutingPlan, Travel, VehicleType,
};
use postroad_model::{LocationId, StopId};
use serde::Serialize;

use super::given::GivenRoute;
use super::input::{Point, Vehicle};
use super::problem::VroomJob;
use super::travel::{Given, Measures};

/// How an answer ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// Something of ours broke.
    Internal = 1,
    /// The problem has faults.
    Input = 2,
    /// The roads do not lead to a place, or a road service does not answer.
    Roads = 3,
    /// The problem is larger than the service allows.
    TooLarge = 4,
}

#[derive(Serialize)]
struct Answer {
    code: u8,
    summary: Summary,
    unassigned: Vec<Unassigned>,
    routes: Vec<RouteJson>,
}

#[derive(Serialize, Default)]
struct Summary {
    cost: i64,
    routes: usize,
    unassigned: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    delivery: Vec<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pickup: Vec<i64>,
    setup: i64,
    service: i64,
    duration: i64,
    waiting_time: i64,
    priority: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<i64>,
    violations: Vec<Violation>,
}

/// What a given route breaks.
#[derive(Serialize, Clone, Debug)]
pub(super) struct Violation {
    pub(super) cause: &'static str,
    /// Seconds outside of windows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) duration: Option<i64>,
}

/// One violation for each cause, with the sum of its seconds.
fn by_cause<'a>(violations: impl Iterator<Item = &'a Violation>) -> Vec<Violation> {
    let mut sums: BTreeMap<&str, Violation> = BTreeMap::new();
    for Violation { cause, duration } in violations {
        let sum = sums.entry(cause).or_insert(Violation { cause, duration: None });
        sum.duration = duration.map(|s| s + sum.duration.unwrap_or(0)).or(sum.duration);
    }
    sums.into_values().collect()
}

#[derive(Serialize)]
pub(super) struct Unassigned {
    id: u64,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    at: At,
    /// Not of the format: why.
    reason: &'static str,
}

/// What tasks repeat of their place and words.
#[derive(Serialize, Default, Clone)]
struct At {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Point>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location_index: Option<usize>,
}

impl Unassigned {
    pub(super) fn new(job: &VroomJob, stop: StopId, reason: &'static str) -> Self {
        let task = &job.tasks[stop];
        Self { id: task.task.id, kind: task.kind, at: job.at(stop), reason }
    }
}

#[derive(Serialize)]
pub(super) struct RouteJson {
    vehicle: u64,
    #[serde(flatten)]
    sums: Sums,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    steps: Vec<StepJson>,
    violations: Vec<Violation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    geometry: Option<String>,
}

#[derive(Serialize, Default)]
struct Sums {
    cost: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    delivery: Vec<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pickup: Vec<i64>,
    setup: i64,
    service: i64,
    duration: i64,
    waiting_time: i64,
    priority: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<i64>,
}

#[derive(Serialize)]
pub(super) struct StepJson {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    at: At,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    setup: i64,
    service: i64,
    waiting_time: i64,
    /// An old word for `id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) load: Vec<i64>,
    arrival: i64,
    pub(super) duration: i64,
    pub(super) violations: Vec<Violation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) distance: Option<i64>,
}

/// An answer that says what went wrong.
pub fn failed(code: Code, error: &str) -> String {
    let answer = serde_json::json!({ "code": code as u8, "error": error });
    format!("{answer}\n")
}

/// The answer that a plan is, with straight lines as geometry if asked for. The plan must keep all
/// rules.
pub fn write(job: &VroomJob, plan: &RoutingPlan, with_geometry: bool) -> String {
    let mut free: Vec<_> = job.alike.iter().map(|all| all.iter()).collect();
    let routes = plan.routes.iter().map(|route| {
        let next = free[route.vehicle.0 as usize].next();
        let vehicle = *next.expect("a checked plan uses no more vehicles than there are");
        GivenRoute::kept(&job.job.problem, vehicle, route.clone())
    });
    let mut routes: Vec<_> = routes.collect();
    routes.sort_by_key(|given| given.vehicle);
    let routes = routes.iter().map(|given| Writer { job, given }.route(with_geometry)).collect();
    let unassigned = plan.unassigned.iter();
    let unassigned = unassigned.map(|&(stop, why)| Unassigned::new(job, stop, why.sentence()));
    answer(job, routes, unassigned.collect())
}

pub(super) fn answer(
    job: &VroomJob,
    routes: Vec<RouteJson>,
    unassigned: Vec<Unassigned>,
) -> String {
    let answer =
        Answer { code: 0, summary: summary(job, &routes, &unassigned), unassigned, routes };
    serde_json::to_string(&answer).expect("an answer has string keys only") + "\n"
}

fn summary(job: &VroomJob, routes: &[RouteJson], unassigned: &[Unassigned]) -> Summary {
    let zero = vec![0; job.dimensions];
    let mut sum = Summary {
        routes: routes.len(),
        unassigned: unassigned.len(),
        delivery: zero.clone(),
        pickup: zero,
        distance: job.has_distances().then_some(0),
        violations: by_cause(routes.iter().flat_map(|route| &route.violations)),
        ..Summary::default()
    };
    for Sums {
        cost,
        delivery,
        pickup,
        setup,
        service,
        duration,
        waiting_time,
        priority,
        distance,
    } in routes.iter().map(|route| &route.sums)
    {
        sum.cost += cost;
        sum.setup += setup;
        sum.service += service;
        sum.duration += duration;
        sum.waiting_time += waiting_time;
        sum.priority += priority;
        sum.distance = sum.distance.zip(*distance).map(|(a, b)| a + b);
        for d in 0..job.dimensions {
            sum.delivery[d] += delivery[d];
            sum.pickup[d] += pickup[d];
        }
    }
    sum
}

impl VroomJob {
    fn at(&self, stop: StopId) -> At {
        let task = &self.tasks[stop].task;
        At {
            description: task.description.clone(),
            location: task.location,
            location_index: task.location_index,
        }
    }

    fn has_distances(&self) -> bool {
        let measures = self.given.as_ref().map(Given::measures);
        !matches!(measures, Some(Measures::Matrices { distances: false, .. }))
    }

    /// Metres of a leg, if they are known.
    fn distance_m(&self, from: LocationId, to: LocationId) -> Option<i64> {
        match &self.given {
            None => Some(self.job.problem.travel.distance_m(from, to)),
            Some(given) => given.distance_m(from, to),
        }
        .map(i64::from)
    }

    /// Cost of a leg as VROOM counts it.
    fn leg_cost(
        &self,
        vehicle: &Vehicle,
        kind: &VehicleType,
        from: LocationId,
        to: LocationId,
    ) -> f64 {
        if let Some(cost) = self.given.as_ref().and_then(|given| given.cost(from, to)) {
            return f64::from(cost);
        }
        let seconds = kind.travel_s(self.job.problem.travel.duration_s(from, to));
        let by_hour = f64::from(seconds) * f64::from(vehicle.costs.per_hour()) / 3600.0;
        let metres = self.distance_m(from, to).unwrap_or(0);
        by_hour + metres as f64 * f64::from(vehicle.costs.per_km) / 1000.0
    }
}

/// Writes one route.
pub(super) struct Writer<'a> {
    pub(super) job: &'a VroomJob,
    pub(super) given: &'a GivenRoute,
}

impl Writer<'_> {
    fn vehicle(&self) -> &Vehicle {
        &self.job.vehicles[self.given.vehicle]
    }

    pub(super) fn route(&self, with_geometry: bool) -> RouteJson {
        let problem = &self.job.job.problem;
        let vehicle = self.vehicle();
        let mut steps = self.steps(&self.given.schedule.events);
        let missing = self.given.broken(self.job, &mut steps);
        let last = &steps[steps.len() - 1];
        let (delivery, pickup) = self.loads();
        let sum = |of: fn(&StepJson) -> i64| steps.iter().map(of).sum();
        let priority =
            self.given.route.stops().map(|stop| i64::from(self.job.tasks[stop].priority));
        let places = self.given.route.places(problem);
        let kind = &problem.vehicles[self.given.route.vehicle];
        let legs = places.windows(2);
        let cost: f64 = legs.map(|leg| self.job.leg_cost(vehicle, kind, leg[0], leg[1])).sum();
        let sums = Sums {
            cost: cost.round() as i64 + i64::from(vehicle.costs.fixed),
            delivery,
            pickup,
            setup: sum(|step| step.setup),
            service: sum(|step| step.service),
            duration: last.duration,
            waiting_time: sum(|step| step.waiting_time),
            priority: priority.sum(),
            distance: last.distance,
        };
        let geometry = with_geometry.then(|| self.geometry(&places)).flatten();
        let description = vehicle.description.clone();
        let of_steps = steps.iter().flat_map(|step| &step.violations);
        let violations = by_cause(of_steps.chain(&missing));
        RouteJson { vehicle: vehicle.id, sums, description, steps, violations, geometry }
    }

    /// All that is delivered and picked up; a shipment is both.
    fn loads(&self) -> (Vec<i64>, Vec<i64>) {
        let problem = &self.job.job.problem;
        let (mut delivery, mut pickup) = ([0; DIMENSIONS], [0; DIMENSIONS]);
        for stop in self.given.route.stops() {
            let shipped = problem.shipments.iter().find(|s| s.pickup == stop).map(|s| s.load);
            for d in 0..DIMENSIONS {
                let shipped = i64::from(shipped.unwrap_or(NO_LOAD)[d]);
                delivery[d] += i64::from(problem.stops[stop].delivery[d]) + shipped;
                pickup[d] += i64::from(problem.stops[stop].pickup[d]) + shipped;
            }
        }
        let cut = |load: [i64; DIMENSIONS]| load[..self.job.dimensions].to_vec();
        (cut(delivery), cut(pickup))
    }

    fn steps(&self, events: &[Event]) -> Vec<StepJson> {
        let problem = &self.job.job.problem;
        let mut load = [0; DIMENSIONS];
        for stop in self.given.route.stops() {
            (0..DIMENSIONS).for_each(|d| load[d] += i64::from(problem.stops[stop].delivery[d]));
        }
        let first_s = events[0].arrival_s;
        let (mut busy_s, mut way_m) = (0, self.job.has_distances().then_some(0));
        let mut before: Option<LocationId> = None;
        let mut steps = Vec::new();
        for event in events {
            if let (Some(from), Some(to)) = (before, event.location) {
                way_m = way_m.zip(self.job.distance_m(from, to)).map(|(a, b)| a + b);
            }
            before = event.location.or(before);
            let duration = i64::from(event.arrival_s - first_s) - busy_s;
            busy_s += i64::from(event.end_s - event.arrival_s);
            let mut step = self.step(event);
            if let EventKind::Stop(stop) = event.kind {
                self.carry(stop, &mut load);
            }
            step.load = load[..self.job.dimensions].to_vec();
            (step.duration, step.distance) = (duration, way_m);
            steps.push(step);
        }
        steps
    }

    /// The load after a stop.
    fn carry(&self, stop: StopId, load: &mut [i64; DIMENSIONS]) {
        let problem = &self.job.job.problem;
        let mut add = |amount: [i32; DIMENSIONS], sign: i64| {
            (0..DIMENSIONS).for_each(|d| load[d] += sign * i64::from(amount[d]));
        };
        add(problem.stops[stop].delivery, -1);
        add(problem.stops[stop].pickup, 1);
        for shipment in &problem.shipments {
            if shipment.pickup == stop {
                add(shipment.load, 1);
            }
            if shipment.delivery == stop {
                add(shipment.load, -1);
            }
        }
    }

    /// A step without what depends on those before it.
    fn step(&self, event: &Event) -> StepJson {
        let spent = i64::from(event.end_s - event.begin_s);
        let mut step = StepJson {
            kind: "start",
            at: At::default(),
            id: None,
            setup: 0,
            service: spent,
            waiting_time: i64::from(event.begin_s - event.arrival_s),
            job: None,
            load: Vec::new(),
            arrival: i64::from(event.arrival_s) + self.job.origin_s,
            duration: 0,
            violations: Vec::new(),
            distance: None,
        };
        let vehicle = self.vehicle();
        let end_of = |location: Option<Point>,
                      location_index: Option<usize>,
                      stop: Option<StopId>| match stop {
            Some(stop) if location.is_none() && location_index.is_none() => {
                At { description: None, ..self.job.at(stop) }
            }
            _ => At { description: None, location, location_index },
        };
        match event.kind {
            EventKind::Start | EventKind::Reload => {
                step.at =
                    end_of(vehicle.start, vehicle.start_index, self.given.route.stops().next());
            }
            EventKind::End => {
                step.kind = "end";
                step.at = end_of(vehicle.end, vehicle.end_index, self.given.route.stops().last());
            }
            EventKind::Break(index) => {
                let rest = &vehicle.breaks[self.job.breaks[self.given.vehicle][index]];
                (step.kind, step.id) = ("break", Some(rest.id));
                step.at.description = rest.description.clone();
            }
            EventKind::Stop(stop) => {
                let task = &self.job.tasks[stop];
                (step.kind, step.id) = (task.kind, Some(task.task.id));
                step.job = step.id;
                step.at = self.job.at(stop);
                step.service = i64::from(task.task.service);
                step.setup = spent - step.service;
            }
        }
        step
    }

    /// Straight lines between the places, if all are known, as Google's encoded polyline.
    fn geometry(&self, places: &[LocationId]) -> Option<String> {
        let points = match &self.job.job.problem.travel {
            Travel::Earth { points, .. } | Travel::Matrix { points, .. } => points,
            Travel::Roads(labels) => &labels.points,
            _ => return None,
        };
        let mut text = String::new();
        let mut before = [0i64; 2];
        for place in places {
            let point = points.get(place.0 as usize)?;
            for (axis, degrees) in [point.latitude, point.longitude].into_iter().enumerate() {
                let now = (degrees * 1e5).round() as i64;
                encode(now - before[axis], &mut text);
                before[axis] = now;
            }
        }
        Some(text)
    }
}

/// A number as five bits a letter, the lowest first, its sign in the lowest bit.
pub(super) fn encode(value: i64, text: &mut String) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    loop {
        let more = if rest >= 32 { 32 } else { 0 };
        text.push(char::from((rest & 31) as u8 + more + 63));
        rest >>= 5;
        if rest == 0 {
            return;
        }
    }
}

//! Routes that a problem gives, timed and checked: VROOM's plan mode. All rules may be broken;
//! times are those that break windows least, and what is broken is told.

use std::collections::BTreeSet;

use postroad_model::routing::{
    AMOUNT_MAX, Event, EventKind, GivenStep, GivenTime, Route, RoutingProblem, Schedule,
    TimeWindow, given_times,
};
use postroad_model::{Fault, LocationId, StopId, VehicleId};

use super::input::Step;
use super::output::{StepJson, Unassigned, Violation, Writer, answer};
use super::problem::VroomJob;
use crate::instance::Faults;

/// Steps times windows of a route, at most: what the times of a route take grows with both.
const SIZE_MAX: usize = 4_000_000;

/// A vehicle's steps with their times.
pub(super) struct GivenRoute {
    pub(super) vehicle: usize,
    pub(super) route: Route,
    pub(super) schedule: Schedule,
    times: Vec<GivenTime>,
}

/// The answer for the routes in the steps of the vehicles; `file` is named in faults.
pub fn check(job: &VroomJob, file: &str, with_geometry: bool) -> Result<String, Vec<Fault>> {
    let mut faults = Faults::new(file);
    let mut visited = BTreeSet::new();
    let routes: Vec<GivenRoute> = (0..job.vehicles.len())
        .filter_map(|vehicle| given_route(job, vehicle, &mut visited, &mut faults))
        .collect();
    if !faults.is_empty() {
        return Err(faults.into_vec());
    }
    let writer = |given| Writer { job, given };
    let routes = routes.iter().map(|given| writer(given).route(with_geometry)).collect();
    let left = job.job.problem.stops.ids().filter(|stop| !visited.contains(stop));
    let left = left.map(|stop| Unassigned::new(job, stop, "no given route visits it")).collect();
    Ok(answer(job, routes, left))
}

/// The route of a vehicle, if its steps have tasks.
fn given_route(
    job: &VroomJob,
    vehicle: usize,
    visited: &mut BTreeSet<StopId>,
    faults: &mut Faults,
) -> Option<GivenRoute> {
    let id = job.vehicles[vehicle].id;
    let mut fault = |cause: &str, action: &str| {
        faults.add("E344", None, Some("steps"), format!("vehicle {id}: {cause}"), action);
    };
    let (kind, _) = job.alike.iter_ids().find(|(_, all)| all.contains(&vehicle))?;
    let events = events(job, vehicle, &mut fault);
    let stops: Vec<StopId> = events.iter().filter_map(|(event, _)| stop_of(*event)).collect();
    for &stop in &stops {
        if !visited.insert(stop) {
            let name = &job.job.names.stops[stop];
            fault(&format!("{name} is in the given routes twice"), "name it once");
        }
    }
    if stops.is_empty() {
        return None;
    }
    let steps = timed(job, kind, &events);
    let windows: usize = steps.iter().map(|step| step.windows.len() + 1).sum();
    if steps.len() * windows > SIZE_MAX {
        fault("the given route is too long", "give fewer steps or windows");
        return None;
    }
    let Some(times) = given_times(&steps) else {
        fault("service_at, service_after and service_before contradict each other", "correct them");
        return None;
    };
    let ends = times.iter().zip(&steps).map(|(time, step)| time.begin_s + step.spent_s);
    if ends.chain([-times[0].begin_s]).any(|s| s > i64::from(AMOUNT_MAX)) {
        fault("the given route ends after 10⁹ seconds", "correct its times");
        return None;
    }
    let events = events.iter().zip(&times).zip(&steps);
    let mut location = job.job.problem.location_of(job.job.problem.vehicles[kind].start);
    let events = events.map(|((&(kind, _), time), step)| {
        location = at(job, kind).or(location);
        let ends = [time.arrival_s, time.begin_s, time.begin_s + step.spent_s];
        let [arrival_s, begin_s, end_s] = ends.map(|s| s as i32);
        Event { kind, location, arrival_s, begin_s, end_s }
    });
    let schedule = Schedule { events: events.collect() };
    Some(GivenRoute { vehicle, route: Route::single(kind, stops), schedule, times })
}

fn stop_of(event: EventKind) -> Option<StopId> {
    match event {
        EventKind::Stop(stop) => Some(stop),
        _ => None,
    }
}

/// Where a stop is.
fn at(job: &VroomJob, event: EventKind) -> Option<LocationId> {
    stop_of(event).map(|stop| job.job.problem.stops[stop].location)
}

/// The steps of a vehicle from start to end, with what they are bound to.
fn events(
    job: &VroomJob,
    vehicle: usize,
    fault: &mut impl FnMut(&str, &str),
) -> Vec<(EventKind, [i64; 2])> {
    let own = &job.vehicles[vehicle];
    let (mut first, mut last) = ([i64::MIN, i64::MAX], [i64::MIN, i64::MAX]);
    let mut between = Vec::new();
    let mut rests = BTreeSet::new();
    for (index, step) in own.steps.iter().enumerate() {
        let bounds_s = bounds_s(job, step);
        match step.kind.as_str() {
            "start" if index == 0 => first = bounds_s,
            "end" if index + 1 == own.steps.len() => last = bounds_s,
            "start" | "end" => fault("a start is not first or an end not last", "move it"),
            "break" => {
                let order = &job.breaks[vehicle];
                let is_it = |&rest: &usize| Some(own.breaks[rest].id) == step.id;
                match order.iter().position(is_it).filter(|&rest| rests.insert(rest)) {
                    Some(rest) => between.push((EventKind::Break(rest), bounds_s)),
                    None => fault("there is no such break, or it is there twice", "correct it"),
                }
            }
            // Tasks that are not there were told when the problem was read.
            kind => {
                let tasks = job.tasks.iter_ids();
                let mut it = tasks.filter(|(_, t)| t.kind == kind && Some(t.task.id) == step.id);
                between.extend(it.next().map(|(stop, _)| (EventKind::Stop(stop), bounds_s)));
            }
        }
    }
    let start = std::iter::once((EventKind::Start, first));
    start.chain(between).chain([(EventKind::End, last)]).collect()
}

fn bounds_s(job: &VroomJob, step: &Step) -> [i64; 2] {
    let after_s = [step.service_at, step.service_after].into_iter().flatten().max();
    let before_s = [step.service_at, step.service_before].into_iter().flatten().min();
    let shift = |s: i64| s.saturating_sub(job.origin_s);
    [after_s.map_or(i64::MIN, shift), before_s.map_or(i64::MAX, shift)]
}

/// The steps as the model times them.
fn timed(job: &VroomJob, kind: VehicleId, events: &[(EventKind, [i64; 2])]) -> Vec<GivenStep> {
    let problem = &job.job.problem;
    let vehicle = &problem.vehicles[kind];
    let mut last = problem.location_of(vehicle.start);
    let mut steps = Vec::new();
    for &(event, bounds_s) in events {
        let before = last;
        let mut to = |location: Option<LocationId>| {
            last = location.or(before);
            let drive = |(a, b)| vehicle.travel_s(problem.travel.duration_s(a, b));
            before.zip(location).map_or(0, |way| i64::from(drive(way)))
        };
        let shift: &[TimeWindow] = std::slice::from_ref(&vehicle.shift);
        let (travel_s, windows, spent_s) = match event {
            EventKind::Stop(id) => {
                let stop = &problem.stops[id];
                let is_same = before == Some(stop.location);
                let setup_s = if is_same { 0 } else { stop.setup_s };
                let spent_s = i64::from(stop.service_s) + i64::from(setup_s);
                (Some(to(Some(stop.location))), &stop.windows[..], spent_s)
            }
            EventKind::Break(rest) => {
                let rest = &vehicle.breaks[rest];
                (None, &rest.windows[..], i64::from(rest.duration_s))
            }
            EventKind::End => (Some(to(problem.location_of(vehicle.end))), shift, 0),
            EventKind::Start | EventKind::Reload => (Some(0), shift, 0),
        };
        steps.push(GivenStep { travel_s, windows: windows.to_vec(), bounds_s, spent_s });
    }
    steps
}

impl GivenRoute {
    /// A route of a checked plan.
    pub(super) fn kept(problem: &RoutingProblem, vehicle: usize, route: Route) -> Self {
        let schedule = route.schedule(problem).expect("a checked plan keeps its windows");
        Self { vehicle, route, schedule, times: Vec::new() }
    }

    /// Tells each step what it breaks, and what the route breaks as a whole.
    pub(super) fn broken(&self, job: &VroomJob, steps: &mut [StepJson]) -> Option<Violation> {
        let problem = &job.job.problem;
        let kind = &problem.vehicles[self.route.vehicle];
        let own = &job.vehicles[self.vehicle];
        let stops: Vec<StopId> = self.route.stops().collect();
        let mut tasks = 0;
        for (at, step) in steps.iter_mut().enumerate() {
            let mut add = |is_broken: bool, cause| {
                step.violations.extend(is_broken.then_some(Violation { cause, duration: None }));
            };
            let mut load = step.load.iter().zip(kind.capacity);
            add(load.any(|(&load, most)| load > i64::from(most)), "load");
            let travel_max_s = own.max_travel_time.map_or(i64::MAX, i64::from);
            let most_m = own.max_distance.map_or(i64::MAX, i64::from);
            add(step.duration > travel_max_s, "max_travel_time");
            add(step.distance.is_some_and(|m| m > most_m), "max_distance");
            if let Some(stop) = stop_of(self.schedule.events[at].kind) {
                tasks += 1;
                add(tasks > kind.stops_max, "max_tasks");
                let is_able = problem.stops[stop].skills & !kind.skills == 0;
                add(!is_able, "skills");
                add(!is_in_order(job, stop, &stops), "precedence");
            }
            let outside_s = self.times.get(at).map_or(0, |time| time.outside_s);
            let cause = if outside_s < 0 { "lead_time" } else { "delay" };
            let duration = Some(outside_s.abs());
            step.violations.extend((outside_s != 0).then_some(Violation { cause, duration }));
        }
        let taken = self.schedule.events.iter();
        let taken = taken.filter(|event| matches!(event.kind, EventKind::Break(_))).count();
        let missing = Violation { cause: "missing_break", duration: None };
        (taken < kind.breaks.len()).then_some(missing)
    }
}

/// Whether the other end of a stop's shipment is on the right side of it.
fn is_in_order(job: &VroomJob, stop: StopId, stops: &[StopId]) -> bool {
    let place = |stop| stops.iter().position(|&other| other == stop);
    let shipments = job.job.problem.shipments.iter();
    let mut own = shipments.filter(|s| s.pickup == stop || s.delivery == stop);
    own.all(|s| place(s.pickup).zip(place(s.delivery)).is_some_and(|(from, to)| from < to))
}

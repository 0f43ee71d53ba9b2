//! A problem of VROOM as a routing job.

use std::collections::BTreeMap;

use postroad_model::id::{Id, IdVec};
use postroad_model::place::Coordinate;
use postroad_model::routing::{
    AMOUNT_MAX, Break, DIMENSIONS, Depot, Load, NO_LOAD, Rounding, Route, RoutingPlan,
    RoutingProblem, Shipment, Stop, TimeWindow, Travel, VehicleType,
};
use postroad_model::{DepotId, Fault, LocationId, StopId, VehicleId};

use super::input::{Input, Point, Task, Vehicle, parse};
use super::prices::{Prices, dearest};
use super::travel::{
    Charged, Given, Measures, charged, distance_max_m, factor, given, profile, rates, travel,
};
use super::{NamedPlace, Ways};
use crate::instance::Faults;
use crate::routing::{RoutingJob, RoutingNames};

/// Windows begin so long after the zero of the model, if they are timestamps: vehicles without
/// hours may leave so long before (11 days).
const LEAD_S: i64 = 1_000_000;
/// Highest priority.
const PRIORITY_MAX: u32 = 100;
/// Skills that can be told apart.
const SKILLS_MAX: usize = 64;

/// A problem with all that its answer must repeat.
pub struct VroomJob {
    /// What is to be routed.
    pub job: RoutingJob,
    /// The routes that the vehicles' steps describe, if there are any.
    pub start: Option<RoutingPlan>,
    /// What is asked for beside the problem.
    pub options: Options,
    /// What the user should know: keys that were passed over, ways that were guessed.
    pub warnings: Vec<String>,
    /// Each stop as its task.
    pub(super) tasks: IdVec<StopId, TaskOfStop>,
    /// The vehicles that are alike, for each type, as positions.
    pub(super) alike: IdVec<VehicleId, Vec<usize>>,
    pub(super) vehicles: Vec<Vehicle>,
    /// Positions of a vehicle's breaks in the order of the model.
    pub(super) breaks: Vec<Vec<usize>>,
    pub(super) given: Option<Given>,
    /// Dimensions of load.
    pub(super) dimensions: usize,
    /// Time of the model's zero.
    pub(super) origin_s: i64,
}

/// What is asked for beside the problem.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Options {
    /// Lines on the map in the answer.
    pub with_geometry: bool,
    /// Most seconds to solve.
    pub seconds: Option<f64>,
    /// Time and check the routes in the vehicles' steps, see [`super::check`].
    pub are_routes_given: bool,
}

/// What a stop is to VROOM.
pub(super) struct TaskOfStop {
    pub(super) kind: &'static str,
    pub(super) priority: u32,
    pub(super) task: Task,
}

/// Reads a problem; `file` is named in faults.
pub fn read(file: &str, text: &str, ways: Ways) -> Result<VroomJob, Vec<Fault>> {
    let mut faults = Faults::new(file);
    let mut input = parse(text, &mut faults);
    if faults.is_empty() && input.vehicles.is_empty() {
        let cause = "there is no vehicle".to_string();
        faults.add("E344", None, Some("vehicles"), cause, "give at least one");
    }
    let options = options(&input, &mut faults);
    let mut given = given(&mut input, &mut faults);
    if !faults.is_empty() {
        return Err(faults.into_vec());
    }
    let mut warnings = warnings(&input);
    let mut builder = Builder::new(faults, &input, given.as_ref());
    builder.check_dimensions();
    let tasks = builder.tasks(&mut input);
    let bases = builder.bases(&input.vehicles);
    let measures = match (&given, ways) {
        (Some(given), _) => given.measures(),
        (None, Ways::Straight { km_per_hour, .. }) => {
            Measures::Straight { m_per_s: km_per_hour / 3.6 }
        }
        (None, Ways::Roads(_)) => Measures::Roads,
    };
    let charged = charged(&input, measures, &mut builder.faults);
    if !builder.faults.is_empty() {
        return Err(builder.faults.into_vec());
    }
    warnings.extend(no_matrices(&input, given.is_some(), ways));
    if let (None, Ways::Roads(roads)) = (&given, ways) {
        let places = builder.named_places(&tasks, &input.vehicles);
        let (travel, told) = roads.travel(file, &places)?;
        given = Given::from_roads(travel);
        warnings.push(told);
    }
    let points = std::mem::take(&mut builder.points);
    builder.problem.travel = travel(given.as_ref(), charged, points, &builder.known, ways);
    let priority_max = tasks.iter().map(|task| task.priority).max().unwrap_or(0);
    let dearest = dearest(&input.vehicles, charged, &builder.problem.travel);
    let prices = Prices::new(tasks.len(), priority_max, dearest);
    for (stop, task) in builder.problem.stops.as_mut_slice().iter_mut().zip(&tasks) {
        stop.price_micro_usd = Some(prices.price_micro_usd(task.priority));
    }
    let (alike, breaks) = builder.types(&input.vehicles, &bases, charged, prices);
    let start = builder.start(&input.vehicles, &tasks, &alike);
    for cause in builder.problem.faults() {
        builder.faults.add("E344", None, None, cause, "correct the problem");
    }
    if !builder.faults.is_empty() {
        return Err(builder.faults.into_vec());
    }
    let vehicles: Vec<Vehicle> = input.vehicles.into_iter().map(|(_, vehicle)| vehicle).collect();
    Ok(VroomJob {
        job: RoutingJob {
            names: names(&tasks, &vehicles, &alike, &builder),
            problem: builder.problem,
        },
        start,
        options,
        warnings,
        tasks: tasks.into(),
        alike,
        vehicles,
        breaks,
        given,
        dimensions: builder.dimensions,
        origin_s: builder.origin_s,
    })
}

fn options(input: &Input, faults: &mut Faults) -> Options {
    let asked = &input.options;
    if asked.l.is_some_and(|seconds| seconds.is_nan() || seconds <= 0.0) {
        let cause = "the time limit is not above 0".to_string();
        faults.add("E344", None, Some("options.l"), cause, "give seconds");
    }
    Options { with_geometry: asked.g, seconds: asked.l, are_routes_given: asked.c }
}

fn warnings(input: &Input) -> Vec<String> {
    let unknown = input.unknown.join(", ");
    let told = (!unknown.is_empty()).then(|| format!("keys passed over: {unknown}"));
    told.into_iter().collect()
}

/// What is taken where matrices are missing.
fn no_matrices(input: &Input, has_matrices: bool, ways: Ways) -> Option<String> {
    let mut profiles: Vec<&str> = input.vehicles.iter().map(|(_, v)| profile(v)).collect();
    profiles.sort_unstable();
    profiles.dedup();
    let profiles = profiles.join(", ");
    match ways {
        _ if has_matrices => None,
        Ways::Straight { circuity, km_per_hour } => Some(format!(
            "no matrices: straight lines times {circuity} at {km_per_hour} km/h for the profiles \
             {profiles}"
        )),
        Ways::Roads(_) => Some(format!("no matrices: the same roads for the profiles {profiles}")),
    }
}

/// Zero of the model: shortly before the first window if windows are timestamps.
fn origin_s(input: &Input) -> i64 {
    let jobs = input.jobs.iter().flat_map(|(_, job)| &job.time_windows);
    let shipments = input.shipments.iter().flat_map(|(_, shipment)| {
        shipment.pickup.time_windows.iter().chain(&shipment.delivery.time_windows)
    });
    let vehicles = input.vehicles.iter().flat_map(|(_, vehicle)| {
        let breaks = vehicle.breaks.iter().flat_map(|rest| &rest.time_windows);
        vehicle.time_window.iter().chain(breaks)
    });
    let first_s = jobs.chain(shipments).chain(vehicles).map(|window| window[0]).min();
    (first_s.unwrap_or(0) - LEAD_S).max(0)
}

/// What things are called in tables and maps.
fn names(
    tasks: &[TaskOfStop],
    vehicles: &[Vehicle],
    alike: &IdVec<VehicleId, Vec<usize>>,
    builder: &Builder,
) -> RoutingNames {
    let note = |task: &TaskOfStop| task.task.description.clone().unwrap_or_default();
    RoutingNames {
        stops: tasks.iter().map(|task| format!("{} {}", task.kind, task.task.id)).collect(),
        notes: tasks.iter().map(note).collect(),
        vehicles: alike.iter().map(|all| format!("vehicle {}", vehicles[all[0]].id)).collect(),
        depots: builder.problem.depots.ids().map(|id| format!("place {}", id.0 + 1)).collect(),
    }
}

/// A problem in the making.
struct Builder {
    /// Locations of the matrix, if there is one.
    locations: Option<usize>,
    dimensions: usize,
    origin_s: i64,
    problem: RoutingProblem,
    faults: Faults,
    /// Without a matrix: points and the location of each.
    points: Vec<Coordinate>,
    at: BTreeMap<[u64; 2], LocationId>,
    /// With a matrix: points as far as they are told.
    known: BTreeMap<LocationId, Coordinate>,
    depots: BTreeMap<LocationId, DepotId>,
    skills: BTreeMap<u32, u64>,
}

impl Builder {
    fn new(faults: Faults, input: &Input, given: Option<&Given>) -> Self {
        let locations = given.and_then(|given| match given {
            Given::Matrices(square) => Some(square.locations),
            Given::Roads(_) => None,
        });
        Self {
            locations,
            dimensions: input.vehicles[0].1.capacity.as_ref().map_or(0, Vec::len),
            origin_s: origin_s(input),
            // Ways are told once all places are known.
            problem: RoutingProblem::new(Travel::Plane {
                points: Vec::new(),
                rounding: Rounding::Nearest,
            }),
            faults,
            points: Vec::new(),
            at: BTreeMap::new(),
            known: BTreeMap::new(),
            depots: BTreeMap::new(),
            skills: BTreeMap::new(),
        }
    }

    /// All places with the first thing that is there.
    fn named_places(&self, tasks: &[TaskOfStop], vehicles: &[(u64, Vehicle)]) -> Vec<NamedPlace> {
        let mut places: Vec<NamedPlace> =
            self.points.iter().map(|&point| NamedPlace { name: String::new(), point }).collect();
        let mut name = |location: LocationId, name: String| {
            let known = &mut places[location.index()].name;
            if known.is_empty() {
                *known = name;
            }
        };
        for (stop, task) in self.problem.stops.iter().zip(tasks) {
            name(stop.location, format!("{} {}", task.kind, task.task.id));
        }
        for (_, vehicle) in vehicles {
            for (end, point) in [("start", vehicle.start), ("end", vehicle.end)] {
                let at = point.and_then(|[longitude, latitude]| {
                    self.at.get(&[latitude.to_bits(), longitude.to_bits()])
                });
                at.iter().for_each(|&&at| name(at, format!("the {end} of vehicle {}", vehicle.id)));
            }
        }
        places
    }

    fn fault(&mut self, line: u64, field: &str, cause: String, action: &str) {
        self.faults.add("E344", Some(line), Some(field), cause, action);
    }

    fn refuse(&mut self, line: u64, what: &str) {
        let cause = format!("`{what}` is not supported");
        self.faults.add("E345", Some(line), Some(what), cause, "leave it out");
    }

    fn check_dimensions(&mut self) {
        if self.dimensions > DIMENSIONS {
            let cause = format!("loads have {} dimensions, at most {DIMENSIONS}", self.dimensions);
            self.faults.add("E345", None, Some("capacity"), cause, "leave out dimensions");
        }
    }

    /// All jobs, then both ends of all shipments.
    fn tasks(&mut self, input: &mut Input) -> Vec<TaskOfStop> {
        let mut tasks = Vec::new();
        for (line, mut job) in std::mem::take(&mut input.jobs) {
            let (skills, priority) = (std::mem::take(&mut job.skills), job.priority);
            let mut stop = self.stop(line, &job, &skills, priority);
            let delivery = job.delivery.as_ref().or(job.amount.as_ref());
            stop.delivery = self.load(line, "delivery", delivery);
            stop.pickup = self.load(line, "pickup", job.pickup.as_ref());
            self.problem.stops.push(stop);
            tasks.push(TaskOfStop { kind: "job", priority, task: job });
        }
        for (line, shipment) in std::mem::take(&mut input.shipments) {
            let priority = shipment.priority;
            let load = self.load(line, "amount", shipment.amount.as_ref());
            let ends = [("pickup", shipment.pickup), ("delivery", shipment.delivery)];
            let [pickup, delivery] = ends.map(|(kind, task)| {
                let stop = self.stop(line, &task, &shipment.skills, priority);
                tasks.push(TaskOfStop { kind, priority, task });
                self.problem.stops.push(stop)
            });
            self.problem.shipments.push(Shipment { pickup, delivery, load });
        }
        self.check_ids(&tasks);
        tasks
    }

    fn check_ids(&mut self, tasks: &[TaskOfStop]) {
        let mut ids: Vec<_> = tasks.iter().map(|task| (task.kind, task.task.id)).collect();
        ids.sort_unstable();
        for twice in ids.windows(2).filter(|pair| pair[0] == pair[1]) {
            let (kind, id) = twice[0];
            let cause = format!("there are two of {kind} {id}");
            self.faults.add("E344", None, Some("id"), cause, "give each an id of its own");
        }
    }

    fn stop(&mut self, line: u64, task: &Task, skills: &[u32], priority: u32) -> Stop {
        for (what, found) in
            [("setup_per_type", &task.setup_per_type), ("service_per_type", &task.service_per_type)]
        {
            if found.is_some() {
                self.refuse(line, what);
            }
        }
        if priority > PRIORITY_MAX {
            let cause = format!("the priority {priority} is above {PRIORITY_MAX}");
            self.fault(line, "priority", cause, "give one from 0 to 100");
        }
        let location = self.location(line, "location", task.location, task.location_index);
        let mut stop = Stop::delivery(location.unwrap_or(LocationId(0)), NO_LOAD);
        if location.is_none() {
            let key = if self.locations.is_some() { "location_index" } else { "location" };
            self.fault(line, key, format!("`{key}` is missing"), "give it");
        }
        stop.setup_s = self.seconds(line, "setup", task.setup);
        stop.service_s = self.seconds(line, "service", task.service);
        stop.windows = self.windows(line, "time_windows", &task.time_windows);
        for &skill in skills {
            let next = self.skills.len();
            if next == SKILLS_MAX && !self.skills.contains_key(&skill) {
                self.refuse(line, "skills");
                break;
            }
            stop.skills |= *self.skills.entry(skill).or_insert(1 << (next % SKILLS_MAX));
        }
        stop
    }

    fn seconds(&mut self, line: u64, field: &str, seconds: u32) -> i32 {
        if seconds > AMOUNT_MAX as u32 {
            self.fault(line, field, format!("{seconds} is above 10⁹"), "give fewer seconds");
        }
        seconds.min(AMOUNT_MAX as u32) as i32
    }

    /// A load of as many numbers as the first vehicle's capacity has.
    fn load(&mut self, line: u64, field: &str, given: Option<&Vec<u32>>) -> Load {
        let Some(given) = given else { return NO_LOAD };
        if given.len() != self.dimensions {
            let cause = format!(
                "{field} has {} numbers, the first vehicle's capacity {}",
                given.len(),
                self.dimensions
            );
            self.fault(line, field, cause, "give all loads and capacities as many numbers");
        }
        if given.iter().any(|&amount| amount > AMOUNT_MAX as u32) {
            self.fault(line, field, "a number is above 10⁹".into(), "give smaller numbers");
        }
        let amount = |d: usize| given.get(d).map_or(0, |&x| x.min(AMOUNT_MAX as u32) as i32);
        std::array::from_fn(amount)
    }

    /// Windows in model time, in order.
    fn windows(&mut self, line: u64, field: &str, given: &[[i64; 2]]) -> Vec<TimeWindow> {
        let most = i64::from(AMOUNT_MAX);
        let shift = |s: i64| s.saturating_sub(self.origin_s).clamp(-most, most) as i32;
        let mut windows: Vec<TimeWindow> = given
            .iter()
            .map(|&[start, end]| TimeWindow { start_s: shift(start), end_s: shift(end) })
            .collect();
        windows.sort_by_key(|window| window.start_s);
        if given.iter().any(|[start, end]| start > end) {
            self.fault(line, field, "a window ends before it begins".into(), "correct it");
        } else if !windows.is_sorted_by(|a, b| a.end_s < b.start_s) {
            self.fault(line, field, "windows overlap".into(), "join them");
        }
        windows
    }

    /// The location that a point or an index means; `None` if there is neither.
    fn location(
        &mut self,
        line: u64,
        field: &str,
        point: Option<Point>,
        index: Option<usize>,
    ) -> Option<LocationId> {
        let point = point.and_then(|[longitude, latitude]| {
            let is_on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
            if !is_on_earth {
                let cause = format!("[{longitude}, {latitude}] is not on the earth");
                self.fault(line, field, cause, "give longitude, then latitude, in degrees");
            }
            is_on_earth.then_some(Coordinate { latitude, longitude })
        });
        let Some(locations) = self.locations else {
            let point = point?;
            let key = [point.latitude.to_bits(), point.longitude.to_bits()];
            return Some(*self.at.entry(key).or_insert_with(|| {
                self.points.push(point);
                LocationId::from_index(self.points.len() - 1)
            }));
        };
        let index = index?;
        if index >= locations {
            let cause = format!("the matrix has {locations} rows, there is no {index}");
            self.fault(line, field, cause, "give an index below the number of rows");
            return Some(LocationId(0));
        }
        let location = LocationId::from_index(index);
        self.known.extend(point.map(|point| (location, point)));
        Some(location)
    }

    /// Where vehicles start and end; checks what does not depend on costs.
    fn bases(&mut self, vehicles: &[(u64, Vehicle)]) -> Vec<[Option<DepotId>; 2]> {
        let mut ids: Vec<u64> = vehicles.iter().map(|(_, vehicle)| vehicle.id).collect();
        ids.sort_unstable();
        for twice in ids.windows(2).filter(|pair| pair[0] == pair[1]) {
            let cause = format!("there are two vehicles {}", twice[0]);
            self.faults.add("E344", None, Some("id"), cause, "give each an id of its own");
        }
        vehicles.iter().map(|(line, vehicle)| self.base(*line, vehicle)).collect()
    }

    fn base(&mut self, line: u64, vehicle: &Vehicle) -> [Option<DepotId>; 2] {
        let factor = factor(vehicle);
        if !(factor > 0.0 && factor <= 5.0) {
            let cause = format!("the speed_factor {factor} is not above 0 and up to 5");
            self.fault(line, "speed_factor", cause, "correct it");
        }
        if vehicle.costs.per_task_hour > 0 {
            self.refuse(line, "per_task_hour");
        }
        if vehicle.breaks.iter().any(|rest| rest.max_load.is_some()) {
            self.refuse(line, "max_load");
        }
        let ends = [
            ("start", vehicle.start, vehicle.start_index),
            ("end", vehicle.end, vehicle.end_index),
        ];
        let bases = ends.map(|(field, point, index)| {
            let location = self.location(line, field, point, index)?;
            let next = DepotId::from_index(self.depots.len());
            let depot = *self.depots.entry(location).or_insert(next);
            if depot == next {
                self.problem.depots.push(Depot { location, window: TimeWindow::ALWAYS });
            }
            Some(depot)
        });
        if bases == [None, None] {
            let cause = "a vehicle needs a start or an end".to_string();
            self.fault(line, "start", cause, "give one of them, as an index with matrices");
        }
        bases
    }

    /// Vehicles that are alike become one type. Tells the vehicles of each type, and the order of
    /// each vehicle's breaks.
    fn types(
        &mut self,
        vehicles: &[(u64, Vehicle)],
        bases: &[[Option<DepotId>; 2]],
        charged: Charged,
        prices: Prices,
    ) -> (IdVec<VehicleId, Vec<usize>>, Vec<Vec<usize>>) {
        let mut alike: IdVec<VehicleId, Vec<usize>> = IdVec::new();
        let mut breaks = Vec::new();
        for (index, (line, vehicle)) in vehicles.iter().enumerate() {
            let (kind, order) = self.kind(*line, vehicle, bases[index], charged, prices);
            breaks.push(order);
            let known = self.problem.vehicles.iter_ids();
            let same = known
                .filter(|(_, known)| VehicleType { count: 1, ..(*known).clone() } == kind)
                .map(|(id, _)| id)
                .next();
            match same {
                Some(id) => {
                    self.problem.vehicles[id].count += 1;
                    alike[id].push(index);
                }
                None => {
                    self.problem.vehicles.push(kind);
                    alike.push(vec![index]);
                }
            }
        }
        (alike, breaks)
    }

    fn kind(
        &mut self,
        line: u64,
        vehicle: &Vehicle,
        [start, end]: [Option<DepotId>; 2],
        charged: Charged,
        prices: Prices,
    ) -> (VehicleType, Vec<usize>) {
        let (per_m, per_s) = rates(vehicle, charged);
        let rate = |rate: f64| match rate {
            0.0 => 0,
            _ => prices.micro_usd(rate).max(1),
        };
        let shift = self.windows(line, "time_window", vehicle.time_window.as_slice());
        let mut breaks: Vec<(usize, Break)> = Vec::new();
        for (index, rest) in vehicle.breaks.iter().enumerate() {
            let windows = self.windows(line, "breaks", &rest.time_windows);
            let windows = if windows.is_empty() { vec![TimeWindow::ALWAYS] } else { windows };
            let duration_s = self.seconds(line, "breaks", rest.service);
            breaks.push((index, Break { windows, duration_s }));
        }
        breaks.sort_by_key(|(_, rest)| (rest.windows[0].start_s, rest.windows[0].end_s));
        let (order, breaks) = breaks.into_iter().unzip();
        let skills = vehicle.skills.iter().filter_map(|skill| self.skills.get(skill));
        let kind = VehicleType {
            fixed_micro_usd: prices.micro_usd(f64::from(vehicle.costs.fixed)),
            micro_usd_per_m: rate(per_m),
            micro_usd_per_s: rate(per_s),
            shift: shift.first().copied().unwrap_or(TimeWindow::ALWAYS),
            distance_max_m: distance_max_m(vehicle, charged),
            stops_max: vehicle.max_tasks.unwrap_or(u32::MAX),
            start,
            end,
            skills: skills.fold(0, |all, bit| all | bit),
            breaks,
            travel_permille: (1000.0 / factor(vehicle)).round() as u32,
            ..VehicleType::plain(DepotId(0), NO_LOAD, 1)
        };
        let capacity = self.load(line, "capacity", vehicle.capacity.as_ref());
        (VehicleType { capacity, ..kind }, order)
    }

    /// The routes that steps describe.
    fn start(
        &mut self,
        vehicles: &[(u64, Vehicle)],
        tasks: &[TaskOfStop],
        alike: &IdVec<VehicleId, Vec<usize>>,
    ) -> Option<RoutingPlan> {
        let known: BTreeMap<(&str, u64), StopId> = (0u32..)
            .zip(tasks)
            .map(|(stop, task)| ((task.kind, task.task.id), StopId(stop)))
            .collect();
        let mut plan = RoutingPlan::default();
        for (kind, all) in alike.iter_ids() {
            for (line, vehicle) in all.iter().map(|&index| &vehicles[index]) {
                let mut stops = Vec::new();
                for step in &vehicle.steps {
                    if ["start", "break", "end"].contains(&step.kind.as_str()) {
                        continue;
                    }
                    match step.id.and_then(|id| known.get(&(step.kind.as_str(), id))) {
                        Some(&stop) => stops.push(stop),
                        None => {
                            let cause = format!("there is no such {}", step.kind);
                            self.fault(*line, "steps", cause, "name tasks of the problem");
                        }
                    }
                }
                if !stops.is_empty() {
                    plan.routes.push(Route::single(kind, stops));
                }
            }
        }
        (!plan.routes.is_empty()).then_some(plan)
    }
}

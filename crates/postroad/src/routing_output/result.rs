//! The plan as `result.json`: everything a program wants to know, and what a later run starts from.

use postroad_model::routing::{DIMENSION_NAMES, MICRO_USD, RoutingCost};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::day::{Day, Line, RouteSheet, kind_name, place};
use super::mixed;

/// Version of this layout.
pub const FORMAT: u32 = 1;

/// A routed day.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RouteResult {
    /// Version of the layout, [`FORMAT`].
    pub format: u32,
    /// Name and version of the program that wrote it.
    pub program: String,
    /// How it came about.
    pub run: RunOfRoutes,
    /// Cost by part, in dollars.
    pub cost_usd: CostParts,
    /// Way of all routes.
    pub distance_m: i64,
    /// Time of all routes.
    pub duration_s: i64,
    /// Share of stops whose nearest stop elsewhere is on another route: how much routes overlap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mixed_share: Option<f64>,
    /// The routes.
    pub routes: Vec<RouteOfResult>,
    /// Stops that are left out.
    pub unassigned: Vec<LeftOut>,
}

/// What decides a plan beside the job.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunOfRoutes {
    /// Seed of every random choice.
    pub seed: u64,
    /// Rounds done.
    pub iterations: u64,
    /// Limit of time, if there was one: another run may then end with another plan.
    pub time_limit_s: Option<f64>,
    /// Whether the user stopped it.
    pub stopped: bool,
}

/// Where the money goes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CostParts {
    /// All parts.
    pub total: f64,
    /// Vehicles used.
    pub vehicles: f64,
    /// Driving.
    pub distance: f64,
    /// Time.
    pub time: f64,
    /// Surcharge of overtime.
    pub overtime: f64,
    /// Stops visited by another vehicle than the preferred one.
    pub preference: f64,
    /// Prices of stops left out.
    pub left_out: f64,
}

/// One vehicle's day.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RouteOfResult {
    /// What the route is called.
    pub name: String,
    /// Name of the vehicle's type.
    pub vehicle: String,
    /// Stops.
    pub stops: usize,
    /// Most it carries at a time, in the dimensions that count.
    pub load_max: BTreeMap<String, i32>,
    /// Its way.
    pub distance_m: i64,
    /// Its time.
    pub duration_s: i32,
    /// What it costs.
    pub cost_usd: f64,
    /// Names of the stops in order, trip by trip.
    pub trips: Vec<Vec<String>>,
    /// What happens when.
    pub events: Vec<EventOfResult>,
}

/// One line of a driver's day.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EventOfResult {
    /// start, stop, reload, break or end.
    pub kind: String,
    /// Name of the stop or depot.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Degrees north, or y in the plane.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// Degrees east, or x in the plane.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    /// When the vehicle is there, in seconds from midnight.
    pub arrival_s: i32,
    /// When it begins, after waiting.
    pub begin_s: i32,
    /// When it is over.
    pub end_s: i32,
}

/// A stop that is left out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its name.
    pub stop: String,
    /// Why, in words.
    pub reason: String,
}

impl RouteResult {
    pub(super) fn of(day: &Day, cost: &RoutingCost, run: RunOfRoutes) -> Self {
        let job = day.job;
        let left_out = day.unassigned.iter().map(|&(stop, reason)| LeftOut {
            stop: job.names.stops[stop].clone(),
            reason: reason.sentence().into(),
        });
        Self {
            format: FORMAT,
            program: concat!("postroad ", env!("CARGO_PKG_VERSION")).into(),
            run,
            cost_usd: CostParts::of(cost),
            distance_m: day.routes.iter().map(|route| route.distance_m).sum(),
            duration_s: day.routes.iter().map(|route| i64::from(route.duration_s)).sum(),
            mixed_share: mixed::share(day),
            routes: day.routes.iter().map(|route| route_of(day, route)).collect(),
            unassigned: left_out.collect(),
        }
    }

    /// As text, for people too.
    pub fn json(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).expect("a result has string keys only");
        text.push(b'\n');
        text
    }
}

impl CostParts {
    fn of(cost: &RoutingCost) -> Self {
        Self {
            total: usd(cost.total_micro_usd()),
            vehicles: usd(cost.fixed_micro_usd),
            distance: usd(cost.distance_micro_usd),
            time: usd(cost.time_micro_usd),
            overtime: usd(cost.overtime_micro_usd),
            preference: usd(cost.preference_micro_usd),
            left_out: usd(cost.unassigned_micro_usd),
        }
    }
}

fn usd(micro_usd: i64) -> f64 {
    micro_usd as f64 / MICRO_USD as f64
}

fn route_of(day: &Day, route: &RouteSheet) -> RouteOfResult {
    let load_max = day.dimensions.iter().map(|&d| (DIMENSION_NAMES[d].into(), route.load_max[d]));
    let mut trips = vec![Vec::new()];
    for line in &route.lines {
        match kind_name(line.event.kind) {
            "reload" => trips.push(Vec::new()),
            "stop" => {
                let trip = trips.last_mut().expect("there is one from the beginning");
                trip.push(day.label(route, line.event.kind).to_string());
            }
            _ => {}
        }
    }
    RouteOfResult {
        name: route.name.clone(),
        vehicle: day.job.names.vehicles[route.vehicle].clone(),
        stops: route.stops,
        load_max: load_max.collect(),
        distance_m: route.distance_m,
        duration_s: route.duration_s,
        cost_usd: usd(route.cost_micro_usd),
        trips,
        events: route.lines.iter().map(|line| event_of(day, route, line)).collect(),
    }
}

fn event_of(day: &Day, route: &RouteSheet, line: &Line) -> EventOfResult {
    let travel = &day.job.problem.travel;
    let point = line.event.location.and_then(|location| place(travel, location));
    EventOfResult {
        kind: kind_name(line.event.kind).into(),
        place: day.label(route, line.event.kind).to_string(),
        lat: point.map(|[_, y]| y),
        lon: point.map(|[x, _]| x),
        arrival_s: line.event.arrival_s,
        begin_s: line.event.begin_s,
        end_s: line.event.end_s,
    }
}

//! The problem in the numbers of the search: stops along a curve through the area, so that stops
//! near each other lie near each other in memory; vehicles that are alike merged.

use std::collections::BTreeMap;

use postroad_model::id::Id;
use postroad_model::routing::{
    AMOUNT_MAX, Load, NO_LOAD, Overtime, RoutingProblem, Stop, TimeWindow, Travel, VehicleType,
};
use postroad_model::{LocationId, StopId, VehicleId};

use crate::arcs::NOWHERE;

/// What the search reads of a stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CoreStop {
    pub(crate) delivery: Load,
    pub(crate) service_s: i32,
    /// Its windows lie within.
    pub(crate) start_s: i32,
    pub(crate) end_s: i32,
    /// Row of the table of admitted vehicles.
    class: u32,
    /// Price of leaving it out, millionths of a dollar; [`MUST`] if it must be visited.
    pub(crate) price: i64,
}

/// Price of leaving out what must be visited: a million dollars, above any detour; nine million such
/// stops can be summed.
pub(crate) const MUST: i64 = 1_000_000_000_000;

/// Extra cost of a vehicle that may not come: as if the stop were left out twice.
const FORBIDDEN: i64 = 2 * MUST;

/// What the search reads of a vehicle type.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) id: VehicleId,
    pub(crate) count: u32,
    pub(crate) capacity: Load,
    pub(crate) fixed: i64,
    pub(crate) per_m: i64,
    per_s: i64,
    overtime: Option<Overtime>,
    pub(crate) duration_max_s: i32,
    pub(crate) distance_max_m: i64,
    pub(crate) stops_max: u32,
    travel_permille: u32,
    /// When it may leave its start, and be back at its end.
    pub(crate) leave: TimeWindow,
    pub(crate) back: TimeWindow,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Kind {
    /// Cost of a route's time.
    #[inline]
    pub(crate) fn time_cost(&self, duration_s: i32) -> i64 {
        let over = self.overtime.map_or(0, |overtime| {
            i64::from((duration_s - overtime.after_s).max(0)) * overtime.micro_usd_per_s
        });
        i64::from(duration_s) * self.per_s + over
    }

    /// Travel time of this vehicle, as the model rounds it.
    #[inline]
    pub(crate) fn travel_s(&self, duration_s: i32) -> i32 {
        if self.travel_permille == 1000 {
            return duration_s;
        }
        ((i64::from(duration_s) * i64::from(self.travel_permille) + 500) / 1000) as i32
    }

    /// Whether only loads and the way matter to it.
    fn is_plain(&self) -> bool {
        self.per_s == 0
            && self.overtime.is_none()
            && self.duration_max_s >= AMOUNT_MAX
            && self.distance_max_m == i64::MAX
            && self.stops_max == u32::MAX
            && self.travel_permille == 1000
    }

    /// Whether it may go at any time.
    fn is_timeless(&self) -> bool {
        [self.leave, self.back].iter().all(|w| w.start_s <= 0 && w.end_s >= AMOUNT_MAX)
    }
}

/// What the search must keep count of; each holds what is before it.
pub(crate) mod rules {
    /// Loads and the way.
    pub(crate) const PLAIN: u8 = 0;
    /// Times.
    pub(crate) const TIMED: u8 = 1;
    /// Duration of routes, its cost and its limits; who may come.
    pub(crate) const RICH: u8 = 2;
    /// Everything else the model knows, searched on its own routes (`full/`).
    pub(crate) const FULL: u8 = 3;
}

/// The problem as the search sees it.
pub(crate) struct Core<'a> {
    pub(crate) problem: &'a RoutingProblem,
    /// The stop of the problem for each of the search.
    pub(crate) ids: Vec<StopId>,
    stops: Vec<CoreStop>,
    pub(crate) kinds: Vec<Kind>,
    /// Extra cost of each kind, for each class of stops.
    extras: Vec<i64>,
    /// Points in the plane of the stops, for finding near ones; empty if unknown.
    pub(crate) points: Vec<[f64; 2]>,
    /// The lowest of [`rules`] that covers the problem.
    pub(crate) rules: u8,
    /// Whether nearness is time rather than distance.
    pub(crate) is_by_time: bool,
    /// Whether any stop has a window.
    pub(crate) has_windows: bool,
    /// Whether all vehicles are alike and may come to every stop at any time of theirs.
    pub(crate) is_uniform: bool,
    /// Least cost of a metre of all vehicles.
    pub(crate) per_m_min: i64,
}

impl<'a> Core<'a> {
    /// The problem with all its stops.
    pub(crate) fn new(problem: &'a RoutingProblem) -> Self {
        let places = plane_points(&problem.travel);
        let mut ids: Vec<StopId> = problem.stops.ids().collect();
        let place_of = |stop: StopId| places[problem.stops[stop].location.index()];
        let mut points = Vec::new();
        if !places.is_empty() {
            along_curve(&mut ids, &places, place_of);
            points = ids.iter().map(|&stop| place_of(stop)).collect();
        }
        let vehicles = problem.vehicles.iter_ids();
        let kinds: Vec<Kind> = vehicles.map(|(id, vehicle)| kind(problem, id, vehicle)).collect();
        let (classes, extras) = classes(problem, &ids);
        let stop = |(&id, &class)| core_stop(&problem.stops[id], class);
        let stops: Vec<CoreStop> = ids.iter().zip(&classes).map(stop).collect();
        let has_windows = problem.stops.iter().any(|stop| !stop.windows.is_empty());
        let is_plain = kinds.iter().all(Kind::is_plain) && extras.iter().all(|&extra| extra == 0);
        let is_timed = has_windows || !kinds.iter().all(Kind::is_timeless);
        let rules = match (is_full(problem), is_plain, is_timed) {
            (true, _, _) => rules::FULL,
            (_, false, _) => rules::RICH,
            (_, true, true) => rules::TIMED,
            (_, true, false) => rules::PLAIN,
        };
        let is_by_time = has_windows || kinds.iter().any(|kind| kind.per_s > 0);
        let per_m_min = kinds.iter().map(|kind| kind.per_m).min().unwrap_or(0);
        let is_uniform = kinds.len() == 1 && !has_windows && extras.iter().all(|&extra| extra == 0);
        Self {
            problem,
            ids,
            stops,
            kinds,
            extras,
            points,
            rules,
            is_by_time,
            has_windows,
            is_uniform,
            per_m_min,
        }
    }

    /// Number of stops.
    #[inline]
    pub(crate) fn stops(&self) -> usize {
        self.stops.len()
    }

    #[inline]
    pub(crate) fn stop(&self, stop: u32) -> &CoreStop {
        &self.stops[stop as usize]
    }

    /// Extra cost of a kind of vehicle at a stop.
    #[inline]
    pub(crate) fn extra(&self, stop: u32, kind: u32) -> i64 {
        self.extras[self.stop(stop).class as usize * self.kinds.len() + kind as usize]
    }

    /// Whether two kinds of vehicles cost the same extra at every stop.
    pub(crate) fn are_extras_equal(&self, a: usize, b: usize) -> bool {
        self.extras.chunks_exact(self.kinds.len()).all(|row| row[a] == row[b])
    }

    /// Location of a stop.
    pub(crate) fn location(&self, stop: u32) -> u32 {
        self.problem.stops[self.ids[stop as usize]].location.0
    }

    /// Cost of a way by the first kind of vehicle, for the scale of costs.
    pub(crate) fn usual_cost(&self, distance_m: f64, duration_s: f64) -> f64 {
        self.kinds
            .first()
            .map_or(0.0, |kind| distance_m * kind.per_m as f64 + duration_s * kind.per_s as f64)
    }
}

/// Whether a problem asks for more than [`rules::RICH`].
fn is_full(problem: &RoutingProblem) -> bool {
    let mut vehicles = problem.vehicles.iter();
    !problem.shipments.is_empty()
        || vehicles.any(|vehicle| !vehicle.breaks.is_empty() || vehicle.trips_max > 1)
        || problem
            .stops
            .iter()
            .any(|stop| stop.windows.len() > 1 || stop.setup_s > 0 || stop.pickup != NO_LOAD)
}

fn core_stop(stop: &Stop, class: u32) -> CoreStop {
    CoreStop {
        delivery: stop.delivery,
        service_s: stop.service_s,
        start_s: stop.windows.first().map_or(-AMOUNT_MAX, |window| window.start_s),
        end_s: stop.windows.last().map_or(AMOUNT_MAX, |window| window.end_s),
        class,
        price: stop.price_micro_usd.unwrap_or(MUST),
    }
}

fn kind(problem: &RoutingProblem, id: VehicleId, vehicle: &VehicleType) -> Kind {
    let place = |depot| problem.location_of(depot).map_or(NOWHERE, |LocationId(at)| at);
    let window = |depot: Option<_>| depot.map_or(vehicle.shift, |d| problem.depots[d].window);
    let (opens, closes) = (window(vehicle.start), window(vehicle.end));
    let shift = vehicle.shift;
    let leave = TimeWindow {
        start_s: shift.start_s.max(opens.start_s),
        end_s: shift.end_s.min(opens.end_s),
    };
    let back = TimeWindow { start_s: closes.start_s, end_s: shift.end_s.min(closes.end_s) };
    let can_work = leave.start_s <= leave.end_s && back.start_s <= back.end_s;
    Kind {
        id,
        count: if can_work { vehicle.count } else { 0 },
        capacity: vehicle.capacity,
        fixed: vehicle.fixed_micro_usd,
        per_m: vehicle.micro_usd_per_m,
        per_s: vehicle.micro_usd_per_s,
        overtime: vehicle.overtime,
        duration_max_s: vehicle.duration_max_s,
        distance_max_m: vehicle.distance_max_m,
        stops_max: vehicle.stops_max,
        travel_permille: vehicle.travel_permille,
        leave,
        back,
        start: place(vehicle.start),
        end: place(vehicle.end),
    }
}

/// Stops that the same vehicles may visit at the same extra cost share a class: the class of each
/// stop, and the extra costs of all vehicles for each class.
fn classes(problem: &RoutingProblem, ids: &[StopId]) -> (Vec<u32>, Vec<i64>) {
    let mut known = BTreeMap::new();
    let mut extras = Vec::new();
    let mut class_of = |&id: &StopId| {
        let stop = &problem.stops[id];
        let preferred = stop.preferred.map(|p| (p.vehicle, p.micro_usd));
        let new = known.len() as u32;
        *known.entry((stop.skills, &stop.allowed, preferred)).or_insert_with(|| {
            extras.extend(problem.vehicles.iter_ids().map(|(vehicle, kind)| match preferred {
                _ if !stop.admits(vehicle, kind) => FORBIDDEN,
                Some((wanted, micro_usd)) if wanted != vehicle => micro_usd,
                _ => 0,
            }));
            new
        })
    };
    let classes = ids.iter().map(&mut class_of).collect();
    (classes, extras)
}

/// Places in the plane, in any unit; empty if they are not known.
fn plane_points(travel: &Travel) -> Vec<[f64; 2]> {
    let earth = match travel {
        Travel::Plane { points, .. } => return points.clone(),
        Travel::Earth { points, .. } | Travel::Matrix { points, .. } => points,
        Travel::Region(region) => return region.places.iter().map(|p| p.metres).collect(),
        Travel::Roads(labels) => &labels.points,
    };
    let Some(first) = earth.first() else { return Vec::new() };
    let shrink = first.latitude.to_radians().cos();
    earth.iter().map(|point| [point.longitude * shrink, point.latitude]).collect()
}

/// Sorts stops along Hilbert's curve through all places.
fn along_curve(ids: &mut [StopId], places: &[[f64; 2]], place_of: impl Fn(StopId) -> [f64; 2]) {
    let bound = |d: usize, pick: fn(f64, f64) -> f64| {
        places.iter().map(|p| p[d]).reduce(pick).unwrap_or_default()
    };
    let low = [bound(0, f64::min), bound(1, f64::min)];
    let size = (bound(0, f64::max) - low[0]).max(bound(1, f64::max) - low[1]);
    let side = f64::from(1_u32 << CURVE_BITS) - 1.0;
    let cell = |x: f64, low: f64| ((x - low) / size.max(f64::MIN_POSITIVE) * side) as u32;
    ids.sort_by_cached_key(|&stop| {
        let [x, y] = place_of(stop);
        (hilbert(cell(x, low[0]), cell(y, low[1])), stop)
    });
}

/// Bits of a coordinate on the curve.
const CURVE_BITS: u32 = 16;

/// Position of a cell on Hilbert's curve (the usual recursion, from the largest square down).
fn hilbert(mut x: u32, mut y: u32) -> u64 {
    let mut position = 0;
    for bit in (0..CURVE_BITS).rev() {
        let side = 1 << bit;
        let (right, up) = (x >> bit & 1, y >> bit & 1);
        position = position << 2 | u64::from((3 * right) ^ up);
        (x, y) = (x & (side - 1), y & (side - 1));
        if up == 0 {
            if right == 1 {
                (x, y) = (side - 1 - x, side - 1 - y);
            }
            (x, y) = (y, x);
        }
    }
    position
}

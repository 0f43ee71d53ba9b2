//! A first plan: a given one, or savings between near stops (Clarke and Wright 1964).

use postroad_model::id::Id;
use postroad_model::routing::RoutingPlan;

use crate::arcs::Arc;
use crate::core::rules;
use crate::near::NearStops;
use crate::state::{NONE, State};

/// Joins routes of one stop each, by the most saved first, as long as a vehicle can do the work.
/// Stops for which no vehicle is left stay out.
pub(crate) fn savings<const RULES: u8>(state: &mut State<RULES>, near: &NearStops) {
    let core = state.core;
    let n = core.stops() as u32;
    let (start, end) = (state.start(0), state.start(0) + 1);
    let cost = |arc: Arc| core.usual_cost(f64::from(arc.distance_m), f64::from(arc.duration_s));
    let away: Vec<f64> =
        (0..n).map(|s| cost(state.arcs.arc(start, s)) + cost(state.arcs.arc(s, end))).collect();
    let mut pairs: Vec<(i64, u32, u32)> = Vec::new();
    for stop in 0..n {
        for near in near.of(stop).iter().filter(|near| near.stop > stop) {
            let apart = (away[stop as usize] + away[near.stop as usize]) / 2.0;
            let saved = apart - cost(state.arcs.arc(stop, near.stop));
            pairs.push((-saved.round() as i64, stop, near.stop));
        }
    }
    pairs.sort_unstable();
    let mut chains = Chains::new(state);
    for (_, a, b) in pairs {
        chains.join(state, a, b);
    }
    chains.put_all(state);
}

/// Loads a plan, as far as it keeps the rules: stops that break one stay out.
pub(crate) fn load<const RULES: u8>(state: &mut State<RULES>, plan: &RoutingPlan) {
    let core = state.core;
    let mut number = vec![NONE; core.problem.stops.len()];
    (0..core.stops() as u32).for_each(|stop| number[core.ids[stop as usize].index()] = stop);
    for route in &plan.routes {
        let kind = core.kinds.iter().position(|kind| kind.id == route.vehicle);
        let Some(slot) = kind.and_then(|kind| state.empty_route(kind as u32)) else { continue };
        let mut after = state.start(slot);
        for stop in route.stops().filter_map(|stop| number.get(stop.index()).copied()) {
            let is_new = stop != NONE && !state.is_placed(stop);
            let has_room = is_new && state.has_room(slot, &core.stop(stop).delivery);
            if has_room && state.append(stop, after) {
                after = stop;
            }
        }
    }
}

impl<const RULES: u8> State<'_, RULES> {
    /// Puts a stop after a node if it keeps times and limits there; whether it did.
    fn append(&mut self, stop: u32, after: u32) -> bool {
        let next = self.links[after as usize].next;
        let detour_m = self.arcs.distance_m(after, stop) + self.arcs.distance_m(stop, next)
            - self.links[after as usize].out_m;
        let fits = self.fit(stop, after, next, detour_m).is_some();
        if fits {
            self.put(stop, after);
        }
        fits
    }
}

/// What a vehicle does between its first stop and its last one.
#[derive(Clone, Copy)]
struct Work {
    load: [i32; 3],
    stops: u32,
    /// Way and time, service included.
    way_m: i64,
    time_s: i64,
}

/// Routes to be: chains of stops that may still be joined at their ends.
struct Chains {
    /// Both neighbours of each stop in its chain.
    beside: Vec<[u32; 2]>,
    /// For a stop at an end: the other end and the work of the chain.
    other_end: Vec<u32>,
    work: Vec<Work>,
}

impl Chains {
    fn new<const RULES: u8>(state: &State<RULES>) -> Self {
        let n = state.core.stops() as u32;
        let work = |stop| {
            let point = state.core.stop(stop);
            let time_s = i64::from(point.service_s);
            Work { load: point.delivery, stops: 1, way_m: 0, time_s }
        };
        Self {
            beside: vec![[NONE; 2]; n as usize],
            other_end: (0..n).collect(),
            work: (0..n).map(work).collect(),
        }
    }

    fn join<const RULES: u8>(&mut self, state: &State<RULES>, a: u32, b: u32) {
        let (i, j) = (a as usize, b as usize);
        let is_end = |beside: [u32; 2]| beside[0] == NONE || beside[1] == NONE;
        if !is_end(self.beside[i]) || !is_end(self.beside[j]) || self.other_end[i] == b {
            return;
        }
        let arc = state.arcs.arc(a, b);
        let kind = &state.core.kinds[0];
        let (x, y) = (self.work[i], self.work[j]);
        let work = Work {
            load: std::array::from_fn(|d| x.load[d] + y.load[d]),
            stops: x.stops + y.stops,
            way_m: x.way_m + y.way_m + i64::from(arc.distance_m),
            time_s: x.time_s + y.time_s + i64::from(kind.travel_s(arc.duration_s)),
        };
        let ends = [self.other_end[i], self.other_end[j]];
        if !can_do(state, &work, ends) {
            return;
        }
        for (from, to) in [(i, b), (j, a)] {
            let side = usize::from(self.beside[from][0] != NONE);
            self.beside[from][side] = to;
        }
        self.other_end[ends[0] as usize] = ends[1];
        self.other_end[ends[1] as usize] = ends[0];
        ends.iter().for_each(|&end| self.work[end as usize] = work);
    }

    /// Makes routes of the chains, as far as there are vehicles and rules let them: where ways
    /// differ by direction, a stop may not fit after all, and stays out.
    fn put_all<const RULES: u8>(&self, state: &mut State<RULES>) {
        let n = state.core.stops() as u32;
        for first in (0..n).filter(|&stop| self.beside[stop as usize][1] == NONE) {
            let ends = [first, self.other_end[first as usize]];
            if ends[1] < first || !can_do(state, &self.work[first as usize], ends) {
                continue;
            }
            let Some(route) = state.empty_route(0) else { return };
            let (mut before, mut stop) = (NONE, first);
            let mut after = state.start(route);
            while stop != NONE {
                if state.append(stop, after) {
                    after = stop;
                }
                let [a, b] = self.beside[stop as usize];
                let next = if a == before { b } else { a };
                (before, stop) = (stop, next);
            }
        }
    }
}

/// Whether a vehicle can do the work of a chain, going from one of its ends to the other.
fn can_do<const RULES: u8>(state: &State<RULES>, work: &Work, ends: [u32; 2]) -> bool {
    let kind = &state.core.kinds[0];
    let (start, end) = (state.start(0), state.start(0) + 1);
    if (0..3).any(|d| work.load[d] > kind.capacity[d]) || work.stops > kind.stops_max {
        return false;
    }
    if RULES < rules::TIMED {
        return true;
    }
    let (there, back) = (state.arcs.arc(start, ends[0]), state.arcs.arc(ends[1], end));
    let travel_s = |arc: Arc| i64::from(kind.travel_s(arc.duration_s));
    let time_s = travel_s(there) + work.time_s + travel_s(back);
    let most_s = i64::from(kind.duration_max_s)
        .min(i64::from(kind.back.end_s) - i64::from(kind.leave.start_s));
    let way_m = i64::from(there.distance_m) + work.way_m + i64::from(back.distance_m);
    time_s <= most_s && way_m <= kind.distance_max_m
}

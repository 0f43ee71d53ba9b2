//! A first plan: a given one, or savings between near stops (Clarke and Wright 1964).

use postroad_model::id::Id;
use postroad_model::routing::RoutingPlan;

use crate::near::NearStops;
use crate::state::{NONE, State};

/// Joins routes of one stop each, by the most saved first, as long as a vehicle holds the load.
/// Stops for which no vehicle is left stay out.
pub(crate) fn savings<const RULES: u8>(state: &mut State<RULES>, near: &NearStops) {
    let n = state.core.stops() as u32;
    let start = state.start(0);
    let away = |stop: u32| i64::from(state.arcs.distance_m(start, stop));
    let mut pairs: Vec<(i64, u32, u32)> = Vec::new();
    for stop in 0..n {
        for near in near.of(stop).iter().filter(|near| near.stop > stop) {
            let saved = away(stop) + away(near.stop) - i64::from(near.to_m);
            pairs.push((-saved, stop, near.stop));
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
            if is_new && state.has_room(slot, &core.stop(stop).delivery) {
                let next = state.links[after as usize].next;
                let detour_m = state.arcs.distance_m(after, stop)
                    + state.arcs.distance_m(stop, next)
                    - state.links[after as usize].out_m;
                if state.fit(stop, after, next, detour_m).is_some() {
                    state.put(stop, after);
                    after = stop;
                }
            }
        }
    }
}

/// Routes to be: chains of stops that may still be joined at their ends.
struct Chains {
    /// Both neighbours of each stop in its chain.
    beside: Vec<[u32; 2]>,
    /// For a stop at an end: the other end and the load of the chain.
    other_end: Vec<u32>,
    load: Vec<[i32; 3]>,
}

impl Chains {
    fn new<const RULES: u8>(state: &State<RULES>) -> Self {
        let n = state.core.stops() as u32;
        Self {
            beside: vec![[NONE; 2]; n as usize],
            other_end: (0..n).collect(),
            load: (0..n).map(|stop| state.core.stop(stop).delivery).collect(),
        }
    }

    fn join<const RULES: u8>(&mut self, state: &State<RULES>, a: u32, b: u32) {
        let (i, j) = (a as usize, b as usize);
        let is_end = |beside: [u32; 2]| beside[0] == NONE || beside[1] == NONE;
        if !is_end(self.beside[i]) || !is_end(self.beside[j]) || self.other_end[i] == b {
            return;
        }
        let load: [i32; 3] = std::array::from_fn(|d| self.load[i][d] + self.load[j][d]);
        let fits = |capacity: [i32; 3]| (0..3).all(|d| load[d] <= capacity[d]);
        if !state.core.kinds.iter().any(|kind| fits(kind.capacity)) {
            return;
        }
        for (from, to) in [(i, b), (j, a)] {
            let side = usize::from(self.beside[from][0] != NONE);
            self.beside[from][side] = to;
        }
        let ends = [self.other_end[i], self.other_end[j]];
        self.other_end[ends[0] as usize] = ends[1];
        self.other_end[ends[1] as usize] = ends[0];
        ends.iter().for_each(|&end| self.load[end as usize] = load);
    }

    fn put_all<const RULES: u8>(&self, state: &mut State<RULES>) {
        let n = state.core.stops() as u32;
        for first in (0..n).filter(|&stop| self.beside[stop as usize][1] == NONE) {
            if self.other_end[first as usize] < first {
                continue;
            }
            let load = self.load[first as usize];
            let fits = |capacity: [i32; 3]| (0..3).all(|d| load[d] <= capacity[d]);
            let mut kinds = 0..state.core.kinds.len() as u32;
            let route = kinds.find_map(|kind| {
                let fits = fits(state.core.kinds[kind as usize].capacity);
                if fits { state.empty_route(kind) } else { None }
            });
            let Some(route) = route else { continue };
            let (mut before, mut stop) = (NONE, first);
            let mut after = state.start(route);
            while stop != NONE {
                state.put(stop, after);
                after = stop;
                let [a, b] = self.beside[stop as usize];
                let next = if a == before { b } else { a };
                (before, stop) = (stop, next);
            }
        }
    }
}

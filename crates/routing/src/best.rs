//! The best routes so far, and plans made of routes.

use postroad_model::routing::{Route, RoutingPlan};

use crate::core::Core;
use crate::reasons::reason;
use crate::state::State;

/// A route in the numbers of the search: the kind of its vehicle, and its stops in order.
pub(crate) type Tour = (u32, Vec<u32>);

/// The best routes of a state so far.
pub(crate) struct Best {
    pub(crate) cost: i64,
    /// Stops of each route of the state.
    routes: Vec<Vec<u32>>,
}

impl Best {
    /// Nothing was found yet.
    pub(crate) fn none() -> Self {
        Self { cost: i64::MAX, routes: Vec::new() }
    }

    /// Takes the routes of the state, as far as they changed since the last time.
    pub(crate) fn update<const RULES: u8>(&mut self, state: &mut State<RULES>) {
        self.cost = state.cost;
        self.routes.resize(state.routes.len(), Vec::new());
        state.keep(|route, stops| {
            let kept = &mut self.routes[route as usize];
            kept.clear();
            kept.extend(stops);
        });
    }

    /// The routes that have stops.
    pub(crate) fn tours<const RULES: u8>(&self, state: &State<RULES>) -> Vec<Tour> {
        let kind = |route: usize| state.routes[route].kind;
        let routes = self.routes.iter().enumerate().filter(|(_, stops)| !stops.is_empty());
        routes.map(|(route, stops)| (kind(route), stops.clone())).collect()
    }
}

/// The plan with these routes; every other stop is left out, with a reason.
pub(crate) fn plan_of(core: &Core, tours: &[Tour]) -> RoutingPlan {
    let mut plan = RoutingPlan::default();
    let mut is_placed = vec![false; core.stops()];
    for (kind, stops) in tours {
        stops.iter().for_each(|&stop| is_placed[stop as usize] = true);
        let stops = stops.iter().map(|&stop| core.ids[stop as usize]).collect();
        plan.routes.push(Route::single(core.kinds[*kind as usize].id, stops));
    }
    for stop in (0..core.stops()).filter(|&stop| !is_placed[stop]) {
        plan.unassigned.push((core.ids[stop], reason(core.problem, core.ids[stop])));
    }
    plan.unassigned.sort();
    plan
}

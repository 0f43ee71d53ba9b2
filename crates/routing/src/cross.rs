//! Crossing: two ruined routes exchange what follows a gap in each (2-opt*, Potvin and Rousseau
//! 1995), before the stops that were taken are put back.

use postroad_optimization::Random;

use crate::core::rules;
use crate::ruin::Ruins;
use crate::state::{Link, State};

/// Share of rounds in which a crossing is tried.
pub(crate) const CROSS_SHARE: f64 = 0.5;

/// Crosses two of the ruined routes at gaps, if that keeps the rules and does not lengthen them by
/// more than chance allows at this temperature.
pub(crate) fn cross<const RULES: u8>(
    state: &mut State<RULES>,
    ruins: &Ruins,
    temperature: f64,
    random: &mut Random,
) {
    let gaps = &ruins.before;
    if gaps.len() < 2 || random.unit() >= CROSS_SHARE {
        return;
    }
    let a = gaps[random.below(gaps.len())];
    let b = gaps[random.below(gaps.len())];
    let worse_max = -temperature * (1.0 - random.unit()).ln();
    if crossed_cost(state, a, b).is_some_and(|delta| (delta as f64) < worse_max)
        && has_room(state, a, b)
    {
        state.cross(a, b);
    }
}

/// What the ways of a crossing cost more than those now, if it is one and keeps times.
fn crossed_cost<const RULES: u8>(state: &State<RULES>, a: u32, b: u32) -> Option<i64> {
    let (link_a, link_b) = (state.links[a as usize], state.links[b as usize]);
    let (sums_a, sums_b) =
        (&state.routes[link_a.route as usize], &state.routes[link_b.route as usize]);
    let is_crossing = link_a.route != link_b.route
        && sums_a.kind == sums_b.kind
        && (state.is_stop(a) || state.is_stop(b))
        && (state.is_stop(link_a.next) || state.is_stop(link_b.next));
    if !is_crossing || !is_in_time(state, a, link_b.next) || !is_in_time(state, b, link_a.next) {
        return None;
    }
    let (to_b_m, to_a_m) =
        (state.arcs.distance_m(a, link_b.next), state.arcs.distance_m(b, link_a.next));
    let delta_m = to_b_m + to_a_m - link_a.out_m - link_b.out_m;
    Some(i64::from(delta_m) * sums_a.per_m)
}

/// Whether a node can be followed by another one in time.
fn is_in_time<const RULES: u8>(state: &State<RULES>, prev: u32, next: u32) -> bool {
    RULES < rules::TIMED
        || state.clocks[prev as usize].early_s.saturating_add(state.travel_s(prev, next))
            <= state.clocks[next as usize].late_s
}

/// Whether both routes can carry what they would get.
fn has_room<const RULES: u8>(state: &State<RULES>, a: u32, b: u32) -> bool {
    let (tail_a, tail_b) = (state.tail(a), state.tail(b));
    [(a, &tail_a, &tail_b), (b, &tail_b, &tail_a)].into_iter().all(|(node, gone, come)| {
        let Link { route, .. } = state.links[node as usize];
        let sums = &state.routes[route as usize];
        let stops_max = state.kind_of(route).stops_max;
        (0..3).all(|d| come.load[d] - gone.load[d] <= sums.room[d])
            && sums.stops + come.stops - gone.stops <= stops_max
    })
}

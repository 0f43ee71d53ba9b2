//! Two vehicles of different kinds swap all their work; one of them may be unused. Single stops
//! cannot find that another kind suits a whole route.

use postroad_optimization::Random;

use crate::near::NearStops;
use crate::ruin::Ruins;
use crate::state::{NONE, State};

/// Share of rounds that swap vehicles, where there are several kinds.
pub(crate) const SWAP_SHARE: f64 = 0.05;
/// Share of swaps with a vehicle that is not used; the others are with that of a near stop.
pub(crate) const UNUSED_SHARE: f64 = 0.5;

/// Swaps the vehicle of a stop with another one of another kind, if both hold the loads. Times
/// and limits are to be looked at afterwards.
pub(crate) fn swap_vehicles<const RULES: u8>(
    state: &mut State<RULES>,
    near: &NearStops,
    stop: u32,
    random: &mut Random,
    ruins: &mut Ruins,
) {
    let near = near.of(stop);
    let other = if random.unit() < UNUSED_SHARE || near.is_empty() {
        state.empty_route(random.below(state.core.kinds.len()) as u32)
    } else {
        Some(state.links[near[random.below(near.len())].stop as usize].route)
    };
    let (route, other) = (state.links[stop as usize].route, other.unwrap_or(NONE));
    if route == NONE
        || other == NONE
        || !can_do(state, route, other)
        || !can_do(state, other, route)
    {
        return;
    }
    let work = [route, other].map(|route| state.stops_of(route).collect::<Vec<u32>>());
    for (&route, stops) in [route, other].iter().zip(&work) {
        stops.iter().for_each(|&stop| state.take(stop));
        let start = state.start(route);
        state.retime(start + 1, start);
        ruins.gap(start, start + 1);
    }
    for (&route, stops) in [other, route].iter().zip(&work) {
        let mut after = state.start(route);
        for &stop in stops {
            state.put(stop, after);
            after = stop;
        }
    }
}

/// Whether the vehicle of a route is of another kind than that of `work` and holds its load.
fn can_do<const RULES: u8>(state: &State<RULES>, route: u32, work: u32) -> bool {
    let (kind, other) = (state.kind_of(route), state.kind_of(work));
    let sums = &state.routes[work as usize];
    kind.id != other.id
        && sums.stops <= kind.stops_max
        && (0..3).all(|d| other.capacity[d] - sums.room[d] <= kind.capacity[d])
}

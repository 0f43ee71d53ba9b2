//! Recreate: stops are put back one by one, each at the cheapest place next to a near stop, where
//! now and then a place is overlooked (Christiaens and Vanden Berghe 2020).

use postroad_optimization::Random;

use crate::arcs::Arcs;
use crate::core::{Core, rules};
use crate::near::NearStops;
use crate::ruin::Ruins;
use crate::state::{Link, NONE, State};

/// Share of places that are overlooked.
const BLINK_SHARE: f64 = 0.01;
/// Share of kinds of vehicles that are overlooked when a new one is sent out, where there are
/// several: the first stop of a route does not tell which kind suits the whole.
pub(crate) const KIND_BLINK_SHARE: f64 = 0.2;
/// A near stop is too far away if the way there costs so many times the best place found.
pub(crate) const REACH: i64 = 3;

/// A place for a stop, and what it costs there.
#[derive(Clone, Copy)]
struct Slot {
    after: u32,
    delta: i64,
}

/// Overlooks places at random: counts down to the next one.
pub(crate) struct Blinker {
    left: u32,
}

impl Blinker {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self { left: Self::draw(random) }
    }

    fn draw(random: &mut Random) -> u32 {
        ((1.0 - random.unit()).ln() / (1.0 - BLINK_SHARE).ln()) as u32
    }

    #[inline]
    pub(crate) fn blinks(&mut self, random: &mut Random) -> bool {
        if self.left == 0 {
            self.left = Self::draw(random);
            return true;
        }
        self.left -= 1;
        false
    }
}

/// Orders in which stops are put back, with their weights.
pub(crate) fn sort<const RULES: u8>(
    core: &Core,
    arcs: &Arcs,
    stops: &mut [u32],
    random: &mut Random,
) {
    let start = core.stops() as u32;
    let by = |stops: &mut [u32], key: &dyn Fn(u32) -> i64| {
        stops.sort_unstable_by_key(|&stop| (key(stop), stop));
    };
    let delivery = |stop: u32| -i64::from(core.stop(stop).delivery[0]);
    let away = |stop: u32| i64::from(arcs.distance_m(start, stop));
    let (from, to) = (
        |stop: u32| i64::from(core.stop(stop).start_s),
        |stop: u32| i64::from(core.stop(stop).end_s),
    );
    match random.below(if RULES < rules::TIMED { 11 } else { 17 }) {
        0..4 => random.shuffle(stops),
        4..8 => by(stops, &delivery),
        8..10 => by(stops, &|stop| -away(stop)),
        10 => by(stops, &away),
        11..13 => by(stops, &|stop| to(stop) - from(stop)),
        13..15 => by(stops, &from),
        _ => by(stops, &|stop| -to(stop)),
    }
}

/// Puts stops back in their order; those for which there is no place are left over.
pub(crate) fn recreate<const RULES: u8>(
    state: &mut State<RULES>,
    near: &NearStops,
    ruins: &mut Ruins,
    blinker: &mut Blinker,
    random: &mut Random,
) {
    let Ruins { taken, before, behind } = ruins;
    taken.retain(|&stop| {
        let mut slot = best_near(state, near, stop, blinker, random);
        for &node in before.iter() {
            let arc = [node, state.links[node as usize].next];
            try_arc(state, stop, arc, &mut slot, blinker, random);
        }
        for &node in behind.iter() {
            let arc = [state.links[node as usize].prev, node];
            try_arc(state, stop, arc, &mut slot, blinker, random);
        }
        try_new_routes(state, stop, &mut slot, random);
        let is_worth = slot.after != NONE && slot.delta < state.core.stop(stop).price;
        if is_worth {
            state.put(stop, slot.after);
        }
        !is_worth
    });
}

/// The cheapest place next to a near stop.
fn best_near<const RULES: u8>(
    state: &State<RULES>,
    near: &NearStops,
    stop: u32,
    blinker: &mut Blinker,
    random: &mut Random,
) -> Slot {
    let mut best = Slot { after: NONE, delta: i64::MAX };
    let delivery = &state.core.stop(stop).delivery;
    let per_m_min = state.core.per_m_min;
    for near in near.of(stop) {
        if per_m_min * i64::from(near.to_m.min(near.from_m)) / REACH >= best.delta {
            break;
        }
        let Link { prev, next, route, in_m, out_m } = state.links[near.stop as usize];
        // Where ways keep the triangle inequality, a detour through the stop is at least twice the
        // way to the nearer end of the arc, less the arc; the depot is never a near stop.
        let twice = |arc_m: i32, end: u32| if state.is_stop(end) { arc_m } else { 2 * arc_m };
        let behind_m = i64::from(2 * near.from_m - twice(out_m, next));
        let before_m = i64::from(2 * near.to_m - twice(in_m, prev));
        if route == NONE
            || per_m_min * behind_m.min(before_m) >= best.delta
            || !state.has_room(route, delivery)
        {
            continue;
        }
        let per_m = state.routes[route as usize].per_m;
        if per_m * behind_m < best.delta && !blinker.blinks(random) {
            let onward_m = state.arcs.distance_m(stop, next);
            best.offer(state, stop, [near.stop, next], near.from_m + onward_m - out_m, per_m);
        }
        if per_m * before_m < best.delta && !blinker.blinks(random) {
            let there_m = state.arcs.distance_m(prev, stop);
            best.offer(state, stop, [prev, near.stop], there_m + near.to_m - in_m, per_m);
        }
    }
    best
}

/// Tries a place between two nodes that follow each other on a route in use.
fn try_arc<const RULES: u8>(
    state: &State<RULES>,
    stop: u32,
    [prev, next]: [u32; 2],
    best: &mut Slot,
    blinker: &mut Blinker,
    random: &mut Random,
) {
    let Link { route, out_m, .. } = state.links[prev as usize];
    let sums = &state.routes[route as usize];
    let is_open = sums.stops > 0 && state.has_room(route, &state.core.stop(stop).delivery);
    if !is_open || blinker.blinks(random) {
        return;
    }
    let (there_m, onward_m) =
        (state.arcs.distance_m(prev, stop), state.arcs.distance_m(stop, next));
    best.offer(state, stop, [prev, next], there_m + onward_m - out_m, sums.per_m);
}

/// Tries a vehicle more, of each kind.
fn try_new_routes<const RULES: u8>(
    state: &mut State<RULES>,
    stop: u32,
    best: &mut Slot,
    random: &mut Random,
) {
    let delivery = state.core.stop(stop).delivery;
    let kinds = state.core.kinds.len();
    for kind in 0..kinds as u32 {
        if kinds > 1 && random.unit() < KIND_BLINK_SHARE {
            continue;
        }
        let Some(route) = state.empty_route(kind) else { continue };
        if !state.has_room(route, &delivery) {
            continue;
        }
        let start = state.start(route);
        let detour_m = state.arcs.distance_m(start, stop) + state.arcs.distance_m(stop, start + 1);
        let vehicle = &state.core.kinds[kind as usize];
        let own = vehicle.fixed + i64::from(detour_m) * vehicle.per_m;
        let beside = own < best.delta;
        if let Some(more) = beside.then(|| state.fit(stop, start, start + 1, detour_m)).flatten()
            && own + more < best.delta
        {
            *best = Slot { after: start, delta: own + more };
        }
    }
}

impl Slot {
    /// Takes a place if it is allowed and cheaper.
    #[inline]
    fn offer<const RULES: u8>(
        &mut self,
        state: &State<RULES>,
        stop: u32,
        [prev, next]: [u32; 2],
        detour_m: i32,
        per_m: i64,
    ) {
        let own = i64::from(detour_m) * per_m;
        if own < self.delta
            && let Some(more) = state.fit(stop, prev, next, detour_m)
            && own + more < self.delta
        {
            *self = Slot { after: prev, delta: own + more };
        }
    }
}

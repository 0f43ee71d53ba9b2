//! Ruin: strings of stops are taken from neighbouring routes (Christiaens and Vanden Berghe 2020).

use postroad_optimization::Random;

use crate::near::NearStops;
use crate::state::{Link, NONE, State};

/// Stops taken at a time, on average.
const MEAN_TAKEN: f64 = 8.0;
/// Longest string.
const STRING_MAX: f64 = 6.0;
/// Share of strings that keep some stops in their middle.
const SPLIT_SHARE: f64 = 0.5;
/// Chance that one more of them is kept, again and again.
const SPLIT_MORE: f64 = 0.01;

/// What a ruin leaves behind.
#[derive(Default)]
pub(crate) struct Ruins {
    /// Stops that were taken.
    pub(crate) taken: Vec<u32>,
    /// Nodes before a gap, and starts of ruined routes.
    pub(crate) before: Vec<u32>,
    /// Nodes behind a gap, and ends of ruined routes.
    pub(crate) behind: Vec<u32>,
}

impl Ruins {
    pub(crate) fn clear(&mut self) {
        self.taken.clear();
        self.before.clear();
        self.behind.clear();
    }

    /// Routes that stops were taken from; some more than once.
    pub(crate) fn routes<const RULES: u8>(
        &self,
        state: &State<RULES>,
    ) -> impl Iterator<Item = u32> {
        self.behind.iter().map(|&node| state.links[node as usize].route)
    }

    pub(crate) fn gap(&mut self, before: u32, behind: u32) {
        self.before.push(before);
        self.behind.push(behind);
    }
}

/// How many strings are taken, and how long they are at most.
pub(crate) struct Strings {
    pub(crate) count: usize,
    longest: f64,
}

impl Strings {
    /// For so many stops on so many routes.
    pub(crate) fn new(stops: usize, routes: u32, random: &mut Random) -> Self {
        let longest = STRING_MAX.min(stops as f64 / f64::from(routes.max(1)));
        let count_max = 4.0 * MEAN_TAKEN / (1.0 + longest) - 1.0;
        Self { count: (random.unit() * count_max + 1.0) as usize, longest }
    }

    /// Length of the string of a route with so many stops.
    pub(crate) fn length(&self, stops: u32, random: &mut Random) -> u32 {
        let most = self.longest.min(f64::from(stops));
        ((random.unit() * most + 1.0) as u32).min(stops)
    }

    /// How many stops in its middle stay.
    pub(crate) fn kept(length: u32, stops: u32, random: &mut Random) -> u32 {
        let mut kept = 0;
        if length > 1 && length < stops && random.unit() < SPLIT_SHARE {
            kept = 1;
            while length + kept < stops && random.unit() < SPLIT_MORE {
                kept += 1;
            }
        }
        kept
    }
}

/// Takes stops from around `seed`.
pub(crate) fn ruin<const RULES: u8>(
    state: &mut State<RULES>,
    near: &NearStops,
    seed: u32,
    random: &mut Random,
    ruins: &mut Ruins,
) {
    let strings = Strings::new(state.core.stops(), state.used_routes(), random);
    let mut ruined = [NONE; 64];
    let mut done = 0;
    let around = std::iter::once(seed).chain(near.of(seed).iter().map(|near| near.stop));
    for stop in around {
        let route = state.links[stop as usize].route;
        if route == NONE || ruined[..done].contains(&route) {
            continue;
        }
        let stops = state.routes[route as usize].stops;
        string(state, stop, strings.length(stops, random), random, ruins);
        let start = state.start(route);
        ruins.gap(start, start + 1);
        ruined[done] = route;
        done += 1;
        if done == strings.count.min(ruined.len()) {
            break;
        }
    }
}

/// Takes `length` stops in a row, or around some that stay, with `stop` among them.
fn string<const RULES: u8>(
    state: &mut State<RULES>,
    stop: u32,
    length: u32,
    random: &mut Random,
    ruins: &mut Ruins,
) {
    let stops = state.routes[state.links[stop as usize].route as usize].stops;
    let kept = Strings::kept(length, stops, random);
    let mut first = stop;
    let back = random.below((length + kept) as usize);
    for _ in 0..back {
        let prev = state.links[first as usize].prev;
        if !state.is_stop(prev) {
            break;
        }
        first = prev;
    }
    // Near the end of the route the string begins earlier, so that it is as long as asked.
    let mut last = first;
    for _ in 1..length + kept {
        let next = state.links[last as usize].next;
        if state.is_stop(next) {
            last = next;
        } else {
            first = state.links[first as usize].prev;
        }
    }
    let kept_from = if kept > 0 { 1 + random.below(length as usize - 1) as u32 } else { length };
    let before = state.links[first as usize].prev;
    let mut node = first;
    for position in 0..length + kept {
        let next = state.links[node as usize].next;
        if position < kept_from || position >= kept_from + kept {
            ruins.taken.push(node);
            state.take(node);
        }
        node = next;
    }
    let Link { next, .. } = state.links[before as usize];
    if kept > 0 {
        // Both gaps: the second one ends at `node`.
        let Link { prev, .. } = state.links[node as usize];
        state.retime(next, before);
        state.retime(node, prev);
        ruins.gap(prev, next);
    } else {
        state.retime(next, before);
    }
    ruins.gap(before, node);
}

//! Ruin under all rules: strings of stops are taken from neighbouring routes, with the other ends
//! of their shipments; now and then two trips become one.

use postroad_optimization::Random;

use super::tours::{Place, Tours};
use super::world::Unit;
use crate::near::NearStops;
use crate::ruin::Strings;

/// Chance that two trips of a ruined route become one if they can.
const MERGE_SHARE: f64 = 0.2;

/// What a ruin leaves behind.
#[derive(Default)]
pub(crate) struct Ruins {
    /// Units that were taken, each by its first stop.
    pub(crate) taken: Vec<u32>,
    /// Stops beside gaps.
    pub(crate) gaps: Vec<u32>,
    /// Ruined routes.
    pub(crate) tours: Vec<u32>,
    is_taken: Vec<bool>,
}

impl Ruins {
    pub(crate) fn new(stops: usize) -> Self {
        Self { is_taken: vec![false; stops], ..Self::default() }
    }

    pub(crate) fn clear(&mut self) {
        self.taken.clear();
        self.gaps.clear();
        self.tours.clear();
    }

    fn take(&mut self, unit: Unit) {
        if !self.is_taken[unit.first as usize] {
            self.taken.push(unit.first);
            unit.stops().for_each(|stop| self.is_taken[stop as usize] = true);
        }
    }
}

/// Takes stops from around `seed`.
pub(crate) fn ruin(
    tours: &mut Tours,
    near: &NearStops,
    seed: u32,
    random: &mut Random,
    ruins: &mut Ruins,
) {
    let strings = Strings::new(tours.world.stops(), tours.used, random);
    for stop in std::iter::once(seed).chain(near.of(seed).iter().map(|near| near.stop)) {
        let Some(place) = tours.place(stop) else { continue };
        if ruins.tours.contains(&place.tour) {
            continue;
        }
        let stops = tours.tours[place.tour as usize].stops;
        string(tours, place, strings.length(stops, random), random, ruins);
        merge_trips(tours, place.tour, random);
        ruins.tours.push(place.tour);
        if ruins.tours.len() == strings.count {
            break;
        }
    }
}

/// Takes `length` stops in a row, or around some that stay, with `place` among them; reloads on
/// the way count as stops.
fn string(tours: &mut Tours, place: Place, length: u32, random: &mut Random, ruins: &mut Ruins) {
    let tour = &tours.tours[place.tour as usize];
    let kept = Strings::kept(length, tour.stops, random) as usize;
    let (length, inner) = (length as usize, tour.nodes.len() - 2);
    let back = random.below(length + kept);
    let first = (place.at as usize).saturating_sub(back).clamp(1, inner + 1 - length - kept);
    let kept_from = first + if kept > 0 { 1 + random.below(length - 1) } else { length };
    let end = first + length + kept;
    let before = ruins.taken.len();
    for at in (first..end).filter(|at| !(kept_from..kept_from + kept).contains(at)) {
        if tours.world.is_stop(tour.nodes[at]) {
            ruins.take(tours.world.unit(tour.nodes[at]));
        }
    }
    let gaps = [first - 1, end, kept_from, kept_from + kept.max(1) - 1].map(|at| tour.nodes[at]);
    ruins.gaps.extend(gaps.iter().filter(|&&node| tours.world.is_stop(node)));
    tours.take(place.tour, |stop| ruins.is_taken[stop as usize]);
    for &first in &ruins.taken[before..] {
        let unit = tours.world.unit(first);
        unit.stops().for_each(|stop| ruins.is_taken[stop as usize] = false);
    }
}

/// Makes one of two trips of a route, if it then keeps the rules.
fn merge_trips(tours: &mut Tours, tour: u32, random: &mut Random) {
    let trips = tours.tours[tour as usize].trips as usize;
    if trips == 1 || random.unit() >= MERGE_SHARE {
        return;
    }
    let stops = tours.world.stops() as u32;
    let nodes = &tours.tours[tour as usize].nodes;
    let mut reloads = (1..nodes.len() - 1).filter(|&at| nodes[at] >= stops);
    let Some(at) = reloads.nth(random.below(trips - 1)) else { return };
    let reload = nodes[at];
    tours.change(tour, [0, 0], |nodes| {
        nodes.remove(at);
    });
    if !tours.tours[tour as usize].is_allowed {
        tours.change(tour, [0, 0], |nodes| nodes.insert(at, reload));
    }
}

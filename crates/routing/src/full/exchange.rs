//! Two routes exchange what follows a gap in each: from the start on, so that vehicles swap their
//! work, or from a gap of a ruin on (2-opt*, Potvin and Rousseau 1995). Where vehicles make several
//! trips, a whole trip may move from one to another.

use postroad_optimization::Random;

use super::ruin::Ruins;
use super::tours::{Place, Tours};
use super::world::{fits, minus, plus};
use crate::cross::CROSS_SHARE;
use crate::near::NearStops;
use crate::swap::UNUSED_SHARE;

/// A gap of a route: its number and the position of the node before.
type Gap = (u32, usize);

/// Exchanges what follows two gaps of two routes; reloads move to the vehicle's own start.
fn exchange(tours: &mut Tours, a: Gap, b: Gap) {
    let work = |(tour, gap): Gap, other: u32| -> Vec<u32> {
        let nodes = &tours.tours[tour as usize].nodes;
        let start = tours.world.start(tours.tours[other as usize].kind);
        let inner = nodes[gap + 1..nodes.len() - 1].iter();
        inner.map(|&node| if tours.world.is_stop(node) { node } else { start }).collect()
    };
    let (for_a, for_b) = (work(b, a.0), work(a, b.0));
    let mut set = |(tour, gap): Gap, work: &[u32]| {
        tours.change(tour, [gap + 1, 0], |nodes| {
            nodes.splice(gap + 1..nodes.len() - 1, work.iter().copied());
        });
    };
    // First out of one, so that no stop is on two routes at a time.
    set(a, &[]);
    set(b, &for_b);
    set(a, &for_a);
}

/// Swaps the vehicle of a route with that of a near one, or with one that is not used, if they
/// differ.
pub(crate) fn swap_vehicles(tours: &mut Tours, near: &NearStops, random: &mut Random) {
    let stop = random.below(tours.world.stops()) as u32;
    let Some(Place { tour, .. }) = tours.place(stop) else { return };
    let near = near.of(stop);
    let other = if random.unit() < UNUSED_SHARE || near.is_empty() {
        tours.empty_tour(random.below(tours.world.core.kinds.len()) as u32)
    } else {
        tours.place(near[random.below(near.len())].stop).map(|place| place.tour)
    };
    let alike = |tour: u32| tours.world.alike[tours.tours[tour as usize].kind as usize];
    if let Some(other) = other.filter(|&other| alike(other) != alike(tour)) {
        exchange(tours, (tour, 0), (other, 0));
    }
}

/// Crosses two of the ruined routes of one trip each at gaps, if that keeps the rules and does not lengthen them by
/// more than chance allows at this temperature.
pub(crate) fn cross(tours: &mut Tours, ruins: &Ruins, temperature: f64, random: &mut Random) {
    let has_trips = tours.world.has_trips();
    if has_trips || ruins.gaps.len() < 2 || random.unit() >= CROSS_SHARE {
        return;
    }
    let mut pick = || {
        let place = tours.place(ruins.gaps[random.below(ruins.gaps.len())]);
        place.map(|place| (place.tour, place.at as usize - random.below(2)))
    };
    let (Some(a), Some(b)) = (pick(), pick()) else { return };
    let worse_max = -temperature * (1.0 - random.unit()).ln();
    if crossed_cost(tours, a, b).is_some_and(|delta| (delta as f64) < worse_max) {
        exchange(tours, a, b);
        if !tours.tours[a.0 as usize].is_allowed || !tours.tours[b.0 as usize].is_allowed {
            exchange(tours, a, b);
        }
    }
}

/// What the ways of a crossing cost more than those now, if it is one between vehicles that end at
/// the same place, at no loss of a shipment, and within the capacity.
fn crossed_cost(tours: &Tours, a: Gap, b: Gap) -> Option<i64> {
    let world = &tours.world;
    let [tour_a, tour_b] = [a, b].map(|gap| &tours.tours[gap.0 as usize]);
    let [kind_a, kind_b] = [tour_a, tour_b].map(|tour| &world.core.kinds[tour.kind as usize]);
    let (cargo_a, cargo_b) = (&tour_a.cargo[a.1], &tour_b.cargo[b.1]);
    let is_crossing = a.0 != b.0
        && (kind_a.per_m, kind_a.end) == (kind_b.per_m, kind_b.end)
        && (a.1 > 0 || b.1 > 0)
        && cargo_a.open == 0
        && cargo_b.open == 0;
    if !is_crossing {
        return None;
    }
    // What is yet to be delivered on each trip.
    let [rest_a, rest_b] = [cargo_a, cargo_b].map(|cargo| minus(cargo.load, cargo.picked));
    let (hold_a, hold_b) = (world.capacity(tour_a.kind), world.capacity(tour_b.kind));
    let is_held = fits(plus(minus(cargo_a.head_max, rest_a), rest_b), hold_a)
        && fits(plus(minus(cargo_b.tail_max, cargo_b.picked), cargo_a.picked), hold_a)
        && fits(plus(minus(cargo_b.head_max, rest_b), rest_a), hold_b)
        && fits(plus(minus(cargo_a.tail_max, cargo_a.picked), cargo_b.picked), hold_b);
    let [way_a, way_b] = [(tour_a, a.1), (tour_b, b.1)].map(|(tour, gap)| tour.ways[gap]);
    let way_m = |from: u32, to: u32| i64::from(world.arcs.distance_m(from, to));
    let to_b_m = way_m(tour_a.nodes[a.1], tour_b.nodes[b.1 + 1]);
    let to_a_m = way_m(tour_b.nodes[b.1], tour_a.nodes[a.1 + 1]);
    let delta_m = to_b_m + to_a_m - way_a.distance_m - way_b.distance_m;
    is_held.then(|| delta_m.saturating_mul(kind_a.per_m))
}

/// Moves a trip of a route to another one, between two of its trips or at an end. That mostly
/// changes no way, but bit by bit it empties vehicles.
pub(crate) fn move_trip(tours: &mut Tours, random: &mut Random) {
    let mut pick = || tours.place(random.below(tours.world.stops()) as u32);
    let (Some(Place { tour: a, .. }), Some(Place { tour: b, .. })) = (pick(), pick()) else {
        return;
    };
    let [from, to] = [a, b].map(|tour| &tours.tours[tour as usize]);
    if a == b || to.trips >= tours.world.trips_max(to.kind) {
        return;
    }
    let trips = |nodes: &[u32]| -> Vec<Vec<u32>> {
        let inner = nodes[1..nodes.len() - 1].split(|&node| !tours.world.is_stop(node));
        inner.map(<[u32]>::to_vec).collect()
    };
    let (mut trips_a, mut trips_b) = (trips(&from.nodes), trips(&to.nodes));
    let trip = trips_a.remove(random.below(trips_a.len()));
    trips_b.insert(random.below(trips_b.len() + 1), trip);
    for (tour, trips) in [(a, trips_a), (b, trips_b)] {
        tours.change(tour, [0, 0], |nodes| {
            let work = trips.join(&nodes[0]);
            nodes.splice(1..nodes.len() - 1, work);
        });
    }
}

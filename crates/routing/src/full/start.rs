//! A given plan as far as it keeps the rules.

use postroad_model::id::Id;
use postroad_model::routing::{Route, RoutingPlan};

use super::tours::Tours;
use super::world::Unit;
use crate::state::NONE;

/// Loads a plan: a route as it is if it keeps the rules, else unit by unit those that do.
pub(crate) fn load(tours: &mut Tours, plan: &RoutingPlan) {
    let core = tours.world.core;
    let mut number = vec![NONE; core.problem.stops.len()];
    (0..core.stops() as u32).for_each(|stop| number[core.ids[stop as usize].index()] = stop);
    for route in &plan.routes {
        let kind = core.kinds.iter().position(|kind| kind.id == route.vehicle);
        let Some(tour) = kind.and_then(|kind| tours.empty_tour(kind as u32)) else { continue };
        let units = units(tours, route, &number);
        let all: Vec<Visited> = units.iter().flatten().copied().collect();
        if !set(tours, tour, &all) {
            set(tours, tour, &[]);
            keep_what_fits(tours, tour, &units);
        }
    }
}

/// A stop of a given route: trip, position, number.
type Visited = (usize, usize, u32);

/// The units of a given route that are complete, in order and not visited elsewhere.
fn units(tours: &Tours, route: &Route, number: &[u32]) -> Vec<Vec<Visited>> {
    let mut visited: Vec<Visited> = Vec::new();
    let mut seen = vec![false; tours.world.stops()];
    for (trip, stops) in route.trips.iter().enumerate() {
        for (position, id) in stops.iter().enumerate() {
            let stop = number.get(id.index()).copied().filter(|&stop| stop != NONE);
            let Some(stop) = stop.filter(|&stop| tours.place(stop).is_none()) else { continue };
            if !std::mem::replace(&mut seen[stop as usize], true) {
                visited.push((trip, position, stop));
            }
        }
    }
    let mut at = vec![None; tours.world.stops()];
    visited.iter().for_each(|&place| at[place.2 as usize] = Some(place));
    let unit = |&(trip, position, stop): &Visited| {
        let Unit { first, last } = tours.world.unit(stop);
        let end = at[last as usize]?;
        let is_whole = first == stop && end.0 == trip && (end.1 > position || first == last);
        is_whole.then(|| if first == last { vec![end] } else { vec![(trip, position, stop), end] })
    };
    visited.iter().filter_map(unit).collect()
}

/// Makes a route of some stops; whether it keeps the rules.
fn set(tours: &mut Tours, tour: u32, stops: &[Visited]) -> bool {
    let mut stops = stops.to_vec();
    stops.sort_unstable();
    let start = tours.world.start(tours.tours[tour as usize].kind);
    let mut work = Vec::with_capacity(stops.len());
    let mut last_trip = stops.first().map_or(0, |first| first.0);
    for (trip, _, stop) in stops {
        if trip != last_trip {
            work.push(start);
            last_trip = trip;
        }
        work.push(stop);
    }
    tours.change(tour, [0, 0], |nodes| {
        nodes.splice(1..nodes.len() - 1, work);
    });
    tours.tours[tour as usize].is_allowed
}

fn keep_what_fits(tours: &mut Tours, tour: u32, units: &[Vec<Visited>]) {
    let mut kept: Vec<Visited> = Vec::new();
    for unit in units {
        let before = kept.len();
        kept.extend(unit);
        if !set(tours, tour, &kept) {
            kept.truncate(before);
        }
    }
    set(tours, tour, &kept);
}

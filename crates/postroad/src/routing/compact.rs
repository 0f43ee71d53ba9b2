//! Routes that look right: a second plan in which each stop has a price on leaving the territory of
//! the first plan's route whose middle is nearest.
//!
//! The price is that of the way by which the next middle is farther away: nothing at the border of
//! two territories, much in the midst of one. It is the model's preference for a vehicle, so the
//! search and the checker know it, and a search without it is not slowed down.

use postroad_model::id::IdVec;
use postroad_model::routing::{MICRO_USD, Preference, Region, RoutingPlan, RoutingProblem, Travel};
use postroad_model::{Fault, LocationId, Place, VehicleId};
use postroad_optimization::Control;
use postroad_routing::Solved;

use super::{Effort, start};
use crate::failure::Failure;

/// Highest preference, a limit of the model.
const MICRO_USD_MAX: f64 = 1e6 * MICRO_USD as f64;

/// Solves twice, each time with half of the time if that is limited. The plan's cost is told without
/// the price of territories.
pub(crate) fn solve(
    file: &str,
    problem: &RoutingProblem,
    usd_per_km: f64,
    effort: Effort,
    control: &Control,
    start: Option<&RoutingPlan>,
) -> Result<Solved, Failure> {
    if problem.stops.iter().any(|stop| stop.preferred.is_some()) {
        return Err(refused(file, "--compact prefers vehicles, which the stops do already").into());
    }
    let places = places_m(&problem.travel);
    if places.is_empty() {
        return Err(refused(file, "--compact needs the places of all stops").into());
    }
    let half = control.within(control.seconds_left() / 2.0);
    let first = super::solve(file, problem, effort, &half, start)?;
    let mut priced = problem.clone();
    let mut plan = first.plan;
    let own = start::own_vehicles(&mut priced, &mut plan);
    prefer(&mut priced, &plan, &places, usd_per_km);
    let second = super::solve(file, &priced, effort, control, Some(&plan))?;
    let mut kinds: IdVec<VehicleId, VehicleId> = priced.vehicles.ids().collect();
    own.iter().for_each(|own| kinds[own.vehicle] = own.kind);
    let mut plan = second.plan;
    plan.routes.iter_mut().for_each(|route| route.vehicle = kinds[route.vehicle]);
    let cost_micro_usd = plan.cost(problem).total_micro_usd();
    let solved = Solved { plan, cost_micro_usd, iterations: first.iterations + second.iterations };
    super::check(problem, &solved)?;
    Ok(solved)
}

/// Makes each stop prefer the vehicle whose stops' middle is nearest.
fn prefer(problem: &mut RoutingProblem, plan: &RoutingPlan, places: &[[f64; 2]], usd_per_km: f64) {
    let at = |location: LocationId| places[location.0 as usize];
    let middles = plan.routes.iter().map(|route| {
        let stops: Vec<_> = route.stops().map(|stop| at(problem.stops[stop].location)).collect();
        let mean = |d: usize| stops.iter().map(|p| p[d]).sum::<f64>() / stops.len() as f64;
        (route.vehicle, [mean(0), mean(1)])
    });
    let middles: Vec<_> = middles.collect();
    let vehicles = problem.vehicles.clone();
    for stop in problem.stops.as_mut_slice() {
        let [x, y] = at(stop.location);
        let able = middles.iter().filter(|(id, _)| stop.admits(*id, &vehicles[*id]));
        let mut nearest = [(f64::INFINITY, None); 2];
        for &(vehicle, [a, b]) in able {
            let found = ((x - a).hypot(y - b), Some(vehicle));
            if found.0 < nearest[0].0 {
                nearest = [found, nearest[0]];
            } else if found.0 < nearest[1].0 {
                nearest[1] = found;
            }
        }
        let [(near_m, Some(vehicle)), (next_m, Some(_))] = nearest else { continue };
        let usd = (next_m - near_m) / 1000.0 * usd_per_km;
        let micro_usd = (usd * MICRO_USD as f64).min(MICRO_USD_MAX).round() as i64;
        stop.preferred = Some(Preference { vehicle, micro_usd });
    }
}

/// Places of the locations in metres of a plane; empty if they are not known.
fn places_m(travel: &Travel) -> Vec<[f64; 2]> {
    let points = match travel {
        Travel::Plane { points, .. } => return points.clone(),
        Travel::Region(region) => return region.places.iter().map(|place| place.metres).collect(),
        Travel::Earth { points, .. } | Travel::Matrix { points, .. } => points,
        Travel::Roads(labels) => &labels.points,
    };
    points.iter().map(|&point| Region::metres(points[0], point)).collect()
}

fn refused(file: &str, cause: &str) -> Fault {
    Fault {
        code: "E370",
        place: Place { file: file.into(), line: None, field: None },
        cause: cause.into(),
        action: "leave out one of them, or --compact".into(),
    }
}

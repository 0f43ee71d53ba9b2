//! Why a stop is left out.

use postroad_model::StopId;
use postroad_model::routing::{Reason, Route, RoutingProblem, schedule};

/// The reason for a stop that a plan leaves out: what hinders every vehicle, else what it costs.
pub(crate) fn reason(problem: &RoutingProblem, id: StopId) -> Reason {
    let stop = &problem.stops[id];
    let admitted: Vec<_> =
        problem.vehicles.iter_ids().filter(|&(v, vehicle)| stop.admits(v, vehicle)).collect();
    if admitted.is_empty() {
        return Reason::NoVehicleMayCome;
    }
    let holds = |capacity: [i32; 3]| {
        (0..3).all(|d| stop.delivery[d] <= capacity[d] && stop.pickup[d] <= capacity[d])
    };
    let able: Vec<_> = admitted.into_iter().filter(|(_, v)| holds(v.capacity)).collect();
    if able.is_empty() {
        return Reason::TooMuchLoad;
    }
    let mut cheapest = None;
    for (vehicle, kind) in able {
        let route = Route::single(vehicle, vec![id]);
        let distance_m = route.distance_m(problem);
        let Ok(times) = schedule(problem, &route) else { continue };
        if times.duration_s() <= kind.duration_max_s && distance_m <= kind.distance_max_m {
            let cost = route.cost(problem).total_micro_usd();
            cheapest = Some(cheapest.map_or(cost, |best: i64| best.min(cost)));
        }
    }
    match (cheapest, stop.price_micro_usd) {
        (None, _) => Reason::OutOfReach,
        (Some(cost), Some(price)) if price <= cost => Reason::NotWorthTheVisit,
        _ => Reason::NoRoomLeft,
    }
}

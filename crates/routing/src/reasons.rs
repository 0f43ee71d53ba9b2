//! Why a stop is left out.

use postroad_model::routing::{DIMENSIONS, Load, Reason, Route, RoutingProblem, VehicleType};
use postroad_model::{StopId, VehicleId};

/// The reason for a stop that a plan leaves out: what hinders every vehicle, else what it costs.
/// Both ends of a shipment are left out for the same reason: one that holds for both.
pub(crate) fn reason(problem: &RoutingProblem, id: StopId) -> Reason {
    let stops = with_mate(problem, id);
    let admits = |&(vehicle, kind): &(VehicleId, &VehicleType)| {
        stops.iter().all(|&stop| problem.stops[stop].admits(vehicle, kind))
    };
    let admitted: Vec<_> = problem.vehicles.iter_ids().filter(admits).collect();
    if admitted.is_empty() {
        return Reason::NoVehicleMayCome;
    }
    let peak = peak_load(problem, &stops);
    let holds = |capacity: Load| (0..DIMENSIONS).all(|d| peak[d] <= i64::from(capacity[d]));
    let able: Vec<_> = admitted.into_iter().filter(|(_, v)| holds(v.capacity)).collect();
    if able.is_empty() {
        return Reason::TooMuchLoad;
    }
    let mut cheapest = None;
    for (vehicle, kind) in able {
        let route = Route::single(vehicle, stops.clone());
        let distance_m = route.distance_m(problem);
        let Some(times) = route.schedule(problem) else { continue };
        if times.duration_s() <= kind.duration_max_s
            && distance_m <= kind.distance_max_m
            && stops.len() <= kind.stops_max as usize
        {
            let cost = route.cost(problem).total_micro_usd();
            cheapest = Some(cheapest.map_or(cost, |best: i64| best.min(cost)));
        }
    }
    let prices: Option<i64> = stops.iter().map(|&stop| problem.stops[stop].price_micro_usd).sum();
    match (cheapest, prices) {
        (None, _) => Reason::OutOfReach,
        (Some(cost), Some(price)) if price <= cost => Reason::NotWorthTheVisit,
        _ => Reason::NoRoomLeft,
    }
}

/// A stop, or both ends of its shipments in their order.
fn with_mate(problem: &RoutingProblem, id: StopId) -> Vec<StopId> {
    let mut ends = problem.shipments.iter().map(|shipment| [shipment.pickup, shipment.delivery]);
    ends.find(|ends| ends.contains(&id)).map_or(vec![id], |ends| ends.to_vec())
}

/// Most that a route of a stop or of a pair carries at a time.
fn peak_load(problem: &RoutingProblem, stops: &[StopId]) -> [i64; DIMENSIONS] {
    let shipped = problem.shipments.iter().filter(|shipment| stops.contains(&shipment.pickup));
    let shipped: Vec<Load> = shipped.map(|shipment| shipment.load).collect();
    std::array::from_fn(|d| {
        let mut now: i64 = stops.iter().map(|&s| i64::from(problem.stops[s].delivery[d])).sum();
        let shipped: i64 = shipped.iter().map(|load| i64::from(load[d])).sum();
        let mut peak = now;
        for (position, &stop) in stops.iter().enumerate() {
            let stop = &problem.stops[stop];
            let own = i64::from(stop.pickup[d]) - i64::from(stop.delivery[d]);
            now += own + if position == 0 { shipped } else { -shipped };
            peak = peak.max(now);
        }
        peak
    })
}

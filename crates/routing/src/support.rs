//! What the kernel does not support yet: refused by name, never ignored.

use postroad_model::routing::{NO_LOAD, RoutingProblem};

/// Features of a problem that the kernel cannot honour, in words; empty if it can solve it.
pub fn unsupported(problem: &RoutingProblem) -> Vec<&'static str> {
    let stops = || problem.stops.iter();
    let vehicles = || problem.vehicles.iter();
    let features = [
        (!problem.shipments.is_empty(), "a shipment from stop to stop"),
        (stops().any(|stop| stop.pickup != NO_LOAD), "a pickup"),
        (stops().any(|stop| stop.windows.len() > 1), "a stop with several time windows"),
        (stops().any(|stop| stop.setup_s > 0), "a setup time"),
        (vehicles().any(|vehicle| !vehicle.breaks.is_empty()), "a break"),
        (vehicles().any(|vehicle| vehicle.trips_max > 1), "a vehicle with several trips"),
    ];
    features.into_iter().filter(|(is_there, _)| *is_there).map(|(_, name)| name).collect()
}

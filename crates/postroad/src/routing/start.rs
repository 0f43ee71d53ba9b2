//! A start plan from an earlier result.

use std::collections::BTreeMap;
use std::path::Path;

use postroad_formats::routing::RoutingJob;
use postroad_model::routing::{Preference, Route, RoutingPlan, RoutingProblem, VehicleType};
use postroad_model::{Fault, Place, StopId, VehicleId};

use crate::failure::Failure;
use crate::input;
use crate::routing_output::result::RouteResult;

/// Reads the routes of an earlier result for this job. Stops and vehicles that are no longer there
/// are left out; stops that are new are for the kernel to put in.
pub(crate) fn read(file: &Path, job: &RoutingJob) -> Result<RoutingPlan, Failure> {
    let text = input::read_text(file)?;
    let result: RouteResult = serde_json::from_str(&text).map_err(|error| Fault {
        code: "E342",
        place: Place {
            file: file.display().to_string(),
            line: Some(error.line() as u64),
            field: None,
        },
        cause: format!("this is no result of a routing: {error}"),
        action: "name a result.json that `postroad route --out` wrote".into(),
    })?;
    let stops: BTreeMap<&str, StopId> =
        job.names.stops.iter_ids().map(|(id, name)| (name.as_str(), id)).collect();
    let vehicles: BTreeMap<&str, VehicleId> =
        job.names.vehicles.iter_ids().map(|(id, name)| (name.as_str(), id)).collect();
    let mut plan = RoutingPlan::default();
    for route in &result.routes {
        let Some(&vehicle) = vehicles.get(route.vehicle.as_str()) else { continue };
        let known = |trip: &Vec<String>| {
            trip.iter().filter_map(|name| stops.get(name.as_str()).copied()).collect::<Vec<_>>()
        };
        let trips: Vec<_> = route.trips.iter().map(known).filter(|trip| !trip.is_empty()).collect();
        if !trips.is_empty() {
            plan.routes.push(Route { vehicle, trips });
        }
    }
    Ok(plan)
}

/// A vehicle that was split from a type.
pub(crate) struct OwnVehicle {
    pub(crate) vehicle: VehicleId,
    pub(crate) kind: VehicleId,
    /// Position of the route that it has.
    pub(crate) route: usize,
}

/// Makes each route of a plan a vehicle of its own; those that were alone already stay.
pub(crate) fn own_vehicles(
    problem: &mut RoutingProblem,
    plan: &mut RoutingPlan,
) -> Vec<OwnVehicle> {
    let mut own = Vec::new();
    for (position, route) in plan.routes.iter_mut().enumerate() {
        let kind = route.vehicle;
        if problem.vehicles[kind].count == 1 {
            continue;
        }
        problem.vehicles[kind].count -= 1;
        let alone = VehicleType { count: 1, ..problem.vehicles[kind].clone() };
        route.vehicle = problem.vehicles.push(alone);
        own.push(OwnVehicle { vehicle: route.vehicle, kind, route: position });
    }
    // Who admits a vehicle type admits those split from it.
    for stop in problem.stops.as_mut_slice().iter_mut().filter(|stop| !stop.allowed.is_empty()) {
        let admitted = own.iter().filter(|own| stop.allowed.contains(&own.kind));
        let admitted: Vec<_> = admitted.map(|own| own.vehicle).collect();
        stop.allowed.extend(admitted);
    }
    own
}

/// Makes each route of the start plan a vehicle of its own, and puts a price on every stop that
/// moves to another one.
pub(crate) fn keep(job: &mut RoutingJob, start: &mut RoutingPlan, micro_usd: i64) {
    for own in own_vehicles(&mut job.problem, start) {
        let name = format!("{} of route {}", job.names.vehicles[own.kind], own.route + 1);
        job.names.vehicles.push(name);
    }
    for route in &start.routes {
        for stop in route.trips.iter().flatten() {
            let preferred = Some(Preference { vehicle: route.vehicle, micro_usd });
            job.problem.stops[*stop].preferred = preferred;
        }
    }
}

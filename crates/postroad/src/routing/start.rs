//! A start plan from an earlier result.

use std::collections::BTreeMap;
use std::path::Path;

use postroad_formats::routing::RoutingJob;
use postroad_model::routing::{Preference, Route, RoutingPlan};
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

/// Makes each route of the start plan a vehicle of its own, and puts a price on every stop that
/// moves to another one.
pub(crate) fn keep(job: &mut RoutingJob, start: &mut RoutingPlan, micro_usd: i64) {
    let mut own = Vec::new();
    for route in &start.routes {
        let kind = &mut job.problem.vehicles[route.vehicle];
        if kind.count == 1 {
            own.push(None);
            continue;
        }
        kind.count -= 1;
        own.push(Some(postroad_model::routing::VehicleType { count: 1, ..kind.clone() }));
    }
    for (number, (route, kind)) in start.routes.iter_mut().zip(own).enumerate() {
        if let Some(kind) = kind {
            let name = format!("{} of route {}", job.names.vehicles[route.vehicle], number + 1);
            let old = route.vehicle;
            route.vehicle = job.problem.vehicles.push(kind);
            job.names.vehicles.push(name);
            allow_also(job, old, route.vehicle);
        }
        for stop in route.trips.iter().flatten() {
            let preferred = Some(Preference { vehicle: route.vehicle, micro_usd });
            job.problem.stops[*stop].preferred = preferred;
        }
    }
}

/// Who admits a vehicle type admits those split from it.
fn allow_also(job: &mut RoutingJob, old: VehicleId, new: VehicleId) {
    for stop in job.problem.stops.as_mut_slice() {
        if stop.allowed.contains(&old) {
            stop.allowed.push(new);
        }
    }
}

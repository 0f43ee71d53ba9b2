//! Ways along roads instead of straight lines: from an OpenStreetMap extract, or from a service
//! that knows the roads.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use postroad_formats::routing::RoutingJob;
use postroad_model::id::Id;
use postroad_model::place::Coordinate;
use postroad_model::routing::Travel;
use postroad_model::{Fault, LocationId, Place};

use super::osrm::Osrm;
use crate::input;

/// Gives a job the ways along the roads of an extract, and tells in a sentence what they are like.
/// `file` is named in faults of places.
pub(crate) fn along_extract(
    job: &mut RoutingJob,
    file: &str,
    extract: &Path,
) -> Result<String, Vec<Fault>> {
    let points = points(job, file)?;
    let opened = File::open(extract).map_err(|error| vec![input::unreadable(extract, &error)])?;
    let name = extract.display().to_string();
    let network = postroad_roads::read(&name, BufReader::new(opened))?;
    let (labels, snapped) = network.labels(&points).map_err(|far| {
        let fault = |far: postroad_roads::Far| too_far(job, file, far);
        far.into_iter().map(fault).collect::<Vec<_>>()
    })?;
    job.problem.travel = Travel::Roads(labels);
    Ok(format!(
        "roads: {} junctions, {} of them on islands and left out; stops are {:.0} m from their \
         road, at most {:.0} m",
        network.junctions(),
        network.junctions_outside(),
        snapped.mean_m,
        snapped.largest_m
    ))
}

/// Gives a job the ways that an OSRM service tells.
pub(crate) fn from_osrm(job: &mut RoutingJob, file: &str, osrm: &Osrm) -> Result<(), Vec<Fault>> {
    let points = points(job, file)?;
    job.problem.travel = osrm.travel(&points).map_err(|fault| vec![fault])?;
    Ok(())
}

/// Where the locations are.
fn points(job: &RoutingJob, file: &str) -> Result<Vec<Coordinate>, Vec<Fault>> {
    match &job.problem.travel {
        Travel::Earth { points, .. } => Ok(points.clone()),
        Travel::Matrix { points, .. } if !points.is_empty() => Ok(points.clone()),
        _ => Err(vec![Fault {
            code: "E355",
            place: Place { file: file.to_string(), line: None, field: None },
            cause: "roads need the places of all stops in degrees".into(),
            action: "give latitude and longitude of every stop and depot".into(),
        }]),
    }
}

fn too_far(job: &RoutingJob, file: &str, far: postroad_roads::Far) -> Fault {
    let location = LocationId::from_index(far.index);
    let km = far.distance_m / 1000.0;
    let cause = format!("{} is {km:.1} km from the nearest road", things_at(job, location));
    Fault {
        code: "E354",
        place: Place { file: file.to_string(), line: None, field: None },
        cause,
        action: format!(
            "check its place, or use an extract of its region; a road must be within {:.0} m",
            postroad_roads::FAR_M
        ),
    }
}

/// What is at a location: stops, or else depots.
fn things_at(job: &RoutingJob, location: LocationId) -> String {
    let stops = job.problem.stops.iter_ids().filter(|(_, stop)| stop.location == location);
    let stops: Vec<&str> = stops.map(|(id, _)| job.names.stops[id].as_str()).collect();
    let depots = job.problem.depots.iter_ids().filter(|(_, depot)| depot.location == location);
    let mut depots = depots.map(|(id, _)| format!("depot `{}`", job.names.depots[id]));
    match &stops[..] {
        [] => depots.next().unwrap_or_else(|| format!("location {}", location.0)),
        [one] => format!("stop `{one}`"),
        [one, others @ ..] => format!("stop `{one}` with {} more at its place", others.len()),
    }
}

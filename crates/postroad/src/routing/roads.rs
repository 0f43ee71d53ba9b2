//! Ways along roads instead of straight lines: from an OpenStreetMap extract, or from a service
//! that knows the roads.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use postroad_formats::routing::RoutingJob;
use postroad_formats::vroom::{AskRoads, NamedPlace};
use postroad_model::id::Id;
use postroad_model::place::Coordinate;
use postroad_model::routing::Travel;
use postroad_model::{Fault, LocationId, Place};
use postroad_roads::{Far, RoadNetwork};

use super::osrm::Osrm;
use crate::input;

/// What knows the roads.
pub(crate) enum Roads {
    /// An extract that was read.
    Extract(Box<RoadNetwork>),
    /// A service.
    Osrm(Osrm),
}

impl Roads {
    /// Reads an extract.
    pub(crate) fn open(extract: &Path) -> Result<Self, Vec<Fault>> {
        let opened =
            File::open(extract).map_err(|error| vec![input::unreadable(extract, &error)])?;
        let name = extract.display().to_string();
        let network = postroad_roads::read(&name, BufReader::new(opened))?;
        Ok(Roads::Extract(Box::new(network)))
    }

    /// Gives a job these ways, and tells what they are like.
    pub(crate) fn lead(&self, job: &mut RoutingJob, file: &str) -> Result<String, Vec<Fault>> {
        let (travel, told) = self.travel(file, &places(job, file)?)?;
        job.problem.travel = travel;
        Ok(told)
    }
}

impl AskRoads for Roads {
    fn travel(&self, file: &str, places: &[NamedPlace]) -> Result<(Travel, String), Vec<Fault>> {
        let points: Vec<Coordinate> = places.iter().map(|place| place.point).collect();
        let network = match self {
            Roads::Extract(network) => network,
            Roads::Osrm(osrm) => {
                let travel = osrm.travel(&points).map_err(|fault| vec![fault])?;
                return Ok((travel, format!("roads: distances and times from {}", osrm.url)));
            }
        };
        let (labels, snapped) = network.labels(&points).map_err(|far| {
            let fault = |far: &Far| too_far(&places[far.index].name, file, far.distance_m);
            far.iter().map(fault).collect::<Vec<_>>()
        })?;
        let told = format!(
            "roads: {} junctions, {} of them on islands and left out; places are {:.0} m from \
             their road, at most {:.0} m",
            network.junctions(),
            network.junctions_outside(),
            snapped.mean_m,
            snapped.largest_m
        );
        Ok((Travel::Roads(labels), told))
    }
}

/// The locations of a job.
fn places(job: &RoutingJob, file: &str) -> Result<Vec<NamedPlace>, Vec<Fault>> {
    let points = match &job.problem.travel {
        Travel::Earth { points, .. } => points,
        Travel::Matrix { points, .. } if !points.is_empty() => points,
        _ => {
            return Err(vec![Fault {
                code: "E355",
                place: Place { file: file.to_string(), line: None, field: None },
                cause: "roads need the places of all stops in degrees".into(),
                action: "give latitude and longitude of every stop and depot".into(),
            }]);
        }
    };
    let mut names = names(job);
    let name = |index| names.remove(&LocationId::from_index(index)).unwrap_or_default();
    let names = (0..points.len()).map(name);
    Ok(names.zip(points).map(|(name, &point)| NamedPlace { name, point }).collect())
}

/// What is at the locations: stops, or else depots.
fn names(job: &RoutingJob) -> BTreeMap<LocationId, String> {
    let mut stops: BTreeMap<LocationId, (&str, usize)> = BTreeMap::new();
    for (id, stop) in job.problem.stops.iter_ids() {
        stops.entry(stop.location).or_insert((&job.names.stops[id], 0)).1 += 1;
    }
    let named = |(first, count): (&str, usize)| match count {
        1 => format!("stop `{first}`"),
        _ => format!("stop `{first}` with {} more at its place", count - 1),
    };
    let mut names: BTreeMap<_, _> = stops.into_iter().map(|(at, of)| (at, named(of))).collect();
    for (id, depot) in job.problem.depots.iter_ids() {
        let name = || format!("depot `{}`", job.names.depots[id]);
        names.entry(depot.location).or_insert_with(name);
    }
    names
}

fn too_far(name: &str, file: &str, distance_m: f64) -> Fault {
    Fault {
        code: "E354",
        place: Place { file: file.to_string(), line: None, field: None },
        cause: format!("{name} is {:.1} km from the nearest road", distance_m / 1000.0),
        action: format!(
            "check its place, or use an extract of its region; a road must be within {:.0} m",
            postroad_roads::FAR_M
        ),
    }
}

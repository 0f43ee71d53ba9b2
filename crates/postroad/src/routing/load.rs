//! A routing job from files, whatever format they are in.

use std::path::Path;

use postroad_formats::routing::{self, RoutingJob, RoutingNames, Source, Sources};
use postroad_formats::vrplib;
use postroad_model::Fault;
use postroad_model::routing::RoutingProblem;

use crate::failure::Failure;
use crate::input;

/// The tables of a job, and what holds where they say nothing.
pub(crate) struct Tables<'a> {
    pub(crate) stops: &'a Path,
    pub(crate) fleet: &'a Path,
    pub(crate) depots: Option<&'a Path>,
    pub(crate) matrix: Option<&'a Path>,
    pub(crate) circuity: f64,
    pub(crate) km_per_hour: f64,
}

/// A file that was read: its name as the user gave it, and its bytes.
struct Opened {
    name: String,
    bytes: Vec<u8>,
}

impl Opened {
    fn source(&self) -> Source<'_> {
        Source { file: &self.name, bytes: &self.bytes }
    }
}

/// Reads the tables, and tells of columns that were passed over.
pub(crate) fn tables(tables: &Tables, warn: impl Fn(&str)) -> Result<RoutingJob, Failure> {
    let mut faults: Vec<Fault> = Vec::new();
    let mut open = |path: &Path| {
        let bytes = input::read_bytes(path).and_then(|bytes| input::unpacked(path, bytes));
        let opened = bytes.map(|bytes| Opened { name: path.display().to_string(), bytes });
        opened.map_err(|fault| faults.push(fault)).ok()
    };
    let (stops, fleet) = (open(tables.stops), open(tables.fleet));
    let (depots, matrix) = (tables.depots.and_then(&mut open), tables.matrix.and_then(&mut open));
    let (Some(stops), Some(fleet), true) = (stops, fleet, faults.is_empty()) else {
        return Err(faults.into());
    };
    let read = routing::read(&Sources {
        stops: stops.source(),
        fleet: fleet.source(),
        depots: depots.as_ref().map(Opened::source),
        matrix: matrix.as_ref().map(Opened::source),
        circuity: tables.circuity,
        km_per_hour: tables.km_per_hour,
    })?;
    if !read.passed_over.is_empty() {
        warn(&format!("columns passed over: {}", read.passed_over.join(", ")));
    }
    Ok(read.job)
}

/// A benchmark instance as a job: customers are called by their number in the file.
pub(crate) fn instance(file: &str, text: &str) -> Result<RoutingJob, Failure> {
    let problem = vrplib::read(file, text)?.problem;
    let names = numbered(&problem);
    Ok(RoutingJob { problem, names })
}

fn numbered(problem: &RoutingProblem) -> RoutingNames {
    // Node 1 is the depot, as in the file.
    let stops = (2..2 + problem.stops.len()).map(|node| node.to_string()).collect();
    RoutingNames {
        stops,
        notes: problem.stops.iter().map(|_| String::new()).collect(),
        vehicles: problem.vehicles.iter().map(|_| "vehicle".to_string()).collect(),
        depots: problem.depots.iter().map(|_| "depot".to_string()).collect(),
    }
}

//! Tables of stops, fleet, depots and ways become a routing job; faults of all of them are told
//! together.

use std::collections::BTreeMap;

use postroad_model::id::{Id, IdVec};
use postroad_model::place::Coordinate;
use postroad_model::routing::{Depot, NO_LOAD, RoutingProblem, Shipment, Travel, VehicleType};
use postroad_model::{Fault, LocationId, StopId};

use super::cells::Skills;
use super::fleet::{Base, DepotRow, VehicleRow, own_depots, own_key, read_depots, read_fleet};
use super::places::{Matrix, Places, read_matrix};
use super::stops::{StopRow, read_stops};
use super::{RoutingJob, RoutingNames, reach};
use crate::instance::Faults;
use crate::tables::reader::{Column, Table};

/// A file: its name as the user gave it, and what is in it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its name.
    pub file: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// What a job is read from.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// Stops, as CSV or JSON.
    pub stops: Source<'a>,
    /// Vehicles, as CSV or JSON.
    pub fleet: Source<'a>,
    /// Depots, as CSV or JSON; without them the fleet says where it stands.
    pub depots: Option<Source<'a>>,
    /// Distances and times; without them straight lines.
    pub matrix: Option<Source<'a>>,
    /// Road over straight line.
    pub circuity: f64,
    /// Speed along the road, where no times are given.
    pub km_per_hour: f64,
}

/// A job and what was passed over.
#[derive(Clone, PartialEq, Debug)]
pub struct Read {
    /// The job.
    pub job: RoutingJob,
    /// Columns that are not known, with their files, for a warning.
    pub passed_over: Vec<String>,
}

/// Reads a job from tables.
pub fn read(sources: &Sources) -> Result<Read, Vec<Fault>> {
    let mut reader = Reader::default();
    let places = if sources.matrix.is_some() { Places::Matrix } else { Places::Points };
    let matrix = sources.matrix.map(|source| read_matrix(&mut reader, source, sources.km_per_hour));
    let depots = sources.depots.map(|source| read_depots(&mut reader, source, places));
    let known_depots = depots.as_ref().and_then(|read| read.as_ref().ok()).map(|(_, index)| index);
    let fleet = read_fleet(&mut reader, sources.fleet, known_depots, depots.is_some(), places);
    let vehicles = fleet.as_ref().ok().map(|(_, index)| index);
    let stops = read_stops(&mut reader, sources.stops, vehicles, places);
    let (Ok((fleet, _)), Ok(stops)) = (fleet, stops) else { return Err(reader.faults) };
    let (Ok(depots), Ok(matrix)) = (depots.transpose(), matrix.transpose()) else {
        return Err(reader.faults);
    };
    let depots = depots.map(|(rows, _)| rows);
    let job = Builder::new(sources, matrix).job(depots, fleet, stops)?;
    Ok(Read { job, passed_over: reader.passed_over })
}

/// Faults of a file were told.
pub(super) struct Failed;

/// What the readers of all files share.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) skills: Skills,
    faults: Vec<Fault>,
    passed_over: Vec<String>,
}

impl Reader {
    /// Opens a table, and notes its columns that are not known.
    pub(super) fn open<'a>(
        &mut self,
        source: Source<'a>,
        columns: &[Column],
    ) -> Result<Table<'a, &'a [u8]>, Failed> {
        let table = self.take(Table::open_either(source.file, source.bytes, columns))?;
        let noted = table.passed_over().iter().map(|name| format!("{}: {name}", source.file));
        self.passed_over.extend(noted);
        Ok(table)
    }

    /// Keeps the faults of a result.
    pub(super) fn take<T>(&mut self, read: Result<T, Vec<Fault>>) -> Result<T, Failed> {
        read.map_err(|faults| {
            self.faults.extend(faults);
            Failed
        })
    }
}

/// Puts rows together.
struct Builder<'a> {
    matrix: Option<Matrix>,
    sources: &'a Sources<'a>,
    /// Without a matrix: a location for each point, so that stops at one door share it.
    points: Vec<Coordinate>,
    at: BTreeMap<(u64, u64), LocationId>,
    /// With a matrix: points of its locations as far as they are told.
    known: BTreeMap<LocationId, Coordinate>,
}

impl<'a> Builder<'a> {
    fn new(sources: &'a Sources<'a>, matrix: Option<Matrix>) -> Self {
        let (points, at, known) = Default::default();
        Self { matrix, sources, points, at, known }
    }

    fn job(
        mut self,
        depots: Option<Vec<DepotRow>>,
        fleet: Vec<VehicleRow>,
        stops: Vec<StopRow>,
    ) -> Result<RoutingJob, Vec<Fault>> {
        let mut fleet_faults = Faults::new(self.sources.fleet.file);
        let (own, own_ids) = own_depots(&fleet);
        let depot_file = self.sources.depots.map_or(self.sources.fleet.file, |depots| depots.file);
        let mut depot_faults = Faults::new(depot_file);
        let mut problem = RoutingProblem::new(Travel::Earth {
            points: Vec::new(),
            circuity: self.sources.circuity,
            km_per_hour: self.sources.km_per_hour,
        });
        let mut names = RoutingNames::default();
        for row in depots.unwrap_or(own) {
            let location = self.location(row.point, &row.location, None, &mut depot_faults);
            problem.depots.push(Depot { location, window: row.window });
            names.depots.push(row.name);
        }
        let depot_of = |base: &Base| match base {
            Base::Depot(id) => Some(*id),
            Base::Own(point, location) => Some(own_ids[&own_key(*point, location)]),
            Base::Open => None,
        };
        for row in fleet {
            let (start, end) = (depot_of(&row.start), depot_of(&row.end));
            if start.is_none() && end.is_none() {
                let cause = format!("`{}` neither starts nor ends anywhere", row.name);
                fleet_faults.add("E334", None, Some("start"), cause, "give it a start or an end");
            }
            problem.vehicles.push(VehicleType { start, end, ..row.kind });
            names.vehicles.push(row.name);
        }
        let mut stop_faults = Faults::new(self.sources.stops.file);
        let lines: IdVec<StopId, u64> = stops.iter().map(|row| row.line).collect();
        problem.shipments = shipments(&stops, &mut stop_faults);
        for row in stops {
            let line = Some(row.line);
            let location = self.location(row.point, &row.location, line, &mut stop_faults);
            let mut stop = row.stop;
            stop.location = location;
            problem.stops.push(stop);
            names.stops.push(row.name);
            names.notes.push(row.note);
        }
        for shipment in &problem.shipments {
            // What goes from stop to stop does not come from the depot.
            problem.stops[shipment.pickup].pickup = NO_LOAD;
            problem.stops[shipment.delivery].delivery = NO_LOAD;
        }
        let is_placed = [&fleet_faults, &depot_faults, &stop_faults].iter().all(|f| f.is_empty());
        problem.travel = self.travel(problem.travel);
        if is_placed {
            reach::check(&problem, &lines, &mut stop_faults);
        }
        let all = [fleet_faults, depot_faults, stop_faults];
        let faults: Vec<Fault> = all.into_iter().flat_map(Faults::into_vec).collect();
        if faults.is_empty() { Ok(RoutingJob { problem, names }) } else { Err(faults) }
    }

    fn location(
        &mut self,
        point: Option<Coordinate>,
        name: &str,
        line: Option<u64>,
        faults: &mut Faults,
    ) -> LocationId {
        if let Some(matrix) = &self.matrix {
            let Some(&id) = matrix.ids.get(name) else {
                let cause = format!("`{name}` is no location of the matrix");
                let action = "name a location of the matrix in the column `location`";
                faults.add("E336", line, Some("location"), cause, action);
                return LocationId(0);
            };
            self.known.extend(point.map(|point| (id, point)));
            return id;
        }
        let point = point.expect("without a matrix every row has a point");
        let key = (point.latitude.to_bits(), point.longitude.to_bits());
        *self.at.entry(key).or_insert_with(|| {
            self.points.push(point);
            LocationId::from_index(self.points.len() - 1)
        })
    }

    fn travel(self, straight: Travel) -> Travel {
        match (self.matrix, straight) {
            (Some(matrix), _) => matrix.travel(&self.known),
            (None, Travel::Earth { circuity, km_per_hour, .. }) => {
                Travel::Earth { points: self.points, circuity, km_per_hour }
            }
            (None, other) => other,
        }
    }
}

/// Pairs of rows that share a shipment's name: the one that picks up and the one that delivers.
fn shipments(stops: &[StopRow], faults: &mut Faults) -> Vec<Shipment> {
    let mut ends: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, row) in stops.iter().enumerate().filter(|(_, row)| !row.shipment.is_empty()) {
        ends.entry(&row.shipment).or_default().push(index);
    }
    let mut found = Vec::new();
    for (name, ends) in ends {
        let line = Some(stops[ends[0]].line);
        let mut fault = |cause: String, action| {
            faults.add("E337", line, Some("shipment"), cause, action);
        };
        let &[first, second] = &ends[..] else {
            let cause = format!("the shipment `{name}` has {} rows", ends.len());
            fault(cause, "give it two: one that picks up, one that delivers");
            continue;
        };
        let picks_up = |index: usize| stops[index].stop.pickup != NO_LOAD;
        let (pickup, delivery) = match (picks_up(first), picks_up(second)) {
            (true, false) => (first, second),
            (false, true) => (second, first),
            _ => {
                let cause = format!("one of the rows of the shipment `{name}` must pick up");
                fault(cause, "fill in pickup_parcels in one row and parcels in the other");
                continue;
            }
        };
        let load = stops[pickup].stop.pickup;
        if stops[delivery].stop.delivery != load || stops[pickup].stop.delivery != NO_LOAD {
            let cause = format!("the rows of the shipment `{name}` differ in load");
            fault(cause, "pick up in one row what the other delivers, and nothing else");
            continue;
        }
        let (pickup, delivery) = (StopId::from_index(pickup), StopId::from_index(delivery));
        found.push(Shipment { pickup, delivery, load });
    }
    found
}

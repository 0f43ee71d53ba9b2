//! `postroad generate routing`: stops on the streets of an OpenStreetMap extract, drawn from a
//! seed, and a fleet that can serve them; for `postroad route --roads` and for other solvers.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use postroad_model::LocationId;
use postroad_model::id::Id;
use postroad_model::place::Coordinate;
use postroad_model::routing::HubLabels;
use postroad_optimization::random::Random;

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::input;
use crate::output;

/// Parcels of a van, of a stop at most, and minutes of a stop.
const VAN_PARCELS: usize = 120;
const STOP_PARCELS_MAX: usize = 3;
const SERVICE_HALF_MINUTES: [usize; 2] = [2, 6];
/// Stops have windows of two to four hours between these hours, or none: two out of five.
const HOURS: [usize; 2] = [8, 18];
const WINDOW_HOURS: [usize; 2] = [2, 4];
const WITHOUT_WINDOW: f64 = 0.4;
/// What a van costs. Whole multiples of each other in millionths of a dollar per van, metre and
/// second, so that solvers that count in integers can use small ones.
const USD_PER_VAN: u32 = 60;
const USD_PER_KM: &str = "0.30";
const USD_PER_HOUR: u32 = 27;
const SHIFT: &str = "07:00-19:00";
/// Vans over those that all parcels fill.
const SPARE_VANS: f64 = 1.5;

/// The problem wanted.
#[derive(Args, Clone, Debug)]
pub(crate) struct RoutingDraw {
    /// Extract whose streets the stops are on (.osm.pbf)
    #[arg(long, value_name = "FILE")]
    roads: PathBuf,
    /// Stops to draw
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    stops: u32,
    /// Also write all ways as matrices of 32-bit integers in NumPy's format, the depot first: for
    /// solvers that need them; at most 20,000 stops
    #[arg(long)]
    matrices: bool,
    /// Folder for stops.csv and fleet.csv
    #[arg(long, short, value_name = "DIR")]
    out: PathBuf,
}

/// Most stops with matrices: 3 GB of files.
const MATRIX_STOPS_MAX: u32 = 20_000;

/// Draws the problem and writes it.
pub(crate) fn run(draw: &RoutingDraw, run: &RunArgs) -> Result<(), Failure> {
    if draw.matrices && draw.stops > MATRIX_STOPS_MAX {
        let why = format!("--matrices is for at most {MATRIX_STOPS_MAX} stops");
        return Err(Failure::Negative(why));
    }
    output::prepare(&draw.out)?;
    let file = File::open(&draw.roads).map_err(|error| input::unreadable(&draw.roads, &error))?;
    let name = draw.roads.display().to_string();
    let network = postroad_roads::read(&name, BufReader::new(file))?;
    let mut random = Random::new(run.seed);
    // The depot is one of the places, so that it has the same chance to be anywhere.
    let shares = (0..=draw.stops).map(|_| random.unit()).collect::<Vec<_>>();
    let places: Vec<Coordinate> =
        network.along_streets(shares.into_iter()).into_iter().map(as_written).collect();
    let (stops, parcels) = stops_csv(&places[1..], &mut random);
    output::make(&draw.out)?;
    write(&draw.out, "stops.csv", |file| file.write_all(stops.as_bytes()))?;
    let fleet = fleet_csv(places[0], parcels);
    write(&draw.out, "fleet.csv", |file| file.write_all(fleet.as_bytes()))?;
    if draw.matrices {
        let (labels, _) = network.labels(&places).expect("places on streets are near roads");
        let matrix = |file: &mut dyn Write, is_time| write_matrix(file, &labels, is_time);
        write(&draw.out, "metres.npy", |file| matrix(file, false))?;
        write(&draw.out, "seconds.npy", |file| matrix(file, true))?;
    }
    Ok(())
}

/// A place with as many digits as are written.
fn as_written(place: Coordinate) -> Coordinate {
    let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
    Coordinate { latitude: round(place.latitude), longitude: round(place.longitude) }
}

/// One of the numbers from the first to the second.
fn from_to(random: &mut Random, [low, high]: [usize; 2]) -> usize {
    low + random.below(high - low + 1)
}

/// The table of stops, and all their parcels.
fn stops_csv(places: &[Coordinate], random: &mut Random) -> (String, usize) {
    let mut text = String::from("id,lat,lon,parcels,service_min,windows\n");
    let mut all = 0;
    for (index, place) in places.iter().enumerate() {
        let parcels = from_to(random, [1, STOP_PARCELS_MAX]);
        let service_min = from_to(random, SERVICE_HALF_MINUTES) as f64 / 2.0;
        let hours = from_to(random, WINDOW_HOURS);
        let start = from_to(random, [HOURS[0], HOURS[1] - hours]);
        let window = match random.unit() < WITHOUT_WINDOW {
            true => String::new(),
            false => format!("{start:02}:00-{:02}:00", start + hours),
        };
        all += parcels;
        let (lat, lon) = (place.latitude, place.longitude);
        let id = index + 1;
        let _ = writeln!(text, "{id},{lat},{lon},{parcels},{service_min},{window}");
    }
    (text, all)
}

fn fleet_csv(depot: Coordinate, parcels: usize) -> String {
    let vans = (parcels as f64 * SPARE_VANS / VAN_PARCELS as f64).ceil();
    format!(
        "id,count,parcels,fixed_usd,usd_per_km,usd_per_hour,shift,lat,lon\n\
         van,{vans},{VAN_PARCELS},{USD_PER_VAN},{USD_PER_KM},{USD_PER_HOUR},{SHIFT},{},{}\n",
        depot.latitude, depot.longitude
    )
}

/// All pairs in NumPy's format, version 1.0.
fn write_matrix(file: &mut dyn Write, labels: &HubLabels, is_time: bool) -> io::Result<()> {
    let n = labels.locations();
    let mut head = format!("{{'descr': '<i4', 'fortran_order': False, 'shape': ({n}, {n}), }}");
    // Magic, version, length and header together fill 64 bytes, or a multiple.
    let length = (head.len() + 11).next_multiple_of(64) - 10;
    let _ = write!(head, "{:>1$}", "\n", length - head.len());
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&(length as u16).to_le_bytes())?;
    file.write_all(head.as_bytes())?;
    for from in (0..n).map(LocationId::from_index) {
        for to in (0..n).map(LocationId::from_index) {
            let (distance_m, duration_s) = labels.fastest(from, to);
            file.write_all(&if is_time { duration_s } else { distance_m }.to_le_bytes())?;
        }
    }
    Ok(())
}

/// Writes one file of the folder.
fn write(
    folder: &Path,
    name: &str,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), Failure> {
    let path = folder.join(name);
    let written = File::create(&path).and_then(|file| {
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.flush()
    });
    written.map_err(|cause| Failure::Output { path: path.display().to_string(), cause })
}

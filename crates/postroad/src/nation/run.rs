//! The nation: station after station is drawn, routed, compared and forgotten; what is kept is a
//! row each, in a table that only grows, so that a stopped run goes on where it was.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use postroad_model::{Fault, Place};
use postroad_routing::{Config, solve};
use serde::{Deserialize, Serialize};

use super::draw::draw;
use super::network::{Network, PlannedStation};
use super::row::{StationRow, compare};
use crate::failure::Failure;
use crate::input;
use crate::output;
use crate::output::plan::rows_of;
use crate::run::Runner;

/// Settings of a run, one line of JSON.
const SETTINGS_FILE: &str = "nation.json";
/// The rows.
const STATIONS_FILE: &str = "stations.csv";
/// Rounds and seconds of each row: beside it, because they differ from run to run.
const SECONDS_FILE: &str = "seconds.csv";

/// What decides every row.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct NationRun {
    /// Scenario of the plan.
    pub scenario: String,
    /// sha256 of the plan's file.
    pub plan_sha256: String,
    /// The day.
    pub day: u32,
    /// Seed of draws and search.
    pub seed: u64,
    /// Rounds of ruin and recreate for each stop.
    pub rounds_per_stop: f64,
}

/// A row of `seconds.csv`.
#[derive(Serialize)]
struct Seconds<'a> {
    station: &'a str,
    stops: u64,
    rounds: u64,
    seconds: f64,
}

/// A station that was routed.
struct Done {
    row: StationRow,
    rounds: u64,
    seconds: f64,
}

/// Routes all stations of a network that `folder` has no row of yet, and returns all rows.
pub fn run(
    network: &Network,
    settings: &NationRun,
    folder: &Path,
    runner: &Runner,
) -> Result<Vec<StationRow>, Failure> {
    output::make(folder)?;
    same_settings(folder, settings)?;
    let mut rows = rows_so_far(network, folder)?;
    let to_do = &network.stations[rows.len()..];
    runner.teller.skip(rows.len());
    let mut table = Appended::open(folder.join(STATIONS_FILE))?;
    let mut seconds = Appended::open(folder.join(SECONDS_FILE))?;
    let work = |station: &PlannedStation| route(network, settings, station, runner);
    let sink = |done: Done| -> Result<(), Failure> {
        let Done { row, rounds, seconds: spent } = done;
        // The row comes last: what has a row is done.
        let times = Seconds { station: &row.station, stops: row.stops, rounds, seconds: spent };
        seconds.add(&times)?;
        table.add(&row)?;
        runner.teller.step(&format!("{}, {} stops", row.station, row.stops));
        rows.push(row);
        Ok(())
    };
    runner.workers.stream(to_do, work, sink)?;
    Ok(rows)
}

/// Routes one station; none if the run ended meanwhile, because its row would not be the same.
fn route(
    network: &Network,
    settings: &NationRun,
    station: &PlannedStation,
    runner: &Runner,
) -> Option<Done> {
    let begun = Instant::now();
    if runner.control.is_over() {
        return None;
    }
    let drawn = draw(network, station, settings.day, settings.seed);
    let stops = drawn.job.problem.stops.len();
    let rounds = (settings.rounds_per_stop * stops as f64).round() as u64;
    let config = Config { iterations: rounds, seed: settings.seed, ..Config::default() };
    let solved = solve(&drawn.job.problem, &config, &runner.control, None);
    if runner.control.is_over() {
        return None;
    }
    let left_out = solved.plan.unassigned.len();
    let broken = solved.plan.violations(&drawn.job.problem);
    // A stop that is left out is told in the row; any other broken rule is a bug.
    assert!(broken.len() == left_out, "station {}: {:?}", station.id, broken.first());
    let row = compare(network, station, &drawn, &solved.plan);
    Some(Done { row, rounds: solved.iterations, seconds: begun.elapsed().as_secs_f64() })
}

/// Writes the settings, or checks that the folder holds a run of the same.
fn same_settings(folder: &Path, settings: &NationRun) -> Result<(), Failure> {
    let path = folder.join(SETTINGS_FILE);
    let line = serde_json::to_string(settings).expect("plain data") + "\n";
    if !path.exists() {
        return fs::write(&path, line).map_err(|cause| failure(&path, cause));
    }
    let found = self::settings(folder)?;
    if found == *settings {
        return Ok(());
    }
    let found = serde_json::to_string(&found).expect("plain data");
    Err(other_run(&path, format!("the folder holds another run: {found}")).into())
}

/// The settings of the run in a folder.
pub fn settings(folder: &Path) -> Result<NationRun, Failure> {
    let path = folder.join(SETTINGS_FILE);
    let text = input::read_text(&path)?;
    let fault = |error| other_run(&path, format!("the settings cannot be read: {error}"));
    serde_json::from_str(&text).map_err(|error: serde_json::Error| fault(error).into())
}

fn other_run(path: &Path, cause: String) -> Fault {
    Fault {
        code: "E363",
        place: Place { file: path.display().to_string(), line: None, field: None },
        cause,
        action: "name another folder, or repeat the settings of that run".into(),
    }
}

/// The rows of an earlier run. A last line without an end, from a run that was killed, is cut off.
pub fn rows_so_far(network: &Network, folder: &Path) -> Result<Vec<StationRow>, Failure> {
    let path = folder.join(STATIONS_FILE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let bytes = whole_lines(&path)?;
    whole_lines(&folder.join(SECONDS_FILE))?;
    let shown = path.display().to_string();
    let rows = rows_of::<StationRow>(&shown, &bytes)?;
    for (i, (line, row)) in rows.iter().enumerate() {
        if network.stations.get(i).is_none_or(|station| station.id != row.station) {
            return Err(Fault {
                code: "E364",
                place: Place { file: shown, line: Some(*line), field: Some("station".into()) },
                cause: format!("the row of `{}` is not the next station's", row.station),
                action: "bring the table back as it was written, or name another folder".into(),
            }
            .into());
        }
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

fn whole_lines(path: &Path) -> Result<Vec<u8>, Failure> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let mut bytes = input::read_bytes(path)?;
    let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    if whole < bytes.len() {
        bytes.truncate(whole);
        let cut = OpenOptions::new().write(true).open(path);
        cut.and_then(|file| file.set_len(whole as u64)).map_err(|cause| failure(path, cause))?;
    }
    Ok(bytes)
}

/// A table to which rows are added, each on the disk before the next one is made.
struct Appended {
    path: PathBuf,
    file: File,
    is_new: bool,
}

impl Appended {
    fn open(path: PathBuf) -> Result<Self, Failure> {
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let opened = file.and_then(|file| Ok((file.metadata()?.len() == 0, file)));
        let (is_new, file) = opened.map_err(|cause| failure(&path, cause))?;
        Ok(Self { path, file, is_new })
    }

    fn add<T: Serialize>(&mut self, row: &T) -> Result<(), Failure> {
        let mut writer = csv::WriterBuilder::new().has_headers(self.is_new).from_writer(Vec::new());
        writer.serialize(row).expect("memory can be written and rows are flat");
        self.is_new = false;
        let bytes = writer.into_inner().expect("memory can be written");
        self.file.write_all(&bytes).map_err(|cause| failure(&self.path, cause))
    }
}

fn failure(path: &Path, cause: io::Error) -> Failure {
    Failure::Output { path: path.display().to_string(), cause }
}

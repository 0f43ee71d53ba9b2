//! The stations of a plan with the zones they deliver to, read back from the files of a study.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use postroad_formats::study::Study;
use postroad_formats::tables::StationKind;
use postroad_model::network::{AreaClass, Channel};
use postroad_model::place::Coordinate;
use postroad_model::tour::Vans;
use postroad_model::{Fault, Place};
use serde::Deserialize;

use crate::commands::check::read_result;
use crate::failure::Failure;
use crate::input;
use crate::load;
use crate::output::plan::rows_of;
use crate::output::sha256;
use crate::planning::{Geography, ZoneDemand, fleet_of, vans, zone_demands};
use crate::result::{InputFile, ScenarioResult, StudyResult};
use crate::run::study::RESULT_FILE;

/// What delivers in a plan.
pub struct Network {
    /// The study the plan is of.
    pub study: Study,
    /// Name of the scenario.
    pub scenario: String,
    /// sha256 of the plan's file.
    pub plan_sha256: String,
    /// Stations and hubs that deliver, by kind and id.
    pub stations: Vec<PlannedStation>,
}

/// A building with its zones.
#[derive(Clone, PartialEq, Debug)]
pub struct PlannedStation {
    /// Its id in the table of stations.
    pub id: String,
    /// Station or rural hub.
    pub kind: StationKind,
    /// Where it is.
    pub coordinate: Coordinate,
    /// What it delivers to, by ZIP.
    pub zones: Vec<PlannedZone>,
}

/// A zone, as far as one building delivers to it.
#[derive(Clone, PartialEq, Debug)]
pub struct PlannedZone {
    /// ZIP code.
    pub zip: String,
    /// Its centre.
    pub coordinate: Coordinate,
    /// Its class.
    pub class: AreaClass,
    /// Parcels that the building brings on an average day.
    pub parcels_per_day: f64,
    /// Stops of all the zone's parcels on an average day.
    pub zone_stops_per_day: f64,
    /// Where its people live along streets.
    pub served_km2: f64,
}

/// What is read of a row of `plan-<scenario>.csv`.
#[derive(Deserialize)]
struct Row {
    zip: String,
    channel: String,
    facility: String,
    parcels_per_day: f64,
}

impl Network {
    /// Reads a result (its file or folder) with its study and the plan of a scenario, the first
    /// that has a plan if none is named. `study` is where the study is now, if it has moved.
    pub fn read(
        result: &Path,
        scenario: Option<&str>,
        study: Option<&Path>,
    ) -> Result<Self, Failure> {
        let file = if result.is_dir() { result.join(RESULT_FILE) } else { result.to_path_buf() };
        let claimed = read_result(&file)?;
        let path = PathBuf::from(&claimed.study.file.path);
        let path = study.map_or(path, load::study_file);
        let loaded = load::load_text(&path, claimed.study.toml.clone())?;
        let changed = loaded.input.tables.iter().zip(&claimed.study.tables);
        let changed: Vec<Fault> =
            changed.filter(|(now, then)| now != then).map(|(now, _)| changed_table(now)).collect();
        if !changed.is_empty() {
            return Err(changed.into());
        }
        let (scenario, plan) = plan_of(&claimed, &file, scenario)?;
        let bytes = input::read_bytes(&file.parent().unwrap_or(Path::new("")).join(&plan.path))?;
        if sha256(&bytes) != plan.sha256 {
            return Err(changed_table(plan).into());
        }
        let rows = rows_of::<Row>(&plan.path, &bytes)?;
        let stations = stations(&loaded.study, &loaded.geography, &plan.path, rows)?;
        Ok(Self {
            study: loaded.study,
            scenario: scenario.name.clone(),
            plan_sha256: plan.sha256.clone(),
            stations,
        })
    }

    /// The station or hub with this id.
    pub fn station(&self, id: Option<&str>) -> Result<&PlannedStation, Fault> {
        let found = self.stations.iter().find(|station| Some(station.id.as_str()) == id);
        found.ok_or_else(|| Fault {
            code: "E362",
            place: Place { file: format!("plan of {}", self.scenario), line: None, field: None },
            cause: match id {
                Some(id) => format!("no station or hub `{id}` delivers in this plan"),
                None => "there is no word of which station to route".into(),
            },
            action: "name one with --station, or ask for --all".into(),
        })
    }

    /// The vans of a building in a class of area.
    pub(crate) fn vans(&self, kind: StationKind, class: AreaClass) -> Vans {
        vans(fleet_of(&self.study, kind), &self.study.demand, class)
    }
}

fn changed_table(file: &InputFile) -> Fault {
    Fault {
        code: "E402",
        place: Place { file: file.path.clone(), line: None, field: None },
        cause: "the file has changed since the study was planned".into(),
        action: "run the study again, or bring the old file back".into(),
    }
}

/// The scenario and its plan's file.
fn plan_of<'a>(
    result: &'a StudyResult,
    file: &Path,
    name: Option<&str>,
) -> Result<(&'a ScenarioResult, &'a InputFile), Fault> {
    let wanted = |s: &&ScenarioResult| match name {
        Some(name) => s.name == name,
        None => s.plan_file.is_some(),
    };
    let found = result.scenarios.iter().find(wanted);
    found.and_then(|scenario| Some((scenario, scenario.plan_file.as_ref()?))).ok_or_else(|| {
        let all: Vec<&str> = result.scenarios.iter().map(|s| s.name.as_str()).collect();
        Fault {
            code: "E360",
            place: Place { file: file.display().to_string(), line: None, field: None },
            cause: match name {
                Some(name) => format!("there is no plan of a scenario `{name}`"),
                None => "no scenario has a plan".into(),
            },
            action: format!("name one with --scenario that has a plan, of: {}", all.join(", ")),
        }
    })
}

/// Own deliveries of a plan, by building.
fn stations(
    study: &Study,
    geography: &Geography,
    file: &str,
    rows: Vec<(u64, Row)>,
) -> Result<Vec<PlannedStation>, Failure> {
    let demands = zone_demands(study, &geography.zones);
    let zone_of: BTreeMap<&str, usize> =
        geography.zones.iter().enumerate().map(|(i, zone)| (zone.zip.as_str(), i)).collect();
    let station_of: BTreeMap<&str, usize> =
        geography.stations.iter().enumerate().map(|(i, s)| (s.id.as_str(), i)).collect();
    let own = [Channel::OwnVan.name(), Channel::RuralHub.name()];
    let mut parcels: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    let mut faults = Vec::new();
    for (line, row) in rows.iter().filter(|(_, row)| own.contains(&row.channel.as_str())) {
        let zone = zone_of.get(row.zip.as_str());
        let station = station_of.get(row.facility.as_str());
        match zone.zip(station) {
            Some((&zone, &station)) => {
                // Parcels that may fly and the others ride in the same van.
                *parcels.entry((station, zone)).or_default() += row.parcels_per_day;
            }
            None => faults.push(unknown(file, *line, &row.zip, &row.facility)),
        }
    }
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let mut stations: Vec<PlannedStation> = Vec::new();
    for (&(station, zone), &parcels_per_day) in &parcels {
        let table = &geography.stations[station];
        if stations.last().is_none_or(|last| last.id != table.id) {
            stations.push(PlannedStation {
                id: table.id.clone(),
                kind: table.kind,
                coordinate: table.coordinate,
                zones: Vec::new(),
            });
        }
        let ZoneDemand { class, stops_per_day, served_km2, .. } = demands[zone];
        let last = stations.len() - 1;
        stations[last].zones.push(PlannedZone {
            zip: geography.zones[zone].zip.clone(),
            coordinate: geography.zones[zone].coordinate,
            class,
            parcels_per_day,
            zone_stops_per_day: stops_per_day,
            served_km2,
        });
    }
    Ok(stations)
}

fn unknown(file: &str, line: u64, zip: &str, facility: &str) -> Fault {
    Fault {
        code: "E361",
        place: Place { file: file.into(), line: Some(line), field: None },
        cause: format!("the study has no ZIP `{zip}` or no station `{facility}`"),
        action: "run the study again, or bring the old tables back".into(),
    }
}

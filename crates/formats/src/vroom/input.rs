//! The objects of the format, each read by itself, so that the faults of all are found.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::instance::Faults;
use crate::locate::Lines;

/// Keys that are not of the format.
type Other = BTreeMap<String, IgnoredAny>;

/// Longitude and latitude.
pub(super) type Point = [f64; 2];

/// A job, or an end of a shipment.
#[derive(Deserialize, Debug)]
pub(super) struct Task {
    pub(super) id: u64,
    pub(super) description: Option<String>,
    pub(super) location: Option<Point>,
    pub(super) location_index: Option<usize>,
    #[serde(default)]
    pub(super) setup: u32,
    #[serde(default)]
    pub(super) service: u32,
    pub(super) setup_per_type: Option<IgnoredAny>,
    pub(super) service_per_type: Option<IgnoredAny>,
    /// An old word for `delivery`.
    pub(super) amount: Option<Vec<u32>>,
    pub(super) delivery: Option<Vec<u32>>,
    pub(super) pickup: Option<Vec<u32>>,
    #[serde(default)]
    pub(super) skills: Vec<u32>,
    #[serde(default)]
    pub(super) priority: u32,
    #[serde(default)]
    pub(super) time_windows: Vec<[i64; 2]>,
    #[serde(flatten)]
    pub(super) other: Other,
}

/// A load from one place to another.
#[derive(Deserialize, Debug)]
pub(super) struct Shipment {
    pub(super) pickup: Task,
    pub(super) delivery: Task,
    pub(super) amount: Option<Vec<u32>>,
    #[serde(default)]
    pub(super) skills: Vec<u32>,
    #[serde(default)]
    pub(super) priority: u32,
    #[serde(flatten)]
    pub(super) other: Other,
}

/// A vehicle.
#[derive(Deserialize, Debug)]
pub(super) struct Vehicle {
    pub(super) id: u64,
    pub(super) profile: Option<String>,
    pub(super) description: Option<String>,
    pub(super) start: Option<Point>,
    pub(super) start_index: Option<usize>,
    pub(super) end: Option<Point>,
    pub(super) end_index: Option<usize>,
    pub(super) capacity: Option<Vec<u32>>,
    #[serde(default)]
    pub(super) costs: Costs,
    #[serde(default)]
    pub(super) skills: Vec<u32>,
    /// Counts only with times per type, which are refused.
    #[serde(rename = "type")]
    pub(super) _kind: Option<String>,
    pub(super) time_window: Option<[i64; 2]>,
    #[serde(default)]
    pub(super) breaks: Vec<Break>,
    pub(super) speed_factor: Option<f64>,
    pub(super) max_tasks: Option<u32>,
    pub(super) max_travel_time: Option<u32>,
    pub(super) max_distance: Option<u32>,
    #[serde(default)]
    pub(super) steps: Vec<Step>,
    #[serde(flatten)]
    pub(super) other: Other,
}

/// What a vehicle costs.
#[derive(Deserialize, Clone, Copy, Default, Debug)]
pub(super) struct Costs {
    #[serde(default)]
    pub(super) fixed: u32,
    pub(super) per_hour: Option<u32>,
    #[serde(default)]
    pub(super) per_task_hour: u32,
    #[serde(default)]
    pub(super) per_km: u32,
}

impl Costs {
    /// An hour costs its seconds unless something else is said.
    pub(super) fn per_hour(&self) -> u32 {
        self.per_hour.unwrap_or(3600)
    }
}

/// A rest of a driver.
#[derive(Deserialize, Debug)]
pub(super) struct Break {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) time_windows: Vec<[i64; 2]>,
    #[serde(default)]
    pub(super) service: u32,
    pub(super) description: Option<String>,
    pub(super) max_load: Option<IgnoredAny>,
}

/// A step of a start plan.
#[derive(Deserialize, Debug)]
pub(super) struct Step {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) id: Option<u64>,
    /// Bounds on its beginning, where routes are given.
    pub(super) service_at: Option<i64>,
    pub(super) service_after: Option<i64>,
    pub(super) service_before: Option<i64>,
}

/// Matrices of a profile.
#[derive(Deserialize, Default, Debug)]
pub(super) struct Matrices {
    pub(super) durations: Option<Vec<Vec<u32>>>,
    pub(super) distances: Option<Vec<Vec<u32>>>,
    pub(super) costs: Option<Vec<Vec<u32>>>,
}

/// What is asked for beside the problem, as VROOM's own service takes it.
#[derive(Deserialize, Default, Debug)]
pub(super) struct Options {
    /// Lines on the map.
    #[serde(default)]
    pub(super) g: bool,
    /// Seconds to solve.
    pub(super) l: Option<f64>,
    /// To time and check given routes.
    #[serde(default)]
    pub(super) c: bool,
    #[serde(flatten)]
    pub(super) other: Other,
}

/// A whole problem.
#[derive(Default)]
pub(super) struct Input {
    pub(super) jobs: Vec<(u64, Task)>,
    pub(super) shipments: Vec<(u64, Shipment)>,
    pub(super) vehicles: Vec<(u64, Vehicle)>,
    pub(super) matrices: BTreeMap<String, Matrices>,
    pub(super) options: Options,
    /// Keys that are not of the format, as paths.
    pub(super) unknown: Vec<String>,
}

/// Reads all objects with their lines.
pub(super) fn parse(text: &str, faults: &mut Faults) -> Input {
    let top: BTreeMap<String, &RawValue> = match serde_json::from_str(text) {
        Ok(top) => top,
        Err(error) => {
            let line = Some(error.line() as u64);
            let cause = format!("this is no problem of VROOM: {error}");
            faults.add("E343", line, None, cause, "correct the punctuation");
            return Input::default();
        }
    };
    let mut input = Input::default();
    let mut reader = Reader { text, lines: Lines::of(text), faults };
    for (key, raw) in top {
        match key.as_str() {
            "jobs" => input.jobs = reader.list(&key, raw),
            "shipments" => input.shipments = reader.list(&key, raw),
            "vehicles" => input.vehicles = reader.list(&key, raw),
            "matrices" => input.matrices = reader.one(&key, raw).unwrap_or_default(),
            "options" => input.options = reader.one(&key, raw).unwrap_or_default(),
            "matrix" => {
                let durations = reader.one(&key, raw);
                let matrices = Matrices { durations, ..Matrices::default() };
                input.matrices.entry("car".into()).or_insert(matrices);
            }
            _ => input.unknown.push(key),
        }
    }
    for (key, all) in [
        ("options", input.options.other.keys().collect()),
        ("jobs", input.jobs.iter().flat_map(|(_, job)| job.other.keys()).collect::<Vec<_>>()),
        ("shipments", input.shipments.iter().flat_map(|(_, s)| unknown_of(s)).collect()),
        ("vehicles", input.vehicles.iter().flat_map(|(_, v)| v.other.keys()).collect()),
    ] {
        input.unknown.extend(all.into_iter().map(|unknown| format!("{key}.{unknown}")));
    }
    input.unknown.sort();
    input.unknown.dedup();
    input
}

fn unknown_of(shipment: &Shipment) -> Vec<&String> {
    let ends = [&shipment.other, &shipment.pickup.other, &shipment.delivery.other];
    ends.into_iter().flat_map(BTreeMap::keys).collect()
}

struct Reader<'a> {
    text: &'a str,
    lines: Lines,
    faults: &'a mut Faults,
}

impl Reader<'_> {
    fn line(&self, raw: &RawValue) -> u64 {
        self.lines.line(raw.get().as_ptr() as usize - self.text.as_ptr() as usize)
    }

    fn one<'a, T: Deserialize<'a>>(&mut self, key: &str, raw: &'a RawValue) -> Option<T> {
        match serde_json::from_str(raw.get()) {
            Ok(value) => Some(value),
            Err(error) => {
                // The error's line counts within the value.
                let line = self.line(raw) + (error.line() as u64).saturating_sub(1);
                let told = error.to_string();
                let what = told.split(" at line ").next().unwrap_or_default();
                let action = "write it as docs/vroom.md says";
                self.faults.add("E343", Some(line), Some(key), what.to_string(), action);
                None
            }
        }
    }

    /// The objects of a list; those with faults are told and passed over.
    fn list<'a, T: Deserialize<'a>>(&mut self, key: &str, raw: &'a RawValue) -> Vec<(u64, T)> {
        let items: Vec<&'a RawValue> = self.one(key, raw).unwrap_or_default();
        let mut found = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            let line = self.line(item);
            found.extend(self.one(&format!("{key}[{index}]"), item).map(|item| (line, item)));
        }
        found
    }
}

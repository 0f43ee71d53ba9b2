//! The tables of depots and of the fleet.

use std::collections::BTreeMap;

use postroad_model::DepotId;
use postroad_model::place::Coordinate;
use postroad_model::routing::{AMOUNT_MAX, Break, Overtime, TimeWindow, VehicleType};

use super::cells::{filled, hours, items, km, load, minutes, one_window, rest, usd, whole};
use super::places::{Places, point};
use super::{Failed, Reader};
use crate::tables::Index;
use crate::tables::reader::{Column, Row};

const DEPOT_COLUMNS: [Column; 5] =
    [("id", true), ("lat", false), ("lon", false), ("location", false), ("window", false)];

const FLEET_COLUMNS: [Column; 24] = [
    ("id", true),
    ("count", false),
    ("parcels", false),
    ("litres", false),
    ("kg", false),
    ("fixed_usd", false),
    ("usd_per_km", false),
    ("usd_per_hour", false),
    ("overtime_after_hours", false),
    ("overtime_usd_per_hour", false),
    ("shift", false),
    ("max_hours", false),
    ("max_km", false),
    ("max_stops", false),
    ("max_trips", false),
    ("reload_min", false),
    ("start", false),
    ("end", false),
    ("lat", false),
    ("lon", false),
    ("location", false),
    ("skills", false),
    ("breaks", false),
    ("speed_factor", false),
];

/// A depot as a row says.
pub(super) struct DepotRow {
    pub(super) name: String,
    pub(super) point: Option<Coordinate>,
    pub(super) location: String,
    pub(super) window: TimeWindow,
}

/// Where a route starts or ends, before depots have ids.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Base {
    /// A depot of the table.
    Depot(DepotId),
    /// A place of the fleet's own: its point and its location in a matrix.
    Own(Option<Coordinate>, String),
    /// The first or last stop.
    Open,
}

/// A vehicle type as a row says; its depots are resolved later.
pub(super) struct VehicleRow {
    pub(super) name: String,
    pub(super) kind: VehicleType,
    pub(super) start: Base,
    pub(super) end: Base,
}

pub(super) fn read_depots(
    reader: &mut Reader,
    source: super::Source,
    places: Places,
) -> Result<(Vec<DepotRow>, Index), Failed> {
    let table = reader.open(source, &DEPOT_COLUMNS)?;
    let read = table.read_all("id", |row| {
        let name = row.name("id");
        let window = one_window(row, "window");
        let point = point(row, places)?;
        let location = row.text("location");
        let location = if location.is_empty() { name.clone() } else { location };
        Some(DepotRow { name, point, location, window: window? })
    });
    reader.take(read)
}

/// Reads the fleet. `depots` are the ids of the depots, if there is a table of them that could be
/// read; `has_depots` tells whether there is a table at all.
pub(super) fn read_fleet(
    reader: &mut Reader,
    source: super::Source,
    depots: Option<&Index>,
    has_depots: bool,
    places: Places,
) -> Result<(Vec<VehicleRow>, Index), Failed> {
    let table = reader.open(source, &FLEET_COLUMNS)?;
    let mut skills = std::mem::take(&mut reader.skills);
    let read = table.read_all("id", |row| {
        let name = row.name("id");
        let kind = vehicle(row);
        let skills = skills.read(row, "skills");
        let start = match has_depots {
            true => base(row, "start", depots),
            false => own_base(row, places),
        };
        let end = match (has_depots, row.text("end").as_str()) {
            (_, "none") => Some(Base::Open),
            // Where it starts; a start that is a fault is told once.
            (_, "") => Some(start.clone().unwrap_or(Base::Open)),
            (true, _) => base(row, "end", depots),
            (false, _) => {
                let cause = "there is no table of depots to name one from";
                row.fault("E334", "end", cause, "give --depots, or write none for an open route");
                None
            }
        };
        let kind = VehicleType { skills: skills?, ..kind? };
        Some(VehicleRow { name, kind, start: start?, end: end? })
    });
    reader.skills = skills;
    reader.take(read)
}

/// The depot that a cell names; the only one there is if it is empty.
fn base(row: &mut Row, column: &'static str, depots: Option<&Index>) -> Option<Base> {
    let name = row.text(column);
    let Some(depots) = depots else { return Some(Base::Open) };
    match name.as_str() {
        "none" => Some(Base::Open),
        "" if depots.len() == 1 => Some(Base::Depot(DepotId(0))),
        "" => {
            let cause = "there are several depots, and none is named";
            row.fault("E334", column, cause, "name the depot, or none for an open route");
            None
        }
        _ => row.reference(column, depots, "the depots").map(|at| Base::Depot(DepotId(at as u32))),
    }
}

/// A start without a table of depots: the fleet says itself where it stands.
fn own_base(row: &mut Row, places: Places) -> Option<Base> {
    match row.text("start").as_str() {
        "none" => return Some(Base::Open),
        "" => {}
        _ => {
            let cause = "there is no table of depots to name one from";
            row.fault("E334", "start", cause, "give --depots, or lat and lon, or write none");
            return None;
        }
    }
    let location = row.text("location");
    if places == Places::Matrix && location.is_empty() {
        let cause = "it is not said where the vehicle starts in the matrix";
        row.fault("E334", "location", cause, "give the location, or --depots");
        return None;
    }
    let point = point(row, places)?;
    Some(Base::Own(point, location))
}

fn vehicle(row: &mut Row) -> Option<VehicleType> {
    let count = whole(row, "count", 1, 1_000_000);
    let capacity = load(row, ["parcels", "litres", "kg"], f64::floor);
    let fixed = usd(row, "fixed_usd", 1.0);
    let per_m = usd(row, "usd_per_km", 1000.0);
    let per_s = usd(row, "usd_per_hour", 3600.0);
    let overtime = overtime(row);
    let shift = one_window(row, "shift");
    let duration = hours(row, "max_hours");
    let distance = km(row, "max_km");
    let stops = whole(row, "max_stops", 1, u32::MAX);
    let trips = whole(row, "max_trips", 1, 1000);
    let reload = minutes(row, "reload_min");
    let breaks = breaks(row);
    let permille = travel_permille(row);
    let trips_max = trips?.unwrap_or(1);
    if trips_max > 1 && row.text("start") == "none" {
        row.fault("E334", "max_trips", "several trips need a start to reload at", "name a depot");
        return None;
    }
    Some(VehicleType {
        count: count?.unwrap_or(1),
        capacity: filled(capacity?, AMOUNT_MAX),
        fixed_micro_usd: fixed?.unwrap_or(0),
        micro_usd_per_m: per_m?.unwrap_or(0),
        micro_usd_per_s: per_s?.unwrap_or(0),
        overtime: overtime?,
        shift: shift?,
        duration_max_s: duration?.unwrap_or(AMOUNT_MAX),
        distance_max_m: distance?.unwrap_or(i64::MAX),
        stops_max: stops?.unwrap_or(u32::MAX),
        trips_max,
        reload_s: reload?,
        breaks: breaks?,
        travel_permille: permille?,
        ..VehicleType::plain(DepotId(0), [0; 3], 0)
    })
}

fn overtime(row: &mut Row) -> Option<Option<Overtime>> {
    let after = hours(row, "overtime_after_hours");
    let rate = usd(row, "overtime_usd_per_hour", 3600.0);
    match (after?, rate?) {
        (Some(after_s), Some(micro_usd_per_s)) => Some(Some(Overtime { after_s, micro_usd_per_s })),
        (None, None) => Some(None),
        _ => {
            let cause = "overtime needs both the hours and the dollars";
            row.fault("E334", "overtime_after_hours", cause, "fill in both cells or none");
            None
        }
    }
}

fn breaks(row: &mut Row) -> Option<Vec<Break>> {
    let text = row.text("breaks");
    let read = items(&text).map(|item| {
        let (duration_s, windows) = rest(row, "breaks", item)?;
        Some(Break { windows, duration_s })
    });
    read.collect()
}

/// Travel times in thousandths, from a speed beside the usual one.
fn travel_permille(row: &mut Row) -> Option<u32> {
    if row.text("speed_factor").is_empty() {
        return Some(1000);
    }
    let factor = row.number("speed_factor", 0.01, 100.0)?;
    Some((1000.0 / factor).round() as u32)
}

/// Where vehicles of the same place of their own start: one depot for each place.
pub(super) fn own_depots(rows: &[VehicleRow]) -> (Vec<DepotRow>, BTreeMap<String, DepotId>) {
    let mut depots: Vec<DepotRow> = Vec::new();
    let mut ids = BTreeMap::new();
    for base in rows.iter().flat_map(|row| [&row.start, &row.end]) {
        let Base::Own(point, location) = base else { continue };
        ids.entry(own_key(*point, location)).or_insert_with(|| {
            let name = match depots.len() {
                0 => "depot".to_string(),
                earlier => format!("depot {}", earlier + 1),
            };
            let (point, location) = (*point, location.clone());
            depots.push(DepotRow { name, point, location, window: TimeWindow::ALWAYS });
            DepotId(depots.len() as u32 - 1)
        });
    }
    (depots, ids)
}

/// The same for the same place.
pub(super) fn own_key(point: Option<Coordinate>, location: &str) -> String {
    format!("{point:?} {location}")
}

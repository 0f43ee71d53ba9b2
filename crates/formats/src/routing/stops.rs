//! The table of stops.

use postroad_model::VehicleId;
use postroad_model::place::Coordinate;
use postroad_model::routing::{Load, MICRO_USD, NO_LOAD, Preference, Stop};

use super::cells::{filled, items, load, minutes, usd, windows};
use super::places::{Places, point};
use super::{Failed, Reader, Source};
use crate::tables::Index;
use crate::tables::reader::{Column, Row};

const COLUMNS: [Column; 20] = [
    ("id", true),
    ("lat", false),
    ("lon", false),
    ("location", false),
    ("note", false),
    ("parcels", false),
    ("litres", false),
    ("kg", false),
    ("pickup_parcels", false),
    ("pickup_litres", false),
    ("pickup_kg", false),
    ("service_min", false),
    ("setup_min", false),
    ("windows", false),
    ("price_usd", false),
    ("skills", false),
    ("allowed", false),
    ("preferred", false),
    ("preferred_usd", false),
    ("shipment", false),
];

/// A stop as a row says; `stop.location` is set later.
pub(super) struct StopRow {
    pub(super) name: String,
    pub(super) note: String,
    pub(super) line: u64,
    pub(super) point: Option<Coordinate>,
    pub(super) location: String,
    pub(super) stop: Stop,
    /// Two rows with the same text are the ends of a shipment.
    pub(super) shipment: String,
}

/// Reads the stops. `vehicles` are the ids of the fleet, if it could be read.
pub(super) fn read_stops(
    reader: &mut Reader,
    source: Source,
    vehicles: Option<&Index>,
    places: Places,
) -> Result<Vec<StopRow>, Failed> {
    let table = reader.open(source, &COLUMNS)?;
    let mut skills = std::mem::take(&mut reader.skills);
    let read = table.read_all("id", |row| {
        let name = row.name("id");
        let point = point(row, places);
        let skills = skills.read(row, "skills");
        let stop = stop(row, vehicles);
        let location = row.text("location");
        let location = if location.is_empty() { name.clone() } else { location };
        let stop = Stop { skills: skills?, ..stop? };
        let (note, shipment) = (row.text("note"), row.text("shipment"));
        Some(StopRow { name, note, line: row.line, point: point?, location, stop, shipment })
    });
    reader.skills = skills;
    reader.take(read).map(|(rows, _)| rows)
}

fn stop(row: &mut Row, vehicles: Option<&Index>) -> Option<Stop> {
    let delivery = load(row, ["parcels", "litres", "kg"], f64::ceil);
    let pickup = load(row, ["pickup_parcels", "pickup_litres", "pickup_kg"], f64::ceil);
    let service_s = minutes(row, "service_min");
    let setup_s = minutes(row, "setup_min");
    let windows = windows(row, "windows");
    let price = usd(row, "price_usd", 1.0);
    let allowed = allowed(row, vehicles);
    let preferred = preferred(row, vehicles);
    let empty = Stop::delivery(postroad_model::LocationId(0), NO_LOAD);
    Some(Stop {
        delivery: delivered(delivery?, pickup?),
        pickup: filled(pickup?, 0),
        service_s: service_s?,
        setup_s: setup_s?,
        windows: windows?,
        price_micro_usd: price?,
        allowed: allowed?,
        preferred: preferred?,
        ..empty
    })
}

/// What is brought; a row that says nothing of any load is a delivery of one parcel.
fn delivered(delivery: [Option<i32>; 3], pickup: [Option<i32>; 3]) -> Load {
    let is_silent = delivery.iter().chain(&pickup).all(Option::is_none);
    if is_silent { [1, 0, 0] } else { filled(delivery, 0) }
}

fn allowed(row: &mut Row, vehicles: Option<&Index>) -> Option<Vec<VehicleId>> {
    let text = row.text("allowed");
    let mut ids = Vec::new();
    for name in items(&text) {
        ids.push(vehicle(row, "allowed", name, vehicles)?);
    }
    ids.sort_unstable();
    ids.dedup();
    Some(ids)
}

fn preferred(row: &mut Row, vehicles: Option<&Index>) -> Option<Option<Preference>> {
    let (name, micro_usd) = (row.text("preferred"), usd(row, "preferred_usd", 1.0)?);
    if name.is_empty() {
        return Some(None);
    }
    let vehicle = vehicle(row, "preferred", &name, vehicles)?;
    // One dollar decides between vehicles that cost about the same.
    Some(Some(Preference { vehicle, micro_usd: micro_usd.unwrap_or(MICRO_USD) }))
}

/// The vehicle of a name; any if the fleet could not be read, which is a fault of its own.
fn vehicle(
    row: &mut Row,
    column: &'static str,
    name: &str,
    vehicles: Option<&Index>,
) -> Option<VehicleId> {
    let Some(vehicles) = vehicles else { return Some(VehicleId(0)) };
    let found = vehicles.get(name).map(|&at| VehicleId(at as u32));
    if found.is_none() {
        let cause = format!("`{name}` is not in the fleet");
        row.fault("E206", column, cause, "add it to the fleet or name one that is there");
    }
    found
}

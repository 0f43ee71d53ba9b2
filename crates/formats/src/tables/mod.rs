//! The tables of a geography as CSV: zones, delivery units, processing centres, stations, upstream
//! nodes. Columns stand in any order, further columns are passed over. docs/formats.md lists them.

pub(crate) mod reader;

use std::collections::BTreeMap;
use std::io::Read;

use postroad_model::Fault;
use postroad_model::network::AreaClass;
use postroad_model::place::Coordinate;

use reader::{Column, Table};

/// An area whose addresses are planned as one.
#[derive(Clone, PartialEq, Debug)]
pub struct Zone {
    /// ZIP code.
    pub zip: String,
    /// Its centre.
    pub coordinate: Coordinate,
    /// Land.
    pub land_km2: f64,
    /// People.
    pub population: f64,
    /// Households.
    pub households: f64,
    /// Two-letter code of the state.
    pub state: String,
    /// Federal code of the county.
    pub county_fips: String,
    /// Share of dwellings that are houses of one family; 0 where the table leaves it empty.
    pub single_family_share: f64,
    /// How densely it is settled.
    pub class: AreaClass,
    /// Position of its delivery unit in the table of units.
    pub delivery_unit: usize,
}

/// A delivery unit of the postal operator.
#[derive(Clone, PartialEq, Debug)]
pub struct DeliveryUnit {
    /// Its id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Two-letter code of the state.
    pub state: String,
    /// ZIP code it stands in.
    pub zip: String,
    /// Where it is.
    pub coordinate: Coordinate,
    /// Households it serves.
    pub households: f64,
    /// Position of its processing centre in the table of centres.
    pub processing_centre: usize,
}

/// A processing centre of the postal operator.
#[derive(Clone, PartialEq, Debug)]
pub struct ProcessingCentre {
    /// Its id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Two-letter code of the state.
    pub state: String,
    /// ZIP code it stands in.
    pub zip: String,
    /// Where it is.
    pub coordinate: Coordinate,
}

/// What a station is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum StationKind {
    /// A delivery station of own vans.
    Station,
    /// A small rural station of contractors.
    RuralHub,
}

/// A building of the shipper for last-mile delivery, standing or thought of.
#[derive(Clone, PartialEq, Debug)]
pub struct Station {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: StationKind,
    /// Whether it stands already.
    pub existing: bool,
    /// ZIP code it stands in.
    pub zip: String,
    /// Two-letter code of the state.
    pub state: String,
    /// Where it is.
    pub coordinate: Coordinate,
    /// Modules of capacity it has, if the table says so.
    pub modules: Option<u8>,
}

/// A fulfilment or sort centre that parcels come from.
#[derive(Clone, PartialEq, Debug)]
pub struct UpstreamNode {
    /// Its id.
    pub id: String,
    /// ZIP code it stands in.
    pub zip: String,
    /// Two-letter code of the state.
    pub state: String,
    /// Where it is.
    pub coordinate: Coordinate,
}

/// Positions by id, to resolve references between tables.
pub type Index = BTreeMap<String, usize>;

/// A table and the positions of its ids.
pub type TableResult<T> = Result<(Vec<T>, Index), Vec<Fault>>;

const LARGE: f64 = 1e12;

const fn needed<const N: usize>(names: [&'static str; N]) -> [Column; N] {
    let mut columns = [("", true); N];
    let mut i = 0;
    while i < N {
        columns[i] = (names[i], true);
        i += 1;
    }
    columns
}

/// Reads processing centres.
pub fn read_processing_centres(file: &str, input: impl Read) -> TableResult<ProcessingCentre> {
    let columns = needed(["id", "name", "state", "zip", "lat", "lon"]);
    Table::open(file, input, &columns)?.read_all("id", |row| {
        let id = row.name("id");
        let coordinate = row.coordinate()?;
        let (name, state, zip) = (row.text("name"), row.text("state"), row.text("zip"));
        Some(ProcessingCentre { id, name, state, zip, coordinate })
    })
}

/// Reads delivery units; `centres` are the ids of processing centres.
pub fn read_delivery_units(
    file: &str,
    input: impl Read,
    centres: &Index,
) -> TableResult<DeliveryUnit> {
    let columns =
        needed(["id", "name", "state", "zip", "lat", "lon", "households", "processing_centre"]);
    Table::open(file, input, &columns)?.read_all("id", |row| {
        let id = row.name("id");
        let coordinate = row.coordinate();
        let households = row.number("households", 0.0, LARGE);
        let centre = row.reference("processing_centre", centres, "the processing centres");
        Some(DeliveryUnit {
            id,
            name: row.text("name"),
            state: row.text("state"),
            zip: row.text("zip"),
            coordinate: coordinate?,
            households: households?,
            processing_centre: centre?,
        })
    })
}

/// Reads zones; `units` are the ids of delivery units.
pub fn read_zones(file: &str, input: impl Read, units: &Index) -> TableResult<Zone> {
    let columns = needed([
        "zip",
        "lat",
        "lon",
        "land_km2",
        "population",
        "households",
        "state",
        "county_fips",
        "single_family_share",
        "class",
        "delivery_unit",
    ]);
    let classes = AreaClass::ALL.map(|class| (class.name(), class));
    Table::open(file, input, &columns)?.read_all("zip", |row| {
        let zip = row.name("zip");
        let coordinate = row.coordinate();
        let land_km2 = row.number("land_km2", 0.0, LARGE);
        let population = row.number("population", 0.0, LARGE);
        let households = row.number("households", 0.0, LARGE);
        // Empty where nobody lives: no parcel may fly there.
        let single_family_share = match row.text("single_family_share").is_empty() {
            true => Some(0.0),
            false => row.number("single_family_share", 0.0, 1.0),
        };
        let class = row.word("class", &classes);
        let unit = row.reference("delivery_unit", units, "the delivery units");
        Some(Zone {
            zip,
            coordinate: coordinate?,
            land_km2: land_km2?,
            population: population?,
            households: households?,
            state: row.text("state"),
            county_fips: row.text("county_fips"),
            single_family_share: single_family_share?,
            class: class?,
            delivery_unit: unit?,
        })
    })
}

/// Reads stations and rural hubs. The column `modules` may be left out.
pub fn read_stations(file: &str, input: impl Read) -> TableResult<Station> {
    let mut columns = needed(["id", "kind", "status", "zip", "state", "lat", "lon"]).to_vec();
    columns.push(("modules", false));
    let kinds = [("station", StationKind::Station), ("rural_hub", StationKind::RuralHub)];
    let statuses = [("existing", true), ("candidate", false)];
    Table::open(file, input, &columns)?.read_all("id", |row| {
        let id = row.name("id");
        let kind = row.word("kind", &kinds);
        let existing = row.word("status", &statuses);
        let coordinate = row.coordinate();
        let modules = row.optional_number("modules", 0.0, 200.0);
        Some(Station {
            id,
            kind: kind?,
            existing: existing?,
            zip: row.text("zip"),
            state: row.text("state"),
            coordinate: coordinate?,
            modules: modules.map(|m| m as u8),
        })
    })
}

/// Reads upstream nodes.
pub fn read_upstream(file: &str, input: impl Read) -> TableResult<UpstreamNode> {
    let columns = needed(["id", "zip", "state", "lat", "lon"]);
    Table::open(file, input, &columns)?.read_all("id", |row| {
        let id = row.name("id");
        let coordinate = row.coordinate()?;
        Some(UpstreamNode { id, zip: row.text("zip"), state: row.text("state"), coordinate })
    })
}

#[cfg(test)]
mod tests;

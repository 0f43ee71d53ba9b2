//! The table of value models: what kinds of bidders there are, and what parcels are worth to them.

use std::io::Read;

use postroad_model::Fault;

use super::cells::{flag, whole};
use crate::tables::reader::{Column, Table};

const COLUMNS: [Column; 9] = [
    ("kind", true),
    ("bidders", true),
    ("reach_km_least", false),
    ("reach_km_most", false),
    ("parcels_per_household", true),
    ("value_level", true),
    ("value_spread", true),
    ("packages", true),
    ("small", false),
];
/// Longest reach: half around the earth.
const REACH_KM_MAX: f64 = 20_040.0;

/// A kind of bidders.
#[derive(Clone, PartialEq, Debug)]
pub struct ValueModel {
    /// Its name.
    pub kind: String,
    /// How many there are.
    pub bidders: usize,
    /// Least and most distance from its home that one bids within; none for the whole country.
    pub reach_km: Option<[f64; 2]>,
    /// Parcels a day that one has for each household it reaches, on average.
    pub parcels_per_household: f64,
    /// What a parcel is worth to one, over what is usual at the place.
    pub value_level: f64,
    /// Spread of that from place to place: standard deviation of the logarithm.
    pub value_spread: f64,
    /// Families of packages that one bids.
    pub packages: usize,
    /// Whether set-asides are for them.
    pub small: bool,
}

/// Reads the kinds.
pub fn read_models(file: &str, input: impl Read) -> Result<Vec<ValueModel>, Vec<Fault>> {
    let (models, _) = Table::open(file, input, &COLUMNS)?.read_all("kind", |row| {
        let kind = row.name("kind");
        let bidders = whole(row, "bidders", 1, 10_000);
        let least = row.optional_number("reach_km_least", 0.0, REACH_KM_MAX);
        let most = row.optional_number("reach_km_most", least.unwrap_or(0.0), REACH_KM_MAX);
        let parcels_per_household = row.number("parcels_per_household", 0.0, 100.0);
        let value_level = row.number("value_level", 0.0, 100.0);
        let value_spread = row.number("value_spread", 0.0, 2.0);
        let packages = whole(row, "packages", 0, 100_000);
        let small = flag(row, "small");
        Some(ValueModel {
            kind,
            bidders: bidders? as usize,
            reach_km: most.map(|most| [least.unwrap_or(0.0), most]),
            parcels_per_household: parcels_per_household?,
            value_level: value_level?,
            value_spread: value_spread?,
            packages: packages? as usize,
            small: small?,
        })
    })?;
    Ok(models)
}

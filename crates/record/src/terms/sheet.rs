//! The sheet: everything that one bidder offers. It is sealed and opened as a whole, and its
//! bytes are its canonical JSON.

use serde::{Deserialize, Serialize};

/// Everything that one bidder offers.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// What holds for all its bids together.
    pub limits: Limits,
    /// Its bids.
    pub bids: Vec<SheetBid>,
    /// Bids of which only some may win.
    pub groups: Vec<Group>,
}

/// Limits over all bids of a bidder.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The most that its winning bids may add up to.
    pub budget_micros: Option<i64>,
    /// Parcels a day below which it takes nothing at all.
    pub least_parcels: u64,
    /// The most parcels a day it takes.
    pub most_parcels: Option<u64>,
    /// The most winning bids it can have.
    pub most_bids: Option<u32>,
}

/// A bid with a name that no other bid of the sheet has.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SheetBid {
    /// Its name.
    pub name: String,
    /// What is offered.
    pub offer: Offer,
}

/// What is offered; lots by name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Offer {
    /// Parcels of one lot, step by step.
    Schedule {
        /// The lot.
        lot: String,
        /// Fewest parcels a day that are taken, if any are.
        least_parcels: u32,
        /// Parcels a day of each step and the price of each of them in micros.
        steps: Vec<(u32, i64)>,
    },
    /// Parcels of several lots at one price, all or nothing.
    Package {
        /// Lots and parcels a day.
        items: Vec<(String, u32)>,
        /// The price of all of it over the term.
        amount_micros: i64,
    },
}

/// Bids of which only some may win.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Names of the bids.
    pub bids: Vec<String>,
    /// How many of them may win.
    pub at_most: u32,
}

impl Sheet {
    /// The bytes that are sealed.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts, numbers and lists can always be written")
    }

    /// Reads a sheet; none if the bytes are not exactly those that [`Sheet::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|sheet: &Self| sheet.to_bytes() == bytes)
    }
}

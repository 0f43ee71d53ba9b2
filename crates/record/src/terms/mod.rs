//! What an auction is about, and what a bidder hands in, as written in a log. Lots and bids have
//! names here; [`Book`] gives them the dense ids of the model.

mod market;
mod sheet;

pub(crate) use market::PRICE_MAX_MICROS;
pub use market::{Book, Market, SheetFault, Standing};
pub use sheet::{Group, Limits, Offer, Sheet, SheetBid};

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who holds the auction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The operator sells; high bids win.
    Selling,
    /// The operator buys; low bids win.
    Buying,
}

/// What winners pay, or are paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pricing {
    /// What they bid.
    AsBid,
    /// One price for each lot.
    Uniform,
    /// What their presence costs the others (Vickrey, Clarke, Groves).
    Vcg,
    /// The payments nearest to VCG that no coalition of bidders objects to, of least revenue.
    Core,
    /// The same, nearest to what was bid.
    CoreBids,
    /// The same, nearest to the reserve prices.
    CoreReserve,
}

/// A lot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lot {
    /// Its name; no other lot has it.
    pub name: String,
    /// Parcels a day.
    pub parcels_per_day: u32,
    /// Service days of the term.
    pub days: u32,
    /// Reserve price of a parcel.
    pub reserve_micros: Option<i64>,
    /// What a parcel is worth to the operator without an award.
    pub opportunity_micros: i64,
    /// Whether all of it must be awarded.
    pub required: bool,
}

/// Some lots under one name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LotSet {
    /// Its name; no other set has it.
    pub name: String,
    /// Names of its lots.
    pub lots: Vec<String>,
}

/// A rule beyond the capacity of each lot; sets and bidders by name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the rules and their fields are those of the model")]
pub enum Rule {
    SharedCapacity {
        lots: String,
        most_parcels: u64,
    },
    BidderShare {
        lots: String,
        most_parcels: u64,
    },
    GroupVolume {
        bidders: Vec<String>,
        lots: String,
        least_parcels: u64,
        most_parcels: Option<u64>,
    },
    Winners {
        lots: String,
        least: u32,
        most: Option<u32>,
        least_parcels: u64,
    },
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, lots) = match self {
            Self::SharedCapacity { lots, .. } => ("shared capacity", lots),
            Self::BidderShare { lots, .. } => ("bidder share", lots),
            Self::GroupVolume { lots, .. } => ("group volume", lots),
            Self::Winners { lots, .. } => ("winners", lots),
        };
        write!(f, "{kind}, lots {lots:?}")
    }
}

/// What is sold or bought, and under which rules.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Who holds the auction.
    pub side: Side,
    /// The lots.
    pub lots: Vec<Lot>,
    /// Named sets of lots.
    pub sets: Vec<LotSet>,
    /// Rules of the operator.
    pub rules: Vec<Rule>,
}

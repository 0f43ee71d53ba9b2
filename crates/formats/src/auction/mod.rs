//! A market, as files tell it: the auction problem, and what its things are called outside.
//!
//! Lots stand in the order of their names, bids too, bidders in the order of their first bid. So
//! neither the order of rows nor the names of bidders can change an outcome: equally good awards
//! are told apart by tickets, which are drawn from the published seed and the name of the bid.

mod bidders;
mod bids;
mod build;
mod cells;
mod clock;
mod files;
mod groups;
mod labels;
mod lots;
mod models;
mod money;
mod packages;
mod rules;
mod settings;
#[cfg(test)]
mod tests;
pub mod write;

pub use build::ticket;
pub use clock::{ClockPackage, read_clock_packages, read_demand};
pub use files::{Files, OpenTable, TABLES, json, json_scenarios, read};
pub use labels::Labels;
pub use lots::LOT_COLUMNS;
pub use models::{ValueModel, read_models};
pub use money::{micros, usd};
pub use settings::{Scenario, scenarios};

use postroad_model::auction::AuctionProblem;
use postroad_model::id::IdVec;
use postroad_model::place::Coordinate;
use postroad_model::{BidId, BidderId, LotId, LotSetId};

/// An auction problem and the names of its things.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Market {
    /// What is to be cleared.
    pub problem: AuctionProblem,
    /// What it is called outside.
    pub names: MarketNames,
    /// What else is known of the lots.
    pub lots: IdVec<LotId, LotDetail>,
    /// What else is known of the bidders.
    pub bidders: IdVec<BidderId, BidderDetail>,
    /// Columns of its tables that are not known and so not read, each behind its file.
    pub passed_over: Vec<String>,
}

/// Names of the things of a market, as its user gave them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct MarketNames {
    /// The market.
    pub market: String,
    /// The published seed of the tickets.
    pub seed: u64,
    /// Lots, unique, ascending.
    pub lots: Labels<LotId>,
    /// Sets of lots, unique, ascending.
    pub lot_sets: IdVec<LotSetId, String>,
    /// Bidders, unique.
    pub bidders: Labels<BidderId>,
    /// Bids, unique, ascending.
    pub bids: Labels<BidId>,
    /// Exclusive groups, in the order of the problem.
    pub groups: Vec<String>,
    /// Rules, in the order of the problem; several may share a name.
    pub rules: Vec<String>,
}

/// What else is known of a lot.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LotDetail {
    /// The cells of [`LOT_COLUMNS`]; empty where they are not given.
    pub words: [String; LOT_COLUMNS.len()],
    /// Where it is.
    pub point: Option<Coordinate>,
}

/// What else is known of a bidder.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BidderDetail {
    /// What it is, such as carrier or retailer; free text.
    pub kind: String,
    /// Whether a set-aside is for it.
    pub small: bool,
    /// Whether it has the work today.
    pub incumbent: bool,
}

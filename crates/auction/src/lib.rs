//! Auctions: which bids win, and what the winners pay.

#![warn(missing_docs)]

mod config;
mod conflict;
mod core;
mod dual;
mod exact;
mod explain;
mod few;
mod fill;
pub mod generate;
mod ledger;
mod local;
mod lottery;
mod offers;
mod pack;
pub mod packing;
mod parts;
mod payments;
mod priced;
mod reduced;
mod ruled;
mod ruled_dual;
mod search;
mod standing;
mod state;
#[cfg(test)]
mod tests;
mod threads;
mod winners;

pub use config::Config;
pub use conflict::{Conflict, conflict};
pub use explain::{Lacking, Needed};
pub use lottery::{Drawn, draw};
pub use payments::{PaymentRule, Priced, Reference, SetBy, Setter, price};
pub use standing::Standing;

use postroad_model::auction::{AuctionProblem, Award};
use postroad_model::{IdVec, LotId};
use postroad_optimization::Control;

/// What winner determination found.
#[derive(Clone, PartialEq, Debug)]
pub struct Cleared {
    /// The best award found. It keeps every rule, or is empty if none was found that does.
    pub award: Award,
    /// Whether an award was found that keeps every rule.
    pub found: bool,
    /// Its value as the model computes it, in micros over the term.
    pub value_micros: i64,
    /// No award that keeps the rules is worth more.
    pub bound_micros: i64,
    /// Whether the award is proven to be one of the best: value and bound are the same.
    pub proven: bool,
    /// Whether it is proven that no award keeps the rules.
    pub infeasible: bool,
    /// Rounds of the search done.
    pub rounds: u64,
    /// Price of a daily parcel of each lot over the term, in micros: `bound_micros` of the model
    /// gives a bound at these, which is `bound_micros` here unless rules, cuts or a tree made that
    /// one less.
    pub lot_prices: IdVec<LotId, i64>,
}

impl Cleared {
    /// (bound − value) / |value|, at least 0.
    pub fn gap(&self) -> f64 {
        if !self.found {
            return f64::INFINITY;
        }
        let (value, bound) = (self.value_micros as f64, self.bound_micros as f64);
        ((bound - value) / value.abs().max(1.0)).max(0.0)
    }
}

/// Chooses the award of greatest value, from `start` if one is given.
///
/// # Panics
/// If the problem has faults ([`AuctionProblem::faults`]).
pub fn clear(
    problem: &AuctionProblem,
    config: &Config,
    control: &Control,
    start: Option<&Award>,
) -> Cleared {
    let faults = problem.faults();
    assert!(faults.is_empty(), "a problem with faults: {}", faults[0]);
    winners::determine(problem, config, control, start)
}

//! The rules of a clock auction: prices, points, activity.

use serde::{Deserialize, Serialize};

use crate::auction::{Rejection, reject};
use crate::terms::{PRICE_MAX_MICROS, Side, Terms};

/// Most rounds of a clock.
pub const ROUNDS_MAX: u32 = 1_000;
/// Largest increment: ten times the price.
const INCREMENT_MAX_BASIS_POINTS: u32 = 100_000;

/// How a clock runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockRules {
    /// For each lot of the terms, in their order.
    pub lots: Vec<ClockLot>,
    /// By how much a price moves after a round in which more than the lot was asked for.
    pub increment: Increment,
    /// Whether what is asked for in a round may be awarded in part, lot by lot; otherwise it is
    /// awarded as a whole or not at all.
    pub parts: bool,
    /// How active a bidder must be, from which round on; the first from round 1.
    pub activity: Vec<Activity>,
    /// In so many rounds a bidder may say nothing and keep its points.
    pub waivers: u32,
    /// The clock ends after so many rounds at the latest.
    pub most_rounds: u32,
    /// Whether a round of package bids follows, and what limits them.
    pub supplementary: Option<Caps>,
}

/// A lot under the clock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockLot {
    /// Price of a parcel in the first round.
    pub start_micros: i64,
    /// Eligibility points of a daily parcel.
    pub points: u32,
}

/// The step of a price.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Increment {
    /// Hundredths of a percent of the price, rounded up to a micro.
    pub basis_points: u32,
    /// The least step.
    pub least_micros: i64,
}

/// The share of its eligibility that a bidder must use to keep it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// From this round on.
    pub from_round: u32,
    /// Percent of the points.
    pub percent: u32,
}

/// What limits package bids after the clock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// No package may be preferred to what was asked for when the bidder gave up the points for it.
    pub relative: bool,
    /// No package may be preferred to what was asked for at the last prices.
    pub last_round: bool,
}

impl ClockRules {
    /// Why no clock can run by these rules, if so.
    pub(crate) fn check(&self, terms: &Terms) -> Result<(), Rejection> {
        let (lots, wanted) = (self.lots.len(), terms.lots.len());
        if lots != wanted {
            return reject("clock", format!("{lots} lots have a start price, there are {wanted}"));
        }
        for (lot, clock) in terms.lots.iter().zip(&self.lots) {
            let (start, name) = (clock.start_micros, &lot.name);
            let meets = lot.reserve_micros.is_none_or(|reserve| match terms.side {
                Side::Selling => start >= reserve,
                Side::Buying => start <= reserve,
            });
            if !(0..=PRICE_MAX_MICROS).contains(&start) || !meets {
                return reject("start price", format!("{start} micros of lot {name:?}"));
            }
            if clock.points == 0 {
                return reject("points", format!("lot {name:?} has none"));
            }
        }
        let Increment { basis_points, least_micros } = self.increment;
        let is_step = basis_points <= INCREMENT_MAX_BASIS_POINTS
            && (1..=PRICE_MAX_MICROS).contains(&least_micros);
        if !is_step {
            let step = format!("{basis_points} basis points, at least {least_micros} micros");
            return reject("increment", step);
        }
        let ascends = self.activity.windows(2).all(|pair| pair[0].from_round < pair[1].from_round);
        let is_share = |stage: &Activity| (1..=100).contains(&stage.percent);
        let from_first = self.activity.first().is_some_and(|stage| stage.from_round == 1);
        if !ascends || !from_first || !self.activity.iter().all(is_share) {
            return reject("activity", "stages start at round 1, ascend, with 1 to 100 %".into());
        }
        if !(1..=ROUNDS_MAX).contains(&self.most_rounds) {
            return reject("rounds", format!("{} are not 1 to {ROUNDS_MAX}", self.most_rounds));
        }
        Ok(())
    }

    /// Percent of its points that a bidder must use in a round.
    pub fn percent(&self, round: u32) -> u32 {
        let stage = self.activity.iter().rev().find(|stage| stage.from_round <= round);
        stage.map_or(100, |stage| stage.percent)
    }

    /// The price after a round in which more than the lot was asked for.
    pub(crate) fn moved(&self, side: Side, price_micros: i64) -> i64 {
        let share = i128::from(price_micros) * i128::from(self.increment.basis_points);
        // Prices are at most 10¹⁶, shares at most ten times that.
        let step = (share + 9_999).div_euclid(10_000) as i64;
        let step = step.max(self.increment.least_micros);
        match side {
            Side::Selling => (price_micros + step).min(PRICE_MAX_MICROS),
            Side::Buying => (price_micros - step).max(0),
        }
    }
}

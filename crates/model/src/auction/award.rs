//! What is accepted of each bid, and what that is worth.

use super::{AuctionProblem, Side};
use crate::id::{BidId, BidderId, IdVec, LotId};

/// Who wins what.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Award {
    /// Accepted of each bid: parcels a day of a schedule, 1 of a package.
    pub accepted: IdVec<BidId, u32>,
}

impl Award {
    /// Nobody wins anything.
    pub fn nothing(problem: &AuctionProblem) -> Self {
        Self { accepted: vec![0; problem.bids.len()].into() }
    }

    /// The winning bids with what is accepted of each.
    pub fn winning(&self) -> impl Iterator<Item = (BidId, u32)> + '_ {
        self.accepted.iter_ids().map(|(bid, &accepted)| (bid, accepted)).filter(|&(_, n)| n > 0)
    }

    /// Sum over the winning bids of what each is worth to the auctioneer, in micros over the
    /// term: revenue above opportunity cost, or saving below it. Nothing awarded is worth 0.
    pub fn value_micros(&self, problem: &AuctionProblem) -> i64 {
        self.winning().map(|(bid, accepted)| problem.gain_micros(bid, accepted)).sum()
    }

    /// Sum of the winning bids at their own prices.
    pub fn amount_micros(&self, problem: &AuctionProblem) -> i64 {
        self.winning().map(|(bid, accepted)| problem.amount_micros(bid, accepted)).sum()
    }

    /// What a buyer pays in all: the winning bids, and the other way for what is not awarded.
    /// None when selling.
    pub fn cost_micros(&self, problem: &AuctionProblem) -> Option<i64> {
        let alone: i64 = problem
            .lots
            .iter()
            .map(|l| i64::from(l.parcels_per_day) * i64::from(l.days) * l.opportunity_micros)
            .sum();
        (problem.side == Side::Buying).then(|| alone - self.value_micros(problem))
    }

    /// The amounts of each bidder's winning bids.
    pub fn amounts_micros(&self, problem: &AuctionProblem) -> IdVec<BidderId, i64> {
        let mut amounts: IdVec<BidderId, i64> = vec![0; problem.bidders.len()].into();
        for (bid, accepted) in self.winning() {
            amounts[problem.bids[bid].bidder] += problem.amount_micros(bid, accepted);
        }
        amounts
    }

    /// Parcels a day awarded of each lot.
    pub fn parcels(&self, problem: &AuctionProblem) -> IdVec<LotId, u64> {
        let mut parcels: IdVec<LotId, u64> = vec![0; problem.lots.len()].into();
        for (bid, accepted) in self.winning() {
            for item in problem.taken(bid, accepted) {
                parcels[item.lot] += u64::from(item.parcels);
            }
        }
        parcels
    }
}

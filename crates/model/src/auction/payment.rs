//! What winners pay, or are paid.

use super::{AuctionProblem, Award, Side};
use crate::id::{BidderId, IdVec};

/// What each bidder pays over the term when the auctioneer sells, or is paid when it buys.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Payments {
    /// Micros over the term; 0 for who wins nothing.
    pub micros: IdVec<BidderId, i64>,
}

/// What is wrong with payments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PaymentFault {
    /// There is not one payment for each bidder.
    Malformed,
    /// A bidder pays more, or is paid less, than its winning bids say.
    WorseThanBid(BidderId),
    /// A bidder that wins nothing pays or is paid.
    WithoutAward(BidderId),
    /// A payment has the wrong sign.
    Negative(BidderId),
}

impl Payments {
    /// Each winner pays what it bid.
    pub fn as_bid(problem: &AuctionProblem, award: &Award) -> Self {
        Self { micros: award.amounts_micros(problem) }
    }

    /// Sum of all payments.
    pub fn total_micros(&self) -> i64 {
        self.micros.iter().sum()
    }

    /// What is wrong with the payments for an award; empty if nobody is worse off than its bids.
    pub fn faults(&self, problem: &AuctionProblem, award: &Award) -> Vec<PaymentFault> {
        if self.micros.len() != problem.bidders.len() {
            return vec![PaymentFault::Malformed];
        }
        let amounts = award.amounts_micros(problem);
        let mut wins: IdVec<BidderId, bool> = vec![false; problem.bidders.len()].into();
        for (bid, _) in award.winning() {
            wins[problem.bids[bid].bidder] = true;
        }
        let mut faults = Vec::new();
        for (bidder, &paid) in self.micros.iter_ids() {
            let worse = match problem.side {
                Side::Selling => paid > amounts[bidder],
                Side::Buying => paid < amounts[bidder],
            };
            if !wins[bidder] && paid != 0 {
                faults.push(PaymentFault::WithoutAward(bidder));
            } else if worse {
                faults.push(PaymentFault::WorseThanBid(bidder));
            } else if paid < 0 && amounts[bidder] >= 0 {
                faults.push(PaymentFault::Negative(bidder));
            }
        }
        faults
    }
}

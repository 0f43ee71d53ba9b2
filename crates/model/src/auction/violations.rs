//! The rules that an award breaks, recomputed from the problem alone.

use super::{AuctionProblem, Award, Offer, Rule};
use crate::id::{BidId, BidderId, Id, IdVec, LotId, LotSetId};
use std::collections::BTreeMap;

/// A rule that an award breaks. Rules and groups are told by their position in the problem.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AuctionViolation {
    /// The award does not fit the problem: not one number for each bid.
    Malformed,
    /// More of a bid is accepted than it offers.
    OverOffered(BidId),
    /// Less of a bid is accepted than it takes.
    BelowLeast(BidId),
    /// A bid is accepted that the reserve price excludes.
    Reserve(BidId),
    /// More of a lot is awarded than there is.
    OverCapacity {
        /// The lot.
        lot: LotId,
        /// Parcels a day awarded.
        awarded: u64,
    },
    /// A lot that must be awarded whole is not.
    NotCovered {
        /// The lot.
        lot: LotId,
        /// Parcels a day awarded.
        awarded: u64,
    },
    /// Too many bids of an exclusive group win.
    Exclusive {
        /// The group.
        group: usize,
        /// How many win.
        winning: usize,
    },
    /// The winning bids of a bidder are above its budget.
    Budget(BidderId),
    /// A bidder wins less than it takes at all.
    BelowBidderLeast(BidderId),
    /// A bidder wins more than it takes.
    OverBidderMost(BidderId),
    /// A bidder has too many winning bids.
    OverBidderBids(BidderId),
    /// A rule of the auctioneer is broken.
    Rule {
        /// The rule.
        rule: usize,
        /// What the rule limits: parcels a day, or a number of winners.
        found: u64,
    },
}

/// Sums of an award that several rules ask for.
struct Sums {
    lots: IdVec<LotId, u64>,
    amounts: IdVec<BidderId, i64>,
    parcels: IdVec<BidderId, u64>,
    bids: IdVec<BidderId, u32>,
}

impl Award {
    /// Every rule that the award breaks; empty if it keeps them all.
    pub fn violations(&self, problem: &AuctionProblem) -> Vec<AuctionViolation> {
        if self.accepted.len() != problem.bids.len() {
            return vec![AuctionViolation::Malformed];
        }
        let mut found = Vec::new();
        for (bid, accepted) in self.winning() {
            bid_violations(problem, bid, accepted, &mut found);
        }
        // Sums of what cannot be accepted mean nothing.
        if found.iter().any(|v| matches!(v, AuctionViolation::OverOffered(_))) {
            return found;
        }
        let sums = self.sums(problem);
        lot_violations(problem, &sums, &mut found);
        for (group, exclusive) in problem.groups.iter().enumerate() {
            let winning = exclusive.bids.iter().filter(|&&bid| self.accepted[bid] > 0).count();
            if winning > exclusive.at_most as usize {
                found.push(AuctionViolation::Exclusive { group, winning });
            }
        }
        bidder_violations(problem, &sums, &mut found);
        if problem.rules.is_empty() {
            return found;
        }
        let winners = Winners::new(problem, self);
        for (rule, asked) in problem.rules.iter().enumerate() {
            if let Some(amount) = winners.broken(problem, asked) {
                found.push(AuctionViolation::Rule { rule, found: amount });
            }
        }
        found
    }

    fn sums(&self, problem: &AuctionProblem) -> Sums {
        let bidders = problem.bidders.len();
        let mut parcels: IdVec<BidderId, u64> = vec![0; bidders].into();
        let mut bids: IdVec<BidderId, u32> = vec![0; bidders].into();
        for (bid, accepted) in self.winning() {
            let bidder = problem.bids[bid].bidder;
            bids[bidder] += 1;
            parcels[bidder] +=
                problem.taken(bid, accepted).map(|item| u64::from(item.parcels)).sum::<u64>();
        }
        Sums { lots: self.parcels(problem), amounts: self.amounts_micros(problem), parcels, bids }
    }
}

/// Who wins how much of each lot, lot by lot.
struct Winners {
    /// Where the entries of each lot begin.
    start: Vec<usize>,
    entries: Vec<(BidderId, u64)>,
}

impl Winners {
    fn new(problem: &AuctionProblem, award: &Award) -> Self {
        let each = award.winning().flat_map(|(bid, accepted)| {
            let bidder = problem.bids[bid].bidder;
            let items = problem.taken(bid, accepted);
            items.map(move |item| (item.lot, bidder, u64::from(item.parcels)))
        });
        let mut all: Vec<(LotId, BidderId, u64)> = each.collect();
        all.sort_unstable();
        let mut start = vec![0; problem.lots.len() + 1];
        all.iter().for_each(|&(lot, ..)| start[lot.index() + 1] += 1);
        (0..problem.lots.len()).for_each(|lot| start[lot + 1] += start[lot]);
        let entries = all.into_iter().map(|(_, bidder, parcels)| (bidder, parcels)).collect();
        Self { start, entries }
    }

    /// Parcels a day of each bidder that wins any of a set of lots.
    fn within(&self, problem: &AuctionProblem, set: LotSetId) -> BTreeMap<BidderId, u64> {
        let mut parcels = BTreeMap::new();
        for lot in &problem.lot_sets[set] {
            let at = lot.index();
            for &(bidder, own) in &self.entries[self.start[at]..self.start[at + 1]] {
                *parcels.entry(bidder).or_default() += own;
            }
        }
        parcels
    }

    /// What was found in place of what a rule asks for; none if it is kept.
    fn broken(&self, problem: &AuctionProblem, rule: &Rule) -> Option<u64> {
        match rule {
            Rule::SharedCapacity { lots, most_parcels } => {
                let total: u64 = self.within(problem, *lots).values().sum();
                (total > *most_parcels).then_some(total)
            }
            Rule::BidderShare { lots, most_parcels } => {
                let most = self.within(problem, *lots).values().copied().max()?;
                (most > *most_parcels).then_some(most)
            }
            Rule::GroupVolume { bidders, lots, least_parcels, most_parcels } => {
                let parcels = self.within(problem, *lots);
                let total = bidders.iter().filter_map(|bidder| parcels.get(bidder)).sum();
                let within = total >= *least_parcels && most_parcels.is_none_or(|m| total <= m);
                (!within).then_some(total)
            }
            Rule::Winners { lots, least, most, least_parcels } => {
                let parcels = self.within(problem, *lots);
                let count = |from: u64| parcels.values().filter(|&&p| p >= from.max(1)).count();
                let (any, large) = (count(1) as u64, count(*least_parcels) as u64);
                if most.is_some_and(|m| any > u64::from(m)) {
                    return Some(any);
                }
                (large < u64::from(*least)).then_some(large)
            }
        }
    }
}

fn bid_violations(
    problem: &AuctionProblem,
    bid: BidId,
    accepted: u32,
    found: &mut Vec<AuctionViolation>,
) {
    if accepted > problem.most_accepted(bid) {
        found.push(AuctionViolation::OverOffered(bid));
        return;
    }
    if let Offer::Schedule { least_parcels, .. } = &problem.bids[bid].offer
        && accepted < *least_parcels
    {
        found.push(AuctionViolation::BelowLeast(bid));
    }
    if accepted > problem.most_eligible(bid) {
        found.push(AuctionViolation::Reserve(bid));
    }
}

fn lot_violations(problem: &AuctionProblem, sums: &Sums, found: &mut Vec<AuctionViolation>) {
    for (lot, offered) in problem.lots.iter_ids() {
        let (awarded, limit) = (sums.lots[lot], u64::from(offered.parcels_per_day));
        if awarded > limit {
            found.push(AuctionViolation::OverCapacity { lot, awarded });
        } else if offered.required && awarded < limit {
            found.push(AuctionViolation::NotCovered { lot, awarded });
        }
    }
}

fn bidder_violations(problem: &AuctionProblem, sums: &Sums, found: &mut Vec<AuctionViolation>) {
    for (id, bidder) in problem.bidders.iter_ids() {
        if bidder.budget_micros.is_some_and(|budget| sums.amounts[id] > budget) {
            found.push(AuctionViolation::Budget(id));
        }
        if sums.parcels[id] > 0 && sums.parcels[id] < bidder.least_parcels {
            found.push(AuctionViolation::BelowBidderLeast(id));
        }
        if bidder.most_parcels.is_some_and(|most| sums.parcels[id] > most) {
            found.push(AuctionViolation::OverBidderMost(id));
        }
        if bidder.most_bids.is_some_and(|most| sums.bids[id] > most) {
            found.push(AuctionViolation::OverBidderBids(id));
        }
    }
}

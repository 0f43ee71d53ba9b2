//! What is wrong with an auction problem, before anybody tries to clear it.

use super::{AuctionProblem, Bid, Offer, Rule, Side};
use crate::id::{BidId, Id, LotSetId};

/// Largest sum of money that an auction may add up to, a trillion dollars: an eighth of what an
/// `i64` holds, so that sums and differences of a few such never overflow.
pub const MICROS_MAX: i128 = i64::MAX as i128 / 8;

impl AuctionProblem {
    /// What is wrong with the problem, in sentences for a developer; empty if it can be cleared.
    /// The same for a user's file is found, with its place, before a problem is built.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.lot_faults(&mut faults);
        self.bidder_faults(&mut faults);
        for (id, bid) in self.bids.iter_ids() {
            self.bid_faults(id, bid, &mut faults);
        }
        self.group_faults(&mut faults);
        self.rule_faults(&mut faults);
        if faults.is_empty() && self.largest_sum() > MICROS_MAX {
            faults.push("all amounts together must be below 10¹⁸ micros".into());
        }
        faults
    }

    fn lot_faults(&self, faults: &mut Vec<String>) {
        for (id, lot) in self.lots.iter_ids() {
            if lot.parcels_per_day == 0 || lot.days == 0 {
                faults.push(format!("lot {} must have parcels and days", id.0));
            }
            if lot.reserve_micros.is_some_and(|r| r < 0) || lot.opportunity_micros < 0 {
                faults.push(format!("prices of lot {} must not be negative", id.0));
            }
            if lot.required && self.side == Side::Selling {
                faults.push(format!("lot {} is sold and cannot be required", id.0));
            }
        }
        for (id, set) in self.lot_sets.iter_ids() {
            let ascending = set.windows(2).all(|pair| pair[0] < pair[1]);
            if !ascending || set.iter().any(|lot| lot.index() >= self.lots.len()) {
                faults.push(format!("lot set {} must name known lots, ascending", id.0));
            }
        }
    }

    fn bidder_faults(&self, faults: &mut Vec<String>) {
        for (id, bidder) in self.bidders.iter_ids() {
            if bidder.budget_micros.is_some_and(|budget| budget < 0) {
                faults.push(format!("the budget of bidder {} must not be negative", id.0));
            }
            if bidder.most_parcels.is_some_and(|most| most < bidder.least_parcels) {
                faults.push(format!("bidder {} takes at most less than at least", id.0));
            }
        }
    }

    fn bid_faults(&self, id: BidId, bid: &Bid, faults: &mut Vec<String>) {
        if bid.bidder.index() >= self.bidders.len() {
            faults.push(format!("bid {} is by an unknown bidder", id.0));
        }
        match &bid.offer {
            Offer::Schedule { lot, least_parcels, steps } => {
                let known = lot.index() < self.lots.len()
                    && steps.start < steps.end
                    && steps.end as usize <= self.steps.len();
                if !known {
                    faults.push(format!("bid {} must have a known lot and steps", id.0));
                    return;
                }
                let steps = self.steps(id);
                let total: u64 = steps.iter().map(|step| u64::from(step.parcels)).sum();
                if steps.iter().any(|step| step.parcels == 0 || step.price_micros < 0) {
                    faults.push(format!("steps of bid {} must have parcels and a price", id.0));
                }
                if total > u64::from(u32::MAX) || total < u64::from(*least_parcels) {
                    faults.push(format!("bid {} must offer at least what it takes at least", id.0));
                }
            }
            Offer::Package { items, amount_micros } => {
                if items.start >= items.end || items.end as usize > self.items.len() {
                    faults.push(format!("package {} must have items", id.0));
                    return;
                }
                let items = self.items(id);
                let bad = |i: &super::Item| i.parcels == 0 || i.lot.index() >= self.lots.len();
                if items.iter().any(bad) || *amount_micros < 0 {
                    faults.push(format!("package {} must have lots, parcels and a price", id.0));
                }
                let mut lots: Vec<_> = items.iter().map(|item| item.lot).collect();
                lots.sort_unstable();
                if lots.windows(2).any(|pair| pair[0] == pair[1]) {
                    faults.push(format!("package {} must name each lot once", id.0));
                }
            }
        }
    }

    fn group_faults(&self, faults: &mut Vec<String>) {
        for (index, group) in self.groups.iter().enumerate() {
            let ascending = group.bids.windows(2).all(|pair| pair[0] < pair[1]);
            if !ascending || group.bids.iter().any(|&bid| bid.index() >= self.bids.len()) {
                faults.push(format!("group {index} must name known bids, ascending"));
                continue;
            }
            let bidder = |bid: &BidId| self.bids[*bid].bidder;
            if group.bids.windows(2).any(|pair| bidder(&pair[0]) != bidder(&pair[1])) {
                faults.push(format!("group {index} must be of one bidder"));
            }
        }
    }

    fn rule_faults(&self, faults: &mut Vec<String>) {
        let known = |set: &LotSetId| set.index() < self.lot_sets.len();
        for (index, rule) in self.rules.iter().enumerate() {
            let (set, sound) = match rule {
                Rule::SharedCapacity { lots, .. } | Rule::BidderShare { lots, .. } => (lots, true),
                Rule::GroupVolume { bidders, lots, least_parcels, most_parcels } => {
                    let ascending = bidders.windows(2).all(|pair| pair[0] < pair[1]);
                    let exist = bidders.iter().all(|b| b.index() < self.bidders.len());
                    let range = most_parcels.is_none_or(|most| most >= *least_parcels);
                    (lots, ascending && exist && range)
                }
                Rule::Winners { lots, least, most, .. } => {
                    (lots, most.is_none_or(|most| most >= *least))
                }
            };
            if !known(set) || !sound {
                faults.push(format!("rule {index} must name known lots and bidders, and a range"));
            }
        }
    }

    /// More than the size of any sum of money over the auction; at most [`MICROS_MAX`].
    pub fn largest_sum(&self) -> i128 {
        let lots = self.lots.iter().map(|lot| {
            let price = lot.opportunity_micros.max(lot.reserve_micros.unwrap_or_default());
            i128::from(lot.parcels_per_day) * i128::from(lot.days) * i128::from(price)
        });
        let bids = self.bids.iter_ids().map(|(id, bid)| match &bid.offer {
            Offer::Package { amount_micros, .. } => {
                i128::from(*amount_micros) + self.opportunity_of_items(id)
            }
            Offer::Schedule { lot, .. } => {
                let lot = &self.lots[*lot];
                let each = |step: &super::Step| {
                    i128::from(step.parcels)
                        * (i128::from(step.price_micros) + i128::from(lot.opportunity_micros))
                };
                i128::from(lot.days) * self.steps(id).iter().map(each).sum::<i128>()
            }
        });
        lots.sum::<i128>() + bids.sum::<i128>()
    }

    fn opportunity_of_items(&self, bid: BidId) -> i128 {
        let each = |item: &super::Item| {
            let lot = &self.lots[item.lot];
            i128::from(item.parcels) * i128::from(lot.days) * i128::from(lot.opportunity_micros)
        };
        self.items(bid).iter().map(each).sum()
    }
}

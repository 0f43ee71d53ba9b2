//! The bound that anybody can recompute: a Lagrangian value (Geoffrion 1974) at given prices.

use super::{AuctionProblem, Offer};
use crate::id::{BidId, IdVec, LotId};

impl AuctionProblem {
    /// No award is worth more than this. `prices` are micros over the term for a daily parcel of
    /// each lot; any prices give a bound, good ones a close one. All sums are exact.
    ///
    /// Every parcel that an award takes is charged its lot's price and every parcel on offer is
    /// bought at it, which changes the value of no award that sells everything and can only raise
    /// that of others, as a price below 0 is used for lots only that must be awarded whole. What
    /// remains is the best choice within each exclusive group by itself; all other rules are left
    /// out, which can only raise the bound too.
    ///
    /// # Panics
    /// If there is not one price for each lot.
    pub fn bound_micros(&self, prices: &IdVec<LotId, i64>) -> i128 {
        assert_eq!(prices.len(), self.lots.len(), "a price for each lot");
        let price = |lot: LotId| {
            let price = i128::from(prices[lot]);
            if self.lots[lot].required { price } else { price.max(0) }
        };
        let all = self.lots.iter_ids().map(|(id, lot)| price(id) * i128::from(lot.parcels_per_day));
        let mut bound: i128 = all.sum();
        let mut grouped = vec![false; self.bids.len()];
        for group in &self.groups {
            // A bid in two groups is free in the second one, which can only raise the bound.
            let mut surpluses = Vec::new();
            for &bid in &group.bids {
                if !std::mem::replace(&mut grouped[bid.0 as usize], true) {
                    surpluses.push(self.surplus_micros(bid, &price));
                }
            }
            surpluses.sort_unstable_by(|a, b| b.cmp(a));
            bound += surpluses.iter().take(group.at_most as usize).sum::<i128>();
        }
        let free = self.bids.ids().filter(|bid| !grouped[bid.0 as usize]);
        bound + free.map(|bid| self.surplus_micros(bid, &price)).sum::<i128>()
    }

    /// The most that a bid can be worth beyond the prices of what it takes, at least 0.
    fn surplus_micros(&self, bid: BidId, price: &impl Fn(LotId) -> i128) -> i128 {
        let most = self.most_eligible(bid);
        let at = |accepted: u32| {
            let charge: i128 =
                self.taken(bid, accepted).map(|i| price(i.lot) * i128::from(i.parcels)).sum();
            i128::from(self.gain_micros(bid, accepted)) - charge
        };
        match &self.bids[bid].offer {
            Offer::Package { .. } => at(most).max(0),
            // Between the ends of its steps a schedule's worth is straight.
            Offer::Schedule { least_parcels, .. } => {
                let mut end = 0;
                let mut best = if most > 0 { at(*least_parcels).max(0) } else { 0 };
                for step in self.steps(bid) {
                    end += step.parcels;
                    if end <= most && end >= *least_parcels {
                        best = best.max(at(end));
                    }
                }
                best
            }
        }
    }
}

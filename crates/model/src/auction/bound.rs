//! The bound that anybody can recompute: a Lagrangian value (Geoffrion 1974) at given prices.

use super::{AuctionProblem, Offer, Rule};
use crate::id::{BidId, IdVec, LotId};

impl AuctionProblem {
    /// No award is worth more than this. `prices` are micros over the term for a daily parcel of
    /// each lot; any prices give a bound, good ones a close one. All sums are exact.
    ///
    /// Every parcel that an award takes is charged its lot's price, and the most that this can bring
    /// in is added: all that there is, or of lots that share a capacity the dearest parcels of as
    /// many. That can only raise the value of an award, as a price below 0 is used for lots only
    /// that must be awarded whole. What remains is the best choice within each exclusive group by
    /// itself; all other rules are left out, which can only raise the bound too.
    ///
    /// # Panics
    /// If there is not one price for each lot.
    pub fn bound_micros(&self, prices: &IdVec<LotId, i64>) -> i128 {
        assert_eq!(prices.len(), self.lots.len(), "a price for each lot");
        let price = |lot: LotId| {
            let price = i128::from(prices[lot]);
            if self.lots[lot].required { price } else { price.max(0) }
        };
        let mut bound = self.most_income(&price);
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

    /// The most that parcels can bring in at some prices. Of shared capacities that have lots in
    /// common the first counts.
    fn most_income(&self, price: &impl Fn(LotId) -> i128) -> i128 {
        let mut is_counted = vec![false; self.lots.len()];
        let mut income = 0;
        for rule in &self.rules {
            let Rule::SharedCapacity { lots, most_parcels } = rule else { continue };
            let lots = &self.lot_sets[*lots];
            let is_open = |lot: &LotId| !is_counted[lot.0 as usize] && !self.lots[*lot].required;
            if !lots.iter().all(is_open) {
                continue;
            }
            let mut dearest: Vec<LotId> = lots.clone();
            dearest.sort_by_key(|&lot| std::cmp::Reverse(price(lot)));
            let mut left = *most_parcels;
            for lot in dearest {
                is_counted[lot.0 as usize] = true;
                let parcels = u64::from(self.lots[lot].parcels_per_day).min(left);
                left -= parcels;
                income += price(lot) * i128::from(parcels);
            }
        }
        let others = self.lots.iter_ids().filter(|(id, _)| !is_counted[id.0 as usize]);
        income + others.map(|(id, lot)| price(id) * i128::from(lot.parcels_per_day)).sum::<i128>()
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

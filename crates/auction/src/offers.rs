//! Bids in flat tables, for rounds that look at all of them: what each takes, and the ends at which
//! it can be best.

use postroad_model::auction::{AuctionProblem, Offer};
use postroad_model::{BidId, id::Id};

/// An amount of a bid that can be best, as between such amounts its worth is straight.
#[derive(Clone, Copy)]
pub(crate) struct End {
    pub(crate) accepted: u32,
    pub(crate) gain: f64,
    pub(crate) amount: f64,
}

/// All bids.
pub(crate) struct Offers {
    end_start: Vec<u32>,
    ends: Vec<End>,
    item_start: Vec<u32>,
    /// Lots, and the parcels of each that a unit of what is accepted takes.
    items: Vec<(u32, f64)>,
}

impl Offers {
    /// `most` is the most of each bid that can win.
    pub(crate) fn new(problem: &AuctionProblem, most: &[u32]) -> Self {
        let mut offers =
            Self { end_start: vec![0], ends: Vec::new(), item_start: vec![0], items: Vec::new() };
        for (bid, &most) in problem.bids.ids().zip(most) {
            if most > 0 {
                offers.items.extend(problem.taken(bid, 1).map(|i| (i.lot.0, f64::from(i.parcels))));
                offers.add_ends(problem, bid, most);
            }
            offers.item_start.push(offers.items.len() as u32);
            offers.end_start.push(offers.ends.len() as u32);
        }
        offers
    }

    fn add_ends(&mut self, problem: &AuctionProblem, bid: BidId, most: u32) {
        let mut end = |accepted: u32| {
            let gain = problem.gain_micros(bid, accepted) as f64;
            let amount = problem.amount_micros(bid, accepted) as f64;
            self.ends.push(End { accepted, gain, amount });
        };
        let Offer::Schedule { least_parcels, .. } = problem.bids[bid].offer else {
            return end(1);
        };
        let mut last = least_parcels.max(1);
        end(last);
        let mut sum = 0;
        for step in problem.steps(bid) {
            sum += step.parcels;
            if sum.min(most) > last {
                last = sum.min(most);
                end(last);
            }
        }
    }

    pub(crate) fn ends(&self, bid: BidId) -> &[End] {
        let at = bid.index();
        &self.ends[self.end_start[at] as usize..self.end_start[at + 1] as usize]
    }

    pub(crate) fn items(&self, bid: BidId) -> &[(u32, f64)] {
        let at = bid.index();
        &self.items[self.item_start[at] as usize..self.item_start[at + 1] as usize]
    }
}

//! Parts of a market that have nothing in common.

use crate::ledger::lots_of;
use postroad_model::auction::{AuctionProblem, Offer};
use postroad_model::{BidId, id::Id};

/// Sets of things that are joined one by one.
pub(crate) struct Parts {
    parent: Vec<usize>,
}

impl Parts {
    /// Each thing by itself.
    pub(crate) fn new(things: usize) -> Self {
        Self { parent: (0..things).collect() }
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    /// Puts two things in one part.
    pub(crate) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }

    /// The greatest sum of sizes in one part.
    pub(crate) fn largest(&mut self, sizes: impl Iterator<Item = (usize, usize)>) -> usize {
        let mut sums = vec![0; self.parent.len()];
        for (thing, size) in sizes {
            sums[self.root(thing)] += size;
        }
        sums.into_iter().max().unwrap_or(0)
    }
}

/// The greatest sum of the sizes of bids that are joined by lots, groups and shared capacities, in
/// a market without further rules.
pub(crate) fn largest(problem: &AuctionProblem, size: impl Fn(BidId) -> usize) -> usize {
    let mut parts = Parts::new(problem.lots.len());
    let first = |bid: BidId| match problem.bids[bid].offer {
        Offer::Schedule { lot, .. } => lot.index(),
        Offer::Package { .. } => problem.items(bid)[0].lot.index(),
    };
    for bid in problem.bids.ids() {
        problem.items(bid).iter().for_each(|item| parts.join(first(bid), item.lot.index()));
    }
    for group in &problem.groups {
        group.bids.iter().for_each(|&bid| parts.join(first(group.bids[0]), first(bid)));
    }
    for lots in problem.rules.iter().map(|rule| &problem.lot_sets[lots_of(rule)]) {
        lots.iter().for_each(|lot| parts.join(lots[0].index(), lot.index()));
    }
    parts.largest(problem.bids.ids().map(|bid| (first(bid), size(bid))))
}

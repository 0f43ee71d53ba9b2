//! Parts of a market that have nothing in common.

use crate::ledger::lots_of;
use postroad_model::auction::{AuctionProblem, Offer};
use postroad_model::{BidId, id::Id};
use postroad_optimization::parts::Parts;

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

//! Which bidders to begin with where only few may win.
//!
//! Each lot is thought of as going to the chosen bidder that is best for it, by the best price
//! for each parcel that the bidder asks or offers there; a lot that no chosen bidder wants costs
//! more than any. One bidder is exchanged for another as long as that helps (Teitz and Bart 1968).

use crate::ruled_dual::most_winners;
use postroad_model::auction::{AuctionProblem, Side};
use postroad_model::{BidId, BidderId, id::Id};

/// The bidders to begin with; none where any number may win.
pub(crate) fn choose_winners(
    problem: &AuctionProblem,
    bids_of_lot: &[Vec<BidId>],
    dearest: f64,
) -> Option<Vec<BidderId>> {
    let most = most_winners(problem);
    let bidders = problem.bidders.len();
    if most >= bidders {
        return None;
    }
    let worth = worth_by_lot(problem, bids_of_lot, dearest);
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < most {
        let add = |b: &usize| value(&worth, chosen.iter().chain([b]).copied());
        let best = (0..bidders).filter(|b| !chosen.contains(b));
        let Some(best) = best.max_by(|a, b| add(a).total_cmp(&add(b)).then(b.cmp(a))) else {
            break;
        };
        chosen.push(best);
    }
    let mut now = value(&worth, chosen.iter().copied());
    while let Some((better, at, bidder)) = best_exchange(&worth, &mut chosen, bidders, now) {
        chosen[at] = bidder;
        now = better;
    }
    Some(chosen.into_iter().map(BidderId::from_index).collect())
}

/// The exchange that helps most.
fn best_exchange(
    worth: &[Vec<f64>],
    chosen: &mut [usize],
    bidders: usize,
    now: f64,
) -> Option<(f64, usize, usize)> {
    let mut best: Option<(f64, usize, usize)> = None;
    for at in 0..chosen.len() {
        for bidder in 0..bidders {
            if chosen.contains(&bidder) {
                continue;
            }
            let old = std::mem::replace(&mut chosen[at], bidder);
            let then = value(worth, chosen.iter().copied());
            chosen[at] = old;
            if then > best.map_or(now + 1e-9 * now.abs(), |(value, ..)| value) {
                best = Some((then, at, bidder));
            }
        }
    }
    best
}

/// Sum over lots of the best of the chosen bidders.
fn value(worth: &[Vec<f64>], chosen: impl Iterator<Item = usize> + Clone) -> f64 {
    let best = |lot: &Vec<f64>| chosen.clone().map(|b| lot[b]).fold(f64::NEG_INFINITY, f64::max);
    worth.iter().map(best).sum()
}

/// What each lot is worth with each bidder, in micros over the term.
fn worth_by_lot(
    problem: &AuctionProblem,
    bids_of_lot: &[Vec<BidId>],
    dearest: f64,
) -> Vec<Vec<f64>> {
    let sign = if problem.side == Side::Selling { 1.0 } else { -1.0 };
    let of_lot = |(lot, bids): (&postroad_model::auction::Lot, &Vec<BidId>)| {
        let parcels = f64::from(lot.parcels_per_day);
        let without = if lot.required { -3.0 * dearest * parcels } else { 0.0 };
        let mut worth = vec![without; problem.bidders.len()];
        for &bid in bids {
            let most = problem.most_eligible(bid);
            let volume: f64 = problem.taken(bid, most).map(|i| f64::from(i.parcels)).sum();
            let each = sign * problem.amount_micros(bid, most) as f64 / volume.max(1.0)
                - sign * lot.opportunity_micros as f64 * f64::from(lot.days);
            let best = &mut worth[problem.bids[bid].bidder.index()];
            *best = best.max(each * parcels);
        }
        worth
    };
    problem.lots.iter().zip(bids_of_lot).map(of_lot).collect()
}

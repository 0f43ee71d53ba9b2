//! From the options taken to an award: what they leave of each lot goes to the divisible bids,
//! the greatest gain first and among equal ones the lower ticket.

use crate::core::Core;
use crate::state::State;
use postroad_model::auction::{AuctionProblem, Award, Offer};
use postroad_model::{BidId, LotId, id::Id};

/// The award of the taken options.
pub(crate) fn award(problem: &AuctionProblem, state: &State<'_>) -> Award {
    let mut award = Award::nothing(problem);
    for (choice, _) in state.core.choices.iter().zip(&state.taken).filter(|&(_, &taken)| taken) {
        award.accepted[choice.bid] = choice.accepted;
    }
    for (lot, mut left) in state.for_curves().into_iter().enumerate() {
        for segment in state.core.curve(lot) {
            let parcels = segment.parcels.min(left);
            award.accepted[segment.bid] += parcels;
            left -= parcels;
        }
    }
    award
}

/// Widens accepted schedules where lots have parcels left and each is worth something: options
/// stand at the ends of steps only.
pub(crate) fn widen(problem: &AuctionProblem, core: &Core, award: &mut Award) {
    let parcels = award.parcels(problem);
    let mut left: Vec<u64> = problem
        .lots
        .iter_ids()
        .map(|(lot, l)| u64::from(l.parcels_per_day).saturating_sub(parcels[lot]))
        .collect();
    let mut bids: Vec<BidId> = core.choices.iter().map(|choice| choice.bid).collect();
    bids.dedup();
    let used = |lots: &[u32]| lots.iter().map(|&lot| parcels[LotId(lot)]).sum::<u64>();
    let mut left_shared: Vec<u64> = (core.shared.iter())
        .map(|shared| u64::from(shared.capacity).saturating_sub(used(&shared.lots)))
        .collect();
    for bid in bids {
        let Offer::Schedule { lot, .. } = problem.bids[bid].offer else { continue };
        let accepted = award.accepted[bid];
        let shared = left_shared.get_mut(core.shared_of[lot.index()] as usize);
        let most = u64::from(problem.most_eligible(bid) - accepted).min(left[lot.index()]);
        let room = shared.as_ref().map_or(most, |left| most.min(**left)) as u32;
        if accepted == 0 || room == 0 {
            continue;
        }
        let wider = best_width(problem, bid, accepted, accepted + room);
        left[lot.index()] -= u64::from(wider - accepted);
        if let Some(left) = shared {
            *left -= u64::from(wider - accepted);
        }
        award.accepted[bid] = wider;
    }
}

/// From `least` to `most` parcels: the number worth most, the smallest such.
fn best_width(problem: &AuctionProblem, bid: BidId, least: u32, most: u32) -> u32 {
    let mut ends = vec![least];
    let mut end = 0_u32;
    for step in problem.steps(bid) {
        end = end.saturating_add(step.parcels);
        ends.push(end.clamp(least, most));
    }
    ends.push(most);
    let gain = |&width: &u32| (problem.gain_micros(bid, width), std::cmp::Reverse(width));
    ends.into_iter().max_by_key(gain).unwrap_or(least)
}

/// Gives the parcels of divisible bids at equal prices for a lot to the lower ticket, where no
/// limit of a bidder and no rule can tell the bids apart.
pub(crate) fn by_ticket(problem: &AuctionProblem, award: Award) -> Award {
    let bound = |bid: &postroad_model::auction::Bid| {
        problem.bidders[bid.bidder] != postroad_model::auction::Bidder::default()
    };
    if !problem.rules.is_empty() || problem.bids.iter().any(bound) {
        return award;
    }
    let core = Core::new(problem);
    let mut filled = award;
    for lot in 0..core.lots() {
        let mut bids: Vec<BidId> = core.curve(lot).iter().map(|s| s.bid).collect();
        bids.sort_unstable();
        bids.dedup();
        let mut left: u32 = bids.iter().map(|&bid| filled.accepted[bid]).sum();
        let mut seen = std::collections::BTreeMap::new();
        for segment in core.curve(lot) {
            let parcels = segment.parcels.min(left);
            *seen.entry(segment.bid).or_insert(0) += parcels;
            left -= parcels;
        }
        for (bid, parcels) in seen {
            filled.accepted[bid] = parcels;
        }
    }
    filled
}

//! Clearing against every award of small random markets.

use super::*;
use postroad_model::auction::{Bidder, ExclusiveGroup, Item, Lot, Side, Step};
use postroad_model::{BidId, BidderId};
use postroad_optimization::Random;

/// A market of up to `lots` lots and `bids` bids that fit into a small table of awards.
pub(crate) fn small(seed: u64, lots: usize, bids: usize) -> AuctionProblem {
    let mut random = Random::new(seed);
    let mut draw = |n: usize| random.below(n) as u32;
    let side = [Side::Selling, Side::Buying][draw(2) as usize];
    let mut problem = AuctionProblem { side, ..AuctionProblem::default() };
    for _ in 0..1 + draw(lots) {
        problem.lots.push(Lot {
            parcels_per_day: 1 + draw(3),
            days: 1 + draw(2),
            reserve_micros: (draw(3) == 0).then_some(i64::from(5 + draw(10))),
            opportunity_micros: i64::from(draw(20)),
            required: false,
        });
    }
    problem.bidders = vec![Bidder::default(); 1 + draw(4) as usize].into();
    for _ in 0..1 + draw(bids) {
        let bidder = BidderId(draw(problem.bidders.len()));
        let ticket = u64::from(draw(1 << 30));
        let lot = draw(problem.lots.len());
        if draw(2) == 0 {
            let width = problem.lots.len() as u32 - lot;
            let last = lot + draw(width as usize).min(2);
            let items: Vec<Item> =
                (lot..=last).map(|l| Item { lot: LotId(l), parcels: 1 + draw(2) }).collect();
            let amount = i64::from(draw(30 * items.len()));
            problem.push_package(bidder, ticket, &items, amount);
        } else {
            let mut step = || Step { parcels: 1 + draw(2), price_micros: i64::from(draw(25)) };
            let steps = [step(), step()];
            let steps = &steps[..1 + draw(2) as usize];
            let least = draw(3).min(steps.iter().map(|step| step.parcels).sum());
            problem.push_schedule(bidder, ticket, LotId(lot), least, steps);
        }
    }
    for bidder in problem.bidders.ids() {
        let of = |bid: &BidId| problem.bids[*bid].bidder == bidder;
        let bids: Vec<BidId> = problem.bids.ids().filter(of).collect();
        if bids.len() > 1 && draw(2) == 0 {
            problem.groups.push(ExclusiveGroup { bids, at_most: 1 + draw(2) });
        }
    }
    problem
}

/// The greatest value of any award that keeps every rule; none if no award does.
pub(crate) fn best_value(problem: &AuctionProblem) -> Option<i64> {
    let mut award = Award::nothing(problem);
    let mut best = None;
    loop {
        if award.violations(problem).is_empty() {
            best = best.max(Some(award.value_micros(problem)));
        }
        let wraps = |award: &mut Award, bid: BidId| {
            let next = award.accepted[bid] + 1;
            award.accepted[bid] = if next > problem.most_accepted(bid) { 0 } else { next };
            award.accepted[bid] == 0
        };
        if problem.bids.ids().all(|bid| wraps(&mut award, bid)) {
            return best;
        }
    }
}

#[test]
fn awards_keep_the_rules_and_bounds_hold() {
    let mut found = 0;
    for seed in 0..400 {
        let problem = small(seed, 3, 6);
        let cleared = clear(&problem, &Config::default(), &Control::unlimited(), None);
        assert_eq!(cleared.award.violations(&problem), [], "seed {seed}");
        assert_eq!(cleared.award.value_micros(&problem), cleared.value_micros);
        let best = best_value(&problem).expect("nothing may be awarded");
        assert!(cleared.bound_micros >= best, "seed {seed}");
        assert!(cleared.value_micros <= best, "seed {seed}");
        found += usize::from(cleared.value_micros == best);
    }
    assert!(found >= 380, "the best award was found {found} times of 400");
}

//! Which method clears which market.

use crate::{Cleared, Config, local, ruled, ruled_dual};
use postroad_model::auction::{AuctionProblem, Award, Bidder, ExclusiveGroup, Offer};
use postroad_optimization::Control;

/// Share of a time limit that the prices of a market with rules may take.
const DUAL_SHARE: f64 = 0.3;
/// Rounds of the dual of a market with rules.
const DUAL_ROUNDS: u32 = 1500;
/// Rounds of the search for each bid, without a limit of rounds or time.
const ROUNDS_EACH: u64 = 20;

pub(crate) fn determine(
    problem: &AuctionProblem,
    config: &Config,
    control: &Control,
    start: Option<&Award>,
) -> Cleared {
    if has_rules(problem) {
        clear_ruled(problem, config, control, start)
    } else {
        local::clear(problem, config, control, start)
    }
}

/// Whether there is anything beyond capacities and exclusive groups, each bid in one at most.
fn has_rules(problem: &AuctionProblem) -> bool {
    let mut grouped = vec![false; problem.bids.len()];
    let mut members = problem.groups.iter().flat_map(|group| &group.bids);
    !problem.rules.is_empty()
        || problem.lots.iter().any(|lot| lot.required)
        || problem.bidders.iter().any(|bidder| *bidder != Bidder::default())
        || members.any(|bid| std::mem::replace(&mut grouped[bid.0 as usize], true))
        || problem.groups.iter().any(|group| counts_schedules(problem, group))
}

/// Whether several of a group may win and some are schedules, of which each counts once whatever
/// is accepted of it.
fn counts_schedules(problem: &AuctionProblem, group: &ExclusiveGroup) -> bool {
    let is_schedule = |bid| matches!(problem.bids[bid].offer, Offer::Schedule { .. });
    group.at_most > 1 && group.bids.iter().any(|&bid| is_schedule(bid))
}

fn clear_ruled(
    problem: &AuctionProblem,
    config: &Config,
    control: &Control,
    start: Option<&Award>,
) -> Cleared {
    let part = control.within(DUAL_SHARE * control.seconds_left());
    let dual = ruled_dual::descend(problem, DUAL_ROUNDS, &part);
    let timed = control.seconds_left().is_finite();
    let by_size = (!timed).then_some(ROUNDS_EACH * (50 + problem.bids.len() as u64));
    let rounds = config.rounds.or(by_size);
    let found = ruled::search(problem, &dual.lot_prices, config.seed, rounds, control, start);
    let award = found.award.unwrap_or_else(|| Award::nothing(problem));
    let value_micros = award.value_micros(problem);
    // Far more than the rounding errors of the sums.
    let bound_micros = (dual.bound + 1e-9 * dual.bound.abs() + 1.0).ceil() as i64;
    Cleared {
        proven: value_micros >= bound_micros,
        award,
        value_micros,
        bound_micros,
        infeasible: false,
        rounds: found.rounds,
        lot_prices: dual.lot_prices.iter().map(|price| price.round() as i64).collect(),
    }
}

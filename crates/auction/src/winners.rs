//! Which method clears which market.

use crate::exact::{self, Exact};
use crate::{Cleared, Config, local, ruled, ruled_dual};
use postroad_model::auction::{AuctionProblem, Award, Bidder, ExclusiveGroup, Offer};
use postroad_optimization::{Control, mip};

/// Share of a time limit that the prices of a market with rules may take.
const DUAL_SHARE: f64 = 0.3;
/// Rounds of the dual of a market with rules.
const DUAL_ROUNDS: u32 = 1500;
/// Largest programme that is tried.
const MOST_COLUMNS: usize = 6000;
/// Share of a time limit that the search of a small market may take.
const SEARCH_SHARE: f64 = 0.3;
/// Rounds of the search for each bid, without a limit of rounds or time.
const ROUNDS_EACH: u64 = 20;

pub(crate) fn determine(
    problem: &AuctionProblem,
    config: &Config,
    control: &Control,
    start: Option<&Award>,
) -> Cleared {
    if has_rules(problem) {
        return clear_ruled(problem, config, control, start);
    }
    let mut cleared = local::clear(problem, config, control, start);
    if cleared.gap() > config.gap && exact::size(problem) <= MOST_COLUMNS {
        prove(problem, &mut cleared, control);
        cleared.proven = cleared.value_micros >= cleared.bound_micros;
    }
    cleared
}

/// Whether there is anything beyond capacities and exclusive groups, each bid in one at most.
pub(crate) fn has_rules(problem: &AuctionProblem) -> bool {
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
    let small = exact::size(problem) <= MOST_COLUMNS;
    let share = if small { SEARCH_SHARE } else { 1.0 };
    let part = control.within(share * control.seconds_left());
    let found = ruled::search(problem, &dual.lot_prices, config.seed, rounds, &part, start);
    // Far more than the rounding errors of the sums.
    let bound_micros = (dual.bound + 1e-9 * dual.bound.abs() + 1.0).ceil() as i64;
    let mut cleared = Cleared {
        proven: false,
        infeasible: false,
        found: found.award.is_some(),
        value_micros: found.award.as_ref().map_or(0, |award| award.value_micros(problem)),
        award: found.award.unwrap_or_else(|| Award::nothing(problem)),
        bound_micros,
        rounds: found.rounds,
        lot_prices: dual.lot_prices.iter().map(|price| price.round() as i64).collect(),
    };
    if cleared.gap() > config.gap && small {
        prove(problem, &mut cleared, control);
    }
    cleared.proven = cleared.found && cleared.value_micros >= cleared.bound_micros;
    cleared
}

/// Solves the market exactly, as far as time allows.
fn prove(problem: &AuctionProblem, cleared: &mut Cleared, control: &Control) {
    let market = Exact::new(problem, false);
    let solved = mip::solve(&market.mip, &exact::effort(control), control, None);
    if !solved.x.is_empty() {
        let award = market.award(&solved.x);
        let value_micros = award.value_micros(problem);
        // Rounding in the programme never decides: the model has the last word.
        let better = !cleared.found || value_micros > cleared.value_micros;
        if better && award.violations(problem).is_empty() {
            cleared.found = true;
            cleared.award = award;
            cleared.value_micros = value_micros;
        }
    }
    if solved.status == mip::Status::Infeasible {
        cleared.infeasible = !cleared.found;
    } else {
        // Every award is worth whole micros.
        cleared.bound_micros = cleared.bound_micros.min((-solved.bound).floor() as i64);
    }
    if cleared.found {
        cleared.bound_micros = cleared.bound_micros.max(cleared.value_micros);
    }
}

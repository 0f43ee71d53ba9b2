//! Which method clears which market.

use crate::core::{self, Core};
use crate::exact::{self, Exact};
use crate::pack::Pack;
use crate::ruled::Begin;
use crate::{Cleared, Config, local, parts, priced, ruled, ruled_dual};
use postroad_model::auction::{AuctionProblem, Award, Bidder, ExclusiveGroup, Offer};
use postroad_model::id::Id;
use postroad_optimization::{Control, mip};

/// Share of a time limit that the prices of a market with rules may take.
const DUAL_SHARE: f64 = 0.3;
/// Share of what is left then that clearing a large market at these prices may take.
const PRICED_SHARE: f64 = 0.5;
/// Rounds of the dual of a market with rules.
const DUAL_ROUNDS: u32 = 500;
/// Largest programme that is tried, and after a search that ends exactly by itself.
const MOST_COLUMNS: usize = 30_000;
const MOST_COLUMNS_LOCAL: usize = 6000;
/// Parts that have nothing in common and are solved soon.
const MOST_COLUMNS_PART: usize = 500;
/// Largest programme of parts that have nothing in common.
const MOST_COLUMNS_APART: usize = 200_000;
/// Share of a time limit that the search of a small market may take.
const SEARCH_SHARE: f64 = 0.1;
/// Rounds of the search for each bid, without a limit of rounds or time.
const ROUNDS_EACH: u64 = 20;

pub(crate) fn determine(
    problem: &AuctionProblem,
    config: &Config,
    control: &Control,
    start: Option<&Award>,
) -> Cleared {
    if !is_local(problem) {
        return clear_ruled(problem, config, control, start);
    }
    let core = Core::new(problem);
    if let Some(pack) = Pack::new(problem, &core) {
        return pack.clear(problem, &core, config, control, start);
    }
    if has_mixed_groups(problem) {
        return clear_ruled(problem, config, control, start);
    }
    // Where prices and options leave part of the market out, or all of its parts are small, the
    // programme has most of the time.
    let (size, of_part) =
        (exact::size(problem), parts::largest(problem, |bid| exact::size_of(problem, bid)));
    let by_programme = !local::is_whole(problem, &core) || of_part <= MOST_COLUMNS_PART;
    let small = if by_programme {
        size <= MOST_COLUMNS || size <= MOST_COLUMNS_APART && of_part <= MOST_COLUMNS
    } else {
        size <= MOST_COLUMNS_LOCAL
    };
    let share = if small && by_programme { SEARCH_SHARE } else { 1.0 };
    let part = control.within(share * control.seconds_left());
    let mut cleared = local::clear(problem, &core, config, &part, start);
    if cleared.gap() > config.gap && small {
        prove(problem, &mut cleared, config, control);
        cleared.proven = cleared.value_micros >= cleared.bound_micros;
    }
    cleared
}

/// Whether there is anything beyond capacities and exclusive groups.
pub(crate) fn has_limits(problem: &AuctionProblem) -> bool {
    !problem.rules.is_empty() || !is_local(problem)
}

/// Whether there is nothing beyond capacities, those that lots share, and exclusive groups.
fn is_local(problem: &AuctionProblem) -> bool {
    core::shared_capacities(problem).is_some()
        && problem.lots.iter().all(|lot| !lot.required)
        && problem.bidders.iter().all(|bidder| *bidder == Bidder::default())
}

/// Whether there is anything beyond capacities and exclusive groups, each bid in one at most.
pub(crate) fn has_rules(problem: &AuctionProblem) -> bool {
    has_limits(problem) || has_mixed_groups(problem)
}

/// Whether a bid is in several groups, or several bids of a group may win and some are schedules.
pub(crate) fn has_mixed_groups(problem: &AuctionProblem) -> bool {
    let mut grouped = vec![false; problem.bids.len()];
    let mut members = problem.groups.iter().flat_map(|group| &group.bids);
    members.any(|bid| std::mem::replace(&mut grouped[bid.index()], true))
        || problem.groups.iter().any(|group| counts_schedules(problem, group))
}

/// Whether several of a group may win and some are schedules, of which each counts once whatever
/// is accepted of it.
pub(crate) fn counts_schedules(problem: &AuctionProblem, group: &ExclusiveGroup) -> bool {
    let is_schedule = |bid| matches!(problem.bids[bid].offer, Offer::Schedule { .. });
    group.at_most > 1 && group.bids.iter().any(|&bid| is_schedule(bid))
}

fn clear_ruled(
    problem: &AuctionProblem,
    config: &Config,
    control: &Control,
    start: Option<&Award>,
) -> Cleared {
    let small = exact::size(problem) <= MOST_COLUMNS;
    let required = problem.lots.iter().any(|lot| lot.required);
    // Where divisible bids alone would meet is close enough to begin with.
    let prices = (!required).then(|| Core::new(problem).curve_prices());
    let part = control.within(DUAL_SHARE * control.seconds_left());
    let dual = ruled_dual::descend(problem, prices.as_deref(), DUAL_ROUNDS, &part);
    let mut bound = dual.bound;
    // Prices of rules say little about who wins anything.
    let (scores, lot_prices, begun) = if required || small && ruled::asks_by_bidder(problem) {
        (dual.scores(), dual.lot_prices(), None)
    } else {
        let share = if small { SEARCH_SHARE } else { PRICED_SHARE };
        let part = control.within(share * control.seconds_left());
        let priced = priced::clear(problem, dual, config, &part, start);
        bound = bound.min(priced.bound);
        (priced.scores, priced.lot_prices, Some(priced.award))
    };
    let timed = control.seconds_left().is_finite();
    let by_size = (!timed).then_some(ROUNDS_EACH * (50 + problem.bids.len() as u64));
    let rounds = config.rounds.or(by_size);
    let share = if small { SEARCH_SHARE } else { 1.0 };
    let part = control.within(share * control.seconds_left());
    let begin = Begin { start: begun.as_ref().or(start), is_priced: begun.is_some() };
    let found = ruled::search(problem, &scores, config.seed, rounds, &part, begin);
    // Far more than the rounding errors of the sums.
    let bound_micros = (bound + 1e-9 * bound.abs() + 1.0).ceil() as i64;
    let mut cleared = Cleared {
        proven: false,
        infeasible: false,
        found: found.award.is_some(),
        value_micros: found.award.as_ref().map_or(0, |award| award.value_micros(problem)),
        award: found.award.unwrap_or_else(|| Award::nothing(problem)),
        bound_micros,
        rounds: found.rounds,
        lot_prices: lot_prices.iter().map(|price| price.round() as i64).collect(),
    };
    if cleared.gap() > config.gap && small {
        prove(problem, &mut cleared, config, control);
    }
    cleared.proven = cleared.found && cleared.value_micros >= cleared.bound_micros;
    cleared
}

/// Solves the market exactly, as far as time allows.
fn prove(problem: &AuctionProblem, cleared: &mut Cleared, config: &Config, control: &Control) {
    let market = Exact::new(problem, false);
    let start = cleared.found.then(|| market.point(&cleared.award));
    let solved =
        mip::solve(&market.mip, &market.effort(config.rounds, control), control, start.as_deref());
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

//! Clearing, and the check of what the kernel claims before anybody hears of it.

use postroad_auction::{Cleared, Config, PaymentRule, Priced};
use postroad_formats::auction::Market;
use postroad_model::auction::{AuctionProblem, Award, Lot};
use postroad_model::{IdVec, LotId};
use postroad_optimization::Control;
use serde::Serialize;

use crate::args::RunArgs;
use crate::failure::Failure;

/// The kernel's settings from the command line.
pub(crate) fn config(run: &RunArgs) -> Config {
    Config {
        seed: run.seed,
        rounds: run.rounds.map(u64::from),
        gap: run.gap.unwrap_or(0.0),
        threads: run.threads(),
    }
}

/// Clears and recomputes: the award keeps every rule and is worth what is told. It is a failure
/// if there is no award.
pub(crate) fn clear(
    market: &Market,
    config: &Config,
    control: &Control,
    start: Option<&Award>,
) -> Result<Cleared, Failure> {
    try_clear(market, config, control, start)?.ok_or_else(|| {
        Failure::Negative(format!(
            "no award keeps all rules of `{}`{}\n  hint: leave out a rule in a scenario, with \
             without_rules",
            market.names.market,
            in_conflict(
                &market.problem,
                |rule| format!("`{}`", market.names.rules[rule]),
                |lot| market.names.lots[lot].to_string(),
                control,
            )
        ))
    })
}

/// Most lots that are named when they must be awarded whole and cannot be.
const MOST_NAMED: usize = 10;

/// Why no award keeps the rules, in words, with a semicolon in front; nothing if that cannot be
/// proven. Rules are named by position.
pub(crate) fn in_conflict(
    problem: &AuctionProblem,
    rule: impl Fn(usize) -> String,
    lot: impl Fn(LotId) -> String,
    control: &Control,
) -> String {
    let short = offered_too_little(problem);
    let (why, rules, lots) = match postroad_auction::conflict(problem, control) {
        _ if !short.is_empty() => ("too little is offered for", Vec::new(), short),
        None => return String::new(),
        Some(found) => {
            ("in conflict, though not without any one of them:", found.rules, found.lots)
        }
    };
    let rules = rules.into_iter().map(|at| format!("rule {}", rule(at)));
    let named = lots.iter().take(MOST_NAMED).map(|&at| format!("required lot `{}`", lot(at)));
    let mut named: Vec<String> = rules.chain(named).collect();
    if lots.len() > MOST_NAMED {
        named.push(format!("{} more required lots", lots.len() - MOST_NAMED));
    }
    format!("; {why} {}", named.join(", "))
}

/// Required lots that no award fills, since all bids together do not.
fn offered_too_little(problem: &AuctionProblem) -> Vec<LotId> {
    let mut offered: IdVec<LotId, u64> = vec![0; problem.lots.len()].into();
    for bid in problem.bids.ids() {
        for item in problem.taken(bid, problem.most_eligible(bid)) {
            offered[item.lot] += u64::from(item.parcels);
        }
    }
    let is_short = |(id, lot): (LotId, &Lot)| {
        (lot.required && offered[id] < u64::from(lot.parcels_per_day)).then_some(id)
    };
    problem.lots.iter_ids().filter_map(is_short).collect()
}

/// As [`clear`]; none if no award keeps the rules.
pub(crate) fn try_clear(
    market: &Market,
    config: &Config,
    control: &Control,
    start: Option<&Award>,
) -> Result<Option<Cleared>, Failure> {
    let cleared = postroad_auction::clear(&market.problem, config, control, start);
    if cleared.infeasible {
        return Ok(None);
    }
    if !cleared.found {
        return Err(Failure::Negative(
            "no award was found that keeps all rules, and none is proven not to exist\n  hint: give \
             it more time with --time-limit, or leave out a rule in a scenario"
                .into(),
        ));
    }
    check(&market.problem, &cleared)?;
    Ok(Some(cleared))
}

/// What the lottery between equally good awards came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Lottery {
    /// Equally good awards found, the one drawn among them.
    pub(crate) equally_good: usize,
    /// Whether they are proven to be all.
    pub(crate) complete: bool,
}

/// Puts the award that the tickets draw in the place of one that is proven and as good.
pub(crate) fn draw(
    market: &Market,
    cleared: &mut Cleared,
    control: &Control,
) -> Result<Lottery, Failure> {
    let drawn = postroad_auction::draw(&market.problem, cleared, control);
    cleared.award = drawn.award;
    check(&market.problem, cleared)?;
    Ok(Lottery { equally_good: drawn.equals, complete: drawn.complete })
}

/// Payments for an award, which nobody is worse off by than by its bids.
pub(crate) fn price(
    market: &Market,
    cleared: &Cleared,
    rule: PaymentRule,
    config: &Config,
    control: &Control,
) -> Result<Priced, Failure> {
    let priced = postroad_auction::price(&market.problem, &cleared.award, rule, config, control);
    match priced.payments.faults(&market.problem, &cleared.award).first() {
        Some(fault) => Err(Failure::Negative(format!("the payments are wrong: {fault:?}"))),
        None => Ok(priced),
    }
}

/// Recomputes what the kernel claims.
pub(crate) fn check(problem: &AuctionProblem, cleared: &Cleared) -> Result<(), Failure> {
    let wrong = |what: String| Err(Failure::Negative(what));
    if let Some(broken) = cleared.award.violations(problem).first() {
        return wrong(format!("the award breaks a rule: {broken:?}"));
    }
    let value = cleared.award.value_micros(problem);
    if value != cleared.value_micros {
        let told = cleared.value_micros;
        return wrong(format!("the award is worth {value} micros, the kernel said {told}"));
    }
    if cleared.bound_micros < value {
        let bound = cleared.bound_micros;
        return wrong(format!("the bound of {bound} micros is below the value {value}"));
    }
    Ok(())
}

//! How should the operator sell? Bidders drawn from value models bid in every format and under
//! every payment rule; what comes of it is compared over several draws.
//!
//! What bidders do is assumed, not derived: where they pay what they bid they shade all bids by a
//! given share; under all other rules they bid what parcels are worth to them.

use postroad_auction::{Config, PaymentRule};
use postroad_formats::auction::{Market, ValueModel};
use postroad_model::auction::{AuctionProblem, Offer};
use postroad_optimization::Control;
use serde::Serialize;

use super::clear;
use super::values::{Unit, draw};
use crate::failure::Failure;

/// What is compared: whether packages are allowed, and the payment rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) packages: bool,
    pub(crate) rule: PaymentRule,
    pub(crate) name: &'static str,
}

/// What to simulate.
pub(crate) struct Plan<'a> {
    pub(crate) units: &'a [Unit],
    pub(crate) models: &'a [ValueModel],
    pub(crate) seeds: std::ops::Range<u64>,
    /// What bidders take off where they pay what they bid.
    pub(crate) shade: f64,
    pub(crate) ways: &'a [Way],
}

/// Means over all draws.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Compared {
    pub(crate) packages: bool,
    pub(crate) rule: &'static str,
    pub(crate) draws: u64,
    /// Payments of all winners over the term, in dollars.
    pub(crate) revenue_usd: f64,
    /// What the award is worth to the bidders and the operator, over the best there is.
    pub(crate) efficiency: f64,
    pub(crate) winners: f64,
    /// Share of the awarded parcels that bidders marked small get.
    pub(crate) small_share: f64,
    /// Share of the parcels on offer that are awarded.
    pub(crate) awarded_share: f64,
    /// Draws in which every solve was proven.
    pub(crate) exact_draws: u64,
}

/// Draws, clears, prices and adds up.
pub(crate) fn simulate(
    plan: &Plan,
    config: &Config,
    control: &Control,
    done: impl Fn(u64),
) -> Result<Vec<Compared>, Failure> {
    let draws = plan.seeds.end - plan.seeds.start;
    let mut sums: Vec<Compared> =
        (plan.ways.iter()).map(|way| Compared::none(way, draws)).collect();
    let solves = plan.ways.len() as u64 + 1;
    let mut left = draws * solves;
    for seed in plan.seeds.clone() {
        let market = draw(plan.units, plan.models, seed);
        let mut part = || {
            left -= 1;
            control.within(control.seconds_left() / (left + 1) as f64)
        };
        let best = clear::clear(&market, config, &part(), None)?;
        for (way, sum) in plan.ways.iter().zip(&mut sums) {
            sum.add(&market, best.value_micros, best.proven, way, plan.shade, config, &part())?;
        }
        done(seed);
    }
    sums.iter_mut().for_each(|sum| sum.divide(draws as f64));
    Ok(sums)
}

impl Compared {
    fn none(way: &Way, draws: u64) -> Self {
        let Way { packages, name: rule, .. } = *way;
        let (revenue_usd, efficiency, winners) = Default::default();
        let (small_share, awarded_share, exact_draws) = Default::default();
        Self {
            packages,
            rule,
            draws,
            revenue_usd,
            efficiency,
            winners,
            small_share,
            awarded_share,
            exact_draws,
        }
    }

    fn add(
        &mut self,
        market: &Market,
        best_micros: i64,
        best_proven: bool,
        way: &Way,
        shade: f64,
        config: &Config,
        control: &Control,
    ) -> Result<(), Failure> {
        let shade = if way.rule == PaymentRule::AsBid { shade } else { 0.0 };
        let problem = as_bid(&market.problem, shade, way.packages);
        let bids = Market { problem, ..market.clone() };
        let half = control.within(control.seconds_left() / 2.0);
        let cleared = clear::clear(&bids, config, &half, None)?;
        let priced = clear::price(&bids, &cleared, way.rule, config, control)?;
        let (mut offered, mut awarded, mut small) = (0, 0, 0);
        offered += market.problem.lots.iter().map(|l| u64::from(l.parcels_per_day)).sum::<u64>();
        let mut winners = vec![false; market.problem.bidders.len()];
        for (bid, accepted) in cleared.award.winning() {
            let bidder = market.problem.bids[bid].bidder;
            let items = market.problem.taken(bid, accepted);
            let parcels: u64 = items.map(|item| u64::from(item.parcels)).sum();
            awarded += parcels;
            small += if market.bidders[bidder].small { parcels } else { 0 };
            winners[bidder.0 as usize] = true;
        }
        let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
        let value = cleared.award.value_micros(&market.problem);
        self.revenue_usd += priced.payments.total_micros() as f64 / 1e6;
        self.efficiency += value as f64 / (best_micros.max(1)) as f64;
        self.winners += winners.iter().filter(|&&wins| wins).count() as f64;
        self.small_share += share(small, awarded);
        self.awarded_share += share(awarded, offered);
        self.exact_draws += u64::from(best_proven && cleared.proven && priced.exact);
        Ok(())
    }

    fn divide(&mut self, draws: f64) {
        let sums = [
            &mut self.revenue_usd,
            &mut self.efficiency,
            &mut self.winners,
            &mut self.small_share,
            &mut self.awarded_share,
        ];
        sums.into_iter().for_each(|sum| *sum /= draws.max(1.0));
    }
}

/// Values as bids: shaded, and with packages that no reserve price lets win where only single
/// lots are sold.
fn as_bid(values: &AuctionProblem, shade: f64, packages: bool) -> AuctionProblem {
    let mut problem = values.clone();
    let kept = |micros: i64| (micros as f64 * (1.0 - shade)).round() as i64;
    problem.steps.iter_mut().for_each(|step| step.price_micros = kept(step.price_micros));
    for bid in problem.bids.as_mut_slice() {
        if let Offer::Package { amount_micros, .. } = &mut bid.offer {
            *amount_micros = if packages { kept(*amount_micros) } else { 0 };
        }
    }
    problem
}

//! A market with rules, cleared at the prices of these rules: what a bid takes of a limit is
//! charged to its gain. What is left is a market of capacities and exclusive groups alone, for
//! which the search is good. Its award is a start for the search that keeps every rule, and its
//! bound, with what the limits bring in at their prices, is one of the market (Geoffrion 1974).

use crate::core::Core;
use crate::ruled_dual::RuledDual;
use crate::winners::counts_schedules;
use crate::{Cleared, Config, local};
use postroad_model::auction::{
    AuctionProblem, Award, Bidder, ExclusiveGroup, Lot, Offer, Rule, Side, Step,
};
use postroad_model::{BidId, id::Id};
use postroad_optimization::Control;

/// What clearing at the prices of rules found.
pub(crate) struct Priced {
    /// The award; it may break rules.
    pub(crate) award: Award,
    /// No award that keeps the rules is worth more.
    pub(crate) bound: f64,
    /// Gain of each bid for each parcel beyond the prices of everything it takes.
    pub(crate) scores: Vec<f64>,
    /// Prices of lots in micros for a daily parcel over the term.
    pub(crate) lot_prices: Vec<f64>,
}

/// Clears the market at the prices of its rules; lots need not be awarded whole.
pub(crate) fn clear(
    problem: &AuctionProblem,
    mut dual: RuledDual<'_>,
    config: &Config,
    control: &Control,
    start: Option<&Award>,
) -> Priced {
    let kept = kept_capacities(problem);
    dual.without_lots(&kept);
    let market = charged(problem, &dual, &kept);
    let core = Core::new(&market);
    let cleared = local::clear(&market, &core, config, control, start);
    let scores = market.bids.ids().map(|bid| score(&market, &cleared, bid)).collect();
    Priced {
        award: cleared.award,
        bound: cleared.bound_micros as f64 + dual.income(),
        scores,
        lot_prices: cleared.lot_prices.iter().map(|&price| price as f64).collect(),
    }
}

/// Rules on capacities of lots that have none yet: these are kept as they are.
fn kept_capacities(problem: &AuctionProblem) -> Vec<usize> {
    let mut is_shared = vec![false; problem.lots.len()];
    let mut keeps = |rule: &Rule| {
        let Rule::SharedCapacity { lots, most_parcels } = rule else { return false };
        let lots = &problem.lot_sets[*lots];
        let is_new = lots.iter().all(|lot| !is_shared[lot.index()]);
        if is_new && u32::try_from(*most_parcels).is_ok() {
            lots.iter().for_each(|lot| is_shared[lot.index()] = true);
            return true;
        }
        false
    };
    let mut order: Vec<usize> = (0..problem.rules.len()).collect();
    // Where lots have several, the capacities of fewest lots are the most often full.
    let size = |&rule: &usize| problem.lot_sets[crate::ledger::lots_of(&problem.rules[rule])].len();
    order.sort_by_key(size);
    let mut kept: Vec<usize> =
        order.into_iter().filter(|&rule| keeps(&problem.rules[rule])).collect();
    kept.sort_unstable();
    kept
}

/// The market with what its rules charge taken off all gains, as a sale over one day.
fn charged(problem: &AuctionProblem, dual: &RuledDual<'_>, kept: &[usize]) -> AuctionProblem {
    let lot = |lot: &Lot| Lot {
        days: 1,
        reserve_micros: None,
        opportunity_micros: 0,
        required: false,
        ..lot.clone()
    };
    let mut market = AuctionProblem {
        side: Side::Selling,
        lots: problem.lots.iter().map(lot).collect(),
        lot_sets: problem.lot_sets.clone(),
        bidders: vec![Bidder::default(); problem.bidders.len()].into(),
        groups: plain_groups(problem),
        rules: kept.iter().map(|&rule| problem.rules[rule].clone()).collect(),
        ..AuctionProblem::default()
    };
    for (id, bid) in problem.bids.iter_ids() {
        let worth = |accepted: u32| dual.surplus(id, accepted);
        match bid.offer {
            Offer::Package { .. } => {
                let amount = if dual.most(id) > 0 { worth(1).ceil() as i64 } else { 0 };
                market.push_package(bid.bidder, bid.ticket, problem.items(id), amount);
            }
            Offer::Schedule { lot, least_parcels, .. } => {
                let steps = charged_steps(problem, dual, id);
                let least = if steps.is_empty() { 0 } else { least_parcels };
                market.push_schedule(bid.bidder, bid.ticket, lot, least, &steps);
            }
        }
    }
    market
}

/// The steps of a schedule as far as it could win alone; a price may be below 0.
fn charged_steps(problem: &AuctionProblem, dual: &RuledDual<'_>, bid: BidId) -> Vec<Step> {
    let mut from = 0;
    let mut steps = Vec::new();
    for step in problem.steps(bid) {
        let to = from + step.parcels.min(dual.most(bid) - from);
        if to > from {
            let worth = dual.surplus(bid, to) - dual.surplus(bid, from);
            let price_micros = (worth / f64::from(to - from)).ceil() as i64;
            steps.push(Step { parcels: to - from, price_micros });
        }
        from = to;
    }
    steps
}

/// The groups that a market without rules may have: each bid in one, and schedules in those only
/// of which one bid may win.
fn plain_groups(problem: &AuctionProblem) -> Vec<ExclusiveGroup> {
    let mut grouped = vec![false; problem.bids.len()];
    let mut groups = Vec::new();
    for group in problem.groups.iter().filter(|group| !counts_schedules(problem, group)) {
        let is_new = |bid: &BidId| !std::mem::replace(&mut grouped[bid.index()], true);
        let bids: Vec<BidId> = group.bids.iter().copied().filter(is_new).collect();
        if bids.len() > group.at_most as usize {
            groups.push(ExclusiveGroup { bids, ..group.clone() });
        }
    }
    groups
}

/// What a bid is worth for each parcel beyond the prices of its lots.
fn score(market: &AuctionProblem, cleared: &Cleared, bid: BidId) -> f64 {
    let most = market.most_accepted(bid);
    let items = || market.taken(bid, most);
    let parcels: f64 = items().map(|item| f64::from(item.parcels)).sum();
    let charge: f64 =
        items().map(|item| cleared.lot_prices[item.lot] as f64 * f64::from(item.parcels)).sum();
    (market.gain_micros(bid, most) as f64 - charge) / parcels.max(1.0)
}

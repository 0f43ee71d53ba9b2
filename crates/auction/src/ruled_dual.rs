//! The bound of a market with rules: a Lagrangian dual in which each bidder decides by itself.
//!
//! Lots, shared capacities, shares, budgets and volumes have prices. At these each bidder takes
//! what is worth more than it costs, or stays out; what it must take at least and may take at
//! most counts only if it takes part, and only as many take part as may win. That is the bound of
//! the strong linear relaxation, in which no bid wins more than its bidder does.
//! Prices follow averaged subgradients, each in its own unit and against its usual size.

use crate::ledger::{Ledger, rules_by_lot};
use postroad_model::auction::{AuctionProblem, Offer, Rule};
use postroad_model::{BidId, BidderId, IdVec, LotId, id::Id};
use postroad_optimization::Control;

/// Shares of the present round in the averages of slacks and of their squares.
const FRESH: f64 = 0.2;
const FRESH_SQUARE: f64 = 0.1;
/// First and last step, in units of each price.
const FIRST_STEP: f64 = 1.0;
const LAST_STEP: f64 = 0.001;

/// Prices of lots in micros for a daily parcel over the term, and the bound.
pub(crate) struct RuledDual {
    pub(crate) lot_prices: Vec<f64>,
    pub(crate) bound: f64,
}

/// A limit with a price.
struct Limit {
    /// What a unit of the price is; 0 if there is no such limit, and its price stays at 0.
    unit: f64,
    /// Whether the price may be below 0, as that of an equation.
    free: bool,
    /// The limit itself where it does not depend on whether a bidder takes part.
    most: f64,
}

/// Where the prices of each kind begin.
struct Layout {
    bidder_most: usize,
    bidder_least: usize,
    budget: usize,
    bids: usize,
    /// First price of each rule: one, or one for each bidder, or most and least.
    rule: Vec<usize>,
}

/// What a bidder does if it takes part.
struct Choice {
    /// What that is worth beyond all prices.
    surplus: f64,
    /// The bids it wins, with what is accepted of each.
    bids: Vec<(BidId, u32)>,
}

struct Relaxation<'a> {
    problem: &'a AuctionProblem,
    layout: Layout,
    limits: Vec<Limit>,
    rules_of: Vec<Vec<u32>>,
    /// Where the prices of each rule on shares begin, and the most parcels it allows.
    shares: Vec<(usize, f64)>,
    bids_of: Vec<Vec<BidId>>,
    /// The most of each bid that could win if it were the only one.
    most: Vec<u32>,
    group_of: Vec<u32>,
    /// The most bidders that may win, if a rule on all lots says so.
    most_winners: usize,
    prices: Vec<f64>,
    /// Limit less use of each price at the present choice.
    slack: Vec<f64>,
    average: Vec<Average>,
}

/// Of the slacks of a limit over rounds.
#[derive(Clone, Copy, Default)]
struct Average {
    mean: f64,
    square: f64,
}

impl<'a> Relaxation<'a> {
    fn new(problem: &'a AuctionProblem) -> Self {
        let alone = Ledger::new(problem);
        let most: Vec<u32> = problem.bids.ids().map(|bid| alone.room(bid)).collect();
        let mut bids_of = vec![Vec::new(); problem.bidders.len()];
        for (id, bid) in problem.bids.iter_ids().filter(|(id, _)| most[id.index()] > 0) {
            bids_of[bid.bidder.index()].push(id);
        }
        let mut group_of = vec![u32::MAX; problem.bids.len()];
        for (index, group) in problem.groups.iter().enumerate() {
            for bid in &group.bids {
                group_of[bid.index()] = index as u32;
            }
        }
        let (layout, limits) = limits(problem);
        let share = |(rule, &first): (&Rule, &usize)| match rule {
            Rule::BidderShare { most_parcels, .. } => Some((first, *most_parcels as f64)),
            _ => None,
        };
        let shares = problem.rules.iter().zip(&layout.rule).filter_map(share).collect();
        let prices = vec![0.0; limits.len()];
        Self {
            problem,
            layout,
            average: vec![Average::default(); limits.len()],
            slack: prices.clone(),
            prices,
            limits,
            rules_of: rules_by_lot(problem),
            shares,
            bids_of,
            most,
            group_of,
            most_winners: most_winners(problem),
        }
    }

    /// The price of a parcel of a lot for a bidder.
    fn price(&self, lot: LotId, bidder: BidderId) -> f64 {
        let layout = &self.layout;
        let mut price = self.prices[lot.index()] + self.prices[layout.bidder_most + bidder.index()]
            - self.prices[layout.bidder_least + bidder.index()];
        for &rule in &self.rules_of[lot.index()] {
            let first = layout.rule[rule as usize];
            price += match &self.problem.rules[rule as usize] {
                Rule::SharedCapacity { .. } => self.prices[first],
                Rule::BidderShare { .. } => self.prices[first + bidder.index()],
                Rule::GroupVolume { bidders, .. } if bidders.binary_search(&bidder).is_ok() => {
                    self.prices[first] - self.prices[first + 1]
                }
                Rule::GroupVolume { .. } | Rule::Winners { .. } => 0.0,
            };
        }
        price
    }

    /// What accepting so much of a bid is worth beyond all prices.
    fn surplus(&self, bid: BidId, accepted: u32) -> f64 {
        let problem = self.problem;
        let bidder = problem.bids[bid].bidder;
        let parcels = problem.taken(bid, accepted);
        let charge: f64 = parcels.map(|i| self.price(i.lot, bidder) * f64::from(i.parcels)).sum();
        let budget = self.prices[self.layout.budget + bidder.index()];
        problem.gain_micros(bid, accepted) as f64
            - charge
            - budget * problem.amount_micros(bid, accepted) as f64
            - self.prices[self.layout.bids + bidder.index()]
    }

    /// The best of a bid, if it is worth anything.
    fn best(&self, bid: BidId) -> Option<(f64, u32)> {
        let problem = self.problem;
        let most = self.most[bid.index()];
        let mut best = (0.0, 0);
        let mut consider = |accepted: u32| {
            let surplus = self.surplus(bid, accepted);
            if surplus > best.0 {
                best = (surplus, accepted);
            }
        };
        match problem.bids[bid].offer {
            Offer::Package { .. } => consider(1),
            Offer::Schedule { least_parcels, .. } => {
                consider(least_parcels.max(1));
                let mut end = 0;
                for step in problem.steps(bid) {
                    end += step.parcels;
                    if end.min(most) > least_parcels.max(1) {
                        consider(end.min(most));
                    }
                }
            }
        }
        (best.1 > 0).then_some(best)
    }

    /// What a bidder would take at the present prices.
    fn choice(&self, bidder: BidderId) -> Choice {
        let mut chosen = Vec::new();
        let mut grouped: Vec<(u32, f64, BidId, u32)> = Vec::new();
        let mut total = 0.0;
        for &bid in &self.bids_of[bidder.index()] {
            let Some((surplus, accepted)) = self.best(bid) else { continue };
            let group = self.group_of[bid.index()];
            if group == u32::MAX {
                total += surplus;
                chosen.push((bid, accepted));
            } else {
                grouped.push((group, surplus, bid, accepted));
            }
        }
        grouped.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
        for of_group in grouped.chunk_by(|a, b| a.0 == b.0) {
            let most = self.problem.groups[of_group[0].0 as usize].at_most as usize;
            for &(_, surplus, bid, accepted) in of_group.iter().take(most) {
                total += surplus;
                chosen.push((bid, accepted));
            }
        }
        Choice { surplus: total + self.for_taking_part(bidder), bids: chosen }
    }

    /// What limits that a bidder has only if it takes part add to its surplus.
    fn for_taking_part(&self, bidder: BidderId) -> f64 {
        let limits = &self.problem.bidders[bidder];
        let (layout, at) = (&self.layout, bidder.index());
        let mut sum = -self.prices[layout.bidder_least + at] * limits.least_parcels as f64;
        if let Some(most) = limits.most_parcels {
            sum += self.prices[layout.bidder_most + at] * most as f64;
        }
        if let Some(budget) = limits.budget_micros {
            sum += self.prices[layout.budget + at] * budget as f64;
        }
        if let Some(most) = limits.most_bids {
            sum += self.prices[layout.bids + at] * f64::from(most);
        }
        sum + self.shares.iter().map(|&(first, most)| self.prices[first + at] * most).sum::<f64>()
    }

    /// The bound at the present prices; notes the slack of every limit.
    fn value(&mut self) -> f64 {
        let mut bound = 0.0;
        for (at, limit) in self.limits.iter().enumerate() {
            self.slack[at] = limit.most;
            bound += limit.most * self.prices[at];
        }
        let ids = self.problem.bidders.ids();
        let mut choices: Vec<(BidderId, Choice)> = ids
            .map(|bidder| (bidder, self.choice(bidder)))
            .filter(|(_, c)| c.surplus > 0.0)
            .collect();
        choices.sort_by(|a, b| b.1.surplus.total_cmp(&a.1.surplus).then(a.0.cmp(&b.0)));
        choices.truncate(self.most_winners);
        for (bidder, choice) in choices {
            bound += choice.surplus;
            self.note(bidder, &choice.bids);
        }
        bound
    }

    fn note(&mut self, bidder: BidderId, chosen: &[(BidId, u32)]) {
        let at = bidder.index();
        let limits = &self.problem.bidders[bidder];
        let layout = &self.layout;
        self.slack[layout.bidder_least + at] -= limits.least_parcels as f64;
        self.slack[layout.bidder_most + at] += limits.most_parcels.unwrap_or(0) as f64;
        self.slack[layout.budget + at] += limits.budget_micros.unwrap_or(0) as f64;
        self.slack[layout.bids + at] += f64::from(limits.most_bids.unwrap_or(0));
        for &(first, most) in &self.shares {
            self.slack[first + at] += most;
        }
        for &(bid, accepted) in chosen {
            self.slack[self.layout.bids + at] -= 1.0;
            self.slack[self.layout.budget + at] -= self.problem.amount_micros(bid, accepted) as f64;
            for item in self.problem.taken(bid, accepted) {
                self.note_item(item.lot, f64::from(item.parcels), bidder);
            }
        }
    }

    fn note_item(&mut self, lot: LotId, parcels: f64, bidder: BidderId) {
        let layout = &self.layout;
        self.slack[lot.index()] -= parcels;
        self.slack[layout.bidder_most + bidder.index()] -= parcels;
        self.slack[layout.bidder_least + bidder.index()] += parcels;
        for &rule in &self.rules_of[lot.index()] {
            let first = layout.rule[rule as usize];
            match &self.problem.rules[rule as usize] {
                Rule::SharedCapacity { .. } => self.slack[first] -= parcels,
                Rule::BidderShare { .. } => self.slack[first + bidder.index()] -= parcels,
                Rule::GroupVolume { bidders, .. } if bidders.binary_search(&bidder).is_ok() => {
                    self.slack[first] -= parcels;
                    self.slack[first + 1] += parcels;
                }
                Rule::GroupVolume { .. } | Rule::Winners { .. } => {}
            }
        }
    }

    /// New prices, against the averaged slack, each in its own unit: how large slacks are does not
    /// matter, only how often they point the same way (as in the method of Kingma and Ba 2015).
    fn step(&mut self, step: f64) {
        for (at, limit) in self.limits.iter().enumerate().filter(|(_, limit)| limit.unit > 0.0) {
            let (slack, average) = (self.slack[at], &mut self.average[at]);
            average.mean += FRESH * (slack - average.mean);
            average.square += FRESH_SQUARE * (slack * slack - average.square);
            let size = average.square.sqrt().max(f64::MIN_POSITIVE);
            let price = self.prices[at] - step * limit.unit * average.mean / size;
            self.prices[at] = if limit.free { price } else { price.max(0.0) };
        }
    }
}

/// The limits in the order of [`Layout`].
fn limits(problem: &AuctionProblem) -> (Layout, Vec<Limit>) {
    let price = usual_price(problem);
    let days = problem.lots.iter().map(|lot| lot.days).max().unwrap_or(1);
    // A price of volumes is one of lots: of a daily parcel over the term.
    let volume = |most: f64| Limit { unit: price * f64::from(days), free: false, most };
    let none = || Limit { unit: 0.0, free: false, most: 0.0 };
    let mut limits: Vec<Limit> = (problem.lots.iter())
        .map(|lot| {
            let most = f64::from(lot.parcels_per_day);
            Limit { unit: price * f64::from(lot.days), free: lot.required, most }
        })
        .collect();
    let bidder_most = limits.len();
    let of = |b: &postroad_model::auction::Bidder| b.most_parcels.map(|_| volume(0.0));
    limits.extend(problem.bidders.iter().map(|b| of(b).unwrap_or_else(none)));
    let bidder_least = limits.len();
    limits.extend(problem.bidders.iter().map(|bidder| match bidder.least_parcels {
        0 => none(),
        _ => volume(0.0),
    }));
    let budget = limits.len();
    limits.extend(problem.bidders.iter().map(|bidder| match bidder.budget_micros {
        None => none(),
        Some(_) => Limit { unit: 1.0, free: false, most: 0.0 },
    }));
    let bids = limits.len();
    limits.extend(problem.bidders.iter().map(|bidder| match bidder.most_bids {
        None => none(),
        Some(_) => Limit { unit: 100.0 * price * f64::from(days), free: false, most: 0.0 },
    }));
    let mut rule_starts = Vec::new();
    for rule in &problem.rules {
        rule_starts.push(limits.len());
        match rule {
            Rule::SharedCapacity { most_parcels, .. } => {
                limits.push(volume(*most_parcels as f64));
            }
            Rule::BidderShare { .. } => {
                limits.extend(problem.bidders.iter().map(|_| volume(0.0)));
            }
            Rule::GroupVolume { least_parcels, most_parcels, .. } => {
                limits.push(most_parcels.map_or_else(none, |most| volume(most as f64)));
                let least = -(*least_parcels as f64);
                limits.push(if least < 0.0 { volume(least) } else { none() });
            }
            Rule::Winners { .. } => {}
        }
    }
    let layout = Layout { bidder_most, bidder_least, budget, bids, rule: rule_starts };
    (layout, limits)
}

/// A tenth of the mean price of a parcel and day.
fn usual_price(problem: &AuctionProblem) -> f64 {
    let mut sum = (0.0, 0.0);
    for bid in problem.bids.ids() {
        let most = problem.most_eligible(bid);
        let volume = |i: postroad_model::auction::Item| {
            f64::from(i.parcels) * f64::from(problem.lots[i.lot].days)
        };
        sum.0 += problem.amount_micros(bid, most) as f64;
        sum.1 += problem.taken(bid, most).map(volume).sum::<f64>();
    }
    (0.1 * sum.0 / sum.1.max(1.0)).max(1e-6)
}

/// The most winners that rules on all lots allow.
pub(crate) fn most_winners(problem: &AuctionProblem) -> usize {
    let of = |rule: &Rule| match rule {
        Rule::Winners { lots, most: Some(most), .. }
            if problem.lot_sets[*lots].len() == problem.lots.len() =>
        {
            Some(*most as usize)
        }
        _ => None,
    };
    problem.rules.iter().filter_map(of).min().unwrap_or(usize::MAX)
}

/// Descends for `rounds`, or until `control` is over, from prices of lots if there are any.
pub(crate) fn descend(
    problem: &AuctionProblem,
    from: Option<&IdVec<LotId, i64>>,
    rounds: u32,
    control: &Control,
) -> RuledDual {
    let mut relaxation = Relaxation::new(problem);
    let lots = problem.lots.len();
    let from = from.map_or(&[][..], IdVec::as_slice);
    for (price, &from) in relaxation.prices.iter_mut().zip(from) {
        *price = from as f64;
    }
    let mut best = (relaxation.value(), relaxation.prices.clone());
    let seconds = control.seconds_left();
    for round in 0..rounds {
        if control.is_over() {
            break;
        }
        // Without a time limit that is not a number, which the greater of two ignores.
        let by_time = 1.0 - control.seconds_left() / seconds;
        let share = (f64::from(round) / f64::from(rounds)).max(by_time);
        relaxation.step(FIRST_STEP * (LAST_STEP / FIRST_STEP).powf(share.min(1.0)));
        let bound = relaxation.value();
        if bound < best.0 {
            best.0 = bound;
            best.1.copy_from_slice(&relaxation.prices);
        }
    }
    best.1.truncate(lots);
    RuledDual { lot_prices: best.1, bound: best.0 }
}

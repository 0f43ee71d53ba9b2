//! The bound of a market with rules: a Lagrangian dual in which each bidder decides by itself.
//!
//! Lots, shared capacities, shares, budgets and volumes have prices. At these each bidder takes
//! what is worth more than it costs, or stays out; what it must take at least and may take at
//! most counts only if it takes part, and only as many take part as may win. That is the bound of
//! the strong linear relaxation, in which no bid wins more than its bidder does.
//! Prices follow averaged subgradients, each in its own unit and against its usual size.

use crate::ledger::{Ledger, lots_of};
use crate::offers::Offers;
use postroad_model::auction::{AuctionProblem, Rule};
use postroad_model::{BidId, BidderId, id::Id};
use postroad_optimization::Control;

/// Shares of the present round in the averages of slacks and of their squares.
const FRESH: f64 = 0.2;
const FRESH_SQUARE: f64 = 0.1;
/// First and last step, in units of each price.
const FIRST_STEP: f64 = 1.0;
const LAST_STEP: f64 = 0.001;

/// Prices of everything that is limited, and the bound at them.
pub(crate) struct RuledDual<'a> {
    relaxation: Relaxation<'a>,
    /// Of each bidder.
    particular: Vec<Particular>,
    pub(crate) bound: f64,
}

impl RuledDual<'_> {
    /// Prices of lots in micros for a daily parcel over the term.
    pub(crate) fn lot_prices(&self) -> Vec<f64> {
        self.relaxation.prices[..self.relaxation.problem.lots.len()].to_vec()
    }

    /// What accepting so much of a bid is worth beyond all prices.
    pub(crate) fn surplus(&self, bid: BidId, accepted: u32) -> f64 {
        let bidder = self.relaxation.problem.bids[bid].bidder;
        self.relaxation.surplus(bid, accepted, &self.particular[bidder.index()])
    }

    /// What each bid at its full size is worth for each parcel beyond all prices.
    pub(crate) fn scores(&self) -> Vec<f64> {
        let problem = self.relaxation.problem;
        let score = |bid| {
            let most = problem.most_eligible(bid);
            let items = problem.taken(bid, most).map(|item| f64::from(item.parcels));
            self.surplus(bid, most) / items.sum::<f64>().max(1.0)
        };
        problem.bids.ids().map(score).collect()
    }

    /// The most of a bid that could win if it were the only one.
    pub(crate) fn most(&self, bid: BidId) -> u32 {
        self.relaxation.most[bid.index()]
    }

    /// Takes the prices of lots and of these rules on shared capacities away.
    pub(crate) fn without_lots(&mut self, rules: &[usize]) {
        let lots = self.relaxation.problem.lots.len();
        self.relaxation.prices[..lots].fill(0.0);
        for &rule in rules {
            self.relaxation.prices[self.relaxation.layout.rule[rule]] = 0.0;
        }
        self.relaxation.refresh();
    }

    /// No award is worth more in which a bidder wins nothing.
    pub(crate) fn bound_without(&self, away: BidderId) -> f64 {
        let relaxation = &self.relaxation;
        let others = relaxation.problem.bidders.ids().filter(|&bidder| bidder != away);
        let mut surpluses: Vec<f64> =
            others.map(|bidder| relaxation.choice(bidder).surplus.max(0.0)).collect();
        surpluses.sort_by(|a, b| b.total_cmp(a));
        relaxation.fixed_income() + surpluses.iter().take(relaxation.most_winners).sum::<f64>()
    }

    /// The most that the limits can bring in at their prices, whoever takes part.
    pub(crate) fn income(&self) -> f64 {
        let relaxation = &self.relaxation;
        let most = |bidder| relaxation.for_taking_part(bidder).max(0.0);
        relaxation.fixed_income() + relaxation.problem.bidders.ids().map(most).sum::<f64>()
    }
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

/// What a parcel costs a bidder beyond what it costs all.
struct Particular {
    /// Under each rule that charges bidders differently.
    rules: Vec<f64>,
    /// Wherever it is.
    everywhere: f64,
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
    /// Rules that charge bidders differently, with their first price.
    particular: Vec<(u32, usize)>,
    /// Which of these look at each lot, but those that look at all.
    rules_of: Vec<Vec<u32>>,
    /// Which of these look at all lots.
    everywhere: Vec<u32>,
    offers: Offers,
    /// What a parcel of each lot costs every bidder.
    for_all: Vec<f64>,
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
        let differs =
            |rule: &Rule| matches!(rule, Rule::BidderShare { .. } | Rule::GroupVolume { .. });
        let numbers = 0..problem.rules.len() as u32;
        let particular: Vec<(u32, usize)> = numbers
            .filter(|&rule| differs(&problem.rules[rule as usize]))
            .map(|rule| (rule, layout.rule[rule as usize]))
            .collect();
        let mut rules_of = vec![Vec::new(); problem.lots.len()];
        let mut everywhere = Vec::new();
        for (at, &(rule, _)) in particular.iter().enumerate() {
            let lots = &problem.lot_sets[lots_of(&problem.rules[rule as usize])];
            if lots.len() == problem.lots.len() {
                everywhere.push(at as u32);
            } else {
                lots.iter().for_each(|lot| rules_of[lot.index()].push(at as u32));
            }
        }
        Self {
            problem,
            layout,
            average: vec![Average::default(); limits.len()],
            slack: prices.clone(),
            prices,
            limits,
            particular,
            rules_of,
            everywhere,
            offers: Offers::new(problem, &most),
            for_all: vec![0.0; problem.lots.len()],
            shares,
            bids_of,
            most,
            group_of,
            most_winners: most_winners(problem),
        }
    }

    /// Brings what a parcel of each lot costs every bidder up to date with the prices.
    fn refresh(&mut self) {
        let lots = self.problem.lots.len();
        self.for_all.copy_from_slice(&self.prices[..lots]);
        for (rule, &first) in self.problem.rules.iter().zip(&self.layout.rule) {
            if let Rule::SharedCapacity { lots, .. } = rule {
                for lot in &self.problem.lot_sets[*lots] {
                    self.for_all[lot.index()] += self.prices[first];
                }
            }
        }
    }

    /// What a parcel of any lot costs a bidder.
    fn own_price(&self, bidder: BidderId) -> f64 {
        self.prices[self.layout.bidder_most + bidder.index()]
            - self.prices[self.layout.bidder_least + bidder.index()]
    }

    /// What a parcel costs a bidder under each particular rule, and anywhere.
    fn particular(&self, bidder: BidderId) -> Particular {
        let price = |&(rule, first): &(u32, usize)| match &self.problem.rules[rule as usize] {
            Rule::BidderShare { .. } => self.prices[first + bidder.index()],
            Rule::GroupVolume { bidders, .. } if bidders.binary_search(&bidder).is_ok() => {
                self.prices[first] - self.prices[first + 1]
            }
            _ => 0.0,
        };
        let rules: Vec<f64> = self.particular.iter().map(price).collect();
        let everywhere = self.everywhere.iter().map(|&at| rules[at as usize]).sum::<f64>();
        Particular { everywhere: everywhere + self.own_price(bidder), rules }
    }

    /// What a unit of a bid costs.
    fn charge(&self, bid: BidId, own: &Particular) -> f64 {
        let price = |lot: u32| {
            let rules_of = self.rules_of[lot as usize].iter();
            let by_rules: f64 = rules_of.map(|&at| own.rules[at as usize]).sum();
            self.for_all[lot as usize] + own.everywhere + by_rules
        };
        self.offers.items(bid).iter().map(|&(lot, parcels)| price(lot) * parcels).sum()
    }

    /// What accepting so much of a bid is worth beyond all prices.
    fn surplus(&self, bid: BidId, accepted: u32, own: &Particular) -> f64 {
        let problem = self.problem;
        let bidder = problem.bids[bid].bidder;
        let charge = self.charge(bid, own);
        problem.gain_micros(bid, accepted) as f64
            - charge * f64::from(accepted)
            - self.prices[self.layout.budget + bidder.index()]
                * problem.amount_micros(bid, accepted) as f64
            - self.prices[self.layout.bids + bidder.index()]
    }

    /// The best of a bid at prices of its bidder, if it is worth anything.
    fn best(&self, bid: BidId, own: &Particular, (budget, each): (f64, f64)) -> Option<(f64, u32)> {
        let charge = self.charge(bid, own);
        let mut best = (0.0, 0);
        for end in self.offers.ends(bid) {
            let surplus = end.gain - charge * f64::from(end.accepted) - budget * end.amount - each;
            if surplus > best.0 {
                best = (surplus, end.accepted);
            }
        }
        (best.1 > 0).then_some(best)
    }

    /// What the limits bring in at their prices that do not depend on who takes part.
    fn fixed_income(&self) -> f64 {
        let limits = self.limits.iter().zip(&self.prices);
        limits.map(|(limit, price)| limit.most * price).sum()
    }

    /// What a bidder would take at the present prices.
    fn choice(&self, bidder: BidderId) -> Choice {
        let mut chosen = Vec::new();
        let mut grouped: Vec<(u32, f64, BidId, u32)> = Vec::new();
        let mut total = 0.0;
        let (layout, at) = (&self.layout, bidder.index());
        let (budget, each) = (self.prices[layout.budget + at], self.prices[layout.bids + at]);
        let own = self.particular(bidder);
        for &bid in &self.bids_of[at] {
            let Some((surplus, accepted)) = self.best(bid, &own, (budget, each)) else { continue };
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
        self.refresh();
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
        self.note_shared();
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
        let mut parcels = 0.0;
        let mut within = vec![0.0; self.particular.len()];
        for &(bid, accepted) in chosen {
            let end = self.offers.ends(bid).iter().find(|end| end.accepted == accepted);
            self.slack[self.layout.bids + at] -= 1.0;
            self.slack[self.layout.budget + at] -= end.map_or(0.0, |end| end.amount);
            for &(lot, each) in self.offers.items(bid) {
                let taken = each * f64::from(accepted);
                parcels += taken;
                self.slack[lot as usize] -= taken;
                for &at in &self.rules_of[lot as usize] {
                    within[at as usize] += taken;
                }
            }
        }
        self.everywhere.iter().for_each(|&at| within[at as usize] = parcels);
        for (&(rule, first), taken) in self.particular.iter().zip(within) {
            match &self.problem.rules[rule as usize] {
                Rule::BidderShare { .. } => self.slack[first + at] -= taken,
                Rule::GroupVolume { bidders, .. } if bidders.binary_search(&bidder).is_ok() => {
                    self.slack[first] -= taken;
                    self.slack[first + 1] += taken;
                }
                _ => {}
            }
        }
        self.slack[self.layout.bidder_most + at] -= parcels;
        self.slack[self.layout.bidder_least + at] += parcels;
    }

    /// Notes what is left of shared capacities by what is left of their lots.
    fn note_shared(&mut self) {
        for (rule, &first) in self.problem.rules.iter().zip(&self.layout.rule) {
            if let Rule::SharedCapacity { lots, .. } = rule {
                for lot in &self.problem.lot_sets[*lots] {
                    let offered = f64::from(self.problem.lots[*lot].parcels_per_day);
                    self.slack[first] -= offered - self.slack[lot.index()];
                }
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
pub(crate) fn descend<'a>(
    problem: &'a AuctionProblem,
    from: Option<&[f64]>,
    rounds: u32,
    control: &Control,
) -> RuledDual<'a> {
    let mut relaxation = Relaxation::new(problem);
    let from = from.unwrap_or_default();
    relaxation.prices[..from.len()].copy_from_slice(from);
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
    relaxation.prices = best.1;
    relaxation.refresh();
    let particular = problem.bidders.ids().map(|bidder| relaxation.particular(bidder)).collect();
    RuledDual { relaxation, particular, bound: best.0 }
}

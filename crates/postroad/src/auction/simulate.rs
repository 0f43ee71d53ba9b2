//! How should the auctioneer hold its auction? Bidders drawn from stated models bid in every format
//! and under every payment rule; what comes of it is compared over several draws.
//!
//! What bidders do is assumed, not derived: where they pay what they bid in sealed bids they shade
//! all bids by a given share; under all other rules they bid what parcels are worth to them, and
//! under a clock they ask for what is worth its price (see [`super::clock`]).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use postroad_auction::{Cleared, Config, PaymentRule, Priced};
use postroad_formats::auction::Market;
use postroad_model::auction::{AuctionProblem, Award, Bid, Bidder, Offer, Payments, Side};
use postroad_model::id::IdVec;
use postroad_model::{BidId, BidderId, LotId};
use postroad_optimization::Control;
use serde::Serialize;

use super::clear;
use super::clock::{self, Held};
use crate::failure::Failure;
use crate::parallel::Workers;

/// Rounds of the search for what one bidder makes of its parcels.
const ALONE_ROUNDS: u64 = 20_000;

/// How bids are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    /// All bids at once, packages among them.
    Sealed,
    /// All bids at once, for single lots only.
    SealedSingles,
    /// A clock, whose last prices are paid.
    Clock,
    /// A clock, and packages after it.
    ClockAndPackages,
}

impl Format {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::SealedSingles => "sealed, no packages",
            Self::Clock => "clock",
            Self::ClockAndPackages => "clock and packages",
        }
    }

    /// Whether the format goes with a payment rule.
    pub(crate) fn allows(self, rule: PaymentRule) -> bool {
        match self {
            Self::Sealed | Self::SealedSingles => true,
            Self::Clock => rule == PaymentRule::AsBid,
            Self::ClockAndPackages => matches!(rule, PaymentRule::Vcg | PaymentRule::Core(_)),
        }
    }
}

/// What is compared: the format, and the payment rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) format: Format,
    pub(crate) rule: PaymentRule,
    pub(crate) name: &'static str,
}

/// What to simulate.
pub(crate) struct Plan<'a> {
    /// Draws bidders, whose bids are what parcels are worth to them.
    pub(crate) draw: &'a (dyn Fn(u64) -> Market + Sync),
    pub(crate) seeds: std::ops::Range<u64>,
    /// What bidders take off where they pay what they bid, or add when they sell.
    pub(crate) shade: f64,
    pub(crate) ways: &'a [Way],
}

/// Means over all draws.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Compared {
    pub(crate) format: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) draws: u64,
    /// Payments of all winners, or to them, over the term, in dollars.
    pub(crate) revenue_usd: f64,
    /// What the award is worth to the bidders and the auctioneer, over the best award found; when
    /// buying, the least cost found over the cost of the award.
    pub(crate) efficiency: f64,
    pub(crate) winners: f64,
    /// Share of all payments that is the largest winner's.
    pub(crate) largest_share: f64,
    /// Share of the awarded parcels that bidders marked small get.
    pub(crate) small_share: f64,
    /// Share of the parcels on offer that are awarded.
    pub(crate) awarded_share: f64,
    /// Rounds of the clock.
    pub(crate) rounds: Option<f64>,
    /// Draws in which every solve was proven.
    pub(crate) exact_draws: u64,
}

/// What came of one auction, for the bidders of the drawn market.
struct Sold {
    /// Parcels a day of each bidder and lot.
    parcels: BTreeMap<(BidderId, LotId), u32>,
    payments: Payments,
    rounds: Option<u32>,
    exact: bool,
}

/// Draws, clears, prices and adds up, each draw on a thread of its own.
pub(crate) fn simulate(
    plan: &Plan<'_>,
    config: &Config,
    control: &Control,
    workers: &Workers,
    done: impl Fn(u64) + Sync,
) -> Result<Vec<Compared>, Failure> {
    let seeds: Vec<u64> = plan.seeds.clone().collect();
    let at_once = workers.threads().min(seeds.len()).max(1);
    let turns = seeds.len().div_ceil(at_once);
    let seconds = control.seconds_left() / turns as f64;
    let draws = workers.map(&seeds, |&seed| {
        let compared = one_draw(plan, seed, config, &control.within(seconds));
        done(seed);
        compared
    });
    let draws: Vec<Vec<Compared>> = draws.into_iter().collect::<Result<_, _>>()?;
    let mean = |at: usize| {
        let of_way: Vec<&Compared> = draws.iter().map(|draw| &draw[at]).collect();
        Compared::mean(&of_way)
    };
    Ok((0..plan.ways.len()).map(mean).collect())
}

/// All ways with the bidders of one draw.
fn one_draw(
    plan: &Plan<'_>,
    seed: u64,
    config: &Config,
    control: &Control,
) -> Result<Vec<Compared>, Failure> {
    let market = (plan.draw)(seed);
    let mut left = plan.ways.len() + 1;
    let mut part = || {
        left -= 1;
        control.within(control.seconds_left() / (left + 1) as f64)
    };
    let best = clear::clear(&market, config, &part(), None)?;
    let mut clocks = BTreeMap::new();
    let mut sales = Vec::new();
    for way in plan.ways {
        let auction = Auction { market: &market, way, shade: plan.shade, config, control: &part() };
        let sold = match way.format {
            Format::Sealed | Format::SealedSingles => auction.sealed()?,
            Format::Clock | Format::ClockAndPackages => {
                let packages = way.format == Format::ClockAndPackages;
                let held = match clocks.entry(packages) {
                    Entry::Occupied(entry) => entry.into_mut(),
                    Entry::Vacant(entry) => entry.insert(clock::hold(&market, packages)?),
                };
                auction.clocked(held)?
            }
        };
        let worth = worth_micros(&market, &sold, config.seed);
        sales.push((way, sold, worth));
    }
    // A search may have missed the best award that bids under some rule lead to.
    let most = sales.iter().map(|sale| sale.2).fold(best.value_micros, i64::max);
    let told = |(way, sold, worth): &(&Way, Sold, i64)| {
        let efficiency = efficiency(&market.problem, *worth, most);
        Compared::new(&market, way, sold, efficiency, best.proven)
    };
    Ok(sales.iter().map(told).collect())
}

/// One auction among drawn bidders.
struct Auction<'a> {
    market: &'a Market,
    way: &'a Way,
    shade: f64,
    config: &'a Config,
    control: &'a Control,
}

impl Auction<'_> {
    fn sealed(&self) -> Result<Sold, Failure> {
        let shade = if self.way.rule == PaymentRule::AsBid { self.shade } else { 0.0 };
        let mut problem = shaded(&self.market.problem, shade);
        if self.way.format == Format::SealedSingles {
            problem = without_packages(&problem);
        }
        let same: IdVec<BidderId, BidderId> = problem.bidders.ids().collect();
        self.settle(problem, &same, None)
    }

    fn clocked(&self, held: &Option<Held>) -> Result<Sold, Failure> {
        let Some(held) = held else {
            let payments = Payments { micros: vec![0; self.market.problem.bidders.len()].into() };
            return Ok(Sold { parcels: BTreeMap::new(), payments, rounds: Some(0), exact: true });
        };
        self.settle(held.problem.clone(), &held.bidders, Some(held.rounds))
    }

    /// Clears and prices a problem whose bidders are these of the drawn market.
    fn settle(
        &self,
        problem: AuctionProblem,
        bidders: &IdVec<BidderId, BidderId>,
        rounds: Option<u32>,
    ) -> Result<Sold, Failure> {
        let bids = Market { problem, ..self.market.clone() };
        let half = self.control.within(self.control.seconds_left() / 2.0);
        let start = match self.way.format {
            Format::ClockAndPackages => Some(self.without_packages(&bids, &half)?),
            _ => None,
        };
        let cleared = clear::clear(&bids, self.config, &half, start.as_ref())?;
        let priced = clear::price(&bids, &cleared, self.way.rule, self.config, self.control)?;
        let mut parcels = BTreeMap::new();
        for (bid, accepted) in cleared.award.winning() {
            let bidder = bidders[bids.problem.bids[bid].bidder];
            for item in bids.problem.taken(bid, accepted) {
                *parcels.entry((bidder, item.lot)).or_default() += item.parcels;
            }
        }
        let mut payments = Payments { micros: vec![0; self.market.problem.bidders.len()].into() };
        for (own, &bidder) in bidders.iter_ids() {
            payments.micros[bidder] = priced.payments.micros[own];
        }
        let exact = exact(&cleared, &priced);
        Ok(Sold { parcels, payments, rounds, exact })
    }

    /// The award of a clock without its packages: where packages exclude everything else of their
    /// bidder, the search begins near the best if it begins with this.
    fn without_packages(&self, bids: &Market, control: &Control) -> Result<Award, Failure> {
        let alone = Market { problem: without_packages(&bids.problem), ..bids.clone() };
        let half = control.within(control.seconds_left() / 2.0);
        let cleared = clear::clear(&alone, self.config, &half, None)?;
        let mut of_schedules = cleared.award.accepted.iter();
        let accepted = |bid: &Bid| match bid.offer {
            Offer::Schedule { .. } => of_schedules.next().copied().unwrap_or(0),
            Offer::Package { .. } => 0,
        };
        Ok(Award { accepted: bids.problem.bids.iter().map(accepted).collect() })
    }
}

fn exact(cleared: &Cleared, priced: &Priced) -> bool {
    cleared.proven && priced.exact
}

impl Compared {
    fn new(market: &Market, way: &Way, sold: &Sold, efficiency: f64, is_best: bool) -> Self {
        let lots = market.problem.lots.iter();
        let offered: u64 = lots.map(|lot| u64::from(lot.parcels_per_day)).sum();
        let sum = |of: &dyn Fn(BidderId) -> bool| -> u64 {
            let won = sold.parcels.iter().filter(|((bidder, _), _)| of(*bidder));
            won.map(|(_, &parcels)| u64::from(parcels)).sum()
        };
        let awarded = sum(&|_| true);
        let small = sum(&|bidder| market.bidders[bidder].small);
        let mut winners: Vec<BidderId> = sold.parcels.keys().map(|&(bidder, _)| bidder).collect();
        winners.dedup();
        let paid = sold.payments.total_micros() as f64;
        let largest = sold.payments.micros.iter().copied().max().unwrap_or(0) as f64;
        let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
        Self {
            format: way.format.name(),
            rule: way.name,
            draws: 1,
            revenue_usd: paid / 1e6,
            efficiency,
            winners: winners.len() as f64,
            largest_share: largest / paid.max(1.0),
            small_share: share(small, awarded),
            awarded_share: share(awarded, offered),
            rounds: sold.rounds.map(f64::from),
            exact_draws: u64::from(is_best && sold.exact),
        }
    }

    /// The mean of several draws of one way; there is at least one.
    fn mean(draws: &[&Self]) -> Self {
        let mean = |of: fn(&Self) -> f64| {
            draws.iter().map(|draw| of(draw)).sum::<f64>() / draws.len() as f64
        };
        let rounds = |draw: &Self| draw.rounds.unwrap_or(0.0);
        Self {
            draws: draws.len() as u64,
            revenue_usd: mean(|draw| draw.revenue_usd),
            efficiency: mean(|draw| draw.efficiency),
            winners: mean(|draw| draw.winners),
            largest_share: mean(|draw| draw.largest_share),
            small_share: mean(|draw| draw.small_share),
            awarded_share: mean(|draw| draw.awarded_share),
            rounds: draws[0].rounds.map(|_| mean(rounds)),
            exact_draws: draws.iter().map(|draw| draw.exact_draws).sum(),
            ..draws[0].clone()
        }
    }
}

/// How near an award comes to the best. A sale is measured by its worth. A purchase may be worth
/// less than nothing, as lots that are required have to be bought; it is measured by what delivery
/// of all lots costs, those that are not bought at their opportunity costs.
fn efficiency(problem: &AuctionProblem, worth_micros: i64, most_micros: i64) -> f64 {
    let (part, whole) = match problem.side {
        Side::Selling => (worth_micros, most_micros),
        Side::Buying => {
            let unbought = problem.lots.iter().map(|lot| {
                i64::from(lot.parcels_per_day) * i64::from(lot.days) * lot.opportunity_micros
            });
            let unbought_micros: i64 = unbought.sum();
            (unbought_micros - most_micros, unbought_micros - worth_micros)
        }
    };
    part as f64 / whole.max(1) as f64
}

/// What parcels are worth to those who win them, beyond what they are worth to the auctioneer:
/// each bidder makes the best of its parcels.
fn worth_micros(market: &Market, sold: &Sold, seed: u64) -> i64 {
    let problem = &market.problem;
    let config = Config { seed, rounds: Some(ALONE_ROUNDS), ..Config::default() };
    let winnings: Vec<(&(BidderId, LotId), &u32)> = sold.parcels.iter().collect();
    let of_bidder = |own: &[(&(BidderId, LotId), &u32)]| {
        let parcels: BTreeMap<LotId, u32> = own.iter().map(|&(&(_, lot), &n)| (lot, n)).collect();
        let alone = alone(problem, own[0].0.0, &parcels);
        let cleared = postroad_auction::clear(&alone, &config, &Control::unlimited(), None);
        let each = |(&lot, &n): (&LotId, &u32)| {
            let lot = &problem.lots[lot];
            i64::from(n) * i64::from(lot.days) * lot.opportunity_micros
        };
        match problem.side {
            Side::Selling => cleared.value_micros - parcels.iter().map(each).sum::<i64>(),
            Side::Buying => cleared.value_micros,
        }
    };
    winnings.chunk_by(|a, b| a.0.0 == b.0.0).map(of_bidder).sum()
}

/// The market of one bidder alone with the parcels that it won. A buyer's parcels are worth their
/// whole price to it; who sells has the costs of what it bid.
fn alone(
    problem: &AuctionProblem,
    bidder: BidderId,
    parcels: &BTreeMap<LotId, u32>,
) -> AuctionProblem {
    let known: BTreeMap<LotId, LotId> =
        parcels.keys().enumerate().map(|(at, &lot)| (lot, LotId(at as u32))).collect();
    let fits = |id: BidId, bid: &Bid| {
        let all = || problem.taken(id, problem.most_accepted(id));
        bid.bidder == bidder && all().all(|item| known.contains_key(&item.lot))
    };
    let mut own = select(problem, fits);
    own.rules.clear();
    own.lot_sets = IdVec::default();
    own.bidders[bidder] = Bidder::default();
    let is_sale = problem.side == Side::Selling;
    own.lots = parcels
        .iter()
        .map(|(&lot, &n)| {
            let mut lot = problem.lots[lot].clone();
            lot.parcels_per_day = n;
            lot.reserve_micros = None;
            lot.opportunity_micros = if is_sale { 0 } else { lot.opportunity_micros };
            lot
        })
        .collect();
    for bid in own.bids.as_mut_slice() {
        if let Offer::Schedule { lot, .. } = &mut bid.offer {
            *lot = known[lot];
        }
    }
    own.items.iter_mut().for_each(|item| item.lot = known[&item.lot]);
    own
}

/// Values as bids: what is asked for is worth a share less, or costs a share more.
fn shaded(values: &AuctionProblem, shade: f64) -> AuctionProblem {
    let mut problem = values.clone();
    let factor = match values.side {
        Side::Selling => 1.0 - shade,
        Side::Buying => 1.0 + shade,
    };
    let kept = |micros: i64| (micros as f64 * factor).round() as i64;
    problem.steps.iter_mut().for_each(|step| step.price_micros = kept(step.price_micros));
    for bid in problem.bids.as_mut_slice() {
        if let Offer::Package { amount_micros, .. } = &mut bid.offer {
            *amount_micros = kept(*amount_micros);
        }
    }
    problem
}

fn without_packages(problem: &AuctionProblem) -> AuctionProblem {
    select(problem, |_, bid| matches!(bid.offer, Offer::Schedule { .. }))
}

/// The problem with some of its bids only.
fn select(problem: &AuctionProblem, keep: impl Fn(BidId, &Bid) -> bool) -> AuctionProblem {
    let nothing = (IdVec::default(), Vec::new(), Vec::new(), Vec::new());
    let (bids, steps, items, groups) = nothing;
    let mut kept = AuctionProblem { bids, steps, items, groups, ..problem.clone() };
    let mut place: BTreeMap<BidId, BidId> = BTreeMap::new();
    for (id, bid) in problem.bids.iter_ids().filter(|&(id, bid)| keep(id, bid)) {
        let new = match bid.offer {
            Offer::Schedule { lot, least_parcels, .. } => {
                let steps = problem.steps(id);
                kept.push_schedule(bid.bidder, bid.ticket, lot, least_parcels, steps)
            }
            Offer::Package { amount_micros, .. } => {
                kept.push_package(bid.bidder, bid.ticket, problem.items(id), amount_micros)
            }
        };
        place.insert(id, new);
    }
    for group in &problem.groups {
        let bids: Vec<BidId> =
            group.bids.iter().filter_map(|bid| place.get(bid).copied()).collect();
        if !bids.is_empty() {
            kept.groups.push(postroad_model::auction::ExclusiveGroup { bids, ..*group });
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auction::values::{Unit, draw};
    use postroad_formats::auction::{BidderDetail, LotDetail, MarketNames, ValueModel};
    use postroad_model::auction::{Lot, Step};
    use postroad_model::place::Coordinate;

    const WAYS: [Way; 3] = [
        Way { format: Format::Sealed, rule: PaymentRule::Vcg, name: "vcg" },
        Way { format: Format::SealedSingles, rule: PaymentRule::Vcg, name: "vcg" },
        Way { format: Format::Clock, rule: PaymentRule::AsBid, name: "as bid" },
    ];

    fn compare(draw: &(dyn Fn(u64) -> Market + Sync), draws: u64, threads: usize) -> Vec<Compared> {
        let plan = Plan { draw, seeds: 1..draws + 1, shade: 0.0, ways: &WAYS };
        let control = Control::unlimited();
        simulate(&plan, &Config::default(), &control, &Workers::new(threads), |_| ()).unwrap()
    }

    /// One lot of ten parcels a day for two days, worth three dollars to one and two to another.
    fn two_for_one_lot(_: u64) -> Market {
        let mut market = Market { names: MarketNames::default(), ..Market::default() };
        market.problem.lots.push(Lot {
            parcels_per_day: 10,
            days: 2,
            reserve_micros: Some(1_000_000),
            opportunity_micros: 500_000,
            required: false,
        });
        market.names.lots.push("A");
        market.lots = vec![LotDetail::default()].into();
        for (name, price_micros) in [("X", 3_000_000), ("Y", 2_000_000)] {
            market.names.bidders.push(name);
            market.bidders.push(BidderDetail::default());
            let bidder = market.problem.bidders.push(Bidder::default());
            let step = Step { parcels: 10, price_micros };
            market.problem.push_schedule(bidder, 1, LotId(0), 0, &[step]);
            market.names.bids.push(name);
        }
        market
    }

    #[test]
    fn one_lot_costs_what_the_second_would_pay_or_a_step_of_the_clock_more() {
        let told = compare(&two_for_one_lot, 1, 1);
        for one in &told {
            assert_eq!((one.efficiency, one.winners, one.awarded_share), (1.0, 1.0, 1.0));
        }
        // Twenty parcels over the term at two dollars.
        assert_eq!((told[0].revenue_usd, told[1].revenue_usd), (40.0, 40.0));
        let clock = &told[2];
        assert!(clock.revenue_usd > 40.0 && clock.revenue_usd <= 42.0, "{clock:?}");
        assert!(clock.rounds.unwrap() > 10.0);
    }

    #[test]
    fn a_purchase_is_measured_by_its_cost() {
        let mut problem = two_for_one_lot(1).problem;
        problem.side = Side::Buying;
        // All twenty parcels cost ten dollars elsewhere; bought for five, six or eight.
        assert_eq!(efficiency(&problem, 4_000_000, 5_000_000), 5.0 / 6.0);
        problem.lots[LotId(0)].opportunity_micros = 0;
        assert_eq!(efficiency(&problem, -8_000_000, -5_000_000), 5.0 / 8.0);
        assert_eq!(efficiency(&problem, -5_000_000, -5_000_000), 1.0);
    }

    #[test]
    fn figures_do_not_depend_on_threads() {
        let unit = |n: u32| Unit {
            name: format!("U{n}"),
            centre: "P".into(),
            region: "R".into(),
            point: Coordinate { latitude: 44.0 + 0.1 * f64::from(n), longitude: -72.0 },
            households: 4000.0,
        };
        let units: Vec<Unit> = (0..6).map(unit).collect();
        let model = ValueModel {
            kind: "local".into(),
            bidders: 5,
            reach_km: None,
            parcels_per_household: 0.03,
            value_level: 1.0,
            value_spread: 0.2,
            packages: 3,
            small: true,
        };
        let drawn = |seed: u64| draw(&units, std::slice::from_ref(&model), seed);
        assert_eq!(compare(&drawn, 3, 1), compare(&drawn, 3, 4));
    }
}

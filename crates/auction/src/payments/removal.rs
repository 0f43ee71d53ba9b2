//! What a large market is worth without some of its bidders, from the award as it stands.
//!
//! Most of a postal market does not feel that a bidder leaves: its bids are taken out of the
//! curves, its options are given back, and only the options that share a lot with what it won, and
//! are not far from being worth their lots' prices, are annealed again at a low temperature. The
//! prices of the whole market prove how much it can be worth without the bidder.

use crate::core::{Core, FREE, Segment};
use crate::dual::{self, Dual};
use crate::search::Annealing;
use crate::state::{Curves, State};
use postroad_model::auction::{AuctionProblem, Award};
use postroad_model::{BidderId, IdVec, id::Id};
use postroad_optimization::{Control, Random};

/// Rounds of the mending for each option around what is taken out.
const ROUNDS_EACH: u64 = 30;
/// Temperatures of the mending, as shares of the mean gain of an option.
const WARM: f64 = 0.002;
const COLD: f64 = 0.0003;
/// Options with a surplus below this share of their gain, negative, are left alone.
const DEPTH: f64 = 0.1;
/// Share of the time left that the prices may take.
const DUAL_SHARE: f64 = 0.1;

/// A market without rules, with the award as it stands.
pub(super) struct Removals {
    core: Core,
    dual: Dual,
    taken: Vec<bool>,
    /// The bidder of each option, and of each segment of a curve.
    of_choice: Vec<BidderId>,
    of_segment: Vec<BidderId>,
    /// What the award is worth as the search sees it.
    pub(super) value: i64,
    /// What each bidder adds to the bound at the prices.
    adds: IdVec<BidderId, i128>,
    /// No award is worth more.
    pub(super) bound: i128,
    seed: u64,
}

impl Removals {
    pub(super) fn new(
        problem: &AuctionProblem,
        award: &Award,
        seed: u64,
        control: &Control,
    ) -> Self {
        let core = Core::new(problem);
        let part = control.within(DUAL_SHARE * control.seconds_left());
        let dual = dual::descend(&core, &part);
        let curves = Curves::new(&core);
        let mut state = State::new(&core, &curves);
        for (option, choice) in core.choices.iter().enumerate() {
            let accepts = award.accepted[choice.bid] == choice.accepted;
            if accepts && state.group_allows(option) && state.growth(option).is_some() {
                state.take(option);
            }
        }
        let (value, taken) = (state.value, state.taken);
        let whole = dual.whole_prices();
        let bidder = |bid| problem.bids[bid].bidder;
        Self {
            of_choice: core.choices.iter().map(|choice| bidder(choice.bid)).collect(),
            of_segment: core.segments.iter().map(|segment| bidder(segment.bid)).collect(),
            adds: adds(problem, &core, &whole),
            bound: problem.bound_micros(&whole),
            core,
            dual,
            taken,
            value,
            seed,
        }
    }

    /// No award without a bidder is worth more.
    pub(super) fn bound_without(&self, bidder: BidderId) -> i128 {
        self.bound - self.adds[bidder]
    }

    /// Whether there is nothing to search for: curves alone tell the best award.
    pub(super) fn is_plain(&self) -> bool {
        self.core.choices.is_empty()
    }

    /// The value of an award without the bidders that are `out`, ascending, and who wins in it.
    pub(super) fn without(&self, out: &[BidderId], control: &Control) -> (i64, Vec<BidderId>) {
        let is_out = |bidder: BidderId| out.binary_search(&bidder).is_ok();
        let (core, around) = self.reduced(&is_out);
        let curves = Curves::new(&core);
        let mut state = State::new(&core, &curves);
        let stays = |(option, &taken): (usize, &bool)| taken && !is_out(self.of_choice[option]);
        state.set_taken(&self.taken.iter().enumerate().map(stays).collect::<Vec<bool>>());
        let total: f64 = around.iter().map(|&o| core.choices[o as usize].gain as f64).sum();
        let mean = total / around.len().max(1) as f64;
        let random = Random::new(self.seed);
        let mut annealing = Annealing::new(state, random, f64::INFINITY);
        let rounds = Some(ROUNDS_EACH * around.len() as u64);
        annealing.run(&around, (WARM * mean, COLD * mean), rounds, control);
        annealing.polish(&around, control);
        let best = annealing.into_best();
        let winners = self.winners(&core, &best, &is_out);
        (best.value, winners)
    }

    /// The market without the bids of those who are out, and the options around what they won:
    /// what they would win at the prices is close to it.
    fn reduced(&self, is_out: &impl Fn(BidderId) -> bool) -> (Core, Vec<u32>) {
        let whole = &self.core;
        let mut touched = vec![false; whole.lots()];
        let mut curve_start = vec![0];
        let mut segments: Vec<Segment> = Vec::with_capacity(whole.segments.len());
        for (lot, touched) in touched.iter_mut().enumerate() {
            let range = whole.curve_start[lot] as usize..whole.curve_start[lot + 1] as usize;
            for (segment, &bidder) in
                whole.segments[range.clone()].iter().zip(&self.of_segment[range])
            {
                if is_out(bidder) {
                    *touched |= segment.gain as f64 >= self.dual.prices[lot];
                } else {
                    segments.push(*segment);
                }
            }
            curve_start.push(segments.len() as u32);
        }
        for (option, _) in self.taken.iter().enumerate().filter(|&(_, &taken)| taken) {
            if is_out(self.of_choice[option]) {
                whole.items(option).iter().for_each(|&(lot, _)| touched[lot as usize] = true);
            }
        }
        let near = |&option: &u32| {
            let at = option as usize;
            let shares = whole.items(at).iter().any(|&(lot, _)| touched[lot as usize]);
            let gain = whole.choices[at].gain as f64;
            let is_worth = || whole.surplus(at, &self.dual.prices) > -DEPTH * gain;
            !is_out(self.of_choice[at]) && shares && (self.taken[at] || is_worth())
        };
        let around = (0..whole.choices.len() as u32).filter(near).collect();
        (whole.with_curves(curve_start, segments), around)
    }

    /// Who wins in a state of a market without some bidders.
    fn winners(
        &self,
        core: &Core,
        state: &State<'_>,
        is_out: &impl Fn(BidderId) -> bool,
    ) -> Vec<BidderId> {
        let mut wins = vec![false; self.adds.len()];
        for (option, _) in state.taken.iter().enumerate().filter(|&(_, &taken)| taken) {
            wins[self.of_choice[option].index()] = true;
        }
        for lot in 0..core.lots() {
            let range =
                self.core.curve_start[lot] as usize..self.core.curve_start[lot + 1] as usize;
            let mut left = state.free(lot as u32);
            let own = self.core.segments[range.clone()].iter().zip(&self.of_segment[range]);
            for (segment, &bidder) in own.filter(|&(_, &bidder)| !is_out(bidder)) {
                if left == 0 {
                    break;
                }
                wins[bidder.index()] = true;
                left = left.saturating_sub(segment.parcels);
            }
        }
        (0..wins.len()).filter(|&at| wins[at]).map(BidderId::from_index).collect()
    }
}

/// What each bidder's bids add to the bound at these prices: groups are of one bidder each.
fn adds(
    problem: &AuctionProblem,
    core: &Core,
    prices: &IdVec<postroad_model::LotId, i64>,
) -> IdVec<BidderId, i128> {
    let prices = prices.as_slice();
    let mut adds: IdVec<BidderId, i128> = vec![0; problem.bidders.len()].into();
    for (lot, &price) in prices.iter().enumerate() {
        for segment in core.curve(lot) {
            let each = i128::from(segment.gain) - i128::from(price);
            adds[problem.bids[segment.bid].bidder] += each.max(0) * i128::from(segment.parcels);
        }
    }
    let surplus = |option: usize| {
        let items = core.items(option).iter();
        let charge: i128 =
            items.map(|&(lot, n)| i128::from(prices[lot as usize]) * i128::from(n)).sum();
        (i128::from(core.choices[option].gain) - charge).max(0)
    };
    let bidder = |option: usize| problem.bids[core.choices[option].bid].bidder;
    for option in (0..core.choices.len()).filter(|&o| core.choices[o].group == FREE) {
        adds[bidder(option)] += surplus(option);
    }
    for group in 0..core.group_limit.len() as u32 {
        let options = core.group(group);
        let Some(&first) = options.first() else { continue };
        let mut all: Vec<i128> = options.iter().map(|&o| surplus(o as usize)).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        let most = core.group_limit[group as usize] as usize;
        adds[bidder(first as usize)] += all.iter().take(most).sum::<i128>();
    }
    adds
}

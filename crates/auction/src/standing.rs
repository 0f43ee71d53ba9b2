//! A market that stays cleared while single bids change, for live auctions.
//!
//! A changed price touches one lot's curve, or one option. The award is mended around it: the
//! options that share a lot with it, and those that share a lot with these, are annealed again at
//! a low temperature from the award as it stands. The bound changes by what the lot or the option
//! adds to it at the same prices, in whole micros.

use crate::core::{Core, FREE, Segment};
use crate::dual::Dual;
use crate::search::Annealing;
use crate::state::{Curves, State};
use crate::{Cleared, fill};
use postroad_model::auction::{AuctionProblem, Award, Offer};
use postroad_model::{BidId, id::Id};
use postroad_optimization::{Control, Random};

/// Rounds of the mending for each option around the change.
const ROUNDS_EACH: u64 = 20;
/// Most options around a change.
const MOST_OPTIONS: usize = 1000;
/// Temperatures of the mending, as shares of the mean gain of an option.
const WARM: f64 = 0.002;
const COLD: f64 = 0.0003;

/// A cleared market without further rules, whose bids may change their prices.
pub struct Standing {
    problem: AuctionProblem,
    core: Core,
    curves: Curves,
    dual: Dual,
    taken: Vec<bool>,
    /// The option of each bid that has one.
    option_of: std::collections::BTreeMap<BidId, u32>,
    bound: i128,
    value: i64,
    random: Random,
}

impl Standing {
    /// Keeps a market that was cleared; none if it has rules beyond capacities and groups, or
    /// schedules that are not divisible.
    pub fn new(problem: AuctionProblem, cleared: &Cleared, seed: u64) -> Option<Self> {
        if crate::winners::has_rules(&problem) {
            return None;
        }
        let core = Core::new(&problem);
        let package = |bid: BidId| matches!(problem.bids[bid].offer, Offer::Package { .. });
        if !core.choices.iter().all(|choice| package(choice.bid)) {
            return None;
        }
        let curves = Curves::new(&core);
        let prices: Vec<f64> = cleared.lot_prices.iter().map(|&p| p.max(0) as f64).collect();
        let options = core.choices.iter().enumerate();
        let option_of = options.map(|(o, choice)| (choice.bid, o as u32)).collect();
        let accepts = |choice: &crate::core::Choice| cleared.award.accepted[choice.bid] > 0;
        let taken: Vec<bool> = core.choices.iter().map(accepts).collect();
        Some(Self {
            bound: problem.bound_micros(&cleared.lot_prices),
            value: cleared.value_micros,
            dual: Dual { prices, bound: 0.0 },
            problem,
            core,
            curves,
            taken,
            option_of,
            random: Random::new(seed),
        })
    }

    /// What the award is worth now.
    pub fn value_micros(&self) -> i64 {
        self.value
    }

    /// No award is worth more now.
    pub fn bound_micros(&self) -> i128 {
        self.bound
    }

    /// The award as it stands.
    pub fn award(&self) -> Award {
        let mut state = State::new(&self.core, &self.curves);
        state.set_taken(&self.taken);
        fill::award(&self.problem, &state)
    }

    /// The market as it stands.
    pub fn problem(&self) -> &AuctionProblem {
        &self.problem
    }

    /// Changes the prices of a divisible schedule's steps, and mends the award. Whether that could
    /// be done: not for a bid that is in a group, asks for a minimum, or whose gain would rise
    /// with volume.
    ///
    /// # Panics
    /// If there is not one price for each step, or a price is negative.
    pub fn reprice(&mut self, bid: BidId, prices_micros: &[i64]) -> bool {
        let Offer::Schedule { lot, least_parcels, ref steps } = self.problem.bids[bid].offer else {
            return false;
        };
        let range = steps.start as usize..steps.end as usize;
        assert_eq!(range.len(), prices_micros.len(), "a price for each step");
        assert!(prices_micros.iter().all(|&price| price >= 0), "prices must not be negative");
        let grouped =
            self.problem.groups.iter().any(|group| group.bids.binary_search(&bid).is_ok());
        let gains = |prices: &[i64]| prices.windows(2).all(|p| p[0] >= p[1]);
        let falling = match self.problem.side {
            postroad_model::auction::Side::Selling => gains(prices_micros),
            postroad_model::auction::Side::Buying => prices_micros.windows(2).all(|p| p[0] <= p[1]),
        };
        if grouped || least_parcels > 1 || !falling {
            return false;
        }
        for (step, &price) in self.problem.steps[range].iter_mut().zip(prices_micros) {
            step.price_micros = price;
        }
        let lot = lot.index();
        self.bound -= self.curve_bound(lot);
        self.core.replace(&self.problem, lot, bid);
        self.curves.replace(&self.core, lot);
        self.bound += self.curve_bound(lot);
        let around = self.around(self.core.users(lot));
        self.mend(&around);
        true
    }

    /// Changes the amount of a package, and mends the award. Whether that could be done: not for a
    /// package that was worth nothing or not eligible before or is so now.
    ///
    /// # Panics
    /// If the amount is negative.
    pub fn reprice_package(&mut self, bid: BidId, micros: i64) -> bool {
        assert!(micros >= 0, "an amount must not be negative");
        let Some(&option) = self.option_of.get(&bid) else { return false };
        let Offer::Package { amount_micros, .. } = &mut self.problem.bids[bid].offer else {
            return false;
        };
        let before = std::mem::replace(amount_micros, micros);
        let gain = self.problem.gain_micros(bid, 1);
        if gain <= 0 || self.problem.most_eligible(bid) == 0 {
            if let Offer::Package { amount_micros, .. } = &mut self.problem.bids[bid].offer {
                *amount_micros = before;
            }
            return false;
        }
        self.bound -= self.group_bound(option);
        self.core.choices[option as usize].gain = gain;
        self.bound += self.group_bound(option);
        let around = self.around(&[option]);
        self.mend(&around);
        true
    }

    /// What a lot's curve adds to the bound.
    fn curve_bound(&self, lot: usize) -> i128 {
        let price = self.dual.prices[lot] as i128;
        let surplus = |s: &Segment| (i128::from(s.gain) - price).max(0) * i128::from(s.parcels);
        self.core.curve(lot).iter().map(surplus).sum()
    }

    /// What the group of an option, or it alone, adds to the bound.
    fn group_bound(&self, option: u32) -> i128 {
        let surplus = |option: u32| {
            let items = self.core.items(option as usize).iter();
            let charge: i128 =
                items.map(|&(l, q)| self.dual.prices[l as usize] as i128 * i128::from(q)).sum();
            (i128::from(self.core.choices[option as usize].gain) - charge).max(0)
        };
        let group = self.core.choices[option as usize].group;
        if group == FREE {
            return surplus(option);
        }
        let mut all: Vec<i128> = self.core.group(group).iter().map(|&o| surplus(o)).collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        all.iter().take(self.core.group_limit[group as usize] as usize).sum()
    }

    /// The options that share a lot or a group with one of `first`, and these.
    fn around(&self, first: &[u32]) -> Vec<u32> {
        let mut around = first.to_vec();
        for &option in first {
            let group = self.core.choices[option as usize].group;
            if group != FREE {
                around.extend(self.core.group(group));
            }
            for &(lot, _) in self.core.items(option as usize) {
                around.extend(self.core.users(lot as usize));
                if around.len() > 50 * MOST_OPTIONS {
                    break;
                }
            }
        }
        around.sort_unstable();
        around.dedup();
        let near = |option: &u32| {
            let gain = self.core.choices[*option as usize].gain as f64;
            self.taken[*option as usize]
                || self.core.surplus(*option as usize, &self.dual.prices) > -0.1 * gain
        };
        around.retain(near);
        around.truncate(MOST_OPTIONS);
        around
    }

    fn mend(&mut self, around: &[u32]) {
        let mut state = State::new(&self.core, &self.curves);
        state.set_taken(&self.taken);
        let total: f64 = around.iter().map(|&o| self.core.choices[o as usize].gain as f64).sum();
        let mean = total / around.len().max(1) as f64;
        let random = Random::new(u64::from(self.random.next_u32()));
        let mut annealing = Annealing::new(state, random, f64::INFINITY);
        let control = Control::unlimited();
        let rounds = Some(ROUNDS_EACH * around.len() as u64);
        annealing.run(around, (WARM * mean, COLD * mean), rounds, &control);
        annealing.polish(around, &control);
        let best = annealing.into_best();
        self.value = best.value;
        self.taken = best.taken;
    }
}

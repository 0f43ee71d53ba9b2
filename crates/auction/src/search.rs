//! Which options to take: from the prices of the dual, by simulated annealing.
//!
//! A round takes one option, and gives back those that exclude it or leave it no room, or gives
//! one back. The change of value is exact: what an option takes from a lot is what its curve of
//! divisible bids loses. Losses are accepted with a chance that falls with the temperature
//! (Kirkpatrick, Gelatt and Vecchi 1983); a descent ends the run.

use crate::core::{Core, FREE};
use crate::dual::Dual;
use crate::state::State;
use postroad_optimization::{Control, Random};

/// Rounds between two looks at the clock.
const STRIDE: u64 = 256;

/// The options that may well belong to a good award: those whose surplus at the prices is not
/// far below zero, against their gain.
pub(crate) fn candidates(core: &Core, dual: &Dual, depth: f64) -> Vec<u32> {
    let near = |&option: &u32| {
        let gain = core.choices[option as usize].gain as f64;
        core.surplus(option as usize, &dual.prices) > -depth * gain
    };
    (0..core.choices.len() as u32).filter(near).collect()
}

/// Takes options in the order of their surplus for each micro of gain, where the value grows.
pub(crate) fn greedy(state: &mut State<'_>, dual: &Dual) {
    let core = state.core;
    let worth =
        |o: u32| core.surplus(o as usize, &dual.prices) / core.choices[o as usize].gain as f64;
    let mut order: Vec<(f64, u32)> =
        (0..core.choices.len() as u32).map(|o| (worth(o), o)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, option) in order {
        let option = option as usize;
        if state.group_allows(option) && state.growth(option).is_some_and(|growth| growth > 0) {
            state.take(option);
        }
    }
}

/// One annealing run.
pub(crate) struct Annealing<'a> {
    pub(crate) state: State<'a>,
    pub(crate) random: Random,
    /// Options given back in the present round.
    out: Vec<u32>,
    /// The best value seen between strides, and the options taken then.
    best: (i64, Vec<bool>),
    /// A value that is good enough to stop at.
    goal: f64,
}

impl<'a> Annealing<'a> {
    pub(crate) fn new(state: State<'a>, random: Random, goal: f64) -> Self {
        let best = (state.value, state.taken.clone());
        Self { state, random, out: Vec::new(), best, goal }
    }

    /// The best state seen.
    pub(crate) fn into_best(mut self) -> State<'a> {
        self.keep_best();
        self.state.set_taken(&self.best.1);
        self.state
    }

    fn keep_best(&mut self) {
        if self.state.value > self.best.0 {
            self.best.0 = self.state.value;
            self.best.1.copy_from_slice(&self.state.taken);
        }
    }

    /// Rounds from `hot` to `cold` micros over `rounds`, or until `control` is over.
    pub(crate) fn run(
        &mut self,
        candidates: &[u32],
        (hot, cold): (f64, f64),
        rounds: Option<u64>,
        control: &Control,
    ) -> u64 {
        if candidates.is_empty() {
            return 0;
        }
        let seconds = control.seconds_left();
        let mut temperature = hot;
        let mut round = 0;
        while rounds.is_none_or(|most| round < most) {
            if round % STRIDE == 0 {
                self.keep_best();
                if control.is_over() || self.best.0 as f64 >= self.goal {
                    break;
                }
                let by_time = 1.0 - control.seconds_left() / seconds;
                // Without a time limit that is not a number, which the greater of two ignores.
                let share = rounds.map_or(0.0, |most| round as f64 / most as f64).max(by_time);
                temperature = hot * (cold / hot).powf(share.clamp(0.0, 1.0));
            }
            round += 1;
            let option = candidates[self.random.below(candidates.len())] as usize;
            if self.state.taken[option] {
                self.try_without(option, temperature);
            } else {
                self.try_with(option, temperature);
            }
        }
        round
    }

    fn accepts(&mut self, change: i64, temperature: f64) -> bool {
        change >= 0 || self.random.unit() < (change as f64 / temperature).exp()
    }

    fn try_without(&mut self, option: usize, temperature: f64) {
        let loss = self.state.loss(option);
        if self.accepts(-loss, temperature) {
            self.state.give_back(option);
        }
    }

    fn try_with(&mut self, option: usize, temperature: f64) {
        if self.state.group_allows(option)
            && let Some(growth) = self.state.growth(option)
        {
            if self.accepts(growth, temperature) {
                self.state.take(option);
            }
            return;
        }
        let before = self.state.value;
        self.make_room(option);
        let growth = self.state.growth(option);
        let change = growth.map(|growth| self.state.value - before + growth);
        if change.is_some_and(|change| self.accepts(change, temperature)) {
            self.state.take(option);
        } else {
            for &other in self.out.iter().rev() {
                self.state.take(other as usize);
            }
        }
    }

    /// Gives back what excludes an option and, at random, what leaves it no room.
    fn make_room(&mut self, option: usize) {
        self.out.clear();
        let core = self.state.core;
        let group = core.choices[option].group;
        if group != FREE && !self.state.group_allows(option) {
            let mates = core.group(group).iter().copied();
            let mates: Vec<u32> = mates.filter(|&o| self.state.taken[o as usize]).collect();
            let mate = mates[self.random.below(mates.len())];
            self.state.give_back(mate as usize);
            self.out.push(mate);
        }
        for &(lot, parcels) in core.items(option) {
            while self.state.free(lot) < parcels {
                let users = core.users(lot as usize);
                let first = self.random.below(users.len());
                let mut around = users[first..].iter().chain(&users[..first]).copied();
                let Some(user) = around.find(|&o| self.state.taken[o as usize]) else { return };
                self.state.give_back(user as usize);
                self.out.push(user);
            }
        }
        for items in core.runs(option).filter(|_| !core.shared.is_empty()) {
            self.make_shared_room(items);
        }
    }

    /// Gives back, at random, what leaves items with one shared capacity no room.
    fn make_shared_room(&mut self, items: &[(u32, u32)]) {
        let core = self.state.core;
        let number = core.shared_of[items[0].0 as usize];
        if number == FREE {
            return;
        }
        let lots = &core.shared[number as usize].lots;
        let wanted: u32 = items.iter().map(|item| item.1).sum();
        while self.state.free_shared(number as usize) < wanted {
            let first = self.random.below(lots.len());
            let around = lots[first..].iter().chain(&lots[..first]);
            let users = |&lot: &u32| core.users(lot as usize).iter().copied();
            let mut users = around.flat_map(users);
            let Some(user) = users.find(|&o| self.state.taken[o as usize]) else { return };
            self.state.give_back(user as usize);
            self.out.push(user);
        }
    }

    /// Sweeps over `candidates` while the value grows.
    pub(crate) fn polish(&mut self, candidates: &[u32], control: &Control) {
        loop {
            let before = self.state.value;
            for (index, &option) in candidates.iter().enumerate() {
                if index % 64 == 0 && control.is_over() {
                    return;
                }
                let option = option as usize;
                if self.state.taken[option] {
                    self.try_without(option, f64::MIN_POSITIVE);
                } else {
                    self.try_with(option, f64::MIN_POSITIVE);
                }
            }
            if self.state.value <= before {
                return;
            }
        }
    }
}

//! Ruin and recreate under simulated annealing: a trajectory, each round as short as the few stops
//! it touches.

use postroad_model::routing::RoutingPlan;
use postroad_optimization::{Control, Random};

use crate::best::{Best, Tour, plan_of};
use crate::config::Config;
use crate::construct::{load, savings};
use crate::core::{Core, MUST, rules};
use crate::cross::cross;
use crate::near::NearStops;
use crate::parts;
use crate::recreate::{Blinker, recreate, sort};
use crate::ruin::{Ruins, ruin};
use crate::state::State;
use crate::swap::{SWAP_SHARE, swap_vehicles};

/// Temperature at the start, in mean costs of the way to a near stop: higher with time windows,
/// where fewer changes are possible, and low where a plan is given, so as not to lose it.
const HOT: f64 = 1.0;
const HOT_TIMED: f64 = 2.0;
const HOT_GIVEN: f64 = 0.1;
/// Temperature at the end, without time windows and with them.
const COLD: f64 = 0.03;
const COLD_TIMED: f64 = 0.01;
/// Rounds for each stop that are worth a cycle of cooling, and most cycles.
const CYCLE_ROUNDS: f64 = 5000.0;
const CYCLES_MAX: f64 = 4.0;
/// Temperature at the start of later cycles, as share of the first one's.
const REHEAT: f64 = 0.5;
/// Rounds of a second, to guess their number where there is a time limit.
const ROUNDS_PER_S: f64 = 250_000.0;
/// Rounds between looks at the clock.
pub(crate) const LOOK_ROUNDS: u64 = 64;
/// Share of rounds that make room around a stop that is left out, while there is one.
pub(crate) const ABSENT_SHARE: f64 = 0.5;
/// Left-out stops tried in a round.
const ABSENT_TRIED: usize = 10;

/// What the search ended with.
pub(crate) struct Found {
    pub(crate) plan: RoutingPlan,
    pub(crate) iterations: u64,
}

/// Searches until the control or the rounds say stop.
pub(crate) fn search<const RULES: u8>(
    core: &Core,
    config: &Config,
    control: &Control,
    start: Option<&RoutingPlan>,
) -> Found {
    let state = State::<RULES>::new(core);
    let near = NearStops::new(core, &state.arcs, config.near_stops);
    let mut search = Search::new(state, &near, Random::new(config.seed));
    search.begin(start);
    let scale = near.mean_cost(core, &search.state.arcs);
    let cooling = Cooling::new(scale, RULES, control, start.is_some());
    let parts = parts::count(core, config, search.state.used_routes() as usize);
    let (cost, tours, iterations) = if parts > 1 {
        parts::search(search, parts, config, control, &cooling)
    } else {
        let rounds = search.run_cycles(config, control, &cooling);
        (search.best.cost, search.best.tours(&search.state), rounds)
    };
    let plan = plan_of(core, &tours);
    debug_assert_eq!(cost, recomputed(core, &plan), "the best plan's cost");
    Found { plan, iterations }
}

/// What the model says of a plan, with the search's price for what must not be left out.
pub(crate) fn recomputed(core: &Core, plan: &RoutingPlan) -> i64 {
    let must = plan.unassigned.iter();
    let must = must.filter(|(stop, _)| core.problem.stops[*stop].price_micro_usd.is_none());
    plan.cost(core.problem).total_micro_usd() + MUST * must.count() as i64
}

/// A stretch of a search: from a share of the budget to another one.
pub(crate) struct Phase {
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// Rounds in this stretch.
    pub(crate) rounds: u64,
    /// Whether the search has all stops, so that its costs are those of the plan.
    pub(crate) is_whole: bool,
}

/// Temperature over the budget, which is whatever of rounds and time is used up first.
pub(crate) struct Cooling {
    pub(crate) hot: f64,
    cold: f64,
    begin_s: f64,
    total_s: f64,
}

impl Cooling {
    /// For costs of the size of `scale`.
    pub(crate) fn new(scale: f64, rules: u8, control: &Control, is_given: bool) -> Self {
        let hot = match (is_given, rules) {
            (true, _) => HOT_GIVEN,
            (false, rules::PLAIN) => HOT,
            (false, _) => HOT_TIMED,
        };
        let cold = if rules == rules::PLAIN { COLD } else { COLD_TIMED };
        Self {
            hot: hot * scale,
            cold: cold * scale,
            begin_s: control.seconds(),
            total_s: control.seconds_left(),
        }
    }

    /// The same for one of several cycles, which begins now; later ones do not begin as hot.
    fn cycle(&self, cycle: u64, control: &Control) -> Self {
        let hot = if cycle == 0 { self.hot } else { (self.hot * REHEAT).max(self.cold) };
        let (begin_s, total_s) = (control.seconds(), control.seconds_left());
        Self { hot, cold: self.cold, begin_s, total_s }
    }

    /// Share of the time that is used up.
    fn time_share(&self, control: &Control) -> f64 {
        (control.seconds() - self.begin_s) / self.total_s
    }

    pub(crate) fn temperature(&self, rounds_share: f64, control: &Control) -> f64 {
        let share = rounds_share.max(self.time_share(control));
        self.hot * (self.cold / self.hot).powf(share)
    }
}

/// Adds some of what is left out to what is to be put back; those come first in `absent`.
pub(crate) fn try_absent(absent: &mut [u32], taken: &mut Vec<u32>, random: &mut Random) {
    let count = absent.len();
    for i in 0..count.min(ABSENT_TRIED) {
        absent.swap(i, i + random.below(count - i));
        taken.push(absent[i]);
    }
}

/// All that a round needs.
pub(crate) struct Search<'a, const RULES: u8> {
    pub(crate) state: State<'a, RULES>,
    pub(crate) near: &'a NearStops,
    random: Random,
    blinker: Blinker,
    ruins: Ruins,
    /// Stops to be visited: all, or those of a part.
    members: Vec<u32>,
    /// Stops that are left out.
    pub(crate) absent: Vec<u32>,
    pub(crate) best: Best,
}

impl<'a, const RULES: u8> Search<'a, RULES> {
    pub(crate) fn new(state: State<'a, RULES>, near: &'a NearStops, mut random: Random) -> Self {
        let blinker = Blinker::new(&mut random);
        Self {
            members: (0..state.core.stops() as u32).collect(),
            state,
            near,
            random,
            blinker,
            ruins: Ruins::default(),
            absent: Vec::new(),
            best: Best::none(),
        }
    }

    /// Number of stops to be visited.
    pub(crate) fn members(&self) -> usize {
        self.members.len()
    }

    /// A first plan: the given one as far as it keeps the rules, or savings, and every stop that
    /// is left put where it is cheapest.
    fn begin(&mut self, start: Option<&RoutingPlan>) {
        match start {
            Some(plan) => load(&mut self.state, plan),
            None if self.state.core.is_uniform => savings(&mut self.state, self.near),
            None => {}
        }
        let all = 0..self.state.core.stops() as u32;
        self.ruins.taken.extend(all.filter(|&stop| !self.state.is_placed(stop)));
        self.recreate();
        self.state.forget();
        self.absent = std::mem::take(&mut self.ruins.taken);
        self.best.update(&mut self.state);
    }

    /// Begins anew with some of the stops: those of `tours`, and `absent`, with at most so many
    /// vehicles of each kind.
    pub(crate) fn begin_part(&mut self, tours: &[Tour], absent: Vec<u32>, most: Vec<u32>) {
        self.members.clear();
        self.members.extend(tours.iter().flat_map(|(_, stops)| stops));
        self.members.extend(&absent);
        self.state.reset(&self.members, most);
        for (kind, stops) in tours {
            let route = self.state.empty_route(*kind).expect("a vehicle for each route");
            let mut after = self.state.start(route);
            for &stop in stops {
                self.state.put(stop, after);
                after = stop;
            }
        }
        self.state.forget();
        self.absent = absent;
        self.best.update(&mut self.state);
    }

    /// Cools several times where there are many rounds for each stop, each time from the best plan.
    fn run_cycles(&mut self, config: &Config, control: &Control, cooling: &Cooling) -> u64 {
        let expected = (control.seconds_left() * ROUNDS_PER_S).min(config.iterations as f64);
        let per_stop = expected / self.members.len().max(1) as f64;
        let cycles = (per_stop / CYCLE_ROUNDS).clamp(1.0, CYCLES_MAX) as u64;
        let mut rounds = 0;
        for cycle in 0..cycles {
            let control = control.within(control.seconds_left() / (cycles - cycle) as f64);
            let rounds_left = config.iterations.saturating_sub(rounds) / (cycles - cycle);
            let phase = Phase { from: 0.0, to: 1.0, rounds: rounds_left, is_whole: true };
            if cycle > 0 {
                self.return_to_best();
            }
            rounds += self.run(&phase, &control, &cooling.cycle(cycle, &control));
        }
        rounds
    }

    /// Goes on from the best plan.
    fn return_to_best(&mut self) {
        let core = self.state.core;
        let tours = self.best.tours(&self.state);
        let mut is_placed = vec![false; core.stops()];
        let placed = tours.iter().flat_map(|(_, stops)| stops);
        placed.for_each(|&stop| is_placed[stop as usize] = true);
        let absent = self.members.iter().copied().filter(|&stop| !is_placed[stop as usize]);
        let absent = absent.collect();
        self.begin_part(&tours, absent, core.kinds.iter().map(|kind| kind.count).collect());
    }

    /// Rounds of a stretch, until it or the control says stop; how many were done.
    pub(crate) fn run(&mut self, phase: &Phase, control: &Control, cooling: &Cooling) -> u64 {
        let mut temperature = 0.0;
        let mut round = 0;
        while round < phase.rounds && !self.members.is_empty() {
            if round % LOOK_ROUNDS == 0 {
                debug_assert!(self.state.are_times_right());
                if control.is_over() {
                    break;
                }
                let done = round as f64 / phase.rounds as f64;
                let share = phase.from + (phase.to - phase.from) * done;
                temperature = cooling.temperature(share, control);
            }
            round += 1;
            if self.round(temperature) && phase.is_whole {
                control.report(self.best.cost as f64, f64::NEG_INFINITY);
            }
        }
        round
    }

    fn recreate(&mut self) {
        let Self { state, near, ruins, blinker, random, .. } = self;
        recreate(state, near, ruins, blinker, random);
    }

    /// Ruins a place, recreates it, and keeps the outcome or takes it back; whether it is the best.
    fn round(&mut self, temperature: f64) -> bool {
        let before = self.state.cost;
        self.ruins.clear();
        if self.state.core.kinds.len() > 1 && self.random.unit() < SWAP_SHARE {
            let stop = self.members[self.random.below(self.members.len())];
            swap_vehicles(&mut self.state, self.near, stop, &mut self.random, &mut self.ruins);
        } else {
            self.ruin_and_recreate(temperature);
        }
        let state = &self.state;
        let is_allowed = self.ruins.routes(state).all(|route| state.is_allowed(route));
        let worse_max = -temperature * (1.0 - self.random.unit()).ln();
        if !is_allowed || state.cost - before >= worse_max.ceil() as i64 {
            self.state.take_back();
            debug_assert_eq!(self.state.cost, before);
            return false;
        }
        self.state.forget();
        self.renew_absent();
        let is_best = self.state.cost < self.best.cost;
        if is_best {
            self.best.update(&mut self.state);
        }
        is_best
    }

    fn ruin_and_recreate(&mut self, temperature: f64) {
        try_absent(&mut self.absent, &mut self.ruins.taken, &mut self.random);
        let seed = match self.absent.first() {
            Some(&stop) if self.random.unit() < ABSENT_SHARE => stop,
            _ => self.members[self.random.below(self.members.len())],
        };
        ruin(&mut self.state, self.near, seed, &mut self.random, &mut self.ruins);
        cross(&mut self.state, &self.ruins, temperature, &mut self.random);
        let State { core, arcs, .. } = &self.state;
        sort::<RULES>(core, arcs, &mut self.ruins.taken, &mut self.random);
        self.recreate();
    }

    /// Brings the list of stops that are left out up to date after a round.
    fn renew_absent(&mut self) {
        let tried = self.absent.len().min(ABSENT_TRIED);
        let known = &self.absent[..tried];
        self.ruins.taken.retain(|stop| !known.contains(stop));
        // Only those tried can have been placed; they come first.
        for i in (0..tried).rev() {
            if self.state.is_placed(self.absent[i]) {
                self.absent.swap_remove(i);
            }
        }
        self.absent.append(&mut self.ruins.taken);
    }
}

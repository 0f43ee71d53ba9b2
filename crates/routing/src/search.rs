//! Ruin and recreate under simulated annealing: one trajectory, each round as short as the few
//! stops it touches.

use postroad_model::routing::{Route, RoutingPlan};
use postroad_optimization::{Control, Random};

use crate::config::Config;
use crate::construct::{load, savings};
use crate::core::{Core, MUST, rules};
use crate::cross::cross;
use crate::near::NearStops;
use crate::reasons::reason;
use crate::recreate::{Blinker, recreate, sort};
use crate::ruin::{Ruins, ruin};
use crate::state::State;

/// Temperature at the start, in mean costs of the way to a near stop: higher with time windows,
/// where fewer changes are possible, and low where a plan is given, so as not to lose it.
const HOT: f64 = 1.0;
const HOT_TIMED: f64 = 2.0;
const HOT_GIVEN: f64 = 0.1;
/// Temperature at the end, without time windows and with them.
const COLD: f64 = 0.03;
const COLD_TIMED: f64 = 0.01;
/// Rounds between looks at the clock.
pub(crate) const LOOK_ROUNDS: u64 = 64;
/// Share of rounds that make room around a stop that is left out, while there is one.
pub(crate) const ABSENT_SHARE: f64 = 0.5;
/// Left-out stops tried in a round.
pub(crate) const ABSENT_TRIED: usize = 10;

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
    let mut search = Search::<RULES>::new(core, config);
    search.begin(start);
    let scale = search.near.mean_cost(core, &search.state.arcs);
    let cooling = Cooling::new(scale, RULES, control, start.is_some());
    let mut temperature = cooling.hot;
    let mut round = 0;
    while round < config.iterations && core.stops() > 0 {
        if round % LOOK_ROUNDS == 0 {
            debug_assert!(search.state.are_times_right());
            if control.is_over() {
                break;
            }
            temperature = cooling.temperature(round as f64 / config.iterations as f64, control);
        }
        round += 1;
        search.round(temperature, control);
    }
    let plan = search.best.plan(&search.state);
    debug_assert_eq!(search.best.cost, recomputed(core, &plan), "the best plan's cost");
    Found { plan, iterations: round }
}

/// What the model says of a plan, with the search's price for what must not be left out.
pub(crate) fn recomputed(core: &Core, plan: &RoutingPlan) -> i64 {
    let must = plan.unassigned.iter();
    let must = must.filter(|(stop, _)| core.problem.stops[*stop].price_micro_usd.is_none());
    plan.cost(core.problem).total_micro_usd() + MUST * must.count() as i64
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

    pub(crate) fn temperature(&self, rounds_share: f64, control: &Control) -> f64 {
        let time_share = (control.seconds() - self.begin_s) / self.total_s;
        self.hot * (self.cold / self.hot).powf(rounds_share.max(time_share))
    }
}

/// All that a round needs.
struct Search<'a, const RULES: u8> {
    state: State<'a, RULES>,
    near: NearStops,
    random: Random,
    blinker: Blinker,
    ruins: Ruins,
    /// Stops that are left out.
    absent: Vec<u32>,
    best: Best,
}

impl<'a, const RULES: u8> Search<'a, RULES> {
    fn new(core: &'a Core<'a>, config: &Config) -> Self {
        let state = State::new(core);
        let near = NearStops::new(core, &state.arcs, config.near_stops);
        let mut random = Random::new(config.seed);
        let blinker = Blinker::new(&mut random);
        let best = Best { cost: i64::MAX, routes: Vec::new() };
        Self { state, near, random, blinker, ruins: Ruins::default(), absent: Vec::new(), best }
    }

    /// A first plan: the given one as far as it keeps the rules, or savings, and every stop that
    /// is left put where it is cheapest.
    fn begin(&mut self, start: Option<&RoutingPlan>) {
        match start {
            Some(plan) => load(&mut self.state, plan),
            None if RULES == rules::PLAIN && self.state.core.kinds.len() == 1 => {
                savings(&mut self.state, &self.near);
            }
            None => {}
        }
        let all = 0..self.state.core.stops() as u32;
        self.ruins.taken.extend(all.filter(|&stop| !self.state.is_placed(stop)));
        self.recreate();
        self.state.forget();
        self.absent = std::mem::take(&mut self.ruins.taken);
        self.best.update(&mut self.state);
    }

    fn recreate(&mut self) {
        let Self { state, near, ruins, blinker, random, .. } = self;
        recreate(state, near, ruins, blinker, random);
    }

    /// Ruins a place, recreates it, and keeps the outcome or takes it back.
    fn round(&mut self, temperature: f64, control: &Control) {
        let before = self.state.cost;
        self.ruins.clear();
        self.try_absent();
        let seed = match self.absent.first() {
            Some(&stop) if self.random.unit() < ABSENT_SHARE => stop,
            _ => self.random.below(self.state.core.stops()) as u32,
        };
        ruin(&mut self.state, &self.near, seed, &mut self.random, &mut self.ruins);
        cross(&mut self.state, &self.ruins, temperature, &mut self.random);
        let State { core, arcs, .. } = &self.state;
        sort::<RULES>(core, arcs, &mut self.ruins.taken, &mut self.random);
        self.recreate();
        let state = &self.state;
        let is_allowed = self.ruins.routes(state).all(|route| state.is_allowed(route));
        let worse_max = -temperature * (1.0 - self.random.unit()).ln();
        if !is_allowed || state.cost - before >= worse_max.ceil() as i64 {
            self.state.take_back();
            debug_assert_eq!(self.state.cost, before);
            return;
        }
        self.state.forget();
        self.renew_absent();
        if self.state.cost < self.best.cost {
            self.best.update(&mut self.state);
            control.report(self.best.cost as f64, f64::NEG_INFINITY);
        }
    }

    /// Adds some of the stops that are left out to those to be put back.
    fn try_absent(&mut self) {
        let count = self.absent.len();
        for i in 0..count.min(ABSENT_TRIED) {
            self.absent.swap(i, i + self.random.below(count - i));
            self.ruins.taken.push(self.absent[i]);
        }
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

/// The best routes so far.
struct Best {
    cost: i64,
    /// Stops of each route of the state.
    routes: Vec<Vec<u32>>,
}

impl Best {
    fn update<const RULES: u8>(&mut self, state: &mut State<RULES>) {
        self.cost = state.cost;
        self.routes.resize(state.routes.len(), Vec::new());
        state.keep(|route, stops| {
            let kept = &mut self.routes[route as usize];
            kept.clear();
            kept.extend(stops);
        });
    }

    fn plan<const RULES: u8>(&self, state: &State<RULES>) -> RoutingPlan {
        let core = state.core;
        let mut plan = RoutingPlan::default();
        let mut is_placed = vec![false; core.stops()];
        for (route, stops) in self.routes.iter().enumerate().filter(|(_, s)| !s.is_empty()) {
            let kind = &core.kinds[state.routes[route].kind as usize];
            stops.iter().for_each(|&stop| is_placed[stop as usize] = true);
            let stops = stops.iter().map(|&stop| core.ids[stop as usize]).collect();
            plan.routes.push(Route::single(kind.id, stops));
        }
        for stop in (0..core.stops()).filter(|&stop| !is_placed[stop]) {
            plan.unassigned.push((core.ids[stop], reason(core.problem, core.ids[stop])));
        }
        plan.unassigned.sort();
        plan
    }
}

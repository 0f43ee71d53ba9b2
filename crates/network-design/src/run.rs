//! One run of the kernel: the bound, then plans guided by its prices, in turn.

use crate::core::Core;
use crate::draft::Draft;
use crate::dual::{Ascent, Dual};
use crate::improve::Search;
use crate::priced::{Fixing, Priced, TermPrices};
use crate::single::{SingleSearch, most_used};
use crate::tree::{Found, Tree};
use crate::{Config, Solved, Status, WarmStart};
use postroad_model::bound::{Prices, charge_corners, lagrangian_usd_per_day};
use postroad_model::network::{NetworkPlan, NetworkProblem, Violation};
use postroad_optimization::control::relative_gap;
use postroad_optimization::{Control, Random};

/// Iterations of the first ascent of a bound, and of one with prices to start from.
const FIRST_ASCENT: u32 = 350;
const WARM_ASCENT: u32 = 60;

/// Iterations of ascent in a round once there is a plan.
const ROUND_ASCENT: u32 = 30;

/// Shakes of the plan in a round.
const ROUND_SHAKES: u32 = 60;

/// How much dearer a shake may leave the plan, as a part of a typical facility's cost: the mean of
/// an exponential distribution that cools to nothing (as in simulated annealing).
const HEAT: f64 = 0.006;

/// The same for whole demands, as a part of the mean cost of a demand.
const SINGLE_HEAT: f64 = 0.2;

/// A facility open in this part of the averaged relaxation is opened at first.
const LIKELY: f64 = 0.5;

/// Ruins and recreations that make a split plan whole, and in a round of single sourcing.
const UNSPLIT_STEPS: u32 = 500;
const ROUND_STEPS: u32 = 1_000;

/// Trees are grown on problems with at most so many options.
const TREE_OPTIONS: usize = 300_000;

/// With single sourcing, plans with split demands show the way where facilities serve at least so
/// many demands: few of them are split then.
const FINE_DEMANDS: usize = 10;

/// They are made quickly on problems with at most so many options.
const SMALL_OPTIONS: usize = 20_000;

/// The tree is grown once a round's ascent raises the bound by less than this part.
const RISING: f64 = 2e-5;

/// Nodes of the tree in a round.
const ROUND_NODES: u32 = 30;
/// Plans made from nodes' relaxations in a round of single sourcing, ruins and recreations of each,
/// and options that the nodes on the way to each look through.
const VISITS: u32 = 4;
const VISIT_STEPS: u32 = 100;
const VISIT_NODE_OPTIONS: usize = 125_000;

/// Rounds without a better plan after which the search goes on from a node's relaxation.
const STALE_ROUNDS: u32 = 4;

/// Relative gap below which a plan counts as proven optimal: what sums of doubles are good for.
const PROVEN: f64 = 1e-9;

/// Moves tried where no rounds are asked for: enough to adapt a plan to a price that moved.
const QUICK_TRIES: u64 = 300;

/// Price changes tried when a plan breaks a term.
const PRICE_RISES: u32 = 12;

/// Factor by which the price of a broken term rises.
const PRICE_RISE: f64 = 1.3;

pub(crate) struct Run<'a> {
    problem: &'a NetworkProblem,
    config: &'a Config,
    control: &'a Control,
    core: Core,
    dual: Dual,
    free: Vec<Fixing>,
    is_warm: bool,
    best: Option<NetworkPlan>,
    cost: f64,
    nearest: Option<NetworkPlan>,
    rounds: u32,
    /// Bound of the tree; the best of it and the prices' bound counts.
    tree_bound: f64,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        problem: &'a NetworkProblem,
        config: &'a Config,
        control: &'a Control,
        warm: Option<&WarmStart>,
    ) -> Self {
        let core = Core::load(problem, makeshift_usd_per_parcel(problem));
        let mut dual = Dual::new(&core);
        let usable = warm.filter(|w| w.prices.are_valid(problem));
        if let Some(warm) = usable {
            dual.w = warm.prices.demand.as_slice().to_vec();
            dual.terms = TermPrices::from_prices(&warm.prices);
        }
        Self {
            free: vec![Fixing::Free; core.facilities()],
            is_warm: usable.is_some(),
            problem,
            config,
            control,
            core,
            dual,
            best: None,
            cost: f64::INFINITY,
            nearest: None,
            rounds: 0,
            tree_bound: f64::NEG_INFINITY,
        }
    }

    fn bound(&self) -> f64 {
        self.dual.value.max(self.tree_bound).min(self.cost)
    }

    fn is_done(&self) -> bool {
        relative_gap(self.cost, self.bound()) <= self.config.gap.max(PROVEN)
            || self.control.is_over()
    }

    /// Finds good prices before there is any plan.
    pub(crate) fn raise_bound(&mut self) {
        let iterations = if self.is_warm { WARM_ASCENT } else { FIRST_ASCENT };
        self.ascend(iterations);
    }

    fn ascend(&mut self, iterations: u32) {
        let enough =
            if self.cost.is_finite() { self.cost * (1.0 - self.config.gap) } else { f64::INFINITY };
        let ascent = Ascent { iterations, upper: self.cost, enough, stall: 50 };
        self.dual.ascend(&self.core, &self.free, ascent, self.control);
        self.control.report(self.cost, self.bound());
    }

    /// Plans at the prices of the bound; where a plan breaks a term, at a higher price of it.
    pub(crate) fn plan(&mut self, warm: Option<&[Option<u8>]>) {
        let core = self.core.clone();
        let mut levels = warm.map(<[_]>::to_vec);
        let mut terms = self.dual.terms.clone();
        for attempt in 0..PRICE_RISES {
            let priced = Priced::new(&core, &terms);
            let mut search = Search::new(&core, &priced, &self.dual.promise, self.config.seed);
            if self.config.rounds == 0 {
                search.tries_left = QUICK_TRIES;
            }
            match &levels {
                Some(levels) => search.reopen(levels),
                None => search.construct(&self.dual.openness, &self.dual.level, LIKELY),
            }
            let enough = self.enough();
            if !core.single || is_fine(&core) || core.option_cost.len() <= SMALL_OPTIONS {
                search.descend_all(enough, self.control);
            }
            let mut broken = self.record(&core, &priced, &terms, &mut search);
            if core.single {
                broken = self.improve_single(&core, &priced, &terms, &mut search, broken);
            }
            if broken.is_empty() {
                if !core.single {
                    self.improve(&core, &priced, &terms, &mut search);
                }
                return;
            }
            if attempt + 1 == PRICE_RISES || self.control.is_over() {
                // Shakes and the tree may still come upon a plan that breaks nothing.
                self.improve(&core, &priced, &terms, &mut search);
                return;
            }
            levels = Some(levels_of(&search, &core));
            raise_prices(&core, &mut terms, &broken);
        }
    }

    /// Priced cost at which the plan is good enough.
    fn enough(&self) -> f64 {
        if self.core.single || self.config.gap <= 0.0 {
            return f64::NEG_INFINITY;
        }
        // With terms the plan costs a little more than its priced cost.
        let gap = self.config.gap * if self.core.has_terms() { 0.6 } else { 1.0 };
        self.dual.value + gap * self.dual.value.abs()
    }

    /// How hot the search is: 1 at the start, 0 at the end of its rounds or its time.
    fn heat(&self) -> f64 {
        let spent = f64::from(self.rounds) / f64::from(self.config.rounds.max(1));
        let limit = self.control.seconds() + self.control.seconds_left();
        (1.0 - spent.max(self.control.seconds() / limit)).max(0.0)
    }

    /// Rounds of ruin and recreation with whole demands, and of raising the bound.
    fn improve_single(
        &mut self,
        core: &Core,
        priced: &Priced,
        terms: &TermPrices,
        search: &mut Search,
        mut broken: Vec<Violation>,
    ) -> Vec<Violation> {
        let draft = Draft::from_transport(&search.transport, core);
        let mut single = SingleSearch::new(core, priced, &draft);
        let mut random = Random::with_stream(self.config.seed, 2);
        let mut tree: Option<Tree> = None;
        let mut is_rising = true;
        let mut improved = 0;
        while self.rounds < self.config.rounds && !self.is_done() {
            if is_fine(core) {
                self.shake_split(core, search, &mut single, &mut random);
            }
            let least = single.best_cost();
            let heat = SINGLE_HEAT * least.abs() / core.demands() as f64 * self.heat();
            single.improve(ROUND_STEPS, heat, &mut random, self.control);
            self.rounds += 1;
            if single.best_cost() < least || self.best.is_none() {
                broken = self.keep(core, priced, terms, single.draft());
                improved = self.rounds;
            }
            if is_rising || core.option_cost.len() > TREE_OPTIONS {
                let before = self.dual.value;
                self.ascend(ROUND_ASCENT);
                is_rising = self.dual.value - before > RISING * before.abs();
            } else {
                let tree = tree.get_or_insert_with(|| Tree::new(core, &self.dual));
                let least = single.best_cost();
                for _ in 0..VISITS {
                    self.grow_single(core, tree);
                    single.visit(tree.takers(), VISIT_STEPS, heat, &mut random, self.control);
                }
                if single.best_cost() < least {
                    broken = self.keep(core, priced, terms, single.draft());
                    improved = self.rounds;
                }
                if self.rounds - improved >= STALE_ROUNDS {
                    single.move_to(tree.takers());
                    improved = self.rounds;
                }
            }
        }
        if self.best.is_some() { Vec::new() } else { broken }
    }

    /// Shakes the split plan, and looks at it with whole demands if it is better for it.
    fn shake_split(
        &self,
        core: &Core,
        search: &mut Search,
        single: &mut SingleSearch,
        random: &mut Random,
    ) {
        let before = search.transport.cost;
        let heat = HEAT * typical_level_cost(core) * self.heat();
        for _ in 0..ROUND_SHAKES {
            search.shake(heat, self.control);
        }
        if search.transport.cost < before {
            let draft = Draft::from_transport(&search.transport, core);
            single.visit(&most_used(core, &draft), VISIT_STEPS, 0.0, random, self.control);
        }
    }

    /// Some nodes of the tree: those of a round take about as long as its other steps.
    fn grow_single(&mut self, core: &Core, tree: &mut Tree) {
        let nodes = (VISIT_NODE_OPTIONS / core.option_cost.len().max(1)).clamp(2, 25);
        for _ in 0..nodes {
            // A leaf of whole demands may be a plan: it is looked at before the tree goes on.
            if !matches!(tree.step(core, self.cost, self.control), Found::Candidate(_)) {
                break;
            }
        }
        self.tree_bound = self.tree_bound.max(tree.bound());
        self.control.report(self.cost, self.bound());
    }

    /// Rounds of shaking the plan and raising the bound.
    fn improve(&mut self, core: &Core, priced: &Priced, terms: &TermPrices, search: &mut Search) {
        let typical = typical_level_cost(core);
        if !self.is_done() && self.config.rounds > 0 {
            // The first descent may have ended once the plan seemed good enough.
            search.descend_all(f64::NEG_INFINITY, self.control);
            self.record(core, priced, terms, search);
        }
        let mut least = search.transport.cost;
        let mut tree: Option<Tree> = None;
        let may_grow = core.option_cost.len() <= TREE_OPTIONS;
        while self.rounds < self.config.rounds && !self.is_done() {
            let heat = HEAT * typical * self.heat();
            for _ in 0..ROUND_SHAKES {
                search.shake(heat, self.control);
            }
            self.rounds += 1;
            if self.best.is_none() || search.transport.cost < least - 1e-9 * least.abs() {
                least = search.transport.cost;
                self.record(core, priced, terms, search);
            }
            if may_grow {
                let tree = tree.get_or_insert_with(|| Tree::new(core, &self.dual));
                self.grow(core, priced, terms, search, tree);
            } else {
                self.ascend(ROUND_ASCENT);
            }
        }
    }

    /// Some nodes of the tree, and what their relaxations are as plans.
    fn grow(
        &mut self,
        core: &Core,
        priced: &Priced,
        terms: &TermPrices,
        search: &mut Search,
        tree: &mut Tree,
    ) {
        // Of the priced problem a leaf's transportation cost is exact if nothing else is left.
        let exact = !core.has_terms() && core.levels.len() == core.facilities();
        for _ in 0..ROUND_NODES {
            let leaves = tree.leaves();
            let (open, is_leaf) = match tree.step(core, self.cost, self.control) {
                Found::Nothing => break,
                Found::Candidate(open) => (open, false),
                Found::Leaf(open) => (open, true),
            };
            let cost = self.try_open(core, priced, terms, search, &open, is_leaf);
            if is_leaf && exact {
                tree.close_leaf(leaves.min(cost.max(self.cost)));
            }
            if self.is_done() {
                break;
            }
        }
        self.tree_bound = self.tree_bound.max(tree.bound());
        self.control.report(self.cost, self.bound());
    }

    /// The priced cost of having just these facilities open; the plan is kept if it is better.
    fn try_open(
        &mut self,
        core: &Core,
        priced: &Priced,
        terms: &TermPrices,
        search: &mut Search,
        open: &[bool],
        always: bool,
    ) -> f64 {
        let mut other = search.fresh();
        let levels: Vec<Option<u8>> = open.iter().map(|&open| open.then_some(0)).collect();
        other.reopen(&levels);
        let cost = other.transport.cost;
        if always || cost < 1.02 * search.transport.cost {
            if !always {
                other.descend_all(f64::NEG_INFINITY, self.control);
            }
            if other.transport.cost < search.transport.cost {
                search.adopt(other);
            }
            self.record(core, priced, terms, search);
        }
        cost
    }

    /// Brings the search's plan to the true terms and keeps it if it is the best so far. Returns
    /// what it breaks.
    fn record(
        &mut self,
        core: &Core,
        priced: &Priced,
        terms: &TermPrices,
        search: &mut Search,
    ) -> Vec<Violation> {
        search.meet_budgets();
        let mut draft = Draft::from_transport(&search.transport, core);
        if core.single {
            draft = self.unsplit(core, priced, &draft);
        }
        self.keep(core, priced, terms, draft)
    }

    /// Whole demands from split ones.
    fn unsplit(&self, core: &Core, priced: &Priced, draft: &Draft) -> Draft {
        let mut single = SingleSearch::new(core, priced, draft);
        let mut random = Random::with_stream(self.config.seed, 1);
        single.improve(UNSPLIT_STEPS, 0.0, &mut random, self.control);
        single.draft()
    }

    /// Brings a draft to the true terms and keeps it if it is the best plan so far. Returns what
    /// it breaks.
    fn keep(
        &mut self,
        core: &Core,
        priced: &Priced,
        terms: &TermPrices,
        mut draft: Draft,
    ) -> Vec<Violation> {
        draft.meet_terms(core, priced, terms);
        draft.trim_levels(core, priced);
        let Some(plan) = draft.unload(core, self.problem) else {
            return vec![Violation::Malformed("some demand has no place".into())];
        };
        let violations = plan.violations(self.problem);
        if !violations.is_empty() {
            self.nearest = Some(plan);
            return violations;
        }
        let cost = plan.cost(self.problem).total_usd_per_day();
        if cost < self.cost {
            self.cost = cost;
            self.best = Some(plan);
            self.control.report(self.cost, self.bound());
        }
        violations
    }

    /// No plan costs more than this: a higher bound proves that there is none.
    fn most_usd_per_day(&self) -> f64 {
        let mut most = 0.0;
        for (id, demand) in self.problem.demands.iter_ids() {
            let costs = self.problem.options_of(id).map(|o| self.problem.options[o].usd_per_parcel);
            most += demand.parcels_per_day * costs.fold(f64::NEG_INFINITY, f64::max);
        }
        for facility in self.problem.facilities.iter() {
            let levels = facility.levels.iter().map(|l| l.usd_per_day);
            most += levels.fold(facility.closed_usd_per_day, f64::max);
        }
        for contract in self.problem.contracts.iter() {
            let volume = contract.max_parcels_per_day.min(self.core.total_parcels);
            let charges = charge_corners(contract, volume).into_iter().map(|(_, charge)| charge);
            most += charges.fold(0.0, f64::max);
        }
        most * (1.0 + 1e-6) + 1e-6
    }

    /// The answer, with the bound recomputed by the model.
    pub(crate) fn finish(self) -> Solved {
        let prices = Prices {
            demand: self.dual.w.clone().into(),
            contract: self.dual.terms.contract.clone().into(),
            requirement: self.dual.terms.requirement.clone(),
            capital: self.dual.terms.capital,
            opening: self.dual.terms.opening,
        };
        let certified = lagrangian_usd_per_day(self.problem, &prices);
        // Rounding in the tree's sums is far below this.
        let bound = self.dual.value.max(self.tree_bound);
        let bound = certified.max((bound - 1e-9 * bound.abs()).min(self.cost));
        let gap = relative_gap(self.cost, bound);
        let status = match self.best {
            Some(_) if gap <= self.config.gap.max(2.0 * PROVEN) => Status::Optimal,
            Some(_) => Status::Feasible,
            None if bound > self.most_usd_per_day() => Status::Infeasible,
            None => Status::Unknown,
        };
        Solved {
            plan: self.best,
            cost_usd_per_day: self.cost,
            bound_usd_per_day: bound,
            prices,
            status,
            rounds: self.rounds,
            nearest: self.nearest,
        }
    }
}

/// What serving a parcel without any real option costs above the dearest real one: more than any
/// facility could cost per parcel of the smallest demand it opens for.
fn makeshift_usd_per_parcel(problem: &NetworkProblem) -> f64 {
    let dearest_level = problem
        .facilities
        .iter()
        .flat_map(|f| f.levels.iter())
        .map(|l| l.usd_per_day)
        .fold(0.0, f64::max);
    let parcels = problem.parcels_per_day().max(1e-9) / problem.demands.len().max(1) as f64;
    let dearest = problem.options.iter().map(|o| o.usd_per_parcel.abs()).fold(0.0, f64::max);
    2.0 * (dearest_level / parcels + dearest) + 1.0
}

/// Whether demands are small beside facilities.
fn is_fine(core: &Core) -> bool {
    core.demands() >= FINE_DEMANDS * core.facilities()
}

/// Cost of a facility in the middle of all.
fn typical_level_cost(core: &Core) -> f64 {
    let mut costs: Vec<f64> =
        (0..core.facilities()).map(|f| core.levels(f)[0].cost.max(0.0)).collect();
    costs.sort_by(f64::total_cmp);
    costs.get(costs.len() / 2).copied().unwrap_or(0.0)
}

fn levels_of(search: &Search, core: &Core) -> Vec<Option<u8>> {
    let level = |&l: &i32| u8::try_from(l).ok();
    search.transport.level[..core.facilities()].iter().map(level).collect()
}

/// Raises the prices of the terms that a plan broke.
fn raise_prices(core: &Core, terms: &mut TermPrices, broken: &[Violation]) {
    let per_parcel = 0.01;
    for violation in broken {
        match violation {
            Violation::Requirement { index, .. } => {
                let least = core.requirements[*index].least_people.max(1.0);
                let price = &mut terms.requirement[*index];
                *price = *price * PRICE_RISE + per_parcel * core.total_parcels / least;
            }
            Violation::OverContract { contract, .. } => {
                let price = &mut terms.contract[contract.0 as usize];
                *price += 0.3 * price.abs() + per_parcel;
            }
            Violation::OverCapital { .. } => {
                let budget = core.capital_budget.unwrap_or(1.0).max(1.0);
                terms.capital =
                    terms.capital * PRICE_RISE + per_parcel * core.total_parcels / budget;
            }
            Violation::OverOpenings { .. } => {
                let most = f64::from(core.openings_max.unwrap_or(1).max(1));
                terms.opening = terms.opening * PRICE_RISE + per_parcel * core.total_parcels / most;
            }
            _ => {}
        }
    }
}

//! The lower bound: prices that make the relaxation as dear as possible, by the volume algorithm
//! (Barahona and Anbil 2000): subgradient steps from the best prices so far along an average of
//! past relaxed solutions. The average is nearly feasible, so it also says how likely each
//! facility is to be open, which guides the plans.
//!
//! Steps are taken in dollars per parcel: each price moves by the *share* of its demand that is
//! missing or taken twice, so that small and large zones converge alike.

use crate::core::Core;
use crate::core::NONE;
use crate::priced::{Fixing, Place, Priced, Relaxation, Relaxed, TermPrices};
use postroad_optimization::Control;

/// Steps without a better value before the step shrinks.
const PATIENCE: u32 = 12;

/// Prices, their value, and the averaged relaxed solution.
#[derive(Clone, Debug)]
pub(crate) struct Dual {
    /// Best prices by demand, dollars per parcel.
    pub(crate) w: Vec<f64>,
    /// Best prices on terms.
    pub(crate) terms: TermPrices,
    /// Lagrangian value of the best prices, dollars per day.
    pub(crate) value: f64,
    /// How often each facility was open, lately: 0 to 1.
    pub(crate) openness: Vec<f64>,
    /// Value of each facility open less closed at the best prices; negative if worth opening.
    pub(crate) promise: Vec<f64>,
    /// The level each facility would have at the best prices.
    pub(crate) level: Vec<u32>,
    /// Value of the dearest facility open at the best prices only because so many must be.
    pub(crate) least_kept: f64,
    /// Share of each demand taken at the best prices, and the option that took it.
    pub(crate) coverage: Vec<f64>,
    pub(crate) taker: Vec<u32>,
    /// Step length as a share of the gap to the target.
    pub(crate) step: f64,
}

/// When the ascent ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ascent {
    pub(crate) iterations: u32,
    /// Cost of the best plan known; infinite if none.
    pub(crate) upper: f64,
    /// End once the value reaches this.
    pub(crate) enough: f64,
    /// End once this many iterations together gain less than a millionth of the value.
    pub(crate) stall: u32,
}

/// The direction of a step: what is missing (+) or too much (−), as shares.
#[derive(Clone, Debug)]
struct Direction {
    demand: Vec<f64>,
    contract: Vec<f64>,
    requirement: Vec<f64>,
    capital: f64,
    opening: f64,
}

impl Direction {
    fn zero(core: &Core) -> Self {
        Self {
            demand: vec![0.0; core.demands()],
            contract: vec![0.0; core.contracts.len()],
            requirement: vec![0.0; core.requirements.len()],
            capital: 0.0,
            opening: 0.0,
        }
    }

    /// What a relaxed solution misses.
    fn of(&mut self, core: &Core, priced: &Priced, relaxed: &Relaxed) {
        for (e, coverage) in self.demand.iter_mut().zip(&relaxed.coverage) {
            *e = 1.0 - coverage;
        }
        for (k, e) in self.contract.iter_mut().enumerate() {
            *e = (relaxed.volume[k] - priced.wanted_volume[k]) / core.total_parcels;
        }
        for (q, e) in self.requirement.iter_mut().enumerate() {
            let least = core.requirements[q].least_people;
            *e = (least - relaxed.served[q]) / least.max(1.0);
        }
        self.capital = core.capital_budget.map_or(0.0, |b| relaxed.capital / b.max(1.0) - 1.0);
        self.opening =
            core.openings_max.map_or(0.0, |most| relaxed.openings / f64::from(most.max(1)) - 1.0);
    }

    /// Terms kept with room to spare and no price ask for nothing: without this they would drown
    /// what demands ask for.
    fn without_slack(&mut self, terms: &TermPrices) {
        for (e, price) in self.requirement.iter_mut().zip(&terms.requirement) {
            if *price <= 0.0 {
                *e = e.max(0.0);
            }
        }
        if terms.capital <= 0.0 {
            self.capital = self.capital.max(0.0);
        }
        if terms.opening <= 0.0 {
            self.opening = self.opening.max(0.0);
        }
    }

    /// Becomes `share` of `other` and the rest of itself.
    fn blend(&mut self, other: &Direction, share: f64) {
        let mix = |a: &mut f64, b: &f64| *a += share * (b - *a);
        self.demand.iter_mut().zip(&other.demand).for_each(|(a, b)| mix(a, b));
        self.contract.iter_mut().zip(&other.contract).for_each(|(a, b)| mix(a, b));
        self.requirement.iter_mut().zip(&other.requirement).for_each(|(a, b)| mix(a, b));
        mix(&mut self.capital, &other.capital);
        mix(&mut self.opening, &other.opening);
    }

    /// Product of two directions in parcels: a share of a demand weighs its parcels.
    fn dot(&self, core: &Core, other: &Direction) -> f64 {
        let mut sum = 0.0;
        for ((a, b), parcels) in self.demand.iter().zip(&other.demand).zip(&core.parcels) {
            sum += a * b * parcels;
        }
        let pairs = self.contract.iter().zip(&other.contract);
        let more = self.requirement.iter().zip(&other.requirement);
        let terms: f64 = pairs.chain(more).map(|(a, b)| a * b).sum::<f64>()
            + self.capital * other.capital
            + self.opening * other.opening;
        sum + terms * core.total_parcels
    }
}

impl Dual {
    /// First prices: what a demand's second-cheapest way costs, as if it paid its part of a full
    /// facility; a demand that has a free option never pays more than it.
    pub(crate) fn new(core: &Core) -> Self {
        let terms = TermPrices::zero(core);
        let priced = Priced::new(core, &terms);
        let full_share = |f: usize| {
            let cost = |l: &crate::core::CoreLevel| l.cost.max(0.0) / l.capacity.max(1e-9);
            core.levels(f).iter().map(cost).fold(f64::INFINITY, f64::min)
        };
        let share: Vec<f64> = (0..core.facilities()).map(full_share).collect();
        let mut w = vec![0.0; core.demands()];
        for (demand, w) in w.iter_mut().enumerate() {
            let mut least = f64::INFINITY;
            for o in core.options(demand) {
                let facility = core.option_facility[o] as usize;
                let fixed = share.get(facility).copied().unwrap_or(0.0);
                least = least.min(priced.option_cost[o] + fixed);
            }
            *w = least.min(priced.free_cost[demand]);
        }
        Self {
            w,
            terms,
            value: f64::NEG_INFINITY,
            openness: vec![0.0; core.facilities()],
            promise: vec![0.0; core.facilities()],
            level: vec![0; core.facilities()],
            least_kept: 0.0,
            coverage: vec![0.0; core.demands()],
            taker: vec![NONE; core.demands()],
            step: 0.1,
        }
    }

    /// Improves the prices. Returns the iterations done.
    pub(crate) fn ascend(
        &mut self,
        core: &Core,
        fixing: &[Fixing],
        ascent: Ascent,
        control: &Control,
    ) -> u32 {
        Climb::new(core, self, true, &[]).run(core, self, fixing, ascent, control)
    }

    /// The same with the prices of terms held where they are, and some demands decided.
    pub(crate) fn ascend_fixed_terms(
        &mut self,
        core: &Core,
        fixing: &[Fixing],
        places: &[Place],
        ascent: Ascent,
        control: &Control,
    ) -> u32 {
        Climb::new(core, self, false, places).run(core, self, fixing, ascent, control)
    }
}

/// One ascent's working memory.
struct Climb {
    moves_terms: bool,
    priced: Priced,
    relaxation: Relaxation,
    relaxed: Relaxed,
    fresh: Direction,
    average: Direction,
    w: Vec<f64>,
    terms: TermPrices,
}

impl Climb {
    fn new(core: &Core, dual: &Dual, moves_terms: bool, places: &[Place]) -> Self {
        let mut priced = Priced::new(core, &dual.terms);
        priced.keep_places(core, places);
        Self {
            moves_terms: moves_terms && core.has_terms(),
            priced,
            relaxation: Relaxation::new(core),
            relaxed: Relaxed::new(core),
            fresh: Direction::zero(core),
            average: Direction::zero(core),
            w: dual.w.clone(),
            terms: dual.terms.clone(),
        }
    }

    fn evaluate(&mut self, core: &Core, fixing: &[Fixing]) {
        if self.moves_terms {
            self.priced.reprice(core, &self.terms);
        }
        for (w, free) in self.w.iter_mut().zip(&self.priced.free_cost) {
            *w = w.min(*free);
        }
        self.relaxation.solve(core, &self.priced, &self.w, fixing, &mut self.relaxed);
        self.fresh.of(core, &self.priced, &self.relaxed);
    }

    fn run(
        &mut self,
        core: &Core,
        dual: &mut Dual,
        fixing: &[Fixing],
        ascent: Ascent,
        control: &Control,
    ) -> u32 {
        self.evaluate(core, fixing);
        self.keep(dual);
        dual.openness.copy_from_slice(&self.relaxed.open);
        self.average.clone_from(&self.fresh);
        let (mut blend, mut failures) = (0.1, 0);
        let mut checkpoint = (0, dual.value);
        for iteration in 1..=ascent.iterations {
            if dual.value >= ascent.enough || control.is_over() {
                return iteration - 1;
            }
            self.average.without_slack(&dual.terms);
            let norm = self.average.dot(core, &self.average);
            if norm <= 1e-14 * core.total_parcels {
                return iteration - 1;
            }
            let target = self.target(dual.value, ascent.upper);
            self.step_from(core, dual, dual.step * (target - dual.value) / norm);
            self.evaluate(core, fixing);
            let ahead = self.average.dot(core, &self.fresh) > 0.0;
            self.average.blend(&self.fresh, blend);
            for (a, b) in dual.openness.iter_mut().zip(&self.relaxed.open) {
                *a += blend * (b - *a);
            }
            if self.relaxed.value > dual.value {
                self.keep(dual);
                dual.step = (dual.step * if ahead { 1.1 } else { 1.0 }).min(2.0);
                failures = 0;
            } else {
                failures += 1;
                if failures >= PATIENCE {
                    dual.step *= 0.66;
                    failures = 0;
                }
            }
            if iteration - checkpoint.0 >= ascent.stall {
                if dual.value - checkpoint.1 < 1e-6 * dual.value.abs() {
                    return iteration;
                }
                if dual.value - checkpoint.1 < 1e-4 * dual.value.abs() {
                    blend = (blend * 0.7_f64).max(0.01);
                }
                checkpoint = (iteration, dual.value);
            }
        }
        ascent.iterations
    }

    /// Keeps the prices at hand as the best.
    fn keep(&self, dual: &mut Dual) {
        dual.value = self.relaxed.value;
        dual.w.copy_from_slice(&self.w);
        dual.terms.clone_from(&self.terms);
        dual.promise.copy_from_slice(&self.relaxed.facility_value);
        dual.level.copy_from_slice(&self.relaxed.level);
        dual.coverage.copy_from_slice(&self.relaxed.coverage);
        dual.taker.copy_from_slice(&self.relaxed.taker);
        dual.least_kept = self.relaxed.least_kept;
    }

    /// The value the ascent aims for: the best plan if it is near, else a little above the value.
    fn target(&self, value: f64, upper: f64) -> f64 {
        let ahead = value + 0.05 * value.abs().max(1e-6);
        if upper.is_finite() { upper.min(ahead) } else { ahead }
    }

    /// Moves from the best prices along the average direction.
    fn step_from(&mut self, core: &Core, dual: &Dual, step: f64) {
        for ((w, best), e) in self.w.iter_mut().zip(&dual.w).zip(&self.average.demand) {
            *w = best + step * e;
        }
        if !self.moves_terms {
            return;
        }
        let move_price = |price: f64, e: f64, scale: f64| price + step * e * scale;
        for (k, e) in self.average.contract.iter().enumerate() {
            self.terms.contract[k] = move_price(dual.terms.contract[k], *e, 1.0);
        }
        for (q, e) in self.average.requirement.iter().enumerate() {
            let parcels_per_person =
                core.total_parcels / core.requirements[q].least_people.max(1.0);
            let price = move_price(dual.terms.requirement[q], *e, parcels_per_person);
            self.terms.requirement[q] = price.max(0.0);
        }
        if let Some(budget) = core.capital_budget {
            let scale = core.total_parcels / budget.max(1.0);
            self.terms.capital =
                move_price(dual.terms.capital, self.average.capital, scale).max(0.0);
        }
        if let Some(most) = core.openings_max {
            let scale = core.total_parcels / f64::from(most.max(1));
            self.terms.opening =
                move_price(dual.terms.opening, self.average.opening, scale).max(0.0);
        }
    }
}

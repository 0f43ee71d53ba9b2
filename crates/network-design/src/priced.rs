//! The problem with prices on its terms folded into costs, and its Lagrangian relaxation.
//!
//! With a price for every demand the problem splits into facilities (Geoffrion 1974, Cornuejols,
//! Sridharan and Thizy 1991): each takes, at its best level, the demands whose price exceeds their
//! cost there. Contracts, requirements, capital and openings have prices too, so that what is left
//! is always plain facility location.

use crate::core::{Core, NONE};
use postroad_model::bound::{Prices, charge_corners};

/// Knapsacks of at most so many cells are solved exactly.
const KNAPSACK_CELLS: f64 = 200_000.0;

/// A facility with at most this many arcs, such as a delivery unit, may be opened on the way to
/// place one demand.
const SMALL_FACILITY_ARCS: usize = 16;

/// Prices on the terms that couple the whole problem.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TermPrices {
    pub(crate) contract: Vec<f64>,
    pub(crate) requirement: Vec<f64>,
    pub(crate) capital: f64,
    pub(crate) opening: f64,
}

impl TermPrices {
    pub(crate) fn zero(core: &Core) -> Self {
        Self {
            contract: vec![0.0; core.contracts.len()],
            requirement: vec![0.0; core.requirements.len()],
            capital: 0.0,
            opening: 0.0,
        }
    }

    pub(crate) fn from_prices(prices: &Prices) -> Self {
        Self {
            contract: prices.contract.as_slice().to_vec(),
            requirement: prices.requirement.clone(),
            capital: prices.capital,
            opening: prices.opening,
        }
    }
}

/// Costs at given term prices.
#[derive(Clone, Debug)]
pub(crate) struct Priced {
    /// Dollars per parcel by option.
    pub(crate) option_cost: Vec<f64>,
    /// The same by arc.
    pub(crate) arc_cost: Vec<f64>,
    /// Dollars per day by level.
    pub(crate) level_cost: Vec<f64>,
    /// Least cost of an option without facility by demand; infinite if there is none.
    pub(crate) free_cost: Vec<f64>,
    /// That option.
    pub(crate) free_option: Vec<u32>,
    /// Cost of opening a facility just to place one demand on the way; infinite for any but small
    /// facilities.
    pub(crate) entry_cost: Vec<f64>,
    /// Dollars per day of everything that no choice changes at these prices.
    pub(crate) constant: f64,
    /// Volume each contract would best have at its price.
    pub(crate) wanted_volume: Vec<f64>,
    /// Parcels per day that only facilities can serve.
    pub(crate) captive: f64,
    /// Facilities that must be open at least, by their capacities alone.
    pub(crate) least_open: usize,
    /// Corners of each contract's charge.
    corners: Vec<Vec<(f64, f64)>>,
}

impl Priced {
    pub(crate) fn new(core: &Core, terms: &TermPrices) -> Self {
        let corners = |c| charge_corners(c, c.max_parcels_per_day.min(core.total_parcels));
        let mut priced = Self {
            option_cost: core.option_cost.clone(),
            arc_cost: vec![0.0; core.arc_option.len()],
            level_cost: core.levels.iter().map(|l| l.cost).collect(),
            free_cost: vec![f64::INFINITY; core.demands()],
            free_option: vec![NONE; core.demands()],
            entry_cost: vec![f64::INFINITY; core.facilities()],
            constant: 0.0,
            wanted_volume: vec![0.0; core.contracts.len()],
            captive: 0.0,
            least_open: 0,
            corners: core.contracts.iter().map(corners).collect(),
        };
        priced.reprice(core, terms);
        priced.count_captive(core);
        priced.least_open = priced.least_open(core);
        priced
    }

    fn count_captive(&mut self, core: &Core) {
        let is_captive = |d: &usize| {
            let free = self.free_option[*d];
            free != NONE && core.option_id[free as usize] == NONE
        };
        self.captive = (0..core.demands()).filter(is_captive).map(|d| core.parcels[d]).sum();
    }

    /// How many of the largest facilities hold the captive parcels; 0 if even all do not.
    fn least_open(&self, core: &Core) -> usize {
        if core.has_parents {
            return 0;
        }
        let largest = |f: usize| core.levels(f).last().map_or(0.0, |l| l.capacity);
        let mut capacities: Vec<f64> = (0..core.facilities()).map(largest).collect();
        capacities.sort_by(|a, b| b.total_cmp(a));
        let mut held = 0.0;
        for (count, capacity) in capacities.iter().enumerate() {
            if held >= self.captive * (1.0 - 1e-9) {
                return count;
            }
            held += capacity;
        }
        if held >= self.captive * (1.0 - 1e-9) { capacities.len() } else { 0 }
    }

    /// Brings all costs to other term prices.
    pub(crate) fn reprice(&mut self, core: &Core, terms: &TermPrices) {
        if core.has_terms() {
            self.reprice_options(core, terms);
            self.reprice_levels(core, terms);
        }
        for (arc, &option) in core.arc_option.iter().enumerate() {
            self.arc_cost[arc] = self.option_cost[option as usize];
        }
        self.refresh_free(core);
        self.refresh_entry(core);
        self.constant = core.closed_cost + self.constant_of_terms(core, terms);
    }

    fn reprice_options(&mut self, core: &Core, terms: &TermPrices) {
        for o in 0..core.option_cost.len() {
            let mut cost = core.option_cost[o];
            let contract = core.option_contract[o];
            if contract != NONE {
                cost += terms.contract[contract as usize];
            }
            let mut mask = core.option_requirements[o];
            if mask != 0 {
                let mut reward = 0.0;
                while mask != 0 {
                    reward += terms.requirement[mask.trailing_zeros() as usize];
                    mask &= mask - 1;
                }
                cost -= reward * core.people[core.option_demand[o] as usize];
            }
            self.option_cost[o] = cost;
        }
    }

    fn reprice_levels(&mut self, core: &Core, terms: &TermPrices) {
        for f in 0..core.facilities() {
            let opening = if core.is_new[f] { terms.opening } else { 0.0 };
            for l in core.level_range(f) {
                let level = &core.levels[l];
                self.level_cost[l] = level.cost + terms.capital * level.capital + opening;
            }
        }
    }

    fn refresh_entry(&mut self, core: &Core) {
        for f in 0..core.facilities() {
            let arcs = core.arcs(f).len();
            if core.parent[f] == NONE && (1..=SMALL_FACILITY_ARCS).contains(&arcs) {
                self.entry_cost[f] = self.level_cost[core.level_range(f).start].max(0.0);
            }
        }
    }

    fn refresh_free(&mut self, core: &Core) {
        for demand in 0..core.demands() {
            let mut best = (f64::INFINITY, NONE);
            for o in core.options(demand) {
                if core.option_facility[o] == NONE && self.option_cost[o] < best.0 {
                    best = (self.option_cost[o], o as u32);
                }
            }
            (self.free_cost[demand], self.free_option[demand]) = best;
        }
    }

    fn constant_of_terms(&mut self, core: &Core, terms: &TermPrices) -> f64 {
        let mut constant = -terms.capital * core.capital_budget.unwrap_or(0.0)
            - terms.opening * f64::from(core.openings_max.unwrap_or(0));
        for (requirement, price) in core.requirements.iter().zip(&terms.requirement) {
            constant += price * requirement.least_people;
        }
        for (k, corners) in self.corners.iter().enumerate() {
            let mut best = (f64::INFINITY, 0.0);
            for &(volume, charge) in corners {
                let value = charge - terms.contract[k] * volume;
                if value < best.0 {
                    best = (value, volume);
                }
            }
            constant += best.0;
            self.wanted_volume[k] = best.1;
        }
        constant
    }
}

/// A solution of the relaxation at some prices: not a plan, but a value that bounds all plans, and
/// what it uses of everything that couples.
#[derive(Clone, Debug)]
pub(crate) struct Relaxed {
    /// The Lagrangian value, dollars per day.
    pub(crate) value: f64,
    /// Share of each demand taken, by facilities and the free option; may exceed 1.
    pub(crate) coverage: Vec<f64>,
    /// Facilities open (1) or closed (0).
    pub(crate) open: Vec<f64>,
    /// Value of each facility open less closed, with its children; negative means open.
    pub(crate) facility_value: Vec<f64>,
    /// The level each facility would best have.
    pub(crate) level: Vec<u32>,
    /// Parcels per day under each contract.
    pub(crate) volume: Vec<f64>,
    /// People served as each requirement asks.
    pub(crate) served: Vec<f64>,
    pub(crate) capital: f64,
    pub(crate) openings: f64,
    /// Value of the dearest facility opened only because so many must be; else 0.
    pub(crate) least_kept: f64,
}

impl Relaxed {
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            value: f64::NEG_INFINITY,
            coverage: vec![0.0; core.demands()],
            open: vec![0.0; core.facilities()],
            facility_value: vec![0.0; core.facilities()],
            level: vec![0; core.facilities()],
            volume: vec![0.0; core.contracts.len()],
            served: vec![0.0; core.requirements.len()],
            capital: 0.0,
            openings: 0.0,
            least_kept: 0.0,
        }
    }
}

/// Which facilities may still be chosen freely.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fixing {
    Free,
    Open,
    Closed,
}

/// Buffers of the relaxation.
pub(crate) struct Relaxation {
    /// (reduced cost, arc) of the facility at hand.
    takers: Vec<(f64, u32)>,
    /// Least reduced cost by capacity used, and whether an item is part of it.
    least: Vec<f64>,
    is_taken: Vec<bool>,
    /// Children of each parent.
    child_start: Vec<u32>,
    children: Vec<u32>,
}

impl Relaxation {
    pub(crate) fn new(core: &Core) -> Self {
        let facilities = core.facilities();
        let mut child_start = vec![0_u32; facilities + 1];
        for &p in core.parent.iter().filter(|&&p| p != NONE) {
            child_start[p as usize + 1] += 1;
        }
        for f in 0..facilities {
            child_start[f + 1] += child_start[f];
        }
        let mut next = child_start.clone();
        let mut children = vec![0; child_start[facilities] as usize];
        for (f, &p) in core.parent.iter().enumerate().filter(|(_, p)| **p != NONE) {
            children[next[p as usize] as usize] = f as u32;
            next[p as usize] += 1;
        }
        let (least, is_taken) = (Vec::new(), Vec::new());
        Self { takers: Vec::new(), least, is_taken, child_start, children }
    }

    fn children(&self, facility: usize) -> std::ops::Range<usize> {
        self.child_start[facility] as usize..self.child_start[facility + 1] as usize
    }

    /// Solves the relaxation at demand prices `w`, each at most the demand's free cost.
    pub(crate) fn solve(
        &mut self,
        core: &Core,
        priced: &Priced,
        w: &[f64],
        fixing: &[Fixing],
        out: &mut Relaxed,
    ) {
        out.coverage.fill(0.0);
        out.volume.fill(0.0);
        out.served.fill(0.0);
        (out.capital, out.openings) = (0.0, 0.0);
        let mut value = priced.constant;
        for (price, parcels) in w.iter().zip(&core.parcels) {
            value += price * parcels;
        }
        if core.has_parents {
            for f in 0..core.facilities() {
                if core.parent[f] != NONE {
                    let (value, level) = self.take(core, priced, w, f);
                    out.facility_value[f] = value;
                    out.level[f] = (level - core.level_range(f).start) as u32;
                    out.open[f] = 0.0;
                }
            }
        }
        for f in 0..core.facilities() {
            if core.parent[f] == NONE {
                value += self.solve_family(core, priced, w, fixing, f, out);
            }
        }
        if priced.least_open > 0 {
            value += self.open_more(core, priced, w, fixing, out);
        }
        self.use_free_options(core, priced, w, out);
        out.value = value;
    }

    /// A facility with its children: adds what they use, returns their cost.
    fn solve_family(
        &mut self,
        core: &Core,
        priced: &Priced,
        w: &[f64],
        fixing: &[Fixing],
        facility: usize,
        out: &mut Relaxed,
    ) -> f64 {
        let (mut value, level) = self.take(core, priced, w, facility);
        out.level[facility] = (level - core.level_range(facility).start) as u32;
        for c in self.children(facility) {
            let child = self.children[c] as usize;
            value += match fixing[child] {
                Fixing::Free => out.facility_value[child].min(0.0),
                Fixing::Open => out.facility_value[child],
                Fixing::Closed => 0.0,
            };
        }
        out.facility_value[facility] = value;
        let open = match fixing[facility] {
            Fixing::Free => value < 0.0,
            Fixing::Open => true,
            Fixing::Closed => false,
        };
        out.open[facility] = f64::from(u8::from(open));
        if !open {
            return 0.0;
        }
        self.apply(core, facility, level, out);
        for c in self.children(facility) {
            let child = self.children[c] as usize;
            let open = match fixing[child] {
                Fixing::Free => out.facility_value[child] < 0.0,
                Fixing::Open => true,
                Fixing::Closed => false,
            };
            if open {
                let (_, level) = self.take(core, priced, w, child);
                self.apply(core, child, level, out);
                out.open[child] = 1.0;
            }
        }
        value
    }

    /// Opens the least dear of the other facilities until as many are open as must be; returns
    /// their cost.
    fn open_more(
        &mut self,
        core: &Core,
        priced: &Priced,
        w: &[f64],
        fixing: &[Fixing],
        out: &mut Relaxed,
    ) -> f64 {
        out.least_kept = 0.0;
        let open = out.open.iter().filter(|o| **o > 0.0).count();
        let missing = priced.least_open.saturating_sub(open);
        let mut closed: Vec<usize> = (0..core.facilities())
            .filter(|&f| out.open[f] == 0.0 && fixing[f] != Fixing::Closed)
            .collect();
        if missing == 0 || closed.len() < missing {
            return 0.0;
        }
        closed.sort_by(|&a, &b| {
            out.facility_value[a].total_cmp(&out.facility_value[b]).then(a.cmp(&b))
        });
        let mut value = 0.0;
        for &f in &closed[..missing] {
            let (cost, level) = self.take(core, priced, w, f);
            self.apply(core, f, level, out);
            out.open[f] = 1.0;
            out.least_kept = cost.max(out.least_kept);
            value += cost;
        }
        value
    }

    /// Least cost of an open facility, and the level that has it. Leaves the arcs worth taking in
    /// `takers`, sorted if not all fit.
    fn take(&mut self, core: &Core, priced: &Priced, w: &[f64], facility: usize) -> (f64, usize) {
        self.takers.clear();
        let range = core.arcs(facility);
        let (mut wanted, mut gain) = (0.0, 0.0);
        let costs = &priced.arc_cost[range.clone()];
        let demands = &core.arc_demand[range.clone()];
        for (k, (cost, &demand)) in costs.iter().zip(demands).enumerate() {
            let reduced = cost - w[demand as usize];
            if reduced < 0.0 {
                let parcels = core.parcels[demand as usize];
                wanted += parcels;
                gain += reduced * parcels;
                self.takers.push((reduced, (range.start + k) as u32));
            }
        }
        let levels = core.level_range(facility);
        if wanted <= core.levels[levels.start].capacity {
            // Everything fits every level: the cheapest will do.
            let level =
                levels.min_by(|&a, &b| priced.level_cost[a].total_cmp(&priced.level_cost[b]));
            let level = level.expect("a facility has at least one level");
            return (priced.level_cost[level] + gain, level);
        }
        self.takers.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let capacity = core.levels[levels.start].capacity;
        if core.is_knapsack
            && levels.len() == 1
            && capacity * self.takers.len() as f64 <= KNAPSACK_CELLS
        {
            return (priced.level_cost[levels.start] + self.pack(core, capacity), levels.start);
        }
        let mut best = (f64::INFINITY, levels.start);
        let (mut filled, mut gained, mut k) = (0.0, 0.0, 0);
        for level in levels {
            let capacity = core.levels[level].capacity;
            while k < self.takers.len() {
                let (reduced, arc) = self.takers[k];
                let parcels = core.parcels[core.arc_demand[arc as usize] as usize];
                if filled + parcels > capacity {
                    break;
                }
                filled += parcels;
                gained += reduced * parcels;
                k += 1;
            }
            let rest = self.takers.get(k).map_or(0.0, |t| t.0 * (capacity - filled));
            let value = priced.level_cost[level] + gained + rest;
            if value < best.0 {
                best = (value, level);
            }
        }
        best
    }

    /// The whole demands of least reduced cost that fit a capacity, by dynamic programming (Bellman
    /// 1957); leaves them alone in `takers` and returns their reduced cost. At least as high as
    /// what parts of demands would gain, so the bound is at least as good.
    fn pack(&mut self, core: &Core, capacity: f64) -> f64 {
        let cells = (capacity + 1e-9) as usize + 1;
        self.least.clear();
        self.least.resize(cells, 0.0);
        self.is_taken.clear();
        self.is_taken.resize(cells * self.takers.len(), false);
        let weight = |arc: u32| core.parcels[core.arc_demand[arc as usize] as usize];
        for (k, &(reduced, arc)) in self.takers.iter().enumerate() {
            let parcels = weight(arc);
            for used in (parcels as usize..cells).rev() {
                let with = self.least[used - parcels as usize] + reduced * parcels;
                if with < self.least[used] {
                    self.least[used] = with;
                    self.is_taken[k * cells + used] = true;
                }
            }
        }
        let mut used = cells - 1;
        for k in (0..self.takers.len()).rev() {
            if self.is_taken[k * cells + used] {
                used -= weight(self.takers[k].1) as usize;
            } else {
                self.takers.swap_remove(k);
            }
        }
        self.least[cells - 1]
    }

    /// Adds what an open facility takes at a level to what is used.
    fn apply(&self, core: &Core, facility: usize, level: usize, out: &mut Relaxed) {
        let mut left = core.levels[level].capacity;
        for &(_, arc) in &self.takers {
            let demand = core.arc_demand[arc as usize] as usize;
            let parcels = core.parcels[demand].min(left);
            if parcels <= 0.0 {
                break;
            }
            left -= parcels;
            let share = parcels / core.parcels[demand];
            out.coverage[demand] += share;
            use_option(core, core.arc_option[arc as usize] as usize, share, out);
        }
        out.capital += core.levels[level].capital;
        out.openings += f64::from(u8::from(core.is_new[facility]));
    }

    /// What no facility takes goes to the free option where the price reaches its cost.
    fn use_free_options(&self, core: &Core, priced: &Priced, w: &[f64], out: &mut Relaxed) {
        for (demand, price) in w.iter().enumerate() {
            let missing = 1.0 - out.coverage[demand];
            if missing > 0.0 && *price >= priced.free_cost[demand] {
                out.coverage[demand] = 1.0;
                use_option(core, priced.free_option[demand] as usize, missing, out);
            }
        }
    }
}

/// Counts a share of a demand towards its option's contract and requirements.
#[inline]
fn use_option(core: &Core, option: usize, share: f64, out: &mut Relaxed) {
    let demand = core.option_demand[option] as usize;
    let parcels = share * core.parcels[demand];
    if core.option_contract[option] != NONE {
        out.volume[core.option_contract[option] as usize] += parcels;
    }
    let mut mask = core.option_requirements[option];
    while mask != 0 {
        out.served[mask.trailing_zeros() as usize] += parcels * core.people[demand];
        mask &= mask - 1;
    }
}

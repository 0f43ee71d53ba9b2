//! The problem with prices on its terms folded into costs, and its Lagrangian relaxation.
//!
//! With a price for every demand the problem splits into facilities (Geoffrion 1974, Cornuejols,
//! Sridharan and Thizy 1991): each takes, at its best level, the demands whose price exceeds their
//! cost there. Contracts, requirements, capital and openings have prices too, so that what is left
//! is always plain facility location.

use crate::core::{Core, NONE};
use postroad_model::bound::{Prices, charge_corners};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Knapsacks of at most so many cells are solved exactly.
const KNAPSACK_CELLS: usize = 200_000;

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

    /// Leaves demands only the facilities that `places` allow.
    pub(crate) fn keep_places(&mut self, core: &Core, places: &[Place]) {
        for place in places {
            let demand = place.demand as usize;
            for o in core.options(demand) {
                let facility = core.option_facility[o];
                if facility != NONE && (facility == place.facility) != place.is_here {
                    self.ban(core, facility as usize, o);
                }
            }
            if place.is_here {
                self.free_cost[demand] = f64::INFINITY;
            }
        }
    }

    fn ban(&mut self, core: &Core, facility: usize, option: usize) {
        let arcs = core.arcs(facility);
        let at = core.arc_option[arcs.clone()].partition_point(|&o| (o as usize) < option);
        self.arc_cost[arcs.start + at] = f64::INFINITY;
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

/// A decision about one demand: served by this facility, or not by it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) demand: u32,
    pub(crate) facility: u32,
    pub(crate) is_here: bool,
}

/// A solution of the relaxation at some prices: not a plan, but a value that bounds all plans, and
/// what it uses of everything that couples.
#[derive(Clone, Debug)]
pub(crate) struct Relaxed {
    /// The Lagrangian value, dollars per day.
    pub(crate) value: f64,
    /// Share of each demand taken, by facilities and the free option; may exceed 1.
    pub(crate) coverage: Vec<f64>,
    /// The last option that each demand was taken by, or [`NONE`].
    pub(crate) taker: Vec<u32>,
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
            taker: vec![NONE; core.demands()],
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

/// When the value of an open facility must be exact: a cheap lower value does for facilities that
/// stay closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Exactness {
    IfWorthOpening,
    Always,
}

fn exactness(fixing: Fixing) -> Exactness {
    if fixing == Fixing::Open { Exactness::Always } else { Exactness::IfWorthOpening }
}

/// A facility that may be opened because so many must be; the least dear is the greatest.
struct Candidate {
    value: f64,
    facility: usize,
    is_exact: bool,
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Candidate {}
impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        other.value.total_cmp(&self.value).then(other.facility.cmp(&self.facility))
    }
}

/// Buffers of the relaxation.
pub(crate) struct Relaxation {
    /// (reduced cost, arc) of the facility at hand.
    takers: Vec<(f64, u32)>,
    /// Least reduced cost by capacity used, and whether an item is part of it.
    least: Vec<f64>,
    is_taken: Vec<bool>,
    /// Positions in `takers` that go through the table, and what is taken in the end.
    core_items: Vec<u32>,
    is_chosen: Vec<bool>,
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
        Self {
            takers: Vec::new(),
            least: Vec::new(),
            is_taken: Vec::new(),
            core_items: Vec::new(),
            is_chosen: Vec::new(),
            child_start,
            children,
        }
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
        out.taker.fill(NONE);
        out.volume.fill(0.0);
        out.served.fill(0.0);
        (out.capital, out.openings) = (0.0, 0.0);
        let mut value = priced.constant;
        for (price, parcels) in w.iter().zip(&core.parcels) {
            value += price * parcels;
        }
        if core.has_parents {
            for (f, fixing) in fixing.iter().enumerate() {
                if core.parent[f] != NONE {
                    let (value, level) = self.take(core, priced, w, f, exactness(*fixing));
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
        let (mut value, level) = self.take(core, priced, w, facility, exactness(fixing[facility]));
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
                let (_, level) = self.take(core, priced, w, child, exactness(fixing[child]));
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
        let mut closed: BinaryHeap<Candidate> = (0..core.facilities())
            .filter(|&f| out.open[f] == 0.0 && fixing[f] != Fixing::Closed)
            .map(|facility| Candidate {
                value: out.facility_value[facility],
                facility,
                is_exact: false,
            })
            .collect();
        if missing == 0 || closed.len() < missing {
            return 0.0;
        }
        let mut value = 0.0;
        let mut opened = 0;
        while opened < missing {
            let mut least = closed.pop().expect("as many are closed as are missing");
            let (cost, level) = self.take(core, priced, w, least.facility, Exactness::Always);
            if !least.is_exact && cost > least.value {
                // Another may be less dear than the exact value.
                (least.value, least.is_exact) = (cost, true);
                closed.push(least);
                continue;
            }
            self.apply(core, least.facility, level, out);
            out.open[least.facility] = 1.0;
            out.facility_value[least.facility] = cost;
            out.least_kept = cost.max(out.least_kept);
            value += cost;
            opened += 1;
        }
        value
    }

    /// Least cost of an open facility, and the level that has it. Leaves the arcs worth taking in
    /// `takers`, sorted if not all fit.
    fn take(
        &mut self,
        core: &Core,
        priced: &Priced,
        w: &[f64],
        facility: usize,
        demanded: Exactness,
    ) -> (f64, usize) {
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
        let is_single_level = core.level_range(facility).len() == 1;
        if core.is_knapsack && is_single_level && (best.0 < 0.0 || demanded == Exactness::Always) {
            let gained = self.pack(core, core.levels[best.1].capacity);
            return (priced.level_cost[best.1] + gained, best.1);
        }
        best
    }

    /// The whole demands of least reduced cost that fit a capacity; leaves them alone in `takers`
    /// and returns their reduced cost. At least as high as what parts of demands would gain, so
    /// the bound is at least as good.
    ///
    /// Demands whose place is certain, since any plan with them elsewhere is dearer than a greedy
    /// one (Dembo and Hammer 1980), are fixed first; the few others go through dynamic programming
    /// (Bellman 1957).
    fn pack(&mut self, core: &Core, capacity: f64) -> f64 {
        let weight = |arc: u32| core.parcels[core.arc_demand[arc as usize] as usize];
        let greedy = self.pack_greedily(capacity + 1e-9, weight);
        let (parts, critical) = self.pack_in_parts(capacity, weight);
        let (mut left, mut fixed) = (capacity, 0.0);
        self.core_items.clear();
        for (k, &(reduced, arc)) in self.takers.iter().enumerate() {
            let parcels = weight(arc);
            if parts + (reduced - critical).abs() * parcels < greedy - 1e-12 * greedy.abs() {
                self.core_items.push(k as u32);
            } else if reduced < critical {
                left -= parcels;
                fixed += reduced * parcels;
            }
        }
        let cells = (left + 1e-9).max(0.0) as usize + 1;
        if cells * self.core_items.len() > KNAPSACK_CELLS {
            // What parts would gain is a bound as well.
            return parts;
        }
        let value = fixed + self.fill_table(cells, weight);
        if value >= greedy {
            return self.keep_chosen(greedy);
        }
        self.choose_from_table(cells, critical, weight);
        self.keep_chosen(value)
    }

    /// Takes in turn what fits; returns its reduced cost.
    fn pack_greedily(&mut self, capacity: f64, weight: impl Fn(u32) -> f64) -> f64 {
        self.is_chosen.clear();
        let (mut left, mut value) = (capacity, 0.0);
        for &(reduced, arc) in &self.takers {
            let fits = weight(arc) <= left;
            self.is_chosen.push(fits);
            if fits {
                left -= weight(arc);
                value += reduced * weight(arc);
            }
        }
        value
    }

    /// The reduced cost if the last demand could be taken in part, and that demand's per parcel.
    fn pack_in_parts(&self, capacity: f64, weight: impl Fn(u32) -> f64) -> (f64, f64) {
        let (mut left, mut value) = (capacity, 0.0);
        for &(reduced, arc) in &self.takers {
            if weight(arc) > left {
                return (value + reduced * left, reduced);
            }
            left -= weight(arc);
            value += reduced * weight(arc);
        }
        (value, 0.0)
    }

    /// Least reduced cost of the demands that are not fixed, within the table's cells.
    fn fill_table(&mut self, cells: usize, weight: impl Fn(u32) -> f64) -> f64 {
        self.least.clear();
        self.least.resize(cells, 0.0);
        self.is_taken.clear();
        self.is_taken.resize(cells * self.core_items.len(), false);
        for (row, &k) in self.core_items.iter().enumerate() {
            let (reduced, arc) = self.takers[k as usize];
            let parcels = weight(arc);
            let taken = &mut self.is_taken[row * cells..(row + 1) * cells];
            for used in (parcels as usize..cells).rev() {
                let with = self.least[used - parcels as usize] + reduced * parcels;
                if with < self.least[used] {
                    self.least[used] = with;
                    taken[used] = true;
                }
            }
        }
        self.least[cells - 1]
    }

    fn choose_from_table(&mut self, cells: usize, critical: f64, weight: impl Fn(u32) -> f64) {
        for (chosen, &(reduced, _)) in self.is_chosen.iter_mut().zip(&self.takers) {
            *chosen = reduced < critical;
        }
        let mut used = cells - 1;
        for (row, &k) in self.core_items.iter().enumerate().rev() {
            let taken = self.is_taken[row * cells + used];
            self.is_chosen[k as usize] = taken;
            if taken {
                used -= weight(self.takers[k as usize].1) as usize;
            }
        }
    }

    /// Leaves the chosen demands alone in `takers`; passes the value through.
    fn keep_chosen(&mut self, value: f64) -> f64 {
        let mut k = 0;
        self.takers.retain(|_| {
            k += 1;
            self.is_chosen[k - 1]
        });
        value
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
            out.taker[demand] = core.arc_option[arc as usize];
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
                out.taker[demand] = priced.free_option[demand];
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

//! A plan in the making: what the search at fixed prices found, brought to the true terms.
//!
//! Prices on contracts and requirements bring volumes near the kinks of their charges, but parcels
//! come in lumps, so the last step is taken here: for each term the demands that would move at
//! least extra cost are moved, as many as make the true cost least.

use crate::core::{Core, NONE};
use crate::priced::{Priced, TermPrices};
use crate::transport::{CLOSED, Transport};
use postroad_model::id::{Id, IdVec};
use postroad_model::network::{Assignment, NetworkPlan, NetworkProblem};
use postroad_model::{DemandId, OptionId};

/// Parcels below this are rounding.
const DUST: f64 = 1e-9;

/// Levels, and parcels by option.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) flow: Vec<f64>,
    pub(crate) level: Vec<i32>,
    pub(crate) load: Vec<f64>,
}

/// A change of a demand from one option to another.
#[derive(Clone, Copy, Debug)]
struct Shift {
    /// Dollars per unit of what is to be gained.
    ratio: f64,
    off: u32,
    onto: u32,
}

impl Draft {
    pub(crate) fn from_transport(transport: &Transport, core: &Core) -> Self {
        let mut draft = Self {
            flow: transport.flow.clone(),
            level: transport.level[..core.facilities()].to_vec(),
            load: Vec::new(),
        };
        draft.refresh_loads(core);
        draft
    }

    pub(crate) fn refresh_loads(&mut self, core: &Core) {
        self.load = vec![0.0; core.facilities()];
        for (o, &flow) in self.flow.iter().enumerate() {
            if flow > 0.0 && core.option_facility[o] != NONE {
                self.load[core.option_facility[o] as usize] += flow;
            }
        }
    }

    pub(crate) fn room(&self, core: &Core, facility: usize) -> f64 {
        match self.level[facility] {
            CLOSED => 0.0,
            level => core.levels(facility)[level as usize].capacity - self.load[facility],
        }
    }

    /// Moves parcels between two options of a demand.
    pub(crate) fn shift(&mut self, core: &Core, off: usize, onto: usize, parcels: f64) {
        self.flow[off] -= parcels;
        if self.flow[off] < DUST {
            self.flow[off] = 0.0;
        }
        self.flow[onto] += parcels;
        for (o, parcels) in [(off, -parcels), (onto, parcels)] {
            if core.option_facility[o] != NONE {
                self.load[core.option_facility[o] as usize] += parcels;
            }
        }
    }

    /// Volume under each contract.
    fn volume(&self, core: &Core, contract: usize) -> f64 {
        let of = |(o, flow): (usize, &f64)| {
            if core.option_contract[o] == contract as u32 { *flow } else { 0.0 }
        };
        self.flow.iter().enumerate().map(of).sum()
    }

    /// People served as a requirement asks.
    fn served(&self, core: &Core, requirement: usize) -> f64 {
        let of = |(o, flow): (usize, &f64)| match core.option_requirements[o] >> requirement & 1 {
            1 => *flow * core.people[core.option_demand[o] as usize],
            _ => 0.0,
        };
        self.flow.iter().enumerate().map(of).sum()
    }

    /// Brings volumes and served people to where the true cost is least and nothing is broken.
    pub(crate) fn meet_terms(&mut self, core: &Core, priced: &Priced, terms: &TermPrices) {
        // A shift for one term can disturb another; the second pass mends what the first did.
        for _ in 0..2 {
            for contract in 0..core.contracts.len() {
                self.settle_contract(core, priced, terms, contract, true);
                self.settle_contract(core, priced, terms, contract, false);
            }
            for requirement in 0..core.requirements.len() {
                self.meet_requirement(core, priced, terms, requirement);
            }
        }
    }

    /// Moves demands onto (or off) a contract as far as that lowers the true cost.
    fn settle_contract(
        &mut self,
        core: &Core,
        priced: &Priced,
        terms: &TermPrices,
        contract: usize,
        onto: bool,
    ) {
        let counts = |o: usize| core.option_contract[o] == contract as u32;
        let price = terms.contract[contract];
        let cost = |o: usize| priced.option_cost[o] - if counts(o) { price } else { 0.0 };
        let shifts = self.shifts(core, |o| counts(o) == onto, cost, |_| 1.0);
        let charge = ContractCharge::new(core, contract, self.volume(core, contract));
        let sign = if onto { 1.0 } else { -1.0 };
        let mut reached = (0.0, charge.at(0.0), 0_usize);
        let (mut moved, mut extra) = (0.0, 0.0);
        let mut rooms = Rooms::new(self);
        for (k, shift) in shifts.iter().enumerate() {
            let parcels = rooms.available(core, self, *shift);
            // Whole demands do not stop at a corner.
            let to = if core.single { sign * moved } else { sign * (moved + parcels) };
            for part in charge.corners_within(sign * moved, to) {
                let cost = extra + shift.ratio * (part.abs() - moved) + charge.at(part);
                if cost < reached.1 - 1e-9 * reached.1.abs() {
                    reached = (part.abs(), cost, k);
                }
            }
            moved += parcels;
            extra += shift.ratio * parcels;
            rooms.take(core, *shift, parcels);
            let cost = extra + charge.at(sign * moved);
            if cost < reached.1 - 1e-9 * reached.1.abs() {
                reached = (moved, cost, k);
            }
        }
        if reached.0 > 0.0 {
            self.apply(core, &shifts[..=reached.2], reached.0);
        }
    }

    /// Serves more people in time, the cheapest first, until the requirement is met.
    fn meet_requirement(
        &mut self,
        core: &Core,
        priced: &Priced,
        terms: &TermPrices,
        requirement: usize,
    ) {
        let least = core.requirements[requirement].least_people;
        let missing = least - self.served(core, requirement);
        if missing <= 1e-9 * least {
            return;
        }
        let price = terms.requirement[requirement];
        let counts = |o: usize| core.option_requirements[o] >> requirement & 1 == 1;
        let people = |o: usize| core.people[core.option_demand[o] as usize];
        let cost =
            |o: usize| priced.option_cost[o] + if counts(o) { price * people(o) } else { 0.0 };
        let shifts = self.shifts(core, counts, cost, people);
        let mut missing = missing * (1.0 + 1e-7);
        for shift in shifts {
            if missing <= 0.0 {
                break;
            }
            let people = people(shift.off as usize);
            let want = if core.single { f64::INFINITY } else { missing / people };
            missing -= self.shift_some(core, shift, want) * people;
        }
    }

    /// For each demand in use that does not count, the cheapest change to an option that does, by
    /// extra cost per unit gained.
    fn shifts(
        &self,
        core: &Core,
        counts: impl Fn(usize) -> bool,
        cost: impl Fn(usize) -> f64,
        units: impl Fn(usize) -> f64,
    ) -> Vec<Shift> {
        let mut shifts = Vec::new();
        for demand in 0..core.demands() {
            for off in core.options(demand).filter(|&o| self.flow[o] > 0.0 && !counts(o)) {
                let gained = units(off);
                if gained <= 0.0 || core.option_id[off] == NONE {
                    continue;
                }
                let open = |o: usize| match core.option_facility[o] {
                    NONE => core.option_id[o] != NONE,
                    f => self.room(core, f as usize) > DUST,
                };
                let best = core
                    .options(demand)
                    .filter(|&o| o != off && counts(o) && open(o))
                    .min_by(|&a, &b| cost(a).total_cmp(&cost(b)));
                if let Some(onto) = best {
                    let ratio = (cost(onto) - cost(off)) / gained;
                    shifts.push(Shift { ratio, off: off as u32, onto: onto as u32 });
                }
            }
        }
        shifts.sort_by(|a, b| a.ratio.total_cmp(&b.ratio).then(a.off.cmp(&b.off)));
        shifts
    }

    /// Applies shifts in order up to `parcels` in all.
    fn apply(&mut self, core: &Core, shifts: &[Shift], mut parcels: f64) {
        for shift in shifts {
            parcels -= self.shift_some(core, *shift, parcels * (1.0 + 1e-9));
        }
    }

    /// Shifts as much as there is and as there is room for, but at most `most`; in single sourcing
    /// all or nothing. Returns the parcels moved.
    fn shift_some(&mut self, core: &Core, shift: Shift, most: f64) -> f64 {
        let (off, onto) = (shift.off as usize, shift.onto as usize);
        let room = match core.option_facility[onto] {
            NONE => f64::INFINITY,
            f => self.room(core, f as usize),
        };
        let parcels = self.flow[off].min(room).min(most);
        if parcels <= 0.0 || (core.single && parcels < self.flow[off]) {
            return 0.0;
        }
        self.shift(core, off, onto, parcels);
        parcels
    }

    /// Gives every facility the cheapest level that holds its load, closed if it has none and that
    /// is cheaper.
    pub(crate) fn trim_levels(&mut self, core: &Core, priced: &Priced) {
        let mut has_open_child = vec![false; core.facilities()];
        let children_first = (0..core.facilities())
            .filter(|&f| core.parent[f] != NONE)
            .chain((0..core.facilities()).filter(|&f| core.parent[f] == NONE));
        for f in children_first {
            if self.level[f] == CLOSED && self.load[f] <= DUST && !has_open_child[f] {
                continue;
            }
            let needed = self.load[f] * (1.0 - 1e-9);
            let start = core.level_range(f).start;
            let holds = |&l: &usize| core.levels[start + l].capacity >= needed;
            let cost = |l: usize| priced.level_cost[start + l];
            let best = (0..core.levels(f).len())
                .filter(holds)
                .min_by(|&a, &b| cost(a).total_cmp(&cost(b)));
            let best = best.unwrap_or(core.levels(f).len() - 1);
            let must = self.load[f] > DUST || has_open_child[f];
            self.level[f] = if must || cost(best) < 0.0 { best as i32 } else { CLOSED };
            if self.level[f] != CLOSED && core.parent[f] != NONE {
                has_open_child[core.parent[f] as usize] = true;
            }
        }
    }

    /// The draft as a plan of the problem, or none while makeshift options are in use.
    pub(crate) fn unload(&self, core: &Core, problem: &NetworkProblem) -> Option<NetworkPlan> {
        let mut assignments = Vec::with_capacity(core.demands());
        for demand in 0..core.demands() {
            let used = core.options(demand).filter(|&o| self.flow[o] > 0.0);
            let total: f64 = used.clone().map(|o| self.flow[o]).sum();
            for o in used {
                let share = self.flow[o] / total;
                if share < 1e-9 {
                    continue;
                }
                if core.option_id[o] == NONE {
                    return None;
                }
                let option = OptionId(core.option_id[o]);
                assignments.push(Assignment {
                    demand: DemandId::from_index(demand),
                    option,
                    share,
                });
            }
        }
        let level = |&l: &i32| (l != CLOSED).then_some(l as u8);
        let levels: IdVec<_, _> = self.level.iter().map(level).collect();
        debug_assert!(levels.len() == problem.facilities.len());
        Some(NetworkPlan { levels, assignments })
    }
}

/// A contract's charge as a function of how far its volume moves from today's.
struct ContractCharge<'a> {
    contract: &'a postroad_model::network::Contract,
    volume: f64,
    corners: Vec<f64>,
}

impl<'a> ContractCharge<'a> {
    fn new(core: &'a Core, contract: usize, volume: f64) -> Self {
        let contract = &core.contracts[contract];
        let mut corners: Vec<f64> =
            contract.tiers.iter().map(|t| t.from_parcels_per_day - volume).collect();
        corners.push(contract.commitment_parcels_per_day - volume);
        corners.push(contract.max_parcels_per_day - volume);
        Self { contract, volume, corners }
    }

    /// Charge after moving by `change`; above the maximum it is dear beyond any gain.
    fn at(&self, change: f64) -> f64 {
        let volume = self.volume + change;
        let over = volume - self.contract.max_parcels_per_day * (1.0 + 1e-9);
        self.contract.charge_usd_per_day(volume) + if over > 0.0 { 1e6 * over } else { 0.0 }
    }

    /// Corners strictly between two changes.
    fn corners_within(&self, a: f64, b: f64) -> impl Iterator<Item = f64> + '_ {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        self.corners.iter().copied().filter(move |c| *c > low && *c < high)
    }
}

/// Room still left while a list of shifts is looked at but not yet made.
struct Rooms {
    taken: Vec<f64>,
}

impl Rooms {
    fn new(draft: &Draft) -> Self {
        Self { taken: vec![0.0; draft.load.len()] }
    }

    fn available(&self, core: &Core, draft: &Draft, shift: Shift) -> f64 {
        let flow = draft.flow[shift.off as usize];
        let room = match core.option_facility[shift.onto as usize] {
            NONE => f64::INFINITY,
            f => (draft.room(core, f as usize) - self.taken[f as usize]).max(0.0),
        };
        match core.single {
            true if room < flow => 0.0,
            _ => flow.min(room),
        }
    }

    fn take(&mut self, core: &Core, shift: Shift, parcels: f64) {
        let onto = core.option_facility[shift.onto as usize];
        if onto != NONE {
            self.taken[onto as usize] += parcels;
        }
    }
}

//! The problem as flat arrays, in the two orders in which the search walks through it: options by
//! demand, arcs by facility. Names, classes and terms stay in the model.

use postroad_model::id::Id;
use postroad_model::network::{Contract, NetworkProblem, Sourcing};

/// No facility, no contract, no parent.
pub(crate) const NONE: u32 = u32::MAX;

/// One size of a facility.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CoreLevel {
    pub(crate) capacity: f64,
    /// Dollars per day above the cost of being closed.
    pub(crate) cost: f64,
    pub(crate) capital: f64,
}

/// A requirement: served people must reach `least`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CoreRequirement {
    pub(crate) least_people: f64,
}

/// The flattened problem. An *arc* is an option that uses a facility, seen from the facility.
#[derive(Clone, Debug)]
pub(crate) struct Core {
    /// Parcels per day of each demand.
    pub(crate) parcels: Vec<f64>,
    /// People per parcel of each demand.
    pub(crate) people: Vec<f64>,
    /// Where each demand's options start.
    pub(crate) option_start: Vec<u32>,
    /// The problem's option, or [`NONE`] for the makeshift option of a demand that has no option
    /// without a facility: dear, so that plans avoid it, and cut off from plans at the end.
    pub(crate) option_id: Vec<u32>,
    pub(crate) option_cost: Vec<f64>,
    pub(crate) option_demand: Vec<u32>,
    pub(crate) option_facility: Vec<u32>,
    pub(crate) option_contract: Vec<u32>,
    /// Bit q is set if serving by the option counts for requirement q.
    pub(crate) option_requirements: Vec<u32>,
    /// Where each facility's arcs start.
    pub(crate) arc_start: Vec<u32>,
    pub(crate) arc_option: Vec<u32>,
    pub(crate) arc_demand: Vec<u32>,
    /// Where each facility's levels start.
    pub(crate) level_start: Vec<u32>,
    pub(crate) levels: Vec<CoreLevel>,
    pub(crate) parent: Vec<u32>,
    pub(crate) has_parents: bool,
    pub(crate) is_new: Vec<bool>,
    /// Cost of all facilities closed, dollars per day.
    pub(crate) closed_cost: f64,
    pub(crate) contracts: Vec<Contract>,
    pub(crate) requirements: Vec<CoreRequirement>,
    pub(crate) capital_budget: Option<f64>,
    pub(crate) openings_max: Option<u32>,
    pub(crate) single: bool,
    /// Single sourcing of whole numbers of parcels: capacities are then knapsacks.
    pub(crate) is_knapsack: bool,
    pub(crate) total_parcels: f64,
}

impl Core {
    /// Flattens a problem without faults.
    /// `makeshift` is what the makeshift options cost above the dearest real one, dollars per parcel.
    pub(crate) fn load(problem: &NetworkProblem, makeshift: f64) -> Self {
        let mut core = Self {
            parcels: problem.demands.iter().map(|d| d.parcels_per_day).collect(),
            people: problem.demands.iter().map(|d| d.people / d.parcels_per_day).collect(),
            option_start: vec![0],
            option_id: Vec::with_capacity(problem.options.len()),
            option_cost: Vec::with_capacity(problem.options.len()),
            option_demand: Vec::with_capacity(problem.options.len()),
            option_facility: Vec::with_capacity(problem.options.len()),
            option_contract: Vec::with_capacity(problem.options.len()),
            option_requirements: Vec::with_capacity(problem.options.len()),
            arc_start: Vec::new(),
            arc_option: Vec::new(),
            arc_demand: Vec::new(),
            level_start: vec![0],
            levels: Vec::new(),
            parent: Vec::with_capacity(problem.facilities.len()),
            has_parents: problem.facilities.iter().any(|f| f.parent.is_some()),
            is_new: problem.facilities.iter().map(|f| f.is_new).collect(),
            closed_cost: problem.facilities.iter().map(|f| f.closed_usd_per_day).sum(),
            contracts: problem.contracts.iter().cloned().collect(),
            requirements: Vec::new(),
            capital_budget: problem.capital_budget_usd,
            openings_max: problem.openings_max,
            single: problem.sourcing == Sourcing::Single,
            is_knapsack: problem.sourcing == Sourcing::Single
                && problem.demands.iter().all(|d| d.parcels_per_day.fract() == 0.0),
            total_parcels: problem.parcels_per_day(),
        };
        core.load_options(problem, makeshift);
        core.load_facilities(problem);
        core.load_arcs();
        core
    }

    fn load_options(&mut self, problem: &NetworkProblem, makeshift: f64) {
        assert!(problem.requirements.len() <= 32, "at most 32 requirements fit the masks");
        self.requirements = problem
            .requirements
            .iter()
            .map(|r| CoreRequirement { least_people: r.min_share * problem.people_of(r) })
            .collect();
        for (id, demand) in problem.demands.iter_ids() {
            let mut has_free = false;
            let mut dearest = 0.0_f64;
            for o in problem.options_of(id) {
                let option = &problem.options[o];
                let mut mask = 0_u32;
                for (q, requirement) in problem.requirements.iter().enumerate() {
                    if option.days <= requirement.within_days && requirement.concerns(demand) {
                        mask |= 1 << q;
                    }
                }
                has_free |= option.facility.is_none();
                dearest = dearest.max(option.usd_per_parcel);
                let facility = option.facility.map_or(NONE, |f| f.0);
                let contract = option.contract.map_or(NONE, |c| c.0);
                self.push_option(o.0, option.usd_per_parcel, id.0, facility, contract, mask);
            }
            if !has_free {
                self.push_option(NONE, dearest + makeshift, id.0, NONE, NONE, 0);
            }
            self.option_start.push(self.option_id.len() as u32);
        }
    }

    fn push_option(
        &mut self,
        id: u32,
        cost: f64,
        demand: u32,
        facility: u32,
        contract: u32,
        mask: u32,
    ) {
        self.option_id.push(id);
        self.option_cost.push(cost);
        self.option_demand.push(demand);
        self.option_facility.push(facility);
        self.option_contract.push(contract);
        self.option_requirements.push(mask);
    }

    fn load_facilities(&mut self, problem: &NetworkProblem) {
        for facility in problem.facilities.iter() {
            for level in &facility.levels {
                self.levels.push(CoreLevel {
                    capacity: level.parcels_per_day,
                    cost: level.usd_per_day - facility.closed_usd_per_day,
                    capital: level.capital_usd,
                });
            }
            self.level_start.push(self.levels.len() as u32);
            self.parent.push(facility.parent.map_or(NONE, |p| p.index() as u32));
        }
    }

    fn load_arcs(&mut self) {
        let facilities = self.parent.len();
        let mut start = vec![0_u32; facilities + 1];
        for &f in self.option_facility.iter().filter(|&&f| f != NONE) {
            start[f as usize + 1] += 1;
        }
        for f in 0..facilities {
            start[f + 1] += start[f];
        }
        let arcs = start[facilities] as usize;
        self.arc_option = vec![0; arcs];
        self.arc_demand = vec![0; arcs];
        let mut next = start.clone();
        for (o, &f) in self.option_facility.iter().enumerate() {
            if f != NONE {
                let at = next[f as usize] as usize;
                self.arc_option[at] = o as u32;
                self.arc_demand[at] = self.option_demand[o];
                next[f as usize] += 1;
            }
        }
        self.arc_start = start;
    }

    pub(crate) fn demands(&self) -> usize {
        self.parcels.len()
    }

    pub(crate) fn facilities(&self) -> usize {
        self.parent.len()
    }

    /// Positions of a demand's options.
    #[inline]
    pub(crate) fn options(&self, demand: usize) -> std::ops::Range<usize> {
        self.option_start[demand] as usize..self.option_start[demand + 1] as usize
    }

    /// Positions of a facility's arcs.
    #[inline]
    pub(crate) fn arcs(&self, facility: usize) -> std::ops::Range<usize> {
        self.arc_start[facility] as usize..self.arc_start[facility + 1] as usize
    }

    /// A facility's levels.
    #[inline]
    pub(crate) fn levels(&self, facility: usize) -> &[CoreLevel] {
        &self.levels[self.level_range(facility)]
    }

    /// Positions of a facility's levels.
    #[inline]
    pub(crate) fn level_range(&self, facility: usize) -> std::ops::Range<usize> {
        self.level_start[facility] as usize..self.level_start[facility + 1] as usize
    }

    /// Whether anything couples facilities besides demands.
    pub(crate) fn has_terms(&self) -> bool {
        !self.contracts.is_empty()
            || !self.requirements.is_empty()
            || self.capital_budget.is_some()
            || self.openings_max.is_some()
    }
}

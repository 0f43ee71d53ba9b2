//! The exact optimum of a small problem by mixed-integer programming: the oracle of the tests.
//!
//! Volumes are in shares of all parcels, so that coefficients stay near one.

use microlp::{ComparisonOp, Error, LinearExpr, OptimizationDirection, Problem, Variable};
use postroad_model::network::{
    Assignment, Contract, Facility, NetworkPlan, NetworkProblem, Sourcing, TierRule,
};
use postroad_model::{ContractId, FacilityId, IdVec, id::Id};

/// Kept below the next start of an all-parcels tier that is dearer: the model allows itself a
/// millionth in telling which tier is reached.
const BELOW_TIER: f64 = 1.0 - 2e-6;

/// What the exact solver found.
#[derive(Debug)]
pub(crate) struct Exact {
    /// The value of its program, dollars per day.
    pub(crate) usd_per_day: f64,
    /// Its plan.
    pub(crate) plan: NetworkPlan,
}

/// Whether a level or a tier is fixed in advance.
#[derive(Clone, Default)]
pub(crate) struct Fixed {
    /// The level of each facility.
    pub(crate) levels: Option<Vec<Option<u8>>>,
    /// The tier of each contract.
    pub(crate) tiers: Option<Vec<usize>>,
}

/// Least cost of a problem; `None` if no plan is feasible.
pub(crate) fn optimum(problem: &NetworkProblem, fixed: &Fixed) -> Result<Option<Exact>, String> {
    let program = Program::new(problem, fixed);
    match program.rows.solve() {
        Ok(outcome) if outcome.is_optimal() => {
            let solution = outcome.solution().ok_or("an optimum without values")?;
            let value = |variable: Variable| solution.var_value(variable);
            let plan = program.plan(problem, &value);
            Ok(Some(Exact { usd_per_day: solution.objective() + program.constant, plan }))
        }
        Ok(_) => Err("stopped before the optimum".to_string()),
        Err(Error::Infeasible) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// Tiers of a contract that can be reached: start, end, both as shares of all parcels.
pub(crate) fn segments(contract: &Contract, total: f64) -> Vec<(f64, f64)> {
    let most = contract.max_parcels_per_day.min(total);
    let starts: Vec<f64> = match contract.tiers.len() {
        0 => vec![0.0],
        _ => contract.tiers.iter().map(|t| t.from_parcels_per_day).collect(),
    };
    (0..starts.len())
        .filter(|&k| starts[k] <= most)
        .map(|k| {
            let next = starts.get(k + 1).copied().unwrap_or(f64::INFINITY);
            let jumps_up = contract.tier_rule == TierRule::AllParcels
                && contract
                    .tiers
                    .get(k + 1)
                    .is_some_and(|t| t.usd_per_parcel > contract.tiers[k].usd_per_parcel);
            let end = if jumps_up { next * BELOW_TIER } else { next };
            (starts[k] / total, end.min(most) / total)
        })
        .collect()
}

struct Program {
    rows: Problem,
    constant: f64,
    share: Vec<Variable>,
    level: IdVec<FacilityId, Vec<Variable>>,
    total: f64,
}

impl Program {
    fn new(problem: &NetworkProblem, fixed: &Fixed) -> Self {
        let mut program = Self {
            rows: Problem::new(OptimizationDirection::Minimize),
            constant: 0.0,
            share: Vec::new(),
            level: IdVec::new(),
            total: problem.parcels_per_day(),
        };
        program.demands(problem);
        for (id, facility) in problem.facilities.iter_ids() {
            let fixed = fixed.levels.as_ref().map(|levels| levels[id.index()]);
            program.facility(facility, fixed);
        }
        for id in problem.facilities.ids() {
            program.capacity(problem, id);
        }
        for id in problem.contracts.ids() {
            let fixed = fixed.tiers.as_ref().map(|tiers| tiers[id.index()]);
            program.contract(problem, id, fixed);
        }
        program.limits(problem);
        program
    }

    fn demands(&mut self, problem: &NetworkProblem) {
        for (id, demand) in problem.demands.iter_ids() {
            let mut sum = LinearExpr::empty();
            for option in problem.options_of(id) {
                let usd = demand.parcels_per_day * problem.options[option].usd_per_parcel;
                let share = match problem.sourcing {
                    Sourcing::Single => self.rows.add_binary_var(usd),
                    Sourcing::Split => self.rows.add_var(usd, (0.0, 1.0)),
                };
                self.share.push(share);
                sum.add(share, 1.0);
            }
            self.rows.add_constraint(sum, ComparisonOp::Eq, 1.0);
        }
    }

    fn facility(&mut self, facility: &Facility, fixed: Option<Option<u8>>) {
        self.constant += facility.closed_usd_per_day;
        let mut one = LinearExpr::empty();
        let mut variables = Vec::new();
        for (k, level) in facility.levels.iter().enumerate() {
            let usd = level.usd_per_day - facility.closed_usd_per_day;
            let variable = match fixed {
                None => self.rows.add_binary_var(usd),
                Some(open) => {
                    let value = if open == Some(k as u8) { 1.0 } else { 0.0 };
                    self.rows.add_var(usd, (value, value))
                }
            };
            variables.push(variable);
            one.add(variable, 1.0);
        }
        self.rows.add_constraint(one, ComparisonOp::Le, 1.0);
        self.level.push(variables);
    }

    fn capacity(&mut self, problem: &NetworkProblem, id: FacilityId) {
        let facility = &problem.facilities[id];
        let mut load = LinearExpr::empty();
        for (k, &level) in self.level[id].iter().enumerate() {
            load.add(level, -(facility.levels[k].parcels_per_day / self.total).min(1.0));
        }
        for demand in problem.demands.ids() {
            for option in problem.options_of(demand) {
                if problem.options[option].facility == Some(id) {
                    let parcels = problem.demands[demand].parcels_per_day;
                    load.add(self.share[option.index()], parcels / self.total);
                    let mut used = LinearExpr::empty();
                    used.add(self.share[option.index()], 1.0);
                    self.level[id].iter().for_each(|&level| used.add(level, -1.0));
                    self.rows.add_constraint(used, ComparisonOp::Le, 0.0);
                }
            }
        }
        self.rows.add_constraint(load, ComparisonOp::Le, 0.0);
        if let Some(parent) = facility.parent {
            let mut needs = LinearExpr::empty();
            self.level[id].iter().for_each(|&level| needs.add(level, 1.0));
            self.level[parent].iter().for_each(|&level| needs.add(level, -1.0));
            self.rows.add_constraint(needs, ComparisonOp::Le, 0.0);
        }
    }

    /// One variable for being in a tier and one for the volume there.
    fn contract(&mut self, problem: &NetworkProblem, id: ContractId, fixed: Option<usize>) {
        let contract = &problem.contracts[id];
        let rate = |k: usize| contract.tiers.get(k).map_or(0.0, |t| t.usd_per_parcel);
        let mut one = LinearExpr::empty();
        let mut volume = LinearExpr::empty();
        for (k, &(from, to)) in segments(contract, self.total).iter().enumerate() {
            // A marginal tier starts from what the tiers below it have cost.
            let (base, usd) = match contract.tier_rule {
                TierRule::AllParcels => (0.0, rate(k)),
                TierRule::Marginal => (
                    contract.tier_usd_per_day(from * self.total) - rate(k) * from * self.total,
                    rate(k),
                ),
            };
            let chosen = match fixed {
                None => self.rows.add_binary_var(base),
                Some(tier) => {
                    let value = f64::from(u8::from(tier == k));
                    self.rows.add_var(base, (value, value))
                }
            };
            let part = self.rows.add_var(usd * self.total, (0.0, f64::INFINITY));
            self.rows.add_constraint([(part, 1.0), (chosen, -to)], ComparisonOp::Le, 0.0);
            self.rows.add_constraint([(part, 1.0), (chosen, -from)], ComparisonOp::Ge, 0.0);
            one.add(chosen, 1.0);
            volume.add(part, 1.0);
        }
        self.rows.add_constraint(one, ComparisonOp::Eq, 1.0);
        let shortfall_usd = contract.shortfall_usd_per_parcel * self.total;
        let shortfall = self.rows.add_var(shortfall_usd, (0.0, f64::INFINITY));
        let mut committed = volume.clone();
        committed.add(shortfall, 1.0);
        let commitment = contract.commitment_parcels_per_day / self.total;
        self.rows.add_constraint(committed, ComparisonOp::Ge, commitment);
        for demand in problem.demands.ids() {
            for option in problem.options_of(demand) {
                if problem.options[option].contract == Some(id) {
                    let parcels = problem.demands[demand].parcels_per_day;
                    volume.add(self.share[option.index()], -parcels / self.total);
                }
            }
        }
        self.rows.add_constraint(volume, ComparisonOp::Eq, 0.0);
    }

    fn limits(&mut self, problem: &NetworkProblem) {
        for requirement in &problem.requirements {
            let people = problem.people_of(requirement);
            let mut served = LinearExpr::empty();
            for (id, demand) in problem.demands.iter_ids() {
                for option in problem.options_of(id) {
                    let days = problem.options[option].days;
                    if requirement.concerns(demand) && days <= requirement.within_days {
                        served.add(self.share[option.index()], demand.people / people.max(1.0));
                    }
                }
            }
            if people > 0.0 {
                self.rows.add_constraint(served, ComparisonOp::Ge, requirement.min_share);
            }
        }
        let mut capital = LinearExpr::empty();
        let mut openings = LinearExpr::empty();
        for (id, facility) in problem.facilities.iter_ids() {
            for (&variable, level) in self.level[id].iter().zip(&facility.levels) {
                // In millions.
                capital.add(variable, level.capital_usd / 1e6);
                if facility.is_new {
                    openings.add(variable, 1.0);
                }
            }
        }
        if let Some(budget) = problem.capital_budget_usd {
            self.rows.add_constraint(capital, ComparisonOp::Le, budget / 1e6);
        }
        if let Some(most) = problem.openings_max {
            self.rows.add_constraint(openings, ComparisonOp::Le, f64::from(most));
        }
    }

    fn plan(&self, problem: &NetworkProblem, value: &dyn Fn(Variable) -> f64) -> NetworkPlan {
        let open = |variables: &Vec<Variable>| {
            variables.iter().position(|&v| value(v) > 0.5).map(|k| k as u8)
        };
        let levels: IdVec<FacilityId, Option<u8>> = self.level.iter().map(open).collect();
        let mut assignments = Vec::new();
        for demand in problem.demands.ids() {
            let share = |option: postroad_model::OptionId| match value(self.share[option.index()]) {
                share if share < 1e-6 => 0.0,
                share => share,
            };
            let sum: f64 = problem.options_of(demand).map(share).sum();
            for option in problem.options_of(demand) {
                if share(option) > 0.0 {
                    assignments.push(Assignment { demand, option, share: share(option) / sum });
                }
            }
        }
        NetworkPlan { levels, assignments }
    }
}

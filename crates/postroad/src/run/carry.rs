//! What a plan and its prices are worth when a quantity of the study moves a little.
//!
//! By the envelope theorem the best cost moves, to first order, as the cost of the plan that was
//! best before. So the old plan is costed in the new problem, and the old prices, moved by what
//! each demand's own service became dearer, prove how much another plan could still save. Only if
//! that is too much need the new problem be solved.

use postroad_model::bound::{Prices, lagrangian_usd_per_day};
use postroad_model::id::Id;
use postroad_model::network::{Assignment, NetworkPlan, NetworkProblem, ServiceOption, TOLERANCE};
use postroad_model::{DemandId, FacilityId, IdVec, OptionId};

use super::answer::Answer;
use crate::planning::{Planned, ServiceClass};
use crate::result::RunStatus;

/// The old answer in the new problem: same plan, moved prices. None if the plan is not feasible
/// there, or uses an option that is not there any more.
pub fn carry(old: &Planned, answer: &Answer, new: &Planned) -> Option<Answer> {
    let carried = Carried::of(old, answer.plan.as_ref()?, new).filter(|c| c.is_feasible(new))?;
    let prices = carried.moved_prices(old, answer, new);
    let cost = carried.plan.cost(&new.problem).total_usd_per_day();
    let bound = lagrangian_usd_per_day(&new.problem, &prices).min(cost);
    Some(Answer {
        plan: Some(carried.plan),
        cost_usd_per_day: cost,
        bound_usd_per_day: bound,
        certified_usd_per_day: bound,
        prices,
        status: RunStatus::Feasible,
        rounds: 0,
        unmet: Vec::new(),
    })
}

/// What the old plan costs in the new problem, dollars per day, and whether it is feasible there.
/// None if it uses an option that is not there any more.
pub fn carried_cost(old: &Planned, answer: &Answer, new: &Planned) -> Option<(f64, bool)> {
    let carried = Carried::of(old, answer.plan.as_ref()?, new)?;
    Some((carried.plan.cost(&new.problem).total_usd_per_day(), carried.is_feasible(new)))
}

/// An old plan in a new problem.
struct Carried {
    plan: NetworkPlan,
    /// For each assignment, the old one it came from.
    origins: Vec<Assignment>,
}

impl Carried {
    /// The same ways of serving from the same facilities, larger ones where a load does not fit
    /// any more.
    fn of(old: &Planned, plan: &NetworkPlan, new: &Planned) -> Option<Self> {
        if old.facilities.len() != new.facilities.len() {
            return None;
        }
        let mut assignments = Vec::with_capacity(plan.assignments.len());
        let mut origins = Vec::with_capacity(plan.assignments.len());
        for demand in new.demands.ids() {
            for origin in assignments_of(plan, origin_of(old, new, demand)?) {
                let way = &old.problem.options[origin.option];
                let option = same_option(way, &new.problem, demand)?;
                assignments.push(Assignment { demand, option, share: origin.share });
                origins.push(*origin);
            }
        }
        let mut plan = NetworkPlan { levels: plan.levels.clone(), assignments };
        enlarge(&mut plan, &new.problem);
        Some(Self { plan, origins })
    }

    fn is_feasible(&self, new: &Planned) -> bool {
        self.plan.violations(&new.problem).is_empty()
    }

    /// Prices of demands, moved by what a parcel of theirs now costs more: its option, and its part
    /// of its facility.
    fn moved_prices(&self, old: &Planned, answer: &Answer, new: &Planned) -> Prices {
        let before = answer.plan.as_ref().unwrap_or(&self.plan);
        let old_share = facility_usd_per_parcel(&old.problem, before);
        let new_share = facility_usd_per_parcel(&new.problem, &self.plan);
        let usd = |problem: &NetworkProblem, share: &IdVec<FacilityId, f64>, a: &Assignment| {
            let option = &problem.options[a.option];
            option.usd_per_parcel + option.facility.map_or(0.0, |f| share[f])
        };
        let mut moved: IdVec<DemandId, f64> = IdVec::from(vec![0.0; new.problem.demands.len()]);
        for (then, now) in self.origins.iter().zip(&self.plan.assignments) {
            let dearer = usd(&new.problem, &new_share, now) - usd(&old.problem, &old_share, then);
            moved[now.demand] += now.share * (answer.prices.demand[then.demand] + dearer);
        }
        Prices { demand: moved, ..answer.prices.clone() }
    }
}

/// The old demand whose service a new one takes over: that of the same parcels, or of the others in
/// its zone.
fn origin_of(old: &Planned, new: &Planned, demand: DemandId) -> Option<DemandId> {
    let info = new.demands[demand];
    let find = |service: ServiceClass| {
        let key = (info.zone, service);
        old.demands.as_slice().binary_search_by_key(&key, |d| (d.zone, d.service)).ok()
    };
    let position = find(info.service).or_else(|| find(ServiceClass::Standard))?;
    Some(DemandId::from_index(position))
}

fn assignments_of(plan: &NetworkPlan, demand: DemandId) -> &[Assignment] {
    let from = plan.assignments.partition_point(|a| a.demand < demand);
    let to = plan.assignments.partition_point(|a| a.demand <= demand);
    &plan.assignments[from..to]
}

/// The option of a demand that serves in the same way.
fn same_option(
    option: &ServiceOption,
    problem: &NetworkProblem,
    demand: DemandId,
) -> Option<OptionId> {
    problem.options_of(demand).find(|&o| {
        let other = &problem.options[o];
        other.channel == option.channel
            && other.facility == option.facility
            && other.contract == option.contract
    })
}

/// Gives facilities that are too small for their load the least size that is not.
fn enlarge(plan: &mut NetworkPlan, problem: &NetworkProblem) {
    let loads = plan.facility_loads(problem);
    for (id, &load) in loads.iter_ids() {
        let Some(level) = plan.levels[id] else { continue };
        let levels = &problem.facilities[id].levels;
        let most = levels.len() - 1;
        let fits = |&l: &usize| load <= levels[l].parcels_per_day * (1.0 + TOLERANCE);
        let level = (usize::from(level).min(most)..=most).find(fits).unwrap_or(most);
        plan.levels[id] = u8::try_from(level).ok();
    }
}

/// Cost of each facility's level, divided by its parcels; 0 without parcels.
fn facility_usd_per_parcel(problem: &NetworkProblem, plan: &NetworkPlan) -> IdVec<FacilityId, f64> {
    let mut usd: IdVec<FacilityId, f64> = IdVec::from(vec![0.0; problem.facilities.len()]);
    for (id, level) in plan.open_levels(problem) {
        usd[id] = level.usd_per_day;
    }
    for (id, &load) in plan.facility_loads(problem).iter_ids() {
        usd[id] = if load > 0.0 { usd[id] / load } else { 0.0 };
    }
    usd
}

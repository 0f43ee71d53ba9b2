//! What a plan and its prices are worth when a quantity of the study moves a little.
//!
//! By the envelope theorem the best cost moves, to first order, as the cost of the plan that was
//! best before. So the old plan is costed in the new problem, and the old prices, moved by what
//! each demand's own service became dearer, prove how much another plan could still save. Only if
//! that is too much need the new problem be solved.

use postroad_model::bound::{Prices, lagrangian_usd_per_day};
use postroad_model::network::{Assignment, NetworkPlan, NetworkProblem, ServiceOption};
use postroad_model::{DemandId, FacilityId, IdVec};

use super::answer::Answer;
use crate::result::RunStatus;

/// The old answer in the new problem: same plan, moved prices. None if the plan is not feasible
/// there, or uses an option that is not there any more.
pub fn carry(old: &NetworkProblem, answer: &Answer, new: &NetworkProblem) -> Option<Answer> {
    if old.demands.len() != new.demands.len() || old.facilities.len() != new.facilities.len() {
        return None;
    }
    let plan = carried_plan(old, answer.plan.as_ref()?, new)?;
    if !plan.violations(new).is_empty() {
        return None;
    }
    let prices = moved_prices(old, answer, new, &plan);
    let cost = plan.cost(new).total_usd_per_day();
    let bound = lagrangian_usd_per_day(new, &prices).min(cost);
    Some(Answer {
        plan: Some(plan),
        cost_usd_per_day: cost,
        bound_usd_per_day: bound,
        certified_usd_per_day: bound,
        prices,
        status: RunStatus::Feasible,
        rounds: 0,
        unmet: Vec::new(),
    })
}

/// The same levels and the same ways of serving.
fn carried_plan(
    old: &NetworkProblem,
    plan: &NetworkPlan,
    new: &NetworkProblem,
) -> Option<NetworkPlan> {
    let carried = |a: &Assignment| {
        let option = same_option(&old.options[a.option], new, a.demand)?;
        Some(Assignment { option, ..*a })
    };
    let assignments = plan.assignments.iter().map(carried).collect::<Option<Vec<_>>>()?;
    Some(NetworkPlan { levels: plan.levels.clone(), assignments })
}

/// The option of a demand that serves in the same way.
fn same_option(
    option: &ServiceOption,
    problem: &NetworkProblem,
    demand: DemandId,
) -> Option<postroad_model::OptionId> {
    problem.options_of(demand).find(|&o| {
        let other = &problem.options[o];
        other.channel == option.channel
            && other.facility == option.facility
            && other.contract == option.contract
    })
}

/// Prices of demands, moved by what a parcel of theirs now costs more: its option, and its part of
/// its facility.
fn moved_prices(
    old: &NetworkProblem,
    answer: &Answer,
    new: &NetworkProblem,
    plan: &NetworkPlan,
) -> Prices {
    let before = answer.plan.as_ref().map_or(plan, |plan| plan);
    let old_share = facility_usd_per_parcel(old, before);
    let new_share = facility_usd_per_parcel(new, plan);
    let usd = |problem: &NetworkProblem, share: &IdVec<FacilityId, f64>, a: &Assignment| {
        let option = &problem.options[a.option];
        option.usd_per_parcel + option.facility.map_or(0.0, |f| share[f])
    };
    let mut prices = answer.prices.clone();
    let mut moved: IdVec<DemandId, f64> = prices.demand.iter().copied().collect();
    for (then, now) in before.assignments.iter().zip(&plan.assignments) {
        moved[now.demand] += now.share * (usd(new, &new_share, now) - usd(old, &old_share, then));
    }
    prices.demand = moved;
    prices
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

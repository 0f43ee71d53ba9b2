//! Drivers' hours near each other: hours beyond the mean of a first plan cost more in a second one,
//! which has the vehicles that the first one uses.

use postroad_model::routing::{MICRO_USD, Overtime, RoutingPlan, RoutingProblem};
use postroad_model::{Fault, Place};
use postroad_optimization::Control;
use postroad_routing::Solved;

use super::Effort;
use crate::failure::Failure;

/// Solves twice, each time with half of the time if that is limited. The plan's cost is told without
/// the price of imbalance.
pub(crate) fn solve(
    file: &str,
    problem: &RoutingProblem,
    usd_per_hour: f64,
    effort: Effort,
    control: &Control,
    start: Option<&RoutingPlan>,
) -> Result<Solved, Failure> {
    if problem.vehicles.iter().any(|vehicle| vehicle.overtime.is_some()) {
        return Err(taken(file).into());
    }
    let half = control.within(control.seconds_left() / 2.0);
    let first = super::solve(file, problem, effort, &half, start)?;
    let Some(after_s) = mean_s(problem, &first.plan) else { return Ok(first) };
    let micro_usd_per_s = (usd_per_hour * MICRO_USD as f64 / 3600.0).round() as i64;
    let mut dearer = problem.clone();
    let used = first.plan.vehicles_used(problem);
    for (vehicle, &used) in dearer.vehicles.as_mut_slice().iter_mut().zip(used.as_slice()) {
        // A vehicle more would make all routes shorter, and one of them much shorter.
        vehicle.count = used;
        vehicle.overtime = Some(Overtime { after_s, micro_usd_per_s });
    }
    let second = super::solve(file, &dearer, effort, control, Some(&first.plan))?;
    let cost_micro_usd = second.plan.cost(problem).total_micro_usd();
    let iterations = first.iterations + second.iterations;
    Ok(Solved { plan: second.plan, cost_micro_usd, iterations })
}

/// Mean time of the routes.
fn mean_s(problem: &RoutingProblem, plan: &RoutingPlan) -> Option<i32> {
    let times = plan.routes.iter().filter_map(|route| route.schedule(problem));
    let total_s: i64 = times.map(|schedule| i64::from(schedule.duration_s())).sum();
    total_s.checked_div(plan.routes.len() as i64).map(|mean_s| mean_s as i32)
}

fn taken(file: &str) -> Fault {
    Fault {
        code: "E334",
        place: Place { file: file.into(), line: None, field: None },
        cause: "--balance prices long routes, which the fleet's overtime does already".into(),
        action: "leave out one of them".into(),
    }
}

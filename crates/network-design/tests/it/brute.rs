//! Least cost of tiny problems by trying everything.

use postroad_model::network::{Assignment, NetworkPlan, NetworkProblem, Sourcing};
use postroad_model::{DemandId, IdVec, OptionId, id::Id};

use crate::exact::{Fixed, optimum, segments};

/// Every number of a mixed radix, the first digit fastest.
fn counts(radices: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let total: usize = radices.iter().product();
    let radices = radices.to_vec();
    (0..total).map(move |mut number| {
        let digit = |&radix: &usize| {
            let digit = number % radix;
            number /= radix;
            digit
        };
        radices.iter().map(digit).collect()
    })
}

/// Every choice of levels.
fn level_choices(problem: &NetworkProblem) -> Vec<Vec<Option<u8>>> {
    let radices: Vec<usize> = problem.facilities.iter().map(|f| f.levels.len() + 1).collect();
    let levels = |digits: Vec<usize>| {
        digits.into_iter().map(|digit| digit.checked_sub(1).map(|k| k as u8)).collect()
    };
    counts(&radices).map(levels).collect()
}

/// Number of plans with single sourcing.
pub(crate) fn single_plans(problem: &NetworkProblem) -> f64 {
    let choices = |d: DemandId| problem.options_of(d).len() as f64;
    let levels: f64 = problem.facilities.iter().map(|f| f.levels.len() as f64 + 1.0).product();
    problem.demands.ids().map(choices).product::<f64>() * levels
}

/// Least cost with single sourcing over all levels and options; `None` if no plan is feasible.
pub(crate) fn least_single(problem: &NetworkProblem) -> Option<f64> {
    assert_eq!(problem.sourcing, Sourcing::Single);
    let radices: Vec<usize> = problem.demands.ids().map(|d| problem.options_of(d).len()).collect();
    let mut least: Option<f64> = None;
    for levels in level_choices(problem) {
        for digits in counts(&radices) {
            let assignments = problem
                .demands
                .ids()
                .map(|demand| {
                    let start = problem.option_start[demand.index()];
                    let option = OptionId(start + digits[demand.index()] as u32);
                    Assignment { demand, option, share: 1.0 }
                })
                .collect();
            let plan = NetworkPlan { levels: IdVec::from(levels.clone()), assignments };
            if plan.violations(problem).is_empty() {
                let usd = plan.cost(problem).total_usd_per_day();
                least = Some(least.map_or(usd, |least| least.min(usd)));
            }
        }
    }
    least
}

/// Least cost with split sourcing: a linear program for every choice of levels and tiers.
pub(crate) fn least_split(problem: &NetworkProblem) -> Result<Option<f64>, String> {
    let total = problem.parcels_per_day();
    let radices: Vec<usize> = problem.contracts.iter().map(|c| segments(c, total).len()).collect();
    let mut least: Option<f64> = None;
    for levels in level_choices(problem) {
        for tiers in counts(&radices) {
            let fixed = Fixed { levels: Some(levels.clone()), tiers: Some(tiers) };
            if let Some(found) = optimum(problem, &fixed)? {
                let usd = found.usd_per_day;
                least = Some(least.map_or(usd, |least| least.min(usd)));
            }
        }
    }
    Ok(least)
}

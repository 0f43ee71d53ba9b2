//! One solve with its proof: the kernel's answer, recomputed by the model before anybody sees it.

use postroad_model::bound::{Prices, lagrangian_usd_per_day};
use postroad_model::id::IdVec;
use postroad_model::network::{NetworkPlan, NetworkProblem, TOLERANCE, Violation};
use postroad_network_design::{Config, Solved, Status, solve};
use postroad_optimization::Control;
use postroad_optimization::control::relative_gap;

use crate::result::RunStatus;

/// A plan, its cost and what proves how good it is.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// The plan, if one was found.
    pub plan: Option<NetworkPlan>,
    /// Its cost, dollars per day; infinite without a plan.
    pub cost_usd_per_day: f64,
    /// No plan costs less, dollars per day.
    pub bound_usd_per_day: f64,
    /// What the prices alone prove, dollars per day.
    pub certified_usd_per_day: f64,
    /// Prices of the certificate, rounded as they are written.
    pub prices: Prices,
    /// How the run ended.
    pub status: RunStatus,
    /// Rounds of improvement done.
    pub rounds: u32,
    /// What the nearest attempt breaks, when there is no plan.
    pub unmet: Vec<Violation>,
}

impl Answer {
    /// Solves a problem from nothing and recomputes the answer.
    ///
    /// # Panics
    /// If the kernel's plan breaks a rule or its cost is not what the model computes: a bug.
    pub fn find(problem: &NetworkProblem, config: &Config, control: &Control) -> Self {
        Self::recomputed(problem, solve(problem, config, control, None))
    }

    fn recomputed(problem: &NetworkProblem, solved: Solved) -> Self {
        let mut cost_usd_per_day = f64::INFINITY;
        if let Some(plan) = &solved.plan {
            let violations = plan.violations(problem);
            assert!(violations.is_empty(), "the kernel's plan breaks rules: {violations:?}");
            cost_usd_per_day = plan.cost(problem).total_usd_per_day();
            let claim = solved.cost_usd_per_day;
            assert!(
                (claim - cost_usd_per_day).abs() <= TOLERANCE * cost_usd_per_day.abs().max(1.0),
                "the kernel's plan costs {cost_usd_per_day}, not {claim}"
            );
        }
        let prices = rounded(&solved.prices);
        let certified = lagrangian_usd_per_day(problem, &prices).min(cost_usd_per_day);
        Self {
            cost_usd_per_day,
            bound_usd_per_day: solved.bound_usd_per_day.max(certified).min(cost_usd_per_day),
            certified_usd_per_day: certified,
            prices,
            status: status(solved.status),
            rounds: solved.rounds,
            unmet: match (&solved.plan, &solved.nearest) {
                (None, Some(nearest)) => nearest.violations(problem),
                _ => Vec::new(),
            },
            plan: solved.plan,
        }
    }

    /// No plan and nothing proven.
    pub fn none(problem: &NetworkProblem, status: RunStatus, rounds: u32) -> Self {
        Self {
            plan: None,
            cost_usd_per_day: f64::INFINITY,
            bound_usd_per_day: f64::NEG_INFINITY,
            certified_usd_per_day: f64::NEG_INFINITY,
            prices: Prices::zero(problem),
            status,
            rounds,
            unmet: Vec::new(),
        }
    }

    /// (cost − bound) / cost; infinite without a plan.
    pub fn gap(&self) -> f64 {
        relative_gap(self.cost_usd_per_day, self.bound_usd_per_day)
    }
}

fn status(status: Status) -> RunStatus {
    match status {
        Status::Optimal => RunStatus::Optimal,
        Status::Feasible => RunStatus::Feasible,
        Status::Infeasible => RunStatus::Infeasible,
        Status::Unknown => RunStatus::Unknown,
    }
}

/// The prices with nine significant digits: they are written in that many, and what is certified
/// is what is written. A bound moves by a relative 1e-9 or so.
fn rounded(prices: &Prices) -> Prices {
    Prices {
        demand: prices.demand.iter().map(|&p| nine_digits(p)).collect(),
        contract: prices.contract.iter().map(|&p| nine_digits(p)).collect::<IdVec<_, _>>(),
        requirement: prices.requirement.iter().map(|&p| nine_digits(p)).collect(),
        capital: nine_digits(prices.capital),
        opening: nine_digits(prices.opening),
    }
}

fn nine_digits(value: f64) -> f64 {
    format!("{value:.8e}").parse().expect("a number that was just written can be read")
}

#[cfg(test)]
mod tests {
    use super::nine_digits;

    #[test]
    fn nine_significant_digits_remain() {
        assert_eq!(nine_digits(0.0), 0.0);
        assert_eq!(nine_digits(-1.234_567_891_234), -1.234_567_89);
        assert_eq!(nine_digits(123_456_789_012.0), 123_456_789_000.0);
    }
}

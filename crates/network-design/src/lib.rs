//! Network design: which facilities open, at which size, and which channel serves each demand.

#![warn(missing_docs)]

mod config;
mod core;
mod draft;
mod dual;
pub mod generate;
mod improve;
mod neighbours;
mod priced;
mod repartition;
mod run;
mod single;
#[cfg(test)]
mod tests;
mod transport;
mod tree;

pub use config::Config;

use postroad_model::bound::Prices;
use postroad_model::network::{NetworkPlan, NetworkProblem};
use postroad_optimization::Control;
use run::Run;

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// The plan is proven optimal, or within the gap asked for.
    Optimal,
    /// There is a plan, and a bound below it.
    Feasible,
    /// There is no feasible plan, proven.
    Infeasible,
    /// The run ended before a feasible plan was found.
    Unknown,
}

/// What a run found.
#[derive(Clone, PartialEq, Debug)]
pub struct Solved {
    /// The best feasible plan, if one was found.
    pub plan: Option<NetworkPlan>,
    /// Its cost in dollars per day as the model computes it; infinite without a plan.
    pub cost_usd_per_day: f64,
    /// No feasible plan costs less, dollars per day.
    pub bound_usd_per_day: f64,
    /// Prices whose Lagrangian value anybody can recompute ([`postroad_model::bound`]): the
    /// certificate of the part of the bound that needs no branching.
    pub prices: Prices,
    /// How it ended.
    pub status: Status,
    /// Rounds of improvement done.
    pub rounds: u32,
    /// The nearest the search came when no feasible plan was found: its violations say which
    /// requirement cannot be met and by how much.
    pub nearest: Option<NetworkPlan>,
}

impl Solved {
    /// (cost − bound) / cost, at least 0; infinite without a plan.
    pub fn gap(&self) -> f64 {
        postroad_optimization::control::relative_gap(self.cost_usd_per_day, self.bound_usd_per_day)
    }
}

/// Where a similar problem's run ended, to start the next one from. Ids must mean the same things;
/// options may differ.
#[derive(Clone, PartialEq, Debug)]
pub struct WarmStart {
    /// Prices of the similar problem.
    pub prices: Prices,
    /// Levels of the similar problem's plan.
    pub levels: Vec<Option<u8>>,
}

/// Finds a cheap plan and a bound that proves how cheap it is.
///
/// # Panics
/// If the problem has faults ([`NetworkProblem::faults`]).
pub fn solve(
    problem: &NetworkProblem,
    config: &Config,
    control: &Control,
    warm: Option<&WarmStart>,
) -> Solved {
    let faults = problem.faults();
    assert!(faults.is_empty(), "a problem with faults: {}", faults[0]);
    let mut run = Run::new(problem, config, control, warm);
    run.raise_bound();
    run.plan(warm.map(|w| w.levels.as_slice()));
    run.finish()
}

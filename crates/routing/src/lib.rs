//! Routing: which vehicle visits which stops, in what order, and when.

#![warn(missing_docs)]

mod arcs;
mod best;
mod config;
mod construct;
mod core;
mod cross;
mod full;
mod near;
mod parts;
mod reasons;
mod recreate;
mod ruin;
mod search;
mod state;
mod support;
mod swap;
#[cfg(test)]
mod tests;
mod timing;

pub use config::Config;
pub use support::unsupported;

use crate::core::{Core, rules};
use postroad_model::routing::{RoutingPlan, RoutingProblem};
use postroad_optimization::Control;

/// What a run found.
#[derive(Clone, PartialEq, Debug)]
pub struct Solved {
    /// The best plan found. It keeps every rule, but may leave out stops, each with its reason.
    pub plan: RoutingPlan,
    /// Its cost as the model computes it.
    pub cost_micro_usd: i64,
    /// Rounds of ruin and recreate done.
    pub iterations: u64,
}

/// Finds a cheap plan, from `start` if one is given.
///
/// # Panics
/// If the problem has faults ([`RoutingProblem::faults`]) or asks for what is [`unsupported`].
pub fn solve(
    problem: &RoutingProblem,
    config: &Config,
    control: &Control,
    start: Option<&RoutingPlan>,
) -> Solved {
    let faults = problem.faults();
    assert!(faults.is_empty(), "a problem with faults: {}", faults[0]);
    let missing = unsupported(problem);
    assert!(missing.is_empty(), "not supported: {}", missing[0]);
    let core = Core::new(problem);
    let found = match core.rules {
        rules::PLAIN => search::search::<{ rules::PLAIN }>(&core, config, control, start),
        rules::TIMED => search::search::<{ rules::TIMED }>(&core, config, control, start),
        rules::FULL => full::search(&core, config, control, start),
        _ => search::search::<{ rules::RICH }>(&core, config, control, start),
    };
    let cost_micro_usd = found.plan.cost(problem).total_micro_usd();
    Solved { plan: found.plan, cost_micro_usd, iterations: found.iterations }
}

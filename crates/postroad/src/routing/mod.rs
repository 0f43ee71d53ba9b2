//! From files to a checked plan: what `postroad route` and the service share.

pub(crate) mod balance;
pub(crate) mod compact;
pub(crate) mod load;
pub(crate) mod osrm;
pub(crate) mod roads;
pub(crate) mod start;
pub(crate) mod vroom;

use postroad_model::routing::{RoutingPlan, RoutingProblem, RoutingViolation};
use postroad_model::{Fault, Place};
use postroad_optimization::Control;
use postroad_routing::{Config, Solved};

use crate::failure::Failure;

/// Rounds for each stop, and for all: on one core some seconds.
const ITERATIONS_PER_STOP: u64 = 2_000;
const ITERATIONS_MIN: u64 = 100_000;
const ITERATIONS_MAX: u64 = 1_000_000;

/// How hard to try.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Rounds, if they are asked for.
    pub(crate) iterations: Option<u64>,
    /// Whether the control ends the run, so that without rounds there is no other limit.
    pub(crate) is_timed: bool,
    /// Seed of every random choice.
    pub(crate) seed: u64,
    /// Threads for one solve.
    pub(crate) threads: usize,
}

impl Effort {
    fn iterations(self, stops: usize) -> u64 {
        let usual = match self.is_timed {
            true => u64::MAX,
            false => ITERATIONS_PER_STOP * stops as u64,
        };
        let limit = if self.is_timed { u64::MAX } else { ITERATIONS_MAX };
        self.iterations.unwrap_or(usual.clamp(ITERATIONS_MIN, limit))
    }
}

/// Solves and recomputes: the plan breaks no rule but that it may leave out stops that must be
/// visited, and costs what is told. `file` is named if the job asks for too much.
pub(crate) fn solve(
    file: &str,
    problem: &RoutingProblem,
    effort: Effort,
    control: &Control,
    start: Option<&RoutingPlan>,
) -> Result<Solved, Failure> {
    let missing = postroad_routing::unsupported(problem);
    if !missing.is_empty() {
        return Err(Failure::Input(missing.into_iter().map(|what| refused(file, what)).collect()));
    }
    let iterations = effort.iterations(problem.stops.len());
    let Effort { seed, threads, .. } = effort;
    let config = Config { iterations, seed, threads, ..Config::default() };
    let solved = postroad_routing::solve(problem, &config, control, start);
    check(problem, &solved)?;
    Ok(solved)
}

fn refused(file: &str, what: &str) -> Fault {
    Fault {
        code: "E341",
        place: Place { file: file.into(), line: None, field: None },
        cause: format!("the job asks for {what}, which the kernel cannot solve yet"),
        action: "leave it out".into(),
    }
}

fn check(problem: &RoutingProblem, solved: &Solved) -> Result<(), Failure> {
    let violations = solved.plan.violations(problem);
    let is_told =
        |violation: &&RoutingViolation| !matches!(violation, RoutingViolation::LeftOut(_));
    if let Some(broken) = violations.iter().find(is_told) {
        return Err(Failure::Negative(format!("the plan breaks a rule: {broken:?}")));
    }
    let cost = solved.plan.cost(problem).total_micro_usd();
    if cost != solved.cost_micro_usd {
        let told = solved.cost_micro_usd;
        return Err(Failure::Negative(format!("the plan costs {cost}, the kernel said {told}")));
    }
    Ok(())
}

//! The oracle itself: exact program against brute force.

use postroad_model::network::{NetworkProblem, Sourcing};
use postroad_network_design::generate::{Feature, Shape, problem};
use postroad_optimization::Random;

use crate::brute::{least_single, least_split, single_plans};
use crate::exact::{Fixed, optimum};

/// Relative difference that the tolerances of the exact solver and of the model explain.
pub(crate) const ALIKE: f64 = 2e-5;

/// A small problem with a random set of features; about a third of them may have no plan.
pub(crate) fn small_problem(seed: u64, zones: usize, stations: usize) -> NetworkProblem {
    let mut random = Random::with_stream(seed, 1);
    let features = Feature::ALL.into_iter().filter(|_| random.unit() < 0.5).collect();
    let sourcing = if random.unit() < 0.5 { Sourcing::Single } else { Sourcing::Split };
    let slack = if random.unit() < 0.65 { 1.0 + random.unit() } else { random.between(0.4, 1.0) };
    let zones = 2 + random.below(zones - 1);
    let stations = 1 + random.below(stations);
    problem(&Shape { zones, stations, features, sourcing, slack }, seed)
}

fn check_exact(seed: u64, problem: &NetworkProblem, least: Option<f64>) {
    let exact = optimum(problem, &Fixed::default())
        .unwrap_or_else(|error| panic!("seed {seed}: the exact solver failed: {error}"));
    match (least, exact) {
        (None, None) => {}
        (Some(least), Some(exact)) => {
            let difference = (least - exact.usd_per_day).abs();
            assert!(difference <= ALIKE * least.abs(), "seed {seed}: {least} {exact:?}");
            let violations = exact.plan.violations(problem);
            assert!(violations.is_empty(), "seed {seed}: {violations:?}");
            let cost = exact.plan.cost(problem).total_usd_per_day();
            assert!((cost - least).abs() <= ALIKE * least.abs(), "seed {seed}: {least} {cost}");
        }
        (least, exact) => panic!("seed {seed}: brute force {least:?}, exact {exact:?}"),
    }
}

#[test]
fn exact_program_equals_brute_force_with_single_sourcing() {
    let mut compared = 0;
    for seed in 0..400 {
        let mut problem = small_problem(seed, 4, 2);
        problem.sourcing = Sourcing::Single;
        if single_plans(&problem) < 3e4 {
            check_exact(seed, &problem, least_single(&problem));
            compared += 1;
        }
    }
    assert!(compared >= 100, "{compared} problems were small enough");
}

#[test]
fn exact_program_equals_brute_force_with_split_sourcing() {
    for seed in 0..60 {
        let mut problem = small_problem(seed, 5, 2);
        problem.sourcing = Sourcing::Split;
        let least = least_split(&problem);
        check_exact(seed, &problem, least.unwrap_or_else(|error| panic!("seed {seed}: {error}")));
    }
}

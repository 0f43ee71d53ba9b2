//! The kernel on random problems with every constraint type, against the exact optimum.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use postroad_model::bound::{Prices, lagrangian_usd_per_day};
use postroad_model::network::{NetworkProblem, Sourcing};
use postroad_network_design::generate::{Feature, Shape, problem};
use postroad_network_design::{Config, Solved, Status, WarmStart, solve};
use postroad_optimization::{Control, Random};

use crate::exact::{Exact, Fixed, optimum};
use crate::oracle::{ALIKE, small_problem};

/// Longest time for one small problem; usual are milliseconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// What must hold of any answer, with or without an optimum to compare with.
fn check_alone(label: &str, problem: &NetworkProblem, solved: &Solved) {
    assert!(solved.prices.are_valid(problem), "{label}: prices are not valid");
    let lagrangian = lagrangian_usd_per_day(problem, &solved.prices);
    let Some(plan) = &solved.plan else {
        assert!(solved.cost_usd_per_day.is_infinite(), "{label}: a cost without a plan");
        assert!(
            matches!(solved.status, Status::Infeasible | Status::Unknown),
            "{label}: {:?} without a plan",
            solved.status
        );
        return;
    };
    let violations = plan.violations(problem);
    assert!(violations.is_empty(), "{label}: {violations:?}");
    let cost = plan.cost(problem).total_usd_per_day();
    let rounding = 1e-9 * cost.abs();
    assert!((cost - solved.cost_usd_per_day).abs() <= rounding, "{label}: cost {cost} {solved:?}");
    assert!(solved.bound_usd_per_day <= cost + rounding, "{label}: bound above cost {cost}");
    assert!(lagrangian <= cost + rounding, "{label}: prices' bound {lagrangian} above {cost}");
    let known = matches!(solved.status, Status::Optimal | Status::Feasible);
    assert!(known, "{label}: {:?} with a plan", solved.status);
}

/// Bound ≤ optimum ≤ cost, and a proof that says no more than is true.
fn check_against(label: &str, problem: &NetworkProblem, solved: &Solved, exact: Option<&Exact>) {
    check_alone(label, problem, solved);
    let Some(exact) = exact else {
        assert!(solved.plan.is_none(), "{label}: a plan for a problem that has none");
        return;
    };
    assert_ne!(solved.status, Status::Infeasible, "{label}: there is a plan: {exact:?}");
    let optimum = exact.plan.cost(problem).total_usd_per_day();
    let slack = ALIKE * optimum.abs();
    let (cost, bound) = (solved.cost_usd_per_day, solved.bound_usd_per_day);
    assert!(bound <= optimum + slack, "{label}: bound {bound} above optimum {optimum}");
    assert!(cost >= optimum - slack, "{label}: cost {cost} below optimum {optimum}");
    let lagrangian = lagrangian_usd_per_day(problem, &solved.prices);
    assert!(lagrangian <= optimum + slack, "{label}: prices' bound {lagrangian} above {optimum}");
    if solved.status == Status::Optimal {
        assert!(cost <= optimum + slack, "{label}: {cost} called optimal, {optimum} is");
    }
}

/// Solves; a run that does not come back ends the tests with its seed, for a hang tells nothing.
fn run(problem: &NetworkProblem, seed: u64, threads: usize, warm: Option<&WarmStart>) -> Solved {
    let (done, is_done) = channel::<()>();
    std::thread::spawn(move || {
        if is_done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            eprintln!("seed {seed}: the kernel does not come back");
            std::process::abort();
        }
    });
    let config = Config { seed, threads, rounds: 20, ..Config::default() };
    let solved = solve(problem, &config, &Control::unlimited(), warm);
    // The watcher ends when its channel is closed.
    drop(done);
    solved
}

/// What a row of problems came to; printed, so that `--nocapture` shows how strong the kernel is.
#[derive(Default, Debug)]
struct Tally {
    feasible: usize,
    infeasible: usize,
    planned: usize,
    proven_optimal: usize,
    proven_infeasible: usize,
    skipped: usize,
    gaps: Vec<f64>,
    excesses: Vec<f64>,
    /// Seeds with a plan where none was found, or one that costs a thousandth too much.
    weak: Vec<u64>,
}

impl Tally {
    fn add(&mut self, seed: u64, problem: &NetworkProblem, solved: &Solved, exact: Option<&Exact>) {
        match exact {
            None => self.infeasible += 1,
            Some(exact) => {
                self.feasible += 1;
                let optimum = exact.plan.cost(problem).total_usd_per_day();
                let excess = (solved.cost_usd_per_day - optimum) / optimum.abs();
                self.excesses.push(excess);
                self.weak.extend((excess > 1e-3).then_some(seed));
                self.gaps.push(solved.gap());
            }
        }
        self.planned += usize::from(solved.plan.is_some());
        self.proven_optimal += usize::from(solved.status == Status::Optimal);
        self.proven_infeasible += usize::from(solved.status == Status::Infeasible);
    }

    fn tell(mut self, name: &str) {
        self.gaps.sort_by(f64::total_cmp);
        self.excesses.sort_by(f64::total_cmp);
        let at = |sorted: &[f64], share: f64| {
            sorted.get((sorted.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN)
        };
        println!(
            "{name}: {} with a plan, {} found, {} proven optimal; {} without, {} proven; \
             {} not decided by the exact solver; gap median {:.4}, 95 % {:.4}; \
             cost above optimum median {:.4}, 95 % {:.4}; weak seeds {:?}",
            self.feasible,
            self.planned,
            self.proven_optimal,
            self.infeasible,
            self.proven_infeasible,
            self.skipped,
            at(&self.gaps, 0.5),
            at(&self.gaps, 0.95),
            at(&self.excesses, 0.5),
            at(&self.excesses, 0.95),
            self.weak,
        );
    }
}

/// Compares on so many seeds; `POSTROAD_SEEDS=20` makes it 20 times as many, for long runs.
fn compare(name: &str, first: u64, count: u64, make: impl Fn(u64) -> NetworkProblem) {
    let times = std::env::var("POSTROAD_SEEDS").ok().and_then(|times| times.parse().ok());
    let count = count * times.unwrap_or(1);
    let mut tally = Tally::default();
    for seed in first..first + count {
        let problem = make(seed);
        let Ok(exact) = optimum(&problem, &Fixed::default()) else {
            tally.skipped += 1;
            continue;
        };
        let solved = run(&problem, seed, 1, None);
        check_against(&format!("{name}, seed {seed}"), &problem, &solved, exact.as_ref());
        tally.add(seed, &problem, &solved, exact.as_ref());
    }
    assert!(tally.skipped as u64 * 50 <= count, "the exact solver failed on {}", tally.skipped);
    tally.tell(name);
}

#[test]
fn bound_optimum_and_cost_are_in_order_on_small_problems() {
    compare("small", 0, 400, |seed| small_problem(seed, 7, 4));
}

#[test]
fn bound_optimum_and_cost_are_in_order_on_larger_problems() {
    compare("larger", 10_000, 60, |seed| small_problem(seed, 16, 6));
}

/// Few whole demands for each facility and little room: what single sourcing finds hardest.
fn lumpy_problem(seed: u64) -> NetworkProblem {
    let mut random = Random::with_stream(seed, 9);
    let kinds = [Feature::Captive, Feature::Tight];
    let features = kinds.into_iter().filter(|_| random.unit() < 0.6).collect();
    let shape = Shape {
        zones: 4 + random.below(12),
        stations: 2 + random.below(4),
        features,
        sourcing: Sourcing::Single,
        slack: random.between(1.0, 1.6),
    };
    let mut problem = problem(&shape, seed);
    let lump = problem.parcels_per_day() / problem.demands.len() as f64 / random.between(4.0, 25.0);
    for demand in problem.demands.as_mut_slice() {
        demand.parcels_per_day = (demand.parcels_per_day / lump).ceil();
    }
    for facility in problem.facilities.as_mut_slice() {
        for level in &mut facility.levels {
            level.parcels_per_day = (level.parcels_per_day / lump).ceil();
            level.usd_per_day /= lump;
        }
        facility.closed_usd_per_day /= lump;
    }
    problem
}

#[test]
fn bound_optimum_and_cost_are_in_order_on_lumpy_problems() {
    compare("lumpy", 20_000, 300, lumpy_problem);
}

#[test]
fn the_same_bytes_twice_and_with_two_threads() {
    for seed in 0..40 {
        let problem = small_problem(seed, 12, 5);
        let first = run(&problem, seed, 1, None);
        assert_eq!(first, run(&problem, seed, 1, None), "seed {seed}: twice");
        assert_eq!(first, run(&problem, seed, 2, None), "seed {seed}: two threads");
    }
}

#[test]
fn a_warm_start_from_another_problem_is_harmless() {
    for seed in 0..60 {
        let mut problem = small_problem(seed, 7, 4);
        let first = run(&problem, seed, 1, None);
        let levels = match &first.plan {
            Some(plan) => plan.levels.iter().copied().collect(),
            None => vec![None; problem.facilities.len()],
        };
        let warm = WarmStart { prices: first.prices.clone(), levels };
        for option in problem.options.as_mut_slice() {
            option.usd_per_parcel *= if option.facility.is_none() { 1.1 } else { 0.97 };
        }
        let Ok(exact) = optimum(&problem, &Fixed::default()) else { continue };
        let solved = run(&problem, seed, 1, Some(&warm));
        check_against(&format!("warm, seed {seed}"), &problem, &solved, exact.as_ref());
    }
}

#[test]
fn every_price_gives_a_bound() {
    let mut random = Random::new(5);
    for seed in 0..150 {
        let problem = small_problem(seed, 6, 4);
        let Ok(Some(exact)) = optimum(&problem, &Fixed::default()) else { continue };
        let optimum = exact.plan.cost(&problem).total_usd_per_day();
        for size in [0.1, 1.0, 10.0] {
            let prices = random_prices(&problem, &mut random, size);
            let bound = lagrangian_usd_per_day(&problem, &prices);
            assert!(bound <= optimum + ALIKE * optimum.abs(), "seed {seed}: {bound} {optimum}");
        }
    }
}

fn random_prices(problem: &NetworkProblem, random: &mut Random, size: f64) -> Prices {
    let mut prices = Prices::zero(problem);
    prices.demand.as_mut_slice().iter_mut().for_each(|p| *p = random.between(-size, 4.0 * size));
    prices.contract.as_mut_slice().iter_mut().for_each(|p| *p = random.between(-size, size));
    prices.requirement.iter_mut().for_each(|p| *p = random.between(0.0, size));
    prices.capital = random.between(0.0, 0.001 * size);
    prices.opening = random.between(0.0, 100.0 * size);
    prices
}

#[test]
fn a_regional_problem_with_everything_has_a_plan_and_a_bound() {
    let features = Feature::ALL.to_vec();
    for (seed, sourcing) in [(1, Sourcing::Split), (2, Sourcing::Single)] {
        let shape =
            Shape { zones: 300, stations: 25, features: features.clone(), sourcing, slack: 1.2 };
        let problem = problem(&shape, seed);
        let config = Config { seed, rounds: 6, ..Config::default() };
        let solved = solve(&problem, &config, &Control::with_time_limit(20.0), None);
        check_alone(&format!("regional, seed {seed}"), &problem, &solved);
    }
}

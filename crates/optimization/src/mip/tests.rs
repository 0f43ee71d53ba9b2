//! Random programmes of every kind against enumeration, and properties of larger ones.

use super::domain::Structure;
use super::rounding;
use super::{Config, Problem, Solver, Status, solve};
use crate::lp::{self, Column, Row, Simplex};
use crate::{Control, Random};

const INFINITY: f64 = f64::INFINITY;

/// Whole and continuous columns, rows of every kind, whole costs.
fn random_problem(random: &mut Random) -> Problem {
    let (n, m) = (1 + random.below(9), random.below(7));
    let mut problem = Problem::default();
    for _ in 0..n {
        let upper = if random.below(3) == 0 { 3.0 } else { 1.0 };
        let cost = random.below(41) as f64 - 20.0;
        problem.lp.columns.push(Column { cost, lower: 0.0, upper });
        problem.is_integer.push(random.below(4) > 0);
    }
    for _ in 0..m {
        let mut terms = Vec::new();
        for j in 0..n as u32 {
            if random.below(2) == 0 {
                terms.push((j, random.below(13) as f64 - 3.0));
            }
        }
        let total: f64 = terms.iter().map(|t| t.1).sum();
        let limit = (total * random.unit()).round();
        let (lower, upper) = match random.below(6) {
            0 => (limit, INFINITY),
            1 => (limit - 4.0, limit + 4.0),
            _ => (-INFINITY, limit),
        };
        problem.lp.rows.push(Row { lower, upper, terms });
    }
    problem
}

/// Least cost over all whole points, the rest by linear programmes.
fn enumerate(problem: &Problem, lp: &mut lp::Problem, j: usize) -> f64 {
    if j == lp.columns.len() {
        let mut simplex = Simplex::new(lp);
        let status = simplex.solve(usize::MAX, INFINITY, &Control::unlimited());
        return if status == lp::Status::Optimal { simplex.objective() } else { INFINITY };
    }
    if !problem.is_integer[j] {
        return enumerate(problem, lp, j + 1);
    }
    let Column { lower, upper, .. } = problem.lp.columns[j];
    let mut best = INFINITY;
    for value in lower as i64..=upper as i64 {
        (lp.columns[j].lower, lp.columns[j].upper) = (value as f64, value as f64);
        best = enumerate(problem, lp, j + 1).min(best);
    }
    (lp.columns[j].lower, lp.columns[j].upper) = (lower, upper);
    best
}

fn check(problem: &Problem, solved: &super::Solved, what: &str) {
    let best = enumerate(problem, &mut problem.lp.clone(), 0);
    if best.is_infinite() {
        assert_eq!(solved.status, Status::Infeasible, "{what}");
        return;
    }
    assert_eq!(solved.status, Status::Optimal, "{what}: {best} is possible");
    assert!(
        (solved.value - best).abs() < 1e-5 * (1.0 + best.abs()),
        "{what}: {} {best}",
        solved.value
    );
    assert!(solved.bound <= best + 1e-6, "{what}: bound {} above {best}", solved.bound);
}

#[test]
fn random_problems_are_solved_as_by_enumeration() {
    for seed in 0..600 {
        let problem = random_problem(&mut Random::new(seed));
        let solved = solve(&problem, &Config::default(), &Control::unlimited(), None);
        check(&problem, &solved, &format!("seed {seed}"));
    }
}

#[test]
fn a_solver_is_used_again_with_other_costs_and_bounds() {
    for seed in 0..100 {
        let mut random = Random::with_stream(seed, 1);
        let mut problem = random_problem(&mut random);
        let whole = problem.clone();
        let mut solver = Solver::new(&problem);
        for step in 0..6 {
            let solved = solver.solve(&Config::default(), &Control::unlimited(), None);
            check(&problem, &solved, &format!("seed {seed}, step {step}"));
            let j = random.below(problem.lp.columns.len());
            if random.below(2) == 0 {
                let cost = random.below(41) as f64 - 20.0;
                problem.lp.columns[j].cost = cost;
                solver.set_cost(j, cost);
            } else {
                let Column { lower, upper, .. } = whole.lp.columns[j];
                let narrow = if random.below(2) == 0 { upper } else { upper - 1.0 };
                problem.lp.columns[j].upper = narrow;
                solver.set_bounds(j, lower, narrow);
            }
        }
    }
}

#[test]
fn a_start_is_kept_and_limits_leave_a_bound() {
    let mut random = Random::new(3);
    let mut problem = Problem::default();
    for _ in 0..60 {
        problem.lp.columns.push(Column {
            cost: -(1.0 + random.below(50) as f64),
            lower: 0.0,
            upper: 1.0,
        });
        problem.is_integer.push(true);
    }
    for _ in 0..15 {
        let terms: Vec<(u32, f64)> = (0..60).map(|j| (j, 1.0 + random.below(30) as f64)).collect();
        problem.lp.rows.push(Row { lower: -INFINITY, upper: 200.0, terms });
    }
    let config = Config { nodes: 3, ..Config::default() };
    let start = vec![0.0; 60];
    let solved = solve(&problem, &config, &Control::unlimited(), Some(&start));
    assert_eq!(solved.status, Status::Feasible);
    assert!(solved.value <= 0.0 && solved.bound < solved.value);
    let config = Config { gap: 0.02, ..Config::default() };
    let near = solve(&problem, &config, &Control::unlimited(), Some(&solved.x));
    assert_eq!(near.status, Status::Optimal);
    assert!(near.value <= solved.value && near.bound >= solved.bound - 1e-9);
    assert!(near.bound >= near.value - 0.0201 * near.value.abs());
}

#[test]
fn one_point_is_found_that_is_wanted_or_none() {
    for seed in 0..200 {
        let problem = random_problem(&mut Random::with_stream(seed, 2));
        let best = enumerate(&problem, &mut problem.lp.clone(), 0);
        if best.is_infinite() {
            continue;
        }
        let search = |wanted: f64| {
            let config = Config { wanted: Some(wanted), ..Config::default() };
            solve(&problem, &config, &Control::unlimited(), None)
        };
        let found = search(best + 1e-4);
        assert!(found.value <= best + 1e-4, "seed {seed}: {} {best}", found.value);
        assert_eq!(search(best - 0.01).status, Status::Infeasible, "seed {seed}");
    }
}

/// Minimum by the other solver; infinite if there is none.
fn other_opinion(problem: &Problem) -> f64 {
    use microlp::{ComparisonOp, OptimizationDirection, SolveOutcome};
    let mut other = microlp::Problem::new(OptimizationDirection::Minimize);
    let columns = problem.lp.columns.iter().zip(&problem.is_integer);
    let variables: Vec<_> = columns
        .map(|(c, &whole)| match whole {
            true => other.add_integer_var(c.cost, (c.lower as i32, c.upper as i32)),
            false => other.add_var(c.cost, (c.lower, c.upper)),
        })
        .collect();
    for row in &problem.lp.rows {
        let terms = || row.terms.iter().map(|&(j, a)| (variables[j as usize], a));
        if row.lower.is_finite() {
            other.add_constraint(terms(), ComparisonOp::Ge, row.lower);
        }
        if row.upper.is_finite() {
            other.add_constraint(terms(), ComparisonOp::Le, row.upper);
        }
    }
    match other.solve() {
        Ok(SolveOutcome::Solution(solution)) => solution.objective(),
        _ => INFINITY,
    }
}

/// A small auction with everything: packages, volumes from a minimum on, budgets, counts of winners,
/// alternatives.
fn random_auction(random: &mut Random) -> Problem {
    let (lots, bidders) = (3 + random.below(4), 3 + random.below(3));
    let mut problem = Problem::default();
    let mut column = |cost: f64, upper: f64, whole: bool| {
        problem.lp.columns.push(Column { cost, lower: 0.0, upper });
        problem.is_integer.push(whole);
        problem.lp.columns.len() as u32 - 1
    };
    let mut rows = Vec::new();
    let mut capacity = vec![Vec::new(); lots];
    let mut winners = Vec::new();
    for _ in 0..bidders {
        let wins = column(0.0, 1.0, true);
        winners.push((wins, 1.0));
        let (mut spent, mut alternatives) = (Vec::new(), Vec::new());
        for bid in 0..3 {
            let lot = random.below(lots);
            let volume = 20.0 + random.below(80) as f64;
            let price = 1.0 + random.below(30) as f64;
            let taken = column(if bid == 0 { -price * volume } else { 0.0 }, 1.0, true);
            rows.push((vec![(taken, 1.0), (wins, -1.0)], -INFINITY, 0.0));
            if bid == 0 {
                capacity[lot].push((taken, volume));
                capacity[(lot + 1) % lots].push((taken, volume / 2.0));
                spent.push((taken, price * volume));
            } else {
                let amount = column(-price, volume, false);
                rows.push((vec![(amount, 1.0), (taken, -volume)], -INFINITY, 0.0));
                rows.push((vec![(amount, 1.0), (taken, -volume / 3.0)], 0.0, INFINITY));
                capacity[lot].push((amount, 1.0));
                spent.push((amount, price));
            }
            alternatives.push((taken, 1.0));
        }
        rows.push((spent, -INFINITY, 500.0 + random.below(1500) as f64));
        rows.push((alternatives, -INFINITY, 2.0));
    }
    for terms in capacity {
        rows.push((terms, -INFINITY, 60.0 + random.below(60) as f64));
    }
    rows.push((winners, 2.0, INFINITY));
    let row = |(terms, lower, upper)| Row { lower, upper, terms };
    problem.lp.rows = rows.into_iter().map(row).collect();
    problem
}

#[test]
fn small_auctions_are_solved_as_by_another_solver() {
    for seed in 0..100 {
        let problem = random_auction(&mut Random::with_stream(seed, 4));
        let solved = solve(&problem, &Config::default(), &Control::unlimited(), None);
        let best = other_opinion(&problem);
        if best.is_infinite() {
            assert_eq!(solved.status, Status::Infeasible, "seed {seed}");
            continue;
        }
        assert_eq!(solved.status, Status::Optimal, "seed {seed}");
        let gap = (solved.value - best).abs();
        assert!(gap < 1e-5 * best.abs(), "seed {seed}: {} {best}", solved.value);
    }
}

#[test]
fn bounds_without_a_whole_number_between_are_infeasible() {
    for (lower, upper) in [(0.4, 0.6), (2.0, 1.0)] {
        let mut problem = random_problem(&mut Random::new(1));
        let column = &mut problem.lp.columns[0];
        (column.lower, column.upper) = (lower, upper);
        problem.is_integer[0] = true;
        let solved = solve(&problem, &Config::default(), &Control::unlimited(), None);
        assert_eq!((solved.status, solved.bound), (Status::Infeasible, INFINITY));
    }
}

/// Rounding cuts of random rows hold at every whole point of the row, and cut points off.
#[test]
fn rounding_cuts_hold_at_every_whole_point() {
    let mut found = 0;
    for seed in 0..2000 {
        let mut random = Random::new(seed);
        let n = 2 + random.below(4);
        let lower: Vec<f64> = (0..n).map(|_| random.below(3) as f64 - 1.0).collect();
        let upper: Vec<f64> = lower.iter().map(|l| l + 1.0 + random.below(3) as f64).collect();
        let terms = (0..n as u32).map(|j| (j, (random.below(25) as f64 - 12.0) / 4.0));
        let terms: Vec<(u32, f64)> = terms.filter(|term| term.1 != 0.0).collect();
        let form = |terms: &[(u32, f64)], x: &[f64]| -> f64 {
            terms.iter().map(|&(j, a)| a * x[j as usize]).sum()
        };
        let most = form(&terms, &upper);
        let row = Row { lower: -INFINITY, upper: most * random.unit(), terms };
        let structure = Structure::new(std::slice::from_ref(&row), &vec![true; n], &lower, &upper);
        let inside = |j: usize| random.between(lower[j], upper[j]);
        let point: Vec<f64> = (0..n).map(inside).collect();
        for (distance, cut) in rounding::separate(&structure, (&lower, &upper), &point) {
            found += 1;
            assert!(distance > 0.0 && form(&cut.terms, &point) > cut.upper);
            let mut x = lower.clone();
            loop {
                let keeps = form(&row.terms, &x) <= row.upper;
                assert!(
                    !keeps || form(&cut.terms, &x) <= cut.upper,
                    "seed {seed}: {cut:?} at {x:?}"
                );
                let Some(j) = (0..n).find(|&j| x[j] < upper[j]) else { break };
                x[j] += 1.0;
                x[..j].copy_from_slice(&lower[..j]);
            }
        }
    }
    assert!(found > 300, "{found} cuts");
}

#[test]
fn parts_without_a_common_row_add_up() {
    for seed in 0..200 {
        let mut random = Random::with_stream(seed, 11);
        let parts: Vec<Problem> = (0..3).map(|_| random_problem(&mut random)).collect();
        let mut whole = Problem::default();
        let free = Column { cost: -3.0, lower: -1.0, upper: 2.0 };
        whole.lp.columns.push(free);
        whole.is_integer.push(true);
        let mut best = -6.0;
        for part in &parts {
            let first = whole.lp.columns.len() as u32;
            let moved = |row: &Row| {
                let terms = row.terms.iter().map(|&(j, a)| (first + j, a)).collect();
                Row { terms, ..*row }
            };
            whole.lp.rows.extend(part.lp.rows.iter().map(moved));
            whole.lp.columns.extend(part.lp.columns.iter().cloned());
            whole.is_integer.extend(&part.is_integer);
            best += enumerate(part, &mut part.lp.clone(), 0);
        }
        let solved = solve(&whole, &Config::default(), &Control::unlimited(), None);
        if best.is_infinite() {
            assert_eq!(solved.status, Status::Infeasible, "seed {seed}");
            continue;
        }
        assert_eq!(solved.status, Status::Optimal, "seed {seed}");
        assert!((solved.value - best).abs() < 1e-5 * (1.0 + best.abs()), "seed {seed}");
        assert!(solved.bound <= best + 1e-5 * (1.0 + best.abs()), "seed {seed}");
        let again = solve(&whole, &Config::default(), &Control::unlimited(), Some(&solved.x));
        assert_eq!(again.value, solved.value, "seed {seed}");
    }
}

//! Random programmes: each answer is checked by its own certificate, and against another solver.

use super::{Column, Problem, Row, Simplex, Status};
use crate::{Control, Random};

const INFINITY: f64 = f64::INFINITY;

/// A random problem: bounded or half-bounded columns, rows of every kind.
fn random_problem(random: &mut Random) -> Problem {
    let (n, m) = (1 + random.below(15), random.below(12));
    let columns = (0..n)
        .map(|_| {
            let lower = if random.below(8) == 0 { -INFINITY } else { -(random.below(4) as f64) };
            let upper = if random.below(4) == 0 { INFINITY } else { 1.0 + random.below(6) as f64 };
            Column { cost: random.below(21) as f64 - 10.0, lower, upper }
        })
        .collect();
    let rows = (0..m).map(|_| random_row(random, n)).collect();
    Problem { columns, rows }
}

fn random_row(random: &mut Random, n: usize) -> Row {
    let mut terms = Vec::new();
    for j in 0..n as u32 {
        if random.below(3) == 0 {
            terms.push((j, random.below(11) as f64 - 5.0));
        }
    }
    let middle = random.below(15) as f64 - 5.0;
    let (lower, upper) = match random.below(4) {
        0 => (middle, middle),
        1 => (middle, INFINITY),
        2 => (middle, middle + 3.0),
        _ => (-INFINITY, middle),
    };
    Row { lower, upper, terms }
}

/// Minimum by the other solver; why there is none otherwise.
fn other_opinion(problem: &Problem) -> Result<f64, microlp::Error> {
    use microlp::{ComparisonOp, OptimizationDirection};
    let mut other = microlp::Problem::new(OptimizationDirection::Minimize);
    let variables: Vec<_> =
        problem.columns.iter().map(|c| other.add_var(c.cost, (c.lower, c.upper))).collect();
    for row in &problem.rows {
        let terms = || row.terms.iter().map(|&(j, a)| (variables[j as usize], a));
        if row.lower == row.upper {
            other.add_constraint(terms(), ComparisonOp::Eq, row.lower);
            continue;
        }
        if row.lower.is_finite() {
            other.add_constraint(terms(), ComparisonOp::Ge, row.lower);
        }
        if row.upper.is_finite() {
            other.add_constraint(terms(), ComparisonOp::Le, row.upper);
        }
    }
    match other.solve()? {
        microlp::SolveOutcome::Solution(solution) => Ok(solution.objective()),
        microlp::SolveOutcome::Interrupted(_) => unreachable!("no limits are set"),
    }
}

/// Asserts that the point keeps all bounds and that the duals prove its cost.
fn check_optimal(problem: &Problem, simplex: &Simplex) {
    for (j, column) in problem.columns.iter().enumerate() {
        let x = simplex.value(j);
        assert!(x >= column.lower - 1e-6 && x <= column.upper + 1e-6, "column {j} is {x}");
    }
    for (i, row) in problem.rows.iter().enumerate() {
        let form: f64 = row.terms.iter().map(|&(j, a)| a * simplex.value(j as usize)).sum();
        assert!(form >= row.lower - 1e-5 && form <= row.upper + 1e-5, "row {i} is {form}");
        assert!((form - simplex.activity(i)).abs() < 1e-5);
    }
    let bound = simplex.safe_bound(&simplex.duals());
    let cost = simplex.objective();
    let is_bounded = problem.columns.iter().all(|c| c.lower.is_finite() && c.upper.is_finite());
    assert!(bound <= cost + 1e-6 * (1.0 + cost.abs()));
    assert!(!is_bounded || bound >= cost - 1e-5 * (1.0 + cost.abs()), "{bound} proves not {cost}");
}

fn compare(problem: &Problem, simplex: &mut Simplex, what: &str) -> Status {
    let status = simplex.solve(usize::MAX, INFINITY, &Control::unlimited());
    match other_opinion(problem) {
        Ok(cost) => {
            assert_eq!(status, Status::Optimal, "{what}: {cost} is possible");
            let own = simplex.objective();
            assert!((own - cost).abs() <= 1e-5 * (1.0 + cost.abs()), "{what}: {own}, not {cost}");
            check_optimal(problem, simplex);
        }
        Err(microlp::Error::Infeasible) => {
            assert_eq!(status, Status::Infeasible, "{what}");
            let is_bounded = problem.columns.iter().all(|c| (c.upper - c.lower).is_finite());
            assert!(!is_bounded || simplex.proves_infeasible(simplex.ray()), "{what}: no proof");
        }
        Err(_) => assert!(matches!(status, Status::Unbounded | Status::Infeasible), "{what}"),
    }
    status
}

#[test]
fn random_problems_are_solved_as_by_another_solver() {
    let mut counts = [0; 3];
    for seed in 0..3000 {
        let mut random = Random::new(seed);
        let problem = random_problem(&mut random);
        let mut simplex = Simplex::new(&problem);
        match compare(&problem, &mut simplex, &format!("seed {seed}")) {
            Status::Optimal => counts[0] += 1,
            Status::Infeasible => counts[1] += 1,
            _ => counts[2] += 1,
        }
    }
    assert!(counts.iter().all(|&count| count > 100), "too few of a kind: {counts:?}");
}

#[test]
fn changes_are_solved_from_the_last_basis() {
    for seed in 0..500 {
        let mut random = Random::with_stream(seed, 1);
        let mut problem = random_problem(&mut random);
        let n = problem.columns.len();
        let mut simplex = Simplex::new(&problem);
        let (first, first_rows) = (simplex.basis(), problem.rows.len());
        for step in 0..8 {
            match random.below(5) {
                0 => {
                    let row = random_row(&mut random, n);
                    simplex.add_rows(std::slice::from_ref(&row));
                    problem.rows.push(row);
                }
                1 => {
                    let cost = random.below(21) as f64 - 10.0;
                    let j = random.below(n);
                    problem.columns[j].cost = cost;
                    simplex.set_cost(j, cost);
                }
                2 if !problem.rows.is_empty() => {
                    let goes = random.below(problem.rows.len());
                    problem.rows.remove(goes);
                    simplex.remove_rows(|row| row == goes);
                }
                3 if random.below(4) == 0 && problem.rows.len() >= first_rows => {
                    simplex.set_basis(&first);
                }
                _ => {
                    let j = random.below(n);
                    let lower = -(random.below(3) as f64);
                    let upper = lower + random.below(4) as f64;
                    (problem.columns[j].lower, problem.columns[j].upper) = (lower, upper);
                    simplex.set_bounds(j, lower, upper);
                }
            }
            compare(&problem, &mut simplex, &format!("seed {seed}, step {step}"));
        }
    }
}

/// Random packing problems of the size the application meets.
fn packing(random: &mut Random, goods: usize, bids: usize, size: usize) -> Problem {
    let mut rows = vec![Row { lower: -INFINITY, upper: 1.0, terms: Vec::new() }; goods];
    let mut columns = Vec::new();
    for j in 0..bids as u32 {
        let mut taken: Vec<usize> = (0..size).map(|_| random.below(goods)).collect();
        taken.sort_unstable();
        taken.dedup();
        taken.iter().for_each(|&i| rows[i].terms.push((j, 1.0)));
        let cost = -random.between(0.5, 1.5) * taken.len() as f64;
        columns.push(Column { cost, lower: 0.0, upper: 1.0 });
    }
    Problem { columns, rows }
}

#[test]
fn larger_packings_prove_themselves() {
    for (seed, (goods, bids, size)) in
        [(60, 300, 3), (100, 500, 40), (200, 1500, 4), (150, 600, 8)].into_iter().enumerate()
    {
        let problem = packing(&mut Random::new(seed as u64), goods, bids, size);
        let mut simplex = Simplex::new(&problem);
        let status = simplex.solve(usize::MAX, INFINITY, &Control::unlimited());
        assert_eq!(status, Status::Optimal);
        check_optimal(&problem, &simplex);
    }
}

#[test]
fn a_limit_and_a_cutoff_end_early() {
    let problem = packing(&mut Random::new(7), 50, 200, 4);
    let control = Control::unlimited();
    assert_eq!(Simplex::new(&problem).solve(3, INFINITY, &control), Status::Limit);
    let mut simplex = Simplex::new(&problem);
    assert_eq!(simplex.solve(usize::MAX, INFINITY, &control), Status::Optimal);
    let cost = simplex.objective();
    assert_eq!(Simplex::new(&problem).solve(usize::MAX, cost * 1.1, &control), Status::Cutoff);
}

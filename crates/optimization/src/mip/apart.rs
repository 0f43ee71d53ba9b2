//! Parts of a programme that have no row in common are solved one by one: their trees add up where
//! the tree of all would multiply them.

use super::{Config, Problem, Solved, Solver, Status};
use crate::Control;
use crate::lp;
use crate::parts::Parts;

/// Passes over the parts that are not finished, each for longer, at most.
const PASSES: usize = 8;

/// The columns of each part, the smallest part first; columns in no row are in none.
fn parts(problem: &Problem) -> Vec<Vec<usize>> {
    let mut parts = Parts::new(problem.lp.columns.len());
    let mut in_row = vec![false; problem.lp.columns.len()];
    for row in problem.lp.rows.iter().chain(&problem.implied) {
        for &(column, _) in &row.terms {
            in_row[column as usize] = true;
            parts.join(row.terms[0].0 as usize, column as usize);
        }
    }
    let columns = (0..in_row.len()).filter(|&column| in_row[column]);
    let mut parts = parts.grouped(columns.map(|column| (column, column)));
    parts.sort_by_key(Vec::len);
    parts
}

/// The rows of each part, with columns by their place in it; of `parts` parts.
fn rows_of(rows: &[lp::Row], place: &[(usize, u32)], parts: usize) -> Vec<Vec<lp::Row>> {
    let mut split = vec![Vec::new(); parts];
    for row in rows {
        let Some(&(first, _)) = row.terms.first() else { continue };
        let terms = row.terms.iter().map(|&(j, a)| (place[j as usize].1, a)).collect();
        split[place[first as usize].0].push(lp::Row { terms, ..*row });
    }
    split
}

/// Searches part by part; none where there is but one, or where the parts depend on each other.
pub(super) fn solve(
    problem: &Problem,
    config: &Config,
    control: &Control,
    start: Option<&[f64]>,
) -> Option<Solved> {
    let parts = parts(problem);
    // A row without columns says that there is no point or nothing: the tree sees which.
    let is_empty = |row: &lp::Row| row.terms.is_empty();
    if parts.len() < 2
        || config.gap > 0.0
        || config.wanted.is_some()
        || problem.lp.rows.iter().chain(&problem.implied).any(is_empty)
    {
        return None;
    }
    let columns = &problem.lp.columns;
    let mut place = vec![(0, 0); columns.len()];
    for (part, own) in parts.iter().enumerate() {
        own.iter().enumerate().for_each(|(at, &column)| place[column] = (part, at as u32));
    }
    let rows = rows_of(&problem.lp.rows, &place, parts.len());
    let implied = rows_of(&problem.implied, &place, parts.len());
    let mut whole = Sum::of_free_columns(problem, &parts)?;
    let part = |((own, rows), implied): ((&Vec<usize>, Vec<lp::Row>), Vec<lp::Row>)| Part {
        problem: Problem {
            lp: lp::Problem { columns: own.iter().map(|&j| columns[j]).collect(), rows },
            is_integer: own.iter().map(|&j| problem.is_integer[j]).collect(),
            implied,
        },
        start: start.map(|x| own.iter().map(|&j| x[j]).collect()),
        solved: None,
    };
    let mut split: Vec<Part> = parts.iter().zip(rows).zip(implied).map(part).collect();
    for _ in 0..PASSES {
        pass(&mut split, config, control);
        if control.seconds_left().is_infinite() || control.is_over() {
            break;
        }
    }
    for (own, part) in parts.iter().zip(&split) {
        whole.add(own, part.solved.as_ref()?);
    }
    Some(whole.finish())
}

/// A part, and what was found of it.
struct Part {
    problem: Problem,
    start: Option<Vec<f64>>,
    solved: Option<Solved>,
}

impl Part {
    fn is_open(&self) -> bool {
        let is_done =
            |solved: &Solved| matches!(solved.status, Status::Optimal | Status::Infeasible);
        !self.solved.as_ref().is_some_and(is_done)
    }
}

/// Searches the parts that are open, each for its share of the time.
fn pass(parts: &mut [Part], config: &Config, control: &Control) {
    let size = |part: &Part| if part.is_open() { part.problem.lp.columns.len() } else { 0 };
    let mut left: usize = parts.iter().map(size).sum();
    let mut nodes = config.nodes;
    for part in parts.iter_mut().filter(|part| part.is_open()) {
        let own = part.problem.lp.columns.len();
        let control = control.within(own as f64 / left as f64 * control.seconds_left());
        left -= own;
        let config = Config { nodes: nodes.max(1), ..*config };
        let solved = Solver::new(&part.problem).solve(&config, &control, part.start.as_deref());
        nodes = nodes.saturating_sub(solved.nodes);
        if !solved.x.is_empty() {
            part.start = Some(solved.x.clone());
        }
        part.solved = Some(match part.solved.take() {
            Some(before) if before.bound > solved.bound => Solved { bound: before.bound, ..solved },
            _ => solved,
        });
    }
}

/// What was found so far.
struct Sum {
    solved: Solved,
    /// Sum of the absolute values of the bounds added, and whether all were whole numbers.
    size: f64,
    is_whole: bool,
    terms: f64,
}

impl Sum {
    /// Columns that are in no row stand where they cost least; none if one costs less without end.
    fn of_free_columns(problem: &Problem, parts: &[Vec<usize>]) -> Option<Self> {
        let columns = &problem.lp.columns;
        let mut x = vec![f64::NAN; columns.len()];
        parts.iter().flatten().for_each(|&column| x[column] = 0.0);
        let solved =
            Solved { x: Vec::new(), value: 0.0, bound: 0.0, status: Status::Optimal, nodes: 0 };
        let mut sum = Self { solved, size: 0.0, is_whole: true, terms: 0.0 };
        for (column, x) in columns.iter().zip(&mut x).filter(|(_, x)| x.is_nan()) {
            *x = if column.cost < 0.0 { column.upper } else { column.lower };
            if column.lower > column.upper || !x.is_finite() || x.fract() != 0.0 {
                return None;
            }
            sum.solved.value += column.cost * *x;
            sum.bound(column.cost * *x);
        }
        sum.solved.x = x;
        Some(sum)
    }

    fn bound(&mut self, bound: f64) {
        self.solved.bound += bound;
        self.size += bound.abs();
        self.is_whole &= bound.fract() == 0.0;
        self.terms += 1.0;
    }

    fn add(&mut self, own: &[usize], solved: &Solved) {
        self.solved.nodes += solved.nodes;
        self.solved.value += solved.value;
        self.bound(solved.bound);
        for (&column, &x) in own.iter().zip(&solved.x) {
            self.solved.x[column] = x;
        }
        self.solved.status = match (self.solved.status, solved.status) {
            (_, Status::Infeasible) | (Status::Infeasible, _) => Status::Infeasible,
            (_, Status::Unknown) | (Status::Unknown, _) => Status::Unknown,
            (_, Status::Feasible) | (Status::Feasible, _) => Status::Feasible,
            (Status::Optimal, Status::Optimal) => Status::Optimal,
        };
    }

    fn finish(mut self) -> Solved {
        if self.solved.status == Status::Infeasible {
            self.solved.bound = f64::INFINITY;
            self.size = 0.0;
        }
        // Sums of whole numbers are exact as long as they are small.
        if !self.is_whole || self.size >= (1_u64 << 53) as f64 {
            self.solved.bound -= self.terms * f64::EPSILON * self.size;
        }
        if matches!(self.solved.status, Status::Infeasible | Status::Unknown) {
            self.solved.x.clear();
            self.solved.value = f64::INFINITY;
        }
        self.solved
    }
}

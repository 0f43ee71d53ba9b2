//! Mixed-integer programmes: minimise c'x with bounds on variables and rows, some variables whole.
//!
//! Branch and cut over [`crate::lp`]. The bound told is safe: each node's comes from multipliers as
//! a Lagrangian value that allows for rounding, never from the simplex method's own objective.

mod apart;
mod branching;
mod cuts;
mod dive;
mod domain;
mod rounding;
mod scale;
#[cfg(test)]
mod tests;
mod tree;

use crate::Control;
use crate::lp;
use tree::Tree;

/// Minimise the cost of the columns within all bounds, whole where `is_integer` says so.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Problem {
    /// Columns and rows. Whole columns need finite bounds.
    pub lp: lp::Problem,
    /// Whether each column must be whole.
    pub is_integer: Vec<bool>,
    /// Rows that hold at every whole point that keeps the others: they may be many, and only those
    /// are used that the relaxation breaks.
    pub implied: Vec<lp::Row>,
}

/// How to search.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Config {
    /// Nodes of the tree at most.
    pub nodes: u64,
    /// Stop when (value − bound) / |value| is at most this. Where all costs are whole numbers on
    /// whole columns, 0 asks for the exact optimum; elsewhere a gap of 1e-9 counts as none.
    pub gap: f64,
    /// Rounds of cutting planes at the root.
    pub cut_rounds: usize,
    /// A child is gone on with while its bound is within this part of the gap from the least bound.
    /// At 1 always, which finds points; less raises the bound faster where points are at hand.
    pub plunge: f64,
    /// Look only for one point that costs at most this; [`Status::Infeasible`] says there is none.
    pub wanted: Option<f64>,
}

impl Default for Config {
    fn default() -> Self {
        Self { nodes: u64::MAX, gap: 0.0, cut_rounds: 30, plunge: 1.0, wanted: None }
    }
}

/// How the search ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// The point is optimal within the gap asked for.
    Optimal,
    /// There is a point; the bound says how good it is.
    Feasible,
    /// No point keeps all bounds.
    Infeasible,
    /// No point was found, and none was ruled out.
    Unknown,
}

/// What a search found.
#[derive(Clone, PartialEq, Debug)]
pub struct Solved {
    /// The best point, empty if none was found.
    pub x: Vec<f64>,
    /// Its cost; infinite without a point.
    pub value: f64,
    /// No point costs less.
    pub bound: f64,
    /// How it ended.
    pub status: Status,
    /// Nodes of the tree.
    pub nodes: u64,
}

/// A problem with what was learned from solving it: basis, cuts, effects of branching. Costs and
/// bounds of columns may change between solves.
#[derive(Clone, Debug)]
pub struct Solver {
    tree: Tree,
}

impl Solver {
    /// Prepares a problem.
    ///
    /// # Panics
    /// If `is_integer` has not one entry for each column, or a row names a column that is not there.
    pub fn new(problem: &Problem) -> Self {
        Self { tree: Tree::new(problem) }
    }

    /// Sets the cost of a column.
    pub fn set_cost(&mut self, column: usize, cost: f64) {
        self.tree.set_cost(column, cost);
    }

    /// Narrows a column to part of the bounds it had in the problem, or widens it again up to them.
    pub fn set_bounds(&mut self, column: usize, lower: f64, upper: f64) {
        self.tree.set_bounds(column, lower, upper);
    }

    /// By how much a unit of each column raises the bound, as the root of the last search left it:
    /// empty if that search did not come so far.
    pub fn reduced_costs(&self) -> &[f64] {
        self.tree.reduced_costs()
    }

    /// Searches. A `start` that keeps all bounds is the first answer; another is passed over.
    pub fn solve(&mut self, config: &Config, control: &Control, start: Option<&[f64]>) -> Solved {
        self.tree.solve(config, control, start)
    }
}

/// Searches once, parts that have no row in common one by one.
///
/// # Panics
/// As [`Solver::new`].
pub fn solve(
    problem: &Problem,
    config: &Config,
    control: &Control,
    start: Option<&[f64]>,
) -> Solved {
    let by_parts = apart::solve(problem, config, control, start);
    by_parts.unwrap_or_else(|| Solver::new(problem).solve(config, control, start))
}

//! Linear programmes: minimise c'x with bounds on variables and on rows.
//!
//! [`Simplex`] keeps its basis from one solve to the next, so that a changed bound, cost or row
//! costs a few iterations. Its numbers are floating point; [`Simplex::safe_bound`] turns its duals
//! into a bound that rounding cannot falsify.

mod bound;
mod dual;
mod factor;
mod primal;
mod simplex;
mod sparse;
#[cfg(test)]
mod tests;

pub use simplex::{Basis, Simplex, Snapshot};

/// A variable.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Column {
    /// What one unit of it costs.
    pub cost: f64,
    /// Least value; minus infinity if there is none.
    pub lower: f64,
    /// Greatest value; infinity if there is none.
    pub upper: f64,
}

/// A linear form between two numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Least value; minus infinity if there is none.
    pub lower: f64,
    /// Greatest value; infinity if there is none.
    pub upper: f64,
    /// Columns, each at most once, with their coefficients.
    pub terms: Vec<(u32, f64)>,
}

/// Minimise the cost of the columns within their bounds and the bounds of the rows.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Problem {
    /// The variables.
    pub columns: Vec<Column>,
    /// The constraints.
    pub rows: Vec<Row>,
}

/// How a solve ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// The basis is optimal within tolerances.
    Optimal,
    /// No point keeps all bounds; [`Simplex::ray`] says why.
    Infeasible,
    /// The cost falls without end.
    Unbounded,
    /// The bound has passed the given limit.
    Cutoff,
    /// The iterations or the time ran out.
    Limit,
    /// Rounding errors got the better of it.
    Failed,
}

/// Where a variable stands that is not in the basis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// In the basis.
    Basic,
    /// At its lower bound.
    Lower,
    /// At its upper bound.
    Upper,
    /// Without bounds, at 0.
    Free,
}

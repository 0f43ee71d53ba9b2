//! Units in which all numbers are of like size. All factors are powers of 2, so nothing is rounded.

use super::Problem;
use crate::lp::{self, Column, Row};

/// Costs are brought below this size.
const COST_MAX: f64 = 1024.0;

/// A problem in other units, and the way back.
#[derive(Clone, Debug)]
pub(super) struct Scaled {
    pub(super) lp: lp::Problem,
    /// The implied rows.
    pub(super) implied: Vec<Row>,
    /// A column's value is its scaled value times this.
    pub(super) column: Vec<f64>,
    /// A cost is the scaled cost times this.
    pub(super) cost: f64,
}

/// The power of 2 at or above a positive number; 1 for others.
fn power(size: f64) -> f64 {
    if size > 0.0 && size.is_finite() {
        size.log2().ceil().clamp(-500.0, 500.0).exp2()
    } else {
        1.0
    }
}

/// The power of 2 that brings all costs to size.
pub(super) fn cost_factor(costs: impl Iterator<Item = f64>) -> f64 {
    power(costs.fold(0.0, |most, cost| cost.abs().max(most)) / COST_MAX)
}

impl Scaled {
    pub(super) fn new(problem: &Problem) -> Self {
        let columns = &problem.lp.columns;
        let width = |c: &Column| power((c.upper - c.lower).min(c.upper.abs().max(c.lower.abs())));
        let column: Vec<f64> = columns
            .iter()
            .zip(&problem.is_integer)
            .map(|(c, &whole)| if whole { 1.0 } else { width(c) })
            .collect();
        let cost = cost_factor(columns.iter().zip(&column).map(|(c, f)| c.cost * f));
        let columns = columns.iter().zip(&column).map(|(c, f)| Column {
            cost: c.cost * f / cost,
            lower: c.lower / f,
            upper: c.upper / f,
        });
        let rows = problem.lp.rows.iter().map(|row| scaled_row(row, &column));
        let lp = lp::Problem { columns: columns.collect(), rows: rows.collect() };
        let implied = problem.implied.iter().map(|row| scaled_row(row, &column)).collect();
        Self { lp, implied, column, cost }
    }
}

fn scaled_row(row: &Row, column: &[f64]) -> Row {
    let terms = || row.terms.iter().map(|&(j, a)| (j, a * column[j as usize]));
    let size = power(terms().map(|(_, a)| a.abs()).fold(0.0, f64::max));
    Row {
        lower: row.lower / size,
        upper: row.upper / size,
        terms: terms().filter(|t| t.1 != 0.0).map(|(j, a)| (j, a / size)).collect(),
    }
}

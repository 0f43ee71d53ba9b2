//! Bounds that hold whatever the simplex method rounded.
//!
//! For any multipliers y the Lagrangian value min { c'x + y'(s − Ax) : x, s within their bounds } is
//! a lower bound. It is computed here in floating point and lowered by a bound on the rounding
//! errors of its sums (Higham 2002, chapter 3; for linear programmes Neumaier and Shcherbina 2004).

use super::Simplex;

/// Twice the unit roundoff: covers the product and the sum of each term.
const ROUNDING: f64 = f64::EPSILON;

impl Simplex {
    /// A lower bound on the cost from multipliers of the rows; minus infinity if they give none.
    pub fn safe_bound(&self, multipliers: &[f64]) -> f64 {
        self.lagrangian(multipliers, 1.0)
    }

    /// Whether multipliers prove that no point keeps all bounds.
    pub fn proves_infeasible(&self, multipliers: &[f64]) -> bool {
        self.lagrangian(multipliers, 0.0) > 0.0
    }

    fn lagrangian(&self, multipliers: &[f64], cost_factor: f64) -> f64 {
        let usable: Vec<f64> = (0..self.row_count())
            .map(|row| {
                let (lower, upper) = self.row_bounds(row);
                let y = multipliers[row];
                // A multiplier towards a missing bound would prove nothing.
                if (y > 0.0 && lower.is_finite()) || (y < 0.0 && upper.is_finite()) {
                    y
                } else {
                    0.0
                }
            })
            .collect();
        let mut sum = 0.0;
        let mut size = 0.0;
        for (row, &y) in usable.iter().enumerate().filter(|(_, y)| **y != 0.0) {
            let (lower, upper) = self.row_bounds(row);
            let term = y * if y > 0.0 { lower } else { upper };
            sum += term;
            size += term.abs();
        }
        for column in 0..self.column_count() {
            let cost = cost_factor * self.cost(column);
            let (mut reduced, mut terms, mut count) = (cost, cost.abs(), 1.0);
            for (row, a) in self.column(column) {
                let term = usable[row] * a;
                reduced -= term;
                terms += term.abs();
                count += 1.0;
            }
            let error = terms * count * ROUNDING;
            let (lower, upper) = self.column_bounds(column);
            // The least product of a reduced cost within the error and a point within the bounds.
            let term = [reduced - error, reduced + error]
                .into_iter()
                .flat_map(|r| [lower, upper].map(|bound| if r == 0.0 { 0.0 } else { r * bound }))
                .fold(f64::INFINITY, f64::min);
            sum += term;
            size += term.abs();
        }
        let count = (self.row_count() + self.column_count() + 2) as f64;
        let bound = sum - size * count * ROUNDING;
        if bound.is_nan() { f64::NEG_INFINITY } else { bound }
    }
}

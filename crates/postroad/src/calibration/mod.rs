//! The planner's tour constants against routes: those that people drove, and those that the kernel
//! finds for the days of a plan.

pub mod driven;
mod fit;
pub mod real;
pub mod routed;

use serde::Serialize;

/// How far a formula is off, relative to what happened.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Error {
    /// Sum of the formula over the true sum, less one.
    pub of_sum: f64,
    /// Mean of the single relative errors, whatever their sign.
    pub of_each: f64,
}

impl Error {
    /// From pairs of what the formula says and what happened.
    fn of(pairs: &[(f64, f64)]) -> Self {
        let sum = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>();
        if pairs.is_empty() {
            return Self::default();
        }
        Self {
            of_sum: sum(|p| p.0) / sum(|p| p.1) - 1.0,
            of_each: sum(|p| (p.0 / p.1 - 1.0).abs()) / pairs.len() as f64,
        }
    }
}

//! The primal simplex method with Devex pricing (Harris 1973): what is left to do when the dual
//! method ends with costs that were shifted or perturbed.

use super::simplex::{DUAL_TOLERANCE, PRIMAL_TOLERANCE, Simplex};
use super::{Place, Status};
use crate::Control;

/// Entries of a column of smaller size are zero.
const ZERO: f64 = 1e-9;

/// How far the entering variable can go.
enum Reach {
    Endless,
    /// To its own other bound.
    Flip(f64),
    /// Until the variable of a row reaches a bound.
    Row {
        row: usize,
        step: f64,
        place: Place,
    },
}

impl Simplex {
    /// Runs from a point within bounds until no reduced cost is wrong.
    pub(super) fn primal(&mut self, control: &Control) -> Status {
        if (0..self.cost.len()).all(|v| self.wrongness(v) <= DUAL_TOLERANCE) {
            return Status::Optimal;
        }
        let mut reference = vec![1.0; self.cost.len()];
        loop {
            if self.is_out(control) {
                return Status::Limit;
            }
            if self.factor.is_long() {
                self.factorize_as_is();
            }
            let Some(entering) = self.best_entering(&reference) else { return Status::Optimal };
            self.compute_entering(entering);
            let direction = if self.d[entering] < 0.0 { 1.0 } else { -1.0 };
            match self.reach(entering, direction) {
                Reach::Endless => return Status::Unbounded,
                Reach::Flip(step) => self.move_to_other_bound(entering, direction * step),
                Reach::Row { row, step, place } => {
                    let leaving = self.head[row] as usize;
                    self.compute_rho(row);
                    self.compute_alpha();
                    let pivot = self.entering[row];
                    if (pivot - self.alpha[entering]).abs() > 1e-6 * (1.0 + pivot.abs()) {
                        if self.factor.changes() == 0 {
                            return Status::Failed;
                        }
                        self.factorize_as_is();
                        continue;
                    }
                    self.update_reference(&mut reference, entering, leaving, pivot);
                    let dual_step = self.d[entering] / pivot;
                    self.update_duals(entering, leaving, dual_step);
                    self.weight[entering] = 1.0;
                    self.exchange(row, entering, direction * step, place);
                }
            }
        }
    }

    /// A new factorization that leaves all variables where they are.
    fn factorize_as_is(&mut self) {
        let removed = self.factor.factorize(&self.columns, &mut self.head);
        for &v in &removed {
            let v = v as usize;
            let is_low = self.lower[v].is_finite();
            self.place[v] = match (is_low, self.upper[v].is_finite()) {
                (false, false) => Place::Free,
                (false, true) => Place::Upper,
                _ => Place::Lower,
            };
            self.x[v] = self.rest(v);
            self.sense[v] = self.sense_of(v);
        }
        for &v in &self.head {
            self.place[v as usize] = Place::Basic;
            self.sense[v as usize] = 0.0;
        }
        self.compute_duals();
        self.compute_primal();
    }

    fn best_entering(&self, reference: &[f64]) -> Option<usize> {
        let mut best = 0.0;
        let mut found = None;
        for (v, weight) in reference.iter().enumerate() {
            let wrong = self.wrongness(v);
            if wrong > DUAL_TOLERANCE && wrong * wrong > best * weight {
                best = wrong * wrong / weight;
                found = Some(v);
            }
        }
        found
    }

    /// The ratio test in two passes: how far if all may pass their bounds by the tolerance; then the
    /// largest pivot up to there.
    fn reach(&self, entering: usize, direction: f64) -> Reach {
        let own = self.upper[entering] - self.lower[entering];
        let room = |i: usize, tolerance: f64| {
            let rate = -direction * self.entering[i];
            let v = self.head[i] as usize;
            if rate > ZERO {
                (self.upper[v] + tolerance - self.x[v]) / rate
            } else if rate < -ZERO {
                (self.lower[v] - tolerance - self.x[v]) / rate
            } else {
                f64::INFINITY
            }
        };
        let rows = || self.entering_support.iter().map(|&i| i as usize);
        let limit = rows().map(|i| room(i, PRIMAL_TOLERANCE)).fold(f64::INFINITY, f64::min);
        if own <= limit {
            return if own.is_finite() { Reach::Flip(own) } else { Reach::Endless };
        }
        let mut best = 0.0;
        let mut found = Reach::Endless;
        for i in rows() {
            let step = room(i, 0.0);
            if step <= limit && self.entering[i].abs() > best {
                best = self.entering[i].abs();
                let rises = -direction * self.entering[i] > 0.0;
                let place = if rises { Place::Upper } else { Place::Lower };
                found = Reach::Row { row: i, step: step.max(0.0), place };
            }
        }
        found
    }

    fn move_to_other_bound(&mut self, entering: usize, step: f64) {
        for &i in &self.entering_support {
            let v = self.head[i as usize] as usize;
            self.x[v] -= step * self.entering[i as usize];
        }
        self.place[entering] =
            if self.place[entering] == Place::Lower { Place::Upper } else { Place::Lower };
        self.sense[entering] = -self.sense[entering];
        self.x[entering] = self.rest(entering);
        self.iterations += 1;
    }

    fn update_reference(&self, reference: &mut [f64], entering: usize, leaving: usize, pivot: f64) {
        let own = reference[entering];
        for &v in &self.touched {
            let ratio = self.alpha[v as usize] / pivot;
            reference[v as usize] = reference[v as usize].max(ratio * ratio * own);
        }
        reference[leaving] = (own / (pivot * pivot)).max(1.0);
    }
}

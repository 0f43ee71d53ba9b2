//! Points from a relaxation: rounding along conflicts, and diving.

use super::tree::{Relaxed, Search};

/// Iterations of a step of a dive.
const STEP_ITERATIONS: usize = 500;
/// Steps of a dive.
const STEPS: usize = 200;

impl Search<'_> {
    /// Rounds the whole columns one after the other, largest value first, as far as propagation
    /// allows. Only where all columns are whole.
    pub(super) fn round(&mut self) {
        if self.tree.structure.is_integer.iter().any(|whole| !whole) {
            return;
        }
        let mark = self.domain.mark();
        let mut order: Vec<usize> = (0..self.point.len()).collect();
        let cost = |j: usize| self.tree.scaled.lp.columns[j].cost;
        order.sort_by(|&a, &b| {
            self.point[b].total_cmp(&self.point[a]).then(cost(a).total_cmp(&cost(b)))
        });
        for j in order {
            let (lower, upper) = (self.domain.lower[j], self.domain.upper[j]);
            if lower == upper {
                continue;
            }
            let cheap = if self.tree.scaled.lp.columns[j].cost < 0.0 { upper } else { lower };
            let near = self.point[j].round().clamp(lower, upper);
            let wanted = if self.point[j] < 0.1 { cheap } else { near };
            let tries = [wanted, lower, upper];
            if !tries.into_iter().any(|value| self.attempt(j, value)) {
                self.undo(mark);
                return;
            }
        }
        let x = self.domain.lower.clone();
        self.undo(mark);
        self.offer(x);
    }

    /// Fixes a column and propagates; undoes both if nothing is left.
    fn attempt(&mut self, j: usize, value: f64) -> bool {
        let mark = self.domain.mark();
        if self.narrow(j, value, value).is_ok() && self.propagate().is_ok() {
            return true;
        }
        self.undo(mark);
        false
    }

    /// Fixes column after column at the whole number nearest to its value, solving in between.
    pub(super) fn dive(&mut self) {
        let mark = self.domain.mark();
        let (point, state) = (self.point.clone(), self.tree.simplex.snapshot());
        for _ in 0..STEPS {
            let broken = self.broken();
            if broken.is_empty() {
                self.offer_relaxation();
                break;
            }
            // The nearest to its upper whole number: rounding up settles more.
            let far = |value: f64| value.ceil() - value;
            let Some(&(j, value)) = broken.iter().min_by(|a, b| far(a.1).total_cmp(&far(b.1)))
            else {
                break;
            };
            if !self.attempt(j, value.ceil()) && !self.attempt(j, value.floor()) {
                break;
            }
            if !matches!(self.relax(STEP_ITERATIONS), Relaxed::Bound(_)) {
                break;
            }
        }
        self.undo(mark);
        self.point = point;
        self.tree.simplex.restore(&state);
    }
}

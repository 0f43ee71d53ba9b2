//! The dual simplex method with steepest-edge pricing (Forrest and Goldfarb 1992), a ratio test that
//! flips bounds on the way (Maros 2003) and lets small infeasibilities pass for large pivots (Harris
//! 1973). Costs are perturbed where it stalls.

use super::simplex::{DUAL_TOLERANCE, PIVOT, PRIMAL_TOLERANCE, Simplex};
use super::{Place, Status};
use crate::Control;

/// Steps without a change of the bound before costs are perturbed.
const STALLED: usize = 30;
/// Size of a perturbation beside 1 + |cost|.
const PERTURBATION: f64 = 5e-7;
/// Entries of a pivot row of smaller size are zero.
const ZERO: f64 = 1e-9;
/// Least steepest-edge weight.
const WEIGHT_MIN: f64 = 1e-4;

impl Simplex {
    /// Runs until no basic variable is outside its bounds.
    pub(super) fn dual(&mut self, control: &Control) -> Status {
        let mut bound = self.objective();
        let mut stalled = 0;
        let mut failures = 0;
        let mut flips = Vec::new();
        loop {
            if self.is_out(control) {
                return Status::Limit;
            }
            if self.factor.is_long() {
                self.factorize();
                bound = self.objective();
            }
            if bound > self.cutoff {
                return Status::Cutoff;
            }
            let Some((row, is_above)) = self.leaving() else { return Status::Optimal };
            self.compute_rho(row);
            self.compute_alpha();
            let Some(entering) = self.entering(row, is_above, &mut flips) else {
                if self.factor.changes() > 0 {
                    self.factorize();
                    continue;
                }
                self.keep_ray(is_above);
                return Status::Infeasible;
            };
            self.compute_entering(entering);
            if self.is_bad_pivot(row, entering) {
                failures += 1;
                if failures > 20 || self.factor.changes() == 0 {
                    return Status::Failed;
                }
                self.factorize();
                continue;
            }
            let gain = self.step(row, entering, is_above, &flips);
            bound += gain;
            stalled = if gain > 1e-9 * (1.0 + bound.abs()) { 0 } else { stalled + 1 };
            if stalled == STALLED {
                self.perturb();
            }
        }
    }

    /// The row whose variable is furthest outside its bounds, beside its weight; whether it is above.
    fn leaving(&self) -> Option<(usize, bool)> {
        let mut best = 0.0;
        let mut found = None;
        for (row, &v) in self.head.iter().enumerate() {
            let v = v as usize;
            let (below, above) = (self.lower[v] - self.x[v], self.x[v] - self.upper[v]);
            let outside = below.max(above);
            if outside > PRIMAL_TOLERANCE && outside * outside > best * self.weight[v] {
                best = outside * outside / self.weight[v];
                found = Some((row, above > below));
            }
        }
        found
    }

    /// The entering variable; `flips` keeps those that flip to their other bound.
    fn entering(&mut self, row: usize, is_above: bool, flips: &mut Vec<u32>) -> Option<usize> {
        flips.clear();
        let sign = if is_above { 1.0 } else { -1.0 };
        let mut open = std::mem::take(&mut self.candidates);
        open.clear();
        for &v in &self.touched {
            let a = sign * self.alpha[v as usize];
            let sense = self.sense[v as usize];
            if a * sense > ZERO || (sense == 2.0 && -a > ZERO) {
                open.push((v, a));
            }
        }
        let leaving = self.head[row] as usize;
        let outside =
            (self.x[leaving] - self.upper[leaving]).max(self.lower[leaving] - self.x[leaving]);
        let entering = self.walk(&mut open, outside, flips);
        self.candidates = open;
        entering
    }

    /// Walks the breakpoints of the dual function until its slope turns.
    fn walk(
        &self,
        open: &mut Vec<(u32, f64)>,
        mut slope: f64,
        flips: &mut Vec<u32>,
    ) -> Option<usize> {
        // The entering variable, and how many flip before it.
        let mut last: Option<(usize, usize)> = None;
        while !open.is_empty() {
            let limit = open
                .iter()
                .map(|&(v, a)| {
                    let slack = if a > 0.0 { DUAL_TOLERANCE } else { -DUAL_TOLERANCE };
                    (self.d[v as usize] + slack) / a
                })
                .fold(f64::INFINITY, f64::min);
            let reached = |&(v, a): &(u32, f64)| self.d[v as usize] / a <= limit;
            let group: Vec<(u32, f64)> = open.iter().copied().filter(reached).collect();
            let fall: f64 = group
                .iter()
                .map(|&(v, a)| a.abs() * (self.upper[v as usize] - self.lower[v as usize]))
                .sum();
            let best = group.iter().max_by(|x, y| x.1.abs().total_cmp(&y.1.abs()))?;
            if best.1.abs() > PIVOT || last.is_none() {
                last = Some((best.0 as usize, flips.len()));
                if fall.is_nan() || slope - fall < 0.0 || group.len() == open.len() {
                    break;
                }
            } else if fall.is_nan() || slope - fall < 0.0 {
                // Only tiny pivots here: the last group's is better.
                break;
            }
            slope -= fall;
            flips.extend(group.iter().map(|g| g.0));
            open.retain(|candidate| !reached(candidate));
        }
        let (entering, before) = last?;
        flips.truncate(before);
        Some(entering)
    }

    fn is_bad_pivot(&self, row: usize, entering: usize) -> bool {
        let (by_row, by_column) = (self.alpha[entering], self.entering[row]);
        by_column.abs() < ZERO || (by_row - by_column).abs() > 1e-6 * (1.0 + by_column.abs())
    }

    /// Carries out an iteration; returns by how much the bound rose.
    fn step(&mut self, row: usize, entering: usize, is_above: bool, flips: &[u32]) -> f64 {
        let mut gain = self.flip(flips);
        let leaving = self.head[row] as usize;
        let right = match self.place[entering] {
            Place::Free => true,
            _ => self.d[entering] * self.alpha[entering] * if is_above { 1.0 } else { -1.0 } >= 0.0,
        };
        if !right {
            // A step back would lower the bound: shift the cost so that the step is none.
            self.work_cost[entering] -= self.d[entering];
            self.d[entering] = 0.0;
            self.is_modified = true;
        }
        let (target, place) = if is_above {
            (self.upper[leaving], Place::Upper)
        } else {
            (self.lower[leaving], Place::Lower)
        };
        let pivot = self.entering[row];
        let primal_step = (self.x[leaving] - target) / pivot;
        let dual_step = self.d[entering] / pivot;
        gain += self.d[entering] * primal_step;
        self.update_weights(row, entering);
        self.update_duals(entering, leaving, dual_step);
        self.exchange(row, entering, primal_step, place);
        gain
    }

    /// Puts the variables to their other bounds, and moves the basic ones with them.
    fn flip(&mut self, flips: &[u32]) -> f64 {
        if flips.is_empty() {
            return 0.0;
        }
        let n = self.column_count();
        let mut gain = 0.0;
        for &v in flips {
            let v = v as usize;
            self.place[v] = if self.place[v] == Place::Lower { Place::Upper } else { Place::Lower };
            self.sense[v] = -self.sense[v];
            let change = self.rest(v) - self.x[v];
            self.x[v] += change;
            gain += self.d[v] * change;
            if v >= n {
                self.scratch[v - n] -= change;
            } else {
                self.columns.get(v).for_each(|(row, a)| self.scratch[row] -= a * change);
            }
        }
        self.factor.forward(&mut self.scratch, &mut self.scratch_support);
        for &row in &self.scratch_support {
            let row = row as usize;
            self.x[self.head[row] as usize] += self.scratch[row];
            self.scratch[row] = 0.0;
        }
        gain
    }

    fn update_weights(&mut self, row: usize, entering: usize) {
        for &i in &self.rho_support {
            self.scratch[i as usize] = self.rho[i as usize];
        }
        self.factor.forward(&mut self.scratch, &mut self.scratch_support);
        let norm: f64 = self.rho_support.iter().map(|&i| self.rho[i as usize].powi(2)).sum();
        let pivot = self.entering[row];
        for &i in &self.entering_support {
            let i = i as usize;
            if i != row {
                let ratio = self.entering[i] / pivot;
                let weight = &mut self.weight[self.head[i] as usize];
                let change = ratio * (ratio * norm - 2.0 * self.scratch[i]);
                *weight = (*weight + change).max(ratio * ratio * WEIGHT_MIN + WEIGHT_MIN);
            }
        }
        self.weight[entering] = (norm / (pivot * pivot)).max(WEIGHT_MIN);
        self.scratch_support.iter().for_each(|&i| self.scratch[i as usize] = 0.0);
    }

    /// Moves the costs of the nonbasic variables a little to their good side.
    fn perturb(&mut self) {
        for v in 0..self.cost.len() {
            let amount = (1.0 + self.cost[v].abs()) * PERTURBATION * (1.0 + self.random.unit());
            let amount = match self.place[v] {
                Place::Lower => amount,
                Place::Upper => -amount,
                Place::Basic | Place::Free => continue,
            };
            self.work_cost[v] += amount;
            self.d[v] += amount;
        }
        self.is_modified = true;
    }

    /// Keeps the row that cannot be brought within bounds as a proof.
    fn keep_ray(&mut self, is_above: bool) {
        let sign = if is_above { 1.0 } else { -1.0 };
        self.ray = vec![0.0; self.row_count()];
        for &row in &self.rho_support {
            self.ray[row as usize] = sign * self.rho[row as usize];
        }
    }
}

//! The state of the simplex method: bounds, basis, values, reduced costs, and what keeps them true.
//!
//! Each row i has a logical variable s with Ax + s = 0, numbered after the structural columns.

use super::factor::Factor;
use super::sparse::Sparse;
use super::{Place, Problem, Row, Status};
use crate::{Control, Random};

/// How far a value may lie outside its bounds.
pub(super) const PRIMAL_TOLERANCE: f64 = 1e-7;
/// How far a reduced cost may have the wrong sign.
pub(super) const DUAL_TOLERANCE: f64 = 1e-7;
/// Pivots of smaller size are not taken.
pub(super) const PIVOT: f64 = 1e-7;
/// Rounds of dual and primal before the rounding errors have won.
const ROUNDS: usize = 8;
/// Iterations of a solve end at this many, and so many more for each variable.
const ITERATIONS_BASE: usize = 20_000;
const ITERATIONS_PER_VARIABLE: usize = 50;

/// Which variables are in the basis, and where the others stand; of the first rows only if rows
/// were added since.
#[derive(Clone, PartialEq, Debug)]
pub struct Basis {
    columns: Vec<Place>,
    rows: Vec<Place>,
}

/// The whole state of a solve, to return to it at once.
#[derive(Clone, Debug)]
pub struct Snapshot {
    place: Vec<Place>,
    x: Vec<f64>,
    d: Vec<f64>,
    weight: Vec<f64>,
    head: Vec<u32>,
    factor: Factor,
    is_factorized: bool,
}

/// A linear programme with the state of its solution.
#[derive(Clone, Debug)]
pub struct Simplex {
    pub(super) columns: Sparse,
    pub(super) rows: Sparse,
    /// All of the following by variable, structural then logical.
    pub(super) cost: Vec<f64>,
    /// Costs in use: shifted or perturbed ones while the dual method runs.
    pub(super) work_cost: Vec<f64>,
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    pub(super) place: Vec<Place>,
    /// Which way a nonbasic variable can go: 1 up, −1 down, 2 both, 0 none or basic.
    pub(super) sense: Vec<f64>,
    pub(super) x: Vec<f64>,
    /// Reduced costs; of variables that cannot move only at the end of a solve.
    pub(super) d: Vec<f64>,
    /// Squared norms of the rows of the inverse, kept for variables outside the basis too.
    pub(super) weight: Vec<f64>,
    /// Variable of each row.
    pub(super) head: Vec<u32>,
    pub(super) factor: Factor,
    is_factorized: bool,
    pub(super) is_modified: bool,
    pub(super) random: Random,
    /// A row of the inverse, a column in terms of the basis, and room for a third.
    pub(super) rho: Vec<f64>,
    pub(super) rho_support: Vec<u32>,
    pub(super) entering: Vec<f64>,
    pub(super) entering_support: Vec<u32>,
    pub(super) scratch: Vec<f64>,
    pub(super) scratch_support: Vec<u32>,
    /// A row of the tableau and the variables it touches.
    pub(super) alpha: Vec<f64>,
    pub(super) is_touched: Vec<bool>,
    pub(super) touched: Vec<u32>,
    /// Room for the ratio test.
    pub(super) candidates: Vec<(u32, f64)>,
    pub(super) iterations: usize,
    pub(super) iteration_limit: usize,
    pub(super) cutoff: f64,
    pub(super) ray: Vec<f64>,
}

impl Simplex {
    /// The problem with the basis of all logical variables.
    ///
    /// # Panics
    /// If a row names a column that is not there.
    pub fn new(problem: &Problem) -> Self {
        let n = problem.columns.len();
        let mut simplex = Self {
            columns: Sparse::new(),
            rows: Sparse::new(),
            cost: problem.columns.iter().map(|c| c.cost).collect(),
            work_cost: Vec::new(),
            lower: problem.columns.iter().map(|c| c.lower).collect(),
            upper: problem.columns.iter().map(|c| c.upper).collect(),
            place: problem.columns.iter().map(|c| resting(c.lower, c.upper, c.cost)).collect(),
            sense: Vec::new(),
            x: vec![0.0; n],
            d: vec![0.0; n],
            weight: vec![1.0; n],
            head: Vec::new(),
            factor: Factor::new(),
            is_factorized: false,
            is_modified: false,
            random: Random::new(0),
            rho: Vec::new(),
            rho_support: Vec::new(),
            entering: Vec::new(),
            entering_support: Vec::new(),
            scratch: Vec::new(),
            scratch_support: Vec::new(),
            alpha: Vec::new(),
            is_touched: Vec::new(),
            touched: Vec::new(),
            candidates: Vec::new(),
            iterations: 0,
            iteration_limit: usize::MAX,
            cutoff: f64::INFINITY,
            ray: Vec::new(),
        };
        simplex.add_rows(&problem.rows);
        simplex
    }

    /// Number of structural columns.
    pub fn column_count(&self) -> usize {
        self.cost.len() - self.head.len()
    }

    /// Number of rows.
    pub fn row_count(&self) -> usize {
        self.head.len()
    }

    /// Iterations of all solves so far.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Appends rows; their logical variables enter the basis.
    ///
    /// # Panics
    /// If a row names a column that is not there.
    pub fn add_rows(&mut self, rows: &[Row]) {
        let n = self.column_count();
        for row in rows {
            assert!(row.terms.iter().all(|t| (t.0 as usize) < n), "a row names an unknown column");
            self.rows.push(row.terms.iter().copied());
            let variable = self.cost.len();
            self.head.push(variable as u32);
            self.cost.push(0.0);
            self.lower.push(-row.upper);
            self.upper.push(-row.lower);
            self.place.push(Place::Basic);
            self.x.push(0.0);
            self.d.push(0.0);
            self.weight.push(1.0);
        }
        self.resize(n);
    }

    fn resize(&mut self, n: usize) {
        let m = self.head.len();
        self.columns = self.rows.transposed(n, |row| row as u32);
        self.work_cost = self.cost.clone();
        for room in [&mut self.rho, &mut self.entering, &mut self.scratch] {
            room.clear();
            room.resize(m, 0.0);
        }
        self.touched.clear();
        self.alpha = vec![0.0; self.cost.len()];
        self.sense = vec![0.0; self.cost.len()];
        self.is_touched = vec![false; self.cost.len()];
        self.rho_support.clear();
        self.entering_support.clear();
        self.scratch_support.clear();
        self.is_factorized = false;
    }

    /// Drops the rows for which `goes` says so. A row whose logical variable is not in the basis
    /// takes the basis with it: the next solve repairs it.
    pub fn remove_rows(&mut self, goes: impl Fn(usize) -> bool) {
        let (n, m) = (self.column_count(), self.row_count());
        let kept: Vec<usize> = (0..m).filter(|&row| !goes(row)).collect();
        let mut rows = Sparse::new();
        for &row in &kept {
            rows.push(self.rows.get(row).map(|(i, v)| (i as u32, v)));
        }
        self.rows = rows;
        let stays: Vec<usize> = (0..n).chain(kept.iter().map(|row| n + row)).collect();
        for values in [&mut self.cost, &mut self.lower, &mut self.upper, &mut self.x, &mut self.d] {
            *values = stays.iter().map(|&v| values[v]).collect();
        }
        self.weight = stays.iter().map(|&v| self.weight[v]).collect();
        self.place = stays.iter().map(|&v| self.place[v]).collect();
        self.head = vec![0; kept.len()];
        self.collect_head();
        self.resize(n);
    }

    /// Fills the head from the places; a basis of the wrong size is brought to size.
    fn collect_head(&mut self) {
        let m = self.head.len();
        let n = self.cost.len() - m;
        let mut basic: Vec<u32> = (0..self.cost.len() as u32)
            .filter(|&v| self.place[v as usize] == Place::Basic)
            .collect();
        for row in 0..m {
            if basic.len() < m && self.place[n + row] != Place::Basic {
                self.place[n + row] = Place::Basic;
                basic.push((n + row) as u32);
            }
        }
        for surplus in basic.drain(m.min(basic.len())..) {
            let v = surplus as usize;
            self.place[v] = resting(self.lower[v], self.upper[v], self.cost[v]);
        }
        self.head = basic;
        self.is_factorized = false;
    }

    /// Sets the bounds of a column.
    pub fn set_bounds(&mut self, column: usize, lower: f64, upper: f64) {
        (self.lower[column], self.upper[column]) = (lower, upper);
    }

    /// Sets the bounds of a row.
    pub fn set_row_bounds(&mut self, row: usize, lower: f64, upper: f64) {
        let variable = self.column_count() + row;
        (self.lower[variable], self.upper[variable]) = (-upper, -lower);
    }

    /// Sets the cost of a column.
    pub fn set_cost(&mut self, column: usize, cost: f64) {
        self.cost[column] = cost;
    }

    /// Cost of a column.
    pub fn cost(&self, column: usize) -> f64 {
        self.cost[column]
    }

    /// Lower and upper bound of a column.
    pub fn column_bounds(&self, column: usize) -> (f64, f64) {
        (self.lower[column], self.upper[column])
    }

    /// Lower and upper bound of a row.
    pub fn row_bounds(&self, row: usize) -> (f64, f64) {
        let variable = self.column_count() + row;
        (-self.upper[variable], -self.lower[variable])
    }

    /// Rows of a column with their coefficients.
    pub fn column(&self, column: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.columns.get(column)
    }

    /// Value of a column.
    pub fn value(&self, column: usize) -> f64 {
        self.x[column]
    }

    /// Reduced cost of a column.
    pub fn reduced_cost(&self, column: usize) -> f64 {
        self.d[column]
    }

    /// Where a column stands.
    pub fn place(&self, column: usize) -> Place {
        self.place[column]
    }

    /// What the linear form of a row amounts to.
    pub fn activity(&self, row: usize) -> f64 {
        -self.x[self.column_count() + row]
    }

    /// Whether the basis holds the row's logical variable: the row binds nothing.
    pub fn is_slack(&self, row: usize) -> bool {
        self.place[self.column_count() + row] == Place::Basic
    }

    /// Dual value of each row.
    pub fn duals(&self) -> Vec<f64> {
        self.d[self.column_count()..].iter().map(|d| -d).collect()
    }

    /// After [`Status::Infeasible`]: multipliers of the rows for [`Simplex::proves_infeasible`].
    pub fn ray(&self) -> &[f64] {
        &self.ray
    }

    /// Cost of the current point.
    pub fn objective(&self) -> f64 {
        self.cost.iter().zip(&self.x).map(|(c, x)| c * x).sum()
    }

    /// The basis, to return to it later.
    pub fn basis(&self) -> Basis {
        let (columns, rows) = self.place.split_at(self.column_count());
        Basis { columns: columns.to_vec(), rows: rows.to_vec() }
    }

    /// Returns to a basis; rows added since have their logical variables in it.
    pub fn set_basis(&mut self, basis: &Basis) {
        let n = self.column_count();
        let rows = basis.rows.len().min(self.row_count());
        self.place[..n].copy_from_slice(&basis.columns);
        self.place[n..n + rows].copy_from_slice(&basis.rows[..rows]);
        self.place[n + rows..].fill(Place::Basic);
        self.collect_head();
    }

    /// Returns to the basis of all logical variables.
    pub fn reset(&mut self) {
        let n = self.column_count();
        for v in 0..self.cost.len() {
            self.place[v] = resting(self.lower[v], self.upper[v], self.cost[v]);
        }
        self.place[n..].fill(Place::Basic);
        self.weight.fill(1.0);
        self.collect_head();
    }

    /// The state, to return to it while rows and costs stay as they are.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            place: self.place.clone(),
            x: self.x.clone(),
            d: self.d.clone(),
            weight: self.weight.clone(),
            head: self.head.clone(),
            factor: self.factor.clone(),
            is_factorized: self.is_factorized,
        }
    }

    /// Returns to a state of the same rows and costs.
    pub fn restore(&mut self, state: &Snapshot) {
        self.place.clone_from(&state.place);
        self.x.clone_from(&state.x);
        self.d.clone_from(&state.d);
        self.weight.clone_from(&state.weight);
        self.head.clone_from(&state.head);
        self.factor.clone_from(&state.factor);
        self.is_factorized = state.is_factorized;
    }

    /// Minimises from the current basis. Ends with [`Status::Cutoff`] as soon as the cost is known
    /// to be above `cutoff`, and with [`Status::Limit`] after `iterations`.
    pub fn solve(&mut self, iterations: usize, cutoff: f64, control: &Control) -> Status {
        // Even without a limit it must end.
        let most = ITERATIONS_BASE + ITERATIONS_PER_VARIABLE * self.cost.len();
        self.iteration_limit = self.iterations.saturating_add(iterations.min(most));
        self.cutoff = cutoff;
        if (0..self.cost.len()).any(|v| self.lower[v] > self.upper[v] + PRIMAL_TOLERANCE) {
            // The empty ray proves nothing; whoever sets such bounds knows.
            self.ray = vec![0.0; self.row_count()];
            return Status::Infeasible;
        }
        self.work_cost.copy_from_slice(&self.cost);
        if self.is_factorized {
            self.recompute();
        } else {
            self.factorize();
        }
        let status = self.rounds(control);
        self.restore_costs();
        self.compute_duals();
        status
    }

    fn rounds(&mut self, control: &Control) -> Status {
        for _ in 0..ROUNDS {
            let status = self.dual(control);
            if status != Status::Optimal {
                return status;
            }
            self.restore_costs();
            let before = self.iterations;
            let status = self.primal(control);
            if status != Status::Optimal {
                return status;
            }
            if self.iterations > before {
                self.factorize();
            }
            if self.is_primal_feasible() && !self.is_modified {
                return Status::Optimal;
            }
        }
        Status::Failed
    }

    fn restore_costs(&mut self) {
        if self.is_modified {
            self.work_cost.copy_from_slice(&self.cost);
            self.is_modified = false;
            self.compute_duals();
        }
    }

    pub(super) fn sense_of(&self, v: usize) -> f64 {
        match self.place[v] {
            Place::Basic => 0.0,
            _ if self.lower[v] == self.upper[v] => 0.0,
            Place::Lower => 1.0,
            Place::Upper => -1.0,
            Place::Free => 2.0,
        }
    }

    fn is_primal_feasible(&self) -> bool {
        self.head.iter().all(|&v| {
            let v = v as usize;
            self.x[v] >= self.lower[v] - 10.0 * PRIMAL_TOLERANCE
                && self.x[v] <= self.upper[v] + 10.0 * PRIMAL_TOLERANCE
        })
    }

    /// Factorizes the basis, and computes from it all that follows from it.
    pub(super) fn factorize(&mut self) {
        let removed = self.factor.factorize(&self.columns, &mut self.head);
        for v in removed {
            let v = v as usize;
            self.place[v] = resting(self.lower[v], self.upper[v], self.work_cost[v]);
        }
        for &v in &self.head {
            self.place[v as usize] = Place::Basic;
        }
        self.is_factorized = true;
        self.recompute();
    }

    /// Values and reduced costs from the basis; nonbasic variables go to the right bound.
    fn recompute(&mut self) {
        self.compute_duals();
        self.settle();
        self.compute_primal();
    }

    pub(super) fn compute_duals(&mut self) {
        let n = self.column_count();
        for (y, &v) in self.scratch.iter_mut().zip(&self.head) {
            *y = self.work_cost[v as usize];
        }
        self.factor.backward(&mut self.scratch, &mut self.scratch_support);
        self.d.copy_from_slice(&self.work_cost);
        for &row in &self.scratch_support {
            let row = row as usize;
            let y = self.scratch[row];
            self.rows.get(row).for_each(|(j, a)| self.d[j] -= y * a);
            self.d[n + row] -= y;
            self.scratch[row] = 0.0;
        }
        self.head.iter().for_each(|&v| self.d[v as usize] = 0.0);
    }

    /// Puts each nonbasic variable at the bound its reduced cost asks for; where there is none, its
    /// cost is shifted.
    fn settle(&mut self) {
        for v in 0..self.cost.len() {
            self.sense[v] = 0.0;
            if self.place[v] == Place::Basic {
                continue;
            }
            let (lower, upper, d) = (self.lower[v], self.upper[v], self.d[v]);
            let is_upper = match (lower.is_finite(), upper.is_finite()) {
                (true, true) if d > DUAL_TOLERANCE => false,
                (true, true) if d < -DUAL_TOLERANCE => true,
                (true, true) => self.place[v] == Place::Upper,
                (lower_is_finite, _) => !lower_is_finite,
            };
            self.place[v] = match (lower.is_finite(), upper.is_finite()) {
                (false, false) => Place::Free,
                _ if is_upper => Place::Upper,
                _ => Place::Lower,
            };
            self.x[v] = self.rest(v);
            self.sense[v] = self.sense_of(v);
            self.shift_if_wrong(v);
        }
    }

    /// Shifts the cost of a nonbasic variable whose reduced cost is wrong where it stands.
    fn shift_if_wrong(&mut self, v: usize) {
        if self.wrongness(v) > DUAL_TOLERANCE {
            self.work_cost[v] -= self.d[v];
            self.d[v] = 0.0;
            self.is_modified = true;
        }
    }

    /// How far a nonbasic variable's reduced cost has the wrong sign.
    #[inline]
    pub(super) fn wrongness(&self, v: usize) -> f64 {
        match self.place[v] {
            Place::Basic => 0.0,
            _ if self.lower[v] == self.upper[v] => 0.0,
            Place::Lower => -self.d[v],
            Place::Upper => self.d[v],
            Place::Free => self.d[v].abs(),
        }
    }

    /// Value of a variable that is not in the basis.
    pub(super) fn rest(&self, v: usize) -> f64 {
        match self.place[v] {
            Place::Basic => self.x[v],
            Place::Lower => self.lower[v],
            Place::Upper => self.upper[v],
            Place::Free => 0.0,
        }
    }

    pub(super) fn compute_primal(&mut self) {
        let n = self.column_count();
        for v in 0..self.cost.len() {
            if self.place[v] != Place::Basic && self.x[v] != 0.0 {
                let x = self.x[v];
                if v >= n {
                    self.scratch[v - n] -= x;
                } else {
                    self.columns.get(v).for_each(|(row, a)| self.scratch[row] -= a * x);
                }
            }
        }
        self.factor.forward(&mut self.scratch, &mut self.scratch_support);
        for (value, &v) in self.scratch.iter_mut().zip(&self.head) {
            self.x[v as usize] = *value;
            *value = 0.0;
        }
    }

    /// Row `row` of the inverse of the basis, into `rho`.
    pub(super) fn compute_rho(&mut self, row: usize) {
        self.rho_support.iter().for_each(|&i| self.rho[i as usize] = 0.0);
        self.rho[row] = 1.0;
        self.factor.backward(&mut self.rho, &mut self.rho_support);
    }

    /// The row of the tableau that belongs to `rho`, into `alpha`: variables that can move.
    pub(super) fn compute_alpha(&mut self) {
        let n = self.column_count();
        for v in self.touched.drain(..) {
            self.alpha[v as usize] = 0.0;
            self.is_touched[v as usize] = false;
        }
        for &row in &self.rho_support {
            let row = row as usize;
            let factor = self.rho[row];
            for (j, a) in self.rows.get(row) {
                if self.sense[j] != 0.0 {
                    if !self.is_touched[j] {
                        self.is_touched[j] = true;
                        self.touched.push(j as u32);
                    }
                    self.alpha[j] += factor * a;
                }
            }
            if self.sense[n + row] != 0.0 {
                self.is_touched[n + row] = true;
                self.touched.push((n + row) as u32);
                self.alpha[n + row] = factor;
            }
        }
    }

    /// Column `v` in terms of the basis, into `entering`.
    pub(super) fn compute_entering(&mut self, v: usize) {
        let n = self.column_count();
        self.entering_support.iter().for_each(|&i| self.entering[i as usize] = 0.0);
        if v >= n {
            self.entering[v - n] = 1.0;
        } else {
            self.columns.get(v).for_each(|(row, a)| self.entering[row] = a);
        }
        self.factor.forward(&mut self.entering, &mut self.entering_support);
    }

    /// Moves the basic variables as the entering one moves by `step`, and puts it in place of the
    /// variable of `row`, which rests at `place`.
    pub(super) fn exchange(&mut self, row: usize, entering: usize, step: f64, place: Place) {
        for &i in &self.entering_support {
            let v = self.head[i as usize] as usize;
            self.x[v] -= step * self.entering[i as usize];
        }
        self.x[entering] += step;
        let leaving = self.head[row] as usize;
        self.place[leaving] = place;
        self.x[leaving] = self.rest(leaving);
        self.sense[leaving] = self.sense_of(leaving);
        self.place[entering] = Place::Basic;
        self.sense[entering] = 0.0;
        self.head[row] = entering as u32;
        self.factor.change(row, &self.entering, &self.entering_support);
        self.iterations += 1;
    }

    /// Takes `step` times the reduced cost of the entering variable's row off all reduced costs.
    pub(super) fn update_duals(&mut self, entering: usize, leaving: usize, step: f64) {
        if step != 0.0 {
            for &v in &self.touched {
                self.d[v as usize] -= step * self.alpha[v as usize];
            }
        }
        self.d[entering] = 0.0;
        self.d[leaving] = -step;
    }

    /// Whether to stop for want of iterations or time.
    pub(super) fn is_out(&self, control: &Control) -> bool {
        self.iterations >= self.iteration_limit
            || (self.iterations.is_multiple_of(64) && control.is_over())
    }
}

/// Where a variable rests: at the bound its cost asks for, if it has a choice.
fn resting(lower: f64, upper: f64, cost: f64) -> Place {
    match (lower.is_finite(), upper.is_finite()) {
        (false, false) => Place::Free,
        (true, true) if cost < 0.0 => Place::Upper,
        (true, _) => Place::Lower,
        (false, true) => Place::Upper,
    }
}

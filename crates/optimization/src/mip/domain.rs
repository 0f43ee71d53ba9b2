//! Bounds of the columns at a node, and what follows from them: propagation along rows and conflicts.

use super::rounding::WholeRow;
use crate::conflicts::Conflicts;
use crate::lp::Row;

/// How far a whole number may be missed and still count.
pub(super) const WHOLE: f64 = 1e-6;
/// A row is broken if it is missed by more than this.
const FEASIBLE: f64 = 1e-6;
/// Most columns for which conflicts are kept.
const CONFLICTS_MAX: usize = 10_000;

/// What never changes: rows by column, conflicts of binary columns, which columns are whole.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    pub(super) rows: Vec<Row>,
    /// Rows that say more than the conflicts do, for each column.
    rows_of: Vec<Vec<u32>>,
    pub(super) conflicts: Conflicts,
    pub(super) is_integer: Vec<bool>,
    pub(super) is_binary: Vec<bool>,
    /// Each side of the rows that can be written in whole numbers.
    pub(super) whole_rows: Vec<WholeRow>,
}

/// Current bounds with a trail to undo changes.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    pub(super) lower: Vec<f64>,
    pub(super) upper: Vec<f64>,
    trail: Vec<(u32, f64, f64)>,
    queue: Vec<u32>,
    is_queued: Vec<bool>,
}

/// Bounds leave nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Empty;

impl Structure {
    pub(super) fn new(rows: &[Row], is_integer: &[bool], lower: &[f64], upper: &[f64]) -> Self {
        let n = is_integer.len();
        let binary = |j: usize| is_integer[j] && lower[j] >= 0.0 && upper[j] <= 1.0;
        let is_binary: Vec<bool> = (0..n).map(binary).collect();
        let has_conflicts = n <= CONFLICTS_MAX;
        let mut conflicts = Conflicts::new(if has_conflicts { n } else { 0 });
        let mut rows_of = vec![Vec::new(); n];
        for (index, row) in rows.iter().enumerate() {
            let is_clique =
                has_conflicts && add_conflicts(row, &is_binary, lower, upper, &mut conflicts);
            if !is_clique {
                row.terms.iter().for_each(|t| rows_of[t.0 as usize].push(index as u32));
            }
        }
        let sides = rows.iter().flat_map(|row| [(row, 1.0, row.upper), (row, -1.0, -row.lower)]);
        let whole_rows = sides
            .filter_map(|(row, sign, limit)| WholeRow::new(row, sign, limit, is_integer))
            .collect();
        let is_integer = is_integer.to_vec();
        Self { rows: rows.to_vec(), rows_of, conflicts, is_integer, is_binary, whole_rows }
    }
}

/// Notes the pairs of binary columns a row forbids; returns whether it says nothing else.
fn add_conflicts(
    row: &Row,
    is_binary: &[bool],
    lower: &[f64],
    upper: &[f64],
    conflicts: &mut Conflicts,
) -> bool {
    for (sign, limit) in [(1.0, row.upper), (-1.0, -row.lower)] {
        let mut free = limit;
        let mut large: Vec<(u32, f64)> = Vec::new();
        for &(j, a) in &row.terms {
            let (j, a) = (j as usize, sign * a);
            if is_binary[j] && a > 0.0 {
                large.push((j as u32, a));
            } else {
                free -= a * if a > 0.0 { lower[j] } else { upper[j] };
            }
        }
        if !free.is_finite() {
            continue;
        }
        large.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        // Each two of a longest beginning exclude each other; with a later one only some do.
        let clique =
            (1..large.len()).take_while(|&k| large[k - 1].1 + large[k].1 > free + FEASIBLE).count();
        let members: Vec<u32> = large.iter().take(clique + 1).map(|e| e.0).collect();
        if members.len() > 1 {
            conflicts.add_clique(&members);
        }
        for later in large.iter().skip(clique + 1) {
            let heavy = large.iter().take_while(|e| e.1 + later.1 > free + FEASIBLE);
            heavy.for_each(|e| conflicts.add(e.0 as usize, later.0 as usize));
        }
        let is_all = members.len() == row.terms.len() && members.len() > 1;
        if sign > 0.0 && is_all && row.lower == f64::NEG_INFINITY {
            return large.iter().all(|e| e.1 <= free + FEASIBLE);
        }
    }
    false
}

impl Domain {
    pub(super) fn new(lower: Vec<f64>, upper: Vec<f64>, rows: usize) -> Self {
        let is_queued = vec![false; rows];
        Self { lower, upper, trail: Vec::new(), queue: Vec::new(), is_queued }
    }

    /// A point to return to.
    pub(super) fn mark(&self) -> usize {
        self.trail.len()
    }

    /// Undoes all changes since the mark.
    pub(super) fn undo(&mut self, mark: usize) {
        for (j, lower, upper) in self.trail.drain(mark..).rev() {
            (self.lower[j as usize], self.upper[j as usize]) = (lower, upper);
        }
    }

    pub(super) fn is_fixed(&self, j: usize) -> bool {
        self.lower[j] == self.upper[j]
    }

    /// Narrows a column; what follows waits for [`Domain::propagate`].
    pub(super) fn narrow(
        &mut self,
        structure: &Structure,
        j: usize,
        lower: f64,
        upper: f64,
    ) -> Result<(), Empty> {
        let (low, high) = (lower.max(self.lower[j]), upper.min(self.upper[j]));
        if low > high {
            return Err(Empty);
        }
        if low > self.lower[j] || high < self.upper[j] {
            self.trail.push((j as u32, self.lower[j], self.upper[j]));
            (self.lower[j], self.upper[j]) = (low, high);
            for &row in &structure.rows_of[j] {
                if !self.is_queued[row as usize] {
                    self.is_queued[row as usize] = true;
                    self.queue.push(row);
                }
            }
            if low >= 1.0 && structure.is_binary[j] && j < structure.conflicts.len() {
                for other in structure.conflicts.neighbours(j) {
                    self.narrow(structure, other, f64::NEG_INFINITY, 0.0)?;
                }
            }
        }
        Ok(())
    }

    /// Queues all rows.
    pub(super) fn queue_all(&mut self) {
        self.queue = (0..self.is_queued.len() as u32).collect();
        self.is_queued.fill(true);
    }

    /// Draws all conclusions from the rows that are waiting.
    pub(super) fn propagate(&mut self, structure: &Structure) -> Result<(), Empty> {
        // Whole columns only step by whole numbers, but a row may take many steps.
        let mut left = 20 * (100 + self.is_queued.len());
        let mut result = Ok(());
        while let Some(row) = self.queue.pop() {
            self.is_queued[row as usize] = false;
            if result.is_ok() && left > 0 {
                left -= 1;
                result = self.propagate_row(structure, row as usize);
            }
        }
        result
    }

    /// Narrows the whole columns of a row to what its other columns leave.
    fn propagate_row(&mut self, structure: &Structure, index: usize) -> Result<(), Empty> {
        let row = &structure.rows[index];
        for (sign, limit) in [(1.0, row.upper), (-1.0, -row.lower)] {
            if limit == f64::INFINITY {
                continue;
            }
            let least = |domain: &Self, j: u32, a: f64| {
                a * if a > 0.0 { domain.lower[j as usize] } else { domain.upper[j as usize] }
            };
            let sum: f64 = row.terms.iter().map(|&(j, a)| least(self, j, sign * a)).sum();
            let slack = limit - sum;
            if slack < -FEASIBLE * (1.0 + limit.abs()) {
                return Err(Empty);
            }
            if !slack.is_finite() {
                continue;
            }
            for &(j, a) in &row.terms {
                let (index, a) = (j as usize, sign * a);
                let width = self.upper[index] - self.lower[index];
                if structure.is_integer[index] && a.abs() * width > slack + FEASIBLE {
                    let steps = (slack.max(0.0) / a.abs() + WHOLE).floor();
                    if a > 0.0 {
                        let upper = self.lower[index] + steps;
                        self.narrow(structure, index, f64::NEG_INFINITY, upper)?;
                    } else {
                        let lower = self.upper[index] - steps;
                        self.narrow(structure, index, lower, f64::INFINITY)?;
                    }
                }
            }
        }
        Ok(())
    }
}

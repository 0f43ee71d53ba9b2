//! The basis matrix as triangular factors, and its changes since as a product of columns.
//!
//! Singletons go first, without arithmetic; what is left is eliminated by Markowitz' count
//! (Markowitz 1957) with threshold pivoting along rows. A change of basis appends one column of the
//! product form of the inverse (Dantzig and Orchard-Hays 1954). A column is named by the row it was
//! pivoted in, so that both sides of the matrix have one numbering.

use super::sparse::Sparse;

/// Least size of a pivot beside the largest entry of its row.
const THRESHOLD: f64 = 0.1;
/// A row of smaller entries has no pivot.
const SINGULAR: f64 = 1e-9;
/// Results of smaller size are zero.
const DROP: f64 = 1e-14;

/// Factors of a basis.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    /// Pivot rows in the order of elimination.
    order: Vec<u32>,
    /// Pivots, by row.
    pivots: Vec<f64>,
    /// Entries beside the pivot, for each of `order`: by columns and by rows of the upper factor.
    upper_columns: Sparse,
    upper_rows: Sparse,
    /// Pivot row of each column of the lower factor that is not a unit.
    lower_pivots: Vec<u32>,
    lower_columns: Sparse,
    /// The lower factor by row, rows in reverse order of their elimination.
    lower_rows: Sparse,
    lower_order: Vec<u32>,
    /// Row, pivot and other entries of each change since.
    update_rows: Vec<u32>,
    update_pivots: Vec<f64>,
    updates: Sparse,
}

/// What an elimination works on.
struct Elimination<'a> {
    columns: &'a Sparse,
    /// The upper factor while its columns are still named by slot.
    upper: Sparse,
    order: Vec<u32>,
    pivots: Vec<f64>,
    /// Pivot row of each slot.
    row_of: Vec<u32>,
    row_done: Vec<bool>,
    lower_pivots: Vec<u32>,
    lower: Sparse,
    /// Entries by row and patterns by column of what is not eliminated yet.
    rows: Vec<Vec<(u32, f64)>>,
    slots: Vec<Vec<u32>>,
}

const NONE: u32 = u32::MAX;

impl Factor {
    pub(super) fn new() -> Self {
        Self {
            order: Vec::new(),
            pivots: Vec::new(),
            upper_columns: Sparse::new(),
            upper_rows: Sparse::new(),
            lower_pivots: Vec::new(),
            lower_columns: Sparse::new(),
            lower_rows: Sparse::new(),
            lower_order: Vec::new(),
            update_rows: Vec::new(),
            update_pivots: Vec::new(),
            updates: Sparse::new(),
        }
    }

    /// Factorizes the basis of `head`: structural columns below `columns.len()`, then one unit
    /// column for each row. Reorders `head` so that entry `i` is the column pivoted in row `i`; puts
    /// unit columns in place of columns that depend on others, and returns those others.
    pub(super) fn factorize(&mut self, columns: &Sparse, head: &mut [u32]) -> Vec<u32> {
        let m = head.len();
        let mut work = Elimination::new(columns, head);
        work.singletons();
        work.nucleus();
        let taken: Vec<u32> =
            (0..m).filter(|&slot| work.row_of[slot] == NONE).map(|s| head[s]).collect();
        let old = head.to_vec();
        head.iter_mut().zip(columns.len() as u32..).for_each(|(entry, unit)| *entry = unit);
        for slot in 0..m {
            if work.row_of[slot] != NONE {
                head[work.row_of[slot] as usize] = old[slot];
            }
        }
        self.take(work, m);
        taken
    }

    fn take(&mut self, work: Elimination<'_>, m: usize) {
        let Elimination { upper, order, pivots, row_of, lower_pivots, lower, .. } = work;
        let mut place = vec![0; m];
        for (k, &row) in order.iter().enumerate() {
            place[row as usize] = k as u32;
        }
        self.upper_rows.clear();
        for k in 0..m {
            // Entries of a column that was taken out are zero but for rounding.
            let kept = upper.get(k).filter(|&(slot, _)| row_of[slot] != NONE);
            self.upper_rows.push(kept.map(|(slot, value)| (row_of[slot], value)));
        }
        let by_row = self.upper_rows.transposed(m, |k| order[k]);
        self.upper_columns.clear();
        for &row in &order {
            self.upper_columns.push(by_row.get(row as usize).map(|(i, v)| (i as u32, v)));
        }
        let lower_by_row = lower.transposed(m, |k| lower_pivots[k]);
        self.lower_rows.clear();
        self.lower_order.clear();
        for &row in order.iter().rev() {
            let mut entries = lower_by_row.get(row as usize).map(|(i, v)| (i as u32, v)).peekable();
            if entries.peek().is_some() {
                self.lower_order.push(row);
                self.lower_rows.push(entries);
            }
        }
        (self.order, self.pivots, self.lower_pivots) = (order, pivots, lower_pivots);
        self.lower_columns = lower;
        self.update_rows.clear();
        self.update_pivots.clear();
        self.updates.clear();
    }

    /// Number of changes since the last factorization.
    pub(super) fn changes(&self) -> usize {
        self.update_rows.len()
    }

    /// Whether the changes have grown so that a new factorization pays.
    pub(super) fn is_long(&self) -> bool {
        let base = self.upper_rows.entries() + self.lower_columns.entries() + self.order.len();
        self.changes() >= 100 || (self.changes() >= 20 && self.updates.entries() > 3 * base)
    }

    /// Puts another column in the place `row`: `column` is the new column in terms of the basis.
    pub(super) fn change(&mut self, row: usize, column: &[f64], support: &[u32]) {
        self.update_rows.push(row as u32);
        self.update_pivots.push(column[row]);
        let others = support.iter().filter(|&&i| i as usize != row && column[i as usize] != 0.0);
        self.updates.push(others.map(|&i| (i, column[i as usize])));
    }

    /// Solves B x = b in place; lists the entries that are not zero.
    pub(super) fn forward(&self, x: &mut [f64], support: &mut Vec<u32>) {
        for (k, &pivot) in self.lower_pivots.iter().enumerate() {
            let value = x[pivot as usize];
            if value != 0.0 {
                self.lower_columns.get(k).for_each(|(i, l)| x[i] -= l * value);
            }
        }
        for k in (0..self.order.len()).rev() {
            let row = self.order[k] as usize;
            if x[row] != 0.0 {
                let value = x[row] / self.pivots[row];
                x[row] = value;
                self.upper_columns.get(k).for_each(|(i, u)| x[i] -= u * value);
            }
        }
        for (k, &row) in self.update_rows.iter().enumerate() {
            let row = row as usize;
            if x[row] != 0.0 {
                let value = x[row] / self.update_pivots[k];
                x[row] = value;
                self.updates.get(k).for_each(|(i, a)| x[i] -= a * value);
            }
        }
        list(x, support);
    }

    /// Solves Bᵀ y = c in place; lists the entries that are not zero.
    pub(super) fn backward(&self, y: &mut [f64], support: &mut Vec<u32>) {
        for (k, &row) in self.update_rows.iter().enumerate().rev() {
            let row = row as usize;
            let others: f64 = self.updates.get(k).map(|(i, a)| a * y[i]).sum();
            y[row] = (y[row] - others) / self.update_pivots[k];
        }
        for (k, &row) in self.order.iter().enumerate() {
            let row = row as usize;
            if y[row] != 0.0 {
                let value = y[row] / self.pivots[row];
                y[row] = value;
                self.upper_rows.get(k).for_each(|(j, u)| y[j] -= u * value);
            }
        }
        for (k, &row) in self.lower_order.iter().enumerate() {
            let value = y[row as usize];
            if value != 0.0 {
                self.lower_rows.get(k).for_each(|(p, l)| y[p] -= l * value);
            }
        }
        list(y, support);
    }
}

/// Drops what is only rounding and lists the rest.
fn list(x: &mut [f64], support: &mut Vec<u32>) {
    support.clear();
    for (i, value) in x.iter_mut().enumerate() {
        if value.abs() > DROP {
            support.push(i as u32);
        } else {
            *value = 0.0;
        }
    }
}

impl<'a> Elimination<'a> {
    fn new(columns: &'a Sparse, head: &[u32]) -> Self {
        let m = head.len();
        let mut work = Self {
            columns,
            upper: Sparse::new(),
            order: Vec::with_capacity(m),
            pivots: vec![1.0; m],
            row_of: vec![NONE; m],
            row_done: vec![false; m],
            lower_pivots: Vec::new(),
            lower: Sparse::new(),
            rows: vec![Vec::new(); m],
            slots: vec![Vec::new(); m],
        };
        for (slot, &variable) in head.iter().enumerate() {
            work.load(slot, variable as usize);
        }
        work
    }

    fn load(&mut self, slot: usize, variable: usize) {
        if variable >= self.columns.len() {
            let row = variable - self.columns.len();
            self.rows[row].push((slot as u32, 1.0));
            self.slots[slot].push(row as u32);
            return;
        }
        for (row, value) in self.columns.get(variable) {
            self.rows[row].push((slot as u32, value));
            self.slots[slot].push(row as u32);
        }
    }

    /// Pivots where a row or a column has a single entry left, which changes no other entry.
    fn singletons(&mut self) {
        let m = self.rows.len();
        let mut columns: Vec<u32> =
            (0..m as u32).filter(|&s| self.slots[s as usize].len() == 1).collect();
        let mut rows: Vec<u32> =
            (0..m as u32).filter(|&r| self.rows[r as usize].len() == 1).collect();
        loop {
            if let Some(slot) = columns.pop() {
                if self.row_of[slot as usize] == NONE && self.slots[slot as usize].len() == 1 {
                    let row = self.slots[slot as usize][0];
                    self.pivot(row as usize, slot, &mut columns, &mut rows);
                }
            } else if let Some(row) = rows.pop() {
                if !self.row_done[row as usize] && self.rows[row as usize].len() == 1 {
                    let slot = self.rows[row as usize][0].0;
                    self.pivot(row as usize, slot, &mut columns, &mut rows);
                }
            } else {
                return;
            }
        }
    }

    /// Pivots in a singleton of either kind; notes new singletons.
    fn pivot(&mut self, row: usize, slot: u32, columns: &mut Vec<u32>, rows: &mut Vec<u32>) {
        let entries = std::mem::take(&mut self.rows[row]);
        let value = entries.iter().find(|e| e.0 == slot).map_or(0.0, |e| e.1);
        if value.abs() < SINGULAR {
            self.rows[row] = entries;
            return;
        }
        self.close(row, slot, value, &entries);
        for &(other, _) in entries.iter().filter(|e| e.0 != slot) {
            let pattern = &mut self.slots[other as usize];
            pattern.retain(|&r| r as usize != row);
            if pattern.len() == 1 {
                columns.push(other);
            }
        }
        let pattern = std::mem::take(&mut self.slots[slot as usize]);
        let mut is_unit = true;
        for &other in pattern.iter().filter(|&&r| r as usize != row) {
            let list = &mut self.rows[other as usize];
            if let Some(at) = list.iter().position(|e| e.0 == slot) {
                self.lower.entry(other, list[at].1 / value);
                is_unit = false;
                list.swap_remove(at);
            }
            if list.len() == 1 {
                rows.push(other);
            }
        }
        if !is_unit {
            self.lower.close();
            self.lower_pivots.push(row as u32);
        }
    }

    /// Writes the row of the upper factor.
    fn close(&mut self, row: usize, slot: u32, value: f64, entries: &[(u32, f64)]) {
        self.row_done[row] = true;
        self.row_of[slot as usize] = row as u32;
        self.order.push(row as u32);
        self.pivots[row] = value;
        self.upper.push(entries.iter().copied().filter(|e| e.0 != slot));
    }

    /// Eliminates what has no singletons.
    fn nucleus(&mut self) {
        let m = self.rows.len();
        let mut rows: Vec<u32> = (0..m as u32).filter(|&r| !self.row_done[r as usize]).collect();
        let mut slots: Vec<u32> =
            (0..m as u32).filter(|&s| self.row_of[s as usize] == NONE).collect();
        let mut scratch = vec![0.0; m];
        while !rows.is_empty() {
            let Some((row, slot)) = self.best_pivot(&rows, &slots) else { break };
            self.eliminate(row, slot, &mut scratch);
            rows.retain(|&r| r as usize != row);
            slots.retain(|&s| s != slot);
        }
        for row in rows {
            // The unit column of the row stands in; see `factorize`.
            self.row_done[row as usize] = true;
            self.order.push(row);
            self.pivots[row as usize] = 1.0;
            self.upper.push(std::mem::take(&mut self.rows[row as usize]));
        }
    }

    /// The entry of the shortest row or the shortest column with the least fill to fear.
    fn best_pivot(&self, rows: &[u32], slots: &[u32]) -> Option<(usize, u32)> {
        let mut best: Option<(usize, (usize, u32))> = None;
        let mut offer = |row: u32, entry: (u32, f64), largest: f64| {
            if entry.1.abs() >= THRESHOLD * largest && largest > SINGULAR {
                let width = self.rows[row as usize].len() - 1;
                let fill = width * (self.slots[entry.0 as usize].len() - 1);
                if best.is_none_or(|(least, _)| fill < least) {
                    best = Some((fill, (row as usize, entry.0)));
                }
            }
        };
        let largest =
            |row: u32| self.rows[row as usize].iter().map(|e| e.1.abs()).fold(0.0, f64::max);
        let shortest = slots.iter().min_by_key(|&&s| match self.slots[s as usize].len() {
            0 => usize::MAX,
            len => len,
        })?;
        for &row in &self.slots[*shortest as usize] {
            let entry = self.rows[row as usize].iter().find(|e| e.0 == *shortest);
            offer(row, *entry?, largest(row));
        }
        let usable = rows.iter().filter(|&&r| largest(r) > SINGULAR);
        let thinnest = usable.min_by_key(|&&r| self.rows[r as usize].len())?;
        let most = largest(*thinnest);
        self.rows[*thinnest as usize].iter().for_each(|&entry| offer(*thinnest, entry, most));
        best.map(|(_, pivot)| pivot)
    }

    fn eliminate(&mut self, row: usize, slot: u32, scratch: &mut [f64]) {
        let entries = std::mem::take(&mut self.rows[row]);
        let value = entries.iter().find(|e| e.0 == slot).map_or(1.0, |e| e.1);
        self.close(row, slot, value, &entries);
        for &(other, amount) in &entries {
            scratch[other as usize] = amount;
            self.slots[other as usize].retain(|&r| r as usize != row);
        }
        let pattern = std::mem::take(&mut self.slots[slot as usize]);
        for &target in &pattern {
            let list = &mut self.rows[target as usize];
            let Some(at) = list.iter().position(|e| e.0 == slot) else { continue };
            let factor = list.swap_remove(at).1 / value;
            self.lower.entry(target, factor);
            for (other, amount) in list.iter_mut() {
                *amount -= factor * scratch[*other as usize];
                // Seen: what stays zero below was not in this row.
                scratch[*other as usize] = 0.0;
            }
            for &(other, amount) in entries.iter().filter(|e| e.0 != slot) {
                if scratch[other as usize] != 0.0 {
                    list.push((other, -factor * amount));
                    self.slots[other as usize].push(target);
                }
                scratch[other as usize] = amount;
            }
            // A value that cancelled is no entry.
            let slots = &mut self.slots;
            list.retain(|&(other, amount)| {
                let stays = amount.abs() > DROP;
                if !stays {
                    slots[other as usize].retain(|&r| r != target);
                }
                stays
            });
        }
        if !pattern.is_empty() {
            self.lower.close();
            self.lower_pivots.push(row as u32);
        }
        entries.iter().for_each(|e| scratch[e.0 as usize] = 0.0);
    }
}

//! Rows that cut off fractional points: cliques of conflicts, covers of knapsack
//! rows, and roundings.

use super::domain::Structure;
use super::rounding;
use crate::lp::Row;

/// Least violation of a cut.
const VIOLATION: f64 = 0.02;
/// Most cuts of a kind in a round.
const PER_ROUND: usize = 100;

/// Most roundings in a round: they come from different rows.
const ROUNDINGS: usize = 400;

/// Cuts that the point `x` violates. Only the bounds of the problem itself are used, so that the
/// cuts hold in every node and for all costs.
pub(super) fn separate(structure: &Structure, lower: &[f64], upper: &[f64], x: &[f64]) -> Vec<Row> {
    let mut cuts = cliques(structure, x);
    let mut covers: Vec<(f64, Row)> = Vec::new();
    for row in &structure.rows {
        for (sign, limit) in [(1.0, row.upper), (-1.0, -row.lower)] {
            if limit.is_finite() {
                covers.extend(cover(structure, row, sign, limit, (lower, upper), x));
            }
        }
    }
    covers.sort_by(|a, b| b.0.total_cmp(&a.0));
    covers.truncate(PER_ROUND);
    cuts.extend(covers.into_iter().map(|(_, row)| row));
    let mut rounded = rounding::separate(structure, (lower, upper), x);
    rounded.sort_by(|a, b| b.0.total_cmp(&a.0));
    rounded.truncate(ROUNDINGS);
    cuts.extend(rounded.into_iter().map(|(_, row)| row));
    cuts
}

/// Those of some rows that the point breaks.
pub(super) fn broken_rows(rows: &[Row], x: &[f64]) -> Vec<Row> {
    let is_broken = |row: &&Row| {
        let form: f64 = row.terms.iter().map(|&(j, a)| a * x[j as usize]).sum();
        form > row.upper + VIOLATION || form < row.lower - VIOLATION
    };
    rows.iter().filter(is_broken).cloned().collect()
}

fn cliques(structure: &Structure, x: &[f64]) -> Vec<Row> {
    let graph = &structure.conflicts;
    let weight = |(j, &x): (usize, &f64)| if structure.is_binary[j] { x } else { 0.0 };
    let x: Vec<f64> = x.iter().take(graph.len()).enumerate().map(weight).collect();
    // Different cliques may have grown into the same.
    let mut found = graph.heavy_cliques(&x, VIOLATION, PER_ROUND);
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|members| at_most(members.into_iter().map(|j| (j, 1.0)), 1.0)).collect()
}

fn at_most(terms: impl Iterator<Item = (u32, f64)>, upper: f64) -> Row {
    Row { lower: f64::NEG_INFINITY, upper, terms: terms.collect() }
}

/// A member of a knapsack: its column, its size, whether it stands for 1 − x, its value.
struct Item {
    column: u32,
    size: f64,
    is_complement: bool,
    value: f64,
}

/// An extended cover inequality (Balas 1975) of `sign` times the row: items that do not fit together
/// cannot all be in; neither can as many of those items and larger ones.
fn cover(
    structure: &Structure,
    row: &Row,
    sign: f64,
    limit: f64,
    (lower, upper): (&[f64], &[f64]),
    x: &[f64],
) -> Option<(f64, Row)> {
    let mut capacity = limit;
    let mut items = Vec::new();
    for &(column, a) in &row.terms {
        let (j, a) = (column as usize, sign * a);
        if structure.is_binary[j] {
            let is_complement = a < 0.0;
            capacity -= if is_complement { a } else { 0.0 };
            let value = if is_complement { 1.0 - x[j] } else { x[j] };
            items.push(Item { column, size: a.abs(), is_complement, value });
        } else {
            capacity -= a * if a > 0.0 { lower[j] } else { upper[j] };
        }
    }
    if !capacity.is_finite() || capacity < 0.0 || items.iter().all(|i| is_whole(i.value)) {
        return None;
    }
    let price = |item: &Item| (1.0 - item.value) / item.size;
    items.sort_by(|a, b| price(a).total_cmp(&price(b)).then(a.column.cmp(&b.column)));
    // A margin against rounding: what fits by less counts as fitting.
    let capacity = capacity + 1e-6 * (1.0 + capacity.abs());
    let mut total = 0.0;
    let count = items.iter().position(|item| {
        total += item.size;
        total > capacity
    })? + 1;
    let mut chosen: Vec<Item> = items.drain(..count).collect();
    // Minimal: drop what is not needed, least valuable first.
    chosen.sort_by(|a, b| a.value.total_cmp(&b.value).then(a.column.cmp(&b.column)));
    chosen.retain(|item| {
        let is_needed = total - item.size <= capacity;
        total -= if is_needed { 0.0 } else { item.size };
        is_needed
    });
    let most = chosen.iter().map(|item| item.size).fold(0.0, f64::max);
    let right = chosen.len() as f64 - 1.0;
    chosen.extend(items.into_iter().filter(|item| item.size >= most));
    let violation = chosen.iter().map(|item| item.value).sum::<f64>() - right;
    (violation > VIOLATION).then(|| {
        let complements = chosen.iter().filter(|item| item.is_complement).count() as f64;
        let sign = |item: &Item| if item.is_complement { -1.0 } else { 1.0 };
        let terms = chosen.iter().map(|item| (item.column, sign(item)));
        (violation, at_most(terms, right - complements))
    })
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6
}

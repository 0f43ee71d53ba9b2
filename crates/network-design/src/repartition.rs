//! Two facilities and the whole demands between them, divided anew at least cost: exactly, by
//! dynamic programming over the load of the first (Bellman 1957). It covers every shift and every
//! exchange of any number of demands between the two, opening one and closing the other.

/// Loads are counted on a grid of at most so many cells.
const CELLS: f64 = 600.0;

/// Larger tables are not worth their time.
const TABLE: usize = 100_000;

/// A demand that either facility may serve.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    pub(crate) demand: u32,
    pub(crate) parcels: f64,
    /// Cost at the first facility less cost at the second; infinite (or minus infinite) where one
    /// of them cannot serve it.
    pub(crate) difference: f64,
}

/// Buffers of the table.
#[derive(Default)]
pub(crate) struct Repartition {
    weight: Vec<usize>,
    least: Vec<f64>,
    is_first: Vec<bool>,
}

impl Repartition {
    /// The least of the items' differences at the first facility plus `cost` of the loads of both;
    /// `is_at_first` tells where each item goes. None if no division is allowed.
    pub(crate) fn divide(
        &mut self,
        items: &[Item],
        capacity: (f64, f64),
        cost: impl Fn(f64, f64) -> f64,
        is_at_first: &mut Vec<bool>,
    ) -> Option<f64> {
        let total: f64 = items.iter().map(|i| i.parcels).sum();
        let most = capacity.0.min(total);
        let is_whole = items.iter().all(|i| i.parcels.fract() == 0.0);
        let grid = if is_whole && most <= CELLS { 1.0 } else { most.max(1e-9) / CELLS };
        self.weight.clear();
        // Rounded up, so that what fits on the grid fits.
        self.weight.extend(items.iter().map(|i| (i.parcels / grid - 1e-9).ceil() as usize));
        let cells = (most / grid + 1e-9) as usize + 1;
        if cells * items.len() > TABLE {
            return None;
        }
        self.fill(items, cells);
        let sum_weight: usize = self.weight.iter().sum();
        let mut best = (f64::INFINITY, 0);
        for used in 0..cells {
            let value = self.least[used];
            if value == f64::INFINITY || used > sum_weight {
                continue;
            }
            let first = used as f64 * grid;
            let second = if is_whole && grid == 1.0 {
                total - first
            } else {
                (sum_weight - used) as f64 * grid
            };
            if second <= capacity.1 * (1.0 + 1e-9) {
                let value = value + cost(first, second);
                if value < best.0 {
                    best = (value, used);
                }
            }
        }
        if best.0 == f64::INFINITY {
            return None;
        }
        self.trace(items.len(), cells, best.1, is_at_first);
        Some(best.0)
    }

    /// The table's last row: least difference by cells used at the first facility.
    fn fill(&mut self, items: &[Item], cells: usize) {
        self.least.clear();
        self.least.resize(cells, f64::INFINITY);
        self.least[0] = 0.0;
        self.is_first.clear();
        self.is_first.resize(cells * items.len(), false);
        let mut reached = 0;
        for (k, item) in items.iter().enumerate() {
            let weight = self.weight[k];
            let row = &mut self.is_first[k * cells..(k + 1) * cells];
            let must = item.difference == f64::NEG_INFINITY;
            let difference = if must { 0.0 } else { item.difference };
            reached = (reached + weight).min(cells - 1);
            if must {
                for used in (0..cells).rev() {
                    self.least[used] =
                        if used >= weight { self.least[used - weight] } else { f64::INFINITY };
                    row[used] = true;
                }
            } else if difference < f64::INFINITY {
                for used in (weight..=reached).rev() {
                    let with = self.least[used - weight] + difference;
                    if with < self.least[used] {
                        self.least[used] = with;
                        row[used] = true;
                    }
                }
            }
        }
    }

    fn trace(&self, items: usize, cells: usize, used: usize, is_at_first: &mut Vec<bool>) {
        is_at_first.clear();
        is_at_first.resize(items, false);
        let mut used = used;
        for k in (0..items).rev() {
            if self.is_first[k * cells + used] {
                is_at_first[k] = true;
                used -= self.weight[k];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Item, Repartition};
    use postroad_optimization::Random;

    /// Cost of a facility that is free while empty and pays for what is above its capacity.
    fn facility(load: f64, capacity: f64) -> f64 {
        let fixed = if load > 0.0 { 40.0 } else { 0.0 };
        fixed + 7.0 * (load - capacity).max(0.0)
    }

    /// The least over all divisions, one by one.
    fn least(items: &[Item], most: (f64, f64), cost: impl Fn(f64, f64) -> f64) -> Option<f64> {
        let divisions = (0..1_u32 << items.len()).filter_map(|division| {
            let (mut value, mut first, mut second) = (0.0, 0.0, 0.0);
            for (k, item) in items.iter().enumerate() {
                if division >> k & 1 == 1 {
                    first += item.parcels;
                    value += if item.difference.is_finite() { item.difference } else { 0.0 };
                } else {
                    second += item.parcels;
                }
                let is_first = division >> k & 1 == 1;
                let must = if is_first { f64::INFINITY } else { f64::NEG_INFINITY };
                if item.difference == must {
                    return None;
                }
            }
            let fits = first <= most.0 && second <= most.1;
            fits.then(|| value + cost(first, second))
        });
        divisions.min_by(f64::total_cmp)
    }

    #[test]
    fn division_is_the_least_of_all() {
        let mut random = Random::new(3);
        for round in 0..500 {
            let items: Vec<Item> = (0..1 + random.below(9))
                .map(|demand| {
                    let difference = match random.below(12) {
                        0 => f64::INFINITY,
                        1 => f64::NEG_INFINITY,
                        _ => random.between(-30.0, 30.0),
                    };
                    let parcels = (1 + random.below(20)) as f64;
                    Item { demand: demand as u32, parcels, difference }
                })
                .collect();
            let (a, b) = (random.below(60) as f64, random.below(60) as f64);
            let most = ((1.2 * a).floor(), (1.2 * b).floor());
            let cost = |first: f64, second: f64| facility(first, a) + facility(second, b);
            let mut is_at_first = Vec::new();
            let found = Repartition::default().divide(&items, most, cost, &mut is_at_first);
            let expected = least(&items, most, cost);
            match (found, expected) {
                (Some(found), Some(expected)) => {
                    assert!((found - expected).abs() < 1e-9, "round {round}: {found} {expected}");
                }
                (found, expected) => assert_eq!(found, expected, "round {round}"),
            }
            if found.is_some() {
                let first: f64 = items
                    .iter()
                    .zip(&is_at_first)
                    .filter(|(_, first)| **first)
                    .map(|(item, _)| item.parcels)
                    .sum();
                assert!(first <= most.0, "round {round}: {first} on the first");
            }
        }
    }
}

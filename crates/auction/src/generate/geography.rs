//! Delivery units on a plain: metropolitan clusters around processing centres, and a rural
//! background; who is near whom.

use postroad_optimization::Random;

/// Width and height of the plain, about those of the contiguous United States.
const WIDTH_KM: f64 = 4500.0;
const HEIGHT_KM: f64 = 2500.0;
/// Of ten units, so many lie in clusters.
const IN_CLUSTERS: f64 = 0.7;
/// Spread of a cluster.
const CLUSTER_KM: f64 = 40.0;
/// Near units that a map knows of each unit.
const NEAR: usize = 6;

/// A delivery unit on the plain.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Unit {
    /// Kilometres from the west.
    pub x_km: f64,
    /// Kilometres from the south.
    pub y_km: f64,
    /// The nearest processing centre.
    pub centre: u32,
    /// Whether it lies in a cluster.
    pub urban: bool,
}

impl Unit {
    pub(super) fn distance_km(&self, x_km: f64, y_km: f64) -> f64 {
        (self.x_km - x_km).hypot(self.y_km - y_km)
    }
}

/// Normal with mean 0 and deviation 1 (Irwin and Hall: twelve uniform numbers).
pub(super) fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
}

/// `count` units around `centres` processing centres, west to east within each centre.
pub(super) fn units(count: usize, centres: usize, random: &mut Random) -> Vec<Unit> {
    let anywhere =
        |random: &mut Random| (random.between(0.0, WIDTH_KM), random.between(0.0, HEIGHT_KM));
    let places: Vec<(f64, f64)> = (0..centres).map(|_| anywhere(random)).collect();
    let mut units: Vec<Unit> = (0..count)
        .map(|_| {
            let urban = random.unit() < IN_CLUSTERS;
            let (x_km, y_km) = if urban {
                let (x, y) = places[random.below(centres)];
                (x + CLUSTER_KM * normal(random), y + CLUSTER_KM * normal(random))
            } else {
                anywhere(random)
            };
            Unit { x_km, y_km, centre: nearest(&places, x_km, y_km), urban }
        })
        .collect();
    units.sort_by(|a, b| a.centre.cmp(&b.centre).then(a.x_km.total_cmp(&b.x_km)));
    units
}

fn nearest(places: &[(f64, f64)], x_km: f64, y_km: f64) -> u32 {
    let distance = |p: &(f64, f64)| (p.0 - x_km).hypot(p.1 - y_km);
    let nearest =
        (0..places.len()).min_by(|&a, &b| distance(&places[a]).total_cmp(&distance(&places[b])));
    nearest.unwrap_or(0) as u32
}

/// The six nearest units of each unit, through a grid of cells.
pub(super) fn near_units(units: &[Unit]) -> Vec<Vec<u32>> {
    let side_km = (WIDTH_KM * HEIGHT_KM / units.len().max(1) as f64).sqrt() * 2.0;
    let cell = |u: &Unit| ((u.x_km / side_km).floor() as i64, (u.y_km / side_km).floor() as i64);
    let mut cells = std::collections::BTreeMap::<(i64, i64), Vec<u32>>::new();
    for (i, unit) in units.iter().enumerate() {
        cells.entry(cell(unit)).or_default().push(i as u32);
    }
    let around = |unit: &Unit, reach: i64| -> Vec<u32> {
        let (cx, cy) = cell(unit);
        let columns = cx - reach..=cx + reach;
        let all = columns.flat_map(|x| (cy - reach..=cy + reach).map(move |y| (x, y)));
        all.filter_map(|key| cells.get(&key)).flatten().copied().collect()
    };
    let mut near = Vec::with_capacity(units.len());
    for (i, unit) in units.iter().enumerate() {
        let mut reach = 1;
        let mut found = around(unit, reach);
        while found.len() <= NEAR && found.len() < units.len() {
            reach *= 2;
            found = around(unit, reach);
        }
        found.retain(|&j| j as usize != i);
        let distance = |j: &u32| {
            let other = &units[*j as usize];
            other.distance_km(unit.x_km, unit.y_km)
        };
        found.sort_by(|a, b| distance(a).total_cmp(&distance(b)).then(a.cmp(b)));
        found.truncate(NEAR);
        near.push(found);
    }
    near
}

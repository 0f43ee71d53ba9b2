//! Nearest places on the sphere.
//!
//! Places become points on the unit sphere in a k-d tree (Bentley 1975); the chord between two
//! points grows with the great-circle distance, so neighbours by chord are neighbours on the earth,
//! also across the date line.

use postroad_model::place::{Coordinate, EARTH_RADIUS_KM};

/// Points in leaves are searched one by one.
const LEAF: usize = 8;

/// An index of places.
pub(super) struct Near {
    /// Points in tree order with their positions in the input.
    points: Vec<([f64; 3], usize)>,
}

impl Near {
    pub(super) fn of(places: impl Iterator<Item = Coordinate>) -> Self {
        let mut points: Vec<_> = places.enumerate().map(|(i, c)| (on_sphere(c), i)).collect();
        arrange(&mut points, 0);
        Self { points }
    }

    /// The nearest places within `most_km`, at most `count`, nearest first: position and km.
    pub(super) fn nearest(
        &self,
        from: Coordinate,
        count: usize,
        most_km: f64,
    ) -> Vec<(usize, f64)> {
        let mut found = Found { count, most: chord(most_km), items: Vec::with_capacity(count + 1) };
        search(&self.points, 0, on_sphere(from), &mut found);
        found.items.iter().map(|&(chord2, i)| (i, km(chord2))).collect()
    }

    /// Distance to the nearest place other than the one at position `except`, km.
    pub(super) fn nearest_km(&self, from: Coordinate, except: Option<usize>) -> Option<f64> {
        let found = self.nearest(from, 2, f64::INFINITY);
        found.into_iter().find(|&(i, _)| Some(i) != except).map(|(_, km)| km)
    }
}

/// The nearest so far, as squared chords, ascending.
struct Found {
    count: usize,
    most: f64,
    items: Vec<(f64, usize)>,
}

impl Found {
    fn limit(&self) -> f64 {
        if self.items.len() < self.count { self.most } else { self.items[self.count - 1].0 }
    }

    fn offer(&mut self, chord2: f64, index: usize) {
        if chord2 <= self.limit() {
            let at = self.items.partition_point(|&item| item < (chord2, index));
            self.items.insert(at, (chord2, index));
            self.items.truncate(self.count);
        }
    }
}

fn arrange(points: &mut [([f64; 3], usize)], axis: usize) {
    if points.len() <= LEAF {
        return;
    }
    let middle = points.len() / 2;
    points
        .select_nth_unstable_by(middle, |a, b| a.0[axis].total_cmp(&b.0[axis]).then(a.1.cmp(&b.1)));
    let (left, right) = points.split_at_mut(middle);
    arrange(left, (axis + 1) % 3);
    arrange(&mut right[1..], (axis + 1) % 3);
}

fn search(points: &[([f64; 3], usize)], axis: usize, from: [f64; 3], found: &mut Found) {
    if points.len() <= LEAF {
        points.iter().for_each(|&(p, i)| found.offer(chord2(p, from), i));
        return;
    }
    let middle = points.len() / 2;
    let (point, index) = points[middle];
    let side = from[axis] - point[axis];
    let (left, right) = (&points[..middle], &points[middle + 1..]);
    let (first, second) = if side < 0.0 { (left, right) } else { (right, left) };
    search(first, (axis + 1) % 3, from, found);
    found.offer(chord2(point, from), index);
    if side * side <= found.limit() {
        search(second, (axis + 1) % 3, from, found);
    }
}

fn on_sphere(c: Coordinate) -> [f64; 3] {
    let (latitude, longitude) = (c.latitude.to_radians(), c.longitude.to_radians());
    [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
}

fn chord2(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|i| (a[i] - b[i]) * (a[i] - b[i])).sum()
}

/// Squared chord of a great-circle distance.
fn chord(km: f64) -> f64 {
    let half_angle = (km / EARTH_RADIUS_KM / 2.0).min(std::f64::consts::FRAC_PI_2);
    (2.0 * half_angle.sin()).powi(2)
}

/// Great-circle distance of a squared chord.
fn km(chord2: f64) -> f64 {
    2.0 * EARTH_RADIUS_KM * (chord2.sqrt() / 2.0).min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;
    use postroad_optimization::Random;

    #[test]
    fn the_tree_finds_what_a_full_search_finds() {
        let mut random = Random::new(7);
        let mut place = || Coordinate {
            latitude: 20.0 + 40.0 * random.unit(),
            longitude: -180.0 + 360.0 * random.unit(),
        };
        let places: Vec<Coordinate> = (0..500).map(|_| place()).collect();
        let near = Near::of(places.iter().copied());
        for _ in 0..50 {
            let from = place();
            let mut all: Vec<(f64, usize)> =
                places.iter().enumerate().map(|(i, p)| (from.great_circle_km(*p), i)).collect();
            all.sort_by(|a, b| a.0.total_cmp(&b.0));
            let found = near.nearest(from, 7, 3000.0);
            let expected: Vec<usize> =
                all.iter().take(7).filter(|a| a.0 <= 3000.0).map(|a| a.1).collect();
            assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), expected);
            assert!(found.iter().zip(&all).all(|(f, a)| (f.1 - a.0).abs() < 1e-6));
        }
    }
}

//! Distances and times between the nodes of the search, as fast as their source allows.

use std::sync::atomic::{AtomicU64, Ordering};

use postroad_model::LocationId;
use postroad_model::routing::{Region, Rounding, Travel};

/// A node at no place: the end of an open route. Ways to and from it are nothing.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// Up to this many locations all pairs are computed once where computing one is slow.
const MATRIX_LOCATIONS: usize = 2500;

/// Slots of the cache of computed pairs in all, 8 bytes each, and of each place: powers of two.
const CACHE_SLOTS: usize = 1 << 23;
const CACHE_SLOTS_OF_PLACE: std::ops::RangeInclusive<usize> = 8..=512;
/// Bits of a slot for the distance and for the time: 67,000 km, 48 days. The rest tells which of the
/// places that share the slot it is.
const DISTANCE_BITS: u32 = 26;
const DURATION_BITS: u32 = 22;
/// A slot without a way.
const EMPTY: u64 = u64::MAX;
/// Pairs with an end of routes that are computed once, at most, 16 bytes each.
const END_PAIRS: usize = 1 << 21;

/// Way from one node to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Arc {
    pub(crate) distance_m: i32,
    pub(crate) duration_s: i32,
}

const NO_WAY: Arc = Arc { distance_m: 0, duration_s: 0 };

/// Where distances come from.
#[derive(Clone)]
enum Source<'a> {
    /// Computed from points of the nodes.
    Plane(Rounding),
    /// Computed from places of a region.
    Region(&'a Region),
    /// All pairs of locations.
    Matrix { locations: usize, arcs: std::sync::Arc<[Arc]> },
    /// Distances of all pairs of locations, as the problem holds them; times are the same.
    Given { locations: usize, distances_m: &'a [i32] },
    /// Distances and times of all pairs of locations, as the problem holds them.
    GivenBoth { locations: usize, distances_m: &'a [i32], durations_s: &'a [i32] },
    /// Asked from the problem, and remembered.
    Cached(std::sync::Arc<Cached<'a>>),
}

/// Ways between nodes; each node is at a location, or nowhere.
pub(crate) struct Arcs<'a> {
    source: Source<'a>,
    /// Point of each node, in the plane.
    points: Vec<[f64; 2]>,
    locations: Vec<u32>,
}

impl<'a> Arcs<'a> {
    /// Ways of a problem for nodes at `locations`: so many stops, then ends of routes.
    pub(crate) fn new(travel: &'a Travel, mut locations: Vec<u32>, stops: usize) -> Self {
        let is_closed = !locations.contains(&NOWHERE);
        let count = travel.locations();
        let mut points = Vec::new();
        let source = match travel {
            Travel::Plane { points: places, rounding } if is_closed => {
                points = locations.iter().map(|&l| places[l as usize]).collect();
                Source::Plane(*rounding)
            }
            Travel::Region(region) => Source::Region(region),
            Travel::Matrix { distances_m, durations_s: None, .. } => {
                Source::Given { locations: count, distances_m }
            }
            Travel::Matrix { distances_m, durations_s: Some(durations_s), .. } => {
                Source::GivenBoth { locations: count, distances_m, durations_s }
            }
            _ if count <= MATRIX_LOCATIONS => {
                let pairs = (0..count * count).map(|pair| (pair / count, pair % count));
                let arcs = pairs.map(|(a, b)| asked(travel, a as u32, b as u32)).collect();
                Source::Matrix { locations: count, arcs }
            }
            _ => Source::Cached(Cached::new(travel, &mut locations, stops).into()),
        };
        Self { source, points, locations }
    }

    /// The same for its first nodes; what is remembered is shared.
    pub(crate) fn of_first(&self, nodes: usize) -> Self {
        Self {
            source: self.source.clone(),
            points: self.points[..nodes.min(self.points.len())].to_vec(),
            locations: self.locations[..nodes].to_vec(),
        }
    }

    /// Adds a node at the location of another.
    pub(crate) fn push_like(&mut self, location: u32) {
        const KNOWN: &str = "a location some node has";
        if let Source::Plane(_) = self.source {
            let at = self.locations.iter().position(|&l| l == location);
            self.points.push(self.points[at.expect(KNOWN)]);
        }
        let place = match &self.source {
            Source::Cached(cached) if location != NOWHERE => {
                cached.locations.iter().position(|&l| l == location).expect(KNOWN) as u32
            }
            _ => location,
        };
        self.locations.push(place);
    }

    /// Distance alone.
    #[inline]
    pub(crate) fn distance_m(&self, from: u32, to: u32) -> i32 {
        match &self.source {
            Source::Plane(rounding) => self.straight(from, to, *rounding),
            _ => self.arc(from, to).distance_m,
        }
    }

    /// Distance and time.
    #[inline]
    pub(crate) fn arc(&self, from: u32, to: u32) -> Arc {
        if let Source::Plane(rounding) = self.source {
            let distance_m = self.straight(from, to, rounding);
            return Arc { distance_m, duration_s: distance_m };
        }
        let (a, b) = (self.locations[from as usize], self.locations[to as usize]);
        if a == NOWHERE || b == NOWHERE {
            return NO_WAY;
        }
        let pair = |n: usize| a as usize * n + b as usize;
        match &self.source {
            Source::Plane(_) => NO_WAY,
            Source::Region(region) => {
                let (distance_m, duration_s) = region.way(LocationId(a), LocationId(b));
                Arc { distance_m, duration_s }
            }
            Source::Matrix { locations, arcs } => arcs[pair(*locations)],
            Source::Given { locations, distances_m } => {
                let distance_m = distances_m[pair(*locations)];
                Arc { distance_m, duration_s: distance_m }
            }
            Source::GivenBoth { locations, distances_m, durations_s } => {
                let pair = pair(*locations);
                Arc { distance_m: distances_m[pair], duration_s: durations_s[pair] }
            }
            Source::Cached(cached) => cached.arc(a, b),
        }
    }

    #[inline]
    fn straight(&self, from: u32, to: u32, rounding: Rounding) -> i32 {
        rounding.length(self.points[from as usize], self.points[to as usize])
    }
}

fn asked(travel: &Travel, from: u32, to: u32) -> Arc {
    let (distance_m, duration_s) = travel.distance_and_duration(LocationId(from), LocationId(to));
    Arc { distance_m, duration_s }
}

/// Ways asked from the problem and remembered. Its places are the locations in the order in which
/// the search numbers what is there: first the ends of routes, whose ways are all computed once,
/// then stops along a curve. A search asks for ways between stops near each other, whose numbers
/// mostly are near each other, too; so the slots that ways from a place have are chosen by the last
/// bits of the number. A slot is one atomic number, so that several threads may share them; what
/// they find there or compute is the same.
struct Cached<'a> {
    travel: &'a Travel,
    /// The location of each place.
    locations: Vec<u32>,
    /// So many places are ends of routes: ways from them to all places, and from all places to them.
    ends: usize,
    from_ends: Vec<Arc>,
    to_ends: Vec<Arc>,
    /// So many slots for each place, side by side.
    width: usize,
    slots: Vec<AtomicU64>,
}

impl<'a> Cached<'a> {
    /// For nodes at `nodes`, which become places.
    fn new(travel: &'a Travel, nodes: &mut [u32], stops: usize) -> Self {
        let mut place_of = vec![NOWHERE; travel.locations()];
        let mut locations = Vec::new();
        let mut number = |location: u32| {
            if location != NOWHERE && place_of[location as usize] == NOWHERE {
                place_of[location as usize] = locations.len() as u32;
                locations.push(location);
            }
            locations.len()
        };
        let ends = nodes[stops..].iter().map(|&location| number(location)).max().unwrap_or(0);
        nodes[..stops].iter().for_each(|&location| _ = number(location));
        for node in nodes.iter_mut().filter(|node| **node != NOWHERE) {
            *node = place_of[*node as usize];
        }
        let count = locations.len();
        let ends = ends.min(END_PAIRS / count.max(1));
        let all = |is_from: bool| {
            let pairs = (0..ends).flat_map(|end| (0..count).map(move |other| (end, other)));
            let way = |(end, other): (usize, usize)| match is_from {
                true => asked(travel, locations[end], locations[other]),
                false => asked(travel, locations[other], locations[end]),
            };
            pairs.map(way).collect()
        };
        let (from_ends, to_ends) = (all(true), all(false));
        let (least, most) = CACHE_SLOTS_OF_PLACE.into_inner();
        let width = 1 << (CACHE_SLOTS / count.max(1)).clamp(least, most).ilog2();
        let slots = (0..count * width).map(|_| AtomicU64::new(EMPTY)).collect();
        Self { travel, locations, ends, from_ends, to_ends, width, slots }
    }

    #[inline]
    fn arc(&self, a: u32, b: u32) -> Arc {
        let (i, j, count) = (a as usize, b as usize, self.locations.len());
        if i < self.ends {
            return self.from_ends[i * count + j];
        }
        if j < self.ends {
            return self.to_ends[j * count + i];
        }
        let slot = &self.slots[i * self.width + (j & (self.width - 1))];
        let tag = (j >> self.width.ilog2()) as u64;
        let known = slot.load(Ordering::Relaxed);
        let value = known & ((1 << (DISTANCE_BITS + DURATION_BITS)) - 1);
        if known >> (DISTANCE_BITS + DURATION_BITS) == tag && known != EMPTY {
            let duration_s = (value & ((1 << DURATION_BITS) - 1)) as i32;
            return Arc { distance_m: (value >> DURATION_BITS) as i32, duration_s };
        }
        let arc = asked(self.travel, self.locations[i], self.locations[j]);
        let (distance, duration) = (arc.distance_m as u64, arc.duration_s as u64);
        let fits = distance < 1 << DISTANCE_BITS
            && duration < 1 << DURATION_BITS
            && tag < EMPTY >> (DISTANCE_BITS + DURATION_BITS);
        if fits {
            let value = (tag << DISTANCE_BITS | distance) << DURATION_BITS | duration;
            slot.store(value, Ordering::Relaxed);
        }
        arc
    }
}

#[cfg(test)]
mod tests {
    use postroad_model::place::Coordinate;

    use super::*;

    #[test]
    fn remembered_ways_are_those_of_the_problem() {
        let count = MATRIX_LOCATIONS as u32 + 100;
        let point = |i: u32| Coordinate {
            latitude: f64::from(i % 60) * 0.4,
            longitude: f64::from(i / 60) * 0.9,
        };
        // Some ways take longer than a slot can hold.
        let travel = Travel::Earth {
            points: (0..count).map(point).collect(),
            circuity: 1.5,
            km_per_hour: 1.0,
        };
        let stops = count as usize - 1;
        let nodes: Vec<u32> = (0..count).rev().chain([7, NOWHERE]).collect();
        let mut arcs = Arcs::new(&travel, nodes.clone(), stops);
        arcs.push_like(20);
        let others = arcs.of_first(nodes.len());
        let mut random = postroad_optimization::Random::new(1);
        for _ in 0..100_000 {
            let [a, b] = [(); 2].map(|()| random.below(nodes.len() + 1));
            let at = |node: usize| nodes.get(node).copied().unwrap_or(20);
            let expected = match [at(a), at(b)] {
                [NOWHERE, _] | [_, NOWHERE] => NO_WAY,
                [a, b] => asked(&travel, a, b),
            };
            assert_eq!(arcs.arc(a as u32, b as u32), expected);
            if a.max(b) < nodes.len() {
                assert_eq!(others.arc(a as u32, b as u32), expected);
            }
        }
    }
}

//! Distances and times between the nodes of the search, as fast as their source allows.

use std::cell::Cell;

use postroad_model::LocationId;
use postroad_model::routing::{Region, Rounding, Travel};

/// A node at no place: the end of an open route. Ways to and from it are nothing.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// Up to this many locations all pairs are computed once where computing one is slow.
const MATRIX_LOCATIONS: usize = 2500;

/// Slots of the cache of computed pairs in all, 12 bytes each, and of each location: powers of two.
const CACHE_SLOTS: usize = 1 << 22;
const CACHE_SLOTS_OF_LOCATION: std::ops::RangeInclusive<usize> = 8..=256;

/// Way from one node to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Arc {
    pub(crate) distance_m: i32,
    pub(crate) duration_s: i32,
}

const NO_WAY: Arc = Arc { distance_m: 0, duration_s: 0 };

/// Where distances come from.
enum Source<'a> {
    /// Computed from points of the nodes.
    Plane(Rounding),
    /// Computed from places of a region.
    Region(&'a Region),
    /// All pairs of locations.
    Matrix { locations: usize, arcs: Vec<Arc> },
    /// Distances of all pairs of locations, as the problem holds them; times are the same.
    Given { locations: usize, distances_m: &'a [i32] },
    /// Distances and times of all pairs of locations, as the problem holds them.
    GivenBoth { locations: usize, distances_m: &'a [i32], durations_s: &'a [i32] },
    /// Asked from the problem, and remembered for a while: `width` slots for each location that
    /// ways start from, side by side, since a search asks for many ways from one place.
    Cached { travel: &'a Travel, width: usize, slots: Vec<Cell<(u32, Arc)>> },
}

/// Ways between nodes; each node is at a location, or nowhere.
pub(crate) struct Arcs<'a> {
    source: Source<'a>,
    /// Point of each node, in the plane.
    points: Vec<[f64; 2]>,
    locations: Vec<u32>,
}

impl<'a> Arcs<'a> {
    /// Ways of a problem for nodes at `locations`.
    pub(crate) fn new(travel: &'a Travel, locations: Vec<u32>) -> Self {
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
            _ => {
                let (least, most) = CACHE_SLOTS_OF_LOCATION.into_inner();
                let width = (CACHE_SLOTS / count).clamp(least, most);
                let width = 1 << width.ilog2();
                let slots = vec![Cell::new((NOWHERE, NO_WAY)); count * width];
                Source::Cached { travel, width, slots }
            }
        };
        Self { source, points, locations }
    }

    /// Adds a node at the location of another.
    pub(crate) fn push_like(&mut self, location: u32) {
        if let Source::Plane(_) = self.source {
            let at = self.locations.iter().position(|&l| l == location);
            self.points.push(self.points[at.expect("a location some node has")]);
        }
        self.locations.push(location);
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
            Source::Cached { travel, width, slots } => {
                let slot = &slots[a as usize * width + (mixed(b) & (width - 1))];
                let (known, arc) = slot.get();
                if known == b {
                    return arc;
                }
                let arc = asked(travel, a, b);
                slot.set((b, arc));
                arc
            }
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

/// Multiplicative hashing (Knuth), high bits first.
#[inline]
fn mixed(location: u32) -> usize {
    (location.wrapping_mul(0x9e37_79b9) >> 16) as usize
}

//! Distances and times between locations, from whatever is known about them.

use super::region::Region;
use crate::id::{Id, LocationId};

use crate::place::Coordinate;

/// How a straight line in the plane becomes an integer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    /// To the nearest integer, halves up: CVRPLIB's `EUC_2D`.
    Nearest,
    /// Tenths, truncated: the convention of the 12th DIMACS challenge for time windows.
    Tenths,
    /// Up to the next integer: TSPLIB's `CEIL_2D`.
    Up,
}

impl Rounding {
    /// Length of a straight line in the plane.
    #[inline]
    pub fn length(self, a: [f64; 2], b: [f64; 2]) -> i32 {
        let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
        let length = (dx * dx + dy * dy).sqrt();
        match self {
            Rounding::Nearest => (length + 0.5) as i32,
            Rounding::Tenths => (10.0 * length) as i32,
            Rounding::Up => length.ceil() as i32,
        }
    }
}

/// Where distances and times come from. Both may differ by direction only where they are given.
#[derive(Clone, PartialEq, Debug)]
pub enum Travel {
    /// Straight lines in the plane; a unit takes a unit of time.
    Plane {
        /// Places.
        points: Vec<[f64; 2]>,
        /// How lengths become integers.
        rounding: Rounding,
    },
    /// Straight lines on the earth.
    Earth {
        /// Places.
        points: Vec<Coordinate>,
        /// Road over straight line.
        circuity: f64,
        /// Speed along the road.
        km_per_hour: f64,
    },
    /// Straight lines in a region whose roads differ by area.
    Region(Region),
    /// All pairs.
    Matrix {
        /// Number of locations.
        locations: usize,
        /// Row by row from each location to all.
        distances_m: Vec<i32>,
        /// The same for times; `None` if they are equal to the distances.
        durations_s: Option<Vec<i32>>,
        /// Where the locations are, if known: one for each, or none.
        points: Vec<Coordinate>,
    },
    /// Shortest paths of a road network, as labels.
    Roads(HubLabels),
}

impl Travel {
    /// Number of locations.
    pub fn locations(&self) -> usize {
        match self {
            Travel::Plane { points, .. } => points.len(),
            Travel::Earth { points, .. } => points.len(),
            Travel::Region(region) => region.places.len(),
            Travel::Matrix { locations, .. } => *locations,
            Travel::Roads(labels) => labels.locations(),
        }
    }

    /// Distance in metres.
    #[inline]
    pub fn distance_m(&self, from: LocationId, to: LocationId) -> i32 {
        match self {
            Travel::Plane { points, rounding } => {
                rounding.length(points[from.index()], points[to.index()])
            }
            Travel::Earth { points, circuity, .. } => {
                let km = points[from.index()].great_circle_km(points[to.index()]);
                (km * circuity * 1000.0).round() as i32
            }
            Travel::Region(region) => region.way(from, to).0,
            Travel::Matrix { locations, distances_m, .. } => {
                distances_m[from.index() * locations + to.index()]
            }
            Travel::Roads(labels) => labels.fastest(from, to).0,
        }
    }

    /// Travel time in seconds.
    #[inline]
    pub fn duration_s(&self, from: LocationId, to: LocationId) -> i32 {
        match self {
            Travel::Plane { .. } => self.distance_m(from, to),
            Travel::Earth { points, circuity, km_per_hour } => {
                let km = points[from.index()].great_circle_km(points[to.index()]);
                (km * circuity / km_per_hour * 3600.0).round() as i32
            }
            Travel::Region(region) => region.way(from, to).1,
            Travel::Matrix { locations, distances_m, durations_s, .. } => {
                let values = durations_s.as_ref().unwrap_or(distances_m);
                values[from.index() * locations + to.index()]
            }
            Travel::Roads(labels) => labels.fastest(from, to).1,
        }
    }

    /// Distance and travel time, at the price of one of them where both come from one search.
    #[inline]
    pub fn distance_and_duration(&self, from: LocationId, to: LocationId) -> (i32, i32) {
        match self {
            Travel::Roads(labels) => labels.fastest(from, to),
            _ => (self.distance_m(from, to), self.duration_s(from, to)),
        }
    }

    /// Whether times are equal to distances for every pair.
    pub fn is_one_measure(&self) -> bool {
        matches!(self, Travel::Plane { .. } | Travel::Matrix { durations_s: None, .. })
    }
}

/// The way from a location to a hub of the network, or from a hub to a location. Finer than the
/// seconds and metres of a plan, so that a way of two labels is rounded once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HubLabel {
    /// The hub: any number that both ends of a way agree on.
    pub hub: u32,
    /// Time of the fastest way.
    pub duration_ms: i32,
    /// Length of that way.
    pub distance_cm: i32,
}

/// Fastest ways between all locations, exact, in memory linear in their number (Abraham, Delling,
/// Goldberg and Werneck 2011): the fastest way from a to b meets the best hub that the labels out
/// of a and into b have in common.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct HubLabels {
    /// Where the locations are.
    pub points: Vec<Coordinate>,
    /// Labels out of all locations, side by side, ascending by hub for each.
    pub out: Vec<HubLabel>,
    /// Where each location's labels out start; one more entry than locations.
    pub out_start: Vec<u32>,
    /// Labels into all locations.
    pub into: Vec<HubLabel>,
    /// Where each location's labels in start.
    pub into_start: Vec<u32>,
}

impl HubLabels {
    /// Number of locations.
    pub fn locations(&self) -> usize {
        self.points.len()
    }

    /// Distance in metres and time in seconds of the fastest way, to the nearest; the shortest of
    /// equally fast ones. Without any way, both are [`super::AMOUNT_MAX`]. A location is at no
    /// distance from itself.
    pub fn fastest(&self, from: LocationId, to: LocationId) -> (i32, i32) {
        if from == to {
            return (0, 0);
        }
        let (i, j) = (from.index(), to.index());
        let out = &self.out[self.out_start[i] as usize..self.out_start[i + 1] as usize];
        let into = &self.into[self.into_start[j] as usize..self.into_start[j + 1] as usize];
        let mut best = (i32::MAX, i32::MAX);
        let (mut a, mut b) = (0, 0);
        while a < out.len() && b < into.len() {
            let (x, y) = (out[a], into[b]);
            if x.hub == y.hub {
                best = best.min((x.duration_ms + y.duration_ms, x.distance_cm + y.distance_cm));
            }
            a += usize::from(x.hub <= y.hub);
            b += usize::from(y.hub <= x.hub);
        }
        match best {
            (i32::MAX, _) => (super::AMOUNT_MAX, super::AMOUNT_MAX),
            (duration_ms, distance_cm) => ((distance_cm + 50) / 100, (duration_ms + 500) / 1000),
        }
    }
}

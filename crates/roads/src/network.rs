//! Roads between junctions, and which of them all places can be reached from.

use std::ops::Range;

use postroad_model::place::Coordinate;

use crate::arcs::{Arc, Heads, Way};

/// Milliseconds for a centimetre at one km per hour.
pub(crate) const MS_PER_CM_AT_KMH: f64 = 36.0;

/// A place in ten-millionths of a degree, latitude first: the precision of OpenStreetMap.
pub(crate) type Point = [i32; 2];

/// A place in degrees.
pub(crate) fn coordinate(point: Point) -> Coordinate {
    Coordinate { latitude: f64::from(point[0]) * 1e-7, longitude: f64::from(point[1]) * 1e-7 }
}

/// Length of a straight piece of road in centimetres, not rounded.
pub(crate) fn piece_cm(a: Point, b: Point) -> f64 {
    coordinate(a).great_circle_km(coordinate(b)) * 1e5
}

/// A road between two junctions that meets no other road on its way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Road {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) length_cm: u32,
    /// Time in the direction of drawing; `None` if closed.
    pub(crate) forward_ms: Option<u32>,
    /// Time against it.
    pub(crate) backward_ms: Option<u32>,
    /// Its points in the network's shape, both ends among them.
    pub(crate) shape: Range<usize>,
}

/// Roads slower than this are streets that people live on, in km per hour.
const STREET_KMH: f64 = 45.0;

impl Road {
    /// Whether people live on it: it is open both ways and slow.
    fn is_street(&self) -> bool {
        let kmh = |ms: u32| f64::from(self.length_cm) * MS_PER_CM_AT_KMH / f64::from(ms.max(1));
        let is_slow = |ms: Option<u32>| ms.is_some_and(|ms| kmh(ms) <= STREET_KMH);
        is_slow(self.forward_ms) && is_slow(self.backward_ms)
    }

    /// Arcs of the part between two positions along the road, whose ends are given vertices.
    pub(crate) fn part(&self, ends: [u32; 2], cm: Range<u32>) -> impl Iterator<Item = Arc> {
        let at = |total_ms: u32, cm: u32| {
            let product = u64::from(total_ms) * u64::from(cm);
            (product / u64::from(self.length_cm.max(1))) as u32
        };
        let distance_cm = (cm.end - cm.start).max(1);
        let way = move |total_ms: u32| Way {
            duration_ms: at(total_ms, cm.end) - at(total_ms, cm.start),
            distance_cm,
        };
        let [from, to] = ends;
        let forward = self.forward_ms.map(|ms| Arc { from, to, way: way(ms) });
        let backward = self.backward_ms.map(|ms| Arc { from: to, to: from, way: way(ms) });
        forward.into_iter().chain(backward)
    }
}

/// The roads of an extract that a van may drive.
#[derive(Clone, PartialEq, Debug)]
pub struct RoadNetwork {
    /// Roads within the connected part.
    pub(crate) roads: Vec<Road>,
    pub(crate) shape: Vec<Point>,
    /// Number of junctions; those outside the connected part have no road.
    pub(crate) junctions: usize,
    pub(crate) outside: usize,
}

impl RoadNetwork {
    /// Keeps the roads among the largest set of junctions that all reach each other.
    pub(crate) fn new(mut roads: Vec<Road>, shape: Vec<Point>, junctions: usize) -> Self {
        let arcs: Vec<Arc> = roads.iter().flat_map(whole).collect();
        let is_inside = Heads::new(junctions, &arcs).largest_connected();
        roads.retain(|road| is_inside[road.from as usize] && is_inside[road.to as usize]);
        let outside = is_inside.iter().filter(|&&inside| !inside).count();
        Self { roads, shape, junctions, outside }
    }

    /// Number of junctions and dead ends.
    pub fn junctions(&self) -> usize {
        self.junctions
    }

    /// Number of junctions on islands: they cannot be reached from the largest connected part, or
    /// not left for it. No place is put there.
    pub fn junctions_outside(&self) -> usize {
        self.outside
    }

    /// Number of roads between junctions of the connected part.
    pub fn roads(&self) -> usize {
        self.roads.len()
    }

    /// Length of all roads of the connected part.
    pub fn length_km(&self) -> f64 {
        self.roads.iter().map(|road| f64::from(road.length_cm)).sum::<f64>() / 1e5
    }

    /// Points that lie on the streets at these shares of their whole length, each from 0 to below 1:
    /// even shares give places spread evenly along all streets. Without streets, all roads count.
    pub fn along_streets(&self, shares: impl Iterator<Item = f64>) -> Vec<Coordinate> {
        let mut streets: Vec<&Road> = self.roads.iter().filter(|road| road.is_street()).collect();
        if streets.is_empty() {
            streets = self.roads.iter().collect();
        }
        let mut ends = Vec::with_capacity(streets.len());
        let mut total_cm = 0.0;
        for street in &streets {
            total_cm += f64::from(street.length_cm);
            ends.push(total_cm);
        }
        let point = |share: f64| {
            let at_cm = share * total_cm;
            let street = ends.partition_point(|&end| end <= at_cm).min(streets.len() - 1);
            let road = streets[street];
            self.point(road, at_cm - (ends[street] - f64::from(road.length_cm)))
        };
        shares.map(point).collect()
    }

    /// The point so far along a road.
    fn point(&self, road: &Road, mut cm: f64) -> Coordinate {
        let shape = &self.shape[road.shape.clone()];
        for pair in shape.windows(2) {
            let piece_cm = piece_cm(pair[0], pair[1]);
            if cm < piece_cm {
                let [a, b] = [coordinate(pair[0]), coordinate(pair[1])];
                let between = |from: f64, to: f64| from + (to - from) * cm / piece_cm;
                return Coordinate {
                    latitude: between(a.latitude, b.latitude),
                    longitude: between(a.longitude, b.longitude),
                };
            }
            cm -= piece_cm;
        }
        coordinate(shape[shape.len() - 1])
    }

    /// Points of the roads of the connected part, each followed by its road's other points.
    pub fn points(&self) -> impl Iterator<Item = Coordinate> {
        let shapes = self.roads.iter().map(|road| &self.shape[road.shape.clone()]);
        shapes.flatten().map(|&point| coordinate(point))
    }
}

/// Arcs of a whole road.
pub(crate) fn whole(road: &Road) -> impl Iterator<Item = Arc> {
    road.part([road.from, road.to], 0..road.length_cm)
}

//! Roads between junctions, and which of them all places can be reached from.

use std::ops::Range;

use postroad_model::place::Coordinate;

use crate::arcs::{Arc, Heads, Way};

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

impl Road {
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

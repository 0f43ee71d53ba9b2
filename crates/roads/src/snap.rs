//! Puts places onto the nearest road.

use std::collections::BTreeMap;

use postroad_model::place::{Coordinate, EARTH_RADIUS_KM};
use rstar::RTree;
use rstar::primitives::{GeomWithData, Line};

use crate::arcs::Arc;
use crate::network::{RoadNetwork, coordinate};

/// A place farther than this from every road is taken for a mistake.
pub const FAR_M: f64 = 1000.0;

/// A place farther than [`FAR_M`] from every road.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Far {
    /// Which of the places.
    pub index: usize,
    /// How far it is.
    pub distance_m: f64,
}

/// How places were put onto roads.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Snapped {
    /// Mean distance between a place and its road.
    pub mean_m: f64,
    /// Largest such distance.
    pub largest_m: f64,
}

/// A place on a road.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Spot {
    road: usize,
    cm: u32,
}

/// The network with a vertex for each place, as arcs.
pub(crate) struct Placed {
    pub(crate) arcs: Vec<Arc>,
    pub(crate) vertices: usize,
    /// The vertex of each place; places at one spot share it.
    pub(crate) vertex_of: Vec<u32>,
    pub(crate) snapped: Snapped,
}

/// A point in space, in metres from the middle of the earth: near the ground, straight lines are
/// as long as ways on the ground, wherever on earth they are.
fn in_space(place: Coordinate) -> [f64; 3] {
    let (latitude, longitude) = (place.latitude.to_radians(), place.longitude.to_radians());
    let radius_m = EARTH_RADIUS_KM * 1000.0;
    let ring_m = radius_m * latitude.cos();
    [ring_m * longitude.cos(), ring_m * longitude.sin(), radius_m * latitude.sin()]
}

/// A straight piece of a road; its data are the road and the number of the piece.
type Piece = GeomWithData<Line<[f64; 3]>, (u32, u32)>;

/// All pieces of the roads, to be asked for the nearest.
fn pieces(network: &RoadNetwork) -> RTree<Piece> {
    let mut pieces = Vec::with_capacity(network.shape.len());
    for (index, road) in network.roads.iter().enumerate() {
        let points = network.shape[road.shape.clone()].iter();
        let points: Vec<[f64; 3]> = points.map(|&point| in_space(coordinate(point))).collect();
        for (number, ends) in points.windows(2).enumerate() {
            let line = Line::new(ends[0], ends[1]);
            pieces.push(GeomWithData::new(line, (index as u32, number as u32)));
        }
    }
    RTree::bulk_load(pieces)
}

impl Spot {
    /// The spot of a piece that is nearest to a place, and how far it is.
    fn nearest(network: &RoadNetwork, piece: &Piece, place: [f64; 3]) -> (Spot, f64) {
        let (road, number) = (piece.data.0 as usize, piece.data.1 as usize);
        let line = piece.geom();
        let length_m =
            |a: [f64; 3], b: [f64; 3]| (0..3).map(|d| (a[d] - b[d]).powi(2)).sum::<f64>().sqrt();
        let along = (0..3).map(|d| (place[d] - line.from[d]) * (line.to[d] - line.from[d]));
        let piece_m = length_m(line.from, line.to);
        let share = (along.sum::<f64>() / piece_m.powi(2).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        let foot = [0, 1, 2].map(|d| line.from[d] + share * (line.to[d] - line.from[d]));
        let shape = &network.shape[network.roads[road].shape.clone()];
        let before = shape[..=number].windows(2);
        let before_cm: f64 = before.map(|pair| crate::network::piece_cm(pair[0], pair[1])).sum();
        let cm = (before_cm + 100.0 * share * piece_m).round() as u32;
        let spot = Spot { road, cm: cm.min(network.roads[road].length_cm) };
        (spot, length_m(foot, place))
    }
}

/// Puts each place onto the nearest road of the connected part.
pub(crate) fn place(network: &RoadNetwork, places: &[Coordinate]) -> Result<Placed, Vec<Far>> {
    let pieces = pieces(network);
    let (mut spots, mut far, mut snapped) = (Vec::new(), Vec::new(), Snapped::default());
    for (index, place) in places.iter().enumerate() {
        let place = in_space(*place);
        let piece = pieces.nearest_neighbor(place).expect("a network has roads");
        let (spot, distance_m) = Spot::nearest(network, piece, place);
        if distance_m > FAR_M {
            far.push(Far { index, distance_m });
        }
        snapped.largest_m = snapped.largest_m.max(distance_m);
        snapped.mean_m += distance_m / places.len() as f64;
        spots.push(spot);
    }
    if far.is_empty() { Ok(split(network, &spots, snapped)) } else { Err(far) }
}

/// Splits roads at the spots, and leaves out junctions without roads.
fn split(network: &RoadNetwork, spots: &[Spot], snapped: Snapped) -> Placed {
    let mut vertex_at = BTreeMap::new();
    let mut junction = vec![u32::MAX; network.junctions];
    let mut vertices = 0;
    let mut next = || {
        vertices += 1;
        vertices - 1
    };
    for road in &network.roads {
        for end in [road.from, road.to] {
            let vertex = &mut junction[end as usize];
            *vertex = if *vertex == u32::MAX { next() } else { *vertex };
        }
    }
    for &spot in spots {
        let road = &network.roads[spot.road];
        vertex_at.entry(spot).or_insert_with(|| match spot.cm {
            0 => junction[road.from as usize],
            cm if cm == road.length_cm => junction[road.to as usize],
            _ => next(),
        });
    }
    let mut arcs = Vec::new();
    for (index, road) in network.roads.iter().enumerate() {
        let (mut vertex, mut cm) = (junction[road.from as usize], 0);
        let all = Spot { road: index, cm: 1 }..Spot { road: index, cm: road.length_cm.max(1) };
        for (spot, &at) in vertex_at.range(all) {
            arcs.extend(road.part([vertex, at], cm..spot.cm));
            (vertex, cm) = (at, spot.cm);
        }
        let end = junction[road.to as usize];
        arcs.extend(road.part([vertex, end], cm..road.length_cm));
    }
    arcs.retain(|arc| arc.from != arc.to);
    let vertex_of = spots.iter().map(|spot| vertex_at[spot]).collect();
    Placed { arcs, vertices: vertices as usize, vertex_of, snapped }
}

//! Labels against plain searches on random graphs, every pair.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use postroad_model::LocationId;
use postroad_model::id::Id;
use postroad_model::place::Coordinate;
use postroad_model::routing::AMOUNT_MAX;

use crate::arcs::{Arc, Heads, Way};
use crate::labels::label;
use crate::snap::{Placed, Snapped};

/// A generator small enough to stand here (Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 33) % u64::from(n)) as u32
    }
}

/// Fastest ways from a vertex to all (Dijkstra 1959).
pub(crate) fn fastest(vertices: usize, arcs: &[Arc], from: u32) -> Vec<Way> {
    let mut reached = vec![Way::NONE; vertices];
    reached[from as usize] = Way::NOTHING;
    let mut queue = BinaryHeap::from([Reverse((Way::NOTHING, from))]);
    while let Some(Reverse((way, at))) = queue.pop() {
        for arc in arcs.iter().filter(|arc| arc.from == at) {
            let there = way.then(arc.way);
            if there < reached[arc.to as usize] {
                reached[arc.to as usize] = there;
                queue.push(Reverse((there, arc.to)));
            }
        }
    }
    reached
}

/// A graph like roads: neighbours on a grid, most both ways, some one way, some missing.
fn streets(random: &mut Random, side: u32) -> Vec<Arc> {
    let mut arcs = Vec::new();
    let at = |x: u32, y: u32| y * side + x;
    for (x, y) in (0..side * side).map(|i| (i % side, i / side)) {
        for (to_x, to_y) in [(x + 1, y), (x, y + 1)] {
            let kind = random.below(10);
            if to_x == side || to_y == side || kind == 0 {
                continue;
            }
            // Few different times, so that there are many ties.
            let way = Way { duration_ms: 1 + random.below(5), distance_cm: 1 + random.below(3) };
            let (a, b) = (at(x, y), at(to_x, to_y));
            if kind != 1 {
                arcs.push(Arc { from: a, to: b, way });
            }
            if kind != 2 {
                arcs.push(Arc { from: b, to: a, way });
            }
        }
    }
    arcs
}

/// Compares every pair of places.
fn check(placed: &Placed) {
    let mut labels = label(placed);
    let nowhere = Coordinate { latitude: 0.0, longitude: 0.0 };
    labels.points = vec![nowhere; placed.vertex_of.len()];
    for (i, &from) in placed.vertex_of.iter().enumerate() {
        let reached = fastest(placed.vertices, &placed.arcs, from);
        for (j, &to) in placed.vertex_of.iter().enumerate() {
            let way = reached[to as usize];
            let expected = if way == Way::NONE {
                (AMOUNT_MAX, AMOUNT_MAX)
            } else {
                ((way.distance_cm as i32 + 50) / 100, (way.duration_ms as i32 + 500) / 1000)
            };
            let found = labels.fastest(LocationId::from_index(i), LocationId::from_index(j));
            assert_eq!(found, expected, "from {from} to {to}");
        }
    }
}

#[test]
fn labels_equal_plain_searches_on_streets_with_one_ways_and_islands() {
    let mut random = Random(7);
    for round in 0..30 {
        let side = 2 + round % 9;
        // Hundredfold, so that rounding to seconds and metres hides no difference.
        let mut arcs = streets(&mut random, side);
        for arc in &mut arcs {
            arc.way.duration_ms *= 1000;
            arc.way.distance_cm *= 100;
        }
        let vertices = (side * side) as usize;
        let all: Vec<u32> = (0..side * side).collect();
        let some: Vec<u32> = (0..10).map(|_| random.below(side * side)).collect();
        for vertex_of in [all, some] {
            let snapped = Snapped::default();
            check(&Placed { arcs: arcs.clone(), vertices, vertex_of, snapped });
        }
    }
}

#[test]
fn labels_equal_plain_searches_on_graphs_of_any_shape() {
    let mut random = Random(99);
    for round in 0..40 {
        let vertices = 2 + round;
        let arcs: Vec<Arc> = (0..3 * vertices)
            .map(|_| Arc {
                from: random.below(vertices),
                to: random.below(vertices),
                way: Way {
                    duration_ms: 1000 * random.below(4),
                    distance_cm: 100 * (1 + random.below(4)),
                },
            })
            .filter(|arc| arc.from != arc.to)
            .collect();
        let vertex_of = (0..vertices).collect();
        let snapped = Snapped::default();
        check(&Placed { arcs, vertices: vertices as usize, vertex_of, snapped });
    }
}

#[test]
fn the_largest_connected_part_is_that_of_searches() {
    let mut random = Random(3);
    for _ in 0..200 {
        let vertices = 1 + random.below(12);
        let way = Way { duration_ms: 1, distance_cm: 1 };
        let arcs: Vec<Arc> = (0..random.below(3 * vertices))
            .map(|_| Arc { from: random.below(vertices), to: random.below(vertices), way })
            .collect();
        let count = vertices as usize;
        let reached: Vec<Vec<Way>> = (0..vertices).map(|v| fastest(count, &arcs, v)).collect();
        let are_joined =
            |a: usize, b: usize| reached[a][b] != Way::NONE && reached[b][a] != Way::NONE;
        let part = |a: usize| (0..count).filter(|&b| are_joined(a, b)).count();
        let mask = Heads::new(count, &arcs).largest_connected();
        let found: Vec<usize> = (0..count).filter(|&v| mask[v]).collect();
        assert_eq!(Some(found.len()), (0..count).map(part).max());
        assert!(found.iter().all(|&a| found.iter().all(|&b| are_joined(a, b))));
    }
}

//! Extracts written here: their roads, ways between places on them, and what is wrong with others.

#[path = "../../../../fuzz/roads_body.rs"]
mod body;
mod fixture;

use std::io::Cursor;

use fixture::{Extract, Tags, header};
use postroad_model::LocationId;
use postroad_model::place::Coordinate;
use postroad_roads::RoadNetwork;
use proptest::collection::vec;
use proptest::prelude::*;

/// A ten-thousandth of a degree of latitude is 11.1 m.
const STEP: i64 = 1000;
const STREET: Tags = &[("highway", "residential")];
const ONE_WAY: Tags = &[("highway", "residential"), ("oneway", "yes")];

/// A block of four streets around a square of ten steps, corners 1 to 4, on the equator; a street
/// from corner 3 over 5 to 6; an island with nodes 7 and 8.
fn town() -> Extract {
    let node = |id: i64, y: i64, x: i64| (id, y * STEP, x * STEP, &[] as Tags);
    Extract {
        nodes: vec![
            node(1, 0, 0),
            node(2, 0, 10),
            node(3, 10, 10),
            node(4, 10, 0),
            node(5, 10, 20),
            node(6, 10, 30),
            node(7, 50, 50),
            node(8, 50, 60),
        ],
        ways: vec![
            (vec![1, 2, 3], ONE_WAY),
            (vec![3, 4, 1], ONE_WAY),
            (vec![3, 5, 6], STREET),
            (vec![7, 8], STREET),
        ],
    }
}

fn read(extract: &Extract) -> RoadNetwork {
    postroad_roads::read("town.osm.pbf", Cursor::new(extract.bytes())).expect("a sound extract")
}

fn at(y: f64, x: f64) -> Coordinate {
    let degrees = |steps: f64| steps * STEP as f64 * 1e-7;
    Coordinate { latitude: degrees(y), longitude: degrees(x) }
}

/// Steps and seconds of the fastest way between two places.
fn way(extract: &Extract, places: [Coordinate; 2]) -> (f64, i32) {
    let (labels, _) = read(extract).labels(&places).expect("places near roads");
    let (distance_m, duration_s) = labels.fastest(LocationId(0), LocationId(1));
    let step_m = at(0.0, 0.0).great_circle_km(at(0.0, 1.0)) * 1000.0;
    ((f64::from(distance_m) / step_m * 10.0).round() / 10.0, duration_s)
}

#[test]
fn ways_follow_one_ways_and_begin_within_roads() {
    let town = town();
    // 25 km per hour are 6.94 m per second: 1.6 s for a step.
    assert_eq!(way(&town, [at(0.0, 0.0), at(0.0, 10.0)]), (10.0, 16));
    assert_eq!(way(&town, [at(0.0, 10.0), at(0.0, 0.0)]), (30.0, 48));
    // Both on one road, with its direction and against it.
    assert_eq!(way(&town, [at(0.0, 2.0), at(0.0, 7.0)]), (5.0, 8));
    assert_eq!(way(&town, [at(0.0, 7.0), at(0.0, 2.0)]), (35.0, 56));
    // A little off the road, and there and back on a road without an exit.
    assert_eq!(way(&town, [at(9.0, 28.0), at(11.0, 13.0)]), (15.0, 24));
    assert_eq!(way(&town, [at(10.0, 13.0), at(10.0, 13.0)]), (0.0, 0));
}

#[test]
fn islands_are_counted_and_left_out() {
    let network = read(&town());
    assert_eq!((network.junctions(), network.junctions_outside()), (5, 2));
    let far = network.labels(&[at(10.0, 20.0), at(50.0, 55.0), at(150.0, 20.0)]).unwrap_err();
    assert_eq!(far.len(), 1);
    assert_eq!((far[0].index, far[0].distance_m.round()), (2, 1557.0));
}

#[test]
fn barriers_close_roads_and_missing_nodes_end_them() {
    let mut town = town();
    town.nodes[4].3 = &[("barrier", "bollard")];
    let network = read(&town);
    // Node 6 has been cut off, and 5 is a dead end twice.
    assert_eq!((network.junctions(), network.junctions_outside()), (7, 4));
    town.nodes[4].3 = &[("barrier", "gate")];
    assert_eq!(read(&town).junctions_outside(), 2);
    town.nodes.remove(4);
    assert_eq!(read(&town).junctions(), 4);
}

#[test]
fn files_that_are_no_extracts_are_named() {
    let code = |bytes: Vec<u8>| {
        let faults = postroad_roads::read("file", Cursor::new(bytes)).unwrap_err();
        assert_eq!(faults.len(), 1);
        faults[0].code
    };
    assert_eq!(code(Vec::new()), "E350");
    assert_eq!(code(b"id,latitude,longitude\n1,2,3\n".to_vec()), "E350");
    assert_eq!(code(header(&["HistoricalInformation"])), "E350");
    let whole = town().bytes();
    assert_eq!(code(whole[..whole.len() - 40].to_vec()), "E351");
    let mut ways = town();
    ways.ways.truncate(1);
    assert_eq!(code(ways.bytes()), "E352");
    assert_eq!(code(header(&["OsmSchema-V0.6"])), "E352");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(data in vec(any::<u8>(), 0..200)) {
        body::extract(&data);
    }

    #[test]
    fn changed_extracts_are_read_or_refused(
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = town().bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        body::extract(&bytes);
        body::extract(&bytes[..end.index(bytes.len())]);
    }
}

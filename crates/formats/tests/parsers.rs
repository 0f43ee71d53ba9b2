//! Every parser on arbitrary and on mutated input: faults, never a panic. The bodies are those of
//! the fuzz targets.

#[path = "../../../fuzz/bodies.rs"]
mod bodies;

use bodies::BODIES;
use postroad_formats::{auction, cats, routing, vroom};
use proptest::collection::vec;
use proptest::prelude::*;

/// Well-formed inputs to mutate: at least one for each body.
const SEEDS: [&str; 18] = [
    "2 2 3\n100 50\n80 inf\n10 3.5 2 0 1.5 1 2\n20 4 1 1 1\n",
    "2 3\n10 100.\n20 150.\n5\n10 20\n4\n8 4\n6\n30 12\n",
    "2 3\n10 20\n100 150\n5 4 6\n10 20\n8 4\n30 12\n",
    include_str!("seeds/problem.json"),
    include_str!("seeds/stations.csv"),
    include_str!("../../../examples/us-2026/study.toml"),
    include_str!("seeds/plain.vrp"),
    include_str!("seeds/windows.vrp"),
    include_str!("seeds/matrix.vrp"),
    include_str!("seeds/solomon.txt"),
    include_str!("../../../examples/routing/stops.csv"),
    include_str!("../../../examples/routing/fleet.csv"),
    include_str!("seeds/stops.json"),
    include_str!("seeds/ways.json"),
    include_str!("seeds/vroom.json"),
    include_str!("seeds/market.json"),
    include_str!("seeds/bids.csv"),
    include_str!("seeds/cats.txt"),
];

/// Pieces that parsers trip over.
const TOKENS: [&str; 25] = [
    "08:00-12:00",
    "30 min 1:0-9:0",
    ";",
    "DIMENSION : 3\n",
    "Route #1: 1 2",
    "0",
    "-1",
    "1e308",
    "1e999",
    "nan",
    "inf",
    "-0.0",
    "4294967295",
    "4294967296",
    "\n",
    "\r\n",
    " ",
    ",",
    "\"",
    "[",
    "{",
    "=",
    "capacity",
    "\u{0}",
    "é",
];

/// Replaces a part of a seed by a token, several times.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), 0..12usize, 0..TOKENS.len());
    (0..SEEDS.len(), vec(edit, 1..6)).prop_map(|(seed, edits)| {
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        for (at, removed, token) in edits {
            let start = at.index(bytes.len() + 1);
            let end = (start + removed).min(bytes.len());
            bytes.splice(start..end, TOKENS[token].bytes());
        }
        bytes
    })
}

fn run_all(data: &[u8]) {
    BODIES.iter().for_each(|(_, body)| body(data));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(data in vec(any::<u8>(), 0..200)) {
        run_all(&data);
    }

    #[test]
    fn arbitrary_tokens(tokens in vec(0..TOKENS.len(), 0..60)) {
        let text: Vec<&str> = tokens.iter().map(|&token| TOKENS[token]).collect();
        run_all(text.join(" ").as_bytes());
    }

    #[test]
    fn mutated_input(data in mutated()) {
        run_all(&data);
    }
}

#[test]
fn seeds_are_well_formed() {
    for seed in &SEEDS[..4] {
        assert!(postroad_formats::instance::read("seed", seed, None).is_ok(), "{seed}");
    }
    assert!(postroad_formats::study::Study::read("seed", SEEDS[5]).is_ok());
    for seed in &SEEDS[6..10] {
        assert!(postroad_formats::vrplib::read("seed", seed).is_ok(), "{seed}");
    }
    let source = |seed: usize| routing::Source { file: "seed", bytes: SEEDS[seed].as_bytes() };
    let sources = routing::Sources {
        stops: source(10),
        fleet: source(11),
        depots: None,
        matrix: None,
        circuity: 1.3,
        km_per_hour: 40.0,
    };
    assert!(routing::read(&sources).is_ok());
    let fleet = routing::Source { file: "seed", bytes: b"id,location\nvan,D\nbus,D\n" };
    let matrix = Some(source(13));
    assert!(
        routing::read(&routing::Sources { stops: source(12), fleet, matrix, ..sources }).is_ok()
    );
    let ways = vroom::Ways::Straight { circuity: 1.3, km_per_hour: 40.0 };
    assert!(vroom::read("seed", SEEDS[14], ways).is_ok());
    assert!(auction::json("seed", SEEDS[15], None).is_ok());
    assert!(cats::read("seed", SEEDS[17], 1).is_ok());
    SEEDS.iter().for_each(|seed| run_all(seed.as_bytes()));
}

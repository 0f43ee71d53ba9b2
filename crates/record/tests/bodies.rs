//! The record on arbitrary bytes, lines of events and orders of events: never a panic. The bodies
//! are those of the fuzz targets.

#[path = "../../../fuzz/record_bodies.rs"]
mod bodies;

use bodies::BODIES;
use postroad_record::auction::Stage;
use proptest::collection::vec;
use proptest::prelude::*;

/// A sealed auction with commitments, and a clock, as lines of events to mutate.
const SEEDS: [&str; 2] = [include_str!("seeds/sealed.txt"), include_str!("seeds/clock.txt")];

/// Pieces that readers and rules trip over.
const TOKENS: [&str; 22] = [
    "0",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "4294967295",
    "1e3",
    "null",
    "true",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\n",
    " ",
    "\\u0000",
    "é",
    "north",
    "2027-01-15T08:01:40Z",
    "10000000000000000",
];

/// Replaces a part of a seed by a token, several times.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), 0..12usize, 0..TOKENS.len());
    (0..SEEDS.len(), vec(edit, 0..5)).prop_map(|(seed, edits)| {
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
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(data in vec(any::<u8>(), 0..700)) {
        run_all(&data);
    }

    #[test]
    fn mutated_events(data in mutated()) {
        bodies::log_bytes(&data);
        bodies::events_of_lines(&data);
    }
}

/// The lines of the seeds are taken, so that mutants reach every rule; all but the reveal, whose
/// commitment would be another in each mutant.
#[test]
fn seeds_are_taken() {
    for (seed, refused) in SEEDS.into_iter().zip([1, 0]) {
        let desk = bodies::desk_of_lines(seed);
        assert_eq!(desk.taken(), seed.lines().count() - refused, "{seed}");
        assert!(matches!(desk.stage(), Some(Stage::Settled | Stage::Cancelled)));
    }
}

/// Random bytes lead through whole auctions, not only to refusals.
#[test]
fn bytes_reach_the_end_of_auctions() {
    let mut settled = [0, 0];
    let mut state = 1_u64;
    for _ in 0..80 {
        let data: Vec<u8> = (0..600).map(|_| next(&mut state)).collect();
        for (count, desk) in settled.iter_mut().zip([bodies::sealed(&data), bodies::clock(&data)]) {
            *count += u32::from(desk.stage() == Some(Stage::Settled));
        }
    }
    assert!(settled.iter().all(|&count| count > 5), "{settled:?}");
}

/// Knuth's linear congruential generator of 64 bits (MMIX).
fn next(state: &mut u64) -> u8 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 56) as u8
}

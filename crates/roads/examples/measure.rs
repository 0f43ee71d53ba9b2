//! Measures what `docs/roads.md` tells: reading an extract, labels for places on its roads, and
//! asking for ways. `cargo run --release -p postroad-roads --example measure -- FILE PLACES`

use std::fs::File;
use std::io::BufReader;
use std::time::Instant;

use postroad_model::LocationId;
use postroad_model::routing::HubLabel;

/// Steps of the two walks through places and pairs: primes, so that they look drawn by chance.
const STEPS: [usize; 2] = [1_000_003, 7_368_787];
const QUERIES: usize = 2_000_000;

fn main() {
    let mut args = std::env::args().skip(1);
    let (Some(file), Some(Ok(count))) = (args.next(), args.next().map(|n| n.parse::<usize>()))
    else {
        panic!("usage: measure FILE PLACES")
    };
    let start = Instant::now();
    let bytes = BufReader::new(File::open(&file).expect("a file that can be read"));
    let network = postroad_roads::read(&file, bytes).expect("an extract");
    println!(
        "read in {:.2} s: {} junctions, {} outside, {} roads, {:.0} km",
        start.elapsed().as_secs_f64(),
        network.junctions(),
        network.junctions_outside(),
        network.roads(),
        network.length_km()
    );
    let points: Vec<_> = network.points().collect();
    let places: Vec<_> = (0..count).map(|i| points[i * STEPS[0] % points.len()]).collect();
    let start = Instant::now();
    let (labels, _) = network.labels(&places).expect("places on roads");
    let entries = labels.out.len() + labels.into.len();
    println!(
        "labels in {:.2} s: {:.1} hubs and {:.0} bytes per place",
        start.elapsed().as_secs_f64(),
        entries as f64 / count as f64 / 2.0,
        (entries * size_of::<HubLabel>()) as f64 / count as f64
    );
    let start = Instant::now();
    let mut sum = 0;
    for i in 0..QUERIES {
        let [from, to] = STEPS.map(|step| LocationId((i * step % count) as u32));
        sum += i64::from(labels.fastest(from, to).1);
    }
    let ns = start.elapsed().as_nanos() as f64 / QUERIES as f64;
    println!("{ns:.0} ns a way, mean {:.0} s", sum as f64 / QUERIES as f64);
}

//! Published optima. The instances are not ours to give away, so their folder is named by the
//! environment variable `POSTROAD_INSTANCES`; `docs/benchmarks.md` says what it must hold.

use std::fs;
use std::path::{Path, PathBuf};

use postroad_formats::instance;
use postroad_model::network::Sourcing;
use postroad_network_design::{Config, solve};
use postroad_optimization::Control;

/// Published values are rounded to a unit or a thousandth.
const ROUNDED: f64 = 1e-6;

fn folder(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("POSTROAD_INSTANCES").map(|root| Path::new(&root).join(name));
    if folder.is_none() {
        eprintln!("skipped: POSTROAD_INSTANCES names no folder with {name}");
    }
    folder
}

fn check(
    file: &Path,
    sourcing: Sourcing,
    capacity: Option<f64>,
    optimum: f64,
    seconds: f64,
) -> f64 {
    let name = file.display().to_string();
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut problem = instance::read(&name, &text, capacity).unwrap_or_else(|f| panic!("{f:?}"));
    problem.sourcing = sourcing;
    let control = Control::with_time_limit(seconds);
    let config = Config { rounds: u32::MAX, ..Config::default() };
    let solved = solve(&problem, &config, &control, None);
    if let Some(plan) = &solved.plan {
        let violations = plan.violations(&problem);
        assert!(violations.is_empty(), "{name}: {violations:?}");
    }
    let (cost, bound) = (solved.cost_usd_per_day, solved.bound_usd_per_day);
    assert!(bound <= optimum * (1.0 + ROUNDED), "{name}: bound {bound} above {optimum}");
    assert!(cost >= optimum * (1.0 - ROUNDED), "{name}: cost {cost} below {optimum}");
    solved.gap()
}

fn told(name: &str, gaps: &[f64]) {
    let proven = gaps.iter().filter(|gap| **gap <= 1e-6).count();
    let worst = gaps.iter().copied().fold(0.0, f64::max);
    println!("{name}: {proven} of {} proven, largest gap {worst:.5}", gaps.len());
}

#[test]
fn or_library_capacitated() {
    let Some(folder) = folder("cflp_orlib") else { return };
    let optima = fs::read_to_string(folder.join("optima_highs.csv")).unwrap();
    let gaps: Vec<f64> = optima
        .lines()
        .skip(1)
        .map(|row| {
            let cells: Vec<&str> = row.split(',').collect();
            let file = folder.join(format!("{}.txt", cells[0]));
            check(&file, Sourcing::Split, None, cells[3].parse().unwrap(), 2.0)
        })
        .collect();
    told("OR-Library cap41 to cap134", &gaps);
}

#[test]
fn holmberg_single_source() {
    let Some(folder) = folder("sscflp_holmberg") else { return };
    let optima = fs::read_to_string(folder.join("os")).unwrap();
    let gaps: Vec<f64> = optima
        .split_whitespace()
        .zip(1..)
        .map(|(optimum, number)| {
            let file = folder.join(format!("p{number}"));
            check(&file, Sourcing::Single, None, optimum.parse().unwrap(), 1.0)
        })
        .collect();
    told("Holmberg p1 to p71", &gaps);
}

/// A copy of the OR-Library's capa whose values differ from the published file's. Without
/// capacities its relaxation, solved by HiGHS 1.15.1, has this value; a plan attains it.
const CAPA: (f64, f64) = (1e9, 17_188_918.162);

#[test]
fn or_library_capa() {
    let Some(folder) = folder("cflp_orlib") else { return };
    let file = folder.join("capa.txt");
    let gap = check(&file, Sourcing::Split, Some(CAPA.0), CAPA.1, 3.0);
    told("OR-Library capa without capacities", &[gap]);
}

/// Instances of TBED1 and whether their published value is that of split or of whole demands.
const TBED1: [(&str, usize, Sourcing); 5] = [
    ("TB1", 1, Sourcing::Split),
    ("TB1", 6, Sourcing::Split),
    ("TB1", 11, Sourcing::Single),
    ("TB1", 16, Sourcing::Single),
    ("TB3", 1, Sourcing::Split),
];

#[test]
fn avella_boccia() {
    let Some(folder) = folder("sscflp_tbed1") else { return };
    let gap = |(set, number, sourcing): (&str, usize, Sourcing)| {
        let optima = fs::read_to_string(folder.join(format!("os_{set}"))).unwrap();
        let optimum = optima.split_whitespace().nth(number - 1).unwrap().parse().unwrap();
        check(&folder.join(format!("{set}_p{number}")), sourcing, None, optimum, 3.0)
    };
    told("TBED1", &TBED1.map(gap));
}

//! Planning on the flagship study: what is built must be a sound problem.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use postroad_formats::study::Study;

use super::*;

/// The flagship study and its geography.
fn flagship() -> (Study, Geography) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/us-2026");
    let text = std::fs::read_to_string(folder.join("study.toml")).unwrap();
    let study = Study::read("study.toml", &text).unwrap_or_else(|faults| {
        panic!("{}", faults.iter().map(|f| format!("{f}\n")).collect::<String>())
    });
    let mut open = |name: &str| -> Result<Box<dyn Read>, Fault> {
        let file = File::open(folder.join(name)).unwrap();
        match name.ends_with(".gz") {
            true => Ok(Box::new(flate2::read::GzDecoder::new(file))),
            false => Ok(Box::new(file)),
        }
    };
    let geography = Geography::read(&study, &mut open).unwrap_or_else(|faults| {
        panic!("{}", faults.iter().map(|f| format!("{f}\n")).collect::<String>())
    });
    (study, geography)
}

#[test]
fn the_flagship_builds_sound_problems_with_the_same_ids() {
    let (study, geography) = flagship();
    let planned: Vec<Planned> = study
        .scenarios
        .iter()
        .map(|scenario| build(&study, &geography, scenario).unwrap())
        .collect();
    for p in &planned {
        assert_eq!(p.problem.faults(), Vec::<String>::new(), "{}", p.scenario);
        assert_eq!(p.problem.options.len(), p.options.len());
        assert_eq!(p.demands, planned[0].demands);
        assert_eq!(p.problem.demands, planned[0].problem.demands);
        assert!(p.facilities.iter().zip(planned[0].facilities.iter()).all(|(a, b)| a.id == b.id));
        let parcels_per_year = p.problem.parcels_per_day() * DAYS_PER_YEAR;
        assert!((parcels_per_year / study.demand.parcels_per_year - 1.0).abs() < 1e-9);
    }
}

//! `postroad calibrate`: the planner's tour constants against driven routes and against the routed
//! days of a plan. It changes nothing; what it finds is for the author of a study.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;

use crate::args::RunArgs;
use crate::calibration::{driven, real, routed};
use crate::failure::Failure;
use crate::load::{self, FLAGSHIP};
use crate::nation::{self, Network};
use crate::tables;

/// What the constants are compared with.
#[derive(Subcommand, Clone, Debug)]
pub enum CalibrateArgs {
    /// Routes that people drove: a folder as docs/calibration.md describes it
    Driven {
        /// Folder with stops.csv, actual_sequences.csv, packages.csv and travel_times/
        folder: PathBuf,
        /// Folder with a study.toml, or a study file
        #[arg(long, value_name = "STUDY", default_value = FLAGSHIP)]
        study: PathBuf,
    },
    /// Days of a plan that were routed with `postroad route --from-plan RESULT --all`
    Routed {
        /// The folder that it wrote
        folder: PathBuf,
        /// The study's result.json or its folder
        #[arg(long, value_name = "RESULT")]
        from_plan: PathBuf,
    },
}

/// Compares and prints.
pub fn run(args: &CalibrateArgs, run_args: &RunArgs) -> Result<(), Failure> {
    match args {
        CalibrateArgs::Driven { folder, study } => {
            let routes = driven::read(folder)?;
            let loaded = load::load(study)?;
            let classes = real::compare(&loaded.study, &loaded.geography.zones, &routes);
            print(&classes, tables::driven, run_args)
        }
        CalibrateArgs::Routed { folder, from_plan } => {
            let settings = nation::settings(folder)?;
            let network = Network::read(from_plan, Some(&settings.scenario), None)?;
            let rows = nation::rows_so_far(&network, folder)?;
            let fits = routed::fit(&network, &rows, settings.day, settings.seed);
            let text = |fits: &Vec<routed::RoutedFit>| {
                tables::nation(&nation::summary(&rows)) + &tables::routed(fits)
            };
            print(&fits, text, run_args)
        }
    }
}

fn print<T: Serialize>(
    found: &T,
    text: impl Fn(&T) -> String,
    run_args: &RunArgs,
) -> Result<(), Failure> {
    let text = match run_args.json {
        true => serde_json::to_string_pretty(found).expect("plain data") + "\n",
        false => text(found),
    };
    io::stdout().write_all(text.as_bytes()).map_err(Failure::stdout)
}

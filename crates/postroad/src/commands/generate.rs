//! `postroad generate`: a random problem from a seed, for tests and benchmarks.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use postroad_formats::{national, problem};
use postroad_model::network::Sourcing;
use postroad_network_design::generate::{Feature, Shape, problem as random_problem};

use super::generate_routing::{self, RoutingDraw};
use crate::args::RunArgs;
use crate::failure::Failure;

/// The problem wanted.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct GenerateArgs {
    /// Another kind of problem than network design
    #[command(subcommand)]
    kind: Option<Kind>,
    /// Zones with a demand each
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    zones: u32,
    /// Candidate stations
    #[arg(long, value_name = "N", default_value_t = 60,
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    stations: u32,
    /// What else it has, separated by commas; none gives the national text format, others JSON
    #[arg(long, value_name = "LIST", value_delimiter = ',',
          value_parser = PossibleValuesParser::new(feature_words()))]
    features: Vec<String>,
    /// Serve each zone from one facility only (in JSON)
    #[arg(long)]
    single_source: bool,
    /// Limits over what a known plan needs: from 1 on there is a plan, below 1 there may be none
    #[arg(long, value_name = "FACTOR", default_value_t = 1.1, value_parser = factor)]
    slack: f64,
    /// Write to this file instead of stdout
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Kinds of problems.
#[derive(Subcommand, Clone, Debug)]
enum Kind {
    /// Stops on the streets of an OpenStreetMap extract, with time windows, and a fleet for them
    Routing(RoutingDraw),
}

/// The word that stands for every feature.
const EVERYTHING: &str = "all";

fn feature_words() -> Vec<&'static str> {
    Feature::ALL.map(Feature::name).into_iter().chain([EVERYTHING]).collect()
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.01..=100.0).contains(&value) => Ok(value),
        _ => Err("expected a factor from 0.01 to 100".into()),
    }
}

/// Draws the problem and writes it.
pub fn run(args: &GenerateArgs, run: &RunArgs) -> Result<(), Failure> {
    if let Some(Kind::Routing(draw)) = &args.kind {
        return generate_routing::run(draw, run);
    }
    let asked = |feature: &Feature| {
        args.features.iter().any(|word| word == feature.name() || word == EVERYTHING)
    };
    let shape = Shape {
        zones: args.zones as usize,
        stations: args.stations as usize,
        features: Feature::ALL.into_iter().filter(asked).collect(),
        sourcing: if args.single_source { Sourcing::Single } else { Sourcing::Split },
        slack: args.slack,
    };
    let drawn = random_problem(&shape, run.seed);
    let plain = if run.json { None } else { national::write(&drawn) };
    let text = plain.unwrap_or_else(|| problem::write(&drawn));
    match &args.out {
        Some(path) => fs::write(path, text)
            .map_err(|cause| Failure::Output { path: path.display().to_string(), cause }),
        None => io::stdout().write_all(text.as_bytes()).map_err(Failure::stdout),
    }
}

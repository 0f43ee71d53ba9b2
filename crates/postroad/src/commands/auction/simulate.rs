//! `postroad auction simulate`: formats and payment rules compared on bidders drawn from models.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use postroad_formats::auction::read_models;
use postroad_model::{Fault, Place};

use super::clear::RuleWord;
use crate::args::RunArgs;
use crate::auction::simulate::{Plan, Way, simulate};
use crate::auction::{clear, load, text};
use crate::failure::Failure;
use crate::input::read_text;
use crate::run::Runner;

/// Where bidders and lots come from.
#[derive(Args, Clone, Debug)]
pub struct SimulateArgs {
    /// Delivery units of a study
    #[arg(long, value_name = "FILE", default_value = "data/us/delivery_units.csv.gz")]
    delivery_units: PathBuf,
    /// Their processing centres
    #[arg(long, value_name = "FILE", default_value = "data/us/processing_centres.csv")]
    centres: PathBuf,
    /// Kinds of bidders and what parcels are worth to them
    #[arg(long, value_name = "FILE", default_value = "examples/us-2026-auction/value_models.csv")]
    models: PathBuf,
    /// Only the units of this state
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Draws; the first has the seed --seed
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    draws: u16,
    /// What bidders take off their values where they pay what they bid
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = shade)]
    shade: f64,
    /// Payment rules, separated by commas [default: all]
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',')]
    rules: Vec<RuleWord>,
}

fn shade(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..1.0).contains(&share) => Ok(share),
        _ => Err("expected a share from 0 to below 1".into()),
    }
}

/// Simulates and prints.
pub(super) fn run(args: &SimulateArgs, run: &RunArgs) -> Result<(), Failure> {
    let file = args.models.display().to_string();
    let models = read_models(&file, read_text(&args.models)?.as_bytes())?;
    let mut units = load::units(&args.delivery_units, &args.centres)?;
    units.retain(|unit| args.state.as_ref().is_none_or(|state| unit.region == *state));
    if units.is_empty() {
        return Err(no_units(args).into());
    }
    let rules = if args.rules.is_empty() { RuleWord::ALL.to_vec() } else { args.rules.clone() };
    let both = |packages: bool| {
        rules.iter().map(move |word| Way { packages, rule: word.rule(), name: word.name() })
    };
    let ways: Vec<Way> = both(true).chain(both(false)).collect();
    let runner = Runner::new(run, usize::from(args.draws));
    let seeds = run.seed..run.seed.saturating_add(u64::from(args.draws));
    let plan = Plan { units: &units, models: &models, seeds, shade: args.shade, ways: &ways };
    let told = |seed: u64| runner.teller.done(&format!("draw with seed {seed}"));
    let compared = simulate(&plan, &clear::config(run), &runner.control, told)?;
    runner.teller.finish();
    let text = match run.json {
        true => serde_json::to_string_pretty(&compared).expect("string keys only") + "\n",
        false => text::simulated(&compared, args.shade),
    };
    io::stdout().write_all(text.as_bytes()).map_err(Failure::stdout)
}

fn no_units(args: &SimulateArgs) -> Fault {
    let state = args.state.clone().unwrap_or_default();
    Fault {
        code: "E206",
        place: Place { file: args.delivery_units.display().to_string(), line: None, field: None },
        cause: format!("no delivery unit is in the state `{state}`"),
        action: "name a state by its two letters".into(),
    }
}

//! `postroad auction simulate`: formats and payment rules compared on bidders drawn from models.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use postroad_auction::generate::ReverseConfig;
use postroad_formats::auction::{Market, read_models};
use postroad_model::auction::Side;
use postroad_model::{Fault, Place};

use super::clear::RuleWord;
use crate::args::RunArgs;
use crate::auction::generate::carriers_market;
use crate::auction::simulate::{Format, Plan, Way, simulate};
use crate::auction::{clear, load, text, values};
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
    /// Payment rules, separated by commas; a clock goes with as-bid, with packages after it with
    /// vcg and core [default: all]
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',')]
    rules: Vec<RuleWord>,
    /// Formats, separated by commas; packages after a clock take long without a time limit
    /// [default: sealed,singles,clock]
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',')]
    formats: Vec<FormatWord>,
    /// A shipper that buys from carriers drawn as by `auction generate --buying`, in sealed bids
    #[arg(long, conflicts_with_all = ["delivery_units", "centres", "models", "state"])]
    buying: bool,
    /// Lots of such a shipper
    #[arg(long, value_name = "N", default_value_t = 30, requires = "buying",
          value_parser = clap::value_parser!(u16).range(10..=1000))]
    lots: u16,
}

/// Formats on the command line.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum FormatWord {
    /// Sealed bids
    Sealed,
    /// Sealed bids for single lots only
    Singles,
    /// An ascending clock
    Clock,
    /// A clock and a round of packages after it
    ClockPackages,
}

impl FormatWord {
    fn format(self) -> Format {
        match self {
            Self::Sealed => Format::Sealed,
            Self::Singles => Format::SealedSingles,
            Self::Clock => Format::Clock,
            Self::ClockPackages => Format::ClockAndPackages,
        }
    }
}

fn shade(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..1.0).contains(&share) => Ok(share),
        _ => Err("expected a share from 0 to below 1".into()),
    }
}

/// Simulates and prints.
pub(super) fn run(args: &SimulateArgs, run: &RunArgs) -> Result<(), Failure> {
    if args.buying {
        let lots = usize::from(args.lots);
        let carriers = ReverseConfig { lots, bids: 12 * lots, ..ReverseConfig::default() };
        return compare(args, run, Side::Buying, &|seed| carriers_market(&carriers, seed));
    }
    let file = args.models.display().to_string();
    let models = read_models(&file, read_text(&args.models)?.as_bytes())?;
    let mut units = load::units(&args.delivery_units, &args.centres)?;
    units.retain(|unit| args.state.as_ref().is_none_or(|state| unit.region == *state));
    if units.is_empty() {
        return Err(no_units(args).into());
    }
    compare(args, run, Side::Selling, &|seed| values::draw(&units, &models, seed))
}

fn compare(
    args: &SimulateArgs,
    run: &RunArgs,
    side: Side,
    draw: &(dyn Fn(u64) -> Market + Sync),
) -> Result<(), Failure> {
    let runner = Runner::new(run, usize::from(args.draws));
    let seeds = run.seed..run.seed.saturating_add(u64::from(args.draws));
    let ways = ways(args);
    if ways.is_empty() {
        let cause = "no format that was asked for goes with these rules";
        let hint = "a clock goes with as-bid, with packages after it with vcg and core, and a \
                    shipper buys in sealed bids";
        return Err(Failure::Negative(format!("{cause}\n  hint: {hint}")));
    }
    let plan = Plan { draw, seeds, shade: args.shade, ways: &ways };
    let told = |seed: u64| runner.teller.done(&format!("draw with seed {seed}"));
    let compared = simulate(&plan, &clear::config(run), &runner.control, &runner.workers, told)?;
    runner.teller.finish();
    let text = match run.json {
        true => serde_json::to_string_pretty(&compared).expect("string keys only") + "\n",
        false => text::simulated(&compared, args.shade, side),
    };
    io::stdout().write_all(text.as_bytes()).map_err(Failure::stdout)
}

/// The formats asked for with the rules asked for that they go with.
fn ways(args: &SimulateArgs) -> Vec<Way> {
    let rules = if args.rules.is_empty() { RuleWord::USUAL.to_vec() } else { args.rules.clone() };
    let formats: Vec<Format> = match args.formats.is_empty() {
        true => vec![Format::Sealed, Format::SealedSingles, Format::Clock],
        false => args.formats.iter().map(|word| word.format()).collect(),
    };
    let is_sealed = |format: &Format| matches!(format, Format::Sealed | Format::SealedSingles);
    let formats = formats.into_iter().filter(|format| !args.buying || is_sealed(format));
    let of_format = |format: Format| {
        let rules = rules.iter().filter(move |word| format.allows(word.rule()));
        rules.map(move |word| Way { format, rule: word.rule(), name: word.name() })
    };
    formats.flat_map(of_format).collect()
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

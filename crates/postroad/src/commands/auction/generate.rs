//! `postroad auction generate`: a random market from a seed, written as the files it is read from.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use clap::Args;
use postroad_auction::generate::{PostalConfig, ReverseConfig};
use postroad_formats::auction::{Market, TABLES, read_models, write};

use crate::args::{RunArgs, positive};
use crate::auction::generate::{carriers_market, postal_market};
use crate::auction::{load, values};
use crate::failure::Failure;
use crate::input::read_text;

/// The market wanted.
#[derive(Args, Clone, Debug)]
pub struct GenerateArgs {
    /// Size: 1 is the nation with 18,000 delivery units and a million bids, or with --buying a
    /// shipper with 1,000 lots and 12,000 bids [default: 0.01, with --buying 1]
    #[arg(long, value_name = "FACTOR", value_parser = positive)]
    scale: Option<f64>,
    /// A shipper that buys from carriers, instead of an operator that sells
    #[arg(long)]
    buying: bool,
    /// Delivery units; each has two lots, with --buying one
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    units: Option<u32>,
    /// Bidders
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    bidders: Option<u32>,
    /// Bids for one lot
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=20_000_000))]
    bids: Option<u32>,
    /// Packages; with --buying a part of the bids
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    packages: Option<u32>,
    /// Delivery units of a study, instead of drawn ones; needs --centres and --models
    #[arg(long, value_name = "FILE", requires = "centres", requires = "models",
          conflicts_with_all = ["scale", "buying", "units", "bidders", "bids", "packages"])]
    delivery_units: Option<PathBuf>,
    /// Their processing centres
    #[arg(long, value_name = "FILE", requires = "delivery_units")]
    centres: Option<PathBuf>,
    /// Kinds of bidders and what parcels are worth to them
    #[arg(long, value_name = "FILE", requires = "delivery_units")]
    models: Option<PathBuf>,
    /// Settings to be copied as market.toml: rules and scenarios
    #[arg(long, value_name = "FILE", requires = "delivery_units")]
    settings: Option<PathBuf>,
    /// Folder for the tables, or a file with the ending .json
    #[arg(long, short, value_name = "PATH")]
    out: PathBuf,
}

impl GenerateArgs {
    fn postal(&self) -> PostalConfig {
        let usual = PostalConfig::at_scale(self.scale.unwrap_or(0.01).min(50.0));
        let or = |own: Option<u32>, usual: usize| own.map_or(usual, |own| own as usize);
        PostalConfig {
            units: or(self.units, usual.units),
            centres: usual.centres,
            bidders: or(self.bidders, usual.bidders),
            bids: or(self.bids, usual.bids),
            packages: or(self.packages, usual.packages),
        }
    }

    fn carriers(&self) -> ReverseConfig {
        let usual = ReverseConfig::default();
        let times = |n: usize| (n as f64 * self.scale.unwrap_or(1.0)).min(1e7) as usize;
        let lots = self.units.map_or(times(usual.lots).max(10), |own| own as usize);
        let bids = self.bids.map_or(times(usual.bids), |own| own as usize).max(6 * lots);
        let bidders = self.bidders.map_or(usual.bidders, |own| own as usize);
        ReverseConfig { lots, bids, bidders: bidders.max(usual.most_winners as usize), ..usual }
    }
}

/// Draws the market and writes it.
pub(super) fn run(args: &GenerateArgs, run: &RunArgs) -> Result<(), Failure> {
    let market = match &args.delivery_units {
        Some(units) => from_models(args, units, run.seed)?,
        None if args.buying => carriers_market(&args.carriers(), run.seed),
        None => postal_market(&args.postal(), run.seed),
    };
    write_market(&market, &args.out)?;
    if let Some(settings) = &args.settings {
        let (text, path) = (read_text(settings)?, args.out.join("market.toml"));
        fs::write(&path, text).map_err(|cause| failure(&path, cause))?;
    }
    if !run.quiet {
        let problem = &market.problem;
        let (lots, bids) = (problem.lots.len(), problem.bids.len());
        eprintln!("wrote {}: {lots} lots, {bids} bids", args.out.display());
    }
    Ok(())
}

/// A market of a study's delivery units, with bidders drawn from value models.
fn from_models(args: &GenerateArgs, units: &Path, seed: u64) -> Result<Market, Failure> {
    let (centres, models) = (args.centres.as_deref(), args.models.as_deref());
    let (centres, models) = (centres.unwrap_or(Path::new("")), models.unwrap_or(Path::new("")));
    let text = read_text(models)?;
    let models = read_models(&models.display().to_string(), text.as_bytes())?;
    Ok(values::draw(&load::units(units, centres)?, &models, seed))
}

fn failure(path: &Path, cause: io::Error) -> Failure {
    Failure::Output { path: path.display().to_string(), cause }
}

/// Writes a market as a folder, or as JSON if the path ends so.
pub(crate) fn write_market(market: &Market, out: &Path) -> Result<(), Failure> {
    if out.extension().is_some_and(|end| end == "json") {
        return fs::write(out, write::json(market)).map_err(|cause| failure(out, cause));
    }
    fs::create_dir_all(out).map_err(|cause| failure(out, cause))?;
    let settings = out.join("market.toml");
    fs::write(&settings, write::settings(market)).map_err(|cause| failure(&settings, cause))?;
    let mut stale: BTreeSet<PathBuf> =
        TABLES.iter().map(|name| out.join(format!("{name}.csv"))).collect();
    for table in write::tables(market) {
        let path = out.join(format!("{}.csv", table.name));
        let file = File::create(&path).map_err(|cause| failure(&path, cause))?;
        table.csv(BufWriter::new(file)).map_err(|cause| failure(&path, cause))?;
        stale.remove(&path);
    }
    // A table of an earlier market in this folder would be read with the new ones.
    let mut stale = stale.into_iter().filter(|path| path.exists());
    stale.try_for_each(|path| fs::remove_file(&path).map_err(|cause| failure(&path, cause)))
}

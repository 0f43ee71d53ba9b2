//! `postroad auction clear`: which bids win, and what is left.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use crate::args::RunArgs;
use crate::auction::outcome::Told;
use crate::auction::{clear, load, output as auction_output, text};
use crate::failure::Failure;
use crate::output;
use crate::run::Runner;

/// A market and where its outcome goes.
#[derive(Args, Clone, Debug)]
pub struct ClearArgs {
    /// A folder of tables, a JSON market, or an instance of CATS
    #[arg(value_name = "MARKET")]
    market: PathBuf,
    /// Change the market as this scenario of it says
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// Folder to write awards.csv, award_items.csv, lots.csv, outcome.json and report.html to
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Outlines for the map of the report [default: outline.json in the market's folder]
    #[arg(long, value_name = "FILE", requires = "out")]
    outline: Option<PathBuf>,
}

/// Clears, checks, writes, prints.
pub(super) fn run(args: &ClearArgs, run: &RunArgs) -> Result<(), Failure> {
    if let Some(folder) = &args.out {
        output::prepare(folder)?;
    }
    let scenario = args.scenario.as_deref();
    let market = load::load(&args.market, scenario)?;
    let runner = Runner::new(run, 1);
    let cleared = clear::clear(&market, &clear::config(run), &runner.control, None)?;
    runner.teller.finish();
    let told = Told::new(&market, &cleared, scenario, run.seed);
    let outcome = told.outcome();
    if let Some(folder) = &args.out {
        let outline = load::outline(&args.market, args.outline.as_deref())?;
        output::write(folder, &auction_output::files(&told, &outcome, &outline))?;
        runner.teller.line(&format!("wrote {}", folder.join("report.html").display()));
    }
    let text = match run.json {
        true => serde_json::to_string_pretty(&outcome).expect("string keys only") + "\n",
        false => text::outcome(&outcome),
    };
    io::stdout().write_all(text.as_bytes()).map_err(Failure::stdout)?;
    match runner.was_interrupted() {
        true => Err(Failure::Interrupted("the award is the best so far".into())),
        false => Ok(()),
    }
}

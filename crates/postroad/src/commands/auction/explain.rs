//! `postroad auction explain`: what became of each bid of a bidder, and why.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use postroad_formats::auction::Market;
use postroad_model::BidderId;
use postroad_model::{Fault, Place};

use crate::args::RunArgs;
use crate::auction::{clear, explain, load, text};
use crate::failure::Failure;
use crate::run::Runner;

/// A market and a bidder of it.
#[derive(Args, Clone, Debug)]
pub struct ExplainArgs {
    /// A folder of tables, a JSON market, or an instance of CATS
    #[arg(value_name = "MARKET")]
    market: PathBuf,
    /// The bidder
    #[arg(value_name = "BIDDER")]
    bidder: String,
    /// Change the market as this scenario of it says
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
}

/// Clears and explains.
pub(super) fn run(args: &ExplainArgs, run: &RunArgs) -> Result<(), Failure> {
    let market = load::with_bids(&args.market, args.scenario.as_deref())?;
    let bidder = bidder(&market, args)?;
    let runner = Runner::new(run, 1);
    let part = runner.for_share_of_time(0.5);
    let mut cleared = clear::clear(&market, &clear::config(run), &part.control, None)?;
    clear::draw(&market, &mut cleared, &part.control)?;
    let bids = explain::explain(&market, &cleared, bidder, &runner.control, &runner.workers);
    runner.teller.finish();
    let text = match run.json {
        true => serde_json::to_string_pretty(&bids).expect("string keys only") + "\n",
        false => text::explained(&market, bidder, &bids),
    };
    io::stdout().write_all(text.as_bytes()).map_err(Failure::stdout)
}

fn bidder(market: &Market, args: &ExplainArgs) -> Result<BidderId, Failure> {
    let found = market.problem.bidders.ids().find(|&id| market.names.bidders[id] == args.bidder);
    found.ok_or_else(|| {
        let place = Place { file: args.market.display().to_string(), line: None, field: None };
        let cause = format!("`{}` is not in the bidders", args.bidder);
        let action = "name one that is there".to_string();
        Failure::Input(vec![Fault { code: "E206", place, cause, action }])
    })
}

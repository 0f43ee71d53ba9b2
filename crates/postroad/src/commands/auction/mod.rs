//! `postroad auction`: hold an auction of delivery, and everything around it.

mod clear;
mod explain;
mod generate;
mod record;
pub(crate) mod scenario;
mod simulate;

use clap::Subcommand;

use crate::args::RunArgs;
use crate::failure::Failure;

/// What can be done with an auction.
#[derive(Subcommand, Clone, Debug)]
pub enum AuctionArgs {
    /// Choose the winning bids, with a bound on what any award can be worth
    Clear(clear::ClearArgs),
    /// Choose the winning bids, and what the winners pay
    Price(clear::PriceArgs),
    /// Say what became of each bid of a bidder, and why
    Explain(explain::ExplainArgs),
    /// Clear all scenarios of a market and put them side by side
    Scenario(scenario::ScenarioArgs),
    /// Compare formats and payment rules on bidders drawn from value models
    Simulate(simulate::SimulateArgs),
    /// Draw a random market from a seed
    Generate(generate::GenerateArgs),
    #[command(flatten)]
    Record(record::RecordArgs),
}

/// Does what was asked for.
pub fn run(args: &AuctionArgs, run: &RunArgs) -> Result<(), Failure> {
    match args {
        AuctionArgs::Clear(own) => clear::run(own, run),
        AuctionArgs::Price(own) => clear::price(own, run),
        AuctionArgs::Explain(own) => explain::run(own, run),
        AuctionArgs::Scenario(own) => scenario::run(own, run),
        AuctionArgs::Simulate(own) => simulate::run(own, run),
        AuctionArgs::Generate(own) => generate::run(own, run),
        AuctionArgs::Record(own) => record::run(own),
    }
}

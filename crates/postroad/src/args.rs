//! What can be asked for on the command line.

use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::commands::auction::AuctionArgs;
use crate::commands::bench::BenchArgs;
use crate::commands::calibrate::CalibrateArgs;
use crate::commands::check::CheckArgs;
use crate::commands::completions::CompletionsArgs;
use crate::commands::demand_curve::DemandCurveArgs;
use crate::commands::fidelity::FidelityArgs;
use crate::commands::generate::GenerateArgs;
use crate::commands::plan::PlanArgs;
use crate::commands::route::RouteArgs;
use crate::commands::serve_routes::ServeRoutesArgs;
use crate::commands::study::StudyArgs;

const EXAMPLES_AND_CODES: &str = "\
Examples:
  postroad study                          the flagship study, into out/us-2026
  postroad study my-study --out out/mine  your own study
  postroad check out/us-2026/result.json  recompute every figure, trusting nothing
  postroad study --json | jq .scenarios   the result on stdout

Exit codes:
  0    done
  1    the answer is no: a check failed, or a scenario has no plan
  2    bad input or bad usage; every fault is on stderr
  3    the output could not be written
  130  interrupted; what was found so far is written";

/// Plans last-mile parcel delivery for a nation, with a proven bound beside every plan.
#[derive(Parser, Debug)]
#[command(name = "postroad", version, after_help = EXAMPLES_AND_CODES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Settings of every command.
    #[command(flatten)]
    pub run: RunArgs,
}

/// What Postroad can do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Plan all scenarios of a study and write a folder with a report
    Study(StudyArgs),
    /// Plan one scenario of a study
    Plan(PlanArgs),
    /// Plan along a line of postal prices: how many parcels stay with the operator
    DemandCurve(DemandCurveArgs),
    /// Compare what the status quo computes with public figures
    Fidelity(FidelityArgs),
    /// Recompute a result from its study, tables and plans, trusting none of its figures
    Check(CheckArgs),
    /// Route a day's stops with a fleet
    Route(Box<RouteArgs>),
    /// Answer problems in VROOM's format by HTTP
    ServeRoutes(ServeRoutesArgs),
    /// Auction access to delivery, or buy it: clear a market, explain, draw one
    #[command(subcommand)]
    Auction(AuctionArgs),
    /// Compare the planner's tour constants with driven and with routed days
    #[command(subcommand)]
    Calibrate(CalibrateArgs),
    /// Solve instances from files and measure cost, bound, time and memory
    #[command(subcommand)]
    Bench(BenchArgs),
    /// Draw a random problem from a seed, for tests and benchmarks
    Generate(GenerateArgs),
    /// Write a completion script for a shell to stdout
    Completions(CompletionsArgs),
}

/// Settings of every command.
#[derive(ClapArgs, Clone, Debug)]
pub struct RunArgs {
    /// Print JSON on stdout instead of tables
    #[arg(long, global = true)]
    pub json: bool,
    /// Seed of every random choice
    #[arg(long, global = true, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Threads to work with; figures do not depend on it [default: all cores]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// Stop after so many seconds with the best found so far; figures may then differ between runs
    #[arg(long, alias = "time", global = true, value_name = "SECONDS", value_parser = positive)]
    pub time_limit: Option<f64>,
    /// Stop each run when (cost - bound) / cost is at most this, such as 0.002
    #[arg(long, global = true, value_name = "SHARE", value_parser = share)]
    pub gap: Option<f64>,
    /// Rounds of improvement for each plan, the budget of repeatable runs [default: 20]
    #[arg(long, global = true, value_name = "N")]
    pub rounds: Option<u32>,
    /// Say nothing on stderr but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

impl RunArgs {
    /// Threads asked for, or as many as there are cores.
    pub fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, |n| n.get().min(256));
        self.threads.map_or_else(cores, usize::from)
    }
}

pub(crate) fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value.is_finite() => Ok(value),
        _ => Err("expected a number above 0".into()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..1.0).contains(&value) => Ok(value),
        _ => Err("expected a share from 0 to below 1, such as 0.002 for 0.2 %".into()),
    }
}

//! One file for each command, each with its arguments and what it does.

pub mod auction;
pub mod bench;
pub mod bench_auction;
pub mod bench_routing;
pub mod calibrate;
pub mod check;
pub mod completions;
pub mod demand_curve;
pub mod fidelity;
pub mod generate;
mod generate_routing;
pub mod plan;
pub mod road_args;
pub mod route;
pub mod route_plan;
pub mod serve_routes;
pub mod study;

use crate::args::{Args, Command};
use crate::failure::Failure;

/// Runs the command asked for.
pub fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Study(own) => study::run(own, &args.run),
        Command::Plan(own) => plan::run(own, &args.run),
        Command::DemandCurve(own) => demand_curve::run(own, &args.run),
        Command::Fidelity(own) => fidelity::run(own, &args.run),
        Command::Check(own) => check::run(own, &args.run),
        Command::Route(own) => route::run(own, &args.run),
        Command::ServeRoutes(own) => serve_routes::run(own, &args.run),
        Command::Calibrate(own) => calibrate::run(own, &args.run),
        Command::Auction(own) => auction::run(own, &args.run),
        Command::Bench(own) => bench::run(own, &args.run),
        Command::Generate(own) => generate::run(own, &args.run),
        Command::Completions(own) => completions::run(own),
    }
}

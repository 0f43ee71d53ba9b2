//! One file for each command, each with its arguments and what it does.

pub mod bench;
pub mod completions;
pub mod generate;

use crate::args::{Args, Command};
use crate::failure::Failure;

/// Runs the command asked for.
pub fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Bench(own) => bench::run(own, &args.run),
        Command::Generate(own) => generate::run(own, &args.run),
        Command::Completions(own) => completions::run(own),
    }
}

//! One file for each command, each with its arguments and what it does.

pub mod bench;
pub mod completions;

use crate::args::{Args, Command};
use crate::failure::Failure;

/// Runs the command asked for.
pub fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Bench(own) => bench::run(own, &args.run),
        Command::Completions(own) => completions::run(own),
    }
}

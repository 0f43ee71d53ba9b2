//! Parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use postroad::args::Args;

fn main() -> ExitCode {
    let args = Args::parse();
    match postroad::commands::run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

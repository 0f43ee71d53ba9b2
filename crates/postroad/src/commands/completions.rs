//! `postroad completions`: lets a shell complete commands and flags.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Args;
use crate::failure::Failure;

/// Arguments of `postroad completions`.
#[derive(clap::Args, Debug)]
pub struct CompletionsArgs {
    /// Shell to write for
    pub shell: Shell,
}

/// Writes the completion script to stdout.
pub fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "postroad", &mut script);
    io::stdout().write_all(&script).map_err(Failure::stdout)
}

//! `postroad fidelity`: the public figures that the status quo should reproduce, against what it
//! computes. Misses are shown and are no failure: they say how far to trust the study.

use std::io::{self, Write};
use std::path::PathBuf;

use postroad_formats::study::ScenarioKind;
use postroad_model::{Fault, Place};

use super::study::verdict;
use crate::args::RunArgs;
use crate::failure::Failure;
use crate::load::{self, FLAGSHIP};
use crate::run::{self, Runner, study};
use crate::tables;

/// Arguments of `postroad fidelity`.
#[derive(clap::Args, Debug)]
pub struct FidelityArgs {
    /// Folder with a study.toml, or a study file
    #[arg(default_value = FLAGSHIP)]
    pub study: PathBuf,
}

/// Plans the status quo and prints the comparison.
pub fn run(args: &FidelityArgs, run_args: &RunArgs) -> Result<(), Failure> {
    let loaded = load::load(&args.study)?;
    let mut scenarios = loaded.study.scenarios.iter();
    let status_quo =
        scenarios.find(|s| s.kind == ScenarioKind::StatusQuo).ok_or_else(|| Fault {
            code: "E002",
            place: Place {
                file: loaded.study.file.clone(),
                line: None,
                field: Some("scenarios".into()),
            },
            cause: "there is no scenario of the kind status_quo to compare".into(),
            action: "add one to the study".into(),
        })?;
    let runner = Runner::new(run_args, 1);
    let assembled = study::plans_only(&runner, &loaded, &[status_quo], run::settings(run_args))?;
    runner.teller.finish();
    let rows = &assembled.result.fidelity;
    let text = if run_args.json {
        serde_json::to_string_pretty(rows).expect("rows are plain data") + "\n"
    } else {
        tables::fidelity(rows)
    };
    io::stdout().write_all(text.as_bytes()).map_err(Failure::stdout)?;
    verdict(&runner, &assembled.result)
}

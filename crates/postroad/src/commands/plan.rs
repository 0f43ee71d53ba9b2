//! `postroad plan`: one scenario of a study.

use std::io::{self, Write};
use std::path::PathBuf;

use super::study::verdict;
use crate::args::RunArgs;
use crate::failure::Failure;
use crate::load::{self, FLAGSHIP};
use crate::output;
use crate::run::{self, Runner, study};
use crate::tables;

/// Arguments of `postroad plan`.
#[derive(clap::Args, Debug)]
pub struct PlanArgs {
    /// Folder with a study.toml, or a study file
    #[arg(default_value = FLAGSHIP)]
    pub study: PathBuf,
    /// Scenario to plan [default: the first of the study]
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Folder to write plan, facilities, prices, map and result to
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Plans the scenario and prints its figures.
pub fn run(args: &PlanArgs, run_args: &RunArgs) -> Result<(), Failure> {
    if let Some(out) = &args.out {
        output::prepare(out)?;
    }
    let loaded = load::load(&args.study)?;
    let scenario = match &args.scenario {
        Some(name) => loaded.study.scenario(name)?,
        None => &loaded.study.scenarios[0],
    };
    let runner = Runner::new(run_args, 1);
    let assembled = study::plans_only(&runner, &loaded, &[scenario], run::settings(run_args))?;
    runner.teller.finish();
    let result = assembled.result.clone();
    if let Some(out) = &args.out {
        output::write(out, &study::files(assembled))?;
        runner.teller.line(&format!("wrote {}", out.display()));
    }
    let text = if run_args.json {
        study::json(&result)
    } else {
        format!("{}\n{}", tables::comparison(&result), tables::costs(&result)).into_bytes()
    };
    io::stdout().write_all(&text).map_err(Failure::stdout)?;
    verdict(&runner, &result)
}

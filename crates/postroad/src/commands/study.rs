//! `postroad study`: all scenarios of a study, the demand curve, the tornado, and a folder that
//! tells of them.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::load::{self, FLAGSHIP};
use crate::output;
use crate::result::{RunStatus, StudyResult};
use crate::run::{self, Runner, study};
use crate::tables;

/// Arguments of `postroad study`.
#[derive(clap::Args, Debug)]
pub struct StudyArgs {
    /// Folder with a study.toml, or a study file
    #[arg(default_value = FLAGSHIP)]
    pub study: PathBuf,
    /// Folder to write to; it is made if it is not there, files of an earlier run are replaced
    /// [default: out/NAME, where NAME is the study's folder]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Plan the scenarios only: no demand curve, no tornado
    #[arg(long)]
    pub plans_only: bool,
}

/// Plans the study, writes its folder, prints the comparison.
pub fn run(args: &StudyArgs, run_args: &RunArgs) -> Result<(), Failure> {
    let out = args.out.clone().unwrap_or_else(|| default_out(&args.study));
    output::prepare(&out)?;
    let loaded = load::load(&args.study)?;
    let all: Vec<_> = loaded.study.scenarios.iter().collect();
    let steps = if args.plans_only { all.len() } else { study::steps(&loaded.study) };
    let runner = Runner::new(run_args, steps);
    let settings = run::settings(run_args);
    let assembled = if args.plans_only {
        study::plans_only(&runner, &loaded, &all, settings)?
    } else {
        study::study(&runner, &loaded, settings)?
    };
    runner.teller.finish();
    let result = assembled.result.clone();
    if runner.was_interrupted() && result.scenarios.iter().all(|s| s.metrics.is_none()) {
        return Err(Failure::Interrupted("there was no plan yet, nothing was written".into()));
    }
    output::write(&out, &study::files(assembled))?;
    runner.teller.line(&format!("wrote {}", out.join("report.html").display()));
    print(&result, run_args.json)?;
    verdict(&runner, &result)
}

/// `out/` and the name of the study's folder or file.
fn default_out(path: &Path) -> PathBuf {
    let file = load::study_file(path);
    let folder = file.parent().and_then(Path::file_name).filter(|_| path.is_dir());
    let name = folder.or(path.file_stem()).map_or("study".into(), |name| name.to_os_string());
    Path::new("out").join(name)
}

fn print(result: &StudyResult, as_json: bool) -> Result<(), Failure> {
    let text = if as_json { study::json(result) } else { tables::comparison(result).into_bytes() };
    io::stdout().write_all(&text).map_err(Failure::stdout)
}

/// Whether all went well: every scenario has a plan and nobody stopped the run.
pub fn verdict(runner: &Runner, result: &StudyResult) -> Result<(), Failure> {
    let without: Vec<String> = result
        .scenarios
        .iter()
        .filter(|s| s.metrics.is_none())
        .map(|s| {
            let proven = if s.status == RunStatus::Infeasible { " (proven)" } else { "" };
            let reasons = s.unmet.iter().map(|u| format!("\n  - {u}")).collect::<String>();
            format!("scenario {} has no plan{proven}{reasons}", s.name)
        })
        .collect();
    if runner.was_interrupted() {
        return Err(Failure::Interrupted("the figures are the best so far".into()));
    }
    if without.is_empty() { Ok(()) } else { Err(Failure::Negative(without.join("\n"))) }
}

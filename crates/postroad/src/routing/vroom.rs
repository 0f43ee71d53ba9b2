//! Problems in VROOM's format, from text to answer: what the command and the service share.

use postroad_formats::vroom::{self, Code, Ways};
use postroad_model::{Fault, Place};
use postroad_optimization::Control;

use super::Effort;
use crate::failure::Failure;

/// A problem with its answer.
pub(crate) struct Answered {
    /// VROOM's JSON.
    pub(crate) json: String,
    /// What the user should know.
    pub(crate) warnings: Vec<String>,
    /// Tasks of the problem, and those that are left out.
    pub(crate) tasks: usize,
    pub(crate) left_out: usize,
}

/// What is asked for beside the problem.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) ways: Ways,
    pub(crate) effort: Effort,
    pub(crate) with_geometry: bool,
    /// Problems with more tasks are refused.
    pub(crate) most_tasks: usize,
    /// Longest solve; a problem's own options may ask for less.
    pub(crate) most_seconds: f64,
}

/// Reads, solves and checks; `file` is named in faults.
pub(crate) fn answer(
    file: &str,
    text: &str,
    asked: Asked,
    control: &Control,
) -> Result<Answered, Failure> {
    let vroom = vroom::read(file, text, asked.ways)?;
    let problem = &vroom.job.problem;
    let tasks = problem.stops.len();
    if tasks > asked.most_tasks {
        return Err(too_many(file, tasks, asked.most_tasks).into());
    }
    let seconds = vroom.options.seconds.unwrap_or(f64::INFINITY).min(asked.most_seconds);
    let control = control.within(seconds);
    let solved = super::solve(file, problem, asked.effort, &control, vroom.start.as_ref())?;
    let with_geometry = asked.with_geometry || vroom.options.with_geometry;
    Ok(Answered {
        json: vroom::write(&vroom, &solved.plan, with_geometry),
        warnings: vroom.warnings,
        tasks,
        left_out: solved.plan.unassigned.len(),
    })
}

fn too_many(file: &str, tasks: usize, most: usize) -> Fault {
    Fault {
        code: "E346",
        place: Place { file: file.into(), line: None, field: None },
        cause: format!("there are {tasks} tasks, at most {most} are allowed"),
        action: "split the problem, or raise --max-tasks of the service".into(),
    }
}

/// The answer that tells of a failure.
pub(crate) fn failed(failure: &Failure) -> String {
    match failure {
        Failure::Input(faults) => {
            let is_large = faults.iter().all(|fault| fault.code == "E346");
            let code = if is_large { Code::TooLarge } else { Code::Input };
            let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
            vroom::failed(code, &told.join("\n"))
        }
        _ => vroom::failed(Code::Internal, failure.text().trim_end()),
    }
}

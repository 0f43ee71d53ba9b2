//! Problems in VROOM's format, from text to answer: what the command and the service share.

use postroad_formats::vroom::{self, Code, Ways};
use postroad_model::{Fault, Place};
use postroad_optimization::Control;

use super::Effort;
use super::roads::Roads;
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
pub(crate) struct Asked {
    /// Road over straight line, and speed along it, where nothing knows the roads.
    pub(crate) circuity: f64,
    pub(crate) km_per_hour: f64,
    /// Asked where the problem has no matrices.
    pub(crate) roads: Option<Roads>,
    pub(crate) effort: Effort,
    pub(crate) with_geometry: bool,
    /// Time and check the routes of the problem; it may ask for that itself.
    pub(crate) are_routes_given: bool,
    /// Problems with more tasks are refused.
    pub(crate) most_tasks: usize,
    /// Longest solve; a problem's own options may ask for less.
    pub(crate) most_seconds: f64,
}

/// Reads, solves and checks; `file` is named in faults.
pub(crate) fn answer(
    file: &str,
    text: &str,
    asked: &Asked,
    control: &Control,
) -> Result<Answered, Failure> {
    let ways = match &asked.roads {
        Some(roads) => Ways::Roads(roads),
        None => Ways::Straight { circuity: asked.circuity, km_per_hour: asked.km_per_hour },
    };
    let vroom = vroom::read(file, text, ways)?;
    let problem = &vroom.job.problem;
    let tasks = problem.stops.len();
    if tasks > asked.most_tasks {
        return Err(too_many(file, tasks, asked.most_tasks).into());
    }
    let with_geometry = asked.with_geometry || vroom.options.with_geometry;
    if asked.are_routes_given || vroom.options.are_routes_given {
        let json = vroom::check(&vroom, file, with_geometry)?;
        return Ok(Answered { json, warnings: vroom.warnings, tasks, left_out: 0 });
    }
    let seconds = vroom.options.seconds.unwrap_or(f64::INFINITY).min(asked.most_seconds);
    let control = control.within(seconds);
    let solved = super::solve(file, problem, asked.effort, &control, vroom.start.as_ref())?;
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

/// What VROOM calls a failure.
pub(crate) fn code(failure: &Failure) -> Code {
    let Failure::Input(faults) = failure else { return Code::Internal };
    let all = |codes: &[&str]| faults.iter().all(|fault| codes.contains(&fault.code));
    match () {
        () if all(&["E346"]) => Code::TooLarge,
        () if all(&["E354", "E356", "E357", "E358"]) => Code::Roads,
        () => Code::Input,
    }
}

/// The answer that tells of a failure.
pub(crate) fn failed(failure: &Failure) -> String {
    match failure {
        Failure::Input(faults) => {
            let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
            vroom::failed(code(failure), &told.join("\n"))
        }
        _ => vroom::failed(code(failure), failure.text().trim_end()),
    }
}

//! The plans of a study, side by side.

use postroad_formats::study::{Scenario, Study};
use postroad_model::Fault;
use postroad_network_design::Config;

use super::Runner;
use super::answer::Answer;
use crate::planning::{self, DAYS_PER_YEAR, Geography, Planned};
use crate::progress::gap_words;
use crate::report::number::usd;
use crate::result::RunStatus;

/// A scenario's problem with its answer.
pub struct Solution {
    /// What was asked.
    pub planned: Planned,
    /// What was found.
    pub answer: Answer,
}

/// The problems of scenarios, in their order, or the faults of all.
pub fn build(
    runner: &Runner,
    study: &Study,
    geography: &Geography,
    scenarios: &[&Scenario],
) -> Result<Vec<Planned>, Vec<Fault>> {
    let built =
        runner.workers.map(scenarios, |scenario| planning::build(study, geography, scenario));
    let mut problems = Vec::new();
    let mut faults: Vec<Fault> = Vec::new();
    for outcome in built {
        match outcome {
            Ok(planned) => problems.push(planned),
            Err(more) => faults.extend(more),
        }
    }
    // Scenarios share the study's sections, so they share their faults too.
    let mut seen = Vec::new();
    faults.retain(|fault| {
        !seen.contains(fault) && {
            seen.push(fault.clone());
            true
        }
    });
    if faults.is_empty() { Ok(problems) } else { Err(faults) }
}

/// Solves the problems side by side, each from nothing: where buildings may not change, prices say
/// little about a network that may, and a start from them was measured to be worse than none. Of a
/// time limit each gets an equal part.
pub fn solve(
    runner: &Runner,
    config: &Config,
    problems: Vec<Planned>,
    names: &[&str],
) -> Vec<Solution> {
    let turns = problems.len().div_ceil(runner.workers.threads()).max(1);
    let seconds = runner.control.seconds_left() / turns as f64;
    let named: Vec<(&Planned, &&str)> = problems.iter().zip(names).collect();
    let answers =
        runner.workers.map(&named, |(planned, name)| find(runner, config, seconds, planned, name));
    let solutions = problems.into_iter().zip(answers);
    solutions.map(|(planned, answer)| Solution { planned, answer }).collect()
}

fn find(runner: &Runner, config: &Config, seconds: f64, planned: &Planned, name: &str) -> Answer {
    if runner.control.is_over() {
        runner.teller.done(&format!("{name}: no time was left"));
        return Answer::none(&planned.problem, RunStatus::Unknown, 0);
    }
    let teller = runner.teller.clone();
    let label = name.to_owned();
    let control = runner.control.within(seconds).on_progress(move |p| teller.running(&label, p));
    let answer = Answer::find(&planned.problem, config, &control);
    runner.teller.done(&spoken(name, &answer));
    answer
}

fn spoken(name: &str, answer: &Answer) -> String {
    if answer.plan.is_none() {
        return format!("{name}: no plan found");
    }
    let yearly = usd(answer.cost_usd_per_day * DAYS_PER_YEAR);
    format!("{name}: {yearly} a year, gap {}, {} rounds", gap_words(answer.gap()), answer.rounds)
}

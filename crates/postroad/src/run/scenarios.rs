//! The plans of a study: the first scenario from nothing, the others from where it ended.

use postroad_formats::study::{Scenario, Study};
use postroad_model::Fault;
use postroad_network_design::Config;

use super::Runner;
use super::answer::Answer;
use crate::parallel;
use crate::planning::{self, DAYS_PER_YEAR, Geography, Planned};
use crate::progress::gap_words;
use crate::report::number::usd;

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
    let built = parallel::map(runner.threads, scenarios, |scenario| {
        planning::build(study, geography, scenario)
    });
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

/// Solves the first problem with all threads, then the others side by side from its answer. Of a
/// time limit each gets an equal part.
pub fn solve(
    runner: &Runner,
    config: &Config,
    problems: Vec<Planned>,
    names: &[&str],
) -> Vec<Solution> {
    let turns = 1 + problems.len().saturating_sub(1).div_ceil(runner.threads);
    let seconds = runner.control.seconds_left() / turns as f64;
    let mut problems = problems.into_iter().zip(names);
    let Some((planned, name)) = problems.next() else { return Vec::new() };
    let all_threads = Config { threads: runner.threads, ..config.clone() };
    let answer = find(runner, &all_threads, seconds, &planned, name, None);
    let first = Solution { planned, answer };
    let others: Vec<(Planned, &&str)> = problems.collect();
    let answers = parallel::map(runner.threads, &others, |(planned, name)| {
        find(runner, config, seconds, planned, name, Some(&first.answer))
    });
    let others = others.into_iter().zip(answers);
    let others = others.map(|((planned, _), answer)| Solution { planned, answer });
    std::iter::once(first).chain(others).collect()
}

fn find(
    runner: &Runner,
    config: &Config,
    seconds: f64,
    planned: &Planned,
    name: &str,
    warm: Option<&Answer>,
) -> Answer {
    let teller = runner.teller.clone();
    let label = name.to_owned();
    let control = runner.control.within(seconds).on_progress(move |p| teller.running(&label, p));
    let warm = warm.and_then(Answer::warm_start);
    let answer = Answer::find(&planned.problem, config, &control, warm.as_ref());
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

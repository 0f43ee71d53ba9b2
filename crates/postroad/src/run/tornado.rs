//! The tornado: every uncertain quantity at its low and its high, all scenarios planned again.

use postroad_formats::study::{Study, Uncertain};
use postroad_model::Fault;
use postroad_model::network::NetworkProblem;
use postroad_network_design::Config;

use super::Runner;
use super::answer::Answer;
use super::carry::carry;
use super::scenarios::Solution;
use crate::parallel;
use crate::planning::{self, DAYS_PER_YEAR, Geography};
use crate::result::{TornadoRow, TornadoSwing};

/// Cost and bound of a scenario, dollars per day.
#[derive(Clone, Copy)]
struct Value {
    cost: f64,
    bound: f64,
}

/// One end of a range.
struct End<'a> {
    quantity: &'a Uncertain,
    value: f64,
}

/// The tornado and what is missing from it.
pub struct Tornado {
    /// One row for each uncertain quantity that moves a difference between ways out, widest first.
    pub rows: Vec<TornadoRow>,
    /// Quantities without a row and why, in sentences.
    pub left_out: Vec<String>,
}

/// What became of one end.
enum Outcome {
    /// All scenarios have plans.
    Planned(Vec<Value>),
    /// A scenario has none; its name.
    NoPlan(String),
    /// The end contradicts another field of the study, or leaves a zone without service.
    Contradiction(String),
    /// The time was over.
    NotTried,
}

/// Plans both ends of every uncertain quantity.
pub fn rows(
    runner: &Runner,
    study: &Study,
    geography: &Geography,
    base: &[Solution],
    config: &Config,
) -> Tornado {
    let uncertain = study.uncertain();
    let ends: Vec<End<'_>> = uncertain
        .iter()
        .flat_map(|q| [q.low, q.high].map(|value| End { quantity: q, value }))
        .collect();
    let outcomes = parallel::map(runner.threads, &ends, |end| {
        let outcome = at_end(runner, study, geography, base, config, end);
        runner.teller.step(&format!("{} = {}", end.quantity.path, end.value));
        outcome
    });
    let names: Vec<&str> = study.scenarios.iter().map(|s| s.name.as_str()).collect();
    let at_value: Vec<Value> = base.iter().map(|s| value(&s.answer)).collect();
    let mut tornado = Tornado { rows: Vec::new(), left_out: Vec::new() };
    for (quantity, pair) in uncertain.iter().zip(outcomes.chunks_exact(2)) {
        match pair {
            [Outcome::Planned(low), Outcome::Planned(high)] => {
                tornado.rows.push(row(quantity, &names, low, &at_value, high));
            }
            _ => tornado.left_out.extend(left_out(quantity, pair)),
        }
    }
    tornado.left_out.extend(not_tried(&outcomes));
    tornado.rows.retain(|row| row.width_usd_per_year() > 0.0);
    tornado.rows.sort_by(|a, b| b.width_usd_per_year().total_cmp(&a.width_usd_per_year()));
    tornado
}

/// Why a quantity has no row; none if there was no time for it.
fn left_out(quantity: &Uncertain, pair: &[Outcome]) -> Option<String> {
    let Uncertain { label, unit, low, high, .. } = quantity;
    [low, high].into_iter().zip(pair).find_map(|(at, outcome)| match outcome {
        Outcome::Planned(_) | Outcome::NotTried => None,
        Outcome::NoPlan(scenario) => Some(format!(
            "{label} is not in the tornado: at {at} {unit} no plan was found for {scenario}."
        )),
        Outcome::Contradiction(why) => {
            Some(format!("{label} is not in the tornado: at {at} {unit}, {why}."))
        }
    })
}

/// How many quantities there was no time for.
fn not_tried(outcomes: &[Outcome]) -> Option<String> {
    let is_untried = |o: &Outcome| matches!(o, Outcome::NotTried);
    let untried = outcomes.chunks_exact(2).filter(|pair| pair.iter().any(is_untried)).count();
    let all = outcomes.len() / 2;
    (untried > 0)
        .then(|| format!("The tornado lacks {untried} of {all} quantities: the time was over."))
}

/// Plans all scenarios at one end.
fn at_end(
    runner: &Runner,
    study: &Study,
    geography: &Geography,
    base: &[Solution],
    config: &Config,
    end: &End<'_>,
) -> Outcome {
    let moved = match study.with_value(&end.quantity.path, end.value) {
        Ok(moved) => moved,
        Err(faults) => return contradiction(&faults),
    };
    let mut values = Vec::new();
    for (scenario, solution) in moved.scenarios.iter().zip(base) {
        if runner.control.is_over() {
            return Outcome::NotTried;
        }
        let planned = match planning::build(&moved, geography, scenario) {
            Ok(planned) => planned,
            Err(faults) => return contradiction(&faults),
        };
        if planned.problem == solution.planned.problem {
            values.push(value(&solution.answer));
            continue;
        }
        let answer = replanned(runner, config, solution, &planned.problem);
        if answer.plan.is_none() {
            return Outcome::NoPlan(scenario.name.clone());
        }
        values.push(value(&answer));
    }
    Outcome::Planned(values)
}

fn contradiction(faults: &[Fault]) -> Outcome {
    Outcome::Contradiction(faults.first().map_or(String::new(), |fault| fault.cause.clone()))
}

/// The answer to a problem that has moved a little: the old one if its gap grew by no more than
/// what is good enough.
fn replanned(
    runner: &Runner,
    config: &Config,
    base: &Solution,
    problem: &NetworkProblem,
) -> Answer {
    match carry(&base.planned.problem, &base.answer, problem) {
        Some(carried) if carried.gap() <= base.answer.gap() + config.gap => carried,
        carried => {
            let warm = carried.as_ref().unwrap_or(&base.answer).warm_start();
            Answer::find(problem, config, &runner.control, warm.as_ref())
        }
    }
}

fn value(answer: &Answer) -> Value {
    Value { cost: answer.cost_usd_per_day, bound: answer.bound_usd_per_day }
}

fn row(
    quantity: &Uncertain,
    names: &[&str],
    low: &[Value],
    at_value: &[Value],
    high: &[Value],
) -> TornadoRow {
    let yearly = |values: &[Value], i: usize| (values[i].cost - values[0].cost) * DAYS_PER_YEAR;
    let open = |values: &[Value], i: usize| {
        let room = |v: Value| v.cost - v.bound;
        room(values[i]).max(room(values[0])) * DAYS_PER_YEAR
    };
    let swing = |i: usize| TornadoSwing {
        scenario: names[i].to_owned(),
        at_low_usd_per_year: yearly(low, i),
        at_value_usd_per_year: yearly(at_value, i),
        at_high_usd_per_year: yearly(high, i),
        open_usd_per_year: [low, at_value, high]
            .map(|v| open(v, i))
            .into_iter()
            .fold(0.0, f64::max),
    };
    TornadoRow {
        path: quantity.path.clone(),
        label: quantity.label.clone(),
        unit: quantity.unit.to_owned(),
        low: quantity.low,
        value: quantity.value,
        high: quantity.high,
        source: quantity.source.clone(),
        swings: (1..names.len()).map(swing).collect(),
    }
}

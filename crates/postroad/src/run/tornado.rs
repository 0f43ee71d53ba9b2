//! The tornado: every uncertain quantity at its low and its high, all scenarios planned again.

use postroad_formats::study::{Study, Uncertain};
use postroad_model::Fault;
use postroad_network_design::Config;

use super::Runner;
use super::answer::Answer;
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
    /// One row for each uncertain quantity, widest first.
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
) -> Result<Tornado, Vec<Fault>> {
    let uncertain = study.uncertain();
    let ends: Vec<End<'_>> = uncertain
        .iter()
        .flat_map(|q| [q.low, q.high].map(|value| End { quantity: q, value }))
        .collect();
    let values = parallel::map(runner.threads, &ends, |end| {
        let values = at_end(runner, study, geography, base, config, end);
        runner.teller.step(&format!("{} = {}", end.quantity.path, end.value));
        values
    });
    let outcomes: Vec<Outcome> = values.into_iter().collect::<Result<_, _>>()?;
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
    tornado.rows.sort_by(|a, b| b.width_usd_per_year().total_cmp(&a.width_usd_per_year()));
    Ok(tornado)
}

/// Why a quantity has no row.
fn left_out(quantity: &Uncertain, pair: &[Outcome]) -> Option<String> {
    let ends = [quantity.low, quantity.high].into_iter().zip(pair);
    ends.filter_map(|(at, outcome)| match outcome {
        Outcome::Planned(_) => None,
        Outcome::NoPlan(scenario) => Some(format!(
            "With {} at {at} {}, no plan was found for scenario {scenario}, so it is not in the \
             tornado.",
            quantity.label, quantity.unit
        )),
        Outcome::NotTried => {
            Some(format!("There was no time for {}, so it is not in the tornado.", quantity.label))
        }
    })
    .next()
}

/// Plans all scenarios at one end.
fn at_end(
    runner: &Runner,
    study: &Study,
    geography: &Geography,
    base: &[Solution],
    config: &Config,
    end: &End<'_>,
) -> Result<Outcome, Vec<Fault>> {
    let moved = study.with_value(&end.quantity.path, end.value)?;
    let mut values = Vec::new();
    for (scenario, solution) in moved.scenarios.iter().zip(base) {
        if runner.control.is_over() {
            return Ok(Outcome::NotTried);
        }
        let planned = planning::build(&moved, geography, scenario)?;
        if planned.problem == solution.planned.problem {
            values.push(value(&solution.answer));
            continue;
        }
        let warm = solution.answer.warm_start();
        let answer = Answer::find(&planned.problem, config, &runner.control, warm.as_ref());
        if answer.plan.is_none() {
            return Ok(Outcome::NoPlan(scenario.name.clone()));
        }
        values.push(value(&answer));
    }
    Ok(Outcome::Planned(values))
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

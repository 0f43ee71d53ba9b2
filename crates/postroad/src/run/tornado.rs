//! The tornado: every uncertain quantity at its low and its high.
//!
//! First the plans are costed there as they are, all quantities, nothing solved: by the envelope
//! theorem the best cost moves, to first order, as the cost of the plan that was best before. Then
//! the quantities that move a difference between ways out most are planned again, with bounds, as
//! far as the study's number of solves goes.

use postroad_formats::study::{Scenario, Study, Uncertain};
use postroad_model::Fault;
use postroad_network_design::Config;

use super::Runner;
use super::answer::Answer;
use super::carry::{carried_cost, carry};
use super::scenarios::Solution;
use crate::planning::{self, DAYS_PER_YEAR, Geography, Kept, Offered};
use crate::result::{TornadoRow, TornadoSwing};

/// A plan from before the move is good enough if its gap grows by no more than this.
const GAP_GROWTH: f64 = 0.0025;

/// What a scenario's plan costs, dollars per day.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Value {
    cost: f64,
    /// Where it was planned: no plan costs less.
    bound: Option<f64>,
    /// Whether the plan is feasible; if not, its cost only says how much is at stake.
    fits: bool,
}

/// One end of a range.
struct End<'a> {
    quantity: &'a Uncertain,
    value: f64,
}

/// What became of one end.
enum Outcome {
    /// By scenario: what its plan costs; none where it uses what is not offered any more.
    Costed(Vec<Option<Value>>),
    /// A scenario has no plan; its name.
    NoPlan(String),
    /// The end contradicts another field of the study, or leaves a zone without service.
    Contradiction(String),
    /// The time was over.
    NotTried,
}

/// The tornado and what is missing from it.
pub struct Tornado {
    /// One row for each uncertain quantity that moves a difference between ways out, widest first.
    pub rows: Vec<TornadoRow>,
    /// Quantities without a row and why, in sentences.
    pub left_out: Vec<String>,
}

/// What all ends share.
pub struct Setting<'a> {
    /// The run.
    pub runner: &'a Runner,
    /// The study.
    pub study: &'a Study,
    /// Its tables.
    pub geography: &'a Geography,
    /// The scenarios' plans.
    pub base: &'a [Solution],
    /// How hard to plan.
    pub config: &'a Config,
}

/// Costs the plans at both ends of every uncertain quantity and plans the widest again.
pub fn rows(setting: &Setting<'_>) -> Tornado {
    let uncertain = setting.study.uncertain();
    let ends: Vec<End<'_>> = uncertain
        .iter()
        .flat_map(|q| [q.low, q.high].map(|value| End { quantity: q, value }))
        .collect();
    let kept: Vec<Kept> = setting.base.iter().filter_map(|s| setting.kept(s)).collect();
    let runner = setting.runner;
    let mut outcomes = runner.workers.map(&ends, |end| {
        let outcome = setting.costed(&kept, end);
        runner.teller.step(&format!("{} = {}", end.quantity.path, end.value));
        outcome
    });
    let planned = setting.worth_planning(&outcomes);
    setting.plan_again(&kept, &ends, &planned, &mut outcomes);
    setting.tell(&uncertain, &outcomes, &planned)
}

/// A scenario at an end.
#[derive(Clone, Copy)]
struct Task {
    end: usize,
    scenario: usize,
}

impl Setting<'_> {
    fn kept(&self, solution: &Solution) -> Option<Kept> {
        Some(Kept::of(self.geography, &solution.planned, solution.answer.plan.as_ref()?))
    }

    /// Costs all plans at one end.
    fn costed(&self, kept: &[Kept], end: &End<'_>) -> Outcome {
        if self.runner.control.is_over() {
            return Outcome::NotTried;
        }
        let moved = match self.study.with_value(&end.quantity.path, end.value) {
            Ok(moved) => moved,
            Err(faults) => return contradiction(&faults),
        };
        let scenarios = moved.scenarios.iter().zip(self.base).zip(kept);
        let value = |((scenario, solution), kept): ((&Scenario, &Solution), &Kept)| {
            let offered = Offered::Only(kept);
            let planned = planning::build_around(&moved, self.geography, scenario, offered).ok()?;
            let (cost, fits) = carried_cost(&solution.planned, &solution.answer, &planned)?;
            Some(Value { cost, bound: None, fits })
        };
        Outcome::Costed(scenarios.map(value).collect())
    }

    /// Whether a quantity is to be planned again, by quantity: those whose ranges are widest for a
    /// solve come first, as long as solves are left.
    fn worth_planning(&self, outcomes: &[Outcome]) -> Vec<bool> {
        let stakes: Vec<(f64, usize)> =
            outcomes.chunks_exact(2).map(|pair| self.stake(pair)).collect();
        let worth = |q: usize| stakes[q].0 / stakes[q].1.max(1) as f64;
        let mut order: Vec<usize> = (0..stakes.len()).filter(|&q| worth(q) > 0.0).collect();
        order.sort_by(|&a, &b| worth(b).total_cmp(&worth(a)).then(a.cmp(&b)));
        let mut chosen = vec![false; stakes.len()];
        let mut left = self.study.method.tornado_solves;
        for q in order {
            if stakes[q].1 <= left {
                left -= stakes[q].1;
                chosen[q] = true;
            }
        }
        chosen
    }

    /// How far a quantity moves a difference of cost, dollars per year, and how many solves it
    /// takes: the plans that cost something else at an end.
    fn stake(&self, pair: &[Outcome]) -> (f64, usize) {
        let Some([low, high]) = both(pair) else { return (0.0, 0) };
        let swings = swings(self.base, &low, &high);
        let width = swings.iter().map(TornadoSwing::width_usd_per_year).fold(0.0, f64::max);
        let moved = |values: &[Value]| {
            let pairs = values.iter().zip(self.base);
            pairs.filter(|(v, s)| !v.fits || v.cost != s.answer.cost_usd_per_day).count()
        };
        (width, moved(&low) + moved(&high))
    }

    /// Plans the chosen quantities again, every scenario at both ends.
    fn plan_again(
        &self,
        kept: &[Kept],
        ends: &[End<'_>],
        planned: &[bool],
        outcomes: &mut [Outcome],
    ) {
        let of_end = |end: usize| (0..self.base.len()).map(move |scenario| Task { end, scenario });
        let tasks: Vec<Task> =
            (0..ends.len()).filter(|&end| planned[end / 2]).flat_map(of_end).collect();
        let found = self.runner.workers.map(&tasks, |task| {
            let found = self.planned_again(&kept[task.scenario], &ends[task.end], task.scenario);
            let Uncertain { path, .. } = ends[task.end].quantity;
            self.runner.teller.step(&format!("{path} = {}", ends[task.end].value));
            found
        });
        for (task, found) in tasks.iter().zip(found) {
            let outcome = &mut outcomes[task.end];
            match found {
                Ok(value) => {
                    if let Outcome::Costed(values) = outcome {
                        values[task.scenario] = Some(value);
                    }
                }
                Err(instead) => *outcome = instead,
            }
        }
    }

    /// The better of the plan as it is and, unless that is good enough, a new one.
    fn planned_again(&self, kept: &Kept, end: &End<'_>, scenario: usize) -> Result<Value, Outcome> {
        let solution = &self.base[scenario];
        let moved =
            self.study.with_value(&end.quantity.path, end.value).map_err(|f| contradiction(&f))?;
        let scenario = &moved.scenarios[scenario];
        let offered = Offered::With(kept);
        let planned = planning::build_around(&moved, self.geography, scenario, offered)
            .map_err(|faults| contradiction(&faults))?;
        if planned.problem == solution.planned.problem {
            return Ok(value(&solution.answer));
        }
        let carried = carry(&solution.planned, &solution.answer, &planned);
        let good = |carried: &&Answer| carried.gap() <= solution.answer.gap() + GAP_GROWTH;
        if let Some(carried) = carried.as_ref().filter(good) {
            return Ok(value(carried));
        }
        if self.runner.control.is_over() {
            return Err(Outcome::NotTried);
        }
        let found = Answer::find(&planned.problem, self.config, &self.runner.control);
        let best = match carried {
            Some(carried) => better(value(&carried), value(&found)),
            None => value(&found),
        };
        if best.cost.is_finite() { Ok(best) } else { Err(Outcome::NoPlan(scenario.name.clone())) }
    }

    fn tell(&self, uncertain: &[Uncertain], outcomes: &[Outcome], planned: &[bool]) -> Tornado {
        let mut tornado = Tornado { rows: Vec::new(), left_out: Vec::new() };
        let pairs = uncertain.iter().zip(outcomes.chunks_exact(2)).zip(planned);
        for ((quantity, pair), &planned_again) in pairs {
            match self.row(quantity, pair, planned_again) {
                Some(row) => tornado.rows.push(row),
                None => tornado.left_out.extend(left_out(quantity, pair)),
            }
        }
        tornado.left_out.extend(misfits(uncertain, outcomes));
        tornado.left_out.extend(not_tried(outcomes));
        tornado.rows.retain(|row| row.width_usd_per_year() > 0.0);
        tornado.rows.sort_by(|a, b| b.width_usd_per_year().total_cmp(&a.width_usd_per_year()));
        tornado
    }

    fn row(
        &self,
        quantity: &Uncertain,
        pair: &[Outcome],
        planned_again: bool,
    ) -> Option<TornadoRow> {
        let [low, high] = both(pair)?;
        if !low.iter().chain(&high).all(|value| value.fits) {
            return None;
        }
        Some(TornadoRow {
            path: quantity.path.clone(),
            label: quantity.label.clone(),
            unit: quantity.unit.to_owned(),
            low: quantity.low,
            value: quantity.value,
            high: quantity.high,
            source: quantity.source.clone(),
            planned_again,
            swings: swings(self.base, &low, &high),
        })
    }
}

/// The values at both ends, if all are known.
fn both(pair: &[Outcome]) -> Option<[Vec<Value>; 2]> {
    let [Outcome::Costed(low), Outcome::Costed(high)] = pair else { return None };
    let all = |values: &[Option<Value>]| values.iter().copied().collect::<Option<Vec<Value>>>();
    Some([all(low)?, all(high)?])
}

/// The cheaper cost and the higher bound.
fn better(a: Value, b: Value) -> Value {
    let cost = a.cost.min(b.cost);
    let bound = [a.bound, b.bound].into_iter().flatten().fold(f64::NEG_INFINITY, f64::max);
    Value { cost, bound: Some(bound.min(cost)), fits: true }
}

fn value(answer: &Answer) -> Value {
    Value { cost: answer.cost_usd_per_day, bound: Some(answer.bound_usd_per_day), fits: true }
}

/// What each scenario but the first costs more than the first, at both ends and between.
fn swings(base: &[Solution], low: &[Value], high: &[Value]) -> Vec<TornadoSwing> {
    let at_value: Vec<Value> = base.iter().map(|s| value(&s.answer)).collect();
    let all = [low, &at_value, high];
    let swing = |i: usize| {
        let [at_low, at_value, at_high] =
            all.map(|values| (values[i].cost - values[0].cost) * DAYS_PER_YEAR);
        let room = |v: Value| v.bound.map(|bound| (v.cost - bound) * DAYS_PER_YEAR);
        let mut open = all.iter().flat_map(|values| [room(values[0]), room(values[i])]);
        TornadoSwing {
            scenario: base[i].planned.scenario.clone(),
            at_low_usd_per_year: at_low,
            at_value_usd_per_year: at_value,
            at_high_usd_per_year: at_high,
            open_usd_per_year: open.try_fold(0.0, |most: f64, open| Some(most.max(open?))),
        }
    };
    (1..base.len()).map(swing).collect()
}

fn contradiction(faults: &[Fault]) -> Outcome {
    Outcome::Contradiction(faults.first().map_or(String::new(), |fault| fault.cause.clone()))
}

/// Why a quantity has no row; none if there was no time or no solve left for it.
fn left_out(quantity: &Uncertain, pair: &[Outcome]) -> Option<String> {
    let Uncertain { label, unit, low, high, .. } = quantity;
    [low, high].into_iter().zip(pair).find_map(|(at, outcome)| {
        let why = match outcome {
            Outcome::NotTried | Outcome::Costed(_) => return None,
            Outcome::NoPlan(scenario) => format!("no plan was found for {scenario}"),
            Outcome::Contradiction(why) => why.clone(),
        };
        Some(format!("{label} is not in the tornado: at {at} {unit}, {why}."))
    })
}

/// The quantities at whose ends plans are not feasible any more and were not made again.
fn misfits(uncertain: &[Uncertain], outcomes: &[Outcome]) -> Option<String> {
    let fits = |outcome: &Outcome| match outcome {
        Outcome::Costed(values) => values.iter().all(|v| v.is_some_and(|v| v.fits)),
        _ => true,
    };
    let pairs = uncertain.iter().zip(outcomes.chunks_exact(2));
    let labels: Vec<&str> = pairs
        .filter(|(_, pair)| !pair.iter().all(fits))
        .map(|(quantity, _)| quantity.label.as_str())
        .collect();
    (!labels.is_empty()).then(|| {
        format!(
            "The tornado lacks {} quantities at whose ends the plans do not fit and were not made \
             again, for want of solves (method.tornado_solves): {}.",
            labels.len(),
            labels.join("; ")
        )
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

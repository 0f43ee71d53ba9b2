//! The whole study: plans, demand curve, tornado, and the files that tell of them.

use postroad_formats::study::{Scenario, ScenarioKind, Study};
use postroad_optimization::control::relative_gap;

use super::assemble::{Assembled, Findings, assemble};
use super::curve::{CurvePoint, PriceLine, demand_curve};
use super::scenarios::Solution;
use super::{Runner, config, config_of_many, scenarios, tornado};
use crate::failure::Failure;
use crate::load::Loaded;
use crate::output::{OutputFile, series};
use crate::planning::{self, DAYS_PER_YEAR, Planned};
use crate::report;
use crate::result::{DemandCurve, DemandPoint, RunSettings, StudyResult, TornadoRow};

/// Share of a time limit for the plans.
const TIME_FOR_PLANS: f64 = 0.5;
/// Share of what is left then in which the demand curve, planned beside the tornado, must be done.
const TIME_FOR_CURVE: f64 = 0.7;
/// Points of the demand curve.
pub const CURVE_POINTS: usize = 25;

/// Pieces of work of a whole study.
pub fn steps(study: &Study) -> usize {
    let ranges = study.uncertain().len();
    study.scenarios.len() + CURVE_POINTS + 2 * ranges + study.method.tornado_solves
}

/// Plans all scenarios, the demand curve and the tornado.
pub fn study(runner: &Runner, loaded: &Loaded, run: RunSettings) -> Result<Assembled, Failure> {
    let all: Vec<&Scenario> = loaded.study.scenarios.iter().collect();
    let problems = scenarios::build(runner, &loaded.study, &loaded.geography, &all)?;
    let curve = || {
        let part = runner.for_share_of_time(TIME_FOR_CURVE);
        curve_of_study(&part, loaded, &run)
    };
    // Beside the plans, unless it would take their time.
    let is_limited = runner.control.seconds_left().is_finite();
    let (solutions, curve, (tornado, mut remarks)) = std::thread::scope(|scope| {
        let early = (!is_limited).then(|| scope.spawn(curve));
        let solutions = plans(runner, &all, problems, &run);
        let curve = early.unwrap_or_else(|| scope.spawn(curve));
        let tornado = tornado_of_study(runner, loaded, &solutions, &run);
        (solutions, curve.join(), tornado)
    });
    let curve = curve.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    remarks.extend(curve.as_ref().and_then(curve_remark));
    let stopped = runner.control.is_over();
    if stopped {
        remarks.push("The run was stopped before its end: figures are the best so far.".into());
    }
    let findings =
        Findings { run: RunSettings { stopped, ..run }, demand_curve: curve, tornado, remarks };
    Ok(assemble(loaded, &all, &solutions, findings))
}

/// Plans some scenarios of a study and nothing else.
pub fn plans_only(
    runner: &Runner,
    loaded: &Loaded,
    wanted: &[&Scenario],
    run: RunSettings,
) -> Result<Assembled, Failure> {
    let problems = scenarios::build(runner, &loaded.study, &loaded.geography, wanted)?;
    let solutions = plans(runner, wanted, problems, &run);
    let run = RunSettings { stopped: runner.control.is_over(), ..run };
    let findings = Findings { run, demand_curve: None, tornado: Vec::new(), remarks: Vec::new() };
    Ok(assemble(loaded, wanted, &solutions, findings))
}

fn plans(
    runner: &Runner,
    wanted: &[&Scenario],
    problems: Vec<Planned>,
    run: &RunSettings,
) -> Vec<Solution> {
    let names: Vec<&str> = wanted.iter().map(|s| s.name.as_str()).collect();
    let part = runner.for_share_of_time(TIME_FOR_PLANS);
    scenarios::solve(&part, &config(run), problems, &names)
}

/// The scenario along whose terms the demand curve runs: the first that extends the contract, or
/// else the first that has one.
pub fn curve_scenario(study: &Study) -> Option<&Scenario> {
    let extends = |s: &&Scenario| s.kind == ScenarioKind::Extend;
    let mut all = study.scenarios.iter();
    all.clone().find(extends).or_else(|| all.find(|s| s.contract.is_some()))
}

fn curve_of_study(
    runner: &Runner,
    loaded: &Loaded,
    run: &RunSettings,
) -> Result<Option<DemandCurve>, Failure> {
    let Some(scenario) = curve_scenario(&loaded.study) else { return Ok(None) };
    let line = PriceLine::around(price_now(&loaded.study, scenario), CURVE_POINTS);
    curve(runner, loaded, scenario, &line, run).map(Some)
}

fn curve_remark(curve: &DemandCurve) -> Option<String> {
    let empty = curve.points.is_empty();
    empty.then(|| "There is no demand curve: no plan was found at any price.".into())
}

/// What a postal parcel costs in a scenario, dollars at the delivery unit.
pub fn price_now(study: &Study, scenario: &Scenario) -> f64 {
    let contract = scenario.contract.as_ref().and_then(|name| study.contracts.get(name));
    contract.map_or(1.0, |terms| terms.unit_usd_per_parcel)
}

/// The demand curve of a scenario.
pub fn curve(
    runner: &Runner,
    loaded: &Loaded,
    scenario: &Scenario,
    line: &PriceLine,
    run: &RunSettings,
) -> Result<DemandCurve, Failure> {
    let now = line.now_usd_per_parcel;
    let (study, geography) = (&loaded.study, &loaded.geography);
    let planned = planning::build_at_postal_price(study, geography, scenario, now)?;
    let points = demand_curve(runner, &planned.problem, line, &config_of_many(run));
    let extra = centre_extra(study, scenario);
    Ok(DemandCurve {
        scenario: scenario.name.clone(),
        today_usd_per_parcel: now,
        points: points.iter().map(|p| told(p, extra)).collect(),
    })
}

/// What a parcel handed over at a centre costs more than one handed over at a unit.
fn centre_extra(study: &Study, scenario: &Scenario) -> f64 {
    let contract = scenario.contract.as_ref().and_then(|name| study.contracts.get(name));
    contract.map_or(0.0, |terms| terms.centre_usd_per_parcel - terms.unit_usd_per_parcel)
}

fn told(point: &CurvePoint, centre_extra_usd_per_parcel: f64) -> DemandPoint {
    let centre = point.postal_parcels_per_day - point.unit_parcels_per_day;
    let revenue = point.postal_parcels_per_day * point.price_usd_per_parcel
        + centre * centre_extra_usd_per_parcel;
    DemandPoint {
        price_usd_per_parcel: point.price_usd_per_parcel,
        operator_parcels_per_year: point.postal_parcels_per_day * DAYS_PER_YEAR,
        operator_parcels_least_per_year: point.postal_range_parcels_per_day[0] * DAYS_PER_YEAR,
        operator_parcels_most_per_year: point.postal_range_parcels_per_day[1] * DAYS_PER_YEAR,
        operator_revenue_usd_per_year: revenue * DAYS_PER_YEAR,
        usd_per_year: point.cost_usd_per_day * DAYS_PER_YEAR,
        bound_usd_per_year: point.bound_usd_per_day * DAYS_PER_YEAR,
        gap: relative_gap(point.cost_usd_per_day, point.bound_usd_per_day),
    }
}

fn tornado_of_study(
    runner: &Runner,
    loaded: &Loaded,
    solutions: &[Solution],
    run: &RunSettings,
) -> (Vec<TornadoRow>, Vec<String>) {
    if solutions.len() < 2 || solutions.iter().any(|s| s.answer.plan.is_none()) {
        let remark = "There is no tornado, for it needs a plan of every scenario.";
        return (Vec::new(), vec![remark.into()]);
    }
    let tornado = tornado::rows(&tornado::Setting {
        runner,
        study: &loaded.study,
        geography: &loaded.geography,
        base: solutions,
        config: &config_of_many(run),
    });
    (tornado.rows, tornado.left_out)
}

/// All files of a result, the result itself last: whoever sees it sees the others too.
pub fn files(assembled: Assembled) -> Vec<OutputFile> {
    let Assembled { result, mut files, map } = assembled;
    files.extend(derived_files(&result));
    let report =
        report::render(&result, &map).expect("the report is written to memory").into_bytes();
    files.push(OutputFile { name: "report.html".into(), bytes: report });
    files.push(OutputFile { name: RESULT_FILE.into(), bytes: json(&result) });
    files
}

/// Name of the file that holds the result.
pub const RESULT_FILE: &str = "result.json";

/// The files that repeat parts of the result as tables.
pub fn derived_files(result: &StudyResult) -> Vec<OutputFile> {
    let mut files = Vec::new();
    let mut push = |name: &str, bytes| files.push(OutputFile { name: name.into(), bytes });
    if let Some(curve) = &result.demand_curve {
        push("demand-curve.csv", series::demand_curve(curve));
    }
    if !result.tornado.is_empty() {
        push("tornado.csv", series::tornado(&result.tornado));
    }
    if !result.fidelity.is_empty() {
        push("fidelity.csv", series::fidelity(&result.fidelity));
    }
    files
}

/// The result as it is written.
pub fn json(result: &StudyResult) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(result).expect("a result is plain data");
    bytes.push(b'\n');
    bytes
}

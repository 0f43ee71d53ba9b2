//! From plans to the result and its files. `study` calls it with plans just found, `check` with
//! plans read back: what is told follows from the plans alone.

use postroad_formats::study::{Scenario, ScenarioKind};

use super::scenarios::Solution;
use super::telling;
use super::unmet;
use crate::load::Loaded;
use crate::output::names::Names;
use crate::output::{OutputFile, geojson, map, plan as plan_file};
use crate::planning::metrics::{self, PriceEffect};
use crate::planning::{fidelity, schedule};
use crate::result::{
    DemandCurve, FORMAT, InputFile, MapData, RunSettings, ScenarioResult, StudyResult, TornadoRow,
};

/// The program as results name it.
pub const PROGRAM: &str = concat!("postroad ", env!("CARGO_PKG_VERSION"));

/// What was found beside the plans.
pub struct Findings {
    /// Settings of the run.
    pub run: RunSettings,
    /// Demand curve, if it was planned.
    pub demand_curve: Option<DemandCurve>,
    /// Tornado; empty if it was not planned.
    pub tornado: Vec<TornadoRow>,
    /// What was left out, and why.
    pub remarks: Vec<String>,
}

/// A result with the files of its scenarios and what its maps show.
pub struct Assembled {
    /// The result.
    pub result: StudyResult,
    /// Plans, facilities, prices and maps of the scenarios.
    pub files: Vec<OutputFile>,
    /// For the report.
    pub map: MapData,
}

/// Puts the result together; `scenarios` and `solutions` go in step, the first is what the others
/// are compared with.
pub fn assemble(
    loaded: &Loaded,
    scenarios: &[&Scenario],
    solutions: &[Solution],
    findings: Findings,
) -> Assembled {
    let measured: Vec<Option<metrics::ScenarioMetrics>> =
        solutions.iter().map(|s| measure(loaded, s)).collect();
    let base = measured.first().and_then(Option::as_ref);
    let mut files = Vec::new();
    let mut told = Vec::new();
    for ((scenario, solution), measured) in scenarios.iter().zip(solutions).zip(&measured) {
        let mut result = tell(loaded, scenario, solution);
        result.metrics = metrics_of(loaded, solution, base, measured.as_ref());
        write_plan(loaded, solution, &mut result, &mut files);
        told.push(result);
    }
    let map = map_data(loaded, solutions);
    for scenario in &map.scenarios {
        let bytes = geojson::feature_collection(&map, scenario);
        files.push(OutputFile { name: format!("plan-{}.geojson", scenario.name), bytes });
    }
    let result = StudyResult {
        format: FORMAT,
        program: PROGRAM.to_owned(),
        run: findings.run,
        study: loaded.input.clone(),
        scenarios: told,
        demand_curve: findings.demand_curve,
        tornado: findings.tornado,
        fidelity: fidelity_rows(loaded, scenarios, solutions, &measured),
        schedules: schedules(loaded, scenarios, &measured),
        sources: telling::sources(&loaded.study),
        citations: telling::citations(&loaded.study),
        remarks: findings.remarks,
    };
    Assembled { result, files, map }
}

fn measure(loaded: &Loaded, solution: &Solution) -> Option<metrics::ScenarioMetrics> {
    let plan = solution.answer.plan.as_ref()?;
    Some(metrics::measure(&loaded.study, &loaded.geography, &solution.planned, plan))
}

fn metrics_of(
    loaded: &Loaded,
    solution: &Solution,
    base: Option<&metrics::ScenarioMetrics>,
    measured: Option<&metrics::ScenarioMetrics>,
) -> Option<crate::result::ScenarioMetrics> {
    let (plan, measured) = (solution.answer.plan.as_ref()?, measured?);
    let effect = base.map_or_else(PriceEffect::default, |base| {
        metrics::price_effect(&loaded.study, base, measured)
    });
    Some(telling::scenario_metrics(&solution.planned, plan, measured, &effect))
}

/// A scenario's result without metrics and files.
fn tell(loaded: &Loaded, scenario: &Scenario, solution: &Solution) -> ScenarioResult {
    let answer = &solution.answer;
    let finite = |value: f64| value.is_finite().then_some(value);
    let names = || Names::of(&loaded.geography, &solution.planned);
    ScenarioResult {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        description: scenario.description.clone(),
        status: answer.status,
        rounds: answer.rounds,
        cost_usd_per_day: finite(answer.cost_usd_per_day),
        bound_usd_per_day: finite(answer.bound_usd_per_day),
        gap: finite(answer.gap()),
        // Without a plan no prices are written that could prove it.
        certified_bound_usd_per_day: finite(answer.certified_usd_per_day)
            .filter(|_| answer.plan.is_some()),
        metrics: None,
        unmet: if answer.unmet.is_empty() {
            Vec::new()
        } else {
            unmet::sentences(&solution.planned.problem, &names(), &answer.unmet)
        },
        plan_file: None,
        facilities_file: None,
        prices_file: None,
    }
}

/// The files of one plan, with their fingerprints in its result.
fn write_plan(
    loaded: &Loaded,
    solution: &Solution,
    result: &mut ScenarioResult,
    files: &mut Vec<OutputFile>,
) {
    let (problem, answer) = (&solution.planned.problem, &solution.answer);
    let Some(plan) = &answer.plan else { return };
    let names = Names::of(&loaded.geography, &solution.planned);
    let mut write = |kind: &str, bytes: Vec<u8>| -> Option<InputFile> {
        let file = OutputFile { name: format!("{kind}-{}.csv", result.name), bytes };
        let fingerprint = file.fingerprint();
        files.push(file);
        Some(fingerprint)
    };
    let rows = plan_file::plan_rows(problem, &names, plan);
    result.plan_file = write("plan", plan_file::csv_of(&rows));
    let rows = plan_file::facility_rows(problem, &names, plan);
    result.facilities_file = write("facilities", plan_file::csv_of(&rows));
    let rows = plan_file::price_rows(&names, &answer.prices);
    result.prices_file = write("prices", plan_file::csv_of(&rows));
}

fn map_data(loaded: &Loaded, solutions: &[Solution]) -> MapData {
    let geography = &loaded.geography;
    let scenario =
        |s: &Solution| Some(map::scenario(geography, &s.planned, s.answer.plan.as_ref()?));
    MapData {
        outline: loaded.outline.clone(),
        zones: solutions.first().map_or(Vec::new(), |s| map::zones(geography, &s.planned)),
        sites: solutions.first().map_or(Vec::new(), |s| map::sites(&s.planned)),
        scenarios: solutions.iter().filter_map(scenario).collect(),
    }
}

/// The public figures against the status quo, if it has a plan.
fn fidelity_rows(
    loaded: &Loaded,
    scenarios: &[&Scenario],
    solutions: &[Solution],
    measured: &[Option<metrics::ScenarioMetrics>],
) -> Vec<fidelity::FidelityRow> {
    let status_quo = scenarios.iter().position(|s| s.kind == ScenarioKind::StatusQuo);
    let rows = status_quo.and_then(|i| {
        let plan = solutions[i].answer.plan.as_ref()?;
        let measured = measured[i].as_ref()?;
        let planned = &solutions[i].planned;
        Some(fidelity::check(&loaded.study, &loaded.geography, planned, plan, measured))
    });
    rows.unwrap_or_default()
}

/// A schedule for each scenario but the first, as far as both have plans.
fn schedules(
    loaded: &Loaded,
    scenarios: &[&Scenario],
    measured: &[Option<metrics::ScenarioMetrics>],
) -> Vec<schedule::Schedule> {
    let Some(Some(base)) = measured.first() else { return Vec::new() };
    let targets = scenarios.iter().zip(measured).skip(1);
    targets
        .filter_map(|(scenario, target)| {
            Some(schedule::plan(&loaded.study, scenario.kind, base, target.as_ref()?))
        })
        .collect()
}

//! `postroad check`: recomputes a result from its study, its tables and its plans, trusting none of
//! its figures and not the solver.
//!
//! The problems are built again, the plans are read back, and the model computes what they cost,
//! which rules they break and what their prices prove. From these the whole result is put together
//! again and compared figure by figure.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use postroad_model::bound::lagrangian_usd_per_day;
use postroad_model::network::NetworkProblem;
use postroad_model::{Fault, Place};
use serde_json::Value;

use crate::args::RunArgs;
use crate::failure::Failure;
use crate::input;
use crate::load::{self, Loaded};
use crate::output::names::Names;
use crate::output::{plan as plan_file, sha256};
use crate::planning;
use crate::report;
use crate::result::{FORMAT, InputFile, ScenarioResult, StudyResult};
use crate::run::answer::Answer;
use crate::run::assemble::{Assembled, Findings, assemble};
use crate::run::scenarios::Solution;
use crate::run::study::derived_files;
use crate::run::unmet;
use crate::tables;

/// Figures may differ by this, relative to the larger one: another machine's logarithms and cosines
/// may differ in the last digits, and sums carry that on.
const TOLERANCE: f64 = 1e-9;
/// Mismatches of a kind that are printed; the rest are counted.
const PRINTED: usize = 20;

/// Arguments of `postroad check`.
#[derive(clap::Args, Debug)]
pub struct CheckArgs {
    /// The result.json to check, or its folder
    pub result: PathBuf,
    /// Where the study is now, if it has moved since
    #[arg(long, value_name = "PATH")]
    pub study: Option<PathBuf>,
}

/// What was recomputed for one scenario.
pub struct Recomputed {
    /// Name of the scenario.
    pub name: String,
    /// Cost claimed and recomputed, dollars per day.
    pub cost: (f64, f64),
    /// Certified bound claimed and recomputed, dollars per day.
    pub bound: (f64, f64),
    /// Rules the plan breaks.
    pub violations: usize,
}

/// Checks a result and says what does not hold.
pub fn run(args: &CheckArgs, run_args: &RunArgs) -> Result<(), Failure> {
    let file = match args.result.is_dir() {
        true => args.result.join(crate::run::study::RESULT_FILE),
        false => args.result.clone(),
    };
    let claimed = read_result(&file)?;
    let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
    let mut wrong = Vec::new();
    let loaded = load_study(args, &claimed, &mut wrong)?;
    let (scenarios, recomputed) = recompute(&loaded, &folder, &claimed, &mut wrong)?;
    compare(&claimed, &scenarios, &folder, &mut wrong);
    print(&recomputed, &wrong, run_args.json)?;
    match wrong.len() {
        0 => Ok(()),
        1 => Err(Failure::Negative("the check found 1 mismatch".into())),
        n => Err(Failure::Negative(format!("the check found {n} mismatches"))),
    }
}

pub(crate) fn read_result(file: &Path) -> Result<StudyResult, Vec<Fault>> {
    let text = input::read_text(file)?;
    let shown = file.display().to_string();
    let fault = |line, field: Option<&str>, cause: String, action: &str| {
        vec![Fault {
            code: "E401",
            place: Place { file: shown.clone(), line, field: field.map(str::to_owned) },
            cause,
            action: action.into(),
        }]
    };
    let value: Value = serde_json::from_str(&text).map_err(|error| {
        let line = Some(error.line() as u64);
        fault(line, None, format!("the file is not JSON: {error}"), "run the study again")
    })?;
    if value["format"] != FORMAT {
        let cause = format!("the result has format {}, expected {FORMAT}", value["format"]);
        let action = "run the study again with this version of the program";
        return Err(fault(None, Some("format"), cause, action));
    }
    serde_json::from_str(&text).map_err(|error| {
        let line = Some(error.line() as u64);
        fault(line, None, format!("the file is not a result: {error}"), "run the study again")
    })
}

/// The study as the result holds it, with its tables as they are now.
fn load_study(
    args: &CheckArgs,
    claimed: &StudyResult,
    wrong: &mut Vec<String>,
) -> Result<Loaded, Failure> {
    let InputFile { path, sha256: claim } = &claimed.study.file;
    if sha256(claimed.study.toml.as_bytes()) != *claim {
        wrong.push(format!("{path}: the study within the result has another sha256"));
    }
    let file = args.study.as_ref().map_or(PathBuf::from(path), |moved| load::study_file(moved));
    let loaded = load::load_text(&file, claimed.study.toml.clone())?;
    for (now, then) in loaded.input.tables.iter().zip(&claimed.study.tables) {
        if now != then {
            wrong.push(format!("{}: the table has changed since the study was planned", then.path));
        }
    }
    Ok(loaded)
}

/// Builds every problem again, reads its plan and prices and puts the result together from them.
fn recompute(
    loaded: &Loaded,
    folder: &Path,
    claimed: &StudyResult,
    wrong: &mut Vec<String>,
) -> Result<(Assembled, Vec<Recomputed>), Failure> {
    let mut scenarios = Vec::new();
    let mut solutions = Vec::new();
    let mut recomputed = Vec::new();
    for claim in &claimed.scenarios {
        let scenario = loaded.study.scenario(&claim.name)?;
        let planned = planning::build(&loaded.study, &loaded.geography, scenario)?;
        let names = Names::of(&loaded.geography, &planned);
        let answer = read_answer(folder, claim, &planned.problem, &names, wrong)?;
        recomputed.push(against_claim(claim, &planned.problem, &names, &answer, wrong));
        scenarios.push(scenario);
        solutions.push(Solution { planned, answer });
    }
    let findings = Findings {
        run: claimed.run.clone(),
        demand_curve: claimed.demand_curve.clone(),
        tornado: claimed.tornado.clone(),
        remarks: claimed.remarks.clone(),
    };
    Ok((assemble(loaded, &scenarios, &solutions, findings), recomputed))
}

/// A scenario's answer from its files, costed and bounded by the model.
fn read_answer(
    folder: &Path,
    claim: &ScenarioResult,
    problem: &NetworkProblem,
    names: &Names,
    wrong: &mut Vec<String>,
) -> Result<Answer, Failure> {
    let mut answer = Answer::none(problem, claim.status, claim.rounds);
    answer.bound_usd_per_day = claim.bound_usd_per_day.unwrap_or(f64::NEG_INFINITY);
    let (Some(plan), Some(facilities), Some(prices)) =
        (&claim.plan_file, &claim.facilities_file, &claim.prices_file)
    else {
        return Ok(answer);
    };
    let ids = names.ids();
    let mut read = |file: &InputFile| read_output(folder, file, wrong);
    let (plan_bytes, facility_bytes, price_bytes) = (read(plan)?, read(facilities)?, read(prices)?);
    let plan = plan_file::read_plan(
        problem,
        &ids,
        (&plan.path, &plan_bytes),
        (&facilities.path, &facility_bytes),
    )?;
    answer.prices = plan_file::read_prices(problem, &ids, &prices.path, &price_bytes)?;
    answer.certified_usd_per_day = lagrangian_usd_per_day(problem, &answer.prices);
    answer.cost_usd_per_day = plan.cost(problem).total_usd_per_day();
    answer.plan = Some(plan);
    Ok(answer)
}

/// An output file, compared with its fingerprint.
fn read_output(
    folder: &Path,
    file: &InputFile,
    wrong: &mut Vec<String>,
) -> Result<Vec<u8>, Failure> {
    let bytes = input::read_bytes(&folder.join(&file.path))?;
    if sha256(&bytes) != file.sha256 {
        wrong.push(format!("{}: the file has changed since it was written", file.path));
    }
    Ok(bytes)
}

/// Compares cost and bounds with the claim, and looks for rules that the plan breaks.
fn against_claim(
    claim: &ScenarioResult,
    problem: &NetworkProblem,
    names: &Names,
    answer: &Answer,
    wrong: &mut Vec<String>,
) -> Recomputed {
    let name = &claim.name;
    let violations = answer.plan.as_ref().map_or(Vec::new(), |plan| plan.violations(problem));
    for sentence in unmet::sentences(problem, names, &violations) {
        wrong.push(format!("{name}: the plan breaks a rule: {sentence}"));
    }
    let claimed_cost = claim.cost_usd_per_day.unwrap_or(f64::INFINITY);
    let claimed_bound = claim.bound_usd_per_day.unwrap_or(f64::NEG_INFINITY);
    let certified = claim.certified_bound_usd_per_day.unwrap_or(f64::NEG_INFINITY);
    if claimed_bound > claimed_cost * (1.0 + TOLERANCE) {
        wrong.push(format!("{name}: the bound {claimed_bound} is above the cost {claimed_cost}"));
    }
    if certified > claimed_bound * (1.0 + TOLERANCE) {
        wrong.push(format!("{name}: the certified bound {certified} is above the bound"));
    }
    Recomputed {
        name: name.clone(),
        cost: (claimed_cost, answer.cost_usd_per_day),
        bound: (certified, answer.certified_usd_per_day),
        violations: violations.len(),
    }
}

/// Compares the result put together again with the claim, and the other files with the result.
fn compare(claimed: &StudyResult, again: &Assembled, folder: &Path, wrong: &mut Vec<String>) {
    let mut result = again.result.clone();
    for (scenario, claim) in result.scenarios.iter_mut().zip(&claimed.scenarios) {
        // Why no plan was found is what the search saw; there is no plan to recompute it from.
        scenario.unmet.clone_from(&claim.unmet);
    }
    let value = |result: &StudyResult| serde_json::to_value(result).expect("plain data");
    differences("", &value(claimed), &value(&result), wrong);
    check_series(claimed, wrong);
    let mut files = derived_files(claimed);
    files.extend(again.files.iter().filter(|f| f.name.ends_with(".geojson")).cloned());
    let report = report::render(claimed, &again.map).expect("the report is written to memory");
    files.push(crate::output::OutputFile { name: "report.html".into(), bytes: report.into() });
    for file in files {
        match input::read_bytes(&folder.join(&file.name)) {
            Ok(bytes) if bytes == file.bytes => {}
            Ok(_) => wrong.push(format!("{}: the file does not follow from the result", file.name)),
            Err(_) => wrong.push(format!("{}: the file is missing", file.name)),
        }
    }
}

/// What must hold within the demand curve and the tornado, which are searched and not recomputed.
fn check_series(claimed: &StudyResult, wrong: &mut Vec<String>) {
    let points = claimed.demand_curve.as_ref().map_or(&[][..], |curve| &curve.points);
    for point in points {
        if point.bound_usd_per_year > point.usd_per_year * (1.0 + TOLERANCE) {
            wrong.push(format!(
                "demand_curve: at ${} the bound is above the cost",
                point.price_usd_per_parcel
            ));
        }
    }
    for pair in points.windows(2) {
        let more = pair[1].operator_parcels_per_year - pair[0].operator_parcels_per_year;
        if more > TOLERANCE * pair[0].operator_parcels_per_year {
            wrong.push(format!(
                "demand_curve: more parcels at ${} than at the lower price ${}",
                pair[1].price_usd_per_parcel, pair[0].price_usd_per_parcel
            ));
        }
    }
}

/// Paths at which two values differ, numbers beyond the tolerance.
fn differences(path: &str, claimed: &Value, again: &Value, wrong: &mut Vec<String>) {
    match (claimed, again) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                differences(&path, value, b.get(key).unwrap_or(&Value::Null), wrong);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}[{i}]"), a, b, wrong);
            }
        }
        (Value::Number(a), Value::Number(b)) if close(a.as_f64(), b.as_f64()) => {}
        _ if claimed == again || is_fingerprint(path) => {}
        _ => wrong.push(format!("{path}: the result says {claimed}, recomputed {again}")),
    }
}

/// Fingerprints are compared with the files themselves, and where the study is may change.
fn is_fingerprint(path: &str) -> bool {
    path.ends_with("sha256") || path == "study.file.path" || path == "program"
}

fn close(a: Option<f64>, b: Option<f64>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    // Below a millionth, a difference of large sums is noise.
    (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()) + 1e-6 * TOLERANCE.sqrt()
}

fn print(recomputed: &[Recomputed], wrong: &[String], as_json: bool) -> Result<(), Failure> {
    let text = if as_json {
        let scenario = |r: &Recomputed| {
            serde_json::json!({
                "name": r.name,
                "cost_usd_per_day": { "claimed": r.cost.0, "recomputed": r.cost.1 },
                "certified_bound_usd_per_day": { "claimed": r.bound.0, "recomputed": r.bound.1 },
                "violations": r.violations,
            })
        };
        let scenarios: Vec<Value> = recomputed.iter().map(scenario).collect();
        let all = serde_json::json!({ "holds": wrong.is_empty(), "scenarios": scenarios, "mismatches": wrong });
        serde_json::to_string_pretty(&all).expect("plain data") + "\n"
    } else {
        let mut text = tables::check(recomputed);
        for line in wrong.iter().take(PRINTED) {
            text.push_str(&format!("mismatch: {line}\n"));
        }
        if wrong.len() > PRINTED {
            text.push_str(&format!("and {} more\n", wrong.len() - PRINTED));
        }
        if wrong.is_empty() {
            text.push_str("every figure was recomputed and holds\n");
        }
        text
    };
    io::stdout().write_all(text.as_bytes()).map_err(Failure::stdout)
}

//! `postroad bench`: solves instances from files and prints cost, bound, time and memory.
//!
//! Each file is solved in a process of its own, so that the peak of one is not that of another.
//! Every plan is recomputed by the model before its line is printed.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::{Args, Subcommand};
use postroad_formats::instance;
use postroad_model::bound::lagrangian_usd_per_day;
use postroad_model::network::{Facility, NetworkProblem, Sourcing};
use postroad_network_design::{Config, Solved, Status, WarmStart, solve};
use postroad_optimization::{Control, Progress};
use serde::{Deserialize, Serialize};

use super::bench_auction::AuctionBench;
use super::bench_routing::RoutingBench;
use crate::args::RunArgs;
use crate::failure::Failure;
use crate::input::read_text;

/// Gap at which the second, warm run stops unless another is asked for.
const WARM_GAP: f64 = 0.005;
/// What the warm run's price moves by: dearer outside options, or dearer facilities without them.
const OUTSIDE_FACTOR: f64 = 1.02;
const FACILITY_FACTOR: f64 = 1.05;
/// Relative difference between two sums of the same terms that rounding explains.
const ROUNDING: f64 = 1e-9;

/// Measure a kernel on instances from files.
#[derive(Subcommand, Clone, Debug)]
pub enum BenchArgs {
    /// Facility location: national text, OR-Library layouts, JSON problems; gzipped or not
    Network(NetworkBench),
    /// Vehicle routing: VRPLIB, with time windows or without, and Solomon's tables
    Routing(RoutingBench),
    /// Winner determination: markets as folders or JSON, and instances of CATS
    Auction(AuctionBench),
}

/// Instances and how to solve them.
#[derive(Args, Clone, Debug)]
pub struct NetworkBench {
    /// Instances to solve, one after the other
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Serve each zone from one facility only
    #[arg(long)]
    single_source: bool,
    /// Capacity of every facility, where an OR-Library file leaves it to be filled in
    #[arg(long, value_name = "PARCELS")]
    capacity: Option<f64>,
    /// Known values: a CSV with columns instance and optimum, or one value a line in file order
    #[arg(long, value_name = "FILE")]
    best_known: Option<PathBuf>,
    /// Solve again, warm, after outside options became 2 % dearer (or facilities 5 %)
    #[arg(long)]
    warm: bool,
    /// Most rounds of improvement
    #[arg(long, value_name = "N")]
    rounds: Option<u32>,
    /// Tell cost and bound on stderr whenever one gets better
    #[arg(long)]
    trace: bool,
}

/// What is printed for one file.
#[derive(Serialize, Deserialize, Clone, Debug)]
struct Line {
    instance: String,
    cost: Option<f64>,
    bound: Option<f64>,
    gap: Option<f64>,
    /// Wall time from opening the file to the kernel's answer.
    seconds: f64,
    peak_mb: Option<f64>,
    seed: u64,
    threads: usize,
    status: String,
    rounds: u32,
    demands: usize,
    facilities: usize,
    options: usize,
    /// The Lagrangian value at the kernel's prices, recomputed by the model.
    lagrangian: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    best_known: Option<f64>,
    /// (cost − best known) / best known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    excess: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    warm: Option<WarmLine>,
}

/// The second run on the changed problem.
#[derive(Serialize, Deserialize, Clone, Debug)]
struct WarmLine {
    changed: String,
    cost: Option<f64>,
    bound: Option<f64>,
    gap: Option<f64>,
    seconds: f64,
}

/// Solves the files and prints a line for each.
pub fn run(args: &BenchArgs, run: &RunArgs) -> Result<(), Failure> {
    match args {
        BenchArgs::Network(bench) => run_network(bench, run),
        BenchArgs::Routing(bench) => super::bench_routing::run(bench, run),
        BenchArgs::Auction(bench) => super::bench_auction::run(bench, run),
    }
}

fn run_network(bench: &NetworkBench, run: &RunArgs) -> Result<(), Failure> {
    let known = known_values(bench)?;
    if let [_] = bench.files[..] {
        let line = measure(bench, run, known[0])?;
        print_header(run);
        print_line(&line, run);
        return Ok(());
    }
    let mut failed = 0;
    print_header(run);
    for (index, known) in known.iter().enumerate() {
        match measure_apart(bench, index, *known, run)? {
            Some(line) => print_line(&line, run),
            None => failed += 1,
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::Negative(format!("{failed} of {} files failed", bench.files.len()))),
    }
}

/// Solves one file in a process of its own; `None` if that failed and said why on stderr.
fn measure_apart(
    bench: &NetworkBench,
    index: usize,
    known: Option<f64>,
    run: &RunArgs,
) -> Result<Option<Line>, Failure> {
    let start_failure = |cause| Failure::Negative(format!("no process could be started: {cause}"));
    let mut command = Command::new(std::env::current_exe().map_err(start_failure)?);
    command.args(["bench", "network", "--json"]);
    command.args([format!("--seed={}", run.seed), format!("--threads={}", run.threads())]);
    command.args(run.time_limit.map(|limit| format!("--time-limit={limit}")));
    command.args(run.gap.map(|gap| format!("--gap={gap}")));
    command.args(bench.capacity.map(|capacity| format!("--capacity={capacity}")));
    command.args(bench.rounds.map(|rounds| format!("--rounds={rounds}")));
    for (asked, flag) in
        [(bench.single_source, "--single-source"), (bench.warm, "--warm"), (bench.trace, "--trace")]
    {
        command.args(asked.then_some(flag));
    }
    command.arg("--").arg(&bench.files[index]);
    let output = command.stderr(Stdio::inherit()).output().map_err(start_failure)?;
    let line = output.status.success().then(|| serde_json::from_slice::<Line>(&output.stdout));
    let mut line = line.and_then(Result::ok);
    if let Some(line) = &mut line {
        compare(line, known)?;
    }
    Ok(line)
}

/// Reads and solves one file in this process.
fn measure(bench: &NetworkBench, run: &RunArgs, known: Option<f64>) -> Result<Line, Failure> {
    let file = &bench.files[0];
    let control = control(run, bench.trace);
    let text = read_text(file)?;
    let mut problem = instance::read(&file.display().to_string(), &text, bench.capacity)?;
    drop(text);
    if bench.single_source {
        problem.sourcing = Sourcing::Single;
    }
    let defaults = Config::default();
    let config = Config {
        gap: run.gap.unwrap_or(defaults.gap),
        rounds: bench.rounds.unwrap_or(match run.time_limit {
            Some(_) => u32::MAX,
            None => defaults.rounds,
        }),
        seed: run.seed,
        threads: run.threads(),
    };
    let solved = solve(&problem, &config, &control, None);
    let seconds = control.seconds();
    let name = instance_name(file);
    check(&name, &problem, &solved)?;
    let mut line = Line {
        instance: name,
        cost: finite(solved.cost_usd_per_day),
        bound: finite(solved.bound_usd_per_day),
        gap: finite(solved.gap()),
        seconds,
        peak_mb: peak_mb(),
        seed: run.seed,
        threads: config.threads,
        status: status_word(solved.status).to_string(),
        rounds: solved.rounds,
        demands: problem.demands.len(),
        facilities: problem.facilities.len(),
        options: problem.options.len(),
        lagrangian: finite(lagrangian_usd_per_day(&problem, &solved.prices)),
        best_known: None,
        excess: None,
        warm: None,
    };
    if bench.warm {
        line.warm = measure_warm(&line.instance, &mut problem, &solved, config, bench, run)?;
    }
    compare(&mut line, known)?;
    Ok(line)
}

/// Moves a price and solves again from where the first run ended.
fn measure_warm(
    name: &str,
    problem: &mut NetworkProblem,
    first: &Solved,
    config: Config,
    bench: &NetworkBench,
    run: &RunArgs,
) -> Result<Option<WarmLine>, Failure> {
    let Some(plan) = &first.plan else { return Ok(None) };
    let levels = plan.levels.iter().copied().collect();
    let warm = WarmStart { prices: first.prices.clone(), levels };
    let changed = move_a_price(problem);
    let config = Config { gap: run.gap.unwrap_or(WARM_GAP), ..config };
    let control = control(run, bench.trace);
    let solved = solve(problem, &config, &control, Some(&warm));
    let seconds = control.seconds();
    check(name, problem, &solved)?;
    Ok(Some(WarmLine {
        changed: changed.to_string(),
        cost: finite(solved.cost_usd_per_day),
        bound: finite(solved.bound_usd_per_day),
        gap: finite(solved.gap()),
        seconds,
    }))
}

fn move_a_price(problem: &mut NetworkProblem) -> &'static str {
    if problem.options.iter().any(|option| option.facility.is_none()) {
        let outside = problem.options.as_mut_slice().iter_mut().filter(|o| o.facility.is_none());
        outside.for_each(|option| option.usd_per_parcel *= OUTSIDE_FACTOR);
        return "outside options 2 % dearer";
    }
    let dearer = |facility: &mut Facility| {
        facility.levels.iter_mut().for_each(|level| level.usd_per_day *= FACILITY_FACTOR);
    };
    problem.facilities.as_mut_slice().iter_mut().for_each(dearer);
    "facilities 5 % dearer"
}

fn control(run: &RunArgs, trace: bool) -> Control {
    let control = run.time_limit.map_or_else(Control::unlimited, Control::with_time_limit);
    if !trace {
        return control;
    }
    control.on_progress(|Progress { cost, bound, seconds }| {
        let gap = 100.0 * Progress { cost, bound, seconds }.gap();
        eprintln!("{seconds:9.3} s  cost {cost:.3}  bound {bound:.3}  gap {gap:.4} %");
    })
}

/// Recomputes what the kernel claims: the plan's rules and cost, and both bounds below it.
fn check(name: &str, problem: &NetworkProblem, solved: &Solved) -> Result<(), Failure> {
    let wrong = |what: String| Err(Failure::Negative(format!("{name}: {what}")));
    let lagrangian = lagrangian_usd_per_day(problem, &solved.prices);
    let Some(plan) = &solved.plan else { return Ok(()) };
    if let Some(violation) = plan.violations(problem).first() {
        return wrong(format!("the plan breaks a rule: {violation:?}"));
    }
    let cost = plan.cost(problem).total_usd_per_day();
    let claim = solved.cost_usd_per_day;
    if (cost - claim).abs() > ROUNDING * cost.abs() {
        return wrong(format!("the plan costs {cost}, the kernel said {claim}"));
    }
    for bound in [solved.bound_usd_per_day, lagrangian] {
        if bound > cost + ROUNDING * cost.abs() {
            return wrong(format!("the bound {bound} is above the cost {cost}"));
        }
    }
    Ok(())
}

/// Adds the known value to a line; a bound above it is a fault of the kernel, or of the value.
fn compare(line: &mut Line, known: Option<f64>) -> Result<(), Failure> {
    let Some(known) = known else { return Ok(()) };
    line.best_known = Some(known);
    line.excess = line.cost.map(|cost| (cost - known) / known);
    match line.bound {
        // Published values are rounded; a millionth is within that.
        Some(bound) if bound > known * (1.0 + 1e-6) => Err(Failure::Negative(format!(
            "{}: the bound {bound} is above the known value {known}",
            line.instance
        ))),
        _ => Ok(()),
    }
}

fn known_values(bench: &NetworkBench) -> Result<Vec<Option<f64>>, Failure> {
    let Some(path) = &bench.best_known else { return Ok(vec![None; bench.files.len()]) };
    let text = read_text(path)?;
    let mut rows = text.lines().map(|line| line.split(',').map(str::trim).collect::<Vec<_>>());
    let header = rows.clone().next().unwrap_or_default();
    let column = |name| header.iter().position(|cell| *cell == name);
    if let (Some(instance), Some(optimum)) = (column("instance"), column("optimum")) {
        let of = |name: String| {
            let row = rows.clone().find(|row| row.get(instance) == Some(&name.as_str()));
            row.and_then(|row| row.get(optimum)?.parse().ok())
        };
        return Ok(bench.files.iter().map(|file| of(instance_name(file))).collect());
    }
    let mut value = || rows.next().and_then(|row| row.first()?.parse().ok());
    Ok(bench.files.iter().map(|_| value()).collect())
}

/// The file's name without `.gz` and the ending before it; a folder's files keep their names.
fn instance_name(file: &std::path::Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let known = [".txt", ".json", ".dat"];
    known.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_string()
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::Optimal => "optimal",
        Status::Feasible => "feasible",
        Status::Infeasible => "infeasible",
        Status::Unknown => "unknown",
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// Most memory this process ever held, in MB of 10⁶ bytes; Linux only.
pub(super) fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some((kibibytes * 1024.0 / 1e6 * 10.0).round() / 10.0)
}

fn print_header(run: &RunArgs) {
    if !run.json {
        println!(
            "{:<20} {:>16} {:>16} {:>10} {:>9} {:>8} {:>6} {:>10} {:>10}",
            "instance", "cost", "bound", "gap", "seconds", "peak MB", "seed", "status", "excess"
        );
    }
}

fn print_line(line: &Line, run: &RunArgs) {
    if run.json {
        println!("{}", serde_json::to_string(line).expect("a line has string keys only"));
        return;
    }
    let share = |share: Option<f64>| share.map_or("-".into(), |s| format!("{:.4} %", 100.0 * s));
    let usd = |usd: Option<f64>| usd.map_or("-".into(), |usd| format!("{usd:.3}"));
    println!(
        "{:<20} {:>16} {:>16} {:>10} {:>9.3} {:>8} {:>6} {:>10} {:>10}",
        line.instance,
        usd(line.cost),
        usd(line.bound),
        share(line.gap),
        line.seconds,
        line.peak_mb.map_or("-".into(), |mb| format!("{mb:.1}")),
        line.seed,
        line.status,
        share(line.excess)
    );
    if let Some(warm) = &line.warm {
        println!(
            "{:<20} {:>16} {:>16} {:>10} {:>9.3}   {}",
            "  warm",
            usd(warm.cost),
            usd(warm.bound),
            share(warm.gap),
            warm.seconds,
            warm.changed
        );
    }
}

//! `postroad bench routing`: solves routing instances and prints cost, routes, time and memory.
//!
//! Each file is solved in a process of its own, so that the peak of one is not that of another.
//! Every plan is recomputed by the model before its line is printed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use postroad_formats::vrplib::{self, Instance};
use postroad_optimization::Control;
use postroad_routing::{Config, Solved, solve, unsupported};
use serde::{Deserialize, Serialize};

use super::bench::peak_mb;
use crate::args::RunArgs;
use crate::failure::Failure;
use crate::input::read_text;

/// Names of a column with best known costs, in tables of several origins.
const KNOWN_COLUMNS: [&str; 4] = ["best_known", "bks_cost", "bks", "optimum"];

/// Instances and how to solve them.
#[derive(Args, Clone, Debug)]
pub struct RoutingBench {
    /// Instances to solve, one after the other: VRPLIB (.vrp) or Solomon's tables
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Rounds of ruin and recreate, the budget of repeatable runs [default: 1000000, or no limit
    /// beside --time]
    #[arg(long, value_name = "N")]
    iterations: Option<u64>,
    /// Parts of the area searched side by side; the answer depends on it [default: by the number
    /// of stops]
    #[arg(long, value_name = "N", default_value_t = 0)]
    parts: usize,
    /// Known values: a CSV with the columns instance and best_known (or bks_cost, optimum)
    #[arg(long, value_name = "FILE")]
    best_known: Option<PathBuf>,
    /// Write each plan into this folder as NAME.sol
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

/// What is printed for one file.
#[derive(Serialize, Deserialize, Clone, Debug)]
struct Line {
    instance: String,
    /// In units of the file.
    cost: f64,
    routes: usize,
    /// Customers that are left out; the plan is no answer to the benchmark if there are any.
    unassigned: usize,
    iterations: u64,
    /// Wall time from opening the file to the kernel's answer.
    seconds: f64,
    peak_mb: Option<f64>,
    seed: u64,
    stops: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    best_known: Option<f64>,
    /// (cost − best known) / best known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gap: Option<f64>,
}

/// Solves the files and prints a line for each.
pub(crate) fn run(bench: &RoutingBench, run: &RunArgs) -> Result<(), Failure> {
    let known = bench.best_known.as_deref().map(read_text).transpose()?;
    let of = |line: Line| compare(line, known.as_deref().unwrap_or_default());
    print_header(run);
    if let [file] = &bench.files[..] {
        let line = of(measure(file, bench, run)?);
        print_line(&line, run);
        return answer(&[line], bench);
    }
    let mut lines = Vec::new();
    for file in &bench.files {
        if let Some(line) = measure_apart(file, bench, run)? {
            lines.push(of(line));
            print_line(&lines[lines.len() - 1], run);
        }
    }
    let gaps: Vec<f64> = lines.iter().filter_map(|line| line.gap).collect();
    if !run.json && gaps.len() > 1 {
        println!("mean gap {:.3} %", 100.0 * gaps.iter().sum::<f64>() / gaps.len() as f64);
    }
    answer(&lines, bench)
}

/// Whether all files were solved with all their customers.
fn answer(lines: &[Line], bench: &RoutingBench) -> Result<(), Failure> {
    let failed = bench.files.len() - lines.iter().filter(|line| line.unassigned == 0).count();
    match failed {
        0 => Ok(()),
        _ => Err(Failure::Negative(format!("{failed} of {} files failed", bench.files.len()))),
    }
}

/// Reads and solves one file in this process.
fn measure(file: &Path, bench: &RoutingBench, run: &RunArgs) -> Result<Line, Failure> {
    let control = run.time_limit.map_or_else(Control::unlimited, Control::with_time_limit);
    let text = read_text(file)?;
    let instance = vrplib::read(&file.display().to_string(), &text)?;
    drop(text);
    if let Some(feature) = unsupported(&instance.problem).first() {
        return Err(Failure::Negative(format!("{}: {feature} cannot be solved", file.display())));
    }
    let defaults = Config::default();
    let unlimited = run.time_limit.map_or(defaults.iterations, |_| u64::MAX);
    let iterations = bench.iterations.unwrap_or(unlimited);
    let threads = run.threads.map_or(1, usize::from);
    let config = Config { iterations, seed: run.seed, parts: bench.parts, threads, ..defaults };
    let solved = solve(&instance.problem, &config, &control, None);
    let seconds = control.seconds();
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    check(&name, &instance, &solved)?;
    if let Some(folder) = &bench.write {
        write(folder, &name, &instance, &solved)?;
    }
    Ok(Line {
        instance: name,
        cost: solved.cost_micro_usd as f64 / f64::from(instance.scale),
        routes: solved.plan.routes.len(),
        unassigned: solved.plan.unassigned.len(),
        iterations: solved.iterations,
        seconds,
        peak_mb: peak_mb(),
        seed: run.seed,
        stops: instance.problem.stops.len(),
        best_known: None,
        gap: None,
    })
}

/// Solves one file in a process of its own; `None` if that failed and said why on stderr.
fn measure_apart(
    file: &Path,
    bench: &RoutingBench,
    run: &RunArgs,
) -> Result<Option<Line>, Failure> {
    let start_failure = |cause| Failure::Negative(format!("no process could be started: {cause}"));
    let mut command = Command::new(std::env::current_exe().map_err(start_failure)?);
    command.args(["bench", "routing", "--json"]);
    command
        .args([format!("--seed={}", run.seed), format!("--threads={}", run.threads.unwrap_or(1))]);
    command.args(run.time_limit.map(|limit| format!("--time-limit={limit}")));
    command.args(bench.iterations.map(|rounds| format!("--iterations={rounds}")));
    command.arg(format!("--parts={}", bench.parts));
    if let Some(folder) = &bench.write {
        command.arg("--write").arg(folder);
    }
    command.arg("--").arg(file);
    let output = command.stderr(Stdio::inherit()).output().map_err(start_failure)?;
    Ok(serde_json::from_slice::<Line>(&output.stdout).ok())
}

/// Recomputes what the kernel claims. A customer left out is told in the line.
fn check(name: &str, instance: &Instance, solved: &Solved) -> Result<(), Failure> {
    let wrong = |what: String| Err(Failure::Negative(format!("{name}: {what}")));
    let left_out = solved.plan.unassigned.len();
    let broken = solved.plan.violations(&instance.problem);
    if broken.len() != left_out {
        return wrong(format!("the plan breaks a rule: {:?}", broken[0]));
    }
    let cost = solved.plan.cost(&instance.problem).total_micro_usd();
    if cost != solved.cost_micro_usd {
        return wrong(format!("the plan costs {cost}, the kernel said {}", solved.cost_micro_usd));
    }
    Ok(())
}

fn write(folder: &Path, name: &str, instance: &Instance, solved: &Solved) -> Result<(), Failure> {
    let path = folder.join(format!("{name}.sol"));
    let text = vrplib::write_solution(&solved.plan, instance);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|cause| Failure::Output { path: path.display().to_string(), cause })
}

/// Adds the best known value, if the table has one; names may differ in case.
fn compare(mut line: Line, table: &str) -> Line {
    let mut rows = table.lines().map(|row| row.split(',').map(str::trim).collect::<Vec<_>>());
    let header = rows.next().unwrap_or_default();
    let column = |name| header.iter().position(|cell| *cell == name);
    let value_column = KNOWN_COLUMNS.into_iter().find_map(column);
    if let (Some(name), Some(value)) = (column("instance"), value_column) {
        let is_this = |row: &Vec<&str>| {
            row.get(name).is_some_and(|cell| cell.eq_ignore_ascii_case(&line.instance))
        };
        line.best_known = rows.find(is_this).and_then(|row| row.get(value)?.parse().ok());
    }
    line.gap = line.best_known.map(|known| (line.cost - known) / known);
    line
}

fn print_header(run: &RunArgs) {
    if !run.json {
        println!(
            "{:<22} {:>12} {:>7} {:>11} {:>9} {:>8} {:>6} {:>9}",
            "instance", "cost", "routes", "iterations", "seconds", "peak MB", "seed", "gap"
        );
    }
}

fn print_line(line: &Line, run: &RunArgs) {
    if run.json {
        println!("{}", serde_json::to_string(line).expect("a line has string keys only"));
        return;
    }
    println!(
        "{:<22} {:>12.1} {:>7} {:>11} {:>9.2} {:>8} {:>6} {:>9}",
        line.instance,
        line.cost,
        line.routes,
        line.iterations,
        line.seconds,
        line.peak_mb.map_or("-".into(), |mb| format!("{mb:.1}")),
        line.seed,
        line.gap.map_or("-".into(), |gap| format!("{:.3} %", 100.0 * gap)),
    );
    if line.unassigned > 0 {
        println!("  {} customers are left out", line.unassigned);
    }
}

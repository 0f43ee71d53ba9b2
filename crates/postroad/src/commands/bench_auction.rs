//! `postroad bench auction`: clears markets from files and prints value, bound, time and memory.
//!
//! Each file is cleared in a process of its own, so that the peak of one is not that of another.
//! Every award is recomputed by the model before its line is printed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use postroad_optimization::Control;
use serde::{Deserialize, Serialize};

use super::bench::peak_mb;
use crate::args::RunArgs;
use crate::auction::{clear, load};
use crate::failure::Failure;

/// Micros in a dollar, as a real number.
const MICROS: f64 = 1e6;

/// Markets to clear.
#[derive(Args, Clone, Debug)]
pub struct AuctionBench {
    /// Markets, one after the other: folders of tables, JSON markets, instances of CATS
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Tell value and bound on stderr whenever one gets better
    #[arg(long)]
    trace: bool,
}

/// What is printed for one file.
#[derive(Serialize, Deserialize, Clone, Debug)]
struct Line {
    instance: String,
    /// In dollars: what the award is worth above awarding nothing.
    value: f64,
    bound: f64,
    /// (bound − value) / value.
    gap: f64,
    proven: bool,
    /// Wall time from opening the file to the kernel's answer.
    seconds: f64,
    /// The part of it that reading took.
    reading_seconds: f64,
    peak_mb: Option<f64>,
    seed: u64,
    rounds: u64,
    lots: usize,
    bids: usize,
    /// What a buyer pays in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cost: Option<f64>,
    /// (cost − least cost by the bound) / cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cost_gap: Option<f64>,
}

/// Clears the files and prints a line for each.
pub(crate) fn run(bench: &AuctionBench, run: &RunArgs) -> Result<(), Failure> {
    print_header(run);
    if let [file] = &bench.files[..] {
        print_line(&measure(file, bench, run)?, run);
        return Ok(());
    }
    let mut failed = 0;
    for file in &bench.files {
        match measure_apart(file, bench, run)? {
            Some(line) => print_line(&line, run),
            None => failed += 1,
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::Negative(format!("{failed} of {} files failed", bench.files.len()))),
    }
}

fn control(bench: &AuctionBench, run: &RunArgs) -> Control {
    let control = run.time_limit.map_or_else(Control::unlimited, Control::with_time_limit);
    if !bench.trace {
        return control;
    }
    control.on_progress(|told| {
        let (value, bound) = (-told.cost / MICROS, -told.bound / MICROS);
        eprintln!("{:9.3} s  value {value:.2}  bound {bound:.2}", told.seconds);
    })
}

/// Reads and clears one file in this process.
fn measure(file: &Path, bench: &AuctionBench, run: &RunArgs) -> Result<Line, Failure> {
    let control = control(bench, run);
    let market = load::load(file, None)?;
    let reading_seconds = control.seconds();
    let cleared = clear::clear(&market, &clear::config(run), &control, None)?;
    let problem = &market.problem;
    let cost = cleared.award.cost_micros(problem).map(|cost| cost as f64 / MICROS);
    let missing = (cleared.bound_micros - cleared.value_micros) as f64 / MICROS;
    Ok(Line {
        instance: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        value: cleared.value_micros as f64 / MICROS,
        bound: cleared.bound_micros as f64 / MICROS,
        gap: cleared.gap(),
        proven: cleared.proven,
        seconds: control.seconds(),
        reading_seconds,
        peak_mb: peak_mb(),
        seed: run.seed,
        rounds: cleared.rounds,
        lots: problem.lots.len(),
        bids: problem.bids.len(),
        cost,
        cost_gap: cost.map(|cost| missing / cost.max(f64::MIN_POSITIVE)),
    })
}

/// Clears one file in a process of its own; `None` if that failed and said why on stderr.
fn measure_apart(
    file: &Path,
    bench: &AuctionBench,
    run: &RunArgs,
) -> Result<Option<Line>, Failure> {
    let start_failure = |cause| Failure::Negative(format!("no process could be started: {cause}"));
    let mut command = Command::new(std::env::current_exe().map_err(start_failure)?);
    command.args(["bench", "auction", "--json"]);
    command.arg(format!("--seed={}", run.seed));
    command.args(run.time_limit.map(|limit| format!("--time-limit={limit}")));
    command.args(run.gap.map(|gap| format!("--gap={gap}")));
    command.args(run.rounds.map(|rounds| format!("--rounds={rounds}")));
    command.args(bench.trace.then_some("--trace"));
    command.arg("--").arg(file);
    let output = command.stderr(Stdio::inherit()).output().map_err(start_failure)?;
    Ok(serde_json::from_slice::<Line>(&output.stdout).ok())
}

fn print_header(run: &RunArgs) {
    if !run.json {
        println!(
            "{:<24} {:>18} {:>18} {:>10} {:>7} {:>9} {:>8} {:>6}",
            "instance", "value", "bound", "gap", "proven", "seconds", "peak MB", "seed"
        );
    }
}

fn print_line(line: &Line, run: &RunArgs) {
    if run.json {
        println!("{}", serde_json::to_string(line).expect("a line has string keys only"));
        return;
    }
    println!(
        "{:<24} {:>18.2} {:>18.2} {:>10} {:>7} {:>9.3} {:>8} {:>6}",
        line.instance,
        line.value,
        line.bound,
        format!("{:.4} %", 100.0 * line.cost_gap.unwrap_or(line.gap)),
        if line.proven { "yes" } else { "no" },
        line.seconds,
        line.peak_mb.map_or("-".into(), |mb| format!("{mb:.1}")),
        line.seed
    );
}

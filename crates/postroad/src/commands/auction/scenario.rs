//! `postroad auction scenario`: all scenarios of a market side by side, and what each costs.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use postroad_formats::auction::{Scenario, usd};
use postroad_model::{Fault, Place};
use postroad_optimization::Control;
use serde::Serialize;

use crate::args::RunArgs;
use crate::auction::outcome::{Outcome, Told};
use crate::auction::{clear, load, text};
use crate::failure::Failure;
use crate::run::Runner;

/// A market with scenarios.
#[derive(Args, Clone, Debug)]
pub struct ScenarioArgs {
    /// A folder of tables or a JSON market
    #[arg(value_name = "MARKET")]
    market: PathBuf,
    /// Only these scenarios, separated by commas
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    only: Vec<String>,
}

/// A scenario's outcome beside that of the market as it stands.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Compared {
    /// The market as it stands without a name.
    pub(crate) name: Option<String>,
    pub(crate) note: String,
    /// None if no award keeps its rules.
    pub(crate) outcome: Option<Outcome>,
    /// What it costs: value of the market as it stands less that of the scenario.
    pub(crate) costs_usd: Option<String>,
    #[serde(skip)]
    value_micros: Option<i64>,
}

/// Clears all and compares.
pub(super) fn run(args: &ScenarioArgs, run: &RunArgs) -> Result<(), Failure> {
    let listed = load::scenarios(&args.market)?;
    known(args, &listed)?;
    let wanted = |name: &String| args.only.is_empty() || args.only.contains(name);
    let mut asked: Vec<(Option<String>, String)> = vec![(None, String::new())];
    asked.extend(listed.into_iter().filter(|s| wanted(&s.name)).map(|s| (Some(s.name), s.note)));
    let runner = Runner::new(run, asked.len());
    let at_once = runner.workers.threads().min(asked.len());
    let share = runner.for_share_of_time(1.0 / asked.len().div_ceil(at_once) as f64);
    let seconds = share.control.seconds_left();
    let compared = runner.workers.map(&asked, |(name, note)| {
        let control = runner.control.within(seconds);
        let compared = compare(args, run, &control, name.clone(), note.clone());
        runner.teller.done(name.as_deref().unwrap_or("as it stands"));
        compared
    });
    let mut all: Vec<Compared> = compared.into_iter().collect::<Result<_, _>>()?;
    let base = all.first().and_then(|base| base.value_micros);
    for one in all.iter_mut().skip(1) {
        one.costs_usd = base.zip(one.value_micros).map(|(base, own)| usd(base - own));
    }
    runner.teller.finish();
    let text = match run.json {
        true => serde_json::to_string_pretty(&all).expect("string keys only") + "\n",
        false => text::scenarios(&all),
    };
    io::stdout().write_all(text.as_bytes()).map_err(Failure::stdout)
}

/// Whether the market has all scenarios that were asked for.
fn known(args: &ScenarioArgs, listed: &[Scenario]) -> Result<(), Vec<Fault>> {
    let names: Vec<&str> = listed.iter().map(|scenario| scenario.name.as_str()).collect();
    let unknown = args.only.iter().filter(|name| !names.contains(&name.as_str()));
    let fault = |name: &String| Fault {
        code: "E418",
        place: Place { file: args.market.display().to_string(), line: None, field: None },
        cause: format!("`{name}` is no scenario of the market"),
        action: format!("name some of: {}", names.join(", ")),
    };
    let faults: Vec<Fault> = unknown.map(fault).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn compare(
    args: &ScenarioArgs,
    run: &RunArgs,
    control: &Control,
    name: Option<String>,
    note: String,
) -> Result<Compared, Failure> {
    let market = load::with_bids(&args.market, name.as_deref())?;
    let cleared = clear::try_clear(&market, &clear::config(run), control, None)?;
    let told = cleared.as_ref().map(|it| Told::new(&market, it, name.as_deref(), run.seed));
    let outcome = told.map(|told| told.outcome());
    let value_micros = cleared.as_ref().map(|cleared| cleared.value_micros);
    Ok(Compared { name, note, outcome, costs_usd: None, value_micros })
}

//! `postroad route --from-plan`: the stops of a planned station on a day, or of all stations, drawn
//! and routed, beside what the planner computes for them.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use postroad_formats::routing::RoutingJob;

use crate::args::{RunArgs, positive};
use crate::failure::Failure;
use crate::nation::{self, NationRun, Network};
use crate::report::number::{decimal, usd};
use crate::run::Runner;
use crate::tables;

/// Rounds for each stop of the nation: some 4,000 stops a second of a core, within about 3 % of what
/// 1,900,000 rounds find.
const ROUNDS_PER_STOP: f64 = 5.0;

/// Arguments of `postroad route --from-plan`.
#[derive(clap::Args, Debug)]
pub struct PlanDayArgs {
    /// Route a day of a plan instead of STOPS: a study's result.json or its folder
    #[arg(long, value_name = "RESULT", conflicts_with_all = ["stops", "fleet", "roads", "osrm"])]
    pub from_plan: Option<PathBuf>,
    /// The station or rural hub whose day it is
    #[arg(long, value_name = "ID", requires = "from_plan")]
    pub station: Option<String>,
    /// Every station and hub, one after the other, into stations.csv of a folder [default:
    /// out/nation]; goes on where an earlier run stopped
    #[arg(long, requires = "from_plan", conflicts_with = "station")]
    pub all: bool,
    /// Which day is drawn
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub day: u32,
    /// Scenario of the plan [default: the first that has a plan]
    #[arg(long, value_name = "NAME", requires = "from_plan")]
    pub scenario: Option<String>,
    /// Where the study is now, if it has moved since
    #[arg(long, value_name = "PATH", requires = "from_plan")]
    pub study: Option<PathBuf>,
    /// Rounds of ruin and recreate for each stop of --all [default: 5]
    #[arg(long, value_name = "N", value_parser = positive, requires = "all")]
    pub rounds_per_stop: Option<f64>,
}

impl PlanDayArgs {
    fn network(&self, result: &Path) -> Result<Network, Failure> {
        Network::read(result, self.scenario.as_deref(), self.study.as_deref())
    }
}

/// The day of one station; `tell` hears what the planner computes for it.
pub(super) fn job(
    result: &Path,
    args: &PlanDayArgs,
    seed: u64,
    tell: impl Fn(&str),
) -> Result<RoutingJob, Failure> {
    let network = args.network(result)?;
    let station = network.station(args.station.as_deref())?;
    let drawn = nation::draw(&network, station, args.day, seed);
    let planned = nation::estimate(&network, station, &drawn.zone_stops);
    tell(&format!(
        "the planner computes {} routes, {} km, {} h and {} for these {} stops",
        decimal(planned.routes, 1),
        decimal(planned.km, 0),
        decimal(planned.hours, 0),
        usd(planned.usd),
        decimal(drawn.job.problem.stops.len() as f64, 0),
    ));
    Ok(drawn.job)
}

/// Routes every station into the folder's table and prints a summary by class.
pub(super) fn all(
    result: &Path,
    args: &PlanDayArgs,
    out: Option<&Path>,
    run_args: &RunArgs,
) -> Result<(), Failure> {
    let network = args.network(result)?;
    let settings = NationRun {
        scenario: network.scenario.clone(),
        plan_sha256: network.plan_sha256.clone(),
        day: args.day,
        seed: run_args.seed,
        rounds_per_stop: args.rounds_per_stop.unwrap_or(ROUNDS_PER_STOP),
    };
    let folder = out.map_or_else(|| Path::new("out").join("nation"), Path::to_path_buf);
    let runner = Runner::new(run_args, network.stations.len());
    let rows = nation::run(&network, &settings, &folder, &runner)?;
    runner.teller.finish();
    let text = match run_args.json {
        true => serde_json::to_string_pretty(&rows).expect("plain data") + "\n",
        false => tables::nation(&nation::summary(&rows)),
    };
    io::stdout().write_all(text.as_bytes()).map_err(Failure::stdout)?;
    match network.stations.len() - rows.len() {
        0 => Ok(()),
        left => {
            let what = format!("{left} stations are left; the same command goes on with them");
            Err(Failure::Interrupted(what))
        }
    }
}

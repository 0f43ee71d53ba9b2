//! `postroad route`: which vehicle visits which stops, in what order, and when.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use postroad_formats::routing::RoutingJob;
use postroad_model::routing::{MICRO_USD, RoutingPlan};
use postroad_model::{Fault, Place};

use super::road_args::RoadArgs;
use super::route_plan::{self, PlanDayArgs};
use crate::args::{RunArgs, positive};
use crate::failure::Failure;
use crate::routing::{self, Effort, balance, compact, load, start, vroom};
use crate::routing_output::result::RunOfRoutes;
use crate::run::Runner;
use crate::{input, output, routing_output};

/// Faster than any van: where roads tell the times, straight lines must not call a stop out of reach.
const FASTEST_KM_PER_HOUR: f64 = 150.0;
/// Left-out stops that are named in a message; the rest are counted.
const NAMED_MAX: usize = 10;

/// Arguments of `postroad route`.
#[derive(clap::Args, Debug)]
pub struct RouteArgs {
    /// Stops as CSV or JSON, with --fleet; or a whole problem: VROOM's JSON (`-` reads it from
    /// stdin), VRPLIB (.vrp), Solomon's table
    #[arg(value_name = "STOPS", required_unless_present = "from_plan")]
    pub stops: Option<PathBuf>,
    /// Vehicles, as CSV or JSON
    #[arg(long, value_name = "FILE")]
    pub fleet: Option<PathBuf>,
    /// Where routes start and end, as CSV or JSON [default: the places in the fleet's file]
    #[arg(long, value_name = "FILE", requires = "fleet")]
    pub depots: Option<PathBuf>,
    /// Distances and times, as CSV or JSON [default: straight lines]
    #[arg(long, value_name = "FILE", requires = "fleet", conflicts_with_all = ["roads", "osrm"])]
    pub matrix: Option<PathBuf>,
    /// Roads instead of straight lines
    #[command(flatten)]
    pub roads: RoadArgs,
    /// Road over straight line, without a matrix
    #[arg(long, value_name = "FACTOR", default_value_t = 1.3, value_parser = circuity)]
    pub circuity: f64,
    /// Speed along the road, where no times are given
    #[arg(long, value_name = "SPEED", default_value_t = 40.0, value_parser = speed)]
    pub km_per_hour: f64,
    /// Folder to write result.json, routes.geojson, the manifest and route.html to
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Rounds of ruin and recreate, the budget of repeatable runs [default: 2,000 for each stop,
    /// 100,000 to 1,000,000; no limit beside --time-limit]
    #[arg(long, value_name = "N")]
    pub iterations: Option<u64>,
    /// Add lines on the map to VROOM's answer
    #[arg(long, short)]
    pub geometry: bool,
    /// Take the routes in the `steps` of VROOM's vehicles as they are: choose times, and tell which
    /// rules are broken
    #[arg(long, short = 'c', visible_alias = "choose-eta")]
    pub given: bool,
    /// Start from the routes of an earlier result.json
    #[arg(long, value_name = "RESULT")]
    pub start: Option<PathBuf>,
    /// Cost of moving a stop to another vehicle than in the start plan
    #[arg(long, value_name = "USD", requires = "start", value_parser = positive)]
    pub keep: Option<f64>,
    /// Keep drivers' hours near each other: an hour beyond the mean of a first plan costs so much
    /// more when a second one is made with the same vehicles
    #[arg(long, value_name = "USD", value_parser = positive)]
    pub balance: Option<f64>,
    /// Keep routes apart: a second plan has a price for each km by which a stop is nearer to the
    /// middle of a first plan's route than to the next one's, unless that route's vehicle comes
    #[arg(long, value_name = "USD_PER_KM", value_parser = positive,
          conflicts_with_all = ["balance", "keep"])]
    pub compact: Option<f64>,
    /// Days of a plan
    #[command(flatten)]
    pub plan: PlanDayArgs,
}

impl RouteArgs {
    /// The file that says what is to be visited.
    fn source(&self) -> &Path {
        let named = self.stops.as_ref().or(self.plan.from_plan.as_ref());
        named.expect("the command line asks for one of them")
    }
}

pub(crate) fn circuity(text: &str) -> Result<f64, String> {
    within(text, 1.0, 10.0)
}

pub(crate) fn speed(text: &str) -> Result<f64, String> {
    within(text, 1.0, 1000.0)
}

fn within(text: &str, min: f64, max: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (min..=max).contains(&value) => Ok(value),
        _ => Err(format!("expected a number from {min} to {max}")),
    }
}

/// Routes the stops, writes the folder, prints the plan.
pub fn run(args: &RouteArgs, run_args: &RunArgs) -> Result<(), Failure> {
    if args.plan.all {
        return route_plan::all(args.source(), &args.plan, args.out.as_deref(), run_args);
    }
    if let Some(folder) = &args.out {
        output::prepare(folder)?;
    }
    let runner = Runner::new(run_args, 1);
    let effort = Effort {
        iterations: args.iterations,
        is_timed: run_args.time_limit.is_some(),
        seed: run_args.seed,
        threads: run_args.threads(),
    };
    let mut job = match problem(args, run_args.seed, |warning| runner.teller.line(warning))? {
        Problem::Job(job) => *job,
        Problem::Vroom(text) => return answer_vroom(args, &text, effort, &runner),
    };
    let mut start = args.start.as_deref().map(|file| start::read(file, &job)).transpose()?;
    if let (Some(usd), Some(start)) = (args.keep, &mut start) {
        start::keep(&mut job, start, (usd * MICRO_USD as f64).round() as i64);
    }
    let file = args.source().display().to_string();
    if args.given {
        return Err(Failure::Input(vec![Fault {
            code: "E345",
            place: Place { file, line: None, field: None },
            cause: "--given is for problems in VROOM's format".into(),
            action: "leave it out, or give the routes as `steps` of vehicles".into(),
        }]));
    }
    let (control, start) = (&runner.control, start.as_ref());
    let solved = match (args.balance, args.compact) {
        (Some(usd), _) => balance::solve(&file, &job.problem, usd, effort, control, start)?,
        (_, Some(usd)) => compact::solve(&file, &job.problem, usd, effort, control, start)?,
        _ => routing::solve(&file, &job.problem, effort, control, start)?,
    };
    let told = RunOfRoutes {
        seed: run_args.seed,
        iterations: solved.iterations,
        time_limit_s: run_args.time_limit,
        stopped: runner.was_interrupted(),
    };
    runner.teller.finish();
    tell(args, run_args, &job, &solved.plan, told)?;
    if runner.was_interrupted() {
        return Err(Failure::Interrupted("the plan is the best so far".into()));
    }
    verdict(&job, &solved.plan)
}

/// What is to be routed.
enum Problem {
    Job(Box<RoutingJob>),
    /// The text of a problem in VROOM's format, which is answered in it.
    Vroom(String),
}

/// The problem in whatever format it is.
fn problem(args: &RouteArgs, seed: u64, warn: impl Fn(&str)) -> Result<Problem, Failure> {
    let stops = args.source();
    let job = |job| Problem::Job(Box::new(job));
    if args.plan.from_plan.is_some() {
        return route_plan::job(stops, &args.plan, seed, warn).map(job);
    }
    if let Some(fleet) = &args.fleet {
        let is_by_road = args.roads.is_asked();
        let tables = load::Tables {
            stops,
            fleet,
            depots: args.depots.as_deref(),
            matrix: args.matrix.as_deref(),
            circuity: if is_by_road { 1.0 } else { args.circuity },
            km_per_hour: if is_by_road { FASTEST_KM_PER_HOUR } else { args.km_per_hour },
        };
        let read = load::tables(&tables, &warn)?;
        return by_road(args, read, &warn).map(job);
    }
    let text = problem_text(stops)?;
    if text.trim_start().starts_with('{') {
        return Ok(Problem::Vroom(text));
    }
    by_road(args, load::instance(&stops.display().to_string(), &text)?, &warn).map(job)
}

/// The text of a whole problem, from a file or stdin.
fn problem_text(path: &Path) -> Result<String, Failure> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map_err(|error| Fault {
            code: "E001",
            place: Place { file: "stdin".into(), line: None, field: None },
            cause: format!("stdin cannot be read: {error}"),
            action: "name a file".into(),
        })?;
        return Ok(input::text(bytes));
    }
    let text = input::read_text(path)?;
    let is_list = text.trim_start().starts_with('[');
    if is_list || path.extension().is_some_and(|end| end == "csv") {
        return Err(no_fleet(path).into());
    }
    Ok(text)
}

/// Answers a problem in VROOM's format in the same format, faults too.
fn answer_vroom(
    args: &RouteArgs,
    text: &str,
    effort: Effort,
    runner: &Runner,
) -> Result<(), Failure> {
    let file = args.source().display().to_string();
    if args.out.is_some() || args.start.is_some() {
        return Err(Failure::Input(vec![Fault {
            code: "E345",
            place: Place { file, line: None, field: None },
            cause: "--out and --start do not go with VROOM's format".into(),
            action: "take the answer from stdout, and give a start as `steps`".into(),
        }]));
    }
    let asked = vroom::Asked {
        circuity: args.circuity,
        km_per_hour: args.km_per_hour,
        roads: args.roads.open()?,
        effort,
        with_geometry: args.geometry,
        are_routes_given: args.given,
        most_tasks: usize::MAX,
        most_seconds: f64::INFINITY,
    };
    let answered = vroom::answer(&file, text, &asked, &runner.control);
    runner.teller.finish();
    let json = match &answered {
        Ok(answered) => {
            answered.warnings.iter().for_each(|warning| runner.teller.line(warning));
            answered.json.clone()
        }
        Err(failure) => vroom::failed(failure),
    };
    io::stdout().write_all(json.as_bytes()).map_err(Failure::stdout)?;
    answered?;
    match runner.was_interrupted() {
        true => Err(Failure::Interrupted("the plan is the best so far".into())),
        false => Ok(()),
    }
}

/// Replaces straight lines by the ways that were asked for.
fn by_road(
    args: &RouteArgs,
    mut job: RoutingJob,
    tell: impl Fn(&str),
) -> Result<RoutingJob, Failure> {
    if let Some(roads) = args.roads.open()? {
        tell(&roads.lead(&mut job, &args.source().display().to_string())?);
    }
    Ok(job)
}

fn no_fleet(stops: &Path) -> Fault {
    Fault {
        code: "E334",
        place: Place { file: stops.display().to_string(), line: None, field: None },
        cause: "there are stops, but no fleet".into(),
        action: "name a table of vehicles with --fleet".into(),
    }
}

/// Writes the files and prints the plan.
fn tell(
    args: &RouteArgs,
    run_args: &RunArgs,
    job: &RoutingJob,
    plan: &RoutingPlan,
    run: RunOfRoutes,
) -> Result<(), Failure> {
    let result = routing_output::result(job, plan, run).json();
    if let Some(folder) = &args.out {
        routing_output::write_all(job, plan, folder)?;
        let file = output::OutputFile { name: "result.json".into(), bytes: result.clone() };
        output::write(folder, &[file])?;
        if !run_args.quiet {
            eprintln!("wrote {}", folder.join("route.html").display());
        }
    }
    let text = if run_args.json { result } else { routing_output::text(job, plan).into_bytes() };
    io::stdout().write_all(&text).map_err(Failure::stdout)
}

/// Whether all stops that must be visited are.
fn verdict(job: &RoutingJob, plan: &RoutingPlan) -> Result<(), Failure> {
    let must = |stop: &_| job.problem.stops[*stop].price_micro_usd.is_none();
    let left_out: Vec<&str> = plan
        .unassigned
        .iter()
        .filter(|(stop, _)| must(stop))
        .map(|(stop, _)| job.names.stops[*stop].as_str())
        .collect();
    if left_out.is_empty() {
        return Ok(());
    }
    let named = left_out[..left_out.len().min(NAMED_MAX)].join(", ");
    let more = match left_out.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let count = left_out.len();
    Err(Failure::Negative(format!(
        "{count} stops that must be visited are left out: {named}{more}\n  \
         hint: give more vehicles or longer shifts, or a price for leaving them out"
    )))
}

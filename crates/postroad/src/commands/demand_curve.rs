//! `postroad demand-curve`: how many parcels stay with the postal operator at each price.

use std::io::{self, Write};
use std::path::PathBuf;

use postroad_model::{Fault, Place};

use crate::args::{RunArgs, positive};
use crate::failure::Failure;
use crate::load::{self, FLAGSHIP, Loaded};
use crate::output::{self, OutputFile, series};
use crate::result::DemandCurve;
use crate::run::curve::PriceLine;
use crate::run::{self, Runner, study};
use crate::tables;
use postroad_formats::study::Scenario;

/// Arguments of `postroad demand-curve`.
#[derive(clap::Args, Debug)]
pub struct DemandCurveArgs {
    /// Folder with a study.toml, or a study file
    #[arg(default_value = FLAGSHIP)]
    pub study: PathBuf,
    /// Scenario whose contract is priced [default: the one that extends the contract]
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Number of prices
    #[arg(long, value_name = "N", default_value_t = study::CURVE_POINTS as u16,
          value_parser = clap::value_parser!(u16).range(2..=1000))]
    pub points: u16,
    /// Lowest price in dollars per parcel [default: a third of today's]
    #[arg(long, value_name = "USD", value_parser = positive)]
    pub from: Option<f64>,
    /// Highest price in dollars per parcel [default: seven thirds of today's]
    #[arg(long, value_name = "USD", value_parser = positive)]
    pub to: Option<f64>,
    /// Folder to write demand-curve.csv to
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Plans the curve and prints it.
pub fn run(args: &DemandCurveArgs, run_args: &RunArgs) -> Result<(), Failure> {
    if let Some(out) = &args.out {
        output::prepare(out)?;
    }
    let loaded = load::load(&args.study)?;
    let scenario = scenario(args, &loaded)?;
    let line = line(args, study::price_now(&loaded.study, scenario))?;
    let runner = Runner::new(run_args, line.prices_usd_per_parcel.len());
    let curve = study::curve(&runner, &loaded, scenario, &line, &run::settings(run_args))?;
    runner.teller.finish();
    if let Some(out) = &args.out {
        let file =
            OutputFile { name: "demand-curve.csv".into(), bytes: series::demand_curve(&curve) };
        output::write(out, &[file])?;
    }
    print(&curve, run_args.json)?;
    match (runner.was_interrupted(), curve.points.is_empty()) {
        (true, _) => Err(Failure::Interrupted("some prices are missing".into())),
        (false, true) => Err(Failure::Negative("no plan was found at any price".into())),
        (false, false) => Ok(()),
    }
}

fn scenario<'a>(args: &DemandCurveArgs, loaded: &'a Loaded) -> Result<&'a Scenario, Fault> {
    let chosen = match &args.scenario {
        Some(name) => Some(loaded.study.scenario(name)?),
        None => study::curve_scenario(&loaded.study),
    };
    chosen.filter(|s| s.contract.is_some()).ok_or_else(|| Fault {
        code: "E002",
        place: Place {
            file: loaded.study.file.clone(),
            line: None,
            field: Some("scenarios".into()),
        },
        cause: "the scenario has no postal contract whose price could be moved".into(),
        action: "name one that has, with --scenario".into(),
    })
}

fn line(args: &DemandCurveArgs, now: f64) -> Result<PriceLine, Fault> {
    let around = PriceLine::around(now, 2);
    let low = args.from.unwrap_or(around.prices_usd_per_parcel[0]);
    let high = args.to.unwrap_or(around.prices_usd_per_parcel[1]);
    if low >= high {
        return Err(Fault {
            code: "E002",
            place: Place { file: "command line".into(), line: None, field: Some("--from".into()) },
            cause: format!("the lowest price ${low} is not below the highest ${high}"),
            action: "give --from a lower price than --to".into(),
        });
    }
    Ok(PriceLine::between(now, low, high, usize::from(args.points)))
}

fn print(curve: &DemandCurve, as_json: bool) -> Result<(), Failure> {
    let text = if as_json {
        serde_json::to_string_pretty(curve).expect("a curve is plain data") + "\n"
    } else {
        tables::demand_curve(curve)
    };
    io::stdout().write_all(text.as_bytes()).map_err(Failure::stdout)
}

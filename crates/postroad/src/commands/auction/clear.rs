//! `postroad auction clear` and `price`: which bids win, what is left, and what winners pay.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use postroad_auction::{PaymentRule, Reference};

use crate::args::RunArgs;
use crate::auction::outcome::{Paid, Told};
use crate::auction::{clear, load, output as auction_output, text};
use crate::failure::Failure;
use crate::output;
use crate::run::Runner;

/// Part of a time limit that winners are chosen in, where payments follow.
const CLEARING_SHARE: f64 = 0.5;

/// A market and where its outcome goes.
#[derive(Args, Clone, Debug)]
pub struct ClearArgs {
    /// A folder of tables, a JSON market, or an instance of CATS
    #[arg(value_name = "MARKET")]
    market: PathBuf,
    /// Change the market as this scenario of it says
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// Folder to write awards.csv, award_items.csv, lots.csv, outcome.json and report.html to
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Outlines for the map of the report [default: outline.json in the market's folder]
    #[arg(long, value_name = "FILE", requires = "out")]
    outline: Option<PathBuf>,
}

/// A market and how its winners pay.
#[derive(Args, Clone, Debug)]
pub struct PriceArgs {
    #[command(flatten)]
    clear: ClearArgs,
    /// How payments are made
    #[arg(long, value_enum, default_value_t = RuleWord::Core)]
    rule: RuleWord,
}

/// Payment rules on the command line.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RuleWord {
    /// Each winner pays what it bid
    AsBid,
    /// One price for all parcels of a lot: that of the best bid that lost, or the reserve price
    Uniform,
    /// Each winner pays what its presence costs the others
    Vcg,
    /// Payments no coalition objects to, of least revenue, nearest to vcg
    Core,
    /// The same, nearest to what was bid
    CoreBids,
    /// The same, nearest to the reserve prices
    CoreReserve,
}

impl RuleWord {
    /// What is compared unless asked otherwise.
    pub(crate) const USUAL: [Self; 4] = [Self::AsBid, Self::Uniform, Self::Vcg, Self::Core];

    pub(crate) fn rule(self) -> PaymentRule {
        match self {
            Self::AsBid => PaymentRule::AsBid,
            Self::Uniform => PaymentRule::Uniform,
            Self::Vcg => PaymentRule::Vcg,
            Self::Core => PaymentRule::Core(Reference::Vickrey),
            Self::CoreBids => PaymentRule::Core(Reference::Bids),
            Self::CoreReserve => PaymentRule::Core(Reference::Reserve),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AsBid => "as bid",
            Self::Uniform => "uniform",
            Self::Vcg => "vcg",
            Self::Core => "core",
            Self::CoreBids => "core near bids",
            Self::CoreReserve => "core near reserve",
        }
    }
}

/// Clears, prices, checks, writes, prints.
pub(super) fn price(args: &PriceArgs, run: &RunArgs) -> Result<(), Failure> {
    decide(&args.clear, Some(args.rule), run)
}

/// Clears, checks, writes, prints.
pub(super) fn run(args: &ClearArgs, run: &RunArgs) -> Result<(), Failure> {
    decide(args, None, run)
}

fn decide(args: &ClearArgs, rule: Option<RuleWord>, run: &RunArgs) -> Result<(), Failure> {
    if let Some(folder) = &args.out {
        output::prepare(folder)?;
    }
    let scenario = args.scenario.as_deref();
    let market = load::with_bids(&args.market, scenario)?;
    let runner = Runner::new(run, 1);
    load::unread_columns(&market).iter().for_each(|unread| runner.teller.line(unread));
    let config = clear::config(run);
    let part = runner.for_share_of_time(if rule.is_some() { CLEARING_SHARE } else { 1.0 });
    let mut cleared = clear::clear(&market, &config, &part.control, None)?;
    let lottery = clear::draw(&market, &mut cleared, &part.control)?;
    let priced = rule
        .map(|rule| clear::price(&market, &cleared, rule.rule(), &config, &runner.control))
        .transpose()?;
    runner.teller.finish();
    let mut told = Told::new(&market, &cleared, scenario, run.seed);
    told.lottery = Some(lottery);
    told.payments = rule
        .zip(priced.as_ref())
        .map(|(rule, priced)| (&priced.payments, Paid::new(&market, rule.name(), priced)));
    let outcome = told.outcome();
    if let Some(folder) = &args.out {
        let outline = load::outline(&args.market, args.outline.as_deref())?;
        output::write(folder, &auction_output::files(&told, &outcome, &outline))?;
        runner.teller.line(&format!("wrote {}", folder.join("report.html").display()));
    }
    let text = match run.json {
        true => serde_json::to_string_pretty(&outcome).expect("string keys only") + "\n",
        false => text::outcome(&outcome),
    };
    io::stdout().write_all(text.as_bytes()).map_err(Failure::stdout)?;
    match runner.was_interrupted() {
        true => Err(Failure::Interrupted("the award is the best so far".into())),
        false => Ok(()),
    }
}

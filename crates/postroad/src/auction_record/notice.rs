//! The notice: a TOML file of the operator and a market become the first entry of a log.

use std::path::{Path, PathBuf};

use postroad_model::{Fault, Place};
use postroad_record::clock::{Activity, Caps, ClockLot, ClockRules, Increment};
use postroad_record::event::{Method, Notice, Officer, Sealing, Settlement, VERSION};
use postroad_record::terms::{Pricing, Side, Terms};
use postroad_record::time::Time;
use serde::Deserialize;

use super::keys::PublicKeys;
use super::random_hash;
use crate::failure::Failure;
use crate::input::read_text;

/// Micros in a dollar and basis points in a percent.
const MICROS_PER_USD: f64 = 1e6;
const BASIS_POINTS_PER_PERCENT: f64 = 100.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeFile {
    title: String,
    operator: String,
    opens: Time,
    closes: Time,
    pricing: Pricing,
    rounds: Option<u64>,
    commitments: Option<CommitmentsTable>,
    officers: Option<OfficersTable>,
    clock: Option<ClockTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommitmentsTable {
    reveals_until: Time,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfficersTable {
    quorum: u32,
    public_keys: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockTable {
    /// Start price of lots without a reserve price.
    start_usd: Option<f64>,
    increment_percent: f64,
    least_increment_usd: f64,
    most_rounds: u32,
    /// Whether demand may be awarded in part; left out: when buying.
    parts: Option<bool>,
    #[serde(default)]
    waivers: u32,
    activity: Vec<Activity>,
    supplementary: Option<Caps>,
}

/// Reads a notice; files that it names are beside it.
pub(crate) fn read(path: &Path, terms: Terms) -> Result<Notice, Failure> {
    let text = read_text(path)?;
    let file: NoticeFile = toml::from_str(&text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).map_or(1, |before| before.matches('\n').count() as u64 + 1);
        let key = text.lines().nth(line as usize - 1).and_then(|text| text.split_once('='));
        let field = key.map(|(key, _)| key.trim());
        wrong(path, Some(line), field, error.message().to_string())
    })?;
    let method = match (&file.commitments, &file.officers, &file.clock) {
        (Some(table), None, None) => {
            Method::Sealed(Sealing::Commitments { reveals_until: table.reveals_until })
        }
        (None, Some(table), None) => Method::Sealed(Sealing::Officers {
            quorum: table.quorum,
            officers: officers(path, &table.public_keys)?,
        }),
        (None, None, Some(table)) => Method::Clock(clock(path, table, &terms)?),
        _ => {
            let cause = "exactly one of [commitments], [officers] and [clock] must be there";
            return Err(wrong(path, None, None, cause.into()).into());
        }
    };
    Ok(Notice {
        version: VERSION,
        title: file.title,
        operator: file.operator,
        opens: file.opens,
        closes: file.closes,
        method,
        settlement: Settlement { pricing: file.pricing, rounds: file.rounds, seed: random_hash()? },
        terms,
    })
}

fn wrong(path: &Path, line: Option<u64>, field: Option<&str>, cause: String) -> Fault {
    let place = Place { file: path.display().to_string(), line, field: field.map(str::to_string) };
    let action = "see the example in docs/auction-record.md".to_string();
    Fault { code: "E454", place, cause, action }
}

fn officers(path: &Path, names: &[PathBuf]) -> Result<Vec<Officer>, Failure> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let officer = |name: &PathBuf| {
        let PublicKeys { name, key, sealing_key } = PublicKeys::read(&folder.join(name))?;
        Ok(Officer { name, key, sealing_key })
    };
    names.iter().map(officer).collect()
}

/// The rules of a clock; a point is a parcel a day.
fn clock(path: &Path, table: &ClockTable, terms: &Terms) -> Result<ClockRules, Failure> {
    let number = |field: &str, value: f64, factor: f64| {
        let scaled = (value * factor).round();
        if (0.0..=1e15).contains(&scaled) {
            return Ok(scaled as i64);
        }
        Err(wrong(path, None, Some(field), format!("{value} is out of range")))
    };
    let start_micros = match table.start_usd {
        Some(usd) => Some(number("clock.start_usd", usd, MICROS_PER_USD)?),
        None => None,
    };
    let mut lots = Vec::new();
    for lot in &terms.lots {
        let reserve = lot.reserve_micros;
        let start = match (start_micros, reserve, terms.side) {
            (Some(start), Some(reserve), Side::Selling) => Some(start.max(reserve)),
            (Some(start), Some(reserve), Side::Buying) => Some(start.min(reserve)),
            (start, reserve, _) => start.or(reserve),
        };
        let cause = || format!("lot {:?} has neither start nor reserve price", lot.name);
        let start = start.ok_or_else(|| wrong(path, None, Some("clock.start_usd"), cause()))?;
        lots.push(ClockLot { start_micros: start, points: 1 });
    }
    let percent =
        number("clock.increment_percent", table.increment_percent, BASIS_POINTS_PER_PERCENT)?;
    Ok(ClockRules {
        lots,
        increment: Increment {
            basis_points: u32::try_from(percent).unwrap_or(u32::MAX),
            least_micros: number(
                "clock.least_increment_usd",
                table.least_increment_usd,
                MICROS_PER_USD,
            )?,
        },
        waivers: table.waivers,
        parts: table.parts.unwrap_or(terms.side == Side::Buying),
        activity: table.activity.clone(),
        most_rounds: table.most_rounds,
        supplementary: table.supplementary.clone(),
    })
}

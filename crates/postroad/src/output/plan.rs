//! A plan and its certificate as CSV, written so that they can be read back without loss: shares
//! and prices keep every digit they have.

use postroad_model::bound::Prices;
use postroad_model::id::IdVec;
use postroad_model::network::{Assignment, Facility, NetworkPlan, NetworkProblem, ServiceOption};
use postroad_model::{FacilityId, Fault, OptionId, Place};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::names::{DemandName, Ids, Names};
use crate::result::StationChange;

/// A row of `plan-<scenario>.csv`: a share of a demand given to one way of serving it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PlanRow {
    zip: String,
    service: String,
    channel: String,
    facility_kind: String,
    facility: String,
    contract: String,
    days: u8,
    share: f64,
    parcels_per_day: f64,
    usd_per_parcel: f64,
}

/// A row of `facilities-<scenario>.csv`: a facility in use, or one of the shipper's own that closes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FacilityRow {
    kind: String,
    id: String,
    lat: f64,
    lon: f64,
    change: StationChange,
    /// Position of the level, from 0; empty if closed.
    level: Option<u8>,
    load_parcels_per_day: f64,
    /// Empty if closed or without limit.
    capacity_parcels_per_day: Option<f64>,
    usd_per_day: f64,
    capital_usd: f64,
}

/// A row of `prices-<scenario>.csv`: one price of the certificate.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PriceRow {
    /// `demand`, `contract`, `requirement`, `capital` or `opening`.
    kind: String,
    /// ZIP of a demand, name of a contract, number of a requirement (from 1).
    name: String,
    service: String,
    usd: f64,
}

/// Rows as CSV with a line of headers.
pub fn csv_of<T: Serialize>(rows: &[T]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).expect("memory can be written and rows are flat");
    }
    writer.into_inner().expect("memory can be written")
}

/// The rows of a CSV file with their line numbers, or the first fault.
pub fn rows_of<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<Vec<(u64, T)>, Fault> {
    let mut reader = csv::Reader::from_reader(bytes);
    let mut rows = Vec::new();
    for row in reader.deserialize() {
        let row = row.map_err(|error| {
            let line = error.position().map(csv::Position::line);
            fault(file, line, None, format!("the row cannot be read: {error}"))
        })?;
        rows.push((rows.len() as u64 + 2, row));
    }
    Ok(rows)
}

fn fault(file: &str, line: Option<u64>, field: Option<&str>, cause: String) -> Fault {
    Fault {
        code: "E402",
        place: Place { file: file.into(), line, field: field.map(str::to_owned) },
        cause,
        action: "the file was changed after it was written; run the study again".into(),
    }
}

/// The plan as rows, in the order of demands.
pub fn plan_rows(problem: &NetworkProblem, names: &Names, plan: &NetworkPlan) -> Vec<PlanRow> {
    let row = |a: &Assignment| {
        let option = &problem.options[a.option];
        let name = &names.demands[a.demand];
        let facility = option.facility.map(|f| &names.facilities[f]);
        PlanRow {
            zip: name.zip.clone(),
            service: name.service.clone(),
            channel: option.channel.name().to_owned(),
            facility_kind: facility.map_or(String::new(), |f| f.kind.clone()),
            facility: facility.map_or(String::new(), |f| f.id.clone()),
            contract: option.contract.map_or(String::new(), |c| names.contracts[c].clone()),
            days: option.days,
            share: a.share,
            parcels_per_day: problem.demands[a.demand].parcels_per_day * a.share,
            usd_per_parcel: option.usd_per_parcel,
        }
    };
    plan.assignments.iter().map(row).collect()
}

/// What a plan does with a facility; none if it was never there.
pub fn change(existing: bool, open: bool) -> Option<StationChange> {
    match (existing, open) {
        (true, true) => Some(StationChange::Kept),
        (false, true) => Some(StationChange::New),
        (true, false) => Some(StationChange::Closed),
        (false, false) => None,
    }
}

/// The facilities in use and the shipper's own that close, in the order of ids.
pub fn facility_rows(
    problem: &NetworkProblem,
    names: &Names,
    plan: &NetworkPlan,
) -> Vec<FacilityRow> {
    let loads = plan.facility_loads(problem);
    let row = |(id, facility): (FacilityId, &Facility)| {
        let name = &names.facilities[id];
        let level = plan.levels[id];
        if level.is_none() && name.is_operators {
            return None;
        }
        let at = level.map(|l| facility.levels[usize::from(l)]);
        let capacity = at.map(|l| l.parcels_per_day).filter(|c| c.is_finite());
        Some(FacilityRow {
            kind: name.kind.clone(),
            id: name.id.clone(),
            lat: name.coordinate.latitude,
            lon: name.coordinate.longitude,
            change: change(name.existing, level.is_some())?,
            level,
            load_parcels_per_day: loads[id],
            capacity_parcels_per_day: capacity,
            usd_per_day: at.map_or(facility.closed_usd_per_day, |l| l.usd_per_day),
            capital_usd: at.map_or(0.0, |l| l.capital_usd),
        })
    };
    problem.facilities.iter_ids().filter_map(row).collect()
}

/// The certificate as rows.
pub fn price_rows(names: &Names, prices: &Prices) -> Vec<PriceRow> {
    let row = |kind: &str, name: &str, service: &str, usd: f64| PriceRow {
        kind: kind.into(),
        name: name.into(),
        service: service.into(),
        usd,
    };
    let demands = names.demands.iter_ids();
    let mut rows: Vec<PriceRow> =
        demands.map(|(id, n)| row("demand", &n.zip, &n.service, prices.demand[id])).collect();
    let contracts = names.contracts.iter_ids();
    rows.extend(contracts.map(|(id, n)| row("contract", n, "", prices.contract[id])));
    let requirements = prices.requirement.iter().enumerate();
    rows.extend(requirements.map(|(i, &p)| row("requirement", &(i + 1).to_string(), "", p)));
    rows.push(row("capital", "", "", prices.capital));
    rows.push(row("opening", "", "", prices.opening));
    rows
}

/// Reads a plan back: its rows and the levels of its facilities.
pub fn read_plan(
    problem: &NetworkProblem,
    ids: &Ids,
    plan_file: (&str, &[u8]),
    facilities_file: (&str, &[u8]),
) -> Result<NetworkPlan, Fault> {
    let mut levels = IdVec::from(vec![None; problem.facilities.len()]);
    let (file, bytes) = facilities_file;
    for (line, row) in rows_of::<FacilityRow>(file, bytes)? {
        let key = (row.kind, row.id);
        let id = ids.facilities.get(&key).ok_or_else(|| {
            let cause = format!("the study has no {} `{}`", key.0, key.1);
            fault(file, Some(line), Some("id"), cause)
        })?;
        levels[*id] = row.level;
    }
    let (file, bytes) = plan_file;
    let mut assignments = Vec::new();
    for (line, row) in rows_of::<PlanRow>(file, bytes)? {
        assignments.push(assignment(problem, ids, file, line, &row)?);
    }
    Ok(NetworkPlan { levels, assignments })
}

fn assignment(
    problem: &NetworkProblem,
    ids: &Ids,
    file: &str,
    line: u64,
    row: &PlanRow,
) -> Result<Assignment, Fault> {
    let name = DemandName { zip: row.zip.clone(), service: row.service.clone() };
    let &demand = ids.demands.get(&name).ok_or_else(|| {
        let cause = format!("the study has no demand `{}` of ZIP {}", row.service, row.zip);
        fault(file, Some(line), Some("zip"), cause)
    })?;
    let facility_key = (row.facility_kind.clone(), row.facility.clone());
    let facility = ids.facilities.get(&facility_key).copied();
    let contract = ids.contracts.get(&row.contract).copied();
    let is_meant = |option: &ServiceOption| {
        option.channel.name() == row.channel
            && option.facility == facility
            && option.contract == contract
            && option.days == row.days
    };
    // Of options that look the same, the one with the price written is meant.
    let distance = |o: &OptionId| (problem.options[*o].usd_per_parcel - row.usd_per_parcel).abs();
    let option = problem
        .options_of(demand)
        .filter(|&o| is_meant(&problem.options[o]))
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        .ok_or_else(|| {
            let cause = format!("ZIP {} cannot be served by {} so", row.zip, row.channel);
            fault(file, Some(line), Some("channel"), cause)
        })?;
    Ok(Assignment { demand, option, share: row.share })
}

/// Reads the prices of a certificate back; what the file lacks is 0.
pub fn read_prices(
    problem: &NetworkProblem,
    ids: &Ids,
    file: &str,
    bytes: &[u8],
) -> Result<Prices, Fault> {
    let mut prices = Prices::zero(problem);
    for (line, row) in rows_of::<PriceRow>(file, bytes)? {
        let PriceRow { kind, name, service, usd } = row;
        let place = match kind.as_str() {
            "demand" => {
                let demand = ids.demands.get(&DemandName { zip: name.clone(), service });
                demand.map(|&d| &mut prices.demand[d])
            }
            "contract" => ids.contracts.get(&name).map(|&c| &mut prices.contract[c]),
            "requirement" => {
                let index = name.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
                index.and_then(|i| prices.requirement.get_mut(i))
            }
            "capital" => Some(&mut prices.capital),
            "opening" => Some(&mut prices.opening),
            _ => None,
        };
        let cause = || format!("the study has no {kind} `{name}`");
        *place.ok_or_else(|| fault(file, Some(line), Some("name"), cause()))? = usd;
    }
    if prices.are_valid(problem) {
        return Ok(prices);
    }
    Err(fault(file, None, Some("usd"), "a price is undefined or has the wrong sign".into()))
}

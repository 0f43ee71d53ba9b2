//! Rules as they are written become rules of the problem, and the sets of lots they are for.

use std::collections::BTreeMap;

use postroad_model::auction::Rule;
use postroad_model::id::{Id, IdVec};
use postroad_model::{BidderId, Fault, LotId, LotSetId, Place};

use super::BidderDetail;
use super::lots::{LotSets, Lots, all_lots, sets_by};
use super::settings::{Amount, Kind, PARTS, RuleSpec, Which, Who};

/// Name of the set of all lots.
const ALL: &str = "all";

/// Bidders as rules ask for them.
pub(super) struct Bidders<'a> {
    pub(super) ids: &'a BTreeMap<String, BidderId>,
    pub(super) details: &'a IdVec<BidderId, BidderDetail>,
}

/// Rules and sets of lots, with their names.
#[derive(Default)]
pub(super) struct Resolved {
    pub(super) sets: IdVec<LotSetId, Vec<LotId>>,
    pub(super) set_names: IdVec<LotSetId, String>,
    pub(super) rules: Vec<Rule>,
    pub(super) rule_names: Vec<String>,
}

/// Resolves all rules; every fault is told.
pub(super) fn resolve(
    specs: &[RuleSpec],
    lots: &Lots,
    mut named: LotSets,
    bidders: &Bidders,
) -> Result<Resolved, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut placed: Vec<(&RuleSpec, String)> = Vec::new();
    for spec in specs {
        match sets_of(spec, lots, &mut named) {
            Ok(sets) => placed.extend(sets.into_iter().map(|set| (spec, set))),
            Err(fault) => faults.push(fault),
        }
    }
    let ids: BTreeMap<&str, LotSetId> = named
        .keys()
        .enumerate()
        .map(|(index, name)| (name.as_str(), LotSetId::from_index(index)))
        .collect();
    let mut resolved = Resolved::default();
    for (spec, set) in &placed {
        let capacity =
            named[set].iter().map(|&lot| u64::from(lots.lots[lot].parcels_per_day)).sum();
        match rule(spec, ids[set.as_str()], capacity, bidders) {
            Ok(rule) => {
                resolved.rules.push(rule);
                resolved.rule_names.push(rule_name(spec, set));
            }
            Err(fault) => faults.push(fault),
        }
    }
    resolved.set_names = named.keys().cloned().collect();
    resolved.sets = named.into_values().collect();
    if faults.is_empty() { Ok(resolved) } else { Err(faults) }
}

/// The name of a rule, with the set where there is one rule for each of several.
fn rule_name(spec: &RuleSpec, set: &str) -> String {
    match spec.lots {
        Which::Each(_) => format!("{} {set}", spec.name),
        _ => spec.name.clone(),
    }
}

fn fault(spec: &RuleSpec, code: &'static str, cause: String, action: &str) -> Fault {
    let field = Some(spec.path.clone());
    let place = Place { file: spec.file.clone(), line: spec.line, field };
    Fault { code, place, cause, action: action.into() }
}

/// The names of the sets that a rule is for, which are there afterwards.
fn sets_of(spec: &RuleSpec, lots: &Lots, named: &mut LotSets) -> Result<Vec<String>, Fault> {
    match &spec.lots {
        Which::All => {
            named.entry(ALL.into()).or_insert_with(|| all_lots(lots.lots.len()));
            Ok(vec![ALL.into()])
        }
        Which::Set(name) if named.contains_key(name) => Ok(vec![name.clone()]),
        Which::Set(name) => {
            let cause = format!("`{name}` is no set of lots");
            let action = "add it to lot_sets.csv, or write `each` with a column of the lots";
            Err(fault(spec, "E400", cause, action))
        }
        Which::Each(column) => {
            let sets = sets_by(*column, &lots.details);
            let names: Vec<String> = sets.keys().cloned().collect();
            if names.is_empty() {
                let cause = "no lot has a value in this column".to_string();
                return Err(fault(spec, "E400", cause, "fill the column in the lots"));
            }
            for (name, set) in sets {
                named.entry(name).or_insert(set);
            }
            Ok(names)
        }
    }
}

/// An amount in parcels; a share is rounded so that what is asked for is kept.
fn parcels(amount: Amount, capacity: u64, up: bool) -> u64 {
    match amount {
        Amount::Parcels(parcels) => parcels,
        Amount::Share(parts) => {
            let product = u128::from(parts) * u128::from(capacity);
            let parts = u128::from(PARTS);
            (if up { product.div_ceil(parts) } else { product / parts }) as u64
        }
    }
}

fn rule(spec: &RuleSpec, lots: LotSetId, capacity: u64, bidders: &Bidders) -> Result<Rule, Fault> {
    let ids = || bidders.details.iter_ids();
    Ok(match &spec.kind {
        Kind::SharedCapacity { most } => {
            Rule::SharedCapacity { lots, most_parcels: parcels(*most, capacity, false) }
        }
        Kind::BidderShare { most } => {
            Rule::BidderShare { lots, most_parcels: parcels(*most, capacity, false) }
        }
        Kind::SetAside { least } => {
            let kept = parcels(*least, capacity, true);
            let most_parcels = Some(capacity.saturating_sub(kept));
            let bidders = ids().filter(|(_, d)| !d.small).map(|(id, _)| id).collect();
            Rule::GroupVolume { bidders, lots, least_parcels: 0, most_parcels }
        }
        Kind::GroupVolume { who, least, most } => {
            let mut members = match who {
                Who::Incumbents => ids().filter(|(_, d)| d.incumbent).map(|(id, _)| id).collect(),
                Who::Named(names) => named_bidders(spec, names, bidders)?,
            };
            members.sort_unstable();
            let least_parcels = least.map_or(0, |least| parcels(least, capacity, true));
            let most_parcels = most.map(|most| parcels(most, capacity, false));
            if let Some(most) = most_parcels.filter(|&most| most < least_parcels) {
                let cause = format!("at most {most} parcels is less than at least {least_parcels}");
                return Err(fault(spec, "E416", cause, "raise the most or lower the least"));
            }
            let wanted = least_parcels.min(1);
            if least_parcels > capacity || (members.len() as u64) < wanted {
                let there = format!("{} bidders and room for {capacity}", members.len());
                let cause = format!("at least {least_parcels} parcels are asked for, of {there}");
                return Err(fault(spec, "E416", cause, "ask for less"));
            }
            Rule::GroupVolume { bidders: members, lots, least_parcels, most_parcels }
        }
        Kind::Winners { least, most, least_parcels } => {
            if *least as usize > bidders.details.len() {
                let cause = format!(
                    "at least {least} winners are asked for, of {} bidders",
                    bidders.details.len()
                );
                return Err(fault(spec, "E416", cause, "ask for fewer"));
            }
            Rule::Winners { lots, least: *least, most: *most, least_parcels: *least_parcels }
        }
    })
}

fn named_bidders(
    spec: &RuleSpec,
    names: &[String],
    bidders: &Bidders,
) -> Result<Vec<BidderId>, Fault> {
    let mut found = Vec::new();
    for name in names {
        match bidders.ids.get(name) {
            Some(&id) if !found.contains(&id) => found.push(id),
            Some(_) => {}
            None => {
                let cause = format!("`{name}` is not in the bidders");
                let action = "add it to the bidders or name one that is there";
                return Err(fault(spec, "E206", cause, action));
            }
        }
    }
    Ok(found)
}

//! Rules between the fields of a study. A field that was already at fault is NaN here and passes.

use std::collections::BTreeMap;

use postroad_model::network::Channel;

use super::reader::Section;
use super::schema::*;
use crate::locate::nearest;

/// Numbers must ascend strictly.
pub(super) fn ascending(s: &Section<'_>, key: &str, values: &[f64], what: &str) {
    if values.windows(2).any(|w| w[0] >= w[1]) {
        s.fault("E113", key, format!("{what} must ascend"), "put them in ascending order");
    }
}

/// A promise in whole days.
pub(super) fn whole_day(s: &Section<'_>, key: &str, days: f64) -> u8 {
    if days.fract() > 0.0 || days > 250.0 {
        let cause = format!("{days} is not a whole number of days up to 250");
        s.fault("E106", key, cause, "write a whole number of days");
    }
    days as u8
}

/// A share for each weight step; shares that add up to one.
pub(super) fn weight_shares(s: &Section<'_>, demand: &DemandSettings) {
    let (steps, shares) = (demand.weight_up_to_lb.len(), demand.weight_share.len());
    let sum: f64 = demand.weight_share.iter().sum();
    if steps != shares && steps > 0 && shares > 0 {
        let cause = format!("there are {steps} weight steps and {shares} shares");
        s.fault("E113", "weight_share", cause, "give one share for each weight step");
    } else if (sum - 1.0).abs() > 1e-6 && shares > 0 {
        let cause = format!("the shares of the weight steps add up to {sum}, not to 1");
        s.fault("E113", "weight_share", cause, "make them add up to 1");
    }
}

/// Numbers of modules: whole, from 1 to 200, ascending.
pub(super) fn module_counts(s: &Section<'_>, modules: &[f64]) {
    ascending(s, "modules", modules, "the numbers of modules");
    if modules.iter().any(|&m| m.fract() != 0.0 || !(1.0..=200.0).contains(&m)) {
        let cause = "a number of modules is not a whole number from 1 to 200";
        s.fault("E106", "modules", cause, "write whole numbers in that range");
    }
    if modules.len() > 20 {
        let cause = format!("{} sizes of a building are too many to choose from", modules.len());
        s.fault("E106", "modules", cause, "list at most 20 sizes");
    }
}

/// A contract must not contradict itself.
pub(super) fn contract(s: &Section<'_>, terms: &ContractTerms) {
    if let Some(most) = terms.max_parcels_per_year
        && terms.commitment_parcels_per_year > most
    {
        let commitment = terms.commitment_parcels_per_year;
        let cause = format!("the commitment {commitment} is above the maximum {most}");
        s.fault("E110", "commitment", cause, "lower the commitment or raise the maximum");
    }
    let from: Vec<f64> = terms.tiers.iter().map(|t| t.from_parcels_per_year).collect();
    if from.windows(2).any(|w| w[0] >= w[1]) {
        let cause = "the tiers do not ascend in volume";
        s.fault("E110", "tiers", cause, "order the tiers by `from`");
    }
    if from.first().is_some_and(|&first| first > 0.0) {
        let cause = format!("the first tier starts at {}, not at 0", from[0]);
        s.fault("E110", "tiers", cause, "start the first tier at 0");
    }
    let rate = terms.unit_usd_per_parcel.min(terms.centre_usd_per_parcel);
    if terms.tiers.iter().any(|t| rate + t.add_usd_per_parcel < 0.0) {
        let cause = "a tier makes the rate negative";
        s.fault("E110", "tiers", cause, "raise `add`, which is added to the rate");
    }
    if terms.unit_usd_per_parcel > terms.centre_usd_per_parcel {
        let cause = "the rate at the delivery unit is above that at the processing centre";
        s.fault("E110", "card", cause, "exchange the two lists of rates");
    }
}

/// The tornado can only move numbers that have a range.
pub(super) fn tornado(top: &Section<'_>, paths: &[String]) {
    let quantities = top.reading.quantities.borrow();
    let ranged: Vec<&str> =
        quantities.iter().filter(|q| q.range.is_some()).map(|q| q.path.as_str()).collect();
    for path in paths.iter().filter(|path| !ranged.contains(&path.as_str())) {
        let near = nearest(path, ranged.iter().copied());
        let action = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "give the path of a number with `low` and `high`".into(),
        };
        let line = top.line_of("method");
        let cause = format!("the study has no number with a range at `{path}`");
        top.reading.fault("E114", line, "method.tornado", cause, action);
    }
}

/// A scenario must name a contract of the study if it needs one, and leave a channel for all.
pub(super) fn scenario(
    s: &Section<'_>,
    scenario: &Scenario,
    contracts: &BTreeMap<String, ContractTerms>,
) {
    let needs_contract = matches!(scenario.kind, ScenarioKind::StatusQuo | ScenarioKind::Extend);
    match &scenario.contract {
        Some(name) if !contracts.contains_key(name) => {
            let known: Vec<&String> = contracts.keys().collect();
            s.reading.unknown_word(s.line_of("contract"), &s.path_of("contract"), name, &known);
        }
        Some(_) if !needs_contract => {
            let cause = "a scenario of this kind has no contract with the operator";
            s.fault("E113", "contract", cause, "remove `contract` or change `kind`");
        }
        None if needs_contract => {
            let cause = "a scenario of this kind needs a contract with the operator";
            s.fault("E102", "contract", cause, "name one of [contracts]");
        }
        _ => {}
    }
    if scenario.channels.is_empty() {
        let cause = "the scenario allows no channel";
        s.fault("E113", "channels", cause, "name at least one channel");
    }
    if scenario.kind == ScenarioKind::Leave && scenario.channels == [Channel::Drone] {
        let cause = "drones alone cannot deliver every parcel";
        s.fault("E113", "channels", cause, "add a channel that takes all parcels");
    }
}

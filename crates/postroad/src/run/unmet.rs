//! Why there is no plan, in the study's words: which requirement cannot be met and by how much.

use postroad_model::network::{NetworkProblem, Requirement, Violation};

use crate::output::names::Names;

/// Places of one kind of trouble that are named; the rest are counted.
const NAMED: usize = 3;

/// One sentence for each kind of trouble, without a full stop.
pub(crate) fn sentences(
    problem: &NetworkProblem,
    names: &Names,
    unmet: &[Violation],
) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut unserved = Vec::new();
    let mut overfull = Vec::new();
    for violation in unmet {
        match violation {
            Violation::Unserved { demand, share } => {
                let name = &names.demands[*demand];
                unserved.push(format!("ZIP {} ({:.0} %)", name.zip, share * 100.0));
            }
            Violation::OverCapacity { facility, load, capacity } => {
                let name = &names.facilities[*facility];
                let kind = name.kind.replace('_', " ");
                overfull.push(format!("{kind} {} ({load:.0} of {capacity:.0})", name.id));
            }
            other => sentences.extend(sentence(problem, names, other)),
        }
    }
    sentences.extend(listed("parcels are not fully delivered in", "ZIPs", &unserved));
    sentences.extend(listed("more parcels a day than fit at", "facilities", &overfull));
    sentences
}

fn sentence(problem: &NetworkProblem, names: &Names, violation: &Violation) -> Option<String> {
    Some(match violation {
        Violation::Requirement { index, share } => {
            let requirement = &problem.requirements[*index];
            format!(
                "{} reaches {:.2} % of people, {:.2} % are required: {:.2} points short",
                promise(requirement),
                share * 100.0,
                requirement.min_share * 100.0,
                (requirement.min_share - share) * 100.0
            )
        }
        Violation::OverCapital { capital_usd } => {
            let budget = problem.capital_budget_usd.unwrap_or(0.0);
            format!(
                "the plan needs ${capital_usd:.0} of capital, the budget is ${budget:.0}: ${:.0} \
                 short",
                capital_usd - budget
            )
        }
        Violation::OverOpenings { openings } => {
            let most = problem.openings_max.unwrap_or(0);
            format!("the plan needs {openings} new buildings, {most} are allowed")
        }
        Violation::OverContract { contract, volume } => {
            let most = problem.contracts[*contract].max_parcels_per_day;
            format!(
                "contract {} would carry {volume:.0} parcels a day, {most:.0} are allowed",
                names.contracts[*contract]
            )
        }
        Violation::OrphanOpen(facility) | Violation::ClosedButUsed(facility) => {
            format!("{} is used but cannot open", names.facilities[*facility].id)
        }
        Violation::SplitDemand(demand) => {
            format!("ZIP {} must not be split", names.demands[*demand].zip)
        }
        Violation::Malformed(reason) => reason.clone(),
        Violation::Unserved { .. } | Violation::OverCapacity { .. } => return None,
    })
}

fn promise(requirement: &Requirement) -> String {
    let who = requirement
        .class
        .map_or("all areas".to_owned(), |c| format!("{} areas", c.name().replace('_', " ")));
    match requirement.within_days {
        1 => format!("delivery within 1 day in {who}"),
        days => format!("delivery within {days} days in {who}"),
    }
}

fn listed(what: &str, things: &str, places: &[String]) -> Option<String> {
    let named = places.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match places.len() {
        0 => None,
        n if n <= NAMED => Some(format!("{what} {named}")),
        n => Some(format!("{what} {n} {things}, such as {named}")),
    }
}

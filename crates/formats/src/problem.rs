//! A network problem as JSON: everything the model can say, for random problems and bug reports.
//! The fields are those of [`postroad_model::network`]; a limit that is left out or null is none.

use postroad_model::network::{
    AreaClass, Channel, Contract, Demand, Facility, Level, NetworkProblem, Requirement,
    ServiceOption, Sourcing, Tier, TierRule,
};
use postroad_model::{ContractId, FacilityId, Fault};
use serde::{Deserialize, Serialize};

use crate::instance::Faults;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProblemJson {
    sourcing: SourcingJson,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    capital_budget_usd: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    openings_max: Option<u32>,
    requirements: Vec<RequirementJson>,
    contracts: Vec<ContractJson>,
    facilities: Vec<FacilityJson>,
    demands: Vec<DemandJson>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SourcingJson {
    Single,
    Split,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequirementJson {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    within_days: u8,
    min_share: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContractJson {
    tiers: Vec<TierJson>,
    tier_rule: TierRuleJson,
    commitment_parcels_per_day: f64,
    shortfall_usd_per_parcel: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_parcels_per_day: Option<f64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TierJson {
    from_parcels_per_day: f64,
    usd_per_parcel: f64,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TierRuleJson {
    AllParcels,
    Marginal,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FacilityJson {
    levels: Vec<LevelJson>,
    closed_usd_per_day: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<u32>,
    is_new: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelJson {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parcels_per_day: Option<f64>,
    usd_per_day: f64,
    capital_usd: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DemandJson {
    parcels_per_day: f64,
    people: f64,
    class: String,
    options: Vec<OptionJson>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionJson {
    channel: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facility: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contract: Option<u32>,
    usd_per_parcel: f64,
    days: u8,
}

/// Reads a problem and checks that it can be solved.
pub fn read(file: &str, text: &str) -> Result<NetworkProblem, Vec<Fault>> {
    let mut faults = Faults::new(file);
    let json: ProblemJson = match serde_json::from_str(text) {
        Ok(json) => json,
        Err(error) => {
            let line = Some(error.line() as u64);
            let cause = format!("this is not a problem: {error}");
            faults.add("E309", line, None, cause, "correct the field or the punctuation");
            return Err(faults.into_vec());
        }
    };
    let problem = problem_of(&json, &mut faults);
    for cause in problem.faults() {
        faults.add("E310", None, None, cause, "correct the problem");
    }
    if faults.is_empty() { Ok(problem) } else { Err(faults.into_vec()) }
}

fn problem_of(json: &ProblemJson, faults: &mut Faults) -> NetworkProblem {
    let mut problem = NetworkProblem {
        facilities: json.facilities.iter().map(facility_of).collect(),
        contracts: json.contracts.iter().map(contract_of).collect(),
        capital_budget_usd: json.capital_budget_usd,
        openings_max: json.openings_max,
        sourcing: match json.sourcing {
            SourcingJson::Single => Sourcing::Single,
            SourcingJson::Split => Sourcing::Split,
        },
        ..NetworkProblem::new()
    };
    for (index, requirement) in json.requirements.iter().enumerate() {
        let field = format!("requirements[{index}].class");
        let class = requirement.class.as_deref().and_then(|name| class_of(name, &field, faults));
        problem.requirements.push(Requirement {
            class,
            within_days: requirement.within_days,
            min_share: requirement.min_share,
        });
    }
    for (index, demand) in json.demands.iter().enumerate() {
        let class = class_of(&demand.class, &format!("demands[{index}].class"), faults);
        let demand_model = Demand {
            parcels_per_day: demand.parcels_per_day,
            people: demand.people,
            class: class.unwrap_or(AreaClass::Suburban),
        };
        let field = format!("demands[{index}].options.channel");
        let options: Vec<ServiceOption> =
            demand.options.iter().filter_map(|o| option_of(o, &field, faults)).collect();
        problem.push_demand(demand_model, &options);
    }
    problem
}

fn class_of(name: &str, field: &str, faults: &mut Faults) -> Option<AreaClass> {
    let class = AreaClass::ALL.into_iter().find(|class| class.name() == name);
    if class.is_none() {
        let names = AreaClass::ALL.map(AreaClass::name).join(", ");
        let cause = format!("{} is not a class", crate::instance::quoted(name));
        faults.add("E311", None, Some(field), cause, &format!("use one of {names}"));
    }
    class
}

fn option_of(json: &OptionJson, field: &str, faults: &mut Faults) -> Option<ServiceOption> {
    let channel = Channel::ALL.into_iter().find(|channel| channel.name() == json.channel);
    if channel.is_none() {
        let names = Channel::ALL.map(Channel::name).join(", ");
        let cause = format!("{} is not a channel", crate::instance::quoted(&json.channel));
        faults.add("E311", None, Some(field), cause, &format!("use one of {names}"));
    }
    Some(ServiceOption {
        channel: channel?,
        facility: json.facility.map(FacilityId),
        contract: json.contract.map(ContractId),
        usd_per_parcel: json.usd_per_parcel,
        days: json.days,
    })
}

fn facility_of(json: &FacilityJson) -> Facility {
    let level = |l: &LevelJson| Level {
        parcels_per_day: l.parcels_per_day.unwrap_or(f64::INFINITY),
        usd_per_day: l.usd_per_day,
        capital_usd: l.capital_usd,
    };
    Facility {
        levels: json.levels.iter().map(level).collect(),
        closed_usd_per_day: json.closed_usd_per_day,
        parent: json.parent.map(FacilityId),
        is_new: json.is_new,
    }
}

fn contract_of(json: &ContractJson) -> Contract {
    let tier = |t: &TierJson| Tier {
        from_parcels_per_day: t.from_parcels_per_day,
        usd_per_parcel: t.usd_per_parcel,
    };
    Contract {
        tiers: json.tiers.iter().map(tier).collect(),
        tier_rule: match json.tier_rule {
            TierRuleJson::AllParcels => TierRule::AllParcels,
            TierRuleJson::Marginal => TierRule::Marginal,
        },
        commitment_parcels_per_day: json.commitment_parcels_per_day,
        shortfall_usd_per_parcel: json.shortfall_usd_per_parcel,
        max_parcels_per_day: json.max_parcels_per_day.unwrap_or(f64::INFINITY),
    }
}

/// Writes a problem without faults.
pub fn write(problem: &NetworkProblem) -> String {
    let json = ProblemJson {
        sourcing: match problem.sourcing {
            Sourcing::Single => SourcingJson::Single,
            Sourcing::Split => SourcingJson::Split,
        },
        capital_budget_usd: problem.capital_budget_usd,
        openings_max: problem.openings_max,
        requirements: problem.requirements.iter().map(requirement_json).collect(),
        contracts: problem.contracts.iter().map(contract_json).collect(),
        facilities: problem.facilities.iter().map(facility_json).collect(),
        demands: demands_json(problem),
    };
    let mut text = serde_json::to_string(&json).expect("a problem has string keys only");
    text.push('\n');
    text
}

fn requirement_json(requirement: &Requirement) -> RequirementJson {
    RequirementJson {
        class: requirement.class.map(|class| class.name().to_string()),
        within_days: requirement.within_days,
        min_share: requirement.min_share,
    }
}

fn contract_json(contract: &Contract) -> ContractJson {
    let tier = |t: &Tier| TierJson {
        from_parcels_per_day: t.from_parcels_per_day,
        usd_per_parcel: t.usd_per_parcel,
    };
    ContractJson {
        tiers: contract.tiers.iter().map(tier).collect(),
        tier_rule: match contract.tier_rule {
            TierRule::AllParcels => TierRuleJson::AllParcels,
            TierRule::Marginal => TierRuleJson::Marginal,
        },
        commitment_parcels_per_day: contract.commitment_parcels_per_day,
        shortfall_usd_per_parcel: contract.shortfall_usd_per_parcel,
        max_parcels_per_day: finite(contract.max_parcels_per_day),
    }
}

fn facility_json(facility: &Facility) -> FacilityJson {
    let level = |l: &Level| LevelJson {
        parcels_per_day: finite(l.parcels_per_day),
        usd_per_day: l.usd_per_day,
        capital_usd: l.capital_usd,
    };
    FacilityJson {
        levels: facility.levels.iter().map(level).collect(),
        closed_usd_per_day: facility.closed_usd_per_day,
        parent: facility.parent.map(|parent| parent.0),
        is_new: facility.is_new,
    }
}

fn demands_json(problem: &NetworkProblem) -> Vec<DemandJson> {
    let option = |o: &ServiceOption| OptionJson {
        channel: o.channel.name().to_string(),
        facility: o.facility.map(|facility| facility.0),
        contract: o.contract.map(|contract| contract.0),
        usd_per_parcel: o.usd_per_parcel,
        days: o.days,
    };
    let demand = |(id, d): (_, &Demand)| DemandJson {
        parcels_per_day: d.parcels_per_day,
        people: d.people,
        class: d.class.name().to_string(),
        options: problem.options_of(id).map(|o| option(&problem.options[o])).collect(),
    };
    problem.demands.iter_ids().map(demand).collect()
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = concat!(
        r#"{"sourcing":"single","openings_max":1,"requirements":[{"class":"rural","within_days":1,"#,
        r#""min_share":0.5}],"contracts":[{"tiers":[{"from_parcels_per_day":0.0,"#,
        r#""usd_per_parcel":-0.1}],"tier_rule":"marginal","commitment_parcels_per_day":3.0,"#,
        r#""shortfall_usd_per_parcel":1.0}],"facilities":[{"levels":[{"usd_per_day":2.0,"#,
        r#""capital_usd":0.0}],"closed_usd_per_day":0.0,"is_new":true}],"demands":["#,
        r#"{"parcels_per_day":4.0,"people":9.0,"class":"rural","options":[{"channel":"own_van","#,
        r#""facility":0,"contract":0,"usd_per_parcel":2.5,"days":1}]}]}"#,
        "\n"
    );

    #[test]
    fn reads_and_writes_back() {
        let problem = read("small", SMALL).unwrap();
        assert_eq!(problem.facilities[FacilityId(0)].levels[0].parcels_per_day, f64::INFINITY);
        assert_eq!(write(&problem), SMALL);
    }

    #[test]
    fn faults_have_a_place() {
        let told = |text: &str| read("small", text).unwrap_err()[0].code;
        assert_eq!(told("{"), "E309");
        assert_eq!(told(&SMALL.replace("own_van", "pigeon")), "E311");
        assert_eq!(
            told(&SMALL.replace(r#""class":"rural","options""#, r#""class":"x","options""#)),
            "E311"
        );
        assert_eq!(told(&SMALL.replace(r#""facility":0"#, r#""facility":7"#)), "E310");
    }
}

//! The sections of a study file that hold terms: contracts, rates, requirements, scenarios, time.

use std::collections::BTreeMap;

use postroad_model::network::{Channel, TierRule};

use super::checks;
use super::reader::Section;
use super::schema::*;
use super::sections::{Weights, channel_words, class_words};
use super::units::*;

pub(super) fn read_contracts(
    s: &Section<'_>,
    weights: &Weights<'_>,
) -> BTreeMap<String, ContractTerms> {
    let names = s.names();
    names
        .into_iter()
        .map(|name| {
            let terms = read_contract(&s.named_section(&name), weights);
            (name, terms)
        })
        .collect()
}

fn read_contract(s: &Section<'_>, weights: &Weights<'_>) -> ContractTerms {
    let by_weight = s.has("card");
    let (unit_usd_per_parcel, centre_usd_per_parcel) = match by_weight {
        true => read_card(&s.section("card"), weights),
        false => {
            let unit = s.quantity("unit_rate", USD_PER_PARCEL);
            (unit, unit + s.quantity("centre_extra", USD_PER_PARCEL))
        }
    };
    let rules = [("all_parcels", TierRule::AllParcels), ("marginal", TierRule::Marginal)];
    let tiers = s.sections("tiers").iter().map(read_tier).collect();
    let commitment = s.optional_quantity("commitment", PARCELS_PER_YEAR);
    let shortfall = match commitment {
        Some(_) => s.quantity("shortfall", USD_PER_PARCEL),
        None => s.optional_quantity("shortfall", USD_PER_PARCEL).unwrap_or(0.0),
    };
    let per_unit = s.optional_quantity("max_per_unit", PARCELS_PER_HOUSEHOLD_DAY);
    let terms = ContractTerms {
        title: s.text("title"),
        unit_usd_per_parcel,
        centre_usd_per_parcel,
        by_weight,
        tiers,
        tier_rule: s.optional_word("tier_rule", &rules).unwrap_or(TierRule::Marginal),
        commitment_parcels_per_year: commitment.unwrap_or(0.0),
        shortfall_usd_per_parcel: shortfall,
        max_parcels_per_year: s.optional_quantity("max_parcels", PARCELS_PER_YEAR),
        max_per_unit_parcels_per_household_day: per_unit,
        term_years: s.quantity("term", YEARS),
        change_per_year: s.quantity("change_per_year", SHARE_SIGNED),
    };
    checks::contract(s, &terms);
    s.finish();
    terms
}

/// A card by weight, less a discount; rates at the unit and at the centre for the mix of weights.
fn read_card(s: &Section<'_>, weights: &Weights<'_>) -> (f64, f64) {
    let kept = 1.0 - s.quantity("discount", SHARE);
    let unit = weights.mean(s, "unit_rates", &s.series("unit_rates", USD_PER_PARCEL));
    let centre = weights.mean(s, "centre_rates", &s.series("centre_rates", USD_PER_PARCEL));
    s.finish();
    (unit * kept, centre * kept)
}

fn read_tier(s: &Section<'_>) -> TierTerms {
    let tier = TierTerms {
        from_parcels_per_year: s.quantity("from", PARCELS_PER_YEAR),
        add_usd_per_parcel: s.quantity("add", USD_PER_PARCEL_SIGNED),
    };
    s.finish();
    tier
}

pub(super) fn read_third_party(s: &Section<'_>, weights: &Weights<'_>) -> ThirdPartySettings {
    let bands: Vec<RateBand> = s.sections("bands").iter().map(|b| read_band(b, weights)).collect();
    if bands.is_empty() {
        let cause = "a third party needs at least one distance band";
        s.fault("E102", "bands", cause, "add a [[third_party.bands]] table");
    }
    let up_to: Vec<f64> = bands.iter().map(|b| b.up_to_km).collect();
    checks::ascending(s, "bands", &up_to, "the distance bands");
    let third_party = ThirdPartySettings {
        bands,
        residential_usd_per_parcel: s.quantity("residential", USD_PER_PARCEL),
        areas: s.sections("areas").iter().map(read_area).collect(),
        rate_discount: s.quantity("rate_discount", SHARE),
        surcharge_discount: s.quantity("surcharge_discount", SHARE),
        fuel_factor: s.quantity("fuel", CIRCUITY),
        handover_usd_per_parcel: s.quantity("handover", USD_PER_PARCEL),
        max_parcels_per_year: s.optional_quantity("max_parcels", PARCELS_PER_YEAR),
    };
    s.finish();
    third_party
}

fn read_band(s: &Section<'_>, weights: &Weights<'_>) -> RateBand {
    let rates = s.series("rates", USD_PER_PARCEL);
    let band = RateBand {
        up_to_km: s.quantity("up_to", KM),
        usd_per_parcel: weights.mean(s, "rates", &rates),
        promise_days: checks::whole_day(s, "promise", s.quantity("promise", DAYS)),
    };
    s.finish();
    band
}

fn read_area(s: &Section<'_>) -> SurchargeArea {
    let area = SurchargeArea {
        name: s.text("name"),
        surcharge_usd_per_parcel: s.quantity("surcharge", USD_PER_PARCEL),
        below_people_per_km2: s.optional_quantity("below", PEOPLE_PER_KM2),
        states: s.texts("states").unwrap_or_default(),
        extra_days: checks::whole_day(s, "extra_days", s.quantity("extra_days", DAYS)),
    };
    if area.below_people_per_km2.is_none() && area.states.is_empty() {
        let cause = "the area says neither `below` nor `states`, so no zone is in it";
        s.fault("E113", "name", cause, "add one of them");
    }
    s.finish();
    area
}

pub(super) fn read_lots(s: &Section<'_>) -> LotSettings {
    let lots = LotSettings {
        price_usd_per_parcel: s.by_class("price", USD_PER_PARCEL),
        reference_parcels_per_day: s.quantity("reference_volume", PARCELS_PER_DAY),
        volume_exponent: s.quantity("volume_exponent", EXPONENT),
        reserve_margin: s.quantity("reserve_margin", FACTOR),
        centre_extra_usd_per_parcel: s.quantity("centre_extra", USD_PER_PARCEL),
        min_households: s.quantity("min_households", COUNT),
        lost_share: s.by_class("lost_share", SHARE),
        seed: s.whole("seed", 0, u32::MAX.into()).unwrap_or(1),
        max_per_unit_parcels_per_household_day: s
            .quantity("max_per_unit", PARCELS_PER_HOUSEHOLD_DAY),
    };
    s.finish();
    lots
}

pub(super) fn read_schedule(s: &Section<'_>) -> ScheduleSettings {
    let schedule = ScheduleSettings {
        start_quarter: read_quarter(s, "start"),
        contract_end_quarter: read_quarter(s, "contract_end"),
        quarters: s.whole("quarters", 1, 80).unwrap_or(12) as u32,
        openings_per_quarter: s.quantity("openings_per_quarter", COUNT),
        hires_per_quarter: s.quantity("hires_per_quarter", COUNT),
        premium_usd_per_parcel: s.quantity("premium", USD_PER_PARCEL),
        hiring_usd_per_driver: s.quantity("hiring_cost", USD),
        hiring_lead_quarters: s.quantity("hiring_lead", QUARTERS),
        contract_lead_quarters: s.quantity("contract_lead", QUARTERS),
    };
    if schedule.contract_end_quarter < schedule.start_quarter {
        let cause = "the contract ends before the plan starts";
        s.fault("E113", "contract_end", cause, "write a quarter that is not before `start`");
    }
    s.finish();
    schedule
}

/// A quarter such as 2026-Q3, as a number of quarters since year 0.
fn read_quarter(s: &Section<'_>, key: &'static str) -> u32 {
    let text = s.text(key);
    let parsed = text.split_once("-Q").and_then(|(year, quarter)| {
        let year: u32 = year.parse().ok().filter(|y| (1900..=2200).contains(y))?;
        let quarter: u32 = quarter.parse().ok().filter(|q| (1..=4).contains(q))?;
        Some(4 * year + quarter - 1)
    });
    if parsed.is_none() && !text.is_empty() {
        let cause = format!("`{text}` is not a quarter");
        s.fault("E103", key, cause, "write the year and the quarter, such as \"2026-Q3\"");
    }
    parsed.unwrap_or(0)
}

pub(super) fn read_requirements(
    top: &Section<'_>,
    scenarios: &[Scenario],
) -> Vec<RequirementTerms> {
    let names: Vec<&str> = scenarios.iter().map(|s| s.name.as_str()).collect();
    top.sections("requirements").iter().map(|s| read_requirement(s, &names)).collect()
}

fn read_requirement(s: &Section<'_>, scenarios: &[&str]) -> RequirementTerms {
    let requirement = RequirementTerms {
        class: s.optional_word("class", &class_words()),
        within_days: checks::whole_day(s, "within", s.quantity("within", DAYS)),
        min_share: s.quantity("min_share", SHARE),
        scenarios: s.texts("scenarios").unwrap_or_default(),
    };
    for name in requirement.scenarios.iter().filter(|n| !scenarios.contains(&n.as_str())) {
        let path = s.path_of("scenarios");
        s.reading.unknown_word(s.line_of("scenarios"), &path, name, scenarios);
    }
    s.finish();
    requirement
}

const MEASURES: [(&str, Measure, Is); 15] = [
    ("own_parcels", Measure::OwnParcels, PARCELS_PER_YEAR),
    ("postal_parcels", Measure::PostalParcels, PARCELS_PER_YEAR),
    ("postal_spend", Measure::PostalSpend, USD_PER_YEAR),
    ("operator_revenue_share", Measure::OperatorRevenueShare, SHARE),
    ("postal_price", Measure::PostalPrice, USD_PER_PARCEL),
    ("own_van_cost", Measure::OwnVanCost, USD_PER_PARCEL),
    ("stops_per_route", Measure::StopsPerRoute, COUNT),
    ("routes_per_day", Measure::RoutesPerDay, COUNT),
    ("vans", Measure::Vans, COUNT),
    ("drivers", Measure::Drivers, COUNT),
    ("hub_zones", Measure::HubZones, COUNT),
    ("hub_land", Measure::HubLand, KM2),
    ("hub_parcels", Measure::HubParcels, PARCELS_PER_DAY),
    ("own_rural_share", Measure::OwnRuralShare, SHARE),
    ("carrier_leaving", Measure::CarrierLeaving, USD_PER_QUARTER),
];

pub(super) fn read_public_figures(top: &Section<'_>) -> Vec<PublicFigure> {
    top.sections("public_figures").iter().filter_map(read_public_figure).collect()
}

/// A published range is a quantity whose value is what the study takes from it.
fn read_public_figure(s: &Section<'_>) -> Option<PublicFigure> {
    let words = MEASURES.map(|(word, measure, is)| (word, (measure, is)));
    let name = s.text("name");
    let measure = s.word("measure", &words);
    let calibrated = s.flag("calibrated").unwrap_or(false);
    let figure = measure.map(|(measure, is)| {
        let value = s.quantity("figure", is);
        let listed = s.reading.quantities.borrow_mut().pop();
        let (low, high) = listed.as_ref().and_then(|q| q.range).unwrap_or((value, value));
        let source = listed.map(|q| q.source).unwrap_or_default();
        PublicFigure { name, measure, low, high, unit: is.unit, source, calibrated }
    });
    if figure.is_some() {
        s.finish();
    }
    figure
}

pub(super) fn read_carrier_test(s: &Section<'_>) -> CarrierTest {
    let test = CarrierTest {
        base_parcels_per_year: s.quantity("base_parcels", PARCELS_PER_YEAR),
        residential_share: s.quantity("residential_share", SHARE),
        moved_parcels_per_year: s.quantity("moved_parcels", PARCELS_PER_YEAR),
        wage_usd_per_hour: s.quantity("wage", USD_PER_HOUR),
        on_cost_factor: s.quantity("on_cost", CIRCUITY),
        postal_usd_per_parcel: s.quantity("postal_price", USD_PER_PARCEL),
        entry_usd_per_parcel: s.quantity("entry", USD_PER_PARCEL),
        stem_km: s.by_class("stem", KM),
    };
    s.finish();
    test
}

pub(super) fn read_scenarios(
    top: &Section<'_>,
    contracts: &BTreeMap<String, ContractTerms>,
) -> Vec<Scenario> {
    let sections = top.sections("scenarios");
    if sections.is_empty() {
        let cause = "the study has no scenario to plan";
        top.fault("E102", "scenarios", cause, "add a [[scenarios]] table");
    }
    let scenarios: Vec<Scenario> = sections.iter().map(|s| read_scenario(s, contracts)).collect();
    for (i, scenario) in scenarios.iter().enumerate() {
        if scenarios[..i].iter().any(|other| other.name == scenario.name) {
            let cause = format!("there are two scenarios `{}`", scenario.name);
            sections[i].fault("E112", "name", cause, "give each its own name");
        }
    }
    scenarios
}

fn read_scenario(s: &Section<'_>, contracts: &BTreeMap<String, ContractTerms>) -> Scenario {
    let kinds = [
        ("status_quo", ScenarioKind::StatusQuo),
        ("extend", ScenarioKind::Extend),
        ("auction", ScenarioKind::Auction),
        ("leave", ScenarioKind::Leave),
    ];
    let kind = s.word("kind", &kinds).unwrap_or(ScenarioKind::Leave);
    let scenario = Scenario {
        name: s.text("name"),
        title: s.text("title"),
        description: s.text("description"),
        kind,
        contract: s.optional_text("contract"),
        channels: read_channels(s),
        may_open: s.flag("may_open").unwrap_or(kind != ScenarioKind::StatusQuo),
        may_close: s.flag("may_close").unwrap_or(kind != ScenarioKind::StatusQuo),
        capital_budget_usd: s.optional_quantity("capital_budget", USD),
        openings_max: s.optional_quantity("openings_max", COUNT).map(|n| n as u32),
        line: s.line,
    };
    checks::scenario(s, &scenario, contracts);
    s.finish();
    scenario
}

fn read_channels(s: &Section<'_>) -> Vec<Channel> {
    let Some(words) = s.texts("channels") else { return Channel::ALL.to_vec() };
    words.iter().filter_map(|word| s.meaning("channels", word, &channel_words())).collect()
}

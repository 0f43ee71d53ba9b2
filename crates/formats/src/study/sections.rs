//! The sections of a study file, field by field: geography, demand, fleets, carriers.

use std::collections::BTreeMap;

use postroad_model::network::{AreaClass, Channel, Sourcing};
use toml::de::DeTable;

use super::reader::Section;
use super::schema::*;
use super::units::*;
use super::{checks, terms};

/// Keys of `[sources]`, known before anything else is read.
pub(super) fn source_keys(document: &DeTable<'_>) -> Vec<String> {
    let sources = document.get("sources").and_then(|s| s.get_ref().as_table());
    sources.iter().flat_map(|t| t.keys()).map(|k| k.get_ref().to_string()).collect()
}

pub(super) fn read(top: &Section<'_>) -> Sections {
    let demand = read_demand(&top.section("demand"));
    let weights = Weights { up_to_lb: &demand.weight_up_to_lb, share: &demand.weight_share };
    let contracts = terms::read_contracts(&top.section("contracts"), &weights);
    let third_party = terms::read_third_party(&top.section("third_party"), &weights);
    let scenarios = terms::read_scenarios(top, &contracts);
    let sections = Sections {
        name: top.text("name"),
        description: top.text("description"),
        sources: read_sources(&top.section("sources")),
        tables: read_tables(&top.section("tables")),
        method: read_method(&top.section("method")),
        classes: top.optional_section("classes").map(|s| read_classes(&s)),
        linehaul: read_linehaul(&top.section("linehaul")),
        own_van: read_fleet(&top.section("own_van")),
        rural_hub: read_fleet(&top.section("rural_hub")),
        drone: read_drone(&top.section("drone")),
        postal: read_postal(&top.section("postal")),
        lots: terms::read_lots(&top.section("lots")),
        finance: read_finance(&top.section("finance")),
        operator: read_operator(&top.section("operator")),
        schedule: terms::read_schedule(&top.section("schedule")),
        requirements: terms::read_requirements(top, &scenarios),
        public_figures: terms::read_public_figures(top),
        carrier_test: terms::read_carrier_test(&top.section("carrier_test")),
        demand,
        contracts,
        third_party,
        scenarios,
    };
    top.finish();
    sections
}

/// The mix of weights, to turn a card into one rate.
pub(super) struct Weights<'a> {
    pub(super) up_to_lb: &'a [f64],
    pub(super) share: &'a [f64],
}

impl Weights<'_> {
    /// Mean of a card's rates over the mix; a fault unless it has a rate for each weight step.
    pub(super) fn mean(&self, section: &Section<'_>, key: &'static str, rates: &[f64]) -> f64 {
        if rates.len() != self.up_to_lb.len() {
            let (found, steps) = (rates.len(), self.up_to_lb.len());
            if steps > 0 && found > 0 {
                let cause =
                    format!("{steps} rates are needed, one for each weight step, found {found}");
                let action = "give a rate for each entry of demand.weight_up_to";
                section.fault("E113", key, cause, action);
            }
            return f64::NAN;
        }
        rates.iter().zip(self.share).map(|(rate, share)| rate * share).sum()
    }
}

pub(super) fn class_words() -> [(&'static str, AreaClass); 4] {
    AreaClass::ALL.map(|class| (class.name(), class))
}

pub(super) fn channel_words() -> [(&'static str, Channel); 6] {
    Channel::ALL.map(|channel| (channel.name(), channel))
}

fn read_sources(s: &Section<'_>) -> BTreeMap<String, String> {
    let names = s.names();
    names.into_iter().map(|name| (name.clone(), s.text_named(&name))).collect()
}

fn read_tables(s: &Section<'_>) -> TableNames {
    let names = TableNames {
        zones: s.text("zones"),
        delivery_units: s.text("delivery_units"),
        processing_centres: s.text("processing_centres"),
        stations: s.text("stations"),
        upstream: s.text("upstream"),
        outline: s.optional_text("outline"),
    };
    s.finish();
    names
}

fn read_method(s: &Section<'_>) -> Method {
    let sourcing = [("single", Sourcing::Single), ("split", Sourcing::Split)];
    let method = Method {
        sourcing: s.optional_word("sourcing", &sourcing).unwrap_or(Sourcing::Split),
        nearest_stations: s.whole("nearest_stations", 1, 50).unwrap_or(10) as usize,
        nearest_hubs: s.whole("nearest_hubs", 1, 50).unwrap_or(4) as usize,
        tornado: s.texts("tornado"),
        tornado_solves: s.whole("tornado_solves", 0, 10_000).unwrap_or(12) as usize,
    };
    s.finish();
    method
}

fn read_classes(s: &Section<'_>) -> ClassThresholds {
    let classes = ClassThresholds {
        suburban_from: s.quantity("suburban_from", PEOPLE_PER_KM2),
        urban_from: s.quantity("urban_from", PEOPLE_PER_KM2),
        dense_urban_from: s.quantity("dense_urban_from", PEOPLE_PER_KM2),
    };
    let from = [classes.suburban_from, classes.urban_from, classes.dense_urban_from];
    checks::ascending(s, "urban_from", &from, "the thresholds of the classes");
    s.finish();
    classes
}

fn read_demand(s: &Section<'_>) -> DemandSettings {
    let demand = DemandSettings {
        parcels_per_year: s.quantity("parcels", PARCELS_PER_YEAR),
        index: s.by_class("index", FACTOR),
        parcels_per_stop: s.by_class("parcels_per_stop", PARCELS_PER_STOP),
        populated_share: s.by_class("populated_share", SHARE_POSITIVE),
        weight_up_to_lb: s.series("weight_up_to", POUNDS),
        weight_share: s.series("weight_share", SHARE),
        peak_factor: s.quantity("peak_factor", CIRCUITY),
        flex_share: s.quantity("flex_share", SHARE),
        flex_premium_usd_per_parcel: s.quantity("flex_premium", USD_PER_PARCEL),
        peak_days: s.quantity("peak_days", DAYS),
    };
    if demand.parcels_per_year == 0.0 {
        s.fault("E106", "parcels", "there is nothing to deliver", "write a positive number");
    }
    checks::ascending(s, "weight_up_to", &demand.weight_up_to_lb, "the weight steps");
    checks::weight_shares(s, &demand);
    s.finish();
    demand
}

fn read_linehaul(s: &Section<'_>) -> Linehaul {
    let linehaul = Linehaul {
        usd_per_km: s.quantity("truck", USD_PER_KM),
        parcels_per_truck: s.quantity("parcels_per_truck", PARCELS),
        circuity: s.quantity("circuity", CIRCUITY),
        handling_usd_per_parcel: s.quantity("handling", USD_PER_PARCEL),
    };
    s.finish();
    linehaul
}

fn read_fleet(s: &Section<'_>) -> FleetSettings {
    let fleet = FleetSettings {
        classes: read_class_list(s, "classes"),
        tour_constant: s.by_class("tour_constant", FACTOR),
        stem_circuity: s.by_class("stem_circuity", CIRCUITY),
        local_circuity: s.by_class("local_circuity", CIRCUITY),
        stem_km_per_hour: s.by_class("stem_speed", KM_PER_HOUR),
        local_km_per_hour: s.by_class("local_speed", KM_PER_HOUR),
        service_minutes_per_stop: s.by_class("service_time", MINUTES),
        van_parcels: s.quantity("van_parcels", PARCELS),
        shift_hours: s.quantity("shift", HOURS),
        fixed_hours: s.quantity("fixed_time", HOURS),
        paid_hours: s.quantity("paid_time", HOURS),
        wage_usd_per_hour: s.quantity("wage", USD_PER_HOUR),
        on_cost_factor: s.quantity("on_cost", CIRCUITY),
        overhead_factor: s.quantity("overhead", CIRCUITY),
        van_usd_per_day: s.quantity("van", USD_PER_DAY),
        usd_per_km: s.quantity("distance", USD_PER_KM),
        driver_days_per_week: s.quantity("driver_days", DAYS_PER_WEEK),
        promise_days: s.by_class("promise", DAYS).whole_days(s, "promise"),
        site: read_site(&s.section("site")),
    };
    if fleet.fixed_hours >= fleet.shift_hours {
        let cause = "the time at the building takes the whole shift";
        s.fault("E113", "fixed_time", cause, "write fewer hours than `shift`");
    }
    s.finish();
    fleet
}

fn read_class_list(s: &Section<'_>, key: &'static str) -> Vec<AreaClass> {
    let Some(words) = s.texts(key) else { return AreaClass::ALL.to_vec() };
    words.iter().filter_map(|word| s.meaning(key, word, &class_words())).collect()
}

fn read_site(s: &Section<'_>) -> SiteSettings {
    let modules = s.series("modules", COUNT);
    checks::module_counts(s, &modules);
    let site = SiteSettings {
        module_parcels_per_day: s.quantity("module_capacity", PARCELS_PER_DAY),
        modules: modules.iter().map(|&m| m as u8).collect(),
        building_usd_per_day: s.quantity("building", USD_PER_DAY),
        module_usd_per_day: s.quantity("module", USD_PER_DAY),
        handling_usd_per_parcel: s.quantity("handling", USD_PER_PARCEL),
        building_capital_usd: s.quantity("building_capital", USD),
        module_capital_usd: s.quantity("module_capital", USD),
        closing_share: s.quantity("closing_share", SHARE),
        lead_quarters: s.quantity("lead_time", QUARTERS),
        existing_classes: read_class_list(s, "existing_classes"),
        existing_radius_km: s.quantity("existing_radius", KM),
    };
    s.finish();
    site
}

fn read_drone(s: &Section<'_>) -> DroneSettings {
    let drone = DroneSettings {
        classes: read_class_list(s, "classes"),
        radius_km: s.quantity("radius", KM),
        max_lb: s.quantity("max_weight", POUNDS),
        take_up_share: s.quantity("take_up", SHARE),
        flights_per_day: s.quantity("flights", PARCELS_PER_DAY),
        pad_usd_per_day: s.quantity("pad", USD_PER_DAY),
        pad_capital_usd: s.quantity("pad_capital", USD),
        usd_per_parcel: s.quantity("delivery", USD_PER_PARCEL),
        fee_usd_per_parcel: s.quantity("fee", USD_PER_PARCEL),
        promise_days: checks::whole_day(s, "promise", s.quantity("promise", DAYS)),
    };
    s.finish();
    drone
}

fn read_postal(s: &Section<'_>) -> PostalSettings {
    let postal = PostalSettings {
        stop_usd_per_day: s.quantity("stop", USD_PER_DAY),
        detour_usd_per_km: s.quantity("detour", USD_PER_KM),
        detour_circuity: s.quantity("detour_circuity", CIRCUITY),
        calls_share: s.quantity("calls_share", SHARE),
        unit_sort_usd_per_parcel: s.quantity("unit_sort", USD_PER_PARCEL),
        centre_sort_usd_per_parcel: s.quantity("centre_sort", USD_PER_PARCEL),
        centre_dock_usd_per_day: s.quantity("centre_dock", USD_PER_DAY),
        unit_promise_days: s.by_class("unit_promise", DAYS).whole_days(s, "unit_promise"),
        centre_promise_days: s.by_class("centre_promise", DAYS).whole_days(s, "centre_promise"),
    };
    s.finish();
    postal
}

fn read_finance(s: &Section<'_>) -> FinanceSettings {
    let finance = FinanceSettings {
        capital_rate: s.quantity("capital_rate", SHARE),
        building_years: s.quantity("building_life", YEARS),
        pass_through: s.quantity("pass_through", SHARE),
    };
    s.finish();
    finance
}

fn read_operator(s: &Section<'_>) -> OperatorSettings {
    let operator = OperatorSettings {
        revenue_usd_per_year: s.quantity("revenue", USD_PER_YEAR),
        avoidable_usd_per_parcel: s.by_class("avoidable", USD_PER_PARCEL),
        centre_extra_usd_per_parcel: s.quantity("centre_extra", USD_PER_PARCEL),
    };
    s.finish();
    operator
}

impl ByClass<f64> {
    fn whole_days(self, s: &Section<'_>, key: &'static str) -> ByClass<u8> {
        let days: Vec<u8> = self.iter().map(|(_, d)| checks::whole_day(s, key, d)).collect();
        ByClass::from_fn(|class| days[class as usize])
    }
}

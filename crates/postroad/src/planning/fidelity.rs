//! The model against public figures: what the status quo computes beside what was published.

use std::collections::BTreeMap;

use postroad_formats::study::{FleetSettings, Measure, PublicFigure, Study};
use postroad_formats::tables::Zone;
use postroad_model::id::Id;
use postroad_model::network::{AreaClass, Channel, NetworkPlan};
use postroad_model::tour::Vans;
use serde::{Deserialize, Serialize};

use super::channels::{class_of, vans};
use super::metrics::{ScenarioMetrics, ratio};
use super::{DAYS_PER_YEAR, Geography, Planned, ServiceClass};

/// One public figure and what the model says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FidelityRow {
    /// Its name.
    pub name: String,
    /// What the model computes.
    pub computed: f64,
    /// Unit of all three numbers.
    pub unit: String,
    /// Lowest published.
    pub low: f64,
    /// Highest published.
    pub high: f64,
    /// Keys of the study's sources.
    pub source: String,
    /// Whether the computed figure lies in the published range.
    pub inside: bool,
    /// Whether an input was set to meet it, so that it proves nothing.
    pub calibrated: bool,
}

/// Compares the status quo with every public figure of the study, in the study's order.
pub fn check(
    study: &Study,
    geography: &Geography,
    planned: &Planned,
    plan: &NetworkPlan,
    metrics: &ScenarioMetrics,
) -> Vec<FidelityRow> {
    let hubs = hub_means(geography, planned, plan);
    let row = |figure: &PublicFigure| {
        let computed = computed(study, geography, metrics, &hubs, figure.measure);
        FidelityRow {
            name: figure.name.clone(),
            computed,
            unit: figure.unit.into(),
            low: figure.low,
            high: figure.high,
            source: figure.source.clone(),
            inside: computed >= figure.low && computed <= figure.high,
            calibrated: figure.calibrated,
        }
    };
    study.public_figures.iter().map(row).collect()
}

fn computed(
    study: &Study,
    geography: &Geography,
    metrics: &ScenarioMetrics,
    hubs: &HubMeans,
    measure: Measure,
) -> f64 {
    match measure {
        Measure::OwnParcels => own_parcels(&metrics.parcels_by_channel),
        Measure::PostalParcels => metrics.operator.parcels_per_year,
        Measure::PostalSpend => metrics.operator.revenue_usd_per_year,
        Measure::OperatorRevenueShare => metrics.operator.share_of_revenue,
        Measure::PostalPrice => metrics.operator.usd_per_parcel,
        Measure::OwnVanCost => {
            let parcels = of(&metrics.parcels_by_channel, Channel::OwnVan);
            ratio(metrics.cost_usd_per_day.own_van_delivery * DAYS_PER_YEAR, parcels)
        }
        Measure::StopsPerRoute => metrics.network.stops_per_route,
        Measure::RoutesPerDay => metrics.network.routes_per_day,
        Measure::Vans => metrics.network.vans,
        Measure::Drivers => metrics.network.drivers,
        Measure::HubZones => hubs.zones,
        Measure::HubLand => hubs.land_km2,
        Measure::HubParcels => hubs.parcels_per_day,
        Measure::OwnRuralShare => {
            let rural = metrics.parcels_by_class.get(AreaClass::Rural.name());
            let rural = rural.map_or(0.0, own_parcels);
            ratio(rural, own_parcels(&metrics.parcels_by_channel))
        }
        Measure::CarrierLeaving => carrier_leaving_usd_per_quarter(study, geography),
    }
}

fn of(parcels: &BTreeMap<String, f64>, channel: Channel) -> f64 {
    parcels.get(channel.name()).copied().unwrap_or(0.0)
}

fn own_parcels(parcels: &BTreeMap<String, f64>) -> f64 {
    [Channel::OwnVan, Channel::RuralHub, Channel::Drone].map(|c| of(parcels, c)).iter().sum()
}

/// Means over the rural hubs in use: ZIPs and land they serve for the most part, parcels.
struct HubMeans {
    zones: f64,
    land_km2: f64,
    parcels_per_day: f64,
}

fn hub_means(geography: &Geography, planned: &Planned, plan: &NetworkPlan) -> HubMeans {
    let (mut zones, mut land_km2, mut parcels_per_day) = (0.0, 0.0, 0.0);
    let mut used = vec![false; planned.problem.facilities.len()];
    for a in &plan.assignments {
        let option = &planned.problem.options[a.option];
        let Some(hub) = option.facility.filter(|_| option.channel == Channel::RuralHub) else {
            continue;
        };
        used[hub.index()] = true;
        parcels_per_day += planned.problem.demands[a.demand].parcels_per_day * a.share;
        let info = planned.demands[a.demand];
        if a.share > 0.5 && info.service == ServiceClass::Standard {
            zones += 1.0;
            land_km2 += geography.zones[info.zone].land_km2;
        }
    }
    let hubs = used.iter().filter(|&&u| u).count() as f64;
    HubMeans {
        zones: ratio(zones, hubs),
        land_km2: ratio(land_km2, hubs),
        parcels_per_day: ratio(parcels_per_day, hubs),
    }
}

/// What a carrier that took its light parcels back from the operator pays more in a quarter: the
/// same tours, driven at its pay and at its density with and without these parcels, less what the
/// operator and the hand-over would have cost.
fn carrier_leaving_usd_per_quarter(study: &Study, geography: &Geography) -> f64 {
    let test = &study.carrier_test;
    let households: f64 = geography.zones.iter().map(|z| z.households).sum();
    let fleet = FleetSettings {
        wage_usd_per_hour: test.wage_usd_per_hour,
        on_cost_factor: test.on_cost_factor,
        ..study.own_van.clone()
    };
    let with_operator = test.postal_usd_per_parcel + test.entry_usd_per_parcel;
    let per_zone = |zone: &Zone| {
        let share = ratio(zone.households, households) / DAYS_PER_YEAR;
        let class = class_of(study, zone);
        // Its customers are many, so a stop gets one parcel, not one shipper's bundle.
        let vans = Vans { parcels_per_stop: 1.0, ..vans(&fleet, &study.demand, class) };
        let served_km2 = zone.land_km2 * study.demand.populated_share.of(class);
        let usd = |parcels: f64| match vans.route(test.stem_km.of(class), parcels, served_km2) {
            Some(route) if parcels > 0.0 => parcels * route.usd_per_parcel(),
            _ => 0.0,
        };
        let base = test.base_parcels_per_year * test.residential_share * share;
        let moved = test.moved_parcels_per_year * share;
        usd(base + moved) - usd(base) - moved * with_operator
    };
    geography.zones.iter().map(per_zone).sum::<f64>() * DAYS_PER_YEAR / 4.0
}

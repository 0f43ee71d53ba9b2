//! What a plan means: cost by component, parcels by channel, speed, buildings, the operator's side.

use std::collections::BTreeMap;

use postroad_formats::study::Study;
use postroad_model::network::NetworkPlan;
use serde::{Deserialize, Serialize};

use super::{Geography, Planned};

/// Cost by component, dollars per average day.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct CostUsdPerDay {
    /// Own vans: drivers, vans, distance, station to door.
    pub own_van_delivery: f64,
    /// Rural hubs: contractors, hub to door.
    pub rural_hub_delivery: f64,
    /// Drones, less what customers pay for them.
    pub drone_delivery: f64,
    /// Trucks from upstream nodes to stations and hubs, with sorting there.
    pub inbound: f64,
    /// Sorting and loading at stations and hubs.
    pub handling: f64,
    /// Running stations: buildings and modules.
    pub stations: f64,
    /// Running rural hubs.
    pub rural_hubs: f64,
    /// Running drone pads.
    pub drone_pads: f64,
    /// Capital of what is built, as a yearly payment.
    pub capital: f64,
    /// Closed buildings still paid for.
    pub closing: f64,
    /// The operator's rates.
    pub postal_rates: f64,
    /// Volume tiers of the operator's contract; negative is a discount.
    pub postal_tiers: f64,
    /// Shortfall payments to the operator.
    pub postal_shortfall: f64,
    /// Trucks and milk runs to delivery units and centres, with sorting for them.
    pub postal_entry: f64,
    /// Third parties.
    pub third_party: f64,
    /// All of it.
    pub total: f64,
}

/// Share of people whom a plan promises so many days.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Speed {
    /// People concerned.
    pub people: f64,
    /// Share of them promised at most 0, 1, 2, … days.
    pub share_within_days: Vec<f64>,
    /// Mean promise, days.
    pub mean_days: f64,
    /// Share whose parcels the shipper's own people bring (vans, hubs, drones).
    pub own_delivery_share: f64,
    /// Cost per parcel, dollars, all components: facilities by their parcels.
    pub usd_per_parcel: f64,
}

/// The operator's side, dollars per year.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct OperatorSide {
    /// Parcels in a year.
    pub parcels_per_year: f64,
    /// What the shipper pays it.
    pub revenue_usd_per_year: f64,
    /// What it would not spend without these parcels.
    pub avoidable_usd_per_year: f64,
    /// Revenue less avoidable cost.
    pub contribution_usd_per_year: f64,
    /// Revenue as a share of all its revenue.
    pub share_of_revenue: f64,
    /// Paid for a parcel; 0 without parcels.
    pub usd_per_parcel: f64,
}

/// Buildings, vans and people.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Network {
    /// Stations open.
    pub stations_open: u32,
    /// Of these, new.
    pub stations_new: u32,
    /// Existing stations closed.
    pub stations_closed: u32,
    /// Rural hubs open.
    pub hubs_open: u32,
    /// Of these, new.
    pub hubs_new: u32,
    /// Existing rural hubs closed.
    pub hubs_closed: u32,
    /// Drone pads open.
    pub pads_open: u32,
    /// Modules added to what stands, in new and in existing buildings.
    pub modules_added: u32,
    /// Delivery units with parcels.
    pub units_used: u32,
    /// Processing centres with parcels.
    pub centres_used: u32,
    /// Routes on an average day.
    pub routes_per_day: f64,
    /// Vans on the sizing day.
    pub vans: f64,
    /// Drivers on the payroll.
    pub drivers: f64,
    /// Stops of a route, mean over routes.
    pub stops_per_route: f64,
    /// Capital spent, dollars.
    pub capital_usd: f64,
    /// Share of ZIPs with most parcels by the shipper's own people.
    pub zips_with_own_delivery_share: f64,
}

/// All figures of one plan.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ScenarioMetrics {
    /// Name of the scenario.
    pub scenario: String,
    /// Cost by component.
    pub cost_usd_per_day: CostUsdPerDay,
    /// Total cost of a year.
    pub usd_per_year: f64,
    /// Total cost of a parcel.
    pub usd_per_parcel: f64,
    /// All parcels of a year.
    pub parcels_per_year: f64,
    /// Parcels of a year by channel.
    pub parcels_by_channel: BTreeMap<String, f64>,
    /// Parcels of a year by class and channel.
    pub parcels_by_class: BTreeMap<String, BTreeMap<String, f64>>,
    /// Speed over all.
    pub speed: Speed,
    /// Speed by class.
    pub speed_by_class: BTreeMap<String, Speed>,
    /// Buildings, vans and people.
    pub network: Network,
    /// The operator's side.
    pub operator: OperatorSide,
}

/// What changes for customers against another plan.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct PriceEffect {
    /// Dollars per parcel over all: the share of the cost change that is passed on.
    pub usd_per_parcel: f64,
    /// The same by class.
    pub by_class: BTreeMap<String, f64>,
}

/// Measures a plan. It must be feasible.
pub fn measure(
    _study: &Study,
    _geography: &Geography,
    planned: &Planned,
    _plan: &NetworkPlan,
) -> ScenarioMetrics {
    ScenarioMetrics { scenario: planned.scenario.clone(), ..ScenarioMetrics::default() }
}

/// What customers pay more under `plan` than under `base`, by the study's pass-through.
pub fn price_effect(study: &Study, base: &ScenarioMetrics, plan: &ScenarioMetrics) -> PriceEffect {
    let passed = |new: f64, old: f64| study.finance.pass_through * (new - old);
    let of = |m: &ScenarioMetrics, class: &str| {
        m.speed_by_class.get(class).map_or(0.0, |s| s.usd_per_parcel)
    };
    PriceEffect {
        usd_per_parcel: passed(plan.usd_per_parcel, base.usd_per_parcel),
        by_class: plan
            .speed_by_class
            .keys()
            .map(|class| (class.clone(), passed(of(plan, class), of(base, class))))
            .collect(),
    }
}

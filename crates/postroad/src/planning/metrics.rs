//! What a plan means: cost by component, parcels by channel, speed, buildings, the operator's side.

use std::collections::BTreeMap;

use postroad_formats::study::Study;
use postroad_model::network::{AreaClass, Assignment, Channel, NetworkPlan, ServiceOption};
use postroad_model::{ContractId, FacilityId, IdVec, OptionId};
use serde::{Deserialize, Serialize};

use super::channels::{annuity, sizing_factor};
use super::{DAYS_PER_YEAR, FacilityKind, Geography, POSTAL, Planned};

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
    /// What third parties would charge for a parcel that the operator carries; 0 if none would.
    pub third_party_usd_per_parcel: f64,
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
    study: &Study,
    geography: &Geography,
    planned: &Planned,
    plan: &NetworkPlan,
) -> ScenarioMetrics {
    let problem = &planned.problem;
    let parcels_per_year = problem.parcels_per_day() * DAYS_PER_YEAR;
    let cost = cost_by_component(study, planned, plan);
    let flows = flows(planned, plan);
    let charges = Charges::of(planned, plan);
    let speed_of = |class: Option<AreaClass>| speed(planned, &flows, &charges, class);
    let classes = || AreaClass::ALL.into_iter();
    let has = |class: AreaClass| problem.demands.iter().any(|d| d.class == class);
    ScenarioMetrics {
        scenario: planned.scenario.clone(),
        cost_usd_per_day: cost,
        usd_per_year: cost.total * DAYS_PER_YEAR,
        usd_per_parcel: cost.total * DAYS_PER_YEAR / parcels_per_year,
        parcels_per_year,
        parcels_by_channel: by_channel(&flows, None),
        parcels_by_class: classes()
            .map(|c| (c.name().to_string(), by_channel(&flows, Some(c))))
            .collect(),
        speed: speed_of(None),
        speed_by_class: classes()
            .filter(|&c| has(c))
            .map(|c| (c.name().to_string(), speed_of(Some(c))))
            .collect(),
        network: network(study, geography, planned, plan, &flows),
        operator: operator_side(study, planned, plan, &flows, &cost),
    }
}

/// A share of a demand on its way: what all other figures are sums of.
struct Flow {
    zone: usize,
    class: AreaClass,
    option: OptionId,
    channel: Channel,
    days: u8,
    parcels_per_day: f64,
    people: f64,
    parcels_per_route: f64,
    stops_per_route: f64,
}

fn flows(planned: &Planned, plan: &NetworkPlan) -> Vec<Flow> {
    let one = |a: &Assignment| {
        let demand = &planned.problem.demands[a.demand];
        let option = &planned.problem.options[a.option];
        let detail = &planned.options[a.option];
        Flow {
            zone: planned.demands[a.demand].zone,
            class: demand.class,
            option: a.option,
            channel: option.channel,
            days: option.days,
            parcels_per_day: demand.parcels_per_day * a.share,
            people: demand.people * a.share,
            parcels_per_route: f64::from(detail.parcels_per_route),
            stops_per_route: f64::from(detail.stops_per_route),
        }
    };
    plan.assignments.iter().map(one).collect()
}

fn is_own(channel: Channel) -> bool {
    matches!(channel, Channel::OwnVan | Channel::RuralHub | Channel::Drone)
}

fn is_postal(channel: Channel) -> bool {
    matches!(channel, Channel::PostalUnit | Channel::PostalCentre)
}

fn cost_by_component(study: &Study, planned: &Planned, plan: &NetworkPlan) -> CostUsdPerDay {
    let problem = &planned.problem;
    let mut cost = CostUsdPerDay::default();
    for a in &plan.assignments {
        let parcels = problem.demands[a.demand].parcels_per_day * a.share;
        let detail = &planned.options[a.option];
        let part = |usd: f32| f64::from(usd) * parcels;
        let channel = problem.options[a.option].channel;
        match channel {
            Channel::OwnVan => cost.own_van_delivery += part(detail.delivery),
            Channel::RuralHub => cost.rural_hub_delivery += part(detail.delivery),
            Channel::Drone => cost.drone_delivery += part(detail.delivery),
            Channel::PostalUnit | Channel::PostalCentre => {
                cost.postal_rates += part(detail.rate);
                cost.postal_entry += part(detail.entry);
            }
            Channel::ThirdParty => cost.third_party += part(detail.rate) + part(detail.entry),
        }
        if is_own(channel) {
            cost.inbound += part(detail.inbound);
            cost.handling += part(detail.handling);
        }
    }
    let payment = annuity(study.finance.capital_rate, study.finance.building_years) / DAYS_PER_YEAR;
    for (id, level) in plan.open_levels(problem) {
        let capital = level.capital_usd * payment;
        let running = level.usd_per_day - capital;
        cost.capital += capital;
        match planned.facilities[id].kind {
            FacilityKind::Station => cost.stations += running,
            FacilityKind::RuralHub => cost.rural_hubs += running,
            FacilityKind::DronePad => cost.drone_pads += running,
            FacilityKind::DeliveryUnit | FacilityKind::ProcessingCentre => {
                cost.postal_entry += running;
            }
        }
    }
    let volumes = plan.contract_volumes(problem);
    cost.postal_tiers = problem.contracts[POSTAL].tier_usd_per_day(volumes[POSTAL]);
    cost.postal_shortfall =
        problem.contracts[POSTAL].charge_usd_per_day(volumes[POSTAL]) - cost.postal_tiers;
    let exact = plan.cost(problem);
    cost.closing = exact.closing_usd_per_day;
    cost.total = exact.total_usd_per_day();
    cost
}

/// What an option costs a parcel beyond its own rate: its facility and its contract, shared out by
/// parcels; what nobody uses is shared out over all parcels.
struct Charges {
    facility: IdVec<FacilityId, f64>,
    contract: IdVec<ContractId, f64>,
    common: f64,
}

impl Charges {
    fn of(planned: &Planned, plan: &NetworkPlan) -> Charges {
        let problem = &planned.problem;
        let loads = plan.facility_loads(problem);
        let volumes = plan.contract_volumes(problem);
        let mut unshared = plan.cost(problem).closing_usd_per_day;
        let mut facility = IdVec::from(vec![0.0; problem.facilities.len()]);
        for (id, level) in plan.open_levels(problem) {
            match loads[id] > 0.0 {
                true => facility[id] = level.usd_per_day / loads[id],
                false => unshared += level.usd_per_day,
            }
        }
        let mut contract = IdVec::from(vec![0.0; problem.contracts.len()]);
        for (id, &volume) in volumes.iter_ids() {
            let charge = problem.contracts[id].charge_usd_per_day(volume);
            match volume > 0.0 {
                true => contract[id] = charge / volume,
                false => unshared += charge,
            }
        }
        Charges { facility, contract, common: unshared / problem.parcels_per_day() }
    }

    fn usd_per_parcel(&self, option: &ServiceOption) -> f64 {
        option.usd_per_parcel
            + option.facility.map_or(0.0, |f| self.facility[f])
            + option.contract.map_or(0.0, |c| self.contract[c])
            + self.common
    }
}

fn by_channel(flows: &[Flow], class: Option<AreaClass>) -> BTreeMap<String, f64> {
    let concerned = |f: &&Flow| class.is_none_or(|c| c == f.class);
    let mut parcels = BTreeMap::new();
    for flow in flows.iter().filter(concerned) {
        *parcels.entry(flow.channel.name().to_string()).or_insert(0.0) +=
            flow.parcels_per_day * DAYS_PER_YEAR;
    }
    parcels
}

fn speed(planned: &Planned, flows: &[Flow], charges: &Charges, class: Option<AreaClass>) -> Speed {
    let mut speed = Speed::default();
    let (mut parcels, mut usd, mut own, mut days) = (0.0, 0.0, 0.0, 0.0);
    let slowest = flows.iter().map(|f| f.days).max().unwrap_or(0);
    speed.share_within_days = vec![0.0; usize::from(slowest) + 1];
    for flow in flows.iter().filter(|f| class.is_none_or(|c| c == f.class)) {
        speed.people += flow.people;
        days += flow.people * f64::from(flow.days);
        own += if is_own(flow.channel) { flow.people } else { 0.0 };
        parcels += flow.parcels_per_day;
        let option = &planned.problem.options[flow.option];
        usd += flow.parcels_per_day * charges.usd_per_parcel(option);
        speed.share_within_days[usize::from(flow.days)] += flow.people;
    }
    let mut within = 0.0;
    for share in &mut speed.share_within_days {
        within += *share;
        *share = ratio(within, speed.people).min(1.0);
    }
    speed.mean_days = ratio(days, speed.people);
    speed.own_delivery_share = ratio(own, speed.people);
    speed.usd_per_parcel = ratio(usd, parcels);
    speed
}

/// a / b, or 0 if there is nothing to divide by.
pub(super) fn ratio(a: f64, b: f64) -> f64 {
    if b > 0.0 { a / b } else { 0.0 }
}

fn network(
    study: &Study,
    geography: &Geography,
    planned: &Planned,
    plan: &NetworkPlan,
    flows: &[Flow],
) -> Network {
    let mut network = count_facilities(planned, plan);
    let (mut stops, mut drivers) = (0.0, 0.0);
    for flow in flows.iter().filter(|f| f.parcels_per_route > 0.0) {
        let routes = flow.parcels_per_day / flow.parcels_per_route;
        network.routes_per_day += routes;
        stops += routes * flow.stops_per_route;
        let days = match flow.channel {
            Channel::RuralHub => study.rural_hub.driver_days_per_week,
            _ => study.own_van.driver_days_per_week,
        };
        drivers += routes * 7.0 / days;
    }
    network.drivers = drivers;
    network.vans = network.routes_per_day * sizing_factor(&study.demand);
    network.stops_per_route = ratio(stops, network.routes_per_day);
    network.capital_usd = plan.capital_usd(&planned.problem);
    let mut own = vec![0.0; geography.zones.len()];
    let mut all = vec![0.0; geography.zones.len()];
    for flow in flows {
        all[flow.zone] += flow.parcels_per_day;
        own[flow.zone] += if is_own(flow.channel) { flow.parcels_per_day } else { 0.0 };
    }
    let zips = all.iter().filter(|&&parcels| parcels > 0.0).count();
    let mostly_own = all.iter().zip(&own).filter(|(a, o)| **a > 0.0 && **o > **a / 2.0).count();
    network.zips_with_own_delivery_share = ratio(mostly_own as f64, zips as f64);
    network
}

fn count_facilities(planned: &Planned, plan: &NetworkPlan) -> Network {
    let mut network = Network::default();
    for (id, info) in planned.facilities.iter_ids() {
        let open = plan.levels[id].is_some();
        let (new, closed) = (open && !info.existing, !open && info.existing);
        let count = |n: &mut u32, yes: bool| *n += u32::from(yes);
        match info.kind {
            FacilityKind::Station => {
                count(&mut network.stations_open, open);
                count(&mut network.stations_new, new);
                count(&mut network.stations_closed, closed);
            }
            FacilityKind::RuralHub => {
                count(&mut network.hubs_open, open);
                count(&mut network.hubs_new, new);
                count(&mut network.hubs_closed, closed);
            }
            FacilityKind::DronePad => count(&mut network.pads_open, open),
            FacilityKind::DeliveryUnit => count(&mut network.units_used, open),
            FacilityKind::ProcessingCentre => count(&mut network.centres_used, open),
        }
        if let Some(level) = plan.levels[id]
            && let Some(&modules) = info.modules.get(usize::from(level))
        {
            network.modules_added += u32::from(modules.saturating_sub(info.modules_now));
        }
    }
    network
}

/// What third parties would charge for the operator's parcels, mean over those they would take.
fn third_party_usd_per_parcel(planned: &Planned, plan: &NetworkPlan) -> f64 {
    let problem = &planned.problem;
    let (mut usd, mut parcels) = (0.0, 0.0);
    for a in plan.assignments.iter().filter(|a| is_postal(problem.options[a.option].channel)) {
        let mut options = problem.options_of(a.demand).map(|o| &problem.options[o]);
        if let Some(other) = options.find(|o| o.channel == Channel::ThirdParty) {
            let volume = problem.demands[a.demand].parcels_per_day * a.share;
            usd += volume * other.usd_per_parcel;
            parcels += volume;
        }
    }
    ratio(usd, parcels)
}

fn operator_side(
    study: &Study,
    planned: &Planned,
    plan: &NetworkPlan,
    flows: &[Flow],
    cost: &CostUsdPerDay,
) -> OperatorSide {
    let operator = &study.operator;
    let (mut parcels, mut avoidable) = (0.0, 0.0);
    for flow in flows.iter().filter(|f| is_postal(f.channel)) {
        let extra = match flow.channel {
            Channel::PostalCentre => operator.centre_extra_usd_per_parcel,
            _ => 0.0,
        };
        parcels += flow.parcels_per_day;
        avoidable +=
            flow.parcels_per_day * (operator.avoidable_usd_per_parcel.of(flow.class) + extra);
    }
    let revenue = cost.postal_rates + cost.postal_tiers + cost.postal_shortfall;
    OperatorSide {
        parcels_per_year: parcels * DAYS_PER_YEAR,
        revenue_usd_per_year: revenue * DAYS_PER_YEAR,
        avoidable_usd_per_year: avoidable * DAYS_PER_YEAR,
        contribution_usd_per_year: (revenue - avoidable) * DAYS_PER_YEAR,
        share_of_revenue: revenue * DAYS_PER_YEAR / operator.revenue_usd_per_year,
        usd_per_parcel: ratio(revenue, parcels),
        third_party_usd_per_parcel: third_party_usd_per_parcel(planned, plan),
    }
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

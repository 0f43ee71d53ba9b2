//! Puts a network problem together: demands, their options, facilities, contracts, requirements.

use postroad_formats::study::{Scenario, Study};
use postroad_formats::tables::StationKind;
use postroad_model::network::{
    Channel, Contract, Demand, Facility, NetworkProblem, Requirement, ServiceOption,
};
use postroad_model::tour::Vans;
use postroad_model::{FacilityId, Fault, IdVec, Place};

use super::channels::{self, OptionDetail, ZoneDemand};
use super::postal::{self, PostalOffer};
use super::sites;
use super::{
    DAYS_PER_YEAR, DemandInfo, FacilityInfo, Geography, Offered, POSTAL, Planned, ServiceClass,
    THIRD_PARTY,
};

/// At least so many existing buildings of a kind stay among a zone's options, if there are any.
const EXISTING_KEPT: usize = 2;
/// At most so many options by van that are dearer than the third party but faster: they matter
/// only if a requirement asks for speed.
const FASTER_KEPT: usize = 2;

/// An option with what it is made of.
type Detailed = (ServiceOption, OptionDetail);

/// What all zones of a problem share.
struct Setting<'a> {
    study: &'a Study,
    geography: &'a Geography,
    scenario: &'a Scenario,
    demands: &'a [ZoneDemand],
    own_van: [Vans; 4],
    rural_hub: [Vans; 4],
    flex: f64,
    inbound: Vec<f64>,
    pads: Vec<Option<FacilityId>>,
    offer: PostalOffer,
    first_unit: FacilityId,
    first_centre: FacilityId,
    drone_share: f64,
    offered: Offered<'a>,
}

pub(super) fn build(
    study: &Study,
    geography: &Geography,
    scenario: &Scenario,
    price: Option<f64>,
    offered: Offered<'_>,
) -> Result<Planned, Vec<Fault>> {
    let demands = channels::zone_demands(study, &geography.zones);
    let has = sites::existing_modules(study, geography, &demands);
    let mut facilities = IdVec::new();
    let mut infos = IdVec::new();
    let pads = sites::push_sites(study, geography, scenario, &has, &mut facilities, &mut infos);
    let (first_unit, first_centre) =
        postal::push_units_and_centres(study, geography, scenario, &mut facilities, &mut infos);
    let classes = postroad_model::network::AreaClass::ALL;
    let setting = Setting {
        study,
        geography,
        scenario,
        own_van: classes.map(|c| channels::vans(&study.own_van, &study.demand, c)),
        rural_hub: classes.map(|c| channels::vans(&study.rural_hub, &study.demand, c)),
        flex: channels::flex_usd_per_parcel(&study.demand),
        inbound: inbound(study, geography),
        offer: postal::offer(study, geography, scenario, &demands, price),
        demands: &demands,
        pads,
        first_unit,
        first_centre,
        drone_share: channels::share_up_to_lb(&study.demand, study.drone.max_lb)
            * study.drone.take_up_share,
        offered,
    };
    assemble(&setting, facilities, infos, price)
}

fn inbound(study: &Study, geography: &Geography) -> Vec<f64> {
    let km = geography.station_upstream_km.iter();
    km.map(|&km| channels::inbound_usd_per_parcel(&study.linehaul, km)).collect()
}

fn assemble(
    setting: &Setting<'_>,
    facilities: IdVec<FacilityId, Facility>,
    infos: IdVec<FacilityId, FacilityInfo>,
    price: Option<f64>,
) -> Result<Planned, Vec<Fault>> {
    let mut planned = Planned {
        problem: NetworkProblem {
            facilities,
            contracts: contracts(setting, price),
            requirements: requirements(setting),
            capital_budget_usd: setting.scenario.capital_budget_usd,
            openings_max: setting.scenario.openings_max,
            sourcing: setting.study.method.sourcing,
            ..NetworkProblem::new()
        },
        scenario: setting.scenario.name.clone(),
        demands: IdVec::new(),
        facilities: infos,
        options: IdVec::new(),
    };
    let mut unserved = Vec::new();
    for zone in 0..setting.geography.zones.len() {
        if setting.demands[zone].parcels_per_day <= 0.0 {
            continue;
        }
        if !push_zone(setting, zone, &mut planned) {
            unserved.push(setting.geography.zones[zone].zip.as_str());
        }
    }
    let mut faults = Vec::new();
    if !unserved.is_empty() {
        faults.push(nobody_serves(setting, &unserved));
    } else if !matches!(setting.offered, Offered::Only(_)) {
        impossible_requirements(setting, &planned.problem, &mut faults);
    }
    if faults.is_empty() { Ok(planned) } else { Err(faults) }
}

fn contracts(
    setting: &Setting<'_>,
    price: Option<f64>,
) -> IdVec<postroad_model::ContractId, Contract> {
    let study = setting.study;
    let terms = postal::terms_of(study, setting.scenario).filter(|_| price.is_none());
    let factor = terms.map_or(1.0, |t| channels::term_factor(t, study.finance.capital_rate));
    let most = study.third_party.max_parcels_per_year.map_or(f64::INFINITY, |m| m / DAYS_PER_YEAR);
    [postal::volume_terms(terms, factor), postal::no_terms(most)].into_iter().collect()
}

fn requirements(setting: &Setting<'_>) -> Vec<Requirement> {
    let name = &setting.scenario.name;
    let terms = setting.study.requirements.iter();
    terms
        .filter(|r| r.scenarios.is_empty() || r.scenarios.contains(name))
        .map(|r| Requirement { class: r.class, within_days: r.within_days, min_share: r.min_share })
        .collect()
}

/// Adds a zone's demands with their options; false if nobody can serve it.
fn push_zone(setting: &Setting<'_>, zone: usize, planned: &mut Planned) -> bool {
    let common = zone_options(setting, zone);
    if common.is_empty() {
        return false;
    }
    let demand = &setting.demands[zone];
    let people = setting.geography.zones[zone].population;
    let pads = pad_options(setting, zone);
    let drone_share = match drone_pads_near(setting, zone) {
        true => setting.drone_share * setting.geography.zones[zone].single_family_share,
        false => 0.0,
    };
    let parts = [(ServiceClass::Standard, 1.0 - drone_share), (ServiceClass::Drone, drone_share)];
    for (service, share) in parts.into_iter().filter(|p| p.1 > 0.0) {
        let mut options = common.clone();
        if service == ServiceClass::Drone {
            options.extend_from_slice(&pads);
        }
        let priced: Vec<ServiceOption> = options.iter().map(|o| o.0).collect();
        let part = Demand {
            parcels_per_day: demand.parcels_per_day * share,
            people: people * share,
            class: demand.class,
        };
        planned.problem.push_demand(part, &priced);
        planned.demands.push(DemandInfo { zone, service });
        options.iter().for_each(|o| {
            planned.options.push(o.1);
        });
    }
    true
}

/// Every way to serve a zone that takes all its parcels.
fn zone_options(setting: &Setting<'_>, zone: usize) -> Vec<Detailed> {
    let allowed = |channel: Channel| setting.scenario.channels.contains(&channel);
    let third_party = third_party_option(setting, zone).filter(|_| allowed(Channel::ThirdParty));
    // A provider that takes any number of parcels is a ceiling on what others may cost.
    let ceiling = third_party.as_ref().map(|o| o.0).filter(|o| o.contract.is_none());
    let mut options = Vec::new();
    for (channel, kind, most) in [
        (Channel::OwnVan, StationKind::Station, setting.study.method.nearest_stations),
        (Channel::RuralHub, StationKind::RuralHub, setting.study.method.nearest_hubs),
    ] {
        if allowed(channel) {
            let offered = van_options(setting, zone, channel, kind);
            options.extend(worth_keeping(setting, zone, offered, most, ceiling.as_ref()));
        }
    }
    let postal = postal_options(setting, zone).into_iter().filter(|o| allowed(o.0.channel));
    options.extend(postal);
    options.extend(third_party);
    options.retain(|o| setting.offered.allows(zone, o.0.channel, o.0.facility));
    options
}

/// Vans from every building of a kind near the zone, cheapest first.
fn van_options(
    setting: &Setting<'_>,
    zone: usize,
    channel: Channel,
    kind: StationKind,
) -> Vec<Detailed> {
    let demand = &setting.demands[zone];
    let fleet = sites::fleet_of(setting.study, kind);
    if !fleet.classes.contains(&demand.class) {
        return Vec::new();
    }
    let vans = match kind {
        StationKind::Station => &setting.own_van[demand.class as usize],
        StationKind::RuralHub => &setting.rural_hub[demand.class as usize],
    };
    let days = fleet.promise_days.of(demand.class);
    let mut options: Vec<Detailed> = Vec::new();
    for near in &setting.geography.near_stations[zone] {
        if near.kind != kind || !(near.existing || setting.scenario.may_open) {
            continue;
        }
        let facility = Some(FacilityId(near.station));
        if !setting.offered.allows(zone, channel, facility) {
            continue;
        }
        let route = vans.route(f64::from(near.km), demand.stops_per_day, demand.served_km2);
        let Some(route) = route else { continue };
        let handling = fleet.site.handling_usd_per_parcel;
        let inbound = setting.inbound[near.station as usize];
        let detail = channels::by_van(&route, setting.flex, inbound, handling);
        options.push(option(channel, facility, days, detail));
    }
    options.sort_by(|a, b| {
        a.0.usd_per_parcel.total_cmp(&b.0.usd_per_parcel).then(a.0.facility.cmp(&b.0.facility))
    });
    options
}

/// Drops van options that a plan would not miss: those dearer than an unlimited provider that is
/// no slower, and all but the cheapest of the rest.
fn worth_keeping(
    setting: &Setting<'_>,
    zone: usize,
    offered: Vec<Detailed>,
    most: usize,
    ceiling: Option<&ServiceOption>,
) -> Vec<Detailed> {
    let (mut kept, mut existing, mut faster) = (Vec::new(), 0, 0);
    for option in offered {
        let insists = setting.offered.insists(zone, option.0.channel, option.0.facility);
        let dearer = ceiling.is_some_and(|c| option.0.usd_per_parcel >= c.usd_per_parcel);
        let useless = ceiling.is_some_and(|c| option.0.days >= c.days) || faster == FASTER_KEPT;
        if dearer && useless && !insists {
            continue;
        }
        let stands =
            option.0.facility.is_some_and(|f| setting.geography.stations[f.0 as usize].existing);
        if insists || kept.len() < most || (stands && existing < EXISTING_KEPT) {
            existing += usize::from(stands);
            faster += usize::from(dearer);
            kept.push(option);
        }
    }
    kept
}

fn postal_options(setting: &Setting<'_>, zone: usize) -> Vec<Detailed> {
    let class = setting.demands[zone].class;
    let unit = setting.geography.zones[zone].delivery_unit;
    let centre = setting.geography.units[unit].processing_centre;
    let contract = setting.offer.under_contract.then_some(POSTAL);
    let postal = &setting.study.postal;
    let at = |first: FacilityId, position: usize| Some(FacilityId(first.0 + position as u32));
    let offers = [
        (
            Channel::PostalUnit,
            at(setting.first_unit, unit),
            setting.offer.unit[unit],
            postal.unit_promise_days.of(class),
        ),
        (
            Channel::PostalCentre,
            at(setting.first_centre, centre),
            setting.offer.centre[centre],
            postal.centre_promise_days.of(class),
        ),
    ];
    let mut options = Vec::new();
    for (channel, facility, detail, days) in offers {
        let Some(detail) = detail else { continue };
        let mut offered = option(channel, facility, days, detail);
        offered.0.contract = contract;
        options.push(offered);
    }
    options
}

fn third_party_option(setting: &Setting<'_>, zone: usize) -> Option<Detailed> {
    if !setting.offered.allows(zone, Channel::ThirdParty, None) {
        return None;
    }
    let terms = &setting.study.third_party;
    let road_km = setting.geography.zone_upstream_km[zone] * setting.study.linehaul.circuity;
    let (detail, days) = channels::by_third_party(terms, &setting.geography.zones[zone], road_km)?;
    let mut offered = option(Channel::ThirdParty, None, days, detail);
    offered.0.contract = terms.max_parcels_per_year.map(|_| THIRD_PARTY);
    Some(offered)
}

/// Pads of existing stations within reach of a zone of a class that drones serve.
fn pads_near<'a>(
    setting: &'a Setting<'_>,
    zone: usize,
) -> impl Iterator<Item = (FacilityId, usize)> + 'a {
    let drone = &setting.study.drone;
    let serves = drone.classes.contains(&setting.demands[zone].class);
    setting.geography.near_stations[zone]
        .iter()
        .take_while(move |n| serves && f64::from(n.km) <= drone.radius_km)
        .filter_map(|n| Some((setting.pads[n.station as usize]?, n.station as usize)))
}

fn drone_pads_near(setting: &Setting<'_>, zone: usize) -> bool {
    pads_near(setting, zone).next().is_some()
}

fn pad_options(setting: &Setting<'_>, zone: usize) -> Vec<Detailed> {
    let drone = &setting.study.drone;
    if !setting.scenario.channels.contains(&Channel::Drone) || !setting.scenario.may_open {
        return Vec::new();
    }
    let handling = setting.study.own_van.site.handling_usd_per_parcel;
    let one = |(pad, station): (FacilityId, usize)| {
        let detail = OptionDetail {
            delivery: (drone.usd_per_parcel - drone.fee_usd_per_parcel) as f32,
            inbound: setting.inbound[station] as f32,
            handling: handling as f32,
            ..OptionDetail::default()
        };
        option(Channel::Drone, Some(pad), drone.promise_days, detail)
    };
    let allowed = |o: &Detailed| setting.offered.allows(zone, o.0.channel, o.0.facility);
    pads_near(setting, zone).map(one).filter(allowed).collect()
}

fn option(
    channel: Channel,
    facility: Option<FacilityId>,
    days: u8,
    detail: OptionDetail,
) -> Detailed {
    let usd_per_parcel = detail.usd_per_parcel();
    (ServiceOption { channel, facility, contract: None, usd_per_parcel, days }, detail)
}

fn nobody_serves(setting: &Setting<'_>, zips: &[&str]) -> Fault {
    let shown = zips.iter().take(10).copied().collect::<Vec<_>>().join(", ");
    let more = zips.len().saturating_sub(10);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Fault {
        code: "E115",
        place: place(setting),
        cause: format!("no channel of this scenario reaches the ZIPs {shown}{more}"),
        action: "allow third_party, add a distance band, or add a station near them".into(),
    }
}

/// Requirements that no plan can meet, because too few people have an option that is fast enough.
fn impossible_requirements(
    setting: &Setting<'_>,
    problem: &NetworkProblem,
    faults: &mut Vec<Fault>,
) {
    for requirement in &problem.requirements {
        let fast =
            |d| problem.options_of(d).any(|o| problem.options[o].days <= requirement.within_days);
        let people = problem.people_of(requirement);
        let reached: f64 = problem
            .demands
            .iter_ids()
            .filter(|(id, d)| requirement.concerns(d) && fast(*id))
            .map(|(_, d)| d.people)
            .sum();
        if reached < requirement.min_share * people * (1.0 - 1e-9) {
            let class = requirement.class.map_or("all", |c| c.name());
            let (days, share) = (requirement.within_days, requirement.min_share);
            faults.push(Fault {
                code: "E116",
                place: place(setting),
                cause: format!(
                    "{share} of people ({class}) within {days} days is required, at most {:.4} \
                     have any such option",
                    reached / people
                ),
                action: "lower the share, or allow faster channels or more buildings".into(),
            });
        }
    }
}

fn place(setting: &Setting<'_>) -> Place {
    Place {
        file: setting.study.file.clone(),
        line: setting.scenario.line,
        field: Some(format!("scenarios, {}", setting.scenario.name)),
    }
}

//! What maps show of a plan: who serves most of each zone, and what becomes of each building.

use postroad_model::network::{Channel, NetworkPlan};

use super::plan::change;
use crate::planning::{FacilityInfo, Geography, Planned};
use crate::result::{MapScenario, MapSite, MapStation, MapZone, ZoneService};
use postroad_model::FacilityId;

/// The zones with the demand of a problem.
pub fn zones(geography: &Geography, planned: &Planned) -> Vec<MapZone> {
    let mut parcels = vec![0.0; geography.zones.len()];
    let mut class = geography.zones.iter().map(|z| z.class).collect::<Vec<_>>();
    for (id, info) in planned.demands.iter_ids() {
        let demand = &planned.problem.demands[id];
        parcels[info.zone] += demand.parcels_per_day;
        class[info.zone] = demand.class;
    }
    let zone = |(i, z): (usize, &postroad_formats::tables::Zone)| MapZone {
        zip: z.zip.clone(),
        state: z.state.clone(),
        lat: z.coordinate.latitude,
        lon: z.coordinate.longitude,
        land_km2: z.land_km2,
        population: z.population,
        class: class[i].name().to_owned(),
        parcels_per_day: parcels[i],
    };
    geography.zones.iter().enumerate().map(zone).collect()
}

/// The buildings of a problem, in the order of its facilities.
pub fn sites(planned: &Planned) -> Vec<MapSite> {
    let site = |info: &FacilityInfo| MapSite {
        kind: info.kind.name().to_owned(),
        id: info.id.clone(),
        name: info.name.clone(),
    };
    planned.facilities.iter().map(site).collect()
}

/// What one scenario's plan does with zones and buildings.
pub fn scenario(geography: &Geography, planned: &Planned, plan: &NetworkPlan) -> MapScenario {
    MapScenario {
        name: planned.scenario.clone(),
        zones: services(geography, planned, plan),
        stations: stations(planned, plan),
    }
}

/// Parcels and money of one zone while they are added up.
#[derive(Clone, Copy, Default)]
struct Sums {
    parcels: f64,
    usd: f64,
    by_channel: [f64; Channel::ALL.len()],
    /// Longest promise of each channel.
    days: [u8; Channel::ALL.len()],
    /// The building with most parcels of each channel, and how many.
    site: [(Option<FacilityId>, f64); Channel::ALL.len()],
}

fn services(
    geography: &Geography,
    planned: &Planned,
    plan: &NetworkPlan,
) -> Vec<Option<ZoneService>> {
    let mut sums = vec![Sums::default(); geography.zones.len()];
    for a in &plan.assignments {
        let option = &planned.problem.options[a.option];
        let parcels = planned.problem.demands[a.demand].parcels_per_day * a.share;
        let channel = option.channel as usize;
        let sum = &mut sums[planned.demands[a.demand].zone];
        sum.parcels += parcels;
        sum.usd += parcels * option.usd_per_parcel;
        sum.by_channel[channel] += parcels;
        sum.days[channel] = sum.days[channel].max(option.days);
        if parcels > sum.site[channel].1 {
            sum.site[channel] = (option.facility, parcels);
        }
    }
    sums.iter().map(service).collect()
}

fn service(sum: &Sums) -> Option<ZoneService> {
    if sum.parcels <= 0.0 {
        return None;
    }
    let most = (0..sum.by_channel.len())
        .max_by(|&a, &b| sum.by_channel[a].total_cmp(&sum.by_channel[b]).then(b.cmp(&a)))?;
    Some(ZoneService {
        channel: most as u8,
        site: sum.site[most].0.map(|facility| facility.0),
        share: (sum.by_channel[most] / sum.parcels * 1e4).round() / 1e4,
        days: sum.days[most],
        usd_per_parcel: sum.usd / sum.parcels,
    })
}

fn stations(planned: &Planned, plan: &NetworkPlan) -> Vec<MapStation> {
    let loads = plan.facility_loads(&planned.problem);
    let mut stations: Vec<MapStation> = Vec::new();
    for (id, info) in planned.facilities.iter_ids() {
        if info.kind.is_operators() {
            continue;
        }
        let level = plan.levels[id];
        let Some(change) = change(info.existing, level.is_some()) else { continue };
        let levels = &planned.problem.facilities[id].levels;
        let capacity = level.map(|l| levels[usize::from(l)].parcels_per_day);
        stations.push(MapStation {
            id: info.id.clone(),
            kind: info.kind.name().to_owned(),
            lat: info.coordinate.latitude,
            lon: info.coordinate.longitude,
            change,
            load_parcels_per_day: loads[id],
            capacity_parcels_per_day: capacity.filter(|c| c.is_finite()),
        });
    }
    stations.sort_by(|a, b| (&a.kind, &a.id).cmp(&(&b.kind, &b.id)));
    stations
}

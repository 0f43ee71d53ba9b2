//! Stations, rural hubs and drone pads as facilities: their sizes, what each costs, what closing
//! costs, and how large the existing ones are.

use postroad_formats::study::{FleetSettings, Scenario, SiteSettings, Study};
use postroad_formats::tables::{Station, StationKind};
use postroad_model::network::{Facility, Level};
use postroad_model::{FacilityId, IdVec};

use super::channels::{ZoneDemand, annuity, sizing_factor};
use super::geography::NearStation;
use super::{DAYS_PER_YEAR, FacilityInfo, FacilityKind, Geography};

/// The fleet that works from a building.
pub(crate) fn fleet_of(study: &Study, kind: StationKind) -> &FleetSettings {
    match kind {
        StationKind::Station => &study.own_van,
        StationKind::RuralHub => &study.rural_hub,
    }
}

/// Modules of each station: as the table says; else for an existing one the listed number nearest
/// to what the zones it was built for need on the sizing day: those of the study's classes that lie
/// nearest to it, within the study's radius.
pub(super) fn existing_modules(
    study: &Study,
    geography: &Geography,
    demands: &[ZoneDemand],
) -> Vec<u8> {
    let mut load = vec![0.0; geography.stations.len()];
    for (zone, near) in geography.near_stations.iter().enumerate() {
        let serves = |near: &&NearStation| {
            let site = &fleet_of(study, near.kind).site;
            near.existing
                && site.existing_classes.contains(&demands[zone].class)
                && f64::from(near.km) <= site.existing_radius_km
        };
        if let Some(nearest) = near.iter().find(serves) {
            load[nearest.station as usize] += demands[zone].parcels_per_day;
        }
    }
    let sizing = sizing_factor(&study.demand);
    let modules_of = |(station, load): (&Station, &f64)| {
        let site = &fleet_of(study, station.kind).site;
        let needed = load * sizing / site.module_parcels_per_day;
        match (station.existing, station.modules) {
            (false, _) => 0,
            (true, Some(modules)) => listed(site, f64::from(modules)),
            (true, None) => listed(site, needed),
        }
    };
    geography.stations.iter().zip(&load).map(modules_of).collect()
}

/// The number of modules on the study's list that is nearest to `modules`.
fn listed(site: &SiteSettings, modules: f64) -> u8 {
    let off = |m: u8| (f64::from(m) - modules).abs();
    let nearest = site.modules.iter().copied().min_by(|&a, &b| off(a).total_cmp(&off(b)));
    nearest.unwrap_or(1)
}

/// The sizes a building may have: those it has now cost their running, more cost capital too.
pub(super) fn facility(study: &Study, scenario: &Scenario, station: &Station, has: u8) -> Facility {
    let site = &fleet_of(study, station.kind).site;
    let payment = annuity(study.finance.capital_rate, study.finance.building_years) / DAYS_PER_YEAR;
    let most = if scenario.may_open || !station.existing { u8::MAX } else { has };
    let level = |modules: u8| {
        let new_modules = f64::from(modules.saturating_sub(has));
        let new_building = if station.existing { 0.0 } else { site.building_capital_usd };
        let capital_usd = new_building + new_modules * site.module_capital_usd;
        Level {
            parcels_per_day: f64::from(modules) * site.module_parcels_per_day
                / sizing_factor(&study.demand),
            usd_per_day: running_usd_per_day(site, modules) + capital_usd * payment,
            capital_usd,
        }
    };
    let levels: Vec<Level> =
        site.modules.iter().filter(|&&m| m <= most).map(|&m| level(m)).collect();
    Facility {
        closed_usd_per_day: closed_usd_per_day(scenario, station, site, &levels),
        levels,
        parent: None,
        is_new: !station.existing,
    }
}

fn running_usd_per_day(site: &SiteSettings, modules: u8) -> f64 {
    site.building_usd_per_day + f64::from(modules) * site.module_usd_per_day
}

/// What a closed building costs: the part of it still owed; where closing is not allowed, a dollar
/// more than running the smallest size, so that it never pays.
fn closed_usd_per_day(
    scenario: &Scenario,
    station: &Station,
    site: &SiteSettings,
    levels: &[Level],
) -> f64 {
    match (station.existing, scenario.may_close) {
        (false, _) => 0.0,
        (true, true) => site.closing_share * site.building_usd_per_day,
        (true, false) => levels.first().map_or(0.0, |level| level.usd_per_day + 1.0),
    }
}

/// Stations, hubs and pads in the order of the table, pads after them; the pad of each existing
/// station by the station's position.
pub(super) fn push_sites(
    study: &Study,
    geography: &Geography,
    scenario: &Scenario,
    has: &[u8],
    facilities: &mut IdVec<FacilityId, Facility>,
    infos: &mut IdVec<FacilityId, FacilityInfo>,
) -> Vec<Option<FacilityId>> {
    for (position, station) in geography.stations.iter().enumerate() {
        let facility = facility(study, scenario, station, has[position]);
        let modules = fleet_of(study, station.kind).site.modules[..facility.levels.len()].to_vec();
        facilities.push(facility);
        infos.push(FacilityInfo {
            kind: match station.kind {
                StationKind::Station => FacilityKind::Station,
                StationKind::RuralHub => FacilityKind::RuralHub,
            },
            id: station.id.clone(),
            name: format!("{}, {}", station.zip, station.state),
            state: station.state.clone(),
            coordinate: station.coordinate,
            existing: station.existing,
            position,
            modules,
            modules_now: has[position],
        });
    }
    let pads = geography.stations.iter().enumerate().map(|(position, station)| {
        let carries = station.existing && station.kind == StationKind::Station;
        carries.then(|| push_pad(study, position, station, facilities, infos))
    });
    pads.collect()
}

fn push_pad(
    study: &Study,
    position: usize,
    station: &Station,
    facilities: &mut IdVec<FacilityId, Facility>,
    infos: &mut IdVec<FacilityId, FacilityInfo>,
) -> FacilityId {
    let drone = &study.drone;
    let payment = annuity(study.finance.capital_rate, study.finance.building_years) / DAYS_PER_YEAR;
    infos.push(FacilityInfo {
        kind: FacilityKind::DronePad,
        id: format!("{}-pad", station.id),
        name: format!("{}, {}", station.zip, station.state),
        state: station.state.clone(),
        coordinate: station.coordinate,
        existing: false,
        position,
        modules: Vec::new(),
        modules_now: 0,
    });
    facilities.push(Facility {
        levels: vec![Level {
            parcels_per_day: drone.flights_per_day,
            usd_per_day: drone.pad_usd_per_day + drone.pad_capital_usd * payment,
            capital_usd: drone.pad_capital_usd,
        }],
        closed_usd_per_day: 0.0,
        parent: Some(FacilityId(position as u32)),
        // A pad is equipment of its station, not a building of its own.
        is_new: false,
    })
}

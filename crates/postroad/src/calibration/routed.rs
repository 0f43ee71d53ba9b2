//! Routed days of a plan against the formula: by which factors its stems, tours and routes should
//! be multiplied, by class of area.

use postroad_formats::tables::StationKind;
use postroad_model::network::AreaClass;
use serde::Serialize;

use super::Error;
use super::fit::least_squares;
use crate::nation::{Network, PlannedStation, StationRow, draw};

/// What the routed stations of one kind say.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RoutedFit {
    /// `station` or `rural_hub`.
    pub kind: &'static str,
    /// How many were routed.
    pub stations: usize,
    /// Factor of the way from and to the station.
    pub stem_factor: f64,
    /// By class, from the emptiest to the densest.
    pub classes: Vec<ClassFit>,
    /// Way by the formula as it is, and with the factors.
    pub km: [Error; 2],
    /// Routes by the formula as it is, and with the factors.
    pub routes: [Error; 2],
}

/// Factors of a class.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ClassFit {
    /// The class.
    pub class: &'static str,
    /// Share of the stops.
    pub stops_share: f64,
    /// k of the study.
    pub tour_constant: f64,
    /// Factor of the way between stops, hence of k.
    pub local_factor: f64,
    /// Factor of the number of routes.
    pub routes_factor: f64,
}

/// The formula's parts for one station, by class.
#[derive(Default)]
struct Parts {
    stops: [f64; 4],
    routes: [f64; 4],
    local_km: [f64; 4],
    stem_km: f64,
}

/// Fits the factors to the rows of a nation's table.
pub fn fit(network: &Network, rows: &[StationRow], day: u32, seed: u64) -> Vec<RoutedFit> {
    let kinds = [(StationKind::Station, "station"), (StationKind::RuralHub, "rural_hub")];
    let one = |(kind, name)| {
        let own: Vec<(&StationRow, Parts)> = rows
            .iter()
            .filter_map(|row| Some((row, network.station(Some(&row.station)).ok()?)))
            .filter(|(row, station)| station.kind == kind && row.stops > 0)
            .map(|(row, station)| (row, parts(network, station, day, seed)))
            .collect();
        (!own.is_empty()).then(|| fit_kind(network, kind, name, &own))
    };
    kinds.into_iter().filter_map(one).collect()
}

fn parts(network: &Network, station: &PlannedStation, day: u32, seed: u64) -> Parts {
    let mut parts = Parts::default();
    let drawn = draw(network, station, day, seed);
    for (zone, &stops) in station.zones.iter().zip(&drawn.zone_stops) {
        let vans = network.vans(station.kind, zone.class);
        let straight_km = station.coordinate.great_circle_km(zone.coordinate);
        let route = vans.route(straight_km, zone.zone_stops_per_day, zone.served_km2);
        let Some(route) = route else { continue };
        let (class, routes) = (zone.class as usize, f64::from(stops) / route.stops);
        let stem_km = 2.0 * vans.stem_circuity * straight_km;
        parts.stops[class] += f64::from(stops);
        parts.routes[class] += routes;
        parts.local_km[class] += routes * (route.km - stem_km);
        parts.stem_km += routes * stem_km;
    }
    parts
}

fn fit_kind(
    network: &Network,
    kind: StationKind,
    name: &'static str,
    own: &[(&StationRow, Parts)],
) -> RoutedFit {
    // Each station counts alike: its row is divided by what was routed.
    let relative = |values: Vec<f64>, truth: f64| {
        (values.into_iter().map(|value| value / truth).collect::<Vec<f64>>(), 1.0)
    };
    let ways = |p: &Parts| [&p.local_km[..], &[p.stem_km]].concat();
    let km: Vec<_> = own.iter().map(|(row, p)| relative(ways(p), row.km)).collect();
    let counts: Vec<_> =
        own.iter().map(|(row, p)| relative(p.routes.to_vec(), row.routes)).collect();
    let (km_factors, route_factors) = (least_squares(&km), least_squares(&counts));
    let errors = |rows: &[(Vec<f64>, f64)], factors: &[f64], truth: &dyn Fn(usize) -> f64| {
        let of = |factors: &[f64]| {
            let formula = |row: &[f64]| row.iter().zip(factors).map(|(a, x)| a * x).sum::<f64>();
            let pair = |(i, row): (usize, &(Vec<f64>, f64))| (formula(&row.0) * truth(i), truth(i));
            Error::of(&rows.iter().enumerate().map(pair).collect::<Vec<_>>())
        };
        [of(&vec![1.0; factors.len()]), of(factors)]
    };
    let all_stops: f64 = own.iter().flat_map(|(_, p)| p.stops).sum();
    let class = |(i, class): (usize, AreaClass)| ClassFit {
        class: class.name(),
        stops_share: own.iter().map(|(_, p)| p.stops[i]).sum::<f64>() / all_stops,
        tour_constant: network.vans(kind, class).tour_constant,
        local_factor: km_factors[i],
        routes_factor: route_factors[i],
    };
    let classes = AreaClass::ALL.into_iter().enumerate().map(class);
    RoutedFit {
        kind: name,
        stations: own.len(),
        stem_factor: km_factors[4],
        classes: classes.filter(|class| class.stops_share > 0.0).collect(),
        km: errors(&km, &km_factors, &|i| own[i].0.km),
        routes: errors(&counts, &route_factors, &|i| own[i].0.routes),
    }
}

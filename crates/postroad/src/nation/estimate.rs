//! What the planner computes for the stops that were drawn: continuous approximation, zone by zone.

use postroad_model::network::AreaClass;

use super::network::{Network, PlannedStation};

/// Figures of a day, routed or estimated.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Figures {
    /// Routes; the estimate has parts of routes.
    pub routes: f64,
    /// Way along roads.
    pub km: f64,
    /// Hours of drivers, loading included.
    pub hours: f64,
    /// Drivers, vans and way.
    pub usd: f64,
}

impl Figures {
    pub(super) fn add(&mut self, other: Figures) {
        self.routes += other.routes;
        self.km += other.km;
        self.hours += other.hours;
        self.usd += other.usd;
    }
}

/// The planner's figures for so many stops in each zone. Its routes have the zone's average
/// density, as in the plan.
pub fn estimate(network: &Network, station: &PlannedStation, zone_stops: &[u32]) -> Figures {
    let mut sum = Figures::default();
    for (zone, &stops) in station.zones.iter().zip(zone_stops) {
        let vans = network.vans(station.kind, zone.class);
        let straight_km = station.coordinate.great_circle_km(zone.coordinate);
        let Some(route) = vans.route(straight_km, zone.zone_stops_per_day, zone.served_km2) else {
            continue;
        };
        let routes = f64::from(stops) / route.stops;
        sum.add(Figures {
            routes,
            km: routes * route.km,
            hours: routes * route.hours,
            usd: routes * route.usd,
        });
    }
    sum
}

/// The class that most of a station's parcels go to.
pub(super) fn class_of(station: &PlannedStation) -> AreaClass {
    let parcels = |class: AreaClass| -> f64 {
        let zones = station.zones.iter().filter(|zone| zone.class == class);
        zones.map(|zone| zone.parcels_per_day).sum()
    };
    let classes = AreaClass::ALL.into_iter();
    classes.max_by(|&a, &b| parcels(a).total_cmp(&parcels(b))).unwrap_or(AreaClass::Rural)
}

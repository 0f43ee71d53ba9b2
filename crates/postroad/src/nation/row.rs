//! One station's day as a row: routed, and as the planner computes it.

use postroad_formats::tables::StationKind;
use postroad_model::network::AreaClass;
use postroad_model::routing::{MICRO_USD, RoutingPlan, RoutingProblem};
use serde::{Deserialize, Serialize};

use super::draw::Drawn;
use super::estimate::{Figures, class_of, estimate};
use super::network::{Network, PlannedStation};

/// A row of `stations.csv`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StationRow {
    /// Id of the station.
    pub station: String,
    /// `station` or `rural_hub`.
    pub kind: String,
    /// The class that most of its parcels go to.
    pub class: String,
    /// Stops drawn.
    pub stops: u64,
    /// Parcels drawn.
    pub parcels: u64,
    /// Stops that no route visits.
    pub unassigned: u64,
    /// Routes found.
    pub routes: f64,
    /// Their way.
    pub km: f64,
    /// Their hours, loading included.
    pub hours: f64,
    /// Their cost.
    pub usd: f64,
    /// Routes by the planner's formula.
    pub planned_routes: f64,
    /// Way by the planner's formula.
    pub planned_km: f64,
    /// Hours by the planner's formula.
    pub planned_hours: f64,
    /// Cost by the planner's formula.
    pub planned_usd: f64,
}

/// Routed and planned.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Comparison {
    /// Stops.
    pub stops: u64,
    /// By the routing kernel.
    pub routed: Figures,
    /// By the formula.
    pub planned: Figures,
}

impl StationRow {
    /// The figures of the row.
    pub fn comparison(&self) -> Comparison {
        Comparison {
            stops: self.stops,
            routed: Figures { routes: self.routes, km: self.km, hours: self.hours, usd: self.usd },
            planned: Figures {
                routes: self.planned_routes,
                km: self.planned_km,
                hours: self.planned_hours,
                usd: self.planned_usd,
            },
        }
    }
}

/// The row of a station whose day was routed.
pub fn compare(
    network: &Network,
    station: &PlannedStation,
    drawn: &Drawn,
    plan: &RoutingPlan,
) -> StationRow {
    let fixed_hours = network.vans(station.kind, AreaClass::Rural).fixed_hours;
    let routed = routed(&drawn.job.problem, plan, fixed_hours);
    let planned = estimate(network, station, &drawn.zone_stops);
    StationRow {
        station: station.id.clone(),
        kind: match station.kind {
            StationKind::Station => "station".into(),
            StationKind::RuralHub => "rural_hub".into(),
        },
        class: class_of(station).name().into(),
        stops: drawn.job.problem.stops.len() as u64,
        parcels: drawn.parcels,
        unassigned: plan.unassigned.len() as u64,
        routes: routed.routes,
        km: thousandths(routed.km),
        hours: thousandths(routed.hours),
        usd: thousandths(routed.usd),
        planned_routes: thousandths(planned.routes),
        planned_km: thousandths(planned.km),
        planned_hours: thousandths(planned.hours),
        planned_usd: thousandths(planned.usd),
    }
}

fn routed(problem: &RoutingProblem, plan: &RoutingPlan, fixed_hours: f64) -> Figures {
    let mut sum = Figures {
        usd: plan.cost(problem).total_micro_usd() as f64 / MICRO_USD as f64,
        ..Figures::default()
    };
    for route in &plan.routes {
        let driven_s = route.schedule(problem).map_or(0, |schedule| schedule.duration_s());
        sum.add(Figures {
            routes: 1.0,
            km: route.distance_m(problem) as f64 / 1000.0,
            hours: fixed_hours + f64::from(driven_s) / 3600.0,
            usd: 0.0,
        });
    }
    sum
}

fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

//! Driven routes against the planner's formula: driving time of the order that was driven and of
//! the order that the kernel finds, and what the formula says, before and after its constants are
//! fitted.

use postroad_formats::study::Study;
use postroad_formats::tables::Zone;
use postroad_model::DepotId;
use postroad_model::id::LocationId;
use postroad_model::network::AreaClass;
use postroad_model::place::Coordinate;
use postroad_model::routing::{
    Depot, Region, RoutingProblem, Stop, TimeWindow, Travel, VehicleType,
};
use postroad_model::tour::Vans;
use postroad_optimization::Control;
use postroad_routing::{Config, solve};
use serde::Serialize;

use super::Error;
use super::driven::DrivenRoute;
use crate::planning::{class_of, vans};

/// Rounds to order the stops of one route.
const ROUNDS: u64 = 30_000;

/// Driven routes of one class of area.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct RealClass {
    /// Class of the zone whose centre is nearest to the middle of the stops.
    pub class: &'static str,
    /// How many routes.
    pub routes: usize,
    /// Stops of a route.
    pub stops: f64,
    /// Hours a route drives, from the station back to it, in the order that was driven.
    pub driven_hours: f64,
    /// The same in the kernel's order, which knows no time windows.
    pub reordered_hours: f64,
    /// Hours at the stops of a route, as they were planned.
    pub service_hours: f64,
    /// Minutes at a stop, and those of the study.
    pub service_minutes: [f64; 2],
    /// Driving hours by the formula with the study's constants.
    pub before: Error,
    /// The same with constants fitted to the other half of the routes.
    pub after: Error,
    /// Hours of driving and service with the study's constants.
    pub day_before: Error,
    /// The same with fitted constants.
    pub day_after: Error,
    /// Constants of the study.
    pub study: Constants,
    /// Constants fitted to all routes of the class.
    pub fitted: Constants,
}

/// What the formula needs of a class.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Constants {
    /// k of the local tour, straight lines.
    pub tour_constant: f64,
    /// Straight-line speed between stops: speed along the road over circuity.
    pub local_straight_km_per_hour: f64,
    /// The same on the stem.
    pub stem_straight_km_per_hour: f64,
    /// Minutes at a stop.
    pub service_minutes: f64,
}

/// What a route measures.
struct Measured {
    class: AreaClass,
    stops: f64,
    /// √(stops · area of their convex hull).
    spread_km: f64,
    /// Twice the straight line from the station to the middle of the stops.
    stem_km: f64,
    /// Straight lines and hours between stops, in the driven order.
    local_km: f64,
    local_hours: f64,
    /// Hours to the first stop and from the last.
    ends_hours: f64,
    reordered_hours: f64,
    service_hours: f64,
}

impl Measured {
    fn driven_hours(&self) -> f64 {
        self.local_hours + self.ends_hours
    }
}

impl Constants {
    fn of_study(vans: &Vans) -> Self {
        Self {
            tour_constant: vans.tour_constant,
            local_straight_km_per_hour: vans.local_km_per_hour / vans.local_circuity,
            stem_straight_km_per_hour: vans.stem_km_per_hour / vans.stem_circuity,
            service_minutes: vans.service_hours_per_stop * 60.0,
        }
    }

    fn fitted<'a>(routes: impl Iterator<Item = &'a Measured> + Clone) -> Self {
        let sum = |of: fn(&Measured) -> f64| routes.clone().map(of).sum::<f64>();
        Self {
            tour_constant: sum(|r| r.local_km) / sum(|r| r.spread_km),
            local_straight_km_per_hour: sum(|r| r.local_km) / sum(|r| r.local_hours),
            // The stem of the formula leads to the middle of the stops.
            stem_straight_km_per_hour: sum(|r| r.stem_km) / sum(|r| r.ends_hours),
            service_minutes: sum(|r| r.service_hours) * 60.0 / sum(|r| r.stops),
        }
    }

    fn driving_hours(&self, route: &Measured) -> f64 {
        self.tour_constant * route.spread_km / self.local_straight_km_per_hour
            + route.stem_km / self.stem_straight_km_per_hour
    }

    fn day_hours(&self, route: &Measured) -> f64 {
        self.driving_hours(route) + self.service_minutes / 60.0 * route.stops
    }
}

/// The comparison by class, from the emptiest to the densest.
pub fn compare(study: &Study, zones: &[Zone], routes: &[DrivenRoute]) -> Vec<RealClass> {
    let measured: Vec<Measured> = routes.iter().map(|route| measure(study, zones, route)).collect();
    let of_class = |class: AreaClass| {
        let own: Vec<&Measured> = measured.iter().filter(|route| route.class == class).collect();
        (!own.is_empty()).then(|| of_class(study, class, &own))
    };
    AreaClass::ALL.into_iter().filter_map(of_class).collect()
}

fn of_class(study: &Study, class: AreaClass, routes: &[&Measured]) -> RealClass {
    let before = Constants::of_study(&vans(&study.own_van, &study.demand, class));
    let half = |first: usize| routes.iter().skip(first).step_by(2).copied();
    let fits = [Constants::fitted(half(0)), Constants::fitted(half(1))];
    // Each route is judged by what the others say; a single one has no others.
    let other = |i: usize| if routes.len() > 1 { fits[1 - i % 2] } else { fits[0] };
    let mean = |of: fn(&Measured) -> f64| {
        routes.iter().map(|route| of(route)).sum::<f64>() / routes.len() as f64
    };
    let error = |formula: &dyn Fn(usize, &Measured) -> f64, truth: fn(&Measured) -> f64| {
        let pairs = routes.iter().enumerate().map(|(i, route)| (formula(i, route), truth(route)));
        Error::of(&pairs.collect::<Vec<_>>())
    };
    let day = |route: &Measured| route.driven_hours() + route.service_hours;
    let fitted = Constants::fitted(routes.iter().copied());
    RealClass {
        class: class.name(),
        routes: routes.len(),
        stops: mean(|route| route.stops),
        driven_hours: mean(Measured::driven_hours),
        reordered_hours: mean(|route| route.reordered_hours),
        service_hours: mean(|route| route.service_hours),
        service_minutes: [fitted.service_minutes, before.service_minutes],
        before: error(&|_, route| before.driving_hours(route), Measured::driven_hours),
        after: error(&|i, route| other(i).driving_hours(route), Measured::driven_hours),
        day_before: error(&|_, route| before.day_hours(route), day),
        day_after: error(&|i, route| other(i).day_hours(route), day),
        study: before,
        fitted,
    }
}

fn measure(study: &Study, zones: &[Zone], route: &DrivenRoute) -> Measured {
    let n = route.places.len();
    let station = route.places[0];
    let plane: Vec<[f64; 2]> = route
        .places
        .iter()
        .map(|&place| Region::metres(station, place).map(|m| m / 1000.0))
        .collect();
    let km = |a: usize, b: usize| (plane[a][0] - plane[b][0]).hypot(plane[a][1] - plane[b][1]);
    let hours = |a: usize, b: usize| route.way_s(a, b) / 3600.0;
    let middle =
        [0, 1].map(|axis| plane[1..].iter().map(|place| place[axis]).sum::<f64>() / (n - 1) as f64);
    let legs = || (2..n).map(|i| (i - 1, i));
    let area_km2 = hull_area(plane[1..].to_vec());
    Measured {
        class: class_near(study, zones, mean_place(&route.places[1..])),
        stops: route.stops() as f64,
        spread_km: (route.stops() as f64 * area_km2).sqrt(),
        stem_km: 2.0 * middle[0].hypot(middle[1]),
        local_km: legs().map(|(a, b)| km(a, b)).sum(),
        local_hours: legs().map(|(a, b)| hours(a, b)).sum(),
        ends_hours: hours(0, 1) + hours(n - 1, 0),
        reordered_hours: reordered_hours(route),
        service_hours: route.service_s / 3600.0,
    }
}

fn mean_place(places: &[Coordinate]) -> Coordinate {
    let mean =
        |of: fn(&Coordinate) -> f64| places.iter().map(of).sum::<f64>() / places.len() as f64;
    Coordinate { latitude: mean(|place| place.latitude), longitude: mean(|place| place.longitude) }
}

fn class_near(study: &Study, zones: &[Zone], place: Coordinate) -> AreaClass {
    let km = |zone: &&Zone| place.great_circle_km(zone.coordinate);
    let nearest = zones.iter().min_by(|a, b| km(a).total_cmp(&km(b)));
    nearest.map_or(AreaClass::Rural, |zone| class_of(study, zone))
}

/// Driving time of the kernel's order of the same stops: one vehicle whose metres are seconds.
fn reordered_hours(route: &DrivenRoute) -> f64 {
    let distances_m = route.seconds.iter().map(|seconds| seconds.round() as i32).collect();
    let mut problem = RoutingProblem::new(Travel::Matrix {
        locations: route.places.len(),
        distances_m,
        durations_s: None,
        points: route.places.clone(),
    });
    problem.depots.push(Depot { location: LocationId(0), window: TimeWindow::ALWAYS });
    let stops = route.stops() as i32;
    problem.vehicles.push(VehicleType::plain(DepotId(0), [stops, 0, 0], 1));
    for place in 1..route.places.len() as u32 {
        problem.stops.push(Stop::delivery(LocationId(place), [1, 0, 0]));
    }
    let config = Config { iterations: ROUNDS, ..Config::default() };
    let solved = solve(&problem, &config, &Control::unlimited(), None);
    solved.cost_micro_usd as f64 / 3600.0
}

/// Area of the convex hull (Andrew's monotone chain, 1979).
fn hull_area(mut points: Vec<[f64; 2]>) -> f64 {
    points.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    let turn = |a: [f64; 2], b: [f64; 2], c: [f64; 2]| {
        (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    };
    let mut hull: Vec<[f64; 2]> = Vec::new();
    for _ in 0..2 {
        let start = hull.len();
        for &point in &points {
            while hull.len() > start + 1
                && turn(hull[hull.len() - 2], hull[hull.len() - 1], point) <= 0.0
            {
                hull.pop();
            }
            hull.push(point);
        }
        hull.pop();
        points.reverse();
    }
    let next = hull.iter().cycle().skip(1);
    hull.iter().zip(next).map(|(a, b)| a[0] * b[1] - a[1] * b[0]).sum::<f64>().abs() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hull_of_a_square_is_the_square() {
        let corners = [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0], [1.0, 1.0], [0.5, 1.9]];
        assert!((hull_area(corners.to_vec()) - 4.0).abs() < 1e-12);
        assert_eq!(hull_area(vec![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]), 0.0);
    }

    #[test]
    fn the_kernel_orders_a_route_no_worse_than_it_was_driven() {
        // Places along a line, driven in a bad order.
        let order = [0.0_f64, 5.0, 1.0, 4.0, 2.0, 3.0];
        let seconds = order.iter().flat_map(|a| order.map(|b| (a - b).abs() * 60.0)).collect();
        let places = order.map(|x| Coordinate { latitude: 0.0, longitude: x / 100.0 }).to_vec();
        let route = DrivenRoute { id: "r".into(), places, service_s: 0.0, seconds };
        assert!((reordered_hours(&route) - 600.0 / 3600.0).abs() < 1e-9);
    }
}

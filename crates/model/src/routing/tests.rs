//! Costs, schedules and violations on cases worked out by hand, and the schedule against trying
//! every start.

use super::*;
use crate::id::Id;

/// A depot at 0 and stops along a line, a metre and a second apart by one unit.
fn line(places: &[f64]) -> RoutingProblem {
    let points = std::iter::once(0.0).chain(places.iter().copied()).map(|x| [x, 0.0]).collect();
    let mut problem = RoutingProblem::new(Travel::Plane { points, rounding: Rounding::Nearest });
    let window = TimeWindow { start_s: 0, end_s: 1000 };
    let depot = problem.depots.push(Depot { location: LocationId(0), window });
    problem.vehicles.push(VehicleType::plain(depot, [10, 10, 10], 2));
    for i in 0..places.len() {
        problem.stops.push(Stop::delivery(LocationId(i as u32 + 1), [1, 0, 0]));
    }
    problem
}

fn one_route(problem: &RoutingProblem) -> RoutingPlan {
    let route = Route::single(VehicleId(0), problem.stops.ids().collect());
    RoutingPlan { routes: vec![route], unassigned: Vec::new() }
}

fn window(start_s: i32, end_s: i32) -> Vec<TimeWindow> {
    vec![TimeWindow { start_s, end_s }]
}

#[test]
fn a_plain_route_costs_its_way() {
    let problem = line(&[5.0, 9.0, -2.0]);
    let plan = one_route(&problem);
    assert_eq!(plan.cost(&problem).total_micro_usd(), 5 + 4 + 11 + 2);
    assert_eq!(plan.violations(&problem), []);
    assert_eq!(problem.faults(), Vec::<String>::new());
}

#[test]
fn a_route_starts_so_late_that_it_need_not_wait() {
    let mut problem = line(&[10.0, 20.0]);
    problem.stops[StopId(0)].windows = window(100, 200);
    problem.stops[StopId(1)].windows = window(150, 160);
    problem.stops[StopId(0)].service_s = 5;
    let schedule = one_route(&problem).routes[0].schedule(&problem).unwrap();
    // 10 + 5 + 10 + 20 without waiting: leave at 125, be at the second stop at 150.
    assert_eq!((schedule.duration_s(), schedule.waiting_s()), (45, 0));
    problem.stops[StopId(0)].windows = window(100, 120);
    let schedule = one_route(&problem).routes[0].schedule(&problem).unwrap();
    assert_eq!((schedule.duration_s(), schedule.waiting_s()), (60, 15));
}

#[test]
fn each_rule_is_seen() {
    let mut problem = line(&[10.0, 20.0]);
    problem.vehicles[VehicleId(0)].capacity = [1, 1, 1];
    problem.vehicles[VehicleId(0)].distance_max_m = 39;
    problem.vehicles[VehicleId(0)].duration_max_s = 39;
    problem.vehicles[VehicleId(0)].stops_max = 1;
    problem.stops[StopId(0)].skills = 1;
    let found = one_route(&problem).violations(&problem);
    assert_eq!(
        found,
        [
            RoutingViolation::NotAdmitted { route: 0, stop: StopId(0) },
            RoutingViolation::OverCapacity { route: 0, dimension: "parcels", load: 2, capacity: 1 },
            RoutingViolation::OverStops { route: 0, stops: 2 },
            RoutingViolation::OverDistance { route: 0, distance_m: 40 },
            RoutingViolation::OverDuration { route: 0, duration_s: 40 },
        ]
    );
    problem.stops[StopId(1)].windows = window(0, 19);
    let late = RoutingViolation::Late { route: 0, at: EventKind::Stop(StopId(1)) };
    assert!(one_route(&problem).violations(&problem).contains(&late));
    let nobody = RoutingPlan::default().violations(&problem);
    assert_eq!(nobody, problem.stops.ids().map(RoutingViolation::NotVisited).collect::<Vec<_>>());
}

#[test]
fn shipments_keep_their_order_and_count_as_load() {
    let mut problem = line(&[10.0, 20.0]);
    problem.stops.as_mut_slice().iter_mut().for_each(|stop| stop.delivery = NO_LOAD);
    let load = [11, 0, 0];
    problem.shipments.push(Shipment { pickup: StopId(1), delivery: StopId(0), load });
    let found = one_route(&problem).violations(&problem);
    assert!(found.contains(&RoutingViolation::BrokenShipment { shipment: 0 }));
    problem.shipments[0] = Shipment { pickup: StopId(0), delivery: StopId(1), load };
    let found = one_route(&problem).violations(&problem);
    assert!(matches!(found[..], [RoutingViolation::OverCapacity { load: 11, .. }]));
}

#[test]
fn a_vehicle_reloads_between_trips() {
    let mut problem = line(&[10.0, 20.0]);
    let vehicle = &mut problem.vehicles[VehicleId(0)];
    (vehicle.capacity, vehicle.trips_max, vehicle.reload_s) = ([1, 1, 1], 2, 7);
    let route = Route { vehicle: VehicleId(0), trips: vec![vec![StopId(0)], vec![StopId(1)]] };
    let plan = RoutingPlan { routes: vec![route], unassigned: Vec::new() };
    assert_eq!(plan.violations(&problem), []);
    assert_eq!(plan.cost(&problem).total_micro_usd(), 60);
    assert_eq!(plan.routes[0].schedule(&problem).unwrap().duration_s(), 67);
}

#[test]
fn open_routes_begin_and_end_at_stops() {
    let mut problem = line(&[10.0, 20.0]);
    problem.vehicles[VehicleId(0)].end = None;
    assert_eq!(one_route(&problem).cost(&problem).total_micro_usd(), 20);
    problem.vehicles[VehicleId(0)].start = None;
    assert_eq!(one_route(&problem).cost(&problem).total_micro_usd(), 10);
    assert_eq!(one_route(&problem).routes[0].schedule(&problem).unwrap().duration_s(), 10);
}

/// End of a route of one trip for a start, by trying every choice; `None` if it is late.
fn end_by_trying(problem: &RoutingProblem, order: &[StopId], start_s: i32) -> Option<i32> {
    fn go(
        problem: &RoutingProblem,
        order: &[StopId],
        at: LocationId,
        now_s: i32,
        rests: usize,
    ) -> Option<i32> {
        let vehicle = &problem.vehicles[VehicleId(0)];
        let next = order.first().map_or(LocationId(0), |&stop| problem.stops[stop].location);
        let there_s = now_s + problem.travel.duration_s(at, next);
        let rest_from = |now_s: i32, at| {
            let rest = vehicle.breaks.get(rests)?;
            let begins = rest.windows.iter().filter(|w| w.end_s >= now_s);
            begins
                .filter_map(|w| {
                    go(problem, order, at, now_s.max(w.start_s) + rest.duration_s, rests + 1)
                })
                .min()
        };
        let mut ends = vec![rest_from(now_s, at)];
        if next != at {
            ends.push(rest_from(there_s, next));
        }
        ends.push(match order.split_first() {
            None => (rests == vehicle.breaks.len() && there_s <= 1000).then_some(there_s),
            Some((&stop, rest)) => {
                let windows = &problem.stops[stop].windows;
                let begins = windows.iter().filter(|w| w.end_s >= there_s);
                let service_s = problem.stops[stop].service_s;
                begins
                    .filter_map(|w| {
                        go(problem, rest, next, there_s.max(w.start_s) + service_s, rests)
                    })
                    .min()
            }
        });
        ends.into_iter().flatten().min()
    }
    go(problem, order, LocationId(0), start_s, 0)
}

#[test]
fn the_schedule_is_the_shortest_there_is() {
    // A small generator of its own: this crate depends on nothing.
    let mut state = 12_345_u64;
    let mut below = |n: i32| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % n as u64) as i32
    };
    let mut feasible = 0;
    for _ in 0..300 {
        let places: Vec<f64> = (0..4).map(|_| f64::from(below(40))).collect();
        let mut problem = line(&places);
        for stop in problem.stops.as_mut_slice() {
            let first = below(100);
            let gap = first + 10 + below(60);
            stop.windows = [window(first, first + below(30)), window(gap + 31, gap + 61)].concat();
            stop.service_s = below(10);
        }
        for k in 0..below(3) {
            let from = 40 + 60 * k + below(20);
            let windows = window(from, from + below(60));
            problem.vehicles[VehicleId(0)].breaks.push(Break { windows, duration_s: below(20) });
        }
        let order: Vec<StopId> = problem.stops.ids().collect();
        let durations = (0..=1000).filter_map(|t| Some(end_by_trying(&problem, &order, t)? - t));
        let found = Route::single(VehicleId(0), order.clone()).schedule(&problem);
        assert_eq!(found.as_ref().map(Schedule::duration_s), durations.min());
        feasible += usize::from(found.is_some());
    }
    assert!(feasible > 50, "{feasible} of 300 were feasible");
}

#[test]
fn labels_give_the_fastest_way() {
    let label = |hub, seconds, metres| HubLabel {
        hub,
        duration_ms: 1000 * seconds,
        distance_cm: 100 * metres,
    };
    let point = crate::place::Coordinate { latitude: 0.0, longitude: 0.0 };
    let labels = HubLabels {
        points: vec![point; 2],
        out: vec![label(0, 0, 0), label(5, 10, 100), label(7, 3, 80), label(5, 0, 0)],
        out_start: vec![0, 3, 4],
        into: vec![label(0, 0, 0), label(5, 1, 10), label(7, 9, 1)],
        into_start: vec![0, 1, 3],
    };
    assert_eq!(labels.fastest(LocationId::from_index(0), LocationId(1)), (110, 11));
    assert_eq!(labels.fastest(LocationId(1), LocationId(0)), (AMOUNT_MAX, AMOUNT_MAX));
}

//! The kernel against trying every plan of tiny problems, with each feature; and its claims against
//! the model on larger ones.

use postroad_model::routing::{
    AMOUNT_MAX, Break, Depot, Overtime, Preference, Reason, Rounding, Route, RoutingPlan,
    RoutingProblem, Shipment, Stop, TimeWindow, Travel, VehicleType,
};
use postroad_model::{DepotId, IdVec, LocationId, StopId, VehicleId};
use postroad_optimization::{Control, Random};

use crate::{Config, Solved, solve, unsupported};

/// What a random problem may have beside loads.
#[derive(Clone, Copy, Default, Debug)]
struct Features {
    windows: bool,
    hours: bool,
    limits: bool,
    mixed: bool,
    skills: bool,
    prices: bool,
    open: bool,
    matrix: bool,
    depots: bool,
    /// Several windows for each stop.
    choices: bool,
    /// Setup times, and stops that share locations.
    setup: bool,
    pickups: bool,
    breaks: bool,
    shipments: bool,
    trips: bool,
}

/// One feature at a time, then all together.
fn each_feature() -> Vec<Features> {
    let none = Features::default();
    vec![
        none,
        Features { windows: true, ..none },
        Features { hours: true, ..none },
        Features { limits: true, ..none },
        Features { mixed: true, ..none },
        Features { skills: true, ..none },
        Features { prices: true, ..none },
        Features { open: true, ..none },
        Features { matrix: true, ..none },
        Features { depots: true, ..none },
        Features { choices: true, ..none },
        Features { setup: true, hours: true, ..none },
        Features { pickups: true, ..none },
        Features { breaks: true, windows: true, ..none },
        Features { shipments: true, ..none },
        Features { trips: true, ..none },
        Features { windows: true, hours: true, matrix: true, mixed: true, ..none },
        Features {
            windows: true,
            hours: true,
            limits: true,
            mixed: true,
            skills: true,
            prices: true,
            open: true,
            matrix: true,
            depots: true,
            ..none
        },
        Features { choices: true, breaks: true, hours: true, mixed: true, ..none },
        Features { shipments: true, pickups: true, windows: true, trips: true, ..none },
        Features {
            windows: true,
            hours: true,
            limits: true,
            mixed: true,
            skills: true,
            prices: true,
            open: true,
            matrix: true,
            depots: true,
            choices: true,
            setup: true,
            pickups: true,
            breaks: true,
            shipments: true,
            trips: true,
        },
    ]
}

fn random_problem(stops: usize, features: Features, random: &mut Random) -> RoutingProblem {
    let places = stops + 2;
    let mut below = |n: usize| random.below(n) as i32;
    let travel = match features.matrix {
        true => Travel::Matrix {
            locations: places,
            distances_m: (0..places * places).map(|_| 10 + below(90)).collect(),
            durations_s: Some((0..places * places).map(|_| 10 + below(90)).collect()),
            points: Vec::new(),
        },
        false => Travel::Plane {
            points: (0..places).map(|_| [f64::from(below(100)), f64::from(below(100))]).collect(),
            rounding: Rounding::Nearest,
        },
    };
    let mut problem = RoutingProblem::new(travel);
    for place in 0..2 {
        let window = match features.depots {
            true => TimeWindow { start_s: below(50), end_s: 900 + below(100) },
            false => TimeWindow::ALWAYS,
        };
        problem.depots.push(Depot { location: LocationId(place), window });
    }
    for kind in 0..if features.mixed { 3 } else { 1 } {
        let vehicle = random_vehicle(kind, features, &mut below);
        problem.vehicles.push(vehicle);
    }
    for place in 2..places {
        let stop = random_stop(place as u32, problem.vehicles.len(), features, &mut below);
        problem.stops.push(stop);
    }
    if features.shipments {
        for pair in 0..stops as u32 / 4 + 1 {
            let ends = [StopId(2 * pair), StopId(2 * pair + 1)];
            let [pickup, delivery] = if below(2) == 0 { ends } else { [ends[1], ends[0]] };
            let load = [1 + below(3), below(4), below(4)];
            problem.shipments.push(Shipment { pickup, delivery, load });
        }
    }
    problem
}

fn random_vehicle(
    kind: i32,
    features: Features,
    below: &mut impl FnMut(usize) -> i32,
) -> VehicleType {
    let mut vehicle = VehicleType::plain(DepotId(0), [10, 20, 20], 6);
    if features.mixed {
        vehicle.count = 1 + below(3) as u32;
        vehicle.capacity = [5 + 3 * kind, 20, 10 + below(20)];
        vehicle.fixed_micro_usd = i64::from(below(60));
        vehicle.micro_usd_per_m = 1 + i64::from(below(3));
    }
    if features.hours {
        vehicle.micro_usd_per_s = 1 + i64::from(below(3));
        vehicle.overtime = Some(Overtime { after_s: 100 + below(100), micro_usd_per_s: 2 });
        vehicle.travel_permille = 800 + below(500) as u32;
    }
    if features.limits {
        vehicle.duration_max_s = 350 + below(100);
        vehicle.distance_max_m = i64::from(320 + below(100));
        vehicle.stops_max = 2 + below(3) as u32;
    }
    if features.skills {
        vehicle.skills = 1 + below(3) as u64;
    }
    if features.open {
        let ends = [(None, None), (Some(DepotId(0)), None), (None, Some(DepotId(1)))];
        (vehicle.start, vehicle.end) = ends[below(3) as usize];
    }
    if features.depots {
        vehicle.start = Some(DepotId(below(2) as u32));
        vehicle.shift = TimeWindow { start_s: below(100), end_s: 800 + below(200) };
    }
    if features.breaks {
        for rest in 0..=below(2) {
            let start_s = 150 * rest + below(100);
            let mut windows = vec![TimeWindow { start_s, end_s: start_s + below(100) }];
            if features.choices {
                windows.push(TimeWindow { start_s: start_s + 200, end_s: start_s + 250 });
            }
            vehicle.breaks.push(Break { windows, duration_s: 5 + below(30) });
        }
    }
    if features.trips && vehicle.start.is_some() {
        vehicle.capacity = [8, 14, 14];
        vehicle.trips_max = 1 + below(3) as u32;
        vehicle.reload_s = below(20);
        vehicle.fixed_micro_usd += 100;
    }
    vehicle
}

fn random_stop(
    place: u32,
    kinds: usize,
    features: Features,
    below: &mut impl FnMut(usize) -> i32,
) -> Stop {
    let mut stop = Stop::delivery(LocationId(place), [1 + below(4), below(5), below(5)]);
    stop.service_s = below(20);
    if features.windows {
        let start_s = below(300);
        stop.windows = vec![TimeWindow { start_s, end_s: start_s + 20 + below(200) }];
    }
    if features.choices {
        let start_s = below(150);
        stop.windows = vec![
            TimeWindow { start_s, end_s: start_s + below(50) },
            TimeWindow { start_s: start_s + 100, end_s: start_s + 100 + below(50) },
            TimeWindow { start_s: start_s + 200, end_s: start_s + 200 + below(150) },
        ];
    }
    if features.setup {
        stop.location = LocationId(2 + place / 3);
        stop.setup_s = below(40);
    }
    if features.pickups {
        stop.pickup = [below(5), below(4), below(4)];
    }
    if features.skills {
        stop.skills = [0, 0, 1, 2][below(4) as usize];
        let vehicle = VehicleId(below(kinds) as u32);
        stop.preferred = Some(Preference { vehicle, micro_usd: i64::from(below(50)) });
        if below(4) == 0 {
            stop.allowed = vec![VehicleId(below(kinds) as u32)];
        }
    }
    if features.prices {
        let scale = if features.hours { 10 } else { 1 };
        stop.price_micro_usd = Some(i64::from((20 + below(150)) * scale));
    }
    stop
}

/// Cost of leaving a stop out that must be visited, as the test counts it.
const MUST: i64 = 1_000_000_000;

fn counted(problem: &RoutingProblem, plan: &RoutingPlan) -> i64 {
    let must =
        plan.unassigned.iter().filter(|(stop, _)| problem.stops[*stop].price_micro_usd.is_none());
    plan.cost(problem).total_micro_usd() + MUST * must.count() as i64
}

/// Least cost over all plans, by the model.
fn by_trying(problem: &RoutingProblem) -> i64 {
    let n = problem.stops.len();
    let mut least = vec![0_i64; 1 << n];
    for (set, value) in least.iter_mut().enumerate() {
        let members = problem.stops.iter_ids().filter(|(id, _)| set >> id.0 & 1 == 1);
        *value = members.map(|(_, stop)| stop.price_micro_usd.unwrap_or(MUST)).sum();
    }
    // Vehicle by vehicle, the cheapest way to serve each set of stops.
    for (kind, vehicle) in problem.vehicles.iter_ids() {
        let mut routes = vec![None; 1 << n];
        cheapest_routes(problem, kind, &mut Vec::new(), &mut routes);
        for _ in 0..vehicle.count.min(n as u32) {
            for set in (1..1_usize << n).rev() {
                let mut part = set;
                while part > 0 {
                    if let Some(cost) = routes[part] {
                        least[set] = least[set].min(least[set & !part] + cost);
                    }
                    part = (part - 1) & set;
                }
            }
        }
    }
    least[(1 << n) - 1]
}

fn cheapest_routes(
    problem: &RoutingProblem,
    kind: VehicleId,
    order: &mut Vec<StopId>,
    routes: &mut [Option<i64>],
) {
    // Each order, in each way of making trips of it.
    for cuts in 0..1_u32 << order.len().saturating_sub(1) {
        let trips_max = problem.vehicles[kind].trips_max;
        if order.is_empty() || cuts.count_ones() >= trips_max {
            continue;
        }
        let set: usize = order.iter().map(|stop| 1 << stop.0).sum();
        let mut trips = vec![Vec::new()];
        for (position, &stop) in order.iter().enumerate() {
            trips.last_mut().unwrap().push(stop);
            if cuts >> position & 1 == 1 {
                trips.push(Vec::new());
            }
        }
        let route = Route { vehicle: kind, trips };
        let plan = RoutingPlan { routes: vec![route], unassigned: Vec::new() };
        let broken = plan.violations(problem);
        let not_visited = problem.stops.len() - order.len();
        if broken.len() == not_visited {
            let cost = plan.cost(problem).total_micro_usd();
            routes[set] = Some(routes[set].map_or(cost, |best: i64| best.min(cost)));
        }
    }
    for stop in problem.stops.ids() {
        if !order.contains(&stop) {
            order.push(stop);
            cheapest_routes(problem, kind, order, routes);
            order.pop();
        }
    }
}

fn solved(problem: &RoutingProblem, iterations: u64, seed: u64) -> Solved {
    assert_eq!(problem.faults(), Vec::<String>::new());
    let config = Config { iterations, seed, ..Config::default() };
    checked(problem, solve(problem, &config, &Control::unlimited(), None))
}

fn checked(problem: &RoutingProblem, solved: Solved) -> Solved {
    assert_eq!(solved.cost_micro_usd, solved.plan.cost(problem).total_micro_usd());
    let must =
        solved.plan.unassigned.iter().filter(|(s, _)| problem.stops[*s].price_micro_usd.is_none());
    assert_eq!(solved.plan.violations(problem).len(), must.count(), "{problem:?}");
    solved
}

#[test]
fn tiny_problems_are_solved_to_the_least_cost() {
    let mut random = Random::new(3);
    for features in each_feature() {
        let mut missed = 0;
        for _ in 0..12 {
            let problem = random_problem(5, features, &mut random);
            let least = by_trying(&problem);
            let found = counted(&problem, &solved(&problem, 4000, 1).plan);
            assert!(found >= least, "{features:?}: {found} is below the least cost {least}");
            missed += usize::from(found > least);
        }
        assert!(missed <= 1, "{features:?}: {missed} of 12 problems were not solved");
    }
}

#[test]
fn claims_hold_after_thousands_of_rounds() {
    // Costs, times and rules are compared with the model inside the search, too, as debug
    // assertions.
    let mut random = Random::new(5);
    for features in each_feature() {
        let problem = random_problem(80, features, &mut random);
        solved(&problem, 5000, 7);
    }
}

#[test]
fn a_seed_and_a_number_of_rounds_give_one_plan() {
    let mut random = Random::new(9);
    let timed = Features { windows: true, hours: true, ..Features::default() };
    for features in [timed, Features { breaks: true, shipments: true, trips: true, ..timed }] {
        let problem = random_problem(60, features, &mut random);
        assert_eq!(solved(&problem, 2000, 4), solved(&problem, 2000, 4));
        assert_ne!(solved(&problem, 2000, 4).plan, solved(&problem, 2000, 5).plan);
    }
}

#[test]
fn parts_on_any_number_of_threads_give_one_plan() {
    let mut random = Random::new(13);
    for features in each_feature().into_iter().filter(|features| !features.matrix) {
        let problem = random_problem(80, features, &mut random);
        let in_parts = |threads| {
            let config = Config { iterations: 4000, parts: 3, threads, ..Config::default() };
            checked(&problem, solve(&problem, &config, &Control::unlimited(), None))
        };
        let one = in_parts(1);
        assert_eq!(one.plan, in_parts(2).plan, "{features:?}");
        assert!(one.iterations >= 4000);
    }
}

#[test]
fn a_given_plan_is_kept_as_far_as_it_keeps_the_rules() {
    let mut random = Random::new(11);
    for features in each_feature() {
        let problem = random_problem(40, features, &mut random);
        let first = solved(&problem, 3000, 1);
        let again = |plan: &RoutingPlan| {
            let config = Config { iterations: 0, ..Config::default() };
            solve(&problem, &config, &Control::unlimited(), Some(plan))
        };
        assert_eq!(again(&first.plan).cost_micro_usd, first.cost_micro_usd, "{features:?}");
        // All stops on one route break many rules; what comes back breaks none.
        let route = Route::single(VehicleId(0), problem.stops.ids().collect());
        let plan = again(&RoutingPlan { routes: vec![route], unassigned: Vec::new() }).plan;
        let must = plan.unassigned.len();
        assert!(plan.violations(&problem).len() <= must);
    }
}

#[test]
fn both_ends_of_a_shipment_are_left_out_for_one_reason() {
    let reasons = |change: &dyn Fn(&mut RoutingProblem)| {
        let mut problem = random_problem(2, Features::default(), &mut Random::new(2));
        let (pickup, delivery) = (StopId(0), StopId(1));
        problem.shipments = vec![Shipment { pickup, delivery, load: [1, 0, 0] }];
        change(&mut problem);
        let left = solved(&problem, 100, 1).plan.unassigned;
        left.into_iter().map(|(_, reason)| reason).collect::<Vec<_>>()
    };
    assert_eq!(reasons(&|_| {}), []);
    let heavy = reasons(&|problem| problem.shipments[0].load = [99, 0, 0]);
    assert_eq!(heavy, [Reason::TooMuchLoad; 2]);
    let late = reasons(&|problem| {
        problem.stops[StopId(1)].windows = vec![TimeWindow { start_s: 0, end_s: 1 }];
    });
    assert_eq!(late, [Reason::OutOfReach; 2]);
    let cheap = reasons(&|problem| {
        problem.stops[StopId(0)].price_micro_usd = Some(1);
        problem.stops[StopId(1)].price_micro_usd = Some(1);
    });
    assert_eq!(cheap, [Reason::NotWorthTheVisit; 2]);
    let unskilled = reasons(&|problem| problem.stops[StopId(0)].skills = 1);
    assert_eq!(unskilled, [Reason::NoVehicleMayCome; 2]);
}

#[test]
fn what_cannot_be_honoured_is_named() {
    let mut problem = random_problem(3, Features::default(), &mut Random::new(1));
    assert_eq!(unsupported(&problem), Vec::<&str>::new());
    let shipment = |from, to| {
        let (pickup, delivery) = (StopId(from), StopId(to));
        Shipment { pickup, delivery, load: [1, 0, 0] }
    };
    problem.shipments = vec![shipment(0, 1), shipment(0, 1)];
    assert_eq!(unsupported(&problem), Vec::<&str>::new());
    problem.shipments.push(shipment(0, 2));
    assert_eq!(unsupported(&problem), ["a stop with shipments to or from several stops"]);
}

#[test]
fn an_empty_problem_has_an_empty_plan() {
    let mut problem = RoutingProblem::new(Travel::Plane {
        points: vec![[0.0, 0.0]],
        rounding: Rounding::Nearest,
    });
    assert_eq!(solved(&problem, 10, 1).plan, RoutingPlan::default());
    problem.stops = IdVec::from(vec![Stop::delivery(LocationId(0), [AMOUNT_MAX, 0, 0])]);
    assert_eq!(solved(&problem, 10, 1).plan.unassigned.len(), 1);
}

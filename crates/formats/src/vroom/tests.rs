//! The format: what is read, what is answered, what is refused.

use postroad_model::routing::{Reason, Route, RoutingPlan, Travel};
use postroad_model::{Fault, LocationId, StopId, VehicleId};
use serde_json::{Value, json};

use super::*;

const SEED: &str = include_str!("../../tests/seeds/vroom.json");
const WAYS: Ways = Ways::Straight { circuity: 1.3, km_per_hour: 36.0 };

fn job(problem: &Value) -> VroomJob {
    let text = problem.to_string();
    read("p.json", &text, WAYS).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// Two vehicles at one place, two jobs, straight lines.
fn straight() -> Value {
    json!({
        "vehicles": [{"id": 1, "start": [8.5, 47.4], "end": [8.5, 47.4], "capacity": [2]},
                     {"id": 2, "start": [8.5, 47.4], "end": [8.5, 47.4], "capacity": [2]}],
        "jobs": [{"id": 5, "location": [8.6, 47.4], "delivery": [1], "service": 60},
                 {"id": 6, "location": [8.5, 47.5], "delivery": [2], "priority": 7}]
    })
}

fn faults(problem: &Value) -> String {
    let text = serde_json::to_string_pretty(problem).unwrap();
    let Err(faults) = read("p.json", &text, WAYS) else { panic!("it was read: {text}") };
    faults.iter().map(|fault| format!("{fault}\n")).collect()
}

#[test]
fn a_problem_becomes_a_job() {
    let vroom = read("seed", SEED, WAYS).unwrap();
    let problem = &vroom.job.problem;
    assert!(problem.faults().is_empty());
    let [job, pickup_job, from, to] = problem.stops.as_slice() else { panic!("four stops") };
    assert_eq!((job.delivery, job.location), ([2, 30, 0], LocationId(1)));
    assert_eq!(job.windows.len(), 2);
    assert_eq!(i64::from(job.windows[0].start_s) + vroom.origin_s, 1_700_001_000);
    assert_eq!((pickup_job.pickup, pickup_job.setup_s), ([1, 10, 0], 60));
    assert_eq!((from.location, to.location), (LocationId(2), LocationId(3)));
    assert!(job.price_micro_usd > pickup_job.price_micro_usd);
    let north = &problem.vehicles[VehicleId(0)];
    assert_eq!((north.stops_max, north.travel_permille, north.distance_max_m), (4, 800, 11_250));
    assert_eq!(problem.vehicles[VehicleId(1)].skills & job.skills, 0);
    let start = vroom.start.unwrap();
    assert_eq!(start.routes, [Route::single(VehicleId(0), vec![StopId(1)])]);
    let Travel::Matrix { durations_s: None, distances_m, .. } = &problem.travel else {
        panic!("seconds stand for metres where only hours are charged")
    };
    assert_eq!(distances_m[1], 300);
}

#[test]
fn alike_vehicles_are_one_type_and_keep_their_ids() {
    let vroom = job(&straight());
    assert_eq!(vroom.job.problem.vehicles.len(), 1);
    let route = |stop| Route::single(VehicleId(0), vec![StopId(stop)]);
    let plan = RoutingPlan { routes: vec![route(1), route(0)], unassigned: Vec::new() };
    let answer: Value = serde_json::from_str(&write(&vroom, &plan, true)).unwrap();
    let ids: Vec<_> = answer["routes"].as_array().unwrap().iter().map(|r| &r["vehicle"]).collect();
    assert_eq!(ids, [1, 2]);
    assert_eq!(answer["summary"]["priority"], 7);
    assert!(answer["routes"][0]["geometry"].is_string());
    // The example in the documentation of encoded polylines.
    let mut text = String::new();
    output::encode(3_850_000, &mut text);
    output::encode(-12_020_000, &mut text);
    assert_eq!(text, "_p~iF~ps|U");
}

#[test]
fn an_answer_tells_times_loads_and_what_is_left_out() {
    let vroom = job(&straight());
    let plan = RoutingPlan {
        routes: vec![Route::single(VehicleId(0), vec![StopId(0)])],
        unassigned: vec![(StopId(1), Reason::NoRoomLeft)],
    };
    let answer: Value = serde_json::from_str(&write(&vroom, &plan, false)).unwrap();
    assert_eq!((&answer["code"], &answer["summary"]["unassigned"]), (&json!(0), &json!(1)));
    assert_eq!(answer["unassigned"][0]["id"], 6);
    let steps = answer["routes"][0]["steps"].as_array().unwrap();
    let of = |key: &str| steps.iter().map(|step| step[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("type"), ["start", "job", "end"]);
    assert_eq!(of("load"), [json!([1]), json!([0]), json!([0])]);
    let leg_s = vroom.job.problem.travel.duration_s(LocationId(2), LocationId(0));
    assert_eq!(of("duration"), [0, leg_s, 2 * leg_s]);
    assert_eq!(of("arrival"), [0, leg_s, 2 * leg_s + 60]);
    assert_eq!(answer["summary"]["cost"], 2 * leg_s);
    assert_eq!(answer["summary"]["service"], 60);
}

#[test]
fn the_order_of_plans_is_that_of_costs() {
    // Hours and kilometres: 2 a second and 3 a metre, on a matrix of two places.
    let mut problem = json!({
        "vehicles": [{"id": 1, "start_index": 0, "end_index": 0,
                      "costs": {"per_hour": 7200, "per_km": 3000}}],
        "jobs": [{"id": 1, "location_index": 1}],
        "matrices": {"car": {"durations": [[0, 10], [20, 0]], "distances": [[0, 100], [50, 0]]}}
    });
    let plan = RoutingPlan {
        routes: vec![Route::single(VehicleId(0), vec![StopId(0)])],
        unassigned: Vec::new(),
    };
    let told = |problem: &Value| -> Value {
        serde_json::from_str(&write(&job(problem), &plan, false)).unwrap()
    };
    assert_eq!(told(&problem)["summary"]["cost"], 30 * 2 + 150 * 3);
    assert_eq!(told(&problem)["summary"]["distance"], 150);
    let vroom = job(&problem);
    let unit = vroom.job.problem.stops[StopId(0)].price_micro_usd.unwrap();
    let cost = plan.cost(&vroom.job.problem).total_micro_usd();
    assert!(cost > 0 && unit > cost, "leaving out is dearer than any visit");
    problem["matrices"]["car"]["costs"] = json!([[0, 4], [5, 0]]);
    problem["vehicles"][0]["costs"] = json!({});
    assert_eq!(told(&problem)["summary"]["cost"], 9);
    problem["vehicles"][0]["costs"] = json!({"per_hour": 7200});
    assert!(faults(&problem).contains("beside a matrix of costs"));
}

/// A service that takes a second for each metre, and thrice as long back; metres are 10 a second.
struct Table;

impl AskRoads for Table {
    fn travel(&self, _: &str, places: &[NamedPlace]) -> Result<(Travel, String), Vec<Fault>> {
        let n = places.len() as i32;
        let cells = |there: i32, back: i32| -> Vec<i32> {
            let way = |from: i32, to: i32| if to > from { there } else { back } * (to - from).abs();
            (0..n * n).map(|cell| way(cell / n, cell % n)).collect()
        };
        let points = places.iter().map(|place| place.point).collect();
        let (distances_m, durations_s) = (cells(10, 10), Some(cells(1, 3)));
        let names: Vec<&str> = places.iter().map(|place| place.name.as_str()).collect();
        let locations = places.len();
        Ok((Travel::Matrix { locations, distances_m, durations_s, points }, names.join(", ")))
    }
}

#[test]
fn roads_are_asked_where_there_is_no_matrix() {
    let told = |problem: &Value| {
        let text = problem.to_string();
        let vroom = read("p.json", &text, Ways::Roads(&Table)).unwrap();
        let stops = vec![StopId(0), StopId(1)];
        let routes = vec![Route::single(VehicleId(0), stops)];
        let plan = RoutingPlan { routes, unassigned: Vec::new() };
        let cost = plan.cost(&vroom.job.problem).distance_micro_usd;
        let answer: Value = serde_json::from_str(&write(&vroom, &plan, false)).unwrap();
        assert_eq!(vroom.warnings[1], "job 5, job 6, the start of vehicle 1");
        (answer["summary"].clone(), cost)
    };
    // From place 2 to 0, on to 1 and back to 2: 6 + 1 + 1 seconds.
    let mut problem = straight();
    let (summary, seconds) = told(&problem);
    assert_eq!((&summary["cost"], &summary["duration"]), (&json!(8), &json!(8)));
    assert_eq!(summary["distance"], 40);
    for vehicle in problem["vehicles"].as_array_mut().unwrap() {
        vehicle["costs"] = json!({"per_km": 100});
    }
    let (summary, both) = told(&problem);
    assert_eq!(summary["cost"], 12);
    assert_eq!(both * 8, seconds * 12);
}

#[test]
fn given_routes_are_timed_and_what_they_break_is_told() {
    // Ten seconds to each place, at hour 0 of a timestamp.
    let hour = 1_700_000_000;
    let step = |kind: &str, id: u64| json!({"type": kind, "id": id});
    let problem = json!({
        "vehicles": [
            {"id": 1, "start_index": 0, "end_index": 0, "capacity": [3],
             "time_window": [hour, hour + 100], "steps": [
                 {"type": "start"}, step("job", 1), step("job", 2), {"type": "end"}]},
            {"id": 2, "start_index": 0, "end_index": 0, "capacity": [3], "max_tasks": 3,
             "time_window": [hour, hour + 60], "max_travel_time": 35,
             "breaks": [{"id": 1, "service": 5}, {"id": 2, "time_windows": [[hour, hour + 1]]}],
             "steps": [
                 {"type": "start", "service_after": hour - 8}, step("job", 3),
                 step("delivery", 8), step("break", 2), step("job", 4), step("pickup", 8)]},
            {"id": 3, "start_index": 0}
        ],
        "jobs": [{"id": 1, "location_index": 1, "delivery": [2]},
                 {"id": 2, "location_index": 2, "delivery": [2], "service": 5},
                 {"id": 3, "location_index": 1, "skills": [4]},
                 {"id": 4, "location_index": 2, "time_windows": [[hour, hour + 20]]},
                 {"id": 5, "location_index": 2}],
        "shipments": [{"amount": [1], "pickup": {"id": 8, "location_index": 1},
                       "delivery": {"id": 8, "location_index": 2}}],
        "matrices": {"car": {"durations": [[0, 10, 10], [10, 0, 10], [10, 10, 0]]}},
        "options": {"c": true}
    });
    let vroom = job(&problem);
    assert!(vroom.options.are_routes_given);
    let answer: Value = serde_json::from_str(&check(&vroom, "p.json", false).unwrap()).unwrap();
    let [first, second] = &answer["routes"].as_array().unwrap()[..] else { panic!("{answer}") };
    let of = |route: &Value, key: &str| -> Vec<Value> {
        route["steps"].as_array().unwrap().iter().map(|step| step[key].clone()).collect()
    };
    assert_eq!(of(first, "arrival"), [hour, hour + 10, hour + 20, hour + 35]);
    let load = json!([{"cause": "load"}]);
    assert_eq!(of(first, "violations"), [load.clone(), json!([]), json!([]), json!([])]);
    assert_eq!(first["violations"], load);
    // The second leaves eight seconds early, so that less is late after the break.
    let types = ["start", "job", "delivery", "break", "job", "pickup", "end"];
    assert_eq!(of(second, "type"), types);
    assert_eq!(of(second, "arrival")[0], hour - 8);
    let told: Vec<String> = second["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| format!("{}{}", v["cause"].as_str().unwrap(), v["duration"].as_i64().unwrap_or(0)))
        .collect();
    let all = [
        "delay11",
        "lead_time8",
        "max_tasks0",
        "max_travel_time0",
        "missing_break0",
        "precedence0",
        "skills0",
    ];
    assert_eq!(told, all);
    assert_eq!(answer["summary"]["violations"].as_array().unwrap().len(), 8);
    assert_eq!(answer["unassigned"][0]["id"], 5);
    assert_eq!(answer["summary"]["cost"], 30 + 40);
}

#[test]
fn given_routes_that_cannot_be_are_refused() {
    let refused = |steps: Value| {
        let mut problem = straight();
        problem["vehicles"][0]["steps"] = steps;
        let faults = check(&job(&problem), "p.json", false).unwrap_err();
        faults.iter().map(|fault| format!("{fault}\n")).collect::<String>()
    };
    let job = |id: u64| json!({"type": "job", "id": id});
    assert!(refused(json!([job(5), job(5)])).contains("job 5 is in the given routes twice"));
    let told = refused(json!([job(5), {"type": "start"}, {"type": "break", "id": 1}]));
    assert!(told.contains("a start is not first") && told.contains("no such break"), "{told}");
    let late =
        json!([{"type": "start", "service_after": 90}, {"type": "job", "id": 5, "service_at": 80}]);
    assert!(refused(late).contains("contradict"));
}

#[test]
fn priorities_outweigh_numbers() {
    let mut problem = straight();
    problem["jobs"] = (0..50)
        .map(|id| {
            json!({"id": id, "location": [8.5, 47.4 + f64::from(id) / 1000.0],
                         "priority": i32::from(id == 0)})
        })
        .collect();
    let vroom = job(&problem);
    let price = |stop| vroom.job.problem.stops[StopId(stop)].price_micro_usd.unwrap();
    assert!(price(0) > 49 * price(1));
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    let refused = |path: &str, value: Value| {
        let mut problem = straight();
        *problem.pointer_mut(path).unwrap() = value;
        faults(&problem)
    };
    let vehicle = |more: Value| {
        let mut vehicle = straight()["vehicles"][0].clone();
        vehicle.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        refused("/vehicles/0", vehicle)
    };
    assert!(vehicle(json!({"costs": {"per_task_hour": 1}})).contains("per_task_hour"));
    assert!(vehicle(json!({"breaks": [{"id": 1, "max_load": [1]}]})).contains("max_load"));
    assert!(vehicle(json!({"capacity": [1, 2, 3, 4]})).contains("4 dimensions"));
    assert!(vehicle(json!({"speed_factor": 0})).contains("speed_factor"));
    let job = json!({"id": 5, "location": [8, 47], "service_per_type": {"van": 5}});
    assert!(refused("/jobs/0", job).contains("service_per_type"));
    let mut problem = straight();
    problem["vehicles"][1]["profile"] = json!("bike");
    problem["matrices"] = json!({"car": {"durations": [[0]]}, "bike": {"durations": [[0]]}});
    assert!(faults(&problem).contains("several profiles: bike, car"));
}

#[test]
fn all_faults_are_told_with_their_lines() {
    let problem = json!({
        "vehicles": [{"id": 1, "start": [8.5, 147.4]}, {"id": 1, "capacity": [1]},
                     {"id": "x", "start": [1, 2]}, {"id": 4, "start": [1, 2], "steps": [
                         {"type": "job", "id": 99}]}],
        "jobs": [{"id": 1, "location": [8, 47], "delivery": [1, 2]}, {"id": 1, "priority": 101},
                 {"id": 2, "location": [8, 47], "time_windows": [[5, 1]]},
                 {"id": 3, "location": [8, 47], "service": -1}]
    });
    let told = faults(&problem);
    assert!(told.contains("vehicles[2]") && told.contains("jobs[3]"), "{told}");
    let mut problem = problem;
    problem["vehicles"].as_array_mut().unwrap().remove(2);
    problem["jobs"].as_array_mut().unwrap().remove(3);
    let told = faults(&problem);
    for text in [
        "not on the earth",
        "two vehicles 1",
        "needs a start",
        "delivery has 2",
        "two of job 1",
        "above 100",
        "`location` is missing",
        "ends before",
    ] {
        assert!(told.contains(text), "`{text}` is not in:\n{told}");
    }
    assert!(faults(&json!([])).contains("E343"));
    assert!(faults(&json!({"jobs": []})).contains("no vehicle"));
    let ragged = json!({"vehicles": [{"id": 1, "start_index": 0}],
        "matrices": {"car": {"durations": [[0, 1], [0]], "distances": [[0]]}}});
    let told = faults(&ragged);
    assert!(told.contains("row 1 of durations") && told.contains("distances has 1 rows"), "{told}");
}

#[test]
fn keys_that_are_not_of_the_format_are_told() {
    let mut problem = straight();
    problem["jobs"][0]["colour"] = json!("red");
    problem["note"] = json!(1);
    let warnings = job(&problem).warnings;
    assert_eq!(warnings[0], "keys passed over: jobs.colour, note");
    assert!(warnings[1].contains("straight lines"));
}

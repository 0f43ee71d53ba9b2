//! A small day told in every format: names escaped, loads right, the same bytes each time.

use postroad_formats::routing::{RoutingJob, RoutingNames};
use postroad_model::DepotId;
use postroad_model::id::{LocationId, StopId, VehicleId};
use postroad_model::place::Coordinate;
use postroad_model::routing::{
    Break, Depot, MICRO_USD, Reason, Rounding, Route, RoutingPlan, RoutingProblem, Stop,
    TimeWindow, Travel, VehicleType,
};

use super::files;

/// A depot and three stops north of it; the second trip takes the third; a break.
fn job() -> RoutingJob {
    let point = |i: u32| Coordinate { latitude: 40.0 + 0.01 * f64::from(i), longitude: -75.0 };
    let points = (0..5).map(point).collect();
    let mut problem =
        RoutingProblem::new(Travel::Earth { points, circuity: 1.3, km_per_hour: 30.0 });
    problem.depots.push(Depot { location: LocationId(0), window: TimeWindow::ALWAYS });
    let plain = VehicleType::plain(DepotId(0), [2, 0, 0], 2);
    let rest = Break { windows: vec![TimeWindow::ALWAYS], duration_s: 900 };
    problem.vehicles.push(VehicleType {
        trips_max: 2,
        reload_s: 600,
        micro_usd_per_s: 30 * MICRO_USD / 3600,
        shift: TimeWindow { start_s: 8 * 3600, end_s: 18 * 3600 },
        breaks: vec![rest],
        ..plain
    });
    for i in 1..5 {
        let stop = Stop::delivery(LocationId(i), [1, 0, 0]);
        problem.stops.push(Stop { service_s: 60, ..stop });
    }
    let name = |i: u32| format!("<b>stop {i}</b>, \"north\"");
    let names = RoutingNames {
        stops: (1..5).map(name).collect(),
        notes: (1..5).map(|_| "ring </script> twice".to_owned()).collect(),
        vehicles: ["van <1>".to_owned()].into_iter().collect(),
        depots: ["Depot & yard".to_owned()].into_iter().collect(),
    };
    RoutingJob { problem, names }
}

fn plan() -> RoutingPlan {
    let trips = vec![vec![StopId(0), StopId(1)], vec![StopId(2)]];
    RoutingPlan {
        routes: vec![Route { vehicle: VehicleId(0), trips }],
        unassigned: vec![(StopId(3), Reason::NoRoomLeft)],
    }
}

fn text(name: &str) -> String {
    let file = files(&job(), &plan()).into_iter().find(|file| file.name == name).unwrap();
    String::from_utf8(file.bytes).unwrap()
}

#[test]
fn the_manifest_has_a_row_for_each_event_with_the_load_after_it() {
    let text = text("manifest.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let told: Vec<(&str, &str)> = rows.iter().map(|row| (&row[3], &row[9])).collect();
    let without_break: Vec<_> = told.iter().filter(|row| row.0 != "break").copied().collect();
    let expected = [
        ("start", "2"),
        ("stop", "1"),
        ("stop", "0"),
        ("reload", "1"),
        ("stop", "0"),
        ("end", "0"),
        ("unassigned", ""),
    ];
    assert_eq!(without_break, expected);
    assert_eq!(told.len(), expected.len() + 1);
    let first_stop = rows.iter().find(|row| &row[3] == "stop").unwrap();
    assert_eq!(&first_stop[4], "<b>stop 1</b>, \"north\"");
    assert_eq!(&rows[0][6], "08:00:00");
}

#[test]
fn the_geojson_has_a_line_through_all_places_and_a_point_for_each_stop() {
    let value: serde_json::Value = serde_json::from_str(&text("routes.geojson")).unwrap();
    let features = value["features"].as_array().unwrap();
    let kinds: Vec<&str> =
        features.iter().map(|f| f["properties"]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["depot", "route", "stop", "stop", "stop", "unassigned"]);
    let line = features[1]["geometry"]["coordinates"].as_array().unwrap();
    assert_eq!(line.len(), 6);
    assert_eq!(line[0], serde_json::json!([-75.0, 40.0]));
}

#[test]
fn pages_escape_names_and_load_nothing() {
    for name in ["route.html", "manifest.html"] {
        let page = text(name);
        for raw in ["<b>stop", "van <1>", "ring </script>", "http://", "https://", "src="] {
            assert!(!page.contains(raw), "{name}: {raw}");
        }
        assert!(page.contains("van &#60;1&#62;") || page.contains("van &lt;1&gt;"), "{name}");
    }
    assert_eq!(text("route.html").matches("</script>").count(), 2);
    assert_eq!(text("route.html"), text("route.html"));
}

#[test]
fn places_that_nobody_knows_are_left_out_of_the_page() {
    let mut job = job();
    let distances_m = (0..25).map(|i| if i % 6 == 0 { 0 } else { 100 }).collect();
    job.problem.travel =
        Travel::Matrix { locations: 5, distances_m, durations_s: None, points: Vec::new() };
    let files = files(&job, &plan());
    assert!(!String::from_utf8_lossy(&files[3].bytes).contains("route-data"));
    let value: serde_json::Value = serde_json::from_slice(&files[0].bytes).unwrap();
    assert!(value["features"][1]["geometry"].is_null());
}

#[test]
fn benchmarks_have_plain_numbers() {
    let mut job = job();
    let points = (0..5).map(|i| [f64::from(i), 0.0]).collect();
    job.problem.travel = Travel::Plane { points, rounding: Rounding::Nearest };
    let files = files(&job, &plan());
    let page = String::from_utf8_lossy(&files[3].bytes).into_owned();
    assert!(page.contains("id=\"route-data\"") && !page.contains("\u{a0}km"));
}

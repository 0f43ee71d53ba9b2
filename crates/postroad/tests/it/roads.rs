//! Routes along the roads of an extract that is written here.

use std::fs;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::serve_routes::Service;

#[path = "../../../roads/tests/it/fixture.rs"]
#[allow(dead_code, reason = "tests of the reader use the rest")]
mod fixture;

use fixture::{Extract, Tags};

const STREET: Tags = &[("highway", "residential")];
const ONE_WAY: Tags = &[("highway", "residential"), ("oneway", "yes")];

/// A street 4 km long on the equator, and a one-way loop of 4 km at its end.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let node = |id: i64, y: i64, x: i64| (id, y * 90_000, x * 90_000, &[] as Tags);
    let nodes = vec![node(1, 0, 0), node(2, 0, 4), node(3, 1, 4), node(4, 1, 5), node(5, 0, 5)];
    let ways = vec![(vec![1, 2], STREET), (vec![2, 3, 4, 5, 2], ONE_WAY)];
    fs::write(folder.path().join("town.osm.pbf"), Extract { nodes, ways }.bytes()).unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("fleet.csv", "id,parcels,usd_per_km,lat,lon\nvan,10,1,0,0\n");
    // The second stop is 3 km around the loop, against it one.
    write("stops.csv", "id,lat,lon\na,0,0.018\nb,0,0.045\n");
    folder
}

/// The same stops in VROOM's format, and a third one.
fn vroom(third: [f64; 2]) -> Value {
    json!({
        "vehicles": [{"id": 1, "start": [0, 0], "end": [0, 0]}],
        "jobs": [{"id": 5, "location": [0.018, 0]}, {"id": 6, "location": [0.045, 0]},
                 {"id": 7, "location": third}]
    })
}

fn postroad(folder: &TempDir, args: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("postroad").unwrap();
    command.current_dir(folder.path()).args(args).args(["--quiet", "--json"]).output().unwrap()
}

const ROUTE: [&str; 6] = ["route", "stops.csv", "--fleet", "fleet.csv", "--roads", "town.osm.pbf"];

#[test]
fn routes_follow_roads_and_their_directions() {
    let folder = folder();
    let output = postroad(&folder, &ROUTE);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let result: serde_json::Value = serde_json::from_str(&text).unwrap();
    // 4 km there, all around the loop, and back.
    let metres = result["distance_m"].as_f64().unwrap();
    assert!((metres - 12_000.0).abs() < 25.0, "{text}");
}

#[test]
fn stops_far_from_roads_are_named_all_at_once() {
    let folder = folder();
    let stops = "id,lat,lon\na,0,0.018\nswapped,0.045,0\nelsewhere,50,8\n";
    fs::write(folder.path().join("stops.csv"), stops).unwrap();
    let output = postroad(&folder, &ROUTE);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert_eq!(text.matches("error[E354]").count(), 2, "{text}");
    assert!(text.contains("stop `swapped` is 5.0 km from the nearest road"), "{text}");
}

#[test]
fn problems_of_vroom_follow_roads_by_command_and_service() {
    let folder = folder();
    let extract = folder.path().join("town.osm.pbf");
    let service = Service::start(&["--roads", extract.to_str().unwrap()]);
    for third in [[0.009, 0.0], [8.0, 50.0]] {
        let problem = vroom(third).to_string();
        fs::write(folder.path().join("p.json"), &problem).unwrap();
        let output = postroad(&folder, &["route", "p.json", "-g", "--roads", "town.osm.pbf"]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let (status, _, body) = service.ask("POST", "/", &problem);
        let served: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(served["summary"], answer["summary"]);
        if third[0] > 1.0 {
            assert_eq!((output.status.code(), status), (Some(2), 400));
            for answer in [answer, served] {
                assert_eq!(answer["code"], 3);
                assert!(answer["error"].as_str().unwrap().contains("job 7 is"), "{answer}");
            }
            continue;
        }
        assert_eq!(status, 200, "{body}");
        let summary = &answer["summary"];
        assert!((summary["distance"].as_f64().unwrap() - 12_000.0).abs() < 25.0, "{summary}");
        // 25 km an hour, and a second costs 1.
        assert!((summary["duration"].as_f64().unwrap() - 1728.0).abs() < 5.0, "{summary}");
        assert_eq!(summary["cost"], summary["duration"]);
        assert!(answer["routes"][0]["geometry"].is_string());
    }
}

#[test]
fn roads_of_stops_without_degrees_are_refused() {
    let folder = folder();
    let plane = "CUSTOMER\n 0 0 0 0 0 9 0\n 1 1 1 1 0 9 0\n";
    let text = format!("p\n\nVEHICLE\nNUMBER CAPACITY\n 1 5\n\n{plane}");
    fs::write(folder.path().join("plane.txt"), text).unwrap();
    let output = postroad(&folder, &["route", "plane.txt", "--roads", "town.osm.pbf"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && told.contains("E355"), "{told}");
}

#[test]
fn a_drawn_day_repeats_and_can_be_routed() {
    let folder = folder();
    let draw = |out: &str| {
        let args =
            ["generate", "routing", "--roads", "town.osm.pbf", "--stops", "20", "--out", out];
        let output = postroad(&folder, &[&args[..], &["--matrices"]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read = |name: &str| fs::read(folder.path().join(out).join(name)).unwrap();
        ["stops.csv", "fleet.csv", "metres.npy", "seconds.npy"].map(read)
    };
    let day = draw("one");
    assert_eq!(day, draw("two"));
    assert_eq!(day[2].len(), 128 + 21 * 21 * 4);
    let (stops, fleet) = ("one/stops.csv", "one/fleet.csv");
    let args = ["route", stops, "--fleet", fleet, "--roads", "town.osm.pbf"];
    let output = postroad(&folder, &args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

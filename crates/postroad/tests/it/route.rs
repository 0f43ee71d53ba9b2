//! `postroad route`, as a user runs it.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use super::support::root;

/// The example's stops and fleet in a folder of their own.
fn example() -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in ["stops.csv", "fleet.csv"] {
        fs::copy(root().join("examples/routing").join(name), folder.path().join(name)).unwrap();
    }
    folder
}

fn route(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::cargo_bin("postroad").unwrap();
    command.current_dir(folder).args(["route", "stops.csv", "--fleet", "fleet.csv"]).args(more);
    command.args(["--iterations", "2000"]);
    command
}

fn stdout(command: &mut Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

fn json(command: &mut Command) -> Value {
    serde_json::from_str(&stdout(command)).unwrap()
}

#[test]
fn the_example_is_routed_and_written() {
    let folder = example();
    let text = stdout(&mut route(folder.path(), &["--out", "out"]));
    assert!(text.contains("all routes") && text.contains("total"), "{text}");
    for file in ["result.json", "routes.geojson", "manifest.csv", "manifest.html", "route.html"] {
        assert!(folder.path().join("out").join(file).exists(), "{file}");
    }
    let result: Value =
        serde_json::from_slice(&fs::read(folder.path().join("out/result.json")).unwrap()).unwrap();
    let stops: usize = result["routes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["stops"].as_u64().unwrap() as usize)
        .sum();
    assert_eq!(stops + result["unassigned"].as_array().unwrap().len(), 60);
    assert_eq!(result["run"]["iterations"], 2000);
    let again = json(&mut route(folder.path(), &["--json"]));
    assert_eq!(again, result, "the same rounds and seed give the same plan");
}

#[test]
fn a_start_plan_is_kept_if_moving_is_dear() {
    let folder = example();
    stdout(&mut route(folder.path(), &["--out", "first"]));
    let more = ["--start", "first/result.json", "--keep", "1000", "--json"];
    let kept = json(&mut route(folder.path(), &more));
    assert_eq!(kept["cost_usd"]["preference"], 0.0);
    // One stop less leaves the others where they are.
    let stops = fs::read_to_string(folder.path().join("stops.csv")).unwrap();
    let (less, _) = stops.trim_end().rsplit_once('\n').unwrap();
    fs::write(folder.path().join("stops.csv"), less).unwrap();
    let kept = json(&mut route(folder.path(), &more));
    assert_eq!(kept["cost_usd"]["preference"], 0.0);
    route(folder.path(), &["--start", "fleet.csv"]).assert().code(2);
}

#[test]
fn territories_are_kept_at_a_price() {
    let folder = TempDir::new().unwrap();
    let mut stops = String::from("id,parcels,lat,lon\n");
    for stop in 0..60 {
        let (row, column) = (stop % 8, stop / 8);
        let (lat, lon) = (43.0 + f64::from(row) / 100.0, -72.0 + f64::from(column) / 90.0);
        stops += &format!("{stop},{},{lat},{lon}\n", 1 + stop * 7 % 4);
    }
    fs::write(folder.path().join("stops.csv"), stops).unwrap();
    let fleet = "id,count,parcels,usd_per_km,lat,lon\nvan,9,24,1,42.9,-72.1\n";
    fs::write(folder.path().join("fleet.csv"), fleet).unwrap();
    let plain = json(&mut route(folder.path(), &["--json"]));
    let compact = json(&mut route(folder.path(), &["--json", "--compact", "20"]));
    let number = |result: &Value, key: &str| result[key].as_f64().unwrap();
    assert!(number(&compact, "mixed_share") <= number(&plain, "mixed_share"));
    assert_eq!(compact["cost_usd"]["preference"], 0.0);
    assert_eq!(compact["routes"][0]["vehicle"], "van");
    let rounds = |result: &Value| result["run"]["iterations"].as_u64().unwrap();
    assert_eq!(rounds(&compact), 2 * rounds(&plain));
}

#[test]
fn hours_are_balanced_at_a_price() {
    let folder = example();
    let spread = |result: &Value| {
        let routes = result["routes"].as_array().unwrap();
        let hours = || routes.iter().map(|route| route["duration_s"].as_i64().unwrap());
        hours().max().unwrap() - hours().min().unwrap()
    };
    let usual = json(&mut route(folder.path(), &["--json"]));
    let even = json(&mut route(folder.path(), &["--json", "--balance", "500"]));
    assert!(spread(&even) <= spread(&usual), "{} {}", spread(&even), spread(&usual));
    assert_eq!(even["cost_usd"]["overtime"], 0.0);
}

#[test]
fn stops_that_must_be_visited_and_are_not_are_a_no() {
    let folder = example();
    let fleet = "id,count,parcels,lat,lon\nvan,2,20,43.6,-72.96\n";
    fs::write(folder.path().join("fleet.csv"), fleet).unwrap();
    let stops = fs::read_to_string(folder.path().join("stops.csv")).unwrap();
    fs::write(folder.path().join("stops.csv"), stops.replace("liftgate", "")).unwrap();
    let done = route(folder.path(), &[]).assert().code(1);
    let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    assert!(said.contains("must be visited") && said.contains("more"), "{said}");
    let told = String::from_utf8(done.get_output().stdout.clone()).unwrap();
    assert!(told.contains("used up by others"), "{told}");
}

#[test]
fn faults_of_both_files_are_told() {
    let folder = example();
    let stops = fs::read_to_string(folder.path().join("stops.csv")).unwrap();
    fs::write(folder.path().join("stops.csv"), stops.replacen("43.", "143.", 2)).unwrap();
    fs::write(folder.path().join("fleet.csv"), "id,lat,lon,shift\nvan,43,-72,8-9\n").unwrap();
    let done = route(folder.path(), &[]).assert().code(2);
    let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    for text in ["stops.csv:2: lat", "stops.csv:3: lat", "fleet.csv:2: shift", "3 faults found"] {
        assert!(said.contains(text), "`{text}` is not in:\n{said}");
    }
    let mut command = Command::cargo_bin("postroad").unwrap();
    command.current_dir(folder.path()).args(["route", "stops.csv"]).assert().code(2);
    route(folder.path(), &["--depots", "none.csv"]).assert().code(2);
    route(folder.path(), &["--circuity", "0.5"]).assert().code(2);
}

#[test]
fn a_problem_of_vroom_is_answered_in_its_format() {
    let problem = root().join("examples/routing/vroom.json");
    let run = |problem: &str, text: &str| {
        let mut command = Command::cargo_bin("postroad").unwrap();
        command.args(["route", problem, "-g"]).write_stdin(text.to_owned());
        command
    };
    let from_file = stdout(&mut run(problem.to_str().unwrap(), ""));
    let from_stdin = stdout(&mut run("-", &fs::read_to_string(&problem).unwrap()));
    assert_eq!(from_file, from_stdin);
    let answer: Value = serde_json::from_str(&from_file).unwrap();
    assert_eq!(answer["summary"]["unassigned"], 0);
    assert!(answer["routes"][0]["geometry"].is_string());
    let done = run("-", "{\"vehicles\": []}").assert().code(2);
    let answer: Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    assert_eq!(answer["code"], 2);
}

#[test]
fn a_benchmark_instance_is_routed_by_the_same_command() {
    let instance = root().join("crates/formats/tests/seeds/windows.vrp");
    let mut command = Command::cargo_bin("postroad").unwrap();
    command.arg("route").arg(instance).args(["--iterations", "500", "--json"]);
    let result = json(&mut command);
    assert!(result["cost_usd"]["total"].as_f64().unwrap() > 0.0);
}

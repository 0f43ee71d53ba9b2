//! Days of a plan, routed from outside: one station, and all of them with a stop on the way.

use std::fs;

use super::support::SmallStudy;

const ALL: [&str; 8] =
    ["route", "--from-plan", "plans", "--all", "--rounds-per-stop", "2", "--quiet", "--out"];

fn planned() -> SmallStudy {
    let study = SmallStudy::new();
    study.plan_into("plans", &["--plans-only"]);
    study
}

fn all_into(study: &SmallStudy, out: &str, more: &[&str]) -> String {
    let args = [&ALL[..], &[out], more].concat();
    let done = study.postroad(&args).assert().success();
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

#[test]
fn all_stations_are_routed_beside_what_the_planner_computes() {
    let study = planned();
    let printed = all_into(&study, "nation", &["--threads", "1"]);
    assert!(printed.contains("rural") && printed.contains(" all "), "{printed}");
    let table = study.read("nation/stations.csv");
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let rows: Vec<Vec<String>> =
        rows.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    assert!(rows.len() > 1, "{table}");
    for row in &rows {
        let value = |i: usize| row[i].parse::<f64>().unwrap();
        // Routed and planned cost are of the same stops and vans.
        assert!((0.7..1.3).contains(&(value(9) / value(13))), "{row:?}");
        assert!(value(8) / value(6) <= 10.0, "hours within the shift: {row:?}");
    }
}

#[test]
fn a_stopped_run_goes_on_to_the_same_bytes_on_any_threads() {
    let study = planned();
    all_into(&study, "whole", &["--threads", "1"]);
    let whole = study.read("whole/stations.csv");
    all_into(&study, "cut", &["--threads", "2"]);
    assert_eq!(study.read("cut/stations.csv"), whole);
    // Killed in the middle of the second row.
    let second = whole.match_indices('\n').nth(1).unwrap().0 + 9;
    fs::write(study.path("cut/stations.csv"), &whole[..second]).unwrap();
    all_into(&study, "cut", &[]);
    assert_eq!(study.read("cut/stations.csv"), whole);
    let other = [&ALL[..], &["cut", "--day", "2"]].concat();
    let refused = study.postroad(&other).assert().code(2);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("E363"));
    let lines: Vec<&str> = whole.lines().collect();
    fs::write(study.path("cut/stations.csv"), [lines[0], lines[2], ""].join("\n")).unwrap();
    let refused = study.postroad(&[&ALL[..], &["cut"]].concat()).assert().code(2);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("E364"));
}

#[test]
fn a_stations_day_is_routed_like_any_job() {
    let study = planned();
    all_into(&study, "nation", &[]);
    let table = study.read("nation/stations.csv");
    let id = table.lines().nth(1).unwrap().split(',').next().unwrap();
    let day = |day: &str| {
        let args = ["route", "--from-plan", "plans", "--station", id, "--day", day];
        let more = ["--iterations", "500", "--json", "--out", "day"];
        let done = study.postroad(&[&args[..], &more].concat()).assert().success();
        let told = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
        assert!(told.contains("the planner computes"), "{told}");
        String::from_utf8(done.get_output().stdout.clone()).unwrap()
    };
    let first = day("1");
    assert_eq!(first, day("1"));
    assert_ne!(first, day("2"));
    assert!(study.path("day/route.html").exists());
    for (args, code) in [
        (["--station", "nowhere"], "E362"),
        (["--scenario", "nothing"], "E360"),
        (["--seed", "1"], "E362"),
    ] {
        let args = [&["route", "--from-plan", "plans"], &args[..]].concat();
        let refused = study.postroad(&args).assert().code(2);
        assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains(code), "{code}");
    }
    fs::write(study.path("plans/plan-status_quo.csv"), "zip\n").unwrap();
    let refused = study.postroad(&ALL).arg("other").assert().code(2);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("E402"));
}

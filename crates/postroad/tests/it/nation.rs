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
    let args = ["calibrate", "routed", "nation", "--from-plan", "plans", "--json"];
    let done = study.postroad(&args).assert().success();
    let fits: serde_json::Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    let stations: u64 =
        fits.as_array().unwrap().iter().map(|fit| fit["stations"].as_u64().unwrap()).sum();
    assert_eq!(stations, rows.len() as u64);
    study.postroad(&args[..5]).assert().success();
}

#[test]
fn driven_routes_are_compared_with_the_formula() {
    let study = SmallStudy::new();
    fs::create_dir_all(study.path("driven/travel_times")).unwrap();
    let (mut stops, mut order) = (String::new(), String::new());
    let (mut packages, mut matrix) = (String::new(), "from_stop".to_owned());
    // A station and six stops on a hexagon of some 400 m, driven around, 100 m a minute.
    let places: Vec<(f64, f64)> = (0..7_u32)
        .map(|i| match i {
            0 => (44.40, -72.90),
            i => (f64::from(i).cos() * 0.004 + 44.47, f64::from(i).sin() * 0.005 - 73.2),
        })
        .collect();
    for (i, (lat, lng)) in places.iter().enumerate() {
        stops += &format!("R,S{i},{lat},{lng},x\n");
        order += &format!("R,S{i},{i}\n");
        packages += &if i > 0 { format!("R,S{i},90\n") } else { String::new() };
        matrix += &format!(",S{i}");
    }
    for (i, a) in places.iter().enumerate() {
        matrix += &format!("\nS{i}");
        for b in &places {
            let metres = 1e5 * ((a.0 - b.0).powi(2) + ((a.1 - b.1) * 0.71).powi(2)).sqrt();
            matrix += &format!(",{:.1}", metres * 0.6);
        }
    }
    study.write("driven/stops.csv", &format!("route_id,stop_id,lat,lng,type\n{stops}"));
    study
        .write("driven/actual_sequences.csv", &format!("route_id,stop_id,sequence_order\n{order}"));
    study.write(
        "driven/packages.csv",
        &format!("route_id,stop_id,planned_service_time_seconds\n{packages}"),
    );
    study.write("driven/travel_times/R_travel_times.csv", &matrix);
    let args = ["calibrate", "driven", "driven", "--study", "study.toml", "--json"];
    let done = study.postroad(&args).assert().success();
    let classes: serde_json::Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    let of = |key: &str| classes[0][key].as_f64().unwrap();
    assert_eq!((of("routes"), of("stops"), of("service_hours")), (1.0, 6.0, 0.15));
    assert!(of("reordered_hours") <= of("driven_hours") + 1e-3, "{classes}");
    assert!(classes[0]["after"]["of_sum"].as_f64().unwrap().abs() < 1e-9, "{classes}");
    study.postroad(&args[..5]).assert().success();
    study.write("driven/travel_times/R_travel_times.csv", "from_stop,S0\nS0,0\n");
    let refused = study.postroad(&args).assert().code(2);
    assert!(String::from_utf8_lossy(&refused.get_output().stderr).contains("E365"));
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

//! The commands that plan and check, driven from outside.

use std::fs;
use std::process::{Command, Stdio};

use super::support::SmallStudy;

/// All files of a folder with their bytes, by name.
fn files(study: &SmallStudy, folder: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(study.path(folder)).unwrap().map(Result::unwrap);
    let mut files: Vec<(String, Vec<u8>)> = entries
        .map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn a_study_writes_a_folder_that_holds_when_checked() {
    let study = SmallStudy::new();
    let printed = study.plan_into("out", &[]);
    assert!(printed.contains("Cost a year"), "{printed}");
    let written: Vec<String> = files(&study, "out").into_iter().map(|f| f.0).collect();
    for scenario in ["status_quo", "extend", "auction", "leave"] {
        for name in ["plan-X.csv", "plan-X.geojson", "facilities-X.csv", "prices-X.csv"] {
            let name = name.replace('X', scenario);
            assert!(written.contains(&name), "{name} is missing from {written:?}");
        }
    }
    for name in ["result.json", "report.html", "demand-curve.csv", "tornado.csv", "fidelity.csv"] {
        assert!(written.contains(&name.to_owned()), "{name} is missing from {written:?}");
    }
    assert_eq!(written.len(), 4 * 4 + 5, "{written:?}");
    study.postroad(&["check", "out/result.json"]).assert().success();
}

#[test]
fn the_demand_curve_has_25_prices_and_falls() {
    let study = SmallStudy::new();
    study.plan_into("out", &[]);
    let result: serde_json::Value = serde_json::from_str(&study.read("out/result.json")).unwrap();
    let points = result["demand_curve"]["points"].as_array().unwrap();
    assert_eq!(points.len(), 25);
    let of = |i: usize, key: &str| points[i][key].as_f64().unwrap();
    for (i, point) in points.iter().enumerate() {
        let parcels = of(i, "operator_parcels_per_year");
        assert!(i == 0 || parcels <= of(i - 1, "operator_parcels_per_year"), "{point}");
        assert!(of(i, "operator_parcels_least_per_year") <= parcels, "{point}");
        assert!(of(i, "operator_parcels_most_per_year") >= parcels, "{point}");
        assert!(of(i, "bound_usd_per_year") <= of(i, "usd_per_year"), "{point}");
    }
    let rows = result["tornado"].as_array().unwrap();
    let paths: Vec<&str> = rows.iter().map(|r| r["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"own_van.van"), "{paths:?}");
    assert!(rows.iter().all(|r| r["planned_again"] == true), "two ranges are within the solves");
}

#[test]
fn threads_do_not_change_a_byte() {
    let study = SmallStudy::new();
    study.plan_into("one", &["--threads", "1"]);
    study.plan_into("two", &["--threads", "2"]);
    for ((name, one), (_, two)) in files(&study, "one").iter().zip(&files(&study, "two")) {
        assert!(one == two, "{name} differs");
    }
}

#[test]
fn a_changed_figure_is_found() {
    let study = SmallStudy::new();
    study.plan_into("out", &["--plans-only"]);
    let mut result: serde_json::Value =
        serde_json::from_str(&study.read("out/result.json")).unwrap();
    let capital = &mut result["scenarios"][3]["metrics"]["vans"];
    *capital = (capital.as_f64().unwrap() * 0.99).into();
    study.write("out/result.json", &result.to_string());
    let done = study.postroad(&["check", "out"]).assert().code(1);
    let printed = String::from_utf8(done.get_output().stdout.clone()).unwrap();
    assert!(printed.contains("mismatch: scenarios[3].metrics.vans"), "{printed}");
}

#[test]
fn a_changed_plan_and_a_changed_table_are_found() {
    let study = SmallStudy::new();
    study.plan_into("out", &["--plans-only"]);
    let plan = study.read("out/plan-leave.csv");
    let shorter: Vec<&str> = plan.lines().filter(|line| !line.starts_with("05001")).collect();
    study.write("out/plan-leave.csv", &shorter.join("\n"));
    study.write("units.csv", &format!("{}\n", study.read("units.csv")));
    let done = study.postroad(&["check", "out", "--json"]).assert().code(1);
    let printed = String::from_utf8(done.get_output().stdout.clone()).unwrap();
    assert!(printed.contains("plan-leave.csv: the file has changed"), "{printed}");
    assert!(printed.contains("units.csv: the table has changed"), "{printed}");
    assert!(printed.contains("ZIP 05001"), "{printed}");
}

#[test]
fn a_single_plan_a_curve_and_the_fidelity_table_can_be_asked_for() {
    let study = SmallStudy::new();
    let stdout = |args: &[&str]| {
        let done = study.postroad(args).assert().success();
        String::from_utf8(done.get_output().stdout.clone()).unwrap()
    };
    let plan = stdout(&["plan", "study.toml", "--scenario", "leave", "--rounds", "1"]);
    assert!(plan.contains("leave") && !plan.contains("extend"), "{plan}");
    let curve = stdout(&["demand-curve", ".", "--points", "3", "--rounds", "1", "--json"]);
    let curve: serde_json::Value = serde_json::from_str(&curve).unwrap();
    assert_eq!(curve["points"].as_array().unwrap().len(), 3);
    let fidelity = stdout(&["fidelity", ".", "--rounds", "1"]);
    assert!(fidelity.contains("Paid to the operator"), "{fidelity}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let study = SmallStudy::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_postroad"))
        .current_dir(study.path("."))
        .args(["study", ".", "--rounds", "1", "--plans-only", "--json", "--quiet"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_folder_that_cannot_be_written_is_said_before_planning() {
    let study = SmallStudy::new();
    study.write("file", "");
    let done = study.postroad(&["study", ".", "--out", "file/out"]).assert().code(3);
    let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    assert!(said.contains("file/out cannot be written"), "{said}");
}

#[test]
fn a_requirement_that_cannot_be_met_is_named_with_what_is_missing() {
    let study = SmallStudy::new();
    study.replace("study.toml", "min_share = { value = 0.10", "min_share = { value = 0.90");
    let args = ["plan", ".", "--scenario", "status_quo", "--rounds", "1"];
    let done = study.postroad(&args).assert().code(1);
    let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    assert!(said.contains("scenario status_quo has no plan"), "{said}");
    assert!(said.contains("  - delivery within 1 day in all areas reaches"), "{said}");
    assert!(said.contains("points short"), "{said}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_study_leaves_nothing_half_written() {
    let study = SmallStudy::new();
    // Without a gap to reach and with many rounds it would not end by itself.
    let args = ["study", ".", "--rounds", "1000000", "--gap", "0", "--out", "out", "--quiet"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_postroad"))
        .current_dir(study.path("."))
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_secs(2));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let names: Vec<String> = files(&study, "out").into_iter().map(|f| f.0).collect();
    assert!(names.iter().all(|name| !name.ends_with(".part")), "{names:?}");
    if names.contains(&"result.json".to_owned()) {
        study.postroad(&["check", "out"]).assert().success();
    } else {
        assert!(names.is_empty(), "a folder without its result: {names:?}");
    }
}

//! `postroad bench` and `postroad generate`, as a user runs them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn postroad(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_postroad")).args(arguments).output().unwrap()
}

/// A file in a folder of its own for each test.
fn file(test: &str, name: &str, text: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Three customers, two warehouses; the second alone costs 150 + 20 + 4 + 12 = 186, the first
/// cannot hold all, both cost 250 + 10 + 4 + 12 at least.
const TINY: &str = "2 3\n10 100.\n20 150.\n5\n10 20\n4\n8 4\n6\n30 12\n";

#[test]
fn a_tiny_instance_is_solved_and_compared() {
    let instance = file("tiny", "tiny.txt", TINY);
    let known = file("tiny", "known.csv", "instance,optimum\ntiny,186\n");
    let (instance, known) = (instance.to_str().unwrap(), known.to_str().unwrap());
    let output =
        postroad(&["bench", "network", instance, "--json", "--rounds", "5", "--best-known", known]);
    assert!(output.status.success(), "{output:?}");
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["instance"], "tiny");
    assert_eq!(line["cost"], 186.0);
    assert_eq!(line["excess"], 0.0);
    for field in ["bound", "gap", "seconds", "seed"] {
        assert!(line[field].is_number(), "{field}: {line}");
    }
}

#[test]
fn faults_of_an_instance_are_all_told() {
    let instance = file("faults", "bad.txt", "2 1 1\n-3 5\n10 x 0\n10 3 1 7 2\n");
    let output = postroad(&["bench", "network", instance.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    for place in ["bad.txt:2", "bad.txt:3", "bad.txt:4"] {
        assert!(told.contains(place), "{place} is missing in\n{told}");
    }
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let good = file("mixed", "good.txt", TINY);
    let arguments =
        ["bench", "network", "missing.txt", good.to_str().unwrap(), "--json", "--rounds=5"];
    let output = postroad(&arguments);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
    assert!(String::from_utf8(output.stderr).unwrap().contains("missing.txt"));
}

#[test]
fn generated_problems_can_be_solved() {
    let drawn = |seed: &str| {
        postroad(&["generate", "--zones=20", "--stations=4", "--features=all", "--seed", seed])
            .stdout
    };
    assert_eq!(drawn("3"), drawn("3"));
    assert_ne!(drawn("3"), drawn("4"));
    let text = String::from_utf8(drawn("3")).unwrap();
    let problem = file("generated", "problem.json", &text);
    let output = postroad(&["bench", "network", problem.to_str().unwrap(), "--rounds=3", "--json"]);
    assert!(output.status.success(), "{output:?}");
}

/// Three customers on a line, two of which fit into a vehicle: 2·20 + 2·10.
const LINE: &str = "NAME : line\nTYPE : CVRP\nDIMENSION : 4\nEDGE_WEIGHT_TYPE : EUC_2D\n\
    CAPACITY : 2\nNODE_COORD_SECTION\n1 0 0\n2 10 0\n3 20 0\n4 20 1\nDEMAND_SECTION\n1 0\n2 1\n\
    3 1\n4 1\nDEPOT_SECTION\n1\n-1\nEOF\n";

#[test]
fn a_routing_instance_is_solved_compared_and_written() {
    let instance = file("line", "line.vrp", LINE);
    let known = file("line", "known.csv", "instance,bks_cost\nline,61\n");
    let folder = known.parent().unwrap().join("plans");
    let (instance, known) = (instance.to_str().unwrap(), known.to_str().unwrap());
    let write = folder.to_str().unwrap();
    let solve = |more: &[&str]| {
        let bench = ["bench", "routing", instance, "--json", "--iterations", "500"];
        postroad(&[&bench, more].concat())
    };
    let output = solve(&["--best-known", known, "--write", write]);
    assert!(output.status.success(), "{output:?}");
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&line["cost"], &line["routes"]), (&Value::from(61.0), &Value::from(2)));
    assert_eq!((&line["iterations"], &line["gap"]), (&Value::from(500), &Value::from(0.0)));
    let plan = std::fs::read_to_string(folder.join("line.sol")).unwrap();
    assert!(plan.contains("Route #2:") && plan.ends_with("Cost 61\n"), "{plan}");
    let faulty = file("line", "faulty.vrp", &LINE.replace("CAPACITY", "CAPACTIY"));
    let output = postroad(&["bench", "routing", faulty.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("E321"), "{output:?}");
}

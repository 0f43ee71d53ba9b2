//! Bad input: one message for each fault, with file, line, field and what to do; exit code 2.

use super::support::SmallStudy;

/// Plans the study and returns what was said; it must end with exit code 2 and no panic.
fn said(study: &SmallStudy) -> String {
    let done = study.postroad(&["plan", "study.toml", "--rounds", "1"]).assert().code(2);
    let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    assert!(said.contains("hint: "), "{said}");
    assert!(done.get_output().stdout.is_empty());
    said
}

/// Changes a file of the study and expects a message that contains all of some texts.
fn expect(file: &str, from: &str, to: &str, texts: &[&str]) {
    let study = SmallStudy::new();
    study.replace(file, from, to);
    let said = said(&study);
    for text in texts {
        assert!(said.contains(text), "`{text}` is not in:\n{said}");
    }
}

#[test]
fn a_missing_study_and_a_missing_table() {
    let study = SmallStudy::new();
    let done = study.postroad(&["plan", "nothing.toml"]).assert().code(2);
    let stderr = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    assert!(stderr.contains("nothing.toml") && stderr.contains("cannot be read"), "{stderr}");
    std::fs::remove_file(study.path("zones.csv")).unwrap();
    std::fs::remove_file(study.path("upstream.csv")).unwrap();
    let said = said(&study);
    assert!(said.contains("zones.csv") && said.contains("upstream.csv"), "{said}");
}

#[test]
fn a_file_that_is_not_toml() {
    expect("study.toml", "[linehaul]", "[linehaul", &["E101", "study.toml:"]);
}

#[test]
fn fields_that_are_missing_unknown_or_of_the_wrong_type() {
    expect("study.toml", "wage = ", "wagge = ", &["own_van.wage", "own_van.wagge", "2 faults"]);
    let from = "shift = { value = 10,";
    expect("study.toml", from, "shift = { value = \"ten\",", &["own_van.shift", "study.toml:"]);
}

#[test]
fn numbers_that_are_negative_or_none() {
    let from = "van_parcels = { value = 250,";
    expect("study.toml", from, "van_parcels = { value = -250,", &["own_van.van_parcels", "-250"]);
    expect("study.toml", from, "van_parcels = { value = nan,", &["own_van.van_parcels"]);
}

#[test]
fn a_wrong_unit() {
    let from = "shift = { value = 10, unit = \"h\"";
    expect("study.toml", from, "shift = { value = 10, unit = \"min\"", &["own_van.shift", "min"]);
}

#[test]
fn a_share_that_cannot_be() {
    let from = "min_share = { value = 0.97,";
    expect("study.toml", from, "min_share = { value = 1.97,", &["min_share", "1.97"]);
}

#[test]
fn a_contract_that_contradicts_itself() {
    let from = "term = { value = 4,";
    let to =
        "max_parcels = { value = 1, unit = \"parcels/yr\", source = \"A21\" }\nterm = { value = 4,";
    expect("study.toml", from, to, &["E110", "contracts.extension"]);
}

#[test]
fn a_column_that_is_missing() {
    expect("zones.csv", "population", "people", &["zones.csv", "population"]);
}

#[test]
fn cells_that_are_wrong_all_in_one_go() {
    let study = SmallStudy::new();
    let zones = study.read("zones.csv");
    let mut lines: Vec<String> = zones.lines().map(str::to_owned).collect();
    let set = |line: &str, column: usize, value: &str| {
        let mut cells: Vec<&str> = line.split(',').collect();
        cells[column] = value;
        cells.join(",")
    };
    lines[1] = set(&lines[1], 1, "north");
    lines[2] = set(&lines[2], 4, "-5");
    lines[3] = set(&lines[3], 5, "NaN");
    lines[4] = set(&lines[4], 10, "DU99999");
    lines[5] = lines[6].clone();
    study.write("zones.csv", &lines.join("\n"));
    let said = said(&study);
    for text in [
        "zones.csv:2: lat",
        "zones.csv:3: population",
        "zones.csv:4: households",
        "zones.csv:5: delivery_unit",
        "zones.csv:7: zip",
    ] {
        assert!(said.contains(text), "`{text}` is not in:\n{said}");
    }
    assert!(said.contains("5 faults found"), "{said}");
}

#[test]
fn a_zone_that_nobody_can_serve() {
    let study = SmallStudy::new();
    // Rural hubs do not serve urban zones.
    study.replace("study.toml", "kind = \"leave\"", "kind = \"leave\"\nchannels = [\"rural_hub\"]");
    let done = study.postroad(&["plan", ".", "--scenario", "leave"]).assert().code(2);
    let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
    assert!(said.contains("no channel of this scenario reaches the ZIPs"), "{said}");
}

#[test]
fn flags_that_are_wrong() {
    let study = SmallStudy::new();
    study.postroad(&["study", "--gap", "2"]).assert().code(2);
    study.postroad(&["study", "--threads", "0"]).assert().code(2);
    study.postroad(&["plan", ".", "--scenario", "none"]).assert().code(2);
    study.postroad(&["demand-curve", ".", "--from", "3", "--to", "2"]).assert().code(2);
    study.postroad(&["check", "study.toml"]).assert().code(2);
}

#[test]
fn tables_that_are_no_tables() {
    let study = SmallStudy::new();
    study.write("zones.csv", "");
    study.write("units.csv", "PK\u{3}\u{4}\n");
    std::fs::remove_file(study.path("stations.csv")).unwrap();
    std::fs::create_dir(study.path("stations.csv")).unwrap();
    let centres = study.read("centres.csv");
    study.write("centres.csv", &format!("{centres}{}\n", centres.lines().nth(1).unwrap()));
    std::fs::write(study.path("upstream.csv"), [0x1f, 0x8b, 8, 0, 0, 0]).unwrap();
    let said = said(&study);
    for text in [
        "error[E207]: the table has no rows\n  --> zones.csv",
        "names no column of this table\n  --> units.csv:1",
        "hint: name a file, not a folder",
        "the first on line 2",
        "cannot be unpacked",
    ] {
        assert!(said.contains(text), "`{text}` is not in:\n{said}");
    }
}

#[test]
fn an_empty_study_is_one_fault() {
    let study = SmallStudy::new();
    study.write("study.toml", " \n");
    let said = said(&study);
    assert!(said.contains("the study is empty") && !said.contains("faults found"), "{said}");
}

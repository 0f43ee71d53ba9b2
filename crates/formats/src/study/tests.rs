//! The flagship study is read; every kind of fault in it is found, with its line and what to do.

use super::*;

const FLAGSHIP: &str = include_str!("../../../../examples/us-2026/study.toml");

fn flagship() -> Study {
    Study::read("study.toml", FLAGSHIP).unwrap()
}

/// The faults of the flagship after changes to its text.
fn faults_with(changes: &[(&str, &str)]) -> Vec<Fault> {
    let mut text = FLAGSHIP.to_string();
    for (from, to) in changes {
        assert!(text.contains(from), "the flagship has no {from}");
        text = text.replacen(from, to, 1);
    }
    Study::read("study.toml", &text).expect_err("a fault must be found")
}

/// One change makes exactly one fault, of this code, in this field; its cause says `cause`.
fn one_fault(change: (&str, &str), code: &str, field: &str, cause: &str) -> Fault {
    let faults = faults_with(&[change]);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    let fault = faults[0].clone();
    assert_eq!((fault.code, fault.place.field.as_deref()), (code, Some(field)), "{fault}");
    assert!(fault.cause.contains(cause), "{fault}");
    assert!(fault.place.line.is_some() && !fault.action.is_empty(), "{fault}");
    assert!(!fault.cause.ends_with('.') && !fault.action.ends_with('.'), "{fault}");
    fault
}

#[test]
fn the_flagship_is_read_with_units_sources_and_lines() {
    let study = flagship();
    assert_eq!(study.own_van.wage_usd_per_hour, 23.0);
    assert_eq!(study.contracts["extension"].tiers.len(), 3);
    assert_eq!(study.schedule.contract_end_quarter, 4 * 2026 + 3);
    let wage = study.quantity("own_van.wage").unwrap();
    assert_eq!(
        (wage.unit, wage.range, wage.source.as_str()),
        ("usd/h", Some((20.5, 25.0)), "S91, S92")
    );
    let line = FLAGSHIP.lines().nth(wage.line.unwrap() as usize - 1).unwrap();
    assert!(line.starts_with("wage = { value = 23"), "{line}");
    assert!(study.sources["S91"].starts_with("About Amazon, DSP investment"));
    // The card's mean over the mix of weights, half off: 0.5 · 7.0003.
    assert!((study.contracts["list_card"].unit_usd_per_parcel - 3.500_15).abs() < 1e-9);
}

#[test]
fn every_source_is_used_and_every_uncertain_number_can_be_moved() {
    let study = flagship();
    let used = |key: &String| {
        FLAGSHIP.matches(&format!("\"{key}\"")).count() > 0
            || study.sources.iter().any(|(k, text)| k != key && cites(text, key))
    };
    let unused: Vec<_> = study.sources.keys().filter(|key| !used(key)).collect();
    assert!(unused.is_empty(), "sources nobody cites: {unused:?}");
    let ranged: Vec<_> =
        study.quantities.iter().filter_map(|q| Some((&q.path, q.range?))).collect();
    assert!(ranged.len() > 60);
    assert_eq!(study.uncertain().len(), ranged.len());
    for (path, (low, high)) in ranged {
        for value in [low, high] {
            let moved = study.with_value(path, value);
            let moved = moved.unwrap_or_else(|f| panic!("{path} = {value}: {f:?}"));
            assert_eq!(moved.quantity(path).unwrap().value, value);
        }
    }
}

/// Whether a text names a source key as a word.
fn cites(text: &str, key: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| word == key)
}

#[test]
fn a_moved_value_moves_only_itself() {
    let study = flagship();
    let moved = study.with_value("contracts.extension.tiers[2].add", -0.05).unwrap();
    assert_eq!(moved.contracts["extension"].tiers[1].add_usd_per_parcel, -0.05);
    assert_eq!(moved.contracts["current"], study.contracts["current"]);
    let back = moved.with_value("contracts.extension.tiers[2].add", -0.10).unwrap();
    assert_eq!(*back, *study);
    let unknown = study.with_value("own_van.wagge", 1.0).unwrap_err();
    assert_eq!(
        (unknown[0].code, unknown[0].action.as_str()),
        ("E114", "did you mean `own_van.wage`?")
    );
    assert_eq!(study.with_value("own_van.wage", f64::NAN).unwrap_err()[0].code, "E106");
}

#[test]
fn each_kind_of_fault_is_named_with_its_field() {
    let wage = "wage = { value = 23,";
    one_fault((wage, "wage = { value = -23,"), "E106", "own_van.wage.value", "-23 is not from 0");
    one_fault((wage, "wage = { value = nan,"), "E106", "own_van.wage.value", "NaN is not from");
    one_fault((wage, "wage = { value = inf,"), "E106", "own_van.wage.value", "inf is not from");
    one_fault((wage, "wage = { value = \"23\","), "E103", "own_van.wage.value", "found a text");
    one_fault((wage, "wage = { value = 26,"), "E107", "own_van.wage.value", "found 20.5, 26, 25");
    one_fault(("low = 20.5, high = 25,", "low = 20.5,"), "E107", "own_van.wage.low", "both");
    one_fault((", unit = \"usd/h\"", ", unit = \"eur/h\""), "E105", "own_van.wage.unit", "`usd/h`");
    one_fault(("[\"S91\", \"S92\"]", "\"S9l\""), "E108", "own_van.wage.source", "`S9l`");
    one_fault((wage, "wages = 3\nwage = { value = 23,"), "E104", "own_van.wages", "not a field");
    one_fault(
        (
            "wage = { value = 23, low = 20.5, high = 25, unit = \"usd/h\", source = [\"S91\", \"S92\"] }\n",
            "",
        ),
        "E102",
        "own_van.wage",
        "missing",
    );
    one_fault(("start = \"2026-Q1\"", "start = \"2026-Q5\""), "E103", "schedule.start", "2026-Q5");
    one_fault(
        ("class = \"rural\"\n", "class = \"village\"\n"),
        "E109",
        "requirements[3].class",
        "village",
    );
    one_fault(
        ("contract = \"current\"", "contract = \"curent\""),
        "E109",
        "scenarios[1].contract",
        "curent",
    );
    one_fault(
        ("kind = \"leave\"", "kind = \"leave\"\nchannels = [\"own_van\", \"bike\"]"),
        "E109",
        "scenarios[4].channels",
        "bike",
    );
    one_fault(
        ("measure = \"own_parcels\"", "measure = \"own_parcel\""),
        "E109",
        "public_figures[1].measure",
        "own_parcel",
    );
    one_fault(
        ("name = \"leave\"", "name = \"auction\""),
        "E112",
        "scenarios[4].name",
        "two scenarios",
    );
}

#[test]
fn contradictions_between_fields_are_faults() {
    let listed = ("tornado_solves = 12", "tornado = [\"own_van.wages\"]");
    one_fault(listed, "E114", "method.tornado", "at `own_van.wages`");
    one_fault(
        ("min_share = { value = 0.97,", "min_share = { value = 1.2,"),
        "E106",
        "requirements[2].min_share.value",
        "1.2 is not from 0 to 1",
    );
    let maximum = "tier_rule = \"all_parcels\"\nmax_parcels = { value = 1, unit = \"parcels/yr\", source = \"A21\" }";
    let field = "contracts.extension.commitment";
    one_fault(("tier_rule = \"all_parcels\"", maximum), "E110", field, "above the maximum 1");
    let field = "contracts.extension.tiers";
    one_fault(("from = { value = 1.6e9", "from = { value = 0.9e9"), "E110", field, "do not ascend");
    one_fault(("from = { value = 0,", "from = { value = 5,"), "E110", field, "starts at 5");
    one_fault(("0.42, 0.18", "0.52, 0.18"), "E113", "demand.weight_share", "add up to 1.1");
    one_fault(("[5.60, 5.83,", "[5.60,"), "E113", "contracts.list_card.card.unit_rates", "found 6");
    one_fault(
        ("contract_end = \"2026-Q4\"", "contract_end = \"2025-Q4\""),
        "E113",
        "schedule.contract_end",
        "before the plan starts",
    );
    one_fault(
        ("within = { value = 1,", "within = { value = 1.5,"),
        "E106",
        "requirements[1].within",
        "1.5",
    );
}

#[test]
fn all_faults_are_found_in_one_go_and_in_order() {
    let faults = faults_with(&[
        ("wage = { value = 23,", "wage = { value = -23,"),
        ("radius = { value = 12,", "radios = { value = 12,"),
        ("seed = 2026", "seed = 2.5"),
        ("kind = \"auction\"", "kind = \"action\""),
    ]);
    let codes: Vec<&str> = faults.iter().map(|f| f.code).collect();
    assert_eq!(codes.len(), 5, "{faults:#?}");
    assert!(faults.is_sorted_by_key(|f| f.place.line));
    let hint = |code: &str| faults.iter().find(|f| f.code == code).unwrap().action.clone();
    assert_eq!(hint("E104"), "did you mean `radius`?");
    assert_eq!(hint("E109"), "did you mean `auction`?");
}

#[test]
fn a_file_that_is_not_toml_is_a_fault_with_its_line() {
    let faults = Study::read("s.toml", "name = \"x\"\n[demand\n").unwrap_err();
    assert_eq!((faults[0].code, faults[0].place.line), ("E101", Some(2)));
    let empty = Study::read("s.toml", "").unwrap_err();
    assert!(empty.len() == 1 && empty[0].cause.contains("empty"), "{empty:?}");
    let nearly = Study::read("s.toml", "name = \"x\"\n").unwrap_err();
    assert!(nearly.iter().any(|f| f.place.field.as_deref() == Some("demand")));
    assert!(nearly.len() < 30, "a missing table is one fault, not one for each of its fields");
}

//! `postroad auction` and `postroad bench auction`, as a user runs them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn postroad(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_postroad")).args(arguments).output().unwrap()
}

/// The JSON that a command prints.
fn json(arguments: &[&str]) -> Value {
    let output = postroad(&[arguments, &["--json", "-q"]].concat());
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A folder of its own for each test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("auction").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A market with two lots, worked out by hand: b1 and b3 win for 10 × (60 × 3 + 50 × 2.5).
fn by_hand(test: &str) -> PathBuf {
    let folder = folder(test);
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    write(
        "market.toml",
        "name = \"by hand\"\nseed = 7\ndays = 10\nopportunity_usd = 1\n\n\
         [scenario.two]\nnote = \"two winners in the west\"\n\
         [[scenario.two.winners]]\nlots = \"west\"\nleast = 2\nleast_parcels = 10\n\n\
         [scenario.none]\n[[scenario.none.winners]]\nlots = \"west\"\nleast = 2\n\
         least_parcels = 61\n",
    );
    write("lots.csv", "lot,region,parcels_per_day,reserve_usd\nA,west,60,1.5\nB,east,50,1\n");
    write("lot_sets.csv", "set,lot\nwest,A\n");
    write("bidders.csv", "bidder\nX\nY\n");
    write(
        "bids.csv",
        "bid,bidder,lot,parcels,price_usd\nb1,X,A,60,3\nb2,Y,A,60,2\nb3,Y,B,50,2.5\n\
         b4,X,B,50,0.75\n",
    );
    folder
}

#[test]
fn a_market_worked_out_by_hand() {
    let market = by_hand("by-hand");
    let out = market.join("out");
    let (market, out) = (market.to_str().unwrap(), out.to_str().unwrap());
    let outcome = json(&["auction", "clear", market, "--out", out]);
    assert_eq!(outcome["amount_usd"], "3050.00");
    assert_eq!(outcome["value_usd"], "1950.00");
    assert_eq!((&outcome["proven"], &outcome["bound_usd"]), (&true.into(), &"1950.00".into()));
    let read = |name: &str| fs::read_to_string(Path::new(out).join(name)).unwrap();
    assert!(read("awards.csv").contains("b1,X,lot,1,60,1800.00,"));
    assert_eq!(read("award_items.csv").lines().count(), 3);
    assert!(read("lots.csv").contains(",60,60,0,"));
    assert!(read("report.html").contains("2 winners bid"));
    let rules = [("as-bid", "3050.00"), ("vcg", "1700.00"), ("core", "1700.00")];
    for (rule, total) in rules {
        let priced = json(&["auction", "price", market, "--rule", rule]);
        assert_eq!(priced["payments"]["total_usd"], total, "{rule}");
    }
}

#[test]
fn a_bidder_is_told_what_its_bids_lacked() {
    let market = by_hand("explain");
    let market = market.to_str().unwrap();
    let bids = json(&["auction", "explain", market, "Y"]);
    let bid = |name: &str| bids.as_array().unwrap().iter().find(|b| b["bid"] == name).unwrap();
    assert_eq!(bid("b3")["fate"], "won");
    assert_eq!((&bid("b2")["fate"], &bid("b2")["short_usd"]), (&"outbid".into(), &"600.00".into()));
    let other = json(&["auction", "explain", market, "X"]);
    assert!(other.as_array().unwrap().iter().any(|b| b["bid"] == "b4" && b["fate"] == "reserve"));
    let unknown = postroad(&["auction", "explain", market, "Z"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn scenarios_are_compared() {
    let market = by_hand("scenario");
    let all = json(&["auction", "scenario", market.to_str().unwrap()]);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 3);
    let named = |name: &str| all.iter().find(|one| one["name"] == name).unwrap();
    // Ten parcels a day go to Y for a dollar less.
    assert_eq!(named("two")["costs_usd"], "100.00");
    assert!(named("none")["outcome"].is_null());
}

#[test]
fn drawn_markets_are_read_cleared_and_measured() {
    let folder = folder("drawn");
    for (name, kind) in [("selling", "--scale=0.002"), ("buying.json", "--scale=0.02")] {
        let path = folder.join(name);
        let path = path.to_str().unwrap();
        let buying = if name == "buying.json" { "--buying" } else { "--quiet" };
        let drawn = postroad(&["auction", "generate", kind, buying, "--out", path]);
        assert!(drawn.status.success(), "{drawn:?}");
        let line = json(&["bench", "auction", path, "--time", "2"]);
        for field in ["value", "bound", "gap", "seconds", "peak_mb", "seed"] {
            assert!(line[field].is_number(), "{field}: {line}");
        }
        assert!(line["bound"].as_f64() >= line["value"].as_f64(), "{line}");
        assert!(line["gap"].as_f64().unwrap() < 0.2, "{line}");
    }
}

#[test]
fn an_instance_of_cats_is_cleared() {
    let path = folder("cats").join("tiny.txt");
    fs::write(&path, "goods 3\nbids 3\ndummy 1\n0\t7\t1\t3\t#\n1\t10.5\t0\t2\t#\n2\t12\t0\t3\t#\n")
        .unwrap();
    let line = json(&["bench", "auction", path.to_str().unwrap(), "--time", "5"]);
    assert_eq!((&line["value"], &line["proven"]), (&17.5.into(), &true.into()));
}

#[test]
fn a_bad_line_among_many_is_told_and_nothing_is_kept() {
    let market = by_hand("bad");
    let mut bids = String::from("bid,bidder,lot,parcels,price_usd\n");
    for bid in 0..20_000 {
        let price = if bid == 12_345 { "2,35" } else { "2.35" };
        bids.push_str(&format!("b{bid},X,A,{},\"{price}\"\n", 1 + bid % 60));
    }
    fs::write(market.join("bids.csv"), bids).unwrap();
    let output = postroad(&["auction", "clear", market.to_str().unwrap()]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("bids.csv:12347: price_usd") && told.contains("E431"), "{told}");
    let nowhere = postroad(&["auction", "clear", "no-such-market"]);
    assert_eq!(nowhere.status.code(), Some(2));
    fs::remove_file(market.join("bids.csv")).unwrap();
    let nothing = postroad(&["auction", "clear", market.to_str().unwrap()]);
    assert_eq!((nothing.status.code(), nothing.stdout.len()), (Some(2), 0));
    let told = String::from_utf8(nothing.stderr).unwrap();
    assert!(told.contains("E419") && told.contains("packages.csv"), "{told}");
}

#[test]
fn files_do_not_depend_on_threads() {
    let folder = folder("threads");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_string();
    let market = path("market");
    let drawn =
        postroad(&["auction", "generate", "--units", "60", "--bidders", "20", "--out", &market]);
    assert!(drawn.status.success(), "{drawn:?}");
    let out = |threads: &str| {
        let out = path(threads);
        let words = ["auction", "price", &market, "--rule", "vcg", "--out", &out, "-q"];
        let done = postroad(&[&words[..], &["--threads", threads]].concat());
        assert!(done.status.success(), "{done:?}");
        let read = |name: &str| fs::read(Path::new(&out).join(name)).unwrap();
        ["awards.csv", "lots.csv", "outcome.json", "report.html"].map(read)
    };
    assert!(out("1") == out("4"));
    let explained = |threads: &str| {
        postroad(&["auction", "explain", &market, "local-020", "--json", "--threads", threads])
    };
    assert_eq!(explained("1").stdout, explained("4").stdout);
    let scenarios = "\n[scenario.half]\nreserve_factor = 0.5\n[scenario.free]\nreserve_usd = 0\n";
    let settings = Path::new(&market).join("market.toml");
    let text = fs::read_to_string(&settings).unwrap() + scenarios;
    fs::write(&settings, text).unwrap();
    let compared = |threads: &str| {
        let done =
            postroad(&["auction", "scenario", &market, "--json", "-q", "--threads", threads]);
        assert!(done.status.success(), "{done:?}");
        done.stdout
    };
    assert!(compared("1") == compared("4"));
    let unknown = postroad(&["auction", "scenario", &market, "--only", "half,nothing"]);
    assert_eq!((unknown.status.code(), unknown.stdout.len()), (Some(2), 0));
}

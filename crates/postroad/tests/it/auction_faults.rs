//! Bad input to the commands of auctions: one clear message with file, line and field, the exit
//! code that `--help` names, nothing on stdout and nothing written.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with a small sound market, and files beside it.
struct Place(TempDir);

const TABLES: [(&str, &str); 7] = [
    ("market.toml", "name = \"small\"\nseed = 7\ndays = 10\nopportunity_usd = 1\n"),
    ("lots.csv", "lot,region,parcels_per_day,reserve_usd\nA,west,60,1.5\nB,east,50,1\n"),
    ("lot_sets.csv", "set,lot\nwest,A\n"),
    ("bidders.csv", "bidder,budget_usd\nX,1000\nY,\n"),
    (
        "bids.csv",
        "bid,bidder,lot,parcels,price_usd,group\nb1,X,A,60,3,g\nb2,Y,A,60,2,\nb3,Y,B,50,2.5,\n\
         b4,X,B,50,0.75,g\n",
    ),
    ("packages.csv", "bid,bidder,amount_usd,group\np1,Y,900,h\n"),
    ("package_items.csv", "bid,lot,parcels\np1,A,10\np1,B,10\n"),
];

impl Place {
    fn new() -> Self {
        let place = Self(TempDir::new().unwrap());
        fs::create_dir(place.0.path().join("market")).unwrap();
        for (name, text) in TABLES {
            place.write(&format!("market/{name}"), text);
        }
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), content).unwrap();
    }

    /// Adds lines to a table of the market.
    fn add(&self, table: &str, rows: &str) {
        let path = self.path().join("market").join(table);
        let text = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, text + rows).unwrap();
    }

    fn postroad(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_postroad"));
        command.current_dir(self.path()).args(args).output().unwrap()
    }

    /// Runs a command that must fail with this exit code and say these texts, and leave nothing.
    fn fails(&self, args: &[&str], code: i32, texts: &[&str]) {
        let before = self.names();
        let output = self.postroad(args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(output.stdout.is_empty() && !said.contains("panicked"), "{args:?}: {said}");
        for text in texts {
            assert!(said.contains(text), "{args:?}: `{text}` is not in:\n{said}");
        }
        assert!(said.len() < 5_000, "{args:?}: {} bytes are said", said.len());
        assert_eq!(self.names(), before, "{args:?} leaves something behind");
    }

    fn names(&self) -> Vec<std::ffi::OsString> {
        let mut names: Vec<_> =
            fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    fn clear_fails(&self, market: &str, texts: &[&str]) {
        self.fails(&["auction", "clear", market, "--out", "out/deep"], 2, texts);
    }
}

#[test]
fn a_sound_market_is_cleared() {
    let place = Place::new();
    let output = place.postroad(&["auction", "clear", "market", "--out", "out/deep", "-q"]);
    assert!(output.status.success(), "{output:?}");
    assert!(place.path().join("out/deep/report.html").exists());
}

#[test]
fn byte_order_marks_and_line_ends_of_other_systems_are_read() {
    let place = Place::new();
    for (name, text) in TABLES {
        let text = text.replace('\n', "\r\n");
        place.write(&format!("market/{name}"), format!("\u{feff}{text}"));
    }
    let output = place.postroad(&["auction", "clear", "market", "-q"]);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn rows_that_are_wrong() {
    let cases: [(&str, &str, &[&str]); 25] = [
        ("bids.csv", "b5,X,A,5\n", &["E201", "bids.csv:6: price_usd", "4 cells"]),
        ("bids.csv", "b5,X,A,5,3,,8\n", &["E201", "bids.csv:6\n", "`8`"]),
        ("bids.csv", "b5,X,A,5,\"3,\n", &["E201", "bids.csv:6: group"]),
        ("bids.csv", "b5,X,A,NaN,3,\n", &["E404", "bids.csv:6: parcels"]),
        ("bids.csv", "b5,X,A,-1,3,\n", &["E404", "bids.csv:6: parcels"]),
        ("bids.csv", "b5,X,A,5,1e400,\n", &["E431", "bids.csv:6: price_usd"]),
        ("bids.csv", "b5,X,A,5,inf,\n", &["E431", "bids.csv:6: price_usd"]),
        ("bids.csv", "b5,X,A,5,-3,\n", &["E432", "bids.csv:6: price_usd"]),
        ("bids.csv", "b5,X,A,5,99999999999999999999,\n", &["E403", "bids.csv:6: price_usd"]),
        ("bids.csv", "b5,X,A,61,3,\n", &["E405", "bids.csv:6: parcels"]),
        ("bids.csv", "b5,X,Q,5,3,\n", &["E206", "bids.csv:6: lot", "`Q`"]),
        ("bids.csv", "b5,Q,A,5,3,\n", &["E206", "bids.csv:6: bidder", "`Q`"]),
        ("bids.csv", "b5,X,A,5,3,k;k\n", &["E412", "bids.csv:6: group"]),
        ("bids.csv", "b5,X,A,5,3,k;;l\n", &["E203", "bids.csv:6: group"]),
        ("bids.csv", "b5,X,A,5,3,h\n", &["E413", "packages.csv:2: group"]),
        ("bids.csv", "b2,X,B,5,3,\n", &["E407", "`b2`"]),
        ("bids.csv", "p1,X,B,5,3,\n", &["E409", "packages.csv:2: bid"]),
        ("bids.csv", "b\x005,X,A,5,3,\n", &["E203", "bids.csv:6: bid"]),
        ("packages.csv", "p2,Y,5,\n", &["E410", "packages.csv:3: bid"]),
        ("package_items.csv", "p1,p1,5\n", &["E206", "package_items.csv:4: lot"]),
        ("package_items.csv", "p2,A,5\n", &["E206", "package_items.csv:4: bid"]),
        ("package_items.csv", "p1,A,5\n", &["E411", "package_items.csv:4: lot"]),
        ("lots.csv", "A,west,60,1\n", &["E205", "lots.csv:4: lot"]),
        ("bidders.csv", "X,\n", &["E205", "bidders.csv:4: bidder"]),
        ("groups.csv", "group,at_most\nz,2\n", &["E414", "groups.csv:2: group"]),
    ];
    for (table, rows, texts) in cases {
        let place = Place::new();
        place.add(table, rows);
        place.clear_fails("market", texts);
    }
}

#[test]
fn files_that_are_wrong() {
    let place = Place::new();
    let bids = place.path().join("market/bids.csv");
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend("bid,bidder".bytes().flat_map(|byte| [byte, 0]));
    let heads = "lot,region,lot,reserve_usd\nA,west,60,1\n";
    let cases: [(&str, &[u8], &[&str]); 7] = [
        ("market/bids.csv", b"", &["E207", "bids.csv"]),
        ("market/bids.csv", b"bid,bidder,lot,parcels,price_usd\n", &["E207", "bids.csv"]),
        ("market/bids.csv", &utf16, &["E201", "bids.csv:1"]),
        ("market/bids.csv", b"\0\0\0\0", &["E202", "bids.csv:1"]),
        ("market/lots.csv", heads.as_bytes(), &["E202", "lots.csv:1: lot"]),
        ("market/market.toml", b"seed = 7\nseed = 8\n", &["E101", "market.toml:2"]),
        ("market/market.toml", b"days = 1\nsied = 8\n", &["E104", "market.toml:2: sied"]),
    ];
    for (file, bytes, texts) in cases {
        let place = Place::new();
        place.write(file, bytes);
        place.clear_fails("market", texts);
    }
    fs::remove_file(&bids).unwrap();
    fs::create_dir(&bids).unwrap();
    place.clear_fails("market", &["E001", "bids.csv", "name a file"]);
    place.clear_fails("nowhere", &["E001", "nowhere"]);
    place.write("long", "x".repeat(20_000_000));
    place.clear_fails("long", &["E419"]);
    fs::remove_dir(&bids).unwrap();
    place.write("market/bids.csv", "x".repeat(20_000_000));
    place.clear_fails("market", &["E202", "bids.csv:1"]);
}

#[test]
fn json_and_cats_that_are_wrong() {
    let place = Place::new();
    let nested = |open: &str, close: &str| open.repeat(100_000) + "1" + &close.repeat(100_000);
    let texts = [
        ("{\"lots\": [".to_string(), "E419"),
        (format!("{{\"lots\": {}}}", nested("[", "]")), "E331"),
        (format!("{{\"market\": {}}}", nested("{\"a\":", "}")), "E419"),
        (nested("[", "]"), "E419"),
        ("{\"lots\": [], \"lots\": []}".to_string(), "stands twice"),
        ("goods 3".to_string(), "E420"),
        ("goods 3\nbids 1\n0 1e400 0 #".to_string(), "single:3: price"),
        ("goods 3\nbids 1\n0 nan 0 #".to_string(), "single:3: price"),
        ("goods 3\nbids 1\n0 -5 0 #".to_string(), "single:3: price"),
        ("goods 3\nbids 1\n0 5 0 0 #".to_string(), "single:3: goods"),
        ("goods 3\nbids 1\n0 5 9 #".to_string(), "single:3: goods"),
        ("goods 3\nbids 1\n0 5 #".to_string(), "single:3: goods"),
        ("goods 3\nbids 1\n0 5 1".to_string(), "single:3: #"),
        ("goods 3\nbids 2\n0 5 1 #\n0 5 2 #".to_string(), "single:4: id"),
        ("goods 3\nbids 9\n0 5 1 #".to_string(), "single: bids"),
        ("goods 99999999999\nbids 1\n0 5 1 #".to_string(), "single:1: goods"),
    ];
    for (text, said) in texts {
        place.write("single", text);
        place.clear_fails("single", &[said]);
    }
}

/// What parties hand each other: keys, notices, messages, demands, logs.
#[test]
fn files_of_the_record_that_are_wrong() {
    let place = Place::new();
    let done = place.postroad(&["auction", "keys", "operator"]);
    assert!(done.status.success(), "{done:?}");
    let desk = ["--log", "log.jsonl", "--key", "operator.secret.json"];
    let fails = |args: &[&str], texts: &[&str]| {
        place.fails(&[&["auction"], args, &desk].concat(), 2, texts);
    };
    place.fails(&["auction", "keys", "operator"], 2, &["E450", "there is a key already"]);
    place.fails(&["auction", "keys", "../x"], 2, &["E450"]);
    let deep = "[".repeat(100_000);
    let notice = "title = \"T\"\noperator = \"O\"\nopens = \"2026-11-23T09:00:00Z\"\n\
                  closes = \"2026-11-24T09:00:00Z\"\npricing = \"core\"\n";
    let clock = "[clock]\nstart_usd = 1\nincrement_percent = 5\nleast_increment_usd = 0.01\n\
                 most_rounds = 9\nactivity = [{ from_round = 1, percent = 80 }]\n";
    let notices = [
        (String::new(), "E454"),
        (deep.clone(), "E454"),
        (notice.to_string(), "exactly one of"),
        (notice.replace("23T09", "23T9"), "notice.toml:3: opens"),
        (notice.replace("core", "dear"), "notice.toml:5: pricing"),
        (format!("{notice}{}", clock.replace("= 5", "= nan")), "clock.increment_percent"),
        (format!("{notice}{}", clock.replace("= 1\n", "= -1\n")), "clock.start_usd"),
        (format!("{notice}{}", clock.replace("80", "101")), "rule \"activity\""),
        (format!("{notice}{}", clock.replace("= 9", "= 0")), "rule \"rounds\""),
        (format!("{notice}{clock}").replace("24T", "22T"), "rule \"schedule\""),
    ];
    for (text, said) in notices {
        place.write("notice.toml", text);
        fails(&["notice", "notice.toml", "market", "--at", "2026-11-22T09:00:00Z"], &[said]);
    }
    fails(&["notice", "nowhere.toml", "market"], &["E001", "nowhere.toml"]);
    fails(&["close"], &["E001", "log.jsonl"]);
    place.write("notice.toml", format!("{notice}{clock}"));
    let announce = ["notice", "notice.toml", "market", "--at", "2026-11-22T09:00:00Z"];
    let done = place.postroad(&[&["auction"], &announce[..], &desk].concat());
    assert!(done.status.success(), "{done:?}");
    fails(&announce, &["E451", "there is a file already"]);
    for (text, said) in [("", "E450"), ("{}", "E450"), (&*deep, "E450"), ("\0", "E450")] {
        place.write("key.json", text);
        fails(&["admit", "key.json", "--points", "5"], &[said, "key.json"]);
    }
    fails(&["admit", "market", "--points", "5"], &["E001", "name a file"]);
    for (text, said) in [("", "E452"), ("{\"auction\": 5}", "E452"), (&*deep, "E452")] {
        place.write("message.json", text);
        fails(&["receive", "message.json"], &[said, "message.json"]);
    }
    place.write("demand.csv", "lot,parcel\nA,5\n");
    let demand = ["demand", "demand.csv", "--out", "demand.message"];
    fails(&demand, &["E202", "demand.csv:1: parcels"]);
    place.write("demand.csv", "lot,parcels\nA,5\nA,-1\n");
    fails(&demand, &["E404", "demand.csv:3: parcels"]);
    place.write("packages.csv", "package,lot,parcels,amount_usd\n1,A,5,nan\n");
    let packages = ["packages", "packages.csv", "--out", "packages.message"];
    fails(&packages, &["E431", "packages.csv:2: amount_usd"]);
    let log = fs::read_to_string(place.path().join("log.jsonl")).unwrap();
    let logs = [
        (String::new(), "it has no entry"),
        ("\n".into(), "entry 1: it is no entry"),
        (deep, "the log ends in the middle of it"),
        (format!("{log}{log}"), "its sequence number is 1"),
        (log.replace("\"version\":1", "\"version\":7,\"more\":0"), "the log is of version 7"),
        (log.trim_end().to_string(), "the log ends in the middle of it"),
        (log.replace("\"title\"", "\"titel\""), "entry 1: it is no entry"),
    ];
    for (text, said) in logs {
        place.write("wrong.jsonl", text);
        place.fails(&["auction", "verify", "wrong.jsonl"], 1, &[said]);
    }
    place.write("receipt.json", "{}");
    place.fails(&["auction", "receipt", "check", "receipt.json"], 2, &["E456"]);
}

#[test]
fn rules_that_no_award_keeps_are_named() {
    let place = Place::new();
    let rules = "[[winners]]\nleast = 2\nleast_parcels = 10\n[[bidder_share]]\nmost_parcels = 5\n";
    place.add("market.toml", rules);
    let texts = ["in conflict", "`bidder_share`", "`winners`"];
    for command in ["clear", "price"] {
        place.fails(&["auction", command, "market", "--out", "out"], 1, &texts);
    }
    place.fails(&["auction", "explain", "market", "X"], 1, &texts);
}

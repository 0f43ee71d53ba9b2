//! The record of an auction as its parties make it: from keys to a verified log, by commands.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use postroad_record::bytes::Hash;
use postroad_record::entry::Entry;
use postroad_record::event::Event;
use postroad_record::keys::Signing;
use postroad_record::replay::Replay;
use serde_json::Value;
use tempfile::TempDir;

use super::support::root;

const LOTS: &str = "\
lot,parcels_per_day,days,reserve_usd,opportunity_usd
north/am,100,10,1.00,0.50
south/am,80,10,1.00,0.50
west/am,60,10,1.00,0.50
";
const BIDDERS: &str = "bidder\nAcme\nBolt\n";
const BIDS: &str = "\
bid,bidder,lot,parcels,price_usd
a1,Acme,north/am,80,2.00
a2,Acme,west/am,60,1.50
b1,Bolt,north/am,90,1.80
b2,Bolt,south/am,80,0.90
";
const NOTICE: &str = "\
title = \"Access to three units\"
operator = \"The operator\"
opens = \"2026-11-23T09:00:00Z\"
closes = \"2026-11-24T09:00:00Z\"
pricing = \"as_bid\"
rounds = 5
";
const OFFICERS: &str = "
[officers]
quorum = 2
public_keys = [\"anna.public.json\", \"ben.public.json\", \"chris.public.json\"]
";
const CLOCK: &str = "
[clock]
increment_percent = 10
least_increment_usd = 0.05
most_rounds = 30
activity = [{ from_round = 1, percent = 100 }]
supplementary = { relative = true, last_round = true }
";

/// A folder in which an auction is held.
struct Hall(TempDir);

impl Hall {
    fn new(method: &str) -> Self {
        let hall = Self(TempDir::new().unwrap());
        fs::create_dir(hall.path().join("market")).unwrap();
        for (name, text) in [("lots.csv", LOTS), ("bidders.csv", BIDDERS), ("bids.csv", BIDS)] {
            fs::write(hall.path().join("market").join(name), text).unwrap();
        }
        fs::write(hall.path().join("notice.toml"), format!("{NOTICE}{method}")).unwrap();
        for name in ["operator", "anna", "ben", "chris", "Acme", "Bolt"] {
            hall.done(&["keys", name]);
        }
        hall
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn auction(&self, args: &[&str]) -> Command {
        let mut command = Command::cargo_bin("postroad").unwrap();
        command.current_dir(self.path()).arg("auction").args(args);
        command
    }

    fn done(&self, args: &[&str]) -> String {
        let done = self.auction(args).assert().success();
        String::from_utf8(done.get_output().stdout.clone()).unwrap()
    }

    fn fails(&self, args: &[&str], code: i32) -> String {
        let done = self.auction(args).assert().code(code);
        String::from_utf8(done.get_output().stderr.clone()).unwrap()
    }

    /// A command of the operator at a time.
    fn desk(&self, args: &[&str], day_and_hour: &str) -> String {
        let at = format!("2026-11-{day_and_hour}:00:00Z");
        let desk = ["--log", "log.jsonl", "--key", "operator.secret.json", "--at", &at];
        self.done(&[args, &desk].concat())
    }

    /// A message of somebody else, handed to the operator.
    fn hands_in(&self, who: &str, args: &[&str], day_and_hour: &str) -> String {
        let (key, out) = (format!("{who}.secret.json"), format!("{who}.message"));
        let own = ["--log", "log.jsonl", "--key", &key, "--out", &out];
        self.done(&[args, &own].concat());
        self.desk(&["receive", &out, "--receipts", "receipts"], day_and_hour)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path().join("log.jsonl")).unwrap()
    }

    /// A sealed auction up to the closing.
    fn closed() -> Self {
        let hall = Self::new(OFFICERS);
        hall.desk(&["notice", "notice.toml", "market"], "22T09");
        hall.desk(&["admit", "Acme.public.json", "Bolt.public.json"], "22T10");
        assert!(hall.hands_in("Acme", &["submit", "market"], "23T10").contains("the bid stands"));
        hall.hands_in("Bolt", &["submit", "market"], "23T11");
        hall.desk(&["close"], "24T09");
        hall
    }

    /// A sealed auction with its outcome.
    fn settled() -> Self {
        let hall = Self::closed();
        hall.hands_in("anna", &["publish-key"], "24T10");
        hall.hands_in("chris", &["publish-key"], "24T10");
        assert!(hall.desk(&["open"], "24T11").contains("2 of 2 bids count"));
        hall.desk(&["settle"], "24T12");
        hall
    }
}

#[test]
fn a_sealed_auction_from_notice_to_verified_log() {
    let hall = Hall::settled();
    let said = hall.done(&["verify", "log.jsonl", "--operator", "operator.public.json"]);
    assert!(said.starts_with("valid: 11 entries, the auction is settled"), "{said}");
    // Acme 80 at 2.00 and Bolt 20 at 1.80 of the first lot, Acme 60 at 1.50 of the third; what
    // Bolt bids for the second is below the reserve.
    let last = hall.log().lines().last().unwrap().to_owned();
    let last: Value = serde_json::from_str(&last).unwrap();
    let payments = &last["event"]["payments"];
    assert_eq!(payments["payments"][0]["micros"], 2_500_000_000_i64);
    assert_eq!(payments["payments"][1]["micros"], 360_000_000_i64);
    let other = hall.fails(&["verify", "log.jsonl", "--operator", "anna.public.json"], 1);
    assert!(other.contains("it was kept by"), "{other}");
    hall.done(&["receipt", "check", "receipts/4.receipt.json", "log.jsonl"]);
}

#[test]
fn a_quorum_of_officers_must_act_and_a_late_bid_is_refused() {
    let hall = Hall::closed();
    let at = ["--log", "log.jsonl", "--key", "operator.secret.json", "--at"];
    let alone = [&["open"], &at[..], &["2026-11-24T11:00:00Z"]].concat();
    let said = hall.fails(&alone, 2);
    assert!(said.contains("E453") && said.contains("0 keys are published, 2 are needed"), "{said}");
    let late = [&["receive", "Acme.message"], &at[..], &["2026-11-24T11:00:00Z"]].concat();
    assert!(hall.fails(&late, 2).contains("order"));
    let unfinished = hall.fails(&["verify", "log.jsonl"], 1);
    assert!(unfinished.contains("the auction closed"), "{unfinished}");
    hall.done(&["verify", "log.jsonl", "--unfinished"]);
}

/// The usual mistakes, each with what is said; none of them changes the log.
#[test]
fn mistakes_are_told_and_change_nothing() {
    let hall = Hall::new(OFFICERS);
    hall.desk(&["notice", "notice.toml", "market"], "22T09");
    hall.desk(&["admit", "Acme.public.json", "Bolt.public.json"], "22T10");
    hall.hands_in("Acme", &["submit", "market"], "23T10");
    let fails = |line: &str, expected: &str| {
        let before = hall.log();
        let said = hall.fails(&line.split(' ').collect::<Vec<_>>(), 2);
        assert!(said.contains(expected), "{line}: {said}");
        assert_eq!(said.matches("error").count(), 1, "{said}");
        assert_eq!(hall.log(), before, "{line}");
    };
    let own = |command: &str, key: &str| {
        format!("{command} --log log.jsonl --key {key}.secret.json --out x.message")
    };
    let desk = |command: &str, hour: &str| {
        let at = format!("--at 2026-11-{hour}:00:00Z");
        format!("{command} --log log.jsonl --key operator.secret.json {at}")
    };
    fails(&desk("notice notice.toml market", "22T09"), "there is a file already");
    fails(&desk("admit anna.secret.json", "23T11"), "this is no public key file");
    fails(&desk("admit Acme.public.json", "23T11"), "there is a bidder \"Acme\" already");
    fails(&own("submit market", "chris"), "is no admitted bidder");
    fails("submit market --log log.jsonl --key log.jsonl --out x", "this is no secret key file");
    fails(&desk("receive Acme.message", "23T11"), "entered already");
    fails(&desk("receive Acme.kept.json", "23T11"), "this is no message");
    fails(&desk("close", "23T11"), "is before the closing");
    fails(&own("publish-key", "anna"), "the auction is open for bids, not closed");
    let at = "--at 2026-11-23T11:00:00Z";
    let others = format!("receive Acme.message --log log.jsonl --key Acme.secret.json {at}");
    fails(&others, "the log is kept by");
    hall.desk(&["close"], "24T09");
    fails(&own("submit market", "Bolt"), "the auction is closed, not open for bids");
    fails(&own("publish-key", "Bolt"), "only an officer of the notice publishes a key");
    hall.hands_in("anna", &["publish-key"], "24T10");
    fails(&desk("receive anna.message", "24T10"), "this key is published already");
    fails(&desk("open", "24T10"), "1 keys are published, 2 are needed");
    fails(&desk("settle", "24T10"), "the auction is closed, its bids are not opened");
    // Two officers have lost their keys.
    hall.desk(&["cancel", "--reason", "keys are lost"], "24T11");
    assert!(hall.done(&["verify", "log.jsonl"]).contains("the auction is cancelled"));
    fails(&desk("settle", "24T12"), "the auction is cancelled");
}

#[test]
fn what_is_changed_in_a_log_is_found_and_named() {
    let hall = Hall::settled();
    let log = hall.log();
    let lines: Vec<&str> = log.lines().collect();
    let changed = |text: String| {
        fs::write(hall.path().join("changed.jsonl"), text).unwrap();
        hall.fails(&["verify", "changed.jsonl"], 1)
    };
    let cut = lines[..8].iter().map(|line| format!("{line}\n")).collect();
    assert!(changed(cut).contains("ends after entry 8"));
    assert!(changed(log[..log.len() - 1].into()).contains("the log ends in the middle of it"));
    let award = changed(log.replacen("\"accepted\":80", "\"accepted\":79", 1));
    assert!(award.contains("entry 10: the operator's seal is not one of this entry"), "{award}");
    let dropped = log.replacen(&format!("{}\n", lines[4]), "", 1);
    assert!(changed(dropped).contains("entry 5: its sequence number is 6"));
    // A receipt holds the operator to what it entered.
    fs::write(hall.path().join("short.jsonl"), format!("{}\n", lines[0])).unwrap();
    let said = hall.fails(&["receipt", "check", "receipts/4.receipt.json", "short.jsonl"], 1);
    assert!(said.contains("the log is shorter"), "{said}");
}

/// The operator announces another outcome of the same bids, signed with its own key.
fn announced_anew(hall: &Hall, change: impl Fn(&mut Event)) {
    let secret = fs::read_to_string(hall.path().join("operator.secret.json")).unwrap();
    let secret: Value = serde_json::from_str(&secret).unwrap();
    let secret = Hash::parse(secret["signing_secret"].as_str().unwrap()).unwrap();
    let operator = Signing::from_secret(&secret.0);
    let log = hall.log();
    let lines: Vec<&str> = log.lines().collect();
    let opened = lines[..9].iter().map(|line| format!("{line}\n")).collect::<String>();
    let (mut replay, result) = Replay::of(opened.as_bytes(), |_, _| Ok(()));
    assert_eq!(result, Ok(()));
    let mut text = opened;
    for line in &lines[9..] {
        let mut entry: Entry = serde_json::from_str(line).unwrap();
        change(&mut entry.event);
        let (line, _) = replay.announce(entry.event, entry.time, &operator).unwrap();
        text += &format!("{line}\n");
    }
    fs::write(hall.path().join("anew.jsonl"), text).unwrap();
}

/// Acme's second bid alone: 600 parcels at 1.50 dollars, of which 0.50 are avoided.
fn award_less(event: &mut Event) {
    match event {
        Event::Clearing(clearing) => {
            clearing.award.retain(|won| won.bid == "a2");
            clearing.value_micros = 600_000_000;
            clearing.proven = false;
        }
        Event::Payments(payments) => {
            payments.payments.truncate(1);
            payments.payments[0].micros = 900_000_000;
            payments.total_micros = 900_000_000;
        }
        _ => {}
    }
}

#[test]
fn another_outcome_that_breaks_no_rule_is_found_by_computing_it_again() {
    let hall = Hall::settled();
    announced_anew(&hall, |event| {
        if let Event::Payments(payments) = event {
            payments.payments[0].micros -= 1;
            payments.total_micros -= 1;
        }
    });
    let paid = hall.fails(&["verify", "anew.jsonl"], 1);
    assert!(paid.contains("entry 11 (payments): rule \"recomputation\""), "{paid}");
    announced_anew(&hall, |event| {
        if let Event::Payments(payments) = event {
            payments.exact = false;
        }
    });
    let exact = hall.fails(&["verify", "anew.jsonl"], 1);
    assert!(exact.contains("entry 11 (payments): rule \"recomputation\""), "{exact}");
    announced_anew(&hall, award_less);
    for more in [&[][..], &["--other-version"]] {
        let won = hall.fails(&[&["verify", "anew.jsonl"], more].concat(), 1);
        assert!(won.contains("entry 10 (clearing): rule \"recomputation\""), "{won}");
    }
}

#[test]
fn an_outcome_of_another_version_is_accepted_only_if_asked_for_and_not_disproved() {
    let hall = Hall::settled();
    let older = |event: &mut Event| {
        if let Event::Clearing(clearing) = event {
            clearing.software = "postroad 0.0.1".into();
        }
    };
    // Another version with the same outcome is as good as the same version.
    announced_anew(&hall, older);
    assert!(!hall.done(&["verify", "anew.jsonl"]).contains("accepted"));
    announced_anew(&hall, |event| {
        older(event);
        award_less(event);
    });
    let said = hall.fails(&["verify", "anew.jsonl"], 1);
    assert!(said.contains("cleared by postroad 0.0.1, this is postroad"), "{said}");
    assert!(said.contains("2060000000 micros is computed, 600000000 are told"), "{said}");
    assert!(said.contains("--other-version"), "{said}");
    let said = hall.done(&["verify", "anew.jsonl", "--other-version"]);
    assert!(said.contains("\naccepted cleared by postroad 0.0.1"), "{said}");
    announced_anew(&hall, |event| {
        older(event);
        award_less(event);
        if let Event::Clearing(clearing) = event {
            (clearing.bound_micros, clearing.proven) = (600_000_000, true);
        }
    });
    let said = hall.fails(&["verify", "anew.jsonl", "--other-version"], 1);
    assert!(said.contains("rule \"bound\": 600000000 micros; there is an award worth"), "{said}");
}

#[test]
fn bids_that_were_committed_to_count_once_they_are_revealed() {
    let hall = Hall::new("\n[commitments]\nreveals_until = \"2026-11-25T09:00:00Z\"\n");
    hall.desk(&["notice", "notice.toml", "market"], "22T09");
    hall.desk(&["admit", "Acme.public.json", "Bolt.public.json"], "22T10");
    hall.hands_in("Acme", &["submit", "market"], "23T10");
    hall.hands_in("Bolt", &["submit", "market"], "23T11");
    hall.hands_in("Bolt", &["withdraw"], "23T12");
    hall.hands_in("Bolt", &["submit", "market"], "23T13");
    let early = ["reveal", "Acme.kept.json", "--log", "log.jsonl", "--key", "Acme.secret.json"];
    let early = [&early[..], &["--out", "early.message"]].concat();
    assert!(hall.fails(&early, 2).contains("the auction is open for bids, not closed"));
    assert!(!hall.path().join("early.message").exists());
    hall.desk(&["close"], "24T09");
    let other = ["reveal", "Bolt.kept.json", "--log", "log.jsonl", "--key", "Acme.secret.json"];
    let other = [&other[..], &["--out", "other.message"]].concat();
    assert!(hall.fails(&other, 2).contains("this is not what was committed to"));
    hall.hands_in("Acme", &["reveal", "Acme.kept.json"], "24T10");
    assert!(hall.desk(&["open"], "25T09").contains("1 of 2 bids count"));
    hall.desk(&["settle"], "25T10");
    hall.done(&["verify", "log.jsonl"]);
}

#[test]
fn a_clock_from_notice_to_verified_log() {
    let hall = Hall::new(CLOCK);
    hall.desk(&["notice", "notice.toml", "market"], "22T09");
    let said = hall.desk(&["clock", "market", "--points", "240"], "22T10");
    assert!(said.contains("2 bidders"), "{said}");
    hall.desk(&["settle"], "24T12");
    let said = hall.done(&["verify", "log.jsonl"]);
    assert!(said.contains("the auction is settled"), "{said}");
}

/// A shipper's market: both lots must be bought whole.
fn shipper(clock: &str) -> Hall {
    let hall = Hall::new(clock);
    let lots = "lot,parcels_per_day,days,required\nnorth,100,10,true\nsouth,50,10,true\n";
    fs::write(hall.path().join("market/lots.csv"), lots).unwrap();
    fs::write(hall.path().join("market/market.toml"), "side = \"buying\"\n").unwrap();
    fs::remove_file(hall.path().join("market/bids.csv")).unwrap();
    hall.desk(&["notice", "notice.toml", "market"], "22T09");
    hall.desk(&["admit", "Acme.public.json", "Bolt.public.json", "--points", "150"], "22T10");
    hall
}

/// A round of an hour of a clock by hand; nobody says what is empty.
fn round_by_hand(hall: &Hall, hour: u32, wants: [&str; 2]) -> String {
    let (now, ends) = (format!("23T{hour:02}"), format!("2026-11-23T{:02}:00:00Z", hour + 1));
    hall.desk(&["round", "--ends", &ends], &now);
    for (bidder, rows) in ["Acme", "Bolt"].iter().zip(wants).filter(|one| !one.1.is_empty()) {
        fs::write(hall.path().join("demand.csv"), format!("lot,parcels\n{rows}")).unwrap();
        hall.hands_in(bidder, &["demand", "demand.csv"], &now);
    }
    hall.desk(&["end-round"], &format!("23T{:02}", hour + 1))
}

const FALLING: &str = "
[clock]
start_usd = 4.00
increment_percent = 10
least_increment_usd = 0.05
most_rounds = 30
waivers = 1
activity = [{ from_round = 1, percent = 50 }]
";

#[test]
fn a_buyers_clock_by_hand_buys_what_its_last_step_drove_away() {
    let hall = shipper(FALLING);
    let said = round_by_hand(&hall, 9, ["north,100\nsouth,50\n", "north,80\n"]);
    assert!(said.contains("round 1 ends, 1 lots are asked for too much\n"), "{said}");
    let said = round_by_hand(&hall, 10, ["north,60\nsouth,50\n", ""]);
    assert!(said.contains("0 lots are asked for too much, 1 required lots are not"), "{said}");
    assert!(said.contains("1 bidders use a waiver\n"), "{said}");
    let said = round_by_hand(&hall, 11, ["north,60\nsouth,50\n", "north,30\n"]);
    assert!(said.contains("1 required lots are not offered whole, and the clock ends"), "{said}");
    hall.desk(&["close"], "24T09");
    let said = hall.desk(&["settle"], "24T10");
    // 90 parcels of the north at 3.60 dollars, 10 more and the 50 of the south at 4.00.
    assert!(said.contains("payments of $5640.000000"), "{said}");
    let said = hall.done(&["verify", "log.jsonl"]);
    assert!(said.contains("the auction is settled"), "{said}");
}

#[test]
fn a_clock_that_cannot_be_cleared_names_the_lots_and_is_cancelled() {
    let hall = shipper(FALLING);
    let said = round_by_hand(&hall, 9, ["north,90\n", "south,50\n"]);
    assert!(said.contains("1 required lots are not offered whole"), "{said}");
    hall.desk(&["close"], "24T09");
    let desk = ["--log", "log.jsonl", "--key", "operator.secret.json"];
    let at = ["--at", "2026-11-24T10:00:00Z"];
    let said = hall.fails(&[&["settle"], &desk[..], &at].concat(), 2);
    assert!(said.contains("too little is offered for required lot `north`"), "{said}");
    assert!(said.contains("auction cancel --reason"), "{said}");
    hall.desk(&["cancel", "--reason", "too little is offered"], "24T11");
    assert!(hall.done(&["verify", "log.jsonl"]).contains("the auction is cancelled"));
}

#[test]
fn an_outcome_is_told_in_the_open_contracting_data_standard() {
    let hall = Hall::settled();
    let text = hall.done(&["ocds", "log.jsonl", "--ocid", "ocds-abc123-1"]);
    let package: Value = serde_json::from_str(&text).unwrap();
    let schema = root().join("crates/postroad/tests/it/ocds/release-schema-1.1.4.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::draft4::new(&schema).unwrap();
    let release = &package["releases"][0];
    let errors: Vec<String> =
        validator.iter_errors(release).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(release["awards"][0]["value"]["amount"], 2_500.0);
    assert_eq!(release["tender"]["status"], "complete");
    // A test of the test: the schema does refuse.
    let mut wrong = release.clone();
    wrong["tender"]["numberOfTenderers"] = "two".into();
    assert!(!validator.is_valid(&wrong));
}

//! Markets from tables: what is read, what is told, and that order does not matter.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use postroad_model::auction::{Offer, Rule, Side};
use postroad_model::{BidId, BidderId, LotSetId};

use super::*;
use crate::cats;

const SETTINGS: &str = "name = \"small\"\nseed = 7\ndays = 300\nreserve_usd = 1.10\n\n\
    [[shared_capacity]]\nlots = \"dock\"\nmost_parcels = 500\n\n\
    [[bidder_share]]\neach = \"region\"\nmost_share = 0.5\n\n\
    [[set_aside]]\nname = \"small bidders\"\nleast_share = 0.1\n\n\
    [[winners]]\neach = \"region\"\nleast = 1\nleast_parcels = 10\n\n\
    [scenario.open]\nnote = \"no rules\"\nwithout_rules = [\"winners\", \"small bidders\"]\n\
    reserve_factor = 0.5\nwithout_bidders = [\"Local\"]\n";
const LOTS: &str = "lot,region,parcels_per_day,days,reserve_usd,opportunity_usd,lat,lon\n\
    A,West,400,,1.25,0.9,44.1,-73.2\nB,West,300,,,,,\nC,East,100,250,0.80,0.7,41,-70\n";
const LOT_SETS: &str = "set,lot\ndock,A\ndock,B\n";
const BIDDERS: &str = "bidder,kind,budget_usd,least_parcels,most_parcels,most_bids,small,incumbent\n\
    Giant,carrier,2500000.50,50,700,,,yes\nLocal,,,,,2,true,\nSilent,,,,,,,\n";
const BIDS: &str = "bid,bidder,lot,step,least_parcels,parcels,price_usd,group\n\
    g1,Giant,A,1,40,200,2.35,x\ng1,Giant,A,2,,100,2.10,\nl1,Local,B,,,50,2.5,y\n\
    l2,Local,C,,100,100,1.75,y;z\n";
const PACKAGES: &str = "bid,bidder,amount_usd,group\np1,Giant,250000,x\n";
const ITEMS: &str = "bid,lot,parcels\np1,C,60\np1,B,200\n";
const GROUPS: &str = "group,bidder,at_most\ny,Local,2\n";

fn tables() -> BTreeMap<String, String> {
    let all = [
        ("lots.csv", LOTS),
        ("lot_sets.csv", LOT_SETS),
        ("bidders.csv", BIDDERS),
        ("bids.csv", BIDS),
        ("packages.csv", PACKAGES),
        ("package_items.csv", ITEMS),
        ("groups.csv", GROUPS),
    ];
    all.into_iter().map(|(name, text)| (name.into(), text.into())).collect()
}

fn read_scenario(
    settings: &str,
    tables: &BTreeMap<String, String>,
    scenario: Option<&str>,
) -> Result<Market, Vec<postroad_model::Fault>> {
    let open = |name: &str| {
        let table = tables.get(name).cloned();
        Ok(table.map(|text| Box::new(Cursor::new(text.into_bytes())) as Box<dyn Read>))
    };
    let files = Files {
        settings: ("market.toml", settings),
        scenarios: vec![("extra".into(), "scenarios/extra.toml", "reserve_usd = 9\n")],
        shown: &str::to_string,
        open: &open,
    };
    read(&files, scenario)
}

fn market() -> Market {
    read_scenario(SETTINGS, &tables(), None).unwrap()
}

/// Reads tables of which some are replaced and expects these faults and no others.
fn expect(settings: &str, replaced: &[(&str, &str)], texts: &[&str]) {
    let mut tables = tables();
    for &(name, text) in replaced {
        tables.insert(name.into(), text.into());
    }
    let faults = read_scenario(settings, &tables, None).unwrap_err();
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let told = told.join("\n");
    for text in texts {
        assert!(told.contains(text), "`{text}` is not in:\n{told}");
    }
    assert_eq!(faults.len(), texts.len(), "{told}");
}

#[test]
fn tables_become_a_problem() {
    let market = market();
    let problem = &market.problem;
    assert_eq!((problem.side, problem.lots.len(), problem.bids.len()), (Side::Selling, 3, 4));
    let [a, b, c] = problem.lots.as_slice() else { panic!("three lots") };
    assert_eq!((a.days, a.reserve_micros, a.opportunity_micros), (300, Some(1_250_000), 900_000));
    assert_eq!((b.reserve_micros, c.days, b.opportunity_micros), (Some(1_100_000), 250, 0));
    let steps: Vec<_> =
        problem.steps(BidId(0)).iter().map(|s| (s.parcels, s.price_micros)).collect();
    assert_eq!(steps, [(200, 2_350_000), (100, 2_100_000)]);
    let Offer::Schedule { least_parcels, .. } = problem.bids[BidId(0)].offer else { panic!() };
    assert_eq!((least_parcels, problem.items(BidId(3)).len()), (40, 2));
    let names: Vec<&str> = market.names.bids.iter().collect();
    assert_eq!(names, ["g1", "l1", "l2", "p1"]);
    assert_eq!(problem.bids[BidId(0)].ticket, ticket(7, "g1"));
    assert_eq!(market.names.bidders.iter().collect::<Vec<_>>(), ["Giant", "Local", "Silent"]);
    assert_eq!(problem.bidders[BidderId(0)].budget_micros, Some(2_500_000_500_000));
    assert_eq!(market.names.groups, ["x", "y", "z"]);
    let groups: Vec<_> = problem.groups.iter().map(|g| (g.bids.len(), g.at_most)).collect();
    assert_eq!(groups, [(2, 1), (2, 2), (1, 1)]);
}

#[test]
fn a_ticket_is_a_published_hash() {
    // printf 7:g1 | sha256sum
    assert_eq!(ticket(7, "g1"), 0x8e69_c12f_09a3_663a);
}

#[test]
fn rules_are_for_sets_of_lots() {
    let market = market();
    let sets: Vec<&str> = market.names.lot_sets.iter().map(String::as_str).collect();
    assert_eq!(sets, ["all", "dock", "region=East", "region=West"]);
    let [all, dock, east, west] = [0, 1, 2, 3].map(LotSetId);
    let winners = |lots| Rule::Winners { lots, least: 1, most: None, least_parcels: 10 };
    let expected = [
        Rule::SharedCapacity { lots: dock, most_parcels: 500 },
        Rule::BidderShare { lots: east, most_parcels: 50 },
        Rule::BidderShare { lots: west, most_parcels: 350 },
        Rule::GroupVolume {
            bidders: vec![BidderId(0), BidderId(2)],
            lots: all,
            least_parcels: 0,
            most_parcels: Some(720),
        },
        winners(east),
        winners(west),
    ];
    assert_eq!(market.problem.rules, expected);
    assert_eq!(market.names.rules[5], "winners region=West");
}

#[test]
fn scenarios_change_a_market() {
    let open = read_scenario(SETTINGS, &tables(), Some("open")).unwrap();
    assert_eq!(open.problem.rules.len(), 3);
    assert_eq!(open.problem.lots.as_slice()[0].reserve_micros, Some(625_000));
    assert_eq!(open.names.bids.iter().collect::<Vec<_>>(), ["g1", "p1"]);
    assert_eq!((open.problem.bidders.len(), open.problem.groups.len()), (3, 1));
    let extra = read_scenario(SETTINGS, &tables(), Some("extra")).unwrap();
    assert_eq!(extra.problem.lots.as_slice()[1].reserve_micros, Some(9_000_000));
    let faults = read_scenario(SETTINGS, &tables(), Some("opem")).unwrap_err();
    assert_eq!((faults[0].code, faults[0].action.as_str()), ("E418", "did you mean `open`?"));
    let listed = scenarios("market.toml", SETTINGS);
    assert_eq!(listed, [Scenario { name: "open".into(), note: "no rules".into() }]);
}

#[test]
fn the_order_of_rows_and_the_names_of_bidders_change_nothing() {
    let reversed: BTreeMap<String, String> = tables()
        .into_iter()
        .map(|(name, text)| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines[1..].reverse();
            (name, lines.join("\n"))
        })
        .collect();
    assert_eq!(read_scenario(SETTINGS, &reversed, None), Ok(market()));
    let renamed: BTreeMap<String, String> =
        reversed.into_iter().map(|(name, text)| (name, text.replace("Giant", "Zed"))).collect();
    let renamed = read_scenario(SETTINGS, &renamed, None).unwrap();
    assert_eq!(renamed.problem, market().problem);
}

#[test]
fn what_is_written_reads_back() {
    let market = market();
    let written: BTreeMap<String, String> = write::tables(&market)
        .into_iter()
        .map(|table| {
            let (name, mut bytes) = (format!("{}.csv", table.name), Vec::new());
            table.csv(&mut bytes).unwrap();
            (name, String::from_utf8(bytes).unwrap())
        })
        .collect();
    let settings = write::settings(&market);
    assert_eq!(read_scenario(&settings, &written, None), Ok(market.clone()), "{settings}");
    let text = write::json(&market);
    assert_eq!(json("m.json", &text, None), Ok(market), "{text}");
}

#[test]
fn faults_of_all_tables_are_told_with_their_places() {
    let settings = SETTINGS.replace("seed = 7", "seeed = 7\nside = \"bying\"");
    let lots = LOTS.replace("400", "0").replace("0.9", "-0.9").replace("44.1", "944");
    let bidders = BIDDERS.replace("2500000.50", "99999999999").replace("700", "40");
    let expected = [
        "market.toml:2: seeed [E104]",
        "market.toml:3: side [E109]",
        "lots.csv:2: parcels_per_day [E404]",
        "lots.csv:2: opportunity_usd [E432]",
        "lots.csv:2: lat [E204]",
        "bidders.csv:2: budget_usd [E403]",
        "bidders.csv:2: most_parcels [E415]",
    ];
    expect(&settings, &[("lots.csv", &lots), ("bidders.csv", &bidders)], &expected);
}

#[test]
fn faults_of_bids_are_told_together() {
    let bids = "bid,bidder,lot,step,least_parcels,parcels,price_usd,group\n\
        a,Giant,Q,,,10,1.00,\nb,Nobody,A,,,401,2.1234567,\nc,Local,A,,,10,1.00,w;w\n\
        d,Giant,A,,,10,1,x\ne,Local,A,,,-1,x,x\n,Local,A,,,1.5,1,\n";
    let packages = "bid,bidder,amount_usd,group\nq1,Giant,-5,\nq2,Giant,5,\n";
    let items = "bid,lot,parcels\nq2,A,900\nq9,Z,1\n";
    let groups = "group,bidder,at_most\nnone,Local,2\nx,Local,0\n";
    let replaced = [
        ("bids.csv", bids),
        ("packages.csv", packages),
        ("package_items.csv", items),
        ("groups.csv", groups),
    ];
    let expected = [
        "bids.csv:2: lot [E206]",
        "bids.csv:3: bidder [E206]",
        "bids.csv:3: parcels [E405]",
        "bids.csv:3: price_usd [E431]",
        "bids.csv:4: group [E412]",
        "bids.csv:6: parcels [E404]",
        "bids.csv:6: price_usd [E431]",
        "bids.csv:7: bid [E203]",
        "bids.csv:7: parcels [E404]",
        "packages.csv:2: amount_usd [E432]",
        "groups.csv:2: group [E414]",
        "groups.csv:3: at_most [E404]",
        "groups.csv:3: bidder [E413]",
    ];
    expect(SETTINGS, &replaced, &expected);
}

#[test]
fn rows_of_a_bid_and_a_package_fit_together() {
    let head = BIDS.lines().next().unwrap();
    let with = |rows: &str| format!("{head}\n{rows}");
    let cases = [
        ("a,Giant,A,1,,10,1,\na,Giant,B,2,,10,1,\n", "bids.csv:3: bid [E407]"),
        ("a,Giant,A,,,10,1,\na,Giant,A,,,10,1,\n", "bids.csv:3: step [E408]"),
        ("a,Giant,A,1,5,10,1,\na,Giant,A,2,6,10,1,\n", "bids.csv:2: least_parcels [E407]"),
        ("a,Giant,A,,11,10,1,\n", "bids.csv:2: least_parcels [E406]"),
        ("a,Giant,A,1,,300,1,\na,Giant,A,2,,101,1,\n", "bids.csv:2: parcels [E405]"),
        ("a,Giant,A,,,10,1,w\nb,Local,A,,,10,1,w\n", "bids.csv:3: group [E413]"),
        ("p1,Giant,A,,,10,1,\n", "packages.csv:2: bid [E409]"),
    ];
    for (rows, fault) in cases {
        let groups = "group,at_most\nx,1\n";
        expect(SETTINGS, &[("bids.csv", &with(rows)), ("groups.csv", groups)], &[fault]);
    }
    let twice = format!("{ITEMS}p1,C,1\n");
    expect(SETTINGS, &[("package_items.csv", &twice)], &["package_items.csv:4: lot [E411]"]);
    let empty = "bid,bidder,amount_usd,group\np1,Giant,250000,x\np2,Giant,1,\n";
    expect(SETTINGS, &[("packages.csv", empty)], &["packages.csv:3: bid [E410]"]);
}

#[test]
fn rules_that_cannot_be_kept_or_understood() {
    let with = |rule: &str| format!("days = 1\n{rule}\n");
    let cases = [
        ("[[winners]]\nleast = 4", "market.toml:2: winners[1] [E416]"),
        ("[[winners]]\nleast = 3\nmost = 2", "market.toml:4: winners[1].most [E416]"),
        ("[[shared_capacity]]\nlots = \"dok\"\nmost_parcels = 1", "shared_capacity[1] [E400]"),
        ("[[bidder_share]]\neach = \"market\"\nmost_share = 0.5", "bidder_share[1] [E400]"),
        ("[[bidder_share]]\nmost_share = 1.5", "bidder_share[1].most_share [E106]"),
        ("[[group_volume]]\nbidders = [\"X\"]\nmost_parcels = 1", "group_volume[1] [E206]"),
        ("[[incumbents]]\nleast_parcels = 801", "incumbents[1] [E416]"),
    ];
    for (rule, fault) in cases {
        let expected = if fault.contains("E106") {
            vec![fault, "bidder_share[1].most_parcels [E400]"]
        } else {
            vec![fault]
        };
        expect(&with(rule), &[], &expected);
    }
    expect("seed = 1\n", &[], &["lots.csv:2: days [E404]", "lots.csv:3: days [E404]"]);
    expect("seed = ", &[], &["market.toml:1 [E101]"]);
}

#[test]
fn money_that_would_overflow_is_told() {
    let lots = LOTS.replace("400", "4000000000").replace(",0.9,", ",999999999,");
    expect(SETTINGS, &[("lots.csv", &lots)], &["market.toml [E403]"]);
}

#[test]
fn a_market_without_tables() {
    let read = read_scenario("", &BTreeMap::new(), None).unwrap_err();
    let codes: Vec<_> = read.iter().map(|fault| (fault.code, fault.place.file.as_str())).collect();
    assert_eq!(codes, [("E419", "lots.csv"), ("E419", "bidders.csv")]);
    let told = |text: &str| json("m.json", text, None).unwrap_err()[0].to_string();
    assert!(told("{\n[").starts_with("m.json:2 [E419]"));
    assert!(told("{\"lotz\": []}").contains("`lotz` is no part"));
    let text = "{\"market\": {\"days\": 3},\n\"lots\": [\n{\"lot\": \"A\",\n\"parcels_per_day\": \"x\"}],\
        \n\"bidders\": [{\"bidder\": \"B\", \"small\": true}]}";
    assert!(told(text).starts_with("m.json:3: parcels_per_day [E404]"), "{}", told(text));
}

#[test]
fn names_and_heads_are_told_apart() {
    let head = BIDS.lines().next().unwrap();
    let with = |rows: &str| format!("{head}\n{rows}");
    let long = format!("a,Giant,A,,,10,1,{}\n", "g".repeat(10_001));
    let bids = [
        ("a,Giant,A,,,10,1,u;;v\n", "bids.csv:2: group [E203]"),
        ("a,Giant,A,,,10,1,;u\n", "bids.csv:2: group [E203]"),
        (&*long, "bids.csv:2: group [E203]"),
        ("a\0,Giant,A,,,10,1,\n", "bids.csv:2: bid [E203]"),
        ("a,Giant,A,,,10,1\n", "bids.csv:2: group [E201]"),
        ("a,Giant,A,,,10,1,,7\n", "bids.csv:2 [E201]"),
        ("a,Giant,A,,,1e400,1,\n", "bids.csv:2: parcels [E404]"),
        ("a,Giant,A,,,10,1e400,\n", "bids.csv:2: price_usd [E431]"),
    ];
    for (rows, fault) in bids {
        let groups = "group,at_most\nx,1\n";
        expect(SETTINGS, &[("bids.csv", &with(rows)), ("groups.csv", groups)], &[fault]);
    }
    let twice = LOTS.replacen("region", "lot", 1);
    expect(SETTINGS, &[("lots.csv", &twice)], &["lots.csv:1: lot [E202]"]);
}

#[test]
fn columns_that_are_not_known_are_noted() {
    let mut tables = tables();
    tables.insert("lots.csv".into(), LOTS.replace("reserve_usd", "reserv_usd"));
    let market = read_scenario(SETTINGS, &tables, None).unwrap();
    assert_eq!(market.passed_over, ["lots.csv: reserv_usd"]);
}

#[test]
fn keys_of_json_stand_once_and_are_not_too_deep() {
    let told = |text: &str| json("m.json", text, None).unwrap_err()[0].to_string();
    let parts = "\"bidders\": [{\"bidder\": \"B\"}]";
    let lot = "{\"lot\": \"A\", \"parcels_per_day\": 5, \"days\": 1, \"lot\": \"B\"}";
    let twice = told(&format!("{{\"lots\": [\n{lot}], {parts}}}"));
    assert!(
        twice.starts_with("m.json:2 [E331]") && twice.contains("`lot` stands twice"),
        "{twice}"
    );
    assert!(told(&format!("{{{parts},\n{parts}}}")).contains("`bidders` stands twice"));
    let deep = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let deep = told(&format!("{{\n\"market\": {deep}}}"));
    assert!(deep.starts_with("m.json:2 [E419]") && deep.contains("recursion limit"), "{deep}");
}

#[test]
fn demands_and_packages_under_a_clock() {
    let demand = |text: &str| read_demand("d.csv", text.as_bytes());
    assert_eq!(demand("parcels,lot\n5,A\n").unwrap(), BTreeMap::from([("A".to_string(), 5)]));
    assert_eq!(demand("\u{feff}lot,parcels\r\n"), Ok(BTreeMap::new()));
    let told = |faults: Vec<postroad_model::Fault>| -> Vec<String> {
        faults.iter().map(|fault| format!("{} {}", fault.place, fault.code)).collect()
    };
    let faults = demand("lot,parcels\nA,0\nB,1.5\nC,1\nC,2\nD\n").unwrap_err();
    let expected = ["d.csv:2: parcels E404", "d.csv:3: parcels E404", "d.csv:5: lot E411"];
    assert_eq!(told(faults), [&expected[..], &["d.csv:6: parcels E201"]].concat());
    assert_eq!(told(demand("").unwrap_err()), ["d.csv E207"]);
    let packages = |text: &str| read_clock_packages("p.csv", text.as_bytes());
    let head = "package,lot,parcels,amount_usd\n";
    let two = packages(&format!("{head}1,A,5,9.5\n2,A,1,3\n1,B,2,9.50\n")).unwrap();
    assert_eq!((two[0].items.len(), two[0].amount_micros, two.len()), (2, 9_500_000, 2));
    let faults = packages(&format!("{head}1,A,5,9.5\n1,A,2,9\n2,,1,-3\n")).unwrap_err();
    let expected = ["p.csv:3: amount_usd E457", "p.csv:3: lot E411"];
    let rest = ["p.csv:4: amount_usd E432", "p.csv:4: lot E203"];
    assert_eq!(told(faults), [expected, rest].concat());
}

const CATS: &str = "%% remark\n\ngoods 3\nbids 4\ndummy 1\n\n\
    1\t10.5\t0\t2\t#\n0\t7\t1\t3\t#\n3\t1e+06\t0\t1\t2\t3\t#\n2\t4.123456789\t2\t#\n";

#[test]
fn cats_instances_are_read_and_written() {
    let market = cats::read("x.txt", CATS, 1).unwrap();
    let amounts: Vec<i64> =
        market.problem.bids.ids().map(|bid| market.problem.amount_micros(bid, 1)).collect();
    assert_eq!(amounts, [7_000_000, 10_500_000, 4_123_457, 1_000_000_000_000]);
    assert_eq!(market.problem.bidders.len(), 3);
    assert_eq!(market.problem.groups[0].bids, [BidId(0), BidId(3)]);
    let again = cats::read("x.txt", &cats::write(&market).unwrap(), 1);
    assert_eq!(again, Ok(market));
    let alone =
        cats::read("x.txt", &format!("{CATS}4\t0.5\t3\t#\n").replace("bids 4", "bids 5"), 1);
    let alone = alone.unwrap();
    assert_eq!((alone.problem.lots.len(), alone.problem.groups[0].bids.len()), (4, 3));
    assert_eq!(cats::read("x.txt", &cats::write(&alone).unwrap(), 1), Ok(alone));
    assert!(cats::is_cats(CATS) && !cats::is_cats("{}") && !cats::is_cats(""));
}

#[test]
fn faults_of_cats_instances() {
    let told = |text: &str| {
        let faults = cats::read("x", text, 1).unwrap_err();
        (faults[0].place.line.unwrap_or(0), faults[0].code)
    };
    assert_eq!(told(""), (0, "E420"));
    assert_eq!(told("goods x\nbids 1\n0 1 0 #\n"), (1, "E302"));
    assert_eq!(told(&CATS.replace("bids 4", "bids 5")), (0, "E420"));
    assert_eq!(told(&CATS.replace("10.5", "-1")), (7, "E421"));
    assert_eq!(told(&CATS.replace("0\t2\t#", "0\t2")), (7, "E421"));
    assert_eq!(told(&CATS.replace("goods 3", "goods 3\ngoods 3")), (4, "E420"));
    assert_eq!(told(&CATS.replace("10.5\t0\t2", "10.5")), (7, "E421"));
    assert_eq!(told(&CATS.replace("0\t1\t2\t3", "0\t1\t0\t9")), (9, "E421"));
    assert_eq!(told(&CATS.replace("2\t4.1", "1\t4.1")), (10, "E421"));
}

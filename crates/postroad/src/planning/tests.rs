//! Planning on a made-up county with seven ZIPs and on the flagship.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use postroad_formats::study::Study;
use postroad_model::network::{AreaClass, Assignment, Channel, NetworkPlan};

use super::metrics::measure;
use super::*;

fn flagship_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/us-2026")
}

fn flagship_text() -> String {
    std::fs::read_to_string(flagship_folder().join("study.toml")).unwrap()
}

fn sentences(faults: &[Fault]) -> String {
    faults.iter().map(|f| format!("{f}\n")).collect()
}

fn load(text: &str, folder: &Path) -> (Study, Geography) {
    let study = Study::read("study.toml", text).unwrap_or_else(|f| panic!("{}", sentences(&f)));
    let mut open = |name: &str| -> Result<Box<dyn Read>, Fault> {
        let file = File::open(folder.join(name)).unwrap();
        match name.ends_with(".gz") {
            true => Ok(Box::new(flate2::read::GzDecoder::new(file))),
            false => Ok(Box::new(file)),
        }
    };
    let geography =
        Geography::read(&study, &mut open).unwrap_or_else(|f| panic!("{}", sentences(&f)));
    (study, geography)
}

/// The flagship's text over a made-up county: 56,600 households with 365 parcels a year each, so
/// that a zone's parcels a day are its households. What needs a nation is left out.
fn mini_with(changes: &[(&str, &str)]) -> (Study, Geography) {
    let mut text =
        flagship_text().replace("../../data/us/", "").replace(".csv.gz", ".csv").replace(
            "value = 8.0e9, low = 7.3e9, high = 8.4e9",
            "value = 20659000, low = 2e7, high = 2.1e7",
        );
    let start = text.find("[[requirements]]").unwrap();
    let end = text.find("[schedule]").unwrap();
    text.replace_range(start..end, "");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    load(&text, &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mini"))
}

fn planned(study: &Study, geography: &Geography, scenario: &str) -> Planned {
    build(study, geography, study.scenario(scenario).unwrap())
        .unwrap_or_else(|f| panic!("{}", sentences(&f)))
}

/// The options of a ZIP's standard demand: channel, facility id, cost.
fn options_of(p: &Planned, g: &Geography, zip: &str) -> Vec<(Channel, String, f64)> {
    let is_it = |d: &DemandInfo| g.zones[d.zone].zip == zip && d.service == ServiceClass::Standard;
    let (demand, _) = p.demands.iter_ids().find(|(_, d)| is_it(d)).unwrap();
    let tell = |o: OptionId| {
        let option = &p.problem.options[o];
        let id = option.facility.map_or(String::new(), |f| p.facilities[f].id.clone());
        (option.channel, id, option.usd_per_parcel)
    };
    p.problem.options_of(demand).map(tell).collect()
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-5 * b.abs().max(1.0), "{a} is not {b}");
}

#[test]
fn a_zone_has_the_options_of_its_scenario() {
    let (study, geography) = mini_with(&[]);
    let of = |scenario: &str, zip: &str| {
        options_of(&planned(&study, &geography, scenario), &geography, zip)
            .into_iter()
            .map(|(channel, id, _)| format!("{} {id}", channel.name()))
            .collect::<Vec<_>>()
    };
    let third = "third_party ";
    let post = ["postal_unit DU1", "postal_centre PC1"];
    assert_eq!(of("status_quo", "66001"), ["own_van ST1", post[0], post[1], third]);
    assert_eq!(of("extend", "66001"), ["own_van ST1", "own_van CS1", post[0], post[1], third]);
    assert_eq!(of("leave", "66001"), ["own_van ST1", "own_van CS1", third]);
    // DU4 serves 40 households, too few to be for sale; its ZIP is beyond any van.
    assert_eq!(of("auction", "66006"), ["rural_hub CH1", "postal_centre PC1", third]);
    assert_eq!(of("status_quo", "66006"), ["postal_unit DU4", "postal_centre PC1", third]);
    // Hubs serve rural and suburban zones.
    assert!(of("leave", "66004").contains(&"rural_hub RH1".to_string()));
    assert!(!of("leave", "66002").iter().any(|o| o.starts_with("rural_hub")));
}

#[test]
fn a_zone_without_households_has_no_demand_and_light_parcels_near_a_station_may_fly() {
    let (study, geography) = mini_with(&[]);
    let p = planned(&study, &geography, "leave");
    let of = |zip: &str| {
        let is_it = |d: &&DemandInfo| geography.zones[d.zone].zip == zip;
        let parcels = |d: DemandId| p.problem.demands[d].parcels_per_day;
        let found = p.demands.iter_ids().filter(|(_, d)| is_it(d));
        found.map(|(id, d)| (d.service, parcels(id))).collect::<Vec<_>>()
    };
    assert_eq!(of("66007"), []);
    // 85 % weigh up to 5 lb, 60 % live in houses, 5 % of them may take it: 510 of 20,000.
    let urban = of("66002");
    close(urban[0].1, 19_490.0);
    close(urban[1].1, 510.0);
    assert_eq!(urban[1].0, ServiceClass::Drone);
    assert_eq!(of("66001").len(), 1, "drones do not serve dense cities");
    assert_eq!(of("66005").len(), 1, "too far from the station");
    let pads = p.problem.options.iter().filter(|o| o.channel == Channel::Drone).count();
    assert_eq!(pads, 1);
}

#[test]
fn a_third_party_charges_by_band_weight_and_area() {
    let (study, geography) = mini_with(&[]);
    let p = planned(&study, &geography, "leave");
    let cost = |zip: &str| {
        let options = options_of(&p, &geography, zip);
        options.into_iter().find(|o| o.0 == Channel::ThirdParty).unwrap().2
    };
    // First band: 0.42·7.68 + 0.18·8.08 + 0.12·8.66 + 0.13·9.6 + 0.09·12 + 0.04·16 + 0.02·30.
    let card = 9.2872;
    let city = (card * 0.65 + 6.30 * 0.30) * 1.12 + 0.10;
    close(cost("66001"), city);
    // Two people per km²: an extended area adds 8.50 before the discount of 70 %.
    close(cost("66005"), city + 8.50 * 0.30 * 1.12);
}

#[test]
fn postal_options_cost_the_contract_and_the_truck() {
    let (study, geography) = mini_with(&[]);
    let p = planned(&study, &geography, "status_quo");
    let options = options_of(&p, &geography, "66001");
    let post = options.iter().find(|o| o.0 == Channel::PostalUnit).unwrap();
    let km = geography.units[0].coordinate.great_circle_km(geography.upstream[0].coordinate);
    close(post.2, 3.10 + 0.15 + 2.0 * 1.2 * km * 1.45 / 2000.0);
    let lower =
        build_at_postal_price(&study, &geography, study.scenario("status_quo").unwrap(), 2.0)
            .unwrap();
    let cheaper = options_of(&lower, &geography, "66001");
    close(post.2 - cheaper.iter().find(|o| o.0 == Channel::PostalUnit).unwrap().2, 1.10);
    // Four years at 3 % more each, discounted at 9 %: 1.04334 times the first year's rate.
    let p = planned(&study, &geography, "extend");
    let options = options_of(&p, &geography, "66001");
    let post = options.iter().find(|o| o.0 == Channel::PostalUnit).unwrap();
    let factor = (1.0 + 1.03 / 1.09 + (1.03_f64 / 1.09).powi(2) + (1.03_f64 / 1.09).powi(3))
        / (1.0 + 1.0 / 1.09 + 1.09_f64.powi(-2) + 1.09_f64.powi(-3));
    close(post.2, 3.28 * factor + 0.15 + 2.0 * 1.2 * km * 1.45 / 2000.0);
    let contract = &p.problem.contracts[POSTAL];
    close(contract.commitment_parcels_per_day, 0.8e9 / 365.0);
    close(contract.tiers[2].usd_per_parcel, -0.20 * factor);
    // A unit takes at most a quarter of a parcel for each household and day.
    let unit = p.facilities.iter_ids().find(|(_, f)| f.id == "DU3").unwrap().0;
    close(p.problem.facilities[unit].levels[0].parcels_per_day, 200.0);
}

#[test]
fn buildings_have_the_sizes_they_may_have() {
    let (study, geography) = mini_with(&[]);
    let levels = |scenario: &str, id: &str| {
        let p = planned(&study, &geography, scenario);
        let (f, info) = p.facilities.iter_ids().find(|(_, f)| f.id == id).unwrap();
        (p.problem.facilities[f].clone(), info.clone())
    };
    // ST1 is the nearest station of 53,000 parcels a day, 60,950 with the peak that is not flex:
    // six modules of 10,000. The status quo may not grow beyond.
    let (station, info) = levels("status_quo", "ST1");
    assert_eq!((info.modules_now, station.levels.len()), (6, 6));
    close(station.levels[5].parcels_per_day, 60_000.0 / 1.15);
    close(station.levels[5].usd_per_day, 3_500.0 + 6.0 * 1_300.0);
    assert!(station.closed_usd_per_day > station.levels[0].usd_per_day);
    let (station, _) = levels("leave", "ST1");
    assert_eq!(station.levels.len(), 8);
    close(station.levels[6].capital_usd, 2.0 * 3e6);
    close(station.closed_usd_per_day, 0.5 * 3_500.0);
    let (candidate, _) = levels("leave", "CS1");
    assert!(candidate.is_new && candidate.closed_usd_per_day == 0.0);
    close(candidate.levels[0].capital_usd, 12e6 + 3e6);
    // 15m dollars at 9 % over 15 years are 1.8609m a year.
    close(candidate.levels[0].usd_per_day, 3_500.0 + 1_300.0 + 1_860_883.3 / 365.0);
}

#[test]
fn what_cannot_be_planned_is_a_fault_that_says_why() {
    let vans_only = [("kind = \"leave\"\n", "kind = \"leave\"\nchannels = [\"own_van\"]\n")];
    let (study, geography) = mini_with(&vans_only);
    let faults = build(&study, &geography, study.scenario("leave").unwrap()).unwrap_err();
    assert_eq!(faults[0].code, "E115");
    assert!(faults[0].cause.contains("66006"), "{}", faults[0]);
    assert!(faults[0].place.line.is_some());
    let fast = "[[requirements]]\n\
        within = { value = 0, unit = \"days\", source = \"A28\" }\n\
        min_share = { value = 0.9, unit = \"share\", source = \"A28\" }\n\n[schedule]";
    let (study, geography) = mini_with(&[("[schedule]", fast)]);
    let faults = build(&study, &geography, study.scenario("leave").unwrap()).unwrap_err();
    assert_eq!(faults[0].code, "E116");
    assert!(faults[0].cause.contains("0.9 of people (all) within 0 days"), "{}", faults[0]);
}

/// A plan by hand: every demand takes its option of a channel, or its last one; what is used is
/// open at its largest size.
fn plan_with(p: &Planned, channel: Channel) -> NetworkPlan {
    let mut levels = IdVec::from(vec![None; p.problem.facilities.len()]);
    let mut assignments = Vec::new();
    for demand in p.problem.demands.ids() {
        let last = p.problem.options_of(demand).next_back().unwrap();
        let mut options = p.problem.options_of(demand);
        let option = options.find(|&o| p.problem.options[o].channel == channel).unwrap_or(last);
        if let Some(facility) = p.problem.options[option].facility {
            levels[facility] = Some(p.problem.facilities[facility].levels.len() as u8 - 1);
        }
        assignments.push(Assignment { demand, option, share: 1.0 });
    }
    NetworkPlan { levels, assignments }
}

#[test]
fn figures_of_a_plan_add_up() {
    let (study, geography) = mini_with(&[]);
    let p = planned(&study, &geography, "status_quo");
    let plan = plan_with(&p, Channel::PostalUnit);
    let m = measure(&study, &geography, &p, &plan);
    let c = m.cost_usd_per_day;
    let parts = c.own_van_delivery
        + c.rural_hub_delivery
        + c.drone_delivery
        + c.inbound
        + c.handling
        + c.stations
        + c.rural_hubs
        + c.drone_pads
        + c.capital
        + c.closing
        + c.postal_rates
        + c.postal_tiers
        + c.postal_shortfall
        + c.postal_entry
        + c.third_party;
    close(parts, c.total);
    close(c.total, plan.cost(&p.problem).total_usd_per_day());
    close(m.parcels_per_year, 20_659_000.0);
    close(m.operator.parcels_per_year, 20_659_000.0);
    close(m.operator.usd_per_parcel, 3.10);
    close(m.operator.revenue_usd_per_year, 3.10 * 20_659_000.0);
    // 24,000 dense, 20,000 urban, 9,000 suburban and 3,600 rural parcels a day.
    let avoidable = 24_000.0 * 2.10 + 20_000.0 * 2.00 + 9_000.0 * 1.95 + 3_600.0 * 1.70;
    close(m.operator.avoidable_usd_per_year, avoidable * 365.0);
    assert_eq!(m.speed.share_within_days, [0.0, 0.0, 1.0]);
    assert_eq!(m.network.units_used, 4);
    assert_eq!(m.network.zips_with_own_delivery_share, 0.0);
    let by_class: f64 = AreaClass::ALL
        .iter()
        .map(|c| {
            let parcels: f64 = m.parcels_by_class[c.name()].values().sum();
            m.speed_by_class[c.name()].usd_per_parcel * parcels
        })
        .sum();
    close(by_class, m.usd_per_year);
}

#[test]
fn routes_vans_and_drivers_follow_from_parcels() {
    let (study, geography) = mini_with(&[]);
    let p = planned(&study, &geography, "status_quo");
    let plan = plan_with(&p, Channel::OwnVan);
    let m = measure(&study, &geography, &p, &plan);
    let routes: f64 = plan
        .assignments
        .iter()
        .filter(|a| p.problem.options[a.option].channel == Channel::OwnVan)
        .map(|a| {
            let per_route = f64::from(p.options[a.option].parcels_per_route);
            p.problem.demands[a.demand].parcels_per_day / per_route
        })
        .sum();
    close(m.network.routes_per_day, routes);
    close(m.network.vans, routes * 1.15);
    close(m.network.drivers, routes * 7.0 / 4.0);
    assert!(m.parcels_by_channel.contains_key("own_van"));
    let delay = schedule::plan(&study, postroad_formats::study::ScenarioKind::Leave, &m, &m);
    assert_eq!(delay.quarters.len(), 16);
    assert_eq!(delay.bridge_usd, 0.0);
}

#[test]
fn the_flagship_builds_sound_problems_with_the_same_ids() {
    let (study, geography) = load(&flagship_text(), &flagship_folder());
    let all: Vec<Planned> =
        study.scenarios.iter().map(|s| build(&study, &geography, s).unwrap()).collect();
    for p in &all {
        assert_eq!(p.problem.faults(), Vec::<String>::new(), "{}", p.scenario);
        assert_eq!(p.problem.options.len(), p.options.len());
        assert_eq!(p.demands, all[0].demands);
        assert_eq!(p.problem.demands, all[0].problem.demands);
        assert!(p.facilities.iter().zip(all[0].facilities.iter()).all(|(a, b)| a.id == b.id));
        close(p.problem.parcels_per_day() * DAYS_PER_YEAR, study.demand.parcels_per_year);
    }
}

//! The sparse national text format: stations with one size, and for each zone the stations worth
//! considering beside an outside option.
//!
//! ```text
//! zones stations arcs
//! fixed_usd_per_day capacity_parcels_per_day            one line for each station
//! parcels_per_day outside_usd k station usd …           one line for each zone, k pairs
//! ```

use std::fmt::Write;

use postroad_model::Fault;
use postroad_model::id::{FacilityId, Id};
use postroad_model::network::{
    AreaClass, Channel, Demand, Facility, Level, NetworkProblem, ServiceOption, Sourcing,
};

use crate::instance::{Faults, numbered_lines, quoted};

/// Reads a problem; zones without demand are left out.
pub fn read(file: &str, text: &str) -> Result<NetworkProblem, Vec<Fault>> {
    let mut faults = Faults::new(file);
    let mut lines = numbered_lines(text);
    let Some([zones, stations, arcs]) = header(lines.next(), &mut faults) else {
        return Err(faults.into_vec());
    };
    let mut problem = NetworkProblem::new();
    let mut read_stations = 0;
    for (number, line) in lines.by_ref().take(stations) {
        station(line, number, &mut problem, &mut faults);
        read_stations += 1;
    }
    let mut read_zones = 0;
    let mut read_arcs = 0;
    let mut options = Vec::new();
    for (number, line) in lines.by_ref().take(zones) {
        read_arcs += zone(line, number, stations, &mut options, &mut problem, &mut faults);
        read_zones += 1;
    }
    totals(&mut faults, (read_stations, stations), (read_zones, zones), (read_arcs, arcs));
    if let Some((number, _)) = lines.next() {
        let cause = format!("the file goes on after its {zones} zones");
        faults.add("E304", Some(number), None, cause, "correct the counts in the first line");
    }
    if faults.is_empty() { Ok(problem) } else { Err(faults.into_vec()) }
}

fn header(line: Option<(u64, &str)>, faults: &mut Faults) -> Option<[usize; 3]> {
    let (number, line) = line.unwrap_or((1, ""));
    let words: Vec<&str> = line.split_whitespace().collect();
    let [zones, stations, arcs] = words[..] else {
        let cause = format!("the first line holds {} values instead of 3", words.len());
        let action = "give the counts of zones, stations and arcs";
        faults.add("E301", Some(number), None, cause, action);
        return None;
    };
    let zones = faults.count(zones, number, "zones");
    let stations = faults.count(stations, number, "stations");
    let arcs = faults.count(arcs, number, "arcs");
    Some([zones?, stations?, arcs?])
}

fn station(line: &str, number: u64, problem: &mut NetworkProblem, faults: &mut Faults) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [fixed, capacity] = words[..] else {
        let cause = format!("a station has {} values instead of 2", words.len());
        faults.add("E303", Some(number), None, cause, "give its fixed cost and its capacity");
        return;
    };
    let fixed = faults.amount(fixed, number, "fixed_cost", false);
    let capacity = faults.amount(capacity, number, "capacity", true);
    if let (Some(fixed), Some(capacity)) = (fixed, capacity) {
        problem.facilities.push(one_size(fixed, capacity));
    }
}

/// A facility of one size that costs nothing while it is closed.
pub(crate) fn one_size(usd_per_day: f64, parcels_per_day: f64) -> Facility {
    Facility {
        levels: vec![Level { parcels_per_day, usd_per_day, capital_usd: 0.0 }],
        closed_usd_per_day: 0.0,
        parent: None,
        is_new: true,
    }
}

/// A demand of a benchmark, which knows parcels only.
pub(crate) fn bare_demand(parcels_per_day: f64) -> Demand {
    Demand { parcels_per_day, people: 0.0, class: AreaClass::Suburban }
}

/// An option from a station, by own vans, the next day.
pub(crate) fn own_van(station: usize, usd_per_parcel: f64) -> ServiceOption {
    ServiceOption {
        channel: Channel::OwnVan,
        facility: Some(FacilityId::from_index(station)),
        contract: None,
        usd_per_parcel,
        days: 1,
    }
}

/// Adds a zone and returns the arcs its line lists; `options` is scratch space.
fn zone(
    line: &str,
    number: u64,
    stations: usize,
    options: &mut Vec<ServiceOption>,
    problem: &mut NetworkProblem,
    faults: &mut Faults,
) -> usize {
    let mut words = line.split_whitespace();
    let mut next = || words.next().unwrap_or_default();
    let parcels = faults.amount(next(), number, "demand", false);
    let outside = faults.amount(next(), number, "outside_cost", true);
    let arcs = faults.count(next(), number, "k");
    let (Some(parcels), Some(outside), Some(arcs)) = (parcels, outside, arcs) else { return 0 };
    options.clear();
    let pairs: Vec<&str> = words.collect();
    if pairs.len() != 2 * arcs {
        let cause = format!("{} values follow k = {arcs} instead of {}", pairs.len(), 2 * arcs);
        faults.add("E303", Some(number), Some("k"), cause, "give a station and a cost k times");
    }
    for pair in pairs.chunks_exact(2) {
        let station = faults.count(pair[0], number, "station");
        let cost = faults.amount(pair[1], number, "cost", true);
        match (station, cost) {
            (Some(station), Some(cost)) if station < stations => {
                options.push(own_van(station, cost));
            }
            (Some(station), Some(_)) => {
                let cause = format!("station {station} is not among the {stations} of the file");
                faults.add("E305", Some(number), Some("station"), cause, "count stations from 0");
            }
            _ => {}
        }
    }
    duplicates(options, number, faults);
    options.retain(|option| option.usd_per_parcel.is_finite());
    if outside.is_finite() {
        options.push(ServiceOption {
            channel: Channel::ThirdParty,
            facility: None,
            contract: None,
            usd_per_parcel: outside,
            days: 1,
        });
    }
    if options.is_empty() {
        let cause = "nobody can serve this zone".to_string();
        faults.add("E307", Some(number), None, cause, "give an outside cost or a station");
    } else if parcels > 0.0 {
        problem.push_demand(bare_demand(parcels), options);
    }
    arcs
}

fn duplicates(options: &[ServiceOption], number: u64, faults: &mut Faults) {
    let mut stations: Vec<u32> = options.iter().filter_map(|o| o.facility).map(|f| f.0).collect();
    stations.sort_unstable();
    if let Some(twice) = stations.windows(2).find(|w| w[0] == w[1]) {
        let cause = format!("station {} is listed twice", quoted(&twice[0].to_string()));
        faults.add("E306", Some(number), Some("station"), cause, "keep one of the two costs");
    }
}

/// Compares what was read with what the first line promised.
fn totals(
    faults: &mut Faults,
    stations: (usize, usize),
    zones: (usize, usize),
    arcs: (usize, usize),
) {
    let complete = stations.0 == stations.1 && zones.0 == zones.1;
    for (name, (found, promised)) in [("stations", stations), ("zones", zones)] {
        if found < promised {
            let cause = format!("the file ends after {found} of {promised} {name}");
            faults.add("E304", None, Some(name), cause, "complete the file");
        }
    }
    if complete && faults.is_empty() && arcs.0 != arcs.1 {
        let cause = format!("the zones list {} arcs, the first line says {}", arcs.0, arcs.1);
        faults.add("E304", Some(1), Some("arcs"), cause, "correct the count");
    }
}

/// Writes a problem, if it has nothing that the format cannot say: facilities of one size, at
/// most one option a station, one option without a station, no contracts and no limits.
pub fn write(problem: &NetworkProblem) -> Option<String> {
    if !is_plain(problem) {
        return None;
    }
    let arcs = problem.options.iter().filter(|o| o.facility.is_some()).count();
    let mut text = String::new();
    let mut line = |words: std::fmt::Arguments| {
        text.write_fmt(words).expect("writing to a string cannot fail");
    };
    line(format_args!("{} {} {arcs}\n", problem.demands.len(), problem.facilities.len()));
    for facility in problem.facilities.iter() {
        let level = &facility.levels[0];
        line(format_args!("{} {}\n", level.usd_per_day, level.parcels_per_day));
    }
    for (id, demand) in problem.demands.iter_ids() {
        let options = || problem.options_of(id).map(|o| &problem.options[o]);
        let outside = options().find(|o| o.facility.is_none());
        let outside = outside.map_or(f64::INFINITY, |o| o.usd_per_parcel);
        let count = options().filter(|o| o.facility.is_some()).count();
        line(format_args!("{} {outside} {count}", demand.parcels_per_day));
        for option in options() {
            if let Some(station) = option.facility {
                line(format_args!(" {} {}", station.0, option.usd_per_parcel));
            }
        }
        line(format_args!("\n"));
    }
    Some(text)
}

fn is_plain(problem: &NetworkProblem) -> bool {
    let facility =
        |f: &Facility| f.levels.len() == 1 && f.parent.is_none() && f.closed_usd_per_day == 0.0;
    let options = |id| {
        let mut stations: Vec<Option<FacilityId>> =
            problem.options_of(id).map(|o| problem.options[o].facility).collect();
        stations.sort_unstable();
        stations.windows(2).all(|w| w[0] != w[1])
    };
    problem.sourcing == Sourcing::Split
        && problem.contracts.is_empty()
        && problem.requirements.is_empty()
        && problem.capital_budget_usd.is_none()
        && problem.openings_max.is_none()
        && problem.facilities.iter().all(facility)
        && problem.options.iter().all(|o| o.usd_per_parcel >= 0.0)
        && problem.demands.ids().all(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "2 2 3\n100 50\n80 inf\n10 3.5 2 0 1.5 1 2\n20 4 1 1 1\n";

    #[test]
    fn reads_and_writes_back() {
        let problem = read("small", SMALL).unwrap();
        assert_eq!(problem.demands.len(), 2);
        assert_eq!(problem.facilities[FacilityId(1)].levels[0].parcels_per_day, f64::INFINITY);
        assert_eq!(problem.options.len(), 5);
        assert!(problem.faults().is_empty());
        assert_eq!(write(&problem).unwrap(), SMALL);
    }

    #[test]
    fn zones_without_demand_are_left_out() {
        let problem = read("small", "2 1 0\n1 1\n0 3 0\n5 3 0\n").unwrap();
        assert_eq!(problem.demands.len(), 1);
    }

    #[test]
    fn names_every_fault_with_its_line() {
        let text = "5 2 9\n100 -5\n80\n10 inf 0\nx 3 0\n10 4 1 7 1\n10 4 2 0 1 0 2\n10 4 2 0 1\n";
        let faults = read("small", text).unwrap_err();
        let told: Vec<(u64, &str)> =
            faults.iter().map(|f| (f.place.line.unwrap_or(0), f.code)).collect();
        let expected = [
            (2, "E302"),
            (3, "E303"),
            (4, "E307"),
            (5, "E302"),
            (6, "E305"),
            (7, "E306"),
            (8, "E303"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn counts_must_match() {
        for (text, code) in [
            ("", "E301"),
            ("1 1\n", "E301"),
            ("1 1 x\n", "E302"),
            ("1 1 0\n1 1\n", "E304"),
            ("4000000000 4000000000 0\n1 1\n", "E304"),
            ("1 1 7\n1 1\n5 3 0\n", "E304"),
            ("1 1 0\n1 1\n5 3 0\n5 3 0\n", "E304"),
        ] {
            let faults = read("small", text).unwrap_err();
            assert_eq!(faults[0].code, code, "{text:?}");
        }
    }
}

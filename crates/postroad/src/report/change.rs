//! What changes against the status quo: which ZIPs go from whom to whom.

use std::collections::BTreeMap;

use super::number::{decimal, percent};
use super::words;
use crate::result::{MapData, MapScenario};
use postroad_model::network::Channel;

/// Most rows for one scenario.
const ROWS: usize = 5;

/// ZIPs that one channel takes over from another.
pub(crate) struct Change {
    pub(crate) scenario: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) zips: String,
    pub(crate) parcels: String,
    pub(crate) share: String,
}

/// ZIPs and parcels a day by channel before and after.
type Flows = BTreeMap<(u8, u8), (u32, f64)>;

/// The largest changes of each scenario, by parcels.
pub(crate) fn changes(map: &MapData, title_of: impl Fn(&str) -> String) -> Vec<Change> {
    let total = parcels(map);
    let mut rows = Vec::new();
    for scenario in map.scenarios.iter().skip(1) {
        let mut flows: Vec<_> = flows(map, scenario).into_iter().collect();
        flows.sort_by(|a, b| b.1.1.total_cmp(&a.1.1).then(a.0.cmp(&b.0)));
        rows.extend(flows.into_iter().take(ROWS).map(|((from, to), (zips, parcels))| Change {
            scenario: title_of(&scenario.name),
            from: channel(from),
            to: channel(to),
            zips: decimal(f64::from(zips), 0),
            parcels: decimal(parcels, 0),
            share: decimal(100.0 * parcels / total, 2),
        }));
    }
    rows
}

/// How much of the nation changes hands in each scenario, a sentence each.
pub(crate) fn findings(map: &MapData, title_of: impl Fn(&str) -> String) -> Vec<String> {
    let total = parcels(map);
    let sentence = |scenario: &MapScenario| {
        let (zips, volume) = flows(map, scenario)
            .values()
            .fold((0, 0.0), |(zips, volume), (z, v)| (zips + z, volume + v));
        let title = title_of(&scenario.name);
        match zips {
            0 => format!("{title}: no ZIP changes hands."),
            _ => format!(
                "{title}: {} ZIPs with {} of all parcels change hands.",
                decimal(f64::from(zips), 0),
                percent(volume / total)
            ),
        }
    };
    map.scenarios.iter().skip(1).map(sentence).collect()
}

fn parcels(map: &MapData) -> f64 {
    map.zones.iter().map(|z| z.parcels_per_day).sum()
}

fn flows(map: &MapData, scenario: &MapScenario) -> Flows {
    let mut flows = Flows::new();
    let today = map.scenarios[0].zones.iter();
    for ((before, after), zone) in today.zip(&scenario.zones).zip(&map.zones) {
        if let (Some(before), Some(after)) = (before, after)
            && before.channel != after.channel
        {
            let flow = flows.entry((before.channel, after.channel)).or_default();
            flow.0 += 1;
            flow.1 += zone.parcels_per_day;
        }
    }
    flows
}

fn channel(position: u8) -> String {
    Channel::ALL.get(usize::from(position)).map_or("–".to_owned(), |c| words::channel(c.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn counts_what_changes_hands() {
        let (_, map) = fixture::study();
        let counted: u32 = flows(&map, &map.scenarios[3]).values().map(|f| f.0).sum();
        let pairs = map.scenarios[0].zones.iter().zip(&map.scenarios[3].zones);
        let expected = pairs.filter(|(a, b)| a.unwrap().channel != b.unwrap().channel).count();
        assert_eq!(counted as usize, expected);
        assert!(changes(&map, str::to_owned).len() <= 3 * ROWS);
    }
}

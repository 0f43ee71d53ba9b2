//! The outline of a VRPLIB file: lines `KEY : value`, then sections of numbers.

use crate::instance::{Faults, numbered_lines, quoted};

/// Keys that say something. What is not here is refused by name.
const KEYS: [&str; 12] = [
    "NAME",
    "COMMENT",
    "TYPE",
    "DIMENSION",
    "CAPACITY",
    "VEHICLES",
    "DISTANCE",
    "SERVICE_TIME",
    "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT",
    "NODE_COORD_TYPE",
    "DISPLAY_DATA_TYPE",
];

/// Sections that say something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Section {
    Coordinates,
    Demands,
    Windows,
    Services,
    Weights,
    Depots,
}

impl Section {
    const ALL: [Section; 6] = [
        Section::Coordinates,
        Section::Demands,
        Section::Windows,
        Section::Services,
        Section::Weights,
        Section::Depots,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Section::Coordinates => "NODE_COORD_SECTION",
            Section::Demands => "DEMAND_SECTION",
            Section::Windows => "TIME_WINDOW_SECTION",
            Section::Services => "SERVICE_TIME_SECTION",
            Section::Weights => "EDGE_WEIGHT_SECTION",
            Section::Depots => "DEPOT_SECTION",
        }
    }
}

type Word<'a> = (u64, &'a str);

/// A file cut into its parts.
pub(super) struct Sections<'a> {
    headers: Vec<(&'a str, Word<'a>)>,
    sections: Vec<(Section, Vec<Word<'a>>)>,
}

impl<'a> Sections<'a> {
    /// Cuts a text; `None` if it has no outline.
    pub(super) fn of(text: &'a str, faults: &mut Faults) -> Option<Self> {
        let mut cut = Self { headers: Vec::new(), sections: Vec::new() };
        for (number, line) in numbered_lines(text) {
            let line = line.trim();
            if line == "EOF" {
                break;
            }
            if !line.starts_with(|first: char| first.is_ascii_alphabetic()) {
                cut.numbers(number, line, faults)?;
            } else if let Some((key, value)) = line.split_once(':') {
                cut.key(number, key.trim(), value.trim(), faults);
            } else {
                cut.open(number, line, faults)?;
            }
        }
        if cut.headers.is_empty() {
            let cause = "the file has no line like DIMENSION : 100".to_string();
            faults.add("E320", Some(1), None, cause, "give a VRPLIB or Solomon file");
            return None;
        }
        Some(cut)
    }

    fn numbers(&mut self, number: u64, line: &'a str, faults: &mut Faults) -> Option<()> {
        let Some((_, words)) = self.sections.last_mut() else {
            let cause = "numbers stand before any section".to_string();
            faults.add("E320", Some(number), None, cause, "give a VRPLIB or Solomon file");
            return None;
        };
        words.extend(line.split_whitespace().map(|word| (number, word)));
        Some(())
    }

    fn key(&mut self, number: u64, key: &'a str, value: &'a str, faults: &mut Faults) {
        if !KEYS.contains(&key) {
            let cause = format!("{} is not supported", quoted(key));
            faults.add("E321", Some(number), None, cause, "remove it if it has no effect");
        }
        if self.header(key).is_some() {
            let cause = format!("{key} is said twice");
            faults.add("E322", Some(number), None, cause, "remove one of them");
        }
        self.headers.push((key, (number, value)));
    }

    fn open(&mut self, number: u64, name: &str, faults: &mut Faults) -> Option<()> {
        let Some(section) = Section::ALL.into_iter().find(|section| section.name() == name) else {
            let cause = format!("{} is not supported", quoted(name));
            faults.add("E321", Some(number), None, cause, "remove it if it has no effect");
            return None;
        };
        if self.get(section).is_some() {
            let cause = format!("{name} is there twice");
            faults.add("E322", Some(number), None, cause, "remove one of them");
            return None;
        }
        self.sections.push((section, Vec::new()));
        Some(())
    }

    /// The value of a key.
    pub(super) fn header(&self, key: &str) -> Option<&'a str> {
        self.headers.iter().find(|(k, _)| *k == key).map(|&(_, (_, value))| value)
    }

    /// The words of a section.
    pub(super) fn get(&self, section: Section) -> Option<&[Word<'a>]> {
        self.sections.iter().find(|(s, _)| *s == section).map(|(_, words)| words.as_slice())
    }

    /// A whole number in the head: `Some(None)` if the key is not there and need not be, `None`
    /// after a fault.
    pub(super) fn whole(&self, key: &str, faults: &mut Faults) -> Option<Option<i32>> {
        let Some(&(_, (line, word))) = self.headers.iter().find(|(k, _)| *k == key) else {
            if key == "DIMENSION" || key == "CAPACITY" {
                let cause = format!("{key} is missing");
                faults.add("E322", None, Some(key), cause, "add it");
            }
            return Some(None);
        };
        match word.parse::<f64>() {
            Ok(value) if (0.0..=1e9).contains(&value) && value.fract() == 0.0 => {
                Some(Some(value as i32))
            }
            _ => {
                let cause = format!("{} is not a whole number from 0 to 10⁹", quoted(word));
                faults.add("E302", Some(line), Some(key), cause, "correct the number");
                None
            }
        }
    }

    fn needed(&self, section: Section, faults: &mut Faults) -> Option<&[Word<'a>]> {
        let words = self.get(section);
        if words.is_none() {
            let cause = format!("{} is missing", section.name());
            faults.add("E322", None, Some(section.name()), cause, "add it");
        }
        words
    }

    fn has_length(words: &[Word], expected: u128, section: Section, faults: &mut Faults) -> bool {
        let found = words.len();
        if found as u128 != expected {
            let line = words.last().map(|&(line, _)| line);
            let cause = format!("{} takes {expected} values, not {found}", section.name());
            faults.add("E304", line, Some(section.name()), cause, "complete it or correct counts");
        }
        found as u128 == expected
    }

    /// Rows of a section: a node number from 1, then `columns` numbers; in the order of nodes.
    pub(super) fn rows(
        &self,
        section: Section,
        nodes: usize,
        columns: usize,
        faults: &mut Faults,
    ) -> Option<Vec<Vec<f64>>> {
        let words = self.needed(section, faults)?;
        let expected = nodes as u128 * (columns as u128 + 1);
        if !Self::has_length(words, expected, section, faults) {
            return None;
        }
        let mut rows = vec![Vec::new(); nodes];
        for row in words.chunks_exact(columns + 1) {
            let (line, word) = row[0];
            let node = word.parse::<usize>().ok().filter(|node| (1..=nodes).contains(node));
            let Some(slot) = node.map(|node| &mut rows[node - 1]).filter(|slot| slot.is_empty())
            else {
                let cause = format!("{} is no node, or has a line already", quoted(word));
                faults.add("E323", Some(line), Some(section.name()), cause, "number nodes from 1");
                continue;
            };
            slot.extend(row[1..].iter().map(|&word| number(word, section, faults)));
        }
        rows.iter().all(|row| !row.is_empty()).then_some(rows)
    }

    /// All numbers of a section, whole and not negative.
    pub(super) fn values(
        &self,
        section: Section,
        expected: u128,
        faults: &mut Faults,
    ) -> Option<Vec<i32>> {
        let words = self.needed(section, faults)?;
        if !Self::has_length(words, expected, section, faults) {
            return None;
        }
        let whole = |&word: &Word| {
            let value = number(word, section, faults);
            let is_whole = (0.0..=1e9).contains(&value) && value.fract() == 0.0;
            if !is_whole && !value.is_nan() {
                let cause = format!("{} is not a whole number from 0 to 10⁹", quoted(word.1));
                let action = "correct the number";
                faults.add("E302", Some(word.0), Some(section.name()), cause, action);
            }
            is_whole.then_some(value as i32)
        };
        // Collected without stopping at the first fault.
        let values: Vec<Option<i32>> = words.iter().map(whole).collect();
        values.into_iter().collect()
    }

    /// The depot must be node 1, as it is in all published files, and the only one.
    pub(super) fn check_depot(&self, faults: &mut Faults) -> Option<()> {
        let section = Section::Depots;
        let words = self.needed(section, faults)?;
        let depots: Vec<&str> = words.iter().map(|&(_, word)| word).collect();
        if matches!(depots[..], ["1"] | ["1", "-1"]) {
            return Some(());
        }
        let line = words.first().map(|&(line, _)| line);
        let cause = "the depot is not node 1 alone".to_string();
        let action = "give one depot, as node 1, and end the section with -1";
        faults.add("E321", line, Some(section.name()), cause, action);
        None
    }
}

/// A finite number; a fault and NaN otherwise.
fn number((line, word): Word, section: Section, faults: &mut Faults) -> f64 {
    match word.parse::<f64>() {
        Ok(value) if value.is_finite() => value,
        _ => {
            let cause = format!("{} is not a number", quoted(word));
            faults.add("E302", Some(line), Some(section.name()), cause, "correct the number");
            f64::NAN
        }
    }
}

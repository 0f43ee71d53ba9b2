//! Benchmark instances: which of the formats a text is in, and what their readers share.

use postroad_model::network::NetworkProblem;
use postroad_model::{Fault, Place};

use crate::{national, orlib, problem};

/// Faults of one file that are told one by one; the rest are counted.
const FAULTS_TOLD: usize = 50;

/// From here on a number is no amount of money or parcels but stands for infinity.
const LARGEST: f64 = 1e15;

/// Reads an instance in any of the formats: our JSON problem, the sparse national text, or one of
/// the OR-Library layouts. `capacity` stands in for every capacity of an OR-Library file.
pub fn read(file: &str, text: &str, capacity: Option<f64>) -> Result<NetworkProblem, Vec<Fault>> {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let header: Vec<&str> = first.split_whitespace().collect();
    if first.trim_start().starts_with('{') {
        return problem::read(file, text);
    }
    match header.len() {
        2 => orlib::read(file, text, capacity),
        3 => national::read(file, text),
        _ => {
            let mut faults = Faults::new(file);
            faults.add(
                "E301",
                Some(1),
                None,
                "the file starts neither with two or three counts nor with a brace".into(),
                "give a national instance, an OR-Library file or a JSON problem",
            );
            Err(faults.into_vec())
        }
    }
}

/// Collects the faults of one file.
pub(crate) struct Faults {
    file: String,
    told: Vec<Fault>,
    untold: usize,
}

impl Faults {
    /// None yet, in a file as the user named it.
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_string(), told: Vec::new(), untold: 0 }
    }

    /// Adds a fault; `line` counts from 1.
    pub(crate) fn add(
        &mut self,
        code: &'static str,
        line: Option<u64>,
        field: Option<&str>,
        cause: String,
        action: &str,
    ) {
        if self.told.len() == FAULTS_TOLD {
            self.untold += 1;
            return;
        }
        let place = Place { file: self.file.clone(), line, field: field.map(str::to_string) };
        self.told.push(Fault { code, place, cause, action: action.to_string() });
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// How many there are so far.
    pub(crate) fn so_far(&self) -> usize {
        self.told.len() + self.untold
    }

    /// All faults; the last says how many more there are.
    pub(crate) fn into_vec(mut self) -> Vec<Fault> {
        if self.untold > 0 {
            self.told.push(Fault {
                code: "E300",
                place: Place { file: self.file, line: None, field: None },
                cause: format!("{} more faults like these were found", self.untold),
                action: "correct the ones above and read the file again".to_string(),
            });
        }
        self.told
    }

    /// A number that is not negative and not NaN; infinite only if `infinite` allows it. A fault
    /// and `None` otherwise.
    pub(crate) fn amount(
        &mut self,
        word: &str,
        line: u64,
        field: &str,
        infinite: bool,
    ) -> Option<f64> {
        match word.parse::<f64>() {
            Ok(value) if (0.0..LARGEST).contains(&value) => Some(value),
            Ok(value) if infinite && value >= LARGEST => Some(f64::INFINITY),
            _ => {
                let expected = if infinite { "a number from 0 or inf" } else { "a number from 0" };
                let cause = format!("{} is not {expected}", quoted(word));
                self.add("E302", Some(line), Some(field), cause, "correct the number");
                None
            }
        }
    }

    /// A count below 2³². A fault and `None` otherwise.
    pub(crate) fn count(&mut self, word: &str, line: u64, field: &str) -> Option<usize> {
        let count = word.parse::<u32>().ok().map(|count| count as usize);
        if count.is_none() {
            let cause = format!("{} is not a count", quoted(word));
            self.add("E302", Some(line), Some(field), cause, "give a whole number from 0");
        }
        count
    }
}

/// A word of the input in quotes, cut short if it is long.
pub(crate) fn quoted(word: &str) -> String {
    const MOST: usize = 24;
    if word.chars().count() <= MOST {
        return format!("\"{}\"", word.escape_debug());
    }
    let start: String = word.chars().take(MOST).collect();
    format!("\"{}…\"", start.escape_debug())
}

/// The lines of a text that are not blank, with their number from 1.
pub(crate) fn numbered_lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    (1u64..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty())
}

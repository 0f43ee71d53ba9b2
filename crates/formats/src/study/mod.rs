//! The study file: one TOML document with everything a study assumes, each number with its unit,
//! its source and, if it is uncertain, a low and a high.
//!
//! All faults of a file are collected in one reading, each with line, field, what was expected and
//! what to do. docs/formats.md describes the fields and the codes.

mod checks;
pub(crate) mod reader;
mod schema;
mod sections;
mod terms;
mod units;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;

use postroad_model::{Fault, Place};
use toml::de::DeTable;

pub use schema::*;

use crate::locate::{Lines, nearest};
use reader::{Reading, Section};

/// A study as read from its file.
#[derive(Clone, PartialEq, Debug)]
pub struct Study {
    sections: Sections,
    /// Every number with unit and source, in the order of reading.
    pub quantities: Vec<Quantity>,
    /// Name of the file it was read from.
    pub file: String,
    text: String,
    overrides: BTreeMap<String, f64>,
}

/// The sections are what one wants of a study nearly always.
impl Deref for Study {
    type Target = Sections;
    fn deref(&self) -> &Sections {
        &self.sections
    }
}

/// A number with a low and a high.
#[derive(Clone, PartialEq, Debug)]
pub struct Uncertain {
    /// Path in the file, for [`Study::with_value`].
    pub path: String,
    /// The path in words.
    pub label: String,
    /// Unit.
    pub unit: &'static str,
    /// Lowest value thought possible.
    pub low: f64,
    /// The value planned with.
    pub value: f64,
    /// Highest value thought possible.
    pub high: f64,
    /// Keys of `[sources]`.
    pub source: String,
}

impl Study {
    /// Reads a study from the text of its file; `file` is its name for messages.
    pub fn read(file: &str, text: &str) -> Result<Study, Vec<Fault>> {
        Self::read_with(file, text, BTreeMap::new())
    }

    fn read_with(
        file: &str,
        text: &str,
        overrides: BTreeMap<String, f64>,
    ) -> Result<Study, Vec<Fault>> {
        if text.trim().is_empty() {
            return Err(vec![empty(file)]);
        }
        let (document, errors) = DeTable::parse_recoverable(text);
        let reading = Reading {
            file,
            lines: Lines::of(text),
            overrides: &overrides,
            source_keys: sections::source_keys(document.get_ref()),
            faults: RefCell::default(),
            quantities: RefCell::default(),
        };
        reading.syntax(&errors);
        let top = Section::new(&reading, String::new(), Some(1), Some(document.get_ref()));
        let sections = if errors.is_empty() { Some(sections::read(&top)) } else { None };
        // A number that could not be read is missing here too; that is told already.
        if let Some(sections) = sections.as_ref().filter(|_| reading.faults.borrow().is_empty()) {
            checks::tornado(&top, sections.method.tornado.as_deref().unwrap_or_default());
        }
        let mut faults = reading.faults.into_inner();
        let quantities = reading.quantities.into_inner();
        for path in overrides.keys().filter(|p| quantities.iter().all(|q| q.path != **p)) {
            faults.push(unknown_path(file, path, &quantities));
        }
        match sections {
            Some(sections) if faults.is_empty() => {
                Ok(Study { sections, quantities, file: file.into(), text: text.into(), overrides })
            }
            _ => {
                faults.sort_by_key(|f| f.place.line.unwrap_or(0));
                Err(faults)
            }
        }
    }

    /// The numbers with a low and a high that the tornado moves: those the study lists, or all.
    pub fn uncertain(&self) -> Vec<Uncertain> {
        let uncertain = |q: &Quantity| {
            let (low, high) = q.range?;
            if self.method.tornado.as_ref().is_some_and(|paths| !paths.contains(&q.path)) {
                return None;
            }
            Some(Uncertain {
                path: q.path.clone(),
                label: q.path.replace('.', ", ").replace('_', " "),
                unit: q.unit,
                low,
                value: q.value,
                high,
                source: q.source.clone(),
            })
        };
        self.quantities.iter().filter_map(uncertain).collect()
    }

    /// The number at a path.
    pub fn quantity(&self, path: &str) -> Option<&Quantity> {
        self.quantities.iter().find(|q| q.path == path)
    }

    /// The same study with another value at `path`; a fault if there is no such number, or if the
    /// value does not fit its range or the fields beside it.
    pub fn with_value(&self, path: &str, value: f64) -> Result<Study, Vec<Fault>> {
        let mut overrides = self.overrides.clone();
        overrides.insert(path.into(), value);
        Self::read_with(&self.file, &self.text, overrides)
    }

    /// The scenario of a name, or a fault that lists the names there are.
    pub fn scenario(&self, name: &str) -> Result<&Scenario, Fault> {
        self.scenarios.iter().find(|s| s.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.scenarios.iter().map(|s| s.name.as_str()).collect();
            Fault {
                code: "E109",
                place: Place {
                    file: self.file.clone(),
                    line: None,
                    field: Some("scenarios".into()),
                },
                cause: format!("there is no scenario `{name}`"),
                action: format!("name one of {}", names.join(", ")),
            }
        })
    }

    /// The text of the file, to be written beside results.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn empty(file: &str) -> Fault {
    Fault {
        code: "E102",
        place: Place { file: file.into(), line: None, field: None },
        cause: "the study is empty".into(),
        action: "start from a copy of examples/us-2026/study.toml".into(),
    }
}

fn unknown_path(file: &str, path: &str, quantities: &[Quantity]) -> Fault {
    let near = nearest(path, quantities.iter().map(|q| q.path.as_str()));
    Fault {
        code: "E114",
        place: Place { file: file.into(), line: None, field: Some(path.into()) },
        cause: format!("the study has no number at `{path}`"),
        action: match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "give the dotted path of a number in the file".into(),
        },
    }
}

#[cfg(test)]
mod tests;

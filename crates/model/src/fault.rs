//! Faults: what is wrong with an input. A fault in an input is not a violation of a plan.

use std::fmt;

/// Where a fault is: the file, the line and the field, as far as they are known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Place {
    /// The file as the user named it.
    pub file: String,
    /// Line number, from 1.
    pub line: Option<u64>,
    /// Column of a table, or dotted key of a study file.
    pub field: Option<String>,
}

/// What is wrong with an input, what was expected, and what the user can do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Stable code such as `E101`, indexed in `docs/formats.md`.
    pub code: &'static str,
    /// Where it is.
    pub place: Place,
    /// What is wrong and what was expected, in one sentence without a full stop.
    pub cause: String,
    /// What to do about it, in one sentence without a full stop.
    pub action: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ": {field}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]: {}; {}", self.place, self.code, self.cause, self.action)
    }
}

impl std::error::Error for Fault {}

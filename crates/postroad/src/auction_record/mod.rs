//! The record of an auction on disk: keys, notices, messages, the log, and everything that anybody
//! recomputes from it. What makes a log valid is decided in `postroad-record`; here are the files
//! around it, the clock, the random numbers and the clearing.

pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod market;
pub(crate) mod message;
pub(crate) mod notice;
pub(crate) mod ocds;
pub(crate) mod settlement;
pub(crate) mod simulation;

use std::io::ErrorKind;
use std::path::Path;
use std::time::SystemTime;

use postroad_model::{Fault, Place};
use postroad_record::auction::Rejection;
use postroad_record::bytes::Hash;
use postroad_record::time::Time;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::input::read_text;
use crate::output::{self, OutputFile};

/// A fault of a file of the record.
pub(crate) fn fault(code: &'static str, file: &Path, cause: String, action: &str) -> Fault {
    let place = Place { file: file.display().to_string(), line: None, field: None };
    Fault { code, place, cause, action: action.into() }
}

/// What the rules of the auction refuse.
pub(crate) fn refused(log: &Path, rejection: &Rejection) -> Failure {
    let action = "see the rules in docs/auction-record.md; nothing was entered";
    fault("E453", log, format!("refused by {rejection}"), action).into()
}

/// Reads a JSON file of ours.
pub(crate) fn read_json<T: DeserializeOwned>(
    path: &Path,
    code: &'static str,
    what: &str,
) -> Result<T, Failure> {
    let text = read_text(path)?;
    serde_json::from_str(&text).map_err(|error| {
        let line = Some(error.line() as u64).filter(|&line| line > 0);
        let place = Place { file: path.display().to_string(), line, field: None };
        let (cause, action) = (format!("this is no {what}: {error}"), format!("name a {what}"));
        Failure::from(Fault { code, place, cause, action })
    })
}

/// Content as a line of JSON.
pub(crate) fn json_line(content: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(content).expect("our types can always be written");
    line.push(b'\n');
    line
}

/// Writes a JSON file of ours, whole or not at all.
pub(crate) fn write_json(path: &Path, content: &impl Serialize) -> Result<(), Failure> {
    let Some(name) = path.file_name() else {
        let cause = ErrorKind::InvalidFilename.into();
        return Err(Failure::Output { path: path.display().to_string(), cause });
    };
    let file = OutputFile { name: name.to_string_lossy().into_owned(), bytes: json_line(content) };
    output::write(path.parent().unwrap_or(Path::new("")), &[file])
}

/// 32 random bytes of the operating system.
pub(crate) fn random() -> Result<[u8; 32], Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::Negative(format!("the operating system gives no random numbers: {error}"))
    })?;
    Ok(bytes)
}

/// Random bytes as a hash is written.
pub(crate) fn random_hash() -> Result<Hash, Failure> {
    random().map(postroad_record::bytes::Hex)
}

/// The time given, or now.
pub(crate) fn time(given: Option<Time>) -> Time {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = Time::from_seconds(now.map_or(0, |since| since.as_secs()));
    given.or(now).expect("this is before the year 9999")
}

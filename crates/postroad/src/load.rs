//! A study with its tables, read from files and fingerprinted on the way.

use std::cell::RefCell;
use std::io::{Cursor, Read};
use std::path::{Component, Path, PathBuf};

use postroad_formats::study::Study;
use postroad_model::{Fault, Place};
use serde::Deserialize;

use crate::failure::Failure;
use crate::input;
use crate::output::sha256;
use crate::planning::Geography;
use crate::result::{InputFile, Outline, StateOutline, StudyInput};

/// The study that is planned when none is named.
pub const FLAGSHIP: &str = "examples/us-2026";
/// Name of the study file in a study's folder.
const STUDY_FILE: &str = "study.toml";
/// Scale of the projection in which outlines are drawn (d3-geo's `geoAlbersUsa`, for a frame of
/// 975 × 610).
const PROJECTION_SCALE: f64 = 1300.0;

/// A study ready to be planned.
pub struct Loaded {
    /// What it says.
    pub study: Study,
    /// Its tables.
    pub geography: Geography,
    /// Outlines for maps; empty if the study names none.
    pub outline: Outline,
    /// Where all of it came from.
    pub input: StudyInput,
}

/// The study file meant by a path: the file itself, or `study.toml` in a folder.
pub fn study_file(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(STUDY_FILE) } else { path.to_path_buf() }
}

/// Reads a study and its tables.
pub fn load(path: &Path) -> Result<Loaded, Failure> {
    let file = study_file(path);
    if !file.exists() && path == Path::new(FLAGSHIP) {
        return Err(no_flagship().into());
    }
    let text = input::read_text(&file)?;
    load_text(&file, text)
}

/// Reads the tables of a study whose text is known; `file` is where it was.
pub fn load_text(file: &Path, text: String) -> Result<Loaded, Failure> {
    let shown = file.display().to_string();
    let study = Study::read(&shown, &text)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let tables = RefCell::new(Vec::new());
    let open = |name: &str| open(folder, name, &tables);
    let mut reader = |name: &str| open(name).map(|b| Box::new(Cursor::new(b)) as Box<dyn Read>);
    let geography = Geography::read(&study, &mut reader)
        .map_err(|faults| faults.into_iter().map(|f| from_here(folder, f)).collect::<Vec<_>>())?;
    let outline = match &study.tables.outline {
        Some(name) => read_outline(&folder.join(name), &input::text(open(name)?))?,
        None => Outline::default(),
    };
    let input = StudyInput {
        title: study.name.clone(),
        description: study.description.clone(),
        file: InputFile { path: shown, sha256: sha256(text.as_bytes()) },
        toml: text,
        tables: tables.into_inner(),
    };
    Ok(Loaded { study, geography, outline, input })
}

/// A fault in a table, with the path from where the user is and not from where the study is.
fn from_here(folder: &Path, mut fault: Fault) -> Fault {
    let path = folder.join(&fault.place.file);
    if path.exists() {
        fault.place.file = without_detours(&path).display().to_string();
    }
    fault
}

/// The path without `folder/..`, which says nothing.
fn without_detours(path: &Path) -> PathBuf {
    let mut short = PathBuf::new();
    for part in path.components() {
        match (part, short.components().next_back()) {
            (Component::ParentDir, Some(Component::Normal(_))) => {
                short.pop();
            }
            _ => short.push(part),
        }
    }
    short
}

/// The unpacked bytes of a table, whose fingerprint is noted.
fn open(folder: &Path, name: &str, tables: &RefCell<Vec<InputFile>>) -> Result<Vec<u8>, Fault> {
    let path = folder.join(name);
    let bytes = input::read_bytes(&path)?;
    tables.borrow_mut().push(InputFile { path: name.into(), sha256: sha256(&bytes) });
    input::unpacked(&path, bytes)
}

/// An outline file: points are whole numbers, `scale` of them to a unit of the frame.
#[derive(Deserialize)]
struct OutlineFile {
    width: f64,
    height: f64,
    scale: f64,
    states: Vec<StateFile>,
}

#[derive(Deserialize)]
struct StateFile {
    fips: String,
    name: String,
    paths: Vec<Vec<f64>>,
}

pub(crate) fn read_outline(file: &Path, text: &str) -> Result<Outline, Fault> {
    let read: OutlineFile = serde_json::from_str(text).map_err(|error| Fault {
        code: "E209",
        place: Place {
            file: file.display().to_string(),
            line: Some(error.line() as u64),
            field: None,
        },
        cause: format!("the outline cannot be read: {error}"),
        action: "make it as docs/data.md describes, or leave `tables.outline` out".into(),
    })?;
    let state = |s: &StateFile| StateOutline {
        fips: s.fips.clone(),
        name: s.name.clone(),
        paths: s.paths.iter().map(|p| points(p, read.scale)).collect(),
    };
    Ok(Outline {
        width: read.width,
        height: read.height,
        scale: PROJECTION_SCALE,
        states: read.states.iter().map(state).collect(),
    })
}

fn points(path: &[f64], scale: f64) -> Vec<(f64, f64)> {
    path.chunks_exact(2).map(|p| (p[0] / scale, p[1] / scale)).collect()
}

fn no_flagship() -> Fault {
    Fault {
        code: "E001",
        place: Place { file: FLAGSHIP.into(), line: None, field: None },
        cause: "no study was named, and the flagship study is not here".into(),
        action: "run the command in the folder of the repository, or name a study".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_without_detours() {
        let short = |path: &str| without_detours(Path::new(path)).display().to_string();
        assert_eq!(short("examples/us/../../data/zones.csv"), "data/zones.csv");
        assert_eq!(short("../us/study.toml"), "../us/study.toml");
        assert_eq!(short("a/../../b"), "../b");
    }
}

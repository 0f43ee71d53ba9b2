//! What a run leaves behind: files of one folder, written whole or not at all.

pub mod geojson;
pub mod map;
pub mod names;
pub mod plan;
pub mod series;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::result::InputFile;

/// A file to be written, in memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputFile {
    /// Name within the folder.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

impl OutputFile {
    /// Name and fingerprint.
    pub fn fingerprint(&self) -> InputFile {
        InputFile { path: self.name.clone(), sha256: sha256(&self.bytes) }
    }
}

/// sha256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Shows that the folder can be made and written, so that a long run does not end in vain. What was
/// not there before is taken away again: a run that fails leaves nothing.
pub fn prepare(folder: &Path) -> Result<(), Failure> {
    let probe = temporary(folder, "probe");
    let is_new = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
    let made: Vec<&Path> = folder.ancestors().take_while(is_new).collect();
    let shown = fs::create_dir_all(folder)
        .and_then(|()| fs::write(&probe, b""))
        .and_then(|()| fs::remove_file(&probe));
    for folder in made {
        // Another run may have written to it by now, or it could not be made.
        let _ = fs::remove_dir(folder);
    }
    shown.map_err(|cause| failure(folder, cause))
}

/// Makes a folder for files that are written one by one.
pub fn make(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|cause| failure(folder, cause))
}

/// Writes all files beside their places first and moves them there after, in the order given; a
/// reader sees each file as it was or as it is, never a part of it.
pub fn write(folder: &Path, files: &[OutputFile]) -> Result<(), Failure> {
    let staged: Vec<PathBuf> = files.iter().map(|f| temporary(folder, &f.name)).collect();
    let outcome = stage_and_move(folder, files, &staged);
    if outcome.is_err() {
        for path in &staged {
            // Nothing more can be done about a file that will not go.
            let _ = fs::remove_file(path);
        }
    }
    outcome.map_err(|(path, cause)| failure(&path, cause))
}

fn stage_and_move(
    folder: &Path,
    files: &[OutputFile],
    staged: &[PathBuf],
) -> Result<(), (PathBuf, io::Error)> {
    fs::create_dir_all(folder).map_err(|cause| (folder.to_path_buf(), cause))?;
    for (file, path) in files.iter().zip(staged) {
        fs::write(path, &file.bytes).map_err(|cause| (path.clone(), cause))?;
    }
    for (file, path) in files.iter().zip(staged) {
        let place = folder.join(&file.name);
        fs::rename(path, &place).map_err(|cause| (place, cause))?;
    }
    Ok(())
}

fn temporary(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!(".{name}.{}.part", std::process::id()))
}

fn failure(path: &Path, cause: io::Error) -> Failure {
    Failure::Output { path: path.display().to_string(), cause }
}

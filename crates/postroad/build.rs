//! The number of the program that clears auctions, for logs: a fingerprint of every source that an
//! outcome depends on, so that two builds of one version that could differ are told apart.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// What clearing and payments are computed by, beside this file, and the versions of libraries.
const SOURCES: [&str; 6] = [
    "../model/src",
    "../optimization/src",
    "../auction/src",
    "../record/src",
    "src/auction_record",
    "../../Cargo.lock",
];
/// Digits of the fingerprint that are told.
const DIGITS: usize = 12;

fn main() {
    let mut files = Vec::new();
    for source in SOURCES {
        println!("cargo::rerun-if-changed={source}");
        collect(Path::new(source), &mut files);
    }
    // The order in which a folder lists its files is not that of every machine.
    files.sort();
    let mut digest = Sha256::new();
    for file in files {
        digest.update(file.to_string_lossy().as_bytes());
        digest.update(fs::read(&file).expect("a source that was listed can be read"));
    }
    let digits: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=POSTROAD_SOURCES={}", &digits[..DIGITS]);
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if !path.is_dir() {
        files.push(path.to_path_buf());
        return;
    }
    for entry in fs::read_dir(path).expect("the folders of sources can be read") {
        collect(&entry.expect("the folders of sources can be read").path(), files);
    }
}

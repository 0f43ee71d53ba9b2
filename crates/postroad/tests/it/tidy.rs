//! The mechanical part of the rules of this repository: sizes, headers, arrows, words.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest source file, in lines.
const LINES_MAX: usize = 800;
/// Largest file that is not in `LARGE`, in bytes.
const BYTES_MAX: u64 = 300_000;
/// Folders whose tables may be larger, each up to `LARGE_BYTES_MAX`.
const LARGE: [&str; 2] = ["data/us", "docs/images"];
const LARGE_BYTES_MAX: u64 = 4_000_000;
/// What a crate may depend on among ours: the words and the mathematics below, the kernels side by
/// side, the formats, the application on top.
const ARROWS: [(&str, &[&str]); 9] = [
    ("model", &[]),
    ("optimization", &[]),
    ("network-design", &["model", "optimization"]),
    ("routing", &["model", "optimization"]),
    ("auction", &["model", "optimization"]),
    ("record", &["model"]),
    ("formats", &["model"]),
    ("roads", &["model"]),
    (
        "postroad",
        &[
            "model",
            "optimization",
            "network-design",
            "routing",
            "auction",
            "record",
            "formats",
            "roads",
        ],
    ),
];
/// Folders of builds and runs, which no rule concerns.
const SKIPPED: [&str; 5] = [".git", "target", "out", "node_modules", "__pycache__"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file of the repository, as path from the root.
fn files() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !SKIPPED.contains(&name.as_str()) {
                folders.push(path);
            } else if path.is_file() {
                let path = path.strip_prefix(root()).unwrap();
                found.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

fn files_ending(end: &str) -> Vec<(String, String)> {
    let text = |file: String| {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        (file, text)
    };
    files().into_iter().filter(|file| file.ends_with(end)).map(text).collect()
}

fn assert_none(rule: &str, broken: Vec<String>) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn source_files_are_short_and_have_a_header() {
    let mut broken = Vec::new();
    for (file, text) in files_ending(".rs") {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            broken.push(format!("{file}: {lines} lines, at most {LINES_MAX}"));
        }
        if !text.starts_with("//! ") {
            broken.push(format!("{file}: must open with a header that says what it is"));
        }
    }
    assert_none("source files are short and have a header", broken);
}

#[test]
fn crates_depend_downwards_only() {
    let mut broken = Vec::new();
    let mut known = BTreeSet::new();
    for (name, allowed) in ARROWS {
        known.insert(name.to_string());
        let file = format!("crates/{name}/Cargo.toml");
        let manifest = fs::read_to_string(root().join(&file)).unwrap();
        let ours = manifest.lines().filter_map(|line| line.strip_prefix("postroad-"));
        for line in ours {
            let other = line.split(['.', ' ', '=']).next().unwrap_or_default();
            if !allowed.contains(&other)
                && !manifest.contains(&format!("name = \"postroad-{other}\""))
            {
                broken.push(format!("{file}: must not depend on {other}"));
            }
        }
    }
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !known.contains(&name) {
            broken.push(format!("crates/{name}: tidy.rs does not know what it may depend on"));
        }
    }
    assert_none("crates depend downwards only", broken);
}

#[test]
fn files_are_small() {
    let mut broken = Vec::new();
    for file in files() {
        let bytes = fs::metadata(root().join(&file)).unwrap().len();
        let is_large = LARGE.iter().any(|folder| file.starts_with(folder));
        let most = if is_large { LARGE_BYTES_MAX } else { BYTES_MAX };
        if bytes > most {
            broken.push(format!("{file}: {bytes} bytes, at most {most}"));
        }
    }
    assert_none("files are small", broken);
}

#[test]
fn files_say_nothing_of_the_machine_they_were_written_on() {
    // In pieces, so that this file does not contain what it looks for.
    let banned: Vec<String> = [
        ["/wo", "rk/"],
        ["/ho", "me/"],
        ["/ro", "ot/"],
        ["shared", "/facts"],
        ["shared", "/model"],
        ["FIX", "ME"],
        ["XX", "X:"],
        ["TO", "DO"],
    ]
    .iter()
    .map(|parts| parts.concat())
    .collect();
    let ends = [".rs", ".md", ".toml", ".py", ".sh", ".html", ".js", ".css", ".json", ".csv"];
    let mut broken = Vec::new();
    for file in files().into_iter().filter(|file| ends.iter().any(|end| file.ends_with(end))) {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        for (number, line) in text.lines().enumerate() {
            for word in banned.iter().filter(|word| line.contains(word.as_str())) {
                broken.push(format!("{file}:{}: {word}", number + 1));
            }
        }
    }
    assert_none("files say nothing of the machine they were written on", broken);
}

#[test]
fn locked_packages_come_from_the_public_registry() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let public = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let strange = |line: &&str| line.starts_with("source = ") && *line != public;
    assert_none(
        "locked packages come from the public registry",
        lock.lines().filter(strange).map(str::to_string).collect(),
    );
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for (file, text) in files_ending(".md") {
        let folder = root().join(&file).parent().unwrap().to_path_buf();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            let is_local = !target.is_empty() && !target.contains("://");
            if is_local && !folder.join(target).exists() {
                broken.push(format!("{file}: {link}"));
            }
        }
    }
    assert_none("links between documents lead somewhere", broken);
}

#[test]
fn every_fault_code_is_documented() {
    let documented = fs::read_to_string(root().join("docs/formats.md")).unwrap();
    let mut broken = BTreeSet::new();
    for (file, text) in files_ending(".rs").iter().filter(|(file, _)| file.contains("/src/")) {
        for word in text.split('"') {
            let digits = word.strip_prefix('E').unwrap_or_default();
            let is_code = digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit());
            if is_code && !documented.contains(&format!("| {word} |")) {
                broken.insert(format!("{file}: {word} is not in docs/formats.md"));
            }
        }
    }
    assert_none("every fault code is documented", broken.into_iter().collect());
}

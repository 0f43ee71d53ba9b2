//! The chapters on auctions are run as they are written: all blocks of shell commands of a
//! chapter, one after the other, in an empty folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

use super::support::root;

/// The blocks of shell commands of a chapter; `from` is its heading.
fn commands(file: &str, from: &str) -> String {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let level = from.split_once(' ').unwrap().0;
    let mut lines = text.lines().skip_while(|line| *line != from);
    let next = lines.next().into_iter();
    let chapter = next.chain(lines.take_while(|line| !line.starts_with(&format!("{level} "))));
    let (mut commands, mut is_inside) = (String::new(), false);
    for line in chapter {
        match (line, is_inside) {
            ("```sh", false) => is_inside = true,
            ("```", true) => is_inside = false,
            (line, true) => commands += &format!("{line}\n"),
            _ => {}
        }
    }
    assert!(!commands.is_empty(), "{file} has no commands under {from:?}");
    commands
}

/// Runs commands in a folder and returns what they print; the first that fails ends them.
fn run(commands: &str, folder: &Path) -> String {
    let program = cargo_bin("postroad");
    let path = std::env::join_paths(
        [program.parent().unwrap().to_path_buf()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let mut bash = Command::new("bash");
    bash.args(["-euc", commands]).env("PATH", path.unwrap()).current_dir(folder);
    let done = bash.output().unwrap();
    let told = String::from_utf8_lossy(&done.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{told}\n{complaints}");
    told
}

#[test]
fn the_record_of_an_auction_runs_as_written() {
    let folder = TempDir::new().unwrap();
    let told =
        run(&commands("docs/auction-record.md", "# The record of an auction"), folder.path());
    assert_eq!(told.matches("valid: ").count(), 4, "{told}");
}

#[test]
fn the_auctions_of_the_readme_run_as_written() {
    let folder = TempDir::new().unwrap();
    let told = run(&commands("README.md", "## Auction access"), folder.path());
    assert_eq!(told.matches("valid: ").count(), 2, "{told}");
}

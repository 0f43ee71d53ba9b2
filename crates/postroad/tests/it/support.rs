//! A small study made of the flagship's own text and tables: the state of Vermont.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use flate2::read::GzDecoder;
use tempfile::TempDir;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A folder with a study that takes a second to plan.
pub(crate) struct SmallStudy {
    folder: TempDir,
}

impl SmallStudy {
    /// Vermont, with two uncertain quantities.
    pub(crate) fn new() -> Self {
        let study = Self { folder: TempDir::new().unwrap() };
        let units = table("delivery_units.csv.gz");
        let units = rows_with(&units, "state", &["VT"]);
        let ids: Vec<String> = column(&units, "id");
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        study.write("zones.csv", &rows_with(&table("zones.csv.gz"), "delivery_unit", &ids));
        study.write("units.csv", &units);
        study.write("stations.csv", &rows_with(&table("stations.csv.gz"), "state", &["VT"]));
        study.write("centres.csv", &table("processing_centres.csv"));
        study.write("upstream.csv", &table("upstream.csv"));
        study.write("study.toml", &text());
        study
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the study.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// A file of the study, or of a folder in it.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Replaces a text that occurs in a file of the study.
    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} does not contain `{from}`");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// The command, in the study's folder.
    pub(crate) fn postroad(&self, args: &[&str]) -> Command {
        let mut command = Command::cargo_bin("postroad").unwrap();
        command.current_dir(self.folder.path()).args(args);
        command
    }

    /// Plans the study into a folder and returns what was printed.
    pub(crate) fn plan_into(&self, out: &str, more: &[&str]) -> String {
        let args = [&["study", "study.toml", "--rounds", "2", "--out", out], more].concat();
        let done = self.postroad(&args).assert().success();
        String::from_utf8(done.get_output().stdout.clone()).unwrap()
    }
}

/// The flagship's text with the small tables, few parcels and two uncertain quantities.
fn text() -> String {
    let text = fs::read_to_string(root().join("examples/us-2026/study.toml")).unwrap();
    let mut small = String::new();
    for line in text.lines().filter(|line| !line.starts_with("outline")) {
        let line = line
            .replace("../../data/us/delivery_units.csv.gz", "units.csv")
            .replace("../../data/us/processing_centres.csv", "centres.csv")
            .replace("../../data/us/", "")
            .replace(".csv.gz", ".csv")
            .replace("parcels = { value = 8.0e9", "parcels = { value = 1.6e7")
            .replace("min_share = { value = 0.70", "min_share = { value = 0.10")
            .replace("commitment = { value = 0.8e9", "commitment = { value = 1.6e6")
            .replace(
                "{ value = 1.0e9, unit = \"parcels/yr\"",
                "{ value = 2.0e6, unit = \"parcels/yr\"",
            )
            .replace(
                "{ value = 1.6e9, unit = \"parcels/yr\"",
                "{ value = 3.2e6, unit = \"parcels/yr\"",
            );
        let keeps_range = line.starts_with("van = ") || line.starts_with("detour = ");
        small += &if keeps_range { line } else { without_range(&line) };
        small.push('\n');
    }
    small
}

/// A line without the low and the high of its quantity.
fn without_range(line: &str) -> String {
    let Some((before, rest)) = line.split_once(", low = ") else { return line.to_owned() };
    let after = rest.split_once(", high = ").map_or(rest, |(_, after)| after);
    let unit = after.find(", unit").expect("a quantity has a unit after its range");
    format!("{before}{}", &after[unit..])
}

/// A table of the flagship, unpacked.
fn table(name: &str) -> String {
    let bytes = fs::read(root().join("data/us").join(name)).unwrap();
    let mut text = String::new();
    if name.ends_with(".gz") {
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    text
}

/// The rows of a table with one of some values in a column, with the header.
fn rows_with(table: &str, name: &str, values: &[&str]) -> String {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let at = headers.iter().position(|h| h == name).unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&headers).unwrap();
    for row in reader.records().map(Result::unwrap) {
        if values.contains(&&row[at]) {
            writer.write_record(&row).unwrap();
        }
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

fn column(table: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let at = reader.headers().unwrap().iter().position(|h| h == name).unwrap();
    reader.records().map(|row| row.unwrap()[at].to_owned()).collect()
}

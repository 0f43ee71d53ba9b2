//! A market from wherever it is: a folder of tables, a JSON file, an instance of CATS.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use postroad_formats::auction::{self, Files, Market, Scenario};
use postroad_formats::{cats, tables};
use postroad_model::{Fault, Place};

use super::values::Unit;
use crate::input::{read_text, unreadable};
use crate::load::read_outline;
use crate::result::Outline;

/// The settings of a folder, and the folder of scenarios beside them.
const SETTINGS: &str = "market.toml";
const SCENARIOS: &str = "scenarios";
/// Outlines for the map, where a folder has them.
const OUTLINE: &str = "outline.json";
/// Seed of the tickets of an instance that has none.
const SEED: u64 = 1;

/// Reads a market, changed by a scenario if one is named.
pub(crate) fn load(path: &Path, scenario: Option<&str>) -> Result<Market, Vec<Fault>> {
    if path.is_dir() {
        return Folder::open(path)?.market(scenario);
    }
    if path.file_name().is_some_and(|name| name == SETTINGS) {
        return Folder::open(path.parent().unwrap_or(Path::new("")))?.market(scenario);
    }
    let (file, text) = (path.display().to_string(), read_text(path)?);
    if cats::is_cats(&text) {
        return cats::read(&file, &text, SEED);
    }
    if text.trim_start().starts_with('{') {
        return auction::json(&file, &text, scenario);
    }
    Err(vec![Fault {
        code: "E419",
        place: Place { file, line: None, field: None },
        cause: "the file is no market".into(),
        action: "name a folder with lots.csv and bidders.csv, a JSON market or a CATS file".into(),
    }])
}

/// What to tell of columns that were not read: a misspelt one would change the market unseen.
pub(crate) fn unread_columns(market: &Market) -> Option<String> {
    let columns = market.passed_over.join(", ");
    (!columns.is_empty()).then(|| format!("columns passed over: {columns}"))
}

/// Reads a market to be cleared: a market without bids is well to announce, not to clear.
pub(crate) fn with_bids(path: &Path, scenario: Option<&str>) -> Result<Market, Vec<Fault>> {
    let market = load(path, scenario)?;
    if !market.problem.bids.is_empty() {
        return Ok(market);
    }
    Err(vec![Fault {
        code: "E419",
        place: Place { file: path.display().to_string(), line: None, field: None },
        cause: "the market has no bids".into(),
        action: "add bids.csv or packages.csv; docs/formats.md lists their columns".into(),
    }])
}

/// The scenarios of a market in a folder or a JSON file.
pub(crate) fn scenarios(path: &Path) -> Result<Vec<Scenario>, Vec<Fault>> {
    if path.is_dir() {
        return Folder::open(path).map(|folder| folder.scenarios());
    }
    let (file, text) = (path.display().to_string(), read_text(path)?);
    Ok(auction::json_scenarios(&file, &text))
}

/// A market's folder with its small files read.
struct Folder {
    path: PathBuf,
    settings: (String, String),
    /// Name and text by name of the scenario.
    scenarios: BTreeMap<String, (String, String)>,
}

impl Folder {
    fn open(path: &Path) -> Result<Self, Vec<Fault>> {
        let settings = path.join(SETTINGS);
        let text = if settings.exists() { read_text(&settings)? } else { String::new() };
        let mut scenarios = BTreeMap::new();
        let listed = std::fs::read_dir(path.join(SCENARIOS)).into_iter().flatten().flatten();
        for file in listed.map(|entry| entry.path()) {
            if file.extension().is_some_and(|end| end == "toml") {
                let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                scenarios.insert(name, (file.display().to_string(), read_text(&file)?));
            }
        }
        let settings = (settings.display().to_string(), text);
        Ok(Self { path: path.to_path_buf(), settings, scenarios })
    }

    fn market(&self, scenario: Option<&str>) -> Result<Market, Vec<Fault>> {
        let shown = |table: &str| self.file(table).display().to_string();
        let open = |table: &str| table_of(&self.file(table));
        let scenarios = self.scenarios.iter();
        let files = Files {
            settings: (&self.settings.0, &self.settings.1),
            scenarios: scenarios.map(|(n, (f, t))| (n.clone(), f.as_str(), t.as_str())).collect(),
            shown: &shown,
            open: &open,
        };
        auction::read(&files, scenario)
    }

    fn scenarios(&self) -> Vec<Scenario> {
        let mut all = auction::scenarios(&self.settings.0, &self.settings.1);
        let own = |name: &String| Scenario { name: name.clone(), note: String::new() };
        all.extend(self.scenarios.keys().map(own));
        all
    }

    /// The file of a table: gzipped if only that is there.
    fn file(&self, table: &str) -> PathBuf {
        let packed = self.path.join(format!("{table}.gz"));
        let plain = self.path.join(table);
        if packed.exists() && !plain.exists() { packed } else { plain }
    }
}

/// Opens a table; none if there is no such file.
fn table_of(file: &Path) -> Result<Option<Box<dyn Read>>, Fault> {
    if !file.exists() {
        return Ok(None);
    }
    if file.is_dir() {
        return Err(unreadable(file, &ErrorKind::IsADirectory.into()));
    }
    let input = File::open(file).map_err(|error| unreadable(file, &error))?;
    let input = BufReader::with_capacity(1 << 16, input);
    let is_packed = file.extension().is_some_and(|end| end == "gz");
    Ok(Some(if is_packed { Box::new(MultiGzDecoder::new(input)) } else { Box::new(input) }))
}

/// Outlines for maps: those of a file, or the market's own, or none.
pub(crate) fn outline(market: &Path, file: Option<&Path>) -> Result<Outline, Vec<Fault>> {
    let own = market.join(OUTLINE);
    let Some(file) = file.map(Path::to_path_buf).or_else(|| own.exists().then_some(own)) else {
        return Ok(Outline::default());
    };
    read_outline(&file, &read_text(&file)?).map_err(|fault| vec![fault])
}

/// The delivery units of a study, as places where parcels are handed over.
pub(crate) fn units(units: &Path, centres: &Path) -> Result<Vec<Unit>, Vec<Fault>> {
    let (shown, text) = (centres.display().to_string(), read_text(centres)?);
    let (centres, index) = tables::read_processing_centres(&shown, text.as_bytes())?;
    let (shown, text) = (units.display().to_string(), read_text(units)?);
    let (units, _) = tables::read_delivery_units(&shown, text.as_bytes(), &index)?;
    let unit = |unit: tables::DeliveryUnit| Unit {
        name: unit.id,
        centre: centres[unit.processing_centre].id.clone(),
        region: unit.state,
        point: unit.coordinate,
        households: unit.households,
    };
    Ok(units.into_iter().map(unit).collect())
}

//! Where a market is read from: a folder of tables, or one JSON file with the same tables.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Read;

use postroad_model::{Fault, Place};
use serde_json::Value;
use serde_json::value::RawValue;

use super::Market;
use super::bidders::{no_table, read_bidders};
use super::bids::{BidRows, read_bids};
use super::build::{Rows, build};
use super::groups::Groups;
use super::lots::{LotSets, Lots, read_lot_sets, read_lots};
use super::packages::{PackageRows, read_items, read_packages};
use super::settings::{self, Scenario, Settings, Text};
use crate::locate::Lines;
use crate::pairs::Pairs;
use crate::tables::reader::{Column, Table};

/// A table: the name of its file for messages, and what is in it.
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    content: Content,
    /// Where columns that are not known are noted.
    passed_over: &'a RefCell<Vec<String>>,
}

enum Content {
    Csv(Box<dyn Read>),
    /// A list of objects, behind as many empty lines as stand before it in its file.
    Json(String),
}

impl<'a> Source<'a> {
    /// Opens the table.
    pub(super) fn open(self, columns: &[Column]) -> Result<Table<'a, Box<dyn Read>>, Vec<Fault>> {
        let table = match self.content {
            Content::Csv(input) => Table::open(self.file, input, columns),
            Content::Json(text) => Table::open_json(self.file, text.as_bytes(), columns),
        }?;
        let noted = table.passed_over().iter().map(|name| format!("{}: {name}", self.file));
        self.passed_over.borrow_mut().extend(noted);
        Ok(table)
    }
}

/// Opens a table by its name, such as `bids.csv`; none if there is none.
pub type OpenTable<'a> = dyn Fn(&str) -> Result<Option<Box<dyn Read>>, Fault> + 'a;

/// What a folder holds beside its tables, and how to open these.
pub struct Files<'a> {
    /// Name and text of the settings.
    pub settings: (&'a str, &'a str),
    /// Names of scenarios, with name and text of their files.
    pub scenarios: Vec<(String, &'a str, &'a str)>,
    /// The name of a table for messages.
    pub shown: &'a dyn Fn(&str) -> String,
    /// Opens a table.
    pub open: &'a OpenTable<'a>,
}

/// Reads a market from a folder, changed by a scenario if one is named.
pub fn read(files: &Files, scenario: Option<&str>) -> Result<Market, Vec<Fault>> {
    let text = |(file, text)| Text { file, text, root: None };
    let others: Vec<(String, Text)> =
        files.scenarios.iter().map(|(name, f, t)| (name.clone(), text((f, t)))).collect();
    let settings = settings::read(text(files.settings), &others, scenario);
    let content = |table: &str| {
        let input = (files.open)(&format!("{table}.csv"))?;
        Ok(input.map(Content::Csv))
    };
    market(settings, files.settings.0, &|table| (files.shown)(&format!("{table}.csv")), &content)
}

/// Reads a market from one JSON file, changed by a scenario if one is named.
pub fn json(file: &str, text: &str, scenario: Option<&str>) -> Result<Market, Vec<Fault>> {
    let fault = |line, cause: String| Fault {
        code: "E419",
        place: Place { file: file.into(), line, field: None },
        cause,
        action: "write an object with the tables that docs/formats.md lists".into(),
    };
    let parts: Pairs<&RawValue> = serde_json::from_str(text).map_err(|error| {
        vec![fault(Some(error.line() as u64), format!("this is no market: {error}"))]
    })?;
    let parts: BTreeMap<String, &RawValue> = parts.0.into_iter().collect();
    let is_part = |key: &str| key == SETTINGS || TABLES.contains(&key);
    if let Some(other) = parts.keys().find(|key| !is_part(key)) {
        return Err(vec![fault(None, format!("`{other}` is no part of a market"))]);
    }
    let lines = Lines::of(text);
    // Empty lines in front keep line numbers those of the whole file.
    let offset = |raw: &RawValue| raw.get().as_ptr() as usize - text.as_ptr() as usize;
    let indented = |raw: &RawValue, inner: &str| {
        format!("{}{inner}", "\n".repeat(lines.line(offset(raw)) as usize - 1))
    };
    let toml = match parts.get(SETTINGS) {
        None => None,
        Some(raw) => {
            let line = Some(lines.line(offset(raw)));
            let wrong = |error| vec![fault(line, format!("`{SETTINGS}` cannot be read: {error}"))];
            Some(indented(raw, &as_toml(raw).map_err(wrong)?))
        }
    };
    let toml = Text { file, text: toml.as_deref().unwrap_or("market = {}"), root: Some(SETTINGS) };
    let settings = settings::read(toml, &[], scenario);
    let content =
        |table: &str| Ok(parts.get(table).map(|raw| Content::Json(indented(raw, raw.get()))));
    market(settings, file, &|_| file.to_string(), &content)
}

/// The scenarios of a JSON market, in the order of their names.
pub fn json_scenarios(file: &str, text: &str) -> Vec<Scenario> {
    let parts: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    let toml = parts.get(SETTINGS).and_then(|raw| as_toml(raw).ok()).unwrap_or_default();
    settings::scenarios_of(Text { file, text: &toml, root: Some(SETTINGS) })
}

/// The settings of a JSON market as a line of TOML.
fn as_toml(raw: &RawValue) -> serde_json::Result<String> {
    let value: Value = serde_json::from_str(raw.get())?;
    Ok(format!("{SETTINGS} = {}", inline(&value)))
}

/// The part of a JSON market with the settings, which are a file of their own in a folder.
pub(super) const SETTINGS: &str = "market";
/// The tables of a market.
pub const TABLES: [&str; 7] =
    ["lots", "lot_sets", "bidders", "bids", "packages", "package_items", "groups"];

/// A JSON value as TOML on one line.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| format!("{} = {}", quoted(key), inline(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => quoted(text),
        Value::Null => "\"\"".into(),
        plain => plain.to_string(),
    }
}

/// A text in quotes; what JSON escapes, TOML does in the same way.
fn quoted(text: &str) -> String {
    Value::String(text.into()).to_string().replace('\u{7f}', "\\u007F")
}

type Open<'a> = dyn Fn(&str) -> Result<Option<Content>, Fault> + 'a;

/// Reads all tables; faults of all of them are told as far as they can be read without each other.
fn market(
    settings: Result<Settings, Vec<Fault>>,
    file: &str,
    shown: &dyn Fn(&str) -> String,
    open: &Open,
) -> Result<Market, Vec<Fault>> {
    let mut faults = Vec::new();
    let settings = settings.map_err(|mut own| faults.append(&mut own)).ok();
    let assumed = Settings::assumed(file);
    let tables = Tables { shown, open, passed_over: RefCell::default() };
    let lots = tables
        .needed("lots", |source| read_lots(source, settings.as_ref().unwrap_or(&assumed)))
        .map_err(|mut own| faults.append(&mut own))
        .ok();
    let bidders =
        tables.needed("bidders", read_bidders).map_err(|mut own| faults.append(&mut own)).ok();
    let (Some(lots), Some((bidders, index))) = (lots, bidders) else { return Err(faults) };
    let sets = tables.optional("lot_sets", |source| read_lot_sets(source, &lots.index));
    let sets: Option<LotSets> = sets.map_err(|mut own| faults.append(&mut own)).ok().flatten();
    let offers = offers(&tables, &lots, &index).map_err(|mut own| faults.append(&mut own));
    match (settings, offers) {
        (Some(settings), Ok((bids, packages, groups))) if faults.is_empty() => {
            let sets = sets.unwrap_or_default();
            let passed_over = tables.passed_over.take();
            let built = build(Rows { settings, lots, sets, bidders, bids, packages, groups });
            built.map(|market| Market { passed_over, ..market })
        }
        _ => Err(faults),
    }
}

type Offers = (BidRows, PackageRows, Groups);

/// Reads bids, packages and groups.
fn offers(
    tables: &Tables,
    lots: &Lots,
    bidders: &crate::tables::Index,
) -> Result<Offers, Vec<Fault>> {
    let mut groups = Groups::default();
    let mut faults = Vec::new();
    let mut take = |mut own: Vec<Fault>| faults.append(&mut own);
    let bids = tables.optional("bids", |source| read_bids(source, lots, bidders, &mut groups));
    let bids = bids.map_err(&mut take).ok().flatten();
    let packages =
        tables.optional("packages", |source| read_packages(source, bidders, &mut groups));
    let has_packages = packages.is_ok();
    let mut packages = packages.map_err(&mut take).ok().flatten().unwrap_or_default();
    if has_packages {
        let items =
            tables.optional("package_items", |source| read_items(source, &mut packages, lots));
        let checked = items.and_then(|_| packages.check());
        let _ = checked.map_err(&mut take);
    }
    let _ = tables.optional("groups", |source| groups.read(source, bidders)).map_err(&mut take);
    if !faults.is_empty() {
        return Err(faults);
    }
    packages.sort();
    Ok((bids.unwrap_or_else(|| BidRows::none(&(tables.shown)("bids"))), packages, groups))
}

/// Opens tables by name.
struct Tables<'a> {
    shown: &'a dyn Fn(&str) -> String,
    open: &'a Open<'a>,
    passed_over: RefCell<Vec<String>>,
}

impl Tables<'_> {
    fn optional<T>(
        &self,
        table: &str,
        read: impl FnOnce(Source) -> Result<T, Vec<Fault>>,
    ) -> Result<Option<T>, Vec<Fault>> {
        let file = (self.shown)(table);
        match (self.open)(table).map_err(|fault| vec![fault])? {
            Some(content) => {
                let passed_over = &self.passed_over;
                read(Source { file: &file, content, passed_over }).map(Some)
            }
            None => Ok(None),
        }
    }

    fn needed<T>(
        &self,
        table: &str,
        read: impl FnOnce(Source) -> Result<T, Vec<Fault>>,
    ) -> Result<T, Vec<Fault>> {
        let read = self.optional(table, read)?;
        read.ok_or_else(|| no_table(&(self.shown)(table), table))
    }
}

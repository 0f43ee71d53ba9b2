//! The table of lots, and the table of named sets of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use postroad_model::auction::{Lot, Side};
use postroad_model::id::{Id, IdVec};
use postroad_model::{Fault, LotId};

use super::cells::{flag, name, optional_money, optional_whole, parcels};
use super::files::Source;
use super::settings::Settings;
use super::{Labels, LotDetail};
use crate::tables::reader::{Column, Row};

/// Columns of words that say where and when a lot is; a rule may be made for each value of one.
pub const LOT_COLUMNS: [&str; 7] =
    ["place", "processing_centre", "region", "market", "service_day", "tender_window", "kind"];

const COLUMNS: [Column; 15] = [
    ("lot", true),
    (LOT_COLUMNS[0], false),
    (LOT_COLUMNS[1], false),
    (LOT_COLUMNS[2], false),
    (LOT_COLUMNS[3], false),
    (LOT_COLUMNS[4], false),
    (LOT_COLUMNS[5], false),
    (LOT_COLUMNS[6], false),
    ("parcels_per_day", true),
    ("days", false),
    ("reserve_usd", false),
    ("opportunity_usd", false),
    ("required", false),
    ("lat", false),
    ("lon", false),
];
/// Longest term: a hundred years of days.
const DAYS_MAX: u64 = 36_600;

/// Lots in the order of their names.
pub(super) struct Lots {
    pub(super) lots: IdVec<LotId, Lot>,
    pub(super) details: IdVec<LotId, LotDetail>,
    pub(super) names: Labels<LotId>,
    /// For lookups only, of which there are millions.
    pub(super) index: HashMap<String, LotId>,
}

/// Named sets of lots, each ascending.
pub(super) type LotSets = BTreeMap<String, Vec<LotId>>;

/// Reads the lots.
pub(super) fn read_lots(source: Source, settings: &Settings) -> Result<Lots, Vec<Fault>> {
    let table = source.open(&COLUMNS)?;
    let (mut rows, _) = table.read_all("lot", |row| {
        let name = name(row, "lot");
        let lot = lot(row, settings);
        let detail = detail(row);
        Some((name, lot?, detail?))
    })?;
    rows.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let mut lots = Lots {
        lots: IdVec::new(),
        details: IdVec::new(),
        names: Labels::default(),
        index: HashMap::with_capacity(rows.len()),
    };
    for (name, lot, detail) in rows {
        lots.lots.push(lot);
        lots.details.push(detail);
        let id = lots.names.push(&name);
        lots.index.insert(name, id);
    }
    Ok(lots)
}

fn lot(row: &mut Row, settings: &Settings) -> Option<Lot> {
    let capacity = parcels(row, "parcels_per_day");
    let days = match (optional_whole(row, "days", 1, DAYS_MAX), settings.days) {
        (Some(None), None) => {
            let action = "fill it in, or write `days` in market.toml";
            row.fault("E404", "days", "the lot has no days", action);
            None
        }
        (Some(None), assumed) => assumed,
        (days, _) => days.flatten().map(|days| days as u32),
    };
    let reserve = optional_money(row, "reserve_usd");
    let opportunity = optional_money(row, "opportunity_usd");
    let required = flag(row, "required")?;
    if required && settings.side == Side::Selling {
        let cause = "a lot that is sold cannot be required";
        row.fault("E417", "required", cause, "leave the cell empty, or buy instead of selling");
    }
    Some(Lot {
        parcels_per_day: capacity?,
        days: days?,
        reserve_micros: settings.reserve(reserve?),
        opportunity_micros: opportunity?.unwrap_or(settings.opportunity_micros),
        required,
    })
}

fn detail(row: &mut Row) -> Option<LotDetail> {
    let words = LOT_COLUMNS.map(|column| row.text(column));
    let is_placed = !row.cell("lat").is_empty() || !row.cell("lon").is_empty();
    let point = if is_placed { Some(row.coordinate()?) } else { None };
    Some(LotDetail { words, point })
}

/// Reads the sets.
pub(super) fn read_lot_sets(
    source: Source,
    index: &HashMap<String, LotId>,
) -> Result<LotSets, Vec<Fault>> {
    let mut sets: BTreeMap<String, BTreeSet<LotId>> = BTreeMap::new();
    source.open(&[("set", true), ("lot", true)])?.each_row(usize::MAX, |row| {
        let set = name(row, "set");
        let Some(lot) = known_lot(row, index) else { return };
        if !sets.entry(set).or_default().insert(lot) {
            let cause = format!("`{}` is in this set already", row.cell("lot"));
            row.fault("E411", "lot", cause, "name each lot once");
        }
    })?;
    Ok(sets.into_iter().map(|(name, lots)| (name, lots.into_iter().collect())).collect())
}

/// The lot that a row names.
pub(super) fn known_lot(row: &mut Row, index: &HashMap<String, LotId>) -> Option<LotId> {
    let found = index.get(row.cell("lot")).copied();
    if found.is_none() {
        let cause = format!("`{}` is not in the lots", row.cell("lot"));
        row.fault("E206", "lot", cause, "add it to the lots or name one that is there");
    }
    found
}

/// A set for each value of a column of words, in the order of the values.
pub(super) fn sets_by(column: usize, details: &IdVec<LotId, LotDetail>) -> LotSets {
    let mut sets = LotSets::new();
    for (lot, detail) in details.iter_ids().filter(|(_, d)| !d.words[column].is_empty()) {
        let name = format!("{}={}", LOT_COLUMNS[column], detail.words[column]);
        sets.entry(name).or_default().push(lot);
    }
    sets
}

/// The set of all lots.
pub(super) fn all_lots(count: usize) -> Vec<LotId> {
    (0..count).map(LotId::from_index).collect()
}

//! The table of packages, and the table of what is in them.

use std::collections::HashMap;

use postroad_model::Fault;
use postroad_model::auction::Item;

use super::bidders::known_bidder;
use super::bids::MOST_ROWS;
use super::cells::{BID_NAME_MAX, check_name, money, parcels};
use super::files::Source;
use super::groups::{Groups, PACKAGES};
use super::lots::{Lots, known_lot};
use crate::instance::Faults;
use crate::tables::Index;
use crate::tables::reader::Column;

const COLUMNS: [Column; 4] =
    [("bid", true), ("bidder", true), ("amount_usd", true), ("group", false)];
const ITEM_COLUMNS: [Column; 3] = [("bid", true), ("lot", true), ("parcels", true)];

/// A package bid.
pub(super) struct PackageRow {
    pub(super) name: String,
    pub(super) bidder: u32,
    pub(super) amount_micros: i64,
    /// Its items, ascending by lot, as a range of [`PackageRows::items`].
    pub(super) items: std::ops::Range<usize>,
    /// Position in the table, by which groups know it.
    pub(super) row: u32,
    pub(super) line: u64,
}

/// Packages in the order of their names.
#[derive(Default)]
pub(super) struct PackageRows {
    pub(super) file: String,
    pub(super) rows: Vec<PackageRow>,
    pub(super) items: Vec<Item>,
}

/// Reads the packages; their items are read after.
pub(super) fn read_packages(
    source: Source,
    bidders: &Index,
    groups: &mut Groups,
) -> Result<PackageRows, Vec<Fault>> {
    let file = source.file;
    let mut count = 0;
    let (rows, _) = source.open(&COLUMNS)?.read_all("bid", |row| {
        check_name(row, "bid", BID_NAME_MAX);
        let name = row.text("bid");
        let bidder = known_bidder(row, bidders);
        let amount_micros = money(row, "amount_usd");
        let (line, position) = (row.line, count);
        let bidder = bidder?;
        groups.join(row, PACKAGES, position, bidder);
        count += 1;
        let amount_micros = amount_micros?;
        Some(PackageRow { name, bidder, amount_micros, items: 0..0, row: position, line })
    })?;
    Ok(PackageRows { file: file.to_string(), rows, items: Vec::new() })
}

/// One row of the table of items.
struct ItemRow {
    package: u32,
    item: Item,
    line: u32,
}

/// Reads what is in the packages.
pub(super) fn read_items(
    source: Source,
    packages: &mut PackageRows,
    lots: &Lots,
) -> Result<(), Vec<Fault>> {
    let file = source.file;
    // For lookups only, of which there are millions.
    let index: HashMap<&str, u32> =
        (0..).zip(&packages.rows).map(|(i, row)| (row.name.as_str(), i)).collect();
    let mut rows: Vec<ItemRow> = Vec::new();
    source.open(&ITEM_COLUMNS)?.each_row(MOST_ROWS, |row| {
        let package = index.get(row.cell("bid")).copied();
        if package.is_none() {
            let cause = format!("`{}` is not in the packages", row.cell("bid"));
            row.fault("E206", "bid", cause, "add it to the packages or name one that is there");
        }
        let lot = known_lot(row, &lots.index);
        let parcels = parcels(row, "parcels");
        let (Some(package), Some(lot), Some(parcels)) = (package, lot, parcels) else { return };
        let capacity = lots.lots[lot].parcels_per_day;
        if parcels > capacity {
            let cause =
                format!("the package takes {parcels} parcels a day, the lot has {capacity}");
            row.fault("E405", "parcels", cause, "ask for at most what the lot has");
        }
        let line = row.line.min(u64::from(u32::MAX)) as u32;
        rows.push(ItemRow { package, item: Item { lot, parcels }, line });
    })?;
    drop(index);
    rows.sort_by_key(|row| (row.package, row.item.lot));
    let mut faults = Faults::new(file);
    for pair in rows.windows(2) {
        if (pair[0].package, pair[0].item.lot) == (pair[1].package, pair[1].item.lot) {
            let name = &packages.rows[pair[1].package as usize].name;
            let cause = format!("`{name}` names this lot twice");
            let line = Some(u64::from(pair[1].line));
            faults.add("E411", line, Some("lot"), cause, "name each lot of a package once");
        }
    }
    let mut end = 0;
    for (position, package) in packages.rows.iter_mut().enumerate() {
        let own = rows[end..].iter().take_while(|row| row.package as usize == position).count();
        package.items = end..end + own;
        end += own;
    }
    packages.items = rows.into_iter().map(|row| row.item).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.into_vec()) }
}

impl PackageRows {
    /// Packages without lots.
    pub(super) fn check(&self) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::new(&self.file);
        for package in self.rows.iter().filter(|package| package.items.is_empty()) {
            let cause = format!("the package `{}` has no lots", package.name);
            let action = "add its lots to package_items.csv, or remove it";
            faults.add("E410", Some(package.line), Some("bid"), cause, action);
        }
        if faults.is_empty() { Ok(()) } else { Err(faults.into_vec()) }
    }

    /// Puts the packages in the order of their names.
    pub(super) fn sort(&mut self) {
        self.rows.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    }
}

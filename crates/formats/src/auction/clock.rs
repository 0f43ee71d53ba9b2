//! The tables of a bidder under a clock: what it asks for in a round, and its packages after it.

use std::collections::BTreeMap;
use std::io::Read;

use postroad_model::Fault;

use super::cells::{money, name, parcels};
use crate::tables::reader::{Row, Table};

/// Parcels a day by the name of the lot.
type Items = BTreeMap<String, u32>;

/// A package: what is in it, and its amount over the term.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClockPackage {
    /// Parcels a day by the name of the lot.
    pub items: Items,
    /// The amount for all of it.
    pub amount_micros: i64,
}

/// Reads what is asked for in a round; a table without rows asks for nothing.
pub fn read_demand(file: &str, input: impl Read) -> Result<Items, Vec<Fault>> {
    let mut items = Items::new();
    let table = Table::open(file, input, &[("lot", true), ("parcels", true)])?;
    table.or_no_rows().each_row(usize::MAX, |row| add_item(row, &mut items))?;
    Ok(items)
}

/// Reads packages with a row for each of their lots; the amount of the whole package stands in each
/// of its rows.
pub fn read_clock_packages(file: &str, input: impl Read) -> Result<Vec<ClockPackage>, Vec<Fault>> {
    let columns = [("package", true), ("lot", true), ("parcels", true), ("amount_usd", true)];
    let mut packages: Vec<ClockPackage> = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    Table::open(file, input, &columns)?.each_row(usize::MAX, |row| {
        let amount_micros = money(row, "amount_usd");
        let named = name(row, "package");
        let at = *index.entry(named).or_insert(packages.len());
        if at == packages.len() {
            let amount_micros = amount_micros.unwrap_or_default();
            packages.push(ClockPackage { amount_micros, ..ClockPackage::default() });
        } else if amount_micros.is_some_and(|amount| amount != packages[at].amount_micros) {
            let cause = format!("`{}` has another amount above", row.cell("package"));
            row.fault("E457", "amount_usd", cause, "write the same amount in all of its rows");
        }
        add_item(row, &mut packages[at].items);
    })?;
    Ok(packages)
}

fn add_item(row: &mut Row, items: &mut Items) {
    let lot = name(row, "lot");
    let Some(parcels) = parcels(row, "parcels") else { return };
    if items.insert(lot, parcels).is_some() {
        let cause = format!("`{}` is named twice", row.cell("lot"));
        row.fault("E411", "lot", cause, "name each lot once");
    }
}

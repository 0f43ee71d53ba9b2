//! Cells of market tables: money, whole numbers, yes and no.

use super::money::{NoMoney, micros};
use crate::tables::reader::Row;

/// Dollars of a cell as micros; a fault and `None` if it is empty or no amount.
pub(super) fn money(row: &mut Row, column: &'static str) -> Option<i64> {
    match micros(row.cell(column)) {
        Ok(amount) => Some(amount),
        Err(why) => {
            let cell = row.text(column);
            let (code, cause, action) = no_money(why, &cell);
            row.fault(code, column, cause, action);
            None
        }
    }
}

/// What is wrong with an amount of money.
pub(super) fn no_money(why: NoMoney, found: &str) -> (&'static str, String, &'static str) {
    let found: String = found.chars().take(40).collect();
    match why {
        NoMoney::Unreadable => (
            "E431",
            format!("expected dollars, found `{}`", found.escape_debug()),
            "write a number such as 2.35, with six decimals at most",
        ),
        NoMoney::Negative => ("E432", format!("{found} is below 0"), "write an amount from 0"),
        NoMoney::TooLarge => {
            let cause = format!("{found} is above a billion dollars");
            ("E403", cause, "write a smaller amount")
        }
    }
}

/// As [`money`]; `Some(None)` if the cell is empty.
pub(super) fn optional_money(row: &mut Row, column: &'static str) -> Option<Option<i64>> {
    if row.cell(column).is_empty() { Some(None) } else { money(row, column).map(Some) }
}

/// A whole number from `min`; a fault and `None` if it is none.
pub(super) fn whole(row: &mut Row, column: &'static str, min: u64, max: u64) -> Option<u64> {
    match row.cell(column).parse::<u64>() {
        Ok(number) if (min..=max).contains(&number) => Some(number),
        _ => {
            let found: String = row.cell(column).chars().take(40).collect();
            let cause = format!(
                "expected a whole number from {min} to {max}, found `{}`",
                found.escape_debug()
            );
            row.fault("E404", column, cause, "write such a number");
            None
        }
    }
}

/// As [`whole`]; `Some(None)` if the cell is empty.
pub(super) fn optional_whole(
    row: &mut Row,
    column: &'static str,
    min: u64,
    max: u64,
) -> Option<Option<u64>> {
    if row.cell(column).is_empty() { Some(None) } else { whole(row, column, min, max).map(Some) }
}

/// Parcels a day, from 1.
pub(super) fn parcels(row: &mut Row, column: &'static str) -> Option<u32> {
    whole(row, column, 1, u64::from(u32::MAX)).map(|parcels| parcels as u32)
}

/// Longest name, in bytes: names of a market are kept in memory, and written to its tables.
const NAME_MAX: usize = 200;
/// Longest name of a bid, of which there are millions.
pub(super) const BID_NAME_MAX: usize = 80;

/// A name that a market gives to something.
pub(super) fn name(row: &mut Row, column: &'static str) -> String {
    check_name(row, column, NAME_MAX);
    row.text(column)
}

/// Whether a cell is a name of at most so many bytes; a fault if not.
pub(super) fn check_name(row: &mut Row, column: &'static str, most: usize) -> bool {
    let cell = row.cell(column);
    let is_name = (1..=most).contains(&cell.len()) && !cell.bytes().any(|b| b.is_ascii_control());
    if !is_name {
        let cause = format!("a name must have 1 to {most} bytes, and no control characters");
        row.fault("E203", column, cause, "write a name");
    }
    is_name
}

/// Yes or no; no if the cell is empty.
pub(super) fn flag(row: &mut Row, column: &'static str) -> Option<bool> {
    const WORDS: [(&str, bool); 7] = [
        ("true", true),
        ("false", false),
        ("yes", true),
        ("no", false),
        ("1", true),
        ("0", false),
        ("", false),
    ];
    row.word(column, &WORDS)
}

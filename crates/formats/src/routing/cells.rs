//! Cells of routing tables: clock times, windows, loads, money, lists of names.

use std::collections::BTreeMap;

use postroad_model::routing::{AMOUNT_MAX, Load, MICRO_USD, TimeWindow};

use crate::tables::reader::Row;

/// Largest price or cost in dollars, a limit of the model.
const USD_MAX: f64 = 1e6;
/// Longest time in a cell: so many hours are more than any plan's horizon.
const HOURS_MAX: f64 = 10_000.0;
/// Skills that can be told apart.
const SKILLS_MAX: usize = 64;

/// The items of a list: separated by semicolons.
pub(super) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|item| !item.is_empty())
}

/// Seconds after midnight of `HH:MM` or `HH:MM:SS`; hours may go beyond 24.
fn clock_s(text: &str) -> Option<i32> {
    let parts: Option<Vec<u32>> = text.split(':').map(|part| part.parse().ok()).collect();
    let (hours, minutes, seconds) = match parts?[..] {
        [hours, minutes] => (hours, minutes, 0),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return None,
    };
    let is_clock = hours <= HOURS_MAX as u32 && minutes < 60 && seconds < 60;
    is_clock.then(|| (hours * 3600 + minutes * 60 + seconds) as i32)
}

fn window(text: &str) -> Option<TimeWindow> {
    let (from, to) = text.split_once('-')?;
    let (start_s, end_s) = (clock_s(from.trim())?, clock_s(to.trim())?);
    Some(TimeWindow { start_s, end_s })
}

/// Windows such as `08:00-12:00; 14:00-16:00`, ascending; none if the cell is empty.
pub(super) fn windows(row: &mut Row, column: &'static str) -> Option<Vec<TimeWindow>> {
    let text = row.text(column);
    windows_of(row, column, &text)
}

fn windows_of(row: &mut Row, column: &'static str, text: &str) -> Option<Vec<TimeWindow>> {
    let mut windows = Vec::new();
    for item in items(text) {
        let Some(window) = window(item) else {
            let cause = format!("expected a window such as 08:00-12:00, found `{item}`");
            row.fault("E332", column, cause, "write it as HH:MM-HH:MM, several apart by `;`");
            return None;
        };
        if window.start_s > window.end_s {
            let cause = format!("the window {item} ends before it begins");
            row.fault("E332", column, cause, "after midnight, count on: 22:00-30:00");
            return None;
        }
        windows.push(window);
    }
    if !windows.is_sorted_by(|a, b| a.end_s < b.start_s) {
        let cause = format!("the windows `{text}` do not ascend or overlap");
        row.fault("E332", column, cause, "write them in order and apart");
        return None;
    }
    Some(windows)
}

/// At most one window; any time if the cell is empty.
pub(super) fn one_window(row: &mut Row, column: &'static str) -> Option<TimeWindow> {
    match windows(row, column)?[..] {
        [] => Some(TimeWindow::ALWAYS),
        [window] => Some(window),
        _ => {
            let cause = "there is more than one window".to_string();
            row.fault("E332", column, cause, "write one window");
            None
        }
    }
}

/// A rest: minutes and when it may begin, such as `30 min 11:30-13:00`, windows apart by commas.
pub(super) fn rest(
    row: &mut Row,
    column: &'static str,
    text: &str,
) -> Option<(i32, Vec<TimeWindow>)> {
    let parsed = text.split_once("min").and_then(|(minutes, windows)| {
        let minutes: f64 = minutes.trim().parse().ok()?;
        (0.0..=HOURS_MAX * 60.0).contains(&minutes).then_some((minutes, windows.replace(',', ";")))
    });
    let Some((minutes, windows)) = parsed else {
        let cause = format!("expected a break such as `30 min 11:30-13:00`, found `{text}`");
        row.fault("E332", column, cause, "write minutes, the word min and a window");
        return None;
    };
    let windows = windows_of(row, column, &windows)?;
    let windows = if windows.is_empty() { vec![TimeWindow::ALWAYS] } else { windows };
    Some(((minutes * 60.0).round() as i32, windows))
}

/// A number from 0 to `max` times `scale`, rounded; `None` in the result if the cell is empty.
fn scaled(row: &mut Row, column: &'static str, max: f64, scale: f64) -> Option<Option<f64>> {
    if row.text(column).is_empty() {
        return Some(None);
    }
    row.number(column, 0.0, max).map(|number| Some((number * scale).round()))
}

/// Seconds from a column in minutes.
pub(super) fn minutes(row: &mut Row, column: &'static str) -> Option<i32> {
    Some(scaled(row, column, HOURS_MAX * 60.0, 60.0)?.unwrap_or(0.0) as i32)
}

/// Seconds from a column in hours, if the cell is filled.
pub(super) fn hours(row: &mut Row, column: &'static str) -> Option<Option<i32>> {
    Some(scaled(row, column, HOURS_MAX, 3600.0)?.map(|seconds| seconds as i32))
}

/// Metres from a column in km, if the cell is filled.
pub(super) fn km(row: &mut Row, column: &'static str) -> Option<Option<i64>> {
    Some(scaled(row, column, 1e6, 1000.0)?.map(|metres| metres as i64))
}

/// Millionths of a dollar per `unit`, if the cell is filled.
pub(super) fn usd(row: &mut Row, column: &'static str, units: f64) -> Option<Option<i64>> {
    Some(scaled(row, column, USD_MAX, MICRO_USD as f64 / units)?.map(|micro| micro as i64))
}

/// A whole number from `min` to `max`, if the cell is filled.
pub(super) fn whole(
    row: &mut Row,
    column: &'static str,
    min: u32,
    max: u32,
) -> Option<Option<u32>> {
    if row.text(column).is_empty() {
        return Some(None);
    }
    let number = row.number(column, f64::from(min), f64::from(max))?;
    if number.fract() != 0.0 {
        row.fault("E203", column, format!("{number} is not a whole number"), "round it");
        return None;
    }
    Some(Some(number as u32))
}

/// A load from columns in parcels, litres and kg; litres are rounded by `round`. `None` within for
/// an empty cell.
pub(super) fn load(
    row: &mut Row,
    columns: [&'static str; 3],
    round: fn(f64) -> f64,
) -> Option<[Option<i32>; 3]> {
    let most = AMOUNT_MAX as u32;
    let parcels = whole(row, columns[0], 0, most);
    let amount = |row: &mut Row, column, max: f64, scale: f64| match row.text(column).is_empty() {
        true => Some(None),
        false => row.number(column, 0.0, max).map(|number| Some(round(number * scale) as i32)),
    };
    let litres = amount(row, columns[1], f64::from(AMOUNT_MAX), 1.0);
    let grams = amount(row, columns[2], f64::from(AMOUNT_MAX) / 1000.0, 1000.0);
    Some([parcels?.map(|p| p as i32), litres?, grams?])
}

/// A load whose empty cells stand for `empty`.
pub(super) fn filled(load: [Option<i32>; 3], empty: i32) -> Load {
    load.map(|amount| amount.unwrap_or(empty))
}

/// Words that stand for skills, as bits in the order they are met.
#[derive(Default)]
pub(super) struct Skills {
    bits: BTreeMap<String, u64>,
}

impl Skills {
    /// The bits of the words in a cell.
    pub(super) fn read(&mut self, row: &mut Row, column: &'static str) -> Option<u64> {
        let mut skills = 0;
        for word in row.text(column).split([';', ' ']).filter(|word| !word.is_empty()) {
            let next = self.bits.len();
            if !self.bits.contains_key(word) && next == SKILLS_MAX {
                let cause = format!("`{word}` is one skill more than {SKILLS_MAX}");
                row.fault("E333", column, cause, "use fewer skills");
                return None;
            }
            skills |= *self.bits.entry(word.to_string()).or_insert_with(|| 1 << next);
        }
        Some(skills)
    }
}

//! Demand curve, tornado and fidelity as CSV.

use serde::Serialize;

use super::plan::csv_of;
use crate::result::{DemandCurve, FidelityRow, TornadoRow};

/// The points of the demand curve.
pub fn demand_curve(curve: &DemandCurve) -> Vec<u8> {
    csv_of(&curve.points)
}

/// One row for each public figure.
pub fn fidelity(rows: &[FidelityRow]) -> Vec<u8> {
    csv_of(rows)
}

/// A quantity and a scenario on one line.
#[derive(Serialize)]
struct SwingRow<'a> {
    path: &'a str,
    unit: &'a str,
    low: f64,
    value: f64,
    high: f64,
    scenario: &'a str,
    at_low_usd_per_year: f64,
    at_value_usd_per_year: f64,
    at_high_usd_per_year: f64,
    open_usd_per_year: Option<f64>,
    planned_again: bool,
    source: &'a str,
}

/// One row for each quantity and scenario.
pub fn tornado(rows: &[TornadoRow]) -> Vec<u8> {
    let mut lines = Vec::new();
    for row in rows {
        for swing in &row.swings {
            lines.push(SwingRow {
                path: &row.path,
                unit: &row.unit,
                low: row.low,
                value: row.value,
                high: row.high,
                scenario: &swing.scenario,
                at_low_usd_per_year: swing.at_low_usd_per_year,
                at_value_usd_per_year: swing.at_value_usd_per_year,
                at_high_usd_per_year: swing.at_high_usd_per_year,
                open_usd_per_year: swing.open_usd_per_year,
                planned_again: row.planned_again,
                source: &row.source,
            });
        }
    }
    csv_of(&lines)
}

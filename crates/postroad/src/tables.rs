//! Tables for a terminal.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use postroad_optimization::control::relative_gap;

use crate::commands::check::Recomputed;
use crate::nation::{ClassSummary, Figures};
use crate::progress::gap_words;
use crate::report::headline;
use crate::report::number::{self, decimal, many, usd};
use crate::result::{DemandCurve, FidelityRow, StudyResult};

/// A table with a heading; all columns but the first are figures.
pub(crate) fn table(heading: &[&str]) -> Table {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line).bottom_border(line));
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(heading);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// The scenarios side by side, as in the report.
pub fn comparison(result: &StudyResult) -> String {
    let mut text = String::new();
    let names: Vec<&str> = result.scenarios.iter().map(|s| s.name.as_str()).collect();
    let mut all = table(&[&[result.study.title.as_str(), ""], names.as_slice()].concat());
    for group in headline::groups(result) {
        all.add_row([group.title.to_uppercase()]);
        for row in group.rows {
            let values = row.cells.iter().map(|cell| cell.value.clone());
            let head = [format!("  {}", row.label), row.unit.to_owned()];
            all.add_row(head.into_iter().chain(values).collect::<Vec<_>>());
        }
    }
    text.push_str(&all.trim_fmt());
    text.push('\n');
    for remark in &result.remarks {
        text.push_str(remark);
        text.push('\n');
    }
    text
}

/// Where the money of each scenario goes.
pub fn costs(result: &StudyResult) -> String {
    let names: Vec<&str> = result.scenarios.iter().map(|s| s.name.as_str()).collect();
    let mut all = table(&[&["Cost a year"], names.as_slice()].concat());
    let metrics: Vec<_> = result.scenarios.iter().map(|s| s.metrics.as_ref()).collect();
    let parts = metrics.iter().flatten().next().map_or(0, |m| m.costs.len());
    for part in 0..parts {
        let cost = |m: &crate::result::ScenarioMetrics| m.costs[part].usd_per_year;
        let figures: Vec<f64> = metrics.iter().map(|m| m.map_or(f64::NAN, cost)).collect();
        if figures.iter().any(|f| *f != 0.0 && f.is_finite()) {
            let label = metrics.iter().flatten().next().map(|m| m.costs[part].label.clone());
            let figures = figures.iter().map(|f| if f.is_nan() { "–".into() } else { usd(*f) });
            all.add_row(label.into_iter().chain(figures).collect::<Vec<_>>());
        }
    }
    all.trim_fmt() + "\n"
}

/// The demand curve.
pub fn demand_curve(curve: &DemandCurve) -> String {
    let mut all = table(&["Postal price, $", "parcels a year", "revenue", "cost", "bound", "gap"]);
    for point in &curve.points {
        all.add_row([
            decimal(point.price_usd_per_parcel, 2),
            many(point.operator_parcels_per_year),
            usd(point.operator_revenue_usd_per_year),
            usd(point.usd_per_year),
            usd(point.bound_usd_per_year),
            gap_words(point.gap),
        ]);
    }
    all.trim_fmt() + "\n"
}

/// Public figures against computed ones.
pub fn fidelity(rows: &[FidelityRow]) -> String {
    let mut all = table(&["Public figure", "computed", "published", "unit", "", "source"]);
    for row in rows {
        let verdict = match (row.inside, row.calibrated) {
            (true, true) => "calibrated to it",
            (false, true) => "calibrated, missed",
            (true, false) => "inside",
            (false, false) => "MISSED",
        };
        all.add_row([
            row.name.clone(),
            number::plain(row.computed),
            format!("{} to {}", number::plain(row.low), number::plain(row.high)),
            row.unit.clone(),
            verdict.to_owned(),
            row.source.clone(),
        ]);
    }
    let inside = rows.iter().filter(|r| r.inside && !r.calibrated).count();
    let free = rows.iter().filter(|r| !r.calibrated).count();
    all.trim_fmt() + &format!("\n{inside} of {free} figures that were not calibrated are inside\n")
}

/// Routed days against the planner's formula, by class of the stations.
pub fn nation(classes: &[ClassSummary]) -> String {
    let mut all = table(&[
        "Routed and planned",
        "stations",
        "stops",
        "routes",
        "planned",
        "km",
        "planned",
        "hours",
        "planned",
        "cost",
        "planned",
        "error",
        "by station",
    ]);
    for class in classes {
        let (routed, planned) = (class.sums.routed, class.sums.planned);
        let pair = |of: fn(Figures) -> f64, decimals| {
            [routed, planned].map(|figures| decimal(of(figures), decimals))
        };
        let mut row = vec![
            class.class.replace('_', " "),
            decimal(class.stations as f64, 0),
            decimal(class.sums.stops as f64, 0),
        ];
        row.extend(pair(|f| f.routes, 0));
        row.extend(pair(|f| f.km, 0));
        row.extend(pair(|f| f.hours, 0));
        row.extend([routed.usd, planned.usd].map(usd));
        let error = (planned.usd - routed.usd) / routed.usd.max(f64::MIN_POSITIVE);
        row.extend([signed_percent(error), format!("±{}", number::percent(class.usd_error))]);
        all.add_row(row);
    }
    all.trim_fmt() + "\n"
}

/// A relative error with its sign.
fn signed_percent(share: f64) -> String {
    let sign = if share > 0.0 { "+" } else { "" };
    format!("{sign}{}", number::percent(share))
}

/// What a check recomputed.
pub fn check(recomputed: &[Recomputed]) -> String {
    let mut all = table(&[
        "$ a day",
        "cost, claimed",
        "recomputed",
        "proven, claimed",
        "recomputed",
        "gap",
        "rules broken",
    ]);
    for r in recomputed {
        let cents = |value: f64| decimal(value, 2);
        all.add_row([
            r.name.clone(),
            cents(r.cost.0),
            cents(r.cost.1),
            cents(r.bound.0),
            cents(r.bound.1),
            gap_words(relative_gap(r.cost.1, r.bound.1)),
            r.violations.to_string(),
        ]);
    }
    all.trim_fmt() + "\n"
}

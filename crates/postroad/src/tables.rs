//! Tables for a terminal.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use postroad_optimization::control::relative_gap;

use crate::calibration::real::RealClass;
use crate::calibration::routed::RoutedFit;
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

/// Driven routes against the planner's formula, by class.
pub fn driven(classes: &Vec<RealClass>) -> String {
    let mut all = table(&[
        "Driven routes",
        "routes",
        "stops",
        "driving, h",
        "reordered",
        "service, h",
        "formula, driving",
        "each",
        "fitted",
        "each",
        "formula, day",
        "fitted",
    ]);
    for class in classes {
        all.add_row([
            class.class.replace('_', " "),
            decimal(class.routes as f64, 0),
            decimal(class.stops, 0),
            decimal(class.driven_hours, 2),
            decimal(class.reordered_hours, 2),
            decimal(class.service_hours, 2),
            signed_percent(class.before.of_sum),
            format!("±{}", number::percent(class.before.of_each)),
            signed_percent(class.after.of_sum),
            format!("±{}", number::percent(class.after.of_each)),
            format!("±{}", number::percent(class.day_before.of_each)),
            format!("±{}", number::percent(class.day_after.of_each)),
        ]);
    }
    let mut constants = table(&["Constants", "", "k", "km/h local", "km/h stem", "min/stop"]);
    for class in classes {
        for (name, of) in [("study", class.study), ("fitted", class.fitted)] {
            constants.add_row([
                class.class.replace('_', " "),
                name.to_owned(),
                decimal(of.tour_constant, 2),
                decimal(of.local_straight_km_per_hour, 1),
                decimal(of.stem_straight_km_per_hour, 1),
                decimal(of.service_minutes, 2),
            ]);
        }
    }
    all.trim_fmt() + "\n" + &constants.trim_fmt() + "\nspeeds are along straight lines\n"
}

/// Factors of the formula that routed days ask for.
pub fn routed(fits: &[RoutedFit]) -> String {
    let mut all =
        table(&["Factors", "", "stops", "k", "of k", "fitted k", "of routes", "of stems"]);
    let mut errors = String::new();
    for fit in fits {
        for class in &fit.classes {
            all.add_row([
                fit.kind.replace('_', " "),
                class.class.replace('_', " "),
                number::percent(class.stops_share),
                decimal(class.tour_constant, 2),
                decimal(class.local_factor, 3),
                decimal(class.local_factor * class.tour_constant, 2),
                decimal(class.routes_factor, 3),
                decimal(fit.stem_factor, 3),
            ]);
        }
        for (what, [before, after]) in [("km", fit.km), ("routes", fit.routes)] {
            errors += &format!(
                "{} {what}: error of the sum {} before, {} after; of each ±{} before, ±{} after\n",
                fit.kind.replace('_', " "),
                signed_percent(before.of_sum),
                signed_percent(after.of_sum),
                number::percent(before.of_each),
                number::percent(after.of_each),
            );
        }
    }
    all.trim_fmt() + "\n" + &errors
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

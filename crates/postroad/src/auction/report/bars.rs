//! The charts of the report: how many parcels or lots fall in each class, as columns on a wide
//! page and as rows on a narrow one, where columns would be too small to read.

use super::super::demand::price_micros;
use super::super::outcome::Told;
use crate::report::number::{many, percent};
use crate::report::svg::{Anchor, Svg};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 250.0;
const BASE: f64 = 210.0;
const TOP: f64 = 24.0;

/// Size of a row, and where its bar begins, so that text beside it has the size of text.
const NARROW: f64 = 350.0;
const ROW: f64 = 25.0;
const NAMES: f64 = 96.0;
const FIGURES: f64 = 62.0;

/// The chart for both widths of the page.
fn chart(bars: &[(String, f64)], label: &str, axis: &str) -> String {
    let (wide, narrow) = (columns(bars, label, axis), rows(bars, label, axis));
    format!("<div class=\"wide\">{wide}</div><div class=\"narrow\">{narrow}</div>")
}

/// Rows with a label before and a figure behind each.
fn rows(bars: &[(String, f64)], label: &str, axis: &str) -> String {
    let largest = bars.iter().map(|bar| bar.1).fold(f64::MIN_POSITIVE, f64::max);
    let height = ROW * bars.len() as f64;
    let mut svg = Svg::new(NARROW, height + 26.0);
    for (index, (name, amount)) in bars.iter().enumerate() {
        let top = index as f64 * ROW;
        let width = (NARROW - NAMES - FIGURES) * amount / largest;
        svg.rect("shade1", [NAMES, top + 3.0], [width, ROW - 6.0]);
        svg.text("axis", [NAMES - 8.0, top + 17.0], Anchor::End, name);
        if *amount > 0.0 {
            svg.text("axis", [NAMES + width + 5.0, top + 17.0], Anchor::Start, &many(*amount));
        }
    }
    svg.line("zero", [NAMES, 0.0], [NAMES, height]);
    svg.text("axis", [0.0, height + 20.0], Anchor::Start, axis);
    svg.finish("chart", label)
}

/// Columns with a label below and a figure above each.
fn columns(bars: &[(String, f64)], label: &str, axis: &str) -> String {
    let largest = bars.iter().map(|bar| bar.1).fold(f64::MIN_POSITIVE, f64::max);
    let mut svg = Svg::new(WIDTH, HEIGHT);
    let step = WIDTH / bars.len().max(1) as f64;
    for (index, (name, amount)) in bars.iter().enumerate() {
        let (left, height) = (index as f64 * step, (BASE - TOP) * amount / largest);
        let middle = left + step / 2.0;
        svg.rect("shade1", [left + step * 0.1, BASE - height], [step * 0.8, height]);
        if *amount > 0.0 {
            svg.text("axis", [middle, BASE - height - 5.0], Anchor::Middle, &many(*amount));
        }
        svg.text("axis", [middle, BASE + 16.0], Anchor::Middle, name);
    }
    svg.line("zero", [0.0, BASE], [WIDTH, BASE]);
    svg.text("axis", [WIDTH / 2.0, BASE + 36.0], Anchor::Middle, axis);
    svg.finish("chart", label)
}

/// Awarded parcels a day by price over reserve price.
pub(super) fn prices_over_reserve(told: &Told) -> String {
    const EDGES: [f64; 9] = [0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0];
    let mut sums = [0.0; EDGES.len() + 1];
    for (lot, demand) in told.demand.iter_ids() {
        let own = &told.market.problem.lots[lot];
        let Some(reserve) = own.reserve_micros.filter(|&reserve| reserve > 0) else { continue };
        let price = price_micros(told.market, &told.cleared.lot_prices, lot);
        let ratio = price as f64 / reserve as f64;
        sums[EDGES.partition_point(|&edge| edge <= ratio)] += demand.awarded as f64;
    }
    if sums.iter().all(|&sum| sum == 0.0) {
        return String::new();
    }
    let name = |index: usize| match index {
        0 => format!("below {}", percent(EDGES[0])),
        _ if index == EDGES.len() => format!("{} up", percent(EDGES[index - 1])),
        _ => format!("{}–", percent(EDGES[index - 1])),
    };
    let short = |text: String| text.replace(".0\u{a0}%", "\u{a0}%");
    let bars: Vec<(String, f64)> =
        sums.iter().enumerate().map(|(index, &sum)| (short(name(index)), sum)).collect();
    chart(&bars, "Parcels by price over reserve", "price over reserve price; bars: parcels a day")
}

/// Lots by how many bidders want some of them.
pub(super) fn bidders_per_lot(told: &Told) -> String {
    const CLASSES: u32 = 15;
    let most = told.demand.iter().map(|demand| demand.bidders).max().unwrap_or(0);
    let width = (most + 1).div_ceil(CLASSES);
    let mut sums = vec![0.0; (most / width + 1) as usize];
    told.demand.iter().for_each(|demand| sums[(demand.bidders / width) as usize] += 1.0);
    let name = |index: u32| match width {
        1 => index.to_string(),
        _ => format!("{}–{}", index * width, (index + 1) * width - 1),
    };
    let bars: Vec<(String, f64)> = (0..).map(name).zip(sums).collect();
    chart(&bars, "Lots by number of bidders", "bidders that want some of a lot; bars: lots")
}

//! The demand curve: parcels that stay with the operator at each postal price, and what it earns.

use super::number::{Quantity, many, percent, plain, usd};
use super::svg::{Anchor, Scale, Svg};
use crate::result::{DemandCurve, DemandPoint, StudyResult};

/// Height of each of the two panels, and the room around them.
const PANEL: f64 = 190.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 30.0;
const BETWEEN: f64 = 48.0;
const BOTTOM: f64 = 44.0;

/// The section on the demand curve.
pub(crate) struct Curve {
    /// What the curve says, in sentences.
    pub(crate) finding: Vec<String>,
    /// The drawing for wide pages and the one for narrow ones.
    pub(crate) charts: [String; 2],
    /// Rows of the table: price, parcels, least and most parcels proven, revenue, cost, gap.
    pub(crate) rows: Vec<[String; 7]>,
    /// Units of parcels, revenue and cost in the table.
    pub(crate) units: [&'static str; 3],
}

/// The section, if the study has a curve with at least two prices.
pub(crate) fn curve(result: &StudyResult) -> Option<Curve> {
    let curve = result.demand_curve.as_ref().filter(|c| c.points.len() >= 2)?;
    let today = curve.today_usd_per_parcel;
    let peak = peak(&curve.points)?;
    Some(Curve {
        finding: finding(curve, peak, today),
        charts: [760.0, 350.0].map(|width| chart(&curve.points, peak, today, width)),
        rows: rows(&curve.points).collect(),
        units: styles(&curve.points).map(|s| s.unit),
    })
}

/// The point at which the operator earns most.
fn peak(points: &[DemandPoint]) -> Option<&DemandPoint> {
    points
        .iter()
        .max_by(|a, b| a.operator_revenue_usd_per_year.total_cmp(&b.operator_revenue_usd_per_year))
}

fn finding(curve: &DemandCurve, peak: &DemandPoint, today: f64) -> Vec<String> {
    let earned = format!(
        "{} a year with {} parcels.",
        usd(peak.operator_revenue_usd_per_year),
        many(peak.operator_parcels_per_year)
    );
    let price = peak.price_usd_per_parcel;
    let is_last = curve.points.last().is_some_and(|p| p.price_usd_per_parcel == price);
    let mut sentences = vec![if is_last {
        format!("The operator's revenue rises up to the highest price tried, ${price:.2}: {earned}")
    } else {
        format!("The operator's revenue is highest at ${price:.2} a parcel: {earned}")
    }];
    let widest = curve.points.iter().map(|p| p.gap).fold(0.0, f64::max);
    let off = |p: &DemandPoint| (p.price_usd_per_parcel - today).abs();
    if let Some(point) = curve.points.iter().min_by(|a, b| off(a).total_cmp(&off(b))) {
        let place = if off(point) < 0.005 {
            format!("At today's price of ${today:.2}")
        } else {
            format!("At ${:.2}, next to today's ${today:.2}", point.price_usd_per_parcel)
        };
        sentences.push(format!("{place}, {} parcels stay.", many(point.operator_parcels_per_year)));
    }
    sentences.push(format!(
        "No point can be better by more than {} of its cost; in the shaded band lies the volume of every cheapest plan.",
        percent(widest)
    ));
    sentences
}

fn styles(points: &[DemandPoint]) -> [super::number::Style; 3] {
    let largest = |of: fn(&DemandPoint) -> f64| points.iter().map(of).fold(0.0, f64::max);
    [
        Quantity::Many.style(largest(|p| p.operator_parcels_per_year)),
        Quantity::Usd.style(largest(|p| p.operator_revenue_usd_per_year)),
        Quantity::Usd.style(largest(|p| p.usd_per_year)),
    ]
}

fn rows(points: &[DemandPoint]) -> impl Iterator<Item = [String; 7]> {
    let [parcels, revenue, cost] = styles(points);
    points.iter().map(move |p| {
        [
            format!("{:.2}", p.price_usd_per_parcel),
            parcels.write(p.operator_parcels_per_year),
            parcels.write(p.operator_parcels_least_per_year),
            parcels.write(p.operator_parcels_most_per_year),
            revenue.write(p.operator_revenue_usd_per_year),
            cost.write(p.usd_per_year),
            percent(p.gap),
        ]
    })
}

/// One panel: what it shows, where, and how its figures are written.
struct Panel<'a> {
    title: &'a str,
    class: &'a str,
    top: f64,
    of: fn(&DemandPoint) -> f64,
    quantity: Quantity,
}

/// Two panels, one above the other, with one axis of prices.
fn chart(points: &[DemandPoint], peak: &DemandPoint, today: f64, width: f64) -> String {
    let height = TOP + 2.0 * PANEL + BETWEEN + BOTTOM;
    let mut svg = Svg::new(width, height);
    let prices: Vec<f64> = points.iter().map(|p| p.price_usd_per_parcel).collect();
    let (low, high) = (prices[0], prices[prices.len() - 1]);
    let x = Scale::new([low, high], [LEFT, width - RIGHT]);
    let panels = [
        Panel {
            title: "Parcels that stay with the operator, a year",
            class: "parcels",
            top: TOP,
            of: |p| p.operator_parcels_per_year,
            quantity: Quantity::Many,
        },
        Panel {
            title: "Operator's revenue, a year",
            class: "revenue",
            top: TOP + PANEL + BETWEEN,
            of: |p| p.operator_revenue_usd_per_year,
            quantity: Quantity::Usd,
        },
    ];
    let bottom = TOP + 2.0 * PANEL + BETWEEN;
    if (low..=high).contains(&today) {
        svg.line("guide", [x.at(today), TOP], [x.at(today), bottom]);
        label_beside(&mut svg, x.at(today), TOP + 10.0, width, &format!("today ${today:.2}"));
    }
    for panel in &panels {
        draw_panel(&mut svg, panel, points, peak, x);
    }
    for tick in x.ticks((width / 80.0) as usize) {
        svg.text("axis", [x.at(tick), bottom + 18.0], Anchor::Middle, &format!("${tick:.2}"));
    }
    let middle = f64::midpoint(LEFT, width - RIGHT);
    svg.text("axis", [middle, bottom + 37.0], Anchor::Middle, "Postal price, $ a parcel");
    svg.finish("chart", "Parcels and revenue of the operator at each postal price")
}

fn draw_panel(
    svg: &mut Svg,
    panel: &Panel<'_>,
    points: &[DemandPoint],
    peak: &DemandPoint,
    x: Scale,
) {
    let largest = points.iter().map(panel.of).fold(0.0, f64::max);
    let y = Scale::new([0.0, largest * 1.16], [panel.top + PANEL, panel.top]);
    let style = panel.quantity.style(largest);
    let (left, right) =
        (x.at(points[0].price_usd_per_parcel), x.at(points[points.len() - 1].price_usd_per_parcel));
    svg.text("title", [left - LEFT + 2.0, panel.top - 12.0], Anchor::Start, panel.title);
    for tick in y.ticks(4) {
        svg.line("grid", [left, y.at(tick)], [right, y.at(tick)]);
        let label =
            if tick == 0.0 { "0".to_owned() } else { tick_label(tick, style.unit, panel.quantity) };
        svg.text("axis", [left - 8.0, y.at(tick) + 4.0], Anchor::End, &label);
    }
    if panel.class == "parcels" {
        let edge = |of: fn(&DemandPoint) -> f64| {
            move |p: &DemandPoint| [x.at(p.price_usd_per_parcel), y.at(of(p).min(largest * 1.16))]
        };
        let least = points.iter().map(edge(|p| p.operator_parcels_least_per_year));
        let most = points.iter().map(edge(|p| p.operator_parcels_most_per_year));
        svg.path("band", &least.chain(most.rev()).collect::<Vec<_>>());
    }
    let line: Vec<[f64; 2]> =
        points.iter().map(|p| [x.at(p.price_usd_per_parcel), y.at((panel.of)(p))]).collect();
    svg.path(&format!("line {}", panel.class), &line);
    for &at in &line {
        svg.circle(&format!("dot {}", panel.class), at, 2.2);
    }
    if panel.class == "revenue" {
        let at = [x.at(peak.price_usd_per_parcel), y.at(peak.operator_revenue_usd_per_year)];
        svg.circle("peak", at, 6.0);
        let text = format!("highest at ${:.2}", peak.price_usd_per_parcel);
        label_beside(svg, at[0], at[1] - 10.0, right + RIGHT, &text);
    }
}

/// A tick's figure in the panel's unit, such as `1.5 bn` or `$800 m`.
fn tick_label(tick: f64, unit: &str, quantity: Quantity) -> String {
    let unit = unit.trim_start_matches('$').trim();
    let divisor = match unit {
        "bn" => 1e9,
        "m" => 1e6,
        "k" => 1e3,
        _ => 1.0,
    };
    let sign = if quantity == Quantity::Usd { "$" } else { "" };
    format!("{sign}{} {unit}", plain(tick / divisor)).trim_end().to_owned()
}

/// A short label right of a mark, or left of it where the drawing ends.
fn label_beside(svg: &mut Svg, x: f64, y: f64, width: f64, text: &str) {
    let fits = x + 10.0 + 6.6 * text.chars().count() as f64 <= width - RIGHT;
    if fits {
        svg.text("note", [x + 8.0, y], Anchor::Start, text);
    } else {
        svg.text("note", [x - 8.0, y], Anchor::End, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn finds_where_revenue_peaks() {
        let (result, _) = fixture::study();
        let curve = curve(&result).unwrap();
        assert!(curve.finding[0].contains("highest at $3.25"), "{}", curve.finding[0]);
        assert_eq!(curve.rows.len(), 25);
    }

    #[test]
    fn one_price_is_no_curve() {
        let (mut result, _) = fixture::study();
        result.demand_curve.as_mut().unwrap().points.truncate(1);
        assert!(curve(&result).is_none());
    }

    #[test]
    fn ticks_carry_their_unit() {
        assert_eq!(tick_label(1.5e9, "bn", Quantity::Many), "1.5 bn");
        assert_eq!(tick_label(8e8, "$ m", Quantity::Usd), "$800 m");
    }
}

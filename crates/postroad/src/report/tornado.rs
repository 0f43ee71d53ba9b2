//! What is most uncertain: how the difference between ways out moves over each quantity's range.

use super::answer::ways_out;
use super::number::{compact, plain, style_of_parts, usd};
use super::svg::{Anchor, Scale, Svg};
use super::words;
use crate::result::{StudyResult, TornadoRow};

/// Most quantities in a drawing; the table beneath has all.
const DRAWN: usize = 14;

/// How far beyond the scale a line for what the bounds leave open is drawn, in units of a drawing.
const BEYOND: f64 = 56.0;

/// The section on uncertainty.
pub(crate) struct Tornado {
    /// What the widest bars say.
    pub(crate) finding: Vec<String>,
    /// Panels: first the choice between the two cheapest ways, then each way against today.
    pub(crate) panels: Vec<Panel>,
    /// Whether some rows rest on plans that were costed and not made again.
    pub(crate) has_costed: bool,
}

/// One difference of cost over all ranges.
pub(crate) struct Panel {
    pub(crate) title: String,
    /// The drawing for wide pages and the one for narrow ones.
    pub(crate) charts: [String; 2],
    /// All quantities, widest first.
    pub(crate) rows: Vec<Range>,
    /// Unit of the differences in `rows`.
    pub(crate) unit: &'static str,
}

/// One quantity's range and the difference at both ends of it.
pub(crate) struct Range {
    pub(crate) label: String,
    pub(crate) unit: String,
    /// Low, value and high.
    pub(crate) values: [String; 3],
    /// The difference at low and at high.
    pub(crate) differences: [String; 2],
    /// Whether plans were made again at both ends.
    pub(crate) planned_again: bool,
    /// Keys of its sources.
    pub(crate) keys: Vec<String>,
}

/// How one difference moves over one quantity's range, dollars per year.
struct Bar<'a> {
    row: &'a TornadoRow,
    at_low: f64,
    at_value: f64,
    at_high: f64,
    /// What the bounds leave open; none where plans were only costed.
    open: Option<f64>,
}

impl Bar<'_> {
    fn width(&self) -> f64 {
        let ends = [self.at_low, self.at_value, self.at_high];
        let most = ends.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        most - ends.iter().fold(f64::INFINITY, |a, &b| a.min(b))
    }

    /// Label, with the unit where both fit into so many letters.
    fn name(&self, most: usize) -> String {
        let mut letters = self.row.label.chars();
        let label: String =
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let unit = words::unit(&self.row.unit);
        let both = format!("{label}, {unit}");
        if unit.is_empty() || both.chars().count() > most { shorten(&label, most) } else { both }
    }

    fn changes_sign(&self) -> bool {
        [self.at_low, self.at_high].iter().any(|&v| (v < 0.0) != (self.at_value < 0.0))
    }
}

/// The section, if any quantity has a range.
pub(crate) fn tornado(result: &StudyResult) -> Option<Tornado> {
    if result.tornado.is_empty() {
        return None;
    }
    let mut panels = Vec::new();
    let mut finding = Vec::new();
    let ways = ways_out(result);
    if let [best, second, ..] = ways.as_slice() {
        let bars = bars(result, &second.scenario.name, Some(&best.scenario.name));
        let pair = [second.scenario.title.as_str(), best.scenario.title.as_str()];
        finding = findings(&bars, pair);
        finding.extend(basis(result));
        panels.push(panel(format!("{} less {}", pair[0], pair[1]), &bars));
    }
    let today = result.scenarios.first().map_or("", |s| s.title.as_str());
    for way in result.scenarios.iter().skip(1) {
        panels.push(panel(format!("{} less {today}", way.title), &bars(result, &way.name, None)));
    }
    panels.retain(|p| !p.rows.is_empty());
    let has_costed = result.tornado.iter().any(|row| !row.planned_again);
    Some(Tornado { finding, panels, has_costed })
}

/// Bars of one scenario's cost less another's (less the first scenario's if none), widest first.
fn bars<'a>(result: &'a StudyResult, scenario: &str, less: Option<&str>) -> Vec<Bar<'a>> {
    let bar = |row: &'a TornadoRow| {
        let of = |name: &str| row.swings.iter().find(|s| s.scenario == name);
        let swing = of(scenario)?;
        let mut bar = Bar {
            row,
            at_low: swing.at_low_usd_per_year,
            at_value: swing.at_value_usd_per_year,
            at_high: swing.at_high_usd_per_year,
            open: swing.open_usd_per_year,
        };
        if let Some(other) = less {
            let other = of(other)?;
            bar.at_low -= other.at_low_usd_per_year;
            bar.at_value -= other.at_value_usd_per_year;
            bar.at_high -= other.at_high_usd_per_year;
            bar.open = bar.open.zip(other.open_usd_per_year).map(|(a, b)| a.max(b));
        }
        Some(bar)
    };
    let mut bars: Vec<_> = result.tornado.iter().filter_map(bar).collect();
    bars.sort_by(|a, b| b.width().total_cmp(&a.width()).then(a.row.path.cmp(&b.row.path)));
    bars
}

fn findings(bars: &[Bar<'_>], [second, best]: [&str; 2]) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(widest) = bars.first() {
        sentences.push(format!(
            "The choice depends most on {}: over its range the difference moves by {} a year.",
            widest.row.label,
            usd(widest.width())
        ));
    }
    let turning: Vec<&str> =
        bars.iter().filter(|b| b.changes_sign()).map(|b| b.row.label.as_str()).collect();
    sentences.push(match turning.as_slice() {
        [] => {
            format!(
                "None of these quantities, moved alone over its range, makes “{second}” cheaper than “{best}”."
            )
        }
        [one] => format!("One quantity alone can make “{second}” cheaper than “{best}”: {one}."),
        many => format!(
            "{} quantities, each alone, can make “{second}” cheaper than “{best}”: {}.",
            many.len(),
            many.join(", ")
        ),
    });
    let open = bars.iter().filter_map(|b| b.open).fold(0.0, f64::max);
    if open > 0.0 {
        sentences.push(format!(
            "The bounds leave up to {} of a difference open; the thin lines beneath the bars show it as far as they fit.",
            usd(open)
        ));
    }
    sentences
}

/// How many quantities rest on what.
fn basis(result: &StudyResult) -> Option<String> {
    let planned = result.tornado.iter().filter(|row| row.planned_again).count();
    let costed = result.tornado.len() - planned;
    (costed > 0).then(|| {
        format!(
            "{planned} quantities were planned again at both ends; for {costed} more the plans were costed there as they are."
        )
    })
}

fn panel(title: String, bars: &[Bar<'_>]) -> Panel {
    let largest = bars.iter().flat_map(|b| [b.at_low.abs(), b.at_high.abs()]).fold(0.0, f64::max);
    let style = style_of_parts(largest);
    let range = |bar: &Bar<'_>| Range {
        label: bar.row.label.clone(),
        unit: words::unit(&bar.row.unit),
        values: [bar.row.low, bar.row.value, bar.row.high].map(plain),
        differences: [bar.at_low, bar.at_high].map(|v| style.write_difference(v)),
        planned_again: bar.row.planned_again,
        keys: bar.row.source.split(", ").map(str::to_owned).collect(),
    };
    let drawn = &bars[..bars.len().min(DRAWN)];
    Panel {
        charts: [(980.0, 290.0), (350.0, 0.0)].map(|(w, l)| chart(&title, drawn, w, l)),
        rows: bars.iter().map(range).collect(),
        unit: style.unit,
        title,
    }
}

/// Labels stand left of the bars, or above them if `labels` is 0.
fn chart(title: &str, bars: &[Bar<'_>], width: f64, labels: f64) -> String {
    let above = if labels == 0.0 { 18.0 } else { 0.0 };
    let (bar_height, step, top) = (16.0, 32.0 + above, 30.0);
    let bottom = top + step * bars.len() as f64;
    let mut svg = Svg::new(width, bottom + 8.0);
    let ends = |b: &Bar<'_>| [b.at_low, b.at_value, b.at_high];
    let low = bars.iter().flat_map(ends).fold(0.0, f64::min);
    let high = bars.iter().flat_map(ends).fold(0.0, f64::max);
    let room = 62.0;
    let x = Scale::new([low, high], [labels + room, width - room]);
    for tick in x.ticks(if labels > 0.0 { 6 } else { 3 }) {
        let class = if tick == 0.0 { "zero" } else { "grid" };
        svg.line(class, [x.at(tick), top - 6.0], [x.at(tick), bottom]);
        let text = if tick == 0.0 { "equal".to_owned() } else { usd_signed(tick) };
        svg.text("axis", [x.at(tick), top - 12.0], Anchor::Middle, &text);
    }
    for (i, bar) in bars.iter().enumerate() {
        let y = top + step * i as f64 + above + 7.0;
        if labels > 0.0 {
            svg.text("name", [0.0, y + 12.5], Anchor::Start, &bar.name(44));
        } else {
            svg.text("name", [0.0, y - 5.0], Anchor::Start, &bar.name(52));
        }
        draw_bar(&mut svg, bar, x, [y, bar_height]);
    }
    if let Some(bar) = bars.first() {
        svg.line("guide", [x.at(bar.at_value), top - 6.0], [x.at(bar.at_value), bottom]);
    }
    svg.finish("chart tornado", &format!("Difference of cost a year, {title}, over each range"))
}

/// Low end and high end from the study's value on, each with the figure it stands for. On the same
/// side of it they share the height, so that neither hides the other.
fn draw_bar(svg: &mut Svg, bar: &Bar<'_>, x: Scale, [y, height]: [f64; 2]) {
    let one_sided = (bar.at_low - bar.at_value) * (bar.at_high - bar.at_value) > 0.0;
    let tall = if one_sided { height / 2.0 } else { height };
    let basis = if bar.row.planned_again { "" } else { " costed" };
    for (class, end, top) in [("low", bar.at_low, y), ("high", bar.at_high, y + height - tall)] {
        let (a, b) = (x.at(bar.at_value.min(end)), x.at(bar.at_value.max(end)));
        svg.rect(&format!("{class}{basis}"), [a, top], [b - a, tall]);
    }
    let (left, right) = (bar.at_low.min(bar.at_high), bar.at_low.max(bar.at_high));
    let middle = y + height / 2.0;
    if let Some(open) = bar.open.filter(|open| *open > 0.0) {
        let ends = [left - open, right + open].map(|end| x.at_most(end, BEYOND));
        svg.line("open", [ends[0], y + height + 3.0], [ends[1], y + height + 3.0]);
    }
    let (at_left, at_right) = if bar.at_low <= bar.at_high {
        (bar.row.low, bar.row.high)
    } else {
        (bar.row.high, bar.row.low)
    };
    let left = x.at(left.min(bar.at_value)) - 6.0;
    let right = x.at(right.max(bar.at_value)) + 6.0;
    svg.text("end", [left, middle + 4.0], Anchor::End, &compact(at_left));
    svg.text("end", [right, middle + 4.0], Anchor::Start, &compact(at_right));
}

fn usd_signed(value: f64) -> String {
    let text = usd(value.abs()).replace(".00", "").replace(".0\u{a0}", "\u{a0}");
    format!("{}{text}", if value < 0.0 { "−" } else { "+" })
}

fn shorten(label: &str, most: usize) -> String {
    if label.chars().count() <= most {
        return label.to_owned();
    }
    let mut short: String = label.chars().take(most - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn widest_first_and_the_choice_comes_first() {
        let (result, _) = fixture::study();
        let tornado = tornado(&result).unwrap();
        let ways = ways_out(&result);
        assert!(tornado.panels[0].title.starts_with(&ways[1].scenario.title));
        assert_eq!(tornado.panels.len(), result.scenarios.len());
        let bars = bars(&result, "leave", None);
        assert!(bars.windows(2).all(|w| w[0].width() >= w[1].width()));
    }

    #[test]
    fn says_which_quantity_turns_the_choice() {
        let (result, _) = fixture::study();
        let bars = bars(&result, "leave", Some("extend"));
        let text = findings(&bars, ["Leave", "Extend"]).join(" ");
        assert!(text.contains("can make “Leave” cheaper than “Extend”"), "{text}");
    }
}

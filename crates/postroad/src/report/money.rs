//! Where the money goes: a bar for each scenario, divided into the parts of its cost.

use super::headline::{Row, largest, styled_row};
use super::number::{style_of_parts, usd};
use super::svg::{Anchor, Scale, Svg};
use crate::result::StudyResult;

/// Parts with less than this share of the dearest scenario are drawn together.
const SMALL: f64 = 0.015;
/// Most parts that get a letter of their own.
const MARKED: usize = 12;

/// The section on costs.
pub(crate) struct Money {
    /// The drawing for wide pages and the one for narrow ones.
    pub(crate) charts: [String; 2],
    /// Parts with their letter in the drawing and their shade.
    pub(crate) parts: Vec<Part>,
    /// Unit of all their figures.
    pub(crate) unit: &'static str,
    /// What changed most against the status quo, one sentence a scenario.
    pub(crate) finding: Vec<String>,
}

/// One part of the cost in all scenarios.
pub(crate) struct Part {
    /// Letter in the drawing; empty for a part drawn with the small ones.
    pub(crate) letter: String,
    /// Number of the shade; 0 for the small ones.
    pub(crate) shade: u8,
    pub(crate) row: Row,
}

/// A part's label and its yearly cost in every scenario.
struct Figures {
    label: String,
    /// Number of the shade in the style sheet.
    shade: u8,
    usd_per_year: Vec<Option<f64>>,
}

/// The section.
pub(crate) fn money(result: &StudyResult) -> Money {
    let figures = figures(result);
    let marked = marked(&figures);
    let titles: Vec<&str> = result.scenarios.iter().map(|s| s.title.as_str()).collect();
    let style = style_of_parts(largest(figures.iter().flat_map(|f| &f.usd_per_year)));
    let letter_of = |i: usize| marked.iter().position(|&m| m == i);
    let parts = figures.iter().enumerate().map(|(i, f)| Part {
        letter: letter_of(i).map_or(String::new(), letter),
        shade: letter_of(i).map_or(0, |_| f.shade),
        row: styled_row(f.label.clone(), style, &f.usd_per_year),
    });
    Money {
        unit: style.unit,
        parts: parts.collect(),
        charts: [980.0, 350.0].map(|width| chart(&figures, &marked, &titles, width)),
        finding: finding(result, &figures),
    }
}

/// All parts that are not zero in every scenario, in the order of the result.
fn figures(result: &StudyResult) -> Vec<Figures> {
    let mut names: Vec<(&str, &str)> = Vec::new();
    for part in result.scenarios.iter().filter_map(|s| s.metrics.as_ref()).flat_map(|m| &m.costs) {
        if !names.iter().any(|(name, _)| *name == part.name) {
            names.push((&part.name, &part.label));
        }
    }
    let of = |(name, label): (&str, &str)| Figures {
        label: label.to_owned(),
        shade: shade(name),
        usd_per_year: result
            .scenarios
            .iter()
            .map(|s| {
                let part = s.metrics.as_ref()?.costs.iter().find(|p| p.name == name);
                Some(part.map_or(0.0, |p| p.usd_per_year))
            })
            .collect(),
    };
    let used = |f: &Figures| f.usd_per_year.iter().flatten().any(|&usd| usd != 0.0);
    names.into_iter().map(of).filter(used).collect()
}

/// The parts drawn with a shade of their own, in their order.
fn marked(figures: &[Figures]) -> Vec<usize> {
    let size = |f: &Figures| f.usd_per_year.iter().flatten().fold(0.0, |a: f64, b| a.max(b.abs()));
    let dearest = (0..scenarios(figures)).map(|s| spread(figures, s)[1]).fold(0.0, f64::max);
    let mut by_size: Vec<usize> =
        (0..figures.len()).filter(|&i| size(&figures[i]) >= SMALL * dearest).collect();
    by_size.sort_by(|&a, &b| size(&figures[b]).total_cmp(&size(&figures[a])));
    by_size.truncate(MARKED);
    by_size.sort_unstable();
    by_size
}

fn scenarios(figures: &[Figures]) -> usize {
    figures.first().map_or(0, |f| f.usd_per_year.len())
}

/// Sum of a scenario's discounts and of its costs.
fn spread(figures: &[Figures], scenario: usize) -> [f64; 2] {
    let of = |f: &Figures| f.usd_per_year[scenario].unwrap_or(0.0);
    let less = figures.iter().map(of).filter(|v| *v < 0.0).sum();
    let more = figures.iter().map(of).filter(|v| *v > 0.0).sum();
    [less, more]
}

/// The shade of a part: that of its channel on the map where it belongs to one.
fn shade(name: &str) -> u8 {
    match name {
        "own_van_delivery" => 1,
        "inbound" => 2,
        "rural_hub_delivery" | "rural_hubs" => 3,
        "handling" => 4,
        "postal_rates" => 5,
        "postal_entry" => 6,
        "drone_delivery" | "drone_pads" => 7,
        "stations" => 8,
        "third_party" => 9,
        _ => 0,
    }
}

fn letter(at: usize) -> String {
    char::from(b'A' + at as u8).to_string()
}

/// Horizontal bars; discounts lie left of zero.
fn chart(figures: &[Figures], marked: &[usize], titles: &[&str], width: f64) -> String {
    let (bar, step, top) = (30.0, 62.0, 4.0);
    let height = top + step * titles.len() as f64 + 24.0;
    let mut svg = Svg::new(width, height);
    let spreads: Vec<_> = (0..scenarios(figures)).map(|s| spread(figures, s)).collect();
    let low = spreads.iter().map(|s| s[0]).fold(0.0, f64::min);
    let high = spreads.iter().map(|s| s[1]).fold(0.0, f64::max);
    let x = Scale::new([low, high], [1.0, width - 1.0]);
    let bottom = top + step * titles.len() as f64;
    for tick in x.ticks((width / 110.0) as usize) {
        svg.line("grid", [x.at(tick), top], [x.at(tick), bottom]);
        let label = if tick == 0.0 { "0".to_owned() } else { usd_short(tick) };
        let end = x.at(tick) > width - 30.0;
        let anchor = if end {
            Anchor::End
        } else if x.at(tick) < 20.0 {
            Anchor::Start
        } else {
            Anchor::Middle
        };
        svg.text("axis", [x.at(tick), bottom + 16.0], anchor, &label);
    }
    for (s, title) in titles.iter().enumerate() {
        let y = top + step * s as f64;
        let [less, more] = spreads.get(s).copied().unwrap_or_default();
        let planned = figures.iter().any(|f| f.usd_per_year[s].is_some());
        let total = if planned { usd(less + more) } else { "no plan".to_owned() };
        svg.text("title", [x.at(low), y + 15.0], Anchor::Start, title);
        svg.text("total", [width - 1.0, y + 15.0], Anchor::End, &total);
        draw_bar(&mut svg, figures, marked, s, [y + 22.0, bar], x);
    }
    svg.finish("chart", "Cost a year of each scenario, divided into parts")
}

fn draw_bar(
    svg: &mut Svg,
    figures: &[Figures],
    marked: &[usize],
    scenario: usize,
    [y, bar]: [f64; 2],
    x: Scale,
) {
    let small = (0..figures.len()).filter(|i| !marked.contains(i));
    let usd_of = |i: usize| figures[i].usd_per_year[scenario].unwrap_or(0.0);
    let mut segments: Vec<(String, String, f64)> = marked
        .iter()
        .enumerate()
        .map(|(at, &i)| (format!("shade{}", figures[i].shade), letter(at), usd_of(i)))
        .collect();
    for (sign, of) in [(1.0, f64::max as fn(f64, f64) -> f64), (-1.0, f64::min)] {
        let sum: f64 = small.clone().map(|i| of(usd_of(i), 0.0)).sum();
        debug_assert!(sum * sign >= 0.0);
        segments.push(("shade0".to_owned(), String::new(), sum));
    }
    let (mut less, mut more) = (0.0_f64, 0.0_f64);
    for (class, letter, usd) in segments {
        let from = if usd < 0.0 { less } else { more };
        let (left, right) = (x.at(from.min(from + usd)), x.at(from.max(from + usd)));
        if right - left >= 0.3 {
            let gap = if right - left > 3.0 { 1.0 } else { 0.0 };
            svg.rect(&class, [left, y], [right - left - gap, bar]);
        }
        if right - left > 15.0 && !letter.is_empty() {
            let at = [f64::midpoint(left, right), y + bar / 2.0 + 5.0];
            svg.text(&format!("letter on-{class}"), at, Anchor::Middle, &letter);
        }
        *(if usd < 0.0 { &mut less } else { &mut more }) += usd;
    }
}

/// Dollars of a tick: `$10 bn`.
fn usd_short(value: f64) -> String {
    let step = [(1e9, "bn"), (1e6, "m"), (1e3, "k")];
    let (divisor, unit) = step.into_iter().find(|(d, _)| value.abs() >= *d).unwrap_or((1.0, ""));
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}${} {unit}", super::number::plain(value.abs() / divisor)).trim_end().to_owned()
}

/// For each scenario but the first, the part that rises and the part that falls most.
fn finding(result: &StudyResult, figures: &[Figures]) -> Vec<String> {
    let change = |f: &Figures, s: usize| Some(f.usd_per_year[s]? - f.usd_per_year[0]?);
    let of = |s: usize| {
        let changes = || figures.iter().filter_map(move |f| Some((f, change(f, s)?)));
        let (up, more) = changes().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let (down, less) = changes().min_by(|a, b| a.1.total_cmp(&b.1))?;
        let title = &result.scenarios[s].title;
        (more > 0.0 && less < 0.0).then(|| {
            format!(
                "{title}: most is added to {} ({}), most is saved on {} ({}).",
                lower(&up.label),
                usd(more),
                lower(&down.label),
                usd(-less)
            )
        })
    };
    (1..result.scenarios.len()).filter_map(of).collect()
}

/// A label in the middle of a sentence.
fn lower(label: &str) -> String {
    let mut letters = label.chars();
    letters.next().map_or(String::new(), |c| c.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn parts_add_up_to_the_cost() {
        let (result, _) = fixture::study();
        let figures = figures(&result);
        for (s, scenario) in result.scenarios.iter().enumerate() {
            let [less, more] = spread(&figures, s);
            let cost = scenario.metrics.as_ref().unwrap().usd_per_year;
            assert!((less + more - cost).abs() < 1.0, "{}", scenario.name);
        }
    }

    #[test]
    fn parts_that_count_have_letters_in_order() {
        let (result, _) = fixture::study();
        let money = money(&result);
        let letters: String = money.parts.iter().map(|p| p.letter.as_str()).collect();
        assert!("ABCDEFGHIJKL".starts_with(&letters) && letters.len() >= 6, "{letters}");
    }
}

//! What the figures rest on: public figures against computed ones, and the source of each input.

use std::collections::BTreeMap;

use super::number::{self, percent, plain};
use super::svg::{Scale, Svg};
use super::words;
use crate::result::{FidelityRow, SourcedQuantity, StudyResult};

/// The section on fidelity.
pub(crate) struct Fidelity {
    /// How many figures lie within, and how many of those prove something.
    pub(crate) finding: String,
    pub(crate) rows: Vec<Check>,
}

/// One public figure and its computed counterpart.
pub(crate) struct Check {
    /// Name and unit.
    pub(crate) name: String,
    pub(crate) computed: String,
    pub(crate) range: String,
    /// The range and the computed figure on a small scale.
    pub(crate) picture: String,
    /// `inside`, or by how much it misses the nearer end.
    pub(crate) verdict: String,
    pub(crate) inside: bool,
    pub(crate) calibrated: bool,
    /// Keys of its sources.
    pub(crate) keys: Vec<String>,
}

/// The section, if figures were compared.
pub(crate) fn fidelity(result: &StudyResult) -> Option<Fidelity> {
    if result.fidelity.is_empty() {
        return None;
    }
    let free: Vec<_> = result.fidelity.iter().filter(|r| !r.calibrated).collect();
    let hits = free.iter().filter(|r| r.inside).count();
    let calibrated = result.fidelity.len() - free.len();
    let mut finding = format!(
        "{hits} of {} public figures that the study was not fitted to lie within their published \
         range.",
        free.len()
    );
    if calibrated > 0 {
        finding.push_str(&format!(
            " {calibrated} more {} fitted by calibration, so agreement there proves nothing.",
            if calibrated == 1 { "was" } else { "were" }
        ));
    }
    Some(Fidelity { finding, rows: result.fidelity.iter().map(check).collect() })
}

fn check(row: &FidelityRow) -> Check {
    let miss = if row.computed < row.low { row.low } else { row.high };
    let verdict = if row.inside {
        "inside".to_owned()
    } else if miss == 0.0 {
        "outside".to_owned()
    } else {
        let word = if row.computed < miss { "below" } else { "above" };
        format!("{} {word}", percent(((row.computed - miss) / miss).abs()))
    };
    let (unit, [computed, low, high]) = written(row);
    Check {
        name: if unit.is_empty() { row.name.clone() } else { format!("{}, {unit}", row.name) },
        computed,
        range: if row.low == row.high { low } else { format!("{low} to {high}") },
        picture: picture(row),
        verdict,
        inside: row.inside,
        calibrated: row.calibrated,
        keys: row.source.split(", ").map(str::to_owned).collect(),
    }
}

/// Unit, and computed figure, low and high in it.
fn written(row: &FidelityRow) -> (String, [String; 3]) {
    let figures = [row.computed, row.low, row.high];
    let largest = figures.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
    let style = match row.unit.as_str() {
        "share" => number::Quantity::Share.style(largest),
        "usd/parcel" => number::Quantity::UsdPerParcel.style(largest),
        unit if unit.starts_with("usd") => number::Quantity::Usd.style(largest),
        _ if largest >= 1e6 => number::Quantity::Many.style(largest),
        unit => return (words::unit(unit), figures.map(short)),
    };
    let unit = match row.unit.as_str() {
        "share" => String::new(),
        unit => words::unit(unit).trim_start_matches('$').trim().to_owned(),
    };
    let unit = format!("{} {unit}", style.unit).trim().to_owned();
    (unit, figures.map(|v| style.write(v)))
}

/// Three or four digits that count.
fn short(value: f64) -> String {
    let digits = match value.abs() {
        v if v >= 100.0 => return plain(value.round()),
        v if v >= 10.0 => 10.0,
        v if v >= 1.0 => 100.0,
        _ => 1000.0,
    };
    plain((value * digits).round() / digits)
}

/// The published range as a band, the computed figure as a mark; the scale is the row's own.
fn picture(row: &FidelityRow) -> String {
    let (width, height) = (120.0, 16.0);
    let low = row.low.min(row.computed);
    let high = row.high.max(row.computed);
    let room = if high > low { 0.15 * (high - low) } else { 0.15 * high.abs().max(1.0) };
    let x = Scale::new([low - room, high + room], [0.0, width]);
    let mut svg = Svg::new(width, height);
    svg.line("grid", [0.0, height / 2.0], [width, height / 2.0]);
    svg.rect("band", [x.at(row.low), 4.0], [(x.at(row.high) - x.at(row.low)).max(2.0), 8.0]);
    svg.circle(if row.inside { "hit" } else { "miss" }, [x.at(row.computed), height / 2.0], 4.5);
    svg.finish("spark", "")
}

/// Quantities that rest on one source.
pub(crate) struct SourceGroup {
    /// Key in the study file.
    pub(crate) key: String,
    /// Who published what, when.
    pub(crate) text: String,
    pub(crate) quantities: Vec<Quantity>,
}

/// One input of the study.
pub(crate) struct Quantity {
    pub(crate) path: String,
    pub(crate) value: String,
    pub(crate) unit: String,
    /// Low to high if uncertain, else empty.
    pub(crate) range: String,
    /// What the study says about it.
    pub(crate) note: String,
}

/// All inputs under each source they name: the source that most rests on comes first.
pub(crate) fn sources(result: &StudyResult) -> Vec<SourceGroup> {
    let mut by_key: BTreeMap<&str, Vec<&SourcedQuantity>> = BTreeMap::new();
    for quantity in &result.sources {
        for key in quantity.source.split(", ") {
            by_key.entry(key).or_default().push(quantity);
        }
    }
    let text_of = |key: &str| {
        let of = result.citations.iter().find(|c| c.key == key);
        of.map_or_else(String::new, |c| c.text.clone())
    };
    let mut groups: Vec<SourceGroup> = by_key
        .into_iter()
        .map(|(key, list)| SourceGroup {
            key: key.to_owned(),
            text: text_of(key),
            quantities: list.into_iter().map(quantity).collect(),
        })
        .collect();
    groups.sort_by_key(|g| std::cmp::Reverse(g.quantities.len()));
    groups
}

fn quantity(quantity: &SourcedQuantity) -> Quantity {
    Quantity {
        path: quantity.path.clone(),
        value: plain(quantity.value),
        unit: words::unit(&quantity.unit),
        range: quantity
            .range
            .map_or(String::new(), |(low, high)| format!("{} to {}", plain(low), plain(high))),
        note: quantity.note.clone().unwrap_or_default(),
    }
}

/// How many inputs there are, how many are uncertain, and how many sources they rest on.
pub(crate) fn source_finding(result: &StudyResult) -> String {
    let uncertain = result.sources.iter().filter(|q| q.range.is_some()).count();
    format!(
        "{} quantities, {uncertain} of them with a low and a high, rest on {} sources.",
        result.sources.len(),
        sources(result).len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn calibrated_figures_do_not_count_as_hits() {
        let (result, _) = fixture::study();
        let fidelity = fidelity(&result).unwrap();
        let free = result.fidelity.iter().filter(|r| !r.calibrated).count();
        assert!(fidelity.finding.contains(&format!("of {free} public figures")));
        assert!(fidelity.rows.iter().any(|r| !r.inside && r.verdict.ends_with("above")));
    }

    #[test]
    fn every_quantity_is_listed_under_each_of_its_sources() {
        let (result, _) = fixture::study();
        let listed: usize = sources(&result).iter().map(|g| g.quantities.len()).sum();
        let named: usize = result.sources.iter().map(|q| q.source.split(", ").count()).sum();
        assert_eq!(listed, named);
        assert!(sources(&result)[0].text.starts_with("Pitney Bowes"));
    }
}

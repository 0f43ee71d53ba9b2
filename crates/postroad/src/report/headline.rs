//! The headline table: scenarios side by side, each with its difference to the status quo.

use super::answer::DAYS_PER_YEAR;
use super::number::{Quantity, Style, percent};
use super::words;
use crate::result::{FacilityCount, ScenarioMetrics, ScenarioResult, StudyResult};
use postroad_model::network::{AreaClass, Channel};

/// Rows that belong together.
pub(crate) struct Group {
    pub(crate) title: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// One figure for every scenario.
pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) unit: &'static str,
    pub(crate) cells: Vec<Cell>,
}

/// One figure and its difference to the status quo.
pub(crate) struct Cell {
    pub(crate) value: String,
    /// Empty for the status quo and where there is nothing to compare.
    pub(crate) difference: String,
}

/// The figures of one row, scenario by scenario; none where there is no plan.
type Figures = Vec<Option<f64>>;

/// Collects rows over the scenarios of a study.
struct Table<'a> {
    scenarios: &'a [ScenarioResult],
}

/// The whole table.
pub(crate) fn groups(result: &StudyResult) -> Vec<Group> {
    let table = Table { scenarios: &result.scenarios };
    let groups = [
        ("Cost", table.cost()),
        ("Who delivers, parcels a year", table.channels()),
        ("Speed, share of people", table.speed()),
        ("Coverage by own channels", table.coverage()),
        ("What must run", table.network()),
        ("Customers, cost of a parcel against today", table.customers()),
        ("Postal operator, a year", table.operator()),
    ];
    let groups = groups.into_iter().map(|(title, rows)| Group { title, rows });
    groups.filter(|g| !g.rows.is_empty()).collect()
}

/// A row for any label and figures; the first figure is the one to compare with.
pub(crate) fn row(label: impl Into<String>, quantity: Quantity, figures: &[Option<f64>]) -> Row {
    styled_row(label, quantity.style(largest(figures)), figures)
}

/// The same in a given style.
pub(crate) fn styled_row(label: impl Into<String>, style: Style, figures: &[Option<f64>]) -> Row {
    let first = figures.first().copied().flatten();
    let cells = figures.iter().enumerate().map(|(i, figure)| Cell {
        value: figure.map_or("–".to_owned(), |v| style.write(v)),
        difference: match (i, *figure, first) {
            (1.., Some(value), Some(first)) => style.write_difference(value - first),
            _ => String::new(),
        },
    });
    Row { label: label.into(), unit: style.unit, cells: cells.collect() }
}

/// A row without differences.
fn row_alone(label: impl Into<String>, quantity: Quantity, figures: &[Option<f64>]) -> Row {
    let mut row = row(label, quantity, figures);
    row.cells.iter_mut().for_each(|c| c.difference.clear());
    row
}

impl Table<'_> {
    fn figures(&self, of: impl Fn(&ScenarioMetrics) -> Option<f64>) -> Figures {
        self.scenarios.iter().map(|s| s.metrics.as_ref().and_then(&of)).collect()
    }

    fn cost(&self) -> Vec<Row> {
        let yearly = |day: Option<f64>| day.map(|d| d * DAYS_PER_YEAR);
        let cost: Figures = self.scenarios.iter().map(|s| yearly(s.cost_usd_per_day)).collect();
        let bound: Figures = self.scenarios.iter().map(|s| yearly(s.bound_usd_per_day)).collect();
        let per_parcel = self.figures(|m| Some(m.usd_per_parcel));
        let mut rows = vec![
            row("Cost a year", Quantity::Usd, &cost),
            row("Cost a parcel", Quantity::UsdPerParcel, &per_parcel),
            row_alone("Bound: no plan costs less than", Quantity::Usd, &bound),
            self.gap(),
        ];
        rows.push(row("Capital", Quantity::Usd, &self.figures(|m| Some(m.capital_usd))));
        rows
    }

    /// The gap of a good plan is a fraction of a per cent: it needs more digits than other shares.
    fn gap(&self) -> Row {
        let cell = |s: &ScenarioResult| Cell {
            value: s.gap.filter(|g| g.is_finite()).map_or("–".to_owned(), percent),
            difference: String::new(),
        };
        let cells = self.scenarios.iter().map(cell).collect();
        Row { label: "Gap between cost and bound".to_owned(), unit: "", cells }
    }

    fn channels(&self) -> Vec<Row> {
        let volume = |m: &ScenarioMetrics, name: &str| {
            let of = m.channels.iter().find(|c| c.channel == name);
            Some(of.map_or(0.0, |c| c.parcels_per_year))
        };
        let used = Channel::ALL.map(|c| (c, self.figures(|m| volume(m, c.name()))));
        let style = Quantity::Many.style(largest(used.iter().flat_map(|(_, figures)| figures)));
        let used = used.into_iter().filter(|(_, f)| f.iter().flatten().any(|&v| v > 0.0));
        used.map(|(c, f)| styled_row(words::channel(c.name()), style, &f)).collect()
    }

    fn speed(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let same_day = self.figures(|m| within(&m.people_share_within_days, 0));
        if same_day.iter().flatten().any(|&share| share > 0.0) {
            rows.push(row("Same day, all", Quantity::Share, &same_day));
        }
        for (days, text) in [(1, "Within 1 day"), (2, "Within 2 days")] {
            let all = self.figures(|m| within(&m.people_share_within_days, days));
            rows.push(row(format!("{text}, all"), Quantity::Share, &all));
            for class in AreaClass::ALL {
                let figures = self.figures(|m| {
                    let of = m.classes.iter().find(|c| c.class == class.name())?;
                    within(&of.people_share_within_days, days)
                });
                let label = format!("{text}, {}", words::class(class.name()));
                rows.push(row(label, Quantity::Share, &figures));
            }
        }
        rows.retain(has_figures);
        rows
    }

    fn coverage(&self) -> Vec<Row> {
        vec![
            row(
                "ZIPs served mostly by own channels",
                Quantity::Share,
                &self.figures(|m| Some(m.own_zip_share)),
            ),
            row(
                "People in those ZIPs",
                Quantity::Share,
                &self.figures(|m| Some(m.own_people_share)),
            ),
        ]
    }

    fn network(&self) -> Vec<Row> {
        let kinds =
            [("station", "Stations"), ("rural_hub", "Rural hubs"), ("drone_pad", "Drone pads")];
        let mut rows: Vec<Row> =
            kinds.iter().flat_map(|(kind, label)| self.facilities(kind, label)).collect();
        rows.push(row("Vans", Quantity::Count, &self.figures(|m| Some(m.vans.round()))));
        rows.push(row("Drivers", Quantity::Count, &self.figures(|m| Some(m.drivers.round()))));
        rows
    }

    /// Rows on one kind of facility, without those that are zero in every scenario.
    fn facilities(&self, kind: &str, label: &str) -> Vec<Row> {
        let of = |what: fn(&FacilityCount) -> u32| {
            self.figures(|m| {
                let count = m.facilities.iter().find(|f| f.kind == kind);
                Some(f64::from(count.map_or(0, what)))
            })
        };
        let rows =
            [("in use", of(|f| f.open)), ("new", of(|f| f.new)), ("closed", of(|f| f.closed))];
        let used = rows.into_iter().filter(|(_, f)| f.iter().flatten().any(|&n| n > 0.0));
        used.map(|(word, f)| row(format!("{label} {word}"), Quantity::Count, &f)).collect()
    }

    fn customers(&self) -> Vec<Row> {
        let class_row = |class: AreaClass| {
            let figures = self.figures(|m| {
                let of = m.classes.iter().find(|c| c.class == class.name())?;
                Some(of.price_effect_usd_per_parcel)
            });
            let mut row = row_alone(words::class(class.name()), Quantity::UsdPerParcel, &figures);
            let style = Quantity::UsdPerParcel.style(0.0);
            for (cell, figure) in row.cells.iter_mut().zip(&figures) {
                if let Some(figure) = figure {
                    cell.value = style.write_difference(*figure);
                }
            }
            row
        };
        AreaClass::ALL.map(class_row).into_iter().filter(has_figures).collect()
    }

    fn operator(&self) -> Vec<Row> {
        vec![
            row(
                "Parcels it delivers",
                Quantity::Many,
                &self.figures(|m| Some(m.operator.parcels_per_year)),
            ),
            row("Revenue", Quantity::Usd, &self.figures(|m| Some(m.operator.revenue_usd_per_year))),
            row(
                "Revenue a parcel",
                Quantity::UsdPerParcel,
                &self.figures(|m| {
                    (m.operator.parcels_per_year > 0.0).then_some(m.operator.usd_per_parcel)
                }),
            ),
            row(
                "Cost it would not have without them",
                Quantity::Usd,
                &self.figures(|m| Some(m.operator.avoidable_usd_per_year)),
            ),
            row(
                "Contribution",
                Quantity::Usd,
                &self.figures(|m| Some(m.operator.contribution_usd_per_year)),
            ),
            row(
                "Share of all its revenue",
                Quantity::Share,
                &self.figures(|m| Some(m.operator.revenue_share)),
            ),
        ]
    }
}

/// Share within so many days of a cumulative list; days beyond its end add nothing.
fn within(cumulative: &[f64], days: usize) -> Option<f64> {
    cumulative.get(days).or(cumulative.last()).copied()
}

/// The largest figure without its sign.
pub(crate) fn largest<'a>(figures: impl IntoIterator<Item = &'a Option<f64>>) -> f64 {
    figures.into_iter().flatten().fold(0.0, |a: f64, b| a.max(b.abs()))
}

fn has_figures(row: &Row) -> bool {
    row.cells.iter().any(|c| c.value != "–")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn every_row_has_a_cell_for_every_scenario() {
        let (result, _) = fixture::study();
        for group in groups(&result) {
            for row in group.rows {
                assert_eq!(row.cells.len(), result.scenarios.len(), "{}", row.label);
                assert!(row.cells[0].difference.is_empty(), "{}", row.label);
            }
        }
    }

    #[test]
    fn differences_are_to_the_first_scenario() {
        let row = row("Cost", Quantity::Usd, &[Some(2e9), Some(2.5e9), None]);
        assert_eq!(row.cells[1].difference, "+0.50");
        assert_eq!((row.cells[2].value.as_str(), row.cells[2].difference.as_str()), ("–", ""));
    }

    #[test]
    fn days_beyond_the_list_add_nothing() {
        assert_eq!(within(&[0.1, 0.9], 2), Some(0.9));
        assert_eq!(within(&[], 2), None);
    }
}

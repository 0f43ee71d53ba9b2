//! Routed against planned, by the class of the stations.

use postroad_model::network::AreaClass;

use super::row::{Comparison, StationRow};

/// All stations of a class, or all.
#[derive(Clone, PartialEq, Debug)]
pub struct ClassSummary {
    /// The class; `all` for all.
    pub class: &'static str,
    /// Stations and hubs.
    pub stations: usize,
    /// Their sums.
    pub sums: Comparison,
    /// Stations differ from their planned cost by so much on average, relative to the routed one,
    /// whatever the sign, weighted by cost.
    pub usd_error: f64,
}

/// A summary for each class that has stations, from the emptiest to the densest, then for all.
pub fn summary(rows: &[StationRow]) -> Vec<ClassSummary> {
    let classes = AreaClass::ALL.iter().map(|class| class.name()).chain(["all"]);
    let one = |class: &'static str| {
        let mut summary =
            ClassSummary { class, stations: 0, sums: Comparison::default(), usd_error: 0.0 };
        for row in rows.iter().filter(|row| class == "all" || row.class == class) {
            let own = row.comparison();
            summary.stations += 1;
            summary.sums.stops += own.stops;
            summary.sums.routed.add(own.routed);
            summary.sums.planned.add(own.planned);
            summary.usd_error += (own.planned.usd - own.routed.usd).abs();
        }
        summary.usd_error /= summary.sums.routed.usd.max(f64::MIN_POSITIVE);
        summary
    };
    classes.map(one).filter(|summary| summary.stations > 0).collect()
}

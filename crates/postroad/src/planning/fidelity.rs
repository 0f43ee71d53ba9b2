//! The model against public figures: what the status quo computes beside what was published.

use postroad_formats::study::Study;
use postroad_model::network::NetworkPlan;
use serde::{Deserialize, Serialize};

use super::metrics::ScenarioMetrics;
use super::{Geography, Planned};

/// One public figure and what the model says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FidelityRow {
    /// Its name.
    pub name: String,
    /// What the model computes.
    pub computed: f64,
    /// Unit of all three numbers.
    pub unit: String,
    /// Lowest published.
    pub low: f64,
    /// Highest published.
    pub high: f64,
    /// Keys of the study's sources.
    pub source: String,
    /// Whether the computed figure lies in the published range.
    pub inside: bool,
    /// Whether an input was set to meet it, so that it proves nothing.
    pub calibrated: bool,
}

/// Compares the status quo with every public figure of the study, in the study's order.
pub fn check(
    _study: &Study,
    _geography: &Geography,
    _planned: &Planned,
    _plan: &NetworkPlan,
    _metrics: &ScenarioMetrics,
) -> Vec<FidelityRow> {
    Vec::new()
}

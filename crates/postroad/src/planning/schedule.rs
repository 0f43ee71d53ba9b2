//! How a way out comes about in time: quarters, lead times, hiring, the end of the contract.
//!
//! What is not ready when the contract ends goes to third parties at a premium.

use postroad_formats::study::{ScenarioKind, Study};
use serde::{Deserialize, Serialize};

use super::metrics::ScenarioMetrics;

/// One quarter of a schedule.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Quarter {
    /// Its name, such as 2026-Q3.
    pub name: String,
    /// Buildings decided on in this quarter.
    pub building_starts: f64,
    /// New buildings ready at its start, all together.
    pub buildings_ready: f64,
    /// Drivers hired in it beyond those of the status quo.
    pub hires: f64,
    /// Drivers at its start beyond those of the status quo.
    pub drivers: f64,
    /// Share of the change that is carried out, 0 to 1.
    pub ready_share: f64,
    /// Parcels a day that third parties carry meanwhile.
    pub bridged_parcels_per_day: f64,
    /// Cost of the quarter, dollars: the plan's, as far as it is ready, and the bridge.
    pub usd: f64,
}

/// The cheapest schedule of one way out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Schedule {
    /// Name of the scenario.
    pub scenario: String,
    /// Quarter in which to start for the least cost.
    pub best_start: String,
    /// Last quarter to decide in without any parcel left over when the contract ends; `None` if it
    /// is past already.
    pub last_to_decide: Option<String>,
    /// Quarter from which all is ready.
    pub all_ready: Option<String>,
    /// Cost of all quarters, dollars.
    pub usd: f64,
    /// Of it, above what the plan would cost if it were ready in time.
    pub bridge_usd: f64,
    /// Cost above the best start for each quarter of delay, dollars.
    pub delay_usd: Vec<(String, f64)>,
    /// The quarters, at the best start.
    pub quarters: Vec<Quarter>,
}

/// The cheapest schedule from the status quo to a scenario's plan.
pub fn plan(
    _study: &Study,
    _kind: ScenarioKind,
    _status_quo: &ScenarioMetrics,
    target: &ScenarioMetrics,
) -> Schedule {
    Schedule {
        scenario: target.scenario.clone(),
        best_start: String::new(),
        last_to_decide: None,
        all_ready: None,
        usd: 0.0,
        bridge_usd: 0.0,
        delay_usd: Vec::new(),
        quarters: Vec::new(),
    }
}

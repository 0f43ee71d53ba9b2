//! From a plan to its days: the stops of a planned station's zones on a day, routed by the kernel
//! with the planner's own vans, one station or the whole nation, beside what the planner computes.

mod draw;
mod estimate;
mod network;
mod row;
mod run;
mod summary;
mod van;

pub use draw::{Drawn, draw};
pub use estimate::{Figures, estimate};
pub use network::{Network, PlannedStation, PlannedZone};
pub use row::{Comparison, StationRow, compare};
pub use run::{NationRun, rows_so_far, run, settings};
pub use summary::{ClassSummary, summary};

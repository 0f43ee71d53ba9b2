//! What a routed day leaves behind: GeoJSON, the driver's manifest, and a page with a map.
//!
//! Every file is written from one [`Day`], which tells the plan route by route and line by line.

mod colour;
mod day;
mod geojson;
mod manifest;
mod map;
mod mixed;
mod page;
pub mod result;
mod table;
#[cfg(test)]
mod tests;
mod units;

use std::path::{Path, PathBuf};

use postroad_formats::routing::RoutingJob;
use postroad_model::routing::RoutingPlan;

use crate::failure::Failure;
use crate::output::{self, OutputFile};
use day::Day;
use result::{RouteResult, RunOfRoutes};

/// Writes all files of a plan into a folder and tells their paths.
///
/// # Panics
/// If a route of the plan keeps no schedule: no plan reaches a user before it is checked.
pub fn write_all(
    job: &RoutingJob,
    plan: &RoutingPlan,
    folder: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let files = files(job, plan);
    output::write(folder, &files)?;
    Ok(files.iter().map(|file| folder.join(&file.name)).collect())
}

/// The plan as data.
pub(crate) fn result(job: &RoutingJob, plan: &RoutingPlan, run: RunOfRoutes) -> RouteResult {
    RouteResult::of(&Day::of(job, plan), &plan.cost(&job.problem), run)
}

/// The plan as tables for a terminal.
pub(crate) fn text(job: &RoutingJob, plan: &RoutingPlan) -> String {
    table::text(&Day::of(job, plan), &plan.cost(&job.problem))
}

fn files(job: &RoutingJob, plan: &RoutingPlan) -> Vec<OutputFile> {
    let day = Day::of(job, plan);
    let file = |name: &str, bytes| OutputFile { name: name.into(), bytes };
    vec![
        file("routes.geojson", geojson::feature_collection(&day)),
        file("manifest.csv", manifest::csv(&day)),
        file("manifest.html", manifest::html(&day)),
        file("route.html", page::html(&day)),
    ]
}

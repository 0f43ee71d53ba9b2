//! A day to be routed, as files tell it: the problem, and what its things are called outside.

mod cells;
mod fleet;
mod input;
mod places;
mod reach;
mod stops;
#[cfg(test)]
mod tests;

use input::{Failed, Reader};
pub use input::{Read, Source, Sources, read};

use postroad_model::id::IdVec;
use postroad_model::routing::RoutingProblem;
use postroad_model::{DepotId, StopId, VehicleId};

/// A routing problem and the names of its things.
#[derive(Clone, PartialEq, Debug)]
pub struct RoutingJob {
    /// What is to be routed.
    pub problem: RoutingProblem,
    /// What it is called outside.
    pub names: RoutingNames,
}

/// Names of the things of a routing problem, as its user gave them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RoutingNames {
    /// Names of the stops, unique.
    pub stops: IdVec<StopId, String>,
    /// What the driver should read at each stop: address, remark; may be empty.
    pub notes: IdVec<StopId, String>,
    /// Names of the vehicle types, unique.
    pub vehicles: IdVec<VehicleId, String>,
    /// Names of the depots, unique.
    pub depots: IdVec<DepotId, String>,
}

//! What the kernel does not support yet: refused by name, never ignored.

use postroad_model::routing::RoutingProblem;
use postroad_model::{IdVec, StopId};

/// Features of a problem that the kernel cannot honour, in words; empty if it can solve it.
pub fn unsupported(problem: &RoutingProblem) -> Vec<&'static str> {
    let mut mates = IdVec::<StopId, _>::from(vec![None; problem.stops.len()]);
    let mut is_chain = false;
    for shipment in &problem.shipments {
        let ends = (shipment.pickup, shipment.delivery);
        for stop in [ends.0, ends.1] {
            is_chain |= mates[stop].replace(ends).is_some_and(|known| known != ends);
        }
    }
    if is_chain { vec!["a stop with shipments to or from several stops"] } else { Vec::new() }
}

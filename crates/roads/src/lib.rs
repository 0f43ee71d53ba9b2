//! Fastest ways between places along the roads of an OpenStreetMap extract.
//!
//! An extract becomes a network of roads between junctions ([`read`]). Places are put onto the
//! nearest road, the network is contracted into a hierarchy (Geisberger, Sanders, Schultes and
//! Delling 2008), and each place is given the few hubs that its fastest ways pass (Abraham,
//! Delling, Goldberg and Werneck 2011): [`RoadNetwork::labels`]. Memory grows with the number of
//! places, not with its square, and every answer is exact. The method is in `docs/roads.md`.
//!
//! This crate opens no file; extracts are read from what the application opened.

#![warn(missing_docs)]

mod arcs;
mod hierarchy;
mod labels;
mod network;
mod read;
mod rules;
mod snap;
#[cfg(test)]
mod tests;

pub use network::RoadNetwork;
pub use read::read;
pub use snap::{FAR_M, Far, Snapped};

//! The words and the rules of Postroad: what a problem is, what a plan is, what a plan costs and
//! which rules it breaks. Everything here is written for a reader to check, not for speed; the
//! kernels are fast and must agree with it. This crate does no I/O and depends on nothing.

#![warn(missing_docs)]

pub mod auction;
pub mod bound;
pub mod fault;
pub mod id;
pub mod network;
pub mod place;
pub mod routing;
pub mod tour;

pub use fault::{Fault, Place};
pub use id::{
    BidId, BidderId, ContractId, DemandId, DepotId, FacilityId, IdVec, LocationId, LotId, LotSetId,
    OptionId, StopId, VehicleId,
};

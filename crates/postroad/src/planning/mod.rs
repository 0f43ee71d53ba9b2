//! From a study and its geography to a network problem, and from a plan back to what it means.
//!
//! One scenario becomes one [`NetworkProblem`]. Demands and facilities are the same, in the same
//! order, in every scenario of a study, so that the plan and the prices of one scenario start the
//! next; what a scenario lacks has no option and stays closed at no cost.

mod build;
mod channels;
pub mod fidelity;
mod geography;
mod kept;
pub mod metrics;
mod near;
mod postal;
pub mod schedule;
mod sites;

use postroad_formats::study::{Scenario, Study};
use postroad_model::network::NetworkProblem;
use postroad_model::place::Coordinate;
use postroad_model::{ContractId, DemandId, FacilityId, Fault, IdVec, OptionId};

pub use channels::{OptionDetail, class_of};
pub(crate) use channels::{ZoneDemand, vans, zone_demands};
pub use geography::{Geography, Open};
pub use kept::{Kept, Offered};
pub(crate) use sites::fleet_of;

/// Days of a year of plans: money in a problem is dollars per average day.
pub const DAYS_PER_YEAR: f64 = 365.0;

/// The postal operator's contract in every problem.
pub const POSTAL: ContractId = ContractId(0);
/// The third parties' contract in every problem.
pub const THIRD_PARTY: ContractId = ContractId(1);

/// A problem with what its ids mean.
#[derive(Clone, PartialEq, Debug)]
pub struct Planned {
    /// What to solve.
    pub problem: NetworkProblem,
    /// Name of the scenario.
    pub scenario: String,
    /// What each demand is.
    pub demands: IdVec<DemandId, DemandInfo>,
    /// What each facility is.
    pub facilities: IdVec<FacilityId, FacilityInfo>,
    /// What each option's cost is made of.
    pub options: IdVec<OptionId, OptionDetail>,
}

/// Which of a zone's parcels a demand is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ServiceClass {
    /// All parcels that do not fly.
    Standard,
    /// Parcels light enough to fly, to houses whose people may take it.
    Drone,
}

impl ServiceClass {
    /// The word for files.
    pub fn name(self) -> &'static str {
        match self {
            ServiceClass::Standard => "standard",
            ServiceClass::Drone => "drone",
        }
    }
}

/// What a demand is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DemandInfo {
    /// Position in [`Geography::zones`].
    pub zone: usize,
    /// Which of the zone's parcels.
    pub service: ServiceClass,
}

/// What kind of facility.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FacilityKind {
    /// A delivery station of own vans.
    Station,
    /// A rural hub.
    RuralHub,
    /// A pad for drones at a station.
    DronePad,
    /// A delivery unit of the operator.
    DeliveryUnit,
    /// A processing centre of the operator.
    ProcessingCentre,
}

impl FacilityKind {
    /// Whether it belongs to the postal operator and not to the shipper.
    pub fn is_operators(self) -> bool {
        matches!(self, FacilityKind::DeliveryUnit | FacilityKind::ProcessingCentre)
    }

    /// The word for files.
    pub fn name(self) -> &'static str {
        match self {
            FacilityKind::Station => "station",
            FacilityKind::RuralHub => "rural_hub",
            FacilityKind::DronePad => "drone_pad",
            FacilityKind::DeliveryUnit => "delivery_unit",
            FacilityKind::ProcessingCentre => "processing_centre",
        }
    }
}

/// What a facility is.
#[derive(Clone, PartialEq, Debug)]
pub struct FacilityInfo {
    /// What kind.
    pub kind: FacilityKind,
    /// Id in its table; a pad's is that of its station with `-pad`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Two-letter code of the state.
    pub state: String,
    /// Where it is.
    pub coordinate: Coordinate,
    /// Whether it stands already.
    pub existing: bool,
    /// Position in the geography's table of its kind (a pad's is its station's).
    pub position: usize,
    /// Modules at each level; empty unless a station or hub.
    pub modules: Vec<u8>,
    /// Modules it has today; 0 unless an existing station or hub.
    pub modules_now: u8,
}

/// Turns a scenario into a problem. Faults are those that only show when study and tables meet,
/// such as a zone that nobody can serve.
pub fn build(
    study: &Study,
    geography: &Geography,
    scenario: &Scenario,
) -> Result<Planned, Vec<Fault>> {
    build::build(study, geography, scenario, None, Offered::Promising)
}

/// As [`build`], with the ways of serving that a plan uses, or with these alone. Of these alone no
/// requirement is checked.
pub fn build_around(
    study: &Study,
    geography: &Geography,
    scenario: &Scenario,
    offered: Offered<'_>,
) -> Result<Planned, Vec<Fault>> {
    build::build(study, geography, scenario, None, offered)
}

/// As [`build`], with the operator selling at one price per parcel at every delivery unit, at the
/// contract's difference more at processing centres, without tiers or commitment: a point of the
/// demand curve.
pub fn build_at_postal_price(
    study: &Study,
    geography: &Geography,
    scenario: &Scenario,
    usd_per_parcel: f64,
) -> Result<Planned, Vec<Fault>> {
    build::build(study, geography, scenario, Some(usd_per_parcel), Offered::Promising)
}

#[cfg(test)]
mod tests;

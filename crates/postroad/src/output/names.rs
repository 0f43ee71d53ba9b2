//! Names from outside for the dense ids of a problem, both ways: files hold ZIP codes and site
//! codes, plans hold positions.

use std::collections::BTreeMap;

use postroad_model::id::IdVec;
use postroad_model::place::Coordinate;
use postroad_model::{ContractId, DemandId, FacilityId};

use crate::planning::{Geography, Planned};

/// The contracts of every problem, in the order of their ids.
const CONTRACTS: [&str; 2] = ["postal", "third_party"];

/// What a demand is called.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DemandName {
    /// ZIP code of its zone.
    pub zip: String,
    /// Service class.
    pub service: String,
}

/// What a facility is called, and where it is.
#[derive(Clone, PartialEq, Debug)]
pub struct FacilityName {
    /// Kind, such as `station`.
    pub kind: String,
    /// Its id in the table of its kind.
    pub id: String,
    /// Where it is.
    pub coordinate: Coordinate,
    /// Whether it is there today.
    pub existing: bool,
    /// Whether it belongs to the postal operator.
    pub is_operators: bool,
}

/// Names of all ids of a problem.
#[derive(Clone, PartialEq, Debug)]
pub struct Names {
    /// By demand.
    pub demands: IdVec<DemandId, DemandName>,
    /// By facility.
    pub facilities: IdVec<FacilityId, FacilityName>,
    /// By contract.
    pub contracts: IdVec<ContractId, String>,
}

/// Ids by name.
pub struct Ids {
    /// Demands by ZIP and service class.
    pub demands: BTreeMap<DemandName, DemandId>,
    /// Facilities by kind and id.
    pub facilities: BTreeMap<(String, String), FacilityId>,
    /// Contracts by name.
    pub contracts: BTreeMap<String, ContractId>,
}

impl Names {
    /// The names of a problem's ids.
    pub fn of(geography: &Geography, planned: &Planned) -> Self {
        let demand = |d: &crate::planning::DemandInfo| DemandName {
            zip: geography.zones[d.zone].zip.clone(),
            service: d.service.name().to_owned(),
        };
        let facility = |f: &crate::planning::FacilityInfo| FacilityName {
            kind: f.kind.name().to_owned(),
            id: f.id.clone(),
            coordinate: f.coordinate,
            existing: f.existing,
            is_operators: f.kind.is_operators(),
        };
        Self {
            demands: planned.demands.iter().map(demand).collect(),
            facilities: planned.facilities.iter().map(facility).collect(),
            contracts: CONTRACTS.map(str::to_owned).into_iter().collect(),
        }
    }

    /// The way back.
    pub fn ids(&self) -> Ids {
        let facility = |f: &FacilityName| (f.kind.clone(), f.id.clone());
        Ids {
            demands: self.demands.iter_ids().map(|(id, name)| (name.clone(), id)).collect(),
            facilities: self.facilities.iter_ids().map(|(id, f)| (facility(f), id)).collect(),
            contracts: self.contracts.iter_ids().map(|(id, name)| (name.clone(), id)).collect(),
        }
    }
}

//! Network design: which facilities open, at which size, and which channel serves each demand.
//!
//! Quantities are continuous (shares of a demand may be split), so money is `f64` dollars per
//! average day here, not the integer money of routing; every field names its unit. Costs and
//! violations of a plan are computed from first principles, one term after the other.

use crate::id::{ContractId, DemandId, FacilityId, Id, IdVec, OptionId};

/// Relative slack within which a limit counts as kept: plans are made of floating sums.
pub const TOLERANCE: f64 = 1e-6;

/// How densely a zone is settled; the thresholds are inputs of a study.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AreaClass {
    /// Few people per km².
    Rural,
    /// Between rural and urban.
    Suburban,
    /// Many people per km².
    Urban,
    /// City cores.
    DenseUrban,
}

impl AreaClass {
    /// All classes, from the emptiest to the densest.
    pub const ALL: [AreaClass; 4] =
        [AreaClass::Rural, AreaClass::Suburban, AreaClass::Urban, AreaClass::DenseUrban];

    /// The word for files and tables.
    pub fn name(self) -> &'static str {
        match self {
            AreaClass::Rural => "rural",
            AreaClass::Suburban => "suburban",
            AreaClass::Urban => "urban",
            AreaClass::DenseUrban => "dense_urban",
        }
    }
}

/// A way to get parcels to the door.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Channel {
    /// The shipper's own vans from a delivery station.
    OwnVan,
    /// Paid contractors on long routes from a small rural station.
    RuralHub,
    /// Drones from a pad at a station.
    Drone,
    /// The postal operator, handed over at its delivery unit.
    PostalUnit,
    /// The postal operator, handed over at its processing centre.
    PostalCentre,
    /// Another carrier at its rates.
    ThirdParty,
}

impl Channel {
    /// All channels.
    pub const ALL: [Channel; 6] = [
        Channel::OwnVan,
        Channel::RuralHub,
        Channel::Drone,
        Channel::PostalUnit,
        Channel::PostalCentre,
        Channel::ThirdParty,
    ];

    /// The word for files and tables.
    pub fn name(self) -> &'static str {
        match self {
            Channel::OwnVan => "own_van",
            Channel::RuralHub => "rural_hub",
            Channel::Drone => "drone",
            Channel::PostalUnit => "postal_unit",
            Channel::PostalCentre => "postal_centre",
            Channel::ThirdParty => "third_party",
        }
    }
}

/// The parcels of one zone in one service class.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Demand {
    /// Parcels on an average day; positive.
    pub parcels_per_day: f64,
    /// People who wait for them, for service requirements; not negative. A zone with two service
    /// classes divides its people between them in proportion to parcels.
    pub people: f64,
    /// Class of the zone.
    pub class: AreaClass,
}

/// One size at which a facility can be run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Level {
    /// Parcels per average day it can handle: sizing-day capacity over the peak factor. May be
    /// infinite.
    pub parcels_per_day: f64,
    /// Cost of running the facility at this size, dollars per day; not negative.
    pub usd_per_day: f64,
    /// Capital to be spent to get there from what exists, dollars; not negative.
    pub capital_usd: f64,
}

/// A place with a fixed cost and a capacity: a station, rural hub, drone pad, delivery unit (its
/// fixed cost is the milk-run stop) or processing centre. It is closed, or open at one level.
#[derive(Clone, PartialEq, Debug)]
pub struct Facility {
    /// The sizes to choose from, in order of capacity; at least one.
    pub levels: Vec<Level>,
    /// Cost of not running it, dollars per day: ending the lease of an existing station.
    pub closed_usd_per_day: f64,
    /// It may be open only if this one is: a drone pad needs its station. The parent has no parent.
    pub parent: Option<FacilityId>,
    /// Whether opening it counts against the limit on openings (true for a building not there yet).
    pub is_new: bool,
}

/// One way to serve one demand.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ServiceOption {
    /// How.
    pub channel: Channel,
    /// The facility whose capacity it uses, if any.
    pub facility: Option<FacilityId>,
    /// The contract whose volume it counts towards, if any.
    pub contract: Option<ContractId>,
    /// Everything that varies with the parcel: delivery, inbound, handling, contract rate.
    pub usd_per_parcel: f64,
    /// Promise to the customer in days: 0 same day, 1 next day, …
    pub days: u8,
}

/// How a volume tier prices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TierRule {
    /// The tier reached prices all parcels.
    AllParcels,
    /// Each tier prices the parcels within it.
    Marginal,
}

/// From a volume on, so much is added to the rate of a parcel.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Tier {
    /// Start of the tier, parcels per average day. The first starts at 0, the rest ascend.
    pub from_parcels_per_day: f64,
    /// Added to the rate; negative is a discount.
    pub usd_per_parcel: f64,
}

/// Volume terms agreed with a provider; the rate itself is in each option.
#[derive(Clone, PartialEq, Debug)]
pub struct Contract {
    /// Volume tiers; empty means none.
    pub tiers: Vec<Tier>,
    /// How tiers price.
    pub tier_rule: TierRule,
    /// Minimum commitment, parcels per average day.
    pub commitment_parcels_per_day: f64,
    /// Paid for each parcel below the commitment.
    pub shortfall_usd_per_parcel: f64,
    /// No more than this, parcels per average day; may be infinite.
    pub max_parcels_per_day: f64,
}

impl Contract {
    /// Tier adjustment plus shortfall payment at a volume, dollars per day.
    pub fn charge_usd_per_day(&self, parcels_per_day: f64) -> f64 {
        let shortfall = (self.commitment_parcels_per_day - parcels_per_day).max(0.0);
        self.tier_usd_per_day(parcels_per_day) + shortfall * self.shortfall_usd_per_parcel
    }

    /// Tier adjustment at a volume, dollars per day.
    pub fn tier_usd_per_day(&self, parcels_per_day: f64) -> f64 {
        match self.tier_rule {
            TierRule::AllParcels => {
                let reached =
                    |t: &&Tier| t.from_parcels_per_day <= parcels_per_day * (1.0 + TOLERANCE);
                let tier = self.tiers.iter().rev().find(reached);
                tier.map_or(0.0, |t| t.usd_per_parcel * parcels_per_day)
            }
            TierRule::Marginal => (0..self.tiers.len())
                .map(|k| {
                    let from = self.tiers[k].from_parcels_per_day;
                    let to =
                        self.tiers.get(k + 1).map_or(f64::INFINITY, |t| t.from_parcels_per_day);
                    (parcels_per_day.min(to) - from).max(0.0) * self.tiers[k].usd_per_parcel
                })
                .sum(),
        }
    }
}

/// At least this share of people must be promised delivery within so many days.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Requirement {
    /// For zones of this class, or for all.
    pub class: Option<AreaClass>,
    /// Within this many days.
    pub within_days: u8,
    /// Share of people, 0 to 1.
    pub min_share: f64,
}

impl Requirement {
    /// Whether people of a demand count for this requirement.
    #[inline]
    pub fn concerns(&self, demand: &Demand) -> bool {
        self.class.is_none_or(|class| class == demand.class)
    }
}

/// May a demand be split between options?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sourcing {
    /// Each demand takes exactly one option.
    Single,
    /// Shares of a demand add up to one.
    Split,
}

/// Choose levels of facilities and shares of options at least daily cost.
#[derive(Clone, PartialEq, Debug)]
pub struct NetworkProblem {
    /// What must be delivered.
    pub demands: IdVec<DemandId, Demand>,
    /// Options of all demands, those of one demand side by side.
    pub options: IdVec<OptionId, ServiceOption>,
    /// Where each demand's options start; one more entry than demands.
    pub option_start: Vec<u32>,
    /// What may open.
    pub facilities: IdVec<FacilityId, Facility>,
    /// Volume terms.
    pub contracts: IdVec<ContractId, Contract>,
    /// Service requirements.
    pub requirements: Vec<Requirement>,
    /// Capital that may be spent, dollars.
    pub capital_budget_usd: Option<f64>,
    /// New facilities that may open.
    pub openings_max: Option<u32>,
    /// Single or split sourcing.
    pub sourcing: Sourcing,
}

impl NetworkProblem {
    /// Nothing to deliver yet, split sourcing, no limits.
    pub fn new() -> Self {
        Self {
            demands: IdVec::new(),
            options: IdVec::new(),
            option_start: vec![0],
            facilities: IdVec::new(),
            contracts: IdVec::new(),
            requirements: Vec::new(),
            capital_budget_usd: None,
            openings_max: None,
            sourcing: Sourcing::Split,
        }
    }

    /// Adds a demand with its options.
    pub fn push_demand(&mut self, demand: Demand, options: &[ServiceOption]) -> DemandId {
        for &option in options {
            self.options.push(option);
        }
        self.option_start.push(self.options.len() as u32);
        self.demands.push(demand)
    }

    /// The options of a demand.
    #[inline]
    pub fn options_of(
        &self,
        demand: DemandId,
    ) -> impl DoubleEndedIterator<Item = OptionId> + ExactSizeIterator + use<> {
        let i = demand.index();
        (self.option_start[i]..self.option_start[i + 1]).map(OptionId)
    }

    /// People whom a requirement concerns.
    pub fn people_of(&self, requirement: &Requirement) -> f64 {
        self.demands.iter().filter(|d| requirement.concerns(d)).map(|d| d.people).sum()
    }

    /// Sum of demand, parcels per day.
    pub fn parcels_per_day(&self) -> f64 {
        self.demands.iter().map(|d| d.parcels_per_day).sum()
    }

    /// What is wrong with the problem, in sentences for a developer; empty if it can be solved.
    /// The same for a user's file is found, with its place, before a problem is built.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.demand_faults(&mut faults);
        self.facility_faults(&mut faults);
        self.term_faults(&mut faults);
        faults
    }

    fn demand_faults(&self, faults: &mut Vec<String>) {
        if self.option_start.len() != self.demands.len() + 1 {
            faults.push("option_start must have one more entry than demands".into());
            return;
        }
        for (id, demand) in self.demands.iter_ids() {
            if !(demand.parcels_per_day > 0.0 && demand.parcels_per_day.is_finite()) {
                faults.push(format!("demand {} must be positive and finite", id.0));
            }
            if !(demand.people >= 0.0 && demand.people.is_finite()) {
                faults.push(format!("people of demand {} must not be negative", id.0));
            }
            if self.options_of(id).len() == 0 {
                faults.push(format!("demand {} has no option", id.0));
            }
        }
        for (id, option) in self.options.iter_ids() {
            if !option.usd_per_parcel.is_finite() {
                faults.push(format!("cost of option {} must be finite", id.0));
            }
            if option.facility.is_some_and(|f| f.index() >= self.facilities.len()) {
                faults.push(format!("option {} names a facility that is not there", id.0));
            }
            if option.contract.is_some_and(|c| c.index() >= self.contracts.len()) {
                faults.push(format!("option {} names a contract that is not there", id.0));
            }
        }
    }

    fn facility_faults(&self, faults: &mut Vec<String>) {
        for (id, facility) in self.facilities.iter_ids() {
            let bad = |l: &Level| {
                l.parcels_per_day.is_nan()
                    || l.parcels_per_day < 0.0
                    || !(l.usd_per_day.is_finite() && l.usd_per_day >= 0.0)
                    || !(l.capital_usd.is_finite() && l.capital_usd >= 0.0)
            };
            if facility.levels.is_empty() || facility.levels.len() > 250 {
                faults.push(format!("facility {} must have 1 to 250 levels", id.0));
            }
            if facility.levels.iter().any(bad) {
                faults.push(format!("facility {} has a negative or undefined level", id.0));
            }
            if !facility.levels.is_sorted_by(|a, b| a.parcels_per_day <= b.parcels_per_day) {
                faults.push(format!("levels of facility {} must ascend in capacity", id.0));
            }
            if !facility.closed_usd_per_day.is_finite() {
                faults.push(format!("closing cost of facility {} must be finite", id.0));
            }
            let parent = facility.parent.map(|p| self.facilities.get(p));
            if parent.is_some_and(|p| p.is_none_or(|p| p.parent.is_some())) {
                faults.push(format!("parent of facility {} must exist and have no parent", id.0));
            }
        }
    }

    fn term_faults(&self, faults: &mut Vec<String>) {
        for (id, contract) in self.contracts.iter_ids() {
            let tiers = &contract.tiers;
            let starts_at_0 = tiers.first().is_none_or(|t| t.from_parcels_per_day == 0.0);
            let ascend = tiers.is_sorted_by(|a, b| a.from_parcels_per_day < b.from_parcels_per_day);
            if !starts_at_0 || !ascend || tiers.iter().any(|t| !t.usd_per_parcel.is_finite()) {
                faults.push(format!("tiers of contract {} must start at 0 and ascend", id.0));
            }
            let commitment = contract.commitment_parcels_per_day;
            let shortfall = contract.shortfall_usd_per_parcel;
            let not_negative = |x: f64| x >= 0.0 && x.is_finite();
            if !not_negative(commitment) || !not_negative(shortfall) {
                faults.push(format!("commitment of contract {} must not be negative", id.0));
            }
            if contract.max_parcels_per_day.is_nan() || contract.max_parcels_per_day < 0.0 {
                faults.push(format!("maximum of contract {} must not be negative", id.0));
            }
        }
        for requirement in &self.requirements {
            if !(0.0..=1.0).contains(&requirement.min_share) {
                faults.push("the share of a requirement must be from 0 to 1".into());
            }
        }
        if self.capital_budget_usd.is_some_and(|b| b.is_nan() || b < 0.0) {
            faults.push("the capital budget must not be negative".into());
        }
    }
}

impl Default for NetworkProblem {
    fn default() -> Self {
        Self::new()
    }
}

/// A part of a demand given to one option.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Assignment {
    /// The demand.
    pub demand: DemandId,
    /// One of its options.
    pub option: OptionId,
    /// Share of the demand, above 0 and at most 1.
    pub share: f64,
}

/// An answer to a [`NetworkProblem`]: an immutable value, in the order of demands.
#[derive(Clone, PartialEq, Debug)]
pub struct NetworkPlan {
    /// The level at which each facility is run; `None` is closed.
    pub levels: IdVec<FacilityId, Option<u8>>,
    /// Who serves what, ascending by demand.
    pub assignments: Vec<Assignment>,
}

/// Dollars per day of a plan, by kind.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct NetworkCost {
    /// Options: delivery, inbound, handling, contract rates.
    pub service_usd_per_day: f64,
    /// Open facilities at their levels.
    pub facility_usd_per_day: f64,
    /// Closed facilities.
    pub closing_usd_per_day: f64,
    /// Tiers and shortfall payments.
    pub contract_usd_per_day: f64,
}

impl NetworkCost {
    /// The sum.
    pub fn total_usd_per_day(&self) -> f64 {
        self.service_usd_per_day
            + self.facility_usd_per_day
            + self.closing_usd_per_day
            + self.contract_usd_per_day
    }
}

/// A rule that a plan breaks, with what is and what may be.
#[derive(Clone, PartialEq, Debug)]
pub enum Violation {
    /// The plan does not fit the problem (wrong length, unknown level or option, wrong order).
    Malformed(String),
    /// Shares of a demand do not add up to one.
    Unserved {
        /// The demand.
        demand: DemandId,
        /// Sum of its shares.
        share: f64,
    },
    /// A demand is split although sourcing is single.
    SplitDemand(DemandId),
    /// A closed facility is used.
    ClosedButUsed(FacilityId),
    /// More parcels than the level can handle.
    OverCapacity {
        /// The facility.
        facility: FacilityId,
        /// Parcels per day assigned.
        load: f64,
        /// Parcels per day possible.
        capacity: f64,
    },
    /// A facility is open without its parent.
    OrphanOpen(FacilityId),
    /// More parcels than the contract allows.
    OverContract {
        /// The contract.
        contract: ContractId,
        /// Parcels per day assigned.
        volume: f64,
    },
    /// Too few people within the promise.
    Requirement {
        /// Its position in the problem.
        index: usize,
        /// Share reached.
        share: f64,
    },
    /// Capital above the budget.
    OverCapital {
        /// Dollars the plan spends.
        capital_usd: f64,
    },
    /// More openings than allowed.
    OverOpenings {
        /// New facilities the plan opens.
        openings: u32,
    },
}

impl NetworkPlan {
    /// What the plan costs, recomputed from the problem. The plan must not be malformed.
    pub fn cost(&self, problem: &NetworkProblem) -> NetworkCost {
        let mut cost = NetworkCost::default();
        for a in &self.assignments {
            let parcels = problem.demands[a.demand].parcels_per_day * a.share;
            cost.service_usd_per_day += parcels * problem.options[a.option].usd_per_parcel;
        }
        for (id, facility) in problem.facilities.iter_ids() {
            match self.levels[id] {
                Some(level) => {
                    cost.facility_usd_per_day += facility.levels[level as usize].usd_per_day;
                }
                None => cost.closing_usd_per_day += facility.closed_usd_per_day,
            }
        }
        for (contract, volume) in
            problem.contracts.iter().zip(self.contract_volumes(problem).iter())
        {
            cost.contract_usd_per_day += contract.charge_usd_per_day(*volume);
        }
        cost
    }

    /// Parcels per day at each facility.
    pub fn facility_loads(&self, problem: &NetworkProblem) -> IdVec<FacilityId, f64> {
        let mut loads = IdVec::from(vec![0.0; problem.facilities.len()]);
        for a in &self.assignments {
            if let Some(facility) = problem.options[a.option].facility {
                loads[facility] += problem.demands[a.demand].parcels_per_day * a.share;
            }
        }
        loads
    }

    /// Parcels per day under each contract.
    pub fn contract_volumes(&self, problem: &NetworkProblem) -> IdVec<ContractId, f64> {
        let mut volumes = IdVec::from(vec![0.0; problem.contracts.len()]);
        for a in &self.assignments {
            if let Some(contract) = problem.options[a.option].contract {
                volumes[contract] += problem.demands[a.demand].parcels_per_day * a.share;
            }
        }
        volumes
    }

    /// Share of the people concerned whom the plan promises what a requirement asks.
    pub fn served_share(&self, problem: &NetworkProblem, requirement: &Requirement) -> f64 {
        let people = problem.people_of(requirement);
        let served: f64 = self
            .assignments
            .iter()
            .filter(|a| requirement.concerns(&problem.demands[a.demand]))
            .filter(|a| problem.options[a.option].days <= requirement.within_days)
            .map(|a| problem.demands[a.demand].people * a.share)
            .sum();
        if people > 0.0 { served / people } else { 1.0 }
    }

    /// Capital the plan spends, dollars.
    pub fn capital_usd(&self, problem: &NetworkProblem) -> f64 {
        self.open_levels(problem).map(|(_, level)| level.capital_usd).sum()
    }

    /// New facilities the plan opens.
    pub fn openings(&self, problem: &NetworkProblem) -> u32 {
        self.open_levels(problem).filter(|&(id, _)| problem.facilities[id].is_new).count() as u32
    }

    /// Open facilities with the level they run at.
    pub fn open_levels<'a>(
        &'a self,
        problem: &'a NetworkProblem,
    ) -> impl Iterator<Item = (FacilityId, &'a Level)> {
        self.levels.iter_ids().filter_map(|(id, level)| {
            Some((id, &problem.facilities[id].levels[(*level)? as usize]))
        })
    }

    /// Every rule the plan breaks; empty for a feasible plan.
    pub fn violations(&self, problem: &NetworkProblem) -> Vec<Violation> {
        if let Some(reason) = self.malformed(problem) {
            return vec![Violation::Malformed(reason)];
        }
        let mut found = Vec::new();
        self.demand_violations(problem, &mut found);
        self.facility_violations(problem, &mut found);
        self.term_violations(problem, &mut found);
        found
    }

    fn malformed(&self, problem: &NetworkProblem) -> Option<String> {
        if self.levels.len() != problem.facilities.len() {
            return Some("one level for each facility is needed".into());
        }
        for (id, level) in self.levels.iter_ids() {
            if level.is_some_and(|l| l as usize >= problem.facilities[id].levels.len()) {
                return Some(format!("facility {} has no such level", id.0));
            }
        }
        if !self.assignments.is_sorted_by_key(|a| a.demand) {
            return Some("assignments must ascend by demand".into());
        }
        for a in &self.assignments {
            let known = a.demand.index() < problem.demands.len()
                && problem.options_of(a.demand).any(|o| o == a.option);
            if !known {
                return Some(format!("option {} is not one of demand {}", a.option.0, a.demand.0));
            }
            if !(a.share > 0.0 && a.share <= 1.0 + TOLERANCE) {
                return Some(format!("share of demand {} must be above 0, at most 1", a.demand.0));
            }
        }
        None
    }

    fn demand_violations(&self, problem: &NetworkProblem, found: &mut Vec<Violation>) {
        let mut shares = IdVec::<DemandId, f64>::from(vec![0.0; problem.demands.len()]);
        let mut parts = IdVec::<DemandId, u32>::from(vec![0; problem.demands.len()]);
        for a in &self.assignments {
            shares[a.demand] += a.share;
            parts[a.demand] += 1;
        }
        for (demand, &share) in shares.iter_ids() {
            if (share - 1.0).abs() > TOLERANCE {
                found.push(Violation::Unserved { demand, share });
            }
            if problem.sourcing == Sourcing::Single && parts[demand] > 1 {
                found.push(Violation::SplitDemand(demand));
            }
        }
    }

    fn facility_violations(&self, problem: &NetworkProblem, found: &mut Vec<Violation>) {
        for (facility, &load) in self.facility_loads(problem).iter_ids() {
            let Some(level) = self.levels[facility] else {
                if load > 0.0 {
                    found.push(Violation::ClosedButUsed(facility));
                }
                continue;
            };
            let capacity = problem.facilities[facility].levels[level as usize].parcels_per_day;
            if load > capacity * (1.0 + TOLERANCE) {
                found.push(Violation::OverCapacity { facility, load, capacity });
            }
            if problem.facilities[facility].parent.is_some_and(|p| self.levels[p].is_none()) {
                found.push(Violation::OrphanOpen(facility));
            }
        }
    }

    fn term_violations(&self, problem: &NetworkProblem, found: &mut Vec<Violation>) {
        for (contract, &volume) in self.contract_volumes(problem).iter_ids() {
            if volume > problem.contracts[contract].max_parcels_per_day * (1.0 + TOLERANCE) {
                found.push(Violation::OverContract { contract, volume });
            }
        }
        for (index, requirement) in problem.requirements.iter().enumerate() {
            let share = self.served_share(problem, requirement);
            if share < requirement.min_share - TOLERANCE {
                found.push(Violation::Requirement { index, share });
            }
        }
        let capital_usd = self.capital_usd(problem);
        if problem.capital_budget_usd.is_some_and(|b| capital_usd > b * (1.0 + TOLERANCE)) {
            found.push(Violation::OverCapital { capital_usd });
        }
        let openings = self.openings(problem);
        if problem.openings_max.is_some_and(|most| openings > most) {
            found.push(Violation::OverOpenings { openings });
        }
    }
}

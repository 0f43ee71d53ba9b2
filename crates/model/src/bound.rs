//! A lower bound that anybody can recompute: the value of the Lagrangian at given prices.
//!
//! Give every demand a price for being served, every contract a price for its volume, every
//! requirement a price for a person in time, capital and openings a price for a dollar and a
//! building. For any such prices the problem falls apart into facilities and contracts, and the
//! sum of their least costs is a cost no feasible plan can beat (Geoffrion 1974). Better prices
//! give a higher bound; no prices give a wrong one.

use crate::id::{ContractId, DemandId, FacilityId, Id, IdVec};
use crate::network::{Contract, Facility, NetworkProblem, ServiceOption, Tier, TierRule};

/// Prices on what couples the facilities: the certificate of a bound.
#[derive(Clone, PartialEq, Debug)]
pub struct Prices {
    /// Dollars per parcel for serving each demand; any value.
    pub demand: IdVec<DemandId, f64>,
    /// Dollars per parcel added to each contract's options; any value.
    pub contract: IdVec<ContractId, f64>,
    /// Dollars per day and person in time, for each requirement; not negative.
    pub requirement: Vec<f64>,
    /// Dollars per day for a dollar of capital; not negative.
    pub capital: f64,
    /// Dollars per day for a new facility; not negative.
    pub opening: f64,
}

impl Prices {
    /// All prices zero.
    pub fn zero(problem: &NetworkProblem) -> Self {
        Self {
            demand: IdVec::from(vec![0.0; problem.demands.len()]),
            contract: IdVec::from(vec![0.0; problem.contracts.len()]),
            requirement: vec![0.0; problem.requirements.len()],
            capital: 0.0,
            opening: 0.0,
        }
    }

    /// Whether the prices have the problem's shape and signs, without which no bound follows.
    pub fn are_valid(&self, problem: &NetworkProblem) -> bool {
        let finite = |x: &f64| x.is_finite();
        let not_negative = |x: &f64| x.is_finite() && *x >= 0.0;
        self.demand.len() == problem.demands.len()
            && self.contract.len() == problem.contracts.len()
            && self.requirement.len() == problem.requirements.len()
            && self.demand.iter().all(finite)
            && self.contract.iter().all(finite)
            && self.requirement.iter().all(not_negative)
            && not_negative(&self.capital)
            && not_negative(&self.opening)
    }
}

/// An option's cost per parcel with contract and requirement prices, before the demand's price.
pub fn priced_usd_per_parcel(
    problem: &NetworkProblem,
    prices: &Prices,
    demand: DemandId,
    option: &ServiceOption,
) -> f64 {
    let d = &problem.demands[demand];
    let mut usd = option.usd_per_parcel;
    if let Some(contract) = option.contract {
        usd += prices.contract[contract];
    }
    for (requirement, price) in problem.requirements.iter().zip(&prices.requirement) {
        if option.days <= requirement.within_days && requirement.concerns(d) {
            usd -= price * d.people / d.parcels_per_day;
        }
    }
    usd
}

/// The Lagrangian value at `prices`, dollars per day: no feasible plan costs less, whether
/// sourcing is split or single. Lowered by a relative 1e-9 against rounding in the sums.
///
/// # Panics
/// If the prices are not valid for the problem.
pub fn lagrangian_usd_per_day(problem: &NetworkProblem, prices: &Prices) -> f64 {
    assert!(prices.are_valid(problem), "prices must have the problem's shape and signs");
    let mut terms = vec![-prices.capital * problem.capital_budget_usd.unwrap_or(0.0)];
    terms.push(-prices.opening * f64::from(problem.openings_max.unwrap_or(0)));
    for (requirement, price) in problem.requirements.iter().zip(&prices.requirement) {
        terms.push(price * requirement.min_share * problem.people_of(requirement));
    }
    for (contract, price) in problem.contracts.iter().zip(prices.contract.iter()) {
        terms.push(least_contract_usd_per_day(contract, *price, problem.parcels_per_day()));
    }
    let mut gains = vec![Vec::new(); problem.facilities.len()];
    for (id, demand) in problem.demands.iter_ids() {
        let parcels = demand.parcels_per_day;
        terms.push(prices.demand[id] * parcels);
        let mut best_free = 0.0_f64;
        let mut best_of: Vec<(FacilityId, f64)> = Vec::new();
        for option in problem.options_of(id).map(|o| &problem.options[o]) {
            let reduced = priced_usd_per_parcel(problem, prices, id, option) - prices.demand[id];
            match option.facility {
                None => best_free = best_free.min(reduced),
                Some(f) if reduced < 0.0 => match best_of.iter_mut().find(|(g, _)| *g == f) {
                    Some((_, best)) => *best = best.min(reduced),
                    None => best_of.push((f, reduced)),
                },
                Some(_) => {}
            }
        }
        terms.push(best_free * parcels);
        for (facility, reduced) in best_of {
            gains[facility.index()].push((reduced, parcels));
        }
    }
    terms.push(least_facilities_usd_per_day(problem, prices, &mut gains));
    let size: f64 = terms.iter().map(|t| t.abs()).sum();
    terms.iter().sum::<f64>() - 1e-9 * size
}

/// Least cost of all facilities: each closed, or open at its best level with its best load; a
/// child only together with its parent.
fn least_facilities_usd_per_day(
    problem: &NetworkProblem,
    prices: &Prices,
    gains: &mut [Vec<(f64, f64)>],
) -> f64 {
    let opened: Vec<f64> = problem
        .facilities
        .iter_ids()
        .map(|(id, f)| least_open_usd_per_day(problem, prices, f, &mut gains[id.index()]))
        .collect();
    let mut with_children = opened.clone();
    for (id, facility) in problem.facilities.iter_ids() {
        if let Some(parent) = facility.parent {
            with_children[parent.index()] +=
                opened[id.index()].min(facility.closed_usd_per_day) - facility.closed_usd_per_day;
        }
    }
    // A child's cost of staying closed is counted by itself, its saving by its parent.
    problem
        .facilities
        .iter_ids()
        .map(|(id, f)| match f.parent {
            Some(_) => f.closed_usd_per_day,
            None => with_children[id.index()].min(f.closed_usd_per_day),
        })
        .sum()
}

/// Least cost of an open facility: over its levels, cost plus the best fractional load.
fn least_open_usd_per_day(
    problem: &NetworkProblem,
    prices: &Prices,
    facility: &Facility,
    gains: &mut [(f64, f64)],
) -> f64 {
    gains.sort_by(|a, b| a.0.total_cmp(&b.0));
    let capital = if problem.capital_budget_usd.is_some() { prices.capital } else { 0.0 };
    let opening = match problem.openings_max {
        Some(_) if facility.is_new => prices.opening,
        _ => 0.0,
    };
    facility
        .levels
        .iter()
        .map(|level| {
            let mut left = level.parcels_per_day;
            let mut usd = level.usd_per_day + capital * level.capital_usd + opening;
            for &(reduced, parcels) in gains.iter() {
                let taken = parcels.min(left);
                usd += reduced * taken;
                left -= taken;
            }
            usd
        })
        .fold(f64::INFINITY, f64::min)
}

/// Least over all volumes of the contract's charge less the price of that volume.
pub fn least_contract_usd_per_day(contract: &Contract, price: f64, parcels_per_day: f64) -> f64 {
    let most = contract.max_parcels_per_day.min(parcels_per_day);
    charge_corners(contract, most)
        .into_iter()
        .map(|(volume, charge)| charge - price * volume)
        .fold(f64::INFINITY, f64::min)
}

/// The corners (volume, charge) of the lower envelope of a contract's charge on 0 to `most`: the
/// charge is linear between neighbours or jumps, so its least value with any price is at a corner.
pub fn charge_corners(contract: &Contract, most: f64) -> Vec<(f64, f64)> {
    let mut volumes = vec![0.0, most, contract.commitment_parcels_per_day.min(most)];
    volumes.extend(contract.tiers.iter().map(|t| t.from_parcels_per_day.min(most)));
    volumes.sort_by(f64::total_cmp);
    volumes.dedup();
    let mut corners = Vec::new();
    for &volume in &volumes {
        corners.push((volume, contract.charge_usd_per_day(volume)));
        if contract.tier_rule == TierRule::AllParcels {
            // Just below a tier's start the former tier still prices.
            let before = |t: &&Tier| t.from_parcels_per_day < volume;
            if let Some(tier) = contract.tiers.iter().rev().find(before) {
                let shortfall = (contract.commitment_parcels_per_day - volume).max(0.0);
                let charge =
                    tier.usd_per_parcel * volume + shortfall * contract.shortfall_usd_per_parcel;
                corners.push((volume, charge));
            }
        }
    }
    corners
}

//! The postal operator's side of a scenario: what each delivery unit and processing centre costs
//! to reach, what it charges, how much it takes, and whether it is for sale at all.

use postroad_formats::study::{ContractTerms, Scenario, ScenarioKind, Study};
use postroad_model::network::{AreaClass, Contract, Facility, Level, Tier, TierRule};
use postroad_model::{FacilityId, IdVec};
use postroad_optimization::Random;

use super::channels::{OptionDetail, ZoneDemand, term_factor, truck_usd_per_parcel};
use super::{DAYS_PER_YEAR, FacilityInfo, FacilityKind, Geography};

/// The operator's offer at each unit and centre; `None` where it sells nothing.
pub(super) struct PostalOffer {
    pub(super) unit: Vec<Option<OptionDetail>>,
    pub(super) centre: Vec<Option<OptionDetail>>,
    /// Whether its parcels count towards the contract.
    pub(super) under_contract: bool,
}

/// Prices before trucks, by unit and by centre.
struct Rates {
    unit: Vec<Option<f64>>,
    centre: Vec<Option<f64>>,
}

/// The contract of a scenario, if it has one.
pub(super) fn terms_of<'a>(study: &'a Study, scenario: &Scenario) -> Option<&'a ContractTerms> {
    study.contracts.get(scenario.contract.as_deref()?)
}

/// What the operator offers; `price` replaces the rate at units (the demand curve).
pub(super) fn offer(
    study: &Study,
    geography: &Geography,
    scenario: &Scenario,
    demands: &[ZoneDemand],
    price: Option<f64>,
) -> PostalOffer {
    let rates = match (scenario.kind, terms_of(study, scenario)) {
        (ScenarioKind::Leave, _) => flat(geography, None, None),
        (ScenarioKind::Auction, _) => lot_rates(study, geography, demands),
        (_, Some(terms)) => {
            let factor = term_factor(terms, study.finance.capital_rate);
            let gap = terms.centre_usd_per_parcel - terms.unit_usd_per_parcel;
            let unit = price.unwrap_or(terms.unit_usd_per_parcel * factor);
            let centre = price.map_or(terms.centre_usd_per_parcel * factor, |p| p + gap);
            flat(geography, Some(unit), Some(centre))
        }
        (_, None) => flat(geography, None, None),
    };
    let detail = |rate: Option<f64>, sort: f64, km: f64| {
        rate.map(|rate| OptionDetail {
            rate: rate as f32,
            entry: (sort + truck_usd_per_parcel(&study.linehaul, km)) as f32,
            ..OptionDetail::default()
        })
    };
    let with_entry = |rates: Vec<Option<f64>>, sort: f64, km: &[f64]| {
        rates.into_iter().zip(km).map(|(rate, &km)| detail(rate, sort, km)).collect()
    };
    let postal = &study.postal;
    PostalOffer {
        unit: with_entry(rates.unit, postal.unit_sort_usd_per_parcel, &geography.unit_upstream_km),
        centre: with_entry(
            rates.centre,
            postal.centre_sort_usd_per_parcel,
            &geography.centre_upstream_km,
        ),
        under_contract: price.is_none() && terms_of(study, scenario).is_some(),
    }
}

fn flat(geography: &Geography, unit: Option<f64>, centre: Option<f64>) -> Rates {
    Rates { unit: vec![unit; geography.units.len()], centre: vec![centre; geography.centres.len()] }
}

/// Posted prices lot by lot: the asking price of the unit's class, falling with the volume that
/// the shipper could bring, never below the reserve; small units are not for sale, some lots go
/// to others.
fn lot_rates(study: &Study, geography: &Geography, demands: &[ZoneDemand]) -> Rates {
    let lots = &study.lots;
    let centre_extra = lots.centre_extra_usd_per_parcel;
    let mut volume = vec![0.0; geography.units.len()];
    let mut by_class = vec![[0.0; 4]; geography.units.len()];
    for (zone, demand) in geography.zones.iter().zip(demands) {
        volume[zone.delivery_unit] += demand.parcels_per_day;
        by_class[zone.delivery_unit][demand.class as usize] += demand.parcels_per_day;
    }
    let class_of = |unit: usize| main_class(&by_class[unit]);
    let reserve =
        |class: AreaClass| study.operator.avoidable_usd_per_parcel.of(class) * lots.reserve_margin;
    let unit_rate = |(position, unit): (usize, &postroad_formats::tables::DeliveryUnit)| {
        let class = class_of(position);
        let for_sale = unit.households >= lots.min_households;
        if !for_sale || is_lost(&unit.id, lots.seed, lots.lost_share.of(class)) {
            return None;
        }
        let relative = (volume[position] / lots.reference_parcels_per_day).max(f64::MIN_POSITIVE);
        let asked = lots.price_usd_per_parcel.of(class) * relative.powf(-lots.volume_exponent);
        // A lot with a handful of parcels is not asked for more than twice its class's price.
        Some(asked.min(2.0 * lots.price_usd_per_parcel.of(class)).max(reserve(class)))
    };
    let mut centre_class = vec![[0.0; 4]; geography.centres.len()];
    for (unit, classes) in geography.units.iter().zip(&by_class) {
        for (sum, part) in centre_class[unit.processing_centre].iter_mut().zip(classes) {
            *sum += part;
        }
    }
    let centre_rate = |classes: &[f64; 4]| {
        let class = main_class(classes);
        Some(lots.price_usd_per_parcel.of(class).max(reserve(class)) + centre_extra)
    };
    Rates {
        unit: geography.units.iter().enumerate().map(unit_rate).collect(),
        centre: centre_class.iter().map(centre_rate).collect(),
    }
}

/// The class with most parcels; the emptier one at a tie.
fn main_class(parcels: &[f64; 4]) -> AreaClass {
    let mut best = AreaClass::Rural;
    for class in AreaClass::ALL {
        if parcels[class as usize] > parcels[best as usize] {
            best = class;
        }
    }
    best
}

/// Whether another bidder wins a lot: a draw that depends on the seed and the unit's id alone.
fn is_lost(id: &str, seed: u64, share: f64) -> bool {
    // FNV-1a over the id, so that the order of the table does not matter.
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    Random::with_stream(seed, hash).unit() < share
}

/// Delivery units and processing centres, after the sites. The fixed cost of a unit is the stop of
/// the milk run and the way to the next unit; its capacity is the contract's or the lot's maximum.
pub(super) fn push_units_and_centres(
    study: &Study,
    geography: &Geography,
    scenario: &Scenario,
    facilities: &mut IdVec<FacilityId, Facility>,
    infos: &mut IdVec<FacilityId, FacilityInfo>,
) -> (FacilityId, FacilityId) {
    let first_unit = FacilityId(facilities.len() as u32);
    let per_household = match scenario.kind {
        ScenarioKind::Auction => Some(study.lots.max_per_unit_parcels_per_household_day),
        _ => terms_of(study, scenario).and_then(|t| t.max_per_unit_parcels_per_household_day),
    };
    let postal = &study.postal;
    for (position, unit) in geography.units.iter().enumerate() {
        let detour_km = geography.unit_neighbour_km[position] * postal.detour_circuity;
        let call_usd = postal.stop_usd_per_day + detour_km * postal.detour_usd_per_km;
        let most = per_household.map_or(f64::INFINITY, |p| p * unit.households);
        facilities.push(without_capital(most, call_usd * postal.calls_share));
        infos.push(FacilityInfo {
            kind: FacilityKind::DeliveryUnit,
            id: unit.id.clone(),
            name: format!("{}, {}", unit.name, unit.state),
            state: unit.state.clone(),
            coordinate: unit.coordinate,
            existing: true,
            position,
            modules: Vec::new(),
            modules_now: 0,
        });
    }
    let first_centre = FacilityId(facilities.len() as u32);
    for (position, centre) in geography.centres.iter().enumerate() {
        facilities.push(without_capital(f64::INFINITY, postal.centre_dock_usd_per_day));
        infos.push(FacilityInfo {
            kind: FacilityKind::ProcessingCentre,
            id: centre.id.clone(),
            name: format!("{}, {}", centre.name, centre.state),
            state: centre.state.clone(),
            coordinate: centre.coordinate,
            existing: true,
            position,
            modules: Vec::new(),
            modules_now: 0,
        });
    }
    (first_unit, first_centre)
}

fn without_capital(parcels_per_day: f64, usd_per_day: f64) -> Facility {
    Facility {
        levels: vec![Level { parcels_per_day, usd_per_day, capital_usd: 0.0 }],
        closed_usd_per_day: 0.0,
        parent: None,
        is_new: false,
    }
}

/// The contract's volume terms in parcels per average day; none on the demand curve.
pub(super) fn volume_terms(terms: Option<&ContractTerms>, term_factor: f64) -> Contract {
    let per_day = |per_year: f64| per_year / DAYS_PER_YEAR;
    let Some(terms) = terms else { return no_terms(f64::INFINITY) };
    Contract {
        tiers: terms
            .tiers
            .iter()
            .map(|t| Tier {
                from_parcels_per_day: per_day(t.from_parcels_per_year),
                usd_per_parcel: t.add_usd_per_parcel * term_factor,
            })
            .collect(),
        tier_rule: terms.tier_rule,
        commitment_parcels_per_day: per_day(terms.commitment_parcels_per_year),
        shortfall_usd_per_parcel: terms.shortfall_usd_per_parcel * term_factor,
        max_parcels_per_day: terms.max_parcels_per_year.map_or(f64::INFINITY, per_day),
    }
}

/// A contract without tiers or commitment.
pub(super) fn no_terms(max_parcels_per_day: f64) -> Contract {
    Contract {
        tiers: Vec::new(),
        tier_rule: TierRule::Marginal,
        commitment_parcels_per_day: 0.0,
        shortfall_usd_per_parcel: 0.0,
        max_parcels_per_day,
    }
}

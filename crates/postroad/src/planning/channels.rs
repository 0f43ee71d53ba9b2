//! What a parcel costs by each channel: the formulas of docs/network-design.md, one function each.

use postroad_formats::study::{
    ContractTerms, DemandSettings, FleetSettings, Linehaul, Study, ThirdPartySettings,
};
use postroad_formats::tables::Zone;
use postroad_model::network::AreaClass;
use postroad_model::tour::{Route, Vans};

use super::DAYS_PER_YEAR;

/// What an option's cost per parcel is made of, and the route behind it. Kept in `f32` because
/// there are many and they only explain; the cost that counts is in the problem.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct OptionDetail {
    /// Station, hub or pad to door, dollars per parcel; flex included, drone fees deducted.
    pub delivery: f32,
    /// Truck and sorting from the upstream node to the building.
    pub inbound: f32,
    /// Sorting and loading in the building.
    pub handling: f32,
    /// Rate of the operator or the third party.
    pub rate: f32,
    /// Trucks, sorting and hand-over to the operator or the third party.
    pub entry: f32,
    /// Stops of a route; 0 without vans.
    pub stops_per_route: f32,
    /// Parcels of a route; 0 without vans.
    pub parcels_per_route: f32,
}

impl OptionDetail {
    /// All of it, dollars per parcel.
    pub fn usd_per_parcel(&self) -> f64 {
        [self.delivery, self.inbound, self.handling, self.rate, self.entry]
            .map(f64::from)
            .iter()
            .sum()
    }
}

/// A zone's own demand and density.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct ZoneDemand {
    pub(crate) class: AreaClass,
    pub(crate) parcels_per_day: f64,
    pub(crate) stops_per_day: f64,
    pub(crate) served_km2: f64,
}

/// Demand of every zone: the year's parcels in proportion to households times the class's index.
pub(crate) fn zone_demands(study: &Study, zones: &[Zone]) -> Vec<ZoneDemand> {
    let demand = &study.demand;
    let classes: Vec<AreaClass> = zones.iter().map(|z| class_of(study, z)).collect();
    let weights: Vec<f64> =
        zones.iter().zip(&classes).map(|(z, &c)| z.households * demand.index.of(c)).collect();
    let sum: f64 = weights.iter().sum();
    let one = |((zone, &class), weight): ((&Zone, &AreaClass), &f64)| {
        let share = if sum > 0.0 { weight / sum } else { 0.0 };
        let parcels_per_day = demand.parcels_per_year / DAYS_PER_YEAR * share;
        ZoneDemand {
            class,
            parcels_per_day,
            stops_per_day: parcels_per_day / demand.parcels_per_stop.of(class),
            served_km2: zone.land_km2 * demand.populated_share.of(class),
        }
    };
    zones.iter().zip(&classes).zip(&weights).map(one).collect()
}

/// A zone's class by the study's thresholds, or by its table.
pub fn class_of(study: &Study, zone: &Zone) -> AreaClass {
    let Some(classes) = &study.classes else { return zone.class };
    // A zone without land is a building with its own ZIP.
    let density = if zone.land_km2 > 0.0 { zone.population / zone.land_km2 } else { f64::INFINITY };
    match density {
        d if d >= classes.dense_urban_from => AreaClass::DenseUrban,
        d if d >= classes.urban_from => AreaClass::Urban,
        d if d >= classes.suburban_from => AreaClass::Suburban,
        _ => AreaClass::Rural,
    }
}

/// Volume that buildings and vans are sized for over the average volume: the peak less what flex
/// capacity carries of it.
pub(super) fn sizing_factor(demand: &DemandSettings) -> f64 {
    1.0 + (demand.peak_factor - 1.0) * (1.0 - demand.flex_share)
}

/// Premium for flex capacity in the peak, spread over all parcels of the year.
pub(super) fn flex_usd_per_parcel(demand: &DemandSettings) -> f64 {
    let flex_parcels = (demand.peak_factor - 1.0) * demand.flex_share;
    flex_parcels * demand.peak_days / DAYS_PER_YEAR * demand.flex_premium_usd_per_parcel
}

/// The vans of a fleet in a class of area.
pub(crate) fn vans(fleet: &FleetSettings, demand: &DemandSettings, class: AreaClass) -> Vans {
    let overhead = fleet.overhead_factor;
    Vans {
        tour_constant: fleet.tour_constant.of(class),
        stem_circuity: fleet.stem_circuity.of(class),
        local_circuity: fleet.local_circuity.of(class),
        stem_km_per_hour: fleet.stem_km_per_hour.of(class),
        local_km_per_hour: fleet.local_km_per_hour.of(class),
        service_hours_per_stop: fleet.service_minutes_per_stop.of(class) / 60.0,
        parcels_per_stop: demand.parcels_per_stop.of(class),
        van_parcels: fleet.van_parcels,
        shift_hours: fleet.shift_hours,
        fixed_hours: fleet.fixed_hours,
        paid_hours: fleet.paid_hours,
        usd_per_hour: fleet.wage_usd_per_hour * fleet.on_cost_factor * overhead,
        usd_per_van_day: fleet.van_usd_per_day * overhead,
        usd_per_km: fleet.usd_per_km * overhead,
    }
}

/// A parcel by van or hub: the route's cost with flex, inbound and handling.
pub(super) fn by_van(route: &Route, flex: f64, inbound: f64, handling: f64) -> OptionDetail {
    OptionDetail {
        delivery: (route.usd_per_parcel() + flex) as f32,
        inbound: inbound as f32,
        handling: handling as f32,
        stops_per_route: route.stops as f32,
        parcels_per_route: route.parcels as f32,
        ..OptionDetail::default()
    }
}

/// The truck from an upstream node and back, for one of its parcels, dollars.
pub(super) fn truck_usd_per_parcel(linehaul: &Linehaul, straight_km: f64) -> f64 {
    2.0 * linehaul.circuity * straight_km * linehaul.usd_per_km / linehaul.parcels_per_truck
}

/// What a truckload costs a station for one of its parcels: sorting upstream and the truck.
pub(super) fn inbound_usd_per_parcel(linehaul: &Linehaul, straight_km: f64) -> f64 {
    linehaul.handling_usd_per_parcel + truck_usd_per_parcel(linehaul, straight_km)
}

/// Mean over a contract's term of a rate of 1 that changes yearly, discounted at the cost of
/// capital: Σ (1+g)^t (1+r)^−t / Σ (1+r)^−t over the years t = 0, 1, …
pub(super) fn term_factor(terms: &ContractTerms, capital_rate: f64) -> f64 {
    let years = terms.term_years.round().max(1.0) as i32;
    let discount = |t: i32| (1.0 + capital_rate).powi(-t);
    let rates: f64 = (0..years).map(|t| (1.0 + terms.change_per_year).powi(t) * discount(t)).sum();
    rates / (0..years).map(discount).sum::<f64>()
}

/// Yearly payment for a capital of 1 over so many years (annuity).
pub(super) fn annuity(rate: f64, years: f64) -> f64 {
    if rate > 0.0 { rate / (1.0 - (1.0 + rate).powf(-years)) } else { 1.0 / years }
}

/// A third party's parcel and promise: its distance band's rate and the surcharges, discounted,
/// with fuel, and the hand-over; `None` beyond its last band.
pub(super) fn by_third_party(
    terms: &ThirdPartySettings,
    zone: &Zone,
    road_km: f64,
) -> Option<(OptionDetail, u8)> {
    let band = terms.bands.iter().find(|b| road_km <= b.up_to_km)?;
    let density = zone.population / zone.land_km2.max(f64::MIN_POSITIVE);
    let area = terms.areas.iter().find(|area| {
        area.states.contains(&zone.state)
            || area.below_people_per_km2.is_some_and(|below| density < below)
    });
    let surcharges =
        terms.residential_usd_per_parcel + area.map_or(0.0, |a| a.surcharge_usd_per_parcel);
    let net = band.usd_per_parcel * (1.0 - terms.rate_discount)
        + surcharges * (1.0 - terms.surcharge_discount);
    let detail = OptionDetail {
        rate: (net * terms.fuel_factor) as f32,
        entry: terms.handover_usd_per_parcel as f32,
        ..OptionDetail::default()
    };
    Some((detail, band.promise_days.saturating_add(area.map_or(0, |a| a.extra_days))))
}

/// Share of parcels up to a weight; within the weight step it is taken to rise evenly.
pub(super) fn share_up_to_lb(demand: &DemandSettings, most_lb: f64) -> f64 {
    let mut from = 0.0;
    let mut share = 0.0;
    for (&to, &part) in demand.weight_up_to_lb.iter().zip(&demand.weight_share) {
        share += part * ((most_lb - from) / (to - from)).clamp(0.0, 1.0);
        from = to;
    }
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annuity_pays_back_capital_and_interest() {
        // 10 % over 2 years: 1 / (1/1.1 + 1/1.21) = 0.57619.
        assert!((annuity(0.1, 2.0) - 0.576_190_476).abs() < 1e-8);
        assert_eq!(annuity(0.0, 4.0), 0.25);
    }
}

//! What is wrong with a routing problem, before anybody tries to solve it.

use super::{AMOUNT_MAX, HubLabel, Load, RoutingProblem, TimeWindow, Travel, VehicleType};
use crate::id::{Id, LocationId};

/// Rates and prices above a million dollars are mistakes, and would overflow sums.
const MICRO_USD_MAX: i64 = 1_000_000 * super::MICRO_USD;

impl RoutingProblem {
    /// What is wrong with the problem, in sentences for a developer; empty if it can be solved.
    /// The same for a user's file is found, with its place, before a problem is built.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.travel_faults(&mut faults);
        self.depot_faults(&mut faults);
        for (id, vehicle) in self.vehicles.iter_ids() {
            self.vehicle_faults(id.index(), vehicle, &mut faults);
        }
        self.stop_faults(&mut faults);
        self.shipment_faults(&mut faults);
        faults
    }

    fn travel_faults(&self, faults: &mut Vec<String>) {
        match &self.travel {
            Travel::Plane { points, .. } => {
                if points.iter().flatten().any(|x| x.is_nan() || x.abs() > 4e7) {
                    faults.push("points must be finite and at most 4·10⁷ from the origin".into());
                }
            }
            Travel::Earth { points, circuity, km_per_hour } => {
                let on_earth = |p: &crate::place::Coordinate| {
                    p.latitude.abs() <= 90.0 && p.longitude.abs() <= 180.0
                };
                if !points.iter().all(on_earth) {
                    faults.push("points must be on the earth".into());
                }
                if !(*circuity >= 1.0 && *circuity <= 10.0) {
                    faults.push("circuity must be from 1 to 10".into());
                }
                if !(*km_per_hour >= 1.0 && *km_per_hour <= 1000.0) {
                    faults.push("speed must be from 1 to 1000 km per hour".into());
                }
            }
            Travel::Region(region) => faults.extend(region.fault().map(str::to_owned)),
            Travel::Matrix { locations, distances_m, durations_s, points } => {
                let cells = locations.checked_mul(*locations);
                let lists = std::iter::once(distances_m).chain(durations_s);
                for list in lists {
                    if Some(list.len()) != cells {
                        faults.push("a matrix must have a row and a column for each place".into());
                    }
                    if list.iter().any(|&x| !(0..=AMOUNT_MAX).contains(&x)) {
                        faults.push("a matrix must hold numbers from 0 to 10⁹".into());
                    }
                }
                if !points.is_empty() && points.len() != *locations {
                    faults.push("a matrix must have a point for each place, or none".into());
                }
            }
            Travel::Roads(labels) => {
                let n = labels.locations();
                let sides = [(&labels.out, &labels.out_start), (&labels.into, &labels.into_start)];
                if sides.iter().any(|(list, starts)| !is_index(list, starts, n)) {
                    faults.push("road labels must ascend by hub and lie in their ranges".into());
                }
            }
        }
    }

    fn depot_faults(&self, faults: &mut Vec<String>) {
        for (id, depot) in self.depots.iter_ids() {
            if !self.knows(depot.location) {
                faults.push(format!("depot {} is at an unknown location", id.0));
            }
            if !is_window(&depot.window) {
                faults.push(format!("the window of depot {} must begin before it ends", id.0));
            }
        }
    }

    fn vehicle_faults(&self, id: usize, vehicle: &VehicleType, faults: &mut Vec<String>) {
        let mut fault = |what: &str| faults.push(format!("vehicle {id}: {what}"));
        let depots = [vehicle.start, vehicle.end];
        if depots.iter().flatten().any(|&depot| self.depots.get(depot).is_none()) {
            fault("unknown depot");
        }
        if !is_load(vehicle.capacity) {
            fault("capacity must be from 0 to 10⁹");
        }
        let rates = [vehicle.fixed_micro_usd, vehicle.micro_usd_per_m, vehicle.micro_usd_per_s];
        let overtime = vehicle.overtime.map(|overtime| overtime.micro_usd_per_s);
        if !rates.into_iter().chain(overtime).all(|rate| (0..=MICRO_USD_MAX).contains(&rate)) {
            fault("costs must be from 0 to a million dollars");
        }
        if vehicle.overtime.is_some_and(|o| !(0..=AMOUNT_MAX).contains(&o.after_s)) {
            fault("overtime must begin from 0 to 10⁹ seconds");
        }
        if !is_window(&vehicle.shift) {
            fault("the shift must begin before it ends");
        }
        if vehicle.distance_max_m < 0
            || [vehicle.duration_max_s, vehicle.reload_s].iter().any(|&x| x < 0)
        {
            fault("limits must not be negative");
        }
        if vehicle.reload_s > AMOUNT_MAX || !(1..=100_000).contains(&vehicle.travel_permille) {
            fault("reload time or speed out of range");
        }
        if vehicle.trips_max == 0 || (vehicle.trips_max > 1 && vehicle.start.is_none()) {
            fault("trips need a start to reload at, and there must be at least one");
        }
        for rest in &vehicle.breaks {
            if !(0..=AMOUNT_MAX).contains(&rest.duration_s) || rest.windows.is_empty() {
                fault("a break needs a window and a duration");
            }
            if !are_windows(&rest.windows) {
                fault("windows of a break must ascend");
            }
        }
    }

    fn stop_faults(&self, faults: &mut Vec<String>) {
        for (id, stop) in self.stops.iter_ids() {
            let mut fault = |what: &str| faults.push(format!("stop {}: {what}", id.0));
            if !self.knows(stop.location) {
                fault("unknown location");
            }
            if !is_load(stop.delivery) || !is_load(stop.pickup) {
                fault("loads must be from 0 to 10⁹");
            }
            if [stop.service_s, stop.setup_s].iter().any(|x| !(0..=AMOUNT_MAX).contains(x)) {
                fault("times must be from 0 to 10⁹ seconds");
            }
            if !are_windows(&stop.windows) {
                fault("windows must ascend and be apart");
            }
            let preferred = stop.preferred.map(|preferred| preferred.micro_usd);
            let prices = stop.price_micro_usd.into_iter().chain(preferred);
            if prices.into_iter().any(|x| !(0..=MICRO_USD_MAX).contains(&x)) {
                fault("prices must be from 0 to a million dollars");
            }
            let named = stop.preferred.map(|preferred| preferred.vehicle);
            let mut named = stop.allowed.iter().copied().chain(named);
            if named.any(|vehicle| self.vehicles.get(vehicle).is_none()) {
                fault("unknown vehicle");
            }
        }
    }

    fn shipment_faults(&self, faults: &mut Vec<String>) {
        for (index, shipment) in self.shipments.iter().enumerate() {
            let ends = [shipment.pickup, shipment.delivery];
            if ends.iter().any(|&stop| self.stops.get(stop).is_none()) || ends[0] == ends[1] {
                faults.push(format!("shipment {index} needs two stops"));
            }
            if !is_load(shipment.load) {
                faults.push(format!("the load of shipment {index} must be from 0 to 10⁹"));
            }
        }
    }

    fn knows(&self, location: LocationId) -> bool {
        location.index() < self.travel.locations()
    }
}

fn is_load(load: Load) -> bool {
    load.iter().all(|x| (0..=AMOUNT_MAX).contains(x))
}

fn is_window(window: &TimeWindow) -> bool {
    window.start_s <= window.end_s
        && (-AMOUNT_MAX..=AMOUNT_MAX).contains(&window.start_s)
        && (-AMOUNT_MAX..=AMOUNT_MAX).contains(&window.end_s)
}

fn are_windows(windows: &[TimeWindow]) -> bool {
    windows.iter().all(is_window) && windows.is_sorted_by(|a, b| a.end_s < b.start_s)
}

/// Whether `starts` cuts the labels into one ascending list for each of `n` locations.
fn is_index(labels: &[HubLabel], starts: &[u32], n: usize) -> bool {
    let is_cut = starts.len() == n + 1
        && starts.first() == Some(&0)
        && starts.last().is_some_and(|&last| last as usize == labels.len())
        && starts.is_sorted();
    let range = |label: &HubLabel| {
        [label.duration_ms, label.distance_cm].iter().all(|x| (0..=AMOUNT_MAX).contains(x))
    };
    is_cut
        && labels.iter().all(range)
        && starts
            .windows(2)
            .all(|cut| labels[cut[0] as usize..cut[1] as usize].is_sorted_by(|a, b| a.hub < b.hub))
}

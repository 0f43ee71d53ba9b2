//! Stops that must be visited and that no vehicle can visit, found before anything is planned.

use postroad_model::id::IdVec;
use postroad_model::routing::{DIMENSION_NAMES, Route, RoutingProblem, VehicleType, schedule};
use postroad_model::{StopId, VehicleId};

use crate::instance::Faults;

/// Tells of each stop without a price that no vehicle can visit even alone.
pub(super) fn check(problem: &RoutingProblem, lines: &IdVec<StopId, u64>, faults: &mut Faults) {
    let mut deliveries = IdVec::<StopId, _>::from(vec![None; problem.stops.len()]);
    let mut pickups = vec![false; problem.stops.len()];
    for shipment in &problem.shipments {
        deliveries[shipment.pickup] = Some(shipment);
        pickups[shipment.delivery.0 as usize] = true;
    }
    for (id, stop) in problem.stops.iter_ids() {
        // A shipment is looked at from where it begins.
        if stop.price_micro_usd.is_some() || pickups[id.0 as usize] {
            continue;
        }
        let shipment = deliveries[id];
        let stops: Vec<StopId> = std::iter::once(id).chain(shipment.map(|s| s.delivery)).collect();
        let mut hindrance = Hindrance::Vehicle;
        let can_visit = problem.vehicles.iter_ids().any(|(vehicle, kind)| {
            let found = hinders(problem, vehicle, kind, &stops, shipment.map(|s| s.load));
            hindrance = hindrance.clone().max(found.clone());
            found == Hindrance::None
        });
        if !can_visit {
            let (code, field, cause, action) = hindrance.told();
            faults.add(code, Some(lines[id]), Some(field), cause, action);
        }
    }
}

/// What keeps a vehicle from stops; the one that gets farthest is told.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Hindrance {
    Vehicle,
    Load(&'static str, i64),
    Time,
    Distance,
    None,
}

impl Hindrance {
    fn told(&self) -> (&'static str, &'static str, String, &'static str) {
        match self {
            Hindrance::Load(name, load) => (
                "E338",
                "parcels",
                format!("its load of {load} {name} is above every vehicle that may come"),
                "split it, give a larger vehicle, or give a price for leaving it out",
            ),
            Hindrance::Time | Hindrance::None => (
                "E340",
                "windows",
                "no vehicle can be there within its windows and be back within its hours".into(),
                "widen the windows or the shift, or give a price for leaving it out",
            ),
            Hindrance::Distance => (
                "E340",
                "lat",
                "it is farther away than every vehicle may drive".into(),
                "raise max_km, or give a price for leaving it out",
            ),
            Hindrance::Vehicle => (
                "E339",
                "skills",
                "no vehicle has its skills and is allowed".into(),
                "give a vehicle the skills, allow another, or give a price for leaving it out",
            ),
        }
    }
}

fn hinders(
    problem: &RoutingProblem,
    vehicle: VehicleId,
    kind: &VehicleType,
    stops: &[StopId],
    shipped: Option<[i32; 3]>,
) -> Hindrance {
    if !stops.iter().all(|&stop| problem.stops[stop].admits(vehicle, kind)) {
        return Hindrance::Vehicle;
    }
    for d in 0..DIMENSION_NAMES.len() {
        let shipped = i64::from(shipped.map_or(0, |load| load[d]));
        let total = |load: fn(&postroad_model::routing::Stop) -> [i32; 3]| {
            stops.iter().map(|&stop| i64::from(load(&problem.stops[stop])[d])).sum::<i64>()
        };
        let most = total(|stop| stop.delivery).max(total(|stop| stop.pickup)).max(shipped);
        if most > i64::from(kind.capacity[d]) {
            return Hindrance::Load(DIMENSION_NAMES[d], most);
        }
    }
    let route = Route::single(vehicle, stops.to_vec());
    match schedule(problem, &route) {
        Ok(times) if times.duration_s() <= kind.duration_max_s => {}
        _ => return Hindrance::Time,
    }
    if route.distance_m(problem) > kind.distance_max_m {
        return Hindrance::Distance;
    }
    Hindrance::None
}

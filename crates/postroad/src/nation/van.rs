//! The planner's van as a vehicle of the routing problem.

use postroad_model::DepotId;
use postroad_model::routing::{AreaRoads, MICRO_USD, Overtime, TimeWindow, VehicleType, Ways};
use postroad_model::tour::Vans;

/// When loading begins: the planner knows no clock, and only differences count.
const DAY_BEGINS_S: i32 = 8 * 3600;

/// A van: what does not depend on the area. It leaves after loading, and must be back at the end
/// of the shift. The paid block is paid for whatever the route, time beyond it by the second.
pub(super) fn vehicle(vans: &Vans, count: u32) -> VehicleType {
    let (shift_s, fixed_s) = (seconds(vans.shift_hours), seconds(vans.fixed_hours));
    let paid_hours = vans.paid_hours.max(vans.fixed_hours);
    let overtime = Overtime {
        after_s: seconds(paid_hours) - fixed_s,
        micro_usd_per_s: micro_usd(vans.usd_per_hour / 3600.0),
    };
    let shift =
        TimeWindow { start_s: DAY_BEGINS_S + fixed_s, end_s: DAY_BEGINS_S + shift_s.max(fixed_s) };
    VehicleType {
        fixed_micro_usd: micro_usd(vans.usd_per_van_day + paid_hours * vans.usd_per_hour),
        micro_usd_per_m: micro_usd(vans.usd_per_km / 1000.0),
        // A shift that ends before the paid block does has no time beyond it.
        overtime: (overtime.after_s < shift_s - fixed_s).then_some(overtime),
        shift,
        ..VehicleType::plain(DepotId(0), [vans.van_parcels as i32, 0, 0], count)
    }
}

/// The roads of an area.
pub(super) fn roads(vans: &Vans) -> AreaRoads {
    AreaRoads {
        local: Ways { circuity: vans.local_circuity, km_per_hour: vans.local_km_per_hour },
        stem: Ways { circuity: vans.stem_circuity, km_per_hour: vans.stem_km_per_hour },
    }
}

/// Time at a stop.
pub(super) fn service_s(vans: &Vans) -> i32 {
    seconds(vans.service_hours_per_stop)
}

pub(super) fn seconds(hours: f64) -> i32 {
    (hours * 3600.0).round() as i32
}

fn micro_usd(usd: f64) -> i64 {
    (usd * MICRO_USD as f64).round() as i64
}

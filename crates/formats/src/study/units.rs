//! What a number in a study must be: its unit and its range.

/// The unit a field is given in and the range its value must lie in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Is {
    pub(super) unit: &'static str,
    pub(super) min: f64,
    pub(super) max: f64,
}

const fn is(unit: &'static str, min: f64, max: f64) -> Is {
    Is { unit, min, max }
}

/// Above this a number is taken for a slip of the pen.
const HUGE: f64 = 1e15;
/// Below this a divisor is taken for zero.
const TINY: f64 = 1e-9;

pub(super) const USD: Is = is("usd", 0.0, HUGE);
pub(super) const USD_PER_YEAR: Is = is("usd/yr", 0.0, HUGE);
pub(super) const USD_PER_QUARTER: Is = is("usd/quarter", -HUGE, HUGE);
pub(super) const USD_PER_DAY: Is = is("usd/day", 0.0, HUGE);
pub(super) const USD_PER_HOUR: Is = is("usd/h", 0.0, 1e6);
pub(super) const USD_PER_KM: Is = is("usd/km", 0.0, 1e6);
pub(super) const USD_PER_PARCEL: Is = is("usd/parcel", 0.0, 1e6);
/// A tier may lower the rate.
pub(super) const USD_PER_PARCEL_SIGNED: Is = is("usd/parcel", -1e6, 1e6);
pub(super) const PARCELS: Is = is("parcels", TINY, HUGE);
pub(super) const PARCELS_PER_YEAR: Is = is("parcels/yr", 0.0, HUGE);
pub(super) const PARCELS_PER_DAY: Is = is("parcels/day", TINY, HUGE);
pub(super) const PARCELS_PER_STOP: Is = is("parcels/stop", 1.0, 1e6);
pub(super) const PARCELS_PER_HOUSEHOLD_DAY: Is = is("parcels/household/day", TINY, 1e6);
pub(super) const KM: Is = is("km", TINY, 21_000.0);
pub(super) const KM2: Is = is("km2", 0.0, HUGE);
pub(super) const KM_PER_HOUR: Is = is("km/h", TINY, 1_000.0);
pub(super) const HOURS: Is = is("h", 0.0, 24.0);
pub(super) const MINUTES: Is = is("min", 0.0, 1_440.0);
pub(super) const SHARE: Is = is("share", 0.0, 1.0);
pub(super) const SHARE_POSITIVE: Is = is("share", TINY, 1.0);
/// A yearly change: prices may fall.
pub(super) const SHARE_SIGNED: Is = is("share", -1.0, 1.0);
pub(super) const FACTOR: Is = is("factor", TINY, 1e6);
/// Roads are never shorter than the straight line.
pub(super) const CIRCUITY: Is = is("factor", 1.0, 10.0);
pub(super) const EXPONENT: Is = is("exponent", 0.0, 3.0);
pub(super) const YEARS: Is = is("yr", TINY, 100.0);
pub(super) const DAYS: Is = is("days", 0.0, 366.0);
pub(super) const DAYS_PER_WEEK: Is = is("days/week", TINY, 7.0);
pub(super) const QUARTERS: Is = is("quarters", 0.0, 400.0);
pub(super) const COUNT: Is = is("count", 0.0, 1e9);
pub(super) const PEOPLE_PER_KM2: Is = is("people/km2", 0.0, 1e6);
pub(super) const POUNDS: Is = is("lb", 0.0, 1e4);

//! The tables of Solomon (1987) and of Gehring and Homberger (1999): a fleet, then a line for the
//! depot and for each customer with place, demand, window and service time.

use postroad_model::routing::{AMOUNT_MAX, Rounding, TimeWindow, Travel};

use super::Parts;
use crate::instance::{Faults, numbered_lines, quoted};

/// Tenths are counted, see the convention of the module.
const SCALE: f64 = 10.0;

/// Numbers of a customer's line.
const COLUMNS: [&str; 7] = ["number", "x", "y", "demand", "ready", "due", "service"];

pub(super) fn parts(text: &str, faults: &mut Faults) -> Option<Parts> {
    let mut lines = numbered_lines(text);
    let name = lines.next()?.1.trim().to_string();
    let mut rows = lines.filter(|(_, line)| line.trim().starts_with(|c: char| !c.is_alphabetic()));
    let (fleet_line, fleet) = rows.next().unwrap_or((1, ""));
    let fleet: Vec<&str> = fleet.split_whitespace().collect();
    let [vehicles, capacity] = fleet[..] else {
        let cause = format!("the fleet has {} values instead of 2", fleet.len());
        faults.add("E303", Some(fleet_line), None, cause, "give number and capacity of vehicles");
        return None;
    };
    let vehicles = faults.count(vehicles, fleet_line, "NUMBER");
    let capacity = amount(capacity, fleet_line, "CAPACITY", 1.0, faults);
    let (mut points, mut demands, mut windows, mut services_s) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (line, row) in rows {
        let words: Vec<&str> = row.split_whitespace().collect();
        let [_, x, y, demand, ready, due, service] = words[..] else {
            let cause = format!("a line has {} values instead of {}", words.len(), COLUMNS.len());
            faults.add("E303", Some(line), None, cause, "give a line of 7 numbers a customer");
            continue;
        };
        let mut amount = |word, field, scale| amount(word, line, field, scale, faults);
        let (demand, ready) = (amount(demand, "demand", 1.0), amount(ready, "ready", SCALE));
        let (due, service) = (amount(due, "due", SCALE), amount(service, "service", SCALE));
        let (x, y) = (coordinate(x, line, faults), coordinate(y, line, faults));
        // After a fault the values do not matter, but the rest of the file is read for more.
        points.push([x.unwrap_or(0.0), y.unwrap_or(0.0)]);
        demands.push(demand.unwrap_or(0));
        windows.push(TimeWindow { start_s: ready.unwrap_or(0), end_s: due.unwrap_or(AMOUNT_MAX) });
        services_s.push(service.unwrap_or(0));
    }
    Some(Parts {
        name,
        travel: Travel::Plane { points, rounding: Rounding::Tenths },
        scale: SCALE as i32,
        vehicles: Some(vehicles? as u32),
        capacity: capacity?,
        duration_max_s: AMOUNT_MAX,
        demands,
        windows,
        services_s,
    })
}

fn coordinate(word: &str, line: u64, faults: &mut Faults) -> Option<f64> {
    let value = word.parse::<f64>().ok().filter(|value| value.is_finite());
    if value.is_none() {
        let cause = format!("{} is not a number", quoted(word));
        faults.add("E302", Some(line), Some("x, y"), cause, "correct the number");
    }
    value
}

/// A number from 0 in model units, truncated.
fn amount(word: &str, line: u64, field: &str, scale: f64, faults: &mut Faults) -> Option<i32> {
    let units = faults.amount(word, line, field, false)? * scale;
    if units > f64::from(AMOUNT_MAX) || (scale == 1.0 && units.fract() != 0.0) {
        let cause = format!("{} is not a whole number up to 10⁹", quoted(word));
        faults.add("E302", Some(line), Some(field), cause, "correct the number");
        return None;
    }
    Some(units as i32)
}

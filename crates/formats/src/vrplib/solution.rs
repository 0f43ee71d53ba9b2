//! CVRPLIB's `.sol`: a line `Route #1: 5 2 9` for each route, customers numbered from 1, and a line
//! `Cost 123`.

use std::fmt::Write;

use postroad_model::routing::{Reason, Route, RoutingPlan};
use postroad_model::{Fault, StopId, VehicleId};

use super::Instance;
use crate::instance::{Faults, numbered_lines, quoted};

/// A solution from a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Solution {
    /// The routes, all of the instance's one vehicle type.
    pub plan: RoutingPlan,
    /// The cost that the file claims.
    pub cost: Option<f64>,
}

/// Reads a solution of an instance. Customers that it does not name are left out of the plan.
pub fn read_solution(file: &str, text: &str, instance: &Instance) -> Result<Solution, Vec<Fault>> {
    let mut faults = Faults::new(file);
    let mut solution = Solution { plan: RoutingPlan::default(), cost: None };
    let mut seen = vec![false; instance.problem.stops.len()];
    for (number, line) in numbered_lines(text) {
        if let Some(cost) = line.trim().to_ascii_lowercase().strip_prefix("cost") {
            solution.cost =
                faults.amount(cost.trim_matches([':', ' ', '\t']), number, "cost", false);
        } else if let Some((_, stops)) =
            line.split_once(':').filter(|_| line.trim().to_ascii_lowercase().starts_with("route"))
        {
            let words = stops.split_whitespace();
            let stops: Vec<StopId> =
                words.filter_map(|word| stop(word, number, &mut seen, &mut faults)).collect();
            if !stops.is_empty() {
                solution.plan.routes.push(Route::single(VehicleId(0), stops));
            }
        }
    }
    let left_out = (0..seen.len()).filter(|&stop| !seen[stop]);
    solution.plan.unassigned =
        left_out.map(|stop| (StopId(stop as u32), Reason::NoRoomLeft)).collect();
    if faults.is_empty() { Ok(solution) } else { Err(faults.into_vec()) }
}

fn stop(word: &str, line: u64, seen: &mut [bool], faults: &mut Faults) -> Option<StopId> {
    let number = word.parse::<usize>().ok().filter(|number| (1..=seen.len()).contains(number));
    let Some(index) = number.map(|number| number - 1).filter(|&index| !seen[index]) else {
        let cause = format!("{} is no customer, or is visited already", quoted(word));
        faults.add("E323", Some(line), Some("route"), cause, "visit each customer once");
        return None;
    };
    seen[index] = true;
    Some(StopId(index as u32))
}

/// Writes a plan with its cost in units of the file.
pub fn write_solution(plan: &RoutingPlan, instance: &Instance) -> String {
    let mut text = String::new();
    for (index, route) in plan.routes.iter().enumerate() {
        let _ = write!(text, "Route #{}:", index + 1);
        for stop in route.stops() {
            let _ = write!(text, " {}", stop.0 + 1);
        }
        text.push('\n');
    }
    let cost = plan.cost(&instance.problem).total_micro_usd();
    match instance.scale {
        10 => {
            let _ = writeln!(text, "Cost {}.{}", cost / 10, cost % 10);
        }
        _ => {
            let _ = writeln!(text, "Cost {cost}");
        }
    }
    text
}

//! The plan as tables for a terminal.

use std::fmt::Write as _;

use postroad_model::routing::RoutingCost;

use super::day::Day;
use super::mixed;
use crate::tables::table;

/// Routes, cost by part, and stops that are left out.
pub(super) fn text(day: &Day, cost: &RoutingCost) -> String {
    let mut text = routes(day) + "\n" + &costs(day, cost);
    if let Some(share) = mixed::share(day) {
        let percent = 100.0 * share;
        let _ = writeln!(text, "\nnearest stop on another route: {percent:.1} % of stops");
    }
    if !day.unassigned.is_empty() {
        let _ = writeln!(text, "\nstops left out: {}", day.unassigned.len());
    }
    for &(stop, reason) in day.unassigned {
        let _ = writeln!(text, "  {}: {}", day.job.names.stops[stop], reason.sentence());
    }
    text
}

fn routes(day: &Day) -> String {
    let units = day.units;
    let mut all = table(&["Route", "stops", "load", "way", "time", "from", "to", "cost"]);
    for route in &day.routes {
        let (first, last) = route.ends();
        all.add_row([
            route.name.clone(),
            route.stops.to_string(),
            day.load_words(route.load_max),
            units.distance(route.distance_m),
            units.duration(i64::from(route.duration_s)),
            units.clock(first.event.begin_s),
            units.clock(last.event.end_s),
            units.money(route.cost_micro_usd),
        ]);
    }
    let way_m = day.routes.iter().map(|route| route.distance_m).sum();
    let time_s = day.routes.iter().map(|route| i64::from(route.duration_s)).sum();
    let cost = day.routes.iter().map(|route| route.cost_micro_usd).sum();
    all.add_row([
        "all routes".to_string(),
        day.stops().to_string(),
        String::new(),
        units.distance(way_m),
        units.duration(time_s),
        String::new(),
        String::new(),
        units.money(cost),
    ]);
    all.trim_fmt() + "\n"
}

fn costs(day: &Day, cost: &RoutingCost) -> String {
    let parts = [
        ("vehicles", cost.fixed_micro_usd),
        ("driving", cost.distance_micro_usd),
        ("time", cost.time_micro_usd),
        ("overtime", cost.overtime_micro_usd),
        ("other vehicles than preferred", cost.preference_micro_usd),
        ("stops left out", cost.unassigned_micro_usd),
    ];
    let mut all = table(&["Cost", ""]);
    for (name, micro_usd) in parts.into_iter().filter(|(_, micro_usd)| *micro_usd != 0) {
        all.add_row([name.to_string(), day.units.money(micro_usd)]);
    }
    all.add_row(["total".to_string(), day.units.money(cost.total_micro_usd())]);
    all.trim_fmt() + "\n"
}

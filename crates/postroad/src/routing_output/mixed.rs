//! How much routes overlap: the share of stops whose nearest stop elsewhere is on another route.

use postroad_model::routing::Travel;

use super::day::{Day, place};

/// The share, from 0 for routes apart to 1; none if places are unknown or all the same.
pub(super) fn share(day: &Day) -> Option<f64> {
    let travel = &day.job.problem.travel;
    // Degrees of longitude are as long as those of latitude after this.
    let shrink =
        |y: f64| if matches!(travel, Travel::Plane { .. }) { 1.0 } else { y.to_radians().cos() };
    let mut stops = Vec::new();
    let mut middle = None;
    for (route, sheet) in day.routes.iter().enumerate() {
        for line in sheet.lines.iter().filter(|line| line.position.is_some()) {
            let [x, y] = place(travel, line.event.location?)?;
            let factor = *middle.get_or_insert_with(|| shrink(y));
            stops.push(([x * factor, y], route));
        }
    }
    stops.sort_by(|a, b| a.0[0].total_cmp(&b.0[0]).then(a.0[1].total_cmp(&b.0[1])));
    let apart = (0..stops.len()).filter_map(|at| nearest(&stops, at).map(|route| (at, route)));
    let apart: Vec<bool> = apart.map(|(at, route)| route != stops[at].1).collect();
    let mixed = apart.iter().filter(|&&is_mixed| is_mixed).count();
    (!apart.is_empty()).then(|| mixed as f64 / apart.len() as f64)
}

/// Route of the stop nearest to one, but not at its place; stops ascend by their first coordinate.
fn nearest(stops: &[([f64; 2], usize)], at: usize) -> Option<usize> {
    let ([x, y], _) = stops[at];
    let mut best = (f64::INFINITY, None);
    let mut look = |&([a, b], route): &([f64; 2], usize)| {
        let distance = (a - x).hypot(b - y);
        if distance > 0.0 && distance < best.0 {
            best = (distance, Some(route));
        }
        (a - x).abs() <= best.0
    };
    let _ = stops[at + 1..].iter().all(&mut look);
    let _ = stops[..at].iter().rev().all(&mut look);
    best.1
}

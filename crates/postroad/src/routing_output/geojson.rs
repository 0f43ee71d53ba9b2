//! Routes and stops as GeoJSON (RFC 7946). In the plane coordinates are the file's own.

use postroad_model::routing::EventKind;
use serde_json::{Value, json};

use super::day::{Day, Line, RouteSheet, place};
/// Depots, routes as lines, stops in order, then stops left out. Where nobody said where a place
/// is, the geometry is null.
pub(super) fn feature_collection(day: &Day<'_>) -> Vec<u8> {
    let mut features: Vec<String> = Vec::new();
    let mut add = |feature: Value| features.push(feature.to_string());
    for (id, depot) in day.job.problem.depots.iter_ids() {
        let geometry = point(place(&day.job.problem.travel, depot.location));
        add(feature(geometry, json!({ "kind": "depot", "name": day.job.names.depots[id] })));
    }
    for (i, route) in day.routes.iter().enumerate() {
        add(line_string(day, route, i + 1));
        route.lines.iter().filter(|line| line.position.is_some()).for_each(|line| {
            add(visit(day, route, i + 1, line));
        });
    }
    for &(stop, reason) in day.unassigned {
        let geometry = point(place(&day.job.problem.travel, day.job.problem.stops[stop].location));
        let name = &day.job.names.stops[stop];
        let why = reason.sentence();
        add(feature(geometry, json!({ "kind": "unassigned", "name": name, "reason": why })));
    }
    let body = features.join(",\n");
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{body}\n]}}\n").into_bytes()
}

fn feature(geometry: Value, properties: Value) -> Value {
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

/// Seven decimals of a degree are a centimetre.
fn position(at: [f64; 2]) -> Value {
    json!(at.map(|v| (v * 1e7).round() / 1e7))
}

fn point(at: Option<[f64; 2]>) -> Value {
    at.map_or(Value::Null, |at| json!({ "type": "Point", "coordinates": position(at) }))
}

fn line_string(day: &Day<'_>, route: &RouteSheet, number: usize) -> Value {
    let travel = &day.job.problem.travel;
    let moves = route.lines.iter().filter(|line| !matches!(line.event.kind, EventKind::Break(_)));
    let places = moves.filter_map(|line| place(travel, line.event.location?));
    let way: Vec<Value> = places.map(position).collect();
    let geometry = match way.len() {
        // A line needs two positions.
        0 | 1 => Value::Null,
        _ => json!({ "type": "LineString", "coordinates": way }),
    };
    let (first, last) = route.ends();
    feature(
        geometry,
        json!({
            "kind": "route",
            "route": number,
            "vehicle": route.name,
            "stops": route.stops,
            "distance_m": route.distance_m,
            "duration_s": route.duration_s,
            "start": day.units.exact_clock(first.event.end_s),
            "end": day.units.exact_clock(last.event.arrival_s),
            "cost_usd": route.cost_micro_usd as f64 / 1e6,
        }),
    )
}

fn visit(day: &Day<'_>, route: &RouteSheet, number: usize, line: &Line) -> Value {
    let at = line.event.location.and_then(|at| place(&day.job.problem.travel, at));
    feature(
        point(at),
        json!({
            "kind": "stop",
            "name": day.label(route, line.event.kind),
            "route": number,
            "position": line.position,
            "arrival": day.units.exact_clock(line.event.arrival_s),
            "begin": day.units.exact_clock(line.event.begin_s),
            "departure": day.units.exact_clock(line.event.end_s),
        }),
    )
}

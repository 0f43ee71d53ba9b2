//! `route.html`: a self-contained page with the routes on a map and in a table.

use askama::Template;
use postroad_model::routing::Reason;

use super::day::{Day, RouteSheet};
use super::map;
use crate::report::number::decimal;

/// Stops left out that are listed for each reason; the rest is counted. The manifest has them all.
const LISTED: usize = 200;

#[derive(Template)]
#[template(path = "route.html")]
struct Page {
    css: &'static str,
    own_css: &'static str,
    js: &'static str,
    headline: String,
    keys: Vec<[String; 2]>,
    rows: Vec<Row>,
    left_out: Vec<LeftOut>,
    payload: Option<String>,
}

struct Row {
    number: usize,
    colour: usize,
    vehicle: String,
    stops: String,
    load: String,
    distance: String,
    duration: String,
    start: String,
    end: String,
    cost: String,
}

/// Stops left out for one reason.
struct LeftOut {
    reason: &'static str,
    count: String,
    names: String,
    more: usize,
}

/// The page of a day.
pub(super) fn html(day: &Day<'_>) -> Vec<u8> {
    let colours = map::colours(day);
    let rows = day.routes.iter().zip(&colours).enumerate();
    let page = Page {
        css: include_str!("../report/page/report.css"),
        own_css: include_str!("page/route.css"),
        js: include_str!("page/route.js"),
        headline: headline(day),
        keys: keys(day),
        rows: rows.map(|(i, (route, &colour))| row(day, route, i + 1, colour)).collect(),
        left_out: left_out(day),
        payload: map::Frame::of(day).map(|frame| map::payload(day, &frame, &colours)),
    };
    page.render().expect("the page is written to memory").into_bytes()
}

fn headline(day: &Day<'_>) -> String {
    let things = |n: usize, one: &str| {
        format!("{} {one}{}", decimal(n as f64, 0), if n == 1 { "" } else { "s" })
    };
    let routes = things(day.routes.len(), "route");
    let served = format!("{routes} for {}", things(day.stops(), "stop"));
    match day.unassigned.len() {
        0 => served,
        n => format!("{served}, {} left out", things(n, "stop")),
    }
}

fn keys(day: &Day<'_>) -> Vec<[String; 2]> {
    let units = day.units;
    let distance_m = day.routes.iter().map(|route| route.distance_m).sum();
    let duration_s = day.routes.iter().map(|route| i64::from(route.duration_s)).sum();
    let mut keys = vec![
        ["Cost".into(), units.money(day.cost_micro_usd)],
        ["Way".into(), units.distance(distance_m)],
        ["Time".into(), units.duration(duration_s)],
    ];
    if !day.routes.is_empty() {
        let mean = day.stops() as f64 / day.routes.len() as f64;
        keys.push(["Stops a route".into(), decimal(mean, 1)]);
    }
    keys
}

fn row(day: &Day<'_>, route: &RouteSheet, number: usize, colour: usize) -> Row {
    let (first, last) = route.ends();
    Row {
        number,
        colour,
        vehicle: route.name.clone(),
        stops: decimal(route.stops as f64, 0),
        load: day.load_words(route.load_max),
        distance: day.units.distance(route.distance_m),
        duration: day.units.duration(route.duration_s.into()),
        start: day.units.clock(first.event.end_s),
        end: day.units.clock(last.event.arrival_s),
        cost: day.units.money(route.cost_micro_usd),
    }
}

fn left_out(day: &Day<'_>) -> Vec<LeftOut> {
    let mut reasons: Vec<Reason> = day.unassigned.iter().map(|&(_, reason)| reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let group = |reason: Reason| {
        let stops = day.unassigned.iter().filter(|stop| stop.1 == reason);
        let names: Vec<&str> = stops.map(|&(stop, _)| day.job.names.stops[stop].as_str()).collect();
        LeftOut {
            reason: reason.sentence(),
            count: decimal(names.len() as f64, 0),
            more: names.len().saturating_sub(LISTED),
            names: names[..names.len().min(LISTED)].join(", "),
        }
    };
    reasons.into_iter().map(group).collect()
}

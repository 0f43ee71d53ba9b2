//! The map's data as the page carries it: places as whole steps of a square frame, names once.

use postroad_model::routing::EventKind;
use serde::Serialize;

use super::colour;
use super::day::{Day, Line, RouteSheet, place};
use super::units::Units;

/// Steps across the frame: two metres in a frame of 130 km.
const STEPS: f64 = 65_535.0;

/// What the page's script draws from.
#[derive(Serialize)]
pub(super) struct Payload<'a> {
    /// Width and height of what is shown, in steps of the frame.
    width: u32,
    height: u32,
    /// Steps in a kilometre; none in the plane.
    steps_per_km: Option<f64>,
    depots: Vec<(&'a str, [u32; 2])>,
    routes: Vec<RoutePayload<'a>>,
    /// Name, place if known, and reason of each stop left out.
    unassigned: Vec<(&'a str, Option<[u32; 2]>, &'static str)>,
}

/// One route.
#[derive(Serialize)]
struct RoutePayload<'a> {
    name: &'a str,
    colour: usize,
    /// Figures as they are shown.
    figures: String,
    events: Vec<EventPayload<'a>>,
}

/// Kind (0 stop, 1 depot, 2 break), name, times as they are shown, and place if known.
#[derive(Serialize)]
struct EventPayload<'a>(u8, &'a str, String, Option<[u32; 2]>);

/// From places to steps of the frame.
pub(super) struct Frame {
    west_north: [f64; 2],
    /// Shrinks degrees of longitude to those of latitude.
    narrow: f64,
    steps: f64,
    size: [f64; 2],
    units: Units,
}

impl Frame {
    /// The frame around all places of a day; none if no place is known.
    pub(super) fn of(day: &Day<'_>) -> Option<Self> {
        let travel = &day.job.problem.travel;
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        let depots = day.job.problem.depots.iter().map(|depot| depot.location);
        let stops = day.job.problem.stops.iter().map(|stop| stop.location);
        for at in depots.chain(stops).filter_map(|location| place(travel, location)) {
            for axis in 0..2 {
                low[axis] = low[axis].min(at[axis]);
                high[axis] = high[axis].max(at[axis]);
            }
        }
        if !low[0].is_finite() {
            return None;
        }
        let narrow = match day.units {
            Units::Metric => ((low[1] + high[1]) / 2.0).to_radians().cos().max(0.01),
            Units::Plain => 1.0,
        };
        let size = [(high[0] - low[0]) * narrow, high[1] - low[1]];
        let longest = size[0].max(size[1]).max(f64::MIN_POSITIVE);
        Some(Frame {
            west_north: [low[0], high[1]],
            narrow,
            steps: if longest > 1e-9 { STEPS / longest } else { 1.0 },
            size,
            units: day.units,
        })
    }

    fn at(&self, place: [f64; 2]) -> [u32; 2] {
        let east = (place[0] - self.west_north[0]) * self.narrow * self.steps;
        let south = (self.west_north[1] - place[1]) * self.steps;
        [east.round() as u32, south.round() as u32]
    }

    fn steps_per_km(&self) -> Option<f64> {
        let degree_km = postroad_model::place::EARTH_RADIUS_KM * 1f64.to_radians();
        (self.units == Units::Metric).then_some(self.steps / degree_km)
    }
}

/// A colour for each route.
pub(super) fn colours(day: &Day<'_>) -> Vec<usize> {
    let centres: Vec<_> = day.routes.iter().map(|route| centre(day, route)).collect();
    colour::spread(&centres)
}

fn centre(day: &Day<'_>, route: &RouteSheet) -> Option<[f64; 2]> {
    let stops = route.lines.iter().filter(|line| line.position.is_some());
    let places: Vec<[f64; 2]> = stops.filter_map(|line| line_place(day, line)).collect();
    let mean =
        |axis: usize| places.iter().map(|place| place[axis]).sum::<f64>() / places.len() as f64;
    (!places.is_empty()).then(|| [mean(0), mean(1)])
}

fn line_place(day: &Day<'_>, line: &Line) -> Option<[f64; 2]> {
    place(&day.job.problem.travel, line.event.location?)
}

/// The data as JSON that is safe inside a script element.
pub(super) fn payload(day: &Day<'_>, frame: &Frame, colours: &[usize]) -> String {
    let travel = &day.job.problem.travel;
    let at = |location| place(travel, location).map(|place| frame.at(place));
    let depots =
        day.job.problem.depots.iter_ids().filter_map(|(id, depot)| {
            Some((day.job.names.depots[id].as_str(), at(depot.location)?))
        });
    let unassigned = day.unassigned.iter().map(|&(stop, reason)| {
        let name = day.job.names.stops[stop].as_str();
        (name, at(day.job.problem.stops[stop].location), reason.sentence())
    });
    let routes = day.routes.iter().zip(colours);
    let payload = Payload {
        width: (frame.size[0] * frame.steps).ceil() as u32,
        height: (frame.size[1] * frame.steps).ceil() as u32,
        steps_per_km: frame.steps_per_km(),
        depots: depots.collect(),
        routes: routes.map(|(route, &colour)| route_payload(day, frame, route, colour)).collect(),
        unassigned: unassigned.collect(),
    };
    let json = serde_json::to_string(&payload).expect("strings and numbers only");
    // `</script>` and `<!--` would end or upset the element.
    json.replace('<', "\\u003c")
}

fn route_payload<'a>(
    day: &'a Day<'_>,
    frame: &Frame,
    route: &'a RouteSheet,
    colour: usize,
) -> RoutePayload<'a> {
    let event = |line: &Line| {
        let kind = match line.event.kind {
            EventKind::Stop(_) => 0,
            EventKind::Break(_) => 2,
            _ => 1,
        };
        let name = day.label(route, line.event.kind);
        let time = day.units.clock(line.event.begin_s);
        EventPayload(kind, name, time, line_place(day, line).map(|place| frame.at(place)))
    };
    let figures = [
        format!("{} stops", route.stops),
        day.units.distance(route.distance_m),
        day.units.duration(route.duration_s.into()),
        day.units.money(route.cost_micro_usd),
    ];
    RoutePayload {
        name: &route.name,
        colour,
        figures: figures.join(" · "),
        events: route.lines.iter().map(event).collect(),
    }
}

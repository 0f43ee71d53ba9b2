//! The driver's manifest: each route line by line, as CSV and as pages to print.

use askama::Template;
use postroad_model::routing::{EventKind, Load, NO_LOAD};

use super::day::{Day, Line, RouteSheet, kind_name};

const HEADER: [&str; 14] = [
    "route",
    "vehicle",
    "position",
    "kind",
    "stop",
    "note",
    "arrival",
    "begin",
    "departure",
    "load_after_parcels",
    "load_after_litres",
    "load_after_grams",
    "window",
    "reason",
];

/// One row for each line of each route, then one for each stop left out.
pub(super) fn csv(day: &Day<'_>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |row: &[String]| writer.write_record(row).expect("rows are equally long");
    write(&HEADER.map(str::to_owned));
    for (i, route) in day.routes.iter().enumerate() {
        route.lines.iter().for_each(|line| write(&row(day, route, i + 1, line)));
    }
    for &(stop, reason) in day.unassigned {
        let mut row = [const { String::new() }; HEADER.len()];
        row[3] = "unassigned".into();
        row[4].clone_from(&day.job.names.stops[stop]);
        row[5].clone_from(&day.job.names.notes[stop]);
        row[12] = day.units.windows(&day.job.problem.stops[stop].windows);
        row[13] = reason.sentence().into();
        write(&row);
    }
    writer.into_inner().expect("writing to memory cannot fail")
}

fn row(day: &Day<'_>, route: &RouteSheet, number: usize, line: &Line) -> [String; HEADER.len()] {
    let Line { event, position, load_after } = line;
    let told = Told::of(day, route, line);
    let time = |seconds| day.units.exact_clock(seconds);
    [
        number.to_string(),
        route.name.clone(),
        position.map_or(String::new(), |position| position.to_string()),
        kind_name(event.kind).into(),
        told.name,
        told.note,
        time(event.arrival_s),
        time(event.begin_s),
        time(event.end_s),
        load_after[0].to_string(),
        load_after[1].to_string(),
        load_after[2].to_string(),
        told.window,
        String::new(),
    ]
}

/// What a line says in words.
struct Told {
    name: String,
    note: String,
    window: String,
}

impl Told {
    fn of(day: &Day<'_>, route: &RouteSheet, line: &Line) -> Self {
        let name = day.label(route, line.event.kind).to_owned();
        let EventKind::Stop(stop) = line.event.kind else {
            return Self { name, note: String::new(), window: String::new() };
        };
        let window = day.units.windows(&day.job.problem.stops[stop].windows);
        Self { name, note: day.job.names.notes[stop].clone(), window }
    }
}

/// One page for each route.
#[derive(Template)]
#[template(path = "manifest.html")]
struct Manifest {
    css: &'static str,
    sheets: Vec<Sheet>,
    unassigned: Vec<[String; 2]>,
}

struct Sheet {
    number: usize,
    vehicle: String,
    summary: String,
    rows: Vec<Row>,
}

struct Row {
    kind: &'static str,
    position: String,
    name: String,
    note: String,
    arrival: String,
    wait: String,
    departure: String,
    window: String,
    handed: String,
    load: String,
}

/// All routes as pages to print.
pub(super) fn html(day: &Day<'_>) -> Vec<u8> {
    let sheets = day.routes.iter().enumerate().map(|(i, route)| sheet(day, route, i + 1));
    let left_out = |&(stop, reason): &(_, postroad_model::routing::Reason)| {
        [day.job.names.stops[stop].clone(), reason.sentence().to_owned()]
    };
    let page = Manifest {
        css: include_str!("page/manifest.css"),
        sheets: sheets.collect(),
        unassigned: day.unassigned.iter().map(left_out).collect(),
    };
    page.render().expect("the page is written to memory").into_bytes()
}

fn sheet(day: &Day<'_>, route: &RouteSheet, number: usize) -> Sheet {
    let units = day.units;
    let (first, last) = route.ends();
    let mut parts = vec![
        format!("{} stops", route.stops),
        units.distance(route.distance_m),
        units.duration(route.duration_s.into()),
        format!("{} to {}", units.clock(first.event.end_s), units.clock(last.event.arrival_s)),
    ];
    if !day.dimensions.is_empty() {
        parts.push(format!("carries up to {}", day.load_words(route.load_max)));
    }
    Sheet {
        number,
        vehicle: route.name.clone(),
        summary: parts.join(" · "),
        rows: route.lines.iter().map(|line| told_row(day, route, line)).collect(),
    }
}

fn told_row(day: &Day<'_>, route: &RouteSheet, line: &Line) -> Row {
    let Line { event, position, load_after } = line;
    let told = Told::of(day, route, line);
    let word = match event.kind {
        EventKind::Stop(_) => "",
        EventKind::Start => "Leave",
        EventKind::Reload => "Reload at",
        EventKind::Break(_) => "Break",
        EventKind::End => "Back at",
    };
    let waits = event.begin_s > event.arrival_s;
    Row {
        kind: kind_name(event.kind),
        position: position.map_or(String::new(), |position| position.to_string()),
        name: format!("{word} {}", told.name).trim().to_owned(),
        note: told.note,
        arrival: day.units.clock(event.arrival_s),
        wait: if waits { day.units.clock(event.begin_s) } else { String::new() },
        departure: day.units.clock(event.end_s),
        window: told.window,
        handed: handed(day, event.kind),
        load: day.load_words(*load_after),
    }
}

/// What is left and what is taken along at a stop, in words.
fn handed(day: &Day<'_>, kind: EventKind) -> String {
    let EventKind::Stop(id) = kind else { return String::new() };
    let problem = &day.job.problem;
    let stop = &problem.stops[id];
    let shipments = problem.shipments.iter();
    let taken = shipments.clone().filter(|s| s.pickup == id).map(|s| s.load);
    let left = shipments.filter(|s| s.delivery == id).map(|s| s.load);
    let all = |own: Load, more: &mut dyn Iterator<Item = Load>| {
        let load = more.fold(own, |sum, load| std::array::from_fn(|d| sum[d] + load[d]));
        (load != NO_LOAD).then(|| day.load_words(load))
    };
    let (mut left, mut taken) = (left, taken);
    let left = all(stop.delivery, &mut left);
    let taken = all(stop.pickup, &mut taken).map(|words| format!("take {words}"));
    left.into_iter().chain(taken).collect::<Vec<_>>().join("; ")
}

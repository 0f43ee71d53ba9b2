//! A small study with figures of a plausible size, for the tests of the report.

use crate::result::*;

const CLASSES: [&str; 4] = ["rural", "suburban", "urban", "dense_urban"];

/// A study with four scenarios and a grid of zones over the contiguous states.
pub(crate) fn study() -> (StudyResult, MapData) {
    let scenarios: Vec<_> = SCENARIOS.iter().map(scenario).collect();
    let result = StudyResult {
        format: FORMAT,
        program: "postroad 0.1.0".into(),
        run: RunSettings { seed: 7, rounds: 40, gap: 0.002, time_limit_s: None, stopped: false },
        study: StudyInput {
            title: "Last mile of a nation, 2026 <draft> & \"appendix\"".into(),
            description: "Three ways out of a postal contract <for a shipper>.".into(),
            file: InputFile { path: "examples/us-2026/study.toml".into(), sha256: "ab".repeat(32) },
            toml: "title = \"…\"".into(),
            tables: vec![InputFile { path: "zones.csv.gz".into(), sha256: "cd".repeat(32) }],
        },
        scenarios,
        demand_curve: Some(demand_curve()),
        tornado: tornado(),
        fidelity: fidelity(),
        schedules: schedules(),
        sources: sources(),
        citations: [
            ("S19", "<press>, 4 Dec 2025"),
            ("S74", "Pitney Bowes, 2025"),
            ("S91", "About Amazon"),
        ]
        .map(|(key, text)| Citation { key: key.into(), text: text.into() })
        .to_vec(),
        remarks: vec!["Drones <pads> were left out.".into()],
    };
    (result, map())
}

/// Name, title, cost $ bn a year, share of parcels by post, own vans, hubs, other carriers.
const SCENARIOS: [(&str, &str, f64, [f64; 4]); 4] = [
    ("status_quo", "Status quo", 24.10, [0.21, 0.74, 0.03, 0.02]),
    ("extend", "Extend", 24.35, [0.19, 0.76, 0.03, 0.02]),
    ("auction", "Buy access", 25.02, [0.12, 0.80, 0.05, 0.03]),
    ("leave", "Leave <b>entirely</b>", 25.81, [0.0, 0.86, 0.09, 0.05]),
];
const PARCELS: f64 = 8.0e9;

fn scenario(&(name, title, bn, mix): &(&str, &str, f64, [f64; 4])) -> ScenarioResult {
    let cost = bn * 1e9 / 365.0;
    let file = |stem: &str| {
        Some(InputFile { path: format!("{stem}-{name}.csv"), sha256: "ef".repeat(32) })
    };
    ScenarioResult {
        name: name.into(),
        title: title.into(),
        description: format!("What <{name}> means."),
        status: RunStatus::Feasible,
        rounds: 40,
        cost_usd_per_day: Some(cost),
        bound_usd_per_day: Some(cost * 0.9975),
        gap: Some(0.0025),
        certified_bound_usd_per_day: Some(cost * 0.9970),
        metrics: Some(metrics(bn * 1e9, mix)),
        unmet: Vec::new(),
        plan_file: file("plan"),
        facilities_file: file("facilities"),
        prices_file: file("prices"),
    }
}

fn metrics(usd: f64, [post, van, hub, other]: [f64; 4]) -> ScenarioMetrics {
    let part = |name: &str, label: &str, share: f64| CostPart {
        name: name.into(),
        label: label.into(),
        usd_per_year: usd * share,
    };
    let channel = |name: &str, share: f64, usd_per_parcel: f64| ChannelMetrics {
        channel: name.into(),
        parcels_per_year: PARCELS * share,
        usd_per_parcel,
    };
    let postal = 0.95 * post;
    let rest = 1.0 - postal - 0.42 - 0.11 - 0.10 - 0.05 - hub - other + 0.004 - 0.002;
    ScenarioMetrics {
        parcels_per_year: PARCELS,
        usd_per_year: usd,
        usd_per_parcel: usd / PARCELS,
        costs: vec![
            part("own_van_delivery", "Own vans, station to door", 0.42 + rest),
            part("inbound", "Trucks to stations and hubs", 0.11),
            part("stations", "Running stations", 0.10),
            part("handling", "Handling at stations and hubs", 0.05),
            part("rural_hub_delivery", "Rural hubs, hub to door", hub),
            part("postal_rates", "Postal rates", postal),
            part("postal_tiers", "Postal volume tiers", -0.004),
            part("third_party", "Other carriers", other),
            part("closing", "Closed buildings still paid for", 0.002),
        ],
        channels: vec![
            channel("own_van", van, 2.31),
            channel("rural_hub", hub, 3.4),
            channel("postal_unit", post * 0.9, 3.3),
            channel("postal_centre", post * 0.1, 3.7),
            channel("third_party", other, 8.9),
        ],
        classes: CLASSES.iter().enumerate().map(|(i, c)| class(c, i, [post, van])).collect(),
        people_share_within_days: vec![0.1, 0.81 + 0.1 * van, 0.985, 1.0],
        own_zip_share: van * 0.7,
        own_people_share: van + hub,
        facilities: vec![
            FacilityCount {
                kind: "station".into(),
                open: 640,
                new: (van * 90.0) as u32,
                closed: 4,
            },
            FacilityCount { kind: "rural_hub".into(), open: 200, new: 0, closed: 0 },
        ],
        vans: van * 95_000.0,
        drivers: van * 170_000.0,
        capital_usd: 6.0e9 * (van - 0.7),
        operator: OperatorMetrics {
            parcels_per_year: PARCELS * post,
            revenue_usd_per_year: PARCELS * post * 3.31,
            usd_per_parcel: if post > 0.0 { 3.31 } else { 0.0 },
            avoidable_usd_per_year: PARCELS * post * 2.2,
            contribution_usd_per_year: PARCELS * post * 1.11,
            revenue_share: PARCELS * post * 3.31 / 80.5e9,
        },
    }
}

fn class(name: &str, i: usize, [post, van]: [f64; 2]) -> ClassMetrics {
    let next_day = (0.6 + 0.12 * i as f64 + 0.05 * van).min(1.0);
    ClassMetrics {
        class: name.into(),
        people: 60e6 + 20e6 * i as f64,
        parcels_per_year: PARCELS / 4.0,
        usd_per_parcel: 4.4 - 0.6 * i as f64,
        channel_parcels_per_year: vec![PARCELS / 4.0 * van, PARCELS / 4.0 * post],
        people_share_within_days: vec![0.0, next_day, 0.97 + 0.01 * i as f64],
        price_effect_usd_per_parcel: (0.21 - post) * (4.0 - i as f64) * 0.6,
    }
}

fn demand_curve() -> DemandCurve {
    let point = |i: u32| {
        let price = 1.0 + 0.25 * f64::from(i);
        let stay = 2.9e9 / (1.0 + (1.35 * (price - 4.0)).exp());
        DemandPoint {
            price_usd_per_parcel: price,
            operator_parcels_per_year: stay,
            operator_parcels_least_per_year: 0.9 * stay,
            operator_parcels_most_per_year: 1.2 * stay,
            operator_revenue_usd_per_year: stay * price,
            usd_per_year: 23.0e9 + 0.4e9 * price,
            bound_usd_per_year: 22.9e9 + 0.4e9 * price,
            gap: 0.1e9 / (23.0e9 + 0.4e9 * price),
        }
    };
    let points = (0..25).map(point);
    DemandCurve { scenario: "extend".into(), today_usd_per_parcel: 3.3, points: points.collect() }
}

fn tornado() -> Vec<TornadoRow> {
    let rows = [
        (
            "demand.parcels_per_year",
            "Parcels a year handed to the operator",
            "parcels",
            1.0e9,
            1.7e9,
            2.1e9,
            0.9,
        ),
        ("own_van.wage_usd_per_h", "Driver's wage", "usd/h", 20.5, 23.0, 26.0, 0.7),
        ("contracts.postal.usd_per_parcel", "Postal price", "usd/parcel", 2.8, 3.3, 3.5, 0.5),
        (
            "own_van.rural_stops_per_hour",
            "Rural stops an hour <est.>",
            "1/h",
            9.0,
            13.0,
            18.0,
            -0.6,
        ),
        (
            "third_party.rural_usd",
            "Other carriers' rate in rural ZIPs",
            "usd/parcel",
            8.0,
            10.0,
            16.5,
            0.3,
        ),
        (
            "station.fixed_usd_per_year",
            "Fixed cost of a station",
            "usd/yr",
            1.5e6,
            2.0e6,
            3.0e6,
            0.2,
        ),
    ];
    rows.into_iter()
        .map(|(path, label, unit, low, value, high, size)| TornadoRow {
            path: path.into(),
            label: label.into(),
            unit: unit.into(),
            low,
            value,
            high,
            source: "S19, S91".into(),
            planned_again: size > 0.4,
            swings: ["extend", "auction", "leave"]
                .iter()
                .enumerate()
                .map(|(i, name)| TornadoSwing {
                    scenario: (*name).into(),
                    at_low_usd_per_year: (0.25 + 0.7 * i as f64 - size * (0.2 + 0.9 * i as f64))
                        * 1e9,
                    at_value_usd_per_year: (0.25 + 0.7 * i as f64) * 1e9,
                    at_high_usd_per_year: (0.25 + 0.7 * i as f64 + size * (0.1 + 0.6 * i as f64))
                        * 1e9,
                    open_usd_per_year: (size > 0.4).then_some(6.0e7),
                })
                .collect(),
        })
        .collect()
}

fn fidelity() -> Vec<FidelityRow> {
    let row =
        |name: &str, computed: f64, unit: &str, low: f64, high: f64, calibrated| FidelityRow {
            name: name.into(),
            computed,
            unit: unit.into(),
            low,
            high,
            source: "S19".into(),
            inside: (low..=high).contains(&computed),
            calibrated,
        };
    vec![
        row("Parcels by post", 1.68e9, "parcels/yr", 1.0e9, 2.1e9, true),
        row("Paid to the operator", 5.56e9, "usd/yr", 5.0e9, 6.0e9, false),
        row("Share of the operator's revenue", 0.069, "share", 0.062, 0.075, false),
        row("Own van, station to door", 2.81, "usd/parcel", 1.8, 2.65, false),
        row("ZIPs reached by a rural hub", 71.0, "count", 65.0, 65.0, false),
    ]
}

fn schedules() -> Vec<Schedule> {
    let quarter = |i: usize, ready: f64| Quarter {
        name: format!("2026-Q{}", i + 1),
        building_starts: 40.0 / (1.0 + i as f64),
        buildings_ready: 60.0 * ready,
        hires: 4_200.0 * i as f64,
        drivers: 18_000.0 * ready,
        ready_share: ready,
        bridged_parcels_per_day: 2.2e6 * (1.0 - ready),
        usd: 6.2e9 + 2.0e8 * (1.0 - ready),
    };
    let schedule = |name: &str, last: &str, bridge_usd: f64, ready: &[f64]| Schedule {
        scenario: name.into(),
        best_start: "2026-Q1".into(),
        last_to_decide: Some(last.into()),
        all_ready: Some("2026-Q4".into()),
        usd: 4.0 * 6.2e9 + bridge_usd,
        bridge_usd,
        delay_usd: (1..5).map(|q| (format!("2026-Q{q}"), bridge_usd * f64::from(q - 1))).collect(),
        quarters: ready.iter().enumerate().map(|(i, &r)| quarter(i, r)).collect(),
    };
    vec![
        schedule("extend", "2026-Q3", 0.0, &[1.0, 1.0, 1.0, 1.0]),
        schedule("leave", "2026-Q1", 4.1e8, &[0.25, 0.5, 0.8, 1.0]),
    ]
}

fn sources() -> Vec<SourcedQuantity> {
    let quantity = |path: &str, value, unit: &str, range, source: &str| SourcedQuantity {
        path: path.into(),
        value,
        unit: unit.into(),
        range,
        source: source.into(),
        note: range.map(|_| "a <note>".to_owned()),
    };
    vec![
        quantity("demand.parcels_per_year", 8.0e9, "parcels", None, "S74"),
        quantity(
            "contracts.postal.usd_per_parcel",
            3.3,
            "usd/parcel",
            Some((2.8, 3.5)),
            "S19, S74",
        ),
        quantity("own_van.wage_usd_per_h", 23.0, "usd/h", Some((20.5, 26.0)), "S91"),
        quantity("own_van.vans_max", 110_000.0, "", None, "S74"),
    ]
}

fn map() -> MapData {
    let mut zones = Vec::new();
    for row in 0..11 {
        for column in 0..24 {
            zones.push(MapZone {
                zip: format!("{:05}", 10_000 + row * 100 + column),
                state: ["TX", "NE", "CA"][(row % 3) as usize].into(),
                lat: 27.0 + 2.0 * f64::from(row),
                lon: -121.0 + 2.0 * f64::from(column),
                land_km2: 9_000.0,
                population: 9_000.0,
                class: CLASSES[(column % 4) as usize].into(),
                parcels_per_day: 20.0 * f64::from(1 + column % 7),
            });
        }
    }
    let square = vec![(100.0, 50.0), (900.0, 50.0), (900.0, 560.0), (100.0, 560.0)];
    let state = StateOutline { fips: "31".into(), name: "Nebraska".into(), paths: vec![square] };
    MapData {
        outline: Outline { width: 975.0, height: 610.0, scale: 1300.0, states: vec![state] },
        scenarios: SCENARIOS
            .iter()
            .enumerate()
            .map(|(s, n)| map_scenario(n.0, s, &zones))
            .collect(),
        sites: zones.iter().map(|z| site(&z.zip, &z.state)).collect(),
        zones,
    }
}

fn site(zip: &str, state: &str) -> MapSite {
    MapSite { kind: "station".into(), id: format!("ST{zip}"), name: format!("{zip}, {state}") }
}

fn map_scenario(name: &str, s: usize, zones: &[MapZone]) -> MapScenario {
    let of = |(i, zone): (usize, &MapZone)| {
        let postal = (i * 7 + i / 5) % 10 >= 6 + s;
        let channel = if postal { 3 } else { [0, 0, 1, 5][(i + s) % 4] };
        Some(ZoneService {
            channel,
            site: (channel != 5).then_some(i as u32),
            share: if i % 9 == 0 { 0.7 } else { 1.0 },
            days: if postal { 2 } else { 1 },
            usd_per_parcel: 2.0 + zone.parcels_per_day / 60.0,
        })
    };
    let station = |i: usize, zone: &MapZone| MapStation {
        id: format!("ST{i:04}"),
        kind: if i.is_multiple_of(40) { "rural_hub" } else { "station" }.into(),
        lat: zone.lat,
        lon: zone.lon,
        change: [StationChange::Kept, StationChange::New, StationChange::Closed][i % 3],
        load_parcels_per_day: 1200.0,
        capacity_parcels_per_day: Some(2000.0),
    };
    MapScenario {
        name: name.into(),
        zones: zones.iter().enumerate().map(of).collect(),
        stations: zones.iter().enumerate().step_by(8).map(|(i, z)| station(i, z)).collect(),
    }
}

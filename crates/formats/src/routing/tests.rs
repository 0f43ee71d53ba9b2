//! Tables of routing: what is read, and that all faults of all files are found together.

use postroad_model::routing::{MICRO_USD, TimeWindow, Travel};
use postroad_model::{DepotId, VehicleId};

use super::*;

const STOPS: &str = "id,lat,lon,parcels,kg,service_min,windows,price_usd,allowed,skills,note\n\
    a,44.0,-73.0,2,1.5,2.5,08:00-12:00;14:00-16:00,,van,cold,ring\n\
    b,44.1,-73.1,,,,,7.5,,,\n\
    c,44.0,-73.0,1,,,,,,,\n";
const FLEET: &str = "id,count,parcels,kg,usd_per_km,usd_per_hour,shift,max_hours,lat,lon,skills,breaks\n\
    van,3,100,500,0.4,18,07:00-19:00,9.5,44.2,-73.2,cold wide,30 min 11:30-13:00\n";

fn sources<'a>(stops: &'a str, fleet: &'a str) -> Sources<'a> {
    Sources {
        stops: Source { file: "stops.csv", bytes: stops.as_bytes() },
        fleet: Source { file: "fleet.csv", bytes: fleet.as_bytes() },
        depots: None,
        matrix: None,
        circuity: 1.3,
        km_per_hour: 40.0,
    }
}

/// Reads and expects faults with all of some texts.
fn expect(sources: &Sources, texts: &[&str]) {
    let faults = read(sources).unwrap_err();
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let told = told.join("\n");
    for text in texts {
        assert!(told.contains(text), "`{text}` is not in:\n{told}");
    }
    assert_eq!(faults.len(), texts.len(), "{told}");
}

#[test]
fn tables_become_a_problem() {
    let job = read(&sources(STOPS, FLEET)).unwrap().job;
    let problem = &job.problem;
    assert!(problem.faults().is_empty());
    let [a, b, c] = problem.stops.as_slice() else { panic!("three stops") };
    assert_eq!((a.delivery, a.service_s), ([2, 0, 1500], 150));
    assert_eq!(a.windows[1], TimeWindow { start_s: 14 * 3600, end_s: 16 * 3600 });
    assert_eq!((a.allowed.as_slice(), a.skills), (&[VehicleId(0)][..], 1));
    assert_eq!((b.delivery, b.price_micro_usd), ([1, 0, 0], Some(7_500_000)));
    assert_eq!(a.location, c.location, "stops at one door share a location");
    let van = &problem.vehicles[VehicleId(0)];
    assert_eq!((van.count, van.capacity[2], van.duration_max_s), (3, 500_000, 34_200));
    assert_eq!((van.micro_usd_per_m, van.micro_usd_per_s), (400, 18 * MICRO_USD / 3600));
    assert_eq!((van.start, van.end, van.skills), (Some(DepotId(0)), Some(DepotId(0)), 3));
    assert_eq!(van.breaks[0].duration_s, 1800);
    assert_eq!(job.names.notes.as_slice()[0], "ring");
}

#[test]
fn json_is_read_like_a_table() {
    let stops = r#"[{"id": "a", "lat": 44.0, "lon": -73.0, "parcels": 2, "kg": 1.5,
        "service_min": 2.5, "windows": ["08:00-12:00", "14:00-16:00"], "allowed": "van",
        "skills": ["cold"], "note": "ring"},
      {"id": "b", "lat": 44.1, "lon": -73.1, "price_usd": 7.5, "colour": "red"},
      {"id": "c", "lat": 44.0, "lon": -73.0, "parcels": 1}]"#;
    let from_json = read(&sources(stops, FLEET)).unwrap();
    assert_eq!(from_json.passed_over, ["stops.csv: colour"]);
    assert_eq!(from_json.job, read(&sources(STOPS, FLEET)).unwrap().job);
    let wrong = stops.replace("44.1", "\"x\"").replace("\"red\"", "{}").replace("7.5", "{}");
    expect(&sources(&wrong, FLEET), &["stops.csv:4: lat [E203]", "stops.csv:4: price_usd [E331]"]);
    expect(&sources("{}", FLEET), &["stops.csv:1 [E331]"]);
}

#[test]
fn faults_of_all_files_are_told_together() {
    let stops = "id,lat,lon,parcels,windows,allowed,preferred,preferred_usd\n\
        a,94,-73,1,,,,\na,44,-73,-2,12:00-08:00,,,\nb,44,-73,1,8-9,bus,,\n\
        c,44,-73,1.5,08:00-10:00;09:00-11:00,,bus,3\n";
    let fleet = "id,parcels,lat,lon,shift,breaks,overtime_after_hours\nvan,x,44,-73,9,lunch,8\n";
    let places = [
        "fleet.csv:2: parcels",
        "fleet.csv:2: shift",
        "fleet.csv:2: breaks",
        "fleet.csv:2: overtime_after_hours",
        "stops.csv:2: lat",
        "stops.csv:3: id",
        "stops.csv:3: parcels",
        "stops.csv:3: windows",
        "stops.csv:4: windows",
        "stops.csv:5: parcels",
        "stops.csv:5: windows",
    ];
    expect(&sources(stops, fleet), &places);
    let unknown = ["stops.csv:2: allowed [E206]"];
    expect(&sources("id,lat,lon,allowed\na,44,-73,bus\n", FLEET), &unknown);
}

#[test]
fn an_empty_fleet_and_an_empty_list_of_stops() {
    let head = FLEET.lines().next().unwrap();
    expect(&sources("id,lat,lon\n", head), &["stops.csv [E207]", "fleet.csv [E207]"]);
    expect(&sources("", ""), &["stops.csv [E207]", "fleet.csv [E207]"]);
}

#[test]
fn stops_that_no_vehicle_can_visit() {
    let stops = "id,lat,lon,parcels,windows,skills,price_usd\n\
        heavy,44,-73,101,,,\nearly,44,-73,1,01:00-02:00,,\nfar,10,10,1,,,\n\
        special,44,-73,1,,crane,\nunlucky,44,-73,101,,crane,5\nfine,44,-73,1,,,\n";
    let places = [
        "stops.csv:2: parcels [E338]",
        "stops.csv:3: windows [E340]",
        "stops.csv:4: windows [E340]",
        "stops.csv:5: skills [E339]",
    ];
    expect(&sources(stops, FLEET), &places);
}

#[test]
fn depots_are_named() {
    let depots = Some(Source {
        file: "d.csv",
        bytes: b"id,lat,lon,window\nN,44,-73,\nS,43,-73,06:00-20:00\n",
    });
    let stops = "id,lat,lon\na,44,-73\n";
    let fleet = "id,start,end\nvan,N,\nbus,S,none\ncar,N,S\n";
    let job = read(&Sources { depots, ..sources(stops, fleet) }).unwrap().job;
    let ends: Vec<_> = job.problem.vehicles.iter().map(|v| (v.start, v.end)).collect();
    let (n, s) = (Some(DepotId(0)), Some(DepotId(1)));
    assert_eq!(ends, [(n, n), (s, None), (n, s)]);
    let wrong = "id,start,end\nvan,,\nbus,X,none\ncar,none,none\n";
    let sources = Sources { depots, ..sources(stops, wrong) };
    expect(&sources, &["fleet.csv:2: start [E334]", "fleet.csv:3: start [E206]"]);
}

#[test]
fn shipments_are_pairs_of_rows() {
    let stops = "id,lat,lon,parcels,pickup_parcels,shipment\n\
        a,44,-73,,4,x\nb,44,-73.1,4,,x\nc,44,-73.1,2,,\n";
    let job = read(&sources(stops, FLEET)).unwrap().job;
    assert_eq!(job.problem.shipments[0].load, [4, 0, 0]);
    assert_eq!(job.problem.stops.as_slice()[0].pickup, [0; 3]);
    let wrong = stops.replace("4,,x", "3,,x").replace("2,,\n", "2,,y\n");
    expect(&sources(&wrong, FLEET), &["stops.csv:2: shipment", "stops.csv:4: shipment"]);
}

const PAIRS: &str = "from,to,metres,seconds\nD,a,1000,60\na,D,2000,100\nD,b,500,50\nb,D,600,55\n\
    a,b,10,1\nb,a,20,2\n";

fn with_matrix<'a>(stops: &'a str, matrix: &'a str) -> Sources<'a> {
    let matrix = Some(Source { file: "m", bytes: matrix.as_bytes() });
    Sources { matrix, ..sources(stops, "id,location\nvan,D\n") }
}

#[test]
fn a_matrix_may_differ_by_direction() {
    let stops = "id\na\nb\n";
    let job = read(&with_matrix(stops, PAIRS)).unwrap().job;
    let problem = &job.problem;
    let depot = problem.depots[DepotId(0)].location;
    let a = problem.stops.as_slice()[0].location;
    assert_eq!(problem.travel.distance_m(depot, a), 1000);
    assert_eq!(problem.travel.duration_s(a, depot), 100);
    let rows = r#"{"locations": ["D", "a", "b"], "metres": [[0, 1000, 500], [2000, 0, 10],
        [600, 20, 0]], "seconds": [[0, 60, 50], [100, 0, 1], [55, 2, 0]]}"#;
    assert_eq!(read(&with_matrix(stops, rows)).unwrap().job, job);
    let Travel::Matrix { points, .. } = &problem.travel else { panic!("a matrix") };
    assert!(points.is_empty());
}

#[test]
fn broken_matrices() {
    let stops = "id\na\nb\n";
    let wrong = PAIRS.replace("500,50", "-500,50").replace("10,1", "NaN,1");
    expect(&with_matrix(stops, &wrong), &["m:4: metres", "m:6: metres"]);
    expect(&with_matrix(stops, &PAIRS.replace("b,a,20,2\n", "")), &["m [E335]"]);
    expect(&with_matrix("id\na\nq\n", PAIRS), &["stops.csv:3: location [E336]"]);
    let ragged = r#"{"locations": ["D", "a"], "metres": [[0, 1], [-1, 0, 3], [1e99, 4]]}"#;
    expect(&with_matrix(stops, ragged), &["has 3 rows", "row 2 has 3", "-1 is", "1000000000"]);
    expect(&with_matrix(stops, "{\"locations\": [],\n \"metres\": [[nan]]}"), &["m:2 [E331]"]);
}

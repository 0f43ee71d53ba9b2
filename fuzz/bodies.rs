//! What every parser must survive: any bytes at all. Each body reads its input; what was read must
//! be without faults and, where it can be written, come back the same. The fuzz targets and the
//! property tests of `postroad-formats` share these bodies.

use postroad_formats::study::Study;
use postroad_formats::{
    auction, cats, instance, national, orlib, problem, routing, tables, vroom, vrplib,
};
use postroad_model::routing::{Reason, RoutingPlan};

/// A body and its name.
pub(crate) type Body = (&'static str, fn(&[u8]));

/// All bodies.
pub(crate) const BODIES: [Body; 9] = [
    ("auction", auction_market),
    ("instance", any_instance),
    ("national", national_text),
    ("orlib", or_library),
    ("routing", routing_tables),
    ("study", study),
    ("tables", all_tables),
    ("vroom", vroom_problem),
    ("vrplib", routing_instance),
];

/// Any instance by its first line, JSON problems among them.
pub(crate) fn any_instance(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(read) = instance::read("file", &text, None) {
        assert!(read.faults().is_empty());
        assert_eq!(problem::read("file", &problem::write(&read)), Ok(read));
    }
}

/// The sparse national text.
pub(crate) fn national_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(read) = national::read("file", &text) {
        assert!(read.faults().is_empty());
        let written = national::write(&read).expect("what the format said, it can say");
        assert_eq!(national::read("file", &written), Ok(read));
    }
}

/// The OR-Library layouts, with a capacity and without.
pub(crate) fn or_library(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for capacity in [None, Some(10.0)] {
        if let Ok(read) = orlib::read("file", &text, capacity) {
            assert!(read.faults().is_empty());
        }
    }
}

/// A study file.
pub(crate) fn study(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Err(faults) = Study::read("file", &text) {
        assert!(!faults.is_empty());
    }
}

/// Every table.
pub(crate) fn all_tables(data: &[u8]) {
    let none = Default::default();
    let faults = [
        tables::read_processing_centres("file", data).err(),
        tables::read_delivery_units("file", data, &none).err(),
        tables::read_zones("file", data, &none).err(),
        tables::read_stations("file", data).err(),
        tables::read_upstream("file", data).err(),
    ];
    assert!(faults.into_iter().flatten().all(|faults| !faults.is_empty()));
}

/// A routing instance, and its text as a solution of it.
pub(crate) fn routing_instance(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match vrplib::read("file", &text) {
        Err(faults) => assert!(!faults.is_empty()),
        Ok(instance) => {
            assert!(instance.problem.faults().is_empty());
            if let Ok(solution) = vrplib::read_solution("file", &text, &instance) {
                let written = vrplib::write_solution(&solution.plan, &instance);
                let again = vrplib::read_solution("file", &written, &instance);
                assert_eq!(again.map(|again| again.plan), Ok(solution.plan));
            }
        }
    }
}

/// The tables of a routing job: the input as each of them, beside others that are well-formed.
pub(crate) fn routing_tables(data: &[u8]) {
    let source = |bytes| routing::Source { file: "file", bytes };
    let usual = routing::Sources {
        stops: source(b"id,location,lat,lon\na,a,44,-73\nb,b,44.1,-73\n"),
        fleet: source(b"id,lat,lon,location\nvan,44,-73,a\n"),
        depots: None,
        matrix: None,
        circuity: 1.3,
        km_per_hour: 40.0,
    };
    let data = source(data);
    let each = [
        routing::Sources { stops: data, ..usual },
        routing::Sources { fleet: data, ..usual },
        routing::Sources { depots: Some(data), ..usual },
        routing::Sources { matrix: Some(data), ..usual },
    ];
    for sources in each {
        match routing::read(&sources) {
            Err(faults) => assert!(!faults.is_empty()),
            Ok(read) => assert!(read.job.problem.faults().is_empty()),
        }
    }
}

/// A problem in VROOM's format, and the answer that leaves all of it out.
pub(crate) fn vroom_problem(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let ways = vroom::Ways::Straight { circuity: 1.3, km_per_hour: 40.0 };
    match vroom::read("file", &text, ways) {
        Err(faults) => assert!(!faults.is_empty()),
        Ok(read) => {
            let problem = &read.job.problem;
            assert!(problem.faults().is_empty());
            let left_out = problem.stops.ids().map(|stop| (stop, Reason::NoRoomLeft));
            let plan = RoutingPlan { routes: Vec::new(), unassigned: left_out.collect() };
            assert!(vroom::write(&read, &plan, true).contains("\"code\":0"));
        }
    }
}

/// A market: the input as each of its files, beside others that are well-formed, as one JSON text
/// and as a CATS instance. What is read comes back the same when it is written.
pub(crate) fn auction_market(data: &[u8]) {
    const USUAL: [(&str, &str); 6] = [
        ("lots.csv", "lot,region,parcels_per_day\nA,W,400\nB,E,300\n"),
        ("bidders.csv", "bidder,small\nX,yes\nY,\n"),
        ("bids.csv", "bid,bidder,lot,parcels,price_usd,group\n1,X,A,100,2.5,g\n2,X,B,9,1,g\n"),
        ("packages.csv", "bid,bidder,amount_usd\n3,Y,1000\n"),
        ("package_items.csv", "bid,lot,parcels\n3,A,5\n3,B,5\n"),
        ("groups.csv", "group,at_most\ng,1\n"),
    ];
    let text = String::from_utf8_lossy(data);
    let whole = |read: Result<auction::Market, Vec<_>>| match read {
        Err(faults) => assert!(!faults.is_empty()),
        Ok(market) => {
            assert!(market.problem.faults().is_empty());
            let again = auction::json("file", &auction::write::json(&market), None);
            // What was passed over is not written.
            assert_eq!(again, Ok(auction::Market { passed_over: Vec::new(), ..market }));
        }
    };
    whole(auction::json("file", &text, None));
    let under_a_clock = [
        auction::read_demand("file", data).err(),
        auction::read_clock_packages("file", data).err(),
    ];
    assert!(under_a_clock.into_iter().flatten().all(|faults| !faults.is_empty()));
    if let Ok(market) = cats::read("file", &text, 1) {
        let written = cats::write(&market).expect("what the format said, it can say");
        assert_eq!(cats::read("file", &written, 1), Ok(market));
    }
    let tables = USUAL.map(|(name, _)| name).into_iter().chain(["lot_sets.csv", "market.toml"]);
    for replaced in tables {
        let open = |name: &str| {
            let usual = USUAL.iter().find(|(usual, _)| *usual == name);
            let bytes = match name == replaced {
                true => Some(data.to_vec()),
                false => usual.map(|(_, text)| text.as_bytes().to_vec()),
            };
            Ok(bytes.map(|bytes| Box::new(std::io::Cursor::new(bytes)) as Box<dyn std::io::Read>))
        };
        let usual = "days = 300\n[[winners]]\neach = \"region\"\nmost = 2\n";
        let settings = if replaced == "market.toml" { &text } else { usual };
        let files = auction::Files {
            settings: ("market.toml", settings),
            scenarios: Vec::new(),
            shown: &str::to_string,
            open: &open,
        };
        whole(auction::read(&files, None));
    }
}

//! What the reader of extracts must survive: any bytes at all. Of what was read, two places get
//! their way.

use std::io::Cursor;

/// An OpenStreetMap extract.
pub(crate) fn extract(data: &[u8]) {
    match postroad_roads::read("file", Cursor::new(data)) {
        Err(faults) => assert!(!faults.is_empty()),
        Ok(network) => {
            let places: Vec<_> = network.points().take(2).collect();
            let (labels, _) = network.labels(&places).expect("points of roads are on roads");
            assert_eq!(labels.locations(), 2);
        }
    }
}

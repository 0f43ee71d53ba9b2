//! The tables of a study, read and related to each other.

use std::io::Read;

use postroad_formats::study::Study;
use postroad_formats::tables::{
    self, DeliveryUnit, ProcessingCentre, Station, StationKind, TableResult, UpstreamNode, Zone,
};
use postroad_model::{Fault, place::Coordinate};

use super::near::Near;

/// Opens a table by its name in the study.
pub type Open<'a> = dyn FnMut(&str) -> Result<Box<dyn Read>, Fault> + 'a;

/// Stations kept near each zone, to choose from in every scenario.
const MOST_NEAR: usize = 16;
/// No van drives farther than this in a straight line: a shift at motorway speed.
const MOST_KM: f64 = 300.0;

/// A facility near a zone.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct NearStation {
    /// Position in the table of stations.
    pub station: u32,
    /// Straight line, km.
    pub km: f32,
    /// Its kind, as in its table: to be at hand where many are looked through.
    pub kind: StationKind,
    /// Whether it stands already, as in its table.
    pub existing: bool,
}

/// All tables of a study.
#[derive(Clone, PartialEq, Debug)]
pub struct Geography {
    /// Zones.
    pub zones: Vec<Zone>,
    /// Delivery units.
    pub units: Vec<DeliveryUnit>,
    /// Processing centres.
    pub centres: Vec<ProcessingCentre>,
    /// Stations and rural hubs.
    pub stations: Vec<Station>,
    /// Upstream nodes.
    pub upstream: Vec<UpstreamNode>,
    /// For each zone, what is near it, nearest first: existing buildings and candidates of both
    /// kinds, up to a number of each.
    pub near_stations: Vec<Vec<NearStation>>,
    /// Straight line from each station to the nearest upstream node, km.
    pub station_upstream_km: Vec<f64>,
    /// Straight line from each delivery unit to the nearest upstream node, km.
    pub unit_upstream_km: Vec<f64>,
    /// Straight line from each processing centre to the nearest upstream node, km.
    pub centre_upstream_km: Vec<f64>,
    /// Straight line from each zone to the nearest upstream node, km.
    pub zone_upstream_km: Vec<f64>,
    /// Straight line from each delivery unit to the nearest other one, km.
    pub unit_neighbour_km: Vec<f64>,
}

impl Geography {
    /// Reads the tables a study names. `open` opens a table by the name in the study, unpacked.
    pub fn read(study: &Study, open: &mut Open<'_>) -> Result<Geography, Vec<Fault>> {
        let names = &study.tables;
        let mut faults = Vec::new();
        let mut table = |name: &str| open(name).map_err(|fault| vec![fault]);
        let (centres, centre_ids) = keep(
            table(&names.processing_centres)
                .and_then(|r| tables::read_processing_centres(&names.processing_centres, r)),
            &mut faults,
        );
        let (units, unit_ids) = keep(
            table(&names.delivery_units)
                .and_then(|r| tables::read_delivery_units(&names.delivery_units, r, &centre_ids)),
            &mut faults,
        );
        let (zones, _) = keep(
            table(&names.zones).and_then(|r| tables::read_zones(&names.zones, r, &unit_ids)),
            &mut faults,
        );
        let (stations, _) = keep(
            table(&names.stations).and_then(|r| tables::read_stations(&names.stations, r)),
            &mut faults,
        );
        let (upstream, _) = keep(
            table(&names.upstream).and_then(|r| tables::read_upstream(&names.upstream, r)),
            &mut faults,
        );
        if faults.is_empty() {
            Ok(Self::relate(zones, units, centres, stations, upstream))
        } else {
            Err(faults)
        }
    }

    /// Finds what is near what.
    pub fn relate(
        zones: Vec<Zone>,
        units: Vec<DeliveryUnit>,
        centres: Vec<ProcessingCentre>,
        stations: Vec<Station>,
        upstream: Vec<UpstreamNode>,
    ) -> Geography {
        let nodes = Near::of(upstream.iter().map(|u| u.coordinate));
        let nearest_node_km = |c: Coordinate| nodes.nearest_km(c, None).unwrap_or(0.0);
        let unit_index = Near::of(units.iter().map(|u| u.coordinate));
        let unit_neighbour_km = units
            .iter()
            .enumerate()
            .map(|(i, u)| unit_index.nearest_km(u.coordinate, Some(i)).unwrap_or(0.0))
            .collect();
        Geography {
            near_stations: near_stations(&zones, &stations),
            station_upstream_km: stations.iter().map(|s| nearest_node_km(s.coordinate)).collect(),
            unit_upstream_km: units.iter().map(|u| nearest_node_km(u.coordinate)).collect(),
            centre_upstream_km: centres.iter().map(|c| nearest_node_km(c.coordinate)).collect(),
            zone_upstream_km: zones.iter().map(|z| nearest_node_km(z.coordinate)).collect(),
            unit_neighbour_km,
            zones,
            units,
            centres,
            stations,
            upstream,
        }
    }
}

/// The rows of a table, or none and its faults.
fn keep<T>(read: TableResult<T>, faults: &mut Vec<Fault>) -> (Vec<T>, tables::Index) {
    match read {
        Ok(table) => table,
        Err(found) => {
            // A reference to a table that could not be read says nothing new.
            let broken = !faults.is_empty();
            faults.extend(found.into_iter().filter(|f| !(broken && f.code == "E206")));
            (Vec::new(), tables::Index::new())
        }
    }
}

/// For each zone the nearest buildings of each kind, existing and candidates apart, so that the
/// existing network is there even where candidates crowd.
fn near_stations(zones: &[Zone], stations: &[Station]) -> Vec<Vec<NearStation>> {
    let groups = [StationKind::Station, StationKind::RuralHub]
        .map(|kind| [(kind, true), (kind, false)])
        .concat();
    let indices: Vec<(Near, Vec<usize>)> = groups
        .iter()
        .map(|&(kind, existing)| {
            let members: Vec<usize> = (0..stations.len())
                .filter(|&i| stations[i].kind == kind && stations[i].existing == existing)
                .collect();
            (Near::of(members.iter().map(|&i| stations[i].coordinate)), members)
        })
        .collect();
    let near_zone = |zone: &Zone| {
        let mut near: Vec<NearStation> = Vec::new();
        for ((index, members), &(kind, existing)) in indices.iter().zip(&groups) {
            let found = index.nearest(zone.coordinate, MOST_NEAR, MOST_KM);
            near.extend(found.iter().map(|&(member, km)| NearStation {
                station: members[member] as u32,
                km: km as f32,
                kind,
                existing,
            }));
        }
        near.sort_by(|a, b| a.km.total_cmp(&b.km).then(a.station.cmp(&b.station)));
        near
    };
    zones.iter().map(near_zone).collect()
}

//! A plan as GeoJSON (RFC 7946): zones with who serves them, buildings with what becomes of them.

use serde_json::{Value, json};

use crate::result::{MapData, MapScenario, MapSite, MapStation, MapZone, ZoneService};
use postroad_model::network::Channel;

/// The features of one scenario: buildings first, then zones, all points.
pub fn feature_collection(map: &MapData, scenario: &MapScenario) -> Vec<u8> {
    let stations = scenario.stations.iter().map(station);
    let served = map.zones.iter().zip(&scenario.zones).filter_map(|(zone, service)| {
        let service = (*service)?;
        let site = service.site.and_then(|site| map.sites.get(site as usize));
        Some(zone_feature(zone, service, site))
    });
    let features: Vec<String> = stations.chain(served).map(|f| f.to_string()).collect();
    let body = features.join(",\n");
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{body}\n]}}\n").into_bytes()
}

fn station(station: &MapStation) -> Value {
    point(
        station.lon,
        station.lat,
        json!({
            "kind": station.kind,
            "id": station.id,
            "change": station.change,
            "load_parcels_per_day": hundredths(station.load_parcels_per_day),
            "capacity_parcels_per_day": station.capacity_parcels_per_day.map(hundredths),
        }),
    )
}

fn zone_feature(zone: &MapZone, service: ZoneService, site: Option<&MapSite>) -> Value {
    point(
        zone.lon,
        zone.lat,
        json!({
            "kind": "zone",
            "id": zone.zip,
            "channel": Channel::ALL[usize::from(service.channel)].name(),
            "site": site.map(|site| &site.id),
            "share": service.share,
            "days": service.days,
            "parcels_per_day": hundredths(zone.parcels_per_day),
            "usd_per_parcel": hundredths(service.usd_per_parcel),
        }),
    )
}

fn point(lon: f64, lat: f64, properties: Value) -> Value {
    json!({
        "type": "Feature",
        "geometry": { "type": "Point", "coordinates": [lon, lat] },
        "properties": properties,
    })
}

/// Two decimals are enough on a map.
fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

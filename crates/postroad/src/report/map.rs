//! The map's data as the page carries it: short integers in base64, so that a nation with 34,000
//! zones and four scenarios stays below two megabytes.
//!
//! All arrays are little-endian. Positions are tenths of a map unit above `SHIFT`; a zone's reach
//! is the radius of a disc of four times its land area, so that discs close up into a map while
//! empty land stays empty.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use postroad_model::network::Channel;
use postroad_model::place::Coordinate;
use serde::Serialize;

use super::projection;
use crate::result::{
    MapData, MapScenario, MapSite, MapStation, MapZone, Outline, StationChange, ZoneService,
};

/// Added to positions so that the Aleutians, left of the frame, stay positive.
const SHIFT: f64 = 100.0;
/// Positions per map unit.
const STEPS: f64 = 10.0;
/// Written where a zone has no service; also the position of a zone that is off the map.
const NONE: u16 = u16::MAX;
/// Least and largest reach of a zone in map units: a dot stays visible, a desert stays empty.
const REACH: [f64; 2] = [0.8, 16.0];

/// What the page's script draws from.
#[derive(Serialize)]
pub(crate) struct Payload<'a> {
    width: f64,
    height: f64,
    shift: f64,
    steps: f64,
    /// Outline of all states as the data of a path.
    land: String,
    /// Left, top, width and height of the box of Puerto Rico if any zone lies there.
    inset: Option<[f64; 4]>,
    channels: Vec<&'static str>,
    zips: Vec<&'a str>,
    states: Vec<&'a str>,
    classes: Vec<&'a str>,
    /// u16 for each zone.
    x: String,
    y: String,
    parcels: String,
    /// Parcels a day in one unit of `parcels`.
    parcels_unit: f64,
    /// u8 for each zone: tenths of a map unit; index into `states`; into `classes`.
    reach: String,
    state: String,
    class: String,
    /// Names of the buildings that scenarios refer to.
    sites: Vec<String>,
    scenarios: Vec<ScenarioPayload<'a>>,
}

/// One scenario: what serves each zone, and the buildings.
#[derive(Serialize)]
struct ScenarioPayload<'a> {
    name: &'a str,
    title: &'a str,
    /// u8 for each zone: channel in bits 0 to 2, days in bits 3 to 5; 255 without service.
    service: String,
    /// u8 for each zone: percent of its parcels that go this way.
    share: String,
    /// u16 for each zone: cents per parcel.
    cents: String,
    /// u16 for each zone: position in `sites`; 65535 for none.
    site: String,
    stations: Vec<StationPayload<'a>>,
}

/// A building as a short list: id, kind, change, x, y, parcels a day, capacity (0 if unlimited or
/// closed).
#[derive(Serialize)]
struct StationPayload<'a>(&'a str, &'static str, &'static str, f64, f64, f64, f64);

/// Zones that no part of the map shows, such as Guam.
pub(crate) fn zones_off_map(map: &MapData) -> usize {
    map.zones.iter().filter(|z| position(z.lat, z.lon).is_none()).count()
}

/// The data as JSON that is safe inside a script element.
pub(crate) fn payload(map: &MapData, title_of: impl Fn(&str) -> String) -> String {
    let titles: Vec<String> = map.scenarios.iter().map(|s| title_of(&s.name)).collect();
    let json = serde_json::to_string(&payload_of(map, &titles))
        .expect("strings and finite numbers can be written as JSON");
    // `</script>` and `<!--` would end or upset the element.
    json.replace('<', "\\u003c")
}

fn payload_of<'a>(map: &'a MapData, titles: &'a [String]) -> Payload<'a> {
    let places: Vec<_> = map.zones.iter().map(|z| position(z.lat, z.lon)).collect();
    let states = distinct(map.zones.iter().map(|z| z.state.as_str()));
    let classes = distinct(map.zones.iter().map(|z| z.class.as_str()));
    let most_parcels = map.zones.iter().map(|z| z.parcels_per_day).fold(0.0, f64::max);
    let parcels_unit = if most_parcels > 0.0 { most_parcels / f64::from(u16::MAX) } else { 1.0 };
    let used = used_sites(map);
    let axis = |i: usize| words(places.iter().map(|p| p.map_or(NONE, |p| steps(p[i]))));
    Payload {
        width: projection::WIDTH,
        height: projection::HEIGHT,
        shift: SHIFT,
        steps: STEPS,
        land: land(&map.outline),
        inset: places.iter().flatten().any(|&p| in_puerto_rico(p)).then(inset),
        channels: Channel::ALL.iter().map(|c| c.name()).collect(),
        zips: map.zones.iter().map(|z| z.zip.as_str()).collect(),
        x: axis(0),
        y: axis(1),
        parcels: words(map.zones.iter().map(|z| (z.parcels_per_day / parcels_unit).round() as u16)),
        parcels_unit,
        reach: bytes(map.zones.iter().zip(&places).map(|(z, p)| reach(z, *p))),
        state: bytes(map.zones.iter().map(|z| index(&states, &z.state))),
        class: bytes(map.zones.iter().map(|z| index(&classes, &z.class))),
        states,
        classes,
        sites: used.iter().map(|&site| site_name(&map.sites[site as usize])).collect(),
        scenarios: map.scenarios.iter().zip(titles).map(|(s, t)| scenario(s, t, &used)).collect(),
    }
}

/// Buildings that any zone of any scenario names, ascending; as many as short integers can tell.
fn used_sites(map: &MapData) -> Vec<u32> {
    let services = map.scenarios.iter().flat_map(|s| s.zones.iter().flatten());
    let mut used: Vec<u32> = services.filter_map(|s| s.site).collect();
    used.sort_unstable();
    used.dedup();
    used.retain(|&site| (site as usize) < map.sites.len());
    used.truncate(usize::from(NONE));
    used
}

/// Such as `post office Springfield, IL` or `station ST0012 in 62701, IL`.
fn site_name(site: &MapSite) -> String {
    match site.kind.as_str() {
        "delivery_unit" => format!("post office {}", site.name),
        "processing_centre" => format!("processing centre {}", site.name),
        kind => format!("{} {} in {}", kind.replace('_', " "), site.id, site.name),
    }
}

fn scenario<'a>(scenario: &'a MapScenario, title: &'a str, used: &[u32]) -> ScenarioPayload<'a> {
    let site = |s: &ZoneService| {
        let position = s.site.and_then(|site| used.binary_search(&site).ok());
        position.and_then(|p| u16::try_from(p).ok()).unwrap_or(NONE)
    };
    let zones = &scenario.zones;
    let share = |s: &ZoneService| (s.share * 100.0).round() as u8;
    let cents = |s: &ZoneService| (s.usd_per_parcel * 100.0).round().min(65_534.0) as u16;
    ScenarioPayload {
        name: &scenario.name,
        title,
        service: bytes(zones.iter().map(|z| z.as_ref().map_or(u8::MAX, service))),
        share: bytes(zones.iter().map(|z| z.as_ref().map_or(0, share))),
        cents: words(zones.iter().map(|z| z.as_ref().map_or(NONE, cents))),
        site: words(zones.iter().map(|z| z.as_ref().map_or(NONE, site))),
        stations: scenario.stations.iter().filter_map(station).collect(),
    }
}

fn service(service: &ZoneService) -> u8 {
    (service.channel & 7) | (service.days.min(7) << 3)
}

fn station(station: &MapStation) -> Option<StationPayload<'_>> {
    let [x, y] = position(station.lat, station.lon)?;
    let kind = match station.kind.as_str() {
        "rural_hub" => "hub",
        "drone_pad" => "pad",
        _ => "station",
    };
    let change = match station.change {
        StationChange::Kept => "kept",
        StationChange::New => "new",
        StationChange::Closed => "closed",
    };
    let tenth = |v: f64| (v * STEPS).round() / STEPS;
    let load = station.load_parcels_per_day.round();
    let capacity = station.capacity_parcels_per_day.filter(|c| c.is_finite()).unwrap_or(0.0);
    Some(StationPayload(&station.id, kind, change, tenth(x), tenth(y), load, capacity.round()))
}

fn position(latitude: f64, longitude: f64) -> Option<[f64; 2]> {
    projection::project(Coordinate { latitude, longitude })
}

/// A length from −[`SHIFT`] on in steps.
fn steps(length: f64) -> u16 {
    ((length + SHIFT) * STEPS).round() as u16
}

fn reach(zone: &MapZone, place: Option<[f64; 2]>) -> u8 {
    let Some(place) = place else { return 0 };
    let radius_km = (4.0 * zone.land_km2 / std::f64::consts::PI).sqrt();
    let reach = (radius_km * projection::units_per_km(place)).clamp(REACH[0], REACH[1]);
    (reach * STEPS).round() as u8
}

fn in_puerto_rico([x, y]: [f64; 2]) -> bool {
    let [[left, top], [right, bottom]] = projection::puerto_rico_box();
    (left..right).contains(&x) && (top..bottom).contains(&y)
}

fn inset() -> [f64; 4] {
    let [[left, top], [right, bottom]] = projection::puerto_rico_box();
    [left, top, right - left, bottom - top]
}

/// The outlines as one path in the frame.
fn land(outline: &Outline) -> String {
    use std::fmt::Write;
    let mut data = String::new();
    for ring in outline.states.iter().flat_map(|s| &s.paths) {
        for (i, (x, y)) in ring.iter().enumerate() {
            let step = if i == 0 { 'M' } else { 'L' };
            let (x, y) = ((x * STEPS).round() / STEPS, (y * STEPS).round() / STEPS);
            write!(data, "{step}{x} {y}").expect("writing to a string cannot fail");
        }
        data.push('Z');
    }
    data
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn index(names: &[&str], name: &str) -> u8 {
    let at = names.binary_search(&name).expect("the list holds the name of every zone");
    at.min(usize::from(u8::MAX)) as u8
}

fn bytes(values: impl Iterator<Item = u8>) -> String {
    STANDARD.encode(values.collect::<Vec<_>>())
}

fn words(values: impl Iterator<Item = u16>) -> String {
    STANDARD.encode(values.flat_map(u16::to_le_bytes).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn payload_cannot_end_its_script_element() {
        let (_, mut map) = fixture::study();
        map.zones[0].zip = "</script>".to_owned();
        let text = payload(&map, |name| name.to_owned());
        assert!(!text.contains('<'));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["zips"][0], "</script>");
    }

    #[test]
    fn arrays_have_one_entry_for_each_zone() {
        let (_, map) = fixture::study();
        let value: serde_json::Value =
            serde_json::from_str(&payload(&map, |name| name.to_owned())).unwrap();
        let length = |v: &serde_json::Value| STANDARD.decode(v.as_str().unwrap()).unwrap().len();
        assert_eq!(length(&value["x"]), 2 * map.zones.len());
        assert_eq!(length(&value["reach"]), map.zones.len());
        assert_eq!(length(&value["scenarios"][0]["cents"]), 2 * map.zones.len());
    }

    #[test]
    fn a_zone_names_where_its_parcels_come_from() {
        let (_, mut map) = fixture::study();
        map.sites[0] =
            MapSite { kind: "delivery_unit".into(), id: "DU1".into(), name: "Salem, OR".into() };
        map.scenarios.iter_mut().for_each(|s| s.zones.truncate(2));
        map.scenarios[0].zones[0].as_mut().unwrap().site = Some(0);
        map.scenarios[0].zones[1].as_mut().unwrap().site = None;
        let value: serde_json::Value =
            serde_json::from_str(&payload(&map, |name| name.to_owned())).unwrap();
        assert_eq!(value["sites"][0], "post office Salem, OR");
        let sites = STANDARD.decode(value["scenarios"][0]["site"].as_str().unwrap()).unwrap();
        assert_eq!(sites, [0, 0, 255, 255]);
    }

    #[test]
    fn counts_zones_off_the_map() {
        let (_, mut map) = fixture::study();
        assert_eq!(zones_off_map(&map), 0);
        (map.zones[0].lat, map.zones[0].lon) = (13.4443, 144.7937);
        assert_eq!(zones_off_map(&map), 1);
    }
}

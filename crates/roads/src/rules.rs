//! Which ways of OpenStreetMap a delivery van may drive, in which direction and how fast.
//!
//! Speeds are those of a plan, not of a limit: a signed limit counts for four fifths of it, and a
//! class without one has the usual speed of that class. Both follow the car profile of OSRM
//! (github.com/Project-OSRM/osrm-backend, `profiles/car.lua`), so that times agree with its.

/// Usual speed of a class of road in km per hour; other classes are not for vans.
const CLASS_KMH: [(&str, f64); 15] = [
    ("motorway", 90.0),
    ("motorway_link", 45.0),
    ("trunk", 85.0),
    ("trunk_link", 40.0),
    ("primary", 65.0),
    ("primary_link", 30.0),
    ("secondary", 55.0),
    ("secondary_link", 25.0),
    ("tertiary", 40.0),
    ("tertiary_link", 20.0),
    ("unclassified", 25.0),
    ("road", 25.0),
    ("residential", 25.0),
    ("living_street", 10.0),
    ("service", 15.0),
];
/// What is driven of a signed limit.
const OF_LIMIT: f64 = 0.8;
/// Limits are believed within this range, in km per hour.
const LIMIT_KMH: std::ops::RangeInclusive<f64> = 5.0..=140.0;
/// Kilometres in a statute mile.
const KM_PER_MILE: f64 = 1.609344;
/// Kilometres in a nautical mile.
const KM_PER_KNOT: f64 = 1.852;
/// Keys of access from the most to the least specific for a van; the first that is there counts.
const ACCESS: [&str; 5] = ["goods", "motorcar", "motor_vehicle", "vehicle", "access"];
/// Values of access that keep a van out.
const CLOSED: [&str; 9] = [
    "no",
    "private",
    "agricultural",
    "forestry",
    "emergency",
    "psv",
    "bus",
    "military",
    "restricted",
];
/// Barriers that a van passes; all others close the road where they stand.
const OPEN_BARRIERS: [&str; 13] = [
    "arch",
    "border_control",
    "bump_gate",
    "cattle_grid",
    "entrance",
    "gate",
    "height_restrictor",
    "kerb",
    "lift_gate",
    "no",
    "sally_port",
    "swing_gate",
    "toll_booth",
];

/// How a way may be driven: its speed in km per hour in each direction that is open.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Passage {
    pub(crate) forward_kmh: Option<f64>,
    pub(crate) backward_kmh: Option<f64>,
}

/// The first value of a key.
fn value<'a>(tags: &[(&str, &'a str)], key: &str) -> Option<&'a str> {
    tags.iter().find(|(k, _)| *k == key).map(|(_, v)| *v)
}

/// Whether tags of access keep a van out.
fn is_closed(tags: &[(&str, &str)]) -> bool {
    let access = ACCESS.iter().find_map(|key| value(tags, key));
    access.is_some_and(|access| CLOSED.contains(&access))
}

/// How a way with these tags may be driven; `None` if not at all.
pub(crate) fn passage(tags: &[(&str, &str)]) -> Option<Passage> {
    let class = value(tags, "highway")?;
    let (_, class_kmh) = CLASS_KMH.iter().find(|(name, _)| *name == class)?;
    let is_area = value(tags, "area") == Some("yes");
    let is_emergency = value(tags, "service") == Some("emergency_access");
    if is_area || is_emergency || is_closed(tags) {
        return None;
    }
    let (is_forward, is_backward) = directions(tags, class)?;
    let speed = |key| {
        let limit = value(tags, key).or_else(|| value(tags, "maxspeed"));
        limit.and_then(limit_kmh).map_or(*class_kmh, |limit| OF_LIMIT * limit)
    };
    Some(Passage {
        forward_kmh: is_forward.then(|| speed("maxspeed:forward")),
        backward_kmh: is_backward.then(|| speed("maxspeed:backward")),
    })
}

/// Which directions are open; `None` if they change with the hour.
fn directions(tags: &[(&str, &str)], class: &str) -> Option<(bool, bool)> {
    let is_round = matches!(value(tags, "junction"), Some("roundabout" | "circular"));
    match value(tags, "oneway") {
        Some("yes" | "true" | "1") => Some((true, false)),
        Some("-1" | "reverse") => Some((false, true)),
        Some("reversible") => None,
        Some("no" | "false" | "0") => Some((true, true)),
        _ if is_round || class == "motorway" => Some((true, false)),
        _ => Some((true, true)),
    }
}

/// A signed limit in km per hour, if the text is one.
fn limit_kmh(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    let factor = match text[end..].trim() {
        "" | "km/h" | "kmh" | "kph" => 1.0,
        "mph" => KM_PER_MILE,
        "knots" => KM_PER_KNOT,
        _ => return None,
    };
    Some(number * factor).filter(|limit| LIMIT_KMH.contains(limit))
}

/// Whether a node with these tags lets a van pass.
pub(crate) fn is_passable<'a>(tags: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
    let tags: Vec<(&str, &str)> = tags.collect();
    match value(&tags, "barrier") {
        None => true,
        Some(_) if is_closed(&tags) => false,
        Some(barrier) if OPEN_BARRIERS.contains(&barrier) => true,
        // What is said to be open to vehicles is open, whatever stands there.
        Some(_) => ACCESS.iter().any(|key| value(&tags, key).is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drive(tags: &[(&str, &str)]) -> Option<(Option<f64>, Option<f64>)> {
        passage(tags).map(|p| (p.forward_kmh, p.backward_kmh))
    }

    #[test]
    fn speeds_come_from_limits_before_classes() {
        let both = |kmh: f64| Some((Some(kmh), Some(kmh)));
        assert_eq!(drive(&[("highway", "residential")]), both(25.0));
        assert_eq!(drive(&[("highway", "primary"), ("maxspeed", "50")]), both(40.0));
        assert_eq!(drive(&[("highway", "primary"), ("maxspeed", "RO:urban")]), both(65.0));
        assert_eq!(drive(&[("highway", "primary"), ("maxspeed", "9999")]), both(65.0));
        let (forward, backward) = drive(&[
            ("highway", "tertiary"),
            ("maxspeed", "25 mph"),
            ("maxspeed:backward", "50 km/h"),
        ])
        .unwrap();
        assert!((forward.unwrap() - 32.18688).abs() < 1e-9);
        assert_eq!(backward, Some(40.0));
    }

    #[test]
    fn directions_follow_tags_then_custom() {
        let way = |tags: &[(&str, &str)]| {
            drive(tags).map(|(forward, backward)| (forward.is_some(), backward.is_some()))
        };
        assert_eq!(way(&[("highway", "motorway")]), Some((true, false)));
        assert_eq!(way(&[("highway", "motorway"), ("oneway", "no")]), Some((true, true)));
        assert_eq!(way(&[("highway", "service"), ("oneway", "-1")]), Some((false, true)));
        let round = [("highway", "tertiary"), ("junction", "roundabout")];
        assert_eq!(way(&round), Some((true, false)));
        assert_eq!(way(&[("highway", "trunk"), ("oneway", "reversible")]), None);
    }

    #[test]
    fn what_is_closed_is_no_road() {
        assert_eq!(drive(&[("highway", "footway")]), None);
        assert_eq!(drive(&[("route", "ferry")]), None);
        assert_eq!(drive(&[("highway", "service"), ("access", "private")]), None);
        assert_eq!(drive(&[("highway", "service"), ("area", "yes")]), None);
        let van = [("highway", "service"), ("access", "no"), ("motor_vehicle", "destination")];
        assert!(drive(&van).is_some());
        assert!(is_passable([("barrier", "gate")].into_iter()));
        assert!(!is_passable([("barrier", "gate"), ("access", "private")].into_iter()));
        assert!(!is_passable([("barrier", "bollard")].into_iter()));
        assert!(is_passable([("barrier", "bollard"), ("motor_vehicle", "yes")].into_iter()));
        assert!(is_passable([("highway", "crossing")].into_iter()));
    }
}

//! A region small enough to be a plane, with roads by area: streets within an area, and the faster
//! ways between a hub and an area.

use crate::id::{Id, LocationId};
use crate::place::{Coordinate, EARTH_RADIUS_KM};

/// How straight lines become road and time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ways {
    /// Road over straight line.
    pub circuity: f64,
    /// Speed along the road.
    pub km_per_hour: f64,
}

/// Roads of an area.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AreaRoads {
    /// Between places of the area.
    pub local: Ways,
    /// Between a hub and the area.
    pub stem: Ways,
}

/// A place of a region.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RegionPlace {
    /// Metres east and north of the region's origin.
    pub metres: [f64; 2],
    /// Position among the region's areas; `None` for a hub.
    pub area: Option<u16>,
}

/// Places in a plane around an origin, and the roads of their areas. A way between two areas is
/// half like the one and half like the other.
#[derive(Clone, PartialEq, Debug)]
pub struct Region {
    /// Where the plane touches the earth.
    pub origin: Coordinate,
    /// Places.
    pub places: Vec<RegionPlace>,
    /// Roads by area; at least one.
    pub areas: Vec<AreaRoads>,
}

/// Metres of a degree of latitude.
const DEGREE_M: f64 = EARTH_RADIUS_KM * 1000.0 * std::f64::consts::PI / 180.0;

impl Region {
    /// Metres east and north of an origin. Degrees of longitude are taken at the latitude midway,
    /// so that lengths from the origin are those of great circles to 0.1 % within 250 km, between 60
    /// degrees south and north.
    pub fn metres(origin: Coordinate, place: Coordinate) -> [f64; 2] {
        let east = (place.longitude - origin.longitude + 540.0).rem_euclid(360.0) - 180.0;
        let midway = f64::midpoint(place.latitude, origin.latitude).to_radians();
        [east * midway.cos() * DEGREE_M, (place.latitude - origin.latitude) * DEGREE_M]
    }

    /// The place at so many metres east and north of the origin.
    pub fn coordinate(&self, metres: [f64; 2]) -> Coordinate {
        let latitude = self.origin.latitude + metres[1] / DEGREE_M;
        let midway = f64::midpoint(latitude, self.origin.latitude).to_radians();
        let longitude = self.origin.longitude + metres[0] / DEGREE_M / midway.cos();
        Coordinate { latitude, longitude: (longitude + 540.0).rem_euclid(360.0) - 180.0 }
    }

    /// Distance in metres and time in seconds.
    #[inline]
    pub fn way(&self, from: LocationId, to: LocationId) -> (i32, i32) {
        let (a, b) = (&self.places[from.index()], &self.places[to.index()]);
        let (dx, dy) = (a.metres[0] - b.metres[0], a.metres[1] - b.metres[1]);
        let straight_m = (dx * dx + dy * dy).sqrt();
        let (x, y) = match (a.area, b.area) {
            (Some(x), Some(y)) => (self.roads(x).local, self.roads(y).local),
            (Some(x), None) | (None, Some(x)) => (self.roads(x).stem, self.roads(x).stem),
            (None, None) => (self.areas[0].stem, self.areas[0].stem),
        };
        // 3.6 seconds take a metre at 1 km per hour.
        let s_per_m = 3.6 * (x.circuity / x.km_per_hour + y.circuity / y.km_per_hour) / 2.0;
        let m_per_m = (x.circuity + y.circuity) / 2.0;
        ((straight_m * m_per_m).round() as i32, (straight_m * s_per_m).round() as i32)
    }

    fn roads(&self, area: u16) -> &AreaRoads {
        &self.areas[usize::from(area)]
    }

    /// What is wrong with it, in a sentence.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let is_way = |way: Ways| {
            (1.0..=10.0).contains(&way.circuity) && (1.0..=1000.0).contains(&way.km_per_hour)
        };
        let is_placed = |place: &RegionPlace| {
            let is_known = place.area.is_none_or(|area| usize::from(area) < self.areas.len());
            is_known && place.metres.iter().all(|x| x.abs() <= 2e7)
        };
        if self.areas.is_empty() || !self.areas.iter().all(|a| is_way(a.local) && is_way(a.stem)) {
            return Some("a region needs areas with circuities of 1 to 10 and speeds of 1 to 1000");
        }
        if !self.places.iter().all(is_placed) {
            return Some("places of a region must lie near its origin in known areas");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_from_the_origin_are_those_of_great_circles() {
        let origin = Coordinate { latitude: 47.0, longitude: 179.5 };
        for (latitude, longitude) in [(48.0, -179.0), (46.0, 178.0), (47.0, -178.5), (49.2, 179.5)]
        {
            let place = Coordinate { latitude, longitude };
            let [east, north] = Region::metres(origin, place);
            let km = east.hypot(north) / 1000.0;
            assert!((km / origin.great_circle_km(place) - 1.0).abs() < 1e-3, "{latitude}: {km}");
            let region = Region { origin, places: Vec::new(), areas: Vec::new() };
            let back = region.coordinate([east, north]);
            assert!((back.latitude - latitude).abs() < 1e-9);
            assert!((back.longitude - longitude).abs() < 1e-9);
        }
    }

    #[test]
    fn ways_are_those_of_their_areas() {
        let ways = |circuity, km_per_hour| Ways { circuity, km_per_hour };
        let area = |c, v| AreaRoads { local: ways(c, v), stem: ways(1.2, 60.0) };
        let place = |x, area| RegionPlace { metres: [x, 0.0], area };
        let region = Region {
            origin: Coordinate { latitude: 0.0, longitude: 0.0 },
            places: vec![place(0.0, None), place(1000.0, Some(0)), place(3000.0, Some(1))],
            areas: vec![area(1.5, 30.0), area(1.3, 10.0)],
        };
        let way = |a, b| region.way(LocationId(a), LocationId(b));
        // 1.2 km at 60 km/h; 3.6 km; 2 km · 1.4, and 2 km · (1.5/30 + 1.3/10)/2 h.
        assert_eq!(way(0, 1), (1200, 72));
        assert_eq!(way(2, 0), (3600, 216));
        assert_eq!(way(1, 2), (2800, 648));
        assert_eq!(way(2, 2), (0, 0));
    }
}

//! From degrees to the map's frame: Albers' equal-area projection of the contiguous states with
//! Alaska, Hawaii and Puerto Rico set in below them.
//!
//! The constants are those of d3's `geoAlbersUsa` (d3-geo 3, ISC licence), with which the state
//! outlines were projected, and of the usual inset for Puerto Rico. The projection is spherical and
//! equal-area (Snyder 1987, p. 100); Alaska is drawn at 35 % of the scale of the rest.

use postroad_model::place::Coordinate;

/// Width of the frame in units of the map.
pub(crate) const WIDTH: f64 = 975.0;
/// Height of the frame in units of the map.
pub(crate) const HEIGHT: f64 = 610.0;
/// Units of the map in one earth radius.
const SCALE: f64 = 1300.0;
/// Where the centre of the contiguous states lies in the frame.
const CENTRE: [f64; 2] = [487.5, 305.0];

/// One conic projection and the part of the frame it fills. Angles in degrees; lengths in units of
/// [`SCALE`], from [`CENTRE`].
struct Inset {
    central_longitude: f64,
    centre: [f64; 2],
    parallels: [f64; 2],
    scale: f64,
    offset: [f64; 2],
    extent: [[f64; 2]; 2],
}

const CONTIGUOUS: Inset = Inset {
    central_longitude: -96.0,
    centre: [-0.6, 38.7],
    parallels: [29.5, 45.5],
    scale: 1.0,
    offset: [0.0, 0.0],
    extent: [[-0.455, -0.238], [0.455, 0.238]],
};
const ALASKA: Inset = Inset {
    central_longitude: -154.0,
    centre: [-2.0, 58.5],
    parallels: [55.0, 65.0],
    scale: 0.35,
    offset: [-0.307, 0.201],
    extent: [[-0.425, 0.120], [-0.214, 0.234]],
};
const HAWAII: Inset = Inset {
    central_longitude: -157.0,
    centre: [-3.0, 19.9],
    parallels: [8.0, 18.0],
    scale: 1.0,
    offset: [-0.205, 0.212],
    extent: [[-0.214, 0.166], [-0.115, 0.234]],
};
const PUERTO_RICO: Inset = Inset {
    central_longitude: -66.0,
    centre: [0.0, 18.0],
    parallels: [8.0, 18.0],
    scale: 1.0,
    offset: [0.350, 0.224],
    extent: [[0.320, 0.204], [0.380, 0.234]],
};

/// The box of Puerto Rico in the frame, `[[left, top], [right, bottom]]`: it has no outline there.
pub(crate) fn puerto_rico_box() -> [[f64; 2]; 2] {
    PUERTO_RICO.extent.map(|corner| [0, 1].map(|i| CENTRE[i] + SCALE * corner[i]))
}

/// Where a place lies in the frame, from the top left corner; none if it is on no part of the map.
pub(crate) fn project(place: Coordinate) -> Option<[f64; 2]> {
    [&CONTIGUOUS, &ALASKA, &HAWAII, &PUERTO_RICO].into_iter().find_map(|inset| {
        let [x, y] = inset.place(place);
        let [low, high] = inset.extent;
        let inside = (low[0]..=high[0]).contains(&x) && (low[1]..=high[1]).contains(&y);
        inside.then(|| [CENTRE[0] + SCALE * x, CENTRE[1] + SCALE * y])
    })
}

/// Units of the map in one km at a place of the map: Alaska is drawn smaller.
pub(crate) fn units_per_km([x, y]: [f64; 2]) -> f64 {
    let [low, high] = ALASKA.extent;
    let [x, y] = [(x - CENTRE[0]) / SCALE, (y - CENTRE[1]) / SCALE];
    let in_alaska = (low[0]..high[0]).contains(&x) && (low[1]..high[1]).contains(&y) && y > 0.13;
    let scale = if in_alaska { ALASKA.scale } else { CONTIGUOUS.scale };
    SCALE * scale / postroad_model::place::EARTH_RADIUS_KM
}

impl Inset {
    fn place(&self, place: Coordinate) -> [f64; 2] {
        let east = wrap_degrees(place.longitude - self.central_longitude);
        let [x, y] = self.cone(east, place.latitude);
        let [x0, y0] = self.cone(self.centre[0], self.centre[1]);
        [self.offset[0] + self.scale * (x - x0), self.offset[1] - self.scale * (y - y0)]
    }

    /// Albers' cone unrolled: `east` and `north` in degrees, the result in earth radii.
    fn cone(&self, east: f64, north: f64) -> [f64; 2] {
        let [sin0, sin1] = self.parallels.map(|p| p.to_radians().sin());
        let n = (sin0 + sin1) / 2.0;
        let c = 1.0 + sin0 * (2.0 * n - sin0);
        let radius = (c - 2.0 * n * north.to_radians().sin()).sqrt() / n;
        let angle = east.to_radians() * n;
        [radius * angle.sin(), c.sqrt() / n - radius * angle.cos()]
    }
}

fn wrap_degrees(angle: f64) -> f64 {
    (angle + 180.0).rem_euclid(360.0) - 180.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Option<[f64; 2]> {
        project(Coordinate { latitude, longitude })
    }

    /// Computed with d3-geo 3.1.1: `geoAlbersUsa().scale(1300).translate([487.5, 305])`.
    const KNOWN: [(f64, f64, [f64; 2]); 8] = [
        (40.7128, -74.0060, [869.7187650199265, 215.74052187301095]),
        (47.6062, -122.3321, [97.6249669465995, 46.31865922997736]),
        (25.7617, -80.1918, [822.7383158297632, 572.5407791128295]),
        (44.90, -66.99, [956.3356668895557, 92.90716134374316]),
        (61.2181, -149.9003, [112.277427569713, 544.2779162203778]),
        (71.2906, -156.7887, [89.39018338939952, 465.0339932569659]),
        (52.9, 173.2, [-54.624522554529975, 572.782856534051]),
        (21.3069, -157.8583, [266.95994676863154, 549.1903729395863]),
    ];

    #[test]
    fn agrees_with_d3_on_known_places() {
        for (latitude, longitude, [x, y]) in KNOWN {
            let [px, py] = at(latitude, longitude).unwrap();
            assert!((px - x).abs() < 1e-6 && (py - y).abs() < 1e-6, "{latitude} {longitude}");
        }
    }

    #[test]
    fn sets_puerto_rico_in_its_box_and_leaves_guam_out() {
        let [x, y] = at(18.4655, -66.1057).unwrap();
        let [[left, top], [right, bottom]] = puerto_rico_box();
        assert!((left..right).contains(&x) && (top..bottom).contains(&y));
        assert_eq!(at(13.4443, 144.7937), None);
    }

    #[test]
    fn draws_alaska_smaller() {
        let anchorage = at(61.2181, -149.9003).unwrap();
        let new_york = at(40.7128, -74.0060).unwrap();
        assert!((units_per_km(anchorage) / units_per_km(new_york) - 0.35).abs() < 1e-12);
    }
}

//! Places on the earth.

/// Mean earth radius in km (IUGG mean radius R1, Moritz 2000).
pub const EARTH_RADIUS_KM: f64 = 6371.0088;

/// A place in degrees (WGS 84).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Coordinate {
    /// Latitude in degrees, north positive, −90 to 90.
    pub latitude: f64,
    /// Longitude in degrees, east positive, −180 to 180.
    pub longitude: f64,
}

impl Coordinate {
    /// Great-circle distance in km by the haversine formula (Sinnott 1984) on a sphere of radius
    /// [`EARTH_RADIUS_KM`]; error against the ellipsoid below 0.6 %.
    #[inline]
    pub fn great_circle_km(self, other: Coordinate) -> f64 {
        let (lat1, lat2) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half_dlat = (lat2 - lat1) / 2.0;
        let half_dlon = (other.longitude - self.longitude).to_radians() / 2.0;
        let h = half_dlat.sin().powi(2) + lat1.cos() * lat2.cos() * half_dlon.sin().powi(2);
        2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
    }
}

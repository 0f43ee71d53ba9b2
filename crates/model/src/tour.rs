//! The day of a van, estimated without routing it: continuous approximation of tours.
//!
//! A shortest tour through n points spread over an area A is about k·√(n·A) long (Beardwood, Halton
//! and Hammersley 1959), so stops lie k·√(A/n) apart along it. A route is a stem to the zone and
//! back plus such a tour through as many stops as van and shift allow (Daganzo 1984). Routes may
//! run through several zones: a zone with few stops takes a part of a route at its own density.

/// A van, its driver and the roads it meets in one class of area.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Vans {
    /// k of the local tour, k·√(area/stops) between stops.
    pub tour_constant: f64,
    /// Road over straight line on the stem.
    pub stem_circuity: f64,
    /// Road over straight line between stops.
    pub local_circuity: f64,
    /// Speed on the stem.
    pub stem_km_per_hour: f64,
    /// Speed between stops.
    pub local_km_per_hour: f64,
    /// Time at a stop.
    pub service_hours_per_stop: f64,
    /// Parcels left at a stop.
    pub parcels_per_stop: f64,
    /// Parcels a van holds.
    pub van_parcels: f64,
    /// Longest day of a driver.
    pub shift_hours: f64,
    /// Loading and paperwork in a day.
    pub fixed_hours: f64,
    /// Hours a driver is paid for at least, however short the route.
    pub paid_hours: f64,
    /// Driver, with all that is paid on top of the wage.
    pub usd_per_hour: f64,
    /// The van.
    pub usd_per_van_day: f64,
    /// Fuel, tyres, maintenance.
    pub usd_per_km: f64,
}

/// One route of a van on one day.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Route {
    /// Stops; a mean, not a whole number.
    pub stops: f64,
    /// Parcels.
    pub parcels: f64,
    /// Hours of the driver, loading included.
    pub hours: f64,
    /// Road distance.
    pub km: f64,
    /// Cost of the route.
    pub usd: f64,
}

impl Route {
    /// Cost of one of its parcels.
    pub fn usd_per_parcel(&self) -> f64 {
        self.usd / self.parcels
    }
}

impl Vans {
    /// The route that serves a zone with so many stops a day within `served_km2`, `straight_km`
    /// from the station in a straight line; `None` if the stem leaves no time for a single stop.
    pub fn route(&self, straight_km: f64, stops_per_day: f64, served_km2: f64) -> Option<Route> {
        let stem_km = 2.0 * self.stem_circuity * straight_km;
        let apart_km =
            self.local_circuity * self.tour_constant * (served_km2 / stops_per_day).sqrt();
        let hours_per_stop = apart_km / self.local_km_per_hour + self.service_hours_per_stop;
        let start_hours = self.fixed_hours + stem_km / self.stem_km_per_hour;
        let stops_in_van = self.van_parcels / self.parcels_per_stop;
        let stops_in_shift = (self.shift_hours - start_hours) / hours_per_stop;
        let stops = stops_in_van.min(stops_in_shift);
        // NaN, from a zone without area and a stop without time, is not at least one stop either.
        if !(stops >= 1.0 && stops.is_finite()) {
            return None;
        }
        let hours = start_hours + stops * hours_per_stop;
        let km = stem_km + stops * apart_km;
        let usd = hours.max(self.paid_hours) * self.usd_per_hour
            + self.usd_per_van_day
            + km * self.usd_per_km;
        Some(Route { stops, parcels: stops * self.parcels_per_stop, hours, km, usd })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Round numbers, to compute by hand.
    const VANS: Vans = Vans {
        tour_constant: 0.5,
        stem_circuity: 1.25,
        local_circuity: 1.2,
        stem_km_per_hour: 50.0,
        local_km_per_hour: 20.0,
        service_hours_per_stop: 0.02,
        parcels_per_stop: 1.5,
        van_parcels: 300.0,
        shift_hours: 9.0,
        fixed_hours: 0.5,
        paid_hours: 0.0,
        usd_per_hour: 30.0,
        usd_per_van_day: 60.0,
        usd_per_km: 0.25,
    };

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} is not {b}");
    }

    #[test]
    fn the_shift_limits_a_route_in_a_sparse_zone() {
        // Stem 2·1.25·20 = 50 km, 1 h. Stops 1.2·0.5·√(100/25) = 1.2 km apart, 0.06 h + 0.02 h.
        // (9 − 1.5) / 0.08 = 93.75 stops, 50 + 112.5 = 162.5 km, 9 h:
        // 9·30 + 60 + 162.5·0.25 = 370.625 dollars for 140.625 parcels.
        let route = VANS.route(20.0, 25.0, 100.0).unwrap();
        close(route.stops, 93.75);
        close(route.hours, 9.0);
        close(route.km, 162.5);
        close(route.usd, 370.625);
        close(route.usd_per_parcel(), 370.625 / 140.625);
    }

    #[test]
    fn the_van_limits_a_route_in_a_dense_zone() {
        // 200 stops fill the van. Stops 0.6·√(4/400) = 0.06 km apart: 0.003 + 0.02 h.
        // Hours 0.5 + 0.5 + 200·0.023 = 5.6; km 25 + 12 = 37; 168 + 60 + 9.25 = 237.25 dollars.
        let route = VANS.route(10.0, 400.0, 4.0).unwrap();
        close(route.stops, 200.0);
        close(route.hours, 5.6);
        close(route.usd, 237.25);
    }

    #[test]
    fn a_short_route_is_paid_for_its_block() {
        // 5.6 hours driven, 8 paid: 240 + 60 + 9.25 dollars.
        let vans = Vans { paid_hours: 8.0, ..VANS };
        close(vans.route(10.0, 400.0, 4.0).unwrap().usd, 309.25);
    }

    #[test]
    fn a_zone_beyond_the_shift_cannot_be_served() {
        // 170 km away the stem alone takes 8.5 h of the 8.5 h left.
        assert_eq!(VANS.route(170.0, 25.0, 100.0), None);
        assert!(VANS.route(168.0, 25.0, 100.0).is_some());
    }

    #[test]
    fn cost_rises_with_distance_and_falls_with_density() {
        let usd = |km, stops| VANS.route(km, stops, 50.0).unwrap().usd_per_parcel();
        for km in 1..100 {
            assert!(usd(f64::from(km), 30.0) < usd(f64::from(km + 1), 30.0));
        }
        for stops in 1..100 {
            assert!(usd(30.0, f64::from(stops)) >= usd(30.0, f64::from(stops + 1)));
        }
    }
}

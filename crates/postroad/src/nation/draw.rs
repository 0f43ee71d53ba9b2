//! The stops of a station on a day, by chance: how many follow a Poisson distribution about the
//! zone's average, each has one parcel and a Poisson number more, and they lie evenly in a disc of
//! the zone's served area around its centre.

use postroad_formats::routing::{RoutingJob, RoutingNames};
use postroad_formats::tables::StationKind;
use postroad_model::network::AreaClass;
use postroad_model::routing::{
    Depot, Region, RegionPlace, RoutingProblem, Stop, TimeWindow, Travel,
};
use postroad_model::{DepotId, IdVec, LocationId, StopId};
use postroad_optimization::Random;

use super::network::{Network, PlannedStation};
use super::van;

/// From this mean on a Poisson number is drawn as a rounded normal one.
const NORMAL_FROM: f64 = 50.0;

/// A station's day.
pub struct Drawn {
    /// What is to be routed.
    pub job: RoutingJob,
    /// Stops drawn in each zone of the station.
    pub zone_stops: Vec<u32>,
    /// Parcels of all stops.
    pub parcels: u64,
}

/// Draws a day. The same station, day and seed give the same stops, whatever else is drawn.
pub fn draw(network: &Network, station: &PlannedStation, day: u32, seed: u64) -> Drawn {
    let mut random = Random::with_stream(seed, stream(station, day));
    let vans = |class| network.vans(station.kind, class);
    let mut region = Region {
        origin: station.coordinate,
        places: vec![RegionPlace { metres: [0.0; 2], area: None }],
        areas: AreaClass::ALL.iter().map(|&class| van::roads(&vans(class))).collect(),
    };
    let mut stops: IdVec<StopId, Stop> = IdVec::new();
    let mut names: IdVec<StopId, String> = IdVec::new();
    let (mut zone_stops, mut parcels) = (Vec::new(), 0);
    for zone in &station.zones {
        let vans = vans(zone.class);
        let (service_s, capacity) = (van::service_s(&vans), vans.van_parcels as i32);
        let count = poisson(zone.parcels_per_day / vans.parcels_per_stop, &mut random);
        let centre = Region::metres(station.coordinate, zone.coordinate);
        let radius_m = (zone.served_km2 / std::f64::consts::PI).sqrt() * 1000.0;
        for number in 1..=count {
            let more = poisson(vans.parcels_per_stop - 1.0, &mut random);
            let load = (1 + more as i32).min(capacity);
            let location = LocationId(region.places.len() as u32);
            let metres = within_disc(centre, radius_m, &mut random);
            region.places.push(RegionPlace { metres, area: Some(zone.class as u16) });
            stops.push(Stop { service_s, ..Stop::delivery(location, [load, 0, 0]) });
            names.push(format!("{}-{number}", zone.zip));
            parcels += u64::from(load.unsigned_abs());
        }
        zone_stops.push(count);
    }
    let job = job(network, station, Travel::Region(region), stops, names);
    Drawn { job, zone_stops, parcels }
}

fn job(
    network: &Network,
    station: &PlannedStation,
    travel: Travel,
    stops: IdVec<StopId, Stop>,
    names: IdVec<StopId, String>,
) -> RoutingJob {
    // What does not depend on the area is the same in every class.
    let vans = network.vans(station.kind, AreaClass::Rural);
    let mut problem = RoutingProblem::new(travel);
    problem.depots.push(Depot { location: LocationId(0), window: TimeWindow::ALWAYS });
    problem.vehicles.push(van::vehicle(&vans, stops.len().max(1) as u32));
    problem.stops = stops;
    let names = RoutingNames {
        notes: names.iter().map(|_| String::new()).collect(),
        stops: names,
        vehicles: ["van".to_owned()].into_iter().collect(),
        depots: IdVec::<DepotId, _>::from(vec![station.id.clone()]),
    };
    RoutingJob { problem, names }
}

/// A stream of its own for each building and day: FNV-1a (Fowler, Noll and Vo) of its name, which
/// no other version of a library can change.
fn stream(station: &PlannedStation, day: u32) -> u64 {
    let kind = match station.kind {
        StationKind::Station => b's',
        StationKind::RuralHub => b'h',
    };
    let bytes = station.id.bytes().chain([kind]).chain(day.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn within_disc(centre: [f64; 2], radius_m: f64, random: &mut Random) -> [f64; 2] {
    let (distance, angle) =
        (radius_m * random.unit().sqrt(), std::f64::consts::TAU * random.unit());
    [centre[0] + distance * angle.cos(), centre[1] + distance * angle.sin()]
}

/// A Poisson number: by multiplying chances (Knuth 1969) or, for large means, from the normal
/// distribution (Box and Muller 1958).
fn poisson(mean: f64, random: &mut Random) -> u32 {
    if mean >= NORMAL_FROM {
        let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * random.unit()).cos();
        return (mean + mean.sqrt() * normal).round().max(0.0) as u32;
    }
    let least = (-mean).exp();
    let (mut count, mut chance) = (0, random.unit());
    while chance > least {
        count += 1;
        chance *= random.unit();
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_numbers_have_their_mean_and_variance() {
        let mut random = Random::new(3);
        for mean in [0.0, 0.4, 7.0, 49.0, 60.0, 900.0] {
            let draws: Vec<f64> =
                (0..4000).map(|_| f64::from(poisson(mean, &mut random))).collect();
            let found = draws.iter().sum::<f64>() / 4000.0;
            let variance = draws.iter().map(|x| (x - found).powi(2)).sum::<f64>() / 4000.0;
            assert!((found - mean).abs() <= 0.1 * mean.sqrt(), "{mean}: {found}");
            assert!((variance - mean).abs() <= 0.15 * mean, "{mean}: variance {variance}");
        }
    }

    #[test]
    fn points_fill_the_disc_evenly() {
        let mut random = Random::new(4);
        let inside = |_: &u32| {
            let [x, y] = within_disc([5.0, 5.0], 2.0, &mut random);
            (x - 5.0).hypot(y - 5.0) <= 1.0
        };
        let share = (0..4000).filter(inside).count() as f64 / 4000.0;
        assert!((share - 0.25).abs() < 0.03, "{share}");
    }
}

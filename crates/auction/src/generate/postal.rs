//! A postal operator's market: access to delivery units, in two tender windows each.
//!
//! Ten in two hundred bidders serve the nation, forty a region, the rest a neighbourhood. Most
//! bids ask for some parcels of one lot; packages ask for a share of many units that lie
//! together, at up to a quarter more than the parts, often in variants that exclude each other.

use super::geography::{Unit, near_units, normal, units};
use super::ticket;
use postroad_model::auction::{AuctionProblem, Bidder, ExclusiveGroup, Item, Lot, Side, Step};
use postroad_model::{BidderId, LotId, id::Id};
use postroad_optimization::Random;

/// Tender windows of each unit: for delivery on the same day, and on the next.
const WINDOWS: usize = 2;
/// Service days of the term, a year without Sundays and holidays.
const DAYS: u32 = 303;
/// Family sizes above one of packages that exclude each other.
const VARIANTS: usize = 5;
/// Of ten families, so many are exclusive groups.
const EXCLUSIVE: f64 = 0.6;

/// Size of a market.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PostalConfig {
    /// Delivery units; each has two lots.
    pub units: usize,
    /// Processing centres.
    pub centres: usize,
    /// Bidders.
    pub bidders: usize,
    /// Bids for parcels of one lot.
    pub bids: usize,
    /// Package bids.
    pub packages: usize,
}

impl PostalConfig {
    /// The nation's market times `scale`: 18,000 units, a million bids, 20,000 packages at 1.
    pub fn at_scale(scale: f64) -> Self {
        let times = |n: f64| (n * scale).round().max(1.0) as usize;
        Self {
            units: times(18_000.0),
            centres: times(170.0),
            bidders: 200,
            bids: times(1_000_000.0),
            packages: times(20_000.0),
        }
    }
}

/// A bidder's home, reach and what it pays against the usual price.
struct Reach {
    x_km: f64,
    y_km: f64,
    radius_km: f64,
    /// Chance weight: a national bidder bids more often.
    weight: f64,
    level: f64,
}

impl Reach {
    fn covers(&self, unit: &Unit) -> bool {
        unit.distance_km(self.x_km, self.y_km) <= self.radius_km
    }
}

/// The market, and where its units are; lot `2 u + w` is window `w` of unit `u`.
pub fn postal(config: &PostalConfig, seed: u64) -> (AuctionProblem, Vec<Unit>) {
    let mut random = Random::with_stream(seed, 41);
    let units = units(config.units.max(1), config.centres.max(1), &mut random);
    let mut problem = AuctionProblem { side: Side::Selling, ..AuctionProblem::default() };
    let prices_micros = lots(&units, &mut problem, &mut random);
    let reaches = reaches(config.bidders.max(1), &units, &mut random);
    problem.bidders = vec![Bidder::default(); reaches.len()].into();
    let candidates = candidates(&units, &reaches);
    for _ in 0..config.bids {
        single(&mut problem, &prices_micros, &reaches, &candidates, &mut random);
    }
    let near = near_units(&units);
    let mut made = 0;
    while made < config.packages {
        let family = Family::new(&near, &candidates, &mut random);
        made +=
            family.bid(config.packages - made, &mut problem, &prices_micros, &reaches, &mut random);
    }
    (problem, units)
}

/// Adds the lots; returns the usual price of a parcel of each.
fn lots(units: &[Unit], problem: &mut AuctionProblem, random: &mut Random) -> Vec<f64> {
    let mut prices_micros = Vec::new();
    for unit in units {
        // Parcels a day that a unit can take: median 600 in towns, 150 elsewhere.
        let median: f64 = if unit.urban { 600.0 } else { 150.0 };
        let daily = (median * (0.6 * normal(random)).exp()).max(40.0);
        let price_usd = if unit.urban { 2.6 } else { 3.4 } * (0.1 * normal(random)).exp();
        for window in 0..WINDOWS {
            let share = [0.35, 0.65][window];
            let premium = [1.15, 1.0][window];
            problem.lots.push(Lot {
                parcels_per_day: (daily * share).round() as u32,
                days: DAYS,
                reserve_micros: Some(cents(0.55 * price_usd * premium)),
                opportunity_micros: cents(0.5 * price_usd * premium),
                required: false,
            });
            prices_micros.push(price_usd * premium * 1e6);
        }
    }
    prices_micros
}

/// Dollars as micros in whole cents.
fn cents(usd: f64) -> i64 {
    (usd * 100.0).round() as i64 * 10_000
}

fn reaches(count: usize, units: &[Unit], random: &mut Random) -> Vec<Reach> {
    let (national, regional) = (count.div_ceil(20), count / 5);
    (0..count)
        .map(|i| {
            let home = units[random.below(units.len())];
            let (radius_km, weight) = match i {
                _ if i < national => (f64::INFINITY, 4.0),
                _ if i < national + regional => (random.between(250.0, 700.0), 2.0),
                _ => (random.between(60.0, 200.0), 1.0),
            };
            let level = (0.08 * normal(random)).exp();
            Reach { x_km: home.x_km, y_km: home.y_km, radius_km, weight, level }
        })
        .collect()
}

/// The bidders that reach each unit; the first of them all if none does.
fn candidates(units: &[Unit], reaches: &[Reach]) -> Vec<Vec<u32>> {
    let of = |unit: &Unit| {
        let mut found: Vec<u32> =
            (0..reaches.len() as u32).filter(|&b| reaches[b as usize].covers(unit)).collect();
        if found.is_empty() {
            found.push(0);
        }
        found
    };
    units.iter().map(of).collect()
}

fn draw_bidder(candidates: &[u32], reaches: &[Reach], random: &mut Random) -> u32 {
    let total: f64 = candidates.iter().map(|&b| reaches[b as usize].weight).sum();
    let mut left = random.unit() * total;
    for &bidder in candidates {
        left -= reaches[bidder as usize].weight;
        if left < 0.0 {
            return bidder;
        }
    }
    candidates[candidates.len() - 1]
}

/// A bid for 2 to 40 per cent of one lot.
fn single(
    problem: &mut AuctionProblem,
    prices_micros: &[f64],
    reaches: &[Reach],
    candidates: &[Vec<u32>],
    random: &mut Random,
) {
    let lot = random.below(prices_micros.len());
    let bidder = draw_bidder(&candidates[lot / WINDOWS], reaches, random);
    let capacity = f64::from(problem.lots[LotId::from_index(lot)].parcels_per_day);
    let parcels = (capacity * random.between(0.02, 0.4)).ceil().max(1.0) as u32;
    let noise = (0.15 * normal(random)).exp();
    let price = prices_micros[lot] * reaches[bidder as usize].level * noise / 1e6;
    let step = Step { parcels, price_micros: cents(price) };
    let ticket = ticket(random);
    problem.push_schedule(BidderId(bidder), ticket, LotId::from_index(lot), 0, &[step]);
}

/// Units that lie together, wanted by one bidder.
struct Family {
    bidder: u32,
    units: Vec<u32>,
}

impl Family {
    fn new(near: &[Vec<u32>], candidates: &[Vec<u32>], random: &mut Random) -> Self {
        let first = random.below(near.len());
        let bidder = candidates[first][random.below(candidates[first].len())];
        // From 8 to 300 units.
        let size = (8.0 * (300.0_f64 / 8.0).powf(random.unit())) as usize;
        let mut units = vec![first as u32];
        let mut next = 0;
        while next < units.len() && units.len() < size {
            let mut ring = near[units[next] as usize].clone();
            random.shuffle(&mut ring);
            for unit in ring {
                let free = candidates[unit as usize].contains(&bidder) && !units.contains(&unit);
                if free && units.len() < size {
                    units.push(unit);
                }
            }
            next += 1;
        }
        Self { bidder, units }
    }

    /// Adds the family's packages, at most `most`; returns how many.
    fn bid(
        &self,
        most: usize,
        problem: &mut AuctionProblem,
        prices_micros: &[f64],
        reaches: &[Reach],
        random: &mut Random,
    ) -> usize {
        let exclusive = random.unit() < EXCLUSIVE;
        let variants = if exclusive { 2 + random.below(VARIANTS - 1) } else { 1 }.min(most);
        let level = reaches[self.bidder as usize].level * (0.06 * normal(random)).exp();
        let bids = (0..variants)
            .map(|_| {
                let (items, usual_micros) = self.items(problem, prices_micros, random);
                let synergy = 1.0 + random.between(0.0, 0.25);
                let amount = cents(usual_micros * level * synergy / 1e6);
                let ticket = ticket(random);
                problem.push_package(BidderId(self.bidder), ticket, &items, amount)
            })
            .collect();
        if exclusive {
            problem.groups.push(ExclusiveGroup { bids, at_most: 1 });
        }
        variants
    }

    /// A share of most of the family's units in one window or both, and its usual price.
    fn items(
        &self,
        problem: &AuctionProblem,
        prices_micros: &[f64],
        random: &mut Random,
    ) -> (Vec<Item>, f64) {
        let windows = [0..1, 1..2, 0..WINDOWS][random.below(3)].clone();
        let share = random.between(0.02, 0.15);
        let kept = (self.units.len() as f64 * random.between(0.6, 1.0)).ceil() as usize;
        let mut items = Vec::new();
        let mut usual_micros = 0.0;
        for &unit in &self.units[..kept] {
            for window in windows.clone() {
                let lot = LotId(unit * WINDOWS as u32 + window as u32);
                let capacity = f64::from(problem.lots[lot].parcels_per_day);
                let parcels = (capacity * share).ceil().max(1.0) as u32;
                usual_micros += f64::from(parcels) * f64::from(DAYS) * prices_micros[lot.index()];
                items.push(Item { lot, parcels });
            }
        }
        (items, usual_micros)
    }
}

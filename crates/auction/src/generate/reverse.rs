//! A shipper's market: lots that must all be bought, and few carriers to buy them from.
//!
//! Every lot gets bids by three to six carriers, one of which belongs to a hidden set of winners,
//! so that some award keeps all rules. Packages take lots that lie together at a discount that
//! grows with their number, in families that exclude each other.

use super::geography::{Unit, near_units, normal, units};
use super::ticket;
use postroad_model::auction::{
    AuctionProblem, Bidder, ExclusiveGroup, Item, Lot, Rule, Side, Step,
};
use postroad_model::{BidderId, LotId, LotSetId, id::Id};
use postroad_optimization::Random;

/// Service days of the term.
const DAYS: u32 = 303;
/// Largest family of packages that exclude each other.
const FAMILY: usize = 4;

/// Size of a market.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ReverseConfig {
    /// Lots, each bought whole from one bid.
    pub lots: usize,
    /// Carriers.
    pub bidders: usize,
    /// Bids, packages included; at least six for each lot.
    pub bids: usize,
    /// Most winners.
    pub most_winners: u32,
}

impl Default for ReverseConfig {
    /// 1,000 lots, 12,000 bids of 40 carriers, of which at most 12 win.
    fn default() -> Self {
        Self { lots: 1000, bidders: 40, bids: 12_000, most_winners: 12 }
    }
}

struct Carriers {
    /// Cost level of each, at each unit it serves.
    level: Vec<f64>,
    homes: Vec<(f64, f64, f64)>,
    /// The hidden winners; the incumbents are the first third of them.
    hidden: Vec<u32>,
}

/// The market, and where its lots are.
pub fn reverse(config: &ReverseConfig, seed: u64) -> (AuctionProblem, Vec<Unit>) {
    let mut random = Random::with_stream(seed, 43);
    let centres = config.lots.div_ceil(40);
    let units = units(config.lots.max(1), centres, &mut random);
    let mut problem = AuctionProblem { side: Side::Buying, ..AuctionProblem::default() };
    let mut costs_micros = Vec::new();
    for unit in &units {
        let parcels_per_day = (90.0 * (0.6 * normal(&mut random)).exp()).max(10.0) as u32;
        problem.lots.push(Lot {
            parcels_per_day,
            days: DAYS,
            reserve_micros: None,
            opportunity_micros: 0,
            required: true,
        });
        let base = if unit.urban { 2.4e6 } else { 3.9e6 };
        costs_micros.push(base * (0.12 * normal(&mut random)).exp());
    }
    let carriers = carriers(config, &units, &mut random);
    let offered = singles(&mut problem, &units, &costs_micros, &carriers, &mut random);
    limits(&mut problem, config, &offered, &carriers);
    let near = near_units(&units);
    while problem.bids.len() < config.bids {
        family(&mut problem, &near, &costs_micros, &offered, &carriers, config.bids, &mut random);
    }
    (problem, units)
}

fn carriers(config: &ReverseConfig, units: &[Unit], random: &mut Random) -> Carriers {
    let mut order: Vec<u32> = (0..config.bidders as u32).collect();
    random.shuffle(&mut order);
    order.truncate(config.most_winners as usize);
    let home = |bidder: usize, random: &mut Random| {
        let unit = units[random.below(units.len())];
        // One in three serves the nation, the others a region.
        let radius_km =
            if bidder.is_multiple_of(3) { f64::INFINITY } else { random.between(300.0, 1500.0) };
        (unit.x_km, unit.y_km, radius_km)
    };
    Carriers {
        level: (0..config.bidders).map(|_| (0.07 * normal(random)).exp()).collect(),
        homes: (0..config.bidders).map(|bidder| home(bidder, random)).collect(),
        hidden: order,
    }
}

impl Carriers {
    /// Carriers whose radius holds the unit, or else the hidden winner nearest to it.
    fn serving(&self, unit: &Unit) -> Vec<u32> {
        let within = |&b: &u32| {
            let (x, y, radius) = self.homes[b as usize];
            unit.distance_km(x, y) <= radius
        };
        let mut found: Vec<u32> = (0..self.homes.len() as u32).filter(within).collect();
        if !found.iter().any(|b| self.hidden.contains(b)) {
            let far = |b: &u32| {
                let (x, y, _) = self.homes[*b as usize];
                unit.distance_km(x, y)
            };
            let nearest = self.hidden.iter().copied().min_by(|a, b| far(a).total_cmp(&far(b)));
            found.extend(nearest);
        }
        found
    }
}

/// Three to six bids for each lot; returns who bids for it at what cost level.
fn singles(
    problem: &mut AuctionProblem,
    units: &[Unit],
    costs_micros: &[f64],
    carriers: &Carriers,
    random: &mut Random,
) -> Vec<Vec<(u32, f64)>> {
    let mut offered = Vec::new();
    for (lot, unit) in units.iter().enumerate() {
        let mut serving = carriers.serving(unit);
        random.shuffle(&mut serving);
        // National carriers bid for three lots of four, and before others.
        serving.retain(|b| b % 3 != 0 || random.below(4) > 0 || carriers.hidden.contains(b));
        serving.sort_by_cached_key(|b| b % 3 != 0 && random.below(3) > 0);
        // A hidden winner goes first, so that it is among those that bid.
        let first = serving.iter().position(|b| carriers.hidden.contains(b)).unwrap_or(0);
        serving.swap(0, first);
        serving.truncate(3 + random.below(4));
        let parcels = problem.lots[LotId::from_index(lot)].parcels_per_day;
        let bids: Vec<(u32, f64)> = (serving.iter())
            .map(|&b| (b, carriers.level[b as usize] * (0.12 * normal(random)).exp()))
            .collect();
        for &(bidder, level) in &bids {
            let price_micros = (costs_micros[lot] * level / 1e4).round() as i64 * 10_000;
            let step = Step { parcels, price_micros };
            let lot = LotId::from_index(lot);
            let ticket = ticket(random);
            problem.push_schedule(BidderId(bidder), ticket, lot, parcels, &[step]);
        }
        offered.push(bids);
    }
    offered
}

/// Volumes around those of the hidden award, the number of winners and the incumbents' share.
fn limits(
    problem: &mut AuctionProblem,
    config: &ReverseConfig,
    offered: &[Vec<(u32, f64)>],
    carriers: &Carriers,
) {
    let mut hidden = vec![0_u64; config.bidders];
    for (lot, bids) in offered.iter().enumerate() {
        let parcels = problem.lots[LotId::from_index(lot)].parcels_per_day;
        hidden[bids[0].0 as usize] += u64::from(parcels);
    }
    let total: u64 = hidden.iter().sum();
    let usual = total / u64::from(config.most_winners.max(1));
    for &volume in &hidden {
        let least_parcels = if volume > 0 { volume.min(usual) / 3 } else { usual / 4 };
        let most_parcels = Some((2 * volume).max(2 * usual));
        problem.bidders.push(Bidder { least_parcels, most_parcels, ..Bidder::default() });
    }
    problem.lot_sets = vec![problem.lots.ids().collect()].into();
    let lots = LotSetId(0);
    let mut incumbents = carriers.hidden[..carriers.hidden.len().div_ceil(3)].to_vec();
    let mut share: u64 = incumbents.iter().map(|&b| hidden[b as usize]).sum();
    for &next in &carriers.hidden[incumbents.len()..] {
        if 10 * share < 3 * total {
            incumbents.push(next);
            share += hidden[next as usize];
        }
    }
    incumbents.sort_unstable();
    let bidders = incumbents.into_iter().map(BidderId).collect();
    let most = Some(config.most_winners);
    problem.rules = vec![
        Rule::Winners { lots, least: 0, most, least_parcels: 0 },
        Rule::GroupVolume { bidders, lots, least_parcels: total * 3 / 10, most_parcels: None },
    ];
}

/// Packages of one carrier around one lot that exclude each other, at a discount for density.
fn family(
    problem: &mut AuctionProblem,
    near: &[Vec<u32>],
    costs_micros: &[f64],
    offered: &[Vec<(u32, f64)>],
    carriers: &Carriers,
    most_bids: usize,
    random: &mut Random,
) {
    let first = random.below(near.len());
    let bidder = offered[first][random.below(offered[first].len())].0;
    let size = 2 + random.below(14);
    let mut lots = vec![first as u32];
    let mut next = 0;
    while next < lots.len() && lots.len() < size {
        for &lot in &near[lots[next] as usize] {
            let bids = offered[lot as usize].iter().any(|&(b, _)| b == bidder);
            if (bids || random.below(3) == 0) && lots.len() < size && !lots.contains(&lot) {
                lots.push(lot);
            }
        }
        next += 1;
    }
    let mut bids = Vec::new();
    for _ in 0..1 + random.below(FAMILY) {
        if problem.bids.len() >= most_bids || lots.len() < 2 {
            break;
        }
        let kept = 2 + random.below(lots.len() - 1);
        let discount = 1.0 - random.between(0.01, 0.02) * (kept as f64).min(12.0);
        let level = carriers.level[bidder as usize] * discount * (0.05 * normal(random)).exp();
        let of = |&lot: &u32| {
            let parcels = problem.lots[LotId(lot)].parcels_per_day;
            Item { lot: LotId(lot), parcels }
        };
        let items: Vec<Item> = lots[..kept].iter().map(of).collect();
        let cost = |i: &Item| costs_micros[i.lot.index()] * f64::from(i.parcels * DAYS);
        let amount = (items.iter().map(cost).sum::<f64>() * level / 1e6).round() as i64 * 1_000_000;
        let ticket = ticket(random);
        bids.push(problem.push_package(BidderId(bidder), ticket, &items, amount));
    }
    if bids.len() > 1 {
        problem.groups.push(ExclusiveGroup { bids, at_most: 1 });
    }
}

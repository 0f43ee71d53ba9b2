//! Bidders drawn from stated value models: what parcels at each delivery unit are worth to whom.
//!
//! A parcel is worth to a bidder what it would cost to deliver it otherwise: a usual value of the
//! place, times the level of its kind, times chance. In thin places the other way is dearer. A
//! bidder has parcels in proportion to households. Packages are units around a seed unit with one
//! price for all, up to a quarter above the parts, many of them in variants that exclude each
//! other. What is drawn are values: bids say less where a rule makes that pay.

use std::collections::BTreeMap;

use postroad_formats::auction::{BidderDetail, LotDetail, Market, MarketNames, ValueModel, ticket};
use postroad_model::auction::{AuctionProblem, Bidder, ExclusiveGroup, Item, Lot, Side, Step};
use postroad_model::id::Id;
use postroad_model::place::Coordinate;
use postroad_model::{BidderId, LotId};
use postroad_optimization::Random;

/// Tender windows of a unit: service day, name, share of all parcels, and value over usual.
const WINDOWS: [(&str, &str, f64, f64); 2] =
    [("0", "same day", 0.35, 1.15), ("1", "next day", 0.65, 1.0)];
/// Service days of the term, a year without Sundays and holidays.
const DAYS: u32 = 303;
/// Parcels a day on offer for each household of a unit.
const OFFER_PER_HOUSEHOLD: f64 = 0.08;
/// Fewest parcels a day on offer in a window.
const OFFER_LEAST: f64 = 10.0;
/// Usual value of a parcel in dollars: least, what is added where nobody lives, and the households
/// of a unit at which the addition has fallen to a third.
const VALUE_USD: [f64; 3] = [2.2, 1.6, 8000.0];
/// Of the usual value: the reserve price and the cost avoided by not selling.
const RESERVE: f64 = 0.9;
const OPPORTUNITY: f64 = 0.75;
/// Package sizes in units, and the largest part of a lot that a package asks for.
const PACKAGE_UNITS: [f64; 2] = [8.0, 300.0];
const PACKAGE_SHARE: [f64; 2] = [0.02, 0.15];
const SYNERGY: f64 = 0.25;
/// Share of package families whose variants exclude each other, and most variants of one.
const EXCLUSIVE: f64 = 0.6;
const VARIANTS: usize = 5;
/// Width of a cell of the index of places.
const CELL_DEGREES: f64 = 0.5;

/// A delivery unit.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) name: String,
    pub(crate) centre: String,
    pub(crate) region: String,
    pub(crate) point: Coordinate,
    pub(crate) households: f64,
}

/// Normal with mean 0 and deviation 1 (Irwin and Hall: twelve uniform numbers).
fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
}

/// Dollars as micros in whole cents.
fn cents(usd: f64) -> i64 {
    (usd * 100.0).round() as i64 * 10_000
}

/// A bidder as it was drawn.
struct Drawn<'a> {
    model: &'a ValueModel,
    home: Coordinate,
    reach_km: f64,
    level: f64,
}

/// Draws bidders and their values as bids for the units.
pub(crate) fn draw(units: &[Unit], models: &[ValueModel], seed: u64) -> Market {
    let mut random = Random::with_stream(seed, 47);
    let mut market = lots(units);
    market.names.seed = seed;
    let drawn = bidders(units, models, &mut market, &mut random);
    let mut bids = Bids { units, market, count: 0 };
    for (index, bidder) in drawn.iter().enumerate() {
        bids.singles(index, bidder, &mut random);
    }
    let near = Near::new(units);
    for (index, bidder) in drawn.iter().enumerate() {
        for _ in 0..bidder.model.packages {
            bids.family(index, bidder, &near, &mut random);
        }
    }
    bids.market
}

/// Usual value of a parcel at a unit in a window, in dollars.
fn usual_usd(unit: &Unit, window: usize) -> f64 {
    let [least, thin, scale] = VALUE_USD;
    (least + thin * (-unit.households / scale).exp()) * WINDOWS[window].3
}

fn lots(units: &[Unit]) -> Market {
    let mut problem = AuctionProblem { side: Side::Selling, ..AuctionProblem::default() };
    let mut names = MarketNames::default();
    let mut details = Vec::new();
    for unit in units {
        for (window, (day, name, share, _)) in WINDOWS.into_iter().enumerate() {
            let usual = usual_usd(unit, window);
            let parcels = (unit.households * OFFER_PER_HOUSEHOLD * share).max(OFFER_LEAST);
            problem.lots.push(Lot {
                parcels_per_day: parcels.round() as u32,
                days: DAYS,
                reserve_micros: Some(cents(RESERVE * usual)),
                opportunity_micros: cents(OPPORTUNITY * usual),
                required: false,
            });
            names.lots.push(&format!("{}-{day}", unit.name));
            let empty = String::new;
            let (place, centre, region) =
                (unit.name.clone(), unit.centre.clone(), unit.region.clone());
            let words = [place, centre, region, empty(), day.into(), name.into(), empty()];
            details.push(LotDetail { words, point: Some(unit.point) });
        }
    }
    Market { problem, names, lots: details.into(), ..Market::default() }
}

fn bidders<'a>(
    units: &[Unit],
    models: &'a [ValueModel],
    market: &mut Market,
    random: &mut Random,
) -> Vec<Drawn<'a>> {
    let mut drawn = Vec::new();
    for model in models {
        for number in 1..=model.bidders {
            let home = units[random.below(units.len())].point;
            let reach_km =
                model.reach_km.map_or(f64::INFINITY, |[least, most]| random.between(least, most));
            let level = model.value_level * (0.5 * model.value_spread * normal(random)).exp();
            drawn.push(Drawn { model, home, reach_km, level });
            let name = match model.bidders {
                1 => model.kind.clone(),
                _ => format!("{}-{number:03}", model.kind),
            };
            market.names.bidders.push(&name);
            market.problem.bidders.push(Bidder::default());
            let (kind, small) = (model.kind.clone(), model.small);
            market.bidders.push(BidderDetail { kind, small, incumbent: false });
        }
    }
    drawn
}

/// Bids while they are drawn.
struct Bids<'a> {
    units: &'a [Unit],
    market: Market,
    count: u32,
}

impl Bids<'_> {
    fn ticket(&mut self, letter: char) -> u64 {
        self.count += 1;
        let name = format!("{letter}{:07}", self.count);
        self.market.names.bids.push(&name);
        ticket(self.market.names.seed, &name)
    }

    /// A bid for each lot that the bidder reaches, as far as it has parcels there.
    fn singles(&mut self, index: usize, bidder: &Drawn, random: &mut Random) {
        for (position, unit) in self.units.iter().enumerate() {
            if bidder.home.great_circle_km(unit.point) > bidder.reach_km {
                continue;
            }
            let own =
                unit.households * bidder.model.parcels_per_household * (0.4 * normal(random)).exp();
            for (window, (_, _, share, _)) in WINDOWS.into_iter().enumerate() {
                let lot = LotId::from_index(position * WINDOWS.len() + window);
                let most = self.market.problem.lots[lot].parcels_per_day;
                let parcels = ((own * share).round() as u32).min(most);
                let noise = (bidder.model.value_spread * normal(random)).exp();
                if parcels > 0 {
                    let price_micros = cents(usual_usd(unit, window) * bidder.level * noise);
                    let ticket = self.ticket('b');
                    let (bidder, steps) =
                        (BidderId::from_index(index), [Step { parcels, price_micros }]);
                    self.market.problem.push_schedule(bidder, ticket, lot, 0, &steps);
                }
            }
        }
    }

    /// Packages of units around one that the bidder reaches.
    fn family(&mut self, index: usize, bidder: &Drawn, near: &Near, random: &mut Random) {
        let [least, most] = PACKAGE_UNITS;
        let reaches =
            |unit: &usize| bidder.home.great_circle_km(self.units[*unit].point) <= bidder.reach_km;
        let Some(first) = (0..100).map(|_| random.below(self.units.len())).find(reaches) else {
            return;
        };
        let size = (least * (most / least).powf(random.unit().powi(2))) as usize;
        let area: Vec<usize> =
            near.around(self.units, first, size).into_iter().filter(reaches).collect();
        let is_exclusive = random.unit() < EXCLUSIVE;
        let variants = if is_exclusive { 2 + random.below(VARIANTS - 1) } else { 1 };
        let level = bidder.level * (0.06 * normal(random)).exp();
        let bids = (0..variants)
            .map(|_| {
                let (items, usual_usd) = self.items(&area, random);
                let synergy = 1.0 + random.between(0.0, SYNERGY);
                let ticket = self.ticket('p');
                let (bidder, amount) = (BidderId::from_index(index), usual_usd * level * synergy);
                self.market.problem.push_package(bidder, ticket, &items, cents(amount))
            })
            .collect();
        if is_exclusive {
            self.market.problem.groups.push(ExclusiveGroup { bids, at_most: 1 });
            let name = format!("x{:05}", self.market.problem.groups.len());
            self.market.names.groups.push(name);
        }
    }

    /// A share of most of the units in one window or both, and its usual value over the term.
    fn items(&self, area: &[usize], random: &mut Random) -> (Vec<Item>, f64) {
        let windows = [0..1, 1..2, 0..WINDOWS.len()][random.below(3)].clone();
        let share = random.between(PACKAGE_SHARE[0], PACKAGE_SHARE[1]);
        let kept = (area.len() as f64 * random.between(0.6, 1.0)).ceil() as usize;
        let (mut items, mut value_usd) = (Vec::new(), 0.0);
        for &unit in &area[..kept] {
            for window in windows.clone() {
                let lot = LotId::from_index(unit * WINDOWS.len() + window);
                let most = f64::from(self.market.problem.lots[lot].parcels_per_day);
                let parcels = (most * share).ceil() as u32;
                let usual = usual_usd(&self.units[unit], window);
                value_usd += f64::from(parcels) * f64::from(DAYS) * usual;
                items.push(Item { lot, parcels });
            }
        }
        (items, value_usd)
    }
}

/// Places by cells of degrees.
struct Near {
    cells: BTreeMap<(i32, i32), Vec<usize>>,
}

fn cell(point: Coordinate) -> (i32, i32) {
    let of = |degrees: f64| (degrees / CELL_DEGREES).floor() as i32;
    (of(point.latitude), of(point.longitude))
}

impl Near {
    fn new(units: &[Unit]) -> Self {
        let mut cells: BTreeMap<(i32, i32), Vec<usize>> = BTreeMap::new();
        for (position, unit) in units.iter().enumerate() {
            cells.entry(cell(unit.point)).or_default().push(position);
        }
        Self { cells }
    }

    /// So many units nearest to one, itself first.
    fn around(&self, units: &[Unit], first: usize, size: usize) -> Vec<usize> {
        let (row, column) = cell(units[first].point);
        let mut found = Vec::new();
        // Rings of cells, until there are enough: at 60 cells all of a country is looked at.
        for reach in [1, 2, 4, 8, 16, 60] {
            found = (row - reach..=row + reach)
                .flat_map(|r| self.cells.range((r, column - reach)..=(r, column + reach)))
                .flat_map(|(_, units)| units.iter().copied())
                .collect();
            if found.len() >= 2 * size {
                break;
            }
        }
        let distance = |&unit: &usize| units[first].point.great_circle_km(units[unit].point);
        found.sort_by(|a, b| distance(a).total_cmp(&distance(b)).then(a.cmp(b)));
        found.truncate(size);
        found
    }
}

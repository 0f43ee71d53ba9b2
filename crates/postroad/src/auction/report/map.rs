//! The map's data as the page carries it: a row of whole numbers for each place.

use std::collections::BTreeMap;

use postroad_model::LotId;
use postroad_model::place::Coordinate;
use serde::Serialize;

use super::super::demand::{Left, price_micros};
use super::super::outcome::{Outcome, Told};
use crate::report::projection::{HEIGHT, WIDTH, project};
use crate::result::Outline;

/// Winners with a colour of their own; all others share one.
const COLOURS: usize = 7;
/// Steps of the map's unit that places are rounded to.
const STEPS: f64 = 10.0;

/// Share of the frame's height that stays empty around places off the map of the states.
const MARGIN: f64 = 0.05;

/// Where places lie on the map.
enum Frame {
    /// On the map of the states, with their outline.
    States,
    /// On a plain map of their own, degrees of longitude shortened as at its middle latitude.
    Plain { west: f64, north: f64, shortened: f64, units_per_degree: f64 },
}

impl Frame {
    /// The states if they hold half of the places.
    fn around(places: &[Coordinate]) -> Self {
        let inside = places.iter().filter(|&&place| project(place).is_some()).count();
        if 2 * inside >= places.len() {
            return Self::States;
        }
        let ends = |of: fn(&Coordinate) -> f64| {
            let each = places.iter().map(of);
            each.fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], x| [a.min(x), b.max(x)])
        };
        let [south, north] = ends(|place| place.latitude);
        let [west, east] = ends(|place| place.longitude);
        let shortened = (0.5 * (south + north)).to_radians().cos().max(0.01);
        let (wide, high) = ((east - west) * shortened, north - south);
        let margin = MARGIN * HEIGHT;
        let fit = ((WIDTH - 2.0 * margin) / wide).min((HEIGHT - 2.0 * margin) / high);
        let units_per_degree = if fit.is_finite() { fit } else { 1.0 };
        let (half_wide, half_high) =
            (0.5 * WIDTH / units_per_degree, 0.5 * HEIGHT / units_per_degree);
        Self::Plain {
            west: 0.5 * (west + east) - half_wide / shortened,
            north: 0.5 * (south + north) + half_high,
            shortened,
            units_per_degree,
        }
    }

    fn place(&self, place: Coordinate) -> Option<[f64; 2]> {
        match self {
            Self::States => project(place),
            Self::Plain { west, north, shortened, units_per_degree } => Some([
                (place.longitude - west) * shortened * units_per_degree,
                (north - place.latitude) * units_per_degree,
            ]),
        }
    }
}

/// What the page's script draws from.
#[derive(Serialize)]
struct Payload<'a> {
    width: f64,
    height: f64,
    steps: f64,
    outline: Vec<Vec<[i32; 2]>>,
    winners: Vec<&'a str>,
    /// Kinds of winners; empty if there is only one.
    kinds: Vec<&'a str>,
    reasons: Vec<&'static str>,
    names: Vec<&'a str>,
    /// For each place: x, y, largest winner (−1: none), awarded per mille, price and reserve in
    /// cents, bidders, parcels a day, reason that parcels are left, kind that wins most (−1: none).
    places: Vec<[i64; 10]>,
}

/// Sums of the lots of one place.
#[derive(Default)]
struct Spot<'a> {
    name: &'a str,
    at: [f64; 2],
    offered: u64,
    awarded: u64,
    bidders: u32,
    price: f64,
    reserve: f64,
    reason: usize,
    /// Parcels by winner, and by kind of winner.
    wins: BTreeMap<usize, u64>,
    kinds: BTreeMap<usize, u64>,
}

const REASONS: [Left; 7] = [
    Left::Nothing,
    Left::NoBids,
    Left::Reserve,
    Left::NoMoreBids,
    Left::NotWorthIt,
    Left::TooLittle,
    Left::Limits,
];

/// The data, and how many places are not on the map; none if no place is known.
pub(super) fn payload(
    told: &Told,
    outcome: &Outcome,
    outline: &Outline,
) -> Option<(String, usize)> {
    let market = told.market;
    let places: Vec<Coordinate> = market.lots.iter().filter_map(|lot| lot.point).collect();
    let frame = Frame::around(&places);
    let (mut spots, mut off, mut of_lot) = (Vec::<Spot>::new(), 0, Vec::new());
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    for (lot, detail) in market.lots.iter_ids() {
        let place = detail.words[0].as_str();
        let name = if place.is_empty() { &market.names.lots[lot] } else { place };
        let Some(at) = detail.point.and_then(|point| frame.place(point)) else {
            off += usize::from(detail.point.is_some());
            of_lot.push(None);
            continue;
        };
        let next = spots.len();
        let spot = *index.entry(name).or_insert(next);
        if spot == next {
            spots.push(Spot { name, at, ..Spot::default() });
        }
        add(told, &mut spots[spot], lot);
        of_lot.push(Some(spot));
    }
    if spots.is_empty() {
        return None;
    }
    let top: BTreeMap<&str, usize> = (outcome.winners.iter().take(COLOURS).enumerate())
        .map(|(rank, winner)| (winner.bidder.as_str(), rank))
        .collect();
    let kinds = kinds(outcome);
    for (bid, accepted) in told.cleared.award.winning() {
        let bidder = market.problem.bids[bid].bidder;
        let kind = kinds.iter().position(|&kind| kind == market.bidders[bidder].kind).unwrap_or(0);
        let rank = top.get(&market.names.bidders[bidder]).copied().unwrap_or(COLOURS);
        for item in market.problem.taken(bid, accepted) {
            if let Some(spot) = of_lot[item.lot.0 as usize] {
                *spots[spot].wins.entry(rank).or_default() += u64::from(item.parcels);
                *spots[spot].kinds.entry(kind).or_default() += u64::from(item.parcels);
            }
        }
    }
    let winners = outcome.winners.iter().take(COLOURS).map(|winner| winner.bidder.as_str());
    let payload = Payload {
        width: WIDTH,
        height: HEIGHT,
        steps: STEPS,
        outline: if matches!(frame, Frame::States) { rings(outline) } else { Vec::new() },
        winners: winners.chain(["all others"]).collect(),
        kinds: if kinds.len() > 1 { kinds } else { Vec::new() },
        reasons: REASONS.map(Left::words).to_vec(),
        names: spots.iter().map(|spot| spot.name).collect(),
        places: spots.iter().map(row).collect(),
    };
    let json = serde_json::to_string(&payload).expect("the payload has string keys only");
    // Inside a script element, nothing may look like its end.
    Some((json.replace("</", "<\\/"), off))
}

fn add(told: &Told, spot: &mut Spot, lot: LotId) {
    let (own, demand) = (&told.market.problem.lots[lot], &told.demand[lot]);
    let parcels = f64::from(own.parcels_per_day);
    spot.offered += u64::from(own.parcels_per_day);
    spot.awarded += demand.awarded;
    spot.bidders = spot.bidders.max(demand.bidders);
    spot.price += parcels * price_micros(told.market, &told.cleared.lot_prices, lot) as f64;
    spot.reserve += parcels * own.reserve_micros.unwrap_or(0) as f64;
    let reason = REASONS.iter().position(|&known| known == told.left[lot]).unwrap_or(0);
    spot.reason = spot.reason.max(reason);
}

/// Kinds of winners in the order of their names, as many as have a colour.
fn kinds(outcome: &Outcome) -> Vec<&str> {
    let mut kinds: Vec<&str> = outcome.winners.iter().map(|winner| winner.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.truncate(COLOURS);
    kinds
}

fn row(spot: &Spot) -> [i64; 10] {
    let most = |of: &BTreeMap<usize, u64>| {
        let largest = of.iter().max_by_key(|&(&rank, &parcels)| (parcels, usize::MAX - rank));
        largest.map_or(-1, |(&rank, _)| rank as i64)
    };
    let cents = |micros: f64| (micros / spot.offered.max(1) as f64 / 1e4).round() as i64;
    [
        (spot.at[0] * STEPS).round() as i64,
        (spot.at[1] * STEPS).round() as i64,
        most(&spot.wins),
        (1000 * spot.awarded / spot.offered.max(1)) as i64,
        cents(spot.price),
        cents(spot.reserve),
        i64::from(spot.bidders),
        spot.offered as i64,
        spot.reason as i64,
        most(&spot.kinds),
    ]
}

/// The outline's rings in steps.
fn rings(outline: &Outline) -> Vec<Vec<[i32; 2]>> {
    let step = |value: f64| (value * STEPS).round() as i32;
    let ring = |path: &Vec<(f64, f64)>| path.iter().map(|&(x, y)| [step(x), step(y)]).collect();
    outline.states.iter().flat_map(|state| state.paths.iter().map(ring)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_elsewhere_fill_a_map_of_their_own() {
        let place = |latitude, longitude| Coordinate { latitude, longitude };
        let places = [place(47.3, 5.9), place(55.0, 15.0), place(52.5, 13.4)];
        let frame = Frame::around(&places);
        let [low, high, _] = places.map(|place| frame.place(place).unwrap());
        assert!(low[0] < high[0] && low[1] > high[1], "{low:?} {high:?}");
        for [x, y] in places.map(|place| frame.place(place).unwrap()) {
            assert!((0.0..=WIDTH).contains(&x) && (0.0..=HEIGHT).contains(&y), "{x} {y}");
        }
        let alone = [place(52.5, 13.4)];
        let [x, y] = Frame::around(&alone).place(alone[0]).unwrap();
        assert!((x - 0.5 * WIDTH).abs() < 1e-6 && (y - 0.5 * HEIGHT).abs() < 1e-6);
        assert!(matches!(Frame::around(&[place(44.0, -72.0)]), Frame::States));
        assert!(matches!(Frame::around(&[]), Frame::States));
    }
}

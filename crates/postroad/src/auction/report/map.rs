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
    let (mut spots, mut off, mut of_lot) = (Vec::<Spot>::new(), 0, Vec::new());
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    for (lot, detail) in market.lots.iter_ids() {
        let place = detail.words[0].as_str();
        let name = if place.is_empty() { &market.names.lots[lot] } else { place };
        let Some(at) = detail.point.and_then(|point: Coordinate| project(point)) else {
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
        outline: rings(outline),
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

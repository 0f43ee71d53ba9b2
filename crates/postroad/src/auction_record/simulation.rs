//! Whole auctions in one go, for trials and tests: a market whose bidders all have keys, and a
//! clock that bidders drive who say what they would pay.
//!
//! A bidder under the clock bids straightforwardly (Milgrom, 2000): in each round it asks for the
//! part of its own offers that are worth more to it than they cost, most surplus first, within its
//! points. In the round of packages it bids what its last package and all its offers together are
//! worth to it, as far as the caps let it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use postroad_record::clock::Clock;
use postroad_record::event::SupplementaryRound;
use postroad_record::event::{Closing, Demand, Event, PackageBid, Packages, Round, RoundEnd};
use postroad_record::terms::{Offer, Sheet, Side, Terms};
use postroad_record::time::Time;

use super::keys::SecretKeys;
use super::log::Desk;
use crate::failure::Failure;

/// Seconds that a simulated round lasts.
const ROUND_SECONDS: u64 = 60;

/// A bidder with what parcels are worth to it.
pub(crate) struct Simulated {
    keys: SecretKeys,
    values: Vec<Value>,
}

/// What a parcel of a lot is worth to a bidder, and how many a day it can use.
#[derive(Clone, Copy)]
struct Value {
    /// Position of the lot in the terms.
    lot: usize,
    parcels: u32,
    micros: i64,
}

impl Simulated {
    /// The first step of each schedule of a sheet, the first schedule of each lot, is taken for
    /// what a parcel is worth; packages are not used.
    pub(crate) fn new(keys: SecretKeys, sheet: &Sheet, terms: &Terms) -> Self {
        let lots = terms.lots.iter().enumerate();
        let positions: BTreeMap<&str, usize> =
            lots.map(|(at, lot)| (lot.name.as_str(), at)).collect();
        let mut values: BTreeMap<usize, Value> = BTreeMap::new();
        for bid in &sheet.bids {
            let Offer::Schedule { lot, steps, .. } = &bid.offer else { continue };
            let (Some(&lot), Some(&(parcels, micros))) =
                (positions.get(lot.as_str()), steps.first())
            else {
                continue;
            };
            let parcels = parcels.min(terms.lots[lot].parcels_per_day);
            values.entry(lot).or_insert(Value { lot, parcels, micros });
        }
        Self { keys, values: values.into_values().collect() }
    }
}

/// Runs a clock from its first round to the closing; returns the number of rounds.
pub(crate) fn run(desk: &mut Desk, bidders: &[Simulated]) -> Result<u32, Failure> {
    let auction = desk.log.auction()?;
    desk.at(desk.time().max(auction.notice().opens));
    while !clock(desk)?.has_ended() {
        round(desk, bidders)?;
    }
    if clock(desk)?.needs_supplementary() {
        let ends = later(desk, ROUND_SECONDS);
        desk.announce(Event::Supplementary(SupplementaryRound { ends }))?;
        for one in bidders {
            packages(desk, one)?;
        }
        desk.at(ends);
    }
    let bids = desk.log.auction()?.standing();
    desk.announce(Event::Closing(Closing { bids }))?;
    Ok(clock(desk)?.round())
}

fn clock(desk: &Desk) -> Result<&Clock, Failure> {
    let none = || Failure::Negative("this auction has no clock".into());
    desk.log.auction()?.clock().ok_or_else(none)
}

fn later(desk: &Desk, seconds: u64) -> Time {
    let time = Time::from_seconds(desk.time().seconds() + seconds);
    time.unwrap_or(desk.time())
}

/// Calls a round, lets every bidder ask, and ends it.
fn round(desk: &mut Desk, bidders: &[Simulated]) -> Result<(), Failure> {
    let next = clock(desk)?.next_round();
    let (round, prices) = next.map_err(|r| super::refused(&desk.log.path, &r))?;
    let ends = later(desk, ROUND_SECONDS);
    desk.announce(Event::Round(Round { round, ends, prices }))?;
    for one in bidders {
        let signing = one.keys.signing();
        let (key, clock) = (signing.public(), clock(desk)?);
        let number = clock.next_number(&key);
        let points = clock.points(&key).unwrap_or_default();
        let parcels = items(desk, &wish(desk, one, points)?)?;
        let message = desk.log.message(&signing, Event::Demand(Demand { number, round, parcels }));
        desk.enter(message)?;
    }
    desk.at(ends);
    let asked = clock(desk)?.asked();
    desk.announce(Event::RoundEnd(RoundEnd { round, asked }))?;
    Ok(())
}

/// What a bidder wants at the prices of this round, most surplus first, within its points: a point
/// is a parcel.
fn wish(desk: &Desk, one: &Simulated, mut points: u64) -> Result<Vec<Value>, Failure> {
    let side = desk.log.auction()?.notice().terms.side;
    let prices = clock(desk)?.prices();
    let surplus_micros = |value: &Value| match side {
        Side::Selling => value.micros - prices[value.lot],
        Side::Buying => prices[value.lot] - value.micros,
    };
    let mut wish: Vec<Value> =
        one.values.iter().copied().filter(|value| surplus_micros(value) >= 0).collect();
    wish.sort_by_key(|value| (Reverse(surplus_micros(value)), value.lot));
    for value in &mut wish {
        value.parcels = u64::from(value.parcels).min(points) as u32;
        points -= u64::from(value.parcels);
    }
    wish.retain(|value| value.parcels > 0);
    Ok(wish)
}

fn items(desk: &Desk, wish: &[Value]) -> Result<Vec<(String, u32)>, Failure> {
    let lots = &desk.log.auction()?.notice().terms.lots;
    Ok(wish.iter().map(|value| (lots[value.lot].name.clone(), value.parcels)).collect())
}

/// Bids what the last package and what everything is worth; what the caps refuse is left out.
fn packages(desk: &mut Desk, one: &Simulated) -> Result<(), Failure> {
    let signing = one.keys.signing();
    let last = clock(desk)?.last_asked(&signing.public());
    let lots = &desk.log.auction()?.notice().terms.lots;
    let last = last.iter().filter_map(|(name, parcels)| {
        let value = one.values.iter().find(|value| lots[value.lot].name == *name)?;
        Some(Value { parcels: *parcels, ..*value })
    });
    let last: Vec<Value> = last.collect();
    let mut wanted = vec![last];
    wanted.push(one.values.clone());
    wanted.retain(|wish| !wish.is_empty());
    while !wanted.is_empty() {
        let packages = wanted.iter().map(|wish| package(desk, wish)).collect::<Result<_, _>>()?;
        let number = clock(desk)?.next_number(&signing.public());
        let event = Event::Packages(Packages { number, packages });
        let message = desk.log.message(&signing, event);
        if desk.enter(message).is_ok() {
            break;
        }
        wanted.pop();
    }
    Ok(())
}

/// A package at what it is worth over the term.
fn package(desk: &Desk, wish: &[Value]) -> Result<PackageBid, Failure> {
    let lots = &desk.log.auction()?.notice().terms.lots;
    let worth_micros =
        |value: &Value| i64::from(value.parcels) * i64::from(lots[value.lot].days) * value.micros;
    let amount_micros = wish.iter().map(worth_micros).sum();
    Ok(PackageBid { items: items(desk, wish)?, amount_micros })
}

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

/// Parcels a day by position of the lot in the terms.
type Wish = BTreeMap<usize, u32>;

/// A bidder with what parcels are worth to it.
pub(crate) struct Simulated {
    keys: SecretKeys,
    /// For each lot parcels a day and what each of them is worth, dearest to the bidder first.
    values: BTreeMap<usize, Vec<(u32, i64)>>,
}

impl Simulated {
    /// The steps of the schedules of a sheet are taken for what parcels are worth, at most as many
    /// as the lot has; packages are not used.
    pub(crate) fn new(keys: SecretKeys, sheet: &Sheet, terms: &Terms) -> Self {
        let lots = terms.lots.iter().enumerate();
        let positions: BTreeMap<&str, usize> =
            lots.map(|(at, lot)| (lot.name.as_str(), at)).collect();
        let mut values: BTreeMap<usize, Vec<(u32, i64)>> = BTreeMap::new();
        for bid in &sheet.bids {
            if let Offer::Schedule { lot, steps, .. } = &bid.offer
                && let Some(&lot) = positions.get(lot.as_str())
            {
                values.entry(lot).or_default().extend(steps);
            }
        }
        for (&lot, steps) in &mut values {
            match terms.side {
                Side::Selling => steps.sort_by_key(|step| Reverse(step.1)),
                Side::Buying => steps.sort_by_key(|step| step.1),
            }
            let mut left = terms.lots[lot].parcels_per_day;
            steps.iter_mut().for_each(|step| {
                step.0 = step.0.min(left);
                left -= step.0;
            });
        }
        Self { keys, values }
    }

    /// What so many parcels of a lot are worth each day.
    fn worth_micros(&self, lot: usize, parcels: u32) -> i64 {
        let (mut left, mut worth) = (parcels, 0);
        for &(parcels, micros) in self.values.get(&lot).into_iter().flatten() {
            let taken = parcels.min(left);
            left -= taken;
            worth += i64::from(taken) * micros;
        }
        worth
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
fn wish(desk: &Desk, one: &Simulated, mut points: u64) -> Result<Wish, Failure> {
    let side = desk.log.auction()?.notice().terms.side;
    let prices = clock(desk)?.prices();
    let mut steps = Vec::new();
    for (&lot, values) in &one.values {
        for &(parcels, micros) in values {
            let surplus_micros = match side {
                Side::Selling => micros - prices[lot],
                Side::Buying => prices[lot] - micros,
            };
            if surplus_micros >= 0 {
                steps.push((Reverse(surplus_micros), lot, parcels));
            }
        }
    }
    steps.sort_unstable();
    let mut wish = Wish::new();
    for (_, lot, parcels) in steps {
        let parcels = u64::from(parcels).min(points) as u32;
        points -= u64::from(parcels);
        *wish.entry(lot).or_default() += parcels;
    }
    wish.retain(|_, parcels| *parcels > 0);
    Ok(wish)
}

fn items(desk: &Desk, wish: &Wish) -> Result<Vec<(String, u32)>, Failure> {
    let lots = &desk.log.auction()?.notice().terms.lots;
    Ok(wish.iter().map(|(&lot, &parcels)| (lots[lot].name.clone(), parcels)).collect())
}

/// Bids what the last package and what everything is worth; what the caps refuse is left out.
fn packages(desk: &mut Desk, one: &Simulated) -> Result<(), Failure> {
    let signing = one.keys.signing();
    let last = clock(desk)?.last_asked(&signing.public());
    let everything = one.values.iter().map(|(&lot, steps)| (lot, steps.iter().map(|s| s.0).sum()));
    let everything: Wish = everything.filter(|&(_, parcels)| parcels > 0).collect();
    let lots = &desk.log.auction()?.notice().terms.lots;
    let asked = everything.keys().filter_map(|&lot| {
        let (_, parcels) = last.iter().find(|(name, _)| *name == lots[lot].name)?;
        Some((lot, *parcels))
    });
    let mut wanted: Vec<Wish> = vec![asked.collect(), everything.clone()];
    wanted.retain(|wish| !wish.is_empty());
    wanted.dedup();
    while !wanted.is_empty() {
        let package = |wish| package(desk, one, wish);
        let packages = wanted.iter().map(package).collect::<Result<_, _>>()?;
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
fn package(desk: &Desk, one: &Simulated, wish: &Wish) -> Result<PackageBid, Failure> {
    let lots = &desk.log.auction()?.notice().terms.lots;
    let worth = |(&lot, &parcels): (&usize, &u32)| {
        i64::from(lots[lot].days) * one.worth_micros(lot, parcels)
    };
    Ok(PackageBid { items: items(desk, wish)?, amount_micros: wish.iter().map(worth).sum() })
}

//! A clock: the operator calls prices, bidders say how much of each lot they want at them, and
//! prices move where more is asked for than there is. They rise when selling and fall when
//! buying. A bidder cannot ask for more points than it used before, so that nobody can wait in
//! hiding. A round of package bids may follow (Ausubel, Cramton and Milgrom, 2006), capped by
//! what was asked for under the clock.

mod caps;
mod offers;
mod rules;
#[cfg(test)]
mod tests;

pub use rules::{Activity, Caps, ClockLot, ClockRules, Increment, ROUNDS_MAX};

use std::collections::BTreeMap;

use crate::auction::{Output, Rejection, reject};
use crate::event::{Closing, Demand, Notice, Packages, Round, RoundEnd, SupplementaryRound};
use crate::keys::PublicKey;
use crate::terms::{PRICE_MAX_MICROS, Side};
use crate::time::Time;

/// Parcels a day by position of the lot, ascending, none of them 0.
pub(crate) type Wanted = BTreeMap<usize, u32>;

/// The state of a clock.
#[derive(Clone, Debug)]
pub struct Clock {
    side: Side,
    opens: Time,
    closes: Time,
    rules: ClockRules,
    lots: Vec<ClockedLot>,
    positions: BTreeMap<String, usize>,
    /// Prices of each round so far.
    prices: Vec<Vec<i64>>,
    bidders: BTreeMap<PublicKey, ClockBidder>,
    phase: Phase,
}

#[derive(Clone, Debug)]
struct ClockedLot {
    name: String,
    parcels_per_day: u32,
    days: u32,
    points: u32,
    required: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// The next round may be called.
    Between,
    /// Demands come until that time.
    Round(Time),
    /// Prices stand still.
    Ended,
    /// Package bids come until that time.
    Supplementary(Time),
    /// All is said.
    Closed,
}

#[derive(Clone, Default, Debug)]
struct ClockBidder {
    /// Points that it may use in the next round.
    points: u64,
    /// In how many more rounds it may say nothing and keep them.
    waivers: u32,
    /// What it asked for in each round that has ended.
    rounds: Vec<AskedFor>,
    /// What it asks for in the round that runs, with the number of the entry.
    now: Option<(u64, Wanted)>,
    /// Package bids, with the number of the entry.
    packages: Option<(u64, Vec<(Wanted, i64)>)>,
    /// Highest number of a message so far.
    number: u32,
}

#[derive(Clone, Debug)]
struct AskedFor {
    /// Points that it had.
    points: u64,
    wanted: Wanted,
    /// The entry that says so; none if nothing was said.
    sequence: Option<u64>,
    /// Whether it used a waiver: then nothing follows from its silence.
    is_waived: bool,
}

impl Clock {
    /// A clock that has not run yet; the rules have been checked.
    pub(crate) fn new(notice: &Notice, rules: &ClockRules) -> Self {
        let lots = notice.terms.lots.iter().zip(&rules.lots).map(|(lot, clock)| ClockedLot {
            name: lot.name.clone(),
            parcels_per_day: lot.parcels_per_day,
            days: lot.days,
            points: clock.points,
            required: lot.required,
        });
        let lots: Vec<ClockedLot> = lots.collect();
        let positions = lots.iter().enumerate().map(|(index, lot)| (lot.name.clone(), index));
        Self {
            side: notice.terms.side,
            opens: notice.opens,
            closes: notice.closes,
            rules: rules.clone(),
            positions: positions.collect(),
            lots,
            prices: Vec::new(),
            bidders: BTreeMap::new(),
            phase: Phase::Between,
        }
    }

    /// Keeps another calendar; a round that runs ends when it was said to.
    pub(crate) fn reschedule(&mut self, notice: &Notice) {
        (self.opens, self.closes) = (notice.opens, notice.closes);
    }

    /// The number of the last round called, from 1.
    pub fn round(&self) -> u32 {
        self.prices.len() as u32
    }
    /// The prices of the last round called, for each lot.
    pub fn prices(&self) -> &[i64] {
        self.prices.last().map_or(&[], Vec::as_slice)
    }
    /// Whether prices stand still.
    pub fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended | Phase::Supplementary(_) | Phase::Closed)
    }
    /// Whether package bids must be asked for before the closing: one bidder has no rival.
    pub fn needs_supplementary(&self) -> bool {
        let has_bid = |one: &&ClockBidder| one.rounds.iter().any(|round| !round.wanted.is_empty());
        self.rules.supplementary.is_some() && self.bidders.values().filter(has_bid).count() > 1
    }
    /// The points that a bidder may use.
    pub fn points(&self, bidder: &PublicKey) -> Option<u64> {
        self.bidders.get(bidder).map(|one| one.points)
    }
    /// What a bidder asked for in the last round that has ended, by name of the lot.
    pub fn last_asked(&self, bidder: &PublicKey) -> Vec<(String, u32)> {
        let last = self.bidders.get(bidder).and_then(|one| one.rounds.last());
        last.map_or_else(Vec::new, |round| self.items(&round.wanted))
    }
    /// The number that the next message of a bidder may have.
    pub fn next_number(&self, bidder: &PublicKey) -> u32 {
        self.bidders.get(bidder).map_or(1, |one| one.number.saturating_add(1))
    }

    pub(crate) fn admit(&mut self, bidder: PublicKey, points: u64) -> Result<(), Rejection> {
        if !self.prices.is_empty() {
            return reject("admission", "the clock is running".into());
        }
        let waivers = self.rules.waivers;
        let one = ClockBidder { points, waivers, ..ClockBidder::default() };
        self.bidders.insert(bidder, one);
        Ok(())
    }

    /// The round that may be called next, and its prices.
    pub fn next_round(&self) -> Result<(u32, Vec<i64>), Rejection> {
        if self.phase != Phase::Between {
            return reject("order", "no round may be called now".into());
        }
        let Some(last) = self.prices.last() else {
            return Ok((1, self.rules.lots.iter().map(|lot| lot.start_micros).collect()));
        };
        let asked = self.asked();
        let next = self.lots.iter().zip(asked).zip(last).map(|((lot, asked), &price)| {
            if lot.is_over(asked) { self.rules.moved(self.side, price) } else { price }
        });
        Ok((self.round() + 1, next.collect()))
    }

    pub(crate) fn call(&mut self, time: Time, call: &Round) -> Result<Output, Rejection> {
        let (round, prices) = self.next_round()?;
        if time < self.opens || call.ends <= time || call.ends > self.closes {
            let (ends, opens, closes) = (call.ends, self.opens, self.closes);
            let found = format!("from {time} to {ends} is not within {opens} and {closes}");
            return reject("schedule", found);
        }
        if call.round != round {
            return reject("round", format!("{} is called, the next is {round}", call.round));
        }
        if call.prices != prices {
            let at = prices.iter().zip(&call.prices).position(|(want, found)| want != found);
            let lot = at.and_then(|at| self.lots.get(at)).map_or("", |lot| lot.name.as_str());
            return reject("prices", format!("those of lot {lot:?} do not follow from demand"));
        }
        self.prices.push(prices);
        self.phase = Phase::Round(call.ends);
        Ok(Output::RoundCalled { round })
    }

    /// A bidder that may speak now, with a message of this number.
    fn speaker(&mut self, bidder: &PublicKey, number: u32) -> Result<&mut ClockBidder, Rejection> {
        let least = self.next_number(bidder);
        match self.bidders.get_mut(bidder) {
            Some(_) if number < least => reject("bid number", format!("{number} is below {least}")),
            Some(one) => Ok(one),
            None => reject("author", format!("{bidder} is no admitted bidder")),
        }
    }

    pub(crate) fn demand(
        &mut self,
        sequence: u64,
        time: Time,
        bidder: &PublicKey,
        demand: &Demand,
    ) -> Result<Output, Rejection> {
        let (round, phase) = (self.round(), self.phase);
        match phase {
            Phase::Round(ends) if time < ends && demand.round == round => {}
            Phase::Round(ends) if demand.round == round => {
                return reject("round time", format!("{time} is not before {ends}"));
            }
            _ => return reject("round", format!("{} is not open for demand", demand.round)),
        }
        let wanted = self.wanted(&demand.parcels)?;
        for (&lot, &parcels) in &wanted {
            let ClockedLot { name, parcels_per_day, .. } = &self.lots[lot];
            if parcels > *parcels_per_day {
                let found = format!("{parcels} of lot {name:?}, which has {parcels_per_day}");
                return reject("capacity", found);
            }
        }
        let amount = self.amount(&wanted, round as usize - 1);
        if amount > i128::from(PRICE_MAX_MICROS) {
            return reject("amount", format!("{amount} micros in all, at most {PRICE_MAX_MICROS}"));
        }
        let points = self.points_of(&wanted);
        let one = self.speaker(bidder, demand.number)?;
        if points > u128::from(one.points) {
            return reject("eligibility", format!("{points} points, {} are left", one.points));
        }
        one.number = demand.number;
        one.now = Some((sequence, wanted));
        Ok(Output::Asked { points: points as u64 })
    }

    /// Parcels asked for of each lot: in the round that runs, or in the last that has ended.
    pub fn asked(&self) -> Vec<u64> {
        let mut asked = vec![0; self.lots.len()];
        let is_running = matches!(self.phase, Phase::Round(_));
        for one in self.bidders.values() {
            let wanted = match (is_running, &one.now, one.rounds.last()) {
                (true, Some((_, wanted)), _) => wanted,
                (false, _, Some(last)) => &last.wanted,
                _ => continue,
            };
            wanted.iter().for_each(|(&lot, &parcels)| asked[lot] += u64::from(parcels));
        }
        asked
    }

    pub(crate) fn end_round(&mut self, time: Time, end: &RoundEnd) -> Result<Output, Rejection> {
        let (Phase::Round(ends), round) = (self.phase, self.round()) else {
            return reject("order", "no round is running".into());
        };
        if time < ends {
            return reject("round time", format!("{time} is before the end {ends}"));
        }
        let asked = self.asked();
        if end.round != round || end.asked != asked {
            return reject("demand", "round or sums are not those of the log".into());
        }
        let percent = u128::from(self.rules.percent(round));
        let activity: Vec<u128> =
            self.bidders.values().map(|one| self.points_of(one.wanted_now())).collect();
        let mut waived = 0;
        for (one, used) in self.bidders.values_mut().zip(activity) {
            let points = one.points;
            let is_waived = one.now.is_none() && points > 0 && one.waivers > 0;
            if is_waived {
                one.waivers -= 1;
                waived += 1;
            } else if used * 100 < u128::from(points) * percent {
                // What was used counts as so many percent of what is left.
                one.points = (used * 100 / percent) as u64;
            }
            let (sequence, wanted) = one.now.take().unzip();
            let wanted = wanted.unwrap_or_default();
            one.rounds.push(AskedFor { points, wanted, sequence, is_waived });
        }
        let lots = || self.lots.iter().zip(&asked);
        let over = lots().filter(|(lot, asked)| lot.is_over(**asked)).count();
        let short = lots().filter(|(lot, asked)| lot.is_short(**asked)).count();
        // Whoever uses a waiver may still want something, so that the same prices are called again.
        let stands = if over == 0 { waived == 0 } else { !self.can_move(&asked) };
        let ends = stands || round == self.rules.most_rounds;
        self.phase = if ends { Phase::Ended } else { Phase::Between };
        Ok(Output::RoundEnded { round, over, short, waived, ends })
    }

    /// Whether the next prices would differ: a price of 0 cannot fall.
    fn can_move(&self, asked: &[u64]) -> bool {
        self.lots.iter().zip(asked).zip(self.prices()).any(|((lot, &asked), &price)| {
            lot.is_over(asked) && self.rules.moved(self.side, price) != price
        })
    }

    pub(crate) fn ask_for_packages(
        &mut self,
        time: Time,
        round: &SupplementaryRound,
    ) -> Result<Output, Rejection> {
        if self.phase != Phase::Ended || !self.needs_supplementary() {
            return reject("order", "no package bids are asked for now".into());
        }
        if round.ends <= time || round.ends > self.closes {
            let found = format!("from {time} to {} is not before {}", round.ends, self.closes);
            return reject("schedule", found);
        }
        self.phase = Phase::Supplementary(round.ends);
        Ok(Output::PackagesAskedFor)
    }

    pub(crate) fn packages(
        &mut self,
        sequence: u64,
        time: Time,
        bidder: &PublicKey,
        packages: &Packages,
    ) -> Result<Output, Rejection> {
        match self.phase {
            Phase::Supplementary(ends) if time < ends => {}
            _ => return reject("round time", "no package bids are asked for now".into()),
        }
        self.speaker(bidder, packages.number)?;
        let bids =
            packages.packages.iter().map(|bid| Ok((self.wanted(&bid.items)?, bid.amount_micros)));
        let bids = bids.collect::<Result<Vec<_>, Rejection>>()?;
        self.check_caps(bidder, &bids)?;
        let one = self.speaker(bidder, packages.number)?;
        one.number = packages.number;
        let count = bids.len();
        one.packages = Some((sequence, bids));
        Ok(Output::PackagesStand { count })
    }

    /// Numbers of the entries whose demands and packages stand, ascending.
    pub fn standing(&self) -> Vec<u64> {
        let mut standing: Vec<u64> = Vec::new();
        for one in self.bidders.values() {
            standing.extend(one.rounds.iter().filter_map(|round| round.sequence));
            standing.extend(one.packages.as_ref().map(|(sequence, _)| *sequence));
        }
        standing.sort_unstable();
        standing
    }

    pub(crate) fn close(&mut self, time: Time, closing: &Closing) -> Result<Output, Rejection> {
        match self.phase {
            Phase::Supplementary(ends) if time < ends => {
                return reject("round time", format!("{time} is before the end {ends}"));
            }
            Phase::Supplementary(_) => {}
            Phase::Ended if self.needs_supplementary() => {
                return reject("order", "package bids are not asked for yet".into());
            }
            Phase::Ended => {}
            _ => return reject("order", "the clock has not ended".into()),
        }
        if closing.bids != self.standing() {
            return reject("closing", "the bids are not those that stand".into());
        }
        self.phase = Phase::Closed;
        Ok(Output::Closed { bids: closing.bids.len() })
    }

    fn items(&self, wanted: &Wanted) -> Vec<(String, u32)> {
        wanted.iter().map(|(&lot, &parcels)| (self.lots[lot].name.clone(), parcels)).collect()
    }

    /// Parcels by position; a lot that is named twice or not known is refused.
    fn wanted(&self, items: &[(String, u32)]) -> Result<Wanted, Rejection> {
        let mut wanted = Wanted::new();
        for (name, parcels) in items {
            let Some(&lot) = self.positions.get(name) else {
                return reject("lot", format!("there is no lot {name:?}"));
            };
            if *parcels == 0 || wanted.insert(lot, *parcels).is_some() {
                return reject("lot", format!("lot {name:?} is named twice or with 0 parcels"));
            }
        }
        Ok(wanted)
    }

    fn points_of(&self, wanted: &Wanted) -> u128 {
        let points = |(&lot, &parcels): (&usize, &u32)| {
            u128::from(parcels) * u128::from(self.lots[lot].points)
        };
        wanted.iter().map(points).sum()
    }

    /// What some parcels cost over the term at the prices of a round, from 0.
    fn amount(&self, wanted: &Wanted, round: usize) -> i128 {
        let amount = |(&lot, &parcels): (&usize, &u32)| {
            let per_micro = u128::from(parcels) * u128::from(self.lots[lot].days);
            per_micro as i128 * i128::from(self.prices[round][lot])
        };
        wanted.iter().map(amount).sum()
    }
}

impl ClockedLot {
    fn is_over(&self, asked: u64) -> bool {
        asked > u64::from(self.parcels_per_day)
    }

    /// Whether it must be bought whole, and is not offered whole.
    fn is_short(&self, asked: u64) -> bool {
        self.required && asked < u64::from(self.parcels_per_day)
    }
}

impl ClockBidder {
    fn wanted_now(&self) -> &Wanted {
        static NOTHING: Wanted = Wanted::new();
        self.now.as_ref().map_or(&NOTHING, |(_, wanted)| wanted)
    }
}

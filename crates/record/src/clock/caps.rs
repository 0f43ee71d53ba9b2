//! What a package bid may be at most (at least, when buying), given what was asked for under the
//! clock: the relative cap and the final cap of combinatorial clock auctions, as in the rules of
//! Ofcom's auction of 2013 (Statutory Instrument 2012/2817) and its successors.
//!
//! Whoever asked for one package at some prices has said that it likes it at least as much as any
//! other at these prices. A bid on another package may therefore exceed the bid on the one that
//! was asked for by no more than the difference of their prices.

use std::collections::BTreeMap;

use super::{AskedFor, Clock, ClockBidder, Wanted};
use crate::auction::{Rejection, reject};
use crate::keys::PublicKey;
use crate::terms::{PRICE_MAX_MICROS, Side};

impl Clock {
    /// Whether package bids keep the caps; each is checked against all others of the bidder.
    pub(super) fn check_caps(
        &self,
        bidder: &PublicKey,
        bids: &[(Wanted, i64)],
    ) -> Result<(), Rejection> {
        let Some(one) = self.bidders.get(bidder) else {
            return reject("author", format!("{bidder} is no admitted bidder"));
        };
        let mut best = self.best_under_clock(one);
        let mut named = BTreeMap::new();
        for (index, (wanted, amount)) in bids.iter().enumerate() {
            if wanted.is_empty() || named.insert(wanted, index).is_some() {
                return reject("package", format!("package {} is empty or comes twice", index + 1));
            }
            if !(0..=PRICE_MAX_MICROS).contains(amount) {
                return reject("amount", format!("{amount} micros for package {}", index + 1));
            }
            let amount = i128::from(*amount);
            let entry = best.entry(wanted).or_insert(amount);
            *entry = self.better(*entry, amount);
        }
        for (index, (wanted, amount)) in bids.iter().enumerate() {
            self.check_cap(one, &best, index + 1, wanted, i128::from(*amount))?;
        }
        Ok(())
    }

    fn check_cap(
        &self,
        one: &ClockBidder,
        best: &BTreeMap<&Wanted, i128>,
        number: usize,
        wanted: &Wanted,
        amount: i128,
    ) -> Result<(), Rejection> {
        let points = self.points_of(wanted);
        // A waiver says nothing about what the bidder likes better.
        let spoke = |round: &&AskedFor| !round.is_waived;
        let fits = |round: &AskedFor| !round.is_waived && points <= u128::from(round.points);
        let last = (one.rounds.iter().rposition(fits), one.rounds.iter().rposition(|r| spoke(&r)));
        let (Some(last_fit), Some(final_round)) = last else {
            let had = one.rounds.iter().filter(spoke).map(|round| round.points).max();
            let had = had.unwrap_or_default();
            let found = format!("package {number} has {points} points, there were {had}");
            return reject("eligibility", found);
        };
        let caps = self.rules.supplementary.as_ref();
        let relative = caps.is_some_and(|caps| caps.relative).then_some(("relative cap", last_fit));
        let last = caps.is_some_and(|caps| caps.last_round).then_some(("final cap", final_round));
        for (rule, round) in [relative, last].into_iter().flatten() {
            let asked = &one.rounds[round].wanted;
            if asked == wanted {
                continue;
            }
            let base = best.get(asked).copied().unwrap_or_default();
            let cap = base + self.amount(wanted, round) - self.amount(asked, round);
            if self.better(cap, amount) != cap {
                let limit = if self.side == Side::Selling { "at most" } else { "at least" };
                let found = format!(
                    "{amount} micros for package {number}, {limit} {cap} after round {}",
                    round + 1
                );
                return reject(rule, found);
            }
        }
        Ok(())
    }

    /// The best amount for each package asked for under the clock.
    fn best_under_clock<'a>(&self, one: &'a ClockBidder) -> BTreeMap<&'a Wanted, i128> {
        let mut best = BTreeMap::new();
        for (round, asked) in one.rounds.iter().enumerate() {
            let amount = self.amount(&asked.wanted, round);
            let entry = best.entry(&asked.wanted).or_insert(amount);
            *entry = self.better(*entry, amount);
        }
        best
    }

    /// The better of two amounts for the operator.
    fn better(&self, one: i128, other: i128) -> i128 {
        match self.side {
            Side::Selling => one.max(other),
            Side::Buying => one.min(other),
        }
    }
}

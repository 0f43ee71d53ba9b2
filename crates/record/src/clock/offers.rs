//! What bidders offer in the end: everything that they asked for at the prices of the rounds, and
//! their package bids, of which one kind or the other may win.
//!
//! Where the notice lets demand be awarded in part, a bidder that asked for some parcels of a lot
//! at a price takes as many, or fewer, at any better price as well: its rounds make a schedule
//! for each lot. So the parcels that the last step of a price drives away are still to be had at
//! the price before, and a lot that was once offered whole can be bought whole.

use std::collections::BTreeMap;

use super::{Clock, ClockBidder, Wanted};
use crate::keys::PublicKey;
use crate::terms::{Group, Limits, Offer, Sheet, SheetBid, Side};

impl Clock {
    /// What each bidder offers in the end; bidders without an offer are left out.
    pub fn sheets(&self) -> Vec<(PublicKey, Sheet)> {
        let sheet = |one| if self.rules.parts { self.in_parts(one) } else { self.as_wholes(one) };
        let sheets = self.bidders.iter().map(|(bidder, one)| (*bidder, sheet(one)));
        sheets.filter(|(_, sheet)| !sheet.bids.is_empty()).collect()
    }

    /// A schedule for each lot and the package bids; one of these excludes everything else. The
    /// bidder wins no more parcels than it named at one time.
    fn in_parts(&self, one: &ClockBidder) -> Sheet {
        let packages = self.package_bids(one);
        let (schedules, parcels) = self.schedules(one);
        let named = one.rounds.iter().map(|round| &round.wanted);
        let named = named.chain(one.package_bids().iter().map(|(wanted, _)| wanted));
        let most = named.map(|wanted| wanted.values().map(|&p| u64::from(p)).sum()).max();
        let limits =
            Limits { most_parcels: most.filter(|&most| most < parcels), ..Limits::default() };
        let names: Vec<String> = packages.iter().map(|bid| bid.name.clone()).collect();
        let beside =
            |schedule: &SheetBid| [&names[..], std::slice::from_ref(&schedule.name)].concat();
        let groups: Vec<Vec<String>> = match (names.len(), schedules.len()) {
            (0, _) => Vec::new(),
            (_, 0) => vec![names],
            _ => schedules.iter().map(beside).collect(),
        };
        let groups = groups.into_iter().map(|bids| Group { bids, at_most: 1 }).collect();
        Sheet { limits, bids: schedules.into_iter().chain(packages).collect(), groups }
    }

    /// A schedule for each lot that was asked for, and the parcels of all of them.
    fn schedules(&self, one: &ClockBidder) -> (Vec<SheetBid>, u64) {
        // For each lot the most parcels at each price, best price for the operator first.
        let mut asked: BTreeMap<usize, BTreeMap<i64, u32>> = BTreeMap::new();
        for (round, prices) in one.rounds.iter().zip(&self.prices) {
            for (&lot, &parcels) in &round.wanted {
                let rank = match self.side {
                    Side::Selling => -prices[lot],
                    Side::Buying => prices[lot],
                };
                let most = asked.entry(lot).or_default().entry(rank).or_default();
                *most = parcels.max(*most);
            }
        }
        let mut total = 0;
        let schedule = |(lot, ranks): (usize, BTreeMap<i64, u32>)| {
            let mut steps: Vec<(u32, i64)> = Vec::new();
            let mut so_far = 0;
            for (rank, parcels) in ranks.into_iter().filter(|&(_, parcels)| parcels > 0) {
                if parcels > so_far {
                    steps.push((parcels - so_far, rank.abs()));
                    so_far = parcels;
                }
            }
            total += u64::from(so_far);
            let lot = self.lots[lot].name.clone();
            let name = format!("clock-{lot}");
            SheetBid { name, offer: Offer::Schedule { lot, least_parcels: 0, steps } }
        };
        let schedules: Vec<SheetBid> = asked.into_iter().map(schedule).collect();
        (schedules, total)
    }

    /// Packages of which one may win: what was asked for in each round, and the package bids.
    /// Where no package bids were to follow, the last round fits and nobody used a waiver in it,
    /// only what was asked for in it.
    fn as_wholes(&self, one: &ClockBidder) -> Sheet {
        let asked = self.asked();
        let mut lots = self.lots.iter().zip(&asked);
        let fits = lots.all(|(lot, &asked)| !lot.is_over(asked) && !lot.is_short(asked));
        let last = |one: &ClockBidder| one.rounds.last().is_none_or(|round| !round.is_waived);
        let all_spoke = self.bidders.values().all(last);
        let is_last_only = self.rules.supplementary.is_none() && fits && all_spoke;
        let first = if is_last_only { self.prices.len().saturating_sub(1) } else { 0 };
        let mut bids = Vec::new();
        for (round, asked) in one.rounds.iter().enumerate().skip(first) {
            // The same package at a worse price says nothing.
            let is_repeated =
                one.rounds[round + 1..].iter().any(|later| later.wanted == asked.wanted);
            if !asked.wanted.is_empty() && !is_repeated {
                let amount = self.amount(&asked.wanted, round);
                let amount = i64::try_from(amount).expect("amounts are checked when bid");
                bids.push(self.package(format!("round-{:04}", round + 1), &asked.wanted, amount));
            }
        }
        bids.extend(self.package_bids(one));
        let names = bids.iter().map(|bid| bid.name.clone()).collect();
        Sheet { limits: Limits::default(), bids, groups: vec![Group { bids: names, at_most: 1 }] }
    }

    fn package_bids(&self, one: &ClockBidder) -> Vec<SheetBid> {
        let numbered = one.package_bids().iter().zip(1..);
        let bid = |((wanted, amount), number): (&(Wanted, i64), u32)| {
            self.package(format!("package-{number:04}"), wanted, *amount)
        };
        numbered.map(bid).collect()
    }

    fn package(&self, name: String, wanted: &Wanted, amount_micros: i64) -> SheetBid {
        SheetBid { name, offer: Offer::Package { items: self.items(wanted), amount_micros } }
    }
}

impl ClockBidder {
    fn package_bids(&self) -> &[(Wanted, i64)] {
        self.packages.as_ref().map_or(&[], |(_, bids)| bids)
    }
}

//! An ascending clock held through the state machine of the record, with bidders of stated values.
//!
//! Demand may be awarded in part, lot by lot, so that nobody asks for a package under the clock: a
//! part of it may be worth nothing. Bidders bid straightforwardly (Milgrom 2000): in each round one
//! asks for the parcels that are worth no less to it than they cost, most surplus first, within its
//! points, its limits and its budget. In the round of packages it offers what it asked for last
//! together with one of its packages, for what these are worth to it, or as much of that as the
//! caps allow. Nobody foresees anything.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use postroad_formats::auction::Market;
use postroad_model::auction::{AuctionProblem, Offer, Side};
use postroad_model::id::{Id, IdVec};
use postroad_model::{BidId, BidderId, LotId};
use postroad_record::auction::{Auction, Output, Rejection, Stage};
use postroad_record::bytes::{Hash, Hex};
use postroad_record::clock::{Activity, Caps, Clock, ClockLot, ClockRules, Increment};
use postroad_record::entry::Entry;
use postroad_record::event::{
    Admission, Closing, Demand, Event, Method, Notice, PackageBid, Packages, Round, RoundEnd,
    Settlement, SupplementaryRound, VERSION,
};
use postroad_record::keys::PublicKey;
use postroad_record::terms::{Pricing, Terms};
use postroad_record::time::Time;

use super::demand::bids_of;
use crate::auction_record::market::terms;
use crate::failure::Failure;

/// By how much prices move: a twentieth, at least a cent.
const INCREMENT: Increment = Increment { basis_points: 500, least_micros: 10_000 };
/// The clock ends after so many rounds at the latest.
const MOST_ROUNDS: u32 = 200;
/// Packages that a bidder offers after the clock, those of most surplus at the last prices.
const PACKAGES: usize = 4;
/// Seconds of a round.
const ROUND_SECONDS: u64 = 60;

/// What came of a clock.
pub(crate) struct Held {
    /// What bidders offer in the end, for the lots of the market.
    pub(crate) problem: AuctionProblem,
    /// Who of the market each of its bidders is.
    pub(crate) bidders: IdVec<BidderId, BidderId>,
    pub(crate) rounds: u32,
}

/// Holds a clock, with a round of packages after it if so asked; none if nobody wants anything.
pub(crate) fn hold(market: &Market, packages: bool) -> Result<Option<Held>, Failure> {
    let refused = |r: Rejection| Failure::Negative(format!("the clock refuses an entry: {r}"));
    held(market, packages).map_err(refused)
}

fn held(market: &Market, packages: bool) -> Result<Option<Held>, Rejection> {
    let mut hall = Hall::open(market, packages)?;
    let mut bidders: Vec<Straightforward> =
        market.problem.bidders.ids().map(|id| Straightforward::new(market, id)).collect();
    let start = hall.clock().next_round()?.1;
    for one in &mut bidders {
        let wish = one.wish(&start, u64::MAX);
        let points = Some(wish.parcels.values().map(|&parcels| u64::from(parcels)).sum());
        let bidder = market.names.bidders[one.id].to_string();
        hall.say(OPERATOR, Event::Admission(Admission { bidder, key: key(one.id), points }))?;
    }
    while !hall.clock().has_ended() {
        hall.round(&mut bidders)?;
    }
    if hall.clock().needs_supplementary() {
        hall.packages(&bidders)?;
    }
    let rounds = hall.clock().round();
    let bids = hall.auction.standing();
    hall.say(OPERATOR, Event::Closing(Closing { bids }))?;
    let Some((opened, _)) = hall.auction.opened().filter(|_| hall.auction.stage() == Stage::Opened)
    else {
        return Ok(None);
    };
    let known: BTreeMap<&str, BidderId> =
        market.problem.bidders.ids().map(|id| (&market.names.bidders[id], id)).collect();
    let bidders = opened.bidders.iter().map(|name| known[name.as_str()]).collect();
    Ok(Some(Held { problem: opened.problem.clone(), bidders, rounds }))
}

/// Nobody signs: the machine asks who speaks, the log would ask for signatures.
const OPERATOR: PublicKey = Hex([u8::MAX; 32]);

fn key(bidder: BidderId) -> PublicKey {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&bidder.0.to_be_bytes());
    Hex(bytes)
}

fn time(seconds: u64) -> Time {
    Time::from_seconds(seconds).expect("a clock ends long before the year 9999")
}

/// Where the clock is held.
struct Hall<'a> {
    market: &'a Market,
    auction: Auction,
    sequence: u64,
    seconds: u64,
}

impl<'a> Hall<'a> {
    fn open(market: &'a Market, packages: bool) -> Result<Self, Rejection> {
        let terms = terms(market);
        let notice = Notice {
            version: VERSION,
            title: String::new(),
            operator: String::new(),
            opens: time(1),
            closes: time(ROUND_SECONDS * (2 + u64::from(MOST_ROUNDS) + 1)),
            method: Method::Clock(rules(market, &terms, packages)),
            settlement: Settlement { pricing: Pricing::Core, rounds: None, seed: zeros() },
            terms,
        };
        let announcement = entry(1, 0, OPERATOR, Event::Notice(Box::new(notice)));
        let auction = Auction::announced(zeros(), &announcement)?;
        Ok(Self { market, auction, sequence: 1, seconds: 1 })
    }

    fn say(&mut self, author: PublicKey, event: Event) -> Result<Output, Rejection> {
        let output = self.auction.apply(&entry(self.sequence + 1, self.seconds, author, event))?;
        self.sequence += 1;
        Ok(output)
    }

    fn clock(&self) -> &Clock {
        self.auction.clock().expect("a clock was announced")
    }

    /// Calls a round, lets every bidder ask, and ends it.
    fn round(&mut self, bidders: &mut [Straightforward<'_>]) -> Result<(), Rejection> {
        let (round, prices) = self.clock().next_round()?;
        let ends = time(self.seconds + ROUND_SECONDS);
        self.say(OPERATOR, Event::Round(Round { round, ends, prices: prices.clone() }))?;
        for one in bidders {
            let points = self.clock().points(&key(one.id)).unwrap_or_default();
            let wish = one.wish(&prices, points);
            let (number, parcels) = (round, self.items(&wish.parcels));
            self.say(key(one.id), Event::Demand(Demand { number, round, parcels }))?;
            one.last = wish;
        }
        self.seconds += ROUND_SECONDS;
        let asked = self.clock().asked();
        self.say(OPERATOR, Event::RoundEnd(RoundEnd { round, asked }))?;
        Ok(())
    }

    /// Asks for packages. A bidder adds one after the other to its list; what the caps refuse is
    /// left out.
    fn packages(&mut self, bidders: &[Straightforward<'_>]) -> Result<(), Rejection> {
        let prices = self.clock().prices().to_vec();
        let ends = time(self.seconds + ROUND_SECONDS);
        self.say(OPERATOR, Event::Supplementary(SupplementaryRound { ends }))?;
        for one in bidders {
            let mut packages: Vec<PackageBid> = Vec::new();
            for wish in one.packages(&prices) {
                let (items, amount_micros) = (self.items(&wish.parcels), wish.worth_micros);
                packages.push(PackageBid { items, amount_micros });
                let number = self.clock().next_number(&key(one.id));
                let event = Event::Packages(Packages { number, packages: packages.clone() });
                if self.say(key(one.id), event).is_err() {
                    packages.pop();
                }
            }
        }
        self.seconds += ROUND_SECONDS;
        Ok(())
    }

    fn items(&self, parcels: &BTreeMap<LotId, u32>) -> Vec<(String, u32)> {
        let name = |(&lot, &parcels)| (self.market.names.lots[lot].to_string(), parcels);
        parcels.iter().map(name).collect()
    }
}

fn zeros() -> Hash {
    Hex([0; 32])
}

fn entry(sequence: u64, seconds: u64, author: PublicKey, event: Event) -> Entry {
    let (previous, signature) = (zeros(), Hex([0; 64]));
    Entry { sequence, time: time(seconds), previous, author, event, signature, seal: signature }
}

/// A point is a parcel a day, and all points must be used to be kept.
fn rules(market: &Market, terms: &Terms, packages: bool) -> ClockRules {
    let lots = terms.lots.iter().map(|lot| ClockLot {
        start_micros: match market.problem.side {
            Side::Selling => lot.opportunity_micros.max(lot.reserve_micros.unwrap_or(0)),
            Side::Buying => lot.reserve_micros.unwrap_or(2 * lot.opportunity_micros),
        },
        points: 1,
    });
    ClockRules {
        lots: lots.collect(),
        increment: INCREMENT,
        parts: true,
        waivers: 0,
        activity: vec![Activity { from_round: 1, percent: 100 }],
        most_rounds: MOST_ROUNDS,
        supplementary: packages.then_some(Caps { relative: true, last_round: true }),
    }
}

/// Parcels a day and what they are worth over the term.
#[derive(Clone, Debug, Default)]
struct Wish {
    worth_micros: i64,
    parcels: BTreeMap<LotId, u32>,
}

/// A bidder that asks for what is worth its price.
struct Straightforward<'a> {
    market: &'a Market,
    id: BidderId,
    bids: Vec<BidId>,
    /// Groups of each of its bids.
    groups: BTreeMap<BidId, Vec<usize>>,
    /// What it asked for last.
    last: Wish,
}

impl<'a> Straightforward<'a> {
    fn new(market: &'a Market, id: BidderId) -> Self {
        let bids: Vec<BidId> = bids_of(market, id).collect();
        let mut groups: BTreeMap<BidId, Vec<usize>> = BTreeMap::new();
        for (index, group) in market.problem.groups.iter().enumerate() {
            for bid in group.bids.iter().filter(|&&bid| market.problem.bids[bid].bidder == id) {
                groups.entry(*bid).or_default().push(index);
            }
        }
        Self { market, id, bids, groups, last: Wish::default() }
    }

    /// What it wants at these prices, within its points: a point is a parcel.
    fn wish(&self, prices: &[i64], points: u64) -> Wish {
        let problem = &self.market.problem;
        let is_single = |bid: &&BidId| matches!(problem.bids[**bid].offer, Offer::Schedule { .. });
        let singles = self.bids.iter().filter(is_single);
        let mut offers: Vec<(i64, BidId, u32)> =
            singles.filter_map(|&bid| self.best(bid, prices)).collect();
        offers.sort_by_key(|&(surplus, bid, _)| (Reverse(surplus), bid));
        let limits = &problem.bidders[self.id];
        let mut left = points.min(limits.most_parcels.unwrap_or(u64::MAX));
        let mut budget = limits.budget_micros.unwrap_or(i64::MAX);
        let mut full: BTreeMap<usize, u32> = BTreeMap::new();
        let mut wish = Wish::default();
        for (_, bid, most) in offers {
            let groups = self.groups.get(&bid).map_or(&[][..], Vec::as_slice);
            let taken = |group: &usize| full.get(group).copied().unwrap_or(0);
            if groups.iter().any(|group| taken(group) >= problem.groups[*group].at_most) {
                continue;
            }
            let accepted = self.room(bid, most, &wish, left);
            let cost = self.cost(bid, accepted, prices);
            if accepted == 0 || cost > budget {
                continue;
            }
            budget -= cost;
            for item in problem.taken(bid, accepted) {
                left -= u64::from(item.parcels);
                *wish.parcels.entry(item.lot).or_default() += item.parcels;
            }
            wish.worth_micros += problem.amount_micros(bid, accepted);
            groups.iter().for_each(|&group| *full.entry(group).or_default() += 1);
        }
        wish
    }

    /// What it asked for last and, beside that, one of its packages with what both are worth: no
    /// more for the package than it costs at the last prices, since it was not asked for at them.
    fn packages(&self, prices: &[i64]) -> Vec<Wish> {
        let problem = &self.market.problem;
        let is_package = |bid: &&BidId| matches!(problem.bids[**bid].offer, Offer::Package { .. });
        let packages = self.bids.iter().filter(is_package);
        let mut offers: Vec<(i64, BidId, u32)> =
            packages.filter_map(|&bid| self.best(bid, prices)).collect();
        offers.sort_by_key(|&(surplus, bid, _)| (Reverse(surplus), bid));
        let beside = |&(_, bid, _): &(i64, BidId, u32)| {
            let mut wish = self.last.clone();
            for item in problem.items(bid) {
                let free = problem.lots[item.lot].parcels_per_day;
                let parcels = wish.parcels.entry(item.lot).or_default();
                *parcels = parcels.checked_add(item.parcels).filter(|&sum| sum <= free)?;
            }
            let (worth, cost) = (problem.amount_micros(bid, 1), self.cost(bid, 1, prices));
            wish.worth_micros += match problem.side {
                Side::Selling => worth.min(cost),
                Side::Buying => worth.max(cost),
            };
            Some(wish)
        };
        let last = Some(self.last.clone()).filter(|wish| !wish.parcels.is_empty());
        last.into_iter().chain(offers.iter().filter_map(beside).take(PACKAGES)).collect()
    }

    /// What of a bid has the greatest surplus at these prices, and of equals the most; none if all
    /// of it costs more than it is worth.
    fn best(&self, bid: BidId, prices: &[i64]) -> Option<(i64, BidId, u32)> {
        let problem = &self.market.problem;
        let mut ends = vec![1];
        if let Offer::Schedule { least_parcels, .. } = &problem.bids[bid].offer {
            let least = (*least_parcels).max(1);
            let widths = problem.steps(bid).iter().scan(0, |end, step| {
                *end += step.parcels;
                Some(*end)
            });
            ends = std::iter::once(least).chain(widths.filter(|&end| end > least)).collect();
        }
        let surplus = |accepted: u32| {
            let (amount, cost) =
                (problem.amount_micros(bid, accepted), self.cost(bid, accepted, prices));
            match problem.side {
                Side::Selling => amount - cost,
                Side::Buying => cost - amount,
            }
        };
        let best = ends.into_iter().map(|end| (surplus(end), end)).max()?;
        (best.0 >= 0).then_some((best.0, bid, best.1))
    }

    /// What so much of a bid costs over the term at these prices.
    fn cost(&self, bid: BidId, accepted: u32, prices: &[i64]) -> i64 {
        let problem = &self.market.problem;
        let each = problem.taken(bid, accepted).map(|item| {
            let days = i64::from(problem.lots[item.lot].days);
            i64::from(item.parcels) * days * prices[item.lot.index()]
        });
        each.fold(0, i64::saturating_add)
    }

    /// How much of a bid for one lot still fits beside what is wanted already.
    fn room(&self, bid: BidId, most: u32, wish: &Wish, left: u64) -> u32 {
        let problem = &self.market.problem;
        let Offer::Schedule { lot, least_parcels, .. } = problem.bids[bid].offer else { return 0 };
        let wanted = wish.parcels.get(&lot).copied().unwrap_or(0);
        let free = problem.lots[lot].parcels_per_day - wanted;
        let room = most.min(free).min(u32::try_from(left).unwrap_or(u32::MAX));
        if room >= least_parcels { room } else { 0 }
    }
}

//! For each bid of a bidder: whether it won, and if not, why and what it was short of.
//!
//! A lost bid that offers less than the prices of the bound say was outbid: these are what one
//! parcel more or less of a lot would change. What a bid lacked is found by solving the market
//! with it where the market is small; in a large one the prices tell a part of it that is proven.

use std::collections::BTreeMap;

use postroad_auction::{Cleared, Lacking, Needed};
use postroad_formats::auction::{Market, usd};
use postroad_model::auction::{Item, Offer, Side};
use postroad_model::id::IdVec;
use postroad_model::{BidId, BidderId, LotId};
use postroad_optimization::Control;
use serde::Serialize;

use super::demand::{bids_of, demand, price_micros};
use crate::parallel::Workers;

/// What became of a bid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    Won,
    /// Some of its parcels won.
    WonInPart,
    /// The reserve price excludes it.
    Reserve,
    /// Another bid of its exclusive group won.
    Exclusive,
    /// Others offer more for the same lots, or less when buying.
    Outbid,
    /// It is good enough by price, but what is left of its lots is less than it wants whole.
    TooLittle,
    /// It is good enough by price; a rule, a budget or a package that counts as a whole keeps it
    /// out.
    Limits,
}

impl Fate {
    /// The fate in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Fate::Won => "won",
            Fate::WonInPart => "won in part",
            Fate::Reserve => "on the wrong side of the reserve price",
            Fate::Exclusive => "another bid of its group won",
            Fate::Outbid => "outbid",
            Fate::TooLittle => "too little left of its lots",
            Fate::Limits => "kept out by a rule, a budget or a larger whole",
        }
    }
}

/// A bid and what became of it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Explained {
    pub(crate) bid: String,
    pub(crate) package: bool,
    pub(crate) lots: usize,
    pub(crate) parcels_per_day: u64,
    pub(crate) awarded_per_day: u64,
    /// All that it offers, over the term.
    pub(crate) amount_usd: String,
    /// The same parcels at the prices of the bound.
    pub(crate) at_prices_usd: String,
    pub(crate) fate: Fate,
    /// What a bid would have to add, or to leave off when buying, to win whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) short_usd: Option<String>,
    /// Whether that is exact, by solving the market with the bid; else it takes that or more.
    pub(crate) short_is_exact: bool,
    #[serde(skip)]
    pub(crate) amount_micros: i64,
}

/// What is looked at for each bid of a bidder.
struct Asked<'a> {
    market: &'a Market,
    cleared: &'a Cleared,
    lacking: Lacking<'a>,
    /// Parcels of each lot that nobody has.
    free: IdVec<LotId, u64>,
    /// Groups of each of the bidder's bids.
    groups_of: BTreeMap<BidId, Vec<usize>>,
}

/// All bids of a bidder, the largest first; each on one of the threads.
pub(crate) fn explain(
    market: &Market,
    cleared: &Cleared,
    bidder: BidderId,
    control: &Control,
    workers: &Workers,
) -> Vec<Explained> {
    let problem = &market.problem;
    let demand = demand(market, &cleared.award);
    let free = demand.iter_ids().map(|(lot, demand)| {
        u64::from(problem.lots[lot].parcels_per_day).saturating_sub(demand.awarded)
    });
    let bids: Vec<BidId> = bids_of(market, bidder).collect();
    let mut groups_of: BTreeMap<BidId, Vec<usize>> = BTreeMap::new();
    for (index, group) in problem.groups.iter().enumerate() {
        for &bid in group.bids.iter().filter(|&&bid| problem.bids[bid].bidder == bidder) {
            groups_of.entry(bid).or_default().push(index);
        }
    }
    let lacking = Lacking::new(problem, &cleared.award, &cleared.lot_prices);
    let asked = Asked { market, cleared, lacking, free: free.collect(), groups_of };
    let turns = bids.len().div_ceil(workers.threads()).max(1);
    let seconds = control.seconds_left() / turns as f64;
    let mut all = workers.map(&bids, |&bid| one(&asked, bid, &control.within(seconds)));
    all.sort_by(|a, b| b.amount_micros.cmp(&a.amount_micros).then(a.bid.cmp(&b.bid)));
    all
}

fn one(asked: &Asked<'_>, bid: BidId, control: &Control) -> Explained {
    let Asked { market, cleared, .. } = *asked;
    let problem = &market.problem;
    let (most, accepted) = (problem.most_accepted(bid), cleared.award.accepted[bid]);
    let parcels = |n: u32| problem.taken(bid, n).map(|item| u64::from(item.parcels)).sum();
    let amount = problem.amount_micros(bid, most);
    let at_prices: i64 = problem
        .taken(bid, most)
        .map(|item| {
            let days = i64::from(problem.lots[item.lot].days);
            price_micros(market, &cleared.lot_prices, item.lot) * days * i64::from(item.parcels)
        })
        .sum();
    let (short, short_is_exact) = match asked.lacking.needed(bid, control) {
        Needed::Nothing | Needed::Impossible => (0, true),
        Needed::Exactly(micros) => (micros, true),
        Needed::AtLeast(micros) => (micros, false),
    };
    Explained {
        bid: market.names.bids[bid].to_string(),
        package: matches!(problem.bids[bid].offer, Offer::Package { .. }),
        lots: problem.taken(bid, most).count(),
        parcels_per_day: parcels(most),
        awarded_per_day: parcels(accepted),
        amount_usd: usd(amount),
        at_prices_usd: usd(at_prices),
        fate: fate(asked, bid),
        short_usd: (short > 0).then(|| usd(short)),
        short_is_exact,
        amount_micros: amount,
    }
}

/// What became of a bid.
fn fate(asked: &Asked<'_>, bid: BidId) -> Fate {
    let Asked { market, cleared, .. } = *asked;
    let problem = &market.problem;
    let accepted = cleared.award.accepted[bid];
    if accepted == problem.most_accepted(bid) {
        return Fate::Won;
    }
    if accepted > 0 {
        return Fate::WonInPart;
    }
    if problem.most_eligible(bid) == 0 {
        return Fate::Reserve;
    }
    let mut groups = asked.groups_of.get(&bid).into_iter().flatten().map(|&g| &problem.groups[g]);
    let is_full = |bids: &[BidId], at_most: u32| {
        bids.iter().filter(|&&b| cleared.award.accepted[b] > 0).count() >= at_most as usize
    };
    if groups.any(|group| is_full(&group.bids, group.at_most)) {
        return Fate::Exclusive;
    }
    if below_prices(market, cleared, bid) {
        return Fate::Outbid;
    }
    let least = match &problem.bids[bid].offer {
        Offer::Package { .. } => 1,
        Offer::Schedule { least_parcels, .. } => (*least_parcels).max(1),
    };
    let fits =
        problem.taken(bid, least).all(|item| u64::from(item.parcels) <= asked.free[item.lot]);
    if fits { Fate::Limits } else { Fate::TooLittle }
}

/// Whether all that is eligible of a bid is worth less than the prices of its lots.
fn below_prices(market: &Market, cleared: &Cleared, bid: BidId) -> bool {
    let problem = &market.problem;
    let most = problem.most_eligible(bid);
    let price = |item: Item| cleared.lot_prices[item.lot] * i64::from(item.parcels);
    problem.gain_micros(bid, most) < problem.taken(bid, most).map(price).sum()
}

/// The words for what a bid that was outbid would have had to do.
pub(crate) fn short_words(side: Side) -> &'static str {
    match side {
        Side::Selling => "short of",
        Side::Buying => "above by",
    }
}

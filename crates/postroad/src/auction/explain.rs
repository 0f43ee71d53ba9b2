//! For each bid of a bidder: whether it won, and if not, why and what it was short of.
//!
//! The measure is the prices of the bound: what one parcel more or less of a lot would change. A
//! lost bid that offers less than they say was outbid; the difference is what it was short of, as
//! far as prices for single parcels can tell. With packages no such prices fit exactly.

use postroad_auction::Cleared;
use postroad_formats::auction::{Market, usd};
use postroad_model::auction::{Offer, Side};
use postroad_model::id::IdVec;
use postroad_model::{BidId, BidderId, LotId};
use serde::Serialize;

use super::demand::{bids_of, demand, price_micros};

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
    /// What a bid that was outbid would have to add, or to leave off when buying.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) short_usd: Option<String>,
    #[serde(skip)]
    pub(crate) amount_micros: i64,
}

/// All bids of a bidder, the largest first.
pub(crate) fn explain(market: &Market, cleared: &Cleared, bidder: BidderId) -> Vec<Explained> {
    let demand = demand(market, &cleared.award);
    let free: IdVec<LotId, u64> = demand
        .iter_ids()
        .map(|(lot, demand)| {
            u64::from(market.problem.lots[lot].parcels_per_day).saturating_sub(demand.awarded)
        })
        .collect();
    let mut all: Vec<Explained> =
        bids_of(market, bidder).map(|bid| one(market, cleared, &free, bid)).collect();
    all.sort_by(|a, b| b.amount_micros.cmp(&a.amount_micros).then(a.bid.cmp(&b.bid)));
    all
}

fn one(market: &Market, cleared: &Cleared, free: &IdVec<LotId, u64>, bid: BidId) -> Explained {
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
    let (fate, short) = fate(market, cleared, free, bid);
    Explained {
        bid: market.names.bids[bid].to_string(),
        package: matches!(problem.bids[bid].offer, Offer::Package { .. }),
        lots: problem.taken(bid, most).count(),
        parcels_per_day: parcels(most),
        awarded_per_day: parcels(accepted),
        amount_usd: usd(amount),
        at_prices_usd: usd(at_prices),
        fate,
        short_usd: (short > 0).then(|| usd(short)),
        amount_micros: amount,
    }
}

/// What became of a bid, and what it was short of.
fn fate(market: &Market, cleared: &Cleared, free: &IdVec<LotId, u64>, bid: BidId) -> (Fate, i64) {
    let problem = &market.problem;
    let accepted = cleared.award.accepted[bid];
    let most = problem.most_accepted(bid);
    if accepted == most {
        return (Fate::Won, 0);
    }
    if accepted >= problem.most_eligible(bid) {
        let fate = if accepted > 0 { Fate::WonInPart } else { Fate::Reserve };
        return (fate, 0);
    }
    let mut groups = problem.groups.iter().filter(|group| group.bids.binary_search(&bid).is_ok());
    let is_full = |bids: &[BidId], at_most: u32| {
        bids.iter().filter(|&&b| cleared.award.accepted[b] > 0).count() >= at_most as usize
    };
    if accepted == 0 && groups.any(|group| is_full(&group.bids, group.at_most)) {
        return (Fate::Exclusive, 0);
    }
    let short = -surplus(market, cleared, bid, accepted);
    if accepted > 0 {
        return (Fate::WonInPart, short.max(0));
    }
    if short > 0 {
        return (Fate::Outbid, short);
    }
    let least = match &problem.bids[bid].offer {
        Offer::Package { .. } => 1,
        Offer::Schedule { least_parcels, .. } => (*least_parcels).max(1),
    };
    let fits = problem.taken(bid, least).all(|item| u64::from(item.parcels) <= free[item.lot]);
    (if fits { Fate::Limits } else { Fate::TooLittle }, 0)
}

/// What the part of a bid that did not win is worth beyond the prices of its lots.
fn surplus(market: &Market, cleared: &Cleared, bid: BidId, accepted: u32) -> i64 {
    let problem = &market.problem;
    let most = problem.most_eligible(bid);
    let at = |n: u32| {
        let charge: i64 = problem
            .taken(bid, n)
            .map(|item| cleared.lot_prices[item.lot] * i64::from(item.parcels))
            .sum();
        problem.gain_micros(bid, n) - charge
    };
    at(most) - at(accepted)
}

/// The words for what a bid that was outbid would have had to do.
pub(crate) fn short_words(side: Side) -> &'static str {
    match side {
        Side::Selling => "short of",
        Side::Buying => "above by",
    }
}

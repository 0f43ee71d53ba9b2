//! What is bid for each lot, what of it won, and why the rest of the lot is left.

use postroad_formats::auction::Market;
use postroad_model::auction::{Award, Offer, Side};
use postroad_model::id::IdVec;
use postroad_model::{BidId, BidderId, LotId};
use serde::Serialize;

/// Why parcels of a lot are not awarded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Left {
    /// All of it is awarded.
    Nothing,
    /// Nobody bids for it.
    NoBids,
    /// No more bids meet the reserve price.
    Reserve,
    /// All that is bid at an eligible price is awarded.
    NoMoreBids,
    /// What is left would be sold below the cost it avoids, or bought above the other way.
    NotWorthIt,
    /// What is left is too little for those who want all or nothing.
    TooLittle,
    /// A rule, a budget or another limit of a bidder, or a group keeps the rest of the bids out.
    Limits,
}

impl Left {
    /// The reason in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Left::Nothing => "all awarded",
            Left::NoBids => "no bids",
            Left::Reserve => "no more bids meet the reserve price",
            Left::NoMoreBids => "no more bids",
            Left::NotWorthIt => "further bids are worth less than not awarding",
            Left::TooLittle => "too little left for bids on all or nothing",
            Left::Limits => "limits: a rule, a budget or an exclusive group",
        }
    }
}

/// What is bid for a lot and what won.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct LotDemand {
    /// Bids that want some of it.
    pub(crate) bids: u32,
    /// Bidders that want some of it.
    pub(crate) bidders: u32,
    /// Parcels a day that are bid for.
    pub(crate) parcels: u64,
    /// Parcels a day awarded.
    pub(crate) awarded: u64,
    /// Bidders that win some of it.
    pub(crate) winners: u32,
}

/// Demand of all lots.
pub(crate) fn demand(market: &Market, award: &Award) -> IdVec<LotId, LotDemand> {
    let problem = &market.problem;
    let mut lots: IdVec<LotId, LotDemand> = vec![LotDemand::default(); problem.lots.len()].into();
    let mut pairs: Vec<(LotId, BidderId, bool)> = Vec::new();
    for (id, bid) in problem.bids.iter_ids() {
        let accepted = award.accepted[id];
        for item in problem.taken(id, problem.most_accepted(id)) {
            lots[item.lot].bids += 1;
            lots[item.lot].parcels += u64::from(item.parcels);
            pairs.push((item.lot, bid.bidder, accepted > 0));
        }
        for item in problem.taken(id, accepted) {
            lots[item.lot].awarded += u64::from(item.parcels);
        }
    }
    pairs.sort_unstable();
    for of_bidder in pairs.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let lot = &mut lots[of_bidder[0].0];
        lot.bidders += 1;
        lot.winners += u32::from(of_bidder.iter().any(|&(_, _, wins)| wins));
    }
    lots
}

/// Why each lot is not awarded whole: the reason that comes latest in [`Left`] among the bids that
/// could take more of it.
pub(crate) fn left(
    market: &Market,
    award: &Award,
    demand: &IdVec<LotId, LotDemand>,
) -> IdVec<LotId, Left> {
    let problem = &market.problem;
    let free = |lot: LotId| {
        u64::from(problem.lots[lot].parcels_per_day).saturating_sub(demand[lot].awarded)
    };
    let mut reasons: IdVec<LotId, Left> = demand
        .iter_ids()
        .map(|(lot, d)| match (free(lot), d.bids) {
            (0, _) => Left::Nothing,
            (_, 0) => Left::NoBids,
            _ => Left::NoMoreBids,
        })
        .collect();
    for id in problem.bids.ids() {
        let items = problem.taken(id, problem.most_accepted(id));
        let mut reason = None;
        for item in items.filter(|item| free(item.lot) > 0) {
            let found = *reason.get_or_insert_with(|| why_not(market, award, id, &free));
            reasons[item.lot] = worse(reasons[item.lot], found);
        }
    }
    reasons
}

/// The later of two reasons; that a bid is taken whole says nothing of its lot.
fn worse(reason: Left, found: Option<Left>) -> Left {
    match found {
        Some(Left::Reserve) if reason == Left::NoMoreBids => Left::Reserve,
        Some(found) if found > reason => found,
        _ => reason,
    }
}

/// Why no more of a bid is accepted; none if all of it is.
fn why_not(
    market: &Market,
    award: &Award,
    id: BidId,
    free: &impl Fn(LotId) -> u64,
) -> Option<Left> {
    let problem = &market.problem;
    let (accepted, eligible) = (award.accepted[id], problem.most_eligible(id));
    if accepted == problem.most_accepted(id) {
        return None;
    }
    if accepted >= eligible {
        return Some(Left::Reserve);
    }
    let more = match &problem.bids[id].offer {
        Offer::Package { .. } => 1,
        Offer::Schedule { least_parcels, .. } => (*least_parcels).max(accepted + 1),
    };
    if problem.gain_micros(id, more) <= problem.gain_micros(id, accepted) {
        return Some(Left::NotWorthIt);
    }
    let wanted = |lot: LotId| {
        let of = |n: u32| problem.taken(id, n).find(|i| i.lot == lot).map_or(0, |i| i.parcels);
        u64::from(of(more) - of(accepted))
    };
    let fits = problem.taken(id, more).all(|item| wanted(item.lot) <= free(item.lot));
    Some(if fits { Left::Limits } else { Left::TooLittle })
}

/// What a parcel of a lot costs at the prices of the bound: what it is worth without an award, and
/// what one parcel more or less of the lot would change.
pub(crate) fn price_micros(market: &Market, prices: &IdVec<LotId, i64>, lot: LotId) -> i64 {
    let own = &market.problem.lots[lot];
    let shadow = prices[lot] / i64::from(own.days);
    match market.problem.side {
        Side::Selling => own.opportunity_micros + shadow,
        Side::Buying => own.opportunity_micros - shadow,
    }
}

/// The bids of each bidder, in the order of bids.
pub(crate) fn bids_of(market: &Market, bidder: BidderId) -> impl Iterator<Item = BidId> + '_ {
    market.problem.bids.iter_ids().filter(move |(_, bid)| bid.bidder == bidder).map(|(id, _)| id)
}

/// Number of lots whose parcels are left for each reason, and how many parcels these are.
pub(crate) fn left_over(
    market: &Market,
    demand: &IdVec<LotId, LotDemand>,
    reasons: &IdVec<LotId, Left>,
) -> Vec<(Left, usize, u64)> {
    let mut sums: Vec<(Left, usize, u64)> = Vec::new();
    for (lot, &reason) in reasons.iter_ids().filter(|&(_, &reason)| reason != Left::Nothing) {
        let whole = u64::from(market.problem.lots[lot].parcels_per_day);
        let parcels = whole.saturating_sub(demand[lot].awarded);
        match sums.iter_mut().find(|(known, ..)| *known == reason) {
            Some(sum) => {
                sum.1 += 1;
                sum.2 += parcels;
            }
            None => sums.push((reason, 1, parcels)),
        }
    }
    sums.sort_unstable();
    sums
}

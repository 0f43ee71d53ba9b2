//! One price for each lot: the best price that lost, or the reserve price.

use postroad_model::auction::{AuctionProblem, Award, Offer, Payments, Side};
use postroad_model::{BidId, IdVec, LotId};

/// The price of a parcel of each lot in micros: that of the best parcel on offer by a schedule
/// that the award leaves out, at least the reserve price and the opportunity cost when selling, at
/// most these when buying. Anybody can read it off the bids.
pub(super) fn lot_prices(problem: &AuctionProblem, award: &Award) -> IdVec<LotId, i64> {
    let floor = |lot: &postroad_model::auction::Lot| match problem.side {
        Side::Selling => lot.opportunity_micros.max(lot.reserve_micros.unwrap_or(0)),
        Side::Buying => lot.reserve_micros.unwrap_or(lot.opportunity_micros),
    };
    let mut prices: IdVec<LotId, i64> = problem.lots.iter().map(floor).collect();
    let mut lost: IdVec<LotId, Option<i64>> = vec![None; prices.len()].into();
    for bid in problem.bids.ids() {
        if let Offer::Schedule { lot, .. } = problem.bids[bid].offer
            && let Some(price) = first_price_left_out(problem, bid, award.accepted[bid])
        {
            lost[lot] = Some(match (lost[lot], problem.side) {
                (None, _) => price,
                (Some(best), Side::Selling) => best.max(price),
                (Some(best), Side::Buying) => best.min(price),
            });
        }
    }
    for (lot, lost) in lost.iter_ids() {
        if let Some(lost) = *lost {
            prices[lot] = match problem.side {
                Side::Selling => prices[lot].max(lost),
                // Without a reserve price and another way the best price that lost is the limit.
                Side::Buying if problem.lots[lot].required => lost,
                Side::Buying => prices[lot].min(lost),
            };
        }
    }
    prices
}

/// The price of the first eligible parcel of a schedule that is not accepted.
fn first_price_left_out(problem: &AuctionProblem, bid: BidId, accepted: u32) -> Option<i64> {
    if accepted >= problem.most_eligible(bid) {
        return None;
    }
    let mut end = 0;
    for step in problem.steps(bid) {
        end += step.parcels;
        if end > accepted {
            return Some(step.price_micros);
        }
    }
    None
}

/// Each winning bid pays the prices of its parcels, and never more than it bid; who sells is never
/// paid less.
pub(super) fn payments(
    problem: &AuctionProblem,
    award: &Award,
    prices: &IdVec<LotId, i64>,
) -> Payments {
    let mut payments = Payments { micros: vec![0; problem.bidders.len()].into() };
    for (bid, accepted) in award.winning() {
        let each = |i: postroad_model::auction::Item| {
            i64::from(i.parcels) * i64::from(problem.lots[i.lot].days) * prices[i.lot]
        };
        let at_prices: i64 = problem.taken(bid, accepted).map(each).sum();
        let amount = problem.amount_micros(bid, accepted);
        payments.micros[problem.bids[bid].bidder] += match problem.side {
            Side::Selling => amount.min(at_prices),
            Side::Buying => amount.max(at_prices),
        };
    }
    payments
}

//! What winners pay: as bid, one price for each lot, Vickrey payments, core payments.
//!
//! All rules leave the award as it is and give each winner something back of what it bid, its
//! surplus. With surpluses the two sides are alike: who buys pays its bid less the surplus, who
//! sells is paid its bid plus the surplus.

mod blocking;
mod core;
mod nearest;
mod removal;
#[cfg(test)]
mod tests;
mod uniform;

use crate::Config;
use blocking::{Coalitions, Surplus, Tables};
use postroad_model::auction::{AuctionProblem, Award, Item, Payments, Side};
use postroad_model::{BidderId, IdVec, LotId};
use postroad_optimization::Control;

/// How payments are made from an award.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PaymentRule {
    /// Each winner pays what it bid.
    #[default]
    AsBid,
    /// One price for all parcels of a lot: that of the best bid that lost, or the reserve price.
    Uniform,
    /// Each winner pays what its presence costs the others (Vickrey 1961, Clarke 1971, Groves
    /// 1973).
    Vcg,
    /// Payments to which no coalition objects, of least revenue, nearest to Vickrey payments
    /// (Day and Raghavan 2007, Day and Cramton 2012).
    Core,
}

/// Payments, and how far they can be relied on.
#[derive(Clone, PartialEq, Debug)]
pub struct Priced {
    /// What each bidder pays, or is paid.
    pub payments: Payments,
    /// Whether every solve behind them was proven optimal.
    pub exact: bool,
    /// Winners without whom no award keeps the rules: for them a Vickrey payment does not exist,
    /// and they are paid as bid.
    pub indispensable: Vec<BidderId>,
    /// Price of a parcel of each lot in micros, under the uniform rule.
    pub lot_prices: Option<IdVec<LotId, i64>>,
    /// Coalitions that would have objected, under the core rule.
    pub constraints: usize,
    /// What each payment of Vickrey's rule is proven to be between, least and most, if it is not
    /// proven to be exact.
    pub between: Option<IdVec<BidderId, [i64; 2]>>,
}

/// Makes payments for an award.
pub fn price(
    problem: &AuctionProblem,
    award: &Award,
    rule: PaymentRule,
    config: &Config,
    control: &Control,
) -> Priced {
    let plain = |payments| Priced {
        payments,
        exact: true,
        indispensable: Vec::new(),
        lot_prices: None,
        constraints: 0,
        between: None,
    };
    match rule {
        PaymentRule::AsBid => plain(Payments::as_bid(problem, award)),
        PaymentRule::Uniform => {
            let prices = uniform::lot_prices(problem, award);
            let payments = uniform::payments(problem, award, &prices);
            Priced { lot_prices: Some(prices), ..plain(payments) }
        }
        PaymentRule::Vcg | PaymentRule::Core => {
            let tables = Tables::new(problem, award, config, control);
            let mut coalitions = Coalitions::new(problem, award, config, control, &tables);
            let vickrey = coalitions.vickrey();
            let mut surplus: IdVec<BidderId, i64> = vickrey.iter().map(|s| s.micros).collect();
            let is_exact = coalitions.exact;
            let constraints = if rule == PaymentRule::Core {
                core::reduce(&mut coalitions, &mut surplus)
            } else {
                0
            };
            let of = |end: fn(&Surplus) -> i64| {
                let surplus = vickrey.iter().map(end).collect();
                with_surplus(problem, award, &surplus).micros
            };
            let between = || {
                let (ends, others) = (of(|s| s.least), of(|s| s.most));
                let pairs = ends.iter().zip(others.iter());
                pairs.map(|(&a, &b)| [a.min(b), a.max(b)]).collect()
            };
            Priced {
                exact: coalitions.exact,
                indispensable: coalitions.indispensable.clone(),
                constraints,
                between: (rule == PaymentRule::Vcg && !is_exact).then(between),
                ..plain(with_surplus(problem, award, &surplus))
            }
        }
    }
}

/// What a winner can be given back so that it still pays the reserve prices of what it wins when
/// the auctioneer sells, and is paid no more than these when it buys.
fn most_surplus(problem: &AuctionProblem, award: &Award, bidder: BidderId) -> i64 {
    let mut most = 0_i64;
    for (bid, accepted) in award.winning().filter(|&(bid, _)| problem.bids[bid].bidder == bidder) {
        let amount = problem.amount_micros(bid, accepted);
        let reserve = |item: Item| {
            let lot = &problem.lots[item.lot];
            let volume = i64::from(item.parcels) * i64::from(lot.days);
            lot.reserve_micros.map(|price| volume * price)
        };
        let reserves: Vec<Option<i64>> = problem.taken(bid, accepted).map(reserve).collect();
        most = most.saturating_add(match problem.side {
            Side::Selling => amount - reserves.iter().flatten().sum::<i64>(),
            // A lot without a reserve price sets no limit.
            Side::Buying => match reserves.iter().copied().sum::<Option<i64>>() {
                Some(reserve) => reserve - amount,
                None => return i64::MAX,
            },
        });
    }
    most
}

/// The amounts of an award, less or plus each bidder's surplus.
fn with_surplus(
    problem: &AuctionProblem,
    award: &Award,
    surplus: &IdVec<BidderId, i64>,
) -> Payments {
    let mut payments = Payments::as_bid(problem, award);
    for (bidder, &surplus) in surplus.iter_ids() {
        match problem.side {
            Side::Selling => payments.micros[bidder] -= surplus,
            Side::Buying => payments.micros[bidder] += surplus,
        }
    }
    payments
}

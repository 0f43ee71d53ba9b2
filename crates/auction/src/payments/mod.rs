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
use nearest::Objection;
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
    /// Payments to which no coalition objects, of least revenue (Day and Raghavan 2007), and of
    /// those the nearest to a reference (Day and Cramton 2012).
    Core(Reference),
}

/// Payments that others shall be near.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Reference {
    /// Vickrey's.
    #[default]
    Vickrey,
    /// What was bid.
    Bids,
    /// The reserve prices of what was won (Erdil and Klemperer 2010); Vickrey's, if those are worse
    /// for the auctioneer or there are none.
    Reserve,
}

/// Why a winner's payment is not better for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setter {
    /// The winner.
    pub bidder: BidderId,
    /// What sets its payment.
    pub by: SetBy,
}

/// What sets a payment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SetBy {
    /// Its own bids: no award without it is known.
    Bid,
    /// The reserve prices of what it wins.
    Reserve,
    /// Others would take the place of some winners.
    Rivals {
        /// Winners that would not win.
        leaving: Vec<BidderId>,
        /// Bidders that would win, and do not. None: other winners would win more.
        entering: Vec<BidderId>,
    },
}

impl SetBy {
    /// The difference between two sets of winners, both ascending.
    fn rivals(winners: &[BidderId], others: &[BidderId]) -> Self {
        Self::Rivals { leaving: beyond(winners, others), entering: beyond(others, winners) }
    }
}

/// Those of some bidders that are not among others; both ascending.
fn beyond(bidders: &[BidderId], others: &[BidderId]) -> Vec<BidderId> {
    bidders.iter().copied().filter(|bidder| others.binary_search(bidder).is_err()).collect()
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
    /// What sets the payment of each winner, under the rules of Vickrey and the core.
    pub setters: Vec<Setter>,
    /// What each payment is proven to be between, least and most, if it is not proven to be exact:
    /// a core payment between the bid and what leaves the bidder all that is known to be added by
    /// it at most.
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
        setters: Vec::new(),
        between: None,
    };
    match rule {
        PaymentRule::AsBid => plain(Payments::as_bid(problem, award)),
        PaymentRule::Uniform => {
            let prices = uniform::lot_prices(problem, award);
            let payments = uniform::payments(problem, award, &prices);
            Priced { lot_prices: Some(prices), ..plain(payments) }
        }
        PaymentRule::Vcg | PaymentRule::Core(_) => {
            let tables = Tables::new(problem, award, config, control);
            let mut coalitions = Coalitions::new(problem, award, config, control, &tables);
            let vickrey = coalitions.vickrey();
            let mut surplus: IdVec<BidderId, i64> = vickrey.iter().map(|s| s.micros).collect();
            let objections = match rule {
                PaymentRule::Core(reference) => {
                    let target = reference_surplus(problem, award, reference, &surplus);
                    core::reduce(&mut coalitions, &target, &mut surplus)
                }
                _ => Vec::new(),
            };
            let of = |end: fn(&Surplus) -> i64| {
                let surplus = vickrey.iter().map(end).collect();
                with_surplus(problem, award, &surplus).micros
            };
            let between = || {
                let is_core = rule != PaymentRule::Vcg;
                let least = if is_core { |_: &Surplus| 0 } else { |s: &Surplus| s.least };
                let (ends, others) = (of(least), of(|s| s.most));
                let pairs = ends.iter().zip(others.iter());
                pairs.map(|(&a, &b)| [a.min(b), a.max(b)]).collect()
            };
            Priced {
                exact: coalitions.exact,
                indispensable: coalitions.indispensable.clone(),
                constraints: objections.len(),
                setters: setters(&coalitions, &vickrey, &objections, &surplus),
                between: (!coalitions.exact).then(between),
                ..plain(with_surplus(problem, award, &surplus))
            }
        }
    }
}

/// The surpluses that those of least revenue shall be near.
fn reference_surplus(
    problem: &AuctionProblem,
    award: &Award,
    reference: Reference,
    vickrey: &IdVec<BidderId, i64>,
) -> IdVec<BidderId, i64> {
    let near = |(bidder, &most): (BidderId, &i64)| match reference {
        Reference::Vickrey => most,
        Reference::Bids => 0,
        // Without a reserve price there is no end to it.
        Reference::Reserve if most == 0 => 0,
        Reference::Reserve => match most_surplus(problem, award, bidder) {
            i64::MAX => most,
            surplus => surplus,
        },
    };
    vickrey.iter_ids().map(near).collect()
}

/// What sets each winner's payment: of the objections that name it the one that leaves least.
fn setters(
    coalitions: &Coalitions<'_>,
    vickrey: &IdVec<BidderId, Surplus>,
    objections: &[Objection],
    surplus: &IdVec<BidderId, i64>,
) -> Vec<Setter> {
    let by = |&bidder: &BidderId| {
        let left = |objection: &&Objection| {
            objection.most - objection.outside.iter().map(|&b| surplus[b]).sum::<i64>()
        };
        // Surpluses of the core are as exact as a quadratic programme is.
        let is_less = surplus[bidder] < vickrey[bidder].micros - vickrey[bidder].micros / 1_000_000;
        let named = objections.iter().filter(|o| is_less && o.outside.contains(&bidder));
        let by = match named.min_by_key(left) {
            Some(objection) => SetBy::Rivals {
                leaving: objection.outside.clone(),
                entering: objection.entering.clone(),
            },
            None => coalitions.set_by(bidder),
        };
        Setter { bidder, by }
    };
    coalitions.award().1.iter().map(by).collect()
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

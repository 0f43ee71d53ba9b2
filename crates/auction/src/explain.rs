//! Why a bid won or lost, and what it would have taken to win.

use crate::exact::{self, Exact};
use postroad_model::auction::{AuctionProblem, Award};
use postroad_model::{BidId, IdVec, LotId};
use postroad_optimization::{Control, mip};

/// Largest programme that is solved once for each bid asked about.
const MOST_COLUMNS: usize = 2000;

/// What would have made a losing bid win.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needed {
    /// It wins already.
    Nothing,
    /// The amount over the term that would have had to be better by this many micros, exactly:
    /// with a micro more it wins, with a micro less it does not.
    Exactly(i64),
    /// By at least this many micros: less is proven not to be enough.
    AtLeast(i64),
    /// No price is enough: it is not eligible, or rules and other winners leave it no room.
    Impossible,
}

/// A cleared market in which it is asked what bids lack.
pub struct Lacking<'a> {
    problem: &'a AuctionProblem,
    award: &'a Award,
    lot_prices: &'a IdVec<LotId, i64>,
    /// By how much the award may itself be short of the best one, in a large market.
    slack: Option<i128>,
}

impl<'a> Lacking<'a> {
    /// For an award and the prices of lots that came with it.
    pub fn new(
        problem: &'a AuctionProblem,
        award: &'a Award,
        lot_prices: &'a IdVec<LotId, i64>,
    ) -> Self {
        let slack = || problem.bound_micros(lot_prices) - i128::from(award.value_micros(problem));
        let slack = (exact::size(problem) > MOST_COLUMNS).then(slack);
        Self { problem, award, lot_prices, slack }
    }

    /// What it would have taken for `bid` to win, all of it if it is a schedule, all else as it
    /// was.
    ///
    /// A bid wins if the best award with it is worth more than the best one without it; so it
    /// lacks the difference. In large markets the prices of lots tell a part of it that is proven.
    pub fn needed(&self, bid: BidId, control: &Control) -> Needed {
        let (problem, award) = (self.problem, self.award);
        let whole = problem.most_accepted(bid);
        if award.accepted[bid] == whole {
            return Needed::Nothing;
        }
        if problem.most_eligible(bid) < whole {
            return Needed::AtLeast(below_reserve(problem, bid));
        }
        match self.slack {
            None => by_solving(problem, award, bid, control),
            Some(slack) => by_prices(problem, self.lot_prices, slack, bid),
        }
    }
}

/// Solves the market with the bid forced in.
fn by_solving(problem: &AuctionProblem, award: &Award, bid: BidId, control: &Control) -> Needed {
    let mut market = Exact::new(problem, false);
    market.force(bid);
    let solved = mip::solve(&market.mip, &market.effort(None, control), control, None);
    let value = award.value_micros(problem);
    match solved.status {
        mip::Status::Infeasible => Needed::Impossible,
        mip::Status::Optimal => {
            let lacks = (value - market.award(&solved.x).value_micros(problem)).max(0);
            // A better price may be more than a budget allows.
            match problem.bidders[problem.bids[bid].bidder].budget_micros {
                None => Needed::Exactly(lacks),
                Some(_) => Needed::AtLeast(lacks),
            }
        }
        mip::Status::Feasible | mip::Status::Unknown => {
            let bound = (-solved.bound).ceil() as i64;
            Needed::AtLeast((value - bound).max(0))
        }
    }
}

/// By how much a bid's amount misses the reserve prices of its lots.
fn below_reserve(problem: &AuctionProblem, bid: BidId) -> i64 {
    let whole = problem.most_accepted(bid);
    let reserve: i64 = problem
        .taken(bid, whole)
        .map(|item| {
            let lot = &problem.lots[item.lot];
            let price = lot.reserve_micros.unwrap_or(0);
            i64::from(item.parcels) * i64::from(lot.days) * price
        })
        .sum();
    (reserve - problem.amount_micros(bid, whole)).abs()
}

/// What a bid lacks at the prices of its lots, less what the award may lack itself.
fn by_prices(
    problem: &AuctionProblem,
    lot_prices: &IdVec<LotId, i64>,
    slack: i128,
    bid: BidId,
) -> Needed {
    let lots = problem.taken(bid, problem.most_accepted(bid));
    let fits = |lot: LotId, parcels: u32| parcels <= problem.lots[lot].parcels_per_day;
    let whole = problem.most_accepted(bid);
    if !problem.taken(bid, whole).all(|item| fits(item.lot, item.parcels)) {
        return Needed::Impossible;
    }
    let charge: i128 =
        lots.map(|i| i128::from(i.parcels) * i128::from(lot_prices[i.lot].max(0))).sum();
    let surplus = i128::from(problem.gain_micros(bid, whole)) - charge;
    let lacks = (-surplus - slack).clamp(0, i128::from(i64::MAX)) as i64;
    Needed::AtLeast(lacks)
}

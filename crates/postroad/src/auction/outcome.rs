//! The outcome of an auction as a program reads it: `outcome.json`.

use postroad_auction::{Cleared, Priced, SetBy};
use postroad_formats::auction::{Market, usd};
use postroad_model::auction::{Award, Payments, Side};
use postroad_model::id::IdVec;
use postroad_model::{BidderId, LotId};
use serde::Serialize;

use super::clear::Lottery;
use super::demand::{Left, LotDemand, demand, left, left_over};

/// Version of this layout.
pub(crate) const FORMAT: u32 = 1;

/// What an auction came to. Sums of money are texts in dollars, exact; bounds and gaps are for the
/// value, which is what the award is worth to the auctioneer above not awarding anything.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Outcome {
    /// Version of the layout, [`FORMAT`].
    pub(crate) format: u32,
    /// Name and version of the program that wrote it.
    pub(crate) program: String,
    pub(crate) market: String,
    pub(crate) side: &'static str,
    pub(crate) scenario: Option<String>,
    /// Seed of the tickets.
    pub(crate) ticket_seed: u64,
    /// Seed of the search.
    pub(crate) search_seed: u64,
    pub(crate) rounds: u64,
    pub(crate) size: Size,
    pub(crate) value_usd: String,
    pub(crate) bound_usd: String,
    pub(crate) gap: f64,
    pub(crate) proven: bool,
    /// Of proven awards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lottery: Option<Lottery>,
    /// Sum of the winning bids at their own prices.
    pub(crate) amount_usd: String,
    /// What all awarded parcels would cost at the reserve prices; lots without one count 0.
    pub(crate) reserve_usd: String,
    /// What a buyer pays in all, what is not awarded included.
    pub(crate) cost_usd: Option<String>,
    pub(crate) parcels_per_day: Parcels,
    pub(crate) left: Vec<LeftOver>,
    pub(crate) payments: Option<Paid>,
    pub(crate) winners: Vec<Winner>,
}

/// How large the market is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Size {
    pub(crate) lots: usize,
    pub(crate) bidders: usize,
    pub(crate) bids: usize,
    pub(crate) packages: usize,
    pub(crate) groups: usize,
    pub(crate) rules: usize,
}

/// Parcels a day of all lots.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Parcels {
    pub(crate) offered: u64,
    pub(crate) bid_for: u64,
    pub(crate) awarded: u64,
}

/// Lots of which parcels are left for one reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct LeftOver {
    pub(crate) reason: Left,
    pub(crate) lots: usize,
    pub(crate) parcels_per_day: u64,
}

/// Payments of all winners together.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Paid {
    pub(crate) rule: &'static str,
    /// Whether every solve behind them was proven.
    pub(crate) exact: bool,
    pub(crate) total_usd: String,
    /// Coalitions that would have objected to less, under the core rule.
    pub(crate) coalitions: usize,
    /// Winners without whom no award keeps the rules: they pay, or are paid, as bid.
    pub(crate) indispensable: Vec<String>,
    /// What payments that are not exact are proven to be between.
    #[serde(skip)]
    between: Option<IdVec<BidderId, [i64; 2]>>,
    /// What sets the payments of winners.
    #[serde(skip)]
    setters: Vec<(BidderId, PaymentSetter)>,
}

/// What sets a winner's payment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub(crate) enum PaymentSetter {
    /// Its own bids: without it no award is known.
    Bid,
    /// The reserve prices of what it wins.
    Reserve,
    /// Others who would win in place of some winners.
    Rivals {
        /// Winners that would not win, itself among them.
        leaving: Vec<String>,
        /// Losers that would win; if none, other winners would win more.
        entering: Vec<String>,
    },
}

impl PaymentSetter {
    fn new(market: &Market, by: &SetBy) -> Self {
        let names = |bidders: &[BidderId]| {
            bidders.iter().map(|&bidder| market.names.bidders[bidder].to_string()).collect()
        };
        match by {
            SetBy::Bid => Self::Bid,
            SetBy::Reserve => Self::Reserve,
            SetBy::Rivals { leaving, entering } => {
                Self::Rivals { leaving: names(leaving), entering: names(entering) }
            }
        }
    }
}

impl Paid {
    pub(crate) fn new(market: &Market, rule: &'static str, priced: &Priced) -> Self {
        let name = |&id: &BidderId| market.names.bidders[id].to_string();
        Self {
            rule,
            exact: priced.exact,
            total_usd: usd(priced.payments.total_micros()),
            coalitions: priced.constraints,
            indispensable: priced.indispensable.iter().map(name).collect(),
            between: priced.between.clone(),
            setters: (priced.setters.iter())
                .map(|setter| (setter.bidder, PaymentSetter::new(market, &setter.by)))
                .collect(),
        }
    }
}

/// A bidder that wins.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Winner {
    pub(crate) bidder: String,
    pub(crate) kind: String,
    pub(crate) bids: usize,
    pub(crate) winning_bids: usize,
    pub(crate) lots: usize,
    pub(crate) parcels_per_day: u64,
    pub(crate) amount_usd: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payment_usd: Option<String>,
    /// What a payment that is not exact is proven to be between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payment_between_usd: Option<[String; 2]>,
    /// What sets the payment, under the rules of Vickrey and the core.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payment_set: Option<PaymentSetter>,
    #[serde(skip)]
    pub(crate) amount_micros: i64,
    #[serde(skip)]
    pub(crate) payment_micros: Option<i64>,
}

/// An outcome with what it is told from.
pub(crate) struct Told<'a> {
    pub(crate) market: &'a Market,
    pub(crate) cleared: &'a Cleared,
    pub(crate) payments: Option<(&'a Payments, Paid)>,
    pub(crate) demand: IdVec<LotId, LotDemand>,
    pub(crate) left: IdVec<LotId, Left>,
    pub(crate) lottery: Option<Lottery>,
    pub(crate) scenario: Option<&'a str>,
    pub(crate) search_seed: u64,
}

impl<'a> Told<'a> {
    pub(crate) fn new(
        market: &'a Market,
        cleared: &'a Cleared,
        scenario: Option<&'a str>,
        search_seed: u64,
    ) -> Self {
        let demand = demand(market, &cleared.award);
        let left = left(market, &cleared.award, &demand);
        let (payments, lottery) = (None, None);
        Self { market, cleared, payments, demand, left, lottery, scenario, search_seed }
    }

    /// The outcome.
    pub(crate) fn outcome(&self) -> Outcome {
        let (market, problem, award) = (self.market, &self.market.problem, &self.cleared.award);
        let packages = problem.bids.ids().filter(|&bid| !problem.items(bid).is_empty()).count();
        let reserve: i64 = self.demand.iter_ids().map(|(lot, d)| reserve(market, lot, d)).sum();
        let left = left_over(market, &self.demand, &self.left).into_iter();
        Outcome {
            format: FORMAT,
            program: concat!("postroad ", env!("CARGO_PKG_VERSION")).into(),
            market: market.names.market.clone(),
            side: match problem.side {
                Side::Selling => "selling",
                Side::Buying => "buying",
            },
            scenario: self.scenario.map(str::to_string),
            ticket_seed: market.names.seed,
            search_seed: self.search_seed,
            rounds: self.cleared.rounds,
            size: Size {
                lots: problem.lots.len(),
                bidders: problem.bidders.len(),
                bids: problem.bids.len(),
                packages,
                groups: problem.groups.len(),
                rules: problem.rules.len(),
            },
            value_usd: usd(self.cleared.value_micros),
            bound_usd: usd(self.cleared.bound_micros),
            gap: self.cleared.gap(),
            proven: self.cleared.proven,
            lottery: self.lottery.filter(|_| self.cleared.proven),
            amount_usd: usd(award.amount_micros(problem)),
            reserve_usd: usd(reserve),
            cost_usd: award.cost_micros(problem).map(usd),
            parcels_per_day: Parcels {
                offered: problem.lots.iter().map(|lot| u64::from(lot.parcels_per_day)).sum(),
                bid_for: self.demand.iter().map(|demand| demand.parcels).sum(),
                awarded: self.demand.iter().map(|demand| demand.awarded).sum(),
            },
            left: left
                .map(|(reason, lots, parcels)| LeftOver { reason, lots, parcels_per_day: parcels })
                .collect(),
            payments: self.payments.as_ref().map(|(_, paid)| paid.clone()),
            winners: winners(market, award, self.payments.as_ref()),
        }
    }
}

/// What the awarded parcels of a lot would come to at its reserve price.
pub(crate) fn reserve(market: &Market, lot: LotId, demand: &LotDemand) -> i64 {
    let own = &market.problem.lots[lot];
    own.reserve_micros.unwrap_or(0) * i64::from(own.days) * demand.awarded as i64
}

/// The winners, the largest amounts first.
fn winners(market: &Market, award: &Award, payments: Option<&(&Payments, Paid)>) -> Vec<Winner> {
    let problem = &market.problem;
    let between = payments.and_then(|(_, paid)| paid.between.as_ref());
    let setters = payments.map_or(&[][..], |(_, paid)| &paid.setters);
    let payments = payments.map(|(payments, _)| *payments);
    let mut all: IdVec<BidderId, Winner> = problem
        .bidders
        .ids()
        .map(|id| Winner {
            bidder: market.names.bidders[id].to_string(),
            kind: market.bidders[id].kind.clone(),
            bids: 0,
            winning_bids: 0,
            lots: 0,
            parcels_per_day: 0,
            amount_usd: String::new(),
            payment_usd: payments.map(|payments| usd(payments.micros[id])),
            payment_between_usd: between.map(|between| between[id].map(usd)),
            payment_set: setters.iter().find(|setter| setter.0 == id).map(|s| s.1.clone()),
            amount_micros: 0,
            payment_micros: payments.map(|payments| payments.micros[id]),
        })
        .collect();
    let mut lots: Vec<(BidderId, LotId)> = Vec::new();
    for (id, bid) in problem.bids.iter_ids() {
        let (winner, accepted) = (&mut all[bid.bidder], award.accepted[id]);
        winner.bids += 1;
        winner.winning_bids += usize::from(accepted > 0);
        winner.amount_micros += problem.amount_micros(id, accepted);
        for item in problem.taken(id, accepted) {
            winner.parcels_per_day += u64::from(item.parcels);
            lots.push((bid.bidder, item.lot));
        }
    }
    lots.sort_unstable();
    lots.dedup();
    lots.iter().for_each(|&(bidder, _)| all[bidder].lots += 1);
    let mut all: Vec<Winner> =
        all.iter().filter(|winner| winner.winning_bids > 0).cloned().collect();
    all.iter_mut().for_each(|winner| winner.amount_usd = usd(winner.amount_micros));
    all.sort_by(|a, b| b.amount_micros.cmp(&a.amount_micros).then(a.bidder.cmp(&b.bidder)));
    all
}

//! Auctions of delivery: lots, bids, rules, awards, and what an award is worth.
//!
//! One form serves both directions. An operator that sells access takes the award of greatest
//! value; a shipper that buys delivery takes the one of least cost, which is the one of greatest
//! saving. Money is whole millionths of a dollar over the whole term, volume is whole parcels a
//! day, so that every sum is exact.

mod award;
mod bound;
mod faults;
mod payment;
#[cfg(test)]
mod tests;
mod violations;

pub use award::Award;
pub use faults::MICROS_MAX;
pub use payment::{PaymentFault, Payments};
pub use violations::AuctionViolation;

use crate::id::{BidId, BidderId, IdVec, LotId, LotSetId};
use std::ops::Range;

/// Millionths of a dollar in a dollar.
pub const MICROS_PER_USD: i64 = 1_000_000;

/// Who holds the auction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Side {
    /// The auctioneer sells: bids are what bidders would pay, high ones win.
    #[default]
    Selling,
    /// The auctioneer buys: bids are what bidders ask for, low ones win.
    Buying,
}

/// What is sold or bought: so many parcels a day at one place, in one tender window, for a term.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lot {
    /// Parcels a day that can be sold, or that are wanted.
    pub parcels_per_day: u32,
    /// Service days of the term.
    pub days: u32,
    /// The least a parcel is sold for, or the most it is bought for; none if any price will do.
    pub reserve_micros: Option<i64>,
    /// What a parcel is worth to the auctioneer without an award: the cost that is avoided by
    /// not selling, or what it costs to have it delivered otherwise.
    pub opportunity_micros: i64,
    /// Whether all of it must be awarded. Only a buyer may ask for it.
    pub required: bool,
}

/// Who bids.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bidder {
    /// The most that the amounts of its winning bids may add up to.
    pub budget_micros: Option<i64>,
    /// Parcels a day below which it takes nothing at all.
    pub least_parcels: u64,
    /// The most parcels a day it takes, over all lots.
    pub most_parcels: Option<u64>,
    /// The most winning bids it can have.
    pub most_bids: Option<u32>,
}

/// Some parcels of a price schedule, at one price.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// Width of the step in parcels a day.
    pub parcels: u32,
    /// Price of each parcel of this step.
    pub price_micros: i64,
}

/// One lot of a package.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Item {
    /// The lot.
    pub lot: LotId,
    /// Parcels a day.
    pub parcels: u32,
}

/// What is offered. The lists are kept by the problem: see [`AuctionProblem::steps`] and
/// [`AuctionProblem::items`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Offer {
    /// Parcels of one lot, step by step from the first; the parcels of a step cost its own price.
    Schedule {
        /// The lot.
        lot: LotId,
        /// Fewest parcels a day that are taken, if any are. All steps together: all or nothing.
        least_parcels: u32,
        /// Where the steps are.
        steps: Range<u32>,
    },
    /// Parcels of several lots at one price, all or nothing.
    Package {
        /// Where the items are.
        items: Range<u32>,
        /// The price of all of it over the term.
        amount_micros: i64,
    },
}

/// An offer by a bidder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bid {
    /// Who makes it.
    pub bidder: BidderId,
    /// Its place in the lottery that decides between equally good awards; lower goes first.
    /// Drawn from a seed that is published before, never from the order of arrival.
    pub ticket: u64,
    /// What is offered.
    pub offer: Offer,
}

/// Bids of one bidder of which only some may win.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExclusiveGroup {
    /// The bids, ascending.
    pub bids: Vec<BidId>,
    /// How many of them may win. One: they exclude each other.
    pub at_most: u32,
}

/// A rule of the auctioneer, beyond the capacity of each lot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rule {
    /// These lots share a dock, a window or a building.
    SharedCapacity {
        /// The lots.
        lots: LotSetId,
        /// Parcels a day of all of them together.
        most_parcels: u64,
    },
    /// No single bidder takes more of these lots.
    BidderShare {
        /// The lots.
        lots: LotSetId,
        /// Parcels a day of each bidder.
        most_parcels: u64,
    },
    /// These bidders together take at least, and at most, so much of these lots: a set-aside is
    /// a most for all others, a share of incumbents is a least for them.
    GroupVolume {
        /// The bidders, ascending.
        bidders: Vec<BidderId>,
        /// The lots.
        lots: LotSetId,
        /// Fewest parcels a day.
        least_parcels: u64,
        /// Most parcels a day.
        most_parcels: Option<u64>,
    },
    /// At least, and at most, so many bidders win something of these lots.
    Winners {
        /// The lots.
        lots: LotSetId,
        /// Fewest winners.
        least: u32,
        /// Most winners; any award counts.
        most: Option<u32>,
        /// Parcels a day from which a winner counts towards the fewest.
        least_parcels: u64,
    },
}

/// An auction as it stands when bidding has ended.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AuctionProblem {
    /// Who holds it.
    pub side: Side,
    /// What is sold or bought.
    pub lots: IdVec<LotId, Lot>,
    /// Named sets of lots, each ascending.
    pub lot_sets: IdVec<LotSetId, Vec<LotId>>,
    /// Who bids.
    pub bidders: IdVec<BidderId, Bidder>,
    /// What is offered.
    pub bids: IdVec<BidId, Bid>,
    /// Steps of all price schedules.
    pub steps: Vec<Step>,
    /// Items of all packages; those of one package name each lot once.
    pub items: Vec<Item>,
    /// Bids that exclude each other.
    pub groups: Vec<ExclusiveGroup>,
    /// Further rules.
    pub rules: Vec<Rule>,
}

impl AuctionProblem {
    /// Adds a bid for one lot.
    pub fn push_schedule(
        &mut self,
        bidder: BidderId,
        ticket: u64,
        lot: LotId,
        least_parcels: u32,
        steps: &[Step],
    ) -> BidId {
        let first = self.steps.len() as u32;
        self.steps.extend_from_slice(steps);
        let steps = first..self.steps.len() as u32;
        self.bids.push(Bid { bidder, ticket, offer: Offer::Schedule { lot, least_parcels, steps } })
    }

    /// Adds a package bid.
    pub fn push_package(
        &mut self,
        bidder: BidderId,
        ticket: u64,
        items: &[Item],
        amount_micros: i64,
    ) -> BidId {
        let first = self.items.len() as u32;
        self.items.extend_from_slice(items);
        let items = first..self.items.len() as u32;
        self.bids.push(Bid { bidder, ticket, offer: Offer::Package { items, amount_micros } })
    }

    /// The steps of a price schedule; none of a package.
    pub fn steps(&self, bid: BidId) -> &[Step] {
        match &self.bids[bid].offer {
            Offer::Schedule { steps, .. } => &self.steps[steps.start as usize..steps.end as usize],
            Offer::Package { .. } => &[],
        }
    }

    /// The items of a package; none of a price schedule.
    pub fn items(&self, bid: BidId) -> &[Item] {
        match &self.bids[bid].offer {
            Offer::Package { items, .. } => &self.items[items.start as usize..items.end as usize],
            Offer::Schedule { .. } => &[],
        }
    }

    /// The most that can be accepted of a bid: parcels a day of a schedule, 1 of a package.
    pub fn most_accepted(&self, bid: BidId) -> u32 {
        match &self.bids[bid].offer {
            Offer::Package { .. } => 1,
            Offer::Schedule { .. } => self.steps(bid).iter().map(|step| step.parcels).sum(),
        }
    }

    /// The parcels a day of each lot that `accepted` of a bid takes.
    pub fn taken(&self, bid: BidId, accepted: u32) -> impl Iterator<Item = Item> + '_ {
        let single = match self.bids[bid].offer {
            Offer::Schedule { lot, .. } => Some(Item { lot, parcels: accepted }),
            Offer::Package { .. } => None,
        };
        let package = if accepted > 0 { self.items(bid) } else { &[] };
        single.into_iter().filter(|item| item.parcels > 0).chain(package.iter().copied())
    }

    /// What `accepted` of a bid costs at its own prices, over the term.
    pub fn amount_micros(&self, bid: BidId, accepted: u32) -> i64 {
        match &self.bids[bid].offer {
            Offer::Package { amount_micros, .. } => i64::from(accepted.min(1)) * amount_micros,
            Offer::Schedule { lot, .. } => {
                let mut left = accepted;
                let mut amount_micros = 0;
                for step in self.steps(bid) {
                    let parcels = left.min(step.parcels);
                    amount_micros += i64::from(parcels) * step.price_micros;
                    left -= parcels;
                }
                amount_micros * i64::from(self.lots[*lot].days)
            }
        }
    }

    /// What the parcels of `accepted` of a bid are worth to the auctioneer without an award.
    pub fn opportunity_micros(&self, bid: BidId, accepted: u32) -> i64 {
        self.taken(bid, accepted).map(|item| self.item_micros(item, |l| l.opportunity_micros)).sum()
    }

    /// What accepting so much of a bid is worth to the auctioneer: more than without it when
    /// selling, less cost than without it when buying.
    pub fn gain_micros(&self, bid: BidId, accepted: u32) -> i64 {
        let surplus = self.amount_micros(bid, accepted) - self.opportunity_micros(bid, accepted);
        match self.side {
            Side::Selling => surplus,
            Side::Buying => -surplus,
        }
    }

    /// How much of a bid is eligible: the part of its schedule in front of the first step that
    /// the reserve price excludes; a package whole or not at all.
    pub fn most_eligible(&self, bid: BidId) -> u32 {
        match &self.bids[bid].offer {
            Offer::Schedule { lot, least_parcels, .. } => {
                let reserve = self.lots[*lot].reserve_micros;
                let within =
                    |step: &&Step| reserve.is_none_or(|r| self.meets(step.price_micros, r));
                let parcels =
                    self.steps(bid).iter().take_while(within).map(|step| step.parcels).sum();
                if parcels < *least_parcels { 0 } else { parcels }
            }
            Offer::Package { amount_micros, .. } => {
                let items = self.items(bid);
                let bound = |item: &Item| {
                    self.lots[item.lot]
                        .reserve_micros
                        .map(|_| self.item_micros(*item, |l| l.reserve_micros.unwrap_or_default()))
                };
                // A lot without a reserve price makes no demand when selling and no limit when buying.
                let reserve: Option<i64> = match self.side {
                    Side::Selling => Some(items.iter().filter_map(bound).sum()),
                    Side::Buying => items.iter().map(bound).sum(),
                };
                u32::from(reserve.is_none_or(|r| self.meets(*amount_micros, r)))
            }
        }
    }

    /// Whether a price is on the right side of a reserve price.
    fn meets(&self, price_micros: i64, reserve_micros: i64) -> bool {
        match self.side {
            Side::Selling => price_micros >= reserve_micros,
            Side::Buying => price_micros <= reserve_micros,
        }
    }

    fn item_micros(&self, item: Item, per_parcel: impl Fn(&Lot) -> i64) -> i64 {
        let lot = &self.lots[item.lot];
        i64::from(item.parcels) * i64::from(lot.days) * per_parcel(lot)
    }

    /// Whether a lot is in a set.
    pub fn contains(&self, set: LotSetId, lot: LotId) -> bool {
        self.lot_sets[set].binary_search(&lot).is_ok()
    }
}

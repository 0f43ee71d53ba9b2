//! Terms and sheets become a problem of the model; what does not fit is left out and named.

use std::collections::{BTreeMap, BTreeSet};

use postroad_model::auction::{AuctionProblem, Bidder, ExclusiveGroup, Item, Step};
use postroad_model::auction::{Lot as ModelLot, Rule as ModelRule, Side as ModelSide};
use postroad_model::{BidId, BidderId, IdVec, LotId, LotSetId};

use super::{Offer, Rule, Sheet, SheetBid, Side, Terms};
use crate::bytes::Hash;

/// A bidder's sheet.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    /// Name of the bidder.
    pub bidder: &'a str,
    /// What it offers.
    pub sheet: &'a Sheet,
}

/// A problem with the names of its bidders and bids.
#[derive(Clone, Debug)]
pub struct Market {
    /// The problem.
    pub problem: AuctionProblem,
    /// Names of the lots.
    pub lots: IdVec<LotId, String>,
    /// Names of the bidders.
    pub bidders: IdVec<BidderId, String>,
    /// Names of the bids; those of one bidder differ.
    pub bids: IdVec<BidId, String>,
}

/// Why a sheet cannot stand; a sentence for its bidder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SheetFault(pub String);

/// Most micros of a price or an amount in a sheet or in terms, and most service days: so small
/// that the model's sums of a million of them stay within its widest integers.
pub(crate) const PRICE_MAX_MICROS: i64 = 10_000_000_000_000_000;
const DAYS_MAX: u32 = 100_000;

fn fault<T>(text: String) -> Result<T, SheetFault> {
    Err(SheetFault(text))
}

/// Ids of the names in some terms.
struct Names<'a> {
    lots: BTreeMap<&'a str, LotId>,
    sets: BTreeMap<&'a str, LotSetId>,
}

/// Terms with the ids of their names, to read sheets against.
pub struct Book<'a> {
    terms: &'a Terms,
    names: Names<'a>,
    /// The problem without a bidder.
    empty: AuctionProblem,
}

impl<'a> Book<'a> {
    /// Opens some terms; refused if no auction can be held under them.
    pub fn new(terms: &'a Terms) -> Result<Self, SheetFault> {
        let names = terms.names()?;
        let empty = terms.lots_of_problem(&names)?;
        let book = Self { terms, names, empty };
        book.build(&[], &Hash::of(&[]))?;
        Ok(book)
    }

    /// The problem that some sheets make, bidders in the order of their names and bids in the
    /// order of their sheets, so that no order of arrival is left. `seed` draws the tickets.
    pub fn market(&self, standing: &[Standing<'_>], seed: &Hash) -> Result<Market, SheetFault> {
        let mut market = self.build(standing, seed)?;
        market.lots = self.terms.lots.iter().map(|lot| lot.name.clone()).collect();
        Ok(market)
    }

    /// More than any sum of money of an auction with this sheet alone, or without any; refused if
    /// the sheet cannot count.
    pub fn largest_sum(&self, standing: Option<Standing<'_>>) -> Result<i128, SheetFault> {
        let market = self.build(standing.as_slice(), &Hash::of(&[]))?;
        Ok(market.problem.largest_sum())
    }

    fn build(&self, standing: &[Standing<'_>], seed: &Hash) -> Result<Market, SheetFault> {
        let mut standing: Vec<&Standing<'_>> = standing.iter().collect();
        standing.sort_by_key(|one| one.bidder);
        if let Some(pair) = standing.windows(2).find(|pair| pair[0].bidder == pair[1].bidder) {
            return fault(format!("bidder {:?} has two sheets", pair[0].bidder));
        }
        let mut market = Market {
            problem: self.empty.clone(),
            lots: IdVec::new(),
            bidders: standing.iter().map(|one| one.bidder.to_string()).collect(),
            bids: IdVec::new(),
        };
        for one in standing {
            market.push_sheet(one, &self.names, seed)?;
        }
        market.problem.rules = market.rules(self.terms, &self.names)?;
        match market.problem.faults().first() {
            Some(first) => fault(first.clone()),
            None => Ok(market),
        }
    }
}

impl Terms {
    /// Why no auction can be held under these terms, if so.
    pub fn fault(&self) -> Option<SheetFault> {
        Book::new(self).err()
    }

    fn names(&self) -> Result<Names<'_>, SheetFault> {
        let mut names = Names { lots: BTreeMap::new(), sets: BTreeMap::new() };
        for (index, lot) in self.lots.iter().enumerate() {
            if names.lots.insert(&lot.name, LotId(index as u32)).is_some() {
                return fault(format!("two lots are named {:?}", lot.name));
            }
        }
        for (index, set) in self.sets.iter().enumerate() {
            if names.sets.insert(&set.name, LotSetId(index as u32)).is_some() {
                return fault(format!("two sets of lots are named {:?}", set.name));
            }
        }
        Ok(names)
    }

    fn lots_of_problem(&self, names: &Names<'_>) -> Result<AuctionProblem, SheetFault> {
        if let Some(lot) = self.lots.iter().find(|lot| !lot.is_moderate()) {
            return fault(format!("days or prices of lot {:?} are too large", lot.name));
        }
        let mut sets = Vec::new();
        for set in &self.sets {
            let lots: Result<BTreeSet<LotId>, _> = set.lots.iter().map(|l| names.lot(l)).collect();
            sets.push(lots?.into_iter().collect());
        }
        let lot = |lot: &super::Lot| ModelLot {
            parcels_per_day: lot.parcels_per_day,
            days: lot.days,
            reserve_micros: lot.reserve_micros,
            opportunity_micros: lot.opportunity_micros,
            required: lot.required,
        };
        Ok(AuctionProblem {
            side: match self.side {
                Side::Selling => ModelSide::Selling,
                Side::Buying => ModelSide::Buying,
            },
            lots: self.lots.iter().map(lot).collect(),
            lot_sets: sets.into(),
            ..AuctionProblem::default()
        })
    }
}

impl super::Lot {
    fn is_moderate(&self) -> bool {
        let reserve_micros = self.reserve_micros.unwrap_or_default();
        self.days <= DAYS_MAX
            && reserve_micros <= PRICE_MAX_MICROS
            && self.opportunity_micros <= PRICE_MAX_MICROS
    }
}

impl Sheet {
    /// Why the sheet would not count, if so.
    pub fn fault(&self, bidder: &str, terms: &Terms) -> Option<SheetFault> {
        let book = Book::new(terms);
        book.and_then(|book| book.largest_sum(Some(Standing { bidder, sheet: self }))).err()
    }
}

impl Names<'_> {
    fn lot(&self, name: &str) -> Result<LotId, SheetFault> {
        match self.lots.get(name) {
            Some(lot) => Ok(*lot),
            None => fault(format!("there is no lot {name:?}")),
        }
    }

    fn set(&self, name: &str) -> Result<LotSetId, SheetFault> {
        match self.sets.get(name) {
            Some(set) => Ok(*set),
            None => fault(format!("there is no set of lots {name:?}")),
        }
    }
}

impl Market {
    fn push_sheet(
        &mut self,
        one: &Standing<'_>,
        names: &Names<'_>,
        seed: &Hash,
    ) -> Result<(), SheetFault> {
        let limits = &one.sheet.limits;
        let bidder = self.problem.bidders.push(Bidder {
            budget_micros: limits.budget_micros,
            least_parcels: limits.least_parcels,
            most_parcels: limits.most_parcels,
            most_bids: limits.most_bids,
        });
        let mut own: BTreeMap<&str, BidId> = BTreeMap::new();
        for bid in &one.sheet.bids {
            let ticket = ticket(seed, one.bidder, &bid.name);
            let id = self.push_bid(bidder, ticket, bid, names)?;
            if own.insert(&bid.name, id).is_some() {
                return fault(format!("two bids are named {:?}", bid.name));
            }
        }
        for group in &one.sheet.groups {
            let mut bids = BTreeSet::new();
            for name in &group.bids {
                match own.get(name.as_str()) {
                    Some(&bid) if bids.insert(bid) => {}
                    Some(_) => return fault(format!("a group names the bid {name:?} twice")),
                    None => return fault(format!("a group names {name:?}, which is no bid")),
                }
            }
            let bids = bids.into_iter().collect();
            self.problem.groups.push(ExclusiveGroup { bids, at_most: group.at_most });
        }
        Ok(())
    }

    fn push_bid(
        &mut self,
        bidder: BidderId,
        ticket: u64,
        bid: &SheetBid,
        names: &Names<'_>,
    ) -> Result<BidId, SheetFault> {
        self.bids.push(bid.name.clone());
        let highest_micros = match &bid.offer {
            Offer::Schedule { steps, .. } => steps.iter().map(|step| step.1).max(),
            Offer::Package { amount_micros, .. } => Some(*amount_micros),
        };
        if highest_micros.is_some_and(|price| price > PRICE_MAX_MICROS) {
            return fault(format!("the price of bid {:?} is too large", bid.name));
        }
        match &bid.offer {
            Offer::Schedule { lot, least_parcels, steps } => {
                let step = |&(parcels, price_micros): &(u32, i64)| Step { parcels, price_micros };
                let steps: Vec<Step> = steps.iter().map(step).collect();
                let lot = names.lot(lot)?;
                Ok(self.problem.push_schedule(bidder, ticket, lot, *least_parcels, &steps))
            }
            Offer::Package { items, amount_micros } => {
                let item = |(lot, parcels): &(String, u32)| {
                    Ok(Item { lot: names.lot(lot)?, parcels: *parcels })
                };
                let items = items.iter().map(item).collect::<Result<Vec<_>, _>>()?;
                Ok(self.problem.push_package(bidder, ticket, &items, *amount_micros))
            }
        }
    }

    fn rules(&self, terms: &Terms, names: &Names<'_>) -> Result<Vec<ModelRule>, SheetFault> {
        let rule = |rule: &Rule| {
            Ok(match rule {
                Rule::SharedCapacity { lots, most_parcels } => ModelRule::SharedCapacity {
                    lots: names.set(lots)?,
                    most_parcels: *most_parcels,
                },
                Rule::BidderShare { lots, most_parcels } => {
                    ModelRule::BidderShare { lots: names.set(lots)?, most_parcels: *most_parcels }
                }
                Rule::GroupVolume { bidders, lots, least_parcels, most_parcels } => {
                    ModelRule::GroupVolume {
                        bidders: self.present(bidders),
                        lots: names.set(lots)?,
                        least_parcels: *least_parcels,
                        most_parcels: *most_parcels,
                    }
                }
                Rule::Winners { lots, least, most, least_parcels } => ModelRule::Winners {
                    lots: names.set(lots)?,
                    least: *least,
                    most: *most,
                    least_parcels: *least_parcels,
                },
            })
        };
        terms.rules.iter().map(rule).collect()
    }

    /// The bidders among these names that have a sheet, ascending.
    fn present(&self, names: &[String]) -> Vec<BidderId> {
        let is_named = |(id, name): (BidderId, &String)| names.contains(name).then_some(id);
        self.bidders.iter_ids().filter_map(is_named).collect()
    }
}

/// The place of a bid in the lottery: the first eight bytes of the SHA-256 of `SEED:BIDDER/BID`,
/// as in a market folder. Whoever chooses the name does not know the seed yet.
fn ticket(seed: &Hash, bidder: &str, bid: &str) -> u64 {
    Hash::of(&[format!("{}:{bidder}/{bid}", seed.number()).as_bytes()]).number()
}

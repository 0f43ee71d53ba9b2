//! A market as files tell it becomes the terms of a notice, or the sheet of one bidder.

use std::collections::BTreeMap;

use postroad_formats::auction::Market;
use postroad_model::auction::{self, Offer as ModelOffer};
use postroad_model::{BidId, BidderId, LotId, LotSetId};
use postroad_record::terms::{
    Group, Limits, Lot, LotSet, Offer, Rule, Sheet, SheetBid, Side, Terms,
};

/// What is sold or bought in a market, and under which rules; its bids are left out.
pub(crate) fn terms(market: &Market) -> Terms {
    let problem = &market.problem;
    let lot = |(id, lot): (LotId, &auction::Lot)| Lot {
        name: market.names.lots[id].to_string(),
        parcels_per_day: lot.parcels_per_day,
        days: lot.days,
        reserve_micros: lot.reserve_micros,
        opportunity_micros: lot.opportunity_micros,
        required: lot.required,
    };
    let set = |(id, lots): (LotSetId, &Vec<LotId>)| LotSet {
        name: market.names.lot_sets[id].clone(),
        lots: lots.iter().map(|&lot| market.names.lots[lot].to_string()).collect(),
    };
    Terms {
        side: match problem.side {
            auction::Side::Selling => Side::Selling,
            auction::Side::Buying => Side::Buying,
        },
        lots: problem.lots.iter_ids().map(lot).collect(),
        sets: problem.lot_sets.iter_ids().map(set).collect(),
        rules: problem.rules.iter().map(|one| rule(market, one)).collect(),
    }
}

fn rule(market: &Market, rule: &auction::Rule) -> Rule {
    let set = |set: &LotSetId| market.names.lot_sets[*set].clone();
    match rule {
        auction::Rule::SharedCapacity { lots, most_parcels } => {
            Rule::SharedCapacity { lots: set(lots), most_parcels: *most_parcels }
        }
        auction::Rule::BidderShare { lots, most_parcels } => {
            Rule::BidderShare { lots: set(lots), most_parcels: *most_parcels }
        }
        auction::Rule::GroupVolume { bidders, lots, least_parcels, most_parcels } => {
            let name = |&bidder: &BidderId| market.names.bidders[bidder].to_string();
            Rule::GroupVolume {
                bidders: bidders.iter().map(name).collect(),
                lots: set(lots),
                least_parcels: *least_parcels,
                most_parcels: *most_parcels,
            }
        }
        auction::Rule::Winners { lots, least, most, least_parcels } => Rule::Winners {
            lots: set(lots),
            least: *least,
            most: *most,
            least_parcels: *least_parcels,
        },
    }
}

/// Names of the bidders that have a bid.
pub(crate) fn bidders(market: &Market) -> Vec<String> {
    market.names.bidders.iter().map(str::to_string).collect()
}

/// Everything that a bidder offers; none if it is no bidder of the market.
pub(crate) fn sheet(market: &Market, bidder: &str) -> Option<Sheet> {
    let id = market.problem.bidders.ids().find(|&id| &market.names.bidders[id] == bidder)?;
    let own = &market.problem.bidders[id];
    let limits = Limits {
        budget_micros: own.budget_micros,
        least_parcels: own.least_parcels,
        most_parcels: own.most_parcels,
        most_bids: own.most_bids,
    };
    let mut names = BTreeMap::new();
    let mut bids = Vec::new();
    for (bid, offered) in market.problem.bids.iter_ids().filter(|(_, bid)| bid.bidder == id) {
        let name = market.names.bids[bid].to_string();
        names.insert(bid, name.clone());
        bids.push(SheetBid { name, offer: offer(market, bid, &offered.offer) });
    }
    let group = |group: &auction::ExclusiveGroup| {
        let bids: Option<Vec<String>> =
            group.bids.iter().map(|bid| names.get(bid).cloned()).collect();
        bids.filter(|bids| !bids.is_empty()).map(|bids| Group { bids, at_most: group.at_most })
    };
    let groups = market.problem.groups.iter().filter_map(group).collect();
    Some(Sheet { limits, bids, groups })
}

fn offer(market: &Market, bid: BidId, offer: &ModelOffer) -> Offer {
    let lot = |lot: LotId| market.names.lots[lot].to_string();
    match offer {
        ModelOffer::Schedule { lot: of, least_parcels, .. } => Offer::Schedule {
            lot: lot(*of),
            least_parcels: *least_parcels,
            steps: market.problem.steps(bid).iter().map(|s| (s.parcels, s.price_micros)).collect(),
        },
        ModelOffer::Package { amount_micros, .. } => Offer::Package {
            items: market.problem.items(bid).iter().map(|i| (lot(i.lot), i.parcels)).collect(),
            amount_micros: *amount_micros,
        },
    }
}

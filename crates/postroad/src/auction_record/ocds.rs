//! An outcome in the Open Contracting Data Standard 1.1 with the extensions for lots and bids, as
//! a package of one release, so that the tools for public contracts can read it.
//!
//! The standard speaks of buying. When the operator sells, it has the role `seller` beside
//! `procuringEntity`, and the value of an award is what the supplier pays.

use std::collections::{BTreeMap, BTreeSet};

use postroad_model::{BidId, BidderId, LotId};
use postroad_record::auction::{Auction, Stage};
use postroad_record::bytes::Hash;
use postroad_record::event::{Method, Notice};
use postroad_record::terms::{Market, Pricing, Side};
use serde_json::{Value, json};

use super::log::Log;
use crate::failure::Failure;

const EXTENSIONS: [&str; 2] = [
    "https://raw.githubusercontent.com/open-contracting-extensions/ocds_lots_extension/v1.1.5/extension.json",
    "https://raw.githubusercontent.com/open-contracting-extensions/ocds_bid_extension/v1.1.5/extension.json",
];
/// Micros in a dollar: amounts are told in dollars, to the micro.
const MICROS_PER_USD: f64 = 1e6;
/// The operator among the parties.
const OPERATOR: &str = "operator";

/// The release package of a log as text.
pub(crate) fn release(log: &Log, ocid: &str) -> Result<String, Failure> {
    let (auction, chain) = (log.auction()?, log.replay.chain());
    let date = chain.time.map_or_else(String::new, |time| time.to_string());
    let package = json!({
        "uri": format!("urn:postroad:auction:{}:{}", chain.auction, chain.length),
        "version": "1.1",
        "extensions": EXTENSIONS,
        "publishedDate": date,
        "publisher": { "name": auction.notice().operator },
        "releases": [content(auction, ocid, chain.head, &date)],
    });
    let mut text = serde_json::to_string_pretty(&package).expect("JSON can always be written");
    text.push('\n');
    Ok(text)
}

fn content(auction: &Auction, ocid: &str, head: Hash, date: &str) -> Value {
    let notice = auction.notice();
    let tag = match auction.stage() {
        Stage::Cancelled => vec!["tenderCancellation"],
        Stage::Settled | Stage::Cleared => vec!["tender", "award"],
        _ => vec!["tender"],
    };
    let opened = auction.opened().map(|(market, _)| market);
    let mut release = json!({
        "ocid": ocid,
        "id": head.to_string(),
        "date": date,
        "tag": tag,
        "initiationType": "tender",
        "language": "en",
        "parties": parties(auction, opened),
        "tender": tender(auction, opened),
    });
    if notice.terms.side == Side::Buying {
        release["buyer"] = json!({ "id": OPERATOR, "name": notice.operator });
    }
    if let Some(market) = opened {
        release["bids"] = json!({ "details": bids(market) });
        release["awards"] = awards(auction, market, date);
    }
    release
}

/// The lots of each bidder that `counts` says: of its bids, or of its winning bids.
fn lots_of(
    market: &Market,
    counts: impl Fn(BidId) -> u32,
) -> BTreeMap<BidderId, BTreeMap<LotId, u64>> {
    let mut lots: BTreeMap<BidderId, BTreeMap<LotId, u64>> = BTreeMap::new();
    for (id, bid) in market.problem.bids.iter_ids() {
        for item in market.problem.taken(id, counts(id)) {
            let of_bidder = lots.entry(bid.bidder).or_default();
            *of_bidder.entry(item.lot).or_default() += u64::from(item.parcels);
        }
    }
    lots
}

fn parties(auction: &Auction, market: Option<&Market>) -> Vec<Value> {
    let notice = auction.notice();
    let own = match notice.terms.side {
        Side::Selling => ["procuringEntity", "seller"],
        Side::Buying => ["procuringEntity", "buyer"],
    };
    let mut parties = vec![json!({ "id": OPERATOR, "name": notice.operator, "roles": own })];
    let winners: BTreeSet<&str> = match (market, auction.award()) {
        (Some(market), Some(award)) => {
            let bidder = |(bid, _)| market.bidders[market.problem.bids[bid].bidder].as_str();
            award.winning().map(bidder).collect()
        }
        _ => BTreeSet::new(),
    };
    for (key, name) in auction.bidders() {
        let mut roles = vec!["tenderer"];
        if winners.contains(name.as_str()) {
            roles.push("supplier");
        }
        let identifier = json!({ "scheme": "ed25519", "id": key.to_string() });
        parties.push(json!({
            "id": party(name), "name": name, "roles": roles, "additionalIdentifiers": [identifier],
        }));
    }
    parties
}

fn party(name: &str) -> String {
    format!("bidder/{name}")
}

fn tender(auction: &Auction, market: Option<&Market>) -> Value {
    let notice = auction.notice();
    let status = match auction.stage() {
        Stage::Cancelled => "cancelled",
        Stage::Settled | Stage::Cleared => "complete",
        _ => "active",
    };
    let tenderers: Vec<&String> =
        market.map_or_else(|| auction.bidders().values().collect(), |m| m.bidders.iter().collect());
    let reference = |name: &&String| json!({ "id": party(name), "name": name });
    json!({
        "id": auction.id().to_string(),
        "title": notice.title,
        "description": description(notice),
        "status": status,
        "procuringEntity": { "id": OPERATOR, "name": notice.operator },
        "procurementMethod": "open",
        "mainProcurementCategory": "services",
        "awardCriteria": "priceOnly",
        "submissionMethod": [if matches!(notice.method, Method::Clock(_)) {
            "electronicAuction"
        } else {
            "electronicSubmission"
        }],
        "tenderPeriod": { "startDate": notice.opens, "endDate": notice.closes },
        "numberOfTenderers": tenderers.len(),
        "tenderers": tenderers.iter().map(reference).collect::<Vec<_>>(),
        "lots": lots(notice, status),
        "items": items(notice),
    })
}

fn description(notice: &Notice) -> String {
    let method = match notice.method {
        Method::Sealed(_) => "One round of sealed bids",
        Method::Clock(_) => "A clock, with package bids if the notice says so",
    };
    let pays = match notice.settlement.pricing {
        Pricing::AsBid => "winners pay, or are paid, what they bid",
        Pricing::Uniform => "one price for each lot",
        Pricing::Vcg => "Vickrey-Clarke-Groves payments",
        Pricing::Core => "core payments nearest to Vickrey-Clarke-Groves",
    };
    format!("{method}; {pays}.")
}

fn lots(notice: &Notice, status: &str) -> Vec<Value> {
    let lot = |lot: &postroad_record::terms::Lot| json!({ "id": lot.name, "title": lot.name, "status": status });
    notice.terms.lots.iter().map(lot).collect()
}

fn items(notice: &Notice) -> Vec<Value> {
    let item = |lot: &postroad_record::terms::Lot| {
        json!({
            "id": lot.name,
            "description": format!("delivery of parcels on {} service days", lot.days),
            "quantity": lot.parcels_per_day,
            "unit": { "name": "parcels a day" },
            "relatedLot": lot.name,
        })
    };
    notice.terms.lots.iter().map(item).collect()
}

fn bids(market: &Market) -> Vec<Value> {
    let lots = lots_of(market, |bid| market.problem.most_accepted(bid));
    let bid = |(bidder, name): (BidderId, &String)| {
        json!({
            "id": format!("bid/{name}"),
            "status": "valid",
            "tenderers": [{ "id": party(name), "name": name }],
            "relatedLots": names(market, lots.get(&bidder)),
        })
    };
    market.bidders.iter_ids().map(bid).collect()
}

/// Names of lots as the terms have them: their ids are positions.
fn names(market: &Market, lots: Option<&BTreeMap<LotId, u64>>) -> Vec<String> {
    lots.iter().flat_map(|lots| lots.keys()).map(|&lot| market.lots[lot].clone()).collect()
}

fn awards(auction: &Auction, market: &Market, date: &str) -> Value {
    let Some(award) = auction.award() else {
        return json!([]);
    };
    let lots = lots_of(market, |bid| award.accepted[bid]);
    let paid: BTreeMap<&str, i64> =
        auction.payments().iter().map(|one| (one.bidder.as_str(), one.micros)).collect();
    let award = |(bidder, won): (&BidderId, &BTreeMap<LotId, u64>)| {
        let name = &market.bidders[*bidder];
        let item = |(&lot, &parcels): (&LotId, &u64)| {
            json!({
                "id": market.lots[lot],
                "description": "parcels a day",
                "quantity": parcels,
                "relatedLot": market.lots[lot],
            })
        };
        let mut told = json!({
            "id": format!("award/{name}"),
            "status": "active",
            "date": date,
            "suppliers": [{ "id": party(name), "name": name }],
            "relatedBid": format!("bid/{name}"),
            "relatedLots": names(market, Some(won)),
            "items": won.iter().map(item).collect::<Vec<_>>(),
        });
        if let Some(&micros) = paid.get(name.as_str()) {
            told["value"] = json!({ "amount": micros as f64 / MICROS_PER_USD, "currency": "USD" });
        }
        told
    };
    lots.iter().map(award).collect()
}

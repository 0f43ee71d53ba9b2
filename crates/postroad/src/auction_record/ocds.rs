//! An outcome in the Open Contracting Data Standard 1.1 with the extensions for lots and bids, as
//! a package of one release, so that the tools for public contracts can read it.
//!
//! The standard speaks of buying. When the operator sells, it has the role `seller` beside
//! `procuringEntity`, and the value of an award is what the supplier pays.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufWriter, Write};

use postroad_model::{BidId, BidderId, LotId};
use postroad_record::auction::{Auction, Stage};
use postroad_record::bytes::Hash;
use postroad_record::event::{Method, Notice};
use postroad_record::terms::{Market, Pricing, Side};
use serde::{Serialize, Serializer};
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

/// The package of one release.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Package<'a> {
    uri: String,
    version: &'static str,
    extensions: [&'static str; 2],
    published_date: &'a str,
    publisher: Value,
    releases: [Release<'a>; 1],
}

/// What is told of the auction; bids and awards are made one by one while they are written, since
/// there may be a million.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Release<'a> {
    ocid: &'a str,
    id: String,
    date: &'a str,
    tag: Vec<&'static str>,
    initiation_type: &'static str,
    language: &'static str,
    parties: Vec<Value>,
    tender: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bids: Option<Bids<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "awards")]
    awards: Option<(&'a Auction, &'a Market, &'a str)>,
}

#[derive(Serialize)]
struct Bids<'a> {
    #[serde(serialize_with = "bids")]
    details: &'a Market,
}

/// Writes the release package of a log; `failed` says where writing failed.
pub(crate) fn write(
    log: &Log,
    ocid: &str,
    to: impl Write,
    failed: impl Fn(io::Error) -> Failure,
) -> Result<(), Failure> {
    let (auction, chain) = (log.auction()?, log.replay.chain());
    let date = chain.time.map_or_else(String::new, |time| time.to_string());
    let package = Package {
        uri: format!("urn:postroad:auction:{}:{}", chain.auction, chain.length),
        version: "1.1",
        extensions: EXTENSIONS,
        published_date: &date,
        publisher: json!({ "name": auction.notice().operator }),
        releases: [content(auction, ocid, chain.head, &date)],
    };
    let mut to = BufWriter::new(to);
    let written = serde_json::to_writer_pretty(&mut to, &package).map_err(io::Error::from);
    written.and_then(|()| to.write_all(b"\n")).and_then(|()| to.flush()).map_err(failed)
}

fn content<'a>(auction: &'a Auction, ocid: &'a str, head: Hash, date: &'a str) -> Release<'a> {
    let notice = auction.notice();
    let tag = match auction.stage() {
        Stage::Cancelled => vec!["tenderCancellation"],
        Stage::Settled | Stage::Cleared => vec!["tender", "award"],
        _ => vec!["tender"],
    };
    let opened = auction.opened().map(|(market, _)| market);
    let buyer = || json!({ "id": OPERATOR, "name": notice.operator });
    Release {
        ocid,
        id: head.to_string(),
        date,
        tag,
        initiation_type: "tender",
        language: "en",
        parties: parties(auction, opened),
        tender: tender(auction, opened),
        buyer: (notice.terms.side == Side::Buying).then(buyer),
        bids: opened.map(|market| Bids { details: market }),
        awards: opened.map(|market| (auction, market, date)),
    }
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
        Pricing::CoreBids => "core payments nearest to what was bid",
        Pricing::CoreReserve => "core payments nearest to the reserve prices",
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

fn bids<S: Serializer>(market: &Market, to: S) -> Result<S::Ok, S::Error> {
    let lots = lots_of(market, |bid| market.problem.most_accepted(bid));
    let bid = |(bidder, name): (BidderId, &String)| {
        json!({
            "id": format!("bid/{name}"),
            "status": "valid",
            "tenderers": [{ "id": party(name), "name": name }],
            "relatedLots": names(market, lots.get(&bidder)),
        })
    };
    to.collect_seq(market.bidders.iter_ids().map(bid))
}

/// Names of lots as the terms have them: their ids are positions.
fn names(market: &Market, lots: Option<&BTreeMap<LotId, u64>>) -> Vec<String> {
    lots.iter().flat_map(|lots| lots.keys()).map(|&lot| market.lots[lot].clone()).collect()
}

fn awards<S: Serializer>(of: &Option<(&Auction, &Market, &str)>, to: S) -> Result<S::Ok, S::Error> {
    let Some((auction, market, date)) = of else {
        return to.collect_seq([(); 0]);
    };
    let Some(award) = auction.award() else {
        return to.collect_seq([(); 0]);
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
    to.collect_seq(lots.iter().map(award))
}

//! Messages: what bidders and officers hand to the operator, and what they keep for themselves.

use std::path::Path;

use postroad_formats::auction::micros;
use postroad_model::Fault;
use postroad_record::bytes::Hash;
use postroad_record::entry::Message;
use postroad_record::event::{Bid, Event, Method, PackageBid, Reveal, Sealing};
use postroad_record::sealing::{Context, Nonce, SealedBid};
use postroad_record::terms::Sheet;
use serde::{Deserialize, Serialize};

use super::keys::SecretKeys;
use super::log::Log;
use super::{fault, random_hash, read_json, write_json};
use crate::failure::Failure;

/// What a bidder keeps of a bid: without it a commitment cannot be revealed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptBid {
    /// The auction.
    pub(crate) auction: Hash,
    /// The nonce.
    pub(crate) nonce: Nonce,
    /// The sheet as text.
    pub(crate) sheet: String,
}

impl KeptBid {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        read_json(path, "E452", "kept bid as `postroad auction submit` writes it")
    }
}

/// Reads a message.
pub(crate) fn read(path: &Path) -> Result<Message, Failure> {
    read_json(path, "E452", "message to an auction")
}

/// Writes a message.
pub(crate) fn write(path: &Path, message: &Message) -> Result<(), Failure> {
    write_json(path, message)
}

/// Seals a sheet as the notice says.
pub(crate) fn seal(
    log: &Log,
    keys: &SecretKeys,
    sheet: &Sheet,
) -> Result<(Message, KeptBid), Failure> {
    let auction = log.auction()?;
    let signing = keys.signing();
    let context = Context { auction: auction.id(), bidder: signing.public() };
    let (nonce, bytes) = (random_hash()?, sheet.to_bytes());
    let sealed = match &auction.notice().method {
        Method::Sealed(Sealing::Commitments { .. }) => {
            SealedBid::Commitment(context.commit(&nonce, &bytes))
        }
        Method::Sealed(Sealing::Officers { quorum, officers }) => {
            let keys: Vec<_> = officers.iter().map(|officer| officer.sealing_key).collect();
            let envelope = context.seal(&keys, *quorum as usize, &nonce, &bytes);
            let cause = "a sealing key of an officer is no key".to_string();
            let action = "ask the operator for another auction; this one cannot be opened";
            SealedBid::Envelope(envelope.ok_or_else(|| fault("E454", &log.path, cause, action))?)
        }
        Method::Clock(_) => {
            let cause = "bids under a clock are not sealed".to_string();
            let action = "use `auction demand` and `auction packages`";
            return Err(fault("E454", &log.path, cause, action).into());
        }
    };
    let number = auction.next_number(&signing.public());
    let sheet = String::from_utf8(bytes).expect("JSON is text");
    let kept = KeptBid { auction: auction.id(), nonce, sheet };
    Ok((log.message(&signing, Event::Bid(Bid { number, sealed })), kept))
}

/// Reveals a kept bid.
pub(crate) fn reveal(log: &Log, keys: &SecretKeys, kept: KeptBid) -> Result<Message, Failure> {
    let signing = keys.signing();
    let bid = own_bid(log, keys)?;
    let event = Event::Reveal(Reveal { bid, nonce: kept.nonce, sheet: kept.sheet });
    Ok(log.message(&signing, event))
}

/// The entry of the bid of this bidder that stands.
pub(crate) fn own_bid(log: &Log, keys: &SecretKeys) -> Result<u64, Failure> {
    let key = keys.signing().public();
    let bid = log.auction()?.sealed().and_then(|round| round.bid_of(&key));
    let cause = format!("no bid of {} stands", keys.name);
    let action = "check the key and the log; there is nothing to withdraw or reveal";
    bid.ok_or_else(|| fault("E455", &log.path, cause, action).into())
}

/// Columns of a file of demand, and of one of packages.
const DEMAND: [&str; 2] = ["lot", "parcels"];
const PACKAGES: [&str; 4] = ["package", "lot", "parcels", "amount_usd"];

/// Lots and parcels of a CSV file with the columns `lot` and `parcels`.
pub(crate) fn demand(path: &Path) -> Result<Vec<(String, u32)>, Failure> {
    let mut parcels = Vec::new();
    for (line, row) in rows(path, &DEMAND)? {
        parcels.push((row[0].clone(), whole(path, line, DEMAND[1], &row[1])?));
    }
    Ok(parcels)
}

/// Packages of a CSV file with a row for each lot of a package; the amount is that of the whole
/// package and stands in each of its rows.
pub(crate) fn packages(path: &Path) -> Result<Vec<PackageBid>, Failure> {
    let mut packages: Vec<(String, PackageBid)> = Vec::new();
    for (line, row) in rows(path, &PACKAGES)? {
        let item = (row[1].clone(), whole(path, line, PACKAGES[2], &row[2])?);
        let amount_micros = micros(&row[3]).map_err(|_| {
            in_line(path, line, PACKAGES[3], format!("{:?} is no amount in dollars", row[3]))
        })?;
        match packages.iter_mut().find(|(name, _)| *name == row[0]) {
            Some((_, package)) if package.amount_micros != amount_micros => {
                let cause = format!("package {:?} has another amount above", row[0]);
                return Err(in_line(path, line, PACKAGES[3], cause).into());
            }
            Some((_, package)) => package.items.push(item),
            None => {
                packages.push((row[0].clone(), PackageBid { items: vec![item], amount_micros }));
            }
        }
    }
    Ok(packages.into_iter().map(|(_, package)| package).collect())
}

fn in_line(path: &Path, line: u64, field: &str, cause: String) -> Fault {
    let mut fault = fault("E457", path, cause, "correct the row; nothing was written");
    (fault.place.line, fault.place.field) = (Some(line), Some(field.into()));
    fault
}

fn whole<T: std::str::FromStr>(
    path: &Path,
    line: u64,
    field: &str,
    text: &str,
) -> Result<T, Failure> {
    let cause = || format!("{text:?} is no whole number in range");
    text.trim().parse().map_err(|_| in_line(path, line, field, cause()).into())
}

/// The rows of a CSV file with exactly these columns, with their lines.
fn rows(path: &Path, columns: &[&str]) -> Result<Vec<(u64, Vec<String>)>, Failure> {
    let text = crate::input::read_text(path)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let wrong = |cause: String| Failure::from(in_line(path, 1, &columns.join(","), cause));
    let heading = reader.headers().map_err(|error| wrong(error.to_string()))?;
    if heading.iter().ne(columns.iter().copied()) {
        return Err(wrong(format!("the columns must be {}", columns.join(", "))));
    }
    let row = |row: csv::Result<csv::StringRecord>| {
        let row = row.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            in_line(path, line, &columns.join(","), error.to_string())
        })?;
        let line = row.position().map_or(0, csv::Position::line);
        Ok((line, row.iter().map(str::to_string).collect()))
    };
    reader.records().map(row).collect()
}

//! Messages: what bidders and officers hand to the operator, and what they keep for themselves.

use std::path::Path;

use postroad_formats::auction::{ClockPackage, read_clock_packages, read_demand};
use postroad_record::bytes::Hash;
use postroad_record::entry::Message;
use postroad_record::event::{Bid, Event, Method, PackageBid, Reveal, Sealing};
use postroad_record::sealing::{Context, Nonce, SealedBid};
use postroad_record::terms::Sheet;
use serde::{Deserialize, Serialize};

use super::keys::SecretKeys;
use super::log::Log;
use super::{fault, random_hash, read_json};
use crate::failure::Failure;
use crate::input::read_text;

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

/// What is asked for in a round, from a CSV file with the columns `lot` and `parcels`.
pub(crate) fn demand(path: &Path) -> Result<Vec<(String, u32)>, Failure> {
    let asked = read_demand(&path.display().to_string(), read_text(path)?.as_bytes())?;
    Ok(asked.into_iter().collect())
}

/// Packages of a CSV file with a row for each lot of a package.
pub(crate) fn packages(path: &Path) -> Result<Vec<PackageBid>, Failure> {
    let packages = read_clock_packages(&path.display().to_string(), read_text(path)?.as_bytes())?;
    let bid = |ClockPackage { items, amount_micros }: ClockPackage| PackageBid {
        items: items.into_iter().collect(),
        amount_micros,
    };
    Ok(packages.into_iter().map(bid).collect())
}

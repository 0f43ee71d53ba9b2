//! What can happen in an auction. Each event has one author; see `docs/auction-record.md`.

use serde::{Deserialize, Serialize};

use crate::bytes::Hash;
use crate::clock::ClockRules;
use crate::keys::{PublicKey, SealingKey};
use crate::sealing::{Nonce, SealedBid};
use crate::terms::{Pricing, Terms};
use crate::time::Time;

/// The version of the log that this crate writes and reads.
pub const VERSION: u32 = 1;

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The operator announces the auction: the first entry, and the only one of its kind.
    Notice(Box<Notice>),
    /// The operator tells everybody something, as the answer to a question: no rule follows from it.
    Announcement(Announcement),
    /// The operator gives more time.
    Postponement(Postponement),
    /// The operator admits a bidder.
    Admission(Admission),
    /// A bidder hands in a sealed bid; it replaces the one before.
    Bid(Bid),
    /// A bidder withdraws its bid.
    Withdrawal(Withdrawal),
    /// The operator calls a round of a clock.
    Round(Round),
    /// A bidder says what it wants at the prices of a round; it replaces what it said before.
    Demand(Demand),
    /// The operator ends a round.
    RoundEnd(RoundEnd),
    /// The operator asks for package bids after a clock.
    Supplementary(SupplementaryRound),
    /// A bidder makes package bids; they replace those before.
    Packages(Packages),
    /// The operator ends bidding.
    Closing(Closing),
    /// An officer publishes the secret key that bids were sealed to.
    Key(Key),
    /// A bidder reveals what it committed to.
    Reveal(Reveal),
    /// The operator opens the bids.
    Opening(Opening),
    /// The operator announces who wins what.
    Clearing(Clearing),
    /// The operator announces what winners pay, or are paid.
    Payments(Payments),
    /// The operator cancels the auction.
    Cancellation(Cancellation),
}

/// The call for bids, with everything that decides the outcome.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Version of the log.
    pub version: u32,
    /// What the auction is called.
    pub title: String,
    /// Name of the operator.
    pub operator: String,
    /// When bidding begins.
    pub opens: Time,
    /// When it ends.
    pub closes: Time,
    /// How bids are made.
    pub method: Method,
    /// How the outcome is found.
    pub settlement: Settlement,
    /// What is sold or bought.
    pub terms: Terms,
}

/// How bids are made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// One round of sealed bids.
    Sealed(Sealing),
    /// A clock, and package bids after it.
    Clock(ClockRules),
}

/// How bids are kept from being read early.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sealing {
    /// Bidders commit, and reveal after the closing.
    Commitments {
        /// Until when they may reveal.
        reveals_until: Time,
    },
    /// Bids are encrypted to officers.
    Officers {
        /// How many of them open together.
        quorum: u32,
        /// The officers.
        officers: Vec<Officer>,
    },
}

/// Somebody who holds a share of the key of every bid.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// Its name.
    pub name: String,
    /// What it signs with.
    pub key: PublicKey,
    /// What bids are encrypted to.
    pub sealing_key: SealingKey,
}

/// How the outcome is found, so that anybody finds the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// What winners pay.
    pub pricing: Pricing,
    /// Rounds of search, the budget of a repeatable clearing; none: by the size of the market.
    pub rounds: Option<u64>,
    /// The operator's part of the seed that breaks ties; the bidders' nonces are the other part.
    pub seed: Hash,
}

/// What everybody shall know.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// The words.
    pub text: String,
}

/// A later end of bidding. What else of the calendar lies ahead moves by as much.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Postponement {
    /// When bidding ends now, later than before.
    pub closes: Time,
    /// Why.
    pub reason: String,
}

/// A bidder that may take part.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Admission {
    /// Its name; no other bidder has it.
    pub bidder: String,
    /// What it signs with; nobody else in the auction does.
    pub key: PublicKey,
    /// Points that it may use in the first round of a clock; none in a sealed auction.
    pub points: Option<u64>,
}

/// A round of a clock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// Its number, from 1.
    pub round: u32,
    /// Until when bidders say what they want.
    pub ends: Time,
    /// The price of a parcel of each lot in micros, in the order of the terms.
    pub prices: Vec<i64>,
}

/// What a bidder wants at the prices of a round.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// Above the number of every earlier message of this bidder.
    pub number: u32,
    /// The round.
    pub round: u32,
    /// Lots and parcels a day.
    pub parcels: Vec<(String, u32)>,
}

/// The end of a round.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoundEnd {
    /// The round.
    pub round: u32,
    /// Parcels a day that all bidders ask for together of each lot, in the order of the terms.
    pub asked: Vec<u64>,
}

/// The round of package bids.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupplementaryRound {
    /// Until when bids are made.
    pub ends: Time,
}

/// Package bids of one bidder, of which one may win.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Packages {
    /// Above the number of every earlier message of this bidder.
    pub number: u32,
    /// The packages.
    pub packages: Vec<PackageBid>,
}

/// Some lots at one price.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageBid {
    /// Lots and parcels a day.
    pub items: Vec<(String, u32)>,
    /// The price of all of it over the term.
    pub amount_micros: i64,
}

/// A sealed bid.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bid {
    /// Above the number of every earlier bid of this bidder, so that nobody can enter an old
    /// message again.
    pub number: u32,
    /// What cannot be read yet.
    pub sealed: SealedBid,
}

/// A bid that shall not stand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Sequence number of the bid.
    pub bid: u64,
}

/// The end of bidding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// Sequence numbers of the bids that stand.
    pub bids: Vec<u64>,
}

/// A secret sealing key, published.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The secret key.
    pub secret: Hash,
}

/// What a bidder committed to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reveal {
    /// Sequence number of the bid.
    pub bid: u64,
    /// The nonce.
    pub nonce: Nonce,
    /// The sheet as text.
    pub sheet: String,
}

/// The bids as they were found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The standing bids, in the order of the log.
    pub bids: Vec<Opened>,
    /// The seed that breaks ties.
    pub seed: Hash,
}

/// What was in a sealed bid.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// Sequence number of the bid.
    pub bid: u64,
    /// The hash of its sheet, or why it does not count.
    pub found: Found,
}

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// A sheet that counts: the hash of its bytes.
    Sheet(Hash),
    /// Why the bid does not count.
    Fault(String),
}

/// Who wins what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clearing {
    /// The program that found it.
    pub software: String,
    /// The winning bids, in the order of bidders and sheets.
    pub award: Vec<Won>,
    /// What the award is worth to the operator.
    pub value_micros: i64,
    /// No award is worth more.
    pub bound_micros: i64,
    /// Whether the award is known to be the best.
    pub proven: bool,
}

/// A winning bid.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Won {
    /// The bidder.
    pub bidder: String,
    /// Its bid.
    pub bid: String,
    /// Parcels a day of a schedule, 1 of a package.
    pub accepted: u32,
}

/// What winners pay, or are paid.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payments {
    /// For each winner, by name.
    pub payments: Vec<Payment>,
    /// Their sum.
    pub total_micros: i64,
    /// Whether every award that they follow from is known to be the best.
    pub exact: bool,
    /// Winners without whom no award keeps the rules, in the order of the payments: they pay, or
    /// are paid, what they bid.
    pub indispensable: Vec<String>,
}

/// What one bidder pays, or is paid, over the term.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// The bidder.
    pub bidder: String,
    /// The amount.
    pub micros: i64,
}

/// The end without an outcome.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancellation {
    /// Why.
    pub reason: String,
}

impl Event {
    /// Whether only the operator may say it.
    pub fn is_operators(&self) -> bool {
        !matches!(
            self,
            Self::Bid(_)
                | Self::Withdrawal(_)
                | Self::Demand(_)
                | Self::Packages(_)
                | Self::Key(_)
                | Self::Reveal(_)
        )
    }

    /// The kind of event, as told to people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Notice(_) => "notice",
            Self::Announcement(_) => "announcement",
            Self::Postponement(_) => "postponement",
            Self::Admission(_) => "admission",
            Self::Bid(_) => "bid",
            Self::Withdrawal(_) => "withdrawal",
            Self::Round(_) => "round",
            Self::Demand(_) => "demand",
            Self::RoundEnd(_) => "round end",
            Self::Supplementary(_) => "supplementary",
            Self::Packages(_) => "packages",
            Self::Closing(_) => "closing",
            Self::Key(_) => "key",
            Self::Reveal(_) => "reveal",
            Self::Opening(_) => "opening",
            Self::Clearing(_) => "clearing",
            Self::Payments(_) => "payments",
            Self::Cancellation(_) => "cancellation",
        }
    }
}

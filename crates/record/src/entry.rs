//! Entries of a log: how one is signed, chained to the one before, written and read.
//!
//! An entry is one line of JSON without spaces, its fields in the order of [`Entry`]. The author
//! signs auction and event; the operator seals the whole line, so that it vouches for place and
//! time. The hash of an entry is SHA-256 of its line, and the next entry repeats it.

use serde::{Deserialize, Serialize};

use crate::bytes::Hash;
use crate::event::{Event, VERSION};
use crate::keys::{PublicKey, Signature, Signing, is_signed};
use crate::time::Time;

/// What somebody wants to have entered into a log, as handed to the operator.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The auction: the hash of the notice; zeros in the message that is the notice.
    pub auction: Hash,
    /// Who says it.
    pub author: PublicKey,
    /// What is said.
    pub event: Event,
    /// The author's signature of auction and event.
    pub signature: Signature,
}

/// A line of a log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Number of the line, from 1.
    pub sequence: u64,
    /// When the operator entered it.
    pub time: Time,
    /// The hash of the line before; zeros in the first.
    pub previous: Hash,
    /// Who says it.
    pub author: PublicKey,
    /// What happened.
    pub event: Event,
    /// The author's signature of auction and event.
    pub signature: Signature,
    /// The operator's signature of everything before.
    pub seal: Signature,
}

/// What is wrong with a line as such, before anybody asks what it means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LineFault {
    /// It is no entry.
    Malformed(String),
    /// It is the notice of a log in another version of the format.
    Version(u64),
    /// It is an entry, written in other bytes than everybody writes it.
    NotCanonical,
    /// It has another number than its place.
    Sequence {
        /// The number it has.
        found: u64,
    },
    /// It does not follow the line before.
    Chain,
    /// It is earlier than the line before.
    Time,
    /// The operator's signature is not one of this line.
    Seal,
    /// The author's signature is not one of this event in this auction.
    Signature,
}

/// The end of a log: what the next entry follows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chain {
    /// The hash of the first line; zeros before there is one.
    pub auction: Hash,
    /// The author of the first line, who seals all others.
    pub operator: PublicKey,
    /// How many lines there are.
    pub length: u64,
    /// The hash of the last line.
    pub head: Hash,
    /// The time of the last line.
    pub time: Option<Time>,
}

/// The version of the log that a line announces, if it is not ours.
fn other_version(line: &str) -> Option<u64> {
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    let version = value.get("event")?.get("notice")?.get("version")?.as_u64()?;
    (version != u64::from(VERSION)).then_some(version)
}

/// The bytes that an author signs.
fn signed_bytes(auction: &Hash, event: &Event) -> Vec<u8> {
    let mut bytes = format!("postroad message 1\n{auction}\n").into_bytes();
    serde_json::to_writer(&mut bytes, event).expect("an event can always be written");
    bytes
}

/// The bytes that the operator seals: a line without its seal.
fn sealed_bytes(line: &str) -> Vec<u8> {
    [b"postroad entry 1\n", line.as_bytes()].concat()
}

/// The seal and what follows it at the end of a line.
fn tail(seal: &Signature) -> String {
    format!(",\"seal\":\"{seal}\"}}")
}

impl Message {
    /// Signs an event.
    pub fn new(auction: Hash, author: &Signing, event: Event) -> Self {
        let signature = author.sign(&signed_bytes(&auction, &event));
        Self { auction, author: author.public(), event, signature }
    }

    /// Whether the signature is the author's.
    pub fn is_signed(&self) -> bool {
        is_signed(&self.author, &signed_bytes(&self.auction, &self.event), &self.signature)
    }
}

impl Entry {
    /// The line, without its end.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).expect("an entry can always be written")
    }
}

impl Chain {
    /// A log without a line, to be kept by this operator.
    pub fn new(operator: PublicKey) -> Self {
        let zeros = crate::bytes::Hex([0; 32]);
        Self { auction: zeros, operator, length: 0, head: zeros, time: None }
    }

    /// The entry that a message becomes, and the chain after it.
    pub fn enter(&self, message: Message, time: Time, operator: &Signing) -> (Entry, String, Self) {
        let zeros = crate::bytes::Hex([0; 64]);
        let Message { author, event, signature, .. } = message;
        let mut entry = Entry {
            sequence: self.length + 1,
            time,
            previous: self.head,
            author,
            event,
            signature,
            seal: zeros,
        };
        let mut line = entry.to_line();
        line.truncate(line.len() - tail(&zeros).len());
        entry.seal = operator.sign(&sealed_bytes(&line));
        line.push_str(&tail(&entry.seal));
        let next = self.after(&entry, &line);
        (entry, line, next)
    }

    /// Reads the next line, and finds whether it follows.
    pub fn read(&self, line: &str) -> Result<(Entry, Self), LineFault> {
        let entry: Entry = serde_json::from_str(line).map_err(|error| {
            // Another version may have other fields, so that its number is looked for first.
            let other = other_version(line).map(LineFault::Version);
            other.unwrap_or_else(|| LineFault::Malformed(error.to_string()))
        })?;
        if entry.to_line() != line {
            return Err(LineFault::NotCanonical);
        }
        if entry.sequence != self.length + 1 {
            return Err(LineFault::Sequence { found: entry.sequence });
        }
        if entry.previous != self.head {
            return Err(LineFault::Chain);
        }
        let next = self.after(&entry, line);
        let unsealed = &line[..line.len() - tail(&entry.seal).len()];
        if !is_signed(&next.operator, &sealed_bytes(unsealed), &entry.seal) {
            return Err(LineFault::Seal);
        }
        if !is_signed(&entry.author, &signed_bytes(&self.auction, &entry.event), &entry.signature) {
            return Err(LineFault::Signature);
        }
        if self.time.is_some_and(|time| entry.time < time) {
            return Err(LineFault::Time);
        }
        Ok((entry, next))
    }

    fn after(&self, entry: &Entry, line: &str) -> Self {
        let head = Hash::of(&[line.as_bytes()]);
        let is_first = self.length == 0;
        Self {
            auction: if is_first { head } else { self.auction },
            operator: if is_first { entry.author } else { self.operator },
            length: self.length + 1,
            head,
            time: Some(entry.time),
        }
    }
}

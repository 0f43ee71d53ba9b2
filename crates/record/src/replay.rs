//! A log, replayed line by line: chain and signatures first, then what the entry means.

use std::fmt;

use crate::auction::{Auction, Output, Rejection, Stage, reject};
use crate::bytes::Hash;
use crate::entry::{Chain, Entry, LineFault, Message};
use crate::event::{Event, VERSION};
use crate::keys::{PublicKey, Signing};
use crate::time::Time;

/// A log as far as it was read.
#[derive(Clone, Debug)]
pub struct Replay {
    chain: Chain,
    auction: Option<Auction>,
    hashes: Vec<Hash>,
}

/// The first entry of a log that is not valid, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogFault {
    /// Number of the line, from 1.
    pub line: u64,
    /// What kind of event it is, if it can be read.
    pub kind: Option<&'static str>,
    /// Why it is not valid.
    pub cause: Cause,
}

/// Why an entry is not valid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The line as such.
    Line(LineFault),
    /// A rule of the auction.
    Rejection(Rejection),
    /// The log ends in the middle of a line.
    Truncated,
}

impl Replay {
    /// A log without a line that this operator keeps.
    pub fn new(operator: PublicKey) -> Self {
        Self { chain: Chain::new(operator), auction: None, hashes: Vec::new() }
    }

    /// Replays the bytes of a whole log. What is wrong with its first bad entry comes with the
    /// state before it. `check` hears of each valid entry and may refuse it, too.
    pub fn of(
        mut log: &[u8],
        mut check: impl FnMut(&Self, &Entry) -> Result<(), Rejection>,
    ) -> (Self, Result<(), LogFault>) {
        // Whoever writes the first line is the operator.
        let mut replay = Self::new(crate::bytes::Hex([0; 32]));
        while !log.is_empty() {
            let line = replay.chain.length + 1;
            let Some(end) = log.iter().position(|&byte| byte == b'\n') else {
                return (replay, Err(LogFault { line, kind: None, cause: Cause::Truncated }));
            };
            let read = replay.read(&log[..end]).and_then(|(entry, _)| {
                let kind = Some(entry.event.kind());
                let refused =
                    |rejection| LogFault { line, kind, cause: Cause::Rejection(rejection) };
                check(&replay, &entry).map_err(refused)
            });
            if let Err(fault) = read {
                return (replay, Err(fault));
            }
            log = &log[end + 1..];
        }
        (replay, Ok(()))
    }

    /// The end of the log.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }
    /// The auction; none before its notice.
    pub fn auction(&self) -> Option<&Auction> {
        self.auction.as_ref()
    }
    /// The hashes of the lines.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }
    /// Whether nothing may follow.
    pub fn is_over(&self) -> bool {
        let stage = self.auction.as_ref().map(Auction::stage);
        matches!(stage, Some(Stage::Settled | Stage::Cancelled))
    }

    /// Reads the next line; stays as it was if it is not valid.
    pub fn read(&mut self, line: &[u8]) -> Result<(Entry, Output), LogFault> {
        let number = self.chain.length + 1;
        let text = std::str::from_utf8(line).map_err(|e| LineFault::Malformed(e.to_string()));
        let read = text.and_then(|text| self.chain.read(text));
        let (entry, next) =
            read.map_err(|fault| LogFault { line: number, kind: None, cause: Cause::Line(fault) })?;
        let output = self.take(&entry, next).map_err(|rejection| LogFault {
            line: number,
            kind: Some(entry.event.kind()),
            cause: Cause::Rejection(rejection),
        })?;
        Ok((entry, output))
    }

    /// Enters a message: gives the line to be written and what follows, or refuses it.
    pub fn enter(
        &mut self,
        message: Message,
        time: Time,
        operator: &Signing,
    ) -> Result<(String, Output), Rejection> {
        if operator.public() != self.chain.operator {
            return reject("operator", format!("the log is kept by {}", self.chain.operator));
        }
        if message.auction != self.chain.auction {
            return reject("auction", format!("the message is for {}", message.auction));
        }
        if !message.is_signed() {
            return reject("signature", format!("it is not one of {}", message.author));
        }
        if let Some(last) = self.chain.time.filter(|last| time < *last) {
            return reject("time", format!("{time} is before the last entry {last}"));
        }
        let (entry, line, next) = self.chain.enter(message, time, operator);
        let output = self.take(&entry, next)?;
        Ok((line, output))
    }

    /// Signs an event of the operator and enters it.
    pub fn announce(
        &mut self,
        event: Event,
        time: Time,
        operator: &Signing,
    ) -> Result<(String, Output), Rejection> {
        let message = Message::new(self.chain.auction, operator, event);
        self.enter(message, time, operator)
    }

    fn take(&mut self, entry: &Entry, next: Chain) -> Result<Output, Rejection> {
        let output = match &mut self.auction {
            Some(auction) => auction.apply(entry)?,
            None => {
                self.auction = Some(Auction::announced(next.auction, entry)?);
                Output::Announced
            }
        };
        self.hashes.push(next.head);
        self.chain = next;
        Ok(output)
    }
}

impl fmt::Display for LogFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {}", self.line)?;
        if let Some(kind) = self.kind {
            write!(f, " ({kind})")?;
        }
        match &self.cause {
            Cause::Line(fault) => write!(f, ": {fault}"),
            Cause::Rejection(rejection) => write!(f, ": {rejection}"),
            Cause::Truncated => write!(f, ": the log ends in the middle of it"),
        }
    }
}

impl fmt::Display for LineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(cause) => write!(f, "it is no entry: {cause}"),
            Self::Version(version) => {
                write!(f, "the log is of version {version}, only version {VERSION} is read here")
            }
            Self::NotCanonical => write!(f, "its bytes are not those of its canonical form"),
            Self::Sequence { found } => write!(f, "its sequence number is {found}"),
            Self::Chain => write!(f, "it does not follow the entry before: another hash"),
            Self::Time => write!(f, "it is earlier than the entry before"),
            Self::Seal => write!(f, "the operator's seal is not one of this entry"),
            Self::Signature => write!(f, "the signature is not the author's of this event"),
        }
    }
}

//! The log file: replayed before anything is done with it, locked while an entry is added.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use postroad_record::auction::{Auction, Output, Rejection};
use postroad_record::bytes::Hex;
use postroad_record::entry::{Entry, Message};
use postroad_record::event::Event;
use postroad_record::keys::{PublicKey, Signing};
use postroad_record::receipt::Receipt;
use postroad_record::replay::Replay;
use postroad_record::time::Time;

use super::{fault, refused};
use crate::failure::Failure;
use crate::input::{read_bytes, unreadable};

/// A log and the state that its entries lead to.
pub(crate) struct Log {
    pub(crate) path: PathBuf,
    pub(crate) replay: Replay,
}

/// A log that entries are added to, locked until it is dropped.
pub(crate) struct Desk {
    pub(crate) log: Log,
    file: File,
    operator: Signing,
    time: Time,
}

impl Log {
    /// Reads and replays a log; the clearing is not computed again.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = read_bytes(path)?;
        let (replay, result) = Replay::of(&bytes, |_, _| Ok(()));
        let action = "ask the operator for the log as it was written; see `auction verify`";
        result.map_err(|wrong| fault("E451", path, format!("not valid: {wrong}"), action))?;
        let log = Self { path: path.into(), replay };
        log.auction()?;
        Ok(log)
    }

    /// The auction of the log.
    pub(crate) fn auction(&self) -> Result<&Auction, Failure> {
        let action = "begin a log with `postroad auction notice`";
        let empty = || fault("E451", &self.path, "the log has no entry".into(), action).into();
        self.replay.auction().ok_or_else(empty)
    }

    /// A message to this auction.
    pub(crate) fn message(&self, author: &Signing, event: Event) -> Message {
        Message::new(self.replay.chain().auction, author, event)
    }

    /// Refuses a message that the operator would have to refuse if it came next, so that a mistake
    /// is told to its author, and no key or bid is handed out before its time.
    pub(crate) fn try_out(&self, message: &Message) -> Result<(), Failure> {
        let (mut auction, chain) = (self.auction()?.clone(), self.replay.chain());
        // Bids may be sealed before bidding begins.
        let opens = auction.notice().opens;
        let entry = Entry {
            sequence: chain.length + 1,
            time: chain.time.map_or(opens, |last| last.max(opens)),
            previous: chain.head,
            author: message.author,
            event: message.event.clone(),
            signature: message.signature,
            seal: Hex([0; 64]),
        };
        let refused = |rejection| {
            let action = "correct it, or take a newer copy of the log; nothing was written";
            fault("E453", &self.path, format!("would be refused by {rejection}"), action).into()
        };
        auction.apply(&entry).map(|_| ()).map_err(refused)
    }

    /// The bidder that has this key.
    pub(crate) fn bidder(&self, key: &PublicKey) -> Result<String, Failure> {
        let name = self.auction()?.bidders().get(key).cloned();
        let refusal = Rejection { rule: "author", found: format!("{key} is no admitted bidder") };
        name.ok_or_else(|| refused(&self.path, &refusal))
    }
}

impl Desk {
    /// Opens a log to add entries.
    pub(crate) fn open(path: &Path, operator: Signing, time: Time) -> Result<Self, Failure> {
        let failed = |cause| Failure::Output { path: path.display().to_string(), cause };
        if !path.is_file() {
            let kind = if path.is_dir() { ErrorKind::IsADirectory } else { ErrorKind::NotFound };
            return Err(unreadable(path, &kind.into()).into());
        }
        // Locked first, so that nobody adds an entry between reading and writing.
        let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(Self { log: Log::read(path)?, file, operator, time })
    }

    /// Begins a log with its notice.
    pub(crate) fn begin(
        path: &Path,
        operator: Signing,
        time: Time,
        notice: Event,
    ) -> Result<(Self, Output), Failure> {
        let failed = |cause| Failure::Output { path: path.display().to_string(), cause };
        let mut replay = Replay::new(operator.public());
        let announced = replay.announce(notice, time, &operator);
        let (line, output) = announced.map_err(|rejection| refused(path, &rejection))?;
        if path.exists() {
            let action = "name another file; a log is never begun anew";
            return Err(fault("E451", path, "there is a file already".into(), action).into());
        }
        let file = OpenOptions::new().append(true).create_new(true).open(path).map_err(failed)?;
        file.lock().map_err(failed)?;
        let log = Log { path: path.into(), replay };
        let mut desk = Self { log, file, operator, time };
        desk.add(&line).inspect_err(|_| {
            // Nothing more can be done about a file that will not go.
            let _ = fs::remove_file(path);
        })?;
        Ok((desk, output))
    }

    /// Enters a message.
    pub(crate) fn enter(&mut self, message: Message) -> Result<Output, Failure> {
        let entered = self.log.replay.enter(message, self.time, &self.operator);
        let (line, output) = entered.map_err(|rejection| refused(&self.log.path, &rejection))?;
        self.add(&line)?;
        Ok(output)
    }

    /// Enters an event of the operator.
    pub(crate) fn announce(&mut self, event: Event) -> Result<Output, Failure> {
        let message = self.log.message(&self.operator, event);
        self.enter(message)
    }

    /// The time of the entries that are added.
    pub(crate) fn time(&self) -> Time {
        self.time
    }

    /// Goes on at another time.
    pub(crate) fn at(&mut self, time: Time) {
        self.time = time;
    }

    /// A receipt for an entry.
    pub(crate) fn receipt(&self, sequence: u64) -> Result<Receipt, Failure> {
        let (chain, hashes) = (self.log.replay.chain(), self.log.replay.hashes());
        let receipt = Receipt::new(chain.auction, hashes, sequence, &self.operator);
        let cause = format!("there is no entry {sequence}");
        let none = || fault("E456", &self.log.path, cause, "name an entry of the log").into();
        receipt.ok_or_else(none)
    }

    /// Adds a line to the file, or leaves the file as it was.
    fn add(&mut self, line: &str) -> Result<(), Failure> {
        let added = self.file.metadata().map(|data| data.len()).and_then(|length| {
            let written = self.file.write_all(format!("{line}\n").as_bytes());
            let stored = written.and_then(|()| self.file.sync_data());
            // A disk that is full may have taken a part of the line.
            stored.inspect_err(|_| drop(self.file.set_len(length)))
        });
        added.map_err(|cause| Failure::Output { path: self.log.path.display().to_string(), cause })
    }
}

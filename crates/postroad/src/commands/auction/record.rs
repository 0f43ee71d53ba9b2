//! `postroad auction …`, the commands of the record: from keys and notice to a verified log.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use postroad_record::auction::Rejection;
use postroad_record::entry::Message;
use postroad_record::event::*;
use postroad_record::receipt::Receipt;
use postroad_record::replay::Replay;
use postroad_record::time::Time;

use crate::auction::load::load;
use crate::auction_record::keys::{PublicKeys, SecretKeys};
use crate::auction_record::log::{Desk, Log};
use crate::auction_record::settlement::{self, Audit};
use crate::auction_record::simulation::{self, Simulated};
use crate::auction_record::{fault, read_json, refused, time, write_json};
use crate::auction_record::{market, message, notice, ocds};
use crate::failure::Failure;
use crate::input::read_bytes;

/// What can be done with the record of an auction.
#[derive(Subcommand, Clone, Debug)]
pub enum RecordArgs {
    #[command(flatten)]
    Party(PartyArgs),
    /// Draw keys for an operator, an officer or a bidder
    Keys {
        /// Whose keys they are
        name: String,
        /// Folder for NAME.secret.json and NAME.public.json
        #[arg(long, value_name = "FOLDER", default_value = ".")]
        out: PathBuf,
    },
    /// Begin a log: announce an auction for the lots and rules of a market
    Notice {
        /// Title, dates and method
        notice: PathBuf,
        /// Lots and rules; bids in it are not used
        market: PathBuf,
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Admit bidders
    Admit {
        /// Their public key files
        #[arg(required = true)]
        public_keys: Vec<PathBuf>,
        /// Eligibility in parcels a day, in a clock auction
        #[arg(long, value_name = "N")]
        points: Option<u64>,
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Enter messages into the log and give receipts
    Receive {
        /// Messages
        #[arg(required = true)]
        messages: Vec<PathBuf>,
        /// Folder for receipts, NUMBER.receipt.json
        #[arg(long, value_name = "FOLDER")]
        receipts: Option<PathBuf>,
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Call the next round of a clock
    Round {
        /// Until when bidders may ask
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        ends: Time,
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// End the round of a clock that runs
    EndRound {
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Ask for package bids after a clock
    Supplementary {
        /// Until when they may be made
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        ends: Time,
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Run a clock auction with bidders that want what a market says, from admission to closing
    Clock {
        /// A market; the steps of its schedules are what parcels are worth to their bidders
        market: PathBuf,
        /// Eligibility of each bidder in parcels a day
        #[arg(long, value_name = "N")]
        points: u64,
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// End bidding
    Close {
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Open the sealed bids
    Open {
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Clear and price the auction and announce the outcome
    Settle {
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Tell everybody something, as the answer to a question
    Announce {
        /// The words
        #[arg(long)]
        text: String,
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Give more time: what lies ahead of the calendar moves as far as the closing
    Postpone {
        /// When bidding ends now
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        closes: Time,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Cancel the auction
    Cancel {
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Recompute a log from its first byte: valid, or the first entry that is not and why
    Verify {
        /// The log
        log: PathBuf,
        /// Public key file of the operator that must have kept it
        #[arg(long, value_name = "FILE")]
        operator: Option<PathBuf>,
        /// Accept a log whose auction is not over
        #[arg(long)]
        unfinished: bool,
        /// Accept an outcome that another version of the program computed and this one does not
        #[arg(long)]
        other_version: bool,
    },
    /// Give a receipt for an entry, or check one
    #[command(subcommand)]
    Receipt(ReceiptArgs),
    /// Tell an outcome in the Open Contracting Data Standard
    Ocds {
        /// The log
        log: PathBuf,
        /// Identifier of the contracting process, with the prefix of its publisher
        #[arg(long, value_name = "OCID")]
        ocid: String,
        /// Write to this file instead of stdout
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// What bidders and officers do: each writes a message to the operator.
#[derive(Subcommand, Clone, Debug)]
pub enum PartyArgs {
    /// Seal the bids of one bidder of a market into a message to the operator
    Submit {
        /// A market with these bids; the bidder is the one that the key is admitted as
        market: PathBuf,
        #[command(flatten)]
        own: AuthorArgs,
    },
    /// Withdraw a bid that stands
    Withdraw {
        #[command(flatten)]
        own: AuthorArgs,
    },
    /// Reveal a bid that was committed to
    Reveal {
        /// The file that `submit` kept
        kept: PathBuf,
        #[command(flatten)]
        own: AuthorArgs,
    },
    /// Publish an officer's secret sealing key after the closing
    PublishKey {
        #[command(flatten)]
        own: AuthorArgs,
    },
    /// Say what is wanted in a round of a clock
    Demand {
        /// CSV with the columns lot, parcels
        demand: PathBuf,
        #[command(flatten)]
        own: AuthorArgs,
    },
    /// Make package bids after a clock
    Packages {
        /// CSV with the columns package, lot, parcels, amount_usd
        packages: PathBuf,
        #[command(flatten)]
        own: AuthorArgs,
    },
}

/// Receipts.
#[derive(Subcommand, Clone, Debug)]
pub enum ReceiptArgs {
    /// Give a receipt for an entry
    Give {
        /// Number of the entry
        entry: u64,
        /// Where to write it
        #[arg(long, short, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        desk: DeskArgs,
    },
    /// Check a receipt, by itself or against a log
    Check {
        /// The receipt
        receipt: PathBuf,
        /// The log that must keep it
        log: Option<PathBuf>,
    },
}

/// The operator's desk.
#[derive(Args, Clone, Debug)]
pub struct DeskArgs {
    /// The log
    #[arg(long, value_name = "FILE")]
    log: PathBuf,
    /// Secret key file of the operator
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Time of the entry, such as 2026-11-23T09:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<Time>,
}

/// Somebody who writes a message.
#[derive(Args, Clone, Debug)]
pub struct AuthorArgs {
    /// The log
    #[arg(long, value_name = "FILE")]
    log: PathBuf,
    /// Secret key file of the author
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where to write the message
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
}

fn parse_time(text: &str) -> Result<Time, String> {
    Time::parse(text).ok_or_else(|| "expected a time such as 2026-11-23T09:00:00Z".into())
}

impl DeskArgs {
    fn open(&self) -> Result<Desk, Failure> {
        Desk::open(&self.log, SecretKeys::read(&self.key)?.signing(), time(self.at))
    }

    fn announce(&self, event: Event) -> Result<(), Failure> {
        let output = self.open()?.announce(event)?;
        say(&output.to_string())
    }
}

impl AuthorArgs {
    /// The message that `event` makes of the log, if it would be taken.
    fn tried(
        &self,
        event: impl FnOnce(&Log, &SecretKeys) -> Result<Message, Failure>,
    ) -> Result<Message, Failure> {
        let (log, keys) = (Log::read(&self.log)?, SecretKeys::read(&self.key)?);
        let message = event(&log, &keys)?;
        log.try_out(&message)?;
        Ok(message)
    }

    /// Writes such a message.
    fn say(
        &self,
        event: impl FnOnce(&Log, &SecretKeys) -> Result<Message, Failure>,
    ) -> Result<(), Failure> {
        write_json(&self.out, &self.tried(event)?)
    }
}

fn say(line: &str) -> Result<(), Failure> {
    writeln!(io::stdout(), "{line}").map_err(Failure::stdout)
}

/// Does what was asked for.
pub(super) fn run(args: &RecordArgs) -> Result<(), Failure> {
    match args {
        RecordArgs::Party(party) => speak(party),
        RecordArgs::Keys { name, out } => keys(name, out),
        RecordArgs::Notice { notice, market, desk } => announce(notice, market, desk),
        RecordArgs::Admit { public_keys, points, desk } => admit(public_keys, *points, desk),
        RecordArgs::Receive { messages, receipts, desk } => {
            receive(messages, receipts.as_deref(), desk)
        }
        RecordArgs::Clock { market, points, desk } => clock(market, *points, desk),
        RecordArgs::Close { desk } => {
            let mut open = desk.open()?;
            let bids = open.log.auction()?.standing();
            say(&open.announce(Event::Closing(Closing { bids }))?.to_string())
        }
        RecordArgs::Open { desk } => open(desk),
        RecordArgs::Settle { desk } => settle(desk),
        RecordArgs::Announce { text, desk } => {
            desk.announce(Event::Announcement(Announcement { text: text.clone() }))
        }
        RecordArgs::Postpone { closes, reason, desk } => {
            let later = Postponement { closes: *closes, reason: reason.clone() };
            desk.announce(Event::Postponement(later))
        }
        RecordArgs::Cancel { reason, desk } => {
            desk.announce(Event::Cancellation(Cancellation { reason: reason.clone() }))
        }
        RecordArgs::Round { ends, desk } => call(*ends, desk),
        RecordArgs::EndRound { desk } => {
            let mut open = desk.open()?;
            let clock = clock_of(&open.log)?;
            let (round, asked) = (clock.round(), clock.asked());
            say(&open.announce(Event::RoundEnd(RoundEnd { round, asked }))?.to_string())
        }
        RecordArgs::Supplementary { ends, desk } => {
            desk.announce(Event::Supplementary(SupplementaryRound { ends: *ends }))
        }
        RecordArgs::Verify { log, operator, unfinished, other_version } => {
            let audit = Audit { accepts_other_version: *other_version, ..Audit::default() };
            verify(log, operator.as_deref(), *unfinished, audit)
        }
        RecordArgs::Receipt(receipt) => check_receipt(receipt),
        RecordArgs::Ocds { log, ocid, out } => release(log, ocid, out.as_deref()),
    }
}

/// What bidders and officers say.
fn speak(args: &PartyArgs) -> Result<(), Failure> {
    match args {
        PartyArgs::Submit { market, own } => submit(market, own),
        PartyArgs::Withdraw { own } => own.say(|log, keys| {
            let bid = message::own_bid(log, keys)?;
            Ok(log.message(&keys.signing(), Event::Withdrawal(Withdrawal { bid })))
        }),
        PartyArgs::Reveal { kept, own } => {
            let kept = message::KeptBid::read(kept)?;
            own.say(|log, keys| message::reveal(log, keys, kept))
        }
        PartyArgs::PublishKey { own } => own.say(|log, keys| {
            let key = Key { secret: keys.sealing_secret };
            Ok(log.message(&keys.signing(), Event::Key(key)))
        }),
        PartyArgs::Demand { demand, own } => {
            let parcels = message::demand(demand)?;
            own.say(|log, keys| {
                let (signing, clock) = (keys.signing(), clock_of(log)?);
                let (number, round) = (clock.next_number(&signing.public()), clock.round());
                Ok(log.message(&signing, Event::Demand(Demand { number, round, parcels })))
            })
        }
        PartyArgs::Packages { packages, own } => {
            let packages = message::packages(packages)?;
            own.say(|log, keys| {
                let signing = keys.signing();
                let number = clock_of(log)?.next_number(&signing.public());
                Ok(log.message(&signing, Event::Packages(Packages { number, packages })))
            })
        }
    }
}

fn clock_of(log: &Log) -> Result<&postroad_record::clock::Clock, Failure> {
    let action = "use `auction submit`, `close` and `open` for sealed bids";
    let none = || fault("E455", &log.path, "this auction has no clock".into(), action).into();
    log.auction()?.clock().ok_or_else(none)
}

fn keys(name: &str, out: &Path) -> Result<(), Failure> {
    let written = SecretKeys::draw(name)?.write(out)?;
    written.iter().try_for_each(|path| say(&path.display().to_string()))
}

fn announce(notice: &Path, market: &Path, desk: &DeskArgs) -> Result<(), Failure> {
    let market = load(market, None)?;
    let notice = notice::read(notice, market::terms(&market))?;
    let operator = SecretKeys::read(&desk.key)?.signing();
    let event = Event::Notice(Box::new(notice));
    let (open, output) = Desk::begin(&desk.log, operator, time(desk.at), event)?;
    say(&format!("{output}, its number is {}", open.log.replay.chain().auction))
}

fn admit(public_keys: &[PathBuf], points: Option<u64>, desk: &DeskArgs) -> Result<(), Failure> {
    let keys = public_keys.iter().map(|path| PublicKeys::read(path));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let mut open = desk.open()?;
    for PublicKeys { name, key, .. } in keys {
        let admission = Admission { bidder: name, key, points };
        say(&open.announce(Event::Admission(admission))?.to_string())?;
    }
    Ok(())
}

fn submit(market: &Path, own: &AuthorArgs) -> Result<(), Failure> {
    let bids = load(market, None)?;
    let mut kept = None;
    let message = own.tried(|log, keys| {
        let bidder = log.bidder(&keys.signing().public())?;
        let cause = format!("bidder {bidder:?} has no bid in the market");
        let action = "name a market with your bids under the name that you are admitted as";
        let sheet = market::sheet(&bids, &bidder);
        let sheet = sheet.ok_or_else(|| fault("E455", market, cause, action))?;
        let terms = &log.auction()?.notice().terms;
        if let Some(wrong) = sheet.fault(&bidder, terms) {
            let action = "correct the bids; a sheet with this would not count";
            return Err(fault("E455", market, wrong.0, action).into());
        }
        let (message, own) = message::seal(log, keys, &sheet)?;
        kept = Some(own);
        Ok(message)
    })?;
    // First what the bidder keeps: a commitment handed in without it could not be revealed.
    let path = own.out.with_extension("kept.json");
    write_json(&path, &kept)?;
    write_json(&own.out, &message)?;
    say(&format!("{} for the operator, {} for yourself", own.out.display(), path.display()))
}

fn receive(messages: &[PathBuf], receipts: Option<&Path>, desk: &DeskArgs) -> Result<(), Failure> {
    let read = messages.iter().map(|path| message::read(path)).collect::<Result<Vec<_>, _>>()?;
    let mut open = desk.open()?;
    for (message, path) in read.into_iter().zip(messages) {
        let output = open.enter(message)?;
        let sequence = open.log.replay.chain().length;
        if let Some(folder) = receipts {
            let name = folder.join(format!("{sequence}.receipt.json"));
            write_json(&name, &open.receipt(sequence)?)?;
        }
        say(&format!("entry {sequence}, {}: {output}", path.display()))?;
    }
    Ok(())
}

fn call(ends: Time, desk: &DeskArgs) -> Result<(), Failure> {
    let mut open = desk.open()?;
    let next = clock_of(&open.log)?.next_round();
    let (round, prices) = next.map_err(|rejection| refused(&desk.log, &rejection))?;
    say(&open.announce(Event::Round(Round { round, ends, prices }))?.to_string())
}

fn clock(path: &Path, points: u64, desk: &DeskArgs) -> Result<(), Failure> {
    let values = load(path, None)?;
    let mut open = desk.open()?;
    clock_of(&open.log)?;
    let mut bidders = Vec::new();
    for bidder in market::bidders(&values) {
        let keys = SecretKeys::draw(&bidder)?;
        let key = keys.public().key;
        let points = Some(points);
        let sheet = market::sheet(&values, &bidder).unwrap_or_default();
        open.announce(Event::Admission(Admission { bidder, key, points }))?;
        bidders.push(Simulated::new(keys, &sheet, &open.log.auction()?.notice().terms));
    }
    let rounds = simulation::run(&mut open, &bidders)?;
    let (count, time, stage) = (bidders.len(), open.time(), open.log.auction()?.stage());
    say(&format!("{count} bidders, {rounds} rounds, closed at {time}; the auction is {stage}"))
}

fn open(desk: &DeskArgs) -> Result<(), Failure> {
    let mut open = desk.open()?;
    let auction = open.log.auction()?;
    let contents = auction.contents(open.time());
    let contents = contents.map_err(|rejection| refused(&desk.log, &rejection))?;
    let opening = contents.opening(&auction.notice().settlement.seed);
    let output = open.announce(Event::Opening(opening))?;
    for opened in &contents.bids {
        if let Found::Fault(why) = &opened.found {
            say(&format!("entry {} does not count: {why}", opened.bid))?;
        }
    }
    say(&output.to_string())
}

fn settle(desk: &DeskArgs) -> Result<(), Failure> {
    let mut open = desk.open()?;
    let no = |rejection: Rejection| match rejection.rule {
        "award" => {
            let action = "hold another auction after `auction cancel --reason TEXT`; nothing was \
                          entered";
            fault("E453", &desk.log, format!("refused by {rejection}"), action).into()
        }
        _ => refused(&desk.log, &rejection),
    };
    let clearing = settlement::clearing(open.log.auction()?).map_err(no)?;
    say(&open.announce(Event::Clearing(clearing))?.to_string())?;
    let payments = settlement::payments(open.log.auction()?).map_err(no)?;
    say(&open.announce(Event::Payments(payments))?.to_string())
}

fn verify(
    path: &Path,
    operator: Option<&Path>,
    unfinished: bool,
    mut audit: Audit,
) -> Result<(), Failure> {
    let bytes = read_bytes(path)?;
    let (replay, result) = Replay::of(&bytes, |replay, entry| match replay.auction() {
        Some(auction) => audit.check(auction, entry),
        None => Ok(()),
    });
    let invalid =
        |why: String| Failure::Negative(format!("{} is not valid: {why}", path.display()));
    result.map_err(|wrong| invalid(wrong.to_string()))?;
    let chain = replay.chain();
    let Some(auction) = replay.auction() else {
        return Err(invalid("it has no entry".into()));
    };
    if let Some(file) = operator
        && PublicKeys::read(file)?.key != chain.operator
    {
        return Err(invalid(format!("it was kept by {}", chain.operator)));
    }
    if !replay.is_over() && !unfinished {
        return Err(invalid(format!(
            "it ends after entry {} with the auction {}; entries are missing, or it goes on \
             (--unfinished accepts that)",
            chain.length,
            auction.stage()
        )));
    }
    say(&format!(
        "valid: {} entries, the auction is {}\nauction  {}\noperator {}\nhead     {}",
        chain.length,
        auction.stage(),
        chain.auction,
        chain.operator,
        chain.head
    ))?;
    audit.accepted.iter().try_for_each(|what| say(&format!("accepted {what}")))
}

fn check_receipt(args: &ReceiptArgs) -> Result<(), Failure> {
    match args {
        ReceiptArgs::Give { entry, out, desk } => write_json(out, &desk.open()?.receipt(*entry)?),
        ReceiptArgs::Check { receipt: path, log } => {
            let receipt: Receipt = read_json(path, "E456", "receipt")?;
            let wrong = |why| {
                let why = format!("{} is not kept: {why}", path.display());
                Failure::Negative(why)
            };
            receipt.check().map_err(wrong)?;
            if let Some(log) = log {
                let log = Log::read(log)?;
                let (chain, hashes) = (log.replay.chain(), log.replay.hashes());
                receipt.check_log(chain.auction, chain.operator, hashes).map_err(wrong)?;
            }
            let of = format!("entry {} of auction {}", receipt.sequence, receipt.auction);
            say(&format!("the receipt holds: {of}, hash {}", receipt.hash))
        }
    }
}

fn release(path: &Path, ocid: &str, out: Option<&Path>) -> Result<(), Failure> {
    let log = Log::read(path)?;
    let Some(file) = out else {
        return ocds::write(&log, ocid, io::stdout().lock(), Failure::stdout);
    };
    let failed = |cause| Failure::Output { path: file.display().to_string(), cause };
    ocds::write(&log, ocid, File::create(file).map_err(failed)?, failed)
}

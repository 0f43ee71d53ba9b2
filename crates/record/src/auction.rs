//! An auction as a state machine: an event goes in, what follows comes out, and an event that
//! breaks a rule is refused with the rule and its number. A log is valid if a replay refuses none
//! of its entries.

use std::collections::BTreeMap;
use std::fmt;

use postroad_model::auction::{Award, Payments as ModelPayments};
use postroad_model::{BidId, BidderId, IdVec};

use crate::bytes::Hash;
use crate::clock::Clock;
use crate::entry::Entry;
use crate::event::{
    Admission, Clearing, Closing, Event, Method, Notice, Opening, Payment, Payments, Postponement,
    Sealing, VERSION, Won,
};
use crate::keys::PublicKey;
use crate::sealed::{Contents, SealedRound, sealing_fault};
use crate::terms::{Book, Market, Sheet, Standing};
use crate::time::Time;

/// Why an event is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection {
    /// The rule that it breaks.
    pub rule: &'static str,
    /// What was found, with numbers.
    pub found: String,
}

/// What follows from an event.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the fields are in the sentences of Display")]
pub enum Output {
    Announced,
    Told,
    Postponed { closes: Time },
    Admitted { bidder: String },
    BidStands { replaced: Option<u64> },
    Withdrawn { bid: u64 },
    RoundCalled { round: u32 },
    Asked { points: u64 },
    RoundEnded { round: u32, over: usize, short: usize, waived: usize, ends: bool },
    PackagesAskedFor,
    PackagesStand { count: usize },
    Closed { bids: usize },
    KeyPublished { published: usize, quorum: u32 },
    Revealed { revealed: usize, bids: usize },
    Opened { counted: usize, bids: usize },
    Cleared { winning: usize, value_micros: i64 },
    Settled { total_micros: i64, exact: bool },
    Cancelled { reason: String },
}

/// How far an auction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Bids come, or rounds are held.
    Bidding,
    /// Bidding has ended; bids are being opened.
    Closed,
    /// The bids are known.
    Opened,
    /// The winners are known.
    Cleared,
    /// The payments are known; nothing may follow.
    Settled,
    /// There is no outcome; nothing may follow.
    Cancelled,
}

/// The machine of the auction's method.
#[derive(Clone, Debug)]
enum Bidding {
    Sealed(SealedRound),
    Clock(Clock),
}

/// An auction as it stands after some entries.
#[derive(Clone, Debug)]
pub struct Auction {
    id: Hash,
    operator: PublicKey,
    notice: Notice,
    bidders: BTreeMap<PublicKey, String>,
    bidding: Bidding,
    stage: Stage,
    opening: Option<(Opening, Market)>,
    award: Option<Award>,
    software: String,
    payments: Vec<Payment>,
}

pub(crate) fn reject<T>(rule: &'static str, found: String) -> Result<T, Rejection> {
    Err(Rejection { rule, found })
}

impl Auction {
    /// The auction that a first entry announces; `id` is the hash of that entry.
    pub fn announced(id: Hash, entry: &Entry) -> Result<Self, Rejection> {
        let Event::Notice(notice) = &entry.event else {
            return reject("order", "the first entry is no notice".into());
        };
        if notice.version != VERSION {
            let version = notice.version;
            let found = format!("the log is of version {version}, only {VERSION} is read here");
            return reject("version", found);
        }
        if entry.time >= notice.closes || notice.opens >= notice.closes {
            let (time, opens, closes) = (entry.time, notice.opens, notice.closes);
            return reject("schedule", format!("announced {time}, opens {opens}, closes {closes}"));
        }
        if let Some(fault) = notice.terms.fault() {
            return reject("terms", fault.0);
        }
        let bidding = match &notice.method {
            Method::Sealed(sealing) => {
                sealing_fault(notice, sealing)?;
                Bidding::Sealed(SealedRound::new(id, notice, sealing))
            }
            Method::Clock(rules) => {
                rules.check(&notice.terms)?;
                Bidding::Clock(Clock::new(notice, rules))
            }
        };
        Ok(Self {
            id,
            operator: entry.author,
            notice: (**notice).clone(),
            bidders: BTreeMap::new(),
            bidding,
            stage: Stage::Bidding,
            opening: None,
            award: None,
            software: String::new(),
            payments: Vec::new(),
        })
    }

    /// The auction: the hash of its notice.
    pub fn id(&self) -> Hash {
        self.id
    }
    /// The notice, with the calendar as it was postponed.
    pub fn notice(&self) -> &Notice {
        &self.notice
    }
    /// How far it is.
    pub fn stage(&self) -> Stage {
        self.stage
    }
    /// The round of sealed bids, if that is how bids are made.
    pub fn sealed(&self) -> Option<&SealedRound> {
        match &self.bidding {
            Bidding::Sealed(round) => Some(round),
            Bidding::Clock(_) => None,
        }
    }
    /// The clock, if that is how bids are made.
    pub fn clock(&self) -> Option<&Clock> {
        match &self.bidding {
            Bidding::Clock(clock) => Some(clock),
            Bidding::Sealed(_) => None,
        }
    }
    /// Numbers of the entries whose bids stand.
    pub fn standing(&self) -> Vec<u64> {
        match &self.bidding {
            Bidding::Sealed(round) => round.standing(),
            Bidding::Clock(clock) => clock.standing(),
        }
    }
    /// The number that the next bid of a bidder may have.
    pub fn next_number(&self, bidder: &PublicKey) -> u32 {
        match &self.bidding {
            Bidding::Sealed(round) => round.next_number(bidder),
            Bidding::Clock(clock) => clock.next_number(bidder),
        }
    }
    /// The admitted bidders.
    pub fn bidders(&self) -> &BTreeMap<PublicKey, String> {
        &self.bidders
    }
    /// The problem to clear, and the seed that breaks ties, once bids are opened.
    pub fn opened(&self) -> Option<(&Market, Hash)> {
        self.opening.as_ref().map(|(opening, market)| (market, opening.seed))
    }
    /// The award, once it is announced.
    pub fn award(&self) -> Option<&Award> {
        self.award.as_ref()
    }

    /// The program that found the award, once it is announced.
    pub fn software(&self) -> &str {
        &self.software
    }

    /// What winners pay, or are paid, once it is announced.
    pub fn payments(&self) -> &[Payment] {
        &self.payments
    }

    /// Takes the next entry, or refuses it and stays as it was.
    pub fn apply(&mut self, entry: &Entry) -> Result<Output, Rejection> {
        if matches!(self.stage, Stage::Settled | Stage::Cancelled) {
            return reject("order", "the auction is over".into());
        }
        if entry.event.is_operators() && entry.author != self.operator {
            return reject("author", format!("only the operator enters a {}", entry.event.kind()));
        }
        match &entry.event {
            Event::Notice(_) => reject("order", "there is a notice already".into()),
            Event::Announcement(told) if told.text.trim().is_empty() => {
                reject("text", "an announcement needs one".into())
            }
            Event::Announcement(_) => Ok(Output::Told),
            Event::Postponement(later) => self.postpone(entry.time, later),
            Event::Admission(admission) => self.admit(admission),
            Event::Closing(closing) => self.close(entry.time, closing),
            Event::Opening(opening) => self.open(entry.time, opening),
            Event::Clearing(clearing) => self.clear(clearing),
            Event::Payments(payments) => self.settle(payments),
            Event::Cancellation(cancellation) if cancellation.reason.trim().is_empty() => {
                reject("reason", "a cancellation needs one".into())
            }
            Event::Cancellation(cancellation) => Ok(self.cancel(&cancellation.reason)),
            _ => self.bid(entry),
        }
    }

    /// Moves what lies ahead of the calendar as far as the closing moves.
    fn postpone(&mut self, time: Time, later: &Postponement) -> Result<Output, Rejection> {
        self.at(Stage::Bidding)?;
        let closes = self.notice.closes;
        if later.reason.trim().is_empty() {
            return reject("reason", "a postponement needs one".into());
        }
        if time >= closes || later.closes <= closes {
            let found = format!("at {time}, from {closes} to {}", later.closes);
            return reject("schedule", found);
        }
        let seconds = later.closes.seconds() - closes.seconds();
        let moved = |time: Time| match time.later(seconds) {
            Some(time) => Ok(time),
            None => reject("schedule", format!("{time} cannot be {seconds} seconds later")),
        };
        let mut notice = self.notice.clone();
        notice.closes = later.closes;
        if time < notice.opens {
            notice.opens = moved(notice.opens)?;
        }
        if let Method::Sealed(Sealing::Commitments { reveals_until }) = &mut notice.method {
            *reveals_until = moved(*reveals_until)?;
        }
        match (&mut self.bidding, &notice.method) {
            (Bidding::Sealed(round), Method::Sealed(sealing)) => round.reschedule(&notice, sealing),
            (Bidding::Clock(clock), _) => clock.reschedule(&notice),
            (Bidding::Sealed(_), Method::Clock(_)) => {}
        }
        self.notice = notice;
        Ok(Output::Postponed { closes: later.closes })
    }

    /// What belongs to one method of bidding.
    fn bid(&mut self, entry: &Entry) -> Result<Output, Rejection> {
        let (sequence, time, author) = (entry.sequence, entry.time, entry.author);
        let stage = match &entry.event {
            Event::Key(_) | Event::Reveal(_) => Stage::Closed,
            _ => Stage::Bidding,
        };
        self.at(stage)?;
        if matches!(entry.event, Event::Bid(_) | Event::Demand(_) | Event::Packages(_)) {
            self.admitted(&author)?;
        }
        match (&mut self.bidding, &entry.event) {
            (Bidding::Sealed(round), Event::Bid(bid)) => round.bid(sequence, time, author, bid),
            (Bidding::Sealed(round), Event::Withdrawal(gone)) => round.withdraw(time, author, gone),
            (Bidding::Sealed(round), Event::Key(key)) => round.key(&author, key),
            (Bidding::Sealed(round), Event::Reveal(reveal)) => round.reveal(time, author, reveal),
            (Bidding::Clock(clock), Event::Round(round)) => clock.call(time, round),
            (Bidding::Clock(clock), Event::Demand(demand)) => {
                clock.demand(sequence, time, &author, demand)
            }
            (Bidding::Clock(clock), Event::RoundEnd(end)) => clock.end_round(time, end),
            (Bidding::Clock(clock), Event::Supplementary(round)) => {
                clock.ask_for_packages(time, round)
            }
            (Bidding::Clock(clock), Event::Packages(packages)) => {
                clock.packages(sequence, time, &author, packages)
            }
            _ => reject("method", format!("there is no {} in this auction", entry.event.kind())),
        }
    }

    fn close(&mut self, time: Time, closing: &Closing) -> Result<Output, Rejection> {
        self.at(Stage::Bidding)?;
        let (output, sheets) = match &mut self.bidding {
            Bidding::Sealed(round) => (round.close(time, closing)?, None),
            Bidding::Clock(clock) => {
                // A closing that cannot be cleared must leave the clock as it was.
                let mut after = clock.clone();
                let output = after.close(time, closing)?;
                (output, Some((after.sheets(), after)))
            }
        };
        if closing.bids.is_empty() || sheets.as_ref().is_some_and(|(sheets, _)| sheets.is_empty()) {
            return Ok(self.cancel("nobody bids"));
        }
        self.stage = Stage::Closed;
        if let Some((sheets, after)) = sheets {
            // Everybody could read these bids, so that only the operator's seed breaks ties.
            let opening = Contents::default().opening(&self.notice.settlement.seed);
            let market = self.market(&sheets, &opening.seed);
            self.stage = if market.is_ok() { Stage::Opened } else { Stage::Bidding };
            self.opening = Some((opening, market?));
            self.bidding = Bidding::Clock(after);
        }
        Ok(output)
    }

    /// The problem that sheets of admitted bidders make.
    fn market(&self, sheets: &[(PublicKey, Sheet)], seed: &Hash) -> Result<Market, Rejection> {
        let standing = sheets.iter().map(|(bidder, sheet)| Standing {
            bidder: self.bidders.get(bidder).map_or("", String::as_str),
            sheet,
        });
        let standing: Vec<Standing<'_>> = standing.collect();
        Book::new(&self.notice.terms)
            .and_then(|book| book.market(&standing, seed))
            .map_err(|fault| Rejection { rule: "sheets", found: fault.0 })
    }

    fn at(&self, stage: Stage) -> Result<(), Rejection> {
        if self.stage == stage {
            return Ok(());
        }
        reject("order", format!("the auction is {}, not {stage}", self.stage))
    }

    fn cancel(&mut self, reason: &str) -> Output {
        self.stage = Stage::Cancelled;
        Output::Cancelled { reason: reason.into() }
    }

    fn admitted(&self, author: &PublicKey) -> Result<&str, Rejection> {
        match self.bidders.get(author) {
            Some(name) => Ok(name),
            None => reject("author", format!("{author} is no admitted bidder")),
        }
    }

    fn admit(&mut self, admission: &Admission) -> Result<Output, Rejection> {
        self.at(Stage::Bidding)?;
        let bidder = admission.bidder.clone();
        if bidder.trim().is_empty() || bidder.contains('/') {
            return reject("name", format!("{bidder:?} is empty or has a slash"));
        }
        if self.bidders.values().any(|name| *name == bidder) {
            return reject("name", format!("there is a bidder {bidder:?} already"));
        }
        if self.bidders.contains_key(&admission.key) {
            return reject("key", format!("{} is another bidder's", admission.key));
        }
        match (&mut self.bidding, admission.points) {
            (Bidding::Sealed(_), None) => {}
            (Bidding::Clock(clock), Some(points)) => clock.admit(admission.key, points)?,
            (Bidding::Sealed(_), Some(_)) => {
                return reject("points", "there are none in a sealed auction".into());
            }
            (Bidding::Clock(_), None) => {
                return reject("points", "a bidder of a clock needs some".into());
            }
        }
        self.bidders.insert(admission.key, bidder.clone());
        Ok(Output::Admitted { bidder })
    }

    /// What is in the bids, as far as it may be known at this time.
    pub fn contents(&self, time: Time) -> Result<Contents, Rejection> {
        self.at(Stage::Closed)?;
        let name = |bidder: &PublicKey| self.bidders.get(bidder).cloned().unwrap_or_default();
        match &self.bidding {
            Bidding::Sealed(round) => round.contents(time, &self.notice.terms, name),
            Bidding::Clock(_) => reject("method", "these bids are not sealed".into()),
        }
    }

    fn open(&mut self, time: Time, opening: &Opening) -> Result<Output, Rejection> {
        let contents = self.contents(time)?;
        let expected = contents.opening(&self.notice.settlement.seed);
        if let Some((_, bid)) =
            expected.bids.iter().zip(&opening.bids).find(|(want, found)| want != found)
        {
            return reject("opening", format!("bid {} holds something else", bid.bid));
        }
        if *opening != expected {
            return reject("opening", "bids or seed are not those of the log".into());
        }
        let market = self.market(&contents.sheets, &opening.seed)?;
        let (counted, bids) = (contents.sheets.len(), opening.bids.len());
        self.opening = Some((opening.clone(), market));
        self.stage = Stage::Opened;
        if counted == 0 {
            return Ok(self.cancel("no bid counts"));
        }
        Ok(Output::Opened { counted, bids })
    }

    fn clear(&mut self, clearing: &Clearing) -> Result<Output, Rejection> {
        self.at(Stage::Opened)?;
        let Some((_, market)) = &self.opening else {
            return reject("order", "bids are not opened".into());
        };
        let award = market.award(&clearing.award)?;
        if let Some(broken) = award.violations(&market.problem).first() {
            return reject("award", format!("it breaks {broken:?}"));
        }
        let value_micros = award.value_micros(&market.problem);
        if value_micros != clearing.value_micros {
            let told = clearing.value_micros;
            return reject(
                "value",
                format!("{told} micros are told, the award is worth {value_micros}"),
            );
        }
        let bound = clearing.bound_micros;
        if bound < value_micros || clearing.proven != (bound == value_micros) {
            let proven = if clearing.proven { ", told as proven" } else { "" };
            let found = format!("{bound} micros{proven}, the award is worth {value_micros}");
            return reject("bound", found);
        }
        self.award = Some(award);
        self.software = clearing.software.clone();
        self.stage = Stage::Cleared;
        Ok(Output::Cleared { winning: clearing.award.len(), value_micros })
    }

    fn settle(&mut self, told: &Payments) -> Result<Output, Rejection> {
        self.at(Stage::Cleared)?;
        let (Some((_, market)), Some(award)) = (&self.opening, &self.award) else {
            return reject("order", "nothing is awarded".into());
        };
        let payments = market.payments(&told.payments)?;
        if (told.payments.as_slice(), told.total_micros)
            != (&market.tell_payments(award, &payments), payments.total_micros())
        {
            return reject("payments", "they are not one for each winner with their sum".into());
        }
        let mut winners = told.payments.iter().map(|payment| &payment.bidder);
        if let Some(other) = told.indispensable.iter().find(|&name| !winners.any(|one| one == name))
        {
            let found = format!("{other:?} is no winner, or not in its place");
            return reject("indispensable", found);
        }
        if let Some(fault) = payments.faults(&market.problem, award).first() {
            return reject("payments", format!("{fault:?}"));
        }
        self.payments = told.payments.clone();
        self.stage = Stage::Settled;
        Ok(Output::Settled { total_micros: told.total_micros, exact: told.exact })
    }
}

impl Market {
    /// The winning bids with their names, in the order of the problem.
    pub fn tell_award(&self, award: &Award) -> Vec<Won> {
        let won = |(bid, accepted): (BidId, u32)| Won {
            bidder: self.bidders[self.problem.bids[bid].bidder].clone(),
            bid: self.bids[bid].clone(),
            accepted,
        };
        award.winning().map(won).collect()
    }

    /// The award that was told; refused unless it is told in the order of the problem.
    fn award(&self, told: &[Won]) -> Result<Award, Rejection> {
        let mut award = Award::nothing(&self.problem);
        let mut rest = told.iter().peekable();
        for (bid, name) in self.bids.iter_ids() {
            let bidder = &self.bidders[self.problem.bids[bid].bidder];
            if let Some(won) = rest.next_if(|won| won.bid == *name && won.bidder == *bidder) {
                award.accepted[bid] = won.accepted;
            }
        }
        match rest.next() {
            None if self.tell_award(&award) == told => Ok(award),
            None => reject("award", "a bid of it wins nothing".into()),
            Some(won) => {
                reject("award", format!("{:?} of {:?} is no bid in its place", won.bid, won.bidder))
            }
        }
    }

    /// Payments with names: of every bidder that wins, in the order of the problem.
    pub fn tell_payments(&self, award: &Award, payments: &ModelPayments) -> Vec<Payment> {
        let mut wins: IdVec<BidderId, bool> = vec![false; self.bidders.len()].into();
        award.winning().for_each(|(bid, _)| wins[self.problem.bids[bid].bidder] = true);
        let pays = |(bidder, &micros): (BidderId, &i64)| {
            wins[bidder].then(|| Payment { bidder: self.bidders[bidder].clone(), micros })
        };
        payments.micros.iter_ids().filter_map(pays).collect()
    }

    fn payments(&self, told: &[Payment]) -> Result<ModelPayments, Rejection> {
        let mut micros: IdVec<BidderId, i64> = vec![0; self.bidders.len()].into();
        for payment in told {
            // Bidders are in the order of their names.
            match self.bidders.as_slice().binary_search(&payment.bidder) {
                Ok(index) => micros.as_mut_slice()[index] = payment.micros,
                Err(_) => return reject("payments", format!("{:?} is no bidder", payment.bidder)),
            }
        }
        let total: i128 = micros.iter().map(|&micros| i128::from(micros)).sum();
        if i64::try_from(total).is_err() {
            return reject("payments", format!("they add up to {total} micros"));
        }
        Ok(ModelPayments { micros })
    }
}

/// Micros as dollars, in full.
fn usd(micros: i64) -> String {
    let (sign, size) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
    format!("{sign}${}.{:06}", size / 1_000_000, size % 1_000_000)
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule \"{}\": {}", self.rule, self.found)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bidding => "open for bids",
            Self::Closed => "closed",
            Self::Opened => "opened",
            Self::Cleared => "cleared",
            Self::Settled => "settled",
            Self::Cancelled => "cancelled",
        })
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Announced => write!(f, "the auction is announced"),
            Self::Told => write!(f, "it is announced"),
            Self::Postponed { closes } => write!(f, "bidding ends at {closes}"),
            Self::Admitted { bidder } => write!(f, "{bidder} is admitted"),
            Self::BidStands { replaced: None } => write!(f, "the bid stands"),
            Self::BidStands { replaced: Some(bid) } => write!(f, "the bid replaces bid {bid}"),
            Self::Withdrawn { bid } => write!(f, "bid {bid} is withdrawn"),
            Self::RoundCalled { round } => write!(f, "round {round} is called"),
            Self::Asked { points } => write!(f, "the demand stands, with {points} points"),
            Self::RoundEnded { round, over, short, waived, ends } => {
                write!(f, "round {round} ends, {over} lots are asked for too much")?;
                if *short > 0 {
                    write!(f, ", {short} required lots are not offered whole")?;
                }
                if *waived > 0 {
                    write!(f, ", {waived} bidders use a waiver")?;
                }
                f.write_str(if *ends { ", and the clock ends" } else { "" })
            }
            Self::PackagesAskedFor => write!(f, "package bids are asked for"),
            Self::PackagesStand { count } => write!(f, "{count} package bids stand"),
            Self::Closed { bids } => write!(f, "bidding is closed, {bids} bids stand"),
            Self::KeyPublished { published, quorum } => {
                write!(f, "{published} keys are published, {quorum} are needed")
            }
            Self::Revealed { revealed, bids } => {
                write!(f, "{revealed} of {bids} bids are revealed")
            }
            Self::Opened { counted, bids } => write!(f, "{counted} of {bids} bids count"),
            Self::Cleared { winning, value_micros } => {
                write!(f, "{winning} bids win, worth {} to the operator", usd(*value_micros))
            }
            Self::Settled { total_micros, exact } => {
                let told = if *exact { "" } else { ", not known to be exact" };
                write!(f, "payments of {}{told}", usd(*total_micros))
            }
            Self::Cancelled { reason } => write!(f, "the auction is cancelled: {reason}"),
        }
    }
}

//! One round of sealed bids, as a state machine: bids come, are replaced and withdrawn until the
//! closing; then keys or reveals come, and the bids are opened.

use std::collections::BTreeMap;

use crate::auction::{Output, Rejection, reject};
use crate::bytes::Hash;
use crate::event::{
    Bid, Closing, Found, Key, Notice, Opened, Opening, Reveal, Sealing, Withdrawal,
};
use crate::keys::{PublicKey, SealingKey, sealing_key};
use crate::sealing::{Context, Envelope, Nonce, OFFICERS_MAX, OpenFault, QUORUM_MIN, SealedBid};
use crate::terms::{Book, Sheet, Standing, Terms};
use crate::time::Time;
use postroad_model::auction::MICROS_MAX;

/// The state of a sealed round.
#[derive(Clone, Debug)]
pub struct SealedRound {
    auction: Hash,
    opens: Time,
    closes: Time,
    sealing: Sealing,
    /// Highest number of a bid of each bidder so far, and its bid that stands.
    latest: BTreeMap<PublicKey, (u32, Option<u64>)>,
    /// The bids that stand, by sequence number.
    standing: BTreeMap<u64, (PublicKey, SealedBid)>,
    is_closed: bool,
    /// Secret keys by position of the officer.
    keys: BTreeMap<usize, [u8; 32]>,
    /// What was revealed, by sequence number of the bid.
    reveals: BTreeMap<u64, (Nonce, Vec<u8>)>,
}

/// What is in the bids of a round.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The bidders with a sheet that counts.
    pub sheets: Vec<(PublicKey, Sheet)>,
    /// What each bid holds.
    pub bids: Vec<Opened>,
    /// The nonces of the sheets that count, in the order of the log.
    nonces: Vec<Nonce>,
}

/// Why no round can be sealed this way, if so.
pub(crate) fn sealing_fault(notice: &Notice, sealing: &Sealing) -> Result<(), Rejection> {
    match sealing {
        Sealing::Commitments { reveals_until } if *reveals_until <= notice.closes => {
            let closes = notice.closes;
            reject("schedule", format!("bids are revealed until {reveals_until}, closing {closes}"))
        }
        Sealing::Commitments { .. } => Ok(()),
        Sealing::Officers { quorum, officers } => {
            let count = officers.len();
            let fits = (QUORUM_MIN..=count).contains(&(*quorum as usize));
            if !fits || count > OFFICERS_MAX {
                let limits = format!("at least {QUORUM_MIN} of at most {OFFICERS_MAX} officers");
                return reject("quorum", format!("{quorum} of {count}, allowed are {limits}"));
            }
            for (index, officer) in officers.iter().enumerate() {
                let before = &officers[..index];
                if before
                    .iter()
                    .any(|o| o.key == officer.key || o.sealing_key == officer.sealing_key)
                {
                    return reject("officers", format!("{:?} has another's key", officer.name));
                }
            }
            Ok(())
        }
    }
}

impl SealedRound {
    pub(crate) fn new(auction: Hash, notice: &Notice, sealing: &Sealing) -> Self {
        Self {
            auction,
            opens: notice.opens,
            closes: notice.closes,
            sealing: sealing.clone(),
            latest: BTreeMap::new(),
            standing: BTreeMap::new(),
            is_closed: false,
            keys: BTreeMap::new(),
            reveals: BTreeMap::new(),
        }
    }

    /// Keeps another calendar.
    pub(crate) fn reschedule(&mut self, notice: &Notice, sealing: &Sealing) {
        (self.opens, self.closes) = (notice.opens, notice.closes);
        self.sealing = sealing.clone();
    }

    /// Sequence numbers of the bids that stand.
    pub fn standing(&self) -> Vec<u64> {
        self.standing.keys().copied().collect()
    }

    /// The number that the next bid of a bidder may have.
    pub fn next_number(&self, bidder: &PublicKey) -> u32 {
        self.latest.get(bidder).map_or(1, |(number, _)| number.saturating_add(1))
    }

    /// The bid of a bidder that stands.
    pub fn bid_of(&self, bidder: &PublicKey) -> Option<u64> {
        self.latest.get(bidder).and_then(|(_, bid)| *bid)
    }

    fn while_bidding(&self, time: Time) -> Result<(), Rejection> {
        if self.is_closed {
            return reject("bidding time", "bidding is closed".into());
        }
        if time < self.opens {
            return reject("bidding time", format!("{time} is before the opening {}", self.opens));
        }
        if time >= self.closes {
            return reject("bidding time", format!("{time} is not before {}", self.closes));
        }
        Ok(())
    }

    pub(crate) fn bid(
        &mut self,
        sequence: u64,
        time: Time,
        bidder: PublicKey,
        bid: &Bid,
    ) -> Result<Output, Rejection> {
        self.while_bidding(time)?;
        let least = self.next_number(&bidder);
        if bid.number < least {
            let found = format!("{} is below {least}: entered already, or overtaken", bid.number);
            return reject("bid number", found);
        }
        match (&self.sealing, &bid.sealed) {
            (Sealing::Commitments { .. }, SealedBid::Commitment(_)) => {}
            (Sealing::Officers { officers, .. }, SealedBid::Envelope(envelope)) => {
                let (found, wanted) = (envelope.shares.len(), officers.len());
                if found != wanted {
                    return reject("shares", format!("{found} for {wanted} officers"));
                }
            }
            _ => return reject("sealing", "the bid is not sealed as the notice says".into()),
        }
        let before = self.latest.insert(bidder, (bid.number, Some(sequence)));
        let replaced = before.and_then(|(_, replaced)| replaced);
        replaced.map(|replaced| self.standing.remove(&replaced));
        self.standing.insert(sequence, (bidder, bid.sealed.clone()));
        Ok(Output::BidStands { replaced })
    }

    pub(crate) fn withdraw(
        &mut self,
        time: Time,
        bidder: PublicKey,
        withdrawal: &Withdrawal,
    ) -> Result<Output, Rejection> {
        self.while_bidding(time)?;
        let bid = withdrawal.bid;
        match self.standing.get(&bid) {
            Some((owner, _)) if *owner == bidder => {
                self.standing.remove(&bid);
                self.latest.entry(bidder).and_modify(|latest| latest.1 = None);
                Ok(Output::Withdrawn { bid })
            }
            _ => reject("own bid", format!("{bid} is no standing bid of this bidder")),
        }
    }

    pub(crate) fn close(&mut self, time: Time, closing: &Closing) -> Result<Output, Rejection> {
        if self.is_closed {
            return reject("order", "bidding is closed".into());
        }
        if time < self.closes {
            return reject("bidding time", format!("{time} is before the closing {}", self.closes));
        }
        if closing.bids != self.standing() {
            return reject("closing", "the bids are not those that stand".into());
        }
        self.is_closed = true;
        Ok(Output::Closed { bids: closing.bids.len() })
    }

    pub(crate) fn key(&mut self, officer: &PublicKey, key: &Key) -> Result<Output, Rejection> {
        let Sealing::Officers { quorum, officers } = &self.sealing else {
            return reject("sealing", "no key opens these bids".into());
        };
        let Some(position) = officers.iter().position(|one| one.key == *officer) else {
            return reject("author", "only an officer of the notice publishes a key".into());
        };
        if !self.is_closed {
            return reject("order", "keys are published after the closing".into());
        }
        if sealing_key(&key.secret.0) != officers[position].sealing_key {
            return reject("key", "this is not the secret key of the notice".into());
        }
        if self.keys.insert(position, key.secret.0).is_some() {
            return reject("order", "this key is published already".into());
        }
        Ok(Output::KeyPublished { published: self.keys.len(), quorum: *quorum })
    }

    pub(crate) fn reveal(
        &mut self,
        time: Time,
        bidder: PublicKey,
        reveal: &Reveal,
    ) -> Result<Output, Rejection> {
        let Sealing::Commitments { reveals_until } = &self.sealing else {
            return reject("sealing", "these bids are opened by officers".into());
        };
        if !self.is_closed || time >= *reveals_until {
            return reject(
                "reveal time",
                format!("{time} is not between closing and {reveals_until}"),
            );
        }
        let bid = reveal.bid;
        let Some((_, sealed)) = self.standing.get(&bid).filter(|(owner, _)| *owner == bidder)
        else {
            return reject("own bid", format!("{bid} is no standing bid of this bidder"));
        };
        let context = Context { auction: self.auction, bidder };
        let commitment = context.commit(&reveal.nonce, reveal.sheet.as_bytes());
        if *sealed != SealedBid::Commitment(commitment) {
            return reject("commitment", "this is not what was committed to".into());
        }
        if self.reveals.contains_key(&bid) {
            return reject("order", "this bid is revealed already".into());
        }
        self.reveals.insert(bid, (reveal.nonce, reveal.sheet.clone().into_bytes()));
        Ok(Output::Revealed { revealed: self.reveals.len(), bids: self.standing.len() })
    }

    fn may_open(&self, time: Time) -> Result<(), Rejection> {
        if !self.is_closed {
            return reject("order", "bids are opened after the closing".into());
        }
        match &self.sealing {
            Sealing::Officers { quorum, .. } if self.keys.len() < *quorum as usize => {
                let published = self.keys.len();
                reject("quorum", format!("{published} keys are published, {quorum} are needed"))
            }
            Sealing::Commitments { reveals_until }
                if self.reveals.len() < self.standing.len() && time < *reveals_until =>
            {
                let missing = self.standing.len() - self.reveals.len();
                reject(
                    "reveal time",
                    format!("{missing} bids may be revealed until {reveals_until}"),
                )
            }
            _ => Ok(()),
        }
    }

    /// What the bids hold. `name` names the admitted bidders.
    pub fn contents(
        &self,
        time: Time,
        terms: &Terms,
        name: impl Fn(&PublicKey) -> String,
    ) -> Result<Contents, Rejection> {
        self.may_open(time)?;
        let mut contents = Contents::default();
        let book = Book::new(terms);
        let book = book.map_err(|fault| Rejection { rule: "terms", found: fault.0 })?;
        let empty = book.largest_sum(None).unwrap_or_default();
        let mut sum = empty;
        for (bid, (bidder, sealed)) in &self.standing {
            let found = self.sheet(*bid, *bidder, sealed).and_then(|(nonce, sheet, hash)| {
                let one = Standing { bidder: &name(bidder), sheet: &sheet };
                let alone = book.largest_sum(Some(one)).map_err(|fault| fault.0)?;
                let with = sum + alone - empty;
                if with > MICROS_MAX {
                    return Err("all amounts together are too large".to_string());
                }
                sum = with;
                contents.nonces.push(nonce);
                contents.sheets.push((*bidder, sheet));
                Ok(hash)
            });
            let found = found.map_or_else(Found::Fault, Found::Sheet);
            contents.bids.push(Opened { bid: *bid, found });
        }
        Ok(contents)
    }

    /// The sheet in a sealed bid with its nonce and hash, or why it does not count.
    fn sheet(
        &self,
        bid: u64,
        bidder: PublicKey,
        sealed: &SealedBid,
    ) -> Result<(Nonce, Sheet, Hash), String> {
        let (nonce, bytes) = match sealed {
            SealedBid::Commitment(_) => {
                self.reveals.get(&bid).cloned().ok_or("it was not revealed")?
            }
            SealedBid::Envelope(envelope) => self.open(bidder, envelope).map_err(open_text)?,
        };
        let sheet = Sheet::from_bytes(&bytes).ok_or("what was sealed is no sheet")?;
        Ok((nonce, sheet, Hash::of(&[&bytes])))
    }

    fn open(&self, bidder: PublicKey, envelope: &Envelope) -> Result<(Nonce, Vec<u8>), OpenFault> {
        let Sealing::Officers { quorum, officers } = &self.sealing else {
            return Err(OpenFault::Shares);
        };
        let sealing_keys: Vec<SealingKey> = officers.iter().map(|one| one.sealing_key).collect();
        let keys = self.keys.iter().take(*quorum as usize);
        let keys: Vec<(usize, [u8; 32])> = keys.map(|(one, secret)| (*one, *secret)).collect();
        Context { auction: self.auction, bidder }.open(&sealing_keys, &keys, envelope)
    }
}

impl Contents {
    /// What the operator announces. The seed that breaks ties is drawn by the operator and by all
    /// bidders together, none of whom knew the parts of the others when bidding.
    pub fn opening(&self, operator_seed: &Hash) -> Opening {
        let nonces: Vec<u8> = self.nonces.iter().flat_map(|nonce| nonce.0).collect();
        let seed = Hash::of(&[b"postroad seed 1\n", &operator_seed.0, &nonces]);
        Opening { bids: self.bids.clone(), seed }
    }
}

fn open_text(fault: OpenFault) -> String {
    match fault {
        OpenFault::Shares => "it has not one share for each officer",
        OpenFault::Share => "a share does not open",
        OpenFault::Sheet => "the shares give no key to the sheet",
        OpenFault::Inconsistent => "it does not open alike for every quorum",
    }
    .into()
}

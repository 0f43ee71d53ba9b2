//! A whole auction in memory, and what becomes of it when anybody touches a byte.

use proptest::prelude::*;

use crate::auction::{Output, Stage};
use crate::bytes::{Hash, Hex};
use crate::entry::{LineFault, Message};
use crate::event::*;
use crate::keys::{Signing, sealing_key};
use crate::receipt::{Receipt, ReceiptFault};
use crate::replay::{Cause, LogFault, Replay};
use crate::sealing::{Context, SealedBid};
use crate::terms::{Limits, Lot, Offer, Pricing, Sheet, SheetBid, Side, Terms};
use crate::time::Time;
use postroad_model::auction::{Award, Payments as ModelPayments};

pub(crate) fn signing(number: u8) -> Signing {
    Signing::from_secret(&[number; 32])
}

pub(crate) fn at(second: u64) -> Time {
    Time::from_seconds(1_800_000_000 + second).unwrap()
}

/// Secret sealing keys of three officers.
const SECRETS: [[u8; 32]; 3] = [[21; 32], [22; 32], [23; 32]];

pub(crate) fn terms() -> Terms {
    let lot = |name: &str, parcels_per_day| Lot {
        name: name.into(),
        parcels_per_day,
        days: 10,
        reserve_micros: Some(1_000_000),
        opportunity_micros: 500_000,
        required: false,
    };
    let lots = vec![lot("north/am", 100), lot("south/am", 80)];
    Terms { side: Side::Selling, lots, sets: Vec::new(), rules: Vec::new() }
}

fn officers() -> Sealing {
    let officer = |index: usize| Officer {
        name: format!("officer {index}"),
        key: signing(11 + index as u8).public(),
        sealing_key: sealing_key(&SECRETS[index]),
    };
    Sealing::Officers { quorum: 2, officers: (0..3).map(officer).collect() }
}

pub(crate) fn notice(method: Method, terms: Terms) -> Event {
    Event::Notice(Box::new(Notice {
        version: VERSION,
        title: "Access to two units".into(),
        operator: "The operator".into(),
        opens: at(100),
        closes: at(200),
        method,
        settlement: Settlement {
            pricing: Pricing::AsBid,
            rounds: Some(10),
            seed: Hash::of(&[b"seed"]),
        },
        terms,
    }))
}

fn sheet(price_micros: i64) -> Sheet {
    let steps = vec![(60, price_micros), (40, price_micros / 2)];
    let offer = Offer::Schedule { lot: "north/am".into(), least_parcels: 10, steps };
    let items = vec![("north/am".to_string(), 40), ("south/am".to_string(), 80)];
    let package = Offer::Package { items, amount_micros: 2_000 * price_micros };
    let bid = |name: &str, offer| SheetBid { name: name.into(), offer };
    Sheet {
        limits: Limits::default(),
        bids: vec![bid("single", offer), bid("both", package)],
        groups: Vec::new(),
    }
}

/// An auction with its operator, written line by line.
pub(crate) struct Desk {
    pub(crate) replay: Replay,
    pub(crate) lines: Vec<String>,
}

impl Desk {
    pub(crate) fn new(sealing: Sealing) -> Self {
        Self::announced(notice(Method::Sealed(sealing), terms()), None)
    }

    pub(crate) fn announced(notice: Event, points: Option<u64>) -> Self {
        let mut desk = Self { replay: Replay::new(signing(1).public()), lines: Vec::new() };
        desk.say(1, 0, notice).unwrap();
        for (number, bidder) in [(2, "Acme"), (3, "Bolt"), (4, "Cargo")] {
            let key = signing(number).public();
            let bidder = bidder.to_string();
            desk.say(1, 10, Event::Admission(Admission { bidder, key, points })).unwrap();
        }
        desk
    }

    pub(crate) fn say(&mut self, author: u8, second: u64, event: Event) -> Result<Output, String> {
        let message = Message::new(self.replay.chain().auction, &signing(author), event);
        let entered = self.replay.enter(message, at(second), &signing(1));
        let (line, output) = entered.map_err(|rejection| rejection.to_string())?;
        self.lines.push(line);
        Ok(output)
    }

    pub(crate) fn context(&self, bidder: u8) -> Context {
        Context { auction: self.replay.chain().auction, bidder: signing(bidder).public() }
    }

    fn envelope(&self, bidder: u8, number: u32, price_micros: i64) -> Event {
        let keys: Vec<_> = SECRETS.iter().map(sealing_key).collect();
        let nonce = Hex([bidder + number as u8; 32]);
        let bytes = sheet(price_micros).to_bytes();
        let envelope = self.context(bidder).seal(&keys, 2, &nonce, &bytes).unwrap();
        Event::Bid(Bid { number, sealed: SealedBid::Envelope(envelope) })
    }

    pub(crate) fn close(&mut self) -> Output {
        let auction = self.replay.auction().unwrap();
        let second = auction.notice().closes.seconds() - at(0).seconds();
        let bids = auction.standing();
        self.say(1, second, Event::Closing(Closing { bids })).unwrap()
    }

    fn key(&mut self, officer: usize) -> Result<Output, String> {
        let secret = Hex(SECRETS[officer]);
        self.say(11 + officer as u8, 210, Event::Key(Key { secret }))
    }

    fn open(&mut self, second: u64) -> Result<Output, String> {
        let auction = self.replay.auction().unwrap();
        let contents = auction.contents(at(second)).map_err(|rejection| rejection.to_string())?;
        let opening = contents.opening(&auction.notice().settlement.seed);
        self.say(1, second, Event::Opening(opening))
    }

    /// Awards the first bid, and lets its bidder pay what it bid.
    fn settle(&mut self) {
        let (market, _) = self.replay.auction().unwrap().opened().unwrap();
        let mut award = Award::nothing(&market.problem);
        award.accepted.as_mut_slice()[0] = 60;
        let value_micros = award.value_micros(&market.problem);
        let payments = ModelPayments::as_bid(&market.problem, &award);
        let payments = Payments {
            total_micros: payments.total_micros(),
            payments: market.tell_payments(&award, &payments),
            exact: true,
            indispensable: Vec::new(),
        };
        let clearing = Clearing {
            software: "by hand".into(),
            award: market.tell_award(&award),
            value_micros,
            bound_micros: value_micros + 1,
            proven: false,
        };
        self.say(1, 220, Event::Clearing(clearing)).unwrap();
        self.say(1, 230, Event::Payments(payments)).unwrap();
    }

    pub(crate) fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

pub(crate) fn whole() -> Desk {
    let mut desk = Desk::new(officers());
    for (bidder, price) in [(2, 3_000_000), (3, 2_000_000), (4, 4_000_000)] {
        let bid = desk.envelope(bidder, 1, price);
        desk.say(bidder, 110, bid).unwrap();
    }
    let again = desk.envelope(3, 2, 2_500_000);
    assert_eq!(desk.say(3, 120, again), Ok(Output::BidStands { replaced: Some(6) }));
    assert_eq!(
        desk.say(4, 130, Event::Withdrawal(Withdrawal { bid: 7 })),
        Ok(Output::Withdrawn { bid: 7 })
    );
    assert_eq!(desk.close(), Output::Closed { bids: 2 });
    desk.key(2).unwrap();
    desk.key(0).unwrap();
    assert_eq!(desk.open(215), Ok(Output::Opened { counted: 2, bids: 2 }));
    desk.settle();
    desk
}

pub(crate) fn replayed(text: &str) -> Result<Replay, LogFault> {
    let (replay, result) = Replay::of(text.as_bytes(), |_, _| Ok(()));
    result.map(|()| replay)
}

#[test]
fn a_whole_log_is_valid() {
    let text = whole().text();
    let replay = replayed(&text).unwrap();
    assert!(replay.is_over());
    assert_eq!(replay.auction().unwrap().stage(), Stage::Settled);
}

#[test]
fn rules_of_bidding_are_kept() {
    let mut desk = Desk::new(officers());
    let bid = desk.envelope(2, 1, 2_000_000);
    let early = desk.say(2, 99, bid.clone()).unwrap_err();
    assert!(early.contains("bidding time") && early.contains("is before the opening"), "{early}");
    let late = desk.say(2, 200, bid.clone()).unwrap_err();
    assert!(late.contains("bidding time"), "{late}");
    let stranger = desk.say(9, 110, bid.clone()).unwrap_err();
    assert!(stranger.contains("author"), "{stranger}");
    desk.say(2, 110, bid.clone()).unwrap();
    let again = desk.say(2, 120, bid).unwrap_err();
    assert!(again.contains("bid number") && again.contains("1 is below 2"), "{again}");
    let others = desk.say(3, 120, Event::Withdrawal(Withdrawal { bid: 5 })).unwrap_err();
    assert!(others.contains("own bid"), "{others}");
    let early = desk.key(0).unwrap_err();
    assert!(early.contains("order"), "{early}");
    desk.close();
    desk.key(1).unwrap();
    let alone = desk.open(215).unwrap_err();
    assert!(alone.contains("1 keys are published, 2 are needed"), "{alone}");
    assert!(desk.key(1).unwrap_err().contains("already"));
    let strange = Event::Key(Key { secret: Hex([5; 32]) });
    assert!(desk.say(11, 212, strange).unwrap_err().contains("not the secret key"));
}

#[test]
fn without_a_bid_an_auction_cancels_itself() {
    let mut desk = Desk::new(officers());
    assert_eq!(desk.close(), Output::Cancelled { reason: "nobody bids".into() });
    assert!(desk.open(215).is_err());
    assert!(replayed(&desk.text()).unwrap().is_over());
}

#[test]
fn a_calendar_moves_later_but_not_earlier() {
    let mut desk = Desk::new(Sealing::Commitments { reveals_until: at(300) });
    let later = |closes: u64, reason: &str| {
        let (closes, reason) = (at(closes), reason.to_string());
        Event::Postponement(Postponement { closes, reason })
    };
    for (second, event, rule) in [
        (110, later(200, "no later"), "schedule"),
        (110, later(250, " "), "reason"),
        (200, later(250, "too late"), "schedule"),
        (110, Event::Announcement(Announcement { text: String::new() }), "text"),
    ] {
        let refused = desk.say(1, second, event).unwrap_err();
        assert!(refused.contains(rule), "{refused}");
    }
    assert!(desk.say(2, 110, later(250, "a bidder's")).unwrap_err().contains("author"));
    let sheet = sheet(3_000_000).to_bytes();
    let commitment = desk.context(2).commit(&Hex([2; 32]), &sheet);
    desk.say(1, 111, later(250, "a bridge is closed")).unwrap();
    let sealed = SealedBid::Commitment(commitment);
    desk.say(2, 249, Event::Bid(Bid { number: 1, sealed })).unwrap();
    let closing = Event::Closing(Closing { bids: desk.replay.auction().unwrap().standing() });
    assert!(desk.say(1, 249, closing).unwrap_err().contains("before the closing"));
    desk.close();
    assert!(desk.say(1, 260, later(300, "closed")).unwrap_err().contains("order"));
    let bid = desk.lines.len() as u64 - 1;
    let sheet = String::from_utf8(sheet).unwrap();
    desk.say(2, 349, Event::Reveal(Reveal { bid, nonce: Hex([2; 32]), sheet })).unwrap();
    assert_eq!(desk.open(350), Ok(Output::Opened { counted: 1, bids: 1 }));
    assert!(replayed(&desk.text()).is_ok());
}

#[test]
fn commitments_count_if_they_are_revealed() {
    let mut desk = Desk::new(Sealing::Commitments { reveals_until: at(300) });
    let sheets = [(2, sheet(3_000_000)), (3, sheet(2_000_000))];
    for (bidder, sheet) in &sheets {
        let commitment = desk.context(*bidder).commit(&Hex([*bidder; 32]), &sheet.to_bytes());
        let sealed = SealedBid::Commitment(commitment);
        desk.say(*bidder, 110, Event::Bid(Bid { number: 1, sealed })).unwrap();
    }
    desk.close();
    let reveal = |bidder: u8, bid: u64, price| {
        let sheet = String::from_utf8(sheet(price).to_bytes()).unwrap();
        Event::Reveal(Reveal { bid, nonce: Hex([bidder; 32]), sheet })
    };
    let other = desk.say(2, 210, reveal(2, 5, 3_000_001)).unwrap_err();
    assert!(other.contains("commitment"), "{other}");
    desk.say(2, 210, reveal(2, 5, 3_000_000)).unwrap();
    assert!(desk.open(250).unwrap_err().contains("1 bids may be revealed"));
    assert!(desk.say(3, 300, reveal(3, 6, 2_000_000)).is_err());
    assert_eq!(desk.open(300), Ok(Output::Opened { counted: 1, bids: 2 }));
}

#[test]
fn every_kind_of_tampering_is_found_and_named() {
    let lines = whole().lines;
    let fault = |lines: &[String]| {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        replayed(&text).unwrap_err()
    };
    let newer = lines[0].replace("\"version\":1,", "\"version\":2,\"more\":0,");
    assert_eq!(fault(&[newer]).cause, Cause::Line(LineFault::Version(2)));
    let mut dropped = lines.clone();
    dropped.remove(5);
    assert!(matches!(fault(&dropped).cause, Cause::Line(LineFault::Sequence { found: 7 })));
    let mut swapped = lines.clone();
    swapped.swap(4, 5);
    assert_eq!(fault(&swapped).line, 5);
    let mut twice = lines.clone();
    twice.insert(5, lines[4].clone());
    assert!(matches!(fault(&twice).cause, Cause::Line(LineFault::Sequence { found: 5 })));
    let swap = |one: usize, other: usize, field: &str| {
        let value = |line: &str| {
            let start = line.find(&format!("\"{field}\":\"")).unwrap() + field.len() + 4;
            line[start..start + line[start..].find('"').unwrap()].to_string()
        };
        let (first, second) = (value(&lines[one]), value(&lines[other]));
        let mut swapped = lines.clone();
        swapped[one] = lines[one].replacen(&first, &second, 1);
        swapped[other] = lines[other].replacen(&second, &first, 1);
        fault(&swapped)
    };
    for field in ["signature", "seal", "author", "time", "previous"] {
        let found = swap(4, 8, field);
        assert_eq!((found.line, matches!(found.cause, Cause::Line(_))), (5, true), "{field}");
    }
    let cut = &whole().text()[..4_000];
    assert_eq!(replayed(cut).unwrap_err().cause, Cause::Truncated);
    assert!(!replayed(&whole().lines[..8].join("\n").add_end()).unwrap().is_over());
}

trait AddEnd {
    fn add_end(self) -> String;
}
impl AddEnd for String {
    fn add_end(mut self) -> String {
        self.push('\n');
        self
    }
}

/// The operator itself rewrites an entry and all that follow, with its own key.
fn rewritten(change: impl Fn(usize, &mut Event)) -> Result<(), String> {
    let mut desk = Desk { replay: Replay::new(signing(1).public()), lines: Vec::new() };
    for (index, line) in whole().lines.iter().enumerate() {
        let entry: crate::entry::Entry = serde_json::from_str(line).unwrap();
        let (mut event, auction) = (entry.event.clone(), desk.replay.chain().auction);
        change(index, &mut event);
        let message = if event == entry.event && entry.author != signing(1).public() {
            let (author, signature) = (entry.author, entry.signature);
            Message { auction, author, event, signature }
        } else {
            Message::new(auction, &signing(1), event)
        };
        let entered = desk.replay.enter(message, entry.time, &signing(1));
        entered.map_err(|rejection| rejection.to_string())?;
    }
    Ok(())
}

#[test]
fn the_operator_cannot_rewrite_what_others_said_or_what_follows_from_it() {
    assert_eq!(rewritten(|_, _| ()), Ok(()));
    let other_notice = rewritten(|_, event| {
        if let Event::Notice(notice) = event {
            notice.settlement.rounds = None;
        }
    });
    assert!(other_notice.unwrap_err().contains("signature"));
    let other_key = rewritten(|_, event| match event {
        Event::Admission(admission) if admission.bidder == "Bolt" => {
            admission.key = signing(9).public();
        }
        _ => {}
    });
    assert!(other_key.unwrap_err().contains("is no admitted bidder"));
    let other_bid = rewritten(|index, event| match event {
        Event::Bid(bid) if index == 4 => bid.number += 1,
        _ => {}
    });
    assert!(other_bid.unwrap_err().contains("author"));
    let other_seed = rewritten(|_, event| {
        if let Event::Opening(opening) = event {
            opening.seed = Hash::of(&[b"another"]);
        }
    });
    assert!(other_seed.unwrap_err().contains("opening"));
    let other_award = rewritten(|_, event| {
        if let Event::Clearing(clearing) = event {
            clearing.award[0].accepted += 1;
        }
    });
    assert!(other_award.unwrap_err().contains("value"));
    let more_than_bid = rewritten(|_, event| {
        if let Event::Payments(payments) = event {
            payments.payments[0].micros += 1;
            payments.total_micros += 1;
        }
    });
    assert!(more_than_bid.unwrap_err().contains("WorseThanBid"));
}

#[test]
fn receipts_hold_the_operator_to_its_word() {
    let desk = whole();
    let (chain, hashes) = (desk.replay.chain(), desk.replay.hashes());
    for length in 1..=hashes.len() {
        for sequence in 1..=length as u64 {
            let hashes = &hashes[..length];
            let receipt = Receipt::new(chain.auction, hashes, sequence, &signing(1)).unwrap();
            assert_eq!(receipt.check(), Ok(()));
            let kept = receipt.check_log(chain.auction, chain.operator, desk.replay.hashes());
            assert_eq!(kept, Ok(()));
            let cut = receipt.check_log(chain.auction, chain.operator, &hashes[..length - 1]);
            assert_eq!(cut, Err(ReceiptFault::Shorter));
        }
    }
    let mut receipt = Receipt::new(chain.auction, hashes, 5, &signing(1)).unwrap();
    let mut others = hashes.to_vec();
    others[4] = Hash::of(&[b"another"]);
    let found = receipt.check_log(chain.auction, chain.operator, &others);
    assert_eq!(found, Err(ReceiptFault::OtherEntry));
    others = hashes.to_vec();
    others[7] = Hash::of(&[b"another"]);
    let found = receipt.check_log(chain.auction, chain.operator, &others);
    assert_eq!(found, Err(ReceiptFault::OtherRoot));
    receipt.sequence = 6;
    assert_eq!(receipt.check(), Err(ReceiptFault::Signature));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_change_of_any_byte_is_found(position in 0.0..1.0, change in 1_u8..=255) {
        let mut bytes = whole().text().into_bytes();
        let position = (bytes.len() as f64 * position) as usize;
        bytes[position] ^= change;
        prop_assert!(Replay::of(&bytes, |_, _| Ok(())).1.is_err());
    }

    #[test]
    fn any_bytes_and_any_entry_of_an_operator_are_judged_without_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        price in prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(10_000_000_000_000_000), any::<i64>()],
        (parcels, days) in (prop_oneof![Just(0), Just(u32::MAX), any::<u32>()], any::<u32>()),
        (lot, group) in (0..3_usize, prop::collection::vec(0..3_usize, 0..3)),
    ) {
        prop_assert!(bytes.is_empty() || Replay::of(&bytes, |_, _| Ok(())).1.is_err());
        let name = |index: usize| ["north/am", "south/am", "nowhere"][index].to_string();
        let mut terms = terms();
        terms.lots[0].days = days;
        terms.lots[1].opportunity_micros = price;
        let steps = vec![(parcels, price); 3];
        let schedule = Offer::Schedule { lot: name(lot), least_parcels: parcels, steps };
        let items = group.iter().map(|&lot| (name(lot), parcels)).collect();
        let package = Offer::Package { items, amount_micros: price };
        let bids = [schedule, package].into_iter().enumerate();
        let bids = bids.map(|(index, offer)| SheetBid { name: name(index), offer }).collect();
        let groups = vec![crate::terms::Group { bids: group.into_iter().map(name).collect(), at_most: 1 }];
        let sheet = Sheet { limits: Limits { budget_micros: Some(price), ..Limits::default() }, bids, groups };
        let _ = (terms.fault(), sheet.fault("Acme", &terms), sheet.fault("Acme", &crate::tests::terms()));
        prop_assert_eq!(Sheet::from_bytes(&sheet.to_bytes()), Some(sheet));
    }
}

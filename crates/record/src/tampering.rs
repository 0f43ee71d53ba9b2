//! Every kind of tampering with logs that hold every kind of event, by somebody without a key, by
//! a bidder, and by the operator itself.

use std::collections::BTreeSet;

use crate::clock::{Activity, ClockLot, ClockRules, Increment};
use crate::entry::{Entry, LineFault, Message};
use crate::event::*;
use crate::receipt::{Receipt, ReceiptFault};
use crate::replay::{Cause, LogFault, Replay};
use crate::sealing::SealedBid;
use crate::terms::Side;
use crate::tests::{Desk, at, notice, replayed, signing, terms, whole};

/// An auction with a commitment that is revealed, and cancelled after it.
fn revealed() -> Desk {
    let mut desk = Desk::new(Sealing::Commitments { reveals_until: at(300) });
    let text = "lots are handed over at the dock".to_string();
    desk.say(1, 105, Event::Announcement(Announcement { text })).unwrap();
    let reason = "a bridge is closed".to_string();
    desk.say(1, 106, Event::Postponement(Postponement { closes: at(201), reason })).unwrap();
    let (nonce, sheet) = (crate::bytes::Hex([2; 32]), crate::terms::Sheet::default().to_bytes());
    let sealed = SealedBid::Commitment(desk.context(2).commit(&nonce, &sheet));
    desk.say(2, 110, Event::Bid(Bid { number: 1, sealed })).unwrap();
    desk.close();
    let sheet = String::from_utf8(sheet).unwrap();
    desk.say(2, 210, Event::Reveal(Reveal { bid: 7, nonce, sheet })).unwrap();
    let reason = "the operator gives up".to_string();
    desk.say(1, 220, Event::Cancellation(Cancellation { reason })).unwrap();
    desk
}

/// A clock with a round of package bids.
fn clock() -> Desk {
    let lot = ClockLot { start_micros: 2_000_000, points: 1 };
    let rules = ClockRules {
        lots: vec![lot.clone(), lot],
        increment: Increment { basis_points: 1_000, least_micros: 50_000 },
        activity: vec![Activity { from_round: 1, percent: 50 }],
        parts: true,
        waivers: 1,
        most_rounds: 1,
        supplementary: Some(crate::clock::Caps { relative: true, last_round: true }),
    };
    let mut terms = terms();
    terms.side = Side::Selling;
    let mut desk = Desk::announced(notice(Method::Clock(rules), terms), Some(100));
    let prices = vec![2_000_000; 2];
    desk.say(1, 100, Event::Round(Round { round: 1, ends: at(110), prices })).unwrap();
    let parcels = vec![("north/am".to_string(), 60)];
    for bidder in [2, 3] {
        let demand = Demand { number: 1, round: 1, parcels: parcels.clone() };
        desk.say(bidder, 105, Event::Demand(demand)).unwrap();
    }
    desk.say(1, 110, Event::RoundEnd(RoundEnd { round: 1, asked: vec![120, 0] })).unwrap();
    desk.say(1, 111, Event::Supplementary(SupplementaryRound { ends: at(150) })).unwrap();
    let packages = vec![PackageBid { items: parcels, amount_micros: 1_200_000_001 }];
    desk.say(2, 120, Event::Packages(Packages { number: 2, packages })).unwrap();
    desk.close();
    desk
}

fn logs() -> [Desk; 3] {
    [whole(), revealed(), clock()]
}

fn fault(lines: &[String]) -> LogFault {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    replayed(&text).unwrap_err()
}

fn entry(line: &str) -> Entry {
    serde_json::from_str(line).unwrap()
}

#[test]
fn a_change_of_every_byte_of_every_kind_of_entry_is_found_in_its_line() {
    let mut kinds = BTreeSet::new();
    for desk in logs() {
        let mut replay = Replay::new(signing(1).public());
        for (line, number) in desk.lines.iter().zip(1..) {
            kinds.insert(entry(line).event.kind());
            for at in 0..line.len() {
                let mut bytes = line.clone().into_bytes();
                // Case of a letter or digit: what reads most alike.
                bytes[at] ^= if bytes[at].is_ascii_alphabetic() { 0x20 } else { 1 };
                let found = replay.clone().read(&bytes).map(|_| ()).unwrap_err();
                assert_eq!(found.line, number, "{line} at {at}");
            }
            replay.read(line.as_bytes()).unwrap();
        }
    }
    assert_eq!(kinds.len(), 18, "{kinds:?}");
}

#[test]
fn entries_dropped_doubled_moved_or_put_in_are_found_where_it_was_done() {
    let [log, other, third] = logs().map(|desk| desk.lines);
    for at in 0..log.len() {
        let line = at as u64 + 1;
        let mut lines = log.clone();
        lines.insert(at, log[at].clone());
        assert_eq!(fault(&lines).line, line + 1, "doubled");
        for foreign in [&other, &third] {
            let mut lines = log.clone();
            lines.insert(at, foreign[at.min(foreign.len() - 1)].clone());
            // Another notice in front begins another auction, which the next line does not follow.
            assert_eq!(fault(&lines).line, line.max(2), "put in");
        }
        if at + 1 < log.len() {
            let mut lines = log.clone();
            lines.swap(at, at + 1);
            assert_eq!(fault(&lines).line, line, "swapped");
            lines = log.clone();
            lines.remove(at);
            assert_eq!(fault(&lines).line, line, "dropped");
        }
        let text: String = log.iter().map(|line| format!("{line}\n")).collect();
        let end: usize = log[..at].iter().map(|line| line.len() + 1).sum();
        let cut = |more: usize| Replay::of(&text.as_bytes()[..end + more], |_, _| Ok(())).1;
        assert_eq!(cut(0), Ok(()));
        assert_eq!(cut(log[at].len()).unwrap_err().cause, Cause::Truncated);
        assert_eq!(cut(1).unwrap_err().line, line);
    }
}

/// Somebody writes the log from an entry on anew, with another key than the operator's.
#[test]
fn another_key_signs_or_seals_nothing() {
    for desk in logs() {
        let mut replay = Replay::new(signing(1).public());
        for line in &desk.lines {
            let Entry { time, author, event, signature, .. } = entry(line);
            let auction = replay.chain().auction;
            let message = Message { auction, author, event, signature };
            let (_, sealed, _) = replay.chain().enter(message.clone(), time, &signing(9));
            let is_first = replay.chain().length == 0;
            if !is_first {
                let found = replay.clone().read(sealed.as_bytes()).unwrap_err();
                assert_eq!(found.cause, Cause::Line(LineFault::Seal));
            }
            // The operator seals what another has signed as this author, or as itself.
            let signed = Message::new(auction, &signing(9), message.event.clone());
            let forged = Message { author: message.author, ..signed.clone() };
            let (_, sealed, _) = replay.chain().enter(forged, time, &signing(1));
            let found = replay.clone().read(sealed.as_bytes()).unwrap_err();
            let expected = if is_first { LineFault::Seal } else { LineFault::Signature };
            assert!(
                found.cause == Cause::Line(expected)
                    || found.cause == Cause::Line(LineFault::Signature)
            );
            let (_, sealed, _) = replay.chain().enter(signed, time, &signing(1));
            assert!(replay.clone().read(sealed.as_bytes()).is_err());
            replay.read(line.as_bytes()).unwrap();
        }
    }
}

/// The operator swaps two bids that came in the same second, or leaves one out, and seals all
/// that follows anew. Nothing in the log is wrong then; the receipts of the bidders are.
#[test]
fn what_the_operator_reorders_or_leaves_out_is_shown_by_receipts() {
    let honest = whole();
    let (chain, hashes) = (honest.replay.chain(), honest.replay.hashes());
    let receipt = |sequence| Receipt::new(chain.auction, hashes, sequence, &signing(1)).unwrap();
    // Bids 5 and 6 came in the same second.
    for order in [&[0, 1, 2, 3, 5, 4][..], &[0, 1, 2, 3, 5]] {
        let mut replay = Replay::new(signing(1).public());
        for &index in order {
            let Entry { time, author, event, signature, .. } = entry(&honest.lines[index]);
            let auction = replay.chain().auction;
            let message = Message { auction, author, event, signature };
            replay.enter(message, time, &signing(1)).unwrap();
        }
        let kept = |sequence| {
            let receipt = Receipt::new(chain.auction, &hashes[..6], sequence, &signing(1)).unwrap();
            receipt.check_log(chain.auction, chain.operator, replay.hashes())
        };
        let expected =
            if order.len() == 6 { ReceiptFault::OtherEntry } else { ReceiptFault::Shorter };
        assert_eq!(kept(5), Err(expected));
        let later = receipt(5).check_log(chain.auction, chain.operator, replay.hashes());
        assert_eq!(later, Err(ReceiptFault::Shorter));
    }
}

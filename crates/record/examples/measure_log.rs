//! How long a log of many bids takes to write and to replay: `measure BIDDERS BIDS`, each bidder
//! with an envelope of so many bids, for three officers of whom two open.

use std::time::Instant;

use postroad_record::bytes::{Hash, Hex};
use postroad_record::entry::Message;
use postroad_record::event::*;
use postroad_record::keys::{Signing, sealing_key};
use postroad_record::replay::Replay;
use postroad_record::sealing::{Context, SealedBid};
use postroad_record::terms::{Limits, Lot, Offer, Pricing, Sheet, SheetBid, Side, Terms};
use postroad_record::time::Time;

const LOTS: u32 = 36_000;

fn secret(kind: u8, number: u32) -> [u8; 32] {
    Hash::of(&[&[kind], &number.to_be_bytes()]).0
}

fn at(second: u64) -> Time {
    Time::from_seconds(1_800_000_000 + second).expect("it is before the year 9999")
}

fn notice() -> Event {
    let lot = |number| Lot {
        name: format!("unit-{number:05}"),
        parcels_per_day: 500,
        days: 303,
        reserve_micros: Some(1_200_000),
        opportunity_micros: 900_000,
        required: false,
    };
    let lots = (0..LOTS).map(lot).collect();
    let officer = |number| Officer {
        name: format!("officer {number}"),
        key: Signing::from_secret(&secret(1, number)).public(),
        sealing_key: sealing_key(&secret(2, number)),
    };
    Event::Notice(Box::new(Notice {
        version: VERSION,
        title: "Many bids".into(),
        operator: "The operator".into(),
        opens: at(100),
        closes: at(200),
        method: Method::Sealed(Sealing::Officers {
            quorum: 2,
            officers: (0..3).map(officer).collect(),
        }),
        settlement: Settlement {
            pricing: Pricing::AsBid,
            rounds: None,
            seed: Hash::of(&[b"seed"]),
        },
        terms: Terms { side: Side::Selling, lots, sets: Vec::new(), rules: Vec::new() },
    }))
}

fn sheet(bidder: u32, bids: u32) -> Sheet {
    let bid = |number: u32| {
        let lot = format!("unit-{:05}", (bidder * 7_919 + number * 31) % LOTS);
        let steps = vec![(60 + number % 100, 1_300_000 + i64::from(bidder * 1_000 + number))];
        let offer = Offer::Schedule { lot, least_parcels: 0, steps };
        SheetBid { name: format!("b{number}"), offer }
    };
    Sheet { limits: Limits::default(), bids: (0..bids).map(bid).collect(), groups: Vec::new() }
}

fn main() {
    let number = |index: usize| std::env::args().nth(index).and_then(|text| text.parse().ok());
    let (bidders, bids) = (number(1).unwrap_or(200), number(2).unwrap_or(5_000));
    let operator = Signing::from_secret(&secret(0, 0));
    let mut replay = Replay::new(operator.public());
    let mut log = String::new();
    let mut enter = |replay: &mut Replay, author: &Signing, second, event| {
        let message = Message::new(replay.chain().auction, author, event);
        let (line, _) = replay.enter(message, at(second), &operator).expect("the event is valid");
        log += &line;
        log.push('\n');
    };
    let start = Instant::now();
    enter(&mut replay, &operator, 0, notice());
    let officers: Vec<_> = (0..3).map(|number| sealing_key(&secret(2, number))).collect();
    for bidder in 0..bidders {
        let key = Signing::from_secret(&secret(3, bidder)).public();
        let admission = Admission { bidder: format!("bidder {bidder}"), key, points: None };
        enter(&mut replay, &operator, 1, Event::Admission(admission));
    }
    for bidder in 0..bidders {
        let signing = Signing::from_secret(&secret(3, bidder));
        let context = Context { auction: replay.chain().auction, bidder: signing.public() };
        let (nonce, sheet) = (Hex(secret(4, bidder)), sheet(bidder, bids).to_bytes());
        let envelope = context.seal(&officers, 2, &nonce, &sheet).expect("the keys are keys");
        let sealed = SealedBid::Envelope(envelope);
        enter(&mut replay, &signing, 150, Event::Bid(Bid { number: 1, sealed }));
    }
    let standing = replay.auction().expect("there is a notice").standing();
    enter(&mut replay, &operator, 200, Event::Closing(Closing { bids: standing }));
    for number in 0..2 {
        let officer = Signing::from_secret(&secret(1, number));
        let secret = Hex(secret(2, number));
        enter(&mut replay, &officer, 210, Event::Key(Key { secret }));
    }
    println!("sealed and entered {bidders} x {bids} bids in {:.1?}", start.elapsed());
    let start = Instant::now();
    let auction = replay.auction().expect("there is a notice");
    let contents = auction.contents(at(220)).expect("two keys are published");
    let opening = contents.opening(&auction.notice().settlement.seed);
    enter(&mut replay, &operator, 220, Event::Opening(opening));
    println!("opened twice in {:.1?}, {:.1} MB", start.elapsed(), log.len() as f64 / 1e6);
    let start = Instant::now();
    let (_, result) = Replay::of(log.as_bytes(), |_, _| Ok(()));
    println!("replayed in {:.1?}: {result:?}", start.elapsed());
}

//! What the record of an auction must survive: any bytes as a log, and any events in any order.
//! An event is taken or refused; what is refused changes nothing, and a log of what was taken is
//! valid. The fuzz targets and the property tests of `postroad-record` share these bodies.

use postroad_model::auction::{Award, Payments as ModelPayments};
use postroad_record::auction::{Auction, Stage};
use postroad_record::bytes::{Hash, Hex};
use postroad_record::clock::{Activity, Caps, ClockLot, ClockRules, Increment};
use postroad_record::entry::Message;
use postroad_record::event::*;
use postroad_record::keys::{Signing, sealing_key};
use postroad_record::replay::Replay;
use postroad_record::sealing::{Context, SealedBid};
use postroad_record::terms::{
    Group, Limits, Lot, LotSet, Offer, Pricing, Rule, Sheet, SheetBid, Side, Terms,
};
use postroad_record::time::Time;

/// A body and its name.
pub(crate) type Body = (&'static str, fn(&[u8]));

/// All bodies.
pub(crate) const BODIES: [Body; 4] = [
    ("log", log_bytes),
    ("log_clock", clock_of_bytes),
    ("log_events", events_of_lines),
    ("log_sealed", sealed_of_bytes),
];

/// The author of the notice.
const OPERATOR: u8 = 1;
const LOTS: [&str; 2] = ["north", "south"];

/// Any bytes as a log.
pub(crate) fn log_bytes(data: &[u8]) {
    let (replay, result) = Replay::of(data, |_, _| Ok(()));
    let lines = data.iter().filter(|&&byte| byte == b'\n').count();
    assert!(replay.hashes().len() <= lines);
    assert!(result.is_err() || replay.hashes().len() == lines);
}

/// Lines of a number for the author, seconds, and an event in JSON, with spaces between: each is signed and
/// entered.
pub(crate) fn events_of_lines(data: &[u8]) {
    desk_of_lines(&String::from_utf8_lossy(data)).check();
}

/// The desk after some lines.
pub(crate) fn desk_of_lines(text: &str) -> Desk {
    let mut desk = Desk::new();
    for line in text.lines().take(60) {
        let mut parts = line.splitn(3, ' ');
        let author = parts.next().and_then(|part| part.parse().ok());
        let second = parts.next().and_then(|part| part.parse().ok());
        let (Some(author), Some(second), Some(event)) = (author, second, parts.next()) else {
            continue;
        };
        if let Ok(event) = serde_json::from_str(event) {
            desk.say(author, second, event);
        }
    }
    desk
}

/// Bytes, read one by one; none is left after the last.
struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        self.0.next().copied().unwrap_or_default()
    }
    fn below(&mut self, end: u8) -> u8 {
        self.next() % end
    }
    fn is_over(&self) -> bool {
        self.0.as_slice().is_empty()
    }
    /// A whole number of any size, small ones more often.
    fn number(&mut self) -> i64 {
        match self.below(8) {
            0 => i64::MIN + i64::from(self.next()),
            1 => i64::MAX - i64::from(self.next()),
            2 => -i64::from(self.next()),
            size => i64::from(self.next()) << (4 * size),
        }
    }
}

/// An operator's desk: everything that was entered, and what was handed in.
pub(crate) struct Desk {
    replay: Replay,
    text: String,
    second: u64,
    messages: Vec<Message>,
}

fn signing(author: u8) -> Signing {
    Signing::from_secret(&[author; 32])
}

fn at(second: u64) -> Time {
    Time::from_seconds(1_800_000_000 + second % 1_000_000).expect("before the year 9999")
}

impl Desk {
    fn new() -> Self {
        let replay = Replay::new(signing(OPERATOR).public());
        Self { replay, text: String::new(), second: 0, messages: Vec::new() }
    }

    /// How many events were taken.
    pub(crate) fn taken(&self) -> usize {
        self.replay.hashes().len()
    }

    /// How far the auction came.
    pub(crate) fn stage(&self) -> Option<Stage> {
        self.replay.auction().map(Auction::stage)
    }

    fn auction(&self) -> Option<&Auction> {
        self.replay.auction()
    }

    fn say(&mut self, author: u8, second: u64, event: Event) {
        self.second = second;
        let message = Message::new(self.replay.chain().auction, &signing(author), event);
        self.messages.push(message.clone());
        self.enter(message);
    }

    fn enter(&mut self, message: Message) {
        let before = format!("{:?}", self.replay);
        match self.replay.enter(message, at(self.second), &signing(OPERATOR)) {
            Ok((line, output)) => {
                assert!(!output.to_string().is_empty());
                self.text += &format!("{line}\n");
            }
            Err(rejection) => {
                assert!(!rejection.to_string().is_empty());
                assert_eq!(format!("{:?}", self.replay), before, "{rejection}");
            }
        }
    }

    /// The log of what was taken is valid and leads to the same end.
    fn check(&self) {
        let (again, result) = Replay::of(self.text.as_bytes(), |_, _| Ok(()));
        assert_eq!(result, Ok(()));
        if !self.text.is_empty() {
            assert_eq!(again.chain(), self.replay.chain());
        }
    }

    /// A kind of event; after the closing more often one that may come then. Those of the method
    /// begin with `closed`.
    fn kind(&self, bytes: &mut Bytes<'_>, closed: u8) -> u8 {
        let any = bytes.below(16);
        match self.stage() {
            Some(Stage::Closed) if bytes.below(4) > 0 => closed + any % 5,
            Some(Stage::Opened) if bytes.below(4) > 0 => 13,
            Some(Stage::Cleared) if bytes.below(4) > 0 => 14,
            _ => any,
        }
    }

    /// An event that both methods know.
    fn common(&mut self, kind: u8, author: u8, bytes: &mut Bytes<'_>) {
        let Some(auction) = self.auction() else { return };
        let event = match kind {
            0 => Event::Admission(Admission {
                bidder: format!("bidder {}", bytes.below(6)),
                key: signing(author).public(),
                points: (bytes.below(2) == 0).then(|| u64::from(bytes.next())),
            }),
            1 => {
                let mut bids = auction.standing();
                if bytes.below(8) == 0 {
                    bids.pop();
                }
                Event::Closing(Closing { bids })
            }
            2 => match clearing(auction, bytes) {
                Some(clearing) => Event::Clearing(clearing),
                None => return,
            },
            3 => match payments(auction, bytes) {
                Some(payments) => Event::Payments(payments),
                None => return,
            },
            _ => {
                let reason = if bytes.below(32) == 0 { "a reason" } else { " " }.to_string();
                match bytes.below(4) {
                    0 => Event::Announcement(Announcement { text: reason }),
                    1 => {
                        let closes = at(self.second + u64::from(bytes.next()));
                        Event::Postponement(Postponement { closes, reason: "more time".into() })
                    }
                    _ => Event::Cancellation(Cancellation { reason }),
                }
            }
        };
        let author = if kind == 0 || bytes.below(8) > 0 { OPERATOR } else { author };
        self.say(author, self.second, event);
    }

    /// Hands in an old message once more.
    fn again(&mut self, bytes: &mut Bytes<'_>) {
        let index = usize::from(bytes.next()) % self.messages.len().max(1);
        if let Some(message) = self.messages.get(index) {
            self.enter(message.clone());
        }
    }
}

fn clearing(auction: &Auction, bytes: &mut Bytes<'_>) -> Option<Clearing> {
    let (market, _) = auction.opened()?;
    let mut award = Award::nothing(&market.problem);
    for bid in market.problem.bids.ids() {
        let most = market.problem.most_accepted(bid);
        award.accepted[bid] = match bytes.below(8) {
            0 => most,
            1 => u32::from(bytes.next()).min(most),
            _ => 0,
        };
    }
    let value_micros = award.value_micros(&market.problem);
    let above = i64::from(bytes.below(3));
    let software = "by hand".into();
    let (award, bound_micros) = (market.tell_award(&award), value_micros + above);
    Some(Clearing { software, award, value_micros, bound_micros, proven: above == 0 })
}

fn payments(auction: &Auction, bytes: &mut Bytes<'_>) -> Option<Payments> {
    let ((market, _), award) = (auction.opened()?, auction.award()?);
    let mut paid = ModelPayments::as_bid(&market.problem, award);
    if bytes.below(4) == 0 {
        let shift = bytes.number() / 1_000;
        paid.micros.as_mut_slice().iter_mut().for_each(|micros| *micros += shift);
    }
    let payments = market.tell_payments(award, &paid);
    let total = payments.iter().map(|one| i128::from(one.micros)).sum::<i128>();
    let total_micros = i64::try_from(total).ok()?;
    let named = payments.iter().filter(|_| bytes.below(4) == 0);
    let indispensable = named.map(|one| one.bidder.clone()).collect();
    Some(Payments { payments, total_micros, exact: bytes.below(2) == 0, indispensable })
}

fn terms(bytes: &mut Bytes<'_>) -> Terms {
    let side = if bytes.below(2) == 0 { Side::Selling } else { Side::Buying };
    let lot = |name: &&str| Lot {
        name: name.to_string(),
        parcels_per_day: 100,
        days: 10,
        reserve_micros: (bytes.below(2) == 0).then_some(2_000_000),
        opportunity_micros: 500_000,
        required: side == Side::Buying && bytes.below(2) == 0,
    };
    let lots = LOTS.iter().map(lot).collect();
    let all = || "all".to_string();
    let sets = vec![LotSet { name: all(), lots: LOTS.map(str::to_string).into() }];
    let rules = match bytes.below(6) {
        0 => vec![Rule::SharedCapacity { lots: all(), most_parcels: 150 }],
        1 => vec![Rule::BidderShare { lots: all(), most_parcels: 80 }],
        2 => vec![Rule::Winners { lots: all(), least: 2, most: None, least_parcels: 10 }],
        3 => vec![Rule::GroupVolume {
            bidders: vec!["bidder 2".into()],
            lots: all(),
            least_parcels: 5,
            most_parcels: Some(90),
        }],
        _ => Vec::new(),
    };
    Terms { side, lots, sets, rules }
}

fn announce(desk: &mut Desk, method: Method, terms: Terms, points: Option<u64>) {
    desk.say(
        OPERATOR,
        0,
        Event::Notice(Box::new(Notice {
            version: VERSION,
            title: "An auction".into(),
            operator: "The operator".into(),
            opens: at(100),
            closes: at(400),
            method,
            settlement: Settlement {
                pricing: Pricing::AsBid,
                rounds: Some(1),
                seed: Hash::of(&[b"seed"]),
            },
            terms,
        })),
    );
    for author in 2..5 {
        let (bidder, key) = (format!("bidder {author}"), signing(author).public());
        desk.say(OPERATOR, 50, Event::Admission(Admission { bidder, key, points }));
    }
    desk.second = 99;
}

fn officer(number: u8) -> Officer {
    let key = signing(number + 11).public();
    Officer { name: format!("officer {number}"), key, sealing_key: sealing_key(&[number; 32]) }
}

fn sheet(bytes: &mut Bytes<'_>) -> Sheet {
    let price = |bytes: &mut Bytes<'_>| match bytes.below(6) {
        0 => bytes.number(),
        _ => i64::from(bytes.next()) * 20_000,
    };
    let lot = |bytes: &mut Bytes<'_>| match bytes.below(32) {
        0 => "nowhere".to_string(),
        index => LOTS[usize::from(index % 2)].to_string(),
    };
    let mut bids = Vec::new();
    for number in 0..bytes.below(4) {
        let name = format!("bid {}", if bytes.below(16) == 0 { 0 } else { number });
        let offer = if bytes.below(2) == 0 {
            let steps = (0..bytes.below(4)).map(|_| (u32::from(bytes.next()), price(bytes)));
            let steps = steps.collect();
            let least_parcels = u32::from(bytes.below(60));
            Offer::Schedule { lot: lot(bytes), least_parcels, steps }
        } else {
            let items = (0..bytes.below(4)).map(|_| (lot(bytes), u32::from(bytes.below(90))));
            let items = items.collect();
            Offer::Package { items, amount_micros: price(bytes).saturating_mul(100) }
        };
        bids.push(SheetBid { name, offer });
    }
    let names = bids.iter().filter(|_| bytes.below(2) == 0).map(|bid| bid.name.clone());
    let groups = vec![Group { bids: names.collect(), at_most: u32::from(bytes.below(3)) }];
    let groups = if bytes.below(2) == 0 { groups } else { Vec::new() };
    let budget_micros = (bytes.below(4) == 0).then(|| bytes.number());
    Sheet { limits: Limits { budget_micros, ..Limits::default() }, bids, groups }
}

/// A bid, mostly sealed as the notice says; what it holds is kept.
fn bid(
    auction: &Auction,
    author: u8,
    with_officers: bool,
    kept: &mut Vec<(u8, Hash, String)>,
    bytes: &mut Bytes<'_>,
) -> Event {
    let context = Context { auction: auction.id(), bidder: signing(author).public() };
    let (nonce, sheet) = (Hex([bytes.next(); 32]), sheet(bytes).to_bytes());
    let number = auction.next_number(&context.bidder) + u32::from(bytes.below(2));
    let keys: Vec<_> = (0..3).map(|one| sealing_key(&[one; 32])).collect();
    let envelope = context.seal(&keys, 2, &nonce, &sheet).expect("keys are keys");
    let mut sealed = SealedBid::Envelope(envelope);
    if with_officers == (bytes.below(16) == 0) {
        sealed = SealedBid::Commitment(context.commit(&nonce, &sheet));
    }
    if let (SealedBid::Envelope(envelope), 0) = (&mut sealed, bytes.below(8)) {
        let at = usize::from(bytes.next()) % envelope.sheet.0.len();
        envelope.sheet.0[at] ^= 1;
    }
    kept.push((author, nonce, String::from_utf8(sheet).expect("JSON is text")));
    Event::Bid(Bid { number, sealed })
}

/// A sealed round: bids of every kind, withdrawn and replaced, keys and reveals, an opening, an
/// award and payments, in the order of the bytes.
pub(crate) fn sealed_of_bytes(data: &[u8]) {
    sealed(data).check();
}

pub(crate) fn sealed(data: &[u8]) -> Desk {
    let mut bytes = Bytes(data.iter());
    let with_officers = bytes.below(2) == 0;
    let sealing = match with_officers {
        true => Sealing::Officers { quorum: 2, officers: (0..3).map(officer).collect() },
        false => Sealing::Commitments { reveals_until: at(600) },
    };
    let mut desk = Desk::new();
    let terms = terms(&mut bytes);
    announce(&mut desk, Method::Sealed(sealing), terms, None);
    let mut kept: Vec<(u8, Hash, String)> = Vec::new();
    while !bytes.is_over() && desk.messages.len() < 80 {
        let (kind, author) = (desk.kind(&mut bytes, 5), 2 + bytes.below(4));
        desk.second += u64::from(bytes.below(16)) * if kind > 6 { 5 } else { 1 };
        let Some(auction) = desk.auction() else { break };
        let event = match kind {
            0..=3 => bid(auction, author, with_officers, &mut kept, &mut bytes),
            4 => {
                let bids = auction.standing();
                let bid = bids.get(usize::from(bytes.below(4))).copied().unwrap_or_default();
                Event::Withdrawal(Withdrawal { bid })
            }
            5..=7 if with_officers => {
                let number = bytes.below(4);
                let key = Event::Key(Key { secret: Hex([number; 32]) });
                desk.say(11 + number, desk.second, key);
                continue;
            }
            5..=7 => {
                let Some((author, nonce, sheet)) = kept.get(usize::from(bytes.below(8))) else {
                    continue;
                };
                let bid =
                    auction.sealed().and_then(|round| round.bid_of(&signing(*author).public()));
                let (bid, nonce, sheet) = (bid.unwrap_or_default(), *nonce, sheet.clone());
                let reveal = Event::Reveal(Reveal { bid, nonce, sheet });
                desk.say(*author, desk.second, reveal);
                continue;
            }
            8..=9 => {
                let Ok(contents) = auction.contents(at(desk.second)) else { continue };
                let opening = contents.opening(&auction.notice().settlement.seed);
                desk.say(OPERATOR, desk.second, Event::Opening(opening));
                continue;
            }
            10 => {
                desk.again(&mut bytes);
                continue;
            }
            _ => {
                desk.common(kind - 11, author, &mut bytes);
                continue;
            }
        };
        desk.say(author, desk.second, event);
    }
    desk
}

fn clock_rules(bytes: &mut Bytes<'_>) -> ClockRules {
    let lot = ClockLot { start_micros: 2_000_000, points: 1 + u32::from(bytes.below(3)) };
    let activity = |from_round, percent| Activity { from_round, percent };
    ClockRules {
        lots: vec![lot.clone(), lot],
        increment: Increment { basis_points: 1_000, least_micros: 50_000 },
        parts: bytes.below(2) == 0,
        activity: vec![activity(1, 50), activity(3, 100)],
        waivers: u32::from(bytes.below(3)),
        most_rounds: 1 + u32::from(bytes.below(12)),
        supplementary: (bytes.below(2) == 0)
            .then(|| Caps { relative: bytes.below(2) == 0, last_round: bytes.below(2) == 0 }),
    }
}

fn items(bytes: &mut Bytes<'_>) -> Vec<(String, u32)> {
    let item = |name: &&str| (name.to_string(), u32::from(bytes.below(121)));
    let items: Vec<_> = LOTS.iter().map(item).collect();
    items.into_iter().filter(|item| item.1 > 20).collect()
}

/// A clock with package bids, an award and payments, in the order of the bytes.
pub(crate) fn clock_of_bytes(data: &[u8]) {
    clock(data).check();
}

pub(crate) fn clock(data: &[u8]) -> Desk {
    let mut bytes = Bytes(data.iter());
    let mut desk = Desk::new();
    let (rules, terms) = (clock_rules(&mut bytes), terms(&mut bytes));
    announce(&mut desk, Method::Clock(rules), terms, Some(200));
    while !bytes.is_over() && desk.messages.len() < 120 {
        let (kind, author) = (desk.kind(&mut bytes, 0), 2 + bytes.below(4));
        desk.second += u64::from(bytes.below(4));
        let (Some(clock), second) = (desk.auction().and_then(Auction::clock), desk.second) else {
            break;
        };
        let number = clock.next_number(&signing(author).public());
        let (author, event) = match kind {
            0..=1 => {
                let called = clock.next_round();
                let (round, prices) = called.unwrap_or((bytes.next().into(), vec![bytes.number()]));
                let ends = at(second + u64::from(bytes.below(6)));
                (OPERATOR, Event::Round(Round { round, ends, prices }))
            }
            2..=5 => {
                let (round, parcels) = (clock.round(), items(&mut bytes));
                (author, Event::Demand(Demand { number, round, parcels }))
            }
            6..=7 => {
                let (round, asked) = (clock.round(), clock.asked());
                (OPERATOR, Event::RoundEnd(RoundEnd { round, asked }))
            }
            8 => {
                let ends = at(second + u64::from(bytes.below(6)));
                (OPERATOR, Event::Supplementary(SupplementaryRound { ends }))
            }
            9 => {
                let package = |bytes: &mut Bytes<'_>| PackageBid {
                    items: items(bytes),
                    amount_micros: if bytes.below(6) == 0 {
                        bytes.number()
                    } else {
                        i64::from(bytes.next()) * 10_000_000
                    },
                };
                let packages = (0..bytes.below(3)).map(|_| package(&mut bytes)).collect();
                (author, Event::Packages(Packages { number, packages }))
            }
            10 => {
                desk.again(&mut bytes);
                continue;
            }
            _ => {
                desk.common(kind - 11, author, &mut bytes);
                continue;
            }
        };
        desk.say(author, second, event);
    }
    desk
}

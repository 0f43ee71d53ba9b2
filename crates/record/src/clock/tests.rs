//! Clocks in both directions, the rules of activity and the caps, and events in any order.

use postroad_model::BidId;
use postroad_model::auction::Award;
use proptest::prelude::*;

use super::*;
use crate::auction::Stage;
use crate::event::{Admission, Cancellation, Event, Method, PackageBid, Withdrawal};
use crate::terms::{Offer, Sheet};
use crate::tests::{Desk, at, notice, replayed, signing, terms};

/// Two lots at 2 dollars with one point a parcel, 10 % steps, everything used from round 3 on.
fn rules(supplementary: Option<Caps>) -> ClockRules {
    let lot = ClockLot { start_micros: 2_000_000, points: 1 };
    ClockRules {
        lots: vec![lot.clone(), lot],
        increment: Increment { basis_points: 1_000, least_micros: 50_000 },
        activity: vec![
            Activity { from_round: 1, percent: 50 },
            Activity { from_round: 3, percent: 100 },
        ],
        most_rounds: 20,
        parts: false,
        waivers: 0,
        supplementary,
    }
}

const CAPS: Option<Caps> = Some(Caps { relative: true, last_round: true });

fn desk(rules: ClockRules, side: Side) -> Desk {
    let mut terms = terms();
    terms.side = side;
    terms.lots.iter_mut().for_each(|lot| lot.reserve_micros = None);
    Desk::announced(notice(Method::Clock(rules), terms), Some(100))
}

fn clock(desk: &Desk) -> &Clock {
    desk.replay.auction().unwrap().clock().unwrap()
}

/// Calls the next round from `second` to `second + 2`.
fn call(desk: &mut Desk, second: u64) {
    let (round, prices) = clock(desk).next_round().unwrap();
    desk.say(1, second, Event::Round(Round { round, ends: at(second + 2), prices })).unwrap();
}

fn ask(desk: &mut Desk, bidder: u8, second: u64, parcels: [u32; 2]) -> Result<Output, String> {
    let (round, number) = (clock(desk).round(), clock(desk).next_number(&signing(bidder).public()));
    let names = ["north/am", "south/am"];
    let parcels = names.iter().zip(parcels).filter(|&(_, parcels)| parcels > 0);
    let parcels = parcels.map(|(name, parcels)| (name.to_string(), parcels)).collect();
    desk.say(bidder, second, Event::Demand(Demand { number, round, parcels }))
}

fn end(desk: &mut Desk, second: u64) -> Output {
    let (round, asked) = (clock(desk).round(), clock(desk).asked());
    desk.say(1, second, Event::RoundEnd(RoundEnd { round, asked })).unwrap()
}

/// A round in which these bidders, from the second author on, ask for so much.
fn round(desk: &mut Desk, second: u64, asked: &[[u32; 2]]) -> Output {
    call(desk, second);
    for (bidder, &parcels) in (2..).zip(asked) {
        ask(desk, bidder, second + 1, parcels).unwrap();
    }
    end(desk, second + 2)
}

fn package(parcels: [u32; 2], amount_micros: i64) -> PackageBid {
    let items = vec![("north/am".to_string(), parcels[0]), ("south/am".to_string(), parcels[1])];
    let items = items.into_iter().filter(|item| item.1 > 0).collect();
    PackageBid { items, amount_micros }
}

fn packages(
    desk: &mut Desk,
    bidder: u8,
    second: u64,
    packages: Vec<PackageBid>,
) -> Result<Output, String> {
    let number = clock(desk).next_number(&signing(bidder).public());
    desk.say(bidder, second, Event::Packages(Packages { number, packages }))
}

#[test]
fn prices_rise_where_too_much_is_asked_for_until_it_fits() {
    let mut desk = desk(rules(None), Side::Selling);
    let wants = [[60, 40], [60, 40], [0, 30]];
    assert_eq!(
        round(&mut desk, 100, &wants),
        Output::RoundEnded { round: 1, over: 2, short: 0, waived: 0, ends: false }
    );
    let fewer = [[60, 40], [40, 40], [0, 0]];
    assert_eq!(
        round(&mut desk, 110, &fewer),
        Output::RoundEnded { round: 2, over: 0, short: 0, waived: 0, ends: true }
    );
    assert_eq!(clock(&desk).prices(), [2_200_000, 2_200_000]);
    assert_eq!(desk.close(), Output::Closed { bids: 6 });
    let auction = desk.replay.auction().unwrap();
    assert_eq!(auction.stage(), Stage::Opened);
    // Only the last round enters: 100 and 80 parcels, 10 days, 2.20 dollars.
    let (market, _) = auction.opened().unwrap();
    let amounts = market.problem.bids.ids().map(|bid| market.problem.amount_micros(bid, 1));
    assert_eq!(amounts.collect::<Vec<_>>(), [2_200_000_000, 1_760_000_000]);
    assert!(replayed(&desk.text()).is_ok());
}

#[test]
fn a_buyers_prices_fall() {
    let mut desk = desk(rules(None), Side::Buying);
    assert_eq!(
        round(&mut desk, 100, &[[60, 0], [60, 0]]),
        Output::RoundEnded { round: 1, over: 1, short: 0, waived: 0, ends: false }
    );
    round(&mut desk, 110, &[[60, 0], [40, 0]]);
    assert_eq!(clock(&desk).prices(), [1_800_000, 2_000_000]);
    assert_eq!(desk.close(), Output::Closed { bids: 4 });
}

/// A buyer's clock for two lots that must be bought whole, with demand awarded in part.
fn desk_in_parts(supplementary: Option<Caps>) -> Desk {
    let mut terms = terms();
    terms.side = Side::Buying;
    terms.lots.iter_mut().for_each(|lot| (lot.reserve_micros, lot.required) = (None, true));
    let rules = ClockRules { parts: true, ..rules(supplementary) };
    Desk::announced(notice(Method::Clock(rules), terms), Some(150))
}

fn sheet_of(desk: &Desk, bidder: u8) -> Sheet {
    let key = signing(bidder).public();
    let sheets = clock(desk).sheets();
    sheets.into_iter().find(|(one, _)| *one == key).map(|(_, sheet)| sheet).unwrap_or_default()
}

fn steps(sheet: &Sheet, at: usize) -> &[(u32, i64)] {
    match &sheet.bids[at].offer {
        Offer::Schedule { steps, .. } => steps,
        Offer::Package { .. } => panic!("no schedule"),
    }
}

#[test]
fn what_the_last_step_drives_away_is_still_offered_at_the_price_before() {
    let mut desk = desk_in_parts(None);
    let first = round(&mut desk, 100, &[[60, 80], [60, 0]]);
    assert_eq!(first, Output::RoundEnded { round: 1, over: 1, short: 0, waived: 0, ends: false });
    let second = round(&mut desk, 110, &[[50, 80], [0, 30]]);
    assert_eq!(second, Output::RoundEnded { round: 2, over: 1, short: 1, waived: 0, ends: false });
    let third = round(&mut desk, 120, &[[50, 50], [0, 30]]);
    assert_eq!(third, Output::RoundEnded { round: 3, over: 0, short: 1, waived: 0, ends: true });
    let sheet = sheet_of(&desk, 2);
    // 50 of the first lot at 1.80 dollars, 10 more at 2; of the second 50 at 1.80, 30 more at 2.
    assert_eq!(steps(&sheet, 0), [(50, 1_800_000), (10, 2_000_000)]);
    assert_eq!(steps(&sheet, 1), [(50, 1_800_000), (30, 2_000_000)]);
    // It never offered more than 140 parcels at one time, so that no limit is needed.
    assert_eq!((sheet.limits.most_parcels, sheet.groups.len()), (None, 0));
    // The other never offered more than 60 at one time, though 90 in all.
    assert_eq!(sheet_of(&desk, 3).limits.most_parcels, Some(60));
    assert!(matches!(desk.close(), Output::Closed { .. }));
    let (market, _) = desk.replay.auction().unwrap().opened().unwrap();
    let mut award = Award::nothing(&market.problem);
    let wins = market.bids.iter_ids().map(|(bid, name)| {
        let bidder = market.bidders[market.problem.bids[bid].bidder].as_str();
        match (bidder, name.as_str()) {
            ("Acme", "clock-north/am") => 60,
            ("Acme", _) => 50,
            (_, "clock-north/am") => 40,
            _ => 30,
        }
    });
    award.accepted = wins.collect();
    // 70 parcels of the second bidder are 10 too many.
    assert_eq!(award.violations(&market.problem).len(), 1);
    award.accepted[BidId(1)] = 60;
    award.accepted[BidId(3)] = 20;
    assert_eq!(award.violations(&market.problem), []);
    assert!(replayed(&desk.text()).is_ok());
}

#[test]
fn a_package_excludes_what_was_asked_for_in_parts() {
    let mut desk = desk_in_parts(CAPS);
    round(&mut desk, 100, &[[60, 80], [40, 0]]);
    assert_eq!(
        desk.say(1, 110, Event::Supplementary(SupplementaryRound { ends: at(150) })),
        Ok(Output::PackagesAskedFor)
    );
    packages(&mut desk, 2, 130, vec![package([60, 70], 2_700_000_000)]).unwrap();
    let sheet = sheet_of(&desk, 2);
    let names: Vec<_> = sheet.groups.iter().map(|group| group.bids.join(" ")).collect();
    assert_eq!(names, ["package-0001 clock-north/am", "package-0001 clock-south/am"]);
    assert!(matches!(desk.close(), Output::Closed { .. }));
    assert!(replayed(&desk.text()).is_ok());
}

#[test]
fn points_that_are_not_used_are_lost() {
    let mut desk = desk(rules(None), Side::Selling);
    // 30 of 100 points, 50 % of which must be used: 60 are left.
    round(&mut desk, 100, &[[30, 0], [50, 50], [100, 0]]);
    let points = |desk: &Desk| [2, 3, 4].map(|one| clock(desk).points(&signing(one).public()));
    assert_eq!(points(&desk), [Some(60), Some(100), Some(100)]);
    call(&mut desk, 110);
    let refused = ask(&mut desk, 2, 111, [61, 0]).unwrap_err();
    assert!(refused.contains("eligibility") && refused.contains("61 points, 60 are left"));
    let refused = ask(&mut desk, 3, 111, [0, 81]).unwrap_err();
    assert!(refused.contains("capacity") && refused.contains("which has 80"), "{refused}");
    ask(&mut desk, 2, 111, [60, 0]).unwrap();
    ask(&mut desk, 3, 111, [50, 50]).unwrap();
    assert!(ask(&mut desk, 3, 112, [50, 50]).unwrap_err().contains("is not before"));
    end(&mut desk, 112);
    // Who says nothing loses everything.
    assert_eq!(points(&desk), [Some(60), Some(100), Some(0)]);
    round(&mut desk, 120, &[[55, 0], [50, 50]]);
    assert_eq!(points(&desk), [Some(55), Some(100), Some(0)]);
}

#[test]
fn a_waiver_keeps_points_without_a_demand_and_the_clock_waits() {
    let mut desk = desk(ClockRules { waivers: 1, ..rules(CAPS) }, Side::Selling);
    let points = |desk: &Desk| [2, 3, 4].map(|one| clock(desk).points(&signing(one).public()));
    // The third says nothing, the second that it wants nothing: only that is an answer.
    let first = round(&mut desk, 100, &[[60, 0], [0, 0]]);
    assert_eq!(first, Output::RoundEnded { round: 1, over: 0, short: 0, waived: 1, ends: false });
    assert_eq!(points(&desk), [Some(100), Some(0), Some(100)]);
    // No prices move; the waiver is used up.
    let second = round(&mut desk, 110, &[[60, 0], [0, 0], [50, 0]]);
    assert_eq!(clock(&desk).prices(), [2_000_000, 2_000_000]);
    assert_eq!(second, Output::RoundEnded { round: 2, over: 1, short: 0, waived: 0, ends: false });
    let third = round(&mut desk, 120, &[[60, 0]]);
    assert_eq!(third, Output::RoundEnded { round: 3, over: 0, short: 0, waived: 0, ends: true });
    assert_eq!(points(&desk), [Some(60), Some(0), Some(0)]);
    desk.say(1, 125, Event::Supplementary(SupplementaryRound { ends: at(150) })).unwrap();
    // What was not said in round 1 caps nothing; in round 3 it said nothing without a waiver, at
    // 2.20 dollars for the first lot: 50 parcels on 10 days are worth less than 1,100 to it.
    let most = packages(&mut desk, 4, 130, vec![package([50, 1], 1_120_000_001)]).unwrap_err();
    assert!(most.contains("final cap") || most.contains("relative cap"), "{most}");
    packages(&mut desk, 4, 130, vec![package([50, 1], 1_020_000_000)]).unwrap();
    assert!(replayed(&desk.text()).is_ok());
}

#[test]
fn one_bidder_goes_straight_to_award_and_none_cancels() {
    let mut one = desk(rules(CAPS), Side::Selling);
    assert!(matches!(round(&mut one, 100, &[[60, 0]]), Output::RoundEnded { ends: true, .. }));
    assert_eq!(one.close(), Output::Closed { bids: 1 });
    let mut none = desk(rules(CAPS), Side::Selling);
    assert!(matches!(round(&mut none, 100, &[]), Output::RoundEnded { ends: true, .. }));
    assert_eq!(none.close(), Output::Cancelled { reason: "nobody bids".into() });
}

#[test]
fn package_bids_keep_what_was_said_under_the_clock() {
    let mut desk = desk(rules(CAPS), Side::Selling);
    round(&mut desk, 100, &[[60, 40], [60, 40], [0, 30]]);
    round(&mut desk, 110, &[[60, 0], [40, 40], [0, 0]]);
    let refused = desk.say(1, 113, Event::Closing(crate::event::Closing { bids: vec![] }));
    assert!(refused.unwrap_err().contains("package bids are not asked for yet"));
    let asked = Event::Supplementary(SupplementaryRound { ends: at(150) });
    assert_eq!(desk.say(1, 120, asked), Ok(Output::PackagesAskedFor));
    // Points of round 2 were 100: the last round in which 60 + 40 was possible. It asked for
    // 60 of the first lot at 2.20 dollars then, so the other 40 are worth at most 10 × 40 × 2.20.
    let last = package([60, 0], 1_500_000_000);
    let over = vec![last.clone(), package([60, 40], 2_380_000_001)];
    let refused = packages(&mut desk, 2, 130, over).unwrap_err();
    assert!(refused.contains("relative cap"), "{refused}");
    assert!(refused.contains("at most 2380000000 after round 2"), "{refused}");
    let kept = vec![last, package([60, 40], 2_380_000_000)];
    assert_eq!(packages(&mut desk, 2, 130, kept), Ok(Output::PackagesStand { count: 2 }));
    // The third bidder dropped out, so that the prices of round 2 limit it.
    let refused = packages(&mut desk, 4, 131, vec![package([0, 20], 500_000_000)]).unwrap_err();
    assert!(refused.contains("cap") && refused.contains("440000000"), "{refused}");
    assert!(packages(&mut desk, 4, 131, vec![package([99, 2], 1)]).unwrap_err().contains("points"));
    assert_eq!(desk.close(), Output::Closed { bids: 7 });
    let (market, _) = desk.replay.auction().unwrap().opened().unwrap();
    assert_eq!((market.problem.groups.len(), market.problem.bids.len()), (3, 7));
    assert!(replayed(&desk.text()).is_ok());
}

/// Some event of a clock or another, right or wrong.
fn event() -> impl Strategy<Value = (u8, u64, u8, [u32; 2], i64)> {
    (0..11_u8, 0..4_u64, 1..6_u8, [0..120_u32, 0..120_u32], -5..3_000_000_000_i64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn events_in_any_order_are_taken_or_refused_and_never_panic(
        supplementary in any::<bool>(),
        buying in any::<bool>(),
        (parts, waivers) in (any::<bool>(), 0..3_u32),
        events in prop::collection::vec(event(), 0..60),
    ) {
        let side = if buying { Side::Buying } else { Side::Selling };
        let mut desk = desk(ClockRules { parts, waivers, ..rules(CAPS.filter(|_| supplementary)) }, side);
        let mut second = 99;
        for (kind, later, author, parcels, amount) in events {
            second += later;
            let before = format!("{:?}", desk.replay);
            let refused = match kind {
                0 | 1 => {
                    let called = clock(&desk).next_round();
                    let (round, prices) = called.unwrap_or((amount as u32, vec![amount]));
                    let ends = at(second + u64::from(parcels[0] % 5));
                    desk.say(author.min(2) / 2 + 1, second, Event::Round(Round { round, ends, prices }))
                }
                2..=4 => ask(&mut desk, author, second, parcels),
                5 | 6 => {
                    let (round, asked) = (clock(&desk).round(), clock(&desk).asked());
                    desk.say(1, second, Event::RoundEnd(RoundEnd { round, asked }))
                }
                7 => {
                    let ends = at(second + later);
                    desk.say(1, second, Event::Supplementary(SupplementaryRound { ends }))
                }
                8 => packages(&mut desk, author, second, vec![package(parcels, amount)]),
                9 => {
                    let bids = desk.replay.auction().unwrap().standing();
                    desk.say(1, second, Event::Closing(Closing { bids }))
                }
                _ => {
                    let name = format!("{amount}");
                    let admission =
                        Admission { bidder: name, key: signing(author).public(), points: None };
                    desk.say(author, second, Event::Withdrawal(Withdrawal { bid: later })).ok();
                    desk.say(author, second, Event::Cancellation(Cancellation { reason: String::new() }))
                        .ok();
                    desk.say(author, second, Event::Admission(admission))
                }
            };
            if refused.is_err() && kind != 10 {
                prop_assert_eq!(format!("{:?}", desk.replay), before);
            }
        }
        prop_assert!(replayed(&desk.text()).is_ok());
    }
}

//! Awards of small auctions, worked out by hand.

use super::*;

fn lot(parcels_per_day: u32, opportunity_micros: i64) -> Lot {
    Lot { parcels_per_day, days: 10, reserve_micros: None, opportunity_micros, required: false }
}

fn step(parcels: u32, price_micros: i64) -> Step {
    Step { parcels, price_micros }
}

/// Two lots of 100 and 50 parcels; bidder 0 offers a schedule, bidder 1 both lots whole.
fn market(side: Side) -> AuctionProblem {
    let mut problem = AuctionProblem { side, ..AuctionProblem::default() };
    problem.lots = vec![lot(100, 4), lot(50, 5)].into();
    problem.bidders = vec![Bidder::default(); 2].into();
    problem.push_schedule(BidderId(0), 7, LotId(0), 20, &[step(60, 9), step(40, 3)]);
    let items = [Item { lot: LotId(0), parcels: 100 }, Item { lot: LotId(1), parcels: 50 }];
    problem.push_package(BidderId(1), 8, &items, 12_000);
    problem.lot_sets = vec![vec![LotId(0), LotId(1)]].into();
    problem
}

fn award(accepted: &[u32]) -> Award {
    Award { accepted: accepted.to_vec().into() }
}

#[test]
fn value_is_what_is_paid_beyond_opportunity_cost() {
    let market = market(Side::Selling);
    // 10 days × (60 × 9 + 20 × 3) − 10 × 80 × 4
    assert_eq!(award(&[80, 0]).value_micros(&market), 6_000 - 3_200);
    // 12,000 − 10 × (100 × 4 + 50 × 5)
    assert_eq!(award(&[0, 1]).value_micros(&market), 12_000 - 6_500);
    assert_eq!(award(&[0, 1]).cost_micros(&market), None);
}

#[test]
fn buying_is_the_mirror_image() {
    let market = market(Side::Buying);
    assert_eq!(award(&[80, 0]).value_micros(&market), 3_200 - 6_000);
    assert_eq!(award(&[80, 0]).cost_micros(&market), Some(6_500 - 3_200 + 6_000));
}

#[test]
fn capacity_least_and_offer_are_kept() {
    let market = market(Side::Selling);
    assert_eq!(award(&[100, 0]).violations(&market), []);
    assert_eq!(award(&[19, 0]).violations(&market), [AuctionViolation::BelowLeast(BidId(0))]);
    assert_eq!(award(&[101, 0]).violations(&market), [AuctionViolation::OverOffered(BidId(0))]);
    let over = AuctionViolation::OverCapacity { lot: LotId(0), awarded: 120 };
    assert_eq!(award(&[20, 1]).violations(&market), [over]);
    assert_eq!(award(&[0]).violations(&market), [AuctionViolation::Malformed]);
}

#[test]
fn a_reserve_price_cuts_a_schedule_and_excludes_a_package() {
    let mut market = market(Side::Selling);
    market.lots[LotId(0)].reserve_micros = Some(4);
    assert_eq!(market.most_eligible(BidId(0)), 60);
    assert_eq!(market.most_eligible(BidId(1)), 1);
    market.lots[LotId(0)].reserve_micros = Some(13);
    assert_eq!((market.most_eligible(BidId(0)), market.most_eligible(BidId(1))), (0, 0));
    assert_eq!(award(&[0, 1]).violations(&market), [AuctionViolation::Reserve(BidId(1))]);
}

#[test]
fn a_buyer_without_a_reserve_on_every_lot_limits_no_package() {
    let mut market = market(Side::Buying);
    market.lots[LotId(0)].reserve_micros = Some(1);
    assert_eq!(market.most_eligible(BidId(0)), 0);
    assert_eq!(market.most_eligible(BidId(1)), 1);
    market.lots[LotId(1)].reserve_micros = Some(1);
    assert_eq!(market.most_eligible(BidId(1)), 0);
}

#[test]
fn bidders_keep_budget_and_volume() {
    let mut market = market(Side::Selling);
    market.bidders[BidderId(0)] = Bidder {
        budget_micros: Some(5_400),
        least_parcels: 30,
        most_parcels: Some(60),
        most_bids: Some(0),
    };
    let one_too_many = AuctionViolation::OverBidderBids(BidderId(0));
    assert_eq!(award(&[60, 0]).violations(&market), std::slice::from_ref(&one_too_many));
    let least = AuctionViolation::BelowBidderLeast(BidderId(0));
    assert_eq!(award(&[29, 0]).violations(&market), [least, one_too_many.clone()]);
    let (budget, most) =
        (AuctionViolation::Budget(BidderId(0)), AuctionViolation::OverBidderMost(BidderId(0)));
    assert_eq!(award(&[61, 0]).violations(&market), [budget, most, one_too_many]);
}

#[test]
fn rules_of_the_auctioneer_are_kept() {
    let set = LotSetId(0);
    let cases = [
        (Rule::SharedCapacity { lots: set, most_parcels: 99 }, [Some(100), Some(150)]),
        (Rule::BidderShare { lots: set, most_parcels: 120 }, [None, Some(150)]),
        (
            Rule::GroupVolume {
                bidders: vec![BidderId(1)],
                lots: set,
                least_parcels: 10,
                most_parcels: None,
            },
            [Some(0), None],
        ),
        (Rule::Winners { lots: set, least: 1, most: Some(1), least_parcels: 101 }, [Some(0), None]),
        (Rule::Winners { lots: set, least: 0, most: Some(0), least_parcels: 0 }, [Some(1); 2]),
    ];
    for (rule, expected) in cases {
        let mut market = market(Side::Selling);
        market.rules = vec![rule.clone()];
        assert!(market.faults().is_empty());
        for (accepted, expected) in [[100, 0], [0, 1]].iter().zip(expected) {
            let wanted = expected.map(|found| AuctionViolation::Rule { rule: 0, found });
            let found = award(accepted).violations(&market);
            assert_eq!(found, wanted.into_iter().collect::<Vec<_>>(), "{rule:?}");
        }
    }
}

#[test]
fn a_buyer_covers_what_it_requires() {
    let mut market = market(Side::Buying);
    market.lots[LotId(0)].required = true;
    let short = AuctionViolation::NotCovered { lot: LotId(0), awarded: 80 };
    assert_eq!(award(&[80, 0]).violations(&market), [short]);
    assert_eq!(award(&[100, 0]).violations(&market), []);
}

#[test]
fn exclusive_groups_and_payments_are_checked() {
    let mut market = market(Side::Selling);
    let second = market.push_schedule(BidderId(0), 9, LotId(1), 0, &[step(50, 6)]);
    market.groups = vec![ExclusiveGroup { bids: vec![BidId(0), second], at_most: 1 }];
    let both = award(&[60, 0, 50]);
    let broken = AuctionViolation::Exclusive { group: 0, winning: 2 };
    assert_eq!(both.violations(&market), [broken]);
    let alone = award(&[60, 0, 0]);
    let mut payments = Payments::as_bid(&market, &alone);
    assert_eq!(payments.faults(&market, &alone), []);
    payments.micros = vec![5_401, 1].into();
    let expected =
        [PaymentFault::WorseThanBid(BidderId(0)), PaymentFault::WithoutAward(BidderId(1))];
    assert_eq!(payments.faults(&market, &alone), expected);
}

#[test]
fn faults_are_told_one_by_one() {
    let mut market = market(Side::Selling);
    market.lots[LotId(0)].required = true;
    market.lots[LotId(1)].days = 0;
    market.push_package(BidderId(5), 0, &[], 1);
    market.push_schedule(BidderId(0), 0, LotId(0), 5, &[step(4, -1)]);
    market.groups = vec![ExclusiveGroup { bids: vec![BidId(0), BidId(1)], at_most: 1 }];
    market.rules = vec![Rule::SharedCapacity { lots: LotSetId(3), most_parcels: 1 }];
    let faults = market.faults();
    assert_eq!(faults.len(), 8, "{faults:#?}");
}

#[test]
fn money_that_would_overflow_is_a_fault() {
    let mut market = market(Side::Selling);
    let price = i64::MAX / 1_000_000;
    market.push_schedule(BidderId(0), 0, LotId(0), 0, &[step(u32::MAX, price)]);
    assert_eq!(market.faults().len(), 1);
}

#[test]
fn any_prices_bound_every_award() {
    for side in [Side::Selling, Side::Buying] {
        let mut market = market(side);
        let third = market.push_schedule(BidderId(1), 9, LotId(1), 0, &[step(50, 6)]);
        market.groups = vec![ExclusiveGroup { bids: vec![BidId(1), third], at_most: 1 }];
        let awards =
            [[0, 0, 0], [100, 0, 0], [60, 0, 50], [20, 0, 50], [0, 1, 0]].map(|a| award(&a));
        let best = awards.iter().map(|a| a.value_micros(&market)).max().expect("five awards");
        for prices in [[0, 0], [10, 20], [60, 35], [-5, 300]] {
            let bound = market.bound_micros(&prices.to_vec().into());
            assert!(bound >= i128::from(best), "{side:?} {prices:?}: {bound} {best}");
        }
    }
}

#[test]
fn at_the_right_prices_the_bound_is_the_best_value() {
    let mut market = market(Side::Selling);
    market.bids = market.bids.as_slice()[..1].to_vec().into();
    // The last parcel sold of lot 0 is the 60th, at 9 against an opportunity cost of 4.
    let bound = market.bound_micros(&vec![0, 0].into());
    assert_eq!(bound, i128::from(award(&[60]).value_micros(&market)));
}

//! Payments against every coalition of small random markets.

use super::*;
use crate::tests::{best_value, small, small_with_rules};
use postroad_model::auction::{AuctionViolation, PaymentFault, Rule};

/// The best value when only some bidders bid; none if no award of theirs keeps the rules.
fn value_of(problem: &AuctionProblem, coalition: u32) -> Option<i64> {
    let mut problem = problem.clone();
    for bidder in problem.bidders.ids() {
        if coalition >> bidder.0 & 1 == 0 {
            problem.bidders[bidder].most_bids = Some(0);
        }
    }
    best_value(&problem)
}

/// Markets that have an award, with a best one.
fn cleared_markets(count: u64) -> impl Iterator<Item = (u64, AuctionProblem, Award)> {
    let markets =
        (0..count).flat_map(|seed| [(seed, small(seed, 3, 5)), (seed, small_with_rules(seed))]);
    markets.filter_map(|(seed, problem)| {
        let cleared = crate::clear(&problem, &Config::default(), &Control::unlimited(), None);
        (!cleared.infeasible).then_some((seed, problem, cleared.award))
    })
}

fn surplus(problem: &AuctionProblem, award: &Award, priced: &Priced, bidder: BidderId) -> i64 {
    let paid = priced.payments.micros[bidder];
    (award.amounts_micros(problem)[bidder] - paid).abs()
}

#[test]
fn vickrey_surpluses_are_what_a_bidder_adds() {
    for (seed, problem, award) in cleared_markets(120) {
        let (config, control) = (Config::default(), Control::unlimited());
        let priced = price(&problem, &award, PaymentRule::Vcg, &config, &control);
        assert!(priced.exact, "seed {seed}");
        assert_eq!(priced.payments.faults(&problem, &award), [], "seed {seed}");
        let everybody = (1 << problem.bidders.len()) - 1;
        for bidder in problem.bidders.ids() {
            let without = value_of(&problem, everybody & !(1 << bidder.0));
            let adds = without.map_or(0, |without| award.value_micros(&problem) - without);
            let expected = adds.min(most_surplus(&problem, &award, bidder));
            assert_eq!(surplus(&problem, &award, &priced, bidder), expected, "seed {seed}");
        }
    }
}

#[test]
fn nobody_objects_to_core_payments() {
    let mut reduced = 0;
    for (seed, problem, award) in cleared_markets(120) {
        let (config, control) = (Config::default(), Control::unlimited());
        let priced =
            price(&problem, &award, PaymentRule::Core(Reference::Vickrey), &config, &control);
        assert!(priced.exact, "seed {seed}");
        reduced += usize::from(priced.constraints > 0);
        let kept = |bidder| surplus(&problem, &award, &priced, bidder);
        let all: i64 = problem.bidders.ids().map(kept).sum();
        let left_to_auctioneer = award.value_micros(&problem) - all;
        for coalition in 0..1_u32 << problem.bidders.len() {
            let members = problem.bidders.ids().filter(|bidder| coalition >> bidder.0 & 1 == 1);
            let claims: i64 = members.map(kept).sum();
            let Some(value) = value_of(&problem, coalition) else { continue };
            assert!(value <= left_to_auctioneer + claims, "seed {seed}, coalition {coalition:b}");
        }
    }
    assert!(reduced > 0, "no market has an objection");
}

#[test]
fn who_sets_a_payment_would_be_worth_as_much() {
    let (mut entered, mut reserves) = (0, 0);
    for (seed, problem, award) in cleared_markets(120) {
        let whole = award.value_micros(&problem);
        for rule in [PaymentRule::Vcg, PaymentRule::Core(Reference::Vickrey)] {
            let priced = price(&problem, &award, rule, &Config::default(), &Control::unlimited());
            let kept = |bidder: &BidderId| surplus(&problem, &award, &priced, *bidder);
            let winners: Vec<BidderId> =
                priced.setters.iter().map(|setter| setter.bidder).collect();
            for Setter { bidder, by } in &priced.setters {
                let SetBy::Rivals { leaving, entering } = by else {
                    reserves += usize::from(*by == SetBy::Reserve);
                    continue;
                };
                assert!(leaving.contains(bidder), "seed {seed}");
                entered += entering.len();
                let stays = winners.iter().filter(|winner| !leaving.contains(winner));
                let inside = stays.chain(entering).fold(0, |bits, bidder| bits | 1 << bidder.0);
                let lost = whole - value_of(&problem, inside).expect("it has an award");
                let all: i64 = leaving.iter().map(kept).sum();
                let near = |claims: i64| (claims - lost).abs() <= 1 + lost / 100_000;
                assert!(near(kept(bidder)) || near(all), "seed {seed}: {lost} {all}");
            }
        }
    }
    assert!(entered > 30 && reserves > 10, "{entered} {reserves}");
}

#[test]
fn core_payments_of_least_revenue_are_nearest_to_what_was_asked() {
    let mut differing = 0;
    for (seed, problem, award) in cleared_markets(120) {
        let of = |reference| {
            let rule = PaymentRule::Core(reference);
            price(&problem, &award, rule, &Config::default(), &Control::unlimited())
        };
        let kept = |priced: &Priced| -> Vec<i64> {
            problem.bidders.ids().map(|b| surplus(&problem, &award, priced, b)).collect()
        };
        let vickrey = of(Reference::Vickrey);
        let bids = of(Reference::Bids);
        let (near_vickrey, near_bids) = (kept(&vickrey), kept(&bids));
        let [sum, other]: [i64; 2] = [&near_vickrey, &near_bids].map(|kept| kept.iter().sum());
        assert!((sum - other).abs() <= 10 + sum / 100_000, "seed {seed}: {sum} {other}");
        let squares =
            |kept: &[i64]| -> f64 { kept.iter().map(|&kept| (kept as f64).powi(2)).sum() };
        assert!(squares(&near_bids) <= squares(&near_vickrey) * 1.0001 + 100.0, "seed {seed}");
        differing += usize::from(near_bids != near_vickrey);
        assert_eq!(of(Reference::Reserve).payments.faults(&problem, &award), [], "seed {seed}");
    }
    assert!(differing > 0);
}

#[test]
fn one_price_a_lot_asks_no_more_than_was_bid() {
    for (seed, problem, award) in cleared_markets(60) {
        let (config, control) = (Config::default(), Control::unlimited());
        let priced = price(&problem, &award, PaymentRule::Uniform, &config, &control);
        let faults = priced.payments.faults(&problem, &award);
        let worse = |fault: &PaymentFault| !matches!(fault, PaymentFault::Negative(_));
        assert!(!faults.iter().any(worse), "seed {seed}: {faults:?}");
        let broken: Vec<AuctionViolation> = award.violations(&problem);
        assert_eq!(broken, [], "seed {seed}");
    }
}

#[test]
fn nobody_pays_less_than_the_reserve_price() {
    let mut problem = AuctionProblem::default();
    problem.lots.push(postroad_model::auction::Lot {
        parcels_per_day: 10,
        days: 1,
        reserve_micros: Some(2),
        opportunity_micros: 1,
        required: false,
    });
    problem.bidders.push(postroad_model::auction::Bidder::default());
    let step = postroad_model::auction::Step { parcels: 10, price_micros: 5 };
    problem.push_schedule(BidderId(0), 1, LotId(0), 0, &[step]);
    let award = Award { accepted: vec![10].into() };
    for rule in [PaymentRule::Uniform, PaymentRule::Vcg, PaymentRule::Core(Reference::Vickrey)] {
        let priced = price(&problem, &award, rule, &Config::default(), &Control::unlimited());
        assert_eq!(priced.payments.total_micros(), 20, "{rule:?}");
    }
}

#[test]
fn a_mended_award_and_the_prices_enclose_what_others_can_do() {
    let mut same = 0;
    for seed in 0..150 {
        let problem = small(seed, 3, 6);
        if crate::winners::has_rules(&problem) {
            continue;
        }
        let (config, control) = (Config::default(), Control::unlimited());
        let award = crate::clear(&problem, &config, &control, None).award;
        let removals = removal::Removals::new(&problem, &award, 1, &control);
        let everybody = (1 << problem.bidders.len()) - 1;
        for bidder in problem.bidders.ids() {
            let best = value_of(&problem, everybody & !(1 << bidder.0)).unwrap_or(0);
            let (value, winners) = removals.without(&[bidder], &control);
            assert!(!winners.contains(&bidder), "seed {seed}");
            assert!(value <= best, "seed {seed}: {value} {best}");
            assert!(removals.bound_without(bidder) >= i128::from(best), "seed {seed}");
            same += usize::from(value == best);
        }
    }
    assert!(same > 200, "{same}");
}

#[test]
fn payments_do_not_depend_on_threads() {
    for (seed, problem, award) in cleared_markets(20) {
        for rule in [PaymentRule::Vcg, PaymentRule::Core(Reference::Vickrey)] {
            let priced = |threads: usize| {
                let config = Config { threads, ..Config::default() };
                price(&problem, &award, rule, &config, &Control::unlimited())
            };
            assert_eq!(priced(1), priced(4), "seed {seed}");
        }
    }
}

/// A market with rules that is too large for the programme of every rule.
#[test]
fn payments_of_a_large_market_with_rules_have_proven_ranges() {
    let size = crate::generate::PostalConfig::at_scale(0.006);
    let (mut problem, _) = crate::generate::postal(&size, 4);
    let lots = problem.lot_sets.push(problem.lots.ids().collect());
    let all: u64 = problem.lots.iter().map(|lot| u64::from(lot.parcels_per_day)).sum();
    problem.rules = vec![Rule::BidderShare { lots, most_parcels: all / 12 }];
    let config = Config { rounds: Some(20), ..Config::default() };
    let control = Control::unlimited();
    let award = crate::clear(&problem, &config, &control, None).award;
    assert_eq!(award.violations(&problem), []);
    for rule in [PaymentRule::Vcg, PaymentRule::Core(Reference::Vickrey)] {
        let priced = price(&problem, &award, rule, &config, &control);
        assert!(!priced.exact);
        let between = priced.between.expect("a range where nothing is proven");
        let amounts = award.amounts_micros(&problem);
        let mut narrow = 0;
        for bidder in problem.bidders.ids() {
            let ([least, most], paid) = (between[bidder], priced.payments.micros[bidder]);
            assert!(least <= paid && paid <= most && most <= amounts[bidder], "{bidder:?}");
            narrow += usize::from(most < amounts[bidder]);
        }
        assert!(rule != PaymentRule::Vcg || narrow > 10, "{narrow} payments are below the bid");
    }
}

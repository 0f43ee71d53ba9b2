//! Clearing against every award of small random markets.

use super::*;
use postroad_model::auction::{Bidder, ExclusiveGroup, Item, Lot, Offer, Rule, Side, Step};
use postroad_model::{BidId, BidderId, LotSetId};
use postroad_optimization::Random;

/// A market of up to `lots` lots and `bids` bids that fit into a small table of awards.
pub(crate) fn small(seed: u64, lots: usize, bids: usize) -> AuctionProblem {
    let mut random = Random::new(seed);
    let mut draw = |n: usize| random.below(n) as u32;
    let side = [Side::Selling, Side::Buying][draw(2) as usize];
    let mut problem = AuctionProblem { side, ..AuctionProblem::default() };
    for _ in 0..1 + draw(lots) {
        problem.lots.push(Lot {
            parcels_per_day: 1 + draw(3),
            days: 1 + draw(2),
            reserve_micros: (draw(3) == 0).then_some(i64::from(5 + draw(10))),
            opportunity_micros: i64::from(draw(20)),
            required: false,
        });
    }
    problem.bidders = vec![Bidder::default(); 1 + draw(4) as usize].into();
    for _ in 0..1 + draw(bids) {
        let bidder = BidderId(draw(problem.bidders.len()));
        let ticket = u64::from(draw(1 << 30));
        let lot = draw(problem.lots.len());
        if draw(2) == 0 {
            let width = problem.lots.len() as u32 - lot;
            let last = lot + draw(width as usize).min(2);
            let items: Vec<Item> =
                (lot..=last).map(|l| Item { lot: LotId(l), parcels: 1 + draw(2) }).collect();
            let amount = i64::from(draw(30 * items.len()));
            problem.push_package(bidder, ticket, &items, amount);
        } else {
            let mut step = || Step { parcels: 1 + draw(2), price_micros: i64::from(draw(25)) };
            let steps = [step(), step()];
            let steps = &steps[..1 + draw(2) as usize];
            let least = draw(3).min(steps.iter().map(|step| step.parcels).sum());
            problem.push_schedule(bidder, ticket, LotId(lot), least, steps);
        }
    }
    for bidder in problem.bidders.ids() {
        let of = |bid: &BidId| problem.bids[*bid].bidder == bidder;
        let bids: Vec<BidId> = problem.bids.ids().filter(of).collect();
        if bids.len() > 1 && draw(2) == 0 {
            problem.groups.push(ExclusiveGroup { bids, at_most: 1 + draw(2) });
        }
    }
    problem
}

/// The greatest value of any award that keeps every rule; none if no award does.
pub(crate) fn best_value(problem: &AuctionProblem) -> Option<i64> {
    let mut award = Award::nothing(problem);
    let mut best = None;
    loop {
        if award.violations(problem).is_empty() {
            best = best.max(Some(award.value_micros(problem)));
        }
        let wraps = |award: &mut Award, bid: BidId| {
            let next = award.accepted[bid] + 1;
            award.accepted[bid] = if next > problem.most_accepted(bid) { 0 } else { next };
            award.accepted[bid] == 0
        };
        if problem.bids.ids().all(|bid| wraps(&mut award, bid)) {
            return best;
        }
    }
}

#[test]
fn awards_keep_the_rules_and_bounds_hold() {
    for seed in 0..400 {
        let problem = small(seed, 3, 6);
        let cleared = clear(&problem, &Config::default(), &Control::unlimited(), None);
        assert_eq!(cleared.award.violations(&problem), [], "seed {seed}");
        assert_eq!(cleared.award.value_micros(&problem), cleared.value_micros);
        let best = best_value(&problem).expect("nothing may be awarded");
        assert!(cleared.bound_micros >= best, "seed {seed}");
        assert_eq!(cleared.value_micros, best, "seed {seed}");
        assert!(cleared.proven, "seed {seed}");
    }
}

/// Small markets in which lots share capacities and nothing else is ruled.
#[test]
fn shared_capacities_are_kept_and_bounds_hold() {
    let mut near = 0;
    for seed in 0..400 {
        let mut problem = small(seed, 4, 6);
        let mut random = Random::with_stream(seed, 9);
        let split = random.below(problem.lots.len() + 1);
        let all: Vec<LotId> = problem.lots.ids().collect();
        problem.lot_sets = vec![all[..split].to_vec(), all[split..].to_vec()].into();
        for set in problem.lot_sets.ids().filter(|&set| !problem.lot_sets[set].is_empty()) {
            let most_parcels = 1 + random.below(5) as u64;
            problem.rules.push(Rule::SharedCapacity { lots: set, most_parcels });
        }
        let best = best_value(&problem).expect("nothing may be awarded");
        let (config, control) = (Config::default(), Control::unlimited());
        let by_search = local::clear(&problem, &core::Core::new(&problem), &config, &control, None);
        let cleared = clear(&problem, &config, &control, None);
        assert_eq!(cleared.value_micros, best, "seed {seed}");
        near += usize::from(by_search.value_micros == best);
        let mixed = winners::has_mixed_groups(&problem);
        for cleared in [Some(cleared), (!mixed).then_some(by_search)].into_iter().flatten() {
            assert_eq!(cleared.award.violations(&problem), [], "seed {seed}");
            assert_eq!(cleared.award.value_micros(&problem), cleared.value_micros);
            assert!(cleared.bound_micros >= best, "seed {seed}");
            assert!(problem.bound_micros(&cleared.lot_prices) >= i128::from(best), "seed {seed}");
            assert!(!cleared.proven || cleared.value_micros == best, "seed {seed}");
        }
    }
    assert!(near > 300, "the search found the best of {near} markets");
}

/// What several tries prove of one market is the same.
#[test]
fn proofs_of_local_markets_agree() {
    let mut proven = 0;
    for seed in [1, 2] {
        let size = generate::PostalConfig {
            units: 150,
            centres: 2,
            bidders: 40,
            bids: 700,
            packages: 150,
        };
        let (problem, _) = generate::postal(&size, seed);
        let core = core::Core::new(&problem);
        let clear = |rounds: u64, seed: u64| {
            let config = Config { rounds: Some(rounds), seed, ..Config::default() };
            local::clear(&problem, &core, &config, &Control::unlimited(), None)
        };
        let tries: Vec<Cleared> = (1..4).map(|at| clear(100 * at * at * at, at)).collect();
        let most = tries.iter().map(|cleared| cleared.value_micros).max().expect("tries");
        for cleared in &tries {
            assert!(cleared.bound_micros >= most, "seed {seed}");
            proven += usize::from(cleared.proven);
        }
    }
    assert!(proven > 0, "{proven} proofs");
}

/// A small market with limits of bidders and rules of the auctioneer.
pub(crate) fn small_with_rules(seed: u64) -> AuctionProblem {
    let mut problem = small(seed, 3, 6);
    let mut random = Random::with_stream(seed, 7);
    let mut draw = |n: usize| random.below(n) as u32;
    let lots: Vec<LotId> = problem.lots.ids().filter(|_| draw(4) > 0).collect();
    problem.lot_sets = vec![lots, problem.lots.ids().collect()].into();
    for id in problem.lots.ids() {
        let lot = &mut problem.lots[id];
        lot.required = problem.side == Side::Buying && draw(3) == 0;
    }
    for id in problem.bidders.ids() {
        let least_parcels = u64::from(draw(3));
        problem.bidders[id] = Bidder {
            budget_micros: (draw(2) == 0).then_some(i64::from(draw(80))),
            least_parcels,
            most_parcels: (draw(2) == 0).then_some(least_parcels + u64::from(draw(3))),
            most_bids: (draw(3) == 0).then_some(1 + draw(2)),
        };
    }
    for _ in 0..draw(3) {
        let lots = LotSetId(draw(2));
        let least_parcels = u64::from(draw(2));
        let rule = match draw(4) {
            0 => Rule::SharedCapacity { lots, most_parcels: u64::from(1 + draw(4)) },
            1 => Rule::BidderShare { lots, most_parcels: u64::from(1 + draw(3)) },
            2 => Rule::GroupVolume {
                bidders: vec![BidderId(0)],
                lots,
                least_parcels,
                most_parcels: (draw(2) == 0).then_some(least_parcels + u64::from(draw(3))),
            },
            _ => Rule::Winners {
                lots,
                least: draw(2),
                most: (draw(2) == 0).then_some(1 + draw(2)),
                least_parcels,
            },
        };
        problem.rules.push(rule);
    }
    problem
}

#[test]
fn rules_are_kept_and_bounds_hold() {
    let (mut found, mut possible) = (0, 0);
    for seed in 0..400 {
        let problem = small_with_rules(seed);
        let cleared = clear(&problem, &Config::default(), &Control::unlimited(), None);
        let Some(best) = best_value(&problem) else {
            assert!(cleared.infeasible, "seed {seed} has no award");
            continue;
        };
        possible += 1;
        assert!(!cleared.infeasible && cleared.proven, "seed {seed}: {cleared:?}");
        assert!(cleared.bound_micros >= best, "seed {seed}");
        if cleared.award.violations(&problem).is_empty() {
            assert!(cleared.value_micros <= best, "seed {seed}");
            found += usize::from(cleared.value_micros == best);
        }
    }
    assert!(possible > 250, "{possible} markets have an award");
    assert_eq!(found, possible, "best found {found} times of {possible}");
}

/// The prices of rules bound every award, and closely where the term is long.
#[test]
fn prices_of_rules_bound_markets() {
    let control = Control::unlimited();
    for seed in 0..400 {
        let problem = small_with_rules(seed);
        let bound = ruled_dual::descend(&problem, None, 50, &control).bound;
        let best = best_value(&problem);
        assert!(best.is_none_or(|best| bound >= best as f64 - 1e-6), "seed {seed}");
    }
    let (mut problem, _) = generate::postal(&generate::PostalConfig::at_scale(0.003), 2);
    let offered = |problem: &AuctionProblem, bidder| -> u64 {
        let own = problem.bids.iter_ids().filter(|(_, bid)| bid.bidder == bidder);
        let items = own.flat_map(|(id, _)| problem.taken(id, problem.most_eligible(id)));
        items.map(|item| u64::from(item.parcels)).sum()
    };
    for bidder in problem.bidders.ids() {
        problem.bidders[bidder].most_parcels = Some(offered(&problem, bidder) / 8);
    }
    let bound = ruled_dual::descend(&problem, None, 300, &control).bound;
    let config = Config { rounds: Some(1000), ..Config::default() };
    let value = clear(&problem, &config, &control, None).value_micros as f64;
    assert!(value > 0.0 && bound < 1.02 * value, "{bound} for {value}");
}

/// A small market in which lots have two shared capacities, beside all other rules.
fn small_with_everything(seed: u64) -> AuctionProblem {
    let mut problem = small_with_rules(seed);
    let mut random = Random::with_stream(seed, 13);
    for set in [0, 1].map(LotSetId) {
        let most_parcels = 1 + random.below(5) as u64;
        problem.rules.push(Rule::SharedCapacity { lots: set, most_parcels });
        let most_parcels = 1 + random.below(4) as u64;
        problem.rules.push(Rule::BidderShare { lots: set, most_parcels });
    }
    problem
}

#[test]
fn everything_combined_is_cleared_and_all_bounds_hold() {
    let (config, control) = (Config::default(), Control::unlimited());
    let (mut found, mut possible) = (0, 0);
    for seed in 0..400 {
        let mut problem = small_with_everything(seed);
        let cleared = clear(&problem, &config, &control, None);
        let best = best_value(&problem);
        assert_eq!(cleared.infeasible, best.is_none(), "seed {seed}");
        assert!(best.is_none_or(|b| cleared.proven && cleared.value_micros == b), "seed {seed}");
        for lot in problem.lots.ids() {
            problem.lots[lot].required = false;
        }
        let Some(best) = best_value(&problem) else { continue };
        let dual = ruled_dual::descend(&problem, None, 50, &control);
        assert!(dual.bound >= best as f64 - 1e-6, "seed {seed}");
        for away in problem.bidders.ids() {
            let mut others = problem.clone();
            others.bidders[away].most_bids = Some(0);
            let without = best_value(&others).unwrap_or(i64::MIN) as f64;
            assert!(dual.bound_without(away) >= without - 1e-6, "seed {seed}");
        }
        let priced = priced::clear(&problem, dual, &config, &control, None);
        assert!(priced.bound >= best as f64 - 1e-6, "seed {seed}");
        let begin = ruled::Begin { start: Some(&priced.award), is_priced: true };
        let by_search = ruled::search(&problem, &priced.scores, seed, Some(100), &control, begin);
        possible += 1;
        if let Some(award) = by_search.award {
            assert_eq!(award.violations(&problem), [], "seed {seed}");
            assert!(award.value_micros(&problem) <= best, "seed {seed}");
            found += usize::from(award.value_micros(&problem) == best);
        }
    }
    assert!(10 * found > 8 * possible, "the search found the best of {found} of {possible}");
}

/// Lots that no bid has in common are solved apart, so that many of them are proven soon.
#[test]
fn a_market_of_small_parts_is_proven() {
    let mut problem = AuctionProblem::default();
    let mut random = Random::new(3);
    let lot = Lot {
        parcels_per_day: 100,
        days: 1,
        reserve_micros: None,
        opportunity_micros: 7,
        required: false,
    };
    problem.lots = vec![lot; 120].into();
    problem.bidders = vec![Bidder::default(); 30].into();
    for at in 0..900 {
        let mut draw = |n: usize| 1 + random.below(n) as u32;
        let mut step = || Step { parcels: draw(40), price_micros: i64::from(draw(25)) };
        let steps = [step(), step()];
        let all: u32 = steps.iter().map(|step| step.parcels).sum();
        let least = if at % 3 == 0 { all } else { draw(20).min(all) };
        let lot = LotId(draw(120) - 1);
        problem.push_schedule(BidderId(at % 30), u64::from(at), lot, least, &steps);
    }
    let config = Config { rounds: Some(2000), ..Config::default() };
    let cleared = clear(&problem, &config, &Control::unlimited(), None);
    assert!(cleared.proven, "{} of {}", cleared.value_micros, cleared.bound_micros);
    assert_eq!(cleared.award.violations(&problem), []);
}

#[test]
fn a_shippers_market_is_cleared_within_its_rules() {
    let size = generate::ReverseConfig { lots: 60, bidders: 12, bids: 500, most_winners: 5 };
    let (problem, _) = generate::reverse(&size, 3);
    let config = Config { rounds: Some(20_000), ..Config::default() };
    let cleared = clear(&problem, &config, &Control::unlimited(), None);
    assert_eq!(cleared.award.violations(&problem), []);
    assert!(cleared.gap() < 0.15, "gap {}", cleared.gap());
}

#[test]
fn a_postal_market_is_cleared_close_to_its_bound() {
    let (problem, _) = generate::postal(&generate::PostalConfig::at_scale(0.005), 1);
    let config = Config { rounds: Some(20_000), ..Config::default() };
    let cleared = clear(&problem, &config, &Control::unlimited(), None);
    assert_eq!(cleared.award.violations(&problem), []);
    assert!(cleared.gap() < 0.005, "gap {}", cleared.gap());
    let again = clear(&problem, &config, &Control::unlimited(), None);
    assert_eq!(again, cleared);
}

/// A package with another amount.
fn with_amount(problem: &AuctionProblem, bid: BidId, micros: i64) -> AuctionProblem {
    let mut changed = problem.clone();
    if let Offer::Package { amount_micros, .. } = &mut changed.bids[bid].offer {
        *amount_micros = micros;
    }
    changed
}

#[test]
fn a_losing_bid_wins_with_a_micro_more_than_it_lacked_and_not_with_less() {
    let (config, control) = (Config::default(), Control::unlimited());
    let mut tried = 0;
    for seed in 0..200 {
        for problem in [small(seed, 3, 6), small_with_rules(seed)] {
            let before = clear(&problem, &config, &control, None);
            let package = |id: &BidId| matches!(problem.bids[*id].offer, Offer::Package { .. });
            let lost = |id: &BidId| before.award.accepted[*id] == 0 && package(id);
            for bid in problem.bids.ids().filter(lost).take(2) {
                let lacking = Lacking::new(&problem, &before.award, &before.lot_prices);
                let needed = lacking.needed(bid, &control);
                let Needed::Exactly(lacks) = needed else { continue };
                let better = if problem.side == Side::Selling { 1 } else { -1 };
                let amount = problem.amount_micros(bid, 1);
                let enough = with_amount(&problem, bid, amount + better * (lacks + 1));
                // A price below 0 cannot be asked for.
                if before.infeasible || !enough.faults().is_empty() {
                    continue;
                }
                tried += 1;
                let after = clear(&enough, &config, &control, None);
                assert_eq!(after.award.accepted[bid], 1, "seed {seed}");
                if lacks > 0 {
                    let less = with_amount(&problem, bid, amount + better * (lacks - 1));
                    let after = clear(&less, &config, &control, None);
                    assert_eq!(after.value_micros, before.value_micros, "seed {seed}");
                    assert_eq!(after.award.accepted[bid], 0, "seed {seed}");
                }
            }
        }
    }
    assert!(tried > 100, "{tried} bids tried");
}

#[test]
fn equally_good_awards_are_equally_likely() {
    let mut wins = [0; 4];
    for seed in 0..600_u64 {
        let mut random = Random::new(seed);
        let mut ticket = || (u64::from(random.next_u32()) << 32) | u64::from(random.next_u32());
        let mut problem = AuctionProblem::default();
        let lot = Lot {
            parcels_per_day: 1,
            days: 1,
            reserve_micros: None,
            opportunity_micros: 0,
            required: false,
        };
        problem.lots = vec![lot; 2].into();
        problem.bidders = vec![Bidder::default(); 4].into();
        // One bid for both lots, or one of three that pair with one another: three awards of 10.
        let both = [0, 1].map(|l| Item { lot: LotId(l), parcels: 1 });
        problem.push_package(BidderId(0), ticket(), &both, 10);
        problem.push_package(BidderId(1), ticket(), &both[..1], 5);
        problem.push_package(BidderId(2), ticket(), &both[..1], 5);
        problem.push_package(BidderId(3), ticket(), &both[1..], 5);
        let cleared = clear(&problem, &Config::default(), &Control::unlimited(), None);
        let drawn = draw(&problem, &cleared, &Control::unlimited());
        assert!(drawn.complete && drawn.equals == 3, "{drawn:?}");
        for (bid, count) in problem.bids.ids().zip(&mut wins) {
            *count += usize::from(drawn.award.accepted[bid] > 0);
        }
    }
    // A third each of 600, within four deviations.
    assert!(wins[..3].iter().all(|&n| (154..=246).contains(&n)), "{wins:?}");
    assert_eq!(wins[1] + wins[2], wins[3]);
}

#[test]
fn a_standing_market_follows_changed_bids() {
    let (problem, _) = generate::postal(&generate::PostalConfig::at_scale(0.003), 5);
    let config = Config { rounds: Some(20_000), ..Config::default() };
    let cleared = clear(&problem, &config, &Control::unlimited(), None);
    let mut standing = Standing::new(problem, &cleared, 1).expect("a market without rules");
    let mut random = Random::new(9);
    for _ in 0..60 {
        let bid = BidId(random.below(standing.problem().bids.len()) as u32);
        let changed = match standing.problem().bids[bid].offer {
            Offer::Package { amount_micros, .. } => {
                standing.reprice_package(bid, amount_micros * (80 + random.below(50) as i64) / 100)
            }
            Offer::Schedule { .. } => {
                let price = standing.problem().steps(bid)[0].price_micros;
                standing.reprice(bid, &[price * (70 + random.below(70) as i64) / 100])
            }
        };
        let award = standing.award();
        assert_eq!(award.violations(standing.problem()), []);
        assert_eq!(award.value_micros(standing.problem()), standing.value_micros());
        if changed {
            let bound = standing.problem().bound_micros(&cleared.lot_prices);
            assert_eq!(bound, standing.bound_micros());
        }
    }
    let again = clear(standing.problem(), &config, &Control::unlimited(), None);
    let apart = (again.value_micros - standing.value_micros()) as f64;
    assert!(apart < 0.003 * again.value_micros as f64, "{apart}");
}

#[test]
fn rules_in_conflict_are_named_and_none_of_them_can_be_spared() {
    let mut conflicts = 0;
    for seed in 0..400 {
        let problem = small_with_rules(seed);
        let found = conflict(&problem, &Control::unlimited());
        assert_eq!(found.is_some(), best_value(&problem).is_none(), "seed {seed}");
        let Some(found) = found else { continue };
        conflicts += 1;
        let mut alone = problem.clone();
        alone.rules = found.rules.iter().map(|&rule| problem.rules[rule].clone()).collect();
        for lot in alone.lots.ids() {
            alone.lots[lot].required = found.lots.contains(&lot);
        }
        assert_eq!(best_value(&alone), None, "seed {seed}");
        for at in 0..alone.rules.len() {
            let mut less = alone.clone();
            less.rules.remove(at);
            assert!(best_value(&less).is_some(), "seed {seed}, rule {at}");
        }
        for &lot in &found.lots {
            let mut less = alone.clone();
            less.lots[lot].required = false;
            assert!(best_value(&less).is_some(), "seed {seed}, {lot:?}");
        }
    }
    assert!(conflicts > 20, "{conflicts} markets without an award");
}

#[test]
fn a_large_market_in_which_no_award_is_found_says_so() {
    let mut problem = AuctionProblem { side: Side::Buying, ..AuctionProblem::default() };
    let lot = |required| Lot {
        parcels_per_day: 1,
        days: 1,
        reserve_micros: None,
        opportunity_micros: 9,
        required,
    };
    // Nobody bids for the lot that is required, and the market is too large for a proof.
    problem.lots = vec![lot(true), lot(false)].into();
    problem.bidders = vec![Bidder::default()].into();
    for ticket in 0..20_000 {
        let step = Step { parcels: 1, price_micros: 5 };
        problem.push_schedule(BidderId(0), ticket, LotId(1), 0, &[step]);
    }
    let config = Config { rounds: Some(20), ..Config::default() };
    let cleared = clear(&problem, &config, &Control::unlimited(), None);
    assert!(!cleared.found && !cleared.proven && !cleared.infeasible);
    assert_eq!(cleared.award, Award::nothing(&problem));
}

#[test]
fn prices_of_a_packing_bound_it() {
    let mut tight = 0;
    for seed in 0..50 {
        let mut problem = small(seed, 3, 6);
        for id in problem.lots.ids() {
            problem.lots[id].parcels_per_day = 1;
        }
        let cleared = clear(&problem, &Config::default(), &Control::unlimited(), None);
        let bound = problem.bound_micros(&cleared.lot_prices);
        assert!(bound >= i128::from(cleared.value_micros), "seed {seed}");
        let value = cleared.value_micros as f64;
        tight += usize::from(value > 0.0 && bound as f64 <= 1.1 * value);
    }
    assert!(tight > 10, "prices are close in {tight} markets");
}

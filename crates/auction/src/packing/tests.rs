//! Random packings against enumeration, through every way of solving.

use super::{Config, Packing, Part, Solved, Solver, cliques, reduce, solve, worth};
use postroad_optimization::conflicts::Conflicts;
use postroad_optimization::{Control, Random, mip};

/// A random packing; `size` goods for each bid at most.
fn random_packing(random: &mut Random, goods: usize, bids: usize, size: usize) -> Packing {
    let mut packing = Packing { goods, ..Packing::default() };
    for _ in 0..bids {
        let mut wanted: Vec<u32> =
            (0..1 + random.below(size)).map(|_| random.below(goods) as u32).collect();
        wanted.sort_unstable();
        wanted.dedup();
        packing.values.push(random.below(60) as i64 * wanted.len() as i64 - 3);
        packing.bids.push(wanted);
    }
    packing
}

/// The most that bids from `bid` on are worth beside the goods taken.
fn enumerate(packing: &Packing, taken: &mut Vec<bool>, bid: usize) -> i64 {
    if bid == packing.bids.len() {
        return 0;
    }
    let mut best = enumerate(packing, taken, bid + 1);
    let goods = &packing.bids[bid];
    if packing.values[bid] > 0 && goods.iter().all(|&good| !taken[good as usize]) {
        goods.iter().for_each(|&good| taken[good as usize] = true);
        best = best.max(packing.values[bid] + enumerate(packing, taken, bid + 1));
        goods.iter().for_each(|&good| taken[good as usize] = false);
    }
    best
}

fn check(packing: &Packing, solved: &Solved, what: &str) {
    let mut taken = vec![false; packing.goods];
    for (goods, _) in packing.bids.iter().zip(&solved.chosen).filter(|(_, chosen)| **chosen) {
        for &good in goods {
            assert!(!taken[good as usize], "{what}: good {good} is given twice");
            taken[good as usize] = true;
        }
    }
    assert_eq!(solved.value, worth(&solved.chosen, &packing.values), "{what}");
    let best = enumerate(packing, &mut vec![false; packing.goods], 0);
    assert_eq!((solved.value, solved.bound), (best, best), "{what}");
    assert!(solved.proven);
}

#[test]
fn random_packings_are_solved_as_by_enumeration() {
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let (goods, size) = (6 + random.below(12), 1 + random.below(5));
        let packing = random_packing(&mut random, goods, 18, size);
        let solved = solve(&packing, &Config::default(), &Control::unlimited(), None);
        check(&packing, &solved, &format!("seed {seed}"));
    }
}

#[test]
fn all_searches_agree_with_enumeration() {
    for seed in 0..200 {
        let mut random = Random::with_stream(seed, 1);
        let packing = random_packing(&mut random, 14, 20, 4);
        let best = enumerate(&packing, &mut [false; 14].to_vec(), 0);
        let (mut by_tree, mut by_cliques, mut by_rows) = (0, 0, 0);
        for bids in reduce::components(packing.goods, &packing.bids) {
            let values: Vec<i64> =
                bids.iter().map(|&bid| packing.values[bid as usize].max(0)).collect();
            let mut part = Part::new(bids, &packing);
            let control = Control::unlimited();
            let none = vec![false; values.len()];
            let answer = part.branch_and_cut(&values, &mip::Config::default(), &control, &none);
            assert_eq!(answer.value, answer.bound, "seed {seed}");
            by_tree += answer.value;
            let found = cliques::search(&part.conflicts, &values, 0, u64::MAX, &control);
            assert!(found.is_complete);
            by_cliques += found.better.map_or(0, |chosen| worth(&chosen, &values));
            // As where there are too many bids to keep pairs; the start is no packing.
            part.conflicts = Conflicts::default();
            let all = vec![true; values.len()];
            let answer = part.search(&values, &Config::default(), &control, Some(&all));
            assert_eq!(answer.value, answer.bound, "seed {seed}");
            by_rows += answer.value;
        }
        assert_eq!((by_tree, by_cliques, by_rows), (best, best, best), "seed {seed}");
    }
}

#[test]
fn a_solver_is_used_again_with_other_values_and_forbidden_bids() {
    for seed in 0..60 {
        let mut random = Random::with_stream(seed, 2);
        let mut packing = random_packing(&mut random, 12, 18, 3);
        let mut forbidden = std::collections::BTreeSet::new();
        let mut solver = Solver::new(&packing);
        for step in 0..8 {
            let solved = solver.solve(&Config::default(), &Control::unlimited(), None);
            let mut allowed = packing.clone();
            forbidden.iter().for_each(|&bid: &usize| allowed.values[bid] = 0);
            check(&allowed, &solved, &format!("seed {seed}, step {step}"));
            let bid = random.below(18);
            if random.below(2) > 0 {
                packing.values[bid] -= packing.values[bid] / 4;
                solver.set_values(&packing.values);
            } else if forbidden.remove(&bid) {
                solver.set_forbidden(bid, false);
            } else {
                forbidden.insert(bid);
                solver.set_forbidden(bid, true);
            }
        }
    }
}

#[test]
fn bids_without_goods_win_and_a_bad_start_is_passed_over() {
    let packing = Packing {
        goods: 2,
        values: vec![5, 7, 3, -1, 2],
        bids: vec![vec![0], vec![0, 1, 0], vec![1], vec![], vec![]],
    };
    let start = [true, true, true, true, true];
    let solved = solve(&packing, &Config::default(), &Control::unlimited(), Some(&start));
    assert_eq!(solved.chosen, [true, false, true, false, true]);
    assert_eq!((solved.value, solved.bound), (10, 10));
}

/// All choices of bids of value that are worth `best`.
fn outcomes(packing: &Packing, best: i64) -> Vec<Vec<bool>> {
    let n = packing.bids.len();
    let mut found = Vec::new();
    for set in 0_u32..1 << n {
        let chosen: Vec<bool> = (0..n).map(|bid| set >> bid & 1 == 1).collect();
        let mut taken = vec![false; packing.goods];
        let is_packing = (0..n).filter(|&bid| chosen[bid]).all(|bid| {
            packing.values[bid] > 0
                && packing.bids[bid]
                    .iter()
                    .all(|&g| !std::mem::replace(&mut taken[g as usize], true))
        });
        if is_packing && worth(&chosen, &packing.values) == best {
            found.push(chosen);
        }
    }
    found
}

#[test]
fn all_ties_are_listed_and_each_is_drawn() {
    let mut most = 0;
    for seed in 0..60 {
        let mut random = Random::with_stream(seed, 3);
        let mut packing = random_packing(&mut random, 8, 11, 2);
        packing.values.iter_mut().for_each(|value| *value = 1 + *value / 40);
        let mut solver = Solver::new(&packing);
        let solved = solver.solve(&Config::default(), &Control::unlimited(), None);
        let best = solved.value;
        let all = outcomes(&packing, best);
        let mut drawn = std::collections::BTreeSet::new();
        for draw in 0..20 * all.len() as u64 {
            let known = (draw % 2 == 0).then_some(solved.chosen.as_slice());
            let mut other = Solver::new(&packing);
            let one = other.draw(draw, 1000, known, &Config::default(), &Control::unlimited());
            assert!(one.is_complete);
            assert_eq!((one.value, one.outcomes), (best, all.len() as u64), "seed {seed}");
            assert!(all.contains(&one.chosen), "seed {seed}");
            drawn.insert(one.chosen);
            if drawn.len() == all.len() {
                break;
            }
        }
        assert_eq!(drawn.len(), all.len(), "seed {seed}: some choices are never drawn");
        most = most.max(all.len());
    }
    assert!(most > 5, "too few ties to show anything");
}

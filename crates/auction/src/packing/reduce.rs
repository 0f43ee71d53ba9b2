//! What need not be searched: parts that share no good, goods within others, bids that others beat.

use super::Packing;
use postroad_optimization::conflicts::Conflicts;
use postroad_optimization::parts::Parts;

/// Groups of bids connected by shared goods, each in ascending order; bids without goods left out.
pub(super) fn components(goods: usize, bids: &[Vec<u32>]) -> Vec<Vec<u32>> {
    let mut parts = Parts::new(goods);
    for pair in bids.iter().flat_map(|bid| bid.windows(2)) {
        parts.join(pair[0] as usize, pair[1] as usize);
    }
    let first = |(index, bid): (usize, &Vec<u32>)| Some((*bid.first()? as usize, index as u32));
    parts.grouped(bids.iter().enumerate().filter_map(first))
}

/// The bids of each good, in numbers of the part; goods of one bid, and goods whose bids all want
/// another good too, say nothing.
pub(super) fn goods(bids: &[u32], packing: &Packing) -> Vec<Vec<u32>> {
    let mut members = vec![Vec::new(); packing.goods];
    for (number, &bid) in bids.iter().enumerate() {
        for &good in &packing.bids[bid as usize] {
            let list: &mut Vec<u32> = &mut members[good as usize];
            if list.last() != Some(&(number as u32)) {
                list.push(number as u32);
            }
        }
    }
    members.retain(|list| list.len() > 1);
    members.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    members.dedup();
    let mut kept: Vec<Vec<u32>> = Vec::new();
    // A larger list that holds this one holds its first member.
    let mut with_member: Vec<Vec<u32>> = vec![Vec::new(); bids.len()];
    for list in members {
        let holds = |other: &u32| {
            let other = &kept[*other as usize];
            list.iter().all(|bid| other.binary_search(bid).is_ok())
        };
        if !with_member[list[0] as usize].iter().any(holds) {
            list.iter().for_each(|&bid| with_member[bid as usize].push(kept.len() as u32));
            kept.push(list);
        }
    }
    kept
}

/// The values, 0 for each bid that a bid beats which excludes no more than it does and is worth at
/// least `margin` more.
pub(super) fn without_dominated(conflicts: &Conflicts, values: &[i64], margin: i64) -> Vec<i64> {
    let mut values = values.to_vec();
    let mut alive = vec![0_u64; values.len().div_ceil(64)];
    let live = values.iter().enumerate().filter(|(_, value)| **value > 0);
    live.for_each(|(bid, _)| alive[bid / 64] |= 1 << (bid % 64));
    for bid in 0..values.len() {
        let is_beaten = values[bid] > 0
            && conflicts.neighbours(bid).any(|other| {
                values[other] - margin >= values[bid] && is_within(conflicts, &alive, other, bid)
            });
        if is_beaten {
            values[bid] = 0;
            alive[bid / 64] &= !(1 << (bid % 64));
        }
    }
    values
}

/// Whether all that `a` excludes `b` excludes too, each other aside.
fn is_within(conflicts: &Conflicts, alive: &[u64], a: usize, b: usize) -> bool {
    let rows = conflicts.row(a).iter().zip(conflicts.row(b)).zip(alive);
    rows.enumerate().all(|(word, ((a, row), alive))| {
        let own = if word == b / 64 { 1_u64 << (b % 64) } else { 0 };
        a & alive & !row & !own == 0
    })
}

/// Share of the pairs of bids of value that exclude each other not.
pub(super) fn compatible(conflicts: &Conflicts, values: &[i64]) -> f64 {
    let live: Vec<usize> = (0..values.len()).filter(|&bid| values[bid] > 0).collect();
    let pairs = live.len() * live.len().saturating_sub(1);
    let excluded: usize = live
        .iter()
        .map(|&bid| conflicts.neighbours(bid).filter(|&other| values[other] > 0).count())
        .sum();
    1.0 - excluded as f64 / pairs.max(1) as f64
}

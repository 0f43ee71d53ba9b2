//! Exact search where few bids go together: heaviest cliques of compatible bids, depth first over
//! sets of bits, with a bound from a weighted colouring (Tavares, Neto, Rodrigues and Michelon 2015).

use postroad_optimization::Control;
use postroad_optimization::conflicts::{Conflicts, first_one};

/// What the search says.
pub(super) struct Found {
    /// A choice worth more than was known, if there is one.
    pub(super) better: Option<Vec<bool>>,
    /// Whether nothing is left to search.
    pub(super) is_complete: bool,
    pub(super) nodes: u64,
}

struct Search<'a> {
    /// For each bid in the order of the search, what excludes it.
    conflicts: Conflicts,
    values: Vec<i64>,
    control: &'a Control,
    best: i64,
    best_members: Option<Vec<u32>>,
    members: Vec<u32>,
    nodes: u64,
    budget: u64,
}

/// Looks for a choice worth more than `known`.
pub(super) fn search(
    conflicts: &Conflicts,
    values: &[i64],
    known: i64,
    budget: u64,
    control: &Control,
) -> Found {
    let mut order: Vec<usize> = (0..values.len()).filter(|&bid| values[bid] > 0).collect();
    order.sort_by_key(|&bid| (std::cmp::Reverse(values[bid]), bid));
    let mut place = vec![usize::MAX; values.len()];
    order.iter().enumerate().for_each(|(at, &bid)| place[bid] = at);
    let mut sorted = Conflicts::new(order.len());
    for (at, &bid) in order.iter().enumerate() {
        let others = conflicts.neighbours(bid).map(|other| place[other]);
        others
            .filter(|&other| other > at && other != usize::MAX)
            .for_each(|other| sorted.add(at, other));
    }
    let mut search = Search {
        conflicts: sorted,
        values: order.iter().map(|&bid| values[bid]).collect(),
        control,
        best: known,
        best_members: None,
        members: Vec::new(),
        nodes: 0,
        budget,
    };
    let mut all = vec![0; order.len().div_ceil(64)];
    (0..order.len()).for_each(|at| all[at / 64] |= 1 << (at % 64));
    let is_complete = search.expand(all, 0);
    let better = search.best_members.map(|members| {
        let mut chosen = vec![false; values.len()];
        members.iter().for_each(|&at| chosen[order[at as usize]] = true);
        chosen
    });
    Found { better, is_complete, nodes: search.nodes }
}

impl Search<'_> {
    /// Searches the subsets of `open` that go with the members so far, worth `value`; whether it
    /// came to an end.
    fn expand(&mut self, mut open: Vec<u64>, value: i64) -> bool {
        self.nodes += 1;
        if self.nodes > self.budget || (self.nodes.is_multiple_of(256) && self.control.is_over()) {
            return false;
        }
        if value > self.best {
            self.best = value;
            self.best_members = Some(self.members.clone());
        }
        for (at, bound) in self.colour(&open, self.best - value).into_iter().rev() {
            if value + bound <= self.best {
                return true;
            }
            let at = at as usize;
            open[at / 64] &= !(1 << (at % 64));
            let rest = open.iter().zip(self.conflicts.row(at)).map(|(open, row)| open & !row);
            let rest = rest.collect();
            self.members.push(at as u32);
            let is_complete = self.expand(rest, value + self.values[at]);
            self.members.pop();
            if !is_complete {
                return false;
            }
        }
        true
    }

    /// The open bids with, for each, a bound on what it and those before it are worth together.
    /// Sets of bids that exclude each other share out their weights. Bids whose bound is within
    /// `enough` need no search and are left out.
    fn colour(&self, open: &[u64], enough: i64) -> Vec<(u32, i64)> {
        let mut open = open.to_vec();
        let mut left: Vec<i64> = self.values.clone();
        let mut bound = 0;
        let mut ranked = Vec::new();
        let mut class = Vec::new();
        while let Some(first) = first_one(&open) {
            class.clear();
            class.push(first as u32);
            let mut least = left[first];
            let mut rest: Vec<u64> =
                open.iter().zip(self.conflicts.row(first)).map(|(open, row)| open & row).collect();
            while let Some(at) = first_one(&rest) {
                class.push(at as u32);
                least = least.min(left[at]);
                rest.iter_mut().zip(self.conflicts.row(at)).for_each(|(word, row)| *word &= row);
            }
            bound += least;
            for &at in &class {
                let index = at as usize;
                left[index] -= least;
                if left[index] == 0 {
                    open[index / 64] &= !(1 << (index % 64));
                    if bound > enough {
                        ranked.push((at, bound));
                    }
                }
            }
        }
        ranked
    }
}

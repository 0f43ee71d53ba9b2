//! Branch and bound over which facilities open, with the Lagrangian bound at every node (as Görtz
//! and Klose 2012): it closes the gap that prices alone leave on problems of some hundred
//! facilities.
//!
//! A node starts from its parent's prices, so a few dozen iterations do. Facilities whose other
//! state would cost more than the best plan are fixed on the way.

use crate::core::Core;
use crate::core::NONE;
use crate::dual::{Ascent, Dual};
use crate::priced::{Fixing, Place, TermPrices};
use postroad_optimization::Control;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Iterations of ascent at a node.
const NODE_ASCENT: u32 = 80;

/// A facility this near to always open or always closed is not branched on while others are less
/// sure.
const SURE: f64 = 0.02;

/// Nodes kept at most; beyond it the tree stops growing and its bound stands still.
const NODES_MAX: usize = 200_000;

/// A plan this near to a node's bound, relatively, is as good as any of the node's.
const EXACT: f64 = 1e-9;

/// A part of all plans: some facilities open, some closed, and prices to start from.
struct Node {
    bound: f64,
    number: u64,
    fixing: Vec<Fixing>,
    places: Vec<Place>,
    w: Vec<f64>,
    step: f64,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Node {}
impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Node {
    /// The least bound is the greatest node: heaps give it first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.bound.total_cmp(&self.bound).then(other.number.cmp(&self.number))
    }
}

/// What a node found.
pub(crate) enum Found {
    /// The tree is exhausted: its bound is final.
    Nothing,
    /// Facilities that the node's relaxation opens, to try as a plan.
    Candidate(Vec<bool>),
    /// The same, where all facilities are fixed: the tree wants to know what the transportation
    /// problem costs then ([`Tree::close_leaf`]).
    Leaf(Vec<bool>),
}

/// The open nodes.
pub(crate) struct Tree {
    terms: TermPrices,
    nodes: BinaryHeap<Node>,
    /// Least value of leaves that could not be solved exactly.
    leaves: f64,
    next_number: u64,
    is_full: bool,
    dual: Dual,
}

impl Tree {
    /// A tree of one node at the root's prices.
    pub(crate) fn new(core: &Core, dual: &Dual) -> Self {
        let mut tree = Self {
            terms: dual.terms.clone(),
            nodes: BinaryHeap::new(),
            leaves: f64::INFINITY,
            next_number: 0,
            is_full: false,
            dual: dual.clone(),
        };
        let fixing = vec![Fixing::Free; core.facilities()];
        tree.push(dual.value, fixing, Vec::new(), 0.02);
        tree
    }

    /// No plan costs less than this, or than the best plan if that is less.
    pub(crate) fn bound(&self) -> f64 {
        self.nodes.peek().map_or(f64::INFINITY, |n| n.bound).min(self.leaves)
    }

    fn push(&mut self, bound: f64, fixing: Vec<Fixing>, places: Vec<Place>, step: f64) {
        let number = self.next_number;
        self.next_number += 1;
        let w = self.dual.w.clone();
        self.nodes.push(Node { bound, number, fixing, places, w, step });
    }

    /// Looks into the node with the least bound: drops it if it can hold nothing better than
    /// `upper`, else branches.
    pub(crate) fn step(&mut self, core: &Core, upper: f64, control: &Control) -> Found {
        let enough = upper * (1.0 - EXACT);
        if self.is_full || self.nodes.peek().is_none_or(|n| n.bound >= enough) {
            return Found::Nothing;
        }
        let mut node = self.nodes.pop().expect("the heap has a node");
        self.dual.w.clone_from(&node.w);
        self.dual.terms.clone_from(&self.terms);
        self.dual.step = node.step.max(0.005);
        let ascent = Ascent { iterations: NODE_ASCENT, upper, enough, stall: 20 };
        self.dual.ascend_fixed_terms(core, &node.fixing, &node.places, ascent, control);
        let is_rising = self.dual.value > node.bound + EXACT * node.bound.abs();
        node.bound = node.bound.max(self.dual.value);
        if node.bound >= enough {
            return self.candidate(core, &node.fixing);
        }
        let upper_gap = upper - self.dual.value;
        self.fix(core, &mut node.fixing, upper_gap);
        self.is_full = self.nodes.len() >= NODES_MAX;
        if let Some(facility) = self.branching(core, &node.fixing) {
            let found = self.candidate(core, &node.fixing);
            for state in [Fixing::Closed, Fixing::Open] {
                let mut fixing = node.fixing.clone();
                fixing[facility] = state;
                self.push(node.bound, fixing, node.places.clone(), self.dual.step);
            }
            return found;
        }
        if let Some(place) = self.branching_place(core, &node.places) {
            for is_here in [true, false] {
                let mut places = node.places.clone();
                places.push(Place { is_here, ..place });
                self.push(node.bound, node.fixing.clone(), places, self.dual.step);
            }
            return self.candidate(core, &node.fixing);
        }
        let is_plan = self.dual.coverage.iter().all(|c| (c - 1.0).abs() <= 1e-6);
        if core.single && is_rising && !is_plan {
            // Its prices have not settled yet.
            self.push(node.bound, node.fixing.clone(), node.places, self.dual.step);
            return self.candidate(core, &node.fixing);
        }
        // The caller tells what the leaf costs; until then its bound stands.
        self.leaves = self.leaves.min(node.bound);
        Found::Leaf(node.fixing.iter().map(|f| *f == Fixing::Open).collect())
    }

    /// With single sourcing, a demand that several facilities take, or none, and one of them.
    fn branching_place(&self, core: &Core, places: &[Place]) -> Option<Place> {
        if !core.single || core.has_parents {
            return None;
        }
        let is_free = |d: usize| !places.iter().any(|p| p.demand == d as u32 && p.is_here);
        let unlike_one = |d: usize| (self.dual.coverage[d] - 1.0).abs() > 1e-6;
        let parcels = |d: usize| core.parcels[d];
        let mut demands: Vec<usize> =
            (0..core.demands()).filter(|&d| unlike_one(d) && is_free(d)).collect();
        demands.sort_by(|&a, &b| parcels(b).total_cmp(&parcels(a)).then(a.cmp(&b)));
        let place = |demand: usize| {
            let facility = self.branching_facility(core, demand, places)?;
            Some(Place { demand: demand as u32, facility, is_here: true })
        };
        demands.into_iter().find_map(place)
    }

    /// Where a demand is taken, or else the cheapest open facility not forbidden to it.
    fn branching_facility(&self, core: &Core, demand: usize, places: &[Place]) -> Option<u32> {
        let facility_of = |o: usize| core.option_facility[o];
        let taker = self.dual.taker[demand];
        if taker != NONE && facility_of(taker as usize) != NONE {
            return Some(facility_of(taker as usize));
        }
        let is_allowed = |facility: u32| {
            let is_open = facility != NONE && self.dual.openness[facility as usize] > 0.5;
            let forbidden = |p: &Place| p.demand == demand as u32 && p.facility == facility;
            is_open && !places.iter().any(forbidden)
        };
        core.options(demand)
            .filter(|&o| is_allowed(facility_of(o)))
            .min_by(|&a, &b| core.option_cost[a].total_cmp(&core.option_cost[b]))
            .map(facility_of)
    }

    /// The option that took each demand at the node last looked into, or [`NONE`].
    pub(crate) fn takers(&self) -> &[u32] {
        &self.dual.taker
    }

    /// The leaf last found costs exactly so much: it bounds no longer.
    pub(crate) fn close_leaf(&mut self, before: f64) {
        self.leaves = before;
    }

    /// Least value of unsolved leaves so far.
    pub(crate) fn leaves(&self) -> f64 {
        self.leaves
    }

    fn candidate(&self, core: &Core, fixing: &[Fixing]) -> Found {
        let open = (0..core.facilities()).map(|f| match fixing[f] {
            Fixing::Open => true,
            Fixing::Closed => false,
            Fixing::Free => self.dual.openness[f] >= 0.5,
        });
        Found::Candidate(open.collect())
    }

    /// Fixes facilities whose other state would cost at least `gap` more.
    fn fix(&self, core: &Core, fixing: &mut [Fixing], gap: f64) {
        if core.has_parents {
            return;
        }
        for (fixing, promise) in fixing.iter_mut().zip(&self.dual.promise) {
            if *fixing == Fixing::Free {
                if promise - self.dual.least_kept >= gap {
                    *fixing = Fixing::Closed;
                } else if -promise >= gap {
                    *fixing = Fixing::Open;
                }
            }
        }
    }

    /// The facility least sure to be open or closed.
    fn branching(&self, core: &Core, fixing: &[Fixing]) -> Option<usize> {
        let doubt = |f: usize| self.dual.openness[f].min(1.0 - self.dual.openness[f]);
        let free = (0..core.facilities())
            .filter(|&f| fixing[f] == Fixing::Free && !core.arcs(f).is_empty());
        let least_sure = free
            .clone()
            .max_by(|&a, &b| doubt(a).total_cmp(&doubt(b)).then(b.cmp(&a)))
            .filter(|&f| doubt(f) > SURE);
        least_sure.or_else(|| {
            let near = |f: usize| self.dual.promise[f].abs();
            free.min_by(|&a, &b| near(a).total_cmp(&near(b)).then(a.cmp(&b)))
        })
    }
}

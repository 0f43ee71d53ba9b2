//! The end of a large market: what the prices leave undecided, solved exactly.
//!
//! With a bound and an award at hand, an option whose surplus at the prices is further below zero
//! than the gap belongs to no better award, and one whose surplus is further above it to all of
//! them (reduced cost fixing: Crowder, Johnson and Padberg 1983). What remains is often small: the
//! undecided options, and on their lots the part of each curve that they compete with.

use crate::core::{Core, FREE};
use crate::dual::Dual;
use crate::state::{Curves, State};
use postroad_optimization::parts::Parts;
use postroad_optimization::{Control, lp, mip};
use std::collections::BTreeMap;

/// Most options, and most items of options, that are left to the exact method.
const MOST_OPTIONS: usize = 5000;
const MOST_ITEMS: usize = 200_000;

/// What the exact method found about the market.
pub(crate) struct Reduced {
    /// Options taken by the best award found.
    pub(crate) taken: Vec<bool>,
    /// No award is worth more.
    pub(crate) bound: i64,
}

/// Whether what an award of `value` leaves undecided is little enough: each part of it that shares
/// no lot and no group with the rest, and all items together.
pub(crate) fn fits(core: &Core, dual: &Dual, value: i64) -> bool {
    let decided = decide(core, dual, value);
    let open: Vec<usize> = (0..decided.len()).filter(|&o| decided[o].is_none()).collect();
    let items: usize = open.iter().map(|&option| core.items(option).len()).sum();
    items <= MOST_ITEMS && (open.len() <= MOST_OPTIONS || largest_part(core, &open) <= MOST_OPTIONS)
}

/// Options of the largest part.
fn largest_part(core: &Core, open: &[usize]) -> usize {
    let groups = core.lots();
    let shared = groups + core.group_limit.len();
    let mut parts = Parts::new(shared + core.shared.len());
    let first = |option: usize| core.items(option)[0].0 as usize;
    for &option in open {
        for &(lot, _) in core.items(option) {
            parts.join(first(option), lot as usize);
            let number = core.shared_of[lot as usize];
            if number != FREE {
                parts.join(first(option), shared + number as usize);
            }
        }
        let group = core.choices[option].group;
        if group != FREE {
            parts.join(first(option), groups + group as usize);
        }
    }
    parts.largest(open.iter().map(|&option| (first(option), 1)))
}

/// Solves what is undecided, in a tree of at most so many nodes without a time limit. `bound` is
/// the best one so far, in whole micros.
pub(crate) fn solve(
    core: &Core,
    curves: &Curves,
    dual: &Dual,
    bound: i64,
    best: &State<'_>,
    most_nodes: u64,
    control: &Control,
) -> Reduced {
    let decided = decide(core, dual, best.value);
    let open: Vec<usize> = (0..decided.len()).filter(|&o| decided[o].is_none()).collect();
    let mut base = State::new(core, curves);
    for option in (0..decided.len()).filter(|&o| decided[o] == Some(true)) {
        // Options that belong to every better award fit together, or there is no better award.
        if !base.group_allows(option) || base.growth(option).is_none() {
            return Reduced { taken: best.taken.clone(), bound: best.value };
        }
        base.take(option);
    }
    let problem = Remainder::new(core, &base, &open);
    let start = problem.point(core, &base, &open, best);
    let nodes = if control.seconds_left().is_finite() { u64::MAX } else { most_nodes };
    let config = mip::Config { nodes, ..mip::Config::default() };
    let solved = mip::solve(&problem.mip, &config, control, start.as_deref());
    let mut taken = best.taken.clone();
    let mut value = best.value;
    if !solved.x.is_empty() {
        let mut state = base.clone();
        for (&option, _) in open.iter().zip(&solved.x).filter(|(_, x)| **x > 0.5) {
            if state.group_allows(option) && state.growth(option).is_some() {
                state.take(option);
            }
        }
        if state.value > value {
            value = state.value;
            taken = state.taken;
        }
    }
    let proven = match solved.status {
        mip::Status::Optimal | mip::Status::Infeasible => value,
        // A parcel of a micro for rounding on the way to whole numbers.
        _ => (problem.constant - solved.bound.floor()).min(bound as f64) as i64,
    };
    Reduced { taken, bound: proven.clamp(value, bound.max(value)) }
}

/// Which options are decided by their surplus alone, as an award of `value` is known. Only the bound
/// at these very prices says how far an option may be from the best; a better one from elsewhere
/// does not.
fn decide(core: &Core, dual: &Dual, value: i64) -> Vec<Option<bool>> {
    // Far more than the rounding errors of a surplus.
    let gap = (dual.bound - value as f64).max(0.0) + 1e-9 * dual.bound.abs();
    let surplus: Vec<f64> =
        (0..core.choices.len()).map(|o| core.surplus(o, &dual.prices)).collect();
    let mut decided: Vec<Option<bool>> =
        surplus.iter().map(|&s| (s < -gap).then_some(false)).collect();
    for (option, choice) in core.choices.iter().enumerate() {
        if choice.group == FREE && surplus[option] > gap {
            decided[option] = Some(true);
        }
    }
    for group in 0..core.group_limit.len() {
        if core.group_limit[group] == 1 {
            decide_in_group(core, group as u32, &surplus, gap, &mut decided);
        }
    }
    decided
}

/// In a group of which one may be taken: those too far below the best are out, and the best is in
/// if the next one, and none at all, are too far below it.
fn decide_in_group(
    core: &Core,
    group: u32,
    surplus: &[f64],
    gap: f64,
    decided: &mut [Option<bool>],
) {
    let best = core.group(group).iter().map(|&o| surplus[o as usize]).fold(0.0, f64::max);
    for &option in core.group(group) {
        if surplus[option as usize] < best - gap {
            decided[option as usize] = Some(false);
        }
    }
    let open: Vec<u32> =
        core.group(group).iter().copied().filter(|&o| decided[o as usize].is_none()).collect();
    if open.len() == 1 && surplus[open[0] as usize] > gap {
        decided[open[0] as usize] = Some(true);
    }
}

/// The undecided options as a mixed-integer programme: a column for each, then pieces of curves.
struct Remainder {
    mip: mip::Problem,
    /// Value without any undecided option and without the pieces.
    constant: f64,
    /// The lot of each piece.
    piece_lot: Vec<u32>,
    /// Parcels of each such lot that no choice of options reaches.
    least: BTreeMap<u32, u32>,
}

impl Remainder {
    fn new(core: &Core, base: &State<'_>, open: &[usize]) -> Self {
        let mut lp = lp::Problem::default();
        let mut terms_of_lot = BTreeMap::<u32, Vec<(u32, f64)>>::new();
        let mut terms_of_group = BTreeMap::<u32, Vec<(u32, f64)>>::new();
        for (column, &option) in open.iter().enumerate() {
            let choice = &core.choices[option];
            lp.columns.push(lp::Column { cost: -(choice.gain as f64), lower: 0.0, upper: 1.0 });
            if choice.group != FREE {
                terms_of_group.entry(choice.group).or_default().push((column as u32, 1.0));
            }
            for &(lot, parcels) in core.items(option) {
                let term = (column as u32, f64::from(parcels));
                terms_of_lot.entry(lot).or_default().push(term);
            }
        }
        for (group, terms) in terms_of_group {
            let upper = f64::from(core.group_limit[group as usize]);
            lp.rows.push(lp::Row { lower: f64::NEG_INFINITY, upper, terms });
        }
        let mut constant = base.value as f64;
        // Of each shared capacity that an option touches, all lots.
        let mut terms_of_shared = BTreeMap::<u32, BTreeMap<u32, f64>>::new();
        for &number in terms_of_lot.keys().map(|&lot| &core.shared_of[lot as usize]) {
            if number != FREE {
                terms_of_shared.entry(number).or_default();
            }
        }
        for &number in terms_of_shared.keys() {
            constant -= base.shared_value(number as usize) as f64;
            for &lot in &core.shared[number as usize].lots {
                terms_of_lot.entry(lot).or_default();
            }
        }
        let mut piece_lot = Vec::new();
        let mut least_of = BTreeMap::new();
        for (lot, mut terms) in terms_of_lot {
            let free = base.free(lot);
            let wanted: f64 = terms.iter().map(|term| term.1).sum();
            let shared = terms_of_shared.get_mut(&core.shared_of[lot as usize]);
            let alone = (f64::from(free) - wanted).max(0.0) as u32;
            let least = if shared.is_some() { 0 } else { alone };
            least_of.insert(lot, least);
            for (gain, width) in base.pieces(lot, least, free) {
                if shared.is_none() {
                    constant -= (gain * i64::from(width)) as f64;
                }
                terms.push((lp.columns.len() as u32, 1.0));
                let cost = -(gain as f64);
                lp.columns.push(lp::Column { cost, lower: 0.0, upper: f64::from(width) });
                piece_lot.push(lot);
            }
            if let Some(shared) = shared {
                for &(column, parcels) in &terms {
                    *shared.entry(column).or_insert(0.0) += parcels;
                }
            }
            let upper = f64::from(free - least);
            lp.rows.push(lp::Row { lower: f64::NEG_INFINITY, upper, terms });
        }
        for (number, terms) in terms_of_shared {
            let upper = f64::from(base.free_shared(number as usize));
            let terms = terms.into_iter().collect();
            lp.rows.push(lp::Row { lower: f64::NEG_INFINITY, upper, terms });
        }
        let is_integer = vec![true; lp.columns.len()];
        let mip = mip::Problem { lp, is_integer, implied: Vec::new() };
        Self { mip, constant, piece_lot, least: least_of }
    }

    /// An award as a point of the programme; none if it differs in what is decided.
    fn point(
        &self,
        core: &Core,
        base: &State<'_>,
        open: &[usize],
        award: &State<'_>,
    ) -> Option<Vec<f64>> {
        let is_open = |o: usize| open.binary_search(&o).is_ok();
        let same = |o: usize| is_open(o) || base.taken[o] == award.taken[o];
        if !(0..core.choices.len()).all(same) {
            return None;
        }
        let mut x: Vec<f64> = open.iter().map(|&o| f64::from(u8::from(award.taken[o]))).collect();
        let sold = award.for_curves();
        let left =
            self.least.iter().map(|(&lot, &least)| (lot, sold[lot as usize].saturating_sub(least)));
        let mut left: BTreeMap<u32, f64> = left.map(|(lot, n)| (lot, f64::from(n))).collect();
        for (piece, lot) in self.piece_lot.iter().enumerate() {
            let left = left.get_mut(lot)?;
            let width = left.min(self.mip.lp.columns[open.len() + piece].upper);
            *left -= width;
            x.push(width);
        }
        Some(x)
    }
}

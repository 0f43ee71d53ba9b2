//! Weighted set packing: bids of all or nothing over goods of which there is one each.
//!
//! What cannot win goes first; what shares no good is solved apart. A local search gives an answer;
//! where few bids go together a search for heavy cliques proves it, elsewhere branch and cut. All
//! answers and bounds are whole numbers.

mod cliques;
mod local;
mod reduce;
#[cfg(test)]
mod tests;
mod ties;

pub use ties::Drawn;

use local::Local;
use postroad_optimization::Control;
use postroad_optimization::conflicts::Conflicts;
use postroad_optimization::lp::{self, Column, Row};
use postroad_optimization::mip;

/// Bids over goods, each good of capacity 1: no two bids that are chosen may share a good.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Packing {
    /// Number of goods; goods are 0 .. `goods`.
    pub goods: usize,
    /// What each bid is worth, in any unit.
    pub values: Vec<i64>,
    /// The goods of each bid.
    pub bids: Vec<Vec<u32>>,
}

/// How to search.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Config {
    /// Seed of the local search.
    pub seed: u64,
    /// Nodes of each tree at most.
    pub nodes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { seed: 0, nodes: u64::MAX }
    }
}

/// What a search found.
#[derive(Clone, PartialEq, Debug)]
pub struct Solved {
    /// Which bids win.
    pub chosen: Vec<bool>,
    /// What they are worth together.
    pub value: i64,
    /// No choice is worth more.
    pub bound: i64,
    /// Whether value and bound are the same.
    pub proven: bool,
    /// Nodes of all trees.
    pub nodes: u64,
}

/// Below this share of pairs that go together the search for cliques comes first.
const CLIQUES_DENSITY: f64 = 0.12;
/// Nodes of the search for cliques before branch and cut takes over.
const CLIQUES_NODES: u64 = 300_000;
/// Rounds of local search for each bid: at first, where few bids go together and where many do, when
/// the root of the tree left a gap, and in each of some runs when a tree did.
const LOCAL_DENSE: usize = 1;
const LOCAL_FIRST: usize = 4;
const LOCAL_SECOND: usize = 20;
const LOCAL_LATER: usize = 400;
const LOCAL_RUNS: usize = 5;
/// The part of these rounds that is done where the last solve's answer is at hand.
const LOCAL_AGAIN: usize = 4;
/// Local search forces no bid in whose reduced cost is above this part of the gap.
const FOCUS: f64 = 0.05;
/// Below this gap the tree finds what is missing.
const SMALL_GAP: f64 = 0.005;
/// Nodes of the first tree times the number of bids, and how much larger each later one is.
const SMALL_TREE: u64 = 200_000;
const TREE_GROWTH: u64 = 8;
/// Answers come from local search, so the trees look for bounds.
const PLUNGE: f64 = 0.1;
/// Most connected bids for which pairs are kept (1 bit each, and 4 bytes if they share a good), and
/// most pairs that share one; larger parts go to branch and cut as they are.
const CONFLICTS_MAX: usize = 30_000;
const PAIRS_MAX: usize = 50_000_000;
/// Values that sum to less are exact as floating-point numbers.
const EXACT: i64 = 1 << 52;

/// A packing problem with what was learned from solving it. Values change and bids are forbidden
/// between solves; parts in which nothing changed keep their answer.
#[derive(Clone, Debug)]
pub struct Solver {
    values: Vec<i64>,
    is_forbidden: Vec<bool>,
    parts: Vec<Part>,
    /// Bids without goods, which exclude nothing.
    free: Vec<u32>,
}

/// Bids that are connected by shared goods.
#[derive(Clone, Debug)]
struct Part {
    bids: Vec<u32>,
    conflicts: Conflicts,
    /// Bids of each good, in numbers of the part; none within another.
    goods: Vec<Vec<u32>>,
    tree: Option<mip::Solver>,
    /// Worth of each bid at the last solve, and its answer.
    last: Option<(Vec<i64>, Answer)>,
}

/// Answer of a part.
#[derive(Clone, Debug)]
struct Answer {
    chosen: Vec<bool>,
    value: i64,
    bound: i64,
    nodes: u64,
}

/// Searches once.
///
/// # Panics
/// As [`Solver::new`].
pub fn solve(
    packing: &Packing,
    config: &Config,
    control: &Control,
    start: Option<&[bool]>,
) -> Solved {
    Solver::new(packing).solve(config, control, start)
}

impl Solver {
    /// Prepares a problem.
    ///
    /// # Panics
    /// If there is not one value for each bid, if a bid names a good that is not there, or if the
    /// values sum to more than an `i64` holds.
    pub fn new(packing: &Packing) -> Self {
        assert_eq!(packing.values.len(), packing.bids.len(), "one value for each bid");
        let components = reduce::components(packing.goods, &packing.bids);
        let parts = components.into_iter().map(|bids| Part::new(bids, packing)).collect();
        let free = (0..packing.bids.len() as u32).filter(|&b| packing.bids[b as usize].is_empty());
        let mut solver = Self {
            values: Vec::new(),
            is_forbidden: vec![false; packing.bids.len()],
            parts,
            free: free.collect(),
        };
        solver.set_values(&packing.values);
        solver
    }

    /// Sets what each bid is worth.
    ///
    /// # Panics
    /// If there is not one value for each bid, or if the values sum to more than an `i64` holds.
    pub fn set_values(&mut self, values: &[i64]) {
        assert_eq!(values.len(), self.is_forbidden.len(), "one value for each bid");
        let total =
            values.iter().try_fold(0_i64, |sum, value| sum.checked_add(value.max(&0).to_owned()));
        assert!(total.is_some(), "the values sum to more than an i64 holds");
        self.values = values.to_vec();
    }

    /// Forbids a bid to win, or allows it again.
    pub fn set_forbidden(&mut self, bid: usize, is_forbidden: bool) {
        self.is_forbidden[bid] = is_forbidden;
    }

    /// Searches for the choice of bids that is worth most. A `start` in which no two bids share a
    /// good is improved upon; another is passed over.
    pub fn solve(&mut self, config: &Config, control: &Control, start: Option<&[bool]>) -> Solved {
        let Self { values, is_forbidden, parts, free } = self;
        let mut solved = Solved {
            chosen: vec![false; values.len()],
            value: 0,
            bound: 0,
            proven: true,
            nodes: 0,
        };
        for (&bid, value) in free.iter().zip(worths(free, values, is_forbidden)) {
            solved.chosen[bid as usize] = value > 0;
            solved.value += value;
            solved.bound += value;
        }
        for part in parts {
            let values = worths(&part.bids, values, is_forbidden);
            let start: Option<Vec<bool>> =
                start.map(|start| part.bids.iter().map(|&bid| start[bid as usize]).collect());
            part.solve(values, config, control, start.as_deref());
            let Some((_, answer)) = &part.last else { continue };
            for (&bid, &chosen) in part.bids.iter().zip(&answer.chosen) {
                solved.chosen[bid as usize] = chosen;
            }
            solved.value += answer.value;
            solved.bound += answer.bound;
            solved.nodes += answer.nodes;
        }
        solved.proven = solved.value == solved.bound;
        solved
    }
}

impl Part {
    fn new(bids: Vec<u32>, packing: &Packing) -> Self {
        let goods = reduce::goods(&bids, packing);
        let listed: usize = goods.iter().map(|members| members.len() * members.len()).sum();
        let pairs = listed.min(bids.len() * bids.len());
        let is_small = bids.len() <= CONFLICTS_MAX && pairs <= PAIRS_MAX;
        let mut conflicts = Conflicts::new(if is_small { bids.len() } else { 0 });
        if !is_small {
            return Self { bids, conflicts, goods, tree: None, last: None };
        }
        goods.iter().for_each(|members| conflicts.add_clique(members));
        Self { bids, conflicts, goods, tree: None, last: None }
    }

    /// Brings the answer up to date.
    fn solve(
        &mut self,
        values: Vec<i64>,
        config: &Config,
        control: &Control,
        start: Option<&[bool]>,
    ) {
        let is_known = |last: &(Vec<i64>, Answer)| last.0 == values && last.1.value == last.1.bound;
        if !self.last.as_ref().is_some_and(is_known) {
            let answer = self.search(&values, config, control, start);
            self.last = Some((values, answer));
        }
    }

    fn search(
        &mut self,
        values: &[i64],
        config: &Config,
        control: &Control,
        start: Option<&[bool]>,
    ) -> Answer {
        if self.conflicts.is_empty() {
            let settings = mip::Config { nodes: config.nodes, ..mip::Config::default() };
            let start = self.usable(start, values);
            return self.branch_and_cut(values, &settings, control, &start);
        }
        let values = &reduce::without_dominated(&self.conflicts, values, 0);
        let old = self.last.as_ref().map(|last| last.1.chosen.as_slice());
        let starts: Vec<&[bool]> = [start, old].into_iter().flatten().collect();
        let mut local = Local::new(&self.conflicts, values, config.seed, &starts);
        // A problem that was solved before has an answer to start from.
        let share = if old.is_some() { LOCAL_AGAIN } else { 1 };
        let is_dense = reduce::compatible(&self.conflicts, values) < CLIQUES_DENSITY;
        let first = if is_dense { LOCAL_DENSE } else { LOCAL_FIRST };
        local.run(first * values.len() / share, control);
        let known = local.best().0;
        if is_dense {
            let budget = CLIQUES_NODES.min(config.nodes);
            let found = cliques::search(&self.conflicts, values, known, budget, control);
            let chosen = found.better.unwrap_or_else(|| local.best().1.to_vec());
            if found.is_complete {
                let value = worth(&chosen, values);
                return Answer { chosen, value, bound: value, nodes: found.nodes };
            }
            local.offer(&chosen);
        }
        // The root alone, then larger and larger trees; local search in between.
        let (mut nodes, mut bound, mut total) = (0, i64::MAX, 0);
        loop {
            let is_root = nodes == 0;
            let settings = mip::Config {
                nodes: config.nodes.min(nodes),
                cut_rounds: if is_root { mip::Config::default().cut_rounds } else { 0 },
                plunge: PLUNGE,
                ..mip::Config::default()
            };
            let mut answer = self.branch_and_cut(values, &settings, control, local.best().1);
            bound = bound.min(answer.bound);
            total += answer.nodes;
            (answer.bound, answer.nodes) = (bound, total);
            if answer.value == bound || config.nodes <= nodes || control.is_over() {
                return answer;
            }
            local.offer(&answer.chosen);
            if let Some(tree) = &self.tree {
                local.focus(tree.reduced_costs(), FOCUS * (bound - answer.value) as f64);
            }
            if (bound - answer.value) as f64 > SMALL_GAP * answer.value as f64 {
                let runs = if is_root { 1 } else { LOCAL_RUNS };
                let rounds = if is_root { LOCAL_SECOND } else { LOCAL_LATER };
                (0..runs).for_each(|_| local.run(rounds * values.len() / share, control));
            }
            nodes = nodes.saturating_mul(TREE_GROWTH).max(1 + SMALL_TREE / values.len() as u64);
        }
    }

    /// The bids of value of a start; none if some of them share a good.
    fn usable(&self, start: Option<&[bool]>, values: &[i64]) -> Vec<bool> {
        let nothing = vec![false; values.len()];
        let Some(start) = start else { return nothing };
        let chosen: Vec<bool> = start.iter().zip(values).map(|(&c, &v)| c && v > 0).collect();
        let wanted = |good: &Vec<u32>| good.iter().filter(|&&bid| chosen[bid as usize]).count();
        if self.goods.iter().all(|good| wanted(good) <= 1) { chosen } else { nothing }
    }

    fn branch_and_cut(
        &mut self,
        values: &[i64],
        settings: &mip::Config,
        control: &Control,
        chosen: &[bool],
    ) -> Answer {
        let start: Vec<f64> = chosen.iter().map(|&c| f64::from(u8::from(c))).collect();
        let tree = self.prepare(values);
        let found = tree.solve(settings, control, Some(&start));
        let better: Vec<bool> = found.x.iter().map(|&x| x > 0.5).collect();
        let is_better = worth(&better, values) > worth(chosen, values);
        let chosen = if is_better { better } else { chosen.to_vec() };
        let value = worth(&chosen, values);
        let total: i64 = values.iter().sum();
        let is_exact = total < EXACT && found.status == mip::Status::Optimal;
        let bound = if is_exact { value } else { (-found.bound).floor().min(total as f64) as i64 };
        Answer { chosen, value, bound: bound.max(value), nodes: found.nodes }
    }

    /// The tree with these values.
    fn prepare(&mut self, values: &[i64]) -> &mut mip::Solver {
        let goods = &self.goods;
        let tree =
            self.tree.get_or_insert_with(|| mip::Solver::new(&programme(goods, values.len())));
        for (j, &value) in values.iter().enumerate() {
            // Rounded up, so that the bound stays one where values are not exact.
            let cost = value as f64;
            tree.set_cost(j, -if (cost as i64) < value { cost.next_up() } else { cost });
            tree.set_bounds(j, 0.0, if value > 0 { 1.0 } else { 0.0 });
        }
        tree
    }
}

/// What each of some bids is worth; 0 if it is forbidden.
fn worths(bids: &[u32], values: &[i64], is_forbidden: &[bool]) -> Vec<i64> {
    let worth = |bid: usize| if is_forbidden[bid] { 0 } else { values[bid].max(0) };
    bids.iter().map(|&bid| worth(bid as usize)).collect()
}

fn worth(chosen: &[bool], values: &[i64]) -> i64 {
    chosen.iter().zip(values).filter(|(chosen, _)| **chosen).map(|(_, value)| value).sum()
}

/// One row for each good.
fn programme(goods: &[Vec<u32>], bids: usize) -> mip::Problem {
    let rows = goods.iter().map(|members| Row {
        lower: f64::NEG_INFINITY,
        upper: 1.0,
        terms: members.iter().map(|&bid| (bid, 1.0)).collect(),
    });
    let column = Column { cost: -1.0, lower: 0.0, upper: 1.0 };
    mip::Problem {
        lp: lp::Problem { columns: vec![column; bids], rows: rows.collect() },
        is_integer: vec![true; bids],
        implied: Vec::new(),
    }
}

//! The tree: relaxations with bounds that hold, children dived into first, best bound otherwise.

use super::branching::{Candidate, History, score};
use super::cuts::{broken_rows, separate};
use super::domain::{Domain, Empty, Structure, WHOLE};
use super::scale::{Scaled, cost_factor};
use super::{Config, Problem, Solved, Status};
use crate::Control;
use crate::lp::{Basis, Simplex, Snapshot, Status as LpStatus};
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::rc::Rc;

/// A gap that counts as none where costs are not whole, beside the value and the costs.
const NO_GAP: f64 = 1e-9;
/// Rows a point may miss by this much, beside the size of the row.
const FEASIBLE: f64 = 1e-6;
/// Iterations of a trial in strong branching, and candidates tried at a node.
const TRIAL_ITERATIONS: usize = 60;
const TRIALS: usize = 10;
/// Candidates in a row that are no better before trying ends.
const TRIALS_IN_VAIN: usize = 4;
/// Nodes between roundings, and between dives.
const ROUND_EVERY: u64 = 10;
const DIVE_EVERY: u64 = 200;
/// Relaxations at a node: columns that get fixed ask for another.
const ROUNDS: usize = 10;
/// A round of cuts that raises the bound by less of the gap than this counts as in vain.
const CUT_GAIN: f64 = 0.005;
const CUTS_IN_VAIN: usize = 3;

/// What stays from solve to solve.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) scaled: Scaled,
    pub(super) structure: Structure,
    pub(super) simplex: Simplex,
    costs: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    history: History,
    basis: Option<Basis>,
    /// Of the columns at the root of the last search, in the problem's units.
    reduced_costs: Vec<f64>,
}

/// A subproblem that is waiting.
struct Node {
    bound: f64,
    /// Narrowed columns on the way from the root.
    path: Vec<(u32, f64, f64)>,
    basis: Rc<Basis>,
    /// Branching that made it: column, upwards, distance.
    branch: Option<(usize, bool, f64)>,
}

/// What a relaxation says.
pub(super) enum Relaxed {
    /// Nothing better is here.
    Pruned,
    /// A bound; `point` holds the optimum.
    Bound(f64),
    /// The linear programme could not be solved.
    Unsolved,
}

/// What to do at a node.
enum Choice {
    Branch(usize, f64),
    /// A trial showed that these bounds hold for this column.
    Narrowed(usize, f64, f64),
    None,
}

/// What a trial says of a column.
enum Trial {
    Score(f64),
    /// Only these bounds are possible.
    Only(f64, f64),
}

/// One search.
pub(super) struct Search<'a> {
    pub(super) tree: &'a mut Tree,
    config: &'a Config,
    control: &'a Control,
    pub(super) domain: Domain,
    /// Trail position that belongs to the root.
    root: usize,
    /// Optimum of the last relaxation.
    pub(super) point: Vec<f64>,
    best: Option<(f64, Vec<f64>)>,
    /// Costs are multiples of this; 0 if not known to be.
    step: f64,
    open: BinaryHeap<Node>,
    nodes: u64,
    /// Bound of subproblems that had to be given up.
    lost: f64,
    /// The best bound at the root.
    root_bound: f64,
    /// Reduced costs of a relaxation of the root and its own bound, to fix columns whenever a better
    /// point is found.
    root_costs: Vec<f64>,
    root_costs_bound: f64,
    fixed_for: f64,
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
    /// The least bound is the greatest; deeper first among equals.
    fn cmp(&self, other: &Self) -> Ordering {
        other.bound.total_cmp(&self.bound).then(self.path.len().cmp(&other.path.len()))
    }
}

impl Tree {
    pub(super) fn new(problem: &Problem) -> Self {
        let n = problem.lp.columns.len();
        assert_eq!(problem.is_integer.len(), n, "whole or not, for each column");
        let scaled = Scaled::new(problem);
        let round = |j: usize, value: f64, up: bool| match (problem.is_integer[j], up) {
            (false, _) => value,
            (true, true) => (value - WHOLE).ceil(),
            (true, false) => (value + WHOLE).floor(),
        };
        let columns = &scaled.lp.columns;
        let lower: Vec<f64> = (0..n).map(|j| round(j, columns[j].lower, true)).collect();
        let upper: Vec<f64> = (0..n).map(|j| round(j, columns[j].upper, false)).collect();
        let structure = Structure::new(&scaled.lp.rows, &problem.is_integer, &lower, &upper);
        let simplex = Simplex::new(&scaled.lp);
        let costs = problem.lp.columns.iter().map(|c| c.cost).collect();
        let history = History::new(n);
        Self {
            scaled,
            structure,
            simplex,
            costs,
            lower,
            upper,
            history,
            basis: None,
            reduced_costs: Vec::new(),
        }
    }

    pub(super) fn reduced_costs(&self) -> &[f64] {
        &self.reduced_costs
    }

    pub(super) fn set_cost(&mut self, column: usize, cost: f64) {
        self.costs[column] = cost;
    }

    pub(super) fn set_bounds(&mut self, column: usize, lower: f64, upper: f64) {
        let factor = self.scaled.column[column];
        let scaled = &self.scaled.lp.columns[column];
        self.lower[column] = (lower / factor).max(scaled.lower);
        self.upper[column] = (upper / factor).min(scaled.upper);
    }

    /// Brings costs that were changed into scaled units.
    fn rescale_costs(&mut self) {
        let factors = &self.scaled.column;
        let factor = cost_factor(self.costs.iter().zip(factors).map(|(c, f)| c * f));
        self.scaled.cost = factor;
        for (j, cost) in self.costs.iter().enumerate() {
            let scaled = cost * self.scaled.column[j] / factor;
            self.scaled.lp.columns[j].cost = scaled;
            self.simplex.set_cost(j, scaled);
        }
    }

    /// In scaled units, what all costs are multiples of; 0 if nothing.
    fn step(&self) -> f64 {
        let mut common = 0_u64;
        for (&cost, &whole) in self.costs.iter().zip(&self.structure.is_integer) {
            if cost == 0.0 {
                continue;
            }
            if !whole || cost.fract() != 0.0 || cost.abs() > 9e15 {
                return 0.0;
            }
            let (mut a, mut b) = (common, cost.abs() as u64);
            while b > 0 {
                (a, b) = (b, a % b);
            }
            common = a;
        }
        common as f64 / self.scaled.cost
    }

    pub(super) fn solve(
        &mut self,
        config: &Config,
        control: &Control,
        start: Option<&[f64]>,
    ) -> Solved {
        self.rescale_costs();
        let domain = Domain::new(self.lower.clone(), self.upper.clone(), self.structure.rows.len());
        let step = self.step();
        let mut search = Search {
            config,
            control,
            domain,
            root: 0,
            point: vec![0.0; self.costs.len()],
            best: None,
            step,
            open: BinaryHeap::new(),
            nodes: 0,
            lost: f64::INFINITY,
            root_bound: f64::NEG_INFINITY,
            root_costs: Vec::new(),
            root_costs_bound: f64::NEG_INFINITY,
            fixed_for: f64::INFINITY,
            tree: self,
        };
        if let Some(start) = start {
            let factors = &search.tree.scaled.column;
            let scaled = start.iter().zip(factors).map(|(x, f)| x / f).collect();
            search.offer(scaled);
        }
        search.run()
    }

    /// Whether a scaled point keeps all bounds.
    fn admits(&self, x: &[f64]) -> bool {
        x.len() == self.costs.len()
            && x.iter().enumerate().all(|(j, &x)| {
                let slack = FEASIBLE * (1.0 + x.abs());
                x >= self.lower[j] - slack
                    && x <= self.upper[j] + slack
                    && (!self.structure.is_integer[j] || x == x.round())
            })
            && self.structure.rows.iter().all(|row| {
                let form: f64 = row.terms.iter().map(|&(j, a)| a * x[j as usize]).sum();
                let slack = |limit: f64| FEASIBLE * (1.0 + limit.abs());
                form >= row.lower - slack(row.lower) && form <= row.upper + slack(row.upper)
            })
    }
}

impl Search<'_> {
    fn run(mut self) -> Solved {
        self.domain.queue_all();
        let mut bounds = self.domain.lower.iter().zip(&self.domain.upper);
        let is_possible = bounds.all(|(lower, upper)| lower <= upper) && self.propagate().is_ok();
        self.root = self.domain.mark();
        if is_possible && let Some(root) = self.solve_root() {
            self.explore(root);
        }
        self.conclude()
    }

    fn conclude(self) -> Solved {
        let factor = self.tree.scaled.cost;
        let waiting = self.open.iter().map(|node| node.bound).fold(self.lost, f64::min);
        let value = self.best.as_ref().map_or(f64::INFINITY, |best| best.0);
        // What was pruned had bounds from the target up; in whole steps that is the value.
        let is_exact = self.step > 0.0 && self.config.gap <= 0.0;
        let proven = if is_exact { value } else { self.target() };
        let bound = if waiting >= self.target() { proven } else { waiting };
        let status = match (self.best.is_some(), waiting >= self.target()) {
            (true, true) => Status::Optimal,
            (true, false) => Status::Feasible,
            (false, true) => Status::Infeasible,
            (false, false) => Status::Unknown,
        };
        let x = self.best.map_or_else(Vec::new, |best| best.1);
        let factors = &self.tree.scaled.column;
        let x = x.iter().zip(factors).map(|(x, f)| x * f).collect();
        let costs = self.root_costs.iter().zip(factors);
        self.tree.reduced_costs = costs.map(|(cost, f)| cost / f * factor).collect();
        Solved { x, value: value * factor, bound: bound * factor, status, nodes: self.nodes }
    }

    /// A subproblem whose bound reaches this can hold nothing that is wanted.
    pub(super) fn target(&self) -> f64 {
        let unwanted = self.wanted().map_or(f64::INFINITY, f64::next_up);
        let Some((value, _)) = self.best else { return unwanted };
        let target = if self.step > 0.0 {
            (value - self.step).next_up().min(value - self.config.gap * value.abs())
        } else {
            value - (self.config.gap * value.abs()).max(NO_GAP * (1.0 + value.abs()))
        };
        target.min(unwanted)
    }

    /// The scaled cost a point must not pass to be of use.
    fn wanted(&self) -> Option<f64> {
        self.config.wanted.map(|cost| cost / self.tree.scaled.cost)
    }

    /// Whether the one point that was looked for is there.
    fn is_enough(&self) -> bool {
        let value = self.best.as_ref().map_or(f64::INFINITY, |best| best.0);
        self.wanted().is_some_and(|wanted| value <= wanted)
    }

    pub(super) fn narrow(&mut self, j: usize, lower: f64, upper: f64) -> Result<(), Empty> {
        self.domain.narrow(&self.tree.structure, j, lower, upper)
    }

    pub(super) fn propagate(&mut self) -> Result<(), Empty> {
        self.domain.propagate(&self.tree.structure)
    }

    pub(super) fn undo(&mut self, mark: usize) {
        self.domain.undo(mark);
    }

    /// Solves the relaxation within the current bounds.
    pub(super) fn relax(&mut self, iterations: usize) -> Relaxed {
        let target = self.target();
        let simplex = &mut self.tree.simplex;
        for (j, (&lower, &upper)) in self.domain.lower.iter().zip(&self.domain.upper).enumerate() {
            simplex.set_bounds(j, lower, upper);
        }
        let mut cutoff = target + 1e-9 * (1.0 + target.abs());
        for _ in 0..3 {
            match simplex.solve(iterations, cutoff, self.control) {
                LpStatus::Optimal | LpStatus::Limit => {
                    let bound = simplex.safe_bound(&simplex.duals());
                    if bound >= target {
                        return Relaxed::Pruned;
                    }
                    for (j, x) in self.point.iter_mut().enumerate() {
                        *x = simplex.value(j);
                    }
                    return Relaxed::Bound(bound);
                }
                LpStatus::Cutoff if simplex.safe_bound(&simplex.duals()) >= target => {
                    return Relaxed::Pruned;
                }
                LpStatus::Infeasible if simplex.proves_infeasible(simplex.ray()) => {
                    return Relaxed::Pruned;
                }
                LpStatus::Cutoff => cutoff = f64::INFINITY,
                LpStatus::Infeasible | LpStatus::Failed | LpStatus::Unbounded => {
                    simplex.reset();
                    cutoff = f64::INFINITY;
                }
            }
        }
        Relaxed::Unsolved
    }

    /// Whole columns whose value is not whole.
    pub(super) fn broken(&self) -> Vec<(usize, f64)> {
        let is_broken = |&(j, x): &(usize, f64)| {
            self.tree.structure.is_integer[j]
                && !self.domain.is_fixed(j)
                && (x - x.round()).abs() > WHOLE
        };
        self.point.iter().copied().enumerate().filter(is_broken).collect()
    }

    /// Takes the optimum of the relaxation, whose whole columns are whole, as an answer.
    pub(super) fn offer_relaxation(&mut self) {
        let is_integer = &self.tree.structure.is_integer;
        let whole = |(j, &x): (usize, &f64)| if is_integer[j] { x.round() } else { x };
        let x: Vec<f64> = self.point.iter().enumerate().map(whole).collect();
        if self.tree.admits(&x) {
            self.offer(x);
        }
    }

    /// Takes a scaled point as an answer, if it is one and better.
    pub(super) fn offer(&mut self, x: Vec<f64>) {
        if !self.tree.admits(&x) {
            return;
        }
        let factors = &self.tree.scaled.column;
        let costs = self.tree.costs.iter().zip(factors);
        let value = costs.zip(&x).map(|((c, f), x)| c * f * x).sum::<f64>() / self.tree.scaled.cost;
        let is_wanted = self.wanted().is_none_or(|wanted| value <= wanted);
        if is_wanted && self.best.as_ref().is_none_or(|best| value < best.0) {
            self.best = Some((value, x));
            let factor = self.tree.scaled.cost;
            self.control.report(value * factor, self.root_bound * factor);
        }
    }

    /// Relaxation, cuts, fixing and a first dive at the root.
    fn solve_root(&mut self) -> Option<Node> {
        match &self.tree.basis {
            Some(basis) => self.tree.simplex.set_basis(basis),
            None => self.tree.simplex.reset(),
        }
        match self.relax(usize::MAX) {
            Relaxed::Pruned => return None,
            Relaxed::Bound(bound) => self.root_bound = bound,
            Relaxed::Unsolved => {}
        }
        self.keep_root(self.root_bound);
        self.round();
        if self.root_bound > f64::NEG_INFINITY && !self.cut() {
            return None;
        }
        if !self.broken().is_empty() {
            self.dive();
        }
        let basis = Rc::new(self.tree.simplex.basis());
        Some(Node { bound: self.root_bound, path: Vec::new(), basis, branch: None })
    }

    /// Keeps the last relaxation, of the root, and its bound.
    fn keep_root(&mut self, bound: f64) {
        self.tree.basis = Some(self.tree.simplex.basis());
        self.root_costs = self.reduced_costs();
        self.root_costs_bound = bound;
        self.fixed_for = f64::INFINITY;
    }

    /// Adds cuts as long as they help; whether anything is left.
    fn cut(&mut self) -> bool {
        let mut in_vain = 0;
        for _ in 0..self.config.cut_rounds {
            if in_vain >= CUTS_IN_VAIN || self.control.is_over() || self.broken().is_empty() {
                break;
            }
            let tree = &mut *self.tree;
            let columns = &tree.scaled.lp.columns;
            let lower: Vec<f64> = columns.iter().map(|c| c.lower).collect();
            let upper: Vec<f64> = columns.iter().map(|c| c.upper).collect();
            let mut cuts = separate(&tree.structure, &lower, &upper, &self.point);
            cuts.extend(broken_rows(&tree.scaled.implied, &self.point));
            if cuts.is_empty() {
                break;
            }
            tree.simplex.add_rows(&cuts);
            let before = self.root_bound;
            match self.relax(usize::MAX) {
                Relaxed::Pruned => return false,
                Relaxed::Bound(bound) => {
                    self.root_bound = before.max(bound);
                    self.keep_root(bound);
                }
                Relaxed::Unsolved => break,
            }
            self.round();
            let gap = self.best.as_ref().map_or(before.abs(), |best| best.0 - before);
            in_vain = if self.root_bound - before > CUT_GAIN * gap { 0 } else { in_vain + 1 };
            let base = self.tree.structure.rows.len();
            let simplex = &mut self.tree.simplex;
            let slack: Vec<bool> =
                (0..simplex.row_count()).map(|row| row >= base && simplex.is_slack(row)).collect();
            if slack.iter().any(|&s| s) {
                simplex.remove_rows(|row| slack[row]);
            }
            if self.fix_at_root().is_err() {
                return false;
            }
        }
        self.fix_at_root().is_ok()
    }

    /// Fixes for good what the root's reduced costs and the best answer allow. Call at the root.
    fn fix_at_root(&mut self) -> Result<(), Empty> {
        let Some((value, _)) = self.best else { return Ok(()) };
        if value < self.fixed_for && !self.root_costs.is_empty() {
            self.fixed_for = value;
            let costs = std::mem::take(&mut self.root_costs);
            let result = self.fix(self.root_costs_bound, &costs);
            self.root_costs = costs;
            result?;
        }
        self.propagate()?;
        self.root = self.domain.mark();
        Ok(())
    }

    /// Narrows whole columns that cannot leave their bound without passing the target.
    fn fix(&mut self, bound: f64, costs: &[f64]) -> Result<(), Empty> {
        let target = self.target();
        let room = target - bound + 1e-7 * (1.0 + target.abs());
        if !room.is_finite() {
            return Ok(());
        }
        for (j, &cost) in costs.iter().enumerate() {
            if !self.tree.structure.is_integer[j] || self.domain.is_fixed(j) || cost == 0.0 {
                continue;
            }
            // The bound counts each column at the end its reduced cost asks for, or further out.
            let steps = (room / cost.abs() + WHOLE).floor();
            let (lower, upper) = (self.domain.lower[j], self.domain.upper[j]);
            if cost > 0.0 && lower + steps < upper {
                self.narrow(j, lower, lower + steps)?;
            } else if cost < 0.0 && upper - steps > lower {
                self.narrow(j, upper - steps, upper)?;
            }
        }
        Ok(())
    }

    fn explore(&mut self, root: Node) {
        let mut next = Some(root);
        let mut is_child = false;
        loop {
            let Some(node) = next.take().or_else(|| {
                is_child = false;
                self.open.pop()
            }) else {
                return;
            };
            if node.bound >= self.target() {
                continue;
            }
            if self.nodes >= self.config.nodes || self.is_enough() || self.control.is_over() {
                self.open.push(node);
                return;
            }
            self.nodes += 1;
            if self.enter(&node, is_child).is_ok() {
                next = self.process(node).and_then(|child| self.or_later(child));
            }
            is_child = next.is_some();
        }
    }

    /// A child that is to be gone on with now; another waits with the rest.
    fn or_later(&mut self, child: Node) -> Option<Node> {
        let least = self.open.peek().map_or(child.bound, |node| node.bound);
        if child.bound - least <= self.config.plunge * (self.target() - least) {
            return Some(child);
        }
        self.open.push(child);
        None
    }

    /// Sets the bounds of a node.
    fn enter(&mut self, node: &Node, is_child: bool) -> Result<(), Empty> {
        let last = node.path.len().saturating_sub(1);
        let steps = if is_child { &node.path[last..] } else { &node.path[..] };
        if !is_child {
            self.undo(self.root);
            self.fix_at_root()?;
            self.tree.simplex.set_basis(&node.basis);
        }
        for &(j, lower, upper) in steps {
            self.narrow(j as usize, lower, upper)?;
        }
        self.propagate()
    }

    /// Solves a node; returns the child to go on with.
    fn process(&mut self, mut node: Node) -> Option<Node> {
        let parent = node.bound;
        for round in 0..ROUNDS {
            let is_solved = match self.relax(usize::MAX) {
                Relaxed::Pruned => return None,
                Relaxed::Unsolved => false,
                Relaxed::Bound(bound) => {
                    node.bound = node.bound.max(bound);
                    self.fix(bound, &self.reduced_costs()).ok()?;
                    self.propagate().ok()?;
                    true
                }
            };
            let has_news = |search: &mut Self| search.is_point_outside() || search.add_implied();
            if round + 1 < ROUNDS && is_solved && has_news(self) {
                continue;
            }
            if let Some((column, is_up, distance)) = node.branch.take() {
                self.tree.history.note(column, is_up, node.bound - parent, distance);
            }
            let broken = if is_solved { self.broken() } else { Vec::new() };
            if is_solved {
                self.seek(&broken);
            }
            if node.bound >= self.target() {
                return None;
            }
            match self.choose(node.bound, &broken, round + 1 < ROUNDS).ok()? {
                Choice::Narrowed(column, lower, upper) => {
                    node.path.push((column as u32, lower, upper));
                    self.propagate().ok()?;
                }
                Choice::Branch(column, value) => return Some(self.branch(&node, column, value)),
                Choice::None => {
                    // All whole columns are fixed, and still no answer: nothing more can be said.
                    self.lost = self.lost.min(node.bound);
                    return None;
                }
            }
        }
        None
    }

    /// Adds the implied rows that the relaxation breaks; whether there are any.
    fn add_implied(&mut self) -> bool {
        let rows = broken_rows(&self.tree.scaled.implied, &self.point);
        if !rows.is_empty() {
            self.tree.simplex.add_rows(&rows);
        }
        !rows.is_empty()
    }

    fn reduced_costs(&self) -> Vec<f64> {
        (0..self.point.len()).map(|j| self.tree.simplex.reduced_cost(j)).collect()
    }

    /// Looks for an answer near the relaxation.
    fn seek(&mut self, broken: &[(usize, f64)]) {
        if broken.is_empty() {
            self.offer_relaxation();
        } else if self.nodes.is_multiple_of(DIVE_EVERY) {
            self.dive();
        } else if self.nodes.is_multiple_of(ROUND_EVERY) {
            self.round();
        }
    }

    /// Whether bounds that were narrowed since cut the last point off.
    fn is_point_outside(&self) -> bool {
        let outside = |(j, &x): (usize, &f64)| {
            x < self.domain.lower[j] - WHOLE || x > self.domain.upper[j] + WHOLE
        };
        self.point.iter().enumerate().any(outside)
    }

    /// Makes both children; the one returned is gone on with.
    fn branch(&mut self, node: &Node, column: usize, value: f64) -> Node {
        let basis = Rc::new(self.tree.simplex.basis());
        let fraction = value - value.floor();
        let child = |is_up: bool| {
            let mut path = node.path.clone();
            let (lower, upper) = side(value, is_up);
            path.push((column as u32, lower, upper));
            let distance = if is_up { 1.0 - fraction } else { fraction };
            let branch = Some((column, is_up, distance));
            Node { bound: node.bound, path, basis: Rc::clone(&basis), branch }
        };
        let goes_up = fraction > 0.3;
        self.open.push(child(!goes_up));
        child(goes_up)
    }

    /// A whole column that is not fixed, with a value to part its bounds at.
    fn any_open(&self) -> Option<(usize, f64)> {
        let is_open = |j: &usize| self.tree.structure.is_integer[*j] && !self.domain.is_fixed(*j);
        let j = (0..self.point.len()).find(is_open)?;
        let (lower, upper) = (self.domain.lower[j], self.domain.upper[j]);
        Some((j, self.point[j].clamp(lower, upper - 1.0).floor() + 0.5))
    }

    /// The column to branch on; tries those of which little is known. May narrow one instead.
    fn choose(
        &mut self,
        bound: f64,
        broken: &[(usize, f64)],
        may_narrow: bool,
    ) -> Result<Choice, Empty> {
        let ranked = self.tree.history.rank(broken);
        let is_reliable = |search: &Self, c: &Candidate| search.tree.history.is_reliable(c.column);
        let mut best = ranked.iter().find(|c| is_reliable(self, c)).copied();
        let state =
            ranked.iter().any(|c| !is_reliable(self, c)).then(|| self.tree.simplex.snapshot());
        let (mut tried, mut in_vain) = (0, 0);
        for candidate in ranked {
            let Some(state) = &state else { break };
            if is_reliable(self, &candidate) {
                continue;
            }
            if tried >= TRIALS || in_vain >= TRIALS_IN_VAIN || self.control.is_over() {
                break;
            }
            tried += 1;
            match self.trial(bound, candidate, state) {
                Trial::Only(lower, upper) if may_narrow => {
                    self.narrow(candidate.column, lower, upper)?;
                    return Ok(Choice::Narrowed(candidate.column, lower, upper));
                }
                Trial::Only(..) => return Ok(Choice::Branch(candidate.column, candidate.value)),
                Trial::Score(score) if best.is_none_or(|best| score > best.score) => {
                    best = Some(Candidate { score, ..candidate });
                    in_vain = 0;
                }
                Trial::Score(_) => in_vain += 1,
            }
        }
        let chosen = best.map(|c| (c.column, c.value)).or_else(|| self.any_open());
        Ok(chosen.map_or(Choice::None, |(column, value)| Choice::Branch(column, value)))
    }

    /// Tries both directions for a few iterations.
    fn trial(&mut self, bound: f64, candidate: Candidate, state: &Snapshot) -> Trial {
        let Candidate { column, value, .. } = candidate;
        let point = self.point.clone();
        let mut rises = [0.0; 2];
        for is_up in [false, true] {
            let (lower, upper) = side(value, is_up);
            let mark = self.domain.mark();
            let is_open = self.narrow(column, lower, upper).is_ok() && self.propagate().is_ok();
            let relaxed = if is_open { self.relax(TRIAL_ITERATIONS) } else { Relaxed::Pruned };
            self.undo(mark);
            self.point.copy_from_slice(&point);
            self.tree.simplex.restore(state);
            match relaxed {
                Relaxed::Pruned => {
                    let (lower, upper) = side(value, !is_up);
                    return Trial::Only(lower, upper);
                }
                Relaxed::Bound(found) => rises[usize::from(is_up)] = (found - bound).max(0.0),
                Relaxed::Unsolved => {}
            }
        }
        let fraction = value - value.floor();
        self.tree.history.note(column, false, rises[0], fraction);
        self.tree.history.note(column, true, rises[1], 1.0 - fraction);
        Trial::Score(score(rises[0], rises[1]))
    }
}

/// Bounds that lead a column away from a broken value.
fn side(value: f64, is_up: bool) -> (f64, f64) {
    if is_up { (value.floor() + 1.0, f64::INFINITY) } else { (f64::NEG_INFINITY, value.floor()) }
}

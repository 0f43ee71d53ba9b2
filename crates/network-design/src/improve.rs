//! Better plans: open, close, resize and swap facilities, then shake a neighbourhood and mend it
//! again (iterated local search; the moves are those of Kuehn and Hamburger 1963, judged by
//! capacity prices before they are tried exactly).

use crate::core::{Core, NONE};
use crate::neighbours::Neighbours;
use crate::priced::Priced;
use crate::transport::{CLOSED, Transport};
use postroad_optimization::{Control, Random};
use std::rc::Rc;

/// A closed facility is tried only if the relaxation values it at no more than this part of its
/// cost above worthwhile. A heuristic: a good plan may be lost by it.
const PROMISING: f64 = 0.3;

/// What opening a facility promises.
#[derive(Clone, Copy)]
struct Opening {
    /// About the change of cost, dollars per day; the true change is no lower.
    change: f64,
    level: usize,
    /// Price of its capacity then, dollars per parcel; 0 if there is room left.
    price: f64,
}

/// The search for plans at fixed term prices.
pub(crate) struct Search<'a> {
    core: &'a Core,
    priced: &'a Priced,
    neighbours: Rc<Neighbours>,
    pub(crate) transport: Transport,
    random: Random,
    queue: Vec<u32>,
    is_queued: Vec<bool>,
    touched: Vec<u32>,
    takers: Vec<(f64, f64)>,
    near: Vec<u32>,
    near_stamp: Vec<u32>,
    near_mark: u32,
    stamp: u32,
    demand_stamp: Vec<u32>,
    demand_offer: Vec<f64>,
    /// By how much estimates of moves of a facility were too low, lately.
    doubt: Vec<f64>,
    /// Facilities that may belong to a good plan.
    usable: Vec<u32>,
    children: Vec<Vec<u32>>,
    is_usable: Vec<bool>,
    /// Exact moves that may still be tried.
    pub(crate) tries_left: u64,
}

impl<'a> Search<'a> {
    pub(crate) fn new(core: &'a Core, priced: &'a Priced, promise: &[f64], seed: u64) -> Self {
        let facilities = core.facilities();
        let neighbours = Rc::new(Neighbours::new(core, priced));
        let cheapest = |f: usize| {
            priced.level_cost[core.level_range(f)].iter().copied().fold(f64::INFINITY, f64::min)
        };
        let usable: Vec<u32> = (0..facilities)
            .filter(|&f| !core.arcs(f).is_empty() && promise[f] <= PROMISING * cheapest(f).max(0.0))
            .map(|f| f as u32)
            .collect();
        let mut children = vec![Vec::new(); facilities];
        for (f, &p) in core.parent.iter().enumerate().filter(|(_, p)| **p != NONE) {
            children[p as usize].push(f as u32);
        }
        let mut is_usable = vec![false; facilities];
        usable.iter().for_each(|&f| is_usable[f as usize] = true);
        Self {
            core,
            priced,
            transport: Transport::new(core, priced, &neighbours),
            neighbours,
            random: Random::new(seed),
            queue: Vec::new(),
            is_queued: vec![false; facilities],
            touched: Vec::new(),
            takers: Vec::new(),
            near: Vec::new(),
            near_stamp: vec![0; facilities],
            near_mark: 0,
            stamp: 0,
            demand_stamp: vec![0; core.demands()],
            demand_offer: vec![0.0; core.demands()],
            doubt: vec![0.0; facilities],
            usable,
            is_usable,
            tries_left: u64::MAX,
            children,
        }
    }

    /// Another search of the same problem with everything closed.
    pub(crate) fn fresh(&self) -> Self {
        let transport = Transport::new(self.core, self.priced, &self.neighbours);
        Self {
            core: self.core,
            priced: self.priced,
            neighbours: Rc::clone(&self.neighbours),
            transport,
            random: self.random.clone(),
            queue: Vec::new(),
            is_queued: vec![false; self.is_queued.len()],
            touched: Vec::new(),
            takers: Vec::new(),
            near: Vec::new(),
            near_stamp: vec![0; self.near_stamp.len()],
            near_mark: 0,
            stamp: 0,
            demand_stamp: vec![0; self.demand_stamp.len()],
            demand_offer: vec![0.0; self.demand_offer.len()],
            doubt: self.doubt.clone(),
            usable: self.usable.clone(),
            children: self.children.clone(),
            is_usable: self.is_usable.clone(),
            tries_left: self.tries_left,
        }
    }

    /// Goes on from where another search got.
    pub(crate) fn adopt(&mut self, other: Self) {
        self.transport = other.transport;
    }

    /// Opens what the relaxation mostly opens, the surest first, and in any case enough for the
    /// parcels that have no other place.
    pub(crate) fn construct(&mut self, openness: &[f64], level: &[u32], least: f64) {
        let mut order: Vec<usize> =
            (0..openness.len()).filter(|&f| !self.core.arcs(f).is_empty()).collect();
        // Parents first: a child opens only beside an open parent.
        let is_child = |f: usize| self.core.parent[f] != NONE;
        order.sort_by(|&a, &b| {
            let surer = openness[b].total_cmp(&openness[a]).then(a.cmp(&b));
            is_child(a).cmp(&is_child(b)).then(surer)
        });
        let mut held = 0.0;
        let mut levels = vec![CLOSED; self.core.facilities()];
        for f in order {
            let is_likely = openness[f] >= least || held < self.priced.captive;
            let parent = self.core.parent[f];
            if is_likely && (parent == NONE || levels[parent as usize] != CLOSED) {
                held += self.core.levels(f).last().map_or(0.0, |l| l.capacity);
                levels[f] = level[f] as i32;
            }
        }
        self.transport.place(self.core, self.priced, &levels);
    }

    /// Opens facilities at given levels, as far as the problem has them.
    pub(crate) fn reopen(&mut self, levels: &[Option<u8>]) {
        let known = |f: usize| levels.get(f).copied().flatten();
        let mut chosen = vec![CLOSED; self.core.facilities()];
        for (f, chosen) in chosen.iter_mut().enumerate() {
            let parent = self.core.parent[f];
            let has_parent = parent == NONE || known(parent as usize).is_some();
            if let Some(level) = known(f).filter(|_| has_parent && !self.core.arcs(f).is_empty()) {
                *chosen = (level as usize).min(self.core.levels(f).len() - 1) as i32;
            }
        }
        self.transport.place(self.core, self.priced, &chosen);
    }

    /// Whether a closed facility's parent is open, if it has one.
    fn may_open(&self, facility: usize) -> bool {
        let parent = self.core.parent[facility];
        parent == NONE || self.transport.is_open(parent as usize)
    }

    fn may_close(&self, facility: usize) -> bool {
        self.transport.is_open(facility) && !self.has_open_child(facility)
    }

    fn has_open_child(&self, facility: usize) -> bool {
        let children = &self.children[facility];
        children.iter().any(|&c| self.transport.is_open(c as usize))
    }

    fn level_cost_at(&self, facility: usize, level: usize) -> f64 {
        self.priced.level_cost[self.core.level_start[facility] as usize + level]
    }

    fn level_cost(&self, facility: usize) -> f64 {
        let level = self.transport.level[facility];
        self.priced.level_cost[self.core.level_start[facility] as usize + level as usize]
    }

    /// Cost of opening a facility at its best level less what its demands would save at today's
    /// prices: the true change is no lower.
    fn opening_estimate(&mut self, facility: usize) -> Opening {
        self.takers.clear();
        let mut wanted = 0.0;
        for a in self.core.arcs(facility) {
            let demand = self.core.arc_demand[a] as usize;
            let served = self.transport.served_price(self.core, self.priced, demand);
            let gain = served - self.priced.arc_cost[a];
            if gain > 0.0 {
                self.takers.push((gain, self.core.parcels[demand]));
                wanted += self.core.parcels[demand];
            }
        }
        let range = self.core.level_range(facility);
        if wanted > self.core.levels[range.start].capacity {
            self.takers.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        }
        let mut best = Opening { change: f64::INFINITY, level: 0, price: 0.0 };
        for (level, l) in range.enumerate() {
            let mut left = self.core.levels[l].capacity;
            let mut change = self.priced.level_cost[l];
            let mut price = 0.0;
            for &(gain, parcels) in &self.takers {
                let taken = parcels.min(left);
                change -= gain * taken;
                left -= taken;
                if left <= 0.0 {
                    price = gain;
                    break;
                }
            }
            if change < best.change {
                best = Opening { change, level, price };
            }
        }
        best
    }

    /// What closing a facility would cost at today's prices: the true change is no lower, but for
    /// small facilities that open on the way.
    fn closing_estimate(&self, facility: usize) -> f64 {
        let mut loss = -self.level_cost(facility);
        for a in self.core.arcs(facility) {
            let option = self.core.arc_option[a] as usize;
            let parcels = self.transport.flow[option];
            if parcels > 0.0 {
                let other = self.transport.next_price(self.core, self.priced, a);
                loss += parcels * (other - self.priced.arc_cost[a]);
            }
        }
        loss
    }

    fn enqueue(&mut self, facility: u32) {
        if !self.is_queued[facility as usize] {
            self.is_queued[facility as usize] = true;
            self.queue.push(facility);
        }
    }

    /// Looks again at everything near what changed.
    fn enqueue_touched(&mut self) {
        let mut touched = std::mem::take(&mut self.touched);
        self.transport.take_touched(&mut touched);
        for &f in &touched {
            self.enqueue(f);
            self.collect_near(f as usize);
            let near = std::mem::take(&mut self.near);
            near.iter().for_each(|&g| self.enqueue(g));
            self.near = near;
        }
        touched.clear();
        self.touched = touched;
    }

    fn forget_touched(&mut self) {
        self.touched.clear();
        let mut touched = std::mem::take(&mut self.touched);
        self.transport.take_touched(&mut touched);
        touched.clear();
        self.touched = touched;
    }

    /// Facilities that could serve a demand which this one serves now (or could serve, if closed).
    fn collect_near(&mut self, facility: usize) {
        self.near.clear();
        self.near_mark += 1;
        self.near_stamp[facility] = self.near_mark;
        let open = self.transport.is_open(facility);
        for a in self.core.arcs(facility) {
            if open && self.transport.flow[self.core.arc_option[a] as usize] <= 0.0 {
                continue;
            }
            for o in self.core.options(self.core.arc_demand[a] as usize) {
                let f = self.core.option_facility[o];
                if f != NONE && self.near_stamp[f as usize] != self.near_mark {
                    self.near_stamp[f as usize] = self.near_mark;
                    self.near.push(f);
                }
            }
        }
    }

    /// Descends from every facility.
    pub(crate) fn descend_all(&mut self, enough: f64, control: &Control) {
        for k in 0..self.usable.len() {
            self.enqueue(self.usable[k]);
        }
        // A plan to start from may have opened what does not look promising.
        for f in 0..self.core.facilities() {
            if self.transport.is_open(f) && !self.core.arcs(f).is_empty() {
                self.try_resize(f);
                self.enqueue(f as u32);
            }
        }
        self.random.shuffle(&mut self.queue);
        self.descend(enough, control);
    }

    /// Tries moves on queued facilities until none of them helps, or the cost is low enough.
    pub(crate) fn descend(&mut self, enough: f64, control: &Control) {
        while let Some(f) = self.queue.pop() {
            self.is_queued[f as usize] = false;
            if control.is_over() || self.transport.cost <= enough || self.tries_left == 0 {
                continue;
            }
            let f = f as usize;
            if self.transport.is_open(f) {
                if !self.try_resize(f) && !self.has_open_child(f) {
                    self.try_close(f);
                }
            } else if self.is_usable[f] && self.may_open(f) {
                self.try_open(f);
            }
        }
    }

    fn epsilon(&self) -> f64 {
        1e-9 * self.transport.cost.abs()
    }

    fn try_close(&mut self, facility: usize) -> bool {
        let epsilon = self.epsilon();
        let estimate = self.closing_estimate(facility);
        if self.is_doubtful(facility, estimate) {
            return false;
        }
        let before = self.transport.cost;
        self.transport.begin();
        let done = self.transport.close(self.core, self.priced, facility, before - epsilon);
        self.learn(facility, estimate, done);
        self.finish(done)
    }

    /// Changes the level of an open facility if that saves anything.
    fn try_resize(&mut self, facility: usize) -> bool {
        let levels = self.core.levels(facility).len();
        if levels == 1 {
            return false;
        }
        let now = self.transport.level[facility] as usize;
        let mut best = (f64::INFINITY, now);
        for level in (0..levels).filter(|&l| l != now) {
            let capacity = self.core.levels(facility)[level].capacity;
            let room = self.transport.room(self.core, facility);
            let more = capacity - self.core.levels(facility)[now].capacity;
            // More room saves at most its price; less room costs at least that.
            let used = if more > 0.0 { more } else { (more + room).min(0.0) };
            let mut change = self.level_cost_at(facility, level) - self.level_cost(facility);
            if used != 0.0 && self.transport.price[facility] > 0.0 {
                change -= used * self.transport.price[facility];
            }
            if change < best.0 {
                best = (change, level);
            }
        }
        if self.is_doubtful(facility, best.0) {
            return false;
        }
        let goal = self.transport.cost - self.epsilon();
        self.transport.begin();
        let done = self.transport.resize(self.core, self.priced, facility, best.1, goal);
        self.learn(facility, best.0, done);
        self.finish(done)
    }

    fn finish(&mut self, better: bool) -> bool {
        self.tries_left = self.tries_left.saturating_sub(1);
        if better {
            self.transport.keep();
            self.enqueue_touched();
        } else {
            self.transport.undo(self.core, self.priced);
            self.forget_touched();
        }
        better
    }

    /// Opens a facility, alone or in exchange for a neighbour, if that saves anything.
    fn try_open(&mut self, facility: usize) -> bool {
        let epsilon = self.epsilon();
        let opening = self.opening_estimate(facility);
        let level = opening.level;
        let before = self.transport.cost;
        if !self.is_doubtful(facility, opening.change) {
            self.transport.begin();
            let goal = before - epsilon;
            let (core, priced) = (self.core, self.priced);
            let done = self.transport.open(core, priced, facility, level, goal)
                && self.transport.cost <= goal;
            self.learn(facility, opening.change, done);
            if self.finish(done) {
                return true;
            }
        }
        if opening.change >= self.level_cost_at(facility, level) {
            return false;
        }
        let (estimate, other) = self.best_exchange(facility, &opening);
        if other == usize::MAX {
            return false;
        }
        if self.is_doubtful(facility, estimate) {
            return false;
        }
        self.transport.begin();
        self.transport.open(self.core, self.priced, facility, level, f64::INFINITY);
        let done = self.transport.close(self.core, self.priced, other, before - epsilon);
        self.learn(facility, estimate, done);
        self.finish(done)
    }

    /// Whether an estimate, corrected by how wrong it was here before, promises nothing. The
    /// correction fades, so that every move is tried again now and then.
    fn is_doubtful(&mut self, facility: usize, estimate: f64) -> bool {
        let doubtful = estimate + self.doubt[facility] > -self.epsilon();
        if doubtful {
            self.doubt[facility] *= 0.95;
        }
        doubtful
    }

    fn learn(&mut self, facility: usize, estimate: f64, done: bool) {
        self.doubt[facility] = if done {
            0.5 * self.doubt[facility]
        } else {
            self.doubt[facility].max(-1.5 * estimate)
        };
    }

    /// The open neighbour whose closing goes best with opening `facility`, and about what both
    /// together change; the true change is seldom lower.
    fn best_exchange(&mut self, facility: usize, opening: &Opening) -> (f64, usize) {
        // What each demand saves by the new facility, were there room for all.
        let mut saved = 0.0;
        self.stamp += 1;
        for a in self.core.arcs(facility) {
            let demand = self.core.arc_demand[a] as usize;
            let served = self.transport.served_price(self.core, self.priced, demand);
            let offer = self.priced.arc_cost[a] + opening.price;
            let gain = served - offer;
            self.demand_stamp[demand] = self.stamp;
            self.demand_offer[demand] = offer;
            saved += gain.max(0.0) * self.core.parcels[demand];
        }
        let level = self.core.level_range(facility).start + opening.level;
        if opening.price > 0.0 {
            saved += opening.price * self.core.levels[level].capacity;
        }
        let base = self.priced.level_cost[level] - saved;
        self.collect_near(facility);
        let near = std::mem::take(&mut self.near);
        let mut best = (f64::INFINITY, usize::MAX);
        for &g in near.iter().filter(|&&g| self.may_close(g as usize)) {
            let estimate = base + self.exchange_estimate(g as usize);
            if estimate < best.0 {
                best = (estimate, g as usize);
            }
        }
        self.near = near;
        best
    }

    /// What closing a facility changes once the offers of `best_exchange` are there, against what
    /// those offers already save.
    fn exchange_estimate(&self, facility: usize) -> f64 {
        let mut change = -self.level_cost(facility);
        let price = self.transport.price[facility];
        for a in self.core.arcs(facility) {
            let parcels = self.transport.flow[self.core.arc_option[a] as usize];
            if parcels > 0.0 {
                let demand = self.core.arc_demand[a] as usize;
                let cost = self.priced.arc_cost[a];
                let mut next = self.transport.next_price(self.core, self.priced, a);
                if self.demand_stamp[demand] == self.stamp {
                    let offer = self.demand_offer[demand];
                    next = next.min(offer) + (cost + price - offer).max(0.0);
                }
                change += parcels * (next - cost);
            }
        }
        change
    }

    /// Closes or shrinks new facilities until capital and openings are within their limits, those
    /// first whose part in the plan is worth least.
    pub(crate) fn meet_budgets(&mut self) {
        if self.core.capital_budget.is_none() && self.core.openings_max.is_none() {
            return;
        }
        // What closes must not open others, or this would never end.
        self.transport.may_open_on_the_way = false;
        while self.close_least_worth() {}
        self.transport.may_open_on_the_way = true;
    }

    /// Closes the facility that is worth least by what is over its limit; false if nothing is.
    fn close_least_worth(&mut self) -> bool {
        let (mut capital, mut openings) = (0.0, 0);
        let open: Vec<usize> =
            (0..self.core.facilities()).filter(|&f| self.transport.is_open(f)).collect();
        for &f in &open {
            capital += self.capital(f);
            openings += u32::from(self.core.is_new[f]);
        }
        let over_capital = self.core.capital_budget.is_some_and(|b| capital > b);
        let over_openings = self.core.openings_max.is_some_and(|most| openings > most);
        if !over_capital && !over_openings {
            return false;
        }
        let helps = |f: &usize| {
            (over_openings && self.core.is_new[*f]) || (over_capital && self.capital(*f) > 0.0)
        };
        let weight = |f: usize| {
            if over_openings { 1.0 } else { self.capital(f) }
        };
        let least = open
            .iter()
            .copied()
            .filter(|f| helps(f) && !self.has_open_child(*f))
            .map(|f| (self.closing_estimate(f) / weight(f), f))
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let Some((_, f)) = least else { return false };
        self.transport.close(self.core, self.priced, f, f64::INFINITY);
        true
    }

    fn capital(&self, facility: usize) -> f64 {
        match self.transport.level[facility] {
            CLOSED => 0.0,
            level => self.core.levels(facility)[level as usize].capital,
        }
    }

    /// Changes one or two facilities at random, mends the neighbourhood, keeps the result if it is
    /// no dearer.
    pub(crate) fn shake(&mut self, heat: f64, control: &Control) -> bool {
        let heat = -heat * (1.0 - self.random.unit()).ln();
        if self.usable.is_empty() {
            return false;
        }
        let before = self.transport.cost;
        let seed = self.usable[self.random.below(self.usable.len())] as usize;
        self.transport.begin();
        let done = self.perturb(seed);
        if done {
            self.enqueue_touched();
            self.descend(f64::NEG_INFINITY, control);
        }
        if done && self.transport.cost <= before + heat {
            self.transport.keep();
            self.forget_touched();
            true
        } else {
            self.transport.undo(self.core, self.priced);
            self.forget_touched();
            false
        }
    }

    fn perturb(&mut self, seed: usize) -> bool {
        let (core, priced) = (self.core, self.priced);
        if self.has_open_child(seed) {
            return false;
        }
        if self.transport.is_open(seed) && self.random.unit() < 0.5 {
            return self.transport.close(core, priced, seed, f64::INFINITY);
        }
        if !self.transport.is_open(seed) {
            if !self.may_open(seed) {
                return false;
            }
            let opening = self.opening_estimate(seed);
            if opening.change > 0.9 * self.level_cost_at(seed, opening.level) {
                return false;
            }
            self.transport.open(core, priced, seed, opening.level, f64::INFINITY);
        }
        self.collect_near(seed);
        let open: Vec<u32> =
            self.near.iter().copied().filter(|&g| self.may_close(g as usize)).collect();
        if !open.is_empty() && self.random.unit() < 0.7 {
            let g = open[self.random.below(open.len())] as usize;
            return self.transport.close(core, priced, g, f64::INFINITY);
        }
        true
    }
}

//! Who serves whom, given which facilities are open: the transportation problem with free options,
//! kept optimal while facilities open, close and change size one at a time.
//!
//! Parcels move along shortest augmenting paths in the graph of facilities (Ford and Fulkerson
//! 1962; potentials after Tomizawa 1971 and Edmonds and Karp 1972). A facility's potential is the
//! price of its capacity: what one parcel less of capacity would cost. It is 0 while there is
//! room. A change touches a neighbourhood only, so its cost does not depend on the nation's size.
//! Every change is logged and can be undone.

use crate::core::{Core, NONE};
use crate::neighbours::{Move, Neighbours, cost, node_of};
use crate::priced::Priced;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

/// Closed, as a level.
pub(crate) const CLOSED: i32 = -1;

/// Parcels below this are rounding.
const DUST: f64 = 1e-9;

/// A number that heaps can order.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Key(f64);
impl Eq for Key {}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// How a path reached a node: from which node, by moving parcels off one option onto another.
#[derive(Clone, Copy, Debug)]
struct Hop {
    from: u32,
    off: u32,
    onto: u32,
}

/// Shortest-path labels, valid while their stamp is the current one.
#[derive(Clone, Debug)]
struct Labels {
    stamp: u32,
    stamps: Vec<u32>,
    distance: Vec<f64>,
    settled: Vec<bool>,
    hop: Vec<Hop>,
    heap: BinaryHeap<Reverse<(Key, u32)>>,
    order: Vec<u32>,
}

impl Labels {
    fn new(nodes: usize) -> Self {
        Self {
            stamp: 0,
            stamps: vec![0; nodes],
            distance: vec![0.0; nodes],
            settled: vec![false; nodes],
            hop: vec![Hop { from: NONE, off: NONE, onto: NONE }; nodes],
            heap: BinaryHeap::new(),
            order: Vec::new(),
        }
    }

    fn clear(&mut self) {
        self.stamp += 1;
        self.heap.clear();
        self.order.clear();
    }

    #[inline]
    fn offer(&mut self, node: u32, distance: f64, hop: Hop) {
        let n = node as usize;
        if self.stamps[n] == self.stamp && (self.settled[n] || self.distance[n] <= distance) {
            return;
        }
        self.stamps[n] = self.stamp;
        self.settled[n] = false;
        self.distance[n] = distance;
        self.hop[n] = hop;
        self.heap.push(Reverse((Key(distance), node)));
    }

    /// The nearest node not settled yet.
    fn settle(&mut self) -> Option<(u32, f64)> {
        while let Some(Reverse((Key(distance), node))) = self.heap.pop() {
            let n = node as usize;
            if !self.settled[n] && self.distance[n] == distance {
                self.settled[n] = true;
                self.order.push(node);
                return Some((node, distance));
            }
        }
        None
    }
}

/// What was before a change, to undo it.
#[derive(Clone, Debug)]
enum Past {
    Flow { option: u32, flow: f64 },
    Facility { facility: u32, load: f64, price: f64, level: i32 },
}

/// Flows, loads, levels and capacity prices.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    neighbours: Rc<Neighbours>,
    /// By slot: no move before this one comes from an option in use.
    first_move: Vec<u32>,
    /// Parcels per day on each option.
    pub(crate) flow: Vec<f64>,
    /// For each demand its options in use, from its `option_start` on.
    used: Vec<u32>,
    used_count: Vec<u32>,
    /// Level of each node or [`CLOSED`]; the node of free options comes last and is always open.
    pub(crate) level: Vec<i32>,
    pub(crate) load: Vec<f64>,
    /// Price of each open facility's capacity, dollars per parcel.
    pub(crate) price: Vec<f64>,
    /// Priced cost: constant, levels and flows, dollars per day.
    pub(crate) cost: f64,
    labels: Labels,
    /// What placing each demand of a closing facility will cost at least.
    ahead: Vec<f64>,
    /// The facility that is closing: it must not open again on the way.
    reopening: u32,
    /// Whether closing a facility may open small ones for its demands.
    pub(crate) may_open_on_the_way: bool,
    log: Vec<Past>,
    log_costs: Vec<(usize, f64)>,
    /// Facilities touched since the last `take_touched`.
    touched: Vec<u32>,
    is_touched: Vec<bool>,
}

impl Transport {
    /// All facilities closed and nothing served yet.
    pub(crate) fn new(core: &Core, priced: &Priced, neighbours: &Rc<Neighbours>) -> Self {
        let nodes = core.facilities() + 1;
        let mut transport = Self {
            neighbours: Rc::clone(neighbours),
            first_move: vec![0; neighbours.slot_count()],
            flow: vec![0.0; core.option_cost.len()],
            used: vec![NONE; core.option_cost.len()],
            used_count: vec![0; core.demands()],
            level: vec![CLOSED; nodes],
            load: vec![0.0; nodes],
            price: vec![0.0; nodes],
            cost: priced.constant,
            labels: Labels::new(nodes),
            ahead: Vec::new(),
            reopening: NONE,
            may_open_on_the_way: true,
            log: Vec::new(),
            log_costs: Vec::new(),
            touched: Vec::new(),
            is_touched: vec![false; nodes],
        };
        transport.level[core.facilities()] = 0;
        transport
    }

    /// All facilities at given levels, and each demand where it costs least then. Cheaper than
    /// opening one by one, which moves the same demands again and again.
    pub(crate) fn place(&mut self, core: &Core, priced: &Priced, levels: &[i32]) {
        debug_assert!(self.used_count.iter().all(|count| *count == 0));
        for (f, &level) in levels.iter().enumerate().filter(|(_, level)| **level != CLOSED) {
            self.level[f] = level;
            self.cost += priced.level_cost[core.level_start[f] as usize + level as usize];
        }
        for demand in 0..core.demands() {
            let placed = self.insert(core, priced, demand, core.parcels[demand]);
            debug_assert!(placed, "every demand has a free option, if a makeshift one");
        }
    }

    /// Room at an open facility.
    #[inline]
    pub(crate) fn room(&self, core: &Core, facility: usize) -> f64 {
        let level = self.level[facility];
        if level == CLOSED {
            return 0.0;
        }
        if facility == core.facilities() {
            return f64::INFINITY;
        }
        let level = &core.levels[core.level_start[facility] as usize + level as usize];
        level.capacity - self.load[facility]
    }

    #[inline]
    pub(crate) fn is_open(&self, facility: usize) -> bool {
        self.level[facility] != CLOSED
    }

    /// A demand's options in use.
    #[inline]
    pub(crate) fn used(&self, core: &Core, demand: usize) -> &[u32] {
        let start = core.option_start[demand] as usize;
        &self.used[start..start + self.used_count[demand] as usize]
    }

    /// Price of being served for a demand: the dearest option in use with its capacity price, or
    /// infinity if it is not served.
    #[inline]
    pub(crate) fn served_price(&self, core: &Core, priced: &Priced, demand: usize) -> f64 {
        let mut price = f64::NEG_INFINITY;
        for &o in self.used(core, demand) {
            let node = node_of(core, o as usize);
            price = price.max(priced.option_cost[o as usize] + self.price[node]);
        }
        if price == f64::NEG_INFINITY { f64::INFINITY } else { price }
    }

    /// Cheapest priced way to serve the demand of an arc without the arc's facility.
    #[inline]
    pub(crate) fn next_price(&self, core: &Core, priced: &Priced, arc: usize) -> f64 {
        let demand = core.arc_demand[arc] as usize;
        let without = core.option_facility[core.arc_option[arc] as usize];
        let mut least = priced.free_cost[demand];
        for o in core.options(demand) {
            let f = core.option_facility[o];
            if f == NONE || f == without {
                continue;
            }
            let f = f as usize;
            let capacity = if self.is_open(f) {
                self.price[f]
            } else {
                priced.entry_cost[f] / core.parcels[demand]
            };
            least = least.min(priced.option_cost[o] + capacity);
        }
        least
    }

    /// Opens a small facility if that is the cheapest way to place a demand.
    fn open_on_the_way(&mut self, core: &Core, priced: &Priced, demand: usize, parcels: f64) {
        let mut least = priced.free_cost[demand];
        let mut opened = None;
        for o in core.options(demand) {
            let f = core.option_facility[o];
            if f == NONE {
                continue;
            }
            let f = f as usize;
            let is_open = self.is_open(f);
            let capacity = if is_open { self.price[f] } else { priced.entry_cost[f] / parcels };
            if priced.option_cost[o] + capacity < least {
                least = priced.option_cost[o] + capacity;
                opened = (!is_open && self.reopening != f as u32).then_some(f);
            }
        }
        if let Some(facility) = opened {
            self.open(core, priced, facility, 0, f64::INFINITY);
        }
    }

    /// Starts a change that can be undone; changes nest.
    pub(crate) fn begin(&mut self) {
        self.log_costs.push((self.log.len(), self.cost));
    }

    /// Keeps what was done since the matching `begin`.
    pub(crate) fn keep(&mut self) {
        self.log_costs.pop().expect("keep follows begin");
        if self.log_costs.is_empty() {
            self.log.clear();
        }
    }

    /// Takes back what was done since the matching `begin`.
    pub(crate) fn undo(&mut self, core: &Core, priced: &Priced) {
        let (length, cost) = self.log_costs.pop().expect("undo follows begin");
        while self.log.len() > length {
            match self.log.pop().expect("the log is longer than it was") {
                Past::Flow { option, flow } => self.set_flow(core, priced, option, flow),
                Past::Facility { facility, load, price, level } => {
                    let f = facility as usize;
                    (self.load[f], self.price[f], self.level[f]) = (load, price, level);
                }
            }
        }
        self.cost = cost;
    }

    /// Facilities changed since the last call.
    pub(crate) fn take_touched(&mut self, into: &mut Vec<u32>) {
        for &f in &self.touched {
            self.is_touched[f as usize] = false;
        }
        into.append(&mut self.touched);
    }

    /// Marks a facility whose level or load changes, so that the search looks at it again.
    fn touch(&mut self, facility: usize) {
        if !self.is_touched[facility] {
            self.is_touched[facility] = true;
            self.touched.push(facility as u32);
        }
    }

    /// Writes down a facility's state before it changes.
    fn note_facility(&mut self, facility: usize) {
        if !self.log_costs.is_empty() {
            let (load, price, level) =
                (self.load[facility], self.price[facility], self.level[facility]);
            self.log.push(Past::Facility { facility: facility as u32, load, price, level });
        }
    }

    fn set_flow(&mut self, core: &Core, priced: &Priced, option: u32, flow: f64) {
        let o = option as usize;
        let demand = core.option_demand[o] as usize;
        let start = core.option_start[demand] as usize;
        let count = self.used_count[demand] as usize;
        let was = self.flow[o] > 0.0;
        if was != (flow > 0.0) {
            if was {
                let at = (start..start + count).find(|&i| self.used[i] == option);
                self.used.swap(at.expect("an option with flow is in use"), start + count - 1);
                self.used_count[demand] -= 1;
            } else {
                self.used[start + count] = option;
                self.used_count[demand] += 1;
            }
        }
        self.flow[o] = flow;
        if !was && flow > 0.0 {
            self.admit_moves(core, priced, option);
        }
    }

    /// A demand has come to a node: its moves from there may now be the cheapest.
    fn admit_moves(&mut self, core: &Core, priced: &Priced, option: u32) {
        let from = node_of(core, option as usize);
        let neighbours = Rc::clone(&self.neighbours);
        for o in core.options(core.option_demand[option as usize] as usize) {
            let to = node_of(core, o);
            if to == from {
                continue;
            }
            let Some(slot) = neighbours.slot(from, to) else { continue };
            let new = Move { off: option, onto: o as u32 };
            let moves = neighbours.moves(slot);
            let first = self.first_move[slot] as usize;
            let comes_before = |m: &Move| {
                cost(priced, *m).total_cmp(&cost(priced, new)).then(m.off.cmp(&new.off)).is_lt()
            };
            if first >= moves.len() || !comes_before(&moves[first]) {
                let at = moves[..first].partition_point(comes_before);
                self.first_move[slot] = at as u32;
            }
        }
    }

    /// The cheapest move of a slot whose parcels are there to move.
    #[inline]
    fn cheapest_move(&mut self, slot: usize) -> Option<Move> {
        let moves = self.neighbours.moves(slot);
        let mut first = self.first_move[slot] as usize;
        while first < moves.len() && self.flow[moves[first].off as usize] <= 0.0 {
            first += 1;
        }
        self.first_move[slot] = first as u32;
        moves.get(first).copied()
    }

    /// Adds parcels to an option (or takes them off), with what that costs and loads.
    fn add(&mut self, core: &Core, priced: &Priced, option: u32, parcels: f64) {
        let o = option as usize;
        if !self.log_costs.is_empty() {
            self.log.push(Past::Flow { option, flow: self.flow[o] });
        }
        let mut flow = self.flow[o] + parcels;
        if flow < DUST {
            flow = 0.0;
        }
        self.cost += (flow - self.flow[o]) * priced.option_cost[o];
        self.set_flow(core, priced, option, flow);
    }

    fn add_load(&mut self, core: &Core, node: u32, parcels: f64) {
        if (node as usize) < core.facilities() {
            self.touch(node as usize);
            self.note_facility(node as usize);
            self.load[node as usize] += parcels;
        }
    }

    /// Opens a facility at a level and moves to it what is better served there. False as soon as
    /// the cost can no longer come down to `goal`: then the caller must undo.
    pub(crate) fn open(
        &mut self,
        core: &Core,
        priced: &Priced,
        facility: usize,
        level: usize,
        goal: f64,
    ) -> bool {
        debug_assert!(!self.is_open(facility));
        self.touch(facility);
        self.note_facility(facility);
        self.level[facility] = level as i32;
        self.load[facility] = 0.0;
        self.cost += priced.level_cost[core.level_start[facility] as usize + level];
        let mut price = 0.0_f64;
        for a in core.arcs(facility) {
            let demand = core.arc_demand[a] as usize;
            let served = self.served_price(core, priced, demand);
            if served < f64::INFINITY {
                price = price.max(served - priced.arc_cost[a]);
            }
        }
        self.price[facility] = price;
        self.fill(core, priced, facility, goal)
    }

    /// Closes a facility; its parcels go elsewhere at least cost. False if some cannot, or once the
    /// cost exceeds `limit`: then the caller must undo.
    pub(crate) fn close(
        &mut self,
        core: &Core,
        priced: &Priced,
        facility: usize,
        limit: f64,
    ) -> bool {
        // Least that moving away the parcels still there will cost: prices only rise meanwhile.
        self.ahead.clear();
        let mut ahead = 0.0;
        for a in core.arcs(facility) {
            let parcels = self.flow[core.arc_option[a] as usize];
            if parcels > 0.0 {
                let change = parcels * (self.next_price(core, priced, a) - priced.arc_cost[a]);
                ahead += change;
                self.ahead.push(change);
            }
        }
        debug_assert!(self.is_open(facility));
        self.touch(facility);
        self.note_facility(facility);
        let level = core.level_start[facility] as usize + self.level[facility] as usize;
        self.cost -= priced.level_cost[level];
        self.level[facility] = CLOSED;
        self.price[facility] = 0.0;
        self.reopening = facility as u32;
        let mut closed = 0;
        for a in core.arcs(facility) {
            let option = core.arc_option[a];
            let parcels = self.flow[option as usize];
            if parcels > 0.0 {
                self.add(core, priced, option, -parcels);
                self.load[facility] -= parcels;
                ahead -= self.ahead[closed];
                closed += 1;
                let demand = core.arc_demand[a] as usize;
                if self.may_open_on_the_way {
                    self.open_on_the_way(core, priced, demand, parcels);
                }
                if !self.insert(core, priced, demand, parcels) || self.cost + ahead > limit {
                    return false;
                }
            }
        }
        self.load[facility] = 0.0;
        self.cost <= limit
    }

    /// Changes the level of an open facility. False if parcels find no other place or the cost does
    /// not come down to `goal`: undo then.
    pub(crate) fn resize(
        &mut self,
        core: &Core,
        priced: &Priced,
        facility: usize,
        level: usize,
        goal: f64,
    ) -> bool {
        self.touch(facility);
        self.note_facility(facility);
        let start = core.level_start[facility] as usize;
        let old = start + self.level[facility] as usize;
        self.cost += priced.level_cost[start + level] - priced.level_cost[old];
        self.level[facility] = level as i32;
        while self.room(core, facility) < -DUST {
            if self.cost > goal || !self.evict(core, priced, facility) {
                return false;
            }
        }
        self.fill(core, priced, facility, goal) && self.cost <= goal
    }

    /// Gives parcels of a demand the cheapest place, pushing others along if that is cheaper.
    /// False if there is none.
    pub(crate) fn insert(
        &mut self,
        core: &Core,
        priced: &Priced,
        demand: usize,
        mut parcels: f64,
    ) -> bool {
        while parcels > DUST {
            self.labels.clear();
            self.offer_options(core, priced, demand);
            let Some(sink) = self.search_sink(core, priced, NONE) else { return false };
            parcels -= self.push(core, priced, sink, parcels);
        }
        true
    }

    fn offer_options(&mut self, core: &Core, priced: &Priced, demand: usize) {
        for o in core.options(demand) {
            let node = node_of(core, o);
            if self.level[node] != CLOSED {
                let hop = Hop { from: NONE, off: NONE, onto: o as u32 };
                self.labels.offer(node as u32, priced.option_cost[o] + self.price[node], hop);
            }
        }
    }

    /// Moves some parcels out of an overfull facility along the cheapest path.
    fn evict(&mut self, core: &Core, priced: &Priced, facility: usize) -> bool {
        self.labels.clear();
        let start = Hop { from: NONE, off: NONE, onto: NONE };
        self.labels.offer(facility as u32, self.price[facility], start);
        let Some(sink) = self.search_sink(core, priced, facility as u32) else { return false };
        let excess = -self.room(core, facility);
        self.push(core, priced, sink, excess);
        true
    }

    /// Cheapest node with room, by Dijkstra's method on costs plus potentials; raises the
    /// potentials of the full facilities on the way.
    fn search_sink(&mut self, core: &Core, priced: &Priced, source: u32) -> Option<u32> {
        let neighbours = Rc::clone(&self.neighbours);
        while let Some((node, distance)) = self.labels.settle() {
            if node != source && self.room(core, node as usize) > DUST {
                self.raise(node, distance);
                return Some(node);
            }
            let spent = distance - self.price[node as usize];
            for slot in neighbours.slots(node as usize) {
                let to = neighbours.node(slot);
                if self.level[to] == CLOSED {
                    continue;
                }
                if let Some(a_move) = self.cheapest_move(slot) {
                    let key = spent + cost(priced, a_move) + self.price[to];
                    let hop = Hop { from: node, off: a_move.off, onto: a_move.onto };
                    self.labels.offer(to as u32, key, hop);
                }
            }
        }
        None
    }

    fn raise(&mut self, sink: u32, distance: f64) {
        for k in 0..self.labels.order.len() {
            let node = self.labels.order[k];
            let rise = distance - self.labels.distance[node as usize];
            if node != sink && rise > 0.0 {
                self.note_facility(node as usize);
                self.price[node as usize] += rise;
            }
        }
    }

    /// Moves up to `parcels` along the path to `sink`; returns how many.
    fn push(&mut self, core: &Core, priced: &Priced, sink: u32, parcels: f64) -> f64 {
        let mut amount = parcels.min(self.room(core, sink as usize));
        let mut node = sink;
        while node != NONE {
            let hop = self.labels.hop[node as usize];
            if hop.off != NONE {
                amount = amount.min(self.flow[hop.off as usize]);
            }
            node = hop.from;
        }
        let mut node = sink;
        while node != NONE {
            let hop = self.labels.hop[node as usize];
            if hop.onto != NONE {
                self.add(core, priced, hop.onto, amount);
                if hop.off != NONE {
                    self.add(core, priced, hop.off, -amount);
                }
            } else {
                // The path began at an overfull facility.
                self.add_load(core, node, -amount);
            }
            node = hop.from;
        }
        self.add_load(core, sink, amount);
        amount
    }

    /// Uses a facility's room: pulls parcels towards it along the paths that save most, until no
    /// path saves anything or the room is used. Lowers potentials accordingly. No path saves more
    /// than the price; false as soon as that shows that `goal` is out of reach.
    fn fill(&mut self, core: &Core, priced: &Priced, facility: usize, goal: f64) -> bool {
        while self.price[facility] > 0.0 && self.room(core, facility) > DUST {
            let top = self.price[facility];
            if self.cost - top * self.room(core, facility) > goal {
                return false;
            }
            let (best, end) = self.search_source(priced, facility, top);
            let fall = best.min(top);
            for k in 0..self.labels.order.len() {
                let node = self.labels.order[k] as usize;
                let by = fall - self.labels.distance[node];
                if by > 0.0 && self.price[node] > 0.0 {
                    self.note_facility(node);
                    self.price[node] = (self.price[node] - by).max(0.0);
                }
            }
            if best >= top - 1e-12 * top.abs() {
                self.price[facility] = 0.0;
                break;
            }
            self.pull(core, priced, facility as u32, end);
        }
        true
    }

    /// The node from which a path of parcels towards `facility` saves most: the least of reduced
    /// distance plus its own potential.
    fn search_source(&mut self, priced: &Priced, facility: usize, top: f64) -> (f64, u32) {
        self.labels.clear();
        let start = Hop { from: NONE, off: NONE, onto: NONE };
        self.labels.offer(facility as u32, 0.0, start);
        let mut best = (f64::INFINITY, facility as u32);
        while let Some((node, distance)) = self.labels.settle() {
            if distance >= best.0.min(top) {
                break;
            }
            let price = self.price[node as usize];
            if distance + price < best.0 && node != facility as u32 {
                best = (distance + price, node);
            }
            self.offer_pulls(priced, node, distance);
        }
        best
    }

    /// Offers the nodes from which parcels could move to a node.
    fn offer_pulls(&mut self, priced: &Priced, node: u32, distance: f64) {
        let base = distance + self.price[node as usize];
        let neighbours = Rc::clone(&self.neighbours);
        for slot in neighbours.slots(node as usize) {
            let from = neighbours.node(slot);
            if self.level[from] == CLOSED {
                continue;
            }
            if let Some(a_move) = self.cheapest_move(neighbours.reverse(slot)) {
                let at = (base + cost(priced, a_move) - self.price[from]).max(distance);
                let hop = Hop { from: node, off: a_move.off, onto: a_move.onto };
                self.labels.offer(from as u32, at, hop);
            }
        }
    }

    /// Moves parcels along the path from `end` to `facility`, as many as it carries.
    fn pull(&mut self, core: &Core, priced: &Priced, facility: u32, end: u32) {
        let mut amount = self.room(core, facility as usize);
        let mut node = end;
        while node != facility {
            let hop = self.labels.hop[node as usize];
            amount = amount.min(self.flow[hop.off as usize]);
            node = hop.from;
        }
        let mut node = end;
        while node != facility {
            let hop = self.labels.hop[node as usize];
            self.add(core, priced, hop.off, -amount);
            self.add(core, priced, hop.onto, amount);
            node = hop.from;
        }
        self.add_load(core, end, -amount);
        self.add_load(core, facility, amount);
    }
}

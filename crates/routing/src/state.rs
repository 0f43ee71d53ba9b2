//! Routes while they are searched: linked lists over all stops, with a start and an end node for
//! each route, and a journal that takes changes back.

use crate::arcs::Arcs;
use crate::best::Tour;
use crate::core::{Core, rules};
use crate::timing::{Clock, Span};

/// No route, no node.
pub(crate) const NONE: u32 = u32::MAX;

/// Where a node stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) prev: u32,
    pub(crate) next: u32,
    pub(crate) route: u32,
    /// Way from `prev`.
    pub(crate) in_m: i32,
    /// Way to `next`.
    pub(crate) out_m: i32,
}

const UNLINKED: Link = Link { prev: NONE, next: NONE, route: NONE, in_m: 0, out_m: 0 };

/// Sums of a route.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RouteSums {
    pub(crate) kind: u32,
    pub(crate) stops: u32,
    /// Capacity that is left.
    pub(crate) room: [i32; 3],
    /// Cost of a metre.
    pub(crate) per_m: i64,
    /// Way from start to end.
    pub(crate) way_m: i64,
    /// Shortest duration and its cost, where durations count.
    pub(crate) duration_s: i32,
    pub(crate) time_cost: i64,
}

/// A change that can be taken back.
#[derive(Clone, Copy)]
enum Change {
    /// A stop was put after a node.
    Put(u32),
    /// A stop was taken from after a node.
    Taken(u32, u32),
    /// What follows two nodes was exchanged.
    Crossed(u32, u32),
}

/// What follows a node, up to the end of its route.
pub(crate) struct Tail {
    first: u32,
    last: u32,
    pub(crate) stops: u32,
    pub(crate) load: [i32; 3],
    /// Ways to the first stop and from the last one.
    ends_m: i64,
    /// Way from the first stop to the last one.
    inner_m: i64,
}

/// The routes as they are now.
pub(crate) struct State<'a, const RULES: u8> {
    pub(crate) core: &'a Core<'a>,
    pub(crate) arcs: Arcs<'a>,
    pub(crate) links: Vec<Link>,
    pub(crate) clocks: Vec<Clock>,
    /// Empty unless durations count.
    pub(crate) spans: Vec<Span>,
    pub(crate) routes: Vec<RouteSums>,
    /// Routes without stops, by kind; some that got stops since they were listed.
    free: Vec<Vec<u32>>,
    is_listed: Vec<bool>,
    /// Routes with stops of each kind, and how many there may be.
    in_use: Vec<u32>,
    most: Vec<u32>,
    pub(crate) cost: i64,
    used: u32,
    journal: Vec<Change>,
    /// Routes changed since the last call of `keep`.
    changed: Vec<u32>,
    is_changed: Vec<bool>,
}

impl<'a, const RULES: u8> State<'a, RULES> {
    /// Nothing is visited yet.
    pub(crate) fn new(core: &'a Core<'a>) -> Self {
        let n = core.stops();
        let locations = (0..n as u32).map(|stop| core.location(stop));
        // Start and end of the first route of each kind are there from the start, so that every
        // depot has a node.
        let ends = core.kinds.iter().flat_map(|kind| [kind.start, kind.end]);
        Self::with(core, Arcs::new(&core.problem.travel, locations.chain(ends).collect(), n))
    }

    /// Nothing is visited yet, and ways are shared with another state.
    pub(crate) fn beside(other: &Self) -> Self {
        let core = other.core;
        Self::with(core, other.arcs.of_first(core.stops() + 2 * core.kinds.len()))
    }

    fn with(core: &'a Core<'a>, arcs: Arcs<'a>) -> Self {
        let n = core.stops();
        let mut state = Self {
            core,
            arcs,
            links: vec![UNLINKED; n],
            clocks: vec![Clock::UNSET; if RULES < rules::TIMED { 0 } else { n }],
            spans: vec![Span::UNSET; if RULES < rules::RICH { 0 } else { n }],
            routes: Vec::new(),
            free: vec![Vec::new(); core.kinds.len()],
            is_listed: Vec::new(),
            in_use: vec![0; core.kinds.len()],
            most: core.kinds.iter().map(|kind| kind.count).collect(),
            cost: (0..n as u32).map(|stop| core.stop(stop).price).sum(),
            used: 0,
            journal: Vec::new(),
            changed: Vec::new(),
            is_changed: Vec::new(),
        };
        for kind in 0..core.kinds.len() {
            state.make_route(kind as u32);
        }
        state
    }

    /// The node where a route starts; its end is the next one.
    #[inline]
    pub(crate) fn start(&self, route: u32) -> u32 {
        self.core.stops() as u32 + 2 * route
    }

    #[inline]
    pub(crate) fn is_stop(&self, node: u32) -> bool {
        (node as usize) < self.core.stops()
    }

    #[inline]
    pub(crate) fn is_placed(&self, stop: u32) -> bool {
        self.links[stop as usize].route != NONE
    }

    /// Whether a stop's load fits into a route.
    #[inline]
    pub(crate) fn has_room(&self, route: u32, delivery: &[i32; 3]) -> bool {
        let room = &self.routes[route as usize].room;
        (0..3).all(|d| delivery[d] <= room[d])
    }

    fn make_route(&mut self, kind: u32) {
        let route = self.routes.len() as u32;
        let (start, end) = (self.start(route), self.start(route) + 1);
        let vehicle = &self.core.kinds[kind as usize];
        if route as usize >= self.core.kinds.len() {
            self.arcs.push_like(vehicle.start);
            self.arcs.push_like(vehicle.end);
        }
        let arc_m = self.arcs.distance_m(start, end);
        self.links.push(Link { prev: NONE, next: end, route, in_m: 0, out_m: arc_m });
        self.links.push(Link { prev: start, next: NONE, route, in_m: arc_m, out_m: 0 });
        if RULES >= rules::TIMED {
            self.clocks.extend([Clock::of_end(vehicle); 2]);
        }
        if RULES >= rules::RICH {
            self.spans.extend([Span::of_end(vehicle); 2]);
        }
        let (room, per_m) = (vehicle.capacity, vehicle.per_m);
        self.routes.push(RouteSums {
            kind,
            stops: 0,
            room,
            per_m,
            way_m: i64::from(arc_m),
            duration_s: 0,
            time_cost: 0,
        });
        self.is_changed.push(false);
        self.is_listed.push(false);
        self.list_free(route);
    }

    /// Number of routes with stops.
    pub(crate) fn used_routes(&self) -> u32 {
        self.used
    }

    /// A route of a kind without stops, if one is left.
    pub(crate) fn empty_route(&mut self, kind: u32) -> Option<u32> {
        let k = kind as usize;
        if self.in_use[k] >= self.most[k] {
            return None;
        }
        // Routes that got stops since they were listed are dropped here.
        while let Some(&route) = self.free[k].last() {
            if self.routes[route as usize].stops == 0 {
                return Some(route);
            }
            self.is_listed[route as usize] = false;
            self.free[k].pop();
        }
        self.make_route(kind);
        self.free[k].last().copied()
    }

    /// Empties all routes, to begin with some of the stops and some of the vehicles only: of each
    /// kind at most `most`.
    pub(crate) fn reset(&mut self, members: &[u32], most: Vec<u32>) {
        for route in 0..self.routes.len() as u32 {
            let (start, end) = (self.start(route), self.start(route) + 1);
            while self.routes[route as usize].stops > 0 {
                self.unlink(self.links[start as usize].next);
            }
            self.retime(end, start);
        }
        self.journal.clear();
        self.most = most;
        self.cost = members.iter().map(|&stop| self.core.stop(stop).price).sum();
    }

    /// Puts a stop after a node.
    pub(crate) fn put(&mut self, stop: u32, after: u32) {
        self.journal.push(Change::Put(stop));
        self.link(stop, after);
        self.retime(stop, stop);
    }

    /// Takes a stop from its route. Times are not set right: call `retime` when done.
    pub(crate) fn take(&mut self, stop: u32) {
        let after = self.links[stop as usize].prev;
        self.journal.push(Change::Taken(stop, after));
        self.unlink(stop);
    }

    fn link(&mut self, stop: u32, after: u32) {
        let Link { next, route, out_m, .. } = self.links[after as usize];
        let (to_m, from_m) = (self.arcs.distance_m(after, stop), self.arcs.distance_m(stop, next));
        self.links[stop as usize] = Link { prev: after, next, route, in_m: to_m, out_m: from_m };
        let before = &mut self.links[after as usize];
        (before.next, before.out_m) = (stop, to_m);
        let behind = &mut self.links[next as usize];
        (behind.prev, behind.in_m) = (stop, from_m);
        let delta_m = i64::from(to_m) + i64::from(from_m) - i64::from(out_m);
        self.count(stop, route, 1, delta_m);
    }

    fn unlink(&mut self, stop: u32) {
        let Link { prev, next, route, in_m, out_m } = self.links[stop as usize];
        let direct_m = self.arcs.distance_m(prev, next);
        let before = &mut self.links[prev as usize];
        (before.next, before.out_m) = (next, direct_m);
        let behind = &mut self.links[next as usize];
        (behind.prev, behind.in_m) = (prev, direct_m);
        self.links[stop as usize] = UNLINKED;
        let delta_m = i64::from(direct_m) - i64::from(in_m) - i64::from(out_m);
        self.count(stop, route, -1, delta_m);
    }

    /// Adds a stop to the sums of a route (sign 1), or takes it away (sign −1).
    fn count(&mut self, stop: u32, route: u32, sign: i32, delta_m: i64) {
        let core = self.core;
        let (point, sums) = (core.stop(stop), &mut self.routes[route as usize]);
        (0..3).for_each(|d| sums.room[d] -= sign * point.delivery[d]);
        let was_empty = sums.stops == 0;
        sums.stops = sums.stops.wrapping_add_signed(sign);
        let kind = &core.kinds[sums.kind as usize];
        sums.way_m += delta_m;
        self.cost += delta_m * kind.per_m - i64::from(sign) * point.price;
        if RULES == rules::RICH {
            self.cost += i64::from(sign) * core.extra(stop, sums.kind);
        }
        self.count_use(route, was_empty);
    }

    /// Counts a vehicle that came into use or went out of it, and marks the route as changed.
    fn count_use(&mut self, route: u32, was_empty: bool) {
        let sums = &self.routes[route as usize];
        let kind = &self.core.kinds[sums.kind as usize];
        // The way from start to end of an unused vehicle is not driven.
        let idle = kind.fixed + self.idle_m(route) * kind.per_m;
        match (was_empty, sums.stops == 0) {
            (true, false) => {
                self.used += 1;
                self.in_use[sums.kind as usize] += 1;
                self.cost += idle;
            }
            (false, true) => {
                self.used -= 1;
                self.in_use[sums.kind as usize] -= 1;
                self.cost -= idle;
                self.list_free(route);
            }
            _ => {}
        }
        if !self.is_changed[route as usize] {
            self.is_changed[route as usize] = true;
            self.changed.push(route);
        }
    }

    /// Exchanges what follows two nodes on two routes of the same kind.
    pub(crate) fn cross(&mut self, a: u32, b: u32) {
        self.journal.push(Change::Crossed(a, b));
        self.swap_tails(a, b);
    }

    fn swap_tails(&mut self, a: u32, b: u32) {
        let (on_a, on_b) = (self.links[a as usize].route, self.links[b as usize].route);
        let (tail_a, tail_b) = (self.tail(a), self.tail(b));
        self.hang(a, &tail_b);
        self.hang(b, &tail_a);
        for (route, gone, come) in [(on_a, &tail_a, &tail_b), (on_b, &tail_b, &tail_a)] {
            self.count_tails(route, gone, come);
        }
        for (node, route) in [(a, on_a), (b, on_b)] {
            self.retime_end(route);
            self.retime(self.links[node as usize].next, node);
        }
    }

    /// What follows a node up to the end of its route.
    pub(crate) fn tail(&self, after: u32) -> Tail {
        let first = self.links[after as usize].next;
        let mut tail = Tail { first, last: after, stops: 0, load: [0; 3], ends_m: 0, inner_m: 0 };
        let mut node = first;
        while self.is_stop(node) {
            let delivery = &self.core.stop(node).delivery;
            (0..3).for_each(|d| tail.load[d] += delivery[d]);
            tail.inner_m += i64::from(self.links[node as usize].in_m);
            tail.stops += 1;
            tail.last = node;
            node = self.links[node as usize].next;
        }
        let last_m = i64::from(self.links[node as usize].in_m);
        if tail.stops > 0 {
            let first_m = i64::from(self.links[first as usize].in_m);
            tail.inner_m -= first_m;
            tail.ends_m = first_m;
        }
        tail.ends_m += last_m;
        tail
    }

    /// Makes a tail follow a node, up to the end of that node's route.
    fn hang(&mut self, after: u32, tail: &Tail) {
        let route = self.links[after as usize].route;
        let end = self.start(route) + 1;
        if tail.stops == 0 {
            self.join(after, end);
            return;
        }
        self.join(after, tail.first);
        let mut node = tail.first;
        loop {
            self.links[node as usize].route = route;
            if node == tail.last {
                break;
            }
            node = self.links[node as usize].next;
        }
        self.join(tail.last, end);
    }

    /// Makes one node follow another.
    fn join(&mut self, prev: u32, next: u32) {
        let way_m = self.arcs.distance_m(prev, next);
        let before = &mut self.links[prev as usize];
        (before.next, before.out_m) = (next, way_m);
        let behind = &mut self.links[next as usize];
        (behind.prev, behind.in_m) = (prev, way_m);
    }

    /// Brings the sums of a route up to date after its tail was exchanged.
    fn count_tails(&mut self, route: u32, gone: &Tail, come: &Tail) {
        let end = self.start(route) + 1;
        let Link { prev, in_m, .. } = self.links[end as usize];
        let first_m = if come.stops > 0 { self.links[come.first as usize].in_m } else { 0 };
        debug_assert!(come.stops == 0 || prev == come.last);
        let ends_m = i64::from(first_m) + i64::from(in_m);
        let delta_m = come.inner_m + ends_m - gone.inner_m - gone.ends_m;
        let per_m = self.routes[route as usize].per_m;
        let sums = &mut self.routes[route as usize];
        let was_empty = sums.stops == 0;
        (0..3).for_each(|d| sums.room[d] += gone.load[d] - come.load[d]);
        sums.stops = sums.stops + come.stops - gone.stops;
        sums.way_m += delta_m;
        self.cost += delta_m * per_m;
        self.count_use(route, was_empty);
    }

    fn idle_m(&self, route: u32) -> i64 {
        let start = self.start(route);
        i64::from(self.arcs.distance_m(start, start + 1))
    }

    fn list_free(&mut self, route: u32) {
        if !std::mem::replace(&mut self.is_listed[route as usize], true) {
            self.free[self.routes[route as usize].kind as usize].push(route);
        }
    }

    /// Makes the state as it is the one to go back to.
    pub(crate) fn forget(&mut self) {
        self.journal.clear();
    }

    /// Takes back every change since the last `forget`.
    pub(crate) fn take_back(&mut self) {
        while let Some(change) = self.journal.pop() {
            match change {
                Change::Put(stop) => {
                    let Link { prev, next, .. } = self.links[stop as usize];
                    self.unlink(stop);
                    self.retime(next, prev);
                }
                Change::Taken(stop, after) => {
                    self.link(stop, after);
                    self.retime(stop, stop);
                }
                Change::Crossed(a, b) => self.swap_tails(a, b),
            }
        }
    }

    /// Calls `keep` with each route changed since the last call, and its stops.
    pub(crate) fn keep(&mut self, mut keep: impl FnMut(u32, &mut dyn Iterator<Item = u32>)) {
        for route in std::mem::take(&mut self.changed) {
            self.is_changed[route as usize] = false;
            let mut stops = self.stops_of(route);
            keep(route, &mut stops);
        }
    }

    /// The routes that have stops.
    pub(crate) fn tours(&self) -> Vec<Tour> {
        let routes = (0..self.routes.len() as u32).zip(&self.routes);
        let used = routes.filter(|(_, sums)| sums.stops > 0);
        used.map(|(route, sums)| (sums.kind, self.stops_of(route).collect())).collect()
    }

    /// Stops of a route in order.
    pub(crate) fn stops_of(&self, route: u32) -> impl Iterator<Item = u32> + '_ {
        let first = self.links[self.start(route) as usize].next;
        std::iter::successors(Some(first), |&node| Some(self.links[node as usize].next))
            .take(self.routes[route as usize].stops as usize)
    }
}

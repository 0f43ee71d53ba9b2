//! Routes while they are searched under all rules: lists of nodes, with what each node's two sides
//! amount to in time and load, and copies that take changes back.

use super::piece::{Front, Fronts, join};
use super::world::{Sum, World, fits, minus, plus};
use crate::core::MUST;
use crate::state::NONE;

/// Loads around a node.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Cargo {
    /// On board when the vehicle goes on.
    pub(crate) load: Sum,
    /// Most on board from the start of the trip to here, and from here to its end.
    pub(crate) head_max: Sum,
    pub(crate) tail_max: Sum,
    /// Picked up for the end of the trip so far.
    pub(crate) picked: Sum,
    /// Shipments begun and not done.
    pub(crate) open: i32,
}

/// The way of a kind of vehicle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) distance_m: i64,
    pub(crate) duration_s: i64,
}

/// A route: its nodes from start to end with reloads between trips.
#[derive(Default, Debug)]
pub(crate) struct Tour {
    pub(crate) kind: u32,
    pub(crate) nodes: Vec<u32>,
    /// Up to the departure of each node.
    pub(crate) heads: Fronts,
    /// From the arrival at each node, the end first.
    tails: Fronts,
    pub(crate) cargo: Vec<Cargo>,
    /// Way from each node to the next.
    pub(crate) ways: Vec<Way>,
    pub(crate) stops: u32,
    pub(crate) trips: u32,
    pub(crate) way_m: i64,
    /// Cost of its time; nothing for an unused vehicle.
    pub(crate) time_cost: i64,
    /// Without preferences; nothing for an unused vehicle.
    pub(crate) cost: i64,
    /// Cost of vehicles that are not preferred.
    extra: i64,
    /// Whether every rule is kept.
    pub(crate) is_allowed: bool,
}

impl Tour {
    /// Becomes another route, in the memory it has.
    fn copy(&mut self, other: &Tour) {
        let lists = std::mem::take(self);
        let Tour { mut nodes, mut heads, mut tails, mut cargo, mut ways, .. } = lists;
        nodes.clone_from(&other.nodes);
        heads.copy(&other.heads);
        tails.copy(&other.tails);
        cargo.clone_from(&other.cargo);
        ways.clone_from(&other.ways);
        *self = Tour { nodes, heads, tails, cargo, ways, ..*other };
    }

    /// What the route costs.
    pub(crate) fn total_cost(&self) -> i64 {
        self.cost + self.extra
    }

    /// From the arrival at a node to the end.
    #[inline]
    pub(crate) fn tail(&self, node: usize) -> &[super::piece::Piece] {
        self.tails.of(self.nodes.len() - 1 - node)
    }
}

/// Where a stop is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) tour: u32,
    pub(crate) at: u32,
}

const NOWHERE: Place = Place { tour: NONE, at: 0 };

/// The routes as they are now.
pub(crate) struct Tours<'a> {
    pub(crate) world: World<'a>,
    pub(crate) tours: Vec<Tour>,
    places: Vec<Place>,
    /// Routes without stops, by kind; some that got stops since they were listed.
    free: Vec<Vec<u32>>,
    is_listed: Vec<bool>,
    made: Vec<u32>,
    pub(crate) cost: i64,
    pub(crate) used: u32,
    /// Routes changed since the last `forget`, as they were, and how many there are.
    copies: Vec<(u32, Tour)>,
    copied: usize,
    is_copied: Vec<bool>,
    cost_before: i64,
    used_before: u32,
    /// Routes changed since the last `keep`.
    changed: Vec<u32>,
    is_changed: Vec<bool>,
    front: Front,
}

impl<'a> Tours<'a> {
    /// Nothing is visited yet.
    pub(crate) fn new(world: World<'a>) -> Self {
        let (stops, kinds) = (world.stops(), world.core.kinds.len());
        let cost = (0..stops as u32).map(|stop| world.core.stop(stop).price).sum();
        Self {
            world,
            tours: Vec::new(),
            places: vec![NOWHERE; stops],
            free: vec![Vec::new(); kinds],
            is_listed: Vec::new(),
            made: vec![0; kinds],
            cost,
            used: 0,
            copies: Vec::new(),
            copied: 0,
            is_copied: Vec::new(),
            cost_before: cost,
            used_before: 0,
            changed: Vec::new(),
            is_changed: Vec::new(),
            front: Front::default(),
        }
    }

    /// Where a stop is; `None` if it is left out.
    #[inline]
    pub(crate) fn place(&self, stop: u32) -> Option<Place> {
        let place = self.places[stop as usize];
        (place.tour != NONE).then_some(place)
    }

    /// A vehicle of a kind that is not used, if there is one.
    pub(crate) fn empty_tour(&mut self, kind: u32) -> Option<u32> {
        while let Some(&tour) = self.free[kind as usize].last() {
            let listed = &self.tours[tour as usize];
            if listed.stops == 0 && listed.kind == kind {
                return Some(tour);
            }
            self.free[kind as usize].pop();
            self.is_listed[tour as usize] = false;
        }
        if self.made[kind as usize] == self.world.core.kinds[kind as usize].count {
            return None;
        }
        self.made[kind as usize] += 1;
        let start = self.world.start(kind);
        let mut tour = Tour { kind, nodes: vec![start, start + 1], ..Tour::default() };
        refresh(&self.world, &mut tour, &mut self.front, [0, 0]);
        self.tours.push(tour);
        self.is_copied.push(false);
        self.is_changed.push(false);
        self.is_listed.push(true);
        let tour = self.tours.len() as u32 - 1;
        self.free[kind as usize].push(tour);
        Some(tour)
    }

    /// Changes the nodes of a route, of which the first and the last ones, in the given numbers,
    /// stay as they are.
    pub(crate) fn change(&mut self, at: u32, kept: [usize; 2], edit: impl FnOnce(&mut Vec<u32>)) {
        self.copy(at);
        let index = at as usize;
        let mut tour = std::mem::take(&mut self.tours[index]);
        self.used -= u32::from(tour.stops > 0);
        self.cost -= tour.cost + tour.extra;
        for &stop in tour.nodes.iter().filter(|&&node| self.world.is_stop(node)) {
            self.places[stop as usize] = NOWHERE;
            self.cost += self.world.core.stop(stop).price;
        }
        edit(&mut tour.nodes);
        refresh(&self.world, &mut tour, &mut self.front, kept);
        self.used += u32::from(tour.stops > 0);
        self.cost += tour.cost + tour.extra;
        self.tours[index] = tour;
        self.number(at);
        let stops = self.tours[index].nodes.iter().filter(|&&node| self.world.is_stop(node));
        self.cost -= stops.map(|&stop| self.world.core.stop(stop).price).sum::<i64>();
    }

    /// Notes where the stops of a route are, and the route if it has none.
    fn number(&mut self, tour: u32) {
        let Self { tours, places, world, .. } = self;
        for (at, &node) in tours[tour as usize].nodes.iter().enumerate() {
            if world.is_stop(node) {
                places[node as usize] = Place { tour, at: at as u32 };
            }
        }
        let Tour { kind, stops, .. } = self.tours[tour as usize];
        if stops == 0 && !std::mem::replace(&mut self.is_listed[tour as usize], true) {
            self.free[kind as usize].push(tour);
        }
    }

    /// Keeps a route as it is before its first change.
    fn copy(&mut self, tour: u32) {
        if !std::mem::replace(&mut self.is_changed[tour as usize], true) {
            self.changed.push(tour);
        }
        if std::mem::replace(&mut self.is_copied[tour as usize], true) {
            return;
        }
        if self.copied == self.copies.len() {
            self.copies.push((tour, Tour::default()));
        }
        let copy = &mut self.copies[self.copied];
        copy.0 = tour;
        copy.1.copy(&self.tours[tour as usize]);
        self.copied += 1;
    }

    /// Whether all routes changed since the last `forget` keep every rule.
    pub(crate) fn is_allowed(&self) -> bool {
        let changed = self.copies[..self.copied].iter();
        changed.map(|&(tour, _)| &self.tours[tour as usize]).all(|tour| tour.is_allowed)
    }

    /// Makes the routes as they are those to go back to.
    pub(crate) fn forget(&mut self) {
        for (tour, _) in &self.copies[..self.copied] {
            self.is_copied[*tour as usize] = false;
        }
        self.copied = 0;
        (self.cost_before, self.used_before) = (self.cost, self.used);
    }

    /// Takes back every change since the last `forget`.
    pub(crate) fn take_back(&mut self) {
        for copy in 0..self.copied {
            let tour = self.copies[copy].0;
            for &node in &self.tours[tour as usize].nodes {
                if self.world.is_stop(node) {
                    self.places[node as usize] = NOWHERE;
                }
            }
            std::mem::swap(&mut self.tours[tour as usize], &mut self.copies[copy].1);
        }
        (0..self.copied).for_each(|copy| self.number(self.copies[copy].0));
        (self.cost, self.used) = (self.cost_before, self.used_before);
        self.forget();
    }

    /// Calls `keep` with each route changed since the last call.
    pub(crate) fn keep(&mut self, mut keep: impl FnMut(u32, &Tour)) {
        for tour in std::mem::take(&mut self.changed) {
            self.is_changed[tour as usize] = false;
            keep(tour, &self.tours[tour as usize]);
        }
    }

    /// Takes out the units of some stops of a route, and trips that are left empty.
    pub(crate) fn take(&mut self, tour: u32, is_taken: impl Fn(u32) -> bool) {
        let stops = self.world.stops() as u32;
        self.change(tour, [0, 0], |nodes| {
            nodes.retain(|&node| node >= stops || !is_taken(node));
            drop_empty_trips(nodes, stops);
        });
    }
}

/// Takes out reloads without a stop before or behind them on their trip.
fn drop_empty_trips(nodes: &mut Vec<u32>, stops: u32) {
    let last = nodes.len() - 1;
    let mut kept = 1;
    for at in 1..last {
        if nodes[at] < stops || nodes[kept - 1] < stops {
            nodes[kept] = nodes[at];
            kept += 1;
        }
    }
    if kept > 1 && nodes[kept - 1] >= stops {
        kept -= 1;
    }
    nodes[kept] = nodes[last];
    nodes.truncate(kept + 1);
}

/// Brings what is known of a route up to date; the first and the last nodes, in the given numbers,
/// are as before.
fn refresh(world: &World, tour: &mut Tour, front: &mut Front, [head, tail]: [usize; 2]) {
    let nodes = std::mem::take(&mut tour.nodes);
    let kind = tour.kind;
    let last = nodes.len() - 1;
    tour.ways.clear();
    tour.ways.extend(nodes.windows(2).map(|leg| world.way(kind, leg[0], leg[1])));
    tour.heads.truncate(head);
    if head == 0 {
        world.leave(kind, front);
        tour.heads.push(front);
    }
    front.set(tour.heads.of(head.max(1) - 1));
    for at in head.max(1)..last {
        world.go_on(kind, front, tour.ways[at - 1].duration_s, [nodes[at - 1], nodes[at]]);
        tour.heads.push(front);
    }
    tour.tails.truncate(tail);
    if tail == 0 {
        world.come_back(kind, front);
        tour.tails.push(front);
    }
    front.set(tour.tails.of(tail.max(1) - 1));
    for at in (1..=last - tail.max(1)).rev() {
        world.go_back(kind, front, tour.ways[at].duration_s, [nodes[at - 1], nodes[at]]);
        tour.tails.push(front);
    }
    tour.nodes = nodes;
    stow(world, tour);
    sum_up(world, tour);
}

/// Sets the loads of a route.
fn stow(world: &World, tour: &mut Tour) {
    let nodes = &tour.nodes;
    tour.cargo.clear();
    tour.cargo.resize(nodes.len(), Cargo::default());
    let mut first = 0;
    while first < nodes.len() - 1 {
        let rest = &nodes[first + 1..];
        let stops = rest.iter().take_while(|&&node| world.is_stop(node)).count();
        let trip = &mut tour.cargo[first..=first + stops];
        let deliveries = rest[..stops].iter().map(|&stop| world.visit(stop).delivery);
        trip[0].load = deliveries.fold([0; 3], plus);
        trip[0].head_max = trip[0].load;
        for at in 1..=stops {
            let (before, visit) = (trip[at - 1], world.visit(rest[at - 1]));
            let mut load = plus(minus(before.load, visit.delivery), visit.pickup);
            let mut open = before.open;
            if visit.mate != NONE && visit.is_last {
                load = minus(load, world.visit(visit.mate).shipped);
                open -= 1;
            } else if visit.mate != NONE {
                load = plus(load, visit.shipped);
                open += 1;
            }
            let head_max = std::array::from_fn(|d| before.head_max[d].max(load[d]));
            let picked = plus(before.picked, visit.pickup);
            trip[at] = Cargo { load, head_max, tail_max: load, picked, open };
        }
        trip[stops].tail_max = trip[stops].load;
        for at in (0..stops).rev() {
            let behind = trip[at + 1].tail_max;
            trip[at].tail_max = std::array::from_fn(|d| behind[d].max(trip[at].load[d]));
        }
        first += stops + 1;
    }
}

/// Sets the sums of a route: way, duration, cost, and whether it keeps every rule.
fn sum_up(world: &World, tour: &mut Tour) {
    let kind = &world.core.kinds[tour.kind as usize];
    let nodes = &tour.nodes;
    let end = nodes.len() - 1;
    let inner = &nodes[1..end];
    tour.stops = inner.iter().filter(|&&node| world.is_stop(node)).count() as u32;
    tour.trips = 1 + inner.len() as u32 - tour.stops;
    tour.way_m = tour.ways.iter().map(|way| way.distance_m).sum();
    let way_s = tour.ways[end - 1].duration_s;
    let driver = &world.drivers[tour.kind as usize];
    let duration_s = join(driver, tour.heads.of(end - 1), way_s, tour.tail(end));
    let stops = || inner.iter().copied().filter(|&node| world.is_stop(node));
    tour.extra = stops().map(|stop| world.core.extra(stop, tour.kind)).sum();
    (tour.time_cost, tour.cost, tour.is_allowed) = (0, 0, true);
    if tour.stops > 0 {
        tour.time_cost = duration_s.map_or(0, |seconds| kind.time_cost(seconds as i32));
        tour.cost = kind.fixed + tour.way_m * kind.per_m + tour.time_cost;
        let capacity = world.capacity(tour.kind);
        tour.is_allowed = duration_s.is_some_and(|s| s <= i64::from(kind.duration_max_s))
            && tour.way_m <= kind.distance_max_m
            && tour.stops <= kind.stops_max
            && tour.trips <= world.trips_max(tour.kind)
            && stops().all(|stop| world.core.extra(stop, tour.kind) < MUST)
            && tour.cargo.iter().all(|cargo| fits(cargo.load, capacity));
    }
}

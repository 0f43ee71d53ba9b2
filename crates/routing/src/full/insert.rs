//! Places for stops and pairs of stops in routes, and what they cost there. Every place is judged
//! from what is known of both its sides; only nodes between the two stops of a pair are walked over.

use postroad_model::routing::AMOUNT_MAX;
use postroad_optimization::Random;

use super::piece::{Front, join};
use super::tours::{Tour, Tours};
use super::world::{Sum, Unit, World, fits, minus, plus};
use crate::core::MUST;
use crate::near::{Near, NearStops};
use crate::recreate::{Blinker, KIND_BLINK_SHARE, REACH};
use crate::state::NONE;

/// Whether a unit begins or ends a trip of its own making.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reload {
    None,
    Before,
    Behind,
}

/// A place for a unit, and what it costs there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    tour: u32,
    /// Position of the node before the first stop, and of the one before the last.
    after: [usize; 2],
    reload: Reload,
    pub(crate) delta: i64,
}

impl Slot {
    const NONE: Slot = Slot { tour: NONE, after: [0; 2], reload: Reload::None, delta: i64::MAX };

    pub(crate) fn is_none(&self) -> bool {
        self.tour == NONE
    }
}

/// A unit to be placed, with its loads on the way to its first stop, between its stops, and from
/// its last stop on.
#[derive(Clone, Copy)]
struct Guest {
    unit: Unit,
    before: Sum,
    between: Sum,
    behind: Sum,
}

impl Guest {
    fn new(world: &World, unit: Unit) -> Self {
        let (first, last) = (world.visit(unit.first), world.visit(unit.last));
        if !unit.is_pair() {
            let (before, behind) = (first.delivery, first.pickup);
            return Self { unit, before, between: behind, behind };
        }
        Self {
            unit,
            before: plus(first.delivery, last.delivery),
            between: plus(plus(first.pickup, last.delivery), first.shipped),
            behind: plus(first.pickup, last.pickup),
        }
    }

    /// Whether the capacity holds the unit in one gap.
    #[inline]
    fn fits(&self, tour: &Tour, gap: usize, reload: Reload, capacity: Sum) -> bool {
        let cargo = &tour.cargo[gap];
        // What is yet to be delivered on the trip.
        let rest = minus(cargo.load, cargo.picked);
        let (head, here, tail) = match reload {
            Reload::None => (cargo.head_max, cargo.load, cargo.tail_max),
            _ if cargo.open != 0 => return false,
            Reload::Before => (rest, rest, minus(cargo.tail_max, cargo.picked)),
            Reload::Behind => (minus(cargo.head_max, rest), cargo.picked, cargo.picked),
        };
        fits(plus(head, self.before), capacity)
            && fits(plus(here, self.between), capacity)
            && fits(plus(tail, self.behind), capacity)
    }

    /// What the unit costs on a route without more time; on an unused vehicle, without any time.
    #[inline]
    fn least(&self, world: &World, tour: &Tour, detour_m: i64) -> i64 {
        let kind = &world.core.kinds[tour.kind as usize];
        let idle = if tour.stops == 0 { kind.fixed + tour.way_m * kind.per_m } else { 0 };
        let extra = idle + world.extra(self.unit, tour.kind);
        detour_m.saturating_mul(kind.per_m).saturating_add(extra)
    }

    /// What the unit costs on a route; `None` if it breaks a limit or may not be there.
    fn delta(&self, world: &World, tour: &Tour, detour_m: i64, duration_s: i64) -> Option<i64> {
        let kind = &world.core.kinds[tour.kind as usize];
        let is_within = duration_s <= i64::from(kind.duration_max_s)
            && tour.way_m + detour_m <= kind.distance_max_m
            && tour.stops + self.unit.stops().count() as u32 <= kind.stops_max
            && self.unit.stops().all(|stop| world.core.extra(stop, tour.kind) < MUST);
        let time = kind.time_cost(duration_s as i32) - tour.time_cost;
        is_within.then(|| self.least(world, tour, detour_m) + time)
    }
}

/// A route, by its number too.
#[derive(Clone, Copy)]
struct Host<'a> {
    at: u32,
    tour: &'a Tour,
}

impl<'a> Host<'a> {
    fn new(tours: &'a Tours, at: u32) -> Self {
        Self { at, tour: &tours.tours[at as usize] }
    }
}

/// What the stops of a pair add to a route at a gap, and the least the last one adds from it on.
#[derive(Clone, Copy)]
struct Detours {
    first_m: i64,
    last_m: i64,
    last_least_m: i64,
}

/// Looks for places; holds the memory it needs for that.
pub(crate) struct Inserter {
    blinker: Blinker,
    front: Front,
    ahead: Front,
    detours: Vec<Detours>,
    /// Routes for a pair, by the least that they can cost.
    hosts: Vec<(i64, u32)>,
    /// Routes and kinds looked at for the unit of this number.
    seen: Vec<u32>,
    seen_kinds: Vec<u32>,
    unit: u32,
}

impl Inserter {
    pub(crate) fn new(kinds: usize, random: &mut Random) -> Self {
        Self {
            blinker: Blinker::new(random),
            front: Front::default(),
            ahead: Front::default(),
            detours: Vec::new(),
            hosts: Vec::new(),
            seen: Vec::new(),
            seen_kinds: vec![0; kinds],
            unit: 0,
        }
    }

    /// The cheapest place for a unit: next to near stops, next to `gaps`, on `ruined` routes, or
    /// on a vehicle more.
    pub(crate) fn best(
        &mut self,
        tours: &mut Tours,
        near: &NearStops,
        unit: Unit,
        [gaps, ruined]: [&[u32]; 2],
        random: &mut Random,
    ) -> Slot {
        self.unit += 1;
        let guest = Guest::new(&tours.world, unit);
        let mut best = Slot::NONE;
        if unit.is_pair() {
            let around = unit.stops().flat_map(|stop| near.of(stop)).map(|near| near.stop);
            let around = around.filter_map(|stop| tours.place(stop).map(|place| place.tour));
            self.list_hosts(tours, &guest, around.chain(ruined.iter().copied()));
            for host in 0..self.hosts.len() {
                let (least, at) = self.hosts[host];
                if least >= best.delta {
                    break;
                }
                self.try_tour(&tours.world, Host::new(tours, at), &guest, &mut best, random);
            }
        } else {
            self.try_near(tours, near.of(unit.first), &guest, &mut best, random);
            for place in gaps.iter().filter_map(|&stop| tours.place(stop)) {
                let host = Host::new(tours, place.tour);
                for gap in [place.at as usize - 1, place.at as usize] {
                    self.try_gap_unless_blind(&tours.world, host, &guest, gap, &mut best, random);
                }
            }
            for &at in ruined {
                self.try_ends(&tours.world, Host::new(tours, at), &guest, &mut best, random);
            }
        }
        self.try_more_vehicles(tours, &guest, &mut best, random);
        best
    }

    /// Tries the gaps on both sides of near stops.
    fn try_near(
        &mut self,
        tours: &Tours,
        near: &[Near],
        guest: &Guest,
        best: &mut Slot,
        random: &mut Random,
    ) {
        let world = &tours.world;
        for near in near {
            if world.core.per_m_min * i64::from(near.to_m.min(near.from_m)) / REACH >= best.delta {
                break;
            }
            let Some(place) = tours.place(near.stop) else { continue };
            let host = Host::new(tours, place.tour);
            let (nodes, ways, at) = (&host.tour.nodes, &host.tour.ways, place.at as usize);
            let per_m = world.core.kinds[host.tour.kind as usize].per_m;
            // As in `recreate.rs`: no less by the triangle inequality, if the stop is nearer to
            // this end of the gap.
            let twice = |way_m: i64, end: u32| if world.is_stop(end) { way_m } else { 2 * way_m };
            let behind_m = 2 * i64::from(near.from_m) - twice(ways[at].distance_m, nodes[at + 1]);
            let before_m = 2 * i64::from(near.to_m) - twice(ways[at - 1].distance_m, nodes[at - 1]);
            for (gap, least_m) in [(at, behind_m), (at - 1, before_m)] {
                if least_m * per_m < best.delta {
                    self.try_gap_unless_blind(world, host, guest, gap, best, random);
                }
            }
        }
    }

    /// Tries the gaps at both ends of each trip of a used route.
    fn try_ends(
        &mut self,
        world: &World,
        host: Host,
        guest: &Guest,
        best: &mut Slot,
        random: &mut Random,
    ) {
        for gap in 0..host.tour.nodes.len() - 1 {
            let is_end = host.tour.nodes[gap..gap + 2].iter().any(|&node| !world.is_stop(node));
            if host.tour.stops > 0 && is_end {
                self.try_gap_unless_blind(world, host, guest, gap, best, random);
            }
        }
    }

    /// Tries an unused vehicle of each kind, but not of several kinds that are alike.
    fn try_more_vehicles(
        &mut self,
        tours: &mut Tours,
        guest: &Guest,
        best: &mut Slot,
        random: &mut Random,
    ) {
        let kinds = tours.world.core.kinds.len();
        for kind in 0..kinds as u32 {
            let alike = tours.world.alike[kind as usize] as usize;
            let is_seen = self.seen_kinds[alike] == self.unit;
            if is_seen || (kinds > 1 && random.unit() < KIND_BLINK_SHARE) {
                continue;
            }
            if let Some(tour) = tours.empty_tour(kind) {
                self.seen_kinds[alike] = self.unit;
                self.try_gap(&tours.world, Host::new(tours, tour), guest, 0, best);
            }
        }
    }

    #[inline]
    fn try_gap_unless_blind(
        &mut self,
        world: &World,
        host: Host,
        guest: &Guest,
        gap: usize,
        best: &mut Slot,
        random: &mut Random,
    ) {
        if !self.blinker.blinks(random) {
            self.try_gap(world, host, guest, gap, best);
        }
    }

    /// Tries a unit in one gap, also with a reload before or behind it.
    fn try_gap(&mut self, world: &World, host: Host, guest: &Guest, gap: usize, best: &mut Slot) {
        let (tour, Unit { first, last }) = (host.tour, guest.unit);
        let depot = world.start(tour.kind);
        let chain: &[u32] = match guest.unit.is_pair() {
            true => &[depot, first, last, depot],
            false => &[depot, first, depot],
        };
        let plain = chain.len() - 1;
        self.try_chain(world, host, guest, (gap, Reload::None), &chain[1..plain], best);
        if tour.trips >= world.trips_max(tour.kind) {
            return;
        }
        if world.is_stop(tour.nodes[gap]) {
            self.try_chain(world, host, guest, (gap, Reload::Before), &chain[..plain], best);
        }
        if world.is_stop(tour.nodes[gap + 1]) {
            self.try_chain(world, host, guest, (gap, Reload::Behind), &chain[1..], best);
        }
    }

    /// Tries nodes in a row in one gap.
    fn try_chain(
        &mut self,
        world: &World,
        host: Host,
        guest: &Guest,
        (gap, reload): (usize, Reload),
        chain: &[u32],
        best: &mut Slot,
    ) {
        let tour = host.tour;
        if !guest.fits(tour, gap, reload, world.capacity(tour.kind)) {
            return;
        }
        let Some(detour_m) = detour_m(world, tour, gap, chain) else { return };
        if guest.least(world, tour, detour_m) >= best.delta {
            return;
        }
        self.front.set(tour.heads.of(gap));
        let mut last = tour.nodes[gap];
        for &node in chain {
            let way_s = world.way(tour.kind, last, node).duration_s;
            world.go_on(tour.kind, &mut self.front, way_s, [last, node]);
            last = node;
        }
        if let Some(duration_s) = close(world, tour, &mut self.front, last, gap + 1)
            && let Some(delta) = guest.delta(world, tour, detour_m, duration_s)
            && delta < best.delta
        {
            *best = Slot { tour: host.at, after: [gap; 2], reload, delta };
        }
    }

    /// Lists used routes for a pair, each once, by the least that it can cost there.
    fn list_hosts(&mut self, tours: &Tours, pair: &Guest, around: impl Iterator<Item = u32>) {
        self.seen.resize(tours.tours.len(), 0);
        self.hosts.clear();
        for at in around {
            let is_seen = std::mem::replace(&mut self.seen[at as usize], self.unit) == self.unit;
            let tour = &tours.tours[at as usize];
            if !is_seen && tour.stops > 0 {
                self.set_detours(&tours.world, tour, pair.unit);
                let apart_m = self.detours.iter().map(|gap| gap.first_m + gap.last_least_m);
                let least_m = apart_m.min().unwrap_or(NO_DETOUR_M);
                self.hosts.push((pair.least(&tours.world, tour, least_m), at));
            }
        }
        self.hosts.sort_unstable();
    }

    /// Sets the detours of a pair's stops at each gap. In a gap with both, the last one adds no
    /// less than the way between them would save, if ways keep the triangle inequality.
    fn set_detours(&mut self, world: &World, tour: &Tour, unit: Unit) {
        let Unit { first, last } = unit;
        let detour = |gap, stop| detour_m(world, tour, gap, &[stop]).unwrap_or(NO_DETOUR_M);
        self.detours.clear();
        let mut last_least_m = NO_DETOUR_M;
        for gap in (0..tour.nodes.len() - 1).rev() {
            let (first_m, last_m) = (detour(gap, first), detour(gap, last));
            let both_m = detour_m(world, tour, gap, &[first, last]).unwrap_or(NO_DETOUR_M);
            let here_m = last_least_m.min(both_m - first_m);
            self.detours.push(Detours { first_m, last_m, last_least_m: here_m });
            last_least_m = last_least_m.min(last_m);
        }
        self.detours.reverse();
    }

    /// Tries a pair in all gaps of a route.
    fn try_tour(
        &mut self,
        world: &World,
        host: Host,
        pair: &Guest,
        best: &mut Slot,
        random: &mut Random,
    ) {
        self.set_detours(world, host.tour, pair.unit);
        for gap in 0..host.tour.nodes.len() - 1 {
            let Detours { first_m, last_least_m, .. } = self.detours[gap];
            let is_worth = pair.least(world, host.tour, first_m + last_least_m) < best.delta;
            if is_worth && !self.blinker.blinks(random) {
                self.try_gap(world, host, pair, gap, best);
                self.try_apart(world, host, pair, gap, best);
            }
        }
    }

    /// Tries the first stop of a pair in a gap, and its last one in the later gaps of the trip.
    fn try_apart(&mut self, world: &World, host: Host, pair: &Guest, gap: usize, best: &mut Slot) {
        let (tour, Unit { first, last }) = (host.tour, pair.unit);
        let (nodes, capacity) = (&tour.nodes, world.capacity(tour.kind));
        let is_within = |load, more| fits(plus(load, more), capacity);
        if !is_within(tour.cargo[gap].head_max, pair.before) {
            return;
        }
        let first_m = self.detours[gap].first_m;
        self.front.set(tour.heads.of(gap));
        let mut before = nodes[gap];
        for (at, &node) in nodes[..nodes.len() - 1].iter().enumerate().skip(gap) {
            let node = if at == gap { first } else { node };
            let is_open = world.is_stop(node) && is_within(tour.cargo[at].load, pair.between);
            let least_m = first_m + self.detours[at].last_least_m;
            if !is_open || self.front.is_empty() || pair.least(world, tour, least_m) >= best.delta {
                return;
            }
            let way_s = match at > gap + 1 {
                true => tour.ways[at - 1].duration_s,
                false => world.way(tour.kind, before, node).duration_s,
            };
            world.go_on(tour.kind, &mut self.front, way_s, [before, node]);
            before = node;
            let both_m = first_m + self.detours[at].last_m;
            if at == gap
                || pair.least(world, tour, both_m) >= best.delta
                || !is_within(tour.cargo[at].tail_max, pair.behind)
            {
                continue;
            }
            self.ahead.set(self.front.pieces());
            let way_s = world.way(tour.kind, node, last).duration_s;
            world.go_on(tour.kind, &mut self.ahead, way_s, [node, last]);
            if let Some(duration_s) = close(world, tour, &mut self.ahead, last, at + 1)
                && let Some(delta) = pair.delta(world, tour, both_m, duration_s)
                && delta < best.delta
            {
                *best = Slot { tour: host.at, after: [gap, at], reload: Reload::None, delta };
            }
        }
    }
}

/// No way through a stop: above all detours, so that sums with it stay within 64 bits.
const NO_DETOUR_M: i64 = 1 << 40;

/// How much longer a route is with some nodes in a gap; `None` if there is no way.
#[inline]
fn detour_m(world: &World, tour: &Tour, gap: usize, chain: &[u32]) -> Option<i64> {
    let mut detour_m = -tour.ways[gap].distance_m;
    let mut last = tour.nodes[gap];
    for &node in chain.iter().chain(std::iter::once(&tour.nodes[gap + 1])) {
        let arc = world.arcs.arc(last, node);
        if arc.duration_s >= AMOUNT_MAX {
            return None;
        }
        detour_m += i64::from(arc.distance_m);
        last = node;
    }
    Some(detour_m)
}

/// The shortest duration of a route that goes on from `last` to the node at `next`; the pieces up
/// to there may be used up.
fn close(world: &World, tour: &Tour, front: &mut Front, last: u32, next: usize) -> Option<i64> {
    let (kind, nodes) = (tour.kind, &tour.nodes);
    let driver = &world.drivers[kind as usize];
    let way_s = world.way(kind, last, nodes[next]).duration_s;
    if world.is_setup_changed(nodes[next], nodes[next - 1], last) {
        world.go_on(kind, front, way_s, [last, nodes[next]]);
        return join(driver, front.pieces(), tour.ways[next].duration_s, tour.tail(next + 1));
    }
    join(driver, front.pieces(), way_s, tour.tail(next))
}

/// Puts a unit where it was found to be cheapest.
pub(crate) fn put(tours: &mut Tours, unit: Unit, slot: &Slot) {
    let Slot { tour, after: [first, last], reload, .. } = *slot;
    let old = &tours.tours[tour as usize];
    let depot = tours.world.start(old.kind);
    let kept = [first + 1, old.nodes.len() - last - 2];
    tours.change(tour, kept, |nodes| {
        if reload == Reload::Behind {
            nodes.insert(last + 1, depot);
        }
        if unit.is_pair() {
            nodes.insert(last + 1, unit.last);
        }
        nodes.insert(first + 1, unit.first);
        if reload == Reload::Before {
            nodes.insert(first + 1, depot);
        }
    });
}

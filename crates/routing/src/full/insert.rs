//! Places for stops and pairs of stops in routes, and what they cost there. Every place is judged
//! from what is known of both its sides; only nodes between the two stops of a pair are walked over.

use postroad_model::routing::AMOUNT_MAX;
use postroad_optimization::Random;

use super::piece::{Front, join};
use super::tours::{Tour, Tours, cost_with};
use super::world::{Sum, Unit, World, fits, minus, plus};
use crate::core::MUST;
use crate::near::NearStops;
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

/// Looks for places; holds the memory it needs for that.
pub(crate) struct Inserter {
    blinker: Blinker,
    front: Front,
    ahead: Front,
    /// Detours through the last stop of a pair at each gap of a route, and the least from each on.
    detours: Vec<(i64, i64)>,
    /// Routes and kinds looked at for the unit of this number.
    seen: Vec<u32>,
    seen_kinds: Vec<u32>,
    unit: u32,
}

/// Loads of a unit while it is on the way to its first stop, between its stops, and from its last
/// stop on.
struct UnitLoads {
    before: Sum,
    between: Sum,
    behind: Sum,
}

impl UnitLoads {
    fn new(world: &World, unit: Unit) -> Self {
        let (first, last) = (world.visit(unit.first), world.visit(unit.last));
        if !unit.is_pair() {
            return Self { before: first.delivery, between: first.pickup, behind: first.pickup };
        }
        Self {
            before: plus(first.delivery, last.delivery),
            between: plus(plus(first.pickup, last.delivery), first.shipped),
            behind: plus(first.pickup, last.pickup),
        }
    }

    /// Whether the capacity holds the unit in one gap.
    fn fit(&self, tour: &Tour, at: usize, reload: Reload, capacity: Sum) -> bool {
        let cargo = &tour.cargo[at];
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
}

impl Inserter {
    pub(crate) fn new(kinds: usize, random: &mut Random) -> Self {
        Self {
            blinker: Blinker::new(random),
            front: Front::default(),
            ahead: Front::default(),
            detours: Vec::new(),
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
        let mut best = Slot::NONE;
        if unit.is_pair() {
            let around = unit.stops().flat_map(|stop| near.of(stop)).map(|near| near.stop);
            for stop in around {
                if let Some(place) = tours.place(stop) {
                    self.try_tour_once(tours, unit, place.tour, &mut best, random);
                }
            }
            for &tour in ruined {
                self.try_tour_once(tours, unit, tour, &mut best, random);
            }
        } else {
            let per_m_min = tours.world.core.per_m_min;
            for near in near.of(unit.first) {
                if per_m_min * i64::from(near.to_m.min(near.from_m)) / REACH >= best.delta {
                    break;
                }
                self.try_beside(tours, unit, near.stop, &mut best, random);
            }
            for &stop in gaps {
                self.try_beside(tours, unit, stop, &mut best, random);
            }
            for &tour in ruined {
                self.try_ends(tours, unit, tour, &mut best, random);
            }
        }
        self.try_more_vehicles(tours, unit, &mut best, random);
        best
    }

    /// Tries the gaps on both sides of a stop.
    fn try_beside(
        &mut self,
        tours: &Tours,
        unit: Unit,
        stop: u32,
        best: &mut Slot,
        random: &mut Random,
    ) {
        let Some(place) = tours.place(stop) else { return };
        for gap in [place.at as usize, place.at as usize - 1] {
            if !self.blinker.blinks(random) {
                self.try_gap(
                    &tours.world,
                    &tours.tours[place.tour as usize],
                    unit,
                    gap,
                    place.tour,
                    best,
                );
            }
        }
    }

    /// Tries the gaps at both ends of each trip of a used route.
    fn try_ends(
        &mut self,
        tours: &Tours,
        unit: Unit,
        at: u32,
        best: &mut Slot,
        random: &mut Random,
    ) {
        let tour = &tours.tours[at as usize];
        for gap in 0..tour.nodes.len() - 1 {
            let is_end = tour.nodes[gap..gap + 2].iter().any(|&node| !tours.world.is_stop(node));
            if tour.stops > 0 && is_end && !self.blinker.blinks(random) {
                self.try_gap(&tours.world, tour, unit, gap, at, best);
            }
        }
    }

    /// Tries an unused vehicle of each kind, but not of several kinds that are alike.
    fn try_more_vehicles(
        &mut self,
        tours: &mut Tours,
        unit: Unit,
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
                self.try_gap(&tours.world, &tours.tours[tour as usize], unit, 0, tour, best);
            }
        }
    }

    /// Tries a unit in one gap, also with a reload before or behind it.
    fn try_gap(
        &mut self,
        world: &World,
        tour: &Tour,
        unit: Unit,
        gap: usize,
        at: u32,
        best: &mut Slot,
    ) {
        let (depot, stop) = (world.start(tour.kind), unit.first);
        let chain: &[u32] = match unit.is_pair() {
            true => &[depot, stop, unit.last, depot],
            false => &[depot, stop, depot],
        };
        let plain = chain.len() - 1;
        self.try_chain(world, tour, unit, (gap, at, Reload::None), &chain[1..plain], best);
        if tour.trips >= world.trips_max(tour.kind) {
            return;
        }
        if world.is_stop(tour.nodes[gap]) {
            self.try_chain(world, tour, unit, (gap, at, Reload::Before), &chain[..plain], best);
        }
        if world.is_stop(tour.nodes[gap + 1]) {
            self.try_chain(world, tour, unit, (gap, at, Reload::Behind), &chain[1..], best);
        }
    }

    /// Tries nodes in a row in one gap.
    fn try_chain(
        &mut self,
        world: &World,
        tour: &Tour,
        unit: Unit,
        (gap, at, reload): (usize, u32, Reload),
        chain: &[u32],
        best: &mut Slot,
    ) {
        let detour = detour_m(world, tour.nodes[gap], chain, tour.nodes[gap + 1]);
        let Some(detour_m) = detour else { return };
        let is_cheap = least(world, tour, unit, detour_m) < best.delta;
        let loads = UnitLoads::new(world, unit);
        if !is_cheap || !loads.fit(tour, gap, reload, world.capacity(tour.kind)) {
            return;
        }
        self.front.set(tour.heads.of(gap));
        let mut last = tour.nodes[gap];
        for &node in chain {
            world.go_on(tour.kind, &mut self.front, last, node);
            last = node;
        }
        let duration_s = close(world, tour, &mut self.front, last, gap + 1);
        if let Some(delta) = delta(world, tour, unit, detour_m, duration_s)
            && delta < best.delta
        {
            *best = Slot { tour: at, after: [gap; 2], reload, delta };
        }
    }

    /// Tries a pair in all gaps of a used route, unless that was done.
    fn try_tour_once(
        &mut self,
        tours: &Tours,
        unit: Unit,
        at: u32,
        best: &mut Slot,
        random: &mut Random,
    ) {
        self.seen.resize(tours.tours.len(), 0);
        let is_seen = std::mem::replace(&mut self.seen[at as usize], self.unit) == self.unit;
        let tour = &tours.tours[at as usize];
        if is_seen || tour.stops == 0 {
            return;
        }
        let world = &tours.world;
        self.set_detours(world, tour, unit);
        for gap in 0..tour.nodes.len() - 1 {
            if !self.blinker.blinks(random) {
                self.try_gap(world, tour, unit, gap, at, best);
                self.try_apart(world, tour, unit, gap, at, best);
            }
        }
    }

    /// Sets the detours through the last stop of a pair, at each gap.
    fn set_detours(&mut self, world: &World, tour: &Tour, unit: Unit) {
        let gaps = tour.nodes.windows(2);
        let detour = |gap: &[u32]| detour_m(world, gap[0], &[unit.last], gap[1]);
        self.detours.clear();
        self.detours.extend(gaps.map(|gap| (detour(gap).unwrap_or(NO_DETOUR_M), NO_DETOUR_M)));
        let mut least = NO_DETOUR_M;
        for detour in self.detours.iter_mut().rev() {
            least = least.min(detour.0);
            detour.1 = least;
        }
    }

    /// Tries the first stop of a pair in a gap, and its last one in the later gaps of the trip.
    fn try_apart(
        &mut self,
        world: &World,
        tour: &Tour,
        unit: Unit,
        gap: usize,
        at: u32,
        best: &mut Slot,
    ) {
        let (kind, nodes) = (tour.kind, &tour.nodes);
        let Some(first_m) = detour_m(world, nodes[gap], &[unit.first], nodes[gap + 1]) else {
            return;
        };
        let (loads, capacity) = (UnitLoads::new(world, unit), world.capacity(kind));
        let is_within = |load, more| fits(plus(load, more), capacity);
        if !is_within(tour.cargo[gap].head_max, loads.before)
            || !is_within(tour.cargo[gap].load, loads.between)
        {
            return;
        }
        let is_worth =
            |more_m: i64, best: &Slot| least(world, tour, unit, first_m + more_m) < best.delta;
        self.front.set(tour.heads.of(gap));
        let mut last = nodes[gap];
        for (position, node) in std::iter::once((gap, unit.first))
            .chain((gap + 1..nodes.len() - 1).map(|position| (position, nodes[position])))
        {
            let is_inside =
                world.is_stop(node) && is_within(tour.cargo[position].load, loads.between);
            if !is_inside || self.front.is_empty() || !is_worth(self.detours[gap].1, best) {
                return;
            }
            world.go_on(kind, &mut self.front, last, node);
            last = node;
            let (more_m, _) = self.detours[position];
            let is_open = position > gap
                && is_worth(more_m, best)
                && is_within(tour.cargo[position].tail_max, loads.behind);
            if !is_open {
                continue;
            }
            self.ahead.set(self.front.pieces());
            world.go_on(kind, &mut self.ahead, node, unit.last);
            let duration_s = close(world, tour, &mut self.ahead, unit.last, position + 1);
            if let Some(delta) = delta(world, tour, unit, first_m + more_m, duration_s)
                && delta < best.delta
            {
                *best = Slot { tour: at, after: [gap, position], reload: Reload::None, delta };
            }
        }
    }
}

/// No way through a stop: above all detours, so that sums with it stay within 64 bits.
const NO_DETOUR_M: i64 = 1 << 40;

/// How much longer a route is with some nodes between two; `None` if there is no way.
#[inline]
fn detour_m(world: &World, prev: u32, chain: &[u32], next: u32) -> Option<i64> {
    let mut detour_m = -i64::from(world.arcs.distance_m(prev, next));
    let mut last = prev;
    for &node in chain.iter().chain(std::iter::once(&next)) {
        let arc = world.arcs.arc(last, node);
        if arc.duration_s >= AMOUNT_MAX {
            return None;
        }
        detour_m += i64::from(arc.distance_m);
        last = node;
    }
    Some(detour_m)
}

/// The cost of a unit on a route without that of more time; for an unused vehicle, with all that
/// the vehicle costs.
#[inline]
fn least(world: &World, tour: &Tour, unit: Unit, detour_m: i64) -> i64 {
    let idle = if tour.stops == 0 { 0 } else { tour.duration_s };
    cost_with(world, tour, detour_m, i64::from(idle)) - tour.cost + world.extra(unit, tour.kind)
}

/// The shortest duration of a route that goes on from `last` to the node at `next`; the pieces up
/// to there may be used up.
fn close(world: &World, tour: &Tour, front: &mut Front, last: u32, next: usize) -> Option<i64> {
    let (kind, nodes) = (tour.kind, &tour.nodes);
    let driver = &world.drivers[kind as usize];
    if world.is_setup_changed(nodes[next], nodes[next - 1], last) {
        world.go_on(kind, front, last, nodes[next]);
        let way_s = world.travel_s(kind, nodes[next], nodes[next + 1]);
        return join(driver, front.pieces(), way_s, tour.tail(next + 1));
    }
    let way_s = world.travel_s(kind, last, nodes[next]);
    join(driver, front.pieces(), way_s, tour.tail(next))
}

/// What a unit costs on a route; `None` if it breaks a limit or may not be there.
fn delta(
    world: &World,
    tour: &Tour,
    unit: Unit,
    detour_m: i64,
    duration_s: Option<i64>,
) -> Option<i64> {
    let duration_s = duration_s?;
    let kind = &world.core.kinds[tour.kind as usize];
    let is_within = duration_s <= i64::from(kind.duration_max_s)
        && tour.way_m + detour_m <= kind.distance_max_m
        && tour.stops + unit.stops().count() as u32 <= kind.stops_max
        && unit.stops().all(|stop| world.core.extra(stop, tour.kind) < MUST);
    let extra = world.extra(unit, tour.kind);
    is_within.then(|| cost_with(world, tour, detour_m, duration_s) - tour.cost + extra)
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

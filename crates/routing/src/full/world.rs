//! The problem as the search under all rules sees it: visits, vehicles, and the steps of a route.

use postroad_model::id::Id;
use postroad_model::routing::{Break, RoutingProblem, TimeWindow, VehicleType};
use postroad_model::{DepotId, StopId};

use super::piece::{Driver, Front, Piece, Side};
use super::tours::Way;
use crate::arcs::Arcs;
use crate::core::Core;
use crate::state::NONE;

/// Any time.
const ALWAYS: TimeWindow = TimeWindow { start_s: i32::MIN, end_s: i32::MAX };

/// Loads that are summed.
pub(crate) type Sum = [i64; 3];

/// Adds a load to a sum.
#[inline]
pub(crate) fn plus(a: Sum, b: Sum) -> Sum {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// Takes a load from a sum.
#[inline]
pub(crate) fn minus(a: Sum, b: Sum) -> Sum {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// Whether a load is within a capacity.
#[inline]
pub(crate) fn fits(load: Sum, capacity: Sum) -> bool {
    load[0] <= capacity[0] && load[1] <= capacity[1] && load[2] <= capacity[2]
}

/// What the search reads of a stop.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) delivery: Sum,
    pub(crate) pickup: Sum,
    service_s: i64,
    setup_s: i64,
    location: u32,
    /// Where its windows are in the list of all.
    windows: [u32; 2],
    /// The other end of its shipments, or none; their load, if they begin here.
    pub(crate) mate: u32,
    pub(crate) is_last: bool,
    pub(crate) shipped: Sum,
}

/// Stops, vehicles and ways.
pub(crate) struct World<'a> {
    pub(crate) core: &'a Core<'a>,
    pub(crate) arcs: Arcs<'a>,
    visits: Vec<Visit>,
    windows: Vec<TimeWindow>,
    pub(crate) drivers: Vec<Driver>,
    capacities: Vec<Sum>,
    /// For each kind of vehicle the first one that is like it in everything but its number.
    pub(crate) alike: Vec<u32>,
}

impl<'a> World<'a> {
    pub(crate) fn new(core: &'a Core<'a>) -> Self {
        let problem = core.problem;
        let n = core.stops() as u32;
        let ends = core.kinds.iter().flat_map(|kind| [kind.start, kind.end]);
        let places = (0..n).map(|stop| core.location(stop)).chain(ends).collect();
        let mut windows = Vec::new();
        let mut visits: Vec<Visit> =
            core.ids.iter().map(|&id| visit(problem, id, &mut windows)).collect();
        let mut number = vec![NONE; n as usize];
        (0..n).for_each(|stop| number[core.ids[stop as usize].index()] = stop);
        for shipment in &problem.shipments {
            let [first, last] = [shipment.pickup, shipment.delivery].map(|id| number[id.index()]);
            let load = shipment.load.map(i64::from);
            visits[first as usize].mate = last;
            visits[first as usize].shipped = plus(visits[first as usize].shipped, load);
            visits[last as usize].mate = first;
            visits[last as usize].is_last = true;
        }
        let vehicles = core.kinds.iter().map(|kind| &problem.vehicles[kind.id]);
        Self {
            core,
            arcs: Arcs::new(&problem.travel, places, n as usize),
            visits,
            windows,
            drivers: vehicles.clone().map(|vehicle| driver(problem, vehicle)).collect(),
            capacities: vehicles.map(|vehicle| vehicle.capacity.map(i64::from)).collect(),
            alike: (0..core.kinds.len()).map(|kind| first_alike(core, kind)).collect(),
        }
    }

    /// Number of stops.
    #[inline]
    pub(crate) fn stops(&self) -> usize {
        self.visits.len()
    }

    #[inline]
    pub(crate) fn is_stop(&self, node: u32) -> bool {
        (node as usize) < self.visits.len()
    }

    #[inline]
    pub(crate) fn visit(&self, stop: u32) -> &Visit {
        &self.visits[stop as usize]
    }

    #[inline]
    pub(crate) fn capacity(&self, kind: u32) -> Sum {
        self.capacities[kind as usize]
    }

    /// Most trips of a kind of vehicle.
    #[inline]
    pub(crate) fn trips_max(&self, kind: u32) -> u32 {
        self.drivers[kind as usize].trips_max
    }

    /// Whether some vehicle may make several trips.
    #[inline]
    pub(crate) fn has_trips(&self) -> bool {
        self.drivers.iter().any(|driver| driver.trips_max > 1)
    }

    /// The node where vehicles of a kind start and reload; the one where they end is the next.
    #[inline]
    pub(crate) fn start(&self, kind: u32) -> u32 {
        self.stops() as u32 + 2 * kind
    }

    #[inline]
    fn location(&self, node: u32) -> u32 {
        if self.is_stop(node) {
            return self.visit(node).location;
        }
        let (kind, is_end) =
            ((node as usize - self.stops()) / 2, (node as usize - self.stops()) % 2);
        let kind = &self.core.kinds[kind];
        if is_end == 1 { kind.end } else { kind.start }
    }

    /// Stops that are visited both or neither: one, or the ends of a shipment, in their order.
    pub(crate) fn unit(&self, stop: u32) -> Unit {
        let visit = self.visit(stop);
        match (visit.mate, visit.is_last) {
            (NONE, _) => Unit { first: stop, last: stop },
            (mate, true) => Unit { first: mate, last: stop },
            (mate, false) => Unit { first: stop, last: mate },
        }
    }

    /// Price of leaving a unit out.
    #[inline]
    pub(crate) fn price(&self, unit: Unit) -> i64 {
        unit.stops().map(|stop| self.core.stop(stop).price).sum()
    }

    /// Extra cost of a kind of vehicle at a unit.
    #[inline]
    pub(crate) fn extra(&self, unit: Unit, kind: u32) -> i64 {
        unit.stops().map(|stop| self.core.extra(stop, kind)).sum()
    }

    /// Whether the time spent at a node is another one after another node.
    #[inline]
    pub(crate) fn is_setup_changed(&self, node: u32, before: u32, now: u32) -> bool {
        self.is_stop(node)
            && self.visit(node).setup_s > 0
            && self.spent_s(node, before) != self.spent_s(node, now)
    }

    #[inline]
    fn spent_s(&self, stop: u32, prev: u32) -> i64 {
        let visit = self.visit(stop);
        let is_there = visit.setup_s == 0 || self.location(prev) == visit.location;
        visit.service_s + if is_there { 0 } else { visit.setup_s }
    }

    /// The way of a kind of vehicle.
    #[inline]
    pub(crate) fn way(&self, kind: u32, from: u32, to: u32) -> Way {
        let arc = self.arcs.arc(from, to);
        Way {
            distance_m: i64::from(arc.distance_m),
            duration_s: i64::from(self.core.kinds[kind as usize].travel_s(arc.duration_s)),
        }
    }

    /// From the beginning of the shift to leaving the start.
    pub(crate) fn leave(&self, kind: u32, front: &mut Front) {
        let driver = &self.drivers[kind as usize];
        front.set(&[driver.begin]);
        front.pass(driver, Side::Head, std::iter::once(Piece::always(0)));
        front.pass(driver, Side::Head, std::iter::once(driver.leave));
    }

    /// From the arrival at the end to the end of the shift.
    pub(crate) fn come_back(&self, kind: u32, front: &mut Front) {
        let driver = &self.drivers[kind as usize];
        front.set(&[driver.finish]);
        front.pass(driver, Side::Tail, std::iter::once(Piece::always(0)));
        front.pass(driver, Side::Tail, std::iter::once(driver.back));
    }

    /// From the departure at `prev` on to that at `node`, over a way between them.
    #[inline]
    pub(crate) fn go_on(&self, kind: u32, front: &mut Front, way_s: i64, [prev, node]: [u32; 2]) {
        let driver = &self.drivers[kind as usize];
        front.travel(driver, Side::Head, way_s);
        if self.is_stop(node) {
            front.pass(driver, Side::Head, self.choices(node, prev));
        } else {
            front.pass(driver, Side::Head, std::iter::once(driver.reload));
            front.pass(driver, Side::Head, std::iter::once(driver.leave));
        }
    }

    /// From the arrival behind `node`, over the way there, back to that at `node`.
    #[inline]
    pub(crate) fn go_back(&self, kind: u32, front: &mut Front, way_s: i64, [prev, node]: [u32; 2]) {
        let driver = &self.drivers[kind as usize];
        front.travel(driver, Side::Tail, way_s);
        if self.is_stop(node) {
            front.pass(driver, Side::Tail, self.choices(node, prev));
        } else {
            front.pass(driver, Side::Tail, std::iter::once(driver.leave));
            front.pass(driver, Side::Tail, std::iter::once(driver.reload));
        }
    }

    /// The ways to be served that a stop offers.
    #[inline]
    fn choices(&self, stop: u32, prev: u32) -> impl Iterator<Item = Piece> + Clone {
        let [from, to] = self.visit(stop).windows;
        let spent_s = self.spent_s(stop, prev);
        let windows = self.windows[from as usize..to as usize].iter();
        windows.map(move |&window| Piece::event(window, spent_s))
    }
}

/// Stops that are visited both or neither.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Unit {
    pub(crate) first: u32,
    /// The same for a stop of its own.
    pub(crate) last: u32,
}

impl Unit {
    #[inline]
    pub(crate) fn is_pair(self) -> bool {
        self.first != self.last
    }

    #[inline]
    pub(crate) fn stops(self) -> impl Iterator<Item = u32> {
        [self.first, self.last].into_iter().take(1 + usize::from(self.is_pair()))
    }
}

fn visit(problem: &RoutingProblem, id: StopId, windows: &mut Vec<TimeWindow>) -> Visit {
    let stop = &problem.stops[id];
    let from = windows.len() as u32;
    match &stop.windows[..] {
        [] => windows.push(ALWAYS),
        given => windows.extend_from_slice(given),
    }
    Visit {
        delivery: stop.delivery.map(i64::from),
        pickup: stop.pickup.map(i64::from),
        service_s: i64::from(stop.service_s),
        setup_s: i64::from(stop.setup_s),
        location: stop.location.0,
        windows: [from, windows.len() as u32],
        mate: NONE,
        is_last: false,
        shipped: [0; 3],
    }
}

fn driver(problem: &RoutingProblem, vehicle: &VehicleType) -> Driver {
    let window = |depot: Option<DepotId>| depot.map_or(ALWAYS, |id| problem.depots[id].window);
    let (start, end) = (window(vehicle.start), window(vehicle.end));
    let shift = vehicle.shift;
    let rest = |rest: &Break| {
        let piece = |&window: &TimeWindow| Piece {
            breaks: 1,
            ..Piece::event(window, i64::from(rest.duration_s))
        };
        rest.windows.iter().map(piece).collect()
    };
    Driver {
        begin: Piece::event(shift, 0),
        leave: Piece::event(start, 0),
        back: Piece::event(end, 0),
        finish: Piece::event(TimeWindow { start_s: i32::MIN, end_s: shift.end_s }, 0),
        reload: Piece::event(start, i64::from(vehicle.reload_s)),
        trips_max: vehicle.trips_max,
        rests: vehicle.breaks.iter().map(rest).collect(),
        counts_time: vehicle.micro_usd_per_s > 0
            || vehicle.overtime.is_some()
            || i64::from(vehicle.duration_max_s)
                < i64::from(shift.end_s) - i64::from(shift.start_s),
    }
}

/// The first kind of vehicle like this one, in itself and at every stop.
fn first_alike(core: &Core, kind: usize) -> u32 {
    let count = |vehicle: &VehicleType| VehicleType { count: 0, ..vehicle.clone() };
    let of = |kind: usize| count(&core.problem.vehicles[core.kinds[kind].id]);
    let this = of(kind);
    let first = (0..kind).find(|&other| of(other) == this && core.are_extras_equal(other, kind));
    first.unwrap_or(kind) as u32
}

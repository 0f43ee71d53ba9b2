//! Ruin and recreate under all rules of the model: several windows, breaks, setup times, pickups,
//! shipments, several trips. It follows the same trajectory as `search.rs`, on routes that are
//! lists and know more of each node.

mod exchange;
mod insert;
mod piece;
mod ruin;
mod start;
mod tours;
mod world;

use postroad_model::StopId;
use postroad_model::routing::{Route, RoutingPlan};
use postroad_optimization::{Control, Random};

use crate::config::Config;
use crate::core::{Core, rules};
use crate::near::NearStops;
use crate::reasons::reason;
use crate::recreate::sort;
use crate::search::{ABSENT_SHARE, Cooling, Found, LOOK_ROUNDS, recomputed, try_absent};
use crate::swap::SWAP_SHARE;
use exchange::{cross, move_trip, swap_vehicles};
use insert::{Inserter, put};
use ruin::{Ruins, ruin};
use tours::{Tour, Tours};
use world::World;

/// Share of rounds that move a trip to another vehicle, where there are several trips.
const TRIP_SHARE: f64 = 0.05;

/// Searches until the control or the rounds say stop.
pub(crate) fn search(
    core: &Core,
    config: &Config,
    control: &Control,
    start: Option<&RoutingPlan>,
) -> Found {
    let mut search = Search::new(core, config);
    search.begin(start);
    let scale = search.near.mean_cost(core, &search.tours.world.arcs);
    let cooling = Cooling::new(scale, rules::FULL, control, start.is_some());
    let mut temperature = cooling.hot;
    let mut round = 0;
    while round < config.iterations && core.stops() > 0 {
        if round % LOOK_ROUNDS == 0 {
            debug_assert!(search.is_right());
            if control.is_over() {
                break;
            }
            temperature = cooling.temperature(round as f64 / config.iterations as f64, control);
        }
        round += 1;
        search.round(temperature, control);
    }
    let plan = search.best.plan(&search.tours.world);
    debug_assert_eq!(search.best.cost, recomputed(core, &plan), "the best plan's cost");
    Found { plan, iterations: round }
}

/// All that a round needs.
struct Search<'a> {
    tours: Tours<'a>,
    near: NearStops,
    random: Random,
    inserter: Inserter,
    ruins: Ruins,
    /// Units that are left out, each by its first stop.
    absent: Vec<u32>,
    best: Best,
}

impl<'a> Search<'a> {
    fn new(core: &'a Core<'a>, config: &Config) -> Self {
        let tours = Tours::new(World::new(core));
        let near = NearStops::new(core, &tours.world.arcs, config.near_stops);
        let mut random = Random::new(config.seed);
        let inserter = Inserter::new(core.kinds.len(), &mut random);
        let ruins = Ruins::new(core.stops());
        let best = Best { cost: i64::MAX, routes: Vec::new() };
        Self { tours, near, random, inserter, ruins, absent: Vec::new(), best }
    }

    /// A first plan: the given one as far as it keeps the rules, and every stop that is left put
    /// where it is cheapest.
    fn begin(&mut self, plan: Option<&RoutingPlan>) {
        if let Some(plan) = plan {
            start::load(&mut self.tours, plan);
        }
        let tours = &self.tours;
        let is_left =
            |&stop: &u32| tours.world.unit(stop).first == stop && tours.place(stop).is_none();
        self.ruins.taken.extend((0..tours.world.stops() as u32).filter(is_left));
        self.recreate();
        self.tours.forget();
        self.absent = std::mem::take(&mut self.ruins.taken);
        self.best.update(&mut self.tours);
    }

    /// Puts units back in their order; those for which there is no place are left over.
    fn recreate(&mut self) {
        let Self { tours, near, random, inserter, ruins, .. } = self;
        let Ruins { taken, gaps, tours: ruined, .. } = ruins;
        taken.retain(|&first| {
            let unit = tours.world.unit(first);
            let slot = inserter.best(tours, near, unit, [gaps, ruined], random);
            let is_worth = !slot.is_none() && slot.delta < tours.world.price(unit);
            if is_worth {
                let before = tours.cost;
                put(tours, unit, &slot);
                debug_assert_eq!(tours.cost - before, slot.delta - tours.world.price(unit));
            }
            !is_worth
        });
    }

    /// Changes a place, and keeps the outcome or takes it back.
    fn round(&mut self, temperature: f64, control: &Control) {
        let before = self.tours.cost;
        self.ruins.clear();
        let chance = self.random.unit();
        if self.tours.world.core.kinds.len() > 1 && chance < SWAP_SHARE {
            swap_vehicles(&mut self.tours, &self.near, &mut self.random);
        } else if self.tours.world.has_trips() && chance < SWAP_SHARE + TRIP_SHARE {
            move_trip(&mut self.tours, &mut self.random);
        } else {
            try_absent(&mut self.absent, &mut self.ruins.taken, &mut self.random);
            let seed = match self.absent.first() {
                Some(&stop) if self.random.unit() < ABSENT_SHARE => stop,
                _ => self.random.below(self.tours.world.stops()) as u32,
            };
            ruin(&mut self.tours, &self.near, seed, &mut self.random, &mut self.ruins);
            cross(&mut self.tours, &self.ruins, temperature, &mut self.random);
            let world = &self.tours.world;
            let stops = &mut self.ruins.taken;
            sort::<{ rules::FULL }>(world.core, &world.arcs, stops, &mut self.random);
            self.recreate();
        }
        let worse = self.tours.cost - before;
        let worse_max = -temperature * (1.0 - self.random.unit()).ln();
        if !self.tours.is_allowed() || worse >= worse_max.ceil() as i64 {
            self.tours.take_back();
            return;
        }
        self.tours.forget();
        self.renew_absent();
        if self.tours.cost < self.best.cost {
            self.best.update(&mut self.tours);
            control.report(self.best.cost as f64, f64::NEG_INFINITY);
        }
    }

    /// Brings the list of units that are left out up to date after a round.
    fn renew_absent(&mut self) {
        let Self { tours, absent, ruins, .. } = self;
        ruins.taken.retain(|stop| !absent.contains(stop));
        absent.retain(|&stop| tours.place(stop).is_none());
        absent.append(&mut ruins.taken);
    }

    /// Whether costs and times are the model's, for debug assertions.
    fn is_right(&self) -> bool {
        let Tours { tours, world, .. } = &self.tours;
        tours.iter().filter(|tour| tour.stops > 0).all(|tour| {
            let route = route(world, &tour.nodes);
            let cost = route.cost(world.core.problem).total_micro_usd();
            let schedule = route.schedule(world.core.problem);
            tour.is_allowed && schedule.is_some() && cost == tour.total_cost()
        })
    }
}

/// A route in the model's words.
fn route(world: &World, nodes: &[u32]) -> Route {
    let kind = (nodes[0] as usize - world.stops()) / 2;
    let inner = &nodes[1..nodes.len() - 1];
    let trips = inner.split(|&node| !world.is_stop(node));
    let ids = |trip: &[u32]| -> Vec<StopId> {
        trip.iter().map(|&stop| world.core.ids[stop as usize]).collect()
    };
    Route { vehicle: world.core.kinds[kind].id, trips: trips.map(ids).collect() }
}

/// The best routes so far.
struct Best {
    cost: i64,
    /// Nodes of each route.
    routes: Vec<Vec<u32>>,
}

impl Best {
    fn update(&mut self, tours: &mut Tours) {
        self.cost = tours.cost;
        self.routes.resize(tours.tours.len(), Vec::new());
        tours.keep(|tour, Tour { nodes, .. }| self.routes[tour as usize].clone_from(nodes));
    }

    fn plan(&self, world: &World) -> RoutingPlan {
        let core = world.core;
        let used = self.routes.iter().filter(|nodes| nodes.len() > 2);
        let mut plan = RoutingPlan {
            routes: used.map(|nodes| route(world, nodes)).collect(),
            unassigned: Vec::new(),
        };
        let mut is_placed = vec![false; core.stops()];
        for &node in self.routes.iter().flatten().filter(|&&node| world.is_stop(node)) {
            is_placed[node as usize] = true;
        }
        let absent = (0..core.stops()).filter(|&stop| !is_placed[stop]).map(|stop| core.ids[stop]);
        plan.unassigned = absent.map(|id| (id, reason(core.problem, id))).collect();
        plan.unassigned.sort();
        plan
    }
}

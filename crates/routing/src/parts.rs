//! Several trajectories side by side: routes are split into parts of the area, each part is searched
//! alone for a while, then all are joined and split along other lines (after Santini, Schneider,
//! Vidal and Vigo 2023). What comes out depends on the number of parts, not on that of threads.

use std::f64::consts::PI;
use std::sync::Mutex;

use postroad_optimization::{Control, Random};

use crate::best::Tour;
use crate::config::Config;
use crate::core::Core;
use crate::search::{Cooling, Phase, Search};
use crate::state::{NONE, State};

/// Stretches of a search, with a split before each.
const STRETCHES: u64 = 50;
/// Least stops and routes of a part, if the number of parts is not given: in parts of few routes
/// they cannot change places.
const PART_STOPS: usize = 750;
const PART_ROUTES: usize = 40;
/// Most parts, if their number is not given.
const PARTS_MAX: usize = 8;
/// Least stops of a problem that is split without being told to.
const SPLIT_STOPS: usize = 3000;

/// Parts for a problem with a first plan of so many routes: one without coordinates to split by.
pub(crate) fn count(core: &Core, config: &Config, routes: usize) -> usize {
    if core.points.is_empty() {
        return 1;
    }
    match config.parts {
        0 if core.stops() < SPLIT_STOPS => 1,
        0 => (core.stops() / PART_STOPS).min(routes / PART_ROUTES).clamp(1, PARTS_MAX),
        parts => parts,
    }
}

/// The routes of all parts together.
struct Whole {
    tours: Vec<Tour>,
    absent: Vec<u32>,
}

/// Searches in parts from the first plan of `first`: cost, routes and rounds.
pub(crate) fn search<'a, const RULES: u8>(
    first: Search<'a, RULES>,
    parts: usize,
    config: &Config,
    control: &Control,
    cooling: &Cooling,
) -> (i64, Vec<Tour>, u64) {
    let near = first.near;
    let mut now = Whole { tours: first.best.tours(&first.state), absent: first.absent.clone() };
    let (mut best_cost, mut best_tours) = (first.best.cost, now.tours.clone());
    let stream = |part| Random::with_stream(config.seed, 1 + part as u64);
    let beside = |part| Search::new(State::beside(&first.state), near, stream(part));
    let others: Vec<_> = (1..parts).map(beside).collect();
    let mut searches = vec![first];
    searches.extend(others);
    let mut random = stream(parts);
    let mut rounds = 0;
    for stretch in 0..STRETCHES {
        if control.is_over() {
            break;
        }
        share_out(&mut searches, now, &mut random);
        rounds += run_all(&mut searches, stretch, config, control, cooling);
        let cost = searches.iter().map(|search| search.best.cost).sum();
        if cost < best_cost {
            best_cost = cost;
            best_tours = join(&searches, |search| search.best.tours(&search.state));
            control.report(best_cost as f64, f64::NEG_INFINITY);
        }
        now = Whole {
            tours: join(&searches, |search| search.state.tours()),
            absent: join(&searches, |search| search.absent.clone()),
        };
    }
    (best_cost, best_tours, rounds)
}

/// What all searches have, one after the other.
fn join<T, const RULES: u8>(
    searches: &[Search<RULES>],
    of: impl Fn(&Search<RULES>) -> Vec<T>,
) -> Vec<T> {
    searches.iter().flat_map(of).collect()
}

/// One stretch of all searches, on as many threads as asked for; the rounds done.
fn run_all<const RULES: u8>(
    searches: &mut [Search<RULES>],
    stretch: u64,
    config: &Config,
    control: &Control,
    cooling: &Cooling,
) -> u64 {
    let threads = config.threads.clamp(1, searches.len());
    let stops = searches[0].state.core.stops() as f64;
    let share = |stretch: u64| stretch as f64 / STRETCHES as f64;
    // Searches that wait for a thread share its time.
    let turns = searches.len().div_ceil(threads) as f64;
    let seconds = control.seconds_left() / (STRETCHES - stretch) as f64 / turns;
    let run = |search: &mut Search<RULES>| {
        let rounds = (config.iterations as f64 / STRETCHES as f64 * search.members() as f64 / stops)
            .ceil() as u64;
        let (from, to) = (share(stretch), share(stretch + 1));
        let phase = Phase { from, to, rounds, is_whole: false };
        search.run(&phase, &control.within(seconds), cooling)
    };
    // A thread that is done takes the next search: parts differ in time.
    let queue = Mutex::new(searches.iter_mut());
    let next = || queue.lock().expect("nothing panics while it holds the lock").next();
    let work = || std::iter::from_fn(next).map(run).sum::<u64>();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a search does not panic")).sum()
    })
}

/// Splits routes, stops that are left out, and vehicles not in use among the searches.
fn share_out<const RULES: u8>(searches: &mut [Search<RULES>], whole: Whole, random: &mut Random) {
    let (core, near) = (searches[0].state.core, searches[0].near);
    let parts = searches.len();
    let mut order: Vec<usize> = (0..whole.tours.len()).collect();
    let middles: Vec<[f64; 2]> = whole.tours.iter().map(|(_, stops)| middle(core, stops)).collect();
    let mut part_of_tour = vec![0; whole.tours.len()];
    split(&mut order, 0..parts, &whole.tours, &middles, random, &mut part_of_tour);
    let mut part_of_stop = vec![NONE; core.stops()];
    let mut tours = vec![Vec::new(); parts];
    for (tour, &part) in whole.tours.into_iter().zip(&part_of_tour) {
        tour.1.iter().for_each(|&stop| part_of_stop[stop as usize] = part as u32);
        tours[part].push(tour);
    }
    let mut absent = vec![Vec::new(); parts];
    for stop in whole.absent {
        let mut beside = near.of(stop).iter().map(|near| part_of_stop[near.stop as usize]);
        let part = beside.find(|&part| part != NONE).unwrap_or(0);
        absent[part as usize].push(stop);
    }
    let most = vehicles(core, &tours);
    for (((search, tours), absent), most) in searches.iter_mut().zip(&tours).zip(absent).zip(most) {
        search.begin_part(tours, absent, most);
    }
}

/// Vehicles of each kind for each part: those in use, and an equal share of the rest.
fn vehicles(core: &Core, tours: &[Vec<Tour>]) -> Vec<Vec<u32>> {
    let parts = tours.len() as u32;
    let mut most = vec![vec![0; core.kinds.len()]; tours.len()];
    for (most, tours) in most.iter_mut().zip(tours) {
        tours.iter().for_each(|(kind, _)| most[*kind as usize] += 1);
    }
    for (kind, vehicle) in core.kinds.iter().enumerate() {
        let used: u32 = most.iter().map(|most| most[kind]).sum();
        let rest = vehicle.count - used;
        for (part, most) in (0..).zip(&mut most) {
            most[kind] += rest / parts + u32::from(part < rest % parts);
        }
    }
    most
}

/// Middle of a route's stops.
fn middle(core: &Core, stops: &[u32]) -> [f64; 2] {
    let sum = |d: usize| stops.iter().map(|&stop| core.points[stop as usize][d]).sum::<f64>();
    [sum(0), sum(1)].map(|sum| sum / stops.len().max(1) as f64)
}

/// Splits routes by a line in a random direction into two halves of parts, as equal in stops as
/// their numbers of parts, and these again.
fn split(
    order: &mut [usize],
    parts: std::ops::Range<usize>,
    tours: &[Tour],
    middles: &[[f64; 2]],
    random: &mut Random,
    part_of: &mut [usize],
) {
    if parts.len() == 1 {
        order.iter().for_each(|&tour| part_of[tour] = parts.start);
        return;
    }
    let (sin, cos) = (PI * random.unit()).sin_cos();
    let along = |tour: usize| middles[tour][0] * cos + middles[tour][1] * sin;
    order.sort_by(|&a, &b| along(a).total_cmp(&along(b)).then(a.cmp(&b)));
    let half = parts.len() / 2;
    let stops: usize = order.iter().map(|&tour| tours[tour].1.len()).sum();
    let wanted = stops * half / parts.len();
    let mut before = 0;
    let cut = order.iter().take_while(|&&tour| {
        before += tours[tour].1.len();
        before <= wanted
    });
    let cut = cut.count();
    let (left, right) = order.split_at_mut(cut);
    split(left, parts.start..parts.start + half, tours, middles, random, part_of);
    split(right, parts.start + half..parts.end, tours, middles, random, part_of);
}

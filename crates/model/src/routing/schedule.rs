//! The times of a route, exactly: windows, waiting, reloading and breaks, in the shortest time.
//!
//! What a route has done so far is a function from its start to its time now. With one window for
//! each stop it is max(end, start + duration) for starts up to a latest one; a choice of windows, or
//! of places for breaks, makes it the least of several such pieces. Pieces that another one beats
//! in all three numbers are dropped; each of the rest is carried on.

use super::{Break, Route, RoutingProblem, TimeWindow, VehicleType};
use crate::id::{LocationId, StopId};

/// What happens at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EventKind {
    /// The vehicle leaves its start.
    Start,
    /// A stop is visited.
    Stop(StopId),
    /// The vehicle reloads.
    Reload,
    /// The driver rests: the position among the vehicle's breaks.
    Break(usize),
    /// The vehicle is at its end.
    End,
}

/// One line of a driver's day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    /// What happens.
    pub kind: EventKind,
    /// Where.
    pub location: Option<LocationId>,
    /// When the vehicle is there.
    pub arrival_s: i32,
    /// When it begins, after waiting if need be.
    pub begin_s: i32,
    /// When it is over.
    pub end_s: i32,
}

/// Times of a route.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    /// What happens, in order; from start to end.
    pub events: Vec<Event>,
}

impl Schedule {
    /// From leaving the start to being at the end.
    pub fn duration_s(&self) -> i32 {
        let (first, last) = (self.events.first(), self.events.last());
        first.zip(last).map_or(0, |(first, last)| last.end_s - first.arrival_s)
    }

    /// Time spent waiting for windows.
    pub fn waiting_s(&self) -> i32 {
        self.events.iter().map(|event| event.begin_s - event.arrival_s).sum()
    }
}

/// The event at which no schedule keeps the windows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Late(pub EventKind);

/// A step to be done at a place: travel there, then something that begins within one of some
/// windows and takes a while.
struct Step<'a> {
    kind: EventKind,
    location: Option<LocationId>,
    travel_s: i64,
    windows: &'a [TimeWindow],
    spent_s: i64,
}

/// What a piece added to the one before it.
#[derive(Clone, Copy)]
enum Added {
    Nothing,
    Travel(i64),
    Event { kind: EventKind, location: Option<LocationId>, not_before_s: i64, spent_s: i64 },
}

/// A piece of the function from start to now.
#[derive(Clone, Copy)]
struct Piece {
    /// Start at the latest.
    latest_s: i64,
    /// Now, for the earliest start.
    end_s: i64,
    /// Now minus start, for late starts.
    duration_s: i64,
    breaks: usize,
    before: usize,
    added: Added,
}

impl Piece {
    /// Shortest time from start to now.
    fn shortest_s(&self) -> i64 {
        self.duration_s.max(self.end_s - self.latest_s)
    }

    fn beats(&self, other: &Piece) -> bool {
        self.breaks == other.breaks
            && self.latest_s >= other.latest_s
            && self.end_s <= other.end_s
            && self.duration_s <= other.duration_s
    }

    /// Time passes.
    fn later(&self, seconds: i64) -> Piece {
        Piece { end_s: self.end_s + seconds, duration_s: self.duration_s + seconds, ..*self }
    }

    /// Waits for a window; `None` if it is over.
    fn within(&self, window: TimeWindow) -> Option<Piece> {
        let (from_s, to_s) = (i64::from(window.start_s), i64::from(window.end_s));
        (self.end_s <= to_s).then(|| Piece {
            latest_s: self.latest_s.min(to_s - self.duration_s),
            end_s: self.end_s.max(from_s),
            ..*self
        })
    }
}

/// No restriction.
const ALWAYS: TimeWindow = TimeWindow { start_s: i32::MIN, end_s: i32::MAX };

/// The shortest schedule of a route that keeps all windows.
pub fn schedule(problem: &RoutingProblem, route: &Route) -> Result<Schedule, Late> {
    let vehicle = &problem.vehicles[route.vehicle];
    let mut pieces = Pieces::new(vehicle);
    for step in steps(problem, route, vehicle) {
        pieces.rest(&vehicle.breaks);
        if step.travel_s > 0 {
            pieces.travel(step.travel_s);
            pieces.rest(&vehicle.breaks);
        }
        pieces.begin(&step);
        if pieces.front.is_empty() {
            return Err(Late(step.kind));
        }
    }
    pieces.finish(vehicle).ok_or(Late(EventKind::End))
}

/// What a route does, in order, without its breaks.
fn steps<'a>(problem: &'a RoutingProblem, route: &Route, vehicle: &VehicleType) -> Vec<Step<'a>> {
    let mut steps: Vec<Step> = Vec::new();
    let mut push = |kind, location: Option<LocationId>, windows: &'a [TimeWindow], spent_s| {
        // A reloaded vehicle is where it starts.
        let before = steps.last().filter(|_| kind != EventKind::Start);
        let before = before.and_then(|step: &Step| step.location);
        let travel_s = before.zip(location).map_or(0, |(from, to)| {
            i64::from(vehicle.travel_s(problem.travel.duration_s(from, to)))
        });
        steps.push(Step { kind, location, travel_s, windows, spent_s });
    };
    let depot_windows = |depot: Option<_>| {
        depot.map_or(&[][..], |depot| std::slice::from_ref(&problem.depots[depot].window))
    };
    let (start, end) = (problem.location_of(vehicle.start), problem.location_of(vehicle.end));
    for (trip, stops) in route.trips.iter().enumerate() {
        if trip > 0 {
            let reload_s = i64::from(vehicle.reload_s);
            push(EventKind::Reload, start, depot_windows(vehicle.start), reload_s);
        }
        push(EventKind::Start, start, depot_windows(vehicle.start), 0);
        let mut last = start;
        for &id in stops {
            let stop = &problem.stops[id];
            let setup_s = if last == Some(stop.location) { 0 } else { stop.setup_s };
            let spent_s = i64::from(stop.service_s) + i64::from(setup_s);
            push(EventKind::Stop(id), Some(stop.location), &stop.windows, spent_s);
            last = Some(stop.location);
        }
    }
    push(EventKind::End, end, depot_windows(vehicle.end), 0);
    steps
}

/// All pieces ever made, and those that stand for now.
struct Pieces {
    all: Vec<Piece>,
    front: Vec<usize>,
}

impl Pieces {
    /// A vehicle at the start of its shift.
    fn new(vehicle: &VehicleType) -> Self {
        let piece = Piece {
            latest_s: i64::from(vehicle.shift.end_s),
            end_s: i64::from(vehicle.shift.start_s),
            duration_s: 0,
            breaks: 0,
            before: 0,
            added: Added::Nothing,
        };
        Self { all: vec![piece], front: vec![0] }
    }

    /// Adds a piece unless another one beats it.
    fn add(&mut self, front: &mut Vec<usize>, before: usize, piece: Piece, added: Added) {
        let piece = Piece { before, added, ..piece };
        if front.iter().any(|&other| self.all[other].beats(&piece)) {
            return;
        }
        front.retain(|&other| !piece.beats(&self.all[other]));
        front.push(self.all.len());
        self.all.push(piece);
    }

    fn travel(&mut self, seconds: i64) {
        let mut front = Vec::new();
        for before in std::mem::take(&mut self.front) {
            let piece = self.all[before].later(seconds);
            self.add(&mut front, before, piece, Added::Travel(seconds));
        }
        self.front = front;
    }

    fn begin(&mut self, step: &Step) {
        let mut front = Vec::new();
        let windows = if step.windows.is_empty() { &[ALWAYS] } else { step.windows };
        for before in std::mem::take(&mut self.front) {
            for &window in windows {
                self.event(&mut front, before, step.kind, step.location, window, step.spent_s);
            }
        }
        self.front = front;
    }

    /// Adds the pieces in which the next breaks are taken now; the others stay.
    fn rest(&mut self, breaks: &[Break]) {
        let mut front = std::mem::take(&mut self.front);
        let mut to_do = front.clone();
        while let Some(before) = to_do.pop() {
            let taken = self.all[before].breaks;
            let Some(rest) = breaks.get(taken) else { continue };
            let made = self.all.len();
            for &window in &rest.windows {
                let kind = EventKind::Break(taken);
                self.event(&mut front, before, kind, None, window, i64::from(rest.duration_s));
            }
            to_do.extend(made..self.all.len());
        }
        self.front = front;
    }

    fn event(
        &mut self,
        front: &mut Vec<usize>,
        before: usize,
        kind: EventKind,
        location: Option<LocationId>,
        window: TimeWindow,
        spent_s: i64,
    ) {
        let Some(begun) = self.all[before].within(window) else { return };
        let mut piece = begun.later(spent_s);
        piece.breaks += usize::from(matches!(kind, EventKind::Break(_)));
        let not_before_s = i64::from(window.start_s);
        let added = Added::Event { kind, location, not_before_s, spent_s };
        self.add(front, before, piece, added);
    }

    /// The shortest way to the end within the shift, as events.
    fn finish(mut self, vehicle: &VehicleType) -> Option<Schedule> {
        self.rest(&vehicle.breaks);
        let shift = TimeWindow { start_s: i32::MIN, end_s: vehicle.shift.end_s };
        let done = self.front.iter().filter(|&&at| self.all[at].breaks == vehicle.breaks.len());
        let in_time = done.filter_map(|&at| self.all[at].within(shift).map(|piece| (at, piece)));
        let (at, piece) = in_time.min_by_key(|(_, piece)| piece.shortest_s())?;
        // Of all starts with the shortest time the earliest, which leaves most time for mishaps.
        let start_s = piece.latest_s.min(piece.end_s - piece.duration_s);
        Some(self.replay(at, start_s.max(i64::from(vehicle.shift.start_s))))
    }

    /// Events from a start to the piece at `last`.
    fn replay(&self, last: usize, start_s: i64) -> Schedule {
        let mut way = vec![last];
        while let Some(&at) = way.last()
            && at != 0
        {
            way.push(self.all[at].before);
        }
        let (mut now_s, mut place) = (start_s, None);
        let mut events = Vec::new();
        for &at in way.iter().rev() {
            match self.all[at].added {
                Added::Nothing => {}
                Added::Travel(seconds) => now_s += seconds,
                Added::Event { kind, location, not_before_s, spent_s } => {
                    place = location.or(place);
                    let begin_s = now_s.max(not_before_s);
                    let end_s = begin_s + spent_s;
                    events.push(Event {
                        kind,
                        location: place,
                        arrival_s: now_s as i32,
                        begin_s: begin_s as i32,
                        end_s: end_s as i32,
                    });
                    now_s = end_s;
                }
            }
        }
        Schedule { events }
    }
}

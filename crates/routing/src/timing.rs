//! Times along routes. Each node keeps what the route before it and the route behind it amount to,
//! so that a stop between two nodes is judged without walking the route.
//!
//! What comes before a node turns a start of the route into a departure: max(early, start + spent)
//! for starts up to a latest one. What comes behind it turns an arrival into the end of the route:
//! max(end, arrival + rest) for arrivals up to the latest one. Without costs and limits of time only
//! the earliest departure and the latest arrival are kept.

use postroad_model::routing::{AMOUNT_MAX, Route};

use crate::core::{Kind, rules};
use crate::state::{Link, NONE, State};

/// When a node can be reached and left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Clock {
    /// Earliest departure, from what comes before.
    pub(crate) early_s: i32,
    /// Latest arrival, from what comes behind.
    pub(crate) late_s: i32,
    /// Travel time from the node before.
    pub(crate) arc_s: i32,
}

/// What else is known of a node where durations count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Span {
    /// Latest start of the route, from what comes before.
    pub(crate) latest_s: i32,
    /// From start to departure, without waiting at the start.
    pub(crate) spent_s: i32,
    /// Earliest end of the route, from what comes behind.
    pub(crate) end_s: i32,
    /// From arrival to the end of the route, for late arrivals.
    pub(crate) rest_s: i32,
}

impl Clock {
    pub(crate) const UNSET: Clock = Clock { early_s: 0, late_s: 0, arc_s: 0 };

    /// Of a route's start or end.
    pub(crate) fn of_end(kind: &Kind) -> Self {
        Self { early_s: kind.leave.start_s, late_s: kind.back.end_s, arc_s: 0 }
    }
}

impl Span {
    pub(crate) const UNSET: Span = Span { latest_s: 0, spent_s: 0, end_s: 0, rest_s: 0 };

    /// Of a route's start or end.
    pub(crate) fn of_end(kind: &Kind) -> Self {
        Self { latest_s: kind.leave.end_s, spent_s: 0, end_s: kind.back.start_s, rest_s: 0 }
    }
}

impl<const RULES: u8> State<'_, RULES> {
    /// Sets times right after a change: departures from `first` on, arrivals from `last` back, as
    /// far as they move. Both are on the same route.
    pub(crate) fn retime(&mut self, first: u32, last: u32) {
        if RULES < rules::TIMED {
            return;
        }
        let mut node = first;
        loop {
            let Link { prev, next, .. } = self.links[node as usize];
            if next == NONE {
                self.clocks[node as usize].arc_s = self.travel_s(prev, node);
                break;
            }
            if !self.set_departure(node) && node != first {
                break;
            }
            node = next;
        }
        let mut node = last;
        while self.links[node as usize].prev != NONE {
            if !self.set_arrival(node) && node != last {
                break;
            }
            node = self.links[node as usize].prev;
        }
        if RULES == rules::RICH {
            self.set_duration(self.links[first as usize].route);
        }
    }

    /// Sets the travel time to a route's end, which `retime` may not reach.
    pub(crate) fn retime_end(&mut self, route: u32) {
        if RULES >= rules::TIMED {
            let end = self.start(route) + 1;
            self.clocks[end as usize].arc_s = self.travel_s(self.links[end as usize].prev, end);
        }
    }

    /// Travel time on the route of `from`, by its vehicle.
    #[inline]
    pub(crate) fn travel_s(&self, from: u32, to: u32) -> i32 {
        let duration_s = self.arcs.arc(from, to).duration_s;
        if RULES < rules::RICH {
            return duration_s;
        }
        self.kind_of(self.links[from as usize].route).travel_s(duration_s)
    }

    /// Sets the departure of a stop from the node before it; whether it changed.
    fn set_departure(&mut self, node: u32) -> bool {
        let prev = self.links[node as usize].prev;
        let arc_s = self.travel_s(prev, node);
        let stop = self.core.stop(node);
        let arrival_s = self.clocks[prev as usize].early_s + arc_s;
        let early_s = arrival_s.max(stop.start_s) + stop.service_s;
        let clock = &mut self.clocks[node as usize];
        let before = *clock;
        (clock.early_s, clock.arc_s) = (early_s, arc_s);
        let mut is_changed = before != *clock;
        if RULES == rules::RICH {
            let Span { latest_s, spent_s, .. } = self.spans[prev as usize];
            let span = &mut self.spans[node as usize];
            let before = *span;
            span.latest_s = latest_s.min(stop.end_s - arc_s - spent_s);
            span.spent_s = spent_s + arc_s + stop.service_s;
            is_changed |= before != *span;
        }
        is_changed
    }

    /// Sets the latest arrival at a stop from the node behind it; whether it changed.
    fn set_arrival(&mut self, node: u32) -> bool {
        let next = self.links[node as usize].next;
        let stop = self.core.stop(node);
        let behind = self.clocks[next as usize];
        let mut late_s = (behind.late_s - behind.arc_s - stop.service_s).min(stop.end_s);
        if late_s < stop.start_s {
            // What comes behind is late however early the vehicle is here.
            late_s = -AMOUNT_MAX;
        }
        let mut is_changed = late_s != self.clocks[node as usize].late_s;
        self.clocks[node as usize].late_s = late_s;
        if RULES == rules::RICH {
            let Span { end_s, rest_s, .. } = self.spans[next as usize];
            let onward_s = stop.service_s + behind.arc_s;
            let span = &mut self.spans[node as usize];
            let before = *span;
            span.end_s = end_s.max(stop.start_s + onward_s + rest_s);
            span.rest_s = onward_s + rest_s;
            is_changed |= before != *span;
        }
        is_changed
    }

    /// Sets the duration of a route, and counts what it costs.
    fn set_duration(&mut self, route: u32) {
        let start = self.start(route);
        let end = start + 1;
        let last = self.links[end as usize].prev;
        let duration_s = match self.routes[route as usize].stops {
            0 => 0,
            _ => self.duration_s(
                self.clocks[last as usize].early_s,
                self.spans[last as usize].latest_s,
                self.spans[last as usize].spent_s,
                end,
                self.clocks[end as usize].arc_s,
            ),
        };
        let time_cost = match self.routes[route as usize].stops {
            0 => 0,
            _ => self.kind_of(route).time_cost(duration_s),
        };
        let sums = &mut self.routes[route as usize];
        self.cost += time_cost - sums.time_cost;
        (sums.duration_s, sums.time_cost) = (duration_s, time_cost);
    }

    /// Shortest duration of a route that leaves a stop at `early_s`, for starts up to `latest_s`
    /// that take `spent_s`, and goes on with `next` after `arc_s`.
    #[inline]
    fn duration_s(&self, early_s: i32, latest_s: i32, spent_s: i32, next: u32, arc_s: i32) -> i32 {
        let late_s = self.clocks[next as usize].late_s;
        let Span { end_s, rest_s, .. } = self.spans[next as usize];
        let latest_s = latest_s.min(late_s - arc_s - spent_s);
        let end_s = end_s.max(early_s + arc_s + rest_s);
        (spent_s + arc_s + rest_s).max(end_s - latest_s)
    }

    /// What a stop between two nodes that follow each other costs beside the `detour_m`; `None` if
    /// it breaks a rule. Room for its load is not looked at.
    #[inline]
    pub(crate) fn fit(&self, stop: u32, prev: u32, next: u32, detour_m: i32) -> Option<i64> {
        if RULES < rules::TIMED {
            return Some(0);
        }
        let point = self.core.stop(stop);
        let route = self.links[prev as usize].route;
        let (mut there_s, mut onward_s) =
            (self.arcs.arc(prev, stop).duration_s, self.arcs.arc(stop, next).duration_s);
        if RULES == rules::RICH {
            let kind = self.kind_of(route);
            (there_s, onward_s) = (kind.travel_s(there_s), kind.travel_s(onward_s));
        }
        let arrival_s = self.clocks[prev as usize].early_s + there_s;
        let departure_s = arrival_s.max(point.start_s) + point.service_s;
        let late_s = self.clocks[next as usize].late_s;
        if arrival_s > point.end_s
            || departure_s.saturating_add(onward_s) > late_s
            || there_s.max(onward_s) >= AMOUNT_MAX
        {
            return None;
        }
        if RULES < rules::RICH {
            return Some(0);
        }
        let Span { latest_s, spent_s, .. } = self.spans[prev as usize];
        let latest_s = latest_s.min(point.end_s - there_s - spent_s);
        let spent_s = spent_s + there_s + point.service_s;
        let duration_s = self.duration_s(departure_s, latest_s, spent_s, next, onward_s);
        self.rich_cost(stop, route, duration_s, detour_m)
    }

    /// What a longer duration and another vehicle than the preferred one cost; `None` if a limit of
    /// the vehicle is broken or it may not come.
    fn rich_cost(&self, stop: u32, route: u32, duration_s: i32, detour_m: i32) -> Option<i64> {
        let (kind, sums) = (self.kind_of(route), &self.routes[route as usize]);
        let is_within = duration_s <= kind.duration_max_s
            && sums.way_m + i64::from(detour_m) <= kind.distance_max_m
            && sums.stops < kind.stops_max;
        let extra = self.core.extra(stop, sums.kind);
        let is_admitted = extra < crate::core::MUST;
        (is_within && is_admitted).then(|| kind.time_cost(duration_s) - sums.time_cost + extra)
    }

    /// Whether a route keeps its windows and limits. Taking stops away can break them where a way
    /// over a third place is shorter than the direct one.
    pub(crate) fn is_allowed(&self, route: u32) -> bool {
        let (start, sums) = (self.start(route), &self.routes[route as usize]);
        if RULES < rules::TIMED || sums.stops == 0 {
            return true;
        }
        let first = self.clocks[self.links[start as usize].next as usize];
        let is_in_time = self.clocks[start as usize].early_s + first.arc_s <= first.late_s;
        let kind = self.kind_of(route);
        is_in_time
            && (RULES < rules::RICH
                || (sums.duration_s <= kind.duration_max_s && sums.way_m <= kind.distance_max_m))
    }

    #[inline]
    pub(crate) fn kind_of(&self, route: u32) -> &Kind {
        &self.core.kinds[self.routes[route as usize].kind as usize]
    }

    /// Compares the times of all routes with the model's, for debug assertions.
    pub(crate) fn are_times_right(&self) -> bool {
        (0..self.routes.len() as u32).all(|route| {
            let sums = &self.routes[route as usize];
            let stops = self.stops_of(route).map(|stop| self.core.ids[stop as usize]).collect();
            let schedule = Route::single(self.kind_of(route).id, stops).schedule(self.core.problem);
            let duration_s = schedule.map(|schedule| schedule.duration_s());
            sums.stops == 0
                || RULES < rules::TIMED
                || (duration_s.is_some()
                    && (RULES < rules::RICH || duration_s == Some(sums.duration_s)))
        })
    }
}

//! Which options are taken, what is left of each lot, and what that is worth.

use crate::core::{Core, FREE, Shared};

/// Where a segment of a curve begins.
#[derive(Clone, Copy)]
struct Point {
    /// Parcels of the lot before it.
    parcels: u32,
    /// Gain of each of its parcels; 0 after the last segment.
    gain: i64,
    /// What the parcels before it are worth.
    value: i64,
}

/// What the first parcels of a lot are worth, for each lot: points of a concave curve.
pub(crate) struct Curves {
    points: Vec<Point>,
    /// Where each lot's points begin.
    start: Vec<u32>,
}

impl Curves {
    pub(crate) fn new(core: &Core) -> Self {
        let mut points = Vec::with_capacity(core.segments.len() + core.lots());
        let mut start = Vec::with_capacity(core.lots() + 1);
        for lot in 0..core.lots() {
            start.push(points.len() as u32);
            points.extend(points_of(core, lot));
        }
        start.push(points.len() as u32);
        Self { points, start }
    }

    /// Makes a lot's points anew after its curve changed.
    pub(crate) fn replace(&mut self, core: &Core, lot: usize) {
        let old = self.start[lot] as usize..self.start[lot + 1] as usize;
        let before = old.len() as u32;
        let points: Vec<Point> = points_of(core, lot).collect();
        let after = points.len() as u32;
        self.points.splice(old, points);
        for start in &mut self.start[lot + 1..] {
            *start = *start + after - before;
        }
    }

    /// The point at which the parcel after the first `parcels` belongs, walking from `at`.
    #[inline]
    fn walk(&self, left: &Left, parcels: u32) -> u32 {
        let mut at = left.at;
        while at > left.first && self.points[at as usize].parcels > parcels {
            at -= 1;
        }
        while at < left.last && self.points[at as usize + 1].parcels <= parcels {
            at += 1;
        }
        at
    }

    /// What the first `parcels` are worth, if they end after point `at`.
    #[inline]
    fn value(&self, at: u32, parcels: u32) -> i64 {
        let point = &self.points[at as usize];
        point.value + point.gain * i64::from(parcels - point.parcels)
    }
}

/// The points of a lot's curve.
fn points_of(core: &Core, lot: usize) -> impl Iterator<Item = Point> + '_ {
    let end = std::iter::once((0, 0));
    let segments = core.curve(lot).iter().map(|segment| (segment.gain, segment.parcels));
    segments.chain(end).scan((0_u32, 0_i64), |(parcels, value), (gain, width)| {
        let point = Point { parcels: *parcels, gain, value: *value };
        *parcels = parcels.saturating_add(width);
        *value += gain * i64::from(width);
        Some(point)
    })
}

/// What is left of a lot.
#[derive(Clone, Copy)]
struct Left {
    /// Parcels that no option takes.
    free: u32,
    /// The point of the curve after which they end.
    at: u32,
    /// First and last point of the lot's curve.
    first: u32,
    last: u32,
}

/// What is left of a shared capacity.
#[derive(Clone, Copy)]
struct SharedLeft {
    /// Parcels that no option takes.
    free: u32,
    /// What they are worth.
    value: i64,
}

/// The taken options and what they leave.
#[derive(Clone)]
pub(crate) struct State<'a> {
    pub(crate) core: &'a Core,
    curves: &'a Curves,
    lots: Vec<Left>,
    shared: Vec<SharedLeft>,
    /// Whether each option is taken.
    pub(crate) taken: Vec<bool>,
    /// How many of each group are taken.
    group_taken: Vec<u32>,
    /// Gain of all options and curves.
    pub(crate) value: i64,
}

impl<'a> State<'a> {
    /// No option is taken.
    pub(crate) fn new(core: &'a Core, curves: &'a Curves) -> Self {
        let mut value = 0;
        let whole = |lot: usize| {
            let (first, last) = (curves.start[lot], curves.start[lot + 1] - 1);
            let mut left = Left { free: core.capacity[lot], at: first, first, last };
            left.at = curves.walk(&left, left.free);
            if core.shared_of[lot] == FREE {
                value += curves.value(left.at, left.free);
            }
            left
        };
        let lots = (0..core.lots()).map(whole).collect();
        let whole = |number: usize| {
            let shared = &core.shared[number];
            let free = shared.lots.iter().map(|&lot| core.capacity[lot as usize]).collect();
            let left =
                SharedLeft { free: shared.capacity, value: worth(shared, free, shared.capacity) };
            value += left.value;
            left
        };
        let shared = (0..core.shared.len()).map(whole).collect();
        Self {
            core,
            curves,
            lots,
            shared,
            taken: vec![false; core.choices.len()],
            group_taken: vec![0; core.group_limit.len()],
            value,
        }
    }

    /// Parcels of a lot that no option takes.
    pub(crate) fn free(&self, lot: u32) -> u32 {
        self.lots[lot as usize].free
    }

    /// Whether taking one more option of this one's group is allowed.
    pub(crate) fn group_allows(&self, option: usize) -> bool {
        let group = self.core.choices[option].group;
        group == FREE || self.group_taken[group as usize] < self.core.group_limit[group as usize]
    }

    /// Parcels of a shared capacity that no option takes.
    pub(crate) fn free_shared(&self, number: usize) -> u32 {
        self.shared[number].free
    }

    /// What the parcels of a shared capacity are worth that no option takes.
    pub(crate) fn shared_value(&self, number: usize) -> i64 {
        self.shared[number].value
    }

    /// What the parcels of a shared capacity are worth after a change of what options take of its
    /// lots, those of `items`; none if there are not enough left.
    fn shared_after(&self, items: &[(u32, u32)], is_taken: bool) -> Option<(usize, i64)> {
        let number = self.core.shared_of[items[0].0 as usize] as usize;
        let shared = &self.core.shared[number];
        let mut free = self.free_of(shared);
        let mut all = self.shared[number].free;
        for &(lot, parcels) in items {
            let place = shared.lots.binary_search(&lot).ok()?;
            if is_taken {
                free[place] = free[place].checked_sub(parcels)?;
                all = all.checked_sub(parcels)?;
            } else {
                free[place] += parcels;
                all += parcels;
            }
        }
        Some((number, worth(shared, free, all)))
    }

    fn free_of(&self, shared: &Shared) -> Vec<u32> {
        shared.lots.iter().map(|&lot| self.free(lot)).collect()
    }

    /// How much the value grows if an option is taken, and its items have shared capacities.
    fn growth_shared(&self, option: usize) -> Option<i64> {
        let mut growth = self.core.choices[option].gain;
        for items in self.core.runs(option) {
            let (lot, parcels) = items[0];
            if self.core.shared_of[lot as usize] != FREE {
                let (number, value) = self.shared_after(items, true)?;
                growth += value - self.shared[number].value;
                continue;
            }
            let left = &self.lots[lot as usize];
            let then = left.free.checked_sub(parcels)?;
            growth -= self.curves.value(left.at, left.free)
                - self.curves.value(self.curves.walk(left, then), then);
        }
        Some(growth)
    }

    /// Parcels that go to the divisible bids of each lot.
    pub(crate) fn for_curves(&self) -> Vec<u32> {
        let mut sold: Vec<u32> = self.lots.iter().map(|left| left.free).collect();
        for (shared, left) in self.core.shared.iter().zip(&self.shared) {
            let free = self.free_of(shared);
            let mut rest = free.clone();
            let mut all = left.free;
            for &(place, _, parcels) in &shared.pieces {
                let taken = parcels.min(rest[place as usize]).min(all);
                rest[place as usize] -= taken;
                all -= taken;
            }
            for ((&lot, free), rest) in shared.lots.iter().zip(free).zip(rest) {
                sold[lot as usize] = free - rest;
            }
        }
        sold
    }

    /// How much the value grows if an option is taken; none if a lot has not enough left.
    pub(crate) fn growth(&self, option: usize) -> Option<i64> {
        if !self.core.shared.is_empty() {
            return self.growth_shared(option);
        }
        let mut growth = self.core.choices[option].gain;
        for &(lot, parcels) in self.core.items(option) {
            let left = &self.lots[lot as usize];
            let then = left.free.checked_sub(parcels)?;
            growth -= self.curves.value(left.at, left.free)
                - self.curves.value(self.curves.walk(left, then), then);
        }
        Some(growth)
    }

    /// How much the value shrinks if a taken option is given back.
    pub(crate) fn loss(&self, option: usize) -> i64 {
        if !self.core.shared.is_empty() {
            return self.loss_shared(option);
        }
        let mut loss = self.core.choices[option].gain;
        for &(lot, parcels) in self.core.items(option) {
            let left = &self.lots[lot as usize];
            let then = left.free + parcels;
            loss += self.curves.value(left.at, left.free)
                - self.curves.value(self.curves.walk(left, then), then);
        }
        loss
    }

    fn loss_shared(&self, option: usize) -> i64 {
        let mut loss = self.core.choices[option].gain;
        for items in self.core.runs(option) {
            let (lot, parcels) = items[0];
            if self.core.shared_of[lot as usize] != FREE {
                if let Some((number, value)) = self.shared_after(items, false) {
                    loss -= value - self.shared[number].value;
                }
                continue;
            }
            let left = &self.lots[lot as usize];
            let then = left.free + parcels;
            loss += self.curves.value(left.at, left.free)
                - self.curves.value(self.curves.walk(left, then), then);
        }
        loss
    }

    /// Gains and widths of the parts of a lot's curve between its first `from` and `to` parcels.
    pub(crate) fn pieces(&self, lot: u32, from: u32, to: u32) -> Vec<(i64, u32)> {
        let left = &self.lots[lot as usize];
        let points = &self.curves.points[left.first as usize..=left.last as usize];
        let mut pieces = Vec::new();
        for (point, next) in points.iter().zip(&points[1..]) {
            let width = next.parcels.min(to).saturating_sub(point.parcels.max(from));
            if width > 0 {
                pieces.push((point.gain, width));
            }
        }
        pieces
    }

    /// Takes an option that fits.
    pub(crate) fn take(&mut self, option: usize) {
        for &(lot, parcels) in self.core.items(option) {
            self.set_free(lot, self.free(lot) - parcels);
        }
        self.revalue(option);
        self.mark(option, true);
    }

    /// Gives a taken option back.
    pub(crate) fn give_back(&mut self, option: usize) {
        for &(lot, parcels) in self.core.items(option) {
            self.set_free(lot, self.free(lot) + parcels);
        }
        self.revalue(option);
        self.mark(option, false);
    }

    /// Takes exactly these options, which are known to fit together.
    pub(crate) fn set_taken(&mut self, taken: &[bool]) {
        for (option, _) in taken.iter().enumerate().filter(|&(_, &taken)| !taken) {
            if self.taken[option] {
                self.give_back(option);
            }
        }
        for (option, _) in taken.iter().enumerate().filter(|&(_, &taken)| taken) {
            if !self.taken[option] {
                self.take(option);
            }
        }
    }

    fn set_free(&mut self, lot: u32, free: u32) {
        let left = &mut self.lots[lot as usize];
        let then = self.curves.walk(left, free);
        let number = self.core.shared_of[lot as usize];
        if number == FREE {
            self.value += self.curves.value(then, free) - self.curves.value(left.at, left.free);
        } else {
            let all = &mut self.shared[number as usize].free;
            *all = *all + free - left.free;
        }
        left.free = free;
        left.at = then;
    }

    /// Brings the values of the shared capacities of an option up to date.
    fn revalue(&mut self, option: usize) {
        if self.core.shared.is_empty() {
            return;
        }
        for items in self.core.runs(option) {
            let number = self.core.shared_of[items[0].0 as usize];
            if number != FREE {
                let shared = &self.core.shared[number as usize];
                let free = self.free_of(shared);
                let left = &mut self.shared[number as usize];
                let value = worth(shared, free, left.free);
                self.value += value - left.value;
                left.value = value;
            }
        }
    }

    fn mark(&mut self, option: usize, taken: bool) {
        let choice = &self.core.choices[option];
        self.taken[option] = taken;
        self.value += if taken { choice.gain } else { -choice.gain };
        if choice.group != FREE {
            let count = &mut self.group_taken[choice.group as usize];
            *count = if taken { *count + 1 } else { *count - 1 };
        }
    }
}

/// What `all` parcels of lots with a shared capacity are worth to divisible bids, if so many are
/// `free` of each lot: the greatest gains first.
fn worth(shared: &Shared, mut free: Vec<u32>, mut all: u32) -> i64 {
    let mut value = 0;
    for &(place, gain, parcels) in &shared.pieces {
        let taken = parcels.min(free[place as usize]).min(all);
        free[place as usize] -= taken;
        all -= taken;
        value += gain * i64::from(taken);
        if all == 0 {
            break;
        }
    }
    value
}
